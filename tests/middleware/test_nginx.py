"""Behind a real nginx with TLS, configured by ``docs/nginx.conf``: the command itself, on loopback, and browsers."""

from __future__ import annotations

import hashlib
import re
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_server import QUESTION, events, wait_for
from bad_endpoints import DONE, HEAD, Visit, chunk, serve
from chat_server import ARGUMENTS, CHROMIUM
from playwright.sync_api import sync_playwright
from servers import Nginx, free_port

from rag.config import Settings
from rag.environment import without_settings
from rag.index.build import build
from rag.index.verify import verify_folder
from rag.ingest.sync import ingest
from rag.models.embedding import Embedder
from ui.middleware.security import MOST
from ui.middleware.sessions import BROWSER_COOKIE, SESSION_COOKIE

ROOT = Path(__file__).parents[2]
NEWS, TOKEN = "https://news.example.org", "a-token-nobody-guesses"
BEARER = {"authorization": f"Bearer {TOKEN}"}
REWRITES = {"    proxy_set_header Host $http_host;\n": ""}
"""nginx then names the upstream in Host."""


@dataclass(frozen=True)
class Served:
    """Isnad behind two proxies: one that passes Host, one that rewrites it."""

    passing: Nginx
    rewriting: Nginx
    told: threading.Event
    """Set: the writer model may go on with its answer."""

    def client(self, address: str = "127.0.0.1", *, rewriting: bool = False) -> httpx.Client:
        """A client with this address of its own, in front of a proxy."""
        proxy = self.rewriting if rewriting else self.passing
        trusted = ssl.create_default_context(cafile=str(proxy.certificate))
        client = httpx.Client(
            base_url=f"https://127.0.0.1:{proxy.port}",
            transport=httpx.HTTPTransport(verify=trusted, local_address=address),
            headers={"host": Nginx.NAME},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            timeout=30,
        )
        client.event_hooks["request"] = [lambda one: one.extensions.update(sni_hostname=Nginx.NAME)]
        return client


