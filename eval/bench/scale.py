"""What an archive of so many passages costs, with synthetic vectors: to build, to keep in step, to hold and to search.

Searches, exact numpy and bare Chroma take turns in one process, so that a busy machine slows all of them.
"""

from __future__ import annotations

import random
import time
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from eval.bench import synthetic
from eval.bench.apart import Cost, apart, own_memory
from eval.bench.data import read_news
from rag.config import Settings
from rag.types import Filters, Query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rag.ingest.sync import Report

SIZES = (1_000, 10_000)
"""The short form; 100,000 take a quarter of an hour."""
NAME = "scale"
QUESTIONS, WARMING = 60, 5
K = 10
Milliseconds = dict[str, list[tuple[float, float]]]
DELETED = 100
FILTERS = {
    "a year of 20": Filters(published_from="2016-01-01", published_to="2016-12-31"),
    "the largest of 100 outlets": Filters(outlet="outlet000"),
    "one of the smallest": Filters(outlet="outlet099"),
    "since 2006, 19 years of 20": Filters(published_from="2006-01-01"),
    "one day": Filters(published_from="2016-03-03", published_to="2016-03-03"),
    "a folder": Filters(source="0000/*"),
}
WHERE: dict[str, dict[str, Any]] = {
    "a year of 20": {"$and": [{"day": {"$gte": 20160101}}, {"day": {"$lte": 20161231}}]},
    "the largest of 100 outlets": {"outlet": "outlet000"},
}


@dataclass(frozen=True, slots=True)
class Searched:
    """`milliseconds` of each way of searching, on the clock and of the processor, for each question; `recall` at 10
    against the exact neighbours, ours and bare Chroma's; `opening` in seconds; `own` is the memory that only the reader
    has after all searches, in bytes."""

    passages: int
    milliseconds: Milliseconds
    searched: dict[str, int]
    recall: tuple[float, float]
    opening: float
    own: int


def run(passages: int, data: Path | None, folder: Path) -> Iterator[str]:
    """The tables of one size, in Markdown; `folder` is where to work."""
    parts = synthetic.halves([article.text for article in read_news(data)])
    synthetic.write_articles(folder / "files", passages, parts)
    files = sorted((folder / "files").rglob("*.txt"))
    rows = []
    report, cost = apart(ingest, folder)
    rows.append(_step(f"{report.added} articles, {report.passages} passages", cost))
    rows.append(_step("a second run that does nothing", apart(ingest, folder)[1]))
    files[0].write_bytes(files[0].read_bytes() + "وقال إن هذا خبر آخر.\n".encode())
    rows.append(_step("one file changed", apart(ingest, folder)[1]))
    for path in files[-DELETED:]:
        path.unlink()
    rows.append(_step(f"{len(files[-DELETED:])} files deleted", apart(ingest, folder)[1]))
    yield f"### {report.passages} passages\n\n" + "\n".join(
        ["| ingest without a model | seconds | of the processor | peak memory, MiB |", "|---|---|---|---|", *rows]
    )
    yield _disk(folder, report.passages)
    searched, _ = apart(search, folder, questions(parts))
    yield table(searched)


def questions(parts: list[tuple[str, str]]) -> list[str]:
    """Eight words of news each."""
    chance = random.Random(3)  # noqa: S311
    return [" ".join(synthetic.sentence(parts, chance).split()[:8]) for _ in range(QUESTIONS)]


def ingest(folder: Path) -> Report:
    """Bring the corpus to what the files are, with all that a real ingest does but for the model."""
    from rag.index.build import build
    from rag.ingest.sync import ingest as take_in

    return take_in(
        folder / "files",
        settings=Settings(data_dir=folder / "data"),
        corpus=NAME,
        embedder=synthetic.Vectors(),
        build=build,
        read=synthetic.read,
    )


def search(folder: Path, asked: list[str]) -> Searched:
    """Ask each question in every way, one way after the other."""
    from rag.fusion import Weights
    from rag.index.reader import Index
    from rag.retrieve.filters import Columns
    from rag.retrieve.search import Searcher
    from rag.store.catalog import CATALOG_FILE, GENERATIONS, Catalog

    settings = Settings(data_dir=folder / "data")
    home = settings.corpus_dir(NAME)
    embedder = synthetic.Vectors()
    with Catalog.open(home / CATALOG_FILE) as catalog:
        current = catalog.current(NAME)
        assert current, "it was ingested before"
        start = time.perf_counter()
        with Index.open(home / GENERATIONS / current.id, embedder.fingerprint) as index:
            opening = time.perf_counter() - start
            metas = partial(catalog.articles_meta, current.id)
            searcher = Searcher(
                index=index,
                embedder=embedder,
                passages=partial(catalog.passages, current.id),
                articles=partial(catalog.articles, current.id),
                columns=Columns(metas, index.articles, index.ids),
                generation=current.id,
                candidates=settings.candidates,
                weights=Weights(
                    settings.keyword_weight, settings.name_weight, settings.lexicon_weight, settings.date_weight
                ),
            )

            def filtered(filters: Filters) -> Callable[[str], Any]:
                return lambda text: searcher(Query(text, text, "ar", filters))

            ways = {name: filtered(filters) for name, filters in {"no filter": Filters(), **FILTERS}.items()}
            took, given = _turns(asked, ways)
            own = own_memory()
            searched = {name: found[0].searched for name, found in given.items()}
            beside, recall = _beside(folder, index, asked, embedder, {meta.id: meta for meta in metas()})
            return Searched(index.count, took | beside, searched, recall, opening, own)


