"""Keyword index: BM25 over stems, and the positions of whole words, for phrases. Each segment has its own files.

BM25 is Lucene's variant with k1 = 1.5 and b = 0.75, the default of bm25s. A word is found by a hash of 64 bits.
"""

from __future__ import annotations

from array import array
from functools import lru_cache
from io import BytesIO
from math import log
from typing import TYPE_CHECKING, Final

import numpy as np

from rag.external_sort import PART, RowsWriter, Spill, counted, pack, unpack
from rag.fusion import inverse_frequency, is_among, share
from rag.index.layout import hash_of, mapped, place_of
from rag.index.places import Places

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from rag.external_sort import OpenFile

    Ordinals = NDArray[np.int64]


_LENGTHS, _HASHES, _STARTS, _HOLDERS, _TIMES = "lengths.npy", "hashes.npy", "starts.npy", "holders.npy", "times.npy"
K1: Final = 1.5
B: Final = 0.75
_MOST_TIMES: Final = 2**16 - 1
_REMEMBERED: Final = 4096
"""Number of words whose place in the files is kept in memory."""


class KeywordBuilder:
    """Writes the postings of one segment from the tokens of one passage after another.

    Only the vocabulary and a number per passage are in memory; the postings are sorted in a file that `open_file`
    opens. Stored are counts, not scores: a score depends on all segments of a generation.
    """

    def __init__(self, open_file: OpenFile = BytesIO, part: int = PART) -> None:
        self._vocabulary: dict[str, int] = {}
        self._lengths = array("i")
        self._tokens = Spill(open_file, part)
        """The number of each token and the row of its passage."""

    def add(self, tokens: Sequence[str]) -> None:
        """Add the tokens of the next passage. Raises `OSError` if the disk is full."""
        known = self._vocabulary
        numbers = np.array([known.setdefault(token, len(known)) for token in tokens], np.uint64)
        self._tokens.add(pack(numbers, len(self._lengths)))
        self._lengths.append(len(tokens))

    def save(self, folder: Path) -> None:
        """Write five files into `folder`, which is created. Raises `OSError` if the disk is full."""
        folder.mkdir()
        np.save(folder / _LENGTHS, np.array(self._lengths, np.int32))
        counts = np.zeros(len(self._vocabulary), np.int64)
        with (
            RowsWriter(folder / _HOLDERS, "<i4", flat=True) as holders,
            RowsWriter(folder / _TIMES, "<u2", flat=True) as frequencies,
        ):
            for block in self._tokens.blocks():
                numbers, times = counted(block)
                of, rows = unpack(numbers)
                holders.add(rows)
                frequencies.add(times.clip(max=_MOST_TIMES))
                tokens, held = counted(of)
                counts[tokens] += held
        self._tokens.close()
        _save_ranges(folder, self._vocabulary, counts)


class KeywordSegment:
    """The postings that `KeywordBuilder.save` wrote, memory-mapped from disk."""

    def __init__(self, folder: Path) -> None:
        """Raises `OSError` or `ValueError` if the files are incomplete."""
        self.lengths: NDArray[np.int32] = mapped(folder / _LENGTHS)
        self._ranges = _Ranges(folder)
        self._holders: NDArray[np.int32] = mapped(folder / _HOLDERS)
        self._times: NDArray[np.uint16] = mapped(folder / _TIMES)
        if len(self._holders) != len(self._times):
            raise ValueError(f"BM25 has {len(self._holders)} postings but {len(self._times)} frequencies")

    def holders(self, token: str) -> NDArray[np.int32]:
        """Rows of the passages with a token, sorted."""
        start, end = self._ranges.of(token)
        return self._holders[start:end]

    def postings(self, token: str) -> tuple[NDArray[np.int32], NDArray[np.uint16]]:
        """Rows of the passages with a token, sorted, and how often each has it."""
        start, end = self._ranges.of(token)
        return self._holders[start:end], self._times[start:end]


