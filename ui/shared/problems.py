"""API errors as problem details (RFC 9457). They never contain request input or a stack trace."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from rag.errors import (
    BadInput,
    CatalogError,
    IndexUnusable,
    IsnadError,
    LLMError,
    ModelError,
    SourceChanged,
    SourceGone,
)
from rag.folders import Unreadable

# OpenAI's error object, added to the members of RFC 9457 for OpenAI's clients.

PATHS: Final = ("/v1/chat/completions", "/v1/models")


def with_openai_error(response: Response) -> Response:
    """Add OpenAI's ``error`` to a problem; return any other response unchanged."""
    if response.status_code < 400 or not response.body:
        return response
    said = json.loads(bytes(response.body))
    said["error"] = openai_error(said["status"], said["detail"], said["where"], said["do"])
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    return JSONResponse(said, response.status_code, headers, media_type=response.media_type)


def openai_error(status: int, what: str, where: str, do: str) -> dict[str, Any]:
    """Build the error object for OpenAI's clients: message, type of error and parameter."""
    kind = {401: "authentication_error", 404: "not_found_error", 429: "rate_limit_error"}.get(
        status, "server_error" if status >= 500 else "invalid_request_error"
    )
    return {"message": f"{what} → {do}" if do else what, "type": kind, "param": where or None, "code": None}


MEDIA_TYPE = "application/problem+json"
NO_NUL = r"^[^\x00]*$"
"""Pattern of a text without NUL."""
logger = logging.getLogger("isnad")


class HttpProblem(BaseModel):
    """What is wrong, where, and what to do about it."""

    type: str = Field(default="about:blank", description="about:blank: the status gives the kind of problem")
    title: str = Field(description="the status in words", examples=["Unprocessable Content"])
    status: int = Field(ge=400, le=599, description="the HTTP status")
    detail: str = Field(description="what is wrong", examples=["the question is empty"])
    where: str = Field(default="", description="the part of the request, or another place", examples=["question"])
    do: str = Field(default="", description="what to do", examples=["ask with at least one word"])


PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": HttpProblem, "description": HTTPStatus(status).phrase}
    for status in (400, 404, 409, 410, 415, 422, 429, 500, 503)
}
"""OpenAPI responses for the errors of a route; `ui.api.app` sets their media type."""

_SAID = {
    400: ("the body cannot be read", "send JSON in UTF-8"),
    404: ("there is no such path", "see /docs for the list of paths"),
    405: ("this path does not accept this method", "see the header Allow"),
    413: ("the body is too large", "send a smaller body"),
}
_TYPES = {
    "missing": "it is missing",
    "string_type": "it is not a string",
    "string_unicode": "it is not valid Unicode: it contains a lone surrogate",
    "string_too_short": "it is too short: at least {min_length} characters",
    "string_too_long": "it is too long: at most {max_length} characters",
    "string_pattern_mismatch": "it does not match the pattern {pattern}",
    "nul": "it contains a NUL character",
    "int_type": "it is not a whole number",
    "int_parsing": "it is not a whole number",
    "int_parsing_size": "the number is too large",
    "int_from_float": "it is not a whole number",
    "finite_number": "it is not a finite number",
    "bool_type": "it is neither true nor false",
    "bool_parsing": "it is neither true nor false",
    "greater_than_equal": "it is less than {ge}",
    "less_than_equal": "it is more than {le}",
    "list_type": "it is not a list",
    "too_long": "the list is too long: at most {max_length}",
    "too_short": "the list is too short: at least {min_length}",
    "date_parsing": "it is not a date such as 2016-02-08",
    "date_from_datetime_parsing": "it is not a date such as 2016-02-08",
    "literal_error": "it must be one of {expected}",
    "enum": "it must be one of {expected}",
    "model_attributes_type": "it is not an object",
    "model_type": "it is not an object",
    "dict_type": "it is not an object",
    "json_invalid": "the body is not JSON",
    "extra_forbidden": "there is an unknown field",
}
"""Messages for pydantic's error types; the placeholders are limits of the schema, never request input."""

