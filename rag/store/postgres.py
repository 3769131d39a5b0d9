"""The catalog on a PostgreSQL server: its address, how it is opened, who may write, and what its errors mean.

A corpus is a schema of the database, so that nothing of one is ever in the way of another. Knows no table.
"""

from __future__ import annotations

import hashlib
import os
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import ArgumentError

from rag.errors import BadSetting, CatalogError, CorpusBusy

PORT = 5432
LONGEST_NAME = 63
"""Bytes of a name in PostgreSQL, which cuts a longer one without a word."""
CONNECT_SECONDS = 10
KEEPALIVE = {"idle": 30, "interval": 10, "count": 3}
"""Seconds, seconds and times: a peer that is gone without a word is noticed after a minute, on either side."""
ROWS_AT_ONCE = 500
INSTALL = "pip install 'isnad-qa[postgresql]'"

_REMEDIES = {
    "28": ("the server does not let us in", "correct the name or the password in catalog_url"),
    "3D": ("there is no such database", "make it: createdb; or correct catalog_url"),
    "53": ("the server has no room or no connection left", "see its disk and its max_connections"),
    "57": ("the server is stopping or starting", "wait, and try again"),
    "42501": ("the user may not do this", "grant it CREATE on the database, or on the schema USAGE and the tables"),
    "25006": ("the server only reads", "name the one that is written to in catalog_url"),
    "40": ("another process wrote at the same time", "try again"),
}


@dataclass(frozen=True, slots=True)
class Address:
    """The schema of a corpus on a server. `where` is shown in messages and holds no password."""

    url: URL
    schema: str

    @property
    def where(self) -> str:
        port = f":{self.url.port}" if self.url.port else ""
        return f"postgresql://{self.url.host}{port}/{self.url.database} ({self.schema})"


def address(catalog_url: str, corpus: str) -> Address:
    """Where the catalog of `corpus` is. Raises `BadSetting` for a URL or a name that cannot be one."""
    try:
        url = make_url(catalog_url).set(drivername="postgresql+pg8000")
    except ArgumentError as error:
        raise BadSetting("it is no postgresql://name:password@host/database", where="catalog_url") from error
    schema = f"isnad_{corpus}"
    if len(schema.encode()) > LONGEST_NAME:
        raise BadSetting("the name is too long for PostgreSQL", where=f"corpus {corpus}", do="name it more shortly")
    return Address(url, schema)


def open_server(at: Address, *, writing: bool) -> Engine:
    """The engine of a corpus. With `writing` it is one connection, which holds the right to write until it is closed.

    The right is an advisory lock of that very connection: what is written after the connection was lost is written
    by nobody. Raises `BadSetting` where the driver is not installed or the URL asks for what it does not know; the
    first connection raises `CorpusBusy` at once when another process writes.
    """
    certificates = _tls(at)
    try:
        engine = create_engine(
            at.url.set(query={}),
            isolation_level="REPEATABLE READ",  # a transaction reads one state, as in SQLite
            pool_pre_ping=not writing,
            **({"pool_size": 1, "max_overflow": 0} if writing else {}),
            insertmanyvalues_page_size=ROWS_AT_ONCE,
        )
    except ModuleNotFoundError as error:
        raise BadSetting("the driver of PostgreSQL is not installed", where="catalog_url", do=INSTALL) from error
    dialect: Any = engine.dialect
    dialect.use_insertmanyvalues_wo_returning = True  # else a round trip a row
    dialect.do_terminate = partial(_end, dialect)
    dialect.do_ping = partial(_ping, dialect)
    connected = 0

    @event.listens_for(engine, "do_connect")
    def _connect(dialect: Any, _record: object, _args: object, options: dict[str, Any]) -> Any:
        if writing and connected:
            what = "the connection was lost, and with it the right to write"
            raise CatalogError(what, where=at.where, do="ingest again: what was kept stays")
        made = _socket(at)
        search_path = engine.dialect.identifier_preparer.quote_identifier(at.schema)
        keepalives = {f"tcp_keepalives_{name}": str(value) for name, value in KEEPALIVE.items()}
        try:
            return dialect.loaded_dbapi.Connection(
                **options,
                sock=made,
                ssl_context=certificates,
                application_name=f"isnad {socket.gethostname()} {os.getpid()}"[:LONGEST_NAME],
                startup_params={"search_path": search_path, **keepalives},
            )
        except BaseException:
            _close(made)
            raise

    @event.listens_for(engine, "connect")
    def _claim(connection: Any, _record: object) -> None:
        nonlocal connected
        connected += 1
        if writing:
            _lock(connection, at)

    return engine


