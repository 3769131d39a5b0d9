"""Upload folder: a private temporary folder in the data folder, with a quota, deleted when its server stops.

Gradio writes each upload to `GRADIO_TEMP_DIR` and never deletes it. Files of failed or unused uploads are deleted by
age, so that they use a part of the quota for one hour at most.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from starlette.datastructures import Headers

from rag.config import Settings
from rag.store.locks import take_lock
from rag.store.private import make_private, open_private
from ui.middleware.security import App, Receive, Scope, Send
from ui.shared.problems import problem

REQUESTS_HELD = 2
"""The quota, in requests of the maximum size: one whose files are being ingested, and one that is arriving."""
_ABANDONED_SECONDS = 3600.0
"""Age after which a file is abandoned: far longer than an upload waits for the ingest of the one before it."""
_BLOCK = 4096
"""The minimum size of a file or folder on the disk, in bytes."""


class UploadFolder:
    """The folder of one server under `Settings.uploads_dir`; the server holds a lock on it while it runs."""

    def __init__(self, settings: Settings, quota: int) -> None:
        """Create the folder, delete those of servers that have ended, and set `GRADIO_TEMP_DIR`. Raises `OSError`.

        `quota` is in bytes.
        """
        home = settings.uploads_dir.absolute()
        make_private(home)
        self.quota = quota
        self.path = home / secrets.token_hex(8)
        with os.fdopen(open_private(home / "lock"), "rb") as starting:
            take_lock(starting.fileno())  # or another server could delete this folder before it is locked
            self._lock = open_private(self.path.with_suffix(".lock"))
            take_lock(self._lock, wait=False)
            self.path.mkdir(mode=0o700)
            _remove_dead(home)
        os.environ["GRADIO_TEMP_DIR"] = str(self.path)

    def close(self) -> None:
        """Delete the folder. Safe to call twice."""
        if self._lock >= 0:
            _remove(self.path)
            os.close(self._lock)
            self._lock = -1

    def used(self) -> int:
        """Return the size on the disk, in bytes."""
        return sum(max(_BLOCK, status.st_size, status.st_blocks * 512) for _, status in _tree(self.path))

    def sweep(self, older_than: float = _ABANDONED_SECONDS) -> None:
        """Delete files and folders that were last modified more than `older_than` seconds ago."""
        limit = time.time() - older_than
        for path, status in reversed(list(_tree(self.path))):
            if status.st_mtime < limit:
                with suppress(OSError):  # it contains a newer file, or is already deleted
                    path.rmdir() if stat.S_ISDIR(status.st_mode) else path.unlink()


def forget(files: list[Path]) -> None:
    """Delete uploaded files and the folders that Gradio created for them."""
    for file in files:
        file.unlink(missing_ok=True)
        with suppress(OSError):  # it contains another upload with the same bytes, or is not Gradio's
            if file.parent.parent == Path(os.environ.get("GRADIO_TEMP_DIR", "")):
                file.parent.rmdir()


class UploadQuota:
    """ASGI middleware: rejects an upload that exceeds the quota, and deletes the folder when the server stops."""

    def __init__(self, app: App, folder: UploadFolder, path: str, largest: int) -> None:
        """`largest` is the body limit of a request to `path`, in bytes; it counts for a body without content-length."""
        self._app = app
        self._folder = folder
        self._path = path
        self._largest = largest
        self._arriving = 0
        self._one_at_a_time = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            try:
                await self._app(scope, receive, send)
            finally:
                self._folder.close()
            return
        if scope["type"] != "http" or scope["path"] != self._path:
            await self._app(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "")
        size = int(length) if length.isascii() and length.isdigit() else self._largest
        if not await self._reserve(size):
            full = problem(
                507,
                f"the upload folder is full: {self._folder.quota} bytes",
                "upload",
                "send fewer files, or try again when the other uploads are ingested",
            )
            await full(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        finally:
            self._arriving -= size
            if not self._arriving:
                self._sweep_halves()

    async def _reserve(self, size: int) -> bool:
        async with self._one_at_a_time:
            await asyncio.to_thread(self._folder.sweep)
            used = await asyncio.to_thread(self._folder.used)
            if used + self._arriving + size > self._folder.quota:
                return False
            self._arriving += size
            return True

    def _sweep_halves(self) -> None:
        """Delete files at the top level: while nothing is arriving, those are left over from interrupted uploads."""
        for path in self._folder.path.iterdir():
            if path.is_file():
                path.unlink(missing_ok=True)


def _remove_dead(home: Path) -> None:
    """Delete the folders under `home` whose servers ended without deleting them."""
    for lock in home.glob("*.lock"):
        handle = os.open(lock, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            if take_lock(handle, wait=False):
                _remove(lock.with_suffix(""))
        finally:
            os.close(handle)


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.with_suffix(".lock").unlink(missing_ok=True)


def _tree(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield each path below a folder with its status, a folder before its contents."""
    for path in sorted(folder.rglob("*")):
        with suppress(OSError):  # ingested and deleted meanwhile
            yield path, path.lstat()
