"""Dry run of an ingest: report what it would do to a corpus without writing to its data folder.

Files are read and decoded as in an ingest, so files that would go into quarantine are known. No model is loaded:
effects of another model, of other rules than in the last ingest, or of newly repeated lines are not predicted.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from rag.config import Settings
from rag.errors import BadInput, CorpusBusy, Undecodable
from rag.extract.base import Format, Refusal
from rag.extract.chunking import members, split
from rag.extract.formats import TEXT_ONLY, read_articles
from rag.folders import FoundFile, Roots, Skipped, Unreadable
from rag.ingest.sync import moved_between, plan, refuse_empty, refuse_losing
from rag.store import writes
from rag.store.catalog import CATALOG_FILE, Catalog
from rag.store.database import open_unaltered
from rag.store.locks import no_writer
from rag.store.schema import Quarantined
from rag.store.writes import KnownFile
from rag.types import Article, Passage

_ReadArticles = Callable[..., Iterator[Article | Refusal]]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """Result of a dry run, files sorted. `renamed` are (from, to); `quarantined` is everything that would be in
    quarantine.

    `refusal` is the reason why the ingest would stop before it changes anything; None if it would not.
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]
    deleted: tuple[str, ...]
    unchanged: int
    quarantined: tuple[Quarantined, ...]
    skipped: tuple[Skipped, ...]
    refusal: BadInput | None


@dataclass(frozen=True, slots=True)
class _Kept:
    """State of the catalog: files as last read, ids of their articles, quarantine and folders."""

    known: Mapping[str, KnownFile]
    articles: Mapping[str, frozenset[str]]
    refused: Mapping[str, writes.RefusedFile]
    quarantined: Sequence[Quarantined]
    roots: Roots | None


@dataclass(slots=True)
class _Found:
    """Results of the files read so far. `lost` counts articles by the file that would lose them."""

    arrived: dict[str, str] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    unchanged: int = 0
    quarantined: list[Quarantined] = field(default_factory=list)
    lost: Counter[str] = field(default_factory=Counter)


def foresee(
    folders: Sequence[Path],
    *,
    settings: Settings,
    corpus: str,
    allow_deletes: bool = False,
    formats: Mapping[str, Format] = TEXT_ONLY,
    read: _ReadArticles = read_articles,
    progress: Callable[[str, int, int], None] | None = None,
) -> Foreseen:
    """Predict what an ingest of the folders would do.

    Raises `BadInput` if a folder cannot be read, `CorpusBusy` or `CatalogError` if the catalog cannot be read.
    """
    roots = Roots.of(*folders)
    seen = roots.scan(frozenset(formats))
    kept = _kept(settings.corpus_dir(corpus), corpus)
    moved = moved_between(kept.roots, roots)
    todo = plan(seen, kept.known, kept.refused, None, moved)
    found = _Found(unchanged=len(todo.unchanged))
    for number, file in enumerate(todo.to_read):
        if progress:
            progress("read", number, len(todo.to_read))
        _look(file, kept, found, roots, settings.max_file_bytes, partial(read, corpus=corpus, formats=formats), moved)
    gone = {source: kept.known[source].sha256 for source in todo.vanished}
    renamed, deleted = _pair(gone, found.arrived)
    found.lost.update({source: kept.known[source].articles for source in deleted})
    looked_at = {file.source for file in todo.to_read}
    here = {file.source for file in seen.files} - looked_at
    quarantined = [file for file in kept.quarantined if file.source in here] + found.quarantined
    return Foreseen(
        added=tuple(sorted(found.arrived.keys() - {new for _, new in renamed})),
        changed=tuple(found.changed),
        renamed=tuple(renamed),
        deleted=tuple(deleted),
        unchanged=found.unchanged,
        quarantined=tuple(sorted(quarantined, key=lambda file: (file.source, file.member or ""))),
        skipped=seen.skipped,
        refusal=_refusal(roots, roots.empty(seen), formats, kept.known, found.lost, allow_deletes=allow_deletes),
    )


def _kept(home: Path, corpus: str) -> _Kept:
    path = home / CATALOG_FILE
    with no_writer(home) as free:
        if not path.is_file():
            return _Kept({}, {}, {}, (), None)
        if not free and not path.with_name(f"{path.name}-shm").exists():
            raise CorpusBusy("another process is starting to write to this corpus", where=str(home), do="try again")
        with Catalog(open_unaltered(path), str(path)) as catalog:
            with catalog.transaction() as connection:
                known = writes.known_sources(connection, corpus)
                refused = writes.refused_sources(connection, corpus)
                articles = writes.articles_of_sources(connection, corpus)
            return _Kept(known, articles, refused, catalog.quarantined(corpus), catalog.roots(corpus))


def _look(
    file: FoundFile,
    kept: _Kept,
    found: _Found,
    roots: Roots,
    limit: int,
    read: _ReadArticles,
    moved: Callable[[str], bool],
) -> None:
    """Read one file and record what an ingest would do with it."""
    source, was = file.source, kept.known.get(file.source)
    sha256 = ""
    ids: set[str] = set()
    refused: list[Quarantined] = []
    try:
        data, _ = roots.read(source, limit)
        sha256 = hashlib.sha256(data).hexdigest()
        if was and was.sha256 == sha256:
            found.unchanged += 1
            found.quarantined += (one for one in kept.quarantined if one.source == source and one.member)
            return
        for one in members(read(data, source=source), _split, source):
            if isinstance(one, Refusal):
                refused.append(Quarantined(source, one.reason, one.do, one.member))
            else:
                ids.add(one[0].id)
    except (Undecodable, Unreadable) as error:
        found.quarantined.append(Quarantined(source, error.what, error.do))
        if was and (isinstance(error, Undecodable) or moved(source)):
            found.lost[source] = was.articles
        elif was:
            found.unchanged += 1
        return
    found.quarantined += refused
    if was is None:
        found.arrived[source] = sha256
    else:
        found.changed.append(source)
        found.lost[source] = was.articles if moved(source) else len(kept.articles[source] - ids)


def _split(article: Article) -> list[Passage]:
    # Whether there is any passage at all does not depend on the token limit.
    return split(article, lambda texts: [1 for _ in texts], 1)


def _pair(gone: dict[str, str], arrived: dict[str, str]) -> tuple[list[tuple[str, str]], list[str]]:
    """Files that were only renamed, (from, to), and those that are gone; both sorted."""
    by_hash: dict[str, list[str]] = {}
    for source in sorted(arrived, reverse=True):
        by_hash.setdefault(arrived[source], []).append(source)
    renamed: list[tuple[str, str]] = []
    deleted: list[str] = []
    for source in sorted(gone):
        names = by_hash.get(gone[source])
        if names:
            renamed.append((source, names.pop()))
        else:
            deleted.append(source)
    return renamed, deleted


def _refusal(
    roots: Roots,
    empty: Sequence[Path],
    formats: Mapping[str, Format],
    known: Mapping[str, KnownFile],
    lost: Counter[str],
    *,
    allow_deletes: bool,
) -> BadInput | None:
    try:
        refuse_empty(empty, formats.keys(), known, allow_deletes=allow_deletes)
        if not allow_deletes:
            names = [source for source, count in lost.items() if count]
            refuse_losing(lost.total(), sum(one.articles for one in known.values()), names, root=roots.named)
    except BadInput as refusal:
        return refusal
    return None
