"""What lies in the folder of a generation: names of files, and the manifest that says what they should be.

Knows nothing of how they are made or queried.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.errors import IndexUnusable
from rag.store.durable import hash_file

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
