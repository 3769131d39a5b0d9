"""How the catalog's database is opened, and what its errors mean to a person. Knows only one table, `meta`.

What SQLite needs (WAL, foreign keys, full sync) is set once per connection; what PostgreSQL does is in
`rag.store.postgres`.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Engine, create_engine, event, insert, inspect, select
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import DBAPIError, IntegrityError

from rag.errors import CatalogError, CorpusBusy, IndexUnusable
from rag.store import postgres
from rag.store.migrations import migrate
from rag.store.private import open_private
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
    """Turn what the database says into `CatalogError`: a full or locked disk, a file that is none, a server away."""
    try:
        yield
    except IntegrityError:
        raise  # a fault of ours, not of the user's disk
    except (ConnectionError, TimeoutError) as error:  # of the driver's socket, in the middle of a transaction
        what, do = postgres.explain(error)
        raise CatalogError(what, where=where, do=do) from error
    except (DBAPIError, sqlite3.DatabaseError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        if not isinstance(cause, sqlite3.Error):
            what, do = postgres.explain(cause)
            raise CatalogError(what, where=where, do=do) from error
        code = getattr(cause, "sqlite_errorcode", -1) & 0xFF
        what, do = _REMEDIES.get(code, ("it cannot be used", "run `isnad doctor`"))
        raise CatalogError(f"{what} ({cause})", where=where, do=do) from error


def open_engine(path: Path, *, create: bool) -> Engine:
    """The database at `path`, with the tables of this version in it; one of an older version is brought to this one.

    Raises `IndexUnusable` when there is none and `create` is false; `CatalogError` when the file is not a
    catalog, is of a newer Isnad, or cannot be opened.
    """
    if not create and not path.is_file():
        raise _nothing_yet(str(path))
    if create:
        try:
            os.close(open_private(path))  # SQLite gives its side files the same mode
        except OSError as error:
            what, do = _REMEDIES[sqlite3.SQLITE_CANTOPEN]
            raise CatalogError(f"{what} ({error.strerror})", where=str(path), do=do) from error
    engine = create_engine(URL.create("sqlite", database=str(path)))
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    try:
        with told(str(path)):
            try:
                with engine.begin() as connection:
                    _check_schema(connection, str(path), create=create)
            except _Older:
                with engine.begin() as connection:
                    migrate(connection)
    except (CatalogError, IndexUnusable):
        engine.dispose()
        raise
    return engine


def open_unaltered(path: Path, *, older: bool = False) -> Engine:
    """The database at `path`, to be read while nobody writes, and not a byte in its folder altered for it.

    `older`: also one of an earlier schema, of which then only what it has may be read. Raises `CatalogError` when it
    cannot be: it is none, of another schema, or was copied in the middle of a change.
    """
    beside = {end: path.with_name(path.name + end) for end in ("-shm", "-wal")}
    live = beside["-shm"].exists()
    if not live and beside["-wal"].exists() and beside["-wal"].stat().st_size:
        raise CatalogError("its last changes are not in it yet", where=str(path), do="ingest once, then look again")
    # Without that file nobody has it open, and SQLite would make one only to read.
    how = "mode=ro&readonly_shm=1" if live else "immutable=1"
    address = f"file:{quote(str(path.absolute()))}?{how}"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(address, uri=True, check_same_thread=False, isolation_level=None, timeout=10)

    engine = create_engine("sqlite://", creator=connect)
    try:
        with told(str(path)), engine.connect() as connection:
            _check_schema(connection, str(path), create=False)
    except _Older as error:
        if not older:
            engine.dispose()
            raise CatalogError("it is of an older Isnad", where=str(path), do="ingest once, then look again") from error
    except (CatalogError, IndexUnusable):
        engine.dispose()
        raise
    return engine


def open_shared_engine(at: postgres.Address, *, writing: bool) -> Engine:
    """The schema of a corpus on a server. With `writing` it is made or brought to this version, and nobody else writes.

    Raises `CorpusBusy` when another process writes; else as `open_engine`, and `CatalogError` too when the schema is
    of an older Isnad and only read.
    """
    engine = postgres.open_server(at, writing=writing)
    try:
        with told(at.where):
            try:
                with engine.begin() as connection:
                    if writing:
                        postgres.make_schema(connection, at)
                    _check_schema(connection, at.where, create=writing)
            except _Older as error:
                if not writing:
                    what = "it was written by an older Isnad"
                    raise CatalogError(what, where=at.where, do="ingest once with this one") from error
                with engine.begin() as connection:
                    migrate(connection)
    except (CatalogError, IndexUnusable, CorpusBusy):
        engine.dispose()
        raise
    return engine


def driver_of(connection: Connection) -> sqlite3.Connection:
    """The driver's own connection to a catalog that is a file."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        raise TypeError(f"{type(driver).__name__} is no connection to a file")
    return driver


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    # The driver's own transactions begin only at the first write; ours begin when they are asked to.
    connection.isolation_level = None
    # A catalog may have been restored from somebody else's file: its schema calls no unsafe function.
    pragmas = ("trusted_schema=OFF", "busy_timeout=10000", "journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL")
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _nothing_yet(where: str) -> IndexUnusable:
    return IndexUnusable(
        "nothing was ingested yet",
        where=where,
        do="run `isnad ingest FOLDER`",
        kind="nothing_ingested",
        command="isnad ingest FOLDER",
    )


def _check_schema(connection: Connection, where: str, *, create: bool) -> None:
    names = set(inspect(connection).get_table_names())
    if not names:
        if not create:
            raise _nothing_yet(where)
        tables.create_all(connection)
        connection.execute(insert(meta).values(name="schema_version", value=str(SCHEMA_VERSION)))
        return
    stored = select(meta.c.value).where(meta.c.name == "schema_version")
    value = connection.execute(stored).scalar() if "meta" in names else None
    if value is None or not value.isdecimal():
        raise CatalogError("it is a database, but not a catalog", where=where, do="move the file away")
    if int(value) > SCHEMA_VERSION:
        raise CatalogError(
            f"it was written by a newer Isnad (schema {value}, this one knows {SCHEMA_VERSION})",
            where=where,
            do="upgrade Isnad, or ingest into another data folder",
        )
    if int(value) < SCHEMA_VERSION:
        raise _Older