def _beside(
    folder: Path, index: Any, asked: list[str], embedder: synthetic.Vectors, metas: dict[str, Any]
) -> tuple[Milliseconds, tuple[float, float]]:
    """Exact numpy and bare Chroma over the same vectors: their times, and the recall of ours and of Chroma."""
    from rag.index import chroma
    from rag.index import files as layout

    rows = np.load(index.folder / layout.PASSAGES)
    with closing(chroma.open_client(folder / "bare")) as client:
        bare = client.create_collection("bare", embedding_function=None, configuration={"hnsw": {"space": "cosine"}})
        stated = [metas[name.rpartition("@")[0]] for name in index.ids]
        facts = [{"outlet": one.outlet, "day": int(one.published.replace("-", ""))} for one in stated]
        for start in range(0, len(rows), chroma.LARGEST_BATCH):
            part = slice(start, start + chroma.LARGEST_BATCH)
            names = [str(number) for number in range(*part.indices(len(rows)))]
            bare.add(names, embeddings=rows[part], metadatas=facts[part])
        vectors = {text: embedder.encode_queries([text])[0] for text in asked}

        def exact(text: str) -> list[int]:
            cosines = rows @ vectors[text]
            best = np.argpartition(-cosines, K)[:K]
            return [int(one) for one in best]

        def ours(text: str) -> list[int]:
            found = index.nearest(vectors[text], 100)
            return [int(one) for one in index.nearest_of(vectors[text], np.sort(found), K)]

        def query(text: str, where: dict[str, Any] | None = None) -> list[int]:
            found = bare.query(query_embeddings=[vectors[text]], n_results=K, include=[], where=where)
            return [int(name) for name in found["ids"][0]]

        ways: dict[str, Callable[[str], Any]] = {
            "exact numpy, 10 nearest": exact,
            "our 10 nearest, of 100 candidates": ours,
            "bare Chroma, 10 nearest": query,
            **{f"bare Chroma, {name}": partial(query, where=where) for name, where in WHERE.items()},
        }
        took, given = _turns(asked, ways)
    right = [set(one) for one in given["exact numpy, 10 nearest"]]
    recalls = [
        float(np.mean([len(set(found) & best) / K for found, best in zip(given[name], right, strict=True)]))
        for name in ("our 10 nearest, of 100 candidates", "bare Chroma, 10 nearest")
    ]
    return took, (recalls[0], recalls[1])


def _turns(asked: list[str], ways: dict[str, Callable[[str], Any]]) -> tuple[Milliseconds, dict[str, list[Any]]]:
    """Each question in each way in turn: the milliseconds, the first ones left out, and what was given."""
    took: Milliseconds = defaultdict(list)
    given: dict[str, list[Any]] = defaultdict(list)
    for text in asked:
        for name, way in ways.items():
            start, before = time.perf_counter(), time.process_time()
            given[name].append(way(text))
            took[name].append(((time.perf_counter() - start) * 1000, (time.process_time() - before) * 1000))
    return {name: each[WARMING:] for name, each in took.items()}, dict(given)


def table(searched: Searched) -> str:
    """Markdown: a line for each way of searching, and what it takes to be open."""
    lines = ["| search | of passages | p50, ms | p95 | of the processor: p50, ms | p95 |", "|---|---|---|---|---|---|"]
    for name, each in searched.milliseconds.items():
        figures = " | ".join(f"{figure:.1f}" for figure in np.percentile(each, [50, 95], axis=0).T.ravel())
        lines.append(f"| {name} | {searched.searched.get(name, searched.passages)} | {figures} |")
    ours, chroma = searched.recall
    lines.append(
        f"\nRecall at {K} against exact search: ours {ours:.4f}, bare Chroma {chroma:.4f}. Opened in "
        f"{searched.opening * 1000:.0f} ms; memory of the reader alone {searched.own / 2**20:.0f} MiB."
    )
    return "\n".join(lines)


def _step(name: str, cost: Cost) -> str:
    return f"| {name} | {cost.seconds:.1f} | {cost.processor:.1f} | {cost.peak / 2**20:.0f} |"


def _disk(folder: Path, passages: int) -> str:
    home = Settings(data_dir=folder / "data").corpus_dir(NAME)
    newest = max(path for path in (home / "generations").iterdir() if path.is_dir())
    parts: dict[str, int] = defaultdict(int)
    for path in newest.rglob("*"):
        if path.is_file():
            parts[path.relative_to(newest).parts[0]] += path.stat().st_size
    parts = {"articles as files": _total(folder / "files"), "catalog": (home / "catalog.sqlite3").stat().st_size} | {
        f"generation: {name}": size for name, size in sorted(parts.items(), key=lambda part: -part[1])
    }
    lines = [f"| {name} | {size / 2**20:.1f} | {size / passages:.0f} |" for name, size in parts.items()]
    return "\n".join(["| on disk | MiB | bytes a passage |", "|---|---|---|", *lines])


def _total(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
