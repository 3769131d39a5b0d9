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

from rag.external_sort import PART, RowsWriter, Spill, counted, pack, unpack
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
_RUNS, _ENDS, _RUN_HOLDERS = "runs.npy", "ends.npy", "holders.npy"
_OF_PASSAGES, _OF_ARTICLES = "passage", "article"
_FIGURES_FILE, _FIGURE_ENDS = "figures.npy", "figure_ends.npy"
NEAR_PAIRS, STORY_PAIRS = "near_pairs.npy", "story_pairs.npy"
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
                if _are_similar(ours, self._runs_of(other), share, least):
                    yield one, other
        common.close()

    def save(self, folder: Path, name: str) -> None:
        """Write the runs into three files of `folder`, for `StoredRuns`. Raises `OSError` if the disk is full."""
        np.save(folder / f"{name}_{_ENDS}", np.frombuffer(self._ends, np.int64))
        with RowsWriter(folder / f"{name}_{_RUNS}", "<u4", flat=True) as runs:
            self._of_texts.seek(0)
            while part := self._of_texts.read(4 * PART):
                runs.add(np.frombuffer(part, np.uint32))
        with RowsWriter(folder / f"{name}_{_RUN_HOLDERS}", "<u8", flat=True) as holders:
            for block in self._holders.blocks():
                holders.add(block)

    def close(self) -> None:
        """Free the memory and close the files."""
        self._holders.close()
        self._of_texts.close()

    def _runs_of(self, text: int) -> NDArray[np.uint32]:
        start, end = self._ends[text], self._ends[text + 1]
        self._of_texts.seek(4 * start)
        return np.frombuffer(self._of_texts.read(4 * (end - start)), np.uint32)


class StoredRuns:
    """The runs that `Runs.save` wrote, memory-mapped from disk."""

    def __init__(self, folder: Path, name: str) -> None:
        """Raises `OSError` or `ValueError` if the files are incomplete."""
        self._ends: NDArray[np.int64] = layout.mapped(folder / f"{name}_{_ENDS}")
        self._runs: NDArray[np.uint32] = layout.mapped(folder / f"{name}_{_RUNS}")
        self._holders: NDArray[np.uint64] = layout.mapped(folder / f"{name}_{_RUN_HOLDERS}")
        if self._ends[-1] != len(self._runs) or len(self._runs) != len(self._holders):
            raise ValueError(f"the runs of {name} are incomplete")

    def of(self, text: int) -> NDArray[np.uint32]:
        """The runs of a text, distinct and sorted."""
        return self._runs[self._ends[text] : self._ends[text + 1]]

    def pairs(self, later: StoredRuns, share: float, least: int) -> Iterator[tuple[int, int]]:
        """Pairs of one of these texts and one of the `later` ones that are similar as in `Runs.pairs`.

        Cost and memory grow with the later texts, and hardly with these.
        """
        runs, texts = unpack(np.asarray(later._holders))
        distinct, first = np.unique(runs, return_inverse=True)
        bounds = distinct.astype(np.uint64) << np.uint64(32)
        starts = np.searchsorted(self._holders, bounds)
        ends = np.searchsorted(self._holders, bounds + np.uint64(1 << 32)) if len(bounds) else starts
        held = np.minimum(ends - starts, HOLDERS)
        # Each later text with each of the first holders of each of its runs.
        times = held[first]
        offsets = np.arange(int(times.sum())) - np.repeat(np.cumsum(times) - times, times)
        _, ours = unpack(np.asarray(self._holders[np.repeat(starts[first], times) + offsets], np.uint64))
        pairs, common = counted(np.sort(pack(ours, np.repeat(texts, times).astype(np.uint64))))
        one, other = unpack(pairs)
        small = np.minimum(np.diff(self._ends)[one], np.diff(later._ends)[other])
        likely = common >= _CANDIDATE * share * small
        for ours_, theirs_ in zip(one[likely].tolist(), other[likely].tolist(), strict=True):
            if _are_similar(self.of(ours_), later.of(theirs_), share, least):
                yield ours_, theirs_


def _are_similar(ours: NDArray[np.uint32], theirs: NDArray[np.uint32], share: float, least: int) -> bool:
    both = len(np.intersect1d(ours, theirs, assume_unique=True))
    return both >= share * min(len(ours), len(theirs)) and (both >= least or len(ours) == len(theirs) == both)


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


