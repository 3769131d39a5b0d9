"""What the generator proposes → the events of its review, and what stands in for it where it fails.

Raw model tokens never leave this file. It refuses to know search, and when an answer is good enough.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from threading import Event as Cancel

from rag.errors import LLMError, ModelError
from rag.generators import Drafts, Kind, Pointed, Refused, Written, near
from rag.language.dates import dates
from rag.language.figures import numbers
from rag.language.phrases import say, why
from rag.questions.answer_type import answer_type
from rag.replies.record import Record
from rag.replies.review import Review
from rag.types import End, Event, Evidence, Notice, Query, Span


@dataclass(slots=True)
class Drafting:
    """The drafts of one answer while they are made. `refused`: the model said that the evidence does not answer.

    `sure` says that search is, so that a figure pointed at in its nearest sentence may lead the answer.
    """

    query: Query
    evidence: tuple[Evidence, ...]
    record: Record
    review: Review
    kind: Kind
    sure: bool
    refused: bool = False

    def events(self, generator: Drafts, cancel: Cancel) -> Iterator[Event]:
        """What the generator proposes, reviewed; its failure is told and the evidence stands in for it."""
        drafted = False
        language = self.query.language
        try:
            for draft in generator(self.query, self.evidence, cancel):
                drafted = drafted or not isinstance(draft, End)
                if isinstance(draft, Pointed):
                    yield from self._pointed(draft)
                elif isinstance(draft, Written):
                    yield from self.review.written(draft)
                elif isinstance(draft, Refused):
                    self.refused = True
                else:
                    self.record.cut = draft.finish_reason != "stop" and self.kind != "extractive"
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

    def _pointed(self, draft: Pointed) -> Iterator[Event]:
        """A figure leads the answer where one was asked for and search agrees; other words are marked in theirs."""
        if draft.marked is None or self._leads(draft.evidence, draft.marked):
            yield from self.review.pointed(draft)
            return
        shown = near(self.evidence)
        for item in self.evidence:
            if item is not draft.evidence and item not in shown:
                continue
            marked = draft.marked if item is draft.evidence else None
            yield from self.review.pointed(Pointed(item, marked), leading=False)

    def _leads(self, item: Evidence, marked: Span) -> bool:
        """A small model is right too rarely to lead with a name, which no code can hold against the question."""
        if not (self.sure and item is self.evidence[0] and answer_type(self.query.question) in {"number", "date"}):
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
