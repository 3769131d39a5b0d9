"""Routes `/v1/answers`, `/v1/search` and `/v1/check`: answer a question (optionally streamed), search, check a text."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import aclosing
from functools import partial
from threading import Event as Cancel
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from rag.corpus import Corpus
from rag.errors import BadInput
from rag.generate.check_text import Checked
from rag.retrieve.evidence import select
from rag.types import Answer, Done, Event, Filters, Query
from ui.middleware import streaming
from ui.middleware.openapi import EVENTS
from ui.middleware.streaming import (
    CLIENT_LEFT,
    RETRY_SECONDS,
    AnswerSlots,
    T,
    awaited,
    event_lines,
    events,
    streamed,
    while_connected,
)
from ui.middleware.telemetry import note
from ui.shared.problems import PROBLEMS, RefusedRequest, no_parameters, problem
from ui.shared.schemas import (
    AnswerDocument,
    AnswerRequest,
    Away,
    CheckDocument,
    CheckRequest,
    EvidenceDocument,
    SearchDocument,
    SearchRequest,
)

Note = Callable[..., None]
"""Adds fields to the log line of a request, by keyword."""


def unnoted(**_: Any) -> None:
    """Do nothing: the `Note` for a request without a log line."""


class Answering:
    """Runs the API's questions on one corpus, at most `limits.at_once` concurrently."""

    def __init__(
        self, opening: Future[Corpus], limits: AnswerSlots, silence: float = streaming.SILENCE_SECONDS
    ) -> None:
        self._opening = opening
        self._limits = limits
        self.silence = silence
        """Seconds without an event after which a stream sends a comment line."""
        self._executor = ThreadPoolExecutor(limits.at_once, "api")

    async def query(self, asked: SearchRequest) -> tuple[Corpus, Query]:
        """Return the open corpus and the query of a request. Raises `IsnadError` for an invalid question."""
        corpus = await self.corpus()
        history = asked.history if isinstance(asked, AnswerRequest) else []
        query = corpus.query(
            asked.question,
            language=asked.language,
            filters=asked.filters.filters(),
            history=tuple((turn.question, turn.answer) for turn in history),
            top_k=asked.top_k,
        )
        return corpus, query

    async def corpus(self) -> Corpus:
        """Return the open corpus. Raises `RefusedRequest` (503) while the models are still loading."""
        self._limits.must_be_open(self._opening)
        return await awaited(self._opening)

    async def happening(self, corpus: Corpus, query: Query, note: Note = unnoted) -> AsyncGenerator[Event]:
        """Yield the events of an answer; closing the generator cancels the answer.

        Raises `RefusedRequest` (429) if no slot is free.
        """

        def stream(cancel: Cancel) -> Iterator[Event]:
            return corpus.answerer.stream(query, cancel)

        cancel = Cancel()
        # After the time limit, an answer ends as if it were stopped: with the text so far, marked as cut.
        late = asyncio.get_running_loop().call_later(self._limits.seconds, cancel.set)
        try:
            with self._limits.place():
                async with aclosing(events(stream, self._executor, cancel)) as happening:
                    async for one in happening:
                        if isinstance(one, Done):
                            note(evidence=len(one.answer.evidence), citations=len(one.answer.citations))
                        yield one
        finally:
            late.cancel()

    async def answer(self, corpus: Corpus, query: Query, note: Note = unnoted) -> Answer:
        """Return the complete answer. Raises what the search raises."""
        async with aclosing(self.happening(corpus, query, note)) as happening:
            async for one in happening:
                if isinstance(one, Done):
                    return one.answer
        raise TypeError("the answer has no final event")

    async def search(self, corpus: Corpus, query: Query) -> SearchDocument:
        """Return only the evidence, without using a language model."""
        with self._limits.place():
            found = await asyncio.get_running_loop().run_in_executor(self._executor, corpus.search, query)
        items = select(found, query.top_k, query.searched)
        return SearchDocument(
            question=query.asked,
            searched=query.searched,
            language=query.language,
            evidence=[EvidenceDocument.cut(item) for item in items],
            passages=found.searched,
            generation=found.snapshot,
        )

    async def whole(self, make: Callable[[Cancel], T], where: str, do: str) -> T:
        """Run `make` to its end in a thread, with a slot of its own, and return its result. Raises what it raises.

        Sets its `Cancel` at the time limit, or when the client disconnects. Raises `RefusedRequest` (503, with `where`
        and `do`) at the time limit, and `RefusedRequest` (429) if no slot is free.
        """

        def stream(cancel: Cancel) -> Iterator[T]:
            yield make(cancel)

        cancel, out_of_time = Cancel(), Cancel()

        def stop() -> None:
            out_of_time.set()
            cancel.set()

        late = asyncio.get_running_loop().call_later(self._limits.seconds, stop)
        try:
            with self._limits.place():
                async with aclosing(events(stream, self._executor, cancel)) as happening:
                    made = [one async for one in happening]
        finally:
            late.cancel()
        if out_of_time.is_set():
            what = f"it was not done within {self._limits.seconds:.0f} s"
            raise RefusedRequest(503, what, where=where, do=do, retry_after=RETRY_SECONDS)
        return made[0]

    async def check(self, corpus: Corpus, text: str, filters: Filters) -> list[Checked]:
        """Check a whole text. Raises `BadInput` for an invalid text, and as `whole`."""
        return await self.whole(
            lambda cancel: list(corpus.check(text, filters=filters, cancel=cancel)), "text", "check it in parts"
        )


