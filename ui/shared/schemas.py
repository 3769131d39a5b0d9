"""JSON schemas of answers and API requests, version 1, as pydantic models. Clients must ignore unknown fields.

A document that was parsed from JSON is a record of an earlier answer, never a `rag.types.Citation`: check its quotes
against the source again before showing them as slices.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from rag.generate.check_text import Checked
from rag.retrieve.filters import Facet
from rag.retrieve.query_syntax import MOST_PHRASES
from rag.retrieve.question import MOST_NAMES
from rag.types import (
    MAX_CHECK_CHARS,
    Answer,
    Article,
    Citation,
    Claim,
    Copy,
    Evidence,
    Filters,
    Language,
    Problem,
    ShortAnswer,
    Span,
    Status,
    Support,
    Understood,
)
from ui.shared.problems import NO_NUL, HttpProblem

VERSION: Literal[1] = 1
_HASH = 64
"""Hexadecimal digits of a SHA-256 hash."""
_PAGE = "the page that it begins on, from 1; null if the file has no pages"


class Document(BaseModel):
    """Base of all response documents: frozen; ignores fields of later versions."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class SpanDocument(Document):
    """A half-open interval in Unicode code points of the article's text."""

    start: int = Field(ge=0, description="first code point")
    end: int = Field(ge=0, description="the code point after the last")

    @classmethod
    def of(cls, span: Span) -> Self:
        return cls(start=span.start, end=span.end)

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


class ProblemDocument(SpanDocument):
    """Why a claim is not supported; the offsets are in code points of the claim's text."""

    kind: str = Field(
        description="figure, unit, date, name, negation, opposite, roles, speaker, words, similarity or citation; for "
        "text of a model also language, link, markup, prompt (it repeated its own instruction) or cut"
    )
    message: str = Field(description="human-readable, in the language of the answer")

    @classmethod
    def about(cls, problem: Problem) -> Self:
        return cls(kind=problem.kind, start=problem.span.start, end=problem.span.end, message=problem.message)


class ClaimDocument(Document):
    """One sentence of the answer."""

    text: str = Field(description="the sentence, with its citation numbers [n]")
    citations: list[int] = Field(description="numbers of the citations that support it")
    support: Support = Field(description="whether its quotes support it; an unsupported claim is marked in the UI")
    score: float = Field(ge=0, le=1, description="support score, 0 to 1")
    problems: list[ProblemDocument] = Field(default=[], description="why it is not supported; empty if it is")
    stands_in: bool = Field(
        default=False, description="it is verbatim evidence that replaces a removed sentence of a model"
    )
    independent_sources: int = Field(
        default=0,
        ge=0,
        description="number of independent sources among its citations: stories, not files; 0: not known",
    )

    @classmethod
    def of(cls, claim: Claim) -> Self:
        return cls(
            text=claim.text,
            citations=list(claim.citations),
            support=claim.support,
            score=round(claim.score, 4),
            problems=[ProblemDocument.about(problem) for problem in claim.problems],
            stands_in=claim.stands_in,
            independent_sources=claim.independent,
        )


class ArticleDocument(Document):
    """An article version, and the metadata that the article states."""

    article_id: str = Field(description="opaque; the same for every version of the article")
    source: str = Field(description="the file's path relative to the corpus root, with /")
    sha256: str = Field(default="", description="SHA-256 of the file's bytes, in lower-case hexadecimal")
    title: str | None = Field(default=None, description="as the article states it; null if it states none")
    outlet: str | None = Field(default=None, description="as the article states it; null if it states none")
    published: str | None = Field(default=None, description="ISO 8601 date")
    member: str | None = Field(default=None, description="the article inside a file with several, such as a row")
    text_sha256: str = Field(
        default="",
        description="SHA-256 of the article's text in UTF-8; spans are valid only for the text with this hash",
    )

    @property
    def version(self) -> str:
        """Both hashes as one string: the file's bytes and the extracted text; `split_version` splits it."""
        return self.sha256 + self.text_sha256

    @property
    def name(self) -> str:
        """The file's path, followed by the member if the file has several articles."""
        return f"{self.source} ({self.member})" if self.member else self.source


