"""ASGI middleware around Gradio: session and file checks, the page's locale, and the message for a full queue."""

from __future__ import annotations

import hmac
import json
import os
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response

from rag.types import Language
from ui.middleware.security import App, AsgiMessage, Receive, Scope, Send
from ui.middleware.sessions import browser_of, cookies_of
from ui.shared.i18n import word
from ui.shared.problems import problem

if TYPE_CHECKING:
    import gradio as gr


# Guard for Gradio's API: which files a request may name, and whose session it may use.
#
# Gradio opens any file whose path a client sends. It gives a session's state and events to any client that sends the
# `session_hash`, which the page generates with a weak random number generator. This middleware accepts only files in
# the upload folder, and replaces each session name by one that is also derived from the browser's cookie.

_API: Final = "/gradio_api/"
JOIN: Final = f"{_API}queue/join"
_CANCEL: Final = f"{_API}cancel"
_HEARTBEAT: Final = f"{_API}heartbeat/"
CALLS: Final = frozenset([JOIN, _CANCEL, f"{_API}run/predict"])
"""Paths of the requests with a JSON body."""

_FILE: Final = frozenset(["path", "url"])
"""The fields by which Gradio finds a file."""
_PRIVATE: Final = frozenset(["session_hash", "upload_id"])
"""Query parameters that identify data of one browser; the page chooses both."""


class ForeignFile(ValueError):
    """Raised when a request names a file that was not uploaded."""


class GradioGuard:
    """ASGI middleware that restricts files and sessions in requests to Gradio.

    It reads each JSON body into memory; the middleware outside it must limit the size. `uploads` is the folder of
    uploaded files, None if uploads are off. `session_of` returns the session of a running or queued event, None for an
    unknown event.

    All browsers without a cookie share one identity: they are isolated from every browser with a cookie, but not from
    each other.
    """

    def __init__(self, app: App, uploads: Path | None, session_of: Callable[[str], str | None]) -> None:
        self._app = app
        self._uploads = uploads
        self._session_of = session_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(_API):
            await self._app(scope, receive, send)
            return
        browser = browser_of(cookies_of(Headers(scope=scope)))
        scope = _with_own_names(scope, browser)
        if scope["method"] == "POST" and scope["path"] in CALLS:
            body = await Request(scope, receive).body()
            checked = self._checked(scope["path"], body, browser)
            if isinstance(checked, Response):
                await checked(scope, receive, send)
                return
            scope, receive = _with_body(scope, receive, checked)
        await self._app(scope, receive, send)

    def _checked(self, path: str, body: bytes, browser: str) -> bytes | Response:
        """Return the checked body for Gradio, or the response that rejects it."""
        try:
            said = read_body(body, self._uploads)
        except ForeignFile:
            return problem(422, "the request names a file that was not uploaded", "body", "upload the file first")
        except (ValueError, TypeError, RecursionError):
            return problem(422, "the body is not a JSON object", "body", "send a JSON object in UTF-8")
        session = said.get("session_hash")
        if isinstance(session, str):  # Gradio rejects the other types
            said["session_hash"] = own_name(browser, session)
        event = said.get("event_id")
        if path == _CANCEL and isinstance(event, str):
            owner = self._session_of(event)
            if owner is not None and owner != said.get("session_hash"):
                return problem(404, "this session has no such event", "event_id", "cancel events of this page only")
        # Send the checked object, not the original bytes: a second JSON parser could read those differently.
        return json.dumps(said).encode()


