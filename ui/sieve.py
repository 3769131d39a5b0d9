"""What the page sends to Gradio, looked through: files are named by their place in the upload folder, by no address.

Gradio fetches a file that is named by an address, for any component and whoever asks; this server fetches nothing.
It knows JSON and no component.
"""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import PlainTextResponse

from ui.door import App, Message, Receive, Scope, Send


class Sieve:
    """ASGI middleware: of the calls to `paths`, those whose JSON names a file by an address are refused.

    It holds a whole body in memory, which the door has bounded.
    """

    def __init__(self, app: App, paths: frozenset[str]) -> None:
        self._app = app
        self._paths = paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] not in self._paths:
            await self._app(scope, receive, send)
            return
        messages: list[Message] = [await receive()]
        while messages[-1].get("more_body"):
            messages.append(await receive())
        if messages[-1]["type"] == "http.request" and names_an_address(b"".join(one["body"] for one in messages)):
            await PlainTextResponse("This request is not understood.", 422)(scope, receive, send)
            return
        waiting = iter(messages)

        async def again() -> Message:
            return next(waiting, None) or await receive()

        await self._app(scope, again, send)


def names_an_address(body: bytes) -> bool:
    """Whether some object in a JSON text has a `path` that is an address; also for what is no JSON."""
    found = False

    def note(pairs: list[tuple[str, Any]]) -> None:
        nonlocal found
        # Of a name that stands twice each is looked at, whichever another reader would take.
        found = found or any(name == "path" and isinstance(value, str) and "://" in value for name, value in pairs)

    try:
        json.loads(body, object_pairs_hook=note)
    except (ValueError, RecursionError):
        return True
    return found
