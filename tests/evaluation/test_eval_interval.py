"""Intervals against scipy, areas against scikit-learn's and against counting; what is not defined is None."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from eval import metrics
from eval.metrics import Estimate, area_under_curve, mean, paired


def test_the_interval_of_a_mean_is_close_to_the_normal_one_for_many_values() -> None:
    values = np.random.default_rng(7).random(2000)
    found = mean(values.tolist())
    low, high = stats.norm.interval(0.95, values.mean(), values.std() / math.sqrt(len(values)))
    assert found.mean == pytest.approx(values.mean())
    assert found.low == pytest.approx(low, abs=0.002)
    assert found.high == pytest.approx(high, abs=0.002)
    assert found.n == 2000


def test_the_interval_is_that_of_scipys_bootstrap() -> None:
    values = np.random.default_rng(3).random(40)
    theirs = stats.bootstrap((values,), np.mean, n_resamples=20_000, method="percentile", rng=1).confidence_interval
    found = mean(values.tolist())
    assert found.low == pytest.approx(theirs.low, abs=0.01)
    assert found.high == pytest.approx(theirs.high, abs=0.01)


def test_what_cannot_be_told_is_none_and_never_nan() -> None:
    assert mean([]) == Estimate(None, None, None, 0)
    assert mean([0.5]) == Estimate(0.5, None, None, 1)
    assert mean([1.0, 1.0]) == Estimate(1.0, 1.0, 1.0, 2)
    assert area_under_curve([], [0.3]) == Estimate(None, None, None, 1)
    assert area_under_curve([0.4], [0.3]) == Estimate(1.0, None, None, 2)


def test_a_paired_interval_tells_a_small_change_that_two_intervals_hide() -> None:
    before = [number / 100 for number in range(100)]
    after = [value + 0.01 for value in before]
    change = paired(before, after)
    assert change.low == pytest.approx(0.01)
    assert change.high == pytest.approx(0.01)
    first, second = mean(before), mean(after)
    assert first.high is not None
    assert second.low is not None
    assert second.low < first.high


SCORES = st.lists(st.integers(0, 6).map(float), min_size=1, max_size=30)


@given(SCORES, SCORES)
def test_the_area_under_the_curve_is_the_share_of_pairs_in_order(positive: list[float], negative: list[float]) -> None:
    pairs = [(one > other) + 0.5 * (one == other) for one in positive for other in negative]
    assert area_under_curve(positive, negative).mean == pytest.approx(sum(pairs) / len(pairs))


def test_what_finds_nothing_is_below_everything() -> None:
    assert area_under_curve([0.2], [float("-inf")]).mean == 1.0


def test_the_risk_coverage_curve_worked_by_hand() -> None:
    # By falling score: right, wrong | a tie of right and wrong, taken as one point | right.
    points = metrics.curve([0.9, 0.8, 0.7, 0.7, 0.1], [False, True, False, True, False])
    assert points == [(0.9, 1 / 5, 0.0), (0.8, 2 / 5, 1 / 2), (0.7, 4 / 5, 2 / 4), (0.1, 1.0, 2 / 5)]
    assert metrics.area(points) == pytest.approx(1 / 5 * 0 + 1 / 5 * 1 / 2 + 2 / 5 * 1 / 2 + 1 / 5 * 2 / 5)


def test_no_question_has_no_curve() -> None:
    assert metrics.curve([], []) == []
    assert metrics.area([]) is None
