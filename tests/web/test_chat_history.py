"""Conversations in the browser: kept over reloads, of one browser only, deleted, asked again, exported; and uploads."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from chat_server import PATIENCE, Chat, Paced, ask, corpus_of, served
from playwright.sync_api import Page, expect

from rag.config import Settings
from rag.models.embedding import Embedder
from ui.shared.exported import read_back
from ui.shared.i18n import WORDS

Visit = Callable[..., Page]
GUESTS = "افتتح الوزير مكتبة الإسكندرية الجديدة يوم الأحد بحضور 300 ضيف من 12 دولة عربية وأجنبية."
COST = "وقال الوزير إن المكتبة كلفت 45 مليون جنيه وإنها تضم مليون كتاب في قاعاتها الأربع."


@pytest.fixture
def asked(chat: Chat, visit: Visit) -> Page:
    """A page on which one question was asked and answered."""
    chat.quotes(chat.place("stated.txt", GUESTS), chat.place("stated.txt", COST))
    page = visit(chat.address)
    ask(page, "كم ضيفا حضر الافتتاح؟")
    page.wait_for_url("**/?c=*")
    return page


def test_a_reload_keeps_the_conversation_and_it_goes_on(asked: Page) -> None:
    before = asked.locator("#chat .claim").all_inner_texts()
    asked.reload()
    expect(asked.locator("#chat .claim")).to_have_count(2)
    assert asked.locator("#chat .claim").all_inner_texts() == before
    expect(asked.locator("#chat .asked")).to_have_text("كم ضيفا حضر الافتتاح؟")
    ask(asked, "وكم كلفت المكتبة؟")
    expect(asked.locator("#chat .asked")).to_have_count(2)
    asked.reload()
    expect(asked.locator("#chat .asked")).to_have_text(["كم ضيفا حضر الافتتاح؟", "وكم كلفت المكتبة؟"])


def test_another_browser_sees_nothing_of_it_by_any_address(asked: Page, visit: Visit) -> None:
    export = asked.locator("#tools a").first.get_attribute("href")
    other = visit(asked.url)
    expect(other.locator("#conversations")).to_contain_text(WORDS["no_conversations"]["en"])
    expect(other.locator("#chat .asked, #chat .claim")).to_have_count(0)
    address = asked.url.split("/?")[0]
    assert asked.request.get(f"{address}{export}").status == 200
    assert other.request.get(f"{address}{export}").status == 404
    other.wait_for_function("() => !location.search.includes('c=')")


def test_a_new_conversation_is_empty_and_the_old_one_can_be_opened_again(asked: Page) -> None:
    asked.click("#new")
    expect(asked.locator("#chat .asked")).to_have_count(0)
    asked.wait_for_function("() => !location.search.includes('c=')")
    ask(asked, "كم كلفت المكتبة؟")
    expect(asked.locator("#conversations a.name")).to_have_text(["كم كلفت المكتبة؟", "كم ضيفا حضر الافتتاح؟"])
    expect(asked.locator("#conversations .current a.name")).to_have_text("كم كلفت المكتبة؟")
    asked.locator("#conversations a.name").last.click()
    expect(asked.locator("#chat .asked")).to_have_text("كم ضيفا حضر الافتتاح؟")
    asked.locator("#chat .claim a.cite").first.click()
    expect(asked.locator("#source mark")).to_have_text(GUESTS)


def test_one_conversation_is_deleted_in_two_steps(asked: Page, chat: Chat) -> None:
    export = asked.locator("#tools a").first.get_attribute("href")
    asked.locator("#conversations .conversation summary").click()
    expect(asked.locator("#conversations a.name")).to_have_count(1)
    asked.get_by_text(WORDS["sure_one"]["en"]).click()
    expect(asked.locator("#conversations")).to_contain_text(WORDS["no_conversations"]["en"])
    expect(asked.locator("#chat .asked")).to_have_count(0)
    assert asked.request.get(f"{chat.address}{export}").status == 404


def test_all_conversations_are_deleted_in_two_steps(asked: Page) -> None:
    asked.click("#new")
    expect(asked.locator("#chat .asked")).to_have_count(0)
    ask(asked, "كم كلفت المكتبة؟")
    expect(asked.locator("#conversations a.name")).to_have_count(2)
    asked.locator("#conversations .all summary").click()
    expect(asked.locator("#conversations a.name")).to_have_count(2)
    asked.get_by_text(WORDS["sure_all"]["en"]).click()
    expect(asked.locator("#conversations a.name")).to_have_count(0)
    asked.reload()
    expect(asked.locator("#conversations")).to_contain_text(WORDS["no_conversations"]["en"])


def test_asking_again_takes_the_old_answer_out(asked: Page, chat: Chat) -> None:
    chat.quotes(chat.place("stated.txt", COST))
    asked.click("#again")
    expect(asked.locator("#chat .claim")).to_have_count(1)
    expect(asked.locator("#chat .claim")).to_contain_text("45 مليون")
    expect(asked.locator("#chat .asked")).to_have_text("كم ضيفا حضر الافتتاح؟")
    expect(asked.locator("#chat .head:not(.busy)")).to_have_count(1)
    asked.reload()
    expect(asked.locator("#chat .claim")).to_have_count(1)
    expect(asked.locator("#chat .claim")).to_contain_text("45 مليون")


def test_asking_again_under_a_bad_day_leaves_the_old_answer(asked: Page, chat: Chat) -> None:
    before = asked.locator("#chat .claim").all_inner_texts()
    asked.locator("#filters button").first.click()
    asked.fill("#from input, #from textarea", "yesterday")
    asked.click("#again")
    expect(asked.locator("#chat .failure")).to_contain_text("yesterday")
    assert asked.locator("#chat .claim").all_inner_texts() == before
    asked.reload()
    expect(asked.locator("#chat .claim")).to_have_count(2)


def test_two_pages_of_one_browser_go_on_with_one_conversation(asked: Page, chat: Chat) -> None:
    other = asked.context.new_page()
    other.goto(asked.url)
    expect(other.locator("#chat .claim")).to_have_count(2)
    ask(other, "وكم كلفت المكتبة؟")
    ask(asked, "ومن افتتحها؟")
    other.reload()
    expect(other.locator("#chat .asked")).to_have_text(["كم ضيفا حضر الافتتاح؟", "وكم كلفت المكتبة؟", "ومن افتتحها؟"])
    expect(other.locator("#conversations a.name")).to_have_count(1)


@pytest.mark.parametrize("suffix", ["md", "html"])
def test_an_export_holds_the_answers_with_their_citations(asked: Page, chat: Chat, suffix: str) -> None:
    with asked.expect_download() as waiting:
        asked.click(f"#tools a[href$='.{suffix}']")
    assert waiting.value.suggested_filename == f"كم ضيفا حضر الافتتاح؟.{suffix}"
    text = waiting.value.path().read_text(encoding="utf-8")
    (answer,) = read_back(text)
    article = chat.article("stated.txt")
    assert answer.question == "كم ضيفا حضر الافتتاح؟"
    assert [one.quote for one in answer.citations] == [GUESTS, COST]
    for one in answer.citations:
        assert article.text[one.start : one.end] == one.quote
        assert one.sha256 == article.sha256
    assert "صحيفة المنارة" in text
    assert text.count(GUESTS) >= 2  # for people, and in the data


def test_a_file_that_is_added_on_the_page_can_be_asked_about(
    visit: Visit, tmp_path: Path, settings: Settings, embedder: Embedder
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "first.txt").write_text("افتتح الوزير مكتبة الإسكندرية يوم الأحد.\n", encoding="utf-8")
    added = tmp_path / "زيتون.txt"
    added.write_text("بلغ محصول الزيتون في تونس هذا العام 340 ألف طن.\n", encoding="utf-8")
    settings = settings.model_copy(update={"upload": True})
    history = tmp_path / "history.sqlite3"
    with corpus_of(folder, settings, embedder) as corpus, served(corpus, settings, history) as address:
        page = visit(address, ready=False)
        page.locator("#upload button").first.click()
        page.set_input_files("#upload input[type=file]", added)
        expect(page.locator("#report")).to_contain_text("Articles added: 1", timeout=60_000)
        assert (folder / "زيتون.txt").read_bytes() == added.read_bytes()
        ask(page, "كم بلغ محصول الزيتون في تونس؟")
        expect(page.locator("#chat .claim").first).to_contain_text("340 ألف طن")
        page.locator("#chat .claim a.cite").first.click()
        expect(page.locator("#source mark")).to_have_text("بلغ محصول الزيتون في تونس هذا العام 340 ألف طن.")
        page.context.close()


def test_no_file_can_be_added_unless_it_was_switched_on(asked: Page, chat: Chat) -> None:
    expect(asked.locator("#upload, input[type=file]")).to_have_count(0)
    assert asked.request.post(f"{chat.address}/gradio_api/upload").status in {403, 404}
    assert re.search(r"c=[\w-]{20,}", asked.url)


def writing(page: Page, chat: Chat, question: str) -> Paced:
    """A model that was asked this question and writes what a test says."""
    model = Paced()
    chat.writes(model, chat.place("stated.txt", GUESTS), chat.place("stated.txt", COST))
    ask(page, question, wait=False)
    expect(page.locator("#chat .head.busy")).to_have_count(1)
    assert model.asked.wait(PATIENCE)
    return model


def test_a_question_is_answered_in_its_conversation_while_a_new_one_is_open(asked: Page, chat: Chat) -> None:
    asked.click("#new")
    expect(asked.locator("#chat .asked")).to_have_count(0)
    model = writing(asked, chat, "كم كلفت المكتبة؟")
    asked.click("#new")
    expect(asked.locator("#chat .asked")).to_have_count(0)
    expect(asked.locator("#send")).to_be_visible()
    expect(asked.locator("#stop")).not_to_be_visible()
    names = asked.locator("#conversations a.name")
    expect(names).to_have_text(["كم كلفت المكتبة؟", "كم ضيفا حضر الافتتاح؟"])
    # Opened again while it is answered: it goes on where it is.
    names.first.click()
    expect(asked.locator("#chat .head.busy")).to_have_count(1)
    expect(asked.locator("#stop")).to_be_visible()
    model.say(f"{COST} [2] {GUESTS}")
    expect(asked.locator("#chat .claim")).to_have_count(1)
    # And while another conversation is open.
    names.last.click()
    expect(asked.locator("#chat .asked")).to_have_text("كم ضيفا حضر الافتتاح؟")
    expect(asked.locator("#chat .claim")).to_have_count(2)
    model.say(" [1]")
    model.end()
    asked.wait_for_timeout(1000)
    expect(asked.locator("#chat .asked")).to_have_text("كم ضيفا حضر الافتتاح؟")
    assert not model.cancelled.is_set()
    names.first.click()
    expect(asked.locator("#chat .asked")).to_have_text("كم كلفت المكتبة؟")
    expect(asked.locator("#chat .claim")).to_have_count(2)
    expect(asked.locator("#chat .claim").first).to_contain_text("45 مليون")
    expect(asked.locator("#chat .head")).to_contain_text("written by toy, checked")
    expect(asked.locator("#send")).to_be_visible()


def test_a_question_in_a_new_conversation_stops_the_one_before_which_is_kept_as_it_is(asked: Page, chat: Chat) -> None:
    asked.click("#new")
    expect(asked.locator("#chat .asked")).to_have_count(0)
    model = writing(asked, chat, "كم كلفت المكتبة؟")
    model.say(f"{COST} [2] {GUESTS}")
    expect(asked.locator("#chat .claim")).to_have_count(1)
    asked.click("#new")
    expect(asked.locator("#chat .asked")).to_have_count(0)
    chat.quotes(chat.place("stated.txt", GUESTS))
    ask(asked, "كم ضيفا حضر؟")
    assert model.cancelled.wait(PATIENCE)
    expect(asked.locator("#chat .asked")).to_have_text("كم ضيفا حضر؟")
    expect(asked.locator("#chat .claim")).to_contain_text("300 ضيف")
    asked.locator("#conversations a.name", has_text="كم كلفت المكتبة؟").click()
    expect(asked.locator("#chat .asked")).to_have_text("كم كلفت المكتبة؟")
    expect(asked.locator("#chat .claim").first).to_contain_text("45 مليون")
    expect(asked.locator("#chat .notice")).to_contain_text("أُوقف الجواب قبل تمامه.")
    expect(asked.locator("#chat .head").last).to_contain_text("Cut off before the end")


def test_a_question_that_runs_goes_on_when_another_conversation_is_deleted(asked: Page, chat: Chat) -> None:
    asked.click("#new")
    expect(asked.locator("#chat .asked")).to_have_count(0)
    model = writing(asked, chat, "كم كلفت المكتبة؟")
    asked.locator("#conversations .conversation summary").last.click()
    asked.get_by_text(WORDS["sure_one"]["en"]).last.click()
    expect(asked.locator("#conversations a.name")).to_have_text("كم كلفت المكتبة؟")
    expect(asked.locator("#chat .head.busy")).to_have_count(1)
    model.say(f"{COST} [2]")
    model.end()
    expect(asked.locator("#chat .claim")).to_contain_text("45 مليون")
    expect(asked.locator("#chat .head.busy")).to_have_count(0)