def source_hash(article_id: str, version: str, span: Span, marked: Span | None = None) -> str:
    """Return the fragment that opens a source in the chat: the version of the article, a span, and words to mark in it.

    ``#source/ARTICLE/VERSION/START-END[/START-END]``
    """
    words = f"/{marked.start}-{marked.end}" if marked else ""
    return f"#source/{article_id}/{version}/{span.start}-{span.end}{words}"


class CopyDocument(ArticleDocument):
    """A near-duplicate: another article of the same story, or one that contains the same sentence."""

    extractor: str | None = Field(default=None, description="name/version of the extractor")
    start: int | None = Field(
        default=None, ge=0, description="first code point of the sentence there; null if it is not there"
    )
    end: int | None = Field(default=None, ge=0, description="the code point after the last")
    quote: str | None = Field(default=None, description="the sentence there, a slice of that file")
    same: bool = Field(
        default=False, description="true: the same words, except for marks and letter forms; false: some words differ"
    )

    @classmethod
    def cut(cls, copy: Copy) -> Self:
        return cls(
            **article_fields(copy.article),
            extractor=copy.article.rendition.extractor,
            start=copy.span.start if copy.span else None,
            end=copy.span.end if copy.span else None,
            quote=copy.quote,
            same=copy.same,
        )

    @property
    def span(self) -> Span | None:
        return None if self.start is None or self.end is None else Span(self.start, self.end)


_ALSO = "other articles of the same story, or with the same sentence; the earliest first"


class CitationDocument(ArticleDocument, SpanDocument):
    """A slice of a source file, with everything needed to check it against that file."""

    number: int = Field(ge=1, description="its order of appearance in the answer")
    encoding: str | None = Field(description="of a plain-text file; else null")
    extractor: str | None = Field(description="name/version of the extractor; null for plain text")
    locator: str | None = Field(default=None, description="its place in the file in words, such as a page")
    page: int | None = Field(default=None, ge=1, description=_PAGE)
    quote: str = Field(description="the slice itself")
    marked: SpanDocument | None = Field(description="the part of the quote that answers the question, if known")
    also: list[CopyDocument] = Field(default=[], description=_ALSO)

    @property
    def marked_inside(self) -> Span | None:
        """The marked part in code points of the quote; None if nothing is marked."""
        return Span(self.marked.start - self.start, self.marked.end - self.start) if self.marked else None

    @property
    def marked_words(self) -> str:
        """The marked part itself; empty if nothing is marked."""
        return self.marked_inside.of(self.quote) if self.marked_inside else ""

    @classmethod
    def cut(cls, citation: Citation) -> Self:
        article = citation.article
        return cls(
            number=citation.number,
            **article_fields(article),
            encoding=article.rendition.encoding,
            extractor=article.rendition.extractor,
            locator=f"page {citation.page}" if citation.page else None,
            page=citation.page,
            start=citation.span.start,
            end=citation.span.end,
            quote=citation.quote,
            marked=SpanDocument.of(citation.marked) if citation.marked else None,
            also=[CopyDocument.cut(one) for one in citation.also],
        )


class ShortAnswerDocument(SpanDocument):
    """A short answer: the words of a citation that answer the question; offsets in code points of its article."""

    text: str = Field(description="the words, a slice of the source inside the citation's quote")
    citation: int = Field(ge=1, description="number of the citation that contains them")
    probability: float = Field(
        ge=0, le=1, description="calibrated probability that these words answer the question, 0 to 1"
    )
    rendered: str | None = Field(
        default=None,
        description="the words in English, made from them by code and not in the source; "
        "null unless the question is English, the words are Arabic and this is certain",
    )

    @classmethod
    def cut(cls, short: ShortAnswer) -> Self:
        return cls(
            text=short.text,
            citation=short.citation.number,
            start=short.span.start,
            end=short.span.end,
            probability=round(short.probability, 4),
            rendered=short.rendered,
        )


