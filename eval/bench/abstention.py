"""Can the best score tell a question that the archive answers from one that it does not?

The same questions are asked twice: with their paragraph in the archive, and with it taken away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eval.bench.measures import area_under_curve, threshold
from eval.bench.retrieval import is_gold, query

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from eval.bench.data import QuestionSet
    from rag.types import Search

REFUSED = (0.05, 0.1)
"""Shares of answerable questions that may be refused."""


@dataclass(frozen=True, slots=True)
class Separation:
    """The best score of each question with its paragraph (`present`) and without it (`absent`)."""

    questions: str
    present: NDArray[np.float64]
    absent: NDArray[np.float64]

    @property
    def area(self) -> float:
        return area_under_curve(self.present, self.absent)

    def let_through(self, score: float) -> float:
        """The share of unanswerable questions whose best score is not below `score`."""
        return float((self.absent >= score).mean())


def measure(search: Search, sets: Sequence[QuestionSet]) -> list[Separation]:
    """No passage's score depends on another's presence, so the gold one is taken away by passing it over."""
    found = []
    for each in sets:
        present, absent = [], []
        for question in each.questions:
            hits = search(query(question)).hits
            present.append(hits[0].score)
            absent.append(next(hit.score for hit in hits if not is_gold(hit, question)))
        found.append(Separation(each.name, np.array(present), np.array(absent)))
    return found


def table(separations: Iterable[Separation]) -> str:
    """Markdown: the area under the curve, and for each share of refusals the score and what passes it."""
    titles = [f"score at {share:.0%} refused | unanswerable let through" for share in REFUSED]
    lines = [f"| questions | n | area under the curve | {' | '.join(titles)} |", "|---|---|---|" + "---|" * 4]
    for each in separations:
        scores = [threshold(each.present, share) for share in REFUSED]
        cells = [f"{score:.3f} | {each.let_through(score):.1%}" for score in scores]
        lines.append(f"| {each.questions} | {len(each.present)} | {each.area:.3f} | {' | '.join(cells)} |")
    return "\n".join(lines)
