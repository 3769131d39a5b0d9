"""Routes that ask the corpus: `/v1/answers` (optionally streamed), `/v1/search`, `/v1/check`, `/v1/timeline`,
`/v1/compare` and `/v1/saved`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import aclosing
from functools import partial
from threading import Event as Cancel
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import JSONResponse, Response

from rag.corpus import Corpus
from rag.errors import BadInput
from rag.generate.check_text import Checked
from rag.generate.compare import compare
from rag.generate.timeline import timeline
from rag.retrieve.evidence import select
from rag.types import Answer, Done, Event, Filters, Query
from ui.middleware import streaming
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
from ui.shared.saved import ATOM_TYPE, NoSavedQuestion, Saved, SavedDocument, SavedList, SaveRequest
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
from ui.shared.view_schemas import (
    CompareRequest,
    ComparisonDocument,
    TimelineDocument,
    TimelineRequest,
    comparison_json,
    timeline_json,
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
            200: {"content": {streaming.MEDIA_TYPE: {"schema": streaming.EVENT_SCHEMA}}},
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

CHECK_PATH = "/v1/check"
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

    @router.post(CHECK_PATH, response_model=CheckDocument, summary="Check a text of your own, sentence by sentence")
    async def check(request: Request, asked: CheckRequest) -> Response:
        corpus = served(await answering.corpus(), asked)
        checked = await while_connected(request, answering.check(corpus, asked.text, asked.filters.filters()))
        if checked is None:
            return Response(status_code=CLIENT_LEFT)
        note(request, sentences=len(checked), citations=sum(len(one.citations) for one in checked))
        return JSONResponse(CheckDocument.of(checked).model_dump(mode="json"))

    return router


# Routes `/v1/timeline` and `/v1/compare`: views of the archive that need no language model.

COMPARE_PATH = "/v1/compare"


def view_routes(answering: Answering) -> APIRouter:
    """Build the routes for timelines and comparisons."""
    router = APIRouter(tags=["views"], responses=PROBLEMS, dependencies=[Depends(no_parameters)])

    @router.post("/v1/timeline", response_model=TimelineDocument, summary="List the evidence of a question by day")
    async def by_day(request: Request, asked: TimelineRequest) -> Response:
        note(request, question=asked.question)
        corpus = await answering.corpus()
        make = partial(
            timeline,
            corpus,
            asked.question,
            language=asked.language,
            filters=asked.filters.filters(),
            top_k=asked.top_k,
        )
        working = answering.whole(lambda cancel: make(cancel=cancel), "question", "set a smaller top_k")
        made = await while_connected(request, working)
        if made is None:
            return Response(status_code=CLIENT_LEFT)
        note(request, citations=len(made.entries) + len(made.undated))
        return JSONResponse(timeline_json(made))

    @router.post(COMPARE_PATH, response_model=ComparisonDocument, summary="Ask each outlet the same questions")
    async def by_outlet(request: Request, asked: CompareRequest) -> Response:
        note(request, question=" | ".join(asked.questions))
        corpus = await answering.corpus()
        make = partial(
            compare,
            corpus,
            asked.questions,
            outlets=asked.outlets,
            language=asked.language,
            filters=asked.filters.filters(),
        )
        working = answering.whole(lambda cancel: make(cancel=cancel), "questions", "send fewer questions or outlets")
        made = await while_connected(request, working)
        if made is None:
            return Response(status_code=CLIENT_LEFT)
        note(request, citations=sum(cell.citation is not None for row in made.rows for cell in row.cells))
        return JSONResponse(comparison_json(made))

    return router


# Routes `/v1/saved`: saved questions, what they found, and the Atom feed of it.

_Id = Annotated[str, Path(alias="id", max_length=100, description="of a saved question")]


def _save(saved: Saved, add: Callable[[], SavedDocument], corpus: Corpus, cancel: Cancel) -> SavedDocument:
    """Save a question and ask it once; of one that was cancelled nothing stays, as its client may send it again."""
    made = add()
    saved.run(corpus, made.id, cancel=cancel)
    found = saved.get(made.id)
    if cancel.is_set():
        saved.remove(made.id)
    return found


def saved_routes(answering: Answering, saved: Saved) -> APIRouter:
    """Build the routes for saved questions."""
    router = APIRouter(prefix="/v1/saved", tags=["saved"], responses=PROBLEMS, dependencies=[Depends(no_parameters)])

    @router.get("", summary="List the saved questions, with what they found and what of it is new")
    def listed() -> SavedList:
        return saved.list()

    @router.get(
        "/feed.atom",
        summary="What the saved questions found, as an Atom feed",
        response_class=Response,
        responses={200: {"content": {ATOM_TYPE: {"schema": {"type": "string"}}}}},
    )
    def feed(request: Request) -> Response:
        base = str(request.base_url).rstrip("/")
        return Response(saved.atom(base, f"{base}/v1/saved/feed.atom"), media_type=ATOM_TYPE)

    @router.post("", status_code=201, response_model=SavedDocument, summary="Save a question, and ask it once")
    async def add(request: Request, asked: SaveRequest) -> Response:
        note(request, question=asked.question)
        corpus = await answering.corpus()
        filters = asked.filters.filters()
        add = partial(saved.add, asked.question, name=asked.name, language=asked.language, filters=filters)
        saving = answering.whole(partial(_save, saved, add, corpus), "question", "try again")
        found = await while_connected(request, saving)
        if found is None:
            return Response(status_code=CLIENT_LEFT)
        return JSONResponse(found.model_dump(mode="json"), status_code=201)

    @router.post("/run", summary="Ask the saved questions again that were not asked of the current index yet")
    async def run(request: Request) -> SavedList:
        corpus = await answering.corpus()
        await while_connected(
            request,
            answering.whole(lambda cancel: saved.run(corpus, cancel=cancel), "saved", "send it again: it goes on"),
        )
        return await asyncio.to_thread(saved.list)

    @router.post("/{id}/look", summary="Mark what a saved question has found as seen; returns what was new")
    def look(id_: _Id) -> SavedDocument:
        try:
            return saved.look(id_)
        except NoSavedQuestion as error:
            raise _no_saved_question() from error

    @router.delete("/{id}", status_code=204, summary="Delete a saved question", response_class=Response)
    def remove(id_: _Id) -> Response:
        try:
            saved.remove(id_)
        except NoSavedQuestion as error:
            raise _no_saved_question() from error
        return Response(status_code=204)

    return router


def _no_saved_question() -> RefusedRequest:
    return RefusedRequest(404, "there is no such saved question", where="id", do="list them: GET /v1/saved")
