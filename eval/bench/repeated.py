"""What the lines that many ANT articles share would put outside the body, if the ingest counted them."""

from __future__ import annotations

import tarfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from eval.bench.data import existing, folder_of
from rag.sources.page import read_page
from rag.sources.repeated import LEAST, Edged, outside, repeated_lines


def table(folder: Path | None) -> str:
    """The report in Markdown. Raises `BadInput` where the data are missing."""
    articles = list(_articles(existing(folder_of(folder), "ant.tar.xz")))
    known = repeated_lines(lambda: articles)
    cut: Counter[str] = Counter()
    for article in articles:
        lines = known.get(article.group, frozenset())
        cut.update(article.lines[place] for place in outside(article.lines, lines))
    rows = [f"| {line[:80]} | {count} |" for line, count in cut.most_common(10)]
    head = f"Lines at the edges of {LEAST} or more of {len(articles)} articles:"
    return "\n".join([head, "", "| line, in normal form | articles |", "|---|---|", *rows])


def _articles(path: Path) -> Iterator[Edged]:
    with tarfile.open(path) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.name.endswith(".txt") else None
            if file:
                page = read_page(file.read().decode("utf-8"))
                kept = [line for number, line in enumerate(page.lines) if number not in page.outside]
                yield Edged(page.outlet.value if page.outlet else "", [line.normal for line in kept])
