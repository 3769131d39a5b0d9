"""The door of the chat: who comes in, what may be asked for, how large, and what every answer carries. No browser."""

from __future__ import annotations

import asyncio
import base64
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from fake_vectors import FakeEmbedder
from hypothesis import given
from hypothesis import strategies as st

from rag.config import Settings
from rag.errors import BadSetting
from rag.ingest import ingest
from rag.vectors.generation import build
from rag.vectors.verify import verify
from ui.attempts import MOST, WINDOW_SECONDS
from ui.door import BODY_BYTES, BROWSER_COOKIE, HEADERS, Door
from ui.history import History
from ui.keys import TOKEN_COOKIE, Keys, is_loopback
from ui.server import make_app
from ui.tongue import language_of
from ui.turns import Turn

ROOT = Path(__file__).parent.parent
ADDRESSES = (f"10.0.{at // 256}.{at % 256}" for at in count())
MINE, OTHER = "A-browser_that-was-here-before00", "Another_browser-that-was_never00"


def app_of(folder: Path, host: str = "127.0.0.1", **settings: Any) -> Any:
    """The chat, its corpus still loading."""
    return make_app(Future(), History(folder / "h.sqlite3"), Settings(data_dir=folder, **settings), host)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return app_of(tmp_path_factory.mktemp("door"))


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return app_of(
        tmp_path_factory.mktemp("guarded"), "0.0.0.0", user="سلمى", password="كلمة: سر", token="a-token-nobody-guesses"
    )


def send(
    app: Any, method: str, path: str, *, host: str = "127.0.0.1:7860", address: str | None = None, **more: Any
) -> httpx.Response:
    """One request, straight to the application; an exception that it lets out is one here too.

    It comes from an address that sent no other, unless one is given.
    """

    async def sent() -> httpx.Response:
        transport = httpx.ASGITransport(app, client=(address or next(ADDRESSES), 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7860") as client:
            headers = httpx.Headers(more.pop("headers", None))
            headers["host"] = host
            return await client.request(method, path, headers=headers, **more)

    return asyncio.run(sent())


get = partial(send, method="GET")


# ---- whose name is called


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:7860", "localhost:7860", "LOCALHOST", "[::1]:7860", "127.9.9.9"]
)
def test_on_loopback_names_of_this_machine_are_answered(app: Any, host: str) -> None:
    assert send(app, "GET", "/healthz", host=host).text == "ok"


@pytest.mark.parametrize(
    "host",
    [
        *(
            "evil.example",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "evil.example:7860",
            "0.0.0.0",
            "10.0.0.1",
        ),
        *("evil.example@127.0.0.1", "127.0.0.1#.evil.example", "127.0.0.1/.evil.example", "127.0.0.1:99999", ""),
        *("[", "[::1", "]", "[::1]]", ":", ":7860", "127.0.0.1:", "127.0.0.1:7860:1", "127.0.0.1, evil.example"),
        *("xn--zca", "a" * 5000, "localhost.", "127.1", "0x7f.1", "2130706433", "127.0.0.1%00", "127.0.0.1:-1"),
    ],
)
def test_on_loopback_every_other_name_is_refused(app: Any, host: str) -> None:
    refused = send(app, "GET", "/", host=host)
    assert refused.status_code == 421
    assert HEADERS.items() <= dict(refused.headers).items()


# ---- who asks


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PUT"])
@pytest.mark.parametrize(
    "origin",
    [
        *("http://evil.example", "https://evil.example:7860", "null", "http://127.0.0.1", "http://127.0.0.1:7861"),
        *("http://127.0.0.1:7860.evil.example", "http://evil@127.0.0.1:7860", "http://[", "ftp://127.0.0.1:7860"),
        *("http://127.0.0.1:7860/", "//127.0.0.1:7860", " ", "file://", "chrome-extension://127.0.0.1:7860"),
    ],
)
def test_a_page_of_another_origin_may_neither_change_nor_read(app: Any, method: str, origin: str) -> None:
    refused = send(app, method, "/gradio_api/cancel", headers={"origin": origin}, json={})
    assert refused.status_code == 403
    assert not any(name.startswith("access-control") for name in refused.headers)


def test_a_page_of_ours_may(app: Any) -> None:
    body = {"session_hash": "s", "fn_index": 0, "event_id": "e"}
    for origin in ("http://127.0.0.1:7860", "https://127.0.0.1:7860", None):
        headers = {"origin": origin} if origin else {}
        assert send(app, "POST", "/gradio_api/cancel", headers=headers, json=body).status_code == 200


def test_no_answer_lets_another_origin_read_it(guarded: Any) -> None:
    headers = {"authorization": basic("سلمى", "كلمة: سر"), "host": "isnad.example"}
    for path in ("/", "/config", "/theme.css"):
        answered = send(guarded, "GET", path, host="isnad.example", headers=headers)
        assert answered.status_code == 200
        assert "access-control-allow-origin" not in answered.headers


# ---- with which key


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


WRONG = (
    *("", "Basic", "Basic ", "Basic !!!", "Basic =", "Basic Og==", "Bearer", "Bearer ", "Bearer a-token", "Digest x"),
    *(basic("سلمى", "x"), basic("x", "كلمة: سر"), basic("سلمى", ""), basic("سلمى", "كلمة: سر "), basic("", "")),
    *("Bearer a-token-nobody-guesses ", "Token a-token-nobody-guesses", "a-token-nobody-guesses"),
)
PATHS = (
    *("/", "/readyz", "/config", "/theme.css", "/isnad/chat.js", "/isnad/chat.css", "/favicon.ico", "/manifest.json"),
    *("/sources/a?version=b&span=0-1", "/articles/a/file", "/conversations/a/export.md", "/gradio_api/upload"),
    *(
        "/gradio_api/queue/data",
        "/gradio_api/app_id",
        "/gradio_api/heartbeat/x",
        "/assets/x.js",
        "/static/x",
        "/nothing",
    ),
    *("//", "/healthz/", "/healthz/../config", "/HEALTHZ", "/gradio_api/info"),
)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "OPTIONS", "DELETE"])
def test_without_a_key_every_path_is_shut(guarded: Any, method: str, path: str) -> None:
    refused = send(guarded, method, path)
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Basic")
    assert HEADERS.items() <= dict(refused.headers).items()


