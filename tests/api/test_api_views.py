"""`POST /v1/timeline` and `POST /v1/compare`: their documents, limits and errors, over the whole server."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_server import is_problem, running
from builders import points
from views_archive import AGENCY, BOOM, DAILY, EREM, REUTERS, SANA, views_corpus

from rag.corpus import Corpus
from ui.server import make_app
from ui.shared.history import History

FIRE = "ماذا حدث في حريق مصنع صفاقس؟"
DEAD = "كم عاملا قتل؟"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    home = tmp_path_factory.mktemp("views")
    with views_corpus(home, points("12 عاملا", "14 عاملا", "صفاقس")) as corpus:
        opening: Future[Corpus] = Future()
        opening.set_result(corpus)
        app = make_app(opening, History(home / "history.sqlite3"), corpus.settings, "127.0.0.1")
        with running(app) as address, httpx.Client(base_url=address, timeout=60) as made:
            yield made


def post(client: httpx.Client, path: str, **asked: Any) -> dict[str, Any]:
    response = client.post(path, json=asked)
    assert response.status_code == 200, response.text
    document: dict[str, Any] = response.json()
    return document


def test_a_timeline_lists_cited_sentences_by_day_with_their_counts(client: httpx.Client) -> None:
    made = post(client, "/v1/timeline", question=FIRE, filters={"published_from": "2016-05-04"})
    facts = [(one["date"], one["by"], one["named_words"]) for one in made["entries"]]
    assert facts == [
        ("1998", "text", "1998"),
        ("2016-05-03", "text", "3 أيار 2016"),
        ("2016-05-04", "published", "2016-05-04"),
        ("2016-05-04", "published", "2016-05-04"),
        ("2016-05-05", "published", "2016-05-05"),
        ("2016-06", "text", "حزيران 2016"),
    ]
    assert [one["citation"]["number"] for one in made["entries"]] == list(range(1, 7))
    assert (made["undated"], made["read"], made["strip"]["unit"], made["strip"]["coarser"]) == ([], True, "day", 2)
    first = made["entries"][1]["citation"]
    article = client.get(f"/v1/articles/{first['article_id']}").json()
    assert article["text"][first["start"] : first["end"]] == first["quote"]
    named = made["entries"][1]["named"]
    assert article["text"][named["start"] : named["end"]] == "3 أيار 2016"
    checked = {name: first[name] for name in ("article_id", "sha256", "start", "end", "quote")}
    assert client.post("/v1/citations/verify", json=[checked]).json()[0]["holds"]


def test_a_comparison_has_a_column_for_each_outlet_and_a_row_for_each_question(client: httpx.Client) -> None:
    made = post(client, "/v1/compare", questions=[DEAD, "أين سعر النفط؟"])
    assert [one["name"] for one in made["outlets"]] == [SANA, DAILY, BOOM, EREM, REUTERS, AGENCY]
    dead, oil = made["rows"]
    assert (dead["agreement"], oil["agreement"]) == ("differ", None)
    shorts = [(cell["short"] or {}).get("text") for cell in dead["cells"]]
    assert shorts == ["12 عاملا", None, "12 عاملا", None, "14 عاملا", "12 عاملا"]
    assert [cell["group"] for cell in dead["cells"]] == [0, None, 0, None, 1, 0]
    assert all(cell["citation"] is None for cell in dead["cells"] if cell["status"] == "nothing_found")
    named = post(client, "/v1/compare", questions=[DEAD], outlets=[REUTERS])
    assert [one["name"] for one in named["outlets"]] == [REUTERS]
    assert len(named["left_out"]) == 5


@pytest.mark.parametrize(
    ("path", "asked", "status"),
    [
        ("/v1/timeline", {"question": "؟"}, 422),
        ("/v1/timeline", {"question": FIRE, "top_k": 51}, 422),
        ("/v1/timeline", {"question": FIRE, "extra": 1}, 422),
        ("/v1/timeline", {"question": "س" * 3000}, 422),
        (
            "/v1/timeline",
            {"question": FIRE, "filters": {"published_from": "2017-01-01", "published_to": "2016-01-01"}},
            422,
        ),
        ("/v1/compare", {"questions": []}, 422),
        ("/v1/compare", {"questions": [DEAD] * 11}, 422),
        ("/v1/compare", {"questions": [DEAD], "outlets": ["الجزيرة"]}, 422),
        ("/v1/compare", {"questions": [DEAD], "filters": {"outlet": SANA}}, 422),
        ("/v1/compare", {"questions": ["س" * 2001]}, 422),
        ("/v1/compare", {"questions": ["س" * 120_000]}, 413),
    ],
)
def test_what_cannot_be_asked_is_a_problem(client: httpx.Client, path: str, asked: dict[str, Any], status: int) -> None:
    is_problem(client.post(path, json=asked), status)


def test_ten_questions_as_long_as_may_be_fit_into_a_body(client: httpx.Client) -> None:
    made = post(client, "/v1/compare", questions=["كم " + "س" * 1990] * 10, outlets=[SANA])
    assert len(made["rows"]) == 10


def test_they_wait_for_the_models_share_the_places_of_answers_and_end_in_time(tmp_path: Path) -> None:
    opening: Future[Corpus] = Future()
    with views_corpus(tmp_path, points("صفاقس"), answer_seconds=0.001, api_at_once=1) as corpus:
        app = make_app(opening, History(tmp_path / "history.sqlite3"), corpus.settings, "127.0.0.1")
        with running(app) as address, httpx.Client(base_url=address, timeout=60) as client:
            asked = (("/v1/timeline", {"question": FIRE}), ("/v1/compare", {"questions": [DEAD]}))
            for path, body in asked:
                assert "loading" in is_problem(client.post(path, json=body), 503)["detail"]
            opening.set_result(corpus)
            for path, body in asked:
                late = client.post(path, json=body)
                assert "not done within" in is_problem(late, 503)["detail"]
                assert int(late.headers["retry-after"]) >= 1
