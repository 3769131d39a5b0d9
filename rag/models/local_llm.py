"""Local language model: a GGUF file served on loopback by xllamacpp in a child process, on demand.

A child process, because xllamacpp's constructor holds the interpreter lock for the seconds of loading (no progress, no
Ctrl-C, no other request), llama.cpp writes to stdout and stderr, and its failed assertions abort the process.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib.util
import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from rag.config import Settings
from rag.environment import without_settings
from rag.errors import ModelError
from rag.models.llm import TICK_SECONDS, Deadlines, open_endpoint
from rag.types import Delta, End, Generate, Prompt

if TYPE_CHECKING:
    from pathlib import Path


# The GGUF file that the user configured.

_INSTALL = 'pip install "isnad-qa[local]"'


def _is_installed() -> bool:
    """Whether the runtime of local models is installed; does not import it."""
    return importlib.util.find_spec("xllamacpp") is not None


def gguf_path(settings: Settings) -> Path:
    """The configured file. Raises `ModelError` if none is set, or it is missing or not a GGUF file."""
    path = settings.gguf
    if path is None:
        raise ModelError(
            "no language model is set", where="llm_model", do="set ISNAD_LLM_MODEL to a GGUF file, or ISNAD_LLM_URL"
        )
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise ModelError(
            f"the model cannot be read: {error.strerror}", where=str(path), do="correct or unset ISNAD_LLM_MODEL"
        ) from error
    if magic != b"GGUF":
        raise ModelError("this is not a GGUF file", where=str(path), do="correct or unset ISNAD_LLM_MODEL")
    return path


__all__ = ["LocalModel", "gguf_path", "lazy", "start"]

_CHILD = "rag.models.local_llm"
_START_SECONDS = 300.0  # on a slow disk
_STOP_SECONDS = 2.0
_LOG_TAIL_BYTES = 600


class LocalModel(NamedTuple):
    """A local model: its name, its `Generate`, and the function that stops it (may be called twice)."""

    name: str
    generate: Generate
    stop: Callable[[], None]


def lazy(settings: Settings) -> LocalModel:
    """A local model that starts at its first question, and restarts if its process has died.

    Costs nothing until then. A cancellation during loading yields ``End("cancelled")``, and loading continues for the
    next question. `generate` raises `ModelError` if the model cannot start, else what `rag.models.llm` raises.
    """
    local = _Local(settings)
    return LocalModel(_name(settings), local.generate, local.stop)


def start(settings: Settings) -> LocalModel:
    """Start the local model and wait until it is ready.

    Raises `ModelError` if it cannot start.
    """
    local = _Local(settings)
    local.running().wait_until_ready()
    return LocalModel(_name(settings), local.generate, local.stop)


def _name(settings: Settings) -> str:
    return settings.gguf.stem if settings.gguf else ""


class _Local:
    """Manages at most one server at a time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._server: _Server | None = None

    def running(self) -> _Server:
        """The server, possibly still loading; started if there is none or it has died."""
        with self._lock:
            if self._server is not None and not self._server.is_alive:
                self._server.stop()
                self._server = None
            if self._server is None:
                if not _is_installed():
                    raise ModelError("the runtime for local models is not installed", do=_INSTALL, kind="llm_missing")
                self._server = _Server(self._settings)
            return self._server

    def generate(self, prompt: Prompt, cancel: threading.Event) -> Iterator[Delta | End]:
        if cancel.is_set():
            yield End("cancelled")
            return
        server = self.running()
        while not server.wait(TICK_SECONDS):
            if cancel.is_set():
                yield End("cancelled")
                return
        yield from server.generate(prompt, cancel)

    def stop(self) -> None:
        with self._lock:
            if self._server is not None:
                self._server.stop()
                self._server = None


