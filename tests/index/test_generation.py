from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from builders import article
from fake_vectors import DIMENSION, vectors
from numpy.typing import NDArray

from rag.errors import IndexUnusable, WrongModel
from rag.extract.chunking import split
from rag.index import chroma, layout
from rag.index.build import build
from rag.index.reader import Index
from rag.index.segment import BATCH
from rag.index.verify import verify_folder, verify_in_child
from rag.types import Passage

WHEAT = "ارتفع سعر القمح في القاهرة. وقال الوزير إن المخزون يكفي ستة أشهر."
SOCHI = "زار المعلم سوتشي أمس. والتقى لافروف هناك."


def passages(*texts: str, budget: int = 100) -> list[Passage]:
    """Every text is an article of its own, cut into passages of at most `budget` words."""
    count = lambda texts: [len(text.split()) for text in texts]  # noqa: E731
    return [
        passage
        for place, text in enumerate(texts)
        for passage in split(article(text, source=f"{place}.txt"), count, budget)
    ]


def many(count: int) -> list[Passage]:
    return passages(*(f"خبر رقم {n} عن المدينة {n * 7}. وفيه جملة {n * 13} ثانية." for n in range(count)))


def test_the_nearest_passages_are_those_of_an_exact_search(tmp_path: Path) -> None:
    every = many(BATCH + 100)
    build(tmp_path / "g", every, vectors, "fake", verify_folder)
    rows = vectors([passage.text.strip() for passage in every])
    with Index.open(tmp_path / "g", "fake") as index:
        assert list(index.ids) == [passage.id for passage in every]
        for place in (0, 100, len(every) - 1):
            exact = np.argsort(-(rows @ rows[place]), kind="stable")[:10].tolist()
            found = index.nearest(rows[place], 10).tolist()
            assert found[0] == place
            assert len(set(found) & set(exact)) >= 9


def test_the_scores_are_exact_cosines_of_passage_and_best_sentence(tmp_path: Path) -> None:
    every = passages(WHEAT, SOCHI, "جملة واحدة")
    build(tmp_path / "g", every, vectors, "fake", verify_folder)
    (question,) = vectors(["من زار سوتشي أمس."])
    with Index.open(tmp_path / "g", "fake") as index:
        ordinals = np.array([2, 0, 1])
        texts = [every[place].text.strip() for place in ordinals]
        assert index.dense(question, ordinals) == pytest.approx(vectors(texts) @ question, abs=1e-6)
        expected = []
        for place in ordinals:
            passage = every[place]
            of = [span.of("".join([" " * passage.span.start, passage.text])).strip() for span in passage.sentences]
            cosines = vectors(of) @ question
            expected.append(cosines.max())
            assert index.sentences(question, int(place)).argmax() == cosines.argmax()
        # Vectors of sentences are stored in half precision.
        assert index.sentence(question, ordinals) == pytest.approx(expected, abs=2e-3)
        assert index.sentence(question, np.zeros(0, np.int64)).tolist() == []


def test_a_sentence_without_letters_is_never_embedded_and_never_the_best(tmp_path: Path) -> None:
    text = "القمح غال. 1234. ---"
    start = len("القمح غال. ")
    one = passages(text)[0]
    cut = Passage(
        one.id, one.article_id, one.sha256, one.span, (type(one.span)(0, start), type(one.span)(start, 20)), text
    )
    asked: list[str] = []

    def watched(texts: list[str]) -> NDArray[np.float32]:
        asked.extend(texts)
        return vectors(texts)

    build(tmp_path / "g", [cut], watched, "fake", verify_folder)
    assert asked == [text, "القمح غال."]
    with Index.open(tmp_path / "g", "fake") as index:
        away = -vectors(["القمح غال."])[0]
        assert index.sentences(away, 0).argmax() == 0 or index.sentence(away, np.array([0]))[0] == pytest.approx(-1.0)
        assert index.sentences(vectors(["سوتشي"])[0], 0).argmax() == 0


def test_chroma_never_sees_a_text(tmp_path: Path) -> None:
    build(tmp_path / "g", passages(SOCHI), vectors, "fake", verify_folder)
    with closing(sqlite3.connect(segment(tmp_path / "g") / layout.CHROMA / "chroma.sqlite3")) as database:
        dump = "\n".join(database.iterdump())
    assert "سوتشي" not in dump
    assert json.dumps("سوتشي") not in dump


def test_passages_with_the_same_words_are_twins_whatever_their_marks(tmp_path: Path) -> None:
    build(tmp_path / "g", passages("زار المعلم سوتشي.", WHEAT, "زارَ  المُعَلِّم سوتشي."), vectors, "fake", verify_folder)
    with Index.open(tmp_path / "g", "fake") as index:
        assert [index.twins(place).tolist() for place in range(3)] == [[2], [], [0]]


def test_no_passage_makes_an_index_that_finds_nothing(tmp_path: Path) -> None:
    build(tmp_path / "g", [], vectors, "fake", verify_folder)
    with Index.open(tmp_path / "g", "fake") as index:
        assert index.nearest(np.ones(DIMENSION, np.float32), 5).tolist() == []
        assert index.keywords.scores(["قمح"]).tolist() == []


def test_an_index_of_another_model_is_refused_with_the_way_to_rebuild(tmp_path: Path) -> None:
    build(tmp_path / "g", passages(SOCHI), vectors, "one model", verify_folder)
    with pytest.raises(WrongModel, match="isnad ingest"):
        Index.open(tmp_path / "g", "another model")


