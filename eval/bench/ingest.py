"""`python -m eval.bench.ingest [--count N]`: ingest the ANT news archive, compared with the bare embedding model.

Without --count, ingests the whole archive, which takes hours. Prints Markdown. Every step runs in its own process, so
that memory and CPU time are measured separately. The data: see docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from eval.bench.apart import Cost, apart
from eval.bench.data import news_files
from rag.config import read_settings
from rag.errors import BadInput, IsnadError

if TYPE_CHECKING:
    from rag.config import Settings
    from rag.corpus import Corpus
    from rag.ingest.sync import IngestReport

NAME = "ant"
EXTRACTOR = Path(__file__).parents[2] / "docs" / "ant_extractor.py"
BARE = 2000
"""Number of texts on which the speed of the bare model is measured."""
DELETED = 100
ASKED = 50


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
    given = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory() as place:
            folder = given.folder or Path(place)
            lay_out(folder / "files", given.count, given.data)
            for line in measured(folder):
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


def measured(folder: Path) -> Iterator[str]:
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
    for path in files[-min(DELETED, len(files) // 4) :]:
        path.unlink()
    gone, cost = apart(_ingest, folder)
    yield _row(f"{gone.deleted} deleted", cost, f"{gone.passages} passages left")
    found, cost = apart(_ask, folder)
    yield _row(f"{found[1]} questions, each the words of one sentence", cost, f"{found[0]} have its article at rank 1")
    home = settings_of(folder).corpus_dir(NAME)
    sizes = (_size(path) for path in (folder / "files", home / "catalog.sqlite3", home / "generations"))
    yield "\nOn disk, MiB: files {}, catalog {}, two snapshots {}.".format(*(f"{size / 2**20:.1f}" for size in sizes))


def settings_of(folder: Path) -> Settings:
    """Return the settings of this archive, with a separate data folder and the user's embedding model."""

    here = {"data_dir": folder / "data", "catalog_url": None, "chroma_url": None}
    return read_settings(corpus=NAME, extractors=f".txt={EXTRACTOR}:extract").model_copy(update=here)


def _ingest(folder: Path) -> IngestReport:
    from rag.corpus import ingest_folder
    from rag.models.embedding import load

    return ingest_folder(folder / "files", settings_of(folder), embedder=load(read_settings()))


def _bare(folder: Path) -> Bare:
    """Embed evenly spread texts of the archive with the bare model, as in the model's documentation."""
    from rag.models.embedding import LoadedEmbedder, load
    from rag.store.catalog import CATALOG_FILE, Catalog
    from rag.store.embeddings import texts_of

    embedder = load(read_settings())
    if not isinstance(embedder, LoadedEmbedder):
        raise BadInput("a remote model cannot be compared with its bare library", where="embedding_url", do="unset it")
    with Catalog.open(settings_of(folder).corpus_dir(NAME) / CATALOG_FILE) as catalog:
        current = catalog.current(NAME)
        assert current, "it was ingested before"
        every = sorted(
            {text for passage in catalog.iterate_passages(current.id) for text in texts_of(passage)}, key=len
        )
    step = max(1, len(every) // BARE)
    texts = every[step // 2 :: step]
    embedder.model.encode([embedder.passage_prompt + text for text in texts], show_progress_bar=False)
    return Bare(len(texts), sum(map(len, texts)) / sum(map(len, every)))


def _ask(folder: Path) -> tuple[int, int]:
    """Ask with words of sentences: return how many find their own article at rank 1, and how many were asked."""
    from rag.corpus import open_corpus
    from rag.models.embedding import load

    with open_corpus(settings_of(folder), embedder=load(read_settings(generator="extractive"))) as corpus:
        return _found(corpus), ASKED


def _found(corpus: Corpus) -> int:
    current = corpus.catalog.current(NAME)
    assert current, "it was ingested before"
    every = list(corpus.catalog.iterate_passages(current.id))
    found = 0
    for passage in every[:: max(1, len(every) // ASKED)][:ASKED]:
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


if __name__ == "__main__":
    sys.exit(main())
