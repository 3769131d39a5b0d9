"""Child process that serves the local model: ``python -m rag.models.local_llm_child``, started by
`rag.models.local_llm`.

It reads one line of JSON from stdin (path of the file, key), writes one line of JSON to stdout (the URL, or an error),
and runs until stdin ends.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

from rag.errors import ModelError
from rag.models.local_llm import INSTALL

CONTEXT_TOKENS = 4096
BATCH_TOKENS = 128
"""Cancellation takes effect between two batches only: the default of 2048 blocks the next request for 40 s."""
PREFIX_CACHE_MIB = 256
"""For the prompt prefixes in use (Arabic, English); the default may grow to 8 GiB."""
ERRORS_AND_WARNINGS = 2


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
            f"the runtime for local models cannot be loaded: {error}", where="xllamacpp", do=INSTALL
        ) from error
    path = Path(order["gguf"])
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.hostnames = ["127.0.0.1"]
    params.port = 0  # the system picks a free port, so no other process can take it first
    params.api_keys = [order["key"]]
    params.n_ctx = CONTEXT_TOKENS
    params.n_parallel = 1
    threads = _cores()
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = threads
    params.n_batch = BATCH_TOKENS
    params.n_ubatch = BATCH_TOKENS
    params.cache_ram_mib = PREFIX_CACHE_MIB
    params.offline = True
    params.ui = False
    params.endpoint_slots = False
    params.verbosity = ERRORS_AND_WARNINGS
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
