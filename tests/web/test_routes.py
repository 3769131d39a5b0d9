"""The routes beside the page: what each answers, also when it cannot, and that none shows what went wrong inside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from small_chat import only_article, opened, small_corpus
from small_corpus import fill, take_in

from rag.corpus import Corpus
from rag.errors import IndexUnusable
from ui.middleware.sessions import BROWSER_COOKIE
from ui.shared.history import History, Turn
from ui.shared.schemas import AnswerDocument
from ui.web.routes import conversation_routes, filter_routes, health_routes, source_routes, table_routes
from ui.web.views import Tables

NEWS = "زار الوزير سوتشي أمس.\r\nقتل ٣٠٠ شخص.\n"
LAYLA, OMAR = "l" * 32, "o" * 32


@pytest.fixture
def corpus(tmp_path: Path) -> Iterator[Corpus]:
    with small_corpus(tmp_path / "files", tmp_path / "data", {"أخبار/خبر.txt": NEWS}) as corpus:
        yield corpus


def client(opening: Future[Corpus], history: History | None = None, browser: str = "") -> TestClient:
    app = FastAPI()
    app.include_router(health_routes(opening))
    app.include_router(source_routes(opening))
    app.include_router(filter_routes())
    app.include_router(table_routes(Tables()))
    if history:
        app.include_router(conversation_routes(history))
    cookies = {BROWSER_COOKIE: browser} if browser else {}
    return TestClient(app, raise_server_exceptions=False, cookies=cookies)


def says(asked: TestClient, path: str, **params: str) -> tuple[int, str]:
    """The status of a request, and its text in Arabic; that in English is English."""
    english = asked.get(path, params=params, headers={"accept-language": "en"})
    arabic = asked.get(path, params=params, headers={"accept-language": "ar"})
    assert english.status_code == arabic.status_code
    assert re.fullmatch("[A-Z][ -~]+[.]", english.text)
    assert not re.search("[A-Za-z]", arabic.text)
    return arabic.status_code, arabic.text


def test_a_source_is_given_as_json(corpus: Corpus) -> None:
    one = only_article(corpus)
    response = client(opened(corpus)).get(
        f"/sources/{one.id}", params={"version": one.sha256, "span": "4-10", "words": "4-6", "also": ["11-15"]}
    )
    assert response.status_code == 200
    shown = [(text, kind) for line in response.json()["lines"] for text, kind in line]
    assert "".join(text for text, _ in shown) == NEWS
    assert "".join(text for text, kind in shown if kind in {"cited", "words"}) == NEWS[4:10]


def test_the_filters_typed_in_a_question_are_given_as_they_are_understood(corpus: Corpus) -> None:
    asked = client(opened(corpus)).get("/understood", params={"question": 'من؟ outlet:سانا -"أمس"'})
    assert [(one["label"], one["value"], one["written"]) for one in asked.json()["filters"]] == [
        ("Outlet", "سانا", "outlet:سانا"),
        ("Without", "أمس", '-"أمس"'),
    ]
    assert asked.json()["note"] == ""
    failed = client(opened(corpus)).get("/understood", params={"question": "من؟ after:tomorrow outlet:سانا"})
    assert failed.status_code == 200
    assert failed.json()["filters"] == []
    assert "after:tomorrow" in failed.json()["note"]
    assert client(opened(corpus)).get("/understood", params={"question": "a" * 60_000}).status_code == 422


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"span": "4-10"},
        {"span": "10-4"},
        {"span": "4-9999"},
        {"span": "-4-9"},
        {"span": "٤-٩"},
        {"span": "1" * 30},
        {"span": f"0-{10**20}"},
        {"span": "4-10", "words": "0-2"},
        {"span": "4-10", "also": "x"},
        {"span": "4-10", "version": "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")},
    ],
    ids=str,
)
def test_a_link_that_was_forged_gets_a_sentence_and_no_text(corpus: Corpus, given: dict[str, str]) -> None:
    one = only_article(corpus)
    article = "0" * 16 if given == {"span": "4-10"} else one.id
    response = client(opened(corpus)).get(f"/sources/{article}", params={"version": one.sha256, **given})
    if response.status_code == 200:  # a version that never was: the text now, nothing marked
        assert not any(kind for line in response.json()["lines"] for _, kind in line)
    else:
        assert response.status_code == 404
        assert response.json().keys() == {"note", "labels"}


def test_the_original_is_downloaded_byte_for_byte_under_its_name(corpus: Corpus) -> None:
    one = only_article(corpus)
    response = client(opened(corpus)).get(f"/articles/{one.id}/file", params={"version": one.sha256})
    assert (response.status_code, response.content) == (200, NEWS.encode())
    assert response.headers["content-type"] == "application/octet-stream"
    disposition = response.headers["content-disposition"]
    assert disposition.startswith("attachment;")
    assert f"filename*=UTF-8''{quote('خبر.txt')}" in disposition


def test_a_file_that_changed_is_refused(corpus: Corpus, tmp_path: Path) -> None:
    one = only_article(corpus)
    (tmp_path / "files" / "أخبار" / "خبر.txt").write_text("غيره", encoding="utf-8")
    assert client(opened(corpus)).get(f"/articles/{one.id}/file").status_code == 409


def test_another_version_than_the_one_on_the_page_is_refused(corpus: Corpus, tmp_path: Path) -> None:
    one = only_article(corpus)
    take_in(fill(tmp_path / "files", {"أخبار/خبر.txt": "غيره.\n"}), tmp_path / "data")
    asked = f"/articles/{one.id}/file"
    assert client(opened(corpus)).get(asked, params={"version": one.sha256}).status_code == 409
    assert client(opened(corpus)).get(asked).content == "غيره.\n".encode()


def test_a_file_that_is_away_and_an_article_that_never_was_are_not_found(corpus: Corpus, tmp_path: Path) -> None:
    one = only_article(corpus)
    (tmp_path / "files" / "أخبار" / "خبر.txt").unlink()
    for article in (one.id, "0" * 16, "..%2f..%2fetc%2fpasswd"):
        response = client(opened(corpus)).get(f"/articles/{article}/file")
        assert response.status_code == 404
        assert str(tmp_path) not in response.text


@pytest.mark.parametrize("error", [IndexUnusable("no index", where="/secret/place"), RuntimeError("/secret/place")])
def test_a_corpus_that_could_not_be_opened_is_unavailable_and_says_no_more(error: Exception) -> None:
    asked = client(opened(error))
    for path in ("/sources/x?span=0-1", "/articles/x/file", "/readyz"):
        response = asked.get(path)
        assert response.status_code == 503, path
        assert "/secret" not in response.text
        assert "Traceback" not in response.text
    assert asked.get("/healthz").text == "ok"


def test_a_corpus_that_is_still_loading_is_not_ready() -> None:
    response = client(opened(None)).get("/readyz")
    assert (response.status_code, response.text) == (503, "loading")


def test_a_ready_corpus_says_so(corpus: Corpus) -> None:
    assert client(opened(corpus)).get("/readyz").status_code == 200


def test_a_conversation_is_exported_to_the_browser_that_had_it_only(corpus: Corpus, tmp_path: Path) -> None:
    history = History(tmp_path / "conversations.sqlite3")
    conversation = history.start(LAYLA)
    history.keep(LAYLA, conversation, Turn.answered(AnswerDocument.of(corpus.ask("من زار سوتشي؟"))))
    for suffix, kind in (("md", "text/markdown"), ("html", "text/html")):
        path = f"/conversations/{conversation}/export.{suffix}"
        response = client(opened(corpus), history, LAYLA).get(path)
        assert response.status_code == 200
        assert response.headers["content-type"] == f"{kind}; charset=utf-8"
        assert quote(f"من زار سوتشي؟.{suffix}") in response.headers["content-disposition"]
        assert "زار الوزير سوتشي أمس." in response.text
        for other in (OMAR, "", "short"):
            assert client(opened(corpus), history, other).get(path).status_code == 404
    assert client(opened(corpus), history, LAYLA).get(f"/conversations/{conversation}/export.pdf").status_code == 404


def test_a_conversation_without_turns_has_nothing_to_export(tmp_path: Path) -> None:
    history = History(tmp_path / "conversations.sqlite3")
    path = f"/conversations/{history.start(LAYLA)}/export.md"
    assert client(opened(None), history, LAYLA).get(path).status_code == 404


def test_a_damaged_file_of_conversations_is_told_without_its_place(tmp_path: Path) -> None:
    (tmp_path / "conversations.sqlite3").write_bytes(b"no database, but long enough to be looked at" * 100)
    history = History(tmp_path / "conversations.sqlite3")
    response = client(opened(None), history, LAYLA).get("/conversations/x/export.md")
    assert response.status_code == 503
    assert str(tmp_path) not in response.text


def test_what_cannot_be_downloaded_is_told_in_the_language_of_the_page(corpus: Corpus, tmp_path: Path) -> None:
    history, one = History(tmp_path / "conversations.sqlite3"), only_article(corpus)
    asked = client(opened(corpus), history, LAYLA)
    assert says(asked, f"/views/{'0' * 32}.csv") == (404, "لم يعد هذا الجدول محفوظًا. أنشئه من جديد.")
    assert says(asked, f"/views/{'0' * 32}.pdf") == (404, "لا تنزيل بهذه الصيغة.")
    empty = history.start(LAYLA)
    assert says(asked, f"/conversations/{empty}/export.pdf")[0] == 404
    assert says(asked, f"/conversations/{empty}/export.md") == (404, "لا محادثة هنا، أو لا شيء فيها.")
    assert says(asked, "/conversations/x/export.md")[0] == 404
    assert says(asked, "/articles/0/file")[0] == 404
    file = tmp_path / "files" / "أخبار" / "خبر.txt"
    changed = (409, "تغيّر الملف منذ فهرسة هذه النسخة.")
    assert says(asked, f"/articles/{one.id}/file", version="0" * 64) == changed
    file.write_text("غيره", encoding="utf-8")
    assert says(asked, f"/articles/{one.id}/file") == changed
    file.unlink()
    assert says(asked, f"/articles/{one.id}/file") == (404, "لم يعد الملف في مكانه.")
    broken = client(opened(IndexUnusable("no index")), history, LAYLA)
    assert says(broken, f"/articles/{one.id}/file") == (503, "تتعذر قراءة الأرشيف الآن.")
