"""Load benchmarks of the server: chat page, HTTP API and first paint, against Gradio, LlamaIndex and embedding."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from rag.config import Settings
from rag.corpus import ingest_folder
from rag.errors import IsnadError
from rag.models.embedding import load

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


# The chat page under load, over HTTP; servers run in separate processes.
#
# Time to evidence is from sending the question to the first event that shows a source.

_USERS = 16
_ROUNDS = 6
"""Questions per user; the first is not counted, because it fills the caches."""
_START_SECONDS = 180
_QUESTIONS = (
    "من زار سوتشي؟",
    "ما رقم القرار الدولي الذي ينص على الحوار السوري الشامل؟",
    "من السفير الروسي في القاهرة؟",
    "Where did Putin receive Syria's foreign minister?",
    "What did Zakharova say about Ban Ki-moon?",
    "ماذا قال لافروف عن ميونيخ؟",
)


@dataclass(frozen=True, slots=True)
class _Load:
    """Seconds from question to evidence with one user (`alone`) and with many (`crowd`); the number of `errors`."""

    alone: tuple[float, ...]
    crowd: tuple[float, ...]
    errors: int

    @property
    def ratio(self) -> float:
        """The 95th percentile with many users / that with one user."""
        return _percentile(self.crowd) / _percentile(self.alone)


def _percentile(values: tuple[float, ...], of: int = 95) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[of - 1]


def run_chat(seeds: Path, place: Path) -> _Load:
    """Ask a corpus of `seeds` without a language model; `place` is an empty folder for its data."""
    data = prepared(seeds, place)
    with server([sys.executable, "-m", "ui.cli.main", "chat", "--corpus", "seeds"], data) as address:
        alone = asyncio.run(_users(address, 1))
        crowd = asyncio.run(_users(address, _USERS))
    return _Load(tuple(alone[0]), tuple(crowd[0]), alone[1] + crowd[1])


def chat_table(load: _Load) -> str:
    """Format as Markdown, with one row per measure."""
    return "\n".join(
        (
            f"| chat, {_USERS} concurrent users, without a model | |",
            "|---|---|",
            f"| questions, errors | {len(load.crowd)}, {load.errors} |",
            f"| evidence, one user: median, p95 | {_told(load.alone)} |",
            f"| evidence, {_USERS} users: median, p95 | {_told(load.crowd)} |",
            f"| p95 / p95 of one user | {load.ratio:.1f} x |",
        )
    )


def prepared(seeds: Path, place: Path) -> Path:
    """Ingest `seeds` into the corpus ``seeds`` of a data folder, and return the folder."""
    ingest_folder(seeds, Settings(data_dir=place, corpus="seeds"))
    return place


@contextmanager
def server(command: list[str], data: Path, generator: str = "extractive") -> Iterator[str]:
    """Start a server by `command` with ``--port``, and yield its address once ``/readyz`` responds."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "ISNAD_DATA_DIR": str(data), "ISNAD_GENERATOR": generator, "HF_HUB_OFFLINE": "1"}
    started = [*command, "--port", str(port)]
    with subprocess.Popen(started, env=environment, stderr=subprocess.DEVNULL) as process:  # noqa: S603
        try:
            yield _ready(f"http://127.0.0.1:{port}", process)
        finally:
            process.terminate()


