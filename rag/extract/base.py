"""Contract of extractors: what they produce from the bytes of a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from rag.extract.news_page import read_page
from rag.extract.outlets import Outlets
from rag.text.normalise import has_letters
from rag.types import Span, Stated


@dataclass(frozen=True, slots=True)
class Extracted:
    """One article of a file. `text` is kept unchanged; every span, quote and citation is a slice of it.

    `extractor` is ``name/version`` as in `rag.types.Rendition`, None for plain text, which has an `encoding` instead.
    `member` names the article in a file that holds several, such as ``row 12`` or a path inside an archive, with ``/``
    between the levels. `pages` are the offsets in `text` at which pages begin (the first is page 1), empty if the
    format has none. `body` are the spans of the news, in order; None if the rules for plain text should find them.
    Stated facts are spans of `text`; their values may have another form (a date as ISO 8601). Nothing is guessed: facts
    that are not stated are None.
    """

    text: str
    extractor: str | None = None
    encoding: str | None = None
    member: str | None = None
    pages: tuple[int, ...] = ()
    body: tuple[Span, ...] | None = None
    title: Stated | None = None
    outlet: Stated | None = None
    author: Stated | None = None
    published: Stated | None = None
    section: Stated | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """An article of a file that cannot be read: its `member`, the reason, and what to do. Other articles are still
    read."""

    member: str
    reason: str
    do: str


Extract = Callable[[bytes], Iterator[Extracted | Refusal]]
"""Yields the articles of a file, one at a time. Raises `Undecodable` if the bytes do not clearly match the type."""


@dataclass(frozen=True, slots=True)
class Format:
    """How files of one type become articles. A change of `version` causes files to be read again."""

    extract: Extract
    version: str = ""


# Renders stated facts and paragraphs as one text, for formats that have no lines of their own.
#
# One line for each fact in the words of the file, an empty line, and one line per paragraph. So every stated fact can
# be shown, and cited, as a slice.

Field = Literal["title", "outlet", "author", "published", "section"]
_ORDER: Final[tuple[Field, ...]] = ("title", "outlet", "author", "published", "section")
_NOT_TEXT: Final = re.compile("[\ud800-\udfff]")
_CONTROL: Final = re.compile("[\0-\x08\x0b-\x1f\x7f\x80-\x84\x86-\x9f\ufeff]")


class Fact(NamedTuple):
    """A value that a file states, and the words that state it: ``2020-04-05`` and ``2020-04-05T09:30:00+03:00``."""

    value: str
    words: str


def collapsed(words: str) -> str:
    """`words` without line ends, repeated spaces and non-characters; surrogates become U+FFFD."""
    return " ".join(_CONTROL.sub(" ", _NOT_TEXT.sub("\ufffd", words)).split())


def fact_of(words: str | None) -> Fact | None:
    """Fact with `words` as its value; None if they have no letters."""
    line = collapsed(words or "")
    return Fact(line, line) if has_letters(line) else None


def render(
    facts: Mapping[Field, Fact | None], paragraphs: Sequence[str], *, extractor: str, outlets: Outlets | None = None
) -> Extracted:
    """Article with `facts` and `paragraphs`. A fact stated in a paragraph counts if `facts` lacks it.

    The body is the paragraphs without those that `rag.extract.news_page` classifies as boilerplate or a repeated title.
    """
    text = ""
    stated: dict[Field, Stated] = {}
    for name in _ORDER:
        fact = facts.get(name)
        if fact:
            stated[name] = Stated(fact.value, Span(len(text), len(text) + len(fact.words)))
            text += f"{fact.words}\n"
    text += "\n" * bool(text)
    start = len(text)
    text += "\n".join(line for line in map(collapsed, paragraphs) if line)
    page = read_page(text, outlets, title=stated.get("title"), outlet=stated.get("outlet"), start=start)
    body = [span for span in page.body if has_letters(span.of(text))]
    if not body and has_letters(text[start:]):
        body = [Span(start, len(text))]
    return Extracted(
        text=text,
        extractor=extractor,
        body=tuple(body),
        title=stated.get("title") or page.title,
        outlet=stated.get("outlet") or page.outlet,
        author=stated.get("author") or page.author,
        published=stated.get("published") or page.published,
        section=stated.get("section") or page.section,
    )


def shifted(stated: Stated | None, by: int) -> Stated | None:
    """The stated fact with its span moved by `by` code points."""
    return stated and Stated(stated.value, Span(stated.span.start + by, stated.span.end + by))
