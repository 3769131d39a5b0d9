"""The catalog on a PostgreSQL server: address, connections, write lock and error messages.

Each corpus is one schema of the database, so corpora do not affect each other.
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

_PORT = 5432
_LONGEST_NAME = 63
"""Maximum length in bytes of a name in PostgreSQL, which truncates longer ones silently."""
_CONNECT_SECONDS = 10
_KEEPALIVE = {"idle": 30, "interval": 10, "count": 3}
"""Idle seconds, interval seconds and count: a peer that disappears is detected after a minute, on either side."""
_ROWS_AT_ONCE = 500
_INSTALL = "pip install 'isnad-qa[postgresql]'"

_REMEDIES = {
    "28": ("PostgreSQL rejected the login", "correct the name or the password in catalog_url"),
    "3D": ("there is no such database", "create it with createdb, or correct catalog_url"),
    "53": ("the server has no disk space or no free connection", "check its disk and its max_connections"),
    "57": ("the server is stopping or starting", "wait and try again"),
    "42501": (
        "the user has no permission for this",
        "grant it CREATE on the database, or on the schema USAGE and the tables",
    ),
    "25006": ("the server is read-only", "set catalog_url to the primary server"),
    "40": ("another process wrote at the same time", "try again"),
}


@dataclass(frozen=True, slots=True)
class Address:
    """The schema of a corpus on a server. `where` is for messages and contains no password."""

    url: URL
    schema: str

    @property
    def where(self) -> str:
        port = f":{self.url.port}" if self.url.port else ""
        return f"postgresql://{self.url.host}{port}/{self.url.database} ({self.schema})"


def server_address(catalog_url: str, corpus: str) -> Address:
    """Parse the address of the catalog of `corpus`. Raises `BadSetting` for an invalid URL or name."""
    try:
        url = make_url(catalog_url).set(drivername="postgresql+pg8000")
    except ArgumentError as error:
        raise BadSetting(
            "it is not of the form postgresql://name:password@host/database", where="catalog_url"
        ) from error
    schema = f"isnad_{corpus}"
    if len(schema.encode()) > _LONGEST_NAME:
        raise BadSetting("the name is too long for PostgreSQL", where=f"corpus {corpus}", do="choose a shorter name")
    return Address(url, schema)


def open_server(at: Address, *, writing: bool) -> Engine:
    """Open the engine of a corpus. With `writing`, it is one connection, which holds the write lock until it is closed.

    The lock is an advisory lock of that connection: after the connection is lost, nothing more can be written. Raises
    `BadSetting` if the driver is not installed or the URL has an unsupported option; the first connection raises
    `CorpusBusy` at once if another process writes.
    """
    certificates = _tls(at)
    try:
        engine = create_engine(
            at.url.set(query={}),
            isolation_level="REPEATABLE READ",  # a transaction reads one state, as in SQLite
            pool_pre_ping=not writing,
            **({"pool_size": 1, "max_overflow": 0} if writing else {}),
            insertmanyvalues_page_size=_ROWS_AT_ONCE,
        )
    except ModuleNotFoundError as error:
        raise BadSetting("the PostgreSQL driver is not installed", where="catalog_url", do=_INSTALL) from error
    dialect: Any = engine.dialect
    dialect.use_insertmanyvalues_wo_returning = True  # otherwise one round trip per row
    dialect.do_terminate = partial(_end, dialect)
    dialect.do_ping = partial(_ping, dialect)
    connected = 0

    @event.listens_for(engine, "do_connect")
    def _connect(dialect: Any, _record: object, _args: object, options: dict[str, Any]) -> Any:
        if writing and connected:
            what = "the connection was lost, and with it the write lock"
            raise CatalogError(what, where=at.where, do="ingest again: what was committed is kept")
        made = _socket(at)
        search_path = engine.dialect.identifier_preparer.quote_identifier(at.schema)
        keepalives = {f"tcp_keepalives_{name}": str(value) for name, value in _KEEPALIVE.items()}
        try:
            return dialect.loaded_dbapi.Connection(
                **options,
                sock=made,
                ssl_context=certificates,
                application_name=f"isnad {socket.gethostname()} {os.getpid()}"[:_LONGEST_NAME],
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
    """Create the schema of the corpus if it does not exist."""
    # Checked first: a user without the right to create schemas may use one created for it.
    if not connection.execute(text("SELECT 1 FROM pg_namespace WHERE nspname = :name"), {"name": at.schema}).scalar():
        quoted = connection.dialect.identifier_preparer.quote_identifier(at.schema)
        connection.execute(text(f"CREATE SCHEMA {quoted.replace(':', chr(92) + ':')}"))


def explain(cause: BaseException | None) -> tuple[str, str]:
    """Translate a driver error into (what, what to do), without any part of the address."""
    said: Any = cause.args[0] if cause is not None and cause.args else ""
    if not isinstance(said, dict):
        return "the server does not answer or closed the connection", "check that PostgreSQL runs and is reachable"
    code, message = str(said.get("C", "")), " ".join(str(said.get("M", "")).split())
    known = next((_REMEDIES[part] for part in (code, code[:2]) if part in _REMEDIES), None)
    what, do = known or ("it cannot be used", "check the log of PostgreSQL")
    return f"{what} ({message})", do


def _lock(connection: Any, at: Address) -> None:
    key = int.from_bytes(hashlib.sha256(f"isnad writer {at.schema}".encode()).digest()[:8], signed=True)
    cursor = connection.cursor()
    cursor.execute("SELECT pg_try_advisory_lock(%s)", (key,))
    if cursor.fetchone()[0]:
        # A session lock: it outlives this transaction and every other.
        connection.commit()
        return
    cursor.execute(
        "SELECT application_name FROM pg_stat_activity JOIN pg_locks USING (pid) WHERE locktype = 'advisory' "
        "AND (classid::bigint << 32 | objid::bigint) = %s AND granted",
        (key,),
    )
    found = cursor.fetchone()
    connection.close()  # the pool does not close a connection that failed in this event
    holder = (found[0] if found else "") or "another process"
    raise CorpusBusy(f"{holder} is writing to this corpus", where=at.where, do="wait for it to end")


def _end(dialect: Any, connection: Any) -> None:
    """Close a connection that may be broken; errors are ignored because they were reported before."""
    try:
        with suppress(dialect.loaded_dbapi.Error):
            connection.close()
    finally:
        # A failed close leaves the socket open; after a successful one there is no socket any more.
        if connection._usock is not None:
            _close(connection._usock)


def _close(opened: socket.socket) -> None:
    """Close a socket at once: its own `close` waits for the file object that the driver made of it and never closes."""
    number = opened.detach()
    if number >= 0:
        os.close(number)


def _ping(dialect: Any, connection: Any) -> bool:
    """Whether an idle connection is alive. The driver does not wrap errors of its socket."""
    try:
        return bool(type(dialect).do_ping(dialect, connection))
    except OSError as error:
        # The words by which the pool recognises that it must open a new connection.
        raise dialect.loaded_dbapi.InterfaceError("network error") from error


def _socket(at: Address) -> socket.socket:
    """Open a connection with a time-out of seconds. The driver's own time-out would also end long statements."""
    try:
        made = socket.create_connection((at.url.host, at.url.port or _PORT), _CONNECT_SECONDS)
    except OSError as error:
        what = f"the server cannot be reached ({error.strerror or error})"
        raise CatalogError(what, where=at.where, do="check that PostgreSQL runs and is reachable") from error
    made.settimeout(None)
    for option, value in (
        ("TCP_KEEPIDLE", _KEEPALIVE["idle"]),
        ("TCP_KEEPINTVL", _KEEPALIVE["interval"]),
        ("TCP_KEEPCNT", _KEEPALIVE["count"]),
        ("TCP_USER_TIMEOUT", 60_000),
    ):
        if hasattr(socket, option):  # not every system has all of these options
            made.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def _tls(at: Address) -> ssl.SSLContext | bool | None:
    """TLS configuration for ``?sslmode=`` of the URL, by libpq's names; None uses TLS if offered, without
    verification."""
    asked = dict(at.url.query)
    mode, roots = asked.pop("sslmode", "prefer"), asked.pop("sslrootcert", None)
    if asked or mode not in ("disable", "prefer", "require", "verify-full"):
        what = "its options may only be sslmode=disable|prefer|require|verify-full and sslrootcert=FILE"
        raise BadSetting(what, where="catalog_url", do="remove the other options")
    if mode == "verify-full":
        try:
            return ssl.create_default_context(cafile=str(roots) if roots else None)
        except OSError as error:
            raise BadSetting(f"sslrootcert cannot be read: {error.strerror}", where="catalog_url") from error
    return {"disable": False, "prefer": None, "require": True}[str(mode)]
