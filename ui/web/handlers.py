"""Event handlers of the page: inputs of components → `Talk` → outputs of components. Layout lives in `page`.

Each gives the values of the page's outputs in the order of `Outputs`; what does not change is skipped.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import secrets
import shutil
import time
import unicodedata
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import aclosing, contextmanager, suppress
from pathlib import Path
from threading import Event as Cancel
from typing import Any, Final

import gradio as gr

from rag.corpus import Corpus, formats_of, ingest_folder, merge_index
from rag.errors import BadInput, IsnadError
from rag.folders import Roots
from rag.generate.check_text import Checked
from rag.ingest.merge import merge_aside
from rag.ingest.sync import IngestReport
from rag.store.catalog import overview
from rag.store.private import user_file_mode
from rag.types import Filters, Language
from ui.middleware.gradio_patches import language_asked
from ui.middleware.sessions import browser_of
from ui.middleware.streaming import awaited, events
from ui.middleware.upload_folder import forget
from ui.shared import i18n
from ui.shared.history import HistoryUnusable, NoConversation
from ui.shared.html import CONTROLS
from ui.shared.i18n import word
from ui.shared.schemas import CheckedSentence
from ui.shared.source_view import Archive
from ui.web import render
from ui.web import render as side
from ui.web.conversation import AT_ONCE, ChatMessage, QuestionState, Talk

__all__ = ["AT_ONCE", "Wiring"]

NAMES = 8
"""Maximum number of names of each kind under *Who and where*."""
MESSAGES = 2
"""Number of messages of a turn: the question and the answer."""
_PROGRESS: Final = 0.3
"""Seconds between two looks at how many example questions are found."""

Outputs = tuple[Any, ...]
"""chat, question, send, stop, conversation, shown, conversations, tools, examples."""


class Wiring:
    """The handlers of one page, shared by all browsers."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._archive = Archive()

    async def ask(
        self, request: gr.Request, question: str, conversation: str, shown: list[ChatMessage], *limits: str | None
    ) -> AsyncIterator[Outputs]:
        """Ask the question in the box under `limits` (see `filters_of`)."""
        asked = " ".join(question.split())
        if not asked:
            yield _outputs()
            return
        filters = filters_of(*limits)
        async with aclosing(self._ask(asked, conversation, shown, shown, filters, request)) as showing:
            async for values in showing:
                yield values

    async def again(self, request: gr.Request, conversation: str, *limits: str | None) -> AsyncIterator[Outputs]:
        """Ask the last question again; its earlier answer stays until another replaces it."""
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
        filters, before = filters_of(*limits), kept[:-MESSAGES]
        stands = kept if turn.answer else before
        async with aclosing(
            self._ask(turn.question, conversation, before, stands, filters, request, again=turn.id)
        ) as showing:
            async for values in showing:
                yield values

    async def follow(self, shown: list[ChatMessage], request: gr.Request) -> Any:
        """The conversation with follow-up questions below its last answer, once they are found.

        They are not in `shown`, so that they are gone with the next question.
        """
        questions = await self._talk.followups(_session(request))
        if not (questions and shown):
            return gr.skip()
        *above, last = shown
        offered = render.followups(questions, language_asked(request))
        return [*above, {**last, "content": [*last["content"], offered]}]

    def stop(self, request: gr.Request) -> None:
        """Stop answering the question of this browser, on the server too."""
        self._talk.stop(_owner(request), _session(request))

    def leave(self, request: gr.Request) -> None:
        """Stop the work for a page that was closed."""
        self._talk.close(_owner(request), _session(request))

    async def new(self, request: gr.Request) -> Outputs:
        """An empty page; the conversation is kept once it has a question. A question that is being answered goes on in
        its own conversation."""
        await self._talk.leave(_owner(request), _session(request))
        return await self._open("", request)

    async def join(self, request: gr.Request, conversation: str, shown: list[ChatMessage]) -> AsyncIterator[Outputs]:
        """Go on showing the question that is being answered in the conversation that was opened."""
        joined = self._talk.joined(_session(request))
        if joined is None:
            yield _outputs()
            return
        again, states = joined
        stands = shown
        if again:
            with suppress(HistoryUnusable):
                stands = await self._talk.messages(_owner(request), conversation, language_asked(request))
        async with aclosing(self._growing(states, conversation, shown, stands, request)) as showing:
            async for values in showing:
                yield values

    async def act(self, said: str, conversation: str, request: gr.Request) -> Outputs:
        """Handle a request of the page's script: open or delete a conversation, or delete all.

        `join` goes on with a question that is being answered in the conversation that this opens.
        """
        try:
            told = json.loads(said)
            what, which = str(told["do"]), str(told.get("id", ""))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return _outputs()
        if what not in {"open", "delete", "delete_all"}:
            return _outputs()
        owner = _owner(request)
        await self._talk.leave(owner, _session(request))
        if what == "open":
            return await self._open(which, request)
        try:
            if what == "delete":
                self._talk.stop(owner, conversation=which)
                with suppress(NoConversation):  # deleted already, in another window
                    await asyncio.to_thread(self._talk.history.delete, owner, which)
                return await self._open("" if which == conversation else conversation, request)
            self._talk.stop(owner)
            await asyncio.to_thread(self._talk.history.delete_all, owner)
            return await self._open("", request)
        except HistoryUnusable as error:
            return _outputs(known=_unusable(error, language_asked(request)))

    def limit(self, request: gr.Request, said: str, *limits: str | None) -> Outputs:
        """Change one limit after its chip was pressed; gives all limits, then their chips.

        `said` is JSON: ``{"outlet": NAME}`` or ``{"language": "ar"}`` sets a limit, an empty value lifts it, and so
        does ``{"days": ""}``; ``{"name": NAME}`` adds a name and ``{"lift": NAME}`` lifts it.
        """
        outlet, first, last, spoken, names = (one or "" for one in limits)
        try:
            told = {str(key): str(value) for key, value in dict(json.loads(said)).items()}
        except (ValueError, TypeError, RecursionError):
            told = {}
        if "days" in told:
            first = last = ""
        outlet, spoken = told.get("outlet", outlet), told.get("language", spoken)
        added = " ".join(told.get("name", "").split())
        held = dict.fromkeys([*names.splitlines(), *([added] if added else [])])
        names = "\n".join(one for one in held if one != told.get("lift"))
        chosen = (outlet, first, last, spoken, names)
        return *chosen, self.limited(request, *chosen)

    def limited(self, request: gr.Request, *limits: str | None) -> str:
        """The limits as chips."""
        return render.limits(self._archive.known, filters_of(*limits), language_asked(request))

    async def names(self, request: gr.Request, *limits: str | None) -> str:
        """Who and where: the names that the most articles under these limits have."""
        language, filters = language_asked(request), filters_of(*limits)
        try:
            corpus = await self._talk.corpus()
            found = await asyncio.to_thread(corpus.names_found, filters=filters, limit=NAMES)
        except IsnadError:  # a day that is half typed; `load` reports a corpus that failed to open
            found = []
        return render.names(found, language, filters.names)

    async def load(self, request: gr.Request) -> AsyncIterator[Outputs]:
        """Load the page: first the conversation in its address, then what needs the corpus."""
        language = language_asked(request)
        conversation = str(request.query_params.get("c", ""))
        complete = self._talk.opening.done()
        opened = await self._open(conversation, request)
        yield (*opened, *_unchanged())
        try:
            corpus = await self._talk.corpus()
            told = await asyncio.to_thread(self._archive.counted, corpus)
        except IsnadError as error:
            failed = render.failure(word("error_startup", language), *i18n.told(error, language))
            yield (*_outputs(examples=failed), *_unchanged())
            return
        # An option is plain text and cannot be isolated, so bidi controls are left out of its label.
        named = [(CONTROLS.sub("", name), name) for name, _ in told.outlets if name]
        outlets = gr.Dropdown(choices=[(word("any", language), ""), *named], value="")
        spoken = [(i18n.language_name(one, language), one) for one, _ in told.languages]
        languages = gr.Dropdown(choices=[(word("any", language), ""), *spoken], value="")
        shown, asks = bool(opened[0]), self._talk.asks(_owner(request), _session(request))
        # A question that was asked while the corpus was loading stays on the page.
        late = await self._open(conversation, request) if shown and not (complete or asks) else _outputs()
        drawn = self._archive.examples
        examples = gr.skip() if shown or asks else side.examples(drawn or {}, told, language)
        chips = render.limits(told, filters_of(), language)
        yield (*late[:-1], examples, outlets, languages, side.archive(told, language), chips)
        if self._archive.complete:
            return
        drawing, done = self._archive.draw(corpus, language), False
        while not done:
            await asyncio.sleep(_PROGRESS)
            done = drawing.done()  # first, so that the last look comes after the last question
            found = self._archive.examples
            if found not in (None, drawn) and not (shown or self._talk.asks(_owner(request), _session(request))):
                drawn = found
                yield (*_outputs(examples=side.examples(found, told, language)), *_unchanged())
        try:
            drawing.result()
        except IsnadError as error:
            _logger.warning("example questions could not be found: %s", error)

    async def _ask(
        self,
        question: str,
        conversation: str,
        shown: list[ChatMessage],
        stands: list[ChatMessage],
        filters: Filters,
        request: gr.Request,
        *,
        again: str = "",
    ) -> AsyncGenerator[Outputs]:
        """Show the answer below the messages `shown`; if there is none, the reason below the messages `stands`."""
        owner, session, language = _owner(request), _session(request), language_asked(request)
        busy = self._talk.asks(owner, session)
        conversation = conversation if busy else await self._talk.begin(owner, conversation)
        left = question if busy and not again else ""  # a question that is not taken stays in its box
        yield _outputs(question=left, send=gr.Button(visible=False), stop=gr.Button(visible=True), examples="")
        # Closed explicitly: the garbage collector would be too late for the next question of a page that was left.
        asking = self._talk.ask(owner, conversation, question, filters, language, session, again=again)
        async with aclosing(self._growing(asking, conversation, shown, stands, request)) as showing:
            async for values in showing:
                yield values

    async def _growing(
        self,
        states: AsyncGenerator[QuestionState],
        conversation: str,
        shown: list[ChatMessage],
        stands: list[ChatMessage],
        request: gr.Request,
    ) -> AsyncGenerator[Outputs]:
        """Show the states of a question below the messages `shown`, or below `stands` if it gets no answer."""
        owner, session = _owner(request), _session(request)
        whole = False
        async with aclosing(states) as answering:
            async for messages, whole, answered in answering:
                if not whole:
                    yield _outputs(chat=[*shown, *messages], conversation=conversation)
                    continue
                known, tools = await self._listed(conversation, request)
                above = shown if answered else stands
                ended = not self._talk.asks_here(owner, session)  # else the question before this one goes on
                # All at once: a question asked as soon as the answer is seen whole finds it in `shown`.
                yield _outputs(
                    chat=[*above, *messages],
                    send=gr.Button(visible=ended),
                    stop=gr.Button(visible=not ended),
                    conversation=conversation,
                    shown=[*above, *messages],
                    known=known,
                    tools=tools,
                )
        if not whole:  # the page left it: at its end, Gradio sends what an event gave last once more
            yield _outputs()

    async def _open(self, conversation: str, request: gr.Request) -> Outputs:
        owner, language = _owner(request), language_asked(request)
        self._talk.forget(_session(request))
        unusable = ""
        # First, so that an answer that ends meanwhile is in one of the two.
        turn, going_on = self._talk.join(owner, _session(request), conversation) or ("", None)
        try:
            messages = await self._talk.messages(owner, conversation, language, but=turn) if conversation else []
        except HistoryUnusable as error:
            messages, unusable = [], _unusable(error, language)
        growing = going_on.messages if going_on else []
        conversation = conversation if messages or growing else ""
        known, tools = await self._listed(conversation, request)
        drawn = self._archive.examples
        return _outputs(
            chat=[*messages, *growing],
            send=gr.Button(visible=not growing),
            stop=gr.Button(visible=bool(growing)),
            conversation=conversation,
            shown=messages,
            known=unusable or known,
            tools=tools,
            examples="" if conversation else side.examples(drawn, self._archive.known, language) if drawn else None,
        )

    async def _listed(self, conversation: str, request: gr.Request) -> tuple[str, str]:
        """The conversations of a browser, and the exports of the open one if it is saved."""
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


