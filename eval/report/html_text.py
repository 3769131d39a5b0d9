"""Text → HTML that shows exactly that text: nothing in it is markup, nothing in it turns what surrounds it. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Bidi embeddings, overrides and isolates: they reorder what is shown far beyond themselves (UAX #9)."""
_UNSHOWABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


class Mark(NamedTuple):
    """Code points of a text, half-open, and the class of the `mark` that they stand in."""

    start: int
    end: int
    name: str


def bare(value: str) -> str:
    """For a title, which has no markup: bidi controls are dropped, what HTML cannot hold is U+FFFD."""
    return html.escape(_UNSHOWABLE.sub("\N{REPLACEMENT CHARACTER}", _CONTROLS.sub("", value)))


def text(value: str) -> str:
    """A bidi control shows as its code point; an element around the text should have a direction of its own."""
    parts = re.split(f"({_CONTROLS.pattern})", value)
    return "".join(
        f'<bdi class="control">U+{ord(part):04X}</bdi>' if at % 2 else bare(part) for at, part in enumerate(parts)
    )


def name(value: str) -> str:
    """A name inside a sentence of ours: it keeps its own direction."""
    return f"<bdi>{text(value)}</bdi>"


def isolating(value: str, names: Iterable[str]) -> str:
    """The text; those of `names` that stand in it, longest first, keep their own direction."""
    known = sorted({one for one in names if one}, key=len, reverse=True)
    if not known:
        return text(value)
    parts = re.split(f"({'|'.join(map(re.escape, known))})", value)
    return "".join(name(part) if at % 2 else text(part) for at, part in enumerate(parts))


def marked(value: str, marks: Sequence[Mark]) -> str:
    """The text with some of its words in `mark` elements; where marks overlap, one element has the classes of all."""
    bounds = sorted({0, len(value), *(min(max(at, 0), len(value)) for mark in marks for at in mark[:2])})
    shown = []
    for start, end in pairwise(bounds):
        names = " ".join(sorted({mark.name for mark in marks if mark.start <= start and end <= mark.end}))
        piece = text(value[start:end])
        shown.append(f'<mark class="{names}">{piece}</mark>' if names else piece)
    return "".join(shown)


def chip(words: str, kind: str = "") -> str:
    """A short remark of ours; `kind` is good, bad, doubt or nothing."""
    return f'<span class="chip {kind}">{text(words)}</span>'


def facts(items: Iterable[str]) -> str:
    """A line of small remarks, which are HTML already."""
    return f'<p class="facts">{" · ".join(item for item in items if item)}</p>'
