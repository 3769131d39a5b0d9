"""`Catalog`: read access to generations, articles, passages, vectors and the quarantine of a corpus.

Every answer reads one generation, whose rows never change. `rag.store.writes` writes to the catalog, called by
`rag.ingest.sync`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine, and_, select
from sqlalchemy.engine import Connection, RowMapping

from rag.config import Settings
from rag.errors import CatalogError
from rag.folders import Roots
from rag.store.database import (
    AT_ONCE,
    catalog_errors,
    changes,
    count_rows,
    current_generation,
    in_generation,
    in_order,
    listed_version,
    open_engine,
    open_shared_engine,
)
from rag.store.embeddings import chunks, embeddable, missing_texts, read_vectors
from rag.store.locks import writer_lock
from rag.store.postgres import Address, server_address
from rag.store.private import tighten
from rag.store.schema import (
    ArticleMeta,
    Changes,
    Counts,
    GenerationRow,
    Quarantined,
    VersionKey,
    article_from_row,
    checked_text,
    corpora,
    generation_from_row,
    generations,
    has_member,
    members,
    passage_from_row,
    passages,
    quarantine,
    same_version,
    vectors,
    version_key,
    versions,
)
from rag.types import Article, Passage

if TYPE_CHECKING:
    from rag.store.schema import Quarantined


CATALOG_FILE = "catalog.sqlite3"
GENERATIONS = "generations"
"""Name of the folder, next to the catalog, that holds the generations of the index."""


class Catalog:
    """The database that is the source of truth for a corpus. Thread-safe; every call is one transaction.

    Every method raises `CatalogError` if the database cannot be used.
    """

    def __init__(self, engine: Engine, where: str, *, shared: bool = False) -> None:
        self.engine = engine
        self.where = where
        """Location for messages: the file, or the server without its password."""
        self.shared = shared
        """Whether other machines may read it, because it is on a server."""

    @classmethod
    def open(cls, path: Path, *, create: bool = False) -> Self:
        """Open a catalog file. Raises `IndexUnusable` if there is none and `create` is false."""
        return cls(open_engine(path, create=create), str(path))

    @classmethod
    def on_server(cls, at: Address, *, writing: bool = False) -> Self:
        """Open a catalog on a server. Raises `IndexUnusable` if there is none and `writing` is false, `CorpusBusy` if
        another process writes."""
        return cls(open_shared_engine(at, writing=writing), at.where, shared=True)

    @property
    def path(self) -> Path:
        """The catalog file. Raises `CatalogError` for a catalog on a server."""
        if self.shared:
            raise CatalogError(
                "the catalog is on a server, not in a file", where=self.where, do="use the tools of PostgreSQL"
            )
        return Path(self.where)

    def close(self) -> None:
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection whose changes are committed together or not at all."""
        with catalog_errors(self.where), self.engine.begin() as connection:
            yield connection

    def current(self, corpus: str) -> GenerationRow | None:
        """The current generation, or None if there is nothing to search."""
        with self.transaction() as connection:
            row = current_generation(connection, corpus)
        return generation_from_row(row) if row else None

    def articles(self, generation_id: str, article_ids: list[str]) -> dict[str, Article]:
        """Versions of these articles in the generation. Raises `CatalogError` if one is not in it."""
        found: dict[str, Article] = {}
        with self.transaction() as connection:
            for part in chunks(sorted(set(article_ids))):
                rows = in_generation(connection, generation_id, versions, article_id=part)
                found |= {row["article_id"]: article_from_row(row) for row in rows}
        return dict(zip(article_ids, in_order(article_ids, found, generation_id), strict=True))

    def version(self, article_id: str, sha256: str, text_sha256: str = "") -> Article | None:
        """Article version from the file with this hash: as in the current generation, else in the newest stored one
        that has it.

        With `text_sha256`, only the version with this text. None if no generation lists it.
        """
        with self.transaction() as connection:
            row = listed_version(connection, article_id, sha256, text_sha256)
        return article_from_row(row) if row else None

    def passages(self, generation_id: str, ids: list[str]) -> list[Passage]:
        """Passages of the generation with these ids, in order. Raises `CatalogError` if one is not in it."""
        rows: list[RowMapping] = []
        texts: dict[str, str] = {}
        with self.transaction() as connection:
            for part in chunks(sorted(set(ids))):
                rows += in_generation(connection, generation_id, passages, id=part)
            for part in chunks(sorted({row["article_id"] for row in rows})):
                of = in_generation(connection, generation_id, versions, article_id=part)
                texts |= {row["article_id"]: checked_text(row) for row in of}
        found = {row["id"]: passage_from_row(row, texts[row["article_id"]]) for row in rows}
        return in_order(ids, found, generation_id)

    def iterate_passages(self, generation_id: str, beside: str | None = None) -> Iterator[Passage]:
        """Every passage of the generation, by article id and start; holds few articles in memory at a time.

        With `beside`, the id of another generation: only passages of versions that the other generation does not have.
        """
        with self.transaction() as connection:
            if beside is None:
                query = select(members.c.article_id).where(has_member(generation_id))
                ids = list(connection.execute(query).scalars())
            else:
                ids = [key.article_id for key in changes(connection, generation_id, beside).added]
        # Sorted here, because a database sorts strings by its locale.
        yield from self.passages_of_articles(generation_id, sorted(ids))

    def passages_of_articles(self, generation_id: str, article_ids: Sequence[str]) -> Iterator[Passage]:
        """All passages of these articles in the generation, in the order of the articles; few articles are in memory at
        a time."""
        for part in chunks(article_ids, AT_ONCE):
            for of in self.passages_of(generation_id, list(part)).values():
                yield from of

    def _versions(self, generation_id: str, beside: str | None, columns: tuple[str, ...]) -> list[RowMapping]:
        """Rows of the versions of the generation, only those that `beside` does not have, sorted by source and
        member."""
        with self.transaction() as connection:
            if beside is None:
                rows = in_generation(connection, generation_id, versions, columns)
            else:
                ids = [key.article_id for key in changes(connection, generation_id, beside).added]
                rows = []
                for part in chunks(ids):
                    rows += in_generation(connection, generation_id, versions, columns, article_id=part)
        # Sorted here, because a database sorts strings by its locale.
        return sorted(rows, key=lambda row: (row["source"], row["member"]))

    def changes(self, generation_id: str, beside: str) -> Changes:
        """Versions that `generation_id` has and `beside` has not, and the other way round, in no particular order;
        costs as much as it returns. A generation that is not listed has none."""
        with self.transaction() as connection:
            return changes(connection, generation_id, beside)

    def passages_of(self, generation_id: str, article_ids: list[str]) -> dict[str, list[Passage]]:
        """All passages of these articles in the generation, by article and start; empty for an article that is not in
        it."""
        by_article: dict[str, list[Passage]] = {article_id: [] for article_id in article_ids}
        for part in chunks(article_ids):
            with self.transaction() as connection:
                of = in_generation(connection, generation_id, versions, article_id=part)
                texts = {row["article_id"]: checked_text(row) for row in of}
                for row in in_generation(connection, generation_id, passages, article_id=part):
                    if row["article_id"] in texts:  # `isnad doctor` reports one without
                        by_article[row["article_id"]].append(passage_from_row(row, texts[row["article_id"]]))
        for found in by_article.values():
            found.sort(key=lambda passage: passage.span)
        return by_article

    def members(self, generation_id: str) -> set[VersionKey]:
        with self.transaction() as connection:
            rows = connection.execute(select(members).where(has_member(generation_id))).mappings()
            return {version_key(row) for row in rows}

    def articles_meta(self, generation_id: str, beside: str | None = None) -> list[ArticleMeta]:
        """Outlet, date and source of every article of the generation, sorted by source and member.

        With `beside`, the id of another generation: only of versions that the other generation does not have.
        """
        columns = ("article_id", "source", "title", "outlet", "published", "language")
        rows = self._versions(generation_id, beside, (*columns, "member"))
        return [ArticleMeta(*(*(row[name] for name in columns), row["member"] or None)) for row in rows]

    def articles_page(
        self,
        generation_id: str,
        *,
        outlet: str | None = None,
        published_from: str | None = None,
        published_to: str | None = None,
        offset: int = 0,
        limit: int,
    ) -> tuple[list[Article], int]:
        """A page of the articles of the generation that pass the filters, sorted by source and member, and how many
        pass in all.

        Days are ISO 8601 and inclusive; an article without a day passes only if no day is asked. Reads whole only the
        articles of the page.
        """
        with self.transaction() as connection:
            # A server sorts strings by its locale; SQLite by code points.
            binary = "C" if connection.dialect.name == "postgresql" else "BINARY"
            day = versions.c.published.collate(binary)
            passing = [has_member(generation_id)]
            if outlet is not None:
                passing.append(versions.c.outlet == outlet)
            if published_from is not None:
                passing.append(day >= published_from)
            if published_to is not None:
                passing.append(day <= published_to)
            listed = versions.join(members, same_version(versions, members))
            order = [versions.c[name].collate(binary) for name in ("source", "member")]
            query = select(versions.c.article_id).select_from(listed).where(*passing)
            ids = list(connection.execute(query.order_by(*order).offset(offset).limit(limit)).scalars())
            # Without filters, the members alone are counted: that is a third of the work.
            total = count_rows(connection, listed if passing[1:] else members, and_(*passing))
            rows = in_generation(connection, generation_id, versions, article_id=ids) if ids else []
        found = {row["article_id"]: article_from_row(row) for row in rows}
        return in_order(ids, found, generation_id), total

    def vectors(self, texts: list[str], fingerprint: str) -> NDArray[np.float32]:
        """Stored vectors of the texts of passages and sentences, shape (n, dimension), in order.

        White space around a text is ignored; a text without letters is never embedded and has a zero vector. Raises
        `CatalogError` if another text has none.
        """
        with self.transaction() as connection:
            return read_vectors(connection, texts, fingerprint)

    def missing(self, texts: list[str], fingerprint: str) -> dict[str, str]:
        """Texts to embed that have no vector with this `fingerprint`, by their sha256."""
        with self.transaction() as connection:
            return missing_texts(connection, embeddable(texts), fingerprint)

    def quarantined(self, corpus: str) -> list[Quarantined]:
        """Files in quarantine, and articles in files, sorted by source and member."""
        columns = [quarantine.c.source, quarantine.c.reason, quarantine.c.do, quarantine.c.member]
        with self.transaction() as connection:
            rows = connection.execute(select(*columns).where(quarantine.c.corpus == corpus)).all()
        found = (Quarantined(source, reason, do, member or None) for source, reason, do, member in rows)
        return sorted(found, key=lambda one: (one.source, one.member or ""))

    def roots(self, corpus: str) -> Roots | None:
        """Folders that the corpus was last read from."""
        with self.transaction() as connection:
            kept = connection.execute(select(corpora.c.root).where(corpora.c.corpus == corpus)).scalar()
        return None if kept is None else Roots.recorded(kept)

    def counts(self, corpus: str) -> Counts:
        current = self.current(corpus)
        with self.transaction() as connection:
            return Counts(
                count_rows(connection, members, has_member(current.id)) if current else 0,
                current.count if current else 0,
                count_rows(connection, vectors),
                count_rows(connection, quarantine, quarantine.c.corpus == corpus),
                count_rows(connection, generations, generations.c.corpus == corpus),
            )


