"""A segment: the immutable files of some passages of an index, written once and read by every generation that has it.

A segment is derived data: it can be rebuilt from the catalog and never changes. Passages are identified by row.
"""

from __future__ import annotations

import hashlib
import json
import threading
from array import array
from contextlib import ExitStack, contextmanager
from itertools import islice
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rag.errors import IndexUnusable
from rag.external_sort import RowsWriter
from rag.fusion import best
from rag.index import chroma, layout
from rag.index.bm25 import KeywordBuilder, KeywordSegment, WordsBuilder, WordsIndex
from rag.index.entities import EntitiesBuilder
from rag.index.layout import SegmentIds, write_ids
from rag.index.near_duplicates import StoriesBuilder
from rag.store.private import make_private, tighten_tree
from rag.text.normalise import has_letters, normal_form, stemmed, whole_words
from rag.text.transliteration import NamesBuilder, NamesIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from rag.external_sort import OpenFile
    from rag.index.chroma import ChromaServer
    from rag.types import Passage

    Rows = NDArray[np.int64]
    Scores = NDArray[np.float64]

BATCH = 512
"""Number of passages in memory at a time, with the vectors of their sentences."""
EXACT: Final = 4096
"""A segment with fewer passages has no collection in a local Chroma, unless it is the first one: comparing a question
with all of them takes a millisecond, starting Chroma to build one takes seconds."""
SPARE: Final = 16
"""Number of neighbours requested from Chroma beyond those needed: of passages with the same vector it returns any."""
_DIGEST = 16
"""Bytes of a hash that identifies passages with the same words: among 10¹⁰ passages, the probability of a collision is
10⁻¹⁸."""
_BLOCK = 8192
"""Number of vectors scored at a time: bounds the memory of an exact search."""


def write_segment(
    folder: Path,
    passages: Iterable[Passage],
    vectors: Callable[[list[str]], NDArray[np.float32]],
    fingerprint: str,
    server: ChromaServer | None = None,
    *,
    earlier: Sequence[Path] = (),
    filled: bool = False,
) -> layout.Manifest:
    """Write the segment of `passages` into `folder`, which must not exist; the manifest is written last.

    The passages of an article must be consecutive; data that grows with the text is sorted on disk (docs/scale.md).
    `vectors` and `filled` are as in `rag.index.build.build`; `earlier` are the folders of the generation's earlier
    segments, whose decisions about names this one follows. Nothing is flushed to the disk here.
    """
    make_private(folder.parent)
    folder.mkdir(mode=0o700)
    stream = iter(passages)
    with (
        _unnamed_files(folder) as open_file,
        RowsWriter(folder / layout.PASSAGES) as passage_rows,
        RowsWriter(folder / layout.SENTENCES, "<f2") as rows_of_sentences,
    ):
        names, keywords, stories = NamesBuilder(open_file), KeywordBuilder(open_file), StoriesBuilder(open_file)
        catalogue, positions, entities = _Passages(open_file), WordsBuilder(open_file), EntitiesBuilder(open_file)
        while batch := list(islice(stream, BATCH)):
            rows = vectors([passage.text.strip() for passage in batch])
            passage_rows.add(rows)
            rows_of_sentences.add(sentence_rows(batch, vectors, rows.shape[1]))
            for passage in batch:
                catalogue.add(passage)
                whole = whole_words(passage.text)
                positions.add(passage.article_id, whole)
                words = stemmed(whole)
                keywords.add(words)
                stories.add(passage.article_id, words)
                names.add(passage.text)
                entities.add(passage)
        keywords.save(folder / layout.BM25)
        names.save(folder / layout.NAMES)
        positions.save(folder / layout.WORDS)
        entities.save(folder / layout.ENTITIES, [path / layout.ENTITIES for path in earlier])
        catalogue.save(folder)
        stories.save(folder)
    collection = not filled and (server is not None or not earlier or passage_rows.count >= EXACT)
    if collection:
        with chroma.CollectionWriter(folder / layout.CHROMA, server) as nearest:
            ids, stored = SegmentIds(folder), layout.mapped(folder / layout.PASSAGES)
            for start in range(0, len(ids), BATCH):
                nearest.add(ids[start : start + BATCH], np.asarray(stored[start : start + BATCH]))
    manifest = layout.Manifest.of(folder, fingerprint, passage_rows.count, passage_rows.width, collection=collection)
    manifest.write(folder)
    tighten_tree(folder)
    return manifest


@contextmanager
def _unnamed_files(folder: Path) -> Iterator[OpenFile]:
    """Opens unnamed files in `folder`, so that a killed process leaves nothing behind."""
    with ExitStack() as files:
        yield lambda: files.enter_context(TemporaryFile(dir=folder))


