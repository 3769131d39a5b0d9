"""Poll a state and act when it has changed and settled, until stopped.

Polling instead of kernel notifications works on any file system, needs no raised limits, and recovers when a folder
that was unavailable returns. One poll costs one stat per file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from rag.errors import BadInput, IsnadError

T = TypeVar("T")

PAUSE = 2.0
"""Minimum number of seconds between two polls; a state that is the same in two polls has settled."""
SHARE = 20
"""A slow poll is followed by a pause of this many times its duration: polling uses at most a twentieth of one core."""
RETRY = 30.0
"""Seconds before work is retried that failed for another reason than the state itself."""


def watch(
    look: Callable[[], T],
    act: Callable[[], None],
    complain: Callable[[IsnadError | OSError], None],
    wait: Callable[[float], bool],
    clock: Callable[[], float],
) -> None:
    """Call `act` at once, and again each time that the result of `look` has changed and settled.

    `wait` sleeps for a number of seconds and returns whether to stop. Errors of `look` and `act` go to `complain` and
    do not end the watch. Work refused with `BadInput` is retried when the state changes; work that fails otherwise also
    after `RETRY` seconds. Raises only what the first `look` raises.
    """
    seen = done = look()
    again = _tried(act, complain, clock)
    away = ""
    while True:
        started = clock()
        try:
            before, seen = seen, look()
            away = ""
        except (IsnadError, OSError) as error:
            if str(error) != away:
                complain(error)
            away = str(error)
        pause = max(PAUSE, SHARE * (clock() - started))
        if not away and seen == before and (seen != done or clock() >= again):
            done = seen
            again = _tried(act, complain, clock)
        if wait(pause):
            return


def _tried(
    act: Callable[[], None], complain: Callable[[IsnadError | OSError], None], clock: Callable[[], float]
) -> float:
    """Call `act` and return the time of the next try without a change."""
    try:
        act()
    except BadInput as error:
        complain(error)
    except (IsnadError, OSError) as error:
        complain(error)
        return clock() + RETRY
    return float("inf")
