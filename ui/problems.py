"""Errors of the API: one form for all of them, RFC 9457 problem details. No input is echoed and no trace is told."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from rag.errors import BadInput, IndexUnusable, IsnadError, LLMError, ModelError, SourceChanged, SourceGone
from rag.files import Unreadable

MEDIA_TYPE = "application/problem+json"
logger = logging.getLogger("isnad")


class Problem(BaseModel):
    """What is wrong, where, and what to do about it."""

    type: str = Field(default="about:blank", description="about:blank: the status says what kind of problem it is")
    title: str = Field(description="the status in words", examples=["Unprocessable Content"])
    status: int = Field(ge=400, le=599, description="the HTTP status")
    detail: str = Field(description="what is wrong", examples=["the question is empty"])
    where: str = Field(default="", description="which part of the request, or what else", examples=["question"])
    do: str = Field(default="", description="what to do", examples=["ask with at least one word"])


PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": HTTPStatus(status).phrase}
    for status in (400, 401, 404, 409, 410, 413, 422, 429, 500, 503)
}
"""What OpenAPI says of the errors of a route."""

_STATUS: tuple[tuple[type[IsnadError], int], ...] = (
    (BadInput, 422),
    (SourceChanged, 409),
    (SourceGone, 410),
    (Unreadable, 410),
    (IndexUnusable, 503),
    (ModelError, 503),
    (LLMError, 503),
)


class Refusal(IsnadError):
    """A request that is not served, with the status that says so and, in seconds, when to try again."""

    def __init__(
        self, status: int, what: str, *, where: str = "", do: str = "", retry_after: int | None = None
    ) -> None:
        super().__init__(what, where=where, do=do)
        self.status = status
        self.retry_after = retry_after


def problem(
    status: int, what: str, where: str = "", do: str = "", retry_after: int | None = None, **more: Any
) -> JSONResponse:
    """A problem as a response; `more` are members of its own (RFC 9457, 3.2)."""
    body = Problem(title=HTTPStatus(status).phrase, status=status, detail=what, where=where, do=do)
    headers = {"retry-after": str(retry_after)} if retry_after is not None else None
    return JSONResponse(body.model_dump() | more, status, headers, media_type=MEDIA_TYPE)


def status_of(error: IsnadError) -> int:
    """The HTTP status that says what kind of error it is; 500 for what a caller cannot mend."""
    if isinstance(error, Refusal):
        return error.status
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def handle(app: FastAPI) -> None:
    """Give every error of an application that form."""

    async def of_ours(_: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, IsnadError):
            raise TypeError("not an error of ours") from error
        status = status_of(error)
        if status >= 500:
            logger.warning("a request failed: %s", error)
        # A path of this machine is nobody's business but its keeper's: it is in the log.
        where = error.where if status < 500 and not error.where.startswith("/") else ""
        return problem(status, error.what, where, error.do, getattr(error, "retry_after", None))

    async def of_form(_: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, RequestValidationError):
            raise TypeError("not an error of validation") from error
        return problem(422, *_first(error))

    async def of_http(_: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, HTTPException):
            raise TypeError("not an error of HTTP") from error
        return problem(error.status_code, HTTPStatus(error.status_code).description or "it cannot be done")

    async def of_nobody(_: Request, error: Exception) -> JSONResponse:
        logger.error("a request failed", exc_info=error)
        return problem(500, "something went wrong here", do="try again; the log of the server says more")

    app.add_exception_handler(IsnadError, of_ours)
    app.add_exception_handler(RequestValidationError, of_form)
    app.add_exception_handler(HTTPException, of_http)
    app.add_exception_handler(Exception, of_nobody)


def _first(error: RequestValidationError) -> tuple[str, str, str]:
    first: dict[str, Any] = error.errors()[0]
    # Only names of fields that we know and places in lists: an unknown field's name is the caller's own text.
    unknown = first["type"] == "extra_forbidden"
    parts = [str(part) for part in first["loc"][1:]] if not unknown else [str(part) for part in first["loc"][1:-1]]
    what = "there is a field that is not known" if unknown else _plain(first)
    return what, ".".join(parts), "see /docs for the form"


def _plain(first: dict[str, Any]) -> str:
    if first["type"] == "json_invalid":
        return "the body is not JSON"
    context = first.get("ctx", {})
    bounds = [
        f"{name} {context[name]}" for name in ("ge", "gt", "le", "lt", "min_length", "max_length") if name in context
    ]
    return f"{first['type'].replace('_', ' ')}{': ' + ', '.join(bounds) if bounds else ''}"
