"""An article → what the panel of a source shows: its lines, cut into segments. Pure; every segment is a slice.

The segments of all lines, joined, are the article's text, and those of kind ``cited`` and ``words``, joined, are the
cited slice: the browser puts them into text nodes and looks for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from rag.types import Article, Language, Span
from ui.shared.i18n import word

Kind = Literal["", "cited", "words", "also"]


class Segment(NamedTuple):
    """A stretch of an article's text that is shown in one way."""

    text: str
    kind: Kind


def lines(
    text: str, cited: Span | None = None, words: Span | None = None, also: Sequence[Span] = ()
) -> list[list[Segment]]:
    """The lines of a text, each with its line end, cut where the way they are shown changes.

    `words` lie inside `cited`; `also` are the other citations of the article.
    """
    cuts = {at for span in (cited, words, *also) if span for at in span}
    shown = []
    for found in re.finditer(r"[^\n]*\n|[^\n]+", text):
        start, end = found.span()
        inside = sorted({start, end, *(cut for cut in cuts if start < cut < end)})
        shown.append([Segment(text[a:b], _kind(a, cited, words, also)) for a, b in pairwise(inside)])
    return shown


def reference(article: Article, span: Span, language: Language) -> str:
    """The quote with all that a reader needs to find it again, for the clipboard."""
    stated = [stated.value for stated in (article.title, article.outlet, article.published) if stated]
    place = f"{word('field.span', language)} {span.start}–{span.end}"
    if page := article.page_at(span.start):
        place = f"{word('field.page', language)} {page} · {place}"
    return f"«{span.of(article.text)}»\n— " + " · ".join([*stated, article.name, place, f"sha256 {article.sha256}"])


def _kind(at: int, cited: Span | None, words: Span | None, also: Sequence[Span]) -> Kind:
    if words and words.start <= at < words.end:
        return "words"
    if cited and cited.start <= at < cited.end:
        return "cited"
    return "also" if any(span.start <= at < span.end for span in also) else ""
