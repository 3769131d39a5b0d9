"""Merge segments of the index aside: questions and ingests go on meanwhile, and a kill loses nothing but the work.

A merge makes a generation with the articles of the current one in fewer segments. Only its first and last step hold the
write lock. If an ingest switched to another generation in between, its changes are added to the merged one before it
becomes the current one.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rag.errors import CatalogError, CorpusBusy, IndexUnusable
from rag.index.generations import (
    Collections,
    changed_articles,
    collect,
    extend,
    remove_unused_segments,
    segments_of,
)
from rag.index.merging import Extension, due
from rag.store import writes as ledger
from rag.store.catalog import Catalog, catalog_of, writing
from rag.store.locks import being_built, fsync, lease, lease_file, remove_folder, writer_lock

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

    from rag.config import Settings
    from rag.ingest.sync import BuildIndex, Progress
    from rag.store.schema import GenerationRow

_PAUSE: Final = 0.2
"""Seconds between two attempts to take the write lock."""
_NICENESS: Final = 10


def merge(
    settings: Settings,
    corpus: str,
    build: BuildIndex,
    collections: Collections | None = None,
    progress: Progress = lambda *_: None,
    due: Callable[[Path], list[str] | None] = due,
) -> bool:
    """Merge the segments that are due in the current generation; returns whether the corpus has a merged one now.

    `due` returns the articles to write into one segment, as `rag.index.merging.due`.

    Returns False if nothing is due, another process merges already, or the model or rules changed meanwhile. Raises
    `CatalogError` if the disk is full or the catalog is unusable, and what `build` raises.
    """
    home = settings.generations_dir(corpus)
    with ExitStack() as held:
        try:
            held.enter_context(writer_lock(settings.corpus_dir(corpus) / "merging", "index"))
            begun = _begun(settings, corpus, home, due, held)
        except CorpusBusy:
            return False  # the other process merges, or will in its turn
        if begun is None:
            return False
        before, merged, articles = begun
        progress("merge", 0, 1)
        with catalog_of(settings, corpus) as catalog:
            _build(catalog, home, merged, before, articles, build)
        with _writing(settings, corpus) as catalog:
            try:
                done = _switched(catalog, corpus, home, merged, before, build)
                progress("merge", 1, 1)
                return done
            finally:
                held.close()
                collect(catalog, corpus, home, before.fingerprint, collections)


def _begun(
    settings: Settings, corpus: str, home: Path, due: Callable[[Path], list[str] | None], held: ExitStack
) -> tuple[GenerationRow, str, list[str] | None] | None:
    """The current generation, the id of the one that will replace it, and the articles to merge, as from `due`; None if
    nothing is due. `held` gets leases of both. Raises `CorpusBusy` if another process writes."""
    with writing(settings, corpus) as catalog:
        before = catalog.current(corpus)
        if before is None or not (home / before.id).is_dir() or (articles := due(home / before.id)) == []:
            return None
        held.enter_context(lease(home / before.id))
        with catalog.transaction() as connection:
            merged = ledger.start_generation(connection, corpus, before.fingerprint, before.rules, same_as=before.id)
        # From here on, an ingest that collects garbage leaves the folder alone.
        held.enter_context(being_built(home / merged))
        return before, merged, articles


def _build(
    catalog: Catalog, home: Path, merged: str, before: GenerationRow, articles: list[str] | None, build: BuildIndex
) -> None:
    folder = home / merged
    try:
        if articles is None:
            vectors = partial(catalog.vectors, fingerprint=before.fingerprint)
            build(folder, catalog.iterate_passages(before.id), vectors, before.fingerprint)
        else:
            plan = Extension(articles, articles)
            extend(catalog, before.id, before.fingerprint, folder, build, home / before.id, plan)
    except OSError as error:
        remove_folder(folder)
        remove_unused_segments(home)
        raise CatalogError(
            f"the index cannot be written: {error.strerror}",
            where=str(folder),
            do="free some space on the disk; the previous index still answers",
        ) from error


def _switched(catalog: Catalog, corpus: str, home: Path, merged: str, before: GenerationRow, build: BuildIndex) -> bool:
    now = catalog.current(corpus)
    if now is None or (now.fingerprint, now.rules) != (before.fingerprint, before.rules):
        return False
    last = merged
    if now.id != before.id:
        with catalog.transaction() as connection:
            last = ledger.start_generation(connection, corpus, now.fingerprint, now.rules, same_as=now.id)
        plan = Extension(*changed_articles(catalog, now.id, before.id))
        extend(catalog, now.id, now.fingerprint, home / last, build, home / merged, plan)
    lease_file(home / last).touch(mode=0o600)
    fsync(home)
    with catalog.transaction() as connection:
        ledger.switch(connection, corpus, last, segments_of(home / last))
    return True


@contextmanager
def _writing(settings: Settings, corpus: str) -> Iterator[Catalog]:
    """`writing`, once no other process writes."""
    while True:
        with ExitStack() as stack:
            try:
                catalog = stack.enter_context(writing(settings, corpus))
            except CorpusBusy:
                time.sleep(_PAUSE)
                continue
            yield catalog
            return


def merge_aside(settings: Settings, work: Callable[[Settings], object]) -> BaseProcess | None:
    """Call `work`, which merges, in a process of low priority that ends with this one; None if nothing is due.

    The process starts only if the current generation has segments that are due.
    """
    import multiprocessing

    corpus = settings.corpus_to_read()
    with catalog_of(settings, corpus) as catalog:
        current = catalog.current(corpus)
    if current is None:
        return None
    try:
        if due(settings.generations_dir(corpus) / current.id) == []:
            return None
    except IndexUnusable:
        return None  # the next ingest builds it anew
    process = multiprocessing.get_context("spawn").Process(target=_aside, args=(settings, work), daemon=True)
    process.start()
    return process


def _aside(settings: Settings, work: Callable[[Settings], object]) -> None:
    os.nice(_NICENESS)
    work(settings)
