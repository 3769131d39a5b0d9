"""What the lines that many ANT articles share put outside their bodies, and the time that finding them takes."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

from eval.bench.data import news_files
from rag.extract.article import read_article
from rag.extract.bylines import line_spans
from rag.ingest.repeated_lines import LEAST, news_of, repeated_lines
from rag.types import Article


def table(folder: Path | None) -> str:
    """The report in Markdown. Raises `BadInput` where the data are missing."""
    articles = [read_article(data, corpus="ant", source=name) for name, data in news_files(folder)]
    began = time.process_time()
    repeated = repeated_lines(articles)
    cut = Counter(line for article in articles for line in _cut(article, repeated))
    seconds = time.process_time() - began
    rows = [f"| {line[:80]} | {count} |" for line, count in cut.most_common(10)]
    head = f"Lines at the ends of {LEAST} or more of {len(articles)} articles ({seconds:.1f} s of the processor):"
    return "\n".join([head, "", "| line | articles |", "|---|---|", *rows])


def _cut(article: Article, repeated: frozenset[int]) -> list[str]:
    news = news_of(article, repeated)
    if news == article.body:
        return []
    first, last = news[0].start, news[-1].end
    lines = line_spans(article.text)
    of_body = [line for line in lines if any(body.start <= line.start < body.end for body in article.body)]
    return [line.of(article.text) for line in of_body if line.end <= first or line.start >= last]
