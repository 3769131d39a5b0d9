"""A folder is listed and read without following a link, hanging, or reading half of a file."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rag.errors import BadInput, CatalogError, CorpusBusy, IndexUnusable, Undecodable
from rag.folders import Unreadable, read_file, scan
from rag.store.locks import lease, lease_file, unread, writer_lock

MIB = 2**20


def sources(root: Path) -> list[str]:
    return [file.source for file in scan(root).files]


def reasons(root: Path) -> dict[str, str]:
    return {entry.source: entry.reason for entry in scan(root).skipped}


@contextmanager
def as_nobody() -> Iterator[None]:
    """Permissions bind nobody who is root: step down for a while."""
    was = os.geteuid()
    if was == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(was)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


def test_files_are_listed_sorted_with_their_path_below_the_root(tmp_path: Path) -> None:
    for name in ("ب.txt", "أ.txt", "2016/حلب.TXT"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("نص")
    assert sources(tmp_path) == ["2016/حلب.TXT", "أ.txt", "ب.txt"]


def test_what_is_not_read_is_named_with_its_reason(tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("سر")
    root = tmp_path / "root"
    (root / ".git").mkdir(parents=True)
    (root / ".git" / "notes.txt").write_text("x")
    (root / ".hidden.txt").write_text("x")
    (root / "link.txt").symlink_to(outside)
    (root / "loop").symlink_to(root)
    (root / "itself.txt").symlink_to("itself.txt")
    (root / "README.md").write_text("x")
    (root / "photo").write_text("x")
    os.mkfifo(root / "pipe.txt")
    (root / "good.txt").write_text("خبر")
    assert sources(root) == ["good.txt"]
    assert reasons(root) == {
        ".git": "hidden",
        ".hidden.txt": "hidden",
        "README.md": "files of type .md are not read",
        "itself.txt": "a symbolic link",
        "link.txt": "a symbolic link",
        "loop": "a symbolic link",
        "photo": "files of type (none) are not read",
        "pipe.txt": "not a regular file",
    }


def test_a_name_that_is_not_utf8_is_skipped_and_can_be_printed(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xce\xc8\xd1.txt")).write_text("x")
    (entry,) = scan(tmp_path).skipped
    assert entry.reason == "its name is not UTF-8"
    assert entry.source.encode() == b"\\udcce\\udcc8\\udcd1.txt"


@pytest.mark.parametrize("name", ["missing", "file.txt"])
def test_a_root_that_is_no_folder_is_bad_input(tmp_path: Path, name: str) -> None:
    (tmp_path / "file.txt").write_text("x")
    with pytest.raises(BadInput, match="no such folder" if name == "missing" else "not a folder"):
        scan(tmp_path / name)


def test_a_root_that_cannot_be_listed_is_bad_input(open_folder: Path) -> None:
    closed = open_folder / "closed"
    closed.mkdir(mode=0o000)
    with as_nobody(), pytest.raises(BadInput, match="Permission denied"):
        scan(closed)


def test_a_folder_below_that_cannot_be_listed_hides_its_files_and_no_others(open_folder: Path) -> None:
    (open_folder / "closed").mkdir(mode=0o000)
    (open_folder / "a.txt").write_text("x")
    with as_nobody():
        seen = scan(open_folder)
    assert [file.source for file in seen.files] == ["a.txt"]
    assert seen.skipped[0].source == "closed"
    assert seen.hides("closed/b.txt")
    assert not seen.hides("closed.txt")


def test_bytes_are_read_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "حلب").mkdir()
    (tmp_path / "حلب" / "a.txt").write_bytes(b"\xef\xbb\xbfone\r\ntwo\x00\xff")
    data, stamp = read_file(tmp_path, "حلب/a.txt", MIB)
    assert data == b"\xef\xbb\xbfone\r\ntwo\x00\xff"
    assert stamp is None, "it was written just now and may be again without its times changing"


def test_a_file_at_rest_has_the_stamp_that_the_scan_saw(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("خبر")
    time.sleep(2.05)
    assert read_file(tmp_path, "a.txt", MIB)[1] == scan(tmp_path).files[0].stamp


def test_setting_back_the_time_of_a_changed_file_does_not_hide_the_change(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("300")
    before, times = scan(tmp_path).files[0].stamp, path.stat()
    time.sleep(0.02)
    path.write_text("500")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert path.stat().st_mtime_ns == times.st_mtime_ns
    assert scan(tmp_path).files[0].stamp != before


@pytest.mark.parametrize(("size", "fits"), [(MIB, True), (MIB + 1, False)])
def test_a_file_over_the_limit_is_refused(tmp_path: Path, size: int, fits: bool) -> None:
    with (tmp_path / "huge.txt").open("wb") as file:
        file.truncate(size)
    if fits:
        assert len(read_file(tmp_path, "huge.txt", MIB)[0]) == MIB
    else:
        with pytest.raises(Undecodable, match=r"too large: 1\.0 MiB, the limit is 1 MiB"):
            read_file(tmp_path, "huge.txt", MIB)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").touch()
    with pytest.raises(Undecodable, match="empty"):
        read_file(tmp_path, "empty.txt", MIB)


def test_a_link_is_not_followed_though_it_took_the_place_of_a_file_or_folder(tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "a.txt").write_text("سر")
    root = tmp_path / "root"
    root.mkdir()
    (root / "folder").symlink_to(tmp_path / "secret")
    (root / "a.txt").symlink_to(tmp_path / "secret" / "a.txt")
    for source in ("folder/a.txt", "a.txt"):
        with pytest.raises(Unreadable):
            read_file(root, source, MIB)


def test_a_pipe_that_took_the_place_of_a_file_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.txt")
    with pytest.raises(Unreadable, match="no longer a regular file"):
        read_file(tmp_path, "a.txt", MIB)


def test_a_file_without_permission_is_unreadable(open_folder: Path) -> None:
    (open_folder / "a.txt").write_text("x")
    (open_folder / "a.txt").chmod(0)
    with as_nobody(), pytest.raises(Unreadable, match="Permission denied"):
        read_file(open_folder, "a.txt", MIB)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
def test_a_file_that_is_not_as_long_as_it_says_is_unreadable() -> None:
    # The kernel's own files say that they are empty and are not, as a file that grows while it is read.
    with pytest.raises(Unreadable, match="changed while it was read"):
        read_file(Path("/proc/self"), "status", MIB)


def test_a_second_writer_is_refused_at_once_and_told_who_writes(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from rag.store.locks import writer_lock\n"
        "with writer_lock(Path(sys.argv[1])): sys.stdout.write('held\\n'); sys.stdout.flush(); sys.stdin.read()"
    )
    home = tmp_path / "corpora" / "archive"
    command = [sys.executable, "-c", code, str(home)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout
        assert writer.stdout.readline() == b"held\n"
        started = time.monotonic()
        with pytest.raises(CorpusBusy, match=f"process {writer.pid} "), writer_lock(home):
            pass
        assert time.monotonic() - started < 0.5
        with writer_lock(tmp_path / "corpora" / "other"):
            pass
        writer.kill()
    with writer_lock(home):
        pass


def test_a_data_folder_that_cannot_be_written_says_so(open_folder: Path) -> None:
    open_folder.chmod(0o755)
    with as_nobody(), pytest.raises(CatalogError, match="Permission denied"), writer_lock(open_folder / "a"):
        pass


def test_a_leased_generation_is_read_and_an_unleased_one_is_not(tmp_path: Path) -> None:
    folder = tmp_path / "000001-aa"
    folder.mkdir()
    lease_file(folder).touch()
    with lease(folder), lease(folder), unread(folder) as free:
        assert not free
    with unread(folder) as free:
        assert free


def test_a_removed_generation_cannot_be_leased(tmp_path: Path) -> None:
    with pytest.raises(IndexUnusable), lease(tmp_path / "gone"):
        pass
    lease_file(tmp_path / "half").touch()
    with pytest.raises(IndexUnusable), lease(tmp_path / "half"):
        pass


def test_what_a_folder_names_in_isnadignore_is_skipped_and_said_so(tmp_path: Path) -> None:
    for name in ("a.txt", "README.txt", "drafts/b.txt", "drafts/keep.txt", "c/README.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("خبر")
    (tmp_path / ".isnadignore").write_text("# not news\nREADME.txt\ndrafts/*\n!drafts/keep.txt\n", encoding="utf-8")
    found = scan(tmp_path)
    assert [file.source for file in found.files] == ["a.txt", "drafts/keep.txt"]
    assert {one.source: one.reason for one in found.skipped} == {
        ".isnadignore": "hidden",
        "README.txt": "matched by .isnadignore",
        "c/README.txt": "matched by .isnadignore",
        "drafts/b.txt": "matched by .isnadignore",
    }


def test_an_isnadignore_that_is_no_text_stops_the_ingest(tmp_path: Path) -> None:
    (tmp_path / ".isnadignore").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(BadInput, match="cannot be used"):
        scan(tmp_path)
