"""Several folders are one corpus: a source begins with the label of its folder, and that of a single one does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import article
from small_corpus import fill, take_in, wrong

from rag.errors import BadInput, SourceGone
from rag.extract.formats import original
from rag.folders import Roots, Unreadable
from rag.store.catalog import Catalog

ONE = {"a.txt": "خبر من حلب س.\n", "b.txt": "خبر من حمص س.\n"}
TWO = {"a.txt": "خبر من دمشق س.\n"}


def sources(data: Path) -> dict[str, str]:
    with Catalog.open(data / "corpora" / "archive" / "catalog.sqlite3") as catalog:
        current = catalog.current("archive")
        assert current
        ids = [meta.id for meta in catalog.articles_meta(current.id)]
        return {one.source: one.text for one in catalog.articles(current.id, ids).values()}


def folders(base: Path, *names: str) -> list[Path]:
    made = [base / name for name in names]
    for folder in made:
        folder.mkdir(parents=True, exist_ok=True)
    return made


def test_one_folder_gives_its_files_no_label(tmp_path: Path) -> None:
    (folder,) = folders(tmp_path, "أخبار")
    roots = Roots.of(folder)
    assert str(roots) == str(folder)
    assert roots.locate("2016/a.txt") == (folder, "2016/a.txt")


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        (["news", "sana"], ["news", "sana"]),
        (["sana", "news"], ["news", "sana"]),
        (["2016/news", "2017/news", "sana"], ["2016~news", "2017~news", "sana"]),
        (["x/2016/news", "y/2016/news"], ["x~2016~news", "y~2016~news"]),
    ],
)
def test_each_of_several_folders_has_a_label_of_its_own(tmp_path: Path, names: list[str], labels: list[str]) -> None:
    made = folders(tmp_path, *names)
    roots = Roots.of(*made)
    assert [label for label, _ in roots.folders] == labels
    assert {folder for _, folder in roots.folders} == set(made)
    assert Roots.recorded(str(roots)) == roots
    for label, folder in roots.folders:
        assert roots.locate(f"{label}/deep/a.txt") == (folder, "deep/a.txt")
    assert roots.locate("elsewhere/a.txt") is None


def test_a_folder_that_is_named_twice_or_lies_in_another_is_refused(tmp_path: Path) -> None:
    outer, inner, same = folders(tmp_path, "a", "a/b", "c")
    (tmp_path / "link").symlink_to(same)
    for pair in ((outer, inner), (inner, outer), (same, same), (same, tmp_path / "link")):
        with pytest.raises(BadInput, match="given twice, or is inside"):
            Roots.of(*pair)


def test_two_folders_are_ingested_into_one_corpus_and_their_files_are_found_again(tmp_path: Path) -> None:
    one, two = fill(tmp_path / "one", ONE), fill(tmp_path / "two", TWO)
    (two / ".hidden.txt").write_text("x")
    report = take_in([two, one], tmp_path / "data")
    assert (report.added, [entry.source for entry in report.skipped]) == (3, ["two/.hidden.txt"])
    expected = {f"one/{name}": text for name, text in ONE.items()} | {f"two/{name}": text for name, text in TWO.items()}
    assert sources(tmp_path / "data") == expected
    again = take_in([one, two], tmp_path / "data")
    assert (again.unchanged, again.switched) == (3, False), "their order does not matter"
    roots = Roots.of(one, two)
    assert original(roots, article(TWO["a.txt"], source="two/a.txt"), 1000) == TWO["a.txt"].encode()
    with pytest.raises(SourceGone, match="no folder"):
        original(roots, article(TWO["a.txt"], source="a.txt"), 1000)
    for source in ("two/../one/a.txt", "two//a.txt"):
        with pytest.raises(Unreadable):
            original(roots, article(TWO["a.txt"], source=source), 1000)
    assert not wrong(tmp_path / "data")


def test_another_folder_beside_the_first_renames_its_files_and_embeds_none_of_them_again(tmp_path: Path) -> None:
    one, two = fill(tmp_path / "one", ONE), fill(tmp_path / "two", TWO)
    take_in(one, tmp_path / "data")
    report = take_in([one, two], tmp_path / "data")
    assert (report.added, report.renamed, report.deleted, report.embedded) == (1, 2, 0, 1)
    back = take_in(one, tmp_path / "data")
    assert (back.added, back.renamed, back.deleted, back.embedded) == (0, 2, 1, 0)
    assert sources(tmp_path / "data") == ONE


def test_an_empty_folder_among_several_stops_before_anything_is_deleted(tmp_path: Path) -> None:
    one, two = fill(tmp_path / "one", ONE), fill(tmp_path / "two", TWO)
    take_in([one, two], tmp_path / "data")
    (two / "a.txt").unlink()  # as a disk that is not mounted
    with pytest.raises(BadInput, match="two: the folder has no file to read"):
        take_in([one, two], tmp_path / "data")
    assert len(sources(tmp_path / "data")) == 3
    two.rmdir()
    with pytest.raises(BadInput, match="no such folder"):
        take_in([one, two], tmp_path / "data", allow_deletes=True)
    assert len(sources(tmp_path / "data")) == 3


def test_a_folder_that_moved_keeps_its_articles_as_they_are(tmp_path: Path) -> None:
    one, two = fill(tmp_path / "one", ONE), fill(tmp_path / "two", TWO)
    take_in([one, two], tmp_path / "data")
    moved = (tmp_path / "elsewhere").mkdir() or two.rename(tmp_path / "elsewhere" / "two")
    report = take_in([one, moved], tmp_path / "data")
    assert (report.unchanged, report.switched) == (3, False)
