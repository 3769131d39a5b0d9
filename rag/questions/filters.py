"""Which articles a question's filters let through. Pure."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Protocol

from rag.arabic import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rag.types import Filters


class Meta(Protocol):
    """What filters ask about an article; `published` starts with an ISO 8601 day."""

    @property
    def id(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def outlet(self) -> str | None: ...
    @property
    def published(self) -> str | None: ...


def allowed(filters: Filters, articles: Iterable[Meta]) -> set[str]:
    """The ids of the articles that pass.

    An article that does not state its outlet or date passes no filter on it. Outlets are compared in normal
    form; `source` is a path or a pattern with ``*`` and ``?``.
    """
    return {article.id for article in articles if _passes(filters, article)}


def _passes(filters: Filters, article: Meta) -> bool:
    day = (article.published or "")[:10]
    if filters.published_from and not day >= filters.published_from:
        return False
    if filters.published_to and not (day and day <= filters.published_to):
        return False
    if filters.outlet and _same(filters.outlet) != _same(article.outlet or ""):
        return False
    return not filters.source or filters.source == article.source or fnmatchcase(article.source, filters.source)


def _same(text: str) -> str:
    return " ".join(normalise(text)[0].split())
