"""A writer's translations of quotes: after the claims, of the other language only, and held against the quote."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event as Cancel

import pytest
from builders import alike, article, found, query

from rag.errors import LLMError
from rag.generate.answer import Answerer, Policy
from rag.types import Answer, Cited, Delta, Done, End, Event, Prompt, Translation

SOURCE = article("اجتمع ماكي ولافروف في موسكو. حضر اللقاء 12 مسؤولا. غادر الوفد في 11 شباط.")
CLAIMS = "They met [1]. 12 officials attended [2]. "


def is_translation(prompt: Prompt) -> bool:
    return prompt.messages[0].content.startswith(("Translate", "ترجم"))


def run(
    *replies: str, language: str = "en", claims: str = CLAIMS, sentences: int = 3,
    finish: str = "stop",
) -> tuple[list[Event], list[Prompt]]:  # fmt: skip
    asked: list[Prompt] = []
    waiting = iter(replies)

    def generate(prompt: Prompt, cancel: Cancel) -> Iterator[Delta | End]:
        if is_translation(prompt):
            asked.append(prompt)
            yield Delta(next(waiting))
            yield End(finish)
        else:
            yield Delta(claims)
            yield End("stop")

    answerer = Answerer(
        lambda _: found(SOURCE),
        generate,
        kind="writer",
        similarity=alike,
        policy=Policy(evidence_sentences=sentences),
    )
    return list(answerer.stream(query("من اجتمع؟" if language == "ar" else "Who met?", language))), asked


def fold(events: list[Event]) -> Answer:
    last = events[-1]
    assert isinstance(last, Done)
    return last.answer


def test_each_cited_quote_in_the_other_language_is_translated_after_all_claims() -> None:
    events, asked = run("Makei and Lavrov met in Moscow.", "Twelve officials attended the meeting.")
    assert [type(event) for event in events[1:]] == [Cited, Cited, Translation, Translation, Done]
    answer = fold(events)
    assert answer.translations == (
        Translation(1, "Makei and Lavrov met in Moscow.", "en"),
        Translation(2, "Twelve officials attended the meeting.", "en"),
    )
    assert [one.quote for one in answer.citations] == ["اجتمع ماكي ولافروف في موسكو.", "حضر اللقاء 12 مسؤولا."]
    assert "Twelve" not in answer.text
    assert len(answer.claims) == 2
    assert asked[0].messages[1].content == "Text:\nاجتمع ماكي ولافروف في موسكو."


def test_a_quote_in_the_language_of_the_question_is_not_translated() -> None:
    events, asked = run(language="ar", claims="اجتمع ماكي ولافروف في موسكو [1].")
    assert (fold(events).translations, asked) == ((), [])


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param("13 officials attended the meeting.", id="another figure"),
        pytest.param("12 officials attended the meeting in 2015.", id="a year of its own"),
        pytest.param("12 officials attended the meeting on 3 March.", id="a date of its own"),
        pytest.param("12 officials attended the meeting in Minsk.", id="a place of its own"),
        pytest.param("حضر اللقاء 12 مسؤولا.", id="not translated"),
        pytest.param("", id="nothing"),
        pytest.param("12 " + "officials attended the meeting " * 30, id="far longer than the quote"),
    ],
)
def test_a_translation_that_the_quote_does_not_bear_out_is_dropped_and_the_next_is_made(reply: str) -> None:
    answer = fold(run(reply, "Makei and Lavrov met in Moscow.", claims="12 officials attended [2]. They met [1].")[0])
    assert [one.number for one in answer.translations] == [2]
    assert answer.status == "answered"
    assert answer.notices == ()


def test_the_two_of_an_arabic_dual_is_no_invented_figure() -> None:
    source = article("غادر الوزيران سوتشي مساء الاثنين.")

    def generate(prompt: Prompt, cancel: Cancel) -> Iterator[Delta | End]:
        yield Delta("The two ministers left Sochi on Monday evening." if is_translation(prompt) else "They left [1].")
        yield End("stop")

    answer = Answerer(lambda _: found(source), generate, kind="writer", similarity=alike).answer(
        query("Who left?", "en")
    )
    assert [one.number for one in answer.translations] == [1]


def test_one_that_is_far_in_meaning_is_dropped() -> None:
    def far(claims: list[str], quotes: list[str]) -> list[float]:
        return [0.95 if "They met" in claim else 0.5 for claim in claims]

    def generate(prompt: Prompt, cancel: Cancel) -> Iterator[Delta | End]:
        yield Delta("The weather was good." if is_translation(prompt) else "They met [1].")
        yield End("stop")

    answerer = Answerer(lambda _: found(SOURCE), generate, kind="writer", similarity=far)
    answer = answerer.answer(query("Who met?", "en"))
    assert (len(answer.claims), answer.translations) == (1, ())


def test_markers_controls_and_lines_of_a_translation_are_tidied() -> None:
    answer = fold(run("\u202eMakei and\nLavrov \u0007met [1] in [ 3 x Moscow.", claims="They met [1].")[0])
    assert answer.translations == ()  # [ 3 x states a figure
    answer = fold(run("\u202eMakei and\n\nLavrov \u0007met [1] in Moscow.", claims="They met [1].")[0])
    assert [one.text for one in answer.translations] == ["Makei and Lavrov met in Moscow."]


def test_at_most_three_quotes_are_translated() -> None:
    source = article(" ".join(f"قال الوزير {word} إن اللقاء مفيد." for word in ("سامي", "فادي", "رامي", "هادي")))
    asked = 0

    def generate(prompt: Prompt, cancel: Cancel) -> Iterator[Delta | End]:
        nonlocal asked
        asked += is_translation(prompt)
        yield Delta(
            "The minister said the meeting was useful."
            if is_translation(prompt)
            else "The minister spoke [1][2][3][4]."
        )
        yield End("stop")

    answerer = Answerer(
        lambda _: found(source), generate, kind="writer", similarity=alike, policy=Policy(evidence_sentences=4)
    )
    answer = answerer.answer(query("Who spoke?", "en"))
    assert len(answer.citations) == 4
    assert asked == 3
    assert [one.number for one in answer.translations] == [1, 2, 3]


def test_a_model_that_is_cut_in_a_translation_is_not_asked_again_and_the_answer_stands() -> None:
    events, asked = run("Makei and Lav", finish="length")
    answer = fold(events)
    assert (answer.translations, len(asked)) == ((), 1)
    assert (answer.status, answer.cut, answer.notices) == ("answered", False, ())


@pytest.mark.parametrize("stops", ["cancelled", "failed"])
def test_cancelling_and_failing_end_the_translations_and_nothing_else(stops: str) -> None:
    stop = Cancel()
    asked: list[Prompt] = []

    def generate(prompt: Prompt, cancel: Cancel) -> Iterator[Delta | End]:
        if is_translation(prompt):
            asked.append(prompt)
            if stops == "failed":
                raise LLMError("it went away", where="http://127.0.0.1:9")
            cancel.set()
            yield Delta("Makei and Lavrov met in Moscow.")
            yield End("cancelled")
        else:
            yield Delta(CLAIMS)
            yield End("stop")

    answerer = Answerer(lambda _: found(SOURCE), generate, kind="writer", similarity=alike)
    *_, last = answerer.stream(query("Who met?", "en"), stop)
    assert isinstance(last, Done)
    assert (last.answer.status, last.answer.translations, last.answer.notices) == ("answered", (), ())
    assert len(asked) == 1


def test_a_model_that_failed_at_the_answer_is_not_asked_for_translations() -> None:
    asked: list[Prompt] = []

    def generate(prompt: Prompt, cancel: Cancel) -> Iterator[Delta | End]:
        asked.append(prompt)
        raise LLMError("it does not answer", where="http://127.0.0.1:9")
        yield

    answer = Answerer(lambda _: found(SOURCE), generate, kind="writer", similarity=alike).answer(query("Who?", "en"))
    assert len(answer.citations) == 3
    assert len(asked) == 1
