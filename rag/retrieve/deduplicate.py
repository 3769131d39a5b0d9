"""Fold near-duplicates among ranked search candidates into the best one of each group.

No candidate is lost: each one down to the last one shown is either shown or folded into exactly one other.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from rag.text.normalise import has_letters, normalise, tokens
from rag.text.sentences import trim
from rag.types import Article, Copy, Evidence, Found, Hit, Passage, Span
from rag.verify.claims import check

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rag.index.reader import Index
    from rag.retrieve.filters import Among

    Ordinals = NDArray[np.int64]


# Finds the same sentence in other texts: with the same words or a few edited words.
#
# Sentences are compared whole, by their stored spans. The claim checks decide whether edited words keep the meaning:
# another figure, name or negation makes another sentence.

_ALIKE: Final = 0.6
"""Minimum share of common words for one sentence to be an edited copy of another."""
MOST: Final = 20
"""Maximum number of articles listed as copies."""
_NEVER: Final = frozenset({"figure", "unit", "negation", "opposite", "roles"})
"""Kinds of problems that rule out that a sentence is an edited copy."""


def _words_of(text: str) -> str:
    """The normalised words of a sentence for comparison, without punctuation at its ends."""
    return " ".join(normalise(text)[0].split()).strip(" .،؛:!?؟…\"'«»“”()[]-–—*")


def sentences_of(passage: Passage) -> Iterator[str]:
    """The sentences of a passage, verbatim."""
    for start, end in passage.sentences:
        yield passage.text[start - passage.span.start : end - passage.span.start]


def _stands_in(sentence: str, passage: Passage) -> bool:
    """Whether a passage contains a sentence, verbatim or edited."""
    there = list(sentences_of(passage))
    words = _words_of(sentence)
    return any(_words_of(one) == words for one in there) or any(same_statement(sentence, one) for one in there)


def same_statement(one: str, other: str) -> bool:
    """Whether two sentences have the same words, or the same meaning with a few words edited.

    One may omit words of the other, such as a dateline, but no figure; words may not be replaced on both sides.
    """
    if _words_of(one) == _words_of(other):
        return True
    if share_of_words(tokens(one), tokens(other)) < _ALIKE:
        return False
    lacks = [_problems(one, other), _problems(other, one)]
    return not all(lacks) and all(lacking.isdisjoint(_NEVER) for lacking in lacks)


def _problems(sentence: str, other: str) -> set[str]:
    """Kinds of the problems found when `sentence` is checked as a claim against `other`."""
    return {problem.kind for problem in check(sentence, [other], similarity=None, min_similarity=0.0).problems}


def share_of_words(one: Collection[str], other: Collection[str]) -> float:
    """Jaccard similarity of two word collections, in [0, 1]; 0 if both are empty."""
    ours, theirs = set(one), set(other)
    return len(ours & theirs) / len(ours | theirs) if ours | theirs else 0.0


class Copies:
    """Other occurrences of the sentences that a search found."""

    def __init__(self, found: Found) -> None:
        self._found = found
        self._places: dict[str, list[tuple[Article, Span]]] = {}
        self._of_story: dict[str, dict[str, list[Span]]] = {}
        passages = {one.id: one for one in (*(hit.passage for hit in found.hits), *found.others)}
        for passage in passages.values():
            article = found.articles[passage.article_id]
            story = self._of_story.setdefault(found.story(article.id), {}).setdefault(article.id, [])
            for span in passage.sentences:
                trimmed = trim(article.text, span)
                if has_letters(trimmed.of(article.text)):
                    story.append(trimmed)
                    self._places.setdefault(_words_of(trimmed.of(article.text)), []).append((article, trimmed))

    def of(self, item: Evidence) -> tuple[frozenset[str], tuple[Copy, ...]]:
        """Story ids of a piece of evidence, and other articles with its sentence or of its story: the earliest
        published first, then by source; at most `MOST`."""
        found: dict[str, Copy] = {}
        for article, span in self._places.get(_words_of(item.text), []):
            if article.id != item.article.id:
                found.setdefault(article.id, Copy(article, span, same=True))
        own = self._found.story(item.article.id)
        for article_id, spans in self._of_story.get(own, {}).items():
            if article_id != item.article.id and article_id not in found:
                article = self._found.articles[article_id]
                found[article_id] = Copy(article, self._edited_there(item.text, article, spans))
        stories = {own, *(self._found.story(one.article.id) for one in found.values() if one.span)}
        return frozenset(stories), tuple(sorted(found.values(), key=lambda one: _earliest(one.article))[:MOST])

    @staticmethod
    def _edited_there(text: str, article: Article, spans: list[Span]) -> Span | None:
        ours = tokens(text)
        near = max(spans, key=lambda span: share_of_words(ours, tokens(span.of(article.text))), default=None)
        return near if near and same_statement(text, near.of(article.text)) else None


def _earliest(article: Article) -> tuple[str, str, str]:
    """Sort key of articles as a tie-breaker: earliest published first, then by source."""
    return (article.published.value if article.published else "9999", article.source, article.member or "")


@dataclass(frozen=True, slots=True)
class Folding:
    """Deduplication over one generation; `passages` and `articles` are those of the search. A place is a candidate's
    index."""

    index: Index
    passages: Callable[[list[str]], list[Passage]]
    articles: Callable[[list[str]], dict[str, Article]]

    def fold(
        self, ordinals: Ordinals, score: NDArray[np.float64], count: int, vector: NDArray[np.float32]
    ) -> dict[int, list[int]]:
        """The `count` best places that are not duplicates, best first, each with the places folded into it.

        Of passages with the same words and score, the one published first is kept, then the first by source. A
        near-duplicate of an earlier passage is folded into it only if that passage also has its best sentence for the
        question `vector`: with another figure or name it stays a separate hit.
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
            into = next((one for one in by_near.get(near, ()) if _stands_in(best, texts[one])), None)
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
        """Ids of the other passages with the same words; `among` is what the filters let through."""
        twins = self.index.twins(ordinal)
        if among is not None:
            twins = twins[among.has(twins)]
        return tuple(self.index.ids[twin] for twin in twins.tolist())

    def near(self, folded: Iterable[int], among: Among | None) -> tuple[str, ...]:
        """Ids of folded passages and of passages with the same words as one of them."""
        return tuple(name for ordinal in folded for name in (self.index.ids[ordinal], *self.twins(ordinal, among)))

    def others(self, hits: Sequence[Hit]) -> list[Passage]:
        """Passages of the same stories as the hits, and those folded into them, regardless of filters.

        For each story and each hit, passages of its first `MOST` articles.
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
        """Story id of each article of these passages that is not the first of its story (see `Found.stories`)."""
        firsts = {one.article_id: _article_of(self.index.story(one.id)[0]) for one in passages}
        return {article_id: first for article_id, first in firsts.items() if first != article_id}

    def _where_near(self, ordinals: Ordinals) -> dict[int, Passage]:
        """Passages, by place, that are near-duplicates of another of these without having the same words."""
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
        """For each of these places, the first by tie-breaker among the places with the same words and score."""
        groups = self.index.groups[ordinals]
        same = [
            np.flatnonzero((groups == groups[place]) & np.isclose(score, score[place], rtol=0, atol=1e-6)).tolist()
            for place in chosen
        ]
        names = {place: _article_of(self.index.ids[ordinals[place]]) for tied in same if tied[1:] for place in tied}
        articles = self.articles(sorted(set(names.values()))) if names else {}
        return [
            min(tied, key=lambda place: _earliest(articles[names[place]])) if tied[1:] else place
            for place, tied in zip(chosen, same, strict=True)
        ]


def _article_of(passage_id: str) -> str:
    return passage_id.rpartition("@")[0]