def in_citations(
    short: Sequence[ShortAnswerDocument], citations: Sequence[CitationDocument]
) -> Iterator[tuple[ShortAnswerDocument, CitationDocument]]:
    """Yield each short answer that is a slice of its citation, with the citation; parsed documents may have others."""
    by_number = {one.number: one for one in citations}
    for one in short:
        citation = by_number.get(one.citation)
        if citation is None:
            continue
        start, end = one.start - citation.start, one.end - citation.start
        if 0 <= start < end <= len(citation.quote) and citation.quote[start:end] == one.text:
            yield one, citation


class EvidenceDocument(ArticleDocument, SpanDocument):
    """An evidence sentence with its scores and those of its passage."""

    number: int = Field(ge=1, description="its place in the prompt")
    passage_id: str = Field(default="", description="of the passage that contains it")
    text: str = Field(description="the sentence, a slice of the source")
    dense: float = Field(description="cosine of passage and question, -1 to 1")
    sentence: float = Field(description="cosine of sentence and question, -1 to 1")
    keyword: float = Field(description="BM25 divided by the highest score that any text could reach, 0 to 1")
    score: float = Field(description="fusion of the scores above")
    bears: float | None = Field(
        default=None,
        description="if a reader read the passages: the probability, 0 to 1, that of all sentences it read, this one "
        "contains the answer; the evidence is ordered by it",
    )
    found_by: str = Field(description="dense, keyword or both")
    duplicates: list[str] = Field(description="ids of passages that are duplicates or near-duplicates")
    also: list[CopyDocument] = Field(default=[], description=_ALSO)
    page: int | None = Field(default=None, ge=1, description=_PAGE)

    @classmethod
    def cut(cls, item: Evidence) -> Self:
        hit = item.hit
        return cls(
            number=item.number,
            passage_id=hit.passage.id,
            **article_fields(item.article),
            start=item.span.start,
            end=item.span.end,
            text=item.text,
            dense=round(hit.dense, 4),
            sentence=round(item.sentence, 4),
            keyword=round(hit.keyword, 4),
            score=round(item.score, 4),
            bears=None if item.bears is None else round(item.bears, 4),
            found_by=hit.found_by,
            duplicates=list(hit.duplicates),
            also=[CopyDocument.cut(one) for one in item.also],
            page=item.article.page_at(item.span.start),
        )


class RejectedDocument(Document):
    """A citation number of a model that matches no evidence."""

    number: int = Field(description="as the model wrote it")
    reason: str = Field(description="why it matches no evidence, human-readable")


class RemovedDocument(Document):
    """A sentence of a model that was removed because no evidence supports it."""

    text: str = Field(description="the sentence as the model wrote it")
    problems: list[ProblemDocument] = Field(description="why it was removed")


class NoticeDocument(Document):
    """A notice about this answer."""

    kind: str = Field(description="llm (the model is unavailable or failed), cut, cancelled, replaced, unclear, …")
    message: str = Field(description="human-readable, in the language of the answer")


class TranslationDocument(Document):
    """A machine translation of a quote in the other language; it is never a quote."""

    number: int = Field(ge=1, description="of the citation whose quote it translates")
    text: str = Field(description="the translation")
    language: Language = Field(description="of the translation")


class UnderstoodDocument(Document):
    """A filter that was read in the typed question, as it was applied."""

    key: str = Field(description="outlet, from, to (ISO 8601 days, inclusive), file, language, phrase or without")
    value: str = Field(description="its value")

    @classmethod
    def of(cls, one: Understood) -> Self:
        return cls(key=one.key, value=one.value)


class UsageDocument(Document):
    """Token counts of the language model."""

    prompt_tokens: int = Field(ge=0, description="tokens read, in all requests for this answer")
    completion_tokens: int = Field(ge=0, description="tokens written, in all requests for this answer")


class TimingsDocument(Document):
    """Milliseconds since the question arrived; `first_token` is null if no model was used."""

    search: float = Field(ge=0, description="until the evidence was found, in milliseconds")
    first_token: float | None = Field(description="until the model's first token, in milliseconds")
    total: float = Field(ge=0, description="until the answer was complete, in milliseconds")


