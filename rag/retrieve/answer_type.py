"""What kind of words answer a question, and whether a sentence has any: a number, a date, a reason.

Who and where are not among them: names of persons and places stand in most sentences of news, and to look for them
chose a worse sentence (docs/decisions.md).
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from typing import Final, Literal

from rag.text.dates import dates
from rag.text.normalise import normalise
from rag.text.numbers import numbers

AnswerType = Literal["number", "date", "reason"]

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
_REASON: Final = re.compile(
    r"^\W*[وف]?لماذا\b|\bما (?:هو |هي )?(?:ال)?(?:سبب|اسباب|دوافع|دافع)\b"
    r"|\bwhy\b|\bwhat (?:is |was |were |are )?(?:the )?(?:reason|cause)|\bwhat caused\b"
)
_GIVEN: Final = re.compile(  # what a sentence gives a reason with
    r"\b[وف]?(?:لان\w{0,3}|بسبب|نتيجه|من اجل|بهدف|نظرا|لكي|كي|حيث ان|سببه\w?|بغيه|جراء|بفعل|اد[يت] الي|مما|لذلك"
    r"|تسبب\w{0,2}|يعزي|يرجع|خوفا|رغبه)\b"
    r"|\b(?:because|due to|since|as a result|in order to|caused?|owing|so that|reason|to avoid|therefore|thus"
    r"|for fear)\b"
)
_YEARS: Final = range(1000, 2101)


def answer_type(question: str) -> AnswerType | None:
    """What a question asks for; None where its words do not tell. A number goes before a date, a date before a
    reason."""
    words = normalise(question)[0]
    if _NUMBER.search(words):
        return "number"
    return "date" if _DATE.search(words) else "reason" if _REASON.search(words) else None


def offers(sentence: str, kind: AnswerType, question: str) -> bool:
    """Whether a sentence has a number, or a date or year, that the question does not name itself, or gives a reason."""
    if kind == "reason":
        return _GIVEN.search(normalise(sentence)[0]) is not None
    named = _named(question)
    new = [number for number in numbers(sentence) if number.certain and number.value not in named]
    if kind == "number":
        return bool(new)
    return bool(dates(sentence)) or any(number.value in _YEARS for number in new)


@lru_cache(maxsize=64)
def _named(question: str) -> frozenset[Fraction]:
    """The figures of a question, which is asked about every sentence that was found for it."""
    return frozenset(number.value for number in numbers(question))
