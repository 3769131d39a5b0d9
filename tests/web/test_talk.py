"""A question on the page, whatever happens to it: answered, stopped, refused, failed; kept, or told that it is not."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from small_chat import found_in, opened, small_corpus

from rag.corpus import Corpus
from rag.errors import BadInput, CatalogError, IndexUnusable
from rag.types import Filters, Found, Query
from ui.shared.history import History, NoConversation
from ui.web.conversation import Talk

NEWS = "زار الوزير سوتشي أمس. قتل ٣٠٠ شخص.\n"
LAYLA, OMAR = "l" * 32, "o" * 32


class Search:
    """The search of a small corpus, which can be made to wait or to fail."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.waits, self.begun, self.goes_on = False, threading.Event(), threading.Event()
        self.asked: list[Query] = []
        self.inner: Any = None

    def __call__(self, query: Query) -> Found:
        self.asked.append(query)
        self.begun.set()
        if self.waits:
            assert self.goes_on.wait(20)
        if self.error:
            raise self.error
        return self.inner(query)


@pytest.fixture
def search() -> Search:
    return Search()


@pytest.fixture
def corpus(tmp_path: Path, search: Search) -> Iterator[Corpus]:
    with small_corpus(tmp_path / "files", tmp_path / "data", {"خبر.txt": NEWS}, search) as corpus:
        search.inner = found_in(corpus.catalog, "archive")
        yield corpus


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "conversations.sqlite3")


def asked(
    talk: Talk, owner: str, conversation: str, question: str = "من زار سوتشي؟", **more: str
) -> AsyncIterator[Any]:
    return talk.ask(owner, conversation, question, Filters(), "ar", **more)


async def last(messages: AsyncIterator[Any]) -> str:
    """What the answer says when it has ended."""
    told: Any = None
    async for told in messages:
        assert [one["role"] for one in told.messages] == ["user", "assistant"]
    assert told.whole
    return "".join(told.messages[1]["content"])


def test_an_answer_is_kept_and_comes_back_as_it_was_shown(corpus: Corpus, history: History) -> None:
    async def run() -> None:
        talk = Talk(opened(corpus), history)
        conversation = await talk.begin(LAYLA, "")
        said = await last(asked(talk, LAYLA, conversation))
        assert "زار الوزير سوتشي أمس." in said
        assert "notice" not in said
        question, answer = await talk.messages(LAYLA, conversation, "ar")
        assert question["role"] == "user"
        assert "".join(answer["content"]) == said
        assert await talk.messages(OMAR, conversation, "ar") == []

    asyncio.run(run())


def test_typed_filters_are_shown_and_are_there_again_when_the_question_is_asked_again(
    corpus: Corpus, history: History, search: Search
) -> None:
    typed = "من زار سوتشي؟ after:2015-10 -لافروف"

    async def run() -> None:
        talk = Talk(opened(corpus), history)
        conversation = await talk.begin(LAYLA, "")
        said = await last(asked(talk, LAYLA, conversation, typed))
        assert said.count('class="limit on"') == 2
        assert "2015-10-01" in said
        turn = await talk.last_turn(LAYLA, conversation)
        assert turn is not None
        assert turn.question == typed
        await last(asked(talk, LAYLA, conversation, "ومتى كان ذلك؟"))

    asyncio.run(run())
    assert (search.asked[0].question, search.asked[0].filters) == (
        "من زار سوتشي؟",
        Filters(published_from="2015-10-01", excluded=("لافروف",)),
    )
    assert search.asked[1].history[0][0] == "من زار سوتشي؟"  # and not its filters


def test_evidence_is_shown_before_the_answer_is_there(corpus: Corpus, history: History) -> None:
    async def run() -> list[str]:
        talk = Talk(opened(corpus), history)
        conversation = await talk.begin(LAYLA, "")
        return ["".join(one.messages[1]["content"]) async for one in asked(talk, LAYLA, conversation)]

    parts = asyncio.run(run())
    assert "busy" in parts[0]
    assert 'class="card"' in next(part for part in parts if "card" in part)
    assert "busy" not in parts[-1]


