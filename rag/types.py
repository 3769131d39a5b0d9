"""Shared data types of Isnad: articles, passages, queries, evidence, citations, answers and events.

Every offset is in Unicode code points of ``Article.text`` and every interval is half-open. Quotes are always checked
against their offsets: `Citation` cannot be constructed with words that are not in the article.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event as Cancel
from typing import Final, Literal, NamedTuple

Language = Literal["ar", "en"]
MAX_QUESTION_CHARS: Final = 2_000
MAX_CHECK_CHARS: Final = 200_000
"""Maximum length of a question, and of a text to check, in code points."""
Status = Literal["answered", "partial", "not_in_corpus"]
Support = Literal["supported", "unsupported"]


class Span(NamedTuple):
    """A half-open interval ``[start, end)`` in code points of an article's text."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The slice of `text` at this span."""
        return text[self.start : self.end]

    def contains(self, other: Span) -> bool:
        return self.start <= other.start and other.end <= self.end


class Stated(NamedTuple):
    """A fact that an article states about itself (its title, outlet or date) and where it states it."""

    value: str
    span: Span


@dataclass(frozen=True, slots=True)
class Rendition:
    """How the bytes of a file became the text of an article.

    `encoding` for plain text, else `extractor` with its version in the form ``name/version``;
    `text_sha256` is the hash of the text's UTF-8 form, in lower-case hexadecimal.
    """

    text_sha256: str
    encoding: str | None = None
    extractor: str | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """One version of one article. The version is ``(id, sha256)`` and never changes.

    `source` is the file's path relative to the corpus root, with ``/``; `member` names the article inside a file that
    holds several, such as ``row 12``; `pages` are the offsets at which pages begin, for a paginated file; `sha256` is
    that of the file's bytes. `language` is a BCP 47 tag, ``und`` if undetermined. `body` are the spans of the news
    text, in order, without overlap: headers, footers and repeated titles are outside.
    """

    id: str
    corpus: str
    source: str
    sha256: str
    text: str
    rendition: Rendition
    body: tuple[Span, ...]
    language: str = "und"
    title: Stated | None = None
    outlet: Stated | None = None
    published: Stated | None = None
    author: Stated | None = None
    section: Stated | None = None
    member: str | None = None
    pages: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        end = 0
        for span in self.body:
            if not end <= span.start < span.end <= len(self.text):
                raise ValueError(
                    f"{self.source}: the body span {span} is empty, overlaps the one before or ends after the text"
                )
            end = span.end

    @property
    def name(self) -> str:
        """Display name: the file, and the article in it if the file holds several."""
        return f"{self.source} ({self.member})" if self.member else self.source

    @property
    def version(self) -> str:
        """Both hashes as one string, of the file's bytes and of the text extracted from them."""
        return self.sha256 + self.rendition.text_sha256

    def is_version(self, sha256: str, text_sha256: str) -> bool:
        """Whether this article has the text with these hashes, so that spans of one are valid in the other.

        The same bytes give another text if another extractor reads them; without `text_sha256` this cannot be checked.
        In a file that holds several articles, the file hash may differ because another article changed.
        """
        if not text_sha256:
            return self.sha256 == sha256
        same_file = self.sha256 == sha256 or self.member is not None
        return same_file and self.rendition.text_sha256 == text_sha256

    def page_at(self, offset: int) -> int | None:
        """Page number, from 1, of the character at `offset`; None without pages."""
        return max(1, bisect_right(self.pages, offset)) if self.pages else None


@dataclass(frozen=True, slots=True)
class Passage:
    """Consecutive whole sentences of one article version: the unit that is embedded and retrieved.

    `sentences` tile `span`: the first starts where it starts, and each starts where the previous one ends.
    """

    id: str
    article_id: str
    sha256: str
    span: Span
    sentences: tuple[Span, ...]
    text: str

    @staticmethod
    def make_id(article_id: str, sha256: str, span: Span) -> str:
        return f"{article_id}@{sha256[:12]}:{span.start}-{span.end}"


