"""How the server ends when it is told to: what the API has in work is finished first, within a limit.

The page's own lines stay open for as long as a browser looks at them, so that they are not waited for.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from rag.extract.isolation import stop_workers
from ui.middleware.security import App

if TYPE_CHECKING:
    import uvicorn

FINISH_SECONDS = 20.0
"""Process managers kill after 30 (Kubernetes) or 90 (systemd) seconds, Docker after 10 unless told otherwise."""
LINES_SECONDS = 2
"""What is left to the page's lines after that."""


def run(app: App, host: str, port: int, running: Callable[[], int]) -> None:
    """Serve until SIGINT or SIGTERM, from the main thread. Raises `SystemExit`, with 0 after SIGTERM.

    `running` is how many requests are being answered that are to be finished first.
    """
    import uvicorn

    from ui.middleware.connections import bound

    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_level="warning",
        timeout_graceful_shutdown=LINES_SECONDS,
        proxy_headers=False,  # else uvicorn believes what anybody on this machine forwards; `trusted_proxies` says whom
    )
    signal.signal(signal.SIGTERM, _end)  # uvicorn raises the signal again when it has ended
    server = _finishing(bound(config), running)
    try:
        server.run()
    except KeyboardInterrupt:
        return
    if not server.started:
        sys.exit(1)  # uvicorn has said why


def _end(_: int, __: FrameType | None) -> NoReturn:
    sys.exit(0)


def _finishing(config: uvicorn.Config, running: Callable[[], int]) -> uvicorn.Server:
    import uvicorn

    class Finishing(uvicorn.Server):
        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            for server in self.servers:
                server.close()  # nobody new comes in
            end = asyncio.get_running_loop().time() + FINISH_SECONDS
            while running() and not self.force_exit and asyncio.get_running_loop().time() < end:
                await asyncio.sleep(0.05)
            stop_workers()  # else an upload whose file loops would hold the process until its time is over
            await super().shutdown(sockets)

    return Finishing(config)
