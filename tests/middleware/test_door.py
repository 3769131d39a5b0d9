"""The door of the chat: who comes in, what may be asked for, how large, and what every answer carries. No browser."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import sqlite3
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
from starlette.requests import Request
from starlette.responses import Response

from rag.config import Settings
from rag.errors import BadSetting
from rag.index.build import build
from rag.index.verify import verify_folder
from rag.ingest.sync import ingest
from ui.middleware.gradio_patches import language_of
from ui.middleware.security import BODY_BYTES, HEADERS, MOST, WINDOW_SECONDS, Door, Keys, is_loopback
from ui.middleware.sessions import BROWSER_COOKIE, FILE, SESSION_COOKIE, Sessions, sign
from ui.server import make_app
from ui.shared.history import History, Turn

ROOT = Path(__file__).parents[2]
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


TOKEN = "a-token-nobody-guesses"


def signed_in(app: Any) -> str:
    """The cookie of a new session, as the browser sends it."""
    return str(send(app, "GET", f"/?token={TOKEN}").headers["set-cookie"].partition(";")[0])


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
        wrong = send(
            guarded,
            "GET",
            ("/config", f"/?token={at}")[at % 2],
            address="192.0.2.7",
            headers={"authorization": f"Bearer {at}"},
        )
        assert wrong.status_code == 401
    for headers in (right, {"authorization": "Bearer 0"}):
        refused = send(guarded, "GET", "/config", address="192.0.2.7", headers=headers)
        assert refused.status_code == 429
        assert 0 < int(refused.headers["retry-after"]) <= WINDOW_SECONDS
    assert send(guarded, "GET", f"/?token={TOKEN}", address="192.0.2.7").status_code == 429
    # Who shows no key guesses none, and nobody else is held up.
    assert send(guarded, "GET", "/config", address="192.0.2.7").status_code == 401
    assert send(guarded, "GET", "/healthz", address="192.0.2.7").status_code == 200
    assert send(guarded, "GET", "/config", address="192.0.2.8", headers=right).status_code == 200


def test_a_valid_session_is_never_refused_for_the_wrong_keys_of_others_at_its_address(guarded: Any) -> None:
    mine = {"cookie": signed_in(guarded)}
    for at in range(2 * MOST):
        send(guarded, "GET", "/config", address="192.0.2.10", headers={"authorization": f"Bearer {at}"})
    refused = send(guarded, "GET", "/config", address="192.0.2.10", headers={"authorization": f"Bearer {TOKEN}"})
    assert refused.status_code == 429
    assert send(guarded, "GET", "/config", address="192.0.2.10", headers=mine).status_code == 200
    assert send(guarded, "GET", "/config?token=x", address="192.0.2.10", headers=mine).status_code == 303


def test_the_same_wrong_key_again_stale_sessions_and_right_keys_are_no_guesses(guarded: Any) -> None:
    right = {"authorization": basic("سلمى", "كلمة: سر")}
    for at in range(MOST + 1):
        stale = {"cookie": f"{SESSION_COOKIE}=one-that-has-ended-{at}"}
        assert send(guarded, "GET", "/config", address="192.0.2.9", headers=stale).status_code == 401
        again = {"authorization": "Bearer of-last-year"}
        assert send(guarded, "GET", "/config", address="192.0.2.9", headers=again).status_code == 401
        assert send(guarded, "GET", "/config", address="192.0.2.9", headers=right).status_code == 200


@pytest.mark.parametrize("header", ["x-forwarded-for", "x-real-ip", "forwarded", "x-client-ip", "cf-connecting-ip"])
def test_a_forged_address_evades_no_limit(guarded: Any, header: str) -> None:
    address = next(ADDRESSES)
    for at in range(30):
        headers = {"authorization": f"Bearer {at}", header: f"203.0.113.{at}"}
        told = send(guarded, "GET", "/config", address=address, headers=headers)
        assert told.status_code == (401 if at < MOST else 429)


def test_of_the_addresses_that_a_trusted_proxy_forwards_the_last_one_that_is_no_proxy_counts(tmp_path: Path) -> None:
    app = app_of(tmp_path, "0.0.0.0", token=TOKEN, trusted_proxies="10.9.0.1,10.8.0.0/16")

    def tried(key: str, forwarded: str, peer: str = "10.9.0.1") -> int:
        headers = {"authorization": f"Bearer {key}", "x-forwarded-for": forwarded}
        return send(app, "GET", "/config", address=peer, headers=headers).status_code

    for at in range(MOST):  # what a client has written stands before what the proxies add
        assert tried(f"wrong {at}", f"203.0.113.{at}, 198.51.100.7, 10.8.3.{at}") == 401
    assert tried(TOKEN, "198.51.100.7") == 429
    assert tried(TOKEN, "203.0.113.1, 198.51.100.7", peer="10.8.1.1") == 429
    assert tried(TOKEN, "198.51.100.8") == 200
    assert tried(TOKEN, "198.51.100.7", peer="10.9.0.2") == 200  # that one is no proxy: it is believed nothing


def test_health_is_told_to_anybody_and_nothing_else_is(guarded: Any) -> None:
    assert send(guarded, "GET", "/healthz").text == "ok"


def test_user_and_password_or_the_token_open(guarded: Any) -> None:
    for authorization in (basic("سلمى", "كلمة: سر"), "Bearer a-token-nobody-guesses", "bearer a-token-nobody-guesses"):
        assert send(guarded, "GET", "/config", headers={"authorization": authorization}).status_code == 200


def test_the_token_in_the_address_becomes_a_session_and_leaves_the_address(guarded: Any) -> None:
    sent = send(guarded, "GET", f"/?c=a%20b&token={TOKEN}")
    assert sent.status_code == 303
    assert sent.headers["location"] == "/?c=a+b"
    cookie = sent.headers["set-cookie"]
    assert cookie.startswith(f"{SESSION_COOKIE}=")
    assert TOKEN not in cookie
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    value = cookie.partition(";")[0]
    assert send(guarded, "GET", "/config", headers={"cookie": value}).status_code == 200
    assert send(guarded, "GET", "/config", headers={"cookie": value[:-1]}).status_code == 401
    for token in ("", "x", "a-token-nobody-guesse", "%ED%A0%80", "%ff"):
        assert send(guarded, "GET", f"/?token={token}").status_code == 401
    assert send(guarded, "POST", f"/?token={TOKEN}").status_code == 401


def test_every_sign_in_is_a_session_of_its_own(guarded: Any) -> None:
    assert signed_in(guarded) != signed_in(guarded)


def test_the_stored_hash_of_a_token_opens_nothing(tmp_path: Path) -> None:
    hashed = hashlib.sha256(TOKEN.encode()).hexdigest()
    app = app_of(tmp_path, "0.0.0.0", token=f"sha256:{hashed}")
    assert signed_in(app)
    # The cookie of earlier versions: whoever read the settings could make it.
    derived = hashlib.sha256(f"isnad:{hashed}".encode()).hexdigest()
    kept = sqlite3.connect(tmp_path / FILE).execute("SELECT hex(name), hex(credential) FROM sessions").fetchall()
    secret = Sessions(tmp_path / FILE).secret
    made = [hashed, f"sha256:{hashed}", derived, secret.hex(), *(one.lower() for row in kept for one in row)]
    for at, value in enumerate(made):
        for name in ("isnad_token", SESSION_COOKIE, BROWSER_COOKIE):
            headers = {"cookie": f"{name}={value}"}
            assert send(app, "GET", "/config", headers=headers).status_code == 401
        assert send(app, "GET", f"/?token={value}").status_code == 401
        headers = {"authorization": f"Bearer {value}"}
        assert send(app, "GET", "/config", headers=headers).status_code == 401, at


def test_a_session_outlives_the_server_and_ends_with_the_token_that_began_it(tmp_path: Path) -> None:
    first = {"cookie": signed_in(app_of(tmp_path, "0.0.0.0", token=TOKEN))}

    def told(**settings: Any) -> int:
        return send(app_of(tmp_path, "0.0.0.0", **settings), "GET", "/config", headers=first).status_code

    assert told(token=TOKEN) == 200
    assert told(token=f"sha256:{hashlib.sha256(TOKEN.encode()).hexdigest()}") == 200  # the same token
    assert told(token=TOKEN, user="a", password="b") == 200
    assert told(token="another", user="a", password="b") == 401
    assert told(token=TOKEN) == 401  # nor does it come back with the token


def test_a_password_begins_a_session_for_a_browser_and_none_for_a_program(tmp_path: Path) -> None:
    app = app_of(tmp_path, "0.0.0.0", user="a", password="b", token=TOKEN)
    right = {"authorization": basic("a", "b")}
    for path, headers in (
        ("/", right),
        ("/config", right | {"accept": "text/html"}),
        ("/", {"authorization": f"Bearer {TOKEN}", "accept": "text/html"}),
        ("/", {"authorization": basic("a", "x"), "accept": "text/html"}),
    ):
        assert SESSION_COOKIE not in send(app, "GET", path, headers=headers).headers.get("set-cookie", "")
    told = send(app, "GET", "/", headers=right | {"accept": "text/html,*/*;q=0.8"})
    (cookie,) = (one for one in told.headers.get_list("set-cookie") if one.startswith(f"{SESSION_COOKIE}="))
    mine = {"cookie": cookie.partition(";")[0]}
    assert send(app, "GET", "/config", headers=mine).status_code == 200
    other = app_of(tmp_path, "0.0.0.0", user="a", password="c", token=TOKEN)
    assert send(other, "GET", "/config", headers=mine).status_code == 401


# ---- log out


def test_a_log_out_ends_the_session_on_the_server_and_the_others_go_on(guarded: Any) -> None:
    mine, other = {"cookie": signed_in(guarded)}, {"cookie": signed_in(guarded)}
    ended = send(guarded, "POST", "/logout", headers=mine | {"origin": "http://127.0.0.1:7860"})
    assert ended.status_code == 204
    assert ended.headers["set-cookie"].startswith(f"{SESSION_COOKIE}=; Path=/; Max-Age=0;")
    assert send(guarded, "GET", "/config", headers=mine).status_code == 401
    assert send(guarded, "POST", "/logout", headers=mine).status_code == 401
    assert send(guarded, "GET", "/config", headers=other).status_code == 200


def test_no_page_elsewhere_and_no_link_logs_anybody_out(guarded: Any) -> None:
    mine = {"cookie": signed_in(guarded)}
    for origin in ("http://evil.example", "null", "http://127.0.0.1:7861"):
        assert send(guarded, "POST", "/logout", headers=mine | {"origin": origin}).status_code == 403
    linked = send(guarded, "GET", "/logout", headers=mine)
    assert (linked.status_code, linked.headers["allow"]) == (405, "POST")
    assert send(guarded, "GET", "/config", headers=mine).status_code == 200


def test_a_browser_that_sent_a_password_is_refused_once_when_it_logs_out_so_that_it_forgets_it(guarded: Any) -> None:
    right = {"authorization": basic("سلمى", "كلمة: سر"), "accept": "text/html"}
    told = send(guarded, "GET", "/", headers=right)
    cookie = next(one for one in told.headers.get_list("set-cookie") if one.startswith(SESSION_COOKIE))
    mine = right | {"cookie": cookie.partition(";")[0]}
    ended = send(guarded, "POST", "/logout", headers=mine)
    assert ended.status_code == 401
    assert ended.headers["www-authenticate"].startswith("Basic")
    assert ended.headers["set-cookie"].startswith(f"{SESSION_COOKIE}=; Path=/; Max-Age=0;")
    assert send(guarded, "GET", "/config", headers={"cookie": mine["cookie"]}).status_code == 401
    # Who types it into the question that the browser then asks is in again, and not asked for ever.
    assert send(guarded, "POST", "/logout", headers=mine).status_code == 204


def test_the_page_has_a_control_to_log_out_where_somebody_is_signed_in_alone(app: Any, guarded: Any) -> None:
    def controls(told: httpx.Response) -> set[str]:
        return {one["props"].get("elem_id") for one in told.json()["components"]}

    assert "log-out" not in controls(get(app, path="/config"))
    assert "log-out" in controls(get(guarded, path="/config", headers={"cookie": signed_in(guarded)}))


# ---- behind a proxy with TLS

NEWS = "https://news.example.org"


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """On loopback, behind a proxy at 10.9.0.1."""
    folder = tmp_path_factory.mktemp("proxied")
    return app_of(folder, token=TOKEN, public_origins=f"{NEWS},https://a.example:8443", trusted_proxies="10.9.0.1")


@pytest.mark.parametrize("host", ["news.example.org", "NEWS.example.org", "news.example.org:443", "127.0.0.1:7860"])
def test_behind_a_proxy_that_passes_the_host_or_writes_its_own_the_page_works(proxied: Any, host: str) -> None:
    key = {"authorization": f"Bearer {TOKEN}"}
    assert send(proxied, "GET", "/", host=host, headers=key).status_code == 200
    body = {"session_hash": "s", "fn_index": 0, "event_id": "e"}
    asked = send(proxied, "POST", "/gradio_api/cancel", host=host, headers=key | {"origin": NEWS}, json=body)
    assert asked.status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        *("news.example.org.evil.example", "news.example.or", "news.example.org:8443", "news.example.org:80"),
        *("a.example", "a.example:443", "sub.news.example.org", "evil.example", "news.example.org."),
    ],
)
def test_a_host_that_is_not_exactly_that_of_a_public_origin_is_refused(proxied: Any, host: str) -> None:
    assert send(proxied, "GET", "/healthz", host=host).status_code == 421
    assert (
        send(proxied, "GET", "/healthz", host=host, headers={"x-forwarded-host": "news.example.org"}).status_code == 421
    )
    assert send(proxied, "GET", "/healthz", host="a.example:8443").status_code == 200


@pytest.mark.parametrize(
    "origin",
    [
        *("http://news.example.org", "https://news.example.org:8443", "https://sub.news.example.org", "null"),
        *("https://news.example.org.evil.example", "https://127.0.0.1", "http://evil.example"),
    ],
)
def test_at_a_public_host_a_page_of_any_other_origin_is_refused(proxied: Any, origin: str) -> None:
    headers = {"authorization": f"Bearer {TOKEN}", "origin": origin}
    for host in ("news.example.org", "127.0.0.1:7860"):
        assert send(proxied, "GET", "/config", host=host, headers=headers).status_code == 403


def cookies_set(app: Any, path: str, **more: Any) -> dict[str, set[str]]:
    """The cookies that an answer sets, each with its flags."""
    told = send(app, "GET", path, **more)
    parts = [[part.strip() for part in one.split(";")] for one in told.headers.get_list("set-cookie")]
    return {first.partition("=")[0]: set(rest) for first, *rest in parts}


def test_over_https_cookies_are_secure_and_bound_to_their_host_and_over_http_they_are_plain(proxied: Any) -> None:
    sign_in, tls = f"/?token={TOKEN}", {"x-forwarded-proto": "https"}
    for path, name in ((sign_in, SESSION_COOKIE), ("/", BROWSER_COOKIE)):
        key = {"authorization": f"Bearer {TOKEN}"} if path == "/" else {}
        for more in ({"host": "news.example.org"}, {"address": "10.9.0.1", "headers": tls}):
            more = more | {"headers": key | more.get("headers", {})}
            (set_,) = cookies_set(proxied, path, **more).items()
            assert set_[0] == f"__Host-{name}"
            assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set_[1]
            assert not any(flag.startswith("Domain") for flag in set_[1])
        for more in ({}, {"headers": tls}):  # that peer is no trusted proxy
            more = more | {"headers": key | more.get("headers", {})}
            (set_,) = cookies_set(proxied, path, **more).items()
            assert set_[0] == name
            assert "Secure" not in set_[1]


def test_over_https_a_cookie_without_the_prefix_is_as_none(proxied: Any) -> None:
    """A page of a sibling domain, or one over plain http, could plant it."""
    session = signed_in(proxied)
    assert send(proxied, "GET", "/config", headers={"cookie": session}).status_code == 200
    https = {"host": "news.example.org"}
    assert send(proxied, "GET", "/config", **https, headers={"cookie": session}).status_code == 401
    assert send(proxied, "GET", "/config", **https, headers={"cookie": f"__Host-{session}"}).status_code == 200
    assert send(proxied, "GET", "/config", headers={"cookie": f"__Host-{session}"}).status_code == 401


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
        build=partial(build, verify=verify_folder),
    )
    command = [sys.executable, "-m", "ui.cli.main", "chat", "--host", "0.0.0.0", "--data-dir", str(settings.data_dir)]
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
        assert name == BROWSER_COOKIE
        assert [len(part) for part in value.split(".")] == [32, 43]  # 24 random bytes, and 32 of a signature
        assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}


@pytest.fixture(scope="module")
def mine(app: Any) -> str:
    """A name as the server signed it."""
    return str(get(app, path="/").headers["set-cookie"].partition(";")[0].partition("=")[2])


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
def test_a_browser_keeps_its_name_beside_the_cookies_of_others(app: Any, mine: str, before: str) -> None:
    cookie = f"{before}; {BROWSER_COOKIE}={mine}".encode()
    assert "set-cookie" not in get(app, path="/", headers=[(b"cookie", cookie)]).headers


NAMES = ("", "x", MINE + "x", MINE[:-1], MINE[:-1] + " ", "٠" * 32, "/" * 32, '"' + "a" * 30 + '"', MINE, "a" * 32)


@pytest.mark.parametrize("value", [*NAMES, f"{MINE}.", f"{MINE}.{'A' * 43}", sign(b"another secret", MINE), ".", "é.é"])
def test_a_name_that_the_server_did_not_sign_is_replaced(app: Any, value: str) -> None:
    cookie = f"{BROWSER_COOKIE}={value}".encode()
    assert BROWSER_COOKIE in get(app, path="/", headers=[(b"cookie", cookie)]).headers["set-cookie"]


def test_neither_half_of_a_signed_name_can_be_changed(app: Any, mine: str) -> None:
    for at in range(len(mine) - 1):  # of the last letter two bits are padding
        changed = f"{mine[:at]}{'A' if mine[at] != 'A' else 'B'}{mine[at + 1 :]}"
        cookie = {"cookie": f"{BROWSER_COOKIE}={changed}"}
        assert BROWSER_COOKIE in get(app, path="/", headers=cookie).headers["set-cookie"]


def test_what_runs_behind_the_middleware_sees_of_our_cookies_a_verified_name_alone(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path / FILE)
    seen: list[str] = []

    async def room(scope: Any, receive: Any, send: Any) -> None:
        seen.append(Request(scope).headers.get("cookie", ""))
        await Response()(scope, receive, send)

    door = Door(room, keys=Keys(), sessions=sessions, loopback=True, known=("/", "/x"))
    good = f"{BROWSER_COOKIE}={sign(sessions.secret, MINE)}"
    for sent, handed_on in (
        (f"a=b; {good}; c=d", f"a=b; c=d; {BROWSER_COOKIE}={MINE}"),
        (f"{SESSION_COOKIE}=x;__Host-{SESSION_COOKIE}=y; a=b", "a=b"),
        (f"{BROWSER_COOKIE}={MINE}", ""),
        (f"{good}; {BROWSER_COOKIE} = {OTHER}", ""),
        (f"__Host-{good}; __Host-{BROWSER_COOKIE}={MINE}", ""),
    ):
        assert get(door, path="/x", headers={"cookie": sent}).status_code == 200
        assert seen.pop() == handed_on


def test_conversations_kept_under_a_name_of_an_earlier_version_stay_with_their_browser(tmp_path: Path) -> None:
    history = History(tmp_path / "h.sqlite3")
    history.keep(MINE, kept := history.start(MINE), Turn.failed("سؤال سري", "لا جواب"))
    history.start(OTHER)  # started, but nothing was kept in it
    app, export = app_of(tmp_path), f"/conversations/{kept}/export.md"
    old = {"cookie": f"{BROWSER_COOKIE}={MINE}"}
    assert get(app, path=export, headers=old).status_code == 404
    signed = get(app, path="/", headers=old).headers["set-cookie"].partition(";")[0]
    assert signed.startswith(f"{BROWSER_COOKIE}={MINE}.")
    assert get(app, path=export, headers={"cookie": signed}).status_code == 200
    other = get(app, path="/", headers={"cookie": f"{BROWSER_COOKIE}={OTHER}"}).headers["set-cookie"]
    assert OTHER not in other
    (tmp_path / "h.sqlite3").write_bytes(b"no database, but long enough to be looked at" * 100)
    assert "set-cookie" not in get(app, path="/", headers=old).headers  # a new name would take its place for good


@pytest.mark.parametrize("host", ["news.example.org", "127.0.0.1:7860"])
def test_a_name_that_another_browser_plants_is_not_taken(tmp_path: Path, host: str) -> None:
    """A page of a sibling domain can set a plain cookie. With its own name in it, it would read what is asked."""
    app = app_of(tmp_path, public_origins=NEWS)
    signed = get(app, path="/", host=host).headers["set-cookie"].partition(";")[0].partition("=")[2]
    name = signed.partition(".")[0]
    history = History(tmp_path / "h.sqlite3")
    history.keep(name, history.start(name), Turn.failed("سؤال سري", "لا جواب"))
    planted = [name, f"{name}.{'A' * 43}", *([signed] if host == "news.example.org" else [])]
    for value in planted:
        told = get(app, path="/", host=host, headers={"cookie": f"{BROWSER_COOKIE}={value}"})
        assert name not in told.headers["set-cookie"]


def test_a_lost_secret_loses_nobody_the_conversations_that_are_kept(tmp_path: Path) -> None:
    cookie = get(app_of(tmp_path), path="/").headers["set-cookie"].partition(";")[0]
    name = cookie.partition("=")[2].partition(".")[0]
    history = History(tmp_path / "h.sqlite3")
    history.keep(name, kept := history.start(name), Turn.failed("سؤال سري", "لا جواب"))
    (tmp_path / FILE).unlink()
    app = app_of(tmp_path)
    again = get(app, path="/", headers={"cookie": cookie}).headers["set-cookie"].partition(";")[0]
    assert again != cookie
    export = f"/conversations/{kept}/export.md"
    assert get(app, path=export, headers={"cookie": cookie}).status_code == 404
    assert get(app, path=export, headers={"cookie": again}).status_code == 200


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> Sessions:
    return Sessions(tmp_path_factory.mktemp("sessions") / FILE)


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
def test_no_head_and_no_path_makes_the_door_fail(
    sessions: Sessions, head: list[tuple[bytes, bytes]], path: str
) -> None:
    sent: list[Any] = []

    async def room(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    async def said(message: Any) -> None:
        sent.append(message)

    door = Door(room, keys=Keys("u", "p", "t"), sessions=sessions, loopback=True, known=("/",))
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
def act(app: Any, mine: str) -> Callable[..., httpx.Response]:
    """The handler behind the page's own script, called as the page calls it."""
    handlers = {one["api_name"]: one["id"] for one in get(app, path="/config").json()["dependencies"]}

    def called(said: Any) -> httpx.Response:
        body = {"data": [said, None], "fn_index": handlers["act"], "session_hash": "s"}
        headers = {"cookie": f"{BROWSER_COOKIE}={mine}"}
        return send(app, "POST", "/gradio_api/run/predict", headers=headers, json=body)

    return called


