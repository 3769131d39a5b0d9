"""External sort of 64-bit integers: sorted runs on disk, with little in memory at a time."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType


# Writes an array to an ordinary ``.npy`` file row by row, without knowing its height in advance.


class RowsWriter:
    """Use as a context manager; on exit the file is an array of shape (count, width), or (count,) if `flat`."""

    def __init__(self, path: Path, kind: str = "<f4", *, flat: bool = False) -> None:
        """`kind` is a numpy dtype string."""
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
        """Append rows of shape (n, width), or (n,). Raises `ValueError` if the width differs from that of earlier
        rows."""
        if not self._flat:
            if not self.count:
                self.width = rows.shape[1]
            elif rows.shape[1] != self.width:
                raise ValueError(f"the rows have {rows.shape[1]} columns, earlier rows have {self.width}")
        self._file.write(np.ascontiguousarray(rows, dtype=self._kind).data)
        self.count += len(rows)

    def _write_header(self) -> None:
        # numpy's header of version 1 has room for the first axis to grow, but not for the others.
        shape = (self.count,) if self._flat else (self.count, self.width)
        header = {"descr": self._kind, "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(self._file, header)


_Number = TypeVar("_Number", np.uint64, np.int64)
Numbers = NDArray[np.uint64]
OpenFile = Callable[[], BinaryIO]
"""Opens a new, empty file for data that does not fit into memory. A file without a name leaves nothing behind if the
process is killed; `io.BytesIO` stays in memory."""

PART: Final = 1 << 19
"""Number of integers sorted in memory at a time, and the approximate size of a block: 4 MiB."""
_STRIDE: Final = 256
"""One of this many sorted integers stays in memory as an index into the file."""


class Spill:
    """Collects 64-bit integers and yields them in sorted order, any number of times."""

    def __init__(self, open_file: OpenFile = BytesIO, part: int = PART, stride: int = _STRIDE) -> None:
        self._open_file = open_file
        self._file: BinaryIO | None = None
        self._part = np.empty(part, np.uint64)
        self._held = 0
        self._stride = stride
        self._samples: list[Numbers] = []
        """Every `stride`-th integer of each run on disk, starting with the first."""
        self._lengths: list[int] = []

    def add(self, numbers: Numbers) -> None:
        """Add integers. Raises `OSError` if the disk is full."""
        while len(numbers):
            taken = numbers[: len(self._part) - self._held]
            self._part[self._held : self._held + len(taken)] = taken
            self._held += len(taken)
            if self._held == len(self._part):
                self._write()
            numbers = numbers[len(taken) :]

    def blocks(self) -> Iterator[Numbers]:
        """All integers in sorted order, in blocks of about one run; equal ones are in one block.

        A block is valid until the next one is requested. Raises `OSError` if the disk is full.
        """
        if self._file is None:
            self._part[: self._held].sort()
            if self._held:
                yield self._part[: self._held]
            return
        self._write()
        samples = np.sort(np.concatenate(self._samples))
        ends = np.unique(samples[:: max(1, len(self._part) // self._stride)])
        starts = np.cumsum([0, *self._lengths])
        places = np.zeros(len(self._lengths), np.int64)
        for end in [*ends, None]:
            pieces = []
            for part, (of, length) in enumerate(zip(self._samples, self._lengths, strict=True)):
                # Integers below the end are before the first sample that is not.
                last = length if end is None else min(length, int(np.searchsorted(of, end)) * self._stride)
                if last > places[part]:
                    piece = self._read(int(starts[part] + places[part]), int(last - places[part]))
                    piece = piece if end is None else piece[: np.searchsorted(piece, end)]
                    places[part] += len(piece)
                    pieces.append(piece)
            block = np.concatenate([np.zeros(0, np.uint64), *pieces])
            if len(block):
                block.sort()
                yield block

    def close(self) -> None:
        """Free the memory and close the file."""
        self._part, self._held, self._samples, self._lengths = self._part[:0].copy(), 0, [], []
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write(self) -> None:
        if self._file is None:
            self._file = self._open_file()
        part = self._part[: self._held]
        if len(part):
            part.sort()
            self._file.seek(8 * sum(self._lengths))
            self._file.write(part.data)
            self._samples.append(part[:: self._stride].copy())
            self._lengths.append(len(part))
            self._held = 0

    def _read(self, start: int, count: int) -> Numbers:
        assert self._file is not None, "the run was not written before it is read"
        self._file.seek(8 * start)
        return np.frombuffer(self._file.read(8 * count), np.uint64)


def pack(high: NDArray[np.integer], low: NDArray[np.integer] | int) -> Numbers:
    """Combine two integers, both from 0 to 2³² - 1, into one that sorts by `high` and then by `low`; see `unpack`."""
    packed: Numbers = np.asarray(high, np.uint64) << np.uint64(32) | np.asarray(low, np.uint64)
    return packed


def unpack(numbers: Numbers) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Split the integers that `pack` made."""
    return (numbers >> np.uint64(32)).astype(np.int64), (numbers & np.uint64(0xFFFFFFFF)).astype(np.int64)


def counted(block: NDArray[_Number]) -> tuple[NDArray[_Number], NDArray[np.int64]]:
    """Distinct values of a sorted block, and how often each occurs."""
    first = np.flatnonzero(np.concatenate([np.ones(min(1, len(block)), np.bool_), block[1:] != block[:-1]]))
    return block[first], np.diff(first, append=len(block))