class AnswerDocument(Document):
    """An answer with its citations and evidence."""

    version: Literal[1] = Field(default=VERSION, description="of this schema")
    question: str = Field(description="as it was asked, with white space collapsed")
    searched: str = Field(description="the question as it was searched: rewritten if it depends on earlier turns")
    understood: list[UnderstoodDocument] = Field(
        default=[], description="filters that were read in the typed question; empty where it is taken to the letter"
    )
    language: Language = Field(description="of the answer")
    status: Status = Field(
        description="partial: part of it was removed or cut, or it is not a clear answer; "
        "not_in_corpus: no evidence answers the question"
    )
    text: str = Field(description="the whole answer: the opening and the claims, with their citation numbers [n]")
    opening: str = Field(default="", description="Isnad's own text before the claims")
    short: list[ShortAnswerDocument] = Field(
        default=[], description="short answers, the most probable first; empty if none is certain enough"
    )
    probability: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="calibrated probability that the archive answers the question, 0 to 1; null if no passage was read",
    )
    claims: list[ClaimDocument] = Field(description="its sentences, in order")
    citations: list[CitationDocument] = Field(description="the quotes that support the claims, by number from 1")
    independent_sources: int = Field(
        default=0,
        ge=0,
        description="number of independent sources among the citations: stories, not files; 0: not known",
    )
    evidence: list[EvidenceDocument] = Field(description="the sentences that were found, best first")
    rejected: list[RejectedDocument] = Field(description="citation numbers of a model that match no evidence")
    removed: list[RemovedDocument] = Field(description="sentences that were removed because nothing supports them")
    notices: list[NoticeDocument] = Field(description="notices about this answer")
    translations: list[TranslationDocument] = Field(
        default=[], description="machine translations of quotes in the other language"
    )
    generator: str = Field(description="what answered: extractive, reader:MODEL or writer:MODEL")
    cut: bool = Field(description="whether the model's reply was cut off")
    usage: UsageDocument | None = Field(description="null if no model was used, or if it did not report the counts")
    generation: str = Field(description="the index snapshot that was searched")
    timings_ms: TimingsDocument = Field(description="how long it took, in milliseconds")

    @classmethod
    def of(cls, answer: Answer) -> Self:
        query, timings, usage = answer.query, answer.timings, answer.usage
        first = timings.first_token
        return cls(
            question=query.asked,
            searched=query.searched,
            understood=[UnderstoodDocument.of(one) for one in query.understood],
            language=query.language,
            status=answer.status,
            text=answer.text,
            opening=answer.opening,
            short=[ShortAnswerDocument.cut(one) for one in answer.short],
            probability=rounded(answer.probability),
            claims=[ClaimDocument.of(claim) for claim in answer.claims],
            citations=[CitationDocument.cut(citation) for citation in answer.citations],
            independent_sources=answer.independent,
            evidence=[EvidenceDocument.cut(item) for item in answer.evidence],
            rejected=[RejectedDocument(number=item.number, reason=item.reason) for item in answer.rejected],
            removed=[
                RemovedDocument(text=item.text, problems=[ProblemDocument.about(one) for one in item.problems])
                for item in answer.removed
            ],
            notices=[NoticeDocument(kind=item.kind, message=item.message) for item in answer.notices],
            translations=[
                TranslationDocument(number=one.number, text=one.text, language=one.language)
                for one in answer.translations
            ],
            generator=answer.generator,
            cut=answer.cut,
            usage=UsageDocument(prompt_tokens=usage.prompt_tokens, completion_tokens=usage.completion_tokens)
            if usage
            else None,
            generation=answer.snapshot,
            timings_ms=TimingsDocument(
                search=round(timings.search, 1),
                first_token=None if first is None else round(first, 1),
                total=round(timings.total, 1),
            ),
        )


def answer_json(answer: Answer) -> dict[str, Any]:
    """Convert an answer to plain JSON values."""
    return AnswerDocument.of(answer).model_dump(mode="json")


def rounded(probability: float | None) -> float | None:
    """Round a probability to the four digits of the JSON form."""
    return None if probability is None else round(probability, 4)


