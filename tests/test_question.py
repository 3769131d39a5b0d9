"""A question becomes a query or a clear error."""

import pytest

from rag.errors import BadInput
from rag.question import make_query


@pytest.mark.parametrize("question", ["", "   \n\t ", "؟!…", "\u200f\u200e"])
def test_a_question_without_words_is_refused(question: str) -> None:
    with pytest.raises(BadInput, match="empty"):
        make_query(question)


def test_an_over_long_question_is_refused_with_both_lengths() -> None:
    with pytest.raises(BadInput, match=r"2001 characters, the limit is 2000"):
        make_query("س" * 2001)
    assert make_query("س" * 2000).question == "س" * 2000


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(BadInput, match="UTF-8"):
        make_query(b"\xd3\xc4\xc7\xe1".decode("utf-8", "surrogateescape"))


@pytest.mark.parametrize(
    ("question", "language"),
    [("من زار سوتشي؟", "ar"), ("Who visited Sochi?", "en"), ("ماذا قال Putin في Sochi أمس؟", "ar"), ("2254?", "en")],
)
def test_the_language_is_that_of_the_letters(question: str, language: str) -> None:
    assert make_query(question).language == language


def test_white_space_is_collapsed_and_the_words_are_kept() -> None:
    assert make_query("  من\r\n زار   سوتشي؟ ").question == "من زار سوتشي؟"
