"""A quote that begins with *he* or *but* carries the sentence that it leans on, and is still one slice of its file."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import article, found, query
from hypothesis import given
from hypothesis import strategies as st

from rag.generate.answer import Answerer
from rag.generate.review import LONGEST, leans_back, with_context
from rag.types import Span


@pytest.mark.parametrize(
    "sentence",
    [
        "وأضاف أن الوفد سيغادر غدا.",
        "وقال إنه سيعود.",
        "كما أكدت أن المحادثات مستمرة.",
        "وهو أول لقاء بينهما منذ عامين.",
        "وذلك بعد أن رفضت الحكومة العرض.",
        "لكنها لم تذكر التاريخ.",
        "ولكن الحكومة رفضت العرض.",
        "إلا أن الحكومة رفضت العرض.",
        "He left for Moscow on Monday.",
        "This was the third meeting.",
        "However, the government refused.",
        "As a result, the talks were put off.",
        "“They did not agree,” the minister said.",
    ],
)
def test_a_sentence_that_points_back_leans(sentence: str) -> None:
    assert leans_back(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "وأضاف وزير الخارجية أن الوفد سيغادر غدا.",
        "وأوضح لافروف أن المحادثات مستمرة.",
        "هذا العام ارتفعت الأسعار بنسبة 5 بالمئة.",
        "هذا وقد غادر الوفد موسكو.",
        "التقى الوزير نظيره في سوتشي.",
        "وفي سياق متصل غادر الوفد.",
        "The minister said that he would return.",
        "This year prices rose by 5 percent.",
        "It is not clear who attended.",
        "Butter prices rose.",
        "",
    ],
)
def test_a_sentence_that_can_stand_alone_does_not(sentence: str) -> None:
    assert not leans_back(sentence)


def test_the_quote_begins_with_the_sentence_before() -> None:
    page = article("وصل الوفد. قال الوزير المعلم إن الحوار بدأ. وأضاف أن الوفد يضم 12 مسؤولا. ثم غادر.")
    start = page.text.index("وأضاف")
    span = Span(start, page.text.index(" ثم"))
    assert with_context(page, span).of(page.text) == "قال الوزير المعلم إن الحوار بدأ. وأضاف أن الوفد يضم 12 مسؤولا."


def test_one_that_leans_on_one_that_leans_takes_both() -> None:
    page = article("قال الوزير إن الحوار بدأ. وأضاف أنه مهم. وأكد أنه مستمر.")
    assert with_context(page, Span(page.text.index("وأكد"), len(page.text))) == Span(0, len(page.text))


@pytest.mark.parametrize(
    "text",
    [
        "وأضاف أن الوفد يضم 12 مسؤولا.",  # nothing before it
        "وأكد أنه مهم. وقال إنه طويل. وتابع أنه صعب. وأضاف أن الوفد يضم 12 مسؤولا.",  # all of it leans
        f"قال الوزير {'كلاما طويلا ' * 60}. وأضاف أن الوفد يضم 12 مسؤولا.",  # too long
    ],
)
def test_where_the_sentences_before_do_not_help_the_quote_stays_as_it_is(text: str) -> None:
    page = article(text)
    span = Span(text.index("وأضاف"), len(text))
    assert with_context(page, span) == span


def test_what_lies_outside_the_body_is_never_added() -> None:
    text = "اقرأ أيضا خبرا آخر من الموقع. وأضاف أن الوفد يضم 12 مسؤولا."
    page = article(text)
    span = Span(text.index("وأضاف"), len(text))
    assert with_context(page, span) == Span(0, len(text))
    assert with_context(replace(page, body=(span,)), span) == span


@given(
    st.lists(
        st.sampled_from(["وأضاف أنه مهم.", "قال المعلم إن الحوار بدأ.", "He left.", "\n\n", "لكن", "12"]), max_size=8
    )
)
def test_whatever_is_added_stands_directly_before_it(parts: list[str]) -> None:
    text = " ".join([*parts, "وأضاف أن الوفد غادر."])
    page = article(text)
    span = Span(text.rindex("وأضاف"), len(text))
    wider = with_context(page, span)
    assert wider.end == span.end
    assert 0 <= wider.start <= span.start
    assert wider == span or wider.end - wider.start <= LONGEST


def test_an_answer_shows_a_sentence_and_its_context_once_in_one_citation() -> None:
    page = article("قال الوزير المعلم إن الحوار بدأ. وأضاف أن الوفد يضم 12 مسؤولا.")
    apart = found(page)
    second_first = replace(apart, hits=tuple(reversed(apart.hits)))
    answer = Answerer(lambda _: second_first).answer(query("كم مسؤولا يضم الوفد؟"))
    assert [one.quote for one in answer.citations] == [page.text]
    assert len(answer.claims) == 1


def test_context_that_is_shown_already_is_not_repeated() -> None:
    page = article("قال الوزير المعلم إن الحوار بدأ. وأضاف أن الوفد يضم 12 مسؤولا.")
    answer = Answerer(lambda _: found(page)).answer(query("ماذا قال المعلم؟"))
    assert [one.quote for one in answer.citations] == [
        "قال الوزير المعلم إن الحوار بدأ.",
        "وأضاف أن الوفد يضم 12 مسؤولا.",
    ]
