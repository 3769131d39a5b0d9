"""Which passages are nearly the same, and which articles are one story: an agency's text in many outlets.

Both are told for each passage by ordinal; nothing is dropped. Knows words, and nothing of what they mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from rag.vectors import layout
from rag.vectors.alike import Runs, groups

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

STORY: Final = 0.6
"""The share of the shorter article's runs of words that two articles of one story have in common: their body, less a
headline, a dateline, a first or last paragraph (docs/decisions.md)."""
NEAR: Final = 0.7
"""The same for two passages that are nearly the same."""
LEAST: Final = 20
"""Runs of words in common, fewer than which are a phrase that many articles have."""


class StoriesBuilder:
    """Takes the passages of a generation in their order, those of an article one after another."""

    def __init__(self) -> None:
        self._passages = Runs()
        self._articles = Runs()
        self._firsts: list[int] = []
        self._count = 0
        self._article = ""
        self._tokens: list[str] = []

    def add(self, article_id: str, tokens: Sequence[str]) -> None:
        """The next passage."""
        if article_id != self._article:
            self._end_article()
            self._article = article_id
            self._firsts.append(self._count)
        self._tokens += tokens
        self._passages.add(tokens)
        self._count += 1

    def save(self, folder: Path) -> None:
        """Write, for each passage, the first one of those that are nearly the same, and the first of its story."""
        self._end_article()
        near = groups(self._count, self._passages.pairs(NEAR, LEAST))
        stories = groups(len(self._firsts), self._articles.pairs(STORY, LEAST))
        firsts = np.array(self._firsts, np.int32)
        articles = np.repeat(np.arange(len(firsts)), np.diff([*self._firsts, self._count]))
        np.save(folder / layout.NEAR, near)
        np.save(folder / layout.STORIES, firsts[stories][articles])

    def _end_article(self) -> None:
        if self._article:
            self._articles.add(self._tokens)
        self._tokens = []
