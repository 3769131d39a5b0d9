"""What an answer shows, of real answers: each number a chip with its span, each doubt visible, nothing unescaped."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from builders import alike, article, found, points, query, says
from markdown_it import MarkdownIt

from rag.generate.answer import Answerer, Policy
from rag.types import Answer, Article, Cancel, Citation, Claim, Evidence, Notice, Problem, Span, Translation
from ui.shared.schemas import AnswerDocument, CopyDocument, ProblemDocument, UnderstoodDocument
from ui.web import render

SOCHI = article(
    "التقى الرئيس بوتين الوزير المعلم في سوتشي. حضر اللقاء 12 مسؤولًا من البلدين. غادر الوفد مساء الاثنين.",
    source="sochi.txt",
    outlet="سانا",
    title="لقاء سوتشي",
)
ENGLISH = article(
    "President Putin met Minister Muallem in Sochi. 12 officials attended the meeting. The delegation left on Monday.",
    source="sochi-en.txt",
    outlet="SANA",
)
TRICKY = article(
    "قالت نا إن الوزير [3] زار «سوتشي» <b onclick='x()'>أمس</b> &amp; غادر \u202eنالا.\n\n# ليس عنوانًا $x$.",
    source="<i>.txt",
    outlet="نا",
    title='"><script>alert(1)</script>',
)


class Shown(HTMLParser):
    """A page read back: the text, and the links and texts of each class."""

    def __init__(self, parts: list[str]) -> None:
        super().__init__()
        self.links: list[tuple[str, str]] = []
        self.texts: dict[str, list[str]] = {}
        self.tags: set[str] = set()
        self.text = ""
        self._open: list[tuple[str, list[str]]] = []
        for part in parts:
            self.feed(part)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        assert not any(name.startswith("on") for name in given)
        self.tags.add(tag)
        kinds = [*given.get("class", "").split(), tag]
        for kind in kinds:
            self.texts.setdefault(kind, []).append("")
        if "href" in given:
            self.links.append((given["class"], given["href"]))
        self._open.append((tag, kinds))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        for kind in {kind for _, kinds in self._open for kind in kinds}:
            self.texts[kind][-1] += data

    def chips(self) -> list[str]:
        return [href for kind, href in self.links if "cite" in kind.split()]


def shown(answer: Answer, changed: frozenset[tuple[str, str]] = frozenset(), language: str = "ar") -> Shown:
    parts = render.answer(AnswerDocument.of(answer), "en" if language == "en" else "ar", changed)
    for part in filter(None, parts):
        assert "\n" not in part
        assert MarkdownIt("commonmark", {"html": True}).render(part) == part
    read = Shown(parts)
    assert read.tags <= {"div", "span", "strong", "bdi", "p", "mark", "a", "blockquote", "del", "details", "summary"}
    return read


def link(one: Citation) -> str:
    mark = f"/{one.marked.start}-{one.marked.end}" if one.marked else ""
    version = one.sha256 + one.article.rendition.text_sha256
    return f"#source/{one.article.id}/{version}/{one.span.start}-{one.span.end}{mark}"


def extractive(*articles: Article, sentences: int = 2) -> Answer:
    policy = Policy(evidence_sentences=sentences)
    return Answerer(lambda _: found(*articles), policy=policy).answer(query("أين التقيا؟"))


def reader(reply: str, *articles: Article) -> Answer:
    answerer = Answerer(lambda _: found(*articles), kind="reader", read=points(reply), similarity=alike)
    return answerer.answer(query("كم مسؤولًا حضر؟"))


def writer(*parts: str, finish: str | None = "stop", policy: Policy = Policy()) -> Answer:  # noqa: B008
    answerer = Answerer(
        lambda _: found(ENGLISH), says(*parts, finish=finish), kind="writer", model="m", similarity=alike, policy=policy
    )
    return answerer.answer(query("Who met whom, and where?", "en"))


@pytest.mark.parametrize(
    "answer",
    [
        extractive(SOCHI, ENGLISH),
        extractive(TRICKY, SOCHI, sentences=4),
        reader("12", SOCHI),
        writer("Putin met Muallem in Sochi [1]. ", "12 officials attended [2]."),
        writer("Putin met Muallem in Sochi and 12 officials attended [1][2]."),
    ],
    ids=["verbatim", "tricky", "pointed", "written", "two of one claim"],
)
def test_each_number_of_a_claim_is_one_chip_that_carries_its_span(answer: Answer) -> None:
    by_number = {one.number: one for one in answer.citations}
    numbers = [number for claim in answer.claims for number in claim.citations]
    assert numbers
    leading = [link(one.citation) for one in answer.short]
    # Those of the short answers and of the claims; where a claim is more than its quote, one more for each source.
    quoted = {claim.citations[0] for claim in answer.claims if len(claim.citations) == 1 and "«" in claim.text}
    below = [link(one) for one in answer.citations if one.number not in quoted]
    assert shown(answer).chips() == [*leading, *(link(by_number[n]) for n in numbers), *below]


def test_a_verbatim_claim_shows_its_quote_to_the_letter_whatever_is_in_it() -> None:
    answer = extractive(TRICKY)
    read = shown(answer)
    for citation, claim in zip(answer.citations, read.texts["claim"], strict=True):
        # U+2060 keeps the [3] of a source from reading as a number of ours; it is in the claim, not in the quote.
        assert f"«{citation.quote}»" in claim
    assert "script" not in read.tags


def test_the_marked_words_of_a_quote_are_those_that_were_pointed_at() -> None:
    answer = reader("12", SOCHI)
    marked = next(one for one in answer.citations if one.marked)
    assert marked.marked is not None
    assert marked.marked.of(SOCHI.text) == "12"
    read = shown(answer)
    assert "12" in read.texts["mark"]


def test_a_short_outlet_inside_the_words_of_a_claim_parts_no_letters() -> None:
    one = Claim("نافذة على دنانير نا [1]", (1,), "supported", 1.0)
    citation = Citation.cut(1, TRICKY, found(TRICKY).hits[0].best)
    answer = Answer(query("من؟"), "answered", (one,), (citation,), (), "extractive", "g1")
    claim = render.claim(AnswerDocument.of(answer).claims[0], AnswerDocument.of(answer).citations, "ar")
    # And the chip stands behind the name, not in it.
    assert claim.startswith(
        '<div class="claim"><p dir="rtl">نافذة على دنانير <bdi dir="auto">نا</bdi><span class="chips">'
    )


def test_a_claim_that_is_a_quote_is_shown_as_the_words_of_its_file_and_a_chip_with_outlet_and_day() -> None:
    document = AnswerDocument.of(extractive(SOCHI))
    read = Shown([render.claim(document.claims[0], document.citations, "ar")])
    assert read.texts["quote"] == [f"«{document.citations[0].quote}»"]
    (chip,) = read.texts["cite"]
    assert chip.split() == ["1", "سانا", "دون", "تاريخ"]
    assert "بحسب" not in read.text


def test_the_chip_of_a_quote_says_how_many_other_articles_have_its_story() -> None:
    document = AnswerDocument.of(extractive(SOCHI))
    copies = [
        CopyDocument(article_id="b", source="b.txt", outlet="وات", published="2016-02-08", start=3, end=9, same=True),
        CopyDocument(article_id="c", source="<c>.txt"),
    ]
    citation = document.citations[0].model_copy(update={"also": copies})
    read = Shown([render.claim(document.claims[0], [citation], "ar")])
    assert read.texts["plus"][0].startswith("+2")
    assert "وات" not in read.texts["cite"][0]
    assert read.texts["also-in"] == ["ورد أيضًا في: وات 2016-02-08 (نسختان، مصدر واحد)الخبر نفسه بكلمات أخرى: <c>.txt"]
    assert ("elsewhere", "#source/b//3-9") in read.links
    assert "plus" not in Shown([render.claim(document.claims[0], document.citations, "ar")]).texts


def test_a_quote_with_a_nul_or_a_brace_is_shown_as_any_other() -> None:
    quote = "قال الوزير أمس في دمشق {who} و\0 ثم غادر."
    citation = Citation.cut(1, article(quote, outlet="سانا"), Span(0, len(quote)))
    claim = Claim(f"بحسب سانا: «{quote}» [1]", (1,), "supported", 1.0)
    answer = Answer(query("من؟"), "answered", (claim,), (citation,), (), "extractive", "g1")
    assert shown(answer).texts["quote"] == [f"«{quote}»".replace("\0", "\N{REPLACEMENT CHARACTER}")]


def test_words_that_a_model_puts_around_a_quote_are_shown_as_its_own() -> None:
    answer = writer("Putin met Muallem in Sochi [1].")
    read = shown(answer, language="en")
    assert "proof" not in read.texts


def certain(answer: Answer, language: str = "en") -> tuple[str, str]:
    """The class of the chain and the words beside it."""
    read = shown(answer, language=language)
    kinds = [kind for kind in read.texts if kind in {"one", "two", "three", "differ", "part", "none"}]
    return kinds[0], read.texts["head"][0]


def test_how_sure_an_answer_is_is_said_in_words_and_by_links_of_a_chain() -> None:
    kind, said = certain(extractive(SOCHI))
    assert (kind, said.startswith("One source")) == ("one", True)
    kind, said = certain(_two_sources())
    assert (kind, said.startswith("2 independent sources")) == ("two", True)
    differ = Notice("differ", "The sources differ: 12, 14.")
    kind, said = certain(replace(_two_sources(), notices=(differ,)))
    assert kind == "differ"
    assert said.startswith("Sources differ The sources differ: 12, 14.")
    agree = replace(_two_sources(), notices=(Notice("agree", "Independent sources agree: 12."),))
    assert certain(agree)[1].startswith("2 independent sources agree Independent sources agree: 12.")
    assert "notice" not in shown(agree).texts
    assert certain(writer("x", policy=Policy(min_score={"en": 2.0})))[0] == "none"


@pytest.mark.parametrize(
    ("language", "said"), [("ar", "أُجيب من مقطعين في مقالتين"), ("en", "2 passages of 2 articles")]
)
def test_the_head_says_what_the_answer_rests_on_and_who_made_it(language: str, said: str) -> None:
    read = shown(_two_sources(), language=language)
    assert said in read.texts["head"][0]
    assert {"ar": "بنصها الحرفي", "en": "word for word"}[language] in read.texts["head"][0]


def _two_sources() -> Answer:
    hits = found(SOCHI, ENGLISH)
    spans = [(SOCHI, hits.hits[0].best), (ENGLISH, hits.hits[3].best)]
    citations = tuple(Citation.cut(n, one, span) for n, (one, span) in enumerate(spans, 1))
    claims = tuple(Claim(f"{one.quote} [{one.number}]", (one.number,), "supported", 1.0) for one in citations)
    return Answer(query("من؟"), "answered", claims, citations, (), "extractive", "g1")


def test_what_is_not_supported_looks_different_and_says_why() -> None:
    answer = writer("Paris hosted 45 ministers. ", "Putin met Muallem in Sochi [1].")
    read = shown(answer, language="en")
    (removed,) = answer.removed
    (ledger,) = read.texts["ledger"]
    assert ledger.startswith("Removed from the model’s reply: 1")
    assert removed.text in ledger
    assert all(problem.message in ledger for problem in removed.problems)
    assert "45" in "".join(read.texts["problem"])
    assert "45" not in read.text.replace(ledger, "")
    assert "In part" in read.texts["head"][0]


def test_a_claim_of_an_older_answer_that_had_no_support_still_says_so() -> None:
    problem = Problem("figure", Span(13, 15), "45 is nowhere")
    kept = Answer(
        query("?"),
        "partial",
        (Claim("Paris hosted 45 ministers.", (), "unsupported", 0, (problem,)),),
        (),
        (),
        "writer:m",
        "g",
    )
    read = shown(kept, language="en")
    assert read.texts["unsupported"] == ["Paris hosted 45 ministers.Not supported: 45 is nowhere"]
    assert read.texts["problem"] == ["45"]


def test_evidence_in_the_place_of_a_sentence_that_was_taken_out_says_so() -> None:
    read = shown(writer("13 officials attended [2]. ", "Putin met Muallem in Sochi [1]."), language="en")
    first, second = (text for text in read.texts["claim"] if "13" not in text)
    assert first.startswith("Verbatim from the source; replaces a sentence")
    assert "12 officials attended the meeting." in first
    assert second.startswith("Putin met")
    assert len(read.texts["stands-in"]) == 1


@pytest.mark.parametrize(
    ("messages", "written"),
    [
        (
            ["“بوتين القاهرة”, which may be a name, is not in the quoted text."],
            '<bdi dir="ltr">“بوتين القاهرة”, which may be a name, is not in the quoted text.</bdi>',
        ),
        (
            ["«Putin»، وقد يكون اسما، غير وارد في النص المقتبس.", "الرقم «3» غير وارد."],
            '<bdi dir="rtl">«Putin»، وقد يكون اسما، غير وارد في النص المقتبس. الرقم «3» غير وارد.</bdi>',
        ),
    ],
    ids=["English that begins with an Arabic name", "Arabic that begins with a Latin name"],
)
def test_reasons_are_read_in_the_direction_of_their_language_and_in_their_order(
    messages: list[str], written: str
) -> None:
    problems = [ProblemDocument(kind="name", start=0, end=1, message=message) for message in messages]
    assert render.why("Why", problems) == f'<p class="why"><strong>Why</strong>: {written}</p>'


def test_a_number_that_names_nothing_is_told() -> None:
    read = shown(writer("Putin met Muallem in Sochi [1][9]."), language="en")
    assert read.texts["rejected"] == ["The model cited a number that does not exist: 9"]


def test_an_answer_that_was_cut_off_says_so_above_and_below() -> None:
    read = shown(writer("Putin met Muallem in Sochi [1]. ", "12 offic", finish=None), language="en")
    assert "Cut off before the end" in read.texts["head"][0]
    assert any("cut off" in text for text in read.texts["notice"])


def test_no_answer_shows_what_was_searched_and_the_nearest_passages_as_such() -> None:
    answer = writer("x", policy=Policy(min_score={"en": 2.0}))
    read = shown(answer, language="en")
    assert "Not in the archive" in read.texts["head"][0]
    assert "They do not answer the question" in read.texts["nearest"][0]
    assert "3 passages were searched" in read.texts["opening"][0]
    assert [href for kind, href in read.links if kind == "card"]
    assert "more" not in read.texts  # not folded away


def test_other_evidence_is_folded_under_how_much_it_is_and_whose() -> None:
    document = AnswerDocument.of(extractive(SOCHI, ENGLISH, sentences=3))
    first, *others = document.citations
    read = Shown([render.evidence_cards(document.evidence, "en", quotes=[first])])
    (folded,) = read.texts["more"]
    assert folded.startswith(f"{len(others)} more passages")
    assert first.quote not in folded
    assert all(one.quote in folded for one in others)
    assert "more" not in shown(extractive(SOCHI, ENGLISH, sentences=3)).texts  # each is quoted already


def test_an_answer_that_is_no_clear_one_is_told_as_the_nearest_once() -> None:
    answer = Answerer(lambda _: found(SOCHI), policy=Policy(clear_score={"en": 2.0})).answer(query("Where?", "en"))
    read = shown(answer, language="en")
    assert "No clear answer: the nearest text found" in read.texts["head"][0]
    assert "In part" not in read.texts["head"][0]
    assert "Answered from" not in read.texts["head"][0]
    assert "notice" not in read.texts


def test_a_question_that_was_stopped_before_its_answer_is_not_called_missing_from_the_archive() -> None:
    cancel = Cancel()
    cancel.set()
    *_, done = Answerer(lambda _: found(SOCHI)).stream(query("من؟"), cancel)
    read = shown(done.answer)
    assert "missing" not in read.texts
    assert "nearest" not in read.texts
    assert "انقطع قبل اكتماله" in read.texts["head"][0]
    assert "أُوقف الجواب قبل تمامه." in read.texts["notice"]


def test_a_version_that_has_changed_is_no_link_and_a_notice_says_so() -> None:
    answer = extractive(SOCHI, ENGLISH, sentences=4)
    read = shown(answer, frozenset({(SOCHI.id, SOCHI.sha256 + SOCHI.rendition.text_sha256)}))
    assert {href.split("/")[1] for _, href in read.links if href.startswith("#source/")} == {ENGLISH.id}
    assert read.texts["gone"]
    assert any("تغيّر الملف" in text for text in read.texts["changed"])


def test_a_translation_stands_under_its_quote_as_the_machines() -> None:
    citation = Citation.cut(1, SOCHI, found(SOCHI).hits[0].best)
    claim = Claim("They met in Sochi. [1]", (1,), "supported", 1.0)
    told = (Translation(1, "Putin met Muallem <in Sochi>.", "en"),)
    answer = Answer(query("Where?", "en"), "answered", (claim,), (citation,), (), "writer:m", "g1", translations=told)
    read = shown(answer, language="en")
    assert read.texts["blockquote"] == [citation.quote]
    assert read.texts["translation"] == ["Machine translation, not the sourcePutin met Muallem <in Sochi>."]


def test_a_quote_that_a_claim_has_shown_is_not_shown_again() -> None:
    assert "blockquote" not in shown(extractive(SOCHI)).texts


def test_a_question_that_was_made_whole_shows_what_was_searched() -> None:
    assert (
        Shown([render.searched("ومتى؟", "متى زار المعلم سوتشي؟", "ar")]).text == "بُحث عنه هكذا: متى زار المعلم سوتشي؟"
    )
    assert render.searched("متى؟", "متى؟", "ar") == ""


def test_what_was_understood_is_a_chip_each_and_no_markup() -> None:
    filters = [
        UnderstoodDocument(key="outlet", value="<b>سانا</b>"),
        UnderstoodDocument(key="from", value="2015-10-01"),
    ]
    read = Shown([render.understood(filters, "ar")])
    assert read.text == "الوسيلة: <b>سانا</b>من يوم: 2015-10-01"
    assert "b" not in read.tags
    assert render.understood([], "ar") == ""
    assert render.understood([UnderstoodDocument(key="of a later version", value="x")], "ar") == ""


def test_a_failure_shows_our_sentences_and_no_markup_of_its_cause() -> None:
    read = Shown([render.failure("تعذّر", "<img src=x>", "أعد المحاولة")])
    assert read.text == "تعذّر<img src=x>أعد المحاولة"
    assert read.tags == {"div", "strong"}


def test_every_evidence_has_a_card_with_its_sentence() -> None:
    answer = writer("x", policy=Policy(min_score={"en": 2.0}))
    read = shown(answer)
    assert len(read.texts["card"]) == len(answer.evidence)
    for item, card in zip(answer.evidence, read.texts["card"], strict=True):
        assert isinstance(item, Evidence)
        assert item.text in card


def test_claims_keep_their_words_when_their_numbers_become_chips() -> None:
    read = shown(writer("Putin met Muallem in Sochi [1]."), language="en")
    assert re.fullmatch(r"Putin met Muallem in Sochi\.? 1", read.texts["claim"][0])
