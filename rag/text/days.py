"""Days of the calendar that a text means when it says yesterday or Monday, by the day on which it was published.

Without that day it knows none. A weekday is the last one before the day of publication, or that day itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from rag.text.dates import DateMention
from rag.types import Context

_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Day:
    """A day; a part that a text leaves open is None."""

    day: int | None
    month: int | None
    year: int | None

    def agrees(self, other: Day) -> bool:
        """Whether `other` has every part of this day, and the same; at least a day of the month."""
        parts = ((self.day, other.day), (self.month, other.month), (self.year, other.year))
        return self.day is not None and all(mine is None or mine == theirs for mine, theirs in parts)


def days(mentions: Iterable[DateMention], context: Context) -> frozenset[Day]:
    """The days that a text of this context means."""
    return frozenset(day for mention in mentions if (day := day_of(mention, context)) is not None)


def day_of(mention: DateMention, context: Context) -> Day | None:
    """The day that a mention means, or None where that cannot be told."""
    if mention.day is not None:
        return Day(mention.day, mention.month, mention.year)
    match = _DAY.match(context.published or "")
    if match is None or (mention.from_today is None and mention.weekday is None):
        return None
    try:
        published = date(*map(int, match.groups()))
    except ValueError:
        return None
    if mention.from_today is not None:
        meant = published + timedelta(days=mention.from_today)
    else:
        meant = published - timedelta(days=(published.weekday() - (mention.weekday or 0)) % _WEEK)
    return Day(meant.day, meant.month, meant.year)
