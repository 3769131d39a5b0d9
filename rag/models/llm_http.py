"""The HTTP client of one request to an endpoint: what it bounds, what it refuses, and the plain words for both.

It refuses to know what a chat is.
"""

from __future__ import annotations

import ipaddress
import json
import socket
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import httpx

LARGEST_ERROR_BYTES = 64 * 1024
LARGEST_REPLY_BYTES = 16 * 1024 * 1024
LONGEST_MESSAGE = 200
RETRY_SECONDS = 0.5
LONGEST_RETRY_SECONDS = 1.0
WRITE_SECONDS = 10.0


class Refused(Exception):
    """The endpoint answered, and not with a stream; or with more than any reply has."""

    def __init__(self, status: int, message: str, *, retry_after: str = "", location: str = "") -> None:
        self.status, self.message, self.retry_after, self.location = status, message, retry_after, location
        super().__init__(status, message)


class Failure(NamedTuple):
    """What went wrong in words, what to do, the seconds after which to ask again, None for not at all; and its kind."""

    what: str
    do: str
    retry_after: float | None
    kind: str = "llm_error"


def open_client(
    url: str,
    *,
    has_key: bool,
    connect_seconds: float,
    silence_seconds: float,
    on_connecting: Callable[[bool], None],
    on_socket: Callable[[socket.socket], None],
) -> httpx.Client:
    """A client for one request to `url`: no redirects, bounded bodies, and no proxy where `url` is this machine.

    `on_connecting` hears True when the connection is being made and False when it stands; `on_socket` hears of
    each socket as it opens.
    A reply that is not a stream raises `Refused`. Without a key no ``Authorization`` header is sent.
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
            raise Refused(
                response.status_code,
                message_of(_start_of(response)),
                retry_after=headers.get("retry-after", ""),
                location=headers.get("location", ""),
            )
        response.stream = _bounded(response.stream)

    # The deadlines are the caller's; these only see to it that a thread nobody watches ends some day.
    timeout = httpx.Timeout(
        connect=connect_seconds, read=silence_seconds + 1, write=WRITE_SECONDS, pool=connect_seconds
    )
    return httpx.Client(
        timeout=timeout,
        follow_redirects=False,
        trust_env=not is_this_machine(url),
        event_hooks={"request": [before], "response": [after]},
    )


def explain(error: BaseException, *, model: str, has_key: bool) -> Failure:
    """The plain words for an error of openai, httpx or LlamaIndex, and whether asking again may help."""
    import httpx
    import openai

    cause = error.__cause__ or error
    if isinstance(cause, Refused):
        return _explain_refusal(cause, model=model, has_key=has_key)
    if isinstance(cause, httpx.TimeoutException):
        return Failure("it is silent", "see that the endpoint is up", None, "llm_late")
    if isinstance(cause, httpx.ConnectError):
        return Failure(
            f"it cannot be reached: {_trim(str(cause))}",
            "start it, or correct ISNAD_LLM_URL",
            RETRY_SECONDS,
            "llm_unreachable",
        )
    if isinstance(cause, (httpx.NetworkError, httpx.RemoteProtocolError, OSError)):
        return Failure("it broke the connection", "see the endpoint's own log", RETRY_SECONDS, "llm_broke")
    if isinstance(cause, ImportError):
        return Failure(f"the proxy of the environment cannot be used: {_trim(str(cause))}", "unset ALL_PROXY", None)
    if isinstance(cause, (httpx.HTTPError, openai.APIError)):
        return Failure(f"it reports an error: {_trim(str(cause))}", "see the endpoint's own log", None)
    return Failure("it sent what is not a chat reply", "see that the URL is that of an API (most end in /v1)", None)


def _explain_refusal(refused: Refused, *, model: str, has_key: bool) -> Failure:
    status, reason = refused.status, f": {refused.message}" if refused.message else ""
    if status in (401, 403):
        what = "it does not accept the key" if has_key else "it wants a key"
        return Failure(f"{what} ({status})", "set ISNAD_LLM_KEY to a key of this endpoint", None, "llm_key")
    if status == 404:
        what = f"it has no model {model!r}, or the URL is wrong (404){reason}"
        return Failure(what, "correct ISNAD_LLM_MODEL, or ISNAD_LLM_URL (most end in /v1)", None, "llm_model")
    if status == 429:
        what = f"it has too much to do, or a quota is spent (429){reason}"
        return Failure(what, "ask again later", _wait(refused), "llm_quota")
    if status >= 500:
        return Failure(f"it failed ({status}){reason}", "see the endpoint's own log", _wait(refused))
    if 300 <= status < 400:
        return Failure(f"it redirects ({status})", f"set ISNAD_LLM_URL to where it leads: {refused.location}", None)
    if status == 200:
        what = f"it did not answer with a stream{reason}"
        return Failure(what, "see that the URL is that of an API that can stream (most end in /v1)", None)
    return Failure(f"it refused the request ({status}){reason}", "see the endpoint's own documentation", None)


def _wait(refused: Refused) -> float:
    """The wait that the endpoint asks for where it is short, else our own: nobody is kept waiting for a quota."""
    try:
        asked = float(refused.retry_after)
    except ValueError:
        return RETRY_SECONDS
    return asked if 0 <= asked <= LONGEST_RETRY_SECONDS else RETRY_SECONDS


def _start_of(response: httpx.Response) -> bytes:
    body = b""
    for chunk in response.iter_raw():
        body += chunk
        if len(body) >= LARGEST_ERROR_BYTES:
            break
    return body[:LARGEST_ERROR_BYTES]


def message_of(body: bytes) -> str:
    """The message in the body of an error, in any of the forms that endpoints give it; empty for HTML."""
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
    """One line of printable characters, short enough to read."""
    line = " ".join(message.split())
    line = "".join(character for character in line if character.isprintable())
    return line if len(line) <= LONGEST_MESSAGE else line[: LONGEST_MESSAGE - 1] + "…"


def _bounded(stream: Any) -> Any:
    import httpx

    class Bounded(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            length = 0
            for chunk in stream:
                length += len(chunk)
                if length > LARGEST_REPLY_BYTES:
                    raise Refused(200, "it sends without end")
                yield chunk

        def close(self) -> None:
            stream.close()

    return Bounded()


def is_this_machine(url: str) -> bool:
    """Whether the host of `url` is this machine, to which no proxy leads."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
