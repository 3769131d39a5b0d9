"""A corpus of small files that the rooms of the chat can ask, without a model or an index."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from small_corpus import HashModel, fill, take_in

from rag.config import Settings
from rag.corpus import Corpus
from rag.generate.answer import Answerer, Policy
from rag.store.catalog import CATALOG_FILE, Catalog
from rag.types import Article, Found, Hit, Query, Search, Span


def found_in(catalog: Catalog, corpus: str) -> Search:
    """A search that finds every passage, in their order."""

    def search(query: Query) -> Found:
        current = catalog.current(corpus)
        assert current is not None
        passages = list(catalog.iterate_passages(current.id))
        articles = catalog.articles(current.id, sorted({one.article_id for one in passages}))
        hits = [
            Hit(one, one.sentences[0], 0.9, 0.9, 0.5, 1 - place / 100, "both", (), (0.9,) * len(one.sentences))
            for place, one in enumerate(passages)
        ]
        return Found(tuple(hits), articles, current.id, len(hits))

    return search


@contextmanager
def small_corpus(folder: Path, data: Path, files: dict[str, str], search: Search | None = None) -> Iterator[Corpus]:
    """The files of `folder`, ingested into `data` by the fakes of `small_corpus`, as a corpus named ``archive``."""
    take_in(fill(folder, files), data)
    settings = Settings(data_dir=data, generator="extractive", max_file_mb=1.0)
    with Catalog.open(settings.corpus_dir("archive") / CATALOG_FILE) as catalog:
        search = search or found_in(catalog, "archive")
        model: Any = HashModel()
        answerer = Answerer(search, policy=Policy(evidence_sentences=2))
        yield Corpus(
            "archive",
            settings,
            answerer,
            search=search,
            catalog=catalog,
            embedder=model,
            warm=lambda: None,
            resources=ExitStack(),
        )


def only_article(corpus: Corpus) -> Article:
    current = corpus.catalog.current(corpus.name)
    assert current is not None
    [article] = corpus.catalog.articles(
        current.id, [member.article_id for member in corpus.catalog.members(current.id)]
    ).values()
    return article


def opened(corpus: Corpus | BaseException | None) -> Future[Corpus]:
    """An opening that is over, that has failed, or that goes on."""
    opening: Future[Corpus] = Future()
    if isinstance(corpus, BaseException):
        opening.set_exception(corpus)
    elif corpus is not None:
        opening.set_result(corpus)
    return opening


def span_of(article: Article, words: str) -> Span:
    start = article.text.index(words)
    return Span(start, start + len(words))
