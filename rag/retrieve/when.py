"""The time that a question names: in 2016, in May 2016, منذ 2015, between 2014 and 2016. Hijri years it does not know.

A hint to a ranking, never a filter: what a question asks about may stand in an article of any other day.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from rag.text.dates import DateMention, dates
from rag.text.normalise import normal_form

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_YEAR: Final = r"((?:19|20)\d\d)(?![\d٪%]|[.,٫٬/-]\d)"
_OF_YEAR: Final = r"(?:(?:ال)?(?:عام|سنه)\s+|the\s+year\s+)?"
_BARE: Final = re.compile(
    rf"\b(?:in|since|after|before|until|during|of|[وف]?في|منذ|بعد|قبل|حتي|خلال)\s+{_OF_YEAR}{_YEAR}"
)
_BETWEEN: Final = re.compile(
    rf"\b(?:between|from|بين|من)\s+(?:عامي\s+|سنتي\s+)?{_OF_YEAR}{_YEAR}\s*(?:and\s+|to\s+|until\s+|الي\s+|حتي\s+|و\s*)"
    rf"{_OF_YEAR}{_YEAR}"
)
_SINCE: Final = re.compile(r"\b(?:since|after|from|منذ|بعد|ابتداء من)[\s\w]{0,12}$")
_BEFORE: Final = re.compile(r"\b(?:before|until|قبل|حتي)[\s\w]{0,12}$")
_FIRST: Final = date(1000, 1, 1)
_LAST: Final = date(9999, 12, 31)


@dataclass(frozen=True, slots=True)
class Period:
    """From one day to another, both included."""

    start: date
    end: date

    def has(self, days: NDArray[np.str_]) -> NDArray[np.bool_]:
        """Which of some ISO 8601 days lie in it; an empty one does not."""
        found: NDArray[np.bool_] = (days >= self.start.isoformat()) & (days <= self.end.isoformat())
        return found


def period_of(question: str) -> Period | None:
    """The one time that a question names; None where it names none, or several that are no period."""
    normal = normal_form(question)
    if between := _BETWEEN.search(normal):
        first, last = sorted((int(between[1]), int(between[2])))
        return Period(date(first, 1, 1), date(last, 12, 31))
    found = set(_periods(question, normal))
    return found.pop() if len(found) == 1 else None


def _periods(question: str, normal: str) -> Iterator[Period]:
    named = [mention for mention in dates(question) if mention.year]
    for mention in named:
        if whole := _whole(mention):
            yield _opened(whole, normal_form(question[: mention.span.start]))
    if not named:
        for match in _BARE.finditer(normal):
            yield _opened(_year(int(match[1])), normal[: match.start(1)])


def _whole(mention: DateMention) -> Period | None:
    """The day, month or year of a date; a day until the next one, whose papers tell of it. None where there is none."""
    year, month, day = mention.year or 0, mention.month, mention.day
    try:
        if month is None:
            return _year(year)
        if day is None:
            return Period(date(year, month, 1), _before(date(year + month // 12, month % 12 + 1, 1)))
        return Period(date(year, month, day), date(year, month, day) + timedelta(days=1))
    except ValueError:
        return None


def _opened(whole: Period, before: str) -> Period:
    """The time from or until then, where the words before it say so."""
    if _SINCE.search(before):
        return Period(whole.start, _LAST)
    return Period(_FIRST, _before(whole.start)) if _BEFORE.search(before) else whole


def _year(year: int) -> Period:
    return Period(date(year, 1, 1), date(year, 12, 31))


def _before(day: date) -> date:
    return day - timedelta(days=1)
