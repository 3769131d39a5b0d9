"""Security middleware: Host and Origin checks, authentication, rate limit, body limits and response headers.

On a loopback address, the Host of a request must name this machine or a public origin (protection against DNS
rebinding). On any other address, a request needs a session, a user and password, or a token. A request from a web page
must come from Isnad's own page or, for the API, from an origin named in the settings. Request bodies have a size limit.
Every response has a Content-Security-Policy and related headers that keep the page from contacting other hosts.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import ipaddress
import json
import logging
import math
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import RedirectResponse, Response

from rag.config import Settings
from rag.errors import BadSetting, IsnadError
from ui.middleware.sessions import (
    BROWSER_COOKIE,
    BROWSER_SECONDS,
    LIFETIME_SECONDS,
    SESSION_COOKIE,
    Sessions,
    SessionsUnusable,
    cookies_of,
    hand_on,
    is_name,
    on_wire,
    set_cookie,
    sign,
    verified_name,
)
from ui.shared.problems import PATHS as OPENAI_PATHS
from ui.shared.problems import problem, with_openai_error

# Rate limit on wrong credentials: after `MOST` of them, credentials from that client address are rejected unchecked.
#
# It limits how fast a client can guess a password, and its own memory. A session is not a credential: its name is
# random, and it is checked before this limit.

MOST = 10
"""Different wrong credentials from one address within `WINDOW_SECONDS`; a repeated one does not count again."""
WINDOW_SECONDS = 60.0
_ADDRESSES = 10_000
"""Maximum number of addresses kept, at most about 20 MB; then the one that failed longest ago is dropped."""


class RateLimit:
    """Wrong credentials of the last minute, by client address. Not thread-safe: for the event loop's thread only."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wrong: OrderedDict[str, dict[bytes, float]] = OrderedDict()

    def wait(self, address: str) -> int:
        """Return the whole seconds until a credential from this address is checked again; 0 for now."""
        recent = self._recent(_network(address))
        return math.ceil(min(recent.values()) + WINDOW_SECONDS - self._clock()) if len(recent) >= MOST else 0

    def note(self, address: str, credential: str) -> None:
        """Count a wrong credential from this address."""
        network = _network(address)
        recent = self._recent(network)
        recent.setdefault(hashlib.sha256(credential.encode("utf-8", "surrogatepass")).digest(), self._clock())
        self._wrong[network] = recent
        self._wrong.move_to_end(network)
        if len(self._wrong) > _ADDRESSES:
            self._wrong.popitem(last=False)

    def _recent(self, network: str) -> dict[bytes, float]:
        began = self._clock() - WINDOW_SECONDS
        return {key: at for key, at in self._wrong.get(network, {}).items() if at > began}


def _network(address: str) -> str:
    """Return the network that counts as one client: an IPv4 address or the /64 of an IPv6 address.

    An IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2) counts as IPv4. One machine can use any address of its /64.
    """
    try:
        given = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if given.version == 4:
        return str(given)
    return str(given.ipv4_mapped or ipaddress.ip_network((given.packed, 64), strict=False))


# Credentials: a user and password (Basic), or a token (Bearer). Compared in constant time.

_HASHED = "sha256:"  # prefix of a token in the settings that is stored as its hash


