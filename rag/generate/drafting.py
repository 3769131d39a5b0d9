"""What the generator proposes → the events of its review, and what stands in for it where it fails.

Raw model tokens never leave this file. It refuses to know search, and when an answer is good enough.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from threading import Event as Cancel

from rag.errors import LLMError, ModelError
from rag.generate.generators import Drafts, Kind, Pointed, Refused, Written, near
from rag.generate.record import Record
from rag.generate.review import Review
from rag.text.messages import say, why
from rag.types import End, Event, Evidence, Notice, Query


@dataclass(slots=True)
class Drafting:
    """The drafts of one answer while they are made. `refused`: the model said that the evidence does not answer."""

    query: Query
    evidence: tuple[Evidence, ...]
    record: Record
    review: Review
    kind: Kind
    refused: bool = False

    def events(self, generator: Drafts, cancel: Cancel) -> Iterator[Event]:
        """What the generator proposes, reviewed; its failure is told and the evidence stands in for it."""
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
                    self.record.cut = draft.finish_reason != "stop" and self.kind == "writer"
        except (LLMError, ModelError) as error:
            self.record.cut = isinstance(error, LLMError) and error.started
            if not self.record.has_support:
                yield Notice("llm", say("llm_failed", language, reason=why(error, language)))
        told = bool(self.record.of(Notice)) or cancel.is_set()
        if not drafted and not self.record.cut and not told:
            yield Notice("llm", say("llm_failed", language, reason=say("nothing", language)))
        if self.record.cut and not told:
            yield Notice("cut", say("cut", language))

    def plain(self) -> Iterator[Event]:
        """The evidence as it stands, where no draft is left to show."""
        for item in near(self.evidence):
            yield from self.review.pointed(Pointed(item))
