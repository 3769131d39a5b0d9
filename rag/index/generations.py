"""Removes what nothing can read any more: generations, then versions, then vectors. Knows no model and no index.

Kept are the generation that answers, the one before it, and every one that a reader holds a lease of. Of readers on
other machines there is no lease: a generation stays for a while after it stopped answering.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from sqlalchemy import delete, exists, select
from sqlalchemy.engine import Connection

from rag.errors import CatalogError, IndexUnusable, IsnadError
from rag.index.layout import Manifest
from rag.store.catalog import CATALOG_FILE, Catalog
from rag.store.database import AT_ONCE, passages_of_versions
from rag.store.embeddings import chunks
from rag.store.locks import LEASE, fsync, lease_file, unread
from rag.store.private import make_private, open_private
from rag.store.schema import (
    VERSION,
    corpora,
    generation_members,
    generations,
    passages,
    sources,
    vectors,
    version_key,
    versions,
)
from rag.store.writes import remove_generation, remove_uses

if TYPE_CHECKING:
    from rag.store.schema import GenerationRow
    from rag.types import Passage

GRACE: Final = timedelta(minutes=15)


class Collections(Protocol):
    """What generations have on a Chroma server; each raises `IndexUnusable` when that is away."""

    def holds(self, generation_id: str, count: int) -> bool:
        """Whether the server has the collection of a generation, with so many vectors."""
        ...

    def drop(self, generation_id: str) -> None:
        """Remove the collection of a generation, if there is one."""
        ...


def collect(
    catalog: Catalog, corpus: str, folder: Path, fingerprint: str, collections: Collections | None = None
) -> None:
    """Remove what is no longer needed; `folder` holds the generations of `corpus`, each under its id.

    `fingerprint` is the model in use: its vectors stay though no generation may have it yet. Killed at any
    moment, it is finished by the next call. Raises `CatalogError` when something cannot be removed.
    """
    with catalog.transaction() as connection:
        current = connection.execute(select(corpora.c.generation_id).where(corpora.c.corpus == corpus)).scalar()
        rows = connection.execute(
            select(generations.c.id, generations.c.switched_at).where(generations.c.corpus == corpus)
        ).all()
    if not catalog.shared:
        for left in catalog.path.parent.glob(f".{CATALOG_FILE}.*"):  # of a restore that was killed
            left.unlink(missing_ok=True)
    before = max((row.id for row in rows if row.switched_at and row.id != current), default=None)
    listed = {row.id for row in rows}
    # A folder, or only its lease: the lease goes last.
    folders = {path.name.removesuffix(LEASE) for path in folder.iterdir()} if folder.is_dir() else set()
    kept = {current, before} | (_answered_lately(dict(rows)) if catalog.shared else set())
    for generation_id in sorted((listed | folders) - kept):
        _remove(catalog, generation_id, folder / generation_id, collections if generation_id in listed else None)
    with catalog.transaction() as connection:
        _remove_versions(connection, corpus)
        used = select(generations.c.fingerprint)
        connection.execute(
            delete(vectors).where(vectors.c.fingerprint != fingerprint, vectors.c.fingerprint.not_in(used))
        )


def _answered_lately(switched: dict[str, str | None]) -> set[str]:
    """Generations that answered within `GRACE`; `switched` are the times at which all began to, by id.

    A reader asks which one is current before each question, and reads it no longer than that question takes.
    """
    began = sorted((id_, datetime.fromisoformat(at)) for id_, at in switched.items() if at)
    return {id_ for (id_, _), (_, ended) in pairwise(began) if datetime.now(UTC) - ended < GRACE}


def _remove(catalog: Catalog, generation_id: str, folder: Path, collections: Collections | None) -> None:
    with unread(folder) as free:
        if not free:
            return
        # Before the rows: a collection that no row names would never be found again.
        if collections is not None:
            collections.drop(generation_id)
        # The rows first: what is not listed cannot be found, and a folder that is not listed is removed next time.
        with catalog.transaction() as connection:
            remove_generation(connection, generation_id)
        # An id from a catalog that was tampered with could lead elsewhere.
        if Path(generation_id).name == generation_id != "..":
            remove_folder(folder)


def remove_folder(folder: Path) -> None:
    """Remove a generation's folder and the file of its leases, as far as they exist."""
    try:
        if folder.exists():
            shutil.rmtree(folder)
        lease_file(folder).unlink(missing_ok=True)
    except OSError as error:
        raise CatalogError(
            f"an old generation cannot be removed: {error.strerror}", where=str(folder), do="check its permissions"
        ) from error


