"""An array written to an ordinary ``.npy`` file row by row, its height not known before the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from numpy.typing import NDArray


class RowsWriter:
    """Open with ``with``; at its end the file is an array of shape (count, width), or (count,) where `flat`."""

    def __init__(self, path: Path, kind: str = "<f4", *, flat: bool = False) -> None:
        """`kind` is that of the numbers, as numpy names it."""
        self.count = 0
        self.width = 0
        self._path = path
        self._kind = kind
        self._flat = flat

    def __enter__(self) -> Self:
        self._file = self._path.open("wb")
        self._write_header()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.seek(0)
        self._write_header()
        self._file.close()

    def add(self, rows: NDArray[Any]) -> None:
        """Append rows of shape (n, width), or (n,). Raises `ValueError` when the width is not that of those before."""
        if not self._flat:
            if not self.count:
                self.width = rows.shape[1]
            elif rows.shape[1] != self.width:
                raise ValueError(f"rows of {rows.shape[1]} numbers after rows of {self.width}")
        self._file.write(np.ascontiguousarray(rows, dtype=self._kind).data)
        self.count += len(rows)

    def _write_header(self) -> None:
        # numpy leaves room in the header of version 1 for the first axis to grow, but only for that one.
        shape = (self.count,) if self._flat else (self.count, self.width)
        header = {"descr": self._kind, "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(self._file, header)
