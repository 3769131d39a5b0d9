"""`POST /v1/check` of the running server: each sentence with its slices, and what is refused in which form."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_server import Api, is_problem, served_api, wait_for
from builders import alike

from rag.generate.answer import Answerer
from rag.types import Found, Query
from ui.shared.schemas import CheckDocument, check_json

TEXT = "# من زار سوتشي؟\r\nزار المعلم سوتشي أمس [3]. حضر اللقاء 13 مسؤولا. 🕊\r\n"


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with served_api(tmp_path_factory.mktemp("check")) as api:
        api.corpus.answerer = Answerer(api.corpus.search, similarity=alike)
        yield api


def test_each_sentence_comes_out_with_slices_of_the_files(api: Api) -> None:
    response = api.client.post("/v1/check", json={"text": TEXT})
    assert response.status_code == 200
    got = response.json()
    assert got == check_json(api.corpus.check(TEXT))
    assert CheckDocument.model_validate(got).model_dump(mode="json") == got
    question, true, altered = got["sentences"]
    for one in got["sentences"]:
        assert TEXT[one["start"] : one["end"]] == one["text"]
        for citation in one["citations"]:
            text = (api.folder / citation["source"]).read_text(encoding="utf-8")
            assert text[citation["start"] : citation["end"]] == citation["quote"]
    assert [one["support"] for one in got["sentences"]] == ["unsupported", "supported", "unsupported"]
    assert [problem["kind"] for problem in question["problems"]] == ["question"]
    assert true["citations"][0]["source"] == "سياسة/سوتشي.txt"
    [problem] = altered["problems"]
    assert altered["text"][problem["start"] : problem["end"]] == "13"


def test_filters_and_the_name_of_the_corpus_are_taken(api: Api) -> None:
    asked = {"text": "بلغ سعر النفط 90 دولارا.", "corpus": "archive", "filters": {"source": "مال.txt"}}
    [one] = api.client.post("/v1/check", json=asked).json()["sentences"]
    assert one["support"] == "supported"


@pytest.mark.parametrize(
    ("body", "status", "where"),
    [
        ({}, 422, "text"),
        ({"text": ""}, 422, "text"),
        ({"text": " \n… "}, 422, "text"),
        ({"text": "x" * 200_001}, 422, "text"),
        ({"text": "One\0came."}, 422, "text"),
        ({"text": "One came.", "corpus": "other"}, 422, "corpus"),
        ({"text": "One came.", "filters": {"published_from": "2016-02-09", "published_to": "2016-02-08"}}, 422, ""),
        ({"text": "One came.", "surprise": 1}, 422, ""),
    ],
)
def test_what_cannot_be_checked_is_a_problem(api: Api, body: dict[str, object], status: int, where: str) -> None:
    problem = is_problem(api.client.post("/v1/check", json=body), status)
    assert problem["where"].startswith(where)
    assert "surprise" not in str(problem)


def test_a_body_may_be_as_long_as_the_text_and_no_longer(api: Api) -> None:
    is_problem(api.client.post("/v1/check", json={"text": "ب" * 200_001}), 422)  # escaped: six bytes each
    is_problem(api.client.post("/v1/check", content=b"x" * 1_400_000), 413)
    is_problem(api.client.get("/v1/check"), 405)


def test_a_check_out_of_time_says_so_and_gives_no_half(tmp_path: Path) -> None:
    with served_api(tmp_path, answer_seconds=0.1) as api:
        plain, waited = api.corpus.search, threading.Event()

        def slow(query: Query) -> Found:
            waited.wait(0.05)
            return plain(query)

        api.corpus.search = slow
        problem = is_problem(api.client.post("/v1/check", json={"text": "زار المعلم سوتشي.\n" * 80}), 503)
        assert "0 s" in problem["detail"]
        assert api.client.get("/readyz").status_code == 200


def test_a_check_takes_a_place_and_one_too_many_is_told_so(tmp_path: Path) -> None:
    with served_api(tmp_path, api_at_once=1) as api:
        plain, asked, go_on = api.corpus.search, threading.Event(), threading.Event()

        def held(query: Query) -> Found:
            asked.set()
            go_on.wait(10)
            return plain(query)

        api.corpus.search = held
        statuses: list[int] = []
        first = threading.Thread(
            target=lambda: statuses.append(api.client.post("/v1/check", json={"text": TEXT}).status_code)
        )
        first.start()
        assert asked.wait(10)
        is_problem(api.client.post("/v1/check", json={"text": TEXT}), 429)
        go_on.set()
        first.join()
        wait_for(lambda: statuses == [200])
