"""Short answers on every wire: each is a slice of its file, inside its citation, and leads the answer that it is of."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from builders import Pointing, article, found, query
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.console import Console
from small_chat import small_corpus

from rag.generate.compare import ComparedCell, ComparedOutlet, ComparedRow, Comparison
from rag.types import Answer, Article, Citation, Claim, ShortAnswer, Span
from ui.api.mcp import answer_text
from ui.api.openai import completion
from ui.cli import ask
from ui.shared import export, exported
from ui.shared.batch import ANSWER_COLUMNS, Journal, RowAnswer
from ui.shared.history import Turn
from ui.shared.html import CONTROLS
from ui.shared.i18n import word
from ui.shared.schemas import AnswerDocument
from ui.shared.sheets import comparison_bytes
from ui.shared.terminal import printable, show_short
from ui.web import render

AT = "2024-05-01T12:00:00+00:00"
ARABIC = article("زار الوزير المعلم سوتشي. حضر 12 مسؤولا.", source="ar.txt")
ENGLISH = article("The minister visited Sochi today. 12 officials attended the meeting.", source="en.txt")

texts = st.one_of(
    st.text(
        st.sampled_from([*"سوتشي12abc .،«»[]()<>&*_#`-+|\\$\n\t", "\u202e", "\u2067", "\u200f", "😀", "ّ"]), min_size=1
    ),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=60),
)


@st.composite
def spans_in(draw: st.DrawFn, within: Span) -> Span:
    start = draw(st.integers(within.start, within.end - 1))
    return Span(start, draw(st.integers(start + 1, within.end)))


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    """Answers whose citations are random spans of random articles, with a short answer in some of them."""
    citations, short = [], []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        text = draw(texts)
        citation = Citation.cut(number, article(text, source=f"{number}.txt"), draw(spans_in(Span(0, len(text)))))
        citations.append(citation)
        if draw(st.booleans()):
            short.append(ShortAnswer(citation, draw(spans_in(citation.span)), draw(st.floats(0, 1))))
    claims = tuple(Claim(f"قيل [{one.number}]", (one.number,), "supported", 1.0) for one in citations)
    return Answer(
        query("من؟"), "answered", claims, tuple(citations), (), "reader:m", "g1", short=tuple(short), probability=0.5
    )


class Read(HTMLParser):
    """The paragraphs of the class `short` of a page, each as its words without and within its links."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self._inside = self._link = False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "p":
            self._inside = given.get("class") == "short"
            self.words += [""] if self._inside else []
        self._link = tag == "a"
        if self._inside:
            self.tags.add(tag)
            self.links += [given["href"] or ""] if tag == "a" else []

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "p"
        self._link = False

    def handle_data(self, data: str) -> None:
        if self._inside and not self._link:
            self.words[-1] += data