class _Server:
    """One child process; the pipe to its stdin ends it when this process ends, in whatever way."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._key = secrets.token_urlsafe(32)
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - as long-lived as the process that writes it
        self._process = subprocess.Popen(  # noqa: S603 - a module of ours, no shell
            # -P: the working folder of the user must not shadow installed packages.
            [sys.executable, "-P", "-m", _CHILD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            # Waiting threads must sleep instead of spinning: next to one busy process on two cores, spinning took four
            # times as long.
            env=without_settings() | {"OMP_WAIT_POLICY": "passive"},
            start_new_session=True,  # Ctrl-C in the terminal goes to this process, which decides what it stops
        )
        self._since = time.monotonic()
        self._report = b""
        self._reported = threading.Event()
        self._generate: Generate | None = None
        atexit.register(self.stop)
        self._send(
            {
                "gguf": str(gguf_path(settings)),
                "key": self._key,
            }
        )
        threading.Thread(target=self._listen, name="isnad-local-llm", daemon=True).start()

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def wait(self, seconds: float) -> bool:
        """Whether the model is ready within some seconds. Raises `ModelError` if it failed to start."""
        if self._generate is not None:
            return True
        if not self._reported.wait(seconds):
            if time.monotonic() - self._since < _START_SECONDS:
                return False
            self.stop()
            raise ModelError(
                f"it was not ready within {_START_SECONDS:g} s", where=_name(self._settings), do="run `isnad doctor`"
            )
        if not self._report:
            what = f"its process ended with code {self._process.wait()}{self._last_words()}"
            self.stop()
            raise ModelError(
                what,
                where=_name(self._settings),
                do="run `isnad doctor`, or use another GGUF file",
            )
        report = json.loads(self._report)
        if "url" not in report:
            what = report["what"] + self._last_words()
            self.stop()
            raise ModelError(what, where=report["where"], do=report["do"])
        name, deadlines = _name(self._settings), Deadlines.of(self._settings)
        self._generate = open_endpoint(f"{report['url']}/v1", name, self._key, deadlines)
        return True

    def wait_until_ready(self) -> None:
        while not self.wait(_START_SECONDS):
            pass

    def generate(self, prompt: Prompt, cancel: threading.Event) -> Iterator[Delta | End]:
        if self._generate is None:
            self.wait_until_ready()
        assert self._generate is not None
        yield from self._generate(prompt, cancel)

    def stop(self) -> None:
        """End the process. Safe to call again, and from another thread."""
        atexit.unregister(self.stop)
        with contextlib.suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def _send(self, order: dict[str, Any]) -> None:
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):  # `_listen` reports a child that died at once
                self._process.stdin.write(json.dumps(order).encode() + b"\n")
                self._process.stdin.flush()

    def _listen(self) -> None:
        if self._process.stdout is not None:
            with self._process.stdout as lines:
                self._report = lines.readline()
        self._reported.set()

    def _last_words(self) -> str:
        """The last line of llama.cpp's log, for errors whose cause only llama.cpp reports."""
        if self._log.closed:
            return ""
        self._log.seek(max(0, self._log.seek(0, 2) - _LOG_TAIL_BYTES))
        lines = self._log.read().decode("utf-8", "replace").strip().splitlines()
        return f": {lines[-1].strip()}" if lines else ""


# The child process that serves the model: ``python -m rag.models.local_llm``.
#
# It reads one line of JSON from stdin (path of the file, key), writes one line of JSON to stdout (the URL, or an
# error), and runs until stdin ends.

_CONTEXT_TOKENS = 4096
_BATCH_TOKENS = 128
"""Cancellation takes effect between two batches only: the default of 2048 blocks the next request for 40 s."""
_PREFIX_CACHE_MIB = 256
"""For the prompt prefixes in use (Arabic, English); the default may grow to 8 GiB."""
_ERRORS_AND_WARNINGS = 2


def main() -> None:
    """Serve until stdin ends."""
    # llama.cpp writes to stdout at will: its stdout is redirected to stderr, and the report uses a pipe of its own.
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as report:
        os.dup2(2, 1)
        order = json.loads(sys.stdin.buffer.readline())
        threading.Thread(target=_leave_with_the_parent, daemon=True).start()
        try:
            server = _serve(order)
            said = {"url": server.listening_address}
        except ModelError as error:
            server, said = None, {"what": error.what, "where": error.where, "do": error.do}
        report.write(json.dumps(said) + "\n")
    if server is not None:
        threading.Event().wait()


def _serve(order: dict[str, Any]) -> Any:
    try:
        import xllamacpp
    except ImportError as error:
        raise ModelError(
            f"the runtime for local models cannot be loaded: {error}", where="xllamacpp", do=_INSTALL
        ) from error
    path = Path(order["gguf"])
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.hostnames = ["127.0.0.1"]
    params.port = 0  # the system picks a free port, so no other process can take it first
    params.api_keys = [order["key"]]
    params.n_ctx = _CONTEXT_TOKENS
    params.n_parallel = 1
    threads = _cores()
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = threads
    params.n_batch = _BATCH_TOKENS
    params.n_ubatch = _BATCH_TOKENS
    params.cache_ram_mib = _PREFIX_CACHE_MIB
    params.offline = True
    params.ui = False
    params.endpoint_slots = False
    params.verbosity = _ERRORS_AND_WARNINGS
    try:
        return xllamacpp.Server(params)
    except RuntimeError as error:
        raise ModelError(
            f"llama.cpp cannot load the model: {error}",
            where=str(path),
            do="use another GGUF file, or unset ISNAD_LLM_MODEL",
        ) from error


def _cores() -> int:
    """Number of cores that this process may use; in a container, fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _leave_with_the_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
