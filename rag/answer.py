"""Answerer: the steps of an answer, in order. Knows its seams and nothing behind them.

search → evidence → (good enough?) → drafts → review → events → Answer. Raw model tokens never leave this
file: what streams is whole claims, each after its checks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from threading import Event as Cancel
from typing import Literal

from rag.dates import dates
from rag.errors import LLMError, ModelError
from rag.evidence import select
from rag.figures import numbers
from rag.generators import Drafts, Pointed, Refused, Written, extractive, reader, writer
from rag.phrases import say
from rag.question import asks_for_a_clause, asks_for_a_figure
from rag.record import Record
from rag.review import Review
from rag.types import (
    Answer,
    Cited,
    Delta,
    Done,
    End,
    Event,
    Evidence,
    Found,
    Generate,
    Language,
    Notice,
    Prompt,
    Query,
    Removed,
    Search,
    Similarity,
    Span,
    Started,
)

Kind = Literal["extractive", "reader", "writer"]


@dataclass(frozen=True, slots=True)
class Policy:
    """When an answer is good enough. Scores are `Hit.score`, similarity is a cosine.

    Below `min_score` of the question's language nothing is answered. From `sure_score` up, and for a question that
    asks why or what was said, a reader's ``none`` gives the nearest sentences all the same; from there up a figure
    that it points at in the nearest sentence leads the answer, where a figure was asked for.
    """

    evidence_sentences: int = 3
    min_score: Mapping[Language, float] = field(default_factory=dict)
    sure_score: Mapping[Language, float] = field(default_factory=dict)
    min_similarity: float = 0.84


class Answerer:
    """Answers questions: `stream` gives the events as they happen, `answer` their fold.

    `generate` is None for the extractive kind; `model` is its name, as the answer shows it.
    """

    def __init__(
        self,
        search: Search,
        generate: Generate | None = None,
        *,
        kind: Kind = "extractive",
        model: str = "",
        similarity: Similarity = lambda claims, quotes: [0.0 for _ in zip(claims, quotes, strict=True)],
        policy: Policy = Policy(),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if (generate is None) != (kind == "extractive"):
            raise ValueError(f"a generator of kind {kind} and generate={generate!r} do not go together")
        self._search = search
        self._generate = generate
        self._kind = kind
        self._similarity = similarity
        self._policy = policy
        self._clock = clock
        self.name = f"{kind}:{model}" if model else kind

    def answer(self, query: Query) -> Answer:
        """The whole answer at once. Raises what the search raises; a failing model is a notice, not an error."""
        *_, last = self.stream(query)
        if not isinstance(last, Done):
            raise TypeError("the last event of an answer is not Done")
        return last.answer

    def stream(self, query: Query, cancel: Cancel | None = None) -> Iterator[Event]:
        """The events of an answer: Started, then claims and what went wrong, then Done with their fold."""
        record = Record(query, self.name, self._clock)
        for event in _Run(self, record, cancel or Cancel()).events():
            record.keep(event)
            yield event
        yield Done(record.fold())


class _Run:
    """One answer while it is made."""

    def __init__(self, answerer: Answerer, record: Record, cancel: Cancel) -> None:
        self._answerer = answerer
        self._record = record
        self._query = record.query
        self._cancel = cancel
        self._evidence: tuple[Evidence, ...] = ()
        self._refused = False
        self._sure = False

    def events(self) -> Iterator[Event]:
        policy, query = self._answerer._policy, self._query
        found = self._answerer._search(query)
        self._record.searched()
        self._evidence = select(found, policy.evidence_sentences)
        yield Started(query, self._evidence, found.generation)
        if self._cancel.is_set():
            yield from self._cancelled()
            return
        if not self._good_enough(found, policy.min_score):
            self._refuse(found)
            return
        self._sure = self._good_enough(found, policy.sure_score)
        review = Review(query, self._evidence, self._answerer._similarity, policy.min_similarity)
        yield from self._drafts(review)
        if self._cancel.is_set():
            yield from self._cancelled()
            return
        if self._refused and not self._record.of(Cited):
            if self._answerer._kind == "reader" and (self._sure or asks_for_a_clause(query.question)):
                yield Notice("unpointed", say("unpointed", query.language))
                yield from self._plain(review)
            else:
                self._refuse(found)
        elif not self._record.has_support:
            yield from self._plain(review)
        if any(problem.kind != "cut" for event in self._record.of(Removed) for problem in event.problems):
            yield Notice("replaced", say("replaced", query.language))

    def _drafts(self, review: Review) -> Iterator[Event]:
        """What the generator proposes, reviewed; its failure is told and the evidence stands in for it."""
        drafted = False
        try:
            for draft in self._generator()(self._query, self._evidence, self._cancel):
                drafted = drafted or not isinstance(draft, End)
                if isinstance(draft, Pointed):
                    yield from self._pointed(draft, review)
                elif isinstance(draft, Written):
                    yield from review.written(draft)
                elif isinstance(draft, Refused):
                    self._refused = True
                else:
                    self._record.usage = draft.usage
                    self._record.cut = draft.finish_reason != "stop" and self._answerer._kind != "extractive"
        except (LLMError, ModelError) as error:
            self._record.cut = isinstance(error, LLMError) and error.started
            if not self._record.has_support:
                yield Notice("llm", say("llm_failed", self._query.language, reason=error.what))
        told = bool(self._record.of(Notice)) or self._cancel.is_set()
        if not drafted and not self._record.cut and not told:
            yield Notice("llm", say("llm_failed", self._query.language, reason=say("nothing", self._query.language)))
        if self._record.cut and not told:
            yield Notice("cut", say("cut", self._query.language))

    def _cancelled(self) -> Iterator[Event]:
        self._record.cut = True
        yield Notice("cancelled", say("cancelled", self._query.language))

    def _pointed(self, draft: Pointed, review: Review) -> Iterator[Event]:
        """A figure leads the answer where one was asked for and search agrees; other words are marked in theirs."""
        if draft.marked is None or self._leads(draft.evidence, draft.marked):
            yield from review.pointed(draft)
            return
        for item in self._evidence:
            marked = draft.marked if item is draft.evidence else None
            yield from review.pointed(Pointed(item, marked), leading=False)

    def _leads(self, item: Evidence, marked: Span) -> bool:
        """A small model is right too rarely to lead with a name, which no code can hold against the question."""
        if not (self._sure and item is self._evidence[0] and asks_for_a_figure(self._query.question)):
            return False
        start, end = marked.start - item.span.start, marked.end - item.span.start
        text = item.text
        figures = [one.span for one in numbers(text) if one.span.start < end and start < one.span.end]
        # Not the 3 of 3 million, and not the 5 of -5.
        whole = all(start <= span.start and span.end <= end for span in figures)
        return (
            bool(figures or dates(text[start:end]))
            and whole
            and text[:start].rstrip(" ")[-1:] not in {"-", "−", "+", "."}
        )

    def _generator(self) -> Drafts:
        if self._answerer._generate is None:
            return extractive
        return reader(self._timed) if self._answerer._kind == "reader" else writer(self._timed)

    def _timed(self, prompt: Prompt, cancel: Cancel) -> Iterator[Delta | End]:
        if self._answerer._generate is None:
            raise TypeError("the extractive generator asks no model")
        for part in self._answerer._generate(prompt, cancel):
            self._record.spoke()
            yield part

    def _plain(self, review: Review) -> Iterator[Event]:
        for item in self._evidence:
            yield from review.pointed(Pointed(item))

    def _good_enough(self, found: Found, least: Mapping[Language, float]) -> bool:
        if not self._evidence:
            return False
        return max(hit.score for hit in found.hits) >= least.get(self._query.language, float("-inf"))

    def _refuse(self, found: Found) -> None:
        what = "not_in_corpus" if self._evidence else "empty_corpus"
        self._record.opening = say(what, self._query.language, searched=found.searched)
