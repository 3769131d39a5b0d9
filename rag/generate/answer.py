"""`Answerer`: runs the steps of answering a question and streams the events.

Steps: rewrite a follow-up → search → read → select evidence → decide whether to abstain → generate drafts → review →
events → translations → `Answer`. Raw model tokens never leave this module: it streams whole claims, each after its
checks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from threading import Event as Cancel
from typing import TypeVar

from rag.errors import LLMError, ModelError
from rag.generate.agreement import agreement, several
from rag.generate.generators import (
    Drafts,
    GeneratorKind,
    Pointed,
    Refused,
    Written,
    comparable,
    extractive,
    near,
    pointing,
)
from rag.generate.review import Review
from rag.generate.translation import translations
from rag.generate.writer import writer
from rag.retrieve.abstention import DEFAULT, Policy, Verdict, of_another_time, unstated_names, verdict
from rag.retrieve.evidence import select
from rag.retrieve.followup import whole
from rag.retrieve.rerank import Rerank
from rag.text.messages import in_quotes, reason_for, say
from rag.text.names import NONE, OwnNames
from rag.types import (
    Answer,
    Citation,
    Cited,
    Claim,
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
    Rejected,
    Removed,
    Search,
    Similarity,
    Started,
    Status,
    Timings,
    Translation,
    Usage,
    Verify,
)

# Record of the events of one answer and their times, folded into an `Answer`.

_E = TypeVar("_E")


class _Record:
    """Events, usage and times of one answer so far. Times are in milliseconds since the record was created."""

    def __init__(self, query: Query, generator: str, clock: Callable[[], float]) -> None:
        self.query = query
        self.opening = ""
        self.cut = False
        self.usage: Usage | None = None
        self.probability: float | None = None
        self._generator = generator
        self._clock = clock
        self._asked = clock()
        self._search = 0.0
        self._first_token: float | None = None
        self._events: list[Event] = []
        self._evidence: tuple[Evidence, ...] = ()
        self._snapshot = ""

    def keep(self, event: Event) -> None:
        self._events.append(event)
        if isinstance(event, Started):
            self.query, self._evidence, self._snapshot = event.query, event.evidence, event.snapshot

    def searched(self) -> None:
        """Record that the search is finished."""
        self._search = self._elapsed()

    def spoke(self) -> None:
        """Record that the model sent a token; only the first call counts."""
        if self._first_token is None:
            self._first_token = self._elapsed()

    def spent(self, usage: Usage | None) -> None:
        """Add the tokens of one model call; None if the server did not report them."""
        if usage is not None:
            before = self.usage or Usage(0, 0)
            self.usage = Usage(
                before.prompt_tokens + usage.prompt_tokens, before.completion_tokens + usage.completion_tokens
            )

    def of(self, kind: type[_E]) -> list[_E]:
        """Events of one kind, in order."""
        return [event for event in self._events if isinstance(event, kind)]

    @property
    def has_support(self) -> bool:
        return any(event.claim.support == "supported" for event in self.of(Cited))

    def fold(self) -> Answer:
        """Build the `Answer` from the recorded events."""
        claims = tuple(event.claim for event in self.of(Cited))
        citations: tuple[Citation, ...] = tuple(one for event in self.of(Cited) for one in event.citations)
        removed = tuple(self.of(Removed))
        short = [event.short for event in self.of(Cited) if event.short]
        status: Status = "answered"
        if not claims:
            status = "not_in_corpus"
        elif self._lacks(claims):
            status = "partial"
        return Answer(
            query=self.query,
            status=status,
            claims=claims,
            citations=citations,
            evidence=self._evidence,
            generator=self._generator,
            snapshot=self._snapshot,
            rejected=tuple(self.of(Rejected)),
            removed=removed,
            notices=tuple(self.of(Notice)),
            cut=self.cut,
            usage=self.usage,
            timings=Timings(self._search, self._first_token, self._elapsed()),
            opening=self.opening,
            translations=tuple(self.of(Translation)),
            short=tuple(sorted(short, key=lambda one: one.probability, reverse=True)),
            probability=self.probability,
        )

    def _lacks(self, claims: tuple[Claim, ...]) -> bool:
        """Whether a claim was removed, cut off or unsupported, or part of the question is unanswered."""
        reserved = any(notice.kind in {"in_part", "unclear"} for notice in self.of(Notice))
        return self.cut or reserved or bool(self.of(Removed)) or any(one.support == "unsupported" for one in claims)

    def _elapsed(self) -> float:
        return (self._clock() - self._asked) * 1000


# Reviews the drafts of the generator and falls back to plain evidence if it fails. Raw model tokens never leave this
# file.


@dataclass(slots=True)
class _Drafting:
    """Review of the drafts of one answer.

    `refused`: the model said that the evidence does not answer the question. `cut`: its reply ended before its end.
    """

    query: Query
    evidence: tuple[Evidence, ...]
    record: _Record
    review: Review
    kind: GeneratorKind
    refused: bool = False
    cut: bool = False

    def events(self, generator: Drafts, cancel: Cancel) -> Iterator[Event]:
        """Reviewed drafts as events. A model failure becomes a notice; `_Run._completed` then falls back to the
        evidence."""
        drafted = False
        language = self.query.language
        try:
            for draft in generator(self.query, self.evidence, cancel):
                drafted = drafted or not isinstance(draft, End)
                if isinstance(draft, Pointed):
                    yield from self.review.pointed(draft)
                elif isinstance(draft, Written):
                    yield from self.review.written(draft)
                elif isinstance(draft, Refused):
                    self.refused = True
                else:
                    self.cut = draft.finish_reason != "stop" and self.kind == "writer"
        except (LLMError, ModelError) as error:
            self.cut = isinstance(error, LLMError) and error.started
            if not self.record.has_support:
                yield Notice("llm", say("llm_failed", language, reason=reason_for(error, language)))
        told = bool(self.record.of(Notice)) or cancel.is_set()
        if not drafted and not self.cut and not told:
            yield Notice("llm", say("llm_failed", language, reason=say("nothing", language)))
        if self.cut and not told:
            yield Notice("cut", say("cut", language))

    def plain(self) -> Iterator[Event]:
        """The best evidence verbatim, as the fallback if no draft can be shown."""
        for item in near(self.evidence):
            yield from self.review.pointed(Pointed(item))


class Answerer:
    """Answers questions: `stream` yields events as they happen, `answer` returns the complete `Answer`.

    `generate` is the writer model, required by kind ``writer`` and None for the others. `read` is the reader that
    reranks search results, required by kind ``reader``. `model` is the model name that the answer shows. `names` are
    the user's own names, used by the claim checks; `latin_in` returns how the archive spells in Latin letters the names
    that a text has in Arabic ones; `verify` reads a writer's sentences with their quotes. Raises ValueError if `kind`
    does not match `generate` or `read`.
    """

    def __init__(
        self,
        search: Search,
        generate: Generate | None = None,
        *,
        kind: GeneratorKind = "extractive",
        read: Rerank | None = None,
        model: str = "",
        similarity: Similarity = lambda claims, quotes: [0.0 for _ in zip(claims, quotes, strict=True)],
        policy: Policy = DEFAULT,
        names: OwnNames = NONE,
        latin_in: Callable[[str], Sequence[str]] = lambda _text: (),
        verify: Verify | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if (generate is None) == (kind == "writer") or (read is None and kind == "reader"):
            raise ValueError(f"generator kind {kind} does not match the models given: {generate=!r}, {read=!r}")
        self.search = search
        self.read = read
        self._generate = generate
        self._kind = kind
        self.similarity = similarity
        self.policy = policy
        self._names = names
        self._latin_in = latin_in
        self.verify = verify
        self._clock = clock
        self.name = f"{kind}:{model}" if model else kind

    def without_model(self) -> Answerer:
        """The same answerer without a language model: kind ``reader``, or ``extractive`` without a reader."""
        if self._generate is None:
            return self
        return Answerer(
            self.search,
            kind="reader" if self.read else "extractive",
            read=self.read,
            model=self.read.name if self.read else "",
            similarity=self.similarity,
            policy=self.policy,
            names=self._names,
            latin_in=self._latin_in,
            verify=self.verify,
            clock=self._clock,
        )

    def answer(self, query: Query, cancel: Cancel | None = None) -> Answer:
        """Return the complete answer, cut off if `cancel` is set meanwhile.

        Raises what the search raises; a model failure becomes a notice, not an error.
        """
        *_, last = self.stream(query, cancel)
        if not isinstance(last, Done):
            raise TypeError("the last event of the stream is not Done")
        return last.answer

    def stream(self, query: Query, cancel: Cancel | None = None) -> Iterator[Event]:
        """Yield `Started`, then claims, notices and other events, then `Done` with the complete answer."""
        record = _Record(query, self.name, self._clock)
        yield from _Run(self, record, cancel or Cancel()).events()
        yield Done(record.fold())


class _Run:
    """One run of the answer pipeline."""

    def __init__(self, answerer: Answerer, record: _Record, cancel: Cancel) -> None:
        self._answerer = answerer
        self._record = record
        self._cancel = cancel
        self._evidence: tuple[Evidence, ...] = ()
        self._unclear = ""
        """The message that says why the evidence is not a clear answer; empty if it is one."""

    def events(self) -> Iterator[Event]:
        """Yield events, each recorded before it is yielded because later steps read the record."""
        for event in self._steps():
            self._record.keep(event)
            yield event

    def _steps(self) -> Iterator[Event]:
        policy = self._answerer.policy
        query = whole(self._record.query, self._counted if self._writes else None, self._cancel)
        found = self._answerer.search(query)
        if self._answerer.read:
            found = self._answerer.read(query, found, self._cancel)
        self._record.searched()
        self._record.probability = found.probability
        self._evidence = select(found, policy.evidence_sentences, query.searched)
        yield Started(query, self._evidence, found.snapshot)
        if self._cancel.is_set():
            yield self._cancelled()
            return
        judged = verdict(query, found, policy)
        if not self._evidence or judged == "absent":
            yield from self._refused(query, found)
            return
        # A writer refuses by itself if the evidence does not answer, and its sentences are checked.
        if not self._writes:
            self._unclear = self._why_unclear(query, judged)
        review = Review(
            query,
            self._evidence,
            self._answerer.similarity,
            policy.min_similarity,
            self._answerer._names,
            self._answerer._latin_in,
            self._answerer.verify,
        )
        drafting = _Drafting(query, self._evidence, self._record, review, self._answerer._kind)
        yield from self._reserved(drafting.events(self._generator(query, found), self._cancel))
        self._record.cut = drafting.cut
        if self._cancel.is_set():
            yield self._cancelled()
            return
        yield from self._completed(drafting, found)
        if any(problem.kind != "cut" for event in self._record.of(Removed) for problem in event.problems):
            yield Notice("replaced", say("replaced", query.language))
        yield from self._compared(query)
        yield from self._translations(query.language)

    def _why_unclear(self, query: Query, judged: Verdict) -> str:
        """The message that says why the evidence is not a clear answer; empty if it is one."""
        shown = near(self._evidence)
        # By its own words: a follow-up is searched with words of the question before, which it may replace.
        if of_another_time(query.question, shown):
            return say("unclear_time", query.language)
        if lacking := unstated_names(query.question, shown, self._answerer._names):
            return say("unclear_name", query.language, names=in_quotes(one.of(query.question) for one in lacking))
        return say("unclear", query.language) if judged == "unclear" else ""

    def _completed(self, drafting: _Drafting, found: Found) -> Iterator[Event]:
        """Fallback if there are no drafts or none of them is supported."""
        if drafting.refused and not self._record.of(Cited):
            yield from self._refused(drafting.query, found)
        elif not self._record.has_support:
            yield from self._reserved(drafting.plain())
        elif drafting.refused:
            yield Notice("in_part", say("in_part", drafting.query.language))

    def _reserved(self, events: Iterator[Event]) -> Iterator[Event]:
        """The same events, with a notice before the first claim if nothing answers the question clearly."""
        for event in events:
            if self._unclear and isinstance(event, Cited) and not self._record.of(Cited):
                yield Notice("unclear", self._unclear)
            yield event

    def _compared(self, query: Query) -> Iterator[Notice]:
        """Notice whether matching reports agree, or else that several match. No notice for an unclear answer."""
        if self._unclear:
            return
        citations = [citation for event in self._record.of(Cited) for citation in event.citations]
        cited = [citation.article.id for citation in citations]

        def first(item: Evidence) -> bool:
            return item.article.id not in cited[:1]

        begun = sorted(near(self._evidence), key=first)
        others = sorted(comparable(self._evidence), key=first)
        if cited and (compared := agreement(others, citations, query.searched, query.language)):
            yield compared
        elif cited and (fits := several(begun, query.searched, query.language)):
            yield fits

    def _translations(self, language: Language) -> Iterator[Event]:
        """Translations by the writer model, after all claims; skipped if the model has just failed."""
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
        # An unclear answer has no short answer: 2.0 is above every probability.
        return pointing(partial(read.short_probability, query, found), 2.0 if self._unclear else least)

    def _timed(self, prompt: Prompt, cancel: Cancel) -> Iterator[Delta | End]:
        for part in self._counted(prompt, cancel):
            self._record.spoke()
            yield part

    def _counted(self, prompt: Prompt, cancel: Cancel) -> Iterator[Delta | End]:
        if self._answerer._generate is None:
            raise TypeError("only the generator kind 'writer' calls a language model")
        for part in self._answerer._generate(prompt, cancel):
            if isinstance(part, End):
                self._record.spent(part.usage)
            yield part

    def _refused(self, query: Query, found: Found) -> Iterator[Notice]:
        """Set the opening of a refusal; with a notice if the phrases of the question are what leaves nothing."""
        what = "not_in_corpus" if self._evidence else "empty_corpus"
        self._record.opening = say(what, query.language, searched=found.searched)
        if query.filters.phrases and not found.searched:
            without = replace(query, filters=replace(query.filters, phrases=()))
            if self._answerer.search(without).searched:
                yield Notice("phrase", say("phrase", query.language, phrases=in_quotes(query.filters.phrases)))
