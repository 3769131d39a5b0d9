"""The OpenAPI description where FastAPI's own is not exact: the form of errors, events, and what the door refuses."""

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

# What a path does with the methods that no route of it takes: HEAD is a GET without its body, others are refused.
#
# Without it the page at ``/`` would answer in the place of the API, in a form of its own.

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Heads:
    """ASGI middleware: HEAD reaches the rooms as GET wherever the path begins with one of `below`.

    A server leaves the body of an answer to HEAD out by itself (RFC 9110, 9.3.2).
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
    """ASGI application: 405 with ``Allow`` where the path takes other methods (204 for OPTIONS), else 404."""

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
    """Answer for these paths, templates of Starlette's, what no route before this call did."""
    others = _Others(app.router.routes)
    for path in paths:
        app.router.routes.append(Route(path, others, include_in_schema=False))


SECURITY = {
    "token": {"type": "http", "scheme": "bearer", "description": "`token` of the settings, where one is set"},
    "password": {"type": "http", "scheme": "basic", "description": "`user` and `password`, where they are set"},
}
DOOR = (400, 401, 403, 404, 405, 413, 421, 429)
"""What any path may answer before it is asked."""
EVENTS: dict[str, Any] = {
    "type": "object",
    "description": "Server-sent events, each with JSON data, in this order: evidence (at once); for every sentence the "
    "citations that are new, the short answer in them where there is one, its claim (checked) and its text; rejected, "
    "removed, notice and translation where there are any; last done with the whole document, or error. A comment line "
    "fills every silence of ten seconds.",
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
"""The form of one event."""


def describe(app: FastAPI) -> None:
    """Make `app.openapi` tell the truth about errors and keys. Called before the first request."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = exact(plain())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend it


def exact(schema: dict[str, Any]) -> dict[str, Any]:
    """The description with errors as problem details, and the keys that open the door."""
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
