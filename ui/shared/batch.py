"""Batch: answer each row of a sheet of questions, without a language model.

Finished rows are saved at once in a `Journal`, so that a stopped batch resumes. It is beside the output of the command,
or, for a sheet that was sent to the page, in a private folder of the corpus (`Journals`).
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Event as Cancel
from typing import TYPE_CHECKING, Final, Literal, Self, get_args

from rag.errors import BadInput
from rag.store.private import make_private, open_private
from rag.text.normalise import normalise
from rag.types import Answer, Filters, Language, Span
from ui.shared.sheets import SheetCell, absolute_link, is_filled

if TYPE_CHECKING:
    from rag.corpus import Corpus

QUESTION_NAMES: Final = frozenset({"question", "questions", "سؤال", "السؤال", "الأسئلة"})
"""Names of the column of questions, in lower case."""
ANSWER_COLUMNS: Final = (
    *("short answer", "in English", "status", "quote", "outlet", "date", "file", "start", "end", "link", "filters"),
    "problem",
)
RowStatus = Literal["answered", "unclear", "not in archive", "error"]


@dataclass(frozen=True, slots=True)
class Questions:
    """A sheet of questions; `header` is None if no column has one of the `QUESTION_NAMES`.

    Without a header, the first column is asked from row 1, because its first row may be a question.
    """

    header: tuple[SheetCell, ...] | None
    rows: tuple[tuple[SheetCell, ...], ...]
    column: int

    @classmethod
    def of(cls, rows: Sequence[Sequence[SheetCell]]) -> Self:
        """Find the column of questions. Raises `BadInput` for a sheet without questions."""
        names = {_key(name) for name in QUESTION_NAMES}
        header = tuple(rows[0]) if rows else ()
        column = next((place for place, cell in enumerate(header) if _key(cell) in names), None)
        asked = tuple(tuple(row) for row in (rows if column is None else rows[1:]))
        if not asked:
            raise BadInput(
                "there is no question in it", where="table", do="write one question per row", kind="table_empty"
            )
        return cls(header if column is not None else None, asked, column or 0)

    def __iter__(self) -> Iterator[str]:
        """Yield the question of each row; empty for an empty cell."""
        for row in self.rows:
            cell = row[self.column]
            yield str(cell).strip() if is_filled(cell) else ""


def _key(cell: SheetCell) -> str:
    return normalise(str(cell or "").strip())[0]


@dataclass(frozen=True, slots=True)
class RowAnswer:
    """The answer of one row. `start` and `end` are those of the quote, in code points of the article's text.

    `rendered` is the short answer in English, if it is Arabic, the question English and code can tell.
    `article_id`, `version` and `marked` (start and end) are for the link. `snapshot` is that of the index. `filters`
    are those that were read in the question.
    """

    status: RowStatus
    short: str = ""
    quote: str = ""
    outlet: str = ""
    date: str = ""
    file: str = ""
    start: int | None = None
    end: int | None = None
    article_id: str = ""
    version: str = ""
    marked: tuple[int, int] | None = None
    problem: str = ""
    snapshot: str = ""
    filters: str = ""
    rendered: str = ""

    @classmethod
    def of(cls, answer: Answer) -> Self:
        """Take the most probable short answer with its quote, else the first quote."""
        filters = "; ".join(f"{one.key}: {one.value}" for one in answer.query.understood)
        if answer.is_refusal or not answer.citations:
            told = next((one.message for one in answer.notices if one.kind == "phrase"), "")
            return cls("not in archive", problem=told, snapshot=answer.snapshot, filters=filters)
        short, citation = answer.leading
        marked = short.span if short else citation.marked
        article = citation.article
        return cls(
            "unclear" if answer.is_unclear else "answered",
            short.text if short else "",
            citation.quote,
            citation.outlet or "",
            citation.published or "",
            article.name,
            citation.span.start,
            citation.span.end,
            article.id,
            article.version,
            (marked.start, marked.end) if marked else None,
            snapshot=answer.snapshot,
            filters=filters,
            rendered=(short.rendered or "") if short else "",
        )

    def cells(self, base: str) -> list[SheetCell]:
        """Return the cells of `ANSWER_COLUMNS`; `base` is the address of a chat server, for the link."""
        link = ""
        if self.start is not None and self.end is not None:
            marked = Span(*self.marked) if self.marked else None
            link = absolute_link(base, self.article_id, self.version, Span(self.start, self.end), marked)
        where: list[SheetCell] = [self.outlet, self.date, self.file, self.start, self.end]
        return [self.short, self.rendered, self.status, self.quote, *where, link, self.filters, self.problem]


class Journal:
    """The finished rows, in a JSON Lines file; `key` identifies what the answers depend on.

    A saved row is reused only if its number, question, key and index snapshot are the same. `private`: the file is
    created for its owner only, whatever the umask.
    """

    def __init__(self, path: Path, key: str, snapshot: str, *, private: bool = False) -> None:
        self._path, self._key, self._snapshot, self._private = path, key, snapshot, private

    def read(self) -> dict[tuple[int, str], RowAnswer]:
        """Read the reusable rows, by number and question; skips incomplete and foreign lines."""
        found: dict[tuple[int, str], RowAnswer] = {}
        try:
            lines = self._path.read_text(encoding="utf-8", errors="replace").split("\n")
        except FileNotFoundError:
            return found
        for line in lines:
            try:
                kept = json.loads(line)
                if kept["key"] == self._key and kept["answer"]["snapshot"] == self._snapshot:
                    marked = kept["answer"].pop("marked")
                    answer = RowAnswer(**kept["answer"], marked=tuple(marked) if marked else None)
                    found[(kept["row"], kept["question"])] = answer
            except (ValueError, KeyError, TypeError):
                continue
        return found

    def write(self, row: int, question: str, answer: RowAnswer) -> None:
        """Append a finished row, but not one with an error, which is cheap to repeat. Raises `OSError`."""
        if answer.status == "error":
            return
        kept = {"row": row, "question": question, "key": self._key, "answer": asdict(answer)}
        opener = (lambda path, flags: open_private(Path(path), flags)) if self._private else None
        with open(self._path, "a", encoding="utf-8", errors="replace", opener=opener) as file:
            # The leading line break separates it from an incomplete line of a stopped run.
            file.write(f"\n{json.dumps(kept, ensure_ascii=False)}\n")

    def remove(self) -> None:
        self._path.unlink(missing_ok=True)


class Journals:
    """The journals of the sheets that browsers send, one for each browser and its questions, in a private folder.

    What was answered before a reload or a kill is there when the same browser sends the same questions again.
    """

    FOLDER: Final = "batches"
    KEPT_SECONDS: Final = 7 * 24 * 3600.0
    MOST: Final = 64
    """Journals are deleted after so long without a new row, and the oldest beyond so many."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, owner: str, questions: Questions, key: str, snapshot: str) -> Journal:
        """The journal of a browser's questions; deletes old ones of all browsers. Raises `OSError`."""
        make_private(self._folder)
        found = sorted(self._folder.glob("*.jsonl"), key=_changed, reverse=True)
        for place, path in enumerate(found):
            if place >= self.MOST or _changed(path) < time.time() - self.KEPT_SECONDS:
                path.unlink(missing_ok=True)
        name = hashlib.sha256(json.dumps([owner, list(questions)], ensure_ascii=False).encode()).hexdigest()[:32]
        return Journal(self._folder / f"{name}.jsonl", key, snapshot, private=True)


