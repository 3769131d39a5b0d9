"""Generators that turn evidence into drafts of claims that are slices of it: extractive, and by a reader model.

A draft is not shown before `rag.generate.answer` has it checked. `rag.generate.writer` holds the third generator, a
language model that writes free text.
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
    """A draft that is a sentence of the source; `marked` is the span of the answer in it, if any.

    `probability` is set if these words are a short answer: the probability that they are right.
    """

    evidence: Evidence
    marked: Span | None = None
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A draft that a model wrote: one sentence with its ``[n]``; `whole` is False if the reply was cut inside it."""

    text: str
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Refused:
    """The model says that the evidence does not answer. `wholly`: the reply is exactly the refusal word of the
    prompt."""

    wholly: bool = True


_NEAR: Final = 0.04
"""Maximum difference from the best sentence's score for a sentence to be in the answer (see docs/decisions/)."""
NEAR_SHARE: Final = 0.5
"""The same for sentences read by a reader: the minimum share of the best sentence's probability."""
_COMPARED_SHARE: Final = 0.1
"""The minimum share for a sentence that is only compared with the best."""

GeneratorKind = Literal["extractive", "reader", "writer"]
Draft = Pointed | Written | Refused | End
Drafts = Callable[[Query, Sequence[Evidence], Cancel], Iterator[Draft]]


def extractive(query: Query, evidence: Sequence[Evidence], cancel: Cancel) -> Iterator[Draft]:  # noqa: ARG001
    """The best evidence sentences, verbatim, in order, without those that score far below the first."""
    for item in near(evidence):
        yield Pointed(item)


def near(evidence: Sequence[Evidence]) -> list[Evidence]:
    """The evidence, best first, without sentences far below the best by the reader's probability or by search score."""
    best = evidence[0]
    if best.bears is not None:
        return [item for item in evidence if item.bears is not None and item.bears >= NEAR_SHARE * best.bears]
    return [item for item in evidence if item.score >= best.score - _NEAR]


def comparable(evidence: Sequence[Evidence]) -> list[Evidence]:
    """The evidence that may be compared with the best: that near it and, where a reader read, all that it finds likely.

    A sentence that says otherwise is rarely as likely as the best, and is never left unsaid for that reason alone.
    """
    best = evidence[0]
    if best.bears is None:
        return near(evidence)
    return [item for item in evidence if item.bears is not None and item.bears >= _COMPARED_SHARE * best.bears]


def pointing(probability: Callable[[Hit], float | None], least: float) -> Drafts:
    """Generator of the best evidence sentences, with the answer span that the reader found in each.

    `probability` returns the probability that a hit's answer span is right; from `least` up, the span is a short
    answer.
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
    """The reader's answer span in a sentence; None if there is none.

    The span is widened so that it does not split a figure, such as the 3 of "3 million" or the 5 of "-5", and keeps a
    qualifier such as ``more than``.
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


def _phrases(*listed: str) -> frozenset[str]:
    return frozenset(phrase for phrases in listed for phrase in phrases.split("|"))


EXCLUSIVE: Final = _phrases("اكثر من|اقل من|ما يزيد علي|ما يزيد عن", "more than|less than|fewer than|over")
"""Qualifiers that say that the figure itself is not meant; normalised."""
_QUALIFIERS: Final = EXCLUSIVE | _phrases(
    "نحو|حوالي|قرابه|زهاء|ما يقارب|ما لا يقل عن", "at least|at most|about|around|nearly|almost"
)


def qualifier_before(text: str) -> str:
    """The qualifier of a figure that a text ends with, such as ``more than``, normalised; empty if there is none."""
    phrase = " ".join(_LETTERS.findall(normalise(text[-_PHRASE:])[0]))
    return next(
        (one for one in _QUALIFIERS if phrase in {one, f"و{one}"} or phrase.endswith((f" {one}", f" و{one}"))), ""
    )


_LETTERS: Final = re.compile(r"[^\W\d_]+")
_PHRASE: Final = 40
_BEFORE: Final = re.compile(r"\S+\s*")


def _qualified(item: Evidence, span: Span) -> int:
    """Start of `span`, moved left to include a qualifier such as ``more than`` before it."""
    words = list(_BEFORE.finditer(item.article.text, item.span.start, span.start))
    for count in range(min(4, len(words)), 0, -1):
        start = words[-count].start()
        before = " ".join(normalise(item.article.text[start : span.start])[0].split())
        if before in _QUALIFIERS or before.removeprefix("و") in _QUALIFIERS:
            return start
    return span.start
