"""ALCE's citation recall and precision, on examples worked by hand; the judges that need no model."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event as Cancel

from builders import says

from eval.judges import embedding, lexical, llm, verifier
from eval.metrics import CitedStatement, Pair, recall_and_precision
from rag.types import Verified


def words(pairs: Sequence[Pair]) -> list[bool]:
    """A judge for whom a premise entails what has all of its words in it."""
    return [set(hypothesis.split()) <= set(premise.split()) for premise, hypothesis in pairs]


def test_one_citation_that_entails_is_recalled_and_precise() -> None:
    assert recall_and_precision([CitedStatement("a b", ("a b c",))], words) == (1.0, 1.0)


def test_a_citation_that_adds_nothing_is_irrelevant() -> None:
    # "a b" is entailed by the first; the second alone does not entail it and the first without it does: precision 1/2.
    assert recall_and_precision([CitedStatement("a b", ("a b", "x"))], words) == (1.0, 1 / 2)


def test_two_citations_that_are_needed_together_are_both_precise() -> None:
    assert recall_and_precision([CitedStatement("a b", ("a", "b"))], words) == (1.0, 1.0)


def test_a_statement_without_citations_has_recall_zero_and_counts() -> None:
    assert recall_and_precision([CitedStatement("a", ("a",)), CitedStatement("b", ())], words) == (1 / 2, 1.0)


def test_citations_of_a_statement_that_is_not_entailed_are_not_precise() -> None:
    # Of three citations only that of the first statement counts: 1/3.
    assert recall_and_precision([CitedStatement("a", ("a",)), CitedStatement("z", ("a", "b"))], words) == (1 / 2, 1 / 3)


def test_an_answer_that_says_nothing_has_neither() -> None:
    assert recall_and_precision([], words) == (0.0, 0.0)


def test_the_judge_by_words_wants_most_words_and_every_figure() -> None:
    premise = "حضر افتتاح المكتبة 300 ضيف من 12 دولة"
    assert lexical([(premise, "حضر الافتتاح 300 ضيف")]) == [True]
    assert lexical([(premise, "حضر افتتاح المكتبة ٣٠٠ ضيف")]) == [True]
    assert lexical([(premise, "حضر الافتتاح 400 ضيف")]) == [False]
    assert lexical([(premise, "غادر الوزير القاهرة أمس")]) == [False]
    assert lexical([(premise, "…")]) == [False]


def test_the_judge_by_meaning_asks_for_the_cosine() -> None:
    judge = embedding(
        lambda claims, quotes: [0.9 if claim == quote else 0.1 for claim, quote in zip(claims, quotes, strict=True)],
        0.8,
    )
    assert judge([("a", "a"), ("a", "b")]) == [True, False]
    assert judge([]) == []


def test_the_language_model_says_yes_or_it_counts_as_no() -> None:
    for reply, holds in (("Yes.", True), ("yes", True), ("No.", False), ("yes and no", False), ("", False)):
        assert llm(says(reply))([("premise", "hypothesis")]) == [holds], reply


def test_the_judge_by_the_checks_asks_rules_and_verifier() -> None:
    def verify(claims: list[str], _: list[str]) -> list[Verified]:
        return [Verified(3.0 if "bank" in claim else -3.0, (), {"support": 1.0}) for claim in claims]

    judge = verifier(verify, lambda claims, _: [0.9] * len(claims), 0.8)
    quote = "The bank closed on 3 May 2016."
    said = ["The bank shut its doors in May 2016", "The shop closed on 3 May 2016", "The bank closed on 4 May 2016"]
    assert judge([(quote, one) for one in said]) == [True, False, False]
    assert judge([]) == []


def test_a_judge_that_fails_counts_as_no() -> None:
    def silent(prompt: object, cancel: Cancel):
        yield from ()

    assert llm(silent)([("premise", "hypothesis")]) == [False]
