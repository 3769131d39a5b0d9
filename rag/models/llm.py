"""LLM client: turns any OpenAI-compatible endpoint into a `Generate`, with enforced deadlines.

A reader thread puts LlamaIndex's stream into a queue; the calling thread enforces deadlines and cancellation, and ends
the reader by shutting down its socket (closing a socket does not wake a thread that reads from it).
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import queue
import socket
import time
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from threading import Event as Cancel
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from rag.config import Settings
from rag.errors import BadSetting, LLMError, ModelError
from rag.types import Delta, End, Generate, Prompt, Usage

if TYPE_CHECKING:
    import httpx
    from llama_index.core.llms import ChatMessage


# HTTP client for one request to an endpoint: limits, refusals and error messages.

_LARGEST_ERROR_BYTES = 64 * 1024
_LARGEST_REPLY_BYTES = 16 * 1024 * 1024
_LONGEST_MESSAGE = 200
_RETRY_SECONDS = 0.5
_LONGEST_RETRY_SECONDS = 1.0
_WRITE_SECONDS = 10.0


class _Refused(Exception):
    """The endpoint answered with something other than a stream, or with more data than a reply may have."""

    def __init__(self, status: int, message: str, *, retry_after: str = "", location: str = "") -> None:
        self.status, self.message, self.retry_after, self.location = status, message, retry_after, location
        super().__init__(status, message)


class _Failure(NamedTuple):
    """Error message, what to do, seconds until a retry (None: no retry), and the error kind."""

    what: str
    do: str
    retry_after: float | None
    kind: str = "llm_error"


def _open_client(
    url: str,
    *,
    has_key: bool,
    connect_seconds: float,
    silence_seconds: float,
    on_connecting: Callable[[bool], None],
    on_socket: Callable[[socket.socket], None],
) -> httpx.Client:
    """A client for one request to `url`: no redirects, limited body size, and no proxy if `url` is this machine.

    `on_connecting` is called with True when connecting starts and False when the connection is made; `on_socket` is
    called with each socket as it opens. A reply that is not a stream raises `_Refused`. Without a key, no
    ``Authorization`` header is sent.
    """
    import httpx

    def trace(event: str, info: dict[str, Any]) -> None:
        stream = info.get("return_value")
        if event.endswith(("connect_tcp.complete", "start_tls.complete")) and stream is not None:
            on_socket(stream.get_extra_info("socket"))
        elif event.endswith(("connect_tcp.started", "send_request_headers.started")):
            on_connecting(event.endswith("connect_tcp.started"))

    def before(request: httpx.Request) -> None:
        request.extensions["trace"] = trace
        request.headers["Accept-Encoding"] = "identity"
        if not has_key:
            request.headers.pop("Authorization", None)

    def after(response: httpx.Response) -> None:
        kind = response.headers.get("content-type", "")
        if response.status_code != httpx.codes.OK or "json" in kind or "html" in kind:
            headers = response.headers
            raise _Refused(
                response.status_code,
                message_of(_start_of(response)),
                retry_after=headers.get("retry-after", ""),
                location=headers.get("location", ""),
            )
        response.stream = _bounded(response.stream)

    # The caller enforces the deadlines; these only ensure that an abandoned thread ends.
    timeout = httpx.Timeout(
        connect=connect_seconds, read=silence_seconds + 1, write=_WRITE_SECONDS, pool=connect_seconds
    )
    return httpx.Client(
        timeout=timeout,
        follow_redirects=False,
        trust_env=not is_this_machine(url),
        event_hooks={"request": [before], "response": [after]},
    )


def _explain(error: BaseException, *, model: str, has_key: bool) -> _Failure:
    """Error message for an error of openai, httpx or LlamaIndex, and whether a retry may help."""
    import httpx
    import openai

    cause = error.__cause__ or error
    if isinstance(cause, _Refused):
        return _explain_refusal(cause, model=model, has_key=has_key)
    if isinstance(cause, httpx.TimeoutException):
        return _Failure("it does not respond", "check that the endpoint is running", None, "llm_late")
    if isinstance(cause, httpx.ConnectError):
        return _Failure(
            f"it cannot be reached: {_trim(str(cause))}",
            "start it, or correct ISNAD_LLM_URL",
            _RETRY_SECONDS,
            "llm_unreachable",
        )
    if isinstance(cause, (httpx.NetworkError, httpx.RemoteProtocolError, OSError)):
        return _Failure("it closed the connection", "check the endpoint's own log", _RETRY_SECONDS, "llm_broke")
    if isinstance(cause, ImportError):
        return _Failure(
            f"the proxy set in the environment cannot be used: {_trim(str(cause))}", "unset ALL_PROXY", None
        )
    if isinstance(cause, (httpx.HTTPError, openai.APIError)):
        return _Failure(f"it reports an error: {_trim(str(cause))}", "check the endpoint's own log", None)
    return _Failure(
        "its response is not a chat reply", "check that the URL is that of a chat API (most end in /v1)", None
    )


def _explain_refusal(refused: _Refused, *, model: str, has_key: bool) -> _Failure:
    status, reason = refused.status, f": {refused.message}" if refused.message else ""
    if status in (401, 403):
        what = "it rejected the key" if has_key else "it requires a key"
        return _Failure(f"{what} ({status})", "set ISNAD_LLM_KEY to a key of this endpoint", None, "llm_key")
    if status == 404:
        what = f"it has no model {model!r}, or the URL is wrong (404){reason}"
        return _Failure(what, "correct ISNAD_LLM_MODEL, or ISNAD_LLM_URL (most end in /v1)", None, "llm_model")
    if status == 429:
        what = f"it is overloaded, or a quota is exhausted (429){reason}"
        return _Failure(what, "try again later", _wait(refused), "llm_quota")
    if status >= 500:
        return _Failure(f"it failed ({status}){reason}", "check the endpoint's own log", _wait(refused))
    if 300 <= status < 400:
        return _Failure(f"it redirects ({status})", f"set ISNAD_LLM_URL to the target: {refused.location}", None)
    if status == 200:
        what = f"it did not answer with a stream{reason}"
        return _Failure(what, "check that the URL is that of an API that supports streaming (most end in /v1)", None)
    return _Failure(f"it refused the request ({status}){reason}", "check the endpoint's own documentation", None)


def _wait(refused: _Refused) -> float:
    """The wait that the endpoint asks for, if it is short; else our own. A long quota wait is not awaited."""
    try:
        asked = float(refused.retry_after)
    except ValueError:
        return _RETRY_SECONDS
    return asked if 0 <= asked <= _LONGEST_RETRY_SECONDS else _RETRY_SECONDS


def _start_of(response: httpx.Response) -> bytes:
    body = b""
    for chunk in response.iter_raw():
        body += chunk
        if len(body) >= _LARGEST_ERROR_BYTES:
            break
    return body[:_LARGEST_ERROR_BYTES]


def message_of(body: bytes) -> str:
    """The message in an error body, in any of the forms that endpoints use; empty for HTML."""
    text = body.decode("utf-8", "replace").strip()
    if text.startswith("<"):
        return ""
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        return _trim(text)
    for name in ("error", "message", "detail"):
        if isinstance(found, dict) and name in found:
            found = found[name]
    return _trim(found) if isinstance(found, str) else ""


def _trim(message: str) -> str:
    """One line of printable characters, shortened."""
    line = " ".join(message.split())
    line = "".join(character for character in line if character.isprintable())
    return line if len(line) <= _LONGEST_MESSAGE else line[: _LONGEST_MESSAGE - 1] + "…"


def _bounded(stream: Any) -> Any:
    import httpx

    class Bounded(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            length = 0
            for chunk in stream:
                length += len(chunk)
                if length > _LARGEST_REPLY_BYTES:
                    raise _Refused(200, "its response is too large")
                yield chunk

        def close(self) -> None:
            stream.close()

    return Bounded()


def is_this_machine(url: str) -> bool:
    """Whether the host of `url` is this machine, for which no proxy is used."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


