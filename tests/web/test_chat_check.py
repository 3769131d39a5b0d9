"""The tab that checks a text, in the browser: verdicts in words, and sources that open as in the conversation."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from chat_server import Chat, ask, settled
from playwright.sync_api import Page, expect

from ui.shared.i18n import WORDS

Visit = Callable[..., Page]
TRUE = "The minister visited Beirut on 2 May 2019."
ALTERED = "افتتح الوزير مكتبة الإسكندرية الجديدة بحضور 400 ضيف."
HOSTILE = "<img src=x onerror=alert(1)> **bold** [link](http://evil.test) بيروت."
TEXT = f"Who came?\n{TRUE}\n{ALTERED}\n{HOSTILE}"


def _to_check(page: Page) -> None:
    """Open the tab; on a phone it is behind the menu."""
    if page.locator("#menu").is_visible():
        page.click("#menu")
    page.click("#tab-check")


def check(page: Page, text: str) -> None:
    _to_check(page)
    page.fill("#check-text textarea", text)
    page.click("#check-go")
    page.wait_for_selector("#checked .head:not(.busy), #checked .failure")


def test_each_sentence_has_its_verdict_in_words_and_its_source_opens_at_the_cited_slice(
    chat: Chat, visit: Visit
) -> None:
    page = visit(chat.address)
    check(page, TEXT)
    expect(page.locator("#checked .head")).to_have_text("Sentences supported: 1 of 3 · questions, not checked: 1")
    assert page.locator("#checked .notice").count() == 0
    question, true, altered, hostile = page.locator("#checked .checked").all()
    expect(question.locator(".verdict")).to_have_text(WORDS["verdict.question"]["en"])
    expect(true.locator(".verdict")).to_have_text(WORDS["verdict.supported"]["en"])
    expect(altered.locator(".verdict")).to_have_text(WORDS["verdict.unsupported"]["en"])
    expect(altered.locator(".problem")).to_have_text("400")
    expect(altered.locator(".why")).to_contain_text("الرقم «400»")
    expect(hostile.locator(".said")).to_contain_text("<img src=x onerror=alert(1)> **bold** [link](http://evil.test)")
    assert page.locator("#checked img").count() == 0
    origin, quote = true.locator(".origin").bounding_box(), true.locator("blockquote").bounding_box()
    assert origin
    assert quote
    assert quote["y"] - origin["y"] - origin["height"] < 12  # what belongs together stands together
    true.locator("a.cite").first.click()
    expect(page.locator("#source mark")).to_have_text(
        "The minister visited Beirut on 2 May 2019 and met 40 mayors in the port."
    )
    page.locator("#source .next").click()
    expect(page.locator("#source mark")).to_contain_text("300 ضيف")


def test_the_tabs_keep_what_is_in_them(chat: Chat, visit: Visit) -> None:
    page = visit(chat.address)
    expect(page.locator("#check")).not_to_be_visible()
    check(page, TRUE)
    expect(page.locator("#question")).not_to_be_visible()
    expect(page.locator("#tab-check")).to_have_attribute("aria-pressed", "true")
    page.click("#tab-ask")
    expect(page.locator("#question")).to_be_visible()
    expect(page.locator("#tab-check")).to_have_attribute("aria-pressed", "false")
    _to_check(page)
    expect(page.locator("#checked .checked")).to_have_count(1)


def test_the_reasons_of_a_sentence_in_the_other_script_are_read_in_their_order(chat: Chat, visit: Visit) -> None:
    """One above the other or, on one line, from the right: never the second where the first goes on."""
    page = visit(chat.address, viewport={"width": 700, "height": 800})
    check(page, "زار الوزير صنعاء 7 مرات في 3 مايو 2011 مع 900 ضيف.")
    why = page.locator("#checked .why bdi")
    assert why.evaluate("one => getComputedStyle(one).direction") == "rtl"
    places = why.evaluate(
        """one => { const text = one.firstChild; const at = (n) => { const range = document.createRange();
        range.setStart(text, n); range.setEnd(text, n + 1); const box = range.getBoundingClientRect();
        return [box.top, -box.right]; };
        return [...text.data.matchAll(/[^.]+[.]/g)].map((one) => at(one.index + one[0].search(/[^ ]/))); }"""
    )
    assert len(places) > 1
    assert places == sorted(places)


def test_export_is_offered_beside_the_conversation_alone(chat: Chat, visit: Visit) -> None:
    page = visit(chat.address)
    ask(page, "كم ضيفا حضر؟")
    expect(page.locator("#tools a").first).to_be_visible()
    _to_check(page)
    expect(page.locator("#tools a").first).not_to_be_visible()


def test_a_conversation_that_is_opened_or_begun_takes_the_place_of_the_check(chat: Chat, visit: Visit) -> None:
    page = visit(chat.address)
    ask(page, "كم ضيفا حضر؟")
    _to_check(page)
    page.click("#new")
    expect(page.locator("#question")).to_be_visible()
    _to_check(page)
    page.locator(".conversation a.name").click()
    expect(page.locator("#chat .asked")).to_be_visible()
    expect(page.locator("#tab-ask")).to_have_attribute("aria-pressed", "true")


def test_another_language_leaves_what_was_typed(chat: Chat, visit: Visit) -> None:
    page = visit(chat.address)
    page.fill("#question textarea", "كم ضيفا")
    _to_check(page)
    page.fill("#check-text textarea", TEXT)
    page.click("#language")
    page.wait_for_selector("html[lang=ar]")
    expect(page.locator("#check-text textarea")).to_have_value(TEXT)
    expect(page.locator("#check-text")).to_be_visible()
    page.click("#check-go")
    expect(page.locator("#checked .head:not(.busy)")).to_contain_text("1 من 3")
    page.click("#tab-ask")
    expect(page.locator("#question textarea")).to_have_value("كم ضيفا")
    page.reload()
    page.wait_for_selector("a.example")
    expect(page.locator("#question textarea")).to_have_value("")


@pytest.mark.parametrize(("locale", "says"), [("en", "no sentence"), ("ar", "ليس فيه جملة")])
def test_a_text_without_a_sentence_is_told_in_the_language_of_the_page(
    chat: Chat, visit: Visit, locale: str, says: str
) -> None:
    page = visit(chat.address, locale=locale)
    check(page, " … ")
    expect(page.locator("#checked .failure")).to_contain_text(says)
    expect(page.locator("#check-go")).to_be_visible()


def test_the_arabic_tab_reads_from_the_right_and_fits_a_phone(chat: Chat, visit: Visit) -> None:
    page = visit(chat.address, locale="ar", viewport={"width": 390, "height": 844})
    check(page, TEXT)
    expect(page.locator("#checked .head")).to_have_text("الجمل المُسنَدة: 1 من 3 · أسئلة لم تُدقَّق: 1")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    box = page.locator("#checked .unsupported .said").first
    text = """one => { const range = document.createRange(); range.selectNodeContents(one);
      const ends = [...range.getClientRects()]; const box = one.getBoundingClientRect();
      return box.right - Math.max(...ends.map(r => r.right)); }"""
    assert box.evaluate(text) < 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_a_checked_text(chat: Chat, visit: Visit, scheme: str) -> None:
    page = visit(chat.address, color_scheme=scheme)
    check(page, TEXT)
    settled(page)
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in {"serious", "critical"}] == []
