from __future__ import annotations

import re

import pytest

from rag.text.lexicon import FILE, across
from rag.text.normalise import tokens


@pytest.mark.parametrize(
    ("english", "arabic"),
    [("president", "رئيس"), ("war", "الحرب"), ("school", "مدرسة"), ("Poland", "بولندا"), ("oil", "زيت")],
)
def test_a_word_finds_the_stem_of_its_translation_and_the_stem_finds_the_word(english: str, arabic: str) -> None:
    (word,), (stem,) = tokens(english), tokens(arabic)
    assert across([word])[word].get(stem, 0) > 0.4
    assert across([stem])[stem].get(word, 0) > 0.4


def test_a_number_is_itself_and_a_word_without_a_translation_may_be_nothing() -> None:
    assert across(["2016", "zakharovian"]) == {"2016": {"2016": 1.0}, "zakharovian": {}}


def test_function_words_and_scraps_tell_nothing_and_a_word_tells_once() -> None:
    assert across(tokens("what is the of؟ في هذا التي على")) == {}
    assert list(across(["war", "war"])) == ["war"]


def test_the_table_holds_tokens_and_says_whose_words_it_is_made_of() -> None:
    first, *lines = FILE.read_text(encoding="utf-8").splitlines()
    words = [line.split("\t") for line in lines if not line.startswith("#")]
    assert first.startswith("#")
    assert "CC BY-SA 4.0" in lines[0]
    assert len(words) > 10_000
    stems = {pair.split(" ")[0] for _, *pairs in words for pair in pairs}
    assert all(re.fullmatch("[\u0621-\u064a]+", stem) for stem in stems)
    assert all(0 < weight <= 1 for word, *_ in words for found in across([word]).values() for weight in found.values())