def _unchanged() -> Outputs:
    """Outlets, languages, archive, limits: what `Wiring.load` gives after `Outputs`."""
    return gr.skip(), gr.skip(), gr.skip(), gr.skip()


def filters_of(
    outlet: str | None = None,
    first: str | None = None,
    last: str | None = None,
    language: str | None = None,
    names: str | None = None,
) -> Filters:
    """The filters of the page's limits, in the order of its inputs.

    Days may be typed in any digits; `names` are persons, organisations and places, one a line.
    """
    return Filters(
        outlet or None,
        _day(first),
        _day(last),
        language=language or None,
        names=tuple(filter(None, (names or "").splitlines())),
    )


def _day(typed: str | None) -> str | None:
    """A typed day with Western digits: ٢٠١٦-٠٢-٠٨ → 2016-02-08."""
    kept = re.sub(r"\d", lambda digit: str(int(digit[0])), (typed or "").strip())
    return kept or None


def _owner(request: gr.Request) -> str:
    return browser_of(request.cookies)


def _session(request: gr.Request) -> str:
    return str(request.session_hash)


def _unusable(error: HistoryUnusable, language: Language) -> str:
    return render.failure(word("history_failed", language), *i18n.told(error, language))


# *Check a text*: sentences are shown as they are checked.

