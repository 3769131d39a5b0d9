"""An answer on a line that may close: its events as they happen, and its end as soon as nobody listens any more."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator
from contextlib import aclosing
from typing import Any, TypeVar

from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from rag.errors import IsnadError
from rag.types import Cited, Done, Event, Notice, Rejected, Removed, Started, Translation
from ui.middleware import sse
from ui.shared.problems import status_of
from ui.shared.schemas import (
    AnswerDocument,
    CitationDocument,
    ClaimDocument,
    EvidenceDocument,
    ProblemDocument,
    ShortAnswerDocument,
    TranslationDocument,
)

T = TypeVar("T")
CLIENT_LEFT = 499
"""nginx's status for a client that closed its line: nobody reads it but the log."""

Lines = Callable[[asyncio.Future[Event], AsyncGenerator[Event]], AsyncIterator[bytes]]
"""The first event of an answer, as soon as it is there, and the others → what goes over the wire."""

logger = logging.getLogger("isnad")


def told(event: Event) -> Iterator[tuple[str, Any]]:
    """An event of an answer as it goes over the wire: names and JSON values."""
    if isinstance(event, Started):
        evidence = [EvidenceDocument.cut(item).model_dump(mode="json") for item in event.evidence]
        yield "evidence", {"searched": event.query.searched, "generation": event.generation, "evidence": evidence}
    elif isinstance(event, Cited):
        for one in event.citations:
            yield "citation", CitationDocument.cut(one).model_dump(mode="json")
        if event.short:
            yield "short", ShortAnswerDocument.cut(event.short).model_dump(mode="json")
        yield "claim", ClaimDocument.of(event.claim).model_dump(mode="json")
        yield "text", {"text": event.claim.text}
    elif isinstance(event, Rejected):
        yield "rejected", {"number": event.number, "reason": event.reason}
    elif isinstance(event, Removed):
        problems = [ProblemDocument.about(one).model_dump(mode="json") for one in event.problems]
        yield "removed", {"text": event.text, "problems": problems}
    elif isinstance(event, Notice):
        yield "notice", {"kind": event.kind, "message": event.message}
    elif isinstance(event, Translation):
        document = TranslationDocument(number=event.number, text=event.text, language=event.language)
        yield "translation", document.model_dump(mode="json")
    elif isinstance(event, Done):
        yield "done", AnswerDocument.of(event.answer).model_dump(mode="json")


async def streamed(request: Request, happening: AsyncGenerator[Event], silence: float, lines: Lines) -> Response:
    """The events of an answer in the form that `lines` gives them.

    What goes wrong before the first of them is a problem with its status, as ever, unless that first one takes longer
    than a proxy would wait.
    """
    begun = asyncio.ensure_future(anext(happening))
    leaving = asyncio.create_task(_left(request))
    try:
        await asyncio.wait([begun, leaving], timeout=silence, return_when=asyncio.FIRST_COMPLETED)
        if leaving.done() and not begun.done():
            begun.cancel()
            return Response(status_code=CLIENT_LEFT)
        if begun.done():
            begun.result()
    finally:
        leaving.cancel()
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    told_lines = sse.kept_open(lines(begun, happening), silence)
    return StreamingResponse(told_lines, media_type=sse.MEDIA_TYPE, headers=headers)


async def event_lines(begun: asyncio.Future[Event], happening: AsyncGenerator[Event]) -> AsyncIterator[bytes]:
    """The events of an answer as server-sent events."""
    async with aclosing(happening):
        try:
            for name, data in told(await begun):
                yield sse.sse_event(name, data)
            async for event in happening:
                for name, data in told(event):
                    yield sse.sse_event(name, data)
        except IsnadError as error:
            logger.warning("an answer failed: %s", error)
            yield sse.sse_event("error", {"status": status_of(error), "detail": error.what, "do": error.do})


async def while_connected(request: Request, answer: Coroutine[Any, Any, T]) -> T | None:
    """What is awaited; None, and its end, as soon as the client has left."""
    asking = asyncio.create_task(answer)
    leaving = asyncio.create_task(_left(request))
    try:
        await asyncio.wait([asking, leaving], return_when=asyncio.FIRST_COMPLETED)
        return asking.result() if asking.done() else None
    finally:
        leaving.cancel()
        asking.cancel()


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
