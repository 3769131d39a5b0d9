"""Errors of the API: one form for all of them, RFC 9457 problem details. No input is echoed and no trace is told."""

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

from rag.errors import BadInput, IndexUnusable, IsnadError, LLMError, ModelError, SourceChanged, SourceGone
from rag.folders import Unreadable

# Our problems in OpenAI's form too: what its clients read of an error, beside the members of RFC 9457.

PATHS: Final = ("/v1/chat/completions", "/v1/models")


def with_openai_error(response: Response) -> Response:
    """A problem with OpenAI's ``error`` in it; every other response as it is."""
    if response.status_code < 400 or not response.body:
        return response
    said = json.loads(bytes(response.body))
    said["error"] = openai_error(said["status"], said["detail"], said["where"], said["do"])
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    return JSONResponse(said, response.status_code, headers, media_type=response.media_type)


def openai_error(status: int, what: str, where: str, do: str) -> dict[str, Any]:
    """The object that OpenAI's clients read: what is wrong, what kind of error that is, and in which parameter."""
    kind = {401: "authentication_error", 404: "not_found_error", 429: "rate_limit_error"}.get(
        status, "server_error" if status >= 500 else "invalid_request_error"
    )
    return {"message": f"{what} → {do}" if do else what, "type": kind, "param": where or None, "code": None}


MEDIA_TYPE = "application/problem+json"
NO_NUL = r"^[^\x00]*$"
"""The form of a text that holds none."""
logger = logging.getLogger("isnad")


class HttpProblem(BaseModel):
    """What is wrong, where, and what to do about it."""

    type: str = Field(default="about:blank", description="about:blank: the status says what kind of problem it is")
    title: str = Field(description="the status in words", examples=["Unprocessable Content"])
    status: int = Field(ge=400, le=599, description="the HTTP status")
    detail: str = Field(description="what is wrong", examples=["the question is empty"])
    where: str = Field(default="", description="which part of the request, or what else", examples=["question"])
    do: str = Field(default="", description="what to do", examples=["ask with at least one word"])


PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": HttpProblem, "description": HTTPStatus(status).phrase}
    for status in (400, 404, 409, 410, 415, 422, 429, 500, 503)
}
"""What OpenAPI says of the errors of a route; `ui.middleware.openapi` gives them their media type."""

_SAID = {
    400: ("the body cannot be read", "send JSON in UTF-8"),
    404: ("there is no such path", "see /docs for those that there are"),
    405: ("this path does not take that method", "see the header Allow"),
    413: ("the body is too large", "send less"),
}
_TYPES = {
    "missing": "it is missing",
    "string_type": "it is not a string",
    "string_unicode": "it is not Unicode text: a surrogate stands alone",
    "string_too_short": "it is too short: at least {min_length} characters",
    "string_too_long": "it is too long: at most {max_length} characters",
    "string_pattern_mismatch": "it does not have the form {pattern}",
    "nul": "a NUL stands in it",
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
    "date_parsing": "it is not a day such as 2016-02-08",
    "date_from_datetime_parsing": "it is not a day such as 2016-02-08",
    "literal_error": "it is none of {expected}",
    "enum": "it is none of {expected}",
    "model_attributes_type": "it is not an object",
    "model_type": "it is not an object",
    "dict_type": "it is not an object",
    "json_invalid": "the body is not JSON",
    "extra_forbidden": "there is a field that is not known",
}
"""pydantic's kinds of errors in words; what stands in braces is ours, never what was given."""

_STATUS: tuple[tuple[type[IsnadError], int], ...] = (
    (BadInput, 422),
    (SourceChanged, 409),
    (SourceGone, 410),
    (Unreadable, 410),
    (IndexUnusable, 503),
    (ModelError, 503),
    (LLMError, 503),
)


class RefusedRequest(IsnadError):
    """A request that is not served, with the status that says so and, in seconds, when to try again."""

    def __init__(
        self, status: int, what: str, *, where: str = "", do: str = "", retry_after: int | None = None
    ) -> None:
        super().__init__(what, where=where, do=do)
        self.status = status
        self.retry_after = retry_after


def no_parameters(request: Request) -> None:
    """For routes that declare no parameters of the address: raise `RefusedRequest` where there are some, for they would
    be
    silently without effect. The door's `token` is none of a route's."""
    if not request.scope["route"].dependant.query_params and set(request.query_params) - {"token"}:
        raise RefusedRequest(422, _TYPES["extra_forbidden"], where="query", do="see /docs for the form")


def problem(
    status: int,
    what: str,
    where: str = "",
    do: str = "",
    retry_after: int | None = None,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> JSONResponse:
    """A problem as a response; `more` are members of its own (RFC 9457, 3.2)."""
    body = HttpProblem(title=HTTPStatus(status).phrase, status=status, detail=what, where=where, do=do)
    waits = {"retry-after": str(retry_after)} if retry_after is not None else {}
    return JSONResponse(body.model_dump() | more, status, {**(headers or {}), **waits}, media_type=MEDIA_TYPE)


def status_of(error: IsnadError) -> int:
    """The HTTP status that says what kind of error it is; 500 for what a caller cannot mend."""
    if isinstance(error, RefusedRequest):
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

    async def of_form(request: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, RequestValidationError):
            raise TypeError("not an error of validation") from error
        if tuple(error.errors()[0]["loc"]) == ("body",) and not _is_json(request.headers.get("content-type", "")):
            return problem(415, "the body is not JSON", "content-type", "send application/json")
        return problem(422, *first_problem(error), "see /docs for the form")

    async def of_http(_: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, HTTPException):
            raise TypeError("not an error of HTTP") from error
        what, do = _SAID.get(error.status_code, ("it cannot be done", ""))
        return problem(error.status_code, what, do=do, headers=error.headers)

    async def of_nobody(_: Request, error: Exception) -> JSONResponse:
        logger.error("a request failed", exc_info=error)
        return problem(500, "something went wrong here", do="try again; the log of the server says more")

    app.add_exception_handler(IsnadError, of_ours)
    app.add_exception_handler(RequestValidationError, of_form)
    app.add_exception_handler(HTTPException, of_http)
    app.add_exception_handler(Exception, of_nobody)


def first_problem(error: RequestValidationError) -> tuple[str, str]:
    """What is wrong first, and where: names of fields that we know and places in lists, for others are the caller's."""
    first: dict[str, Any] = error.errors()[0]
    kind = "nul" if first.get("ctx", {}).get("pattern") == NO_NUL else first["type"]
    words = _TYPES.get(kind, "it does not have the form that it should have")
    place = first["loc"][1:]
    if first["type"] == "extra_forbidden":
        place = place[:-1]
    elif first["type"] == "json_invalid":
        place = ()  # it is an offset
    return words.format(**first.get("ctx", {})), ".".join(str(part) for part in place)


def _is_json(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))
