"""Timeline, comparison and batch in the browser: reached from an answer, filtered by dragging, exported, answered."""

from __future__ import annotations

import csv
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from builders import points
from chat_server import PATIENCE, Chat, ask, served
from playwright.sync_api import Page, expect
from views_archive import ROWS, views_corpus

from rag.corpus import Corpus
from rag.generate.answer import Answerer
from rag.types import Found, Query
from ui.shared.history import REPORTS
from ui.shared.i18n import WORDS

Visit = Callable[..., Page]
DEAD = "كم عاملا قتل workers؟"
FIRE = "حريق مصنع صفاقس"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Corpus]]:
    home = tmp_path_factory.mktemp("views")
    reader = points("12 عاملا", "14 عاملا", "Twelve workers", "صفاقس")
    with views_corpus(home, reader, upload=True) as corpus, served(corpus, corpus.settings, home / "h") as address:
        yield address, corpus


def answered(visit: Visit, address: str, question: str, **options: object) -> Page:
    page = visit(address, ready=False, **options)
    page.wait_for_selector(".hold")
    ask(page, question)
    return page


def to(page: Page, view: str) -> None:
    page.locator(f"a[href='#view/{view}']:visible").last.click()
    page.wait_for_selector(f"#viewed .{view}")


def test_an_answer_leads_to_its_timeline_and_back(archive: tuple[str, Corpus], visit: Visit) -> None:
    page = answered(visit, archive[0], FIRE)
    to(page, "timeline")
    expect(page.locator("#viewed .asked")).to_have_text(FIRE)
    expect(page.locator("#chat")).not_to_be_visible()
    quotes = [one.strip("«»“”") for one in page.locator("#viewed .entry .quote").all_inner_texts()]
    texts = [row["text"] for row in ROWS]
    assert quotes
    assert all(any(quote in text for text in texts) for quote in quotes)
    page.locator("#viewed a.cite").first.click()
    expect(page.locator("#source mark")).to_have_text(quotes[0])
    page.keyboard.press("Escape")
    page.click("#viewed a[href='#view/answer']")
    expect(page.locator("#chat .head")).to_be_visible()
    expect(page.locator("#view")).not_to_be_visible()


def test_a_view_that_is_pressed_while_another_is_being_made_takes_its_place_at_once(
    archive: tuple[str, Corpus], visit: Visit
) -> None:
    address, corpus = archive
    page = answered(visit, address, DEAD)
    plain, asked, goes_on = corpus.answerer, threading.Event(), threading.Event()

    def waits(query: Query) -> Found:
        asked.set()
        assert goes_on.wait(PATIENCE)
        return plain.search(query)

    # A comparison asks the answerer, a timeline does not.
    corpus.answerer = Answerer(waits, kind="reader", read=plain.read, policy=plain.policy)
    try:
        page.locator("a[href='#view/compare']:visible").last.click()
        expect(page.locator("#viewed .busy")).to_be_visible()
        assert asked.wait(PATIENCE)
        pressed = time.monotonic()
        page.locator("#viewed a[href='#view/timeline']").click()
        expect(page.locator("#viewed .timeline")).to_be_visible()
        took = time.monotonic() - pressed
        assert not goes_on.is_set()
        assert took < PATIENCE / 2, took
        assert page.locator("#viewed").get_attribute("aria-busy") is None
        # From the list of saved questions, too: what was pressed last is shown.
        page.locator("#viewed a[href='#view/compare']").click()
        expect(page.locator("#viewed .busy")).to_be_visible()
        page.locator("#viewed .save").click()
        expect(page.locator("#viewed .view.saved")).to_be_visible()
        goes_on.set()
        page.wait_for_timeout(1500)
        expect(page.locator("#viewed .view.saved")).to_be_visible()
    finally:
        goes_on.set()
        corpus.answerer = plain
    page.click("#saved button")
    page.locator("#saved .sure summary").first.click()
    page.locator("#saved .sure a").first.click()
    expect(page.locator("#saved .none")).to_be_visible()


def test_dragging_over_the_strip_leaves_the_entries_of_its_dates(archive: tuple[str, Corpus], visit: Visit) -> None:
    page = answered(visit, archive[0], FIRE)
    to(page, "timeline")
    every = page.locator("#viewed .entry").count()
    bars = page.locator("a.bar").all()
    assert len(bars) >= 3
    first, last = (one.bounding_box() for one in (bars[0], bars[1]))
    assert first
    assert last
    page.mouse.move(first["x"] + 2, first["y"] + 20)
    page.mouse.down()
    page.mouse.move(last["x"] + 2, last["y"] + 20, steps=5)
    page.mouse.up()
    span = [bars[0].get_attribute("href"), bars[1].get_attribute("href")]
    begin, end = (str(span[0]).split("/")[1].split("-")[0], str(span[1]).split("-")[1])
    classes = [one.get_attribute("class") or "" for one in page.locator("#viewed .entry:visible").all()]
    assert 0 < len(classes) < every
    for one in classes:
        kinds = one.split()
        assert next(k for k in kinds if k.startswith("from-"))[5:] <= end
        assert next(k for k in kinds if k.startswith("to-"))[3:] >= begin
    page.click("#viewed .all-days")
    expect(page.locator("#viewed .entry:visible")).to_have_count(every)
    page.locator("a.bar").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("#viewed .entry:visible").count() < every


