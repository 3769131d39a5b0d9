"""OpenAPI corrections: error responses, server-sent events, authentication; and HEAD, OPTIONS and 405 for the API."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route

from ui.middleware.security import App, Receive, Scope, Send
from ui.shared.problems import MEDIA_TYPE

# Methods without a route: HEAD is a GET without a body; others are rejected.
#
# Otherwise Gradio, mounted at ``/``, would answer in place of the API, in its own format.

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Heads:
    """ASGI middleware: passes HEAD on as GET if the path begins with one of `below`.

    The server omits the body of a response to HEAD by itself (RFC 9110, 9.3.2).
    """

    def __init__(self, app: App, below: tuple[str, ...]) -> None:
        self._app = app
        self._below = below

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD" or not scope["path"].startswith(self._below):
            await self._app(scope, receive, send)
            return
        inner = {**scope, "method": "GET"}
        try:
            await self._app(inner, receive, send)
        finally:
            scope["route"] = inner.get("route")


class _Others:
    """ASGI application: 405 with ``Allow`` if the path accepts other methods (204 for OPTIONS), else 404."""

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        self._routes = tuple(routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        allowed = [method for method in _METHODS if self._takes({**scope, "method": method})]
        if not allowed:
            raise HTTPException(404)
        headers = {"allow": ", ".join([*allowed, "HEAD", "OPTIONS"] if "GET" in allowed else [*allowed, "OPTIONS"])}
        if scope["method"] != "OPTIONS":
            raise HTTPException(405, headers=headers)
        await Response(status_code=204, headers=headers)(scope, receive, send)

    def _takes(self, scope: Scope) -> bool:
        return any(route.matches(scope)[0] is Match.FULL for route in self._routes)


def refuse_others(app: FastAPI, *paths: str) -> None:
    """Reject requests to these paths (Starlette templates) that no route added before this call accepts."""
    others = _Others(app.router.routes)
    for path in paths:
        app.router.routes.append(Route(path, others, include_in_schema=False))


SECURITY = {
    "token": {"type": "http", "scheme": "bearer", "description": "the setting `token`, if it is set"},
    "password": {"type": "http", "scheme": "basic", "description": "the settings `user` and `password`, if set"},
}
DOOR = (400, 401, 403, 404, 405, 413, 421, 429)
"""Statuses that the security middleware may return for any path."""
EVENTS: dict[str, Any] = {
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


def describe(app: FastAPI) -> None:
    """Replace `app.openapi`, so that it describes errors and credentials. Call it before the first request."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = exact(plain())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI's documentation extends it


def exact(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the description with errors as problem details (RFC 9457), and with the security schemes."""
    at_the_door = {
        str(status): {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/HttpProblem"}}},
        }
        for status in DOOR
    }
    for path in schema["paths"].values():
        for operation in path.values():
            operation["responses"] |= deepcopy(at_the_door)
            for status, response in operation["responses"].items():
                content = response.get("content", {})
                if status >= "400" and "application/json" in content:
                    response["content"] = {MEDIA_TYPE: content["application/json"]}
                if status in {"429", "503"}:
                    response["headers"] = {
                        "retry-after": {"schema": {"type": "integer", "minimum": 1}, "description": "seconds"}
                    }
                if status == "401":
                    response["headers"] = {"www-authenticate": {"schema": {"type": "string"}}}
                if status == "405":
                    response["headers"] = {"allow": {"schema": {"type": "string"}}}
    schema.setdefault("components", {})["securitySchemes"] = SECURITY
    schema["security"] = [{}, *({name: []} for name in SECURITY)]
    return schema
