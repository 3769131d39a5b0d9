"""One question, asked in a thread, its events awaited: stops asking at once when nobody waits any more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import Executor
from threading import Event as Cancel

from rag.types import Event


async def events(
    stream: Callable[[Cancel], Iterator[Event]], executor: Executor, cancel: Cancel
) -> AsyncGenerator[Event]:
    """The events of `stream` as they happen. Raises what it raises.

    Closing this iterator, or cancelling the task that awaits it, sets `cancel`: the language model's socket is closed
    within a tenth of a second and its thread ends by itself.
    """
    loop = asyncio.get_running_loop()
    waiting: asyncio.Queue[Event | None] = asyncio.Queue()

    def work() -> None:
        for event in stream(cancel):
            loop.call_soon_threadsafe(waiting.put_nowait, event)
            if cancel.is_set():
                return

    working = loop.run_in_executor(executor, work)
    working.add_done_callback(lambda _: waiting.put_nowait(None))
    try:
        while (event := await waiting.get()) is not None:
            yield event
        await working
    finally:
        cancel.set()
