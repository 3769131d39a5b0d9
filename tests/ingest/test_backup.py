"""A backup is the catalog as it was at a moment; a restored one answers as it did then, and embeds nothing."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest
from small_corpus import HashModel, Vectors, build, fill, take_in, wrong

from rag.errors import BadInput, CatalogError, CorpusBusy, IndexUnusable
from rag.ingest.backup import USER_FILES, backup, corpus_of, restore
from rag.store.catalog import Catalog
from rag.store.locks import writer_lock
from rag.types import Passage
from ui.shared import saved as saved_questions
from ui.shared.history import DRAFTS, REPORTS
from ui.shared.saved import Saved

FIVE = {f"{number}.txt": f"خبر رقم {number} س. نهاية.\n" for number in range(5)}
OTHER = {f"{number}.txt": f"شيء آخر {number} س.\n" for number in range(5)}


def home(data: Path) -> Path:
    return data / "corpora" / "archive"


def answers(data: Path) -> dict[str, str]:
    with Catalog.open(home(data) / "catalog.sqlite3") as catalog:
        current = catalog.current("archive")
        assert current
        assert (home(data) / "generations" / current.id / "complete").is_file()
        ids = [meta.id for meta in catalog.articles_meta(current.id)]
        return {article.source: article.text for article in catalog.articles(current.id, ids).values()}


def listing(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A backup of a corpus of `FIVE`; the corpus in `data` and the folder have gone on to `OTHER`."""
    take_in(fill(tmp_path / "folder", FIVE), tmp_path / "data")
    backup(home(tmp_path / "data"), "archive", tmp_path / "kept.db")
    take_in(fill(tmp_path / "folder", OTHER), tmp_path / "data")
    return tmp_path / "kept.db"


def test_a_backup_is_one_sound_file_that_reading_does_not_alter(kept: Path, tmp_path: Path) -> None:
    assert listing(tmp_path) == ["data", "folder", "kept.db"]
    before = kept.read_bytes()
    assert corpus_of(kept) == "archive"
    assert listing(tmp_path) == ["data", "folder", "kept.db"]
    assert kept.read_bytes() == before


def test_a_restored_corpus_answers_as_it_did_then_and_embeds_nothing(kept: Path, tmp_path: Path) -> None:
    assert restore(kept, home(tmp_path / "data"), "archive", build, force=True).passages == 5
    assert answers(tmp_path / "data") == FIVE
    assert wrong(tmp_path / "data") == []
    restore(kept, home(tmp_path / "new"), "archive", build)
    assert answers(tmp_path / "new") == FIVE
    model = HashModel()
    report = take_in(fill(tmp_path / "folder", FIVE), tmp_path / "new", model=model)
    assert (report.unchanged, report.switched, model.seen) == (5, False, [])
    assert listing(home(tmp_path / "new")) == ["catalog.sqlite3", "generations", "lock"]


def test_saved_questions_and_the_growing_question_set_come_back_with_the_catalog(tmp_path: Path) -> None:
    take_in(fill(tmp_path / "folder", FIVE), tmp_path / "data")
    then = home(tmp_path / "data")
    saved = Saved(then / "saved.json", "archive")
    made = saved.add("كم عدد قتلى الحريق؟", name="الحريق")
    (then / "reports.jsonl").write_text('{"question": "متى؟ "}\n', encoding="utf-8")
    backup(then, "archive", tmp_path / "kept.db")

    restore(tmp_path / "kept.db", home(tmp_path / "new"), "archive", build)
    there = home(tmp_path / "new")
    locks = [".reports.jsonl.lock", ".saved.json.lock"]
    assert listing(there) == [*locks, "catalog.sqlite3", "generations", "lock", "reports.jsonl", "saved.json"]
    for name in ("saved.json", "reports.jsonl"):
        assert (there / name).read_bytes() == (then / name).read_bytes()
        assert (there / name).stat().st_mode & 0o777 == 0o600
    assert [one.id for one in Saved(there / "saved.json", "archive").list().questions] == [made.id]
    assert wrong(tmp_path / "new") == []
    with closing(sqlite3.connect(there / "catalog.sqlite3")) as catalog:
        assert [name for (name,) in catalog.execute("SELECT name FROM meta") if name.startswith("file:")] == []

    # What was made since gives way; what the backup has not stays.
    saved.remove(made.id)
    (then / "reports-drafts.jsonl").write_text("{}\n", encoding="utf-8")
    restore(tmp_path / "kept.db", then, "archive", build, force=True)
    assert [one.id for one in saved.list().questions] == [made.id]
    assert (then / "reports-drafts.jsonl").read_text(encoding="utf-8") == "{}\n"