def _ready(address: str, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{address}/readyz").status_code == httpx.codes.OK:
                return address
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise IsnadError("the server did not start", where=str(process.args), do="start it by hand to see the cause")


async def _users(address: str, count: int) -> tuple[list[float], int]:
    """Return the seconds to evidence of all questions of `count` concurrent users, and the number without evidence."""
    found = await asyncio.gather(*(_user(address, number) for number in range(count)))
    seconds = [one for of in found for one in of[1:] if one is not None]
    return seconds, sum(one is None for of in found for one in of)


async def _user(address: str, number: int) -> list[float | None]:
    async with httpx.AsyncClient(base_url=address, timeout=60) as client:
        await client.get("/")  # the cookie of this browser
        config = (await client.get("/config")).json()
        asking = next(one for one in config["dependencies"] if _sends(one, config))
        session = secrets.token_hex(6)
        return [
            await _ask_chat(client, asking, session, _QUESTIONS[(number + turn) % len(_QUESTIONS)])
            for turn in range(_ROUNDS)
        ]


def _sends(dependency: dict[str, Any], config: dict[str, Any]) -> bool:
    """Whether a handler belongs to the button that sends the question."""
    send = next(one["id"] for one in config["components"] if one["props"].get("elem_id") == "send")
    return [send, "click"] in [list(target) for target in dependency["targets"]]


async def _ask_chat(client: httpx.AsyncClient, asking: dict[str, Any], session: str, question: str) -> float | None:
    values = [question, *[None] * (len(asking["inputs"]) - 1)]
    started = time.monotonic()
    joined = await client.post(
        "/gradio_api/queue/join", json={"data": values, "fn_index": asking["id"], "session_hash": session}
    )
    if joined.is_error:
        return None
    evidence = None
    async with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as events:
        async for line in events.aiter_lines():
            if not line.startswith("data:"):
                continue
            told = json.loads(line.removeprefix("data:"))
            if evidence is None and "#source/" in line:
                evidence = time.monotonic() - started
            if told["msg"] == "process_completed":
                return evidence if told["success"] else None
            if told["msg"] in {"unexpected_error", "close_stream"}:
                break
    return evidence


def _told(seconds: tuple[float, ...]) -> str:
    return f"{statistics.median(seconds) * 1000:.0f} ms, {_percentile(seconds) * 1000:.0f} ms"


# First paint and time to evidence in Chromium: Isnad's page and plain `gr.ChatInterface`, in one run.

_VISITS = 5
_PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
_NOW = "() => performance.now()"
# Both times are measured by the page's own clock, so that they do not include the time of the driver.
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
class _Visit:
    """Medians in milliseconds: first contentful paint, until a question can be typed, from a question to its text."""

    name: str
    paint: float
    usable: float
    evidence: float


def run_page(seeds: Path, place: Path) -> tuple[_Visit, _Visit]:
    """Visit Isnad's page and the plain page in turn, so that a busy machine slows both."""
    from playwright.sync_api import sync_playwright

    data = prepared(seeds, place)
    ours = [sys.executable, "-m", "ui.cli.main", "chat", "--corpus", "seeds"]
    plain = [sys.executable, "-m", "eval.bench.plain_servers", "chat"]
    with server(ours, data) as first, server(plain, data) as second, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
        )
        visits: dict[str, list[tuple[float, float, float]]] = {first: [], second: []}
        for _ in range(_VISITS + 1):
            visits[first].append(_visit(browser, first, "#question textarea", "#chat a.card"))
            visits[second].append(_visit(browser, second, "textarea", "[data-testid='bot'] .message-content p"))
        browser.close()
    return _medians("Isnad", visits[first]), _medians("gr.ChatInterface", visits[second])


def page_table(pages: tuple[_Visit, _Visit]) -> str:
    """Format as Markdown: one row per page, and their ratio."""
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
    evidence = statistics.median(_ask_page(page, box, seen, question) for question in _QUESTIONS[:3])
    page.context.close()
    return paint, usable, evidence


def _ask_page(page: Page, box: str, seen: str, question: str) -> float:
    page.fill(box, question)
    page.evaluate(_WATCH, seen)
    page.press(box, "Enter")
    told = page.wait_for_function(_TOLD).json_value()
    page.wait_for_timeout(1000)  # until the answer ends and the box accepts the next question
    return float(told)


def _medians(name: str, visits: list[tuple[float, float, float]]) -> _Visit:
    """Compute the medians without the first visit, which fills the caches of the server."""
    paint, usable, evidence = (statistics.median(values) for values in zip(*visits[1:], strict=True))
    return _Visit(name, paint, usable, evidence)


_CLIENTS = (1, 4, 16, 64)
_ASKED = 128
"""Questions per row, divided among its clients."""
_WARMING = 8
_FEW, _MANY, _AT_ONCE = 100, 10_000, 8
"""Number of searches before each reading of the memory, and how many run concurrently."""

Ask = Callable[[int], Awaitable[tuple[float, bool]]]
"""Asks the question of a turn; returns the seconds, and whether it failed."""


@dataclass(frozen=True, slots=True)
class LoadRow:
    """Results of concurrent clients on one server: seconds of each request, number of errors, total seconds."""

    name: str
    clients: int
    seconds: tuple[float, ...]
    errors: int
    total: float

    @property
    def rate(self) -> float:
        """Requests per second."""
        return len(self.seconds) / self.total


@dataclass(frozen=True, slots=True)
class LoadReport:
    """All results. `embedding`: median seconds of bare embedding of one question, in one process.

    `memory`: resident bytes of Isnad's server after `_FEW` and after `_MANY` more searches, following all rows.
    """

    rows: tuple[LoadRow, ...]
    embedding: float
    memory: tuple[int, int]


