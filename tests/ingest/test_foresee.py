"""A dry run says what the ingest would do, and alters nothing."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from small_corpus import fill, read_all, take_in

from rag.config import Settings
from rag.errors import BadInput, CatalogError
from rag.ingest.dry_run import Foreseen, foresee
from rag.store.catalog import Catalog

FIVE = {f"{number}.txt": f"خبر رقم {number} س. نهاية.\n" for number in range(5)}


def look(folder: Path, data: Path, *, allow_deletes: bool = False) -> Foreseen:
    settings = Settings(data_dir=data, max_file_mb=1.0)
    return foresee([folder], settings=settings, corpus="archive", allow_deletes=allow_deletes, read=read_all)


def every_byte(folder: Path) -> dict[str, tuple[int, bytes]]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


def change(folder: Path) -> None:
    (folder / "0.txt").unlink()
    (folder / "1.txt").rename(folder / "one.txt")
    (folder / "2.txt").write_text("خبر جديد س.\n")
    (folder / "5.txt").write_text("سادس.\n")
    (folder / "figures.txt").write_text("٣٠٠")
    (folder / "3.txt").touch()


def test_of_a_folder_that_was_never_ingested_all_is_added_and_no_folder_is_made(tmp_path: Path) -> None:
    seen = look(fill(tmp_path / "folder", FIVE), tmp_path / "data")
    assert (seen.added, seen.unchanged, seen.refusal) == (tuple(sorted(FIVE)), 0, None)
    assert not (tmp_path / "data").exists()


def test_each_kind_of_change_is_named_and_the_ingest_then_does_it(tmp_path: Path) -> None:
    folder, data = fill(tmp_path / "folder", FIVE | {"empty.txt": ""}), tmp_path / "data"
    take_in(folder, data)
    change(folder)
    before = every_byte(data)
    seen = look(folder, data)
    assert every_byte(data) == before
    assert (seen.added, seen.changed, seen.renamed, seen.deleted) == (
        ("5.txt",),
        ("2.txt",),
        (("1.txt", "one.txt"),),
        ("0.txt",),
    )
    assert (seen.unchanged, seen.refusal) == (2, None)
    report = take_in(folder, data)
    assert (report.added, report.changed, report.renamed, report.deleted, report.unchanged) == (1, 1, 1, 1, 2)
    assert report.quarantined == seen.quarantined
    assert [file.source for file in seen.quarantined] == ["empty.txt", "figures.txt"]
    assert look(folder, data).unchanged == 5


def test_what_would_be_refused_is_said_as_the_ingest_says_it(tmp_path: Path) -> None:
    folder, data = fill(tmp_path / "folder", FIVE), tmp_path / "data"
    take_in(folder, data)
    fill(folder, {name: text for name, text in FIVE.items() if name < "2"})
    seen = look(folder, data)
    with pytest.raises(BadInput) as refused:
        take_in(folder, data)
    assert str(seen.refusal) == str(refused.value)
    assert look(folder, data, allow_deletes=True).refusal is None
    assert seen.deleted == ("2.txt", "3.txt", "4.txt")
    for number in range(3):
        (folder / f"{number}.txt").write_bytes(b"\xff\xff")
    with pytest.raises(BadInput, match="5 of 5"):
        take_in(folder, data)
    assert "5 of 5" in str(look(folder, data).refusal)
    with pytest.raises(BadInput, match="no such folder"):
        look(tmp_path / "missing", data)


def test_another_folder_with_the_same_names_is_foreseen_as_a_loss(tmp_path: Path) -> None:
    take_in(fill(tmp_path / "folder", FIVE), tmp_path / "data")
    other = fill(tmp_path / "other", {source: f"شيء آخر {source} س" for source in FIVE})
    assert "5 of 5" in str(look(other, tmp_path / "data").refusal)


def test_a_catalog_that_others_have_open_is_read_as_it_is_now(tmp_path: Path) -> None:
    folder, data = fill(tmp_path / "folder", FIVE), tmp_path / "data"
    take_in(folder, data)
    with Catalog.open(data / "corpora" / "archive" / "catalog.sqlite3") as catalog:
        catalog.current("archive")
        (folder / "5.txt").write_text("سادس.\n")
        take_in(folder, data)
        (folder / "6.txt").write_text("سابع.\n")
        seen = look(folder, data)
    assert (seen.added, seen.unchanged) == (("6.txt",), 6 - len(seen.changed))


def test_what_a_killed_ingest_left_is_read_and_not_touched(tmp_path: Path) -> None:
    folder, data = fill(tmp_path / "folder", FIVE), tmp_path / "data"
    take_in(folder, data)
    (folder / "5.txt").write_text("سادس.\n")

    def kills(phase: str, _done: int, _total: int) -> None:
        if phase == "embed":
            os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if not child:
        take_in(folder, data, progress=kills)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    wal = data / "corpora" / "archive" / "catalog.sqlite3-wal"
    assert wal.stat().st_size
    before = every_byte(data)
    time.sleep(0.01)
    seen = look(folder, data)
    assert every_byte(data) == before
    assert (seen.added, seen.unchanged) == ((), 6), "the kill came after it was read"
    wal.with_name("catalog.sqlite3-shm").unlink()
    with pytest.raises(CatalogError, match="ingest once"):
        look(folder, data)
