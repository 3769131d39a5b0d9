"""Figures and dates as a claim may write them, units, and yesterday by the day of publication."""

from __future__ import annotations

import pytest

from rag.types import Context
from rag.verify.figures import Quoted, unstated


@pytest.mark.parametrize(
    ("claim", "quote", "expected"),
    [
        ("The 21st session opened.", "افتتحت الدورة 21 للجنة", []),
        ("It lasted until the Second World War.", "It lasted until World War II.", []),
        ("He ruled for two years.", "حكم لمدة عامين فقط", []),
        ("He ruled for three years.", "حكم لمدة عامين فقط", ["figure"]),
        ("It costs 800 euros.", "It costs 800 dollars.", ["unit"]),
        ("It costs €800.", "It costs $800.", ["unit"]),
        ("It costs 800.", "It costs 800 dollars.", []),
        ("بسرعة 113 ميلا", "at 70 miles (113 km) an hour", ["unit"]),
        ("ثالث اتصال خلال ثلاثة أشهر", "الاتصال الثالث خلال ثلاثة أيام", ["unit"]),
        ("from eight in the morning", "من الساعة الثامنة صباحا", []),
        ("in the late 1980s", "في أواخر الثمانينيات", []),
        ("in the late 1970s", "في أواخر الثمانينيات", ["date"]),
        ("It reaches until today.", "It reaches to the present.", []),
        ("It starts today.", "It starts yesterday.", ["date"]),
    ],
)
def test_what_a_quote_does_not_state(claim: str, quote: str, expected: list[str]) -> None:
    assert [one.kind for one in unstated(claim, [Quoted.of(quote)])] == expected


@pytest.mark.parametrize(
    ("claim", "expected"),
    [("on 12 April 2016", []), ("on 13 April 2016", ["date"]), ("on Tuesday", []), ("on Monday", ["date"])],
)
def test_yesterday_is_the_day_before_the_article(claim: str, expected: list[str]) -> None:
    quote = Quoted.of("تم أمس إيقاف مروج", Context("2016-04-13"))
    assert [one.kind for one in unstated(claim, [quote])] == expected
