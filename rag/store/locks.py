"""Lock files: one writer per corpus, and reader leases of index generations. A lock ends with its process.

A second writer is refused at once. A reader's lease keeps the folder of a generation from being removed while it is
open.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rag.errors import CatalogError, CorpusBusy, IndexUnusable
from rag.store.private import make_private, open_private

# Durable files: hashes and fsync.


def hash_file(path: Path) -> str:
    """sha256 of the file's bytes, in lower-case hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fsync(path: Path) -> None:
    """Flush the file or folder itself to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def fsync_tree(folder: Path) -> None:
    """Flush every file and folder under `folder`, and `folder` itself, to disk."""
    for root, _, files in os.walk(folder, topdown=False):
        for name in files:
            fsync(Path(root) / name)
        fsync(Path(root))


LEASE = ".lease"


def take_lock(handle: int, *, shared: bool = False, wait: bool = True) -> bool:
    """Lock an open file until its descriptor is closed, on any system; whether that was possible.

    A `shared` lock may have several holders, any other has one. Without `wait`, returns False at once if another
    process holds it.
    """
    import portalocker  # asks for the modules of its system as it is imported

    flags = portalocker.LockFlags.SHARED if shared else portalocker.LockFlags.EXCLUSIVE
    try:
        portalocker.lock(handle, flags if wait else flags | portalocker.LockFlags.NON_BLOCKING)
    except portalocker.AlreadyLocked:
        return False
    return True


@contextmanager
def file_locks(*paths: Path) -> Iterator[None]:
    """Hold the lock of each of these files, against other processes that change them; waits for them.

    The lock of a file is a private file beside it, because the file itself is replaced. Raises `OSError`.
    """
    handles: list[int] = []
    try:
        for path in sorted(paths):
            handles.append(open_private(path.with_name(f".{path.name}.lock")))
            take_lock(handles[-1])
        yield
    finally:
        for handle in handles:
            os.close(handle)


@contextmanager
def writer_lock(home: Path, what: str = "corpus") -> Iterator[None]:
    """Hold the write lock of the folder `home` of a corpus, which is created if missing; `what` names it in messages.

    Raises `CorpusBusy` at once if another process holds it, `CatalogError` if `home` cannot be written.
    """
    try:
        make_private(home)
        handle = open_private(home / "lock")
    except OSError as error:
        raise _unwritable(home, error) from error
    try:
        if not take_lock(handle, wait=False):
            holder = os.read(handle, 32).decode(errors="replace").strip() or "unknown"
            raise CorpusBusy(f"process {holder} is writing to this {what}", where=str(home), do="wait for it to end")
        try:
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        except OSError as error:
            raise _unwritable(home, error) from error
        yield
    finally:
        os.close(handle)


@contextmanager
def no_writer(home: Path) -> Iterator[bool]:
    """Yield whether nobody writes to the corpus in `home`; nobody can start to inside the block. Changes no file."""
    try:
        handle = os.open(home / "lock", os.O_RDONLY)
    except OSError:
        yield True  # nothing was ever ingested
        return
    try:
        yield take_lock(handle, shared=True, wait=False)
    finally:
        os.close(handle)


def lease_file(folder: Path) -> Path:
    """The file next to `folder` that its leases lock."""
    return folder.with_name(folder.name + LEASE)


@contextmanager
def lease(folder: Path) -> Iterator[Path]:
    """Hold a reader lease of `folder`, the folder of a generation.

    Raises `IndexUnusable` if it was removed: the reader then asks the catalog for the current generation again.
    """
    try:
        handle = os.open(lease_file(folder), os.O_RDONLY)
    except OSError as error:
        raise _gone(folder) from error
    try:
        take_lock(handle, shared=True)
        # It may have been removed between opening and locking.
        if not folder.is_dir():
            raise _gone(folder)
        yield folder
    finally:
        os.close(handle)


@contextmanager
def unread(folder: Path) -> Iterator[bool]:
    """Yield whether nobody holds a lease of `folder`; nobody can get one inside the block."""
    try:
        handle = os.open(lease_file(folder), os.O_RDONLY)
    except FileNotFoundError:
        yield True  # without this file, no lease is possible
        return
    try:
        yield take_lock(handle, wait=False)
    finally:
        os.close(handle)


def remove_folder(folder: Path) -> None:
    """Remove the folder of a generation or a segment and its lease file, as far as they exist."""
    try:
        if folder.exists():
            shutil.rmtree(folder)
        lease_file(folder).unlink(missing_ok=True)
    except OSError as error:
        raise CatalogError(
            f"an old generation cannot be removed: {error.strerror}", where=str(folder), do="check its permissions"
        ) from error


@contextmanager
def being_built(folder: Path) -> Iterator[None]:
    """Hold a lease of a folder that is yet to be made, so that nobody removes it before somebody needs it."""
    handle = open_private(lease_file(folder))
    try:
        take_lock(handle, shared=True)
        yield
    finally:
        os.close(handle)


def _gone(folder: Path) -> IndexUnusable:
    return IndexUnusable("this generation of the index was removed", where=str(folder), do="run `isnad ingest FOLDER`")


def _unwritable(home: Path, error: OSError) -> CatalogError:
    do = "check ISNAD_DATA_DIR, its permissions and its free space"
    return CatalogError(f"it cannot be written: {error.strerror}", where=str(home), do=do)
