"""Saved questions over HTTP: added, listed, looked at, removed; and the feed, behind the same credentials."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event as Cancel
from xml.etree import ElementTree

import pytest
from api_server import NEWS, PROBLEM, QUESTION, Api, served_api
from small_corpus import fill, take_in

from rag.config import Settings
from ui.api.answers import _save
from ui.shared.saved import Saved

ATOM = "{http://www.w3.org/2005/Atom}"
LATER = "زار المعلم سوتشي ثانية. "


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    with served_api(tmp_path) as served:
        yield served


def test_a_question_is_saved_asked_listed_looked_at_and_removed(api: Api) -> None:
    asked = api.client.post("/v1/saved", json={"question": f"{QUESTION} file:سياسة*", "name": "سوتشي"})
    assert asked.status_code == 201
    made = asked.json()
    assert (made["name"], made["question"], made["new"]) == ("سوتشي", f"{QUESTION} file:سياسة*", 0)
    assert made["understood"] == [{"key": "file", "value": "سياسة*"}]
    assert made["found"]
    assert made["generation"]
    assert api.client.get("/v1/saved").json()["questions"] == [made]
    take_in(fill(api.folder, {**NEWS, "سياسة/جديد.txt": f"{LATER}\n"}), api.corpus.settings.data_dir)
    listed = api.client.post("/v1/saved/run").json()
    assert listed["new"] == 1
    new = [one["citation"] for one in listed["questions"][0]["found"] if one["new"]]
    assert [one["quote"] for one in new] == [LATER.strip()]
    seen = api.client.post(f"/v1/saved/{made['id']}/look")
    assert (seen.status_code, seen.json()["new"]) == (200, 1)
    assert api.client.get("/v1/saved").json()["new"] == 0
    gone = api.client.delete(f"/v1/saved/{made['id']}")
    assert (gone.status_code, gone.content) == (204, b"")
    assert api.client.get("/v1/saved").json()["questions"] == []


def test_a_question_that_was_cancelled_while_it_was_asked_is_not_saved_twice(api: Api) -> None:
    saved, cancel = Saved.of(api.corpus.settings.model_copy(update={"corpus": api.corpus.name})), Cancel()
    cancel.set()
    _save(saved, lambda: saved.add(QUESTION), api.corpus, cancel)
    assert saved.list().questions == []


def test_the_feed_has_an_entry_for_each_sentence_with_a_link_to_its_source(api: Api) -> None:
    found = api.client.post("/v1/saved", json={"question": QUESTION}).json()["found"]
    feed = api.client.get("/v1/saved/feed.atom")
    assert feed.headers["content-type"].startswith("application/atom+xml")
    root = ElementTree.fromstring(feed.content)
    assert sorted(one.text or "" for one in root.findall(f"{ATOM}entry/{ATOM}content")) == sorted(
        one["citation"]["quote"] for one in found
    )
    links = [one.get("href") or "" for one in root.findall(f"{ATOM}entry/{ATOM}link")]
    assert links
    assert all(link.startswith(f"{api.address}/#source/") for link in links)
    assert root.find(f"{ATOM}link").get("href") == f"{api.address}/v1/saved/feed.atom"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"question": ""}, "question"),
        ({"question": f"{QUESTION} after:soon"}, "question"),
        ({"question": "outlet:سانا"}, "question"),
        ({"question": QUESTION, "filters": {"phrases": ["؟"]}}, "phrases"),
        ({"question": QUESTION, "name": "س" * 201}, "name"),
        ({"question": QUESTION, "owner": "x"}, ""),
    ],
)
def test_what_cannot_be_asked_is_not_saved(api: Api, body: dict[str, object], where: str) -> None:
    refused = api.client.post("/v1/saved", json=body)
    assert (refused.status_code, refused.headers["content-type"]) == (422, PROBLEM)
    assert where in refused.json()["where"]
    assert api.client.get("/v1/saved").json()["questions"] == []


def test_an_unknown_question_is_not_found(api: Api) -> None:
    for response in (api.client.delete("/v1/saved/none"), api.client.post("/v1/saved/none/look")):
        assert (response.status_code, response.headers["content-type"]) == (404, PROBLEM)


def test_saved_questions_need_the_token_as_all_else_does(tmp_path: Path) -> None:
    with served_api(tmp_path, token=Settings(token="a secret of the archive").token) as api:
        for method, path in (
            *(("GET", "/v1/saved"), ("GET", "/v1/saved/feed.atom"), ("POST", "/v1/saved"), ("POST", "/v1/saved/run")),
            *(("POST", "/v1/saved/x/look"), ("DELETE", "/v1/saved/x")),
        ):
            assert api.client.request(method, path).status_code == 401
        headers = {"authorization": "Bearer a secret of the archive"}
        assert api.client.get("/v1/saved", headers=headers).status_code == 200
