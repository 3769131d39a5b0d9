"""`POST /v1/answers` and `/v1/search` of the running server: forms, the order of events, the client that leaves."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_server import QUESTION, Api, events, is_problem, running, served_api, wait_for, without_times
from builders import Pointing, says
from chat_server import Paced
from small_chat import small_corpus

from rag.corpus import Corpus
from rag.errors import IndexUnusable
from rag.types import Filters, Found, Query
from ui.api.answers import Answering, answer_routes
from ui.api.app import make_api
from ui.middleware.streaming import AnswerSlots
from ui.shared.schemas import AnswerDocument, answer_json

FIRST = "زار المعلم سوتشي أمس. "


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with served_api(tmp_path_factory.mktemp("answers")) as api:
        yield api


@pytest.fixture
def api(server: Api) -> Iterator[Api]:
    answerer, search = server.corpus.answerer, server.corpus.search
    yield server
    server.corpus.answerer, server.corpus.search = answerer, search


# ---- whole


def test_an_answer_is_the_form_that_the_command_gives(api: Api) -> None:
    got = api.ask()
    assert got.status_code == 200
    assert got.headers["content-type"] == "application/json"
    assert without_times(got.json()) == without_times(answer_json(api.corpus.ask(QUESTION)))
    assert AnswerDocument.model_validate(got.json()).status == "answered"


def test_every_quote_is_the_slice_of_its_file(api: Api) -> None:
    got = api.ask().json()
    assert got["citations"]
    for one in (*got["citations"], *({**item, "quote": item["text"]} for item in got["evidence"])):
        text = (api.folder / one["source"]).read_text(encoding="utf-8")
        assert text[one["start"] : one["end"]] == one["quote"]


def test_what_was_said_before_makes_the_question_whole(api: Api) -> None:
    got = api.ask("ومتى كان ذلك؟", history=[{"question": QUESTION, "answer": "المعلم"}]).json()
    assert got["question"] == "ومتى كان ذلك؟"
    assert "سوتشي" in got["searched"]


def test_language_filters_and_top_k_reach_the_search(api: Api) -> None:
    seen: list[Query] = []
    search = api.corpus.search

    def noted(query: Query) -> Found:
        seen.append(query)
        return search(query)

    api.corpus.search = noted
    filters = {"outlet": "سانا", "published_from": "2020-01-02", "published_to": "2020-01-03", "source": "مال.txt"}
    body = {"question": QUESTION, "language": "en", "filters": filters, "top_k": 1}
    got = api.client.post("/v1/search", json=body).json()
    [query] = seen
    assert (query.language, query.top_k) == ("en", 1)
    asked = query.filters
    assert (asked.outlet, asked.published_from, asked.published_to, asked.source) == tuple(filters.values())
    assert len(got["evidence"]) == 1


def test_a_question_is_taken_to_the_letter_and_phrases_have_fields_of_their_own(api: Api) -> None:
    seen: list[Query] = []
    search = api.corpus.search

    def noted(query: Query) -> Found:
        seen.append(query)
        return search(query)

    api.corpus.search = noted
    filters = {"phrases": ["زار المعلم"], "excluded": ["لافروف"], "language": "ar"}
    question = f'{QUESTION} outlet:سانا -بوتين "سوتشي"'
    got = api.client.post("/v1/search", json={"question": question, "filters": filters}).json()
    [query] = seen
    assert got["question"] == query.question == question
    assert query.filters == Filters(phrases=("زار المعلم",), excluded=("لافروف",), language="ar")
    refused = api.client.post("/v1/search", json={"question": QUESTION, "filters": {"phrases": ["؟"]}})
    assert (refused.status_code, refused.json()["where"]) == (422, "phrases")


def test_a_search_gives_evidence_and_asks_no_model(api: Api) -> None:
    api.writes(Paced())
    got = api.client.post("/v1/search", json={"question": QUESTION}).json()
    assert [one["text"] for one in got["evidence"]][:1] == [FIRST.strip()]
    assert got["passages"] == 3
    assert got["generation"]
    for one in got["evidence"]:
        text = (api.folder / one["source"]).read_text(encoding="utf-8")
        assert text[one["start"] : one["end"]] == one["text"]


# ---- as events


def test_evidence_comes_first_each_claim_before_its_text_and_the_whole_last(api: Api) -> None:
    api.writes(says("زار المعلم ", "سوتشي [1].\nحضر اللقاء 12 ", "مسؤولا [2].\nحضر 13 مسؤولا [2]."))
    lines = api.stream()
    names = [name for name, _ in lines]
    assert names[0] == "evidence"
    assert names[-1] == "done"
    assert names.count("evidence") == names.count("done") == 1
    claimed: list[str] = []
    cited: set[int] = set()
    for name, data in lines:
        if name == "citation":
            cited.add(data["number"])
        elif name == "claim":
            assert set(data["citations"]) <= cited
            claimed.append(data["text"])
        elif name == "text":
            assert data["text"] == claimed[-1]
    whole = lines[-1][1]
    assert claimed == [one["text"] for one in whole["claims"]]
    assert [data for name, data in lines if name == "citation"] == whole["citations"]
    assert [data for name, data in lines if name == "removed"] == whole["removed"]
    assert [data for name, data in lines if name == "notice"] == whole["notices"]
    assert lines[0][1]["evidence"] == whole["evidence"]
    # No word of the sentence that nothing supports was ever text.
    assert not any("13" in data["text"] for name, data in lines if name == "text")
    assert without_times(whole) == without_times(api.ask().json())


def test_a_short_answer_comes_before_its_claim_and_is_a_slice_of_its_file(api: Api) -> None:
    api.corpus.answerer = Pointing(api.corpus.search, "المعلم")
    lines = api.stream()
    whole = lines[-1][1]
    assert [data for name, data in lines if name == "short"] == whole["short"]
    places = [at for at, (name, _) in enumerate(lines) if name == "short"]
    assert {(lines[at - 1][0], lines[at + 1][0]) for at in places} == {("citation", "claim")}
    assert (whole["probability"], {one["probability"] for one in whole["short"]}) == (0.9375, {0.875})
    cited = {one["number"]: one for one in whole["citations"]}
    assert [lines[at - 1][1]["number"] for at in places] == [one["citation"] for one in whole["short"]]
    for one in whole["short"]:
        citation = cited[one["citation"]]
        text = (api.folder / citation["source"]).read_text(encoding="utf-8")
        assert text[one["start"] : one["end"]] == one["text"] == "المعلم"
        assert citation["start"] <= one["start"] < one["end"] <= citation["end"]
    assert without_times(api.ask().json()) == without_times(whole)


def test_an_answer_without_short_answers_has_none(api: Api) -> None:
    got = api.ask().json()
    assert (got["short"], got["probability"]) == ([], None)
    assert "short" not in [name for name, _ in api.stream()]


def test_a_client_that_accepts_events_gets_them(api: Api) -> None:
    with api.client.stream(
        "POST", "/v1/answers", json={"question": QUESTION}, headers={"accept": "text/event-stream"}
    ) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-store"
        assert [name for name, _ in events(response.iter_lines())][-1] == "done"


def test_an_event_goes_out_when_it_happens(api: Api) -> None:
    model = Paced("زار المعلم سوتشي [1].\n", "حضر")
    api.writes(model)
    with api.client.stream("POST", "/v1/answers", json={"question": QUESTION, "stream": True}) as response:
        read = events(response.iter_lines())
        assert next(read)[0] == "evidence"
        assert [next(read)[0] for _ in range(3)] == ["citation", "claim", "text"]
        model.end()  # only now
        assert [name for name, _ in read][-1] == "done"


def test_an_answer_that_cannot_begin_has_its_status_streamed_or_not(api: Api) -> None:
    def torn(_: Query) -> Found:
        raise IndexUnusable("the index is torn", where="/home/somebody/index", do="ingest again")

    api.writes(says("x"), torn)
    for stream in (False, True):
        problem = is_problem(api.ask(stream=stream), 503)
        assert "/home" not in str(problem)


# ---- the client that leaves


def leave(address: str, body: dict[str, Any], until: threading.Event) -> float:
    """Ask, wait for `until`, hang up; the time at which that was."""
    with httpx.Client(base_url=address) as client:
        request = client.build_request("POST", "/v1/answers", json=body)
        sent = threading.Thread(target=_swallowed, args=(client, request), daemon=True)
        sent.start()
        assert until.wait(10)
        time.sleep(0.05)
        left = time.monotonic()
        for connection in client._transport._pool.connections:  # type: ignore[attr-defined]
            connection._connection._network_stream._sock.shutdown(2)
        sent.join(5)
    return left


def _swallowed(client: httpx.Client, request: httpx.Request) -> None:
    try:
        client.send(request)
    except httpx.TransportError:
        return


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("history", [[], [{"question": QUESTION, "answer": "المعلم"}]], ids=["asked", "followed up"])
def test_a_client_that_leaves_stops_the_model_within_a_second(
    api: Api, stream: bool, history: list[dict[str, str]]
) -> None:
    model = Paced()
    api.writes(model)
    question = "ومتى كان ذلك؟" if history else QUESTION
    left = leave(api.address, {"question": question, "stream": stream, "history": history}, model.asked)
    assert model.cancelled.wait(1)
    assert time.monotonic() - left < 1


# ---- silence


@pytest.fixture
def quiet(tmp_path: Path) -> Iterator[tuple[Corpus, str]]:
    """The routes alone, with a comment after every tenth of a second."""
    with small_corpus(tmp_path / "files", tmp_path / "data", {"أ.txt": FIRST + "\n"}) as corpus:
        opening: Future[Corpus] = Future()
        opening.set_result(corpus)
        app = make_api()
        app.include_router(answer_routes(Answering(opening, AnswerSlots(4, 60), silence=0.1)))
        with running(app) as address:
            yield corpus, address


def test_a_silent_model_does_not_close_the_line(quiet: tuple[Corpus, str]) -> None:
    corpus, address = quiet
    model = Paced()
    Api(address, corpus, httpx.Client(), Path()).writes(model)

    def end() -> None:
        model.asked.wait(60)
        time.sleep(0.6)
        model.end()

    threading.Thread(target=end).start()
    text = httpx.post(f"{address}/v1/answers", json={"question": QUESTION, "stream": True}).text
    blocks = text.split("\n\n")
    assert blocks[0].startswith("event: evidence")
    assert 2 <= sum(block.startswith(":") for block in blocks) <= 20
    assert [name for name, _ in events(text.splitlines())][-1] == "done"


def test_a_first_event_that_is_late_keeps_the_line_too_and_its_error_is_an_event(quiet: tuple[Corpus, str]) -> None:
    corpus, address = quiet
    began = threading.Event()

    def slow(_: Query) -> Found:
        began.set()
        time.sleep(0.35)
        raise IndexUnusable("the index is torn", where="/home/somebody", do="ingest again")

    Api(address, corpus, httpx.Client(), Path()).writes(says("x"), slow)
    got = httpx.post(f"{address}/v1/answers", json={"question": QUESTION, "stream": True})
    assert got.text.startswith(":")
    [(name, data)] = events(got.text.splitlines())
    assert (name, data["status"]) == ("error", 503)
    assert "/home" not in got.text
    # Its place is given back.
    wait_for(began.is_set)
