"""Check figures and dates: which of a claim its quotes do not state, or state with another unit. Spans are in the
claim.

A figure may be written differently in the quote: 21st and الدورة 21, two and a dual, eight o'clock and الثامنة.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from itertools import zip_longest
from typing import Final, NamedTuple

from rag.text.concepts import Sense, senses_of
from rag.text.dates import DateMention, Day, dates, day_of, days_of
from rag.text.normalise import Normal, words
from rag.text.numbers import Number, numbers
from rag.types import Context, Span

_ROMAN: Final = {"I": 1, "V": 5, "X": 10}
_AFTER_NAME: Final = re.compile(r"[^\W\d_]{2}\s+(X{0,2}(?:IX|IV|VI{0,3}|I{1,3}|X))\b(?!['’])")
_DUAL: Final = re.compile(r"(?<!\w)[وفبلك]?(?:ال|لل)?\w{3,}(?:ان|ين|تا|تي|اهما|يهما)(?!\w)")
_FIRST: Final = re.compile(
    r"(?<!\w)[وفبل]?(?:ال)?اول(?:ا|ي|ه)?(?!\w)|\b(?:first|firstly|initial|initially|original|prime|primary|elementary|top|early|earliest)\b"
)
_NOW: Final = re.compile(
    r"حالي|حاضر|الان(?!\w)|\b(?:present|currently|current|now|nowadays|today)\b|(?<!\w)اليوم(?!\w)"
)
_HOUR: Final = re.compile(r"(?:الساعه)\s+$")
_SHORT_RANGE: Final = re.compile(r"(?<!\d)((?:1[4-9]|20)\d\d)[-–/](\d\d)(?!\d)")
_SYMBOLS: Final = {"$": "dollar", "€": "euro", "£": "pound", "¥": "yen"}
_SCALES: Final = {100, 1000, 10**6, 10**9}
_UNIT_REACH: Final = 2
_DECADES: Final = {
    "عشرين": 20, "ثلاثين": 30, "اربعين": 40, "خمسين": 50, "ستين": 60, "سبعين": 70, "ثمانين": 80, "تسعين": 90,
}  # fmt: skip
_DECADE: Final = re.compile(rf"({'|'.join(_DECADES)})(?:ي?ات)|\b\d\d(\d0)s\b")


class Unstated(NamedTuple):
    """A problem: ``figure``, ``date`` or ``unit``, and its span in the claim."""

    kind: str
    span: Span


@dataclass(frozen=True, slots=True)
class Quoted:
    """A quote analysed once: its figures outside dates, its dates, its normalised text, its decades."""

    numbers: tuple[Number, ...]
    dates: tuple[DateMention, ...]
    days: frozenset[Day]
    text: str
    source: str
    decades: frozenset[int]
    context: Context

    @classmethod
    @lru_cache(512)  # each claim of a text is checked against many quotes, and each quote against many claims
    def of(cls, quote: str, context: Context | None = None) -> Quoted:
        context = context or Context()
        mentions = dates(quote)
        found = [number for number in numbers(quote) if not _inside(number, mentions)]
        normal = Normal.of(quote).text
        for match in _AFTER_NAME.finditer(quote):
            value = Fraction(_roman(match[1]))
            found.append(Number(value, "either", Span(*match.span(1)), (value,)))
        for match in _SHORT_RANGE.finditer(normal):
            value = Fraction(match[1][:2] + match[2])
            found.append(Number(value, "cardinal", Span(*match.span(2)), (value, Fraction(match[2])), digits=True))
        return cls(tuple(found), tuple(mentions), days_of(mentions, context), normal, quote, _decades(normal), context)


def unstated(claim: str, quotes: Sequence[Quoted]) -> Iterator[Unstated]:
    """Figures and dates of a claim that no quote states; its "yesterday" is that of the quote's article."""
    mentions = dates(claim)
    decades = _decades(Normal.of(claim).text)
    for number in numbers(claim):
        glued = (
            number.digits and claim[: number.span.start][-1:].isascii() and claim[: number.span.start][-1:].isalpha()
        )
        if not number.certain or glued or _inside(number, mentions):  # the 2 of CO2 counts nothing
            continue
        if number.digits and number.value % 100 in decades and any(number.value % 100 in one.decades for one in quotes):
            continue
        if _in_order(number, claim):
            number = replace(number, kind="either")
        if not any(_figure_stands(number, quote) for quote in quotes):
            yield Unstated("figure", number.span)
        elif _other_unit(claim, number, quotes):
            yield Unstated("unit", number.span)
    for span in dict.fromkeys(mention.span for mention in mentions):
        readings = [mention for mention in mentions if mention.span == span]
        if any(_date_stands(mention, quote) for mention in readings for quote in quotes):
            continue
        year = readings[0].year
        if year and year % 100 in decades and any(year % 100 in quote.decades for quote in quotes):
            continue
        yield Unstated("date", span)


