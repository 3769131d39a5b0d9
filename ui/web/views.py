"""Views of the archive on the page: by date, by outlet, saved questions, a sheet of questions. Makes no component.

The handlers run what `rag.generate` and `ui.shared.batch` compute and give HTML; every quote is a `CitationDocument`,
and all text is escaped. Tables are kept in memory for download.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Event as Cancel
from threading import Lock
from typing import Any, Final, Protocol, TypeVar

import gradio as gr

from rag.corpus import Corpus
from rag.errors import BadInput, IsnadError
from rag.generate.compare import Agreement, ComparedCell, ComparedRow, Comparison, compare
from rag.generate.timeline import Timeline, TimelineEntry, timeline
from rag.retrieve.question import valid_filters
from rag.text.messages import day_in_words
from rag.text.normalise import language as language_of
from rag.types import Filters, Language, Query, Span
from ui.middleware.gradio_patches import language_asked
from ui.middleware.sessions import browser_of
from ui.middleware.streaming import awaited
from ui.middleware.upload_folder import forget
from ui.shared import i18n
from ui.shared.batch import (
    QUESTION_NAMES,
    Journal,
    Journals,
    Questions,
    RowAnswer,
    RowStatus,
    answered_sheet,
    ask_rows,
    key_of,
)
from ui.shared.html import direction_of, exact, isolated, marked, plain
from ui.shared.i18n import count, word
from ui.shared.saved import Saved, SavedDocument, SavedList
from ui.shared.schemas import CitationDocument, UnderstoodDocument
from ui.shared.sheets import comparison_bytes, ending, read_sheet, sheet_bytes
from ui.web import render
from ui.web.handlers import Outputs, Running, failed, filters_of, page_of

logger = logging.getLogger("isnad")
Made = TypeVar("Made")

MOST_ROWS: Final = 10
"""Questions of one comparison."""
_SHOWN_ROWS: Final = 50
"""Rows of a batch that the page shows; the sheet has all of them."""
_TABLES: Final = 32
_AT_ONCE: Final = 4
_PAUSE: Final = 0.5
"""Seconds between two reports of progress."""


class WriteTable(Protocol):
    """Writes a table as ``.csv`` or ``.xlsx``; `base` is the address of this server, for links to sources."""

    def __call__(self, suffix: str, base: str) -> bytes: ...


class Tables:
    """A cache of the last tables, each under a random name and only for the browser that made it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[str, tuple[str, WriteTable]] = OrderedDict()

    def keep(self, owner: str, write: WriteTable) -> str:
        """Keep a table and return its name; the oldest is dropped beyond a limit."""
        name = secrets.token_hex(16)
        with self._lock:
            self._kept[name] = (owner, write)
            while len(self._kept) > _TABLES:
                self._kept.popitem(last=False)
        return name

    def of(self, owner: str, name: str) -> WriteTable | None:
        """Return a table; None if it was dropped or is another browser's."""
        with self._lock:
            kept = self._kept.get(name)
        return kept[1] if kept and kept[0] == owner else None


@dataclass(slots=True)
class _Progress:
    done: int = 0
    of: int = 0

    def tell(self, done: int, of: int) -> None:
        self.done, self.of = done, of


class _Jobs:
    """Background jobs in threads."""

    def __init__(self, name: str) -> None:
        self._executor = ThreadPoolExecutor(_AT_ONCE, name)

    async def run(
        self, cancel: Cancel, work: Callable[[Cancel, Callable[[int, int], None]], Made]
    ) -> AsyncIterator[_Progress | Made]:
        """Yield the progress at intervals, then the result. Raises as `work`, which ends early once `cancel` is set."""
        progress = _Progress()
        working = asyncio.get_running_loop().run_in_executor(self._executor, work, cancel, progress.tell)
        while not (await asyncio.wait({working}, timeout=_PAUSE))[0]:
            yield progress
        yield await working


