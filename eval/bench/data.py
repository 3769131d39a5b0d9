"""Public data for the benchmarks as articles and questions (XQuAD, ARCD, ANT), and their ingested corpus."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import sys
import tarfile
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.errors import BadInput, IsnadError
from rag.extract.chunking import split
from rag.fusion import LegWeights
from rag.index.build import build
from rag.index.reader import Index
from rag.ingest.sync import Extraction, ingest
from rag.retrieve.search import Current
from rag.store.catalog import CATALOG_FILE, GENERATIONS, Catalog
from rag.text.normalise import tokens
from rag.types import Article, Language, Rendition, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from rag.config import Settings
    from rag.models.embedding import Embedder
    from rag.types import Search

_NESTED = 0.75
"""Paragraphs of one title that share this part of their words are near-duplicates; others share less than half."""
_DEFAULT_FOLDER = Path("../shared/data")
_SOURCES = (
    "xquad.ar.json and xquad.en.json: github.com/google-deepmind/xquad (CC BY-SA 4.0); "
    "arcd-train.json: github.com/husseinmozannar/SOQAL (MIT); "
    "ant.tar.xz: github.com/antcorpus/antcorpus.data (Apache-2.0)"
)
_BODY = re.compile(r"<TEXT>\s*(.*?)\s*</TEXT>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class BenchQuestion:
    """A question and the ids of the articles (here paragraphs) that answer it; the first is its own paragraph."""

    text: str
    language: Language
    gold: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BenchSet:
    name: str
    questions: tuple[BenchQuestion, ...]


@dataclass(frozen=True, slots=True)
class Data:
    """The question sets, their `paragraphs`, and `news` as distractors in a fixed random order."""

    paragraphs: tuple[Article, ...]
    news: tuple[Article, ...]
    sets: tuple[BenchSet, ...]


def read_data(folder: Path | None = None) -> Data:
    """Read the data from `folder`, by default the folder in `ISNAD_DATA`. Raises `BadInput` if a file is missing."""
    folder = folder_of(folder)
    xquad = _json(folder, "xquad.ar.json")
    arcd = _json(folder, "arcd-train.json")
    arabic_paragraphs, arabic = _squad("xquad", xquad, "ar")
    # The English file has the same paragraphs in the same order; only its questions are used.
    _, english = _squad("xquad", _json(folder, "xquad.en.json"), "en")
    arcd_paragraphs, arcd_questions = _squad("arcd", arcd, "ar")
    return Data(
        paragraphs=(*arabic_paragraphs, *arcd_paragraphs),
        news=tuple(read_news(folder)),
        sets=(
            BenchSet("XQuAD ar", arabic),
            BenchSet("XQuAD en → ar", english),
            BenchSet("ARCD", tuple(replace(one, gold=one.gold[:1]) for one in arcd_questions)),
            BenchSet("ARCD, nested too", arcd_questions),
        ),
    )


def read_news(folder: Path | None = None) -> list[Article]:
    """Read ANT's articles, in an order that does not depend on their content. Raises as `read_data`."""
    return _news(existing(folder_of(folder), "ant.tar.xz"))


def news_files(folder: Path | None = None) -> list[tuple[str, bytes]]:
    """Read ANT's original files with their names, in an order that does not depend on their content."""
    with tarfile.open(existing(folder_of(folder), "ant.tar.xz")) as archive:
        files = [
            (member.name, file.read())
            for member in archive
            if member.name.endswith(".txt") and (file := archive.extractfile(member))
        ]
    return sorted(files, key=lambda file: hashlib.sha256(file[0].encode()).hexdigest())


def folder_of(named: Path | None) -> Path:
    """Return the folder of the public data: `named`, else `ISNAD_DATA`, else `_DEFAULT_FOLDER`."""
    return named or Path(os.environ.get("ISNAD_DATA") or _DEFAULT_FOLDER)


def existing(folder: Path, name: str) -> Path:
    """Return the path of a data file. Raises `BadInput` with the sources of the data if it is missing."""
    path = folder / name
    if not path.is_file():
        raise BadInput(
            "the benchmark's data is missing",
            where=str(path),
            do=f"put the files into a folder and set ISNAD_DATA to it; the sources are {_SOURCES}",
        )
    return path


def _json(folder: Path, name: str) -> Any:
    return json.loads(existing(folder, name).read_text(encoding="utf-8"))


def _squad(name: str, content: Any, language: Language) -> tuple[list[Article], tuple[BenchQuestion, ...]]:
    """Parse SQuAD data: each paragraph becomes an article; returns the articles and the questions.

    A question is answered by its own paragraph, and by a near-duplicate of the same title that contains the answer: in
    ARCD the second paragraph of a title mostly begins with the first.
    """
    articles: dict[str, Article] = {}
    questions: list[BenchQuestion] = []
    for title in content["data"]:
        ids = {}
        for paragraph in title["paragraphs"]:
            text = paragraph["context"]
            ids[text] = articles.setdefault(text, make_article(f"{name}-{len(articles):04}", text)).id
        for paragraph in title["paragraphs"]:
            text = paragraph["context"]
            nested = {other: id_ for other, id_ in ids.items() if _overlap(text, other) > _NESTED}
            for qa in paragraph["qas"]:
                answer = qa["answers"][0]["text"] if qa["answers"] else text
                others = (id_ for other, id_ in nested.items() if other != text and answer in other)
                questions.append(BenchQuestion(qa["question"].strip(), language, (ids[text], *others)))
    return list(articles.values()), tuple(questions)


