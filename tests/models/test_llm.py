"""The LLM seam against endpoints that refuse, hang, drip, lie and stop in the middle."""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from bad_endpoints import DONE, HEAD, Behaviour, Endpoint, Visit, answer, chunk, serve

from rag.config import Settings
from rag.errors import BadSetting, LLMError
from rag.models.llm import Deadlines, open_endpoint
from rag.types import Delta, End, Message, Prompt, Usage

PROMPT = Prompt((Message("system", "أجب من النص."), Message("user", "من زار سوتشي؟")), max_tokens=32)
QUICK = Deadlines(connect=0.5, first_token=0.6, between_tokens=0.4, total=1.2)
PATIENT = Deadlines(connect=5, first_token=30, between_tokens=30, total=60)
KEY = "sk-very-secret-123"


@pytest.fixture(scope="module", autouse=True)
def _warm() -> None:
    """The first request imports for seconds, which the clocks below should not see."""
    with serve(words) as endpoint:
        ask(endpoint)


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    yield
    end = time.monotonic() + 3
    while readers() and time.monotonic() < end:
        time.sleep(0.01)
    assert not readers(), "a reader thread outlived its reply"


def readers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "isnad-llm-reader"]


def ask(endpoint: Endpoint, deadlines: Deadlines = PATIENT, key: str | None = None, prompt: Prompt = PROMPT) -> list:
    return list(open_endpoint(endpoint.url, "m", key, deadlines)(prompt, threading.Event()))


def failure(
    behaviour: Behaviour, key: str | None = None, deadlines: Deadlines = PATIENT
) -> tuple[LLMError, Endpoint, float]:
    """The error that a misbehaving endpoint leads to, the endpoint, and the seconds that it took."""
    with serve(behaviour) as endpoint:
        began = time.monotonic()
        with pytest.raises(LLMError) as caught:
            ask(endpoint, deadlines, key)
        took = time.monotonic() - began
        endpoint.wait_until_left()
    assert caught.value.where == endpoint.url
    assert caught.value.do
    return caught.value, endpoint, took


def words(visit: Visit) -> None:
    usage = {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11}
    visit.send(HEAD + chunk("") + chunk("زار ") + chunk("المعلم") + chunk(None, "stop"))
    visit.send(chunk(usage=usage).replace(b'"choices": [', b'"choices": [], "was": [') + DONE)


def test_a_reply_streams_its_words_then_its_reason_and_usage() -> None:
    with serve(words) as endpoint:
        assert ask(endpoint, key=KEY) == [Delta("زار "), Delta("المعلم"), End("stop", Usage(9, 2))]
    (visit,) = endpoint.visits
    assert visit.headers["authorization"] == f"Bearer {KEY}"
    assert visit.body["model"] == "m"
    assert visit.body["temperature"] == 0
    assert visit.body["max_tokens"] == 32
    assert visit.body["stream"] is True
    assert visit.body["messages"] == [
        {"role": "system", "content": "أجب من النص."},
        {"role": "user", "content": "من زار سوتشي؟"},
    ]


def test_without_a_key_no_authorization_is_sent_even_where_the_environment_has_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with serve(words) as endpoint:
        ask(endpoint)
    assert "authorization" not in endpoint.visits[0].headers


def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with serve(words) as endpoint:
        assert ask(endpoint)[-1] == End("stop", Usage(9, 2))


def test_an_endpoint_that_refuses_unknown_fields_is_asked_again_without_them_and_only_once() -> None:
    def strict(visit: Visit) -> None:
        if "stream_options" in visit.body:
            visit.send(answer("400 Bad Request", b'{"error": {"message": "unknown argument: stream_options"}}'))
        else:
            words(visit)

    with serve(strict) as endpoint:
        generate = open_endpoint(endpoint.url, "m", None, PATIENT)
        for requests in (2, 3):
            assert next(generate(PROMPT, threading.Event())) == Delta("زار ")
            assert endpoint.requests == requests


def test_a_prompt_that_is_refused_for_itself_does_not_cost_later_ones_their_count() -> None:
    def picky(visit: Visit) -> None:
        if visit.number <= 2:
            visit.send(answer("400 Bad Request", b'{"error": {"message": "too long"}}'))
        else:
            words(visit)

    with serve(picky) as endpoint:
        generate = open_endpoint(endpoint.url, "m", None, PATIENT)
        with pytest.raises(LLMError):
            list(generate(PROMPT, threading.Event()))
        list(generate(PROMPT, threading.Event()))
    assert "stream_options" in endpoint.visits[2].body


