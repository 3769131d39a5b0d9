"""What a path does with the methods that no route of it takes: HEAD is a GET without its body, others are refused.

Without it the page at ``/`` would answer in the place of the API, in a form of its own.
"""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route

from ui.middleware.security import App, Receive, Scope, Send

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


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


class Others:
    """ASGI application: 405 with ``Allow`` where the path takes other methods (204 for OPTIONS), else 404."""

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        self._routes = tuple(routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        allowed = [method for method in METHODS if self._takes({**scope, "method": method})]
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
    others = Others(app.router.routes)
    for path in paths:
        app.router.routes.append(Route(path, others, include_in_schema=False))
