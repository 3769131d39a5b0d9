"""What an extractor makes of a file's bytes: the text that the user sees as the source, and what it states of itself.

Knows no format: each has a room of its own, and all of them keep this contract.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

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
