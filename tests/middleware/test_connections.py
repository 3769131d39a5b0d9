"""Requests that do not arrive hold nothing: not a descriptor, not the memory, not another client's turn."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from isnad_command import ROOT

from ui.middleware.connections import HEAD_BYTES, ConnectionLimits, admit, bound
from ui.middleware.security import Door, Keys, Receive, Scope, Send
from ui.middleware.sessions import Sessions

TOKEN = "token-of-the-test"
QUICK = ConnectionLimits(head_seconds=0.6, body_seconds=0.6, body_rate=100_000.0, waiting=20)
HEAD = b"POST /v1/x HTTP/1.1\r\nhost: 127.0.0.1\r\n"
KEY = f"authorization: Bearer {TOKEN}\r\n".encode()
PATIENCE = 20


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """The length of the body; at ``/v1/slow`` an answer that takes longer than any deadline of these tests."""
    import asyncio

    if scope["type"] != "http":
        return
    length, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        length, more = length + len(message["body"]), message["more_body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(20 if scope["path"] == "/v1/slow" else 0):
        await send({"type": "http.response.body", "body": b".", "more_body": True})
        await asyncio.sleep(0.1)
    await send({"type": "http.response.body", "body": str(length).encode()})


def door(folder: Path, token: str | None = TOKEN) -> Door:
    return Door(
        echo,
        keys=Keys(token=token),
        sessions=Sessions(folder / "sessions.sqlite3", "c"),
        loopback=True,
        known=("/v1/", "/healthz"),
        bounds={"/v1/": 1 << 24},
        admit=admit,
    )


@contextlib.contextmanager
def serving(app: Any, limits: ConnectionLimits = QUICK) -> Iterator[int]:
    """The port of a server with these limits, in this process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = uvicorn.Server(bound(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"), limits))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    try:
        yield port
    finally:
        server.should_exit = server.force_exit = True
        thread.join(PATIENCE)


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    with serving(door(tmp_path)) as port:
        yield port


def opened(port: int, data: bytes = b"") -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), PATIENCE)
    connection.sendall(data)
    return connection


def closed(connection: socket.socket, drip: bytes = b"") -> bytes:
    """What the server says until it closes; a byte of `drip` is sent now and then. Fails where it does not close."""
    said, deadline = b"", time.monotonic() + PATIENCE
    connection.settimeout(0.1)
    while time.monotonic() < deadline:
        try:
            piece = connection.recv(1 << 16)
        except TimeoutError:
            with contextlib.suppress(OSError):
                connection.sendall(drip)
            continue
        except OSError:
            return said
        if not piece:
            return said
        said += piece
    raise AssertionError(f"the connection is still open; it said {said!r}")


