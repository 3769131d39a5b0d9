"""What the API takes and gives beside an answer, as pydantic models: every field with its unit and range."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from rag.types import Filters, Language
from ui.shared.problems import NO_NUL, HttpProblem
from ui.shared.schemas import AnswerDocument, ArticleDocument, Document, EvidenceDocument, SpanDocument

PAGE = 100
SHA256 = r"^[0-9a-f]{64}$"
Words = Annotated[str, Field(pattern=NO_NUL)]
"""Text without a NUL, which no article has: searched, it would only hide the words beside it."""
Text = Annotated[Words, Field(max_length=20_000)]


class Asked(BaseModel):
    """What all requests share: an unknown field is an error, for it would be silently without effect."""

    model_config = ConfigDict(extra="forbid")


class FiltersDocument(Asked):
    """What a question is limited to."""

    outlet: Words | None = Field(
        default=None, max_length=500, description="only articles of this outlet, as they state it"
    )
    published_from: date | None = Field(default=None, description="first day of publication, ISO 8601, included")
    published_to: date | None = Field(default=None, description="last day of publication, ISO 8601, included")
    source: Words | None = Field(default=None, max_length=4096, description="only the article of this file")

    def filters(self) -> Filters:
        return Filters(
            self.outlet,
            self.published_from.isoformat() if self.published_from else None,
            self.published_to.isoformat() if self.published_to else None,
            self.source,
        )


class HistoryDocument(Asked):
    """An earlier question of the conversation with its answer."""

    question: Text = Field(description="what was asked, in words")
    answer: Text = Field(default="", description="what was answered, in words; may be left out")


class SearchRequest(Asked):
    """A question to search for."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"question": "من زار سوتشي؟"}, {"question": "Who visited Sochi?"}]},
    )

    question: Words = Field(
        min_length=1, max_length=20_000, description="in Arabic or English; the server has its own limit"
    )
    language: Language | None = Field(default=None, description="of the answer; when null, that of the question")
    filters: FiltersDocument = Field(default=FiltersDocument(), description="which articles may be quoted")
    top_k: int | None = Field(
        default=None, ge=1, le=100, description="passages to find; when null, the server's setting"
    )


class AnswerRequest(SearchRequest):
    """A question to answer."""

    history: list[HistoryDocument] = Field(
        default=[],
        max_length=50,
        description="earlier turns, oldest first: a question that leans on them is made whole",
    )
    stream: bool = Field(default=False, description="server-sent events instead of one document")


class Away(HttpProblem):
    """The language model is away, and what the archive holds all the same."""

    answer: AnswerDocument | None = Field(
        default=None, description="the answer without the model, its citations as good as ever; null while loading"
    )


class SearchDocument(Document):
    """What a search found."""

    question: str = Field(description="as it was asked, its white space collapsed")
    searched: str = Field(description="the question as it was searched")
    language: Language = Field(description="of the question, unless the request names another")
    evidence: list[EvidenceDocument] = Field(description="the best sentences, best first")
    passages: int = Field(ge=0, description="how many passages were searched")
    generation: str = Field(description="the state of the index that was searched")


class ListRequest(Asked):
    """Which articles to list."""

    outlet: Words | None = Field(default=None, max_length=500, description="only articles of this outlet")
    published_from: date | None = Field(default=None, description="first day, ISO 8601, included")
    published_to: date | None = Field(default=None, description="last day, ISO 8601, included")
    offset: int = Field(default=0, ge=0, le=1 << 31, description="how many to pass over")
    limit: int = Field(default=PAGE, ge=1, le=PAGE, description="the most to give")


class ArticleSummary(ArticleDocument):
    """An article of the archive."""

    author: str | None = Field(default=None, description="as the article states it; null where it states none")
    section: str | None = Field(default=None, description="as the article states it; null where it states none")
    language: str = Field(description="BCP 47 tag; und where the rules cannot tell")


class ArticleList(Document):
    """A page of the articles, sorted by source."""

    articles: list[ArticleSummary] = Field(description="at most `limit` of them")
    total: int = Field(ge=0, description="articles in the archive that fit the filters")
    offset: int = Field(ge=0, description="of the first one here")


class ArticleText(ArticleSummary):
    """An article with its text: spans are offsets into it, in Unicode code points."""

    text: str = Field(description="the whole text, with its line ends as they are")
    encoding: str | None = Field(description="of the file, where it is plain text")
    extractor: str | None = Field(description="name/version of what turned the file into text, elsewhere")
    body: list[SpanDocument] = Field(description="where the news itself stands")
    pages: list[int] = Field(
        default=[], description="the code points at which its pages begin; empty where the file has none"
    )
    generation: str = Field(description="the state of the index that it was read from")


class QuoteRequest(Asked):
    """Is this quote at this span of this version of this article?"""

    article_id: Words = Field(max_length=200, description="as a citation or /v1/articles gives it")
    sha256: str = Field(pattern=SHA256, description="of the file's bytes")
    text_sha256: str | None = Field(
        default=None, pattern=SHA256, description="of the article's text: tells when the file is read otherwise now"
    )
    start: int = Field(ge=0, le=1 << 40, description="first code point")
    end: int = Field(ge=0, le=1 << 40, description="the code point after the last")
    quote: Words = Field(min_length=1, max_length=100_000, description="the words that should stand there")


class QuoteVerdict(Document):
    """Whether a quote holds; `found` is where its words stand first, if it does not."""

    result: Literal["ok", "moved", "changed", "missing"] = Field(
        description="ok; moved: the words stand elsewhere in that version; changed: they do not stand in it, or the "
        "article has another version now; missing: no such article"
    )
    holds: bool = Field(description="whether the result is ok")
    found: SpanDocument | None = Field(default=None, description="where the words stand first, when they have moved")


class CorpusDocument(Document):
    """The archive in figures."""

    name: str = Field(description="of the corpus")
    articles: int = Field(ge=0, description="how many there are")
    passages: int = Field(ge=0, description="how many are searched")
    outlets: dict[str, int] = Field(description="articles of each outlet; those that state none are not in it")
    languages: dict[str, int] = Field(description="articles of each language, by BCP 47 tag")
    first: str | None = Field(description="first day of publication, ISO 8601")
    last: str | None = Field(description="last day of publication, ISO 8601")
    undated: int = Field(ge=0, description="articles that state no day")
    quarantined: int = Field(ge=0, description="files that could not be taken in")
    generation: str | None = Field(description="the state of the index")
    created_at: str | None = Field(description="of the generation, ISO 8601 in UTC")
    embedding_model: str = Field(description="its name")
    fingerprint: str = Field(
        description="of the embedding model and how it is used: another never answers from this index"
    )
    generator: str = Field(description="who answers: extractive, reader:MODEL or writer:MODEL")
