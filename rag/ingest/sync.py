"""Sync folders into the catalog and build an index generation: processes only changes and can resume at any moment.

Steps are committed in an order in which a kill loses nothing: versions are only added, the current generation answers
until the next one is complete, and obsolete data is removed last. Extraction, embedder and index builder are arguments.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from rag.config import Settings
from rag.errors import BadInput, CatalogError, IsnadError, Undecodable
from rag.extract.base import Format, Refusal
from rag.extract.chunking import Chunker, members
from rag.extract.chunking import split as split_article
from rag.extract.formats import RULES, TEXT_ONLY, format_of, read_articles
from rag.extract.outlets import Outlets, shipped_outlets
from rag.folders import FoundFile, Roots, Scan, Skipped, Unreadable
from rag.index.entities import VERSION as ENTITIES
from rag.index.generations import (
    Collections,
    changed_articles,
    collect,
    extend,
    remove_unused_segments,
    segments_of,
)
from rag.index.layout import VERSION as LAYOUT
from rag.index.merging import Extension, extension
from rag.ingest.repeated_lines import RULES as TRIMMING
from rag.ingest.repeated_lines import trim_articles
from rag.store import writes as ledger
from rag.store.catalog import Catalog, writing
from rag.store.embeddings import EncodeBatches, PassageEmbedder, check_probe, embed_missing
from rag.store.locks import fsync, lease_file, remove_folder
from rag.store.private import make_private
from rag.store.schema import GenerationRow, Quarantined
from rag.store.writes import KnownFile, RefusedFile
from rag.types import Article, Passage

# Plans an ingest: what has changed in a folder since it was last read, and whether the loss is suspiciously large.

_NAMED = 3
"""Maximum number of example files in an error message."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """Plan of an ingest: files to read, unchanged sources, vanished sources."""

    to_read: tuple[FoundFile, ...]
    unchanged: frozenset[str]
    vanished: frozenset[str]


def plan(
    scan: Scan,
    known: Mapping[str, KnownFile],
    refused: Mapping[str, RefusedFile],
    rules: Callable[[str], str] | None,
    moved: Callable[[str], bool],
) -> _Plan:
    """Compare a scan with the catalog.

    `rules` returns the rules string of a source, which covers everything besides its bytes that its articles depend on;
    None ignores rules. `moved` returns whether a source was in another folder before, where a stamp proves nothing.
    """

    def stays(file: FoundFile, before: KnownFile | RefusedFile) -> bool:
        same = rules is None or before.rules == rules(file.source)
        return same and before.stamp == file.stamp and not moved(file.source)

    to_read: list[FoundFile] = []
    unchanged: set[str] = set()
    for file in scan.files:
        before, quarantined = known.get(file.source), refused.get(file.source)
        # Some articles of a file may be known and others in quarantine.
        as_before = [stays(file, one) for one in (before, quarantined) if one is not None]
        if not as_before or not all(as_before):
            to_read.append(file)
        elif before:
            unchanged.add(file.source)
    found = {file.source for file in scan.files}
    vanished = {source for source in known if source not in found and not scan.hides(source)}
    return _Plan(tuple(to_read), frozenset(unchanged), frozenset(vanished))


def _count_renamed(gone: Collection[str], arrived: Collection[str]) -> int:
    """Number of articles whose file was only renamed, from the hashes of vanished and of new files.

    A file's hash occurs once for each of its articles.
    """
    return (Counter(gone) & Counter(arrived)).total()


def moved_between(before: Roots | None, now: Roots) -> Callable[[str], bool]:
    """Predicate: whether a source was last read from another folder."""
    if before is None or before == now:
        return lambda _: False
    return lambda source: before.locate(source) not in (None, now.locate(source))


def refuse_empty(
    folders: Sequence[Path], extensions: Collection[str], known: Collection[str], *, allow_deletes: bool
) -> None:
    """Raise `BadInput` for a folder without a file to read; its disk may not be mounted."""
    if folders and not (known and allow_deletes):
        names = ", ".join(sorted(extensions))
        raise BadInput(
            f"the folder has no file to read ({names})",
            where=str(folders[0]),
            do="give the path of a folder of articles",
        )


def refuse_losing(lost: int, known: int, examples: Collection[str], *, root: str) -> None:
    """Raise `BadInput` if more than half of the articles would be deleted."""
    if 2 * lost > known:
        names = ", ".join(sorted(set(examples))[:_NAMED])
        raise BadInput(
            f"{lost} of {known} articles would be deleted ({names}{', …' if len(examples) > _NAMED else ''})",
            where=root,
            do="check the folder and the corpus; pass --allow-deletes if this is intended",
        )


# Intake: reads changed files into the catalog, one transaction per file, and removes vanished ones. Versions are only
# added here, so the current generation does not change.


@dataclass(slots=True)
class _Taken:
    """Results of reading the files, counted in articles.

    `arrived` are the hashes of new files, once for each article; `withdrawn` are files that can no longer be decoded.
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
class _Intake:
    """Reads the files of a corpus's folders into articles.

    `rules` returns everything besides a file's bytes that its passages depend on, by its source; `limit` is in bytes;
    `extensions` are the file types that `read` supports, for messages.
    """

    catalog: Catalog
    corpus: str
    roots: Roots
    rules: Callable[[str], str]
    limit: int
    extensions: Collection[str]
    read: Callable[[bytes, str], Iterator[Article | Refusal]]
    split: Chunker

    def take(self, scan: Scan, progress: Callable[[int, int], None], *, allow_deletes: bool, retry: bool) -> _Taken:
        """Update the catalog's sources to what `scan` found; `retry` reads all files in quarantine again.

        Raises `BadInput` if too many articles would be deleted.
        """
        with self.catalog.transaction() as connection:
            known = ledger.known_sources(connection, self.corpus)
            refused = ledger.refused_sources(connection, self.corpus)
        # A file without a stamp is read again.
        tried = {source: replace(one, stamp=None) for source, one in refused.items()} if retry else refused
        refuse_empty(self.roots.empty(scan), self.extensions, known, allow_deletes=allow_deletes)
        moved = moved_between(self.catalog.roots(self.corpus), self.roots)
        todo = plan(scan, known, tried, self.rules, moved)
        if not allow_deletes:
            self._refuse_early(todo, known, moved)
        taken = _Taken(unchanged=sum(known[source].articles for source in todo.unchanged))
        for number, file in enumerate(todo.to_read):
            progress(number, len(todo.to_read))
            self._take_file(file, known.get(file.source), taken, None if allow_deletes else known)
        progress(len(todo.to_read), len(todo.to_read))
        gone = _hashes_of(known, todo.vanished)
        taken.renamed = _count_renamed(gone, taken.arrived)
        taken.deleted += len(gone) - taken.renamed
        withdrawn = len(_hashes_of(known, taken.withdrawn))
        if not allow_deletes:
            self._refuse(taken.deleted + withdrawn, known, {*todo.vanished, *taken.withdrawn})
        with self.catalog.transaction() as connection:
            ledger.forget_sources(connection, self.corpus, {*todo.vanished, *taken.withdrawn})
            ledger.release(connection, self.corpus, refused.keys() - {file.source for file in scan.files})
            ledger.record_root(connection, self.corpus, str(self.roots))
        return taken

    def _refuse_early(self, todo: _Plan, known: dict[str, KnownFile], moved: Callable[[str], bool]) -> None:
        """Refuse a large loss before anything is changed; reads files only if the decision depends on their content."""
        gone = _hashes_of(known, todo.vanished)
        elsewhere = {source for source in known if moved(source)}
        if not elsewhere and 2 * len(gone) <= _articles(known):
            return
        hashes = dict(self._hashes(todo.to_read))
        # The number of articles in a new file is unknown before it is read: assume that of the file with the same hash.
        held = {known[source].sha256: known[source].articles for source in todo.vanished}
        new = (sha256 for source, sha256 in hashes.items() if source not in known)
        arrived = [sha256 for sha256 in new for _ in range(held.get(sha256, 1))]
        # Files of another folder with the same names are other articles, not new versions.
        others = (source for source in elsewhere if hashes.get(source, "") != known[source].sha256)
        lost = {*todo.vanished, *others}
        self._refuse(len(_hashes_of(known, lost)) - _count_renamed(gone, arrived), known, lost)

    def _refuse(self, lost: int, known: dict[str, KnownFile], examples: set[str]) -> None:
        refuse_losing(lost, _articles(known), examples, root=self.roots.named)

    def _hashes(self, files: tuple[FoundFile, ...]) -> Iterator[tuple[str, str]]:
        for file in files:
            try:
                data, _ = self.roots.read(file.source, self.limit)
            except (Undecodable, Unreadable):
                continue
            yield file.source, hashlib.sha256(data).hexdigest()

    def _take_file(
        self, file: FoundFile, before: KnownFile | None, taken: _Taken, guarded: dict[str, KnownFile] | None
    ) -> None:
        """Read one file; `guarded` are the known files of which no more than half may be lost, None for no limit."""
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
            refused = RefusedFile(rules, sha256, file.size, stamp, error.what, error.do)
            with self.catalog.transaction() as connection:
                ledger.release(connection, self.corpus, [file.source])
                ledger.record_refused(connection, self.corpus, file.source, refused)
            # An unreadable file may be unchanged: only a file that was read and cannot be decoded is withdrawn.
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
    """Writes the articles of one file to the catalog in one transaction; one article is in memory at a time."""

    def __init__(
        self, intake: _Intake, connection: Connection, file: FoundFile, sha256: str, stamp: str | None
    ) -> None:
        self._intake = intake
        self._connection = connection
        self._source = file.source
        self._refused = RefusedFile(intake.rules(file.source), sha256, file.size, stamp, "", "")
        self.taken = self.added = self.changed = self.gone = 0

    def take(self, data: bytes) -> None:
        """Replace the file's articles with those of `data`. Raises `Undecodable` if there are none."""
        corpus, rules = self._intake.corpus, self._refused.rules
        before = ledger.known_articles(self._connection, corpus, self._source)
        ledger.forget_sources(self._connection, corpus, [self._source])
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


