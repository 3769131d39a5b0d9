"""Connection limits: deadlines for receiving a request, and a cap on connections without an authenticated request.

uvicorn limits only how long a connection may be idle. A client that sends one byte now and then (slowloris) holds its
connection, and so a file descriptor, forever. Here each request must arrive before a deadline. If too many connections
wait for a request, the server closes the oldest one of the address that has the most, so that no client can lock out
the others.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_BYTES: Final = 64 * 1024
"""Largest request head, chunk header or trailer, in bytes: four times what browsers and proxies allow."""
_ADMIT: Final = "isnad.admit"
"""Key in the ``state`` of an ASGI scope: the callback that the authentication middleware calls on success."""
_MOST: Final = 4096
"""File descriptors that count towards the share for connections, however many the process may open."""
_LATE: Final = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_FLUSH_SECONDS: Final = 1.0


def _share_of_descriptors() -> int:
    """A quarter of the file descriptors that this process may open; the rest is for files and answers."""
    try:
        import resource
    except ImportError:  # a system without such a limit
        return _MOST // 4
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(8, (_MOST if allowed == resource.RLIM_INFINITY else min(allowed, _MOST)) // 4)


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Deadlines and the connection cap of one server.

    `head_seconds`: deadline for a request's head, and for the body of an unauthenticated request.
    `body_seconds`, `body_rate` (bytes per second): an authenticated body has `body_seconds`, plus one second for every
    `body_rate` bytes received.
    `waiting`: the maximum number of connections without an authenticated request.
    """

    head_seconds: float = 10.0
    body_seconds: float = 30.0
    body_rate: float = 1024.0
    waiting: int = field(default_factory=_share_of_descriptors)


def bound(config: uvicorn.Config, limits: ConnectionLimits | None = None) -> uvicorn.Config:
    """Apply these limits to the connections of a server. Returns `config`."""
    limits = limits or ConnectionLimits()
    config.http = protocol(limits)
    config.backlog = limits.waiting  # asyncio accepts the whole queue at once, and each one takes a descriptor
    config.h11_max_incomplete_event_size = HEAD_BYTES
    config.ws = "none"  # no route uses WebSocket, and an upgraded connection would escape these limits
    return config


def admit(scope: Any) -> None:
    """Mark the connection of a request as authenticated. Does nothing under another ASGI server."""
    call = (scope.get("state") or {}).get(_ADMIT)
    if call is not None:
        call()


def protocol(limits: ConnectionLimits) -> type[asyncio.Protocol]:
    """Return a protocol class for one server; all its connections share these limits."""
    waiting: dict[Connection, None] = {}  # the longest-waiting first

    class Bounded(Connection):
        def __init__(self, *args: Any, **named: Any) -> None:
            super().__init__(*args, **named)
            self.limits, self.waiting = limits, waiting

    return Bounded


class Connection(H11Protocol):
    """One connection. Not thread-safe: use it on the event loop's thread only."""

    limits: ConnectionLimits
    waiting: dict[Connection, None]

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._phase: tuple[str, object] | None = None
        """What is being received: ``("head", previous request)`` or ``("body", its request)``; None for nothing."""
        self._since = 0.0
        self._received = 0
        self._timer: asyncio.TimerHandle | None = None
        self._is_admitted = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self.waiting.pop(self, None)
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        super().data_received(data)

    def handle_events(self) -> None:
        before = self.cycle
        super().handle_events()
        if self.cycle is not before:
            self._is_admitted = False
            # The request's task has not started yet, so it will see this entry.
            self.scope["state"][_ADMIT] = self._admit
        self._watch()

    def on_response_complete(self) -> None:
        self._is_admitted = False
        self._wait()
        self._phase = None  # the unread rest of a rejected body gets a new deadline
        super().on_response_complete()
        self._watch()

    def _admit(self) -> None:
        self._is_admitted = True
        self.waiting.pop(self, None)

    def _wait(self) -> None:
        """Count this connection as waiting for an authenticated request, and close one if too many are waiting.

        Closes the oldest connection of the address that has the most, so that one client cannot lock out the others.
        """
        self.waiting.pop(self, None)
        self.waiting[self] = None
        while len(self.waiting) > self.limits.waiting:
            counts = Counter(one.client and one.client[0] for one in self.waiting)
            most = max(counts.values())
            oldest = next(one for one in self.waiting if counts[one.client and one.client[0]] == most)
            del self.waiting[oldest]
            oldest.transport.abort()

    def _watch(self) -> None:
        """Set the deadline for what is being received now."""
        state = self.conn.their_state
        if self.transport.is_closing():
            phase = None
        elif state is h11.SEND_BODY:
            phase = ("body", self.cycle)
        elif state is h11.IDLE and (self.cycle is None or self.conn.trailing_data[0]):
            phase = ("head", self.cycle)
        else:
            phase = None  # the request is complete; uvicorn's own limit covers an idle connection
        if phase == self._phase:
            return
        self._stop_timer()
        self._phase, self._since, self._received = phase, self.loop.time(), 0
        if phase is not None:
            self._timer = self.loop.call_later(self.limits.head_seconds, self._check)

    def _check(self) -> None:
        """Handle a deadline: close the connection, or extend it if an authenticated body arrived fast enough."""
        limits, now = self.limits, self.loop.time()
        if self._phase is not None and self._phase[0] == "body" and self._is_admitted:
            if self.flow.read_paused:  # the server is slow here, not the client
                self._since = now
            earned = limits.body_seconds + self._received / limits.body_rate
            left = self._since + earned - now
            if left > 0:
                self._timer = self.loop.call_later(max(left, 0.1), self._check)
                return
        self._timer = None
        is_head = self._phase is not None and self._phase[0] == "head"
        # A browser opens spare connections, and may take a 408 on one of them as the response to its next request.
        is_unused = is_head and not self.conn.trailing_data[0]
        if not is_unused and (is_head or not self.cycle.response_started):
            self.transport.write(_LATE)
        self.transport.close()
        self.loop.call_later(_FLUSH_SECONDS, self.transport.abort)  # the client may never read what was written

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