def answers(port: int, body: bytes = b"", path: str = "/v1/x", **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("POST", path, body, {"authorization": f"Bearer {TOKEN}", **headers})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def test_a_connection_that_is_not_used_is_closed_without_a_word(port: int) -> None:
    assert closed(opened(port)) == b""


@pytest.mark.parametrize("data", [b"P", HEAD, HEAD + b"x-a: " + b"a" * 1000])
def test_a_head_that_does_not_come_is_not_waited_for(port: int, data: bytes) -> None:
    assert closed(opened(port, data)).startswith(b"HTTP/1.1 408 ")


def test_a_head_that_comes_byte_by_byte_is_not_waited_for(port: int) -> None:
    assert closed(opened(port, HEAD + b"x: "), drip=b"a").startswith(b"HTTP/1.1 408 ")


def test_the_next_head_on_a_connection_has_the_same_time(port: int) -> None:
    connection = opened(port, HEAD + KEY + b"content-length: 1\r\n\r\na")
    assert connection.recv(1 << 16).startswith(b"HTTP/1.1 200 ")
    connection.sendall(HEAD)
    assert b"HTTP/1.1 408 " in closed(connection, drip=b"x")


def test_a_body_without_a_credential_is_refused_at_once_and_not_waited_for(port: int) -> None:
    said = closed(opened(port, HEAD + b"content-length: 1000000\r\n\r\n"), drip=b"a")
    assert said.startswith(b"HTTP/1.1 401 ")
    assert said.count(b"HTTP/1.1") == 1


def test_a_body_with_a_credential_that_trickles_is_cut(port: int) -> None:
    said = closed(opened(port, HEAD + KEY + b"content-length: 1000000\r\n\r\n"), drip=b"a")
    assert said.startswith(b"HTTP/1.1 408 ")


def test_a_chunked_body_that_trickles_is_cut(port: int) -> None:
    said = closed(opened(port, HEAD + KEY + b"transfer-encoding: chunked\r\n\r\n"), drip=b"1\r\na\r\n")
    assert said.startswith(b"HTTP/1.1 408 ")


def test_a_large_body_that_takes_longer_than_the_deadline_comes_whole_as_long_as_it_comes(port: int) -> None:
    connection = opened(port, HEAD + KEY + b"content-length: 600000\r\n\r\n")
    for _ in range(30):  # in 1.5 seconds, where half of a second is allowed before any byte
        connection.sendall(b"a" * 20_000)
        time.sleep(0.05)
    said = connection.recv(1 << 16)
    while b"600000" not in said:
        piece = connection.recv(1 << 16)
        assert piece, said
        said += piece
    assert said.startswith(b"HTTP/1.1 200 ")


def test_a_client_that_asks_before_it_sends_is_told_to_go_on(port: int) -> None:
    connection = opened(port, HEAD + KEY + b"expect: 100-continue\r\ncontent-length: 1\r\n\r\n")
    assert connection.recv(1 << 16).startswith(b"HTTP/1.1 100 ")
    connection.sendall(b"a")
    assert b"HTTP/1.1 200 " in connection.recv(1 << 16)


def test_a_long_answer_is_not_cut(port: int) -> None:
    assert answers(port, b"abc", "/v1/slow") == (200, b"." * 20 + b"3")


def test_requests_one_behind_the_other_on_a_connection_are_answered(port: int) -> None:
    request = HEAD + KEY + b"content-length: 1\r\n\r\na"
    connection = opened(port, request * 3 + HEAD + KEY + b"connection: close\r\ncontent-length: 2\r\n\r\nab")
    assert closed(connection).count(b"HTTP/1.1 200 ") == 4


def test_a_request_with_two_lengths_is_refused(port: int) -> None:
    said = closed(opened(port, HEAD + KEY + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"))
    assert said.startswith(b"HTTP/1.1 400 ")


def test_strangers_that_hold_connections_open_give_way_to_others(tmp_path: Path) -> None:
    with serving(door(tmp_path), ConnectionLimits(head_seconds=60, waiting=20)) as port:
        held = [opened(port, HEAD) for _ in range(100)]
        assert answers(port, b"ab") == (200, b"2")
        gone = 0
        for one in held:
            one.settimeout(0.05)
            with contextlib.suppress(TimeoutError):
                with contextlib.suppress(ConnectionResetError):
                    assert one.recv(1) == b""
                gone += 1
        assert 80 <= gone < 100  # 20 may wait, of which the good client took one


def test_who_holds_most_connections_gives_way_first(tmp_path: Path) -> None:
    with serving(door(tmp_path), ConnectionLimits(head_seconds=60, waiting=20)) as port:
        good = socket.create_connection(("127.0.0.1", port), PATIENCE, source_address=("127.0.0.2", 0))
        good.sendall(HEAD)
        held = [opened(port, HEAD) for _ in range(60)]
        good.sendall(KEY + b"content-length: 2\r\n\r\nab")
        assert good.recv(1 << 16).startswith(b"HTTP/1.1 200 ")
        assert len(held) == 60


def test_an_answer_in_work_does_not_give_way_to_strangers(tmp_path: Path) -> None:
    with serving(door(tmp_path), ConnectionLimits(head_seconds=60, waiting=5)) as port:
        told: list[tuple[int, bytes]] = []
        good = threading.Thread(target=lambda: told.append(answers(port, b"abc", "/v1/slow")))
        good.start()
        time.sleep(0.5)
        held = [opened(port, HEAD) for _ in range(30)]
        good.join(PATIENCE)
        assert told == [(200, b"." * 20 + b"3")]
        assert len(held) == 30


SERVER = """
    import resource, sys
    sys.path[:0] = [{root!r}, {tests!r}, {here!r}]
    resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))
    import uvicorn
    from pathlib import Path
    from test_connections import door
    from ui.middleware.connections import bound
    config = uvicorn.Config(door(Path({folder!r})), host="127.0.0.1", port={port}, log_level="error")
    uvicorn.Server({server}).run()
"""


@contextlib.contextmanager
def process(folder: Path, server: str = "bound(config)") -> Iterator[tuple[int, int]]:
    """The port and the id of a server's process that may have 128 file descriptors."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    code = textwrap.dedent(SERVER).format(
        root=str(ROOT),
        tests=str(ROOT / "tests"),
        here=str(Path(__file__).parent),
        folder=str(folder),
        port=port,
        server=server,
    )
    with subprocess.Popen([sys.executable, "-c", code]) as running:
        try:
            deadline = time.monotonic() + 60
            while True:
                try:
                    opened(port).close()
                    break
                except ConnectionRefusedError:
                    assert running.poll() is None
                    assert time.monotonic() < deadline
                    time.sleep(0.05)
            yield port, running.pid
        finally:
            running.kill()


def resident(process_id: int) -> int:
    """Bytes of memory that a process has."""
    pages = int(Path(f"/proc/{process_id}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize("data", [b"", HEAD, HEAD + b"content-length: 1000\r\n\r\n"])
def test_half_sent_requests_by_the_hundred_shut_nobody_out_at_128_descriptors(data: bytes, tmp_path: Path) -> None:
    with process(tmp_path) as (port, _):
        held = []
        for _ in range(300):
            with contextlib.suppress(OSError):
                held.append(opened(port, data))
        began = time.monotonic()
        assert answers(port, b"ab") == (200, b"2")
        assert time.monotonic() - began < 5  # and not when a deadline has closed the others
        assert len(held) > 200


def test_a_head_without_end_is_refused_after_its_first_part_and_kept_nowhere(tmp_path: Path) -> None:
    with process(tmp_path) as (port, process_id):
        answers(port)
        before = resident(process_id)
        connection = opened(port, HEAD + b"x: ")
        sent = 0
        with contextlib.suppress(OSError):
            for _ in range(60):
                connection.sendall(b"a" * (1 << 20))
                sent += 1 << 20
        assert sent < 60 << 20
        assert resident(process_id) - before < 16 << 20
        assert answers(port, b"ab") == (200, b"2")


def test_the_largest_head_that_is_allowed_is_read(port: int) -> None:
    assert answers(port, b"ab", x="a" * (HEAD_BYTES - 1000)) == (200, b"2")


def test_without_credentials_set_every_request_is_admitted(tmp_path: Path) -> None:
    with serving(door(tmp_path, token=None)) as port:
        connection = opened(port, HEAD + b"content-length: 200000\r\n\r\n")
        for _ in range(20):
            connection.sendall(b"a" * 10_000)
            time.sleep(0.05)
        assert b"200000" in connection.recv(1 << 16) + connection.recv(1 << 16)
