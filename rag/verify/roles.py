"""Whether two names or two figures of a claim have changed places: who visited whom, which of two costs which.

It parses nothing. A claim is a walk over the places in a quote where its words stand; where the walk is much shorter
with two of its names or figures exchanged, the quote most likely has them so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from typing import Final, NamedTuple

from rag.text.name_shapes import is_given, is_ordinary_arabic
from rag.text.numbers import numbers
from rag.text.words import ARABIC
from rag.types import Span
from rag.verify.contradiction import Sayings
from rag.verify.overlap import is_content, meeting
from rag.verify.reading import Read

_FARTHEST: Final = 60
_BACK: Final = 15
_FEWEST: Final = 3
"""Code points: no step of the walk costs more; what a step backwards costs beside its length."""
_LINKS: Final = frozenset({"and", "or", "nor", "و", "او", "ولا", "with"})


class Swap(NamedTuple):
    """How many code points the walk would be shorter with two parts of the claim exchanged, and the span of both."""

    gain: int
    span: Span


class _Stop(NamedTuple):
    """A part of the claim: its span, what it is (figure, name or word), and where it stands in the quote."""

    span: Span
    kind: str
    there: tuple[int, ...]


def swap(claim: Read, said: Sayings, quote: Read, saying: Sayings) -> Swap | None:
    """The exchange of two names or two figures that shortens the walk the most; None where none does."""
    stops = sorted({*_figures(claim, quote), *_words(claim, said, quote, saying)})
    if len(stops) < _FEWEST:
        return None
    walk = [stop.there for stop in stops]
    length = _length(walk)
    best: Swap | None = None
    for one, other in combinations(range(len(stops)), 2):
        first, second = stops[one], stops[other]
        if first.kind != second.kind or first.kind == "word" or not set(first.there).isdisjoint(second.there):
            continue
        if _are_listed(claim, first, second):
            continue
        exchanged = list(walk)
        exchanged[one], exchanged[other] = walk[other], walk[one]
        gain = length - _length(exchanged)
        if gain > (best.gain if best else 0):
            best = Swap(gain, Span(first.span.start, second.span.end))
    return best


def _length(walk: Sequence[tuple[int, ...]]) -> int:
    return sum(
        min(_FARTHEST, min(abs(there - here) + (_BACK if there < here else 0) for here in one for there in other))
        for one, other in pairwise(walk)
    )


def _figures(claim: Read, quote: Read) -> Iterator[_Stop]:
    theirs = numbers(quote.text)
    for number in numbers(claim.text):
        there = tuple(other.span.start for other in theirs if other.agrees(number))
        if there:
            yield _Stop(number.span, "figure", there)


def _words(claim: Read, said: Sayings, quote: Read, saying: Sayings) -> Iterator[_Stop]:
    for index, word in enumerate(claim.words):
        if not is_content(word.text):
            continue
        there = tuple(quote.words[place].span.start for place in meeting(claim, said, index, quote, saying))
        if there:
            yield _Stop(word.span, "name" if _is_name(claim, said, index) else "word", there)


def _is_name(claim: Read, said: Sayings, index: int) -> bool:
    if claim.own_at(index) or any(place.first <= index < place.last for place in claim.places):
        return True
    if said.senses[index]:
        return False
    word = claim.words[index]
    if ARABIC.match(word.text):
        return is_given(word.text) or not is_ordinary_arabic(word)
    return word.span.of(claim.text)[:1].isupper()


def _are_listed(claim: Read, first: _Stop, second: _Stop) -> bool:
    """Whether two names are members of one list, whose order says nothing."""
    between = [
        word.text for word in claim.words if first.span.end <= word.span.start and word.span.end <= second.span.start
    ]
    joined = claim.text[second.span.start : second.span.start + 1] == "و"
    return len(between) <= _FEWEST and (joined or not _LINKS.isdisjoint(between))
