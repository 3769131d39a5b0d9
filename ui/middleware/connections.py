"""Connections with limits: deadlines for receiving a request, and a bound on those without an authenticated request.

uvicorn bounds how long a connection may be idle, and nothing else: a request of which a byte comes now and then holds
its connection, and so a file descriptor, for ever. Here a request has to arrive in time, and of the connections that
wait for one the oldest is closed when there are too many; a stranger can shut out nobody.
"""

from __future__ import annotations

import asyncio
import resource
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_BYTES: Final = 64 * 1024
"""The most of a request's head, and of a chunk's head or a trailer: four times what browsers and proxies allow."""
ADMIT: Final = "isnad.admit"
"""The name, in the ``state`` of an ASGI scope, of what the door calls when a request is authenticated."""
MOST: Final = 4096
"""File descriptors: of more than these no larger share is taken."""
_LATE: Final = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_FLUSH_SECONDS: Final = 1.0


def _share_of_descriptors() -> int:
    """A quarter of the file descriptors that this process may have; the rest is for files and answers."""
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(8, (MOST if allowed == resource.RLIM_INFINITY else min(allowed, MOST)) // 4)


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """`head_seconds`: for a request's head, and for the body of one that is not authenticated. `body_seconds` and
    `body_rate`, in bytes a second: an authenticated body has so many seconds, and one more for each `body_rate` bytes
    that came. `waiting`: the most connections without an authenticated request.
    """

    head_seconds: float = 10.0
    body_seconds: float = 30.0
    body_rate: float = 1024.0
    waiting: int = field(default_factory=_share_of_descriptors)


def bound(config: uvicorn.Config, limits: ConnectionLimits | None = None) -> uvicorn.Config:
    """Let a server's connections have these limits. Returns `config`."""
    limits = limits or ConnectionLimits()
    config.http = protocol(limits)
    config.backlog = limits.waiting  # a whole queue is accepted at once, and takes its descriptors
    config.h11_max_incomplete_event_size = HEAD_BYTES
    config.ws = "none"  # nothing here speaks it, and an upgraded connection would leave these limits
    return config


def admit(scope: Any) -> None:
    """Tell the connection of a request that it is authenticated; without effect under another server."""
    call = (scope.get("state") or {}).get(ADMIT)
    if call is not None:
        call()


def protocol(limits: ConnectionLimits) -> type[asyncio.Protocol]:
    """A protocol class for one server, all of whose connections share these limits."""
    waiting: dict[Connection, None] = {}  # in the order of their waiting

    class Bounded(Connection):
        def __init__(self, *args: Any, **named: Any) -> None:
            super().__init__(*args, **named)
            self.limits, self.waiting = limits, waiting

    return Bounded


class Connection(H11Protocol):
    """One connection. Only the event loop's thread uses it."""

    limits: ConnectionLimits
    waiting: dict[Connection, None]

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._phase: tuple[str, object] | None = None
        """What is being received: the head or the body, and after which request or of which."""
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
            # The request's task has not begun to run: it finds this when it does.
            self.scope["state"][ADMIT] = self._admit
        self._watch()

    def on_response_complete(self) -> None:
        self._is_admitted = False
        self._wait()
        self._phase = None  # what is left of a refused body has a deadline of its own
        super().on_response_complete()
        self._watch()

    def _admit(self) -> None:
        self._is_admitted = True
        self.waiting.pop(self, None)

    def _wait(self) -> None:
        """This connection has no authenticated request now; of too many like it one is closed.

        That is the oldest of the address that has most of them, so that nobody alone crowds out the others.
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
        """Set the deadline of what is being received now."""
        state = self.conn.their_state
        if self.transport.is_closing():
            phase = None
        elif state is h11.SEND_BODY:
            phase = ("body", self.cycle)
        elif state is h11.IDLE and (self.cycle is None or self.conn.trailing_data[0]):
            phase = ("head", self.cycle)
        else:
            phase = None  # all is here; an idle connection has uvicorn's own limit
        if phase == self._phase:
            return
        self._stop_timer()
        self._phase, self._since, self._received = phase, self.loop.time(), 0
        if phase is not None:
            self._timer = self.loop.call_later(self.limits.head_seconds, self._check)

    def _check(self) -> None:
        """A deadline has come: close the connection, or give an authenticated body the time that it has earned."""
        limits, now = self.limits, self.loop.time()
        if self._phase is not None and self._phase[0] == "body" and self._is_admitted:
            if self.flow.read_paused:  # the server is slow, not the client
                self._since = now
            earned = limits.body_seconds + self._received / limits.body_rate
            left = self._since + earned - now
            if left > 0:
                self._timer = self.loop.call_later(max(left, 0.1), self._check)
                return
        self._timer = None
        is_head = self._phase is not None and self._phase[0] == "head"
        # A browser opens connections ahead and may take a 408 on one of them for the answer of its next request.
        is_unused = is_head and not self.conn.trailing_data[0]
        if not is_unused and (is_head or not self.cycle.response_started):
            self.transport.write(_LATE)
        self.transport.close()
        self.loop.call_later(_FLUSH_SECONDS, self.transport.abort)  # it may never take what was written

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
