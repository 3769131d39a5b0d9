"""A question → the evidence of an archive by date: cited sentences, and counts by period for a strip.

No model writes anything here. An entry is a slice of a source file, and so are the words that state its date: a date
with a year in the sentence itself, else the publication date that its article states. "Yesterday" and "Monday" are not
resolved, and sentences without a date are listed separately.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from threading import Event as Cancel
from typing import TYPE_CHECKING, Final, Literal, Protocol

from rag.generate.generators import NEAR_SHARE, marked_in
from rag.retrieve.abstention import verdict
from rag.retrieve.evidence import select
from rag.retrieve.question import NO_FILTERS
from rag.text.dates import FIRST_YEAR, LAST_YEAR, DateMention, dates
from rag.types import Article, Citation, Evidence, Filters, Found, Hit, Language, Query, Span

if TYPE_CHECKING:
    from rag.generate.answer import Answerer

TOP_K: Final = 50
MOST_BARS: Final = 40
"""Maximum number of bars of a strip: as many as fit side by side on a phone."""
_MOST_SENTENCES: Final = 1000

_Unit = Literal["day", "month", "year", "decade", "century"]
_UNITS: Final[tuple[_Unit, ...]] = ("day", "month", "year", "decade", "century")
_PRECISIONS: Final[dict[int, _Unit]] = {10: "day", 7: "month", 4: "year"}
"""Precision by the length of a date in ISO 8601."""


class TimelineCorpus(Protocol):
    """What this module needs from a corpus, such as `rag.corpus.Corpus`."""

    @property
    def answerer(self) -> Answerer: ...

    def query(
        self,
        question: str,
        *,
        language: Language | None = None,
        filters: Filters = ...,
        top_k: int | None = None,
        typed: bool = False,
    ) -> Query: ...

    def search(self, query: Query, *, read_passages: int | None = None, cancel: Cancel | None = None) -> Found: ...


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One cited sentence and its date.

    `date` is ISO 8601 at the stated precision: ``2012-06-30``, ``2012-06`` or ``2012``; None if no date is stated.
    `by` is ``text`` if the sentence states it, ``published`` if it is the article's publication date. `named` are the
    words that state it, in code points of the citation's article; with ``text`` they are inside the quote, and also the
    citation's `marked`. `probability`, in [0, 1], is that its passage answers the question; None if it was not read.
    """

    citation: Citation
    date: str | None
    by: Literal["text", "published"] | None
    named: Span | None
    probability: float | None = None

    @property
    def precision(self) -> _Unit | None:
        """``day``, ``month`` or ``year``; None for an undated entry."""
        return None if self.date is None else _PRECISIONS[len(self.date)]

    @property
    def named_words(self) -> str | None:
        """The words that state the date, a slice of the article."""
        return self.named.of(self.citation.article.text) if self.named else None


@dataclass(frozen=True, slots=True)
class Bar:
    """A period of a strip and its number of entries. `first` and `last` are ISO 8601 days, inclusive.

    `period` is also ISO 8601: ``2012-06-30``, ``2012-06``, ``2012``, or ``2010/2019`` for a decade or century.
    """

    period: str
    first: str
    last: str
    count: int


@dataclass(frozen=True, slots=True)
class Strip:
    """Counts by period, without gaps: `bars` in order, at most `MOST_BARS`, including empty ones in between.

    `coarser` is the number of entries whose date is less precise than `unit`, such as a year among days.
    """

    unit: _Unit
    bars: tuple[Bar, ...]
    coarser: int = 0


