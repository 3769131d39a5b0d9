"""Remove lines that many articles repeat from their bodies, after all files are read.

Whether a line is news depends on the other articles, so the reader of one file cannot decide it. Versions are
immutable: a version with a smaller body is stored in addition to the one that was read, with its own rules, and
replaces it in the next generation.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import takewhile
from pathlib import PurePosixPath
from typing import Final

import numpy as np
from sqlalchemy import select

from rag.extract.bylines import line_spans
from rag.extract.chunking import Chunker
from rag.store import writes
from rag.store.catalog import Catalog
from rag.store.database import AT_ONCE
from rag.store.embeddings import chunks
from rag.store.schema import VersionKey, article_from_row, version_key, versions, whole_body
from rag.text.normalise import has_letters, normal_form
from rag.types import Article, Span

# Finds lines at the start or end of many articles' bodies: boilerplate of an outlet, not news.
#
# Pure functions over articles. The result does not depend on their order.

_AT_END: Final = 4
"""Number of lines of the body, from the first and from the last one, that count as its ends."""
LEAST: Final = 5
"""Minimum number of articles with the line, each next to a different line: copies of one article count once."""
_LONGEST: Final = 200
"""Maximum length of boilerplate in code points: background paragraphs are longer."""
_STOPS: Final = frozenset(".!?؟۔")
_SHARE: Final = 0.25
"""Maximum share of a body, in code points, that the line may make up: a short text copied under many signatures
repeats, but is news."""


def repeated_lines(articles: Iterable[Article], least: int = LEAST) -> frozenset[int]:
    """Keys (see `_key`) of the lines at the ends of at least `least` articles of one outlet, next to different lines.
    Without a stated outlet, articles are grouped by folder or by the file that holds them.

    `articles`, with their whole bodies, are streamed: memory is 16 bytes per line at an end.
    """
    pairs = array("Q")
    for article in articles:
        for line, beside in _pairs(article):
            pairs.extend((line, beside))
    different = np.unique(np.array(pairs, np.uint64).reshape(-1, 2), axis=0)
    lines, counts = np.unique(different[:, 0], return_counts=True)
    return frozenset(lines[counts >= least].tolist())


def news_of(article: Article, repeated: frozenset[int]) -> tuple[Span, ...]:
    """The body of `article` without the repeated lines at its ends: from each end up to the first line of news.

    The whole body if less than half would be left.
    """
    lines, text, group = _lines(article), article.text, _group(article)

    def count(ordered: Iterable[Span]) -> int:
        return sum(1 for _ in takewhile(lambda span: _key(group, normal_form(span.of(text))) in repeated, ordered))

    first, last = count(lines[:_AT_END]), count(lines[::-1][:_AT_END])
    kept = lines[first : len(lines) - last]
    if not first + last or 2 * _size(kept) < _size(lines):
        return article.body
    low = kept[0].start if first else 0
    high = kept[-1].end if last else len(text)
    clipped = (Span(max(start, low), min(end, high)) for start, end in article.body if start < high and end > low)
    return tuple(span for span in clipped if has_letters(span.of(text))) or article.body


def _key(group: str, normal: str) -> int:
    """The first 64 bits of the hash of a normalised line with its outlet or folder."""
    return _hash(f"{group}\0{normal}")


def _pairs(article: Article) -> Iterator[tuple[int, int]]:
    """Keys of the short lines at the ends of a body, each with the nearest line that is not at that end, or the
    farthest."""
    lines, text, group = _lines(article), article.text, _group(article)
    most = min(_LONGEST, _SHARE * _size(lines))
    for ordered in (lines, lines[::-1]):
        if not ordered:
            return
        beside = normal_form(ordered[min(_AT_END, len(ordered) - 1)].of(text))
        for span in ordered[:_AT_END]:
            line = span.of(text)
            # A sentence with a figure is a fact that may be stated nowhere else.
            is_fact = line.rstrip()[-1:] in _STOPS and any(map(str.isdigit, line))
            if len(line) <= most and not is_fact and (normal := normal_form(line)) != beside:
                yield _key(group, normal), _hash(beside)


def _lines(article: Article) -> list[Span]:
    return [
        Span(body.start + start, body.start + end)
        for body in article.body
        for start, end in line_spans(body.of(article.text))
    ]


def _group(article: Article) -> str:
    if article.outlet:
        return f"outlet {normal_form(article.outlet.value)}"
    return f"file {article.source}" if article.member else f"folder {PurePosixPath(article.source).parent}"


def _size(lines: Iterable[Span]) -> int:
    return sum(end - start for start, end in lines)


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])


RULES: Final = 1
"""Version of the rules; increment it if a change removes other lines."""


def trim_articles(catalog: Catalog, corpus: str, split: Chunker) -> None:
    """Update the body of every listed article according to the repeated lines of all articles.

    If the process is killed, the next call completes the work. `split` makes the passages of an article.
    """
    with catalog.transaction() as connection:
        keys = sorted(writes.source_versions(connection, corpus))
    repeated = repeated_lines(article for _, article, _ in _whole(catalog, keys))
    for key, article, body in _whole(catalog, keys):
        news = news_of(article, repeated)
        if news != body:
            trimmed = replace(article, body=news)
            with catalog.transaction() as connection:
                writes.record_body(connection, trimmed, split(trimmed), article.body, key)


def _whole(catalog: Catalog, keys: list[VersionKey]) -> Iterator[tuple[VersionKey, Article, tuple[Span, ...]]]:
    """Each version with its whole body, and its current body; few are in memory at a time."""
    for part in chunks(keys, AT_ONCE):
        wanted = select(versions).where(versions.c.article_id.in_([key.article_id for key in part]))
        with catalog.transaction() as connection:
            rows = {version_key(row): row for row in connection.execute(wanted).mappings()}
        for key in part:
            article = article_from_row(rows[key])
            yield key, replace(article, body=whole_body(rows[key])), article.body
