"""Embed the texts of one ingest in several processes by joblib, or on the machines of a Ray cluster.

The ingest stays in one process, which has the write lock: it sends batches of texts and stores the vectors that come
back, in order. Each worker loads the model once and uses one thread. Requests to an endpoint are sent by threads
instead, because they only wait.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from functools import cache, partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rag.config import Settings
from rag.errors import BadInput, BadSetting, ModelError, WrongModel
from rag.models.embedding import Embedder, load
from rag.store.embeddings import EncodeBatches

_RAY: Final = "ray://"
_IDLE_SECONDS: Final = 60
"""Seconds after which a worker without work ends."""
_OF_MODEL: Final = ("embedding_model", "embedding_revision", "embedding_query_prompt", "embedding_passage_prompt")
"""Settings that a worker needs to load the model, besides the data folder; none is a secret."""
_INSTALL: Final = "pip install 'isnad-qa[ray]'"


def checked_jobs(jobs: str | int) -> str | int:
    """Validate a number of processes, or the address of a Ray cluster. Raises `BadInput`."""
    text = str(jobs).strip()
    if text.isascii() and text.isdecimal() and int(text) > 0:
        return int(text)
    if text.startswith(_RAY) and len(text) > len(_RAY):
        return text
    do = "give a number of processes from 1, or ray://HOST:PORT"
    raise BadInput(f"{jobs!r} is not a number of processes", where="--jobs", do=do)


@contextmanager
def batch_encoder(settings: Settings, embedder: Embedder, jobs: str | int) -> Iterator[EncodeBatches]:
    """Yield a function that embeds batches in `jobs` processes and yields their vectors in order.

    `embedder` is the model of `settings`. A number of processes is on this machine; ``ray://HOST:PORT`` uses all
    processors of a Ray cluster. All processes have ended after the block. The function raises `ModelError` if a worker
    dies, and what the embedder raises; `WrongModel` if a worker has another model. Raises `BadInput` for an invalid
    number, `BadSetting` if Ray is not installed, `ModelError` if the cluster cannot be reached.
    """
    jobs = checked_jobs(jobs)
    if jobs == 1:
        yield partial(map, embedder.encode_passages)
        return
    encode: _Encode = embedder.encode_passages
    if not settings.embedding_url:
        named = {name: getattr(settings, name) for name in _OF_MODEL} | {"data_dir": str(settings.data_dir.absolute())}
        encode = partial(_encode, json.dumps(named), embedder.fingerprint)
    elif isinstance(jobs, str):
        do = "give a number of requests at a time"
        raise BadInput("an endpoint of embeddings needs no other machines", where="--jobs", do=do)
    with ExitStack() as stack:
        if isinstance(jobs, str):
            encode_all = stack.enter_context(_cluster(jobs))
        elif settings.embedding_url:
            encode_all = partial(_by_joblib, {"n_jobs": jobs, "backend": "threading"})
        else:
            encode_all = stack.enter_context(_processes(jobs))
        # An ingest that fails leaves its last batches unread: they are given up before the workers end.
        yield lambda batches: stack.enter_context(closing(encode_all(encode, batches)))


_Encode = Callable[[Sequence[str]], NDArray[np.float32]]
_EncodeAll = Callable[[_Encode, Iterable[Sequence[str]]], Generator[NDArray[np.float32]]]


def _by_joblib(
    options: dict[str, Any], encode: _Encode, batches: Iterable[Sequence[str]]
) -> Generator[NDArray[np.float32]]:
    from joblib import Parallel, delayed
    from joblib.externals.loky.process_executor import BrokenProcessPool

    # A batch is a task, and few are ahead of the one that is stored.
    parallel = Parallel(**options, return_as="generator", batch_size=1, pre_dispatch="2 * n_jobs")
    try:
        yield from parallel(delayed(encode)(batch) for batch in batches)
    except BrokenProcessPool as error:
        raise _died("--jobs") from error


def _died(where: str) -> ModelError:
    do = "give the workers more memory or use fewer, and ingest again: what was embedded is kept"
    return ModelError("a worker process of the ingest died", where=where, do=do)


@contextmanager
def _processes(count: int) -> Iterator[_EncodeAll]:
    """Embed in `count` processes on this machine, which end with the block."""
    from joblib.externals.loky import get_reusable_executor

    try:
        options = {"n_jobs": count, "backend": "loky", "inner_max_num_threads": 1}
        ended = {"idle_worker_timeout": _IDLE_SECONDS, "initializer": _follow, "initargs": (os.getpid(),)}
        yield partial(_by_joblib, options | ended)
    finally:
        get_reusable_executor(reuse=True).shutdown(wait=True)


def _follow(parent: int) -> None:
    """End this worker when its parent has ended, however it did. Ctrl-C is the parent's to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def _cluster(address: str) -> Iterator[_EncodeAll]:
    """Embed on all processors of the Ray cluster at `address`. Raises `BadSetting`, `ModelError`."""
    try:
        import ray
        from ray.util.multiprocessing import Pool
    except ImportError as error:
        raise BadSetting("Ray is not installed", where="--jobs", do=_INSTALL) from error
    try:
        ray.init(address)
    except (ConnectionError, RuntimeError, ValueError) as error:
        do = "check that `ray start --head` runs there, with the same versions of Python and Ray"
        raise ModelError(f"the Ray cluster cannot be reached: {error}", where=address, do=do) from error

    def encode_all(encode: _Encode, batches: Iterable[Sequence[str]]) -> Generator[NDArray[np.float32]]:
        try:
            yield from pool.imap(encode, batches)
        except (ray.exceptions.RayActorError, ConnectionError) as error:
            raise _died(address) from error

    try:
        with Pool() as pool:
            yield encode_all
    finally:
        ray.shutdown()


def _encode(model: str, fingerprint: str, texts: Sequence[str]) -> NDArray[np.float32]:
    """Vectors of `texts` by the model of this worker; `model` are its settings as JSON. Raises `WrongModel`."""
    embedder = _loaded(model)
    if embedder.fingerprint != fingerprint:
        do = "install the same model and the same version of Isnad on each machine"
        raise WrongModel("a worker has another embedding model than the ingest", where="--jobs", do=do)
    return embedder.encode_passages(texts)


@cache
def _loaded(model: str) -> Embedder:
    import torch

    torch.set_num_threads(1)
    return load(Settings(**json.loads(model), embedding_url=None))
