"""What timeline and compare take and give on every wire, as pydantic models; their quotes are `CitationDocument`s."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field

from rag.generate.compare import MOST_OUTLETS, Cell, Comparison, Outlet, Row
from rag.generate.timeline import MOST_BARS, TOP_K, Bar, Strip, Timeline, TimelineEntry
from rag.types import Language
from ui.shared.problems import NO_NUL
from ui.shared.schemas import (
    Asked,
    CitationDocument,
    Document,
    FiltersDocument,
    ShortAnswerDocument,
    SpanDocument,
    rounded,
)

MOST_QUESTIONS = 10
"""Questions of one comparison over HTTP: with `MOST_OUTLETS` each, that is 120 answers."""
_Question = Annotated[str, Field(pattern=NO_NUL, min_length=1, max_length=20_000)]
_OutletName = Annotated[str, Field(pattern=NO_NUL, min_length=1, max_length=500)]
_LANGUAGE = "of the question; when null, as its letters say"


class TimelineRequest(Asked):
    """A question whose evidence is wanted by day."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"question": "متى صدر بيان جنيف؟"}, {"question": "What happened in Sochi?"}]},
    )

    question: _Question = Field(description="in Arabic or English; the server has its own limit")
    language: Language | None = Field(default=None, description=_LANGUAGE)
    filters: FiltersDocument = Field(default=FiltersDocument(), description="which articles may be quoted")
    top_k: int = Field(default=TOP_K, ge=1, le=TOP_K, description="passages to find")


class TimelineEntryDocument(Document):
    """One cited sentence and its day."""

    date: str | None = Field(
        description="ISO 8601 at the precision that is stated: 2012-06-30, 2012-06 or 2012; null: no day is stated"
    )
    precision: Literal["day", "month", "year"] | None = Field(description="of the date; null without one")
    by: Literal["text", "published"] | None = Field(
        description="text: the sentence itself states the date; published: it is its article's day of publication"
    )
    named: SpanDocument | None = Field(description="the words that state the date, in code points of the article")
    named_words: str | None = Field(description="these words, a slice of the article")
    probability: float | None = Field(
        ge=0, le=1, description="calibrated, that its passage answers, 0 to 1; null: nothing was read"
    )
    citation: CitationDocument = Field(description="the sentence, numbered from 1 in the order of the timeline")

    @classmethod
    def of(cls, entry: TimelineEntry) -> Self:
        return cls.model_validate(
            {
                "date": entry.date,
                "precision": entry.precision,
                "by": entry.by,
                "named": SpanDocument.of(entry.named) if entry.named else None,
                "named_words": entry.named_words,
                "probability": rounded(entry.probability),
                "citation": CitationDocument.cut(entry.citation),
            }
        )


class BarDocument(Document):
    """A period and how many entries are of it."""

    period: str = Field(description="2012-06-30, 2012-06, 2012, or 2010/2019 of a decade or century")
    first: str = Field(description="its first day, ISO 8601")
    last: str = Field(description="its last day, ISO 8601, included")
    count: int = Field(ge=0, description="entries of it")

    @classmethod
    def of(cls, bar: Bar) -> Self:
        return cls(period=bar.period, first=bar.first, last=bar.last, count=bar.count)


class StripDocument(Document):
    """Counts by period, without gaps."""

    unit: Literal["day", "month", "year", "decade", "century"] = Field(description="what each bar is")
    bars: list[BarDocument] = Field(description=f"in order, at most {MOST_BARS}, empty ones between full ones included")
    coarser: int = Field(ge=0, description="entries that state less than a unit, and so are of no single bar")

    @classmethod
    def of(cls, strip: Strip) -> Self:
        return cls(unit=strip.unit, bars=[BarDocument.of(bar) for bar in strip.bars], coarser=strip.coarser)


class TimelineDocument(Document):
    """The evidence of a question by day."""

    version: Literal[1] = Field(default=1, description="of this form")
    question: str = Field(description="as it was asked, its white space collapsed")
    language: Language = Field(description="of the question, unless the request names another")
    entries: list[TimelineEntryDocument] = Field(
        description="dated sentences, earliest first; one that states two days stands at both"
    )
    undated: list[TimelineEntryDocument] = Field(description="sentences for which no day is stated, best first")
    strip: StripDocument | None = Field(description="counts by period; null without a dated entry")
    read: bool = Field(description="whether a reader decided which passages bear on the question")
    found: int = Field(ge=0, description="passages found")
    passages: int = Field(ge=0, description="passages searched")
    generation: str = Field(description="the state of the index that was searched")

    @classmethod
    def of(cls, line: Timeline) -> Self:
        return cls(
            question=line.query.question,
            language=line.query.language,
            entries=[TimelineEntryDocument.of(entry) for entry in line.entries],
            undated=[TimelineEntryDocument.of(entry) for entry in line.undated],
            strip=StripDocument.of(line.strip) if line.strip else None,
            read=line.read,
            found=line.found,
            passages=line.searched,
            generation=line.snapshot,
        )


