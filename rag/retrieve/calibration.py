"""Thresholds of abstention that were fitted on questions, kept beside the generations of a corpus.

They hold for scores that are made as those were that they were fitted on: by one embedding model and its weights.
It knows nothing of how they are fitted (`eval.calibrate`) and never touches the user's settings.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rag.config import Settings
from rag.errors import CatalogError
from rag.models.reader import shipped
from rag.store.durable import fsync, hash_file
from rag.store.private import make_private_file

FILE = "calibration.json"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Fitted:
    """The threshold of one direction (as in ``en-ar``) and what it did on the questions that it was fitted on.

    `false_answers` is the share of the unanswerable questions at or above it, `false_refusals` that of the answerable
    below it; both in [0, 1], of so many questions each.
    """

    min_score: float
    false_answers: float
    false_refusals: float
    answerable: int
    unanswerable: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """A threshold, the question set that it was fitted on (its name and sha256), and the day."""

    fitted: Fitted
    set_name: str
    set_sha256: str
    made: str


def key_of(fingerprint: str, settings: Settings) -> str:
    """What a calibration is kept under: the embedding model's fingerprint, and what else scores are made with.

    Of these the reader and its weights: a probability of another is another.
    """
    weights = [settings.keyword_weight, settings.name_weight, settings.lexicon_weight, settings.date_weight]
    parts = [fingerprint, settings.passage_tokens, *weights]
    if settings.reader != "off":
        weights_read = hash_file(shipped()) if settings.reader == "bundled" else ""
        parts += [settings.reader, settings.read_passages, weights_read]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def read_calibrations(folder: Path, key: str) -> dict[str, Calibration]:
    """The calibrations under `key` in a corpus's data folder, by direction.

    Raises `CatalogError` for a file that is none of ours.
    """
    try:
        return {
            direction: Calibration(**{**kept, "fitted": Fitted(**kept["fitted"])})
            for direction, kept in _read(folder / FILE).get(key, {}).items()
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise _unusable(folder / FILE, f"a field is wrong: {error}") from error


def write_calibrations(folder: Path, key: str, calibrations: Mapping[str, Calibration]) -> None:
    """Keep calibrations under `key`, each in the place of an earlier one of its direction; all others stay.

    The file is never half-written. Raises `CatalogError` where there is one that is none of ours.
    """
    path = folder / FILE
    directions = {**read_calibrations(folder, key), **calibrations}
    kept = {**_read(path), key: {name: asdict(one) for name, one in directions.items()}}
    beside = path.with_suffix(".new")
    make_private_file(beside)
    beside.write_text(json.dumps({"version": VERSION, "calibrations": kept}, ensure_ascii=False, indent=1), "utf-8")
    fsync(beside)
    beside.replace(path)
    fsync(folder)


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise _unusable(path, str(error)) from error
    kept = content.get("calibrations") if isinstance(content, dict) and content.get("version") == VERSION else None
    if not isinstance(kept, dict):
        raise _unusable(path, "it has another form")
    return kept


def _unusable(path: Path, why: str) -> CatalogError:
    return CatalogError(f"the calibration cannot be read: {why}", where=str(path), do="delete it, or calibrate again")
