"""The files of a generation on a machine that did not make it: made here from the catalog, whole or not at all.

For catalogs on a server. What a generation is made of never changes, so neither does what is made of it.
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
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from rag.errors import CatalogError, IndexUnusable, IsnadError
from rag.index.files import Manifest
from rag.index.generations import remove_folder
from rag.store.durable import fsync
from rag.store.locks import lease_file, unread
from rag.store.private import make_private, open_private

if TYPE_CHECKING:
    from rag.store.catalog import Catalog
    from rag.store.rows import GenerationRow
    from rag.types import Passage

MAKING = "making"
PATIENCE = 30.0
"""Seconds for which questions wait for a new generation while an older one could answer them."""

Build = Callable[[Path, Iterable["Passage"], Callable[[list[str]], Any], str], None]


def make_here(catalog: Catalog, generation: GenerationRow, folder: Path, build: Build) -> None:
    """See that `folder` holds the files of the generation. Of several processes one makes them, and the others wait.

    Raises `IndexUnusable` when the generation is removed meanwhile, `CatalogError` when the disk cannot take them,
    and what `build` raises.
    """
    if _is_whole(folder):
        return
    home = folder.parent.parent
    aside = home / MAKING / f"{generation.id}"
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

    def __init__(self, make: Callable[[GenerationRow], None], patience: float = PATIENCE) -> None:
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


def _build(catalog: Catalog, generation: GenerationRow, aside: Path, build: Build) -> None:
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