def _changed(path: Path) -> float:
    with suppress(OSError):  # another page deletes old ones too
        return path.stat().st_mtime
    return 0.0


def key_of(corpus: Corpus, filters: Filters, language: Language | None) -> str:
    """Hash everything that the answers depend on, besides the questions and the index."""
    settings, answerer = corpus.settings, corpus.answerer.without_model()
    texts = [corpus.name, answerer.name, repr(answerer.policy), repr(filters), language, corpus.names.sha256]
    parts = [*texts, corpus.embedder.fingerprint, settings.top_k, settings.read_passages]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()[:32]


def ask_rows(
    corpus: Corpus,
    questions: Questions,
    *,
    filters: Filters,
    language: Language | None = None,
    kept: Mapping[tuple[int, str], RowAnswer] | None = None,
    cancel: Cancel | None = None,
    done: Callable[[int, str, RowAnswer], None] = lambda _row, _question, _answer: None,
    told: Callable[[BadInput], str] = str,
) -> Iterator[RowAnswer]:
    """Yield the answer of each row in order, under `filters` and those in its question.

    Rows in `kept`, by number from 1 and question, are not asked again. Calls `done` for each row that was asked. Stops
    when `cancel` is set. An invalid question gets its error as answer, in the words of `told`; other errors are raised.
    """
    answerer = corpus.answerer.without_model()
    for row, question in enumerate(questions, start=1):
        if (answer := (kept or {}).get((row, question))) is None:
            try:
                query = corpus.query(question, language=language, filters=filters, typed=True)
            except BadInput as error:
                answer = RowAnswer("error", problem=told(error))
            else:
                complete = answerer.answer(query, cancel)
                if cancel and cancel.is_set():
                    return
                answer = RowAnswer.of(complete)
            done(row, question, answer)
        yield answer


def answered_sheet(questions: Questions, answers: Sequence[RowAnswer], base: str = "") -> list[list[SheetCell]]:
    """Append `ANSWER_COLUMNS` to the columns of the sheet; adds a header if it has none."""
    width = max(len(row) for row in questions.rows)
    header: list[SheetCell] = list(questions.header) if questions.header else ["question", *[None] * (width - 1)]
    table: list[list[SheetCell]] = [[*header, *ANSWER_COLUMNS]]
    for row, answer in zip(questions.rows, answers, strict=True):
        table.append([*row, *answer.cells(base)])
    return table


def summary(answers: Sequence[RowAnswer]) -> str:
    """Summarise the numbers of rows by status on one line."""
    counts = [(sum(one.status == kind for one in answers), kind) for kind in get_args(RowStatus)]
    changed = (
        " · the archive changed during the batch" if len({one.snapshot for one in answers if one.snapshot}) > 1 else ""
    )
    return f"{len(answers)} questions: " + ", ".join(f"{count} {kind}" for count, kind in counts if count) + changed
