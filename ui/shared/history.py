"""Conversations kept on the server, each for the browser that held it and for nobody else. Shows nothing, asks nothing.

A browser is named by a secret that the caller hands in; only its hash is stored. To one owner the conversation of
another is as if it were not there.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy import (
    Column,
    ColumnElement,
    Engine,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    delete,
    event,
    exists,
    func,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.engine import URL, Connection, Row
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from rag.errors import BadInput, IsnadError
from rag.store.private import make_private_file
from rag.store.writes import now
from ui.shared.schemas import AnswerDocument

# The SQLite file that conversations are kept in: its tables, how it is opened, what its errors mean to a person.
#
# Knows nothing of owners' rights and bounds. What is deleted from it is overwritten, not only unlinked.

_APPLICATION = 0x49534E44  # "ISND", in the header of the file
_SCHEMA_VERSION = 1

_REMEDIES = {
    sqlite3.SQLITE_FULL: ("the disk is full", "free some space"),
    sqlite3.SQLITE_IOERR: ("the disk refused to read or write", "check its free space and its health"),
    sqlite3.SQLITE_READONLY: ("it cannot be written", "check the permissions of the file and its folder"),
    sqlite3.SQLITE_CANTOPEN: ("it cannot be opened", "check the permissions of the file and its folder"),
    sqlite3.SQLITE_BUSY: ("another program has locked it", "wait for that program, or stop it"),
    sqlite3.SQLITE_NOTADB: ("it is not a file of conversations", "move the file away; a new one is made"),
    sqlite3.SQLITE_CORRUPT: ("it is damaged", "move the file away; a new one is made"),
}

_tables = MetaData()

_conversations = Table(
    "conversations",
    _tables,
    Column("place", Integer, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("owner", String, nullable=False, index=True),
    Column("updated_at", String, nullable=False, index=True),
)

_turns = Table(
    "turns",
    _tables,
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
def _transaction(engine: Engine, path: Path) -> Iterator[Connection]:
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


def _engine_of(path: Path) -> Engine:
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
    if application == _APPLICATION:
        if version > _SCHEMA_VERSION:
            raise HistoryUnusable(
                f"it was written by a newer Isnad (schema {version}, this one knows {_SCHEMA_VERSION})",
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
    _tables.create_all(connection)
    connection.exec_driver_sql(f"PRAGMA application_id={_APPLICATION}")
    connection.exec_driver_sql(f"PRAGMA user_version={_SCHEMA_VERSION}")


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


# A turn of a conversation: a question with its answer, or with why there is none. Stores and shows nothing.

_SURROGATE = re.compile("[\ud800-\udfff]")


def _new_id() -> str:
    """An opaque name that nobody can guess: 128 random bits, safe in a URL."""
    return secrets.token_urlsafe(16)


def _whole(text: str) -> str:
    """The text with U+FFFD for each half of a surrogate pair: no file and no database takes those."""
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and what became of it: an answer or, where it failed, an error for people.

    `asked_at` is ISO 8601 in UTC. Raises `ValueError` unless there is exactly one of `answer` and `error`, and
    when the answer is one to another question, or a text is not valid Unicode.
    """

    question: str
    answer: AnswerDocument | None = None
    error: str | None = None
    id: str = field(default_factory=_new_id)
    asked_at: str = field(default_factory=now)

    def __post_init__(self) -> None:
        if (self.answer is None) == (self.error is None):
            raise ValueError("a turn has an answer or an error, and not both")
        if self.answer is not None and self.answer.question != self.question:
            raise ValueError("the answer of a turn answers its question")
        if any(map(_SURROGATE.search, (self.question, self.error or ""))):
            raise ValueError("a turn holds text, and half of a surrogate pair is none")

    @classmethod
    def answered(cls, answer: AnswerDocument) -> Turn:
        """The turn of a question that was answered now."""
        return cls(answer.question, answer=answer)

    @classmethod
    def failed(cls, question: str, error: str) -> Turn:
        """The turn of a question that could not be answered, with what its asker was told; any str is taken."""
        return cls(_whole(question), error=_whole(error))