class ViewWiring:
    """The handlers of timeline and comparison, shared by all browsers.

    Each gives: the view, the questions that it shows, whether the box for another question shows, the text in it.
    `pane` is shared with `SavedWiring`: whatever a page asks to see next takes the place of a view that is being made.
    """

    def __init__(self, opening: Future[Corpus], tables: Tables, pane: Running | None = None) -> None:
        self._opening = opening
        self._tables = tables
        self._jobs = _Jobs("view")
        self._pane = pane or Running()

    async def show(self, request: gr.Request, said: str, *limits: str | None) -> AsyncIterator[Outputs]:
        """Show the view that the page's script asks for: ``{"do": "timeline" or "compare", "questions": [...]}``."""
        try:
            told = json.loads(said)
            what, questions = str(told["do"]), [str(one) for one in told["questions"]][:MOST_ROWS]
        except (ValueError, KeyError, TypeError, RecursionError):
            yield _skipped()
            return
        if what not in {"timeline", "compare"} or not questions:
            yield _skipped()
            return
        async for shown in self._show(request, what, questions, *limits):
            yield shown

    async def add(
        self, request: gr.Request, question: str, questions: list[str], *limits: str | None
    ) -> AsyncIterator[Outputs]:
        """Add a row to the comparison."""
        asked = " ".join(question.split())
        if not asked or asked in questions or len(questions) >= MOST_ROWS:
            yield _skipped()
            return
        async for shown in self._show(request, "compare", [*questions, asked], *limits):
            yield shown

    def stop(self, request: gr.Request) -> None:
        """Stop making the view of this page."""
        self._pane.stop(page_of(request))

    async def _show(
        self, request: gr.Request, what: str, questions: list[str], *limits: str | None
    ) -> AsyncIterator[Outputs]:
        language, comparing = language_asked(request), what == "compare"
        top = heading(questions[0], what, language)
        busy = render.status("searching" if self._opening.done() else "loading", language)
        page = page_of(request)
        replaced = self._pane.begin(page)
        shown, stale = "", False
        try:
            yield top + busy, questions, gr.Row(visible=False), gr.skip()
            corpus = await awaited(self._opening)
            filters = filters_of(*limits)
            if comparing:
                # Each column is an outlet; the filter on one would leave a single column.
                work = _compare(corpus, questions, replace(filters, outlet=None))
            else:
                work = _timeline(corpus, questions[0], filters)
            async for made in self._jobs.run(replaced, work):
                if replaced.is_set():
                    continue
                if isinstance(made, _Progress):
                    if made.of:
                        busy = render.status("asking_n", language, n=made.done, all=made.of)
                    yield top + busy, gr.skip(), gr.skip(), gr.skip()
                elif isinstance(made, Comparison):
                    table = self._tables.keep(browser_of(request.cookies), partial(comparison_bytes, made))
                    shown = comparison(made, table, language)
                else:
                    shown = _understood(made.query, language) + by_date(made, language)
        except IsnadError as error:
            shown = failed(error, "error", language)
        except Exception:  # the last door before the page
            logger.exception("a view failed")
            shown = render.failure(word("error", language), "")
        finally:
            stale = replaced.is_set()
            self._pane.end(page, replaced)
        if stale:  # something must be given: at its end, Gradio sends what an event gave last once more
            yield _skipped()
            return
        yield top + shown, gr.skip(), gr.Row(visible=comparing), "" if comparing else gr.skip()


def _timeline(corpus: Corpus, question: str, filters: Filters) -> Callable[[Cancel, Any], Timeline | Comparison]:
    return lambda cancel, _: timeline(corpus, question, filters=filters, cancel=cancel, typed=True)


def _compare(corpus: Corpus, questions: list[str], filters: Filters) -> Callable[[Cancel, Any], Timeline | Comparison]:
    return lambda cancel, tell: compare(corpus, questions, filters=filters, progress=tell, cancel=cancel, typed=True)


def _skipped() -> Outputs:
    return gr.skip(), gr.skip(), gr.skip(), gr.skip()


