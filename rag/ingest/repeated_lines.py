"""Lines that many articles repeat, taken out of their bodies once all files are read.

Whether a line is news hangs on the other articles, so no file's reader can tell. A version never changes: one with a
smaller body stands beside the one that was read, under rules of its own, and takes its place in the next generation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from sqlalchemy import select

from rag.extract.members import Split
from rag.ingest.repeated import news_of, repeated_lines
from rag.store import writes as ledger
from rag.store.catalog import Catalog
from rag.store.embeddings import chunks
from rag.store.queries import AT_ONCE
from rag.store.rows import VersionKey, article_from_row, version_key, whole_body
from rag.store.schema import versions
from rag.types import Article, Span

RULES: Final = 1
"""The version of the rules: a change that takes other lines out raises it."""


def trim(catalog: Catalog, corpus: str, split: Split) -> None:
    """Bring the body of every article that the folders hold to what the others say of its lines.

    Killed at any moment, it is finished by the next call. `split` makes the passages of an article.
    """
    with catalog.transaction() as connection:
        keys = sorted(ledger.source_versions(connection, corpus))
    repeated = repeated_lines(article for _, article, _ in _whole(catalog, keys))
    for key, article, body in _whole(catalog, keys):
        news = news_of(article, repeated)
        if news != body:
            trimmed = replace(article, body=news)
            with catalog.transaction() as connection:
                ledger.record_body(connection, trimmed, split(trimmed), article.body, key)


def _whole(catalog: Catalog, keys: list[VersionKey]) -> Iterator[tuple[VersionKey, Article, tuple[Span, ...]]]:
    """Each version as it was read, and the body that it has now; few are in memory at a time."""
    for part in chunks(keys, AT_ONCE):
        wanted = select(versions).where(versions.c.article_id.in_([key.article_id for key in part]))
        with catalog.transaction() as connection:
            rows = {version_key(row): row for row in connection.execute(wanted).mappings()}
        for key in part:
            article = article_from_row(rows[key])
            yield key, replace(article, body=whole_body(rows[key])), article.body
