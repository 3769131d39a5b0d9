"""Server-sent events (WHATWG HTML, 9.2): one event in bytes, and a line that keeps the connection open in a silence."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from typing import Any

MEDIA_TYPE = "text/event-stream"
KEEP_ALIVE = b": still working\n\n"
SILENCE_SECONDS = 10.0
"""Proxies close a line that says nothing for 30 to 60 seconds."""


def sse_event(name: str, data: Any) -> bytes:
    """An event with JSON data, in UTF-8. JSON has no line ends of its own, so one data line holds it."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


async def kept_open(events: AsyncIterator[bytes], silence: float = SILENCE_SECONDS) -> AsyncGenerator[bytes]:
    """The events, with a comment line after every `silence` seconds without one. Raises what `events` raises."""
    waiting: asyncio.Task[bytes] | None = None
    try:
        while True:
            waiting = waiting or asyncio.ensure_future(_next(events))
            done, _ = await asyncio.wait([waiting], timeout=silence)
            if not done:
                yield KEEP_ALIVE
                continue
            try:
                said = waiting.result()
            except StopAsyncIteration:
                return
            waiting = None
            yield said
    finally:
        if waiting is not None and not waiting.done():
            waiting.cancel()
            with suppress(asyncio.CancelledError):
                await waiting


async def _next(events: AsyncIterator[bytes]) -> bytes:
    return await anext(events)
