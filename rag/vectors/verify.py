"""Can the folder of a generation be trusted? Asked in a child process, for a torn index may hang or crash its reader.

``python -m rag.vectors.verify FOLDER`` exits with 0 when it can, else with 1 and the reason on standard error. Always
started with ``-m``: run by its path, `rag/types.py` would stand before the standard library's.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np

from rag.errors import IndexUnusable
from rag.keyword import KeywordIndex
from rag.language.skeletons import NamesIndex
from rag.vectors import chroma, layout
from rag.vectors.server import ChromaServer

SAMPLE = 64
AMONG = 5
LEAST_RECALL = 0.9
"""HNSW may lose one vector in a corpus of many twins; a torn index loses nearly all of them."""
SECONDS, SECONDS_PER_PASSAGE = 120.0, 0.001


def verify_in_child(folder: Path) -> None:
    """Verify in a process of its own, with a time-out. Raises `IndexUnusable`; a crash or a hang is one too."""
    seconds = SECONDS + SECONDS_PER_PASSAGE * layout.Manifest.read(folder).passages
    command = [sys.executable, "-m", "rag.vectors.verify", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        what = f"reading the new index did not end in {seconds:.0f} s"
        raise IndexUnusable(what, where=str(folder), do=layout.REBUILD) from error
    if done.returncode < 0:
        what = f"reading the new index crashed ({signal.Signals(-done.returncode).name})"
        raise IndexUnusable(what, where=str(folder), do=layout.REBUILD)
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise IndexUnusable(f"the new index cannot be trusted: {last[0]}", where=str(folder), do=layout.REBUILD)


def verify(folder: Path, server: ChromaServer | None = None) -> None:
    """Every file holds what was written, Chroma counts what it should, and a sample of its vectors find themselves.

    A `server` cannot hang or crash its reader, and is asked from here. Raises `IndexUnusable`.
    """
    manifest = layout.Manifest.read(folder)
    manifest.check_hashes(folder)
    try:
        KeywordIndex.open(folder / layout.BM25)
        NamesIndex.open(folder / layout.NAMES)
    except (OSError, ValueError) as error:
        raise IndexUnusable(f"the index is torn: {error}", where=str(folder), do=layout.REBUILD) from error
    with closing(chroma.Reader(folder / layout.CHROMA, server)) as reader:
        if reader.count() != manifest.passages:
            raise IndexUnusable(
                f"Chroma holds {reader.count()} passages, not {manifest.passages}",
                where=str(folder),
                do=layout.REBUILD,
            )
        if manifest.passages:
            _check_recall(folder, reader)


def _check_recall(folder: Path, reader: chroma.Reader) -> None:
    rows = np.load(folder / layout.PASSAGES, mmap_mode="r")
    ids = layout.read_ids(folder)
    places = {name: place for place, name in enumerate(ids)}
    sample = np.unique(np.linspace(0, len(rows) - 1, SAMPLE).astype(int))
    found = 0
    for place in sample:
        vector = np.asarray(rows[place])
        nearest = reader.nearest(vector, min(AMONG, len(rows)))
        # A twin with the very same vector is as good: which of the two comes first is chance.
        found += any(float(rows[places[name]] @ vector) > 1 - 1e-5 for name in nearest if name in places)
    if found < LEAST_RECALL * len(sample):
        what = f"only {found} of {len(sample)} passages are found by their own vectors"
        raise IndexUnusable(what, where=str(folder), do=layout.REBUILD)


def main() -> int:
    """The child process. Exit codes: 0 trusted, 1 not."""
    try:
        verify(Path(sys.argv[1]))
    except IndexUnusable as error:
        sys.stderr.write(f"{error.what}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