class SavedWiring:
    """The handlers of saved questions. Each gives: the list, then the outputs of `ViewWiring`; `pane` is shared too."""

    def __init__(self, opening: Future[Corpus], saved: Saved, pane: Running | None = None) -> None:
        self._opening = opening
        self._saved = saved
        self._jobs = _Jobs("saved")
        self._pane = pane or Running()
        self._asking = asyncio.Lock()

    async def load(self, request: gr.Request) -> AsyncIterator[str]:
        """The list as it is, and again once the questions were asked of the archive as it is now."""
        language = language_asked(request)
        before = await asyncio.to_thread(self._list, language)
        yield before
        try:
            corpus = await awaited(self._opening)
            async with self._asking:
                report = await asyncio.to_thread(self._saved.run, corpus)
            for id_, error in report.errors:
                logger.warning("the saved question %s could not be asked: %s", id_, error)
        except IsnadError as error:
            logger.warning("saved questions could not be asked: %s", error)
            return
        after = await asyncio.to_thread(self._list, language)
        if after != before:
            yield after

    async def act(self, request: gr.Request, said: str, *limits: str | None) -> AsyncIterator[Outputs]:
        """What the page's script asks for: ``{"do": "save", "question": …}``; ``look`` or ``remove`` with an ``id``."""
        language = language_asked(request)
        try:
            told = dict(json.loads(said))
        except (ValueError, TypeError, RecursionError):
            yield gr.skip(), *_skipped()
            return
        if told.get("do") == "remove":
            yield await self._removed(str(told.get("id", "")), language)
            return
        page = page_of(request)
        replaced = self._pane.begin(page)
        try:
            if told.get("do") == "save":
                filters = filters_of(*limits)
                made = await asyncio.to_thread(self._saved.add, str(told.get("question", "")), filters=filters)
                yield gr.skip(), _found(made, language, busy=True), gr.skip(), gr.Row(visible=False), gr.skip()
                corpus = await awaited(self._opening)
                # It is saved, so it is asked to the end, whatever the page shows meanwhile.
                async for _ in self._jobs.run(Cancel(), lambda cancel, _: self._first(corpus, made.id, cancel)):
                    pass
                shown = _found(await asyncio.to_thread(self._saved.get, made.id), language)
            else:
                yield gr.skip(), "", gr.skip(), gr.Row(visible=False), gr.skip()
                shown = _found(await asyncio.to_thread(self._saved.look, str(told.get("id", ""))), language)
        except IsnadError as error:
            shown = render.failure(word("error_saved", language), *i18n.told(error, language))
        finally:
            stale = replaced.is_set()
            self._pane.end(page, replaced)
        listed = await asyncio.to_thread(self._list, language)
        yield listed, *(_skipped() if stale else (shown, gr.skip(), gr.Row(visible=False), gr.skip()))

    async def _removed(self, id_: str, language: Language) -> Outputs:
        """Delete a question; the page's script turns away from the view of it."""
        view = _skipped()
        try:
            await asyncio.to_thread(self._saved.remove, id_)
        except IsnadError as error:
            shown = render.failure(word("error_saved", language), *i18n.told(error, language))
            view = shown, gr.skip(), gr.Row(visible=False), gr.skip()
        return await asyncio.to_thread(self._list, language), *view

    def _first(self, corpus: Corpus, id_: str, cancel: Cancel) -> int:
        report = self._saved.run(corpus, id_, cancel=cancel)
        for _, error in report.errors:
            raise error
        return report.asked

    def _list(self, language: Language) -> str:
        try:
            return _saved_list(self._saved.list(), language)
        except IsnadError as error:
            return render.failure(word("error_saved", language), *i18n.told(error, language))


