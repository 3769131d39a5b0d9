"""Tables of the catalog: SQLAlchemy Core with generic types, for SQLite and PostgreSQL; and the check of a schema from
an untrusted source."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain, pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    and_,
    create_engine,
    literal,
    or_,
    select,
)
from sqlalchemy.engine import RowMapping
from sqlalchemy.sql import ColumnElement, FromClause

from rag.errors import CatalogError
from rag.types import Article, Passage, Rendition, Span, Stated

# Converts articles and passages to rows of the catalog and back, with checks.
#
# The text of a passage is never stored beside its offsets: it is sliced from the text of its version.

_STATED: Final = ("title", "outlet", "published", "author", "section")
"""Facts that an article states about itself, by the names of `Article` and of the columns."""


class VersionKey(NamedTuple):
    """Key of a version in the catalog: the article, its file's hash and the rules by which it was read."""

    article_id: str
    sha256: str
    rules: str


@dataclass(frozen=True, slots=True)
class GenerationRow:
    """One immutable state of a corpus, with `count` passages: what an index was built from, and how.

    `segments` are the names and numbers of rows of the segments on the machine that built it; none before it became the
    current one.
    """

    id: str
    corpus: str
    fingerprint: str
    rules: str
    created_at: str
    count: int
    segments: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Changes:
    """Versions that one generation has and another has not: `added`, and the other way round: `removed`. An article
    that was replaced is in both."""

    added: list[VersionKey]
    removed: list[VersionKey]


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A file in quarantine, why, and how to fix it; with `member`, one article of a file."""

    source: str
    reason: str
    do: str
    member: str | None = None

    @property
    def name(self) -> str:
        """Display name: the file, and the article in it if the file holds several."""
        return f"{self.source} ({self.member})" if self.member else self.source


@dataclass(frozen=True, slots=True)
class ArticleMeta:
    """Article metadata that filters use. `member` is the article's name in its file, None if it is the whole file."""

    id: str
    source: str
    title: str | None
    outlet: str | None
    published: str | None
    language: str
    member: str | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts of the catalog of a corpus; `articles` and `passages` are those of the current generation."""

    articles: int
    passages: int
    vectors: int
    quarantined: int
    generations: int


def version_key(row: RowMapping) -> VersionKey:
    return VersionKey(row["article_id"], row["sha256"], row["rules"])


def generation_number(generation_id: str) -> int:
    """The number that the id of a generation starts with: each is higher than all before. 0 if it has none."""
    digits = generation_id.partition("-")[0]
    return int(digits) if re.fullmatch("[0-9]{1,18}", digits) else 0


def sha256_of(text: str) -> str:
    """Hash of the UTF-8 form of `text`, in lower-case hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def generation_from_row(row: RowMapping) -> GenerationRow:
    segments = tuple((str(name), int(rows)) for name, rows in row["segments"] or ())
    return GenerationRow(
        row["id"], row["corpus"], row["fingerprint"], row["rules"], row["created_at"], row["passages"], segments
    )


def article_to_row(article: Article, rules: str) -> dict[str, Any]:
    row: dict[str, Any] = {
        "article_id": article.id,
        "sha256": article.sha256,
        "rules": rules,
        "corpus": article.corpus,
        "source": article.source,
        "member": article.member or "",
        "text": article.text,
        "text_sha256": article.rendition.text_sha256,
        "encoding": article.rendition.encoding,
        "extractor": article.rendition.extractor,
        "language": article.language,
        "pages": list(article.pages),
        "body": [list(span) for span in article.body],
    }
    for name in _STATED:
        stated: Stated | None = getattr(article, name)
        row[name] = stated.value if stated else None
        row[f"{name}_start"] = stated.span.start if stated else None
        row[f"{name}_end"] = stated.span.end if stated else None
    return row


def article_from_row(row: RowMapping) -> Article:
    """Article of a row of `versions`. Raises `CatalogError` if its text does not match its hash."""
    return Article(
        id=row["article_id"],
        corpus=row["corpus"],
        source=row["source"],
        sha256=row["sha256"],
        text=checked_text(row),
        rendition=Rendition(row["text_sha256"], row["encoding"], row["extractor"]),
        body=tuple(Span(*ends) for ends in row["body"]),
        language=row["language"],
        title=_rows_stated(row, "title"),
        outlet=_rows_stated(row, "outlet"),
        published=_rows_stated(row, "published"),
        author=_rows_stated(row, "author"),
        section=_rows_stated(row, "section"),
        member=row["member"] or None,
        pages=tuple(row["pages"] or ()),
    )


