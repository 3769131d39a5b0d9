"""Asking in the chat, seen from the browser: evidence first, then claims after their checks, chips, stop, follow-up."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from builders import says
from chat_articles import ARTICLES, SEEDS
from chat_server import PATIENCE, Chat, Paced, ask
from playwright.sync_api import Page, expect

from rag.generate.answer import Answerer
from rag.types import Found, Query
from ui.shared.i18n import WORDS

Visit = Callable[..., Page]
OPENED = ("stated.txt", "افتتح الوزير مكتبة الإسكندرية الجديدة يوم الأحد بحضور 300 ضيف من 12 دولة عربية وأجنبية.")
COST = ("stated.txt", "وقال الوزير إن المكتبة كلفت 45 مليون جنيه وإنها تضم مليون كتاب في قاعاتها الأربع.")


@pytest.mark.parametrize(
    ("question", "locale", "told", "said"),
    [
        ("كم ضيفا حضر افتتاح مكتبة الإسكندرية؟", "ar", "أُجيب من", f"«{OPENED[1]}»"),
        ("Whom did Muallem meet in Sochi?", "en", "Answered from", "أخبار بووم"),
    ],
    ids=["Arabic", "English"],
)
def test_a_question_gets_quotes_whose_chips_name_outlet_and_day_and_carry_their_words(
    chat: Chat, visit: Visit, question: str, locale: str, told: str, said: str
) -> None:
    page = visit(chat.address, locale=locale)
    ask(page, question)
    expect(page.locator("#chat .asked")).to_have_text(question)
    expect(page.locator("#chat .head")).to_contain_text(told)
    expect(page.locator("#chat .claim", has_text=said).first).to_be_visible()
    chips = page.locator("#chat .claim a.cite .n").all_inner_texts()
    assert chips
    assert chips == [str(place) for place in range(1, len(chips) + 1)]
    articles = {one.id: one for one in map(chat.article, [*ARTICLES, *SEEDS])}
    for href in page.locator("#chat a.cite, #chat a.card").evaluate_all("all => all.map(one => one.hash)"):
        _, article, version, span = href.split("/")[:4]
        shown = page.request.get(f"{chat.address}/sources/{article}?version={version}&span={span}").json()
        start, end = map(int, span.split("-"))
        assert shown["quote"] == articles[article].text[start:end]


def test_evidence_stands_there_before_the_model_speaks_and_claims_come_one_by_one(chat: Chat, visit: Visit) -> None:
    model = Paced()
    chat.writes(model, chat.place(*OPENED), chat.place(*COST))
    page = visit(chat.address)
    ask(page, "كم كلفت المكتبة؟", wait=False)
    expect(page.locator("#chat a.card")).to_have_count(2)
    expect(page.locator("#chat .head.busy")).to_contain_text("Answering, each sentence after its checks")
    expect(page.locator("#chat .spinner")).to_have_css("border-top-width", "2px")
    expect(page.locator("#chat .claim")).to_have_count(0)
    model.say(f"{COST[1]} [2] {OPENED[1]}")
    expect(page.locator("#chat .claim")).to_have_count(1)
    expect(page.locator("#chat .claim")).to_contain_text("45 مليون جنيه")
    model.say(" [1]")
    model.end()
    expect(page.locator("#chat .claim")).to_have_count(2)
    expect(page.locator("#chat .head.busy")).to_have_count(0)
    expect(page.locator("#chat .head")).to_contain_text("written by toy, checked")
    assert page.locator("#chat .claim a.cite").all_inner_texts() == ["1", "2"]


def test_a_chip_that_is_pressed_while_claims_still_come_opens_its_source(chat: Chat, visit: Visit) -> None:
    model = Paced(f"{COST[1]} [2] {OPENED[1]}")
    chat.writes(model, chat.place(*OPENED), chat.place(*COST))
    page = visit(chat.address, viewport={"width": 1300, "height": 1400})
    ask(page, "كم كلفت المكتبة؟", wait=False)
    page.locator("#chat .claim a.cite").hover()
    page.mouse.down()
    model.say(f" [1] {COST[1]}")
    expect(page.locator("#chat .claim")).to_have_count(2)
    page.mouse.up()
    expect(page.locator("#source mark")).to_have_text(COST[1])
    page.keyboard.press("Escape")
    expect(page.locator("#source")).not_to_be_visible()
    page.locator("#chat .claim a.cite").nth(1).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#source mark")).to_have_text(OPENED[1])
    expect(page.locator("#chat .head.busy")).to_have_count(1)
    model.end()


def test_the_short_answer_stands_large_above_its_claim_and_its_chip_opens_its_words(chat: Chat, visit: Visit) -> None:
    chat.points("300 ضيف", chat.place(*OPENED))
    page = visit(chat.address)
    ask(page, "How many guests came?")
    short, claim = page.locator("#chat p.short"), page.locator("#chat .claim")
    expect(short.locator("bdi")).to_have_text("300 ضيف")
    assert [short.get_attribute(name) for name in ("lang", "dir")] == ["ar", "rtl"]
    above, below = short.bounding_box(), claim.bounding_box()
    assert above is not None
    assert below is not None
    assert above["y"] + above["height"] <= below["y"]
    large, usual = (float(one.evaluate("it => parseFloat(getComputedStyle(it).fontSize)")) for one in (short, claim))
    assert large >= 1.5 * usual
    short.locator("a.cite").click()
    expect(page.locator("#source mark")).to_have_text(OPENED[1])
    expect(page.locator("#source mark strong")).to_have_text("300 ضيف")


def test_stop_ends_the_model_on_the_server_and_the_next_question_is_answered(chat: Chat, visit: Visit) -> None:
    model = Paced(f"{COST[1]} [2] {OPENED[1]}")
    chat.writes(model, chat.place(*OPENED), chat.place(*COST))
    page = visit(chat.address)
    ask(page, "كم كلفت المكتبة؟", wait=False)
    expect(page.locator("#chat .claim")).to_have_count(1)
    expect(page.locator("#send")).not_to_be_visible()
    page.click("#stop")
    assert model.cancelled.wait(PATIENCE)
    expect(page.locator("#chat .notice")).to_contain_text("أُوقف الجواب قبل تمامه.")
    expect(page.locator("#chat .head")).to_contain_text("Cut off before the end")
    expect(page.locator("#chat .claim").first).to_contain_text("45 مليون جنيه")
    expect(page.locator("#send")).to_be_visible()
    expect(page.locator("#stop")).not_to_be_visible()
    chat.quotes(chat.place(*OPENED))
    ask(page, "كم ضيفا حضر؟")
    expect(page.locator("#chat .claim").last).to_contain_text("300 ضيف")


def test_a_closed_tab_ends_its_question_on_the_server(chat: Chat, visit: Visit) -> None:
    model = Paced()
    chat.writes(model, chat.place(*OPENED))
    page = visit(chat.address)
    ask(page, "كم ضيفا حضر؟", wait=False)
    expect(page.locator("#chat a.card")).to_have_count(1)
    page.close()
    assert model.cancelled.wait(PATIENCE)


def test_a_second_question_of_one_browser_waits_for_the_first(chat: Chat, visit: Visit) -> None:
    model = Paced()
    chat.writes(model, chat.place(*OPENED))
    page = visit(chat.address)
    other = page.context.new_page()
    other.goto(chat.address)
    ask(page, "كم ضيفا حضر؟", wait=False)
    expect(page.locator("#chat a.card")).to_have_count(1)
    ask(other, "كم كلفت المكتبة؟", wait=False)  # it stays in its box, where a helper that waits would send it again
    expect(other.locator("#chat .failure")).to_contain_text(WORDS["busy"]["en"])
    expect(other.locator("#question textarea")).to_have_value("كم كلفت المكتبة؟")
    model.say(f"{OPENED[1]} [1]")
    model.end()
    expect(page.locator("#chat .claim")).to_contain_text("300 ضيف")


def test_a_follow_up_shows_what_was_searched_for_it(chat: Chat, visit: Visit) -> None:
    chat.quotes(chat.place(*OPENED))
    page = visit(chat.address)
    ask(page, "من افتتح مكتبة الإسكندرية؟")
    expect(page.locator("#chat .searched")).to_have_count(0)
    ask(page, "ومتى كان ذلك؟")
    expect(page.locator("#chat .asked").last).to_have_text("ومتى كان ذلك؟")
    expect(page.locator("#chat .searched")).to_have_text("Searched as: ومتى كان ذلك؟ (افتتح مكتبة الإسكندرية)")


def test_the_filters_limit_the_search_and_a_bad_day_is_told(chat: Chat, visit: Visit) -> None:
    page = visit(chat.address)
    page.locator("#filters button").first.click()
    page.fill("#from input, #from textarea", "yesterday")
    ask(page, "كم ضيفا حضر افتتاح مكتبة الإسكندرية؟")
    expect(page.locator("#chat .failure")).to_contain_text(WORDS["error_input"]["en"])
    expect(page.locator("#chat .failure")).to_contain_text("yesterday")
    page.fill("#from input, #from textarea", "2021-03-15")
    ask(page, "كم ضيفا حضر افتتاح مكتبة الإسكندرية؟")
    expect(page.locator("#chat .head").last).to_contain_text("Not in the archive")
    page.fill("#from input, #from textarea", "2021-03-14")
    page.fill("#to input, #to textarea", "2021-03-14")
    ask(page, "كم ضيفا حضر افتتاح مكتبة الإسكندرية؟")
    expect(page.locator("#chat .claim").first).to_contain_text("300 ضيف")
    links = page.locator("#chat .message-row").last.locator(":is(a.cite, a.card)")
    assert set(links.evaluate_all("all => all.map((one) => one.hash.split('/')[1])")) == {chat.article("stated.txt").id}


def test_a_writers_translation_stands_under_the_quote_as_the_machines(chat: Chat, visit: Visit) -> None:
    translated = "The minister opened the new library on Sunday; 300 guests of 12 countries attended."
    chat.writes(says(translated + " [1]"), chat.place(*OPENED))
    page = visit(chat.address)
    ask(page, "How many guests came?")
    source = page.locator("#chat .source")
    expect(source.locator("blockquote")).to_have_text(OPENED[1])
    expect(source.locator(".translation .label")).to_have_text(WORDS["translation"]["en"])
    expect(source.locator(".translation p")).to_have_text(translated)
    assert source.locator(".translation p").evaluate("one => getComputedStyle(one).direction") == "ltr"


MISSION = "ماذا قال وزير الخارجية الروسي عن مهمة المجتمع الدولي؟"


@pytest.mark.parametrize("locale", ["ar", "en"])
def test_follow_up_questions_come_below_the_answer_move_nothing_and_are_asked_when_clicked(
    chat: Chat, visit: Visit, locale: str
) -> None:
    source = SEEDS[1]
    lines = chat.article(source).text.splitlines()
    asked = next(line for line in lines if line.startswith("أعلنت موسكو"))
    mission = next(line for line in lines if line.startswith("وأكد وزير الخارجية الروسي أن مهمة"))
    first, second = chat.finds(chat.place(source, asked)), chat.finds(chat.place(source, mission))
    goes_on = threading.Event()

    def search(query: Query) -> Found:
        if query.history:
            assert goes_on.wait(PATIENCE)
        return (second if query.question == MISSION else first)(query)

    chat.corpus.answerer = Answerer(search)
    page = visit(chat.address, locale=locale)
    ask(page, "ماذا جرى؟")
    claim = page.locator("#chat .claim")
    expect(claim).to_have_count(1)
    expect(page.locator("a.next")).to_have_count(0)
    before = claim.bounding_box()
    claim.evaluate("one => { window.kept = one; }")
    goes_on.set()
    offered = page.locator("#chat .message-row:last-child .then")
    expect(offered.locator(".label")).to_have_text(WORDS["ask_next"]["ar" if locale == "ar" else "en"])
    expect(offered.locator("a.next", has_text=MISSION)).to_be_visible()
    assert claim.evaluate("one => one === window.kept && one.isConnected")
    assert claim.bounding_box() == before
    offered.locator("a.next", has_text=MISSION).click()
    expect(page.locator("#chat .asked")).to_have_text(["ماذا جرى؟", MISSION])
    expect(page.locator("#chat .claim")).to_have_count(2)
    expect(page.locator("#chat .claim").last).to_contain_text(mission)
    # They belong to the last answer: those of the first are gone, and a reload shows none.
    expect(page.locator("#chat .then")).to_have_count(0, timeout=PATIENCE * 1000)
    page.reload()
    expect(page.locator("#chat .claim")).to_have_count(2)
    expect(page.locator("#chat .then")).to_have_count(0)
