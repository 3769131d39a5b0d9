"""Worker process that reads files for `rag.extract.isolation`: ``python -m rag.extract.worker MEMORY_MIB``."""

from __future__ import annotations

import dataclasses
import importlib
import json
import os
import select
import signal
import struct
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from rag.errors import Undecodable
from rag.extract.base import Extract, Extracted, Format, Refusal
from rag.extract.formats import in_process
from rag.extract.isolation import HEAD, SPLIT, outlets_from_json
from rag.extract.tables import NAMES
from rag.extract.zip import read_archive


def _if_there(name: str) -> Any:
    """Import a module that only Unix has; None elsewhere, where only the parent's time-out ends a slow file."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


fcntl, resource = _if_there("fcntl"), _if_there("resource")


def main() -> None:
    """Read files as requested on standard input, until it is closed."""
    memory = int(sys.argv[1]) << 20
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Output of a library or an extractor must not mix with the frames.
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "r+b") as nothing:  # noqa: PTH123 - a descriptor is wanted
        os.dup2(nothing.fileno(), 0)
        os.dup2(nothing.fileno(), 1)
    while len(head := requests.read(8)) == 8:
        size, length = struct.unpack(">II", head)
        request = json.loads(requests.read(size))
        data = requests.read(length)
        if len(data) < length:
            return
        _Replies(replies, request, requests.fileno()).answer(data)


def _end_with_parent(pipe: int, *, end: bool = True) -> None:
    """While a file is read: let the kernel end this process (SIGIO) when the parent closes the pipe, also by dying.

    A waiting thread would need the interpreter lock, which a looping library may hold.
    """
    if fcntl is None or not hasattr(os, "O_ASYNC"):
        return
    flags = fcntl.fcntl(pipe, fcntl.F_GETFL)
    fcntl.fcntl(pipe, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(pipe, fcntl.F_SETFL, flags | os.O_ASYNC if end else flags & ~os.O_ASYNC)
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    if end and any(event & select.POLLHUP for _, event in poll.poll(0)):
        os._exit(0)


def _limit_seconds(seconds: float) -> None:
    """End this process after this much processor time; 0 for never. No effect on a system without such a timer."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


class _Replies:
    """Answers one request of the parent, in the worker."""

    def __init__(self, stream: IO[bytes], request: dict[str, Any], pipe: int) -> None:
        self._stream = stream
        self._request = request
        self._pipe = pipe

    def answer(self, data: bytes) -> None:
        """Write the articles, one frame each, then the end. An exception of an extractor is also sent as an answer."""
        _end_with_parent(self._pipe)
        last: tuple[bytes, dict[str, Any]]
        try:
            for one in _contained(self._articles)(data):
                kind = b"r" if isinstance(one, Refusal) else b"a"
                self._send(kind, dataclasses.asdict(one))
            last = b"d", {}
        except Undecodable as error:
            last = b"e", {"what": error.what, "do": error.do}
        except MemoryError:
            os._exit(1)
        _limit_seconds(0)
        _end_with_parent(self._pipe, end=False)  # before the last frame: the next request may come after it
        self._send(last[0], last[1] | {"resident_mib": _resident_mib()})

    def _articles(self, data: bytes) -> Iterator[Extracted | Refusal]:
        request = self._request
        known = _formats(json.dumps([request[name] for name in ("columns", "own", "outlets", "version")]))
        self._send(b"s", {})
        self._limit_time()
        if request["ending"] == ".zip":
            return read_archive(data, known, request["limit"], start=request["place"], begin=self._begin)
        return known[request["ending"]].extract(data)

    def _begin(self, place: int, names: Sequence[str]) -> None:
        """Report which file of an archive is read next; the first report includes the names of all files."""
        self._send(b"f", {"place": place, "names": [] if place else list(names)})
        self._limit_time()

    def _limit_time(self) -> None:
        """Let the kernel end this process after its processor time, in case the parent is dead and cannot do it."""
        _limit_seconds(self._request["seconds"])

    def _send(self, kind: bytes, fields: dict[str, Any]) -> None:
        payload = json.dumps(fields).encode()
        self._stream.write(HEAD.pack(kind, len(payload)) + payload)
        self._stream.flush()


def _resident_mib() -> int:
    """Current memory of this process; outside Linux, its maximum so far.

    Not `ru_maxrss` on Linux: a process inherits that of its parent, which may hold a model.
    """
    status = Path("/proc/self/statm")
    if status.exists():
        return int(status.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20
    if resource is None:
        return 0
    peak: int = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak >> (20 if sys.platform == "darwin" else 10)


@lru_cache(maxsize=8)
def _formats(described: str) -> Mapping[str, Format]:
    """Formats of a request, cached: user-defined extractors are loaded with them."""
    columns, own, outlets, _ = json.loads(described)
    known = in_process(columns or NAMES, own, outlets_from_json(outlets))
    return {ending: Format(_contained(one.extract), one.version) for ending, one in known.items()}


def _contained(extract: Extract) -> Extract:
    """Wrap the extractor to raise `Undecodable` for any exception except `MemoryError`."""

    def read(data: bytes) -> Iterator[Extracted | Refusal]:
        try:
            yield from extract(data)
        except (Undecodable, MemoryError):
            raise
        except RecursionError as error:
            raise Undecodable("it is nested too deeply", do=SPLIT) from error
        except Exception as error:
            raise Undecodable(f"its extractor failed: {error!r}", do=SPLIT) from error

    return read


if __name__ == "__main__":
    main()