@pytest.mark.parametrize("authorization", WRONG)
def test_a_wrong_key_opens_nothing(guarded: Any, authorization: str) -> None:
    assert send(guarded, "GET", "/config", headers={"authorization": authorization}).status_code == 401


@pytest.mark.parametrize("raw", [b"Basic \xff\xfe", b"Bearer \xd8\xa7", b"\xed\xa0\x80", b"Basic " + b"A" * 70000])
def test_a_key_that_is_no_text_is_a_wrong_one(guarded: Any, raw: bytes) -> None:
    assert send(guarded, "GET", "/config", headers=[(b"authorization", raw)]).status_code == 401


def test_after_ten_wrong_keys_no_key_from_there_is_looked_at(guarded: Any) -> None:
    right = {"authorization": basic("سلمى", "كلمة: سر")}
    for at in range(MOST):
        wrong = ({"authorization": f"Bearer {at}"}, {"cookie": f"{TOKEN_COOKIE}={at}"})[at % 2]
        assert send(guarded, "GET", "/config", address="192.0.2.7", headers=wrong).status_code == 401
    for headers in (right, {"authorization": "Bearer 0"}):
        refused = send(guarded, "GET", "/config", address="192.0.2.7", headers=headers)
        assert refused.status_code == 429
        assert 0 < int(refused.headers["retry-after"]) <= WINDOW_SECONDS
    assert send(guarded, "GET", "/?token=a-token-nobody-guesses", address="192.0.2.7").status_code == 429
    # Who shows no key guesses none, and nobody else is held up.
    assert send(guarded, "GET", "/config", address="192.0.2.7").status_code == 401
    assert send(guarded, "GET", "/healthz", address="192.0.2.7").status_code == 200
    assert send(guarded, "GET", "/config", address="192.0.2.8", headers=right).status_code == 200


