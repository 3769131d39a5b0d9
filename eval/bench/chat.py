"""The chat page under load and beside plain Gradio: it speaks HTTP to servers in processes of their own.

Evidence is timed from the question's sending to the first event that shows a card.
"""

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
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from rag.config import Settings
from rag.corpus import ingest_folder
from rag.errors import IsnadError

USERS = 16
ROUNDS = 6
"""Questions of one user; the first of each is left out, for the caches."""
START_SECONDS = 180
QUESTIONS = (
    "من زار سوتشي؟",
    "ما رقم القرار الدولي الذي ينص على الحوار السوري الشامل؟",
    "من السفير الروسي في القاهرة؟",
    "Where did Putin receive Syria's foreign minister?",
    "What did Zakharova say about Ban Ki-moon?",
    "ماذا قال لافروف عن ميونيخ؟",
)


@dataclass(frozen=True, slots=True)
class Load:
    """Seconds from a question to its evidence: one user alone, and each of many at once; `errors` of these."""

    alone: tuple[float, ...]
    crowd: tuple[float, ...]
    errors: int

    @property
    def ratio(self) -> float:
        """The crowd's 95th percentile over the single user's."""
        return percentile(self.crowd) / percentile(self.alone)


def percentile(values: tuple[float, ...], of: int = 95) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[of - 1]


def run(seeds: Path, place: Path) -> Load:
    """Ask over a corpus of `seeds` without a language model; `place` is an empty folder for its data."""
    data = prepared(seeds, place)
    with server([sys.executable, "-m", "ui.cli.main", "chat", "--corpus", "seeds"], data) as address:
        alone = asyncio.run(_users(address, 1))
        crowd = asyncio.run(_users(address, USERS))
    return Load(tuple(alone[0]), tuple(crowd[0]), alone[1] + crowd[1])


def table(load: Load) -> str:
    """One line a measure, in Markdown."""
    return "\n".join(
        (
            f"| chat, {USERS} users at once, without a model | |",
            "|---|---|",
            f"| questions, errors | {len(load.crowd)}, {load.errors} |",
            f"| evidence, one user: median, p95 | {_told(load.alone)} |",
            f"| evidence, {USERS} users: median, p95 | {_told(load.crowd)} |",
            f"| p95 over the single user's p95 | {load.ratio:.1f} x |",
        )
    )


def prepared(seeds: Path, place: Path) -> Path:
    """A data folder with `seeds` ingested into the corpus of that name."""
    ingest_folder(seeds, Settings(data_dir=place, corpus="seeds"))
    return place


@contextmanager
def server(command: list[str], data: Path) -> Iterator[str]:
    """The address of a server started by `command` and ``--port``, once it answers ``/readyz``."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "ISNAD_DATA_DIR": str(data), "ISNAD_GENERATOR": "extractive", "HF_HUB_OFFLINE": "1"}
    started = [*command, "--port", str(port)]
    with subprocess.Popen(started, env=environment, stderr=subprocess.DEVNULL) as process:  # noqa: S603
        try:
            yield _ready(f"http://127.0.0.1:{port}", process)
        finally:
            process.terminate()


def _ready(address: str, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{address}/readyz").status_code == httpx.codes.OK:
                return address
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise IsnadError("the server did not start", where=str(process.args), do="start it by hand")


async def _users(address: str, count: int) -> tuple[list[float], int]:
    """Seconds to evidence of all questions of `count` users at once, and how many had none."""
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
            await _ask(client, asking, session, QUESTIONS[(number + turn) % len(QUESTIONS)]) for turn in range(ROUNDS)
        ]


def _sends(dependency: dict[str, Any], config: dict[str, Any]) -> bool:
    """Whether a handler is that of the button which asks."""
    send = next(one["id"] for one in config["components"] if one["props"].get("elem_id") == "send")
    return [send, "click"] in [list(target) for target in dependency["targets"]]


async def _ask(client: httpx.AsyncClient, asking: dict[str, Any], session: str, question: str) -> float | None:
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
    return f"{statistics.median(seconds) * 1000:.0f} ms, {percentile(seconds) * 1000:.0f} ms"