def read_body(body: bytes, uploads: Path | None) -> dict[str, Any]:
    """Parse the JSON object of a request. Keeps only the path of each file, so that Gradio sees no unchecked field.

    Raises `ForeignFile` for a file outside `uploads`, or for any file if `uploads` is None; `ValueError` or
    `RecursionError` for invalid JSON; `TypeError` for JSON that is not an object.
    """

    def checked(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if not any(name in _FILE for name, _ in pairs):
            return dict(pairs)
        paths = [value for name, value in pairs if name == "path"]  # a name may occur twice
        if uploads is None or not paths or not all(_is_uploaded(one, uploads) for one in paths):
            raise ForeignFile
        return {"path": paths[-1], "meta": {"_type": "gradio.FileData"}}

    said = json.loads(body, object_pairs_hook=checked)
    if not isinstance(said, dict):
        raise TypeError("not a JSON object")
    return said


def own_name(browser: str, name: str) -> str:
    """Derive a session name that only this browser can use: for the same `name`, another browser gets another one."""
    return hmac.digest(browser.encode(), name.encode("utf-8", "surrogatepass"), "sha256").hex()


def _is_uploaded(path: object, uploads: Path) -> bool:
    """Whether `path` is a regular file in the upload folder, both as written and with links resolved."""
    if not isinstance(path, str) or os.path.normpath(path) != path or not Path(path).is_relative_to(uploads):
        return False  # before any access to the file system
    try:
        resolved = Path(path).resolve()
        return resolved.is_relative_to(uploads.resolve()) and resolved.is_file()
    except (OSError, ValueError):  # a NUL, a lone surrogate, or too long a name
        return False


def _with_own_names(scope: Scope, browser: str) -> Scope:
    """Copy the scope, with the browser's own session names in its path and query."""
    scope = dict(scope)
    if scope["path"].startswith(_HEARTBEAT):
        scope["path"] = _HEARTBEAT + own_name(browser, scope["path"].removeprefix(_HEARTBEAT))
        scope["raw_path"] = scope["path"].encode()
    query = parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
    if any(name in _PRIVATE for name, _ in query):
        own = [(name, own_name(browser, value) if name in _PRIVATE else value) for name, value in query]
        scope["query_string"] = urlencode(own).encode()
    return scope


def _with_body(scope: Scope, receive: Receive, body: bytes) -> tuple[Scope, Receive]:
    """Return a copy of the scope, and a `receive` that returns `body` first."""
    scope = dict(scope)
    scope["headers"] = [(name, value) for name, value in scope["headers"] if name.lower() != b"transfer-encoding"]
    MutableHeaders(scope=scope)["content-length"] = str(len(body))
    given = False

    async def again() -> AsgiMessage:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return scope, again


# Locale of the interface: which language a browser gets, and the page's language and text direction.
#
# Gradio takes its language from `navigator.language` and sets no direction, so a script sets both before Gradio's own
# script runs. The cookie that the page's language switch sets comes first, then the browser's preference.

_LANGUAGE_COOKIE = "isnad_language"
_DIRECTION: Mapping[Language, str] = {"ar": "rtl", "en": "ltr"}


def language_of(cookies: Mapping[str, str], accepted: str) -> Language:
    """Choose the language of the interface; `accepted` is the header Accept-Language (RFC 9110, 12.5.4)."""
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
    """Choose the language of the interface for the browser that sent a request."""
    return language_of(request.cookies, request.headers.get("accept-language", ""))


class Tongue:
    """ASGI middleware: sets the language and text direction of the page at ``/``, and adds `head` to its ``<head>``."""

    def __init__(self, app: App, head: str) -> None:
        self._app = app
        self._head = head

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        language = language_of(cookies_of(headers), headers.get("accept-language", ""))
        # This middleware cannot rewrite a compressed page.
        scope["headers"] = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        start: AsgiMessage = {}
        body = b""

        async def rewritten(message: AsgiMessage) -> None:
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
    page = re.sub(r"<meta\s+(?:property|name)=\"(?:og|twitter):[^>]*>", "", page)  # they link to Gradio's host
    told = f'<script>Object.defineProperty(navigator,"language",{{get:()=>"{language}"}})</script>'
    return page.replace("<head>", f"<head>{told}{head}", 1)


class Crowded:
    """ASGI middleware: replaces a 503 from `path` (full queue) by a 429 with a message in the interface's language."""

    def __init__(self, app: App, path: str) -> None:
        self._app = app
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != self._path:
            await self._app(scope, receive, send)
            return
        turned_away = False

        async def said(message: AsgiMessage) -> None:
            nonlocal turned_away
            if message["type"] == "http.response.start" and message["status"] == HTTPStatus.SERVICE_UNAVAILABLE:
                turned_away = True
                headers = Headers(scope=scope)
                language = language_of(cookies_of(headers), headers.get("accept-language", ""))
                # Not 503: for that status Gradio's page shows its own English sentence.
                ours = JSONResponse({"detail": word("crowded", language)}, HTTPStatus.TOO_MANY_REQUESTS)
                await ours(scope, receive, send)
            elif not turned_away:
                await send(message)

        await self._app(scope, receive, said)
