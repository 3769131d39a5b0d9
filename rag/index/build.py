"""Build the folder of one index generation: a segment of the passages that it adds, and the columns of all of them.

A generation is derived data: it can be rebuilt from the catalog and never changes.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rag.index import layout
from rag.index.chroma import ChromaServer
from rag.index.near_duplicates import NEAR_PAIRS, STORY_PAIRS, groups, pairs_with
from rag.index.places import Places
from rag.index.segment import Segment, count_articles, write_segment
from rag.index.verify import verify_folder, verify_in_child
from rag.store.locks import being_built, fsync, fsync_tree, remove_folder
from rag.store.private import make_private, tighten_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from rag.config import Settings
    from rag.types import Passage


def build(
    folder: Path,
    passages: Iterable[Passage],
    vectors: Callable[[list[str]], NDArray[np.float32]],
    fingerprint: str,
    verify: Callable[[Path], object] = verify_in_child,
    server: ChromaServer | None = None,
    *,
    filled: bool = False,
    base: Path | None = None,
    removed: Collection[str] = (),
) -> None:
    """Write the generation of `passages` into `folder`, which must not exist; the manifest is written last.

    With `base`, the folder of another generation of the same model, the new one has the passages of that one, except
    those of the articles `removed`, and also `passages`: only these are written, as a segment of their own; a segment
    that has nothing left is dropped. The passages of an article must be consecutive, and with `base`, articles sorted
    by id in both.

    `vectors` returns the unit vectors of texts, shape (n, dimension), in order; it is called for passages and sentences
    without surrounding white space, and never for a text without letters, whose row is zero. Without passages the index
    finds nothing. With a `server`, the vectors of passages are stored in collections of it, one per segment, unless
    they are `filled` already by the machine that made the generation. The caller switches to the folder after this
    returns. Raises `IndexUnusable` if the segment fails verification.
    """
    make_private(folder.parent)
    home = folder.parent / layout.SEGMENTS
    kept = [] if base is None else [*layout.Manifest.read(base).segments]
    segment = home / folder.name
    make_private(home)
    with being_built(segment):
        made = write_segment(
            segment, passages, vectors, fingerprint, server, earlier=[home / name for name, _, _ in kept], filled=filled
        )
        fsync_tree(segment)
        if made.passages or not kept:
            verify(segment)
            kept.append((folder.name, made.passages, count_articles(layout.mapped(segment / layout.NUMBERS))))
        folder.mkdir(mode=0o700)
        columns, kept = (_first(segment), kept) if base is None else _extended(base, kept, home, removed)
        columns.save(folder)
        layout.Manifest.of(folder, fingerprint, columns.places.count, made.dimension, segments=kept).write(folder)
        tighten_tree(folder)
        fsync(home)
        fsync_tree(folder)
    if not any(name == folder.name for name, _, _ in kept):
        remove_folder(segment)


def build_for(settings: Settings, corpus: str, *, filled: bool = False) -> Callable[..., None]:
    """`build` for these settings: with Chroma in this process, or on the configured server. `filled` as there."""
    server = ChromaServer.of(settings, corpus)
    if server is None:
        return build
    # The machine that filled the collections has verified them.
    verify = verify_folder if filled else partial(verify_folder, server=server)
    return partial(build, verify=verify, server=server, filled=filled)


class _Columns(NamedTuple):
    """Columns of a generation.

    By place: `classes`, the first place with the same words. As pairs: `near` of places of near-duplicate passages, and
    `stories` of articles of one story, numbered over all segments; some of them may have been removed since.
    `numbers` is the number of each row's article over all segments.
    """

    places: Places
    numbers: NDArray[np.int64]
    classes: NDArray[np.int32]
    near: NDArray[np.int64]
    stories: NDArray[np.int64]

    def save(self, folder: Path) -> None:
        """Write them, and what a question needs, by ordinal."""
        count, places = self.places.count, self.places.places
        at = np.arange(count) if places is None else places
        if places is not None:
            np.save(folder / layout.PLACES, places)
        np.save(folder / layout.CLASSES, self.classes)
        np.save(folder / NEAR_PAIRS, self.near)
        np.save(folder / STORY_PAIRS, self.stories)
        ordinals = np.full(len(self.classes), -1, np.int64)
        ordinals[at] = np.arange(count)
        numbers = self.numbers[at]
        articles = np.cumsum(np.diff(numbers, prepend=numbers[:1]) != 0)
        np.save(folder / layout.ARTICLES, articles.astype(np.int32))
        classes = self.classes[at]
        first = np.full(len(self.classes), -1, np.int64)
        first[classes[::-1]] = np.arange(count)[::-1]
        _save_sorted(folder / layout.GROUPS, folder / layout.GROUPS_ORDER, first[classes])
        np.save(folder / layout.NEAR, groups(count, _still(ordinals, self.near)))
        of_number = np.full(int(self.numbers.max(initial=-1)) + 1, -1, np.int64)
        of_number[numbers] = articles
        total = int(articles[-1]) + 1 if count else 0
        stories = groups(total, _still(of_number, self.stories))
        firsts = np.searchsorted(articles, stories)  # the first passage of each article's story
        _save_sorted(folder / layout.STORIES, folder / layout.STORIES_ORDER, firsts[articles])


def _save_sorted(path: Path, order: Path, values: NDArray[np.int64]) -> None:
    np.save(path, values.astype(np.int32))
    np.save(order, np.argsort(values, kind="stable"))


def _still(now: NDArray[np.int64], pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """These pairs by their present numbers, without those of which one was removed."""
    found = now[pairs]
    return found[(found >= 0).all(axis=1)]


def _first(segment: Path) -> _Columns:
    """The columns of a generation with one segment."""
    made = Segment(segment, searched=False)
    rows = made.first_with_words(made.digests())
    return _Columns(
        Places([made.count]),
        np.asarray(made.numbers, np.int64),
        rows.astype(np.int32),
        np.load(segment / NEAR_PAIRS),
        np.load(segment / STORY_PAIRS),
    )


_Segments = list[tuple[str, int, int]]


def _extended(base: Path, segments: _Segments, home: Path, removed: Collection[str]) -> tuple[_Columns, _Segments]:
    """The columns of `base`, without the articles `removed` and with those of the segments that it lacks; and the
    segments that have passages."""
    before = layout.Manifest.read(base)
    opened = [Segment(home / name, searched=False) for name, _, _ in segments]
    sizes = [one.count for one in opened]
    old = Places.open(base, sizes[: len(before.segments)])
    starts, articles = _starts(sizes), _starts(one.articles for one in opened)
    numbers = np.concatenate(
        [one.numbers.astype(np.int64) + first for one, first in zip(opened, articles, strict=True)]
    )
    at = np.arange(old.count) if old.places is None else np.asarray(old.places, np.int64)
    classes = np.load(base / layout.CLASSES)
    near, stories = [np.load(base / NEAR_PAIRS)], [np.load(base / STORY_PAIRS)]
    gone = _places_of_articles(opened[: len(before.segments)], old, removed)
    at = at[~np.isin(at, gone)] if len(gone) else at
    if len(segments) > len(before.segments):
        new = opened[-1]
        digests = new.digests()
        class_of = np.full(new.count, -1, np.int64)
        for number, one in enumerate(opened):
            rows = one.first_with_words(digests)
            found = (rows >= 0) & (class_of < 0)
            start = starts[number]
            class_of[found] = start + rows[found] if one is new else classes[start + rows[found]]
            if one is not new:
                passages, of = pairs_with(one.folder, new.folder)
                near.append(passages + np.array([start, starts[-1]]))
                stories.append(of + np.array([articles[number], articles[-1]]))
        classes = np.concatenate([classes, class_of.astype(np.int32)])
        near.append(np.load(new.folder / NEAR_PAIRS) + starts[-1])
        stories.append(np.load(new.folder / STORY_PAIRS) + articles[-1])
        at = _merged(at, new, starts, opened)
    return _without_empty(segments, at, numbers, classes, np.concatenate(near), np.concatenate(stories))


def _without_empty(
    segments: _Segments,
    at: NDArray[np.int64],
    numbers: NDArray[np.int64],
    classes: NDArray[np.int32],
    near: NDArray[np.int64],
    stories: NDArray[np.int64],
) -> tuple[_Columns, _Segments]:
    """Columns without the rows of segments of which nothing is left."""
    sizes, articles = [rows for _, rows, _ in segments], [of for _, _, of in segments]
    held = np.bincount(np.searchsorted(_starts(sizes), at, side="right") - 1, minlength=len(segments)) > 0
    held[0] |= not held.any()
    kept = [one for one, has in zip(segments, held.tolist(), strict=True) if has]
    if len(kept) < len(segments):
        rows, of = np.repeat(held, sizes), np.repeat(held, articles)
        place, number = (np.where(mask, np.cumsum(mask) - 1, -1) for mask in (rows, of))
        at, near, stories, numbers = place[at], _still(place, near), _still(number, stories), number[numbers[rows]]
        _, first, which = np.unique(classes[rows], return_index=True, return_inverse=True)
        classes = first[which].astype(np.int32)
    places = Places([rows for _, rows, _ in kept], at.astype(np.int32))
    return _Columns(places, numbers, classes, near, stories), kept


def _starts(sizes: Iterable[int]) -> list[int]:
    starts = [0]
    for size in sizes:
        starts.append(starts[-1] + size)
    return starts[:-1]


def _places_of_articles(segments: Sequence[Segment], places: Places, articles: Collection[str]) -> NDArray[np.int64]:
    """Places of the passages of these articles."""
    found = [np.zeros(0, np.int64)]
    wanted = sorted(articles)
    for number, segment in enumerate(segments):
        rows = segment.rows_of_articles(wanted)
        kept = places.kept(number, rows)
        found.append((rows if kept is None else rows[kept]) + places.starts[number])
    return np.concatenate(found)


def _merged(
    at: NDArray[np.int64], new: Segment, starts: Sequence[int], segments: Sequence[Segment]
) -> NDArray[np.int64]:
    """Places in the order of article ids: those of earlier segments, already in order, and all rows of the new one."""

    def article_at(place: int) -> str:
        segment = int(np.searchsorted(starts, place, side="right")) - 1
        return segments[segment].ids[place - starts[segment]].rpartition("@")[0]

    firsts = new.first_rows()
    where = np.zeros(new.articles, np.int64)
    low = 0
    for number, first in enumerate(firsts.tolist()):
        article, high = new.ids[first].rpartition("@")[0], len(at)
        while low < high:  # the articles of a segment ascend, so the search goes on from the last one
            middle = (low + high) // 2
            if article_at(int(at[middle])) < article:
                low = middle + 1
            else:
                high = middle
        where[number] = low
    return np.insert(at, where[new.numbers], starts[-1] + np.arange(new.count))
