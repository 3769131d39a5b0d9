"""Files into the catalog: reads what changed, a transaction a file, and takes out what is gone.

Knows nothing of embeddings, indexes or generations: versions are only added here, so nothing that answers
a question moves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial

from rag.catalog import Catalog
from rag.errors import Undecodable
from rag.sources.files import FoundFile, Scan, Unreadable
from rag.sources.roots import Roots
from rag.store import ledger
from rag.store.ledger import Known, Refused
from rag.types import Article, Passage
from rag.upkeep.changes import Plan, count_renamed, is_moved, plan, refuse_empty, refuse_losing


@dataclass(slots=True)
class Taken:
    """What came of the files. `arrived` are hashes of new ones, `withdrawn` names of those that ceased to be text."""

    unchanged: int
    changed: int = 0
    deleted: int = 0
    renamed: int = 0
    arrived: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)

    @property
    def added(self) -> int:
        return len(self.arrived) - self.renamed


@dataclass(frozen=True, slots=True)
class Intake:
    """How the files of a corpus's folders become its articles.

    `rules` names everything beside a file's bytes that its passages depend on; `limit` is in bytes.
    """

    catalog: Catalog
    corpus: str
    roots: Roots
    rules: str
    limit: int
    read: Callable[[bytes, str], Article]
    split: Callable[[Article], list[Passage]]

    def take(self, scan: Scan, progress: Callable[[int, int], None], *, allow_deletes: bool, retry: bool) -> Taken:
        """Bring the catalog's list of sources to what `scan` found; `retry` reads all that is in quarantine.

        Raises `BadInput` when too much would go.
        """
        with self.catalog.transaction() as connection:
            known = ledger.known_sources(connection, self.corpus)
            refused = ledger.refused_sources(connection, self.corpus)
        # Without its stamp a file is read again.
        tried = {source: replace(one, stamp=None) for source, one in refused.items()} if retry else refused
        refuse_empty(self.roots.empty(scan), known, allow_deletes=allow_deletes)
        before = self.catalog.roots(self.corpus)
        todo = plan(scan, known, tried, self.rules, partial(is_moved, before, self.roots))
        if not allow_deletes:
            self._refuse_early(todo, known, partial(is_moved, before, self.roots))
        taken = Taken(unchanged=len(todo.unchanged))
        for number, file in enumerate(todo.to_read):
            progress(number, len(todo.to_read))
            self._take_file(file, known.get(file.source), taken)
        progress(len(todo.to_read), len(todo.to_read))
        gone = [known[source].version.sha256 for source in todo.vanished]
        taken.renamed = count_renamed(gone, taken.arrived)
        taken.deleted = len(gone) - taken.renamed
        if not allow_deletes:
            self._refuse(taken.deleted + len(taken.withdrawn), known, {*todo.vanished, *taken.withdrawn})
        with self.catalog.transaction() as connection:
            ledger.forget(connection, self.corpus, {*todo.vanished, *taken.withdrawn})
            ledger.release(connection, self.corpus, refused.keys() - {file.source for file in scan.files})
            ledger.record_root(connection, self.corpus, str(self.roots))
        return taken

    def _refuse_early(self, todo: Plan, known: dict[str, Known], moved: Callable[[str], bool]) -> None:
        """Before anything is altered; reads files only where the refusal hangs on what they hold."""
        elsewhere = {source for source in known if moved(source)}
        if not elsewhere and 2 * len(todo.vanished) <= len(known):
            return
        hashes = dict(self._hashes(todo.to_read))
        gone = [known[source].version.sha256 for source in todo.vanished]
        arrived = [sha256 for source, sha256 in hashes.items() if source not in known]
        # Files of another folder under the same names are other articles, and not new versions of these.
        others = (source for source in elsewhere if hashes.get(source, "") != known[source].version.sha256)
        lost = {*todo.vanished, *others}
        self._refuse(len(lost) - count_renamed(gone, arrived), known, lost)

    def _refuse(self, lost: int, known: dict[str, Known], examples: set[str]) -> None:
        refuse_losing(lost, len(known), examples, root=self.roots.named)

    def _hashes(self, files: tuple[FoundFile, ...]) -> Iterator[tuple[str, str]]:
        for file in files:
            try:
                data, _ = self.roots.read(file.source, self.limit)
            except (Undecodable, Unreadable):
                continue
            yield file.source, hashlib.sha256(data).hexdigest()

    def _take_file(self, file: FoundFile, before: Known | None, taken: Taken) -> None:
        sha256: str | None = None
        stamp: str | None = None
        try:
            data, stamp = self.roots.read(file.source, self.limit)
            sha256 = hashlib.sha256(data).hexdigest()
            same = before is not None and before.version.sha256 == sha256
            if before and same and before.version.rules == self.rules:
                with self.catalog.transaction() as connection:
                    ledger.record_stamp(connection, self.corpus, file.source, stamp)
            else:
                article = self.read(data, file.source)
                passages = self._passages(article)
                with self.catalog.transaction() as connection:
                    ledger.record_article(connection, article, passages, self.rules, stamp)
        except (Undecodable, Unreadable) as error:
            refused = Refused(self.rules, sha256, file.size, stamp, error.what, error.do)
            with self.catalog.transaction() as connection:
                ledger.record_refused(connection, self.corpus, file.source, refused)
            # What cannot be read now may still say what it said: only a file that was read is withdrawn.
            if before and isinstance(error, Undecodable):
                taken.withdrawn.append(file.source)
            taken.unchanged += before is not None and isinstance(error, Unreadable)
            return
        if before is None:
            taken.arrived.append(sha256)
        taken.changed += before is not None and not same
        taken.unchanged += same

    def _passages(self, article: Article) -> list[Passage]:
        passages = self.split(article)
        if not passages:
            raise Undecodable("it holds no text to search", where=article.source, do="delete it, or fill it")
        return passages
