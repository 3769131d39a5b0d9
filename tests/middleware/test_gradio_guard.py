"""Gradio's API opens no file but an uploaded one, and a session belongs to the browser that began it. All over HTTP."""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import socket
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event
from typing import Any

import gradio as gr
import httpx
import pytest
from chat_server import served
from fastapi import FastAPI
from fastapi.testclient import TestClient
from gradio.routes import App
from hypothesis import given
from hypothesis import strategies as st
from small_chat import small_corpus
from soak import times

from rag.corpus import Corpus
from ui.middleware.gradio_patches import ForeignFile, own_name, read_body
from ui.server import API_PATHS, PATHS, UPLOAD_PATHS
from ui.shared.history import History
from ui.shared.saved import Saved
from ui.web.conversation import Talk
from ui.web.handlers import CheckWiring, Wiring
from ui.web.page import page
from ui.web.views import SavedWiring, Tables, ViewWiring

JOIN, PREDICT, CANCEL = "/gradio_api/queue/join", "/gradio_api/run/predict", "/gradio_api/cancel"
META = {"_type": "gradio.FileData"}
SECRET = "هذا نص لا يقرؤه أحد من خارج المجلد"
SECONDS = 60
"""A server that opens /dev/zero answers never; a slow machine sooner than this."""


# ---- a server in a process of its own, for one that opens /dev/zero cannot be stopped otherwise


@dataclass(frozen=True)
class Server:
    """A served chat: its data folder holds `secret`, its corpus the files of `folder`."""

    client: httpx.Client
    folder: Path
    secret: Path

    def events(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.client.get("/config").json()["dependencies"]
        return found

    def upload(self, name: str, text: str, **query: str) -> str:
        """Upload a file as the page does; returns its path on the server."""
        sent = self.client.post("/gradio_api/upload", params=query, files={"files": (name, text.encode())})
        return str(sent.raise_for_status().json()[0])

    def is_untouched(self) -> None:
        """Assert that it still answers, and that no file came in or went away."""
        assert self.client.get("/healthz").text == "ok"
        assert self.secret.read_text(encoding="utf-8") == SECRET
        assert sorted(one.name for one in self.folder.iterdir()) == ["a.txt"]


def _serve(home: Path, upload: bool, link: Connection) -> None:
    os.environ["GRADIO_TEMP_DIR"] = str(home / "uploads")
    with small_corpus(home / "files", home / "data", {"a.txt": "زار الوزير القاهرة أمس.\n"}) as corpus:
        settings = corpus.settings.model_copy(update={"upload": upload})
        (home / "data" / "secret.txt").write_text(SECRET, encoding="utf-8")
        with served(corpus, settings, home / "history.sqlite3") as address:
            link.send(address)
            link.recv()  # until the test is over


@contextmanager
def server(home: Path, *, upload: bool) -> Iterator[Server]:
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(home, upload, theirs), daemon=True)
    process.start()
    try:
        assert ours.poll(120), "the server did not start"
        with httpx.Client(base_url=ours.recv(), timeout=SECONDS) as client:
            client.get("/").raise_for_status()  # takes the browser's cookie
            yield Server(client, home / "files", home / "data" / "secret.txt")
    finally:
        process.kill()
        process.join()


