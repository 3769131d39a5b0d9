"""A question → the passages that may answer it: two legs propose, every proposal gets every score, fusion ranks.

Knows nothing of files, of how an index is made, or of what becomes of the hits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from rag.arabic import tokens
from rag.copies import sentences_of
from rag.folding import Folding
from rag.fusion import Weights, fuse
from rag.language.lexicon import across
from rag.language.own_names import NONE, OwnNames
from rag.questions.coverage import Word, coverage
from rag.questions.filters import Meta, allowed
from rag.types import Article, Filters, Found, Hit, Passage, Query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from rag.index import Index

    Ordinals = NDArray[np.int64]


class Embeds(Protocol):
    """What a search asks of an embedding model."""

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


@dataclass(frozen=True, slots=True)
class Searcher:
    """`Search` over one generation. Call it with a `Query`; threads may share it.

    `passages` gives passages by id, in order; `articles` the articles of these ids; `metas` what filters ask about
    all articles of the generation. `candidates` is how many passages each leg proposes; `names` are the user's
    own: the keyword leg has their other spellings too.
    """

    index: Index
    embedder: Embeds
    passages: Callable[[list[str]], list[Passage]]
    articles: Callable[[list[str]], dict[str, Article]]
    metas: Callable[[], Iterable[Meta]]
    generation: str
    candidates: int
    weights: Weights
    names: OwnNames = NONE

    def __call__(self, query: Query) -> Found:
        """The `query.top_k` best passages, best first; what says the same is folded into the best of it."""
        vector = self.embedder.encode_queries([query.searched])[0]
        words = tokens(query.searched)
        own = self.names.across(query.searched)
        others = across(words) | own
        keyword = self.index.keywords.scores(words)
        among = self._among(query.filters)
        if among is None:
            by_vector = self.index.nearest(vector, self.candidates)
            by_keyword = _best(keyword, np.flatnonzero(keyword), self.candidates)
        else:
            by_vector = among[_best(self.index.dense(vector, among), np.arange(len(among)), self.candidates)]
            by_keyword = _best(keyword, among[keyword[among] > 0], self.candidates)
        named = self.index.keywords.shares(own.values())
        by_name = _best(named, np.flatnonzero(named) if among is None else among[named[among] > 0], self.candidates)
        by_keyword = np.union1d(by_keyword, by_name)
        ordinals = np.union1d(by_vector, by_keyword)
        searched = self.index.count if among is None else len(among)
        if not len(ordinals):
            return Found((), {}, self.generation, searched)
        dense = self.index.dense(vector, ordinals)
        sentence = self.index.sentence(vector, ordinals)
        score = fuse(
            dense,
            sentence,
            keyword[ordinals],
            np.maximum(self.index.names.scores(query.searched), named)[ordinals],
            self.index.keywords.shares(others.values())[ordinals],
            weights=self.weights,
        )
        folding = Folding(self.index, self.passages, self.articles)
        folds = folding.fold(ordinals, score, query.top_k, vector)
        found = self.passages([self.index.ids[ordinals[place]] for place in folds])
        legs = set(by_vector.tolist()), set(by_keyword.tolist())
        asked = [Word(forms, self.index.keywords.value(forms)) for forms in ({**o, w: 1.0} for w, o in others.items())]
        hits: list[Hit] = []
        for place, folded, passage in zip(folds, folds.values(), found, strict=True):
            ordinal = int(ordinals[place])
            cosines = self.index.sentences(vector, ordinal)
            near = folding.near(ordinals[folded].tolist(), among)
            hits.append(
                Hit(
                    passage=passage,
                    best=passage.sentences[int(cosines.argmax())],
                    dense=float(dense[place]),
                    sentence=float(sentence[place]),
                    keyword=float(keyword[ordinal]),
                    score=float(score[place]),
                    found_by=_found_by(ordinal in legs[0], ordinal in legs[1]),
                    duplicates=(*folding.twins(ordinal, among), *near),
                    sentences=tuple(cosines.tolist()),
                    words=tuple(coverage(asked, set(tokens(text))) for text in sentences_of(passage)),
                    near=near,
                )
            )
        beside = folding.others(hits)
        read = (*found, *beside)
        articles = self.articles(sorted({one.article_id for one in read}))
        return Found(tuple(hits), articles, self.generation, searched, folding.stories(read), tuple(beside))

    def _among(self, filters: Filters) -> NDArray[np.int64] | None:
        """The ordinals that the filters let through; None when there is no filter."""
        if not filters:
            return None
        # Chroma's own filters make a query fifty times slower at 100,000 passages.
        articles = allowed(filters, self.metas())
        passing = (ordinal for ordinal, name in enumerate(self.index.ids) if name.rpartition("@")[0] in articles)
        return np.fromiter(passing, np.int64)


def _best(scores: NDArray[np.float64], places: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """The `count` of `places` with the highest scores, highest first; of equal ones, the first."""
    return places[np.argsort(-scores[places], kind="stable")[:count]]


def _found_by(dense: bool, keyword: bool) -> str:
    return "both" if dense and keyword else "dense" if dense else "keyword"
