"""A backup that somebody else made or edited: what a restore refuses, and that it leaves nothing behind."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from small_corpus import LIST_MEMBERS, HashModel, build, fill, take_in, wrong

from rag.errors import BadInput, CatalogError, IsnadError
from rag.folders import Roots, Unreadable, read_file, remark
from rag.ingest.backup import Contents, backup, corpus_of, restore
from rag.store.catalog import Catalog
from ui.cli.maintenance import _approve

FILES = {f"{number}.txt": f"خبر رقم {number} س. نهاية.\n" for number in range(3)}


def home(data: Path) -> Path:
    return data / "corpora" / "archive"


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    take_in(fill(tmp_path / "folder", FILES), tmp_path / "data")
    backup(home(tmp_path / "data"), "archive", tmp_path / "kept.db")
    return tmp_path / "kept.db"


def sql(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def rewrite(file: Path, name: str, old: str, new: str) -> None:
    """Edit the text of a CREATE statement in place, as a hostile tool would."""
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("PRAGMA writable_schema=ON")
        (before,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).fetchone()
        assert old in before
        after = before.replace(old, new, 1)
        connection.execute("UPDATE sqlite_master SET sql = ? WHERE name = ?", (after, name))


TRIGGER = "CREATE TRIGGER t AFTER {} ON {} BEGIN UPDATE corpora SET root = '/'; END"
FOREIGN: list[tuple[str, Callable[[Path], None], str]] = [
    ("a trigger at an ingest", lambda file: sql(file, TRIGGER.format("INSERT", "generations")), "trigger 't'"),
    ("a trigger at a migration", lambda file: sql(file, TRIGGER.format("UPDATE", "meta")), "trigger 't'"),
    ("a view", lambda file: sql(file, "CREATE VIEW v AS SELECT * FROM versions"), "view 'v'"),
    (
        "a view in the place of a table",
        lambda file: sql(file, "ALTER TABLE corpora RENAME TO c", "CREATE VIEW corpora AS SELECT * FROM c"),
        "view 'corpora'",
    ),
    (
        "a virtual table",
        lambda file: sql(file, "CREATE VIRTUAL TABLE f USING fts5(x)"),
        "virtual table 'f'",
    ),
    ("another table", lambda file: sql(file, "CREATE TABLE more (x)"), "table 'more'"),
    ("statistics", lambda file: sql(file, "ANALYZE"), "table 'sqlite_stat1'"),
    ("another index", lambda file: sql(file, "CREATE INDEX i ON versions (lower(text))"), "index 'i'"),
    (
        "a partial index",
        lambda file: rewrite(file, "passages_of_version", "rules)", "rules) WHERE abs(rules) > 1"),
        "index 'passages_of_version'",
    ),
    ("a column", lambda file: sql(file, "ALTER TABLE versions ADD COLUMN x TEXT"), "table 'versions'"),
    (
        "a generated column",
        lambda file: sql(file, "ALTER TABLE versions ADD COLUMN x TEXT AS (upper(text))"),
        "table 'versions'",
    ),
    (
        "a generated value of the version",
        lambda file: rewrite(file, "meta", "value VARCHAR NOT NULL", "value VARCHAR AS ('5')"),
        "table 'meta'",
    ),
    ("a check", lambda file: rewrite(file, "vectors", "NOT NULL", "NOT NULL CHECK (1)"), "table 'vectors'"),
    ("a default", lambda file: rewrite(file, "corpora", "NOT NULL", "NOT NULL DEFAULT '/'"), "table 'corpora'"),
    ("a collation", lambda file: rewrite(file, "sources", "NOT NULL", "NOT NULL COLLATE nocase"), "table 'sources'"),
    ("a comment", lambda file: rewrite(file, "vectors", "NOT NULL", "NOT NULL /* , x */"), "table 'vectors'"),
    ("a missing table", lambda file: sql(file, "DROP TABLE uses"), "'uses' is missing"),
    ("a missing index", lambda file: sql(file, "DROP INDEX members_until"), "'members_until' is missing"),
    (
        "an older schema with a trigger",
        lambda file: sql(file, "UPDATE meta SET value = '3'", TRIGGER.format("UPDATE", "meta")),
        "trigger 't'",
    ),
    (
        "an older schema with a check",
        lambda file: (
            sql(file, "UPDATE meta SET value = '3'"),
            rewrite(file, "vectors", "NOT NULL", "NOT NULL CHECK (1)"),
        )[0],
        "table 'vectors'",
    ),
    ("a corpus elsewhere", lambda file: sql(file, "UPDATE corpora SET corpus = '../../x'"), "name of a corpus"),
    ("a relative folder", lambda file: sql(file, "UPDATE corpora SET root = 'x'"), "not a normalised"),
    ("a folder in disguise", lambda file: sql(file, "UPDATE corpora SET root = '/home/x/../..'"), "not a normalised"),
    ("folders that are none", lambda file: sql(file, "UPDATE corpora SET root = '[[1]'"), "list of folders"),
    ("no folders", lambda file: sql(file, "UPDATE corpora SET root = '[]'"), "list of folders"),
]


@pytest.mark.parametrize(("spoil", "says"), [case[1:] for case in FOREIGN], ids=[case[0] for case in FOREIGN])
def test_a_backup_with_anything_but_the_rows_of_a_catalog_is_refused_and_leaves_nothing_behind(
    kept: Path, tmp_path: Path, spoil: Callable[[Path], None], says: str
) -> None:
    spoil(kept)
    before = kept.read_bytes()
    with pytest.raises(IsnadError, match=says):
        restore(kept, home(tmp_path / "new"), "archive", build)
    with pytest.raises(IsnadError, match=says):
        corpus_of(kept)
    assert not (tmp_path / "new").exists()
    assert kept.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "folder", "kept.db"]


def test_a_generation_in_a_backup_cannot_name_a_folder_to_remove(kept: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    fill(victim, {"precious.txt": "x"})
    generations = home(tmp_path / "data") / "generations"
    (folder,) = [path for path in generations.glob("0*") if path.is_dir()]
    leads_there = f"{folder.name}/../{os.path.relpath(victim, generations)}"
    assert (generations / leads_there / "precious.txt").is_file()
    add = (
        "INSERT INTO generations (id, corpus, fingerprint, rules, created_at, passages) "
        f"SELECT '{leads_there}', corpus, fingerprint, rules, created_at, passages FROM generations"
    )
    sql(kept, add)
    with pytest.raises(BadInput, match="generation of the index"):
        restore(kept, home(tmp_path / "new"), "archive", build)
    # Nor where it is in the catalog already: an ingest removes the folders of generations that are no longer needed.
    sql(home(tmp_path / "data") / "catalog.sqlite3", add)
    take_in(fill(tmp_path / "folder", FILES | {"more.txt": "المزيد س.\n"}), tmp_path / "data")
    assert (victim / "precious.txt").is_file()


def test_a_source_of_a_backup_cannot_lead_out_of_its_folder(tmp_path: Path) -> None:
    fill(tmp_path, {"secret.txt": "x"})
    fill(tmp_path / "folder", FILES)
    for source in ("../secret.txt", "./0.txt", str(tmp_path / "secret.txt")):
        with pytest.raises(Unreadable, match="leads outside the folder"):
            read_file(tmp_path / "folder", source, 100)


@pytest.mark.parametrize("end", ["-wal", "-journal"])
def test_a_log_beside_a_backup_is_never_applied(kept: Path, tmp_path: Path, end: str) -> None:
    log = kept.with_name(kept.name + end)
    log.write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + bytes(600))
    with pytest.raises(BadInput, match="last changes are not in it"):
        restore(kept, home(tmp_path / "new"), "archive", build)
    assert log.exists()
    assert not (tmp_path / "new").exists()


def test_a_pipe_is_no_backup(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for look in (corpus_of, lambda file: restore(file, home(tmp_path / "new"), "archive", build)):
        with pytest.raises(BadInput):
            look(tmp_path / "pipe")
    assert not (tmp_path / "new").exists()


def test_the_folders_are_shown_before_anything_is_replaced(kept: Path, tmp_path: Path) -> None:
    sql(kept, "UPDATE corpora SET root = '/'")
    shown: list[Contents] = []

    def refuse(contents: Contents) -> None:
        shown.append(contents)
        raise BadInput("no")

    with pytest.raises(BadInput, match="no"):
        restore(kept, home(tmp_path / "new"), "archive", build, approve=refuse)
    assert shown == [Contents("archive", Roots.of(Path("/")))]
    assert not (tmp_path / "new").exists()


def test_a_backup_with_an_added_trigger_is_not_written_either(kept: Path, tmp_path: Path) -> None:
    sql(home(tmp_path / "data") / "catalog.sqlite3", TRIGGER.format("INSERT", "generations"))
    with pytest.raises(CatalogError, match="trigger 't'"):
        backup(home(tmp_path / "data"), "archive", tmp_path / "second.db")
    assert not (tmp_path / "second.db").exists()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (TRIGGER.format("INSERT", "generations"), "trigger 't'"),
        ("CREATE VIEW v AS SELECT * FROM versions", "view 'v'"),
        ("ALTER TABLE versions ADD COLUMN x TEXT", "table 'versions'"),
        ("UPDATE corpora SET root = '/'", "the whole file system"),
    ],
)
def test_the_deep_look_tells_what_does_not_belong_in_a_live_catalog(
    kept: Path, tmp_path: Path, change: str, says: str
) -> None:
    assert wrong(tmp_path / "data") == []
    sql(home(tmp_path / "data") / "catalog.sqlite3", change)
    assert any(says in finding.what for finding in wrong(tmp_path / "data"))


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_a_backup_of_an_older_isnad_is_restored(tmp_path: Path, version: int) -> None:
    from test_migrations import older

    path = older(tmp_path)
    if version > 1:
        from rag.store import database

        with Catalog.open(path) as catalog:  # brings it to this version
            assert catalog.current("archive")
        without_whole = ["ALTER TABLE versions DROP COLUMN whole"] if version < 4 else []
        sql(path, *LIST_MEMBERS, *without_whole, *(["DROP TABLE uses"] if version == 2 else []))
        sql(path, f"UPDATE meta SET value = '{version}'")
        assert set(database.STEPS) == {2, 3, 4, 5}
    backup(path.parent, "archive", tmp_path / "old.db")
    restore(tmp_path / "old.db", home(tmp_path / "new"), "archive", build)
    model = HashModel()
    take_in(tmp_path / "folder", tmp_path / "new", model=model)
    assert model.seen == []
    assert wrong(tmp_path / "new") == []


def test_unusual_folders_are_pointed_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    (tmp_path / "user" / "news").mkdir(parents=True)
    (tmp_path / "link").symlink_to("/")
    assert remark(Path("/")) == "the whole file system"
    assert "your home folder" in remark(tmp_path / "user")
    assert "contains your home folder" in remark(tmp_path)
    assert "no such folder" in remark(tmp_path / "user" / "gone")
    assert "link to /" in remark(tmp_path / "link")
    assert remark(tmp_path / "user" / "news") == ""


def contents() -> Contents:
    return Contents("archive", Roots.of(Path("/")))


def test_without_a_terminal_a_restore_wants_yes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Path(os.devnull).open() as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        with pytest.raises(BadInput, match="--yes"):
            _approve(contents(), Path("kept.db"), yes=False)
        _approve(contents(), Path("kept.db"), yes=True)
    assert "/  (!) the whole file system" in capsys.readouterr().err


@pytest.mark.parametrize(("answer", "restored"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_in_a_terminal_a_restore_asks(monkeypatch: pytest.MonkeyPatch, answer: str, restored: bool) -> None:
    ours, theirs = os.openpty()
    os.write(ours, answer.encode())
    with os.fdopen(theirs) as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        if restored:
            _approve(contents(), Path("kept.db"), yes=False)
        else:
            with pytest.raises(BadInput, match="nothing was restored"):
                _approve(contents(), Path("kept.db"), yes=False)
    os.close(ours)


def test_a_folder_cannot_steer_the_terminal_that_asks(capsys: Any) -> None:
    _approve(Contents("archive", Roots((("", Path("/x\x1b[2Ay\n/safe")),))), Path("k.db"), yes=True)
    told = capsys.readouterr().err
    assert "\x1b" not in told
    assert "\n/safe" not in told
