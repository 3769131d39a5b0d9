"""The deep look finds every kind of damage, and nothing where there is none. Each damage is done by hand."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from small_corpus import HashModel, audit, build, fill, read_all, split, wrong

from rag.config import Settings
from rag.index import build as generation
from rag.index import layout
from rag.index.verify import verify_folder
from rag.ingest.check import index_differences
from rag.ingest.sync import Extraction, ingest

FILES = {f"{number}.txt": f"خبر رقم {number} س. نهاية {number}.\nوسطر ثان {number} ع.\n" for number in range(6)}
READ_ALL = Extraction(read=read_all, split=split)
PATH = "corpora/archive/catalog.sqlite3"

deep = partial(audit, check=partial(index_differences, verify=verify_folder))


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder `folder`, and `data` with a corpus of it and a real index."""
    base = tmp_path_factory.mktemp("sound")
    settings = Settings(data_dir=base / "data", max_file_mb=1.0)
    real = partial(generation.build, verify=verify_folder)
    folder = fill(base / "folder", FILES)
    arguments = {"settings": settings, "corpus": "archive", "embedder": HashModel(), "build": real}
    ingest(folder, **arguments, extraction=READ_ALL)  # type: ignore[arg-type]
    return base


@pytest.fixture
def data(sound: Path, tmp_path: Path) -> Path:
    return shutil.copytree(sound / "data", tmp_path / "data")


def sql(data: Path, *statements: str) -> None:
    with closing(sqlite3.connect(data / PATH)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def the_generation(data: Path) -> Path:
    return next(path for path in (data / "corpora" / "archive" / "generations").glob("0*") if path.is_dir())


def the_segment(data: Path) -> Path:
    return the_generation(data).parent / layout.SEGMENTS / the_generation(data).name


def flip(path: Path) -> None:
    """Another last byte, in the same size."""
    bytes_ = bytearray(path.read_bytes())
    bytes_[-1] ^= 1
    path.write_bytes(bytes(bytes_))


def test_a_sound_corpus_has_nothing_wrong(data: Path) -> None:
    assert deep(data) == []


ONE = "(SELECT article_id FROM versions WHERE source = '0.txt')"
DAMAGE: list[tuple[str, Callable[[Path], None], str]] = [
    (
        "text",
        lambda data: sql(data, "UPDATE versions SET text = text || 'x' WHERE source = '0.txt'"),
        "its text does not match",
    ),
    ("body", lambda data: sql(data, "UPDATE versions SET body = '[[0, 9999]]' WHERE source = '0.txt'"), "body span"),
    ("whole", lambda data: sql(data, "UPDATE versions SET whole = '[[0, 4]]' WHERE source = '0.txt'"), "whole body"),
    ("far", lambda data: sql(data, "UPDATE versions SET whole = '[[0, 9999]]' WHERE source = '0.txt'"), "whole body"),
    (
        "title",
        lambda data: sql(data, "UPDATE versions SET title = 'x', title_start = 5, title_end = 9999"),
        "the span of its title",
    ),
    ("cuts", lambda data: sql(data, f"UPDATE passages SET cuts = '[3, 5]' WHERE article_id = {ONE}"), "offsets"),
    ("passage", lambda data: sql(data, f"DELETE FROM passages WHERE article_id = {ONE}"), "in no passage"),
    ("vector", lambda data: sql(data, "DELETE FROM vectors WHERE rowid = 3"), "has no vector"),
    ("short", lambda data: sql(data, "UPDATE vectors SET data = x'0000803f' WHERE rowid = 3"), "has 4 bytes"),
    ("zero", lambda data: sql(data, "UPDATE vectors SET data = zeroblob(32) WHERE rowid = 3"), "has length 0.000"),
    (
        "row",
        lambda data: sql(data, "DELETE FROM versions WHERE source = '0.txt'"),
        "refers to a missing row of versions",
    ),
    ("count", lambda data: sql(data, "UPDATE generations SET passages = 5"), "has 12 passages instead of 5"),
    ("page", lambda data: torn(data / PATH), "damaged"),
    ("folder", lambda data: shutil.rmtree(the_generation(data)), "is missing"),
    ("manifest", lambda data: (the_generation(data) / layout.MANIFEST).unlink(), "no index yet"),
    ("columns", lambda data: flip(the_generation(data) / layout.GROUPS), "has changed"),
    ("segment", lambda data: shutil.rmtree(the_segment(data)), "no index yet"),
    ("rows", lambda data: flip(the_segment(data) / layout.PASSAGES), "has changed"),
    ("words", lambda data: flip(next((the_segment(data) / layout.BM25).rglob("*.npy"))), "has changed"),
    ("chroma", lambda data: (the_segment(data) / layout.CHROMA / "chroma.sqlite3").unlink(), "database is missing"),
    ("foreign", lambda data: another_vector(data), "differ from the catalog"),
]


def torn(path: Path) -> None:
    """Nonsense in the middle, on the bounds of a page."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2 // 4096 * 4096)
        file.write(b"\xaa" * 4096)


def another_vector(data: Path) -> None:
    """A vector of the right form that is not the one that the index was built of."""
    row = np.zeros(8, "<f4")
    row[0] = 1
    with closing(sqlite3.connect(data / PATH)) as connection, connection:
        connection.execute("UPDATE vectors SET data = ?", (row.tobytes(),))


@pytest.mark.parametrize(("damage", "says"), [case[1:] for case in DAMAGE], ids=[case[0] for case in DAMAGE])
def test_damage_is_found_and_told_with_a_remedy(data: Path, damage: Callable[[Path], None], says: str) -> None:
    damage(data)
    found = [finding for finding in deep(data) if finding.wrong]
    assert any(says in finding.what for finding in found), found
    assert all(finding.where and finding.do for finding in found)


def test_a_file_that_changed_since_is_a_note_and_one_that_rots_in_silence_is_wrong(sound: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(sound / "folder", tmp_path / "folder")
    settings = Settings(data_dir=tmp_path / "data", max_file_mb=1.0)
    ingest(folder, settings=settings, corpus="archive", embedder=HashModel(), build=build, extraction=READ_ALL)
    (folder / "1.txt").write_text("غيره س.\n")
    (folder / "2.txt").unlink()
    notes = audit(tmp_path / "data")
    assert [(one.where, one.wrong) for one in notes] == [("1.txt", False), ("2.txt", False)]
    assert wrong(tmp_path / "data") == []
    # As if the disk gave back other bytes for it than were read: its times still prove it unchanged.
    (folder / "3.txt").write_text("خبر آخر س.\n")
    status = (folder / "3.txt").stat()
    stamp = f"{status.st_size}:{status.st_mtime_ns}:{status.st_ctime_ns}"
    sql(tmp_path / "data", f"UPDATE sources SET stamp = '{stamp}' WHERE source = '3.txt'")
    time.sleep(2.05)  # a file that was just written has no stamp
    found = wrong(tmp_path / "data")
    assert [(one.where, "disk may be failing" in one.what) for one in found] == [("3.txt", True)]
