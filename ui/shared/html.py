"""Text → HTML that says exactly that text: nothing in it is markup, nothing in it turns the text around it."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence

from rag.types import Span

CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Bidi embeddings, overrides and isolates: they reorder what is shown far beyond themselves (UAX #9)."""

_UNSHOWABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_LETTER = r"[\w\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed]"
"""A letter or digit, or a mark upon one: within a word, an isolate would part letters that join."""


def plain(text: str) -> str:
    """Text of a model or of ours: bidi controls are dropped."""
    return _escape(CONTROLS.sub("", text))


def exact(text: str) -> str:
    """Text of a source, to the letter: a bidi control stands in an isolate of its own, where it turns nothing."""
    pieces = re.split(f"({CONTROLS.pattern})", text)
    return "".join(
        f'<bdi class="control" title="U+{ord(piece):04X}">{piece}</bdi>'
        if CONTROLS.fullmatch(piece)
        else _escape(piece)
        for piece in pieces
    )


def marked(text: str, span: Span | None, tag: str = "mark") -> str:
    """Text of a source with the words of `span` (code points of `text`) marked, by `tag`."""
    if span is None:
        return exact(text)
    start, end = span
    return f"{exact(text[:start])}<{tag}>{exact(text[start:end])}</{tag}>{exact(text[end:])}"


def direction_of(language: str) -> str:
    """The value of ``dir`` for words of a language, by its tag; ``auto`` where the tag does not tell."""
    return {"ar": "rtl", "en": "ltr"}.get(language, "auto")


def isolated(text: str, direction: str = "auto") -> str:
    """A name, title or date of another script inside a sentence: it keeps its own direction."""
    return f'<bdi dir="{direction}">{exact(text)}</bdi>'


def replaced(text: str, pieces: Mapping[str, str]) -> str:
    """The text, escaped, each of `pieces` that stands in it as whole words, longest first, as the HTML it maps to."""
    known = sorted((piece for piece in pieces if piece), key=len, reverse=True)
    if not known:
        return plain(text)
    parts = re.split("(" + "|".join(map(_whole, known)) + ")", text)
    return "".join(pieces[part] if at % 2 else plain(part) for at, part in enumerate(parts))


def underlined(text: str, spans: Sequence[Span]) -> str:
    """A model's text with the words that are wrong underlined; spans in code points, those that overlap are joined."""
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
    """HTML in which white space and signs of Markdown are told by number: the chat reads HTML inside Markdown.

    A blank line would end the HTML block; control characters that HTML cannot hold, and halves of
    surrogate pairs, show as U+FFFD.
    """
    shown = html.escape(_UNSHOWABLE.sub("\N{REPLACEMENT CHARACTER}", text), quote=True)
    return shown.replace("\r", "&#13;").replace("\n", "&#10;").replace("\t", "&#9;").replace("$", "&#36;")