def article_fields(article: Article) -> dict[str, Any]:
    """Return the fields of an `ArticleDocument`."""
    return {
        "article_id": article.id,
        "source": article.source,
        "sha256": article.sha256,
        "title": article.title.value if article.title else None,
        "outlet": article.outlet.value if article.outlet else None,
        "published": article.published.value if article.published else None,
        "member": article.member,
        "text_sha256": article.rendition.text_sha256,
    }


def split_version(version: str) -> tuple[str, str]:
    """Split a version into the hash of the file's bytes and that of the text, which is empty in older versions."""
    return version[:_HASH], version[_HASH:]


# Other requests and responses of the API.

PAGE = 100
SHA256 = r"^[0-9a-f]{64}$"
_Words = Annotated[str, Field(pattern=NO_NUL)]
"""Text without NUL. No article contains one, and in a search it would hide the words next to it."""
_Phrase = Annotated[str, Field(pattern=NO_NUL, min_length=1, max_length=500)]
BoundedText = Annotated[_Words, Field(max_length=20_000)]


class Asked(BaseModel):
    """Base of all requests: an unknown field is an error, because it would silently have no effect."""

    model_config = ConfigDict(extra="forbid")


class FiltersDocument(Asked):
    """Filters that limit which articles are searched."""

    outlet: _Words | None = Field(
        default=None, max_length=500, description="only articles of this outlet, as they state it"
    )
    published_from: date | None = Field(default=None, description="earliest publication date, ISO 8601, inclusive")
    published_to: date | None = Field(default=None, description="latest publication date, ISO 8601, inclusive")
    source: _Words | None = Field(default=None, max_length=4096, description="only the article of this file")
    phrases: list[_Phrase] = Field(
        default=[],
        max_length=MOST_PHRASES,
        description="only articles whose news text has these words one after another; Arabic letter forms, tashkeel "
        "and punctuation do not matter",
    )
    excluded: list[_Phrase] = Field(
        default=[], max_length=MOST_PHRASES, description="only articles whose news text has none of these phrases"
    )
    language: Language | None = Field(default=None, description="only articles in this language")
    names: list[Annotated[_Words, Field(min_length=1, max_length=500)]] = Field(
        default=[],
        max_length=MOST_NAMES,
        description="only articles that name all of these persons, organisations or places; see /v1/names",
    )

    @classmethod
    def of(cls, filters: Filters) -> Self:
        """The document of filters with valid days. Raises `ValueError` for what the API would not take."""
        return cls.model_validate({field: getattr(filters, field) for field in cls.model_fields})

    def filters(self) -> Filters:
        return Filters(
            self.outlet,
            self.published_from.isoformat() if self.published_from else None,
            self.published_to.isoformat() if self.published_to else None,
            self.source,
            tuple(self.phrases),
            tuple(self.excluded),
            self.language,
            tuple(self.names),
        )


class HistoryDocument(Asked):
    """An earlier question of the conversation with its answer."""

    question: BoundedText = Field(description="the text of the question")
    answer: BoundedText = Field(default="", description="the text of the answer; optional")


