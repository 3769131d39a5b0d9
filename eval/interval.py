"""Means with their counts and 95 % intervals: bootstrap of scipy. Pure, and the same each time.

What cannot be told is None, never NaN: the mean of nothing, the interval of one value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

RESAMPLES = 2000
CONFIDENCE = 0.95
SEED = 20240101


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its interval and the number of questions behind it."""

    mean: float | None
    low: float | None
    high: float | None
    n: int

    def json(self) -> dict[str, float | int | None]:
        """``{"mean", "low", "high", "n"}``, rounded to six places."""
        return {
            "mean": _rounded(self.mean),
            "low": _rounded(self.low),
            "high": _rounded(self.high),
            "n": self.n,
        }


def mean(values: Sequence[float]) -> Estimate:
    """The mean and the percentile bootstrap interval of it (Efron, Tibshirani 1993, chapter 13)."""
    return _mean(tuple(map(float, values)))


@lru_cache(maxsize=1024)
def _mean(values: tuple[float, ...]) -> Estimate:
    """Kept, because many measures of a report have the same values."""
    if not values:
        return Estimate(None, None, None, 0)
    given = np.array(values)
    centre = float(given.mean())
    if len(given) == 1 or len(set(values)) == 1:
        end = None if len(given) == 1 else centre
        return Estimate(centre, end, end, len(given))
    low, high = _bootstrap((given,), np.mean)
    return Estimate(centre, low, high, len(given))


def paired(first: Sequence[float], second: Sequence[float]) -> Estimate:
    """The mean of the differences ``second - first`` of the same questions, and its interval."""
    return mean((np.asarray(second, dtype=float) - np.asarray(first, dtype=float)).tolist())


def area_under_curve(positive: Sequence[float], negative: Sequence[float]) -> Estimate:
    """How often a score of the first kind is above one of the second, equal ones counting half; None without either.

    This is the area under the ROC curve (Hanley, McNeil 1982); both kinds are resampled for the interval.
    """
    count = len(positive) + len(negative)
    if not positive or not negative:
        return Estimate(None, None, None, count)
    first, second = np.asarray(positive, dtype=float), np.asarray(negative, dtype=float)
    area = float(_area(first, second))
    if len(first) == 1 or len(second) == 1:
        return Estimate(area, None, None, count)
    low, high = _bootstrap((first, second), _area)
    return Estimate(area, low, high, count)


def _bootstrap(samples: tuple[Any, ...], statistic: Any) -> tuple[float, float]:
    from scipy.stats import bootstrap

    found = bootstrap(
        samples,
        statistic,
        vectorized=statistic is np.mean,
        confidence_level=CONFIDENCE,
        n_resamples=RESAMPLES,
        method="percentile",
        rng=np.random.default_rng(SEED),
    ).confidence_interval
    return float(found.low), float(found.high)


def _area(positive: Any, negative: Any) -> float:
    ordered = np.sort(negative)
    below = np.searchsorted(ordered, positive, side="left")
    equal = np.searchsorted(ordered, positive, side="right") - below
    return float((below + equal / 2).sum() / (len(positive) * len(ordered)))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
