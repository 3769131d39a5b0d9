"""Conversation history on the server, in SQLite. Each conversation is visible only to the browser that started it.

The caller identifies a browser by a secret, of which only the hash is stored. For any other owner, a conversation does
not exist. Also the reader's reports on answers.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal, get_args

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
from rag.store.locks import file_locks
from rag.store.private import make_private, make_private_file, write_whole
from rag.store.writes import now
from rag.text.normalise import normalise
from ui.shared.schemas import AnswerDocument, CitationDocument, EvidenceDocument

# The SQLite file: tables, connections and error messages. Deleted data is overwritten, not only unlinked.

_APPLICATION = 0x49534E44  # "ISND", in the header of the file
_SCHEMA_VERSION = 1

_REMEDIES = {
    sqlite3.SQLITE_FULL: ("the disk is full", "free some disk space"),
    sqlite3.SQLITE_IOERR: ("the disk could not be read or written", "check the disk's free space and health"),
    sqlite3.SQLITE_READONLY: ("it cannot be written", "check the permissions of the file and its folder"),
    sqlite3.SQLITE_CANTOPEN: ("it cannot be opened", "check the permissions of the file and its folder"),
    sqlite3.SQLITE_BUSY: ("another program has locked it", "wait for that program, or stop it"),
    sqlite3.SQLITE_NOTADB: ("it is not a conversation database", "move the file away; a new one is created"),
    sqlite3.SQLITE_CORRUPT: ("it is damaged", "move the file away; a new one is created"),
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
    # Increases with each turn, so it gives their order.
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
    """Raised when the history file is damaged, was written by a newer Isnad, or cannot be written."""


@contextmanager
def _transaction(engine: Engine, path: Path) -> Iterator[Connection]:
    """Run one transaction on the file at `path`, creating the file if needed; then write back and truncate its WAL.

    Raises `HistoryUnusable` for any error of the disk or the database.
    """
    with _told(str(path)):
        make_private_file(path)
        with engine.connect() as connection:
            with connection.begin():
                _check(connection, path)
                yield connection
            # Deleted text is still in the write-ahead log, so truncate it after every change.
            # Not through SQLAlchemy, which would start a transaction for it.
            log = connection.connection.driver_connection
            if log is not None:
                log.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _engine_of(path: Path) -> Engine:
    """Create an engine for the file without opening it. Each connection is closed after use."""
    engine = create_engine(URL.create("sqlite", database=str(path)), poolclass=NullPool)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    # The driver starts a transaction only at the first write; `_begin` starts it at once.
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
                f"it was written by a newer Isnad (schema {version}; this one supports {_SCHEMA_VERSION})",
                where=str(path),
                do="upgrade Isnad, or move the file away",
            )
        return
    if application or inspect(connection).get_table_names():
        raise HistoryUnusable(
            "it is a database of another program",
            where=str(path),
            do="move the file away; a new one is created",
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
        what, do = _REMEDIES.get(code, ("it cannot be used", "move the file away; a new one is created"))
        raise HistoryUnusable(f"{what} ({cause})", where=where, do=do) from error
    except OSError as error:
        raise HistoryUnusable(
            f"it cannot be opened ({error.strerror})",
            where=where,
            do="check the permissions of the file and its folder",
        ) from error


# A turn of a conversation: a question with its answer or its error.

_SURROGATE = re.compile("[\ud800-\udfff]")


def _new_id() -> str:
    """Return a random URL-safe id of 128 bits."""
    return secrets.token_urlsafe(16)


def _whole(text: str) -> str:
    """Replace each lone surrogate by U+FFFD: neither files nor SQLite can store them."""
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)


@dataclass(frozen=True, slots=True)
class Turn:
    """One question with its answer or, if it failed, a human-readable error.

    `asked_at` is ISO 8601 in UTC. Raises `ValueError` unless exactly one of `answer` and `error` is given, if the
    answer belongs to another question, or if a text contains a lone surrogate.
    """

    question: str
    answer: AnswerDocument | None = None
    error: str | None = None
    id: str = field(default_factory=_new_id)
    asked_at: str = field(default_factory=now)

    def __post_init__(self) -> None:
        if (self.answer is None) == (self.error is None):
            raise ValueError("a turn needs either an answer or an error")
        if self.answer is not None and self.answer.question != self.question:
            raise ValueError("the answer belongs to another question")
        if any(map(_SURROGATE.search, (self.question, self.error or ""))):
            raise ValueError("the text of a turn contains a lone surrogate")

    @classmethod
    def answered(cls, answer: AnswerDocument) -> Turn:
        """Create the turn of an answered question, with the current time."""
        return cls(answer.question, answer=answer)

    @classmethod
    def failed(cls, question: str, error: str) -> Turn:
        """Create the turn of a failed question, with the error that the user saw. Accepts lone surrogates."""
        return cls(_whole(question), error=_whole(error))


@dataclass(frozen=True, slots=True)
class Summary:
    """A conversation in a list: `title` is its first question, `updated_at` ISO 8601 in UTC, `turns` at least 1."""

    id: str
    title: str
    updated_at: str
    turns: int


_HAS_TURNS = exists().where(_turns.c.conversation == _conversations.c.place)


class NoConversation(BadInput):
    """Raised when this owner has no such conversation."""


class History:
    """The conversations in one SQLite file, created at the first call. Thread-safe; every call is one transaction.

    Keeps the newest `max_conversations` per owner and `max_turns` per conversation, both at least 1. A conversation
    without a new turn for `keep_days` is deleted at the next call (None: never). `now` returns the time in UTC. All
    calls raise `HistoryUnusable` if the file is damaged, was written by a newer Isnad, or cannot be written.
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
            raise ValueError("max_conversations and max_turns must be at least 1, keep_days at least 0")
        self._path = path
        self._max_conversations, self._max_turns = max_conversations, max_turns
        self._keep_days = keep_days
        self._now = now
        self._engine = _engine_of(path)
        self._lock = threading.Lock()

    def conversations(self, owner: str) -> list[Summary]:
        """Return the conversations with at least one turn, the most recently changed first."""
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
        """Return the turns of a conversation, oldest first; may be empty. Raises `NoConversation`."""
        with self._transaction() as connection:
            place = _find(connection, owner, conversation_id)
            rows = connection.execute(
                select(_turns).where(_turns.c.conversation == place).order_by(_turns.c.place)
            ).all()
        return [self._turn(row) for row in rows]

    def holds(self, owner: str, conversation_id: str) -> bool:
        """Whether this owner has this conversation, even one without turns."""
        try:
            with self._transaction() as connection:
                _find(connection, owner, conversation_id)
        except NoConversation:
            return False
        return True

    def has_owner(self, owner: str, before: datetime) -> bool:
        """Whether this owner has a conversation with a turn that was last changed before this time."""
        old = (_conversations.c.owner == _hash(owner)) & (_conversations.c.updated_at < _written(before))
        mine = select(_conversations.c.place).where(old, _HAS_TURNS).limit(1)
        with self._transaction() as connection:
            return connection.scalar(mine) is not None

    def start(self, owner: str) -> str:
        """Start a conversation and return its id; lists do not include it before its first turn."""
        made = _new_id()
        with self._transaction() as connection:
            connection.execute(insert(_conversations).values(id=made, owner=_hash(owner), updated_at=self._time()))
            self._drop_oldest(connection, owner, ~_HAS_TURNS)
        return made

    def keep(self, owner: str, conversation_id: str, turn: Turn) -> None:
        """Append a turn, or replace the turn with the same id.

        Raises `NoConversation`, also if the conversation was deleted while its question was being answered: a deleted
        conversation never comes back.
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
        """Delete a conversation and overwrite its text in the file. Raises `NoConversation`."""
        with self._transaction() as connection:
            place = _find(connection, owner, conversation_id)
            connection.execute(delete(_conversations).where(_conversations.c.place == place))

    def delete_all(self, owner: str) -> int:
        """Delete all conversations of an owner. Returns the number of those with turns."""
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
        """Delete the oldest conversations that match `which`, beyond the limit.

        Those with and without turns are counted separately, so that opening many pages deletes no conversation.
        """
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
        except ValueError as error:  # includes pydantic's ValidationError
            what = f"{error.error_count()} fields" if isinstance(error, ValidationError) else str(error)
            raise HistoryUnusable(
                f"an answer in it cannot be read ({what})", where=str(self._path), do="delete this conversation"
            ) from error


def _find(connection: Connection, owner: str, conversation_id: str) -> int:
    """Return the row key of this owner's conversation. Raises `NoConversation`."""
    query = select(_conversations.c.place).where(
        _conversations.c.id == _whole(conversation_id), _conversations.c.owner == _hash(owner)
    )
    place = connection.scalar(query)
    if place is None:
        raise NoConversation("there is no such conversation", where="conversation", do="start a new one")
    return int(place)