class BatchWiring:
    """The handlers of the tab that answers a sheet of questions. Each gives: what is shown, the file box, *Stop*."""

    def __init__(self, opening: Future[Corpus], tables: Tables, journals: Journals) -> None:
        self._opening = opening
        self._tables = tables
        self._journals = journals
        self._jobs = _Jobs("batch")
        self._running = Running()

    async def answer(self, request: gr.Request, file: str | None, *limits: str | None) -> AsyncIterator[Outputs]:
        """Answer the questions of an uploaded sheet. A stopped batch has the rows that are done; when the same browser
        sends the same questions again, also after a reload or a kill of the server, they are not asked again."""
        if not file:
            yield gr.skip(), gr.skip(), gr.skip()
            return
        language, path, shown = language_asked(request), Path(file), ""
        page = page_of(request)
        stopped = self._running.begin(page)
        try:
            yield render.status("loading", language), gr.skip(), gr.Button(visible=True)
            filters = valid_filters(filters_of(*limits))
            questions = await asyncio.to_thread(_read_questions, path)
            corpus = await awaited(self._opening)

            def work(cancel: Cancel, tell: Callable[[int, int], None]) -> list[RowAnswer]:
                answers: list[RowAnswer] = []
                journal = self._journal(corpus, questions, filters, browser_of(request.cookies))
                kept = journal.read()
                asking = partial(ask_rows, corpus, questions, filters=filters, kept=kept, cancel=cancel)
                for one in asking(done=journal.write, told=lambda error: _problem(error, language)):
                    answers.append(one)
                    tell(len(answers), len(questions.rows))
                return answers

            async for made in self._jobs.run(stopped, work):
                if isinstance(made, _Progress):
                    done = word("asking_n", language, n=made.done, all=made.of or len(questions.rows))
                    yield render.busy(done), gr.skip(), gr.skip()
                else:
                    shown = self._finished(questions, made, browser_of(request.cookies), language)
        except IsnadError as error:
            shown = failed(error, "error_batch", language)
        except Exception:  # the last door before the page
            logger.exception("a batch failed")
            shown = render.failure(word("error_batch", language), "")
        finally:
            self._running.end(page, stopped)
            forget([path])
        yield shown, None, gr.Button(visible=False)

    def stop(self, request: gr.Request) -> None:
        """Stop the batch of this page; its sheet has the rows that were answered."""
        self._running.stop(page_of(request))

    def _journal(self, corpus: Corpus, questions: Questions, filters: Filters, owner: str) -> Journal:
        current = corpus.catalog.current(corpus.name)
        return self._journals.of(owner, questions, key_of(corpus, filters, None), current.id if current else "")

    def _finished(self, questions: Questions, answers: list[RowAnswer], owner: str, language: Language) -> str:
        left = len(questions.rows) - len(answers)
        whole = [*answers, *[RowAnswer("error", problem=word("batch.stopped", language))] * left]

        def write(suffix: str, base: str) -> bytes:
            return sheet_bytes({"answers": answered_sheet(questions, whole, base)}, suffix)

        return batch(list(questions), answers, self._tables.keep(owner, write), language, left)


def _problem(error: BadInput, language: Language) -> str:
    """Why a row was not asked, and what to do, in the language of the page."""
    return " ".join(filter(None, i18n.told(error, language)))


def _read_questions(path: Path) -> Questions:
    try:
        return Questions.of(read_sheet(path.read_bytes(), ending(path), QUESTION_NAMES))
    except OSError as error:
        raise BadInput("the file cannot be read", where=path.name, do="send it again", kind="table_unread") from error


# HTML of the views.


def heading(question: str, current: str, language: Language) -> str:
    """The question of a view, and the tabs."""
    return f'<div class="asked" dir="auto">{plain(question)}</div>{render.tabs(current, language, 2)}'


