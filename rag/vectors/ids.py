"""The ids of a generation's passages, by ordinal and back, read from files that stay on the disk.

Nothing is read when they are opened, and no list of them is ever made: ten million ids would fill gigabytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

import numpy as np

from rag.vectors.layout import mapped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

IDS, ORDER = "ids.npy", "ids_order.npy"


def write_ids(folder: Path, ids: Sequence[str]) -> None:
    """Write two files: the ids in UTF-8, all of one width, and their ordinals in the order of the ids."""
    rows = np.array([name.encode() for name in ids] or np.zeros(0, "S1"))
    np.save(folder / IDS, rows)
    np.save(folder / ORDER, np.argsort(rows, kind="stable").astype(np.int64))


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
        for start in range(0, len(self), 4096):
            yield from self[start : start + 4096]

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
