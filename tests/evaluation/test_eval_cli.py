"""`isnad eval` as a user runs it: real embedding model, real ingest, no language model, no network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from isnad_command import ROOT, Isnad

SLICE = ROOT / "tests" / "data" / "xquad"
QUESTIONS = ROOT / "seeds" / "questions.jsonl"


def report(out: Path) -> dict[str, Any]:
    return dict(json.loads((out / "report.json").read_text(encoding="utf-8")))


def test_the_seeds_are_run_reported_compared_and_gated(isnad: Isnad, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = isnad("eval", "run", str(QUESTIONS), "--corpus", "seeds", "--out", str(out))
    assert done.returncode == 0, done.stderr.decode()
    assert {path.name for path in out.iterdir()} >= {"records.jsonl", "report.json", "report.html", "report.md"}
    found = report(out)
    assert found["set"]["questions"] == 64
    assert found["citations"]["quote_validity"]["mean"] == 1.0
    assert found["retrieval"]["recall@5"]["mean"] > 0.8
    assert "recall" in done.stdout.decode()

    bar = isnad("eval", "gate", str(out), "--fail-under", "recall@5=0.5", "--baseline", str(out))
    assert bar.returncode == 0, bar.stderr.decode()
    fallen = isnad("eval", "gate", str(out), "--fail-under", "retrieval.span_recall@1=0.99")
    assert fallen.returncode == 4
    assert "span_recall@1" in fallen.stderr.decode()
    unknown = isnad("eval", "gate", str(out), "--fail-under", "magic=1")
    assert unknown.returncode == 2

    other = tmp_path / "other"
    more = ("--set", "evidence_sentences=1", "--baseline", str(out))
    again = isnad("eval", "run", str(QUESTIONS), "--corpus", "seeds", "--out", str(other), *more)
    assert again.returncode == 4, again.stdout.decode()
    assert "gold_recall" in again.stderr.decode()
    compared = isnad("eval", "compare", str(out), str(other))
    assert compared.returncode == 0
    assert "answers.contains" in compared.stdout.decode()
    assert isnad.attempts() == ""


def test_english_questions_over_arabic_texts_are_run_and_calibrated_without_touching_the_users_corpora(
    isnad: Isnad, tmp_path: Path
) -> None:
    arabic, english = str(SLICE / "xquad.ar.slice.json"), str(SLICE / "xquad.en.slice.json")
    out = tmp_path / "out"
    done = isnad("eval", "run", english, "--texts", arabic, "--retrieval-only", "--sample", "40", "--out", str(out))
    assert done.returncode == 0, done.stderr.decode()
    found = report(out)
    assert set(found["by"]["direction"]) == {"en-ar"}
    assert found["retrieval"]["recall@5"]["n"] == 40
    assert found["answers"] == {}
    assert {path.name for path in (isnad.data_dir / "corpora").iterdir()} == {"seeds"}

    fitted = isnad(
        *("eval", "calibrate", arabic, "--take-out", "0.5", "--out", str(tmp_path / "fit"), "--into", "seeds"),
        *("--check", english, "--check-texts", arabic),
    )
    assert fitted.returncode == 0, fitted.stderr.decode()
    assert "| ar-ar |" in fitted.stdout.decode()
    kept = json.loads((isnad.data_dir / "corpora" / "seeds" / "calibration.json").read_text(encoding="utf-8"))
    (calibrations,) = kept["calibrations"].values()
    assert set(calibrations) == {"ar-ar"}
    assert "no threshold" in fitted.stdout.decode()
    assert "en-ar" in fitted.stdout.decode()

    again = ("eval", "calibrate", arabic, "--take-out", "0.5", "--out", str(tmp_path / "fit"))
    assert isnad(*again, "--check", str(SLICE / "README.md")).returncode == 2
    assert not list((isnad.data_dir / "eval").rglob("calibration.json")), "kept, though the command failed"
    for more in ((), ("--false-refusals", "0.2")):
        done = isnad(*again, *more)
        assert done.returncode == 0, done.stderr.decode()
    assert list((isnad.data_dir / "eval").rglob("calibration.json"))
    asked = isnad("ask", "--corpus", "seeds", "--json", "ما هي أسعار الطماطم في تونس؟")
    assert json.loads(asked.stdout)["status"] == "not_in_corpus"
    assert isnad.attempts() == ""


def test_a_draft_is_written_once_and_refused_as_a_set(isnad: Isnad, tmp_path: Path) -> None:
    out = tmp_path / "draft.jsonl"
    done = isnad("eval", "new", "--corpus", "seeds", "--count", "6", "--out", str(out))
    assert done.returncode == 0, done.stderr.decode()
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert len(lines) == 6
    for line in lines:
        (place,) = line["evidence"]
        text = (ROOT / "seeds" / place["file"]).read_bytes().decode()
        assert text[place["start"] : place["end"]] == place["quote"] != ""
    again = isnad("eval", "new", "--corpus", "seeds", "--out", str(out))
    assert again.returncode == 2
    assert "already exists" in again.stderr.decode()
    run = isnad("eval", "run", str(out), "--corpus", "seeds", "--out", str(tmp_path / "run"))
    assert run.returncode == 2
    assert "still a draft" in run.stderr.decode()
    assert f"{out}:1" in run.stderr.decode()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("run", "nowhere.jsonl", "--corpus", "seeds"), "no such file"),
        (("run", str(SLICE / "README.md")), "does not show its format"),
        (("run", str(QUESTIONS), "--corpus", "seeds", "--distractors", "seeds"), "includes no texts"),
        (("run", str(QUESTIONS), "--corpus", "seeds", "--take-out", "0.5"), "includes no texts"),
        (("run", str(SLICE / "xquad.ar.slice.json"), "--corpus", "seeds"), "ingested from another folder"),
        (("run", str(QUESTIONS), "--corpus", "seeds", "--judge", "oracle"), "no judge 'oracle'"),
        (("run", str(QUESTIONS), "--corpus", "seeds", "--judge", "llm"), "no language model"),
        (("run", str(QUESTIONS), "--corpus", "seeds", "--baseline", "nowhere.json"), "not a report"),
        (("run", str(QUESTIONS), "--corpus", "seeds", "--fail-under", "recall@5=much"), "not a number"),
        (("run", str(QUESTIONS), "--corpus", "seeds", "--fail-under", "recall@5=nan"), "not a number"),
        (("run", str(QUESTIONS), "--corpus", "seeds", "--fail-under", "false_answers=inf"), "not a number"),
        (("run", str(QUESTIONS), "--corpus", "nothing"), "no index"),
    ],
)
def test_bad_use_is_told_in_one_line_and_leaves_nothing(
    isnad: Isnad, tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    done = isnad("eval", *arguments, "--out", str(tmp_path / "out"))
    assert done.returncode in {1, 2}
    lines = done.stderr.decode().strip().splitlines()
    assert told in lines[-1]
    assert "Traceback" not in done.stderr.decode()
    assert not (tmp_path / "out" / "records.jsonl").exists()
