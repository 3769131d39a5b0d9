"""Batch: a sheet of questions comes back with answers; what was done before a kill is not asked again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event as Cancel

import pytest
from builders import alike, points, says
from views_archive import AGENCY, views_corpus

from rag.corpus import Corpus
from rag.errors import BadInput
from rag.generate.answer import Answerer
from rag.types import Filters, Query
from ui.shared.batch import (
    ANSWER_COLUMNS,
    Journal,
    Questions,
    RowAnswer,
    answered_sheet,
    ask_rows,
    key_of,
    summary,
)

DEAD = "كم عاملا قتل؟"
SHEET = [["رقم", "سؤال"], [1, DEAD], [2, ""], [3, "من فاز بكأس العالم؟"], [4, "س" * 2001], [5, DEAD]]


@pytest.fixture
def corpus(tmp_path: Path) -> Iterator[Corpus]:
    with views_corpus(tmp_path, points("12 عاملا", "14 عاملا")) as opened:
        yield opened


def test_each_row_gets_its_answer_and_a_bad_one_its_error_in_its_place(corpus: Corpus) -> None:
    questions = Questions.of(SHEET)
    answers = list(ask_rows(corpus, questions, filters=Filters(outlet=AGENCY)))
    assert [one.status for one in answers] == ["answered", "error", "not in archive", "error", "answered"]
    assert "empty" in answers[1].problem
    assert "2000" in answers[3].problem
    table = answered_sheet(questions, answers, "http://host")
    assert table[0] == ["رقم", "سؤال", *ANSWER_COLUMNS]
    row = dict(zip(ANSWER_COLUMNS, table[1][2:], strict=True))
    [article] = [one for one in _articles(corpus) if one.member == "fire-agency"]
    assert row["quote"] == article.text[row["start"] : row["end"]] == "وأدى الحريق إلى مقتل 12 عاملا."  # type: ignore[misc]
    assert (row["short answer"], row["outlet"], row["date"], row["file"]) == (
        *("12 عاملا", AGENCY, "2016-05-04", "news.jsonl (fire-agency)"),
    )
    assert str(row["link"]).startswith(f"http://host/#source/{article.id}/{article.sha256}")
    assert table[2][:2] == [2, ""]
    assert table[3][2:] == ["", "", "not in archive", "", "", "", "", None, None, "", "", ""]
    assert summary(answers) == "5 questions: 2 answered, 1 not in archive, 2 error"


def test_filters_in_a_question_are_its_own_and_stand_beside_its_answer(corpus: Corpus) -> None:
    questions = Questions.of([["question"], [f"{DEAD} outlet:رويترز"], [f"{DEAD} وسيلة:سانا"], [f"{DEAD} after:soon"]])
    answers = list(ask_rows(corpus, questions, filters=Filters(outlet=AGENCY)))
    assert [one.outlet for one in answers] == ["رويترز", "سانا", ""]
    column = 1 + ANSWER_COLUMNS.index("filters")
    table = answered_sheet(questions, answers)
    assert [row[column] for row in table[1:]] == ["outlet: رويترز", "outlet: سانا", ""]
    assert "after:soon is not a date" in answers[2].problem


def _articles(corpus: Corpus) -> list[object]:
    current = corpus.catalog.current(corpus.name)
    assert current is not None
    ids = [meta.id for meta in corpus.catalog.articles_meta(current.id)]
    return list(corpus.catalog.articles(current.id, ids).values())


@pytest.mark.parametrize(
    ("rows", "header", "column", "asked"),
    [
        ([["n", " Question "], [1, "من؟"]], True, 1, ["من؟"]),
        ([["السُّؤال"], ["من؟"], [None]], True, 0, ["من؟", ""]),
        ([["من؟", "x"], ["متى؟", "y"]], False, 0, ["من؟", "متى؟"]),
        ([["q"], [2016]], False, 0, ["q", "2016"]),
    ],
)
def test_the_column_of_questions_is_found_and_no_question_taken_for_a_heading(
    rows: list[list[str | int | None]], header: bool, column: int, asked: list[str]
) -> None:
    questions = Questions.of(rows)
    assert (questions.header is not None, questions.column, list(questions)) == (header, column, asked)


def test_a_sheet_without_questions_is_refused() -> None:
    for rows in ([], [["question"]]):
        with pytest.raises(BadInput):
            Questions.of(rows)


def test_two_hundred_questions_go_on_after_a_kill_where_they_were(corpus: Corpus, tmp_path: Path) -> None:
    questions = Questions.of([["question"], *([f"{DEAD} {n}"] for n in range(200))])
    asked: list[str] = []
    search = corpus.answerer.search

    def counting(query: Query):  # type: ignore[no-untyped-def]
        asked.append(query.question)
        return search(query)

    corpus.answerer = Answerer(counting, kind="reader", read=corpus.answerer.read, policy=corpus.answerer.policy)
    current = corpus.catalog.current(corpus.name)
    assert current is not None
    journal = Journal(tmp_path / "out.csv.partial.jsonl", key_of(corpus, Filters(), None), current.id)
    first = ask_rows(corpus, questions, filters=Filters(), done=journal.write)
    before = [next(first) for _ in range(120)]
    first.close()  # killed …
    with (tmp_path / "out.csv.partial.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"row": 121, "quest')  # … in the middle of a line
    kept = journal.read()
    assert len(kept) == 120
    answers = list(ask_rows(corpus, questions, filters=Filters(), kept=kept, done=journal.write))
    assert answers[:120] == before
    assert len(answers) == 200
    assert len(asked) == len(set(asked)) == 200
    assert len(journal.read()) == 200  # the torn line hides no later one

    # Another question, index or setting: asked again.
    assert len(Journal(tmp_path / "out.csv.partial.jsonl", key_of(corpus, Filters(), None), "other").read()) == 0
    other = key_of(corpus, Filters(outlet=AGENCY), None)
    assert len(Journal(tmp_path / "out.csv.partial.jsonl", other, current.id).read()) == 0
    moved = Questions.of([["question"], [f"{DEAD} 1"], [f"{DEAD} 0"]])
    list(ask_rows(corpus, moved, filters=Filters(), kept=journal.read()))
    assert len(asked) == 202
    journal.remove()
    assert journal.read() == {}


def test_no_language_model_is_asked_and_a_cancelled_batch_ends(corpus: Corpus) -> None:
    prompts: list[object] = []
    plain = corpus.answerer
    corpus.answerer = Answerer(
        plain.search,
        says("It was 99.", prompts=prompts),  # type: ignore[arg-type]
        kind="writer",
        read=plain.read,
        similarity=alike,
        policy=plain.policy,
    )
    questions = Questions.of([["question"], [DEAD], [DEAD]])
    cancel = Cancel()
    asking = ask_rows(corpus, questions, filters=Filters(), cancel=cancel)
    assert next(asking).short in {"12 عاملا", "14 عاملا"}
    cancel.set()
    assert list(asking) == []
    assert prompts == []


def test_an_archive_that_changed_meanwhile_is_mentioned() -> None:
    one = RowAnswer("answered", snapshot="a")
    assert summary([one, replace(one, snapshot="b")]).endswith("the archive changed during the batch")
