"""The steps of an answer, run with lambdas: no index, no model, no network."""

from collections.abc import Iterator
from dataclasses import replace
from threading import Event as Cancel

import pytest
from builders import alike, article, found, query, says

from rag.answer import Answerer, Policy
from rag.errors import LLMError
from rag.types import Answer, Cited, Delta, Done, End, Found, Prompt, Started, Usage

SOCHI = article(
    "التقى الرئيس بوتين الوزير المعلم في سوتشي. حضر اللقاء 12 مسؤولًا من البلدين. غادر الوفد مساء الاثنين.",
    source="sochi.txt",
    outlet="سانا",
)
ENGLISH = article(
    "President Putin met Minister Muallem in Sochi. 12 officials attended the meeting. The delegation left on Monday.",
    source="sochi-en.txt",
    outlet="SANA",
)


def write(*parts: str, finish: str | None = "stop", policy: Policy | None = None) -> Answer:
    answerer = Answerer(
        lambda _: found(ENGLISH),
        says(*parts, finish=finish),
        kind="writer",
        model="m",
        similarity=alike,
        policy=policy or Policy(),
    )
    return answerer.answer(query("Who met whom, and where?", "en"))


def test_extractive_leaves_out_what_lies_far_behind_the_best_and_shows_it_as_evidence() -> None:
    told = found(article("قال الوزير نعم. وغاب النائب. وحضر السفير."))
    near, middle, far = told.hits
    apart = replace(told, hits=(near, replace(middle, score=0.97), replace(far, score=0.95)))
    answer = Answerer(lambda _: apart).answer(query("من قال نعم؟"))
    assert [one.quote for one in answer.citations] == ["قال الوزير نعم.", "وغاب النائب."]
    assert [item.text for item in answer.evidence][2:] == ["وحضر السفير."]


def test_extractive_gives_the_best_sentences_verbatim_with_their_source() -> None:
    answer = Answerer(lambda _: found(SOCHI), policy=Policy(evidence_sentences=2)).answer(query("أين التقيا؟"))
    assert answer.status == "answered"
    assert answer.generator == "extractive"
    assert [citation.quote for citation in answer.citations] == [
        "التقى الرئيس بوتين الوزير المعلم في سوتشي.",
        "حضر اللقاء 12 مسؤولًا من البلدين.",
    ]
    assert answer.text.splitlines() == [
        "بحسب سانا: «التقى الرئيس بوتين الوزير المعلم في سوتشي.» [1]",
        "بحسب سانا: «حضر اللقاء 12 مسؤولًا من البلدين.» [2]",
    ]


def test_an_english_question_frames_the_arabic_quote_in_english() -> None:
    answer = Answerer(lambda _: found(SOCHI), policy=Policy(evidence_sentences=1)).answer(query("Where?", "en"))
    assert answer.text == "According to سانا: “التقى الرئيس بوتين الوزير المعلم في سوتشي.” [1]"


def test_nothing_found_is_not_in_the_corpus() -> None:
    answer = Answerer(lambda _: Found((), {}, "g1", searched=0)).answer(query("أين؟"))
    assert (answer.status, answer.claims, answer.citations) == ("not_in_corpus", (), ())
    assert answer.is_refusal


def test_a_score_below_the_threshold_of_the_language_is_not_in_the_corpus_and_asks_no_model() -> None:
    asked: list[Prompt] = []
    answerer = Answerer(
        lambda _: found(SOCHI, score=0.6),
        says("سوتشي.", prompts=asked),
        kind="reader",
        policy=Policy(min_score={"ar": 0.7, "en": 0.5}),
    )
    refused = answerer.answer(query("أين؟"))
    assert refused.is_refusal
    assert "3" in refused.text
    assert len(refused.evidence) == 3
    assert asked == []
    assert not answerer.answer(query("Where?", "en")).is_refusal


def read(question: str, reply: str, *, score: float = 1.1) -> Answer:
    policy = Policy(sure_score={"ar": 1.0})
    answerer = Answerer(lambda _: found(TALKS, score=score), says(reply), kind="reader", model="small", policy=policy)
    return answerer.answer(query(question))


