"""Map the passages of a generation, by ordinal, to the rows of its segments and back."""

from __future__ import annotations

from bisect import bisect_right
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np

from rag.fusion import is_among
from rag.index.layout import PLACES, mapped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Ordinals = NDArray[np.int64]


class Located(NamedTuple):
    """Some of the passages asked for that are in one segment: the number of the segment, their positions among those
    asked for, and their rows in the segment."""

    segment: int
    at: NDArray[np.int64]
    rows: NDArray[np.int64]


class Places:
    """Where each passage of a generation is.

    A place is the row of a passage among the rows of all segments, one segment after another. Rows of passages that
    were removed or replaced have no ordinal. Within a segment, ordinals ascend with rows.
    """

    def __init__(self, sizes: Sequence[int], places: NDArray[np.integer] | None = None) -> None:
        """`sizes` is the number of rows of each segment, `places` the place of each passage, or None if every row of
        every segment is a passage, in order."""
        self.starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.array(sizes, np.int64))])
        self._starts: list[int] = self.starts.tolist()
        self.places = places
        self.count = int(self.starts[-1]) if places is None else len(places)
        self._ordinals: list[NDArray[np.int32]] | None = None
        self._removed: list[NDArray[np.int64]] | None = None
        if places is not None:
            ordinals = np.full(int(self.starts[-1]), -1, np.int32)
            ordinals[places] = np.arange(len(places), dtype=np.int32)
            self._ordinals = [ordinals[start:end] for start, end in zip(self.starts, self.starts[1:], strict=False)]
            self._removed = [np.flatnonzero(of < 0) for of in self._ordinals]

    @classmethod
    def open(cls, generation: Path, sizes: Sequence[int]) -> Self:
        """Read those of a generation from its folder. Raises `OSError` or `ValueError` if the file is incomplete."""
        path = generation / PLACES
        return cls(sizes, mapped(path) if path.is_file() else None)

    def locate(self, ordinals: Ordinals) -> list[Located]:
        """Rows of these passages by segment; segments without any are left out."""
        places = np.asarray(ordinals if self.places is None else self.places[ordinals], np.int64)
        if len(self.starts) == 2:
            return [Located(0, np.arange(len(places)), places)] if len(places) else []
        of = np.searchsorted(self.starts, places, side="right") - 1
        found = []
        for segment in np.unique(of).tolist():
            at = np.flatnonzero(of == segment)
            found.append(Located(segment, at, places[at] - self.starts[segment]))
        return found

    def one(self, ordinal: int) -> tuple[int, int]:
        """Segment and row of one passage."""
        place = ordinal if self.places is None else int(self.places[ordinal])
        segment = bisect_right(self._starts, place) - 1
        return segment, place - self._starts[segment]

    def ordinals(self, segment: int, rows: NDArray[np.integer]) -> NDArray[np.integer]:
        """Ordinals of the passages in these rows of a segment, in order; rows without a passage are left out."""
        if self._ordinals is None or self._removed is None:
            return rows + self.starts[segment] if segment else rows
        found: NDArray[np.int32] = self._ordinals[segment][rows]
        return found[found >= 0] if len(self._removed[segment]) else found

    def kept(self, segment: int, rows: NDArray[np.integer]) -> NDArray[np.bool_] | None:
        """Mask of the rows of a segment that are passages; None if all are."""
        if self._ordinals is None or self._removed is None or not len(self._removed[segment]):
            return None
        kept: NDArray[np.bool_] = self._ordinals[segment][rows] >= 0
        return kept

    def kept_of(self, segment: int, of_rows: NDArray[Any]) -> NDArray[Any]:
        """Those of some values by row of a segment whose rows are passages."""
        mask = self.mask(segment)
        return of_rows if mask is None else of_rows[mask]

    @contextmanager
    def by_row(self, by_ordinal: NDArray[Any], segment: int) -> Iterator[NDArray[Any]]:
        """Zeros by row of a segment, which are stored by ordinal when the block ends.

        `by_ordinal` has one element more than there are passages, for the rows that are none.
        """
        if self._ordinals is None:
            yield by_ordinal[self.starts[segment] : self.starts[segment + 1]]
            return
        of_rows = np.zeros(len(self._ordinals[segment]), by_ordinal.dtype)
        yield of_rows
        by_ordinal[self._ordinals[segment]] = of_rows  # a row without a passage has -1, which is the last element

    def mask(self, segment: int) -> NDArray[np.bool_] | None:
        """Mask over all rows of a segment: which are passages; None if all are."""
        return None if self._ordinals is None or not self.removed(segment) else self._ordinals[segment] >= 0

    def removed(self, segment: int) -> int:
        """Number of rows of a segment that are no passages of the generation."""
        return 0 if self._removed is None else len(self._removed[segment])

    def removed_among(self, segment: int, rows: NDArray[np.integer]) -> int:
        """How many of these sorted rows of a segment are no passages of the generation."""
        if self._removed is None or not len(self._removed[segment]):
            return 0
        return int(np.count_nonzero(is_among(rows, self._removed[segment])))