class _Passages:
    """Data of each passage by row: its id, the number of its article, the first row of its sentences, and a digest of
    its words."""

    def __init__(self, open_file: OpenFile) -> None:
        self._ids = open_file()
        self._widest = 1
        self._offsets = array("q", [0])
        self._words = bytearray()
        self._articles = array("i")
        self._article = ""

    def add(self, passage: Passage) -> None:
        words = " ".join(normal_form(passage.text).split())
        self._words += hashlib.sha256(words.encode()).digest()[:_DIGEST]
        self._offsets.append(self._offsets[-1] + len(passage.sentences))
        same = passage.article_id == self._article
        self._articles.append(self._articles[-1] + (not same) if self._articles else 0)
        self._article = passage.article_id
        self._widest = max(self._widest, len(passage.id.encode()))
        self._ids.write(json.dumps(passage.id).encode() + b"\n")

    def save(self, folder: Path) -> None:
        self._ids.seek(0)
        write_ids(folder, map(json.loads, self._ids), self._widest)
        digests = np.frombuffer(self._words, f"V{_DIGEST}")
        rows = np.argsort(digests, kind="stable")
        np.save(folder / layout.DIGESTS, digests[rows])
        np.save(folder / layout.DIGEST_ROWS, rows.astype(np.int32))
        np.save(folder / layout.OFFSETS, np.array(self._offsets, np.int64))
        np.save(folder / layout.NUMBERS, np.array(self._articles, np.int32))


def sentence_rows(
    batch: list[Passage], vectors: Callable[[list[str]], NDArray[Any]], dimension: int
) -> NDArray[np.float32]:
    """One row per sentence of each passage; a passage of one sentence has the same vector, because `vectors` caches by
    text."""
    texts = [
        passage.text[span.start - passage.span.start : span.end - passage.span.start].strip()
        for passage in batch
        for span in passage.sentences
    ]
    lettered = [place for place, text in enumerate(texts) if has_letters(text)]
    rows = np.zeros((len(texts), dimension), np.float32)
    if lettered:
        rows[lettered] = vectors([texts[place] for place in lettered])
    return rows