def test_no_index_says_to_ingest(tmp_path: Path) -> None:
    with pytest.raises(IndexUnusable, match=r"no index yet.*isnad ingest"):
        Index.open(tmp_path / "none", "fake")


def test_a_folder_that_exists_is_never_built_in(tmp_path: Path) -> None:
    with pytest.raises(FileExistsError):
        build(tmp_path, passages(SOCHI), vectors, "fake", verify_folder)


def test_an_index_opened_twice_is_closed_twice(tmp_path: Path) -> None:
    build(tmp_path / "g", passages(SOCHI, WHEAT), vectors, "fake", verify_folder)
    (question,) = vectors(["سوتشي"])
    first, second = Index.open(tmp_path / "g", "fake"), Index.open(tmp_path / "g", "fake")
    first.close()
    first.close()
    assert len(second.nearest(question, 2)) == 2
    second.close()
    with Index.open(tmp_path / "g", "fake") as again:
        assert len(again.nearest(question, 2)) == 2


def test_the_child_process_trusts_a_whole_index(tmp_path: Path) -> None:
    build(tmp_path / "g", many(20), vectors, "fake", verify_in_child)


def segment(folder: Path) -> Path:
    """The segment that was built for the generation in `folder`."""
    return folder.parent / layout.SEGMENTS / folder.name


def spoil_rows(folder: Path) -> None:
    path = folder / layout.PASSAGES
    content = bytearray(path.read_bytes())
    content[-4:] = b"\x00\x00\x80\x3f"
    path.write_bytes(content)


def cut_rows(folder: Path) -> None:
    path = folder / layout.SENTENCES
    path.write_bytes(path.read_bytes()[:-8])


def empty_database(folder: Path) -> None:
    (folder / layout.CHROMA / "chroma.sqlite3").write_bytes(b"")


def lose_database(folder: Path) -> None:
    (folder / layout.CHROMA / "chroma.sqlite3").unlink()


def cut_database(folder: Path) -> None:
    path = folder / layout.CHROMA / "chroma.sqlite3"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def lose_bm25(folder: Path) -> None:
    (folder / layout.BM25 / "hashes.npy").unlink()


def no_manifest(folder: Path) -> None:
    (folder / layout.MANIFEST).unlink()


def half_a_manifest(folder: Path) -> None:
    path = folder / layout.MANIFEST
    path.write_text(path.read_text()[:50])


def another_format(folder: Path) -> None:
    path = folder / layout.MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text()) | {"version": 99}))


@pytest.mark.parametrize(
    "spoil",
    [
        spoil_rows, cut_rows, empty_database, lose_database, lose_bm25, no_manifest, half_a_manifest, another_format,
    ],
)  # fmt: skip
def test_a_torn_index_is_found_out(tmp_path: Path, spoil: object) -> None:
    build(tmp_path / "g", many(30), vectors, "fake", verify_folder)
    spoil(segment(tmp_path / "g"))
    with pytest.raises(IndexUnusable):
        verify_folder(tmp_path / "g")


def test_what_could_crash_its_reader_is_found_out_by_the_child(tmp_path: Path) -> None:
    build(tmp_path / "g", many(30), vectors, "fake", verify_folder)
    cut_database(segment(tmp_path / "g"))
    with pytest.raises(IndexUnusable, match="is not usable"):
        verify_in_child(tmp_path / "g")


@pytest.mark.parametrize("spoil", [cut_rows, empty_database, lose_database, lose_bm25, half_a_manifest, another_format])
def test_a_torn_index_is_not_opened(tmp_path: Path, spoil: object) -> None:
    build(tmp_path / "g", many(30), vectors, "fake", verify_folder)
    spoil(segment(tmp_path / "g"))
    with pytest.raises(IndexUnusable):
        Index.open(tmp_path / "g", "fake")


def test_vectors_that_do_not_find_themselves_are_found_out(tmp_path: Path) -> None:
    """Chroma's own vectors are those of other passages: counts and hashes agree, answers would be wrong."""
    every = many(300)
    build(tmp_path / "right", every, vectors, "fake", verify_folder)
    rows = {passage.id: row for passage, row in zip(every, vectors([p.text.strip() for p in every]), strict=True)}
    with chroma.CollectionWriter(tmp_path / "mixed") as writer:
        names = list(rows)
        writer.add(names, np.stack([rows[name] for name in names[::-1]]))
    (segment(tmp_path / "right") / layout.CHROMA).rename(tmp_path / "away")
    (tmp_path / "mixed").rename(segment(tmp_path / "right") / layout.CHROMA)
    with pytest.raises(IndexUnusable, match="found by their own vectors"):
        verify_folder(tmp_path / "right")


def test_nothing_that_is_spilled_has_a_name_or_stays(tmp_path: Path) -> None:
    seen: set[str] = set()

    def looks(texts: list[str]) -> NDArray[np.float32]:
        seen.update(path.name for path in segment(tmp_path / "g").iterdir())
        return vectors(texts)

    build(tmp_path / "g", many(2 * BATCH), looks, "fake", verify_folder)
    assert seen == {layout.PASSAGES, layout.SENTENCES}
    for folder in (tmp_path / "g", segment(tmp_path / "g")):
        written = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
        manifest = layout.Manifest.read(folder)
        assert {name for name in written if not name.startswith(layout.CHROMA)} == {*manifest.files, layout.MANIFEST}
