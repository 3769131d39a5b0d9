"""A catalog copied whole and held against itself, by SQLite's own online backup: consistent while others write.

Nothing is half-written: the copy is made under another name beside its place, checked, and moved there last.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from rag.errors import CatalogError
from rag.store.database import told
from rag.store.durable import fsync


def copy_database(source: Path, target: Path) -> None:
    """Copy the database at `source`, as it is at this moment, to the new file `target`, and wait for the disk.

    The copy is one file without a log. Raises `CatalogError`.
    """
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


def must_be_sound(database: Path) -> None:
    """Raise `CatalogError` unless SQLite finds nothing wrong with any page, index or reference of it."""
    with told(str(database)), closing(sqlite3.connect(database)) as opened:
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
