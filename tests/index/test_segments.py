"""A generation of several segments gives what one whole index gives, to the last digit."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pytest
from builders import article
from fake_vectors import vectors

from rag.extract.chunking import split
from rag.index import layout
from rag.index.build import build
from rag.index.merging import SMALL, due, extension
from rag.index.places import Places
from rag.index.reader import Index
from rag.index.verify import verify_folder
from rag.types import Passage

WORDS = "قمح سوق ذهب وزير نفط بحر قال زار المعلم سوتشي لافروف اليوم أمس 12 2015 مدينة خبر".split()  # noqa: SIM905
QUESTION = "ماذا قال المعلم في سوتشي؟"


def text(dice: random.Random) -> str:
    return ". ".join(" ".join(dice.choices(WORDS, k=8)) for _ in range(6)) + "."


def passages(texts: Mapping[str, str]) -> list[Passage]:
    """Passages of at most 20 words of articles by source, sorted by article id."""
    count = lambda texts: [len(text.split()) for text in texts]  # noqa: E731
    articles = sorted((article(text, source=source) for source, text in texts.items()), key=lambda one: one.id)
    return [one for of in articles for one in split(of, count, 20)]


def ids(sources: Iterable[str]) -> list[str]:
    return [article("خبر.", source=source).id for source in sources]


def assert_the_same(ours: Path, whole: Path) -> None:
    (vector,) = vectors([QUESTION])
    asked = ["قمح", "سوق", "زار", "المعلم", "مجهول"]
    with Index.open(ours, "fake") as one, Index.open(whole, "fake") as other:
        assert list(one.ids) == list(other.ids)
        every = np.arange(other.count)
        for name in ("groups", "near", "stories", "articles"):
            assert np.array_equal(getattr(one, name), getattr(other, name)), name
        some = np.sort(np.random.default_rng(1).choice(every, min(30, len(every)), replace=False))
        pairs = [
            (
                index.keywords.points(asked)[0],
                index.keywords.points(asked)[1],
                index.keywords.frequencies(["قمح", "سوق"], ["زار"]),
                index.keywords.holders(["قمح", "زار"]),
                index.keywords.shares([{"قمح": 1.0, "سوق": 0.5}], some),
                index.names("Did Lavrov visit Sochi?", some),
                index.dense(vector, every),
                index.sentence(vector, every),
                index.nearest(vector, 10),
                index.nearest_of(vector, some, 5),
                index.holding([{"زار"}, {"المعلم"}]),
                index.ids.ordinals(list(other.ids)[:5]),
                index.twins(0),
                index.story(other.ids[0]),
                index.vectors(),
            )
            for index in (one, other)
        ]
        for place, (mine, theirs) in enumerate(zip(*pairs, strict=True)):
            assert np.array_equal(mine, theirs), place
        mine, theirs = ({spelling.written for spelling in index.entities().spellings} for index in (one, other))
        assert mine == theirs


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_added_replaced_removed_and_written_again_the_scores_are_those_of_one_index(
    tmp_path: Path, seed: int
) -> None:
    dice = random.Random(seed)
    now = {f"{number}.txt": text(dice) for number in range(20)}
    now["19.txt"] = now["3.txt"]
    base = tmp_path / "000001"
    build(base, passages(now), vectors, "fake", verify_folder)
    for step in range(2, 9):
        gone = dice.sample(sorted(now), k=dice.randint(0, 3))
        changed = {source: text(dice) for source in gone if dice.random() < 0.5}
        copied = dice.choice(list(now.values()))
        for source in gone:
            del now[source]
        changed |= {f"{step}-{n}.txt": copied if n else text(dice) for n in range(dice.randint(0, 3))}
        now |= changed
        plan = extension(base, ids(changed), ids(gone))
        assert plan is not None
        written = {source: now[source] for source in now if ids([source])[0] in plan.write}
        folder = tmp_path / f"{step:06}"
        build(folder, passages(written), vectors, "fake", verify_folder, base=base, removed=plan.remove)
        build(tmp_path / f"whole{step}", passages(now), vectors, "fake", verify_folder)
        verify_folder(folder)
        assert_the_same(folder, tmp_path / f"whole{step}")
        base = folder
    assert len(layout.Manifest.read(base).segments) > 1


def grown(tmp_path: Path, sizes: list[int]) -> Path:
    """A generation with segments of so many articles, built one after another; returns its folder."""
    dice = random.Random(5)
    base = None
    for number, size in enumerate(sizes):
        new = {f"{number}-{n}.txt": text(dice) for n in range(size)}
        build(tmp_path / f"{number:06}", passages(new), vectors, "fake", verify_folder, base=base)
        base = tmp_path / f"{number:06}"
    assert base is not None
    return base


def test_a_small_segment_at_the_end_is_written_again_with_the_next_change(tmp_path: Path) -> None:
    base = grown(tmp_path, [40, 2])
    plan = extension(base, ids(["new.txt"]), [])
    assert plan is not None
    assert plan.write == sorted(ids(["1-0.txt", "1-1.txt", "new.txt"]))
    assert plan.remove == sorted(ids(["1-0.txt", "1-1.txt"]))


def test_a_larger_segment_stays_until_as_much_came_after_it(tmp_path: Path) -> None:
    base = grown(tmp_path, [60, SMALL // 2])  # an article has three passages
    plan = extension(base, ids(["new.txt"]), ids(["1-0.txt"]))
    assert plan == (ids(["new.txt"]), ids(["1-0.txt"]))


def test_an_index_that_is_mostly_new_is_built_anew(tmp_path: Path) -> None:
    base = grown(tmp_path, [5])
    assert extension(base, ids(f"new{n}.txt" for n in range(6)), []) is None
    assert extension(base, ids(f"new{n}.txt" for n in range(5)), []) is not None


def test_a_damaged_generation_is_never_extended(tmp_path: Path) -> None:
    base = grown(tmp_path, [5])
    (tmp_path / layout.SEGMENTS / "000000" / layout.NUMBERS).unlink()
    assert extension(base, ids(["new.txt"]), []) is None


def test_all_segments_are_due_once_a_quarter_is_new_or_gone(tmp_path: Path) -> None:
    assert due(grown(tmp_path / "a", [16, 2, 2])) == []
    assert due(grown(tmp_path / "b", [16, 3, 2])) is None
    base = grown(tmp_path / "c", [16])
    for gone, expected in ((4, []), (5, None)):
        folder = tmp_path / "c" / f"gone{gone}"
        removed = ids(f"0-{n}.txt" for n in range(gone))
        build(folder, [], vectors, "fake", verify_folder, base=base, removed=removed)
        assert due(folder) == expected


def test_eight_segments_of_a_size_are_due_together(tmp_path: Path) -> None:
    base = grown(tmp_path, [60, *[1] * 8])
    assert due(base) == sorted(ids(f"{n}-0.txt" for n in range(1, 9)))
    assert due(tmp_path / "000007") == []


def test_a_segment_of_which_nothing_is_left_is_dropped(tmp_path: Path) -> None:
    base = grown(tmp_path, [5, 1])
    build(tmp_path / "next", [], vectors, "fake", verify_folder, base=base, removed=ids(["1-0.txt"]))
    assert [name for name, _, _ in layout.Manifest.read(tmp_path / "next").segments] == ["000000"]
    assert not (tmp_path / layout.SEGMENTS / "next").exists()


def test_generations_share_the_segments_that_they_have_in_common(tmp_path: Path) -> None:
    base = grown(tmp_path, [5, 1])
    first = Index.open(tmp_path / "000000", "fake")
    second = Index.open(base, "fake", beside=first)
    assert second.segments[0] is first.segments[0]
    first.close()
    assert len(second.nearest(vectors([QUESTION])[0], 3)) == 3
    second.close()


def test_places_are_found_by_ordinal_and_back() -> None:
    # Two segments of three and two rows; the first row of each was removed, and the rest is interleaved.
    places = Places([3, 2], np.array([1, 4, 2]))
    assert [(one.segment, one.at.tolist(), one.rows.tolist()) for one in places.locate(np.array([2, 1]))] == [
        (0, [0], [2]),
        (1, [1], [1]),
    ]
    assert [places.one(ordinal) for ordinal in range(3)] == [(0, 1), (1, 1), (0, 2)]
    assert places.ordinals(0, np.array([0, 1, 2])).tolist() == [0, 2]
    assert places.ordinals(1, np.array([0, 1])).tolist() == [1]
    assert (places.removed(0), places.removed_among(0, np.array([1, 2])), places.removed_among(1, np.array([0]))) == (
        1,
        0,
        1,
    )
