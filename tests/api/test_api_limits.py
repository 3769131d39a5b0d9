"""How much the API takes: places, time, size, keys; and what it says to those that it does not serve."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_server import QUESTION, Api, is_problem, served_api, wait_for
from chat_server import Paced

from rag.corpus import Corpus
from rag.errors import IndexUnusable
from rag.types import Delta, End, Found, Prompt, Query
from ui.middleware.security import HEADERS

SEARCH = {"question": QUESTION}
RUNNING = "isnad_requests_running "


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Two places, and a second and a half for each answer."""
    with served_api(tmp_path_factory.mktemp("limits"), api_at_once=2, answer_seconds=1.5) as api:
        yield api


@pytest.fixture
def api(server: Api) -> Iterator[Api]:
    answerer, search = server.corpus.answerer, server.corpus.search
    yield server
    server.corpus.answerer, server.corpus.search = answerer, search
    wait_for(lambda: server.client.post("/v1/search", json=SEARCH).status_code == 200)


# ---- places


def test_one_too_many_is_told_when_to_try_again_and_served_once_there_is_a_place(api: Api) -> None:
    begun: list[None] = []
    freed = threading.Event()

    def held(_: Prompt, cancel: threading.Event) -> Iterator[Delta | End]:
        begun.append(None)
        while not freed.wait(0.01) and not cancel.is_set():
            continue
        yield End("stop")

    api.writes(held)
    with ThreadPoolExecutor(2) as two:
        running = [two.submit(api.ask, stream=stream) for stream in (False, True)]
        wait_for(lambda: len(begun) == 2)
        for path in ("/v1/answers", "/v1/search"):
            refused = api.client.post(path, json=SEARCH)
            is_problem(refused, 429)
            assert int(refused.headers["retry-after"]) >= 1
        is_problem(api.ask(stream=True), 429)
        # What asks no model is not held up.
        assert api.client.get("/v1/articles").status_code == 200
        freed.set()
        assert all(one.result().status_code in {200, 503} for one in running)
    assert api.client.post("/v1/search", json=SEARCH).status_code == 200


def test_places_are_given_back_after_errors(api: Api) -> None:
    def torn(_: Query) -> Found:
        raise IndexUnusable("the index is torn", where="x", do="ingest again")

    api.corpus.search = torn
    api.writes(Paced(), torn)
    for _ in range(3):
        for stream in (False, True):
            is_problem(api.ask(stream=stream), 503)
        is_problem(api.client.post("/v1/search", json=SEARCH), 503)


def test_places_are_given_back_when_clients_leave(api: Api) -> None:
    for stream in (False, True, False, True):
        model = Paced()
        api.writes(model)
        with pytest.raises(httpx.ReadTimeout), httpx.Client(base_url=api.address, timeout=0.3) as client:
            client.post("/v1/answers", json={"question": QUESTION, "stream": stream})
        assert model.cancelled.wait(1)
    wait_for(lambda: api.client.post("/v1/search", json=SEARCH).status_code == 200, 1)


def test_a_search_whose_client_left_keeps_its_place_until_it_ends_and_no_longer(api: Api) -> None:
    search, begun, freed = api.corpus.search, threading.Semaphore(0), threading.Event()

    def held(query: Query) -> Found:
        begun.release()
        freed.wait(20)
        return search(query)

    def running() -> float:
        [line] = [one for one in api.client.get("/metrics").text.splitlines() if one.startswith(RUNNING)]
        return float(line.split()[1])

    api.corpus.search = held
    for _ in range(2):
        with pytest.raises(httpx.ReadTimeout), httpx.Client(base_url=api.address, timeout=0.3) as client:
            client.post("/v1/search", json=SEARCH)
        assert begun.acquire(timeout=1)
    is_problem(api.client.post("/v1/search", json=SEARCH), 429)
    assert running() == 2
    freed.set()
    wait_for(lambda: running() == 0)
    api.corpus.search = search
    assert api.client.post("/v1/search", json=SEARCH).status_code == 200