def answer_routes(answering: Answering) -> APIRouter:
    """Build the routes for answers and searches."""
    router = APIRouter(prefix="/v1", tags=["answers"], responses=PROBLEMS, dependencies=[Depends(no_parameters)])

    @router.post(
        "/answers",
        response_model=AnswerDocument,
        summary="Answer a question",
        responses={
            200: {"content": {streaming.MEDIA_TYPE: {"schema": EVENTS}}},
            503: {"model": Away},
        },
    )
    async def answers(request: Request, asked: AnswerRequest) -> Response:
        noted = partial(note, request)
        noted(question=asked.question)
        corpus, query = await answering.query(asked)
        if asked.stream or streaming.MEDIA_TYPE in request.headers.get("accept", ""):
            return await streamed(request, answering.happening(corpus, query, noted), answering.silence, event_lines)
        answer = await while_connected(request, answering.answer(corpus, query, noted))
        if answer is None:
            return Response(status_code=CLIENT_LEFT)
        document = AnswerDocument.of(answer).model_dump(mode="json")
        away = next((one.message for one in answer.notices if one.kind == "llm"), None)
        if away is not None:
            # The sources are still valid, so the error contains the answer without the model.
            return problem(503, away, do="try again", retry_after=RETRY_SECONDS, answer=document)
        return JSONResponse(document)

    @router.post("/search", summary="Find evidence, without an answer")
    async def search(request: Request, asked: SearchRequest) -> SearchDocument:
        note(request, question=asked.question)
        corpus, query = await answering.query(asked)
        found = await answering.search(corpus, query)
        note(request, evidence=len(found.evidence))
        return found

    return router


# `POST /v1/check`: checks each sentence of a text against the archive.

PATH = "/v1/check"
ESCAPED = 6
"""Maximum bytes of a UTF-16 code unit in JSON, as in ``\\u0634``; a character outside the BMP has two."""


def served(corpus: Corpus, asked: CheckRequest) -> Corpus:
    """Return the served corpus. Raises `BadInput` if the request names another."""
    if asked.corpus not in {None, corpus.name}:
        raise BadInput("this server serves another corpus", where="corpus", do=f"use {corpus.name}, or omit the field")
    return corpus


def check_routes(answering: Answering) -> APIRouter:
    """Build the route for text checks."""
    router = APIRouter(tags=["answers"], responses=PROBLEMS, dependencies=[Depends(no_parameters)])

    @router.post(PATH, response_model=CheckDocument, summary="Check a text of your own, sentence by sentence")
    async def check(request: Request, asked: CheckRequest) -> Response:
        corpus = served(await answering.corpus(), asked)
        checked = await while_connected(request, answering.check(corpus, asked.text, asked.filters.filters()))
        if checked is None:
            return Response(status_code=CLIENT_LEFT)
        note(request, sentences=len(checked), citations=sum(len(one.citations) for one in checked))
        return JSONResponse(CheckDocument.of(checked).model_dump(mode="json"))

    return router
