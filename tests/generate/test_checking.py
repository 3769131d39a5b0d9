"""Sentences of a text against small articles: what supports them, what is wrong, and that every quote is a slice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from builders import alike, article, found

from rag.generate.check_text import Checked, check_text
from rag.types import Article, Filters, Found, Query

NEWS = article(
    "التقى بوتين المعلم في سوتشي أمس.\n"
    "وقال المعلم إن دمشق تقدر مواقف موسكو عاليا.\n"
    "صدر بيان جنيف في 30 حزيران 2012.\n"
    "وصل لافروف إلى القاهرة.\n"
    "حضر اللقاء 12 مسؤولا من البلدين.\n",
    source="a.txt",
)
OTHER = article("Kerry met Lavrov in Vienna.\n", source="b.txt")


def checked(text: str, *articles: Article, **options: Any) -> list[Checked]:
    """The check of a text in which every query finds all of `articles`."""

    def search(queries: Sequence[Query]) -> Iterator[Found]:
        return (found(*articles) for _ in queries)

    given: dict[str, Any] = {
        "search": search,
        "similarity": alike,
        "min_similarity": 0.84,
        "filters": Filters(),
        "top_k": 8,
    }
    return list(check_text(text, **given | options))


def one(text: str, *articles: Article, **options: Any) -> Checked:
    [only] = checked(text, *(articles or (NEWS, OTHER)), **options)
    return only


def test_a_sentence_of_the_archive_is_supported_by_its_slice() -> None:
    got = one("زار المعلم سوتشي والتقى بوتين أمس [7].")
    assert (got.support, got.problems, got.fails) == ("supported", (), False)
    [citation] = got.citations
    assert citation.quote == "التقى بوتين المعلم في سوتشي أمس."
    assert citation.span.of(NEWS.text) == citation.quote


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("حضر اللقاء 13 مسؤولا من البلدين.", "figure", "13"),
        ("صدر بيان جنيف في 30 تموز 2012.", "date", "30 تموز 2012"),
        ("التقى بوتين المقداد في سوتشي أمس.", "name", "المقداد"),
        ("Kerry met Lavrov in Geneva.", "name", "Geneva"),
    ],
)
def test_an_altered_sentence_comes_with_the_nearest_and_with_what_is_wrong(text: str, kind: str, words: str) -> None:
    got = one(text)
    assert (got.support, got.fails) == ("unsupported", True)
    assert [(problem.kind, problem.span.of(got.sentence)) for problem in got.problems] == [(kind, words)]
    assert got.citations


def test_messages_are_in_the_language_of_the_sentence() -> None:
    arabic, english = checked("حضر 13 مسؤولا.\nKerry met 13 men.", NEWS, OTHER)
    assert arabic.problems[0].message.startswith("الرقم")
    assert english.problems[0].message.startswith("The figure")


def test_two_statements_of_one_sentence_rest_on_two_sentences_that_stand_together() -> None:
    got = one("التقى بوتين المعلم في سوتشي أمس، وقال المعلم إن دمشق تقدر مواقف موسكو.")
    assert got.support == "supported"
    assert [citation.quote for citation in got.citations] == [
        "التقى بوتين المعلم في سوتشي أمس.",
        "وقال المعلم إن دمشق تقدر مواقف موسكو عاليا.",
    ]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("التقى بوتين المعلم أمس في دمشق.", id="a name taken from the sentence beside it"),
        pytest.param("صدر بيان جنيف في القاهرة 30 حزيران 2012.", id="a place that was added"),
        pytest.param("التقى بوتين المعلم في سوتشي أمس، وحضر اللقاء 12 مسؤولا من البلدين.", id="what stands far apart"),
        pytest.param("قال المعلم إن موسكو تقدر سوتشي، والتقى بوتين دمشق في أمس.", id="names that were exchanged"),
    ],
)
def test_words_from_anywhere_in_two_quotes_do_not_make_a_sentence_true(text: str) -> None:
    assert one(text).support == "unsupported"


def test_a_sentence_that_is_not_near_in_meaning_is_not_supported() -> None:
    got = one("التقى بوتين المعلم.", similarity=lambda claims, _: [0.5] * len(claims))
    assert [problem.kind for problem in got.problems] == ["similarity"]
    assert got.citations


def test_a_question_is_shown_and_not_searched_and_does_not_fail() -> None:
    asked: list[str] = []

    def search(queries: Sequence[Query]) -> Iterator[Found]:
        asked.extend(query.searched for query in queries)
        return (found(NEWS) for _ in queries)

    question, statement = checked("من زار سوتشي؟\nزار المعلم سوتشي. [2]", search=search)
    assert asked == ["زار المعلم سوتشي."]
    assert (question.support, question.citations, question.fails) == ("unsupported", (), False)
    assert [problem.kind for problem in question.problems] == ["question"]
    assert statement.support == "supported"


def test_where_nothing_is_found_a_sentence_has_no_citation() -> None:
    got = one("زار المعلم سوتشي.", search=lambda queries: (Found((), {}, "g1") for _ in queries))
    assert (got.support, got.citations, got.score) == ("unsupported", (), 0.0)
    assert [problem.kind for problem in got.problems] == ["citation"]


def test_a_slice_has_one_number_in_the_whole_text() -> None:
    text = "صدر بيان جنيف في 30 حزيران 2012.\nحضر اللقاء 12 مسؤولا.\nصدر البيان في 30 حزيران 2012."
    assert [[citation.number for citation in got.citations] for got in checked(text, NEWS)] == [[1], [2], [1]]


def test_sentences_are_slices_of_the_text_and_come_block_by_block() -> None:
    measured: list[int] = []

    def similarity(claims: list[str], quotes: list[str]) -> list[float]:
        measured.append(len(claims))
        return alike(claims, quotes)

    text = "زار المعلم سوتشي 🕊.\r\n" * 70
    got = checked(text, NEWS, similarity=similarity)
    assert len(got) == 70
    assert all(one.span.of(text) == one.sentence for one in got)
    assert len(measured) == 5
