"""The HTTP API under load: searches and extractive answers, beside bare embedding and beside LlamaIndex, in one run."""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx

from eval.bench.chat import QUESTIONS, percentile, prepared, server
from rag.config import Settings
from rag.models.embedding import load

CLIENTS = (1, 4, 16, 64)
ASKED = 128
"""Questions of each row, shared among its clients."""
WARMING = 8
FEW, MANY, AT_ONCE = 100, 10_000, 8
"""Searches before memory is read, and how many run at once between."""

Ask = Callable[[int], Awaitable[tuple[float, bool]]]
"""Asks the question of a turn: seconds, and whether it failed."""


@dataclass(frozen=True, slots=True)
class Row:
    """What `clients` at once saw of one server: seconds of each request, how many failed, how long all took."""

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
class Report:
    """The rows, the seconds that bare embedding of one question takes in one process (median), and the memory.

    `memory`: resident bytes of our server after `FEW` searches and after `MANY`, all rows before them.
    """

    rows: tuple[Row, ...]
    embedding: float
    memory: tuple[int, int]


def run(seeds: Path, place: Path) -> Report:
    """Ask over a corpus of `seeds` without a language model; `place` is an empty folder for its data."""
    data = prepared(seeds, place)
    ours = [sys.executable, "-m", "ui.cli.main", "serve", "--corpus", "seeds", "--set", f"api_at_once={max(CLIENTS)}"]
    plain = [sys.executable, "-m", "eval.bench.plain_servers"]
    rows: list[Row] = []
    with server(ours, data) as address:
        for clients in CLIENTS:
            rows.append(asyncio.run(_row("search", address, "/v1/search", clients)))
            rows.append(asyncio.run(_row("answer", address, "/v1/answers", clients)))
        memory = asyncio.run(_grown(address))
    with server(plain, data) as address:
        rows += [asyncio.run(_row("LlamaIndex", address, "/v1/search", clients)) for clients in CLIENTS]
    return Report(tuple(rows), _embedding(data), memory)


def table(report: Report) -> str:
    """A row for each server and number of clients, in Markdown."""
    lines = ["| | clients | p50 | p95 | a second | errors | p50 over bare embedding |", "|---|---|---|---|---|---|---|"]
    for row in sorted(report.rows, key=lambda one: (one.name, one.clients)):
        middle = statistics.median(row.seconds)
        lines.append(
            f"| {row.name} | {row.clients} | {middle * 1000:.0f} ms | {percentile(row.seconds) * 1000:.0f} ms | "
            f"{row.rate:.1f} | {row.errors} | {middle / report.embedding:.1f} x |"
        )
    ratios = ", ".join(f"{clients}: {_beside(report, clients):.2f} x" for clients in CLIENTS)
    few, many = (size / 2**20 for size in report.memory)
    return "\n".join(
        [
            *lines,
            "",
            f"Searches a second over LlamaIndex's, by clients: {ratios}.",
            f"Memory after {FEW} more searches {few:.0f} MiB, after {MANY} {many:.0f} MiB: {many / few:.3f} x.",
        ]
    )


def _beside(report: Report, clients: int) -> float:
    rate = {row.name: row.rate for row in report.rows if row.clients == clients}
    return rate["search"] / rate["LlamaIndex"]


async def _grown(address: str) -> tuple[int, int]:
    """Resident bytes of a server after `FEW` searches and after `MANY`."""
    async with httpx.AsyncClient(base_url=address, timeout=120) as client:
        ask = partial(_ask, client, "/v1/search")
        for turn in range(FEW):
            await ask(turn)
        few = await _resident(client)
        await asyncio.gather(*(_repeat(ask, (MANY - FEW) // AT_ONCE) for _ in range(AT_ONCE)))
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
    for turn in range(WARMING + 60):
        started = time.monotonic()
        embedder.encode_queries([QUESTIONS[turn % len(QUESTIONS)]])
        seconds.append(time.monotonic() - started)
    return statistics.median(seconds[WARMING:])


async def _row(name: str, address: str, path: str, clients: int) -> Row:
    limits = httpx.Limits(max_connections=clients)
    async with httpx.AsyncClient(base_url=address, timeout=120, limits=limits) as client:
        ask: Ask = partial(_ask, client, path)
        for turn in range(WARMING):
            await ask(turn)
        started = time.monotonic()
        found = await asyncio.gather(*(_client(ask, number, clients) for number in range(clients)))
        total = time.monotonic() - started
    seconds = tuple(one for of in found for one, _ in of)
    return Row(name, clients, seconds, sum(failed for of in found for _, failed in of), total)


async def _client(ask: Ask, number: int, clients: int) -> list[tuple[float, bool]]:
    return [await ask(number + turn) for turn in range(ASKED // clients)]


async def _ask(client: httpx.AsyncClient, path: str, turn: int) -> tuple[float, bool]:
    started = time.monotonic()
    response = await client.post(path, json={"question": QUESTIONS[turn % len(QUESTIONS)]})
    return time.monotonic() - started, response.is_error