@dataclass(frozen=True, slots=True)
class Filters:
    """Restrictions of a search: each selects articles, and only passages of these are searched.

    Dates are ISO 8601 days, both ends included. `phrases` are words that the news text of an article must hold one
    after another, `excluded` words or phrases that it must not hold; `language` is a BCP 47 tag.
    """

    outlet: str | None = None
    published_from: str | None = None
    published_to: str | None = None
    source: str | None = None
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    language: str | None = None
    names: tuple[str, ...] = ()
    """Persons, organisations or places that the article must name, all of them (`rag.retrieve.filters`)."""

    def __bool__(self) -> bool:
        stated = (self.outlet, self.published_from, self.published_to, self.source, self.language)
        return any((*stated, self.phrases, self.excluded, self.names))


class Understood(NamedTuple):
    """A filter that was read in a typed question, as it is applied.

    Keys: ``outlet``, ``from`` and ``to`` (ISO 8601 days, inclusive), ``file``, ``language``, ``phrase``, ``without``.
    """

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Query:
    """A question, and as searched (`searched` differs if the question was rewritten).

    `history` are the earlier questions and answers of the conversation, oldest first. If filters were read in what was
    typed, `typed` is that text, `understood` are the filters, and `question` is the text without them.
    """

    question: str
    searched: str
    language: Language
    filters: Filters = Filters()
    top_k: int = 8
    history: tuple[tuple[str, str], ...] = ()
    typed: str = ""
    understood: tuple[Understood, ...] = ()

    @property
    def asked(self) -> str:
        """The question as it was typed, with its filters."""
        return self.typed or self.question


@dataclass(frozen=True, slots=True)
class Reading:
    """A reader's output for a question and one passage.

    `relevance` is the logit that the passage answers; `score` is the logit difference between the best span and no
    answer; `span` is the best answer span, in code points of the article, None if the reader gives none. `sentences`
    are the shares, in [0, 1], of the reader's span probability in each sentence of the passage, in order; empty if the
    reader gives no spans. `order` is the sort key of the passages of one question, and `share`, in [0, 1], is this
    passage's softmax of it over the passages that were read.
    """

    relevance: float
    score: float
    span: Span | None
    sentences: tuple[float, ...] = ()
    order: float = 0.0
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that a search found, with all its scores.

    `dense` and `sentence` are cosines in [-1, 1], of the passage and of its best sentence; `keyword` is BM25 divided by
    the maximum that any text could reach, in [0, 1]; `score` is their fusion (see `rag.fusion`). `best` is the span of
    the best sentence, inside the passage. `found_by` is the leg that proposed the passage: ``dense``, ``keyword`` or
    ``both``. `duplicates` are ids of passages folded into this one: those with the same words, and near-duplicates
    whose best sentence this one also has; the latter are `near`. `sentences` are the cosines of the passage's
    sentences, in order, and `words` the share, in [0, 1], of the question's words in each of them. `reading` is None if
    no reader read the passage.
    """

    passage: Passage
    best: Span
    dense: float
    sentence: float
    keyword: float
    score: float
    found_by: str
    duplicates: tuple[str, ...] = ()
    sentences: tuple[float, ...] = ()
    words: tuple[float, ...] = ()
    near: tuple[str, ...] = ()
    reading: Reading | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Result of one search: hits, best first, from one generation, with their articles.

    `snapshot` is the id of the generation of the index that was searched. `searched` is the number of passages
    searched. `stories`: for the id of an article that shares its story with
    others, the id of the story's first article; `others` are the passages of the other articles of these stories and
    those folded into hits, regardless of filters; their articles are in `articles`. `probability` is the calibrated
    probability, in [0, 1], that the hits answer, if a reader read them.
    """

    hits: tuple[Hit, ...]
    articles: dict[str, Article]
    snapshot: str
    searched: int = 0
    stories: Mapping[str, str] = field(default_factory=dict)
    others: tuple[Passage, ...] = ()
    probability: float | None = None

    def story(self, article_id: str) -> str:
        """Story of an article: the id of the story's first article; its own id if it is alone."""
        return self.stories.get(article_id, article_id)


