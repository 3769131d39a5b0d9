"""Share of a question's names that a passage has in the other script."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from builders import article
from fake_vectors import FakeEmbedder, vectors

from rag.extract.chunking import split
from rag.index.build import build
from rag.index.reader import Index
from rag.index.verify import verify_folder


def index_of(texts: list[str], folder: Path) -> Index:
    articles = [article(text, source=f"{place}.txt") for place, text in enumerate(texts)]
    build(
        folder,
        [one for of in articles for one in split(of, FakeEmbedder().count_tokens, 100)],
        vectors,
        "fake",
        verify_folder,
    )
    return Index.open(folder, "fake")


def test_the_share_weighs_rare_names_more(tmp_path: Path) -> None:
    index = index_of(["قال لافروف وبيسكوف", "قال بيسكوف", "قالت زاخاروفا", "ارتفع القمح"], tmp_path / "g")
    # Of four passages Lavrov is in one and Peskov in two: idf ln(1 + 3.5/1.5) and ln(1 + 2.5/2.5).
    lavrov, peskov = math.log(10 / 3), math.log(2)
    expected = [1.0, peskov / (lavrov + peskov), 0.0, 0.0]
    assert index.names("What did Lavrov tell Peskov?", np.arange(4)) == pytest.approx(expected)
    assert index.names("What did Lavrov tell Peskov?", np.array([1, 3])) == pytest.approx([expected[1], 0.0])


def test_a_name_that_no_passage_has_still_counts_as_asked(tmp_path: Path) -> None:
    index = index_of(["قال لافروف", "ارتفع القمح"], tmp_path / "g")
    # Of two passages: idf ln(1 + 1.5/1.5) for Lavrov, ln(1 + 2.5/0.5) for Zakharova.
    expected = math.log(2) / (math.log(2) + math.log(6))
    assert index.names("Did Lavrov meet Zakharova?", np.arange(2)) == pytest.approx([expected, 0.0])


def test_a_question_without_names_and_an_empty_corpus_score_nothing(tmp_path: Path) -> None:
    one, none = index_of(["قال لافروف"], tmp_path / "one"), index_of([], tmp_path / "none")
    assert one.names("what is the price of wheat?", np.arange(1)).tolist() == [0.0]
    assert none.names("Did Lavrov go?", np.arange(0)).tolist() == []