def _hashes_of(known: dict[str, KnownFile], names: Collection[str]) -> list[str]:
    """Hashes of the files, once for each article that they held."""
    return [known[name].sha256 for name in names for _ in range(known[name].articles)]


def _articles(known: dict[str, KnownFile]) -> int:
    return sum(one.articles for one in known.values())


# Builds a generation from the articles listed in the catalog and makes it the current one.
#
# The previous generation answers until the new one is complete. If the process is killed, the next call builds another
# one, and `rag.index.generations` removes what is left over.

_Vectors = Callable[[list[str]], NDArray[np.float32]]


class BuildIndex(Protocol):
    """Writes a complete, verified index into a new folder, or raises; see `rag.index.build.build`."""

    def __call__(
        self,
        folder: Path,
        passages: Iterable[Passage],
        vectors: _Vectors,
        fingerprint: str,
        /,
        *,
        base: Path | None = None,
        removed: Collection[str] = (),
    ) -> None: ...


Progress = Callable[[str, int, int], None]
"""Called with the phase (``read``, ``embed``, ``build``, ``merge``), the number of items done and the total."""

_BATCHES = 4
"""Number of model batches per commit: a commit takes 5 ms, a batch of 16 sentences 100 ms."""


@dataclass(frozen=True, slots=True)
class _Renewal:
    """Builds a generation from the articles listed in the catalog."""

    catalog: Catalog
    corpus: str
    folder: Path
    rules: str
    embedder: PassageEmbedder
    build: BuildIndex
    tell: Progress
    collections: Collections | None
    trim: Callable[[Catalog, str], None]
    encode: EncodeBatches | None

    def run(self, *, rebuild: bool) -> tuple[bool, int]:
        """Build if needed; returns whether the current generation changed and how many texts were embedded."""
        current = self.catalog.current(self.corpus)
        with self.catalog.transaction() as connection:
            # A run that was killed may have left work even if the articles are those of the current generation.
            done = not ledger.has_touched(connection, self.corpus)
        if not rebuild and done and self._is_made_of(current):
            return False, 0
        self.trim(self.catalog, self.corpus)
        if not rebuild and self._is_made_of(current):
            return False, 0
        with self.catalog.transaction() as connection:
            if not ledger.has_sources(connection, self.corpus):
                ledger.switch(connection, self.corpus, None)
                return current is not None, 0
            generation_id = ledger.start_generation(connection, self.corpus, self.embedder.fingerprint, self.rules)
        switched = False
        try:
            # Passages of the current generation have vectors already, unless another model made them.
            same_model = current is not None and current.fingerprint == self.embedder.fingerprint
            embedded = self._make(generation_id, current if same_model and not rebuild else None)
            with self.catalog.transaction() as connection:
                ledger.switch(connection, self.corpus, generation_id, segments_of(self.folder / generation_id))
            switched = True
        finally:
            if not switched:
                # The folder first: on a full disk this frees the space that the catalog needs.
                remove_folder(self.folder / generation_id)
                remove_unused_segments(self.folder)
                # A generation with a collection stays listed until the next `collect` has removed the collection.
                if self.collections is None:
                    with self.catalog.transaction() as connection:
                        ledger.remove_generation(connection, generation_id)
        return True, embedded

    def _is_made_of(self, current: GenerationRow | None) -> bool:
        """Whether `current` has the articles in the sources, made by the model and the rules in use."""
        if current is None:
            with self.catalog.transaction() as connection:
                return not ledger.has_sources(connection, self.corpus)
        if (current.fingerprint, current.rules) != (self.embedder.fingerprint, self.rules):
            return False
        with self.catalog.transaction() as connection:
            if ledger.has_changes(connection, self.corpus, current.id):
                return False
        return self._is_there(current)

    def _is_there(self, current: GenerationRow) -> bool:
        held = current.segments or ((current.id, current.count),)
        if self.collections is not None and not all(self.collections.holds(*one) for one in held):
            return False
        folder = self.folder / current.id
        # With a catalog on a server, each machine builds the files that it lacks.
        return self.catalog.shared or (folder.is_dir() and lease_file(folder).is_file())

    def _make(self, generation_id: str, beside: GenerationRow | None) -> int:
        passages = partial(self.catalog.iterate_passages, generation_id)
        embedded = embed_missing(
            self.catalog.transaction,
            partial(passages, beside.id if beside else None),
            self.embedder,
            _BATCHES * self.embedder.batch,
            partial(self.tell, "embed"),
            self.encode,
        )
        fingerprint = self.embedder.fingerprint
        folder = self.folder / generation_id
        self.tell("build", 0, 1)
        try:
            make_private(self.folder)
            plan = self._extension(generation_id, beside) if beside else None
            if beside is None or plan is None:
                self.build(folder, passages(), partial(self.catalog.vectors, fingerprint=fingerprint), fingerprint)
            else:
                base = self.folder / beside.id
                extend(self.catalog, generation_id, fingerprint, folder, self.build, base, plan)
            lease_file(folder).touch(mode=0o600)
            fsync(self.folder)
        except OSError as error:
            raise CatalogError(
                f"the index cannot be written: {error.strerror}",
                where=str(folder),
                do="free some space on the disk and ingest again",
            ) from error
        self.tell("build", 1, 1)
        return embedded

    def _extension(self, generation_id: str, current: GenerationRow) -> Extension | None:
        """How to make the generation from the current one; None to build all of it."""
        base = self.folder / current.id
        if current.rules != self.rules or not self._is_there(current) or not base.is_dir():
            return None
        return extension(base, *changed_articles(self.catalog, generation_id, current.id))