def _hash(owner: str) -> str:
    # No salt and no key stretching: the secret is random, so it cannot be guessed from its hash.
    return hashlib.sha256(owner.encode("utf-8", "surrogatepass")).hexdigest()


def _written(moment: datetime) -> str:
    """Format a time as ISO 8601 in UTC, with a fixed length, so that strings sort by time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


# A reader's report on an answer → a line of the archive's own question set, which `isnad eval run` reads.
#
# What a line needs is complete where the answer is right, where the archive has none, or where the reader gives the
# right words. Otherwise it is a draft in a file of its own, with what was shown, for a person to complete.

REPORTS, DRAFTS = "reports.jsonl", "reports-drafts.jsonl"
"""Files in the folder of a corpus: the question set, and the lines that a person must complete."""
MOST_RIGHT: Final = 1_000
"""Maximum length of the right words, in code points."""

ReportKind = Literal["right", "wrong", "unsupported", "missing"]


class ReportsUnusable(IsnadError):
    """Raised when a report cannot be written."""


class Reports:
    """The reports of one corpus in `folder`, which several threads and servers may write; a second report on the same
    answer replaces the first."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()

    def add(self, turn: Turn, word: str, right: str = "") -> int:
        """Write a report on an answer, with the `right` words if the reader gave them; returns the number of lines.

        Raises `BadInput` for an unknown word, too long an answer or a turn without an answer, `ReportsUnusable` if the
        files cannot be read or written.
        """
        if word not in get_args(ReportKind):
            raise BadInput(f"{word[:40]!r} is no word on an answer", where="word", do=f"use {get_args(ReportKind)}")
        if len(right) > MOST_RIGHT:
            raise BadInput(f"the right answer has more than {MOST_RIGHT} characters", where="answer", do="shorten it")
        if turn.answer is None:
            raise BadInput("this question has no answer", where="turn", do="ask it again")
        line = _report_line(turn.id, turn.answer, word, " ".join(right.split()))
        try:
            make_private(self._folder)
            with self._lock, file_locks(self._folder / REPORTS, self._folder / DRAFTS):
                kept = {name: _without(self._folder / name, line["id"]) for name in (REPORTS, DRAFTS)}
                kept[DRAFTS if line.get("draft") else REPORTS].append(json.dumps(line, ensure_ascii=False))
                for name, lines in kept.items():
                    write_whole(self._folder / name, "".join(f"{line}\n" for line in lines).encode())
                return sum(map(len, kept.values()))
        except (OSError, UnicodeError) as error:
            what = "the reports cannot be read or written"
            raise ReportsUnusable(what, where=str(self._folder), do="check the folder and the disk") from error


