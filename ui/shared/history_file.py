"""The SQLite file that conversations are kept in: its tables, how it is opened, what its errors mean to a person.

Knows nothing of owners' rights and bounds. What is deleted from it is overwritten, not only unlinked.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import (
    Column,
    Engine,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    event,
    inspect,
)
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from rag.errors import IsnadError
from rag.store.private import make_private_file

APPLICATION = 0x49534E44  # "ISND", in the header of the file
SCHEMA_VERSION = 1

_REMEDIES = {
    sqlite3.SQLITE_FULL: ("the disk is full", "free some space"),
    sqlite3.SQLITE_IOERR: ("the disk refused to read or write", "check its free space and its health"),
    sqlite3.SQLITE_READONLY: ("it cannot be written", "check the permissions of the file and its folder"),
    sqlite3.SQLITE_CANTOPEN: ("it cannot be opened", "check the permissions of the file and its folder"),
    sqlite3.SQLITE_BUSY: ("another program has locked it", "wait for that program, or stop it"),
    sqlite3.SQLITE_NOTADB: ("it is not a file of conversations", "move the file away; a new one is made"),
    sqlite3.SQLITE_CORRUPT: ("it is damaged", "move the file away; a new one is made"),
}

tables = MetaData()

conversations = Table(
    "conversations",
    tables,
    Column("place", Integer, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("owner", String, nullable=False, index=True),
    Column("updated_at", String, nullable=False, index=True),
)

turns = Table(
    "turns",
    tables,
    # Grows with each turn of a conversation: their order.
    Column("place", Integer, primary_key=True),
    Column("conversation", ForeignKey("conversations.place", ondelete="CASCADE"), nullable=False),
    Column("id", String, nullable=False),
    Column("asked_at", String, nullable=False),
    Column("question", Text, nullable=False),
    Column("answer", Text),
    Column("error", Text),
    UniqueConstraint("conversation", "id"),
)


class HistoryUnusable(IsnadError):
    """The file of conversations is damaged, of a newer Isnad, or cannot be written."""


@contextmanager
def transaction(engine: Engine, path: Path) -> Iterator[Connection]:
    """One transaction on the file at `path`, which is made if need be; after it no word of it waits in a side file.

    Raises `HistoryUnusable` for whatever the disk or the database says.
    """
    with _told(str(path)):
        make_private_file(path)
        with engine.connect() as connection:
            with connection.begin():
                _check(connection, path)
                yield connection
            # Deleted words still stand in the log: it is written back and cut to nothing, after every change.
            # Past SQLAlchemy, which would begin a transaction for it.
            log = connection.connection.driver_connection
            if log is not None:
                log.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def engine_of(path: Path) -> Engine:
    """An engine for the file; opens nothing. Each connection is closed after use, so that nothing is held."""
    engine = create_engine(URL.create("sqlite", database=str(path)), poolclass=NullPool)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    # The driver's own transactions begin only at the first write; ours begin when they are asked to.
    connection.isolation_level = None
    for pragma in (
        "trusted_schema=OFF",
        "busy_timeout=10000",
        "journal_mode=WAL",
        "foreign_keys=ON",
        "synchronous=FULL",
        "secure_delete=ON",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _check(connection: Connection, path: Path) -> None:
    application = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
    version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    if application == APPLICATION:
        if version > SCHEMA_VERSION:
            raise HistoryUnusable(
                f"it was written by a newer Isnad (schema {version}, this one knows {SCHEMA_VERSION})",
                where=str(path),
                do="upgrade Isnad, or move the file away",
            )
        return
    if application or inspect(connection).get_table_names():
        raise HistoryUnusable(
            "it is a database, but not one of conversations",
            where=str(path),
            do="move the file away; a new one is made",
        )
    tables.create_all(connection)
    connection.exec_driver_sql(f"PRAGMA application_id={APPLICATION}")
    connection.exec_driver_sql(f"PRAGMA user_version={SCHEMA_VERSION}")


@contextmanager
def _told(where: str) -> Iterator[None]:
    try:
        yield
    except (DatabaseError, sqlite3.DatabaseError) as error:
        cause = error.orig if isinstance(error, DatabaseError) else error
        code = getattr(cause, "sqlite_errorcode", -1) & 0xFF
        what, do = _REMEDIES.get(code, ("it cannot be used", "move the file away; a new one is made"))
        raise HistoryUnusable(f"{what} ({cause})", where=where, do=do) from error
    except OSError as error:
        raise HistoryUnusable(
            f"it cannot be opened ({error.strerror})",
            where=where,
            do="check the permissions of the file and its folder",
        ) from error