def by_date(made: Timeline, language: Language) -> str:
    """A timeline: its size, a strip of counts, the entries by date, and those without a date."""
    if not made.entries and not made.undated:
        return _nothing(word("timeline.nothing", language, n=made.searched))
    sentences = count("sentences", made.sentences, language)
    articles = count("articles", made.articles, language)
    parts = [f'<p class="head">{plain(word("timeline.found", language, sentences=sentences, articles=articles))}</p>']
    if made.strip:
        first, last = (isolated(made.strip.bars[place].period, "ltr") for place in (0, -1))
        parts.append(render.strip(made.strip, (first, last), word("timeline.all", language)))
    rows, before = "", None
    for entry in made.entries:
        rows += _entry(entry, language, again=entry.date == before)
        before = entry.date
    parts.append(f'<ol class="line">{rows}</ol>')
    if made.undated:
        rows = "".join(_entry(entry, language) for entry in made.undated)
        label = f'<p class="label">{plain(word("timeline.undated", language))}</p>'
        parts.append(f'<div class="undated-part">{label}<ol class="line undated">{rows}</ol></div>')
    return f'<div class="view timeline">{"".join(parts)}</div>'


def _entry(entry: TimelineEntry, language: Language, *, again: bool = False) -> str:
    """An entry: its date, unless it has that of the entry before (`again`), and its sentence with its chip."""
    item = CitationDocument.cut(entry.citation)
    when, classes = "", "entry"
    if entry.date and not again:
        how = word(f"timeline.{entry.by}", language)
        when = f'<strong>{plain(day_in_words(entry.date, language))}</strong><span class="how">{plain(how)}</span>'
    if entry.date:
        classes += f" from-{_number(_first(entry.date))} to-{_number(_last(entry.date))}"
    quote = render.quoted(item, item.marked_inside)
    return (
        f'<li class="{classes}"><div class="when">{when}</div><div class="what">{quote}'
        f'<p class="chips">{render.named_chip(item, language)}</p></div></li>'
    )


def _number(date: str) -> str:
    return date.replace("-", "")


def _first(date: str) -> str:
    return f"{date}-01-01"[:10] if len(date) == 4 else f"{date}-01"[:10]


def _last(date: str) -> str:
    """The last day of a date, or a later day of its month: an upper bound for comparisons."""
    return f"{date}-12-31"[:10] if len(date) == 4 else f"{date}-31"[:10]


_AGREEMENTS: Final[tuple[tuple[str, Agreement | None], ...]] = (
    ("differ", "differ"),
    ("agree", "agree"),
    ("neither", None),
)


def _found(saved: SavedDocument, language: Language, *, busy: bool = False) -> str:
    """A saved question with its results, the new ones first."""
    top = f'<div class="asked" dir="auto">{plain(saved.name)}</div>' + render.understood(saved.understood, language)
    if busy:
        return top + render.status("searching", language)
    told = [count("sentences", len(saved.found), language), word("saved.new", language, n=saved.new)]
    if saved.looked_at:
        told.append(word("saved.looked", language, day=day_in_words(saved.looked_at[:10], language)))
    rows = ""
    for number, one in enumerate(saved.found, 1):
        item = one.citation.model_copy(update={"number": number})
        new = f'<strong class="is-new">{plain(word("saved.is_new", language))}</strong>' if one.new else ""
        published = plain(day_in_words(item.published, language) if item.published else word("undated", language))
        rows += (
            f'<li class="entry"><div class="when">{new}<span class="how">{published}</span></div><div class="what">'
            f"{render.quoted(item, item.marked_inside)}"
            f'<p class="chips">{render.named_chip(item, language)}</p></div></li>'
        )
    lines = (
        f'<ol class="line undated">{rows}</ol>'
        if rows
        else f'<p class="none">{plain(word("saved.empty", language))}</p>'
    )
    wrong = render.failure(word("saved.failed", language), saved.error) if saved.error else ""
    return f'{top}<div class="view saved">{wrong}<p class="head">{plain(" · ".join(told))}</p>{lines}</div>'


