"""A follow-up becomes a whole question; a question that stands alone stays as it is."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event as Cancel

import pytest
from builders import alike, article, found, points, says

from rag.config import Settings
from rag.corpus import open_corpus
from rag.errors import BadInput, LLMError
from rag.generate.answer import Answerer
from rag.retrieve.followup import completed, leans, rewritten, whole
from rag.retrieve.question import make_query
from rag.retrieve.rerank import Rerank
from rag.types import Delta, Done, End, Found, Generate, Prompt, Query, Started, Usage

SOCHI = ("متى زار المعلم سوتشي؟", "زارها أمس. [1]")


@pytest.mark.parametrize(
    "question",
    [
        *(
            "ومتى كان ذلك؟",
            "وأين؟",
            "من قال ذلك؟",
            "متى؟",
            "وماذا قال عنه؟",
            "وكم عددهم؟",
            "من رافقه؟",
            "ماذا قال هناك؟",
        ),
        *("أين ولد؟", "متى ولد؟", "أين يعيش؟", "متى تزوج؟", "متى تأسست؟", "ماذا قرر؟", "وين كان؟", "How many died?"),
        *("وماذا عن بوتين؟", "ومن حضر الاجتماع؟", "من حضر هذا المؤتمر؟", "ومن هو؟", "ما السبب؟", "و متى كان ذلك؟"),
        *("وَأَيْنَ؟", "وفي أي مدينة؟", "لماذا قال إنه لن يحضر؟", "من قال إن ذلك مستحيل؟", "متى صدر هذا القرار؟"),
        *("And when was that?", "What did he say about it?", "Why?", "Who said that?", "What about Turkey?"),
        *("What did Lavrov say about it?", "Who was there?", "When did he visit Moscow?", "Who said that in Moscow?"),
        *("What did their spokesman say?", "Who is he?", "Did they agree?", "When was the meeting?", "Who else?"),
    ],
)
def test_a_question_that_needs_what_was_said_leans(question: str) -> None:
    assert leans(question)


@pytest.mark.parametrize(
    "question",
    [
        *("من زار سوتشي؟", "وما عدد القتلى في قصف حلب أمس؟", "وأين التقى بوتين وزير الخارجية السوري؟"),
        *("ومن هو ماكي؟", "ما هو تنظيم داعش؟", "من أكد أن هذا المؤتمر لن يعقد في جنيف؟", "وليد المعلم متى زار موسكو؟"),
        *("من فاز بالجائزة هذا العام؟", "هل هناك حل بالقوة في سورية؟", "من سافر مع المعلم إلى روسيا ضمن وفده؟"),
        *("أين سوتشي؟", "أين دمشق؟", "من بوتين؟", "ما الحل؟", "من محمد؟", "كم الحصيلة؟"),
        *("ما المدينة التي زارها بوتين؟", "من هم الوسطاء الذين يباع النفط عن طريقهم؟", "أين حلب؟", "حلب"),
        *("واشنطن ماذا قالت عن الغارات؟", "فيصل المقداد ما منصبه؟", "فرنسا ماذا طلبت من مجلس الأمن؟"),
        *("هل صحيح أن بوتين قدم ضمانات بشأن الأسد؟", "وكم بلغ سعر الذهب في مصر أمس؟", "وهران أين تقع؟"),
        *("Who said that Russia would continue its support?", "Who accompanied Muallem on his trip?"),
        *("Is it true that Putin gave guarantees about Assad?", "How many medals did Russia win this year?"),
        *("What would it take, in Muallem's words, to ally with Saudi Arabia, Qatar and Turkey?", "Where is Aleppo?"),
        *("Are there Chechen special forces in Syria?", "And who killed Rafik Hariri in Beirut in 2005?", "Aleppo"),
        *("What did Lavrov say when he met Kerry in Vienna?", "Did the minister say that he would resign?"),
        *(
            "What did Peskov say about those who support terrorists?",
            "Who said it is impossible to defeat ISIS by force?",
        ),
    ],
)
def test_a_question_that_stands_alone_does_not_lean_and_is_searched_as_it_is(question: str) -> None:
    assert not leans(question)
    query = make_query(question, history=(SOCHI,))
    assert whole(query) == query


def test_the_words_of_the_last_question_are_joined_without_question_words_and_function_words() -> None:
    assert completed("ومتى كان ذلك؟", [("من زار سوتشي مع المعلم؟", "")]) == "ومتى كان ذلك؟ (زار سوتشي المعلم)"
    assert completed("And where?", [("Who met the minister of Belarus?", "")]) == "And where? (met minister Belarus)"


def test_a_chain_is_walked_back_to_the_question_that_stands_alone() -> None:
    history = [("من زار باريس أمس؟", ""), ("من زار سوتشي؟", ""), ("ومن حضر الاجتماع؟", "")]
    assert completed("وأين؟", history) == "وأين؟ (زار سوتشي حضر الاجتماع)"


def test_words_that_were_said_are_not_repeated_and_keep_their_spelling() -> None:
    history = [("من زار سُوتشي؟", ""), ("ومتى كان ذلك؟ (زار سُوتشي)", "")]
    assert completed("وماذا قال في سوتشي عن ذلك؟", history) == "وماذا قال في سوتشي عن ذلك؟ (زار)"


def test_another_language_is_joined_all_the_same() -> None:
    query = whole(make_query("And when was that?", history=(("من زار سوتشي؟", "المعلم"),)))
    assert (query.searched, query.language) == ("And when was that? (زار سوتشي)", "en")


def test_without_history_nothing_is_rewritten() -> None:
    assert whole(make_query("ومتى كان ذلك؟")).searched == "ومتى كان ذلك؟"


def test_a_writer_is_asked_for_the_whole_question_with_the_conversation_as_material() -> None:
    asked: list[Prompt] = []
    query = make_query("ومن رافقه؟", history=(SOCHI,))
    assert whole(query, says("من رافق المعلم ", "إلى سوتشي؟\n", prompts=asked)).searched == "من رافق المعلم إلى سوتشي؟"
    assert [message.role for message in asked[0].messages] == ["system", "user"]
    assert "سؤال: متى زار المعلم سوتشي؟" in asked[0].messages[1].content
    assert asked[0].messages[1].content.endswith("السؤال الأخير: ومن رافقه؟")


def test_long_answers_and_old_turns_are_left_out_of_the_prompt() -> None:
    asked: list[Prompt] = []
    history = tuple((f"سؤال رقم {turn} عن سوتشي؟", "ك" * 5000) for turn in range(8))
    whole(make_query("ومن رافقه؟", history=history), says("من رافق المعلم؟", prompts=asked))
    content = asked[0].messages[1].content
    assert "رقم 3" not in content
    assert "رقم 4" in content
    assert len(content) < 4 * (300 + 400 + 40)


def test_a_question_that_stands_alone_costs_no_call() -> None:
    asked: list[Prompt] = []
    query = make_query("من زار سوتشي؟", history=(("متى انعقد مؤتمر باريس؟", ""),))
    assert whole(query, says("x؟", prompts=asked)) == query
    assert asked == []


@pytest.mark.parametrize(
    "reply",
    [
        *("", "   ", "none", "؟؟", "من رافق المعلم؟\nومتى؟", "من رافق المعلم؟ [1]", "في سوتشي أمس.", "من " * 200 + "؟"),
        *("عذرا، لا أستطيع الإجابة عن هذا السؤال؟", "Who accompanied Muallem to Sochi?"),
    ],
)
def test_a_reply_that_is_no_question_of_one_line_gives_the_joined_form(reply: str) -> None:
    query = make_query("ومن رافقه؟", history=(SOCHI,))
    assert whole(query, says(reply)).searched == "ومن رافقه؟ (زار المعلم سوتشي)"


def test_labels_quotes_and_bidi_controls_are_taken_off_a_reply() -> None:
    query = make_query("ومن رافقه؟", history=(SOCHI,))
    assert rewritten("\u202bالسؤال: «من رافق \u200fالمعلم؟»\u202c\n", query) == "من رافق المعلم؟"


def test_a_model_that_fails_is_cut_or_is_cancelled_gives_the_joined_form() -> None:
    cancel = Cancel()

    def fails(prompt: Prompt, stop: Cancel) -> Iterator[Delta | End]:
        yield Delta("من رافق المعلم؟")
        raise LLMError("it does not answer", where="http://127.0.0.1:9", started=True)

    def cancelled(prompt: Prompt, stop: Cancel) -> Iterator[Delta | End]:
        stop.set()
        yield Delta("من رافق المعلم؟")
        raise AssertionError("it was listened to after its cancellation")

    query = make_query("ومن رافقه؟", history=(SOCHI,))
    for generate in (fails, says("من رافق المعلم؟", finish="length"), says("من رافق المعلم؟", finish=None)):
        assert whole(query, generate).searched == "ومن رافقه؟ (زار المعلم سوتشي)"
    assert whole(query, cancelled, cancel).searched == "ومن رافقه؟ (زار المعلم سوتشي)"


def answered(generate: Generate | None, kind: str, read: Rerank | None = None) -> tuple[list[str], Started, Done]:
    searched: list[str] = []

    def search(query: Query) -> Found:
        searched.append(query.searched)
        return found(article("رافق المقداد الوزير المعلم إلى سوتشي."))

    answerer = Answerer(search, generate, kind=kind, read=read, similarity=alike)  # type: ignore[arg-type]
    first, *_, last = answerer.stream(make_query("ومن رافقه؟", history=(SOCHI,)))
    assert isinstance(first, Started)
    assert isinstance(last, Done)
    return searched, first, last


@pytest.mark.parametrize(("kind", "read"), [("extractive", None), ("reader", points("المقداد"))])
def test_search_events_and_answer_carry_the_whole_question_beside_the_asked_one(kind: str, read: Rerank | None) -> None:
    searched, first, last = answered(None, kind, read)
    assert searched == ["ومن رافقه؟ (زار المعلم سوتشي)"]
    assert first.query.question == last.answer.query.question == "ومن رافقه؟"
    assert first.query == last.answer.query
    assert last.answer.query.searched == searched[0]


def test_a_writer_makes_the_question_whole_answers_it_and_counts_the_tokens_of_both() -> None:
    prompts: list[Prompt] = []

    def generate(prompt: Prompt, cancel: Cancel) -> Iterator[Delta | End]:
        prompts.append(prompt)
        yield Delta("من رافق المعلم إلى سوتشي؟" if len(prompts) == 1 else "رافق المقداد الوزير المعلم إلى سوتشي [1].")
        yield End("stop", Usage(10, 2))

    searched, _, last = answered(generate, "writer")
    assert searched == ["من رافق المعلم إلى سوتشي؟"]
    assert "السؤال: من رافق المعلم إلى سوتشي؟" in prompts[1].messages[-1].content
    assert SOCHI[1] not in "".join(message.content for message in prompts[1].messages)
    assert last.answer.status == "answered"
    assert last.answer.usage == Usage(20, 4)


def test_the_history_of_a_query_is_bounded_and_must_be_text() -> None:
    history = tuple((f"س{turn}", "ك" * 9000) for turn in range(20))
    kept = make_query("ومتى؟", history=(*history, ("؟", "لا سؤال"))).history
    assert [asked for asked, _ in kept] == [f"س{turn}" for turn in range(13, 20)]
    assert {len(answer) for _, answer in kept} == {2000}
    with pytest.raises(BadInput, match="history"):
        make_query("ومتى؟", history=(("\udcff", ""),))


def test_follow_ups_over_the_seeds_find_the_article_of_the_first_question(seeds: Settings) -> None:
    with open_corpus(seeds) as corpus:
        for first, followup, right in (
            ("أين دارت المحادثات المغلقة بين بوتين ووزير الخارجية السوري؟", "ومن رافقه؟", "001"),
            ("كم مكالمة أجراها لافروف مع كيري في ثلاثة أيام؟", "وماذا ناقشا فيها؟", "002"),
            (
                "Where did Putin receive Syria's foreign minister behind closed doors?",
                "And who accompanied him?",
                "001",
            ),
            ("Who took the initiative for the phone call between Lavrov and Zarif?", "What did they discuss?", "002"),
        ):
            answer = corpus.ask(followup, history=((first, ""),))
            assert answer.query.searched.startswith(f"{followup} (")
            assert answer.evidence[0].article.source.startswith(right)
            assert not corpus.ask(followup).evidence[0].article.source.startswith(right)
