"""Select the articles that match a question's filters."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from fnmatch import translate
from typing import TYPE_CHECKING, Protocol

import numpy as np

from rag.text.normalise import normalise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from rag.types import Filters

    _Ordinals = NDArray[np.int64]


class Meta(Protocol):
    """Article metadata that filters use; `published` starts with an ISO 8601 day."""

    @property
    def id(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def outlet(self) -> str | None: ...
    @property
    def published(self) -> str | None: ...


class StatedColumns:
    """Metadata of `count` articles in columns, by article number: `days` are ISO 8601, empty for none."""

    def __init__(self, count: int, articles: Iterable[tuple[int, Meta]]) -> None:
        """`articles` yields each article with its number, from 0."""
        self.days = np.zeros(count, "U10")
        self._sources = [""] * count
        self._outlets = np.zeros(count, np.int32)
        self._codes = {"": 0}
        as_stated: dict[str, int] = {}
        for number, article in articles:
            outlet = article.outlet or ""
            if outlet not in as_stated:
                as_stated[outlet] = self._codes.setdefault(outlet_key(outlet), len(self._codes))
            self._outlets[number] = as_stated[outlet]
            self.days[number] = (article.published or "")[:10]
            self._sources[number] = article.source

    def passing(self, filters: Filters) -> NDArray[np.bool_]:
        """Mask of the articles that match, shape (count,).

        An article that does not state its outlet or date matches no filter on it. Outlets are compared in normalised
        form; `source` is a path or a pattern with ``*`` and ``?``.
        """
        found = np.ones(len(self.days), np.bool_)
        if filters.published_from:
            found &= self.days >= filters.published_from
        if filters.published_to:
            found &= (self.days != "") & (self.days <= filters.published_to)
        if filters.outlet:
            found &= self._outlets == self._codes.get(outlet_key(filters.outlet), -1)
        if filters.source:
            pattern = re.compile(translate(filters.source))
            same = (source == filters.source or bool(pattern.match(source)) for source in self._sources)
            found &= np.fromiter(same, np.bool_, len(found))
        return found


def outlet_key(text: str) -> str:
    return " ".join(normalise(text)[0].split())


# Article metadata of one generation in columns, for filters and date boosts.
#
# Loaded at the first question that needs it and kept while the generation is open.


@dataclass(frozen=True, slots=True)
class Among:
    """Passages that match the filters: `articles` is the article number of each passage, `passing` the mask of matching
    articles, `count` the number of matching passages."""

    articles: NDArray[np.int32]
    passing: NDArray[np.bool_]
    count: int

    def has(self, ordinals: _Ordinals) -> NDArray[np.bool_]:
        """Mask of the given passages that match, shape (n,)."""
        found: NDArray[np.bool_] = self.passing[self.articles[ordinals]]
        return found

    def every(self) -> NDArray[np.bool_]:
        """Mask over all passages, by ordinal."""
        found: NDArray[np.bool_] = self.passing[self.articles]
        return found


class FilterColumns:
    """Metadata columns of one generation. Thread-safe."""

    def __init__(self, metas: Callable[[], Iterable[Meta]], articles: NDArray[np.int32], ids: Sequence[str]) -> None:
        """`articles` is the article number of each passage, `ids` the passage ids, both by ordinal."""
        self._metas = metas
        self._articles = articles
        self._ids = ids
        self._lock = threading.Lock()
        self._read: tuple[StatedColumns, NDArray[np.int64]] | None = None

    def among(self, filters: Filters) -> Among | None:
        """Passages that match the filters; None if there is no filter."""
        if not filters:
            return None
        stated, sizes = self._columns()
        passing = stated.passing(filters)
        return Among(self._articles, passing, int(sizes[passing].sum()))

    def days(self, ordinals: _Ordinals) -> NDArray[np.str_]:
        """ISO 8601 publication day of each passage's article, empty if not stated, shape (n,)."""
        days: NDArray[np.str_] = self._columns()[0].days[self._articles[ordinals]]
        return days

    def _columns(self) -> tuple[StatedColumns, NDArray[np.int64]]:
        with self._lock:
            if self._read is None:
                _, firsts, sizes = np.unique(self._articles, return_index=True, return_counts=True)
                numbers = {self._ids[first].rpartition("@")[0]: number for number, first in enumerate(firsts.tolist())}
                self._read = StatedColumns(len(numbers), ((numbers[meta.id], meta) for meta in self._metas())), sizes
            return self._read
