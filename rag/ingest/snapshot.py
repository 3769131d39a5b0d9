"""A catalog copied whole and held against itself, by SQLite's own online backup: consistent while others write.

Nothing is half-written: the copy is made under another name beside its place, checked, and moved there last.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from rag.errors import BadInput, CatalogError
from rag.store.database import told
from rag.store.durable import fsync
from rag.store.private import open_private
from rag.store.schema_check import open_untrusted


def copy_database(source: Path, target: Path) -> None:
    """Copy the database at `source`, as it is at this moment, to the new file `target`, and wait for the disk.

    The copy is one file without a log. Raises `CatalogError`.
    """
    os.close(open_private(target, os.O_RDWR | os.O_EXCL))
    # A reader must be able to make the -shm file of a catalog that nobody has open, so not `mode=ro`.
    address = f"file:{quote(str(source.absolute()))}?mode=rw"
    with (
        told(f"{source} → {target}"),
        closing(sqlite3.connect(address, uri=True, timeout=10)) as opened,
        closing(sqlite3.connect(target)) as written,
    ):
        opened.backup(written)
        written.execute("PRAGMA journal_mode=DELETE")
    fsync(target)


def copy_file(source: Path, target: Path) -> None:
    """Copy the file of a backup, byte for byte, to the new file `target`, and wait for the disk.

    It is not opened as a database: what lies beside it, such as a journal, would then be applied to it. Raises
    `BadInput` when it is no regular file or has such a journal, `CatalogError` when it cannot be copied.
    """
    for end in ("-wal", "-journal"):
        log = source.with_name(source.name + end)
        if log.exists() and log.stat().st_size:
            what = f"its last changes are not in it but in {log.name}"
            raise BadInput(what, where=str(source), do="name a file that `isnad backup` wrote")
    try:
        # A pipe would wait for its writer: O_NONBLOCK does not.
        with os.fdopen(os.open(source, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as given:
            if not stat.S_ISREG(os.fstat(given.fileno()).st_mode):
                raise BadInput("it is no regular file", where=str(source), do="name a file that `isnad backup` wrote")
            with os.fdopen(open_private(target, os.O_WRONLY | os.O_EXCL), "wb") as written:
                shutil.copyfileobj(given, written, 1 << 20)
                written.flush()
                os.fsync(written.fileno())
    except OSError as error:
        do = "check the file and the free space of the disk"
        raise CatalogError(f"it cannot be copied: {error.strerror}", where=str(source), do=do) from error


def must_be_sound(database: Path) -> None:
    """Raise `CatalogError` unless SQLite finds nothing wrong with any page, index or reference of it.

    For a closed file whose schema was compared: the check evaluates what stands in it.
    """
    with told(str(database)), closing(open_untrusted(database)) as opened:
        said = [row[0] for row in opened.execute("PRAGMA integrity_check(1)")]
        lost = opened.execute("PRAGMA foreign_key_check").fetchone()
    if said != ["ok"] or lost:
        what = "a row names what is not there" if said == ["ok"] else said[0]
        raise CatalogError(f"it is damaged: {what}", where=str(database), do="use an earlier backup")


@contextmanager
def beside(place: Path) -> Iterator[Path]:
    """A name for a new file in the folder of `place`, in which nothing of that name is left at the end."""
    path = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
    try:
        yield path
    finally:
        for end in ("", "-journal", "-wal", "-shm"):
            path.with_name(path.name + end).unlink(missing_ok=True)


def put(ready: Path, place: Path, *, replace: bool) -> None:
    """Move a finished file to its place. Raises `FileExistsError` when it is taken and `replace` is false."""
    if not replace and place.exists():
        raise FileExistsError(str(place))
    ready.replace(place)
    fsync(place.parent)