# Thread that reads one reply of an endpoint into a queue, through LlamaIndex's `OpenAILike`.
#
# It makes at most two requests, limits what it reads, and translates errors.

_ATTEMPTS = 2
_MALFORMED = (ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError)
"""Exceptions of LlamaIndex and openai for JSON that is not a chat reply."""


@dataclass(frozen=True, slots=True)
class _Request:
    """A request to an endpoint. `silence_seconds` is a backstop for an abandoned thread."""

    url: str
    where: str
    model: str
    key: str | None = field(repr=False)
    messages: list[ChatMessage]
    max_tokens: int
    connect_seconds: float
    silence_seconds: float


@dataclass(frozen=True, slots=True)
class _Heard:
    """One chunk of the stream, received at the monotonic time `at`; `is_token` if it contains text or thinking."""

    at: float
    text: str
    is_token: bool
    finish_reason: str | None
    usage: Usage | None


@dataclass(frozen=True, slots=True)
class _Finished:
    """The stream ended cleanly."""


class _Reader:
    """Reads one reply in a daemon thread. `queue` yields `_Heard`s, then one `_Finished` or one `LLMError`.

    While `extras` is set, the request asks for a token count, which not every endpoint supports. If that is refused,
    the second request omits it; if that one succeeds, `extras` is cleared for later questions.
    """

    def __init__(self, request: _Request, extras: Event) -> None:
        # Imported here, not in the thread: the first import takes seconds, which no deadline should include.
        from llama_index.llms.openai_like import OpenAILike

        self._open = OpenAILike
        self.queue: queue.SimpleQueue[_Heard | _Finished | LLMError] = queue.SimpleQueue()
        self.connecting_since: float | None = None
        self._request, self._extras = request, extras
        self._aborted, self._lock = Event(), Lock()
        self._socket: socket.socket | None = None
        self._started = False
        self._is_plain = not extras.is_set()
        self._thread = Thread(target=self._run, name="isnad-llm-reader", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def abort(self) -> None:
        """Shut down the socket at once, so that the endpoint stops generating and the thread ends."""
        with self._lock:
            self._aborted.set()
            self._shut_down()

    def _shut_down(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):  # the other side may have closed it already
                # Method of the base class: SSLSocket.shutdown would discard the session that the reading thread uses.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def _run(self) -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            failure = self._attempt()
            if failure is None:
                self.queue.put(_Finished())
                return
            error, wait = failure
            if attempt == _ATTEMPTS or wait is None or self._started or self._aborted.wait(wait):
                self.queue.put(error)
                return

    def _attempt(self) -> tuple[LLMError, float | None] | None:
        """Make one request. None if the reply ended cleanly, else the error and the seconds until a retry."""
        import httpx
        import openai

        request = self._request
        chunks = 0
        try:
            with _open_client(
                request.url,
                has_key=request.key is not None,
                connect_seconds=request.connect_seconds,
                silence_seconds=request.silence_seconds,
                on_connecting=self._on_connecting,
                on_socket=self._on_socket,
            ) as client:
                for heard in self._stream(client):
                    chunks += 1
                    if self._is_plain:
                        self._extras.clear()
                    self._started = self._started or heard.is_token
                    self.queue.put(heard)
                    if self._aborted.is_set():
                        break
        except (openai.OpenAIError, httpx.HTTPError, _Refused, OSError, ImportError, *_MALFORMED) as error:
            return self._failed(error)
        finally:
            with self._lock:
                self._socket = None
            self.connecting_since = None
        return None if chunks else self._failed(ValueError("the stream has no chunk"))

    def _failed(self, error: BaseException) -> tuple[LLMError, float | None]:
        request = self._request
        failure = _explain(error, model=request.model, has_key=request.key is not None)
        wait = failure.retry_after
        refused = error.__cause__
        if isinstance(refused, _Refused) and refused.status in (400, 422):
            wait = None if self._is_plain else 0.0
            self._is_plain = True
        what = failure.what.replace(request.key, "[key]") if request.key else failure.what
        return LLMError(what, where=request.where, do=failure.do, kind=failure.kind, started=self._started), wait

    def _stream(self, client: Any) -> Iterator[_Heard]:
        request = self._request
        llm = self._open(
            model=request.model,
            api_base=request.url,
            api_key=request.key or "none",
            is_chat_model=True,
            temperature=0.0,
            max_tokens=request.max_tokens,
            max_retries=0,
            http_client=client,
        )
        options: dict[str, Any] = {"timeout": client.timeout}
        if not self._is_plain:
            options["stream_options"] = {"include_usage": True}
        for response in llm.stream_chat(request.messages, **options):
            yield _heard(response.delta, response.raw, response.additional_kwargs)

    def _on_socket(self, opened: socket.socket) -> None:
        with self._lock:
            self._socket = opened
            if self._aborted.is_set():
                self._shut_down()

    def _on_connecting(self, is_connecting: bool) -> None:
        self.connecting_since = time.monotonic() if is_connecting else None


def _heard(delta: str | None, raw: Any, additional: dict[str, Any]) -> _Heard:
    choice = raw.choices[0] if raw.choices else None
    counts = raw.usage
    return _Heard(
        at=time.monotonic(),
        text=delta or "",
        is_token=bool(delta or additional.get("thinking_delta")),
        finish_reason=choice.finish_reason if choice else None,
        usage=Usage(counts.prompt_tokens or 0, counts.completion_tokens or 0) if counts else None,
    )


# One short reply of a model as a whole, or None.

_LONGEST = 8000
"""Maximum number of code points of a reply; a longer one is dropped."""


def reply(generate: Generate, prompt: Prompt, cancel: Cancel) -> str | None:
    """The model's reply; None if it fails, is cancelled, is cut off or gets too long."""
    said, finished = "", False
    try:
        for part in generate(prompt, cancel):
            if cancel.is_set():
                return None
            if isinstance(part, Delta):
                said += part.text
                if len(said) > _LONGEST:
                    return None
            else:
                finished = part.finish_reason == "stop"
    except (LLMError, ModelError):
        return None
    return said if finished and not cancel.is_set() else None


def one_paragraph(text: str) -> str:
    """A model's text as one paragraph, without invisible characters (controls, bidi marks, ill-formed)."""
    spaced = " ".join(text.split())
    return "".join(character for character in spaced if unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co"})


TICK_SECONDS = 0.05
_AFTER_FINISH_SECONDS = 1.0
_CHAT_PATH = "/chat/completions"
_CONNECT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Maximum waits, in seconds. `first_token` and `total` start at the question and include a retry."""

    connect: float
    first_token: float
    between_tokens: float
    total: float

    @classmethod
    def of(cls, settings: Settings) -> Deadlines:
        """Three quarters of `answer_seconds` for a reply; a third of that to its first token, a ninth between two."""
        total = 0.75 * settings.answer_seconds
        return cls(connect=_CONNECT_SECONDS, first_token=total / 3, between_tokens=total / 9, total=total)


def open_endpoint(url: str, model: str, key: str | None, deadlines: Deadlines) -> Generate:
    """A `Generate` for the chat endpoint at `url` (which usually ends in ``/v1``). Makes no request yet.

    Its iterator yields `Delta`s and one `End`. ``End("cancelled")`` comes within 0.1 s of the cancellation;
    ``End(None)`` means that the stream stopped without a reason, so the text may be cut. Raises `LLMError` if the
    endpoint refuses, times out or sends something other than a chat reply; `LLMError.started` says whether a token had
    arrived. At most two requests are made, the second only before the first token. If an endpoint refuses to count
    tokens, the retry omits that. Raises `BadSetting` for an invalid URL or key.
    """
    return _Endpoint(_checked_url(url), model, _checked_key(key), deadlines)


class _Endpoint:
    def __init__(self, url: str, model: str, key: str | None, deadlines: Deadlines) -> None:
        self._url, self._model, self._key, self._deadlines = url, model, key, deadlines
        self._where = _shown(url)
        self._extras = Event()
        self._extras.set()

    def __call__(self, prompt: Prompt, cancel: Event) -> Iterator[Delta | End]:
        if cancel.is_set():
            yield End("cancelled")
            return
        request = _Request(
            url=self._url,
            where=self._where,
            model=self._model,
            key=self._key,
            messages=_messages(prompt),
            max_tokens=prompt.max_tokens,
            connect_seconds=self._deadlines.connect,
            silence_seconds=max(self._deadlines.first_token, self._deadlines.between_tokens),
        )
        reader = _Reader(request, self._extras)
        reader.start()
        try:
            yield from self._replies(reader, cancel)
        finally:
            reader.abort()

    def _replies(self, reader: _Reader, cancel: Event) -> Iterator[Delta | End]:
        finish_reason: str | None = None
        usage: Usage | None = None
        began = last = time.monotonic()
        started = False
        while True:
            if cancel.is_set():
                yield End("cancelled", usage)
                return
            try:
                item = reader.queue.get(timeout=TICK_SECONDS)
            except queue.Empty:
                now = time.monotonic()
                if finish_reason is not None and now - last > _AFTER_FINISH_SECONDS:
                    yield End(finish_reason, usage)
                    return
                self._hold(reader, now=now, began=began, last=last, started=started)
                continue
            if isinstance(item, LLMError):
                raise item
            if isinstance(item, _Finished):
                yield End(finish_reason, usage)
                return
            if item.finish_reason is not None:
                finish_reason, last = item.finish_reason, item.at
            usage = item.usage or usage
            if item.is_token:
                started, last = True, item.at
            self._hold(reader, now=item.at, began=began, last=last, started=started)
            if item.text:
                yield Delta(item.text)

    def _hold(self, reader: _Reader, *, now: float, began: float, last: float, started: bool) -> None:
        """Raise `LLMError` if a deadline has passed at the time `now`."""
        limits = self._deadlines
        connecting_since = reader.connecting_since
        late: Literal["connect", "first_token", "between_tokens", "total"]
        if connecting_since is not None and now - connecting_since > limits.connect:
            late, what = "connect", f"no connection within {limits.connect:g} s"
        elif not started and now - began > limits.first_token:
            late, what = "first_token", f"no token of the reply within {limits.first_token:g} s"
        elif now - began > limits.total:
            late, what = "total", f"the reply was not complete within {limits.total:g} s"
        elif started and now - last > limits.between_tokens:
            late, what = "between_tokens", f"no further token within {limits.between_tokens:g} s"
        else:
            return
        do = f"see that the model is up and fast enough, or raise ISNAD_{late.upper()}_SECONDS"
        raise LLMError(what, where=self._where, do=do, kind="llm_late", started=started)


def _messages(prompt: Prompt) -> list[ChatMessage]:
    from llama_index.core.llms import ChatMessage, MessageRole

    return [ChatMessage(role=MessageRole(message.role), content=message.content) for message in prompt.messages]


def _checked_url(url: str) -> str:
    url = url.strip().rstrip("/").removesuffix(_CHAT_PATH)
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable or any(character.isspace() or not character.isprintable() for character in url):
        raise BadSetting(
            "this is not a valid URL of an endpoint",
            where="llm_url",
            do="set a URL such as http://127.0.0.1:11434/v1",
        )
    return url


def _checked_key(key: str | None) -> str | None:
    if key and not all("!" <= character <= "~" for character in key):
        raise BadSetting("the key contains invalid characters", where="llm_key", do="correct ISNAD_LLM_KEY")
    return key or None


def _shown(url: str) -> str:
    """The URL without possible secrets: user, password, query."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))