_CHECKS_AT_ONCE: Final = 4
"""Maximum number of texts that are checked at the same time; others wait for a thread."""
_PAUSE: Final = 1.0
"""Seconds between two updates of a running check; each draws all of it."""


_logger = logging.getLogger("isnad")


class Running:
    """The jobs of all pages, at most one per page: a new one stops the one before."""

    def __init__(self) -> None:
        self._cancels: dict[str, Cancel] = {}

    def begin(self, page: str) -> Cancel:
        """Start a job of this page; its `Cancel` is set when it should stop."""
        self.stop(page)
        cancel = self._cancels[page] = Cancel()
        return cancel

    def stop(self, page: str) -> None:
        """Stop the job of this page, if there is one."""
        if cancel := self._cancels.get(page):
            cancel.set()

    def end(self, page: str, cancel: Cancel) -> None:
        """A job has ended: sets its `cancel`, and forgets it unless a new one took its place."""
        cancel.set()
        if self._cancels.get(page) is cancel:
            del self._cancels[page]


class CheckWiring:
    """The handlers of *Check a text*, shared by all browsers."""

    def __init__(self, opening: Future[Corpus]) -> None:
        self._opening = opening
        self._executor = ThreadPoolExecutor(_CHECKS_AT_ONCE, "check")
        self._running = Running()

    async def check(self, request: gr.Request, text: str, *limits: str | None) -> AsyncIterator[Outputs]:
        """Check the text in the box under `limits`; a new check ends the one before in the same page."""
        language, page = language_asked(request), page_of(request)
        stopped = self._running.begin(page)
        done: list[CheckedSentence] = []
        told = ""
        try:
            yield _check_outputs(render.status("checking" if self._opening.done() else "loading", language), busy=True)
            corpus = await awaited(self._opening)
            filters = filters_of(*limits)

            def stream(_: Cancel) -> Iterator[Checked]:
                return corpus.check(text, filters=filters, cancel=stopped)

            looked = time.monotonic()
            # A `Cancel` of its own: `events` sets the one it is given at the end of a check, too.
            async with aclosing(events(stream, self._executor, Cancel())) as happening:
                async for one in happening:
                    done.append(CheckedSentence.of(one))
                    if time.monotonic() - looked > _PAUSE and not stopped.is_set():
                        busy = render.status("checking", language) + render.shown(done, language)
                        yield _check_outputs(busy, busy=True)
                        await asyncio.sleep(0)
                        looked = time.monotonic()
            told = render.stopped(language) if stopped.is_set() else ""
        except IsnadError as error:
            told = failed(error, "error_check", language)
        except Exception:  # the last door before the page
            _logger.exception("a check failed")
            told = render.failure(word("error_check", language), "")
        finally:
            self._running.end(page, stopped)
        yield _check_outputs(told + (render.checked(done, language) if done else ""), busy=False)

    def stop(self, request: gr.Request) -> None:
        """Stop the check of this page; what was checked stays."""
        self._running.stop(page_of(request))


