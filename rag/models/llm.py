"""The one LLM seam: any OpenAI-compatible endpoint becomes a `Generate`, with deadlines that hold.

A reader thread pulls LlamaIndex's stream into a queue; the caller's side holds the deadlines and the
cancellation, and ends the thread by shutting its socket down (closing a socket does not wake a thread that
reads from it). It refuses to know what is asked, what a reply means, and who serves it.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit, urlunsplit

from rag.config import Settings
from rag.errors import BadSetting, LLMError
from rag.models.llm_reader import Finished, Reader, Request
from rag.types import Delta, End, Generate, Prompt, Usage

if TYPE_CHECKING:
    from llama_index.core.llms import ChatMessage

TICK_SECONDS = 0.05
AFTER_FINISH_SECONDS = 1.0
CHAT_PATH = "/chat/completions"


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The longest waits, in seconds. `first_token` and `total` count from the question, retry included."""

    connect: float
    first_token: float
    between_tokens: float
    total: float

    @classmethod
    def of(cls, settings: Settings) -> Deadlines:
        """The deadlines that the settings name."""
        return cls(
            connect=settings.connect_seconds,
            first_token=settings.first_token_seconds,
            between_tokens=settings.between_tokens_seconds,
            total=settings.total_seconds,
        )


def open_endpoint(url: str, model: str, key: str | None, deadlines: Deadlines) -> Generate:
    """A `Generate` over the chat endpoint below `url` (which usually ends in ``/v1``). Asks it nothing yet.

    Its iterator yields `Delta`s and one `End`. ``End("cancelled")`` comes within 0.1 s of the cancellation;
    ``End(None)`` means that the stream stopped without saying why, so that the text may be cut. It raises
    `LLMError` where the endpoint refuses, hangs or sends what is not a chat reply; `LLMError.started` says
    whether a token had come by then. At most two requests are made, the second only before the first token.
    An endpoint that refuses to count tokens is asked again without that.
    Raises `BadSetting` for a URL or a key that no request could carry.
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
        request = Request(
            url=self._url,
            where=self._where,
            model=self._model,
            key=self._key,
            messages=_messages(prompt),
            max_tokens=prompt.max_tokens,
            connect_seconds=self._deadlines.connect,
            silence_seconds=max(self._deadlines.first_token, self._deadlines.between_tokens),
        )
        reader = Reader(request, self._extras)
        reader.start()
        try:
            yield from self._replies(reader, cancel)
        finally:
            reader.abort()

    def _replies(self, reader: Reader, cancel: Event) -> Iterator[Delta | End]:
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
                if finish_reason is not None and now - last > AFTER_FINISH_SECONDS:
                    yield End(finish_reason, usage)
                    return
                self._hold(reader, now=now, began=began, last=last, started=started)
                continue
            if isinstance(item, LLMError):
                raise item
            if isinstance(item, Finished):
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

    def _hold(self, reader: Reader, *, now: float, began: float, last: float, started: bool) -> None:
        """Raise `LLMError` where a deadline has passed at the time `now`."""
        limits = self._deadlines
        connecting_since = reader.connecting_since
        late: Literal["connect", "first_token", "between_tokens", "total"]
        if connecting_since is not None and now - connecting_since > limits.connect:
            late, what = "connect", f"no connection within {limits.connect:g} s"
        elif not started and now - began > limits.first_token:
            late, what = "first_token", f"no word of the reply within {limits.first_token:g} s"
        elif now - began > limits.total:
            late, what = "total", f"the reply was not complete within {limits.total:g} s"
        elif started and now - last > limits.between_tokens:
            late, what = "between_tokens", f"the reply stood still for {limits.between_tokens:g} s"
        else:
            return
        do = f"see that the model is up and fast enough, or raise ISNAD_{late.upper()}_SECONDS"
        raise LLMError(what, where=self._where, do=do, kind="llm_late", started=started)


def _messages(prompt: Prompt) -> list[ChatMessage]:
    from llama_index.core.llms import ChatMessage, MessageRole

    return [ChatMessage(role=MessageRole(message.role), content=message.content) for message in prompt.messages]


def _checked_url(url: str) -> str:
    url = url.strip().rstrip("/").removesuffix(CHAT_PATH)
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable or any(character.isspace() or not character.isprintable() for character in url):
        raise BadSetting(
            "this is not the URL of an endpoint",
            where="llm_url",
            do="give one such as http://127.0.0.1:11434/v1",
        )
    return url


def _checked_key(key: str | None) -> str | None:
    if key and not all("!" <= character <= "~" for character in key):
        raise BadSetting("the key has characters that no key can have", where="llm_key", do="correct ISNAD_LLM_KEY")
    return key or None


def _shown(url: str) -> str:
    """The URL without what may be secret in it: user, password, query."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))
