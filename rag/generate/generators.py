"""Evidence → drafts of claims that are slices of it: extractive, and with the words that a reader points at.

A draft is not yet shown to anyone: `rag.generate.answer` has it checked. The third way, in which a model writes free
text, is `rag.generate.writer`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from threading import Event as Cancel
from typing import Final, Literal

from rag.retrieve.question import asks_for_a_clause
from rag.text.normalise import normalise
from rag.text.numbers import numbers
from rag.types import End, Evidence, Hit, Query, Span


@dataclass(frozen=True, slots=True)
class Pointed:
    """A draft that is a sentence of the source; `marked` are the words in it that answer, if any.

    `probability` is set where these words are a short answer, and is that they are right.
    """

    evidence: Evidence
    marked: Span | None = None
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A draft that a model wrote: one sentence with its ``[n]``; `whole` is False when the reply was cut in it."""

    text: str
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Refused:
    """The model says that the evidence does not answer; `wholly` in so many words, and nothing else counts."""

    wholly: bool = True


NEAR: Final = 0.04
"""How far below the best sentence's score another still stands in an answer (docs/decisions/)."""
NEAR_SHARE: Final = 0.5
"""The same where a reader read them: the share of the best sentence's probability that another must reach."""

GeneratorKind = Literal["extractive", "reader", "writer"]
Draft = Pointed | Written | Refused | End
Drafts = Callable[[Query, Sequence[Evidence], Cancel], Iterator[Draft]]


def extractive(query: Query, evidence: Sequence[Evidence], cancel: Cancel) -> Iterator[Draft]:  # noqa: ARG001
    """The best evidence sentences, verbatim, in their order, without those that lie far behind the first."""
    for item in near(evidence):
        yield Pointed(item)


def near(evidence: Sequence[Evidence]) -> list[Evidence]:
    """The evidence, best first, without what lies far behind the best: by its score, or by what reading made of it."""
    best = evidence[0]
    if best.bears is not None:
        return [item for item in evidence if item.bears is not None and item.bears >= NEAR_SHARE * best.bears]
    return [item for item in evidence if item.score >= best.score - NEAR]


def pointing(probability: Callable[[Hit], float | None], least: float) -> Drafts:
    """The best evidence sentences with the words in them that a reader points at.

    `probability` is that the words pointed at in a hit are right: from `least` up they are a short answer.
    """

    def point(query: Query, evidence: Sequence[Evidence], cancel: Cancel) -> Iterator[Draft]:  # noqa: ARG001
        said: list[str] = []
        leads = not asks_for_a_clause(query.question)
        for item in near(evidence):
            marked = marked_in(item)
            told = probability(item.hit) if marked and leads else None
            words = normalise(marked.of(item.article.text))[0] if marked else ""
            if told is None or told < least or any(words in other or other in words for other in said):
                told = None
            else:
                said.append(words)
            yield Pointed(item, marked, told)

    return point


def marked_in(item: Evidence) -> Span | None:
    """The words of a sentence that its reader points at; None where it points at none.

    No figure is cut in two, such as the 3 of 3 million and the 5 of -5, and a ``more than`` before one stays with it.
    """
    span = item.hit.reading.span if item.hit.reading else None
    if span is None or not item.span.contains(span):
        return None
    start, end = span
    for figure in numbers(item.text):
        first, last = figure.span.start + item.span.start, figure.span.end + item.span.start
        if first < end and start < last:
            start, end = min(start, first), max(end, last)
    if start > item.span.start and item.article.text[start - 1] in "-−+" and item.article.text[start].isdigit():
        start -= 1
    return Span(_qualified(item, Span(start, end)), end)


_QUALIFIERS = frozenset(
    phrase
    for phrases in (
        "اكثر من|اقل من|نحو|حوالي|قرابه|زهاء|ما يقارب|ما لا يقل عن|ما يزيد علي|ما يزيد عن",
        "more than|less than|fewer than|at least|at most|about|around|nearly|almost|over",
    )
    for phrase in phrases.split("|")
)


_BEFORE: Final = re.compile(r"\S+\s*")


def _qualified(item: Evidence, span: Span) -> int:
    """Where words begin that start at `span`, if ``more than`` or its like stands before them."""
    words = list(_BEFORE.finditer(item.article.text, item.span.start, span.start))
    for count in range(min(4, len(words)), 0, -1):
        start = words[-count].start()
        before = " ".join(normalise(item.article.text[start : span.start])[0].split())
        if before in _QUALIFIERS or before.removeprefix("و") in _QUALIFIERS:
            return start
    return span.start
