"""Ask each outlet the same questions: a table of short answers with their quotes, and whether they agree or differ.

No model writes anything here. A cell is the answer from one outlet's articles alone: the words that the reader points
at, a slice of a file, else the best sentence. Answers are compared only if code can determine what they state: a figure
of the same unit, a date of the same precision, a place, or a name. Anything else counts neither as agreement nor as
difference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from threading import Event as Cancel
from typing import TYPE_CHECKING, Final, Literal, Protocol

from rag.errors import BadInput
from rag.generate.agreement import counted_by
from rag.generate.generators import qualifier_before
from rag.retrieve.filters import StatedColumns, outlet_key
from rag.retrieve.question import NO_FILTERS, answer_type, valid_filters
from rag.text.dates import FIRST_YEAR, LAST_YEAR, dates
from rag.text.name_shapes import english_titles, introduces, is_given, is_ordinary_arabic, is_ordinary_english
from rag.text.names import NONE, OwnNames, Place, is_city, is_territory
from rag.text.normalise import ARABIC, Word
from rag.text.numbers import Number, numbers
from rag.types import Answer, Citation, Filters, Language, Query, ShortAnswer, Span, independent
from rag.verify.figures import harm_of, units_of
from rag.verify.names import NameReading, stands

if TYPE_CHECKING:
    from rag.generate.answer import Answerer
    from rag.store.catalog import Catalog

MOST_OUTLETS: Final = 12

Agreement = Literal["agree", "differ"]
CellStatus = Literal["answered", "unclear", "nothing_found"]


class ComparedCorpus(Protocol):
    """What this module needs from a corpus, such as `rag.corpus.Corpus`."""

    @property
    def name(self) -> str: ...

    @property
    def answerer(self) -> Answerer: ...

    @property
    def catalog(self) -> Catalog: ...

    @property
    def names(self) -> OwnNames: ...

    def holding(self, filters: Filters) -> frozenset[str] | None: ...

    def query(
        self, question: str, *, language: Language | None = None, filters: Filters = ..., typed: bool = False
    ) -> Query: ...


@dataclass(frozen=True, slots=True)
class ComparedOutlet:
    """An outlet as most of its articles state it; `articles` is the number of those that match the filters of at least
    one question."""

    name: str
    articles: int


@dataclass(frozen=True, slots=True)
class ComparedCell:
    """The answer of one outlet's articles.

    `citation` is the quote: the sentence of the short answer, else the best sentence; None if nothing was found.
    `short` is None if no short answer is certain enough. `words` are those that are compared, in code points of the
    citation's article: the short answer, else the reader's span in a clear answer, if it is of the kind that the
    question asks for (a figure or a date). `group` numbers the cells of a row: cells that state the same have the same
    number; None for a cell that cannot be compared with another.
    """

    outlet: str
    status: CellStatus
    citation: Citation | None = None
    short: ShortAnswer | None = None
    words: Span | None = None
    group: int | None = None

    @property
    def text(self) -> str:
        """The short answer with its rendering, else the quote; empty if nothing was found."""
        return self.short.shown if self.short else self.citation.quote if self.citation else ""


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One question, and a cell for each outlet, in the order of the columns."""

    query: Query
    cells: tuple[ComparedCell, ...]

    @property
    def agreement(self) -> Agreement | None:
        """``differ`` if two answers state different things, ``agree`` if all that can be compared state the same; None
        if no two can be compared."""
        groups = [cell.group for cell in self.cells if cell.group is not None]
        return None if not groups else "agree" if len(set(groups)) == 1 else "differ"

    @property
    def independent(self) -> int:
        """Number of independent sources of the compared cells: copies of one story count once."""
        return independent([one.citation.behind for one in self.cells if one.citation and one.group is not None])


@dataclass(frozen=True, slots=True)
class Comparison:
    """The answers of each outlet to each question.

    `left_out` are the outlets without a column, most articles first; `unnamed` is the number of articles that state no
    outlet and so are in no column. `cut`: it was stopped, and rows or cells are missing.
    """

    outlets: tuple[ComparedOutlet, ...]
    rows: tuple[ComparedRow, ...]
    left_out: tuple[ComparedOutlet, ...] = ()
    unnamed: int = 0
    snapshot: str = ""
    cut: bool = False


