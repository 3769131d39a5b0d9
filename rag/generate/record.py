"""The events of one answer as they happen, with their times, and the `Answer` that they fold into. Decides nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from rag.types import (
    Answer,
    Citation,
    Cited,
    Claim,
    Event,
    Evidence,
    Notice,
    Query,
    Rejected,
    Removed,
    Started,
    Status,
    Timings,
    Translation,
    Usage,
)

_E = TypeVar("_E")


class Record:
    """What is known of one answer so far. Times are in milliseconds since it was made."""

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
        self._generation = ""

    def keep(self, event: Event) -> None:
        self._events.append(event)
        if isinstance(event, Started):
            self.query, self._evidence, self._generation = event.query, event.evidence, event.generation

    def searched(self) -> None:
        """The search is done now."""
        self._search = self._elapsed()

    def spoke(self) -> None:
        """The model sent something now; only the first time counts."""
        if self._first_token is None:
            self._first_token = self._elapsed()

    def spent(self, usage: Usage | None) -> None:
        """A model read and wrote so much more; None where it does not say."""
        if usage is not None:
            before = self.usage or Usage(0, 0)
            self.usage = Usage(
                before.prompt_tokens + usage.prompt_tokens, before.completion_tokens + usage.completion_tokens
            )

    def of(self, kind: type[_E]) -> list[_E]:
        """The events of one kind, in order."""
        return [event for event in self._events if isinstance(event, kind)]

    @property
    def has_support(self) -> bool:
        return any(event.claim.support == "supported" for event in self.of(Cited))

    def fold(self) -> Answer:
        """The answer that the events amount to."""
        claims = tuple(event.claim for event in self.of(Cited))
        citations: tuple[Citation, ...] = tuple(one for event in self.of(Cited) for one in event.citations)
        removed = tuple(self.of(Removed))
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
            generation=self._generation,
            rejected=tuple(self.of(Rejected)),
            removed=removed,
            notices=tuple(self.of(Notice)),
            cut=self.cut,
            usage=self.usage,
            timings=Timings(self._search, self._first_token, self._elapsed()),
            opening=self.opening,
            translations=tuple(self.of(Translation)),
            short=tuple(event.short for event in self.of(Cited) if event.short),
            probability=self.probability,
        )

    def _lacks(self, claims: tuple[Claim, ...]) -> bool:
        """Whether something was taken out, cut off, unsupported or left unanswered."""
        reserved = any(notice.kind in {"in_part", "unclear"} for notice in self.of(Notice))
        return self.cut or reserved or bool(self.of(Removed)) or any(one.support == "unsupported" for one in claims)

    def _elapsed(self) -> float:
        return (self._clock() - self._asked) * 1000
