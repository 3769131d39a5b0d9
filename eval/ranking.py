"""Ranking measures of one question: recall, reciprocal rank, nDCG and hit rate at a cut-off. Pure.

A ranking is a list of what each rank covers: indices of units, which are passages, articles or gold spans that answer.
A unit counts once, at the first rank that covers it; units that one rank covers together are one. Where each rank
covers at most one unit, as in a TREC run, the values are those of trec_eval (``R@k``, ``RR@k``, ``nDCG@k``,
``Success@k`` of ir_measures): the gain of a unit is its grade, the discount log2(rank + 1).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

CUTS = (1, 3, 5, 10, 20)
"""The cut-offs that a report tells."""
DEPTH = max(CUTS)


@dataclass(frozen=True, slots=True)
class Ranking:
    """The grade found at each rank (0 where it covers nothing new), and the grades of all units, highest first."""

    grades: tuple[int, ...]
    ideal: tuple[int, ...]

    @classmethod
    def of(cls, covered: Sequence[AbstractSet[int]], units: Sequence[int]) -> Ranking:
        """`covered` are the units of each rank, `units` the grade of each, from 1."""
        left = set(range(len(units)))
        joined: list[int] = []
        grades: list[int] = []
        for rank in covered:
            new = left & rank
            grade = max((units[unit] for unit in new), default=0)
            grades.append(grade)
            if new:
                joined.append(grade)
            left -= new
        return cls(tuple(grades), tuple(sorted([*joined, *(units[unit] for unit in left)], reverse=True)))

    def recall(self, k: int) -> float | None:
        """The share of the units that the first `k` ranks cover; None where there is no unit."""
        return sum(grade > 0 for grade in self.grades[:k]) / len(self.ideal) if self.ideal else None

    def hit_rate(self, k: int) -> float | None:
        """1 where the first `k` ranks cover a unit, else 0."""
        return float(any(self.grades[:k])) if self.ideal else None

    def reciprocal_rank(self, k: int) -> float | None:
        """1 over the first rank that covers a unit; 0 where none of the first `k` does."""
        if not self.ideal:
            return None
        return next((1 / rank for rank, grade in enumerate(self.grades[:k], 1) if grade), 0.0)

    def ndcg(self, k: int) -> float | None:
        """The discounted gain of the first `k` ranks over the best that any ranking has (Järvelin, Kekäläinen 2002)."""
        best = _gain(self.ideal[:k])
        return _gain(self.grades[:k]) / best if best else None

    def measures(self, prefix: str = "") -> dict[str, float | None]:
        """All of them at `CUTS`, by name."""
        found: dict[str, float | None] = {}
        for k in CUTS:
            found[f"{prefix}recall@{k}"] = self.recall(k)
            found[f"{prefix}hit_rate@{k}"] = self.hit_rate(k)
            found[f"{prefix}mrr@{k}"] = self.reciprocal_rank(k)
            found[f"{prefix}ndcg@{k}"] = self.ndcg(k)
        return found


def _gain(grades: Sequence[int]) -> float:
    return sum(grade / math.log2(rank + 1) for rank, grade in enumerate(grades, 1))
