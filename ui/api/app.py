"""Assemble the HTTP API: its routes, error handlers, OpenAPI description and documentation page."""

from __future__ import annotations

from concurrent.futures import Future
from importlib.metadata import version

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from rag.config import Settings
from rag.corpus import Corpus
from ui.api.answers import Answering, answer_routes, check_routes
from ui.api.articles import article_routes
from ui.api.openai import openai_routes
from ui.api.saved import saved_routes
from ui.api.views import view_routes
from ui.middleware.openapi import describe
from ui.middleware.streaming import AnswerSlots
from ui.shared import problems
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
    describe(app)

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
