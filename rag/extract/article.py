"""Read a file into articles: text and stated facts. The file name is used only for its type."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Final

from rag.errors import Undecodable
from rag.extract.base import Extracted, Format, Refusal
from rag.extract.formats import PLAIN
from rag.extract.news_page import read_page
from rag.extract.outlets import Outlets
from rag.text.normalise import has_letters, language
from rag.types import Article, Rendition

NO_TEXT: Final = re.compile("[\0\ud800-\udfff]")
"""Characters that databases cannot store as text: NUL and lone surrogates."""
RULES: Final = 3
"""Version of the rules; increment it if a change moves a span of a body, sentence or passage."""


def article_id(corpus: str, source: str, member: str | None = None) -> str:
    """Stable, opaque id of an article: 24 hexadecimal digits."""
    parts = [corpus, source] if member is None else [corpus, source, member]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:24]


def format_of(source: str, formats: Mapping[str, Format]) -> Format:
    """Format of a file by its extension; plain text if no format matches."""
    return formats.get(PurePosixPath(source).suffix.lower(), PLAIN)


def read_articles(
    data: bytes, *, corpus: str, source: str, formats: Mapping[str, Format], outlets: Outlets | None = None
) -> Iterator[Article | Refusal]:
    """Articles in the bytes of a file, one at a time, and refusals.

    `outlets` is the table of outlet names for plain text; None means the built-in one. Raises `Undecodable` if the
    bytes do not clearly match the file's type.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        for one in format_of(source, formats).extract(data):
            yield one if isinstance(one, Refusal) else _taken(one, corpus, source, sha256, outlets)
    except Undecodable as error:
        raise Undecodable(error.what, where=source, do=error.do) from error


def read_article(data: bytes, *, corpus: str, source: str) -> Article:
    """Article of a plain-text file, with the title, outlet and date that its page states.

    Raises `Undecodable` if the bytes are not clearly text, or contain no letters.
    """
    for article in read_articles(data, corpus=corpus, source=source, formats={}):
        if isinstance(article, Article):
            return article
    raise AssertionError("a plain-text file is one article")


def _taken(one: Extracted, corpus: str, source: str, sha256: str, outlets: Outlets | None) -> Article | Refusal:
    if NO_TEXT.search(one.text):
        what, do = "its text contains a NUL character or a lone surrogate", "save it again from its source"
        if one.member is None:
            raise Undecodable(what, do=do)
        return Refusal(one.member, what, do)
    return _article(one, corpus, source, sha256, outlets)


def _article(one: Extracted, corpus: str, source: str, sha256: str, outlets: Outlets | None) -> Article:
    text = one.text
    page = read_page(text, outlets) if one.body is None else None
    stretches = one.body if page is None else page.body
    body = tuple(span for span in stretches or () if has_letters(span.of(text)))
    return Article(
        id=article_id(corpus, source, one.member),
        corpus=corpus,
        source=source,
        sha256=sha256,
        text=text,
        rendition=Rendition(hashlib.sha256(text.encode()).hexdigest(), encoding=one.encoding, extractor=one.extractor),
        body=body,
        language=language("\n".join(span.of(text) for span in body)),
        title=one.title or (page.title if page else None),
        outlet=one.outlet or (page.outlet if page else None),
        published=one.published or (page.published if page else None),
        author=one.author or (page.author if page else None),
        section=one.section or (page.section if page else None),
        member=one.member,
        pages=one.pages,
    )
