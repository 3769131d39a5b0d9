"""The chat served in this process on a free port of loopback, and a real Chromium to look at it."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue
from typing import Any, Final

import uvicorn
from builders import Pointing, alike
from playwright.sync_api import Browser, Locator, Page, Request, expect, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from rag.config import Settings
from rag.corpus import Corpus, ingest_folder, open_corpus
from rag.extract.formats import article_id
from rag.generate.answer import Answerer, Policy
from rag.models.embedding import Embedder
from rag.types import Article, Delta, End, Found, Generate, Hit, Language, Passage, Prompt, Search, Span
from ui.server import make_app
from ui.shared.history import History

expect.set_options(timeout=30_000)  # as long as everything else waits for a page on a slow machine

PATIENCE = 30
"""Seconds until something happens that only a slow machine delays: a `Paced` model ends by no other way than Stop."""

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",  # containers often have little of it
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


def corpus_of(folder: Path, settings: Settings, embedder: Embedder | None = None, **flags: Any) -> Corpus:
    """Ingest a folder and open it, without a language model unless `flags` say otherwise."""
    ingest_folder(folder, settings, allow_deletes=True, embedder=embedder)
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
    """Type a question and press Enter until it is sent, once; with `wait`, until its answer is whole."""
    answered = page.locator("#chat .head:not(.busy), #chat .failure").count()
    box = page.locator("#question textarea")
    box.fill(question)

    def sends_it(request: Request) -> bool:
        return "/queue/join" in request.url and question in (request.post_data_json or {}).get("data", ())

    # While the page still hears the end of the last answer, Gradio drops a press of the key: it sends nothing then, and
    # once it has sent a question it drops every press until that is answered.
    deadline = time.monotonic() + 60
    while True:
        try:
            with page.expect_request(sends_it, timeout=2_000):
                box.press("Enter")
            break
        except PlaywrightTimeout:
            if time.monotonic() > deadline:
                raise
    if wait:
        page.wait_for_function(
            "count => document.querySelectorAll('#chat .head:not(.busy), #chat .failure').length > count",
            arg=answered,
            timeout=240_000,  # two slow processes on two cores; what is tested is that it comes at all
        )


def settled(page: Page) -> None:
    """Wait until nothing on the page moves or fades any more, but for what turns for ever."""
    page.wait_for_function(
        """() => document.getAnimations().every((one) =>
            one.playState !== "running" || one.effect.getComputedTiming().iterations === Infinity)"""
    )


@dataclass(frozen=True)
class Chat:
    """A chat that is being served: where, over which corpus, from which folder."""

    address: str
    corpus: Corpus
    folder: Path

    def article(self, source: str) -> Article:
        """The article as the archive has it."""
        generation = self.corpus.catalog.current(self.corpus.name)
        assert generation is not None
        every = self.corpus.catalog.articles(generation.id, [article_id(self.corpus.name, source)])
        return every[article_id(self.corpus.name, source)]

    def finds(self, *places: tuple[str, Span], score: float = 1.0) -> Search:
        """A search that finds these places, (file, span), in this order, whatever it is asked."""
        articles = {source: self.article(source) for source, _ in places}
        hits = []
        for at, (source, span) in enumerate(places):
            one = articles[source]
            name = Passage.make_id(one.id, one.sha256, span)
            passage = Passage(name, one.id, one.sha256, span, (span,), span.of(one.text))
            hits.append(Hit(passage, span, 0.9, 0.9, 0.5, score - at / 1000, "both", (), (0.9,)))
        found = Found(tuple(hits), {one.id: one for one in articles.values()}, "g1", searched=7)
        return lambda _: found

    def quotes(self, *places: tuple[str, Span], score: float = 1.0) -> None:
        """From now on every answer is these places, verbatim."""
        self.corpus.answerer = Answerer(
            self.finds(*places, score=score), policy=Policy(evidence_sentences=len(places), min_score=LEAST)
        )

    def points(self, words: str, *places: tuple[str, Span]) -> None:
        """From now on every answer is these places, verbatim, with these words in them as its short answers."""
        policy = Policy(evidence_sentences=len(places), min_score=LEAST)
        self.corpus.answerer = Pointing(self.finds(*places), words, policy=policy)

    def writes(self, generate: Generate, *places: tuple[str, Span]) -> None:
        """From now on a writer model answers from these places; it finds every claim near enough to its quotes."""
        policy = Policy(evidence_sentences=len(places), min_score=LEAST)
        self.corpus.answerer = Answerer(
            self.finds(*places), generate, kind="writer", model="toy", similarity=alike, policy=policy
        )

    def place(self, source: str, words: str, occurrence: int = 0) -> tuple[str, Span]:
        """Where some words stand in a file; `occurrence` counts from 0."""
        text, at = self.article(source).text, -1
        for _ in range(occurrence + 1):
            at = text.index(words, at + 1)
        return source, Span(at, at + len(words))


class Paced:
    """A model that says what a test gives it, when the test gives it.

    `asked` is set when it is first asked, `cancelled` when it is told to stop.
    """

    def __init__(self, *parts: str) -> None:
        self._parts: Queue[str | None] = Queue()
        self.asked = threading.Event()
        self.cancelled = threading.Event()
        for part in parts:
            self.say(part)

    def say(self, part: str) -> None:
        self._parts.put(part)

    def end(self) -> None:
        self._parts.put(None)

    def __call__(self, prompt: Prompt, cancel: threading.Event) -> Iterator[Delta | End]:
        self.asked.set()
        while not cancel.is_set():
            try:
                part = self._parts.get(timeout=0.02)
            except Empty:
                continue
            if part is None:
                yield End("stop")
                return
            yield Delta(part)
        self.cancelled.set()


LEAST: Final[dict[Language, float]] = {"ar": 0.5, "en": 0.5}


def open_source(page: Page, chip: Locator) -> None:
    """Click a citation until its source is asked for.

    While the page still scrolls to the end of an answer, the chip may move from under the pointer before its release.
    """
    deadline = time.monotonic() + 60
    while True:
        try:
            with page.expect_response(lambda response: "/sources/" in response.url, timeout=5_000):
                chip.click()
            break
        except PlaywrightTimeout:
            if time.monotonic() > deadline:
                raise


def open_panel(page: Page, number: int = 1) -> None:
    """Click the first chip with this number and wait for its source."""
    open_source(page, page.locator("#chat a.cite", has_text=re.compile(rf"^{number}(\s|$)")).first)
    page.wait_for_selector("#source.shown")
    settled(page)