class CompareRequest(Asked):
    """Questions that are asked of each outlet."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"questions": ["من زار سوتشي؟", "متى صدر بيان جنيف؟"]}]}
    )

    questions: list[_Question] = Field(
        min_length=1, max_length=MOST_QUESTIONS, description="in Arabic or English, a row each"
    )
    outlets: list[_OutletName] = Field(
        default=[],
        max_length=MOST_OUTLETS,
        description="as articles state them, a column each; when empty, those with the most articles",
    )
    language: Language | None = Field(default=None, description=_LANGUAGE)
    filters: FiltersDocument = Field(
        default=FiltersDocument(), description="which articles may be quoted; its outlet must be null: see outlets"
    )


class OutletDocument(Document):
    """An outlet."""

    name: str = Field(description="as most of its articles state it")
    articles: int = Field(ge=0, description="articles of it that the filters let through")

    @classmethod
    def of(cls, outlet: Outlet) -> Self:
        return cls(name=outlet.name, articles=outlet.articles)


class CellDocument(Document):
    """What one outlet's articles answer."""

    outlet: str = Field(description="of the column")
    status: Literal["answered", "unclear", "nothing_found"] = Field(
        description="unclear: the nearest sentence, which more often than not is no answer"
    )
    short: ShortAnswerDocument | None = Field(description="words that surely answer; null where none do")
    citation: CitationDocument | None = Field(description="their sentence, else the best; null: nothing was found")
    compared: SpanDocument | None = Field(
        description="the words that are compared with other cells, in code points of the citation's article"
    )
    group: int | None = Field(
        ge=0, description="cells of a row with one number state the same, with another something else; null: neither"
    )

    @classmethod
    def of(cls, cell: Cell) -> Self:
        return cls(
            outlet=cell.outlet,
            status=cell.status,
            short=ShortAnswerDocument.cut(cell.short) if cell.short else None,
            citation=CitationDocument.cut(cell.citation) if cell.citation else None,
            compared=SpanDocument.of(cell.words) if cell.words else None,
            group=cell.group,
        )


class RowDocument(Document):
    """One question, and a cell for each outlet."""

    question: str = Field(description="as it was asked, its white space collapsed")
    agreement: Literal["agree", "differ"] | None = Field(
        description="of the figures, dates, places and names of its cells; null where no two can be compared"
    )
    independent_sources: int = Field(
        ge=0, description="how many independent sources the compared cells are: stories, not files"
    )
    cells: list[CellDocument] = Field(description="in the order of the outlets")

    @classmethod
    def of(cls, row: Row) -> Self:
        return cls(
            question=row.query.question,
            agreement=row.agreement,
            independent_sources=row.independent,
            cells=[CellDocument.of(cell) for cell in row.cells],
        )


class ComparisonDocument(Document):
    """The answers of each outlet to each question."""

    version: Literal[1] = Field(default=1, description="of this form")
    outlets: list[OutletDocument] = Field(description="the columns")
    rows: list[RowDocument] = Field(description="the questions, in their order")
    left_out: list[OutletDocument] = Field(description="outlets without a column, most articles first")
    without_outlet: int = Field(ge=0, description="articles that state no outlet, and so are in no column")
    generation: str = Field(description="the state of the index that was searched")

    @classmethod
    def of(cls, made: Comparison) -> Self:
        return cls(
            outlets=[OutletDocument.of(outlet) for outlet in made.outlets],
            rows=[RowDocument.of(row) for row in made.rows],
            left_out=[OutletDocument.of(outlet) for outlet in made.left_out],
            without_outlet=made.unnamed,
            generation=made.snapshot,
        )


def timeline_json(line: Timeline) -> dict[str, Any]:
    """The JSON form of a timeline: plain values."""
    return TimelineDocument.of(line).model_dump(mode="json")


def comparison_json(made: Comparison) -> dict[str, Any]:
    """The JSON form of a comparison: plain values."""
    return ComparisonDocument.of(made).model_dump(mode="json")
