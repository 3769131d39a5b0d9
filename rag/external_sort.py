"""Numbers in their order, however many: sorted in parts that lie on the disk, of which little is in memory at a time.

Knows nothing of what the numbers stand for, and nothing of names of files.
"""

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


# An array written to an ordinary ``.npy`` file row by row, its height not known before the end.


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


Number = TypeVar("Number", np.uint64, np.int64)
Numbers = NDArray[np.uint64]
OpenFile = Callable[[], BinaryIO]
"""Gives a new, empty file for what does not fit into memory. One without a name leaves nothing behind when the process
is killed; `io.BytesIO` is one that stays in memory."""

PART: Final = 1 << 19
"""Numbers that are sorted in memory, and about as many are given, at a time: 4 MiB."""
STRIDE: Final = 256
"""Of so many sorted numbers one stays in memory, by which the others are found: a 256th of them all."""


class Spill:
    """Takes numbers of 64 bits and gives them back in their order, as often as they are asked for."""

    def __init__(self, open_file: OpenFile = BytesIO, part: int = PART, stride: int = STRIDE) -> None:
        self._open_file = open_file
        self._file: BinaryIO | None = None
        self._part = np.empty(part, np.uint64)
        self._held = 0
        self._stride = stride
        self._samples: list[Numbers] = []
        """Every `stride`-th number of each part on the disk, from its first on."""
        self._lengths: list[int] = []

    def add(self, numbers: Numbers) -> None:
        """Raises `OSError` when the disk is full."""
        while len(numbers):
            taken = numbers[: len(self._part) - self._held]
            self._part[self._held : self._held + len(taken)] = taken
            self._held += len(taken)
            if self._held == len(self._part):
                self._write()
            numbers = numbers[len(taken) :]

    def blocks(self) -> Iterator[Numbers]:
        """All numbers in their order, about as many at a time as a part has; equal ones are in one block.

        A block is the caller's until the next one is asked for. Raises `OSError` when the disk is full.
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
                # What is below the end lies before the first sample that is not.
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
        """Let go of the memory and the file."""
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
        assert self._file is not None, "nothing is read before it was written"
        self._file.seek(8 * start)
        return np.frombuffer(self._file.read(8 * count), np.uint64)


def pack(high: NDArray[np.integer], low: NDArray[np.integer] | int) -> Numbers:
    """Numbers that are sorted by `high` and then by `low`, both from 0 to 2³² - 1; `unpack` gives them back."""
    packed: Numbers = np.asarray(high, np.uint64) << np.uint64(32) | np.asarray(low, np.uint64)
    return packed


def unpack(numbers: Numbers) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """What `pack` made these of."""
    return (numbers >> np.uint64(32)).astype(np.int64), (numbers & np.uint64(0xFFFFFFFF)).astype(np.int64)


def counted(block: NDArray[Number]) -> tuple[NDArray[Number], NDArray[np.int64]]:
    """Each of some sorted numbers once, and how often it is there."""
    first = np.flatnonzero(np.concatenate([np.ones(min(1, len(block)), np.bool_), block[1:] != block[:-1]]))
    return block[first], np.diff(first, append=len(block))
