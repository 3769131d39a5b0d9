"""The tools as the package's own client calls them: over HTTP in both forms of the protocol, and on the streams."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from builders import Pointing, alike
from chat_server import LEAST, corpus_of, served
from mcp import Client, StdioServerParameters
from mcp_types import CallToolResult
from small_chat import only_article, opened, small_corpus

from rag.config import Settings
from rag.corpus import Corpus
from rag.errors import BadInput, IndexUnusable, SourceChanged
from rag.generate.answer import Answerer, Policy
from rag.models.embedding import Embedder
from rag.types import Delta, End, Found, Query, Span
from ui.api.answers import Answering
from ui.api.mcp import AROUND, LONGEST, PAGE, OpenRequest, make_server
from ui.middleware.streaming import AnswerSlots
from ui.shared.schemas import AnswerDocument, CheckDocument

VISITED, DEAD = "زار الوزير سوتشي أمس.", "قتل ٣٠٠ شخص."
FILE = f"😀 {VISITED} {DEAD}\r\n"
QUESTION = "من زار سوتشي؟"
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Corpus, str]]:
    home = tmp_path_factory.mktemp("mcp")
    with small_corpus(home / "files", home / "data", {"خبر.txt": FILE}) as corpus:
        settings = corpus.settings.model_copy(update={"api_at_once": 1})
        with served(corpus, settings, home / "history.sqlite3") as address:
            yield corpus, address


@pytest.fixture
def corpus(archive: tuple[Corpus, str]) -> Iterator[Corpus]:
    """The served archive; what a test puts in the place of its answerer is taken out again."""
    answerer = archive[0].answerer
    yield archive[0]
    archive[0].answerer = answerer


@pytest.fixture(params=["auto", "legacy"])
def call(request: pytest.FixtureRequest, archive: tuple[Corpus, str]) -> Any:
    """Calls a tool over HTTP, in the protocol's form of 2026 and in the one before."""

    async def one(name: str, arguments: dict[str, Any]) -> CallToolResult:
        async with Client(f"{archive[1]}/mcp", mode=request.param) as client:
            return await client.call_tool(name, arguments)

    return lambda name, **arguments: asyncio.run(one(name, arguments))


def text(result: CallToolResult) -> str:
    [block] = result.content
    assert block.type == "text"
    return block.text


def test_the_tools_say_what_they_take_and_give(archive: tuple[Corpus, str]) -> None:
    async def listed() -> Any:
        async with Client(f"{archive[1]}/mcp") as client:
            assert client.server_info.name == "isnad"
            assert "slice of a source file" in " ".join((client.instructions or "").split())
            return (await client.list_tools()).tools

    tools = {tool.name: tool for tool in asyncio.run(listed())}
    assert set(tools) == {"ask", "search", "check", "open_source"}
    assert set(tools["ask"].input_schema["properties"]) == {"question", "language", "filters", "top_k"}
    assert set(tools["open_source"].input_schema["required"]) == {"article_id"}
    for tool in tools.values():
        assert tool.annotations.read_only_hint
        assert all("description" in one for one in tool.output_schema["properties"].values())


def test_a_check_comes_as_data_and_as_text_with_its_sources(call: Any) -> None:
    result = call("check", text=f"{DEAD}\nقتل 7 في باريس.")
    assert not result.is_error
    true, false = CheckDocument.model_validate(result.structured_content).sentences
    assert (true.text, true.citations[0].quote) == (DEAD, DEAD)
    assert false.support == "unsupported"
    assert f": {DEAD}\n" in text(result)
    assert "unsupported: قتل 7 في باريس." in text(result)
    assert call("check", text="One came.", corpus="elsewhere").is_error