def test_earlier_questions_are_handed_on(corpus: Corpus, history: History, search: Search) -> None:
    async def run() -> None:
        talk = Talk(opened(corpus), history)
        conversation = await talk.begin(LAYLA, "")
        await last(asked(talk, LAYLA, conversation))
        assert await talk.begin(LAYLA, conversation) == conversation
        await last(asked(talk, LAYLA, conversation, "ومتى كان ذلك؟"))

    asyncio.run(run())
    assert [before for before, _ in search.asked[-1].history] == ["من زار سوتشي؟"]


def test_a_second_question_of_a_browser_waits_and_one_of_another_does_not(
    corpus: Corpus, history: History, search: Search
) -> None:
    search.waits = True

    async def run() -> None:
        talk = Talk(opened(corpus), history)
        places = [await talk.begin(owner, "") for owner in (LAYLA, OMAR)]
        first = asyncio.create_task(last(asked(talk, LAYLA, places[0])))
        await asyncio.to_thread(search.begun.wait, 10)
        assert "ما زال سؤالك السابق قيد الإجابة" in await last(asked(talk, LAYLA, places[0]))
        other = asyncio.create_task(last(asked(talk, OMAR, places[1])))
        search.goes_on.set()
        assert "سوتشي" in await first
        assert "قيد الإجابة" not in await other
        assert len(history.turns(LAYLA, places[0])) == 1
        assert not talk.asks(LAYLA)

    asyncio.run(run())


def test_a_stopped_question_ends_is_kept_and_says_that_it_was_stopped(
    corpus: Corpus, history: History, search: Search
) -> None:
    search.waits = True

    async def run() -> None:
        talk = Talk(opened(corpus), history)
        conversation = await talk.begin(LAYLA, "")
        asking = asyncio.create_task(last(asked(talk, LAYLA, conversation, session="one")))
        await asyncio.to_thread(search.begun.wait, 10)
        talk.stop(OMAR)
        talk.close(LAYLA, "another page that was closed")
        talk.stop(LAYLA)
        search.goes_on.set()
        said = await asking
        assert "أُوقف الجواب قبل تمامه." in said
        assert "busy" not in said
        [turn] = history.turns(LAYLA, conversation)
        assert turn.answer is not None
        assert turn.answer.cut

    asyncio.run(run())


def test_closing_one_page_does_not_stop_the_question_of_another(
    corpus: Corpus, history: History, search: Search
) -> None:
    search.waits = True

    async def run() -> str:
        talk = Talk(opened(corpus), history)
        asking = asyncio.create_task(last(asked(talk, LAYLA, await talk.begin(LAYLA, ""), session="one")))
        await asyncio.to_thread(search.begun.wait, 10)
        talk.close(LAYLA, "two")
        search.goes_on.set()
        return await asking

    assert "أُوقف" not in asyncio.run(run())


def test_a_page_that_leaves_frees_its_browser(corpus: Corpus, history: History) -> None:
    async def run() -> None:
        talk = Talk(opened(corpus), history)
        asking: Any = asked(talk, LAYLA, await talk.begin(LAYLA, ""))
        await anext(asking)
        assert talk.asks(LAYLA)
        await asking.aclose()
        assert not talk.asks(LAYLA)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (CatalogError("الفهرس معطوب", do="أعد الفهرسة"), "الفهرس معطوب"),
        (RuntimeError("/secret/place"), "تعذّرت الإجابة"),
    ],
)
def test_a_search_that_fails_is_told_in_our_own_words_and_the_question_is_kept(
    corpus: Corpus, history: History, search: Search, error: Exception, shown: str
) -> None:
    search.error = error

    async def run() -> None:
        talk = Talk(opened(corpus), history)
        conversation = await talk.begin(LAYLA, "")
        said = await last(asked(talk, LAYLA, conversation))
        assert shown in said
        assert "/secret" not in said
        assert "failure" in said
        [turn] = history.turns(LAYLA, conversation)
        assert turn.question == "من زار سوتشي؟"
        assert not talk.asks(LAYLA)

    asyncio.run(run())


