"""Folders into the catalog and a generation of the index: what changed and no more, resumable at any moment.

Every step is kept when it is done, in an order in which a kill loses nothing: versions are only added, the
generation that answers stays until the next one is complete, and what is left over is removed last. Knows
nothing of encodings, models or indexes: they come in as arguments.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.articles import RULES, format_of, read_articles
from rag.catalog import Catalog, writing
from rag.config import Settings
from rag.errors import CatalogError
from rag.passages import split as split_article
from rag.sources.extracted import Format, Refusal
from rag.sources.files import Skipped
from rag.sources.formats import TEXT_ONLY
from rag.sources.outlets import Outlets
from rag.sources.outlets_file import shipped
from rag.sources.roots import Roots
from rag.store import ledger
from rag.store.durable import fsync
from rag.store.embedded import Embedder, check_probe, embed_missing
from rag.store.leases import lease_file
from rag.store.rows import GenerationRow, Quarantined, VersionKey
from rag.types import Article, Passage
from rag.upkeep.collect import Collections, collect, remove_folder
from rag.upkeep.intake import Intake
from rag.vectors.layout import VERSION as LAYOUT

Vectors = Callable[[list[str]], NDArray[np.float32]]
Build = Callable[[Path, Iterable[Passage], Vectors, str], None]
"""Writes a complete, verified index of the passages into a folder that does not exist yet, or raises."""
Split = Callable[[Article, Callable[[list[str]], list[int]], int], list[Passage]]
Progress = Callable[[str, int, int], None]
"""Is told the phase (``read``, ``embed``, ``build``), how much of it is done, and of how much."""

BATCHES = 4
"""The model's batches that are embedded and kept together: a commit takes 5 ms, a batch of 16 sentences 100."""


@dataclass(frozen=True, slots=True)
class Report:
    """What an ingest did, in articles. `embedded` counts texts, `passages` those of the generation that answers now.

    `quarantined` is all that is in quarantine, `skipped` all that was not even tried. `generation` is None
    when there is nothing to ask.
    """

    added: int
    changed: int
    renamed: int
    deleted: int
    unchanged: int
    quarantined: tuple[Quarantined, ...]
    skipped: tuple[Skipped, ...]
    embedded: int
    passages: int
    generation: str | None
    switched: bool
    seconds: float


def ingest(
    folder: Path | Sequence[Path],
    *,
    settings: Settings,
    corpus: str,
    embedder: Embedder,
    build: Build,
    progress: Progress | None = None,
    allow_deletes: bool = False,
    rebuild: bool = False,
    retry: bool = False,
    formats: Mapping[str, Format] = TEXT_ONLY,
    collections: Collections | None = None,
    outlets: Outlets | None = None,
    read: Callable[..., Iterator[Article | Refusal]] = read_articles,
    split: Split = split_article,
) -> Report:
    """Bring the corpus to what `folder`, or several, hold now, and let a new generation answer if anything changed.

    `formats` are the types of file that are read, by their ending; `outlets` is the table of names that pages are
    read by, where it is not the one that comes with Isnad. `collections` are those of a Chroma server, where
    `build` puts the vectors of a generation into one of them. `rebuild` makes a new generation even so; `retry` reads
    what is in quarantine though it looks unchanged. Raises `BadInput` when a folder cannot be read, holds nothing
    to read, or when more than half of the articles would go and `allow_deletes` is false (nothing is altered then);
    `CorpusBusy` when another process writes; `CatalogError` when the disk is full or the catalog cannot be used; what
    `build` raises. The generation that answered before then still does.
    """
    started = time.monotonic()
    tell = progress or _silent
    roots = Roots.of(folder) if isinstance(folder, Path) else Roots.of(*folder)
    seen = roots.scan(frozenset(formats))
    generations = settings.generations_dir(corpus)
    budget = min(settings.passage_tokens, embedder.max_tokens)
    rules = hashlib.sha256(
        json.dumps([RULES, (outlets or shipped()).digest, budget, embedder.fingerprint]).encode()
    ).hexdigest()
    with writing(settings, corpus) as catalog:
        with catalog.transaction() as connection:
            check_probe(connection, embedder, keep=True)
        intake = Intake(
            catalog=catalog,
            corpus=corpus,
            roots=roots,
            rules=lambda source: _rules_of(rules, format_of(source, formats)),
            limit=settings.max_file_bytes,
            extensions=formats.keys(),
            read=lambda data, source: read(data, corpus=corpus, source=source, formats=formats, outlets=outlets),
            split=lambda article: split(article, embedder.count_tokens, budget),
        )
        taken = intake.take(seen, partial(tell, "read"), allow_deletes=allow_deletes, retry=retry)
        batch = settings.embedding_batch
        # An index of another layout is built anew from what the catalog has: nothing is read or embedded again.
        made_by = hashlib.sha256(f"{rules} {LAYOUT}".encode()).hexdigest()
        renewal = _Renewal(catalog, corpus, generations, made_by, embedder, build, batch, tell, collections)
        switched, embedded = renewal.run(rebuild=rebuild)
        collect(catalog, corpus, generations, embedder.fingerprint, collections)
        current = catalog.current(corpus)
        return Report(
            added=taken.added,
            changed=taken.changed,
            renamed=taken.renamed,
            deleted=taken.deleted,
            unchanged=taken.unchanged,
            quarantined=tuple(catalog.quarantined(corpus)),
            skipped=seen.skipped,
            embedded=embedded,
            passages=current.count if current else 0,
            generation=current.id if current else None,
            switched=switched,
            seconds=time.monotonic() - started,
        )


@dataclass(frozen=True, slots=True)
class _Renewal:
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

    def run(self, *, rebuild: bool) -> tuple[bool, int]:
        """Whether the pointer was moved, and how many texts were embedded."""
        with self.catalog.transaction() as connection:
            members = ledger.source_versions(connection, self.corpus)
        current = self.catalog.current(self.corpus)
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
            self.folder.mkdir(parents=True, exist_ok=True)
            self.build(folder, passages(), lambda texts: self.catalog.vectors(texts, fingerprint), fingerprint)
            lease_file(folder).touch()
            fsync(self.folder)
        except OSError as error:
            raise CatalogError(
                f"the index cannot be written: {error.strerror}", where=str(folder), do="free some space, ingest again"
            ) from error
        self.tell("build", 1, 1)
        return embedded


def _rules_of(rules: str, format_: Format) -> str:
    """The rules of one file: those of all, and how its format is read."""
    return hashlib.sha256(f"{rules}\0{format_.version}".encode()).hexdigest() if format_.version else rules


def _silent(_phase: str, _done: int, _total: int) -> None:
    """No progress is shown."""
