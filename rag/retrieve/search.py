"""Hybrid search: dense and keyword retrieval propose passages, every candidate gets every score, and fusion ranks
them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from rag.fusion import LegWeights, best, fuse, inverse_frequency, share
from rag.retrieve.deduplicate import Folding, sentences_of
from rag.retrieve.question import period_of
from rag.text.lexicon import across
from rag.text.names import NONE, OwnNames
from rag.text.normalise import tokens
from rag.types import Article, Found, Hit, Passage, Query

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from rag.index.reader import Index
    from rag.retrieve.filters import Among, FilterColumns

    Ordinals = NDArray[np.int64]


# Weighted share of a question's words that a text holds, in either language; rare words count more.
#
# Tokens are those of `rag.text.normalise.tokens`.


@dataclass(frozen=True, slots=True)
class QueryTerm:
    """A word of a question: its possible tokens with weights in (0, 1], and its idf."""

    forms: Mapping[str, float]
    value: float


def coverage(words: Sequence[QueryTerm], tokens: Collection[str]) -> float:
    """Σ value · greatest weight of the forms among `tokens` / Σ value, in [0, 1]; 0 for no words."""
    most = sum(word.value for word in words)
    held = sum(
        word.value * max((weight for form, weight in word.forms.items() if form in tokens), default=0.0)
        for word in words
    )
    return held / most if most > 0 else 0.0


SPARE = 2.0
"""Factor on the number of neighbours requested, over what would on average yield enough that match the filters."""
ROWS_A_NEIGHBOUR = 35
"""Number of stored vectors scored in the time in which Chroma finds one more neighbour (9 µs, at 100,000 passages)."""


CANDIDATES = 100
"""Number of passages that dense and keyword search each propose."""


class Embeds(Protocol):
    """What the search needs from an embedding model."""

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


@dataclass(frozen=True, slots=True)
class Searcher:
    """`Search` over one generation. Call it with a `Query`; thread-safe.

    `passages` returns passages by id, in order; `articles` returns the articles of these ids; `columns` holds the
    article metadata of the generation. `candidates` is the number of passages that each leg proposes; `names` are the
    user's own names, whose other spellings the keyword leg also searches.
    """

    index: Index
    embedder: Embeds
    passages: Callable[[list[str]], list[Passage]]
    articles: Callable[[list[str]], dict[str, Article]]
    columns: FilterColumns
    generation: str
    candidates: int = CANDIDATES
    weights: LegWeights = LegWeights()  # noqa: RUF009 (an immutable tuple)
    names: OwnNames = NONE

    def __call__(self, query: Query) -> Found:
        """The `query.top_k` best passages, best first; duplicates are folded into the best of each group."""
        vector = self.embedder.encode_queries([query.searched])[0]
        words = tokens(query.searched)
        own = self.names.across(query.searched)
        others = across(words) | own
        keywords = self.index.keywords
        points, most = keywords.points(words)
        among = self.columns.among(query.filters)
        by_vector = self._nearest(vector, among)
        by_keyword = best(points if among is None else points * among.every(), self.candidates)
        by_keyword = by_keyword[points[by_keyword] > 0]
        by_keyword = by_keyword if among is None else by_keyword[among.has(by_keyword)]
        ordinals = np.union1d(by_vector, by_keyword)
        if own:
            by_name = self._named(list(own.values()), among)
            by_keyword, ordinals = np.union1d(by_keyword, by_name), np.union1d(ordinals, by_name)
        searched = self.index.count if among is None else among.count
        if not len(ordinals):
            return Found((), {}, self.generation, searched)
        dense = self.index.dense(vector, ordinals)
        sentence = self.index.sentence(vector, ordinals)
        keyword = share(points[ordinals].astype(np.float64), most)
        named = np.maximum(
            self.index.names.scores(query.searched, ordinals), keywords.shares(list(own.values()), ordinals)
        )
        asked, across_values = self._asked(others)
        lexicon = keywords.weighed(list(others.values()), across_values, ordinals)
        score = fuse(
            dense, sentence, keyword, named, lexicon, self._in_time(query.searched, ordinals), weights=self.weights
        )
        folding = Folding(self.index, self.passages, self.articles)
        folds = folding.fold(ordinals, score, query.top_k, vector)
        found = self.passages([self.index.ids[ordinals[place]] for place in folds])
        legs = set(by_vector.tolist()), set(by_keyword.tolist())
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
                    keyword=float(keyword[place]),
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

    def _nearest(self, vector: NDArray[np.float32], among: Among | None) -> Ordinals:
        """The `candidates` nearest passages that match the filters, nearest first."""
        if among is None or among.count == self.index.count:
            return self.index.nearest(vector, self.candidates)
        wanted = min(self.candidates, among.count)
        # Chroma's own filters make a query fifty times slower at 100,000 passages. If many passages match, a somewhat
        # larger number of neighbours contains enough of them; if few match, or too few near the question, all matches
        # are scored.
        fetched = int(SPARE * wanted * self.index.count / max(among.count, 1))
        if among.count > ROWS_A_NEIGHBOUR * fetched:
            found = self.index.nearest(vector, fetched)
            found = found[among.has(found)][:wanted]
            if len(found) == wanted:
                return found
        return self.index.nearest_of(vector, np.flatnonzero(among.every()), wanted)

    def _in_time(self, question: str, ordinals: Ordinals) -> NDArray[np.float64]:
        """1 for each passage whose article was published in the period that the question names, else 0; shape (n,)."""
        period = period_of(question) if self.weights.dates else None
        if period is None:
            return np.zeros(len(ordinals))
        return period.has(self.columns.days(ordinals)).astype(np.float64)

    def _named(self, words: list[Mapping[str, float]], among: Among | None) -> Ordinals:
        """Passages that best match other spellings of the user's own names."""
        holders = self.index.keywords.holders(form for forms in words for form in forms)
        holders = holders if among is None else holders[among.has(holders)]
        return holders[best(self.index.keywords.shares(words, holders), self.candidates)]

    def _asked(self, others: Mapping[str, Mapping[str, float]]) -> tuple[list[QueryTerm], list[float]]:
        """The question's words in all their forms with their idf, and the value that the other forms alone add."""
        words, values = [], []
        for token, forms in others.items():
            frequencies = self.index.keywords.frequencies(forms, (token,))
            alone, value = inverse_frequency(frequencies, self.index.count).tolist()
            words.append(QueryTerm({**forms, token: 1.0}, value))
            values.append(alone)
        return words, values


def _found_by(dense: bool, keyword: bool) -> str:
    return "both" if dense and keyword else "dense" if dense else "keyword"
