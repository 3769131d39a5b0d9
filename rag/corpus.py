"""Assemble a `Corpus` from settings: models, index, catalog, search and the generator of answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache, partial
from math import inf
from pathlib import Path
from threading import Event as Cancel
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from rag.config import DEFAULT_CORPUS, Settings, read_settings
from rag.errors import BadInput, BadSetting, IndexUnusable
from rag.retrieve.abstention import calibration_key, read_calibrations
from rag.retrieve.question import NO_FILTERS, make_query, valid_filters
from rag.store.catalog import CATALOG_FILE, Catalog, catalog_of
from rag.store.embeddings import check_probe
from rag.text.names import NONE, OwnNames
from rag.types import (
    Answer,
    Event,
    Filters,
    Found,
    Generate,
    Language,
    Message,
    Prompt,
    Query,
    Search,
    Similarity,
    Verify,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from transformers import BertModel

    from rag.extract.base import Format
    from rag.extract.outlets import Outlets
    from rag.generate.answer import Answerer
    from rag.generate.check_text import Checked
    from rag.generate.generators import GeneratorKind
    from rag.ingest.sync import IngestReport
    from rag.models.embedding import Embedder
    from rag.models.verifier import NetworkVerifier
    from rag.retrieve.filters import Facet
    from rag.retrieve.rerank import Rerank
    from rag.retrieve.search import Current, Embeds
    from rag.text.entities import NameKind


_OFF = "off"


class Corpus:
    """A corpus that answers questions, made by `open_corpus`. A context manager: leaving it frees the models."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        answerer: Answerer,
        *,
        search: Search,
        catalog: Catalog,
        embedder: Embedder,
        warm: Callable[[], None],
        resources: ExitStack,
        search_many: Callable[[Sequence[Query]], Iterator[Found]] | None = None,
        names: OwnNames = NONE,
        current: Current | None = None,
    ) -> None:
        self.name = name
        self.settings = settings
        self.answerer = answerer
        self._search = search
        self.catalog = catalog
        self.embedder = embedder
        self.warm = warm
        """Load a local model now instead of at the first question. Raises `ModelError` or `LLMError`."""
        self._resources = resources
        self._search_many = search_many
        self.names = names
        """Names of the user's own dictionary."""
        self._current = current

    def ask(
        self,
        question: str,
        *,
        language: Language | None = None,
        filters: Filters = NO_FILTERS,
        history: tuple[tuple[str, str], ...] = (),
        typed: bool = False,
    ) -> Answer:
        """Answer a question in Arabic or English. Raises `BadInput` for an invalid question.

        `history` are the earlier (question, answer) pairs of the conversation, oldest first. With `typed`, filters in
        the question are read: ``من زار سوتشي؟ outlet:سانا after:2015-10``.
        """
        return self.answerer.answer(
            self.query(question, language=language, filters=filters, history=history, typed=typed)
        )

    def stream(
        self,
        question: str,
        *,
        language: Language | None = None,
        filters: Filters = NO_FILTERS,
        history: tuple[tuple[str, str], ...] = (),
        cancel: Cancel | None = None,
        typed: bool = False,
    ) -> Iterator[Event]:
        """Yield the events of an answer as they happen; the last is `Done` with the complete answer. `typed` as in
        `ask`."""
        query = self.query(question, language=language, filters=filters, history=history, typed=typed)
        return self.answerer.stream(query, cancel)

    def search(self, query: Query, *, read_passages: int | None = None, cancel: Cancel | None = None) -> Found:
        """Passages that may answer a query, best first; a reader, if there is one, reranks the first of them.

        `read_passages`: maximum number of passages to read, however far below the best; None uses the setting and reads
        only those near the best. Stops reading once `cancel` is set.
        """
        found = self._search(query)
        read = self.answerer.read
        if read is None:
            return found
        return (replace(read, count=read_passages, within=inf) if read_passages else read)(query, found, cancel)

    def query(
        self,
        question: str,
        *,
        language: Language | None = None,
        filters: Filters = NO_FILTERS,
        history: tuple[tuple[str, str], ...] = (),
        top_k: int | None = None,
        typed: bool = False,
    ) -> Query:
        """Build the query of a question with this corpus's settings; `top_k` overrides the setting. `typed` as in
        `ask`. Raises `BadInput` for invalid filters too, or a name that no article has."""
        query = make_query(
            question,
            language=language,
            filters=filters,
            top_k=top_k or self.settings.top_k,
            history=history,
            typed=typed,
        )
        self.naming(query.filters.names)
        return query

    def names_found(
        self,
        kind: NameKind | None = None,
        *,
        filters: Filters = NO_FILTERS,
        like: str | None = None,
        limit: int = 20,
    ) -> list[Facet]:
        """Persons, organisations and places that the most articles name, most first; at most `limit` of each kind.

        Counted are the articles that pass the filters. `like`: only names with a spelling that contains this, whatever
        its hamzas and marks. Empty for an index of an older version, until the next ingest. Raises `BadInput` for
        filters that are invalid or have an unknown name, and for a limit that is not from 1 to 1,000.
        """
        return _names_found(self._current, kind, filters, like, limit) if self._current else []

    def naming(self, names: Sequence[str]) -> frozenset[str]:
        """Ids of the articles that have all of these names; empty for no names.

        Raises `BadInput` for a name that no article has.
        """
        if not names or self._current is None:
            return frozenset()
        return self._current.holding(Filters(names=tuple(names)))

    def holding(self, filters: Filters) -> frozenset[str] | None:
        """Ids of the articles that match the names, phrases and excluded words of the filters; None if these have none.

        Raises `BadInput` for a name that no article has.
        """
        if not (filters.names or filters.phrases or filters.excluded) or self._current is None:
            return None
        return self._current.holding(filters)

    def check(self, text: str, *, filters: Filters = NO_FILTERS, cancel: Cancel | None = None) -> Iterator[Checked]:
        """Check each sentence of a user's own text against the archive and yield it as soon as it is checked.

        Stops once `cancel` is set, even inside the text.

        Raises `BadInput` at once for a text that cannot be checked: empty, longer than 200,000 characters or invalid
        Unicode; and for invalid filters.
        """
        from rag.generate.check_text import check_text, must_be_checkable

        must_be_checkable(text)
        filters = valid_filters(filters)
        self.naming(filters.names)
        return check_text(
            text,
            search=self._search_many or partial(map, self.search),
            similarity=self.answerer.similarity,
            min_similarity=self.answerer.policy.min_similarity,
            filters=filters,
            top_k=self.settings.top_k,
            names=self.names,
            cancel=cancel,
            verify=self.answerer.verify,
        )

    def close(self) -> None:
        self._resources.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def open_corpus(
    settings: Settings | None = None, *, embedder: Embedder | None = None, calibrated: bool = True, **flags: Any
) -> Corpus:
    """Open a corpus for asking: ``open_corpus(corpus="seeds").ask("من زار سوتشي؟")``.

    `flags` are settings by name, used if no `settings` are given; `embedder` is a model already loaded for these
    settings. Calibrated thresholds of this corpus are used unless `calibrated` is false. Raises `IndexUnusable` if
    nothing was ingested, `WrongModel` if the index was made with another embedding model, `BadSetting` if the names
    file is invalid.
    """
    from rag.generate.answer import Answerer
    from rag.models.embedding import Remembering, load
    from rag.retrieve.abstention import CLEAR_SCORE, MIN_SCORE, Policy
    from rag.retrieve.search import Current

    settings = settings or read_settings(**flags)
    name = settings.corpus_to_read()
    with ExitStack() as stack:
        names = own_names(settings)
        catalog = stack.enter_context(open_catalog(settings, name))
        if catalog.current(name) is None:
            raise _nothing_ingested(settings, name)
        embedder = embedder or load(settings)
        with catalog.transaction() as connection:
            check_probe(connection, embedder)
        remembering = Remembering(embedder)
        search = stack.enter_context(Current(catalog, name, settings, remembering, names))
        search.refresh()
        kind, model, generate, stop = _generator(settings)
        stack.callback(stop)
        read = load_reader(settings, embedder)
        policy = Policy(
            evidence_sentences=settings.evidence_sentences,
            min_score=MIN_SCORE,
            clear_score=CLEAR_SCORE,
            calibrated=_calibrated(settings, name, embedder.fingerprint) if calibrated else {},
            answer_probability=settings.answer_probability,
            clear_probability=settings.clear_probability,
            short_probability=settings.short_probability,
        )
        similarity = similarity_of(remembering)
        answerer = Answerer(
            search,
            generate,
            kind=kind,
            read=read,
            model=read.name if read and kind == "reader" else model,
            similarity=similarity,
            policy=policy,
            names=names,
            latin_in=search.latin_in,
            verify=verify_of(settings, embedder),
        )
        return Corpus(
            name,
            settings,
            answerer,
            search=search,
            catalog=catalog,
            embedder=embedder,
            warm=partial(_warm, None if settings.llm_url else generate),
            resources=stack.pop_all(),
            search_many=search.many,
            names=names,
            current=search,
        )
    raise AssertionError("an exit stack does not suppress exceptions")


