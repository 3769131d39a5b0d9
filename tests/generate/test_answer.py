"""The steps of an answer, run with lambdas: no index, no model, no network."""

from collections.abc import Iterator
from dataclasses import replace
from threading import Event as Cancel

import pytest
from builders import alike, article, found, points, query, says

from rag.errors import LLMError
from rag.generate.answer import Answerer, Policy
from rag.retrieve.abstention import DEFAULT
from rag.retrieve.rerank import Rerank
from rag.types import Answer, Cited, Delta, Done, End, Filters, Found, Hit, Prompt, Query, Started, Usage

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


def test_a_phrase_that_no_article_has_is_named_as_what_leaves_nothing() -> None:
    def search(query: Query) -> Found:
        return Found((), {}, "g1", searched=0) if query.filters.phrases else found(SOCHI)

    asked = replace(query("متى صدر «بيان فيينا»؟"), filters=Filters(outlet="سانا", phrases=("بيان فيينا",)))
    answer = Answerer(search).answer(asked)
    assert answer.is_refusal
    assert [(one.kind, "«بيان فيينا»" in one.message) for one in answer.notices] == [("phrase", True)]


def test_a_phrase_is_not_named_where_the_other_filters_leave_nothing_either() -> None:
    asked = replace(query("متى؟"), filters=Filters(outlet="سنا", phrases=("بيان فيينا",)))
    answer = Answerer(lambda _: Found((), {}, "g1", searched=0)).answer(asked)
    assert (answer.is_refusal, answer.notices) == (True, ())


def test_a_score_below_the_threshold_of_the_language_is_not_in_the_corpus_and_asks_no_model() -> None:
    asked: list[Prompt] = []
    answerer = Answerer(
        lambda _: found(SOCHI, score=0.6),
        says("سوتشي.", prompts=asked),
        kind="writer",
        policy=Policy(min_score={"ar": 0.7, "en": 0.5}),
    )
    refused = answerer.answer(query("أين؟"))
    assert refused.is_refusal
    assert "3" in refused.text
    assert len(refused.evidence) == 3
    assert asked == []
    assert not answerer.answer(query("Where?", "en")).is_refusal


def read(question: str, *words: str, policy: Policy = DEFAULT) -> Answer:
    read = points(*words)
    answerer = Answerer(lambda _: found(TALKS), kind="reader", read=read, model=read.name, policy=policy)
    return answerer.answer(query(question))


def marks(answer: Answer) -> list[str | None]:
    return [one.marked.of(one.article.text) if one.marked else None for one in answer.citations]


TALKS = article(
    "حضر اللقاء 12 مسؤولًا من البلدين. التقى بوتين المعلم في سوتشي. غادر 7 منهم مساء الاثنين.", outlet="سانا"
)


def test_the_words_that_a_reader_points_at_are_the_short_answer_and_marked_inside_their_sentence() -> None:
    answer = read("كم مسؤولا حضر؟", "12 مسؤولًا")
    assert answer.text == "بحسب سانا: «حضر اللقاء 12 مسؤولًا من البلدين.» [1]"
    assert marks(answer) == ["12 مسؤولًا"]
    assert [(one.text, one.citation.number, round(one.probability, 2)) for one in answer.short] == [
        ("12 مسؤولًا", 1, 0.95)
    ]
    assert (answer.generator, answer.status) == ("reader:toy 1", "answered")
    assert answer.probability == pytest.approx(0.95, abs=0.01)


def test_a_sentence_that_search_has_further_down_comes_first_where_the_reader_points_at_it() -> None:
    answer = read("كم مسؤولا غادر؟", "7 منهم")
    assert marks(answer) == ["7 منهم"]
    assert answer.evidence[0].text == "غادر 7 منهم مساء الاثنين."


def test_several_words_that_answer_are_told_and_the_same_ones_once() -> None:
    answer = read("من حضر وأين؟", "12 مسؤولًا", "سوتشي", "7 منهم")
    assert [one.text for one in answer.short] == ["12 مسؤولًا", "سوتشي", "7 منهم"]
    twice = found(article("زار المعلم سوتشي."), article("وصل المعلم إلى مدينة سوتشي أمس.", source="b.txt"))
    read_twice = points("سوتشي")
    answer = Answerer(lambda _: twice, kind="reader", read=read_twice).answer(query("أين؟"))
    assert [one.text for one in answer.short] == ["سوتشي"]
    assert len(answer.citations) == 2


def test_the_most_probable_words_lead_wherever_their_sentence_is() -> None:
    class Surer(Rerank):
        def short_probability(self, query: Query, found: Found, hit: Hit) -> float:
            return 0.9 if "دمشق" in hit.passage.text else 0.8

    both = found(article("زار المعلم سوتشي."), article("وصل المعلم إلى دمشق أمس.", source="b.txt"))
    plain = points("سوتشي", "دمشق")
    read = Surer(plain.reader, plain.count, plain.weighing)
    answer = Answerer(lambda _: both, kind="reader", read=read).answer(query("أين؟"))
    assert [citation.source for citation in answer.citations] == ["a.txt", "b.txt"]
    assert [(one.text, one.probability) for one in answer.short] == [("دمشق", 0.9), ("سوتشي", 0.8)]
    assert answer.leading == (answer.short[0], answer.citations[1])


