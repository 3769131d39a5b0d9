"""List and read the files of the folders of a corpus, without following links, blocking or reading partial files.

Everything in a folder is either listed as a file to read or reported with the reason why it is skipped.
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

# `.isnadignore` of a folder, in the syntax of a `.gitignore`.

_FILE: Final = ".isnadignore"


def _ignored(root: Path) -> Callable[[str], bool]:
    """Predicate: whether the ignore file matches a path under `root`, with ``/``, and with a trailing ``/`` for a
    folder.

    Raises `BadInput` if the file cannot be read or has an invalid pattern.
    """
    path = root / _FILE
    try:
        lines = path.read_text("utf-8").splitlines() if path.is_file() and not path.is_symlink() else []
        if not lines:
            return lambda _: False
        from pathspec import GitIgnoreSpec

        return GitIgnoreSpec.from_lines(lines).match_file
    except PermissionError:
        return lambda _: False  # whoever lists the folder reports that it is unreadable
    except (OSError, ValueError) as error:
        raise BadInput(
            f"the ignore file cannot be used: {error}", where=str(path), do="write one pattern per line, in UTF-8"
        ) from error


_TEXT = frozenset({".txt"})
_SETTLED_NS = 2_000_000_000
"""A file changed less than this before it was read may change again with the same timestamps, so it gets no stamp. Two
seconds is the coarsest timestamp resolution of a file system (FAT)."""


class Unreadable(IsnadError):
    """A file that exists but cannot be read now; its content is unknown."""


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A regular file: its path under the root with ``/``, its size in bytes, and a stamp that shows changes."""

    source: str
    size: int
    stamp: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """An entry of the folder that is not read, and why."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Scan:
    """Entries of a folder, sorted by source; `unlisted` are the paths that could not be examined."""

    files: tuple[FoundFile, ...]
    skipped: tuple[Skipped, ...]
    unlisted: tuple[str, ...]

    def hides(self, source: str) -> bool:
        """Whether `source` may exist inside an unlisted path."""
        return any(f"{source}/".startswith(f"{place}/") for place in self.unlisted)


def scan(root: Path, extensions: frozenset[str] = _TEXT) -> Scan:
    """List the files of `root` and its subfolders; `extensions` are the file extensions to read, in lower case.

    Raises `BadInput` if `root` is missing, is not a folder or cannot be listed, or its `.isnadignore` is invalid.
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
                raise BadInput(
                    _no_folder(error), where=str(root), do="give the path of a folder of articles"
                ) from error
            unlisted.append(folder)
            skipped.append(Skipped(folder, f"the folder cannot be listed: {error.strerror}"))
            continue
        for entry in entries:
            source = f"{folder}/{entry.name}" if folder else entry.name
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue  # deleted since the folder was listed
            except OSError as error:
                unlisted.append(source)
                skipped.append(Skipped(_shown(source), f"it cannot be examined: {error.strerror}"))
                continue
            reason = _reason_to_skip(entry.name, status.st_mode, extensions)
            if reason is None and left_out(f"{source}/" if stat.S_ISDIR(status.st_mode) else source):
                reason = f"matched by {_FILE}"
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
    _, dot, ending = name.rpartition(".")
    extension = dot and dot + ending
    return None if extension.lower() in extensions else f"files of type {extension or '(none)'} are not read"


def _shown(source: str) -> str:
    return source.encode(errors="backslashreplace").decode()


def _is_utf8(name: str) -> bool:
    # Python decodes bytes that are not UTF-8 in a name to lone surrogates, which no database stores.
    return name.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in name)


def _stamp(status: os.stat_result) -> str:
    # ctime as well as mtime: it shows a file that was moved here or whose times were set.
    return f"{status.st_size}:{status.st_mtime_ns}:{status.st_ctime_ns}"


