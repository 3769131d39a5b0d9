"""Errors of the API in one form: whatever is sent, a 4xx that says what and where, and gives nothing of it back."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from api_server import Api, is_problem, served_api
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.errors import BadInput, IndexUnusable, IsnadError, LLMError, SourceChanged, SourceGone
from ui.shared.problems import RefusedRequest, problem, status_of


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with served_api(tmp_path_factory.mktemp("problems")) as api:
        yield api


SECRET = "ECHOED"
"""In every hostile body that can hold it; no answer has it."""

HOSTILE: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", ""),
    "a list": (b'["ECHOED"]', ""),
    "a string": (b'"ECHOED"', ""),
    "null": (b"null", ""),
    "half an object": (b'{"question": "ECHOED', ""),
    "two objects": (b'{"question": "ECHOED"}{"question": "ECHOED"}', ""),
    "no JSON": (b"question=ECHOED", ""),
    "a lone surrogate": (b'{"question": "ECHOED \\ud800"}', "question"),
    "a lone surrogate in a name": (b'{"question": "ECHOED", "\\udfff": 1}', ""),
    "only NULs": (b'{"question": "\\u0000\\u0000"}', "question"),
    "a NUL in a question": ('{"question": "من زار ECHOED\\u0000سوتشي؟"}'.encode(), "question"),
    "a NUL in the history": (b'{"question": "x", "history": [{"question": "ECHOED\\u0000"}]}', "history.0.question"),
    "a NUL in a filter": (b'{"question": "x", "filters": {"source": "ECHOED\\u0000"}}', "filters.source"),
    "only spaces": (b'{"question": "   "}', "question"),
    "invalid UTF-8": (b'{"question": "ECHOED \xff\xfe"}', ""),
    "surrogates in UTF-8": (b'{"question": "ECHOED \xed\xa0\x80"}', "question"),
    "UTF-16": ('{"question": "ECHOED"'.encode("utf-16"), ""),
    "60 thousand brackets": (b"[" * 60_000, ""),
    "60 thousand objects": (b'{"a":' * 12_000, ""),
    "deep and closed": (b'{"question": ' + b"[" * 30_000 + b"]" * 30_000 + b"}", ""),
    "a number for a question": (b'{"question": 5}', "question"),
    "an object for a question": (b'{"question": {"ECHOED": 1}}', "question"),
    "an unknown field": (b'{"question": "x", "ECHOED": 1}', ""),
    "an unknown field below": (b'{"question": "x", "filters": {"ECHOED": 1}}', "filters"),
    "an unknown language": (b'{"question": "x", "language": "ECHOED"}', "language"),
    "NaN": (b'{"question": "x", "top_k": NaN}', "top_k"),
    "infinity": (b'{"question": "x", "top_k": 1e999}', "top_k"),
    "a huge number": (b'{"question": "x", "top_k": ' + b"9" * 5000 + b"}", ""),
    "a large number": (b'{"question": "x", "top_k": 99999999999999999999}', "top_k"),
    "half a number": (b'{"question": "x", "top_k": 1.5}', "top_k"),
    "a negative number": (b'{"question": "x", "top_k": -1}', "top_k"),
    "a second, wrong value": (b'{"question": "ECHOED", "question": null}', "question"),
    "no date": (b'{"question": "x", "filters": {"published_from": "ECHOED"}}', "filters.published_from"),
    "days exchanged": (
        b'{"question": "x", "filters": {"published_from": "2020-02-02", "published_to": "2020-01-01"}}',
        "filters",
    ),
    "filters that are null": (b'{"question": "x", "filters": null}', "filters"),
    "a long list": (b'{"question": "x", "history": [' + b",".join([b'{"question": "ECHOED"}'] * 51) + b"]}", "history"),
    "a surrogate in the history": (b'{"question": "x", "history": [{"question": "\\ud800"}]}', "history.0.question"),
    "an empty question": (b'{"question": ""}', "question"),
    "a list of a boolean": (b'{"question": "x", "stream": "ECHOED"}', "stream"),
}


@pytest.mark.parametrize("path", ["/v1/answers", "/v1/search"])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_body_is_refused_in_one_form_and_not_given_back(api: Api, name: str, path: str) -> None:
    body, where = HOSTILE[name]
    refused = api.client.post(path, content=body, headers={"content-type": "application/json"})
    assert refused.status_code in {400, 422}
    told = is_problem(refused, refused.status_code)
    assert SECRET not in refused.text
    assert told["do"]
    if path == "/v1/answers":
        assert told["where"] == where
    assert set(told) == {"type", "title", "status", "detail", "where", "do"}


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x"])
def test_another_content_type_is_refused(api: Api, kind: str) -> None:
    refused = api.client.post("/v1/answers", content=b'{"question": "x"}', headers={"content-type": kind})
    assert is_problem(refused, 415)["where"] == "content-type"


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON"])
def test_json_by_any_of_its_names_is_read(api: Api, kind: str) -> None:
    body = '{"question": "من زار سوتشي؟"}'.encode()
    assert api.client.post("/v1/answers", content=body, headers={"content-type": kind}).status_code == 200


def test_an_emoji_written_as_two_halves_is_text(api: Api) -> None:
    body = json.dumps({"question": "من زار سوتشي 😀"})
    assert "\\ud83d\\ude00" in body
    answered = api.client.post("/v1/answers", content=body, headers={"content-type": "application/json"})
    assert answered.json()["question"] == "من زار سوتشي 😀"


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("/v1/articles?outlet=%00", "outlet"),
        ("/v1/articles?outlit=ECHOED", ""),
        ("/v1/articles?published_from=ECHOED", "published_from"),
        ("/v1/articles?offset=-1", "offset"),
        ("/v1/articles?limit=101", "limit"),
        ("/v1/articles?limit=ECHOED", "limit"),
        (f"/v1/citations/verify?article_id=x&sha256={'0' * 64}&start=0&end=1&quote=%00", "quote"),
        (f"/v1/citations/verify?article_id=x&sha256={'0' * 64}&start=0&end=1&quote=x&ECHOED=1", ""),
        (f"/v1/citations/verify?article_id=x&sha256={'0' * 64}&start=0&quote=x", "end"),
    ],
)
def test_a_hostile_address_is_refused_in_the_same_form(api: Api, path: str, where: str) -> None:
    refused = api.client.get(path)
    assert is_problem(refused, 422)["where"] == where
    assert SECRET not in refused.text


def test_a_chat_of_openais_form_holds_no_nul_either(api: Api) -> None:
    for content in ("من زار\0", [{"type": "text", "text": "من زار\0"}]):
        body = {"model": "isnad", "messages": [{"role": "user", "content": content}]}
        is_problem(api.client.post("/v1/chat/completions", json=body), 422)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)
NAMES = ("question", "language", "filters", "top_k", "history", "stream")


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(NAMES), JSON, max_size=6) | JSON)
def test_no_json_makes_the_server_fail(api: Api, body: object) -> None:
    # Escaped as ASCII, so that lone surrogates reach the server.
    got = api.client.post("/v1/answers", content=json.dumps(body), headers={"content-type": "application/json"})
    assert got.status_code in {200, 400, 422}
    if got.status_code != 200:
        is_problem(got, got.status_code)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_no_bytes_make_the_server_fail(api: Api, body: bytes) -> None:
    got = api.client.post("/v1/citations/verify", content=body, headers={"content-type": "application/json"})
    assert got.status_code in {200, 400, 422}


@pytest.mark.parametrize(
    "query",
    [
        *("limit=0", "limit=101", "limit=x", "offset=-1", "offset=99999999999", "published_from=ECHOED"),
        *("published_to=5", "outlet=" + "ECHOED" * 100, "limit=NaN", "limit=1e3"),
    ],
)
def test_a_query_that_cannot_be_is_refused(api: Api, query: str) -> None:
    refused = api.client.get(f"/v1/articles?{query}")
    assert is_problem(refused, 422)["where"] == query.partition("=")[0]
    assert "ECHOED" not in refused.text


def test_an_error_of_ours_has_the_status_that_says_its_kind() -> None:
    kinds = [
        *((BadInput("x"), 422), (SourceChanged("x"), 409), (SourceGone("x"), 410), (IndexUnusable("x"), 503)),
        *((LLMError("x"), 503), (IsnadError("x"), 500), (RefusedRequest(429, "x"), 429)),
    ]
    assert [status_of(error) for error, _ in kinds] == [status for _, status in kinds]


def test_a_problem_says_when_to_try_again() -> None:
    told = problem(429, "in work", retry_after=3, headers={"allow": "GET"})
    assert told.headers["retry-after"] == "3"
    assert told.headers["allow"] == "GET"
    assert told.media_type == "application/problem+json"
