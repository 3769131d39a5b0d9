"""Back up the catalog of a corpus to one file, and restore it; the index is rebuilt from the vectors in the catalog.

The file is a SQLite catalog, also if the catalog is on PostgreSQL: a backup of either can be restored into either. What
users made beside the catalog, `USER_FILES`, is in the backup as rows of its table `meta`, so that its schema stays that
of a catalog. A catalog in use has no such rows.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import JSON, Insert, Table, bindparam, create_engine, delete, insert, inspect, select
from sqlalchemy.engine import URL, Connection

from rag.config import CORPUS_NAME, Settings
from rag.errors import BadInput, CatalogError, IndexUnusable
from rag.folders import Roots
from rag.index.generations import Collections, collect, remove_unused_segments, segments_of
from rag.store import writes as ledger
from rag.store.catalog import CATALOG_FILE, GENERATIONS, Catalog
from rag.store.database import AT_ONCE, catalog_errors, driver_of, make_current, open_unaltered
from rag.store.locks import file_locks, fsync, lease_file, remove_folder, writer_lock
from rag.store.postgres import Address, make_schema, open_server, server_address
from rag.store.private import make_private, open_private, write_whole
from rag.store.schema import must_be_current, open_untrusted, stored_version, tables
from rag.store.writes import GENERATION_ID
from rag.types import Passage

USER_FILES = ("saved.json", "reports.jsonl", "reports-drafts.jsonl")
"""Files in the folder of a corpus that are backed up too: the saved questions, and the question set that grows."""
_FILE_ROW = "file:"
"""What the name of a row of `meta` begins with that holds such a file."""

# Copying and checking of a catalog, with SQLite's online backup: consistent while others write.
#
# Copies are atomic: each is made under a temporary name in the same folder, checked, and moved to its place last.


def _copy_database(source: Path, target: Path) -> None:
    """Copy the current state of the database at `source` to the new file `target` and flush it to disk.

    The copy is one file without a log. Raises `CatalogError`.
    """
    os.close(open_private(target, os.O_RDWR | os.O_EXCL))
    # SQLite must be able to create the -shm file of a catalog that nobody has open, so not `mode=ro`.
    address = f"file:{quote(str(source.absolute()))}?mode=rw"
    with (
        catalog_errors(f"{source} → {target}"),
        closing(sqlite3.connect(address, uri=True, timeout=10)) as opened,
        closing(sqlite3.connect(target)) as written,
    ):
        opened.backup(written)
        written.execute("PRAGMA journal_mode=DELETE")
    fsync(target)


def _copy_file(source: Path, target: Path) -> None:
    """Copy a backup file, byte for byte, to the new file `target` and flush it to disk.

    It is not opened as a database, because SQLite would then apply a journal that lies next to it. Raises `BadInput` if
    it is not a regular file or has such a journal, `CatalogError` if it cannot be copied.
    """
    for end in ("-wal", "-journal"):
        log = source.with_name(source.name + end)
        if log.exists() and log.stat().st_size:
            what = f"its last changes are not in it, but in {log.name}"
            raise BadInput(what, where=str(source), do="give a file that `isnad backup` wrote")
    try:
        # O_NONBLOCK: opening a pipe would otherwise wait for a writer.
        with os.fdopen(os.open(source, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as given:
            if not stat.S_ISREG(os.fstat(given.fileno()).st_mode):
                raise BadInput(
                    "it is not a regular file", where=str(source), do="give a file that `isnad backup` wrote"
                )
            with os.fdopen(open_private(target, os.O_WRONLY | os.O_EXCL), "wb") as written:
                shutil.copyfileobj(given, written, 1 << 20)
                written.flush()
                os.fsync(written.fileno())
    except OSError as error:
        do = "check the file and the free space of the disk"
        raise CatalogError(f"it cannot be copied: {error.strerror}", where=str(source), do=do) from error


def must_be_sound(database: Path) -> None:
    """Raise `CatalogError` unless SQLite finds no fault in any page, index or foreign key of the database.

    Only for a closed file whose schema was compared before: the check evaluates expressions in the schema.
    """
    with catalog_errors(str(database)), closing(open_untrusted(database)) as opened:
        said = [row[0] for row in opened.execute("PRAGMA integrity_check(1)")]
        lost = opened.execute("PRAGMA foreign_key_check").fetchone()
    if said != ["ok"] or lost:
        what = "a row refers to a missing row" if said == ["ok"] else said[0]
        raise CatalogError(f"it is damaged: {what}", where=str(database), do="use an earlier backup")


@contextmanager
def _beside(place: Path) -> Iterator[Path]:
    """Path of a temporary file in the folder of `place`; the file and its SQLite side files are removed at the end."""
    path = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
    try:
        yield path
    finally:
        for end in ("", "-journal", "-wal", "-shm"):
            path.with_name(path.name + end).unlink(missing_ok=True)


def _put(ready: Path, place: Path, *, replace: bool) -> None:
    """Move a finished file to its place. Raises `FileExistsError` if `place` exists and `replace` is false."""
    if not replace and place.exists():
        raise FileExistsError(str(place))
    ready.replace(place)
    fsync(place.parent)


# Copying of rows between a catalog on a server and a catalog file, whose tables are the same.


@dataclass(frozen=True, slots=True)
class OnServer:
    """Location of a corpus whose catalog is on a server: its `address`, and the folder of its index `generations` on
    this machine."""

    address: Address
    generations: Path

    @classmethod
    def of(cls, settings: Settings, corpus: str) -> Self | None:
        """None if the catalog is a file. Raises `BadSetting` for an invalid `catalog_url`."""
        if settings.catalog_url is None:
            return None
        address = server_address(settings.catalog_url.get_secret_value(), corpus)
        return cls(address, settings.generations_dir(corpus))

    def has_tables(self) -> bool:
        """Whether the schema of the corpus has any table. Raises `CatalogError`."""
        engine = open_server(self.address, writing=False)
        try:
            with catalog_errors(self.address.where), engine.begin() as connection:
                return bool(inspect(connection).get_table_names())
        finally:
            engine.dispose()


def _copy_server(server: OnServer, target: Path) -> None:
    """Copy the current state of a catalog on a server to the new file `target` and flush it to disk.

    All rows are read in one transaction, so they are of one moment, and writers need not wait. Raises `IndexUnusable`
    if nothing was ingested, `CatalogError`.
    """
    os.close(open_private(target, os.O_RDWR | os.O_EXCL))
    where = server.address.where
    engine = create_engine(URL.create("sqlite", database=str(target)))
    try:
        with (
            Catalog.on_server(server.address) as catalog,
            catalog.transaction() as source,
            catalog_errors(f"{where} → {target}"),
            engine.begin() as written,
        ):
            tables.create_all(written)
            _copy_rows(source, written, where)
    finally:
        engine.dispose()
    fsync(target)


def _replace_on_server(server: OnServer, catalog: Catalog, copy: Path) -> None:
    """Replace all rows of `catalog`, which holds the write lock of `server`, with those of `copy`, in one transaction.

    Rows are deleted and inserted, and no table is truncated or dropped: readers see the old rows until the commit, and
    the permissions of other database users remain. Raises `CatalogError`.
    """
    with Catalog.open(copy) as given, given.transaction() as source, catalog.transaction() as target:
        make_schema(target, server.address)
        make_current(target, server.address.where)
        for table in reversed(tables.sorted_tables):
            target.execute(delete(table))
        _copy_rows(source, target, str(copy))


def _copy_rows(source: Connection, target: Connection, where: str) -> None:
    """Copy every row of every table to the empty tables of another catalog; holds `AT_ONCE` rows in memory.

    Raises `CatalogError` if a value does not have the type of its column, which SQLite does not check; `where` names
    the source.
    """
    for table in tables.sorted_tables:
        statement = _insert(table)
        for rows in _row_batches(source, table, where):
            target.execute(statement, rows)


def _row_batches(source: Connection, table: Table, where: str) -> Iterator[list[dict[str, Any]]]:
    kinds = {column.name: column.type.python_type for column in table.columns if not isinstance(column.type, JSON)}
    what, do = f"it is damaged: a value in the table {table.name} has the wrong type", "use another backup"
    try:
        with catalog_errors(where):
            found = source.execute(select(table), execution_options={"yield_per": AT_ONCE})
            for part in found.mappings().partitions():
                rows = [dict(row) for row in part]
                for row in rows:
                    if any(row[name] is not None and type(row[name]) is not kind for name, kind in kinds.items()):
                        raise CatalogError(what, where=where, do=do)
                yield rows
    except (TypeError, ValueError) as error:  # bytes or JSON that cannot be converted
        raise CatalogError(what, where=where, do=do) from error


def _insert(table: Table) -> Insert:
    """INSERT of a whole row, in which None is NULL, also in a JSON column."""
    kinds = {
        column: JSON(none_as_null=True) if isinstance(column.type, JSON) else column.type for column in table.columns
    }
    return insert(table).values({column: bindparam(column.name, type_=kind) for column, kind in kinds.items()})


RebuildIndex = Callable[[Path, Iterable[Passage], Callable[[list[str]], NDArray[np.float32]], str], None]


@dataclass(frozen=True, slots=True)
class KeptCorpus:
    """Contents of a backup, and its size in bytes."""

    corpus: str
    articles: int
    passages: int
    size: int


def backup(home: Path, corpus: str, file: Path, *, force: bool = False, server: OnServer | None = None) -> KeptCorpus:
    """Write the current catalog, in `home` or on `server`, to `file`, atomically and even during an ingest.

    Raises `BadInput` if `file` exists and `force` is false, or it cannot be written; `IndexUnusable` if nothing was
    ingested; `CatalogError` if the catalog or its copy is damaged.
    """
    place = home / CATALOG_FILE
    if server is None and not place.is_file():
        raise IndexUnusable("nothing was ingested yet", where=str(place), do="run `isnad ingest FOLDER`")
    _must_be_free(file, force=force)
    if server is None:
        Catalog.open(place).close()  # migrates the catalog of an older Isnad
    try:
        with _beside(file) as copy:
            if server is None:
                _copy_database(place, copy)
            else:
                _copy_server(server, copy)
            _add_files(copy, home)
            _examined(copy, server.address.where if server else str(place))  # a backup must be restorable
            _put(copy, file, replace=force)
    except FileExistsError as error:
        raise _taken(file) from error
    except OSError as error:
        raise BadInput(f"it cannot be written: {error.strerror}", where=str(file), do="choose another file") from error
    with _unaltered(file) as catalog:
        return _kept(catalog, corpus, file.stat().st_size)


@dataclass(frozen=True, slots=True)
class Contents:
    """What a backup file claims to hold: its corpus, and the folders that its next ingest would read."""

    corpus: str
    roots: Roots


def corpus_of(file: Path) -> str:
    """Corpus of a backup. Raises `BadInput` or `CatalogError` if it cannot be restored."""
    if not file.is_file():
        raise BadInput("there is no such file", where=str(file), do="give a file that `isnad backup` wrote")
    return _examined(file, str(file)).corpus


def restore(
    file: Path,
    home: Path,
    corpus: str,
    build: RebuildIndex,
    *,
    force: bool = False,
    collections: Collections | None = None,
    approve: Callable[[Contents], None] | None = None,
    server: OnServer | None = None,
) -> KeptCorpus:
    """Replace the catalog, in `home` or on `server`, with the one in `file` and build an index from its vectors.

    `collections` are those of a Chroma server, if `build` stores the vectors in one of them. The file is untrusted: its
    schema must be that of a catalog, and `approve` is called with its contents and may raise to reject them.

    Everything is built and checked before anything is replaced: if the process is killed at any moment, either the old
    or the restored corpus answers. Raises `BadInput` if there is a catalog and `force` is false, or if `file` is of
    another corpus; `CorpusBusy` if another process writes; `CatalogError` if `file` is damaged, has another schema or
    is from a newer Isnad; and whatever `approve` and `build` raise.
    """
    folder = server.generations if server else home / GENERATIONS
    place = folder.parent / CATALOG_FILE
    _must_be_vacant(place, server, force=force)
    try:
        made = [*make_private(home), *make_private(folder.parent)]
    except OSError as error:
        do = "check ISNAD_DATA_DIR, its permissions and its free space"
        raise CatalogError(f"it cannot be written: {error.strerror}", where=str(home), do=do) from error
    try:
        with _beside(place) as copy:
            _copy_file(file, copy)
            contents = _examined(copy, str(file))
            if contents.corpus != corpus:
                what = f"it is a backup of the corpus {contents.corpus}"
                raise BadInput(what, where=str(file), do=f"pass --corpus {contents.corpus}")
            if approve:
                approve(contents)
            files = _take_files(copy, str(file))
            with _claimed(place, server) as claimed:
                _must_be_vacant(place, server, force=force)
                kept = _put_in_place(copy, claimed, folder, corpus, build, collections)
                _write_files(files, home)
                return kept
    finally:
        for empty in reversed(made):
            with suppress(OSError):  # no longer empty
                empty.rmdir()


def _add_files(copy: Path, home: Path) -> None:
    """Put the user's files into a copy of the catalog. Raises `OSError` or `CatalogError`."""
    rows: list[tuple[str, str]] = []
    for name in USER_FILES:
        with suppress(FileNotFoundError):
            # Each is only ever replaced whole, so that what is read is whole.
            rows.append((_FILE_ROW + name, (home / name).read_bytes().decode(errors="replace")))
    with catalog_errors(str(copy)), closing(sqlite3.connect(copy)) as opened, opened:
        opened.executemany("INSERT INTO meta (name, value) VALUES (?, ?)", rows)
    fsync(copy)


