"""Layout of the folders of generations and segments: file names, and the manifest with their sizes and hashes."""

from __future__ import annotations

import hashlib
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

VERSION = 4
SEGMENTS = "segments"
"""Folder next to the generations that holds their segments, each named after the generation that it was built for."""
CHROMA, BM25, NAMES, WORDS, ENTITIES = "chroma", "bm25", "names", "words", "entities"
"""Folders of a segment."""
PASSAGES, SENTENCES, OFFSETS, NUMBERS = "passages.npy", "sentences.npy", "offsets.npy", "numbers.npy"
DIGESTS, DIGEST_ROWS = "digests.npy", "digest_rows.npy"
"""Files of a segment, by row."""
PLACES, CLASSES = "places.npy", "classes.npy"
GROUPS, NEAR, STORIES, ARTICLES = "groups.npy", "near.npy", "stories.npy", "articles.npy"
"""Files of a generation, by ordinal but for the first two."""
GROUPS_ORDER, STORIES_ORDER = "groups_order.npy", "stories_order.npy"
"""The ordinals sorted by group and by story."""
MANIFEST = "manifest.json"
REBUILD = "build it again: isnad ingest FOLDER --rebuild"


@dataclass(frozen=True, slots=True)
class Manifest:
    """Manifest of a generation or of a segment. `files`: size in bytes and sha256 of each file, except Chroma's and the
    manifest.

    A generation has `segments` with their numbers of rows and articles; a segment says whether it has a `collection`
    in Chroma.
    """

    version: int
    fingerprint: str
    passages: int
    dimension: int
    files: dict[str, tuple[int, str]]
    segments: tuple[tuple[str, int, int], ...] = ()
    collection: bool = False

    @classmethod
    def of(
        cls,
        folder: Path,
        fingerprint: str,
        passages: int,
        dimension: int,
        *,
        segments: Sequence[tuple[str, int, int]] = (),
        collection: bool = False,
    ) -> Manifest:
        """Make the manifest of a folder that is otherwise complete."""
        paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
        names = {path.relative_to(folder).as_posix(): path for path in paths}
        files = {
            name: (path.stat().st_size, hash_file(path))
            for name, path in names.items()
            # Chroma may write to its own files when it only opens them.
            if not name.startswith(f"{CHROMA}/")
        }
        return cls(VERSION, fingerprint, passages, dimension, files, tuple(segments), collection)

    def write(self, folder: Path) -> None:
        (folder / MANIFEST).write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Read the manifest and check that every file exists with its size.

        Raises `IndexUnusable` if there is no generation, it has another format version, or a file is damaged.
        """
        try:
            raw = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise IndexUnusable(
                "there is no index yet", where=str(folder), do="build it: isnad ingest FOLDER"
            ) from error
        except (OSError, ValueError) as error:
            raise IndexUnusable(f"the index is damaged: {error}", where=str(folder), do=REBUILD) from error
        if not isinstance(raw, dict) or raw.get("version") != VERSION:
            raise IndexUnusable(
                "the index has another format than this version of Isnad", where=str(folder), do=REBUILD
            )
        try:
            manifest = cls(**raw | {"segments": tuple((name, rows, of) for name, rows, of in raw["segments"])})
        except (KeyError, TypeError, ValueError) as error:
            raise IndexUnusable(f"the index is damaged: {error}", where=str(folder), do=REBUILD) from error
        for name, (size, _) in manifest.files.items():
            path = folder / name
            if not path.is_file() or path.stat().st_size != size:
                raise IndexUnusable(
                    f"the index is damaged: {name} does not have {size} bytes", where=str(folder), do=REBUILD
                )
        return manifest

    def check_hashes(self, folder: Path) -> None:
        """Raise `IndexUnusable` unless the hash of every file is as in the manifest."""
        for name, (_, sha256) in self.files.items():
            if hash_file(folder / name) != sha256:
                raise IndexUnusable(f"the index is damaged: {name} has changed", where=str(folder), do=REBUILD)


def mapped(path: Path) -> NDArray[Any]:
    """Memory-map the array of a ``.npy`` file. Raises `OSError` or `ValueError` if it is incomplete."""
    rows: NDArray[Any]
    try:
        # A plain array over the same memory: numpy's own class for mapped files is ten times as slow to index.
        rows = np.load(path, mmap_mode="r").view(np.ndarray)
    except ValueError:
        rows = np.load(path)  # an empty array cannot be mapped, and a damaged one raises here
    return rows


# Texts as keys, by a hash of 64 bits: an array of them is searched on the disk, and no vocabulary is loaded.


def hash_of(text: str) -> int:
    """The hash by which a text is a key; the same in every process."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def place_of(hashes: NDArray[np.uint64], text: str) -> int:
    """Position of a text's hash in a sorted array, -1 if it is not there."""
    wanted = hash_of(text)
    place = int(hashes.searchsorted(np.uint64(wanted)))
    return place if place < len(hashes) and int(hashes[place]) == wanted else -1


# Ids of a segment's passages by row and back, memory-mapped from disk.
#
# They are never loaded as a list: ten million ids would need gigabytes.

_IDS, _ORDER = "ids.npy", "ids_order.npy"
_AT_ONCE = 4096
"""Number of ids read or written at a time."""


def write_ids(folder: Path, ids: Iterable[str], width: int) -> None:
    """Write two files: the ids in UTF-8, padded to `width` bytes, and their rows sorted by id.

    Raises `ValueError` for an id that is wider, `OSError` if the disk is full.
    """
    kind = f"S{width}"
    stream = iter(ids)
    with RowsWriter(folder / _IDS, f"|{kind}", flat=True) as writer:
        while batch := [name.encode() for name in islice(stream, _AT_ONCE)]:
            if max(map(len, batch)) > width:
                raise ValueError(f"an id has more than {width} bytes")
            writer.add(np.array(batch, kind))
    np.save(folder / _ORDER, np.argsort(mapped(folder / _IDS), kind="stable").astype(np.int64))


class SegmentIds(Sequence[str]):
    """The ids that `write_ids` wrote, by row. Raises `OSError` or `ValueError` if the files are incomplete."""

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

    def rows(self, names: Sequence[str]) -> NDArray[np.int64]:
        """The row of each of these ids, -1 for an unknown one."""
        if not len(self) or not len(names):
            return np.full(len(names), -1, np.int64)
        wanted = np.array([name.encode() for name in names])
        rows = np.asarray(self._order[np.searchsorted(self._rows, wanted, sorter=self._order).clip(max=len(self) - 1)])
        return np.where(self._rows[rows] == wanted, rows, -1)

    def starting_with(self, beginnings: Sequence[str]) -> NDArray[np.int64]:
        """The row of one id that begins with each of these texts, -1 if there is none."""
        if not len(self) or not len(beginnings):
            return np.full(len(beginnings), -1, np.int64)
        wanted = np.array([one.encode() for one in beginnings])
        rows = np.asarray(self._order[np.searchsorted(self._rows, wanted, sorter=self._order).clip(max=len(self) - 1)])
        return np.where(np.char.startswith(self._rows[rows], wanted), rows, -1)
