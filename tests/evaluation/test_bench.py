from __future__ import annotations

import json
import tarfile
from pathlib import Path

import numpy as np
import pytest

from eval.bench import claims, data, retrieval
from eval.bench.retrieval import Separation
from rag.errors import BadInput


def test_recall_and_reciprocal_rank_count_what_was_not_found_as_zero() -> None:
    ranks = [1, None, 4, 2]
    assert retrieval.recall_at(ranks, 1) == 1 / 4
    assert retrieval.recall_at(ranks, 2) == 2 / 4
    assert retrieval.recall_at(ranks, 20) == 3 / 4
    assert retrieval.reciprocal_rank(ranks) == pytest.approx((1 + 1 / 4 + 1 / 2) / 4)


def test_a_threshold_refuses_the_share_it_was_made_for() -> None:
    each = Separation("q", present=np.arange(1, 101) / 100, absent=np.array([0.01, 0.05, 0.06, 0.5]))
    score = each.threshold(0.05)
    assert (each.present < score).mean() == 0.05
    assert each.let_through(score) == 2 / 4


def test_the_area_of_a_separation_is_the_share_of_pairs_in_order() -> None:
    # Pairs (2,1) (2,2) (2,3) (3,1) (3,2) (3,3): above, equal, below, above, above, equal.
    each = Separation("q", present=np.array([2.0, 3.0]), absent=np.array([1.0, 2.0, 3.0]))
    assert each.area == pytest.approx((3 + 2 * 0.5) / 6)


def squad(context: str, question: str) -> str:
    paragraph = {"context": context, "qas": [{"question": question, "id": "1", "answers": []}]}
    return json.dumps({"data": [{"title": "t", "paragraphs": [paragraph]}], "version": "1"}, ensure_ascii=False)


def test_questions_point_at_their_paragraph_in_both_languages(tmp_path: Path) -> None:
    (tmp_path / "xquad.ar.json").write_text(squad("خسر الفريق المباراة.", "من خسر المباراة؟"), encoding="utf-8")
    (tmp_path / "xquad.en.json").write_text(squad("The team lost.", "Who lost?"), encoding="utf-8")
    (tmp_path / "arcd-train.json").write_text(squad("ولد الشاعر في دمشق.", " أين ولد؟ "), encoding="utf-8")
    (tmp_path / "a.txt").write_text("<DOC>\n<TEXT>\nارتفع سعر القمح.\n</TEXT>\n</DOC>", encoding="utf-8")
    with tarfile.open(tmp_path / "ant.tar.xz", "w:xz") as archive:
        archive.add(tmp_path / "a.txt", "ant/economy/a.txt")
    content = data.read_data(tmp_path)
    texts = {article.id: article.text for article in content.paragraphs}
    asked = [
        (one.text, one.language, [texts[name] for name in one.gold]) for each in content.sets for one in each.questions
    ]
    assert asked == [
        ("من خسر المباراة؟", "ar", ["خسر الفريق المباراة."]),
        ("Who lost?", "en", ["خسر الفريق المباراة."]),
        ("أين ولد؟", "ar", ["ولد الشاعر في دمشق."]),
        ("أين ولد؟", "ar", ["ولد الشاعر في دمشق."]),
    ]
    assert [article.text for article in content.news] == ["ارتفع سعر القمح."]


def test_a_paragraph_that_begins_another_is_answered_by_both(tmp_path: Path) -> None:
    short, long = "ولد الشاعر في دمشق.", "ولد الشاعر في دمشق. ومات في بيروت."
    title = [
        {"context": short, "qas": [{"question": "أين ولد؟", "answers": [{"text": "دمشق"}]}]},
        {"context": long, "qas": [{"question": "أين مات؟", "answers": [{"text": "بيروت"}]}]},
    ]
    articles, questions = data._squad("arcd", {"data": [{"paragraphs": title}]}, "ar")
    assert [article.text for article in articles] == [short, long]
    assert [one.gold for one in questions] == [("arcd-0000", "arcd-0001"), ("arcd-0001",)]


def test_missing_data_names_where_it_comes_from(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"ISNAD_DATA.*google-deepmind/xquad.*SOQAL.*antcorpus"):
        data.read_data(tmp_path)


def test_the_claims_of_the_two_halves_share_no_source_and_no_claim() -> None:
    tune, held = claims.read("tune"), claims.read("held")
    assert len(tune) > 450
    assert len(held) > 450
    assert {row.claim for row in tune}.isdisjoint(row.claim for row in held)
    assert {quote for row in tune for quote in row.quotes}.isdisjoint(quote for row in held for quote in row.quotes)


def test_the_table_of_claims_counts_what_was_judged() -> None:
    rows = [row for row in claims.read("tune") if row.language == row.quote_language][:60]
    outcome = claims.ClaimOutcome(claims.judge(rows, [0.9] * len(rows), 0.84), 0.001, 0.002)
    written = claims.table(outcome)
    true = sum(row.true for row in rows)
    assert f"| all | {true} | {len(rows) - true} |" in written
    assert "1.0 ms of checks and 2.0 ms of embedding" in written
