"""OpenAI-compatible routes `POST /v1/chat/completions` and `GET /v1/models`: clients only change their base URL.

A stream consists of whole, checked sentences. An error is a problem (`ui.shared.problems`) with the extra member
``error``, which OpenAI's clients read.
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
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from rag.citations import MARKER, cited_numbers
from rag.errors import BadInput, IsnadError
from rag.retrieve.query_syntax import parse
from rag.retrieve.question import MOST_TURNS
from rag.types import Answer, Citation, Cited, Claim, Done, Event, Filters, Language
from ui.api.answers import Answering
from ui.middleware import streaming
from ui.middleware.streaming import CLIENT_LEFT, RETRY_SECONDS, streamed, while_connected
from ui.middleware.telemetry import note
from ui.shared.problems import PROBLEMS, RefusedRequest, openai_error, problem, status_of, with_openai_error
from ui.shared.schemas import (
    AnswerDocument,
    Away,
    BoundedText,
    CitationDocument,
    Document,
    FiltersDocument,
    NoticeDocument,
    ShortAnswerDocument,
    UnderstoodDocument,
    rounded,
)

# The supported part of OpenAI's chat completions, as pydantic models.
#
# Unknown fields are ignored: existing clients send many, and none of them can change a checked answer. Fields that
# would change the form of the response (several choices, JSON) are rejected, because they would have no effect.

_MODEL = "isnad"
_SEPARATOR = "\n"
"""Between the sentences of an answer, as in `rag.types.Answer.text`."""


class OpenAIRequest(BaseModel):
    """Base of all requests of this protocol: ignores unknown fields."""

    model_config = ConfigDict(extra="ignore")


class PartDocument(OpenAIRequest):
    """A part of a message."""

    type: str = Field(max_length=100, description="only `text` is supported in a question or an answer")
    text: BoundedText | None = Field(default=None, description="the text of the part")


class MessageDocument(OpenAIRequest):
    """A message of the conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"] = Field(
        description="only messages of user and assistant are used: an answer follows the archive, not instructions"
    )
    content: BoundedText | list[PartDocument] | None = Field(default=None, description="a text, or its parts in order")

    def text(self, where: str) -> str:
        """Return the text of the message. Raises `RefusedRequest` (422) for a part that is not text."""
        if isinstance(self.content, list):
            for place, part in enumerate(self.content):
                if part.type not in {"text", "refusal"}:
                    raise RefusedRequest(
                        422, "the part is not text", where=f"{where}.content.{place}.type", do="send only text parts"
                    )
            return "\n".join(part.text or "" for part in self.content)
        return self.content or ""


class StreamOptionsDocument(OpenAIRequest):
    """Options of a stream."""

    include_usage: bool | None = Field(default=None, description="send one more chunk, with the token counts")


class FormatDocument(OpenAIRequest):
    """The format of an answer."""

    type: Literal["text"] = Field(description="an answer is text, with citations as annotations")