def _remove_versions(connection: Connection, corpus: str) -> None:
    """Versions that neither a generation nor the folder has, and the vectors that only they used."""
    orphans = select(*(versions.c[name] for name in VERSION)).where(versions.c.corpus == corpus)
    for table in (generation_members, sources):
        orphans = orphans.where(~exists().where(*(table.c[name] == versions.c[name] for name in VERSION)))
    for part in chunks([version_key(row) for row in connection.execute(orphans).mappings()], AT_ONCE):
        remove_uses(connection, passages_of_versions(connection, part))
        for key in part:
            for table in (passages, versions):
                same = (table.c[name] == value for name, value in key._asdict().items())
                connection.execute(delete(table).where(*same))


# The files of a generation on a machine that did not make it: made here from the catalog, whole or not at all.
#
# For catalogs on a server. What a generation is made of never changes, so neither does what is made of it.

_MAKING = "making"
_PATIENCE = 30.0
"""Seconds for which questions wait for a new generation while an older one could answer them."""

_Build = Callable[[Path, Iterable["Passage"], Callable[[list[str]], Any], str], None]


def make_here(catalog: Catalog, generation: GenerationRow, folder: Path, build: _Build) -> None:
    """See that `folder` holds the files of the generation. Of several processes one makes them, and the others wait.

    Raises `IndexUnusable` when the generation is removed meanwhile, `CatalogError` when the disk cannot take them,
    and what `build` raises.
    """
    if _is_whole(folder):
        return
    home = folder.parent.parent
    aside = home / _MAKING / f"{generation.id}"
    try:
        make_private(folder.parent)
        with _one_at_a_time(home / "making.lock"):
            if _is_whole(folder):
                return
            # Left behind by processes that were killed: whoever holds the lock is alone here.
            shutil.rmtree(aside.parent, ignore_errors=True)
            make_private(aside.parent)  # another may be at its first look just now
            remove_folder(folder)
            _build(catalog, generation, aside, build)
            aside.rename(folder)
            lease_file(folder).touch(mode=0o600)
            fsync(folder.parent)
    except OSError as error:
        do = "free some space, or set ISNAD_DATA_DIR"
        raise CatalogError(f"the index cannot be written: {error.strerror}", where=str(folder), do=do) from error


class _Job(NamedTuple):
    generation_id: str
    began: float
    done: Future[None]


class Making:
    """Generations made one after another beside the questions, each by `make`, which does nothing for one that is here.

    Threads may share it.
    """

    def __init__(self, make: Callable[[GenerationRow], None], patience: float = _PATIENCE) -> None:
        self._make = make
        self._patience = patience
        self._lock = threading.Lock()
        self._job: _Job | None = None

    def ready(self, generation: GenerationRow, *, needed: bool) -> bool:
        """Whether the files of `generation` are here; waits for them, and when they are `needed`, as long as it takes.

        All that wait for one generation wait until the same moment. Raises what `make` raises.
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
            # A fault of ours is told by the thread itself; who waits shall not wait for ever.
            done.cancel()


def remove_others(folder: Path) -> None:
    """Remove the generations beside `folder` that are older than it and that no process of this machine reads."""
    for other in sorted(folder.parent.iterdir()):
        # Without the file of its leases a folder is one that a writer is making.
        if other.is_dir() and other.name < folder.name and lease_file(other).is_file():
            with unread(other) as free:
                if free:
                    remove_folder(other)


def _is_whole(folder: Path) -> bool:
    """Whether all files are here, in the form that this Isnad reads."""
    try:
        Manifest.read(folder)
    except IndexUnusable:
        return False
    return lease_file(folder).is_file()


def _build(catalog: Catalog, generation: GenerationRow, aside: Path, build: _Build) -> None:
    count = 0

    def passages() -> Iterator[Passage]:
        nonlocal count
        for passage in catalog.iterate_passages(generation.id):
            count += 1
            yield passage

    fingerprint = generation.fingerprint
    try:
        build(aside, passages(), lambda texts: catalog.vectors(texts, fingerprint), fingerprint)
    except (CatalogError, IndexUnusable):
        if catalog.members(generation.id):
            raise
    # What is removed while it is read leaves fewer rows, and no error.
    if count != generation.count:
        what = f"this generation was removed while it was read ({count} of {generation.count} passages)"
        raise IndexUnusable(what, where=generation.id, do="ask again")


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    handle = open_private(path)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
