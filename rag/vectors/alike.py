"""Which texts share most of their words? Counted exactly by runs of three tokens, at a cost that grows with the texts.

Knows texts by their ordinal only, and nothing of how a text became tokens or of what the texts are.
"""

from __future__ import annotations

import zlib
from array import array
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

RUN: Final = 3
"""Tokens in a run. Longer ones miss copies that an editor went over, shorter ones are in every text."""
HOLDERS: Final = 64
"""A later text is compared with the first so many texts that hold a run: so the cost grows with the texts, not with
their square, and a text that a thousand outlets carry is still found to be the first ones' copy."""
CANDIDATE: Final = 2 / 3
"""Of the share that is asked for, what a pair must reach over those holders before it is counted exactly."""
BLOCK: Final = 2048
_MIX: Final = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], np.uint64)


class Runs:
    """Takes the tokens of one text after another; memory: 4 bytes for each run of a text, and about 40 while paired."""

    def __init__(self) -> None:
        self._runs = array("I")
        self._ends = array("q", [0])

    def add(self, tokens: Sequence[str]) -> None:
        """The next text; one without tokens is like no other."""
        self._runs.frombytes(_runs(tokens).astype("=u4").tobytes())
        self._ends.append(len(self._runs))

    def pairs(self, share: float, least: int) -> Iterator[tuple[int, int]]:
        """Pairs (earlier, later) of texts where the smaller has at least `share`, in (0, 1], of its runs, and no fewer
        than `least` runs, in common with the other; texts of the very same runs whatever their number.

        The same each time. Of a run that more than `HOLDERS` texts hold only the first of them are earlier ones.
        """
        from scipy.sparse import csr_matrix

        runs, ends = np.frombuffer(self._runs, np.uint32), np.frombuffer(self._ends, np.int64)
        sizes = np.diff(ends)
        if not len(runs):
            return
        _, columns, holders = np.unique(runs, return_inverse=True, return_counts=True)
        rows = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
        shared = holders[columns] > 1
        columns, rows = columns[shared].astype(np.int32), rows[shared]
        by_column = np.argsort(columns, kind="stable")
        ordered = columns[by_column]
        rank = np.arange(len(ordered)) - np.searchsorted(ordered, ordered)
        first = by_column[rank < HOLDERS]
        shape = (len(sizes), len(holders))
        all_of = csr_matrix((np.ones(len(rows), np.int32), (rows, columns)), shape)
        first_of = csr_matrix((np.ones(len(first), np.int32), (columns[first], rows[first])), shape[::-1])
        for start in range(0, len(sizes), BLOCK):
            counts = (all_of[start : start + BLOCK] @ first_of).tocoo()
            later, earlier = counts.row.astype(np.int64) + start, counts.col.astype(np.int64)
            smaller = np.minimum(sizes[later], sizes[earlier])
            likely = (earlier < later) & (counts.data >= CANDIDATE * share * smaller)
            for one, other in sorted(zip(earlier[likely].tolist(), later[likely].tolist(), strict=True)):
                ours, theirs = runs[ends[one] : ends[one + 1]], runs[ends[other] : ends[other + 1]]
                common = len(np.intersect1d(ours, theirs, assume_unique=True))
                small = min(len(ours), len(theirs))
                if common >= share * small and (common >= least or len(ours) == len(theirs) == common):
                    yield one, other


def groups(count: int, pairs: Iterator[tuple[int, int]]) -> NDArray[np.int32]:
    """For each of `count` texts the first one that pairs lead to, itself where there is none."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    ends = np.array(list(pairs), np.int64).reshape(-1, 2)
    graph = coo_matrix((np.ones(len(ends), np.int8), (ends[:, 0], ends[:, 1])), (count, count))
    _, names = connected_components(graph, directed=False)
    _, first = np.unique(names, return_index=True)
    found: NDArray[np.int32] = first[names].astype(np.int32)
    return found


def _runs(tokens: Sequence[str]) -> NDArray[np.uint64]:
    """The hashes of the runs of a text, each once, in order; a shorter text is one run."""
    if not tokens:
        return np.zeros(0, np.uint64)
    words = np.fromiter((zlib.crc32(token.encode()) for token in tokens), np.uint64, len(tokens))
    width = min(RUN, len(words))
    mixed = np.zeros(len(words) - width + 1, np.uint64)
    for place in range(width):
        mixed = (mixed ^ words[place : len(words) - width + 1 + place]) * _MIX[place]
        mixed ^= mixed >> np.uint64(29)
    return np.unique(mixed >> np.uint64(32))
