"""A conversation as one file to keep, print or send, and its answers read back from it. Pure: reads no clock, no disk.

The file holds its answers twice: for people, and as JSON for programs (`ConversationDocument`), so that it can be
checked against the archive later. Which paragraphs there are is decided in `ui.shared.export_blocks`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Literal, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, Field, ValidationError

from rag.errors import BadInput
from rag.types import Language
from ui.shared import export_html, export_markdown
from ui.shared.export_blocks import blocks
from ui.shared.i18n import word
from ui.shared.schemas import VERSION, AnswerDocument, Document
from ui.shared.turns import Turn

KIND: Literal["isnad-conversation"] = "isnad-conversation"

# None of these stands in JSON but inside a string, so each may be told by number: what could end a script, what could
# turn the words on a page, what some programs take for the end of a line.
_UNSAFE = re.compile("[<>&\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_FENCE = re.compile(r"^ {0,3}(`{3,})json isnad[ \t]*\r?\n(.*?)\r?\n {0,3}\1`*[ \t]*\r?$", re.MULTILINE | re.DOTALL)
_MAX_NAME_BYTES = 180
_M = TypeVar("_M", bound=BaseModel)


class TurnDocument(Document):
    """A question of a conversation; `answer` is the place of its answer among all, from 0."""

    question: str
    asked_at: str = Field(description="ISO 8601 in UTC")
    answer: int | None = Field(default=None, ge=0, description="null where the question failed")
    error: str | None = None


class ConversationDocument(Document):
    """The JSON inside an export, version 1; `answers` are those of the questions that were answered, in order.

    With `language` and `turns` the export can be made again, word for word.
    """

    version: Literal[1] = VERSION
    kind: Literal["isnad-conversation"] = KIND
    exported_at: str = Field(description="ISO 8601 in UTC")
    answers: list[AnswerDocument]
    language: Language | None = None
    turns: tuple[TurnDocument, ...] = ()


class _Header(BaseModel):
    version: int = VERSION
    kind: str = "answer"


def markdown(turns: Sequence[Turn], *, language: Language, exported_at: str) -> str:
    """The conversation as Markdown (CommonMark); `language` is that of our own words, `exported_at` ISO 8601."""
    shown = blocks(turns, language, exported_at)
    return export_markdown.markdown_page(shown, word("export.data", language), _data(turns, language, exported_at))


def html(turns: Sequence[Turn], *, language: Language, exported_at: str) -> str:
    """The conversation as one HTML page that fetches nothing; parameters as those of `markdown`."""
    return export_html.html_page(blocks(turns, language, exported_at), language, _data(turns, language, exported_at))


def read_back(text: str) -> list[AnswerDocument]:
    """The answers in an export of either form, in the JSON of one or in that of a single answer, in order.

    They are records of what was said; nothing in them has been checked against a source. Raises `BadInput` when
    there are none, when they are damaged, and when a newer Isnad wrote them.
    """
    plain = text.lstrip("\ufeff \t\r\n")
    if plain.startswith("{"):
        return _answers(plain)
    # The page first: in it, a quote may look like a fence; in Markdown no quote can look like a script.
    scripts = _Scripts()
    scripts.feed(text)
    found = scripts.found or [match[2] for match in _FENCE.finditer(text)]
    if not found:
        raise BadInput(
            "there are no answers of Isnad in this file",
            where="export",
            do="give a file that Isnad exported (Markdown, HTML) or the JSON of an answer",
        )
    return [answer for part in found for answer in _answers(part)]


def shows_its_data(text: str) -> bool:
    """Whether an export shows what its data says: made again from them, it comes out the same, line ends aside.

    The JSON of an answer shows nothing else. Raises as `read_back`.
    """
    read_back(text)
    given = text.lstrip("\ufeff").replace("\r\n", "\n").strip()
    if given.startswith("{"):
        return True
    scripts = _Scripts()
    scripts.feed(text)
    write, found = (html, scripts.found) if scripts.found else (markdown, [one[2] for one in _FENCE.finditer(text)])
    if len(found) != 1:
        return False
    data = _parsed(ConversationDocument, found[0])
    if data.language is None:
        return False
    try:
        turns = [
            Turn(
                turn.question,
                None if turn.answer is None else data.answers[turn.answer],
                turn.error,
                asked_at=turn.asked_at,
            )
            for turn in data.turns
        ]
    except (ValueError, IndexError):
        return False
    return write(turns, language=data.language, exported_at=data.exported_at).strip() == given


def filename(title: str, suffix: str) -> str:
    """A file name out of a title: no separator, no control or bidi sign, not hidden, at most 180 bytes and `suffix`.

    `suffix` comes with its dot; letters of any script stay.
    """
    kept = "".join(" " if unicodedata.category(one)[0] in "CZ" or one in '/\\:*?"<>|%;' else one for one in title)
    words = " ".join(kept.split()).encode()[:_MAX_NAME_BYTES].decode(errors="ignore").strip(" .~-")
    return f"{words or 'isnad'}{suffix}"


def content_disposition(title: str, suffix: str) -> str:
    """The header's value for a download (RFC 6266): a name for old programs, and the name in UTF-8 (RFC 8187)."""
    name = filename(title, suffix)
    old = name if name.isascii() else f"isnad{suffix}"
    return f"attachment; filename=\"{old}\"; filename*=UTF-8''{quote(name, safe='')}"


def _data(turns: Sequence[Turn], language: Language, exported_at: str) -> str:
    answers = [turn.answer for turn in turns if turn.answer is not None]
    places = iter(range(len(answers)))
    kept = [
        TurnDocument(
            question=turn.question,
            asked_at=turn.asked_at,
            answer=None if turn.answer is None else next(places),
            error=turn.error,
        )
        for turn in turns
    ]
    document = ConversationDocument(exported_at=exported_at, answers=answers, language=language, turns=tuple(kept))
    data = document.model_dump_json()
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", data)


def _answers(data: str) -> list[AnswerDocument]:
    header = _parsed(_Header, data)
    if header.version != VERSION:
        raise BadInput(
            f"it is of version {header.version}, this Isnad reads {VERSION}", where="export", do="upgrade Isnad"
        )
    if header.kind == KIND:
        return _parsed(ConversationDocument, data).answers
    return [_parsed(AnswerDocument, data)]


def _parsed(model: type[_M], data: str) -> _M:
    try:
        return model.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise BadInput(
            f"the answers in this file are damaged ({first['msg']})",
            where=f"export, {place}" if place else "export",
            do="export the conversation again",
        ) from error


class _Scripts(HTMLParser):
    """The words of each ``<script id="isnad">`` of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script" and ("id", "isnad") in attrs:
            self._inside = True
            self.found.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "script"

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.found[-1] += data
