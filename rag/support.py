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


WEIGHTS: Final[dict[str, float]] = {
    "across": 1.69,
    "across denials": -0.91,
    "across inverted": 0.76,
    "across longer": 0.71,
    "across near": 1.84,
    "across replaced": 0.37,
    "across unmatched": -0.94,
    "date": -4.05,
    "figure": -3.72,
    "more": -0.89,
    "name": -2.63,
    "negation": -2.96,
    "opposite": -4.09,
    "speaker": 0.06,
    "unit": -1.36,
    "within": 1.6,
    "within denials": -0.26,
    "within doubtful": 0.21,
    "within inserted": 0.62,
    "within inverted": 1.1,
    "within longer": -1.62,
    "within near": 1.35,
    "within replaced": -0.58,
    "within unmatched": 0.85,
}


def score_of(signs: Signs) -> float:
    """The weighed sum of the features, through the logistic function."""
    total = sum(WEIGHTS.get(name, 0.0) * value for name, value in signs.features().items())
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))
