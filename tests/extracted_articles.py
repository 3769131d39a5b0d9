"""What holds for every extracted article, whatever its format: `checked` holds it against the laws of `rag.types`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rag.errors import Undecodable
from rag.extract.base import Extracted
from rag.text.normalise import has_letters
from rag.types import Article, Citation, Rendition, Span

FORMATS = Path(__file__).parent / "data" / "formats"


def checked(extracted: Extracted) -> Extracted:
    """`extracted`, if it makes an article of which every body span can be cited, and states only what it shows."""
    text = extracted.text
    digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
    article = Article(
        id="1",
        corpus="c",
        source="s",
        sha256=digest,
        text=text,
        rendition=Rendition(digest, extractor=extracted.extractor),
        body=extracted.body or (),
    )
    assert extracted.body
    for span in extracted.body:
        assert has_letters(Citation.cut(1, article, span).quote)
    for name in ("title", "outlet", "author", "section"):
        stated = getattr(extracted, name)
        assert stated is None or (Span(*stated.span).of(text) == stated.value and stated.value), name
    if extracted.published:
        Citation.cut(1, article, extracted.published.span)
    assert list(extracted.pages) == sorted(extracted.pages)
    assert all(0 <= page <= len(text) for page in extracted.pages)
    return extracted


def news(extracted: Extracted) -> str:
    """The words of the body, a space between them."""
    return " ".join(" ".join(span.of(extracted.text) for span in extracted.body or ()).split())


def reason(extract: Callable[[bytes], Iterator[Extracted]], data: bytes) -> str:
    """Why `data` is refused; fails where it is not."""
    with pytest.raises(Undecodable) as error:
        list(extract(data))
    assert error.value.do, "an error says what to do"
    return str(error.value)


def read_or_refused(extract: Callable[[bytes], Iterator[Extracted]], data: bytes) -> None:
    """Whatever `data` is, its articles keep the laws, or it is refused."""
    try:
        articles = list(extract(data))
    except Undecodable:
        return
    for article in articles:
        if article.body:
            checked(article)
