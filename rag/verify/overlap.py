"""Measure how closely the words of a claim follow its quotes: which are in them, in what order, and which are replaced.

Soft evidence for the score, never alone a reason to reject a claim. In one language, a word matches by its stem or
sense; across languages by its sense, its sound or the gazetteer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise
from typing import Final, NamedTuple

from rag.text.concepts import Sense, english_stem
from rag.text.name_shapes import is_given, is_ordinary_arabic, is_particle
from rag.text.normalise import ARABIC, same
from rag.text.numbers import numbers
from rag.types import Span
from rag.verify.names import NameReading, crosses
from rag.verify.negation import Sayings

_SLOT: Final = 2
_STOPS: Final = frozenset(
    """a an the of to in on at by for with from as and or that this these those it its is are was were be been being has
    have had do does did he she they his her their him them who whom which what when where while if then than so such
    into     about over also not no up out after before there s t one""".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Closeness:
    """`unmatched`: share of the claim's content words that are in no quote; `replaced`: number of words for which a
    quote has another word between the same neighbours; `inverted`: share of adjacent matches that the quote has in the
    other order; `inserted`: number of words between two that are adjacent in the quote. Shares are in [0, 1]."""

    unmatched: float
    replaced: int
    inserted: int
    inverted: float
    matched: int


def closeness(
    claim: NameReading, said: Sayings, quotes: Sequence[NameReading], sayings: Sequence[Sayings]
) -> Closeness:
    """Compare the words of a claim with all quotes together."""
    content = [index for index, word in enumerate(claim.words) if is_content(word.text)]
    places = {index: found for index in content if (found := _places(claim, said, index, quotes, sayings))}
    every = {index: _places(claim, said, index, quotes, sayings) for index in range(len(claim.words))}
    replaced = inserted = 0
    for index in content:
        if index in places or not 0 < index < len(claim.words) - 1:
            continue
        before, after = every[index - 1], every[index + 1]
        if any(right - left == _SLOT for left in before for right in after):
            replaced += 1
        elif any(right - left == 1 for left in before for right in after):
            inserted += 1
    order = [(min(places[one]), min(places[other])) for one, other in pairwise(sorted(places))]
    return Closeness(
        unmatched=1 - len(places) / len(content) if content else 0.0,
        replaced=replaced,
        inserted=inserted,
        inverted=sum(one > other for one, other in order) / len(order) if order else 0.0,
        matched=len(places),
    )


def is_content(word: str) -> bool:
    """Whether a normalised word is a content word."""
    return not is_particle(word) if ARABIC.match(word) else word not in _STOPS and len(word) > 1


def _places(
    claim: NameReading, said: Sayings, index: int, quotes: Sequence[NameReading], sayings: Sequence[Sayings]
) -> tuple[int, ...]:
    """Positions of a word of the claim in the quotes; positions of each quote continue after those of the quote
    before."""
    found: list[int] = []
    start = 0
    for quote, saying in zip(quotes, sayings, strict=True):
        found.extend(start + place for place in meeting(claim, said, index, quote, saying))
        start += len(quote.words) + _SLOT + 1
    return tuple(found)


def meeting(claim: NameReading, said: Sayings, index: int, quote: NameReading, saying: Sayings) -> list[int]:
    """Indexes in a quote of a word of a claim: the word itself, a synonym, or a name of the same place."""
    codes = next((place.codes for place in claim.places if place.first <= index < place.last), frozenset())
    named = {
        place
        for name in quote.places
        if codes and not codes.isdisjoint(name.codes)
        for place in range(name.first, name.last)
    }
    if own := claim.own_at(index):
        named.update(place for place in range(len(quote.words)) if not own.isdisjoint(quote.own_at(place)))
    one, ours = claim.words[index].text, said.senses[index]
    for place, word in enumerate(quote.words):
        if _meets(one, word.text, ours, saying.senses[place]):
            named.add(place)
    return sorted(named)


@lru_cache(1 << 15)  # the same words meet in every quote, and twice in each: for the swap and for the closeness
def _meets(one: str, other: str, ours: frozenset[Sense], theirs: frozenset[Sense]) -> bool:
    if one == other or not ours.isdisjoint(theirs):
        return True
    arabic = ARABIC.match(one) is not None
    if arabic == (ARABIC.match(other) is not None):
        return same(one, other) if arabic else english_stem(one) == english_stem(other)
    if not ours and not theirs and is_content(one) and is_content(other):
        return crosses(other, (one,), exactly=True) if arabic else crosses(one, (other,), exactly=True)
    return False


# Detects swapped names or figures: who visited whom, which of two costs which.
#
# No parsing: the claim is a walk over the positions of its words in a quote; if the walk gets much shorter with two of
# its names or figures swapped, the quote most likely has them in that order.

_FARTHEST: Final = 60
_BACK: Final = 15
_FEWEST: Final = 3
"""Code points: maximum cost of a step of the walk, and the extra cost of a step backwards."""
_LINKS: Final = frozenset({"and", "or", "nor", "و", "او", "ولا", "with"})


class Swap(NamedTuple):
    """By how many code points the walk gets shorter if two parts of the claim are swapped, and the span of both."""

    gain: int
    span: Span


class _Stop(NamedTuple):
    """A part of the claim: its span, its type (figure, name or word), and its positions in the quote."""

    span: Span
    kind: str
    there: tuple[int, ...]


def swap(claim: NameReading, said: Sayings, quote: NameReading, saying: Sayings) -> Swap | None:
    """The swap of two names or two figures that shortens the walk the most; None if none does."""
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


def _figures(claim: NameReading, quote: NameReading) -> Iterator[_Stop]:
    theirs = numbers(quote.text)
    for number in numbers(claim.text):
        there = tuple(other.span.start for other in theirs if other.agrees(number))
        if there:
            yield _Stop(number.span, "figure", there)


def _words(claim: NameReading, said: Sayings, quote: NameReading, saying: Sayings) -> Iterator[_Stop]:
    for index, word in enumerate(claim.words):
        if not is_content(word.text):
            continue
        there = tuple(quote.words[place].span.start for place in meeting(claim, said, index, quote, saying))
        if there:
            yield _Stop(word.span, "name" if _is_name(claim, said, index) else "word", there)


def _is_name(claim: NameReading, said: Sayings, index: int) -> bool:
    if claim.own_at(index) or any(place.first <= index < place.last for place in claim.places):
        return True
    if said.senses[index]:
        return False
    word = claim.words[index]
    if ARABIC.match(word.text):
        return is_given(word.text) or not is_ordinary_arabic(word)
    return word.span.of(claim.text)[:1].isupper()


def _are_listed(claim: NameReading, first: _Stop, second: _Stop) -> bool:
    """Whether two names are in one list, whose order has no meaning."""
    between = [
        word.text for word in claim.words if first.span.end <= word.span.start and word.span.end <= second.span.start
    ]
    joined = claim.text[second.span.start : second.span.start + 1] == "و"
    return len(between) <= _FEWEST and (joined or not _LINKS.isdisjoint(between))
