"""The files of a folder, listed and read without following a link, hanging or reading half of one.

Knows nothing of encodings, articles or the catalog. Everything in a folder is either listed as a file to
read or named with the reason why it is not.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rag.errors import BadInput, IsnadError, Undecodable
from rag.ignored import FILE, ignored

TEXT = frozenset({".txt"})
SETTLED_NS = 2_000_000_000
"""A file changed less than this before it was read may change again under the same times: no stamp proves it
unchanged. Two seconds are the coarsest times that a file system keeps (FAT)."""


class Unreadable(IsnadError):
    """A file that is there and cannot be read now; nothing is known about what it says."""


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A regular file: its path under the root with ``/``, its size in bytes, and what would show a change."""

    source: str
    size: int
    stamp: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something in the folder that is not read, and why."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Scan:
    """What a folder holds, sorted by source; `unlisted` is what could not be looked at or into."""

    files: tuple[FoundFile, ...]
    skipped: tuple[Skipped, ...]
    unlisted: tuple[str, ...]

    def hides(self, source: str) -> bool:
        """Whether `source` may be there unseen."""
        return any(f"{source}/".startswith(f"{place}/") for place in self.unlisted)


def scan(root: Path, extensions: frozenset[str] = TEXT) -> Scan:
    """List the files of `root` and below; `extensions` are the endings of those to read, in lower case.

    Raises `BadInput` when `root` is missing, is no folder or cannot be listed, or its `.isnadignore` cannot be used.
    """
    files: list[FoundFile] = []
    skipped: list[Skipped] = []
    unlisted: list[str] = []
    folders = [""]
    left_out = ignored(root)
    while folders:
        folder = folders.pop()
        try:
            entries = list(os.scandir(root / folder))
        except OSError as error:
            if not folder:
                raise BadInput(_no_folder(error), where=str(root), do="name a folder of articles") from error
            unlisted.append(folder)
            skipped.append(Skipped(folder, f"the folder cannot be listed: {error.strerror}"))
            continue
        for entry in entries:
            source = f"{folder}/{entry.name}" if folder else entry.name
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue  # deleted since it was listed
            except OSError as error:
                unlisted.append(source)
                skipped.append(Skipped(_shown(source), f"it cannot be looked at: {error.strerror}"))
                continue
            reason = _reason_to_skip(entry.name, status.st_mode, extensions)
            if reason is None and left_out(f"{source}/" if stat.S_ISDIR(status.st_mode) else source):
                reason = f"named in {FILE}"
            if reason:
                skipped.append(Skipped(_shown(source), reason))
            elif stat.S_ISDIR(status.st_mode):
                folders.append(source)
            else:
                files.append(FoundFile(source, status.st_size, _stamp(status)))
    return Scan(
        tuple(sorted(files, key=lambda file: file.source)),
        tuple(sorted(skipped, key=lambda entry: entry.source)),
        tuple(sorted(unlisted)),
    )


def _no_folder(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such folder"
    return "it is not a folder" if isinstance(error, NotADirectoryError) else f"it cannot be listed: {error.strerror}"


def _reason_to_skip(name: str, mode: int, extensions: frozenset[str]) -> str | None:
    if stat.S_ISLNK(mode):
        return "a symbolic link"
    if name.startswith("."):
        return "hidden"
    if not _is_utf8(name):
        return "its name is not UTF-8"
    if stat.S_ISDIR(mode):
        return None
    if not stat.S_ISREG(mode):
        return "not a regular file"
    extension = Path(name).suffix
    return None if extension.lower() in extensions else f"files of type {extension or '(none)'} are not read"


def _shown(source: str) -> str:
    return source.encode(errors="backslashreplace").decode()


def _is_utf8(name: str) -> bool:
    # Bytes of a name that are not UTF-8 stand in it as lone surrogates, which no database stores.
    return not any("\ud800" <= letter <= "\udfff" for letter in name)


def _stamp(status: os.stat_result) -> str:
    # The time of change joins that of modification: it betrays a file moved here, or one whose times were set.
    return f"{status.st_size}:{status.st_mtime_ns}:{status.st_ctime_ns}"


def read_file(root: Path, source: str, limit: int) -> tuple[bytes, str | None]:
    """The bytes of a file of `scan`, at most `limit`, and its stamp (None when no stamp would prove it unchanged).

    No component of `source` may be a link. Raises `Undecodable` for what is too large or empty, `Unreadable` when
    it cannot be read, or changes while it is read and again while it is read once more.
    """
    for _ in range(2):
        try:
            with _opened(root, source) as handle:
                before = os.fstat(handle)
                if not stat.S_ISREG(before.st_mode):
                    raise Unreadable("it is no longer a regular file", where=source, do="ingest again")
                if before.st_size > limit:
                    size = f"{before.st_size / 2**20:.1f} MiB, the limit is {limit / 2**20:g} MiB"
                    raise Undecodable(f"it is too large: {size}", where=source, do="split it, or raise max_file_mb")
                data = _read_all(handle, before.st_size + 1)
                after = os.fstat(handle)
        except OSError as error:
            raise Unreadable(
                f"it cannot be read: {error.strerror}", where=source, do="check its permissions and ingest again"
            ) from error
        if len(data) == before.st_size and _stamp(before) == _stamp(after):
            if not data:
                raise Undecodable("it is empty", where=source, do="fill it or delete it")
            age = time.time_ns() - max(after.st_mtime_ns, after.st_ctime_ns)
            return data, _stamp(after) if age > SETTLED_NS else None
    raise Unreadable("it changes while it is read", where=source, do="ingest again when it is at rest")


@contextmanager
def _opened(root: Path, source: str) -> Iterator[int]:
    """A descriptor of the file, reached one component at a time so that none of them can be a link."""
    *folders, name = source.split("/")
    if not {"", ".", ".."}.isdisjoint((*folders, name)):
        raise Unreadable("its name leads out of its folder", where=repr(source), do="ingest the folder again")
    handles = [os.open(root, os.O_RDONLY | os.O_DIRECTORY)]
    try:
        for folder in folders:
            handles.append(os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=handles[-1]))
        # Opening a pipe would wait for its writer: O_NONBLOCK does not.
        handles.append(os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=handles[-1]))
        yield handles[-1]
    finally:
        for handle in handles:
            os.close(handle)


def _read_all(handle: int, limit: int) -> bytes:
    parts: list[bytes] = []
    while limit > 0 and (part := os.read(handle, min(limit, 1 << 20))):
        parts.append(part)
        limit -= len(part)
    return b"".join(parts)
