"""Query one index generation: nearest passages, and exact scores of any passage.

Candidates come from Chroma; every cosine is computed from the stored vectors. Passages are identified by ordinal and
id. A generation consists of segments; which segment a passage is in makes no difference to its scores.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Self, overload

import numpy as np

from rag.errors import IndexUnusable, WrongModel
from rag.fusion import best, inverse_frequency, is_among, share
from rag.index import layout
from rag.index.bm25 import KeywordIndex
from rag.index.chroma import CollectionReader
from rag.index.entities import Entities
from rag.index.places import Places
from rag.index.segment import Segment, nearest_kept
from rag.text.transliteration import names_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path
    from types import TracebackType

    from numpy.typing import NDArray

    from rag.index.chroma import ChromaServer

    Ordinals = NDArray[np.int64]
    Scores = NDArray[np.float64]


_REMEMBERED: Final = 1024
"""Number of passages whose story is kept in memory: a search asks for each several times."""


class Index:
    """An open generation, mostly memory-mapped. By ordinal of the passage: `ids` are the passage ids, `groups` the
    ordinal of the first passage with the same words, `near` that of its first near-duplicate, `stories` that of the
    first passage of its article's story, and `articles` the number of its article, from 0. `keywords` scores
    passages."""

    def __init__(
        self,
        folder: Path,
        manifest: layout.Manifest,
        segments: Sequence[Segment],
        collections: Sequence[CollectionReader] | None = None,
    ) -> None:
        """Takes over the `segments` and the `collections` of a server, which are closed with the index."""
        self.folder = folder
        self.count = manifest.passages
        self.segments = segments
        self.places = Places.open(folder, [one.count for one in segments])
        if self.places.count != self.count:
            raise ValueError(f"its segments have {self.places.count} passages instead of {self.count}")
        self.ids = Ids(segments, self.places)
        self.groups: NDArray[np.int32] = layout.mapped(folder / layout.GROUPS)
        self.near: NDArray[np.int32] = layout.mapped(folder / layout.NEAR)
        self.stories: NDArray[np.int32] = layout.mapped(folder / layout.STORIES)
        self._groups_order: Ordinals = layout.mapped(folder / layout.GROUPS_ORDER)
        self._stories_order: Ordinals = layout.mapped(folder / layout.STORIES_ORDER)
        self.articles: NDArray[np.int32] = layout.mapped(folder / layout.ARTICLES)
        self.keywords = KeywordIndex([one.keywords for one in segments], self.places)
        # Counted once: a collection never changes, and counting is a request to the server.
        self._collections = None if collections is None else [(reader, reader.count()) for reader in collections]
        self.story = lru_cache(_REMEMBERED)(self._story)
        """Ids of all passages of the story of a passage's article, including its own, by ordinal."""
        self._closed = False

    @classmethod
    def open(
        cls,
        folder: Path,
        fingerprint: str,
        server: ChromaServer | None = None,
        *,
        collections: Sequence[str] | None = None,
        beside: Index | None = None,
        searched: bool = True,
    ) -> Self:
        """Open the generation in `folder`; with a `server`, nearest passages are queried there.

        The server's `collections` are named after the segments of the machine that made the generation, which are those
        of this folder if nothing else is given. The segments that `beside`, another open generation, has are shared
        with it. Without `searched`, Chroma is not opened. Raises `IndexUnusable` if there is no generation or it is
        damaged, and `WrongModel` if it was made with another embedding model than that of `fingerprint`.
        """
        manifest = layout.Manifest.read(folder)
        if manifest.fingerprint != fingerprint:
            raise WrongModel(
                "this index was made with another embedding model",
                where=str(folder),
                do="set embedding_model to that model, or rebuild the index with this one: isnad ingest FOLDER",
            )
        known = {one.folder: one for one in beside.segments} if beside is not None else {}
        with ExitStack() as opened:
            segments = []
            for name, _, _ in manifest.segments:
                place = folder.parent / layout.SEGMENTS / name
                shared = known[place].share() if place in known else None
                segment = shared or Segment(place, searched=searched and server is None)
                opened.callback(segment.close)
                segments.append(segment)
            readers = None
            if server is not None and searched:
                readers = []
                for name in collections or [name for name, _, _ in manifest.segments]:
                    readers.append(CollectionReader(folder.parent / layout.SEGMENTS / name / layout.CHROMA, server))
                    opened.callback(readers[-1].close)
            try:
                index = cls(folder, manifest, segments, readers)
            except (OSError, ValueError, KeyError, EOFError) as error:
                raise IndexUnusable(f"the index is damaged: {error}", where=str(folder), do=layout.REBUILD) from error
            opened.pop_all()
            return index
        raise AssertionError("an exit stack does not suppress exceptions")

    def holding(self, phrase: Sequence[Collection[str]]) -> Ordinals:
        """Ordinals, sorted, of the passages in which a phrase begins; see `rag.index.bm25.WordsIndex.holding`."""
        found = [np.zeros(0, np.int64)]
        for number, one in enumerate(self.segments):
            found.append(np.asarray(self.places.ordinals(number, one.words.holding(phrase)), np.int64))
        return np.sort(np.concatenate(found))

    def entities(self) -> Entities:
        """Read the names of persons, organisations and places. Raises `IndexUnusable` if they are damaged."""
        try:
            return Entities.open(
                [
                    (one.folder / layout.ENTITIES, self._articles_of(number, one))
                    for number, one in enumerate(self.segments)
                ]
            )
        except (OSError, ValueError) as error:
            raise IndexUnusable(f"the index is damaged: {error}", where=str(self.folder), do=layout.REBUILD) from error

    def names(self, question: str, ordinals: Ordinals) -> Scores:
        """Share of a question's names that each of these passages contains in Arabic letters, weighted by rarity; shape
        (n,), in [0, 1]."""
        located = self.places.locate(ordinals)
        points, most = np.zeros(len(ordinals)), 0.0
        for name in names_in(question):
            held = [one.names.holders(name) for one in self.segments]
            removed = sum(self.places.removed_among(number, rows) for number, rows in enumerate(held))
            weight = float(inverse_frequency(sum(map(len, held)) - removed, self.count))
            most += weight
            for number, at, rows in located:
                points[at] += weight * is_among(held[number], rows)
        return share(points, most)

    def nearest(self, vector: NDArray[np.float32], k: int) -> Ordinals:
        """Ordinals of about the `k` nearest passages to a unit vector, nearest first."""
        found = [np.zeros(0, np.int64)]
        if self._collections is not None:
            found += [nearest_kept(reader, count, vector, k, self.ids.known) for reader, count in self._collections]
        for number, segment in enumerate(self.segments if self._collections is None else ()):
            rows = segment.nearest(vector, min(k, segment.count), self.places.mask(number))
            found.append(np.asarray(self.places.ordinals(number, rows), np.int64))
        ordinals = np.unique(np.concatenate(found))
        return ordinals[best(self.dense(vector, ordinals), k)]

    def nearest_of(self, vector: NDArray[np.float32], ordinals: Ordinals, k: int) -> Ordinals:
        """The `k` nearest of these passages to a unit vector, nearest first; exact, ties by ordinal."""
        found = [np.zeros(0, np.int64)]
        for number, _, rows in self.places.locate(ordinals):
            nearest = self.segments[number].nearest_of(vector, rows, k)
            found.append(np.asarray(self.places.ordinals(number, nearest), np.int64))
        chosen = np.sort(np.concatenate(found))
        return chosen[best(self.dense(vector, chosen), k)]

    def dense(self, vector: NDArray[np.float32], ordinals: Ordinals) -> Scores:
        """Cosine of each of these passages with a unit vector, shape (n,), in [-1, 1]."""
        scores = np.zeros(len(ordinals))
        for number, at, rows in self.places.locate(ordinals):
            scores[at] = self.segments[number].dense(vector, rows)
        return scores

    def sentence(self, vector: NDArray[np.float32], ordinals: Ordinals) -> Scores:
        """Cosine of the best sentence of each of these passages with a unit vector, shape (n,), in [-1, 1]."""
        scores = np.zeros(len(ordinals))
        for number, at, rows in self.places.locate(ordinals):
            scores[at] = self.segments[number].sentence(vector, rows)
        return scores

    def sentences(self, vector: NDArray[np.float32], ordinal: int) -> Scores:
        """Cosine of each sentence of a passage with a unit vector, in order; -1 for one without letters."""
        segment, row = self.places.one(ordinal)
        return self.segments[segment].sentences(vector, row)

    def stored(self, ordinal: int) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        """The stored vectors of a passage, shape (dimension,), and of its sentences, in order."""
        segment, row = self.places.one(ordinal)
        return self.segments[segment].passages[row], self.segments[segment].stored_sentences(row)

    def twins(self, ordinal: int) -> Ordinals:
        """Other passages with the same words."""
        same = _with_value(self.groups, self._groups_order, ordinal)
        others: Ordinals = same[same != ordinal]
        return others

    def _story(self, name: str) -> list[str]:
        of = _with_value(self.stories, self._stories_order, int(self.ids.ordinals([name])[0]))
        return [self.ids[ordinal] for ordinal in of.tolist()]

    def vectors(self) -> NDArray[np.float32]:
        """The vectors of all passages by ordinal, shape (count, dimension), in memory."""
        stored = np.concatenate([np.asarray(one.passages) for one in self.segments])
        return stored if self.places.places is None else stored[self.places.places]

    def _articles_of(self, number: int, segment: Segment) -> NDArray[np.int64]:
        """The number in the generation of each article of a segment, -1 for one that was removed."""
        firsts = segment.first_rows()
        found = np.full(segment.articles, -1, np.int64)
        kept = self.places.kept(number, firsts)
        ordinals = self.places.ordinals(number, firsts)
        found[slice(None) if kept is None else kept] = self.articles[ordinals]
        return found

    def close(self) -> None:
        """Close the files; may be called twice."""
        if not self._closed:
            self._closed = True
            for segment in self.segments:
                segment.close()
            for reader, _ in self._collections or ():
                reader.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _with_value(values: NDArray[np.int32], order: Ordinals, ordinal: int) -> Ordinals:
    """Ordinals with the same value as one of them; `order` sorts the values."""
    value = values[ordinal]
    low, high = np.searchsorted(values, np.array([value, value + 1], values.dtype), sorter=order)
    return np.asarray(order[low:high])


