from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rag.vectors.rows_file import RowsWriter


@pytest.mark.parametrize("heights", [[], [1], [3, 0, 2], [1] * 1234], ids=str)
def test_what_was_added_is_what_numpy_loads(tmp_path: Path, heights: list[int]) -> None:
    parts = [np.arange(height * 5, dtype=np.float32).reshape(height, 5) + n for n, height in enumerate(heights)]
    with RowsWriter(tmp_path / "rows.npy") as writer:
        for part in parts:
            writer.add(part)
    loaded = np.load(tmp_path / "rows.npy")
    assert loaded.dtype == np.float32
    assert loaded.shape == (sum(heights), 5 if parts else 0)
    assert np.array_equal(loaded, np.concatenate(parts) if parts else np.zeros((0, 0)))


def test_rows_of_another_width_are_refused(tmp_path: Path) -> None:
    with RowsWriter(tmp_path / "rows.npy") as writer:
        writer.add(np.zeros((1, 5), np.float32))
        with pytest.raises(ValueError, match="4 numbers after rows of 5"):
            writer.add(np.zeros((1, 4), np.float32))
