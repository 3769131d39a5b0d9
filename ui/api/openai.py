"""`POST /v1/chat/completions` and `GET /v1/models` in OpenAI's form: an existing client asks by changing its base URL.

What streams is whole checked sentences, as everywhere. An error is a problem (`ui.shared.problems`) with one member
more, ``error``, which is what OpenAI's clients read.
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

from rag.citations import MARKER, numbers
from rag.errors import IsnadError
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
    rounded,
)

# What OpenAI's chat completions take and give, as far as Isnad speaks it: every field with its meaning.
#
# Fields that are not here are let pass: existing clients send many, and none of them can change a checked answer.
# Those that would change what the caller gets back (several choices, JSON) are refused rather than left without
# effect.

_MODEL = "isnad"
_SEPARATOR = "\n"
"""Between the sentences of an answer, as in `rag.types.Answer.text`."""


class OpenAIRequest(BaseModel):
    """What all requests of this protocol share: deaf to what is not known."""

    model_config = ConfigDict(extra="ignore")


class PartDocument(OpenAIRequest):
    """A part of a message."""

    type: str = Field(max_length=100, description="only `text` can be read in a question or an answer")
    text: BoundedText | None = Field(default=None, description="what it says")


class MessageDocument(OpenAIRequest):
    """A message of the conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"] = Field(
        description="only those of user and assistant are read: an answer follows the archive, not instructions"
    )
    content: BoundedText | list[PartDocument] | None = Field(default=None, description="a text, or its parts in order")

    def text(self, where: str) -> str:
        """What it says. Raises `Refusal` (422) for what is not text."""
        if isinstance(self.content, list):
            for place, part in enumerate(self.content):
                if part.type not in {"text", "refusal"}:
                    raise RefusedRequest(
                        422, "it is not of type text", where=f"{where}.content.{place}.type", do="send text alone"
                    )
            return "\n".join(part.text or "" for part in self.content)
        return self.content or ""


class StreamOptionsDocument(OpenAIRequest):
    """What a stream holds besides the answer."""

    include_usage: bool | None = Field(default=None, description="one more chunk, with the tokens")


class FormatDocument(OpenAIRequest):
    """The form of an answer."""

    type: Literal["text"] = Field(description="an answer is text with its citations beside it")


class ChatRequest(OpenAIRequest):
    """A conversation whose last message of the user is the question."""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={
            "examples": [{"model": "isnad", "messages": [{"role": "user", "content": "من زار سوتشي؟"}]}]
        },
    )

    model: str = Field(default=_MODEL, max_length=500, description="any name is taken; `isnad` answers")
    messages: list[MessageDocument] = Field(
        min_length=1, max_length=500, description="oldest first; earlier questions and answers make a follow-up whole"
    )
    stream: bool | None = Field(default=None, description="server-sent events: whole sentences, each after its checks")
    stream_options: StreamOptionsDocument | None = Field(default=None, description="what a stream holds besides")
    n: Literal[1] | None = Field(default=None, description="one answer")
    response_format: FormatDocument | None = Field(default=None, description="text is the only one")
    language: Language | None = Field(default=None, description="ours: of the answer; when null, that of the question")
    filters: FiltersDocument | None = Field(default=None, description="ours: what the question is limited to")
    top_k: int | None = Field(default=None, ge=1, le=100, description="ours: passages to find")

    @property
    def limits(self) -> Filters:
        return (self.filters or FiltersDocument()).filters()

    def talk(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """The question, and the earlier (question, answer) pairs, oldest first.

        Raises `Refusal` (422) where no message is the user's, or one of those that are read is not text.
        """
        said = [(place, one) for place, one in enumerate(self.messages) if one.role in {"user", "assistant"}]
        while said and said[-1][1].role == "assistant":  # the beginning of an answer is not taken from a caller
            said.pop()
        if not said:
            raise RefusedRequest(
                422, "there is no message of the user", where="messages", do="send the question as one"
            )
        place, last = said.pop()
        pairs: list[tuple[str, str]] = []
        for at, one in said:
            text = one.text(f"messages.{at}")
            if one.role == "user":
                pairs.append((text, ""))
            elif pairs:
                question, before = pairs[-1]
                pairs[-1] = (question, _SEPARATOR.join(filter(None, (before, text))))
        return last.text(f"messages.{place}"), tuple(pairs[-MOST_TURNS:])


class UrlCitationDocument(Document):
    """Where in the answer a source is named, and which."""

    start_index: int = Field(ge=0, description="first code point of the `[n]`, in the content")
    end_index: int = Field(ge=0, description="the code point after its last")
    title: str = Field(description="of the article; the name of its file where it states none")
    url: str = Field(description="of the original file, relative to this server")


class AnnotationDocument(Document):
    """A citation."""

    type: Literal["url_citation"] = Field(default="url_citation", description="the only kind")
    url_citation: UrlCitationDocument = Field(description="the citation in OpenAI's form")
    citation: CitationDocument = Field(
        description="ours: the exact words and where they stand, to be checked by anyone"
    )


class AboutDocument(Document):
    """Ours: what a reader must know about the answer, and OpenAI's form has no place for."""

    status: str = Field(description="answered, partial or not_in_corpus")
    short: list[ShortAnswerDocument] = Field(
        description="the words that answer by themselves, likeliest first; each lies in the annotation of its citation"
    )
    probability: float | None = Field(
        ge=0, le=1, description="calibrated, that the archive answers, 0 to 1; null: nothing was read"
    )
    generator: str = Field(description="who answered: its kind, and its model where it has one")
    generation: str = Field(description="the state of the index that was searched")
    cut: bool = Field(description="whether the answer ended before its end")
    removed: int = Field(ge=0, description="sentences that a model wrote and that no evidence supports")
    notices: list[NoticeDocument] = Field(description="what a reader must know about this answer")

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
        )


