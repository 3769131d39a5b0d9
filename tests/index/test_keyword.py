from __future__ import annotations

import math
from itertools import chain
from pathlib import Path

import bm25s
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.index.bm25 import KeywordBuilder, KeywordIndex
from rag.text.normalise import tokens

WORDS = ["قمح", "سوق", "ذهب", "وزير", "نفط", "بحر"]


def made(passages: list[list[str]], folder: Path) -> KeywordIndex:
    builder = KeywordBuilder()
    for words in passages:
        builder.add(words)
    builder.save(folder)
    return KeywordIndex.open(folder)


def oracle(passages: list[list[str]], asked: list[str]) -> list[float]:
    """BM25 as Lucene's documentation has it, k1 = 1.5 and b = 0.75, over the sum of idf of all words asked."""
    count = len(passages)
    mean = sum(map(len, passages)) / count

    def idf(word: str) -> float:
        frequency = sum(word in words for words in passages)
        return math.log(1 + (count - frequency + 0.5) / (frequency + 0.5))

    scores = []
    for words in passages:
        total = 0.0
        for word in asked:
            times = words.count(word)
            total += idf(word) * times / (times + 1.5 * (1 - 0.75 + 0.75 * len(words) / mean))
        scores.append(total / sum(map(idf, asked)))
    return scores


PASSAGES = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=12), min_size=1, max_size=8)
ASKED = st.lists(st.sampled_from([*WORDS, "مجهول"]), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.sampled_from(WORDS), max_size=12), max_size=9), st.integers(1, 30))
def test_the_points_are_those_of_bm25s_to_the_last_digit_however_little_is_sorted_at_a_time(
    tmp_path_factory: pytest.TempPathFactory, passages: list[list[str]], part: int
) -> None:
    folder = tmp_path_factory.mktemp("bm25") / "ours"
    builder = KeywordBuilder(part=part)
    for words in passages:
        builder.add(words)
    builder.save(folder)
    index = KeywordIndex.open(folder)
    vocabulary = {word: number for number, word in enumerate(dict.fromkeys(chain(*passages)))}
    if vocabulary:
        bm25 = bm25s.BM25()
        bm25.index(([[vocabulary[word] for word in words] for words in passages], vocabulary), show_progress=False)
        starts, holders, scores = (bm25.scores[name] for name in ("indptr", "indices", "data"))
        expected = np.zeros(len(passages), np.float32)
        asked = list(dict.fromkeys(chain(*passages)))  # bm25s adds a token to the vocabulary
        for number in range(len(asked)):
            part = slice(starts[number], starts[number + 1])
            expected[holders[part]] += scores[part]
        assert index.points(asked)[0].tolist() == expected.tolist()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PASSAGES, ASKED)
def test_the_scores_are_those_of_bm25_written_out(
    tmp_path_factory: pytest.TempPathFactory, passages: list[list[str]], asked: list[str]
) -> None:
    index = made(passages, tmp_path_factory.mktemp("bm25") / "index")
    scores = index.scores(asked)
    assert scores == pytest.approx(oracle(passages, asked), abs=1e-6)
    assert all(0 <= score < 1 for score in scores)


def test_one_known_word_among_unknown_ones_is_a_weak_match(tmp_path: Path) -> None:
    index = made([["قمح"], ["سوق"], ["ذهب"]], tmp_path / "index")
    alone, among_ten = index.scores(["قمح"])[0], index.scores(["قمح", *(f"مجهول{n}" for n in range(9))])[0]
    assert among_ten < alone / 10


def test_a_question_without_a_word_of_the_corpus_scores_nothing(tmp_path: Path) -> None:
    index = made([["قمح"], ["سوق"]], tmp_path / "index")
    assert index.scores(["مجهول"]).tolist() == [0.0, 0.0]
    assert index.scores([]).tolist() == [0.0, 0.0]


def test_a_vocalised_word_is_found_by_its_bare_form(tmp_path: Path) -> None:
    index = made([tokens("زارَ الرَّئيسُ مُحَمَّدٌ المدينة"), tokens("ارتفع سعر القمح")], tmp_path / "index")
    assert index.scores(tokens("محمد")).tolist()[0] > 0 == index.scores(tokens("محمد")).tolist()[1]


@pytest.mark.parametrize("passages", [[], [[], []]], ids=["no passage", "passages without a token"])
def test_an_index_without_a_word_scores_nothing(tmp_path: Path, passages: list[list[str]]) -> None:
    index = made(passages, tmp_path / "index")
    assert index.scores(["قمح"]).tolist() == [0.0] * len(passages)


def test_shares_count_the_best_form_of_each_word_and_rare_words_more(tmp_path: Path) -> None:
    index = made([["قمح", "سوق"], ["ذهب"], ["سوق"], ["وزير"]], tmp_path / "index")
    shares = index.shares([{"قمح": 1.0, "سوق": 0.5}, {"ذهب": 0.8}, {}], np.arange(4))
    # Two of four passages hold the first word, one the second, none the third: ln(1 + (4 - f + ½) / (f + ½)).
    first, second, third = math.log(2), math.log(1 + 3.5 / 1.5), math.log(10)
    most = first + second + third
    assert shares.tolist() == pytest.approx([first / most, 0.8 * second / most, 0.5 * first / most, 0.0])


def test_no_words_and_an_index_without_tokens_share_nothing(tmp_path: Path) -> None:
    assert made([["قمح"]], tmp_path / "one").shares([], np.arange(1)).tolist() == [0.0]
    assert made([[], []], tmp_path / "none").shares([{"قمح": 1.0}], np.arange(2)).tolist() == [0.0, 0.0]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PASSAGES, st.lists(st.sets(st.sampled_from([*WORDS, "مجهول"])), max_size=3), st.sets(st.integers(0, 7)))
def test_frequencies_and_shares_of_some_passages_are_those_of_sets(
    tmp_path_factory: pytest.TempPathFactory, passages: list[list[str]], groups: list[set[str]], some: set[int]
) -> None:
    index = made(passages, tmp_path_factory.mktemp("bm25") / "index")
    every = [set().union(*groups[: place + 1]) for place in range(len(groups))]
    assert index.frequencies(*groups) == [sum(not tokens.isdisjoint(words) for words in passages) for tokens in every]
    if groups:
        expected = [place for place, words in enumerate(passages) if not groups[0].isdisjoint(words)]
        assert index.holders(groups[0]).tolist() == expected
    ordinals = np.array(sorted(place for place in some if place < len(passages)), np.int64)
    words = [dict.fromkeys(group, 0.5) for group in groups]
    assert index.shares(words, ordinals).tolist() == index.shares(words, np.arange(len(passages)))[ordinals].tolist()
