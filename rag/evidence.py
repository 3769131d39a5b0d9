"""Hits → the numbered sentences that an answer may rest on. Asks nothing and writes nothing."""

from __future__ import annotations

from rag.arabic import normalise
from rag.sentences import trim
from rag.types import Evidence, Found


def select(found: Found, limit: int) -> tuple[Evidence, ...]:
    """The best sentence of each hit, best first, numbered from 1; at most `limit` of them.

    The same words in two articles are shown once: the better hit stands for both.
    """
    chosen: list[Evidence] = []
    seen: set[str] = set()
    for hit in found.hits:
        article = found.articles[hit.passage.article_id]
        span = trim(article.text, hit.best)
        words, _ = normalise(span.of(article.text))
        if span.start == span.end or words in seen:
            continue
        seen.add(words)
        chosen.append(Evidence(len(chosen) + 1, article, span, hit))
        if len(chosen) == limit:
            break
    return tuple(chosen)
