from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.fusion import LegWeights, best, fuse, inverse_frequency, is_among, share

WEIGHTS = LegWeights(keyword=0.25, names=0.02, lexicon=0.04)


def test_the_score_is_half_the_passage_half_its_sentence_and_the_weighed_shares() -> None:
    # ½·3/4 + ½·1/2 + ¼·1/2 + 1/50·1/4 + 1/25·1/2 = 5/8 + 1/8 + 1/200 + 1/50 = 155/200
    expected = Fraction(3, 8) + Fraction(1, 4) + Fraction(1, 8) + Fraction(1, 200) + Fraction(1, 50)
    assert expected == Fraction(155, 200)
    score = fuse(*(np.array([x]) for x in (0.75, 0.5, 0.5, 0.25, 0.5)), weights=WEIGHTS)
    assert score == pytest.approx([float(expected)])


def test_a_leg_that_matches_nothing_adds_nothing() -> None:
    zero = np.zeros(2)
    score = fuse(np.array([0.8, 0.6]), np.array([0.4, 0.6]), zero, zero, zero, weights=WEIGHTS)
    assert score == pytest.approx([float(Fraction(3, 5)), float(Fraction(3, 5))])


@pytest.mark.parametrize(
    ("frequency", "count", "expected"),
    [
        (0, 0, math.log(2)),  # 1 + (0 - 0 + 1/2) / (1/2) = 2
        (0, 3, math.log(8)),  # 1 + 7/2 / (1/2)
        (1, 3, math.log(Fraction(8, 3))),  # 1 + 5/2 / (3/2)
        (3, 3, math.log(Fraction(8, 7))),  # 1 + 1/2 / (7/2)
    ],
)
def test_the_inverse_frequency_is_lucenes(frequency: int, count: int, expected: float) -> None:
    assert float(inverse_frequency(frequency, count)) == pytest.approx(expected)


@given(st.integers(1, 10**6).flatmap(lambda count: st.tuples(st.integers(0, count - 1), st.just(count))))
def test_a_rarer_token_tells_more_and_none_tells_less_than_nothing(pair: tuple[int, int]) -> None:
    frequency, count = pair
    assert inverse_frequency(frequency, count) > inverse_frequency(frequency + 1, count) > 0


def test_a_share_of_nothing_asked_is_nothing() -> None:
    assert share(np.array([0.0, 0.0]), 0.0).tolist() == [0.0, 0.0]
    assert share(np.array([1.0, 3.0]), 4.0).tolist() == [0.25, 0.75]


@given(st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), max_size=12), st.integers(1, 14))
def test_the_best_are_those_of_a_whole_sort_and_of_equal_ones_the_first(scores: list[float], count: int) -> None:
    expected = sorted(range(len(scores)), key=lambda place: (-scores[place], place))[:count]
    assert best(np.array(scores), count).tolist() == expected


@given(st.sets(st.integers(0, 30)), st.lists(st.integers(0, 30)))
def test_what_an_ordered_list_contains_is_what_its_set_contains(held: set[int], wanted: list[int]) -> None:
    ordered = np.array(sorted(held), np.int32)
    assert is_among(ordered, np.array(wanted, np.int64)).tolist() == [one in held for one in wanted]