def test_an_answer_comes_as_data_and_as_text_with_its_sources(call: Any) -> None:
    result = call("ask", question=QUESTION)
    assert not result.is_error
    answer = AnswerDocument.model_validate(result.structured_content)
    assert [FILE[one.start : one.end] for one in answer.citations] == [f"😀 {VISITED}", DEAD]
    said = text(result)
    assert said.startswith(f"بحسب الملف خبر.txt: «😀 {VISITED}» [1]\nبحسب الملف خبر.txt: «{DEAD}» [2]\n")
    place = f"article_id={answer.citations[1].article_id} start=24 end=36 sha256={answer.citations[1].sha256}"
    assert f"[2] خبر.txt\n    «{DEAD}»\n    {place}" in said


def test_the_short_answers_lead_the_text(call: Any, corpus: Corpus) -> None:
    corpus.answerer = Pointing(corpus.search, "الوزير سوتشي", "٣٠٠ شخص")
    result = call("ask", question=QUESTION)
    answer = AnswerDocument.model_validate(result.structured_content)
    assert [FILE[one.start : one.end] for one in answer.short] == ["الوزير سوتشي", "٣٠٠ شخص"]
    assert text(result).startswith("Short answer: «الوزير سوتشي» [1]، «٣٠٠ شخص» [2]\n")


def test_what_the_archive_does_not_hold_is_no_error(call: Any, corpus: Corpus) -> None:
    corpus.answerer = Answerer(corpus.search, policy=Policy(evidence_sentences=1, min_score={"ar": 2.0, "en": 2.0}))
    result = call("ask", question=QUESTION)
    assert not result.is_error
    assert result.structured_content["status"] == "not_in_corpus"
    said = text(result)
    assert said.startswith(corpus.ask(QUESTION).opening)
    assert "which do not answer the question" in said


def test_a_search_gives_the_sentences_and_their_places(call: Any) -> None:
    result = call("search", question=QUESTION, top_k=1)
    [item] = result.structured_content["evidence"]
    assert FILE[item["start"] : item["end"]] == item["text"] == f"😀 {VISITED}"
    assert text(result).startswith(f"1. خبر.txt\n    «😀 {VISITED}»")


def test_a_question_can_be_limited(call: Any, corpus: Corpus) -> None:
    seen: list[Query] = []

    def search(query: Query) -> Found:
        seen.append(query)
        return corpus.search(query)

    corpus.answerer = Answerer(search, policy=Policy(evidence_sentences=1))
    call("ask", question=QUESTION, language="en", filters={"source": "خبر.txt", "published_to": "2016-01-02"})
    assert (seen[0].language, seen[0].filters.source, seen[0].filters.published_to) == ("en", "خبر.txt", "2016-01-02")


def test_a_source_opens_around_the_slice_that_is_asked_for(call: Any, corpus: Corpus) -> None:
    article = only_article(corpus)
    result = call("open_source", article_id=article.id, start=24, end=36, sha256=article.sha256)
    found = result.structured_content
    assert (found["quote"], found["text"], found["length"]) == (DEAD, FILE, len(FILE))
    assert text(result).endswith(f"\n\n😀 {VISITED} ⟦{DEAD}⟧\r\n")


def test_a_source_opens_at_its_beginning_where_no_slice_is_named(call: Any, corpus: Corpus) -> None:
    found = call("open_source", article_id=only_article(corpus).id).structured_content
    assert (found["marked"], found["quote"], found["text"]) == (None, None, FILE)


@pytest.mark.parametrize(
    ("start", "end", "length", "marked", "shown"),
    [
        (None, None, 10, None, (0, 10)),
        (None, None, PAGE + 1, None, (0, PAGE)),
        (PAGE, None, PAGE + 5, None, (PAGE, PAGE + 5)),
        (None, 3, 10, (0, 3), (0, 10)),
        (5000, 5010, 10_000, (5000, 5010), (5000 - AROUND, 5010 + AROUND)),
        (None, None, 0, None, (0, 0)),
    ],
)
def test_what_is_shown_of_an_article(
    start: int | None, end: int | None, length: int, marked: tuple[int, int] | None, shown: tuple[int, int]
) -> None:
    asked = OpenRequest(article_id="a", start=start, end=end)
    assert asked.spans(length) == (Span(*marked) if marked else None, Span(*shown))


