"""Several processes that embed for one ingest: the same vectors, and nothing left behind however it ends."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from fake_vectors import vectors as fake_vectors
from numpy.typing import NDArray
from servers import free_port
from small_corpus import HashModel, fill, take_in
from sqlalchemy import select
from test_embedding_http import Served, at, serving

from rag.config import Settings
from rag.corpus import ingest_folder, open_catalog
from rag.errors import BadInput, BadSetting, LLMError, ModelError, WrongModel
from rag.models import embedding_jobs
from rag.models.embedding import LoadedEmbedder
from rag.models.embedding_jobs import batch_encoder, checked_jobs
from rag.store.schema import vectors

# 384 sentences besides the passages: seven batches of 64.
NEWS = {
    f"{n}.txt": "".join(f"زار الوزير {n} مدينة {k} أمس. وبحث مع أهلها {n * k} أمرا.\n" for k in range(1, 9))
    for n in range(24)
}


def stored(settings: Settings) -> dict[str, bytes]:
    """The vector of each text in the catalog."""
    with open_catalog(settings, "default") as catalog, catalog.transaction() as connection:
        rows = connection.execute(select(vectors.c.text_sha256, vectors.c.data))
        return {row.text_sha256: row.data for row in rows}


def children(of: int | None = None) -> set[int]:
    """The worker processes below a process; joblib's tracker of files, which ends with us, is not one."""
    every = psutil.Process(of).children(recursive=True)
    found = set()
    for one in every:
        try:
            if "resource_tracker" not in " ".join(one.cmdline()):
                found.add(one.pid)
        except psutil.NoSuchProcess:
            continue
    return found


def end_within(pids: set[int], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not any(map(psutil.pid_exists, pids)):
            return True
        time.sleep(0.05)
    return False


def test_two_processes_store_the_bytes_of_one(embedder: LoadedEmbedder, settings: Settings, tmp_path: Path) -> None:
    folder = fill(tmp_path / "articles", NEWS)
    there = settings.model_copy(update={"data_dir": tmp_path / "two"})
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "models").symlink_to(settings.models_dir.resolve())
    seen: set[int] = set()
    before = children()  # of earlier tests: workers that read files

    def watch(_phase: str, _done: int, _total: int) -> None:
        seen.update(children() - before)

    alone = ingest_folder(folder, settings, embedder=embedder)
    together = ingest_folder(folder, there, embedder=embedder, jobs="2", progress=watch)
    assert together.embedded == alone.embedded > 64
    assert len(seen) == 2
    assert end_within(seen, 20), "none outlives its ingest"
    assert stored(there) == stored(settings)


def hashed(texts: Sequence[str]) -> NDArray[np.float32]:
    time.sleep(0.1)
    return HashModel().encode_passages(list(texts))


def test_a_worker_that_dies_is_an_error_and_what_was_stored_stays(tmp_path: Path) -> None:
    folder = fill(tmp_path / "folder", {f"{n}.txt": f"خبر {n} س. نهاية {n} ع.\n" for n in range(60)})
    workers: set[int] = set()
    before = children()

    def kill_one(phase: str, done: int, _total: int) -> None:
        if phase == "embed" and done and not workers:
            workers.update(children() - before)
            os.kill(min(workers), signal.SIGKILL)

    with (
        embedding_jobs._processes(2) as encode_all,
        pytest.raises(ModelError, match="a worker process of the ingest died"),
    ):
        take_in(folder, tmp_path / "data", progress=kill_one, encode=partial(encode_all, hashed))
    assert len(workers) == 2
    assert end_within(workers, 20)
    model = HashModel()
    total = take_in(folder, tmp_path / "whole").embedded
    again = take_in(folder, tmp_path / "data", model=model)
    assert 0 < again.embedded == len(model.seen) < total
    assert again.passages == 60


def test_a_worker_with_another_model_is_refused(settings: Settings) -> None:
    model = f'{{"data_dir": "{settings.data_dir}"}}'
    with pytest.raises(WrongModel, match="another embedding model"):
        embedding_jobs._encode(model, "another fingerprint", ["نص"])