def own_names(settings: Settings) -> OwnNames:
    """The user's own names, if any. Raises `BadSetting` if the names file is invalid."""
    from rag.text.names import read_names

    path = settings.names_to_read
    return read_names(path) if path else NONE


def own_outlets(settings: Settings) -> Outlets | None:
    """The table of outlets with the user's own, if any. Raises `BadSetting` if the outlets file is invalid."""
    from rag.extract.outlets import read_outlets, shipped_outlets

    path = settings.outlets_to_read
    return shipped_outlets().extended(read_outlets(path)) if path else None


def _calibrated(settings: Settings, name: str, fingerprint: str) -> dict[str, float]:
    """Calibrated thresholds of this corpus; a probability set by the user overrides them."""
    if settings.reader != _OFF and "answer_probability" in settings.model_fields_set:
        return {}
    kept = read_calibrations(settings.corpus_dir(name), calibration_key(fingerprint, settings))
    return {direction: one.fitted.min_score for direction, one in kept.items()}


def similarity_of(embedder: Embeds) -> Similarity:
    """Cosine of each pair of texts under an embedding model; both sides are encoded as queries."""

    def similarity(claims: list[str], quotes: list[str]) -> list[float]:
        texts = list(dict.fromkeys([*claims, *quotes]))
        vectors = dict(zip(texts, embedder.encode_queries(texts), strict=True))
        return [float(vectors[a] @ vectors[b]) for a, b in zip(claims, quotes, strict=True)]

    return similarity


