"""The tables of the catalog: SQLAlchemy Core with generic types only, nothing that PostgreSQL could not do.

Knows neither how they are opened nor who reads or writes them.
"""

from __future__ import annotations

from typing import Any

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
)

SCHEMA_VERSION = 4
"""Each step that led here from the version before stands in `rag.store.migrations`."""

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
    # Null in what was written before version 2.
    Column("pages", JSON),
    Column("body", JSON, nullable=False),
    # The body before lines that many articles repeat were taken out of it; null where none were.
    Column("whole", JSON),
)

passages = Table(
    "passages",
    tables,
    Column("id", String, primary_key=True),
    Column("rules", String, primary_key=True),
    Column("article_id", String, nullable=False),
    Column("sha256", String, nullable=False),
    # The places where sentences meet, the passage's own start and end included: its sentences tile it.
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

# How often the passages and sentences of all versions have a text: see `rag.store.uses`.
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
    # Null until the pointer was moved to it: a generation without this was never read by anybody.
    Column("switched_at", String),
)

generation_members = Table(
    "generation_members",
    tables,
    Column("generation_id", String, ForeignKey("generations.id"), primary_key=True),
    Column("article_id", String, primary_key=True),
    Column("sha256", String, nullable=False),
    Column("rules", String, nullable=False),
    _of_version(),
    Index("members_of_version", *VERSION),
)

corpora = Table(
    "corpora",
    tables,
    Column("corpus", String, primary_key=True),
    Column("root", String, nullable=False),
    # The only pointer to the generation that answers; null when there is nothing to ask.
    Column("generation_id", String, ForeignKey("generations.id")),
)
