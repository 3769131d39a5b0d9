"""Removes what nothing can read any more: generations, then versions, then vectors. Knows no model and no index.

Kept are the generation that answers, the one before it, and every one that a reader holds a lease of.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import and_, delete, exists, select
from sqlalchemy.engine import Connection

from rag.catalog import AT_ONCE, CATALOG_FILE, Catalog
from rag.errors import CatalogError
from rag.store.embedded import chunks, texts_of
from rag.store.leases import LEASE, lease_file, unread
from rag.store.ledger import remove_generation
from rag.store.rows import VersionKey, checked_text, passage_from_row, sha256_of, version_key
from rag.store.schema import VERSION, corpora, generation_members, generations, passages, sources, vectors, versions
from rag.types import Passage


def collect(catalog: Catalog, corpus: str, folder: Path, fingerprint: str) -> None:
    """Remove what is no longer needed; `folder` holds the generations of `corpus`, each under its id.

    `fingerprint` is the model in use: its vectors stay though no generation may have it yet. Killed at any
    moment, it is finished by the next call. Raises `CatalogError` when something cannot be removed.
    """
    with catalog.transaction() as connection:
        current = connection.execute(select(corpora.c.generation_id).where(corpora.c.corpus == corpus)).scalar()
        rows = connection.execute(
            select(generations.c.id, generations.c.switched_at).where(generations.c.corpus == corpus)
        ).all()
    for left in catalog.path.parent.glob(f".{CATALOG_FILE}.*"):  # of a restore that was killed
        left.unlink(missing_ok=True)
    before = max((row.id for row in rows if row.switched_at and row.id != current), default=None)
    listed = {row.id for row in rows}
    # A folder, or only its lease: the lease goes last.
    folders = {path.name.removesuffix(LEASE) for path in folder.iterdir()} if folder.is_dir() else set()
    for generation_id in sorted((listed | folders) - {current, before}):
        _remove(catalog, generation_id, folder / generation_id)
    with catalog.transaction() as connection:
        _remove_versions(connection, corpus)
        used = select(generations.c.fingerprint)
        connection.execute(
            delete(vectors).where(vectors.c.fingerprint != fingerprint, vectors.c.fingerprint.not_in(used))
        )


def _remove(catalog: Catalog, generation_id: str, folder: Path) -> None:
    with unread(folder) as free:
        if not free:
            return
        # The rows first: what is not listed cannot be found, and a folder that is not listed is removed next time.
        with catalog.transaction() as connection:
            remove_generation(connection, generation_id)
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
    keys = [version_key(row) for row in connection.execute(orphans).mappings()]
    unused = _text_hashes(connection, keys)
    for key in keys:
        for table in (passages, versions):
            connection.execute(delete(table).where(*(table.c[name] == value for name, value in key._asdict().items())))
    if unused:
        rest = connection.execute(select(*(versions.c[name] for name in VERSION))).mappings()
        unused -= _text_hashes(connection, [version_key(row) for row in rest], only=unused)
    for part in chunks(sorted(unused)):
        connection.execute(delete(vectors).where(vectors.c.text_sha256.in_(part)))


def _text_hashes(connection: Connection, keys: list[VersionKey], only: set[str] | None = None) -> set[str]:
    """Hashes of the embedded texts of these versions; of those in `only`, so that no more are held."""
    found: set[str] = set()
    for passage in _passages(connection, keys):
        hashes = {sha256_of(text) for text in texts_of(passage)}
        found |= hashes if only is None else hashes & only
    return found


def _passages(connection: Connection, keys: list[VersionKey]) -> Iterator[Passage]:
    same = and_(*(passages.c[name] == versions.c[name] for name in VERSION))
    for part in chunks(sorted(keys), AT_ONCE):
        wanted = versions.c.article_id.in_(sorted({key.article_id for key in part}))
        texts = {
            version_key(row): checked_text(row) for row in connection.execute(select(versions).where(wanted)).mappings()
        }
        rows = connection.execute(select(passages).join(versions, same).where(wanted)).mappings()
        for row in rows:
            if version_key(row) in part:
                yield passage_from_row(row, texts[version_key(row)])
