"""Which segments of a generation to extend, to write again, or to merge: few segments, at a cost that grows with what
changes.

As in a log-structured merge tree (O'Neil et al. 1996): a change writes a small segment; small ones at the end are
written again together with it; larger ones are merged eight by eight, and all of them once what was added or removed
since the last such merge is a quarter of the index.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from rag.errors import IndexUnusable
from rag.index import layout
from rag.index.places import Places
from rag.index.segment import Segment

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

SMALL: Final = 64
"""Segments with fewer passages are written again with the next change."""
_TOGETHER: Final = 1024
"""Maximum number of passages written again with a change: a second of one core."""
_FANOUT: Final = 8
"""Number of segments of similar size that are merged into one."""
_SHARE: Final = 0.25
"""Share of the passages that may be added or removed before all segments are merged."""


class Extension(NamedTuple):
    """How to make a generation from an earlier one: the articles to write into a new segment, those to take out of the
    earlier segments, sorted by id."""

    write: list[str]
    remove: list[str]


def extension(base: Path, added: Collection[str], removed: Collection[str]) -> Extension | None:
    """Plan the generation that has the articles `added` and not the versions of `removed` that `base` has; a replaced
    article is in both. None if all of it should be built anew: most of it is new, or `base` cannot be used."""
    try:
        with _Held(base) as held:
            each = max(1.0, held.places.count / max(1, held.articles))
            if len(added) * each > held.places.count:
                return None
            size, again = len(added) * each, set[int]()
            for number, rows in reversed(list(enumerate(held.left))[1:]):
                if rows >= SMALL and (rows > size or size + rows > _TOGETHER):
                    break
                size += rows
                again.add(number)
            of_segments = set(held.articles_of(again)) - set(removed)
    except IndexUnusable:
        return None
    return Extension(sorted({*added, *of_segments}), sorted({*removed, *of_segments}))


def due(generation: Path) -> list[str] | None:
    """Articles of the segments that should be merged into one; empty if none should, None if all should.

    Raises `IndexUnusable` if the generation is damaged.
    """
    with _Held(generation) as held:
        sizes = [one.count for one in held.segments]
        later = sum(held.left[1:])
        if (later > _SHARE * held.left[0] and len(sizes) > 2) or sum(sizes) - sum(held.left) > _SHARE * sum(sizes):
            return None
        tiers = sorted((_tier(rows), number) for number, rows in enumerate(held.left) if number)
        for _, of in groupby(tiers, key=lambda one: one[0]):
            numbers = {number for _, number in of}
            if len(numbers) >= _FANOUT:
                return sorted(held.articles_of(numbers))
        return []


def _tier(rows: int) -> int:
    tier, size = 0, _TOGETHER
    while rows > size:
        tier, size = tier + 1, size * _FANOUT
    return tier


class _Held:
    """The segments of a generation, without its collections, and how many of their passages it still has."""

    def __init__(self, generation: Path) -> None:
        """Raises `IndexUnusable` if the generation or a segment is missing or damaged."""
        manifest = layout.Manifest.read(generation)
        folders = [generation.parent / layout.SEGMENTS / name for name, _, _ in manifest.segments]
        self.segments = [Segment(folder, searched=False) for folder in folders]
        self.places = Places.open(generation, [one.count for one in self.segments])
        self.left = [one.count - self.places.removed(number) for number, one in enumerate(self.segments)]
        self.articles = sum(one.articles for one in self.segments)

    def articles_of(self, segments: Iterable[int]) -> Iterator[str]:
        """Ids of the articles that the generation still has in these segments."""
        for number in segments:
            segment, mask = self.segments[number], self.places.mask(number)
            firsts = segment.first_rows()
            for row in (firsts if mask is None else firsts[mask[firsts]]).tolist():
                yield segment.ids[row].rpartition("@")[0]

    def __enter__(self) -> _Held:
        return self

    def __exit__(self, *_: object) -> None:
        for segment in self.segments:
            segment.close()
