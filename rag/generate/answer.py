"""Answerer: the steps of an answer, in order. Knows its seams and nothing behind them.

follow-up made whole → search → read → evidence → (good enough?) → drafts → review → events → translations → Answer. Raw
model tokens never leave `rag.generate.drafting`: what streams is whole claims, each after its checks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from threading import Event as Cancel
from typing import Literal

from rag.generate.agreement import agreement
from rag.generate.drafting import Drafting
from rag.generate.events import several
from rag.generate.generators import Drafts, Kind, extractive, near, pointing
from rag.generate.record import Record
from rag.generate.review import Review
from rag.generate.translation import translations
from rag.generate.writer import writer
from rag.retrieve.abstention import DEFAULT, Policy
from rag.retrieve.evidence import select
from rag.retrieve.followup import whole
from rag.retrieve.other_time import of_another_time
from rag.retrieve.rerank import Rerank
from rag.retrieve.silence import verdict
from rag.text.messages import say
from rag.text.own_names import NONE, OwnNames
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
    Started,
)


class Answerer:
    """Answers questions: `stream` gives the events as they happen, `answer` their fold.

    `generate` is the writer's model, and None for the other kinds; `read` reads what search found with the question,
    which the kind `reader` needs; `model` is the name of either, as the answer shows it; `names` are the user's own,
    for the checks.
    """

    def __init__(
        self,
        search: Search,
        generate: Generate | None = None,
        *,
        kind: Kind = "extractive",
        read: Rerank | None = None,
        model: str = "",
        similarity: Similarity = lambda claims, quotes: [0.0 for _ in zip(claims, quotes, strict=True)],
        policy: Policy = DEFAULT,
        names: OwnNames = NONE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if (generate is None) == (kind == "writer") or (read is None and kind == "reader"):
            raise ValueError(f"a generator of kind {kind} goes with neither {generate=!r} nor {read=!r}")
        self._search = search
        self.read = read
        self._generate = generate
        self._kind = kind
        self.similarity = similarity
        self.policy = policy
        self._names = names
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
        self._cancel = cancel
        self._evidence: tuple[Evidence, ...] = ()
        self._unclear: Literal["", "unclear", "unclear_time"] = ""
        """Why what was found is no clear answer; empty where it is one."""

    def events(self) -> Iterator[Event]:
        policy = self._answerer.policy
        query = whole(self._record.query, self._counted if self._writes else None, self._cancel)
        found = self._answerer._search(query)
        if self._answerer.read:
            found = self._answerer.read(query, found, self._cancel)
        self._record.searched()
        self._record.probability = found.probability
        self._evidence = select(found, policy.evidence_sentences, query.searched)
        yield Started(query, self._evidence, found.generation)
        if self._cancel.is_set():
            yield self._cancelled()
            return
        judged = verdict(query, found, policy)
        if not self._evidence or judged == "absent":
            self._refuse(found)
            return
        # A writer says itself where the evidence does not answer, and its sentences are checked.
        if not self._writes and of_another_time(query.searched, near(self._evidence)):
            self._unclear = "unclear_time"
        elif not self._writes and judged == "unclear":
            self._unclear = "unclear"
        review = Review(query, self._evidence, self._answerer.similarity, policy.min_similarity, self._answerer._names)
        drafting = Drafting(query, self._evidence, self._record, review, self._answerer._kind)
        yield from self._reserved(drafting.events(self._generator(query, found), self._cancel))
        if self._cancel.is_set():
            yield self._cancelled()
            return
        yield from self._completed(drafting, found)
        if any(problem.kind != "cut" for event in self._record.of(Removed) for problem in event.problems):
            yield Notice("replaced", say("replaced", query.language))
        yield from self._compared(query)
        yield from self._translations(query.language)

    def _completed(self, drafting: Drafting, found: Found) -> Iterator[Event]:
        """What stands in for drafts that there are none of, or none that hold."""
        if drafting.refused and not self._record.of(Cited):
            self._refuse(found)
        elif not self._record.has_support:
            yield from self._reserved(drafting.plain())
        elif drafting.refused:
            yield Notice("in_part", say("in_part", drafting.query.language))

    def _reserved(self, events: Iterator[Event]) -> Iterator[Event]:
        """The same events; before the first claim that nothing clearly answers, where it is so."""
        for event in events:
            if self._unclear and isinstance(event, Cited) and not self._record.of(Cited):
                yield Notice("unclear", say(self._unclear, self._record.query.language))
            yield event

    def _compared(self, query: Query) -> Iterator[Notice]:
        """Whether the reports that fit agree, or else that there are several of them; none fits an unclear answer."""
        if self._unclear:
            return
        citations = [citation for event in self._record.of(Cited) for citation in event.citations]
        cited = [citation.article.id for citation in citations]
        begun = sorted(near(self._evidence), key=lambda item: item.article.id not in cited[:1])
        if cited and (compared := agreement(begun, citations, query.searched, query.language)):
            yield compared
        elif cited and (fits := several(begun, query.searched, query.language)):
            yield fits

    def _translations(self, language: Language) -> Iterator[Event]:
        """A writer's, last of all; a model that has just failed is not asked again."""
        if not self._writes or any(notice.kind in {"llm", "cut"} for notice in self._record.of(Notice)):
            return
        yield from translations(
            [citation for event in self._record.of(Cited) for citation in event.citations],
            language,
            self._counted,
            self._cancel,
            similarity=self._answerer.similarity,
            min_similarity=self._answerer.policy.min_similarity,
            names=self._answerer._names,
        )

    def _cancelled(self) -> Event:
        self._record.cut = True
        return Notice("cancelled", say("cancelled", self._record.query.language))

    @property
    def _writes(self) -> bool:
        return self._answerer._kind == "writer"

    def _generator(self, query: Query, found: Found) -> Drafts:
        if self._writes:
            return writer(self._timed)
        read, least = self._answerer.read, self._answerer.policy.short_probability
        if read is None or self._answerer._kind == "extractive":
            return extractive
        # Nothing leads an answer that is none for certain.
        return pointing(partial(read.short_probability, query, found), 2.0 if self._unclear else least)

    def _timed(self, prompt: Prompt, cancel: Cancel) -> Iterator[Delta | End]:
        for part in self._counted(prompt, cancel):
            self._record.spoke()
            yield part

    def _counted(self, prompt: Prompt, cancel: Cancel) -> Iterator[Delta | End]:
        if self._answerer._generate is None:
            raise TypeError("only a writer asks a model")
        for part in self._answerer._generate(prompt, cancel):
            if isinstance(part, End):
                self._record.spent(part.usage)
            yield part

    def _refuse(self, found: Found) -> None:
        what = "not_in_corpus" if self._evidence else "empty_corpus"
        self._record.opening = say(what, self._record.query.language, searched=found.searched)
