"""A kept answer against its files: what holds, and each way in which it does not."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from builders import Pointing, alike, found, points, query
from isnad_command import ROOT

from rag.config import Settings
from rag.errors import BadInput
from rag.extract.formats import read_article
from rag.folders import Roots
from rag.generate.answer import Answerer
from rag.types import Span
from ui.shared import export, exported
from ui.shared.history import Turn
from ui.shared.i18n import WORDS
from ui.shared.schemas import AnswerDocument, ClaimDocument
from ui.shared.verify import CitationVerdict, read_answers, verify, verify_file

TEXT = (
    "سانا\n"
    "استقبل الرئيس ٣ وزراء في دمشق يوم ٨ شباط ٢٠١٦.\n"
    "وقال الوزير وليد المعلم إنّ الحوار 🕊 مستمرّ.\n"
    "وقال الوزير وليد المعلم إنّ الحوار 🕊 مستمرّ.\n"
)
LIMIT = 1 << 20


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    return tmp_path


@pytest.fixture
def answer(folder: Path) -> AnswerDocument:
    article = read_article((folder / "a.txt").read_bytes(), corpus="test", source="a.txt")
    answerer = Answerer(lambda _: found(article), similarity=alike)
    return AnswerDocument.of(answerer.answer(query("من استقبل الرئيس؟")))


def altered(answer: AnswerDocument, **fields: object) -> AnswerDocument:
    """The answer with fields of its first citation exchanged."""
    first, *rest = answer.citations
    return answer.model_copy(update={"citations": [first.model_copy(update=fields), *rest]})


def first(answer: AnswerDocument, folder: Path) -> CitationVerdict:
    return next(verify([answer], Roots.of(folder), LIMIT))


def test_an_answer_whose_files_are_as_they_were_holds(answer: AnswerDocument, folder: Path) -> None:
    verdicts = list(verify([answer], Roots.of(folder), LIMIT))
    assert len(verdicts) == len(answer.citations) > 1
    assert all(verdict.holds for verdict in verdicts)


@pytest.mark.parametrize(
    ("was", "now"),
    [
        pytest.param("٣", "٤", id="a figure"),
        pytest.param("استقبل", "استقيل", id="a letter"),
        pytest.param("الرئيس", "الرَئيس", id="a diacritic"),
        pytest.param("الرئيس", "المعلم", id="a swapped name"),
    ],
)
def test_a_quote_that_was_altered_is_not_in_the_file(answer: AnswerDocument, folder: Path, was: str, now: str) -> None:
    quoted = next(one for one in answer.citations if was in one.quote)
    ordered = [quoted, *(one for one in answer.citations if one is not quoted)]
    changed = altered(answer.model_copy(update={"citations": ordered}), quote=quoted.quote.replace(was, now, 1))
    assert first(changed, folder).result == "changed"


def test_a_shifted_span_is_found_where_the_words_stand(answer: AnswerDocument, folder: Path) -> None:
    citation = answer.citations[0]
    verdict = first(altered(answer, start=citation.start + 1, end=citation.end + 1), folder)
    assert verdict.result == "moved"
    assert verdict.found == Span(citation.start, citation.end)


def test_words_that_moved_in_an_edited_file_are_found(answer: AnswerDocument, folder: Path) -> None:
    (folder / "a.txt").write_text("تصحيح.\n" + TEXT, encoding="utf-8")
    verdict = first(answer, folder)
    assert verdict.result == "moved"
    assert verdict.found == Span(answer.citations[0].start + len("تصحيح.\n"), answer.citations[0].end + len("تصحيح.\n"))


def test_another_file_with_the_same_words_is_not_the_one_cited(answer: AnswerDocument, folder: Path) -> None:
    (folder / "b.txt").write_text(TEXT + "وأضيف سطر.\n", encoding="utf-8")
    verdict = first(altered(answer, source="b.txt"), folder)
    assert verdict.result == "changed"
    assert "not the file that was cited" in verdict.why


@pytest.mark.parametrize("source", ["gone.txt", "../a.txt", "/etc/passwd", "sub/../a.txt", ""])
def test_a_file_that_is_not_in_the_folder_is_missing(answer: AnswerDocument, folder: Path, source: str) -> None:
    assert first(altered(answer, source=source), folder).result == "missing"


def test_a_link_out_of_the_folder_is_not_followed(answer: AnswerDocument, folder: Path, tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "a.txt").symlink_to(folder / "a.txt")
    assert first(answer, inside).result == "missing"


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [("outlet", "رويترز", "outlet"), ("title", "عنوان آخر", "title"), ("published", "2020-01-01", "date")],
)
def test_what_the_file_does_not_state_is_told(
    answer: AnswerDocument, folder: Path, field: str, value: str, why: str
) -> None:
    verdict = first(altered(answer, **{field: value}), folder)
    assert verdict.result == "changed"
    assert why in verdict.why


def test_a_sentence_that_says_other_words_than_it_cites_is_told(answer: AnswerDocument, folder: Path) -> None:
    claims = [one.model_copy(update={"text": one.text.replace("٣ وزراء", "٩ وزراء")}) for one in answer.claims]
    verdicts = {
        verdict.citation: verdict
        for verdict in verify([answer.model_copy(update={"claims": claims})], Roots.of(folder), LIMIT)
    }
    for citation in answer.citations:
        assert verdicts[citation.number].holds is ("٣ وزراء" not in citation.quote)
    assert not all(verdict.holds for verdict in verdicts.values())


@pytest.fixture
def pointed(folder: Path) -> AnswerDocument:
    article = read_article((folder / "a.txt").read_bytes(), corpus="test", source="a.txt")
    return AnswerDocument.of(Pointing(lambda _: found(article), "٣ وزراء").answer(query("من استقبل الرئيس؟")))


def test_a_short_answer_that_is_a_slice_of_its_quote_holds(pointed: AnswerDocument, folder: Path) -> None:
    assert [one.text for one in pointed.short] == ["٣ وزراء"]
    assert all(verdict.holds for verdict in verify([pointed], Roots.of(folder), LIMIT))


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"text": "٤ وزراء"}, "a short answer differs from the file"),
        ({"end": len(TEXT)}, "a short answer lies outside its quote"),
        ({"start": 0, "end": 4, "text": "سانا"}, "a short answer lies outside its quote"),
        ({"start": 20, "end": 20, "text": ""}, "a short answer lies outside its quote"),
        ({"citation": 9}, "a short answer refers to a citation that does not exist"),
    ],
    ids=["a figure", "too long", "before it", "empty", "no citation"],
)
def test_a_short_answer_that_is_no_slice_of_its_quote_is_told(
    pointed: AnswerDocument, folder: Path, fields: dict[str, object], why: str
) -> None:
    forged = pointed.model_copy(update={"short": [pointed.short[0].model_copy(update=fields)]})
    told = [verdict for verdict in verify([forged], Roots.of(folder), LIMIT) if not verdict.holds]
    assert [(verdict.result, verdict.why) for verdict in told] == [("changed", why)]


def rewritten(answer: AnswerDocument, claims: list[ClaimDocument]) -> AnswerDocument:
    """The answer with these sentences, in its text too."""
    text = "\n".join(part for part in (answer.opening, *(one.text for one in claims)) if part)
    return answer.model_copy(update={"claims": claims, "text": text})


def test_a_sentence_that_was_added_is_told(answer: AnswerDocument, folder: Path) -> None:
    added = answer.claims[0].model_copy(update={"text": "قتل ٥٠٠ شخص في دمشق. [1]"})
    assert not first(rewritten(answer, [*answer.claims, added]), folder).holds


@pytest.mark.parametrize("citations", [[], [9]], ids=["on nothing", "to a citation that does not exist"])
def test_a_sentence_that_rests_on_nothing_is_told(answer: AnswerDocument, folder: Path, citations: list[int]) -> None:
    changed = answer.claims[0].model_copy(update={"text": "قتل ٥٠٠ شخص.", "citations": citations})
    verdict = first(rewritten(answer, [*answer.claims, changed]), folder)
    assert (verdict.result, verdict.citation) == ("changed", 0)


def test_a_citation_that_was_taken_out_is_told(answer: AnswerDocument, folder: Path) -> None:
    assert not first(answer.model_copy(update={"citations": answer.citations[1:]}), folder).holds


@pytest.mark.parametrize(("was", "now"), [("بحسب الملف b.txt", "بحسب رويترز"), ("٢٠١٦.»", "٢٠١٦.» قتل ٥٠٠.")])
def test_what_stands_around_a_quote_is_held_against_the_file_too(folder: Path, was: str, now: str) -> None:
    (folder / "b.txt").write_text(TEXT.removeprefix("سانا\n"), encoding="utf-8")
    article = read_article((folder / "b.txt").read_bytes(), corpus="test", source="b.txt")

    answerer = Answerer(lambda _: found(article), kind="reader", read=points("٣ وزراء"), similarity=alike)
    answer = AnswerDocument.of(answerer.answer(query("كم وزيرا استقبل الرئيس؟")))
    assert all(verdict.holds for verdict in verify([answer], Roots.of(folder), LIMIT))
    assert any(was in one.text for one in answer.claims)
    claims = [one.model_copy(update={"text": one.text.replace(was, now)}) for one in answer.claims]
    assert not all(verdict.holds for verdict in verify([rewritten(answer, claims)], Roots.of(folder), LIMIT))


def test_a_text_that_is_not_that_of_its_sentences_is_told(answer: AnswerDocument, folder: Path) -> None:
    verdict = first(answer.model_copy(update={"text": answer.text.replace("دمشق", "حلب")}), folder)
    assert verdict.result == "changed"
    assert "differs from its sentences" in verdict.why


def test_words_that_another_extractor_reads_too_hold(answer: AnswerDocument, folder: Path) -> None:
    as_then = {"extractor": "html/9", "text_sha256": "0" * 64}
    verdict = first(altered(answer, **as_then), folder)
    assert verdict.holds
    assert "made by html/9; here it is plain text" in verdict.why
    cited = answer.citations[0]
    other = {"start": cited.start + 3, "end": cited.end + 3}
    assert first(altered(answer, **as_then, **other), folder).found == cited.span


def test_of_words_that_another_extractor_does_not_read_nothing_is_known(answer: AnswerDocument, folder: Path) -> None:
    as_then = {"extractor": "html/9", "text_sha256": "0" * 64}
    quote = answer.citations[0].quote.replace("٣", "٤")
    assert first(altered(answer, **as_then, quote=quote), folder).result == "extractor"
    assert first(altered(answer, **as_then, outlet="رويترز"), folder).result == "extractor"


def test_the_same_text_by_another_extractor_is_the_same_text(answer: AnswerDocument, folder: Path) -> None:
    assert first(altered(answer, extractor="pdf/9"), folder).result == "ok"


def test_another_file_is_changed_whatever_reads_it(answer: AnswerDocument, folder: Path) -> None:
    as_then = {"extractor": "html/9", "text_sha256": "0" * 64, "sha256": "1" * 64}
    assert first(altered(answer, **as_then), folder).result == "changed"


def kept(answer: AnswerDocument, form: str, tmp_path: Path) -> Path:
    """The answer as a file: the JSON of `isnad ask --json`, or an export of a conversation of two turns, one failed."""
    turns = [Turn.answered(answer), Turn.failed("وماذا بعد؟", "تعذّر البحث")]
    text = {
        "json": answer.model_dump_json,
        "lines": lambda: f"{answer.model_dump_json()}\n{answer.model_dump_json()}\n",
        "md": lambda: export.markdown(turns, language="ar", exported_at="2026-11-22T10:00:00+00:00"),
        "html": lambda: export.html(turns, language="en", exported_at="2026-11-22T10:00:00+00:00"),
    }[form]()
    path = tmp_path / f"kept.{form}"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("form", ["json", "lines", "md", "html"])
def test_every_form_in_which_an_answer_is_kept_can_be_verified(
    answer: AnswerDocument, folder: Path, tmp_path: Path, form: str
) -> None:
    lines, holds = verify_file(kept(answer, form, tmp_path), [folder], Settings(), as_json=False)
    assert holds, lines
    count = len(answer.citations) * (2 if form == "lines" else 1)
    assert lines[-1] == f"{count} of {count} quotes hold"


@pytest.mark.parametrize("form", ["md", "html"])
@pytest.mark.parametrize(("was", "now"), [("٣ وزراء", "٤ وزراء"), ("المعلم", "الجعفري"), ("إنّ", "إن"), ("🕊", "")])
def test_what_a_page_shows_and_its_data_does_not_say_is_found(
    answer: AnswerDocument, folder: Path, tmp_path: Path, form: str, was: str, now: str
) -> None:
    path = kept(answer, form, tmp_path)
    text = path.read_text(encoding="utf-8")
    at = text.index(was)
    path.write_text(text[:at] + now + text[at + len(was) :], encoding="utf-8")
    lines, holds = verify_file(path, [folder], Settings(), as_json=False)
    assert not holds
    found = ("its visible text differs from its data", "does not have these words")
    assert any(why in line for line in lines for why in found)


@pytest.mark.parametrize("path", sorted((ROOT / "tests" / "data" / "exports").iterdir()), ids=lambda path: path.name)
def test_an_export_of_an_earlier_isnad_holds_for_ever(path: Path) -> None:
    lines, holds = verify_file(path, [ROOT / "seeds"], Settings(), as_json=False)
    assert holds, lines
    assert lines[-1] == "5 of 5 quotes hold"


def test_every_label_and_style_of_an_export_is_on_the_list_that_is_only_added_to() -> None:
    """Where this fails: add the new text or hash to ui/shared/export_history.json, and leave the old one there."""
    history = json.loads((ROOT / "ui" / "shared" / "export_history.json").read_text("utf-8"))
    assert hashlib.sha256(export._STYLE.strip().encode()).hexdigest() in history["styles"]
    for key, texts in history["labels"].items():
        assert set(WORDS.get(key, {}).values()) <= set(texts), key
    used = {key for key in WORDS if key.startswith(("export.", "independent."))}
    assert used <= set(history["labels"])


FORGED = [
    ("</main>", "<p>قال الوزير إن الحوار انتهى.</p></main>"),
    ("</main>", '<p class="note">سانا الوزير</p><img src="x"></main>'),
    ("</style>", "p::after{content:'x'}</style>"),
    ("<h2", '<p class="said">استقبل الرئيس ٤ وزراء.</p><h2'),
    ('<p class="said"', '<p hidden class="said"'),
    ("<title>", "<title>x"),
]


@pytest.mark.parametrize(("was", "now"), FORGED)
def test_what_is_added_to_a_page_is_found(
    answer: AnswerDocument, folder: Path, tmp_path: Path, was: str, now: str
) -> None:
    path = kept(answer, "html", tmp_path)
    path.write_text(path.read_text("utf-8").replace(was, now, 1), "utf-8")
    lines, holds = verify_file(path, [folder], Settings(), as_json=False)
    assert not holds
    assert "its visible text differs from its data" in lines[-2]


@pytest.mark.parametrize(
    "added",
    [
        "قال الوزير إن الحوار انتهى.",
        "![x](http://a.example/x.png)",
        "<b>سانا</b>",
        "[سانا](http://a.example)",
        "`سانا`",
    ],
)
def test_what_is_added_to_markdown_is_found(answer: AnswerDocument, folder: Path, tmp_path: Path, added: str) -> None:
    path = kept(answer, "md", tmp_path)
    path.write_text(path.read_text("utf-8").replace("\n\n## ", f"\n\n{added}\n\n## ", 1), "utf-8")
    assert not verify_file(path, [folder], Settings(), as_json=False)[1]


@pytest.mark.parametrize("form", ["md", "html"])
def test_a_paragraph_that_is_taken_out_is_found(
    answer: AnswerDocument, folder: Path, tmp_path: Path, form: str
) -> None:
    """Each paragraph that says something of the answer or of its source; labels and details may be fewer."""
    turns = [Turn.answered(answer)]
    write = {"md": export.markdown, "html": export.html}[form]
    text = write(turns, language="ar", exported_at="2026-11-22T10:00:00+00:00")
    quotes = [one.quote for one in answer.citations] + [one.text for one in answer.claims]
    assert quotes
    lines = text.split("\n")
    shown = [at for at, line in enumerate(lines[: len(lines) - 6]) if any(one[:12] in line for one in quotes)]
    assert len(shown) >= len(set(quotes))
    for at in shown:
        assert not exported.shows_its_data("\n".join([*lines[:at], *lines[at + 1 :]])), lines[at]


def test_a_string_with_a_line_separator_is_one_line_of_json_lines(answer: AnswerDocument) -> None:
    line = answer.model_copy(update={"question": "من؟\u2028متى؟"}).model_dump_json()
    assert "\u2028" in line
    assert [one.question for one in read_answers(f"{line}\n{line}\n")] == ["من؟\u2028متى؟"] * 2


def test_a_file_without_answers_is_told(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "note.md"
    path.write_text("لا شيء", encoding="utf-8")
    with pytest.raises(BadInput, match="no answers"):
        verify_file(path, [folder], Settings(), as_json=False)
