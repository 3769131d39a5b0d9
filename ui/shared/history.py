"""Conversations kept on the server, each for the browser that held it and for nobody else. Shows nothing, asks nothing.

A browser is named by a secret that the caller hands in; only its hash is stored. To one owner the conversation of
another is as if it were not there.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy import ColumnElement, delete, exists, func, insert, select, update
from sqlalchemy.engine import Connection, Row

from rag.errors import BadInput
from ui.shared.history_file import HistoryUnusable, conversations, engine_of, transaction, turns
from ui.shared.schemas import AnswerDocument
from ui.shared.turns import Summary, Turn, new_id, whole

_HAS_TURNS = exists().where(turns.c.conversation == conversations.c.place)


class NoConversation(BadInput):
    """This owner has no such conversation."""


class History:
    """The conversations in one SQLite file, made at the first call. Every call is one transaction, from any thread.

    `max_conversations` per owner and `max_turns` per conversation, both at least 1, are kept, the newest of them; what
    was not added to for `keep_days` is dropped at the next call (None: never). `now` tells the time, in UTC. All calls
    raise `ui.shared.history_file.HistoryUnusable` when the file is damaged, of a newer Isnad, or cannot be written.
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
        self._engine = engine_of(path)
        self._lock = threading.Lock()

    def conversations(self, owner: str) -> list[Summary]:
        """Those with at least one turn, the one that was last added to first."""
        bounds = (
            select(turns.c.conversation, func.min(turns.c.place).label("first"), func.count().label("turns"))
            .group_by(turns.c.conversation)
            .subquery()
        )
        query = (
            select(conversations.c.id, turns.c.question, conversations.c.updated_at, bounds.c.turns)
            .join(bounds, bounds.c.conversation == conversations.c.place)
            .join(turns, turns.c.place == bounds.c.first)
            .where(conversations.c.owner == _hash(owner))
            .order_by(conversations.c.updated_at.desc(), conversations.c.place.desc())
        )
        with self._transaction() as connection:
            return [Summary(*row) for row in connection.execute(query)]

    def turns(self, owner: str, conversation_id: str) -> list[Turn]:
        """The turns of a conversation, oldest first; none of one that was only started. Raises `NoConversation`."""
        with self._transaction() as connection:
            place = _find(connection, owner, conversation_id)
            rows = connection.execute(select(turns).where(turns.c.conversation == place).order_by(turns.c.place)).all()
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
        old = (conversations.c.owner == _hash(owner)) & (conversations.c.updated_at < _written(before))
        mine = select(conversations.c.place).where(old, _HAS_TURNS).limit(1)
        with self._transaction() as connection:
            return connection.scalar(mine) is not None

    def start(self, owner: str) -> str:
        """The id of a new conversation, which no list shows before it has a turn."""
        made = new_id()
        with self._transaction() as connection:
            connection.execute(insert(conversations).values(id=made, owner=_hash(owner), updated_at=self._time()))
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
            same = (turns.c.conversation == place) & (turns.c.id == turn.id)
            if not connection.execute(update(turns).where(same).values(values)).rowcount:
                connection.execute(insert(turns).values(conversation=place, id=turn.id, **values))
            connection.execute(
                update(conversations).where(conversations.c.place == place).values(updated_at=self._time())
            )
            newest = select(turns.c.place).where(turns.c.conversation == place).order_by(turns.c.place.desc())
            connection.execute(delete(turns).where(turns.c.place.in_(newest.offset(self._max_turns))))
            self._drop_oldest(connection, owner, _HAS_TURNS)

    def delete(self, owner: str, conversation_id: str) -> None:
        """Delete a conversation; its words are overwritten in the file. Raises `NoConversation`."""
        with self._transaction() as connection:
            place = _find(connection, owner, conversation_id)
            connection.execute(delete(conversations).where(conversations.c.place == place))

    def delete_all(self, owner: str) -> int:
        """Delete all conversations of an owner; returns how many had turns."""
        mine = conversations.c.owner == _hash(owner)
        with self._transaction() as connection:
            count = connection.scalar(select(func.count()).select_from(conversations).where(mine, _HAS_TURNS))
            connection.execute(delete(conversations).where(mine))
        return count or 0

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with self._lock, transaction(self._engine, self._path) as connection:
            if self._keep_days is not None:
                oldest = _written(self._now() - timedelta(days=self._keep_days))
                connection.execute(delete(conversations).where(conversations.c.updated_at < oldest))
            yield connection

    def _drop_oldest(self, connection: Connection, owner: str, which: ColumnElement[bool]) -> None:
        """Started ones and used ones are counted apart: opening many pages costs nobody a conversation."""
        newest = (
            select(conversations.c.place)
            .where(conversations.c.owner == _hash(owner), which)
            .order_by(conversations.c.updated_at.desc(), conversations.c.place.desc())
        )
        extra = newest.offset(self._max_conversations)
        connection.execute(delete(conversations).where(conversations.c.place.in_(extra)))

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
    query = select(conversations.c.place).where(
        conversations.c.id == whole(conversation_id), conversations.c.owner == _hash(owner)
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
