"""A question becomes a query or a clear error."""

import pytest

from rag.errors import BadInput
from rag.retrieve.question import asks_for_a_clause, make_query
from rag.types import Filters


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


def test_days_are_compared_in_one_form_and_in_order() -> None:
    assert make_query("من؟", filters=Filters(published_from="20160208")).filters.published_from == "2016-02-08"
    with pytest.raises(BadInput, match="not a valid day"):
        make_query("من؟", filters=Filters(published_to="yesterday"))
    with pytest.raises(BadInput, match="is after"):
        make_query("من؟", filters=Filters(published_from="2016-02-09", published_to="2016-02-08"))


def test_white_space_is_collapsed_and_the_words_are_kept() -> None:
    assert make_query("  من\r\n زار   سوتشي؟ ").question == "من زار سوتشي؟"


@pytest.mark.parametrize(
    ("question", "clause"),
    [
        ("لماذا اعترض لافروف؟", True),
        ("ماذا قال الوزير أمس؟", True),
        ("Why did he leave?", True),
        ("And why did he leave?", True),
        ("How was it received?", True),
        ("What did Lavrov say about Paris?", True),
        ("How many officials came?", False),
        ("What is the number of the resolution?", False),
        ("كم عدد الوفود؟", False),
        ("من زار سوتشي؟", False),
        ("متى صدر البيان؟", False),
        ("لمن سُلّمت الرسالة؟", False),
    ],
)
def test_a_question_that_asks_why_or_what_was_said_is_told_from_one_that_asks_for_a_name(
    question: str, clause: bool
) -> None:
    assert asks_for_a_clause(question) is clause
