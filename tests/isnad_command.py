"""The command `isnad` in a process of its own, in an environment of its own in which the network is cut."""

from __future__ import annotations

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from rag.environment import without_settings

ROOT = Path(__file__).parent.parent
GUARD = Path(__file__).parent / "data" / "guard"
SECONDS = 300
HEAVY = ["__main__", "chromadb", "llama_index.llms.openai_like", "sentence_transformers"]
STREAMS = ("stdin", "stdout", "stderr")

Done = subprocess.CompletedProcess[bytes]


class Isnad:
    """Runs the command over a data folder as a user does; `attempts` tells what it tried to reach."""

    def __init__(self, data_dir: Path, log: Path) -> None:
        self.data_dir, self.log = data_dir, log

    def __call__(self, *arguments: str, stdin: bytes = b"", **environment: str) -> Done:
        return self._run(arguments, stdin, self._environment(environment))

    def _environment(self, given: Mapping[str, str]) -> dict[str, str]:
        return {
            **without_settings(),
            "ISNAD_DATA_DIR": str(self.data_dir),
            "ISNAD_GENERATOR": "extractive",
            "ISNAD_READER": "off",
            "NETWORK_LOG_OF_THE_TESTS": str(self.log),
            "XDG_CONFIG_HOME": str(self.data_dir / "no-config"),
            "PYTHONPATH": str(GUARD),
            "HF_HUB_OFFLINE": "1",
            **given,
        }

    def _run(self, arguments: Sequence[str], stdin: bytes, environment: dict[str, str]) -> Done:
        return subprocess.run(
            [sys.executable, "-m", "ui.cli.main", *arguments],
            input=stdin,
            capture_output=True,
            cwd=ROOT,
            env=environment,
            timeout=SECONDS,
            check=False,
        )

    def attempts(self) -> str:
        return self.log.read_text(encoding="utf-8") if self.log.exists() else ""


class WarmIsnad(Isnad):
    """Runs the command in a process that is forked where the heavy libraries are imported already.

    It has the same arguments, folder, environment and exit code, and files for streams; each start of Python spends
    some six seconds of a processor on those libraries.
    """

    def _run(self, arguments: Sequence[str], stdin: bytes, environment: dict[str, str]) -> Done:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(HEAVY)
        with TemporaryDirectory() as folder:
            streams = Path(folder)
            (streams / "stdin").write_bytes(stdin)
            child = context.Process(target=_command, args=(arguments, streams, environment))
            child.start()
            child.join(SECONDS)
            if child.exitcode is None:
                child.kill()
                raise subprocess.TimeoutExpired(list(arguments), SECONDS)
            out, err = (streams / "stdout").read_bytes(), (streams / "stderr").read_bytes()
        return subprocess.CompletedProcess(arguments, child.exitcode, out, err)

    def killed(self, *arguments: str, when: Callable[[], bool]) -> None:
        """Start the command, and kill it with SIGKILL as soon as something is so. Fails if it ends before."""
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(HEAVY)
        with TemporaryDirectory() as folder:
            (Path(folder) / "stdin").touch()
            child = context.Process(target=_command, args=(arguments, Path(folder), self._environment({})))
            child.start()
            deadline = time.monotonic() + SECONDS
            while not when():
                assert time.monotonic() < deadline, "it did not come so far"
                assert child.is_alive(), "it ended before it was killed"
                time.sleep(0.002)
            child.kill()
            child.join()
            assert child.exitcode == -signal.SIGKILL


def _command(arguments: Sequence[str], streams: Path, environment: dict[str, str]) -> None:
    """What ``python -m ui.cli.main`` does, in this process."""
    for number, name in enumerate(STREAMS):
        mode = "w" if number else "r"
        with (streams / name).open(f"{mode}b") as file:
            os.dup2(file.fileno(), number)
        setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    sys.argv = ["isnad", *arguments]
    runpy.run_path(str(GUARD / "sitecustomize.py"))
    runpy.run_module("ui.cli.main", run_name="__main__", alter_sys=True)