class KeywordIndex:
    """BM25 of all passages of a generation, by ordinal, over the postings of its segments.

    Number of passages, mean length and idf are those of the generation, and each score is computed from them when a
    question is asked: it does not depend on how the passages are divided into segments.
    """

    def __init__(self, segments: Sequence[KeywordSegment], places: Places) -> None:
        self.count = places.count
        self._segments = segments
        self._places = places
        total = sum(int(places.kept_of(number, one.lengths).sum()) for number, one in enumerate(segments))
        mean = total / self.count if self.count else 0.0
        self._saturation = [
            K1 * ((1 - B) + B * one.lengths / mean) if mean else np.ones(len(one.lengths)) for one in segments
        ]
        """By segment and row, the part of BM25's denominator that depends on the length of a passage."""

    @classmethod
    def open(cls, folder: Path) -> KeywordIndex:
        """Open what `KeywordBuilder.save` wrote, as the only segment. Raises `OSError` or `ValueError` if it is
        incomplete."""
        segment = KeywordSegment(folder)
        return cls([segment], Places([len(segment.lengths)]))

    def scores(self, tokens: Sequence[str]) -> NDArray[np.float64]:
        """BM25 of every passage for a question's tokens, divided by the maximum that any text could reach.

        Shape (count,), in [0, 1]: the `points` over their maximum.
        """
        points, most = self.points(tokens)
        return share(points.astype(np.float64), most)

    def points(self, tokens: Sequence[str]) -> tuple[NDArray[np.float32], float]:
        """BM25 of every passage for a question's tokens, shape (count,), and the maximum that any text could reach.

        The maximum is the sum of the idf of all the question's tokens, including those that no passage has: one known
        word among ten unknown ones is a weak match. Single and double precision alternate as in bm25s, so that the
        scores are those of bm25s.
        """
        points = np.zeros(self.count + 1, np.float32)
        frequencies, weights = [], []
        for token in tokens:
            found = [segment.holders(token) for segment in self._segments]
            frequency = sum(len(rows) - self._places.removed_among(number, rows) for number, rows in enumerate(found))
            frequencies.append(frequency)
            weights.append(np.float32(log(1 + (self.count - frequency + 0.5) / (frequency + 0.5))))
        for number, segment in enumerate(self._segments):
            # By row, not by ordinal: the numbers of a segment stay in the processor's cache.
            with self._places.by_row(points, number) as of_rows:
                for token, weight in zip(tokens, weights, strict=True):
                    rows, times = segment.postings(token)
                    if not len(rows):
                        continue
                    often = times.astype(np.float64)
                    # A passage occurs once in a postings list, so no row is added to twice.
                    of_rows[rows] += (weight * (often / (self._saturation[number][rows] + often))).astype(np.float32)
        return points[: self.count], float(inverse_frequency(frequencies, self.count).sum())

    def shares(self, words: Sequence[Mapping[str, float]], ordinals: Ordinals) -> NDArray[np.float64]:
        """Share of some words that each of these passages holds, weighted by rarity; shape (n,), in [0, 1].

        A word is a set of possible tokens with weights in (0, 1]; a passage holds it with the greatest weight of those
        that occur in it. A word that no passage holds has the highest idf.
        """
        values = [float(inverse_frequency(self.frequencies(word)[0], self.count)) for word in words]
        return self.weighed(words, values, ordinals)

    def weighed(
        self, words: Sequence[Mapping[str, float]], values: Sequence[float], ordinals: Ordinals
    ) -> NDArray[np.float64]:
        """As `shares`, with given values of the words."""
        points = np.zeros(len(ordinals))
        located = self._places.locate(ordinals)
        for word, value in zip(words, values, strict=True):
            held = np.zeros(len(ordinals))
            for token, weight in word.items():
                for number, at, rows in located:
                    has = is_among(self._segments[number].holders(token), rows)
                    held[at[has]] = np.maximum(held[at[has]], weight)
            points += value * held
        return share(points, sum(values))

    def frequencies(self, *groups: Iterable[str]) -> list[int]:
        """Number of passages with a token of the first group, of the first two, and so on; each group is read once."""
        lists = [list(group) for group in groups]
        total = np.zeros(len(lists), np.int64)
        for number, segment in enumerate(self._segments):
            held = [[rows for token in of if len(rows := segment.holders(token))] for of in lists]
            if sum(map(len, held)) <= 1:
                counts = [sum(len(rows) - self._places.removed_among(number, rows) for rows in of) for of in held]
                total += np.cumsum(np.array(counts, np.int64))
                continue
            every, kept = np.zeros(len(segment.lengths), np.bool_), self._places.mask(number)
            for place, of in enumerate(held):
                for rows in of:
                    every[rows] = True
                total[place] += np.count_nonzero(every if kept is None else every & kept)
        return [int(one) for one in total]

    def holders(self, tokens: Iterable[str]) -> Ordinals:
        """Ordinals of the passages with any of these tokens, sorted."""
        wanted = list(tokens)
        found = [
            self._places.ordinals(number, segment.holders(token)).astype(np.int64)
            for number, segment in enumerate(self._segments)
            for token in wanted
        ]
        return np.unique(np.concatenate([np.zeros(0, np.int64), *found]))


