"""Which articles a question's filters let through. Pure."""

from __future__ import annotations

import re
from fnmatch import translate
from typing import TYPE_CHECKING, Protocol

import numpy as np

from rag.text.normalise import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from rag.types import Filters


class Meta(Protocol):
    """What filters ask about an article; `published` starts with an ISO 8601 day."""

    @property
    def id(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def outlet(self) -> str | None: ...
    @property
    def published(self) -> str | None: ...


class Stated:
    """What `count` articles state, a column each, by the number of the article: `days` are ISO 8601, empty for none."""

    def __init__(self, count: int, articles: Iterable[tuple[int, Meta]]) -> None:
        """Each article comes with its number, from 0."""
        self.days = np.zeros(count, "U10")
        self._sources = [""] * count
        self._outlets = np.zeros(count, np.int32)
        self._codes = {"": 0}
        as_stated: dict[str, int] = {}
        for number, article in articles:
            outlet = article.outlet or ""
            if outlet not in as_stated:
                as_stated[outlet] = self._codes.setdefault(_same(outlet), len(self._codes))
            self._outlets[number] = as_stated[outlet]
            self.days[number] = (article.published or "")[:10]
            self._sources[number] = article.source

    def passing(self, filters: Filters) -> NDArray[np.bool_]:
        """Which articles pass: (count,).

        An article that does not state its outlet or date passes no filter on it. Outlets are compared in normal
        form; `source` is a path or a pattern with ``*`` and ``?``.
        """
        found = np.ones(len(self.days), np.bool_)
        if filters.published_from:
            found &= self.days >= filters.published_from
        if filters.published_to:
            found &= (self.days != "") & (self.days <= filters.published_to)
        if filters.outlet:
            found &= self._outlets == self._codes.get(_same(filters.outlet), -1)
        if filters.source:
            pattern = re.compile(translate(filters.source))
            same = (source == filters.source or bool(pattern.match(source)) for source in self._sources)
            found &= np.fromiter(same, np.bool_, len(found))
        return found


def _same(text: str) -> str:
    return " ".join(normalise(text)[0].split())
