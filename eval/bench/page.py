"""First paint and time to evidence in a real Chromium: our page beside plain `gr.ChatInterface`, in one run."""

from __future__ import annotations

import statistics
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from eval.bench.chat import QUESTIONS, prepared, server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

VISITS = 5
_PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
_NOW = "() => performance.now()"
# Both moments are told by the page's own clock, so that the driver's time is in neither figure.
_WATCH = """(seen) => {
  const before = document.querySelectorAll(seen).length;
  window.asked = window.answered = null;
  document.addEventListener("keydown", () => { window.asked = performance.now(); }, {capture: true, once: true});
  const look = () => {
    if (document.querySelectorAll(seen).length > before) window.answered = performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""
_TOLD = "() => window.answered && window.answered - window.asked"


@dataclass(frozen=True, slots=True)
class Visit:
    """Medians in milliseconds: first contentful paint, until a question can be typed, from a question to its text."""

    name: str
    paint: float
    usable: float
    evidence: float


def run(seeds: Path, place: Path) -> tuple[Visit, Visit]:
    """Ours and the plain one, visited in turn so that a busy machine slows both."""
    from playwright.sync_api import sync_playwright

    data = prepared(seeds, place)
    ours = [sys.executable, "-m", "ui.cli.main", "chat", "--corpus", "seeds"]
    plain = [sys.executable, "-m", "eval.bench.plain_chat"]
    with server(ours, data) as first, server(plain, data) as second, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
        )
        visits: dict[str, list[tuple[float, float, float]]] = {first: [], second: []}
        for _ in range(VISITS + 1):
            visits[first].append(_visit(browser, first, "#question textarea", "#chat a.card"))
            visits[second].append(_visit(browser, second, "textarea", "[data-testid='bot'] .message-content p"))
        browser.close()
    return _medians("Isnad", visits[first]), _medians("gr.ChatInterface", visits[second])


def table(pages: tuple[Visit, Visit]) -> str:
    """A row a page, and their ratio, in Markdown."""
    rows = ["| page | first paint | can be typed into | question to evidence |", "|---|---|---|---|"]
    rows += [f"| {one.name} | {one.paint:.0f} ms | {one.usable:.0f} ms | {one.evidence:.0f} ms |" for one in pages]
    ours, plain = pages
    ratios = (ours.paint / plain.paint, ours.usable / plain.usable, ours.evidence / plain.evidence)
    return "\n".join([*rows, "| ratio | " + " | ".join(f"{ratio:.2f} x" for ratio in ratios) + " |"])


def _visit(browser: Browser, address: str, box: str, seen: str) -> tuple[float, float, float]:
    page = browser.new_context().new_page()
    page.goto(address)
    page.wait_for_selector(box)
    usable = float(page.evaluate(_NOW))
    paint = float(page.evaluate(_PAINT) or usable)
    page.wait_for_timeout(1500)
    evidence = statistics.median(_ask(page, box, seen, question) for question in QUESTIONS[:3])
    page.context.close()
    return paint, usable, evidence


def _ask(page: Page, box: str, seen: str, question: str) -> float:
    page.fill(box, question)
    page.evaluate(_WATCH, seen)
    page.press(box, "Enter")
    told = page.wait_for_function(_TOLD).json_value()
    page.wait_for_timeout(1000)  # the answer ends, and the box takes the next question
    return float(told)


def _medians(name: str, visits: list[tuple[float, float, float]]) -> Visit:
    """The first visit is left out: it fills the caches of the server."""
    paint, usable, evidence = (statistics.median(values) for values in zip(*visits[1:], strict=True))
    return Visit(name, paint, usable, evidence)
