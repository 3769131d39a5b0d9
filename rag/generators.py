"""Evidence → drafts of claims that are slices of it: extractive and reader (DESIGN, decision 4).

A draft is not yet shown to anyone: `rag.drafting` has it checked. The third way, in which a model writes free text, is
`rag.replies.writing`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from threading import Event as Cancel
from typing import Final, Literal

from rag.arabic import normalise
from rag.citations import without_markers
from rag.language.sentences import trim
from rag.prompt import NONE, reader_prompt, words
from rag.types import Delta, End, Evidence, Generate, Query, Span


@dataclass(frozen=True, slots=True)
class Pointed:
    """A draft that is a sentence of the source; `marked` are the words in it that answer, if any."""

    evidence: Evidence
    marked: Span | None = None


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
"""How far below the best sentence's score another still stands in an answer (docs/decisions.md)."""

Kind = Literal["extractive", "reader", "writer"]
Draft = Pointed | Written | Refused | End
Drafts = Callable[[Query, Sequence[Evidence], Cancel], Iterator[Draft]]


def extractive(query: Query, evidence: Sequence[Evidence], cancel: Cancel) -> Iterator[Draft]:  # noqa: ARG001
    """The best evidence sentences, verbatim, in their order, without those that lie far behind the first."""
    for item in near(evidence):
        yield Pointed(item)


def near(evidence: Sequence[Evidence]) -> list[Evidence]:
    """The evidence, best first, without what scores more than `NEAR` below the best."""
    return [item for item in evidence if item.score >= evidence[0].score - NEAR]


def reader(generate: Generate) -> Drafts:
    """The model points at words of the evidence, or says none; anything else that it sends is no draft."""

    def read(query: Query, evidence: Sequence[Evidence], cancel: Cancel) -> Iterator[Draft]:
        reply, end = "", End(None)
        for part in generate(reader_prompt(query.searched, evidence, query.language), cancel):
            if isinstance(part, Delta):
                reply += part.text
            else:
                end = part
        if _is_none(reply):
            yield Refused()
        elif pointed := point(reply, evidence):
            yield pointed
        yield end

    return read


def _is_none(reply: str) -> bool:
    return "".join(filter(str.isalnum, without_markers(reply))).casefold() == NONE


def point(reply: str, evidence: Sequence[Evidence]) -> Pointed | None:
    """A reader's reply → the span of those words in the first sentence that has them; None unless one has.

    The words are compared one by one, so what is marked is a slice of the source whatever the model sent.
    """
    said = reply.split()
    for item in evidence if said else ():
        text = item.text
        spans = words(text)
        there = [span.of(text) for span in spans]
        for first in range(len(there) - len(said) + 1):
            if there[first : first + len(said)] == said:
                run = Span(spans[_qualified(there, first)].start, spans[first + len(said) - 1].end)
                marked = _without_punctuation(text, run)
                return Pointed(item, Span(item.span.start + marked.start, item.span.start + marked.end))
    return None


_QUALIFIERS = frozenset(
    phrase
    for phrases in (
        "اكثر من|اقل من|نحو|حوالي|قرابه|زهاء|ما يقارب|ما لا يقل عن|ما يزيد علي|ما يزيد عن",
        "more than|less than|fewer than|at least|at most|about|around|nearly|almost|over",
    )
    for phrase in phrases.split("|")
)


def _qualified(there: Sequence[str], first: int) -> int:
    """Where a run of words begins that starts at `first`, if ``more than`` or its like stands before it."""
    for count in range(min(4, first), 0, -1):
        before = " ".join(normalise(word)[0] for word in there[first - count : first])
        if before in _QUALIFIERS or before.removeprefix("و") in _QUALIFIERS:
            return first - count
    return first


def _without_punctuation(text: str, span: Span) -> Span:
    start, end = trim(text, span)
    while start < end and _is_edge(text[start]):
        start += 1
    while start < end and _is_edge(text[end - 1]):
        end -= 1
    return Span(start, end) if start < end else span


def _is_edge(character: str) -> bool:
    return character.isspace() or (unicodedata.category(character)[0] == "P" and character not in "%٪")
