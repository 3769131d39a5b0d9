"""The HTML report: every question in it, hostile text inert, degenerate runs told, both scripts in their direction."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any, Literal

import matplotlib as mpl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from eval.metrics import summarise
from eval.records import AnswerRecord, CitationRecord, ClaimRecord, Ranked, Record, SearchRecord, Unit
from eval.report.html import report_html

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HOSTILE = (
    "</title></style></details><script>window.ran=1</script><img src=x onerror='window.ran=1'>\"'&amp;\n\u202eabc\u2066"
)
ARABIC = "التقى الوزيران في سوتشي يوم الثلاثاء."
VOID = {"meta", "img", "input", "br", "link"}


def ranked(start: int = 0, text: str = ARABIC, covers: tuple[int, ...] = (), source: str = "a.txt") -> Ranked:
    return Ranked(source=source, start=start, end=start + len(text), score=0.9, covers=list(covers), text=text)


def found(
    *sentences: Ranked, score: float | None = 0.9, gold: tuple[Unit, ...] = (), milliseconds: float = 5
) -> SearchRecord:
    articles = tuple({unit.source: Unit(source=unit.source) for unit in gold}.values())
    return SearchRecord(
        passages=list(sentences),
        articles=list(sentences[:1]),
        sentences=list(sentences),
        passage_units=list(gold),
        article_units=list(articles),
        span_units=list(gold),
        score=score,
        milliseconds=milliseconds,
    )


def citation(quote: str = ARABIC, **more: Any) -> CitationRecord:
    told = {"number": 1, "source": "a.txt", "start": 0, "end": len(quote), "quote": quote, "valid": True, "gold": True}
    return CitationRecord.model_validate(told | more)


def answered(text: str, *citations: CitationRecord, supported: bool = True, **more: Any) -> AnswerRecord:
    claim = ClaimRecord(text=text, own=text, citations=[1], supported=supported, problems=more.pop("problems", []))
    told = {"status": "answered", "claims": [claim], "citations": list(citations), "short": text, "generator": "writer"}
    return AnswerRecord.model_validate(told | {"total": 9.0} | more)


def record(name: str = "q", **more: Any) -> Record:
    told = {
        "id": name,
        "question": "Where did they meet?",
        "language": "en",
        "direction": "en-ar",
        "answerable": True,
        "accepted": ["Sochi"],
        "search": found(ranked(covers=(0,)), gold=(Unit(source="a.txt", start=0, end=37, text=ARABIC),)),
        "refused": False,
    }
    return Record.model_validate(told | more)


def page_of(*records: Record, answers: bool = True, **run: Any) -> str:
    conditions = {
        "corpus": "news",
        "articles": 1,
        "passages": 1,
        "generator": "writer" if answers else "retrieval only",
        "min_score": {"ar": 0.83},
        "calibrated": {},
        "judges": [],
        "corpus_sha256": "c" * 64,
        "embedding_fingerprint": "e" * 64,
        "peak_memory_bytes": 2**30,
        "versions": {"python": "3"},
        "settings": {"llm_url": None},
    }
    answerable = sum(one.answerable for one in records)
    of = {"name": run.pop("name", "set"), "sha256": "s" * 64, "questions": len(records), "answerable": answerable}
    return report_html({"set": of, "run": conditions | run, **summarise(records, answers=answers)}, records)


class Parsed(HTMLParser):
    """What a browser would make of a page: its elements in order, its words, the words of elements of a class."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[tuple[str, str]] = []
        self.words: list[tuple[str, tuple[str, ...]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append((tag, dict(attrs).get("class") or ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        self.words.append((data, tuple(f"{tag}.{kind}" for tag, kind in self.open)))

    def text(self, within: str = "body.") -> str:
        return "".join(data for data, path in self.words if within in path and "style." not in path)

    def all(self, tag: str, kind: str = "") -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.elements if name == tag and kind in (attrs.get("class") or "").split(" ")]


def read(html: str) -> Parsed:
    page = Parsed(html)
    assert page.open == [], "an element is left open"
    return page


def hostile(text: str) -> Record:
    """A record that says this wherever a record says anything."""
    unit = Unit(source=text, start=0, end=5, text=text)
    sentence = ranked(text=text, source=text, covers=(0,))
    cited = citation(text, source=text, marked=text, gold=False)
    answer = answered(
        text,
        cited,
        supported=False,
        problems=[text],
        generator=text,
        notices=[text],
        judged={text: (1.0, 0.5)},
    )
    return record(
        text,
        question=text,
        direction=text,
        accepted=[text],
        tags=[text],
        search=found(sentence, gold=(unit,)),
        answer=answer,
    )


def of_run(text: str) -> dict[str, Any]:
    return {
        "name": text,
        "corpus": text,
        "generator": text,
        "judges": [text],
        "calibrated": {text: 0.8},
        "versions": {text: text},
        "settings": {text: text},
    }


def shape(html: str) -> list[tuple[str, list[str]]]:
    elements = [one for one in read(html).elements if one != ("bdi", {"class": "control"})]
    drawn = {"text", "path", "g", "use", "defs", "clippath", "rect"}  # as long as its words, a plot has other places
    return [(tag, sorted(attrs)) for tag, attrs in elements if tag not in drawn]


def test_every_question_of_a_run_can_be_opened() -> None:
    records = [record(f"q{number}", answer=answered("Sochi", citation())) for number in range(7)]
    page = read(page_of(*records))
    assert {one["id"] for one in page.all("details", "question")} == {f"q-{number}" for number in range(1, 8)}
    assert all(f"q{number}" in page.text("span.id") for number in range(7))


def test_text_with_markup_in_every_field_makes_the_same_elements_as_a_word() -> None:
    assert shape(page_of(hostile(HOSTILE), **of_run(HOSTILE))) == shape(page_of(hostile("word"), **of_run("word")))


def test_text_with_markup_is_shown_as_it_is_written() -> None:
    shown = read(page_of(hostile(HOSTILE), **of_run(HOSTILE)))
    as_written = HOSTILE.replace("\u202e", "U+202E").replace("\u2066", "U+2066")
    for where in ("h1.", "span.id", "span.asked", "ul.accepted", "div.claim unsupported", "blockquote.", "p.where"):
        assert as_written in shown.text(where), where


def test_no_bidi_control_of_a_text_reaches_the_page() -> None:
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", page_of(hostile(HOSTILE), **of_run(HOSTILE)))


@pytest.mark.parametrize(
    ("records", "answers"),
    [
        pytest.param([record(answerable=False, accepted=[], search=found(ranked()))], False, id="none answerable"),
        pytest.param([record()], False, id="one question, retrieval only"),
        pytest.param([record(answer=answered("Sochi", citation()))], True, id="one question"),
        pytest.param([record(f"{n}", search=found(score=None), refused=True) for n in range(3)], False, id="no hits"),
        pytest.param([record(search=found(score=None), refused=True)], True, id="no answer at all"),
        pytest.param([record(f"{n}", answer=answered("no", citation())) for n in range(5)], True, id="all ties"),
        pytest.param(
            [record(search=found(ranked(), milliseconds=0), answer=answered("x", total=0))], True, id="no time"
        ),
        pytest.param(
            [record("a"), record("b", answerable=False, accepted=[], search=found(score=None), refused=True)],
            False,
            id="one found nothing",
        ),
    ],
)
def test_a_degenerate_run_is_told_in_figures_or_as_not_defined(records: list[Record], answers: bool) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        html = page_of(*records, answers=answers)
    page = read(html)
    assert not re.search(r"\b(nan|none|inf|-inf)\b", page.text().replace("None.", ""), re.IGNORECASE)
    assert not re.search(r"\b(nan|none|inf)\b", " ".join(str(one.get("d")) for one in page.all("path")), re.IGNORECASE)
    drawn, said = len(page.all("svg")), page.text("figcaption.").count("Not defined")
    assert drawn + said == len(page.all("figure")) == 4
    assert len(page.all("details", "question")) == len(records)


def test_a_set_without_hits_has_no_plot_of_scores_and_says_so() -> None:
    page = read(page_of(record(search=found(score=None), refused=True), answers=False))
    assert "Not defined: nothing was found for any question." in page.text("figcaption.")


def test_infinite_thresholds_are_not_drawn() -> None:
    page = read(page_of(record(), answers=False, min_score={"ar": float("-inf")}))
    assert "No threshold is set." in page.text("figcaption.")


def test_a_search_without_answers_tells_of_no_answer() -> None:
    def headings(html: str) -> set[str]:
        return {data for data, path in read(html).words if "h3." in path}

    of_answers = {"Answer", "Answers", "Citations"}
    assert of_answers <= headings(page_of(record(answer=answered("Sochi", citation()))))
    assert not of_answers & headings(page_of(record(), answers=False))


def test_worst_questions_come_first() -> None:
    nothing = {"answerable": False, "accepted": []}
    refused = answered("", status="not_in_corpus", claims=[])
    right = record("right", answer=answered("in Sochi", citation()))
    wrong = record("wrong", answer=answered("in Minsk", citation()))
    surer = record("surer", answer=answered("in Minsk", citation()), search=found(ranked(), score=0.95))
    doubtful = record("doubtful", answer=answered("in Minsk", citation(), supported=False))
    false = record("false", answer=answered("in Sochi", citation()), **nothing)
    silent = record("silent", answer=refused)
    rightly = record("rightly", answer=refused, **nothing)
    broken = record("broken", answer=answered("in Sochi", citation(valid=False)))
    records = [rightly, right, silent, wrong, surer, doubtful, false, broken]
    expected = ["broken", "false", "doubtful", "surer", "wrong", "silent", "right", "rightly"]
    page = read(page_of(*records))
    assert page.text("span.id") == "".join(expected)
    verdicts = [str(one["class"]).split()[1] for one in page.all("details", "question")]
    assert verdicts == ["right", "false-answer", "wrong", "wrong", "wrong", "false-refusal", "right", "refused"]


def test_a_quote_that_is_not_in_its_file_raises_an_alarm() -> None:
    page = read(page_of(record(answer=answered("Sochi", citation(valid=False)))))
    assert "Quotes that are in their file" in page.text("div.card alarm")
    assert "differs from the file" in page.text("ol.places")
    assert not read(page_of(record(answer=answered("Sochi", citation())))).all("div", "alarm")


def test_the_words_pointed_at_and_those_at_gold_are_marked_where_they_were_carried() -> None:
    quote = "سوتشي قرب سوتشي"  # the second of two equal words was pointed at
    gold = Unit(source="a.txt", start=106, end=109, text="قرب")
    one = record(
        answer=answered("x", citation(quote, start=100, end=115, marked="سوتشي", marked_at=10)),
        search=found(ranked(), gold=(gold,)),
    )
    html = page_of(one)
    assert 'سوتشي <mark class="gold">قرب</mark> <mark class="pointed">سوتشي</mark></blockquote>' in html


def test_a_file_name_or_quote_in_a_claim_keeps_its_own_direction() -> None:
    quoted = citation(source="004_x.txt")
    html = page_of(record(answer=answered(f"بحسب الملف 004_x.txt: «{ARABIC}» [1]", quoted)))
    assert f'<p dir="auto">بحسب الملف <bdi>004_x.txt</bdi>: «<bdi>{ARABIC}</bdi>» <bdi>[1]</bdi></p>' in html


def test_an_unsupported_claim_looks_different_and_names_its_problems() -> None:
    page = read(page_of(record(answer=answered("300 died", supported=False, problems=["figure"]))))
    assert "300 died" in page.text("div.claim unsupported")
    assert "figure" in page.text("span.chip doubt")
    assert "300 died" not in page.text("div.claim")


def test_evidence_beyond_the_first_five_is_counted_unless_it_is_gold() -> None:
    sentences = [ranked(start=100 * n, text=f"sentence {n}.", covers=(0,) if n == 9 else ()) for n in range(1, 13)]
    gold = Unit(source="a.txt", start=900, end=910)
    page = read(page_of(record(search=found(*sentences, gold=(gold,))), answers=False))
    assert [int(n) for n in re.findall(r"sentence (\d+)\.", page.text("blockquote."))] == [1, 2, 3, 4, 5, 9]
    assert page.text("li.rest").startswith("6 more sentences")


def test_all_ids_are_different_and_all_references_lead_to_one() -> None:
    html = page_of(record("a"), record("b", answerable=False, accepted=[]), answers=False)
    page = read(html)
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    references = re.findall(r'href="([^"]*)"', html) + [f"#{one}" for one in re.findall(r"url\(#([^)]*)\)", html)]
    assert references
    assert {one[:1] for one in references} == {"#"}
    assert {one[1:] for one in references} <= set(ids)


def test_drawing_leaves_the_settings_of_matplotlib_as_they_were() -> None:
    before = dict(mpl.rcParams)
    page_of(record(), answers=False)
    assert dict(mpl.rcParams) == before


def test_the_same_run_gives_the_same_page() -> None:
    assert page_of(record(), answers=False) == page_of(record(), answers=False)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 390, "height": 800})
    yield opened
    opened.close()


def test_a_browser_runs_and_fetches_nothing_of_a_hostile_report_even_without_its_policy(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    html = page_of(hostile(HOSTILE), **of_run(HOSTILE))
    page.set_content(re.sub(r"<meta http-equiv[^>]*>", "", html))
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.evaluate("window.ran") is None
    assert asked == []
    assert page.locator("details.question").count() == 1


def test_the_policy_of_the_page_lets_no_script_run(page: Page) -> None:
    html = page_of(record(), answers=False)
    page.set_content(html.replace("<main>", "<main><script>window.ran=1</script>"))
    assert page.evaluate("window.ran") is None


def test_each_question_reads_in_the_direction_of_its_script(page: Page) -> None:
    arabic = record("arabic", question="أين التقى الوزيران؟", language="ar", direction="ar-ar")
    page.set_content(page_of(record("english"), arabic, answers=False))
    directions = "all => Object.fromEntries(all.map(one => [one.querySelector('.id').textContent, "
    directions += "getComputedStyle(one.querySelector('.asked')).direction]))"
    assert page.locator("details.question").evaluate_all(directions) == {"english": "ltr", "arabic": "rtl"}
    page.locator("summary").first.click()
    assert page.locator("[open] blockquote").first.evaluate("one => getComputedStyle(one).direction") == "rtl"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_to_mend(page: Page, scheme: Literal["light", "dark"]) -> None:
    refused = record("refused", answer=answered("", status="not_in_corpus", claims=[]), tags=["a"])
    quoted = citation(marked="سوتشي", marked_at=17, valid=False)
    wrong = record("wrong", answer=answered("300 died", quoted, supported=False, problems=["figure"]))
    page.emulate_media(color_scheme=scheme)
    page.set_content(page_of(refused, wrong, record("right", answer=answered("Sochi", citation()))))
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []


def test_a_phone_scrolls_tables_inside_themselves(page: Page) -> None:
    page.set_content(page_of(*(record(f"{n}", tags=["a"], answer=answered("Sochi", citation())) for n in range(3))))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator("#by-direction .scroll").evaluate("one => one.scrollWidth > one.clientWidth")


def test_questions_are_chosen_by_verdict_without_a_script(page: Page) -> None:
    right = record("right", answer=answered("Sochi", citation()))
    wrong = record("wrong", answer=answered("Minsk", citation()))
    page.set_content(page_of(right, wrong))
    page.locator("#show-wrong").check()
    shown = page.locator("details.question:visible .id")
    expect(shown).to_have_count(1)
    assert shown.all_text_contents() == ["wrong"]
