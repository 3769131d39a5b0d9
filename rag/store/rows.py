"""Articles and passages to rows of the catalog and back, checked on the way. Knows no SQL statement.

The text of a passage is never stored beside its offsets: it is sliced from the text of its version.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, NamedTuple

from sqlalchemy.engine import RowMapping

from rag.errors import CatalogError
from rag.types import Article, Passage, Rendition, Span, Stated

STATED: Final = ("title", "outlet", "published", "author", "section")
"""What an article states about itself, by the names of `Article` and of the columns."""


class VersionKey(NamedTuple):
    """What names a version in the catalog: the article, the bytes of its file, and the rules it was read by."""

    article_id: str
    sha256: str
    rules: str


@dataclass(frozen=True, slots=True)
class GenerationRow:
    """One immutable state of a corpus, with `count` passages: what an index was built from, and how."""

    id: str
    corpus: str
    fingerprint: str
    rules: str
    created_at: str
    count: int


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A file that is not in the corpus, why, and what would bring it in; with `member`, one article of a file."""

    source: str
    reason: str
    do: str
    member: str | None = None

    @property
    def name(self) -> str:
        """The file, with the article in it where it is one of many."""
        return f"{self.source} ({self.member})" if self.member else self.source


@dataclass(frozen=True, slots=True)
class ArticleMeta:
    """What filters ask about an article."""

    id: str
    source: str
    title: str | None
    outlet: str | None
    published: str | None
    language: str


@dataclass(frozen=True, slots=True)
class Counts:
    """What the catalog of a corpus holds, the current generation's articles and passages first."""

    articles: int
    passages: int
    vectors: int
    quarantined: int
    generations: int


def version_key(row: RowMapping) -> VersionKey:
    return VersionKey(row["article_id"], row["sha256"], row["rules"])


def sha256_of(text: str) -> str:
    """The hash of the UTF-8 form of `text`, in lower-case hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def generation_from_row(row: RowMapping) -> GenerationRow:
    names = ("id", "corpus", "fingerprint", "rules", "created_at", "passages")
    return GenerationRow(*(row[name] for name in names))


def article_to_row(article: Article, rules: str) -> dict[str, Any]:
    row: dict[str, Any] = {
        "article_id": article.id,
        "sha256": article.sha256,
        "rules": rules,
        "corpus": article.corpus,
        "source": article.source,
        "member": article.member or "",
        "text": article.text,
        "text_sha256": article.rendition.text_sha256,
        "encoding": article.rendition.encoding,
        "extractor": article.rendition.extractor,
        "language": article.language,
        "pages": list(article.pages),
        "body": [list(span) for span in article.body],
    }
    for name in STATED:
        stated: Stated | None = getattr(article, name)
        row[name] = stated.value if stated else None
        row[f"{name}_start"] = stated.span.start if stated else None
        row[f"{name}_end"] = stated.span.end if stated else None
    return row


def article_from_row(row: RowMapping) -> Article:
    """The article of a row of `versions`. Raises `CatalogError` when its text is not what was stored."""
    return Article(
        id=row["article_id"],
        corpus=row["corpus"],
        source=row["source"],
        sha256=row["sha256"],
        text=checked_text(row),
        rendition=Rendition(row["text_sha256"], row["encoding"], row["extractor"]),
        body=tuple(Span(*ends) for ends in row["body"]),
        language=row["language"],
        title=_stated(row, "title"),
        outlet=_stated(row, "outlet"),
        published=_stated(row, "published"),
        author=_stated(row, "author"),
        section=_stated(row, "section"),
        member=row["member"] or None,
        pages=tuple(row["pages"] or ()),
    )


def whole_body(row: RowMapping) -> tuple[Span, ...]:
    """The body of a row of `versions` before lines that many articles repeat were taken out of it."""
    return tuple(Span(*ends) for ends in row["whole"] or row["body"])


def checked_text(row: RowMapping) -> str:
    text: str = row["text"]
    if sha256_of(text) != row["text_sha256"]:
        raise _damaged(row["article_id"], "its text is not what was stored")
    return text


def _stated(row: RowMapping, name: str) -> Stated | None:
    value = row[name]
    return None if value is None else Stated(value, Span(row[f"{name}_start"], row[f"{name}_end"]))


def passage_to_row(passage: Passage, rules: str) -> dict[str, Any]:
    """A row of `passages`. Raises `ValueError` when its sentences do not tile its span."""
    cuts = [passage.span.start, *(sentence.end for sentence in passage.sentences)]
    if tuple(_between(cuts)) != passage.sentences or cuts[-1] != passage.span.end:
        raise ValueError(f"{passage.id}: its sentences do not tile it")
    return {
        "id": passage.id,
        "rules": rules,
        "article_id": passage.article_id,
        "sha256": passage.sha256,
        "cuts": cuts,
    }


def passage_from_row(row: RowMapping, text: str) -> Passage:
    """The passage of a row of `passages`, cut from the `text` of its version; `CatalogError` when it cannot be."""
    cuts: list[int] = row["cuts"]
    if len(cuts) < 2 or cuts[0] < 0 or cuts[-1] > len(text) or any(a >= b for a, b in _between(cuts)):
        raise _damaged(row["id"], "its offsets are not in its article")
    span = Span(cuts[0], cuts[-1])
    if Passage.make_id(row["article_id"], row["sha256"], span) != row["id"]:
        raise _damaged(row["id"], "its offsets are not those of its name")
    return Passage(row["id"], row["article_id"], row["sha256"], span, tuple(_between(cuts)), span.of(text))


def _between(cuts: list[int]) -> list[Span]:
    return [Span(start, end) for start, end in pairwise(cuts)]


def _damaged(where: str, what: str) -> CatalogError:
    return CatalogError(f"the catalog is damaged: {what}", where=where, do="move its folder away and ingest again")
