"""The web server of the chat: page, routes and door put together. It answers while the models are still loading."""

from __future__ import annotations

import logging
import os
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from rag.assemble import Corpus, corpus_with_index
from rag.config import Settings
from ui.door import Door, Keys, is_loopback
from ui.history import History
from ui.routes import conversation_routes, health_routes, source_routes
from ui.sources import MEBIBYTE
from ui.tongue import Tongue

logger = logging.getLogger("isnad")

ASSETS = Path(__file__).parent / "assets"
HEAD = (
    '<link rel="preload" href="/isnad/fonts/vazirmatn-arabic-wght-normal.woff2" as="font" type="font/woff2" '
    'crossorigin><link rel="stylesheet" href="/isnad/chat.css"><script defer src="/isnad/chat.js"></script>'
)
UPLOAD_PATH = "/gradio_api/upload"
UPLOADED_AT_ONCE = 20


def make_app(opening: Future[Corpus], history: History, settings: Settings, host: str) -> Any:
    """The ASGI application. Raises `BadSetting` for a host beyond loopback that nothing guards."""
    keys = Keys.of(settings, host)
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # else gradio asks its maker's host as soon as it is imported
    import gradio as gr

    from ui.chat import INTERNATIONAL
    from ui.chat import page as chat_page
    from ui.look import theme
    from ui.talk import Talk
    from ui.wiring import Wiring

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.mount("/isnad", StaticFiles(directory=ASSETS))
    # Before the page: what is added behind a mount at / is never reached.
    app.include_router(health_routes(opening))
    app.include_router(source_routes(opening))
    app.include_router(conversation_routes(history))
    talk = Talk(opening, history)
    upload = None
    if settings.upload:
        from ui.upload import Upload

        upload = Upload(opening).take
    app = gr.mount_gradio_app(
        app,
        chat_page(Wiring(talk), max_question_chars=settings.max_question_chars, upload=upload),
        path="/",
        theme=theme(),
        i18n=INTERNATIONAL,
        footer_links=[],
        run_history=False,
        show_error=False,
        enable_monitoring=False,
        ssr_mode=False,
        max_file_size=int(settings.max_file_mb * MEBIBYTE),
    )
    return Door(
        Tongue(app, HEAD),
        keys=keys,
        loopback=is_loopback(host),
        closed=() if settings.upload else (UPLOAD_PATH,),
        bounds={UPLOAD_PATH: int(settings.max_file_mb * MEBIBYTE * UPLOADED_AT_ONCE)},
    )


def serve(settings: Settings, host: str, port: int) -> None:
    """Serve the chat until it is told to stop; progress is a line in the terminal.

    Raises `BadSetting` before anything is loaded, and what `open_corpus` raises.
    """
    import uvicorn

    from ui.opening import opened, tell_failure

    name = corpus_with_index(settings)
    Keys.of(settings, host)
    logging.basicConfig(format="isnad: %(message)s", level=logging.WARNING)
    logging.getLogger("isnad").setLevel(logging.INFO)
    logger.info("http://%s:%d  (Ctrl-C to end)", f"[{host}]" if ":" in host else host, port)
    history = History(settings.corpus_dir(name) / "conversations.sqlite3", keep_days=settings.history_days)
    with ThreadPoolExecutor(1, "opening") as executor:
        opening = executor.submit(opened, settings)
        opening.add_done_callback(tell_failure)
        app = make_app(opening, history, settings, host)
        try:
            uvicorn.run(app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=2)
        finally:
            if opening.done() and not opening.exception():
                opening.result().close()