class TokensDocument(Document):
    """Tokens that the model read and wrote; 0 where none was asked."""

    prompt_tokens: int = Field(ge=0, description="read")
    completion_tokens: int = Field(ge=0, description="written")
    total_tokens: int = Field(ge=0, description="both")

    @classmethod
    def of(cls, answer: Answer) -> TokensDocument:
        read = answer.usage.prompt_tokens if answer.usage else 0
        wrote = answer.usage.completion_tokens if answer.usage else 0
        return cls(prompt_tokens=read, completion_tokens=wrote, total_tokens=read + wrote)


class ReplyDocument(Document):
    """The answer as a message."""

    role: Literal["assistant"] = Field(default="assistant", description="whose message it is")
    content: str = Field(description="the checked sentences, a line each, or that the archive does not answer")
    refusal: None = Field(default=None, description="never: what is not answered is said in the content")
    annotations: list[AnnotationDocument] = Field(description="the citations, in the order of their `[n]`")


class ChoiceDocument(Document):
    """The one choice."""

    index: Literal[0] = Field(default=0, description="there is no other")
    message: ReplyDocument = Field(description="the answer")
    logprobs: None = Field(default=None, description="never")
    finish_reason: Literal["stop", "length"] = Field(description="length: the answer was cut")


class CompletionDocument(Document):
    """A whole answer."""

    id: str = Field(description="of this answer alone; it is not kept")
    object: Literal["chat.completion"] = Field(default="chat.completion", description="what this is")
    created: int = Field(ge=0, description="seconds since 1970, UTC")
    model: Literal["isnad"] = Field(default="isnad", description="who answers, whatever was named")
    choices: list[ChoiceDocument] = Field(description="one")
    usage: TokensDocument = Field(description="tokens")
    isnad: AboutDocument = Field(description="ours: about the answer")


class ModelDocument(Document):
    """A model that can be named."""

    id: Literal["isnad"] = Field(default="isnad", description="its name")
    object: Literal["model"] = Field(default="model", description="what this is")
    created: int = Field(default=0, ge=0, description="seconds since 1970, UTC; 0: it has no date")
    owned_by: Literal["isnad"] = Field(default="isnad", description="who serves it")


class ModelsDocument(Document):
    """The models: one."""

    object: Literal["list"] = Field(default="list", description="what this is")
    data: list[ModelDocument] = Field(description="one")


def _plain(document: Document) -> dict[str, Any]:
    return document.model_dump(mode="json")


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
            200: {"content": {streaming.MEDIA_TYPE: {"schema": EVENTS}}},
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
        return JSONResponse(_plain(completion(answer)))

    @router.get("/models", summary="The models: one")
    async def models() -> ModelsDocument:
        return ModelsDocument(data=[ModelDocument()])

    @router.get("/models/{name}", summary="The model")
    async def model(name: Annotated[str, Path(max_length=200, description="isnad")]) -> ModelDocument:
        if name != _MODEL:
            raise RefusedRequest(404, "there is no such model", where="name", do=f"name {_MODEL}")
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
    start = len(answer.opening) + len(_SEPARATOR) if answer.opening else 0
    found: list[AnnotationDocument] = []
    for claim in answer.claims:
        found += [_annotation(cited[number], start + at, start + end) for number, at, end in _marks(claim)]
        start += len(claim.text) + len(_SEPARATOR)
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
    head = {"id": _name(), "object": "chat.completion.chunk", "created": int(time.time()), "model": _MODEL}
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
                    more = (_SEPARATOR if said else "") + event.claim.text
                    said += more
                    yield chunk({"content": more})
                elif isinstance(event, Done):
                    answer = event.answer
                    if answer.opening and not said:  # what Isnad says itself is known last
                        yield chunk({"content": answer.opening})
                    marks = [_plain(one) for one in marked_citations(answer)]
                    finish = "length" if answer.cut else "stop"
                    yield chunk({"annotations": marks}, finish, isnad=_plain(AboutDocument.of(answer)))
                    if usage:
                        yield _data(head | {"choices": [], "usage": _plain(TokensDocument.of(answer))})
            yield DONE
        except IsnadError as error:
            logger.warning("an answer failed: %s", error)
            yield _data({"error": openai_error(status_of(error), error.what, "", error.do)})


def _data(document: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(document, ensure_ascii=False)}\n\n".encode()


def _name() -> str:
    return f"chatcmpl-{token_hex(12)}"
