"""Assemble the HTTP API: its routes, error handlers, OpenAPI description and documentation page."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future
from copy import deepcopy
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match, Route

from rag.config import Settings
from rag.corpus import Corpus
from ui.api.answers import Answering, answer_routes, check_routes, saved_routes, view_routes
from ui.api.articles import article_routes
from ui.api.openai import openai_routes
from ui.middleware.security import App, Receive, Scope, Send
from ui.middleware.streaming import AnswerSlots
from ui.shared import problems
from ui.shared.problems import MEDIA_TYPE
from ui.shared.saved import Saved

MCP_PATH = "/mcp"
PATHS = ("/v1/", "/docs", "/openapi.json", "/metrics", MCP_PATH)
BODY_BYTES = 64 * 1024
"""Largest request body under ``/v1/``."""

_DESCRIPTION = """Answers in Arabic and English over an archive of news articles. **Every citation is a slice of a
source file**: `start` and `end` are half-open offsets in Unicode code points of the article's text, `quote` is that
slice, and `sha256` names the bytes of the file. Articles are addressed by opaque ids. Errors are problem details
(RFC 9457)."""

_DOCS = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Isnad API</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/isnad/docs/swagger-ui.css"></head>
<body><div id="docs"></div><script src="/isnad/docs/swagger-ui-bundle.js"></script>
<script>SwaggerUIBundle({url: "/openapi.json", dom_id: "#docs", deepLinking: true})</script></body></html>"""


def make_api() -> FastAPI:
    """Create the application, with its OpenAPI description at ``/openapi.json`` and the documentation at ``/docs``."""
    app = FastAPI(
        title="Isnad",
        version=version("isnad-qa"),
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        license_info={"name": "MIT"},
    )
    problems.handle(app)
    _describe(app)

    @app.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        return HTMLResponse(_DOCS)

    return app


def add_api(app: FastAPI, opening: Future[Corpus], settings: Settings, registry: CollectorRegistry) -> Answering:
    """Add the routes under ``/v1`` and the metrics at ``/metrics``. Returns the `Answering` that they share."""
    answering = Answering(opening, AnswerSlots(settings.api_at_once, settings.answer_seconds))
    app.include_router(answer_routes(answering))
    app.include_router(check_routes(answering))
    app.include_router(view_routes(answering))
    app.include_router(article_routes(answering))
    app.include_router(openai_routes(answering))
    app.include_router(saved_routes(answering, Saved.of(settings)))

    @app.get(
        "/metrics",
        tags=["health"],
        summary="Metrics for Prometheus",
        response_class=Response,
        responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    )
    def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return answering


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


# Corrections of the OpenAPI description: error responses and authentication.

_SECURITY = {
    "token": {"type": "http", "scheme": "bearer", "description": "the setting `token`, if it is set"},
    "password": {"type": "http", "scheme": "basic", "description": "the settings `user` and `password`, if set"},
}
_OF_MIDDLEWARE = (400, 401, 403, 404, 405, 413, 421, 429)
"""Statuses that the security middleware may return for any path."""


def _describe(app: FastAPI) -> None:
    """Replace `app.openapi`, so that it describes errors and credentials. Call it before the first request."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _exact(plain())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI's documentation extends it


def _exact(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the description with errors as problem details (RFC 9457), and with the security schemes."""
    of_middleware = {
        str(status): {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/HttpProblem"}}},
        }
        for status in _OF_MIDDLEWARE
    }
    for path in schema["paths"].values():
        for operation in path.values():
            operation["responses"] |= deepcopy(of_middleware)
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
    schema.setdefault("components", {})["securitySchemes"] = _SECURITY
    schema["security"] = [{}, *({name: []} for name in _SECURITY)]
    return schema