def shown(text: str) -> str:
    """What a page can show of a text: no control characters but white space."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", "\N{REPLACEMENT CHARACTER}", text)


def in_terminal(answer: Answer) -> str:
    out = io.StringIO()
    show_short(Console(file=out, width=200, markup=False, highlight=False, emoji=False), answer)
    return out.getvalue()


def sliced(document: AnswerDocument, articles: dict[str, Article]) -> list[str]:
    """The short answers of a document, each cut from its article by its offsets, which lie inside its citation."""
    cited = {one.number: one for one in document.citations}
    slices = []
    for one in document.short:
        citation = cited[one.citation]
        assert citation.start <= one.start < one.end <= citation.end
        slices.append(articles[citation.source].text[one.start : one.end])
        assert slices[-1] == one.text
    return slices


@given(answers())
def test_every_short_answer_is_a_slice_of_its_file_inside_its_citation_on_every_wire(answer: Answer) -> None:
    articles = {one.source: one.article for one in answer.citations}
    expected = [one.span.of(one.citation.article.text) for one in answer.short]
    document = AnswerDocument.of(answer)
    assert sliced(AnswerDocument.model_validate_json(document.model_dump_json()), articles) == expected
    assert [one.text for one in completion(answer).isnad.short] == expected

    turn = Turn.answered(document)
    page = export.html([turn], language="en", exported_at=AT)
    assert Read(page).words == [f"{shown(one)} " for one in expected]
    assert Read(page).links == [f"#a1-{one.citation.number}" for one in answer.short]
    text = export.markdown([turn], language="en", exported_at=AT)
    for form in (page, text):
        [read_back] = exported.read_back(form)
        assert sliced(read_back, articles) == expected
        assert exported.shows_its_data(form)
    rendered = MarkdownIt("commonmark", {"html": True}).render(text)
    assert rendered.count("<strong>") == sum(bool(CONTROLS.sub("", one).strip()) for one in expected)

    numbered = [f"{one} [{short.citation.number}]" for one, short in zip(expected, answer.short, strict=True)]
    assert "".join(in_terminal(answer).split()) == "".join("،".join(map(printable, numbered)).split())
    said = "، ".join(f"«{one}» [{short.citation.number}]" for one, short in zip(expected, answer.short, strict=True))
    assert answer_text(document).startswith(f"Short answer: {said}\n" if expected else "قيل [1]")

    chat = Read(render.short(document.short, document.citations, "ar"))
    assert chat.words == (["، ".join(f"{shown(one)} " for one in expected)] if expected else [])
    assert chat.tags <= {"p", "bdi", "span", "a"}
    assert [href.rpartition("/")[2] for href in chat.links] == [f"{one.span[0]}-{one.span[1]}" for one in answer.short]


@given(st.data())
def test_a_short_answer_outside_its_citation_cannot_be_made(data: st.DataObject) -> None:
    text = data.draw(texts)
    citation = Citation.cut(1, article(text), data.draw(spans_in(Span(0, len(text)))))
    around = st.integers(-3, len(text) + 3)
    span = Span(data.draw(around), data.draw(around))
    if citation.span.contains(span) and span.start < span.end:
        assert ShortAnswer(citation, span, 0.5).text in citation.quote
    else:
        with pytest.raises(ValueError, match="short answer"):
            ShortAnswer(citation, span, 0.5)


# ---- the chat


def answer_of(*words: str) -> AnswerDocument:
    return AnswerDocument.of(Pointing(lambda _: found(ARABIC, ENGLISH), *words).answer(query("من زار سوتشي؟")))


def test_the_short_answer_stands_above_the_claims_with_its_chip_in_the_direction_of_its_article() -> None:
    document = answer_of("12 مسؤولا")
    parts = [part for part in render.answer(document, "ar") if part]
    at = next(place for place, part in enumerate(parts) if part.startswith('<p class="short"'))
    assert at < min(place for place, part in enumerate(parts) if part.startswith('<div class="claim'))
    [short] = document.short
    citation = next(one for one in document.citations if one.number == short.citation)
    place = f"{citation.version}/{citation.start}-{citation.end}/{short.start}-{short.end}"
    assert parts[at].startswith(
        '<p class="short" lang="ar" dir="rtl"><bdi class="slice" lang="ar" dir="rtl">12 مسؤولا</bdi>'
        '<span class="chips"> '
        f'<a class="cite" href="#source/{ARABIC.id}/{place}" title="'
    )
    assert parts[at].endswith(f">{citation.number}</a></span></p>")


@pytest.mark.parametrize(("language", "separator"), [("ar", "، "), ("en", ", ")])
def test_several_short_answers_are_a_list_in_the_language_of_the_page(language: Any, separator: str) -> None:
    document = answer_of("المعلم", "Sochi")
    [words] = Read(render.short(document.short, document.citations, language)).words
    assert words == f"المعلم {separator}Sochi "
    assert '<bdi class="slice" lang="en" dir="ltr">Sochi</bdi>' in render.short(
        document.short, document.citations, language
    )


def test_without_a_short_answer_there_is_no_line() -> None:
    assert not [part for part in render.answer(answer_of(), "ar") if 'class="short"' in part]


def test_a_short_answer_of_a_file_that_changed_leads_nowhere() -> None:
    document = answer_of("المعلم")
    cited = document.citations[document.short[0].citation - 1]
    line = render.short(document.short, document.citations, "ar", frozenset({(cited.article_id, cited.version)}))
    assert ">المعلم</bdi>" in line
    assert "href" not in line


def test_words_that_a_kept_answer_only_says_are_short_are_not_shown() -> None:
    document = answer_of("المعلم")
    forged = [document.short[0].model_copy(update={"text": "الرئيس"})]
    assert render.short(forged, document.citations, "ar") == ""


# ---- the terminal


@pytest.fixture
def lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Any]:
    """What `isnad ask` prints where these words are pointed at, line by line."""
    with small_corpus(tmp_path / "files", tmp_path / "data", {"a.txt": ARABIC.text, "b.txt": ENGLISH.text}) as corpus:

        def printed(*words: str) -> list[str]:
            corpus.answerer = Pointing(corpus.search, *words)
            ask._show_answer(corpus, corpus.query("من زار سوتشي؟"))
            return capsys.readouterr().out.splitlines()

        yield printed


def test_the_short_answers_are_the_first_line_and_the_claims_follow_as_ever(lines: Any) -> None:
    plain = lines()
    first, *others = lines("المعلم", "Sochi")
    assert set(first.split("، ")) == {
        f"{words} [{first[first.index(words) + len(words) + 2]}]" for words in ("المعلم", "Sochi")
    }
    assert others == plain


def test_the_short_answer_is_bold_and_its_number_is_not() -> None:
    answer = Pointing(lambda _: found(ARABIC), "المعلم").answer(query("من زار سوتشي؟"))
    out = io.StringIO()
    show_short(Console(file=out, width=200, markup=False, highlight=False, emoji=False, force_terminal=True), answer)
    assert out.getvalue() == f"\x1b[1mالمعلم\x1b[0m [{answer.short[0].citation.number}]\n"


# ---- Arabic words that answer an English question, in English


def rendered_answer() -> Answer:
    text = "زار فيصل المقداد سوتشي."
    citation = Citation.cut(1, article(text, source="ar.txt"), Span(0, len(text)))
    short = ShortAnswer(citation, Span(4, 16), 0.9, "Faisal Mekdad")
    claim = Claim(f"ar.txt reports: “{text}” [1]", (1,), "supported", 1.0)
    return Answer(query("Who visited?", "en"), "answered", (claim,), (citation,), (), "reader:m", "g1", short=(short,))


@pytest.mark.parametrize(
    ("language", "how"), [("en", "Written in Latin script by machine."), ("ar", "كُتب بالحروف اللاتينية آليًّا.")]
)
def test_on_the_page_the_latin_letters_lead_without_the_look_of_a_slice_and_the_words_stand_beside_them(
    language: Any, how: str
) -> None:
    document = AnswerDocument.of(rendered_answer())
    shown = render.short(document.short, document.citations, language)
    lead, original = shown.split('<p class="orig"')
    assert lead == (
        '<div class="pair"><div><p class="short" lang="en" dir="ltr"><bdi class="latin" lang="en" dir="ltr">'
        f'Faisal Mekdad</bdi></p><p class="how">{how}</p></div>'
    )
    assert original.startswith(
        ' lang="ar" dir="rtl"><bdi class="slice" lang="ar" dir="rtl">فيصل المقداد</bdi>'
        '<span class="chips"> <a class="cite"'
    )
    assert original.endswith("</p></div>")
    assert f"{document.short[0].start}-{document.short[0].end}" in original


def test_a_rendering_that_was_tampered_with_adds_no_markup_to_the_page() -> None:
    document = AnswerDocument.of(rendered_answer())
    forged = [document.short[0].model_copy(update={"rendered": "<img src=x onerror=alert(1)>\u202e"})]
    shown = render.short(forged, document.citations, "en")
    assert "<img" not in shown
    assert "&lt;img src=x" in shown
    assert "\u202e" not in shown


def test_where_some_words_are_rendered_and_some_are_not_each_keeps_its_chip() -> None:
    document = answer_of("المعلم", "Sochi")
    first, second = document.short
    mixed = [first.model_copy(update={"rendered": "Muallem"}), second]
    lead, original = render.short(mixed, document.citations, "en").split('<p class="orig"')
    assert (lead.count('class="cite"'), original.count('class="cite"')) == (1, 1)
    assert Read(lead).words == ["Muallem, Sochi "]


def test_the_terminal_shows_the_words_of_the_file_in_brackets() -> None:
    assert in_terminal(rendered_answer()) == "Faisal Mekdad (فيصل المقداد) [1]\n"


def test_mcp_and_the_api_for_openai_clients_have_the_rendering() -> None:
    answer = rendered_answer()
    first = answer_text(AnswerDocument.of(answer)).splitlines()[0]
    assert first == "Short answer: Faisal Mekdad («فيصل المقداد») [1]"
    assert [one.rendered for one in completion(answer).isnad.short] == ["Faisal Mekdad"]


@pytest.mark.parametrize("form", [export.html, export.markdown])
@pytest.mark.parametrize("language", ["ar", "en"])
def test_an_export_shows_the_rendering_below_its_label_and_no_other(form: Any, language: Any) -> None:
    page = form([Turn.answered(AnswerDocument.of(rendered_answer()))], language=language, exported_at=AT)
    [kept] = exported.read_back(page)
    assert kept.short[0].rendered == "Faisal Mekdad"
    assert exported.shows_its_data(page)
    shown, data = page.rsplit("Faisal Mekdad", 1)
    assert "Faisal Mekdad" in shown
    assert not exported.shows_its_data(shown.replace("Faisal Mekdad", "Bashar Jaafari") + "Faisal Mekdad" + data)
    label = word("rendered", language)
    assert not exported.shows_its_data(page.replace(label, "", 1).replace(export.escaped(label), "", 1))


def test_an_answer_that_was_kept_without_the_field_has_no_rendering() -> None:
    kept = AnswerDocument.of(rendered_answer()).model_dump(mode="json")
    del kept["short"][0]["rendered"]
    assert AnswerDocument.model_validate(kept).short[0].rendered is None


def test_a_row_of_a_sheet_has_the_rendering_in_a_column_of_its_own() -> None:
    answer = rendered_answer()
    row = dict(zip(ANSWER_COLUMNS, RowAnswer.of(answer).cells(""), strict=True))
    assert (row["short answer"], row["in English"], row["status"]) == ("فيصل المقداد", "Faisal Mekdad", "answered")
    [short] = answer.short
    cell = ComparedCell("SANA", "answered", short.citation, short, short.span)
    made = Comparison((ComparedOutlet("SANA", 1),), (ComparedRow(answer.query, (cell,)),))
    [header, told] = csv.reader(io.StringIO(comparison_bytes(made, ".csv").decode("utf-8-sig"), newline=""))
    compared = dict(zip(header, told, strict=True))
    assert (compared["short answer"], compared["in English"]) == ("فيصل المقداد", "Faisal Mekdad")
    assert cell.text == "Faisal Mekdad (فيصل المقداد)"


def test_a_row_that_an_earlier_isnad_kept_is_read_without_a_rendering(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "rows.jsonl", "key", "g1")
    journal.write(1, "Who visited?", RowAnswer.of(rendered_answer()))
    kept = (tmp_path / "rows.jsonl").read_text(encoding="utf-8")
    (tmp_path / "rows.jsonl").write_text(kept.replace(', "rendered": "Faisal Mekdad"', ""), encoding="utf-8")
    [row] = journal.read().values()
    assert (row.short, row.rendered) == ("فيصل المقداد", "")
