"""Session and browser cookies: names, flags and the signature of the browser's name.

Over HTTPS both cookies have the prefix ``__Host-`` and the flag ``Secure`` (RFC 6265bis, 4.1.3.2), so that neither a
page of a sibling domain nor a page over plain HTTP can set them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, MutableMapping
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import cookie_parser

SESSION_COOKIE = "isnad_session"
BROWSER_COOKIE = "isnad_browser"
BROWSER_SECONDS = 365 * 24 * 3600
_HOST_ONLY = "__Host-"
_OURS = frozenset(prefix + name for prefix in ("", _HOST_ONLY) for name in (SESSION_COOKIE, BROWSER_COOKIE))


def cookies_of(headers: Headers) -> dict[str, str]:
    """Parse the cookies of a request with the same lenient parser as Starlette's routes. Never raises."""
    cookies: dict[str, str] = {}
    for header in headers.getlist("cookie"):
        cookies.update(cookie_parser(header))
    return cookies


def on_wire(name: str, *, secure: bool) -> str:
    """Return the cookie's name in an HTTP header: with the prefix ``__Host-`` over HTTPS (`secure`)."""
    return _HOST_ONLY + name if secure else name


def set_cookie(name: str, value: str, *, secure: bool, seconds: int) -> str:
    """Return the value of a Set-Cookie header; 0 seconds delete the cookie."""
    flags = "; Secure" if secure else ""
    return f"{on_wire(name, secure=secure)}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{flags}"


def sign(secret: bytes, name: str) -> str:
    """Return a browser's name with its HMAC-SHA256, as stored in the cookie: ``name.signature``."""
    digest = hmac.digest(secret, b"browser\0" + name.encode(), hashlib.sha256)
    return f"{name}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def verify(secret: bytes, signed: str) -> str:
    """Return the name in a signed cookie; empty if it is unsigned or signed with another secret."""
    name, dot, _ = signed.rpartition(".")
    if not dot or not is_name(name):
        return ""
    return name if hmac.compare_digest(sign(secret, name).encode(), signed.encode("utf-8", "surrogatepass")) else ""


def is_name(value: str) -> bool:
    """Whether a value has the form of a browser's name: 24 random bytes in URL-safe base64."""
    return len(value) == 32 and value.isascii() and value.replace("-", "").replace("_", "").isalnum()


def browser_of(cookies: Mapping[str, str]) -> str:
    """Return the browser's name behind the security middleware, which has verified it; empty if there is none."""
    name = cookies.get(BROWSER_COOKIE, "")
    return name if is_name(name) else ""


def hand_on(scope: MutableMapping[str, Any], browser: str) -> None:
    """Remove Isnad's own cookies from a request, and add the browser's verified name without its signature."""
    kept = [
        chunk
        for key, value in scope["headers"]
        if key == b"cookie"
        for chunk in value.split(b";")
        if chunk.partition(b"=")[0].decode("latin-1").strip() not in _OURS
    ]
    if browser:
        kept.append(f" {BROWSER_COOKIE}={browser}".encode())
    headers = [(key, value) for key, value in scope["headers"] if key != b"cookie"]
    scope["headers"] = [*headers, (b"cookie", b";".join(kept).strip())] if kept else headers
