"""Fuse the scores of a passage into one, and helpers for ranking arrays of scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

SENTENCE_WEIGHT = 0.5
"""Weight of the best sentence in the cosine part of a score; the passage has the rest."""


class LegWeights(NamedTuple):
    """Weight of each leg besides the cosines: BM25, names across scripts, words across languages, dates.

    The defaults were chosen on XQuAD and ANT (docs/decisions/search.md).
    """

    keyword: float = 0.25
    names: float = 0.02
    lexicon: float = 0.04
    dates: float = 0.02


def inverse_frequency(frequency: ArrayLike, count: int) -> NDArray[np.float64]:
    """Inverse document frequency of a token in `frequency` of `count` texts: ln(1 + (count - f + 1/2) / (f + 1/2)).

    Never below 0; highest for a token in no text. This is Lucene's idf, and the least upper bound of what one
    occurrence of the token can add to a text's BM25 score in that variant, in which the weight of a term, tf / (tf + k1
    (1 - b + b length / mean length)), stays below 1.
    """
    times = np.asarray(frequency, dtype=np.float64)
    return np.log1p((count - times + 0.5) / (times + 0.5))


def share(points: NDArray[np.float64], most: float) -> NDArray[np.float64]:
    """`points` divided by the maximum that any text could have, in [0, 1]; 0 if that is 0."""
    return np.clip(points / most, 0.0, 1.0) if most > 0 else np.zeros_like(points)


def is_among(ordered: NDArray[np.integer], wanted: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Mask of the `wanted` numbers that are in the sorted array `ordered`, shape (len(wanted),). Binary search."""
    if not len(ordered):
        return np.zeros(len(wanted), np.bool_)
    places = np.searchsorted(ordered, wanted.astype(ordered.dtype)).clip(max=len(ordered) - 1)
    found: NDArray[np.bool_] = ordered[places] == wanted
    return found


def best(scores: NDArray[np.floating], count: int) -> NDArray[np.int64]:
    """Indexes of the `count` highest scores, highest first; ties by position."""
    if len(scores) > count > 0:
        least = np.partition(scores, len(scores) - count)[len(scores) - count]
        above, equal = np.flatnonzero(scores > least), np.flatnonzero(scores == least)
        places = np.union1d(above, equal[: count - len(above)])
    else:
        places = np.arange(len(scores))
    return places[np.argsort(-scores[places], kind="stable")][:count]


def fuse(
    dense: NDArray[np.float64],
    sentence: NDArray[np.float64],
    keyword: NDArray[np.float64],
    names: NDArray[np.float64],
    lexicon: NDArray[np.float64],
    dates: NDArray[np.float64] | float = 0.0,
    *,
    weights: LegWeights,
) -> NDArray[np.float64]:
    """One score per passage: ½ dense + ½ sentence, plus for each other leg its weight times its share.

    `dense` and `sentence` are cosines in [-1, 1], of the passage and of its best sentence; `keyword`, `names`,
    `lexicon` and `dates` are shares in [0, 1]. A leg that matches nothing adds 0, so scores of different questions are
    comparable.
    """
    cosines = (1 - SENTENCE_WEIGHT) * dense + SENTENCE_WEIGHT * sentence
    words = weights.keyword * keyword + weights.names * names + weights.lexicon * lexicon
    return cosines + words + weights.dates * dates