def marks(answer: Answer) -> list[str | None]:
    return [one.marked.of(one.article.text) if one.marked else None for one in answer.citations]


TALKS = article(
    "حضر اللقاء 12 مسؤولًا من البلدين. التقى بوتين المعلم في سوتشي. غادر 7 منهم مساء الاثنين.", outlet="سانا"
)


def test_a_figure_that_was_asked_for_leads_and_is_marked_inside_its_verbatim_sentence() -> None:
    answer = read("كم مسؤولا حضر؟", "12 مسؤولًا")
    assert answer.text == "«12 مسؤولًا» — بحسب سانا: «حضر اللقاء 12 مسؤولًا من البلدين.» [1]"
    assert marks(answer) == ["12 مسؤولًا"]
    assert answer.citations[0].quote == "حضر اللقاء 12 مسؤولًا من البلدين."
    assert answer.generator == "reader:small"


@pytest.mark.parametrize(
    ("question", "reply", "score", "expected"),
    [
        pytest.param("كم مسؤولا حضر؟", "12 مسؤولًا", 0.9, ["12 مسؤولًا", None, None], id="the search is not sure"),
        pytest.param("كم مسؤولا غادر؟", "7 منهم", 1.1, [None, "7 منهم", None], id="search has another sentence first"),
        pytest.param("كم مسؤولا حضر؟", "من البلدين.", 1.1, ["من البلدين", None, None], id="no figure was pointed at"),
        pytest.param("من حضر اللقاء؟", "12 مسؤولًا", 1.1, ["12 مسؤولًا", None, None], id="no figure was asked for"),
    ],
)
def test_other_words_are_marked_among_the_evidence_and_do_not_lead(
    question: str, reply: str, score: float, expected: list[str | None]
) -> None:
    answer = read(question, reply, score=score)
    assert [claim.text.startswith("بحسب سانا: «") for claim in answer.claims] == [True, True, True]
    assert marks(answer) == expected


def test_a_reader_that_finds_nothing_refuses_and_shows_the_nearest() -> None:
    policy = Policy(sure_score={"ar": 1.05})
    answer = Answerer(lambda _: found(SOCHI), says("none"), kind="reader", policy=policy).answer(query("كم الكلفة؟"))
    assert answer.is_refusal
    assert answer.citations == ()
    assert len(answer.evidence) == 3


def test_a_reader_that_finds_nothing_in_near_sentences_gives_them_plain() -> None:
    answerer = Answerer(
        lambda _: found(SOCHI, score=1.1), says("none"), kind="reader", policy=Policy(sure_score={"ar": 1.05})
    )
    answer = answerer.answer(query("أين التقيا؟"))
    assert answer.status == "answered"
    assert [notice.kind for notice in answer.notices] == ["unpointed"]
    assert len(answer.citations) == 3


def test_a_reader_that_cannot_point_at_a_reason_gives_the_sentences_plain() -> None:
    policy = Policy(sure_score={"ar": 1.05})
    answer = Answerer(lambda _: found(SOCHI), says("none"), kind="reader", policy=policy).answer(query("لماذا التقيا؟"))
    assert answer.status == "answered"
    assert [notice.kind for notice in answer.notices] == ["unpointed"]


def test_a_writers_claims_cite_slices_numbered_by_appearance() -> None:
    answer = write("12 officials attended [2]. ", "Putin met Muallem in Sochi [1].")
    assert answer.text == "12 officials attended. [1]\nPutin met Muallem in Sochi. [2]"
    assert [citation.quote for citation in answer.citations] == [
        "12 officials attended the meeting.",
        "President Putin met Minister Muallem in Sochi.",
    ]
    assert answer.status == "answered"