@pytest.mark.parametrize("question", ["؟؟", "س" * 3000, "\ud83d من"])
def test_a_question_that_cannot_be_asked_is_told_and_not_kept(corpus: Corpus, history: History, question: str) -> None:
    async def run() -> None:
        talk = Talk(opened(corpus), history)
        conversation = await talk.begin(LAYLA, "")
        said = await last(asked(talk, LAYLA, conversation, question))
        said.encode()
        assert "لا يمكن طرح هذا السؤال" in said
        assert history.turns(LAYLA, conversation) == []

    asyncio.run(run())


@pytest.mark.parametrize("error", [IndexUnusable("لا فهرس بعد"), OSError("/secret/place")])
def test_a_corpus_that_could_not_be_opened_is_told_at_each_question(history: History, error: Exception) -> None:
    async def run() -> str:
        talk = Talk(opened(error), history)
        return await last(asked(talk, LAYLA, await talk.begin(LAYLA, "")))

    said = asyncio.run(run())
    assert "failure" in said
    assert "/secret" not in said


def test_a_question_asked_while_the_corpus_is_loading_is_answered_when_it_is_open(
    corpus: Corpus, history: History
) -> None:
    async def run() -> None:
        opening: Future[Corpus] = Future()
        talk = Talk(opening, history)
        asking: Any = asked(talk, LAYLA, await talk.begin(LAYLA, ""))
        assert "يجري تحميل النماذج" in (await anext(asking)).messages[1]["content"][0]
        waiting = asyncio.create_task(talk.corpus())
        await asyncio.sleep(0)
        waiting.cancel()  # another browser that leaves does not end the opening
        await asyncio.gather(waiting, return_exceptions=True)
        opening.set_result(corpus)
        assert "زار الوزير" in await last(asking)

    asyncio.run(run())


def test_a_damaged_file_of_conversations_keeps_nobody_from_an_answer(
    corpus: Corpus, history: History, tmp_path: Path
) -> None:
    (tmp_path / "conversations.sqlite3").write_bytes(b"no database, but long enough to be looked at" * 100)

    async def run() -> str:
        talk = Talk(opened(corpus), history)
        conversation = await talk.begin(LAYLA, "")
        assert conversation == ""
        return await last(asked(talk, LAYLA, conversation))

    said = asyncio.run(run())
    assert "زار الوزير سوتشي أمس." in said
    assert "لم يُحفظ هذا الجواب" in said


def test_a_file_that_cannot_be_written_any_more_is_told_under_the_answer(
    corpus: Corpus, history: History, tmp_path: Path, search: Search
) -> None:
    async def run() -> str:
        talk = Talk(opened(corpus), history)
        conversation = await talk.begin(LAYLA, "")
        with sqlite3.connect(tmp_path / "conversations.sqlite3") as file:
            file.execute("DROP TABLE turns")
        return await last(asked(talk, LAYLA, conversation))

    said = asyncio.run(run())
    assert "زار الوزير سوتشي أمس." in said
    assert "لم يُحفظ هذا الجواب" in said


def test_a_browser_without_a_name_is_answered_and_nothing_of_it_is_kept(corpus: Corpus, tmp_path: Path) -> None:
    history = History(tmp_path / "none.sqlite3")

    async def run() -> None:
        talk = Talk(opened(corpus), history)
        assert await talk.begin("", "") == ""
        said = await last(asked(talk, "", "", session="page"))
        assert "زار الوزير سوتشي أمس." in said
        assert "المتصفح لا يقبل" in said
        assert history.conversations("") == []

    asyncio.run(run())


def test_two_browsers_without_a_name_do_not_wait_for_each_other(
    corpus: Corpus, history: History, search: Search
) -> None:
    search.waits = True

    async def run() -> None:
        talk = Talk(opened(corpus), history)
        first = asyncio.create_task(last(asked(talk, "", "", session="one")))
        await asyncio.to_thread(search.begun.wait, 10)
        second = asyncio.create_task(last(asked(talk, "", "", session="two")))
        talk.stop("", "two")
        search.goes_on.set()
        assert "أُوقف" not in await first
        assert "قيد الإجابة" not in await second

    asyncio.run(run())