@pytest.mark.parametrize(
    ("question", "policy"),
    [
        pytest.param("لماذا حضر 12 مسؤولا؟", Policy(), id="a reason is no name or figure"),
        pytest.param("ماذا قال 12 مسؤولا؟", Policy(), id="nor is what was said"),
        pytest.param("كم مسؤولا حضر؟", Policy(short_probability=0.97), id="not sure enough"),
        pytest.param("كم مسؤولا حضر؟", Policy(clear_probability=0.97), id="no clear answer"),
    ],
)
def test_words_are_marked_and_do_not_lead(question: str, policy: Policy) -> None:
    answer = read(question, "12 مسؤولًا", policy=policy)
    assert answer.short == ()
    assert marks(answer) == ["12 مسؤولًا"]


def test_what_no_passage_answers_is_refused_and_the_nearest_shown() -> None:
    answer = read("كم الكلفة؟", policy=Policy(answer_probability=0.2))
    assert answer.is_refusal
    assert (answer.citations, answer.short) == ((), ())
    assert answer.probability == pytest.approx(0.05, abs=0.01)
    assert len(answer.evidence) == 3


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


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("قُتل 3 آلاف شخص في القصف.", "3 آلاف"),
        ("بلغت الحرارة -3 درجات في سوتشي.", "-3"),
        ("جرى الحديث عنه قبل أكثر من 3 سنوات.", "أكثر من 3"),
        ("قُتل ما لا يقل عن 3 أشخاص.", "ما لا يقل عن 3"),
        ("جاء من 3 مدن.", "3"),
    ],
)
def test_a_figure_is_never_cut_from_what_belongs_to_it(sentence: str, words: str) -> None:
    answer = Answerer(lambda _: found(article(sentence)), kind="reader", read=points("3")).answer(query("كم العدد؟"))
    assert [one.text for one in answer.short] == marks(answer) == [words]


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


def test_a_model_that_fails_leaves_the_evidence_as_the_answer_and_says_so() -> None:
    answerer = Answerer(lambda _: found(SOCHI), failing(started=False), kind="writer", similarity=alike)  # type: ignore[arg-type]
    answer = answerer.answer(query("أين التقيا؟"))
    assert answer.status == "answered"
    assert [notice.kind for notice in answer.notices] == ["llm"]
    assert "the model does not answer" in answer.notices[0].message
    assert len(answer.citations) == 3


@pytest.mark.parametrize("parts", [(), ("", " ")])
def test_a_model_that_sends_nothing_leaves_the_evidence_and_says_so(parts: tuple[str, ...]) -> None:
    answerer = Answerer(lambda _: found(SOCHI), says(*parts), kind="writer", similarity=alike)
    answer = answerer.answer(query("أين التقيا؟"))
    assert answer.status == "answered"
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
    from rag.citations import cited_numbers

    source = article("ورد في المرجع [7] أن العدد 5. انتهى البيان.", source="ref.txt")
    answer = Answerer(lambda _: found(source)).answer(query("كم العدد؟"))
    assert set(cited_numbers(answer.text)) == {citation.number for citation in answer.citations}


def test_times_and_tokens_are_carried() -> None:
    ticks = iter(range(100))

    def generate(prompt: Prompt, cancel: Cancel) -> Iterator[Delta | End]:
        yield Delta("none")
        yield End("stop", Usage(10, 2))

    answerer = Answerer(lambda _: found(SOCHI), generate, kind="writer", clock=lambda: float(next(ticks)))
    answer = answerer.answer(query("أين؟"))
    assert answer.usage == Usage(10, 2)
    assert answer.timings.search == 1000.0
    assert answer.timings.first_token == 2000.0
    assert answer.timings.total > answer.timings.first_token


def test_an_answer_is_the_same_however_its_events_are_consumed() -> None:
    """All at once, or one after the other with pauses: the run itself records what it decides by."""
    answerer = Answerer(
        lambda _: found(TALKS), kind="reader", read=points("سوتشي"), policy=Policy(clear_score={"ar": 2.0})
    )
    at_once = list(answerer.stream(query("أين؟")))
    stream = answerer.stream(query("أين؟"))
    one_by_one = [next(stream)]
    one_by_one += stream
    assert [type(event) for event in at_once] == [type(event) for event in one_by_one]
    first, second = at_once[-1], one_by_one[-1]
    assert isinstance(first, Done)
    assert isinstance(second, Done)
    assert replace(first.answer, timings=second.answer.timings) == second.answer