@pytest.fixture(scope="module", params=[False, True], ids=["without upload", "with upload"])
def served_chat(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with server(tmp_path_factory.mktemp("guarded"), upload=request.param) as started:
        yield started


# ---- files


def targets(server: Server, folder: Path) -> list[str]:
    """Paths that the server must not open, written in every way; `folder` is the one of uploaded files."""
    folder.mkdir(exist_ok=True)
    for name, target in (("link.txt", server.secret), ("dir", server.secret.parent), ("zero.txt", Path("/dev/zero"))):
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(target)
    secret = str(server.secret)
    return [
        *("/dev/zero", "/etc/passwd", secret, "/proc/self/environ", "/dev/stdin", "/dev/fd/0"),
        *(f"{folder}/link.txt", f"{folder}/dir/secret.txt", f"{folder}/zero.txt"),
        *(f"{folder}/../data/secret.txt", f"{folder}/x/../../data/secret.txt", f"{folder}/..{secret}"),
        *("secret.txt", "./pyproject.toml", "pyproject.toml", "../../../../../../../etc/passwd", "~/.bashrc"),
        *(f"/{secret}", f"//{secret}", f"/.{secret}", secret.replace("/", "//"), f"{secret}/.", f"{secret}/"),
        *(f"{folder}/%2e%2e/data/secret.txt", secret.replace("/", "%2f"), secret.replace("/", "\\")),
        *(secret.replace("/", "\uff0f"), secret.replace("/", "\u2215"), f"{folder}/\u2025/data/secret.txt"),
        *(f"{secret}\x00", f"{secret}\x00.txt", f"{folder}\x00/../data/secret.txt", f"{secret}\ud800", f"{secret}\n"),
        *(
            f"file://{secret}",
            f"/gradio_api/file={secret}",
            f"/file={secret}",
            "http://127.0.0.1:9/x",
            "HTTPS://[::1]/",
        ),
        *("", " ", ".", "/", str(folder), f"{folder}/", f"{folder}/nothing.txt", f"{folder}x/secret.txt"),
        *("/" + "a" * 5000, "/a" * 3000, "CON", "\u202e" + secret, secret.upper()),
    ]


def shapes(path: str) -> dict[str, Any]:
    """A file object of this path in the places where Gradio finds one, as JSON values."""
    file = {"path": path, "meta": META}
    deep: Any = file
    for at in range(60):
        deep = [deep] if at % 2 else {"x": deep}
    return {
        "alone": file,
        "in a list": [file],
        "deep": deep,
        "without meta": {"path": path},
        "of another type": {"path": path, "meta": {"_type": "gradio.Other"}},
        "as a stream": {**file, "is_stream": True},
        "with all fields": {
            **file, "orig_name": "a.txt", "size": 1, "mime_type": "text/plain", "url": None, "is_stream": False
        },
        "as a property": {"value": file, "__type__": "update"},
        "in a message": [{"role": "user", "content": [{"type": "file", "file": file, "alt_text": path}]}],
        "by its url": {"url": path, "meta": META},
        "with another url": {**file, "url": "http://127.0.0.1:9/x"},
        "of several": {"path": [path], "meta": META},
    }  # fmt: skip


def raw_bodies(path: str, event: int) -> list[bytes]:
    """Bodies that only differ for a reader of JSON that is not Gradio's."""
    said = json.dumps(path)
    text = f'{{"session_hash":"s","fn_index":{event},"data":[FILE,FILE,FILE,FILE,FILE,FILE]}}'
    meta = '"meta":{"_type":"gradio.FileData"}'
    files = [
        f'{{"p\\u0061th":{said},{meta}}}',
        f'{{"path":"/x","path":{said},{meta}}}',
        f'{{"path":{said},"path":"/x",{meta}}}',
        f'{{{meta},"path":{said}}}',
        f'{{"path":{said},"meta":null,{meta}}}',
    ]
    bodies = [text.replace("FILE", one).encode() for one in files]
    plain = text.replace("FILE", files[3])
    bodies += [plain.encode(encoding) for encoding in ("utf-8-sig", "utf-16", "utf-16-le", "utf-32")]
    bodies.append(b'{"data":[1],' + plain.encode()[1:])
    return bodies


def file_calls(event: dict[str, Any], paths: list[str], secret: str) -> Iterator[bytes]:
    """Bodies that name a file in each input of an event, and beside them."""
    count = max(len(event["inputs"]), 1)
    base = {"fn_index": event["id"], "session_hash": "s", "event_id": "e", "data": [None] * count}
    for path in paths:
        yield json.dumps({**base, "data": [{"path": path, "meta": META}] * count}).encode()
    for path in ("/dev/zero", "/etc/passwd", secret):
        for shape in shapes(path).values():
            yield json.dumps({**base, "data": [shape] * count}).encode()
        yield json.dumps({**base, "event_data": {"path": path, "meta": META}}).encode()
        yield json.dumps({**base, "session_hash": {"path": path, "meta": META}}).encode()
        yield json.dumps({**base, "path": path, "meta": META}).encode()
        yield from raw_bodies(path, event["id"])


def test_no_event_opens_a_file_that_was_not_uploaded(served_chat: Server) -> None:
    paths, events = targets(served_chat, served_chat.secret.parent.parent / "uploads"), served_chat.events()
    assert len(events) >= 10
    headers = {"content-type": "application/json"}
    every = times(4, 1)
    for number, event in enumerate(events):
        for body in file_calls(event, paths[number % every :: every], str(served_chat.secret)):
            for route in (JOIN, PREDICT, CANCEL):
                refused = served_chat.client.post(route, content=body, headers=headers)
                assert refused.status_code == 422, (event["api_name"], route, body)
                assert "secret" not in refused.text
        served_chat.is_untouched()


def test_no_field_but_the_path_of_a_file_reaches_an_event(served_chat: Server) -> None:
    """What else a file object may carry is no name of a file, in any event."""
    secret = str(served_chat.secret)
    for event in served_chat.events():
        for field in ("orig_name", "name", "file", "filename", "data", "blob", "tmp_file", "video", "src", "Path"):
            file = {field: secret, "meta": META, "is_file": True}
            assert SECRET not in _outcome(served_chat.client, event, [file])
        served_chat.is_untouched()


def _outcome(client: httpx.Client, event: dict[str, Any], values: list[Any], session: str = "s") -> str:
    """All that is told of an event, by the way on which the page calls it."""
    count = max(len(event["inputs"]), 1)
    body = {"data": (values * count)[:count], "fn_index": event["id"], "session_hash": session}
    if not event["queue"]:
        return client.post(PREDICT, json=body).text
    joined = client.post(JOIN, json=body)
    return joined.text if joined.status_code != 200 else _told(client, session)


def _told(client: httpx.Client, session: str) -> str:
    """What the queue tells of a session until the event is over or the session is not found."""
    deadline = time.monotonic() + SECONDS
    with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as stream:
        told = []
        for line in stream.iter_lines():
            assert time.monotonic() < deadline, told
            told.append(json.loads(line.removeprefix("data: ")) if line else {})
            if told[-1].get("msg") in {"process_completed", "unexpected_error", "close_stream"}:
                break
    return json.dumps(told, ensure_ascii=False)


def _routes() -> Iterator[tuple[str, str]]:
    """Each method and path of Gradio's own routes, also of those that only a later version has, and of the server's."""
    found = App.create_app(gr.Blocks()).openapi()["paths"]
    assert len(found) > 50
    for path, methods in found.items():
        yield from ((method.upper(), re.sub(r"{\w+}", "NAME", path)) for method in methods)
    for path in sorted({*PATHS, *API_PATHS, *UPLOAD_PATHS} - found.keys()):
        yield from ((method, f"{path}NAME" if path.endswith("/") else path) for method in ("GET", "POST"))


def test_no_route_gives_a_file_away(served_chat: Server) -> None:
    secret, client = str(served_chat.secret), served_chat.client
    names = [secret, secret[1:], "../" * 12 + secret[1:], "%2e%2e/" * 12 + secret[1:], secret.replace("/", "%2f")]
    names += ["/dev/zero", "%2fdev%2fzero", "..%2f" * 12 + "etc/passwd"]
    file = {"path": secret, "url": secret, "orig_name": secret, "meta": META}
    body = {"data": [file], "session_hash": secret, "event_id": "e", "component_id": 1, "fn_name": "x", "id": secret}
    query = dict.fromkeys(("path", "url", "file", "deep_link", "page", "upload_id", "session_hash", "version"), secret)
    for method, path in _routes():
        for name in names if "NAME" in path else [""]:
            more: dict[str, Any] = {"json": body} if method == "POST" else {}
            more["headers"] = {"connection": "close"}  # what follows an error of the server is another request
            with client.stream(method, path.replace("NAME", name), params=query, **more) as answered:
                told = next(answered.iter_text(), "")
            assert SECRET not in told, (method, path)
            assert "root:x:0" not in told, (method, path)
    served_chat.is_untouched()


def test_an_uploaded_file_comes_in_by_its_path_alone(tmp_path: Path) -> None:
    with server(tmp_path, upload=True) as started, socket.create_server(("127.0.0.1", 0)) as beacon:
        beacon.settimeout(0)
        (event,) = [one for one in started.events() if one["api_name"] == "take"]
        address = f"http://127.0.0.1:{beacon.getsockname()[1]}/x"
        for name in ("خبر.txt", "../../../data/b.txt"):
            path = started.upload(name, f"وصل الوفد إلى {name} اليوم.\n")
            file = {"path": path, "meta": META, "orig_name": "/etc/passwd", "url": address, "mime_type": "x/../y"}
            told = _outcome(started.client, event, [[file]])
            assert "process_completed" in told
            assert not Path(path).exists()  # it was moved into the corpus
        assert sorted(one.name for one in started.folder.iterdir()) == ["a.txt", "b.txt", "خبر.txt"]
        with pytest.raises(BlockingIOError):
            beacon.accept()


def test_gradio_itself_refuses_a_file_that_was_not_uploaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page without the guard: what that would let through is not copied into the folder of uploaded files."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    (tmp_path / "secret.txt").write_text(SECRET, encoding="utf-8")
    loading: Future[Corpus] = Future()
    wired, views = Wiring(Talk(loading, History(tmp_path / "h.sqlite3"))), ViewWiring(loading, Tables())
    saved = SavedWiring(loading, Saved(tmp_path / "saved.json", "archive"))
    blocks = page(wired, CheckWiring(loading), views, saved, max_question_chars=9)
    client = TestClient(gr.mount_gradio_app(FastAPI(), blocks, path="/"))
    (event,) = [one for one in client.get("/config").json()["dependencies"] if one["api_name"] == "act"]
    file = {"path": str(tmp_path / "secret.txt"), "meta": META}
    refused = client.post(PREDICT, json={"data": [file, None], "fn_index": event["id"], "session_hash": "s"})
    assert refused.status_code == 500
    assert not list((tmp_path / "uploads").rglob("secret.txt"))


# ---- sessions


@pytest.fixture
def opening() -> Future[Corpus]:
    return Future()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Corpus]:
    with small_corpus(tmp_path / "files", tmp_path / "data", {"a.txt": "زار الوزير القاهرة أمس.\n"}) as corpus:
        yield corpus


