"""What Gradio says where its queue is full, said in our own words. Knows nothing of the queue but its answer."""

from __future__ import annotations

from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.responses import JSONResponse

from ui.middleware.cookies import cookies_of
from ui.middleware.security import App, Message, Receive, Scope, Send
from ui.middleware.tongue import language_of
from ui.shared.i18n import word


class Crowded:
    """ASGI middleware: where a call to `path` is turned away, the page shows why in the language of the interface."""

    def __init__(self, app: App, path: str) -> None:
        self._app = app
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != self._path:
            await self._app(scope, receive, send)
            return
        turned_away = False

        async def said(message: Message) -> None:
            nonlocal turned_away
            if message["type"] == "http.response.start" and message["status"] == HTTPStatus.SERVICE_UNAVAILABLE:
                turned_away = True
                headers = Headers(scope=scope)
                language = language_of(cookies_of(headers), headers.get("accept-language", ""))
                # Not 503: for that one Gradio's page has an English sentence of its own.
                ours = JSONResponse({"detail": word("crowded", language)}, HTTPStatus.TOO_MANY_REQUESTS)
                await ours(scope, receive, send)
            elif not turned_away:
                await send(message)

        await self._app(scope, receive, said)
