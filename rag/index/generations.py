"""Removes what nothing can read any more: generations, then versions, then vectors. Knows no model and no index.

Kept are the generation that answers, the one before it, and every one that a reader holds a lease of. Of readers on
other machines there is no lease: a generation stays for a while after it stopped answering.
"""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final, Protocol

from sqlalchemy import delete, exists, select
from sqlalchemy.engine import Connection

from rag.errors import CatalogError
from rag.store.catalog import CATALOG_FILE, Catalog
from rag.store.embeddings import chunks
from rag.store.locks import LEASE, lease_file, unread
from rag.store.queries import AT_ONCE, passages_of_versions
from rag.store.rows import version_key
from rag.store.schema import VERSION, corpora, generation_members, generations, passages, sources, vectors, versions
from rag.store.uses import remove_uses
from rag.store.writes import remove_generation

GRACE: Final = timedelta(minutes=15)


class Collections(Protocol):
    """What generations have on a Chroma server; each raises `IndexUnusable` when that is away."""

    def holds(self, generation_id: str, count: int) -> bool:
        """Whether the server has the collection of a generation, with so many vectors."""
        ...

    def drop(self, generation_id: str) -> None:
        """Remove the collection of a generation, if there is one."""
        ...


def collect(
    catalog: Catalog, corpus: str, folder: Path, fingerprint: str, collections: Collections | None = None
) -> None:
    """Remove what is no longer needed; `folder` holds the generations of `corpus`, each under its id.

    `fingerprint` is the model in use: its vectors stay though no generation may have it yet. Killed at any
    moment, it is finished by the next call. Raises `CatalogError` when something cannot be removed.
    """
    with catalog.transaction() as connection:
        current = connection.execute(select(corpora.c.generation_id).where(corpora.c.corpus == corpus)).scalar()
        rows = connection.execute(
            select(generations.c.id, generations.c.switched_at).where(generations.c.corpus == corpus)
        ).all()
    if not catalog.shared:
        for left in catalog.path.parent.glob(f".{CATALOG_FILE}.*"):  # of a restore that was killed
            left.unlink(missing_ok=True)
    before = max((row.id for row in rows if row.switched_at and row.id != current), default=None)
    listed = {row.id for row in rows}
    # A folder, or only its lease: the lease goes last.
    folders = {path.name.removesuffix(LEASE) for path in folder.iterdir()} if folder.is_dir() else set()
    kept = {current, before} | (_answered_lately(dict(rows)) if catalog.shared else set())
    for generation_id in sorted((listed | folders) - kept):
        _remove(catalog, generation_id, folder / generation_id, collections if generation_id in listed else None)
    with catalog.transaction() as connection:
        _remove_versions(connection, corpus)
        used = select(generations.c.fingerprint)
        connection.execute(
            delete(vectors).where(vectors.c.fingerprint != fingerprint, vectors.c.fingerprint.not_in(used))
        )


def _answered_lately(switched: dict[str, str | None]) -> set[str]:
    """Generations that answered within `GRACE`; `switched` are the times at which all began to, by id.

    A reader asks which one is current before each question, and reads it no longer than that question takes.
    """
    began = sorted((id_, datetime.fromisoformat(at)) for id_, at in switched.items() if at)
    return {id_ for (id_, _), (_, ended) in pairwise(began) if datetime.now(UTC) - ended < GRACE}


def _remove(catalog: Catalog, generation_id: str, folder: Path, collections: Collections | None) -> None:
    with unread(folder) as free:
        if not free:
            return
        # Before the rows: a collection that no row names would never be found again.
        if collections is not None:
            collections.drop(generation_id)
        # The rows first: what is not listed cannot be found, and a folder that is not listed is removed next time.
        with catalog.transaction() as connection:
            remove_generation(connection, generation_id)
        # An id from a catalog that was tampered with could lead elsewhere.
        if Path(generation_id).name == generation_id != "..":
            remove_folder(folder)


def remove_folder(folder: Path) -> None:
    """Remove a generation's folder and the file of its leases, as far as they exist."""
    try:
        if folder.exists():
            shutil.rmtree(folder)
        lease_file(folder).unlink(missing_ok=True)
    except OSError as error:
        raise CatalogError(
            f"an old generation cannot be removed: {error.strerror}", where=str(folder), do="check its permissions"
        ) from error


def _remove_versions(connection: Connection, corpus: str) -> None:
    """Versions that neither a generation nor the folder has, and the vectors that only they used."""
    orphans = select(*(versions.c[name] for name in VERSION)).where(versions.c.corpus == corpus)
    for table in (generation_members, sources):
        orphans = orphans.where(~exists().where(*(table.c[name] == versions.c[name] for name in VERSION)))
    for part in chunks([version_key(row) for row in connection.execute(orphans).mappings()], AT_ONCE):
        remove_uses(connection, passages_of_versions(connection, part))
        for key in part:
            for table in (passages, versions):
                same = (table.c[name] == value for name, value in key._asdict().items())
                connection.execute(delete(table).where(*same))
