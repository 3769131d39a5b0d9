"""Lines that many articles repeat, taken out of their bodies once all files are read.

Whether a line is news hangs on the other articles, so no file's reader can tell. A version never changes: one with a
smaller body stands beside the one that was read, under rules of its own, and takes its place in the next generation.
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

# Lines at the ends of many articles' bodies: what an outlet says under each of them, and no news.
#
# Pure functions over articles. What is found depends on the articles alone, not on their order.

_AT_END: Final = 4
"""Lines of the body, from the first and from the last one, that are its ends."""
LEAST: Final = 5
"""Articles, each with another line beside it, that a line must stand in: copies of one article are one."""
_LONGEST: Final = 200
"""Code points of a line that may be no news: paragraphs of background are longer."""
_STOPS: Final = frozenset(".!?؟۔")
_SHARE: Final = 0.25
"""Of a body's lines, in code points, that one may make up and still count: a short text that was copied under many
signatures repeats, and is news."""


def repeated_lines(articles: Iterable[Article], least: int = LEAST) -> frozenset[int]:
    """The lines, as `_key` has them, that stand at the ends of at least `least` articles of one outlet beside
    different lines; of one folder, or file of many articles, where no outlet is stated.

    `articles`, with their whole bodies, are streamed: 16 bytes are held for each of the lines at their ends.
    """
    pairs = array("Q")
    for article in articles:
        for line, beside in _pairs(article):
            pairs.extend((line, beside))
    different = np.unique(np.array(pairs, np.uint64).reshape(-1, 2), axis=0)
    lines, counts = np.unique(different[:, 0], return_counts=True)
    return frozenset(lines[counts >= least].tolist())


def news_of(article: Article, repeated: frozenset[int]) -> tuple[Span, ...]:
    """The body of `article` without the repeated lines at its ends: from each end on, up to the first line of news.

    All of it where less than half would be left.
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
    """64 bits of the hash of a line in normal form, within its outlet or folder."""
    return _hash(f"{group}\0{normal}")


def _pairs(article: Article) -> Iterator[tuple[int, int]]:
    """The short lines at the ends of a body, each with the nearest line that is not at that end, or the farthest."""
    lines, text, group = _lines(article), article.text, _group(article)
    most = min(_LONGEST, _SHARE * _size(lines))
    for ordered in (lines, lines[::-1]):
        if not ordered:
            return
        beside = normal_form(ordered[min(_AT_END, len(ordered) - 1)].of(text))
        for span in ordered[:_AT_END]:
            line = span.of(text)
            # A sentence with a figure is a fact, and may stand nowhere else.
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
"""The version of the rules: a change that takes other lines out raises it."""


def trim(catalog: Catalog, corpus: str, split: Chunker) -> None:
    """Bring the body of every article that the folders hold to what the others say of its lines.

    Killed at any moment, it is finished by the next call. `split` makes the passages of an article.
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
    """Each version as it was read, and the body that it has now; few are in memory at a time."""
    for part in chunks(keys, AT_ONCE):
        wanted = select(versions).where(versions.c.article_id.in_([key.article_id for key in part]))
        with catalog.transaction() as connection:
            rows = {version_key(row): row for row in connection.execute(wanted).mappings()}
        for key in part:
            article = article_from_row(rows[key])
            yield key, replace(article, body=whole_body(rows[key])), article.body