def test_a_bad_request_is_not_sent_a_third_time() -> None:
    error, endpoint, _ = failure(lambda visit: visit.send(answer("400 Bad Request", b'{"detail": "too long"}')))
    assert "too long" in error.what
    assert endpoint.requests == 2


def test_a_refused_connection_is_an_error_that_says_where() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/v1"
    with pytest.raises(LLMError, match="cannot be reached") as caught:
        list(open_endpoint(url, "m", None, PATIENT)(PROMPT, threading.Event()))
    assert caught.value.where == url
    assert not caught.value.started


def test_a_connection_that_nobody_takes_is_given_up_at_its_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, contextlib.ExitStack() as waiting:
        for _ in range(4):
            client = waiting.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}/v1"
        deadlines = Deadlines(connect=0.5, first_token=30, between_tokens=30, total=60)
        began = time.monotonic()
        with pytest.raises(LLMError):
            list(open_endpoint(url, "m", None, deadlines)(PROMPT, threading.Event()))
        assert 0.4 < time.monotonic() - began < 2.5


HANGS: dict[str, tuple[Behaviour, bool, str]] = {
    "before its headers": (lambda visit: visit.hang(), False, "no token"),
    "after its headers": (lambda visit: (visit.send(HEAD), visit.hang()), False, "no token"),
    "in the middle": (lambda visit: (visit.send(HEAD + chunk("زار")), visit.hang()), True, "no further token"),
    "in a line": (
        lambda visit: (visit.send(HEAD + chunk("زار") + b'data: {"cho'), visit.hang()),
        True,
        "no further token",
    ),
    "dripping comments": (lambda visit: (visit.send(HEAD), visit.drip(b": ping\n\n", 0.02)), False, "no token"),
    "dripping empty words": (lambda visit: (visit.send(HEAD), visit.drip(chunk(""), 0.02)), False, "no token"),
    "dripping headers": (lambda visit: (visit.send(HEAD[:-2]), visit.drip(b"X-A: b\r\n", 0.02)), False, "no token"),
    "dripping words": (lambda visit: (visit.send(HEAD), visit.drip(chunk("و"), 0.05)), True, "not complete"),
    "flooding words": (lambda visit: (visit.send(HEAD), visit.drip(chunk("و"), 0.001)), True, "not complete"),
    "dripping comments after a word": (
        lambda visit: (visit.send(HEAD + chunk("و")), visit.drip(b": ping\n\n", 0.02)),
        True,
        "no further token",
    ),
    "an error without end": (
        lambda visit: (visit.send(b"HTTP/1.1 500 E\r\n\r\n"), visit.drip(b"x", 0.02)),
        False,
        "no token",
    ),
}


@pytest.mark.parametrize("case", HANGS)
def test_an_endpoint_that_never_ends_is_left_when_its_deadline_has_passed(case: str) -> None:
    behaviour, started, what = HANGS[case]
    error, endpoint, took = failure(behaviour, deadlines=QUICK)
    assert what in error.what
    assert error.started is started
    assert endpoint.requests == 1
    assert took < QUICK.total + 2


