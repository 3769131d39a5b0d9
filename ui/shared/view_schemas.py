"""JSON schemas of timeline and compare, as pydantic models; their quotes are `CitationDocument`s."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field

from rag.generate.compare import MOST_OUTLETS, ComparedCell, ComparedOutlet, ComparedRow, Comparison
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
    UnderstoodDocument,
    rounded,
)

MOST_QUESTIONS = 10
"""Maximum number of questions of one comparison over HTTP: with `MOST_OUTLETS` each, that is 120 answers."""
_Question = Annotated[str, Field(pattern=NO_NUL, min_length=1, max_length=20_000)]
_OutletName = Annotated[str, Field(pattern=NO_NUL, min_length=1, max_length=500)]
_LANGUAGE = "of the question; if null, it is detected"


class TimelineRequest(Asked):
    """A question for a timeline."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"question": "متى صدر بيان جنيف؟"}, {"question": "What happened in Sochi?"}]},
    )

    question: _Question = Field(description="in Arabic or English; the server has its own limit")
    language: Language | None = Field(default=None, description=_LANGUAGE)
    filters: FiltersDocument = Field(default=FiltersDocument(), description="which articles may be quoted")
    top_k: int = Field(default=TOP_K, ge=1, le=TOP_K, description="number of passages to retrieve")


class TimelineEntryDocument(Document):
    """One cited sentence and its date."""

    date: str | None = Field(
        description="ISO 8601 with the stated precision: 2012-06-30, 2012-06 or 2012; null if no date is stated"
    )
    precision: Literal["day", "month", "year"] | None = Field(description="of the date; null without a date")
    by: Literal["text", "published"] | None = Field(
        description="text: the sentence states the date; published: it is the article's date of publication"
    )
    named: SpanDocument | None = Field(description="the words that state the date, in code points of the article")
    named_words: str | None = Field(description="these words, a slice of the article")
    probability: float | None = Field(
        ge=0,
        le=1,
        description="calibrated probability that its passage answers the question, 0 to 1; null if it was not read",
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
    """A period and its number of entries."""

    period: str = Field(description="2012-06-30, 2012-06, 2012, or 2010/2019 for a decade or century")
    first: str = Field(description="its first day, ISO 8601")
    last: str = Field(description="its last day, ISO 8601, inclusive")
    count: int = Field(ge=0, description="number of entries")

    @classmethod
    def of(cls, bar: Bar) -> Self:
        return cls(period=bar.period, first=bar.first, last=bar.last, count=bar.count)


class StripDocument(Document):
    """Counts by period, without gaps."""

    unit: Literal["day", "month", "year", "decade", "century"] = Field(description="the period of each bar")
    bars: list[BarDocument] = Field(description=f"in order, at most {MOST_BARS}, including empty ones in between")
    coarser: int = Field(ge=0, description="number of entries whose date is less precise than the unit")

    @classmethod
    def of(cls, strip: Strip) -> Self:
        return cls(unit=strip.unit, bars=[BarDocument.of(bar) for bar in strip.bars], coarser=strip.coarser)


class TimelineDocument(Document):
    """The evidence of a question by date."""

    version: Literal[1] = Field(default=1, description="of this schema")
    question: str = Field(description="as it was asked, with white space collapsed")
    language: Language = Field(description="of the question, unless the request names another")
    understood: list[UnderstoodDocument] = Field(default=[], description="filters that were read in the typed question")
    entries: list[TimelineEntryDocument] = Field(
        description="dated sentences, earliest first; a sentence with two dates occurs at both"
    )
    undated: list[TimelineEntryDocument] = Field(description="sentences without a date, best first")
    strip: StripDocument | None = Field(description="counts by period; null without a dated entry")
    read: bool = Field(description="whether a reader decided which passages are relevant to the question")
    found: int = Field(ge=0, description="number of passages found")
    passages: int = Field(ge=0, description="number of passages searched")
    generation: str = Field(description="the index snapshot that was searched")

    @classmethod
    def of(cls, line: Timeline) -> Self:
        return cls(
            question=line.query.asked,
            understood=[UnderstoodDocument.of(one) for one in line.query.understood],
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
    """Questions to ask each outlet."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"questions": ["من زار سوتشي؟", "متى صدر بيان جنيف؟"]}]}
    )

    questions: list[_Question] = Field(
        min_length=1, max_length=MOST_QUESTIONS, description="in Arabic or English, one row each"
    )
    outlets: list[_OutletName] = Field(
        default=[],
        max_length=MOST_OUTLETS,
        description="as articles state them, one column each; if empty, those with the most articles",
    )
    language: Language | None = Field(default=None, description=_LANGUAGE)
    filters: FiltersDocument = Field(
        default=FiltersDocument(), description="which articles may be quoted; its outlet must be null (use outlets)"
    )


class OutletDocument(Document):
    """An outlet."""

    name: str = Field(description="as most of its articles state it")
    articles: int = Field(ge=0, description="number of its articles that match the filters")

    @classmethod
    def of(cls, outlet: ComparedOutlet) -> Self:
        return cls(name=outlet.name, articles=outlet.articles)


class CellDocument(Document):
    """The answer of one outlet's articles."""

    outlet: str = Field(description="of the column")
    status: Literal["answered", "unclear", "nothing_found"] = Field(
        description="unclear: the nearest sentence, which usually does not answer the question"
    )
    short: ShortAnswerDocument | None = Field(description="the short answer; null if none is certain enough")
    citation: CitationDocument | None = Field(description="its sentence, else the best one; null if nothing was found")
    compared: SpanDocument | None = Field(
        description="the words that are compared with other cells, in code points of the citation's article"
    )
    group: int | None = Field(
        ge=0, description="cells of a row with equal numbers state the same; null if the cell was not compared"
    )

    @classmethod
    def of(cls, cell: ComparedCell) -> Self:
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

    question: str = Field(description="as it was asked, with white space collapsed")
    understood: list[UnderstoodDocument] = Field(default=[], description="filters that were read in the typed question")
    agreement: Literal["agree", "differ"] | None = Field(
        description="of the figures, dates, places and names of its cells; null if no two can be compared"
    )
    independent_sources: int = Field(
        ge=0, description="number of independent sources among the compared cells: stories, not files"
    )
    cells: list[CellDocument] = Field(description="in the order of the outlets")

    @classmethod
    def of(cls, row: ComparedRow) -> Self:
        return cls(
            question=row.query.asked,
            understood=[UnderstoodDocument.of(one) for one in row.query.understood],
            agreement=row.agreement,
            independent_sources=row.independent,
            cells=[CellDocument.of(cell) for cell in row.cells],
        )


class ComparisonDocument(Document):
    """The answers of each outlet to each question."""

    version: Literal[1] = Field(default=1, description="of this schema")
    outlets: list[OutletDocument] = Field(description="the columns")
    rows: list[RowDocument] = Field(description="the questions, in order")
    left_out: list[OutletDocument] = Field(description="outlets without a column, most articles first")
    without_outlet: int = Field(ge=0, description="number of articles that state no outlet and so are in no column")
    generation: str = Field(description="the index snapshot that was searched")

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
    """Convert a timeline to plain JSON values."""
    return TimelineDocument.of(line).model_dump(mode="json")


def comparison_json(made: Comparison) -> dict[str, Any]:
    """Convert a comparison to plain JSON values."""
    return ComparisonDocument.of(made).model_dump(mode="json")
