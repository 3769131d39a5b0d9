"""How often the passages and sentences of all versions have a text: what says, without a look at the other versions,
that nobody needs its vector any more. Knows no model and no file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.engine import Connection

from rag.store.embeddings import chunks, texts_of
from rag.store.rows import sha256_of
from rag.store.schema import uses, vectors
from rag.types import Passage


def add_uses(connection: Connection, passages: Iterable[Passage]) -> None:
    """Count the texts of passages that were added to the catalog."""
    added = _counted(passages)
    known = _known(connection, added)
    new = [{"text_sha256": key, "times": times} for key, times in added.items() if key not in known]
    if new:
        connection.execute(insert(uses), new)
    _set(connection, {key: known[key] + added[key] for key in known})


def remove_uses(connection: Connection, passages: Iterable[Passage]) -> None:
    """Take back what `add_uses` counted, and remove the vectors of texts that no passage and no sentence has now."""
    removed = _counted(passages)
    left = {key: times - removed[key] for key, times in _known(connection, removed).items()}
    _set(connection, {key: times for key, times in left.items() if times > 0})
    for part in chunks(sorted(key for key in removed if left.get(key, 0) <= 0)):
        for table in (vectors, uses):
            connection.execute(delete(table).where(table.c.text_sha256.in_(part)))


def _counted(passages: Iterable[Passage]) -> Counter[str]:
    return Counter(sha256_of(text) for passage in passages for text in texts_of(passage))


def _known(connection: Connection, keys: Iterable[str]) -> dict[str, int]:
    known: dict[str, int] = {}
    for part in chunks(sorted(keys)):
        rows = connection.execute(select(uses).where(uses.c.text_sha256.in_(part))).mappings()
        known |= {row["text_sha256"]: row["times"] for row in rows}
    return known


def _set(connection: Connection, times: dict[str, int]) -> None:
    if times:
        statement = update(uses).where(uses.c.text_sha256 == bindparam("key")).values(times=bindparam("now"))
        connection.execute(statement, [{"key": key, "now": now} for key, now in times.items()])
