"""What every request passes before it reaches a room, and every answer on its way out. Knows no page and no corpus.

On a loopback address only requests that name this machine come in (a page elsewhere could else point its own name at
127.0.0.1); on any other address a user and password or a token is asked for. What changes something must come from a
page of ours. Bodies are bounded. Every response carries the headers that keep a page from reaching anywhere else.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from rag.config import Settings
from rag.errors import BadSetting

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

BROWSER_COOKIE = "isnad_browser"
TOKEN_COOKIE = "isnad_token"  # noqa: S105  (a name, no secret)
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
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def is_loopback(host: str) -> bool:
    """Whether an address or name can be reached from this machine alone."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True, slots=True)
class Keys:
    """What opens the door; nothing where all are None."""

    user: str | None = None
    password: str | None = None
    token: str | None = None

    @classmethod
    def of(cls, settings: Settings, host: str) -> Keys:
        """Raises `BadSetting` for half a pair, and for a host beyond loopback without any."""
        password = settings.password.get_secret_value() if settings.password else None
        token = settings.token.get_secret_value() if settings.token else None
        if (settings.user is None) != (password is None):
            raise BadSetting("user and password go together", where="settings", do="set both or neither")
        if password is None and token is None and not is_loopback(host):
            raise BadSetting(
                f"{host} can be reached from other machines and nothing guards it",
                where="--host",
                do="set ISNAD_USER and ISNAD_PASSWORD, or ISNAD_TOKEN; or stay on 127.0.0.1",
            )
        return cls(settings.user, password, token)

    @property
    def needed(self) -> bool:
        return self.password is not None or self.token is not None

    def fit(self, headers: Headers, cookies: dict[str, str]) -> bool:
        """Whether a request carries one of them; compared in constant time."""
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic" and self.password is not None:
            try:
                pair = base64.b64decode(given, validate=True)
            except (binascii.Error, ValueError):
                return False
            return hmac.compare_digest(pair, f"{self.user}:{self.password}".encode())
        if self.token is None:
            return False
        if scheme.lower() == "bearer" and self.opens(given):
            return True
        return hmac.compare_digest(cookies.get(TOKEN_COOKIE, "").encode(), self.cookie.encode())

    def opens(self, token: str) -> bool:
        return self.token is not None and hmac.compare_digest(token.encode(), self.token.encode())

    @property
    def cookie(self) -> str:
        """What the browser keeps in the place of the token: whoever reads it there does not learn the token."""
        return hashlib.sha256(f"isnad:{self.token}".encode()).hexdigest()


class Door:
    """ASGI middleware. `closed` are paths that do not exist for anybody; `bounds` the largest body under a path."""

    def __init__(
        self,
        app: App,
        *,
        keys: Keys,
        loopback: bool,
        closed: tuple[str, ...] = (),
        bounds: dict[str, int] | None = None,
    ) -> None:
        self._app = app
        self._keys = keys
        self._loopback = loopback
        self._closed = closed
        self._bounds = bounds or {}

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
        if fresh:
            _put_cookie(scope, BROWSER_COOKIE, fresh)

        async def leave(message: Message) -> None:
            if message["type"] == "http.response.start":
                out = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    out[name] = value
                if fresh and scope["path"] == "/":
                    out.append("set-cookie", _cookie(BROWSER_COOKIE, fresh))
            await send(message)

        refusal = self._refusal(scope, headers, cookies)
        if refusal is not None:
            await refusal(scope, receive, leave)
            return
        await self._app(scope, _bounded(receive, self._bound(scope["path"])), leave)

    def _bound(self, path: str) -> int:
        return max((size for start, size in self._bounds.items() if path.startswith(start)), default=BODY_BYTES)

    def _refusal(self, scope: Scope, headers: Headers, cookies: dict[str, str]) -> Response | None:
        host = headers.get("host", "")
        if self._loopback and not is_loopback(urlsplit(f"//{host}").hostname or ""):
            return PlainTextResponse("This address is not known here.", 421)
        if self._keys.needed and scope["path"] != "/healthz" and not self._keys.fit(headers, cookies):
            return self._ask_for_key(scope)
        origin = headers.get("origin")
        if scope["method"] not in _SAFE_METHODS and origin and urlsplit(origin).netloc != host:
            return PlainTextResponse("Only a page of Isnad may do this.", 403)
        if any(scope["path"].startswith(path) for path in self._closed):
            return PlainTextResponse("Not found.", 404)
        bound = self._bound(scope["path"])
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > bound:
            return PlainTextResponse(f"The request is larger than {bound} bytes.", 413)
        return None

    def _ask_for_key(self, scope: Scope) -> Response:
        given = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token", [""])[0]
        if given and self._keys.opens(given):
            response: Response = RedirectResponse(scope["path"], 303)  # so that the token leaves the address bar
            response.headers.append("set-cookie", _cookie(TOKEN_COOKIE, self._keys.cookie))
            return response
        hint = "Basic" if self._keys.password is not None else "Bearer"
        return PlainTextResponse(
            "A user and password or a token is needed.", 401, {"www-authenticate": f'{hint} realm="Isnad"'}
        )


def _bounded(receive: Receive, bound: int) -> Receive:
    read = 0

    async def counted() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > bound:
            # Told as a client that left: the room stops reading, and nothing of the body is kept.
            return {"type": "http.disconnect"}
        return message

    return counted


def cookies_of(headers: Headers) -> dict[str, str]:
    """The cookies of a request; none where they cannot be read."""
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(headers.get("cookie", ""))
    except CookieError:
        return {}
    return {name: morsel.value for name, morsel in jar.items()}


def _is_browser(value: str) -> bool:
    return len(value) == 32 and all(character.isalnum() or character in "-_" for character in value)


def _cookie(name: str, value: str) -> str:
    return f"{name}={value}; Path=/; Max-Age={YEAR_SECONDS}; HttpOnly; SameSite=Strict"


def _put_cookie(scope: Scope, name: str, value: str) -> None:
    """The first page of a browser already knows it by the name that it is only just given."""
    headers = [(key, item) for key, item in scope["headers"] if key != b"cookie"]
    old = b"; ".join(item for key, item in scope["headers"] if key == b"cookie")
    both = old + (b"; " if old else b"") + f"{name}={value}".encode()
    scope["headers"] = [*headers, (b"cookie", both)]