def is_loopback(host: str) -> bool:
    """Whether an address or host name can be reached only from this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True, slots=True)
class Keys:
    """The credentials of the server. If all are None, no authentication is required.

    `token` is plain text or ``sha256:<hex>``.
    """

    user: str | None = None
    password: str | None = None
    token: str | None = None

    @classmethod
    def of(cls, settings: Settings, host: str) -> Keys:
        """Read the credentials from the settings.

        Raises `BadSetting` if only one of user and password is set, and if `host` is not a loopback address and there
        are no credentials.
        """
        password = settings.password.get_secret_value() if settings.password else None
        token = settings.token.get_secret_value() if settings.token else None
        if (settings.user is None) != (password is None):
            raise BadSetting("only one of user and password is set", where="settings", do="set both or neither")
        if password is None and token is None and not is_loopback(host):
            raise BadSetting(
                f"{host} can be reached from other machines and no credentials are set",
                where="--host",
                do="set ISNAD_USER and ISNAD_PASSWORD, or ISNAD_TOKEN; or use 127.0.0.1",
            )
        return cls(settings.user, password, token)

    @property
    def needed(self) -> bool:
        return self.password is not None or self.token is not None

    def opened_by(self, authorization: str) -> Literal["password", "token"] | None:
        """Return which credential an Authorization header contains; None if it contains no valid one."""
        scheme, _, given = authorization.partition(" ")
        if scheme.lower() == "basic" and self.password is not None:
            try:
                pair = base64.b64decode(given, validate=True)
            except (binascii.Error, ValueError):
                return None
            return "password" if hmac.compare_digest(pair, f"{self.user}:{self.password}".encode()) else None
        return "token" if scheme.lower() == "bearer" and self.opens(given) else None

    def opens(self, token: str) -> bool:
        """Whether this is the token. The hash that the settings may contain instead is not accepted."""
        return self.token is not None and hmac.compare_digest(_hashed(token), self._hash)

    def fingerprints(self, fingerprint: Callable[[str], bytes]) -> dict[Literal["password", "token"], bytes]:
        """Return a fingerprint of each credential that is set; it changes when the credential changes."""
        made: dict[Literal["password", "token"], bytes] = {}
        if self.password is not None:
            made["password"] = fingerprint(json.dumps(["password", self.user, self.password]))
        if self.token is not None:
            made["token"] = fingerprint(json.dumps(["token", self._hash]))
        return made

    @property
    def _hash(self) -> str:
        token = self.token or ""
        return token.removeprefix(_HASHED).lower() if token.startswith(_HASHED) else _hashed(token)


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


# Origins in the settings: where a reverse proxy serves Isnad, and which other sites may use the API (CORS).
#
# A page of another site may never use the browser's credentials: it sends a bearer token, or nothing.

_METHODS = "GET, HEAD, POST, DELETE"
_SHOWN = "retry-after, x-request-id"
"""Response headers that a script may read, besides those that CORS always allows."""
_KEPT_SECONDS = 600
# RFC 9110, 5.6.2, in lower case: a list of header names, as a browser sends it in a preflight request.
_NAMES = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]{1,64}(?:,[ ]?[a-z0-9!#$%&'*+.^_`|~-]{1,64}){0,49}", re.ASCII)


_DEFAULT_PORTS = {"http": "80", "https": "443"}


@dataclass(frozen=True, slots=True)
class PublicOrigins:
    """The origins at which a reverse proxy serves this server, as a browser writes them; none by default."""

    allowed: tuple[str, ...] = ()

    def at(self, host: str) -> tuple[str, ...]:
        """Return the origins that match a Host header, with or without the default port of the scheme."""
        return tuple(origin for origin in self.allowed if host.lower() in _hosts(origin))

    def is_secure(self, scheme: str, host: str) -> bool:
        """Whether the browser uses HTTPS: the request did, or its Host matches a public origin with ``https:``."""
        return scheme == "https" or any(origin.startswith("https:") for origin in self.at(host))

    def admit(self, origin: str, host: str) -> bool:
        """Whether a page of this origin is Isnad's own page, in a request with this Host.

        A public Host is served only at its public origins. Any other Host may have been written by a proxy, so both
        schemes are accepted.
        """
        own = self.at(host) or (f"http://{host.lower()}", f"https://{host.lower()}")
        return origin.lower() in own or origin in self.allowed


def _hosts(origin: str) -> tuple[str, ...]:
    scheme, _, host = origin.partition("://")
    return (host,) if re.search(r":[0-9]+$", host) else (host, f"{host}:{_DEFAULT_PORTS[scheme]}")


@dataclass(frozen=True, slots=True)
class Origins:
    """The origins that may use the paths below `path` (CORS, Fetch 3.2), as a browser writes them; none by default."""

    allowed: tuple[str, ...] = ()
    path: str = "/v1/"

    def admit(self, path: str, origin: str) -> bool:
        """Whether a page of this origin may use this path."""
        return origin in self.allowed and path.startswith(self.path)

    def headers(self, path: str, origin: str) -> Mapping[str, str]:
        """Return the CORS headers of a response, errors included, so that a page can read why it was rejected."""
        if not self.allowed or not path.startswith(self.path):
            return {}
        if not self.admit(path, origin):
            return {"vary": "origin"}
        return {"vary": "origin", "access-control-allow-origin": origin, "access-control-expose-headers": _SHOWN}

    def preflight(self, method: str, path: str, headers: Headers) -> Response | None:
        """Return the response to a CORS preflight request, which has no credentials; None for any other request."""
        asked = headers.get("access-control-request-method")
        if method != "OPTIONS" or asked is None or not self.admit(path, headers.get("origin", "")):
            return None
        allow = {"access-control-allow-methods": _METHODS, "access-control-max-age": str(_KEPT_SECONDS)}
        names = headers.get("access-control-request-headers", "")
        if _NAMES.fullmatch(names):  # any header name is safe: routes ignore headers that they do not use
            allow["access-control-allow-headers"] = names
        return Response(status_code=204, headers=allow)


logger = logging.getLogger("isnad")

Scope = MutableMapping[str, Any]
AsgiMessage = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[AsgiMessage]]
Send = Callable[[AsgiMessage], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_LOG_OUT = "/logout"
BODY_BYTES = 1 << 20
"""Default limit of a request body. No question and no page state comes near it."""

HEADERS = {
    # Gradio's page needs inline scripts and styles. It may not load from, or send to, any other host.
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
# RFC 3986, 3.2.2, without the parts that no browser sends: user, percent-encoding, zone.
_HOST = re.compile(r"(?P<name>[a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?", re.IGNORECASE | re.ASCII)
_LENGTH = re.compile(r"[0-9]{1,15}", re.ASCII)


@dataclass(slots=True)
class _Visit:
    """One request, its authentication, and the cookies that the response sets."""

    scope: Scope
    headers: Headers
    cookies: dict[str, str]
    secure: bool
    session: bool = False
    """Whether the request has a valid session."""
    made_by: Literal["password", "token"] | None = None
    """The kind of credential that the request was authenticated with, if it has no valid session."""
    sets: list[str] = field(default_factory=list)

    def cookie(self, name: str) -> str:
        return self.cookies.get(on_wire(name, secure=self.secure), "")

    def set(self, name: str, value: str, seconds: int) -> None:
        self.sets.append(set_cookie(name, value, secure=self.secure, seconds=seconds))

    @property
    def reads(self) -> bool:
        return self.scope["method"] in {"GET", "HEAD"}


class Door:
    """ASGI middleware that checks each request before the application sees it (see the module's docstring).

    `known`: the paths that exist; a path that ends in ``/`` includes everything below it. All others return 404.
    `bounds`: the largest request body in bytes, by path prefix; `BODY_BYTES` for the rest.
    `kept_before`: whether a browser's name has conversations from before the signing secret was created. Earlier
    versions did not sign names; such a name is signed when its browser returns. A newer name is never taken from a
    cookie that fails verification: an attacker who sets such a cookie could read the questions of its next owner.
    `admit`: called with the scope of each authenticated request.
    """

    def __init__(
        self,
        app: App,
        *,
        keys: Keys,
        sessions: Sessions,
        loopback: bool,
        known: tuple[str, ...],
        bounds: dict[str, int] | None = None,
        origins: Origins | None = None,
        public: PublicOrigins | None = None,
        kept_before: Callable[[str], bool] = lambda _: False,
        admit: Callable[[Scope], None] = lambda _: None,
    ) -> None:
        self._app = app
        self._keys = keys
        self._sessions = sessions
        self._fingerprints = keys.fingerprints(sessions.fingerprint)
        sessions.end_others(self._fingerprints.values())
        self._loopback = loopback
        known += (_LOG_OUT,) if keys.needed else ()
        self._exact = frozenset(path for path in known if path == "/" or not path.endswith("/"))
        self._below = tuple(path for path in known if path != "/" and path.endswith("/"))
        self._bounds = bounds or {}
        self._origins = origins or Origins()
        self._public = public or PublicOrigins()
        self._kept_before = kept_before
        self._admit = admit
        self._limit = RateLimit()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "websocket":  # no route uses it
                await send({"type": "websocket.close", "code": 1008})
                return
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        secure = self._public.is_secure(scope.get("scheme", "http"), headers.get("host", ""))
        visit = _Visit(scope, headers, cookies_of(headers), secure)

        async def leave(message: AsgiMessage) -> None:
            if message["type"] == "http.response.start":
                out = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    out[name] = value
                out.update(self._origins.headers(scope["path"], headers.get("origin", "")))
                for cookie in visit.sets:
                    out.append("set-cookie", cookie)
            await send(message)

        bound = self._bound(scope["path"])
        try:
            response = self._refusal(visit, bound) or self._own_page(visit)
        except SessionsUnusable as error:
            logger.warning("%s", error)
            response = problem(503, "the sessions cannot be read or written", do="see the server's log")
        if response is not None:
            told = with_openai_error(response) if scope["path"].startswith(OPENAI_PATHS) else response
            await told(scope, receive, leave)
            return
        if visit.session or visit.made_by or not self._keys.needed:
            self._admit(scope)
        hand_on(scope, await self._browser(visit))
        await _pass_on(self._app, scope, receive, leave, bound)

    def _bound(self, path: str) -> int:
        return max((size for start, size in self._bounds.items() if path.startswith(start)), default=BODY_BYTES)

    def _refusal(self, visit: _Visit, bound: int) -> Response | None:
        headers, path = visit.headers, visit.scope["path"]
        if "content-length" in headers and "transfer-encoding" in headers:  # RFC 9112, 6.1: a sign of smuggling
            what = "the request has both a content-length and a transfer-encoding"
            return problem(400, what, "transfer-encoding", "send only one", headers={"connection": "close"})
        host = headers.get("host", "")
        name = _HOST.fullmatch(host)
        if (
            name is None
            or not _is_port(host)
            or (self._loopback and not is_loopback(name["name"].lower()) and not self._public.at(host))
        ):
            return problem(
                421, "this host name is not served here", "host", "use 127.0.0.1, localhost or one of public_origins"
            )
        preflight = self._origins.preflight(visit.scope["method"], path, headers)
        if preflight is not None:
            return preflight
        if self._keys.needed and path != "/healthz":
            refusal = self._authenticate(visit)
            if refusal is not None:
                return refusal
        origin = headers.get("origin")
        # For GET as well: on other than loopback addresses, Gradio lets other origins read its responses.
        if origin and not self._public.admit(origin, host) and not self._origins.admit(path, origin):
            return problem(403, "requests from this origin are not allowed", "origin", "see the setting public_origins")
        if path not in self._exact and not path.startswith(self._below):
            return problem(404, "there is no such path", do="see /docs for the list of paths")
        length = headers.get("content-length", "0")
        if not _LENGTH.fullmatch(length) or int(length) > bound:
            return _too_large(bound)
        return None

    def _authenticate(self, visit: _Visit) -> Response | None:
        """Authenticate a request. Returns None on success, else the response.

        That is 401 without valid credentials, 429 after too many wrong ones, or a redirect that removes a token from
        the URL.
        """
        query = parse_qsl(visit.scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
        token = next((value for name, value in query if name == "token"), "")
        # The session first: wrong credentials of others at the same address must not lock out a signed-in browser.
        visit.session = self._sessions.valid(visit.cookie(SESSION_COOKIE), self._fingerprints.values())
        if visit.session:
            return _without_token(visit, query) if token and visit.reads else None
        authorization = visit.headers.get("authorization", "")
        address = (visit.scope.get("client") or ("",))[0]
        wait = self._limit.wait(address) if authorization or token else 0
        if wait:  # reject correct credentials too; otherwise guessing could simply continue
            return problem(
                429, "too many wrong credentials from this address", "authorization", "try again later", wait
            )
        visit.made_by = self._keys.opened_by(authorization)
        if visit.made_by:
            return None
        if token and visit.reads and self._keys.opens(token):
            self._sign_in(visit, "token")
            return _without_token(visit, query)
        if authorization or token:
            self._limit.note(address, authorization + token)
        return self._unauthorized()

    def _unauthorized(self) -> Response:
        hint = "Basic" if self._keys.password is not None else "Bearer"
        return problem(
            401,
            "valid credentials are required",
            "authorization",
            "send the user and password as Basic, or the token as Bearer",
            headers={"www-authenticate": f'{hint} realm="Isnad"'},
        )

    def _own_page(self, visit: _Visit) -> Response | None:
        """Return the response to a log out, None for any other path. Starts a session for a browser with a password."""
        if visit.scope["path"] == _LOG_OUT:
            return self._log_out(visit)
        # Programs send the password each time and keep no cookies: only a request for the page starts a session.
        shows_page = visit.scope["path"] == "/" and visit.reads and "text/html" in visit.headers.get("accept", "")
        if visit.made_by == "password" and shows_page:
            self._sign_in(visit, "password")
        return None

    def _sign_in(self, visit: _Visit, credential: Literal["password", "token"]) -> None:
        visit.set(SESSION_COOKIE, self._sessions.begin(self._fingerprints[credential]), LIFETIME_SECONDS)

    def _log_out(self, visit: _Visit) -> Response:
        if visit.scope["method"] != "POST":
            return problem(405, "this path does not accept this method", do="use POST", headers={"allow": "POST"})
        if visit.session:
            self._sessions.end(visit.cookie(SESSION_COOKIE))
            visit.set(SESSION_COOKIE, "", 0)
            if visit.headers.get("authorization"):
                # A browser forgets a stored password only when the server rejects it (RFC 9110, 11.6.1).
                return self._unauthorized()
        return Response(status_code=204)

    async def _browser(self, visit: _Visit) -> str:
        """Return the verified name of the browser; for ``/`` a new name if there is none, else empty."""
        name = verified_name(self._sessions.secret, visit.cookie(BROWSER_COOKIE))
        if name or visit.scope["path"] != "/":  # a client without a name elsewhere does not store cookies
            return name
        # Set by an earlier version without a signature, or signed with a secret that was lost.
        cookie = visit.cookie(BROWSER_COOKIE) or visit.cookies.get(BROWSER_COOKIE, "")
        before = cookie.partition(".")[0]
        try:
            kept = is_name(before) and await asyncio.to_thread(self._kept_before, before)
        except IsnadError as error:
            logger.warning("%s", error)
            return ""  # no new name: it could replace one that has conversations
        name = before if kept else secrets.token_urlsafe(24)
        visit.set(BROWSER_COOKIE, sign(self._sessions.secret, name), BROWSER_SECONDS)
        return name


def _without_token(visit: _Visit, query: list[tuple[str, str]]) -> Response:
    """Redirect to the same URL without its token, so that the token does not stay in the address bar.

    Collapses leading slashes: a path that begins with two would redirect to another host.
    """
    rest = urlencode([(name, value) for name, value in query if name != "token"], encoding="latin-1")
    path = "/" + visit.scope["path"].lstrip("/\\")
    return RedirectResponse(f"{path}?{rest}" if rest else path, 303)


async def _pass_on(app: App, scope: Scope, receive: Receive, send: Send, bound: int) -> None:
    """Pass a request on and count its body: 413 if it exceeds `bound`, whatever its content-length says."""
    read, begun, refused = 0, False, False

    async def counted() -> AsgiMessage:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        # Reported as a disconnect, so that the application stops reading and discards the body.
        return {"type": "http.disconnect"} if read > bound else message

    async def answered(message: AsgiMessage) -> None:
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
    return problem(413, f"the request body is larger than {bound} bytes", "body", "send a smaller body")


def _is_port(host: str) -> bool:
    port = host.rpartition(":")[2]
    return host.endswith("]") or ":" not in host or (port.isdigit() and int(port) < 1 << 16)
