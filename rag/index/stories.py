"""Which passages are nearly the same, and which articles are one story: an agency's text in many outlets.

Both are told for each passage by ordinal; nothing is dropped. Knows words, and nothing of what they mean.
"""

from __future__ import annotations

from array import array
from io import BytesIO
from typing import TYPE_CHECKING, Final
from zlib import crc32

import numpy as np

from rag.index import files as layout
from rag.index.near_duplicates import Runs, groups

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rag.external_sort import OpenFile

STORY: Final = 0.6
"""The share of the shorter article's runs of words that two articles of one story have in common: their body, less a
headline, a dateline, a first or last paragraph (docs/decisions.md)."""
NEAR: Final = 0.7
"""The same for two passages that are nearly the same."""
LEAST: Final = 20
"""Runs of words in common, fewer than which are a phrase that many articles have."""
FIGURES: Final = 0.5
"""The least share of the figures of the article with fewer, where it has two or more, that two articles of one story
have in common. Where a form is filled in anew, such as a match report or a notice of traffic, the words stay and the
figures change."""


class StoriesBuilder:
    """Takes the passages of a generation in their order, those of an article one after another.

    What does not fit into memory goes into files that `open_file` gives.
    """

    def __init__(self, open_file: OpenFile = BytesIO) -> None:
        self._passages = Runs(open_file)
        self._articles = Runs(open_file)
        self._figures = array("I")
        self._ends = array("q", [0])
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
        pairs = (pair for pair in self._articles.pairs(STORY, LEAST) if self._figures_agree(*pair))
        stories = groups(len(self._firsts), pairs)
        self._articles.close()
        firsts = np.array(self._firsts, np.int32)
        np.save(folder / layout.STORIES, np.repeat(firsts[stories], np.diff(firsts, append=self._count)))

    def _end_article(self) -> None:
        if self._article:
            self._articles.add(self._tokens)
            self._figures.extend(sorted({crc32(token.encode()) for token in self._tokens if token.isdigit()}))
            self._ends.append(len(self._figures))
        self._tokens = []

    def _figures_agree(self, one: int, other: int) -> bool:
        ours, theirs = (set(self._figures[self._ends[at] : self._ends[at + 1]]) for at in (one, other))
        fewer = min(len(ours), len(theirs))
        return fewer < 2 or len(ours & theirs) >= FIGURES * fewer
