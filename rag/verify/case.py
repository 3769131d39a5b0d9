"""A claim and its quotes, each read once, and what every check says of them: problems, and the signs of the score.

It refuses to decide, and to put problems into words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rag.text.own_names import NONE, OwnNames
from rag.types import Context, Span
from rag.verify.attribution import last_speaker, lets_nobody_speak, misattributed
from rag.verify.contradiction import Sayings, contradictions
from rag.verify.figures import Quoted, unstated
from rag.verify.names import Missing, missing
from rag.verify.overlap import closeness
from rag.verify.reading import Read
from rag.verify.roles import Swap, swap
from rag.verify.support import Signs

_SWAPPED: Final = 40
"""Code points: true claims in their quote's language seldom gain so much."""


@dataclass(frozen=True, slots=True)
class Case:
    """`absent`: the names that no quote has; `exchanged`: the least exchange that every quote asks for, if they do."""

    claim: Read
    said: Sayings
    quotes: tuple[Read, ...]
    sayings: tuple[Sayings, ...]
    quoted: tuple[Quoted, ...]
    contexts: tuple[Context, ...]
    absent: tuple[Missing, ...]
    exchanged: Swap | None

    @classmethod
    def of(
        cls, claim: str, quotes: Sequence[str], contexts: Sequence[Context], question: str = "", names: OwnNames = NONE
    ) -> Case:
        """Read a claim and its quotes; there is one context for each quote. `names` are the user's own."""
        read, said = Read.of(claim, names), Sayings.of(claim)
        reads = tuple(Read.of(quote, names) for quote in quotes)
        sayings = tuple(Sayings.of(quote) for quote in quotes)
        return cls(
            read,
            said,
            reads,
            sayings,
            tuple(Quoted.of(quote, context) for quote, context in zip(quotes, contexts, strict=True)),
            tuple(contexts),
            tuple(missing(read, [*reads, *_last_speakers(reads, contexts)], question)),
            _least(swap(read, said, *pair) for pair in zip(reads, sayings, strict=True)),
        )

    @property
    def across(self) -> bool:
        """Whether claim and quotes are in two languages."""
        return self.claim.in_arabic() is not any(quote.in_arabic() for quote in self.quotes)

    def problems(self) -> Iterator[tuple[str, Span]]:
        """What is wrong: (kind, span in the claim)."""
        yield from unstated(self.claim.text, self.quoted)
        yield from (("name", name.span) for name in self.absent if name.sure)
        for one in contradictions(self.said, self.sayings):
            yield "opposite" if one.kind == "opposite" else "negation", one.span
        for span in misattributed(self.claim, self.quotes, self.contexts):
            yield "speaker", span
        if self.exchanged is not None and self.exchanged.gain >= _SWAPPED and not self.across:
            yield "roles", self.exchanged.span

    def signs(self, kinds: Sequence[str], similarity: float | None) -> Signs:
        """What the score is made of, with the kinds of the problems that were found."""
        return Signs(
            kinds=tuple(kinds),
            doubtful=sum(not name.sure for name in self.absent),
            close=closeness(self.claim, self.said, self.quotes, self.sayings),
            swapped=self.exchanged.gain if self.exchanged else 0,
            denials=abs(len(self.said.negations) - sum(len(one.negations) for one in self.sayings)),
            similarity=similarity,
            across=self.across,
        )


def _last_speakers(quotes: Sequence[Read], contexts: Sequence[Context]) -> Iterator[Read]:
    """Those who spoke last before quotes that let nobody speak by name: the he of « he said »."""
    for quote, context in zip(quotes, contexts, strict=True):
        if lets_nobody_speak(quote) and (last := last_speaker(context, quote.names)) is not None:
            yield last[0].part(last[1].words)


def _least(swaps: Iterator[Swap | None]) -> Swap | None:
    found = list(swaps)
    asked = [one for one in found if one is not None]
    return min(asked, default=None) if len(asked) == len(found) else None
