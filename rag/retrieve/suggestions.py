"""Questions that a corpus answers, for a reader who does not know yet what to ask. No model writes them.

What `rag.retrieve.askable` draws from a sample of the articles is put to the search and kept only when the best
sentence found is one that the question can be drawn from, with a score that is answered. Where nothing passes there
are no examples: it never invents one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from rag.retrieve.askable import Askable, askable
from rag.retrieve.question import make_query

if TYPE_CHECKING:
    from rag.store.catalog import Catalog
    from rag.types import Article, Found, Language, Search

_COMMON: Final = 4
SAMPLE: Final = 120
TRIES: Final = 40
"""Searches for one set of examples: a second where one takes 25 ms."""
_ROUNDS: Final = (("speaker", "report", "place"), ("pair",), ("one",))
"""The kinds of question, in turn within a round; a later round fills what the ones before left open."""


def sample_articles(catalog: Catalog, corpus: str, size: int = SAMPLE) -> list[Article]:
    """At most `size` articles of the current generation, evenly spread, the same ones each time."""
    current = catalog.current(corpus)
    if current is None:
        return []
    # Ids are hashes: their order has nothing to do with folders or dates, and needs no text to be read.
    ids = sorted(member.article_id for member in catalog.members(current.id))
    chosen = [ids[place * len(ids) // size] for place in range(size)] if len(ids) > size else ids
    return list(catalog.articles(current.id, chosen).values())


def example_questions(
    articles: Sequence[Article],
    search: Search,
    *,
    language: Language,
    is_clear: Callable[[Found], bool],
    count: int = 4,
    tries: int = TRIES,
) -> tuple[str, ...]:
    """At most `count` questions in `language` about `articles` that `search` answers, unlike each other.

    A question is kept when what is found `is_clear` as an answer, and the best hit's best sentence is
    one that the question can be drawn from (for a headline: lies in its article). No two questions are answered by
    one article. At most `tries` searches are made. Raises what the search raises.
    """
    kept: list[Askable] = []
    articles_kept: set[str] = set()
    for candidate in _in_turn(articles, language):
        if len(kept) == count or tries == 0:
            break
        if not all(_unlike(candidate, one) for one in kept):
            continue
        tries -= 1
        query = make_query(candidate.question, language=language, top_k=1)
        source = _answered_by(candidate, search(query), language, is_clear)
        if source and source not in articles_kept:
            kept.append(candidate)
            articles_kept.add(source)
    return tuple(one.question for one in kept)


def _in_turn(articles: Sequence[Article], language: Language) -> Iterator[Askable]:
    """What may be asked about the articles: kinds in turn, and within a kind what an article is most about first."""
    drawn: dict[str, dict[str, Askable]] = defaultdict(dict)
    shared: Counter[str] = Counter()
    for article in articles:
        found = askable(article, language)
        shared.update({one.question for one in found})
        for one in found:
            known = drawn[one.kind].setdefault(one.question, one)
            if one.weight > known.weight:
                drawn[one.kind][one.question] = one
    # Where every third article names the country, to ask about it asks nothing.
    common = {question for question, times in shared.items() if times > max(_COMMON, len(articles) / 3)}
    for kinds in _ROUNDS:
        lines = [sorted(drawn[kind].values(), key=lambda one: -one.weight) for kind in kinds]
        for row in zip_longest(*lines):
            yield from (one for one in row if one and one.question not in common)


def _unlike(one: Askable, other: Askable) -> bool:
    """Whether two questions have nothing in common but a place."""
    mine, theirs = set(one.about), set(other.about)
    return one.about[0] not in theirs and other.about[0] not in mine


def _answered_by(candidate: Askable, found: Found, language: Language, is_clear: Callable[[Found], bool]) -> str | None:
    """The id of the article whose sentence answers; None when that is not clear or it is about something else."""
    if not is_clear(found):
        return None
    hit = found.hits[0]
    told = askable(found.articles[hit.passage.article_id], language)
    there = [one for one in told if one.span and one.span.start < hit.best.end and hit.best.start < one.span.end]
    there += [one for one in told if one.kind == "report"]
    named = {one.about[0] for one in there if one.kind == "one"}
    named_all = candidate.kind in {"place", "pair"} and named.issuperset(candidate.about)
    same = any(one.question == candidate.question for one in there)
    return hit.passage.article_id if named_all or same else None