def test_a_conversation_deleted_while_it_is_answered_does_not_come_back(
    corpus: Corpus, history: History, search: Search
) -> None:
    search.waits = True

    async def run() -> None:
        talk = Talk(opened(corpus), history)
        conversation = await talk.begin(LAYLA, "")
        asking = asyncio.create_task(last(asked(talk, LAYLA, conversation)))
        await asyncio.to_thread(search.begun.wait, 10)
        history.delete(LAYLA, conversation)
        search.goes_on.set()
        assert "زار الوزير" in await asking
        with pytest.raises(NoConversation):
            history.turns(LAYLA, conversation)
        # The next question of that page begins a new one.
        assert await talk.begin(LAYLA, conversation) not in {"", conversation}

    asyncio.run(run())


def test_a_question_that_is_asked_again_takes_the_place_of_the_last_turn(
    corpus: Corpus, history: History, search: Search
) -> None:
    async def run() -> None:
        talk = Talk(opened(corpus), history)
        conversation = await talk.begin(LAYLA, "")
        for question in ("من زار سوتشي؟", "كم شخصًا قتل؟"):
            await last(asked(talk, LAYLA, conversation, question))
        assert await talk.last_turn(OMAR, conversation) is None
        turn = await talk.last_turn(LAYLA, conversation)
        assert turn is not None
        await last(asked(talk, LAYLA, conversation, turn.question, again=turn.id))
        first, second = history.turns(LAYLA, conversation)
        assert (first.question, second.question, second.id) == ("من زار سوتشي؟", "كم شخصًا قتل؟", turn.id)
        assert second != turn

    asyncio.run(run())
    assert [before for before, _ in search.asked[-1].history] == ["من زار سوتشي؟"]  # not its own earlier answer


@pytest.mark.parametrize("error", [CatalogError("معطوب"), RuntimeError("/secret/place"), BadInput("لا")])
def test_an_answer_that_cannot_be_made_again_stays(
    corpus: Corpus, history: History, search: Search, error: Exception
) -> None:
    async def run() -> None:
        talk = Talk(opened(corpus), history)
        conversation = await talk.begin(LAYLA, "")
        await last(asked(talk, LAYLA, conversation))
        before = history.turns(LAYLA, conversation)
        search.error = error
        told = [one async for one in asked(talk, LAYLA, conversation, again=before[0].id)]
        assert not told[-1].answered
        assert history.turns(LAYLA, conversation) == before

    asyncio.run(run())


def test_an_answer_that_is_stopped_while_it_is_made_again_stays(
    corpus: Corpus, history: History, search: Search
) -> None:
    async def run() -> None:
        talk = Talk(opened(corpus), history)
        conversation = await talk.begin(LAYLA, "")
        await last(asked(talk, LAYLA, conversation))
        before = history.turns(LAYLA, conversation)
        search.waits = True
        search.begun.clear()
        asking = asyncio.create_task(last(asked(talk, LAYLA, conversation, again=before[0].id)))
        await asyncio.to_thread(search.begun.wait, 10)
        talk.stop(LAYLA)
        search.goes_on.set()
        assert "أُوقف الجواب قبل تمامه." in await asking
        assert history.turns(LAYLA, conversation) == before

    asyncio.run(run())


def test_a_reopened_conversation_marks_nothing_of_a_file_that_changed(
    corpus: Corpus, history: History, tmp_path: Path
) -> None:
    async def run() -> str:
        talk = Talk(opened(corpus), history)
        conversation = await talk.begin(LAYLA, "")
        await last(asked(talk, LAYLA, conversation))
        (tmp_path / "files" / "خبر.txt").write_text("غيره", encoding="utf-8")
        return "".join((await talk.messages(LAYLA, conversation, "ar"))[1]["content"])

    said = asyncio.run(run())
    assert "#source/" not in said
    assert "تغيّر الملف" in said