@dataclass(frozen=True, slots=True)
class Copy:
    """Another article with a sentence, because it is of the same story or copied the sentence.

    `span` is the sentence there, None if the article is of the story without having the sentence. `same`: the words are
    the same except for punctuation and letter forms; otherwise a few were edited and the claim checks found the same
    meaning.
    """

    article: Article
    span: Span | None = None
    same: bool = False

    @property
    def quote(self) -> str | None:
        return self.span.of(self.article.text) if self.span else None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One evidence sentence; `number` (from 1) is its number in the prompt only.

    `sentence` is its own cosine with the question, in [-1, 1]; `score` is its hit's score with that cosine instead of
    the best sentence's, plus word bonuses (`rag.retrieve.evidence.select`). `stories` are the stories that have the
    sentence, including that of its own article; `also` are the other articles that have it or are of its story. `bears`
    is the probability, in [0, 1], that this sentence, of all sentences read, holds the answer; None if none was read.
    """

    number: int
    article: Article
    span: Span
    hit: Hit
    sentence: float
    score: float
    stories: frozenset[str] = frozenset()
    also: tuple[Copy, ...] = ()
    bears: float | None = None

    @property
    def text(self) -> str:
        return self.span.of(self.article.text)


@dataclass(frozen=True, slots=True)
class Citation:
    """A slice of a source file. `number` (from 1) is its order of appearance in the answer.

    `marked` is the part of the quote that answers, if a reader gave one; it is inside `span`. `stories` and `also` are
    those of its evidence. Raises `ValueError` unless ``article.text[span.start:span.end] == quote`` and the span is not
    empty.
    """

    number: int
    article: Article
    span: Span
    quote: str
    marked: Span | None = None
    stories: frozenset[str] = frozenset()
    also: tuple[Copy, ...] = ()

    def __post_init__(self) -> None:
        start, end = self.span
        if not (type(start) is int and type(end) is int and 0 <= start < end <= len(self.article.text)):
            raise ValueError(
                f"{self.article.source}: invalid span [{start}, {end}) in a text of "
                f"{len(self.article.text)} code points"
            )
        if self.article.text[start:end] != self.quote:
            raise ValueError(
                f"{self.article.source} [{start}, {end}): the quote differs from the source text at this span"
            )
        if self.marked is not None and not (self.span.contains(self.marked) and self.marked.start < self.marked.end):
            raise ValueError(
                f"{self.article.source}: the marked span {self.marked} is not inside the quote {self.span}"
            )

    @classmethod
    def cut(
        cls, number: int, article: Article, span: Span, marked: Span | None = None, evidence: Evidence | None = None
    ) -> Citation:
        """Make the citation of a span; its quote is sliced from the article. `evidence`: the evidence for its
        stories."""
        stories, also = (evidence.stories, evidence.also) if evidence else (frozenset[str](), ())
        return cls(number, article, span, span.of(article.text), marked, stories, also)

    @property
    def behind(self) -> frozenset[str]:
        """Stories that have the cited sentence; the article's own id if its stories are unknown."""
        return self.stories or frozenset({self.article.id})

    @property
    def source(self) -> str:
        return self.article.source

    @property
    def sha256(self) -> str:
        return self.article.sha256

    @property
    def member(self) -> str | None:
        return self.article.member

    @property
    def page(self) -> int | None:
        """Page on which the quote begins, from 1, for a paginated file."""
        return self.article.page_at(self.span.start)

    @property
    def title(self) -> str | None:
        return self.article.title.value if self.article.title else None

    @property
    def outlet(self) -> str | None:
        return self.article.outlet.value if self.article.outlet else None

    @property
    def published(self) -> str | None:
        return self.article.published.value if self.article.published else None


