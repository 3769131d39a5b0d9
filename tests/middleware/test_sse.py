"""Server-sent events: one event in bytes, and the comment that keeps a silent line open."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import LLMError
from ui.middleware.streaming import KEEP_ALIVE, kept_open, sse_event


def test_an_event_is_two_lines_and_an_empty_one() -> None:
    assert sse_event("text", {"text": "زار\nالوزير"}) == 'event: text\ndata: {"text": "زار\\nالوزير"}\n\n'.encode()


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_text_breaks_an_event_apart(text: str) -> None:
    name, data, *rest = sse_event("text", text).decode().split("\n")
    assert name == "event: text"
    assert json.loads(data.removeprefix("data: ")) == text
    assert rest == ["", ""]
    assert "\r" not in data


def read(events: AsyncIterator[bytes], silence: float) -> list[bytes]:
    async def all_of_them() -> list[bytes]:
        return [one async for one in kept_open(events, silence)]

    return asyncio.run(all_of_them())


def test_a_silence_is_filled_with_comments_and_no_event_is_lost_or_moved() -> None:
    async def slow() -> AsyncIterator[bytes]:
        yield b"1"
        await asyncio.sleep(0.25)
        yield b"2"
        yield b"3"

    said = read(slow(), 0.1)
    assert [one for one in said if one != KEEP_ALIVE] == [b"1", b"2", b"3"]
    assert said[0] == b"1"
    assert said.count(KEEP_ALIVE) == 2
    assert KEEP_ALIVE.startswith(b":")
    assert KEEP_ALIVE.endswith(b"\n\n")


def test_where_nobody_is_silent_there_are_no_comments() -> None:
    async def quick() -> AsyncIterator[bytes]:
        yield b"1"
        yield b"2"

    assert read(quick(), 5) == [b"1", b"2"]


def test_an_error_goes_on_to_who_reads() -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"1"
        raise LLMError("it hung")

    with pytest.raises(LLMError):
        read(broken(), 5)


def test_a_reader_who_leaves_ends_the_source() -> None:
    ended = []

    async def endless() -> AsyncIterator[bytes]:
        try:
            yield b"1"
            await asyncio.sleep(60)
        finally:
            ended.append(True)

    async def leave() -> None:
        source = endless()
        lines = kept_open(source, 0.02)
        assert await anext(lines) == b"1"
        assert await anext(lines) == KEEP_ALIVE
        await lines.aclose()

    asyncio.run(leave())
    assert ended == [True]
