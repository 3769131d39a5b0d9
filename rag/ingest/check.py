"""Audit a corpus: recompute its hashes, spans, vectors and index, and report every difference. Changes nothing.

Streams the data, so memory does not grow with the corpus, and continues after each finding. Loads no model.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.engine import RowMapping

from rag.errors import CatalogError, IndexUnusable, IsnadError, Undecodable
from rag.folders import Unreadable, remark
from rag.index import layout
from rag.index.reader import Index
from rag.index.segment import BATCH, sentence_rows
from rag.index.verify import verify_in_child
from rag.store.catalog import Catalog
from rag.store.database import AT_ONCE, driver_of
from rag.store.embeddings import chunks, texts_of
from rag.store.locks import lease, lease_file
from rag.store.schema import (
    GenerationRow,
    article_from_row,
    generation_from_row,
    generations,
    passage_from_row,
    passages,
    schema_differences,
    sha256_of,
    sources,
    vectors,
    version_key,
    versions,
    whole_body,
)
from rag.text.normalise import has_letters
from rag.types import Article, Passage, Span

# Checks of a stored article version, its passages and its vectors.

_CLOSE = 1e-3
"""Maximum difference between the length of a vector and 1."""


def _faults_of_article(article: Article, cut: list[Span], whole: tuple[Span, ...]) -> Iterator[str]:
    """Faults of an article. `cut` are the spans of its passages, in order; `whole` is its body before repeated lines
    were removed. Empty if there is none."""
    ends = [place for span in whole for place in span]
    ordered = all(before <= after for before, after in pairwise([0, *ends, len(article.text)]))
    if not ordered or not all(any(span.contains(body) for span in whole) for body in article.body):
        yield "its body is not inside its whole body"
    for name in ("title", "outlet", "author", "published", "section"):
        stated = getattr(article, name, None)
        if stated is not None and not 0 <= stated.span.start < stated.span.end <= len(article.text):
            yield f"the span of its {name} is outside its text"
    if any(not before < after <= len(article.text) for before, after in pairwise((-1, *article.pages))):
        yield "its page offsets are not in order within its text"
    if any(before.end > after.start for before, after in pairwise(cut)):
        yield "two of its passages overlap"
    if not all(any(body.contains(span) for body in article.body) for span in cut):
        yield "a passage of it is outside its body"
    if any(has_letters(span.of(article.text)) for span in _left_out(article, cut)):
        yield "some words of its body are in no passage"


def _left_out(article: Article, cut: list[Span]) -> Iterator[Span]:
    """Parts of the body that no passage covers."""
    for body in article.body:
        at = body.start
        for span in (span for span in cut if body.contains(span)):
            yield Span(at, max(at, span.start))
            at = max(at, span.end)
        yield Span(at, body.end)


def _fault_of_vector(data: bytes | None, width: list[int]) -> str | None:
    """Fault of a stored vector, None if there is none. `width` holds the size in bytes of the vectors before it and is
    updated."""
    if data is None:
        return "a text of it has no vector"
    if not data or len(data) % 4 or (width and width[0] != len(data)):
        return f"a vector of it has {len(data)} bytes"
    width[:] = [len(data)]
    length = float(np.linalg.norm(np.frombuffer(data, "<f4").astype(np.float64)))
    return None if abs(length - 1) < _CLOSE else f"a vector of it has length {length:.3f} instead of 1"


# Compares all of a generation's folder with the passages and vectors that it was built from.

_SAMPLE = 5000
"""Number of passages searched by their own vectors: all of a small archive, evenly spread ones of a large one."""


def index_differences(
    folder: Path,
    passages: Iterable[Passage],
    vectors: Callable[[list[str]], NDArray[np.float32]],
    fingerprint: str,
    verify: Callable[[Path, int], object] = verify_in_child,
) -> Iterator[str]:
    """Differences between the index in `folder` and the data that it was built from; empty if there are none.

    Checks every hash of the manifest, every passage's id and position, every stored vector, and the recall of a sample
    by its own vectors.
    """
    try:
        manifest = layout.Manifest.read(folder)
        manifest.check_hashes(folder)
        for name, _, _ in manifest.segments:
            segment = folder.parent / layout.SEGMENTS / name
            layout.Manifest.read(segment).check_hashes(segment)
        if manifest.fingerprint != fingerprint:
            yield "it was made with another embedding model than the one in the catalog"
        with Index.open(folder, manifest.fingerprint, searched=False) as index:
            yield from _rows(index, passages, vectors)
        verify(folder, _SAMPLE)
    except IndexUnusable as error:
        yield error.what


def _rows(
    index: Index, passages: Iterable[Passage], vectors: Callable[[list[str]], NDArray[np.float32]]
) -> Iterator[str]:
    if not index.count:
        return
    stream, at = iter(passages), 0
    while batch := list(islice(stream, BATCH)):
        end = at + len(batch)
        if index.ids[at:end] != [passage.id for passage in batch]:
            yield f"its passages {at} to {end} differ from the catalog"
            return
        rows = vectors([passage.text.strip() for passage in batch])
        stored = [index.stored(ordinal) for ordinal in range(at, end)]
        if not np.array_equal(np.stack([of_passage for of_passage, _ in stored]), rows):
            yield f"the vectors of its passages {at} to {end} differ from the catalog"
        expected = sentence_rows(batch, vectors, rows.shape[1])
        of_sentences = np.concatenate([of_sentences for _, of_sentences in stored])
        if not np.array_equal(of_sentences, expected.astype(of_sentences.dtype)):
            yield f"the vectors of the sentences of its passages {at} to {end} differ from the catalog"
        at = end
    if at != index.count:
        yield f"it has {index.count} passages, the catalog has {at}"


_INGEST = "ingest its folder again"
REBUILD = "build it again: isnad ingest FOLDER --rebuild"
_RESTORE = "restore a backup, or move the corpus's folder away and ingest again"

EncodeTexts = Callable[[list[str]], NDArray[np.float32]]
CheckIndex = Callable[[Path, Iterable[Passage], EncodeTexts, str], Iterator[str]]
"""Differences between an index folder and the data that it was built from."""


class Finding(NamedTuple):
    """A finding at `where`, and what to do. Not `wrong`: the next ingest fixes it by itself."""

    where: str
    what: str
    do: str
    wrong: bool = True


@dataclass(slots=True)
class Looked:
    """Numbers of items checked."""

    files: int = 0
    articles: int = 0
    passages: int = 0
    vectors: int = 0


@dataclass(frozen=True, slots=True)
class Audit:
    """Audit of one corpus; `folder` holds its generations, `limit` is the maximum size of a file in bytes."""

    catalog: Catalog
    corpus: str
    folder: Path
    limit: int
    check_index: CheckIndex
    looked: Looked

    def run(self) -> Iterator[Finding]:
        """Yield every fault and every change since the last ingest; nothing if there is none."""
        for part in (self._database, self._versions, self._files, self._generations):
            try:
                yield from part()
            except IsnadError as error:
                yield Finding(
                    error.where or self.corpus, error.what, _RESTORE if isinstance(error, CatalogError) else error.do
                )

    def _database(self) -> Iterator[Finding]:
        if self.catalog.engine.dialect.name != "sqlite":
            return  # a database server checks its own files
        where = str(self.catalog.path)
        with self.catalog.transaction() as connection:
            odd = list(schema_differences(driver_of(connection)))
            yield from (Finding(where, what, _RESTORE) for what in odd)
            if odd:
                return  # the checks below would run code of a foreign schema
            for (said,) in connection.exec_driver_sql("PRAGMA integrity_check(20)"):
                if said != "ok":
                    yield Finding(where, f"the catalog is damaged: {said}", _RESTORE)
            for table, row, other, _ in connection.exec_driver_sql("PRAGMA foreign_key_check"):
                yield Finding(where, f"row {row} of {table} refers to a missing row of {other}", _RESTORE)

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
                    continue  # reported by the foreign key check
                try:
                    cut[key].append(passage_from_row(row, texts[key]).span)
                except CatalogError as error:
                    yield Finding(error.where or self.corpus, error.what, _RESTORE)
            for row in rows:
                self.looked.articles += 1
                self.looked.passages += len(cut[version_key(row)])
                yield from self._version(row, sorted(cut[version_key(row)]))

    def _version(self, row: RowMapping, cut: list[Span]) -> Iterator[Finding]:
        where = f"{row['source']} {row['member']}".strip()
        try:
            article = article_from_row(row)
        except CatalogError as error:
            yield Finding(where, error.what, _RESTORE)
        except ValueError as error:
            yield Finding(where, str(error), _RESTORE)
        else:
            yield from (Finding(where, what, _RESTORE) for what in _faults_of_article(article, cut, whole_body(row)))

    def _files(self) -> Iterator[Finding]:
        roots = self.catalog.roots(self.corpus)
        if roots is None:
            return
        for _, folder in roots.folders:
            unusual = remark(folder)
            if unusual:
                everything = folder == Path(folder.anchor)
                what, do = f"the corpus reads it: {unusual}", "ingest the folder of the articles"
                yield Finding(str(folder), what, do, wrong=everything)
        columns = (sources.c.source, sources.c.sha256, sources.c.stamp)
        with self.catalog.transaction() as connection:
            rows = connection.execute(select(*columns).where(sources.c.corpus == self.corpus).distinct()).all()
        for source, sha256, stamp in sorted(rows):
            try:
                data, now = roots.read(source, self.limit)
            except (Undecodable, Unreadable) as error:
                yield Finding(source, f"its file can no longer be read: {error.what}", _INGEST, wrong=False)
                continue
            self.looked.files += 1
            if hashlib.sha256(data).hexdigest() == sha256:
                continue
            if stamp is not None and stamp == now:
                what = "its file has other bytes than when it was indexed, but the same times: the disk may be failing"
                yield Finding(source, what, "touch it and ingest again, or restore it from a copy")
            else:
                yield Finding(source, "its file has changed since it was indexed", _INGEST, wrong=False)

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
            return  # there is nothing reliable to compare the index with
        place = self.folder / current.id
        if not place.is_dir() or not lease_file(place).is_file():
            yield Finding(str(place), "the folder of the current index is missing", REBUILD)
            return
        with lease(place):
            stream = self.catalog.iterate_passages(current.id)
            read: EncodeTexts = lambda texts: self.catalog.vectors(texts, current.fingerprint)  # noqa: E731
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
            yield Finding(row.id, f"this generation has {count} passages instead of {row.count}", REBUILD)

    def _is_listed(self, row: GenerationRow) -> bool:
        """Whether the generation still exists; a concurrent ingest may have removed it."""
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
                fault = _fault_of_vector(found.get(key), width)
                if fault:
                    yield Finding(window[key], fault, f"{REBUILD}; if the problem stays, restore a backup")
