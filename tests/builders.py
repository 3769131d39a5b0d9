"""Small articles, hits and models for tests: they obey the laws of `rag.types` and know nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from threading import Event as Cancel

from rag.generate.answer import Answerer
from rag.retrieve.abstention import DEFAULT, Policy
from rag.retrieve.rerank import Logistic, Rerank, Weighing
from rag.text.sentences import sentences
from rag.types import (
    Article,
    Cited,
    Delta,
    Done,
    End,
    Event,
    Found,
    Generate,
    Hit,
    Passage,
    Prompt,
    Query,
    Reading,
    Rendition,
    Search,
    ShortAnswer,
    Span,
    Stated,
)


def article(text: str, *, source: str = "a.txt", outlet: str | None = None, title: str | None = None) -> Article:
    """An article whose whole text is its body."""
    raw = text.encode()
    sha = hashlib.sha256(raw).hexdigest()
    return Article(
        id=hashlib.sha256(source.encode()).hexdigest()[:16],
        corpus="test",
        source=source,
        sha256=sha,
        text=text,
        rendition=Rendition(sha, encoding="utf-8"),
        body=(Span(0, len(text)),),
        language="ar",
        outlet=Stated(outlet, Span(0, 1)) if outlet else None,
        title=Stated(title, Span(0, 1)) if title else None,
    )


def found(*articles: Article, score: float = 1.0) -> Found:
    """Each sentence of each article as a hit of its own, in order, the scores falling by a hundredth."""
    hits: list[Hit] = []
    for one in articles:
        for span in sentences(one.text, Span(0, len(one.text))):
            passage = Passage(
                Passage.make_id(one.id, one.sha256, span), one.id, one.sha256, span, (span,), span.of(one.text)
            )
            hits.append(Hit(passage, span, 0.9, 0.9, 0.5, score - len(hits) / 100, "both", (), (0.9,)))
    return Found(tuple(hits), {one.id: one for one in articles}, "g1", searched=len(hits))


def says(*parts: str, finish: str | None = "stop", prompts: list[Prompt] | None = None) -> Generate:
    """A model that says these parts, whatever it is asked; it notes what it was asked in `prompts`."""

    def generate(prompt: Prompt, cancel: Cancel) -> Iterator[Delta | End]:
        if prompts is not None:
            prompts.append(prompt)
        for part in parts:
            if cancel.is_set():
                return
            yield Delta(part)
        yield End(finish)

    return generate


def query(question: str, language: str = "ar") -> Query:
    return Query(question, question, "en" if language == "en" else "ar")


def alike(claims: list[str], quotes: list[str]) -> list[float]:
    """A similarity that finds everything near."""
    return [0.95 for _ in zip(claims, quotes, strict=True)]


class Pointing(Answerer):
    """Quotes what `search` finds, as ever, and points in each claim at the first of `words` that its quote holds."""

    def __init__(
        self, search: Search, *words: str, policy: Policy = DEFAULT, sure: float = 0.875, probability: float = 0.9375
    ) -> None:
        super().__init__(search, policy=policy)
        self._words = words
        self._sure = sure
        self._probability = probability

    def stream(self, query: Query, cancel: Cancel | None = None) -> Iterator[Event]:
        short: list[ShortAnswer] = []
        for event in super().stream(query, cancel):
            if isinstance(event, Cited):
                pointed = self._pointed(event)
                short += [pointed] if pointed else []
                yield replace(event, short=pointed)
            elif isinstance(event, Done):
                yield Done(replace(event.answer, short=tuple(short), probability=self._probability))
            else:
                yield event

    def _pointed(self, event: Cited) -> ShortAnswer | None:
        for one in event.citations:
            for words in self._words:
                at = one.quote.find(words)
                if at >= 0:
                    start = one.span.start + at
                    return ShortAnswer(one, Span(start, start + len(words)), self._sure)
        return None


class Pointer:
    """A reader that points at the first of its `words` that a passage holds, and is sure of it."""

    name, version, points = "toy", "1", True

    def __init__(self, *words: str) -> None:
        self.words = words
        self.asked: list[str] = []

    def read(self, question: str, passages: Sequence[Passage], cancel: Cancel | None = None) -> list[Reading]:
        self.asked.append(question)
        return [self._read(one) for one in passages]

    def _read(self, passage: Passage) -> Reading:
        at, words = next(((passage.text.find(one), one) for one in self.words if one in passage.text), (-1, ""))
        if at < 0:
            return Reading(-3.0, -3.0, None, tuple(1 / len(passage.sentences) for _ in passage.sentences))
        span = Span(passage.span.start + at, passage.span.start + at + len(words))
        return Reading(3.0, 3.0, span, tuple(float(one.contains(span)) for one in passage.sentences))


BY_RELEVANCE = Weighing(
    Logistic(0, 0, 1, 0), {"": Logistic(0, 0, 1, 0), "en-ar": Logistic(-2, 0, 1, 0)}, {"": Logistic(0, 0, 0, 1)}
)
"""A passage answers by the logistic function of its relevance, and its words are right by that of their score."""


def points(*words: str) -> Rerank:
    """What reads with a `Pointer`: .95 where one of the words stands, .05 where none does."""
    return Rerank(Pointer(*words), 8, BY_RELEVANCE)
