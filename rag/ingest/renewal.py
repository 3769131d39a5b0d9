"""What the catalog lists of the folders becomes the generation that answers. Knows neither files nor formats.

The generation that answered before goes on until the new one is complete; killed at any moment, the next call makes
another one, and what is left over is removed by `rag.index.generations`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.errors import CatalogError
from rag.index.generations import Collections, remove_folder
from rag.store import writes as ledger
from rag.store.catalog import Catalog
from rag.store.durable import fsync
from rag.store.embeddings import Embedder, embed_missing
from rag.store.locks import lease_file
from rag.store.private import make_private
from rag.store.rows import GenerationRow, VersionKey
from rag.types import Passage

Vectors = Callable[[list[str]], NDArray[np.float32]]
Build = Callable[[Path, Iterable[Passage], Vectors, str], None]
"""Writes a complete, verified index of the passages into a folder that does not exist yet, or raises."""
Progress = Callable[[str, int, int], None]
"""Is told the phase (``read``, ``embed``, ``build``), how much of it is done, and of how much."""

BATCHES = 4
"""The model's batches that are embedded and kept together: a commit takes 5 ms, a batch of 16 sentences 100."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """How what the catalog lists of the folder becomes the generation that answers."""

    catalog: Catalog
    corpus: str
    folder: Path
    rules: str
    embedder: Embedder
    build: Build
    batch: int
    tell: Progress
    collections: Collections | None
    trim: Callable[[Catalog, str], None]

    def run(self, *, rebuild: bool) -> tuple[bool, int]:
        """Whether the pointer was moved, and how many texts were embedded."""
        current = self.catalog.current(self.corpus)
        if not rebuild and self._is_made_of(current, self._members()):
            return False, 0
        self.trim(self.catalog, self.corpus)
        members = self._members()
        if not rebuild and self._is_made_of(current, members):
            return False, 0
        if not members:
            with self.catalog.transaction() as connection:
                ledger.switch(connection, self.corpus, None)
            return current is not None, 0
        with self.catalog.transaction() as connection:
            generation_id = ledger.start_generation(
                connection, self.corpus, self.embedder.fingerprint, self.rules, members
            )
        del members  # half a kilobyte an article, which nothing needs while the index is built
        switched = False
        try:
            # What the generation that answers has, has its vectors, unless another model made them.
            same_model = current is not None and current.fingerprint == self.embedder.fingerprint
            embedded = self._make(generation_id, current.id if current and same_model and not rebuild else None)
            with self.catalog.transaction() as connection:
                ledger.switch(connection, self.corpus, generation_id)
            switched = True
        finally:
            if not switched:
                # The folder first: on a full disk it makes the room that the catalog needs.
                remove_folder(self.folder / generation_id)
                # With a collection it stays on the list until the next `collect` has removed that.
                if self.collections is None:
                    with self.catalog.transaction() as connection:
                        ledger.remove_generation(connection, generation_id)
        return True, embedded

    def _members(self) -> set[VersionKey]:
        with self.catalog.transaction() as connection:
            return ledger.source_versions(connection, self.corpus)

    def _is_made_of(self, current: GenerationRow | None, members: set[VersionKey]) -> bool:
        if current is None:
            return not members
        return (
            (current.fingerprint, current.rules) == (self.embedder.fingerprint, self.rules)
            and self._is_there(current)
            and self.catalog.members(current.id) == members
        )

    def _is_there(self, current: GenerationRow) -> bool:
        if self.collections is not None and not self.collections.holds(current.id, current.count):
            return False
        folder = self.folder / current.id
        # With a catalog on a server each machine makes the files that it lacks.
        return self.catalog.shared or (folder.is_dir() and lease_file(folder).is_file())

    def _make(self, generation_id: str, beside: str | None) -> int:
        passages = partial(self.catalog.iterate_passages, generation_id)
        embedded = embed_missing(
            self.catalog.transaction,
            partial(passages, beside),
            self.embedder,
            BATCHES * self.batch,
            partial(self.tell, "embed"),
        )
        fingerprint = self.embedder.fingerprint
        folder = self.folder / generation_id
        self.tell("build", 0, 1)
        try:
            make_private(self.folder)
            self.build(folder, passages(), lambda texts: self.catalog.vectors(texts, fingerprint), fingerprint)
            lease_file(folder).touch(mode=0o600)
            fsync(self.folder)
        except OSError as error:
            raise CatalogError(
                f"the index cannot be written: {error.strerror}", where=str(folder), do="free some space, ingest again"
            ) from error
        self.tell("build", 1, 1)
        return embedded
