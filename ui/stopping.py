"""How the server ends when it is told to: what the API has in work is finished first, within a limit.

The page's own lines stay open for as long as a browser looks at them, so that they are not waited for.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from ui.door import App, Receive, Scope, Send

if TYPE_CHECKING:
    import uvicorn

FINISH_SECONDS = 20.0
"""Process managers kill after 30 (Kubernetes) or 90 (systemd) seconds, Docker after 10 unless told otherwise."""
LINES_SECONDS = 2
"""What is left to the page's lines after that."""


class InWork:
    """ASGI middleware: `running` requests to paths that begin with one of `watched` are being answered."""

    def __init__(self, app: App, watched: tuple[str, ...]) -> None:
        self._app = app
        self._watched = watched
        self.running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(self._watched):
            await self._app(scope, receive, send)
            return
        self.running += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self.running -= 1


def run(app: App, host: str, port: int, watched: tuple[str, ...]) -> None:
    """Serve until SIGINT or SIGTERM, from the main thread. Raises `SystemExit`, with 0 after SIGTERM."""
    import uvicorn

    work = InWork(app, watched)
    config = uvicorn.Config(work, host=host, port=port, log_level="warning", timeout_graceful_shutdown=LINES_SECONDS)
    signal.signal(signal.SIGTERM, _end)  # uvicorn raises the signal again when it has ended
    server = _finishing(config, work)
    try:
        server.run()
    except KeyboardInterrupt:
        return
    if not server.started:
        sys.exit(1)  # uvicorn has said why


def _end(_: int, __: FrameType | None) -> NoReturn:
    sys.exit(0)


def _finishing(config: uvicorn.Config, work: InWork) -> uvicorn.Server:
    import uvicorn

    class Finishing(uvicorn.Server):
        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            for server in self.servers:
                server.close()  # nobody new comes in
            end = asyncio.get_running_loop().time() + FINISH_SECONDS
            while work.running and not self.force_exit and asyncio.get_running_loop().time() < end:
                await asyncio.sleep(0.05)
            await super().shutdown(sockets)

    return Finishing(config)