_STATUS: tuple[tuple[type[IsnadError], int], ...] = (
    (BadInput, 422),
    (SourceChanged, 409),
    (SourceGone, 410),
    (Unreadable, 410),
    (CatalogError, 503),
    (IndexUnusable, 503),
    (ModelError, 503),
    (LLMError, 503),
)


class RefusedRequest(IsnadError):
    """Raised to reject a request with an HTTP status and, in seconds, the time until the client may retry."""

    def __init__(
        self, status: int, what: str, *, where: str = "", do: str = "", retry_after: int | None = None
    ) -> None:
        super().__init__(what, where=where, do=do)
        self.status = status
        self.retry_after = retry_after


def no_parameters(request: Request) -> None:
    """Reject query parameters on a route that declares none, because they would silently have no effect.

    Raises `RefusedRequest`. Ignores `token`, which the security middleware reads.
    """
    if not request.scope["route"].dependant.query_params and set(request.query_params) - {"token"}:
        raise RefusedRequest(422, _TYPES["extra_forbidden"], where="query", do="see /docs for the schema")


def problem(
    status: int,
    what: str,
    where: str = "",
    do: str = "",
    retry_after: int | None = None,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> JSONResponse:
    """Build a problem response; `more` are extension members (RFC 9457, 3.2)."""
    body = HttpProblem(title=HTTPStatus(status).phrase, status=status, detail=what, where=where, do=do)
    waits = {"retry-after": str(retry_after)} if retry_after is not None else {}
    return JSONResponse(body.model_dump() | more, status, {**(headers or {}), **waits}, media_type=MEDIA_TYPE)


def status_of(error: IsnadError) -> int:
    """Return the HTTP status of an error; 500 for errors that the client cannot fix."""
    if isinstance(error, RefusedRequest):
        return error.status
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def handle(app: FastAPI) -> None:
    """Install exception handlers that turn every error of an application into a problem response."""

    async def of_ours(_: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, IsnadError):
            raise TypeError("not an IsnadError") from error
        status = status_of(error)
        if status >= 500:
            logger.warning("a request failed: %s", error)
        # Clients must not see paths of this machine; they are in the log.
        where = error.where if status < 500 and not error.where.startswith("/") else ""
        return problem(status, error.what, where, error.do, getattr(error, "retry_after", None))

    async def of_form(request: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, RequestValidationError):
            raise TypeError("not a RequestValidationError") from error
        if tuple(error.errors()[0]["loc"]) == ("body",) and not _is_json(request.headers.get("content-type", "")):
            return problem(415, "the body is not JSON", "content-type", "send application/json")
        return problem(422, *first_problem(error), "see /docs for the schema")

    async def of_http(_: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, HTTPException):
            raise TypeError("not an HTTPException") from error
        what, do = _SAID.get(error.status_code, ("the request cannot be served", ""))
        return problem(error.status_code, what, do=do, headers=error.headers)

    async def of_nobody(_: Request, error: Exception) -> JSONResponse:
        logger.error("a request failed", exc_info=error)
        return problem(500, "an internal error occurred", do="try again; details are in the server's log")

    app.add_exception_handler(IsnadError, of_ours)
    app.add_exception_handler(RequestValidationError, of_form)
    app.add_exception_handler(HTTPException, of_http)
    app.add_exception_handler(Exception, of_nobody)


def first_problem(error: RequestValidationError) -> tuple[str, str]:
    """Return the message and place of the first validation error.

    The place has only known field names and list indexes, because any other part is request input.
    """
    first: dict[str, Any] = error.errors()[0]
    kind = "nul" if first.get("ctx", {}).get("pattern") == NO_NUL else first["type"]
    words = _TYPES.get(kind, "it does not match the schema")
    place = first["loc"][1:]
    if first["type"] == "extra_forbidden":
        place = place[:-1]
    elif first["type"] == "json_invalid":
        place = ()  # the location is a byte offset
    return words.format(**first.get("ctx", {})), ".".join(str(part) for part in place)


def _is_json(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))