def verify_of(settings: Settings, embedder: Embedder) -> Verify | None:
    """The verifier for these settings, loaded when it is first used; None with ``verifier=off``.

    It shares its lower layers with the embedder if that is the bundled model in this process. Using it raises
    `ModelError` if it cannot be loaded.
    """
    if settings.verifier == _OFF:
        return None

    @cache
    def loaded() -> NetworkVerifier:
        from rag.models.verifier import load_shipped

        return load_shipped(_bundled_encoder(settings, embedder))

    return lambda claims, quotes: loaded().verify(claims, quotes)


def _bundled_encoder(settings: Settings, embedder: Embedder) -> BertModel:
    """The encoder of the bundled embedding model: that of the embedder, if it is this model."""
    from rag.models import bundled
    from rag.models.embedding import LoadedEmbedder

    if isinstance(embedder, LoadedEmbedder) and embedder.name == bundled.NAME:
        return embedder.encoder
    return bundled.load_encoder(settings.models_dir)


def load_reader(settings: Settings, embedder: Embedder) -> Rerank | None:
    """Load the reader for these settings; None with ``reader=off``.

    The bundled reader shares its lower layers with the embedder if that is the bundled model in this process. Raises
    `ModelError` if the reader cannot be loaded.
    """
    from rag.models import bundled
    from rag.models.embedding import LoadedEmbedder
    from rag.models.reader import load_own, load_shipped
    from rag.retrieve.rerank import Rerank, Weighing

    if settings.reader == _OFF:
        return None
    if settings.reader != "bundled":
        return Rerank(load_own(settings.reader), settings.read_passages)
    reader, weighing = load_shipped(_bundled_encoder(settings, embedder))
    if isinstance(embedder, LoadedEmbedder) and embedder.name == bundled.NAME:
        return Rerank(reader, settings.read_passages, Weighing.of(weighing))
    # Another embedding model has another score distribution than the one that the weighing was fitted on.
    return Rerank(reader, settings.read_passages)


def _warm(generate: Generate | None) -> None:
    """Generate one word with a local model, so that it is loaded before the first question."""
    if generate is not None:
        for _ in generate(Prompt((Message("user", "؟"),), max_tokens=1), Cancel()):
            pass


