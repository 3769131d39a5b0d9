"""Create files and folders that only their owner may open: 0600 and 0700 from creation, regardless of the umask.

Files that the user names follow the user's umask.

Files of libraries (Chroma) follow the umask: inside a private folder no other user can reach them, and `tighten`
removes the permissions of others.
"""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Final

_OURS = ("corpora", "models", "shared", "uploads", "eval")
"""Folders that Isnad creates in a data folder."""
_SESSIONS = ("sessions.sqlite3", "sessions.sqlite3-journal")
"""Files that the server creates next to them (`ui.middleware.sessions`)."""
_MAY_LIE_BESIDE = frozenset({*_OURS, *_SESSIONS, "names.tsv", "outlets.tsv"})
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def make_private(folder: Path) -> list[Path]:
    """Create `folder` and its missing parents with mode 0700; returns those created, outermost first. Raises
    `OSError`."""
    made: list[Path] = []
    for one in (*reversed(folder.parents), folder):
        if one.is_dir():
            continue
        with suppress(FileExistsError):  # another process created it first
            one.mkdir(mode=0o700)
            made.append(one)
    if not folder.is_dir():
        raise NotADirectoryError(20, "a file exists at the path of the folder", str(folder))
    return made


def open_private(path: Path, flags: int = os.O_RDWR) -> int:
    """File descriptor of `path`, created with mode 0600 if missing. Raises `OSError`."""
    return os.open(path, flags | os.O_CREAT | os.O_CLOEXEC, 0o600)


def make_private_file(path: Path) -> None:
    """Create `path` and its missing folders for their owner only; the permissions of others on an existing file are
    removed.

    SQLite gives the files beside a database the mode of the database. Raises `OSError`.
    """
    make_private(path.parent)
    handle = open_private(path)
    try:
        if os.fstat(handle).st_mode & _OTHERS:
            os.fchmod(handle, 0o600)
    finally:
        os.close(handle)


OF_USER: Final = 0o666
"""Mode of a file that the user named, before the umask."""


def write_whole(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Write a file atomically: a reader finds the old data or the new, whole. Raises `OSError`.

    Its folder must exist. By default for its owner only; `OF_USER` for a file that the user named.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.new")
    try:
        beside.unlink(missing_ok=True)  # left by a process that was killed
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def open_to_others(data_dir: Path) -> Iterator[Path]:
    """Paths in a data folder that other users may open, including the folder itself. Raises no `OSError`.

    Skips the contents of private folders, which others cannot reach, and does not follow symbolic links. A data folder
    that also holds other things than Isnad's may be open.
    """
    for path, status in _entries(data_dir, reachable=True):
        if status.st_mode & _OTHERS:
            yield path


def tighten(data_dir: Path) -> None:
    """Remove the permissions of others from all of Isnad's files and folders in it, except those owned by another
    user."""
    _close(_entries(data_dir, reachable=False))


def tighten_tree(folder: Path) -> None:
    """Remove the permissions of others from `folder` and everything in it."""
    _close(_below(folder, reachable=False))


def _close(entries: Iterator[tuple[Path, os.stat_result]]) -> None:
    for path, status in entries:
        if not status.st_mode & _OTHERS:
            continue
        # By descriptor: in a folder that others may write to, a name could be replaced by a link meanwhile.
        with suppress(OSError):
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                found = os.fstat(handle)
                if (found.st_dev, found.st_ino) == (status.st_dev, status.st_ino):
                    os.fchmod(handle, stat.S_IMODE(found.st_mode) & ~_OTHERS)
            finally:
                os.close(handle)


def _entries(data_dir: Path, *, reachable: bool) -> Iterator[tuple[Path, os.stat_result]]:
    """Regular files and folders with their status, each folder before its contents; `reachable`: only those that others
    can reach."""
    try:
        beside = {path.name for path in data_dir.iterdir()}
    except OSError:
        return
    if beside <= _MAY_LIE_BESIDE and data_dir.stat().st_uid == os.geteuid():
        yield data_dir, data_dir.stat()
    if reachable and not data_dir.stat().st_mode & _OTHERS:
        return
    for name in (*_OURS, *_SESSIONS):
        yield from _below(data_dir / name, reachable=reachable)


def _below(path: Path, *, reachable: bool) -> Iterator[tuple[Path, os.stat_result]]:
    try:
        status = path.lstat()
    except OSError:
        return
    if stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode):
        yield path, status
    if stat.S_ISDIR(status.st_mode) and (status.st_mode & _OTHERS or not reachable):
        try:
            inside = sorted(path.iterdir())
        except OSError:
            return
        for one in inside:
            yield from _below(one, reachable=reachable)


# The umask of the command `isnad`: its own data is private; files that the user names follow the user's umask.

_UMASK_OF_USER: ContextVar[int | None] = ContextVar("umask of the user", default=None)


@contextmanager
def private_umask() -> Iterator[None]:
    """Within the block, this process and its children create files with mode 0600 and folders with mode 0700."""
    before = os.umask(0o077)
    kept = _UMASK_OF_USER.set(before)
    try:
        yield
    finally:
        _UMASK_OF_USER.reset(kept)
        os.umask(before)


@contextmanager
def umask_of_user() -> Iterator[None]:
    """Restore the umask from outside `private_umask`, for files that the user named.

    A umask belongs to the whole process: use this while only one thread creates files.
    """
    before = _UMASK_OF_USER.get()
    if before is None:
        yield
        return
    inside = os.umask(before)
    try:
        yield
    finally:
        os.umask(inside)


def user_file_mode() -> int | None:
    """Mode of a new file under the umask from outside `private_umask`, for use in threads; None outside it."""
    before = _UMASK_OF_USER.get()
    return None if before is None else OF_USER & ~before