class Ids(Sequence[str]):
    """The ids of a generation's passages by ordinal, memory-mapped."""

    def __init__(self, segments: Sequence[Segment], places: Places) -> None:
        self._segments = segments
        self._places = places

    def __len__(self) -> int:
        return self._places.count

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [self[ordinal] for ordinal in range(*place.indices(len(self)))]
        if not -len(self) <= place < len(self):
            raise IndexError(place)
        segment, row = self._places.one(place % len(self))
        return self._segments[segment].ids[row]

    def __iter__(self) -> Iterator[str]:
        return (self[ordinal] for ordinal in range(len(self)))

    def ordinals(self, names: Sequence[str]) -> NDArray[np.int64]:
        """The ordinal of each of these ids. Raises `KeyError` for an unknown id."""
        found = self._found(names)
        if (found < 0).any():
            raise KeyError(names[int(np.argmin(found))])
        return found

    def known(self, names: Sequence[str]) -> NDArray[np.int64]:
        """The ordinals of those of these ids that the generation has, in order."""
        found = self._found(names)
        return found[found >= 0]

    def _found(self, names: Sequence[str]) -> NDArray[np.int64]:
        if len(self._segments) == 1 and self._places.places is None:
            return self._segments[0].ids.rows(names)
        found = np.full(len(names), -1, np.int64)
        for number, segment in enumerate(self._segments):
            rows = segment.ids.rows(names)
            at = np.flatnonzero(rows >= 0)
            kept = self._places.kept(number, rows[at])
            at = at if kept is None else at[kept]
            found[at] = self._places.ordinals(number, rows[at])
        return found