def corpus_with_index(settings: Settings) -> str:
    """Name of the corpus to read. Raises `IndexUnusable` if nothing was ingested into it; loads no model."""
    name = settings.corpus_to_read()
    with open_catalog(settings, name) as catalog:
        if catalog.current(name) is None:
            raise _nothing_ingested(settings, name)
    return name


def names_of(
    settings: Settings,
    kind: NameKind | None = None,
    *,
    filters: Filters = NO_FILTERS,
    like: str | None = None,
    limit: int = 20,
) -> list[Facet]:
    """`Corpus.names_found` of the corpus with these settings; loads no model.

    Raises what `open_corpus` and `Corpus.names_found` raise.
    """
    from rag.retrieve.search import Current

    name = settings.corpus_to_read()
    with open_catalog(settings, name) as catalog:
        generation = catalog.current(name)
        if generation is None:
            raise _nothing_ingested(settings, name)
        with Current(catalog, name, settings, _NoModel(generation.fingerprint), own_names(settings)) as current:
            return _names_found(current, kind, filters, like, limit)


@dataclass(frozen=True, slots=True)
class _NoModel:
    """In place of the embedding model with this fingerprint, where nothing is searched."""

    fingerprint: str

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        raise TypeError(f"no model was loaded to embed {len(texts)} questions")


def _names_found(
    current: Current, kind: NameKind | None, filters: Filters, like: str | None, limit: int
) -> list[Facet]:
    from rag.retrieve.filters import MOST_FACETS

    if not 1 <= limit <= MOST_FACETS:
        raise BadInput(f"the limit {limit} is not from 1 to {MOST_FACETS}", where="limit", do="give another limit")
    return current.facets(valid_filters(filters), kind=kind, like=like, limit=limit)


def has_index(settings: Settings) -> bool:
    """Whether the corpus has an index generation; loads no model."""
    name = settings.corpus or DEFAULT_CORPUS
    try:
        with open_catalog(settings, name) as catalog:
            return catalog.current(name) is not None
    except IndexUnusable as error:
        if error.kind == "nothing_ingested":
            return False
        raise


def formats_of(settings: Settings) -> dict[str, Format]:
    """File types that these settings read. Raises `BadSetting` for an unknown type."""
    from rag.extract.formats import formats
    from rag.extract.tables import NAMES

    named = {field: tuple(name.strip() for name in names.split("|")) for field, names in settings.columns.items()}
    return formats(
        {**NAMES, **named}, settings.extractors, limit=settings.max_file_bytes, outlets=own_outlets(settings)
    )


def ingest_folder(
    folder: Path | Sequence[Path],
    settings: Settings | None = None,
    *,
    progress: Callable[[str, int, int], None] | None = None,
    allow_deletes: bool = False,
    rebuild: bool = False,
    retry: bool = False,
    merge: bool = True,
    embedder: Embedder | None = None,
    jobs: str | int = 1,
    **flags: Any,
) -> IngestReport:
    """Sync a corpus with one or more folders. Raises `BadInput`, `CorpusBusy`, `CatalogError`, `ModelError`.

    `embedder` is a model already loaded for these settings. `jobs` is the number of processes that embed, or
    ``ray://HOST:PORT`` for a Ray cluster. With `merge`, segments of the index that are due are merged afterwards, while
    questions and other ingests go on; without, call `merge_index` some time.
    """
    from rag.folders import Roots
    from rag.index.build import build_for
    from rag.index.chroma import ChromaServer
    from rag.ingest.sync import Extraction, ingest
    from rag.models.embedding import load
    from rag.models.embedding_jobs import batch_encoder, checked_jobs

    settings = settings or read_settings(**flags)
    jobs = checked_jobs(jobs)
    corpus = settings.corpus or DEFAULT_CORPUS
    formats = formats_of(settings)
    if embedder is None:
        # Report a missing folder before a model is loaded.
        (Roots.of(folder) if isinstance(folder, Path) else Roots.of(*folder)).scan(frozenset(formats))
    embedder = embedder or load(settings)
    with batch_encoder(settings, embedder, jobs) as encode:
        report = ingest(
            folder,
            settings=settings,
            corpus=corpus,
            embedder=embedder,
            build=build_for(settings, corpus),
            collections=ChromaServer.of(settings, corpus),
            progress=progress,
            allow_deletes=allow_deletes,
            rebuild=rebuild,
            retry=retry,
            extraction=Extraction(formats, own_outlets(settings)),
            encode=encode,
        )
    if merge and report.switched:
        merge_index(settings, progress=progress)
    return report


