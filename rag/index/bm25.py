"""Keyword index, stored as files: BM25 over stems, and the positions of whole words, for phrases.

BM25 is bm25s's default variant (Lucene's, k1 = 1.5, b = 0.75). Passages are identified by their ordinal.
"""

from __future__ import annotations

import hashlib
import json
from array import array
from io import BytesIO
from itertools import accumulate
from math import log
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from rag.external_sort import PART, RowsWriter, Spill, counted, pack, unpack
from rag.fusion import inverse_frequency, is_among, share
from rag.index.layout import mapped
from rag.text.normalise import whole_words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from rag.external_sort import OpenFile
    from rag.types import Passage

    Ordinals = NDArray[np.int64]


class KeywordBuilder:
    """Builds the index from the tokens of one passage after another, identical to what bm25s itself writes.

    Only the vocabulary and a few numbers per passage are in memory; the postings are sorted in a file that `open_file`
    opens.
    """

    def __init__(self, open_file: OpenFile = BytesIO, part: int = PART) -> None:
        self._vocabulary: dict[str, int] = {}
        self._lengths = array("i")
        self._tokens = Spill(open_file, part)
        """The number of each token and the ordinal of its passage."""

    def add(self, tokens: Sequence[str]) -> None:
        """Add the tokens of the next passage. Raises `OSError` if the disk is full."""
        known = self._vocabulary
        numbers = np.array([known.setdefault(token, len(known)) for token in tokens], np.uint64)
        self._tokens.add(pack(numbers, len(self._lengths)))
        self._lengths.append(len(tokens))

    def save(self, folder: Path) -> None:
        """Write the index into `folder`, which is created; without any token, only the number of passages.

        Raises `OSError` if the disk is full.
        """
        folder.mkdir()
        (folder / "count.json").write_text(json.dumps(len(self._lengths)), encoding="utf-8")
        if self._vocabulary:
            self._write(folder)
        self._tokens.close()

    def _write(self, folder: Path) -> None:
        import bm25s

        bm25 = bm25s.BM25()
        frequencies = np.zeros(len(self._vocabulary), np.int64)
        for block in self._tokens.blocks():
            of, times = counted(unpack(counted(block)[0])[0])
            frequencies[of] += times
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(frequencies)])
        # bm25s adds an empty token, which no passage has, to every vocabulary.
        self._vocabulary.setdefault("", len(self._vocabulary))
        bm25.vocab_dict = self._vocabulary
        bm25.nonoccurrence_array = None
        # The code below streams the two large arrays into the files that this creates.
        nothing = np.zeros(0, np.float32)
        bm25.scores = {"data": nothing, "indices": nothing, "indptr": starts, "num_docs": len(self._lengths)}
        bm25.save(folder, show_progress=False)
        count = len(self._lengths)
        # Single precision here and double below, as in bm25s, to get identical scores.
        idf = np.array([log(1 + (count - of + 0.5) / (of + 0.5)) for of in frequencies.tolist()], np.float32)
        lengths = np.frombuffer(self._lengths, np.intc)
        saturation = bm25.k1 * ((1 - bm25.b) + bm25.b * lengths / lengths.mean())
        with (
            RowsWriter(folder / "data.csc.index.npy", "<f4", flat=True) as scores,
            RowsWriter(folder / "indices.csc.index.npy", "<i4", flat=True) as holders,
        ):
            for block in self._tokens.blocks():
                numbers, times = counted(block)
                of, passages = unpack(numbers)
                scores.add(idf[of] * (times / (saturation[passages] + times)))
                holders.add(passages)


class KeywordIndex:
    """BM25 index of all passages of a generation, memory-mapped from disk."""

    def __init__(self, count: int, bm25: Any | None) -> None:
        self.count = count
        self._bm25 = bm25

    @classmethod
    def open(cls, folder: Path) -> KeywordIndex:
        """Open what `KeywordBuilder.save` wrote. Raises `OSError` or `ValueError` if it is incomplete."""
        import bm25s

        count = int(json.loads((folder / "count.json").read_text(encoding="utf-8")))
        empty = not (folder / "params.index.json").exists()
        bm25 = None if empty else bm25s.BM25.load(folder, mmap=True, show_progress=False)
        if bm25 is not None and bm25.scores["num_docs"] != count:
            raise ValueError(f"BM25 has {bm25.scores['num_docs']} passages instead of {count}")
        return cls(count, bm25)

    def scores(self, tokens: Sequence[str]) -> NDArray[np.float64]:
        """BM25 of every passage for a question's tokens, divided by the maximum that any text could reach.

        Shape (count,), in [0, 1]: the `points` over their maximum.
        """
        points, most = self.points(tokens)
        return share(points.astype(np.float64), most)

    def points(self, tokens: Sequence[str]) -> tuple[NDArray[np.float32], float]:
        """BM25 of every passage for a question's tokens, shape (count,), and the maximum that any text could reach.

        The maximum is the sum of the idf of all the question's tokens, including those that no passage has: one known
        word among ten unknown ones is a weak match.
        """
        points = np.zeros(self.count, np.float32)
        if self._bm25 is None:
            return points, 0.0
        starts, holders, scores = (self._bm25.scores[name] for name in ("indptr", "indices", "data"))
        frequencies = []
        for token in tokens:
            known = self._bm25.vocab_dict.get(token, -1)
            part = slice(int(starts[known]), int(starts[known + 1])) if known >= 0 else slice(0, 0)
            # A token occurs once in a postings list, so no position is added to twice.
            points[holders[part]] += scores[part]
            frequencies.append(part.stop - part.start)
        return points, float(inverse_frequency(frequencies, self.count).sum())

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
        for word, value in zip(words, values, strict=True):
            held = np.zeros(len(ordinals))
            for token, weight in word.items():
                np.maximum(held, weight, out=held, where=is_among(self._holders(token), ordinals))
            points += value * held
        return share(points, sum(values))

    def frequencies(self, *groups: Iterable[str]) -> list[int]:
        """Number of passages with a token of the first group, of the first two, and so on; each group is read once."""
        lists = [[held for token in group if len(held := self._holders(token))] for group in groups]
        if sum(map(len, lists)) <= 1:
            return list(accumulate(sum(map(len, of)) for of in lists))
        held, found = np.zeros(self.count, np.bool_), []
        for of in lists:
            for holders in of:
                held[holders] = True
            found.append(int(np.count_nonzero(held)))
        return found

    def holders(self, tokens: Iterable[str]) -> Ordinals:
        """Ordinals of the passages with any of these tokens, sorted."""
        return np.unique(np.concatenate([np.zeros(0, np.int64), *map(self._holders, tokens)]))

    def _holders(self, token: str) -> NDArray[np.int32]:
        """Ordinals of the passages with a token, sorted, memory-mapped from disk."""
        known = None if self._bm25 is None else self._bm25.vocab_dict.get(token)
        if self._bm25 is None or known is None:
            return np.zeros(0, np.int32)
        starts = self._bm25.scores["indptr"]
        found: NDArray[np.int32] = self._bm25.scores["indices"][starts[known] : starts[known + 1]]
        return found


# Positions of every word of the passages: finds the passages that hold words one after another.
#
# Words are those of `rag.text.normalise.whole_words`: normalised and not stemmed, so that a phrase is found as it is
# written. A word is identified by a hash of 64 bits.

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
            begins = begins[is_among(other, begins)]
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
