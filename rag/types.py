"""The seams of Isnad: what passes between its rooms. Imports nothing of ours.

Every offset is in Unicode code points of ``Article.text`` and every interval is half-open. A quote is
never stored beside its offsets without being checked against them: `Citation` cannot be constructed with
words that are not in the article.
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
"""The longest question, and the longest text to check, in code points."""
Status = Literal["answered", "partial", "not_in_corpus"]
Support = Literal["supported", "unsupported"]


class Span(NamedTuple):
    """A half-open interval ``[start, end)`` in code points of an article's text."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The slice of `text` that this span names."""
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

    `source` is the file's path relative to the corpus root, with ``/``; `member` names the article inside a
    file that holds many, such as ``row 12``; `pages` are the offsets at which pages begin, in a file that has pages;
    `sha256` is that of the file's bytes. `language` is a BCP 47 tag, ``und`` when the
    rules cannot tell. `body` are the spans of the news text, in order, without overlap: headers, footers and
    repeated titles lie outside.
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
                raise ValueError(f"{self.source}: the body span {span} is empty, overlaps another or leaves the text")
            end = span.end

    @property
    def name(self) -> str:
        """The file, and the article in it where it holds many: how an article is told to a person."""
        return f"{self.source} ({self.member})" if self.member else self.source

    def is_version(self, sha256: str, text_sha256: str) -> bool:
        """Whether this is the text of that file, so that spans of the one are spans of the other.

        The same bytes give another text where another extractor reads them; without `text_sha256` that cannot be told.
        In a file that holds many articles, others may have changed.
        """
        if not text_sha256:
            return self.sha256 == sha256
        same_file = self.sha256 == sha256 or self.member is not None
        return same_file and self.rendition.text_sha256 == text_sha256

    def page_at(self, offset: int) -> int | None:
        """The number, from 1, of the page that the character at `offset` stands on; None without pages."""
        return max(1, bisect_right(self.pages, offset)) if self.pages else None


@dataclass(frozen=True, slots=True)
class Passage:
    """Some whole sentences of one article version: the unit that is embedded and found.

    `sentences` tile `span`: the first starts where it starts, each starts where the one before ends.
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
    """What a question is limited to; dates are ISO 8601 days, both ends included."""

    outlet: str | None = None
    published_from: str | None = None
    published_to: str | None = None
    source: str | None = None

    def __bool__(self) -> bool:
        return any((self.outlet, self.published_from, self.published_to, self.source))


@dataclass(frozen=True, slots=True)
class Query:
    """A question as it was asked, and as it is searched (`searched` differs once it was rewritten).

    `history` are the earlier questions and answers of the conversation, oldest first.
    """

    question: str
    searched: str
    language: Language
    filters: Filters = Filters()
    top_k: int = 8
    history: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader made of a question and one passage, read together.

    `relevance` is the logit that the passage answers; `score` the logits of its best span less those of no answer;
    `span` are the words that answer best, in code points of the article, None where it has no words or the reader
    points at none. `sentences` are the shares, in [0, 1], of the reader's mass that lie in each of the passage's
    sentences, in their order; none where it does not point. `order` is what the passages of one question are ordered
    by, and `share`, in [0, 1], this passage's part in the softmax of it over those that were read.
    """

    relevance: float
    score: float
    span: Span | None
    sentences: tuple[float, ...] = ()
    order: float = 0.0
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that a search found, with every score of it.

    `dense` and `sentence` are cosines in [-1, 1], of the passage and of its best sentence; `keyword` is
    BM25 divided by the best that any text could reach, in [0, 1]; `score` is their fusion (see
    `rag.fusion`). `best` is the span of the best sentence, inside the passage. `found_by` names the leg
    that proposed the passage: ``dense``, ``keyword`` or ``both``. `duplicates` are ids of passages with
    the same words that were folded into this one, and of those that are nearly the same and whose best sentence stands
    in this one, too; the latter are `near`. `sentences` are the cosines of the passage's sentences, in their order, and
    `words` the shares, in [0, 1], of the question's words that each of them holds. `reading` is None where nothing read
    it.
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
    """What one search found: hits, best first, in one generation, with the articles that they lie in.

    `searched` is how many passages were searched. `stories`: for the id of an article that is not alone in its story,
    the id of the story's first; `others` are the passages of the other articles of these stories, and those that were
    folded into hits, whatever the filters; their articles are among `articles`. `probability` is the calibrated one, in
    [0, 1], that the hits answer, where they were read.
    """

    hits: tuple[Hit, ...]
    articles: dict[str, Article]
    generation: str
    searched: int = 0
    stories: Mapping[str, str] = field(default_factory=dict)
    others: tuple[Passage, ...] = ()
    probability: float | None = None

    def story(self, article_id: str) -> str:
        """The story of an article: the id of its first article, so of one that is alone its own."""
        return self.stories.get(article_id, article_id)


