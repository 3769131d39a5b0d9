"""The origins that the settings name: where a proxy serves Isnad, and which pages elsewhere may use the API (CORS).

To a page elsewhere no credentials of a browser are ever allowed: it sends a bearer token, or nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.responses import Response

METHODS = "GET, HEAD, POST"
SHOWN = "retry-after, x-request-id"
"""What a script may read beside the headers that any page may."""
KEPT_SECONDS = 600
# RFC 9110, 5.6.2, in lower case: names of headers, as a browser writes them into its question.
_NAMES = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]{1,64}(?:,[ ]?[a-z0-9!#$%&'*+.^_`|~-]{1,64}){0,49}", re.ASCII)


_DEFAULT_PORTS = {"http": "80", "https": "443"}


@dataclass(frozen=True, slots=True)
class PublicOrigins:
    """The origins at which a proxy serves this server, as a browser writes them; none at first."""

    allowed: tuple[str, ...] = ()

    def at(self, host: str) -> tuple[str, ...]:
        """Those that a Host header names, with the default port of their scheme or without."""
        return tuple(origin for origin in self.allowed if host.lower() in _hosts(origin))

    def is_secure(self, scheme: str, host: str) -> bool:
        """Whether the browser sees https: the request came over it, or names the host of a public origin that does."""
        return scheme == "https" or any(origin.startswith("https:") for origin in self.at(host))

    def admit(self, origin: str, host: str) -> bool:
        """Whether a page of this origin is ours, in a request with this Host.

        A Host that is public is served at its public origins alone; another one may be what a proxy wrote.
        """
        own = self.at(host) or (f"http://{host.lower()}", f"https://{host.lower()}")
        return origin.lower() in own or origin in self.allowed


def _hosts(origin: str) -> tuple[str, ...]:
    scheme, _, host = origin.partition("://")
    return (host,) if re.search(r":[0-9]+$", host) else (host, f"{host}:{_DEFAULT_PORTS[scheme]}")


@dataclass(frozen=True, slots=True)
class Origins:
    """The origins that may use the paths below `path` (CORS, Fetch 3.2), as a browser writes them; none at first."""

    allowed: tuple[str, ...] = ()
    path: str = "/v1/"

    def admit(self, path: str, origin: str) -> bool:
        """Whether a page of this origin may use this path."""
        return origin in self.allowed and path.startswith(self.path)

    def headers(self, path: str, origin: str) -> Mapping[str, str]:
        """What an answer says of it, be it an error: else a page would not learn why it is refused."""
        if not self.allowed or not path.startswith(self.path):
            return {}
        if not self.admit(path, origin):
            return {"vary": "origin"}
        return {"vary": "origin", "access-control-allow-origin": origin, "access-control-expose-headers": SHOWN}

    def preflight(self, method: str, path: str, headers: Headers) -> Response | None:
        """The answer to a browser that asks before it asks, which it does without a key; None where none does."""
        asked = headers.get("access-control-request-method")
        if method != "OPTIONS" or asked is None or not self.admit(path, headers.get("origin", "")):
            return None
        allow = {"access-control-allow-methods": METHODS, "access-control-max-age": str(KEPT_SECONDS)}
        names = headers.get("access-control-request-headers", "")
        if _NAMES.fullmatch(names):  # which they are does not matter: what a room does not know it does not read
            allow["access-control-allow-headers"] = names
        return Response(status_code=204, headers=allow)
