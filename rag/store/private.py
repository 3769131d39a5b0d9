"""Files and folders that only their owner may open: 0600 and 0700 from the moment they are made, whatever the umask.

What libraries write (Chroma, bm25s) follows the umask: nobody else reaches it inside a private folder, and `tighten`
takes away the permissions that it has.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

OURS = ("corpora", "models", "shared", "uploads", "eval")
"""The folders that Isnad makes in a data folder."""
SESSIONS = ("sessions.sqlite3", "sessions.sqlite3-journal")
"""The files that the server makes beside them (`ui.middleware.sessions`)."""
MAY_LIE_BESIDE = frozenset({*OURS, *SESSIONS, "names.tsv", "outlets.tsv"})
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def make_private(folder: Path) -> list[Path]:
    """Make `folder` and its missing parents with mode 0700; those that were made, outermost first. Raises `OSError`."""
    made: list[Path] = []
    for one in (*reversed(folder.parents), folder):
        if one.is_dir():
            continue
        with suppress(FileExistsError):  # another process was quicker
            one.mkdir(mode=0o700)
            made.append(one)
    if not folder.is_dir():
        raise NotADirectoryError(20, "a file is in the way of the folder", str(folder))
    return made


def open_private(path: Path, flags: int = os.O_RDWR) -> int:
    """A descriptor of `path`, made with mode 0600 where it is missing. Raises `OSError`."""
    return os.open(path, flags | os.O_CREAT | os.O_CLOEXEC, 0o600)


def make_private_file(path: Path) -> None:
    """Make `path` and its missing folders for their owner alone; a file that is there is closed to others.

    SQLite gives the files beside a database the mode of the database. Raises `OSError`.
    """
    make_private(path.parent)
    handle = open_private(path)
    try:
        if os.fstat(handle).st_mode & OTHERS:
            os.fchmod(handle, 0o600)
    finally:
        os.close(handle)


def open_to_others(data_dir: Path) -> Iterator[Path]:
    """What users other than the owner may open in a data folder, the folder itself included. Raises no `OSError`.

    Not what lies in a private folder, where nobody else reaches it. Symbolic links are not followed. A data folder that
    holds other things than Isnad's is the user's own to open.
    """
    for path, status in _entries(data_dir, reachable=True):
        if status.st_mode & OTHERS:
            yield path


def tighten(data_dir: Path) -> None:
    """Take the permissions of others from all files and folders of Isnad in it, but for those of another user."""
    _close(_entries(data_dir, reachable=False))


def tighten_tree(folder: Path) -> None:
    """Take the permissions of others from `folder` and all in it."""
    _close(_below(folder, reachable=False))


def _close(entries: Iterator[tuple[Path, os.stat_result]]) -> None:
    for path, status in entries:
        if not status.st_mode & OTHERS:
            continue
        # By descriptor: a name in a folder that others may write to could become a link meanwhile.
        with suppress(OSError):
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                found = os.fstat(handle)
                if (found.st_dev, found.st_ino) == (status.st_dev, status.st_ino):
                    os.fchmod(handle, stat.S_IMODE(found.st_mode) & ~OTHERS)
            finally:
                os.close(handle)


def _entries(data_dir: Path, *, reachable: bool) -> Iterator[tuple[Path, os.stat_result]]:
    """Regular files and folders with their status, each folder before what is in it; `reachable`: by others."""
    try:
        beside = {path.name for path in data_dir.iterdir()}
    except OSError:
        return
    if beside <= MAY_LIE_BESIDE and data_dir.stat().st_uid == os.geteuid():
        yield data_dir, data_dir.stat()
    if reachable and not data_dir.stat().st_mode & OTHERS:
        return
    for name in (*OURS, *SESSIONS):
        yield from _below(data_dir / name, reachable=reachable)


def _below(path: Path, *, reachable: bool) -> Iterator[tuple[Path, os.stat_result]]:
    try:
        status = path.lstat()
    except OSError:
        return
    if stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode):
        yield path, status
    if stat.S_ISDIR(status.st_mode) and (status.st_mode & OTHERS or not reachable):
        try:
            inside = sorted(path.iterdir())
        except OSError:
            return
        for one in inside:
            yield from _below(one, reachable=reachable)
