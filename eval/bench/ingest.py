"""`python -m eval.bench.ingest [--count N]`: ingest the ANT news archive, compared with the bare embedding model.

Without --count, ingests the whole archive, which takes hours. With --jobs, compares ingests by several processes with
one instead. With --dates, measures the effect of the date weight on questions with dates instead. Prints Markdown.
Every step runs in its own process, so that memory and CPU time are measured separately. The data: see
docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import re
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from eval.bench.data import news_files
from eval.bench.retrieval import recall_at, reciprocal_rank
from rag.config import read_settings
from rag.errors import BadInput, IsnadError
from rag.fusion import LegWeights
from rag.types import Query

if TYPE_CHECKING:
    from rag.config import Settings
    from rag.corpus import Corpus
    from rag.ingest.sync import IngestReport
    from rag.types import Article, Search

# Runs a function in a separate process and measures its time, CPU time and peak memory.

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cost:
    """Wall-clock `seconds`; CPU seconds (`processor`) of all threads and ended children; `peak` memory in bytes."""

    seconds: float
    processor: float
    peak: int


def apart(work: Callable[P, T], *given: P.args, **named: P.kwargs) -> tuple[T, Cost]:
    """Run `work` in a new process; return its result and cost. `work`, its arguments and its result must pickle."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_timed, work, given, named).result()


def own_memory() -> int:
    """Return the private memory of this process in bytes, without mapped files; Linux only."""
    lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(("Private_Dirty", "Swap:")))


def _timed(work: Callable[..., T], given: tuple[object, ...], named: dict[str, object]) -> tuple[T, Cost]:
    start, before = time.perf_counter(), _processor()
    result = work(*given, **named)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return result, Cost(time.perf_counter() - start, _processor() - before, peak)


def _processor() -> float:
    every = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(used.ru_utime + used.ru_stime for used in every)


NAME = "ant"
_EXTRACTOR = Path(__file__).parents[2] / "docs" / "ant_extractor.py"
_BARE = 2000
"""Number of texts on which the speed of the bare model is measured."""
_DELETED = 100
_ASKED = 50


@dataclass(frozen=True, slots=True)
class Bare:
    """The number of texts that the bare model embedded, and their share of the characters of all texts."""

    texts: int
    share: float


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.ingest", description=__doc__)
    parser.add_argument("--count", type=int, help="how many articles; by default all")
    parser.add_argument("--data", type=Path, help="the folder of the public data; by default ISNAD_DATA")
    parser.add_argument("--folder", type=Path, help="working folder, which is kept; a stopped run resumes from it")
    parser.add_argument("--jobs", help="numbers of processes to compare, such as 1,2,1,2; interleave them")
    parser.add_argument("--dates", action="store_true", help="measure the date weight; takes --count 300 by default")
    given = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory() as place:
            folder = given.folder or Path(place)
            lay_out(folder / "files", given.count or (_QUESTIONS if given.dates else None), given.data)
            jobs = [int(count) for count in given.jobs.split(",")] if given.jobs else []
            lines = measure_dates(folder) if given.dates else _compared(folder, jobs) if jobs else _measured(folder)
            for line in lines:
                sys.stdout.write(f"{line}\n")
                sys.stdout.flush()
    except IsnadError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


def lay_out(folder: Path, count: int | None, data: Path | None) -> None:
    """Write the first `count` files of the archive; deterministic."""
    for name, content in news_files(data)[:count]:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_bytes(content)