@pytest.mark.parametrize(
    ("claim", "kind"),
    [
        ("13 officials attended [2].", "figure"),
        ("Lavrov met Muallem in Sochi [1].", "name"),
        ("Putin met Muallem in Minsk [1].", "name"),
        ("The delegation left on Monday, 3 May [3].", "date"),
    ],
)
def test_a_claim_that_its_evidence_does_not_bear_out_gives_way_to_the_evidence(claim: str, kind: str) -> None:
    answer = write(claim)
    assert claim.split(" [")[0] not in answer.text
    (removed,) = answer.removed
    assert kind in {problem.kind for problem in removed.problems}
    assert answer.status == "partial"
    assert [(one.support, one.stands_in) for one in answer.claims] == [("supported", True)]
    (citation,) = answer.citations
    assert citation.quote in answer.text


def test_a_sentence_cited_beside_the_one_that_bears_a_claim_out_is_left_out() -> None:
    answer = write("12 officials attended [2][3].")
    assert [citation.quote for citation in answer.citations] == ["12 officials attended the meeting."]


@pytest.mark.parametrize("sentence", ["قُتل 3 آلاف شخص في القصف.", "بلغت الحرارة -3 درجات في سوتشي."])
def test_a_part_of_a_figure_never_leads(sentence: str) -> None:
    answerer = Answerer(lambda _: found(article(sentence)), says("3"), kind="reader")
    assert not answerer.answer(query("كم بلغ العدد؟")).text.startswith("«3»")


def test_a_cancelled_answer_says_so_and_adds_nothing() -> None:
    cancel = Cancel()

    def generate(prompt: Prompt, stop: Cancel) -> Iterator[Delta | End]:
        yield Delta("Putin met Muallem in Sochi [1]. 12 off")
        stop.set()
        yield End("cancelled")

    answerer = Answerer(lambda _: found(ENGLISH), generate, kind="writer", similarity=alike)
    *_, last = answerer.stream(query("Who?", "en"), cancel)
    assert isinstance(last, Done)
    assert last.answer.cut
    assert [notice.kind for notice in last.answer.notices] == ["cancelled"]
    assert [claim.text for claim in last.answer.claims] == ["Putin met Muallem in Sochi. [1]"]


def test_a_number_that_does_not_exist_is_rejected_counted_and_not_shown() -> None:
    answer = write("Putin met Muallem in Sochi [1][9].")
    assert [item.number for item in answer.rejected] == [9]
    assert answer.text == "Putin met Muallem in Sochi. [1]"


def test_a_claim_without_a_number_gets_the_sentence_that_bears_it_out() -> None:
    answer = write("12 officials attended.")
    assert answer.text == "12 officials attended. [1]"
    assert answer.citations[0].quote == "12 officials attended the meeting."


def test_a_claim_that_nothing_bears_out_is_taken_out_and_the_evidence_is_the_answer() -> None:
    answer = write("Lavrov was in Minsk with 40 guests.")
    (removed,) = answer.removed
    assert removed.text == "Lavrov was in Minsk with 40 guests."
    assert {"citation", "name", "figure"} == {problem.kind for problem in removed.problems}
    assert "Minsk" not in answer.text
    assert answer.unsupported == 0
    assert answer.status == "partial"
    assert len(answer.citations) == 3


def test_a_writer_that_says_none_is_a_refusal() -> None:
    assert write("none").is_refusal


@pytest.mark.parametrize("finish", [None, "length"])
def test_a_reply_that_was_cut_is_marked_and_its_unfinished_sentence_left_out(finish: str | None) -> None:
    answer = write("Putin met Muallem in Sochi [1]. 12 officials did not att", finish=finish)
    assert answer.cut
    assert answer.status == "partial"
    assert "did not att" not in answer.text
    assert answer.claims[0].text == "Putin met Muallem in Sochi. [1]"


def failing(*parts: str, started: bool) -> object:
    def generate(prompt: Prompt, cancel: Cancel) -> Iterator[Delta | End]:
        yield from (Delta(part) for part in parts)
        raise LLMError("the model does not answer", where="http://127.0.0.1:9", started=started)

    return generate