@dataclass(frozen=True, slots=True)
class ShortAnswer:
    """The words of a citation that are a complete short answer, as given by a reader.

    `span` is in code points of the citation's article and inside the citation; `probability`, in [0, 1], is the
    calibrated probability that these words answer. `rendered` is the words in English, made from them by code
    (`rag.generate.rendering`) and no citation: only for Arabic words that answer an English question, and None where
    it is not certain. Raises `ValueError` for a span that is empty or outside.
    """

    citation: Citation
    span: Span
    probability: float
    rendered: str | None = None

    def __post_init__(self) -> None:
        if not (self.citation.span.contains(self.span) and self.span.start < self.span.end):
            raise ValueError(
                f"{self.citation.source}: the short answer {self.span} is not inside the citation {self.citation.span}"
            )

    @property
    def text(self) -> str:
        """The words, sliced from the article."""
        return self.span.of(self.citation.article.text)

    @property
    def shown(self) -> str:
        """The words, behind their rendering if there is one: ``Faisal Mekdad (فيصل المقداد)``."""
        return f"{self.rendered} ({self.text})" if self.rendered else self.text


@dataclass(frozen=True, slots=True)
class Context:
    """Context of a quote: the ISO day on which its article was published, and the article's text before the quote."""

    published: str | None = None
    before: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """A reason why a claim is not supported; `span` is in code points of the claim's text.

    Kinds: ``figure``, ``unit`` (a figure with another unit), ``date``, ``name``, ``negation`` (one more or less),
    ``opposite`` (a word replaced by its opposite), ``roles`` (who does what to whom), ``speaker`` (who says it),
    ``words`` (too few of the claim's words are in the quotes), ``doubt`` (a verifier doubts the words),
    ``similarity``, ``citation``; for a model's sentence also ``language``, ``link``, ``markup``, ``prompt`` and ``cut``
    (see `rag.generate.review`).
    """

    kind: str
    span: Span
    message: str


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of the answer, including its ``[n]``. `score` is its support in [0, 1].

    `stands_in`: it is verbatim evidence that replaces a removed sentence of the model. `independent` is the number of
    independent sources among its citations (see `independent`).
    """

    text: str
    citations: tuple[int, ...]
    support: Support
    score: float
    problems: tuple[Problem, ...] = ()
    stands_in: bool = False
    independent: int = 0


@dataclass(frozen=True, slots=True)
class Rejected:
    """A number that a model cited and that refers to no evidence."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class Removed:
    """A sentence of a model that no evidence supports; it was removed from the answer."""

    text: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that the reader of this answer must know: a kind for programs and a sentence for people."""

    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Number of tokens that the model read and wrote."""

    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True)
