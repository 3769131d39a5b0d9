"""Fits how a reader's logits and the fused score are weighed (`rag.rerank.Weighing`), on development questions.

Each question is asked twice: of what the product's search finds for it, and of what it finds when everything that
answers is taken out of the archive. Three fits, each by maximum likelihood with a small ridge:

* the order: a conditional logit (McFadden 1974) of the passage that answers among those that were read;
* the probability that the archive answers: logistic regression on the first passage in that order;
* the probability that the words pointed at are right: the same, on whether they reach half of the F1 with an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

RIDGE: Final = 1e-3
"""Of the weights of standardised features, a question."""
LEAST: Final = 30
"""Questions of a direction, below which it has no fit of its own."""
RIGHT: Final = 0.5
"""Token F1 with an accepted answer from which words are counted as right."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the passages that were read for it.

    `features` is (passages, 3): fused score, relevance, span score. `holds` says which passages answer, and is all
    False where what answers was taken out; `right` the F1 of each passage's span with the accepted answers.
    """

    direction: str
    features: Floats
    holds: NDArray[np.bool_]
    right: Floats


def fit(asked: Sequence[Asked]) -> dict[str, Any]:
    """The weighing in the form in which a file of weights keeps it. Raises `ValueError` for questions of one kind."""
    order = fit_order(asked)
    answers: dict[str, list[float]] = {}
    short: dict[str, list[float]] = {}
    for direction, mine in {"": list(asked), **_by_direction(asked)}.items():
        best = [(one, int((one.features @ order[1:]).argmax())) for one in mine]
        first = np.stack([one.features[at] for one, at in best])
        answers[direction] = fit_logistic(first, np.array([one.holds[at] for one, at in best]))
        # Where another passage answers as well, its words are not wrong: only questions with an answer tell.
        short[direction] = fit_logistic(first, np.array([one.right[at] >= RIGHT for one, at in best]))
    return {"order": order.tolist(), "answers": answers, "short": short}


def _by_direction(asked: Sequence[Asked]) -> dict[str, list[Asked]]:
    found: dict[str, list[Asked]] = {}
    for one in asked:
        found.setdefault(one.direction, []).append(one)
    return {direction: mine for direction, mine in sorted(found.items()) if len(mine) >= LEAST}


def fit_order(asked: Sequence[Asked]) -> Floats:
    """Weights (bias 0, fused, relevance, span) under which the passages that answer come first."""
    told = [one for one in asked if one.holds.any() and not one.holds.all()]
    if not told:
        raise ValueError("no question has a passage that answers and one that does not")
    scale = np.concatenate([one.features for one in told]).std(axis=0) + 1e-9

    def loss(weights: Floats) -> float:
        total = RIDGE * len(told) * float(weights @ weights)
        for one in told:
            scores = (one.features / scale) @ weights
            total += _log_sum(scores) - _log_sum(scores[one.holds])
        return total

    return np.array([0.0, *(_least(loss, 3) / scale)])


def fit_logistic(features: Floats, yes: NDArray[np.bool_]) -> list[float]:
    """Bias and weights of the log-odds of `yes`; `features` is (questions, 3)."""
    if yes.all() or not yes.any():
        raise ValueError("all questions are of one kind")
    centre, scale = features.mean(axis=0), features.std(axis=0) + 1e-9
    known = (features - centre) / scale
    sign = np.where(yes, 1.0, -1.0)

    def loss(weights: Floats) -> float:
        margins = sign * (weights[0] + known @ weights[1:])
        return float(np.logaddexp(0, -margins).sum() + RIDGE * len(yes) * weights[1:] @ weights[1:])

    weights = _least(loss, 4)
    slopes = weights[1:] / scale
    return [float(weights[0] - slopes @ centre), *map(float, slopes)]


def _least(loss: Callable[[Floats], float], size: int) -> Floats:
    from scipy.optimize import minimize

    found: Floats = minimize(loss, np.zeros(size), method="L-BFGS-B").x
    return found


def _log_sum(scores: Floats) -> float:
    top = float(scores.max())
    return top + float(np.log(np.exp(scores - top).sum()))


def reliability(told: Sequence[float], yes: Sequence[bool], bins: int = 10) -> list[Mapping[str, float]]:
    """A reliability diagram: for each of `bins` equal ranges of probability its mean, the share of `yes`, the count."""
    table: list[Mapping[str, float]] = []
    for at in range(bins):
        mine = [(one, it) for one, it in zip(told, yes, strict=True) if min(int(one * bins), bins - 1) == at]
        if mine:
            means = np.mean(np.array(mine, dtype=np.float64), axis=0)
            table.append({"told": float(means[0]), "share": float(means[1]), "count": len(mine)})
    return table


def expected_calibration_error(table: Sequence[Mapping[str, float]]) -> float:
    """The mean distance of told and true probability over the bins of a reliability diagram, weighed by their counts
    (Naeini et al. 2015).
    """
    count = sum(one["count"] for one in table)
    return sum(one["count"] * abs(one["told"] - one["share"]) for one in table) / count