REFUSALS: dict[str, tuple[bytes, int, str]] = {
    "500": (answer("500 Internal Server Error", b'{"error": {"message": "out of memory"}}'), 2, "out of memory"),
    "503": (answer("503 Service Unavailable", b'{"error": {"message": "Loading model"}}'), 2, "Loading model"),
    "502 with HTML": (answer("502 Bad Gateway", b"<html>nginx</html>", kind="text/html"), 2, "502"),
    "429 that asks for 30 s": (answer("429 Too Many Requests", b"{}", "Retry-After: 30"), 2, "429"),
    "401": (answer("401 Unauthorized", b'{"error": {"message": "bad key sk-very-secret-123"}}'), 1, "key"),
    "404": (answer("404 Not Found", b'{"error": {"message": "no such model"}}'), 1, "model 'm'"),
    "a redirection": (answer("307 Temporary Redirect", b"", "Location: http://127.0.0.1:9/"), 1, "redirects"),
    "HTML": (answer("200 OK", b"<html><body>Welcome</body></html>", kind="text/html"), 1, "did not answer"),
    "plain text": (answer("200 OK", b"hello\nthere\n", kind="text/plain"), 1, "not a chat reply"),
    "nothing": (answer("200 OK", b""), 1, "did not answer"),
    "an error as JSON": (answer("200 OK", b'{"error": {"message": "model is gone"}}'), 1, "model is gone"),
    "an error as text": (answer("200 OK", b'{"error": "model is gone"}'), 1, "model is gone"),
    "an error as event": (HEAD + b'data: {"error": {"message": "model is gone"}}\n\n', 1, "model is gone"),
    "broken JSON": (HEAD + b'data: {"choices": [\n\n', 1, "not a chat reply"),
    "JSON of another kind": (HEAD + b"data: [1, 2]\n\n", 1, "not a chat reply"),
    "no choices": (HEAD + b'data: {"choices": null}\n\n', 1, "not a chat reply"),
    "content that is a number": (HEAD + chunk().replace(b"null", b"7", 1), 1, "not a chat reply"),
    "deep JSON": (HEAD + b"data: " + b"[" * 100_000 + b"\n\n", 1, "not a chat reply"),
    "bytes of no encoding": (HEAD + b"data: \xff\xfe\n\n", 1, "not a chat reply"),
    "another protocol": (b"SSH-2.0-OpenSSH_9.6\r\n", 2, "closed the connection"),
    "a hang-up before headers": (b"", 2, "closed the connection"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_an_endpoint_that_sends_no_chat_reply_is_a_clear_error_in_at_most_two_requests(case: str) -> None:
    sent, requests, what = REFUSALS[case]
    error, endpoint, took = failure(lambda visit: visit.send(sent), key=KEY)
    assert what in error.what
    assert not error.started
    assert KEY not in str(error)
    assert KEY not in repr(error)
    assert endpoint.requests == requests
    assert took < 5


def test_a_long_message_of_an_endpoint_is_trimmed_to_one_line() -> None:
    body = b'{"error": {"message": "' + b"a\\n" * 5000 + b'"}}'
    error, _, _ = failure(lambda visit: visit.send(answer("500 E", body)))
    assert "\n" not in str(error)
    assert len(str(error)) < 400


def test_a_second_request_that_succeeds_answers_the_question() -> None:
    def recovering(visit: Visit) -> None:
        if visit.number == 1:
            visit.send(answer("503 Service Unavailable", b"{}"))
        else:
            words(visit)

    with serve(recovering) as endpoint:
        assert ask(endpoint)[-1] == End("stop", Usage(9, 2))


def test_nothing_is_asked_again_after_the_first_token() -> None:
    def broken(visit: Visit) -> None:
        visit.send(HEAD.replace(b"Connection: close", b"Content-Length: 100000") + chunk("زار"))

    error, endpoint, _ = failure(broken)
    assert error.started
    assert endpoint.requests == 1


STREAMS: dict[str, tuple[bytes, list[Delta | End]]] = {
    "cut without a reason": (chunk("زار ") + chunk("الم"), [Delta("زار "), Delta("الم"), End(None)]),
    "done without a reason": (chunk("زار") + DONE, [Delta("زار"), End(None)]),
    "a reason without done": (chunk("زار") + chunk(None, "stop"), [Delta("زار"), End("stop")]),
    "too long": (chunk("زار") + chunk("", "length") + DONE, [Delta("زار"), End("length")]),
    "null content": (chunk(None) + chunk(None, "stop") + DONE, [End("stop")]),
    "CRLF": ((chunk("زار") + chunk(None, "stop") + DONE).replace(b"\n", b"\r\n"), [Delta("زار"), End("stop")]),
    "usage of nulls": (
        chunk("زار", "stop", usage={"prompt_tokens": None}) + DONE,
        [Delta("زار"), End("stop", Usage(0, 0))],
    ),
}


@pytest.mark.parametrize("case", STREAMS)
def test_a_stream_ends_with_the_reason_that_it_gave_or_none(case: str) -> None:
    sent, expected = STREAMS[case]
    with serve(lambda visit: visit.send(HEAD + sent)) as endpoint:
        assert ask(endpoint) == expected
    assert endpoint.requests == 1


def test_an_endpoint_that_stays_open_after_its_reason_has_still_ended() -> None:
    with serve(lambda visit: (visit.send(HEAD + chunk("زار", "stop")), visit.hang())) as endpoint:
        assert ask(endpoint, PATIENT) == [Delta("زار"), End("stop")]


def test_letters_split_between_packets_arrive_whole() -> None:
    def bytewise(visit: Visit) -> None:
        for byte in HEAD + chunk("إسناد", "stop") + DONE:
            visit.send(bytes([byte]))

    with serve(bytewise) as endpoint:
        assert ask(endpoint, PATIENT) == [Delta("إسناد"), End("stop")]


@pytest.mark.parametrize("beginning", [b"", HEAD, HEAD + chunk("زار")], ids=["silent", "headers", "words"])
def test_a_cancellation_closes_the_socket_within_a_second(beginning: bytes) -> None:
    cancel = threading.Event()
    with serve(lambda visit: (visit.send(beginning), visit.hang())) as endpoint:
        timer = threading.Timer(0.3, cancel.set)
        timer.start()
        began = time.monotonic()
        replies = list(open_endpoint(endpoint.url, "m", None, PATIENT)(PROMPT, cancel))
        assert replies[-1] == End("cancelled")
        assert endpoint.wait_until_left() - began < 1.3


def test_a_question_that_was_cancelled_already_is_never_sent() -> None:
    cancel = threading.Event()
    cancel.set()
    with serve(words) as endpoint:
        assert list(open_endpoint(endpoint.url, "m", None, PATIENT)(PROMPT, cancel)) == [End("cancelled")]
    assert endpoint.requests == 0


def test_a_caller_who_leaves_early_closes_the_socket() -> None:
    with serve(lambda visit: (visit.send(HEAD), visit.drip(chunk("و"), 0.02))) as endpoint:
        replies = open_endpoint(endpoint.url, "m", None, PATIENT)(PROMPT, threading.Event())
        assert list(itertools.islice(replies, 2)) == [Delta("و"), Delta("و")]
        left = time.monotonic()
        replies.close()  # type: ignore[attr-defined]
        assert endpoint.wait_until_left() - left < 1


def test_a_slow_caller_does_not_make_a_quick_endpoint_late() -> None:
    with serve(words) as endpoint:
        deadlines = Deadlines(connect=5, first_token=5, between_tokens=1, total=2)
        replies = open_endpoint(endpoint.url, "m", None, deadlines)(PROMPT, threading.Event())
        assert next(replies) == Delta("زار ")
        time.sleep(deadlines.total + 0.2)
        assert list(replies) == [Delta("المعلم"), End("stop", Usage(9, 2))]


def test_thoughts_count_as_life_but_not_as_words() -> None:
    thought = chunk("").replace(b'"content": ""', b'"content": null, "reasoning_content": "hm"')

    def thinking(visit: Visit) -> None:
        visit.send(HEAD)
        for _ in range(4):
            visit.send(thought)
            time.sleep(0.4)
        visit.send(chunk("زار", "stop") + DONE)

    with serve(thinking) as endpoint:
        deadlines = Deadlines(connect=5, first_token=1.2, between_tokens=1.2, total=30)
        assert ask(endpoint, deadlines) == [Delta("زار"), End("stop")]


@pytest.mark.parametrize(
    "url",
    ["", "localhost:11434/v1", "ftp://127.0.0.1/v1", "http://", "http://a b/", "http://127.0.0.1:x/", "file:///x"],
)
def test_a_url_that_no_request_can_go_to_is_a_bad_setting(url: str) -> None:
    with pytest.raises(BadSetting):
        open_endpoint(url, "m", None, QUICK)


def test_a_key_with_a_newline_is_a_bad_setting_that_does_not_repeat_it() -> None:
    with pytest.raises(BadSetting) as caught:
        open_endpoint("http://127.0.0.1/v1", "m", KEY + "\n", QUICK)
    assert KEY not in str(caught.value)


def test_a_password_in_the_url_is_never_shown() -> None:
    with serve(lambda visit: visit.send(answer("500 E", b"{}"))) as endpoint:
        url = endpoint.url.replace("//", "//user:hunter2@") + "/chat/completions"
        with pytest.raises(LLMError) as caught:
            list(open_endpoint(url, "m", None, PATIENT)(PROMPT, threading.Event()))
    assert "hunter2" not in str(caught.value)
    assert caught.value.where == endpoint.url


def test_the_deadlines_are_parts_of_the_seconds_for_an_answer() -> None:
    settings = Settings(answer_seconds=24)
    assert Deadlines.of(settings) == Deadlines(connect=5, first_token=6, between_tokens=2, total=18)