@dataclass(frozen=True, slots=True)
class Copy:
    """Another article that has a sentence too, because it is the same story or has taken the sentence over.

    `span` is the sentence there, None where the article is of the story and has it not. `same`: it has the same words
    but for marks and forms of letters; else an editor changed some, and it says the same by the checks of a claim.
    """

    article: Article
    span: Span | None = None
    same: bool = False

    @property
    def quote(self) -> str | None:
        return self.span.of(self.article.text) if self.span else None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One sentence that the prompt shows; `number` (from 1) is the prompt's and nobody else's.

    `sentence` is its own cosine with the question, in [-1, 1]; `score` is its hit's with that cosine in the place of
    the best sentence's, and what its words add (`rag.retrieve.evidence.select`). `stories` are those that have the
    sentence, its own article's among them; `also` the other articles that have it, or are of its story. `bears` is the
    probability, in [0, 1], that of all sentences that were read this one holds the answer; None where none was read.
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

    `marked` is the part of the quote that answers, where one was pointed at; it lies inside `span`. `stories` and
    `also` are those of its evidence: whose sentence it is besides.
    Raises `ValueError` unless ``article.text[span.start:span.end] == quote`` and the span is not empty.
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
            raise ValueError(f"{self.article.source}: no such span: [{start}, {end}) of {len(self.article.text)}")
        if self.article.text[start:end] != self.quote:
            raise ValueError(f"{self.article.source} [{start}, {end}): the quote is not what the source says there")
        if self.marked is not None and not (self.span.contains(self.marked) and self.marked.start < self.marked.end):
            raise ValueError(f"{self.article.source}: the mark {self.marked} is not inside the quote {self.span}")

    @classmethod
    def cut(
        cls, number: int, article: Article, span: Span, marked: Span | None = None, evidence: Evidence | None = None
    ) -> Citation:
        """The citation of a span: its quote is cut from the article. `evidence`: what it is in or around."""
        stories, also = (evidence.stories, evidence.also) if evidence else (frozenset[str](), ())
        return cls(number, article, span, span.of(article.text), marked, stories, also)

    @property
    def behind(self) -> frozenset[str]:
        """The stories that have what is cited; of an article of which no more is known its own."""
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
        """The page that the quote begins on, from 1, in a file that has pages."""
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
    """The words of a citation that answer by themselves, as a reader pointed at them.

    `span` is in code points of the citation's article and lies inside the citation; `probability`, in [0, 1], is the
    calibrated one that these words answer. Raises `ValueError` for a span that is empty or outside.
    """

    citation: Citation
    span: Span
    probability: float

    def __post_init__(self) -> None:
        if not (self.citation.span.contains(self.span) and self.span.start < self.span.end):
            raise ValueError(f"{self.citation.source}: the short answer {self.span} is not in {self.citation.span}")

    @property
    def text(self) -> str:
        """The words, cut from the article."""
        return self.span.of(self.citation.article.text)


