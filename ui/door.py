"""What every request passes before it reaches a room, and every answer on its way out. Knows no page and no corpus.

On a loopback address only requests that name this machine come in (a page elsewhere could else point its own name at
127.0.0.1); on any other address a user and password or a token is asked for. What a page asks must come from a page of
ours, or for the API from one that the settings name. Bodies are bounded. Every response carries the headers that keep a
page from reaching anywhere else.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, cookie_parser
from starlette.responses import RedirectResponse, Response

from ui.attempts import Attempts
from ui.keys import TOKEN_COOKIE, Keys, is_loopback
from ui.openai_problems import PATHS as OPENAI_PATHS
from ui.openai_problems import with_openai_error
from ui.origins import Origins
from ui.problems import problem

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

BROWSER_COOKIE = "isnad_browser"
YEAR_SECONDS = 365 * 24 * 3600
BODY_BYTES = 1 << 20
"""No question, and no state that the page sends, comes near to this."""

HEADERS = {
    # Gradio's page needs inline scripts and styles; nothing may be loaded from, or sent to, anywhere else.
    "content-security-policy": "default-src 'self'; script-src 'self' 'unsafe-inline'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' blob:; "
    "connect-src 'self'; form-action 'self'; frame-src 'none'; frame-ancestors 'none'; base-uri 'self'; "
    "object-src 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
# RFC 3986, 3.2.2, without what no browser sends: a user, a percent sign, a zone.
_HOST = re.compile(r"(?P<name>[a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?", re.IGNORECASE | re.ASCII)
_LENGTH = re.compile(r"[0-9]{1,15}", re.ASCII)


class Door:
    """ASGI middleware. `known` are the paths that exist, one that ends in ``/`` with all below it; the others exist for
    nobody. `bounds` are the largest bodies in bytes, by the beginning of their path; `BODY_BYTES` elsewhere.
    """

    def __init__(
        self,
        app: App,
        *,
        keys: Keys,
        loopback: bool,
        known: tuple[str, ...],
        bounds: dict[str, int] | None = None,
        origins: Origins | None = None,
    ) -> None:
        self._app = app
        self._keys = keys
        self._loopback = loopback
        self._exact = frozenset(path for path in known if path == "/" or not path.endswith("/"))
        self._below = tuple(path for path in known if path != "/" and path.endswith("/"))
        self._bounds = bounds or {}
        self._origins = origins or Origins()
        self._attempts = Attempts()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "websocket":  # no room of ours speaks it
                await send({"type": "websocket.close", "code": 1008})
                return
            await self._app(scope, receive, send)
            return
        headers, cookies = Headers(scope=scope), cookies_of(Headers(scope=scope))
        browser = cookies.get(BROWSER_COOKIE, "")
        fresh = "" if _is_browser(browser) else secrets.token_urlsafe(24)
        if fresh and scope["path"] == "/":  # elsewhere it never comes back: this browser takes no cookies
            _put_cookie(scope, BROWSER_COOKIE, fresh)

        async def leave(message: Message) -> None:
            if message["type"] == "http.response.start":
                out = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    out[name] = value
                out.update(self._origins.headers(scope["path"], headers.get("origin", "")))
                if fresh and scope["path"] == "/":
                    out.append("set-cookie", _cookie(BROWSER_COOKIE, fresh))
            await send(message)

        bound = self._bound(scope["path"])
        refusal = self._refusal(scope, headers, cookies, bound)
        if refusal is not None:
            told = with_openai_error(refusal) if scope["path"].startswith(OPENAI_PATHS) else refusal
            await told(scope, receive, leave)
            return
        await _pass_on(self._app, scope, receive, leave, bound)

    def _bound(self, path: str) -> int:
        return max((size for start, size in self._bounds.items() if path.startswith(start)), default=BODY_BYTES)

    def _refusal(self, scope: Scope, headers: Headers, cookies: dict[str, str], bound: int) -> Response | None:
        host, path = headers.get("host", ""), scope["path"]
        name = _HOST.fullmatch(host)
        if name is None or not _is_port(host) or (self._loopback and not is_loopback(name["name"].lower())):
            return problem(421, "this address is not known here", "host", "ask for 127.0.0.1 or localhost")
        preflight = self._origins.preflight(scope["method"], path, headers)
        if preflight is not None:
            return preflight
        if self._keys.needed and path != "/healthz":
            refusal = self._ask_for_key(scope, headers, cookies)
            if refusal is not None:
                return refusal
        origin = headers.get("origin")
        # Reading too: Gradio lets other origins read what it serves beyond loopback.
        if (
            origin
            and origin.lower() not in {f"http://{host.lower()}", f"https://{host.lower()}"}
            and not self._origins.admit(path, origin)
        ):
            return problem(403, "only a page of Isnad may do this", "origin")
        if path not in self._exact and not path.startswith(self._below):
            return problem(404, "there is no such path", do="see /docs for those that there are")
        length = headers.get("content-length", "0")
        if not _LENGTH.fullmatch(length) or int(length) > bound:
            return _too_large(bound)
        return None

    def _ask_for_key(self, scope: Scope, headers: Headers, cookies: dict[str, str]) -> Response | None:
        """What is said to a request without a key that fits; None to one with it."""
        token = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token", [""])[0]
        tried = headers.get("authorization", "") + cookies.get(TOKEN_COOKIE, "") + token
        address = (scope.get("client") or ("",))[0]
        wait = self._attempts.wait(address) if tried else 0
        if wait:  # the right key too, or guessing would only have to go on
            return problem(429, "too many wrong keys came from there", "authorization", "try again later", wait)
        if self._keys.fit(headers, cookies):
            return None
        if token and self._keys.opens(token):
            # So that the token leaves the address bar; a path of two slashes would lead to another host.
            response: Response = RedirectResponse("/" + scope["path"].lstrip("/\\"), 303)
            response.headers.append("set-cookie", _cookie(TOKEN_COOKIE, self._keys.cookie))
            return response
        if tried:
            self._attempts.note(address, tried)
        hint = "Basic" if self._keys.password is not None else "Bearer"
        return problem(
            401,
            "a user and password or a token is needed",
            "authorization",
            "send them as Basic, or the token as Bearer",
            headers={"www-authenticate": f'{hint} realm="Isnad"'},
        )


async def _pass_on(app: App, scope: Scope, receive: Receive, send: Send, bound: int) -> None:
    """Hand a request on, its body counted: one that grows beyond its bound ends there, whatever its head has said."""
    read, begun, refused = 0, False, False

    async def counted() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        # Told as a client that left: the room stops reading, and nothing of the body is kept.
        return {"type": "http.disconnect"} if read > bound else message

    async def answered(message: Message) -> None:
        nonlocal begun, refused
        if message["type"] == "http.response.start" and read > bound:
            refused = True
        begun = begun or message["type"] == "http.response.start"
        if not refused:
            await send(message)

    try:
        await app(scope, counted, answered)
    except ClientDisconnect:
        refused = refused or (read > bound and not begun)
    if refused:
        await _too_large(bound)(scope, receive, send)


def _too_large(bound: int) -> Response:
    return problem(413, f"the request is larger than {bound} bytes", "body", "send less")


def cookies_of(headers: Headers) -> dict[str, str]:
    """The cookies of a request, read as the rooms behind the door read them: a lenient parser that never fails."""
    return cookie_parser(headers.get("cookie", ""))


def browser_of(cookies: Mapping[str, str]) -> str:
    """The name that the door gave to a browser; empty where it has none, or one that is not the door's."""
    name = cookies.get(BROWSER_COOKIE, "")
    return name if _is_browser(name) else ""


def _is_port(host: str) -> bool:
    port = host.rpartition(":")[2]
    return host.endswith("]") or ":" not in host or (port.isdigit() and int(port) < 1 << 16)


def _is_browser(value: str) -> bool:
    return len(value) == 32 and value.isascii() and value.replace("-", "").replace("_", "").isalnum()


def _cookie(name: str, value: str) -> str:
    return f"{name}={value}; Path=/; Max-Age={YEAR_SECONDS}; HttpOnly; SameSite=Strict"


def _put_cookie(scope: Scope, name: str, value: str) -> None:
    """The first page of a browser already knows it by the name that it is only just given."""
    headers = [(key, item) for key, item in scope["headers"] if key != b"cookie"]
    old = b"; ".join(item for key, item in scope["headers"] if key == b"cookie")
    both = old + (b"; " if old else b"") + f"{name}={value}".encode()
    scope["headers"] = [*headers, (b"cookie", both)]
