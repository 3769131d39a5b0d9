"""Conversations of the chat page: questions → events → messages, saved in `ui.shared.history`.

`ui.web.render` makes the HTML; `rag.corpus` answers; components live in `page`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass, field, replace
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


@dataclass(eq=False, slots=True)
class _Running:
    """A question in progress, which goes on when the pages that show it turn to something else.

    `session` is the page that asked it. `interrupted` is the turn that its conversation has while no page shows it.
    `readers` are the states that pages wait for, by session; None ends them.
    """

    owner: str
    session: str
    conversation: str
    question: str
    again: str
    interrupted: Turn
    state: QuestionState
    cancel: Cancel = field(default_factory=Cancel)
    readers: dict[str, asyncio.Queue[QuestionState | None]] = field(default_factory=dict)
    saving: asyncio.Lock = field(default_factory=asyncio.Lock)
    is_listed: bool = False
    is_saved: bool = False
    answer: Answer | None = None
    task: asyncio.Task[None] | None = None

    @property
    def turn(self) -> str:
        """The id of its turn."""
        return self.again or self.interrupted.id

    def read(self, session: str) -> asyncio.Queue[QuestionState | None]:
        """The states that follow, for a page."""
        self.leave(session)
        states = self.readers[session] = asyncio.Queue()
        return states

    def leave(self, session: str) -> None:
        """End the states of a page."""
        if states := self.readers.pop(session, None):
            states.put_nowait(None)

    def tell(self, state: QuestionState) -> None:
        self.state = state
        for states in self.readers.values():
            states.put_nowait(state)

    def end(self, whole: QuestionState | None) -> None:
        readers, self.readers = self.readers, {}
        for states in readers.values():
            states.put_nowait(whole)


class Talk:
    """The conversations of all browsers over one corpus, which may still be loading."""

    def __init__(self, opening: Future[Corpus], history: History) -> None:
        self.opening = opening
        self.history = history
        self._executor = ThreadPoolExecutor(AT_ONCE, "question")
        self._running: dict[str, _Running] = {}
        """By browser, the question that it asked last, until it is whole."""
        self._joined: dict[str, tuple[_Running, asyncio.Queue[QuestionState | None]]] = {}
        self._follower = ThreadPoolExecutor(1, "followups")
        self._following: dict[str, Cancel] = {}
        self._last: dict[str, Answer] = {}

    async def corpus(self) -> Corpus:
        """The corpus, once it is loaded. Raises `IsnadError` if it could not be."""
        return await awaited(self.opening)

    def asks(self, owner: str, session: str = "") -> bool:
        """Whether a page of this browser shows a question that is being answered."""
        running = self._running.get(owner or session)
        return running is not None and bool(running.readers)

    def asks_here(self, owner: str, session: str) -> bool:
        """Whether this page shows a question that is being answered."""
        running = self._running.get(owner or session)
        return running is not None and session in running.readers

    def stop(self, owner: str, session: str = "", *, conversation: str | None = None) -> None:
        """Stop the question of this browser, from any page, or only if it is in this conversation; the answer so far is
        saved as cut."""
        running = self._running.get(owner or session)
        if running and conversation in (None, running.conversation):
            running.cancel.set()

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
        question at a time: a second one is told so, not kept, unless no page shows the first any more (`leave`); that
        one is then stopped. Without a `conversation` nothing is kept, and the answer says so. `again` is the id of the
        turn that is asked once more: it stays until its place is taken by an answer.
        """
        asked: ChatMessage = {"role": "user", "content": [render.question(question)]}
        if self.asks(owner, session):
            refusal = render.failure(word("error_input", language), word("busy", language))
            yield QuestionState([asked, _bot([refusal])], True, answered=False)
            return
        self.forget(session)
        if before := self._running.get(owner or session):
            before.cancel.set()
            if again == before.turn:  # only the new answer is for its place
                before.conversation = ""
        begun = QuestionState(
            [asked, _bot([render.status("searching" if self.opening.done() else "loading", language)])], False
        )
        interrupted = Turn.failed(question, word("interrupted", language))
        running = _Running(owner, session, conversation, question, again, interrupted, begun)
        self._running[owner or session] = running
        states = running.read(session)
        states.put_nowait(begun)
        running.task = asyncio.create_task(self._run(running, filters, language))
        async with aclosing(self._states(running, session, states)) as growing:
            async for state in growing:
                yield state

    def join(self, owner: str, session: str, conversation: str) -> tuple[str, QuestionState] | None:
        """Show on this page too the question that is being answered in this conversation; None if there is none.

        Gives the id of its turn and its messages so far; `joined` gives what comes after them.
        """
        running = self._running.get(owner)
        if running is None or not conversation or running.conversation != conversation:
            return None
        self._joined[session] = running, running.read(session)
        _keep_newest(self._joined)
        return running.turn, running.state

    def joined(self, session: str) -> tuple[str, AsyncGenerator[QuestionState]] | None:
        """What follows of the question that this page joined, as in `ask`, and the id of the turn that it asks once
        more; None if the page joined none."""
        found = self._joined.pop(session, None)
        return (found[0].again, self._states(found[0], session, found[1])) if found else None

    async def leave(self, owner: str, session: str) -> None:
        """This page turns to something else. Its question is answered to the end in its conversation, which has it from
        now on; a question that nothing keeps is stopped."""
        self.forget(session)
        self._joined.pop(session, None)
        running = self._running.get(owner or session)
        if running is None:
            return
        running.leave(session)
        if running.readers:
            return
        if not running.conversation:
            running.cancel.set()
            return
        async with running.saving:
            if not (running.again or running.is_saved):
                running.is_listed = True
                await asyncio.to_thread(self._keep, owner, running.conversation, running.interrupted)

    def close(self, owner: str, session: str) -> None:
        """This page was closed: stop the question that it asked unless another page shows it."""
        self.forget(session)
        self._joined.pop(session, None)
        if running := self._running.get(owner or session):
            running.leave(session)
            if running.session == session and not running.readers:
                running.cancel.set()

    async def _states(
        self, running: _Running, session: str, states: asyncio.Queue[QuestionState | None]
    ) -> AsyncGenerator[QuestionState]:
        """What a page shows of a question, until it is whole or the page leaves it."""
        try:
            while state := await states.get():
                if state.whole and running.answer:
                    self._remember(session, running.answer)
                yield state
                if state.whole:
                    return
        finally:
            if running.readers.get(session) is states:
                running.leave(session)
            if not (running.readers or running.conversation):
                running.cancel.set()

    async def _run(self, running: _Running, filters: Filters, language: Language) -> None:
        """Answer a question to its end, whichever pages show it."""
        whole = None
        try:
            whole = await self._answer(running, filters, language)
        finally:
            running.cancel.set()
            if self._running.get(running.owner or running.session) is running:
                del self._running[running.owner or running.session]
            # Only now, when the next question would be taken: whoever sees a whole answer may ask at once.
            running.end(whole)

    async def _answer(self, running: _Running, filters: Filters, language: Language) -> QuestionState:
        """Answer a question and keep its turn; gives its last state."""
        question, asked = running.question, running.state.messages[0]
        parts: list[str] = []
        answered = False
        try:
            corpus = await self.corpus()
            before = await asyncio.to_thread(self._before, running.owner, running.conversation, running.again)
            stream = _stream(corpus, question, filters, before)
            async with aclosing(events(stream, self._executor, running.cancel)) as happening:
                async for parts, answer in _growing(happening, corpus.answerer.name, language):
                    if answer is None:
                        running.tell(QuestionState([asked, _bot(parts)], False))
                        continue
                    turn = replace(Turn.answered(AnswerDocument.of(answer)), id=running.turn)
                    answered = not (running.again and _is_nothing(turn))
                    kept = answered and await self._save(running, turn)
                    parts = _answer(turn, language, kept=kept)
                    if answered and not kept:
                        parts.append(render.not_kept(word("not_kept" if running.owner else "no_cookies", language)))
                    running.answer = answer
        except BadInput as error:
            what, do = i18n.told(error, language)
            if running.is_listed:
                await self._save_failure(running, f"{what} {do}".strip())
            parts = [render.failure(word("error_input", language), what, do)]
        except IsnadError as error:
            logger.warning("a question failed: %s", error)
            what, do = i18n.told(error, language)
            await self._save_failure(running, what)
            parts = [render.failure(word("error", language), what, do)]
        except Exception:  # the last door before the page: whatever it was, its asker is told in our own words
            logger.exception("a question failed")
            await self._save_failure(running, "")
            parts = [render.failure(word("error", language), "")]
        return QuestionState([asked, _bot(parts)], True, answered)

    async def _save(self, running: _Running, turn: Turn) -> bool:
        async with running.saving:
            running.is_saved = True
            return await asyncio.to_thread(self._keep, running.owner, running.conversation, turn)

    async def _save_failure(self, running: _Running, what: str) -> None:
        """Keep a question that has no answer, unless it is asked once more: what it had then stays."""
        if not running.again:
            await self._save(running, replace(Turn.failed(running.question, what), id=running.turn))

    def _remember(self, session: str, answer: Answer) -> None:
        """Keep the answer of a page until its follow-up questions are asked for; of pages that left, not for long."""
        self._last[session] = answer
        _keep_newest(self._last)

    async def messages(self, owner: str, conversation: str, language: Language, *, but: str = "") -> list[ChatMessage]:
        """A conversation from its beginning, held against the files as they are now where the corpus is loaded; without
        the turn whose id is `but`.

        Raises `HistoryUnusable`, as `last_turn` does.
        """
        turns = [turn for turn in await asyncio.to_thread(self._turns, owner, conversation) if turn.id != but]
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


def _keep_newest(by_page: dict[str, Any]) -> None:
    """Forget what is kept for pages of long ago."""
    while len(by_page) > AT_ONCE:
        del by_page[next(iter(by_page))]


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
