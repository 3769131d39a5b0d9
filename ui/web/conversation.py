"""Conversations of the chat page: questions → events → messages, saved in `ui.shared.history`.

`ui.web.render` makes the HTML; `rag.corpus` answers; components live in `page`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from threading import Event as Cancel
from typing import Any, NamedTuple

from rag.corpus import Corpus
from rag.errors import BadInput, IsnadError
from rag.generate.answerable import followups
from rag.types import Answer, Cited, Done, Event, Filters, Language, Notice, Started
from ui.middleware.streaming import awaited, events
from ui.shared import i18n
from ui.shared.history import History, HistoryUnusable, NoConversation, Turn
from ui.shared.i18n import word
from ui.shared.schemas import (
    AnswerDocument,
    CitationDocument,
    ClaimDocument,
    EvidenceDocument,
    NoticeDocument,
    ShortAnswerDocument,
    UnderstoodDocument,
)
from ui.shared.source_view import changed_versions
from ui.web import render
from ui.web.render import evidence_cards

ChatMessage = dict[str, Any]
"""A message of Gradio's chat: a role, and parts of HTML, all of it escaped by us."""

AT_ONCE = 32
"""Maximum number of questions in progress; others wait in Gradio's queue."""
FOLLOWED = 4
"""Maximum number of pages that wait for follow-up questions. They are found for one page at a time, because each costs
as much as several answers."""

logger = logging.getLogger("isnad")


class QuestionState(NamedTuple):
    """The messages of a question so far, whether they are complete, and whether it got an answer.

    Where it got none, an answer that it was to replace still stands.
    """

    messages: list[ChatMessage]
    whole: bool
    answered: bool = True


