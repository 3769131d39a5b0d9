"""Cost of an archive by number of passages, with synthetic vectors: ingest, sync, disk, memory and search.

Isnad's search, exact numpy search and bare Chroma alternate in one process, so that a busy machine slows all of them.
"""

from __future__ import annotations

import hashlib
import random
import resource
import statistics
import sys
import tempfile
import time
import zlib
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from eval import run as evaluation
from eval.bench.data import existing, folder_of, read_news
from eval.bench.ingest import Cost, apart, own_memory
from eval.bench.retrieval import query
from eval.corpora import open_with
from eval.sets import read_squad
from rag.config import Settings, read_settings
from rag.errors import BadInput
from rag.types import Article, Filters, Query, Rendition, Span, Stated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from eval.bench.data import BenchCorpus, BenchQuestion
    from rag.ingest.sync import IngestReport
    from rag.models.embedding import Embedder


# A synthetic archive of any size, without a model: articles of shuffled real news, vectors in clusters. For costs only.
#
# A sentence is the first half of one real sentence and the second half of another: word frequencies are those of news,
# and almost no sentence occurs twice. Vectors depend only on the text.

DIMENSION = 384
_CLUSTERS = 1000
_NOISE = 0.75
"""Length of the noise added to a cluster's centre, which has length 1: neighbours have a cosine of about .64."""
_SENTENCES = 12
_PASSAGES_AN_ARTICLE = 3.07
"""Passages per article of `_SENTENCES` sentences, at 256 tokens per passage."""
_OUTLETS = 100
_YEARS = range(2005, 2025)