@dataclass(frozen=True, slots=True)
class Timeline:
    """The dated evidence of a question, earliest first, and the undated, best first.

    Entries are numbered from 1 in this order. `found` passages were found among `searched`; `read`: whether a reader
    decided which of them are relevant to the question.
    """

    query: Query
    entries: tuple[TimelineEntry, ...]
    undated: tuple[TimelineEntry, ...]
    found: int
    searched: int
    snapshot: str
    read: bool

    @property
    def strip(self) -> Strip | None:
        """Counts by period; None without a dated entry."""
        return strip_of([entry.date for entry in self.entries if entry.date])

    @property
    def sentences(self) -> int:
        """Number of sentences: one with two dates has two entries."""
        return len({(one.citation.article.id, one.citation.span) for one in (*self.entries, *self.undated)})

    @property
    def articles(self) -> int:
        """Number of articles that they are from."""
        return len({one.citation.article.id for one in (*self.entries, *self.undated)})


def timeline(
    corpus: TimelineCorpus,
    question: str,
    *,
    language: Language | None = None,
    filters: Filters = NO_FILTERS,
    top_k: int = TOP_K,
    cancel: Cancel | None = None,
    typed: bool = False,
) -> Timeline:
    """The evidence of a question by date; see `timeline_of`. Raises `BadInput` for an invalid question.

    With `typed`, filters in the question are read (`rag.retrieve.query_syntax`). `top_k` is the number of passages.
    """
    query = corpus.query(question, language=language, filters=filters, top_k=top_k, typed=typed)
    return timeline_of(corpus, query, cancel=cancel)


def timeline_of(corpus: TimelineCorpus, query: Query, *, cancel: Cancel | None = None) -> Timeline:
    """The evidence of a query by date.

    Of the `top_k` passages that a search finds, the reader reads all that are near the best. A passage is relevant if
    an answer would be given from it alone, by the thresholds of `rag.retrieve.abstention`: on the probability that it
    answers, or on its score if nothing was read. If the answer would be "not in the archive", the timeline is empty. A
    passage contributes its best sentence, and those with at least half of its probability. A sentence that recurs in
    the same words or the same story is included once. A sentence with two dates has an entry at each.
    """
    found = corpus.search(query, read_passages=query.top_k, cancel=cancel)
    bearing = _bearing(corpus.answerer, query, found)
    kept = replace(found, hits=tuple(hit for hit, _ in bearing))
    chances = {hit.passage.id: chance for hit, chance in bearing}
    listed: list[TimelineEntry] = []
    for item in _best(select(kept, _MOST_SENTENCES, query.searched))[: query.top_k]:
        listed.extend(_entries(item, chances[item.hit.passage.id]))
    dated = sorted((one for one in listed if one.date), key=lambda one: one.date or "")
    undated = [one for one in listed if not one.date]
    numbered = [
        replace(one, citation=replace(one.citation, number=number))
        for number, one in enumerate([*dated, *undated], start=1)
    ]
    return Timeline(
        query,
        tuple(numbered[: len(dated)]),
        tuple(numbered[len(dated) :]),
        found=len(found.hits),
        searched=found.searched,
        snapshot=found.snapshot,
        read=found.probability is not None,
    )


def _bearing(answerer: Answerer, query: Query, found: Found) -> list[tuple[Hit, float | None]]:
    """The relevant hits, each with the probability that it answers the question."""
    if verdict(query, found, answerer.policy) == "absent":
        return []
    kept: list[tuple[Hit, float | None]] = []
    for hit in found.hits:
        if found.probability is None:
            chance = None
        elif hit.reading is None or answerer.read is None:
            continue  # far behind the best: it was not worth reading
        else:
            chance = answerer.read.answer_probability(query, found, hit)
        if answerer.policy.enough(query.language, replace(found, hits=(hit,), probability=chance)):
            kept.append((hit, chance))
    return kept


def _best(items: Sequence[Evidence]) -> list[Evidence]:
    """The best sentence of each passage, and those with at least half of its probability by the reader; in order."""
    best: dict[str, Evidence] = {}
    kept: list[Evidence] = []
    for item in items:
        first = best.setdefault(item.hit.passage.id, item)
        if item is first or (item.bears and first.bears and item.bears >= NEAR_SHARE * first.bears):
            kept.append(item)
    return kept