def _figure_stands(number: Number, quote: Quoted) -> bool:
    if any(number.agrees(other) for other in quote.numbers):
        return True
    # "the 11th" is supported by "11 June", and a bare 2012 by "June 2012", but "11 people" by neither.
    if number.kind in {"ordinal", "either"} and any(mention.day == number.value for mention in quote.dates):
        return True
    if number.digits and any(mention.year == number.value for mention in quote.dates):
        return True
    several = number.kind == "plural" or number.value in _SCALES  # several hundred, مئات
    if several and any(
        other.value == number.value and "plural" in {number.kind, other.kind} for other in quote.numbers
    ):
        return True
    if number.kind == "ordinal":
        if number.value == 1 and _FIRST.search(quote.text):
            return True
        return any(_in_order(other, quote.source) for other in quote.numbers if other.value == number.value)
    if number.value == 2 and not number.readings[1:] and _DUAL.search(quote.text):
        return True
    return any(
        other.value == number.value
        and other.kind == "ordinal"
        and _HOUR.search(Normal.of(quote.source[: other.span.start]).text)
        for other in quote.numbers
    )


def _in_order(number: Number, text: str) -> bool:
    """Whether a figure follows its noun: الدورة 21 is the 21st session."""
    behind = re.search(r"(?<!\w)[وفبل]?ال\w+\s+\[?$", Normal.of(text[: number.span.start]).text)
    return number.kind == "cardinal" and number.digits and behind is not None


def _roman(numeral: str) -> int:
    total = 0
    for letter, after in zip_longest(numeral, numeral[1:]):
        value = _ROMAN[letter]
        total += -value if after and _ROMAN[after] > value else value
    return total


def _date_stands(mention: DateMention, quote: Quoted) -> bool:
    if any(other.states(mention) for other in quote.dates):
        return True
    if mention.from_today == 0 and _NOW.search(quote.text):
        return True
    day = day_of(mention, quote.context)
    if day is not None and any(day.agrees(other) for other in quote.days):
        return True
    only_year = mention.year is not None and mention.day is None and mention.month is None
    return only_year and any(mention.year in number.readings and number.digits for number in quote.numbers)


def _other_unit(claim: str, number: Number, quotes: Sequence[Quoted]) -> bool:
    ours = units_of(claim, number)
    if not ours:
        return False
    other = False
    for quote in quotes:
        for one in quote.numbers:
            if number.agrees(one):
                theirs = {
                    sense for sense in units_of(quote.source, one) if sense.group in {mine.group for mine in ours}
                }
                if not theirs or not theirs.isdisjoint(ours):
                    return False
                other = True
    return other


def units_of(text: str, number: Number) -> set[Sense]:
    """Units after a figure, or as a sign before it."""
    found: set[Sense] = set()
    sign = text[: number.span.start].rstrip()[-1:] + text[number.span.end : number.span.end + 1]
    for symbol, name in _SYMBOLS.items():
        if symbol in sign:
            found |= {sense for sense in senses_of(name) if sense.table == "unit"}
    rest = text[number.span.end : number.span.end + 40]
    for word in words(re.split(r"[.,;()،؛]", rest)[0])[:_UNIT_REACH]:
        found |= {sense for sense in senses_of(word.text) if sense.table == "unit"}
        if found:
            break
    return found


def _decades(normal: str) -> frozenset[int]:
    return frozenset(_DECADES[match[1]] if match[1] else int(match[2]) for match in _DECADE.finditer(normal))


def _inside(number: Number, mentions: Sequence[DateMention]) -> bool:
    return any(number.span.start < mention.span.end and mention.span.start < number.span.end for mention in mentions)
