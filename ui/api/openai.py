"""`POST /v1/chat/completions` and `GET /v1/models` in OpenAI's form: an existing client asks by changing its base URL.

What streams is whole checked sentences, as everywhere. An error is a problem (`ui.shared.problems`) with one member
more, ``error``, which is what OpenAI's clients read. It knows no model and decides nothing about an answer.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator
from contextlib import aclosing
from functools import partial
from secrets import token_hex
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from rag.citations import MARKER, numbers
from rag.errors import IsnadError
from rag.types import Answer, Citation, Cited, Claim, Done, Event
from ui.api.answers import Answering
from ui.api.openai_documents import (
    MODEL,
    SEPARATOR,
    AboutDocument,
    AnnotationDocument,
    ChatRequest,
    ChoiceDocument,
    CompletionDocument,
    ModelDocument,
    ModelsDocument,
    ReplyDocument,
    TokensDocument,
    UrlCitationDocument,
    plain,
)
from ui.middleware import sse
from ui.middleware.limits import RETRY_SECONDS
from ui.middleware.streaming import CLIENT_LEFT, streamed, while_connected
from ui.middleware.telemetry import note
from ui.shared.api_documents import Away
from ui.shared.openai_problems import openai_error, with_openai_error
from ui.shared.problems import PROBLEMS, Refusal, problem, status_of
from ui.shared.schemas import AnswerDocument, CitationDocument

DONE = b"data: [DONE]\n\n"
_CHUNKS = """`chat.completion.chunk` objects: one for each sentence, as soon as it is checked; the last brings
`annotations` and `finish_reason`. Then `[DONE]`. A comment line is sent in every silence of ten seconds."""
EVENTS = {
    "type": "object",
    "description": _CHUNKS,
    "properties": {"data": {"type": "string"}},
    "required": ["data"],
}
"""The form of one event."""

logger = logging.getLogger("isnad")


class OpenAIRoute(APIRoute):
    """A route whose problems carry OpenAI's ``error`` too."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def told(request: Request) -> Response:
            try:
                response = await handle(request)
            except (IsnadError, RequestValidationError, HTTPException) as error:
                kind = next(one for one in type(error).__mro__ if one in request.app.exception_handlers)
                response = await request.app.exception_handlers[kind](request, error)
            return with_openai_error(response)

        return told


def openai_routes(answering: Answering) -> APIRouter:
    """Chat completions, and the one model that there is."""
    router = APIRouter(prefix="/v1", tags=["openai"], responses=PROBLEMS, route_class=OpenAIRoute)

    @router.post(
        "/chat/completions",
        response_model=CompletionDocument,
        summary="Answer a conversation, in OpenAI's form",
        responses={
            200: {"content": {sse.MEDIA_TYPE: {"schema": EVENTS}}},
            503: {"model": Away},
        },
    )
    async def completions(request: Request, asked: ChatRequest) -> Response:
        noted = partial(note, request)
        question, history = asked.talk()
        noted(question=question)
        corpus = await answering.corpus()
        query = corpus.query(
            question, language=asked.language, filters=asked.limits, history=history, top_k=asked.top_k
        )
        if asked.stream:
            usage = bool(asked.stream_options and asked.stream_options.include_usage)
            lines = partial(_lines, usage=usage)
            return await streamed(request, answering.happening(corpus, query, noted), answering.silence, lines)
        answer = await while_connected(request, answering.answer(corpus, query, noted))
        if answer is None:
            return Response(status_code=CLIENT_LEFT)
        away = next((one.message for one in answer.notices if one.kind == "llm"), None)
        if away is not None:
            document = AnswerDocument.of(answer).model_dump(mode="json")
            return problem(503, away, do="try again", retry_after=RETRY_SECONDS, answer=document)
        return JSONResponse(plain(completion(answer)))

    @router.get("/models", summary="The models: one")
    async def models() -> ModelsDocument:
        return ModelsDocument(data=[ModelDocument()])

    @router.get("/models/{name}", summary="The model")
    async def model(name: Annotated[str, Path(max_length=200, description="isnad")]) -> ModelDocument:
        if name != MODEL:
            raise Refusal(404, "there is no such model", where="name", do=f"name {MODEL}")
        return ModelDocument()

    return router


def completion(answer: Answer) -> CompletionDocument:
    """A whole answer in OpenAI's form; its content is `Answer.text`."""
    message = ReplyDocument(content=answer.text, annotations=marked_citations(answer))
    choice = ChoiceDocument(message=message, finish_reason="length" if answer.cut else "stop")
    return CompletionDocument(
        id=_name(),
        created=int(time.time()),
        choices=[choice],
        usage=TokensDocument.of(answer),
        isnad=AboutDocument.of(answer),
    )


def marked_citations(answer: Answer) -> list[AnnotationDocument]:
    """One for each citation at each ``[n]`` that names it, in their order; offsets are code points of `Answer.text`."""
    cited = {one.number: one for one in answer.citations}
    start = len(answer.opening) + len(SEPARATOR) if answer.opening else 0
    found: list[AnnotationDocument] = []
    for claim in answer.claims:
        found += [_annotation(cited[number], start + at, start + end) for number, at, end in _marks(claim)]
        start += len(claim.text) + len(SEPARATOR)
    return found


def _marks(claim: Claim) -> Iterator[tuple[int, int, int]]:
    for mark in MARKER.finditer(claim.text):
        at = mark.start() + len(mark[0]) - len(mark[0].lstrip())
        for number in numbers(mark[0]):
            if number in claim.citations:
                yield number, at, mark.end()


def _annotation(citation: Citation, start: int, end: int) -> AnnotationDocument:
    place = UrlCitationDocument(
        start_index=start,
        end_index=end,
        title=citation.title or citation.source,
        url=f"/v1/articles/{citation.article.id}/file",
    )
    return AnnotationDocument(url_citation=place, citation=CitationDocument.cut(citation))


async def _lines(begun: asyncio.Future[Event], happening: AsyncGenerator[Event], usage: bool) -> AsyncIterator[bytes]:
    """The chunks of an answer; the citations come with the last, for their offsets are those of the whole content."""
    head = {"id": _name(), "object": "chat.completion.chunk", "created": int(time.time()), "model": MODEL}
    none: dict[str, Any] = {"usage": None} if usage else {}

    def chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return _data(head | {"choices": [choice]} | none | more)

    said = ""
    async with aclosing(happening):
        try:
            await begun  # the search is over: what it could not do is told with a status of its own
            yield chunk({"role": "assistant", "content": ""})
            async for event in happening:
                if isinstance(event, Cited):
                    more = (SEPARATOR if said else "") + event.claim.text
                    said += more
                    yield chunk({"content": more})
                elif isinstance(event, Done):
                    answer = event.answer
                    if answer.opening and not said:  # what Isnad says itself is known last
                        yield chunk({"content": answer.opening})
                    marks = [plain(one) for one in marked_citations(answer)]
                    finish = "length" if answer.cut else "stop"
                    yield chunk({"annotations": marks}, finish, isnad=plain(AboutDocument.of(answer)))
                    if usage:
                        yield _data(head | {"choices": [], "usage": plain(TokensDocument.of(answer))})
            yield DONE
        except IsnadError as error:
            logger.warning("an answer failed: %s", error)
            yield _data({"error": openai_error(status_of(error), error.what, "", error.do)})


def _data(document: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(document, ensure_ascii=False)}\n\n".encode()


def _name() -> str:
    return f"chatcmpl-{token_hex(12)}"
