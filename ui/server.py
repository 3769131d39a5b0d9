"""The web server: puts together the chat page, the API and the middleware. It responds while the models are loading."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

from prometheus_client import CollectorRegistry, ProcessCollector
from starlette.staticfiles import StaticFiles

from rag.config import Settings
from rag.corpus import Corpus, corpus_with_index, formats_of
from rag.extract.isolation import stop_workers
from rag.store.private import tighten
from rag.types import MAX_CHECK_CHARS, MAX_QUESTION_CHARS
from ui.api.answers import CHECK_PATH, COMPARE_PATH, ESCAPED
from ui.api.app import BODY_BYTES as API_BODY_BYTES
from ui.api.app import MCP_PATH, Heads, add_api, make_api, refuse_others
from ui.api.app import PATHS as API_PATHS
from ui.api.articles import VERIFY_PATH
from ui.api.openai import COMPLETIONS_PATH
from ui.middleware.gradio_patches import CALLS, JOIN, Crowded, GradioGuard, Tongue
from ui.middleware.security import BODY_BYTES, App, Door, Keys, Origins, PublicOrigins, is_loopback
from ui.middleware.sessions import FILE as SESSIONS_FILE
from ui.middleware.sessions import Sessions
from ui.middleware.telemetry import Telemetry
from ui.middleware.upload_folder import REQUESTS_HELD, UploadFolder, UploadQuota
from ui.shared.batch import Journals
from ui.shared.history import History, Reports
from ui.shared.saved import Saved
from ui.shared.view_schemas import MOST_QUESTIONS
from ui.web.routes import (
    conversation_routes,
    filter_routes,
    health_routes,
    report_routes,
    source_routes,
    table_routes,
)

if TYPE_CHECKING:
    import uvicorn


# Graceful shutdown: the server first finishes the API requests in progress, within a time limit.
#
# It does not wait for the page's connections, which stay open for as long as a browser shows the page.

_MCP_BYTES = API_BODY_BYTES + ESCAPED * MAX_CHECK_CHARS
_FINISH_SECONDS = 20.0
"""Time for the API requests. Default time until a kill: Kubernetes 30 seconds, systemd 90, Docker 10."""
_LINES_SECONDS = 2
"""Time for the page's connections after that."""


def _run(app: App, host: str, port: int, running: Callable[[], int]) -> None:
    """Serve until SIGINT or SIGTERM, on the main thread. Raises `SystemExit`, with 0 after SIGTERM.

    `running` returns the number of requests in progress that must finish before the shutdown.
    """
    import uvicorn

    from ui.middleware.connections import bound

    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_level="warning",
        timeout_graceful_shutdown=_LINES_SECONDS,
        proxy_headers=False,  # else uvicorn trusts any process on this machine; `trusted_proxies` lists the proxies
    )
    signal.signal(signal.SIGTERM, _end)  # uvicorn raises the signal again after its shutdown
    server = _finishing(bound(config), running)
    try:
        server.run()
    except KeyboardInterrupt:
        return
    if not server.started:
        sys.exit(1)  # uvicorn has logged the cause


def _end(_: int, __: FrameType | None) -> NoReturn:
    sys.exit(0)


def _finishing(config: uvicorn.Config, running: Callable[[], int]) -> uvicorn.Server:
    import uvicorn

    class Finishing(uvicorn.Server):
        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            for server in self.servers:
                server.close()  # accept no new connections
            end = asyncio.get_running_loop().time() + _FINISH_SECONDS
            while running() and not self.force_exit and asyncio.get_running_loop().time() < end:
                await asyncio.sleep(0.05)
            stop_workers()  # else an upload whose extraction hangs would delay the exit until its time limit
            await super().shutdown(sockets)

    return Finishing(config)


logger = logging.getLogger("isnad")

ASSETS = Path(__file__).parent / "assets"
HEAD = (
    '<link rel="preload" href="/isnad/fonts/vazirmatn-arabic-wght-normal.woff2" as="font" type="font/woff2" '
    'crossorigin><link rel="stylesheet" href="/isnad/chat.css"><script defer src="/isnad/chat.js"></script>'
)
HEALTH = ("/healthz", "/readyz")
PATHS = (
    *("/", *HEALTH, "/isnad/", "/sources/", "/articles/", "/conversations/", "/views/", "/understood"),
    # The paths that Gradio's page requests. The rest of Gradio's API is for programs and notebooks.
    *("/config", "/theme.css", "/favicon.ico", "/manifest.json", "/assets/", "/static/"),
    *("/gradio_api/queue/data", "/gradio_api/heartbeat/", "/gradio_api/app_id"),
    *CALLS,
)
UPLOAD_PATH = "/gradio_api/upload"
UPLOAD_PATHS = (UPLOAD_PATH, "/gradio_api/upload_progress")
UPLOADED_AT_ONCE = 20


