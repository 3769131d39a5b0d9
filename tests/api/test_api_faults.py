"""A language model that misbehaves, behind the running API: a typed error or a marked answer, with its evidence."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from api_server import QUESTION, Api, is_problem, served_api
from bad_endpoints import DONE, HEAD, Behaviour, Visit, answer, chunk, serve

from rag.models.llm import Deadlines, open_endpoint
from ui.shared.schemas import AnswerDocument

QUICK = Deadlines(connect=0.5, first_token=0.6, between_tokens=0.4, total=1.5)
PATIENT = Deadlines(connect=5, first_token=30, between_tokens=30, total=60)
SENTENCE = "زار المعلم سوتشي أمس [1].\n"
OVER = "حضر اللقاء"
SHOWN = "زار المعلم سوتشي أمس. [1]"
"""Markers are shown behind the full stop."""


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with served_api(tmp_path_factory.mktemp("faults")) as api:
        with serve(lambda visit: visit.send(HEAD + chunk(SENTENCE) + chunk(None, "stop") + DONE)) as endpoint:
            api.writes(open_endpoint(endpoint.url, "m", None, PATIENT))
            api.ask()  # imports for seconds, which the clocks below should not see
        yield api


def hang(visit: Visit) -> None:
    visit.send(HEAD)
    visit.hang()


def hang_between(visit: Visit) -> None:
    visit.send(HEAD + chunk(SENTENCE) + chunk(OVER))
    visit.hang()


def drip(visit: Visit) -> None:
    visit.send(HEAD)
    visit.drip(chunk("ا"), 0.2)


def refuse_for_now(visit: Visit) -> None:
    visit.send(answer("429 Too Many Requests", b'{"error": {"message": "slow down"}}', "Retry-After: 1"))


def null_content(visit: Visit) -> None:
    visit.send(HEAD + chunk(None) + chunk(None, "stop") + DONE)


def broken_json(visit: Visit) -> None:
    visit.send(HEAD + b'data: {"choices": [{"delta": {"content"\n\n' + DONE)


def cut_without_done(visit: Visit) -> None:
    visit.send(HEAD + chunk(SENTENCE) + chunk(OVER))


def cut_with_done(visit: Visit) -> None:
    visit.send(HEAD + chunk(SENTENCE) + chunk(OVER) + DONE)


def page(visit: Visit) -> None:
    visit.send(answer("200 OK", b"<html>log in</html>", kind="text/html"))


def endless(visit: Visit) -> None:
    visit.send(HEAD)
    visit.drip(chunk(SENTENCE) * 20, 0.01)


def nothing_at_all(visit: Visit) -> None:
    visit.connection.close()


def cut_by_length(visit: Visit) -> None:
    visit.send(HEAD + chunk(SENTENCE) + chunk(OVER) + chunk(None, "length") + DONE)


@dataclass(frozen=True)
class Fault:
    """What the model does, and whether a sentence of it has come before."""

    behaviour: Behaviour
    begun: bool = False


FAULTS = {
    "hangs before the first token": Fault(hang),
    "hangs before its head": Fault(lambda visit: visit.hang()),
    "hangs between tokens": Fault(hang_between, begun=True),
    "drips without end": Fault(drip),
    "500": Fault(lambda visit: visit.send(answer("500 Internal Server Error", b"{}"))),
    "429 with Retry-After": Fault(refuse_for_now),
    "null content": Fault(null_content),
    "broken JSON": Fault(broken_json),
    "cut without [DONE]": Fault(cut_without_done, begun=True),
    "cut with [DONE]": Fault(cut_with_done, begun=True),
    "cut by its length": Fault(cut_by_length, begun=True),
    "wrong content type": Fault(page),
    "endless": Fault(endless, begun=True),
    "hangs up": Fault(nothing_at_all),
}


@pytest.mark.parametrize("name", FAULTS)
def test_an_answer_says_what_failed_and_keeps_its_evidence(api: Api, name: str) -> None:
    fault = FAULTS[name]
    with serve(fault.behaviour) as endpoint:
        api.writes(open_endpoint(endpoint.url, "m", None, QUICK))
        got = api.ask()
        endpoint.wait_until_left()
        whole_requests = endpoint.requests
        lines = api.stream()
        endpoint.wait_until_left()
    assert 1 <= whole_requests <= 2
    assert 1 <= endpoint.requests - whole_requests <= 2
    if fault.begun:
        assert got.status_code == 200
        document = got.json()
        assert document["cut"]
        assert document["status"] == "partial"
        assert [one["kind"] for one in document["notices"]] == ["cut"]
        assert document["claims"][0]["text"] == SHOWN
    else:
        document = is_problem(got, 503)["answer"]
        assert int(got.headers["retry-after"]) >= 1
        assert [one["kind"] for one in document["notices"]] == ["llm"]
        # The evidence stands in for the model, verbatim.
        assert all(one["support"] == "supported" for one in document["claims"])
    assert AnswerDocument.model_validate(document).evidence
    for one in document["citations"]:
        assert (api.folder / one["source"]).read_text(encoding="utf-8")[one["start"] : one["end"]] == one["quote"]
    assert "Traceback" not in got.text
    assert lines[0][0] == "evidence"
    assert lines[0][1]["evidence"]
    assert lines[-1][0] == "done"
    assert [data["kind"] for event, data in lines if event == "notice"] == [one["kind"] for one in document["notices"]]


def test_a_model_that_refuses_connections_is_away(api: Api) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    api.writes(open_endpoint(f"http://127.0.0.1:{port}/v1", "m", None, QUICK))
    problem = is_problem(api.ask(), 503)
    assert problem["answer"]["evidence"]
    assert str(port) not in problem["detail"]


def test_a_follow_up_that_cannot_be_made_whole_is_asked_as_it_stands(api: Api, tmp_path: Path) -> None:
    with serve(null_content) as endpoint:
        api.writes(open_endpoint(endpoint.url, "m", None, QUICK))
        body = is_problem(api.ask("ومتى كان ذلك؟", history=[{"question": QUESTION, "answer": "المعلم"}]), 503)
        assert endpoint.requests <= 4
    assert "سوتشي" in body["answer"]["searched"]
