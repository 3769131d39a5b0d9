"""What a version of an article, its passages and its vectors must be, whatever file they came from. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from rag.text.normalise import has_letters
from rag.types import Article, Span

CLOSE = 1e-3
"""By how much the length of a vector may differ from 1."""


def faults_of_article(article: Article, cut: list[Span], whole: tuple[Span, ...]) -> Iterator[str]:
    """What is wrong with an article whose passages are `cut`, in order, and whose body is what was left of the `whole`;
    nothing when all is well."""
    ends = [place for span in whole for place in span]
    ordered = all(before <= after for before, after in pairwise([0, *ends, len(article.text)]))
    if not ordered or not all(any(span.contains(body) for span in whole) for body in article.body):
        yield "its body is no part of its whole body"
    for name in ("title", "outlet", "author", "published", "section"):
        stated = getattr(article, name, None)
        if stated is not None and not 0 <= stated.span.start < stated.span.end <= len(article.text):
            yield f"what it states as its {name} does not stand in its text"
    if any(not before < after <= len(article.text) for before, after in pairwise((-1, *article.pages))):
        yield "its pages are not in order within its text"
    if any(before.end > after.start for before, after in pairwise(cut)):
        yield "two of its passages overlap"
    if not all(any(body.contains(span) for body in article.body) for span in cut):
        yield "a passage of it lies outside its body"
    if any(has_letters(span.of(article.text)) for span in _left_out(article, cut)):
        yield "words of its body are in no passage"


def _left_out(article: Article, cut: list[Span]) -> Iterator[Span]:
    """The stretches of the body that no passage has."""
    for body in article.body:
        at = body.start
        for span in (span for span in cut if body.contains(span)):
            yield Span(at, max(at, span.start))
            at = max(at, span.end)
        yield Span(at, body.end)


def fault_of_vector(data: bytes | None, width: list[int]) -> str | None:
    """What is wrong with a stored vector; `width` is the bytes of those before it, and is told those of this one."""
    if data is None:
        return "a text of it has no vector"
    if not data or len(data) % 4 or (width and width[0] != len(data)):
        return f"a vector of it has {len(data)} bytes"
    width[:] = [len(data)]
    length = float(np.linalg.norm(np.frombuffer(data, "<f4").astype(np.float64)))
    return None if abs(length - 1) < CLOSE else f"a vector of it has the length {length:.3f}, not 1"
