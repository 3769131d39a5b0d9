"""Server-side sessions of signed-in browsers, and the server's signing secret, in one SQLite file of mode 0600.

A session's name is 256 random bits that only the browser stores. The file stores its SHA-256, the times of its last use
and its end, and a fingerprint of the credential that it was started with. Neither the file nor the settings are enough
to sign in.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import cookie_parser

from rag.errors import IsnadError
from rag.store.private import make_private_file

# Session and browser cookies: names, flags and the signature of the browser's name.
#
# Over HTTPS both cookies have the prefix ``__Host-`` and the flag ``Secure`` (RFC 6265bis, 4.1.3.2), so that neither a
# page of a sibling domain nor a page over plain HTTP can set them.

SESSION_COOKIE = "isnad_session"
BROWSER_COOKIE = "isnad_browser"
BROWSER_SECONDS = 365 * 24 * 3600
_HOST_ONLY = "__Host-"
_OURS = frozenset(prefix + name for prefix in ("", _HOST_ONLY) for name in (SESSION_COOKIE, BROWSER_COOKIE))


def cookies_of(headers: Headers) -> dict[str, str]:
    """Parse the cookies of a request with the same lenient parser as Starlette's routes. Never raises."""
    cookies: dict[str, str] = {}
    for header in headers.getlist("cookie"):
        cookies.update(cookie_parser(header))
    return cookies


def on_wire(name: str, *, secure: bool) -> str:
    """Return the cookie's name in an HTTP header: with the prefix ``__Host-`` over HTTPS (`secure`)."""
    return _HOST_ONLY + name if secure else name


def set_cookie(name: str, value: str, *, secure: bool, seconds: int) -> str:
    """Return the value of a Set-Cookie header; 0 seconds delete the cookie.

    ``Lax``, so that a link in a mail or a feed reader opens the page with the browser's conversations and session; a
    request of another site that could change something has neither cookie.
    """
    flags = "; Secure" if secure else ""
    return f"{on_wire(name, secure=secure)}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{flags}"


def sign(secret: bytes, name: str) -> str:
    """Return a browser's name with its HMAC-SHA256, as stored in the cookie: ``name.signature``."""
    digest = hmac.digest(secret, b"browser\0" + name.encode(), hashlib.sha256)
    return f"{name}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def verified_name(secret: bytes, signed: str) -> str:
    """Return the name in a signed cookie; empty if it is unsigned or signed with another secret."""
    name, dot, _ = signed.rpartition(".")
    if not dot or not is_name(name):
        return ""
    return name if hmac.compare_digest(sign(secret, name).encode(), signed.encode("utf-8", "surrogatepass")) else ""


def is_name(value: str) -> bool:
    """Whether a value has the form of a browser's name: 24 random bytes in URL-safe base64."""
    return len(value) == 32 and value.isascii() and value.replace("-", "").replace("_", "").isalnum()


def browser_of(cookies: Mapping[str, str]) -> str:
    """Return the browser's name behind the security middleware, which has verified it; empty if there is none."""
    name = cookies.get(BROWSER_COOKIE, "")
    return name if is_name(name) else ""


def hand_on(scope: MutableMapping[str, Any], browser: str) -> None:
    """Remove Isnad's own cookies from a request, and add the browser's verified name without its signature."""
    kept = [
        chunk
        for key, value in scope["headers"]
        if key == b"cookie"
        for chunk in value.split(b";")
        if chunk.partition(b"=")[0].decode("latin-1").strip() not in _OURS
    ]
    if browser:
        kept.append(f" {BROWSER_COOKIE}={browser}".encode())
    headers = [(key, value) for key, value in scope["headers"] if key != b"cookie"]
    scope["headers"] = [*headers, (b"cookie", b";".join(kept).strip())] if kept else headers


logger = logging.getLogger("isnad")

FILE = "sessions.sqlite3"
LIFETIME_SECONDS = 30 * 24 * 3600
"""A session ends this long after the sign-in, even if it is in use."""
IDLE_SECONDS = 7 * 24 * 3600
"""A session ends after this long without use."""
TOUCH_SECONDS = 3600
"""How often the last use of a session is saved; `IDLE_SECONDS` is exact to within this."""
_MOST = 10_000
"""Maximum number of sessions; a new one beyond it ends the least recently used."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS secret (only INTEGER PRIMARY KEY CHECK (only = 1), value BLOB NOT NULL, made REAL NOT NULL);
CREATE TABLE IF NOT EXISTS sessions (
    name BLOB PRIMARY KEY, corpus TEXT NOT NULL, credential BLOB NOT NULL, used REAL NOT NULL, ends REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sessions_used ON sessions (used);
"""


