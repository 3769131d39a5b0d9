"""The answer's form on every wire, version 1, as pydantic models. Consumers ignore the fields they do not know.

A document that is read back is a record of what was said, never a `rag.types.Citation`: who shows its quotes as
slices checks them against the source again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from rag.generate.check_text import Checked
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
)
from ui.shared.problems import NO_NUL, HttpProblem

VERSION: Literal[1] = 1
_HASH = 64
"""Hexadecimal digits of a sha256."""
_PAGE = "the page that it begins on, from 1; null where the file has no pages"


class Document(BaseModel):
    """What all parts share: frozen, and deaf to fields of later versions."""

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
    """What keeps a claim from being supported; the offsets are in code points of the claim's text."""

    kind: str = Field(
        description="figure, unit, date, name, negation, opposite, roles, speaker, words, similarity or citation; of "
        "what a model wrote also language, link, markup, prompt (its own instruction, repeated) or cut"
    )
    message: str = Field(description="the same for people, in the language of the answer")

    @classmethod
    def about(cls, problem: Problem) -> Self:
        return cls(kind=problem.kind, start=problem.span.start, end=problem.span.end, message=problem.message)


class ClaimDocument(Document):
    """One sentence of the answer."""

    text: str = Field(description="the sentence, with its [n]")
    citations: list[int] = Field(description="numbers of the citations that it rests on")
    support: Support = Field(description="whether its quotes bear it; what is unsupported is shown as such")
    score: float = Field(ge=0, le=1, description="its support, 0 to 1")
    problems: list[ProblemDocument] = Field(default=[], description="what keeps it from being supported; else empty")
    stands_in: bool = Field(
        default=False, description="it is evidence, verbatim, in the place of a model's sentence that was taken out"
    )
    independent_sources: int = Field(
        default=0, ge=0, description="how many independent sources its citations are: stories, not files; 0: not told"
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
    """Which version of which article, and what the article states about itself."""

    article_id: str = Field(description="opaque and stable: the same for every version of the article")
    source: str = Field(description="the file's path relative to the corpus root, with /")
    sha256: str = Field(default="", description="of the file's bytes, in lower-case hexadecimal")
    title: str | None = Field(default=None, description="as the article states it; null where it states none")
    outlet: str | None = Field(default=None, description="as the article states it; null where it states none")
    published: str | None = Field(default=None, description="ISO 8601 day")
    member: str | None = Field(default=None, description="the article inside a file that holds many, such as a row")
    text_sha256: str = Field(
        default="", description="of the article's text in UTF-8: where it is another, spans are of another text"
    )

    @property
    def version(self) -> str:
        """The bytes of the file and the text that was made of them, as one name; `split_version` takes it apart."""
        return self.sha256 + self.text_sha256

    @property
    def name(self) -> str:
        """The file, and the article in it where it holds many."""
        return f"{self.source} ({self.member})" if self.member else self.source


class CopyDocument(ArticleDocument):
    """Another article of the same story, or one that has taken the sentence over."""

    extractor: str | None = Field(default=None, description="name/version of what turned the file into text")
    start: int | None = Field(default=None, ge=0, description="first code point of the sentence there; null: not there")
    end: int | None = Field(default=None, ge=0, description="the code point after the last")
    quote: str | None = Field(default=None, description="the sentence there, a slice of that file")
    same: bool = Field(
        default=False, description="in the same words but for marks and forms of letters; else an editor changed some"
    )

    @classmethod
    def cut(cls, copy: Copy) -> Self:
        return cls(
            **stated(copy.article),
            extractor=copy.article.rendition.extractor,
            start=copy.span.start if copy.span else None,
            end=copy.span.end if copy.span else None,
            quote=copy.quote,
            same=copy.same,
        )

    @property
    def span(self) -> Span | None:
        return None if self.start is None or self.end is None else Span(self.start, self.end)


_ALSO = "other articles of the same story, or that have taken over the sentence; the first published first"


class CitationDocument(ArticleDocument, SpanDocument):
    """A slice of a source file, with all that a stranger needs to check it against that file."""

    number: int = Field(ge=1, description="its order of appearance in the answer")
    encoding: str | None = Field(description="of the file, where it is plain text")
    extractor: str | None = Field(description="name/version of what turned the file into text, elsewhere")
    locator: str | None = Field(default=None, description="where in the file it stands, such as a page, in words")
    page: int | None = Field(default=None, ge=1, description=_PAGE)
    quote: str = Field(description="the slice itself")
    marked: SpanDocument | None = Field(description="the part of the quote that answers, where one was pointed at")
    also: list[CopyDocument] = Field(default=[], description=_ALSO)

    @classmethod
    def cut(cls, citation: Citation) -> Self:
        article = citation.article
        return cls(
            number=citation.number,
            **stated(article),
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
    """The words of a citation that answer by themselves; the offsets are in code points of the citation's article."""

    text: str = Field(description="the words, a slice of the source inside the citation's quote")
    citation: int = Field(ge=1, description="number of the citation that they lie in")
    probability: float = Field(ge=0, le=1, description="calibrated, that these words answer, 0 to 1")

    @classmethod
    def cut(cls, short: ShortAnswer) -> Self:
        return cls(
            text=short.text,
            citation=short.citation.number,
            start=short.span.start,
            end=short.span.end,
            probability=round(short.probability, 4),
        )


def in_citations(
    short: Sequence[ShortAnswerDocument], citations: Sequence[CitationDocument]
) -> Iterator[tuple[ShortAnswerDocument, CitationDocument]]:
    """The short answers that are slices of their citation, with it: what is read back may hold others."""
    by_number = {one.number: one for one in citations}
    for one in short:
        citation = by_number.get(one.citation)
        if citation is None:
            continue
        start, end = one.start - citation.start, one.end - citation.start
        if 0 <= start < end <= len(citation.quote) and citation.quote[start:end] == one.text:
            yield one, citation


class EvidenceDocument(ArticleDocument, SpanDocument):
    """An evidence sentence with its own cosine and score, and what its passage has."""

    number: int = Field(ge=1, description="its place in the prompt")
    passage_id: str = Field(default="", description="of the passage that it lies in")
    text: str = Field(description="the sentence, a slice of the source")
    dense: float = Field(description="cosine of passage and question, -1 to 1")
    sentence: float = Field(description="cosine of sentence and question, -1 to 1")
    keyword: float = Field(description="BM25 over the best that any text could reach, 0 to 1")
    score: float = Field(description="their fusion")
    bears: float | None = Field(
        default=None,
        description="what the order rests on where a reader read the passages: the probability, 0 to 1, that of all "
        "sentences that it read this one holds the answer",
    )
    found_by: str = Field(description="dense, keyword or both")
    duplicates: list[str] = Field(description="ids of passages with the same words, or nearly the same")
    also: list[CopyDocument] = Field(default=[], description=_ALSO)
    page: int | None = Field(default=None, ge=1, description=_PAGE)

    @classmethod
    def cut(cls, item: Evidence) -> Self:
        hit = item.hit
        return cls(
            number=item.number,
            passage_id=hit.passage.id,
            **stated(item.article),
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
    """A number that a model cited and that names no evidence."""

    number: int = Field(description="as the model wrote it")
    reason: str = Field(description="why it names nothing, in words")


class RemovedDocument(Document):
    """A sentence that a model wrote, that no evidence supports, and that was taken out."""

    text: str = Field(description="the sentence as the model wrote it")
    problems: list[ProblemDocument] = Field(description="why it was taken out")


class NoticeDocument(Document):
    """Something about this answer that its reader must know."""

    kind: str = Field(description="llm (the model is away or failed), cut, cancelled, replaced, unclear, …")
    message: str = Field(description="the same for people, in the language of the answer")


class TranslationDocument(Document):
    """What a model made of a quote in the other language: never a quote, and shown as the machine's."""

    number: int = Field(ge=1, description="of the citation whose quote it translates")
    text: str = Field(description="the translation")
    language: Language = Field(description="of the translation")


class UsageDocument(Document):
    """Tokens that the model read and wrote."""

    prompt_tokens: int = Field(ge=0, description="tokens read, of all requests of this answer")
    completion_tokens: int = Field(ge=0, description="tokens written, of all requests of this answer")


class TimingsDocument(Document):
    """Milliseconds from the question's arrival; `first_token` is null where no model was asked."""

    search: float = Field(ge=0, description="until the evidence was found, in milliseconds")
    first_token: float | None = Field(description="until the model's first token, in milliseconds")
    total: float = Field(ge=0, description="until the answer was whole, in milliseconds")


class AnswerDocument(Document):
    """What a question got."""

    version: Literal[1] = Field(default=VERSION, description="of this form")
    question: str = Field(description="as it was asked, its white space collapsed")
    searched: str = Field(
        description="the question as it was searched: rewritten, where it leaned on what was said before"
    )
    language: Language = Field(description="of the answer")
    status: Status = Field(
        description="partial: part of it was taken out or cut, or it is no clear answer; "
        "not_in_corpus: nothing that was found answers"
    )
    text: str = Field(description="the whole answer: the opening and the claims, with their [n]")
    opening: str = Field(default="", description="what Isnad itself says before the claims")
    short: list[ShortAnswerDocument] = Field(
        default=[], description="the words that answer by themselves, likeliest first; none where none surely does"
    )
    probability: float | None = Field(
        default=None, ge=0, le=1, description="calibrated, that the archive answers, 0 to 1; null: nothing was read"
    )
    claims: list[ClaimDocument] = Field(description="its sentences, in their order")
    citations: list[CitationDocument] = Field(description="the quotes that the claims rest on, by number from 1")
    independent_sources: int = Field(
        default=0, ge=0, description="how many independent sources the citations are: stories, not files; 0: not told"
    )
    evidence: list[EvidenceDocument] = Field(description="the sentences that were found, best first")
    rejected: list[RejectedDocument] = Field(description="numbers that a model cited and that name no evidence")
    removed: list[RemovedDocument] = Field(description="sentences that were taken out, for nothing supports them")
    notices: list[NoticeDocument] = Field(description="what a reader must know about this answer")
    translations: list[TranslationDocument] = Field(
        default=[], description="a machine's translations of quotes in the other language"
    )
    generator: str = Field(description="who answered: extractive, reader:MODEL or writer:MODEL")
    cut: bool = Field(description="whether the reply ended before its end")
    usage: UsageDocument | None = Field(description="null where no model was asked, or where it did not say")
    generation: str = Field(description="the state of the index that was searched")
    timings_ms: TimingsDocument = Field(description="how long it took, in milliseconds")

    @classmethod
    def of(cls, answer: Answer) -> Self:
        query, timings, usage = answer.query, answer.timings, answer.usage
        first = timings.first_token
        return cls(
            question=query.question,
            searched=query.searched,
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
            generation=answer.generation,
            timings_ms=TimingsDocument(
                search=round(timings.search, 1),
                first_token=None if first is None else round(first, 1),
                total=round(timings.total, 1),
            ),
        )


def answer_json(answer: Answer) -> dict[str, Any]:
    """The JSON form of an answer: plain values."""
    return AnswerDocument.of(answer).model_dump(mode="json")


def rounded(probability: float | None) -> float | None:
    """A probability as it goes over the wire."""
    return None if probability is None else round(probability, 4)


def stated(article: Article) -> dict[str, Any]:
    """The fields of an `ArticleDocument`."""
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
    """The hash of a file's bytes, and that of the article's text; the second is empty in what knows only the first."""
    return version[:_HASH], version[_HASH:]


# What the API takes and gives beside an answer, as pydantic models: every field with its unit and range.

PAGE = 100
SHA256 = r"^[0-9a-f]{64}$"
_Words = Annotated[str, Field(pattern=NO_NUL)]
"""Text without a NUL, which no article has: searched, it would only hide the words beside it."""
BoundedText = Annotated[_Words, Field(max_length=20_000)]


class Asked(BaseModel):
    """What all requests share: an unknown field is an error, for it would be silently without effect."""

    model_config = ConfigDict(extra="forbid")


class FiltersDocument(Asked):
    """What a question is limited to."""

    outlet: _Words | None = Field(
        default=None, max_length=500, description="only articles of this outlet, as they state it"
    )
    published_from: date | None = Field(default=None, description="first day of publication, ISO 8601, included")
    published_to: date | None = Field(default=None, description="last day of publication, ISO 8601, included")
    source: _Words | None = Field(default=None, max_length=4096, description="only the article of this file")

    def filters(self) -> Filters:
        return Filters(
            self.outlet,
            self.published_from.isoformat() if self.published_from else None,
            self.published_to.isoformat() if self.published_to else None,
            self.source,
        )


class HistoryDocument(Asked):
    """An earlier question of the conversation with its answer."""

    question: BoundedText = Field(description="what was asked, in words")
    answer: BoundedText = Field(default="", description="what was answered, in words; may be left out")


class SearchRequest(Asked):
    """A question to search for."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"question": "من زار سوتشي؟"}, {"question": "Who visited Sochi?"}]},
    )

    question: _Words = Field(
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

    outlet: _Words | None = Field(default=None, max_length=500, description="only articles of this outlet")
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

    article_id: _Words = Field(max_length=200, description="as a citation or /v1/articles gives it")
    sha256: str = Field(pattern=SHA256, description="of the file's bytes")
    text_sha256: str | None = Field(
        default=None, pattern=SHA256, description="of the article's text: tells when the file is read otherwise now"
    )
    start: int = Field(ge=0, le=1 << 40, description="first code point")
    end: int = Field(ge=0, le=1 << 40, description="the code point after the last")
    quote: _Words = Field(min_length=1, max_length=100_000, description="the words that should stand there")


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


# What a check of a text takes and gives on every wire, as pydantic models.


class CheckRequest(Asked):
    """A text to check."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"text": "التقى بوتين المعلم في سوتشي. Putin met Muallem in Sochi."}]},
    )

    text: _Words = Field(min_length=1, max_length=MAX_CHECK_CHARS, description="in Arabic, English or both")
    corpus: _Words | None = Field(
        default=None, max_length=64, description="name of the corpus; another than the one served is refused"
    )
    filters: FiltersDocument = Field(default=FiltersDocument(), description="which articles may be quoted")


class CheckedSentence(Document):
    """One sentence of the text: what supports it, or what comes nearest and what is wrong."""

    text: str = Field(description="the sentence: the slice of the text from start to end")
    start: int = Field(ge=0, description="first code point, in the text given")
    end: int = Field(ge=0, description="the code point after the last, in the text given")
    support: Support = Field(description="whether the archive bears it out; a question is unsupported")
    score: float = Field(ge=0, le=1, description="its support, 0 to 1")
    citations: list[CitationDocument] = Field(
        description="slices of the archive that support it, two at most; of an unsupported sentence, the nearest. "
        "Numbered by order of appearance in the whole text"
    )
    problems: list[ProblemDocument] = Field(
        description="what keeps it from being supported, else empty. Kinds are those of a claim, and question"
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
    """A text that was checked."""

    sentences: list[CheckedSentence] = Field(description="its sentences, in their order")

    @classmethod
    def of(cls, checked: Iterable[Checked]) -> Self:
        return cls(sentences=[CheckedSentence.of(one) for one in checked])


def check_json(checked: Iterable[Checked]) -> dict[str, Any]:
    """The JSON form of a check: plain values."""
    return CheckDocument.of(checked).model_dump(mode="json")
