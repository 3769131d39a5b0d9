"""The handlers of the page: what a component sends → `Talk` → what the components show. Makes no component.

Each gives the values of the page's outputs in the order of `Outputs`; what does not change is skipped.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import gradio as gr

from rag.assemble import Corpus
from rag.errors import IsnadError
from rag.example_questions import example_questions, sample_articles
from rag.overview import Overview, overview
from rag.types import Filters, Language
from ui import render, side
from ui.door import BROWSER_COOKIE
from ui.talk import AT_ONCE, Message, Talk
from ui.tongue import language_of
from ui.words import word

__all__ = ["AT_ONCE", "Wiring"]

Outputs = tuple[Any, ...]
"""chat, question, send, stop, conversation, shown, conversations, tools, examples."""


class Wiring:
    """The handlers of one page, shared by all browsers."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk

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
        filters = _filters(outlet, first, last)
        async for values in self._ask(asked, conversation, shown, filters, request):
            yield values

    async def again(
        self,
        conversation: str,
        shown: list[Message],
        outlet: str | None,
        first: str | None,
        last: str | None,
        request: gr.Request,
    ) -> AsyncIterator[Outputs]:
        """Ask the last question once more, its earlier answer taken out."""
        question = await self._talk.last_question(_owner(request), conversation)
        if not question:
            yield _outputs()
            return
        filters = _filters(outlet, first, last)
        async for values in self._ask(question, conversation, shown[:-2], filters, request):
            yield values

    def stop(self, request: gr.Request) -> None:
        """End what this browser has asked, on the server too."""
        self._talk.stop(_owner(request))

    def leave(self, request: gr.Request) -> None:
        """The page was closed: nobody waits for its answer."""
        self._talk.stop(_owner(request))

    async def new(self, request: gr.Request) -> Outputs:
        """An empty page; the conversation is kept once it has a question."""
        return await self._open("", request)

    async def act(self, said: str, conversation: str, request: gr.Request) -> Outputs:
        """What the page's own script asks for: to open or delete a conversation, or delete all."""
        try:
            told = json.loads(said)
            what, which = str(told["do"]), str(told.get("id", ""))
        except (ValueError, KeyError, TypeError, AttributeError):
            return _outputs()
        owner = _owner(request)
        if what == "open":
            return await self._open(which, request)
        if what == "delete":
            await asyncio.to_thread(self._talk.history.delete, owner, which)
            return await self._open("" if which == conversation else conversation, request)
        if what == "delete_all":
            await asyncio.to_thread(self._talk.history.delete_all, owner)
            return await self._open("", request)
        return _outputs()

    async def load(self, request: gr.Request) -> AsyncIterator[Outputs]:
        """The page as it opens: the conversation that its address names, then what needs the corpus."""
        language = _language(request)
        conversation = str(request.query_params.get("c", ""))
        yield (*await self._open(conversation, request), gr.skip(), gr.skip())
        try:
            corpus = await self._talk.corpus()
            told, drawn = await asyncio.to_thread(_told, corpus, language)
        except IsnadError as error:
            failed = render.failure(word("error_startup", language), error.what, error.do)
            yield (*_outputs(examples=failed), gr.skip(), gr.skip())
            return
        outlets = gr.Dropdown(choices=[(word("any_outlet", language), ""), *[(n, n) for n, _ in told.outlets if n]])
        opened = await self._open(conversation, request)
        examples = gr.skip() if conversation and opened[0] else side.examples(drawn)
        yield (*opened[:-1], examples, outlets, side.archive(told, language))

    async def _ask(
        self, question: str, conversation: str, shown: list[Message], filters: Filters, request: gr.Request
    ) -> AsyncIterator[Outputs]:
        owner, language = _owner(request), _language(request)
        conversation = conversation or await asyncio.to_thread(self._talk.history.start, owner)
        messages: Sequence[Message] = ()
        yield _outputs(question="", send=gr.Button(visible=False), stop=gr.Button(visible=True), examples="")
        async for messages in self._talk.ask(owner, conversation, question, filters, language):
            yield _outputs(chat=[*shown, *messages], conversation=conversation)
        known = await asyncio.to_thread(self._talk.history.conversations, owner)
        yield _outputs(
            send=gr.Button(visible=True),
            stop=gr.Button(visible=False),
            shown=[*shown, *messages],
            known=side.conversations(known, conversation, language),
            tools=side.tools(conversation if known else "", language),
        )

    async def _open(self, conversation: str, request: gr.Request) -> Outputs:
        owner, language = _owner(request), _language(request)
        messages = await self._talk.messages(owner, conversation, language) if conversation else []
        conversation = conversation if messages else ""
        known = await asyncio.to_thread(self._talk.history.conversations, owner)
        return _outputs(
            chat=messages,
            send=gr.Button(visible=True),
            stop=gr.Button(visible=False),
            conversation=conversation,
            shown=messages,
            known=side.conversations(known, conversation, language),
            tools=side.tools(conversation, language),
        )


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


def _told(corpus: Corpus, language: Language) -> tuple[Overview, tuple[str, ...]]:
    """What the archive holds, and examples drawn from it."""
    settings = corpus.settings
    drawn = example_questions(
        sample_articles(corpus.catalog, corpus.name),
        corpus.search,
        language=language,
        min_score={"ar": settings.min_score_ar, "en": settings.min_score_en},
    )
    return overview(corpus.catalog, corpus.name), drawn


def _filters(outlet: str | None, first: str | None, last: str | None) -> Filters:
    return Filters(outlet or None, (first or "").strip() or None, (last or "").strip() or None)


def _owner(request: gr.Request) -> str:
    return str(request.cookies.get(BROWSER_COOKIE, ""))


def _language(request: gr.Request) -> Language:
    return language_of(request.cookies, request.headers.get("accept-language", ""))