@dataclass(frozen=True, slots=True)
class Summary:
    """A conversation in a list: `title` is its first question, `updated_at` ISO 8601 in UTC, `_turns` at least 1."""

    id: str
    title: str
    updated_at: str
    turns: int


_HAS_TURNS = exists().where(_turns.c.conversation == _conversations.c.place)


class NoConversation(BadInput):
    """This owner has no such conversation."""


class History:
    """The conversations in one SQLite file, made at the first call. Every call is one transaction, from any thread.

    `max_conversations` per owner and `max_turns` per conversation, both at least 1, are kept, the newest of them; what
    was not added to for `keep_days` is dropped at the next call (None: never). `now` tells the time, in UTC. All calls
    raise `ui.shared.history.HistoryUnusable` when the file is damaged, of a newer Isnad, or cannot be written.
    """

    def __init__(
        self,
        path: Path,
        *,
        max_conversations: int = 200,
        max_turns: int = 200,
        keep_days: int | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        if min(max_conversations, max_turns) < 1 or (keep_days is not None and keep_days < 0):
            raise ValueError("bounds of conversations are at least 1, days at least 0")
        self._path = path
        self._max_conversations, self._max_turns = max_conversations, max_turns
        self._keep_days = keep_days
        self._now = now
        self._engine = _engine_of(path)
        self._lock = threading.Lock()

    def conversations(self, owner: str) -> list[Summary]:
        """Those with at least one turn, the one that was last added to first."""
        bounds = (
            select(_turns.c.conversation, func.min(_turns.c.place).label("first"), func.count().label("turns"))
            .group_by(_turns.c.conversation)
            .subquery()
        )
        query = (
            select(_conversations.c.id, _turns.c.question, _conversations.c.updated_at, bounds.c.turns)
            .join(bounds, bounds.c.conversation == _conversations.c.place)
            .join(_turns, _turns.c.place == bounds.c.first)
            .where(_conversations.c.owner == _hash(owner))
            .order_by(_conversations.c.updated_at.desc(), _conversations.c.place.desc())
        )
        with self._transaction() as connection:
            return [Summary(*row) for row in connection.execute(query)]

    def turns(self, owner: str, conversation_id: str) -> list[Turn]:
        """The turns of a conversation, oldest first; none of one that was only started. Raises `NoConversation`."""
        with self._transaction() as connection:
            place = _find(connection, owner, conversation_id)
            rows = connection.execute(
                select(_turns).where(_turns.c.conversation == place).order_by(_turns.c.place)
            ).all()
        return [self._turn(row) for row in rows]

    def holds(self, owner: str, conversation_id: str) -> bool:
        """Whether this owner has that conversation, be it only started."""
        try:
            with self._transaction() as connection:
                _find(connection, owner, conversation_id)
        except NoConversation:
            return False
        return True

    def has_owner(self, owner: str, before: datetime) -> bool:
        """Whether this owner has a conversation with a turn, and changed it last before this moment."""
        old = (_conversations.c.owner == _hash(owner)) & (_conversations.c.updated_at < _written(before))
        mine = select(_conversations.c.place).where(old, _HAS_TURNS).limit(1)
        with self._transaction() as connection:
            return connection.scalar(mine) is not None

    def start(self, owner: str) -> str:
        """The id of a new conversation, which no list shows before it has a turn."""
        made = _new_id()
        with self._transaction() as connection:
            connection.execute(insert(_conversations).values(id=made, owner=_hash(owner), updated_at=self._time()))
            self._drop_oldest(connection, owner, ~_HAS_TURNS)
        return made

    def keep(self, owner: str, conversation_id: str, turn: Turn) -> None:
        """Add a turn at the end, or put it in the place of the turn with its id.

        Raises `NoConversation`, also when the conversation was deleted while its question was answered: nothing that
        was deleted comes back.
        """
        values = {
            "asked_at": turn.asked_at,
            "question": turn.question,
            "answer": turn.answer.model_dump_json() if turn.answer else None,
            "error": turn.error,
        }
        with self._transaction() as connection:
            place = _find(connection, owner, conversation_id)
            same = (_turns.c.conversation == place) & (_turns.c.id == turn.id)
            if not connection.execute(update(_turns).where(same).values(values)).rowcount:
                connection.execute(insert(_turns).values(conversation=place, id=turn.id, **values))
            connection.execute(
                update(_conversations).where(_conversations.c.place == place).values(updated_at=self._time())
            )
            newest = select(_turns.c.place).where(_turns.c.conversation == place).order_by(_turns.c.place.desc())
            connection.execute(delete(_turns).where(_turns.c.place.in_(newest.offset(self._max_turns))))
            self._drop_oldest(connection, owner, _HAS_TURNS)

    def delete(self, owner: str, conversation_id: str) -> None:
        """Delete a conversation; its words are overwritten in the file. Raises `NoConversation`."""
        with self._transaction() as connection:
            place = _find(connection, owner, conversation_id)
            connection.execute(delete(_conversations).where(_conversations.c.place == place))

    def delete_all(self, owner: str) -> int:
        """Delete all conversations of an owner; returns how many had turns."""
        mine = _conversations.c.owner == _hash(owner)
        with self._transaction() as connection:
            count = connection.scalar(select(func.count()).select_from(_conversations).where(mine, _HAS_TURNS))
            connection.execute(delete(_conversations).where(mine))
        return count or 0

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with self._lock, _transaction(self._engine, self._path) as connection:
            if self._keep_days is not None:
                oldest = _written(self._now() - timedelta(days=self._keep_days))
                connection.execute(delete(_conversations).where(_conversations.c.updated_at < oldest))
            yield connection

    def _drop_oldest(self, connection: Connection, owner: str, which: ColumnElement[bool]) -> None:
        """Started ones and used ones are counted apart: opening many pages costs nobody a conversation."""
        newest = (
            select(_conversations.c.place)
            .where(_conversations.c.owner == _hash(owner), which)
            .order_by(_conversations.c.updated_at.desc(), _conversations.c.place.desc())
        )
        extra = newest.offset(self._max_conversations)
        connection.execute(delete(_conversations).where(_conversations.c.place.in_(extra)))

    def _time(self) -> str:
        return _written(self._now())

    def _turn(self, row: Row[tuple[object, ...]]) -> Turn:
        try:
            answer = None if row.answer is None else AnswerDocument.model_validate_json(row.answer)
            return Turn(row.question, answer, row.error, row.id, row.asked_at)
        except ValueError as error:  # pydantic's ValidationError is one
            what = f"{error.error_count()} fields" if isinstance(error, ValidationError) else str(error)
            raise HistoryUnusable(
                f"an answer in it cannot be read ({what})", where=str(self._path), do="delete this conversation"
            ) from error


def _find(connection: Connection, owner: str, conversation_id: str) -> int:
    """The key of the conversation, if it is this owner's; another's is as absent."""
    query = select(_conversations.c.place).where(
        _conversations.c.id == _whole(conversation_id), _conversations.c.owner == _hash(owner)
    )
    place = connection.scalar(query)
    if place is None:
        raise NoConversation("there is no such conversation", where="conversation", do="start a new one")
    return int(place)


def _hash(owner: str) -> str:
    # No salt and no stretching: the secret is random, so nobody can guess it from its hash.
    return hashlib.sha256(owner.encode("utf-8", "surrogatepass")).hexdigest()


def _written(moment: datetime) -> str:
    """ISO 8601 in UTC, always of one length, so that words sort as moments do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