def _saved_list(saved: SavedList, language: Language) -> str:
    """The saved questions, each with how much of it is new and a way to delete it; then the feed of all."""
    if not saved.questions:
        return f'<div class="list"><p class="none">{plain(word("saved.none", language))}</p></div>'
    rows = ""
    for one in saved.questions:
        new = (
            f' <span class="new" title="{plain(word("saved.new", language, n=one.new))}">{one.new}</span>'
            if one.new
            else ""
        )
        rows += (
            f'<div class="conversation"><a class="name" href="#saved/look/{one.id}" dir="auto">{plain(one.name)}</a>'
            f"{new}{render.sure('delete', 'saved.sure', f'#saved/remove/{one.id}', language)}</div>"
        )
    feed = f'<p class="all"><a class="feed" href="/v1/saved/feed.atom">{plain(word("saved.feed", language))}</a></p>'
    return f'<div class="list">{rows}{feed}</div>'


def comparison(made: Comparison, table: str, language: Language) -> str:
    """A comparison as a table; with more than four outlets, each is a row and each question a column."""
    if not any(cell.citation for row in made.rows for cell in row.cells):
        return _nothing(word("compare.nothing", language)) + _left_out(made, language)
    agreements = Counter(row.agreement for row in made.rows)
    kind = "differ" if agreements["differ"] else "two" if agreements["agree"] else "none"
    told = [count(f"compare.{key}", agreements[value], language) for key, value in _AGREEMENTS if agreements[value]]
    head = f'<p class="head"><span class="ring {kind}"></span>{plain(" · ".join(told))}</p>'
    links = "".join(f'<a href="/views/{table}.{suffix}" download="">{suffix.upper()}</a>' for suffix in ("csv", "xlsx"))
    numbers = iter(range(1, 1 + sum(len(row.cells) for row in made.rows)))
    cells = [[_cell(cell, row, numbers, language) for cell in row.cells] for row in made.rows]
    names = [
        f'<span class="out">{isolated(one.name)}</span> <span class="n">{one.articles}</span>' for one in made.outlets
    ]
    titles = [_row_title(row, language) for row in made.rows]
    turned = len(made.outlets) > 4
    if turned:
        cells = [list(column) for column in zip(*cells, strict=True)]
        names, titles = titles, names
    first = "".join(f'<th scope="col">{name}</th>' for name in names)
    rows = ""
    for title, row in zip(titles, cells, strict=True):
        shown = "".join(f"<td>{_labelled(name, cell)}</td>" for name, cell in zip(names, row, strict=True))
        rows += f'<tr><th scope="row">{title}</th>{shown}</tr>'
    whole = f'<table class="by-outlet"><thead><tr><td></td>{first}</tr></thead><tbody>{rows}</tbody></table>'
    export = f'<p class="tools">{plain(word("export", language))}: {links}</p>'
    return f'<div class="view compare">{head}{whole}{_left_out(made, language)}{export}</div>'


def _labelled(name: str, cell: str) -> str:
    """A cell with its column's name, which shows where a narrow page makes a list of the table."""
    return f'<div class="of">{name}</div>{cell}'


def _row_title(row: ComparedRow, language: Language) -> str:
    said = ""
    if row.agreement:
        kind = "two" if row.agreement == "agree" else "differ"
        said = (
            f'<span class="verdict {row.agreement}"><span class="ring {kind}"></span>'
            f"{plain(word(f'compare.{row.agreement}s', language))}</span>"
        )
    return f'<span class="point" dir="auto">{plain(row.query.question)}</span>{said}{_understood(row.query, language)}'


def _understood(query: Query, language: Language) -> str:
    return render.understood([UnderstoodDocument.of(one) for one in query.understood], language)


def _cell(cell: ComparedCell, row: ComparedRow, numbers: Iterable[int], language: Language) -> str:
    if cell.citation is None:
        return f'<span class="none">{plain(word("compare.cell_nothing", language))}</span>'
    item = CitationDocument.cut(cell.citation).model_copy(update={"number": next(iter(numbers))})
    lead = ""
    if cell.short:
        groups = Counter(one.group for one in row.cells if one.group is not None)
        most = max(groups.values(), default=0)
        stands = "" if cell.group is None else " same" if groups[cell.group] == most and most > 1 else " other"
        words = f'<bdi class="slice" dir="{direction_of(language_of(item.quote))}">{exact(cell.short.text)}</bdi>'
        lead = f'<p class="lead{stands}"><span class="dot"></span>{render.latin(cell.short.rendered)}{words}</p>'
    elif cell.status == "unclear":
        lead = f'<p class="lead none">{plain(word("compare.unclear", language))}</p>'
    inside = Span(cell.words.start - item.start, cell.words.end - item.start) if cell.words else None
    return f'{lead}{render.quoted(item, inside)}<p class="chips">{render.named_chip(item, language)}</p>'


