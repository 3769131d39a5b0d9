"""The ways into the MCP server: HTTP inside the web server (`add_mcp`), and the standard streams (`serve_stdio`).

Each call stands alone, so no session is kept. Who may come in over HTTP is the door's business
(`ui.middleware.security`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import anyio
from fastapi import FastAPI
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

from rag.config import Settings
from rag.corpus import Corpus, corpus_with_index
from ui.api.answers import Answering
from ui.api.app import MCP_PATH
from ui.api.mcp import make_server
from ui.middleware.limits import Limits
from ui.middleware.opening import awaited, opened, tell_failure
from ui.middleware.security import Receive, Scope, Send
from ui.shared.problems import problem


class Mcp:
    """ASGI application: the server over streamable HTTP, while `running`. What the door does is left to the door."""

    def __init__(self, server: Server[Any], body_bytes: int) -> None:
        self._server = server
        self._body_bytes = body_bytes
        self._manager: StreamableHTTPSessionManager | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        # A manager runs once; an application may be started again.
        manager = StreamableHTTPSessionManager(
            self._server, stateless=True, max_request_body_size=self._body_bytes, security_settings=None
        )
        async with manager.run():
            self._manager = manager
            try:
                yield
            finally:
                self._manager = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._manager is None:
            await problem(503, "the server is not running", do="try again")(scope, receive, send)
        else:
            await self._manager.handle_request(scope, receive, send)


def add_mcp(app: FastAPI, answering: Answering, body_bytes: int) -> None:
    """Serve it at `MCP_PATH` of an application, for as long as that runs. Before a mount at ``/``, and once."""
    room = Mcp(make_server(answering), body_bytes)
    app.router.add_route(MCP_PATH, room, methods=["POST"], include_in_schema=False)  # type: ignore[arg-type]
    outer = app.router.lifespan_context

    @asynccontextmanager
    async def both(started: FastAPI) -> AsyncIterator[Any]:
        async with outer(started) as state, room.running():
            yield state

    app.router.lifespan_context = both


def serve_stdio(settings: Settings) -> None:
    """Serve it on the standard streams until they end; everything else is said on standard error.

    Raises, before it begins, what `corpus_with_index` raises. Tools wait for the models, the handshake does not.
    """
    corpus_with_index(settings)
    logging.basicConfig(format="isnad: %(message)s", level=logging.WARNING)
    logging.getLogger("isnad").setLevel(logging.INFO)
    anyio.run(_stdio, settings)


async def _stdio(settings: Settings) -> None:
    # The streams first: from here on what a library prints goes to standard error.
    async with stdio_server() as (reading, writing):
        with ThreadPoolExecutor(1, "opening") as executor:
            opening = executor.submit(opened, settings)
            opening.add_done_callback(tell_failure)
            server = make_server(
                Answering(opening, Limits(settings.api_at_once, settings.api_seconds)), lambda: awaited(opening)
            )
            try:
                await server.run(reading, writing, server.create_initialization_options())
            finally:
                await asyncio.to_thread(_close, opening)


def _close(opening: Future[Corpus]) -> None:
    if not opening.exception():  # a corpus that is only half open cannot be closed
        opening.result().close()
