"""What the readers of the catalog ask of its tables, as functions of a connection. Knows nothing of transactions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from sqlalchemy import and_, exists, func, select
from sqlalchemy.engine import Connection, RowMapping
from sqlalchemy.sql import ColumnElement, FromClause

from rag.errors import CatalogError
from rag.store.rows import VersionKey, checked_text, passage_from_row, version_key
from rag.store.schema import VERSION, corpora, generation_members, generations, passages, versions
from rag.types import Passage

T = TypeVar("T")

AT_ONCE = 64
"""Articles held in memory while all passages of many stream by."""


def current_generation(connection: Connection, corpus: str) -> RowMapping | None:
    """The row of `generations` that the corpus points at."""
    query = select(generations).join(corpora, corpora.c.generation_id == generations.c.id)
    return connection.execute(query.where(corpora.c.corpus == corpus)).mappings().one_or_none()


def listed_version(connection: Connection, article_id: str, sha256: str, text_sha256: str) -> RowMapping | None:
    """The row of `versions` that the current generation lists, else the newest that does; None when none does.

    An empty `text_sha256` stands for any text.
    """
    same = and_(*(versions.c[name] == generation_members.c[name] for name in VERSION))
    query = select(versions).join(generation_members, same)
    query = query.outerjoin(corpora, corpora.c.generation_id == generation_members.c.generation_id)
    query = query.where(versions.c.article_id == article_id, versions.c.sha256 == sha256)
    if text_sha256:
        query = query.where(versions.c.text_sha256 == text_sha256)
    # Ids of generations begin with their number.
    query = query.order_by(corpora.c.corpus.is_(None), generation_members.c.generation_id.desc())
    return connection.execute(query.limit(1)).mappings().one_or_none()


def in_generation(
    connection: Connection,
    generation_id: str,
    table: FromClause,
    condition: ColumnElement[bool] | None = None,
    columns: tuple[str, ...] = (),
) -> list[RowMapping]:
    """Rows of `versions` or `passages` that belong to the generation; with `columns`, only these of them."""
    same = and_(*(table.c[name] == generation_members.c[name] for name in VERSION))
    here = generation_members.c.generation_id == generation_id
    query = select(*(table.c[name] for name in columns or table.c.keys()))
    if condition is None:
        query = query.join(generation_members, same).where(here)
    else:
        # A join would let SQLite walk all members of the generation to find eight passages.
        query = query.where(condition, exists().where(same, here))
    return list(connection.execute(query).mappings())


def passages_of_versions(connection: Connection, keys: Sequence[VersionKey]) -> Iterator[Passage]:
    """The passages of no more than `AT_ONCE` versions, in no order."""
    wanted = versions.c.article_id.in_(sorted({key.article_id for key in keys}))
    same = and_(*(passages.c[name] == versions.c[name] for name in VERSION))
    # Only what every schema has: a migration reads older ones by this.
    columns = (*(versions.c[name] for name in VERSION), versions.c.text, versions.c.text_sha256)
    texts = {
        version_key(row): checked_text(row)
        for row in connection.execute(select(*columns).where(wanted)).mappings()
        if version_key(row) in keys
    }
    for row in connection.execute(select(passages).join(versions, same).where(wanted)).mappings():
        if version_key(row) in texts:
            yield passage_from_row(row, texts[version_key(row)])


def in_order(ids: list[str], found: dict[str, T], generation_id: str) -> list[T]:
    """What was `found`, in the order of `ids`. Raises `CatalogError` when one of them was not."""
    lost = next((key for key in ids if key not in found), None)
    if lost is not None:
        raise CatalogError(
            "it is not in this generation", where=f"{lost} in {generation_id}", do="open the index again"
        )
    return [found[key] for key in ids]


def count_rows(connection: Connection, table: FromClause, condition: ColumnElement[bool] | None = None) -> int:
    query = select(func.count()).select_from(table)
    return connection.execute(query if condition is None else query.where(condition)).scalar_one()
