"""Positions of every word of the passages, on disk: finds the passages that hold words one after another.

Words are those of `rag.text.normalise.whole_words`: normalised and not stemmed, so that a phrase is found as it is
written. A word is identified by a hash of 64 bits.
"""

from __future__ import annotations

import hashlib
from array import array
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Self

import numpy as np

from rag.external_sort import PART, RowsWriter, Spill, counted, pack, unpack
from rag.fusion import contains
from rag.index.layout import mapped
from rag.text.normalise import whole_words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from numpy.typing import NDArray

    from rag.external_sort import OpenFile
    from rag.types import Passage

    Ordinals = NDArray[np.int64]

_HASHES, _STARTS, _POSITIONS, _PASSAGES = "hashes.npy", "starts.npy", "positions.npy", "passages.npy"


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
        hashes = np.fromiter(map(_hash, self._vocabulary), np.uint64, len(self._vocabulary))
        order = np.argsort(hashes)
        ends = np.cumsum(lengths)
        np.save(folder / _HASHES, hashes[order])
        np.save(folder / _STARTS, np.stack([ends - lengths, ends], axis=1)[order])
        np.save(folder / _PASSAGES, np.array(self._starts, np.int64))


class WordsIndex:
    """The positions that `WordsBuilder.save` wrote, memory-mapped from disk."""

    def __init__(self, folder: Path) -> None:
        """Raises `OSError` or `ValueError` if the files are incomplete."""
        self._hashes: NDArray[np.uint64] = mapped(folder / _HASHES)
        self._ranges: NDArray[np.int64] = mapped(folder / _STARTS)
        self._positions: NDArray[np.uint32] = mapped(folder / _POSITIONS)
        self._passages: NDArray[np.int64] = mapped(folder / _PASSAGES)

    @classmethod
    def of(cls, passages: Iterable[Passage]) -> Self:
        """The index of these passages, for a generation whose folder has none."""
        builder = WordsBuilder()
        for passage in passages:
            builder.add(passage.article_id, whole_words(passage.text))
        with TemporaryDirectory() as place:
            builder.save(Path(place) / "words")
            return cls(Path(place) / "words")  # the files stay mapped after they are removed

    def holding(self, phrase: Sequence[Collection[str]]) -> Ordinals:
        """Ordinals, sorted, of the passages in which the phrase begins; it may end in the next one of the article.

        For each word of the phrase, at least one, its possible forms.
        """
        places = [self._of(forms) - offset for offset, forms in enumerate(phrase)]
        begins, *others = sorted(places, key=len)
        for other in others:
            begins = begins[contains(other, begins)]
        ordinals = np.searchsorted(self._passages, begins, side="right") - 1  # sorted, as `begins` is
        found: Ordinals = ordinals[np.flatnonzero(np.diff(ordinals, prepend=-1))]
        return found

    def _of(self, forms: Collection[str]) -> NDArray[np.int64]:
        """Sorted positions of any of these words."""
        found = [np.zeros(0, np.int64)]
        for form in forms:
            wanted = _hash(form)
            place = int(np.searchsorted(self._hashes, np.uint64(wanted)))
            if place < len(self._hashes) and int(self._hashes[place]) == wanted:
                start, end = self._ranges[place].tolist()
                found.append(self._positions[start:end].astype(np.int64))
        # Sorted runs, which a stable sort merges.
        return np.sort(np.concatenate(found), kind="stable")


def _hash(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
