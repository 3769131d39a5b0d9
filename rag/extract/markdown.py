"""Extract the article of a Markdown file: the text is the file itself, so every slice is one of the file.

Facts come from the front matter (``key: value`` lines between two lines of ``---`` or ``+++``); the body is the rest
without code, images, link definitions, comments and rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from rag.extract.base import Extracted, Field
from rag.extract.html import stated_day
from rag.extract.news_page import read_page
from rag.extract.outlets import Outlets
from rag.text.decode import decode
from rag.text.normalise import has_letters
from rag.types import Span, Stated

SUFFIXES: Final = frozenset({".markdown", ".md"})
_RULES: Final = 3
"""Version of the rules; increment it if a change moves a span of a body."""
_FIELDS: Final[dict[str, Field]] = {
    "title": "title", "headline": "title", "العنوان": "title",
    "outlet": "outlet", "publisher": "outlet", "site": "outlet", "source": "outlet",
    "المصدر": "outlet", "الصحيفة": "outlet",
    "author": "author", "authors": "author", "by": "author", "الكاتب": "author",
    "date": "published", "published": "published", "pubdate": "published", "التاريخ": "published",
    "section": "section", "category": "section", "categories": "section", "القسم": "section",
}  # fmt: skip
_ENTRY: Final = re.compile(r"([\w-]+)[ \t]*[:=][ \t]*(?P<quote>[\"']?)(?P<value>[^\r\n]*?)(?P=quote)[ \t]*(?:#.*)?")
_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})")
_OUTSIDE: Final = re.compile(
    r" {0,3}(?:\[[^\]\r\n]{1,200}\]:[ \t]*\S.*"  # a link or footnote definition with an address
    r"|(?:\[?!\[[^\]\r\n]*\]\([^)\r\n]*\)(?:\]\([^)\r\n]*\))?[ \t]*)+"  # only images
    r"|<!--.*-->|(?:[-*_][ \t]*){3,}|=+|\|?(?:[ \t]*:?-+:?[ \t]*\|)+(?:[ \t]*:?-+:?[ \t]*)?)[ \t]*"
)
_NOTE: Final = re.compile(r" {0,3}\[\^")
_HEADING: Final = re.compile(r" {0,3}#[ \t]+")
_LONGEST_ENTRY: Final = 2_000
"""Maximum length of a front matter line in characters; `_ENTRY` takes quadratic time."""


def extractor() -> str:
    """Name and version of the extractor."""
    return f"markdown/{_RULES}"


def extract(data: bytes, outlets: Outlets | None = None) -> Iterator[Extracted]:
    """Extract the article. Raises `Undecodable` as `rag.text.decode.decode` does."""
    text = decode(data).text
    stated, start = _front_matter(text)
    news = list(_news(text, start))
    title = stated.get("title") or _heading(text, news)
    page = read_page(text, outlets, title=title, outlet=stated.get("outlet"), start=start)
    body = [
        Span(max(span.start, part.start), min(span.end, part.end))
        for span in page.body
        for part in news
        if max(span.start, part.start) < min(span.end, part.end)
    ]
    yield Extracted(
        text=text,
        extractor=extractor(),
        body=tuple(span for span in body if has_letters(span.of(text))),
        title=page.title,
        outlet=stated.get("outlet") or page.outlet,
        author=stated.get("author") or page.author,
        published=stated.get("published") or page.published,
        section=stated.get("section") or page.section,
    )


def _front_matter(text: str) -> tuple[dict[Field, Stated], int]:
    """Facts of the front matter, and the offset of the text after it: 0 if there is none."""
    opening = re.match(r"(---|\+\+\+)[ \t]*\r?\n", text)
    closing = (
        re.compile(rf"^{re.escape(opening[1])}[ \t]*(?:\r?\n|$)", re.M).search(text, opening.end()) if opening else None
    )
    if not opening or not closing:
        return {}, 0
    stated: dict[Field, Stated] = {}
    for line in re.finditer(r"[^\r\n]+", text[: closing.start()]):
        entry = _ENTRY.fullmatch(line.group()) if len(line.group()) <= _LONGEST_ENTRY else None
        field = _FIELDS.get(entry[1].lower()) if entry else None
        if not entry or not field or field in stated or (not has_letters(entry["value"]) and field != "published"):
            continue
        span = Span(line.start() + entry.start("value"), line.start() + entry.end("value"))
        value = entry["value"]
        if field == "published":
            fact = stated_day(value)
            if fact is None:
                continue
            value = fact.value
        stated[field] = Stated(value, span)
    return stated, closing.end()


def _news(text: str, start: int) -> Iterator[Span]:
    """Runs of lines of `text` from `start` on that are neither code nor only markup."""
    fence = ""
    first = last = None
    for line in re.finditer(r"[^\r\n]+", text[start:]):
        opened = _FENCE.match(line.group())
        outside = bool(fence) or opened is not None
        if opened and not fence:
            fence = opened[1]
        elif opened and opened[1].startswith(fence) and not line.group().strip(" `~"):
            fence = ""
        outside = outside or (_OUTSIDE.fullmatch(line.group()) is not None and not _NOTE.match(line.group()))
        if outside or not line.group().strip():
            if outside and first is not None and last is not None:
                yield Span(first, last)
                first = None
            continue
        first = start + line.start() if first is None else first
        last = start + line.end()
    if first is not None and last is not None:
        yield Span(first, last)


def _heading(text: str, news: list[Span]) -> Stated | None:
    """The first level-one heading, if it begins the news."""
    for span in news[:1]:
        match = re.match(r"[^\r\n]+", span.of(text))
        heading = _HEADING.match(match.group()) if match else None
        if match and heading:
            words = match.group()[heading.end() :].rstrip(" \t").rstrip("#").rstrip(" \t")
            start = span.start + heading.end()
            if has_letters(words):
                return Stated(words, Span(start, start + len(words)))
    return None
