"""The panel of a source, in the browser: what is marked is the cited slice, all around it is the article."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator

import pytest
from builders import says
from chat_articles import ARTICLES, PDF, PDI, RLI, RLO
from chat_server import Chat, ask, open_panel, open_source, settled
from playwright.sync_api import Browser, Page, expect

from rag.types import Span
from ui.shared.i18n import WORDS
from ui.shared.sheets import absolute_link

Visit = Callable[..., Page]

CASES = {
    "emoji beyond the basic plane": ("emoji.txt", "فاز الفريق 🏆🏆 بالكأس 𝟜 مرات أمام جمهوره 😀.", 0),
    "a family of four code points": ("emoji.txt", "👩‍👩‍👧 من دمشق 𐍈𝔘", 0),
    "vocalised Arabic": ("vocalised.txt", "رَئِيسُ الجُمْهُورِيَّةِ مَدِينَةَ حَلَبَ", 0),
    "carriage returns": ("crlf.txt", "السطر الثاني فيه الرقم 25.", 0),
    "two lines with carriage returns": ("crlf.txt", "الرقم 25.\r\n\r\nالسطر الأخير", 0),
    "an override to the right": ("bidi.txt", f"كتب {RLO}abc{PDF} ثم {RLI}x{PDI} في", 0),
    "an override that is never closed": ("bidi.txt", f"{RLO}fdp.exe في الخبر", 0),
    "tabs, no-break and double spaces": ("blanks.txt", "القيمة\tالأولى\u00a0هي  25\u00a0%  في\tالجدول.", 0),
    "three line ends inside it": ("blanks.txt", "سطر مزاح\u00a0إلى الداخل.\n\n\nالقيمة", 0),
    "the second of three equal sentences": ("repeated.txt", "أعلن الوزير النتائج.", 1),
    "the last of three equal sentences": ("repeated.txt", "أعلن الوزير النتائج.", 2),
    "signs of HTML and Markdown": ("markup.txt", "<b>عنوان</b> & *نجوم* $x$ `رمز` [رابط](#a)", 0),
    "a line far down": ("long.txt", "هذه هي الفقرة رقم 37 من تقرير طويل عن الزراعة في وادي النيل.", 0),
}
SHOWN = """() => {
  const text = document.querySelector('#source .text');
  const joined = (found) => [...found].map((one) => one.textContent).join('');
  const mark = text.querySelector('mark');
  let before = null;
  if (mark) {
    const range = document.createRange();
    range.setStart(text, 0);
    range.setEndBefore(mark);
    before = range.toString();
  }
  return {whole: joined(text.children), marked: joined(text.querySelectorAll('mark')), before,
          also: [...text.querySelectorAll('span.also')].map((one) => one.textContent)};
}"""


@pytest.fixture(scope="module")
def answered(browser: Browser, served_archive: Chat) -> Iterator[Page]:
    """One page with a chip for each case, so that it need not be loaded for each."""
    before = served_archive.corpus.answerer
    context = browser.new_context(locale="en")
    page = context.new_page()
    page.goto(served_archive.address)
    page.wait_for_selector("a.example")
    for case in CASES.values():  # an answer each: one shows the same words but once
        served_archive.quotes(served_archive.place(*case))
        ask(page, "ما الخبر؟")
    served_archive.corpus.answerer = before
    yield page
    context.close()


def test_a_link_from_a_sheet_opens_the_source_at_the_cited_words(browser: Browser, served_archive: Chat) -> None:
    name = next(iter(CASES))
    source, span = served_archive.place(*CASES[name])
    article = served_archive.article(source)
    context = browser.new_context(locale="ar")
    page = context.new_page()
    page.goto(absolute_link(served_archive.address, article.id, article.version, span))
    expect(page.locator("#source mark")).to_have_text(CASES[name][1])
    page.click("#source .close")
    expect(page.locator("#source")).not_to_have_class("shown")
    page.evaluate("location.hash = '#source/nobody/0123456789abcdef/0-3'")
    expect(page.locator("#source .note")).to_contain_text("تعذّر فتح المصدر")
    expect(page.locator("#source .next")).to_have_attribute("aria-label", "التالي")
    context.close()


@pytest.mark.parametrize("name", CASES)
def test_the_marked_text_is_the_cited_slice_and_the_lines_are_the_article(
    answered: Page, served_archive: Chat, name: str
) -> None:
    source, span = served_archive.place(*CASES[name])
    text = ARTICLES[source]
    open_source(answered, answered.locator("#chat .claim a.cite").nth(list(CASES).index(name)))
    expect(answered.locator("#source dl")).to_contain_text(f"{span.start}–{span.end}")
    shown = answered.evaluate(SHOWN)
    assert shown["marked"] == text[span.start : span.end] == CASES[name][1]
    assert shown["whole"] == text
    assert shown["before"] == text[: span.start]  # it is this occurrence, and no other of the same words
    box, frame = (answered.locator(one).first.bounding_box() for one in ("#source mark", "#source .text"))
    assert box
    assert frame
    assert frame["y"] <= box["y"] <= frame["y"] + frame["height"] - 10


@pytest.fixture
def two(chat: Chat, visit: Visit) -> Page:
    """An answer that cites the first and the third line of one article, and an article beside it."""
    chat.quotes(
        chat.place("long.txt", "هذه هي الفقرة رقم 30 من تقرير طويل عن الزراعة في وادي النيل."),
        chat.place("long.txt", "هذه هي الفقرة رقم 3 من تقرير طويل عن الزراعة في وادي النيل."),
        chat.place("stated.txt", "تضم مليون كتاب في قاعاتها الأربع."),
    )
    page = visit(chat.address, permissions=["clipboard-read", "clipboard-write"])
    ask(page, "ما الخبر؟")
    return page


def test_other_citations_are_fainter_and_previous_and_next_lead_to_them(two: Page) -> None:
    open_panel(two)
    expect(two.locator("#source .place")).to_have_text("Source 1 of 3")
    expect(two.locator("#source mark")).to_contain_text("رقم 30 ")
    expect(two.locator("#source .also")).to_contain_text("رقم 3 ")
    colour = "one => getComputedStyle(one).backgroundColor"
    assert two.locator("#source mark").evaluate(colour) != two.locator("#source .also").evaluate(colour)
    expect(two.locator("#source .previous")).to_be_disabled()
    expect(two.locator("#chat .claim a.cite.open .n")).to_have_text("1")
    two.click("#source .next")
    expect(two.locator("#source mark")).to_contain_text("رقم 3 ")
    expect(two.locator("#source .also")).to_contain_text("رقم 30 ")
    two.click("#source .next")
    expect(two.locator("#source h2")).to_have_text("stated.txt")
    expect(two.locator("#source .also")).to_have_count(0)
    expect(two.locator("#source .next")).to_be_disabled()
    two.click("#source .previous")
    expect(two.locator("#source .place")).to_have_text("Source 2 of 3")


def test_the_panel_says_where_the_words_are_from(two: Page) -> None:
    open_panel(two, 3)
    fields = two.locator("#source dl").inner_text().split("\n")
    assert [one.strip() for one in fields if one.strip()][:6] == [
        "Outlet", "صحيفة المنارة", "Published", "2021-03-14", "File", "stated.txt",
    ]  # fmt: skip


def test_the_quote_is_copied_with_all_that_finds_it_again(two: Page, chat: Chat) -> None:
    open_panel(two, 3)
    two.click("#source .copy")
    expect(two.locator("#source .copy")).to_have_text(WORDS["copied"]["en"])
    copied = two.evaluate("() => navigator.clipboard.readText()")
    source, span = chat.place("stated.txt", "تضم مليون كتاب في قاعاتها الأربع.")
    sha256 = hashlib.sha256(ARTICLES[source].encode()).hexdigest()
    assert copied.startswith("«تضم مليون كتاب في قاعاتها الأربع.»\n")
    for part in ("صحيفة المنارة", "2021-03-14", "stated.txt", f"{span.start}–{span.end}", f"sha256 {sha256}"):
        assert part in copied


def test_the_title_that_an_article_states_heads_its_panel_and_its_reference(chat: Chat, visit: Visit) -> None:
    chat.quotes(chat.place("001_e29b928bcc9d047d.txt", "سوتشي"))
    page = visit(chat.address, permissions=["clipboard-read", "clipboard-write"])
    ask(page, "أين؟ من زار سوتشي؟")
    open_panel(page)
    expect(page.locator("#source h2")).to_have_text("المعلم في موسكو: لا لمؤتمر دولي حول سوريا")
    page.click("#source .copy")
    expect(page.locator("#source .copy")).to_have_text(WORDS["copied"]["en"])
    assert "المعلم في موسكو: لا لمؤتمر دولي حول سوريا" in page.evaluate("() => navigator.clipboard.readText()")


def test_the_original_file_is_downloaded_byte_for_byte(chat: Chat, visit: Visit) -> None:
    chat.quotes(chat.place("crlf.txt", "السطر الأخير من الخبر."))
    page = visit(chat.address)
    ask(page, "ما الخبر؟")
    open_panel(page)
    with page.expect_download() as waiting:
        page.click("#source .download")
    assert waiting.value.suggested_filename == "crlf.txt"
    assert waiting.value.path().read_bytes() == ARTICLES["crlf.txt"].encode()


@pytest.fixture
def moved(chat: Chat, visit: Visit) -> Iterator[Page]:
    """An answer whose file has been changed since it was given."""
    chat.quotes(chat.place("moving.txt", "قال المدير إن العدد بلغ 77 عاملا في المصنع."))
    page = visit(chat.address)
    ask(page, "كم عاملا؟")
    file = chat.folder / "moving.txt"
    before = file.read_bytes()
    file.write_bytes(before.replace(b"77", b"78"))
    yield page
    file.write_bytes(before)


def test_a_changed_file_is_told_and_nothing_is_marked_or_downloaded(moved: Page, chat: Chat) -> None:
    open_panel(moved)
    expect(moved.locator("#source .note")).to_have_text(WORDS["panel_changed_since"]["en"])
    expect(moved.locator("#source .text")).to_contain_text("هذا ملف سيتغير")
    expect(moved.locator("#source mark, #source .also, #source .copy, #source .download")).to_have_count(0)
    assert moved.request.get(f"{chat.address}/articles/{chat.article('moving.txt').id}/file").status == 409


def test_a_reopened_answer_whose_file_has_changed_says_so_and_links_nowhere(moved: Page) -> None:
    expect(moved.locator("#chat .claim a.cite")).to_have_count(1)
    moved.wait_for_url("**/?c=*")
    moved.reload()
    expect(moved.locator("#chat .notice.changed")).to_have_text(WORDS["file_changed"]["en"])
    expect(moved.locator("#chat .claim .cite.gone .n")).to_have_text("1")
    expect(moved.locator("#chat a.cite, #chat a.card")).to_have_count(0)


def test_a_span_that_is_not_in_the_article_is_refused_in_words(chat: Chat, visit: Visit) -> None:
    chat.quotes(chat.place("crlf.txt", "السطر الأخير من الخبر."))
    page = visit(chat.address)
    ask(page, "ما الخبر؟")
    chip = page.locator("#chat .claim a.cite")
    chip.evaluate("one => { one.href = one.hash.replace(/\\d+-\\d+$/, '5-99999'); }")
    chip.click()
    expect(page.locator("#source .note")).to_be_visible()
    expect(page.locator("#source mark")).to_have_count(0)
    assert Span(5, 99999).end > len(ARTICLES["crlf.txt"])


def test_the_panel_says_where_else_the_sentence_stands_and_leads_there(chat: Chat, visit: Visit) -> None:
    first, other = chat.place("emoji.txt", "اليوم."), chat.place("copied.txt", "أعلن الوزير النتائج.")
    chat.quotes(chat.place("repeated.txt", "أعلن الوزير النتائج."), other, first)
    page = visit(chat.address)
    ask(page, "ماذا أعلن الوزير؟")
    open_panel(page)
    expect(page.locator("#source .besides")).to_have_text("Also in: copied.txt (2 copies, one source)")
    page.click("#source .besides a.elsewhere")
    expect(page.locator("#source .text")).to_contain_text("غادر السفراء مساء.")
    assert page.evaluate(SHOWN)["marked"] == "أعلن الوزير النتائج."
    # The chip of the quote says so too, and its popover names where.
    page.keyboard.press("Escape")
    expect(page.locator("#source")).not_to_be_visible()
    chip = page.locator("#chat .claim a.cite.by", has_text="repeated.txt")
    expect(chip.locator(".plus bdi")).to_have_text("+1")
    page.mouse.move(1, 1)
    settled(page)  # as the panel closes, the chip moves from under a mouse that points at it
    chip.hover()
    expect(page.locator("#pop .besides")).to_have_text("Also in: copied.txt (2 copies, one source)")
    page.click("#pop .besides a.elsewhere")
    expect(page.locator("#source .text")).to_contain_text("غادر السفراء مساء.")


def test_the_popover_of_a_quote_tells_what_the_quote_does_not_and_leads_on(two: Page, chat: Chat) -> None:
    source, span = chat.place("stated.txt", "تضم مليون كتاب في قاعاتها الأربع.")
    length = len(ARTICLES[source])
    pop = two.locator("#pop")
    expect(pop).to_be_hidden()
    two.locator("#chat .claim a.cite.by").nth(2).hover()
    expect(pop.locator(".exact")).to_have_text(WORDS["matches"]["en"])
    for told in ("صحيفة المنارة", "2021-03-14", source, f"{span.start}–{span.end} of {length}"):
        expect(pop.locator("dl")).to_contain_text(told)
    expect(pop.locator(".quote")).to_have_count(0)  # the quote stands beside its chip
    bar, here = pop.locator(".where").bounding_box(), pop.locator(".where span").bounding_box()
    assert bar
    assert here
    before = bar["x"] + bar["width"] - here["x"] - here["width"]  # Arabic: from the right
    assert before == pytest.approx(bar["width"] * span.start / length, abs=2)
    assert here["width"] == pytest.approx(bar["width"] * len(span.of(ARTICLES[source])) / length, abs=2)
    pop.locator(".copy").click()
    expect(pop.locator(".copy")).to_have_text(WORDS["copied"]["en"])
    assert two.evaluate("() => navigator.clipboard.readText()").startswith("«تضم مليون كتاب في قاعاتها الأربع.»")
    pop.locator(".open-source").click()
    expect(two.locator("#source mark")).to_have_text("تضم مليون كتاب في قاعاتها الأربع.")
    expect(pop).to_be_hidden()
    two.mouse.move(1, 1)
    expect(pop).to_be_hidden()


def test_the_popover_is_reached_and_left_by_the_keyboard(two: Page) -> None:
    pop, focused = two.locator("#pop"), "() => document.activeElement.className"
    two.locator("#chat .asked").first.click()
    two.keyboard.press("j")
    expect(pop).to_be_visible()
    two.keyboard.press("Tab")
    expect(pop.locator(".open-source")).to_be_focused()
    two.keyboard.press("Shift+Tab")
    assert two.evaluate(focused) == "cite by"
    two.keyboard.press("Tab")
    two.keyboard.press("Tab")
    expect(pop.locator(".copy")).to_be_focused()
    two.keyboard.press("Escape")
    expect(pop).to_be_hidden()
    assert two.evaluate(focused) == "cite by"
    two.keyboard.press("Enter")
    expect(two.locator("#source.shown mark")).to_contain_text("رقم 30 ")
    two.keyboard.press("Escape")
    expect(two.locator("#source")).not_to_be_visible()
    expect(pop).to_be_hidden()  # it does not come back with the focus


def test_the_popover_of_a_number_shows_the_slice_to_the_letter(chat: Chat, visit: Visit) -> None:
    words = "افتتح الوزير مكتبة الإسكندرية الجديدة يوم الأحد بحضور 300 ضيف من 12 دولة عربية وأجنبية."
    written = "The minister opened the new library on Sunday; 300 guests of 12 countries attended."
    chat.writes(says(f"{written} [1]"), chat.place("stated.txt", words))
    page = visit(chat.address)
    ask(page, "How many guests came?")
    number = page.locator("#chat .claim a.cite").first
    expect(number).to_have_attribute("aria-label", re.compile("Source 1: "))
    number.hover()
    expect(page.locator("#pop .quote")).to_be_visible()
    assert page.locator("#pop .quote").evaluate("one => one.textContent") == words


def test_the_popover_of_a_changed_file_verifies_nothing(moved: Page) -> None:
    moved.locator("#chat .claim a.cite").hover()
    expect(moved.locator("#pop .note")).to_have_text(WORDS["panel_changed_since"]["en"])
    expect(moved.locator("#pop .exact, #pop .copy, #pop .where")).to_have_count(0)
    moved.locator("#chat .say.copy").click()
    expect(moved.locator("#chat .say.copy")).to_have_text(WORDS["panel_changed_since"]["en"])


def test_a_quote_is_copied_with_its_reference_from_beside_it(two: Page) -> None:
    button = two.locator("#chat .claim .say.copy").nth(2)
    expect(button).to_have_text(WORDS["copy"]["en"])
    button.click()
    expect(button).to_have_text(WORDS["copied"]["en"])
    copied = two.evaluate("() => navigator.clipboard.readText()")
    assert copied.startswith("«تضم مليون كتاب في قاعاتها الأربع.»\n— صحيفة المنارة · 2021-03-14")
