"""The signs of a claim's support → one score in [0, 1] that ranks claims.

The weights are those of a logistic regression on the tuning half of the claims in the tests' data; the other
half was not looked at. It refuses to decide: that a problem makes a claim unsupported is `rag.claims`'s.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from rag.closeness import Closeness

_MIDDLE: Final = {False: 0.93, True: 0.88}
"""The usual cosine of a true claim with its quote, in one language and across two."""


@dataclass(frozen=True, slots=True)
class Signs:
    """`kinds` of the problems; `doubtful`: words that may be names and stand nowhere; `denials`: how many negations one
    side has more; `across`: claim and quotes are in two languages; `longer`: the claim's words over the quotes'.
    """

    kinds: tuple[str, ...]
    doubtful: int
    close: Closeness
    denials: int
    similarity: float | None
    across: bool
    longer: float

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
            f"{tongue} longer": min(self.longer, 1.5),
            tongue: 1.0,
        }


ENOUGH: Final = 0.0
"""A claim without a problem that scores less has too little in common with its quotes."""

WEIGHTS: Final[dict[str, float]] = {
    "across": 2.6,
    "across denials": -0.73,
    "across inserted": -0.16,
    "across near": 2.03,
    "across unmatched": -1.19,
    "date": -4.28,
    "figure": -3.92,
    "more": -0.59,
    "name": -3.12,
    "negation": -3.26,
    "opposite": -4.22,
    "roles": -3.0,
    "speaker": -2.09,
    "unit": -3.15,
    "within": 1.35,
    "within denials": -0.21,
    "within near": 0.51,
    "within replaced": -0.81,
    "within unmatched": -0.41,
    "words": -3.0,
}


def score_of(signs: Signs) -> float:
    """The weighed sum of the features, through the logistic function."""
    total = sum(WEIGHTS.get(name, 0.0) * value for name, value in signs.features().items())
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))
