"""Count the contents of a corpus, for display. Reads no text and no vector."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag.store.catalog import Catalog
    from rag.store.schema import Quarantined


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts of the current generation of a corpus and its quarantine.

    `outlets` and `languages` are (name, articles), most first and ties by name; outlet None are the articles that state
    none. `first` and `last` are ISO 8601 publication days, None if no article states one; `undated` is the number of
    articles without one. `root` are the folders of the last ingest. `generation` and `created_at` (ISO 8601, UTC) are
    None if there is nothing to search yet.
    """

    corpus: str
    articles: int
    passages: int
    outlets: tuple[tuple[str | None, int], ...]
    languages: tuple[tuple[str, int], ...]
    first: str | None
    last: str | None
    undated: int
    quarantined: tuple[Quarantined, ...]
    generation: str | None
    created_at: str | None
    root: str | None
    days: tuple[str, ...] = ()
    """Publication days of the articles that state one, ISO 8601, in order."""


def overview(catalog: Catalog, corpus: str) -> Overview:
    """Count the contents of the current generation of `corpus`. Raises `CatalogError` if the catalog cannot be read."""
    current = catalog.current(corpus)
    metas = catalog.articles_meta(current.id) if current else []
    roots = catalog.roots(corpus)
    days = sorted(meta.published for meta in metas if meta.published)
    outlets = Counter(meta.outlet for meta in metas)
    languages = Counter(meta.language for meta in metas)
    return Overview(
        corpus=corpus,
        articles=len(metas),
        passages=current.count if current else 0,
        # Articles without an outlet come after named outlets with the same count.
        outlets=tuple(sorted(outlets.items(), key=lambda one: (-one[1], one[0] is None, one[0] or ""))),
        languages=tuple(sorted(languages.items(), key=lambda one: (-one[1], one[0]))),
        first=min(days, default=None),
        last=max(days, default=None),
        undated=len(metas) - len(days),
        quarantined=tuple(catalog.quarantined(corpus)),
        generation=current.id if current else None,
        created_at=current.created_at if current else None,
        root=roots.named if roots else None,
        days=tuple(days),
    )
