"""One question or check, made in a thread, its events awaited: stops at once when nobody waits any more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import Executor
from threading import Event as Cancel
from typing import TypeVar

T = TypeVar("T")


async def events(stream: Callable[[Cancel], Iterator[T]], executor: Executor, cancel: Cancel) -> AsyncGenerator[T]:
    """The events of `stream` as they happen, all of them, also once `cancel` is set. Raises what it raises.

    Closing this iterator, or cancelling the task that awaits it, sets `cancel`: the language model's socket is closed
    within a tenth of a second and its thread ends by itself; a question that still waits for a thread gets none.
    """
    loop = asyncio.get_running_loop()
    waiting: asyncio.Queue[T | None] = asyncio.Queue()

    def work() -> None:
        for event in stream(cancel):
            loop.call_soon_threadsafe(waiting.put_nowait, event)

    def ended(done: asyncio.Future[None]) -> None:
        if not done.cancelled():
            done.exception()  # asked for, or asyncio complains of it where nobody waits any more
        waiting.put_nowait(None)

    working = loop.run_in_executor(executor, work)
    working.add_done_callback(ended)
    try:
        while (event := await waiting.get()) is not None:
            yield event
        await working
    finally:
        cancel.set()
        working.cancel()