class SearchRequest(Asked):
    """A question to search for."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"question": "من زار سوتشي؟"}, {"question": "Who visited Sochi?"}]},
    )

    question: _Words = Field(
        min_length=1, max_length=20_000, description="in Arabic or English; the server has its own limit"
    )
    language: Language | None = Field(default=None, description="of the answer; if null, that of the question")
    filters: FiltersDocument = Field(default=FiltersDocument(), description="which articles may be quoted")
    top_k: int | None = Field(
        default=None, ge=1, le=100, description="number of passages to retrieve; if null, the server's setting"
    )


class AnswerRequest(SearchRequest):
    """A question to answer."""

    history: list[HistoryDocument] = Field(
        default=[],
        max_length=50,
        description="earlier turns, oldest first; a question that depends on them is rewritten",
    )
    stream: bool = Field(default=False, description="send server-sent events instead of one document")


class Away(HttpProblem):
    """The language model is unavailable; includes the answer without it."""

    answer: AnswerDocument | None = Field(
        default=None, description="the answer without the model, with full citations; null while the models load"
    )


class SearchDocument(Document):
    """Search results."""

    question: str = Field(description="as it was asked, with white space collapsed")
    searched: str = Field(description="the question as it was searched")
    language: Language = Field(description="of the question, unless the request names another")
    evidence: list[EvidenceDocument] = Field(description="the best sentences, best first")
    passages: int = Field(ge=0, description="number of passages searched")
    generation: str = Field(description="the index snapshot that was searched")


class ListRequest(Asked):
    """Which articles to list."""

    outlet: _Words | None = Field(default=None, max_length=500, description="only articles of this outlet")
    published_from: date | None = Field(default=None, description="earliest publication date, ISO 8601, inclusive")
    published_to: date | None = Field(default=None, description="latest publication date, ISO 8601, inclusive")
    offset: int = Field(default=0, ge=0, le=1 << 31, description="number of articles to skip")
    limit: int = Field(default=PAGE, ge=1, le=PAGE, description="maximum number of articles to return")


class NamesRequest(Asked):
    """Which names to list, and of which articles."""

    kind: Literal["person", "organisation", "place"] | None = Field(default=None, description="null for all kinds")
    like: _Words | None = Field(
        default=None, min_length=1, max_length=200, description="only names with a spelling that contains this"
    )
    limit: int = Field(default=20, ge=1, le=PAGE, description="maximum number of names of each kind")
    outlet: _Words | None = Field(default=None, max_length=500, description="only articles of this outlet")
    published_from: date | None = Field(default=None, description="earliest publication date, ISO 8601, inclusive")
    published_to: date | None = Field(default=None, description="latest publication date, ISO 8601, inclusive")
    names: list[Annotated[_Words, Field(min_length=1, max_length=500)]] = Field(
        default=[], max_length=MOST_NAMES, description="only articles that name all of these; repeat it for several"
    )

    def filters(self) -> Filters:
        return Filters(
            self.outlet,
            self.published_from.isoformat() if self.published_from else None,
            self.published_to.isoformat() if self.published_to else None,
            names=tuple(self.names),
        )


class NameDocument(Document):
    """A person, an organisation or a place that articles name."""

    kind: Literal["person", "organisation", "place"] = Field(description="of the name")
    name: str = Field(description="as most articles write it; for the filter `names`")
    articles: int = Field(ge=1, description="number of articles that name it, of those that match the filters")
    spellings: list[str] = Field(description="all of its spellings, most frequent first")


class NamesDocument(Document):
    """Names of the archive, by number of articles."""

    names: list[NameDocument] = Field(description="most articles first; at most `limit` of each kind")

    @classmethod
    def of(cls, found: Iterable[Facet]) -> Self:
        return cls(
            names=[
                NameDocument(kind=one.kind, name=one.name, articles=one.articles, spellings=list(one.spellings))
                for one in found
            ]
        )


class ArticleSummary(ArticleDocument):
    """An article of the archive."""

    author: str | None = Field(default=None, description="as the article states it; null if it states none")
    section: str | None = Field(default=None, description="as the article states it; null if it states none")
    language: str = Field(description="BCP 47 tag; und if it could not be detected")


class ArticleList(Document):
    """A page of the articles, sorted by source."""

    articles: list[ArticleSummary] = Field(description="at most `limit` of them")
    total: int = Field(ge=0, description="number of articles in the archive that match the filters")
    offset: int = Field(ge=0, description="of the first article in this list")


class ArticleText(ArticleSummary):
    """An article with its text: spans are offsets into it, in Unicode code points."""

    text: str = Field(description="the whole text, with its original line ends")
    encoding: str | None = Field(description="of a plain-text file; else null")
    extractor: str | None = Field(description="name/version of the extractor; null for plain text")
    body: list[SpanDocument] = Field(description="spans of the news text, without boilerplate")
    pages: list[int] = Field(
        default=[], description="the code points at which its pages begin; empty if the file has none"
    )
    generation: str = Field(description="the index snapshot that it was read from")


class QuoteRequest(Asked):
    """A quote to verify at a span of one version of an article."""

    article_id: _Words = Field(max_length=200, description="from a citation or /v1/articles")
    sha256: str = Field(pattern=SHA256, description="SHA-256 of the file's bytes")
    text_sha256: str | None = Field(
        default=None,
        pattern=SHA256,
        description="SHA-256 of the article's text; detects that the text is now extracted differently",
    )
    start: int = Field(ge=0, le=1 << 40, description="first code point")
    end: int = Field(ge=0, le=1 << 40, description="the code point after the last")
    quote: _Words = Field(min_length=1, max_length=100_000, description="the words expected there")


class QuoteVerdict(Document):
    """Whether a quote is valid; if it has moved, `found` is where its words occur first."""

    result: Literal["ok", "moved", "changed", "missing"] = Field(
        description="ok; moved: the words are elsewhere in that version; changed: they are not in it, or the article "
        "has a newer version; missing: no such article"
    )
    holds: bool = Field(description="whether the result is ok")
    found: SpanDocument | None = Field(
        default=None, description="the first occurrence of the words, if they have moved"
    )


class CorpusDocument(Document):
    """Counts and settings of the archive."""

    name: str = Field(description="of the corpus")
    articles: int = Field(ge=0, description="number of articles")
    passages: int = Field(ge=0, description="number of passages that are searched")
    outlets: dict[str, int] = Field(description="number of articles per outlet, without articles that state none")
    languages: dict[str, int] = Field(description="number of articles per language, by BCP 47 tag")
    first: str | None = Field(description="earliest publication date, ISO 8601")
    last: str | None = Field(description="latest publication date, ISO 8601")
    undated: int = Field(ge=0, description="number of articles that state no date")
    quarantined: int = Field(ge=0, description="number of files that could not be ingested")
    generation: str | None = Field(description="the current index snapshot")
    created_at: str | None = Field(description="of the snapshot, ISO 8601 in UTC")
    embedding_model: str = Field(description="its name")
    fingerprint: str = Field(
        description="of the embedding model and its options: with another one, this index is not used"
    )
    generator: str = Field(description="what answers: extractive, reader:MODEL or writer:MODEL")


# Requests and responses of a text check.


class CheckRequest(Asked):
    """A text to check."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"text": "التقى بوتين المعلم في سوتشي. Putin met Muallem in Sochi."}]},
    )

    text: _Words = Field(min_length=1, max_length=MAX_CHECK_CHARS, description="in Arabic, English or both")
    corpus: _Words | None = Field(
        default=None, max_length=64, description="name of the corpus; must be the one that is served"
    )
    filters: FiltersDocument = Field(default=FiltersDocument(), description="which articles may be quoted")