def make_app(opening: Future[Corpus], history: History, settings: Settings, host: str) -> Telemetry:
    """Build the ASGI application.

    Raises `BadSetting` if `host` is not a loopback address and no credentials are set; `SessionsUnusable`.
    """
    keys = Keys.of(settings, host)
    sessions = Sessions(settings.data_dir / SESSIONS_FILE, settings.corpus_to_read())
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # else gradio contacts its vendor's host on import
    # Before the import of gradio, too: it sets GRADIO_TEMP_DIR.
    uploads = UploadFolder(settings, REQUESTS_HELD * UPLOADED_AT_ONCE * settings.max_file_bytes)
    import gradio as gr
    from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

    from ui.api.mcp import add_mcp
    from ui.middleware.connections import admit
    from ui.web.conversation import Talk
    from ui.web.handlers import CheckWiring, Running, Wiring
    from ui.web.page import INTERNATIONAL, session_of, theme
    from ui.web.page import page as chat_page
    from ui.web.views import BatchWiring, SavedWiring, Tables, ViewWiring

    app = make_api()
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)  # memory and CPU time of this process
    app.mount("/isnad", StaticFiles(directory=ASSETS))
    # Before the page: routes added after a mount at / are never reached.
    app.include_router(health_routes(opening))
    app.include_router(source_routes(opening))
    app.include_router(conversation_routes(history))
    tables = Tables()
    home = settings.corpus_dir(settings.corpus_to_read())
    app.include_router(report_routes(history, Reports(home)))
    app.include_router(table_routes(tables))
    app.include_router(filter_routes())
    add_mcp(app, add_api(app, opening, settings, registry), _MCP_BYTES)
    refuse_others(app, "/v1/{rest:path}", MCP_PATH, "/docs", "/metrics", "/openapi.json", *HEALTH)
    talk = Talk(opening, history)
    upload = None
    if settings.upload:
        from ui.web.handlers import Upload

        upload = Upload(opening).take
    pane = Running()
    blocks = chat_page(
        Wiring(talk),
        CheckWiring(opening),
        ViewWiring(opening, tables, pane),
        SavedWiring(opening, Saved.of(settings), pane),
        BatchWiring(opening, tables, Journals(home / Journals.FOLDER)) if upload else None,
        upload=upload,
        endings=formats_of(settings) if upload else (),
        log_out=keys.needed,
    )
    app = gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        theme=theme(),
        i18n=INTERNATIONAL,
        footer_links=[],
        run_history=False,
        show_error=False,
        enable_monitoring=False,
        ssr_mode=False,
        max_file_size=settings.max_file_bytes,
    )
    upload_bytes = settings.max_file_bytes * UPLOADED_AT_ONCE
    bounded = UploadQuota(app, uploads, UPLOAD_PATH, upload_bytes)
    guard = GradioGuard(
        Crowded(Tongue(bounded, HEAD), JOIN),
        uploads.path if settings.upload else None,
        partial(session_of, blocks),
    )
    door = Door(
        Heads(guard, API_PATHS + HEALTH),
        keys=keys,
        sessions=sessions,
        loopback=is_loopback(host),
        known=PATHS + API_PATHS + (UPLOAD_PATHS if settings.upload else ()),
        bounds={
            API_PATHS[0]: API_BODY_BYTES,
            CHECK_PATH: API_BODY_BYTES + ESCAPED * MAX_CHECK_CHARS,
            COMPARE_PATH: API_BODY_BYTES + ESCAPED * MOST_QUESTIONS * MAX_QUESTION_CHARS,
            MCP_PATH: _MCP_BYTES,  # it has the tool `check`
            VERIFY_PATH: BODY_BYTES,
            COMPLETIONS_PATH: BODY_BYTES,  # clients send the whole conversation each time
            UPLOAD_PATH: upload_bytes,
        },
        origins=Origins(settings.api_origins),
        admit=admit,
        public=PublicOrigins(settings.public_origins),
        kept_before=partial(history.has_owner, before=datetime.fromtimestamp(sessions.made, UTC)),
    )
    forwarded: Any = ProxyHeadersMiddleware(door, list(settings.trusted_proxies))  # type: ignore[arg-type]
    # Outside the security middleware: rejected requests are counted too, and get an id.
    return Telemetry(forwarded, registry, (API_PATHS[0], MCP_PATH), questions=settings.log_questions)


def serve(settings: Settings, host: str, port: int) -> None:
    """Serve the chat until a signal stops it; log the progress in the terminal.

    Before it loads anything, raises `BadSetting` and what `corpus_with_index` raises.
    """
    from ui.middleware.streaming import open_served, tell_failure

    name = corpus_with_index(settings)
    Keys.of(settings, host)
    tighten(settings.data_dir)
    logging.basicConfig(format="isnad: %(message)s", level=logging.WARNING)
    logging.getLogger("isnad").setLevel(logging.INFO)
    _log_bare(logging.getLogger("isnad.requests"))
    logger.info("http://%s:%d  (Ctrl-C to end)", f"[{host}]" if ":" in host else host, port)
    history = History(settings.corpus_dir(name) / "conversations.sqlite3", keep_days=settings.history_days)
    executor = ThreadPoolExecutor(1, "opening")
    opening = executor.submit(open_served, settings)
    opening.add_done_callback(tell_failure)
    try:
        app = make_app(opening, history, settings, host)
        _run(app, host, port, lambda: app.running)
    finally:
        executor.shutdown()  # wait: a corpus that is still opening cannot be closed
        if not opening.exception():
            opening.result().close()


def _log_bare(requests: logging.Logger) -> None:
    """Log one line per request with nothing before the JSON, so that programs can parse it."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    requests.handlers = [handler]
    requests.propagate = False
