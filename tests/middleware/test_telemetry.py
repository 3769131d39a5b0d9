"""What is logged and counted of a request: id, route, status and times, never the question. And how a server ends."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_server import QUESTION, Api, events, served_api, wait_for
from bad_endpoints import DONE, HEAD, Visit, chunk, serve
from chat_server import Paced
from prometheus_client.parser import text_string_to_metric_families

from rag.config import Settings
from rag.index.build import build
from rag.index.verify import verify_folder
from rag.ingest.sync import ingest
from rag.models.embedding import Embedder

ROOT = Path(__file__).parents[2]
FIELDS = {"id", "method", "route", "status", "first_byte_ms", "total_ms", "bytes"}
ASKED = {"question": QUESTION, "history": [{"question": "سر", "answer": "خفي"}]}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with served_api(tmp_path_factory.mktemp("telemetry")) as api:
        yield api


@pytest.fixture(scope="module")
def telling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The same, told to log questions."""
    with served_api(tmp_path_factory.mktemp("telling"), log_questions=True) as api:
        yield api


def logged(caplog: pytest.LogCaptureFixture, name: str) -> dict[str, Any]:
    """The one line of the request with this id."""

    def lines() -> list[dict[str, Any]]:
        told = [json.loads(one.getMessage()) for one in caplog.records if one.name == "isnad.requests"]
        return [one for one in told if one["id"] == name]

    wait_for(lambda: len(lines()) == 1)
    return lines()[0]


def test_each_request_is_one_line_that_tells_no_word_of_it(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "isnad.requests")
    sent = [
        ("a1", "POST", "/v1/answers", ASKED, 200, "/v1/answers"),
        ("a2", "POST", "/v1/answers", ASKED | {"stream": True}, 200, "/v1/answers"),
        ("a3", "POST", "/v1/answers", ASKED | {"سر": 1}, 422, "/v1/answers"),
        ("a4", "GET", "/v1/articles/secret-id", None, 404, "/v1/articles/{article_id}"),
        ("a5", "GET", "/v1/secret-path", None, 404, "other"),
        ("a6", "GET", "/v1/articles?outlet=secret-outlet", None, 200, "/v1/articles"),
        ("a7", "HEAD", "/v1/corpus", None, 200, "/v1/corpus"),
        ("a8", "DELETE", "/v1/corpus", None, 405, "other"),
    ]
    for name, method, path, body, status, route in sent:
        got = api.client.request(method, path, json=body, headers={"x-request-id": name})
        assert got.status_code == status
        line = logged(caplog, name)
        assert set(line) == FIELDS | ({"evidence", "citations"} if name in {"a1", "a2"} else set())
        assert (line["method"], line["status"], line["route"]) == (method, status, route)
        assert 0 <= line["first_byte_ms"] <= line["total_ms"] < 60_000
        if method != "HEAD":
            assert line["bytes"] == len(got.content)
    refused = api.client.get("/v1/corpus", headers={"x-request-id": "a9", "host": "evil.example"})
    assert refused.status_code == logged(caplog, "a9")["status"] == 421
    told = "\n".join(json.dumps(json.loads(one.getMessage()), ensure_ascii=False) for one in caplog.records)
    for word in ("سوتشي", "سر", "خفي", "secret", "evil"):
        assert word not in told


CHAT = {"model": "isnad", "messages": [{"role": "user", "content": "سر"}, {"role": "user", "content": QUESTION}]}


@pytest.mark.parametrize(
    ("path", "body", "counts"),
    [
        ("/v1/answers", ASKED, {"evidence", "citations"}),
        ("/v1/answers", ASKED | {"stream": True}, {"evidence", "citations"}),
        ("/v1/search", {"question": QUESTION}, {"evidence"}),
        ("/v1/chat/completions", CHAT, {"evidence", "citations"}),
        ("/v1/chat/completions", CHAT | {"stream": True}, {"evidence", "citations"}),
    ],
)
def test_the_question_is_in_the_line_where_the_settings_say_so_and_nowhere_else(
    api: Api, telling: Api, caplog: pytest.LogCaptureFixture, path: str, body: dict[str, Any], counts: set[str]
) -> None:
    caplog.set_level(logging.INFO, "isnad.requests")
    for served, more in ((api, set()), (telling, {"question"})):
        caplog.clear()
        got = served.client.post(path, json=body, headers={"x-request-id": "q"})
        assert got.status_code == 200
        line = logged(caplog, "q")
        assert set(line) == FIELDS | counts | more
        assert line["evidence"] > 0
        if more:
            assert line["question"] == QUESTION
            assert "سر" not in line.values()