def compare(
    corpus: ComparedCorpus,
    questions: Sequence[str],
    *,
    outlets: Sequence[str] = (),
    language: Language | None = None,
    filters: Filters = NO_FILTERS,
    most: int = MOST_OUTLETS,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
    cancel: Cancel | None = None,
    typed: bool = False,
) -> Comparison:
    """Ask each outlet each question: the given outlets, else those with the most articles; at most `most`.

    `progress` is called with the number of finished cells and of all cells. Stops once `cancel` is set. No language
    model is used: with a writer, the reader answers in its place.

    With `typed`, filters in a question are read (`rag.retrieve.query_syntax`) and apply to its row.

    Raises `BadInput` for an invalid question, for an outlet that no article states, and for a filter on the outlet,
    because each column has its own.
    """
    if not questions:
        raise BadInput("there is no question", where="questions", do="ask at least one")
    filters = valid_filters(filters)
    queries = [corpus.query(question, language=language, filters=filters, typed=typed) for question in questions]
    return compare_queries(corpus, queries, outlets=outlets, most=most, progress=progress, cancel=cancel)


def compare_queries(
    corpus: ComparedCorpus,
    queries: Sequence[Query],
    *,
    outlets: Sequence[str] = (),
    most: int = MOST_OUTLETS,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
    cancel: Cancel | None = None,
) -> Comparison:
    """`compare` for queries that are made already. An outlet's articles are those that the filters of at least one
    query let through."""
    if any(query.filters.outlet for query in queries):
        raise BadInput(
            "each column is an outlet already",
            where="outlet",
            do="name it among the outlets to compare",
            kind="outlet_column",
        )
    columns, left_out, unnamed = _columns(corpus, outlets, {query.filters for query in queries}, most)
    answerer = corpus.answerer.without_model()
    rows: list[ComparedRow] = []
    snapshot, done, cut = "", 0, False
    for query in queries:
        cells: list[ComparedCell] = []
        for column in columns:
            answer = answerer.answer(replace(query, filters=replace(query.filters, outlet=column.name)), cancel)
            if cut := cancel is not None and cancel.is_set():
                break
            cells.append(_cell(column.name, answer, corpus.names))
            snapshot = answer.snapshot
            done += 1
            progress(done, len(queries) * len(columns))
        if cells or not cut:
            rows.append(ComparedRow(query, _grouped(cells, corpus.names)))
        if cut:
            break
    return Comparison(columns, tuple(rows), left_out, unnamed, snapshot, cut)


def outlets_of(
    corpus: ComparedCorpus, filters: Collection[Filters] = (NO_FILTERS,)
) -> tuple[list[ComparedOutlet], int]:
    """The outlets of the articles that match at least one of these filters, most articles first; the number of
    articles without one."""
    current = corpus.catalog.current(corpus.name)
    metas = corpus.catalog.articles_meta(current.id) if current else []
    columns = StatedColumns(len(metas), enumerate(metas))
    through: set[str] = set()
    for one in filters:
        passing = columns.passing(replace(one, outlet=None)).tolist()
        holding = corpus.holding(one)
        through |= {
            meta.id
            for meta, passes in zip(metas, passing, strict=True)
            if passes and (holding is None or meta.id in holding)
        }
    stated = [meta.outlet for meta in metas if meta.id in through]
    spellings: dict[str, Counter[str]] = {}
    for outlet in stated:
        if outlet:
            spellings.setdefault(outlet_key(outlet), Counter())[outlet] += 1
    found = [ComparedOutlet(min(one, key=lambda name: (-one[name], name)), one.total()) for one in spellings.values()]
    return sorted(found, key=lambda one: (-one.articles, one.name)), len(stated) - sum(one.articles for one in found)


def _columns(
    corpus: ComparedCorpus, named: Sequence[str], filters: Collection[Filters], most: int
) -> tuple[tuple[ComparedOutlet, ...], tuple[ComparedOutlet, ...], int]:
    found, unnamed = outlets_of(corpus, filters)
    if not named:
        return tuple(found[:most]), tuple(found[most:]), unnamed
    by_key = {outlet_key(one.name): one for one in found}
    every = {outlet_key(one.name): one for one in outlets_of(corpus)[0]}
    wanted: dict[str, ComparedOutlet] = {}
    for name in named:
        key = outlet_key(name)
        if key not in every:
            known = ", ".join(one.name for one in list(every.values())[:MOST_OUTLETS])
            raise BadInput(f"no article states the outlet {name!r}", where="outlet", do=f"known: {known or 'none'}")
        wanted[key] = by_key.get(key, ComparedOutlet(every[key].name, 0))
    chosen = list(wanted.values())
    others = [one for key, one in by_key.items() if key not in wanted]
    return tuple(chosen[:most]), (*chosen[most:], *others), unnamed


