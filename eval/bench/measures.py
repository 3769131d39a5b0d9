"""Ranks and scores of many questions → numbers with their uncertainty. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

RESAMPLES = 1000
DEPTH = 20
"""Ranks below this count as not found."""


def recall_at(ranks: Sequence[int | None], k: int) -> float:
    """The share of questions whose answer stands among the first `k`; a rank is from 1, None when not found."""
    return sum(rank is not None and rank <= k for rank in ranks) / len(ranks)


def reciprocal_rank(ranks: Sequence[int | None]) -> float:
    """The mean of 1 / rank, in which what was not found counts as 0."""
    return sum(1 / rank for rank in ranks if rank is not None) / len(ranks)


def interval(hits: Sequence[float]) -> tuple[float, float]:
    """The 95 % percentile bootstrap interval of the mean, from a fixed seed."""
    values = np.asarray(hits, dtype=float)
    chance = np.random.default_rng(0)
    means = [values[chance.integers(0, len(values), len(values))].mean() for _ in range(RESAMPLES)]
    return float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))


def area_under_curve(positive: ArrayLike, negative: ArrayLike) -> float:
    """How often a score of the first kind is above one of the second; equal ones count half."""
    high, ordered = np.asarray(positive, dtype=float), np.sort(np.asarray(negative, dtype=float))
    below = np.searchsorted(ordered, high, side="left")
    equal = np.searchsorted(ordered, high, side="right") - below
    return float((below + equal / 2).sum() / (len(high) * len(ordered)))


def threshold(positive: NDArray[np.float64], refused: float) -> float:
    """The score below which the share `refused` of the answerable questions lies."""
    return float(np.quantile(positive, refused))
