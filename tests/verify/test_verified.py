"""Claims that a verifier has read: it settles what the rules doubt, and rules that are certain stand."""

from __future__ import annotations

import pytest

from rag.types import Span, Verified
from rag.verify.claims import check

QUOTE = "أوقف الحرس شابا في المنستير يوم 3 ماي 2017 بتهمة سرقة سيارة."
WEIGHTS = {"support": 1.0}


def read(claim: str, support: float, doubted: str = "") -> Verified:
    """What a verifier says, that doubts one word most."""
    words, at = [], 0
    for word in claim.split():
        at = claim.index(word, at)
        words.append((Span(at, at + len(word)), 2.0 if word == doubted else -4.0))
    return Verified(support, tuple(words), WEIGHTS)


def kinds(claim: str, verified: Verified) -> list[tuple[str, str]]:
    verdict = check(claim, [QUOTE], similarity=0.9, min_similarity=0.8, verified=verified)
    assert (verdict.support == "supported") == (not verdict.problems)
    return [(problem.kind, problem.span.of(claim)) for problem in verdict.problems]


def test_a_claim_that_the_verifier_bears_out_has_no_doubts_of_the_rules() -> None:
    claim = "اقتاد الأمن بالمنستير فتى بشبهة نشل عربة"
    assert check(claim, [QUOTE], similarity=0.9, min_similarity=0.8).support == "unsupported"
    assert kinds(claim, read(claim, 3.0)) == []


def test_a_claim_that_it_does_not_bear_out_shows_the_words_that_it_doubts() -> None:
    claim = "أوقف الحرس شابا في المنستير بتهمة سرقة دراجة"
    assert check(claim, [QUOTE], similarity=0.9, min_similarity=0.8).support == "supported"
    assert kinds(claim, read(claim, -3.0, "دراجة")) == [("doubt", "دراجة")]
    # If it doubts none much, the least borne out one.
    assert kinds(claim, read(claim, -3.0)) == [("doubt", "أوقف")]


def test_another_day_is_wrong_whatever_the_verifier_says() -> None:
    claim = "أوقف الحرس شابا في المنستير يوم 4 ماي 2017"
    assert kinds(claim, read(claim, 5.0)) == [("date", "4 ماي 2017")]


def test_words_that_a_rule_marks_are_not_marked_twice() -> None:
    claim = "أوقف ماكرون شابا في المنستير بتهمة سرقة دراجة"
    assert kinds(claim, read(claim, -3.0, "دراجة")) == [("name", "ماكرون"), ("doubt", "دراجة")]
    assert kinds(claim, read(claim, -3.0, "ماكرون")) == [("name", "ماكرون")]


def test_where_a_rule_is_certain_it_explains_alone() -> None:
    claim = "أوقف الحرس شابا في المنستير يوم 4 ماي 2017 بتهمة سرقة دراجة"
    assert kinds(claim, read(claim, -3.0, "دراجة")) == [("date", "4 ماي 2017")]


@pytest.mark.parametrize("support", [-3.0, 3.0])
def test_the_score_is_that_of_rules_and_verifier_together(support: float) -> None:
    claim = "أوقف الحرس شابا في المنستير"
    verdict = check(claim, [QUOTE], similarity=0.9, min_similarity=0.8, verified=read(claim, support))
    assert (verdict.score > 0.9) is (support > 0)
