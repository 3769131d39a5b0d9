"""What an extractor makes of a file's bytes: the text that the user sees as the source, and what it states of itself.

Knows no format: each has a room of its own, and all of them keep this contract.
"""

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
    """One article of a file. `text` is kept as it is and is what every span, quote and citation is a slice of.

    `extractor` is ``name/version`` in the form of `rag.types.Rendition`, None for plain text, whose `encoding` is
    named instead. `member` names the article in a file that holds many, such as ``row 12`` or a path inside
    an archive, with ``/`` between the levels. `pages` are the offsets in `text` at which pages begin (the first is
    page 1), empty where the format has none. `body` are the spans of the news, in order, None where the rules for
    plain text shall find them. What the file states is a span of `text`; its value may be in another form (a date
    as ISO 8601). Nothing is guessed: what is not stated is None.
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
    """One article of a file that cannot be taken, by its `member`: why, and what to do. The others are taken."""

    member: str
    reason: str
    do: str


Extract = Callable[[bytes], Iterator[Extracted | Refusal]]
"""The articles of a file, one at a time. Raises `Undecodable` where the bytes are not surely what they claim to be."""


@dataclass(frozen=True, slots=True)
class Format:
    """How files of one type become articles. `version` is part of what decides that a file is read again."""

    extract: Extract
    version: str = ""


# What a file states of itself and the paragraphs of its news → one text in which all of it has a place.
#
# The text of a format that has no lines of its own: a line for each fact in the words of the file, an empty line, and
# the paragraphs, each on a line. So everything that is stated can be shown, and cited, as a slice.

Field = Literal["title", "outlet", "author", "published", "section"]
_ORDER: Final[tuple[Field, ...]] = ("title", "outlet", "author", "published", "section")
_NOT_TEXT: Final = re.compile("[\ud800-\udfff]")
_CONTROL: Final = re.compile("[\0-\x08\x0b-\x1f\x7f\x80-\x84\x86-\x9f\ufeff]")


class Fact(NamedTuple):
    """What a file states, and the words that it states it in: ``2020-04-05`` and ``2020-04-05T09:30:00+03:00``."""

    value: str
    words: str


def one_line(words: str) -> str:
    """`words` without line ends, runs of spaces and what is no character; surrogates become U+FFFD."""
    return " ".join(_CONTROL.sub(" ", _NOT_TEXT.sub("\ufffd", words)).split())


def told(words: str | None) -> Fact | None:
    """The fact that is stated by `words` as they are; None where they hold no letters."""
    line = one_line(words or "")
    return Fact(line, line) if has_letters(line) else None


def render(
    facts: Mapping[Field, Fact | None], paragraphs: Sequence[str], *, extractor: str, outlets: Outlets | None = None
) -> Extracted:
    """The article that `facts` and `paragraphs` make. What a paragraph states counts where no fact does.

    Its body are the paragraphs without those that `rag.extract.news_page` takes for boilerplate or for the title again.
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
    text += "\n".join(line for line in map(one_line, paragraphs) if line)
    page = read_page(text, outlets)
    body = [Span(max(span.start, start), span.end) for span in page.body if span.end > start]
    body = [span for span in body if has_letters(span.of(text))]
    if not body and has_letters(text[start:]):
        body = [Span(start, len(text))]
    return Extracted(
        text=text,
        extractor=extractor,
        body=tuple(body),
        title=stated.get("title") or _from(page.title, start),
        outlet=stated.get("outlet") or _from(page.outlet, start),
        author=stated.get("author") or _from(page.author, start),
        published=stated.get("published") or _from(page.published, start),
        section=stated.get("section") or _from(page.section, start),
    )


def _from(fact: Stated | None, start: int) -> Stated | None:
    """`fact`, if it stands in the paragraphs: a line of another fact says nothing more."""
    return fact if fact and fact.span.start >= start else None


def shifted(stated: Stated | None, by: int) -> Stated | None:
    """What is stated, with its span `by` code points further on."""
    return stated and Stated(stated.value, Span(stated.span.start + by, stated.span.end + by))
