"""Where a claim says the opposite of its quotes: a word for its opposite, a negation more or less.

A word and its opposite denied are one: what did not succeed failed. It refuses to know figures, names and who speaks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from rag.text.concepts import Sense, english_stem, read, turned
from rag.text.words import ARABIC, Word, same, words
from rag.types import Span
from rag.verify.negation import Negation, denied, implies, negations, reach

Kind = Literal["opposite", "added", "dropped"]
_WEAK: Final = frozenset({"up", "down", "since"})
"""Words that bear a claim out in a quote, and contradict none in a claim."""
_WHOLE: Final = 0.7
"""A claim of this share of its quote's words says all of it, so that a negation in the quote belongs in it."""


class Contradiction(NamedTuple):
    """`added`: the claim denies what a quote says; `dropped`: it says what a quote denies."""

    kind: Kind
    span: Span


@dataclass(frozen=True, slots=True)
class Sayings:
    """A text read for what it says and denies: senses by the place of a word, negations, and the places that are
    denied or that a negation at least reaches."""

    words: tuple[Word, ...]
    senses: tuple[frozenset[Sense], ...]
    negations: tuple[Negation, ...]
    denied: frozenset[int]
    reach: frozenset[int]

    @classmethod
    def of(cls, text: str) -> Sayings:
        found = words(text)
        senses: list[frozenset[Sense]] = []
        for sensed in read(found):
            senses.extend([sensed.senses] * (sensed.last - sensed.first))
        said = tuple(negations(text, found))
        return cls(tuple(found), tuple(senses), said, denied(said), reach(text, found, said))

    @property
    def denies(self) -> bool:
        """Whether it has a negation, or a word that does the work of one."""
        return bool(self.negations) or any(implies(word.text) for word in self.words)

    def members(self, group: int) -> set[int]:
        """The members of a set of opposites that this text states; one that it denies is the other of two."""
        return {
            self.stated(index, sense)
            for index, senses in enumerate(self.senses)
            for sense in senses
            if sense.table == "opposite" and sense.group == group
        }

    def stated(self, index: int, sense: Sense) -> int:
        if index not in self.denied:
            return sense.member
        return 1 - sense.member if turned()[sense.group] else sense.member


def contradictions(claim: Sayings, quotes: Sequence[Sayings]) -> list[Contradiction]:
    """The contradictions of a claim with all of its quotes together, in order of their places; spans are in it."""
    return sorted({*_opposites(claim, quotes), *_negated(claim, quotes)}, key=lambda one: one.span)


def _opposites(claim: Sayings, quotes: Sequence[Sayings]) -> Iterator[Contradiction]:
    for index, senses in enumerate(claim.senses):
        opposite = [sense for sense in senses if sense.table == "opposite"]
        if not opposite or claim.words[index].text in _WEAK or _is_by(claim.words, index):
            continue
        against = False
        for sense in opposite:
            ours = claim.stated(index, sense)
            theirs: set[int] = set().union(*(quote.members(sense.group) for quote in quotes))
            if ours in theirs:
                against = False
                break
            against = against or bool(theirs)
        if against:
            yield Contradiction("opposite", claim.words[index].span)


def _negated(claim: Sayings, quotes: Sequence[Sayings]) -> Iterator[Contradiction]:
    loose = any(not _aligned(quote, one, [claim]) for quote in quotes for one in quote.negations)
    for one in claim.negations:
        if one.again or _is_borne_out(claim, one, quotes):
            continue
        firmly = any(_places(claim, index, quote) for index in one.scope[:1] for quote in quotes)
        if (firmly and not loose) or not (one.nominal or any(quote.denies for quote in quotes)):
            yield Contradiction("added", claim.words[one.at].span)
    loose = any(not _aligned(claim, one, quotes) for one in claim.negations)
    for quote in quotes:
        same_script = bool(claim.words and ARABIC.match(claim.words[0].text)) is bool(
            quote.words and ARABIC.match(quote.words[0].text)
        )
        for one in quote.negations:
            here = [place for index in one.scope[: 1 + same_script] for place in _places(quote, index, claim)]
            if not here or one.again or loose or _is_borne_out(quote, one, [claim]):
                continue
            # Somewhere the quotes may say it too.
            if not any(place not in other.denied for other in quotes for place in _places(claim, here[0], other)):
                yield Contradiction("dropped", claim.words[here[0]].span)
                return
    says_all = len(quotes) == 1 and len(claim.words) >= _WHOLE * len(quotes[0].words)
    if says_all and not claim.denies and not all(one.nominal for one in quotes[0].negations):
        yield Contradiction("dropped", Span(claim.words[0].span.start, claim.words[-1].span.end))


def _aligned(text: Sayings, one: Negation, others: Sequence[Sayings]) -> bool:
    """Whether others have a word of what a negation denies."""
    return any(_places(text, index, other) for index in one.scope for other in others)


def _is_borne_out(text: Sayings, one: Negation, others: Sequence[Sayings]) -> bool:
    """Whether others deny what a negation of `text` denies, or state its opposite."""
    for index in one.scope:
        for other in others:
            if any(place in other.denied | other.reach for place in _places(text, index, other)):
                return True
            for sense in text.senses[index]:
                if (
                    sense.table == "opposite"
                    and turned()[sense.group]
                    and 1 - sense.member in other.members(sense.group)
                ):
                    return True
    return False


def _places(text: Sayings, index: int, other: Sayings) -> list[int]:
    """Where `other` has a word of `text`, or, where it has it nowhere, one that says the same."""
    literally = [
        place for place in range(len(other.words)) if _is_same(text.words[index].text, other.words[place].text)
    ]
    if literally:
        return literally
    return [place for place, senses in enumerate(other.senses) if not senses.isdisjoint(text.senses[index])]


def _is_same(one: str, other: str) -> bool:
    arabic = ARABIC.match(one) is not None
    if arabic is not (ARABIC.match(other) is not None):
        return False
    return same(one, other) if arabic else english_stem(one) == english_stem(other)


def _is_by(found: Sequence[Word], index: int) -> bool:
    """« من قبل » is by, not before; the قبل of accepting has no sense here."""
    return found[index].text == "قبل" and index > 0 and found[index - 1].text == "من"
