"""Thresholds kept beside the index: what they change, what goes before them, and what is never touched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from builders import article, found

from rag.config import Settings
from rag.corpus import _calibrated
from rag.errors import CatalogError
from rag.generate.answer import Answerer
from rag.retrieve.abstention import (
    FILE,
    Calibration,
    Fitted,
    Policy,
    calibration_key,
    read_calibrations,
    write_calibrations,
)
from rag.types import Query

FITTED = {"ar-ar": Calibration(Fitted(0.9, 0.2, 0.1, 100, 50), "xquad", "ab" * 32, "2026-01-31")}
OTHER = {"en-ar": Calibration(Fitted(0.7, 0.0, 0.0, 30, 30), "arcd", "cd" * 32, "2026-02-01")}
SOCHI = article("زار المعلم سوتشي أمس.")


def ask(score: float, **policy: object) -> str:
    answerer = Answerer(lambda _: found(SOCHI, score=score), policy=Policy(min_score={"ar": 0.5}, **policy))  # type: ignore[arg-type]
    return answerer.answer(Query("من زار سوتشي؟", "من زار سوتشي؟", "ar")).status


def test_the_threshold_of_a_direction_goes_before_that_of_the_language() -> None:
    assert ask(0.8) == "answered"
    assert ask(0.8, calibrated={"ar-ar": 0.9}) == "not_in_corpus"
    assert ask(0.95, calibrated={"ar-ar": 0.9}) == "answered"
    assert ask(0.8, calibrated={"en-ar": 0.9, "ar-en": 0.9}) == "answered"


def test_it_is_kept_for_its_model_and_weights_and_others_stay(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    key, other = calibration_key("model-1", settings), calibration_key("model-2", settings)
    assert read_calibrations(tmp_path, key) == {}
    write_calibrations(tmp_path, key, FITTED)
    write_calibrations(tmp_path, other, OTHER)
    assert read_calibrations(tmp_path, key) == FITTED
    assert read_calibrations(tmp_path, other) == OTHER
    write_calibrations(tmp_path, key, OTHER)
    assert read_calibrations(tmp_path, key) == FITTED | OTHER
    assert calibration_key("model-1", settings.model_copy(update={"passage_tokens": 99})) != key
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_a_threshold_that_the_user_has_set_goes_before_a_fitted_one(tmp_path: Path) -> None:
    by_default = Settings(data_dir=tmp_path, reader="bundled")
    folder = by_default.corpus_dir("news")
    folder.mkdir(parents=True)
    write_calibrations(folder, calibration_key("m", by_default), FITTED)
    assert _calibrated(by_default, "news", "m") == {"ar-ar": 0.9}
    assert _calibrated(by_default, "news", "other model") == {}
    assert _calibrated(Settings(data_dir=tmp_path, reader="bundled", answer_probability=0.1), "news", "m") == {}


@pytest.mark.parametrize(
    "content", ["", "[]", '{"version": 9}', '{"version": 1, "calibrations": {"KEY": {"ar-ar": {}}}}']
)
def test_a_file_that_is_none_of_ours_is_told_and_not_overwritten(tmp_path: Path, content: str) -> None:
    key = calibration_key("m", Settings(data_dir=tmp_path))
    (tmp_path / FILE).write_text(content.replace("KEY", key))
    with pytest.raises(CatalogError, match="calibrate again"):
        read_calibrations(tmp_path, key)
    if "KEY" not in content:
        with pytest.raises(CatalogError):
            write_calibrations(tmp_path, key, FITTED)
        assert (tmp_path / FILE).read_text() == content


def test_the_file_says_what_it_was_fitted_on_and_how_often_it_errs(tmp_path: Path) -> None:
    write_calibrations(tmp_path, "k", FITTED)
    kept = json.loads((tmp_path / FILE).read_text())["calibrations"]["k"]["ar-ar"]
    assert kept["set_name"] == "xquad"
    assert kept["fitted"] == {
        "min_score": 0.9, "false_answers": 0.2, "false_refusals": 0.1, "answerable": 100, "unanswerable": 50
    }  # fmt: skip
