"""Back up the catalog of a corpus to one file, and restore it; the index is rebuilt from the vectors in the catalog.

What users made beside the catalog, `USER_FILES`, is in the backup as rows of its table `meta`, so that its schema stays
that of a catalog. A catalog in use has no such rows.
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
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from rag.config import CORPUS_NAME
from rag.errors import BadInput, CatalogError, IndexUnusable
from rag.folders import Roots
from rag.index.generations import Collections, collect, remove_unused_segments, segments_of
from rag.store import writes as ledger
from rag.store.catalog import CATALOG_FILE, GENERATIONS, Catalog
from rag.store.database import catalog_errors, driver_of, open_unaltered
from rag.store.locks import fsync, lease_file, remove_folder, writer_lock
from rag.store.private import make_private, open_private, write_whole
from rag.store.schema import must_be_current, open_untrusted, stored_version
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


RebuildIndex = Callable[[Path, Iterable[Passage], Callable[[list[str]], NDArray[np.float32]], str], None]


@dataclass(frozen=True, slots=True)
class KeptCorpus:
    """Contents of a backup, and its size in bytes."""

    corpus: str
    articles: int
    passages: int
    size: int


def backup(home: Path, corpus: str, file: Path, *, force: bool = False) -> KeptCorpus:
    """Write the current catalog in `home` to `file`, atomically and even during an ingest.

    Raises `BadInput` if `file` exists and `force` is false, or it cannot be written; `IndexUnusable` if nothing was
    ingested; `CatalogError` if the catalog or its copy is damaged.
    """
    place = home / CATALOG_FILE
    if not place.is_file():
        raise IndexUnusable("nothing was ingested yet", where=str(place), do="run `isnad ingest FOLDER`")
    _must_be_free(file, force=force)
    Catalog.open(place).close()  # migrates the catalog of an older Isnad
    try:
        with _beside(file) as copy:
            _copy_database(place, copy)
            _add_files(copy, home)
            _examined(copy, str(place))  # a backup must be restorable
            _put(copy, file, replace=force)
    except FileExistsError as error:
        raise _taken(file) from error
    except OSError as error:
        raise BadInput(f"it cannot be written: {error.strerror}", where=str(file), do="choose another file") from error
    with _unaltered(file) as catalog:
        return _kept(catalog, corpus)


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
) -> KeptCorpus:
    """Replace the catalog in `home` with the one in `file` and build an index from its vectors.

    `collections` are those of a Chroma server, if `build` stores the vectors in one of them. The file is untrusted: its
    schema must be that of a catalog, and `approve` is called with its contents and may raise to reject them.

    Everything is built and checked before anything is replaced: if the process is killed at any moment, either the old
    or the restored corpus answers. Raises `BadInput` if `home` has a catalog and `force` is false, or if `file` is of
    another corpus; `CorpusBusy` if another process writes; `CatalogError` if `file` is damaged, has another schema or
    is from a newer Isnad; and whatever `approve` and `build` raise.
    """
    place, folder = home / CATALOG_FILE, home / GENERATIONS
    _must_be_vacant(place, force=force)
    try:
        made = make_private(home)
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
            with writer_lock(home):
                _must_be_vacant(place, force=force)
                kept = _put_in_place(copy, place, folder, corpus, build, collections)
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
    for name, text in files.items():
        try:
            write_whole(home / name, text.encode(errors="replace"))
        except OSError as error:
            do = "free some space on the disk and restore again"
            raise CatalogError(f"it cannot be written: {error.strerror}", where=str(home / name), do=do) from error


def _put_in_place(
    copy: Path, place: Path, folder: Path, corpus: str, build: RebuildIndex, collections: Collections | None
) -> KeptCorpus:
    with Catalog.open(copy, create=True) as catalog:
        with catalog.transaction() as connection:
            must_be_current(driver_of(connection), str(copy))
        generation_id = _rebuilt(catalog, corpus, folder, build, collections)
    try:
        _replace(copy, place)
    except (OSError, CatalogError):
        if generation_id:
            _undo(folder, generation_id, collections)
        raise
    with Catalog.open(place) as catalog:
        current = catalog.current(corpus)
        if current:
            collect(catalog, corpus, folder, current.fingerprint, collections)
        return _kept(catalog, corpus)


def _must_be_vacant(place: Path, *, force: bool) -> None:
    if place.exists() and not force:
        raise BadInput("the data folder has a catalog already", where=str(place), do="pass --force to replace it")


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
    """Replace the catalog at `place` with `copy`: in one transaction if the old one is intact, else as a file."""
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


def _kept(catalog: Catalog, corpus: str) -> KeptCorpus:
    counts = catalog.counts(corpus)
    return KeptCorpus(corpus, counts.articles, counts.passages, catalog.path.stat().st_size)


def _must_be_free(file: Path, *, force: bool) -> None:
    if not file.parent.is_dir():
        raise BadInput("there is no such folder", where=str(file.parent), do="create it, or choose another file")
    if file.is_dir() or (file.exists() and not force):
        raise _taken(file)


def _taken(file: Path) -> BadInput:
    return BadInput("the file exists already", where=str(file), do="choose another file, or pass --force")