@pytest.mark.parametrize(("start", "end"), [(10, None), (3, 3), (4, 3), (None, 0), (5, 11), (0, LONGEST + 1)])
def test_a_slice_that_is_not_there_is_an_error(start: int | None, end: int | None) -> None:
    with pytest.raises(BadInput):
        OpenRequest(article_id="a", start=start, end=end).spans(10 if end != LONGEST + 1 else LONGEST * 2)


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("ask", {}, "question: it is missing → see the tool's input schema"),
        ("ask", {"question": " "}, "question: the question is empty → ask with at least one word"),
        ("ask", {"question": QUESTION, "سر": 1}, "there is an unknown field → see the tool's input schema"),
        ("ask", {"question": ["سر"]}, "question: it is not a string → see the tool's input schema"),
        ("search", {"question": QUESTION, "top_k": 101}, "top_k: it is more than 100 → see the tool's input schema"),
        ("search", {"question": QUESTION, "filters": {"published_from": "2017-01-02", "published_to": "2016-01-02"}},
         "filters: the first day, 2017-01-02, is after the last, 2016-01-02 → swap the two days"),
        ("open_source", {"article_id": "سر"}, "article_id: there is no such article → see /v1/articles"),
        ("of_next_year", {}, "there is no such tool → call one of ask, search, check, open_source"),
    ],
)  # fmt: skip
def test_an_error_is_the_tools_own_in_our_words(call: Any, name: str, arguments: dict[str, Any], told: str) -> None:
    result = call(name, **arguments)
    assert result.is_error
    assert text(result) == told


def test_another_version_of_a_source_is_not_opened_in_its_place(call: Any, corpus: Corpus) -> None:
    result = call("open_source", article_id=only_article(corpus).id, start=0, end=4, sha256="0" * 64)
    assert (result.is_error, text(result)) == (
        True,
        "sha256: the article now has another version → ask the question again",
    )


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (IndexUnusable("the index is broken", where="/home/layla/isnad", do="ingest again"),
         "the index is broken → ingest again"),
        (SourceChanged("it is another file now", where="خبر.txt"), "خبر.txt: it is another file now"),
    ],
)  # fmt: skip
def test_an_error_tells_no_path_of_the_machine(call: Any, corpus: Corpus, error: Exception, told: str) -> None:
    def search(_: Query) -> Found:
        raise error

    corpus.answerer = Answerer(search)
    result = call("ask", question=QUESTION)
    assert (result.is_error, text(result)) == (True, told)


def test_what_breaks_inside_tells_nothing_of_it(call: Any, corpus: Corpus) -> None:
    def search(_: Query) -> Found:
        raise ZeroDivisionError("سر")

    corpus.answerer = Answerer(search)
    result = call("ask", question=QUESTION)
    assert (result.is_error, text(result)) == (True, "an internal error occurred → details are in the server's log")


def test_a_client_that_leaves_stops_the_answer_and_one_too_many_is_told(
    call: Any, archive: tuple[Corpus, str], corpus: Corpus, request: pytest.FixtureRequest
) -> None:
    asked, stopped = threading.Event(), threading.Event()

    def generate(_: object, cancel: threading.Event) -> Iterator[Delta | End]:
        asked.set()
        if cancel.wait(20):
            stopped.set()
        yield End("stop")

    policy = Policy(evidence_sentences=2, min_score=LEAST)
    corpus.answerer = Answerer(corpus.search, generate, kind="writer", model="toy", similarity=alike, policy=policy)
    mode = request.node.callspec.params["call"]

    async def leave() -> CallToolResult:
        async with Client(f"{archive[1]}/mcp", mode=mode) as client:
            waiting = asyncio.create_task(client.call_tool("ask", {"question": QUESTION}))
            await asyncio.to_thread(asked.wait, 10)
            other = await client.call_tool("ask", {"question": QUESTION})
            waiting.cancel()
            await asyncio.wait([waiting])
            return other

    other = asyncio.run(leave())
    assert (other.is_error, text(other)) == (True, "1 questions are already running → try again")
    assert stopped.wait(3)


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_the_question_is_logged_where_the_settings_say_so(
    corpus: Corpus, tmp_path: Path, caplog: pytest.LogCaptureFixture, told: bool, mode: str
) -> None:
    caplog.set_level(logging.INFO, "isnad.requests")

    async def asked(address: str) -> None:
        async with Client(f"{address}/mcp", mode=mode) as client:
            await client.call_tool("search", {"question": QUESTION})

    settings = corpus.settings.model_copy(update={"log_questions": told})
    with served(corpus, settings, tmp_path / "history.sqlite3") as address:
        asyncio.run(asked(address))
    lines = [json.loads(one.getMessage()) for one in caplog.records if one.name == "isnad.requests"]
    assert lines
    assert [line["question"] for line in lines if "question" in line] == ([QUESTION] if told else [])