def whole_body(row: RowMapping) -> tuple[Span, ...]:
    """Body of a row of `versions` before repeated lines were removed from it."""
    return tuple(Span(*ends) for ends in row["whole"] or row["body"])


def checked_text(row: RowMapping) -> str:
    text: str = row["text"]
    if sha256_of(text) != row["text_sha256"]:
        raise _damaged(row["article_id"], "its text does not match its hash")
    return text


def _rows_stated(row: RowMapping, name: str) -> Stated | None:
    value = row[name]
    return None if value is None else Stated(value, Span(row[f"{name}_start"], row[f"{name}_end"]))


def passage_to_row(passage: Passage, rules: str) -> dict[str, Any]:
    """Row of `passages`. Raises `ValueError` if the sentences do not tile the passage's span."""
    cuts = [passage.span.start, *(sentence.end for sentence in passage.sentences)]
    if tuple(_between(cuts)) != passage.sentences or cuts[-1] != passage.span.end:
        raise ValueError(f"{passage.id}: its sentences do not tile its span")
    return {
        "id": passage.id,
        "rules": rules,
        "article_id": passage.article_id,
        "sha256": passage.sha256,
        "cuts": cuts,
    }


def passage_from_row(row: RowMapping, text: str) -> Passage:
    """Passage of a row of `passages`, sliced from the `text` of its version. Raises `CatalogError` if it is invalid."""
    cuts: list[int] = row["cuts"]
    if len(cuts) < 2 or cuts[0] < 0 or cuts[-1] > len(text) or any(a >= b for a, b in _between(cuts)):
        raise _damaged(row["id"], "its offsets are outside its article")
    span = Span(cuts[0], cuts[-1])
    if Passage.make_id(row["article_id"], row["sha256"], span) != row["id"]:
        raise _damaged(row["id"], "its offsets do not match its id")
    return Passage(row["id"], row["article_id"], row["sha256"], span, tuple(_between(cuts)), span.of(text))


def _between(cuts: list[int]) -> list[Span]:
    return [Span(start, end) for start, end in pairwise(cuts)]


def _damaged(where: str, what: str) -> CatalogError:
    return CatalogError(f"the catalog is damaged: {what}", where=where, do="move its folder away and ingest again")


SCHEMA_VERSION = 5
"""`rag.store.database` has the migration from each version to the next."""

tables = MetaData()
VERSION = ("article_id", "sha256", "rules")


def _version_key(*, primary: bool) -> list[Column[Any]]:
    return [Column(name, String, primary_key=primary, nullable=False) for name in VERSION]


def _of_version() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(VERSION, [f"versions.{name}" for name in VERSION])


def _stated(name: str) -> list[Column[Any]]:
    return [Column(name, Text), Column(f"{name}_start", Integer), Column(f"{name}_end", Integer)]


meta = Table("meta", tables, Column("name", String, primary_key=True), Column("value", String, nullable=False))