def read_file(root: Path, source: str, limit: int) -> tuple[bytes, str | None]:
    """Bytes of a file of `scan`, at most `limit`, and its stamp (None if no stamp could prove it unchanged).

    No component of `source` may be a link. Raises `Undecodable` if the file is too large or empty, `Unreadable` if it
    cannot be read or changes during both of two attempts to read it.
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
            return data, _stamp(after) if age > _SETTLED_NS else None
    raise Unreadable("it changed while it was read", where=source, do="ingest again when nothing writes to it")


@contextmanager
def _opened(root: Path, source: str) -> Iterator[int]:
    """File descriptor of the file, opened component by component so that none can be a link."""
    *folders, name = source.split("/")
    if not {"", ".", ".."}.isdisjoint((*folders, name)):
        raise Unreadable("its path leads outside the folder", where=repr(source), do="ingest the folder again")
    handles = [os.open(root, os.O_RDONLY | os.O_DIRECTORY)]
    try:
        for folder in folders:
            handles.append(os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=handles[-1]))
        # O_NONBLOCK: opening a pipe would otherwise wait for a writer.
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


# Roots: the folders of a corpus, each with a label that prefixes its sources.
#
# The content of a corpus depends only on the folders given, not on their order: with one folder, a source is the path
# under it; with several, it is the label, ``/`` and the path.


@dataclass(frozen=True, slots=True)
class Roots:
    """`folders` are (label, folder), sorted by label; a single folder has an empty label."""

    folders: tuple[tuple[str, Path], ...]

    @classmethod
    def of(cls, *folders: Path) -> Self:
        """Roots of the given folders. The label is the folder's name, preceded by its parents' names if two names are
        equal.

        Raises `BadInput` if a folder is given twice or is inside another, or if a name is not UTF-8.
        """
        found = [folder.resolve() for folder in folders]
        for one in found:
            around = next((other for other in found if other in one.parents), one)
            if around != one or found.count(one) > 1:
                raise BadInput(f"it is given twice, or is inside {around}", where=str(one), do="give each folder once")
        if len(found) == 1:
            return cls((("", found[0]),))
        return cls(tuple(sorted(zip(_labels(found), found, strict=True))))

    @classmethod
    def recorded(cls, text: str) -> Self:
        """Parse the output of `str`."""
        if not text.startswith("["):  # no absolute path starts with [
            return cls((("", Path(text)),))
        return cls(tuple((label, Path(folder)) for label, folder in json.loads(text)))

    def __str__(self) -> str:
        """The form stored in the catalog: a single folder as its path, several as JSON."""
        if self.folders[0][0]:
            return json.dumps([[label, str(folder)] for label, folder in self.folders], ensure_ascii=False)
        return str(self.folders[0][1])

    @classmethod
    def checked(cls, text: object) -> Self:
        """Parse the roots of a catalog from an untrusted source.

        Raises `BadInput` unless they have the form that `Roots.of` gives: absolute, and without ``..``.
        """
        try:
            roots = cls.recorded(str(text))
            named, same = [(label, str(folder)) for label, folder in roots.folders], str(roots) == text
        except (ValueError, TypeError, IndexError) as error:
            raise BadInput("its list of folders cannot be read", where="root", do="use another backup") from error
        for label, folder in named:
            canonical = folder.startswith("/") and not folder.startswith("//") and os.path.normpath(folder) == folder
            if not canonical or not same or "\0" in folder or "/" in label:
                what = f"the folder {folder!r} is not a normalised absolute path with a valid label"
                raise BadInput(what, where="root", do="use another backup")
        return roots

    @property
    def named(self) -> str:
        """The folders for display."""
        return ", ".join(str(folder) for _, folder in self.folders)

    def locate(self, source: str) -> tuple[Path, str] | None:
        """Folder of a source, and its path there; None if no folder has its label."""
        if not self.folders[0][0]:
            return self.folders[0][1], source
        label, _, path = source.partition("/")
        folder = dict(self.folders).get(label)
        return None if folder is None else (folder, path)

    def scan(self, extensions: frozenset[str] = _TEXT) -> Scan:
        """List the files of every folder that have one of these extensions.

        Raises `BadInput` if a folder is missing or cannot be listed.
        """
        if not self.folders[0][0]:
            return scan(self.folders[0][1], extensions)
        files: list[FoundFile] = []
        skipped: list[Skipped] = []
        unlisted: list[str] = []
        for label, folder in self.folders:
            seen = scan(folder, extensions)
            before = f"{label}/"
            files += (replace(file, source=before + file.source) for file in seen.files)
            skipped += (replace(entry, source=before + entry.source) for entry in seen.skipped)
            unlisted += (before + entry for entry in seen.unlisted)
        by_source = sorted(files, key=lambda file: file.source)
        return Scan(tuple(by_source), tuple(sorted(skipped, key=lambda entry: entry.source)), tuple(unlisted))

    def empty(self, seen: Scan) -> list[Path]:
        """Folders without a file in `seen`."""
        found = {file.source.partition("/")[0] for file in seen.files}
        return [folder for label, folder in self.folders if label not in found and not (seen.files and not label)]

    def read(self, source: str, limit: int) -> tuple[bytes, str | None]:
        """Bytes of a file and its stamp. Raises what `read_file` raises."""
        place = self.locate(source)
        if place is None:
            raise Unreadable("its folder does not belong to this corpus", where=source, do="ingest the folders again")
        return read_file(*place, limit)


def remark(folder: Path) -> str:
    """What is unusual about a folder to ingest, such as that it is missing; empty if nothing is."""
    home = Path.home()
    if folder == Path(folder.anchor):
        return "the whole file system"
    if folder == home or folder in home.parents:
        return "your home folder with everything in it" if folder == home else "a folder that contains your home folder"
    if folder.exists() and folder.resolve() != folder:
        return f"a link to {folder.resolve()}"
    return "" if folder.is_dir() else "there is no such folder now"


def _labels(folders: list[Path]) -> list[str]:
    """A unique name for each folder: as few of the last parts of its path as make it unique."""
    depths = [1] * len(folders)
    while True:
        labels = ["~".join(folder.parts[-depth:]) for folder, depth in zip(folders, depths, strict=True)]
        tied = [Counter(labels)[label] > 1 for label in labels]
        if not any(tied):
            break
        if any(same and depth >= len(folder.parts) for same, depth, folder in zip(tied, depths, folders, strict=True)):
            raise BadInput(
                "the names of two folders cannot be made unique", where=str(folders[0]), do="rename one of them"
            )
        depths = [depth + same for depth, same in zip(depths, tied, strict=True)]
    for label, folder in zip(labels, folders, strict=True):
        if "/" in label or any("\ud800" <= letter <= "\udfff" for letter in label):
            raise BadInput(
                "its name cannot be used as a prefix of sources", where=repr(str(folder)), do="rename the folder"
            )
    return labels