def _check_outputs(shown: str, *, busy: bool) -> Outputs:
    return shown, gr.Button(visible=not busy), gr.Button(visible=busy)


def failed(error: IsnadError, title: str, language: Language) -> str:
    """The message of an error under the string `title`. Logs it, unless the input was bad."""
    if not isinstance(error, BadInput):
        _logger.warning("%s %s", word(title, "en"), error)
    return render.failure(word(title, language), *i18n.told(error, language))


def page_of(request: gr.Request) -> str:
    """The identity of the page that sent a request: its browser and session."""
    return f"{browser_of(request.cookies)} {request.session_hash}"


# Uploads: files are copied into the folder of the corpus, then ingested like any other.
#
# No file is overwritten. Files sent together are all added, each whole, or none is.

_LONGEST_NAME = 200
"""Bytes of UTF-8. With the number of a copy, a name stays below the 255 bytes of file systems."""


class Upload:
    """Adds uploaded files to a corpus."""

    def __init__(self, opening: Future[Corpus]) -> None:
        self._opening = opening

    async def take(
        self,
        files: list[str] | None,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008  (how Gradio finds it)
    ) -> tuple[Any, Any, Any]:
        """Give the report of the ingest, an empty file box, and the overview of the archive."""
        language = language_asked(request)

        def tell(what: str, done: int, total: int) -> None:
            progress((done, total), desc=word(f"progress.{what}", language), unit="")

        try:
            corpus = await awaited(self._opening)
            report = await asyncio.to_thread(_take, corpus, [Path(file) for file in files or []], tell)
            now = await asyncio.to_thread(overview, corpus.catalog, corpus.name)
        except IsnadError as error:
            _logger.warning("files could not be added: %s", error)
            return render.failure(word("upload_failed", language), *i18n.told(error, language)), None, gr.skip()
        return render.question(_said(report, language)), None, side.archive(now, language)


