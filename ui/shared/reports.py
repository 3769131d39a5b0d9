"""A reader's word on an answer → a line of the archive's own question set, which `isnad eval run` reads.

What a line needs is complete where the answer is right, where the archive has none, or where the reader gives the right
words. Else it is a draft in a file of its own, with what was shown, for a person to complete.
"""

from __future__ import annotations

import json
from pathlib import Path
from threading import Lock
from typing import Any, Final, Literal, get_args

from rag.errors import BadInput, IsnadError
from rag.store.private import make_private, replace_private
from rag.store.writes import now
from rag.text.normalise import normalise
from ui.shared.history import Turn
from ui.shared.schemas import AnswerDocument, CitationDocument, EvidenceDocument

REPORTS, DRAFTS = "reports.jsonl", "reports-drafts.jsonl"
"""Files in the folder of a corpus: the question set, and the lines that a person must complete."""
MOST_WORDS: Final = 1_000
"""Maximum length of the right words, in code points."""

Word = Literal["right", "wrong", "unsupported", "missing"]


class ReportsUnusable(IsnadError):
    """Raised when a report cannot be written."""


class Reports:
    """The reports of one corpus in `folder`. Thread-safe; a second word on the same answer replaces the first."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()

    def add(self, turn: Turn, word: str, right: str = "") -> int:
        """Write the word on an answer, with the `right` words if the reader knows them; returns the number of lines.

        Raises `BadInput` for an unknown word, too long an answer or a turn without an answer, `ReportsUnusable` if the
        files cannot be read or written.
        """
        if word not in get_args(Word):
            raise BadInput(f"{word[:40]!r} is no word on an answer", where="word", do=f"use {get_args(Word)}")
        if len(right) > MOST_WORDS:
            raise BadInput(f"the right answer has more than {MOST_WORDS} characters", where="answer", do="shorten it")
        if turn.answer is None:
            raise BadInput("this question has no answer", where="turn", do="ask it again")
        line = line_of(turn.id, turn.answer, word, " ".join(right.split()))
        try:
            with self._lock:
                kept = {name: _without(self._folder / name, line["id"]) for name in (REPORTS, DRAFTS)}
                kept[DRAFTS if line.get("draft") else REPORTS].append(json.dumps(line, ensure_ascii=False))
                make_private(self._folder)
                for name, lines in kept.items():
                    replace_private(self._folder / name, "".join(f"{line}\n" for line in lines).encode())
                return sum(map(len, kept.values()))
        except (OSError, UnicodeError) as error:
            what = "the reports cannot be read or written"
            raise ReportsUnusable(what, where=str(self._folder), do="check the folder and the disk") from error


def line_of(turn: str, answer: AnswerDocument, word: str, right: str) -> dict[str, Any]:
    """The line of an answer in the format of `eval.sets.read_jsonl`, with the word and what was shown in `reported`."""
    line: dict[str, Any] = {
        "id": f"report-{turn}",
        "question": answer.searched,
        "language": answer.language,
        "tags": ["reported", word],
        "reported": {
            "word": word,
            "at": now(),
            "shown": [one.text for one in answer.short] or [one.quote for one in answer.citations],
            "status": answer.status,
            "generator": answer.generator,
            "generation": answer.generation,
        },
    }
    if word == "missing" or (word == "right" and not answer.citations):
        return {**line, "answerable": False}
    if word == "right":
        places = [_place(one, one.quote) for one in answer.citations]
        return {**line, "answerable": True, "accepted": [one.text for one in answer.short], "evidence": places}
    if right:
        held = [_place(one, one.text) for one in answer.evidence if _holds(one.text, right)]
        return {**line, "answerable": True, "accepted": [right], "evidence": held}
    return {**line, "answerable": True, "accepted": [], "evidence": [], "draft": True}


def _place(item: CitationDocument | EvidenceDocument, quote: str) -> dict[str, Any]:
    return {"file": item.source, "quote": quote, "start": item.start, "end": item.end}


def _holds(text: str, words: str) -> bool:
    return f" {normalise(words)[0]} " in f" {normalise(text)[0]} "


def _without(path: Path, name: str) -> list[str]:
    """The lines of a file except the one with this id."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")  # a quote may hold U+2028, an end of line to others
    except FileNotFoundError:
        return []
    return [line for line in lines if line.strip() and f'"id": {json.dumps(name)}' not in line]