def make_schema(connection: Connection, at: Address) -> None:
    """Make the schema of the corpus, unless it is there."""
    # Asked first, for a user who may not make any: the schema may have been made for it.
    if not connection.execute(text("SELECT 1 FROM pg_namespace WHERE nspname = :name"), {"name": at.schema}).scalar():
        quoted = connection.dialect.identifier_preparer.quote_identifier(at.schema)
        connection.execute(text(f"CREATE SCHEMA {quoted.replace(':', chr(92) + ':')}"))


def explain(cause: BaseException | None) -> tuple[str, str]:
    """What a driver's error is in words, without anything that the address holds, and what to do."""
    said: Any = cause.args[0] if cause is not None and cause.args else ""
    if not isinstance(said, dict):
        return "the server does not answer or broke the connection", "see that PostgreSQL runs and can be reached"
    code, message = str(said.get("C", "")), " ".join(str(said.get("M", "")).split())
    known = next((_REMEDIES[part] for part in (code, code[:2]) if part in _REMEDIES), None)
    what, do = known or ("it cannot be used", "see the log of PostgreSQL")
    return f"{what} ({message})", do


def _lock(connection: Any, at: Address) -> None:
    key = int.from_bytes(hashlib.sha256(f"isnad writer {at.schema}".encode()).digest()[:8], signed=True)
    cursor = connection.cursor()
    cursor.execute("SELECT pg_try_advisory_lock(%s)", (key,))
    if cursor.fetchone()[0]:
        # The lock is the session's: it outlives this transaction, and every other.
        connection.commit()
        return
    cursor.execute(
        "SELECT application_name FROM pg_stat_activity JOIN pg_locks USING (pid) WHERE locktype = 'advisory' "
        "AND (classid::bigint << 32 | objid::bigint) = %s AND granted",
        (key,),
    )
    found = cursor.fetchone()
    connection.close()  # the pool lets go of one that it never had, and leaves it open
    holder = (found[0] if found else "") or "another process"
    raise CorpusBusy(f"{holder} is writing to this corpus", where=at.where, do="wait for it to end")


def _end(dialect: Any, connection: Any) -> None:
    """Close a connection that may be broken already: what it says then was said before."""
    try:
        with suppress(dialect.loaded_dbapi.Error):
            connection.close()
    finally:
        # What cannot say goodbye leaves its socket open, and what could has none any more.
        if connection._usock is not None:
            _close(connection._usock)


def _close(opened: socket.socket) -> None:
    """Close a socket at once: its own `close` waits for the file that the driver made of it, which nobody closes."""
    number = opened.detach()
    if number >= 0:
        os.close(number)


def _ping(dialect: Any, connection: Any) -> bool:
    """Whether a connection that was at rest is alive. The driver lets errors of its socket through as they are."""
    try:
        return bool(type(dialect).do_ping(dialect, connection))
    except OSError as error:
        # In the words by which the pool knows that it has to make a new one.
        raise dialect.loaded_dbapi.InterfaceError("network error") from error


def _socket(at: Address) -> socket.socket:
    """A connection that takes seconds to fail. The driver's own time-out would also end a statement that takes long."""
    try:
        made = socket.create_connection((at.url.host, at.url.port or PORT), CONNECT_SECONDS)
    except OSError as error:
        what = f"the server cannot be reached ({error.strerror or error})"
        raise CatalogError(what, where=at.where, do="see that PostgreSQL runs and can be reached") from error
    made.settimeout(None)
    for option, value in (
        ("TCP_KEEPIDLE", KEEPALIVE["idle"]),
        ("TCP_KEEPINTVL", KEEPALIVE["interval"]),
        ("TCP_KEEPCNT", KEEPALIVE["count"]),
        ("TCP_USER_TIMEOUT", 60_000),
    ):
        if hasattr(socket, option):  # not every system has all of them
            made.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def _tls(at: Address) -> ssl.SSLContext | bool | None:
    """What ``?sslmode=`` of the URL asks for, by libpq's names; None takes what is offered, and checks nothing."""
    asked = dict(at.url.query)
    mode, roots = asked.pop("sslmode", "prefer"), asked.pop("sslrootcert", None)
    if asked or mode not in ("disable", "prefer", "require", "verify-full"):
        what = "it asks for more than sslmode=disable|prefer|require|verify-full and sslrootcert=FILE"
        raise BadSetting(what, where="catalog_url", do="leave the rest away")
    if mode == "verify-full":
        try:
            return ssl.create_default_context(cafile=str(roots) if roots else None)
        except OSError as error:
            raise BadSetting(f"sslrootcert cannot be read: {error.strerror}", where="catalog_url") from error
    return {"disable": False, "prefer": None, "require": True}[str(mode)]
