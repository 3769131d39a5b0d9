"""How the catalog's database is opened, and what its errors mean to a person. Knows only one table, `meta`.

What SQLite needs (WAL, foreign keys, full sync) is set once per connection.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, create_engine, event, insert, inspect, select
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import DatabaseError, IntegrityError

from rag.errors import CatalogError, IndexUnusable
from rag.store.migrations import migrate
from rag.store.schema import SCHEMA_VERSION, meta, tables

_REMEDIES = {
    sqlite3.SQLITE_FULL: ("the disk is full", "free some space and ingest again; what was there still answers"),
    sqlite3.SQLITE_IOERR: ("the disk refused to read or write", "check its free space, its health and size limits"),
    sqlite3.SQLITE_READONLY: ("it cannot be written", "check the permissions of the file and its folder"),
    sqlite3.SQLITE_CANTOPEN: ("it cannot be opened", "check the permissions of the file and its folder"),
    sqlite3.SQLITE_BUSY: ("another program has locked it", "wait for that program, or stop it"),
    sqlite3.SQLITE_NOTADB: ("it is not a catalog", "move the file away and ingest again"),
    sqlite3.SQLITE_CORRUPT: ("it is damaged", "move the file away and ingest again"),
}


class _Older(Exception):
    """The catalog was written by an older Isnad."""


@contextmanager
def told(where: str) -> Iterator[None]:
    """Turn what the database says into `CatalogError`: a full, read-only or locked disk, a file that is none."""
    try:
        yield
    except IntegrityError:
        raise  # a fault of ours, not of the user's disk
    except (DatabaseError, sqlite3.DatabaseError) as error:
        cause = error.orig if isinstance(error, DatabaseError) else error
        code = getattr(cause, "sqlite_errorcode", -1) & 0xFF
        what, do = _REMEDIES.get(code, ("it cannot be used", "run `isnad doctor`"))
        raise CatalogError(f"{what} ({cause})", where=where, do=do) from error


def open_engine(path: Path, *, create: bool) -> Engine:
    """The database at `path`, with the tables of this version in it; one of an older version is brought to this one.

    Raises `IndexUnusable` when there is none and `create` is false; `CatalogError` when the file is not a
    catalog, is of a newer Isnad, or cannot be opened.
    """
    if not create and not path.is_file():
        raise _nothing_yet(path)
    engine = create_engine(URL.create("sqlite", database=str(path)))
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    try:
        with told(str(path)):
            try:
                with engine.begin() as connection:
                    _check_schema(connection, path, create=create)
            except _Older:
                with engine.begin() as connection:
                    migrate(connection)
    except (CatalogError, IndexUnusable):
        engine.dispose()
        raise
    return engine


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    # The driver's own transactions begin only at the first write; ours begin when they are asked to.
    connection.isolation_level = None
    for pragma in ("busy_timeout=10000", "journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _nothing_yet(path: Path) -> IndexUnusable:
    return IndexUnusable(
        "nothing was ingested yet",
        where=str(path),
        do="run `isnad ingest FOLDER`",
        kind="nothing_ingested",
        command="isnad ingest FOLDER",
    )


def _check_schema(connection: Connection, path: Path, *, create: bool) -> None:
    names = set(inspect(connection).get_table_names())
    if not names:
        if not create:
            raise _nothing_yet(path)
        tables.create_all(connection)
        connection.execute(insert(meta).values(name="schema_version", value=str(SCHEMA_VERSION)))
        return
    stored = select(meta.c.value).where(meta.c.name == "schema_version")
    value = connection.execute(stored).scalar() if "meta" in names else None
    if value is None or not value.isdecimal():
        raise CatalogError("it is a database, but not a catalog", where=str(path), do="move the file away")
    if int(value) > SCHEMA_VERSION:
        raise CatalogError(
            f"it was written by a newer Isnad (schema {value}, this one knows {SCHEMA_VERSION})",
            where=str(path),
            do="upgrade Isnad, or ingest into another data folder",
        )
    if int(value) < SCHEMA_VERSION:
        raise _Older
