"""A text of the user's own falls into sentences that are slices of it, and is refused where it is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import BadInput
from rag.generate.check_text import LONGEST_SENTENCE, clause_cuts, draft_sentences, is_question, must_be_checkable


def split(text: str) -> list[str]:
    return [span.of(text) for span in draft_sentences(text)]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        pytest.param("زار المعلم سوتشي. التقى بوتين.", ["زار المعلم سوتشي.", "التقى بوتين."], id="full stops"),
        pytest.param("قال لافروف\nإن روسيا", ["قال لافروف", "إن روسيا"], id="a line break ends a sentence"),
        pytest.param("One\r\nTwo\rThree", ["One", "Two", "Three"], id="every kind of line break"),
        pytest.param("  \n\n… ***\n---\n زار. \n", ["زار."], id="what has no letter or digit is no sentence"),
        pytest.param("2254\n", ["2254"], id="a figure alone is one"),
        pytest.param("[1]\nOne [2].", ["One [2]."], id="the number of a citation is none"),
        pytest.param("One came. [1] Two left. [2][3]", ["One came. [1]", "Two left. [2][3]"], id="a number behind"),
        pytest.param(
            "1. One came.\n٢- جاء اثنان.\n# Title\n> - Quoted", ["One came.", "جاء اثنان.", "Title", "Quoted"]
        ),
        pytest.param("3.5 percent came.\n-5 degrees", ["3.5 percent came.", "-5 degrees"], id="figures stay whole"),
    ],
)
def test_a_text_falls_into_its_sentences(text: str, sentences: list[str]) -> None:
    assert split(text) == sentences


def test_a_stretch_without_an_end_is_cut_at_white_space() -> None:
    text = "كلمة " * 1000
    parts = split(text)
    assert len(parts) == 3
    assert all(len(part) <= LONGEST_SENTENCE for part in parts)
    assert " ".join(parts) == text.strip()


@given(st.text(alphabet='اب1. ؟?!\n\r[]،\u064e\u200f🕊a-#"»', max_size=200))
def test_sentences_are_slices_in_order_that_leave_no_letter_out(text: str) -> None:
    end = 0
    for span in draft_sentences(text):
        assert end <= span.start < span.end <= len(text)
        assert any(map(str.isalpha, text[end : span.start])) is False
        assert span.of(text) == span.of(text).strip()
        assert "\n" not in span.of(text)
        end = span.end
    assert not any(map(str.isalpha, text[end:]))


@pytest.mark.parametrize(
    ("sentence", "asks"),
    [
        ("من زار سوتشي؟", True),
        ("Who came?! [1]", True),
        ("Who came?\u200f", True),
        ("Someone came.", False),
        ("سأل: «من جاء؟»", False),
    ],
)
def test_a_question_is_known_by_its_mark(sentence: str, asks: bool) -> None:
    assert is_question(sentence) is asks


def test_a_sentence_may_fall_in_two_where_four_words_stand_on_either_side() -> None:
    sentence = "شكر المعلم روسيا على جهودها، وقال إن دمشق تقدر مواقفها."
    assert [sentence[cut:] for cut in clause_cuts(sentence)] == ["وقال إن دمشق تقدر مواقفها."]
    assert clause_cuts("زار بوتين ولافروف سوتشي") == []


@pytest.mark.parametrize(
    ("text", "kind"), [("", "text_empty"), (" \n…", "text_empty"), ("x" * 11, "text_long"), ("a\ud800", "not_text")]
)
def test_what_cannot_be_checked_is_refused(text: str, kind: str) -> None:
    with pytest.raises(BadInput) as refused:
        must_be_checkable(text, 10)
    assert refused.value.kind == kind
    assert refused.value.do