@pytest.fixture
def address(opening: Future[Corpus], small: Corpus, tmp_path: Path) -> Iterator[str]:
    """A chat whose corpus is loading until a test sets it."""
    settings = small.settings.model_copy(update={"upload": True})
    with served(opening, settings, tmp_path / "history.sqlite3") as started:
        yield started


@contextmanager
def new_browser(address: str, *, cookies: bool = True) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=SECONDS) as client:
        client.get("/").raise_for_status()
        assert client.cookies
        if not cookies:
            client.cookies.clear()
        yield client


def _event(client: httpx.Client, name: str) -> dict[str, Any]:
    (found,) = [one for one in client.get("/config").json()["dependencies"] if one["api_name"] == name]
    return dict(found)


def _ask(client: httpx.Client, question: str, session: str = "s") -> str:
    """Ask, without waiting for the answer; returns the id of the event."""
    data = [question, None, None, None, "", "", None, ""]
    body = {"data": data, "fn_index": _event(client, "ask")["id"], "session_hash": session}
    return str(client.post(JOIN, json=body).raise_for_status().json()["event_id"])


@pytest.mark.parametrize("cookies", [True, False])
def test_another_browser_with_the_session_hash_does_not_get_the_conversation(
    address: str, opening: Future[Corpus], small: Corpus, cookies: bool
) -> None:
    opening.set_result(small)
    with new_browser(address) as mine, new_browser(address, cookies=cookies) as other:
        _ask(mine, "من زار القاهرة؟")
        assert "زار الوزير القاهرة أمس." in _told(mine, "s")
        _ask(other, "ماذا حدث؟")
        theirs = _told(other, "s")
        assert "process_completed" in theirs
        assert "من زار القاهرة؟" not in theirs
        _ask(mine, "ومتى؟")
        both = _told(mine, "s")
        assert "من زار القاهرة؟" in both
        assert "ماذا حدث؟" not in both


