"""Escape text for HTML: the text adds no markup and no bidi control that reorders the text around it."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence

from rag.types import Span

CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Bidi embeddings, overrides and isolates (UAX #9): they can reorder text far beyond themselves."""

_UNSHOWABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_LETTER = r"[\w\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed]"
"""A letter, a digit or a combining mark: within a word, an isolate would separate letters that join."""


def plain(text: str) -> str:
    """Escape text of a model or of Isnad; drops bidi controls."""
    return _escape(CONTROLS.sub("", text))


def exact(text: str) -> str:
    """Escape text of a source, keeping every character: isolates each bidi control, so that it reorders nothing."""
    pieces = re.split(f"({CONTROLS.pattern})", text)
    return "".join(
        f'<bdi class="control" title="U+{ord(piece):04X}">{piece}</bdi>'
        if CONTROLS.fullmatch(piece)
        else _escape(piece)
        for piece in pieces
    )


def marked(text: str, span: Span | None, tag: str = "mark") -> str:
    """Escape text of a source, with `span` (code points of `text`) inside the element `tag`."""
    if span is None:
        return exact(text)
    start, end = span
    return f"{exact(text[:start])}<{tag}>{exact(text[start:end])}</{tag}>{exact(text[end:])}"


def direction_of(language: str) -> str:
    """Return the value of ``dir`` for a language tag; ``auto`` for other languages."""
    return {"ar": "rtl", "en": "ltr"}.get(language, "auto")


def isolated(text: str, direction: str = "auto") -> str:
    """Wrap a name, title or date in a bidi isolate, so that it keeps its own direction inside a sentence."""
    return f'<bdi dir="{direction}">{exact(text)}</bdi>'


def replaced(text: str, pieces: Mapping[str, str]) -> str:
    """Escape the text, and replace each of `pieces` that occurs as whole words by its HTML, the longest first."""
    known = sorted((piece for piece in pieces if piece), key=len, reverse=True)
    if not known:
        return plain(text)
    parts = re.split("(" + "|".join(map(_whole, known)) + ")", text)
    return "".join(pieces[part] if at % 2 else plain(part) for at, part in enumerate(parts))


def underlined(text: str, spans: Sequence[Span]) -> str:
    """Escape a model's text and underline the spans with problems (code points); overlapping spans are merged."""
    shown, at = "", 0
    for start, end in sorted(spans):
        first = max(start, at)
        if first < end <= len(text):
            shown += f'{plain(text[at:first])}<span class="problem">{plain(text[first:end])}</span>'
            at = end
    return shown + plain(text[at:])


def _whole(piece: str) -> str:
    before = f"(?<!{_LETTER})" if re.match(_LETTER, piece) else ""
    return f"{before}{re.escape(piece)}" + (f"(?!{_LETTER})" if re.match(_LETTER, piece[-1]) else "")


def _escape(text: str) -> str:
    """Escape HTML, and write white space and ``$`` as character references: the chat parses HTML inside Markdown.

    A blank line would end the HTML block. Control characters that are invalid in HTML, and lone surrogates, become
    U+FFFD.
    """
    shown = html.escape(_UNSHOWABLE.sub("\N{REPLACEMENT CHARACTER}", text), quote=True)
    return shown.replace("\r", "&#13;").replace("\n", "&#10;").replace("\t", "&#9;").replace("$", "&#36;")
