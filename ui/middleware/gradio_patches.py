"""What Gradio says where its queue is full, said in our own words. Knows nothing of the queue but its answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse

from rag.types import Language
from ui.middleware.cookies import cookies_of
from ui.middleware.security import App, Message, Receive, Scope, Send
from ui.shared.i18n import word

if TYPE_CHECKING:
    import gradio as gr


# Which language the interface speaks to a browser, and the first page said in it. Knows no words itself.
#
# Gradio takes its language from `navigator.language` and sets no direction, so the page is told both before Gradio's
# own script runs. The choice is the cookie that the page's switch sets, else what the browser prefers.

_LANGUAGE_COOKIE = "isnad_language"
_DIRECTION: Mapping[Language, str] = {"ar": "rtl", "en": "ltr"}


def language_of(cookies: Mapping[str, str], accepted: str) -> Language:
    """The language of the interface; `accepted` is the header Accept-Language (RFC 9110, 12.5.4)."""
    chosen = cookies.get(_LANGUAGE_COOKIE)
    if chosen in {"ar", "en"}:
        return "ar" if chosen == "ar" else "en"
    best, language = 0.0, "en"
    for part in accepted.lower().split(","):
        tag, _, weight = part.strip().partition(";q=")
        name = tag.split("-")[0].strip()
        try:
            value = float(weight or 1)
        except ValueError:
            continue
        if name in {"ar", "en"} and value > best:
            best, language = value, name
    return "ar" if language == "ar" else "en"


def language_asked(request: HTTPConnection | gr.Request) -> Language:
    """The language of the interface for the browser that sent a request."""
    return language_of(request.cookies, request.headers.get("accept-language", ""))


class Tongue:
    """ASGI middleware: the page at ``/`` bears its language and direction, and a link to the page's own files."""

    def __init__(self, app: App, head: str) -> None:
        self._app = app
        self._head = head

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        language = language_of(cookies_of(headers), headers.get("accept-language", ""))
        # A compressed page could not be read here.
        scope["headers"] = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        start: Message = {}
        body = b""

        async def rewritten(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            out = MutableHeaders(scope=start)
            page = body
            if out.get("content-type", "").startswith("text/html"):
                page = _said_in(language, body.decode(), self._head).encode()
                out["content-length"] = str(len(page))
                out["cache-control"] = "no-store"
            await send(start)
            await send({"type": "http.response.body", "body": page})

        await self._app(scope, receive, rewritten)


def _said_in(language: Language, page: str, head: str) -> str:
    page = re.sub(r'<html\s+lang="\w+"', f'<html lang="{language}" dir="{_DIRECTION[language]}"', page, count=1)
    page = re.sub(r"<meta\s+(?:property|name)=\"(?:og|twitter):[^>]*>", "", page)  # they name Gradio's own host
    told = f'<script>Object.defineProperty(navigator,"language",{{get:()=>"{language}"}})</script>'
    return page.replace("<head>", f"<head>{told}{head}", 1)


class Crowded:
    """ASGI middleware: where a call to `path` is turned away, the page shows why in the language of the interface."""

    def __init__(self, app: App, path: str) -> None:
        self._app = app
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != self._path:
            await self._app(scope, receive, send)
            return
        turned_away = False

        async def said(message: Message) -> None:
            nonlocal turned_away
            if message["type"] == "http.response.start" and message["status"] == HTTPStatus.SERVICE_UNAVAILABLE:
                turned_away = True
                headers = Headers(scope=scope)
                language = language_of(cookies_of(headers), headers.get("accept-language", ""))
                # Not 503: for that one Gradio's page has an English sentence of its own.
                ours = JSONResponse({"detail": word("crowded", language)}, HTTPStatus.TOO_MANY_REQUESTS)
                await ours(scope, receive, send)
            elif not turned_away:
                await send(message)

        await self._app(scope, receive, said)
