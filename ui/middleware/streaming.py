"""An answer on a line that may close: its events as they happen, and its end as soon as nobody listens any more."""

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

# One question or check, made in a thread, its events awaited: stops at once when nobody waits any more.


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


# How much the API takes at once, and what it says to those that are one too many.

RETRY_SECONDS = 1
_LOADING_SECONDS = 5


class AnswerSlots:
    """Places for questions: `at_once` at the same time, `seconds` for each. Only the event loop's thread asks."""

    def __init__(self, at_once: int, seconds: float) -> None:
        self.at_once = at_once
        self.seconds = seconds
        self.running = 0

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place for as long as it is held. Raises `Refusal` (429) when there is none."""
        if self.running >= self.at_once:
            raise RefusedRequest(
                429, f"{self.at_once} questions are in work already", do="try again", retry_after=RETRY_SECONDS
            )
        self.running += 1
        try:
            yield
        finally:
            self.running -= 1

    def must_be_open(self, opening: Future[Corpus]) -> None:
        """Raises `Refusal` (503) while the models are still loading."""
        if not opening.done():
            raise RefusedRequest(503, "the models are still loading", do="try again", retry_after=_LOADING_SECONDS)


# Opens the corpus beside the server, in a thread of its own, and says in the terminal how far it is.


def opened(settings: Settings) -> Corpus:
    """The corpus, its models loaded. Raises as `open_corpus`; a language model that does not load is told and left."""
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
    """The corpus, as soon as it is open. Raises `IsnadError` where it could not be opened, for whatever reason."""
    # Shielded: a browser that leaves while it waits must not end the opening for all others.
    waiting = asyncio.shield(asyncio.wrap_future(opening))
    await asyncio.wait([waiting])
    error = waiting.exception()
    if error is not None and not isinstance(error, IsnadError):
        raise IsnadError("the corpus could not be opened", do="see why in the terminal") from error
    return waiting.result()


def tell_failure(opening: Future[Corpus]) -> None:
    """Say in the terminal why a corpus could not be opened; the page says it too."""
    if not opening.cancelled() and (error := opening.exception()):
        logger.error("%s", error)


# Server-sent events (WHATWG HTML, 9.2): one event in bytes, and a line that keeps the connection open in a silence.

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
    told_lines = kept_open(lines(begun, happening), silence)
    return StreamingResponse(told_lines, media_type=MEDIA_TYPE, headers=headers)


async def event_lines(begun: asyncio.Future[Event], happening: AsyncGenerator[Event]) -> AsyncIterator[bytes]:
    """The events of an answer as server-sent events."""
    async with aclosing(happening):
        try:
            for name, data in told(await begun):
                yield sse_event(name, data)
            async for event in happening:
                for name, data in told(event):
                    yield sse_event(name, data)
        except IsnadError as error:
            logger.warning("an answer failed: %s", error)
            yield sse_event("error", {"status": status_of(error), "detail": error.what, "do": error.do})


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
