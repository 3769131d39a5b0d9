"""The benchmark's articles → a corpus in a data folder of its own, by the product's own ingest."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from eval.bench.data import make_article
from rag.extract.chunking import split
from rag.index.build import build
from rag.index.reader import Index
from rag.ingest.sync import ingest
from rag.retrieve.current import Current
from rag.store.catalog import CATALOG_FILE, GENERATIONS, Catalog

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from eval.bench.data import Data
    from rag.config import Settings
    from rag.models.embedding import Embedder
    from rag.types import Article, Search

PASSAGES = 1969
NAME = "bench"


@dataclass(frozen=True, slots=True)
class Corpus:
    """An ingested corpus: its catalog, and the index of its current generation."""

    settings: Settings
    embedder: CachedEmbedder
    catalog: Catalog
    index: Index

    @contextmanager
    def search(self, embedder: CachedEmbedder | Embedder | None = None, **changes: object) -> Iterator[Search]:
        """The product's search under these settings, changed where `changes` says so."""
        settings = self.settings.model_copy(update=changes)
        with Current(self.catalog, NAME, settings, embedder or self.embedder) as current:
            yield current


def choose(data: Data, embedder: CachedEmbedder, passage_tokens: int) -> list[Article]:
    """All paragraphs, then news until there are `PASSAGES` passages or a few more."""
    chosen: list[Article] = []
    passages = 0
    for article in (*data.paragraphs, *data.news):
        if passages >= PASSAGES:
            break
        chosen.append(article)
        passages += len(split(article, embedder.count_tokens, passage_tokens))
    return chosen


@contextmanager
def ingested(
    articles: Sequence[Article], settings: Settings, embedder: CachedEmbedder, folder: Path
) -> Iterator[Corpus]:
    """Ingest `articles` into a data folder inside `folder`, as files whose whole text is the body."""
    files = folder / "files"
    files.mkdir(parents=True)
    for article in articles:
        (files / article.source).write_bytes(article.text.encode())

    def read(data: bytes, *, corpus: str, source: str, **_: object) -> Iterator[Article]:
        yield make_article(Path(source).stem, data.decode(), corpus)

    settings = settings.model_copy(
        update={"data_dir": folder / "data", "corpus": NAME, "catalog_url": None, "chroma_url": None}
    )
    ingest(files, settings=settings, corpus=NAME, embedder=embedder, build=build, read=read)
    home = settings.corpus_dir(NAME)
    with Catalog.open(home / CATALOG_FILE) as catalog:
        current = catalog.current(NAME)
        assert current, "an ingest of articles makes a generation"
        with Index.open(home / GENERATIONS / current.id, embedder.fingerprint) as index:
            yield Corpus(settings, embedder, catalog, index)


class CachedEmbedder:
    """An embedder that embeds a text once; with a `folder`, once for all runs."""

    def __init__(self, embedder: Embedder, folder: Path | None = None) -> None:
        self.embedder = embedder
        self.fingerprint = embedder.fingerprint
        self.max_tokens = embedder.max_tokens
        self._path = folder / f"{embedder.fingerprint[:16]}.npz" if folder else None
        self._vectors: dict[str, NDArray[np.float32]] = {}
        if self._path and self._path.is_file():
            with np.load(self._path) as stored:
                self._vectors = dict(zip(stored["keys"].tolist(), stored["vectors"], strict=True))

    def count_tokens(self, texts: list[str]) -> list[int]:
        """As `Embedder.count_tokens`."""
        return self.embedder.count_tokens(texts)

    def encode_passages(self, texts: list[str]) -> NDArray[np.float32]:
        """As `Embedder.encode_passages`."""
        return self._encode("passage", texts)

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As `Embedder.encode_queries`."""
        return self._encode("query", texts)

    def _encode(self, kind: str, texts: Sequence[str]) -> NDArray[np.float32]:
        keys = [hashlib.sha256(f"{kind}\n{text}".encode()).hexdigest() for text in texts]
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._vectors}
        if missing:
            encode = self.embedder.encode_passages if kind == "passage" else self.embedder.encode_queries
            self._vectors |= dict(zip(missing, encode(list(missing.values())), strict=True))
        return np.stack([self._vectors[key] for key in keys])

    def save(self) -> None:
        """Keep what was embedded for the next run."""
        if self._path:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            np.savez(self._path, keys=list(self._vectors), vectors=np.stack(list(self._vectors.values())))
