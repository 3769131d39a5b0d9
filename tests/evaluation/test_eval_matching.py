"""Exact match and F1: on English as the official SQuAD script has them, on Arabic by examples worked by hand."""

from __future__ import annotations

import re
import string
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics import contains, exact_match, normal_arabic, token_f1


def official_normal(text: str) -> str:
    """`normalize_answer` of the evaluation script of SQuAD 1.1 (Rajpurkar et al. 2016), step by step as published."""
    lowered = text.lower()
    exclude = set(string.punctuation)
    without = "".join(character for character in lowered if character not in exclude)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", without).split())


def official_f1(prediction: str, truth: str) -> float:
    """`f1_score` of the same script."""
    given, right = official_normal(prediction).split(), official_normal(truth).split()
    same = sum((Counter(given) & Counter(right)).values())
    if same == 0:
        return 0
    precision, recall = same / len(given), same / len(right)
    return (2 * precision * recall) / (precision + recall)


ENGLISH = st.lists(
    st.sampled_from(["The", "a", "an", "cat", "Cat,", "U.S.", "42", "42%", "thesis", "\u2019s", "(the", "end)", "—"]),
    max_size=8,
).map(" ".join)


@given(ENGLISH, st.lists(ENGLISH.filter(lambda one: official_normal(one) != ""), min_size=1, max_size=3))
def test_english_is_scored_as_the_official_script_scores_it(prediction: str, truths: list[str]) -> None:
    assert exact_match(prediction, truths) == max(official_normal(prediction) == official_normal(one) for one in truths)
    assert token_f1(prediction, truths) == max(official_f1(prediction, one) for one in truths)


@pytest.mark.parametrize(
    ("answer", "accepted"),
    [
        ("القاهرة", "القَاهِرَة"),
        ("مدينة القاهره", "مدينة القاهرة."),
        ("٣٠٠ ضيف", "300 ضيف"),
        ("«الأمم المتحدة»", "أمم متحدة"),
        ("إسرائيل", "اسرائيل"),
        ("٣٠٠", "300"),
        ("300", "٣٠٠،"),
        ("٣٬٠٠٠", "3,000"),
        ("٢٫١٪", "2.1%"),
    ],
)
def test_spellings_of_one_arabic_answer_match(answer: str, accepted: str) -> None:
    assert exact_match(answer, [accepted]) == 1.0


@pytest.mark.parametrize(
    ("answer", "accepted"), [("301 ضيف", "300 ضيف"), ("لافروف", "كيري"), ("", "كيري"), ("سوريا", "سوريا ولبنان")]
)
def test_other_arabic_answers_do_not_match(answer: str, accepted: str) -> None:
    assert exact_match(answer, [accepted]) == 0.0


def test_the_article_is_taken_from_the_beginning_of_words_only() -> None:
    assert normal_arabic("الرجال في العالم") == "رجال في عالم"
    assert normal_arabic("خالد ومقال") == "خالد ومقال"


def test_f1_of_an_arabic_answer_worked_by_hand() -> None:
    # وزير خارجية سوريا against وزير خارجية: 2 common, precision 2/3, recall 2/2.
    assert token_f1("وزير الخارجية سوريا", ["وزير الخارجية"]) == pytest.approx(2 * (2 / 3) / (2 / 3 + 1))


def test_an_accepted_answer_is_contained_as_whole_words() -> None:
    assert contains("According to the file: “عقد في سوتشي أمس” [1]", ["Moscow", "سوتشي"]) == 1.0
    assert contains("بحسب الملف: «حضر 300 ضيف» [1]", ["30"]) == 0.0
    assert contains("The cathedral", ["cat"]) == 0.0
    assert contains("بحسب الملف: «رست ٣٠٠ سفينة» [1]", ["300"]) == 1.0
    assert contains("بحسب الملف: «رست ٣٠٠ سفينة» [1]", ["30"]) == 0.0
    assert contains("anything", []) == 0.0
