"""The API over a corpus of small files, in a real uvicorn on a free port of loopback, and what its clients read."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from builders import alike
from small_chat import small_corpus

from rag.corpus import Corpus
from rag.generate.answer import Answerer, Policy
from rag.types import Generate, Search
from ui.server import make_app
from ui.shared.history import History

NEWS = {
    "سياسة/سوتشي.txt": "زار المعلم سوتشي أمس. التقى المعلم بوتين في سوتشي.\nحضر اللقاء 12 مسؤولا.\n",
    "مال.txt": "بلغ سعر النفط 90 دولارا.\n",
}
QUESTION = "من زار سوتشي؟"
PROBLEM = "application/problem+json"
Line = tuple[str, Any]


@dataclass(frozen=True)
class Api:
    """A running API: where, over which corpus, and a client for it."""

    address: str
    corpus: Corpus
    client: httpx.Client
    folder: Path

    def ask(self, question: str = QUESTION, **more: Any) -> httpx.Response:
        return self.client.post("/v1/answers", json={"question": question, **more})

    def stream(self, question: str = QUESTION, **more: Any) -> list[Line]:
        """The events of a streamed answer, (name, data), without comments."""
        response = self.client.post("/v1/answers", json={"question": question, "stream": True, **more})
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        return list(events(response.text.splitlines()))

    def writes(self, generate: Generate, search: Search | None = None) -> None:
        """From now on a writer model answers; it finds every claim near enough to its quotes."""
        self.corpus.answerer = Answerer(
            search or self.corpus.search,
            generate,
            kind="writer",
            model="toy",
            similarity=alike,
            policy=Policy(evidence_sentences=2),
        )


def events(lines: Iterable[str]) -> Iterator[Line]:
    """Server-sent events read as WHATWG says, as far as ours need it: one event line, one data line, comments."""
    name, data = "", []
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            data.append(line.removeprefix("data: "))
        elif not line and data:
            yield name, json.loads("\n".join(data))
            name, data = "", []


@contextmanager
def running(app: Any) -> Iterator[str]:
    """The address of an ASGI application in a uvicorn of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_for(lambda: server.started, 60)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = server.force_exit = True
        thread.join(20)


@contextmanager
def served_api(folder: Path, opening: Future[Corpus] | None = None, **settings: Any) -> Iterator[Api]:
    """The whole server over `NEWS`; with `opening`, over one that is still being opened."""
    with small_corpus(folder / "files", folder / "data", NEWS) as corpus:
        corpus.settings = corpus.settings.model_copy(update=settings)
        if opening is None:
            opening = Future()
            opening.set_result(corpus)
        app = make_app(opening, History(folder / "history.sqlite3"), corpus.settings, "127.0.0.1")
        with running(app) as address, httpx.Client(base_url=address, timeout=30) as client:
            yield Api(address, corpus, client, folder / "files")


def wait_for(true: Callable[[], bool], seconds: float = 30.0) -> float:
    """The seconds until it is true. Fails when it does not become so."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, "it did not happen in time"
        time.sleep(0.005)
    return time.monotonic() - began


def without_times(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != "timings_ms"}


def is_problem(response: httpx.Response, status: int) -> dict[str, Any]:
    """The problem that a response is. Fails when it is none, or has another status."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == PROBLEM
    body: dict[str, Any] = response.json()
    assert body["status"] == status
    assert body["detail"]
    assert body["type"] == "about:blank"
    assert "Traceback" not in response.text
    return body
