"""The handlers of the page: what they show when a browser, its conversations or the corpus fail them."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from builders import found
from small_chat import opened, small_corpus

from rag.corpus import Corpus
from rag.errors import IndexUnusable
from rag.generate.answer import Answerer
from rag.types import Filters, Found, Query
from ui.middleware.sessions import BROWSER_COOKIE
from ui.shared.history import History, Turn
from ui.web.conversation import Talk

LAYLA = "l" * 32
OUTPUTS = (
    "chat",
    "question",
    "send",
    "stop",
    "conversation",
    "shown",
    "known",
    "tools",
    "examples",
    "outlets",
    "spoken",
    "told",
)


@pytest.fixture
def corpus(tmp_path: Path) -> Iterator[Corpus]:
    with small_corpus(tmp_path / "files", tmp_path / "data", {"خبر.txt": "زار الوزير سوتشي أمس.\n"}) as corpus:
        yield corpus


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "conversations.sqlite3")


def wiring(opening: Future[Corpus], history: History) -> Any:
    from ui.web.handlers import Wiring

    return Wiring(Talk(opening, history))


def request(owner: str = LAYLA, conversation: str = "", session: str = "page") -> Any:
    return SimpleNamespace(
        cookies={BROWSER_COOKIE: owner, "isnad_language": "ar"},
        headers={},
        session_hash=session,
        query_params={"c": conversation},
    )


def named(values: tuple[Any, ...]) -> dict[str, Any]:
    """The outputs that change, by name."""
    pairs = zip(OUTPUTS, values, strict=False)
    return {name: value for name, value in pairs if not (isinstance(value, dict) and value.get("__type__") == "update")}


async def shown_by(handler: Any) -> dict[str, Any]:
    """What the page shows after a handler has ended."""
    page: dict[str, Any] = {}
    async for values in handler:
        page |= named(values)
    return page


def asked(wired: Any, given: Any, conversation: str = "") -> Any:
    return wired.ask(given, "  من زار\nسوتشي؟ ", conversation, [], None, "", "")


def test_a_question_is_answered_listed_and_can_be_exported(corpus: Corpus, history: History) -> None:
    wired = wiring(opened(corpus), history)
    page = asyncio.run(shown_by(asked(wired, request())))
    assert page["question"] == ""
    assert len(page["chat"]) == 2
    assert page["shown"] == page["chat"]
    assert "من زار سوتشي؟" in page["known"]
    assert f"/conversations/{page['conversation']}/export.md" in page["tools"]


def test_a_damaged_file_of_conversations_leaves_the_page_in_use(
    corpus: Corpus, history: History, tmp_path: Path
) -> None:
    (tmp_path / "conversations.sqlite3").write_bytes(b"no database, but long enough to be looked at" * 100)
    wired = wiring(opened(corpus), history)

    async def run() -> None:
        loaded = await shown_by(wired.load(request(conversation="abc")))
        assert "تتعذر قراءة المحادثات" in loaded["known"]
        page = await shown_by(asked(wired, request()))
        assert "زار الوزير سوتشي أمس." in "".join(page["chat"][1]["content"])
        assert "href" not in page["tools"]
        for said in ('{"do":"delete","id":"x"}', '{"do":"delete_all"}', '{"do":"open","id":"x"}'):
            assert "تتعذر قراءة المحادثات" in named(await wired.act(said, "", request()))["known"]
        again = await shown_by(wired.again(request(), "x"))
        assert "تتعذر قراءة المحادثات" in again["known"]

    asyncio.run(run())


def test_two_browsers_without_a_name_share_nothing(corpus: Corpus, history: History) -> None:
    wired = wiring(opened(corpus), history)

    async def run() -> None:
        for owner in ("", "short"):
            page = await shown_by(asked(wired, request(owner)))
            assert "المتصفح لا يقبل" in "".join(page["chat"][1]["content"])
            assert "href" not in page["known"] + page["tools"]

    asyncio.run(run())


def test_a_question_asked_while_the_page_was_loading_stays_where_it_is(corpus: Corpus, history: History) -> None:
    opening: Future[Corpus] = Future()
    wired = wiring(opening, history)

    async def run() -> dict[str, Any]:
        loading = wired.load(request())
        await anext(loading)
        asking = asyncio.create_task(shown_by(asked(wired, request())))
        await asyncio.sleep(0.2)
        opening.set_result(corpus)
        later = await shown_by(loading)
        assert len((await asking)["chat"]) == 2
        return later

    later = asyncio.run(run())
    assert not {"chat", "shown", "conversation", "question"} & later.keys()
    assert "المقالات: 1" in later["told"]


def test_a_corpus_that_could_not_be_opened_says_so_on_the_page(history: History) -> None:
    wired = wiring(opened(IndexUnusable("لا فهرس بعد", do="افهرس")), history)
    page = asyncio.run(shown_by(wired.load(request())))
    assert "تعذّر تشغيل إسناد" in page["examples"]
    assert "لا فهرس بعد" in page["examples"]


@pytest.mark.parametrize(
    "said",
    ["", "[]", "null", "{", '{"do":1}', '{"do":"delete","id":"' + "x" * 99 + '"}', '{"do":"open","id":"\\ud800"}'],
)
def test_what_the_pages_script_never_says_does_nothing(said: str, corpus: Corpus, history: History) -> None:
    wired = wiring(opened(corpus), history)
    assert named(asyncio.run(wired.act(said, "", request()))).get("chat", []) == []


def test_asking_again_puts_the_new_answer_in_the_place_of_the_last_kept_one(corpus: Corpus, history: History) -> None:
    wired = wiring(opened(corpus), history)

    async def run() -> None:
        page = await shown_by(asked(wired, request()))
        conversation = page["conversation"]
        await shown_by(wired.ask(request(), "؟", conversation, page["shown"]))  # told, and not kept
        page = await shown_by(wired.again(request(), conversation))
        assert len(page["chat"]) == 2
        assert len(history.turns(LAYLA, conversation)) == 1

    asyncio.run(run())


@pytest.mark.parametrize("first", ["أمس", "2016-02-30"])
def test_asking_again_under_a_bad_filter_leaves_the_answer_and_says_why_in_arabic(
    first: str, corpus: Corpus, history: History
) -> None:
    wired = wiring(opened(corpus), history)

    async def run() -> None:
        answered = await shown_by(asked(wired, request()))
        conversation = answered["conversation"]
        page = await shown_by(wired.again(request(), conversation, None, first))
        assert page["chat"][:2] == answered["chat"]
        assert page["shown"] == page["chat"]
        assert len(page["chat"]) == 4
        told = "".join(page["chat"][3]["content"])
        assert "ليس تاريخًا" in told
        assert first in told
        assert len(history.turns(LAYLA, conversation)) == 1
        assert len((await shown_by(wired.load(request(conversation=conversation))))["chat"]) == 2

    asyncio.run(run())


def test_a_question_that_failed_is_asked_again_in_its_own_place(corpus: Corpus, history: History) -> None:
    async def run() -> None:
        conversation = history.start(LAYLA)
        history.keep(LAYLA, conversation, Turn.failed("من زار سوتشي؟", "لا"))
        failing = wiring(opened(IndexUnusable("the index is torn")), history)
        page = await shown_by(failing.again(request(), conversation))
        assert len(page["chat"]) == 2
        page = await shown_by(wiring(opened(corpus), history).again(request(), conversation))
        assert len(page["chat"]) == 2
        assert "زار الوزير" in "".join(page["chat"][1]["content"])
        [turn] = history.turns(LAYLA, conversation)
        assert turn.answer is not None

    asyncio.run(run())


@pytest.mark.parametrize("day", ["2016-02-08", " ٢٠١٦-٠٢-٠٨ ", "۲۰۱۶-۰۲-۰۸"])
def test_a_day_may_be_typed_in_the_digits_of_any_script(day: str) -> None:
    from ui.web.handlers import filters_of

    assert filters_of(None, day, "") == Filters(None, "2016-02-08", None)


def test_a_chip_sets_its_limit_or_lifts_it_and_leaves_the_others(corpus: Corpus, history: History) -> None:
    from ui.web.handlers import filters_of

    wired = wiring(opened(corpus), history)

    def pressed(said: dict[str, str], *limits: str) -> tuple[str, ...]:
        *chosen, chips = wired.limit(request(), json.dumps(said), *limits)
        assert all(f"{name}</bdi>" in chips for name in filters_of(*chosen).names)
        return tuple(chosen)

    all_of = ("سانا", "2016-02-08", "", "ar", "بيل بروس")
    assert pressed({"outlet": "رويترز"}, *all_of) == ("رويترز", *all_of[1:])
    assert pressed({"days": ""}, *all_of) == ("سانا", "", "", "ar", "بيل بروس")
    assert pressed({"language": ""}, *all_of) == ("سانا", "2016-02-08", "", "", "بيل بروس")
    assert pressed({"name": "حلب"}, *all_of) == (*all_of[:4], "بيل بروس\nحلب")
    assert pressed({"name": "بيل بروس"}, *all_of) == all_of
    assert pressed({"lift": "بيل بروس"}, *all_of[:4], "بيل بروس\nحلب") == (*all_of[:4], "حلب")
    assert filters_of(*all_of[:4], "بيل بروس\nحلب").names == ("بيل بروس", "حلب")
    for said in ("", "[]", "[1]", "{" * 9000, '{"delete": "all"}'):
        assert wired.limit(request(), said, *all_of)[:5] == all_of


def test_gradio_forgets_what_pages_of_long_ago_show(corpus: Corpus, history: History) -> None:
    from gradio.state_holder import StateHolder

    from ui.shared.saved import Saved
    from ui.web.handlers import CheckWiring
    from ui.web.page import PAGES, page
    from ui.web.views import SavedWiring, Tables, ViewWiring

    kept = StateHolder()
    opening = opened(corpus)
    views, saved = (
        ViewWiring(opening, Tables()),
        SavedWiring(opening, Saved(corpus.settings.data_dir / "saved.json", "archive")),
    )
    kept.set_blocks(page(wiring(opening, history), CheckWiring(opening), views, saved, max_question_chars=10))
    for number in range(PAGES + 1):
        kept[str(number)]
    assert "0" not in kept
    assert "1" in kept


class Waiting:
    """A search that waits from when it is asked until it may go on."""

    def __init__(self, corpus: Corpus) -> None:
        self._search = corpus.answerer.search
        self.begun, self.goes_on = threading.Event(), threading.Event()
        corpus.answerer = Answerer(self)

    def __call__(self, query: Query) -> Found:
        self.begun.set()
        assert self.goes_on.wait(30)
        return self._search(query)


def test_a_question_goes_on_below_its_conversation_when_that_is_opened_again(corpus: Corpus, history: History) -> None:
    wired, waiting = wiring(opened(corpus), history), Waiting(corpus)

    async def run() -> None:
        asking = asyncio.create_task(shown_by(asked(wired, request())))
        assert await asyncio.to_thread(waiting.begun.wait, 30)
        fresh = named(await wired.new(request()))
        assert (fresh["chat"], fresh["shown"], fresh["conversation"]) == ([], [], "")
        assert "من زار سوتشي؟" in fresh["known"]
        assert "shown" not in await asking  # no end of it
        conversation = history.conversations(LAYLA)[0].id
        page = named(await wired.act(json.dumps({"do": "open", "id": conversation}), "", request()))
        assert page["shown"] == []
        assert (page["conversation"], len(page["chat"])) == (conversation, 2)
        assert "busy" in "".join(page["chat"][1]["content"])
        joining = asyncio.create_task(shown_by(wired.join(request(), page["conversation"], page["shown"])))
        await asyncio.sleep(0.1)
        waiting.goes_on.set()
        page = await joining
        assert len(page["chat"]) == 2
        assert page["shown"] == page["chat"]
        assert "زار الوزير سوتشي أمس." in "".join(page["chat"][1]["content"])
        assert f"/conversations/{conversation}/export.md" in page["tools"]
        assert await shown_by(wired.join(request(), conversation, page["shown"])) == {}
        loaded = await shown_by(wired.load(request(conversation=conversation)))
        assert loaded["chat"] == page["chat"]

    asyncio.run(run())


def test_deleting_another_conversation_leaves_the_question_of_this_one(corpus: Corpus, history: History) -> None:
    wired = wiring(opened(corpus), history)

    async def run() -> None:
        first = (await shown_by(asked(wired, request())))["conversation"]
        waiting = Waiting(corpus)
        asking = asyncio.create_task(shown_by(asked(wired, request())))
        assert await asyncio.to_thread(waiting.begun.wait, 30)
        here = wired._talk._running[LAYLA].conversation
        assert [one.id for one in history.conversations(LAYLA)] == [first]  # the other has no answer yet
        page = named(await wired.act(json.dumps({"do": "delete", "id": first}), here, request()))
        assert (page["conversation"], len(page["chat"])) == (here, 2)
        waiting.goes_on.set()
        page = await shown_by(wired.join(request(), here, []))
        assert "زار الوزير سوتشي أمس." in "".join(page["chat"][1]["content"])
        await asking
        assert [one.id for one in history.conversations(LAYLA)] == [here]

    asyncio.run(run())


@pytest.mark.parametrize("said", ['{"do": "delete", "id": "%s"}', '{"do": "delete_all"}'])
def test_deleting_a_conversation_stops_its_question(corpus: Corpus, history: History, said: str) -> None:
    wired, waiting = wiring(opened(corpus), history), Waiting(corpus)

    async def run() -> None:
        asking = asyncio.create_task(shown_by(asked(wired, request())))
        assert await asyncio.to_thread(waiting.begun.wait, 30)
        running = wired._talk._running[LAYLA]
        here = running.conversation
        page = named(await wired.act(said.replace("%s", here), here, request()))
        assert running.cancel.is_set()
        assert (page["conversation"], page["chat"]) == ("", [])
        waiting.goes_on.set()
        await asking
        await running.task
        assert history.conversations(LAYLA) == []

    asyncio.run(run())


def test_an_answer_that_is_stopped_while_it_is_made_again_for_another_page_stays(
    corpus: Corpus, history: History
) -> None:
    wired = wiring(opened(corpus), history)

    async def run() -> None:
        answered = await shown_by(asked(wired, request()))
        conversation, waiting = answered["conversation"], Waiting(corpus)
        repeating = asyncio.create_task(shown_by(wired.again(request(), conversation)))
        assert await asyncio.to_thread(waiting.begun.wait, 30)
        page = named(await wired.act(json.dumps({"do": "open", "id": conversation}), conversation, request()))
        assert page["shown"] == []
        assert len(page["chat"]) == 2  # the question once, as it is asked again
        wired.stop(request())
        waiting.goes_on.set()
        page = await shown_by(wired.join(request(), conversation, page["shown"]))
        assert page["chat"][:2] == answered["chat"]
        assert "أُوقف الجواب قبل تمامه." in "".join(page["chat"][3]["content"])
        await repeating

    asyncio.run(run())


STORY = (
    "التقى الرئيس الروسي وزير الخارجية وليد المعلم في مدينة سوتشي.\n"
    "وقررت السلطات الإسبانية اليوم رفع التحذير من السفر.\n"
)
DECIDED = "ماذا قررت السلطات الإسبانية؟"


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Corpus]:
    with small_corpus(tmp_path / "story", tmp_path / "of_story", {"قصة.txt": STORY}) as corpus:
        current = corpus.catalog.current(corpus.name)
        assert current is not None
        names = [member.article_id for member in corpus.catalog.members(current.id)]
        every = found(*corpus.catalog.articles(current.id, names).values())

        def search(query: Query) -> Found:
            """The sentence on the decision if it is asked for, else the other."""
            return replace(every, hits=(every.hits[int("قررت" in query.question)],))

        corpus.answerer = Answerer(search)
        yield corpus


def met(wired: Any, given: Any, conversation: str = "") -> Any:
    return wired.ask(given, "من التقى وليد المعلم في سوتشي؟", conversation, [], None, "", "")


def test_follow_up_questions_are_added_below_the_answer_and_are_not_kept(story: Corpus, history: History) -> None:
    wired = wiring(opened(story), history)

    async def run() -> None:
        page = await shown_by(met(wired, request()))
        chat = await wired.follow(page["shown"], request())
        assert DECIDED in chat[-1]["content"][-1]
        assert 'href="#ask"' in chat[-1]["content"][-1]
        assert [*chat[-1]["content"][:-1]] == page["shown"][-1]["content"]
        assert chat[:-1] == page["shown"][:-1]
        opened_again = named(await wired.act(json.dumps({"do": "open", "id": page["conversation"]}), "", request()))
        assert opened_again["chat"] == page["shown"]
        # Once: there is nothing more to add.
        assert "update" in str(await wired.follow(page["shown"], request()))

    asyncio.run(run())


@pytest.mark.parametrize("leaving", ["ask", "new", "open", "leave"])
def test_follow_up_questions_that_come_too_late_are_not_shown(story: Corpus, history: History, leaving: str) -> None:
    wired = wiring(opened(story), history)
    begun, goes_on = threading.Event(), threading.Event()
    search = story.answerer.search

    def slow(query: Query) -> Found:
        if query.history:  # a candidate of a follow-up question
            begun.set()
            assert goes_on.wait(30)
        return search(query)

    async def run() -> None:
        page = await shown_by(met(wired, request()))
        story.answerer.search = slow
        following = asyncio.create_task(wired.follow(page["shown"], request()))
        assert await asyncio.to_thread(begun.wait, 30)
        if leaving == "ask":
            asking = asyncio.create_task(shown_by(asked(wired, request())))
            await asyncio.sleep(0.1)
            goes_on.set()
            await asking
        elif leaving == "new":
            await wired.new(request())
        elif leaving == "open":
            await wired.act('{"do":"open","id":"x"}', "", request())
        else:
            wired.leave(request())
        goes_on.set()
        assert (await following).get("__type__") == "update"

    asyncio.run(run())


def test_a_search_that_fails_leaves_an_answer_without_follow_up_questions(story: Corpus, history: History) -> None:
    wired = wiring(opened(story), history)

    async def run() -> None:
        page = await shown_by(met(wired, request()))

        def fails(query: Query) -> Found:
            raise IndexUnusable("gone")

        story.answerer.search = fails
        assert (await wired.follow(page["shown"], request())).get("__type__") == "update"

    asyncio.run(run())


def test_an_example_is_shown_while_others_are_being_sought(story: Corpus, history: History) -> None:
    wired, search = wiring(opened(story), history), story.answerer.search
    shown = threading.Event()

    def waits(query: Query) -> Found:
        if query.language == "en":  # sought after those in the page's language
            assert shown.wait(30)
        return search(query)

    story.answerer.search = waits

    async def run() -> None:
        async for one in wired.load(request()):
            if DECIDED in named(one).get("examples", ""):
                shown.set()

    asyncio.run(run())
    assert shown.is_set()


def test_pages_that_wait_for_examples_keep_no_thread_from_a_question(story: Corpus, history: History) -> None:
    wired, search = wiring(opened(story), history), story.answerer.search
    answered = threading.Event()

    def waits(query: Query) -> Found:
        assert threading.current_thread().name != "examples" or answered.wait(30)
        return search(query)

    story.answerer.search = waits

    async def run() -> None:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2))
        loads = [wired.load(request(session=f"page {number}")) for number in range(4)]
        for load in loads:
            for _ in range(2):
                await anext(load)
        pages = [asyncio.create_task(anext(load)) for load in loads]
        await asyncio.sleep(0)
        await asyncio.wait_for(shown_by(met(wired, request())), 30)
        answered.set()
        for page in pages:
            assert DECIDED in named(await page)["examples"]

    asyncio.run(run())


def test_examples_come_after_the_page_and_once_for_both_languages(story: Corpus, history: History) -> None:
    wired = wiring(opened(story), history)

    async def run() -> None:
        values = [named(one) async for one in wired.load(request())]
        assert "examples" not in values[0]
        assert DECIDED not in values[1]["examples"]  # what the archive holds does not wait for them
        assert DECIDED in values[2]["examples"]
        again = [named(one) async for one in wired.load(request(session="other"))]
        assert len(again) == 2
        assert DECIDED in again[0]["examples"]

    asyncio.run(run())
