"""The handlers of the page's second tab: a text is checked, and shown as far as it has come. Makes no component."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import aclosing
from threading import Event as Cancel
from typing import Any, Final

import gradio as gr

from rag.corpus import Corpus
from rag.errors import BadInput, IsnadError
from rag.generate.check_text import Checked
from rag.types import Language
from ui.middleware.asking import events
from ui.middleware.cookies import browser_of
from ui.middleware.opening import awaited
from ui.middleware.tongue import language_asked
from ui.shared import faults
from ui.shared.check_documents import CheckedSentence
from ui.shared.i18n import word
from ui.web import check_render, render
from ui.web.handlers import filters_of

CHECKS_AT_ONCE: Final = 4
"""Texts that are checked at the same time; more wait for a thread."""
PAUSE: Final = 1.0
"""Seconds between two looks at a check that goes on: each draws all of it."""

Outputs = tuple[Any, ...]
"""checked, go, stop."""

logger = logging.getLogger("isnad")


class CheckWiring:
    """The handlers of the tab, shared by all browsers."""

    def __init__(self, opening: Future[Corpus]) -> None:
        self._opening = opening
        self._executor = ThreadPoolExecutor(CHECKS_AT_ONCE, "check")
        self._running: dict[str, Cancel] = {}

    async def check(
        self, text: str, outlet: str | None, first: str | None, last: str | None, request: gr.Request
    ) -> AsyncIterator[Outputs]:
        """Check what stands in the box, under the filters; a new check ends the one before in the same page."""
        language, page = language_asked(request), _page(request)
        self.stop(request)
        stopped = self._running[page] = Cancel()
        done: list[CheckedSentence] = []
        told = ""
        try:
            yield _check_outputs(render.status("checking" if self._opening.done() else "loading", language), busy=True)
            corpus = await awaited(self._opening)
            filters = filters_of(outlet, first, last)

            def stream(_: Cancel) -> Iterator[Checked]:
                return corpus.check(text, filters=filters, cancel=stopped)

            looked = time.monotonic()
            # A sign of its own: the end of a check, too, sets the one that `events` is given.
            async with aclosing(events(stream, self._executor, Cancel())) as happening:
                async for one in happening:
                    done.append(CheckedSentence.of(one))
                    if time.monotonic() - looked > PAUSE and not stopped.is_set():
                        busy = render.status("checking", language) + check_render.shown(done, language)
                        yield _check_outputs(busy, busy=True)
                        await asyncio.sleep(0)
                        looked = time.monotonic()
            told = check_render.stopped(language) if stopped.is_set() else ""
        except IsnadError as error:
            told = _failure(error, language)
        except Exception:  # the last door before the page
            logger.exception("a check failed")
            told = render.failure(word("error_check", language), "")
        finally:
            stopped.set()
            if self._running.get(page) is stopped:
                del self._running[page]
        yield _check_outputs(told + (check_render.checked(done, language) if done else ""), busy=False)

    def stop(self, request: gr.Request) -> None:
        """End the check of this page; what was checked is shown."""
        running = self._running.get(_page(request))
        if running:
            running.set()


def _check_outputs(shown: str, *, busy: bool) -> Outputs:
    return shown, gr.Button(visible=not busy), gr.Button(visible=busy)


def _failure(error: IsnadError, language: Language) -> str:
    if not isinstance(error, BadInput):
        logger.warning("a check failed: %s", error)
    return render.failure(word("error_check", language), *faults.told(error, language))


def _page(request: gr.Request) -> str:
    return f"{browser_of(request.cookies)} {request.session_hash}"
