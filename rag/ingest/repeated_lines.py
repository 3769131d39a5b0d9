"""Remove lines that many articles repeat from their bodies, after all files are read.

Whether a line is news depends on the other articles, so the reader of one file cannot decide it. Versions are
immutable: a version with a smaller body is stored in addition to the one that was read, with its own rules, and
replaces it in the next generation.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import takewhile
from pathlib import PurePosixPath
from typing import Any, Final

import numpy as np
from sqlalchemy import Select, delete, exists, func, insert, or_, select
from sqlalchemy.engine import Connection, RowMapping

from rag.extract.boilerplate import addresses_readers
from rag.extract.bylines import line_spans
from rag.extract.chunking import Chunker
from rag.store import writes
from rag.store.catalog import Catalog
from rag.store.database import AT_ONCE
from rag.store.embeddings import chunks
from rag.store.schema import (
    article_from_row,
    line_ends,
    meta,
    same_version,
    sources,
    version_key,
    versions,
    whole_body,
)
from rag.store.schema import repeated_lines as repeated_table
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
_SENTENCE: Final = 4
"""Minimum number of words of a sentence."""
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
    return ((line, beside) for line, beside in _ends(article) if beside is not None)


def _ends(article: Article) -> Iterator[tuple[int, int | None]]:
    """Keys of the lines at the ends of a body, each with the line of `_pairs`; None for one too long or a fact."""
    lines, text, group = _lines(article), article.text, _group(article)
    most = min(_LONGEST, _SHARE * _size(lines))
    for ordered in (lines, lines[::-1]):
        if not ordered:
            return
        beside = normal_form(ordered[min(_AT_END, len(ordered) - 1)].of(text))
        for span in ordered[:_AT_END]:
            line = span.of(text)
            normal = normal_form(line)
            counts = len(line) <= most and not _is_fact(line, normal) and normal != beside
            yield _key(group, normal), _hash(beside) if counts else None


def _is_fact(line: str, normal: str) -> bool:
    """Whether a line is a sentence that may be stated nowhere else: with a figure, or of some words and neither to the
    readers nor about the page. Many reports end in « ولم تتبن أي جهة الهجوم. »."""
    if line.rstrip("\"”»’') \u200e\u200f")[-1:] not in _STOPS:
        return False
    if any(map(str.isdigit, line)):
        return True
    return len(line.split()) >= _SENTENCE and not addresses_readers(normal)


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


# Applies it to the articles in the sources. A changed article changes the counts of its own lines only, so each call
# looks at the articles that were touched since the last one, and at those that have a line whose count crossed `LEAST`.
# Both tables are updated in one transaction with the list of articles to look at: a kill loses nothing.

RULES: Final = 2
"""Version of the rules; increment it if a change removes other lines, or counts them under other keys."""
_RULES_ROW: Final = "repeated_lines"
"""Name of the row of `meta` with the rules by which the lines were counted."""


def trim_articles(catalog: Catalog, corpus: str, split: Chunker) -> None:
    """Update the bodies of the listed articles according to the repeated lines of all articles.

    Reads only the articles that changed, and those that have a line that is repeated since then, or no longer; all of
    them once, if the lines were never counted by these rules. If the process is killed, the next call completes the
    work. `split` makes the passages of an article.
    """
    with catalog.transaction() as connection:
        stored = connection.execute(select(meta.c.value).where(meta.c.name == _RULES_ROW)).scalar()
        if stored != str(RULES):
            for table in (line_ends, repeated_table):
                connection.execute(delete(table))
            writes.touch_sources(connection, corpus)
            connection.execute(delete(meta).where(meta.c.name == _RULES_ROW))
            connection.execute(insert(meta).values(name=_RULES_ROW, value=str(RULES)))
        changed = writes.touched_articles(connection, corpus)
    for part in chunks(changed, AT_ONCE):
        with catalog.transaction() as connection:
            _count_lines(connection, corpus, part)
    with catalog.transaction() as connection:
        changed = writes.touched_articles(connection, corpus)
    for part in chunks(changed, AT_ONCE):
        with catalog.transaction() as connection:
            rows = connection.execute(_with_repeated(corpus, part)).mappings().all()
            repeated = _repeated_of(connection, [row["article_id"] for row in rows])
        for row in rows:
            article, whole = article_from_row(row), _whole(row)
            news = news_of(whole, repeated)
            if news != article.body:
                trimmed = replace(article, body=news)
                with catalog.transaction() as connection:
                    writes.record_body(connection, trimmed, split(trimmed), whole.body, version_key(row))


def _count_lines(connection: Connection, corpus: str, article_ids: Sequence[str]) -> None:
    """Replace the lines of these articles by those that they have in the sources, and touch the articles with a line
    that is repeated now and was not before, or the other way round."""
    rows = connection.execute(_listed(corpus, article_ids)).mappings()
    ends = {row["article_id"]: set(_ends(_whole(row))) for row in rows}
    here = line_ends.c.article_id.in_(article_ids)
    lines = set(connection.execute(select(line_ends.c.line).where(here)).scalars())
    new = [
        {"article_id": article_id, "line": _signed(line), "beside": None if beside is None else _signed(beside)}
        for article_id, found in ends.items()
        for line, beside in found
    ]
    connection.execute(delete(line_ends).where(here))
    if new:
        connection.execute(insert(line_ends), new)
    changed = lines | {row["line"] for row in new}
    listed = select(repeated_table.c.line).where(repeated_table.c.line.in_(changed))
    before = set(connection.execute(listed).scalars())
    now = set(connection.execute(_lines_beside_many(article_ids, before)).scalars())
    if before - now:
        connection.execute(delete(repeated_table).where(repeated_table.c.line.in_(before - now)))
    if now - before:
        connection.execute(insert(repeated_table), [{"line": line} for line in now - before])
    if before ^ now:
        having = select(line_ends.c.article_id).where(line_ends.c.line.in_(before ^ now))
        writes.touch_articles(connection, corpus, having)


def _lines_beside_many(article_ids: Sequence[str], lines: Collection[int]) -> Select[tuple[int]]:
    """Those of the lines at the ends of these articles, and of `lines`, that are beside at least `LEAST` others."""
    theirs = select(line_ends.c.line).where(line_ends.c.article_id.in_(article_ids))
    known = select(repeated_table.c.line).where(repeated_table.c.line.in_(lines))
    wanted = theirs.union(known).subquery()
    # Stops at the first few: a promotion may be in half of the articles.
    beside = select(line_ends.c.beside).where(line_ends.c.line == wanted.c.line, line_ends.c.beside.is_not(None))
    few = beside.distinct().limit(LEAST).correlate(wanted).subquery()
    many = select(func.count()).select_from(few).correlate(wanted).scalar_subquery()
    return select(wanted.c.line).where(many == LEAST)


def _listed(corpus: str, article_ids: Sequence[str]) -> Select[Any]:
    """Rows of `versions` of these articles, as listed in the sources."""
    # With a join, the database would scan all sources.
    listed = exists().where(same_version(sources, versions), sources.c.corpus == corpus)
    return select(versions).where(versions.c.article_id.in_(article_ids), listed)


def _with_repeated(corpus: str, article_ids: Sequence[str]) -> Select[Any]:
    """As `_listed`, but only articles with a repeated line at an end, or with lines removed."""
    has_line = exists().where(
        line_ends.c.article_id == versions.c.article_id, repeated_table.c.line == line_ends.c.line
    )
    return _listed(corpus, article_ids).where(or_(versions.c.whole.is_not(None), has_line))


def _repeated_of(connection: Connection, article_ids: Sequence[str]) -> frozenset[int]:
    """Repeated lines at the ends of these articles."""
    query = select(repeated_table.c.line).join(line_ends, line_ends.c.line == repeated_table.c.line)
    found = connection.execute(query.where(line_ends.c.article_id.in_(article_ids)).distinct()).scalars()
    return frozenset(line % 2**64 for line in found)


def _whole(row: RowMapping) -> Article:
    return replace(article_from_row(row), body=whole_body(row))


def _signed(key: int) -> int:
    """The key as an integer of the database: 64 bits with a sign."""
    return key - 2**64 if key >= 2**63 else key
