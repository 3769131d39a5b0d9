"""Find near-duplicate texts: exact overlap of shingles of three tokens, at a cost linear in the number of texts.

Texts are identified by their ordinal.
"""

from __future__ import annotations

import zlib
from array import array
from io import BytesIO
from typing import TYPE_CHECKING, Final
from zlib import crc32

import numpy as np

from rag.external_sort import PART, Spill, counted, pack, unpack
from rag.index import layout

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from rag.external_sort import Numbers, OpenFile

_RUN: Final = 3
"""Number of tokens in a run (shingle). Longer runs miss edited copies; shorter ones occur in every text."""
HOLDERS: Final = 64
"""A text is compared only with the first texts, at most this many, that contain a run: the cost is linear instead of
quadratic, and a text that a thousand outlets carry is still found to be a copy of the first ones."""
_CANDIDATE: Final = 2 / 3
"""Share of the required overlap that a pair must reach over those texts before it is counted exactly."""
_MIX: Final = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], np.uint64)


class Runs:
    """Collects the tokens of one text after another.

    Memory is 8 bytes per text; the hashes of runs, and the pairs of texts with a common run, are in files that
    `open_file` opens.
    """

    def __init__(self, open_file: OpenFile = BytesIO, part: int = PART) -> None:
        self._open_file, self._part = open_file, part
        self._of_texts = open_file()
        self._ends = array("q", [0])
        self._holders = Spill(open_file, part)
        """The hash of each run and the ordinal of its text."""

    def add(self, tokens: Sequence[str]) -> None:
        """Add the next text; one without tokens is similar to no other. Raises `OSError` if the disk is full."""
        runs = _runs(tokens)
        self._holders.add(pack(runs, len(self._ends) - 1))
        self._of_texts.write(runs.astype("=u4").tobytes())
        self._ends.append(self._ends[-1] + len(runs))

    def pairs(self, share: float, least: int) -> Iterator[tuple[int, int]]:
        """Pairs (earlier, later), sorted, of texts where at least the share `share`, in (0, 1], of the smaller one's
        runs, and at least `least` runs, also occur in the other; texts with identical runs regardless of their number.

        For a run in more than `HOLDERS` texts, only the first of them count as earlier ones. Raises `OSError` if the
        disk is full.
        """
        sizes = np.diff(np.frombuffer(self._ends, np.int64))
        common = Spill(self._open_file, self._part)
        for pairs in _with_a_run_in_common(self._holders.blocks()):
            common.add(pairs)
        for block in common.blocks():
            pairs, times = counted(block)
            earlier, later = unpack(pairs)
            likely = times >= _CANDIDATE * share * np.minimum(sizes[later], sizes[earlier])
            ours, of = np.zeros(0, np.uint32), -1
            for one, other in zip(earlier[likely].tolist(), later[likely].tolist(), strict=True):
                if one != of:
                    ours, of = self._runs_of(one), one
                theirs = self._runs_of(other)
                both = len(np.intersect1d(ours, theirs, assume_unique=True))
                small = min(len(ours), len(theirs))
                if both >= share * small and (both >= least or len(ours) == len(theirs) == both):
                    yield one, other
        common.close()

    def close(self) -> None:
        """Free the memory and close the files."""
        self._holders.close()
        self._of_texts.close()

    def _runs_of(self, text: int) -> NDArray[np.uint32]:
        start, end = self._ends[text], self._ends[text + 1]
        self._of_texts.seek(4 * start)
        return np.frombuffer(self._of_texts.read(4 * (end - start)), np.uint32)


def _with_a_run_in_common(blocks: Iterator[Numbers]) -> Iterator[Numbers]:
    """Pairs (earlier, later) of texts, once for each common run, from runs sorted with their texts."""
    # The first texts with the last run: more of them may follow in the next block.
    begun = np.zeros(0, np.uint64)
    for block in blocks:
        every = np.concatenate([begun, block])
        runs, texts = unpack(every)
        _, times = counted(runs)
        starts = np.repeat(np.cumsum(times) - times, times)
        ranks = np.arange(len(every)) - starts
        after = np.arange(len(begun), len(every))
        for rank in range(min(HOLDERS, int(times.max(initial=0)) - 1)):
            after = after[ranks[after] > rank]
            yield pack(texts[starts[after] + rank], texts[after])
        begun = every[starts[-1] :][:HOLDERS]


def groups(count: int, pairs: Iterable[tuple[int, int]]) -> NDArray[np.int32]:
    """For each of `count` texts, the first one that it is connected to by pairs, or itself."""
    above = array("i", range(count))

    def first(text: int) -> int:
        while above[text] != text:
            above[text] = text = above[above[text]]
        return text

    for pair in pairs:
        one, other = map(first, pair)
        above[max(one, other)] = min(one, other)
    return np.fromiter(map(first, range(count)), np.int32, count)


def _runs(tokens: Sequence[str]) -> NDArray[np.uint64]:
    """Hashes of the runs of a text, distinct and sorted; a text shorter than a run is one run."""
    if not tokens:
        return np.zeros(0, np.uint64)
    words = np.fromiter((zlib.crc32(token.encode()) for token in tokens), np.uint64, len(tokens))
    width = min(_RUN, len(words))
    mixed = np.zeros(len(words) - width + 1, np.uint64)
    for place in range(width):
        mixed = (mixed ^ words[place : len(words) - width + 1 + place]) * _MIX[place]
        mixed ^= mixed >> np.uint64(29)
    return np.unique(mixed >> np.uint64(32))


# Near-duplicate passages, and articles of one story: an agency's text in many outlets. Both are stored for each passage
# by ordinal; nothing is dropped.

STORY: Final = 0.6
"""Minimum share of the shorter article's runs that two articles of one story have in common: their body may differ by a
headline, a dateline, a first or last paragraph (docs/decisions/)."""
_NEAR: Final = 0.7
"""The same for two near-duplicate passages."""
LEAST: Final = 20
"""Minimum number of common runs; fewer are a phrase that many articles have."""
_FIGURES: Final = 0.5
"""Minimum share of common figures, of the article with fewer, if it has two or more, for two articles of one story. In
filled-in forms, such as match reports or traffic notices, the words stay the same and the figures change."""


class StoriesBuilder:
    """Collects the passages of a generation in order; those of an article are consecutive.

    Data that does not fit into memory goes into files that `open_file` opens.
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
        """Add the next passage. Raises `OSError` if the disk is full."""
        if article_id != self._article:
            self._end_article()
            self._article = article_id
            self._firsts.append(self._count)
        self._tokens += tokens
        self._passages.add(tokens)
        self._count += 1

    def save(self, folder: Path) -> None:
        """Write, for each passage, the first of its near-duplicates and the first passage of its story.

        Raises `OSError` if the disk is full.
        """
        self._end_article()
        np.save(folder / layout.NEAR, groups(self._count, self._passages.pairs(_NEAR, LEAST)))
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
        return fewer < 2 or len(ours & theirs) >= _FIGURES * fewer