SLEEPING = """
import os, signal, sys, time
from rag.models.embedding_jobs import _processes

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell in the background ignores it

def sleep(texts):
    sys.stdout.write(f"{os.getpid()}\\n")
    sys.stdout.flush()
    time.sleep(120)

with _processes(2) as encode_all:
    list(encode_all(sleep, [["one"], ["two"]]))
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_worker_outlives_an_ingest_that_is_ended(number: signal.Signals) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
    command = [sys.executable, "-c", SLEEPING]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as parent:
        assert parent.stdout
        workers = {int(parent.stdout.readline()) for _ in range(2)}
        assert workers <= children(parent.pid)
        if number == signal.SIGINT:  # a terminal sends it to all of them
            os.killpg(parent.pid, number)
        else:
            parent.send_signal(number)
        parent.wait(30)
        assert end_within(workers, 20)


def test_requests_to_an_endpoint_are_sent_several_at_a_time_and_give_the_same_vectors(
    models: Path, tmp_path: Path
) -> None:
    folder = fill(tmp_path / "articles", NEWS)
    at_once = threading.Barrier(2)

    def together(texts: list[str]) -> NDArray[np.float32]:
        # The first two batches of texts come at the same time, else the barrier breaks.
        if len(served.asked) in (2, 3):
            at_once.wait(60)
        return fake_vectors(texts)

    with serving(Served(fake_vectors)) as one, serving(Served(together)) as served:
        alone, several = at(one, tmp_path / "one"), at(served, tmp_path / "several")
        prompts = {"embedding_query_prompt": "", "embedding_passage_prompt": ""}
        for settings, jobs in ((alone, 1), (several, 2)):
            settings.data_dir.mkdir()
            (settings.data_dir / "models").symlink_to(models)
            ingest_folder(folder, settings.model_copy(update=prompts), jobs=jobs)
        assert not at_once.broken
        assert stored(alone) == stored(several)
        with pytest.raises(BadInput, match="needs no other machines"):
            ingest_folder(folder, several, jobs="ray://127.0.0.1:1")


@pytest.mark.parametrize("jobs", [0, -1, "0", "two", "", "ray://", "1.5", "٢"])
def test_what_is_no_number_of_processes_is_refused(jobs: str | int) -> None:
    with pytest.raises(BadInput, match="number of processes"):
        checked_jobs(jobs)


def test_an_error_of_a_worker_arrives_as_it_was_raised() -> None:
    for error in (ModelError("what", where="where", do="do"), LLMError("what", do="do", kind="late", started=True)):
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is type(error)
        assert (str(again), again.__dict__) == (str(error), error.__dict__)


def test_without_ray_its_address_says_what_to_install(
    embedder: LoadedEmbedder, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)  # as where it is not installed
    with pytest.raises(BadSetting, match=r"isnad-qa\[ray\]"), batch_encoder(settings, embedder, "ray://127.0.0.1:1"):
        pass


def test_a_ray_cluster_gives_the_vectors_of_one_process(embedder: LoadedEmbedder, settings: Settings) -> None:
    pytest.importorskip("ray", reason="Ray is not installed: pip install 'isnad-qa[ray]'")
    port, client = free_port(), free_port()
    command = [str(Path(sys.executable).with_name("ray")), "start", "--head", "--block", "--num-cpus=2"]
    command += [f"--port={port}", f"--ray-client-server-port={client}", "--include-dashboard=false"]
    command += ["--min-worker-port=0", "--max-worker-port=0"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
    batches = [[f"زار الوزير {n} حلب.", f"وبحث {n} أمرا."] for n in range(5)]
    with subprocess.Popen(command, env=environment, start_new_session=True, stdout=subprocess.DEVNULL) as cluster:
        try:
            address = f"ray://127.0.0.1:{client}"
            with _Patiently(lambda: batch_encoder(settings, embedder, address)) as encode:
                found = list(encode(batches))
        finally:
            os.killpg(cluster.pid, signal.SIGTERM)
    assert [one.tobytes() for one in found] == [embedder.encode_passages(batch).tobytes() for batch in batches]


class _Patiently:
    """A context manager that is entered again until the cluster has started."""

    def __init__(self, made: Callable[[], Any]) -> None:
        self._made = made

    def __enter__(self) -> Any:
        deadline = time.monotonic() + 120
        while True:
            try:
                self._context = self._made()
                return self._context.__enter__()
            except ModelError:
                if time.monotonic() > deadline:
                    raise

    def __exit__(self, *error: Any) -> None:
        self._context.__exit__(*error)
