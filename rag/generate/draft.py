"""A text of the user's own → its sentences, as spans of it. Knows no article and checks nothing.

A line break ends a sentence, whatever stands before it: a draft has headings and lists, and its lines are rarely
wrapped. Signs of a list or a heading, and numbers of citations before a sentence, lie outside.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from typing import Final

from rag.citations import MARKER, without_markers
from rag.errors import BadInput
from rag.text.sentences import sentences, trim
from rag.types import Span

LONGEST_SENTENCE: Final = 2000
"""Code points; a longer stretch without a sentence's end is checked in parts, cut at white space."""

_LINE: Final = re.compile("[^\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")
_LIST_SIGN: Final = re.compile(r"\s*+(?:(?:[-–—*•·>#]++|\(?\d{1,3}[.)\-](?!\d))\s++)++")
_MARKERS: Final = re.compile(rf"(?:{MARKER.pattern})+")
_INVISIBLE: Final = "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_CLAUSE: Final = re.compile(
    r"[،,؛;:–—][\"”»’')\]]*+\s++(?=\S)|(?<!\s)\s++(?=و\w\w|(?:and|but|while|whereas|فيما|بينما|كما|ثم|لكن)\s)",
    re.IGNORECASE,
)
_CLAUSE_WORDS: Final = 4


def must_be_checkable(text: str, max_chars: int) -> None:
    """Raises `BadInput` for a text without a letter or digit, one of more than `max_chars` code points, or no text."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise BadInput("the text is not valid Unicode", where="text", do="send it as UTF-8 text", kind="not_text")
    if len(text) > max_chars:
        raise BadInput(
            f"the text has {len(text)} characters, the limit is {max_chars}",
            where="text",
            do="check it in parts, or raise max_check_chars",
            kind="text_long",
            length=len(text),
            limit=max_chars,
        )
    if not any(map(str.isalnum, text)):
        raise BadInput(
            "there is no sentence in the text", where="text", do="give at least one sentence", kind="text_empty"
        )


def draft_sentences(text: str) -> list[Span]:
    """The sentences of a text, in order, without the white space around them.

    What has neither letter nor digit, but in a ``[n]``, is none. A ``[n]`` behind a full stop is the one before's.
    """
    found: list[Span] = []
    for line in _LINE.finditer(text):
        sign = _LIST_SIGN.match(text, *line.span())
        start = sign.end() if sign else line.start()
        for span in _with_their_markers(text, sentences(text, Span(start, line.end()))):
            found += (part for part in _parts(text, trim(text, span)) if _says_something(part.of(text)))
    return found


def is_question(sentence: str) -> bool:
    """Whether a sentence asks. One that ends with a quoted question tells of it."""
    return without_markers(sentence).rstrip(_INVISIBLE + string.whitespace).rstrip("!").endswith(("?", "؟"))


def clause_cuts(sentence: str) -> list[int]:
    """Where a sentence may fall into two statements, each of four words at least: at commas and at “and”."""
    cuts = [match.end() for match in _CLAUSE.finditer(sentence)]
    return [cut for cut in cuts if min(len(sentence[:cut].split()), len(sentence[cut:].split())) >= _CLAUSE_WORDS]


def _with_their_markers(text: str, spans: list[Span]) -> list[Span]:
    given: list[Span] = []
    for span in spans:
        markers = _MARKERS.match(text, *span) if given else None
        if markers:
            given[-1] = Span(given[-1].start, markers.end())
            span = Span(markers.end(), span.end)
        given.append(span)
    return given


def _parts(text: str, span: Span) -> Iterator[Span]:
    start = span.start
    while span.end - start > LONGEST_SENTENCE:
        space = max(text.rfind(sign, start + 1, start + LONGEST_SENTENCE) for sign in " \t\u00a0")
        end = space if space > start else start + LONGEST_SENTENCE
        yield trim(text, Span(start, end))
        start = trim(text, Span(end, span.end)).start
    yield Span(start, span.end)


def _says_something(sentence: str) -> bool:
    return any(map(str.isalnum, without_markers(sentence)))