def test_whoever_sees_a_whole_answer_may_ask_at_once(corpus: Corpus, history: History) -> None:
    async def run() -> list[bool]:
        talk = Talk(opened(corpus), history)
        conversation = await talk.begin(LAYLA, "")
        return [talk.asks(LAYLA) is not one.whole async for one in asked(talk, LAYLA, conversation)]

    told = asyncio.run(run())
    assert len(told) > 2
    assert all(told)


# A question whose page turns to something else.


async def left(talk: Talk, search: Search, conversation: str, **more: str) -> asyncio.Task[list[Any]]:
    """Ask a question from the page `one`, and turn away from it while it is being searched for."""
    search.waits = True

    async def showing() -> list[Any]:
        return [one async for one in asked(talk, LAYLA, conversation, session="one", **more)]

    shown = asyncio.create_task(showing())
    assert await asyncio.to_thread(search.begun.wait, 10)
    await talk.leave(LAYLA, "one")
    return shown


async def ended(talk: Talk) -> None:
    """Wait until no question is being answered."""
    while running := list(talk._running.values()):
        await asyncio.wait([one.task for one in running if one.task])


def test_a_question_that_its_page_leaves_is_answered_to_the_end_in_its_conversation(
    corpus: Corpus, history: History, search: Search
) -> None:
    async def run() -> None:
        talk = Talk(opened(corpus), history)
        conversation = await talk.begin(LAYLA, "")
        shown = await left(talk, search, conversation)
        assert not [one for one in await shown if one.whole]  # the page hears no more of it
        assert not talk.asks(LAYLA)
        [known] = history.conversations(LAYLA)
        assert (known.id, known.title) == (conversation, "من زار سوتشي؟")
        [turn] = history.turns(LAYLA, conversation)
        assert turn.error == "انقطع قبل اكتمال جوابه. أعد طرحه."  # as it stays if the server is killed now
        search.goes_on.set()
        await ended(talk)
        [turn] = history.turns(LAYLA, conversation)
        assert turn.answer is not None
        assert not turn.answer.cut
        await talk.leave(LAYLA, "one")
        assert history.turns(LAYLA, conversation) == [turn]

    asyncio.run(run())


def test_the_next_question_of_a_browser_stops_the_one_that_no_page_shows(
    corpus: Corpus, history: History, search: Search
) -> None:
    async def run() -> None:
        talk = Talk(opened(corpus), history)
        first, second = [await talk.begin(LAYLA, "") for _ in range(2)]
        await left(talk, search, first)
        stopped = talk._running[LAYLA].task
        assert stopped is not None
        asking = asyncio.create_task(last(asked(talk, LAYLA, second, "كم قتل؟", session="one")))
        await asyncio.sleep(0.1)
        search.goes_on.set()
        assert "قيد الإجابة" not in await asking
        await stopped
        [turn] = history.turns(LAYLA, first)
        assert turn.answer is not None
        assert turn.answer.cut
        [turn] = history.turns(LAYLA, second)
        assert turn.answer is not None
        assert not turn.answer.cut

    asyncio.run(run())


def test_a_page_that_opens_the_conversation_of_a_question_goes_on_with_it(
    corpus: Corpus, history: History, search: Search
) -> None:
    async def run() -> None:
        talk = Talk(opened(corpus), history)
        conversation = await talk.begin(LAYLA, "")
        await left(talk, search, conversation)
        assert talk.join(LAYLA, "two", "another") is None
        assert talk.join(OMAR, "two", conversation) is None
        assert talk.joined("two") is None
        found = talk.join(LAYLA, "two", conversation)
        assert found is not None
        turn, so_far = found
        assert "busy" in so_far.messages[1]["content"][0]
        assert await talk.messages(LAYLA, conversation, "ar", but=turn) == []
        assert talk.asks_here(LAYLA, "two")
        talk.close(LAYLA, "one")  # it goes on for the other page
        search.goes_on.set()
        joined = talk.joined("two")
        assert joined is not None
        again, states = joined
        assert again == ""
        said = await last(states)
        assert "زار الوزير سوتشي أمس." in said
        assert "أُوقف" not in said
        assert seen_of(await talk.messages(LAYLA, conversation, "ar")) == said
        assert talk.joined("two") is None
        assert await talk.followups("two") == ()

    def seen_of(messages: list[Any]) -> str:
        return "".join(messages[1]["content"])

    asyncio.run(run())