def catalog_of(settings: Settings, corpus: str) -> Catalog:
    """Open the catalog of a corpus for reading. Raises `IndexUnusable` if nothing was ever ingested into it."""
    if settings.catalog_url:
        return Catalog.on_server(server_address(settings.catalog_url.get_secret_value(), corpus))
    return Catalog.open(settings.corpus_dir(corpus) / CATALOG_FILE)


@contextmanager
def writing(settings: Settings, corpus: str) -> Iterator[Catalog]:
    """Open the catalog of a corpus for the one process that writes to it; created if missing.

    Permissions of other users in the data folder, as left by older versions of Isnad, are removed before and after.

    Raises `CorpusBusy` at once if another process writes; `CatalogError` if the catalog cannot be written.
    """
    tighten(settings.data_dir)
    try:
        if settings.catalog_url:
            with Catalog.on_server(
                server_address(settings.catalog_url.get_secret_value(), corpus), writing=True
            ) as catalog:
                yield catalog
            return
        home = settings.corpus_dir(corpus)
        with writer_lock(home), Catalog.open(home / CATALOG_FILE, create=True) as catalog:
            yield catalog
    finally:
        tighten(settings.data_dir)


# Counts the contents of a corpus, for display. Reads no text and no vector.


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts of the current generation of a corpus and its quarantine.

    `outlets` and `languages` are (name, articles), most first and ties by name; outlet None are the articles that state
    none. `first` and `last` are ISO 8601 publication days, None if no article states one; `undated` is the number of
    articles without one. `root` are the folders of the last ingest. `generation` and `created_at` (ISO 8601, UTC) are
    None if there is nothing to search yet.
    """

    corpus: str
    articles: int
    passages: int
    outlets: tuple[tuple[str | None, int], ...]
    languages: tuple[tuple[str, int], ...]
    first: str | None
    last: str | None
    undated: int
    quarantined: tuple[Quarantined, ...]
    generation: str | None
    created_at: str | None
    root: str | None
    days: tuple[str, ...] = ()
    """Publication days of the articles that state one, ISO 8601, in order."""


def overview(catalog: Catalog, corpus: str) -> Overview:
    """Count the contents of the current generation of `corpus`. Raises `CatalogError` if the catalog cannot be read."""
    current = catalog.current(corpus)
    metas = catalog.articles_meta(current.id) if current else []
    roots = catalog.roots(corpus)
    days = sorted(meta.published for meta in metas if meta.published)
    outlets = Counter(meta.outlet for meta in metas)
    languages = Counter(meta.language for meta in metas)
    return Overview(
        corpus=corpus,
        articles=len(metas),
        passages=current.count if current else 0,
        # Articles without an outlet come after named outlets with the same count.
        outlets=tuple(sorted(outlets.items(), key=lambda one: (-one[1], one[0] is None, one[0] or ""))),
        languages=tuple(sorted(languages.items(), key=lambda one: (-one[1], one[0]))),
        first=min(days, default=None),
        last=max(days, default=None),
        undated=len(metas) - len(days),
        quarantined=tuple(catalog.quarantined(corpus)),
        generation=current.id if current else None,
        created_at=current.created_at if current else None,
        root=roots.named if roots else None,
        days=tuple(days),
    )