def _take(corpus: Corpus, files: list[Path], tell: Any) -> IngestReport:
    """Add all of the files, or none. Raises as `_place` and `rag.corpus.ingest_folder`."""
    roots = corpus.catalog.roots(corpus.name) or Roots.of(Path())
    folders = [folder for _, folder in roots.folders]
    root = folders[0]  # of several the first takes what is added
    try:
        if not root.is_dir():
            raise BadInput(
                "the folder of the corpus is not there",
                where=str(root),
                do="put it back, then add the files",
                kind="upload_folder",
            )
        placed = _place(files, root, formats_of(corpus.settings))
    finally:
        forget(files)  # the copies that the page sent; nothing else deletes them before they are old
    # By its name: where settings name none, the corpus that is read need not be the one that an ingest would make.
    settings = corpus.settings.model_copy(update={"corpus": corpus.name})
    with _all_or_none(placed):
        report = ingest_folder(folders, settings, merge=False, embedder=corpus.embedder, progress=tell)
    merge_aside(settings, merge_index)
    return report


def _said(report: IngestReport, language: Language) -> str:
    """The result of the ingest. Files in quarantine are only counted: the overview below names them."""
    counts = (
        ("report.added", report.added),
        ("report.changed", report.changed),
        ("report.deleted", report.deleted),
        ("report.quarantined", len(report.quarantined)),
    )
    return " · ".join(word(key, language, n=n) for key, n in counts if n or key == "report.added")


def _place(files: list[Path], root: Path, endings: Collection[str]) -> list[Path]:
    """Copy files into the folder under free names, all of them or none; returns where they are.

    `endings` are the types of file that are read.

    Raises `BadInput` for a name or place that cannot be used.
    """
    named = [(file, *_name(file, endings)) for file in files]
    placed: list[Path] = []
    waiting: list[Path] = []
    try:
        with _all_or_none(placed):
            for file, _, _ in named:
                waiting.append(root / f".{secrets.token_hex(8)}.part")  # of its own: two browsers may send one name
                _copy(file, waiting[-1])
            for (_, stem, suffix), whole in zip(named, waiting, strict=True):
                placed.append(_link(whole, root, stem, suffix))
    except OSError as error:
        raise BadInput(f"the file cannot be kept: {error.strerror}", where=str(root), do="check the folder") from error
    finally:
        for one in waiting:
            one.unlink(missing_ok=True)
    return placed


@contextmanager
def _all_or_none(placed: list[Path]) -> Iterator[None]:
    """Removes the files from the folder again if the block fails."""
    try:
        yield
    except BaseException:
        for one in placed:
            one.unlink(missing_ok=True)
        raise


def _name(file: Path, endings: Collection[str]) -> tuple[str, str]:
    """The stem and suffix for an uploaded file. Raises `BadInput` if its name has none that can be used."""
    kept = "".join(c for c in unicodedata.normalize("NFC", file.stem) if c.isalnum() or c in " ._-()").strip(" .")
    stem = kept.encode()[:_LONGEST_NAME].decode(errors="ignore")
    suffix, types = file.suffix.lower(), ", ".join(sorted(endings))
    if suffix not in endings or not stem:
        raise BadInput(
            f"{file.name!r} is not taken",
            where="upload",
            do=f"use files of type {types}",
            kind="upload_kind",
            name=file.name,
            types=types,
        )
    return stem, suffix


def _copy(file: Path, target: Path) -> None:
    shutil.copyfile(file, target)
    mode = user_file_mode()
    if mode is not None:
        target.chmod(mode)  # an article in the user's own folder
    with target.open("rb") as written:
        os.fsync(written.fileno())


def _link(whole: Path, root: Path, stem: str, suffix: str) -> Path:
    """Move a complete file to the first free name; never overwrites."""
    for count in range(1, 1000):
        name = root / f"{stem}{f' ({count})' if count > 1 else ''}{suffix}"
        try:
            os.link(whole, name)  # fails where the name is taken
        except FileExistsError:
            continue
        return name
    raise BadInput(
        f"there are too many files named {stem}",
        where=str(root),
        do="give it another name",
        kind="upload_names",
        name=stem,
    )