class Talk:
    """The conversations of all browsers over one corpus, which may still be loading."""

    def __init__(self, opening: Future[Corpus], history: History) -> None:
        self.opening = opening
        self.history = history
        self._executor = ThreadPoolExecutor(AT_ONCE, "question")
        self._running: dict[str, tuple[str, Cancel]] = {}
        self._follower = ThreadPoolExecutor(1, "followups")
        self._following: dict[str, Cancel] = {}
        self._last: dict[str, Answer] = {}

    async def corpus(self) -> Corpus:
        """The corpus, once it is loaded. Raises `IsnadError` if it could not be."""
        return await awaited(self.opening)

    def asks(self, owner: str, session: str = "") -> bool:
        """Whether a question of this browser is being answered."""
        return (owner or session) in self._running

    def asks_here(self, owner: str, session: str) -> bool:
        """Whether a question of this page is being answered."""
        return self._running.get(owner or session, ("", None))[0] == session

    def stop(self, owner: str, session: str = "", *, anywhere: bool = True) -> None:
        """Stop the question of this browser, from any page or only from this one; the answer so far is saved as cut."""
        asking, cancel = self._running.get(owner or session, ("", None))
        if cancel and (anywhere or session == asking):
            cancel.set()

    async def followups(self, session: str) -> tuple[str, ...]:
        """Questions that go on from the last answer of a page, each with an answer.

        Empty if the page meanwhile asks or shows something else (`forget`), or if many others wait.
        """
        answer = self._last.pop(session, None)
        if answer is None or len(self._following) >= FOLLOWED:
            return ()
        cancel = self._following[session] = Cancel()
        found: tuple[str, ...] = ()
        try:
            corpus = await self.corpus()
            find = partial(followups, corpus, answer, cancel=cancel)
            found = await asyncio.get_running_loop().run_in_executor(self._follower, find)
        except IsnadError as error:
            logger.warning("follow-up questions could not be found: %s", error)
        except Exception:  # they are an offer: without them the answer is the same
            logger.exception("follow-up questions could not be found")
        finally:
            cancelled = cancel.is_set()
            cancel.set()
            if self._following.get(session) is cancel:
                del self._following[session]
        return () if cancelled else found

    def forget(self, session: str) -> None:
        """Stop finding follow-up questions for a page: it shows something else than the answer."""
        self._last.pop(session, None)
        if cancel := self._following.get(session):
            cancel.set()

    async def begin(self, owner: str, conversation: str) -> str:
        """The conversation that a question goes into: the given one if it is still there, else a new one.

        Empty where nothing can be kept: the browser has no name (`owner`), or the file of conversations is unusable.
        """
        return await asyncio.to_thread(self._begin, owner, conversation) if owner else ""

    async def ask(
        self,
        owner: str,
        conversation: str,
        question: str,
        filters: Filters,
        language: Language,
        session: str = "",
        *,
        again: str = "",
    ) -> AsyncGenerator[QuestionState]:
        """The two messages of a question, again and again as its answer grows; the turn is kept before the last.

        `session` names the page that asks, and stands for a browser without a name (`owner`). A browser asks one
        question at a time: a second one is told so, not kept. Without a `conversation` nothing is kept, and the answer
        says so. `again` is the id of the turn that is asked once more: it stays until its place is taken by an answer.
        """
        asked: ChatMessage = {"role": "user", "content": [render.question(question)]}
        if self.asks(owner, session):
            refusal = render.failure(word("error_input", language), word("busy", language))
            yield QuestionState([asked, _bot([refusal])], True, answered=False)
            return
        self.forget(session)
        cancel = Cancel()
        running = self._running[owner or session] = (session, cancel)
        parts = [render.status("searching" if self.opening.done() else "loading", language)]
        answered = False
        try:
            yield QuestionState([asked, _bot(parts)], False)
            corpus = await self.corpus()
            before = await asyncio.to_thread(self._before, owner, conversation, again)
            stream = _stream(corpus, question, filters, before)
            async with aclosing(events(stream, self._executor, cancel)) as happening:
                async for parts, answer in _growing(happening, corpus.answerer.name, language):
                    if answer is None:
                        yield QuestionState([asked, _bot(parts)], False)
                        continue
                    turn = Turn.answered(AnswerDocument.of(answer))
                    answered = not (again and _is_nothing(turn))
                    turn = replace(turn, id=again) if again else turn
                    kept = answered and await asyncio.to_thread(self._keep, owner, conversation, turn)
                    parts = _answer(turn, language, kept=kept)
                    if answered and not kept:
                        parts.append(render.not_kept(word("not_kept" if owner else "no_cookies", language)))
                    self._remember(session, answer)
        except BadInput as error:
            parts = [render.failure(word("error_input", language), *i18n.told(error, language))]
        except IsnadError as error:
            logger.warning("a question failed: %s", error)
            what, do = i18n.told(error, language)
            await asyncio.to_thread(self._keep_failure, owner, conversation, Turn.failed(question, what), again)
            parts = [render.failure(word("error", language), what, do)]
        except Exception:  # the last door before the page: whatever it was, its asker is told in our own words
            logger.exception("a question failed")
            await asyncio.to_thread(self._keep_failure, owner, conversation, Turn.failed(question, ""), again)
            parts = [render.failure(word("error", language), "")]
        finally:
            cancel.set()
            if self._running.get(owner or session) is running:
                del self._running[owner or session]
        # Only now, when the next question would be taken: whoever sees a whole answer may ask at once.
        yield QuestionState([asked, _bot(parts)], True, answered)

    def _remember(self, session: str, answer: Answer) -> None:
        """Keep the answer of a page until its follow-up questions are asked for; of pages that left, not for long."""
        self._last[session] = answer
        while len(self._last) > AT_ONCE:
            del self._last[next(iter(self._last))]

    async def messages(self, owner: str, conversation: str, language: Language) -> list[ChatMessage]:
        """A conversation from its beginning, held against the files as they are now where the corpus is loaded.

        Raises `HistoryUnusable`, as `last_turn` does.
        """
        turns = await asyncio.to_thread(self._turns, owner, conversation)
        if not self.opening.done() or self.opening.exception() is not None:
            return [message for turn in turns for message in _shown(turn, language, frozenset())]
        documents = [turn.answer for turn in turns if turn.answer]
        changed = await asyncio.to_thread(changed_versions, self.opening.result(), documents)
        return [message for turn in turns for message in _shown(turn, language, changed)]

    async def last_turn(self, owner: str, conversation: str) -> Turn | None:
        """The turn whose question can be asked again; None where there is none."""
        turns = await asyncio.to_thread(self._turns, owner, conversation)
        return turns[-1] if turns else None

    def _turns(self, owner: str, conversation: str) -> list[Turn]:
        try:
            return self.history.turns(owner, conversation)
        except NoConversation:
            return []

    def _begin(self, owner: str, conversation: str) -> str:
        try:
            known = bool(conversation) and self.history.holds(owner, conversation)
            return conversation if known else self.history.start(owner)
        except HistoryUnusable as error:
            logger.warning("conversations are not kept: %s", error)
            return ""

    def _before(self, owner: str, conversation: str, again: str) -> tuple[tuple[str, str], ...]:
        try:
            return tuple(_pairs(turn for turn in self._turns(owner, conversation) if turn.id != again))
        except HistoryUnusable as error:
            logger.warning("a question is asked without those before it: %s", error)
            return ()

    def _keep(self, owner: str, conversation: str, turn: Turn) -> bool:
        """Save a turn. True if it is saved or its conversation was deleted meanwhile, False if it could not be."""
        if not conversation:
            return False
        try:
            self.history.keep(owner, conversation, turn)
        except NoConversation:
            return True
        except HistoryUnusable as error:
            logger.warning("an answer could not be kept: %s", error)
            return False
        return True

    def _keep_failure(self, owner: str, conversation: str, turn: Turn, again: str) -> None:
        """Keep a question that has no answer, unless it is asked once more: what it had then stays."""
        if not again:
            self._keep(owner, conversation, turn)