@pytest.mark.parametrize("kind", ["reader", "writer"])
def test_a_model_that_fails_leaves_the_evidence_as_the_answer_and_says_so(kind: str) -> None:
    answerer = Answerer(lambda _: found(SOCHI), failing(started=False), kind=kind, similarity=alike)  # type: ignore[arg-type]
    answer = answerer.answer(query("أين التقيا؟"))
    assert answer.status == "answered"
    assert [notice.kind for notice in answer.notices] == ["llm"]
    assert "the model does not answer" in answer.notices[0].message
    assert len(answer.citations) == 3


@pytest.mark.parametrize("kind", ["reader", "writer"])
@pytest.mark.parametrize("parts", [(), ("", " ")])
def test_a_model_that_sends_nothing_leaves_the_evidence_and_says_so(kind: str, parts: tuple[str, ...]) -> None:
    answerer = Answerer(lambda _: found(SOCHI), says(*parts), kind=kind, similarity=alike)  # type: ignore[arg-type]
    answer = answerer.answer(query("أين التقيا؟"))
    assert answer.status == "answered"
    assert [notice.kind for notice in answer.notices] == ["llm"]
    assert len(answer.citations) == 3


def test_a_reader_that_invents_words_leaves_the_evidence_and_says_so() -> None:
    answer = Answerer(lambda _: found(SOCHI), says("في موسكو"), kind="reader").answer(query("أين التقيا؟"))
    assert "في موسكو" not in answer.text
    assert [notice.kind for notice in answer.notices] == ["llm"]
    assert len(answer.citations) == 3


def test_a_model_that_fails_midway_keeps_what_was_checked_and_is_marked_cut() -> None:
    generate = failing("Putin met Muallem in Sochi [1]. 12 off", started=True)
    answerer = Answerer(lambda _: found(ENGLISH), generate, kind="writer", similarity=alike)  # type: ignore[arg-type]
    answer = answerer.answer(query("Who met whom?", "en"))
    assert answer.cut
    assert answer.status == "partial"
    assert "12 off" not in answer.text


def test_the_evidence_comes_before_the_model_is_asked_and_each_claim_after_its_check() -> None:
    asked: list[Prompt] = []
    generate = says("Putin met Muallem in Sochi [1]. ", "12 officials attended [2].", prompts=asked)
    events = Answerer(lambda _: found(ENGLISH), generate, kind="writer", similarity=alike).stream(query("Who?", "en"))
    assert isinstance(next(events), Started)
    assert asked == []
    rest = list(events)
    assert [type(event) for event in rest] == [Cited, Cited, Done]


def test_the_answer_is_the_fold_of_its_events() -> None:
    generate = says("Putin met Muallem in Sochi [1][7]. 13 officials attended [2].")
    events = list(
        Answerer(lambda _: found(ENGLISH), generate, kind="writer", similarity=alike).stream(query("?", "en"))
    )
    done = events[-1]
    assert isinstance(done, Done)
    assert done.answer.claims == tuple(event.claim for event in events if isinstance(event, Cited))
    assert done.answer.citations == tuple(c for event in events if isinstance(event, Cited) for c in event.citations)


def test_every_number_in_the_text_has_a_citation() -> None:
    from rag.citations import numbers

    source = article("ورد في المرجع [7] أن العدد 5. انتهى البيان.", source="ref.txt")
    answer = Answerer(lambda _: found(source)).answer(query("كم العدد؟"))
    assert set(numbers(answer.text)) == {citation.number for citation in answer.citations}


def test_times_and_tokens_are_carried() -> None:
    ticks = iter(range(100))

    def generate(prompt: Prompt, cancel: Cancel) -> Iterator[Delta | End]:
        yield Delta("none")
        yield End("stop", Usage(10, 2))

    answerer = Answerer(lambda _: found(SOCHI), generate, kind="reader", clock=lambda: float(next(ticks)))
    answer = answerer.answer(query("أين؟"))
    assert answer.usage == Usage(10, 2)
    assert answer.timings.search == 1000.0
    assert answer.timings.first_token == 2000.0
    assert answer.timings.total > answer.timings.first_token