def merge_index(settings: Settings, *, progress: Callable[[str, int, int], None] | None = None) -> bool:
    """Merge the segments of the index that are due; returns whether it did. It may be stopped at any moment.

    Loads no model. Raises `IndexUnusable` if the index is damaged, `CatalogError` if the disk is full.
    """
    from rag.index.build import build_for
    from rag.index.chroma import ChromaServer
    from rag.ingest.merge import merge

    corpus = settings.corpus or DEFAULT_CORPUS
    return merge(
        settings, corpus, build_for(settings, corpus), ChromaServer.of(settings, corpus), progress or (lambda *_: None)
    )


def describe_generator(settings: Settings) -> str:
    """Which generator would answer, with which model, and why. Raises what `open_corpus` raises."""
    kind = _kind(settings)
    if kind == "extractive":
        return f"{kind}, no model ({'as set' if settings.generator == 'extractive' else 'reader=off and no llm_url'})"
    if kind == "reader":
        return f"{kind}, {settings.reader}"
    if settings.llm_url:
        _, model, _, _ = _generator(settings)
        return f"{kind}, {model} at {urlsplit(settings.llm_url).hostname} (not asked)"
    _generator(settings)
    from rag.models.local_llm import gguf_path

    return f"{kind}, {gguf_path(settings)}"


def describe_index(settings: Settings) -> str:
    """Size and generation of the index. Raises what `open_corpus` raises."""
    from rag.models.embedding import load
    from rag.retrieve.search import Current

    name = settings.corpus_to_read()
    with open_catalog(settings, name) as catalog:
        embedder = load(settings)
        with catalog.transaction() as connection:
            check_probe(connection, embedder)
        with Current(catalog, name, settings, embedder) as current:
            current.refresh()
        counts = catalog.counts(name)
    quarantined = f", {counts.quarantined} files in quarantine" if counts.quarantined else ""
    return f"corpus {name}: {counts.articles} articles, {counts.passages} passages{quarantined}"


def _kind(settings: Settings) -> GeneratorKind:
    if settings.generator == "reader" and settings.reader == _OFF:
        raise BadSetting(
            "generator=reader needs a reader, but reader=off", where="settings", do="change one of the two settings"
        )
    if settings.generator != "auto":
        return settings.generator
    if settings.llm_url or settings.gguf:
        return "writer"
    return "extractive" if settings.reader == _OFF else "reader"


def _generator(settings: Settings) -> tuple[GeneratorKind, str, Generate | None, Callable[[], None]]:
    kind = _kind(settings)
    if kind != "writer":
        return kind, "", None, lambda: None
    if settings.llm_url:
        return kind, settings.llm_model or "", endpoint(settings), lambda: None
    if settings.gguf is None:
        raise BadSetting(
            "generator=writer needs a language model",
            where="settings",
            do="set llm_url and llm_model, or set llm_model to a GGUF file",
        )
    from rag.models.local_llm import lazy

    model, generate, stop = lazy(settings)
    return kind, model, generate, stop


def endpoint(settings: Settings) -> Generate:
    """The model behind `llm_url`, which must be set. Raises `BadSetting` if `llm_model` is not set."""
    from rag.models.llm import Deadlines, open_endpoint

    if not settings.llm_url or not settings.llm_model:
        raise BadSetting(
            "llm_url is set, but llm_model is not", where="settings", do="set llm_model to the name of the model"
        )
    key = settings.llm_key.get_secret_value() if settings.llm_key else None
    return open_endpoint(settings.llm_url, settings.llm_model, key, Deadlines.of(settings))


def open_catalog(settings: Settings, name: str) -> Catalog:
    """Open the catalog of a corpus. Raises `IndexUnusable` if nothing was ever ingested into it."""
    if not settings.catalog_url and not (settings.corpus_dir(name) / CATALOG_FILE).is_file():
        raise _nothing_ingested(settings, name)
    return catalog_of(settings, name)


def _nothing_ingested(settings: Settings, name: str) -> IndexUnusable:
    return IndexUnusable(
        f"the corpus {name} has no index yet",
        where=str(settings.corpus_dir(name)),
        do=f"run: isnad ingest FOLDER --corpus {name}",
        kind="nothing_ingested",
        command=f"isnad ingest FOLDER --corpus {name}",
    )
