"""Events that a thread makes are awaited: none is lost, none comes out of turn, and nobody works for one who left."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event as Cancel

import pytest

from rag.errors import IndexUnusable
from rag.types import Event, Notice
from ui.middleware.streaming import events


def told(number: int) -> Notice:
    return Notice("n", str(number))


async def gather(stream, cancel: Cancel | None = None) -> list[Event]:
    with ThreadPoolExecutor(1) as executor:
        return [event async for event in events(stream, executor, cancel or Cancel())]


def test_every_event_arrives_in_its_order() -> None:
    assert asyncio.run(gather(lambda _: map(told, range(500)))) == [told(n) for n in range(500)]


def test_what_is_said_after_a_stop_arrives_too() -> None:
    cancel = Cancel()

    def stream(given: Cancel) -> Iterator[Event]:
        yield told(1)
        given.set()
        yield told(2)
        yield told(3)

    assert asyncio.run(gather(stream, cancel)) == [told(1), told(2), told(3)]


@pytest.mark.parametrize("error", [IndexUnusable("gone"), RuntimeError("x")])
def test_an_error_comes_after_the_events_before_it(error: Exception) -> None:
    def stream(_: Cancel) -> Iterator[Event]:
        yield told(1)
        raise error

    async def run() -> None:
        with ThreadPoolExecutor(1) as executor:
            happening = events(stream, executor, Cancel())
            assert await anext(happening) == told(1)
            with pytest.raises(type(error)):
                await anext(happening)

    asyncio.run(run())


def test_who_stops_listening_stops_the_work_and_frees_its_thread() -> None:
    cancel, ended = Cancel(), threading.Event()

    def stream(given: Cancel) -> Iterator[Event]:
        yield told(1)
        assert given.wait(10)
        ended.set()

    async def run() -> None:
        with ThreadPoolExecutor(1) as executor:
            happening = events(stream, executor, cancel)
            assert await anext(happening) == told(1)
            await happening.aclose()
            assert await asyncio.to_thread(ended.wait, 10)
            assert [event async for event in events(lambda _: iter([told(2)]), executor, Cancel())] == [told(2)]

    asyncio.run(run())
    assert cancel.is_set()


def test_a_task_that_is_cancelled_stops_the_work() -> None:
    cancel = Cancel()

    def stream(given: Cancel) -> Iterator[Event]:
        assert given.wait(10)
        yield told(1)

    async def run() -> None:
        task = asyncio.create_task(gather(stream, cancel))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    assert cancel.is_set()


def test_a_question_that_nobody_waits_for_any_more_is_never_begun() -> None:
    begun: list[str] = []
    release = threading.Event()

    def stream(_: Cancel) -> Iterator[Event]:
        begun.append("late")
        yield told(1)

    async def run() -> None:
        with ThreadPoolExecutor(1) as executor:
            executor.submit(release.wait, 10)
            waiting = asyncio.create_task(anext(events(stream, executor, Cancel())))
            await asyncio.sleep(0.05)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            release.set()

    asyncio.run(run())
    assert begun == []
