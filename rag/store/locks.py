"""Who may write to a corpus, and who still reads a generation of it: locks that die with their holder.

Knows nothing of what is in the folders. There is one writer, and a second is refused at once. A reader's
lease of a generation keeps its folder from being removed while it has it open.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rag.errors import CatalogError, CorpusBusy, IndexUnusable
from rag.store.private import make_private, open_private

# Files that survive a power cut: hashes and fsync. Knows nothing of what the files hold.


def hash_file(path: Path) -> str:
    """The sha256 of the file's bytes, in lower-case hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fsync(path: Path) -> None:
    """Wait until the file or folder itself is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def fsync_tree(folder: Path) -> None:
    """Wait until every file and folder under `folder`, and `folder` itself, is on the disk."""
    for root, _, files in os.walk(folder, topdown=False):
        for name in files:
            fsync(Path(root) / name)
        fsync(Path(root))


LEASE = ".lease"


@contextmanager
def writer_lock(home: Path, what: str = "corpus") -> Iterator[None]:
    """Hold the one lock of the folder `home` of a corpus, or of `what` it is, which is made if need be.

    Raises `CorpusBusy` at once when another process holds it, `CatalogError` when `home` cannot be written.
    """
    try:
        make_private(home)
        handle = open_private(home / "lock")
    except OSError as error:
        raise _unwritable(home, error) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(handle, 32).decode(errors="replace").strip() or "unknown"
            raise CorpusBusy(
                f"process {holder} is writing to this {what}", where=str(home), do="wait for it to end"
            ) from error
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
    """Whether nobody writes to the corpus in `home`; while the block runs nobody begins to, and nothing is altered."""
    try:
        handle = os.open(home / "lock", os.O_RDONLY)
    except OSError:
        yield True  # nothing was ever ingested
        return
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)


def lease_file(folder: Path) -> Path:
    """The file beside `folder` that its leases lock."""
    return folder.with_name(folder.name + LEASE)


@contextmanager
def lease(folder: Path) -> Iterator[Path]:
    """Hold `folder`, that of a generation, for reading.

    Raises `IndexUnusable` when it is gone: a reader who meets that asks the catalog for the current
    generation again.
    """
    try:
        handle = os.open(lease_file(folder), os.O_RDONLY)
    except OSError as error:
        raise _gone(folder) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_SH)
        # It may have been removed between the opening and the lock.
        if not folder.is_dir():
            raise _gone(folder)
        yield folder
    finally:
        os.close(handle)


@contextmanager
def unread(folder: Path) -> Iterator[bool]:
    """Whether nobody holds a lease of `folder`; while the block runs, nobody new gets one."""
    try:
        handle = os.open(lease_file(folder), os.O_RDONLY)
    except FileNotFoundError:
        yield True  # without this file no lease can be had
        return
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)


def _gone(folder: Path) -> IndexUnusable:
    return IndexUnusable("this generation of the index is gone", where=str(folder), do="run `isnad ingest FOLDER`")


def _unwritable(home: Path, error: OSError) -> CatalogError:
    do = "check ISNAD_DATA_DIR, its permissions and its free space"
    return CatalogError(f"it cannot be written: {error.strerror}", where=str(home), do=do)