def test_the_files_of_users_are_those_that_the_pages_write() -> None:
    assert set(USER_FILES) == {saved_questions.FILE, REPORTS, DRAFTS}


def test_a_backup_cannot_bring_another_file(kept: Path, tmp_path: Path) -> None:
    sql(kept, "INSERT INTO meta (name, value) VALUES ('file:../../../names.tsv', 'x')")
    with pytest.raises(CatalogError, match="which no backup has"):
        restore(kept, home(tmp_path / "data"), "archive", build, force=True)
    assert answers(tmp_path / "data") == OTHER
    assert listing(home(tmp_path / "data")) == ["catalog.sqlite3", "generations", "lock"]


def test_what_is_there_is_replaced_only_when_told(kept: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="--force"):
        restore(kept, home(tmp_path / "data"), "archive", build)
    with pytest.raises(BadInput, match="--force"):
        backup(home(tmp_path / "data"), "archive", kept)
    assert answers(tmp_path / "data") == OTHER
    assert backup(home(tmp_path / "data"), "archive", kept, force=True).articles == 5
    restore(kept, home(tmp_path / "new"), "archive", build)
    assert answers(tmp_path / "new") == OTHER


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda file: file.write_bytes(b"not a database " * 1000), "not a catalog"),
        (lambda file: file.write_bytes(b""), "catalog"),
        (lambda file: file.write_bytes(file.read_bytes()[: file.stat().st_size // 2]), "damaged"),
        (lambda file: scribble(file), "damaged"),
        (lambda file: sql(file, "UPDATE meta SET value = '999'"), "newer Isnad"),
        (lambda file: sql(file, "DELETE FROM versions WHERE source = '0.txt'"), "refers to a missing row"),
        (lambda file: sql(file, "DELETE FROM vectors"), "have no vector"),
        (lambda file: sql(file, "UPDATE corpora SET corpus = 'another'"), "corpus another"),
    ],
    ids=["nonsense", "empty", "cut off", "scribbled over", "newer", "a row lost", "no vectors", "another corpus"],
)
def test_a_backup_that_is_not_whole_replaces_nothing(kept: Path, tmp_path: Path, spoil: object, says: str) -> None:
    before = listing(home(tmp_path / "data") / "generations")
    spoil(kept)  # type: ignore[operator]
    with pytest.raises((CatalogError, BadInput, IndexUnusable), match=says):
        restore(kept, home(tmp_path / "data"), "archive", build, force=True)
    assert answers(tmp_path / "data") == OTHER
    assert listing(home(tmp_path / "data") / "generations") == before
    assert listing(home(tmp_path / "data")) == ["catalog.sqlite3", "generations", "lock"]


def scribble(file: Path) -> None:
    with file.open("r+b") as opened:
        opened.seek(4096 * 3)
        opened.write(b"\xaa" * 8192)


def sql(file: Path, statement: str) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(statement)


def test_a_failed_build_replaces_nothing(kept: Path, tmp_path: Path) -> None:
    def fails(folder: Path, passages: Iterable[Passage], vectors: Vectors, fingerprint: str) -> None:
        folder.mkdir()
        (folder / "half").write_text("x")
        raise OSError(28, "No space left on device")

    before = listing(home(tmp_path / "data") / "generations")
    with pytest.raises(CatalogError, match="No space left"):
        restore(kept, home(tmp_path / "data"), "archive", fails, force=True)
    assert answers(tmp_path / "data") == OTHER
    assert listing(home(tmp_path / "data") / "generations") == before


@pytest.mark.parametrize("damage", [b"nonsense" * 1000, None])
def test_a_damaged_catalog_gives_way_to_a_backup(kept: Path, tmp_path: Path, damage: bytes | None) -> None:
    place = home(tmp_path / "data") / "catalog.sqlite3"
    if damage:
        place.write_bytes(damage)
        place.with_name("catalog.sqlite3-wal").write_bytes(b"left over")
    else:
        scribble(place)
    restore(kept, home(tmp_path / "data"), "archive", build, force=True)
    assert answers(tmp_path / "data") == FIVE
    assert wrong(tmp_path / "data") == []


def test_a_reader_that_has_the_catalog_open_sees_the_restored_one(kept: Path, tmp_path: Path) -> None:
    with Catalog.open(home(tmp_path / "data") / "catalog.sqlite3") as catalog:
        before = catalog.current("archive")
        restore(kept, home(tmp_path / "data"), "archive", build, force=True)
        after = catalog.current("archive")
        assert before
        assert after
        assert before.id != after.id
        assert {passage.text for passage in catalog.iterate_passages(after.id)} == set(FIVE.values())


def test_nothing_is_restored_while_an_ingest_runs(kept: Path, tmp_path: Path) -> None:
    with writer_lock(home(tmp_path / "data")), pytest.raises(CorpusBusy):
        restore(kept, home(tmp_path / "data"), "archive", build, force=True)


def test_a_backup_in_the_middle_of_an_ingest_is_a_state_that_can_be_restored(tmp_path: Path) -> None:
    take_in(fill(tmp_path / "folder", FIVE), tmp_path / "data")
    fill(tmp_path / "folder", FIVE | {f"more {n}.txt": f"المزيد {n} س. ثم {n} ع.\n" for n in range(40)})
    kept: list[Path] = []
    done = threading.Event()

    def copies() -> None:
        while not done.is_set():
            file = tmp_path / f"kept {len(kept)}.db"
            backup(home(tmp_path / "data"), "archive", file)
            kept.append(file)

    thread = threading.Thread(target=copies)
    thread.start()
    take_in(tmp_path / "folder", tmp_path / "data")
    done.set()
    thread.join()
    assert len(kept) > 2
    for number, file in enumerate(kept[:: max(1, len(kept) // 5)]):
        data = tmp_path / f"restored {number}"
        restore(file, home(data), "archive", build)
        assert len(answers(data)) in (5, 45)
        assert wrong(data) == []
        model = HashModel()
        take_in(tmp_path / "folder", data, model=model)
        assert len(answers(data)) == 45, "it goes on where the backup was"


def test_a_full_disk_leaves_no_half_of_a_backup_and_no_half_of_a_restored_corpus(kept: Path, tmp_path: Path) -> None:
    code = (
        "import resource, sys; from pathlib import Path; from small_corpus import build\n"
        "from rag.errors import IsnadError\n"
        "from rag.ingest.backup import backup, restore\n"
        "limit = int(sys.argv[1]); resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))\n"
        "home, file = Path(sys.argv[3]), Path(sys.argv[4])\n"
        "try:\n"
        "    if sys.argv[2] == 'backup': backup(home, 'archive', file)\n"
        "    else: restore(file, home, 'archive', build, force=True)\n"
        "except IsnadError as error: sys.exit(str(error))\n"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])}
    size = kept.stat().st_size
    for doing, file, limit in (
        ("backup", tmp_path / "half.db", 40_000),
        ("restore", kept, 40_000),
        ("restore", kept, size + 5_000),
    ):
        command = [sys.executable, "-c", code, str(limit), doing, str(home(tmp_path / "data")), str(file)]
        child = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)
        if (doing, limit) == ("restore", size + 5_000) and child.returncode == 0:
            assert answers(tmp_path / "data") == FIVE
            continue
        assert child.returncode == 1, child.stderr
        assert "→" in child.stderr
        assert "Traceback" not in child.stderr
        assert answers(tmp_path / "data") == OTHER
        assert wrong(tmp_path / "data") == []
    assert "half.db" not in listing(tmp_path)


def test_a_backup_into_a_folder_that_is_not_there_says_so(kept: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such folder"):
        backup(home(tmp_path / "data"), "archive", tmp_path / "missing" / "kept.db")
    with pytest.raises(IndexUnusable, match="nothing was ingested"):
        backup(home(tmp_path / "elsewhere"), "archive", tmp_path / "x.db")
    with pytest.raises(BadInput, match="no such file"):
        corpus_of(tmp_path / "missing.db")