def _save_ranges(folder: Path, vocabulary: Iterable[str], counts: NDArray[np.int64]) -> None:
    """Write where the list of each word starts and ends, sorted by the word's hash; `counts` are the lists' lengths, in
    the order of the vocabulary."""
    hashes = np.fromiter(map(hash_of, vocabulary), np.uint64, len(counts))
    order = np.argsort(hashes)
    ends = np.cumsum(counts)
    np.save(folder / _HASHES, hashes[order])
    np.save(folder / _STARTS, np.stack([ends - counts, ends], axis=1)[order])


class _Ranges:
    """What `_save_ranges` wrote, memory-mapped: no vocabulary is loaded."""

    def __init__(self, folder: Path) -> None:
        self._hashes: NDArray[np.uint64] = mapped(folder / _HASHES)
        self._ranges: NDArray[np.int64] = mapped(folder / _STARTS)
        self.of = lru_cache(_REMEMBERED)(self._find)
        """Start and end of a word's list; equal if it has none. A question looks up the same word several times."""

    def _find(self, word: str) -> tuple[int, int]:
        place = place_of(self._hashes, word)
        if place < 0:
            return 0, 0
        start, end = self._ranges[place].tolist()
        return start, end


# Positions of every word of the passages: finds the passages that hold words one after another.
#
# Words are those of `rag.text.normalise.whole_words`: normalised and not stemmed, so that a phrase is found as it is
# written.

_POSITIONS, _PASSAGES = "positions.npy", "passages.npy"


class WordsBuilder:
    """Collects the words of one passage after another; the passages of an article must be consecutive.

    The vocabulary and a number per passage are in memory; positions are sorted in a file that `open_file` opens.
    """

    def __init__(self, open_file: OpenFile = BytesIO, part: int = PART) -> None:
        self._vocabulary: dict[str, int] = {}
        self._starts = array("q")
        self._next = 0
        self._article = ""
        self._positions = Spill(open_file, part)
        """The number of each word and its position among the words of all passages."""

    def add(self, article_id: str, words: Sequence[str]) -> None:
        """Add the next passage. Raises `OSError` if the disk is full."""
        if article_id != self._article:
            self._next += 1  # a gap, so that no phrase runs from one article into the next
            self._article = article_id
        known = self._vocabulary
        numbers = np.array([known.setdefault(word, len(known)) for word in words], np.uint64)
        self._starts.append(self._next)
        self._positions.add(pack(numbers, np.arange(self._next, self._next + len(words))))
        self._next += len(words)

    def save(self, folder: Path) -> None:
        """Write four files into `folder`, which is created. Raises `OSError` if the disk is full."""
        folder.mkdir()
        lengths = np.zeros(len(self._vocabulary), np.int64)
        with RowsWriter(folder / _POSITIONS, "<u4", flat=True) as positions:
            for block in self._positions.blocks():
                words, at = unpack(block)
                positions.add(at)
                of, times = counted(words)
                lengths[of] += times
        self._positions.close()
        _save_ranges(folder, self._vocabulary, lengths)
        np.save(folder / _PASSAGES, np.array(self._starts, np.int64))


class WordsIndex:
    """The positions that `WordsBuilder.save` wrote, memory-mapped from disk."""

    def __init__(self, folder: Path) -> None:
        """Raises `OSError` or `ValueError` if the files are incomplete."""
        self._ranges = _Ranges(folder)
        self._positions: NDArray[np.uint32] = mapped(folder / _POSITIONS)
        self._passages: NDArray[np.int64] = mapped(folder / _PASSAGES)

    def holding(self, phrase: Sequence[Collection[str]]) -> Ordinals:
        """Rows, sorted, of the passages in which the phrase begins; it may end in the next one of the article.

        For each word of the phrase, at least one, its possible forms.
        """
        places = [self._of(forms) - offset for offset, forms in enumerate(phrase)]
        begins, *others = sorted(places, key=len)
        for other in others:
            begins = begins[is_among(other, begins)]
        rows = np.searchsorted(self._passages, begins, side="right") - 1  # sorted, as `begins` is
        found: Ordinals = rows[np.flatnonzero(np.diff(rows, prepend=-1))]
        return found

    def _of(self, forms: Collection[str]) -> NDArray[np.int64]:
        """Sorted positions of any of these words."""
        found = [np.zeros(0, np.int64)]
        for form in forms:
            start, end = self._ranges.of(form)
            found.append(self._positions[start:end].astype(np.int64))
        # Sorted runs, which a stable sort merges.
        return np.sort(np.concatenate(found), kind="stable")