def test_tools_say_that_the_models_are_still_loading() -> None:
    async def asked() -> CallToolResult:
        server = make_server(Answering(opened(None), AnswerSlots(1, 1.0)))
        async with Client(server) as client:
            return await client.call_tool("ask", {"question": QUESTION})

    result = asyncio.run(asked())
    assert (result.is_error, text(result)) == (True, "the models are still loading → try again")


def initialize(address: str, **headers: str) -> httpx.Response:
    asked = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
    }
    accepted = {"accept": "application/json, text/event-stream"}
    return httpx.post(f"{address}/mcp", json=asked, headers=accepted | headers)


def test_the_door_guards_it(archive: tuple[Corpus, str], tmp_path: Path) -> None:
    corpus, address = archive
    assert initialize(address).status_code == 200
    assert initialize(address, origin="http://evil.example").status_code == 403
    assert initialize(address, host="evil.example").status_code == 421
    assert httpx.post(f"{address}/mcp", content=b"x" * 1_400_000).status_code == 413
    assert httpx.get(f"{address}/mcp").status_code == 405
    assert httpx.post(f"{address}/mcp/other").status_code == 404
    settings = corpus.settings.model_copy(update={"token": Settings(token="s3cret").token})
    with served(corpus, settings, tmp_path / "history.sqlite3") as guarded:
        assert initialize(guarded).status_code == 401
        assert initialize(guarded, authorization="Bearer s3cret").status_code == 200


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 60_000, b'"\\ud800"', b"[]", b"{}", b"null"])
def test_what_is_no_message_is_refused(archive: tuple[Corpus, str], body: bytes) -> None:
    headers = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
    assert httpx.post(f"{archive[1]}/mcp", content=body, headers=headers).status_code in range(400, 500)


def test_the_streams_carry_the_protocol_and_nothing_else(
    settings: Settings, embedder: Embedder, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "خبر.txt").write_bytes(FILE.encode())
    corpus_of(folder, settings, embedder).close()
    arguments = ["-m", "ui.cli.main", "mcp", "--data-dir", str(settings.data_dir), "--generator", "extractive"]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    server = StdioServerParameters(command=sys.executable, args=arguments, env=environment, cwd=ROOT)

    async def asked() -> CallToolResult:
        # A line that is no message would be told to this handler as an error.
        async with Client(server, mode="legacy", message_handler=told.append_one, read_timeout_seconds=120) as client:
            return await client.call_tool("search", {"question": QUESTION})

    told = Told()
    found = asyncio.run(asked()).structured_content
    assert f"😀 {VISITED}" in [one["text"] for one in found["evidence"]]
    assert told == []


class Told(list[Any]):
    async def append_one(self, message: Any) -> None:
        self.append(message)


def test_a_server_without_an_index_says_so_on_standard_error(settings: Settings) -> None:
    command = [sys.executable, "-m", "ui.cli.main", "mcp", "--data-dir", str(settings.data_dir)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, stdin=subprocess.DEVNULL, check=False)
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"has no index yet" in done.stderr


def test_the_document_on_the_wire_is_plain_json(call: Any) -> None:
    result = call("ask", question=QUESTION)
    assert json.loads(json.dumps(result.structured_content))["version"] == 1
