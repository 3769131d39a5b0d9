"""What the measures of size are made of: an archive without a model, work apart, and questions that name a date."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from eval.bench import ingest, scale
from eval.bench.ingest import apart
from rag.extract.chunking import split
from rag.types import Article, Rendition, Span, Stated

PARTS = scale.halves(["ارتفع سعر القمح في القاهرة أمس. زار المعلم مدينة سوتشي الروسية. نعم."])


def test_halves_are_those_of_sentences_of_four_words_and_more() -> None:
    assert PARTS == [("ارتفع سعر القمح", "في القاهرة أمس."), ("زار المعلم", "مدينة سوتشي الروسية.")]


def test_made_up_articles_are_the_same_each_time_and_state_outlet_and_day(tmp_path: Path) -> None:
    assert scale.write_articles(tmp_path / "a", 30, PARTS) == scale.write_articles(tmp_path / "b", 30, PARTS)
    files = sorted((tmp_path / "a").rglob("*.txt"))
    assert [path.read_bytes() for path in files] == [path.read_bytes() for path in sorted((tmp_path / "b").rglob("*"))
                                                     if path.is_file()]  # fmt: skip
    embedder = scale.MadeVectors()
    for path in files:
        (article,) = scale.read_written(path.read_bytes(), corpus="c", source=path.name)
        for stated in (article.outlet, article.published):
            assert stated
            assert stated.span.of(article.text) == stated.value
        passages = split(article, embedder.count_tokens, 256)
        assert "".join(passage.text for passage in passages) == article.body[0].of(article.text)


def test_vectors_without_a_model_are_of_length_one_and_depend_on_the_text_alone() -> None:
    embedder = scale.MadeVectors()
    rows = embedder.encode_passages(["قمح", "سوق", "قمح"])
    assert np.linalg.norm(rows, axis=1).tolist() == [1.0] * 3 or np.allclose(np.linalg.norm(rows, axis=1), 1)
    assert (rows[0] == rows[2]).all()
    assert not np.allclose(rows[0], rows[1])
    assert embedder.encode_passages([]).shape == (0, scale.DIMENSION)


def test_work_apart_is_done_in_another_process_and_told_with_its_cost() -> None:
    process, cost = apart(os.getpid)
    assert process != os.getpid()
    assert cost.peak > 2**20
    assert cost.processor >= 0 < cost.seconds


def test_the_table_of_searches_has_the_median_and_the_slow_ones() -> None:
    each = [(float(n), float(2 * n)) for n in range(1, 102)]
    made = scale.table(scale.Searched(700, {"a year": each}, {"a year": 30}, (0.99, 0.5), 0.25, 3 * 2**20))
    assert "| a year | 30 | 51.0 | 96.0 | 102.0 | 192.0 |" in made
    assert "Isnad 0.9900, bare Chroma 0.5000" in made


def test_questions_of_a_date_name_the_month_of_publication_or_another_year() -> None:
    text = "انقطاع الماء عن المدينة غدا\nقال الوزير إن المشروع بدأ في 2011 في الجنوب."
    article = Article(
        id="a", corpus="c", source="a.txt", sha256="0" * 64, text=text, rendition=Rendition("0" * 64, encoding="utf-8"),
        body=(Span(28, len(text)),), title=Stated("انقطاع الماء عن المدينة غدا", Span(0, 27)),
        published=Stated("2016-05-03", Span(0, 10)),
    )  # fmt: skip
    assert ingest.when(article) == "انقطاع الماء عن المدينة في ماي 2016"
    assert ingest.of_what(article) == "قال الوزير إن المشروع بدأ في 2011"
