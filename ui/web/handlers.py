"""The handlers of the page: what a component sends → `Talk` → what the components show. Makes no component.

Each gives the values of the page's outputs in the order of `Outputs`; what does not change is skipped.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from typing import Any

import gradio as gr

from rag.errors import IsnadError
from rag.types import Filters, Language
from ui.middleware.cookies import browser_of
from ui.middleware.tongue import language_asked
from ui.shared import faults
from ui.shared.archive import Archive
from ui.shared.history import NoConversation
from ui.shared.history_file import HistoryUnusable
from ui.shared.html import CONTROLS
from ui.shared.i18n import word
from ui.web import render, side
from ui.web.conversation import AT_ONCE, Message, Talk

__all__ = ["AT_ONCE", "Wiring"]

MESSAGES = 2
"""Of a turn: the question and the answer."""

Outputs = tuple[Any, ...]
"""chat, question, send, stop, conversation, shown, conversations, tools, examples."""


class Wiring:
    """The handlers of one page, shared by all browsers."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._archive = Archive()

    async def ask(
        self,
        question: str,
        conversation: str,
        shown: list[Message],
        outlet: str | None,
        first: str | None,
        last: str | None,
        request: gr.Request,
    ) -> AsyncIterator[Outputs]:
        """Ask what stands in the box, under the filters."""
        asked = " ".join(question.split())
        if not asked:
            yield _outputs()
            return
        filters = filters_of(outlet, first, last)
        async with aclosing(self._ask(asked, conversation, shown, shown, filters, request)) as showing:
            async for values in showing:
                yield values

    async def again(
        self,
        conversation: str,
        outlet: str | None,
        first: str | None,
        last: str | None,
        request: gr.Request,
    ) -> AsyncIterator[Outputs]:
        """Ask the last question once more; its earlier answer stands until there is another."""
        owner, language = _owner(request), language_asked(request)
        try:
            turn = await self._talk.last_turn(owner, conversation)
            # Not what was shown: its end may be a message that was never kept.
            kept = await self._talk.messages(owner, conversation, language) if turn else []
        except HistoryUnusable as error:
            yield _outputs(known=_unusable(error, language))
            return
        if turn is None:
            yield _outputs()
            return
        filters, before = filters_of(outlet, first, last), kept[:-MESSAGES]
        stands = kept if turn.answer else before
        async with aclosing(
            self._ask(turn.question, conversation, before, stands, filters, request, again=turn.id)
        ) as showing:
            async for values in showing:
                yield values

    def stop(self, request: gr.Request) -> None:
        """End what this browser has asked, on the server too."""
        self._talk.stop(_owner(request), _session(request))

    def leave(self, request: gr.Request) -> None:
        """The page was closed: nobody waits for its answer."""
        self._talk.stop(_owner(request), _session(request), anywhere=False)

    async def new(self, request: gr.Request) -> Outputs:
        """An empty page; the conversation is kept once it has a question."""
        return await self._open("", request)

    async def act(self, said: str, conversation: str, request: gr.Request) -> Outputs:
        """What the page's own script asks for: to open or delete a conversation, or delete all."""
        try:
            told = json.loads(said)
            what, which = str(told["do"]), str(told.get("id", ""))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return _outputs()
        owner = _owner(request)
        if what == "open":
            return await self._open(which, request)
        try:
            if what == "delete":
                with suppress(NoConversation):  # deleted already, in another window
                    await asyncio.to_thread(self._talk.history.delete, owner, which)
                return await self._open("" if which == conversation else conversation, request)
            if what == "delete_all":
                await asyncio.to_thread(self._talk.history.delete_all, owner)
                return await self._open("", request)
        except HistoryUnusable as error:
            return _outputs(known=_unusable(error, language_asked(request)))
        return _outputs()

    async def load(self, request: gr.Request) -> AsyncIterator[Outputs]:
        """The page as it opens: the conversation that its address names, then what needs the corpus."""
        language = language_asked(request)
        conversation = str(request.query_params.get("c", ""))
        complete = self._talk.opening.done()
        opened = await self._open(conversation, request)
        yield (*opened, gr.skip(), gr.skip())
        try:
            corpus = await self._talk.corpus()
            told, drawn = await asyncio.to_thread(self._archive.told, corpus, language)
        except IsnadError as error:
            failed = render.failure(word("error_startup", language), *faults.told(error, language))
            yield (*_outputs(examples=failed), gr.skip(), gr.skip())
            return
        # An option is text without an isolate: what could turn its words is left out of what is shown.
        named = [(CONTROLS.sub("", name), name) for name, _ in told.outlets if name]
        outlets = gr.Dropdown(choices=[(word("any_outlet", language), ""), *named], value="")
        shown, asks = bool(opened[0]), self._talk.asks(_owner(request), _session(request))
        # What was asked while the corpus was loading stays where it is.
        late = await self._open(conversation, request) if shown and not (complete or asks) else _outputs()
        examples = gr.skip() if shown or asks else side.examples(drawn)
        yield (*late[:-1], examples, outlets, side.archive(told, language))

    async def _ask(
        self,
        question: str,
        conversation: str,
        shown: list[Message],
        stands: list[Message],
        filters: Filters,
        request: gr.Request,
        *,
        again: str = "",
    ) -> AsyncGenerator[Outputs]:
        """Show the answer below what is `shown`; where there comes none, why not, below what `stands` then."""
        owner, session, language = _owner(request), _session(request), language_asked(request)
        busy = self._talk.asks(owner, session)
        conversation = conversation if busy else await self._talk.begin(owner, conversation)
        left = question if busy and not again else ""  # a question that is not taken stays in its box
        yield _outputs(question=left, send=gr.Button(visible=False), stop=gr.Button(visible=True), examples="")
        # Closed with this one: a page that left must not keep its browser waiting until memory is tidied.
        asking = self._talk.ask(owner, conversation, question, filters, language, session, again=again)
        async with aclosing(asking) as answering:
            async for messages, whole, answered in answering:
                if not whole:
                    yield _outputs(chat=[*shown, *messages], conversation=conversation)
                    continue
                known, tools = await self._listed(conversation, request)
                above = shown if answered else stands
                # All at once: a question asked as soon as the answer is seen whole finds it in `shown`.
                yield _outputs(
                    chat=[*above, *messages],
                    send=gr.Button(visible=True),
                    stop=gr.Button(visible=False),
                    conversation=conversation,
                    shown=[*above, *messages],
                    known=known,
                    tools=tools,
                )

    async def _open(self, conversation: str, request: gr.Request) -> Outputs:
        owner, language = _owner(request), language_asked(request)
        unusable = ""
        try:
            messages = await self._talk.messages(owner, conversation, language) if conversation else []
        except HistoryUnusable as error:
            messages, unusable = [], _unusable(error, language)
        conversation = conversation if messages else ""
        known, tools = await self._listed(conversation, request)
        drawn = self._archive.examples(language)
        return _outputs(
            chat=messages,
            send=gr.Button(visible=True),
            stop=gr.Button(visible=False),
            conversation=conversation,
            shown=messages,
            known=unusable or known,
            tools=tools,
            examples="" if messages else side.examples(drawn) if drawn else None,
        )

    async def _listed(self, conversation: str, request: gr.Request) -> tuple[str, str]:
        """The conversations of a browser, and the exports of the one that is open if it has been kept."""
        owner, language = _owner(request), language_asked(request)
        try:
            known = await asyncio.to_thread(self._talk.history.conversations, owner) if owner else []
        except HistoryUnusable as error:
            return _unusable(error, language), side.tools("", language)
        kept = any(one.id == conversation for one in known)
        return side.conversations(known, conversation, language), side.tools(conversation if kept else "", language)


def _outputs(
    *,
    chat: Any = None,
    question: Any = None,
    send: Any = None,
    stop: Any = None,
    conversation: Any = None,
    shown: Any = None,
    known: Any = None,
    tools: Any = None,
    examples: Any = None,
) -> Outputs:
    values = (chat, question, send, stop, conversation, shown, known, tools, examples)
    return tuple(gr.skip() if value is None else value for value in values)


def filters_of(outlet: str | None, first: str | None, last: str | None) -> Filters:
    """The filters of what was chosen and typed; a day may be typed in any digits."""
    return Filters(outlet or None, _day(first), _day(last))


def _day(typed: str | None) -> str | None:
    """A day as it was typed, its digits Western ones, whichever they were: ٢٠١٦-٠٢-٠٨."""
    kept = re.sub(r"\d", lambda digit: str(int(digit[0])), (typed or "").strip())
    return kept or None


def _owner(request: gr.Request) -> str:
    return browser_of(request.cookies)


def _session(request: gr.Request) -> str:
    return str(request.session_hash)


def _unusable(error: HistoryUnusable, language: Language) -> str:
    return render.failure(word("history_failed", language), *faults.told(error, language))
