"""BM25 over tokens, saved as files: bm25s's default variant (Lucene's, k1 = 1.5, b = 0.75).

Knows passages by their ordinal only, and nothing of how a text became tokens.
"""

from __future__ import annotations

import json
from array import array
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.fusion import inverse_frequency, share

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray


class KeywordBuilder:
    """Takes the tokens of one passage after another and writes the index of all of them."""

    def __init__(self) -> None:
        self._vocabulary: dict[str, int] = {}
        self._passages: list[array[int]] = []

    def add(self, tokens: Sequence[str]) -> None:
        known = self._vocabulary
        self._passages.append(array("i", [known.setdefault(token, len(known)) for token in tokens]))

    def save(self, folder: Path) -> None:
        """Write the index into `folder`, which is made; without any token, only the number of passages."""
        import bm25s

        folder.mkdir()
        (folder / "count.json").write_text(json.dumps(len(self._passages)), encoding="utf-8")
        if self._vocabulary:
            bm25 = bm25s.BM25()
            bm25.index((self._passages, self._vocabulary), show_progress=False)
            bm25.save(folder, show_progress=False)


class KeywordIndex:
    """BM25 of all passages of a generation, read from files that stay on the disk."""

    def __init__(self, count: int, bm25: Any | None) -> None:
        self.count = count
        self._bm25 = bm25

    @classmethod
    def open(cls, folder: Path) -> KeywordIndex:
        """Open what `KeywordBuilder.save` wrote. Raises `OSError` or `ValueError` when it is not whole."""
        import bm25s

        count = int(json.loads((folder / "count.json").read_text(encoding="utf-8")))
        empty = not (folder / "params.index.json").exists()
        bm25 = None if empty else bm25s.BM25.load(folder, mmap=True, show_progress=False)
        if bm25 is not None and bm25.scores["num_docs"] != count:
            raise ValueError(f"BM25 holds {bm25.scores['num_docs']} passages, not {count}")
        return cls(count, bm25)

    def scores(self, tokens: Sequence[str]) -> NDArray[np.float64]:
        """BM25 of every passage for a question's tokens, as a share of the best that any text could reach.

        Shape (count,), in [0, 1]. The best is the sum of the idf of all the question's tokens, those included that
        no passage has: one known word among ten unknown ones is a weak match.
        """
        if self._bm25 is None or not tokens:
            return np.zeros(self.count)
        starts = self._bm25.scores["indptr"]
        ids = [self._bm25.vocab_dict.get(token, -1) for token in tokens]
        frequencies = [int(starts[token + 1] - starts[token]) if token >= 0 else 0 for token in ids]
        most = float(inverse_frequency(frequencies, self.count).sum())
        points = self._bm25.get_scores_from_ids([token for token in ids if token >= 0])
        return share(points.astype(np.float64), most)

    def shares(self, words: Iterable[Mapping[str, float]]) -> NDArray[np.float64]:
        """The share of some words that each passage holds, rare ones counting more: (count,), in [0, 1].

        A word is the tokens that it may be, with weights in (0, 1]; a passage holds it by the greatest weight of
        those that stand in it. A word that no passage holds counts as the rarest.
        """
        points = np.zeros(self.count)
        most = 0.0
        for word in words:
            held = self._held(word)
            value = self._value(held)
            points += value * held
            most += value
        return share(points, most)

    def value(self, word: Mapping[str, float]) -> float:
        """How much a word tells by how few passages hold it in any of its forms: its idf, above 0."""
        return self._value(self._held(word))

    def _value(self, held: NDArray[np.float64]) -> float:
        return float(inverse_frequency(np.count_nonzero(held), self.count))

    def _held(self, word: Mapping[str, float]) -> NDArray[np.float64]:
        """The greatest weight of the forms of a word that stand in each passage: (count,), 0 where none does."""
        held = np.zeros(self.count)
        for token, weight in word.items():
            holders = self._holders(token)
            held[holders] = np.maximum(held[holders], weight)
        return held

    def _holders(self, token: str) -> NDArray[np.int64]:
        """The ordinals of the passages in which a token stands."""
        known = None if self._bm25 is None else self._bm25.vocab_dict.get(token)
        if self._bm25 is None or known is None:
            return np.zeros(0, np.int64)
        starts = self._bm25.scores["indptr"]
        return np.asarray(self._bm25.scores["indices"][starts[known] : starts[known + 1]], np.int64)
