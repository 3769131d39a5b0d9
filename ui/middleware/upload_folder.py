"""The folder that uploads pass through: private, inside the data folder, bounded, and removed when its server ends.

Gradio writes each upload to `GRADIO_TEMP_DIR` and never deletes it. What an upload that failed or was never used leaves
there is removed by age, so that it holds a part of the quota for an hour at most.
"""

from __future__ import annotations

import asyncio
import fcntl
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
from rag.store.private import make_private, open_private
from ui.middleware.security import App, Receive, Scope, Send
from ui.shared.problems import problem

REQUESTS_HELD = 2
"""The quota, in requests of the largest size: one whose files are being ingested, and one that arrives meanwhile."""
ABANDONED_SECONDS = 3600.0
"""Far longer than an upload waits for the ingest of another before it; then nobody asks for the files any more."""
BLOCK = 4096
"""The least that a file or folder takes of the disk."""


class UploadFolder:
    """A folder of its own under `Settings.uploads_dir` for one server, which holds a lock on it while it lives."""

    def __init__(self, settings: Settings, quota: int) -> None:
        """Makes the folder, removes those of servers that are gone, and has Gradio use it. Raises `OSError`."""
        home = settings.uploads_dir.absolute()
        make_private(home)
        self.quota = quota
        self.path = home / secrets.token_hex(8)
        with os.fdopen(open_private(home / "lock"), "rb") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)  # no other server takes this one for dead before it has its lock
            self._lock = open_private(self.path.with_suffix(".lock"))
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.path.mkdir(mode=0o700)
            _remove_dead(home)
        os.environ["GRADIO_TEMP_DIR"] = str(self.path)

    def close(self) -> None:
        """Remove the folder; harmless when done twice."""
        if self._lock >= 0:
            _remove(self.path)
            os.close(self._lock)
            self._lock = -1

    def used(self) -> int:
        """Bytes on the disk."""
        return sum(max(BLOCK, status.st_size, status.st_blocks * 512) for _, status in _tree(self.path))

    def sweep(self, older_than: float = ABANDONED_SECONDS) -> None:
        """Remove what was last written to so many seconds ago."""
        limit = time.time() - older_than
        for path, status in reversed(list(_tree(self.path))):
            if status.st_mtime < limit:
                with suppress(OSError):  # a newer file is in it, or it is gone
                    path.rmdir() if stat.S_ISDIR(status.st_mode) else path.unlink()


def forget(files: list[Path]) -> None:
    """Remove uploaded files and the folders that Gradio made for them."""
    for file in files:
        file.unlink(missing_ok=True)
        with suppress(OSError):  # another file has the same bytes, or the folder is not Gradio's
            if file.parent.parent == Path(os.environ.get("GRADIO_TEMP_DIR", "")):
                file.parent.rmdir()


class UploadQuota:
    """ASGI middleware: refuses an upload for which the folder has no room, and removes the folder at the end."""

    def __init__(self, app: App, folder: UploadFolder, path: str, largest: int) -> None:
        """`largest` is the bound of a request to `path`, for those that do not say how long they are."""
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
                f"the folder of uploads is full: {self._folder.quota} bytes",
                "upload",
                "send fewer files, or try again when the others are taken in",
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
        """While nothing arrives, a file that is in no folder of its own is what an upload that broke off has left."""
        for path in self._folder.path.iterdir():
            if path.is_file():
                path.unlink(missing_ok=True)


def _remove_dead(home: Path) -> None:
    """Remove the folders under `home` whose servers have ended without removing them."""
    for lock in home.glob("*.lock"):
        handle = os.open(lock, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        else:
            _remove(lock.with_suffix(""))
        finally:
            os.close(handle)


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.with_suffix(".lock").unlink(missing_ok=True)


def _tree(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Everything below a folder with its status, each folder before what is in it."""
    for path in sorted(folder.rglob("*")):
        with suppress(OSError):  # taken in meanwhile
            yield path, path.lstat()