def _take_files(copy: Path, where: str) -> dict[str, str]:
    """Take the user's files out of a copy of a backup, whose schema was compared: name → text.

    Raises `CatalogError` for a file that no backup has.
    """
    with catalog_errors(where), closing(sqlite3.connect(copy)) as opened, opened:
        rows = opened.execute("SELECT name, value FROM meta WHERE name LIKE ?", (f"{_FILE_ROW}%",)).fetchall()
        opened.execute("DELETE FROM meta WHERE name LIKE ?", (f"{_FILE_ROW}%",))
    files = {str(name).removeprefix(_FILE_ROW): value for name, value in rows}
    for name, text in files.items():
        if name not in USER_FILES or not isinstance(text, str):
            what, do = f"it has the file {name!r}, which no backup has", "give a file that `isnad backup` wrote"
            raise CatalogError(what, where=where, do=do)
    return files


def _write_files(files: dict[str, str], home: Path) -> None:
    """Put the user's files in their place, each whole; one that the backup has not stays."""
    try:
        with file_locks(*(home / name for name in files)):
            for name, text in files.items():
                write_whole(home / name, text.encode(errors="replace"))
    except OSError as error:
        do = "free some space on the disk and restore again"
        where = str(error.filename or home)
        raise CatalogError(f"it cannot be written: {error.strerror}", where=where, do=do) from error


