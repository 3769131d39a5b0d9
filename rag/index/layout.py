"""What lies in the folder of a generation: names of files, and the manifest that says what they should be.

Knows nothing of how they are made or queried.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from rag.errors import IndexUnusable
from rag.external_sort import RowsWriter
from rag.store.locks import hash_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

VERSION = 3
CHROMA, BM25, NAMES = "chroma", "bm25", "names"
PASSAGES, SENTENCES, OFFSETS = "passages.npy", "sentences.npy", "offsets.npy"
GROUPS, NEAR, STORIES, ARTICLES = "groups.npy", "near.npy", "stories.npy", "articles.npy"
MANIFEST = "manifest.json"
REBUILD = "build it again: isnad ingest FOLDER"


@dataclass(frozen=True, slots=True)
class Manifest:
    """`files`: for each file but Chroma's and the manifest, its size in bytes and its sha256."""

    version: int
    fingerprint: str
    passages: int
    sentences: int
    dimension: int
    files: dict[str, tuple[int, str]]

    @classmethod
    def of(cls, folder: Path, fingerprint: str, passages: int, sentences: int, dimension: int) -> Manifest:
        """The manifest of a folder that is complete but for it."""
        paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
        names = {path.relative_to(folder).as_posix(): path for path in paths}
        files = {
            name: (path.stat().st_size, hash_file(path))
            for name, path in names.items()
            # Chroma may write into its own files when it merely opens them.
            if not name.startswith(f"{CHROMA}/")
        }
        return cls(VERSION, fingerprint, passages, sentences, dimension, files)

    def write(self, folder: Path) -> None:
        (folder / MANIFEST).write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Read the manifest and see that every file is there in its size.

        Raises `IndexUnusable` when there is no generation, it is of another version of Isnad, or it is torn.
        """
        try:
            raw = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise IndexUnusable(
                "there is no index yet", where=str(folder), do="make it: isnad ingest FOLDER"
            ) from error
        except (OSError, ValueError) as error:
            raise IndexUnusable(f"the index is torn: {error}", where=str(folder), do=REBUILD) from error
        if not isinstance(raw, dict) or raw.get("version") != VERSION:
            raise IndexUnusable("the index has another format than this Isnad", where=str(folder), do=REBUILD)
        try:
            manifest = cls(**raw)
        except TypeError as error:
            raise IndexUnusable(f"the index is torn: {error}", where=str(folder), do=REBUILD) from error
        for name, (size, _) in manifest.files.items():
            path = folder / name
            if not path.is_file() or path.stat().st_size != size:
                raise IndexUnusable(f"the index is torn: {name} is not {size} bytes", where=str(folder), do=REBUILD)
        return manifest

    def check_hashes(self, folder: Path) -> None:
        """Raise `IndexUnusable` unless every file holds the bytes that were written."""
        for name, (_, sha256) in self.files.items():
            if hash_file(folder / name) != sha256:
                raise IndexUnusable(f"the index is torn: {name} has changed", where=str(folder), do=REBUILD)


def mapped(path: Path) -> NDArray[Any]:
    """The array of a ``.npy`` file, which stays on the disk. Raises `OSError` or `ValueError` when it is not whole."""
    rows: NDArray[Any]
    try:
        rows = np.load(path, mmap_mode="r")
    except ValueError:
        rows = np.load(path)  # an empty file cannot be mapped into memory, and a torn one raises here
    return rows


# The ids of a generation's passages, by ordinal and back, read from files that stay on the disk.
#
# Nothing is read when they are opened, and no list of them is ever made: ten million ids would fill gigabytes.

_IDS, _ORDER = "ids.npy", "ids_order.npy"
_AT_ONCE = 4096
"""Ids that are read or written at a time."""


def write_ids(folder: Path, ids: Iterable[str], width: int) -> None:
    """Write two files: the ids in UTF-8, all of one `width` in bytes, and their ordinals in the order of the ids.

    Raises `ValueError` for an id that is wider, `OSError` when the disk is full.
    """
    kind = f"S{width}"
    stream = iter(ids)
    with RowsWriter(folder / _IDS, f"|{kind}", flat=True) as writer:
        while batch := [name.encode() for name in islice(stream, _AT_ONCE)]:
            if max(map(len, batch)) > width:
                raise ValueError(f"an id is wider than {width} bytes")
            writer.add(np.array(batch, kind))
    np.save(folder / _ORDER, np.argsort(mapped(folder / _IDS), kind="stable").astype(np.int64))


class Ids(Sequence[str]):
    """The ids that `write_ids` wrote, by ordinal. Raises `OSError` or `ValueError` when they are not whole."""

    def __init__(self, folder: Path) -> None:
        self._rows: NDArray[np.bytes_] = mapped(folder / _IDS)
        self._order: NDArray[np.int64] = mapped(folder / _ORDER)

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [name.decode() for name in self._rows[place].tolist()]
        return bytes(self._rows[place]).decode()

    def __iter__(self) -> Iterator[str]:
        for start in range(0, len(self), _AT_ONCE):
            yield from self[start : start + _AT_ONCE]

    def ordinals(self, names: Sequence[str]) -> NDArray[np.int64]:
        """The ordinal of each of these ids. Raises `KeyError` for one that is not here."""
        wanted = np.array([name.encode() for name in names] or np.zeros(0, "S1"))
        if not len(self):
            places = np.zeros(0, np.int64)
        else:
            places = np.searchsorted(self._rows, wanted, sorter=self._order).clip(max=len(self) - 1)
            places = np.asarray(self._order[places])
        for name, place in zip(names, places.tolist() or [-1] * len(names), strict=True):
            if place < 0 or self[place] != name:
                raise KeyError(name)
        return places