def _stream(
    corpus: Corpus, question: str, filters: Filters, before: tuple[tuple[str, str], ...]
) -> Callable[[Cancel], Iterator[Event]]:
    def stream(cancel: Cancel) -> Iterator[Event]:
        return corpus.stream(question, filters=filters, history=before, cancel=cancel, typed=True)

    return stream


async def _growing(
    happening: AsyncGenerator[Event], generator: str, language: Language
) -> AsyncIterator[tuple[list[str], Answer | None]]:
    """The parts of an answer after each event; with the last no parts, but the answer."""
    evidence: list[EvidenceDocument] = []
    short: list[ShortAnswerDocument] = []
    claims: list[str] = []
    told: list[str] = []
    citations: list[CitationDocument] = []
    views = top = ""
    async for event in happening:
        if isinstance(event, Started):
            evidence = [EvidenceDocument.cut(item) for item in event.evidence]
            read = [UnderstoodDocument.of(one) for one in event.query.understood]
            asked = render.understood(read, language)
            asked += render.searched(event.query.asked, event.query.searched, language)
            views = render.views(evidence, language)
            top = render.status("reading", language, generator=render.generator(generator, language)) + asked
        elif isinstance(event, Cited):
            citations += [CitationDocument.cut(one) for one in event.citations]
            short += [ShortAnswerDocument.cut(event.short)] if event.short else []
            claims.append(render.claim(ClaimDocument.of(event.claim), citations, language))
        elif isinstance(event, Notice):
            told.append(render.notice(NoticeDocument(kind=event.kind, message=event.message)))
        elif isinstance(event, Done):
            yield [], event.answer
            return
        else:
            continue
        leads = render.short(short, citations, language)
        yield (
            [
                views,
                leads,
                top,
                *claims,
                evidence_cards(evidence, language, unfolded=True, quotes=citations),
                "".join(told),
            ],
            None,
        )


def _shown(turn: Turn, language: Language, changed: frozenset[tuple[str, str]]) -> list[ChatMessage]:
    asked: ChatMessage = {"role": "user", "content": [render.question(turn.question)]}
    if turn.answer is None:
        return [asked, _bot([render.failure(word("error", language), turn.error or "")])]
    return [asked, _bot(_answer(turn, language, changed, kept=True))]


def _answer(
    turn: Turn, language: Language, changed: frozenset[tuple[str, str]] = frozenset(), *, kept: bool
) -> list[str]:
    return render.answer(turn.answer, language, changed, turn.id if kept else "") if turn.answer else []


def _is_nothing(turn: Turn) -> bool:
    """Whether it was stopped before its first claim."""
    return turn.answer is None or (turn.answer.cut and not turn.answer.claims)


def _pairs(turns: Iterable[Turn]) -> Iterator[tuple[str, str]]:
    return ((turn.answer.searched, turn.answer.text) for turn in turns if turn.answer)


def _bot(parts: list[str]) -> ChatMessage:
    return {"role": "assistant", "content": [part for part in parts if part]}
