"""What the chat page does when it is asked something: questions to events to messages, and conversations kept.

It knows how an answer is shown (`ui.render`) and kept (`ui.history`), not how one is made, and no component.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import aclosing
from threading import Event as Cancel
from typing import Any

from rag.assemble import Corpus
from rag.errors import BadInput, IsnadError
from rag.types import Cited, Done, Event, Filters, Language, Notice, Started
from ui import render
from ui.asking import events
from ui.history import History, NoConversation
from ui.links import evidence_cards
from ui.schemas import AnswerDocument, CitationDocument, ClaimDocument, EvidenceDocument, NoticeDocument
from ui.sources import changed_versions
from ui.turns import Turn
from ui.words import word

Message = dict[str, Any]
"""A message of Gradio's chat: a role, and parts of HTML, all of it escaped by us."""

AT_ONCE = 32
"""Questions in work at the same time; more wait in Gradio's queue."""

logger = logging.getLogger("isnad")


class Talk:
    """The conversations of all browsers over one corpus, which may still be loading."""

    def __init__(self, opening: Future[Corpus], history: History) -> None:
        self.opening = opening
        self.history = history
        self._executor = ThreadPoolExecutor(AT_ONCE, "question")
        self._running: dict[str, Cancel] = {}

    async def corpus(self) -> Corpus:
        """The corpus, as soon as it is loaded. Raises what the loading raised."""
        return await asyncio.wrap_future(self.opening)

    def stop(self, owner: str) -> None:
        """End what this browser has asked; its answer so far is kept, marked as cut."""
        if cancel := self._running.get(owner):
            cancel.set()

    async def ask(
        self, owner: str, conversation: str, question: str, filters: Filters, language: Language
    ) -> AsyncIterator[list[Message]]:
        """The two messages of a question, again and again as its answer grows; the turn is kept at the end.

        A browser asks one question at a time: a second one is told so, and not kept.
        """
        asked: Message = {"role": "user", "content": [render.question(question)]}
        if owner in self._running:
            yield [asked, _bot([render.failure(word("error_input", language), word("busy", language))])]
            return
        cancel = self._running[owner] = Cancel()
        try:
            yield [asked, _bot([render.status("searching" if self.opening.done() else "loading", language)])]
            corpus = await self.corpus()
            before = tuple(_pairs(await asyncio.to_thread(self._turns, owner, conversation)))
            stream = _stream(corpus, question, filters, before)
            async with aclosing(events(stream, self._executor, cancel)) as happening:
                async for parts, turn in _growing(happening, language):
                    if turn is not None:
                        await asyncio.to_thread(self._keep, owner, conversation, turn)
                    yield [asked, _bot(parts)]
        except BadInput as error:
            yield [asked, _bot([render.failure(word("error_input", language), error.what, error.do)])]
        except IsnadError as error:
            logger.warning("a question failed: %s", error)
            await asyncio.to_thread(self._keep, owner, conversation, Turn.failed(question, error.what))
            yield [asked, _bot([render.failure(word("error", language), error.what, error.do)])]
        except Exception:
            logger.exception("a question failed")
            yield [asked, _bot([render.failure(word("error", language), "")])]
        finally:
            cancel.set()
            self._running.pop(owner, None)

    async def messages(self, owner: str, conversation: str, language: Language) -> list[Message]:
        """A conversation from its beginning, held against the files as they are now where the corpus is loaded."""
        turns = await asyncio.to_thread(self._turns, owner, conversation)
        if not self.opening.done() or self.opening.exception() is not None:
            return [message for turn in turns for message in _shown(turn, language, frozenset())]
        documents = [turn.answer for turn in turns if turn.answer]
        changed = await asyncio.to_thread(changed_versions, self.opening.result(), documents)
        return [message for turn in turns for message in _shown(turn, language, changed)]

    async def last_question(self, owner: str, conversation: str) -> str:
        """Take the last turn out of a conversation, to ask its question again; empty where there is none."""
        turns = await asyncio.to_thread(self._turns, owner, conversation)
        if not turns or owner in self._running:
            return ""
        await asyncio.to_thread(self.history.remove_turns_from, owner, conversation, turns[-1].id)
        return turns[-1].question

    def _turns(self, owner: str, conversation: str) -> list[Turn]:
        try:
            return self.history.turns(owner, conversation)
        except NoConversation:
            return []

    def _keep(self, owner: str, conversation: str, turn: Turn) -> None:
        try:
            self.history.keep(owner, conversation, turn)
        except NoConversation:
            return  # deleted while its question was answered
        except IsnadError as error:
            logger.warning("an answer could not be kept: %s", error)


def _stream(
    corpus: Corpus, question: str, filters: Filters, before: tuple[tuple[str, str], ...]
) -> Callable[[Cancel], Iterator[Event]]:
    def stream(cancel: Cancel) -> Iterator[Event]:
        return corpus.stream(question, filters=filters, history=before, cancel=cancel)

    return stream


async def _growing(
    happening: AsyncGenerator[Event], language: Language
) -> AsyncIterator[tuple[list[str], Turn | None]]:
    """The parts of an answer after each event, and its turn with the last."""
    evidence: list[EvidenceDocument] = []
    claims: list[str] = []
    told: list[str] = []
    citations: list[CitationDocument] = []
    top = ""
    async for event in happening:
        if isinstance(event, Started):
            evidence = [EvidenceDocument.cut(item) for item in event.evidence]
            asked = render.searched(event.query.question, event.query.searched, language)
            top = render.status("checking", language) + asked
        elif isinstance(event, Cited):
            citations += [CitationDocument.cut(one) for one in event.citations]
            claims.append(render.claim(ClaimDocument.of(event.claim), citations, language))
        elif isinstance(event, Notice):
            told.append(render.notice(NoticeDocument(kind=event.kind, message=event.message)))
        elif isinstance(event, Done):
            document = AnswerDocument.of(event.answer)
            yield render.answer(document, language), Turn.answered(document)
            return
        else:
            continue
        yield [top, evidence_cards(evidence, language), *claims, "".join(told)], None


def _shown(turn: Turn, language: Language, changed: frozenset[tuple[str, str]]) -> list[Message]:
    asked: Message = {"role": "user", "content": [render.question(turn.question)]}
    if turn.answer is None:
        return [asked, _bot([render.failure(word("error", language), turn.error or "")])]
    return [asked, _bot(render.answer(turn.answer, language, changed))]


def _pairs(turns: Sequence[Turn]) -> Iterator[tuple[str, str]]:
    return ((turn.answer.searched, turn.answer.text) for turn in turns if turn.answer)


def _bot(parts: list[str]) -> Message:
    return {"role": "assistant", "content": [part for part in parts if part]}