class ChatRequest(OpenAIRequest):
    """A conversation whose last message of the user is the question."""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={
            "examples": [{"model": "isnad", "messages": [{"role": "user", "content": "من زار سوتشي؟"}]}]
        },
    )

    model: str = Field(default=_MODEL, max_length=500, description="any name is accepted; `isnad` answers")
    messages: list[MessageDocument] = Field(
        min_length=1, max_length=500, description="oldest first; earlier turns are used to rewrite a follow-up question"
    )
    stream: bool | None = Field(default=None, description="send server-sent events: whole sentences, each after checks")
    stream_options: StreamOptionsDocument | None = Field(default=None, description="options of the stream")
    n: Literal[1] | None = Field(default=None, description="one answer")
    response_format: FormatDocument | None = Field(default=None, description="only text is supported")
    language: Language | None = Field(
        default=None, description="Isnad extension: language of the answer; if null, that of the question"
    )
    filters: FiltersDocument | None = Field(default=None, description="Isnad extension: which articles may be quoted")
    top_k: int | None = Field(default=None, ge=1, le=100, description="Isnad extension: number of passages to retrieve")

    @property
    def limits(self) -> Filters:
        return (self.filters or FiltersDocument()).filters()

    def talk(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """Return the question, and the earlier (question, answer) pairs, oldest first.

        Raises `RefusedRequest` (422) if there is no message of the user, or if a message that is used is not text.
        """
        said = [(place, one) for place, one in enumerate(self.messages) if one.role in {"user", "assistant"}]
        while said and said[-1][1].role == "assistant":  # ignore the start of an answer that the client wants continued
            said.pop()
        if not said:
            raise RefusedRequest(
                422, "there is no message of the user", where="messages", do="send the question as a user message"
            )
        place, last = said.pop()
        pairs: list[tuple[str, str]] = []
        for at, one in said:
            text = one.text(f"messages.{at}")
            if one.role == "user":
                pairs.append((_without_filters(text), ""))
            elif pairs:
                question, before = pairs[-1]
                pairs[-1] = (question, _SEPARATOR.join(filter(None, (before, text))))
        return last.text(f"messages.{place}"), tuple(pairs[-MOST_TURNS:])


def _without_filters(question: str) -> str:
    try:
        return parse(question).question
    except BadInput:  # it got an error in place of an answer
        return question


class UrlCitationDocument(Document):
    """The position of a citation number in the answer, and its source."""

    start_index: int = Field(ge=0, description="first code point of the `[n]`, in the content")
    end_index: int = Field(ge=0, description="the code point after its last")
    title: str = Field(description="of the article; the name of its file if it states none")
    url: str = Field(description="of the original file, relative to this server")


class AnnotationDocument(Document):
    """A citation."""

    type: Literal["url_citation"] = Field(default="url_citation", description="the only kind")
    url_citation: UrlCitationDocument = Field(description="the citation in OpenAI's form")
    citation: CitationDocument = Field(
        description="Isnad extension: the exact words and their span, so that they can be checked"
    )


class AboutDocument(Document):
    """Isnad extension: information about the answer that OpenAI's format has no field for."""

    status: str = Field(description="answered, partial or not_in_corpus")
    short: list[ShortAnswerDocument] = Field(
        description="short answers, the most probable first; each is a slice of the citation in its annotation"
    )
    probability: float | None = Field(
        ge=0,
        le=1,
        description="calibrated probability that the archive answers the question, 0 to 1; null if no passage was read",
    )
    generator: str = Field(description="what answered: the generator, and its model if it has one")
    generation: str = Field(description="the index snapshot that was searched")
    cut: bool = Field(description="whether the answer was cut off")
    removed: int = Field(
        ge=0, description="number of removed sentences: a model wrote them, but no evidence supports them"
    )
    notices: list[NoticeDocument] = Field(description="notices about this answer")
    understood: list[UnderstoodDocument] = Field(
        default=[], description="filters that were read in the question, such as `outlet:` and `after:`"
    )

    @classmethod
    def of(cls, answer: Answer) -> AboutDocument:
        return cls(
            status=answer.status,
            short=[ShortAnswerDocument.cut(one) for one in answer.short],
            probability=rounded(answer.probability),
            generator=answer.generator,
            generation=answer.snapshot,
            cut=answer.cut,
            removed=len(answer.removed),
            notices=[NoticeDocument(kind=one.kind, message=one.message) for one in answer.notices],
            understood=[UnderstoodDocument.of(one) for one in answer.query.understood],
        )


class TokensDocument(Document):
    """Token counts of the language model; 0 if none was used."""

    prompt_tokens: int = Field(ge=0, description="tokens read")
    completion_tokens: int = Field(ge=0, description="tokens written")
    total_tokens: int = Field(ge=0, description="sum of both")

    @classmethod
    def of(cls, answer: Answer) -> TokensDocument:
        read = answer.usage.prompt_tokens if answer.usage else 0
        wrote = answer.usage.completion_tokens if answer.usage else 0
        return cls(prompt_tokens=read, completion_tokens=wrote, total_tokens=read + wrote)


class ReplyDocument(Document):
    """The answer as a message."""

    role: Literal["assistant"] = Field(default="assistant", description="the role of the message")
    content: str = Field(description="the checked sentences, one per line, or that the archive does not answer")
    refusal: None = Field(default=None, description="always null: the content says if the archive does not answer")
    annotations: list[AnnotationDocument] = Field(description="the citations, in the order of their `[n]`")


class ChoiceDocument(Document):
    """The only choice."""

    index: Literal[0] = Field(default=0, description="always 0: there is one choice")
    message: ReplyDocument = Field(description="the answer")
    logprobs: None = Field(default=None, description="always null")
    finish_reason: Literal["stop", "length"] = Field(description="length: the answer was cut")


class CompletionDocument(Document):
    """A complete answer."""

    id: str = Field(description="unique to this answer; it is not stored")
    object: Literal["chat.completion"] = Field(default="chat.completion", description="the type of this object")
    created: int = Field(ge=0, description="Unix time in seconds")
    model: Literal["isnad"] = Field(default="isnad", description="always isnad, whatever the request names")
    choices: list[ChoiceDocument] = Field(description="exactly one")
    usage: TokensDocument = Field(description="token counts")
    isnad: AboutDocument = Field(description="Isnad extension: about the answer")


class ModelDocument(Document):
    """A model in the list of models."""

    id: Literal["isnad"] = Field(default="isnad", description="its name")
    object: Literal["model"] = Field(default="model", description="the type of this object")
    created: int = Field(default=0, ge=0, description="Unix time in seconds; 0: unknown")
    owned_by: Literal["isnad"] = Field(default="isnad", description="the owner of the model")


class ModelsDocument(Document):
    """The list of models, with one entry."""

    object: Literal["list"] = Field(default="list", description="the type of this object")
    data: list[ModelDocument] = Field(description="exactly one")


def _plain(document: Document) -> dict[str, Any]:
    return document.model_dump(mode="json")


_DONE = b"data: [DONE]\n\n"
_CHUNKS = """`chat.completion.chunk` objects: one for each sentence, as soon as it is checked; the last one has
`annotations` and `finish_reason`. Then `[DONE]`. A comment line is sent after ten seconds without an event."""
_EVENT_SCHEMA = {
    "type": "object",
    "description": _CHUNKS,
    "properties": {"data": {"type": "string"}},
    "required": ["data"],
}
"""JSON schema of one event."""

logger = logging.getLogger("isnad")


class OpenAIRoute(APIRoute):
    """A route that adds OpenAI's ``error`` to its problem responses."""

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


COMPLETIONS_PATH = "/v1/chat/completions"


def openai_routes(answering: Answering) -> APIRouter:
    """Build the routes for chat completions and models."""
    router = APIRouter(prefix="/v1", tags=["openai"], responses=PROBLEMS, route_class=OpenAIRoute)

    @router.post(
        "/chat/completions",
        response_model=CompletionDocument,
        summary="Answer a conversation (OpenAI-compatible)",
        responses={
            200: {"content": {streaming.MEDIA_TYPE: {"schema": _EVENT_SCHEMA}}},
            503: {"model": Away},
        },
    )
    async def completions(request: Request, asked: ChatRequest) -> Response:
        noted = partial(note, request)
        question, history = asked.talk()
        noted(question=question)
        corpus = await answering.corpus()
        query = corpus.query(
            question, language=asked.language, filters=asked.limits, history=history, top_k=asked.top_k, typed=True
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
        return JSONResponse(_plain(completion(answer)))

    @router.get("/models", summary="List the models")
    async def models() -> ModelsDocument:
        return ModelsDocument(data=[ModelDocument()])

    @router.get("/models/{name}", summary="Get the model")
    async def model(name: Annotated[str, Path(max_length=200, description="isnad")]) -> ModelDocument:
        if name != _MODEL:
            raise RefusedRequest(404, "there is no such model", where="name", do=f"use {_MODEL}")
        return ModelDocument()

    return router


def completion(answer: Answer) -> CompletionDocument:
    """Convert a complete answer to OpenAI's format; its content is `Answer.text`."""
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
    """Return one annotation for each citation number ``[n]``, in order; offsets are code points of `Answer.text`."""
    cited = {one.number: one for one in answer.citations}
    start = len(answer.opening) + len(_SEPARATOR) if answer.opening else 0
    found: list[AnnotationDocument] = []
    for claim in answer.claims:
        found += [_annotation(cited[number], start + at, start + end) for number, at, end in _marks(claim)]
        start += len(claim.text) + len(_SEPARATOR)
    return found


def _marks(claim: Claim) -> Iterator[tuple[int, int, int]]:
    for mark in MARKER.finditer(claim.text):
        at = mark.start() + len(mark[0]) - len(mark[0].lstrip())
        for number in cited_numbers(mark[0]):
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
    """Yield the chunks of an answer; the last has the citations, whose offsets refer to the whole content."""
    head = {"id": _name(), "object": "chat.completion.chunk", "created": int(time.time()), "model": _MODEL}
    none: dict[str, Any] = {"usage": None} if usage else {}

    def chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return _data(head | {"choices": [choice]} | none | more)

    said = ""
    async with aclosing(happening):
        try:
            await begun  # an error of the search has already been reported with its own status
            yield chunk({"role": "assistant", "content": ""})
            async for event in happening:
                if isinstance(event, Cited):
                    more = (_SEPARATOR if said else "") + event.claim.text
                    said += more
                    yield chunk({"content": more})
                elif isinstance(event, Done):
                    answer = event.answer
                    if answer.opening and not said:  # Isnad's own opening is known only at the end
                        yield chunk({"content": answer.opening})
                    marks = [_plain(one) for one in marked_citations(answer)]
                    finish = "length" if answer.cut else "stop"
                    yield chunk({"annotations": marks}, finish, isnad=_plain(AboutDocument.of(answer)))
                    if usage:
                        yield _data(head | {"choices": [], "usage": _plain(TokensDocument.of(answer))})
            yield _DONE
        except IsnadError as error:
            logger.warning("an answer failed: %s", error)
            yield _data({"error": openai_error(status_of(error), error.what, "", error.do)})


def _data(document: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(document, ensure_ascii=False)}\n\n".encode()


def _name() -> str:
    return f"chatcmpl-{token_hex(12)}"