def run(seeds: Path, place: Path) -> LoadReport:
    """Ask a corpus of `seeds` without a language model; `place` is an empty folder for its data."""
    data = prepared(seeds, place)
    ours = [sys.executable, "-m", "ui.cli.main", "serve", "--corpus", "seeds", "--set", f"api_at_once={max(_CLIENTS)}"]
    plain = [sys.executable, "-m", "eval.bench.plain_servers", "search"]
    rows: list[LoadRow] = []
    with server(ours, data) as address:
        for clients in _CLIENTS:
            rows.append(asyncio.run(_row("search", address, "/v1/search", clients)))
            rows.append(asyncio.run(_row("answer", address, "/v1/answers", clients)))
        memory = asyncio.run(_grown(address))
    with server(plain, data) as address:
        rows += [asyncio.run(_row("LlamaIndex", address, "/v1/search", clients)) for clients in _CLIENTS]
    return LoadReport(tuple(rows), _embedding(data), memory)


def table(report: LoadReport) -> str:
    """Format as Markdown: a row for each server and number of clients."""
    lines = ["| | clients | p50 | p95 | per second | errors | p50 / bare embedding |", "|---|---|---|---|---|---|---|"]
    for row in sorted(report.rows, key=lambda one: (one.name, one.clients)):
        middle = statistics.median(row.seconds)
        lines.append(
            f"| {row.name} | {row.clients} | {middle * 1000:.0f} ms | {_percentile(row.seconds) * 1000:.0f} ms | "
            f"{row.rate:.1f} | {row.errors} | {middle / report.embedding:.1f} x |"
        )
    ratios = ", ".join(f"{clients}: {_beside(report, clients):.2f} x" for clients in _CLIENTS)
    few, many = (size / 2**20 for size in report.memory)
    return "\n".join(
        [
            *lines,
            "",
            f"Searches per second / LlamaIndex's, by clients: {ratios}.",
            f"Memory after {_FEW} more searches {few:.0f} MiB, after {_MANY} {many:.0f} MiB: {many / few:.3f} x.",
        ]
    )


def _beside(report: LoadReport, clients: int) -> float:
    rate = {row.name: row.rate for row in report.rows if row.clients == clients}
    return rate["search"] / rate["LlamaIndex"]


async def _grown(address: str) -> tuple[int, int]:
    """Return the resident bytes of a server after `_FEW` searches and after `_MANY`."""
    async with httpx.AsyncClient(base_url=address, timeout=120) as client:
        ask = partial(_ask, client, "/v1/search")
        for turn in range(_FEW):
            await ask(turn)
        few = await _resident(client)
        await asyncio.gather(*(_repeat(ask, (_MANY - _FEW) // _AT_ONCE) for _ in range(_AT_ONCE)))
        return few, await _resident(client)


async def _repeat(ask: Ask, times: int) -> None:
    for turn in range(times):
        await ask(turn)


async def _resident(client: httpx.AsyncClient) -> int:
    told = (await client.get("/metrics")).text
    line = next(one for one in told.splitlines() if one.startswith("process_resident_memory_bytes"))
    return int(float(line.split()[1]))


def _embedding(data: Path) -> float:
    embedder = load(Settings(data_dir=data))
    seconds = []
    for turn in range(_WARMING + 60):
        started = time.monotonic()
        embedder.encode_queries([_QUESTIONS[turn % len(_QUESTIONS)]])
        seconds.append(time.monotonic() - started)
    return statistics.median(seconds[_WARMING:])


async def _row(name: str, address: str, path: str, clients: int) -> LoadRow:
    limits = httpx.Limits(max_connections=clients)
    async with httpx.AsyncClient(base_url=address, timeout=120, limits=limits) as client:
        ask: Ask = partial(_ask, client, path)
        for turn in range(_WARMING):
            await ask(turn)
        started = time.monotonic()
        found = await asyncio.gather(*(_client(ask, number, clients) for number in range(clients)))
        total = time.monotonic() - started
    seconds = tuple(one for of in found for one, _ in of)
    return LoadRow(name, clients, seconds, sum(failed for of in found for _, failed in of), total)


async def _client(ask: Ask, number: int, clients: int) -> list[tuple[float, bool]]:
    return [await ask(number + turn) for turn in range(_ASKED // clients)]


async def _ask(client: httpx.AsyncClient, path: str, turn: int) -> tuple[float, bool]:
    started = time.monotonic()
    response = await client.post(path, json={"question": _QUESTIONS[turn % len(_QUESTIONS)]})
    return time.monotonic() - started, response.is_error
