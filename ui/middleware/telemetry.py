"""ASGI middleware for request logs and metrics: id, route, status, times and counts of each request.

The log has one JSON object per line; the text of a question is in it only if the settings say so. The metrics are for
Prometheus, in a separate registry.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import time
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request

from ui.middleware.security import App, AsgiMessage, Receive, Scope, Send

_ID_HEADER = "x-request-id"
_NOTES = "isnad.notes"
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})
_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)

logger = logging.getLogger("isnad.requests")


def note(request: Request, **facts: Any) -> None:
    """Add fields to the log line of a request; the field `question` is logged only if the settings say so."""
    request.scope.get(_NOTES, {}).update(facts)


class Telemetry:
    """Counts and logs the requests to paths that begin with one of `watched`.

    `running` is the number of requests in progress. `questions`: whether to log the text of questions.
    """

    def __init__(
        self, app: App, registry: CollectorRegistry, watched: tuple[str, ...], *, questions: bool = False
    ) -> None:
        self.running = 0
        self._app = app
        self._watched = watched
        self._unsaid = frozenset() if questions else frozenset({"question"})
        self._requests = Counter(
            "isnad_requests", "Requests by route and status.", ["method", "route", "status"], registry=registry
        )
        self._seconds = Histogram(
            "isnad_request_seconds", "Time to the end of the response.", ["route"], registry=registry, buckets=_BUCKETS
        )
        running = Gauge("isnad_requests_running", "Requests in progress.", registry=registry)
        running.set_function(lambda: self.running)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(self._watched):
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(_ID_HEADER, "")
        name = given if _ID.fullmatch(given) else secrets.token_hex(8)
        started, first, status, sent = time.monotonic(), 0.0, 500, 0
        notes: dict[str, Any] = {}
        scope[_NOTES] = notes

        async def seen(message: AsgiMessage) -> None:
            nonlocal first, status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[_ID_HEADER] = name
            elif message["type"] == "http.response.body":
                first = first or time.monotonic() - started
                sent += len(message.get("body", b""))
            await send(message)

        self.running += 1
        try:
            await self._app(scope, receive, seen)
        finally:
            seconds = time.monotonic() - started
            route = getattr(scope.get("route"), "path", "other")  # the template: no ids or text from the client
            self.running -= 1
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self._requests.labels(method, route, str(status)).inc()
            self._seconds.labels(route).observe(seconds)
            told = {
                "id": name,
                "method": method,
                "route": route,
                "status": status,
                "first_byte_ms": round(first * 1000, 1),
                "total_ms": round(seconds * 1000, 1),
                "bytes": sent,
                **{name: fact for name, fact in notes.items() if name not in self._unsaid},
            }
            logger.info("%s", json.dumps(told))
