"""Hits after reading: their order, the probability that they answer, and what is not read."""

from __future__ import annotations

from dataclasses import replace
from threading import Event as Cancel

import pytest
from builders import BY_RELEVANCE, Pointer, article, found, points, query

from rag.retrieve.evidence import select
from rag.retrieve.rerank import WITHIN, Logistic, Rerank, Weighing, probability, to_read
from rag.types import Found

FAR = article("غادر الوفد مساء الاثنين. حضر اللقاء 12 مسؤولا. التقى بوتين المعلم في سوتشي.")


def texts(found: Found) -> list[str]:
    return [hit.passage.text.strip() for hit in found.hits]


def test_what_the_reader_finds_relevant_comes_first_with_its_span() -> None:
    told = points("سوتشي")(query("أين؟"), found(FAR))
    assert texts(told)[0] == "التقى بوتين المعلم في سوتشي."
    reading = told.hits[0].reading
    assert reading is not None
    assert reading.span is not None
    assert reading.span.of(FAR.text) == "سوتشي"
    assert sum(hit.reading.share for hit in told.hits if hit.reading) == pytest.approx(1.0)
    assert [hit.score for hit in told.hits] == [0.98, 1.0, 0.99]  # the fused score stays what it was


def test_the_fused_score_and_the_reader_are_weighed() -> None:
    heavy = Weighing(Logistic(0, 1000, 1, 0))
    told = Rerank(Pointer("سوتشي"), 8, heavy)(query("أين؟"), found(FAR))
    assert texts(told) == texts(found(FAR))


def test_passages_beyond_the_count_or_far_behind_are_not_read_and_follow() -> None:
    told = Rerank(Pointer("سوتشي"), 2, BY_RELEVANCE)(query("أين؟"), found(FAR))
    assert texts(told) == texts(found(FAR))
    assert [hit.reading is None for hit in told.hits] == [False, False, True]
    hits = found(FAR).hits
    far = [*hits[:2], replace(hits[2], score=1.0 - WITHIN - 0.01)]
    assert to_read(far, 8) == far[:2]
    assert to_read(far, 8, within=1.0) == far


def test_the_probability_is_that_of_the_direction_or_of_all() -> None:
    assert points("سوتشي")(query("أين؟"), found(FAR)).probability == pytest.approx(probability(3.0))
    assert points("سوتشي")(query("Where?", "en"), found(FAR)).probability == pytest.approx(probability(1.0))
    assert points("حلب")(query("أين؟"), found(FAR)).probability == pytest.approx(probability(-3.0))


def test_a_reader_that_nobody_fitted_is_joined_by_rank_and_tells_no_probability() -> None:
    read = Rerank(Pointer("سوتشي"), 8)
    told = read(query("أين؟"), found(FAR))
    # Third by search and first by reading: 1/62 + 1/60 is less than 1/60 + 1/61 of the first by search, second by both.
    assert texts(told) == ["غادر الوفد مساء الاثنين.", "التقى بوتين المعلم في سوتشي.", "حضر اللقاء 12 مسؤولا."]
    assert told.probability is None
    assert read.short_probability(query("أين؟"), told, told.hits[0]) is None


def test_a_cancelled_question_and_an_empty_search_are_left_as_they_are() -> None:
    cancel = Cancel()
    cancel.set()
    assert points("سوتشي")(query("أين؟"), found(FAR), cancel) == found(FAR)
    nothing = Found((), {}, "g1")
    assert points("سوتشي")(query("أين؟"), nothing) == nothing


def test_the_searched_question_is_read_and_not_the_asked_one() -> None:
    pointer = Pointer("سوتشي")
    Rerank(pointer, 8)(replace(query("ومتى؟"), searched="متى زار المعلم سوتشي؟"), found(FAR))
    assert pointer.asked == ["متى زار المعلم سوتشي؟"]


def test_evidence_is_ordered_by_the_probability_that_each_sentence_holds_the_answer() -> None:
    told = points("12 مسؤولا")(query("كم؟"), found(FAR))
    evidence = select(told, 3, "كم؟")
    assert evidence[0].text == "حضر اللقاء 12 مسؤولا."
    chances = [item.bears or 0.0 for item in evidence]
    assert chances == sorted(chances, reverse=True)
    assert chances[0] > 0.9


@pytest.mark.parametrize(
    "described",
    [
        {},
        {"order": [1, 2, 3], "answers": {}, "short": {}},
        {"order": [0, 1, 1, 1], "answers": {"ar-ar": ["x"]}, "short": {}},
        {"order": None, "answers": {}, "short": {}},
    ],
)
def test_a_weighing_of_another_form_is_refused(described: dict[str, object]) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        Weighing.of(described)


def test_log_odds_beyond_what_a_float_holds_are_a_probability_too() -> None:
    assert probability(-1e9) == 0.0
    assert probability(float("-inf")) == 0.0
    assert probability(1e9) == 1.0
