"""How closely the words of a claim follow its quotes: which stand there, in what order, and which one took a place.

Soft evidence: numbers for a score, never a reason to refuse a claim alone. In one language a word stands in a quote by
its stem or its sense, across languages by its sense, its sound or a table of places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from rag.text.common_words import is_particle
from rag.text.concepts import Sense, english_stem
from rag.text.words import ARABIC, same
from rag.verify.contradiction import Sayings
from rag.verify.crossing import crosses
from rag.verify.reading import Read

_SLOT: Final = 2
_STOPS: Final = frozenset(
    """a an the of to in on at by for with from as and or that this these those it its is are was were be been being has
    have had do does did he she they his her their him them who whom which what when where while if then than so such
    into     about over also not no up out after before there s t one""".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Closeness:
    """`unmatched`: the share of the claim's content words that stand in no quote; `replaced`: how many stand alone
    where a quote has another word between the same neighbours; `inverted`: the share of neighbouring matches that the
    quote has in the other order; `inserted`: words between two that are neighbours in the quote. Shares are in [0, 1].
    """

    unmatched: float
    replaced: int
    inserted: int
    inverted: float
    matched: int


def closeness(claim: Read, said: Sayings, quotes: Sequence[Read], sayings: Sequence[Sayings]) -> Closeness:
    """Hold the words of a claim against the quotes taken together."""
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
    """Whether a word in normal form says something by itself."""
    return not is_particle(word) if ARABIC.match(word) else word not in _STOPS and len(word) > 1


def _places(
    claim: Read, said: Sayings, index: int, quotes: Sequence[Read], sayings: Sequence[Sayings]
) -> tuple[int, ...]:
    """Where a word of the claim stands; the words of one quote are numbered on from those of the quote before."""
    found: list[int] = []
    start = 0
    for quote, saying in zip(quotes, sayings, strict=True):
        found.extend(start + place for place in meeting(claim, said, index, quote, saying))
        start += len(quote.words) + _SLOT + 1
    return tuple(found)


def meeting(claim: Read, said: Sayings, index: int, quote: Read, saying: Sayings) -> list[int]:
    """The places in a quote of the word of a claim: itself, one that says the same, or a name of the same place."""
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


def _meets(one: str, other: str, ours: frozenset[Sense], theirs: frozenset[Sense]) -> bool:
    if one == other or not ours.isdisjoint(theirs):
        return True
    arabic = ARABIC.match(one) is not None
    if arabic == (ARABIC.match(other) is not None):
        return same(one, other) if arabic else english_stem(one) == english_stem(other)
    if not ours and not theirs and is_content(one) and is_content(other):
        return crosses(other, (one,), exactly=True) if arabic else crosses(one, (other,), exactly=True)
    return False