def test_counts_in_the_line_are_those_of_the_answer(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "isnad.requests")
    answer = api.client.post("/v1/answers", json=ASKED, headers={"x-request-id": "c"}).json()
    line = logged(caplog, "c")
    assert line["citations"] == len(answer["citations"]) > 0
    assert line["evidence"] == len(answer["evidence"]) > 0


def test_a_question_that_is_refused_is_told_too(telling: Api, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "isnad.requests")
    refused = telling.client.post("/v1/search", json={"question": " ؟ \n"}, headers={"x-request-id": "r"})
    assert refused.status_code == 422
    assert logged(caplog, "r")["question"] == " ؟ \n"
    assert len(caplog.records[-1].getMessage().splitlines()) == 1


def test_a_client_that_left_is_logged_as_one(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "isnad.requests")
    answerer, model = api.corpus.answerer, Paced()
    api.writes(model)
    with pytest.raises(httpx.ReadTimeout):
        api.client.post("/v1/answers", json={"question": QUESTION}, headers={"x-request-id": "left"}, timeout=0.3)
    assert logged(caplog, "left")["status"] == 499
    api.corpus.answerer = answerer


def test_the_figures_are_prometheus_and_add_up(api: Api) -> None:
    def figures() -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
        text = api.client.get("/metrics").text
        families = text_string_to_metric_families(text)
        return {
            (one.name, tuple(sorted(one.labels.items()))): one.value for family in families for one in family.samples
        }

    labels = (("method", "POST"), ("route", "/v1/search"), ("status", "200"))
    before = figures().get(("isnad_requests_total", labels), 0)
    for _ in range(3):
        api.client.post("/v1/search", json={"question": QUESTION})
    after = figures()
    assert after["isnad_requests_total", labels] == before + 3
    assert after["isnad_request_seconds_count", (("route", "/v1/search"),)] == before + 3
    assert after["isnad_requests_running", ()] == 0


def test_what_a_caller_makes_up_adds_no_figures(api: Api) -> None:
    def size() -> int:
        return len(api.client.get("/metrics").text.splitlines())

    api.client.get("/v1/x0")
    api.client.get("/v1/articles/x0")
    before = size()
    for at in range(20):
        api.client.get(f"/v1/x{at}")
        api.client.get(f"/v1/articles/x{at}")
    assert size() == before


def test_a_server_that_is_told_to_end_finishes_what_runs_and_ends_with_zero(
    settings: Settings, embedder: Embedder, tmp_path: Path
) -> None:
    """The command itself, with its embedding model; about ten seconds."""
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "a.txt").write_text("زار المعلم سوتشي أمس.\n", encoding="utf-8")
    ingest(
        tmp_path / "files",
        settings=settings,
        corpus="default",
        embedder=embedder,
        build=partial(build, verify=verify_folder),
    )
    asked, told = threading.Event(), threading.Event()

    def slow(visit: Visit) -> None:
        visit.send(HEAD + chunk("زار المعلم "))
        asked.set()
        told.wait(120)
        visit.send(chunk("سوتشي أمس [1].") + chunk(None, "stop") + DONE)

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with serve(slow) as endpoint:
        environment = os.environ | {
            "ISNAD_DATA_DIR": str(settings.data_dir),
            "ISNAD_LLM_URL": endpoint.url,
            "ISNAD_LLM_MODEL": "m",
            "HF_HUB_OFFLINE": "1",
            "ISNAD_READER": "bundled",
            "ISNAD_ANSWER_PROBABILITY": "0",
        }
        command = [sys.executable, "-m", "ui.cli.main", "serve", "--port", str(port)]
        with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE) as server:
            try:
                address = f"http://127.0.0.1:{port}"
                wait_for(lambda: _ready(address), 300)
                body = {"question": QUESTION, "stream": True}
                with httpx.stream("POST", f"{address}/v1/answers", json=body, timeout=120) as response:
                    lines = events(response.iter_lines())
                    assert next(lines)[0] == "evidence"
                    assert asked.wait(60)
                    server.send_signal(signal.SIGTERM)
                    # Longer than the page's lines are given.
                    threading.Timer(3, told.set).start()
                    rest = list(lines)
                assert rest[-1][0] == "done"
                assert rest[-1][1]["claims"][0]["text"] == "زار المعلم سوتشي أمس. [1]"
                assert server.wait(60) == 0
            finally:
                server.kill()
            assert server.stderr is not None
            error = server.stderr.read().decode()
    assert "Traceback" not in error
    [line] = [one for one in error.splitlines() if one.startswith("{")]
    assert json.loads(line)["route"] == "/v1/answers"
    assert "سوتشي" not in error
    assert "\\u0633" not in error


def _ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/readyz").status_code == 200
    except httpx.TransportError:
        return False
