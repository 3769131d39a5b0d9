"""Candidates of a search, ranked → those that say something of their own, with what says the same folded into each.

Nothing is lost: each candidate down to the last one shown is shown or folded into exactly one. Gives no scores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rag.retrieve.copies import MOST, earliest, sentences_of, stands_in
from rag.types import Article, Hit, Passage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rag.index.reader import Index
    from rag.retrieve.columns import Among

    Ordinals = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Folding:
    """The folding of one generation; `passages` and `articles` are the search's. A place is one of a candidate."""

    index: Index
    passages: Callable[[list[str]], list[Passage]]
    articles: Callable[[list[str]], dict[str, Article]]

    def fold(
        self, ordinals: Ordinals, score: NDArray[np.float64], count: int, vector: NDArray[np.float32]
    ) -> dict[int, list[int]]:
        """The `count` best places that say something of their own, best first, each with those folded into it.

        Of passages with the same words only one is named, of the same score the one that was published first, then the
        first by source. One that is nearly the same as one before is folded into it only where that one has its best
        sentence for the question `vector` too: with another figure or name it stays a hit of its own.
        """
        texts = self._where_near(ordinals)
        folds: dict[int, list[int]] = {}
        seen: set[int] = set()
        by_near: dict[int, list[int]] = {}
        for place in np.argsort(-score, kind="stable").tolist():
            group, near = int(self.index.groups[ordinals[place]]), int(self.index.near[ordinals[place]])
            if group in seen:
                continue
            best = self._best_sentence(texts[place], int(ordinals[place]), vector) if near in by_near else ""
            into = next((one for one in by_near.get(near, ()) if stands_in(best, texts[one])), None)
            if into is None and len(folds) == count:
                break
            seen.add(group)
            if into is None:
                folds[place] = []
                by_near.setdefault(near, []).append(place)
            else:
                folds[into].append(place)
        return dict(zip(self._earliest(ordinals, score, list(folds)), folds.values(), strict=True))

    def twins(self, ordinal: int, among: Among | None) -> tuple[str, ...]:
        """The ids of the other passages with the words of one, `among` what a filter lets through."""
        twins = self.index.twins(ordinal)
        if among is not None:
            twins = twins[among.has(twins)]
        return tuple(self.index.ids[twin] for twin in twins.tolist())

    def near(self, folded: Iterable[int], among: Among | None) -> tuple[str, ...]:
        """The ids of folded passages, and of those with the words of one."""
        return tuple(name for ordinal in folded for name in (self.index.ids[ordinal], *self.twins(ordinal, among)))

    def others(self, hits: Sequence[Hit]) -> list[Passage]:
        """The other passages of the stories of hits, and those folded into them, whatever the filters.

        Of each story and each hit those of the first `MOST` articles.
        """
        names: dict[str, None] = {}
        for hit in hits:
            story = self.index.story(hit.passage.id)
            articles = list(dict.fromkeys(map(_article_of, story)))
            if len(articles) > 1:
                kept = {*articles[:MOST], hit.passage.article_id}
                names.update(dict.fromkeys(name for name in story if _article_of(name) in kept))
            names.update(dict.fromkeys(hit.duplicates[:MOST]))
        shown = {hit.passage.id for hit in hits}
        return self.passages([name for name in names if name not in shown])

    def stories(self, passages: Iterable[Passage]) -> dict[str, str]:
        """The story of each article of these passages that is not the first of its own (see `Found.stories`)."""
        firsts = {one.article_id: _article_of(self.index.story(one.id)[0]) for one in passages}
        return {article_id: first for article_id, first in firsts.items() if first != article_id}

    def _where_near(self, ordinals: Ordinals) -> dict[int, Passage]:
        """By place, the passages that are nearly the same as another of these without having its words."""
        near, groups = self.index.near[ordinals], self.index.groups[ordinals]
        words: dict[int, set[int]] = {}
        for one, group in zip(near.tolist(), groups.tolist(), strict=True):
            words.setdefault(one, set()).add(group)
        places = [place for place, one in enumerate(near.tolist()) if len(words[one]) > 1]
        passages = self.passages([self.index.ids[ordinals[place]] for place in places]) if places else []
        return dict(zip(places, passages, strict=True))

    def _best_sentence(self, passage: Passage, ordinal: int, vector: NDArray[np.float32]) -> str:
        return list(sentences_of(passage))[int(self.index.sentences(vector, ordinal).argmax())]

    def _earliest(self, ordinals: Ordinals, score: NDArray[np.float64], chosen: Sequence[int]) -> list[int]:
        """For each of these places that of its twins with the same score which comes first."""
        groups = self.index.groups[ordinals]
        same = [
            np.flatnonzero((groups == groups[place]) & np.isclose(score, score[place], rtol=0, atol=1e-6)).tolist()
            for place in chosen
        ]
        names = {place: _article_of(self.index.ids[ordinals[place]]) for tied in same if tied[1:] for place in tied}
        articles = self.articles(sorted(set(names.values()))) if names else {}
        return [
            min(tied, key=lambda place: earliest(articles[names[place]])) if tied[1:] else place
            for place, tied in zip(chosen, same, strict=True)
        ]


def _article_of(passage_id: str) -> str:
    return passage_id.rpartition("@")[0]