@pytest.mark.parametrize("cookies", [True, False])
def test_another_browser_with_the_session_hash_can_neither_hear_nor_end_a_question(
    address: str, opening: Future[Corpus], small: Corpus, cookies: bool
) -> None:
    with new_browser(address) as mine, new_browser(address, cookies=cookies) as other, ThreadPoolExecutor(1) as pool:
        event, ask = _ask(mine, "من زار القاهرة؟"), _event(mine, "ask")["id"]
        heard = _told(other, "s")
        assert "unexpected_error" in heard
        assert "القاهرة" not in heard
        with other.stream("GET", "/gradio_api/heartbeat/s") as alive:
            next(alive.iter_lines())
        for name in ("s", own_name("", "s")):
            cancelled = other.post(CANCEL, json={"session_hash": name, "fn_index": ask, "event_id": event})
            assert cancelled.status_code == 404
            assert cancelled.headers["content-type"] == "application/problem+json"
        answered = pool.submit(_told, mine, "s")
        opening.set_result(small)
        assert "زار الوزير القاهرة أمس." in answered.result(SECONDS)


def test_a_browser_can_end_its_own_question(address: str) -> None:
    with new_browser(address) as mine:
        body = {"session_hash": "s", "fn_index": _event(mine, "ask")["id"], "event_id": _ask(mine, "من زار القاهرة؟")}
        assert mine.post(CANCEL, json=body).json() == {"success": True}
        assert "process_completed" in _told(mine, "s")


