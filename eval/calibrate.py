"""Fits the threshold of abstention, for each direction, on records of a search. Pure.

The threshold is the highest that refuses no more of the answerable questions than is allowed: it may be moved up only
at that price, so no other one lets fewer unanswerable questions through.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

from eval.records import Record
from rag.errors import BadInput
from rag.retrieve.calibration import Fitted

LEAST = 20
"""Fewer answerable or unanswerable questions of a direction fit nothing."""


LOWEST = -1.0
"""No score of a hit is lower."""


def fit(records: Sequence[Record], false_refusals: float = 0.1) -> dict[str, Fitted]:
    """The threshold of each direction that has `LEAST` questions of both kinds, with its two rates on these records.

    `false_refusals` is the share of answerable questions that may be refused, in [0, 1). Raises `BadInput` where no
    direction has enough questions.
    """
    by_direction = scores(records)
    enough = {name: both for name, both in by_direction.items() if min(map(len, both)) >= LEAST}
    if not enough:
        raise BadInput(
            f"there are too few questions to calibrate on (answerable and not: {_counts(by_direction)})",
            where="calibrate",
            do=f"give a set with at least {LEAST} of each, or make some unanswerable with --take-out",
        )
    return {
        name: rates(threshold(answerable, false_refusals), answerable, unanswerable)
        for name, (answerable, unanswerable) in enough.items()
    }


def not_fitted(fitted: Mapping[str, Fitted], records: Sequence[Record]) -> str:
    """The directions of these records that have no threshold, each with its answerable questions and the others."""
    return _counts({name: both for name, both in scores(records).items() if name not in fitted})


def _counts(by_direction: Mapping[str, tuple[Sequence[float], Sequence[float]]]) -> str:
    return ", ".join(f"{name} {len(yes)} and {len(no)}" for name, (yes, no) in by_direction.items())


def scores(records: Sequence[Record]) -> dict[str, tuple[list[float], list[float]]]:
    """The best score of each answerable and each unanswerable question, by direction.

    It is -inf where nothing was found, and for what no score answers: a figure that no article found states.
    """
    found: dict[str, tuple[list[float], list[float]]] = defaultdict(lambda: ([], []))
    for record in records:
        score = -math.inf if record.search.score is None or record.unstated else record.search.score
        found[record.direction][0 if record.answerable else 1].append(score)
    return dict(sorted(found.items()))


def threshold(answerable: Sequence[float], false_refusals: float) -> float:
    """The highest score of which at most the share `false_refusals` of the answerable questions lies below."""
    ordered = sorted(answerable)
    return max(LOWEST, ordered[min(int(false_refusals * len(ordered)), len(ordered) - 1)])


def rates(score: float, answerable: Sequence[float], unanswerable: Sequence[float]) -> Fitted:
    """What a threshold does: both error rates, on so many questions."""
    return Fitted(
        min_score=score,
        false_answers=sum(one >= score for one in unanswerable) / len(unanswerable) if unanswerable else 0.0,
        false_refusals=sum(one < score for one in answerable) / len(answerable) if answerable else 0.0,
        answerable=len(answerable),
        unanswerable=len(unanswerable),
    )


def applied(fitted: Mapping[str, Fitted], records: Sequence[Record]) -> dict[str, Fitted]:
    """The rates of fitted thresholds on other records, for each direction that both have."""
    return {name: rates(fitted[name].min_score, *both) for name, both in scores(records).items() if name in fitted}


def reliability(told: Sequence[float], yes: Sequence[bool], bins: int = 10) -> list[Mapping[str, float]]:
    """A reliability diagram: for each of `bins` equal ranges of probability its mean, the share of `yes`, the count."""
    table: list[Mapping[str, float]] = []
    for at in range(bins):
        mine = [(one, it) for one, it in zip(told, yes, strict=True) if min(int(one * bins), bins - 1) == at]
        if mine:
            means = [sum(column) / len(mine) for column in zip(*mine, strict=True)]
            table.append({"told": float(means[0]), "share": float(means[1]), "count": len(mine)})
    return table


def expected_calibration_error(table: Sequence[Mapping[str, float]]) -> float:
    """The mean distance of told and true probability over the bins of a reliability diagram, weighed by their counts
    (Naeini et al. 2015).
    """
    count = sum(one["count"] for one in table)
    return sum(one["count"] * abs(one["told"] - one["share"]) for one in table) / count