def _entries(item: Evidence, chance: float | None) -> Iterator[TimelineEntry]:
    """The entries of a sentence: one per date in it, else one at its article's date, else an undated one."""
    named = stated_dates(item.text)
    for day, place in named:
        span = Span(item.span.start + place.start, item.span.start + place.end)
        cited = Citation.cut(1, item.article, item.span, span, item)
        yield TimelineEntry(cited, day, "text", span, chance)
    if not named:
        cited = Citation.cut(1, item.article, item.span, marked_in(item), item)
        published = _published(item.article)
        span_of_day = item.article.published.span if published and item.article.published else None
        yield TimelineEntry(cited, published, "published" if published else None, span_of_day, chance)


def _published(article: Article) -> str | None:
    """The publication date that an article states; None if it states none, or an invalid one."""
    try:
        return date.fromisoformat((article.published.value if article.published else "")[:10]).isoformat()
    except ValueError:
        return None


def stated_dates(text: str) -> list[tuple[str, Span]]:
    """The dates with a year in a text, earliest first, each once, with the words that state it.

    ISO 8601 at the stated precision. Of ``03/04/2012`` only the year is certain. A year that may be of the Islamic
    calendar is left out, and so is a month or year that another date of the text states more precisely.
    """
    readings: dict[Span, list[DateMention]] = {}
    for mention in dates(text):
        readings.setdefault(mention.span, []).append(mention)
    found: dict[str, Span] = {}
    for span, mentions in readings.items():
        if (stated := _iso(mentions)) is not None:
            found.setdefault(stated, span)
    return sorted(
        (day, span) for day, span in found.items() if not any(other != day and other.startswith(day) for other in found)
    )


def _iso(readings: Sequence[DateMention]) -> str | None:
    """The date that all readings of some words have in common: a day, a month or a year; None without a year."""
    parts = [{getattr(one, part) for one in readings} for part in ("year", "month", "day")]
    year, month, day = (next(iter(values)) if len(values) == 1 else None for values in parts)
    if year is None or FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        exact = date(year, month or 1, (day if month else None) or 1).isoformat()
    except ValueError:
        return None
    return exact[: 4 if month is None else 7 if day is None else 10]


# Counts by period: the finest unit with no more than `MOST_BARS` bars to which at least half of the dates are exact.


def strip_of(days: Sequence[str]) -> Strip | None:
    """Count dates in ISO 8601, of any precision, by period; None without any."""
    for place, unit in enumerate(_UNITS):
        exact = [_first_day(day) for day in days if _UNITS.index(_PRECISIONS[len(day)]) <= place]
        counts = Counter(_number(day, unit) for day in exact)
        if counts and 2 * len(exact) >= len(days) and max(counts) - min(counts) < MOST_BARS:
            bars = [_bar(number, unit, counts[number]) for number in range(min(counts), max(counts) + 1)]
            return Strip(unit, tuple(bars), len(days) - len(exact))
    return None


def _first_day(day: str) -> date:
    return date.fromisoformat(f"{day}-01-01"[:10])


_YEARS: Final[dict[_Unit, int]] = {"year": 1, "decade": 10, "century": 100}


def _number(day: date, unit: _Unit) -> int:
    """The number of the period that a day is in, so that neighbours differ by one."""
    if unit == "day":
        return day.toordinal()
    return day.year * 12 + day.month - 1 if unit == "month" else day.year // _YEARS[unit]


def _bar(number: int, unit: _Unit, count: int) -> Bar:
    first, last = _starts(number, unit), date.fromordinal(_starts(number + 1, unit).toordinal() - 1)
    period = first.isoformat()[: {"day": 10, "month": 7}.get(unit, 4)]
    if unit in {"decade", "century"}:
        period = f"{period}/{last.year:04d}"
    return Bar(period, first.isoformat(), last.isoformat(), count)


def _starts(number: int, unit: _Unit) -> date:
    """The first day of the period of a number."""
    if unit == "day":
        return date.fromordinal(number)
    return date(number // 12, number % 12 + 1, 1) if unit == "month" else date(number * _YEARS[unit], 1, 1)
