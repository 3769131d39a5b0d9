"""Streaming: an answer's events over server-sent events, cancelled as soon as the client disconnects.

Also the limit on concurrent questions, and the opening of the corpus beside the running server.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import Executor, Future
from contextlib import aclosing, contextmanager, suppress
from threading import Event as Cancel
from typing import Any, TypeVar

from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from rag.config import Settings
from rag.corpus import Corpus, open_corpus
from rag.errors import IsnadError
from rag.types import Cited, Done, Event, Notice, Rejected, Removed, Started, Translation
from ui.shared.problems import RefusedRequest, status_of
from ui.shared.schemas import (
    AnswerDocument,
    CitationDocument,
    ClaimDocument,
    EvidenceDocument,
    ProblemDocument,
    ShortAnswerDocument,
    TranslationDocument,
)

# Runs one question or check in a thread and awaits its events. Stops at once when the client disconnects.


async def events(stream: Callable[[Cancel], Iterator[T]], executor: Executor, cancel: Cancel) -> AsyncGenerator[T]:
    """Run `stream` in a thread and yield its events as they happen, also after `cancel` is set. Raises what it raises.

    Closing this iterator, or cancelling the task that awaits it, sets `cancel`: within a tenth of a second the socket
    of the language model is closed and the thread ends. A question that still waits for a thread is never started.
    """
    loop = asyncio.get_running_loop()
    waiting: asyncio.Queue[T | None] = asyncio.Queue()

    def work() -> None:
        for event in stream(cancel):
            loop.call_soon_threadsafe(waiting.put_nowait, event)

    def ended(done: asyncio.Future[None]) -> None:
        if not done.cancelled():
            done.exception()  # retrieve it; otherwise asyncio logs an error if nothing awaits the future any more
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


# Concurrency limit of the API.

RETRY_SECONDS = 1
_LOADING_SECONDS = 5


class AnswerSlots:
    """Limit of concurrent questions: `at_once` slots, and `seconds` for each question. For the event loop's thread."""

    def __init__(self, at_once: int, seconds: float) -> None:
        self.at_once = at_once
        self.seconds = seconds
        self.running = 0

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a slot for the duration of the block. Raises `RefusedRequest` (429) if none is free."""
        if self.running >= self.at_once:
            raise RefusedRequest(
                429, f"{self.at_once} questions are already running", do="try again", retry_after=RETRY_SECONDS
            )
        self.running += 1
        try:
            yield
        finally:
            self.running -= 1

    def must_be_open(self, opening: Future[Corpus]) -> None:
        """Raise `RefusedRequest` (503) while the models are still loading."""
        if not opening.done():
            raise RefusedRequest(503, "the models are still loading", do="try again", retry_after=_LOADING_SECONDS)


# Opens the corpus in its own thread beside the server, and logs the progress in the terminal.


def open_served(settings: Settings) -> Corpus:
    """Open the corpus and load its models. Raises as `open_corpus`; only logs a language model that fails to load."""
    started = time.monotonic()
    logger.info("loading the embedding model and the index…")
    corpus = open_corpus(settings)
    logger.info(
        "the corpus %s is open after %.1f s (%s)", corpus.name, time.monotonic() - started, corpus.answerer.name
    )
    try:
        corpus.warm()
    except IsnadError as error:
        logger.warning("the language model is not ready, answers will be verbatim: %s", error)
    logger.info("ready after %.1f s", time.monotonic() - started)
    return corpus


async def awaited(opening: Future[Corpus]) -> Corpus:
    """Wait for the corpus to open and return it. Raises `IsnadError` if it could not be opened for any reason."""
    # Shielded: a client that disconnects while it waits must not cancel the opening for all others.
    waiting = asyncio.shield(asyncio.wrap_future(opening))
    await asyncio.wait([waiting])
    error = waiting.exception()
    if error is not None and not isinstance(error, IsnadError):
        raise IsnadError("the corpus could not be opened", do="see the server's log for the cause") from error
    return waiting.result()


def tell_failure(opening: Future[Corpus]) -> None:
    """Log why a corpus could not be opened; the page shows it too."""
    if not opening.cancelled() and (error := opening.exception()):
        logger.error("%s", error)


# Server-sent events (WHATWG HTML, 9.2): one event in bytes, and a comment line that keeps the connection open.

MEDIA_TYPE = "text/event-stream"
KEEP_ALIVE = b": still working\n\n"
SILENCE_SECONDS = 10.0
"""Seconds without an event before a comment line. Proxies close a connection that is idle for 30 to 60 seconds."""
EVENT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "Server-sent events, each with JSON data, in this order: evidence (at once); for each sentence its "
    "new citations, the short answer if they contain one, its checked claim and its text; rejected, removed, notice "
    "and translation if there are any; at the end done with the whole document, or error. A comment line is sent "
    "after ten seconds without an event.",
    "properties": {
        "event": {
            "type": "string",
            "enum": [
                *("evidence", "citation", "short", "claim", "text", "rejected", "removed", "notice", "translation"),
                *("done", "error"),
            ],
        },
        "data": {"type": "string", "contentMediaType": "application/json"},
    },
    "required": ["event", "data"],
}
"""JSON schema of one event."""


def sse_event(name: str, data: Any) -> bytes:
    """Encode an event with JSON data, in UTF-8. JSON has no raw line breaks, so one data line is enough."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


async def kept_open(events: AsyncIterator[bytes], silence: float = SILENCE_SECONDS) -> AsyncGenerator[bytes]:
    """Yield the events, and a comment line after every `silence` seconds without one. Raises what `events` raises."""
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


T = TypeVar("T")
CLIENT_LEFT = 499
"""nginx's status for a client that closed the connection; it appears only in the log."""

Lines = Callable[[asyncio.Future[Event], AsyncGenerator[Event]], AsyncIterator[bytes]]
"""Encoder of an answer: (future of the first event, the other events) → the bytes to send."""

logger = logging.getLogger("isnad")


def event_documents(event: Event) -> Iterator[tuple[str, Any]]:
    """Convert an event of an answer to server-sent events: pairs of event name and JSON value."""
    if isinstance(event, Started):
        evidence = [EvidenceDocument.cut(item).model_dump(mode="json") for item in event.evidence]
        yield "evidence", {"searched": event.query.searched, "generation": event.snapshot, "evidence": evidence}
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
    """Stream the events of an answer, encoded by `lines`.

    An error before the first event becomes a problem response with its own status, unless the first event takes longer
    than `silence` seconds: then the stream has already started.
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
    told_lines = kept_open(lines(begun, happening), silence)
    return StreamingResponse(told_lines, media_type=MEDIA_TYPE, headers=headers)


async def event_lines(begun: asyncio.Future[Event], happening: AsyncGenerator[Event]) -> AsyncIterator[bytes]:
    """Encode the events of an answer as server-sent events."""
    async with aclosing(happening):
        try:
            for name, data in event_documents(await begun):
                yield sse_event(name, data)
            async for event in happening:
                for name, data in event_documents(event):
                    yield sse_event(name, data)
        except IsnadError as error:
            logger.warning("an answer failed: %s", error)
            yield sse_event("error", {"status": status_of(error), "detail": error.what, "do": error.do})


async def while_connected(request: Request, answer: Coroutine[Any, Any, T]) -> T | None:
    """Await `answer`; cancel it and return None as soon as the client disconnects."""
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
