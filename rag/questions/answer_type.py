"""What kind of words answer a question, a number or a date, and whether a sentence has any that the question has not.

It knows the two kinds that can be told for certain; who, where and why are not among them.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from typing import Final, Literal

from rag.arabic import normalise
from rag.language.dates import dates
from rag.language.figures import numbers

AnswerType = Literal["number", "date"]

_NUMBER: Final = re.compile(
    r"\b(?:[وفب]?كم|how (?:many|much|long|old|far|tall|often|big|large)"
    r"|(?:what|which) (?:\w+ )?(?:number|percentage|share|population|amount)"
    r"|(?:ما|ماهو|ماهي|اي|باي) (?:هو |هي )?(?:عدد|نسبه|رقم|قيمه|مساحه|طول|مقدار|حجم|سعر))\b"
)
_DATE: Final = re.compile(
    r"\b(?:[وف]?متي|when|(?:في|ب|منذ)? ?[بل]?اي (?:عام|سنه|يوم|شهر|تاريخ|قرن|عقد)"
    r"|(?:what|which) (?:\w+ )?(?:year|date|day|month|century|decade)"
    r"|(?:ما|في) (?:هو |هي )?(?:تاريخ|عام|سنه|يوم|شهر))\b"
)
_YEARS: Final = range(1000, 2101)


def answer_type(question: str) -> AnswerType | None:
    """What a question asks for; None where its words do not tell. A number goes before a date."""
    words = normalise(question)[0]
    return "number" if _NUMBER.search(words) else "date" if _DATE.search(words) else None


def offers(sentence: str, kind: AnswerType, question: str) -> bool:
    """Whether a sentence has a number, or a date or year, that the question does not name itself."""
    named = _named(question)
    new = [number for number in numbers(sentence) if number.certain and number.value not in named]
    if kind == "number":
        return bool(new)
    return bool(dates(sentence)) or any(number.value in _YEARS for number in new)


@lru_cache(maxsize=64)
def _named(question: str) -> frozenset[Fraction]:
    """The figures of a question, which is asked about every sentence that was found for it."""
    return frozenset(number.value for number in numbers(question))