class CheckedSentence(Document):
    """One sentence of the text: its supporting citations, or the nearest ones and the problems."""

    text: str = Field(description="the sentence: the slice of the text from start to end")
    start: int = Field(ge=0, description="first code point, in the text given")
    end: int = Field(ge=0, description="the code point after the last, in the text given")
    support: Support = Field(description="whether the archive supports it; a question is unsupported")
    score: float = Field(ge=0, le=1, description="support score, 0 to 1")
    citations: list[CitationDocument] = Field(
        description="slices of the archive that support it, two at most; for an unsupported sentence, the nearest. "
        "Numbered by order of appearance in the whole text"
    )
    problems: list[ProblemDocument] = Field(
        description="why it is not supported; empty if it is. Kinds as of a claim, and question"
    )

    @classmethod
    def of(cls, checked: Checked) -> Self:
        return cls(
            text=checked.sentence,
            start=checked.span.start,
            end=checked.span.end,
            support=checked.support,
            score=round(checked.score, 4),
            citations=[CitationDocument.cut(citation) for citation in checked.citations],
            problems=[ProblemDocument.about(problem) for problem in checked.problems],
        )


class CheckDocument(Document):
    """The result of a text check."""

    sentences: list[CheckedSentence] = Field(description="its sentences, in order")

    @classmethod
    def of(cls, checked: Iterable[Checked]) -> Self:
        return cls(sentences=[CheckedSentence.of(one) for one in checked])


def check_json(checked: Iterable[Checked]) -> dict[str, Any]:
    """Convert the result of a check to plain JSON values."""
    return CheckDocument.of(checked).model_dump(mode="json")