versions = Table(
    "versions",
    tables,
    *_version_key(primary=True),
    Column("corpus", String, nullable=False),
    Column("source", String, nullable=False),
    Column("member", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("text_sha256", String, nullable=False),
    Column("encoding", String),
    Column("extractor", String),
    Column("language", String, nullable=False),
    *_stated("title"),
    *_stated("outlet"),
    *_stated("published"),
    *_stated("author"),
    *_stated("section"),
    # Null in rows written before version 2.
    Column("pages", JSON),
    Column("body", JSON, nullable=False),
    # The body before repeated lines were removed; null if none were.
    Column("whole", JSON),
)

passages = Table(
    "passages",
    tables,
    Column("id", String, primary_key=True),
    Column("rules", String, primary_key=True),
    Column("article_id", String, nullable=False),
    Column("sha256", String, nullable=False),
    # The boundaries of sentences, including the passage's own start and end: its sentences tile it.
    Column("cuts", JSON, nullable=False),
    _of_version(),
    Index("passages_of_version", *VERSION),
)

vectors = Table(
    "vectors",
    tables,
    Column("text_sha256", String, primary_key=True),
    Column("fingerprint", String, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

# The models that made vectors: they show, without a scan of all vectors, whether some are of a model not in use.
models = Table("models", tables, Column("fingerprint", String, primary_key=True))

# Reference count of each text over the passages and sentences of all versions: see `rag.store.writes`.
uses = Table(
    "uses",
    tables,
    Column("text_sha256", String, primary_key=True),
    Column("times", Integer, nullable=False),
)

sources = Table(
    "sources",
    tables,
    Column("corpus", String, primary_key=True),
    Column("source", String, primary_key=True),
    Column("member", String, primary_key=True),
    *_version_key(primary=False),
    Column("stamp", String),
    _of_version(),
    Index("sources_of_version", *VERSION),
)

quarantine = Table(
    "quarantine",
    tables,
    Column("corpus", String, primary_key=True),
    Column("source", String, primary_key=True),
    # Empty for the file as a whole.
    Column("member", String, primary_key=True),
    Column("rules", String, nullable=False),
    Column("sha256", String),
    Column("size", BigInteger, nullable=False),
    Column("stamp", String),
    Column("reason", Text, nullable=False),
    Column("do", Text, nullable=False),
    Column("at", String, nullable=False),
)

generations = Table(
    "generations",
    tables,
    Column("id", String, primary_key=True),
    Column("corpus", String, nullable=False),
    Column("fingerprint", String, nullable=False),
    Column("rules", String, nullable=False),
    Column("created_at", String, nullable=False),
    Column("passages", Integer, nullable=False),
    # Null until it first became the current generation: a generation without this was never read by anybody.
    Column("switched_at", String),
    # Null before version 5.
    Column("segments", JSON),
)

# Versions that came into the sources or a range of `members`, or left one, since the last completed ingest; a version
# may have several rows. They show, without a scan of all, what the next generation changes and what is not needed.
touched = Table(
    "touched",
    tables,
    Column("corpus", String, nullable=False),
    *_version_key(primary=False),
)

# The lines at the ends of the articles in the sources: see `rag.ingest.repeated_lines`, which has the meaning of the
# numbers, and keeps both tables in step with the sources.
line_ends = Table(
    "line_ends",
    tables,
    Column("article_id", String, nullable=False),
    Column("line", BigInteger, nullable=False),
    # Null where the line does not count as repeated, however many articles have it.
    Column("beside", BigInteger),
    Index("line_ends_of_article", "article_id"),
    Index("line_ends_of_line", "line", "beside"),
)
repeated_lines = Table("repeated_lines", tables, Column("line", BigInteger, primary_key=True, autoincrement=False))

# The generations that have a version, as a range of their numbers: from `since` up to the one before `until`. A new
# generation costs as many rows as it has changes. Ranges of one article never overlap.
members = Table(
    "members",
    tables,
    Column("corpus", String, nullable=False),
    *_version_key(primary=True),
    Column("since", BigInteger, primary_key=True),
    # Null while the newest generation has it.
    Column("until", BigInteger),
    _of_version(),
    Index("members_since", "since"),
    Index("members_until", "until"),
)

corpora = Table(
    "corpora",
    tables,
    Column("corpus", String, primary_key=True),
    Column("root", String, nullable=False),
    # The only pointer to the current generation; null if there is nothing to search.
    Column("generation_id", String, ForeignKey("generations.id")),
)


def same_version(one: FromClause, other: FromClause) -> ColumnElement[bool]:
    """Whether the rows of two tables are of the same version."""
    return and_(*(one.c[name] == other.c[name] for name in VERSION))


def has_member(generation_id: str, of: FromClause = members) -> ColumnElement[bool]:
    """Whether the generation has the version of a row of `members`; false for a generation that is not listed."""
    return has_member_of(literal(generation_id), literal(generation_number(generation_id)), of)


def has_member_of(
    generation: ColumnElement[str], number: ColumnElement[int], of: FromClause = members
) -> ColumnElement[bool]:
    """As `has_member`, with the id of the generation and its `generation_number` as expressions."""
    corpus = select(generations.c.corpus).where(generations.c.id == generation).scalar_subquery()
    return and_(of.c.corpus == corpus, of.c.since <= number, or_(of.c.until.is_(None), of.c.until > number))


# Checks that a database from an untrusted source has exactly the schema of a catalog.
#
# SQLite executes code in a schema: triggers on writes, views and generated columns on reads, checks in `PRAGMA
# integrity_check`. So the schema is compared first, clause by clause of the text that SQLite parses.

_REMADE = {2: frozenset({"quarantine"})}
"""Tables that the migration to a version drops and creates again: an older one may differ."""
_DROPPED = {
    5: (
        """CREATE TABLE generation_members (generation_id VARCHAR NOT NULL, article_id VARCHAR NOT NULL,
        sha256 VARCHAR NOT NULL, rules VARCHAR NOT NULL, PRIMARY KEY (generation_id, article_id),
        FOREIGN KEY(article_id, sha256, rules) REFERENCES versions (article_id, sha256, rules),
        FOREIGN KEY(generation_id) REFERENCES generations (id))""",
        "CREATE INDEX members_of_version ON generation_members (article_id, sha256, rules)",
    )
}
"""Tables and indexes that the migration to a version drops: only an older catalog has them."""
_PASSIVE = ("table", "index")
_NAME_ANOTHER = "do not use this file: give one that `isnad backup` wrote"

_TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|\w+|--[^\n]*|/\*|\S""", re.DOTALL)
_Clause = tuple[str, ...]


class _CreateStatement(NamedTuple):
    """A CREATE statement: the part before the parentheses, the clauses inside in any order, and the part after."""

    head: _Clause
    clauses: frozenset[_Clause]
    tail: _Clause


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
    no_catalog = CatalogError("it is a database, but not a catalog", where=where, do=_NAME_ANOTHER)
    if "meta" not in {name for _, name, _, _ in _objects(connection)}:
        raise no_catalog
    _refuse(_compared(connection, "table", "meta", SCHEMA_VERSION), where)
    row = connection.execute("SELECT value FROM meta WHERE name = 'schema_version'").fetchone()
    if row is None or not isinstance(row[0], str) or not re.fullmatch(r"[1-9][0-9]{0,5}", row[0], re.ASCII):
        raise no_catalog
    version = int(row[0])
    if version > SCHEMA_VERSION:
        what = f"it was written by a newer Isnad (schema {version}, this version supports {SCHEMA_VERSION})"
        raise CatalogError(what, where=where, do="upgrade Isnad")
    _refuse(schema_differences(connection, version), where)
    return version


def must_be_current(connection: sqlite3.Connection, where: str) -> None:
    """Raise `CatalogError` unless the schema is exactly that of a catalog of this version."""
    _refuse(schema_differences(connection), where)


def schema_differences(connection: sqlite3.Connection, version: int = SCHEMA_VERSION) -> Iterator[str]:
    """Differences from the schema of a catalog of `version`: triggers, views, tables, columns, checks, indexes."""
    yield from _active(connection)
    expected = _expected(version)
    known = {name for _, name in expected}
    for kind, name, table, sql in _objects(connection):
        automatic = sql is None and name.startswith("sqlite_autoindex_") and table in known
        if kind in _PASSIVE and (kind, name) not in expected and not automatic:
            yield f"the {kind} {name!r} is not part of a catalog"
    for kind, name in sorted(expected):
        # A table that a later migration drops and creates again may differ.
        if not any(name in remade for step, remade in _REMADE.items() if version < step):
            yield from _compared(connection, kind, name, version)


def _compared(connection: sqlite3.Connection, kind: str, name: str, version: int) -> Iterator[str]:
    """Differences of a table or index from that of a new catalog; an older one may lack it, or some of its columns."""
    wanted, older = _expected(version)[kind, name], version < SCHEMA_VERSION
    found = [sql for _, other, _, sql in _objects(connection) if other == name]
    if not found:
        if not older:
            yield f"the {kind} {name!r} is missing"
        return
    given = parsed(found[0]) if len(found) == 1 and isinstance(found[0], str) else _CreateStatement((), frozenset(), ())
    same = given.clauses <= wanted.clauses if older else given.clauses == wanted.clauses
    if (given.head, given.tail) != (wanted.head, wanted.tail) or not same:
        odd = sorted(given.clauses - wanted.clauses)
        yield f"the {kind} {name!r} differs from that of a catalog" + (f": {' '.join(odd[0])[:80]}" if odd else "")


def _active(connection: sqlite3.Connection) -> Iterator[str]:
    """Triggers, views and virtual tables: a catalog has none in any version."""
    for kind, name, _, sql in _objects(connection):
        if kind not in _PASSIVE:
            yield f"it has the {kind} {name!r}, which no catalog has"
        elif isinstance(sql, str) and parsed(sql).head[:2] == ("create", "virtual"):
            yield f"it has the virtual table {name!r}, which no catalog has"


def _objects(connection: sqlite3.Connection) -> list[tuple[str, str, str, object]]:
    rows = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall()
    return [(str(kind), str(name), str(table), sql) for kind, name, table, sql in rows]


@cache
def _expected(version: int) -> dict[tuple[str, str], _CreateStatement]:
    """Tables and indexes that a catalog of `version` may have, by kind and name."""
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        tables.create_all(connection)
        for statement in chain.from_iterable(dropped for step, dropped in _DROPPED.items() if version < step):
            connection.exec_driver_sql(statement)
        rows = connection.exec_driver_sql("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL").all()
    engine.dispose()
    return {(kind, name): parsed(sql) for kind, name, sql in rows}


def parsed(sql: str) -> _CreateStatement:
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
    return _CreateStatement(tuple(head), frozenset(map(tuple, clauses)), tuple(tail))


def _refuse(found: Iterator[str], where: str) -> None:
    for what in found:
        raise CatalogError(what, where=where, do=_NAME_ANOTHER)
