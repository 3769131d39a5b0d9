"""Build the folder of one index generation from passages and their vectors, verify it and flush it to disk.

A generation is derived data: it can be rebuilt from the catalog and never changes.
"""

from __future__ import annotations

import hashlib
import json
from array import array
from contextlib import ExitStack, contextmanager, nullcontext
from functools import partial
from itertools import islice
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.external_sort import RowsWriter
from rag.index import chroma, layout
from rag.index.bm25 import KeywordBuilder, WordsBuilder
from rag.index.chroma import ChromaServer
from rag.index.entities import EntitiesBuilder
from rag.index.layout import write_ids
from rag.index.near_duplicates import StoriesBuilder
from rag.index.verify import verify_folder, verify_in_child
from rag.store.locks import fsync_tree
from rag.store.private import make_private, tighten_tree
from rag.text.normalise import has_letters, normal_form, stemmed, whole_words
from rag.text.transliteration import NamesBuilder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from rag.config import Settings
    from rag.external_sort import OpenFile
    from rag.types import Passage

BATCH = 512
"""Number of passages in memory at a time, with the vectors of their sentences."""
_DIGEST = 16
"""Bytes of a hash that identifies passages with the same words: among 10¹⁰ passages, the probability of a collision is
10⁻¹⁸."""


def build(
    folder: Path,
    passages: Iterable[Passage],
    vectors: Callable[[list[str]], NDArray[np.float32]],
    fingerprint: str,
    verify: Callable[[Path], object] = verify_in_child,
    server: ChromaServer | None = None,
    *,
    filled: bool = False,
) -> None:
    """Write the generation of `passages` into `folder`, which must not exist; the manifest is written last.

    The passages of an article must be consecutive; data that grows with the text is sorted on disk (docs/scale.md).

    `vectors` returns the unit vectors of texts, shape (n, dimension), in order; it is called for passages and sentences
    without surrounding white space, and never for a text without letters, whose row is zero. Without passages the index
    finds nothing. With a `server`, the vectors of passages are stored in a collection of it, unless that is `filled`
    already by the machine that made the generation. The caller switches to the folder after this returns. Raises
    `IndexUnusable` if the result fails verification.
    """
    make_private(folder.parent)
    folder.mkdir(mode=0o700)
    stream = iter(passages)
    with (
        _unnamed_files(folder) as open_file,
        RowsWriter(folder / layout.PASSAGES) as passage_rows,
        RowsWriter(folder / layout.SENTENCES) as rows_of_sentences,
    ):
        names, keywords, stories = NamesBuilder(open_file), KeywordBuilder(open_file), StoriesBuilder(open_file)
        catalogue, positions, entities = _Passages(open_file), WordsBuilder(open_file), EntitiesBuilder(open_file)
        with nullcontext() if filled else chroma.CollectionWriter(folder / layout.CHROMA, server) as nearest:
            while batch := list(islice(stream, BATCH)):
                rows = vectors([passage.text.strip() for passage in batch])
                passage_rows.add(rows)
                rows_of_sentences.add(sentence_rows(batch, vectors, rows.shape[1]))
                if nearest is not None:
                    nearest.add([passage.id for passage in batch], rows)
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
        entities.save(folder / layout.ENTITIES)
        catalogue.save(folder)
        stories.save(folder)
    layout.Manifest.of(
        folder,
        fingerprint=fingerprint,
        passages=passage_rows.count,
        sentences=rows_of_sentences.count,
        dimension=passage_rows.width,
    ).write(folder)
    tighten_tree(folder)
    fsync_tree(folder)
    verify(folder)


def build_for(settings: Settings, corpus: str, *, filled: bool = False) -> Callable[..., None]:
    """`build` for these settings: with Chroma in this process, or on the configured server. `filled` as there."""
    server = ChromaServer.of(settings, corpus)
    if server is None:
        return build
    return partial(build, verify=partial(verify_folder, server=server), server=server, filled=filled)


@contextmanager
def _unnamed_files(folder: Path) -> Iterator[OpenFile]:
    """Opens unnamed files in `folder`, so that a killed process leaves nothing behind."""
    with ExitStack() as files:
        yield lambda: files.enter_context(TemporaryFile(dir=folder))


class _Passages:
    """Data of each passage by ordinal: its id, the number of its article, the first row of its sentences, and the first
    passage with the same words."""

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
        _, first, groups = np.unique(np.frombuffer(self._words, f"V{_DIGEST}"), return_index=True, return_inverse=True)
        np.save(folder / layout.GROUPS, first[groups].astype(np.int32))
        np.save(folder / layout.OFFSETS, np.array(self._offsets, np.int64))
        np.save(folder / layout.ARTICLES, np.array(self._articles, np.int32))


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