@pytest.mark.parametrize("said", [*HOSTILE, None, 5, [], {"do": "delete_all"}])
def test_what_the_page_asks_in_no_words_of_ours_does_nothing(act: Callable[..., httpx.Response], said: Any) -> None:
    assert act(said).status_code == 200


def test_a_handler_opens_and_deletes_for_the_browser_that_asked_alone(tmp_path: Path) -> None:
    app = app_of(tmp_path)
    secret = Sessions(tmp_path / FILE).secret
    history = History(tmp_path / "h.sqlite3")
    mine = history.start(MINE)
    history.keep(MINE, mine, Turn.failed("سؤال سري", "لا جواب"))
    handlers = {one["api_name"]: one["id"] for one in get(app, path="/config").json()["dependencies"]}

    def act(browser: str, **said: str) -> str:
        body = {"data": [json.dumps(said), mine], "fn_index": handlers["act"], "session_hash": "s"}
        headers = {"cookie": f"{BROWSER_COOKIE}={sign(secret, browser)}"}
        return send(app, "POST", "/gradio_api/run/predict", headers=headers, json=body).text

    assert "سؤال سري" in json.dumps(json.loads(act(MINE, do="open", id=mine)), ensure_ascii=False)
    for said in ({"do": "open", "id": mine}, {"do": "delete", "id": mine}, {"do": "delete_all"}):
        assert "سؤال سري" not in json.dumps(json.loads(act(OTHER, **said)), ensure_ascii=False)
    for suffix in ("md", "html"):
        for browser, code in ((MINE, 200), (OTHER, 404), ("", 404)):
            headers = {"cookie": f"{BROWSER_COOKIE}={sign(secret, browser)}"} if browser else {}
            assert get(app, path=f"/conversations/{mine}/export.{suffix}", headers=headers).status_code == code
    assert [one.question for one in history.turns(MINE, mine)] == ["سؤال سري"]
    act(MINE, do="delete", id=mine)
    assert history.conversations(MINE) == []
