"""Which figures and years of a question stand in none of the articles that a search found for it.

What asks about resolution 2254 is not answered by articles that name no such figure, however near they lie. Only what
is written in digits and has three of them counts: a smaller one, or one in words, may be a part of a name or stand
there in another form (docs/decisions.md). It refuses to know scores.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Final

from rag.text.numbers import Number, numbers
from rag.types import Article, Found, Span
from rag.verify.figures import Quoted

SMALLEST: Final = 100
LONGEST: Final = 50_000
"""Code points: a longer article is not read whole, and may state anything."""
_YEARS: Final = range(1000, 2101)
_DECADE: Final = re.compile(r"['’]?s\b")


def unstated_figures(question: str, found: Found) -> list[Span]:
    """The figures of a question, in digits and from `SMALLEST` up, that no article of the hits states; spans in it.

    Empty where nothing was found. An article without a day of publication that names no year may be of any year.
    """
    asked = [number for number in numbers(question) if tells(number, question)]
    asked = _lacked(asked, [hit.passage.text for hit in found.hits]) if asked else []
    if not asked:
        return []
    articles = [found.articles[name] for name in dict.fromkeys(hit.passage.article_id for hit in found.hits)]
    if not articles or any(len(article.text) > LONGEST for article in articles):
        return []
    asked = _lacked(asked, map(_with_its_day, articles))
    if any(map(_may_be_year, asked)) and not all(map(_is_dated, articles)):
        asked = [number for number in asked if not _may_be_year(number)]
    return [number.span for number in asked]


def tells(number: Number, question: str) -> bool:
    """Whether a figure is in digits and large enough, and no decade: the 1970s are written in many ways."""
    return number.digits and number.value >= SMALLEST and not _DECADE.match(question[number.span.end :])


def _lacked(asked: Sequence[Number], texts: Iterable[str]) -> list[Number]:
    for text in texts:
        quoted = Quoted.of(text)
        stated = {value for number in quoted.numbers for value in number.readings}
        stated.update(Fraction(mention.year) for mention in quoted.dates if mention.year is not None)
        asked = [number for number in asked if stated.isdisjoint(number.readings)]
        if not asked:
            break
    return list(asked)


def _with_its_day(article: Article) -> str:
    return f"{article.text}\n{article.published.value}" if article.published else article.text


def _may_be_year(number: Number) -> bool:
    return number.value in _YEARS


def _is_dated(article: Article) -> bool:
    """Whether an article says when it was published, or names a year."""
    return article.published is not None or any(map(_may_be_year, numbers(article.text)))