def _report_line(turn: str, answer: AnswerDocument, word: str, right: str) -> dict[str, Any]:
    """Line of an answer in the format of `eval.sets.read_jsonl`, with the report and what was shown in `reported`."""
    line: dict[str, Any] = {
        "id": f"report-{turn}",
        "question": answer.searched,
        "language": answer.language,
        "tags": ["reported", word],
        "reported": {
            "word": word,
            "at": now(),
            "shown": [one.text for one in answer.short] or [one.quote for one in answer.citations],
            "status": answer.status,
            "generator": answer.generator,
            "generation": answer.generation,
        },
    }
    if word == "missing" or (word == "right" and not answer.citations):
        return {**line, "answerable": False}
    if word == "right":
        places = [_place(one, one.quote) for one in answer.citations]
        return {**line, "answerable": True, "accepted": [one.text for one in answer.short], "evidence": places}
    if right:
        held = [_place(one, one.text) for one in answer.evidence if _holds(one.text, right)]
        return {**line, "answerable": True, "accepted": [right], "evidence": held}
    return {**line, "answerable": True, "accepted": [], "evidence": [], "draft": True}


def _place(item: CitationDocument | EvidenceDocument, quote: str) -> dict[str, Any]:
    return {"file": item.source, "quote": quote, "start": item.start, "end": item.end}


def _holds(text: str, words: str) -> bool:
    return f" {normalise(words)[0]} " in f" {normalise(text)[0]} "


def _without(path: Path, name: str) -> list[str]:
    """The lines of a file except the one with this id."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")  # a quote may hold U+2028, an end of line to others
    except FileNotFoundError:
        return []
    return [line for line in lines if line.strip() and f'"id": {json.dumps(name)}' not in line]
