"""The signs of a claim's support → one score in [0, 1] that ranks claims.

The weights are those of a logistic regression on the tuning half of the claims in the tests' data; the other
half was not looked at. It refuses to decide: that a problem makes a claim unsupported is `rag.verify.claims`'s.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from rag.verify.overlap import Closeness

_MIDDLE: Final = {False: 0.93, True: 0.88}
"""The usual cosine of a true claim with its quote, in one language and across two."""


@dataclass(frozen=True, slots=True)
class Signs:
    """`kinds` of the problems; `doubtful`: words that may be names and stand nowhere; `denials`: how many negations one
    side has more; `swapped`: see `rag.verify.roles.Swap`;
    `across`: claim and quotes are in two languages.
    """

    kinds: tuple[str, ...]
    doubtful: int
    close: Closeness
    swapped: int
    denials: int
    similarity: float | None
    across: bool

    @property
    def strange(self) -> bool:
        """Whether so few of the claim's words stand in its quotes that it must be about something else."""
        many = self.close.matched / (1 - self.close.unmatched) if self.close.unmatched < 1 else _FEW
        return many >= _FEW and self.close.unmatched > _STRANGE[self.across]

    def features(self) -> dict[str, float]:
        """The numbers that are weighed, by name."""
        near = 0.0 if self.similarity is None else self.similarity - _MIDDLE[self.across]
        tongue = "across" if self.across else "within"
        return {
            **dict.fromkeys(self.kinds, 1.0),
            "more": max(0.0, len(self.kinds) - 1.0),
            f"{tongue} doubtful": min(self.doubtful, 3),
            f"{tongue} unmatched": self.close.unmatched,
            f"{tongue} replaced": min(self.close.replaced, 2),
            f"{tongue} inserted": min(self.close.inserted, 2),
            f"{tongue} inverted": self.close.inverted,
            f"{tongue} denials": min(self.denials, 3),
            f"{tongue} near": 10 * near,
            f"{tongue} swapped": min(self.swapped, 60) / 60,
            tongue: 1.0,
        }


_FEW: Final = 3
_STRANGE: Final = {False: 0.49, True: 0.96}
"""Of the tuning half's true claims one in forty has so many words that its quote has not, in its quote's language, and
one in fifty across languages; nearly all sentences from elsewhere in the article have."""
ENOUGH: Final = 0.45
"""A claim without a problem that scores less has too little in common with its quotes."""

WEIGHTS: Final[dict[str, float]] = {
    "across": 2.19,
    "across denials": -0.89,
    "across inserted": -0.21,
    "across near": 2.15,
    "across swapped": -0.34,
    "across unmatched": -0.21,
    "date": -4.49,
    "figure": -3.92,
    "name": -3.17,
    "negation": -3.23,
    "opposite": -4.17,
    "roles": -3.05,
    "speaker": -1.88,
    "unit": -3.28,
    "within": 1.01,
    "within denials": -0.1,
    "within near": 0.36,
    "within replaced": -0.73,
    "within swapped": -1.32,
    "words": -2.72,
}


def score_of(signs: Signs) -> float:
    """The weighed sum of the features, through the logistic function."""
    total = sum(WEIGHTS.get(name, 0.0) * value for name, value in signs.features().items())
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))