# ---- time


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_that_takes_too_long_is_cut_and_says_so(api: Api, stream: bool) -> None:
    model = Paced("زار المعلم سوتشي أمس [1].\n", "حضر")
    api.writes(model)
    began = time.monotonic()
    document = api.stream()[-1][1] if stream else api.ask().json()
    assert 1.4 < time.monotonic() - began < 2.5
    assert document["cut"]
    assert [one["text"] for one in document["claims"]] == ["زار المعلم سوتشي أمس. [1]"]
    assert document["evidence"]
    assert model.cancelled.wait(1)


# ---- size


def test_a_body_beyond_64_kilobytes_and_a_question_beyond_its_limit_are_refused(api: Api) -> None:
    refused = api.ask("س" * 40_000)
    assert "س" not in is_problem(refused, 413)["detail"]
    assert refused.headers["x-request-id"]
    long = is_problem(api.ask("زار " * 501), 422)
    assert long["where"] == "question"
    assert "2000" in long["detail"]
    assert "زار" not in str(long)


# ---- loading


def test_while_the_models_load_every_path_says_so(tmp_path: Path) -> None:
    opening: Future[Corpus] = Future()
    with served_api(tmp_path, opening) as api:
        for answered in (
            *(api.ask(), api.ask(stream=True), api.client.post("/v1/search", json=SEARCH)),
            *(api.client.get(path) for path in ("/v1/articles", "/v1/articles/x", "/v1/articles/x/file", "/v1/corpus")),
        ):
            assert "loading" in is_problem(answered, 503)["detail"]
            assert int(answered.headers["retry-after"]) >= 1
        assert api.client.get("/healthz").status_code == 200
        assert api.client.get("/readyz").status_code == 503
        opening.set_result(api.corpus)
        assert api.client.get("/readyz").status_code == 200
        assert api.ask().status_code == 200


def test_a_corpus_that_could_not_be_opened_is_a_problem_and_no_secret_is_told(tmp_path: Path) -> None:
    opening: Future[Corpus] = Future()
    opening.set_exception(RuntimeError("/home/somebody/secret"))
    with served_api(tmp_path, opening) as api:
        problem = is_problem(api.ask(), 500)
        assert "/home" not in str(problem)
        assert api.client.get("/readyz").status_code == 503


# ---- keys

TOKEN = "a-token-nobody-guesses"


@pytest.mark.parametrize("kept", [TOKEN, "sha256:" + hashlib.sha256(TOKEN.encode()).hexdigest()], ids=["plain", "hash"])
def test_only_the_token_opens_and_its_hash_does_not(tmp_path: Path, kept: str) -> None:
    from pydantic import SecretStr

    with served_api(tmp_path, token=SecretStr(kept)) as api:
        wrong = ("", "Bearer", "Bearer x", f"Bearer {TOKEN}x", f"Basic {TOKEN}", "Bearer sha256:" + "0" * 64)
        hashed = () if kept == TOKEN else (f"Bearer {kept}", f"Bearer {kept.removeprefix('sha256:')}")
        for path in ("/v1/articles", "/v1/corpus", "/docs", "/openapi.json", "/metrics", "/v1/nothing"):
            for authorization in (*wrong, *hashed):
                refused = api.client.get(path, headers={"authorization": authorization})
                is_problem(refused, 401)
                assert refused.headers["www-authenticate"].startswith("Bearer")
        is_problem(api.ask(), 401)
        # What OpenAI's own client reads of an error, at its two addresses and nowhere else.
        for method, path in (("POST", "/v1/chat/completions"), ("GET", "/v1/models")):
            said = api.client.request(method, path).json()
            assert (said["status"], said["error"]["type"]) == (401, "authentication_error")
            assert said["error"]["message"].startswith(said["detail"])
        assert "error" not in api.ask().json()
        assert api.client.get("/healthz").status_code == 200
        opened = api.client.post("/v1/answers", json=SEARCH, headers={"authorization": f"Bearer {TOKEN}"})
        assert opened.status_code == 200