ChunkArticle = Callable[[Article, Callable[[list[str]], list[int]], int], list[Passage]]


@dataclass(frozen=True, slots=True)
class Extraction:
    """Converts the bytes of a file to articles, and an article to passages.

    `formats` are the supported file types by extension; `outlets` is the table of outlet names for web pages, if not
    the built-in one.
    """

    formats: Mapping[str, Format] = field(default_factory=lambda: TEXT_ONLY)
    outlets: Outlets | None = None
    read: Callable[..., Iterator[Article | Refusal]] = read_articles
    split: ChunkArticle = split_article


@dataclass(frozen=True, slots=True)
class IngestReport:
    """Result of an ingest, in articles. `embedded` counts texts, `passages` those of the current generation.

    `repeated` counts articles with repeated lines at their ends, which are not searched. `quarantined` is everything in
    quarantine, `skipped` everything that was not read. `generation` is None if there is nothing to search.
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
    embedder: PassageEmbedder,
    build: BuildIndex,
    progress: Progress | None = None,
    allow_deletes: bool = False,
    rebuild: bool = False,
    retry: bool = False,
    extraction: Extraction | None = None,
    collections: Collections | None = None,
    encode: EncodeBatches | None = None,
) -> IngestReport:
    """Sync the corpus with one or more folders and switch to a new generation if anything changed.

    `extraction` defines the file types and how they are read; plain text only without it. `collections` are those of a
    Chroma server, if `build` stores the vectors of a generation in one of them. `encode` embeds batches of texts; by
    default `embedder` does, one after another. `rebuild` builds a new generation even without changes; `retry` reads
    files in quarantine again even if unchanged. Raises `BadInput` if a folder cannot be read, has no file to read, or
    if more than half of the articles would be deleted and `allow_deletes` is false (nothing is changed then);
    `CorpusBusy` if another process writes; `CatalogError` if the disk is full or the catalog is unusable; and whatever
    `build` and `encode` raise. After an error, the previous generation still answers.
    """
    started = time.monotonic()
    tell = progress or _silent
    extraction = extraction or Extraction()
    formats, outlets = extraction.formats, extraction.outlets
    roots = Roots.of(folder) if isinstance(folder, Path) else Roots.of(*folder)
    seen = roots.scan(frozenset(formats))
    generations = settings.generations_dir(corpus)
    budget = min(settings.passage_tokens, embedder.max_tokens)
    rules = hashlib.sha256(
        json.dumps([RULES, (outlets or shipped_outlets()).digest, budget, embedder.fingerprint]).encode()
    ).hexdigest()
    rules_of = cache(partial(_rules_of, rules))
    with writing(settings, corpus) as catalog:
        with catalog.transaction() as connection:
            check_probe(connection, embedder, keep=True)
        cut = lambda article: extraction.split(article, embedder.count_tokens, budget)  # noqa: E731
        intake = _Intake(
            catalog=catalog,
            corpus=corpus,
            roots=roots,
            rules=lambda source: rules_of(format_of(source, formats)),
            limit=settings.max_file_bytes,
            extensions=formats.keys(),
            read=lambda data, source: extraction.read(
                data, corpus=corpus, source=source, formats=formats, outlets=outlets
            ),
            split=cut,
        )
        taken = intake.take(seen, partial(tell, "read"), allow_deletes=allow_deletes, retry=retry)
        # An index with another layout is rebuilt from the catalog: nothing is read or embedded again.
        made_by = hashlib.sha256(f"{rules} {LAYOUT} {TRIMMING} {ENTITIES}".encode()).hexdigest()
        renewal = _Renewal(
            catalog,
            corpus,
            generations,
            made_by,
            embedder,
            build,
            tell,
            collections,
            partial(trim_articles, split=cut),
            encode,
        )
        switched, embedded = renewal.run(rebuild=rebuild)
        collect(catalog, corpus, generations, embedder.fingerprint, collections)
        current = catalog.current(corpus)
        with catalog.transaction() as connection:
            ledger.settle(connection, corpus)
            repeated = ledger.count_parts(connection, corpus)
        return IngestReport(
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
    """Rules string of one file: the common rules and those of its format."""
    return hashlib.sha256(f"{rules}\0{format_.version}".encode()).hexdigest() if format_.version else rules


def _silent(_phase: str, _done: int, _total: int) -> None:
    """Ignore progress."""


# Watches: polls a state and acts when it has changed and settled, until stopped.
#
# Polling instead of kernel notifications works on any file system, needs no raised limits, and recovers when a folder
# that was unavailable returns. One poll costs one stat per file.

T = TypeVar("T")

PAUSE = 2.0
"""Minimum number of seconds between two polls; a state that is the same in two polls has settled."""
SHARE = 4
"""A slow poll is followed by a pause of this many times its duration, so that polling uses at most a fifth of one core;
not if it saw a change, which is then acted on as soon as it has settled."""
RETRY = 30.0
"""Seconds before work is retried that failed for another reason than the state itself."""


def watch(
    look: Callable[[], T],
    act: Callable[[], None],
    complain: Callable[[IsnadError | OSError], None],
    wait: Callable[[float], bool],
    clock: Callable[[], float],
) -> None:
    """Call `act` at once, and again each time that the result of `look` has changed and settled.

    `wait` sleeps for a number of seconds and returns whether to stop. Errors of `look` and `act` go to `complain` and
    do not end the watch. Work refused with `BadInput` is retried when the state changes; work that fails otherwise also
    after `RETRY` seconds. Raises only what the first `look` raises.
    """
    seen = done = look()
    again = _tried(act, complain, clock)
    away = ""
    while True:
        started = clock()
        try:
            before, seen = seen, look()
            away = ""
        except (IsnadError, OSError) as error:
            if str(error) != away:
                complain(error)
            away = str(error)
        pause = max(PAUSE, SHARE * (clock() - started))
        if not away and seen == before and (seen != done or clock() >= again):
            done = seen
            again = _tried(act, complain, clock)
        elif not away and seen != done:
            pause = PAUSE
        if wait(pause):
            return


def _tried(
    act: Callable[[], None], complain: Callable[[IsnadError | OSError], None], clock: Callable[[], float]
) -> float:
    """Call `act` and return the time of the next try without a change."""
    try:
        act()
    except BadInput as error:
        complain(error)
    except (IsnadError, OSError) as error:
        complain(error)
        return clock() + RETRY
    return float("inf")
