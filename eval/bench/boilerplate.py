"""Benchmark of boilerplate removal and page metadata on pages annotated by hand, line by line."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from eval.bench.data import news_files
from rag.extract.bylines import line_spans
from rag.extract.formats import read_article
from rag.extract.news_page import read_page
from rag.extract.page_model import Page
from rag.ingest.repeated_lines import LEAST, news_of, repeated_lines
from rag.types import Article, Span, Stated

# Effect and cost of removing lines that many ANT articles share.


def repeated_table(folder: Path | None) -> str:
    """Format as Markdown the removed lines and the time. Raises `BadInput` if the data is missing."""
    articles = [read_article(data, corpus="ant", source=name) for name, data in news_files(folder)]
    began = time.process_time()
    repeated = repeated_lines(articles)
    cut = Counter(line for article in articles for line in _cut(article, repeated))
    seconds = time.process_time() - began
    rows = [f"| {line[:80]} | {count} |" for line, count in cut.most_common(10)]
    head = f"Lines at the start or end of at least {LEAST} of {len(articles)} articles ({seconds:.1f} CPU seconds):"
    return "\n".join([head, "", "| line | articles |", "|---|---|", *rows])


def _cut(article: Article, repeated: frozenset[int]) -> list[str]:
    news = news_of(article, repeated)
    if news == article.body:
        return []
    first, last = news[0].start, news[-1].end
    lines = line_spans(article.text)
    of_body = [line for line in lines if any(body.start <= line.start < body.end for body in article.body)]
    return [line.of(article.text) for line in of_body if line.end <= first or line.start >= last]


_PAGES: Final = Path(__file__).parents[2] / "tests" / "data" / "pages"
_SEEDS: Final = Path(__file__).parents[2] / "seeds"
HALVES: Final = ("tune", "held")
FIELDS: Final = ("title", "outlet", "author", "published", "section")


@dataclass(frozen=True, slots=True)
class Marked:
    """An annotated page: `outside` are the line numbers, from 1, of boilerplate; a field is None if it is absent."""

    name: str
    origin: str
    half: str
    text: str
    outside: frozenset[int]
    fields: dict[str, Stated | None]


@dataclass(slots=True)
class Score:
    """Counts over some pages: of non-blank lines, and of fields by outcome."""

    pages: int = 0
    outside: int = 0
    said: int = 0
    right: int = 0
    news: int = 0
    lost: int = 0
    fields: Counter[tuple[str, str]] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """The share of the removed lines that are boilerplate."""
        return self.right / self.said if self.said else 1.0

    @property
    def recall(self) -> float:
        """The share of the boilerplate lines that were removed."""
        return self.right / self.outside if self.outside else 1.0

    @property
    def loss(self) -> float:
        """The share of the news lines that were removed."""
        return self.lost / self.news if self.news else 0.0


def annotated_pages(half: str) -> list[Marked]:
    """Read the pages of one half: ``tune``, on which the rules were developed, or ``held``, only for the report."""
    rows = [json.loads(line) for line in (_PAGES / f"{half}.jsonl").read_text(encoding="utf-8").splitlines()]
    return [_marked(row, half) for row in rows]


def _marked(row: dict[str, Any], half: str) -> Marked:
    text = row["text"] if "text" in row else (_SEEDS / row["seed"]).read_text(encoding="utf-8")
    fields: dict[str, Stated | None] = {}
    for name in FIELDS:
        given = row[name]
        span = Span(*given[:2]) if given else None
        fields[name] = Stated(given[2] if len(given) > 2 else span.of(text), span) if span else None
    return Marked(row["name"], row["origin"], half, text, frozenset(row["outside"]), fields)


def score(pages: Iterable[Marked], read: Callable[[str], Page] = read_page) -> Score:
    """Score the output of `read` on the pages against their annotations."""
    total = Score()
    for page in pages:
        found = read(page.text)
        total.pages += 1
        _score_lines(total, page, found)
        for name in FIELDS:
            outcome = _outcome(name, page.fields[name], getattr(found, name))
            total.fields[name, outcome] += 1
            if outcome != "right":
                total.faults.append(
                    f"{page.name}: {name} {outcome}: {getattr(found, name)}, marked {page.fields[name]}"
                )
    return total


def _score_lines(total: Score, page: Marked, found: Page) -> None:
    start = 0
    for number, line in enumerate(page.text.split("\n"), 1):
        end = start + len(line)
        if line.strip():
            outside = number in page.outside
            said = not any(span.start < end and start < span.end for span in found.body)
            total.outside += outside
            total.news += not outside
            total.said += said
            total.right += said and outside
            total.lost += said and not outside
            if said != outside:
                total.faults.append(f"{page.name}: {'lost' if said else 'kept'}: {line.strip()[:90]}")
        start = end + 1


def _outcome(name: str, truth: Stated | None, said: Stated | None) -> str:
    """Compare a field: a date is right if its day is equal and its span overlaps; others need the same value."""
    if truth is None or said is None:
        return "right" if truth is said else "invented" if truth is None else "missed"
    if name == "published":
        same = truth.value == said.value and truth.span.start < said.span.end and said.span.start < truth.span.end
    else:
        same = truth.value == said.value
    return "right" if same else "wrong"


def table() -> str:
    """Format as Markdown the scores of lines by half and origin, then of fields by half."""
    rows = [
        "| pages | number | boilerplate lines | precision | recall | news lines | lost |",
        "|---|---|---|---|---|---|---|",
    ]
    fields = ["| half | field | right | wrong | missed | invented | of |", "|---|---|---|---|---|---|---|"]
    for half in HALVES:
        pages = annotated_pages(half)
        for origin in (None, *sorted({page.origin for page in pages})):
            found = score(page for page in pages if origin in (None, page.origin))
            name = f"{half}, {origin}" if origin else f"**{half}**"
            rows.append(
                f"| {name} | {found.pages} | {found.outside} | {found.precision:.3f} | {found.recall:.3f} "
                f"| {found.news} | {found.lost} ({found.loss:.1%}) |"
            )
            if origin is None:
                for field_name in FIELDS:
                    counts = [found.fields[field_name, outcome] for outcome in ("right", "wrong", "missed", "invented")]
                    fields.append(f"| {half} | {field_name} | {' | '.join(map(str, counts))} | {found.pages} |")
    return "\n".join([*rows, "", *fields])
