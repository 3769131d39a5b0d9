"""Hybrid search over the current generation of the index: dense and keyword retrieval propose passages, every candidate
gets every score, and fusion ranks them."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol, Self

import numpy as np

from rag.errors import IndexUnusable
from rag.fusion import LegWeights, best, fuse, inverse_frequency, share
from rag.index.chroma import ChromaServer
from rag.index.generations import Making, make_here, remove_others
from rag.retrieve.deduplicate import Folding, sentences_of
from rag.retrieve.question import period_of
from rag.store.locks import lease
from rag.text.lexicon import across
from rag.text.names import NONE, OwnNames
from rag.text.normalise import tokens
from rag.types import Article, Filters, Found, Hit, Passage, Query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from numpy.typing import NDArray

    from rag.config import Settings
    from rag.index.reader import Index
    from rag.retrieve.filters import Among, Facet, FilterColumns
    from rag.store.catalog import Catalog
    from rag.store.schema import GenerationRow
    from rag.text.entities import NameKind

    Ordinals = NDArray[np.int64]


# Weighted share of a question's words that a text holds, in either language; rare words count more.
#
# Tokens are those of `rag.text.normalise.tokens`.


@dataclass(frozen=True, slots=True)
class QueryTerm:
    """A word of a question: its possible tokens with weights in (0, 1], and its idf."""

    forms: Mapping[str, float]
    value: float


def coverage(words: Sequence[QueryTerm], tokens: Collection[str]) -> float:
    """Σ value · greatest weight of the forms among `tokens` / Σ value, in [0, 1]; 0 for no words."""
    most = sum(word.value for word in words)
    held = sum(
        word.value * max((weight for form, weight in word.forms.items() if form in tokens), default=0.0)
        for word in words
    )
    return held / most if most > 0 else 0.0


SPARE = 2.0
"""Factor on the number of neighbours requested, over what would on average yield enough that match the filters."""
ROWS_A_NEIGHBOUR = 35
"""Number of stored vectors scored in the time in which Chroma finds one more neighbour (9 µs, at 100,000 passages)."""


_CANDIDATES = 100
"""Number of passages that dense and keyword search each propose."""


class Embeds(Protocol):
    """What the search needs from an embedding model."""

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


@dataclass(frozen=True, slots=True)
class Searcher:
    """`Search` over one generation. Call it with a `Query`; thread-safe.

    `passages` returns passages by id, in order; `articles` returns the articles of these ids; `columns` holds the
    article metadata of the generation. `candidates` is the number of passages that each leg proposes; `names` are the
    user's own names, whose other spellings the keyword leg also searches.
    """

    index: Index
    embedder: Embeds
    passages: Callable[[list[str]], list[Passage]]
    articles: Callable[[list[str]], dict[str, Article]]
    columns: FilterColumns
    generation: str
    candidates: int = _CANDIDATES
    weights: LegWeights = LegWeights()  # noqa: RUF009 (an immutable tuple)
    names: OwnNames = NONE

    def __call__(self, query: Query) -> Found:
        """The `query.top_k` best passages, best first; duplicates are folded into the best of each group."""
        vector = self.embedder.encode_queries([query.searched])[0]
        words = tokens(query.searched)
        own = self.names.across(query.searched)
        others = across(words) | own
        keywords = self.index.keywords
        points, most = keywords.points(words)
        among = self.columns.among(query.filters)
        by_vector = self._nearest(vector, among)
        by_keyword = best(points if among is None else points * among.every(), self.candidates)
        by_keyword = by_keyword[points[by_keyword] > 0]
        by_keyword = by_keyword if among is None else by_keyword[among.has(by_keyword)]
        ordinals = np.union1d(by_vector, by_keyword)
        if own:
            by_name = self._named(list(own.values()), among)
            by_keyword, ordinals = np.union1d(by_keyword, by_name), np.union1d(ordinals, by_name)
        searched = self.index.count if among is None else among.count
        if not len(ordinals):
            return Found((), {}, self.generation, searched)
        dense = self.index.dense(vector, ordinals)
        sentence = self.index.sentence(vector, ordinals)
        keyword = share(points[ordinals].astype(np.float64), most)
        named = np.maximum(self.index.names(query.searched, ordinals), keywords.shares(list(own.values()), ordinals))
        asked, across_values = self._asked(others)
        lexicon = keywords.weighed(list(others.values()), across_values, ordinals)
        score = fuse(
            dense, sentence, keyword, named, lexicon, self._in_time(query.searched, ordinals), weights=self.weights
        )
        folding = Folding(self.index, self.passages, self.articles)
        folds = folding.fold(ordinals, score, query.top_k, vector)
        found = self.passages([self.index.ids[ordinals[place]] for place in folds])
        legs = set(by_vector.tolist()), set(by_keyword.tolist())
        hits: list[Hit] = []
        for place, folded, passage in zip(folds, folds.values(), found, strict=True):
            ordinal = int(ordinals[place])
            cosines = self.index.sentences(vector, ordinal)
            near = folding.near(ordinals[folded].tolist(), among)
            hits.append(
                Hit(
                    passage=passage,
                    best=passage.sentences[int(cosines.argmax())],
                    dense=float(dense[place]),
                    sentence=float(sentence[place]),
                    keyword=float(keyword[place]),
                    score=float(score[place]),
                    found_by=_found_by(ordinal in legs[0], ordinal in legs[1]),
                    duplicates=(*folding.twins(ordinal, among), *near),
                    sentences=tuple(cosines.tolist()),
                    words=tuple(coverage(asked, set(tokens(text))) for text in sentences_of(passage)),
                    near=near,
                )
            )
        beside = folding.others(hits)
        read = (*found, *beside)
        articles = self.articles(sorted({one.article_id for one in read}))
        return Found(tuple(hits), articles, self.generation, searched, folding.stories(read), tuple(beside))

    def _nearest(self, vector: NDArray[np.float32], among: Among | None) -> Ordinals:
        """The `candidates` nearest passages that match the filters, nearest first."""
        if among is None or among.count == self.index.count:
            return self.index.nearest(vector, self.candidates)
        wanted = min(self.candidates, among.count)
        # Chroma's own filters make a query fifty times slower at 100,000 passages. If many passages match, a somewhat
        # larger number of neighbours contains enough of them; if few match, or too few near the question, all matches
        # are scored.
        fetched = int(SPARE * wanted * self.index.count / max(among.count, 1))
        if among.count > ROWS_A_NEIGHBOUR * fetched:
            found = self.index.nearest(vector, fetched)
            found = found[among.has(found)][:wanted]
            if len(found) == wanted:
                return found
        return self.index.nearest_of(vector, np.flatnonzero(among.every()), wanted)

    def _in_time(self, question: str, ordinals: Ordinals) -> NDArray[np.float64]:
        """1 for each passage whose article was published in the period that the question names, else 0; shape (n,)."""
        period = period_of(question) if self.weights.dates else None
        if period is None:
            return np.zeros(len(ordinals))
        return period.has(self.columns.days(ordinals)).astype(np.float64)

    def _named(self, words: list[Mapping[str, float]], among: Among | None) -> Ordinals:
        """Passages that best match other spellings of the user's own names."""
        holders = self.index.keywords.holders(form for forms in words for form in forms)
        holders = holders if among is None else holders[among.has(holders)]
        return holders[best(self.index.keywords.shares(words, holders), self.candidates)]

    def _asked(self, others: Mapping[str, Mapping[str, float]]) -> tuple[list[QueryTerm], list[float]]:
        """The question's words in all their forms with their idf, and the value that the other forms alone add."""
        words, values = [], []
        for token, forms in others.items():
            frequencies = self.index.keywords.frequencies(forms, (token,))
            alone, value = inverse_frequency(frequencies, self.index.count).tolist()
            words.append(QueryTerm({**forms, token: 1.0}, value))
            values.append(alone)
        return words, values


