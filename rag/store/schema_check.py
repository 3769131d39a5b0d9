"""Check that a database from an untrusted source has exactly the schema of a catalog.

SQLite executes code in a schema: triggers on writes, views and generated columns on reads, checks in `PRAGMA
integrity_check`. So the schema is compared first, clause by clause of the text that SQLite parses.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from sqlalchemy import create_engine

from rag.errors import CatalogError
from rag.store.schema import SCHEMA_VERSION, tables

REMADE = {2: frozenset({"quarantine"})}
"""Tables that the migration to a version drops and creates again: an older one may differ."""
PASSIVE = ("table", "index")
NAME_ANOTHER = "do not use this file: give one that `isnad backup` wrote"

_TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|\w+|--[^\n]*|/\*|\S""", re.DOTALL)
SchemaClause = tuple[str, ...]


class CreateStatement(NamedTuple):
    """A CREATE statement: the part before the parentheses, the clauses inside in any order, and the part after."""

    head: SchemaClause
    clauses: frozenset[SchemaClause]
    tail: SchemaClause


def open_untrusted(path: Path) -> sqlite3.Connection:
    """Open a read-only connection that applies no journal or log and calls no unsafe function of a schema."""
    address = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
    connection = sqlite3.connect(address, uri=True)
    for pragma in ("trusted_schema=OFF", "query_only=ON", "cell_size_check=ON", "mmap_size=0"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def stored_version(connection: sqlite3.Connection, where: str) -> int:
    """Schema version of a catalog whose schema matches that version exactly. Raises `CatalogError` otherwise.

    No statement on which a foreign schema could act is executed before the check.
    """
    _refuse(_active(connection), where)
    no_catalog = CatalogError("it is a database, but not a catalog", where=where, do=NAME_ANOTHER)
    if "meta" not in {name for _, name, _, _ in _objects(connection)}:
        raise no_catalog
    _refuse(_compared(connection, "table", "meta", older=False), where)
    row = connection.execute("SELECT value FROM meta WHERE name = 'schema_version'").fetchone()
    if row is None or not isinstance(row[0], str) or not re.fullmatch(r"[1-9][0-9]{0,5}", row[0], re.ASCII):
        raise no_catalog
    version = int(row[0])
    if version > SCHEMA_VERSION:
        what = f"it was written by a newer Isnad (schema {version}, this version supports {SCHEMA_VERSION})"
        raise CatalogError(what, where=where, do="upgrade Isnad")
    _refuse(differences(connection, version), where)
    return version


def must_be_current(connection: sqlite3.Connection, where: str) -> None:
    """Raise `CatalogError` unless the schema is exactly that of a catalog of this version."""
    _refuse(differences(connection), where)


def differences(connection: sqlite3.Connection, version: int = SCHEMA_VERSION) -> Iterator[str]:
    """Differences from the schema of a catalog of `version`: triggers, views, tables, columns, checks, indexes."""
    yield from _active(connection)
    known = {name for _, name in _expected()}
    for kind, name, table, sql in _objects(connection):
        automatic = sql is None and name.startswith("sqlite_autoindex_") and table in known
        if kind in PASSIVE and (kind, name) not in _expected() and not automatic:
            yield f"the {kind} {name!r} is not part of a catalog"
    for kind, name in sorted(_expected()):
        # A table that a later migration drops and creates again may differ.
        if not any(name in remade for step, remade in REMADE.items() if version < step):
            yield from _compared(connection, kind, name, older=version < SCHEMA_VERSION)


def _compared(connection: sqlite3.Connection, kind: str, name: str, *, older: bool) -> Iterator[str]:
    """Differences of a table or index from that of a new catalog; an older one may lack it, or some of its columns."""
    wanted = _expected()[kind, name]
    found = [sql for _, other, _, sql in _objects(connection) if other == name]
    if not found:
        if not older:
            yield f"the {kind} {name!r} is missing"
        return
    given = parsed(found[0]) if len(found) == 1 and isinstance(found[0], str) else CreateStatement((), frozenset(), ())
    same = given.clauses <= wanted.clauses if older else given.clauses == wanted.clauses
    if (given.head, given.tail) != (wanted.head, wanted.tail) or not same:
        odd = sorted(given.clauses - wanted.clauses)
        yield f"the {kind} {name!r} differs from that of a catalog" + (f": {' '.join(odd[0])[:80]}" if odd else "")


def _active(connection: sqlite3.Connection) -> Iterator[str]:
    """Triggers, views and virtual tables: a catalog has none in any version."""
    for kind, name, _, sql in _objects(connection):
        if kind not in PASSIVE:
            yield f"it has the {kind} {name!r}, which no catalog has"
        elif isinstance(sql, str) and parsed(sql).head[:2] == ("create", "virtual"):
            yield f"it has the virtual table {name!r}, which no catalog has"


def _objects(connection: sqlite3.Connection) -> list[tuple[str, str, str, object]]:
    rows = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall()
    return [(str(kind), str(name), str(table), sql) for kind, name, table, sql in rows]


@cache
def _expected() -> dict[tuple[str, str], CreateStatement]:
    """Tables and indexes of a new catalog, by kind and name."""
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        tables.create_all(connection)
        rows = connection.exec_driver_sql("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL").all()
    engine.dispose()
    return {(kind, name): parsed(sql) for kind, name, sql in rows}


def parsed(sql: str) -> CreateStatement:
    """Parse a CREATE statement, ignoring letter case, white space and the order of columns."""
    head: list[str] = []
    tail: list[str] = []
    clauses: list[list[str]] = []
    depth = 0
    for piece in _TOKEN.findall(sql):
        # Ignores the case of unquoted ASCII, as SQLite does.
        word = piece if piece[0] in "'\"`[" or not piece.isascii() else piece.lower()
        depth -= piece == ")"
        if depth == 0 and piece not in "()":
            (tail if clauses else head).append(word)
        elif piece == "(" and depth == 0 and not clauses:
            clauses.append([])
        elif depth == 0 and piece == "(":
            tail.append(word)
        elif piece == "," and depth == 1:
            clauses.append([])
        elif depth > 0:
            clauses[-1].append(word)
        depth += piece == "("
    return CreateStatement(tuple(head), frozenset(map(tuple, clauses)), tuple(tail))


def _refuse(found: Iterator[str], where: str) -> None:
    for what in found:
        raise CatalogError(what, where=where, do=NAME_ANOTHER)