@dataclass(frozen=True, slots=True)
class Context:
    """Where a quote stands: the ISO day on which its article was published, and the article's text before it."""

    published: str | None = None
    before: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """What keeps a claim from being supported; `span` is in code points of the claim's text.

    Kinds: ``figure``, ``unit`` (a figure of another unit), ``date``, ``name``, ``negation`` (one more or less),
    ``opposite`` (a word for its opposite), ``roles`` (who does what to whom), ``speaker`` (who says it), ``words``
    (too little of the claim stands in the quotes), ``similarity``, ``citation``; of a model's sentence also
    ``language``, ``link``, ``markup``, ``prompt`` and ``cut`` (see `rag.generate.review`).
    """

    kind: str
    span: Span
    message: str


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of the answer, its ``[n]`` included. `score` is its support in [0, 1].

    `stands_in`: it is evidence, verbatim, in the place of a sentence of the model that was taken out. `independent` is
    how many independent sources its citations are (see `independent`).
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
    """A number that a model cited and that names no evidence."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class Removed:
    """A sentence that a model wrote and that no evidence supports; it was taken out of the answer."""

    text: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """Something about this answer that its reader must know, as a kind for programs and a sentence for people."""

    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that the model read and wrote."""

    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True)
class Translation:
    """Event: what a model makes of a quote in the language of the question, after all claims.

    `number` is the citation's. It is the machine's own text: no claim, no citation, and no part of the answer's text.
    """

    number: int
    text: str
    language: Language


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds from the question's arrival; `first_token` is None where no model was asked for the answer.

    `search` ends when the evidence is found: making a follow-up whole lies before it.
    """

    search: float = 0.0
    first_token: float | None = None
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question got. Every ``[n]`` in the text of a claim is the number of one of `citations`."""

    query: Query
    status: Status
    claims: tuple[Claim, ...]
    citations: tuple[Citation, ...]
    evidence: tuple[Evidence, ...]
    generator: str
    generation: str
    rejected: tuple[Rejected, ...] = ()
    removed: tuple[Removed, ...] = ()
    notices: tuple[Notice, ...] = ()
    cut: bool = False
    usage: Usage | None = None
    timings: Timings = Timings()
    opening: str = ""
    translations: tuple[Translation, ...] = ()
    short: tuple[ShortAnswer, ...] = ()
    """The words that answer, in the order of their sentences; none where none surely does."""
    probability: float | None = None
    """The calibrated probability, in [0, 1], that the archive answers; None where nothing was read."""

    @property
    def text(self) -> str:
        """The claims, a line each, under what the product itself says first (`opening`)."""
        return "\n".join(part for part in (self.opening, *(claim.text for claim in self.claims)) if part)

    @property
    def is_refusal(self) -> bool:
        return self.status == "not_in_corpus"

    @property
    def independent(self) -> int:
        """How many independent sources stand behind the claims (see `independent`)."""
        return independent([one.behind for one in self.citations])

    @property
    def unsupported(self) -> int:
        """How many of the claims shown have no support."""
        return sum(claim.support == "unsupported" for claim in self.claims)


def independent(stories: Sequence[Collection[str]]) -> int:
    """How many independent sources these are: sets of stories are one where they have a story in common.

    Files of one story count once, and so do stories of which one has taken over what is cited from the other.
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
    """What a model is asked."""

    messages: tuple[Message, ...]
    max_tokens: int = 512


@dataclass(frozen=True, slots=True)
class Delta:
    """Some more text of a model's reply."""

    text: str


@dataclass(frozen=True, slots=True)
class End:
    """The last thing a model's reply yields; `finish_reason` is None when the stream just stopped."""

    finish_reason: str | None
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class Started:
    """Event: the evidence of a question, before any model is asked to answer. `query` is the one that was searched."""

    query: Query
    evidence: tuple[Evidence, ...]
    generation: str


@dataclass(frozen=True, slots=True)
class Cited:
    """Event: a claim after its checks, with the citations that it is the first to use, and the words in them that
    answer by themselves.
    """

    claim: Claim
    citations: tuple[Citation, ...]
    short: ShortAnswer | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """Event: the end. The fold of all events before it is `answer`."""

    answer: Answer


Event = Started | Cited | Rejected | Removed | Notice | Translation | Done

Search = Callable[[Query], Found]
Generate = Callable[[Prompt, Cancel], Iterator[Delta | End]]
Similarity = Callable[[list[str], list[str]], list[float]]
"""Cosine of each pair: (claims, quotes) of one length → one float in [-1, 1] each."""
