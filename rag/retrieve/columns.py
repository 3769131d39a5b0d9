"""What the articles of one generation state about themselves, a column each, by passage: what filters and dates ask.

Read once, at the first question that asks, and kept as long as the generation is open. Knows no score.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rag.retrieve.filters import Meta, Stated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from rag.types import Filters

    Ordinals = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Among:
    """The passages that filters let through: `articles` is the number of each passage's article, `passing` says by
    that number which pass, `count` is how many passages they have."""

    articles: NDArray[np.int32]
    passing: NDArray[np.bool_]
    count: int

    def has(self, ordinals: Ordinals) -> NDArray[np.bool_]:
        """Which of these passages pass: (n,)."""
        found: NDArray[np.bool_] = self.passing[self.articles[ordinals]]
        return found

    def every(self) -> NDArray[np.bool_]:
        """Which of all passages pass, by ordinal."""
        found: NDArray[np.bool_] = self.passing[self.articles]
        return found


class Columns:
    """The columns of one generation. Threads may share it."""

    def __init__(self, metas: Callable[[], Iterable[Meta]], articles: NDArray[np.int32], ids: Sequence[str]) -> None:
        """`articles` is the number of each passage's article, `ids` the ids of the passages, both by ordinal."""
        self._metas = metas
        self._articles = articles
        self._ids = ids
        self._lock = threading.Lock()
        self._read: tuple[Stated, NDArray[np.int64]] | None = None

    def among(self, filters: Filters) -> Among | None:
        """What the filters let through; None where there is no filter."""
        if not filters:
            return None
        stated, sizes = self._columns()
        passing = stated.passing(filters)
        return Among(self._articles, passing, int(sizes[passing].sum()))

    def days(self, ordinals: Ordinals) -> NDArray[np.str_]:
        """The ISO 8601 day on which each passage's article was published, empty where it states none: (n,)."""
        days: NDArray[np.str_] = self._columns()[0].days[self._articles[ordinals]]
        return days

    def _columns(self) -> tuple[Stated, NDArray[np.int64]]:
        with self._lock:
            if self._read is None:
                _, firsts, sizes = np.unique(self._articles, return_index=True, return_counts=True)
                numbers = {self._ids[first].rpartition("@")[0]: number for number, first in enumerate(firsts.tolist())}
                self._read = Stated(len(numbers), ((numbers[meta.id], meta) for meta in self._metas())), sizes
            return self._read