class Translation:
    """Event, after all claims: a model's translation of a quote into the language of the question.

    `number` is the citation's. The text is machine-made: not a claim, not a citation and not part of the answer's text.
    """

    number: int
    text: str
    language: Language


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds since the question arrived; `first_token` is None if no model was called for the answer.

    `search` is the time until the evidence is selected, including the rewriting of a follow-up.
    """

    search: float = 0.0
    first_token: float | None = None
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question. Every ``[n]`` in the text of a claim is the number of one of `citations`.

    `generator` names who answered, as in ``writer:MODEL``; `snapshot` the generation of the index that was searched
    (``generation`` in JSON).
    """

    query: Query
    status: Status
    claims: tuple[Claim, ...]
    citations: tuple[Citation, ...]
    evidence: tuple[Evidence, ...]
    generator: str
    snapshot: str
    rejected: tuple[Rejected, ...] = ()
    removed: tuple[Removed, ...] = ()
    notices: tuple[Notice, ...] = ()
    cut: bool = False
    usage: Usage | None = None
    timings: Timings = Timings()
    opening: str = ""
    translations: tuple[Translation, ...] = ()
    short: tuple[ShortAnswer, ...] = ()
    """Short answers, the most probable first; empty if none is certain enough."""
    probability: float | None = None
    """Calibrated probability, in [0, 1], that the archive answers; None if no reader read the passages."""

    @property
    def text(self) -> str:
        """The claims, one per line, after the product's own sentence (`opening`)."""
        return "\n".join(part for part in (self.opening, *(claim.text for claim in self.claims)) if part)

    @property
    def is_refusal(self) -> bool:
        return self.status == "not_in_corpus"

    @property
    def is_unclear(self) -> bool:
        """Whether only the nearest sentences were found, which probably do not answer."""
        return any(notice.kind == "unclear" for notice in self.notices)

    @property
    def leading(self) -> tuple[ShortAnswer | None, Citation]:
        """The most probable short answer with its citation; without one, None and the first citation. Not for a
        refusal, which has no citation."""
        short = self.short[0] if self.short else None
        return short, short.citation if short else self.citations[0]

    @property
    def independent(self) -> int:
        """Number of independent sources of the claims (see `independent`)."""
        return independent([one.behind for one in self.citations])

    @property
    def unsupported(self) -> int:
        """Number of claims shown without support."""
        return sum(claim.support == "unsupported" for claim in self.claims)


def independent(stories: Sequence[Collection[str]]) -> int:
    """Number of independent sources: sets of stories with a common story count as one.

    Files of one story count once, and so do stories if one copied the cited sentence from the other.
    """
    joined: list[set[str]] = []
    for one in stories:
        touching = [other for other in joined if not other.isdisjoint(one)]
        joined = [other for other in joined if other.isdisjoint(one)]
        joined.append(set(one).union(*touching))
    return len(joined)


@dataclass(frozen=True, slots=True)
class Message:
    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """Input of a language model."""

    messages: tuple[Message, ...]
    max_tokens: int = 512


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of a model's reply."""

    text: str


@dataclass(frozen=True, slots=True)
class End:
    """Last item of a model's reply; `finish_reason` is None if the stream stopped without one."""

    finish_reason: str | None
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class Started:
    """Event: the evidence of a question, before generation. `query` is the query that was searched."""

    query: Query
    evidence: tuple[Evidence, ...]
    snapshot: str


@dataclass(frozen=True, slots=True)
class Cited:
    """Event: a claim after its checks, the citations that it is the first to use, and its short answer."""

    claim: Claim
    citations: tuple[Citation, ...]
    short: ShortAnswer | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """Event: the end. `answer` is the complete answer, built from all events before."""

    answer: Answer


Event = Started | Cited | Rejected | Removed | Notice | Translation | Done

Search = Callable[[Query], Found]
Generate = Callable[[Prompt, Cancel], Iterator[Delta | End]]
Similarity = Callable[[list[str], list[str]], list[float]]
"""Cosine of each pair: (claims, quotes) of the same length → one float in [-1, 1] per pair."""


@dataclass(frozen=True, slots=True)
class Verified:
    """A claim read together with its quote by a verifier.

    `support` is the logit that the quote bears the claim out; `words` are the words of the claim, each with the logit
    that it is *not* borne out, in order. Spans are in code points of the claim; words of a long claim's end may lack.
    `weights` are those of the features of `rag.verify.claims` for this verifier.
    """

    support: float
    words: tuple[tuple[Span, float], ...]
    weights: Mapping[str, float] = field(default_factory=dict)

    @property
    def least(self) -> tuple[Span, float] | None:
        """The least borne out word; None for a claim without words."""
        return max(self.words, key=lambda one: one[1], default=None)


Verify = Callable[[list[str], list[str]], list[Verified]]
"""Reads each pair: (claims, quotes) of the same length → what a verifier makes of each."""
