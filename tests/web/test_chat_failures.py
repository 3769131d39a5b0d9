"""What goes wrong in the chat, seen from the browser: it is said in plain words, and what was found is shown."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from threading import Event
from threading import Event as Cancel

import httpx
import pytest
from builders import says
from chat_server import Chat, ask, open_panel, served
from playwright.sync_api import Page, expect

from rag.config import Settings
from rag.corpus import Corpus, open_corpus
from rag.errors import IndexUnusable, LLMError, SourceGone
from rag.types import Delta, End, Found, Language, Prompt, Query
from ui.shared.i18n import WORDS

Visit = Callable[..., Page]
OPENED = ("stated.txt", "افتتح الوزير مكتبة الإسكندرية الجديدة يوم الأحد بحضور 300 ضيف من 12 دولة عربية وأجنبية.")
COST = ("stated.txt", "وقال الوزير إن المكتبة كلفت 45 مليون جنيه وإنها تضم مليون كتاب في قاعاتها الأربع.")


def test_what_is_not_in_the_archive_is_said_to_be_so_with_the_nearest_passages(chat: Chat, visit: Visit) -> None:
    chat.quotes(chat.place(*OPENED), score=0.1)
    page = visit(chat.address)
    ask(page, "What is the price of tomatoes in Tunis?")
    expect(page.locator("#chat .head")).to_contain_text("Not in the archive")
    expect(page.locator("#chat .opening")).to_contain_text("7 passages were searched")
    expect(page.locator("#chat .nearest .label")).to_have_text(WORDS["nearest"]["en"])
    expect(page.locator("#chat .nearest a.card")).to_contain_text("300 ضيف")
    expect(page.locator("#chat .claim")).to_have_count(0)
    expect(page.locator("#chat a.cite")).to_have_count(0)


def test_a_claim_without_support_is_one_click_away_and_says_why(chat: Chat, visit: Visit) -> None:
    invented = "The library has 900 readers from Peru."
    chat.writes(says(f"{invented} The minister opened it. [9]"), chat.place(*OPENED))
    page = visit(chat.address)
    ask(page, "How many readers has the library?")
    ledger = page.locator("#chat details.ledger")
    expect(ledger.locator("summary")).to_have_text("Removed from the model’s reply: 1")
    bad = ledger.locator(".claim.removed")
    expect(bad).not_to_be_visible()
    ledger.locator("summary").click()
    expect(bad).to_be_visible()
    expect(bad).to_contain_text(invented)
    expect(bad.locator(".why")).to_contain_text("no evidence is cited for it")
    expect(bad.locator(".problem").first).to_have_text("900")
    expect(bad.locator("a.cite")).to_have_count(0)
    assert bad.evaluate("one => getComputedStyle(one).borderInlineStartWidth") == "4px"
    expect(page.locator("#chat .rejected")).to_have_text("The model cited a number that does not exist: 9")


def test_what_a_source_does_not_say_is_taken_out_and_the_source_stands_in_its_place(chat: Chat, visit: Visit) -> None:
    chat.writes(says("حضر الافتتاح 900 ضيف. [1]"), chat.place(*OPENED))
    page = visit(chat.address)
    ask(page, "كم ضيفا حضر؟")
    expect(page.locator("#chat .removed del")).to_have_text("حضر الافتتاح 900 ضيف.")
    expect(page.locator("#chat .removed .problem")).to_have_text("900")
    expect(page.locator("#chat .claim:not(.removed)")).to_contain_text("300 ضيف")
    expect(page.locator("#chat .claim:not(.removed) .stands-in")).to_have_count(1)


def _dies(after: str) -> Callable[[Prompt, Cancel], Iterator[Delta | End]]:
    def generate(prompt: Prompt, cancel: Cancel) -> Iterator[Delta | End]:
        if after:
            yield Delta(after)
        raise LLMError("it hung up", where="toy", started=bool(after))

    return generate


def test_a_model_that_dies_in_mid_answer_leaves_what_was_checked_and_says_that_it_was_cut(
    chat: Chat, visit: Visit
) -> None:
    chat.writes(_dies(f"{COST[1]} [2] وحضر"), chat.place(*OPENED), chat.place(*COST))
    page = visit(chat.address)
    ask(page, "كم كلفت المكتبة؟")
    expect(page.locator("#chat .head")).to_contain_text("Cut off before the end")
    expect(page.locator("#chat .notice").first).to_contain_text("انقطع ردّ النموذج قبل تمامه")
    expect(page.locator("#chat .claim").first).to_contain_text("45 مليون جنيه")


def test_a_model_that_does_not_come_is_told_and_the_evidence_answers(chat: Chat, visit: Visit) -> None:
    chat.writes(_dies(""), chat.place(*OPENED))
    page = visit(chat.address)
    ask(page, "كم ضيفا حضر؟")
    expect(page.locator("#chat .notice")).to_contain_text("تعذّر استعمال النموذج اللغوي (it hung up)")
    expect(page.locator("#chat .claim")).to_contain_text("300 ضيف")


@pytest.mark.parametrize(
    ("error", "told"),
    [(SourceGone("the disk is away", do="plug it in"), "the disk is away"), (RuntimeError("x/secret.py:1"), "")],
    ids=["one of ours", "any other"],
)
def test_an_error_is_told_in_our_own_words_without_a_trace(
    chat: Chat, visit: Visit, error: Exception, told: str
) -> None:
    def search(query: Query) -> Found:
        raise error

    chat.quotes(chat.place(*OPENED))
    chat.corpus.answerer.search = search
    page = visit(chat.address)
    ask(page, "كم ضيفا حضر؟")
    expect(page.locator("#chat .failure")).to_contain_text(WORDS["error"]["en"])
    expect(page.locator("#chat .failure")).to_contain_text(told)
    assert not [word for word in ("Traceback", "secret", "RuntimeError", "SourceGone") if word in page.content()]
    expect(page.locator("#send")).to_be_visible()


def test_an_empty_question_does_nothing_and_a_long_one_cannot_be_typed(chat: Chat, visit: Visit) -> None:
    page = visit(chat.address)
    page.fill("#question textarea", "   ")
    page.press("#question textarea", "Enter")
    page.click("#send")
    chat.quotes(chat.place(*OPENED))
    ask(page, "كم ضيفا حضر؟")
    expect(page.locator("#chat .asked")).to_have_text("كم ضيفا حضر؟")
    expect(page.locator("#chat .failure, .toast-wrap *")).to_have_count(0)
    page.fill("#question textarea", "")
    page.locator("#question textarea").fill("س" * 1998)
    page.locator("#question textarea").press_sequentially("س" * 5, delay=0)
    assert len(page.input_value("#question textarea")) == 2000


def test_the_page_answers_while_the_models_load_and_the_answer_comes_after(
    chat: Chat, visit: Visit, tmp_path: Path, settings: Settings
) -> None:
    opening: Future[Corpus] = Future()
    chat.quotes(chat.place(*OPENED))
    with served(opening, settings, tmp_path / "history.sqlite3") as address:
        page = visit(address, ready=False)
        ask(page, "كم ضيفا حضر؟", wait=False)
        expect(page.locator("#chat .head.busy")).to_have_text(WORDS["loading"]["en"])
        opening.set_result(chat.corpus)
        expect(page.locator("#chat .claim")).to_contain_text("300 ضيف")
        page.wait_for_selector("a.example", state="attached")
        page.wait_for_timeout(300)
        expect(page.locator("#chat .claim")).to_contain_text("300 ضيف")
        expect(page.locator("a.example").first).not_to_be_visible()
        page.context.close()


def test_the_page_says_why_the_corpus_could_not_be_opened(visit: Visit, tmp_path: Path, settings: Settings) -> None:
    opening: Future[Corpus] = Future()
    opening.set_exception(IndexUnusable("the index is torn", do="run: isnad ingest"))
    with served(opening, settings, tmp_path / "history.sqlite3") as address:
        page = visit(address, ready=False)
        expect(page.locator(".failure")).to_contain_text("the index is torn")
        expect(page.locator(".failure")).to_contain_text("run: isnad ingest")
        ask(page, "كم ضيفا حضر؟")
        expect(page.locator("#chat .failure")).to_contain_text("the index is torn")
        page.context.close()


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_where_too_many_wait_the_page_says_so_and_the_question_can_be_asked_again(
    chat: Chat, visit: Visit, locale: Language
) -> None:
    from ui.web.page import AT_ONCE, QUEUE

    released, answered = Event(), []

    def generate(prompt: Prompt, cancel: Cancel) -> Iterator[Delta | End]:
        assert released.wait(120)
        answered.append(prompt)
        yield Delta(f"{OPENED[1]} [1]")
        yield End("stop")

    chat.writes(generate, chat.place(*OPENED))
    page = visit(chat.address, locale=locale)
    try:
        _fill_the_queue(chat.address, AT_ONCE + QUEUE)
        ask(page, "كم ضيفا حضر؟", wait=False)
        toast = page.locator(".toast-wrap")
        expect(toast).to_contain_text(WORDS["crowded"][locale])
        expect(page.locator("[data-testid=status-tracker]:visible")).to_have_count(0)
        expect(page.locator("#question textarea")).to_have_value("كم ضيفا حضر؟")
    finally:
        released.set()
    deadline = time.monotonic() + 120
    while len(answered) < AT_ONCE + QUEUE and time.monotonic() < deadline:
        page.wait_for_timeout(100)
    assert len(answered) == AT_ONCE + QUEUE  # all that were taken are answered
    ask(page, "كم ضيفا حضر؟")
    expect(page.locator("#chat .claim")).to_contain_text("300 ضيف")


def _fill_the_queue(address: str, count: int) -> None:
    """Ask as many questions as the page takes at once and lets wait, each as a browser of its own."""
    with httpx.Client(base_url=address, timeout=30) as client:
        handlers = {one["api_name"]: one["id"] for one in client.get("/config").json()["dependencies"]}
        for number in range(count):
            body = {"data": ["كم ضيفا حضر؟", None, None, None, "", "", None, ""], "fn_index": handlers["ask"]}
            body["session_hash"] = f"one of many {number}"
            while client.post("/gradio_api/queue/join", json=body).status_code == 429:
                time.sleep(0.02)  # those that can be answered at once are taken out of the queue one by one


def test_an_archive_with_nothing_in_it_says_so(visit: Visit, tmp_path: Path, settings: Settings) -> None:
    opening: Future[Corpus] = Future()
    with pytest.raises(IndexUnusable) as raised:
        open_corpus(settings.model_copy(update={"generator": "extractive"}))
    opening.set_exception(raised.value)
    with served(opening, settings, tmp_path / "history.sqlite3") as address:
        page = visit(address, ready=False, locale="ar")
        expect(page.locator("#examples .failure")).to_contain_text(WORDS["fault.nothing_ingested"]["ar"])
        expect(page.locator("#examples .failure")).to_contain_text("isnad ingest FOLDER")
        ask(page, "كم ضيفا حضر؟")
        expect(page.locator("#chat .failure")).to_contain_text(WORDS["fault.nothing_ingested"]["ar"])
        page.context.close()


def test_words_of_a_file_that_was_deleted_can_be_read_and_the_file_is_said_to_be_gone(chat: Chat, visit: Visit) -> None:
    chat.quotes(chat.place("repeated.txt", "حضر اللقاء سفراء كثيرون."))
    page = visit(chat.address)
    ask(page, "من حضر؟")
    file = chat.folder / "repeated.txt"
    kept = file.read_bytes()
    file.unlink()
    try:
        open_panel(page)
        expect(page.locator("#source mark")).to_have_text("حضر اللقاء سفراء كثيرون.")
        article = chat.article("repeated.txt")
        assert page.request.get(f"{chat.address}/articles/{article.id}/file").status == 404
        page.reload()
        expect(page.locator("#chat .claim a.cite")).to_have_count(1)
    finally:
        file.write_bytes(kept)