def groups(count: int, pairs: NDArray[np.integer]) -> NDArray[np.int32]:
    """For each of `count` texts, the first one that it is connected to by `pairs`, shape (n, 2), or itself."""
    first = np.arange(count, dtype=np.int32)
    one, other = pairs[:, 0], pairs[:, 1]
    while True:
        low = np.minimum(first[one], first[other])
        if (first[one] == low).all() and (first[other] == low).all():
            return first
        # Hook the representative of each end to the lower one, then let every text point to a representative.
        np.minimum.at(first, first[one], low)
        np.minimum.at(first, first[other], low)
        while not np.array_equal(above := first[first], first):
            first = above


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


# Near-duplicate passages, and articles of one story: an agency's text in many outlets. Both are stored as pairs;
# nothing is dropped.

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
        self._article = ""
        self._tokens: list[str] = []

    def add(self, article_id: str, tokens: Sequence[str]) -> None:
        """Add the next passage. Raises `OSError` if the disk is full."""
        if article_id != self._article:
            self._end_article()
            self._article = article_id
        self._tokens += tokens
        self._passages.add(tokens)

    def save(self, folder: Path) -> None:
        """Write the runs of passages and articles, the figures of articles, and the pairs of near-duplicate passages,
        by row, and of articles of one story, by number. Raises `OSError` if the disk is full.
        """
        self._end_article()
        np.save(folder / NEAR_PAIRS, as_pairs(self._passages.pairs(_NEAR, LEAST)))
        self._passages.save(folder, _OF_PASSAGES)
        self._passages.close()
        np.save(folder / _FIGURES_FILE, np.frombuffer(self._figures, np.uint32))
        np.save(folder / _FIGURE_ENDS, np.frombuffer(self._ends, np.int64))
        figures = StoredFigures(folder)
        pairs = self._articles.pairs(STORY, LEAST)
        np.save(folder / STORY_PAIRS, as_pairs(pair for pair in pairs if agree(*map(figures.of, pair))))
        self._articles.save(folder, _OF_ARTICLES)
        self._articles.close()

    def _end_article(self) -> None:
        if self._article:
            self._articles.add(self._tokens)
            self._figures.extend(sorted({crc32(token.encode()) for token in self._tokens if token.isdigit()}))
            self._ends.append(len(self._figures))
        self._tokens = []


class StoredFigures:
    """The figures of the articles of a segment, as hashes, memory-mapped from disk."""

    def __init__(self, folder: Path) -> None:
        """Raises `OSError` or `ValueError` if the files are incomplete."""
        self._figures: NDArray[np.uint32] = layout.mapped(folder / _FIGURES_FILE)
        self._ends: NDArray[np.int64] = layout.mapped(folder / _FIGURE_ENDS)
        if self._ends[-1] != len(self._figures):
            raise ValueError("the figures are incomplete")

    def of(self, article: int) -> set[int]:
        """The distinct figures of an article."""
        return set(self._figures[self._ends[article] : self._ends[article + 1]].tolist())


def agree(ours: set[int], theirs: set[int]) -> bool:
    """Whether two articles have enough common figures to be of one story."""
    fewer = min(len(ours), len(theirs))
    return fewer < 2 or len(ours & theirs) >= _FIGURES * fewer


def as_pairs(pairs: Iterable[tuple[int, int]]) -> NDArray[np.int64]:
    """An array of shape (n, 2)."""
    return np.fromiter((one for pair in pairs for one in pair), np.int64).reshape(-1, 2)


def pairs_with(earlier: Path, later: Path) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Near-duplicate passages, and articles of one story, between two segments: pairs of a row or number in the earlier
    and in the later one. Raises `OSError` or `ValueError` if a folder is incomplete."""
    near = StoredRuns(earlier, _OF_PASSAGES).pairs(StoredRuns(later, _OF_PASSAGES), _NEAR, LEAST)
    stories = StoredRuns(earlier, _OF_ARTICLES).pairs(StoredRuns(later, _OF_ARTICLES), STORY, LEAST)
    ours, theirs = StoredFigures(earlier), StoredFigures(later)
    return as_pairs(near), as_pairs((a, b) for a, b in stories if agree(ours.of(a), theirs.of(b)))
