"""One agency text in many files, as an answer tells it: one source, with the files that have it."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from builders import alike, found, query, says
from rich.console import Console

from rag.config import Settings
from rag.extract.formats import read_article
from rag.folders import Roots
from rag.generate.answer import Answerer
from rag.types import Answer, Article, Found
from ui.api.mcp import answer_text
from ui.shared import export
from ui.shared.history import Turn
from ui.shared.schemas import AnswerDocument
from ui.shared.terminal import answer_summary, show_sources
from ui.shared.verify import verify, verify_file
from ui.web import render

FIRE = "أعلنت وزارة الصحة اليوم الثلاثاء وفاة 12 شخصا في حريق بمدينة صفاقس."
OWN = "قالت مراسلتنا إن النيران أتت على مصنع صفاقس كله وإن القتلى 12 عاملا."
FILES = {
    "a.txt": FIRE,
    "b.txt": f"تونس (وات) - {FIRE}",
    "c.txt": FIRE.replace("12", "15"),
    "own.txt": OWN,
}
LIMIT = 1 << 20


def read(source: str) -> Article:
    return read_article(FILES[source].encode(), corpus="test", source=source)


@pytest.fixture
def one_story() -> Found:
    """Three files of one story, one of them with another figure, and a report of its own."""
    articles = [read(source) for source in FILES]
    return replace(found(*articles), stories={one.id: articles[0].id for one in articles[1:3]})


@pytest.fixture
def answer(one_story: Found) -> Answer:
    return Answerer(lambda _: one_story, similarity=alike).answer(query("كم قتيلا في حريق صفاقس؟"))


def test_the_same_sentence_is_shown_once_and_another_figure_keeps_its_own_words(answer: Answer) -> None:
    assert [one.quote for one in answer.citations] == [FIRE, FIRE.replace("12", "15"), OWN]


def test_sources_are_counted_by_story_and_not_by_file(answer: Answer) -> None:
    assert answer.independent == 2
    assert [claim.independent for claim in answer.claims] == [1, 1, 1]


def test_a_writers_claim_that_rests_on_two_stories_has_two_sources(one_story: Found) -> None:
    said = "أعلنت وزارة الصحة وفاة 12 شخصا في حريق بمدينة صفاقس [1][3]."
    loose = "القتلى 12 في صفاقس [1][3]."
    answerer = Answerer(lambda _: one_story, says(said, loose), kind="writer", similarity=alike)
    claims = answerer.answer(query("كم قتيلا في حريق صفاقس؟")).claims
    assert {claim.citations: claim.independent for claim in claims if claim.support == "supported"} == {
        (1,): 1,
        (1, 2): 2,
    }


def test_the_json_lists_the_others_with_their_own_slices(answer: Answer) -> None:
    document = AnswerDocument.of(answer)
    first, other, own = document.citations
    assert document.independent_sources == 2
    assert [(one.source, one.quote, one.same) for one in first.also] == [
        ("b.txt", FILES["b.txt"], False),
        ("c.txt", None, False),
    ]
    assert [one.span.of(FILES[one.source]) for one in first.also if one.span] == [FILES["b.txt"]]
    assert {(one.source, one.quote) for one in other.also} == {("a.txt", None), ("b.txt", None)}
    assert own.also == []
    assert AnswerDocument.model_validate(document.model_dump(mode="json")) == document


def test_an_answer_of_an_earlier_version_is_still_read(answer: Answer) -> None:
    kept = AnswerDocument.of(answer).model_dump(mode="json")
    del kept["independent_sources"]
    for one in (*kept["citations"], *kept["evidence"]):
        del one["also"]
    assert "independent" not in render.head(AnswerDocument.model_validate(kept), "en")


@pytest.mark.parametrize(
    ("language", "sources", "also"),
    [("en", "2 independent sources", "Also in: "), ("ar", "مصدران مستقلان", "ورد أيضًا في: ")],
)
def test_the_chat_says_how_many_sources_and_leads_to_the_others(
    answer: Answer, language: str, sources: str, also: str
) -> None:
    document = AnswerDocument.of(answer)
    tongue = "ar" if language == "ar" else "en"
    page = "".join(render.answer(document, tongue))
    copy = document.citations[0].also[0]
    assert sources in page
    assert also in page
    assert f'class="elsewhere" href="#source/{copy.article_id}/{copy.version}/{copy.start}-{copy.end}"' in page
    assert ("(2 copies, one source)" if language == "en" else "(نسختان، مصدر واحد)") in page


def test_the_terminal_names_the_others_with_their_places(answer: Answer) -> None:
    out = io.StringIO()
    show_sources(Console(file=out, width=300, markup=False), answer)
    assert f"ورد أيضا في: وات · b.txt (0–{len(FILES['b.txt'])})" in out.getvalue()
    assert "الخبر نفسه بكلمات أخرى: c.txt" in out.getvalue()
    assert "3 citations of 3 articles, 2 independent sources ·" in answer_summary(answer)


def test_an_export_and_the_text_for_other_programs_name_them_too(answer: Answer) -> None:
    document = AnswerDocument.of(answer)
    text = export.markdown([Turn.answered(document)], language="en", exported_at="2026-01-01T00:00:00+00:00")
    assert "Also in: " in text
    assert "2 independent sources" in text
    assert "also in وات" in answer_text(document)


def test_a_kept_answer_is_held_against_the_other_files_too(answer: Answer, tmp_path: Path) -> None:
    for source, text in FILES.items():
        (tmp_path / source).write_text(text, encoding="utf-8")
    document = AnswerDocument.of(answer)
    assert {one.result for one in verify([document], Roots.of(tmp_path), LIMIT)} == {"ok"}
    kept = tmp_path / "kept.md"
    text = export.markdown([Turn.answered(document)], language="en", exported_at="2026-01-01T00:00:00+00:00")
    kept.write_text(text, encoding="utf-8")
    assert verify_file(kept, [tmp_path], Settings(), as_json=False)[1]
    (tmp_path / "b.txt").write_text(FILES["b.txt"].replace("12", "21"), encoding="utf-8")
    assert {one.source for one in verify([document], Roots.of(tmp_path), LIMIT) if not one.holds} == {"b.txt"}
    (tmp_path / "b.txt").unlink()
    assert {one.result for one in verify([document], Roots.of(tmp_path), LIMIT) if one.source == "b.txt"} == {"missing"}
