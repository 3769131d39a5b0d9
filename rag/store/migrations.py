"""Steps from an older schema of the catalog to this one: each is kept whole or not at all, and loses no vector.

A step only adds, or drops what the next ingest makes anew. It knows nothing of how the database is opened.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sqlalchemy import Table, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.schema import CreateColumn

from rag.store.embeddings import chunks
from rag.store.queries import AT_ONCE, passages_of_versions
from rag.store.rows import version_key
from rag.store.schema import SCHEMA_VERSION, VERSION, meta, quarantine, uses, versions
from rag.store.uses import add_uses

Step = Callable[[Connection], None]


def migrate(connection: Connection) -> None:
    """Bring the catalog to `SCHEMA_VERSION`, in the transaction of `connection`, whatever another process does."""
    here = meta.c.name == "schema_version"
    # To write first is to hold the lock: of two that open an old catalog, the second finds the new one.
    connection.execute(update(meta).where(here).values(value=meta.c.value))
    stored = int(connection.execute(select(meta.c.value).where(here)).scalar_one())
    for version in range(stored + 1, SCHEMA_VERSION + 1):
        STEPS[version](connection)
        connection.execute(update(meta).where(here).values(value=str(version)))


def add_columns(connection: Connection, table: Table, *names: str) -> None:
    """Add columns that the schema has and an older table has not; they must be nullable."""
    for name in names:
        column = CreateColumn(table.c[name]).compile(dialect=connection.dialect)
        connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {column}")


def _members_and_pages(connection: Connection) -> None:
    """2: files that hold many articles, pages, authors and sections. The quarantine is filled by the next ingest."""
    stated = [f"{name}{part}" for name in ("author", "section") for part in ("", "_start", "_end")]
    add_columns(connection, versions, *stated, "pages")
    quarantine.drop(connection)
    quarantine.create(connection)


def _uses(connection: Connection) -> None:
    """3: how often each text is used, counted once over all versions (a minute for 200,000 passages)."""
    uses.create(connection, checkfirst=True)
    keys = [version_key(row) for row in connection.execute(select(*(versions.c[name] for name in VERSION))).mappings()]
    for part in chunks(keys, AT_ONCE):
        add_uses(connection, passages_of_versions(connection, part))


def _whole(connection: Connection) -> None:
    """4: the whole bodies of versions that repeated lines are taken out of. There are none yet."""
    add_columns(connection, versions, "whole")


STEPS: Final[dict[int, Step]] = {2: _members_and_pages, 3: _uses, 4: _whole}
"""What leads to each version from the one before."""
