"""An extractor in a process of its own, with a limit of time and of memory: ``python -m rag.sources.apart MODULE``.

For formats whose libraries can be made to loop or to fill the memory by a file of a few bytes.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, Final

from rag.errors import Undecodable
from rag.sources.extracted import Extracted
from rag.sources.outlets import Outlet, Outlets
from rag.types import Span, Stated

SECONDS: Final = 120
MEMORY_MIB: Final = 2048


def extract_apart(
    module: str,
    data: bytes,
    outlets: Outlets | None = None,
    *,
    seconds: float = SECONDS,
    memory_mib: int = MEMORY_MIB,
) -> Iterator[Extracted]:
    """What ``module.read(data, outlets)`` yields, read in another process.

    Raises `Undecodable` as it does, and where it needs more than `seconds` or `memory_mib`, or dies.
    """
    command = [sys.executable, "-P", "-m", "rag.sources.apart", module, str(memory_mib)]
    table = json.dumps(outlets and dataclasses.asdict(outlets)).encode()
    path = os.pathsep.join(entry for entry in sys.path if entry)
    try:
        done = subprocess.run(  # noqa: S603 - our own module, and no shell
            command,
            input=table + b"\n" + data,
            capture_output=True,
            timeout=seconds,
            check=False,
            env={**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": "0"},
        )
    except subprocess.TimeoutExpired as error:
        raise Undecodable(f"reading it takes more than {seconds:g} seconds", do="split it or save it again") from error
    try:
        said = json.loads(done.stdout)
    except ValueError as error:
        raise Undecodable(
            f"reading it needs more than {memory_mib} MiB of memory, or breaks its reader (exit {done.returncode})",
            do="split it or save it again",
        ) from error
    if "what" in said:
        raise Undecodable(said["what"], do=said["do"])
    yield from map(_extracted, said["articles"])


def main() -> None:
    """Read the table of outlets, a line of JSON, and the file's bytes from stdin; write one object of JSON."""
    import resource

    module, memory_mib = sys.argv[1], int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_AS, (memory_mib << 20, memory_mib << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        outlets = _outlets(json.loads(sys.stdin.buffer.readline()))
        articles = importlib.import_module(module).read(sys.stdin.buffer.read(), outlets)
        said: dict[str, Any] = {"articles": [dataclasses.asdict(article) for article in articles]}
    except Undecodable as error:
        said = {"what": error.what, "do": error.do}
    sys.stdout.write(json.dumps(said))


def _outlets(fields: dict[str, Any] | None) -> Outlets | None:
    if fields is None:
        return None
    lists = ("spellings", "hosts")
    every = (Outlet(**one | {name: tuple(one[name]) for name in lists}) for one in fields["outlets"])
    return Outlets(tuple(every), fields["digest"])


def _extracted(fields: dict[str, Any]) -> Extracted:
    stated = ("title", "outlet", "author", "published", "section")
    return Extracted(
        **fields
        | {"pages": tuple(fields["pages"]), "body": fields["body"] and tuple(Span(*span) for span in fields["body"])}
        | {name: Stated(fields[name][0], Span(*fields[name][1])) for name in stated if fields[name]}
    )


if __name__ == "__main__":
    main()
