"""A saved web page → its article: the facts that it states, then the paragraphs that trafilatura takes for its text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from rag.errors import Undecodable
from rag.extract.base import Extracted
from rag.extract.charset import page_text
from rag.extract.facts import read_facts
from rag.extract.lines import split_lines
from rag.extract.markup import blocks, drop_unseen, parse
from rag.extract.outlets import Outlets
from rag.extract.publication import date_of
from rag.extract.rendition import Fact, one_line, render
from rag.text.normalise import has_letters

SUFFIXES: Final = frozenset({".htm", ".html", ".xhtml"})
RULES: Final = 1
"""The version of these rules: a change that moves an offset raises it."""
_MANY: Final = 30_000
"""Elements: the main text of a page that has more is not looked for, and all that it shows is its text."""
_NEAR_TITLE: Final = 8
"""Blocks after the title in which the date may stand."""


def extractor() -> str:
    """The extractor with its version."""
    from importlib.metadata import version

    return f"html/{RULES}+trafilatura-{version('trafilatura')}"


def extract(data: bytes, outlets: Outlets | None = None) -> Iterator[Extracted]:
    """The article of a page. Raises `Undecodable` where the bytes are no page, or it shows no text."""
    root = parse(page_text(data))
    facts = read_facts(root)
    drop_unseen(root)
    shown = blocks(root)
    if not any(has_letters(block) for block in shown):
        raise Undecodable(
            "the page shows no text: it is made by programs, or empty", do="save it from the browser as shown"
        )
    title = facts["title"]
    facts["published"] = facts["published"] or _date_under(title.words if title else "", shown)
    lines = _paragraphs(root) or shown
    if title and one_line(lines[0]) == title.words:
        lines = lines[1:] or lines
    yield render(facts, lines, extractor=extractor(), outlets=outlets)


def _paragraphs(root: Any) -> list[str]:
    """The lines of the page's main text; none where it is too short to tell from the rest."""
    import trafilatura

    if sum(1 for _ in root.iter()) > _MANY:
        return []
    text = trafilatura.extract(root, include_comments=False, include_tables=True) or ""
    lines = [line.removeprefix("| ").removesuffix(" |") for line in text.splitlines()]
    return [line for line in lines if line.strip("|-: ")]


def _date_under(title: str, shown: list[str]) -> Fact | None:
    """The date on a line of its own right under the title."""
    place = next((number for number, block in enumerate(shown) if number and one_line(block) == title), None)
    for block in shown[place + 1 : place + 1 + _NEAR_TITLE] if place is not None else []:
        lines = split_lines(one_line(block))
        stated = date_of(lines[0])[1] if lines else None
        if stated:
            return Fact(stated.value, stated.span.of(one_line(block)))
    return None