def test_the_same_wrong_key_again_and_right_ones_are_no_guesses(guarded: Any) -> None:
    right = {"authorization": basic("سلمى", "كلمة: سر")}
    for _ in range(MOST + 1):
        stale = {"cookie": f"{TOKEN_COOKIE}=of-a-token-that-was-changed"}
        assert send(guarded, "GET", "/config", address="192.0.2.9", headers=stale).status_code == 401
        assert send(guarded, "GET", "/config", address="192.0.2.9", headers=right).status_code == 200


def test_health_is_told_to_anybody_and_nothing_else_is(guarded: Any) -> None:
    assert send(guarded, "GET", "/healthz").text == "ok"


def test_user_and_password_or_the_token_open(guarded: Any) -> None:
    for authorization in (basic("سلمى", "كلمة: سر"), "Bearer a-token-nobody-guesses", "bearer a-token-nobody-guesses"):
        assert send(guarded, "GET", "/config", headers={"authorization": authorization}).status_code == 200


def test_the_token_in_the_address_becomes_a_cookie_and_leaves_the_address(guarded: Any) -> None:
    sent = send(guarded, "GET", "/?token=a-token-nobody-guesses")
    assert sent.status_code == 303
    assert sent.headers["location"] == "/"
    cookie = sent.headers["set-cookie"]
    assert cookie.startswith(f"{TOKEN_COOKIE}=")
    assert "a-token-nobody-guesses" not in cookie
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    value = cookie.partition(";")[0]
    assert send(guarded, "GET", "/config", headers={"cookie": value}).status_code == 200
    assert send(guarded, "GET", "/config", headers={"cookie": value[:-1]}).status_code == 401
    for token in ("", "x", "a-token-nobody-guesse", "%ED%A0%80", "%ff"):
        assert send(guarded, "GET", f"/?token={token}").status_code == 401


@pytest.mark.parametrize("path", ["//evil.example", "///evil.example", "/\\evil.example", "//evil.example/%2e%2e"])
def test_the_token_leads_to_no_other_host(guarded: Any, path: str) -> None:
    sent = send(guarded, "GET", f"http://127.0.0.1:7860{path}?token=a-token-nobody-guesses")
    assert sent.status_code == 303
    assert sent.headers["location"].startswith("/")
    assert not sent.headers["location"].startswith(("//", "/\\"))


def test_beyond_loopback_nothing_opens_without_a_key(tmp_path: Path) -> None:
    for host in ("0.0.0.0", "::", "192.168.1.5", "isnad.example", "", "0", "*"):
        assert not is_loopback(host)
        with pytest.raises(BadSetting):
            app_of(tmp_path, host)
    for host in ("127.0.0.1", "::1", "localhost", "[::1]", "127.0.0.2"):
        assert is_loopback(host)


def test_half_a_pair_is_no_key(tmp_path: Path) -> None:
    for half in ({"user": "a"}, {"password": "a"}, {"user": "a", "token": "t"}):
        with pytest.raises(BadSetting):
            Keys.of(Settings(data_dir=tmp_path, **half), "127.0.0.1")


def test_the_command_refuses_a_host_that_nothing_guards_and_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "a.txt").write_text("زار الوزير المدينة أمس.\n", encoding="utf-8")
    settings, embedder = Settings(data_dir=tmp_path / "data"), FakeEmbedder()
    ingest(
        tmp_path / "files",
        settings=settings,
        corpus="default",
        embedder=embedder,  # type: ignore[arg-type]
        build=partial(build, verify=verify),
    )
    command = [sys.executable, "-m", "ui.cli", "chat", "--host", "0.0.0.0", "--data-dir", str(settings.data_dir)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, timeout=60)
    assert done.returncode == 2
    assert b"ISNAD_TOKEN" in done.stderr
    assert b"Traceback" not in done.stderr


# ---- how much