class _Claimed(NamedTuple):
    """A catalog whose write lock is held: `replace` its contents with those of a database file, then `open` it.

    `place` is the file, or where it would be.
    """

    place: Path
    replace: Callable[[Path], None]
    open: Callable[[], Catalog]


@contextmanager
def _claimed(place: Path, server: OnServer | None) -> Iterator[_Claimed]:
    """Hold the write lock of a corpus. Raises `CorpusBusy` at once if another process writes."""
    if server is None:
        with writer_lock(place.parent):
            yield _Claimed(place, partial(_replace, place=place), partial(Catalog.open, place))
        return
    with Catalog(open_server(server.address, writing=True), server.address.where, shared=True) as catalog:
        with catalog.transaction():
            pass  # the first connection takes the lock
        yield _Claimed(place, partial(_replace_on_server, server, catalog), lambda: catalog)


def _put_in_place(
    copy: Path,
    claimed: _Claimed,
    folder: Path,
    corpus: str,
    build: RebuildIndex,
    collections: Collections | None,
) -> KeptCorpus:
    size = copy.stat().st_size
    with Catalog.open(copy, create=True) as catalog:
        with catalog.transaction() as connection:
            must_be_current(driver_of(connection), str(copy))
        generation_id = _rebuilt(catalog, corpus, folder, build, collections)
    try:
        claimed.replace(copy)
    except (OSError, CatalogError):
        if generation_id:
            _undo(folder, generation_id, collections)
        raise
    with claimed.open() as catalog:
        current = catalog.current(corpus)
        if current:
            collect(catalog, corpus, folder, current.fingerprint, collections)
        for left in claimed.place.parent.glob(f".{CATALOG_FILE}.*"):  # of this restore, and of one that was killed
            left.unlink(missing_ok=True)
        return _kept(catalog, corpus, size)


