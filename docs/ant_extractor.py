"""An extractor of one's own, as a user writes it: the XML-like articles of ANT. Used as

    isnad ingest ant --corpus ant --set extractors=.txt=docs/ant_extractor.py:extract

A function of the bytes of a file that yields its articles; spans are offsets into the text that it gives, which is the
file itself here, so every quote is a slice of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.extract.base import Extracted
from rag.types import Span, Stated


def extract(data: bytes) -> Iterator[Extracted]:
    """The one article of a file: its news is what stands between the tags TEXT."""
    text = data.decode("utf-8")

    def field(tag: str) -> Stated | None:
        found = re.search(rf"<{tag}>\s*(\S.*?)\s*</{tag}>", text, re.DOTALL)
        return Stated(found[1], Span(*found.span(1))) if found else None

    body, day = field("TEXT"), field("TIME")
    iso = re.match(r"(\d{4})-(\d\d)-(\d\d)", day.value) if day else None
    ours = re.match(r"(\d\d)/(\d\d)/(\d{4})", day.value) if day else None  # day first, as Tunisia writes it
    on = "-".join(iso.groups() if iso else ours.groups()[::-1] if ours else ())
    yield Extracted(
        text,
        encoding="utf-8",
        body=(body.span,) if body else (),
        title=field("TITLE"),
        outlet=field("SRC"),
        author=field("AUTHOR"),
        published=Stated(on, Span(day.span.start, day.span.start + 10)) if day and on else None,
        section=field("CAT"),
    )
