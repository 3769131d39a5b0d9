"""`python -m eval.bench.dates [--count N]`: measure the effect of the date weight on questions with dates, on ANT.

Two sets of questions with one right article each. *When*: the first words of a title with its month of publication.
*Of what*: words of a sentence with another year than that of its publication; such questions must not get worse.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from eval.bench.ingest import NAME, lay_out, settings_of
from eval.bench.retrieval import recall_at, reciprocal_rank
from rag.errors import IsnadError
from rag.fusion import LegWeights
from rag.types import Query

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rag.types import Article, Search

COUNT = 300
WORDS, SENTENCE_WORDS = 4, 10
WEIGHTS = (0.0, 0.01, 0.02, 0.04, 0.08)
MONTHS = "جانفي فيفري مارس أفريل ماي جوان جويلية أوت سبتمبر أكتوبر نوفمبر ديسمبر".split()  # noqa: SIM905
_YEAR = re.compile(r"(?:في|عام|سنة|منذ)\s+((?:19|20)\d\d)(?!\d)")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.dates", description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT, help=f"how many articles; by default {COUNT}")
    parser.add_argument("--data", type=Path, help="the folder of the public data; by default ISNAD_DATA")
    parser.add_argument("--folder", type=Path, help="the --folder of `eval.bench.ingest`, to use its articles")
    given = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory() as place:
            folder = given.folder or Path(place)
            if not given.folder:
                lay_out(folder / "files", given.count, given.data)
            for line in measured(folder):
                sys.stdout.write(f"{line}\n")
                sys.stdout.flush()
    except IsnadError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


def measured(folder: Path) -> Iterator[str]:
    """Yield a row of a Markdown table for each set of questions (about `COUNT` each) and each weight."""
    from rag.config import read_settings
    from rag.corpus import ingest_folder, open_catalog
    from rag.models.embedding import Remembering, load
    from rag.retrieve.search import Current

    settings = settings_of(folder)
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
            pairs = every[:: max(1, len(every) // COUNT)]
            for weight in WEIGHTS:
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
    return f"{' '.join(article.title.value.split()[:WORDS])} في {MONTHS[int(month) - 1]} {year}"


def of_what(article: Article) -> str:
    """Build a question from the words before a year in the text that is not its year of publication; else empty."""
    body = " ".join(span.of(article.text) for span in article.body)
    for match in _YEAR.finditer(body):
        if article.published and not article.published.value.startswith(match[1]):
            before = body[: match.end()].split()[-SENTENCE_WORDS:]
            return " ".join(before)
    return ""


def _rank(search: Search, question: str, right: str) -> int | None:
    hits = search(Query(question, question, "ar", top_k=20)).hits
    return next((at for at, hit in enumerate(hits, 1) if hit.passage.article_id == right), None)


if __name__ == "__main__":
    sys.exit(main())
