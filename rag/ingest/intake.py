"""Files into the catalog: reads what changed, a transaction a file, and takes out what is gone.

Knows nothing of embeddings, indexes or generations: versions are only added here, so nothing that answers
a question moves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from functools import partial

from sqlalchemy.engine import Connection

from rag.errors import Undecodable
from rag.extract.base import Refusal
from rag.extract.members import Split, members
from rag.folders import FoundFile, Scan, Unreadable
from rag.ingest.changes import Plan, count_renamed, is_moved, plan, refuse_empty, refuse_losing
from rag.roots import Roots
from rag.store import writes as ledger
from rag.store.catalog import Catalog
from rag.store.writes import Known, Refused
from rag.types import Article


@dataclass(slots=True)
class Taken:
    """What came of the files, counted in articles.

    `arrived` are the hashes of new files, once for each article; `withdrawn` names of those that ceased to be read.
    """

    unchanged: int
    changed: int = 0
    deleted: int = 0
    renamed: int = 0
    added_to: int = 0
    arrived: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)

    @property
    def added(self) -> int:
        return len(self.arrived) - self.renamed + self.added_to


@dataclass(frozen=True, slots=True)
class Intake:
    """How the files of a corpus's folders become its articles.

    `rules` names everything beside a file's bytes that its passages depend on, by its source; `limit` is in bytes;
    `extensions` are the types of file that `read` knows, as they are told to a user.
    """

    catalog: Catalog
    corpus: str
    roots: Roots
    rules: Callable[[str], str]
    limit: int
    extensions: Collection[str]
    read: Callable[[bytes, str], Iterator[Article | Refusal]]
    split: Split

    def take(self, scan: Scan, progress: Callable[[int, int], None], *, allow_deletes: bool, retry: bool) -> Taken:
        """Bring the catalog's list of sources to what `scan` found; `retry` reads all that is in quarantine.

        Raises `BadInput` when too much would go.
        """
        with self.catalog.transaction() as connection:
            known = ledger.known_sources(connection, self.corpus)
            refused = ledger.refused_sources(connection, self.corpus)
        # Without its stamp a file is read again.
        tried = {source: replace(one, stamp=None) for source, one in refused.items()} if retry else refused
        refuse_empty(self.roots.empty(scan), self.extensions, known, allow_deletes=allow_deletes)
        moved = partial(is_moved, self.catalog.roots(self.corpus), self.roots)
        todo = plan(scan, known, tried, self.rules, moved)
        if not allow_deletes:
            self._refuse_early(todo, known, moved)
        taken = Taken(unchanged=sum(known[source].articles for source in todo.unchanged))
        for number, file in enumerate(todo.to_read):
            progress(number, len(todo.to_read))
            self._take_file(file, known.get(file.source), taken, None if allow_deletes else known)
        progress(len(todo.to_read), len(todo.to_read))
        gone = _hashes_of(known, todo.vanished)
        taken.renamed = count_renamed(gone, taken.arrived)
        taken.deleted += len(gone) - taken.renamed
        withdrawn = len(_hashes_of(known, taken.withdrawn))
        if not allow_deletes:
            self._refuse(taken.deleted + withdrawn, known, {*todo.vanished, *taken.withdrawn})
        with self.catalog.transaction() as connection:
            ledger.forget(connection, self.corpus, {*todo.vanished, *taken.withdrawn})
            ledger.release(connection, self.corpus, refused.keys() - {file.source for file in scan.files})
            ledger.record_root(connection, self.corpus, str(self.roots))
        return taken

    def _refuse_early(self, todo: Plan, known: dict[str, Known], moved: Callable[[str], bool]) -> None:
        """Before anything is altered; reads files only where the refusal hangs on what they hold."""
        gone = _hashes_of(known, todo.vanished)
        elsewhere = {source for source in known if moved(source)}
        if not elsewhere and 2 * len(gone) <= _articles(known):
            return
        hashes = dict(self._hashes(todo.to_read))
        # How many articles a new file holds is not known before it is read: as many as the one that it may have been.
        held = {known[source].sha256: known[source].articles for source in todo.vanished}
        new = (sha256 for source, sha256 in hashes.items() if source not in known)
        arrived = [sha256 for sha256 in new for _ in range(held.get(sha256, 1))]
        # Files of another folder under the same names are other articles, and not new versions of these.
        others = (source for source in elsewhere if hashes.get(source, "") != known[source].sha256)
        lost = {*todo.vanished, *others}
        self._refuse(len(_hashes_of(known, lost)) - count_renamed(gone, arrived), known, lost)

    def _refuse(self, lost: int, known: dict[str, Known], examples: set[str]) -> None:
        refuse_losing(lost, _articles(known), examples, root=self.roots.named)

    def _hashes(self, files: tuple[FoundFile, ...]) -> Iterator[tuple[str, str]]:
        for file in files:
            try:
                data, _ = self.roots.read(file.source, self.limit)
            except (Undecodable, Unreadable):
                continue
            yield file.source, hashlib.sha256(data).hexdigest()

    def _take_file(self, file: FoundFile, before: Known | None, taken: Taken, guarded: dict[str, Known] | None) -> None:
        """Take one file in; `guarded` are the known files of which no more than half may go, None for no limit."""
        sha256: str | None = None
        stamp: str | None = None
        rules = self.rules(file.source)
        try:
            data, stamp = self.roots.read(file.source, self.limit)
            sha256 = hashlib.sha256(data).hexdigest()
            if before and (before.sha256, before.rules) == (sha256, rules):
                with self.catalog.transaction() as connection:
                    ledger.record_stamp(connection, self.corpus, file.source, stamp)
                taken.unchanged += before.articles
                return
            with self.catalog.transaction() as connection:
                of = _Members(self, connection, file, sha256, stamp)
                of.take(data)
                if guarded is not None and of.gone:
                    self._refuse(taken.deleted + of.gone, guarded, {file.source})
        except (Undecodable, Unreadable) as error:
            refused = Refused(rules, sha256, file.size, stamp, error.what, error.do)
            with self.catalog.transaction() as connection:
                ledger.release(connection, self.corpus, [file.source])
                ledger.record_refused(connection, self.corpus, file.source, refused)
            # What cannot be read now may still say what it said: only a file that was read is withdrawn.
            if before and isinstance(error, Undecodable):
                taken.withdrawn.append(file.source)
            taken.unchanged += before.articles if before and isinstance(error, Unreadable) else 0
            return
        if before is None:
            taken.arrived += [sha256] * of.taken
        else:
            taken.added_to += of.added
            taken.changed += of.changed
            taken.unchanged += of.taken - of.added - of.changed
            taken.deleted += of.gone


class _Members:
    """The articles of one file, on their way into the catalog in one transaction; one is in memory at a time."""

    def __init__(self, intake: Intake, connection: Connection, file: FoundFile, sha256: str, stamp: str | None) -> None:
        self._intake = intake
        self._connection = connection
        self._source = file.source
        self._refused = Refused(intake.rules(file.source), sha256, file.size, stamp, "", "")
        self.taken = self.added = self.changed = self.gone = 0

    def take(self, data: bytes) -> None:
        """Make the articles of `data` what the file holds. Raises `Undecodable` where it holds none."""
        corpus, rules = self._intake.corpus, self._refused.rules
        before = ledger.known_articles(self._connection, corpus, self._source)
        ledger.forget(self._connection, corpus, [self._source])
        ledger.release(self._connection, corpus, [self._source])
        for one in members(self._intake.read(data, self._source), self._intake.split, self._source):
            if isinstance(one, Refusal):
                row = replace(self._refused, reason=one.reason, do=one.do)
                ledger.record_refused(self._connection, corpus, self._source, row, one.member)
                continue
            article, passages = one
            ledger.record_article(self._connection, article, passages, rules, self._refused.stamp)
            text = before.pop(article.id, None)
            self.taken += 1
            self.added += text is None
            self.changed += text is not None and text != article.rendition.text_sha256
        self.gone = len(before)


def _hashes_of(known: dict[str, Known], names: Collection[str]) -> list[str]:
    """The hash of each file, once for each article that it held."""
    return [known[name].sha256 for name in names for _ in range(known[name].articles)]


def _articles(known: dict[str, Known]) -> int:
    return sum(one.articles for one in known.values())