def _measured(folder: Path) -> Iterator[str]:
    """Yield the rows of a Markdown table, each as soon as it is measured."""
    files = sorted((folder / "files").rglob("*.txt"))
    yield "| step | seconds | CPU seconds | peak memory, MiB | |\n|---|---|---|---|---|"
    first, cost = apart(_ingest, folder)
    yield _row(f"{first.added} articles", cost, f"{first.passages} passages, {first.embedded} texts embedded")
    bare, of_bare = apart(_bare, folder)
    seconds = of_bare.processor / bare.share
    yield _row(
        f"bare `SentenceTransformer.encode` of {bare.texts} of these texts",
        of_bare,
        f"{bare.share:.0%} of their characters: {first.added / seconds:.2f} articles per CPU second; "
        f"the ingest {first.added / cost.processor:.2f}: a ratio of **{seconds / cost.processor:.2f}**",
    )
    _, cost = apart(_ingest, folder)
    yield _row("a second run without changes", cost, "")
    changed = files[0].read_text("utf-8").replace("</TEXT>", "وأضاف المصدر أن هذا كل ما لديه.\n</TEXT>")
    files[0].write_text(changed, "utf-8")
    one, cost = apart(_ingest, folder)
    yield _row(f"{one.changed} file changed", cost, f"{one.embedded} texts embedded")
    for path in files[-min(_DELETED, len(files) // 4) :]:
        path.unlink()
    gone, cost = apart(_ingest, folder)
    yield _row(f"{gone.deleted} deleted", cost, f"{gone.passages} passages left")
    found, cost = apart(_ask, folder)
    yield _row(f"{found[1]} questions, each the words of one sentence", cost, f"{found[0]} have its article at rank 1")
    home = _settings_of(folder).corpus_dir(NAME)
    sizes = (_size(path) for path in (folder / "files", home / "catalog.sqlite3", home / "generations"))
    yield "\nOn disk, MiB: files {}, catalog {}, two snapshots {}.".format(*(f"{size / 2**20:.1f}" for size in sizes))


def _compared(folder: Path, jobs: list[int]) -> Iterator[str]:
    """Yield a row of a Markdown table for each ingest into an empty corpus.

    One process uses the threads that OMP_NUM_THREADS allows, several one each. The seconds of embedding are from the
    first batch sent to the last stored, with the time in which the workers load the model.
    """
    yield "| processes | articles per second | seconds | of embedding | CPU seconds | peak, MiB | |"
    yield "|---" * 7 + "|"
    for number, count in enumerate(jobs):
        (report, seconds), cost = apart(_ingest_by, folder, folder / f"data {number}", count)
        speed = f"{report.added / cost.seconds:.2f} | {cost.seconds:.1f} | {seconds:.1f} | {cost.processor:.1f}"
        what = f"{report.added} articles, {report.embedded} texts embedded"
        yield f"| {count} | {speed} | {cost.peak / 2**20:.0f} | {what} |"


def _ingest_by(folder: Path, data: Path, jobs: int) -> tuple[IngestReport, float]:
    from rag.corpus import ingest_folder
    from rag.models.embedding import load

    settings = _settings_of(folder).model_copy(update={"data_dir": data})
    times: list[float] = []

    def note(phase: str, _done: int, _total: int) -> None:
        if phase == "embed":
            times.append(time.perf_counter())

    embedder = load(read_settings())
    data.mkdir(parents=True, exist_ok=True)
    (data / "models").symlink_to(read_settings().models_dir.absolute())
    report = ingest_folder(folder / "files", settings, embedder=embedder, jobs=jobs, progress=note)
    return report, times[-1] - times[0]


def _settings_of(folder: Path) -> Settings:
    """Return the settings of this archive, with a separate data folder and the user's embedding model."""

    here = {"data_dir": folder / "data", "catalog_url": None, "chroma_url": None}
    return read_settings(corpus=NAME, extractors=f".txt={_EXTRACTOR}:extract").model_copy(update=here)


def _ingest(folder: Path) -> IngestReport:
    from rag.corpus import ingest_folder
    from rag.models.embedding import load

    return ingest_folder(folder / "files", _settings_of(folder), embedder=load(read_settings()))


def _bare(folder: Path) -> Bare:
    """Embed evenly spread texts of the archive with the bare model, as in the model's documentation."""
    from rag.models.embedding import LoadedEmbedder, load
    from rag.store.catalog import CATALOG_FILE, Catalog
    from rag.store.embeddings import texts_of

    embedder = load(read_settings())
    if not isinstance(embedder, LoadedEmbedder):
        raise BadInput("a remote model cannot be compared with its bare library", where="embedding_url", do="unset it")
    with Catalog.open(_settings_of(folder).corpus_dir(NAME) / CATALOG_FILE) as catalog:
        current = catalog.current(NAME)
        assert current, "it was ingested before"
        every = sorted(
            {text for passage in catalog.iterate_passages(current.id) for text in texts_of(passage)}, key=len
        )
    step = max(1, len(every) // _BARE)
    texts = every[step // 2 :: step]
    embedder.model.encode([embedder.passage_prompt + text for text in texts], show_progress_bar=False)
    return Bare(len(texts), sum(map(len, texts)) / sum(map(len, every)))


def _ask(folder: Path) -> tuple[int, int]:
    """Ask with words of sentences: return how many find their own article at rank 1, and how many were asked."""
    from rag.corpus import open_corpus
    from rag.models.embedding import load

    with open_corpus(_settings_of(folder), embedder=load(read_settings(generator="extractive"))) as corpus:
        return _found(corpus), _ASKED


def _found(corpus: Corpus) -> int:
    current = corpus.catalog.current(NAME)
    assert current, "it was ingested before"
    every = list(corpus.catalog.iterate_passages(current.id))
    found = 0
    for passage in every[:: max(1, len(every) // _ASKED)][:_ASKED]:
        longest = max(passage.sentences, key=lambda span: span.end - span.start)
        words = passage.text[longest.start - passage.span.start : longest.end - passage.span.start].split()
        hits = corpus.search(corpus.query(" ".join(words[:20]))).hits
        same = {hits[0].passage.id, *hits[0].duplicates} if hits else set()
        found += passage.article_id in {name.rpartition("@")[0] for name in same}
    return found


def _row(step: str, cost: Cost, told: str) -> str:
    return f"| {step} | {cost.seconds:.1f} | {cost.processor:.1f} | {cost.peak / 2**20:.0f} | {told} |"


def _size(path: Path) -> int:
    return sum(one.stat().st_size for one in (path.rglob("*") if path.is_dir() else [path]) if one.is_file())


# The effect of the date weight on questions with dates.
#
# Two sets of questions with one right article each. *When*: the first words of a title with its month of publication.
# *Of what*: words of a sentence with another year than that of its publication; such questions must not get worse.

_QUESTIONS = 300
_WORDS, _SENTENCE_WORDS = 4, 10
_WEIGHTS = (0.0, 0.01, 0.02, 0.04, 0.08)
_MONTHS = "جانفي فيفري مارس أفريل ماي جوان جويلية أوت سبتمبر أكتوبر نوفمبر ديسمبر".split()  # noqa: SIM905
_YEAR = re.compile(r"(?:في|عام|سنة|منذ)\s+((?:19|20)\d\d)(?!\d)")


def measure_dates(folder: Path) -> Iterator[str]:
    """Yield a row of a Markdown table for each set of questions (about `_QUESTIONS` each) and each weight."""
    from rag.config import read_settings
    from rag.corpus import ingest_folder, open_catalog
    from rag.models.embedding import Remembering, load
    from rag.retrieve.search import Current

    settings = _settings_of(folder)
    embedder = load(read_settings())
    ingest_folder(folder / "files", settings, embedder=embedder)
    remembering = Remembering(embedder)
    with open_catalog(settings, NAME) as catalog:
        current = catalog.current(NAME)
        assert current, "it was just ingested"
        metas = catalog.articles_meta(current.id)
        articles = list(catalog.articles(current.id, [meta.id for meta in metas]).values())
        yield "| questions | n | weight | R@1 | R@5 | MRR |\n|---|---|---|---|---|---|"
        for name, asked in (("when", list(map(when, articles))), ("of what", list(map(of_what, articles)))):
            every = [(question, article.id) for question, article in zip(asked, articles, strict=True) if question]
            pairs = every[:: max(1, len(every) // _QUESTIONS)]
            for weight in _WEIGHTS:
                weights = LegWeights(dates=weight)
                with Current(catalog, NAME, settings, remembering, weights=weights) as search:
                    ranks = [_rank(search, question, right) for question, right in pairs]
                figures = (recall_at(ranks, 1), recall_at(ranks, 5), reciprocal_rank(ranks))
                yield f"| {name} | {len(ranks)} | {weight} | " + " | ".join(f"{one:.3f}" for one in figures) + " |"


def when(article: Article) -> str:
    """Build a question from the first words of a title and the month of publication; empty without either."""
    if not (article.title and article.published and re.fullmatch(r"\d{4}-\d\d-\d\d", article.published.value)):
        return ""
    year, month, _ = article.published.value.split("-")
    return f"{' '.join(article.title.value.split()[:_WORDS])} في {_MONTHS[int(month) - 1]} {year}"


def of_what(article: Article) -> str:
    """Build a question from the words before a year in the text that is not its year of publication; else empty."""
    body = " ".join(span.of(article.text) for span in article.body)
    for match in _YEAR.finditer(body):
        if article.published and not article.published.value.startswith(match[1]):
            before = body[: match.end()].split()[-_SENTENCE_WORDS:]
            return " ".join(before)
    return ""


def _rank(search: Search, question: str, right: str) -> int | None:
    hits = search(Query(question, question, "ar", top_k=20)).hits
    return next((at for at, hit in enumerate(hits, 1) if hit.passage.article_id == right), None)


if __name__ == "__main__":
    sys.exit(main())
