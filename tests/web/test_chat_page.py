"""The page itself, in the browser: two languages and directions, phone, light and dark, keyboard, screen readers."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from chat_server import Chat, ask, open_panel, settled
from playwright.sync_api import Locator, Page, expect

from rag.types import Language
from ui.shared.i18n import WORDS

Visit = Callable[..., Page]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
GUESTS = "افتتح الوزير مكتبة الإسكندرية الجديدة يوم الأحد بحضور 300 ضيف من 12 دولة عربية وأجنبية."
ARABIC = re.compile("[\u0621-\u064a]")
NAMES = """() => [...document.querySelectorAll('button, a[href], summary, input, textarea, [role=button]')]
  .filter((one) => one.checkVisibility({visibilityProperty: true}) && !one.closest('[inert]'))
  .map((one) => (one.getAttribute('aria-label') || one.innerText || one.title || one.placeholder
       || (one.labels && one.labels[0] ? one.labels[0].innerText : '') || '').trim() || one.outerHTML.slice(0, 200))"""


def _box(one: Locator) -> tuple[float, float, float, float]:
    """Left, top, right, bottom in CSS pixels."""
    box = one.bounding_box()
    assert box, one
    return box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]


def _answered(chat: Chat, page: Page, question: str = "How many guests came to the opening?") -> Page:
    chat.quotes(
        chat.place("stated.txt", GUESTS), chat.place("english.txt", "The minister visited Beirut on 2 May 2019")
    )
    ask(page, question)
    return page


@pytest.mark.parametrize(("locale", "lang", "direction"), [("ar-EG", "ar", "rtl"), ("en-GB", "en", "ltr")])
def test_the_first_language_is_the_browsers(
    chat: Chat, visit: Visit, locale: str, lang: Language, direction: str
) -> None:
    page = visit(chat.address, locale=locale)
    assert page.evaluate("() => [document.documentElement.lang, document.documentElement.dir]") == [lang, direction]
    assert page.locator("#send").inner_text() == WORDS["send"][lang]
    # Each example shows once it is found, those of the other language perhaps first.
    in_language = """arabic => {
        const one = document.querySelector("a.example");
        return Boolean(one) && /[\u0600-\u06ff]/.test(one.innerText) === arabic;
    }"""
    page.wait_for_function(in_language, arg=lang == "ar")


def test_its_name_is_painted_before_gradio_has_built_the_page_and_goes_then(chat: Chat, visit: Visit) -> None:
    shown = "() => getComputedStyle(document.querySelector('gradio-app'), '::before').content"
    page = visit(chat.address)
    assert page.evaluate(shown) == "none"
    page.route("**/assets/*.js", lambda route: route.abort())
    page.goto(chat.address, wait_until="domcontentloaded")
    page.wait_for_function("() => performance.getEntriesByName('first-contentful-paint').length")
    assert "Isnad" in page.evaluate(shown)


def test_the_arabic_page_says_everything_in_arabic_and_the_switch_keeps_the_conversation(
    chat: Chat, visit: Visit
) -> None:
    page = _answered(chat, visit(chat.address), "كم ضيفا حضر؟")
    page.wait_for_url("**/?c=*")
    page.click("#language")
    page.wait_for_selector("html[lang=ar][dir=rtl]")
    expect(page.locator("#chat .claim")).to_have_count(2)
    expect(page.locator("#chat .head")).to_contain_text("أُجيب من")
    for accordion in ("#filters", "#archive"):
        page.locator(f"{accordion} button").first.click()
    expect(page.locator("#archive-told")).to_contain_text("المقالات: 14")
    open_panel(page)
    signs = {"◐", "☰", "↻", "×", "‹", "›", "1", "2", "Markdown", "HTML", "English", "2016-02-08"}
    names = page.evaluate(NAMES)
    foreign = [name for name in names if not ARABIC.search(name) and name not in signs]
    assert len(names) > 15
    assert not foreign
    page.click("#language")
    page.wait_for_selector("html[lang=en][dir=ltr]")
    expect(page.locator("#chat .claim")).to_have_count(2)


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_side_conversation_and_panel_stand_in_the_order_of_reading(chat: Chat, visit: Visit, locale: str) -> None:
    page = _answered(chat, visit(chat.address, locale=locale, viewport={"width": 1400, "height": 900}))
    open_panel(page)
    width = 1400
    side, main, panel = (_box(page.locator(one)) for one in ("#side", "#main", "#source"))
    bubble = _box(page.locator("#chat .user-row .message").first)
    claim = _box(page.locator("#chat .claim").first)
    if locale == "ar":  # seen in a mirror
        side, main, panel, bubble, claim = (
            (width - right, top, width - left, bottom)
            for left, top, right, bottom in (side, main, panel, bubble, claim)
        )
    assert side[0] == 0
    assert side[2] <= main[0] + 1
    assert main[2] <= panel[0] + 1
    assert panel[2] == width
    assert main[0] <= claim[0] < claim[2] <= main[2]
    assert abs(bubble[0] - claim[0]) < 8  # the question is the heading of its answer
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_each_sentence_has_the_direction_of_its_own_script(chat: Chat, visit: Visit, locale: str) -> None:
    page = _answered(chat, visit(chat.address, locale=locale))
    text = """one => { const range = document.createRange(); range.selectNodeContents(one);
      const ends = [...range.getClientRects()]; const box = one.getBoundingClientRect();
      const last = ends[ends.length - 1];
      return [Math.min(...ends.map(r => r.left)) - box.left, box.right - Math.max(...ends.map(r => r.right))]; }"""
    arabic, english = page.locator("#chat .claim .quote").all()
    assert [one.get_attribute("dir") for one in (arabic, english)] == ["rtl", "ltr"]
    assert arabic.evaluate(text)[1] < 2  # it begins at the right edge of its column
    assert english.evaluate(text)[0] < 2
    # The day of a date comes before its year, in the direction of its words: 2 May 2019, «2 مايو 2019».
    day, year = page.locator("#chat .claim .day bdi").first.evaluate(
        """one => { const node = document.createTreeWalker(one, NodeFilter.SHOW_TEXT).nextNode();
        return [0, node.data.length - 4].map(at => { const r = document.createRange(); r.setStart(node, at);
        r.setEnd(node, at + 1); return r.getBoundingClientRect().left; }); }"""
    )
    assert day > year if locale == "ar" else day < year


def test_on_a_phone_nothing_overflows_and_the_panel_is_a_sheet_over_the_conversation(chat: Chat, visit: Visit) -> None:
    page = _answered(chat, visit(chat.address, locale="ar", **PHONE))
    for opened in (False, True):
        if opened:
            open_panel(page)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
        for one in ("#bar", "#question", "#send", "#chat .claim"):
            left, _, right, _ = _box(page.locator(one).first)
            assert 0 <= left < right <= 390, one
    left, top, right, bottom = _box(page.locator("#source"))
    assert (left, right) == (0, 390)
    assert 0 < top < 200
    assert bottom <= 844
    expect(page.locator("#source mark")).to_be_in_viewport()
    page.locator("#source .close").tap()
    expect(page.locator("#source")).not_to_be_visible()
    expect(page.locator("#side")).not_to_be_visible()
    page.locator("#menu").tap()
    expect(page.locator("#side")).to_be_in_viewport()
    expect(page.locator("#menu")).to_have_attribute("aria-expanded", "true")
    page.locator("#conversations a.name").tap()
    expect(page.locator("#side")).not_to_be_visible()
    expect(page.locator("#chat .claim")).to_have_count(2)


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_all_that_stands_beside_the_conversation_can_be_scrolled_to(chat: Chat, visit: Visit, locale: str) -> None:
    page = visit(chat.address, locale=locale, viewport={"width": 1300, "height": 500})
    for accordion in ("#filters", "#archive"):
        page.locator(f"{accordion} button").first.click()
    settled(page)
    side = _box(page.locator("#side"))
    told = page.locator("#archive-told .archive")
    told.evaluate("one => one.scrollIntoView({block: 'end', behavior: 'instant'})")
    left, top, right, bottom = _box(told)
    assert side[0] <= left < right <= side[2]
    assert top < bottom <= side[3] + 1


def test_a_word_without_end_breaks_and_nothing_overflows(chat: Chat, visit: Visit) -> None:
    page = visit(chat.address, locale="ar", **PHONE)
    chat.quotes(chat.place("stated.txt", GUESTS))
    for question in ("W" * 190, "\N{TROPHY}" * 90, "١٢٣٤٥٦٧٨٩٠" * 18):
        ask(page, question)
        expect(page.locator("#chat .asked").last).to_have_text(question)
        left, _, right, _ = _box(page.locator("#chat .asked").last)
        assert 0 <= left < right <= 390
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390


def test_who_wants_less_motion_sees_none(chat: Chat, visit: Visit) -> None:
    page = _answered(chat, visit(chat.address, reduced_motion="reduce"))
    open_panel(page)
    moving = """() => [...document.querySelectorAll("*")].filter((one) => !one.matches(".spinner")
      && getComputedStyle(one).transitionDuration.split(",").some((time) => parseFloat(time) > 0)).length"""
    assert page.evaluate(moving) == 0


def test_dark_is_what_the_browser_prefers_or_what_was_chosen_and_is_kept(chat: Chat, visit: Visit) -> None:
    dark = "() => getComputedStyle(document.body).backgroundColor.match(/\\d+/g).every((one) => one < 60)"
    page = visit(chat.address, color_scheme="dark")
    assert page.evaluate(dark)
    page.click("#theme")
    settled(page)
    assert not page.evaluate(dark)
    page.reload()
    page.wait_for_selector("a.example")
    settled(page)
    assert not page.evaluate(dark)


def test_the_keyboard_alone_asks_opens_a_source_and_comes_back(chat: Chat, visit: Visit) -> None:
    chat.quotes(chat.place("stated.txt", GUESTS))
    page = visit(chat.address)
    focused = "(selector) => document.activeElement.matches(selector)"

    def tab_to(selector: str) -> None:
        for _ in range(40):
            if page.evaluate(focused, selector):
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"{selector} is not reached; {page.evaluate('document.activeElement.outerHTML')}")

    tab_to("#question textarea")
    page.keyboard.type("كم ضيفا حضر؟")
    page.keyboard.press("Enter")
    expect(page.locator("#chat .head:not(.busy)")).to_have_count(1)
    expect(page.locator("#chat .claim")).to_have_count(1)
    page.locator("#language").focus()
    tab_to("#chat .claim a.cite")
    outline = "() => { const s = getComputedStyle(document.activeElement); return [s.outlineStyle, s.outlineWidth]; }"
    assert page.evaluate(outline) == ["solid", "3px"]
    page.keyboard.press("Enter")
    expect(page.locator("#source mark")).to_have_text(GUESTS)
    assert page.evaluate(focused, "#source h2")
    tab_to("#source .copy")
    assert page.evaluate(outline) == ["solid", "3px"]
    page.keyboard.press("Escape")
    expect(page.locator("#source")).not_to_be_visible()
    assert page.evaluate(focused, "#chat .claim a.cite")


def _violations(page: Page) -> list[str]:
    settled(page)
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {[node['html'][:200] for node in one['nodes']]}"
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]


@pytest.mark.parametrize(("locale", "scheme"), [("en", "light"), ("en", "dark"), ("ar", "light"), ("ar", "dark")])
def test_axe_finds_nothing_serious_on_the_empty_page_and_on_an_answer_with_its_source(
    chat: Chat, visit: Visit, locale: str, scheme: str
) -> None:
    page = visit(chat.address, locale=locale, color_scheme=scheme)
    assert not _violations(page)
    for accordion in ("#filters", "#archive"):
        page.locator(f"{accordion} button").first.click()
    _answered(chat, page)
    open_panel(page)
    assert not _violations(page)


def test_keys_lead_to_the_box_through_the_citations_and_to_their_list(chat: Chat, visit: Visit) -> None:
    page = _answered(chat, visit(chat.address))
    focused = "() => document.activeElement.className || document.activeElement.tagName"
    page.locator("#chat .asked").first.click()  # out of the box
    page.keyboard.press("j")
    assert "cite" in page.evaluate(focused)
    expect(page.locator("#pop")).to_be_visible()
    first = page.evaluate("() => document.activeElement.hash")
    page.keyboard.press("j")
    assert page.evaluate("() => document.activeElement.hash") != first
    page.keyboard.press("k")
    assert page.evaluate("() => document.activeElement.hash") == first
    page.keyboard.press("Enter")
    expect(page.locator("#source mark")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_contain_text("Next citation")
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_have_count(0)
    page.keyboard.press("/")
    expect(page.locator("#question textarea")).to_be_focused()
    page.keyboard.type("j/k?")
    expect(page.locator("#question textarea")).to_have_value("j/k?")


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_an_answer_with_its_quote_and_chip_is_read_without_scrolling(chat: Chat, visit: Visit, locale: str) -> None:
    chat.points("300 ضيف", chat.place("stated.txt", GUESTS))
    page = visit(chat.address, locale=locale, viewport={"width": 1360, "height": 860})
    ask(page, "كم ضيفا حضر؟")
    settled(page)
    for one in (".asked", ".short", ".head", ".claim .quote", ".claim a.cite.by", ".claim .say.copy"):
        expect(page.locator(f"#chat {one}").first).to_be_in_viewport(ratio=1)
    assert _box(page.locator("#chat .claim").first)[3] < _box(page.locator("#asking"))[1]
    assert page.locator("#chat .bubble-wrap").evaluate("one => one.scrollTop") == 0


def test_a_later_question_goes_to_the_top_and_is_read_from_its_beginning(chat: Chat, visit: Visit) -> None:
    page = visit(chat.address, viewport={"width": 1360, "height": 860})
    chat.quotes(*(chat.place("long.txt", f"هذه هي الفقرة رقم {n} من تقرير طويل") for n in range(20, 30)))
    for question in ("ما الخبر؟", "وما غيره؟"):
        ask(page, question)
    settled(page)
    top = _box(page.locator("#chat .bubble-wrap"))[1]
    assert 0 <= _box(page.locator("#chat .asked").last)[1] - top < 80
    expect(page.locator("#chat .claim .quote").nth(10)).to_be_in_viewport()
    page.reload()  # and so it is opened again
    expect(page.locator("#chat .asked").last).to_be_in_viewport()


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_the_wordmark_stands_above_the_side_and_the_switches_below_it(chat: Chat, visit: Visit, locale: str) -> None:
    page = visit(chat.address, locale=locale, viewport={"width": 1360, "height": 860})
    side = _box(page.locator("#side"))
    for one, above in (("#brand h1", True), ("#language", False), ("#theme", False)):
        box = _box(page.locator(one))
        assert side[0] <= box[0] < box[2] <= side[2], one
        assert (box[3] <= side[1] + 1) if above else (box[1] >= side[3] - 1), one
    font = page.locator("#brand .ar").evaluate("one => getComputedStyle(one).fontFamily")
    assert "Naskh" in font
