"""Nobody but the owner reads what Isnad keeps, whatever the umask; files that a user names follow the user's umask."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from isnad_command import ROOT
from small_corpus import build, fill, take_in

from rag.config import Settings
from rag.environment import without_settings
from rag.errors import IsnadError
from rag.ingest.backup import backup, restore
from rag.store.private import OF_USER, make_private, open_to_others, private_umask, tighten, write_whole
from ui.cli.maintenance import _permissions
from ui.middleware.sessions import FILE, Sessions
from ui.shared.history import History
from ui.web.handlers import _place

FILES = {f"{number}.txt": f"خبر رقم {number} س. نهاية.\n" for number in range(3)}

# Commands one after another in one process, as `isnad` starts each.
START = """
import os, sys
from pathlib import Path
umask, base = int(sys.argv[1]), Path(sys.argv[2])
os.umask(umask)
from ui.cli.main import main
def isnad(*arguments, code=0):
    sys.argv = ["isnad", *map(str, arguments)]
    try:
        main()
        got = 0
    except SystemExit as ended:
        got = ended.code or 0
    assert got == code, (arguments, got)
    assert os.umask(umask) == umask, "the umask of the user is back"
"""
DAY = """
isnad("ingest", base / "news")
isnad("ask", "من زار سوتشي؟", code=3)
from ui.shared.history import History
from ui.shared.history import Turn
history = History(base / "data/corpora/default/conversations.sqlite3")
history.keep("o" * 32, history.start("o" * 32), Turn.failed("من؟", "a fault"))
isnad("backup", base / "kept.db")
isnad("restore", base / "kept.db", "--force", "--yes")
isnad("eval", "run", base / "squad.json", "--out", base / "out" / "run")
isnad("eval", "baseline", base / "out" / "run", "--out", base / "out" / "baseline.json")
isnad("eval", "new", "--out", base / "out" / "new.jsonl")
isnad("doctor", "--deep")
"""
NEW_SET = 'isnad("eval", "new", "--out", base / "out" / "newer.jsonl")'


@contextmanager
def with_umask(value: int) -> Iterator[None]:
    before = os.umask(value)
    try:
        yield
    finally:
        os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    """The modes of a folder and all below it that are not what a private folder has; links have none of their own."""
    odd = {}
    for path in (folder, *folder.rglob("*")):
        status = path.lstat()
        wanted = 0o700 if stat.S_ISDIR(status.st_mode) else 0o600
        if not stat.S_ISLNK(status.st_mode) and stat.S_IMODE(status.st_mode) != wanted:
            odd[str(path.relative_to(folder))] = oct(stat.S_IMODE(status.st_mode))
    return odd


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def run(commands: str, mask: int, base: Path) -> None:
    """Run commands under a umask, with the data folder of `base`, without a model that reads."""
    mine = {
        "ISNAD_DATA_DIR": str(base / "data"),
        "ISNAD_GENERATOR": "extractive",
        "ISNAD_READER": "off",
        "XDG_CONFIG_HOME": str(base),
    }
    done = subprocess.run(
        [sys.executable, "-c", START + commands, str(mask), str(base)],
        cwd=ROOT,
        env=without_settings() | mine,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout


def test_every_file_of_a_data_folder_is_private_after_every_command(models: Path, tmp_path: Path) -> None:
    (tmp_path / "news").mkdir()
    shutil.copy(ROOT / "seeds" / "000_71bfb0259a7d3286.txt", tmp_path / "news")
    question = '[{"question": "من زار سوتشي؟", "id": "q", "answers": [{"text": "المعلم", "answer_start": 4}]}]'
    paragraph = f'{{"context": "زار المعلم سوتشي أمس.", "qas": {question}}}'
    (tmp_path / "squad.json").write_text(f'{{"data": [{{"title": "t", "paragraphs": [{paragraph}]}}]}}', "utf-8")
    (tmp_path / "out").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "models").symlink_to(models)
    run(DAY, 0, tmp_path)  # a umask only takes rights away: none takes the fewest
    assert modes(tmp_path / "data") == {}
    assert mode(tmp_path / "kept.db") == 0o600
    written = [path for path in (tmp_path / "out").rglob("*") if path.name != "lock"]
    assert {"report.html", "records.jsonl", "baseline.json", "new.jsonl"} <= {path.name for path in written}
    for path in written:
        assert mode(path) == (0o777 if path.is_dir() else 0o666), path
    run(NEW_SET, 0o022, tmp_path)
    assert mode(tmp_path / "out" / "newer.jsonl") == 0o644


def test_a_program_that_uses_the_library_keeps_private_files_too(tmp_path: Path) -> None:
    seen: list[int] = []

    def watched(folder: Path, *rest: object) -> None:
        build(folder, *rest)  # type: ignore[arg-type]
        seen.extend(mode(one) for one in folder.parents if one.is_relative_to(tmp_path / "data"))

    with with_umask(0):
        take_in(fill(tmp_path / "folder", FILES), tmp_path / "data", build=watched)
        home = tmp_path / "data" / "corpora" / "archive"
        backup(home, "archive", tmp_path / "kept.db")
        restore(tmp_path / "kept.db", tmp_path / "new" / "corpora" / "archive", "archive", build)
        History(home / "conversations.sqlite3").start("o" * 32)
    assert set(seen) == {0o700}, "there is no moment at which others could enter"
    assert modes(tmp_path / "data") == {}
    assert mode(tmp_path / "kept.db") == 0o600
    assert list(open_to_others(tmp_path / "new")) == []


def test_a_data_folder_that_others_could_read_is_told_and_closed_by_the_next_ingest(tmp_path: Path) -> None:
    data = tmp_path / "data"
    take_in(fill(tmp_path / "folder", FILES), data)
    Sessions(data / FILE).close()
    for path in (data, *data.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    with pytest.raises(IsnadError, match=r"other users .* chmod -R go=") as told:
        _permissions(Settings(data_dir=data))
    assert told.value.where == str(data)
    take_in(tmp_path / "folder", data)
    assert modes(data) == {}
    assert str(data) in _permissions(Settings(data_dir=data))


def test_a_model_that_is_made_here_is_private(models: Path) -> None:
    assert modes(models) == {}


def test_what_is_not_of_isnad_keeps_its_permissions(tmp_path: Path) -> None:
    data = tmp_path / "project"
    for path in (data / "corpora" / "c", data / "articles", tmp_path / "elsewhere"):
        path.mkdir(parents=True)
    (tmp_path / "elsewhere" / "model.bin").touch(mode=0o644)
    (data / "models").symlink_to(tmp_path / "elsewhere")
    (data / "corpora" / "c" / "link").symlink_to(tmp_path / "elsewhere" / "model.bin")
    (data / "articles" / "a.txt").touch()
    for path in (data, *data.rglob("*"), tmp_path / "elsewhere"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    assert list(open_to_others(data)) == [data / "corpora", data / "corpora" / "c"]
    tighten(data)
    assert list(open_to_others(data)) == []
    assert mode(data / "corpora") == 0o700
    assert {mode(data), mode(data / "articles"), mode(tmp_path / "elsewhere")} == {0o755}
    assert {mode(data / "articles" / "a.txt"), mode(tmp_path / "elsewhere" / "model.bin")} == {0o644}


def test_missing_parents_of_a_private_folder_are_private_and_others_stay(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir(mode=0o755)
    with with_umask(0):
        assert make_private(tmp_path / "there" / "a" / "b") == [
            tmp_path / "there" / "a",
            tmp_path / "there" / "a" / "b",
        ]
    assert (mode(tmp_path / "there"), mode(tmp_path / "there" / "a")) == (0o755, 0o700)
    assert make_private(tmp_path / "there" / "a") == []
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        make_private(tmp_path / "file")


def test_an_added_article_is_as_open_as_the_umask_of_the_user(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    fill(tmp_path / "sent", {"a.txt": "خبر.\n"})
    with with_umask(0o027), private_umask():
        (placed,) = _place([tmp_path / "sent" / "a.txt"], tmp_path / "root", {".txt"})
    assert mode(placed) == 0o640


def test_a_file_is_the_old_or_the_new_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.csv"
    write_whole(path, b"old")
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"half")
    assert [one.read_bytes() for one in tmp_path.iterdir()] == [b"new"]


def test_a_file_that_is_written_whole_is_private_or_as_the_umask_of_the_user_says(tmp_path: Path) -> None:
    with with_umask(0o027):
        write_whole(tmp_path / "ours", b"one")
        write_whole(tmp_path / "theirs", b"one", OF_USER)
    assert stat.S_IMODE((tmp_path / "ours").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "theirs").stat().st_mode) == 0o640