@pytest.mark.parametrize("away", ["closed", "stopped"])
def test_a_left_question_is_stopped_with_its_page_and_is_kept_as_cut(
    corpus: Corpus, history: History, search: Search, away: str
) -> None:
    async def run() -> None:
        talk = Talk(opened(corpus), history)
        conversation = await talk.begin(LAYLA, "")
        await left(talk, search, conversation)
        talk.stop(LAYLA, conversation="another")
        assert not talk._running[LAYLA].cancel.is_set()
        if away == "closed":
            talk.close(LAYLA, "one")
        else:
            talk.stop(LAYLA, conversation=conversation)
        search.goes_on.set()
        await ended(talk)
        [turn] = history.turns(LAYLA, conversation)
        assert turn.answer is not None
        assert turn.answer.cut

    asyncio.run(run())


def test_a_left_question_that_nothing_keeps_is_stopped(corpus: Corpus, history: History, search: Search) -> None:
    search.waits = True

    async def run() -> None:
        talk = Talk(opened(corpus), history)
        asking = asyncio.create_task(anext(asked(talk, "", "", session="one")))
        assert await asyncio.to_thread(search.begun.wait, 10)
        await asking
        running = talk._running["one"]
        await talk.leave("", "one")
        assert running.cancel.is_set()
        search.goes_on.set()
        await ended(talk)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (BadInput("لا", kind="question_empty"), "لا كلمات فيه. اكتب كلمة واحدة على الأقل."),
        (CatalogError("الفهرس معطوب"), "تتعذر قراءة سجل الأرشيف أو كتابته."),
        (RuntimeError("/secret/place"), ""),
    ],
)
def test_a_left_question_that_fails_says_why_in_its_conversation(
    corpus: Corpus, history: History, search: Search, error: Exception, told: str
) -> None:
    async def run() -> None:
        talk = Talk(opened(corpus), history)
        conversation = await talk.begin(LAYLA, "")
        search.error = error
        await left(talk, search, conversation)
        search.goes_on.set()
        await ended(talk)
        [turn] = history.turns(LAYLA, conversation)
        assert turn.error == told

    asyncio.run(run())


def test_a_left_question_that_is_asked_again_has_one_place_and_the_new_answer(
    corpus: Corpus, history: History, search: Search
) -> None:
    async def run() -> None:
        talk = Talk(opened(corpus), history)
        conversation = await talk.begin(LAYLA, "")
        await left(talk, search, conversation)
        [turn] = history.turns(LAYLA, conversation)
        before = talk._running[LAYLA].task
        again = asyncio.create_task(last(asked(talk, LAYLA, conversation, turn.question, again=turn.id)))
        await asyncio.sleep(0.1)
        search.goes_on.set()
        assert "زار الوزير" in await again
        assert before is not None
        await before
        [now] = history.turns(LAYLA, conversation)
        assert now.id == turn.id
        assert now.answer is not None
        assert not now.answer.cut

    asyncio.run(run())


def test_an_answer_that_is_made_again_for_no_page_keeps_the_old_one_until_it_is_there(
    corpus: Corpus, history: History, search: Search
) -> None:
    async def run() -> None:
        talk = Talk(opened(corpus), history)
        conversation = await talk.begin(LAYLA, "")
        await last(asked(talk, LAYLA, conversation))
        before = history.turns(LAYLA, conversation)
        search.begun.clear()
        await left(talk, search, conversation, again=before[0].id)
        assert history.turns(LAYLA, conversation) == before
        search.goes_on.set()
        await ended(talk)
        [turn] = history.turns(LAYLA, conversation)
        assert turn.id == before[0].id
        assert turn != before[0]

    asyncio.run(run())