def halves(texts: Sequence[str]) -> list[tuple[str, str]]:
    """Split each sentence of some real texts into two halves."""
    from rag.text.sentences import sentences

    found = []
    for text in texts:
        for span in sentences(text, Span(0, len(text))):
            words = span.of(text).split()
            if len(words) >= 4:
                found.append((" ".join(words[: len(words) // 2]), " ".join(words[len(words) // 2 :])))
    return found


def write_articles(folder: Path, passages: int, parts: Sequence[tuple[str, str]]) -> int:
    """Write articles for about `passages` passages and return their number.

    The sequence of articles is the same for any number.
    """
    count = max(1, round(passages / _PASSAGES_AN_ARTICLE))
    for number, text in zip(range(count), _articles(parts), strict=False):
        path = folder / f"{number // 1000:04}" / f"{number:07}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return count


def _sentence(parts: Sequence[tuple[str, str]], chance: random.Random) -> str:
    """Join two random halves to a sentence."""
    return f"{chance.choice(parts)[0]} {chance.choice(parts)[1]}"


def _articles(parts: Sequence[tuple[str, str]]) -> Iterator[str]:
    chance = random.Random(7)  # noqa: S311
    while True:
        day = f"{chance.choice(_YEARS)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
        # A few outlets have most of the articles.
        outlet = f"outlet{int(_OUTLETS * chance.random() ** 3):03}"
        lines = [_sentence(parts, chance).rstrip(".!؟") + "." for _ in range(_SENTENCES)]
        yield f"{outlet} {day}\n" + " ".join(lines) + "\n"


def read_written(data: bytes, *, corpus: str, source: str, **_: object) -> Iterator[Article]:
    """Parse an article written by `write_articles`, whose first line states outlet and date."""
    text = data.decode()
    start = text.index("\n") + 1
    outlet, day = text[: start - 1].split(" ")
    yield Article(
        id=hashlib.sha256(f"{corpus}/{source}".encode()).hexdigest()[:24],
        corpus=corpus,
        source=source,
        sha256=hashlib.sha256(data).hexdigest(),
        text=text,
        rendition=Rendition(hashlib.sha256(text.encode()).hexdigest(), encoding="utf-8"),
        body=(Span(start, len(text)),),
        language="ar",
        outlet=Stated(outlet, Span(0, len(outlet))),
        published=Stated(day, Span(len(outlet) + 1, start - 1)),
    )


class MadeVectors:
    """A synthetic embedder: the unit vector of a text is near the centre of one of `_CLUSTERS` clusters."""

    name = fingerprint = "synthetic"
    dimension = DIMENSION
    max_tokens = 512
    batch = 16

    def __init__(self) -> None:
        chance = np.random.default_rng(7)
        self._centres = _unit(chance.standard_normal((_CLUSTERS, DIMENSION)))
        self._noise = _unit(chance.standard_normal((4096, DIMENSION)))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Estimate the token counts of the bundled model's tokenizer for Arabic news."""
        return [int(len(text) / 3.6) + 1 for text in texts]

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors of shape (n texts, `DIMENSION`)."""
        raw = [text.encode() for text in texts]
        hashes = np.array([[zlib.crc32(one), zlib.crc32(one, 1), zlib.crc32(one, 2)] for one in raw], np.int64)
        hashes = hashes.reshape(len(texts), 3)
        noise = _unit(self._noise[hashes[:, 1] % 4096] + self._noise[hashes[:, 2] % 4096])
        return _unit(self._centres[hashes[:, 0] % _CLUSTERS] + _NOISE * noise)

    encode_queries = encode_passages


def _unit(rows: NDArray[np.floating]) -> NDArray[np.float32]:
    unit: NDArray[np.float32] = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


# Cost of Isnad relative to the bare model: ingest, search and memory, as ratios that are comparable across machines.

TEXTS = 192
_SPEED_WARMING, _SPEED_QUESTIONS = 5, 100
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class _Speed:
    """Speed figures. `ingest`: Isnad's passages per second / the bare model's; `peak`: peak memory, in bytes."""

    passages_per_second: float
    ingest: float
    encode_seconds: float
    search_seconds: float
    peak: int

    @property
    def search(self) -> float:
        """The time of a search / the time of bare encoding."""
        return self.search_seconds / self.encode_seconds


def measure_speed(
    corpus: BenchCorpus, embedder: Embedder, texts: Sequence[str], questions: Sequence[BenchQuestion]
) -> _Speed:
    """Measure ingest and search, alternating with their baselines, so that a busy machine slows both."""
    from rag.models.embedding import LoadedEmbedder

    if not isinstance(embedder, LoadedEmbedder):
        what = "a remote model cannot be compared with its bare library"
        raise BadInput(what, where="embedding_url", do="unset it")
    model = embedder.model
    prompted = [embedder.passage_prompt + text for text in texts]
    ours, bare = [], []
    for _ in range(_ROUNDS):
        ours.append(_seconds(lambda: embedder.encode_passages(texts)))
        bare.append(_seconds(lambda: model.encode(prompted, show_progress_bar=False)))
    searches, encodes = [], []
    with corpus.search(embedder) as search:
        for question in questions[: _SPEED_WARMING + _SPEED_QUESTIONS]:
            asked = query(question, corpus.settings.top_k)
            text = embedder.query_prompt + question.text
            searches.append(_seconds(partial(search, asked)))
            encodes.append(_seconds(partial(model.encode, text, show_progress_bar=False)))
    return _Speed(
        passages_per_second=len(texts) / min(ours),
        ingest=min(bare) / min(ours),
        encode_seconds=statistics.median(encodes[_SPEED_WARMING:]),
        search_seconds=statistics.median(searches[_SPEED_WARMING:]),
        peak=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024),
    )


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def speed_table(speed: _Speed) -> str:
    """Format as Markdown: measure, figure and target."""
    return "\n".join(
        [
            "| | figure | target |",
            "|---|---|---|",
            f"| passages embedded per second / bare `SentenceTransformer.encode` | {speed.ingest:.2f} | ≥ 0.9 |",
            f"| time of a search / bare encoding of its question (medians) | {speed.search:.2f} | ≤ 2 |",
            f"| passages embedded per second | {speed.passages_per_second:.1f} | |",
            f"| bare encoding of a question, ms | {speed.encode_seconds * 1000:.1f} | |",
            f"| search, ms | {speed.search_seconds * 1000:.1f} | |",
            f"| peak memory, MiB | {speed.peak / 2**20:.0f} | |",
        ]
    )


# Cost of an evaluation run relative to embedding its questions: XQuAD in Arabic, retrieval only.


@dataclass(frozen=True, slots=True)
class _RunCost:
    """Seconds of a run of `questions` questions, including its report, and of embedding them one by one."""

    questions: int
    run: float
    embedding: float


def measure_runs(folder: Path | None) -> _RunCost:
    """Run the set on its own texts, retrieval only; then embed its questions one by one in the same process."""
    of = read_squad(existing(folder_of(folder), "xquad.ar.json"))
    settings = read_settings()
    with tempfile.TemporaryDirectory() as place:
        models = Path(place) / settings.models_dir.name
        models.symlink_to(settings.models_dir.resolve())
        aside = settings.model_copy(update={"data_dir": Path(place), "corpus": "xquad", "generator": "extractive"})
        with open_with(of, aside) as corpus:
            corpus.embedder.encode_queries([of.questions[0].question])
            started = time.monotonic()
            evaluation.run(of, corpus, Path(place) / "run", evaluation.Options(retrieval_only=True))
            seconds = time.monotonic() - started
            started = time.monotonic()
            for question in of.questions:
                corpus.embedder.encode_queries([question.question])
            return _RunCost(len(of.questions), seconds, time.monotonic() - started)


def runs_table(cost: _RunCost) -> str:
    """Format as Markdown."""
    return "\n".join(
        [
            "| a run of a set, retrieval only | |",
            "|---|---|",
            f"| questions | {cost.questions} |",
            f"| the run, including its report | {cost.run:.1f} s |",
            f"| embedding the questions one by one | {cost.embedding:.1f} s |",
            f"| ratio | {cost.run / cost.embedding:.2f} x |",
        ]
    )


SIZES = (1_000, 10_000)
"""The default sizes; 100,000 passages take a quarter of an hour."""
_NAME = "scale"
_QUESTIONS, _WARMING = 60, 5
K = 10
Milliseconds = dict[str, list[tuple[float, float]]]
_DELETED = 100
_FILTERS = {
    "a year of 20": Filters(published_from="2016-01-01", published_to="2016-12-31"),
    "the largest of 100 outlets": Filters(outlet="outlet000"),
    "one of the smallest": Filters(outlet="outlet099"),
    "since 2006, 19 years of 20": Filters(published_from="2006-01-01"),
    "one day": Filters(published_from="2016-03-03", published_to="2016-03-03"),
    "a folder": Filters(source="0000/*"),
}
_WHERE: dict[str, dict[str, Any]] = {
    "a year of 20": {"$and": [{"day": {"$gte": 20160101}}, {"day": {"$lte": 20161231}}]},
    "the largest of 100 outlets": {"outlet": "outlet000"},
}


@dataclass(frozen=True, slots=True)
class Searched:
    """Results of the search benchmark.

    `milliseconds` has for each method the (wall-clock, CPU) time of each question; `recall` at 10 against the exact
    neighbours is (Isnad's, bare Chroma's); `opening` is in seconds; `own` is the private memory of the process after
    all searches with Isnad, in bytes.
    """

    passages: int
    milliseconds: Milliseconds
    searched: dict[str, int]
    recall: tuple[float, float]
    opening: float
    own: int
    segments: int = 1


def run(passages: int, data: Path | None, folder: Path) -> Iterator[str]:
    """Yield the tables of one size as Markdown; `folder` is the working folder."""
    parts = halves([article.text for article in read_news(data)])
    write_articles(folder / "files", passages, parts)
    files = sorted((folder / "files").rglob("*.txt"))
    rows = []
    report, cost = apart(ingest, folder)
    rows.append(_step(f"{report.added} articles, {report.passages} passages", cost))
    rows.append(_step("a second run without changes", apart(ingest, folder)[1]))
    for changed in (files[:1], files[1:][:_DELETED]):
        for path in changed:
            path.write_bytes(path.read_bytes() + "وقال إن هذا خبر آخر.\n".encode())
        rows.append(_step(f"{len(changed)} changed", apart(ingest, folder)[1]))
    for path in files[-_DELETED:]:
        path.unlink()
    rows.append(_step(f"{len(files[-_DELETED:])} deleted", apart(ingest, folder)[1]))
    segmented, _ = apart(search, folder, questions(parts))
    rows.append(_step("all segments merged into one", apart(merge_all, folder)[1]))
    yield f"### {report.passages} passages\n\n" + "\n".join(
        ["| ingest without a model | seconds | CPU seconds | peak memory, MiB |", "|---|---|---|---|", *rows]
    )
    yield _disk(folder, report.passages)
    searched, _ = apart(search, folder, questions(parts))
    yield table(searched)
    before, after = (_median(one.milliseconds["no filter"]) for one in (segmented, searched))
    yield (
        f"A search in {segmented.segments} segments, before the merge: {before:.1f} ms of CPU time (median), "
        f"{before / after:.2f} times that in one."
    )


def questions(parts: list[tuple[str, str]]) -> list[str]:
    """Make questions of eight words of news each."""
    chance = random.Random(3)  # noqa: S311
    return [" ".join(_sentence(parts, chance).split()[:8]) for _ in range(_QUESTIONS)]


def ingest(folder: Path) -> IngestReport:
    """Sync the corpus with the files: a real ingest, except for the model."""
    from rag.index.build import build
    from rag.ingest.sync import Extraction
    from rag.ingest.sync import ingest as take_in

    return take_in(
        folder / "files",
        settings=Settings(data_dir=folder / "data"),
        corpus=_NAME,
        embedder=MadeVectors(),
        build=build,
        extraction=Extraction(read=read_written),
    )


def merge_all(folder: Path) -> bool:
    """Merge all segments into one, whether they are due or not."""
    from rag.index.build import build
    from rag.ingest.merge import merge

    return merge(Settings(data_dir=folder / "data"), _NAME, build, due=lambda _: None)


def search(folder: Path, asked: list[str]) -> Searched:
    """Ask each question with every method in turn."""
    from rag.index.reader import Index
    from rag.retrieve.filters import FilterColumns
    from rag.retrieve.search import Searcher
    from rag.store.catalog import CATALOG_FILE, GENERATIONS, Catalog

    settings = Settings(data_dir=folder / "data")
    home = settings.corpus_dir(_NAME)
    embedder = MadeVectors()
    with Catalog.open(home / CATALOG_FILE) as catalog:
        current = catalog.current(_NAME)
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
                columns=FilterColumns(current.id, metas, index.articles, index.ids, index.holding),
                generation=current.id,
            )

            def filtered(filters: Filters) -> Callable[[str], Any]:
                return lambda text: searcher(Query(text, text, "ar", filters))

            ways = {name: filtered(filters) for name, filters in {"no filter": Filters(), **_FILTERS}.items()}
            took, given = _turns(asked, ways)
            own = own_memory()
            searched = {name: found[0].searched for name, found in given.items()}
            beside, recall = _beside(folder, index, asked, embedder, {meta.id: meta for meta in metas()})
            return Searched(index.count, took | beside, searched, recall, opening, own, len(index.segments))


def _beside(
    folder: Path, index: Any, asked: list[str], embedder: MadeVectors, metas: dict[str, Any]
) -> tuple[Milliseconds, tuple[float, float]]:
    """Measure exact numpy and bare Chroma on the same vectors, and the recall of Isnad's index and of Chroma."""
    from rag.index import chroma

    rows = index.vectors()
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
            "Isnad, 10 nearest of 100 candidates": ours,
            "bare Chroma, 10 nearest": query,
            **{f"bare Chroma, {name}": partial(query, where=where) for name, where in _WHERE.items()},
        }
        took, given = _turns(asked, ways)
    right = [set(one) for one in given["exact numpy, 10 nearest"]]
    recalls = [
        float(np.mean([len(set(found) & best) / K for found, best in zip(given[name], right, strict=True)]))
        for name in ("Isnad, 10 nearest of 100 candidates", "bare Chroma, 10 nearest")
    ]
    return took, (recalls[0], recalls[1])


def _turns(asked: list[str], ways: dict[str, Callable[[str], Any]]) -> tuple[Milliseconds, dict[str, list[Any]]]:
    """Ask each question with each method in turn; return the times, without the warm-up, and all results."""
    took: Milliseconds = defaultdict(list)
    given: dict[str, list[Any]] = defaultdict(list)
    for text in asked:
        for name, way in ways.items():
            start, before = time.perf_counter(), time.process_time()
            given[name].append(way(text))
            took[name].append(((time.perf_counter() - start) * 1000, (time.process_time() - before) * 1000))
    return {name: each[_WARMING:] for name, each in took.items()}, dict(given)


def table(searched: Searched) -> str:
    """Format as Markdown: a row for each method, then recall, opening time and memory."""
    lines = ["| search | passages searched | p50, ms | p95 | CPU: p50, ms | p95 |", "|---|---|---|---|---|---|"]
    for name, each in searched.milliseconds.items():
        figures = " | ".join(f"{figure:.1f}" for figure in np.percentile(each, [50, 95], axis=0).T.ravel())
        lines.append(f"| {name} | {searched.searched.get(name, searched.passages)} | {figures} |")
    ours, chroma = searched.recall
    lines.append(
        f"\nRecall at {K} against exact search: Isnad {ours:.4f}, bare Chroma {chroma:.4f}. Opened in "
        f"{searched.opening * 1000:.0f} ms; private memory of the process {searched.own / 2**20:.0f} MiB."
    )
    return "\n".join(lines)


def _median(times: list[tuple[float, float]]) -> float:
    return statistics.median(cpu for _, cpu in times)


def _step(name: str, cost: Cost) -> str:
    return f"| {name} | {cost.seconds:.1f} | {cost.processor:.1f} | {cost.peak / 2**20:.0f} |"


def _disk(folder: Path, passages: int) -> str:
    from rag.index.generations import segments_of
    from rag.index.layout import SEGMENTS

    home = Settings(data_dir=folder / "data").corpus_dir(_NAME)
    newest = max(path for path in (home / "generations").glob("0*") if path.is_dir())
    parts: dict[str, int] = defaultdict(int)
    for place in (newest, *(home / "generations" / SEGMENTS / name for name, _ in segments_of(newest))):
        for path in place.rglob("*"):
            if path.is_file():
                parts[path.relative_to(place).parts[0]] += path.stat().st_size
    parts = {"articles as files": _total(folder / "files"), "catalog": (home / "catalog.sqlite3").stat().st_size} | {
        f"snapshot: {name}": size for name, size in sorted(parts.items(), key=lambda part: -part[1])
    }
    lines = [f"| {name} | {size / 2**20:.1f} | {size / passages:.0f} |" for name, size in parts.items()]
    return "\n".join(["| on disk | MiB | bytes per passage |", "|---|---|---|", *lines])


def _total(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