def _overlap(one: str, other: str) -> float:
    """Return the share of the distinct words of the shorter text that the other contains."""
    first, second = set(tokens(one)), set(tokens(other))
    return len(first & second) / min(len(first), len(second))


def _news(path: Path) -> list[Article]:
    with tarfile.open(path) as archive:
        bodies = {
            Path(member.name).stem: _BODY.search(file.read().decode("utf-8"))
            for member in archive
            if member.name.endswith(".txt") and (file := archive.extractfile(member))
        }
    order = sorted(bodies, key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    return [make_article(f"ant-{name}", found[1]) for name in order if (found := bodies[name]) and found[1]]


def make_article(name: str, text: str, corpus: str = "bench") -> Article:
    """Make an article whose body is its whole text."""
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return Article(
        id=name,
        corpus=corpus,
        source=f"{name}.txt",
        sha256=sha256,
        text=text,
        rendition=Rendition(sha256, encoding="utf-8"),
        body=(Span(0, len(text)),),
        language="ar",
    )


# Ingest the benchmark's articles into a separate data folder, with the product's own ingest.

_PASSAGES = 1969
_NAME = "bench"


@dataclass(frozen=True, slots=True)
class BenchCorpus:
    """An ingested corpus: its catalog, and the index of its current snapshot."""

    settings: Settings
    embedder: CachedEmbedder
    catalog: Catalog
    index: Index

    @contextmanager
    def search(self, embedder: CachedEmbedder | Embedder | None = None, **changes: float) -> Iterator[Search]:
        """Open the product's search, with the weights in `changes` replaced."""
        weights = LegWeights()._replace(**changes)
        with Current(self.catalog, _NAME, self.settings, embedder or self.embedder, weights=weights) as current:
            yield current


def choose(data: Data, embedder: CachedEmbedder, passage_tokens: int) -> list[Article]:
    """Return all paragraphs, and news until there are at least `_PASSAGES` passages."""
    chosen: list[Article] = []
    passages = 0
    for article in (*data.paragraphs, *data.news):
        if passages >= _PASSAGES:
            break
        chosen.append(article)
        passages += len(split(article, embedder.count_tokens, passage_tokens))
    return chosen


@contextmanager
def ingested(
    articles: Sequence[Article], settings: Settings, embedder: CachedEmbedder, folder: Path
) -> Iterator[BenchCorpus]:
    """Ingest `articles` into a data folder inside `folder`, as files whose whole text is the body."""
    with ingested_in_steps([{article.source: article.text for article in articles}], settings, embedder, folder) as one:
        yield one


@contextmanager
def ingested_in_steps(
    steps: Iterable[Mapping[str, str | None]], settings: Settings, embedder: CachedEmbedder, folder: Path
) -> Iterator[BenchCorpus]:
    """Write the texts of each step into their files, or remove the file for None, and ingest after each step."""
    files = folder / "files"
    files.mkdir(parents=True)

    def read(data: bytes, *, corpus: str, source: str, **_: object) -> Iterator[Article]:
        yield make_article(Path(source).stem, data.decode(), corpus)

    settings = settings.model_copy(
        update={"data_dir": folder / "data", "corpus": _NAME, "catalog_url": None, "chroma_url": None}
    )
    for step in steps:
        for source, text in step.items():
            if text is None:
                (files / source).unlink()
            else:
                (files / source).write_bytes(text.encode())
        ingest(files, settings=settings, corpus=_NAME, embedder=embedder, build=build, extraction=Extraction(read=read))
    home = settings.corpus_dir(_NAME)
    with Catalog.open(home / CATALOG_FILE) as catalog:
        current = catalog.current(_NAME)
        assert current, "an ingest of articles makes a generation"
        with Index.open(home / GENERATIONS / current.id, embedder.fingerprint) as index:
            yield BenchCorpus(settings, embedder, catalog, index)


class CachedEmbedder:
    """An embedder with a cache, which `save` keeps in `folder` for later runs."""

    def __init__(self, embedder: Embedder, folder: Path | None = None) -> None:
        self.embedder = embedder
        self.fingerprint = embedder.fingerprint
        self.max_tokens = embedder.max_tokens
        self.batch = embedder.batch
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
        """Save the cached vectors for the next run."""
        if self._path:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            np.savez(self._path, keys=list(self._vectors), vectors=np.stack(list(self._vectors.values())))


# `python -m eval.bench.data FOLDER [--count N]`: write ANT's news as plain text files; deterministic.
#
# They are distractors for `isnad eval run … --distractors FOLDER`. The data: see docs/benchmarks.md.

COUNT = 900


def write_texts(articles: Sequence[Article], folder: Path) -> Path:
    """Write articles as files into a folder, creating it if needed; keeps existing files."""
    folder.mkdir(parents=True, exist_ok=True)
    for article in articles:
        path = folder / article.source
        if not path.exists():
            path.write_bytes(article.text.encode())
    return folder


def _main() -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.data", description=__doc__)
    parser.add_argument("folder", type=Path, help="the folder for the files; created if missing")
    parser.add_argument("--count", type=int, default=COUNT, help=f"how many articles; by default {COUNT}")
    parser.add_argument("--data", type=Path, help="the folder of the public data; by default ISNAD_DATA")
    given = parser.parse_args()
    try:
        articles = read_news(given.data)[: given.count]
    except IsnadError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    write_texts(articles, given.folder)
    sys.stdout.write(f"{len(articles)} articles in {given.folder}\n")
    return 0


if __name__ == "__main__":
    sys.exit(_main())
