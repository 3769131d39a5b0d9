"""A reader, a splitter, a model and an index that obey the laws of the real ones and cost nothing.

Every line of a body with letters is a passage, every ". " ends a sentence, every word is a token.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.config import Settings
from rag.errors import Undecodable
from rag.extract.base import Format
from rag.extract.formats import TEXT_ONLY, read_articles
from rag.ingest.check import Audit, CheckIndex, Finding, Looked
from rag.ingest.sync import BuildIndex, Extraction, IngestReport, Progress, ingest
from rag.store.catalog import Catalog
from rag.store.embeddings import EncodeBatches
from rag.text.normalise import language
from rag.types import Article, Passage, Rendition, Span

Vectors = Callable[[list[str]], NDArray[np.float32]]


_LISTED = """CREATE TABLE generation_members (generation_id VARCHAR NOT NULL, article_id VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL, rules VARCHAR NOT NULL, PRIMARY KEY (generation_id, article_id),
    FOREIGN KEY(generation_id) REFERENCES generations (id),
    FOREIGN KEY(article_id, sha256, rules) REFERENCES versions (article_id, sha256, rules))"""
"""The members of generations before version 5."""
_LIST = """INSERT INTO generation_members SELECT g.id, m.article_id, m.sha256, m.rules FROM generations g JOIN members m
    ON m.since <= CAST(substr(g.id, 1, 6) AS INTEGER)
    AND (m.until IS NULL OR m.until > CAST(substr(g.id, 1, 6) AS INTEGER))"""
LIST_MEMBERS = (
    _LISTED,
    "CREATE INDEX members_of_version ON generation_members (article_id, sha256, rules)",
    _LIST,
    *(f"DROP TABLE {name}" for name in ("members", "touched", "line_ends", "repeated_lines", "models")),
    "ALTER TABLE generations DROP COLUMN segments",
)
"""Statements that bring a catalog of version 5 to version 4."""


def read(data: bytes, *, corpus: str, source: str) -> Article:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Undecodable("broken UTF-8", where=source, do="save it as UTF-8") from error
    return Article(
        id=hashlib.sha256(f"{corpus}/{source}".encode()).hexdigest()[:16],
        corpus=corpus,
        source=source,
        sha256=hashlib.sha256(data).hexdigest(),
        text=text,
        rendition=Rendition(hashlib.sha256(text.encode()).hexdigest(), encoding="utf-8"),
        body=(Span(0, len(text)),) if text else (),
        language=language(text),
    )


def read_all(data: bytes, *, corpus: str, source: str, **_: object) -> Iterator[Article]:
    """Every file is one article."""
    yield read(data, corpus=corpus, source=source)


def split(article: Article, count_tokens: Callable[[list[str]], list[int]], budget: int) -> list[Passage]:
    passages: list[Passage] = []
    for body in article.body:
        start = body.start
        for line in body.of(article.text).splitlines(keepends=True):
            ends = [start + at + 2 for at in range(len(line)) if line.startswith(". ", at)]
            cuts = sorted({start, *ends, start + len(line)})
            span = Span(start, start + len(line))
            start = span.end
            if any(map(str.isalpha, line)):
                sentences = tuple(Span(a, b) for a, b in pairwise(cuts))
                name = Passage.make_id(article.id, article.sha256, span)
                passages.append(Passage(name, article.id, article.sha256, span, sentences, span.of(article.text)))
    return passages


class HashModel:
    """The same text always has the same unit vector; `seen` are the texts that were embedded."""

    name = "hash"
    dimension = 8
    max_tokens = 500
    batch = 1

    def __init__(self, fingerprint: str = "hash-1") -> None:
        self.fingerprint = fingerprint
        self.seen: list[str] = []

    def count_tokens(self, texts: list[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def encode_passages(self, texts: list[str]) -> NDArray[np.float32]:
        self.seen += texts
        return np.array([self.vector(text) for text in texts], dtype=np.float32)

    def vector(self, text: str) -> NDArray[np.float32]:
        seed = int.from_bytes(hashlib.sha256(f"{self.fingerprint} {text}".encode()).digest()[:8], "big")
        vector = np.random.default_rng(seed).normal(size=self.dimension)
        return (vector / np.linalg.norm(vector)).astype(np.float32)


def build(folder: Path, passages: Iterable[Passage], vectors: Vectors, fingerprint: str) -> None:
    """An index of one line a passage; the file `complete` is written last."""
    folder.mkdir()
    ids: list[str] = []
    with (folder / "passages.jsonl").open("w", encoding="utf-8") as file:
        for passage in passages:
            vector = vectors([passage.text])[0]
            file.write(json.dumps([passage.id, passage.text, vector.tolist()]) + "\n")
            ids.append(passage.id)
    (folder / "complete").write_text(json.dumps([fingerprint, ids]), encoding="utf-8")


def check_index(folder: Path, passages: Iterable[Passage], vectors: Vectors, fingerprint: str) -> Iterator[str]:
    """What is wrong with an index of `build`."""
    every = list(passages)
    if json.loads((folder / "complete").read_text()) != [fingerprint, [passage.id for passage in every]]:
        yield "its passages are not those of the catalog"
    lines = [json.loads(line) for line in (folder / "passages.jsonl").read_text(encoding="utf-8").splitlines()]
    if lines != [[one.id, one.text, vectors([one.text])[0].tolist()] for one in every]:
        yield "its vectors are not those of the catalog"


def audit(data: Path, corpus: str = "archive", check: CheckIndex = check_index) -> list[Finding]:
    """What `isnad doctor --deep` finds in a corpus of `take_in`."""
    home = data / "corpora" / corpus
    with Catalog.open(home / "catalog.sqlite3") as catalog:
        return list(Audit(catalog, corpus, home / "generations", 2**20, check, Looked()).run())


def wrong(data: Path, corpus: str = "archive") -> list[Finding]:
    return [finding for finding in audit(data, corpus) if finding.wrong]


def take_in(
    folder: Path | Sequence[Path],
    data: Path,
    *,
    model: HashModel | None = None,
    corpus: str = "archive",
    build: BuildIndex = build,
    progress: Progress | None = None,
    allow_deletes: bool = False,
    rebuild: bool = False,
    retry: bool = False,
    max_file_mb: float = 1.0,
    formats: Mapping[str, Format] | None = None,
    encode: EncodeBatches | None = None,
) -> IngestReport:
    """Ingest `folder` into a corpus under `data` with the fakes of this file; by real extractors with `formats`."""
    return ingest(
        folder,
        settings=Settings(data_dir=data, max_file_mb=max_file_mb),
        corpus=corpus,
        embedder=model or HashModel(),
        build=build,
        progress=progress,
        allow_deletes=allow_deletes,
        rebuild=rebuild,
        retry=retry,
        extraction=Extraction(formats or TEXT_ONLY, read=read_articles if formats else read_all, split=split),
        encode=encode,
    )


def fill(folder: Path, files: dict[str, str]) -> Path:
    """Make `folder` hold exactly these files."""
    folder.mkdir(exist_ok=True)
    for path in folder.rglob("*.txt"):
        if path.relative_to(folder).as_posix() not in files:
            path.unlink()
    for source, text in files.items():
        path = folder / source
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_bytes() != text.encode():
            path.write_bytes(text.encode())
    return folder
