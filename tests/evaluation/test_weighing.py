"""How a reader's weighing is fitted, on made questions of which the answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from eval.calibrate import expected_calibration_error, reliability
from eval.training.weighing import ReadQuestion, fit, fit_logistic, fit_order
from rag.retrieve.rerank import Weighing, probability


def questions(direction: str, count: int, *, shift: float = 0.0) -> list[ReadQuestion]:
    """Of three passages the one with the highest span score answers; the fused score tells little.

    Of every second question what answers was taken out, and no passage has a high span score.
    """
    rng = np.random.default_rng(len(direction) + count)
    made = []
    for number in range(count):
        fused = 0.8 + shift + 0.02 * rng.random(3)
        span = rng.normal(0, 1, 3)
        holds = np.zeros(3, np.bool_)
        if number % 2:
            place = int(rng.integers(3))
            span[place] += 6
            holds[place] = True
        features = np.stack([fused, rng.normal(0, 1, 3), span], axis=1)
        made.append(ReadQuestion(direction, features, holds, np.where(holds, 0.9, 0.1)))
    return made


def test_the_order_and_the_probability_are_led_by_what_tells() -> None:
    asked = questions("ar-ar", 200) + questions("en-ar", 120, shift=-0.1)
    weighing = Weighing.of(fit(asked))
    assert weighing.order.span > 5 * abs(weighing.order.relevance)
    assert set(weighing.answers) == {"", "ar-ar", "en-ar"}
    told, yes = [], []
    for one in asked:
        at = int((one.features @ np.array(weighing.order[1:])).argmax())
        bias, *slopes = weighing.answers[one.direction]
        told.append(probability(bias + float(one.features[at] @ np.array(slopes))))
        yes.append(bool(one.holds[at]))
    assert np.mean([chance > 0.5 for chance in told]) == pytest.approx(0.5, abs=0.05)
    assert np.mean([(chance > 0.5) == it for chance, it in zip(told, yes, strict=True)]) > 0.95
    assert expected_calibration_error(reliability(told, yes)) < 0.05


def test_a_direction_of_few_questions_has_no_fit_of_its_own() -> None:
    found = fit(questions("ar-ar", 80) + questions("en-ar", 10))
    assert set(found["answers"]) == {"", "ar-ar"}


def test_logistic_regression_finds_the_odds_that_made_the_data() -> None:
    rng = np.random.default_rng(1)
    features = rng.normal(0, 1, (4000, 1))
    yes = rng.random(4000) < 1 / (1 + np.exp(-(0.5 + 2 * features[:, 0])))
    bias, slope = fit_logistic(features, yes)
    assert bias == pytest.approx(0.5, abs=0.15)
    assert slope == pytest.approx(2.0, abs=0.2)


def test_questions_of_one_kind_fit_nothing() -> None:
    answered = [one for one in questions("ar-ar", 40) if one.holds.any()]
    with pytest.raises(ValueError, match="same outcome"):
        fit(answered)
    with pytest.raises(ValueError, match="no question"):
        fit_order([one for one in questions("ar-ar", 40) if not one.holds.any()])


def test_a_reliability_diagram_counts_what_was_told_and_what_was() -> None:
    told, yes = [0.1, 0.1, 0.9, 1.0], [False, True, True, True]
    low, high = reliability(told, yes)
    assert (low["told"], low["share"], low["count"]) == (pytest.approx(0.1), 0.5, 2)
    assert (high["told"], high["share"], high["count"]) == (pytest.approx(0.95), 1.0, 2)
    assert expected_calibration_error([low, high]) == pytest.approx((2 * 0.4 + 2 * 0.05) / 4)
