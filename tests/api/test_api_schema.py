"""The OpenAPI description held against the running server, by schemathesis; and whether it says everything."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import jsonschema
import pytest
import schemathesis
from api_server import NEWS, Api, served_api
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from soak import LONG, times

from ui.shared.problems import NO_NUL

CASES = times(24, 1000)
"""For each operation and kind of data."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
AT_LEAST = times(400, 1000)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with served_api(tmp_path_factory.mktemp("schema")) as api:
        yield api


@pytest.fixture(scope="module")
def description(api: Api) -> dict[str, Any]:
    told: dict[str, Any] = api.client.get("/openapi.json").json()
    return told


def quick_to_generate(description: dict[str, Any]) -> dict[str, Any]:
    """The same description, in which "no NUL" is said by what a text does not contain, and no address is endless.

    Of a pattern of the whole text and a length schemathesis makes one pattern with a count, and compiling one that
    counts to 100,000 takes a second, for nearly every request anew. An address beyond 64 KiB never comes to the
    application: uvicorn refuses it; a code point is up to 12 bytes of it.
    """
    quick = deepcopy(description)
    for _, node in list(nodes(quick)):
        if node.get("pattern") == NO_NUL:
            del node["pattern"]
            node["not"] = {"pattern": r"\x00"}
        if node.get("in") == "query" and "maxLength" in node["schema"]:
            node["schema"]["maxLength"] = min(node["schema"]["maxLength"], 4000)
    assert quick != description
    return quick


def test_generated_requests_by_the_hundred_get_what_the_description_says(api: Api, description: dict[str, Any]) -> None:
    schema = schemathesis.openapi.from_dict(quick_to_generate(description))
    schema.config.update(base_url=api.address)
    known = api.client.get("/v1/articles").json()["articles"][0]["article_id"]
    asked: dict[str, int] = {}

    def one(case: Any) -> None:
        ids = [None, known] if case.path_parameters and "article_id" in case.path_parameters else [None]
        for name in ids:
            if name is not None:
                case.path_parameters["article_id"] = name
            response = case.call()
            case.validate_response(response, checks=CHECKS)
            label = f"{case.operation.label} {response.status_code}"
            asked[label] = asked.get(label, 0) + 1

    quickly = settings(
        max_examples=CASES,
        derandomize=not LONG,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    for result in schema.get_all_operations():
        operation = result.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            if mode is GenerationMode.NEGATIVE and not (operation.body or operation.query):
                continue
            quickly(given(operation.as_strategy(generation_mode=mode))(one))()
    assert sum(asked.values()) >= AT_LEAST, asked
    for label in (
        "POST /v1/answers 200",
        "POST /v1/answers 422",
        "POST /v1/timeline 200",
        "POST /v1/compare 200",
        "GET /v1/articles/{article_id} 200",
    ):
        assert asked.get(label), asked


# ---- does it say everything?


def nodes(value: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of a JSON document, with its place."""
    if isinstance(value, dict):
        yield place, value
        for name, inner in value.items():
            yield from nodes(inner, f"{place}/{name}")
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from nodes(inner, f"{place}/{at}")


def test_every_field_of_every_form_is_described(description: dict[str, Any]) -> None:
    forms = description["components"]["schemas"]
    silent = [
        f"{name}.{field}"
        for name, form in forms.items()
        for field, told in form.get("properties", {}).items()
        if not told.get("description")
    ]
    assert silent == []
    assert [name for name, form in forms.items() if not form.get("description")] == []


def test_every_parameter_and_every_operation_is_described(description: dict[str, Any]) -> None:
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], (path, method)
            for parameter in operation.get("parameters", []):
                assert parameter.get("description"), (path, parameter["name"])


def test_every_number_that_is_taken_has_its_range(description: dict[str, Any]) -> None:
    taken = [
        (path, parameter["name"], parameter["schema"])
        for path, operations in description["paths"].items()
        for operation in operations.values()
        for parameter in operation.get("parameters", [])
    ]
    for name in (
        "AnswerRequest",
        "SearchRequest",
        "CheckRequest",
        "TimelineRequest",
        "CompareRequest",
        "QuoteRequest",
        "HistoryDocument",
        "FiltersDocument",
    ):
        form = description["components"]["schemas"][name]
        taken += [(name, field, told) for field, told in form["properties"].items()]
    for where, field, told in taken:
        for _, node in nodes(told):
            if node.get("type") == "integer":
                assert {"minimum", "maximum"} <= set(node), (where, field)
            if node.get("type") == "string" and not {"format", "enum", "pattern"} & set(node):
                assert "maxLength" in node, (where, field)


def test_every_example_is_of_its_form(description: dict[str, Any]) -> None:
    seen = 0
    for place, node in nodes(description):
        form = {name: value for name, value in node.items() if name not in {"example", "examples"}}
        for example in [*node.get("examples", []), *([node["example"]] if "example" in node else [])]:
            jsonschema.validate(example, form | {"components": description["components"]})
            seen += 1
        assert isinstance(node.get("examples", []), list), place
    assert seen >= 4


def test_every_error_is_a_problem(description: dict[str, Any]) -> None:
    for path, operations in description["paths"].items():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if status >= "400" and (path, status) != ("/readyz", "503"):
                    assert list(response["content"]) == ["application/problem+json"], (path, status)
            assert {"401", "403", "413", "421"} <= set(operation["responses"])
    streamed = description["paths"]["/v1/answers"]["post"]["responses"]["200"]["content"]
    assert set(streamed) == {"application/json", "text/event-stream"}
    file = description["paths"]["/v1/articles/{article_id}/file"]["get"]["responses"]["200"]["content"]
    assert list(file) == ["application/octet-stream"]


def test_an_answer_is_exactly_of_its_form(api: Api, description: dict[str, Any]) -> None:
    form = description["components"]["schemas"]["AnswerDocument"]
    got = api.ask().json()
    jsonschema.validate(got, form | {"components": description["components"]})
    assert set(got) == set(form["properties"])
    assert len(api.client.get("/v1/articles").json()["articles"]) == len(NEWS)


# ---- the page that shows it


def test_the_page_of_the_description_asks_nobody_else(api: Api, browser: Any) -> None:
    context = browser.new_context()
    try:
        page, asked, wrong = context.new_page(), [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(f"{api.address}/docs")
        page.wait_for_selector("#docs .opblock-summary-path")
        shown = page.locator("#docs .opblock-summary-path").all_inner_texts()
    finally:
        context.close()
    assert any("/v1/answers" in one.replace("\u200b", "") for one in shown)
    assert [url for url in asked if not url.startswith((api.address, "data:", "blob:"))] == []
    assert wrong == []