def test_a_comparison_takes_another_question_as_a_row_and_is_downloaded(
    archive: tuple[str, Corpus], visit: Visit
) -> None:
    page = answered(visit, archive[0], DEAD)
    to(page, "compare")
    expect(page.locator("#viewed .head")).to_contain_text("they differ on 1 point")
    page.fill("#view-question input, #view-question textarea", FIRE)
    page.click("#view-add")
    expect(page.locator("#viewed .by-outlet thead th")).to_have_count(2)
    with page.expect_download() as download:
        page.locator("#viewed .tools a", has_text="CSV").click()
    rows = list(csv.DictReader(Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()))
    assert {row["question"] for row in rows} == {DEAD, FIRE}
    assert {row["short answer"] for row in rows if row["outlet"] == "رويترز" and row["question"] == DEAD} == {
        "14 عاملا"
    }
    # Typing a new question goes back to the conversation.
    ask(page, DEAD)
    expect(page.locator("#chat")).to_be_visible()


def test_a_sheet_of_questions_comes_back_answered(archive: tuple[str, Corpus], visit: Visit, tmp_path: Path) -> None:
    sheet = tmp_path / "questions.csv"
    sheet.write_text(f"question\n{DEAD}\nxyzzy\n", encoding="utf-8")
    page = visit(archive[0], ready=False)
    page.wait_for_selector(".hold")
    page.click("#tab-batch")
    page.set_input_files("#batch-file input[type=file]", sheet)
    expect(page.locator("#batched .head")).to_have_text("answered: 1 · not in the archive: 1")
    with page.expect_download() as download:
        page.locator("#batched .tools a", has_text="XLSX").click()
    assert Path(download.value.path()).read_bytes()[:2] == b"PK"
    page.locator("#batched a.cite").first.click()
    expect(page.locator("#source mark")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_views_have_no_fault_that_axe_finds(archive: tuple[str, Corpus], visit: Visit, scheme: str) -> None:
    page = answered(visit, archive[0], DEAD, color_scheme=scheme, locale="ar")
    for view in ("timeline", "compare"):
        to(page, view)
        found = Axe().run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []


def test_on_a_phone_a_view_needs_no_sideways_scrolling(archive: tuple[str, Corpus], visit: Visit) -> None:
    page = answered(visit, archive[0], DEAD, viewport={"width": 390, "height": 800}, locale="ar")
    for view in ("timeline", "compare"):
        to(page, view)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.locator("#view").evaluate("one => one.scrollWidth <= one.clientWidth")
    expect(page.locator("#viewed .by-outlet .of").first).to_be_visible()


def test_an_archive_without_dates_says_so_in_its_timeline(archive: tuple[str, Corpus], visit: Visit) -> None:
    page = answered(visit, archive[0], "المحترق")
    to(page, "timeline")
    expect(page.locator("#viewed .undated-part")).to_contain_text(WORDS["timeline.undated"]["en"])


def test_a_reader_says_that_an_answer_is_wrong_and_what_is_right(archive: tuple[str, Corpus], visit: Visit) -> None:
    address, corpus = archive
    page = answered(visit, address, DEAD)
    page.click(".report summary")
    page.click(".report a[href$='/wrong']")
    page.fill(".report input", "12 عاملا")
    page.keyboard.press("Enter")
    expect(page.locator(".report [role=status]")).to_have_text(WORDS["report.kept"]["en"])
    said = (corpus.settings.corpus_dir("archive") / REPORTS).read_text(encoding="utf-8")
    assert json.loads(said.splitlines()[-1])["accepted"] == ["12 عاملا"]
    page.reload()
    page.click(".report summary")
    page.click(".report a[href$='/missing']")
    expect(page.locator(".report [role=status]")).to_be_visible()
    said = (corpus.settings.corpus_dir("archive") / REPORTS).read_text(encoding="utf-8")
    assert json.loads(said.splitlines()[-1])["answerable"] is False


TRANSLATOR = """window.Translator = {create: async ({sourceLanguage, targetLanguage}) => ({
  translate: async (text) => `${sourceLanguage}>${targetLanguage} <b>${text}</b>`})};"""


def test_a_quote_in_the_other_language_is_translated_by_the_browser_where_it_can(
    archive: tuple[str, Corpus], visit: Visit
) -> None:
    page = answered(visit, archive[0], DEAD)
    page.add_init_script("delete window.Translator")
    page.reload()
    expect(page.locator(".translate").first).not_to_be_visible()
    page = answered(visit, archive[0], DEAD)
    page.add_init_script(TRANSLATOR)
    page.reload()
    quote = page.locator(".claim.proof p.quote[lang=ar]").first
    words = quote.inner_text()
    page.locator(".translate").first.click()
    shown = page.locator(".translation").first
    expect(shown).to_contain_text(WORDS["translation"]["en"])
    expect(shown.locator("p")).to_have_text(f"ar>en <b>{words}</b>")  # as text, whatever it holds
    expect(quote).to_have_text(words)
    page.add_init_script("window.Translator = {create: async () => { throw new Error('no model'); }}")
    page.reload()
    page.locator(".translate").first.click()
    expect(page.locator(".translate.failed").first).to_be_visible()
    expect(page.locator(".translation")).to_have_count(0)


def test_a_question_is_saved_from_its_answer_and_found_again_in_the_menu(
    archive: tuple[str, Corpus], visit: Visit
) -> None:
    page = answered(visit, archive[0], FIRE)
    page.click("#chat .save")
    expect(page.locator("#viewed .saved .head")).to_contain_text("new: 0")
    words = page.locator("#viewed .entry .quote").first.inner_text()
    page.reload()
    page.click("#saved button")
    page.click("#saved a.name")
    expect(page.locator("#viewed .asked")).to_have_text(FIRE)
    expect(page.locator("#viewed .entry .quote").first).to_have_text(words)
    page.locator("#saved .sure summary").first.click()
    page.locator("#saved .sure a").first.click()
    expect(page.locator("#saved .none")).to_be_visible()


def test_filters_that_are_typed_are_shown_as_they_were_understood(archive: tuple[str, Corpus], visit: Visit) -> None:
    page = answered(visit, archive[0], f"{FIRE} after:2016-06")
    expect(page.locator("#chat .understood")).to_contain_text("2016-06-01")
    quotes = page.locator("#chat .claim .day, #chat .card .origin").all_inner_texts()
    assert quotes
    assert all("2016" in one or "2017" in one for one in quotes)
    assert not any("May 2016" in one or "2016-05" in one for one in quotes)


def test_a_name_of_the_archive_is_a_limit_with_a_chip_that_lifts_it(chat: Chat, visit: Visit) -> None:
    page = visit(chat.address)
    page.locator("#limits a[href='#limit/names']").click()  # opens the menu
    names = page.locator("#names a.facet")
    count = names.count()
    words = names.last.locator("bdi").inner_text()
    spellings = (names.last.get_attribute("title") or "").split(" · ")
    names.last.click()
    chip = page.locator("#limits a.on", has_text=words)
    expect(chip).to_contain_text("×")
    expect(page.locator("#names a.facet.on bdi")).to_have_text(words)
    assert names.count() < count  # only the names of articles that have this one
    ask(page, "ماذا جرى؟")
    links = page.locator("#chat :is(a.cite, a.card)").evaluate_all("all => all.map((one) => one.hash.split('/')[1])")
    assert links
    generation = chat.corpus.catalog.current(chat.corpus.name)
    assert generation is not None
    articles = chat.corpus.catalog.articles(generation.id, sorted(set(links))).values()
    assert all(any(spelling in one.text for spelling in spellings) for one in articles)
    chip.click()
    expect(chip).to_have_count(0)
    expect(names).to_have_count(count)
    expect(page.locator("#names a.facet.on")).to_have_count(0)


def test_a_language_is_a_limit_that_holds_until_it_is_lifted(archive: tuple[str, Corpus], visit: Visit) -> None:
    page = visit(archive[0], locale="en")
    page.locator("#limits a", has_text="English").click()
    chip = page.locator("#limits a.on", has_text="English")
    expect(chip).to_contain_text("×")
    ask(page, f"{FIRE} Sfax factory fire")
    quotes = page.locator("#chat p.quote, #chat .card .text").all_inner_texts()
    assert quotes
    assert not any(re.search("[\u0621-\u064a]", one) for one in quotes)
    expect(chip).to_be_visible()
    chip.click()
    expect(chip).to_have_count(0)
    page.locator("#language").click()
    page.wait_for_selector("html[lang=ar]")


def test_filters_are_shown_while_they_are_typed_and_can_be_taken_out(archive: tuple[str, Corpus], visit: Visit) -> None:
    page = visit(archive[0], locale="en")
    box, chips = page.locator("#question textarea"), page.locator("#typed .limit")
    box.fill('<b>من</b>؟ outlet:سانا -"حريق <i>"')
    expect(chips).to_have_text(["Outlet: سانا×", "Without: حريق <i>×"])
    chips.first.click()
    expect(chips).to_have_text(["Without: حريق <i>×"])
    expect(box).to_have_value('<b>من</b>؟ -"حريق <i>"')
    expect(box).to_be_focused()
    box.fill("من؟ after:tomorrow")
    expect(page.locator("#typed .wrong")).to_contain_text("after:tomorrow")
    box.fill("من؟")
    expect(chips).to_have_count(0)
    box.fill("من؟ before:2017")
    expect(chips).to_have_text(["Up to: 2016-12-31×"])
    page.press("#question textarea", "Enter")
    expect(page.locator("#chat .understood .limit")).to_have_text("Up to: 2016-12-31")
    expect(chips).to_have_count(0)  # the box is empty again
