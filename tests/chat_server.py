"""The chat served in this process on a free port of loopback, and a real Chromium to look at it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from rag.assemble import Corpus, ingest_folder, open_corpus
from rag.config import Settings
from ui.history import History
from ui.server import make_app

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
"""Without the last four Chromium itself asks hosts of its maker, which a test of requests would see."""


@contextmanager
def served(
    opening: Future[Corpus] | Corpus, settings: Settings, history: Path, host: str = "127.0.0.1"
) -> Iterator[str]:
    """The address of a running chat over a corpus, or over one that is still being opened."""
    if isinstance(opening, Corpus):
        corpus, opening = opening, Future()
        opening.set_result(corpus)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    app = make_app(opening, History(history), settings, host)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError("the chat did not start")
        time.sleep(0.05)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join(20)


def corpus_of(folder: Path, settings: Settings, **flags: Any) -> Corpus:
    """Ingest a folder and open it, without a language model unless `flags` say otherwise."""
    ingest_folder(folder, settings, allow_deletes=True)
    return open_corpus(settings.model_copy(update={"generator": "extractive", **flags}))


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, driven by playwright; it asks no host by itself."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def ask(page: Page, question: str, *, wait: bool = True) -> None:
    """Type a question and press Enter; with `wait`, until its answer is whole."""
    answered = page.locator("#chat .head:not(.busy), #chat .failure").count()
    page.fill("#question textarea", question)
    page.press("#question textarea", "Enter")
    if wait:
        page.wait_for_function(
            "count => document.querySelectorAll('#chat .head:not(.busy), #chat .failure').length > count",
            arg=answered,
            timeout=60_000,
        )
