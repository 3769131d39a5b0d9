"""What a file holds, sorted out: articles with their passages, and those that are refused, each under its own name.

Knows neither where they are kept nor what was there before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from rag.errors import Undecodable
from rag.extract.base import Refusal
from rag.types import Article, Passage

Split = Callable[[Article], list[Passage]]
Member = tuple[Article, list[Passage]] | Refusal


def members(found: Iterable[Article | Refusal], split: Split, source: str) -> Iterator[Member]:
    """Each article of a file with its passages, or why it is refused; one is in memory at a time.

    Raises `Undecodable` at the end where the file holds none: then the first reason stands for all that were refused.
    """
    names: set[str | None] = set()
    refused: Counter[str] = Counter()
    first: Refusal | None = None
    taken = False
    for one in found:
        article = _with_passages(one, names, split) if isinstance(one, Article) else one
        taken = taken or not isinstance(article, Refusal)
        if isinstance(article, Refusal):
            first = first or article
            refused[article.member] += 1
            again = refused[article.member]
            article = article if again == 1 else replace(article, member=f"{article.member} ({again})")
        yield article
    if not taken:
        raise _nothing(first, refused.total(), source)


def _nothing(first: Refusal | None, refused: int, source: str) -> Undecodable:
    if first is None:
        return Undecodable("it holds no article", where=source, do="delete it, or fill it")
    more = f" (and {refused - 1} more)" if refused > 1 else ""
    return Undecodable(f"it holds no article: {first.member}: {first.reason}{more}", where=source, do=first.do)


def _with_passages(article: Article, names: set[str | None], split: Split) -> Member:
    if article.member in names:
        return Refusal(article.member or "", "another article of the file has the same name", "rename one of them")
    names.add(article.member)
    passages = split(article)
    if passages:
        return article, passages
    nothing = Undecodable("it holds no text to search", where=article.source, do="delete it, or fill it")
    if article.member is None:
        raise nothing
    return Refusal(article.member, nothing.what, nothing.do)
