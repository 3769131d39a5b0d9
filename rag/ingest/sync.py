"""Folders into the catalog and a generation of the index: what changed and no more, resumable at any moment.

Every step is kept when it is done, in an order in which a kill loses nothing: versions are only added, the
generation that answers stays until the next one is complete, and what is left over is removed last. Knows
nothing of encodings, models or indexes: they come in as arguments.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rag.config import Settings
from rag.extract.article import RULES, format_of, read_articles
from rag.extract.base import Format, Refusal
from rag.extract.chunking import split as split_article
from rag.extract.formats import TEXT_ONLY
from rag.extract.outlets import Outlets
from rag.extract.outlets_file import shipped
from rag.folders import Skipped
from rag.index.files import VERSION as LAYOUT
from rag.index.generations import Collections, collect
from rag.ingest.intake import Intake
from rag.ingest.renewal import Build, Progress, Renewal
from rag.ingest.repeated_lines import RULES as TRIMMING
from rag.ingest.repeated_lines import trim
from rag.roots import Roots
from rag.store import writes as ledger
from rag.store.catalog import writing
from rag.store.embeddings import Embedder, check_probe
from rag.store.rows import Quarantined
from rag.types import Article, Passage

ChunkArticle = Callable[[Article, Callable[[list[str]], list[int]], int], list[Passage]]


@dataclass(frozen=True, slots=True)
class Report:
    """What an ingest did, in articles. `embedded` counts texts, `passages` those of the generation that answers now.

    `repeated` counts those with lines at their ends that others repeat, which are not searched. `quarantined` is all
    that is in quarantine, `skipped` all that was not even tried. `generation` is None when there is nothing to ask.
    """

    added: int
    changed: int
    renamed: int
    deleted: int
    unchanged: int
    repeated: int
    quarantined: tuple[Quarantined, ...]
    skipped: tuple[Skipped, ...]
    embedded: int
    passages: int
    generation: str | None
    switched: bool
    seconds: float


def ingest(
    folder: Path | Sequence[Path],
    *,
    settings: Settings,
    corpus: str,
    embedder: Embedder,
    build: Build,
    progress: Progress | None = None,
    allow_deletes: bool = False,
    rebuild: bool = False,
    retry: bool = False,
    formats: Mapping[str, Format] = TEXT_ONLY,
    collections: Collections | None = None,
    outlets: Outlets | None = None,
    read: Callable[..., Iterator[Article | Refusal]] = read_articles,
    split: ChunkArticle = split_article,
) -> Report:
    """Bring the corpus to what `folder`, or several, hold now, and let a new generation answer if anything changed.

    `formats` are the types of file that are read, by their ending; `outlets` is the table of names that pages are
    read by, where it is not the one that comes with Isnad. `collections` are those of a Chroma server, where
    `build` puts the vectors of a generation into one of them. `rebuild` makes a new generation even so; `retry` reads
    what is in quarantine though it looks unchanged. Raises `BadInput` when a folder cannot be read, holds nothing
    to read, or when more than half of the articles would go and `allow_deletes` is false (nothing is altered then);
    `CorpusBusy` when another process writes; `CatalogError` when the disk is full or the catalog cannot be used; what
    `build` raises. The generation that answered before then still does.
    """
    started = time.monotonic()
    tell = progress or _silent
    roots = Roots.of(folder) if isinstance(folder, Path) else Roots.of(*folder)
    seen = roots.scan(frozenset(formats))
    generations = settings.generations_dir(corpus)
    budget = min(settings.passage_tokens, embedder.max_tokens)
    rules = hashlib.sha256(
        json.dumps([RULES, (outlets or shipped()).digest, budget, embedder.fingerprint]).encode()
    ).hexdigest()
    with writing(settings, corpus) as catalog:
        with catalog.transaction() as connection:
            check_probe(connection, embedder, keep=True)
        cut = lambda article: split(article, embedder.count_tokens, budget)  # noqa: E731
        intake = Intake(
            catalog=catalog,
            corpus=corpus,
            roots=roots,
            rules=lambda source: _rules_of(rules, format_of(source, formats)),
            limit=settings.max_file_bytes,
            extensions=formats.keys(),
            read=lambda data, source: read(data, corpus=corpus, source=source, formats=formats, outlets=outlets),
            split=cut,
        )
        taken = intake.take(seen, partial(tell, "read"), allow_deletes=allow_deletes, retry=retry)
        batch = settings.embedding_batch
        # An index of another layout is built anew from what the catalog has: nothing is read or embedded again.
        made_by = hashlib.sha256(f"{rules} {LAYOUT} {TRIMMING}".encode()).hexdigest()
        renewal = Renewal(
            catalog, corpus, generations, made_by, embedder, build, batch, tell, collections, partial(trim, split=cut)
        )
        switched, embedded = renewal.run(rebuild=rebuild)
        collect(catalog, corpus, generations, embedder.fingerprint, collections)
        current = catalog.current(corpus)
        with catalog.transaction() as connection:
            repeated = ledger.count_parts(connection, corpus)
        return Report(
            added=taken.added,
            changed=taken.changed,
            renamed=taken.renamed,
            deleted=taken.deleted,
            unchanged=taken.unchanged,
            repeated=repeated,
            quarantined=tuple(catalog.quarantined(corpus)),
            skipped=seen.skipped,
            embedded=embedded,
            passages=current.count if current else 0,
            generation=current.id if current else None,
            switched=switched,
            seconds=time.monotonic() - started,
        )


def _rules_of(rules: str, format_: Format) -> str:
    """The rules of one file: those of all, and how its format is read."""
    return hashlib.sha256(f"{rules}\0{format_.version}".encode()).hexdigest() if format_.version else rules


def _silent(_phase: str, _done: int, _total: int) -> None:
    """No progress is shown."""
