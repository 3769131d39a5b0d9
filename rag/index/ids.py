"""The ids of a generation's passages, by ordinal and back, read from files that stay on the disk.

Nothing is read when they are opened, and no list of them is ever made: ten million ids would fill gigabytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, overload

import numpy as np

from rag.index.files import mapped
from rag.rows_file import RowsWriter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

IDS, ORDER = "ids.npy", "ids_order.npy"
AT_ONCE = 4096
"""Ids that are read or written at a time."""


def write_ids(folder: Path, ids: Iterable[str], width: int) -> None:
    """Write two files: the ids in UTF-8, all of one `width` in bytes, and their ordinals in the order of the ids.

    Raises `ValueError` for an id that is wider, `OSError` when the disk is full.
    """
    kind = f"S{width}"
    stream = iter(ids)
    with RowsWriter(folder / IDS, f"|{kind}", flat=True) as writer:
        while batch := [name.encode() for name in islice(stream, AT_ONCE)]:
            if max(map(len, batch)) > width:
                raise ValueError(f"an id is wider than {width} bytes")
            writer.add(np.array(batch, kind))
    np.save(folder / ORDER, np.argsort(mapped(folder / IDS), kind="stable").astype(np.int64))


class Ids(Sequence[str]):
    """The ids that `write_ids` wrote, by ordinal. Raises `OSError` or `ValueError` when they are not whole."""

    def __init__(self, folder: Path) -> None:
        self._rows: NDArray[np.bytes_] = mapped(folder / IDS)
        self._order: NDArray[np.int64] = mapped(folder / ORDER)

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [name.decode() for name in self._rows[place].tolist()]
        return bytes(self._rows[place]).decode()

    def __iter__(self) -> Iterator[str]:
        for start in range(0, len(self), AT_ONCE):
            yield from self[start : start + AT_ONCE]

    def ordinals(self, names: Sequence[str]) -> NDArray[np.int64]:
        """The ordinal of each of these ids. Raises `KeyError` for one that is not here."""
        wanted = np.array([name.encode() for name in names] or np.zeros(0, "S1"))
        if not len(self):
            places = np.zeros(0, np.int64)
        else:
            places = np.searchsorted(self._rows, wanted, sorter=self._order).clip(max=len(self) - 1)
            places = np.asarray(self._order[places])
        for name, place in zip(names, places.tolist() or [-1] * len(names), strict=True):
            if place < 0 or self[place] != name:
                raise KeyError(name)
        return places
