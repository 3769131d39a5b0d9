"""Run extractors in worker processes (``rag.extract.worker``) with limits on time, memory and output.

A file is untrusted input. Its extractor, and the libraries below it, may loop, exhaust memory or crash on a file of a
few hundred bytes. So every format except plain text is read by a worker that can be killed. A worker reads one file
after another; it is replaced after a failure, when its memory has grown, or after many files.

The protocol is JSON in frames over the worker's standard input and output: no pickles, because a compromised worker
must not compromise its parent. Environment variables that begin with ``ISNAD_`` (they hold credentials) are not passed
on.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, Final

from rag.environment import without_settings
from rag.errors import IsnadError, Undecodable
from rag.extract.base import Extracted, Refusal
from rag.extract.outlets import Outlet, Outlets
from rag.types import Span, Stated

_SECONDS: Final = 120.0
"""Seconds for one file, and for each file of an archive. A PDF of a thousand pages takes about 60."""
_ARCHIVE_SECONDS: Final = 3600.0
"""Seconds for all files of one archive: 100,000 saved pages at 30 milliseconds each take 3,000."""
_START_SECONDS: Final = 60.0
"""Seconds until a worker has loaded its formats, which takes one; not counted as time of the file."""
_MEMORY_MIB: Final = 2048
_FRAME_BYTES: Final = 256 << 20
"""Maximum size of one article in the protocol; by default, files up to 20 MiB are read."""
_MOST_FILES: Final = 1000
"""Number of files after which a worker is replaced, to limit memory leaks of its libraries."""
_GROWN_MIB: Final = 768
"""Memory from which a worker is replaced."""
HEAD: Final = struct.Struct(">cI")
SPLIT: Final = "split it or save it again"


class WorkerStopped(IsnadError):
    """This process is exiting; the file being read is left for the next run."""


@dataclass(frozen=True, slots=True)
class ExtractJob:
    """How to read a file: by the format of its `ending`; the other fields are as in `rag.extract.formats.formats`.

    `own` are user-defined extractors by extension, as in the setting `extractors`; ``None`` for `columns` means the
    default names. `version` is that of the format, so that a worker reloads changed code.
    """

    ending: str
    columns: Mapping[str, Sequence[str]] | None = None
    own: Mapping[str, str] = field(default_factory=dict)
    limit: int = 0
    outlets: Outlets | None = None
    version: str = ""


@dataclass(frozen=True, slots=True)
class ExtractLimits:
    """Limits of extraction: `seconds` for a file or a file of an archive, `archive_seconds` for a whole archive."""

    seconds: float = _SECONDS
    archive_seconds: float = _ARCHIVE_SECONDS
    memory_mib: int = _MEMORY_MIB


USUAL: Final = ExtractLimits()


def extract_apart(data: bytes, job: ExtractJob, limits: ExtractLimits = USUAL) -> Iterator[Extracted | Refusal]:
    """Yield what the format's extractor yields for `data`, read by a worker process.

    A file of an archive that exceeds a limit or crashes its extractor is a `Refusal` under its name, and the next ones
    are read. Raises `Undecodable` as the extractor does, and if a file that is not an archive exceeds a limit;
    `WorkerStopped` after `stop_workers`.
    """
    begun = _Begun(limits.archive_seconds if job.ending == ".zip" else limits.seconds)
    while True:
        try:
            yield from _read(data, job, limits, begun)
        except _Exceeded as error:
            if not begun.names:
                raise Undecodable(str(error), do=SPLIT) from error
            yield Refusal(begun.names[begun.place], str(error), SPLIT)
            begun.place += 1
            if begun.left > 0:
                continue
            what = f"reading its archive takes more than {limits.archive_seconds:g} seconds"
            for name in begun.names[begun.place :]:
                yield Refusal(name, what, "split the archive")
        return


def stop_workers() -> None:
    """Kill all workers because this process exits. Current and later reads raise `WorkerStopped`."""
    _POOL.stop()


class _Exceeded(Exception):
    """The worker was killed or died, and why."""


@dataclass(slots=True)
class _Begun:
    """Progress of a file: seconds `left` for all of it; for an archive also the names of its files and the position of
    the current one."""

    left: float
    names: list[str] = field(default_factory=list)
    place: int = 0


def _read(data: bytes, job: ExtractJob, limits: ExtractLimits, begun: _Begun) -> Iterator[Extracted | Refusal]:
    """Articles from ``begun.place`` on. Raises `_Exceeded`, and what the extractor raises."""
    worker = _POOL.take(limits.memory_mib)
    is_sound = False
    try:
        worker.send(job, data, begun.place, limits.seconds)
        allowed = _START_SECONDS
        while True:
            try:
                kind, fields, waited = worker.receive(allowed)
            except TimeoutError as error:
                is_whole = job.ending == ".zip" and begun.left <= allowed
                limit = limits.archive_seconds if is_whole else limits.seconds
                begun.left -= allowed
                raise _Exceeded(f"reading it takes more than {limit:g} seconds") from error
            except EOFError as error:
                raise _Exceeded(_POOL.reason(worker, limits)) from error
            if kind == b"s":
                allowed = min(limits.seconds, begun.left)
                continue
            begun.left -= waited
            allowed -= waited
            if kind == b"f":
                begun.names, begun.place = fields["names"] or begun.names, fields["place"]
                allowed = min(limits.seconds, begun.left)
                if begun.left <= 0:
                    raise _Exceeded(f"reading its archive takes more than {limits.archive_seconds:g} seconds")
            elif kind == b"a":
                yield _extracted(fields)
            elif kind == b"r":
                yield Refusal(**fields)
            else:
                is_sound = fields["resident_mib"] < _GROWN_MIB
                if kind == b"e":
                    raise Undecodable(fields["what"], do=fields["do"])
                return
    finally:
        _POOL.give_back(worker, keep=is_sound)


class _Worker:
    """A worker process, seen from its parent. Used by one thread at a time."""

    def __init__(self, memory_mib: int) -> None:
        self.memory_mib = memory_mib
        self.files = 0
        path = os.pathsep.join(entry for entry in sys.path if entry)
        self._process = subprocess.Popen(  # noqa: S603 - our own module, and no shell
            [sys.executable, "-P", "-m", "rag.extract.worker", str(memory_mib)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=without_settings() | {"PYTHONPATH": path, "PYTHONHASHSEED": "0"},
            start_new_session=True,  # Ctrl-C in a terminal goes to the parent only, which then ends the worker
        )

    def send(self, job: ExtractJob, data: bytes, place: int, seconds: float) -> None:
        """Request that a file is read; for an archive, from the file at `place` on."""
        self.files += 1
        request = json.dumps(dataclasses.asdict(job) | {"place": place, "seconds": seconds}).encode()
        with contextlib.suppress(BrokenPipeError):  # it died: reading its answer reports that
            stdin = _stream(self._process.stdin)
            stdin.write(struct.pack(">II", len(request), len(data)) + request)
            stdin.write(data)
            stdin.flush()

    def receive(self, seconds: float) -> tuple[bytes, dict[str, Any], float]:
        """Kind and fields of a frame, and the seconds waited. Raises `TimeoutError`, and `EOFError` if the worker
        died."""
        began = time.monotonic()
        kind, size = HEAD.unpack(self._bytes(HEAD.size, began + seconds))
        if size > _FRAME_BYTES:
            raise EOFError
        return kind, json.loads(self._bytes(size, began + seconds)), time.monotonic() - began

    def _bytes(self, count: int, deadline: float) -> bytes:
        descriptor = _stream(self._process.stdout).fileno()
        pieces: list[bytes] = []
        while count:
            wait = deadline - time.monotonic()
            if wait <= 0 or not select.select([descriptor], [], [], wait)[0]:
                raise TimeoutError
            piece = os.read(descriptor, min(count, 1 << 20))
            if not piece:
                raise EOFError
            pieces.append(piece)
            count -= len(piece)
        return b"".join(pieces)

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def end(self) -> None:
        """Kill it, possibly while another thread reads from it."""
        self._process.kill()

    def kill(self) -> None:
        """Kill it, close its pipes, and reap the process."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                _stream(stream).close()

    def ended(self) -> int | None:
        """Its exit status; None while it runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._process.wait(1)
        return None


def _stream(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None, "the worker has no pipe"
    return stream


class _Pool:
    """Workers of this process: idle ones and those in use, so that all can be killed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._used: set[_Worker] = set()
        self._is_stopped = False
        self._owner = os.getpid()

    def take(self, memory_mib: int) -> _Worker:
        """An idle worker, or a new one. Raises `WorkerStopped`."""
        with self._lock:
            if self._owner != os.getpid():  # after a fork, the workers belong to the parent
                self._idle, self._used, self._owner = [], set(), os.getpid()
            self._must_run()
            # One that died while idle (for want of memory, say) must not be charged to the next file.
            for worker in [one for one in self._idle if not one.is_running]:
                self._idle.remove(worker)
                worker.kill()
            for worker in self._idle:
                if worker.memory_mib == memory_mib:
                    self._idle.remove(worker)
                    break
            else:
                worker = _Worker(memory_mib)
            self._used.add(worker)
            return worker

    def give_back(self, worker: _Worker, *, keep: bool) -> None:
        """Return a worker to the pool; it is killed unless `keep`."""
        with self._lock:
            self._used.discard(worker)
            if keep and worker.files < _MOST_FILES and not self._is_stopped:
                self._idle.append(worker)
                return
        worker.kill()

    def stop(self) -> None:
        with self._lock:
            self._is_stopped = True
            for worker in self._used:
                worker.end()  # the thread that reads from it gets the end of its pipe
            for worker in self._idle:
                worker.kill()
            self._idle.clear()

    def reason(self, worker: _Worker, limits: ExtractLimits) -> str:
        """Reason why a worker died. Raises `WorkerStopped` if it was killed because this process exits."""
        status = worker.ended()
        with self._lock:
            self._must_run()
        if status == -signal.SIGPROF:
            return f"reading it takes more than {limits.seconds:g} seconds"
        return f"reading it needs more than {limits.memory_mib} MiB of memory, or crashes its extractor (exit {status})"

    def _must_run(self) -> None:
        if self._is_stopped:
            raise WorkerStopped("the process ends before the file was read", do="ingest again")


_POOL: Final = _Pool()


def outlets_from_json(fields: dict[str, Any] | None) -> Outlets | None:
    if fields is None:
        return None
    lists = ("spellings", "hosts")
    every = (Outlet(**one | {name: tuple(one[name]) for name in lists}) for one in fields["outlets"])
    return Outlets(tuple(every), fields["digest"])


def _extracted(fields: dict[str, Any]) -> Extracted:
    stated = ("title", "outlet", "author", "published", "section")
    return Extracted(
        **fields
        | {
            "pages": tuple(fields["pages"]),
            "body": None if fields["body"] is None else tuple(Span(*span) for span in fields["body"]),
        }
        | {name: Stated(fields[name][0], Span(*fields[name][1])) for name in stated if fields[name]}
    )