@pytest.fixture(scope="module")
def served(models: Path, embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("nginx")
    (home / "data").mkdir()
    (home / "data" / "models").symlink_to(models)
    (home / "files").mkdir()
    (home / "files" / "a.txt").write_text("زار المعلم سوتشي أمس.\n", encoding="utf-8")
    ingest(
        home / "files",
        settings=Settings(data_dir=home / "data"),
        corpus="default",
        embedder=embedder,
        build=partial(build, verify=verify_folder),
    )
    told = threading.Event()

    def slow(visit: Visit) -> None:
        told.wait(90)
        visit.send(HEAD + chunk("زار المعلم سوتشي أمس [1].") + chunk(None, "stop") + DONE)

    port = free_port()
    passing = Nginx(home / "passing", f"127.0.0.1:{port}")
    rewriting = Nginx(home / "rewriting", f"127.0.0.1:{port}", REWRITES)
    with serve(slow) as endpoint, (home / "log").open("wb") as log:
        environment = without_settings() | {
            "ISNAD_DATA_DIR": str(home / "data"),
            "ISNAD_TOKEN": f"sha256:{hashlib.sha256(TOKEN.encode()).hexdigest()}",
            "ISNAD_PUBLIC_ORIGINS": NEWS,
            "ISNAD_TRUSTED_PROXIES": "127.0.0.1",
            "ISNAD_LLM_URL": endpoint.url,
            "ISNAD_LLM_MODEL": "m",
            "ISNAD_ANSWER_PROBABILITY": "0",
            "XDG_CONFIG_HOME": str(home / "no-config"),
            "HF_HUB_OFFLINE": "1",
        }
        command = [sys.executable, "-m", "ui.cli.main", "serve", "--port", str(port)]
        isnad = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            wait_for(lambda: isnad.poll() is not None or _ready(port), 300)
            assert isnad.poll() is None, (home / "log").read_text()
            yield Served(passing, rewriting, told)
        finally:
            told.set()
            isnad.kill()
            isnad.wait()
            passing.kill()
            rewriting.kill()


def _ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", headers=BEARER, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def cookies_set(response: httpx.Response) -> dict[str, set[str]]:
    """The cookies that a response sets, each with its flags."""
    parts = [[part.strip() for part in one.split(";")] for one in response.headers.get_list("set-cookie")]
    return {first.partition("=")[0]: set(rest) for first, *rest in parts}


def cookie_of(response: httpx.Response) -> dict[str, str]:
    """The header that a browser sends after a response; the clients here keep no cookie themselves."""
    pairs = [one.partition(";")[0] for one in response.headers.get_list("set-cookie")]
    return {"cookie": "; ".join(pairs)}


@pytest.mark.parametrize("rewriting", [False, True])
def test_the_page_the_sign_in_and_the_log_out_work_over_tls(served: Served, rewriting: bool) -> None:
    with served.client(rewriting=rewriting) as client:
        assert client.get("/").status_code == 401
        sent = client.get("/", params={"token": TOKEN, "c": "x"})
        assert (sent.status_code, sent.headers["location"]) == (303, "/?c=x")
        session, flags = cookies_set(sent).popitem()
        assert session == f"__Host-{SESSION_COOKIE}"
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= flags
        mine = cookie_of(sent)
        page = client.get("/", headers=mine)
        assert page.status_code == 200
        assert "<html" in page.text
        assert page.headers["strict-transport-security"]
        browser, flags = cookies_set(page).popitem()
        assert browser == f"__Host-{BROWSER_COOKIE}"
        assert "Secure" in flags
        for origin, status in ((NEWS, 200), ("https://evil.example", 403), ("http://news.example.org", 403)):
            headers = mine | {"origin": origin}
            body = {"session_hash": "s", "fn_index": 0, "event_id": "e"}
            assert client.post("/gradio_api/cancel", headers=headers, json=body).status_code == status
        assert client.post("/logout", headers=mine | {"origin": "https://evil.example"}).status_code == 403
        assert client.post("/logout", headers=mine | {"origin": NEWS}).status_code == 204
        assert client.get("/", headers=mine).status_code == 401


def test_plain_http_leads_to_https_and_no_log_holds_a_token(served: Served) -> None:
    address = f"http://127.0.0.1:{served.passing.plain_port}/?token={TOKEN}"
    sent = httpx.get(address, headers={"host": Nginx.NAME}, trust_env=False)
    assert (sent.status_code, sent.headers["location"]) == (301, f"{NEWS}/?token={TOKEN}")
    with served.client() as client:
        assert client.get("/", params={"token": TOKEN}).status_code == 303
    log = served.passing.home / "access.log"
    wait_for(lambda: '"GET /" 303' in log.read_text())
    assert TOKEN not in log.read_text()


def test_a_host_that_nobody_named_is_refused(served: Served) -> None:
    with served.client() as client:
        for host in ("evil.example", "news.example.org:1", "127.0.0.1.evil.example"):
            assert client.get("/healthz", headers={"host": host}).status_code == 421


def test_an_answer_is_streamed_through_it_while_the_model_still_writes(served: Served) -> None:
    with served.client() as client:
        asked = {"question": QUESTION, "stream": True}
        with client.stream("POST", "/v1/answers", json=asked, headers=BEARER) as response:
            lines = events(response.iter_lines())
            assert next(lines)[0] == "evidence"
            assert not served.told.is_set()
            served.told.set()
            name, document = list(lines)[-1]
        assert name == "done"
        assert document["claims"][0]["text"] == "زار المعلم سوتشي أمس. [1]"


def test_a_text_to_check_of_the_longest_length_comes_through(served: Served) -> None:
    with served.client() as client:
        told = client.post("/v1/check", json={"text": "ا" * 200_001}, headers=BEARER)
        assert (told.status_code, "200000" in told.text) == (422, True)  # refused by Isnad, not by the proxy
        assert client.post("/v1/check", content=b"x" * 3_000_000, headers=BEARER).status_code == 413


def test_wrong_keys_hold_up_their_own_client_alone_whatever_it_writes_as_its_address(served: Served) -> None:
    with served.client("127.0.0.2") as guesser, served.client("127.0.0.3") as other:
        mine = cookie_of(guesser.get("/", params={"token": TOKEN}))
        for at in range(30):
            headers = {"authorization": f"Bearer {at}", "x-forwarded-for": f"203.0.113.{at}"}
            assert guesser.get("/v1/corpus", headers=headers).status_code == (401 if at < MOST else 429)
        assert guesser.get("/v1/corpus", headers=BEARER).status_code == 429
        assert guesser.get("/v1/corpus", headers=mine).status_code == 200
        assert other.get("/v1/corpus", headers=BEARER).status_code == 200


def test_without_the_proxy_a_forged_address_evades_no_limit(served: Served) -> None:
    """This machine is a trusted proxy there; a peer at another address of loopback is none."""
    upstream = re.search(r"proxy_pass http://(\S+);", (served.passing.home / "nginx.conf").read_text())
    assert upstream
    transport = httpx.HTTPTransport(local_address="127.0.0.4")
    with httpx.Client(base_url=f"http://{upstream[1]}", transport=transport) as client:
        for at in range(30):
            headers = {"authorization": f"Bearer {at}", "x-forwarded-for": f"203.0.113.{at}"}
            assert client.get("/v1/corpus", headers=headers).status_code == (401 if at < MOST else 429)


def test_in_a_real_browser_the_token_signs_in_the_page_asks_and_log_out_shuts_it(served: Served) -> None:
    served.told.set()
    arguments = [*ARGUMENTS, "--ignore-certificate-errors"]
    arguments.append(f"--host-resolver-rules=MAP {Nginx.NAME} 127.0.0.1:{served.passing.port}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        try:
            page = browser.new_context(locale="ar", ignore_https_errors=True).new_page()
            page.set_default_timeout(30_000)
            page.goto(f"{NEWS}/?token={TOKEN}")
            assert page.url == f"{NEWS}/"
            page.wait_for_selector("#log-out")
            assert page.text_content("#log-out").strip() == "تسجيل الخروج"
            kept: dict[str, Any] = {one["name"]: one for one in page.context.cookies()}
            for name in (f"__Host-{SESSION_COOKIE}", f"__Host-{BROWSER_COOKIE}"):
                assert kept[name]["secure"]
                assert kept[name]["httpOnly"]
            page.fill("#question textarea", QUESTION)
            page.press("#question textarea", "Enter")
            page.wait_for_selector("#chat a.cite")
            page.wait_for_selector("#conversations a.name")
            with page.expect_navigation():
                page.click("#log-out")
            assert "valid credentials are required" in (page.text_content("body") or "")
            assert f"__Host-{SESSION_COOKIE}" not in {one["name"] for one in page.context.cookies()}
            assert page.goto(NEWS).status == 401
        finally:
            browser.close()
