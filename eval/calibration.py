"""Thresholds fitted on the records of a run → kept beside the index of a corpus, and what they do, as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.calibrate import expected_calibration_error, fit, reliability
from eval.records import Record
from eval.takeout import draw
from rag.errors import BadInput
from rag.retrieve.calibration import Calibration, Fitted, key_of, write_calibrations
from rag.store.catalog import CATALOG_FILE, Catalog

if TYPE_CHECKING:
    from rag.config import Settings


def split(records: Sequence[Record], held_out: float) -> tuple[list[Record], list[Record]]:
    """The records to fit on, and the share `held_out` to judge the fit by; by hash, so the same ones each time."""
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
    """Fit thresholds on records of a search and keep them for the corpus `name`, whose data lie in `folder`.

    `report` is that of their run. Raises `BadInput` where that corpus is not there, or was made by another model than
    the scores, and as `fit`.
    """
    found = fit(records, false_refusals)
    made = report["run"]["embedding_fingerprint"]
    path = folder / CATALOG_FILE
    if not path.is_file():
        raise BadInput(f"there is no corpus {name}", where="--into", do="ingest it first, or correct the name")
    with Catalog.open(path) as catalog:
        current = catalog.current(name)
    if current is None or current.fingerprint != made:
        raise BadInput(
            f"the index of {name} was made by another embedding model than these scores",
            where=str(folder),
            do="ingest it again with this model, then calibrate",
        )
    day = datetime.now(UTC).date().isoformat()
    of = report["set"]
    kept = {direction: Calibration(one, of["name"], of["sha256"], day) for direction, one in found.items()}
    write_calibrations(folder, key_of(made, settings), kept)
    return found


def as_set(settings: Settings) -> Settings:
    """The same thresholds, as if a user had set them: what is calibrated meanwhile changes no run under them."""
    return settings.model_copy(update={name: getattr(settings, name) for name in ("min_score_ar", "min_score_en")})


def table(rates: Mapping[str, Mapping[str, Fitted]]) -> str:
    """Markdown: each direction's threshold with its error rates, on each of several sets of questions.

    A rate of no questions is –.
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
    """Markdown: of how many questions what probability was told, and how many of them the archive does answer.

    Empty where the scores are no probabilities, for nothing was read.
    """
    told = [(one.search.score, one.answerable) for one in records if one.search.score is not None]
    if not told or not all(one.read for one in records):
        return ""
    bins = reliability([score for score, _ in told], [answerable for _, answerable in told])
    lines = ["| probability told | answerable | questions |", "|---|---|---|"]
    lines += [f"| {one['told']:.2f} | {one['share']:.2f} | {one['count']} |" for one in bins]
    return "\n".join(lines) + f"\n\nExpected calibration error: {expected_calibration_error(bins):.3f}\n"


def _rate(share: float, count: int) -> str:
    return f"{share:.1%}" if count else "–"
