"""OpenAI's own client and LlamaIndex's ask a running Isnad: answers, citations, streams, and errors of their types."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from builders import Pointing, alike
from chat_server import LEAST, Paced, served
from fastapi.testclient import TestClient
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from small_chat import opened, small_corpus

from rag.config import Settings
from rag.corpus import Corpus
from rag.errors import LLMError
from rag.generate.answer import Answerer, Policy
from rag.types import Delta, End, Filters, Found, Generate, Query, Usage
from ui.api.app import add_api, make_api
from ui.api.openai import ChatRequest
from ui.shared.problems import RefusedRequest

VISITED, DEAD = "😀 زار الوزير سوتشي أمس.", "قتل ٣٠٠ شخص."
FILE = f"{VISITED} {DEAD}\n"
QUESTION = "من زار سوتشي؟"
ASKED: Any = [{"role": "user", "content": QUESTION}]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Corpus, str]]:
    home = tmp_path_factory.mktemp("openai")
    with small_corpus(home / "files", home / "data", {"خبر.txt": FILE}) as corpus:
        settings = corpus.settings.model_copy(update={"api_at_once": 2, "answer_seconds": 20.0})
        with served(corpus, settings, home / "history.sqlite3") as address:
            yield corpus, address


@pytest.fixture
def corpus(archive: tuple[Corpus, str]) -> Iterator[Corpus]:
    """The served archive; what a test puts in the place of its answerer is taken out again."""
    answerer = archive[0].answerer
    yield archive[0]
    archive[0].answerer = answerer


@pytest.fixture
def client(archive: tuple[Corpus, str]) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{archive[1]}/v1", api_key="none", max_retries=0, timeout=30) as client:
        yield client


def writes(corpus: Corpus, generate: Generate) -> None:
    policy = Policy(evidence_sentences=2, min_score=LEAST)
    corpus.answerer = Answerer(corpus.search, generate, kind="writer", model="toy", similarity=alike, policy=policy)


def says(*parts: str, usage: Usage | None = None) -> Generate:
    def generate(_: object, __: object) -> Iterator[Delta | End]:
        yield from map(Delta, parts)
        yield End("stop", usage)

    return generate


def marks(completion: Any) -> list[dict[str, Any]]:
    return [one.model_dump() for one in completion.choices[0].message.annotations]


def test_an_answer_is_a_message_whose_numbers_lead_to_slices_of_files(
    client: openai.OpenAI, archive: tuple[Corpus, str]
) -> None:
    completion = client.chat.completions.create(model="gpt-4o", messages=ASKED)
    content = completion.choices[0].message.content
    assert content == f"بحسب الملف خبر.txt: «{VISITED}» [1]\nبحسب الملف خبر.txt: «{DEAD}» [2]"
    assert (completion.model, completion.object, completion.choices[0].finish_reason) == (
        *("isnad", "chat.completion"),
        "stop",
    )
    found = marks(completion)
    places = [(one["url_citation"]["start_index"], one["url_citation"]["end_index"]) for one in found]
    assert [content[start:end] for start, end in places] == ["[1]", "[2]"]  # code points: 😀 is one
    assert [FILE[one["citation"]["start"] : one["citation"]["end"]] for one in found] == [VISITED, DEAD]
    assert [one["citation"]["quote"] for one in found] == [VISITED, DEAD]
    assert {one["url_citation"]["title"] for one in found} == {"خبر.txt"}
    assert httpx.get(archive[1] + found[0]["url_citation"]["url"]).content == FILE.encode()


def test_short_answers_come_beside_the_message_whole_and_as_a_stream(client: openai.OpenAI, corpus: Corpus) -> None:
    corpus.answerer = Pointing(corpus.search, "سوتشي")
    completion: Any = client.chat.completions.create(model="isnad", messages=ASKED)
    at = FILE.index("سوتشي")
    place = {"start": at, "end": at + len("سوتشي")}
    short = [{"text": "سوتشي", "citation": 1, **place, "probability": 0.875, "rendered": None}]
    assert (completion.isnad["short"], completion.isnad["probability"]) == (short, 0.9375)
    assert marks(completion)[0]["citation"]["quote"] == VISITED
    *_, last = client.chat.completions.create(model="isnad", messages=ASKED, stream=True)
    told: Any = last
    assert (told.isnad["short"], told.isnad["probability"]) == (short, 0.9375)


def test_without_a_model_no_tokens_are_counted(client: openai.OpenAI) -> None:
    usage = client.chat.completions.create(model="isnad", messages=ASKED).usage
    assert usage is not None
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (0, 0, 0)


def test_the_tokens_of_a_model_are_counted(client: openai.OpenAI, corpus: Corpus) -> None:
    writes(corpus, says("زار الوزير سوتشي أمس [1].", usage=Usage(70, 5)))
    usage = client.chat.completions.create(model="isnad", messages=ASKED).usage
    assert usage is not None
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (70, 5, 75)


@pytest.mark.parametrize("usage", [True, False])
def test_a_stream_is_the_same_answer_with_its_citations_at_the_end(client: openai.OpenAI, usage: bool) -> None:
    whole = client.chat.completions.create(model="isnad", messages=ASKED)
    options: Any = {"stream_options": {"include_usage": True}} if usage else {}
    chunks: list[ChatCompletionChunk] = list(
        client.chat.completions.create(model="isnad", messages=ASKED, stream=True, **options)
    )
    told = [one.choices[0] for one in chunks if one.choices]
    assert told[0].delta.role == "assistant"
    assert "".join(one.delta.content or "" for one in told) == whole.choices[0].message.content
    assert [one.finish_reason for one in told] == [None] * (len(told) - 1) + ["stop"]
    assert told[-1].delta.to_dict()["annotations"] == marks(whole)
    assert [one.usage is not None for one in chunks] == [False] * len(told) + [True] * usage
    assert len({one.id for one in chunks}) == 1


def test_a_stream_ends_with_the_sign_of_its_protocol(archive: tuple[Corpus, str]) -> None:
    response = httpx.post(f"{archive[1]}/v1/chat/completions", json={"messages": ASKED, "stream": True})
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.text.endswith("\n\ndata: [DONE]\n\n")


def test_a_sentence_streams_as_soon_as_it_is_checked_and_no_raw_word_of_the_model_does(
    client: openai.OpenAI, corpus: Corpus
) -> None:
    model = Paced("زار الوزير سوتشي أمس [1]. قتل ٩")
    writes(corpus, model)
    with client.chat.completions.create(model="isnad", messages=ASKED, stream=True) as stream:
        told = (one.choices[0].delta.content for one in stream if one.choices and one.choices[0].delta.content)
        assert next(told) == "زار الوزير سوتشي أمس. [1]"  # the model is still in the middle of the next
        model.say("٠٠ شخص [2].")
        model.end()
        assert "٩" not in "".join(told)


def test_a_client_that_leaves_a_stream_stops_the_model(client: openai.OpenAI, corpus: Corpus) -> None:
    model = Paced("زار الوزير سوتشي أمس [1]. قتل")
    writes(corpus, model)
    with client.chat.completions.create(model="isnad", messages=ASKED, stream=True) as stream:
        next(iter(stream))
    assert model.cancelled.wait(2)


def test_a_client_that_leaves_while_it_waits_stops_the_model(client: openai.OpenAI, corpus: Corpus) -> None:
    model = Paced()
    writes(corpus, model)
    with pytest.raises(openai.APITimeoutError):
        client.with_options(timeout=0.5).chat.completions.create(model="isnad", messages=ASKED)
    assert model.cancelled.wait(2)


@pytest.mark.parametrize("stream", [True, False])
def test_what_the_archive_does_not_hold_is_said_in_the_content(
    client: openai.OpenAI, corpus: Corpus, stream: bool
) -> None:
    corpus.answerer = Answerer(corpus.search, policy=Policy(evidence_sentences=2, min_score={"ar": 2.0, "en": 2.0}))
    expected = corpus.ask(QUESTION)
    assert expected.is_refusal
    if stream:
        chunks = list(client.chat.completions.create(model="isnad", messages=ASKED, stream=True))
        assert "".join(one.choices[0].delta.content or "" for one in chunks) == expected.opening
        last = chunks[-1].to_dict()
    else:
        completion = client.chat.completions.create(model="isnad", messages=ASKED)
        assert completion.choices[0].message.content == expected.opening
        assert marks(completion) == []
        last = completion.to_dict()
    assert last["isnad"]["status"] == "not_in_corpus"  # type: ignore[index]


def test_fields_that_cannot_matter_are_let_pass(client: openai.OpenAI) -> None:
    completion = client.chat.completions.create(
        model="gpt-4o-mini",
        messages=[{"role": "system", "content": "Answer as a pirate."}, *ASKED],
        temperature=0.7,
        max_tokens=1,
        top_p=0.5,
        seed=1,
        stop=["."],
        user="layla",
        logit_bias={"50256": -100},
        presence_penalty=1,
        response_format={"type": "text"},
        tools=[{"type": "function", "function": {"name": "f", "parameters": {}}}],
        extra_body={"of_next_year": {"a": 1}},
    )
    assert completion.choices[0].finish_reason == "stop"
    assert "سوتشي" in (completion.choices[0].message.content or "")


def test_our_own_fields_limit_the_question(client: openai.OpenAI, corpus: Corpus) -> None:
    seen = spied(corpus)
    ours = {"language": "en", "top_k": 3, "filters": {"outlet": "رويترز", "published_from": "2016-01-02"}}
    client.chat.completions.create(model="isnad", messages=ASKED, extra_body=ours)
    [query] = seen
    assert (query.language, query.top_k) == ("en", 3)
    assert (query.filters.outlet, query.filters.published_from) == ("رويترز", "2016-01-02")


def spied(corpus: Corpus) -> list[Query]:
    """The queries that are searched from now on."""
    seen: list[Query] = []

    def search(query: Query) -> Found:
        seen.append(query)
        return corpus.search(query)

    corpus.answerer = Answerer(search, policy=Policy(evidence_sentences=2))
    return seen


def test_filters_are_read_in_a_message_and_named_beside_the_answer(client: openai.OpenAI, corpus: Corpus) -> None:
    queries = spied(corpus)
    messages: Any = [
        {"role": "user", "content": "من زار سوتشي؟ after:2015"},
        {"role": "assistant", "content": "المعلم"},
        {"role": "user", "content": "متى زار المعلم سوتشي؟ outlet:رويترز"},
    ]
    completion: Any = client.chat.completions.create(model="isnad", messages=messages)
    query = queries[-1]
    assert (query.question, query.filters) == ("متى زار المعلم سوتشي؟", Filters(outlet="رويترز"))
    assert query.history == (("من زار سوتشي؟", "المعلم"),)
    assert completion.isnad["understood"] == [{"key": "outlet", "value": "رويترز"}]


def test_earlier_turns_are_the_history_and_texts_may_come_in_parts(client: openai.OpenAI, corpus: Corpus) -> None:
    seen = spied(corpus)
    client.chat.completions.create(
        model="isnad",
        messages=[
            {"role": "system", "content": "كن مختصرا"},
            {"role": "user", "content": "من زار سوتشي؟"},
            {"role": "assistant", "content": "الوزير [1]."},
            {"role": "user", "content": [{"type": "text", "text": "كم شخصا"}, {"type": "text", "text": "قتل؟"}]},
        ],
    )
    [query] = seen
    assert query.question == "كم شخصا قتل؟"
    assert query.history == (("من زار سوتشي؟", "الوزير [1]."),)


@pytest.mark.parametrize(
    ("roles", "question", "pairs"),
    [
        ("u", "0", ()),
        ("su", "1", ()),
        ("uau", "2", (("0", "1"),)),
        ("uu", "1", (("0", ""),)),
        ("auaau", "4", (("1", "2\n3"),)),
        ("utu", "2", (("0", ""),)),
        ("uaua", "2", (("0", "1"),)),
    ],
)
def test_who_said_what_makes_the_turns(roles: str, question: str, pairs: tuple[tuple[str, str], ...]) -> None:
    names = {"u": "user", "a": "assistant", "s": "system", "t": "tool"}
    messages = [{"role": names[role], "content": str(place)} for place, role in enumerate(roles)]
    assert ChatRequest.model_validate({"messages": messages}).talk() == (question, pairs)


@pytest.mark.parametrize("roles", [["system"], ["assistant"], ["system", "assistant"]])
def test_a_talk_without_a_question_is_refused(roles: list[str]) -> None:
    asked = ChatRequest.model_validate({"messages": [{"role": role, "content": "سر"} for role in roles]})
    with pytest.raises(RefusedRequest, match="no message of the user"):
        asked.talk()


@pytest.mark.parametrize(
    ("changed", "param"),
    [
        ({"messages": [{"role": "user", "content": ""}]}, "question"),
        ({"messages": [{"role": "user", "content": None}]}, "question"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "pirate", "content": "سر"}]}, "messages.0.role"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://سر"}}]}]},
            "messages.0.content.0.type",
        ),
        ({"messages": [{"role": "user", "content": "سر " * 1000}]}, "question"),
        ({"n": 2}, "n"),
        ({"response_format": {"type": "json_object"}}, "response_format.type"),
        ({"extra_body": {"filters": {"سر": 1}}}, "filters"),
        ({"extra_body": {"stream": "سر"}}, "stream"),
    ],
)
def test_what_cannot_be_answered_is_the_clients_own_error_and_echoes_nothing(
    client: openai.OpenAI, changed: dict[str, Any], param: str
) -> None:
    with pytest.raises(openai.UnprocessableEntityError) as caught:
        client.chat.completions.create(**{"model": "isnad", "messages": ASKED, **changed})
    assert caught.value.param == param
    assert caught.value.type == "invalid_request_error"
    assert "سر" not in caught.value.response.text
    problem = caught.value.response.json()  # the one form of errors, with OpenAI's in it
    assert problem["status"] == 422
    assert problem["error"]["message"].startswith(problem["detail"])


def test_one_that_is_too_many_gets_the_clients_own_error(client: openai.OpenAI, corpus: Corpus) -> None:
    gate, begun = threading.Event(), threading.Semaphore(0)

    def held(_: object, cancel: threading.Event) -> Iterator[Delta | End]:
        begun.release()
        while not gate.wait(0.02) and not cancel.is_set():
            pass
        yield Delta("زار الوزير سوتشي أمس [1].")
        yield End("stop")

    writes(corpus, held)
    waiting = [threading.Thread(target=patient, args=(client,)) for _ in range(2)]
    for one in waiting:
        one.start()
    try:
        assert begun.acquire(timeout=10)
        assert begun.acquire(timeout=10)
        with pytest.raises(openai.RateLimitError) as caught:
            client.chat.completions.create(model="isnad", messages=ASKED)
        assert caught.value.type == "rate_limit_error"
        assert caught.value.response.headers["retry-after"] == "1"
    finally:
        gate.set()
        for one in waiting:
            one.join(10)


def patient(client: openai.OpenAI) -> None:
    client.chat.completions.create(model="isnad", messages=ASKED)


def away(_: object, __: object) -> Iterator[Delta | End]:
    raise LLMError("the language model is away", do="start it")
    yield


def test_a_model_that_is_away_is_a_server_error_with_the_sources_in_it(client: openai.OpenAI, corpus: Corpus) -> None:
    writes(corpus, away)
    with pytest.raises(openai.InternalServerError) as caught:
        client.chat.completions.create(model="isnad", messages=ASKED)
    assert caught.value.status_code == 503
    answer = caught.value.response.json()["answer"]
    assert [one["quote"] for one in answer["citations"]] == [VISITED, DEAD]


def test_a_model_that_is_away_in_a_stream_leaves_the_quotes_and_a_notice(client: openai.OpenAI, corpus: Corpus) -> None:
    writes(corpus, away)
    chunks = list(client.chat.completions.create(model="isnad", messages=ASKED, stream=True))
    assert VISITED in "".join(one.choices[0].delta.content or "" for one in chunks)
    assert [one["kind"] for one in chunks[-1].to_dict()["isnad"]["notices"]] == ["llm"]  # type: ignore[index]


def test_an_archive_that_fails_in_a_stream_is_the_clients_own_error(client: openai.OpenAI, corpus: Corpus) -> None:
    def search(_: Query) -> Found:
        time.sleep(0.1)
        raise LLMError("the search is broken", where="/secret/path", do="mend it")

    corpus.answerer = Answerer(search)
    with pytest.raises(openai.InternalServerError) as caught:
        list(client.chat.completions.create(model="isnad", messages=ASKED, stream=True))
    assert "secret" not in caught.value.response.text


def test_a_slow_search_keeps_the_line_open_and_its_failure_is_an_error_in_the_stream(tmp_path: Path) -> None:
    def search(_: Query) -> Found:
        time.sleep(0.3)
        raise LLMError("the search is broken", where="/secret/path", do="mend it")

    with small_corpus(tmp_path / "files", tmp_path / "data", {"خبر.txt": FILE}) as corpus:
        corpus.answerer = Answerer(search)
        with in_process(corpus, silence=0.1) as client:
            response = client.post("/v1/chat/completions", json={"messages": ASKED, "stream": True})
    *silences, error, rest = response.text.split("\n\n")
    assert response.status_code == 200
    assert set(silences) == {": still working"}
    assert json.loads(error.removeprefix("data: ")) == {
        "error": {"message": "the search is broken → mend it", "type": "server_error", "param": None, "code": None}
    }
    assert rest == ""


def test_an_answer_that_ran_out_of_time_is_cut(tmp_path: Path) -> None:
    with small_corpus(tmp_path / "files", tmp_path / "data", {"خبر.txt": FILE}) as corpus:
        writes(corpus, Paced("زار الوزير سوتشي أمس [1]. قتل"))
        with in_process(corpus, answer_seconds=0.3) as client:
            said = client.post("/v1/chat/completions", json={"messages": ASKED}).json()
    assert ChatCompletion.model_validate(said).choices[0].finish_reason == "length"
    assert said["isnad"]["cut"] is True


def test_an_archive_that_is_still_loading_says_when_to_come_back() -> None:
    with in_process(None) as client:
        response = client.post("/v1/chat/completions", json={"messages": ASKED})
        assert client.get("/v1/models").status_code == 200
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")
    assert response.json()["error"]["type"] == "server_error"


@contextmanager
def in_process(corpus: Corpus | None, silence: float = 10.0, **changed: Any) -> Iterator[TestClient]:
    from prometheus_client import CollectorRegistry

    app = make_api()
    add_api(app, opened(corpus), Settings(**changed), CollectorRegistry()).silence = silence
    with TestClient(app) as client:
        yield client


def test_the_models_are_one(client: openai.OpenAI) -> None:
    assert [one.id for one in client.models.list()] == ["isnad"]
    assert client.models.retrieve("isnad").owned_by == "isnad"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-4o")


def test_the_token_is_the_clients_key(tmp_path: Path) -> None:
    with small_corpus(tmp_path / "files", tmp_path / "data", {"خبر.txt": FILE}) as corpus:
        settings = corpus.settings.model_copy(update={"token": Settings(token="s3cret").token})
        with served(corpus, settings, tmp_path / "history.sqlite3") as address:
            client = openai.OpenAI(base_url=f"{address}/v1", api_key="wrong", max_retries=0)
            with pytest.raises(openai.AuthenticationError):
                client.chat.completions.create(model="isnad", messages=ASKED)
            known = client.with_options(api_key="s3cret")
            assert known.chat.completions.create(model="isnad", messages=ASKED).choices[0].message.content


@pytest.fixture
def llama(archive: tuple[Corpus, str]) -> Any:
    from llama_index.llms.openai_like import OpenAILike

    return OpenAILike(
        model="isnad", api_base=f"{archive[1]}/v1", api_key="none", is_chat_model=True, max_retries=0, timeout=30
    )


def _chat(llama: Any, messages: list[Any]) -> str:
    return str(llama.chat(messages).message.content)


def _stream(llama: Any, messages: list[Any]) -> str:
    return "".join(one.delta or "" for one in llama.stream_chat(messages))


def _complete(llama: Any, messages: list[Any]) -> str:
    return str(llama.complete(messages[-1].content).text)


@pytest.mark.parametrize("ask", [_chat, _stream, _complete])
def test_llama_index_asks_as_it_asks_any_other(llama: Any, ask: Callable[[Any, list[Any]], str]) -> None:
    from llama_index.core.llms import ChatMessage

    messages = [ChatMessage(role="system", content="كن مختصرا"), ChatMessage(role="user", content=QUESTION)]
    assert ask(llama, messages) == f"بحسب الملف خبر.txt: «{VISITED}» [1]\nبحسب الملف خبر.txt: «{DEAD}» [2]"