async def parcels(size: int) -> AsyncIterator[bytes]:
    """A JSON text of `size` bytes that does not say how long it is."""
    yield b'{"x": "'
    for _ in range((size - 9) // 1000):
        yield b"x" * 1000
    yield b"x" * ((size - 9) % 1000) + b'"}'


async def in_pieces(body: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(body), 1000):
        yield body[at : at + 1000]


@pytest.mark.parametrize("path", ["/gradio_api/queue/join", "/gradio_api/run/predict", "/gradio_api/cancel"])
def test_a_body_is_bounded_whatever_its_head_says(app: Any, path: str) -> None:
    json_ = {"content-type": "application/json"}
    for content in (b"x" * (BODY_BYTES + 1), parcels(BODY_BYTES + 1), parcels(5 * BODY_BYTES)):
        refused = send(app, "POST", path, headers=json_, content=content)
        assert refused.status_code == 413
        assert HEADERS.items() <= dict(refused.headers).items()
    assert send(app, "POST", path, headers=json_, content=parcels(BODY_BYTES)).status_code == 422


@pytest.mark.parametrize("length", [b"-1", b"1e9", b"0x1", b"\xb2", b"9" * 5000, b"1 1", b"+1", b"1,1"])
def test_a_length_that_is_no_number_is_refused(app: Any, length: bytes) -> None:
    refused = send(app, "POST", "/gradio_api/cancel", headers=[(b"content-length", length)], content=parcels(20))
    assert refused.status_code == 413


def test_there_is_no_upload_where_it_is_off(app: Any) -> None:
    files = {"files": ("a.txt", b"x")}
    assert send(app, "POST", "/gradio_api/upload", files=files).status_code == 404
    assert get(app, path="/gradio_api/upload_progress?upload_id=x").status_code == 404


def test_an_upload_is_bounded_in_its_files_and_as_a_whole(tmp_path: Path) -> None:
    app = app_of(tmp_path, upload=True, max_file_mb=0.01)
    assert send(app, "POST", "/gradio_api/upload", files={"files": ("a.txt", b"x" * 5000)}).status_code == 200
    assert send(app, "POST", "/gradio_api/upload", files={"files": ("a.txt", b"x" * 20_000)}).status_code == 413
    many = [("files", (f"{at}.txt", b"x" * 10_000)) for at in range(25)]
    assert send(app, "POST", "/gradio_api/upload", files=many).status_code == 413
    written = httpx.Request("POST", "http://x/", files=many)
    content_type = {"content-type": written.headers["content-type"]}
    silent = in_pieces(written.read())
    assert send(app, "POST", "/gradio_api/upload", headers=content_type, content=silent).status_code == 413


# ---- what there is

NOT_THERE = (
    *(
        "/gradio_api/info",
        "/gradio_api/openapi.json",
        "/gradio_api/startup-events",
        "/gradio_api/token",
    ),
    *(
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file/etc/passwd",
        "/gradio_api/proxy=https://evil.example/",
    ),
    *("/gradio_api/deep_link?session_hash=s", "/gradio_api/user", "/gradio_api/login_check", "/login", "/logout"),
    *("/monitoring", "/monitoring/summary", "/gradio_api/run-history/buckets", "/gradio_api/runs", "/robots.txt"),
    *("/gradio_api/dev/reload", "/gradio_api/vibe-code", "/gradio_api/profiling/traces", "/svelte/x", "/pwa_icon"),
    *("/gradio_api/call/ask", "/gradio_api/call/ask/x", "/gradio_api/api/ask", "/gradio_api/run/ask", "/redoc"),
    *("/gradio_api/component_server", "/gradio_api/component_server/", "/gradio_api/process_recording"),
    *("/gradio_api/custom_component/1/client/component/index.js", "/gradio_api/stream/s/1/1/playlist.m3u8"),
    *("/gradio_api/reset", "/gradio_api/call/v2/ask", "/gradio_api/vibe-edit", "/gradio_api/run/predict/"),
    *("//gradio_api/upload", "/gradio_api//upload", "/gradio_api/./upload", "/GRADIO_API/upload", "/healthz/"),
    *("/isnad/..%2fserver.py", "/isnad/..%2f..%2fserver.py", "/isnad/%2e%2e/server.py", "/isnad/..%5cserver.py"),
    *("/isnad//etc/passwd", "/isnad/", "/isnad", "/isnad/%00", "/isnad/fonts", "/isnad/fonts/"),
    *(
        "/articles/../../etc/passwd",
        "/articles/..%2f..%2fetc%2fpasswd/file",
        "/articles/",
        "/sources/",
        "/conversations/",
    ),
    *(
        "/conversations/x/export.md",
        "/conversations/x/export.exe",
        "/conversations/..%2f..%2fx/export.md",
        "/%00",
        "/.git",
    ),
)


@pytest.mark.parametrize("path", NOT_THERE)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_the_page_does_not_need_is_not_there(app: Any, method: str, path: str) -> None:
    told = send(app, method, path, **({"json": {"data": [], "fn_index": 0}} if method == "POST" else {}))
    assert told.status_code in {404, 405}
    assert HEADERS.items() <= dict(told.headers).items()


@pytest.mark.parametrize(
    "path", ["/assets/..%2findex.html", "/static/..%2f..%2f..%2froutes.py", "/assets/%2fetc%2fpasswd"]
)
def test_no_path_leaves_the_folder_of_assets(app: Any, path: str) -> None:
    assert get(app, path=path).status_code in {403, 404}


@pytest.mark.parametrize(
    "path", ["/", "/config", "/theme.css", "/healthz", "/readyz", "/isnad/chat.js", "/isnad/x", "/nix"]
)
def test_every_answer_carries_the_headers(app: Any, path: str) -> None:
    told = get(app, path=path)
    for name, value in HEADERS.items():
        assert told.headers.get_list(name) == [value]


def test_the_policy_lets_the_page_reach_nothing_else() -> None:
    parts = [part.strip().partition(" ") for part in HEADERS["content-security-policy"].split(";")]
    policy = {name: sources for name, _, sources in parts}
    assert policy["default-src"] == policy["connect-src"] == policy["form-action"] == policy["base-uri"] == "'self'"
    assert policy["object-src"] == policy["frame-src"] == policy["frame-ancestors"] == "'none'"
    allowed = {source for sources in policy.values() for source in sources.split()}
    assert allowed == {"'self'", "'none'", "'unsafe-inline'", "data:", "blob:"}
    assert "data:" not in policy["script-src"]


def test_no_websocket_is_opened(app: Any) -> None:
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def said(message: Any) -> None:
        sent.append(message)

    asyncio.run(app({"type": "websocket", "path": "/", "headers": []}, receive, said))
    assert [one["type"] for one in sent] == ["websocket.close"]


# ---- who is who


def test_a_new_browser_gets_a_name_that_nobody_guesses_and_no_script_reads(app: Any) -> None:
    cookies = [get(app, path="/").headers["set-cookie"] for _ in range(2)]
    assert cookies[0] != cookies[1]
    for cookie in cookies:
        name, _, value = cookie.partition(";")[0].partition("=")
        assert (name, len(value)) == (BROWSER_COOKIE, 32)
        assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}


