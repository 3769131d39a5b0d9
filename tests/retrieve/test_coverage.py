from __future__ import annotations

import pytest

from rag.retrieve.search import QueryTerm, coverage

WAR = QueryTerm({"war": 1.0, "حرب": 0.8}, 3.0)
OIL = QueryTerm({"oil": 1.0, "نفط": 0.5}, 1.0)


@pytest.mark.parametrize(
    ("tokens", "share"),
    [
        ({"war", "oil"}, 1.0),
        ({"war"}, 3 / 4),
        ({"حرب", "نفط"}, (3 * 0.8 + 0.5) / 4),
        ({"war", "حرب"}, 3 / 4),
        ({"peace"}, 0.0),
        (set(), 0.0),
    ],
)
def test_a_text_holds_a_word_by_the_heaviest_of_its_forms_and_rare_words_count_more(
    tokens: set[str], share: float
) -> None:
    assert coverage([WAR, OIL], tokens) == pytest.approx(share)


def test_a_question_without_words_is_held_by_nothing() -> None:
    assert coverage([], {"war"}) == 0.0
