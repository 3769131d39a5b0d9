"""Run a function in a separate process and measure its time, CPU time and peak memory."""

from __future__ import annotations

import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cost:
    """Wall-clock `seconds`; CPU seconds (`processor`) of all threads and ended children; `peak` memory in bytes."""

    seconds: float
    processor: float
    peak: int


def apart(work: Callable[P, T], *given: P.args, **named: P.kwargs) -> tuple[T, Cost]:
    """Run `work` in a new process; return its result and cost. `work`, its arguments and its result must pickle."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_timed, work, given, named).result()


def own_memory() -> int:
    """Return the private memory of this process in bytes, without mapped files; Linux only."""
    lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(("Private_Dirty", "Swap:")))


def _timed(work: Callable[..., T], given: tuple[object, ...], named: dict[str, object]) -> tuple[T, Cost]:
    start, before = time.perf_counter(), _processor()
    result = work(*given, **named)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return result, Cost(time.perf_counter() - start, _processor() - before, peak)


def _processor() -> float:
    every = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(used.ru_utime + used.ru_stime for used in every)
