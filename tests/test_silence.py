"""Is what was found an answer? By its score, and by the figures that a question names and no article states."""

from __future__ import annotations

from dataclasses import replace
from threading import Event as Cancel

import pytest
from builders import alike, article, found, query, says

from rag.answer import Answerer
from rag.generators import Kind
from rag.policy import Policy
from rag.questions.silence import verdict
from rag.questions.unstated import LONGEST, unstated_figures
from rag.types import Article, Cited, Found, Notice, Span, Stated

BAND = Policy(min_score={"ar": 0.7, "en": 0.7}, clear_score={"ar": 0.9, "en": 0.8}, sure_score={"ar": 0.97, "en": 0.9})
TALKS = article("أكد لافروف دعم القرار 2254 في سوتشي. وصوت 162 عضوا عام 2015.")


@pytest.mark.parametrize(
    ("language", "score", "expected"),
    [
        ("ar", 0.69, "absent"),
        ("ar", 0.7, "unclear"),
        ("ar", 0.89, "unclear"),
        ("ar", 0.9, "clear"),
        ("en", 0.8, "clear"),
    ],
)
def test_a_score_is_below_the_archive_or_unclear_or_clear(language: str, score: float, expected: str) -> None:
    assert verdict(query("أين؟", language), found(TALKS, score=score), BAND) == expected


def test_nothing_found_is_absent_and_without_thresholds_all_is_clear() -> None:
    assert verdict(query("أين؟"), Found((), {}, "g"), Policy()) == "absent"
    assert verdict(query("أين؟"), found(TALKS, score=-0.5), Policy()) == "clear"


def test_what_reaches_a_threshold_that_was_fitted_is_clear() -> None:
    fitted = replace(BAND, calibrated={"ar-ar": 0.75})
    assert verdict(query("أين؟"), found(TALKS, score=0.76), fitted) == "clear"
    assert verdict(query("أين؟"), found(TALKS, score=0.74), fitted) == "absent"
    assert verdict(query("أين؟", "en"), found(TALKS, score=0.76), fitted) == "unclear"


def lacking(question: str, *articles: Article) -> list[str]:
    return [span.of(question) for span in unstated_figures(question, found(*articles))]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        pytest.param("ما الذي ينص عليه القرار 1559؟", ["1559"], id="a figure that no article states"),
        pytest.param("ما الذي ينص عليه القرار 2254؟", [], id="one that an article states"),
        pytest.param("ما الذي ينص عليه القرار ٢٢٥٤؟", [], id="the same in other digits"),
        pytest.param("What did the 1,559 members say?", ["1,559"], id="with a separator"),
        pytest.param("How did the 162 members vote in 2016?", ["2016"], id="one of two"),
        pytest.param("من سافر مع 12 وزيرا؟", [], id="too small to tell"),
        pytest.param("ماذا قال مئتا عضو؟", [], id="in words"),
        pytest.param("What happened in the 1970s?", [], id="a decade"),
        pytest.param("أين التقيا؟", [], id="no figure at all"),
    ],
)
def test_figures_of_a_question_that_no_article_states(question: str, expected: list[str]) -> None:
    assert lacking(question, TALKS) == expected


def test_a_figure_anywhere_in_the_article_of_a_hit_is_stated() -> None:
    told = found(TALKS)
    first = replace(told, hits=told.hits[:1])
    assert "162" not in first.hits[0].passage.text
    assert unstated_figures("كيف صوت 162 عضوا؟", first) == []


def test_an_article_that_names_no_year_may_be_of_any_unless_it_says_when_it_was_published() -> None:
    undated = article("التقى الوزيران أمس في سوتشي.", source="undated.txt")
    published = replace(undated, published=Stated("2014-05-11", Span(0, 1)))
    assert lacking("من التقى في سوتشي عام 2013؟", undated) == []
    assert lacking("من التقى في سوتشي عام 2013؟", TALKS, undated) == []
    assert lacking("من التقى في سوتشي عام 2013؟", published) == ["2013"]
    assert lacking("من التقى في سوتشي عام 2014؟", published) == []
    assert lacking("ماذا ينص القرار 15590؟", undated) == ["15590"]


def test_an_article_that_is_too_long_to_read_whole_may_state_anything() -> None:
    long = article("أكد لافروف دعم القرار. " + "ا" * LONGEST)
    assert lacking("ماذا ينص القرار 15590؟", long) == []


def test_a_question_with_a_figure_that_no_article_states_is_refused_however_near_they_are() -> None:
    answerer = Answerer(lambda _: found(TALKS, score=1.2), policy=BAND)
    answer = answerer.answer(query("ماذا ينص القرار 1559؟"))
    assert answer.status == "not_in_corpus"
    assert len(answer.evidence) == 2
    assert answerer.answer(query("ماذا ينص القرار 2254؟")).status == "answered"


def answers(kind: Kind, reply: str = "", *, score: float, question: str = "أين أكد ذلك؟") -> list[object]:
    generate = says(reply) if reply else None
    answerer = Answerer(lambda _: found(TALKS, score=score), generate, kind=kind, similarity=alike, policy=BAND)
    return list(answerer.stream(query(question), Cancel()))


def test_an_answer_that_is_not_clear_says_so_before_its_first_sentence_and_keeps_all_of_it() -> None:
    unclear, clear = answers("extractive", score=0.85), answers("extractive", score=0.95)
    assert [type(event) for event in unclear[1:3]] == [Notice, Cited]
    assert [event for event in unclear if isinstance(event, Cited)] == [
        event for event in clear if isinstance(event, Cited)
    ]
    assert [event.kind for event in unclear if isinstance(event, Notice)] == ["unclear"]
    assert unclear[-1].answer.status == "partial"  # type: ignore[attr-defined]
    assert clear[-1].answer.status == "answered"  # type: ignore[attr-defined]
    assert not any(isinstance(event, Notice) for event in clear)


def test_words_that_a_reader_points_at_below_the_clear_score_are_told_as_unclear() -> None:
    answer = answers("reader", "سوتشي.", score=0.85)[-1].answer  # type: ignore[attr-defined]
    assert answer.status == "partial"
    assert [notice.kind for notice in answer.notices] == ["unclear"]
    assert answer.citations[0].marked.of(TALKS.text) == "سوتشي"


def test_a_reader_that_finds_nothing_below_the_clear_score_refuses_without_more_words() -> None:
    answer = answers("reader", "none", score=0.85)[-1].answer  # type: ignore[attr-defined]
    assert (answer.status, answer.notices) == ("not_in_corpus", ())


def test_a_reason_that_a_reader_cannot_point_at_is_told_once_as_unclear() -> None:
    answer = answers("reader", "none", score=0.85, question="لماذا أكد ذلك؟")[-1].answer  # type: ignore[attr-defined]
    assert [notice.kind for notice in answer.notices] == ["unclear"]
    assert answer.status == "partial"


def test_a_writer_says_itself_what_is_not_answered() -> None:
    answer = answers("writer", "أكد لافروف دعم القرار 2254 في سوتشي [1].", score=0.85)[-1].answer  # type: ignore[attr-defined]
    assert (answer.status, answer.notices) == ("answered", ())