# ---- one form for all of them


@pytest.mark.parametrize(
    ("status", "asked"),
    [
        (421, {"method": "GET", "url": "/v1/corpus", "headers": {"host": "evil.example"}}),
        (403, {"method": "POST", "url": "/v1/answers", "json": SEARCH, "headers": {"origin": "http://evil.example"}}),
        (404, {"method": "GET", "url": "/v1/nothing"}),
        (404, {"method": "GET", "url": "/v1/articles/%00%ff/file"}),
        (404, {"method": "GET", "url": "/v2/answers"}),
        (405, {"method": "GET", "url": "/v1/answers"}),
        (405, {"method": "DELETE", "url": "/v1/articles/x"}),
        (405, {"method": "POST", "url": "/metrics"}),
        (405, {"method": "TRACE", "url": "/v1/corpus"}),
        (413, {"method": "POST", "url": "/v1/answers", "content": b"[" * 10_000_000}),
        (415, {"method": "POST", "url": "/v1/answers", "content": b'{"question": "x"}'}),
        (422, {"method": "POST", "url": "/v1/answers", "json": {}}),
        (422, {"method": "GET", "url": "/v1/corpus?evil=1"}),
        (422, {"method": "GET", "url": "/v1/articles/x?evil=1"}),
        (422, {"method": "POST", "url": "/v1/answers?evil=1", "json": SEARCH}),
        (422, {"method": "POST", "url": "/v1/check?language=ar", "json": {"text": "نص."}}),
    ],
    ids=lambda value: value if isinstance(value, int) else f"{value['method']} {value['url'][:20]}",
)
def test_every_refusal_is_a_problem_with_an_id_and_the_headers_of_the_door(
    api: Api, status: int, asked: dict[str, Any]
) -> None:
    refused = api.client.request(**asked)
    is_problem(refused, status)
    assert HEADERS.items() <= dict(refused.headers).items()
    if asked["url"].startswith("/v1/"):
        assert refused.headers["x-request-id"]
    if status == 405:
        assert "OPTIONS" in refused.headers["allow"]
    assert "evil" not in refused.text


def test_a_head_is_a_get_without_its_body(api: Api) -> None:
    for path in ("/healthz", "/readyz", "/metrics", "/docs", "/openapi.json", "/v1/corpus", "/v1/articles"):
        head, got = api.client.head(path), api.client.get(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-type"] == got.headers["content-type"]
    assert api.client.head("/v1/articles/x").status_code == 404


def test_options_tells_the_methods_and_allows_no_other_origin(api: Api) -> None:
    told = api.client.options("/v1/answers", headers={"access-control-request-method": "POST"})
    assert (told.status_code, told.headers["allow"]) == (204, "POST, OPTIONS")
    assert not any(name.startswith("access-control") for name in told.headers)


def test_a_get_with_a_body_is_a_get(api: Api) -> None:
    got = api.client.request("GET", "/v1/corpus", content=b'{"question": "x"}')
    assert got.status_code == 200


@pytest.mark.parametrize("given", ["abc-1.2_X", "x" * 64])
def test_a_request_id_comes_back(api: Api, given: str) -> None:
    assert api.client.get("/v1/corpus", headers={"x-request-id": given}).headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "<b>", '"', "a\tb", "é"])
def test_an_id_that_could_do_harm_in_a_log_is_replaced(api: Api, given: str) -> None:
    got = api.client.get("/v1/corpus", headers={"x-request-id": given.encode()}).headers["x-request-id"]
    assert got != given
    assert len(got) == 16


def test_threads_of_answers_end(api: Api) -> None:
    before = threading.active_count()
    for _ in range(5):
        assert api.ask().status_code == 200
    assert threading.active_count() <= before + 4
