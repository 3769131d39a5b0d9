"""Which passages are nearly the same, and which articles are one story: an agency's text in many outlets.

Both are told for each passage by ordinal; nothing is dropped. Knows words, and nothing of what they mean.
"""

from __future__ import annotations

from array import array
from io import BytesIO
from typing import TYPE_CHECKING, Final

import numpy as np

from rag.vectors import layout
from rag.vectors.alike import Runs, groups

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rag.spill import OpenFile

STORY: Final = 0.6
"""The share of the shorter article's runs of words that two articles of one story have in common: their body, less a
headline, a dateline, a first or last paragraph (docs/decisions.md)."""
NEAR: Final = 0.7
"""The same for two passages that are nearly the same."""
LEAST: Final = 20
"""Runs of words in common, fewer than which are a phrase that many articles have."""


class StoriesBuilder:
    """Takes the passages of a generation in their order, those of an article one after another.

    What does not fit into memory goes into files that `open_file` gives.
    """

    def __init__(self, open_file: OpenFile = BytesIO) -> None:
        self._passages = Runs(open_file)
        self._articles = Runs(open_file)
        self._firsts = array("i")
        self._count = 0
        self._article = ""
        self._tokens: list[str] = []

    def add(self, article_id: str, tokens: Sequence[str]) -> None:
        """The next passage. Raises `OSError` when the disk is full."""
        if article_id != self._article:
            self._end_article()
            self._article = article_id
            self._firsts.append(self._count)
        self._tokens += tokens
        self._passages.add(tokens)
        self._count += 1

    def save(self, folder: Path) -> None:
        """Write, for each passage, the first one of those that are nearly the same, and the first of its story.

        Raises `OSError` when the disk is full.
        """
        self._end_article()
        np.save(folder / layout.NEAR, groups(self._count, self._passages.pairs(NEAR, LEAST)))
        self._passages.close()
        stories = groups(len(self._firsts), self._articles.pairs(STORY, LEAST))
        self._articles.close()
        firsts = np.array(self._firsts, np.int32)
        np.save(folder / layout.STORIES, np.repeat(firsts[stories], np.diff(firsts, append=self._count)))

    def _end_article(self) -> None:
        if self._article:
            self._articles.add(self._tokens)
        self._tokens = []