@pytest.mark.parametrize(
    "before",
    [
        "a=b",
        'theme={"dark":1}',
        "x y=1; [=]",
        "a=b; " * 300,
        "ключ=значение",
        '"',
        "=;=;=",
        "a:b=1",
        f"{BROWSER_COOKIE}=x",
    ],
)
def test_a_browser_keeps_its_name_beside_the_cookies_of_others(app: Any, before: str) -> None:
    cookie = f"{before}; {BROWSER_COOKIE}={MINE}".encode()
    assert "set-cookie" not in get(app, path="/", headers=[(b"cookie", cookie)]).headers


@pytest.mark.parametrize(
    "value", ["", "x", MINE + "x", MINE[:-1], MINE[:-1] + " ", "٠" * 32, "/" * 32, '"' + "a" * 30 + '"']
)
def test_a_name_that_is_none_of_ours_is_replaced(app: Any, value: str) -> None:
    cookie = f"{BROWSER_COOKIE}={value}".encode()
    assert BROWSER_COOKIE in get(app, path="/", headers=[(b"cookie", cookie)]).headers["set-cookie"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                [
                    b"cookie",
                    b"authorization",
                    b"accept-language",
                    b"host",
                    b"origin",
                    b"content-length",
                    b"x-forwarded-host",
                ]
            ),
            st.binary(max_size=60),
        ),
        max_size=6,
    ),
    st.text(max_size=40),
)
def test_no_head_and_no_path_makes_the_door_fail(head: list[tuple[bytes, bytes]], path: str) -> None:
    sent: list[Any] = []

    async def room(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    async def said(message: Any) -> None:
        sent.append(message)

    door = Door(room, keys=Keys("u", "p", "t"), loopback=True, known=("/",))
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/" + path,
        "query_string": path.encode("utf-8", "ignore"),
        "headers": head,
    }
    asyncio.run(door(scope, receive, said))
    assert sent[0]["status"] in {401, 403, 404, 413, 421}