def _left_out(made: Comparison, language: Language) -> str:
    told = []
    if made.left_out:
        names = word("list", language).join(f"{one.name} ({one.articles})" for one in made.left_out[: render.LISTED])
        told.append(f"{word('compare.left_out', language)}: {names}")
    if made.unnamed:
        told.append(word("compare.unnamed", language, n=made.unnamed))
    return "".join(f'<p class="none">{plain(one)}</p>' for one in told)


def batch(questions: Sequence[str], answers: Sequence[RowAnswer], table: str, language: Language, left: int = 0) -> str:
    """A finished sheet: how many rows of each kind, links to the whole of it, and its first rows."""
    kinds = Counter(one.status for one in answers)
    told = [f"{word(f'batch.{key}', language)}: {kinds[status]}" for key, status in _STATUSES.items() if kinds[status]]
    if left:
        told.append(word("batch.left", language, n=left))
    links = " ".join(
        f'<a class="download" href="/views/{table}.{suffix}" download="">{suffix.upper()}</a>'
        for suffix in ("xlsx", "csv")
    )
    head = f'<p class="head">{plain(" · ".join(told))}</p>'
    tools = f'<p class="tools">{plain(word("batch.download", language))}: {links}</p>'
    pairs = zip(questions[:_SHOWN_ROWS], answers[:_SHOWN_ROWS], strict=False)
    rows = "".join(_row(question, one, language) for question, one in pairs)
    if len(answers) > _SHOWN_ROWS:
        more = plain(word("more", language, n=len(answers) - _SHOWN_ROWS))
        rows += f'<tr><td colspan="2" class="none">{more}</td></tr>'
    return f'<div class="view batch">{head}{tools}<table class="rows"><tbody>{rows}</tbody></table></div>'


_STATUSES: Final[dict[str, RowStatus]] = {
    "answered": "answered",
    "unclear": "unclear",
    "not_in_archive": "not in archive",
    "error": "error",
}


def _row(question: str, answer: RowAnswer, language: Language) -> str:
    status = next(key for key, one in _STATUSES.items() if one == answer.status)
    if answer.status == "error":
        shown = f'<p class="none">{plain(answer.problem)}</p>'
    elif answer.start is None or answer.end is None:
        shown = f'<p class="none">{plain(word(f"batch.{status}", language))}</p>'
    else:
        span, mark = Span(answer.start, answer.end), Span(*answer.marked) if answer.marked else None
        inside = Span(mark.start - span.start, mark.end - span.start) if mark else None
        lead = f'<bdi class="slice" dir="auto">{exact(answer.short)}</bdi>' if answer.short else ""
        lead = render.latin(answer.rendered) + lead
        if not lead and answer.status == "unclear":
            lead = f'<span class="none">{plain(word("batch.unclear", language))}</span>'
        lead = f'<p class="lead">{lead}</p>' if lead else ""
        target = render.source_link(answer.article_id, answer.version, span, mark)
        published = day_in_words(answer.date, language)
        origin = " · ".join(isolated(part) for part in (answer.outlet or answer.file, published) if part)
        quote = f'<p class="quote" dir="auto">{marked(answer.quote, inside)}</p>'
        shown = f'{lead}{quote}<p class="chips"><a class="cite by plain" href="{target}">{origin}</a></p>'
    return f'<tr class="{status}"><th scope="row" dir="auto">{plain(question)}</th><td>{shown}</td></tr>'


def _nothing(said: str) -> str:
    return f'<p class="head"><span class="ring none"></span><strong class="missing">{plain(said)}</strong></p>'