def _must_be_vacant(place: Path, server: OnServer | None, *, force: bool) -> None:
    do = "pass --force to replace it"
    if server is None and place.exists() and not force:
        raise BadInput("the data folder has a catalog already", where=str(place), do=do)
    if server is not None and not force and server.has_tables():
        raise BadInput("the database has a catalog of this corpus already", where=server.address.where, do=do)


def _examined(copy: Path, where: str) -> Contents:
    """Contents of an untrusted backup database. Raises `CatalogError` or `BadInput` if it is not a valid backup.

    Values that become paths (corpus, folders, generations) must have the form that Isnad writes.
    """
    with catalog_errors(where), closing(open_untrusted(copy)) as connection:
        stored_version(connection, where)
        must_be_sound(copy)
        rows = connection.execute("SELECT corpus, root FROM corpora").fetchall()
        ids = connection.execute("SELECT id FROM generations UNION SELECT generation_id FROM corpora").fetchall()
    another = "give a file that `isnad backup` wrote"
    if len(rows) != 1:
        raise BadInput(f"it holds {len(rows)} corpora instead of one", where=where, do=another)
    if not re.fullmatch(CORPUS_NAME, str(rows[0][0])):
        raise BadInput(f"{rows[0][0]!r} is not a valid name of a corpus", where=where, do=another)
    odd = [name for (name,) in ids if name is not None and not re.fullmatch(GENERATION_ID, str(name))]
    if odd:
        raise BadInput(f"{odd[0]!r} is not a valid id of a generation of the index", where=where, do=another)
    try:
        return Contents(rows[0][0], Roots.checked(rows[0][1]))
    except BadInput as error:
        raise BadInput(error.what, where=where, do=another) from error


