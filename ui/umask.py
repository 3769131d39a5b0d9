"""The umask of the command `isnad`: its own data are private, files that a user names follow the user's umask."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_OF_USER: ContextVar[int | None] = ContextVar("umask of the user", default=None)


@contextmanager
def private() -> Iterator[None]:
    """All files that this process and its children make in the block are 0600, all folders 0700."""
    before = os.umask(0o077)
    kept = _OF_USER.set(before)
    try:
        yield
    finally:
        _OF_USER.reset(kept)
        os.umask(before)


@contextmanager
def of_user() -> Iterator[None]:
    """For files that the user named: the umask from outside `private`. Of the whole process, so on one thread only."""
    before = _OF_USER.get()
    if before is None:
        yield
        return
    inside = os.umask(before)
    try:
        yield
    finally:
        os.umask(inside)


def file_mode() -> int | None:
    """The mode of a new file by the umask from outside `private`, for threads; None outside of it."""
    before = _OF_USER.get()
    return None if before is None else 0o666 & ~before