@given(st.text(max_size=60))
def test_a_language_is_found_in_any_header(accepted: str) -> None:
    assert language_of({"isnad_language": accepted}, accepted) in {"ar", "en"}


# ---- what the page's script may say

HOSTILE = (
    *("", "null", "[]", "5", '"open"', "{", "[" * 100_000, '{"do":null}', '{"do":"open"}', '{"do":"delete"}', "NaN"),
    *('{"do":"open","id":"\\ud800"}', '{"do":"delete","id":{"a":1}}', '{"do":["delete_all"]}', '{"do":"__class__"}'),
    *('{"do":"delete","id":"%"}', '{"do":"delete","id":"\' OR 1=1 --"}', '{"do":"open","id":"../../x"}', "\x00"),
)


@pytest.fixture(scope="module")
def act(app: Any) -> Callable[..., httpx.Response]:
    """The handler behind the page's own script, called as the page calls it."""
    handlers = {one["api_name"]: one["id"] for one in get(app, path="/config").json()["dependencies"]}

    def called(said: Any, browser: str) -> httpx.Response:
        body = {"data": [said, None], "fn_index": handlers["act"], "session_hash": "s"}
        headers = {"cookie": f"{BROWSER_COOKIE}={browser}"}
        return send(app, "POST", "/gradio_api/run/predict", headers=headers, json=body)

    return called


@pytest.mark.parametrize("said", [*HOSTILE, None, 5, [], {"do": "delete_all"}])
def test_what_the_page_asks_in_no_words_of_ours_does_nothing(act: Callable[..., httpx.Response], said: Any) -> None:
    assert act(said, OTHER).status_code == 200


def test_a_handler_opens_and_deletes_for_the_browser_that_asked_alone(tmp_path: Path) -> None:
    app = app_of(tmp_path)
    history = History(tmp_path / "h.sqlite3")
    mine = history.start(MINE)
    history.keep(MINE, mine, Turn.failed("سؤال سري", "لا جواب"))
    handlers = {one["api_name"]: one["id"] for one in get(app, path="/config").json()["dependencies"]}

    def act(browser: str, **said: str) -> str:
        body = {"data": [json.dumps(said), mine], "fn_index": handlers["act"], "session_hash": "s"}
        headers = {"cookie": f"{BROWSER_COOKIE}={browser}"}
        return send(app, "POST", "/gradio_api/run/predict", headers=headers, json=body).text

    assert "سؤال سري" in json.dumps(json.loads(act(MINE, do="open", id=mine)), ensure_ascii=False)
    for said in ({"do": "open", "id": mine}, {"do": "delete", "id": mine}, {"do": "delete_all"}):
        assert "سؤال سري" not in json.dumps(json.loads(act(OTHER, **said)), ensure_ascii=False)
    for suffix in ("md", "html"):
        for browser, code in ((MINE, 200), (OTHER, 404), ("", 404)):
            headers = {"cookie": f"{BROWSER_COOKIE}={browser}"} if browser else {}
            assert get(app, path=f"/conversations/{mine}/export.{suffix}", headers=headers).status_code == code
    assert [one.question for one in history.turns(MINE, mine)] == ["سؤال سري"]
    act(MINE, do="delete", id=mine)
    assert history.conversations(MINE) == []
