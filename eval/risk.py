"""Risk against coverage: how often what is answered is wrong, when only the surest questions are answered. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple


class Point(NamedTuple):
    """Answering every question from `score` up covers a share of them, and a share of these answers is wrong."""

    score: float
    coverage: float
    risk: float


def curve(scores: Sequence[float], wrong: Sequence[bool]) -> list[Point]:
    """The risk–coverage curve (El-Yaniv, Wiener 2010), from the surest question on; equal scores are one point."""
    ordered = sorted(zip(scores, wrong, strict=True), key=lambda one: -one[0])
    points: list[Point] = []
    answered = mistaken = 0
    for score, group in groupby(ordered, key=lambda one: one[0]):
        for _, is_wrong in group:
            answered += 1
            mistaken += is_wrong
        points.append(Point(score, answered / len(ordered), mistaken / answered))
    return points


def area(points: Sequence[Point]) -> float | None:
    """The area under the curve, in [0, 1], less being better; None for an empty curve."""
    before = total = 0.0
    for point in points:
        total += (point.coverage - before) * point.risk
        before = point.coverage
    return total if points else None