def _rebuilt(
    catalog: Catalog, corpus: str, folder: Path, build: RebuildIndex, collections: Collections | None
) -> str | None:
    """Build a generation with the contents of the current one and switch to it; None if there is no current one."""
    current = catalog.current(corpus)
    if current is None:
        return None
    with catalog.transaction() as connection:
        generation_id = ledger.start_generation(connection, corpus, current.fingerprint, current.rules, current.id)
    place = folder / generation_id
    done = False
    try:
        make_private(folder)
        read = partial(catalog.vectors, fingerprint=current.fingerprint)
        build(place, catalog.iterate_passages(generation_id), read, current.fingerprint)
        lease_file(place).touch(mode=0o600)
        fsync(folder)
        with catalog.transaction() as connection:
            ledger.switch(connection, corpus, generation_id, segments_of(place))
        done = True
    except OSError as error:
        raise CatalogError(
            f"the index cannot be written: {error.strerror}", where=str(place), do="free some space on the disk"
        ) from error
    finally:
        if not done:
            _undo(folder, generation_id, collections)
    return generation_id


def _undo(folder: Path, generation_id: str, collections: Collections | None) -> None:
    """Remove the files of a generation that no catalog will refer to, and its collection if the server is reachable."""
    remove_folder(folder / generation_id)
    remove_unused_segments(folder)
    if collections is not None:
        with suppress(IndexUnusable):
            collections.drop(generation_id)


def _replace(copy: Path, place: Path) -> None:
    """Replace the catalog file at `place` with `copy`: in one transaction if the old one is intact, else as a file."""
    try:
        if place.exists():
            with (
                catalog_errors(str(place)),
                closing(sqlite3.connect(copy, timeout=10)) as source,
                closing(sqlite3.connect(place, timeout=10)) as target,
            ):
                target.execute("PRAGMA synchronous=FULL")
                # Written into the file that readers have open: they see either the old catalog or the new one.
                source.backup(target)
            return
    except CatalogError as error:
        code = getattr(error.__cause__, "sqlite_errorcode", 0) & 0xFF
        if code not in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            raise
    # A damaged catalog cannot be written into. Its log is deleted first, because SQLite would apply it to the new file.
    for end in ("-wal", "-shm"):
        place.with_name(place.name + end).unlink(missing_ok=True)
    _put(copy, place, replace=True)


def _unaltered(file: Path) -> Catalog:
    return Catalog(open_unaltered(file), str(file))


def _kept(catalog: Catalog, corpus: str, size: int) -> KeptCorpus:
    counts = catalog.counts(corpus)
    return KeptCorpus(corpus, counts.articles, counts.passages, size)


def _must_be_free(file: Path, *, force: bool) -> None:
    if not file.parent.is_dir():
        raise BadInput("there is no such folder", where=str(file.parent), do="create it, or choose another file")
    if file.is_dir() or (file.exists() and not force):
        raise _taken(file)


def _taken(file: Path) -> BadInput:
    return BadInput("the file exists already", where=str(file), do="choose another file, or pass --force")