def _cell(outlet: str, answer: Answer, names: OwnNames) -> ComparedCell:
    if answer.is_refusal:
        return ComparedCell(outlet, "nothing_found")
    short, citation = answer.leading
    marked = None if answer.is_unclear else citation.marked
    if short:
        marked = short.span
    elif marked and not _is_of_kind(value_of(citation, marked, names), answer_type(answer.query.question)):
        marked = None
    return ComparedCell(outlet, "unclear" if answer.is_unclear else "answered", citation, short, marked)


# What short answers state, and whether two of them state the same. In doubt they are not compared.


@dataclass(frozen=True, slots=True)
class _Figure:
    """A figure with what it counts and the words that qualify it (more than, about)."""

    number: Number
    units: frozenset[str]
    harm: frozenset[str]
    """Whether those whom it counts were killed or wounded."""
    qualified: str


@dataclass(frozen=True, slots=True)
class _Date:
    day: int | None
    month: int | None
    year: int | None

    @property
    def precision(self) -> tuple[bool, bool, bool]:
        return self.day is not None, self.month is not None, self.year is not None


@dataclass(frozen=True, slots=True)
class _Place:
    codes: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Name:
    """The name in a text without its titles; `words` are the indexes of its words in `read`."""

    read: NameReading
    words: tuple[int, ...]


_Value = _Figure | _Date | _Place | _Name

_LONGEST_NAME: Final = 5
_BEFORE_PLACES: Final = frozenset({"في", "العاصمه", "عاصمه", "in", "at", "the", "capital", "city", "town", "of"})


def same_value(one: _Value | None, other: _Value | None) -> bool | None:
    """Whether two values of `value_of` are the same; None if they cannot be compared.

    Figures are compared if they count the same thing with the same qualifier; dates if they have the same precision;
    places if both are cities or both countries. Names are never reported as different: two names may be one person's.
    """
    if isinstance(one, _Figure) and isinstance(other, _Figure):
        return _same_figure(one, other)
    if isinstance(one, _Date) and isinstance(other, _Date):
        return one == other if one.precision == other.precision else None
    if isinstance(one, _Place) and isinstance(other, _Place):
        return _same_place(one.codes, other.codes)
    if isinstance(one, _Name) and isinstance(other, _Name):
        return True if _same_name(one, other) else None
    return None


def _grouped(cells: Sequence[ComparedCell], names: OwnNames) -> tuple[ComparedCell, ...]:
    """The cells with their `group` set."""
    values = [value_of(one.citation, one.words, names) if one.citation and one.words else None for one in cells]
    leads = list(range(len(cells)))
    compared: set[int] = set()
    for one, other in combinations(range(len(cells)), 2):
        said = same_value(values[one], values[other])
        if said is not None:
            compared |= {one, other}
        if said:
            leads = [leads[one] if lead == leads[other] else lead for lead in leads]
    numbers_of = {lead: number for number, lead in enumerate(dict.fromkeys(leads[one] for one in sorted(compared)))}
    return tuple(
        replace(cell, group=numbers_of[leads[place]] if place in compared else None) for place, cell in enumerate(cells)
    )


def _same_figure(one: _Figure, other: _Figure) -> bool | None:
    if one.qualified != other.qualified or ((one.units or other.units) and one.units.isdisjoint(other.units)):
        return None
    if one.harm and other.harm and one.harm != other.harm:
        return None
    if one.number.agrees(other.number):
        return True
    # It is unknown what two bare figures count; "a third" and "three" are not different figures.
    comparable = one.units and one.number.kind == other.number.kind
    return False if comparable and set(one.number.readings).isdisjoint(other.number.readings) else None


def _same_place(one: frozenset[str], other: frozenset[str]) -> bool | None:
    if one == other:
        return True
    alike = any(all(map(kind, one | other)) for kind in (is_city, is_territory))
    return False if alike and one.isdisjoint(other) else None


