"""Everything that a corpus promises, recomputed: hashes, spans, vectors, the index. Mends nothing and changes nothing.

It streams, so that memory does not grow with the corpus, and it goes on after what it finds. Knows no model.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.engine import RowMapping

from rag.errors import CatalogError, IsnadError, Undecodable
from rag.folders import Unreadable
from rag.ingest.soundness import fault_of_vector, faults_of_article
from rag.roots import remark
from rag.store.catalog import Catalog
from rag.store.database import driver_of
from rag.store.embeddings import chunks, texts_of
from rag.store.locks import lease, lease_file
from rag.store.queries import AT_ONCE
from rag.store.rows import (
    GenerationRow,
    article_from_row,
    generation_from_row,
    passage_from_row,
    sha256_of,
    version_key,
    whole_body,
)
from rag.store.schema import generations, passages, sources, vectors, versions
from rag.store.schema_check import differences
from rag.types import Passage, Span

INGEST = "ingest its folder again"
REBUILD = "build it again: isnad ingest FOLDER --rebuild"
RESTORE = "restore a backup, or move the corpus's folder away and ingest again"

Vectors = Callable[[list[str]], NDArray[np.float32]]
CheckIndex = Callable[[Path, Iterable[Passage], Vectors, str], Iterator[str]]
"""What is wrong with the index of a folder, given all that it was built from."""


class Finding(NamedTuple):
    """What was found at `where`, and what to do. Not `wrong` is what an ingest will see to by itself."""

    where: str
    what: str
    do: str
    wrong: bool = True


@dataclass(slots=True)
class Looked:
    """How much was looked at."""

    files: int = 0
    articles: int = 0
    passages: int = 0
    vectors: int = 0


@dataclass(frozen=True, slots=True)
class Audit:
    """One corpus to be looked through; `folder` holds its generations, `limit` is the most bytes of a file."""

    catalog: Catalog
    corpus: str
    folder: Path
    limit: int
    check_index: CheckIndex
    looked: Looked

    def run(self) -> Iterator[Finding]:
        """Everything that is wrong, or not as it was; nothing when all is well."""
        for part in (self._database, self._versions, self._files, self._generations):
            try:
                yield from part()
            except IsnadError as error:
                yield Finding(
                    error.where or self.corpus, error.what, RESTORE if isinstance(error, CatalogError) else error.do
                )

    def _database(self) -> Iterator[Finding]:
        if self.catalog.engine.dialect.name != "sqlite":
            return  # a server checks its own files
        where = str(self.catalog.path)
        with self.catalog.transaction() as connection:
            odd = list(differences(driver_of(connection)))
            yield from (Finding(where, what, RESTORE) for what in odd)
            if odd:
                return  # the checks below would run what a foreign schema holds
            for (said,) in connection.exec_driver_sql("PRAGMA integrity_check(20)"):
                if said != "ok":
                    yield Finding(where, f"the catalog is damaged: {said}", RESTORE)
            for table, row, other, _ in connection.exec_driver_sql("PRAGMA foreign_key_check"):
                yield Finding(where, f"row {row} of {table} names what is not in {other}", RESTORE)

    def _versions(self) -> Iterator[Finding]:
        with self.catalog.transaction() as connection:
            wanted = select(versions.c.article_id).where(versions.c.corpus == self.corpus).distinct()
            ids = sorted(connection.execute(wanted).scalars())
        for part in chunks(ids, AT_ONCE):
            with self.catalog.transaction() as connection:
                rows = connection.execute(select(versions).where(versions.c.article_id.in_(part))).mappings().all()
                of = connection.execute(select(passages).where(passages.c.article_id.in_(part))).mappings().all()
            cut: dict[tuple[str, ...], list[Span]] = {version_key(row): [] for row in rows}
            texts = {version_key(row): row["text"] for row in rows}
            for row in of:
                key = version_key(row)
                if key not in cut:
                    continue  # the check of what rows name has told it
                try:
                    cut[key].append(passage_from_row(row, texts[key]).span)
                except CatalogError as error:
                    yield Finding(error.where or self.corpus, error.what, RESTORE)
            for row in rows:
                self.looked.articles += 1
                self.looked.passages += len(cut[version_key(row)])
                yield from self._version(row, sorted(cut[version_key(row)]))

    def _version(self, row: RowMapping, cut: list[Span]) -> Iterator[Finding]:
        where = f"{row['source']} {row['member']}".strip()
        try:
            article = article_from_row(row)
        except CatalogError as error:
            yield Finding(where, error.what, RESTORE)
        except ValueError as error:
            yield Finding(where, str(error), RESTORE)
        else:
            yield from (Finding(where, what, RESTORE) for what in faults_of_article(article, cut, whole_body(row)))

    def _files(self) -> Iterator[Finding]:
        roots = self.catalog.roots(self.corpus)
        if roots is None:
            return
        for _, folder in roots.folders:
            unusual = remark(folder)
            if unusual:
                everything = folder == Path(folder.anchor)
                what, do = f"the corpus is read from it: {unusual}", "ingest the folder of the articles"
                yield Finding(str(folder), what, do, wrong=everything)
        columns = (sources.c.source, sources.c.sha256, sources.c.stamp)
        with self.catalog.transaction() as connection:
            rows = connection.execute(select(*columns).where(sources.c.corpus == self.corpus).distinct()).all()
        for source, sha256, stamp in sorted(rows):
            try:
                data, now = roots.read(source, self.limit)
            except (Undecodable, Unreadable) as error:
                yield Finding(source, f"its file is not as it was indexed: {error.what}", INGEST, wrong=False)
                continue
            self.looked.files += 1
            if hashlib.sha256(data).hexdigest() == sha256:
                continue
            if stamp is not None and stamp == now:
                what = "its file has other bytes than were indexed, and the same times: the disk may be failing"
                yield Finding(source, what, "touch it and ingest again, or restore it from a copy")
            else:
                yield Finding(source, "its file has changed since it was indexed", INGEST, wrong=False)

    def _generations(self) -> Iterator[Finding]:
        current = self.catalog.current(self.corpus)
        with self.catalog.transaction() as connection:
            wanted = select(generations).where(generations.c.corpus == self.corpus)
            rows = connection.execute(wanted.where(generations.c.switched_at.is_not(None))).mappings().all()
        whole = True
        for row in map(generation_from_row, rows):
            for finding in self._vectors(row):
                whole = whole and current is not None and row.id != current.id
                yield finding
        if current is None or not whole:
            return  # what the index should be cannot be said
        place = self.folder / current.id
        if not place.is_dir() or not lease_file(place).is_file():
            yield Finding(str(place), "the index that answers is not there", REBUILD)
            return
        with lease(place):
            stream = self.catalog.iterate_passages(current.id)
            read: Vectors = lambda texts: self.catalog.vectors(texts, current.fingerprint)  # noqa: E731
            for what in self.check_index(place, stream, read, current.fingerprint):
                yield Finding(str(place), what, REBUILD)

    def _vectors(self, row: GenerationRow) -> Iterator[Finding]:
        count = 0
        window: dict[str, str] = {}
        width: list[int] = []
        for passage in self.catalog.iterate_passages(row.id):
            count += 1
            window |= {sha256_of(text): passage.id for text in texts_of(passage)}
            if len(window) > 4096:
                yield from self._window(window, row.fingerprint, width)
                window = {}
        yield from self._window(window, row.fingerprint, width)
        if count != row.count and self._is_listed(row):
            yield Finding(row.id, f"this generation has {count} passages and should have {row.count}", REBUILD)

    def _is_listed(self, row: GenerationRow) -> bool:
        """Whether no ingest has taken the generation away meanwhile."""
        with self.catalog.transaction() as connection:
            listed = select(func.count()).select_from(generations).where(generations.c.id == row.id)
            return connection.execute(listed).scalar_one() > 0

    def _window(self, window: dict[str, str], fingerprint: str, width: list[int]) -> Iterator[Finding]:
        for part in chunks(sorted(window)):
            columns = select(vectors.c.text_sha256, vectors.c.data)
            mine = columns.where(vectors.c.text_sha256.in_(part), vectors.c.fingerprint == fingerprint)
            with self.catalog.transaction() as connection:
                found = {row.text_sha256: row.data for row in connection.execute(mine)}
            for key in part:
                self.looked.vectors += 1
                fault = fault_of_vector(found.get(key), width)
                if fault:
                    yield Finding(window[key], fault, f"{REBUILD}; if it stays, restore a backup")