def test_another_browser_does_not_hear_the_names_of_uploaded_files(address: str) -> None:
    head = b'--b\r\ncontent-disposition: form-data; name="files"; filename="leak.txt"\r\n\r\n'
    heard = Event()

    def slow() -> Iterator[bytes]:
        yield head + b"x" * 1000
        heard.wait(SECONDS)
        yield b"\r\n--b--\r\n"

    def hear(client: httpx.Client) -> str:
        with client.stream("GET", "/gradio_api/upload_progress", params={"upload_id": "u"}) as stream:
            return next(stream.iter_lines(), "")

    with new_browser(address) as mine, new_browser(address) as other, ThreadPoolExecutor(1) as pool:
        sending = {"params": {"upload_id": "u"}, "headers": {"content-type": "multipart/form-data; boundary=b"}}
        sent = pool.submit(mine.post, "/gradio_api/upload", content=slow(), **sending)  # type: ignore[arg-type]
        try:
            assert "leak.txt" not in hear(other)
            assert "leak.txt" in hear(mine)
        finally:
            heard.set()
        assert sent.result(SECONDS).status_code == 200


def test_a_session_is_named_by_the_browser_and_the_page_together() -> None:
    names = {own_name(browser, page) for browser in ("", "a", "b", "ab") for page in ("", "a", "b", "ab", "\ud800")}
    assert len(names) == 20
    assert own_name("a", "b") == own_name("a", "b")


# ---- what is passed on

NAMES = st.text().filter(lambda name: name not in {"path", "url"})
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(NAMES, VALUES, max_size=4))
def test_a_body_without_files_is_passed_on_as_it_was(said: dict[str, Any]) -> None:
    assert read_body(json.dumps(said).encode(), None) == said


def test_a_question_may_speak_of_files_and_addresses() -> None:
    for question in ("ما http://x/ ؟", '{"path": "/etc/passwd"}', "path", "url"):
        said = {"data": [question, None]}
        assert read_body(json.dumps(said).encode(), None) == said


@pytest.mark.parametrize("body", ["[" * 100_000, "{", "", "\xff", "[]", "null", '"x"', "1", "1" * 5000, '{"a":NaN} x'])
def test_what_is_no_object_is_refused(served_chat: Server, body: str) -> None:
    for route in (JOIN, PREDICT, CANCEL):
        headers = {"content-type": "application/json"}
        refused = served_chat.client.post(route, content=body.encode("latin-1"), headers=headers)
        assert refused.status_code == 422
        assert refused.json()["detail"] == "the body is not a JSON object"


def test_an_uploaded_file_is_named_by_its_path_alone_and_only_while_uploads_are_on(tmp_path: Path) -> None:
    file = tmp_path / "uploads" / "ab" / "خبر.txt"
    file.parent.mkdir(parents=True)
    file.write_text("خبر", encoding="utf-8")
    sent = {"path": str(file), "url": "http://x/", "orig_name": "/etc/passwd", "is_stream": True, "meta": META}
    body = json.dumps({"data": [[sent]]}).encode()
    assert read_body(body, tmp_path / "uploads") == {"data": [[{"path": str(file), "meta": META}]]}
    with pytest.raises(ForeignFile):
        read_body(body, None)
    with pytest.raises(ForeignFile):
        read_body(body, tmp_path / "elsewhere")
