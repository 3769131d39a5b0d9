"""Query one index generation: nearest passages, and exact scores of any passage.

Candidates come from Chroma; every cosine is computed from the stored vectors. Passages are identified by ordinal and
id.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self

import numpy as np

from rag.errors import IndexUnusable, WrongModel
from rag.fusion import best
from rag.index import chroma, layout
from rag.index.bm25 import KeywordIndex, WordsIndex
from rag.index.entities import Entities
from rag.index.layout import Ids
from rag.text.transliteration import NamesIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path
    from types import TracebackType

    from numpy.typing import NDArray

    from rag.index.chroma import ChromaServer
    from rag.types import Passage

    Ordinals = NDArray[np.int64]
    Scores = NDArray[np.float64]


_BLOCK = 8192
"""Number of vectors scored at a time: bounds the memory of an exact search."""


class Index:
    """An open generation, mostly memory-mapped. By ordinal of the passage: `ids` are the passage ids, `groups` the
    ordinal of the first passage with the same words, `near` that of its first near-duplicate, `stories` that of the
    first passage of its article's story, and `articles` the number of its article, from 0. `keywords` and `names` score
    passages."""

    def __init__(self, folder: Path, manifest: layout.Manifest, server: ChromaServer | None = None) -> None:
        self.folder = folder
        self.count = manifest.passages
        self.ids = Ids(folder)
        self.groups: NDArray[np.int32] = layout.mapped(folder / layout.GROUPS)
        self.near: NDArray[np.int32] = layout.mapped(folder / layout.NEAR)
        self.stories: NDArray[np.int32] = layout.mapped(folder / layout.STORIES)
        self.articles: NDArray[np.int32] = layout.mapped(folder / layout.ARTICLES)
        self.keywords = KeywordIndex.open(folder / layout.BM25)
        self.names = NamesIndex.open(folder / layout.NAMES)
        self._words: WordsIndex | None = None
        self._words_lock = threading.Lock()
        self._offsets: NDArray[np.int64] = layout.mapped(folder / layout.OFFSETS)
        self._passages: NDArray[np.float32] = layout.mapped(folder / layout.PASSAGES)
        self._sentences: NDArray[np.float32] = layout.mapped(folder / layout.SENTENCES)
        self._reader = chroma.CollectionReader(folder / layout.CHROMA, server)

    @classmethod
    def open(cls, folder: Path, fingerprint: str, server: ChromaServer | None = None) -> Self:
        """Open the generation in `folder`; with a `server`, nearest passages are queried there.

        Raises `IndexUnusable` if there is none or it is damaged, and `WrongModel` if it was made with another embedding
        model than that of `fingerprint`.
        """
        manifest = layout.Manifest.read(folder)
        if manifest.fingerprint != fingerprint:
            raise WrongModel(
                "this index was made with another embedding model",
                where=str(folder),
                do="set embedding_model to that model, or rebuild the index with this one: isnad ingest FOLDER",
            )
        try:
            return cls(folder, manifest, server)
        except (OSError, ValueError, KeyError, EOFError) as error:
            raise IndexUnusable(f"the index is damaged: {error}", where=str(folder), do=layout.REBUILD) from error

    def words(self, passages: Callable[[], Iterable[Passage]]) -> WordsIndex:
        """Positions of all words, opened at the first call.

        A generation of an older version of Isnad has none: they are then made in memory from `passages`, all passages
        by ordinal (some tens of seconds for 100,000). Raises `IndexUnusable` if they are damaged.
        """
        with self._words_lock:
            if self._words is None:
                folder = self.folder / layout.WORDS
                try:
                    self._words = WordsIndex(folder) if folder.is_dir() else WordsIndex.of(passages())
                except (OSError, ValueError) as error:
                    what = f"the index is damaged: {error}"
                    raise IndexUnusable(what, where=str(folder), do=layout.REBUILD) from error
            return self._words

    def entities(self) -> Entities:
        """Read the names of persons, organisations and places; none in a generation of an older version.

        Raises `IndexUnusable` if they are damaged.
        """
        try:
            return Entities.open(self.folder / layout.ENTITIES)
        except (OSError, ValueError) as error:
            raise IndexUnusable(f"the index is damaged: {error}", where=str(self.folder), do=layout.REBUILD) from error

    def nearest(self, vector: NDArray[np.float32], k: int) -> Ordinals:
        """Ordinals of about the `k` nearest passages to a unit vector, nearest first."""
        if not self.count:
            return np.zeros(0, np.int64)
        found = self._reader.nearest(vector, min(k, self.count))
        try:
            return self.ids.ordinals(found)
        except KeyError as error:
            what = f"the index is damaged: it has no passage {error}"
            raise IndexUnusable(what, where=str(self.folder), do=layout.REBUILD) from error

    def nearest_of(self, vector: NDArray[np.float32], ordinals: Ordinals, k: int) -> Ordinals:
        """The `k` nearest of these passages to a unit vector, nearest first; exact, ties by position."""
        found, cosines = ordinals[:0], np.zeros(0)
        for start in range(0, len(ordinals), _BLOCK):
            part = ordinals[start : start + _BLOCK]
            found, cosines = np.concatenate([found, part]), np.concatenate([cosines, self.dense(vector, part)])
            places = best(cosines, k)
            found, cosines = found[places], cosines[places]
        return found

    def dense(self, vector: NDArray[np.float32], ordinals: Ordinals) -> Scores:
        """Cosine of each of these passages with a unit vector, shape (n,), in [-1, 1]."""
        return (np.asarray(self._passages[ordinals]) @ vector).astype(np.float64)

    def sentence(self, vector: NDArray[np.float32], ordinals: Ordinals) -> Scores:
        """Cosine of the best sentence of each of these passages with a unit vector, shape (n,), in [-1, 1]."""
        starts = self._offsets[ordinals]
        counts = self._offsets[ordinals + 1] - starts
        if not counts.size:
            return np.zeros(0)
        before = np.cumsum(counts) - counts
        rows = np.repeat(starts - before, counts) + np.arange(counts.sum())
        return np.maximum.reduceat(self._cosines(vector, rows), before)

    def sentences(self, vector: NDArray[np.float32], ordinal: int) -> Scores:
        """Cosine of each sentence of a passage with a unit vector, in order; -1 for one without letters."""
        return self._cosines(vector, np.arange(*self._offsets[ordinal : ordinal + 2]))

    def twins(self, ordinal: int) -> Ordinals:
        """Other passages with the same words."""
        same: Ordinals = np.flatnonzero(self.groups == self.groups[ordinal])
        others: Ordinals = same[same != ordinal]
        return others

    def story(self, name: str) -> list[str]:
        """Ids of all passages of the story of a passage's article, including its own, by ordinal."""
        of: Ordinals = np.flatnonzero(self.stories == self.stories[self.ids.ordinals([name])[0]])
        return [self.ids[ordinal] for ordinal in of.tolist()]

    def _cosines(self, vector: NDArray[np.float32], rows: Ordinals) -> Scores:
        cosines = (np.asarray(self._sentences[rows]) @ vector).astype(np.float64)
        # The row of a sentence without letters is zero; it must never be the best one.
        return np.where(cosines == 0.0, -1.0, cosines)

    def close(self) -> None:
        """Close the files; may be called twice."""
        self._reader.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
