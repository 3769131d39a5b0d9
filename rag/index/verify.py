"""Verify a generation or a segment in a child process, because a damaged index may hang or crash its reader.

``python -m rag.index.verify FOLDER SAMPLE`` exits with 0 if it is valid, after printing how many of the sample were
found by their own vectors and the size of the sample; otherwise with 1 and the reason on standard error. Always start
it with ``-m``: run by its path, `rag/types.py` would shadow the standard library's module.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np

from rag.environment import without_settings
from rag.errors import IndexUnusable
from rag.index import chroma, layout
from rag.index.chroma import ChromaServer
from rag.index.entities import Entities
from rag.index.segment import Segment

_SAMPLE = 64
_AMONG = 5
_LEAST_RECALL = 0.9
"""HNSW may lose one vector in a corpus with many identical ones; a damaged index loses nearly all."""
_SECONDS, _SECONDS_PER_PASSAGE, _SECONDS_PER_SAMPLE = 120.0, 0.001, 0.05


def verify_in_child(folder: Path, sample: int = _SAMPLE) -> tuple[int, int]:
    """Verify in a child process with a time-out; returns how many of `sample` passages were found, and the sample size.

    Raises `IndexUnusable`, also for a crash or a time-out.
    """
    seconds = _SECONDS + _SECONDS_PER_PASSAGE * layout.Manifest.read(folder).passages + _SECONDS_PER_SAMPLE * sample
    command = [sys.executable, "-m", "rag.index.verify", str(folder), str(sample)]
    try:
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, timeout=seconds, check=False, env=without_settings()
        )
    except subprocess.TimeoutExpired as error:
        what = f"reading the index did not finish within {seconds:.0f} s"
        raise IndexUnusable(what, where=str(folder), do=layout.REBUILD) from error
    if done.returncode < 0:
        what = f"reading the index crashed ({signal.Signals(-done.returncode).name})"
        raise IndexUnusable(what, where=str(folder), do=layout.REBUILD)
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise IndexUnusable(f"the index is not usable: {last[0]}", where=str(folder), do=layout.REBUILD)
    found, tried = map(int, done.stdout.split())
    return found, tried


def verify_folder(folder: Path, sample: int = _SAMPLE, server: ChromaServer | None = None) -> tuple[int, int]:
    """Check all file hashes and Chroma's count, and search a sample of vectors for themselves.

    `folder` is that of a generation, which is verified with all of its segments, or of one segment. Returns how many of
    the sample were found, and the sample size. A `server` cannot hang or crash this process, so it is queried directly.
    Raises `IndexUnusable`.
    """
    manifest = layout.Manifest.read(folder)
    manifest.check_hashes(folder)
    if manifest.segments:
        segments = [folder.parent / layout.SEGMENTS / name for name, _, _ in manifest.segments]
        checked = [verify_folder(segment, sample, server) for segment in segments]
        return sum(found for found, _ in checked), sum(tried for _, tried in checked)
    with closing(Segment(folder, searched=False)) as segment:
        try:
            Entities.open([(folder / layout.ENTITIES, np.arange(segment.articles))])
        except (OSError, ValueError) as error:
            raise IndexUnusable(f"the index is damaged: {error}", where=str(folder), do=layout.REBUILD) from error
        if not manifest.collection:
            return 0, 0
        with closing(chroma.CollectionReader(folder / layout.CHROMA, server)) as reader:
            if (count := reader.count()) != manifest.passages:
                what = f"Chroma has {count} passages instead of {manifest.passages}"
                raise IndexUnusable(what, where=str(folder), do=layout.REBUILD)
            return _check_recall(segment, reader, sample) if count else (0, 0)


def _check_recall(segment: Segment, reader: chroma.CollectionReader, most: int) -> tuple[int, int]:
    sample = np.unique(np.linspace(0, segment.count - 1, most).astype(int))
    found = 0
    for row in sample:
        vector = np.asarray(segment.passages[row])
        nearest = segment.ids.rows(reader.nearest(vector, min(_AMONG, segment.count)))
        # A passage with an identical vector counts as well: their order is arbitrary.
        found += bool((segment.dense(vector, nearest[nearest >= 0]) > 1 - 1e-5).any())
    if found < _LEAST_RECALL * len(sample):
        what = f"only {found} of {len(sample)} passages are found by their own vectors"
        raise IndexUnusable(what, where=str(segment.folder), do=layout.REBUILD)
    return found, len(sample)


def main() -> int:
    """The child process. Exit codes: 0 valid, 1 invalid."""
    try:
        found, tried = verify_folder(Path(sys.argv[1]), int(sys.argv[2]))
    except IndexUnusable as error:
        sys.stderr.write(f"{error.what}\n")
        return 1
    sys.stdout.write(f"{found} {tried}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
