"""Positions of words: a phrase is found where its words follow one another, and nowhere else."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from builders import article
from fake_vectors import FakeEmbedder, vectors
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import IndexUnusable
from rag.extract.chunking import split
from rag.index import layout
from rag.index.bm25 import WordsBuilder, WordsIndex
from rag.index.build import build
from rag.index.reader import Index
from rag.index.verify import verify_folder
from rag.text.normalise import whole_words
from rag.types import Passage, Span


def passages(*articles: list[str]) -> list[Passage]:
    made = []
    for number, texts in enumerate(articles):
        for place, text in enumerate(texts):
            span = Span(place * 1000, place * 1000 + len(text))
            made.append(Passage(f"{number}@{place}", str(number), "0", span, (span,), text))
    return made


def holding(index: WordsIndex, *words: str) -> list[int]:
    return index.holding([{word} for word in words]).tolist()


def index_of(made: list[Passage]) -> WordsIndex:
    builder = WordsBuilder()
    for passage in made:
        builder.add(passage.article_id, whole_words(passage.text))
    with TemporaryDirectory() as place:
        builder.save(Path(place) / "words")
        return WordsIndex(Path(place) / "words")  # the files stay mapped after they are removed


NEWS = passages(["بيان جنيف الأول", "والثاني. صدر"], ["بيان في جنيف", "", "جنيف"], ["بيان"], ["جنيف، بيان: جِنيف!"])


def test_a_phrase_is_found_where_its_words_follow_one_another() -> None:
    index = index_of(NEWS)
    assert holding(index, "جنيف") == [0, 2, 4, 6]
    assert holding(index, "بيان", "جنيف") == [0, 6]
    assert holding(index, "بيان", "في", "جنيف") == [2]
    assert holding(index, "سوتشي") == []
    assert holding(index, "بيان", "سوتشي") == []


def test_a_phrase_may_run_into_the_next_passage_and_not_into_the_next_article() -> None:
    index = index_of(NEWS)
    assert holding(index, "الاول", "والثاني") == [0]
    assert holding(index, "جنيف", "جنيف") == [2]
    assert holding(index, "جنيف", "بيان") == [6]  # not the last word of the second article and the first of the third


def test_any_form_of_a_word_is_found() -> None:
    assert index_of(NEWS).holding([{"الاول", "في"}, {"جنيف", "والثاني"}]).tolist() == [0, 2]


@given(st.lists(st.lists(st.lists(st.sampled_from("abc"), max_size=5), min_size=1, max_size=3), max_size=4), st.data())
def test_positions_find_what_reading_every_article_finds(articles: list[list[list[str]]], data: st.DataObject) -> None:
    phrase = data.draw(st.lists(st.sampled_from("abcd"), min_size=1, max_size=3))
    index = index_of(passages(*([" ".join(words) for words in one] for one in articles)))
    expected, ordinal = [], 0
    for one in articles:
        owners = [ordinal + place for place, words in enumerate(one) for _ in words]
        every = [word for words in one for word in words]
        expected += [owners[at] for at in range(len(every)) if every[at : at + len(phrase)] == phrase]
        ordinal += len(one)
    assert holding(index, *phrase) == sorted(set(expected))


def test_a_small_memory_makes_the_same_files(tmp_path: Path) -> None:
    for name, part in (("small", 2), ("large", 1 << 10)):
        builder = WordsBuilder(part=part)
        for passage in NEWS:
            builder.add(passage.article_id, passage.text.split())
        builder.save(tmp_path / name)
    for path in (tmp_path / "small").iterdir():
        assert path.read_bytes() == (tmp_path / "large" / path.name).read_bytes()


def built(folder: Path) -> list[Passage]:
    made = split(article("صدر بيان جنيف أمس."), FakeEmbedder().count_tokens, 100)
    build(folder, made, vectors, "fake", verify_folder)
    return made


def test_a_generation_has_the_positions_of_its_words(tmp_path: Path) -> None:
    built(tmp_path / "g")
    with Index.open(tmp_path / "g", "fake") as index:
        assert index.holding([{"بيان"}, {"جنيف"}]).tolist() == [0]


def test_damaged_positions_are_an_error_that_says_so(tmp_path: Path) -> None:
    built(tmp_path / "g")
    (tmp_path / layout.SEGMENTS / "g" / layout.WORDS / "hashes.npy").unlink()
    with pytest.raises(IndexUnusable, match="the index is damaged"):
        Index.open(tmp_path / "g", "fake")
