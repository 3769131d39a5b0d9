"""The development archive of the reader's weighing, and the benchmark of reading, on small made sets."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from builders import Pointer, article, found, points, query

from eval.bench import reading
from eval.sets import Gold, Question
from eval.training.weighing import read_twice, write_set
from rag.types import Hit

SOCHI = article("التقى بوتين المعلم في سوتشي. غادر الوفد مساء الاثنين.", source="a.txt")
OTHER = article("حضر اللقاء 12 مسؤولا في حلب.", source="b.txt")
ASKED = Question("q", "أين التقيا؟", "ar", True, ("سوتشي",), (Gold("a.txt"),))


class Stands:
    """Where an answer stands: in whatever holds the word."""

    def of_hit(self, hit: Hit) -> list[int]:
        return [0] if "سوتشي" in hit.passage.text else []

    def of_sentence(self, item: Any) -> list[int]:
        return [0] if "سوتشي" in item.text else []


def test_a_question_is_read_with_what_is_found_and_with_what_is_left_when_no_text_answers() -> None:
    whole, without = read_twice(Pointer("سوتشي"), ASKED, found(SOCHI, OTHER), Stands())  # type: ignore[arg-type]
    assert whole.direction == without.direction == "ar-ar"
    assert whole.features.shape == (3, 3)
    assert whole.holds.tolist() == [True, False, False]
    assert whole.right.tolist() == [1.0, 0.0, 0.0]
    assert without.features.shape == (1, 3)
    assert not without.holds.any()
    assert whole.features[0].tolist() == [1.0, 3.0, 3.0]


def test_the_development_set_has_no_question_that_is_measured_on(tmp_path: Path) -> None:
    def titles(name: str, count: int) -> dict[str, Any]:
        qas = [[{"id": f"{name}{at}", "question": f"{name} {at}?", "answers": []}] for at in range(count)]
        return {
            "data": [{"title": str(at), "paragraphs": [{"context": "نص", "qas": one}]} for at, one in enumerate(qas)]
        }

    for file, name, count in (("xquad.ar.json", "x", 8), ("xquad.en.json", "x", 8), ("arcd-train.json", "a", 6)):
        (tmp_path / file).write_text(json.dumps(titles(name, count)), encoding="utf-8")
    import lzma

    for file, name, count in (("mlqa-dev-ar.json.xz", "m", 1), ("tydiqa-ar.json.xz", "t", 6)):
        (tmp_path / file).write_bytes(lzma.compress(json.dumps(titles(name, count)).encode()))
    path, english = write_set(tmp_path, tmp_path / "out")
    ids = [
        qa["id"] for title in json.loads(path.read_text())["data"] for one in title["paragraphs"] for qa in one["qas"]
    ]
    assert [one for one in ids if "xquad" in one] == [
        "rest:xquad:1:x1", "rest:xquad:3:x3", "dev:xquad:5:x5", "dev:xquad:7:x7",
    ]  # fmt: skip
    assert [one for one in ids if one.startswith("dev:")][2:] == [
        "dev:arcd:0:a0",
        "dev:arcd:5:a5",
        "dev:mlqa:0:m0",
        "dev:tydi:0:t0",
        "dev:tydi:5:t5",
    ]
    assert english["dev:xquad:5:x5"] == "x 5?"
    assert reading.is_measured(tmp_path, "ar") == {"x0", "x2", "x4", "x6"}


def test_the_benchmark_tells_what_reading_changes() -> None:
    # Search has another passage first; taken out is the article that answers.
    hits = found(OTHER, SOCHI)
    each = [(ASKED, query("أين التقيا؟"), hits, Stands())]
    (row,) = reading.measure_reading(points("سوتشي"), each, 8)  # type: ignore[arg-type]
    assert row.before[:4] == (0.0, 0.0, 1.0, pytest.approx(1 / 3))
    assert row.after[:4] == (1.0, 1.0, 1.0, 1.0)
    assert row.after[4] > 0.9 > 0.1 > row.after[5]
    assert (row.exact, row.f1) == (1.0, 1.0)
    told = reading.table([row, replace(row, f1=0.0, short=0.0)], "two")
    assert "| the first passage answers | 0.000" in told
    assert "| short answers (from 0.7 up): share; right (F1 ≥ 0.5) | – | 0.500; 1.000 |" in told
