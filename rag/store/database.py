"""Open the catalog database, migrate its schema, and translate database errors into `CatalogError`.

SQLite options (WAL, foreign keys, full sync) are set once per connection; `rag.store.postgres` handles PostgreSQL.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote

from sqlalchemy import (
    BigInteger,
    Column,
    Engine,
    MetaData,
    Select,
    String,
    Table,
    and_,
    bindparam,
    create_engine,
    event,
    exists,
    func,
    insert,
    inspect,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.engine import URL, Connection, RowMapping
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.schema import CreateColumn
from sqlalchemy.sql import ColumnElement, FromClause

from rag.errors import CatalogError, CorpusBusy, IndexUnusable, NotInGeneration
from rag.store import postgres
from rag.store.embeddings import chunks
from rag.store.private import open_private
from rag.store.schema import (
    SCHEMA_VERSION,
    VERSION,
    Changes,
    VersionKey,
    checked_text,
    corpora,
    generation_number,
    generations,
    has_member,
    has_member_of,
    line_ends,
    members,
    meta,
    models,
    passage_from_row,
    passages,
    quarantine,
    repeated_lines,
    same_version,
    sources,
    tables,
    touched,
    uses,
    vectors,
    version_key,
    versions,
)
from rag.store.writes import add_uses
from rag.types import Passage

# Read queries on the tables of the catalog, as functions of a connection.

T = TypeVar("T")

AT_ONCE = 64
"""Maximum number of articles in memory while the passages of many are streamed."""


def current_generation(connection: Connection, corpus: str) -> RowMapping | None:
    """The row of `generations` that is the current one of the corpus."""
    query = select(generations).join(corpora, corpora.c.generation_id == generations.c.id)
    return connection.execute(query.where(corpora.c.corpus == corpus)).mappings().one_or_none()


def listed_version(connection: Connection, article_id: str, sha256: str, text_sha256: str) -> RowMapping | None:
    """The row of `versions` in the current generation, else in the newest generation that lists it; None if none does.

    An empty `text_sha256` matches any text.
    """
    query = select(versions, members.c.since, members.c.until).join(members, same_version(versions, members))
    query = query.where(versions.c.article_id == article_id, versions.c.sha256 == sha256)
    if text_sha256:
        query = query.where(versions.c.text_sha256 == text_sha256)
    rows = connection.execute(query.order_by(members.c.since.desc())).mappings().all()
    for row in rows:
        current = connection.execute(select(corpora.c.generation_id).where(corpora.c.corpus == row["corpus"])).scalar()
        number = generation_number(current or "")
        if row["since"] <= number and (row["until"] is None or row["until"] > number):
            return row
    return rows[0] if rows else None


def in_generation(
    connection: Connection, generation_id: str, table: Table, columns: tuple[str, ...] = (), **among: Sequence[str]
) -> list[RowMapping]:
    """Rows of `versions` or `passages` in the generation, only `columns` if given; with `among`, the values of one
    column, only rows with one of them."""
    query = _rows_in_generation(table, columns, next(iter(among), None))
    values = {"generation": generation_id, "number": generation_number(generation_id)}
    return list(connection.execute(query, {**values, **among}).mappings())


@cache
def _rows_in_generation(table: Table, columns: tuple[str, ...], among: str | None) -> Select[Any]:
    """A query with parameters: to build one takes longer than to execute it, and a question executes several."""
    same = same_version(table, members)
    here = has_member_of(bindparam("generation", type_=String), bindparam("number", type_=BigInteger))
    query = select(*(table.c[name] for name in columns or table.c.keys()))
    if among is None:
        return query.join(members, same).where(here)
    # With a join, SQLite would scan all members of the generation to find eight passages.
    return query.where(table.c[among].in_(bindparam(among, expanding=True)), exists().where(same, here))


def changes(connection: Connection, generation_id: str, beside: str) -> Changes:
    """Versions that the first generation has and the second has not, and the other way round; costs as much as it
    returns. A generation that is not listed has none."""
    listed = select(generations.c.id).where(generations.c.id.in_([generation_id, beside]))
    if {generation_id, beside} - set(connection.execute(listed).scalars()):
        keys = [_members_of(connection, one, has_member(one)) for one in (generation_id, beside)]
        return Changes(*keys)
    old, new = sorted([beside, generation_id], key=generation_number)
    low, high = generation_number(old), generation_number(new)
    # A version that left and came back between the two has a range in each.
    other = members.alias()
    began = and_(members.c.since > low, members.c.since <= high)
    ended = and_(members.c.until > low, members.c.until <= high)
    came, went = (
        _members_of(connection, one, in_range, ~exists().where(same_version(other, members), has_member(two, other)))
        for one, two, in_range in ((new, old, began), (old, new, ended))
    )
    return Changes(came, went) if new == generation_id else Changes(went, came)


def _members_of(connection: Connection, generation_id: str, *conditions: ColumnElement[bool]) -> list[VersionKey]:
    query = select(*(members.c[name] for name in VERSION)).where(has_member(generation_id), *conditions)
    return [version_key(row) for row in connection.execute(query).mappings()]


def passages_of_versions(connection: Connection, keys: Sequence[VersionKey]) -> Iterator[Passage]:
    """Passages of at most `AT_ONCE` versions, in no particular order."""
    wanted = versions.c.article_id.in_(sorted({key.article_id for key in keys}))
    same = same_version(passages, versions)
    # Only columns that every schema version has, because migrations read older ones with this function.
    columns = (*(versions.c[name] for name in VERSION), versions.c.text, versions.c.text_sha256)
    texts = {
        version_key(row): checked_text(row)
        for row in connection.execute(select(*columns).where(wanted)).mappings()
        if version_key(row) in keys
    }
    for row in connection.execute(select(passages).join(versions, same).where(wanted)).mappings():
        if version_key(row) in texts:
            yield passage_from_row(row, texts[version_key(row)])


def in_order(ids: list[str], found: dict[str, T], generation_id: str) -> list[T]:
    """The `found` items in the order of `ids`. Raises `NotInGeneration` if one is missing."""
    lost = next((key for key in ids if key not in found), None)
    if lost is not None:
        raise NotInGeneration(
            "not in this generation of the index", where=f"{lost} in {generation_id}", do="open the index again"
        )
    return [found[key] for key in ids]


def count_rows(connection: Connection, table: FromClause, condition: ColumnElement[bool] | None = None) -> int:
    query = select(func.count()).select_from(table)
    return connection.execute(query if condition is None else query.where(condition)).scalar_one()


# Migrations from older schema versions. Each is atomic and keeps all vectors.
#
# A migration only adds, or drops what the next ingest creates again.

_Step = Callable[[Connection], None]


def _migrate(connection: Connection) -> None:
    """Migrate to `SCHEMA_VERSION` in the transaction of `connection`; safe when several processes do it at once."""
    here = meta.c.name == "schema_version"
    # Writing first takes the lock: of two processes that open an old catalog, the second finds it migrated.
    connection.execute(update(meta).where(here).values(value=meta.c.value))
    stored = int(connection.execute(select(meta.c.value).where(here)).scalar_one())
    for version in range(stored + 1, SCHEMA_VERSION + 1):
        STEPS[version](connection)
        connection.execute(update(meta).where(here).values(value=str(version)))


def add_columns(connection: Connection, table: Table, *names: str) -> None:
    """Add columns that an older table lacks; they must be nullable."""
    for name in names:
        column = CreateColumn(table.c[name]).compile(dialect=connection.dialect)
        connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {column}")


def _members_and_pages(connection: Connection) -> None:
    """2: files that hold several articles, pages, authors and sections. The next ingest fills the quarantine again."""
    stated = [f"{name}{part}" for name in ("author", "section") for part in ("", "_start", "_end")]
    add_columns(connection, versions, *stated, "pages")
    quarantine.drop(connection)
    quarantine.create(connection)


def _uses(connection: Connection) -> None:
    """3: reference count of each text over all versions (takes a minute for 200,000 passages)."""
    uses.create(connection, checkfirst=True)
    keys = [version_key(row) for row in connection.execute(select(*(versions.c[name] for name in VERSION))).mappings()]
    for part in chunks(keys, AT_ONCE):
        add_uses(connection, passages_of_versions(connection, part))


def _whole(connection: Connection) -> None:
    """4: whole bodies of versions from which repeated lines are removed. There are none yet."""
    add_columns(connection, versions, "whole")


def _ranges(connection: Connection) -> None:
    """5: members of generations as ranges, instead of a row for each article of each generation."""
    add_columns(connection, generations, "segments")
    for new in (members, touched, line_ends, repeated_lines, models):
        # A backup from an untrusted source may have a table of this name with rows.
        new.drop(connection, checkfirst=True)
        new.create(connection)
    listed = Table("generation_members", MetaData(), *(Column(name, String) for name in ("generation_id", *VERSION)))
    # A generation that never was the current one is removed by the next ingest.
    switched = select(generations.c.id, generations.c.corpus).where(generations.c.switched_at.is_not(None))
    rows = connection.execute(switched).mappings().all()
    for row in sorted(rows, key=lambda row: generation_number(row["id"])):
        number = generation_number(row["id"])
        here = and_(listed.c.generation_id == row["id"], same_version(listed, members))
        unended = and_(members.c.corpus == row["corpus"], members.c.until.is_(None))
        ended = update(members).where(unended, ~exists(select(listed).where(here).correlate(members)))
        connection.execute(ended.values(until=number))
        added = select(literal(row["corpus"]), *(listed.c[name] for name in VERSION), literal(number))
        known = exists(select(members).where(same_version(listed, members), unended).correlate(listed))
        added = added.where(listed.c.generation_id == row["id"], ~known)
        connection.execute(insert(members).from_select(["corpus", *VERSION, "since"], added))
    listed.drop(connection)
    unended = exists().where(same_version(members, versions), members.c.until.is_(None))
    changed = or_(~exists().where(same_version(sources, versions)), ~unended)
    odd = select(*(versions.c[name] for name in ("corpus", *VERSION))).where(changed)
    connection.execute(insert(touched).from_select(["corpus", *VERSION], odd))
    made = select(vectors.c.fingerprint).distinct()
    connection.execute(insert(models).from_select(["fingerprint"], made))


STEPS: Final[dict[int, _Step]] = {2: _members_and_pages, 3: _uses, 4: _whole, 5: _ranges}
"""Migration to each schema version from the one before."""


_REMEDIES = {
    sqlite3.SQLITE_FULL: ("the disk is full", "free some space and ingest again; the previous index still answers"),
    sqlite3.SQLITE_IOERR: (
        "the disk reported a read or write error",
        "check its free space, its health and file size limits",
    ),
    sqlite3.SQLITE_READONLY: ("it cannot be written", "check the permissions of the file and its folder"),
    sqlite3.SQLITE_CANTOPEN: ("it cannot be opened", "check the permissions of the file and its folder"),
    sqlite3.SQLITE_BUSY: ("another program has locked it", "wait for that program, or stop it"),
    sqlite3.SQLITE_NOTADB: ("it is not a catalog", "move the file away and ingest again"),
    sqlite3.SQLITE_CORRUPT: ("it is damaged", "move the file away and ingest again"),
}


class _Older(Exception):
    """The catalog has the schema of an older Isnad."""


@contextmanager
def catalog_errors(where: str) -> Iterator[None]:
    """Translate database errors into `CatalogError`: disk full, file locked or not a catalog, server unreachable."""
    try:
        yield
    except IntegrityError:
        raise  # a bug of ours, not a problem of the user's disk
    except (ConnectionError, TimeoutError) as error:  # from the driver's socket, during a transaction
        what, do = postgres.explain(error)
        raise CatalogError(what, where=where, do=do) from error
    except (DBAPIError, sqlite3.DatabaseError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        if not isinstance(cause, sqlite3.Error):
            what, do = postgres.explain(cause)
            raise CatalogError(what, where=where, do=do) from error
        code = getattr(cause, "sqlite_errorcode", -1) & 0xFF
        what, do = _REMEDIES.get(code, ("it cannot be used", "run `isnad doctor`"))
        raise CatalogError(f"{what} ({cause})", where=where, do=do) from error


def open_engine(path: Path, *, create: bool) -> Engine:
    """Open the database at `path` with the current schema; an older one is migrated.

    Raises `IndexUnusable` if there is none and `create` is false; `CatalogError` if the file is not a catalog, has the
    schema of a newer Isnad, or cannot be opened.
    """
    if not create and not path.is_file():
        raise _nothing_yet(str(path))
    if create:
        try:
            os.close(open_private(path))  # SQLite gives its side files the same mode
        except OSError as error:
            what, do = _REMEDIES[sqlite3.SQLITE_CANTOPEN]
            raise CatalogError(f"{what} ({error.strerror})", where=str(path), do=do) from error
    engine = create_engine(URL.create("sqlite", database=str(path)))
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    try:
        with catalog_errors(str(path)):
            try:
                with engine.begin() as connection:
                    _check_schema(connection, str(path), create=create)
            except _Older:
                with engine.begin() as connection:
                    _migrate(connection)
    except (CatalogError, IndexUnusable):
        engine.dispose()
        raise
    return engine


def open_unaltered(path: Path) -> Engine:
    """Open the database at `path` for reading without changing a byte in its folder.

    Raises `CatalogError` if the file is not a catalog, has another schema, or was copied during a change.
    """
    beside = {end: path.with_name(path.name + end) for end in ("-shm", "-wal")}
    live = beside["-shm"].exists()
    if not live and beside["-wal"].exists() and beside["-wal"].stat().st_size:
        raise CatalogError(
            "its last changes are still in its log file", where=str(path), do="ingest once, then try again"
        )
    # Without the -shm file nobody has it open, and SQLite would create one just to read.
    how = "mode=ro&readonly_shm=1" if live else "immutable=1"
    address = f"file:{quote(str(path.absolute()))}?{how}"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(address, uri=True, check_same_thread=False, isolation_level=None, timeout=10)

    engine = create_engine("sqlite://", creator=connect)
    try:
        with catalog_errors(str(path)), engine.connect() as connection:
            _check_schema(connection, str(path), create=False)
    except _Older as error:
        engine.dispose()
        raise CatalogError(
            "it was written by an older Isnad", where=str(path), do="ingest once, then try again"
        ) from error
    except (CatalogError, IndexUnusable):
        engine.dispose()
        raise
    return engine


def open_shared_engine(at: postgres.Address, *, writing: bool) -> Engine:
    """Open the schema of a corpus on a server. With `writing`, it is created or migrated, and other writers are locked
    out.

    Raises `CorpusBusy` if another process writes; otherwise what `open_engine` raises, and also `CatalogError` if the
    schema is older and `writing` is false.
    """
    engine = postgres.open_server(at, writing=writing)
    try:
        with catalog_errors(at.where):
            try:
                with engine.begin() as connection:
                    if writing:
                        postgres.make_schema(connection, at)
                    _check_schema(connection, at.where, create=writing)
            except _Older as error:
                if not writing:
                    what = "it was written by an older Isnad"
                    raise CatalogError(what, where=at.where, do="ingest once with this version of Isnad") from error
                with engine.begin() as connection:
                    _migrate(connection)
    except (CatalogError, IndexUnusable, CorpusBusy):
        engine.dispose()
        raise
    return engine


def make_current(connection: Connection, where: str) -> None:
    """Create the tables of a catalog if there are none, or migrate older ones, in the transaction of `connection`.

    Raises `CatalogError` if the database is not a catalog, or is that of a newer Isnad.
    """
    try:
        _check_schema(connection, where, create=True)
    except _Older:
        _migrate(connection)


def driver_of(connection: Connection) -> sqlite3.Connection:
    """The SQLite driver's connection to a catalog file."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        raise TypeError(f"{type(driver).__name__} is not a connection to an SQLite file")
    return driver


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    # The driver starts its own transactions only at the first write; we start ours explicitly.
    connection.isolation_level = None
    # A catalog may be restored from an untrusted file: its schema must not call unsafe functions.
    pragmas = ("trusted_schema=OFF", "busy_timeout=10000", "journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL")
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _nothing_yet(where: str) -> IndexUnusable:
    return IndexUnusable(
        "nothing was ingested yet",
        where=where,
        do="run `isnad ingest FOLDER`",
        kind="nothing_ingested",
        command="isnad ingest FOLDER",
    )


def _check_schema(connection: Connection, where: str, *, create: bool) -> None:
    names = set(inspect(connection).get_table_names())
    if not names:
        if not create:
            raise _nothing_yet(where)
        tables.create_all(connection)
        connection.execute(insert(meta).values(name="schema_version", value=str(SCHEMA_VERSION)))
        return
    stored = select(meta.c.value).where(meta.c.name == "schema_version")
    value = connection.execute(stored).scalar() if "meta" in names else None
    if value is None or not value.isdecimal():
        raise CatalogError("it is a database, but not a catalog", where=where, do="move the file away")
    if int(value) > SCHEMA_VERSION:
        raise CatalogError(
            f"it was written by a newer Isnad (schema {value}, this version supports {SCHEMA_VERSION})",
            where=where,
            do="upgrade Isnad, or ingest into another data folder",
        )
    if int(value) < SCHEMA_VERSION:
        raise _Older
