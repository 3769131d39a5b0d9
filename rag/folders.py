"""The files of a folder, listed and read without following a link, hanging or reading half of one.

Knows nothing of encodings, articles or the catalog. Everything in a folder is either listed as a file to
read or named with the reason why it is not.
"""

from __future__ import annotations

import json
import os
import stat
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Self

from rag.errors import BadInput, IsnadError, Undecodable

# What a folder says of itself is not to be read: its `.isnadignore`, in the form of a `.gitignore`.

_FILE: Final = ".isnadignore"


def _ignored(root: Path) -> Callable[[str], bool]:
    """Whether a path under `root`, with ``/`` and at its end too where it is a folder, is named there.

    Raises `BadInput` for a file that cannot be read, or has a pattern that is none.
    """
    path = root / _FILE
    try:
        lines = path.read_text("utf-8").splitlines() if path.is_file() and not path.is_symlink() else []
        if not lines:
            return lambda _: False
        from pathspec import GitIgnoreSpec

        return GitIgnoreSpec.from_lines(lines).match_file
    except PermissionError:
        return lambda _: False  # a folder that cannot be looked into is told by who lists it
    except (OSError, ValueError) as error:
        raise BadInput(f"it cannot be used: {error}", where=str(path), do="write a pattern a line, in UTF-8") from error


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
    left_out = _ignored(root)
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
                reason = f"named in {_FILE}"
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


# The folders that a corpus is read from: one, or several, each under a label with which its sources begin.
#
# Knows nothing of what the files hold. What a corpus is made of depends on the folders named, never on which of them
# was there first: of one folder a source is the path under it, of several it is the label, ``/`` and the path.


@dataclass(frozen=True, slots=True)
class Roots:
    """`folders` are (label, folder), sorted by label; one folder alone has an empty label."""

    folders: tuple[tuple[str, Path], ...]

    @classmethod
    def of(cls, *folders: Path) -> Self:
        """The label is the folder's name, with those of its parents before it where two have one name.

        Raises `BadInput` for a folder that is named twice or lies in another, and for a name that is not UTF-8.
        """
        found = [folder.resolve() for folder in folders]
        for one in found:
            around = next((other for other in found if other in one.parents), one)
            if around != one or found.count(one) > 1:
                raise BadInput(f"it is named twice, or lies in {around}", where=str(one), do="name each folder once")
        if len(found) == 1:
            return cls((("", found[0]),))
        return cls(tuple(sorted(zip(_labels(found), found, strict=True))))

    @classmethod
    def recorded(cls, text: str) -> Self:
        """The roots that `str` gave."""
        if not text.startswith("["):  # no absolute path begins so
            return cls((("", Path(text)),))
        return cls(tuple((label, Path(folder)) for label, folder in json.loads(text)))

    def __str__(self) -> str:
        """How the catalog keeps them: a single folder as its path, several as JSON."""
        if self.folders[0][0]:
            return json.dumps([[label, str(folder)] for label, folder in self.folders], ensure_ascii=False)
        return str(self.folders[0][1])

    @classmethod
    def checked(cls, text: object) -> Self:
        """The roots of a catalog that somebody else may have made.

        Raises `BadInput` unless they have the form that `Roots.of` gives: absolute, and without ``..``.
        """
        try:
            roots = cls.recorded(str(text))
            named, same = [(label, str(folder)) for label, folder in roots.folders], str(roots) == text
        except (ValueError, TypeError, IndexError) as error:
            raise BadInput("its list of folders cannot be read", where="root", do="name another backup") from error
        for label, folder in named:
            canonical = folder.startswith("/") and not folder.startswith("//") and os.path.normpath(folder) == folder
            if not canonical or not same or "\0" in folder or "/" in label:
                what = f"the folder {folder!r} is not written as Isnad writes it"
                raise BadInput(what, where="root", do="name another backup")
        return roots

    @property
    def named(self) -> str:
        """The folders as a person reads them."""
        return ", ".join(str(folder) for _, folder in self.folders)

    def locate(self, source: str) -> tuple[Path, str] | None:
        """The folder that a source lies in, and its path there; None when no folder has its label."""
        if not self.folders[0][0]:
            return self.folders[0][1], source
        label, _, path = source.partition("/")
        folder = dict(self.folders).get(label)
        return None if folder is None else (folder, path)

    def scan(self, extensions: frozenset[str] = TEXT) -> Scan:
        """List the files of every folder that have one of these endings.

        Raises `BadInput` when a folder is missing or cannot be listed.
        """
        files: list[FoundFile] = []
        skipped: list[Skipped] = []
        unlisted: list[str] = []
        for label, folder in self.folders:
            seen = scan(folder, extensions)
            before = f"{label}/" if label else ""
            files += (replace(file, source=before + file.source) for file in seen.files)
            skipped += (replace(entry, source=before + entry.source) for entry in seen.skipped)
            unlisted += (before + entry for entry in seen.unlisted)
        by_source = sorted(files, key=lambda file: file.source)
        return Scan(tuple(by_source), tuple(sorted(skipped, key=lambda entry: entry.source)), tuple(unlisted))

    def empty(self, seen: Scan) -> list[Path]:
        """The folders of which `seen` has no file."""
        found = {file.source.partition("/")[0] for file in seen.files}
        return [folder for label, folder in self.folders if label not in found and not (seen.files and not label)]

    def read(self, source: str, limit: int) -> tuple[bytes, str | None]:
        """The bytes of a file and its stamp. Raises as `rag.folders.read_file`."""
        place = self.locate(source)
        if place is None:
            raise Unreadable("its folder is none of this corpus", where=source, do="ingest the folders again")
        return read_file(*place, limit)


def remark(folder: Path) -> str:
    """What is unusual about a folder to ingest, such as that it is missing; empty when nothing."""
    home = Path.home()
    if folder == Path(folder.anchor):
        return "the whole file system"
    if folder == home or folder in home.parents:
        return "your home folder and all in it" if folder == home else "a folder that holds your home folder"
    if folder.exists() and folder.resolve() != folder:
        return f"a link, to {folder.resolve()}"
    return "" if folder.is_dir() else "there is no such folder now"


def _labels(folders: list[Path]) -> list[str]:
    """A name for each folder that no other has: as few of the last parts of its path as tell it apart."""
    depths = [1] * len(folders)
    while True:
        labels = ["~".join(folder.parts[-depth:]) for folder, depth in zip(folders, depths, strict=True)]
        tied = [Counter(labels)[label] > 1 for label in labels]
        if not any(tied):
            break
        if any(same and depth >= len(folder.parts) for same, depth, folder in zip(tied, depths, folders, strict=True)):
            raise BadInput("two folders cannot be told apart by name", where=str(folders[0]), do="rename one of them")
        depths = [depth + same for depth, same in zip(depths, tied, strict=True)]
    for label, folder in zip(labels, folders, strict=True):
        if "/" in label or any("\ud800" <= letter <= "\udfff" for letter in label):
            raise BadInput("its name cannot stand before a source", where=repr(str(folder)), do="rename the folder")
    return labels
