"""A generation's folder held against what it was built from, all of it. Mends nothing and changes nothing.

Knows the passages and vectors that it is given, and not where they are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.errors import IndexUnusable
from rag.index import files as layout
from rag.index.build import BATCH, sentence_rows
from rag.index.ids import Ids
from rag.index.verify import verify_in_child
from rag.types import Passage

SAMPLE = 5000
"""Passages that are looked for by their own vectors: all of a small archive, evenly spread ones of a large one."""


def index_differences(
    folder: Path,
    passages: Iterable[Passage],
    vectors: Callable[[list[str]], NDArray[np.float32]],
    fingerprint: str,
    verify: Callable[[Path, int], object] = verify_in_child,
) -> Iterator[str]:
    """What is wrong with the index in `folder`, which should be `build`'s of the same; nothing if all is well.

    It holds every hash of the manifest, every passage's id and place, every stored vector against the one given, and
    the recall of a sample by its own vectors.
    """
    try:
        manifest = layout.Manifest.read(folder)
        manifest.check_hashes(folder)
        if manifest.fingerprint != fingerprint:
            yield "it was made with another embedding model than the catalog says"
        yield from _rows(folder, manifest, passages, vectors)
        verify(folder, SAMPLE)
    except IndexUnusable as error:
        yield error.what


def _rows(
    folder: Path,
    manifest: layout.Manifest,
    passages: Iterable[Passage],
    vectors: Callable[[list[str]], NDArray[np.float32]],
) -> Iterator[str]:
    if not manifest.passages:
        return
    ids, offsets = Ids(folder), layout.mapped(folder / layout.OFFSETS)
    of_passages, of_sentences = layout.mapped(folder / layout.PASSAGES), layout.mapped(folder / layout.SENTENCES)
    stream, at = iter(passages), 0
    while batch := list(islice(stream, BATCH)):
        end = at + len(batch)
        if ids[at:end] != [passage.id for passage in batch]:
            yield f"its passages {at} to {end} are not those of the catalog"
            return
        rows = vectors([passage.text.strip() for passage in batch])
        if not np.array_equal(of_passages[at:end], rows):
            yield f"the vectors of its passages {at} to {end} are not those of the catalog"
        expected = sentence_rows(batch, vectors, rows.shape[1])
        if not np.array_equal(of_sentences[offsets[at] : offsets[end]], expected):
            yield f"the vectors of the sentences of its passages {at} to {end} are not those of the catalog"
        at = end
    if at != manifest.passages:
        yield f"it has {manifest.passages} passages, the catalog {at}"
