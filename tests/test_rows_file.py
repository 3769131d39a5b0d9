from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rag.external_sort import RowsWriter


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
        with pytest.raises(ValueError, match="4 columns, earlier rows have 5"):
            writer.add(np.zeros((1, 4), np.float32))


def test_a_flat_file_holds_numbers_of_the_kind_that_was_asked_for(tmp_path: Path) -> None:
    with RowsWriter(tmp_path / "flat.npy", "<i4", flat=True) as writer:
        for part in ([1, 2], [], [3]):
            writer.add(np.array(part, np.int64))
    np.save(tmp_path / "expected.npy", np.array([1, 2, 3], np.int32))
    assert (tmp_path / "flat.npy").read_bytes() == (tmp_path / "expected.npy").read_bytes()
