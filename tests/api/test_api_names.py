"""`GET /v1/names`, and the filter `names` of requests, over an archive with a real index."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_vectors import FakeEmbedder
from fastapi.testclient import TestClient
from prometheus_client import CollectorRegistry
from small_chat import opened

from rag.config import Settings
from rag.corpus import ingest_folder, open_corpus
from ui.api.app import add_api, make_api

ARTICLES = {
    "1.txt": "التقى سيرغي لافروف نظيره الأمريكي جون كيري في جنيف.",
    "2.txt": "عاد سيرغي لافروف إلى موسكو أمس.",
    "3.txt": "Sergei Lavrov spoke to the United Nations.",
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    home = tmp_path_factory.mktemp("api")
    (home / "files").mkdir()
    for name, text in ARTICLES.items():
        (home / "files" / name).write_text(text + "\n", encoding="utf-8")
    settings = Settings(data_dir=home / "data", generator="extractive", reader="off")
    ingest_folder(Path(home / "files"), settings, embedder=FakeEmbedder())  # type: ignore[arg-type]
    with open_corpus(settings, embedder=FakeEmbedder()) as corpus:  # type: ignore[arg-type]
        app = make_api()
        add_api(app, opened(corpus), settings, CollectorRegistry())
        yield TestClient(app)


def test_the_names_of_a_kind_have_their_counts_and_spellings(client: TestClient) -> None:
    found = client.get("/v1/names", params={"kind": "person"}).json()["names"]
    assert found == [
        {"kind": "person", "name": "سيرغي لافروف", "articles": 3, "spellings": ["سيرغي لافروف", "Sergei Lavrov"]},
        {"kind": "person", "name": "جون كيري", "articles": 1, "spellings": ["جون كيري"]},
    ]
    kinds = {one["kind"] for one in client.get("/v1/names").json()["names"]}
    assert kinds == {"person", "organisation", "place"}


def test_the_names_are_those_of_the_articles_that_have_all_of_some_names(client: TestClient) -> None:
    asked = {"names": ["Sergei Lavrov", "جنيف"], "kind": "person"}
    found = client.get("/v1/names", params=asked).json()["names"]
    assert [(one["name"], one["articles"]) for one in found] == [("جون كيري", 1), ("سيرغي لافروف", 1)]
    assert client.get("/v1/names", params={"like": "كيري"}).json()["names"][0]["name"] == "جون كيري"


def test_a_search_with_names_finds_only_their_articles(client: TestClient) -> None:
    def sources(*names: str) -> set[str]:
        body = {"question": "أين لافروف؟", "filters": {"names": list(names)}}
        return {one["source"] for one in client.post("/v1/search", json=body).json()["evidence"]}

    assert sources("جون كيري") == {"1.txt"}
    assert sources("Sergei Lavrov") <= {"1.txt", "2.txt", "3.txt"}


@pytest.mark.parametrize(
    ("path", "filters", "where"),
    [
        ("/v1/answers", {"names": ["فلان الفلاني"]}, "filters"),
        ("/v1/search", {"names": ["فلان الفلاني"]}, "filters"),
        ("/v1/answers", {"names": [""]}, "filters.names.0"),
        ("/v1/answers", {"names": ["x"] * 11}, "filters.names"),
    ],
)
def test_names_that_cannot_be_used_are_a_problem(
    path: str, filters: dict[str, list[str]], where: str, client: TestClient
) -> None:
    said = client.post(path, json={"question": "من؟", "filters": filters})
    assert said.status_code == 422
    assert said.json()["where"] == where
    assert said.json()["do"]


@pytest.mark.parametrize("asked", [{"kind": "thing"}, {"limit": 0}, {"names": "فلان الفلاني"}, {"unknown": "x"}])
def test_a_list_of_names_that_cannot_be_made_is_a_problem(asked: dict[str, str], client: TestClient) -> None:
    assert client.get("/v1/names", params=asked).status_code == 422
