"""The umask of the command `isnad`: its own data is private; files that the user names follow the user's umask."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_OF_USER: ContextVar[int | None] = ContextVar("umask of the user", default=None)


@contextmanager
def private() -> Iterator[None]:
    """Within the block, this process and its children create files with mode 0600 and folders with mode 0700."""
    before = os.umask(0o077)
    kept = _OF_USER.set(before)
    try:
        yield
    finally:
        _OF_USER.reset(kept)
        os.umask(before)


@contextmanager
def of_user() -> Iterator[None]:
    """Restore the umask from outside `private`, for files that the user named.

    A umask belongs to the whole process: use this while only one thread creates files.
    """
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
    """Return the mode of a new file under the umask from outside `private`, for use in threads; None outside it."""
    before = _OF_USER.get()
    return None if before is None else 0o666 & ~before
