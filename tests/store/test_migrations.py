"""A catalog that an older Isnad wrote is brought to this one, once, and loses neither text nor vector."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from threading import Thread

import pytest
from small_corpus import LIST_MEMBERS, HashModel, fill, take_in

from rag.ingest.sync import IngestReport
from rag.store.catalog import Catalog
from rag.store.schema import SCHEMA_VERSION

FILES = {"a.txt": "زار المعلم سوتشي.\n", "b.txt": "عاد الوزير إلى دمشق.\n"}
NEW = [f"{name}{part}" for name in ("author", "section") for part in ("", "_start", "_end")]


def older(tmp_path: Path) -> Path:
    """A catalog of version 1: without authors, sections, pages, uses, and names of articles in quarantine."""
    (folder := fill(tmp_path / "folder", FILES)).joinpath("bad.txt").write_bytes(b"\xff\xff")
    take_in(folder, tmp_path)
    path = next((tmp_path / "corpora").rglob("catalog.sqlite3"))
    with sqlite3.connect(path) as connection:
        for column in [*NEW, "pages", "whole"]:
            connection.execute(f"ALTER TABLE versions DROP COLUMN {column}")
        for statement in (*LIST_MEMBERS, "DROP TABLE uses"):
            connection.execute(statement)
        connection.execute("DROP TABLE quarantine")
        connection.execute(
            "CREATE TABLE quarantine (corpus VARCHAR NOT NULL, source VARCHAR NOT NULL, rules VARCHAR NOT NULL, "
            "sha256 VARCHAR, size BIGINT NOT NULL, stamp VARCHAR, reason TEXT NOT NULL, do TEXT NOT NULL, "
            "at VARCHAR NOT NULL, PRIMARY KEY (corpus, source))"
        )
        connection.execute("INSERT INTO quarantine VALUES ('archive', 'bad.txt', 'r', NULL, 2, NULL, 'bad', 'x', '')")
        connection.execute("UPDATE meta SET value = '1' WHERE name = 'schema_version'")
    return path


def version(path: Path) -> str:
    with sqlite3.connect(path) as connection:
        return str(connection.execute("SELECT value FROM meta WHERE name = 'schema_version'").fetchone()[0])


def test_a_reader_finds_all_that_there_was(tmp_path: Path) -> None:
    path = older(tmp_path)
    with Catalog.open(path) as catalog:
        current = catalog.current("archive")
        assert current is not None
        metas = catalog.articles_meta(current.id)
        articles = catalog.articles(current.id, [meta.id for meta in metas])
        assert {article.source: article.text for article in articles.values()} == FILES
        assert all(one.author is None and one.section is None and one.pages == () for one in articles.values())
    assert version(path) == str(SCHEMA_VERSION)


def test_the_next_ingest_embeds_nothing_and_fills_the_quarantine(tmp_path: Path) -> None:
    older(tmp_path)
    model = HashModel()
    report = take_in(tmp_path / "folder", tmp_path, model=model)
    assert isinstance(report, IngestReport)
    assert (report.unchanged, report.added, report.changed, report.embedded) == (2, 0, 0, 0)
    assert [one.source for one in report.quarantined] == ["bad.txt"]
    assert model.seen == []


def test_two_that_open_it_at_once_migrate_it_once(tmp_path: Path) -> None:
    path = older(tmp_path)
    failed: list[Exception] = []

    def open_it() -> None:
        try:
            Catalog.open(path).close()
        except Exception as error:  # noqa: BLE001  (told below)
            failed.append(error)

    threads = [Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert version(path) == str(SCHEMA_VERSION)


def test_a_step_that_fails_leaves_the_older_catalog_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from rag.store import database

    path = older(tmp_path)

    def broken(connection: object) -> None:
        database.add_columns(connection, database.versions, "pages")  # type: ignore[arg-type]
        raise RuntimeError("killed")

    monkeypatch.setitem(database.STEPS, 2, broken)
    with pytest.raises(RuntimeError, match="killed"):
        Catalog.open(path)
    assert version(path) == "1"
    with sqlite3.connect(path) as connection:
        assert "pages" not in [row[1] for row in connection.execute("PRAGMA table_info(versions)")]


def test_uses_are_counted_as_an_ingest_counts_them(tmp_path: Path) -> None:
    path = older(tmp_path)
    Catalog.open(path).close()
    take_in(tmp_path / "folder", tmp_path / "fresh")
    counted = [
        sqlite3.connect(one).execute("SELECT text_sha256, times FROM uses ORDER BY 1").fetchall()
        for one in (path, next((tmp_path / "fresh").rglob("catalog.sqlite3")))
    ]
    assert counted[0] == counted[1] != []


def test_generations_that_listed_each_article_keep_their_articles(tmp_path: Path) -> None:
    folder = fill(tmp_path / "folder", FILES)
    before = take_in(folder, tmp_path).generation
    now = take_in(fill(folder, {"b.txt": "عاد الوزير إلى حلب.\n", "c.txt": "جديد س.\n"}), tmp_path, allow_deletes=True)
    assert before
    assert now.generation
    path = next((tmp_path / "corpora").rglob("catalog.sqlite3"))
    with Catalog.open(path) as catalog:
        members = [catalog.members(one) for one in (before, now.generation)]
        passages = [list(catalog.iterate_passages(one)) for one in (before, now.generation)]
    with sqlite3.connect(path) as connection:
        for statement in LIST_MEMBERS:
            connection.execute(statement)
        # The run that would have made the third generation was killed.
        connection.execute("INSERT INTO generations VALUES ('000003-cccccccc', 'archive', 'f', 'r', '', 1, NULL)")
        connection.execute(
            "INSERT INTO generation_members SELECT '000003-cccccccc', article_id, sha256, rules FROM versions "
            "WHERE source = 'a.txt'"
        )
        connection.execute("UPDATE meta SET value = '4' WHERE name = 'schema_version'")
    with Catalog.open(path) as catalog:
        assert version(path) == str(SCHEMA_VERSION)
        assert [catalog.members(one) for one in (before, now.generation)] == members
        assert [list(catalog.iterate_passages(one)) for one in (before, now.generation)] == passages
        assert [len(one) for one in members] == [2, 2]
    model = HashModel()
    again = take_in(folder, tmp_path, model=model)
    assert (again.switched, again.generation, model.seen) == (False, now.generation, [])