class Segment:
    """An open segment, mostly memory-mapped: `ids` are the passage ids by row, `numbers` the number of each passage's
    article in the segment. Shared by the generations that have it: `close` counts."""

    def __init__(self, folder: Path, *, searched: bool = True) -> None:
        """Without `searched`, the local collection is not opened, and `nearest` is exact.

        Raises `IndexUnusable` if the segment is missing, damaged, or of another format version.
        """
        manifest = layout.Manifest.read(folder)
        self.folder = folder
        self.count = manifest.passages
        try:
            self.ids = SegmentIds(folder)
            self.numbers: NDArray[np.int32] = layout.mapped(folder / layout.NUMBERS)
            self.keywords = KeywordSegment(folder / layout.BM25)
            self.names = NamesIndex.open(folder / layout.NAMES)
            self.words = WordsIndex(folder / layout.WORDS)
            self._digests: NDArray[np.void] = layout.mapped(folder / layout.DIGESTS)
            self._digest_rows: NDArray[np.int32] = layout.mapped(folder / layout.DIGEST_ROWS)
            self._offsets: NDArray[np.int64] = layout.mapped(folder / layout.OFFSETS)
            self.passages: NDArray[np.float32] = layout.mapped(folder / layout.PASSAGES)
            self._sentences: NDArray[np.float16] = layout.mapped(folder / layout.SENTENCES)
        except (OSError, ValueError, KeyError, EOFError) as error:
            raise IndexUnusable(f"the index is damaged: {error}", where=str(folder), do=layout.REBUILD) from error
        local = searched and manifest.collection and (folder / layout.CHROMA).is_dir()
        self._nearest = chroma.CollectionReader(folder / layout.CHROMA) if local else None
        self._users = 1
        self._lock = threading.Lock()

    @property
    def articles(self) -> int:
        """Number of articles."""
        return count_articles(self.numbers)

    def first_rows(self) -> Rows:
        """The row of the first passage of each article, by the article's number."""
        return np.searchsorted(self.numbers, np.arange(self.articles))

    def rows_of_articles(self, articles: Sequence[str]) -> Rows:
        """Rows, sorted, of all passages of these articles; an article that is not in the segment has none."""
        firsts = self.ids.starting_with([f"{article}@" for article in articles])
        numbers = np.unique(self.numbers[firsts[firsts >= 0]])
        low, high = (np.searchsorted(self.numbers, numbers, side=side) for side in ("left", "right"))
        return np.concatenate([np.zeros(0, np.int64), *(np.arange(a, b) for a, b in zip(low, high, strict=True))])

    def first_with_words(self, digests: NDArray[np.void]) -> NDArray[np.int64]:
        """The first row whose words have each of these digests, -1 for none."""
        if not len(self._digests) or not len(digests):
            return np.full(len(digests), -1, np.int64)
        at = np.searchsorted(self._digests, digests).clip(max=len(self._digests) - 1)
        return np.where(self._digests[at] == digests, self._digest_rows[at], -1)

    def digests(self) -> NDArray[np.void]:
        """Digest of the words of each passage, by row."""
        found = np.empty(len(self._digests), self._digests.dtype)
        found[self._digest_rows] = self._digests
        return found

    def nearest(self, vector: NDArray[np.float32], k: int, kept: NDArray[np.bool_] | None) -> Rows:
        """Rows of about the `k` nearest passages to a unit vector, or a few more, of those that are `kept`, in no
        particular order."""
        if self._nearest is None:
            return self.nearest_of(vector, np.arange(self.count) if kept is None else np.flatnonzero(kept), k)

        def rows(ids: list[str]) -> Rows:
            found = self.ids.rows(ids)
            if (found < 0).any():
                what = "the index is damaged: Chroma has a passage that it has not"
                raise IndexUnusable(what, where=str(self.folder), do=layout.REBUILD)
            return found if kept is None else found[kept[found]]

        return nearest_kept(self._nearest, self.count, vector, k, rows)

    def nearest_of(self, vector: NDArray[np.float32], rows: Rows, k: int) -> Rows:
        """The `k` nearest of these passages to a unit vector, nearest first; exact, ties by position."""
        found, cosines = rows[:0], np.zeros(0)
        for start in range(0, len(rows), _BLOCK):
            part = rows[start : start + _BLOCK]
            found, cosines = np.concatenate([found, part]), np.concatenate([cosines, self.dense(vector, part)])
            places = best(cosines, k)
            found, cosines = found[places], cosines[places]
        return found

    def dense(self, vector: NDArray[np.float32], rows: Rows) -> Scores:
        """Cosine of each of these passages with a unit vector, shape (n,), in [-1, 1]."""
        return _cosines(self.passages[rows], vector)

    def sentence(self, vector: NDArray[np.float32], rows: Rows) -> Scores:
        """Cosine of the best sentence of each of these passages with a unit vector, shape (n,), in [-1, 1]."""
        starts = self._offsets[rows]
        counts = self._offsets[rows + 1] - starts
        if not counts.size:
            return np.zeros(0)
        before = np.cumsum(counts) - counts
        of = np.repeat(starts - before, counts) + np.arange(counts.sum())
        return np.maximum.reduceat(self._of_sentences(vector, of), before)

    def stored_sentences(self, row: int) -> NDArray[np.floating]:
        """The vectors of the sentences of a passage, in order."""
        return self._sentences[self._offsets[row] : self._offsets[row + 1]]

    def sentences(self, vector: NDArray[np.float32], row: int) -> Scores:
        """Cosine of each sentence of a passage with a unit vector, in order; -1 for one without letters."""
        return self._of_sentences(vector, np.arange(*self._offsets[row : row + 2]))

    def _of_sentences(self, vector: NDArray[np.float32], rows: Rows) -> Scores:
        cosines = _cosines(in_single_precision(self._sentences[rows]), vector)
        # The row of a sentence without letters is zero; it must never be the best one.
        return np.where(cosines == 0.0, -1.0, cosines)

    def share(self) -> Segment:
        """The same segment for one more user, who closes it."""
        with self._lock:
            self._users += 1
        return self

    def close(self) -> None:
        """Close the files once no user is left."""
        with self._lock:
            self._users -= 1
            last = self._users == 0
        if last and self._nearest is not None:
            self._nearest.close()


def count_articles(numbers: NDArray[np.int32]) -> int:
    """Number of articles, by the number of each passage's article."""
    return int(numbers[-1]) + 1 if len(numbers) else 0


def nearest_kept(
    reader: chroma.CollectionReader, count: int, vector: NDArray[np.float32], k: int, kept: Callable[[list[str]], Rows]
) -> Rows:
    """What `kept` makes of the ids of about the `k` nearest of a collection of `count` vectors, or of a few more.

    More neighbours are requested until `k` are kept: the collection may have passages that were removed since.
    """
    wanted = k + SPARE
    while True:
        wanted = min(wanted, count)
        found = kept(reader.nearest(vector, wanted)) if wanted else np.zeros(0, np.int64)
        if len(found) >= k or wanted == count:
            return found
        wanted *= 2


def in_single_precision(rows: NDArray[np.float16]) -> NDArray[np.float32]:
    """The same numbers; two to three times as fast as numpy's own conversion.

    Sign, exponent and fraction are moved to where single precision has them, and the exponent's bias is corrected by a
    multiplication, which is exact.
    """
    bits = rows.view(np.uint16).astype(np.uint32)
    found = bits & np.uint32(0x7FFF)
    found <<= np.uint32(13)
    bits &= np.uint32(0x8000)
    bits <<= np.uint32(16)
    found |= bits
    single = found.view(np.float32)
    single *= np.float32(2.0**112)
    return single


def _cosines(rows: NDArray[np.floating], vector: NDArray[np.float32]) -> Scores:
    """Cosines of unit vectors. Unlike BLAS, einsum adds up each row alone: a score is the same whatever other rows are
    scored with it."""
    cosines: Scores = np.einsum("ij,j->i", np.asarray(rows, np.float32), vector).astype(np.float64)
    return cosines
