"""Endpoints on 127.0.0.1 that misbehave as told: a test gives what to do with each accepted request.

`serve` runs a behaviour, a function of one `Visit`, for each request; the `Endpoint` counts requests, keeps what
was asked and says when the client hung up.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
DONE = b"data: [DONE]\n\n"


@dataclass
class Visit:
    """One request: its number from 1, its headers in lower case, its body, and the way to answer."""

    number: int
    headers: dict[str, str]
    body: dict[str, object]
    connection: socket.socket
    ended: threading.Event

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def hang(self) -> None:
        """Say nothing more until the client hangs up or the test ends."""
        self.connection.settimeout(0.02)
        while not self.ended.is_set():
            try:
                if self.connection.recv(1) == b"":
                    return
            except TimeoutError:
                continue

    def drip(self, data: bytes, every: float) -> None:
        """Send `data` again and again, until the client hangs up or the test ends."""
        while not self.ended.wait(every):
            self.send(data)


@dataclass
class Endpoint:
    """A running endpoint; `left` holds the monotonic times at which its visits were over."""

    url: str
    visits: list[Visit] = field(default_factory=list)
    left: list[float] = field(default_factory=list)

    @property
    def requests(self) -> int:
        return len(self.visits)

    def wait_until_left(self, seconds: float = 3.0) -> float:
        """The time at which the last visit was over."""
        end = time.monotonic() + seconds
        while (not self.visits or len(self.left) < len(self.visits)) and time.monotonic() < end:
            time.sleep(0.01)
        assert len(self.left) == len(self.visits), "the client still holds its connection"
        return max(self.left)


Behaviour = Callable[[Visit], None]


def chunk(content: str | None = None, finish_reason: str | None = None, **more: object) -> bytes:
    """One event of a chat stream."""
    choice = {"index": 0, "delta": {"role": "assistant", "content": content}, "finish_reason": finish_reason}
    event = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice], **more}
    return b"data: " + json.dumps(event, ensure_ascii=False).encode() + b"\n\n"


def answer(status: str, body: bytes, *headers: str, kind: str = "application/json") -> bytes:
    """A whole answer that is not a stream."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", "Connection: close"]
    return "\r\n".join([*lines, *headers, "", ""]).encode() + body


@contextlib.contextmanager
def serve(behaviour: Behaviour) -> Iterator[Endpoint]:
    """Run `behaviour` for every request to a fresh port until the block ends."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.05)
    endpoint = Endpoint(f"http://127.0.0.1:{listener.getsockname()[1]}/v1")
    ended = threading.Event()
    threads: list[threading.Thread] = []

    def visit(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(5)
            headers, body = _read_request(connection)
            this = Visit(len(endpoint.visits) + 1, headers, body, connection, ended)
            endpoint.visits.append(this)
            try:
                behaviour(this)
            finally:
                endpoint.left.append(time.monotonic())

    def accept() -> None:
        while not ended.is_set():
            with contextlib.suppress(TimeoutError):
                connection, _ = listener.accept()
                threads.append(threading.Thread(target=visit, args=(connection,)))
                threads[-1].start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield endpoint
    finally:
        ended.set()
        accepting.join()
        listener.close()
        for thread in threads:
            thread.join()


def _read_request(connection: socket.socket) -> tuple[dict[str, str], dict[str, object]]:
    data = b""
    while b"\r\n\r\n" not in data:
        data += _some(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    pairs = (line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    headers = {name.lower(): value for name, value in pairs}
    while len(body) < int(headers.get("content-length", "0")):
        body += _some(connection)
    return headers, json.loads(body or b"{}")


def _some(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise ConnectionResetError
    return data
