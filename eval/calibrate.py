"""Fit the abstention threshold of each direction on the records of a search, and save it beside the index.

The threshold is the highest one that refuses at most the allowed share of answerable questions. No other threshold
within that limit gives fewer false answers to unanswerable questions.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.records import Record
from eval.sets import draw
from rag.errors import BadInput
from rag.retrieve.abstention import Calibration, Fitted, calibration_key, write_calibrations
from rag.store.catalog import CATALOG_FILE, Catalog

if TYPE_CHECKING:
    from rag.config import Settings

LEAST = 20
"""Minimum number of answerable and of unanswerable questions for the fit of a direction."""


_LOWEST = -1.0
"""The lowest possible score of a hit."""


def fit_thresholds(records: Sequence[Record], false_refusals: float = 0.1) -> dict[str, Fitted]:
    """Fit the threshold of each direction with at least `LEAST` questions of both kinds, with its two error rates.

    `false_refusals` is the share of answerable questions that may be refused, in [0, 1). Raises `BadInput` if no
    direction has enough questions.
    """
    by_direction = _scores(records)
    enough = {name: both for name, both in by_direction.items() if min(map(len, both)) >= LEAST}
    if not enough:
        raise BadInput(
            f"there are too few questions to calibrate on (answerable and unanswerable: {_counts(by_direction)})",
            where="calibrate",
            do=f"use a set with at least {LEAST} of each, or make some unanswerable with --take-out",
        )
    return {
        name: rates(threshold(answerable, false_refusals), answerable, unanswerable)
        for name, (answerable, unanswerable) in enough.items()
    }


def not_fitted(fitted: Mapping[str, Fitted], records: Sequence[Record]) -> str:
    """List the directions without a threshold, each with its numbers of answerable and unanswerable questions."""
    return _counts({name: both for name, both in _scores(records).items() if name not in fitted})


def _counts(by_direction: Mapping[str, tuple[Sequence[float], Sequence[float]]]) -> str:
    return ", ".join(f"{name} {len(yes)} and {len(no)}" for name, (yes, no) in by_direction.items())


def _scores(records: Sequence[Record]) -> dict[str, tuple[list[float], list[float]]]:
    """Return the best scores of answerable and of unanswerable questions, by direction.

    A score is -inf if nothing was found, or if the question has a figure that none of the articles found states: such
    a question is refused whatever its score.
    """
    found: dict[str, tuple[list[float], list[float]]] = defaultdict(lambda: ([], []))
    for record in records:
        score = -math.inf if record.search.score is None or record.unstated else record.search.score
        found[record.direction][0 if record.answerable else 1].append(score)
    return dict(sorted(found.items()))


def threshold(answerable: Sequence[float], false_refusals: float) -> float:
    """Return the highest threshold with at most the share `false_refusals` of answerable questions below it."""
    ordered = sorted(answerable)
    return max(_LOWEST, ordered[min(int(false_refusals * len(ordered)), len(ordered) - 1)])


def rates(score: float, answerable: Sequence[float], unanswerable: Sequence[float]) -> Fitted:
    """Compute both error rates of a threshold, with the numbers of questions."""
    return Fitted(
        min_score=score,
        false_answers=sum(one >= score for one in unanswerable) / len(unanswerable) if unanswerable else 0.0,
        false_refusals=sum(one < score for one in answerable) / len(answerable) if answerable else 0.0,
        answerable=len(answerable),
        unanswerable=len(unanswerable),
    )


def applied(fitted: Mapping[str, Fitted], records: Sequence[Record]) -> dict[str, Fitted]:
    """Compute the rates of fitted thresholds on other records, for each direction that both have."""
    return {name: rates(fitted[name].min_score, *both) for name, both in _scores(records).items() if name in fitted}


def reliability(told: Sequence[float], yes: Sequence[bool], bins: int = 10) -> list[Mapping[str, float]]:
    """Compute a reliability diagram with `bins` equal bins of predicted probability; empty bins are left out.

    Each bin has its mean prediction (``told``), the share of `yes` (``share``) and its size (``count``).
    """
    table: list[Mapping[str, float]] = []
    for at in range(bins):
        mine = [(one, it) for one, it in zip(told, yes, strict=True) if min(int(one * bins), bins - 1) == at]
        if mine:
            means = [sum(column) / len(mine) for column in zip(*mine, strict=True)]
            table.append({"told": float(means[0]), "share": float(means[1]), "count": len(mine)})
    return table


def expected_calibration_error(table: Sequence[Mapping[str, float]]) -> float:
    """Compute the expected calibration error of a reliability diagram (Naeini et al. 2015).

    That is the mean distance between predicted and observed probability over the bins, weighted by their counts.
    """
    count = sum(one["count"] for one in table)
    return sum(one["count"] * abs(one["told"] - one["share"]) for one in table) / count


# Save fitted thresholds beside the index of a corpus, and format their rates as a table.


def split_records(records: Sequence[Record], held_out: float) -> tuple[list[Record], list[Record]]:
    """Split records into those to fit on and the share `held_out` to evaluate on; by hash, so it is deterministic."""
    draws = [(draw(record.id) < held_out, record) for record in records]
    return [record for out, record in draws if not out], [record for out, record in draws if out]


def keep(
    settings: Settings,
    folder: Path,
    name: str,
    records: Sequence[Record],
    report: Mapping[str, Any],
    false_refusals: float,
) -> dict[str, Fitted]:
    """Fit thresholds on records of a search and save them for the corpus `name`, whose data is in `folder`.

    `report` is that of their run. Raises `BadInput` if the corpus does not exist, if its index was made with another
    embedding model than the scores, and as `fit_thresholds`.
    """
    found = fit_thresholds(records, false_refusals)
    made = report["run"]["embedding_fingerprint"]
    path = folder / CATALOG_FILE
    if not path.is_file():
        raise BadInput(f"there is no corpus {name}", where="--into", do="ingest it first, or correct the name")
    with Catalog.open(path) as catalog:
        current = catalog.current(name)
    if current is None or current.fingerprint != made:
        raise BadInput(
            f"the index of {name} was made with another embedding model than these scores",
            where=str(folder),
            do="ingest the corpus again with this model, then calibrate",
        )
    day = datetime.now(UTC).date().isoformat()
    of = report["set"]
    kept = {direction: Calibration(one, of["name"], of["sha256"], day) for direction, one in found.items()}
    write_calibrations(folder, calibration_key(made, settings), kept)
    return found


def table(rates: Mapping[str, Mapping[str, Fitted]]) -> str:
    """Format as Markdown each direction's threshold with its error rates, on each set of questions.

    A rate without questions is –.
    """
    lines = [
        "| direction | threshold | questions | false refusals | false answers | measured on |",
        "|---|---|---|---|---|---|",
    ]
    for where, rows in rates.items():
        lines += [
            f"| {name} | {one.min_score:.3f} | {one.answerable} + {one.unanswerable} "
            f"| {_rate(one.false_refusals, one.answerable)} | {_rate(one.false_answers, one.unanswerable)} | {where} |"
            for name, one in rows.items()
        ]
    return "\n".join(lines) + "\n"


def diagram(records: Sequence[Record]) -> str:
    """Format as Markdown the reliability diagram of the predicted probabilities, with its calibration error.

    Empty if the scores are not probabilities, because no reader read the passages.
    """
    told = [(one.search.score, one.answerable) for one in records if one.search.score is not None]
    if not told or not all(one.read for one in records):
        return ""
    bins = reliability([score for score, _ in told], [answerable for _, answerable in told])
    lines = ["| predicted probability | answerable | questions |", "|---|---|---|"]
    lines += [f"| {one['told']:.2f} | {one['share']:.2f} | {one['count']} |" for one in bins]
    return "\n".join(lines) + f"\n\nExpected calibration error: {expected_calibration_error(bins):.3f}\n"


def _rate(share: float, count: int) -> str:
    return f"{share:.1%}" if count else "–"
