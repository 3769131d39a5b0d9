"""Garbage collection of a corpus: removes generations, then versions, then vectors that nothing uses any more.

Kept are the current generation, the one before it, and every one with a reader lease. Readers on other machines have no
lease here: a generation stays for a while after it was replaced.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from sqlalchemy import delete, exists, select
from sqlalchemy.engine import Connection

from rag.errors import CatalogError, IndexUnusable, IsnadError
from rag.index.layout import MANIFEST, SEGMENTS, Manifest
from rag.index.merging import Extension, due, extension
from rag.store.catalog import CATALOG_FILE, Catalog
from rag.store.database import AT_ONCE, passages_of_versions
from rag.store.embeddings import chunks, remove_unused_vectors
from rag.store.locks import LEASE, being_built, fsync, lease_file, remove_folder, take_lock, unread
from rag.store.private import make_private, open_private
from rag.store.schema import (
    VERSION,
    corpora,
    generations,
    members,
    passages,
    same_version,
    sources,
    touched,
    version_key,
    versions,
)
from rag.store.writes import remove_generation, remove_uses

if TYPE_CHECKING:
    from rag.store.schema import GenerationRow
    from rag.types import Passage

GRACE: Final = timedelta(minutes=15)


class Collections(Protocol):
    """Collections of segments on a Chroma server; each method raises `IndexUnusable` if it is unreachable."""

    def holds(self, segment: str, count: int) -> bool:
        """Whether the server has the collection of a segment with `count` vectors."""
        ...

    def drop(self, segment: str) -> None:
        """Remove the collection of a segment if it exists."""
        ...


def collect(
    catalog: Catalog, corpus: str, folder: Path, fingerprint: str, collections: Collections | None = None
) -> None:
    """Remove what is no longer needed; `folder` holds the generations of `corpus`, each named by its id.

    `fingerprint` is the model in use: its vectors are kept even if no generation uses them yet. If the process is
    killed, the next call completes the work. Raises `CatalogError` if something cannot be removed.
    """
    with catalog.transaction() as connection:
        current = connection.execute(select(corpora.c.generation_id).where(corpora.c.corpus == corpus)).scalar()
        rows = connection.execute(
            select(generations.c.id, generations.c.switched_at, generations.c.segments).where(
                generations.c.corpus == corpus
            )
        ).all()
    if not catalog.shared:
        for left in catalog.path.parent.glob(f".{CATALOG_FILE}.*"):  # left by a restore that was killed
            left.unlink(missing_ok=True)
    before = max((row.id for row in rows if row.switched_at and row.id != current), default=None)
    listed = {row.id for row in rows}
    # A folder, or only its lease file, which is removed last.
    found = {path.name.removesuffix(LEASE) for path in folder.iterdir()} if folder.is_dir() else set()
    folders = found - {SEGMENTS}
    kept = {current, before}
    if catalog.shared:
        kept |= _answered_lately({row.id: row.switched_at for row in rows})
    # A generation that never became the current one has at most the collection that was built for it.
    segments = {row.id: {name for name, _ in row.segments or [(row.id, 0)]} for row in rows}
    for generation_id in sorted((listed | folders) - kept):
        own = segments.get(generation_id, set())
        others = set[str]().union(*(names for other, names in segments.items() if other != generation_id))
        if _remove(catalog, generation_id, folder / generation_id, collections, own - others):
            segments.pop(generation_id, None)
    remove_unused_segments(folder)
    with catalog.transaction() as connection:
        _remove_versions(connection, corpus)
        remove_unused_vectors(connection, fingerprint)


def _answered_lately(switched: dict[str, str | None]) -> set[str]:
    """Ids of generations that were current within `GRACE`; `switched` are the times at which each became current, by
    id.

    A reader asks for the current generation before each question, and uses it only for the duration of that question.
    """
    began = sorted((id_, datetime.fromisoformat(at)) for id_, at in switched.items() if at)
    return {id_ for (id_, _), (_, ended) in pairwise(began) if datetime.now(UTC) - ended < GRACE}


def _remove(
    catalog: Catalog, generation_id: str, folder: Path, collections: Collections | None, names: set[str]
) -> bool:
    """Remove a generation and the collections with these `names`, unless somebody reads it; whether it was removed."""
    with unread(folder) as free:
        if not free:
            return False
        # Before the rows: a collection without a row would never be found again.
        if collections is not None:
            for name in sorted(names):
                collections.drop(name)
        # Rows first: an unlisted generation cannot be opened, and an unlisted folder is removed by the next call.
        with catalog.transaction() as connection:
            remove_generation(connection, generation_id)
        # An id from a manipulated catalog could be a path to somewhere else.
        if Path(generation_id).name == generation_id != "..":
            remove_folder(folder)
    return True


def remove_unused_segments(folder: Path) -> None:
    """Remove the segments that no generation in `folder` has, unless somebody holds a lease of one to build with it.

    Raises `CatalogError` if one cannot be removed.
    """
    segments = folder / SEGMENTS
    if not segments.is_dir():
        return
    used = {name for manifest in folder.glob(f"*/{MANIFEST}") for name, _ in segments_of(manifest.parent)}
    for name in sorted({path.name.removesuffix(LEASE) for path in segments.iterdir()} - used):
        with unread(segments / name) as free:
            if free:
                remove_folder(segments / name)


def segments_of(generation: Path) -> list[tuple[str, int]]:
    """Names and numbers of rows of the segments of a generation, also of one that cannot be opened; none without a
    readable manifest."""
    try:
        raw = json.loads((generation / MANIFEST).read_text(encoding="utf-8"))
        return [(str(name), int(rows)) for name, rows, _ in raw["segments"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _remove_versions(connection: Connection, corpus: str) -> None:
    """Remove versions that neither a generation nor the sources list, and vectors that only they used."""
    orphans = select(*(touched.c[name] for name in VERSION)).where(touched.c.corpus == corpus).distinct()
    for table in (members, sources):
        orphans = orphans.where(~exists().where(same_version(table, touched)))
    for part in chunks([version_key(row) for row in connection.execute(orphans).mappings()], AT_ONCE):
        remove_uses(connection, passages_of_versions(connection, part))
        for key in part:
            for table in (passages, versions):
                same = (table.c[name] == value for name, value in key._asdict().items())
                connection.execute(delete(table).where(*same))


# Builds the files of a generation on a machine that did not make it, from a catalog on a server; atomic.
#
# The members of a generation never change, so neither do its files.

_PATIENCE = 30.0
"""Seconds for which questions wait for a new generation while an older one can answer them."""

_Build = Callable[..., None]
"""See `rag.index.build.build`."""


def make_here(catalog: Catalog, generation: GenerationRow, folder: Path, build: _Build) -> None:
    """Ensure that `folder` holds the files of the generation. One process builds them, others wait.

    Raises `IndexUnusable` if the generation is removed meanwhile, `CatalogError` if the disk is full, and what `build`
    raises.
    """
    if _is_whole(folder):
        return
    home = folder.parent.parent
    try:
        make_private(folder.parent)
        with _one_at_a_time(home / "making.lock"):
            if _is_whole(folder):
                return
            # Left by processes that were killed: the holder of the lock is alone here.
            remove_folder(folder)
            remove_unused_segments(folder.parent)
            with being_built(folder):
                _build(catalog, generation, folder, build)
            fsync(folder.parent)
    except OSError as error:
        do = "free some space on the disk, or set ISNAD_DATA_DIR to another disk"
        raise CatalogError(f"the index cannot be written: {error.strerror}", where=str(folder), do=do) from error


class _Job(NamedTuple):
    generation_id: str
    began: float
    done: Future[None]


class Making:
    """Builds generations one after another in a background thread with `make`, which does nothing if the files exist.

    Thread-safe.
    """

    def __init__(self, make: Callable[[GenerationRow], None], patience: float = _PATIENCE) -> None:
        self._make = make
        self._patience = patience
        self._lock = threading.Lock()
        self._job: _Job | None = None

    def ready(self, generation: GenerationRow, *, needed: bool) -> bool:
        """Whether the files of `generation` exist; waits for them for a limited time, or without limit if `needed`.

        All callers that wait for one generation share one deadline. Raises what `make` raises.
        """
        with self._lock:
            job = self._job
            failed = job is not None and job.done.done() and (job.done.cancelled() or job.done.exception() is not None)
            if job is None or failed or job.generation_id != generation.id:
                job = self._job = _Job(generation.id, time.monotonic(), Future())
                threading.Thread(target=self._run, args=(job.done, generation), daemon=True).start()
        left = max(0.0, job.began + self._patience - time.monotonic())
        try:
            job.done.result(None if needed else left)
        except TimeoutError:
            return False
        return True

    def _run(self, done: Future[None], generation: GenerationRow) -> None:
        try:
            self._make(generation)
            done.set_result(None)
        except IsnadError as error:
            done.set_exception(error)
        finally:
            # The thread itself reports an unexpected exception; waiting callers must still be released.
            done.cancel()


def remove_others(folder: Path) -> None:
    """Remove generations next to `folder` that are older and that no process of this machine reads."""
    for other in sorted(folder.parent.iterdir()):
        if other.name == SEGMENTS:
            continue
        # A folder without its lease file is still being written.
        if other.is_dir() and other.name < folder.name and lease_file(other).is_file():
            with unread(other) as free:
                if free:
                    remove_folder(other)


def _is_whole(folder: Path) -> bool:
    """Whether all files exist in the format of this version of Isnad."""
    try:
        Manifest.read(folder)
    except IndexUnusable:
        return False
    return lease_file(folder).is_file()


def _build(catalog: Catalog, generation: GenerationRow, folder: Path, build: _Build) -> None:
    count = 0

    def passages() -> Iterator[Passage]:
        nonlocal count
        for passage in catalog.iterate_passages(generation.id):
            count += 1
            yield passage

    fingerprint = generation.fingerprint
    vectors = partial(catalog.vectors, fingerprint=fingerprint)
    base, plan = _extension_here(catalog, generation, folder)
    if base is not None and plan is not None:
        extend(catalog, generation.id, fingerprint, folder, build, base, plan)
        return
    try:
        build(folder, passages(), vectors, fingerprint)
    except (CatalogError, IndexUnusable):
        if catalog.members(generation.id):
            raise
    # Removal during the read leaves fewer rows and no error.
    if count != generation.count:
        what = f"this generation was removed during the read ({count} of {generation.count} passages)"
        raise IndexUnusable(what, where=generation.id, do="ask the question again")


def _extension_here(catalog: Catalog, generation: GenerationRow, folder: Path) -> tuple[Path | None, Extension | None]:
    """The newest generation on this machine that `generation` can be made from, and how; None to build all of it."""
    with catalog.transaction() as connection:
        same = (generations.c.fingerprint == generation.fingerprint, generations.c.rules == generation.rules)
        listed = set(connection.execute(select(generations.c.id).where(*same)).scalars())
    earlier = [path for path in folder.parent.iterdir() if path.name in listed and path.name < folder.name]
    base = max(filter(_is_whole, earlier), default=None)
    if base is None or due(base) != []:
        return None, None
    return base, extension(base, *changed_articles(catalog, generation.id, base.name))


def changed_articles(catalog: Catalog, generation_id: str, base_id: str) -> tuple[list[str], list[str]]:
    """Ids of the articles that a generation adds to another, and of those that it removes, both sorted; a replaced
    article is in both."""
    changes = catalog.changes(generation_id, base_id)
    return sorted(key.article_id for key in changes.added), sorted(key.article_id for key in changes.removed)


def extend(
    catalog: Catalog, generation_id: str, fingerprint: str, folder: Path, build: _Build, base: Path, plan: Extension
) -> None:
    """Build a generation in `folder` from the one in `base` and the passages of the articles to write."""
    build(
        folder,
        catalog.passages_of_articles(generation_id, plan.write),
        partial(catalog.vectors, fingerprint=fingerprint),
        fingerprint,
        base=base,
        removed=plan.remove,
    )


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    handle = open_private(path)
    try:
        take_lock(handle)
        yield
    finally:
        os.close(handle)