def _same_name(one: _Name, other: _Name) -> bool:
    """Whether all words of the shorter name are in the longer one, including the longer one's last word."""
    short, long = sorted((one, other), key=lambda name: len(name.words))
    crossing = bool(ARABIC.match(_last(short).text)) != bool(ARABIC.match(_last(long).text))
    # A single word in another script must have all its consonants.
    exactly = crossing and len(short.words) == 1
    whole = short.read.part(short.words)
    in_long = all(stands(short.read, place, [long.read], exactly=exactly) for place in short.words)
    return in_long and stands(long.read, long.words[-1], [whole], exactly=exactly)


def _last(name: _Name) -> Word:
    return name.read.words[name.words[-1]]


def value_of(citation: Citation, span: Span, names: OwnNames = NONE) -> _Value | None:
    """The value of some words of a citation, read in their sentence; None if it is not one figure, date or name."""
    quote, start = citation.quote, citation.span.start
    words_of = Span(span.start - start, span.end - start)
    mentions = [one for one in dates(quote) if _meet(one.span, words_of)]
    dated = [one for one in mentions if one.month or one.year]
    figures = [
        one
        for one in numbers(quote)
        if _meet(one.span, words_of) and not any(_meet(one.span, it.span) for it in mentions)
    ]
    if dated:
        return None if figures or len(dated) > 1 else _date(dated[0].day, dated[0].month, dated[0].year)
    if mentions:
        return None  # a weekday or a relative day: valid only in its own report
    if figures:
        return _figure(quote, words_of, figures)
    read = NameReading.of(words_of.of(quote), names)
    return _place(read) or _name(read)


def _is_of_kind(value: _Value | None, kind: str | None) -> bool:
    """Whether a value is of the kind that the question asks for, if it asks for a figure or a date."""
    return (kind == "number" and isinstance(value, _Figure)) or (kind == "date" and isinstance(value, _Date))


def _meet(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _date(day: int | None, month: int | None, year: int | None) -> _Date | None:
    """None for a year that may be of the Islamic calendar."""
    return None if year and FIRST_YEAR <= year <= LAST_YEAR else _Date(day, month, year)


def _figure(quote: str, words_of: Span, found: Sequence[Number]) -> _Figure | None:
    if len(found) > 1 or not found[0].certain:
        return None
    number = found[0]
    harm = frozenset(f"{sense.group}:{sense.member}" for sense in harm_of(quote, number))
    units = frozenset(f"{sense.group}:{sense.member}" for sense in units_of(quote, number))
    counted = counted_by(quote, number)
    qualified = qualifier_before(quote[words_of.start : number.span.start])
    return _Figure(number, units or frozenset({counted} - {""}), harm, qualified)


def _place(read: NameReading) -> _Place | None:
    """The place that a text consists of, such as Sochi, the city of Sochi or مدينة سوتشي الروسية."""
    taken = {place for one in read.places for place in range(one.first, one.last)}
    others = [word.text for place, word in enumerate(read.words) if place not in taken]
    if not all(introduces(word) or word in _BEFORE_PLACES for word in others):
        return None
    cities = [one for one in read.places if all(map(is_city, one.codes))]
    countries = [one for one in read.places if all(map(is_territory, one.codes))]
    one: Place | None = None
    if len(cities) == 1 and len(countries) == len(read.places) - 1:
        one = cities[0]
    elif len(read.places) == 1:
        one = read.places[0]
    return _Place(one.codes) if one else None


def _name(read: NameReading) -> _Name | None:
    """The name that a text consists of, after titles and other ordinary words; None if it is not a name."""
    first = next((place for place, word in enumerate(read.words) if _begins_name(read, word)), len(read.words))
    kept = [place for place in range(first, len(read.words)) if read.words[place].text not in english_titles()]
    capitals = all(
        ARABIC.match(read.words[place].text) or read.text[read.words[place].span.start].isupper() for place in kept
    )
    return _Name(read, tuple(kept)) if kept and capitals and len(kept) <= _LONGEST_NAME else None


def _begins_name(read: NameReading, word: Word) -> bool:
    if ARABIC.match(word.text):
        return is_given(word.text) or not (introduces(word.text) or is_ordinary_arabic(word))
    capital = read.text[word.span.start].isupper()
    return capital and word.text not in english_titles() and not is_ordinary_english(word.text)
