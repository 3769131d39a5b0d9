"""The thread that reads one reply of an endpoint into a queue, through LlamaIndex's `OpenAILike`.

It asks at most twice, bounds what it reads, and says in plain words what went wrong. It refuses to know the
deadlines of a reply: whoever reads the queue holds them, and calls `abort`.
"""

from __future__ import annotations

import contextlib
import queue
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any

from rag.errors import LLMError
from rag.models.llm_http import Refused, explain, open_client
from rag.types import Usage

if TYPE_CHECKING:
    from llama_index.core.llms import ChatMessage

ATTEMPTS = 2
MALFORMED = (ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError)
"""What LlamaIndex and openai raise on JSON that is not of a chat reply."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of which endpoint. `silence_seconds` is a backstop for a thread that nobody watches."""

    url: str
    where: str
    model: str
    key: str | None = field(repr=False)
    messages: list[ChatMessage]
    max_tokens: int
    connect_seconds: float
    silence_seconds: float


@dataclass(frozen=True, slots=True)
class Heard:
    """One chunk of the stream, heard at the monotonic time `at`; `is_token` when it carries words or thoughts."""

    at: float
    text: str
    is_token: bool
    finish_reason: str | None
    usage: Usage | None


@dataclass(frozen=True, slots=True)
class Finished:
    """The stream ended cleanly."""


class Reader:
    """Reads one reply in a daemon thread. `queue` gives `Heard`s, then one `Finished` or one `LLMError`.

    While `extras` is set, the request asks for a count of tokens, which not every endpoint knows. Where that is
    refused, the second request goes without it; where that one is accepted, `extras` is cleared for the questions to
    come.
    """

    def __init__(self, request: Request, extras: Event) -> None:
        # Here, and not in the thread: it takes seconds the first time, which no deadline should pay for.
        from llama_index.llms.openai_like import OpenAILike

        self._open = OpenAILike
        self.queue: queue.SimpleQueue[Heard | Finished | LLMError] = queue.SimpleQueue()
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
        """Shut the socket down at once, so that the endpoint stops working and the thread ends."""
        with self._lock:
            self._aborted.set()
            self._shut_down()

    def _shut_down(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):  # the other side may be quicker
                # Of the plain class: SSLSocket.shutdown would take the session away from the reading thread.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def _run(self) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            failure = self._attempt()
            if failure is None:
                self.queue.put(Finished())
                return
            error, wait = failure
            if attempt == ATTEMPTS or wait is None or self._started or self._aborted.wait(wait):
                self.queue.put(error)
                return

    def _attempt(self) -> tuple[LLMError, float | None] | None:
        """Ask once. None when the reply ended cleanly, else the error and the seconds to wait before asking again."""
        import httpx
        import openai

        request = self._request
        chunks = 0
        try:
            with open_client(
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
        except (openai.OpenAIError, httpx.HTTPError, Refused, OSError, ImportError, *MALFORMED) as error:
            return self._failed(error)
        finally:
            with self._lock:
                self._socket = None
            self.connecting_since = None
        return None if chunks else self._failed(ValueError("no chunk at all"))

    def _failed(self, error: BaseException) -> tuple[LLMError, float | None]:
        request = self._request
        failure = explain(error, model=request.model, has_key=request.key is not None)
        wait = failure.retry_after
        refused = error.__cause__
        if isinstance(refused, Refused) and refused.status in (400, 422):
            wait = None if self._is_plain else 0.0
            self._is_plain = True
        what = failure.what.replace(request.key, "[key]") if request.key else failure.what
        return LLMError(what, where=request.where, do=failure.do, kind=failure.kind, started=self._started), wait

    def _stream(self, client: Any) -> Iterator[Heard]:
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


def _heard(delta: str | None, raw: Any, additional: dict[str, Any]) -> Heard:
    choice = raw.choices[0] if raw.choices else None
    counts = raw.usage
    return Heard(
        at=time.monotonic(),
        text=delta or "",
        is_token=bool(delta or additional.get("thinking_delta")),
        finish_reason=choice.finish_reason if choice else None,
        usage=Usage(counts.prompt_tokens or 0, counts.completion_tokens or 0) if counts else None,
    )