def _found_by(dense: bool, keyword: bool) -> str:
    return "both" if dense and keyword else "dense" if dense else "keyword"


# Search over the current generation: checks the catalog before each question and reopens the index if needed.
#
# One question uses one generation from its first score to its last article.

_BATCH = 16
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

        Queries are embedded in batches of `_BATCH`, if the embedder caches vectors. Raises what a single search raises.
        """
        opened = self._enter()
        try:
            for start in range(0, len(queries), _BATCH):
                batch = queries[start : start + _BATCH]
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
        """The names of the current generation with the most articles; see `rag.retrieve.filters.Facets.top`.

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
        from rag.retrieve.filters import Facets, FilterColumns

        settings = self._settings
        folder = settings.generations_dir(self._corpus) / row.id
        with ExitStack() as stack:
            stack.enter_context(lease(folder))
            before = self._open.searcher if self._open is not None else None
            index = stack.enter_context(
                Index.open(
                    folder,
                    self._embedder.fingerprint,
                    self._server,
                    collections=[name for name, _ in row.segments],
                    beside=before.index if before else None,
                )
            )
            searcher = Searcher(
                index=index,
                embedder=self._embedder,
                passages=partial(self._catalog.passages, row.id),
                articles=partial(self._catalog.articles, row.id),
                columns=FilterColumns(
                    row.id,
                    partial(self._catalog.articles_meta, row.id),
                    index.articles,
                    index.ids,
                    index.holding,
                    lambda: Facets(index.entities(), self._names),
                    before=before.columns if before else None,
                ),
                generation=row.id,
                weights=self._weights,
                names=self._names,
            )
            return _Open(row.id, searcher, stack.pop_all())
        raise AssertionError("an exit stack does not suppress exceptions")
