"""Pages elsewhere and the API: which may use it, what their browsers are told, and that nothing else opens for them."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from api_server import QUESTION, Api, is_problem, served_api
from pydantic import SecretStr

APP, TOKEN = "https://app.example", "a-token-nobody-guesses"
KEY = {"authorization": f"Bearer {TOKEN}"}
SEARCH = {"question": QUESTION}
ASKS = {"access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type"}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """It wants a token, and knows two pages elsewhere."""
    folder = tmp_path_factory.mktemp("origins")
    with served_api(folder, token=SecretStr(TOKEN), api_origins=(APP, "http://localhost:3000")) as api:
        yield api


def allowing(response: httpx.Response) -> dict[str, str]:
    """What a response tells a browser of other origins."""
    return {name: value for name, value in response.headers.items() if name.startswith("access-control-")}


@pytest.mark.parametrize("origin", [APP, "http://localhost:3000"])
def test_a_browser_that_asks_before_it_asks_needs_no_key(api: Api, origin: str) -> None:
    for path in ("/v1/answers", "/v1/search", "/v1/chat/completions", "/v1/articles/x/file"):
        told = api.client.options(path, headers=ASKS | {"origin": origin})
        assert (told.status_code, told.content) == (204, b"")
        assert told.headers["access-control-allow-origin"] == origin
        assert "POST" in told.headers["access-control-allow-methods"]
        assert told.headers["access-control-allow-headers"] == "authorization,content-type"
        assert told.headers["vary"] == "origin"
        assert "access-control-allow-credentials" not in told.headers


def test_a_page_that_may_reads_answers_and_errors(api: Api) -> None:
    asked = {"method": "POST", "url": "/v1/answers", "headers": KEY | {"origin": APP}}
    for more, status in (
        ({"json": SEARCH}, 200),
        ({"json": SEARCH | {"stream": True}}, 200),
        ({"json": {}}, 422),
        ({"json": SEARCH, "headers": {"origin": APP}}, 401),
        ({"json": SEARCH, "url": "/v1/nothing"}, 404),
        ({"content": b"[" * 100_000}, 413),
    ):
        told = api.client.request(**asked | more)
        assert told.status_code == status
        assert told.headers["access-control-allow-origin"] == APP
        assert "x-request-id" in told.headers["access-control-expose-headers"]
        assert told.headers["vary"] == "origin"
        assert "*" not in allowing(told).values()
        assert "access-control-allow-credentials" not in told.headers


@pytest.mark.parametrize(
    "origin",
    [
        *("https://app.example.evil.example", "https://evil.example", "http://app.example", "https://app.example:444"),
        *("https://app.exampl", "https://sub.app.example", "https://app.example/", "HTTPS://APP.EXAMPLE", "null", "*"),
        *("https://app.example,http://localhost:3000", "https://app.example http://localhost:3000", "http://localhost"),
    ],
)
def test_every_other_page_is_refused_and_reads_nothing(api: Api, origin: str) -> None:
    refused = api.client.post("/v1/search", json=SEARCH, headers=KEY | {"origin": origin})
    is_problem(refused, 403)
    assert not allowing(refused)
    assert refused.headers["vary"] == "origin"
    asked = api.client.options("/v1/search", headers=KEY | ASKS | {"origin": origin})
    is_problem(asked, 403)
    assert not allowing(asked)


@pytest.mark.parametrize(
    "path", ["/", "/config", "/docs", "/openapi.json", "/metrics", "/mcp", "/v1", "/gradio_api/queue/join", "/v2/x"]
)
def test_a_page_that_may_use_the_api_may_use_nothing_else(api: Api, path: str) -> None:
    for method in ("GET", "POST"):
        refused = api.client.request(method, path, headers=KEY | {"origin": APP})
        assert refused.status_code == 403
        assert not allowing(refused)
    asked = api.client.options(path, headers=KEY | ASKS | {"origin": APP})
    assert asked.status_code == 403
    assert not allowing(asked)


def test_a_cookie_of_the_page_is_not_asked_for_with_it(api: Api) -> None:
    """A browser sends cookies to another origin only where it is allowed to; nothing here allows it."""
    told = api.client.options("/v1/search", headers=ASKS | {"origin": APP})
    assert set(allowing(told)) == {
        "access-control-allow-origin",
        "access-control-allow-methods",
        "access-control-allow-headers",
        "access-control-expose-headers",
        "access-control-max-age",
    }


@pytest.mark.parametrize("names", ["", "a b", "X-Upper", "a,,b", "é", "a" * 65, "<b>", ",".join(["a"] * 51)])
def test_names_of_headers_that_no_browser_writes_are_not_said_again(api: Api, names: str) -> None:
    asks = ASKS | {"origin": APP, "access-control-request-headers": names.encode()}
    told = api.client.options("/v1/search", headers=asks)
    assert told.status_code == 204
    assert "access-control-allow-headers" not in told.headers


def test_options_that_asks_nothing_is_an_ordinary_request(api: Api) -> None:
    told = api.client.options("/v1/search", headers=KEY | {"origin": APP})
    assert (told.status_code, told.headers["allow"]) == (204, "POST, OPTIONS")
    assert api.client.options("/v1/search", headers={"origin": APP}).status_code == 401


def test_the_name_of_the_machine_is_asked_for_first(api: Api) -> None:
    told = api.client.options("/v1/search", headers=ASKS | {"origin": APP, "host": "evil.example"})
    is_problem(told, 421)
