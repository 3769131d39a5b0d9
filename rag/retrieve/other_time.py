"""Does a question name a year, and is none of the evidence of that year?

A rate of 2014 is no answer to a question about 2016, however near it lies. Only years in digits count, from 1900 to
2100. It refuses to know scores, and what becomes of its verdict.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from rag.retrieve.unstated import tells
from rag.retrieve.when import period_of
from rag.text.dates import dates
from rag.text.numbers import Number, numbers
from rag.types import Evidence

_CALENDAR_YEARS: Final = range(1900, 2101)


def of_another_time(question: str, evidence: Iterable[Evidence]) -> bool:
    """Whether no piece of evidence is of the time that the question names; False where it names none, or several.

    It is of that time where its passage or its title names a year of it, or its article was published in one. What
    names no year and has no day of publication may be of any time.
    """
    asked = _asked(question)
    return asked is not None and not any(_may_be_of(item, asked) for item in evidence)


def _asked(question: str) -> range | None:
    """The years of the one time that a question names."""
    if period := period_of(question):
        return range(period.start.year, period.end.year + 1)
    years = {
        int(number.value) for number in numbers(question) if tells(number, question) and _is_year(number, question)
    }
    return range(min(years), max(years) + 1) if len(years) == 1 else None


def _may_be_of(item: Evidence, asked: range) -> bool:
    article = item.article
    title = article.title.value if article.title else ""
    stated = _years(f"{title}\n{item.hit.passage.text}")
    if article.published:
        stated.add(int(article.published.value[:4]))
    return not stated or any(year in asked for year in stated)


def _years(text: str) -> set[int]:
    named = {int(number.value) for number in numbers(text) if _is_year(number, text)}
    return named | {mention.year for mention in dates(text) if mention.year is not None}


def _is_year(number: Number, text: str) -> bool:
    """Whether it is four bare digits: 2,000 is a quantity."""
    return number.value in _CALENDAR_YEARS and re.fullmatch(r"\d{4}", number.span.of(text)) is not None
