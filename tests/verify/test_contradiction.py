"""Opposites and negations of claim and quote, in and across two languages."""

from __future__ import annotations

import pytest

from rag.verify.negation import Sayings, contradictions


def kinds(claim: str, *quotes: str) -> list[str]:
    return [one.kind for one in contradictions(Sayings.of(claim), [Sayings.of(quote) for quote in quotes])]


@pytest.mark.parametrize(
    ("claim", "quote", "expected"),
    [
        ("Prices fell in May.", "Prices rose in May.", ["opposite"]),
        ("انخفضت الأسعار في أيار", "ارتفعت الأسعار في أيار", ["opposite"]),
        ("قال س إنهم وافقوا", "قال س. إنهم وافقوا", []),
        ("Prices fell in May.", "ارتفعت الأسعار في أيار", ["opposite"]),
        ("ستنخفض الأسعار", "Prices will rise.", ["opposite"]),
        ("All members voted.", "Some members voted.", ["opposite"]),
        ("The talks failed.", "The talks did not succeed.", []),
        ("The talks did not succeed.", "The talks failed.", []),
        ("فشلت المحادثات", "لم تنجح المحادثات", []),
        ("The talks succeeded.", "The talks did not succeed.", ["dropped"]),
        ("The talks did not succeed.", "The talks succeeded.", ["added"]),
        ("زار الوزير باريس", "لم يزر الوزير باريس", ["dropped"]),
        ("لم يزر الوزير باريس", "زار الوزير باريس", ["added"]),
        ("نفى الوزير وجود خلاف", "أكد الوزير وجود خلاف", ["added"]),
        ("It was approved with consent.", "It was approved without consent.", ["dropped"]),
        ("لا يزال الوضع متوترا", "الوضع متوتر", []),
        ("Not only Egypt but Syria attacked.", "Egypt and Syria attacked.", []),
        ("Neither Edison nor Tesla won.", "Neither Tesla nor Edison won the prize.", []),
        ("He may not sit in parliament.", "لا يجوز له أن يجلس في البرلمان", []),
    ],
)
def test_what_a_claim_contradicts(claim: str, quote: str, expected: list[str]) -> None:
    found = kinds(claim, quote)
    assert bool(found) == bool(expected)
    assert set(expected) <= set(found)


def test_a_quote_that_says_it_bears_a_claim_out_whatever_another_says() -> None:
    assert kinds("Prices rose.", "Prices fell in May.", "Prices rose in June.") == []
