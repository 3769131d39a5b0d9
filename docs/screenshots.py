"""The pictures of the documentation: the real chat over seeds/, in a real Chromium. Run by ``make screenshots``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from eval.bench.server import prepared, server
from ui.shared.source_view import EXAMPLES

ROOT = Path(__file__).parent.parent
PICTURES = ROOT / "docs" / "screenshots"
WIDE = {"width": 1360, "height": 860}
PHONE = {"width": 390, "height": 844}
ARABIC = "ما رقم القرار الدولي الذي ينص على الحوار السوري الشامل؟"
FOLLOW_UP = "ومن قال ذلك؟"
ENGLISH = "Where did Putin receive Syria's foreign minister behind closed doors?"
FIRE, FIRE_DAY = "كم قتيلا في حريق مصنع صفاقس؟", "متى اندلع حريق مصنع صفاقس؟"
ABSENT = "كم بلغ سعر كيلوغرام الطماطم في تونس؟"


def main() -> None:
    """Draw every picture anew."""
    PICTURES.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "ui.cli.main", "chat", "--corpus", "seeds"]
    with (
        tempfile.TemporaryDirectory() as place,
        server(command, prepared(ROOT / "seeds", Path(place)), "auto") as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
        )
        for scheme in ("light", "dark"):
            page = _page(browser, address, "ar", WIDE, scheme)
            page.screenshot(path=PICTURES / f"arabic-welcome-{scheme}.png")
            _ask(page, ARABIC)
            _open(page)
            page.screenshot(path=PICTURES / f"arabic-{scheme}.png")
            page = _page(browser, address, "en", WIDE, scheme)
            _ask(page, ENGLISH)
            _open(page)
            page.screenshot(path=PICTURES / f"english-{scheme}.png")
        page = _page(browser, address, "en", WIDE, "light")
        _ask(page, ENGLISH)
        page.locator("#chat a.cite.by").first.hover()
        page.wait_for_selector("#pop:not([hidden])")
        page.screenshot(path=PICTURES / "popover.png")
        page = _page(browser, address, "ar", PHONE, "light")
        _ask(page, ARABIC)
        page.screenshot(path=PICTURES / "phone-answer.png")
        _open(page)
        page.screenshot(path=PICTURES / "phone-source.png")
        page = _page(browser, address, "ar", WIDE, "light")
        _ask(page, ARABIC)
        _ask(page, FOLLOW_UP)
        page.screenshot(path=PICTURES / "follow-up.png")
        page = _page(browser, address, "ar", WIDE, "light")
        _ask(page, ABSENT)
        page.screenshot(path=PICTURES / "not-in-the-archive.png")
    _views()


def _views() -> None:
    """Draw the views of an archive of twelve dated articles, that of the tests."""
    sys.path.insert(0, str(ROOT / "tests"))
    from views_archive import write_rows

    command = [sys.executable, "-m", "ui.cli.main", "chat", "--corpus", "seeds", "--set", "upload=true"]
    with tempfile.TemporaryDirectory() as place:
        rows = write_rows(Path(place) / "files")
        sheet = Path(place) / "questions.csv"
        sheet.write_text(f"question\n{FIRE}\n{FIRE_DAY}\nWho visited Sochi?\n{ABSENT}\n", encoding="utf-8")
        with server(command, prepared(rows, Path(place) / "data"), "auto") as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
            page = browser.new_context(locale="ar", viewport=WIDE, reduced_motion="reduce").new_page()
            page.goto(address)
            page.wait_for_selector(".hold", timeout=60_000)
            page.wait_for_timeout(1500)
            page.screenshot(path=PICTURES / "welcome-dated.png")
            page.locator("#limits a", has_text="سانا").click()
            page.click("#names button")
            page.locator("#names a.facet").first.click()
            page.locator("#limits a.on", has_text="×").nth(1).wait_for()
            page.fill("#question textarea", f"{FIRE} after:2016-05")
            page.wait_for_selector("#typed .limit")
            page.wait_for_timeout(700)
            page.screenshot(path=PICTURES / "limits.png")
            page.reload()
            page.wait_for_selector(".hold")
            page.wait_for_timeout(1500)
            _ask(page, FIRE)
            page.screenshot(path=PICTURES / "sources-differ.png")
            for view in ("timeline", "compare"):
                page.locator(f"a[href='#view/{view}']:visible").last.click()
                page.wait_for_selector(f"#viewed .{view}", timeout=120_000)
                page.wait_for_timeout(700)
                page.screenshot(path=PICTURES / f"{view}.png")
            page.click("#tab-batch")
            page.set_input_files("#batch-file input[type=file]", sheet)
            page.wait_for_selector("#batched .batch", timeout=120_000)
            page.wait_for_timeout(700)
            page.screenshot(path=PICTURES / "batch.png")


def _page(browser: Browser, address: str, language: str, size: dict[str, int], scheme: str) -> Page:
    context = browser.new_context(locale=language, viewport=size, color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    page.goto(address)
    page.locator("a.example").nth(EXAMPLES - 1).wait_for(timeout=180_000)  # they come one by one
    return page


def _ask(page: Page, question: str) -> None:
    answers = page.locator("#chat .head:not(.busy)")
    before = answers.count()
    page.fill("#question textarea", question)
    page.press("#question textarea", "Enter")
    answers.nth(before).wait_for(timeout=60_000)
    page.wait_for_timeout(700)


def _open(page: Page) -> None:
    page.locator("#chat a.cite").first.click()
    page.wait_for_selector("#source mark")
    page.locator("#chat .head").first.scroll_into_view_if_needed()
    page.wait_for_timeout(700)


if __name__ == "__main__":
    main()
