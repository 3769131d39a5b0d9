"""What an ingest would do to a corpus, found out by reading only: not a byte of its data folder is altered.

Files are read and decoded as an ingest does, so it knows which would go into quarantine. It asks no model: what
another model or other rules than those of the last ingest would do is not foreseen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rag.articles import read_article
from rag.catalog import CATALOG_FILE, Catalog
from rag.config import Settings
from rag.errors import BadInput, CorpusBusy, Undecodable
from rag.passages import split
from rag.sources.files import Skipped, Unreadable
from rag.sources.roots import Roots
from rag.store import ledger
from rag.store.database import open_unaltered
from rag.store.leases import no_writer
from rag.store.ledger import Known, Refused
from rag.store.rows import Quarantined
from rag.types import Article
from rag.upkeep.changes import is_moved, plan, refuse_empty, refuse_losing


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What an ingest would find: sources, sorted. `renamed` are (from, to), `quarantined` all that would be there.

    `refusal` is why it would stop before anything is altered; None when it would not.
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]
    deleted: tuple[str, ...]
    unchanged: int
    quarantined: tuple[Quarantined, ...]
    skipped: tuple[Skipped, ...]
    refusal: BadInput | None


def foresee(
    folders: Sequence[Path],
    *,
    settings: Settings,
    corpus: str,
    allow_deletes: bool = False,
    read: Callable[..., Article] = read_article,
    progress: Callable[[str, int, int], None] | None = None,
) -> Foreseen:
    """Look at the folders as an ingest would.

    Raises `BadInput` when a folder cannot be read, `CorpusBusy` or `CatalogError` when the catalog cannot be.
    """
    roots = Roots.of(*folders)
    seen = roots.scan()
    known, refused, before = _known(settings.corpus_dir(corpus), corpus)
    moved = partial(is_moved, before, roots)
    todo = plan(seen, known, refused, None, moved)
    here = {file.source for file in seen.files}
    kept = {source: Quarantined(source, one.reason, one.do) for source, one in refused.items() if source in here}
    arrived: dict[str, str] = {}
    changed: list[str] = []
    withdrawn: list[str] = []
    others: set[str] = set()
    unchanged = len(todo.unchanged)
    for number, file in enumerate(todo.to_read):
        if progress:
            progress("read", number, len(todo.to_read))
        was = known.get(file.source)
        kept.pop(file.source, None)
        sha256 = ""
        try:
            data, _ = roots.read(file.source, settings.max_file_bytes)
            sha256 = hashlib.sha256(data).hexdigest()
            if was is None or was.version.sha256 != sha256:
                _must_hold_text(read(data, corpus=corpus, source=file.source))
        except (Undecodable, Unreadable) as error:
            kept[file.source] = Quarantined(file.source, error.what, error.do)
            withdrawn += [file.source] if was and isinstance(error, Undecodable) else []
            unchanged += was is not None and isinstance(error, Unreadable)
        else:
            if was is None:
                arrived[file.source] = sha256
            elif was.version.sha256 == sha256:
                unchanged += 1
            else:
                changed.append(file.source)
        if was and moved(file.source) and was.version.sha256 != sha256:
            others.add(file.source)
    renamed, deleted = _pair({source: known[source].version.sha256 for source in todo.vanished}, arrived)
    lost = {*deleted, *withdrawn, *others}
    return Foreseen(
        added=tuple(sorted(arrived.keys() - {new for _, new in renamed})),
        changed=tuple(changed),
        renamed=tuple(renamed),
        deleted=tuple(deleted),
        unchanged=unchanged,
        quarantined=tuple(kept[source] for source in sorted(kept)),
        skipped=seen.skipped,
        refusal=_refusal(roots, roots.empty(seen), known, lost, allow_deletes=allow_deletes),
    )


def _known(home: Path, corpus: str) -> tuple[dict[str, Known], dict[str, Refused], Roots | None]:
    path = home / CATALOG_FILE
    with no_writer(home) as free:
        if not path.is_file():
            return {}, {}, None
        if not free and not path.with_name(f"{path.name}-shm").exists():
            raise CorpusBusy("another process begins to write to this corpus", where=str(home), do="try again")
        with Catalog(open_unaltered(path), path) as catalog:
            with catalog.transaction() as connection:
                known = ledger.known_sources(connection, corpus)
                refused = ledger.refused_sources(connection, corpus)
            return known, refused, catalog.roots(corpus)


def _must_hold_text(article: Article) -> None:
    # Whether there is a passage at all does not depend on how long one may be.
    if not split(article, lambda texts: [1 for _ in texts], 1):
        raise Undecodable("it holds no text to search", where=article.source, do="delete it, or fill it")


def _pair(gone: dict[str, str], arrived: dict[str, str]) -> tuple[list[tuple[str, str]], list[str]]:
    """Files that only changed their names, (from, to), and those that are gone; both sorted."""
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
    roots: Roots, empty: Sequence[Path], known: dict[str, Known], lost: set[str], *, allow_deletes: bool
) -> BadInput | None:
    try:
        refuse_empty(empty, known, allow_deletes=allow_deletes)
        if not allow_deletes:
            refuse_losing(len(lost), len(known), lost, root=roots.named)
    except BadInput as refusal:
        return refusal
    return None
