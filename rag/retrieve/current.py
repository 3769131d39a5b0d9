"""`Search` over the current index generation: checks the catalog before each question and reopens the index if needed.

One question uses one generation from its first score to its last article.
"""

from __future__ import annotations

import threading
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Protocol, Self

from rag.errors import IndexUnusable
from rag.fusion import LegWeights
from rag.index.chroma import ChromaServer
from rag.index.generations import Making, make_here, remove_others
from rag.store.locks import lease
from rag.text.names import NONE, OwnNames
from rag.types import Filters, Found, Query

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType

    import numpy as np
    from numpy.typing import NDArray

    from rag.config import Settings
    from rag.retrieve.facets import Facet
    from rag.retrieve.search import Searcher
    from rag.store.catalog import Catalog
    from rag.store.schema import GenerationRow
    from rag.text.entities import NameKind


BATCH = 16
"""Number of questions embedded in one batch."""


class QueryEmbedder(Protocol):
    """What `Current` needs from an embedding model: query vectors, and whether the model made the index."""

    @property
    def fingerprint(self) -> str: ...

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


class _Open:
    """One open generation with its lease and the number of questions that are using it."""

    def __init__(self, id_: str, searcher: Searcher, resources: ExitStack) -> None:
        self.id = id_
        self.searcher = searcher
        self.resources = resources
        self.readers = 0
        self.left = False


class Current:
    """`Search` over the current generation of a corpus. Thread-safe; a context manager."""

    def __init__(
        self,
        catalog: Catalog,
        corpus: str,
        settings: Settings,
        embedder: QueryEmbedder,
        names: OwnNames = NONE,
        *,
        weights: LegWeights = LegWeights(),  # noqa: B008 (an immutable tuple)
    ) -> None:
        self._catalog = catalog
        self._corpus = corpus
        self._settings = settings
        self._embedder = embedder
        self._names = names
        self._weights = weights
        self._lock = threading.Lock()
        self._open: _Open | None = None
        self._server = ChromaServer.of(settings, corpus)
        # With a catalog that other machines write to, the files of a generation may not be on this machine yet.
        self._making = Making(self._make_files) if catalog.shared else None

    def __call__(self, query: Query) -> Found:
        """Search the current generation.

        Raises `IndexUnusable` if there is none or it is incomplete, `WrongModel` if another model made it.
        """
        opened = self._enter()
        try:
            return opened.searcher(query)
        finally:
            self._leave(opened)

    def many(self, queries: Sequence[Query]) -> Iterator[Found]:
        """Results of each query, in order, all from the generation that is current at the first one.

        Queries are embedded in batches of `BATCH`, if the embedder caches vectors. Raises what a single search raises.
        """
        opened = self._enter()
        try:
            for start in range(0, len(queries), BATCH):
                batch = queries[start : start + BATCH]
                self._embedder.encode_queries([query.searched for query in batch])
                yield from map(opened.searcher, batch)
        finally:
            self._leave(opened)

    def facets(
        self,
        filters: Filters = Filters(),  # noqa: B008 (frozen)
        *,
        kind: NameKind | None = None,
        like: str | None = None,
        limit: int = 20,
    ) -> list[Facet]:
        """The names of the current generation with the most articles; see `rag.retrieve.facets.Facets.top`.

        Raises `BadInput` for an unknown name in the filters, and what a search raises.
        """
        opened = self._enter()
        try:
            return opened.searcher.columns.facets(filters, kind=kind, like=like, limit=limit)
        finally:
            self._leave(opened)

    def holding(self, filters: Filters) -> frozenset[str]:
        """Ids of the articles of the current generation that match the names, phrases and excluded words of the
        filters. Raises `BadInput` for an unknown name, and what a search raises."""
        opened = self._enter()
        try:
            return opened.searcher.columns.holding(filters)
        finally:
            self._leave(opened)

    def latin_in(self, text: str) -> list[str]:
        """Latin spellings in the current generation of the names that a text has in Arabic letters. Raises what a
        search raises."""
        opened = self._enter()
        try:
            return opened.searcher.columns.latin_in(text)
        finally:
            self._leave(opened)

    def refresh(self) -> None:
        """Open the current generation now instead of at the first question. Raises what a search raises."""
        self._leave(self._enter())

    def close(self) -> None:
        with self._lock:
            opened, self._open = self._open, None
            if opened is not None:
                self._let_go(opened)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _enter(self) -> _Open:
        while True:
            row = self._row()
            ready = self._making is None or self._is_made(row)
            with self._lock:
                if self._open is None or (ready and self._open.id != row.id):
                    fresh = self._make(row)
                    if fresh is None:
                        continue
                    if self._open is not None:
                        self._let_go(self._open)
                    self._open = fresh
                    if self._catalog.shared:
                        remove_others(self._settings.generations_dir(self._corpus) / row.id)
                self._open.readers += 1
                return self._open

    def _leave(self, opened: _Open) -> None:
        with self._lock:
            opened.readers -= 1
            if opened.left and not opened.readers:
                opened.resources.close()

    def _let_go(self, opened: _Open) -> None:
        opened.left = True
        if not opened.readers:
            opened.resources.close()

    def _row(self) -> GenerationRow:
        row = self._catalog.current(self._corpus)
        if row is None:
            raise IndexUnusable(
                f"the corpus {self._corpus} has no index to search",
                where=self._catalog.where,
                do=f"run: isnad ingest FOLDER --corpus {self._corpus}",
                kind="nothing_ingested",
                command=f"isnad ingest FOLDER --corpus {self._corpus}",
            )
        return row

    def _is_made(self, row: GenerationRow) -> bool:
        """Whether the files of a generation are on this machine, or are not yet here while an older generation can
        answer."""
        opened = self._open
        if opened is not None and opened.id == row.id:
            return True
        return self._making is not None and self._making.ready(row, needed=opened is None)

    def _make(self, row: GenerationRow) -> _Open | None:
        """Open a generation under a lease; None if a newer one has replaced it, because it may be collected already."""
        try:
            opened = self._searcher(row)
        except IndexUnusable:
            if self._row().id == row.id:
                raise
            return None
        if self._row().id == row.id:
            return opened
        opened.resources.close()
        return None

    def _make_files(self, row: GenerationRow) -> None:
        from rag.index.build import build_for

        build = build_for(self._settings, self._corpus, filled=True)
        make_here(self._catalog, row, self._settings.generations_dir(self._corpus) / row.id, build)

    def _searcher(self, row: GenerationRow) -> _Open:
        from rag.index.reader import Index
        from rag.retrieve.facets import Facets
        from rag.retrieve.filters import FilterColumns
        from rag.retrieve.search import Searcher

        settings = self._settings
        folder = settings.generations_dir(self._corpus) / row.id
        with ExitStack() as stack:
            stack.enter_context(lease(folder))
            index = stack.enter_context(Index.open(folder, self._embedder.fingerprint, self._server))
            searcher = Searcher(
                index=index,
                embedder=self._embedder,
                passages=partial(self._catalog.passages, row.id),
                articles=partial(self._catalog.articles, row.id),
                columns=FilterColumns(
                    partial(self._catalog.articles_meta, row.id),
                    index.articles,
                    index.ids,
                    partial(index.words, partial(self._catalog.iterate_passages, row.id)),
                    lambda: Facets(index.entities(), self._names),
                ),
                generation=row.id,
                weights=self._weights,
                names=self._names,
            )
            return _Open(row.id, searcher, stack.pop_all())
        raise AssertionError("an exit stack does not suppress exceptions")
