"""Hits → the numbered sentences that an answer may rest on. Asks nothing and writes nothing."""

from __future__ import annotations

from collections.abc import Iterator

from rag.arabic import has_letters, normalise
from rag.fusion import SENTENCE_WEIGHT
from rag.sentences import trim
from rag.types import Evidence, Found, Hit, Span


def select(found: Found, limit: int) -> tuple[Evidence, ...]:
    """The best sentences of the hits, best first, numbered from 1; at most `limit` of them.

    A sentence's score is its passage's, with its own cosine in the place of the best sentence's. The same words in
    two articles are shown once: the better one stands for both.
    """
    chosen: list[Evidence] = []
    seen: set[str] = set()
    for score, cosine, hit, span in sorted(_scored(found), key=lambda one: -one[0]):
        article = found.articles[hit.passage.article_id]
        trimmed = trim(article.text, span)
        words, _ = normalise(trimmed.of(article.text))
        if not has_letters(words) or words in seen:
            continue
        seen.add(words)
        chosen.append(Evidence(len(chosen) + 1, article, trimmed, hit, cosine, score))
        if len(chosen) == limit:
            break
    return tuple(chosen)


def _scored(found: Found) -> Iterator[tuple[float, float, Hit, Span]]:
    for hit in found.hits:
        for span, cosine in zip(hit.passage.sentences, hit.sentences, strict=True):
            yield hit.score + SENTENCE_WEIGHT * (cosine - hit.sentence), cosine, hit, span
