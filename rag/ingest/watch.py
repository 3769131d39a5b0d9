"""Acts whenever what it looks at has changed and come to rest, until it is told to stop. Knows nothing of ingests.

It looks again and again and compares, rather than be told by the kernel: that sees changes on any file system, needs
no limit raised, and finds a folder again that was away for a while. A look costs a stat a file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from rag.errors import BadInput, IsnadError

T = TypeVar("T")

PAUSE = 2.0
"""Seconds between two looks at least; what is the same in two looks is at rest."""
SHARE = 20
"""A look that takes long is followed by a pause so many times as long: it takes a twentieth of one core at most."""
RETRY = 30.0
"""Seconds after which work is tried again that failed for another reason than what was looked at."""


def watch(
    look: Callable[[], T],
    act: Callable[[], None],
    complain: Callable[[IsnadError | OSError], None],
    wait: Callable[[float], bool],
    clock: Callable[[], float],
) -> None:
    """`act` at once, and after each change of what `look` sees as soon as that is at rest, one at a time.

    `wait` lets so many seconds pass and says whether to stop. What cannot be looked at or done is told to `complain`
    and does not end the watch. Work that is refused (`BadInput`) is tried again when something else is seen, and any
    that fails otherwise after `RETRY` seconds too. Raises only what the first look raises.
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
    """When to try again though nothing has changed."""
    try:
        act()
    except BadInput as error:
        complain(error)
    except (IsnadError, OSError) as error:
        complain(error)
        return clock() + RETRY
    return float("inf")
