"""File → Article: its text and what the file itself states. It never looks at a file's name and invents nothing."""

from __future__ import annotations

import hashlib
from typing import Final

from rag.arabic import has_letters, language
from rag.decode import decode
from rag.errors import Undecodable
from rag.sources.page import read_page
from rag.types import Article, Rendition

RULES: Final = 1
"""The version of the rules: a change that moves a span of a body, a sentence or a passage raises it."""


def article_id(corpus: str, source: str, member: str | None = None) -> str:
    """The stable, opaque id of an article: 24 hexadecimal digits."""
    parts = [corpus, source] if member is None else [corpus, source, member]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:24]


def read_article(data: bytes, *, corpus: str, source: str) -> Article:
    """The article in the bytes of a plain-text file, with the title, outlet and date that its page states.

    Raises `Undecodable` where the bytes are not surely text, or hold no letters.
    """
    try:
        text, encoding = decode(data)
    except Undecodable as error:
        raise Undecodable(error.what, where=source, do=error.do) from error
    page = read_page(text)
    body = tuple(span for span in page.body if has_letters(span.of(text)))
    return Article(
        id=article_id(corpus, source),
        corpus=corpus,
        source=source,
        sha256=hashlib.sha256(data).hexdigest(),
        text=text,
        rendition=Rendition(hashlib.sha256(text.encode("utf-8")).hexdigest(), encoding=encoding),
        body=body,
        language=language("\n".join(span.of(text) for span in body)),
        title=page.title,
        outlet=page.outlet,
        published=page.published,
    )