class SessionsUnusable(IsnadError):
    """Raised when the sessions file is damaged, or cannot be read or written."""


class Sessions:
    """The sessions of one data folder; servers of several corpora may share it. Thread-safe.

    `corpus` is the corpus that this server serves; `clock` returns seconds since the epoch. A missing file is created,
    with a new signing `secret`; `made` is the time of its creation, in seconds since the epoch. Every call raises
    `SessionsUnusable` if the file cannot be used.
    """

    def __init__(self, path: Path, corpus: str = "", *, clock: Callable[[], float] = time.time) -> None:
        self._path, self._corpus, self._clock = path, corpus, clock
        self._lock = threading.Lock()
        with self._told():
            make_private_file(path)
            self._database = sqlite3.connect(path, timeout=5, check_same_thread=False, isolation_level=None)
        with self._transaction() as database:
            for statement in _SCHEMA.split(";"):
                database.execute(statement)
            fresh = (secrets.token_bytes(32), self._clock())
            database.execute("INSERT OR IGNORE INTO secret VALUES (1, ?, ?)", fresh)
            row: tuple[bytes, float] = database.execute("SELECT value, made FROM secret").fetchone()
        self.secret, self.made = row

    def fingerprint(self, credential: str) -> bytes:
        """Return the fingerprint of a credential for the file: a keyed scrypt hash, so that guessing is slow."""
        return hashlib.scrypt(credential.encode("utf-8", "surrogatepass"), salt=self.secret, n=2**14, r=8, p=1)

    def begin(self, credential: bytes) -> str:
        """Start a session with the credential of this fingerprint. Returns its name."""
        name, now = secrets.token_urlsafe(32), self._clock()
        with self._transaction() as database:
            self._drop_ended(database)
            extra = database.execute("SELECT count(*) FROM sessions").fetchone()[0] - _MOST + 1
            database.execute(
                "DELETE FROM sessions WHERE name IN (SELECT name FROM sessions ORDER BY used LIMIT ?)", (max(0, extra),)
            )
            row = (_hash(name), self._corpus, credential, now, now + LIFETIME_SECONDS)
            database.execute("INSERT INTO sessions VALUES (?, ?, ?, ?, ?)", row)
        return name

    def valid(self, name: str, credentials: Collection[bytes]) -> bool:
        """Whether a session of this name is still valid and was started with one of the current `credentials`."""
        if not name:
            return False
        key, now = _hash(name), self._clock()
        with self._told(), self._lock:
            row = self._database.execute(
                "SELECT credential, used, ends FROM sessions WHERE name = ?", (key,)
            ).fetchone()
        if row is None:
            return False
        credential, used, ends = row
        if now >= min(ends, used + IDLE_SECONDS) or credential not in credentials:
            return False
        if now - used > TOUCH_SECONDS:
            try:
                with self._transaction() as database:
                    database.execute("UPDATE sessions SET used = ? WHERE name = ?", (now, key))
            except SessionsUnusable as error:  # a full disk must not sign anybody out
                logger.warning("%s", error)
        return True

    def end(self, name: str) -> None:
        """End the session of this name, if there is one."""
        with self._transaction() as database:
            database.execute("DELETE FROM sessions WHERE name = ?", (_hash(name),))

    def end_others(self, credentials: Collection[bytes]) -> None:
        """End all expired sessions, and those of this corpus whose credential is not in `credentials` any more."""
        with self._transaction() as database:
            self._drop_ended(database)
            kept = ", ".join("?" * len(credentials))
            database.execute(
                f"DELETE FROM sessions WHERE corpus = ? AND credential NOT IN ({kept})",  # noqa: S608  (question marks)
                (self._corpus, *credentials),
            )

    def close(self) -> None:
        self._database.close()

    def _drop_ended(self, database: sqlite3.Connection) -> None:
        now = self._clock()
        database.execute("DELETE FROM sessions WHERE ends <= ? OR used <= ?", (now, now - IDLE_SECONDS))

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._told(), self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
                self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            broken = getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}
            raise SessionsUnusable(
                f"the sessions cannot be used ({error})",
                where=str(self._path),
                do="move the file away; all users must sign in again"
                if broken
                else "check the free disk space and the permissions of the file and its folder",
            ) from error


def _hash(name: str) -> bytes:
    # No salt and no key stretching: the name is random, so it cannot be guessed from its hash.
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()
