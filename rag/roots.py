"""The folders that a corpus is read from: one, or several, each under a label with which its sources begin.

Knows nothing of what the files hold. What a corpus is made of depends on the folders named, never on which of them
was there first: of one folder a source is the path under it, of several it is the label, ``/`` and the path.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from rag.errors import BadInput
from rag.folders import TEXT, FoundFile, Scan, Skipped, Unreadable, read_file, scan


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
