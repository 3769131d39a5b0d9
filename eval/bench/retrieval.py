"""Retrieval benchmark: rank of the right paragraph by each leg alone, fused, and with the cross-language legs.

Also the separation of answerable and unanswerable questions by the best score.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from eval.metrics import mean, roc_area
from rag.fusion import LegWeights
from rag.text.normalise import tokens
from rag.types import Hit, Query, Search

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from eval.bench.data import BenchCorpus, BenchQuestion, BenchSet

    Rank = Callable[[BenchQuestion], int | None]


# Metrics over the ranks of many questions.

_DEPTH = 20
"""A rank greater than this counts as not found."""


def recall_at(ranks: Sequence[int | None], k: int) -> float:
    """Return the share of questions whose answer is in the first `k` ranks; ranks are from 1, None if not found."""
    return sum(rank is not None and rank <= k for rank in ranks) / len(ranks)


def reciprocal_rank(ranks: Sequence[int | None]) -> float:
    """Return the mean of 1 / rank; questions not found count as 0."""
    return sum(1 / rank for rank in ranks if rank is not None) / len(ranks)


@dataclass(frozen=True, slots=True)
class RetrievalRow:
    """The ranks, from 1, of the right paragraph for each question of a set, with one search method."""

    way: str
    questions: str
    ranks: tuple[int | None, ...]


def run(corpus: BenchCorpus, sets: Sequence[BenchSet]) -> list[RetrievalRow]:
    """Run every search method on every set of questions."""
    articles = [name.rpartition("@")[0] for name in corpus.index.ids]
    everything = np.arange(corpus.index.count)
    shipped_weights = LegWeights()

    def right(question: BenchQuestion) -> NDArray[np.bool_]:
        return np.array([article in question.gold for article in articles])

    def dense(question: BenchQuestion) -> int | None:
        vector = corpus.embedder.encode_queries([question.text])[0]
        return _rank_of_best(corpus.index.dense(vector, everything), right(question))

    def keyword(question: BenchQuestion) -> int | None:
        return _rank_of_best(
            corpus.index.keywords.scores(tokens(question.text)), np.isin(articles, list(question.gold))
        )

    with (
        corpus.search(names=0.0, lexicon=0.0) as plain,
        corpus.search(lexicon=0.0) as with_names,
        corpus.search() as shipped,
    ):
        ways: list[tuple[str, Rank]] = [
            ("dense passages", dense),
            ("BM25", keyword),
            ("by score, passages and sentences", partial(rank, plain)),
            (f"the same + {shipped_weights.names} × names", partial(rank, with_names)),
            (f"the same + {shipped_weights.lexicon} × words across languages", partial(rank, shipped)),
        ]
        return [RetrievalRow(way, each.name, tuple(map(of, each.questions))) for way, of in ways for each in sets]


def query(question: BenchQuestion, top_k: int = _DEPTH) -> Query:
    """Make the query that the product would search."""
    return Query(question.text, question.text, question.language, top_k=top_k)


def is_gold(hit: Hit, question: BenchQuestion) -> bool:
    """Whether the hit, or a passage with the same words, is in the right paragraph."""
    return any(name.rpartition("@")[0] in question.gold for name in (hit.passage.id, *hit.duplicates))


def rank(search: Search, question: BenchQuestion) -> int | None:
    """Return the rank, from 1, of the right paragraph; None if it is not in the first `_DEPTH`."""
    hits = search(query(question)).hits
    return next((place for place, hit in enumerate(hits, 1) if is_gold(hit, question)), None)


def _rank_of_best(scores: NDArray[np.float64], gold: NDArray[np.bool_]) -> int | None:
    """Return the rank of the best gold passage, after ties; None beyond `_DEPTH` or at score 0."""
    best = scores[gold].max()
    rank = 1 + int((scores[~gold] >= best).sum())
    return rank if best > 0 and rank <= _DEPTH else None


def table(rows: Iterable[RetrievalRow]) -> str:
    """Format as Markdown: a row per method and set of questions."""
    lines = [
        "| search | questions | n | R@1 (95 %) | R@5 | R@20 | MRR |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        first = mean([float(rank == 1) for rank in row.ranks])
        recalls = [f"{recall_at(row.ranks, k):.3f}" for k in (5, 20)]
        low, high = first.low or 0, first.high or 0
        lines.append(
            f"| {row.way} | {row.questions} | {len(row.ranks)} | {first.mean or 0:.3f} ({low:.3f}–{high:.3f}) "
            f"| {recalls[0]} | {recalls[1]} | {reciprocal_rank(row.ranks):.3f} |"
        )
    return "\n".join(lines)


# Separation of questions that the archive answers from those that it does not, by the best score.
#
# Each question is asked twice: with its paragraph in the archive, and without it.

_REFUSED = (0.05, 0.1)
"""Allowed shares of false refusals."""


@dataclass(frozen=True, slots=True)
class Separation:
    """The best score of each question with its paragraph (`present`) and without it (`absent`)."""

    questions: str
    present: NDArray[np.float64]
    absent: NDArray[np.float64]

    @property
    def area(self) -> float:
        return roc_area(self.present, self.absent)

    def threshold(self, refused: float) -> float:
        """Return the score that the share `refused` of the answerable questions is below."""
        return float(np.quantile(self.present, refused))

    def let_through(self, score: float) -> float:
        """Return the share of unanswerable questions whose best score is at least `score`."""
        return float((self.absent >= score).mean())


def measure_silence(search: Search, sets: Sequence[BenchSet]) -> list[Separation]:
    """Measure the best scores with and without the right paragraph.

    A passage's score does not depend on other passages, so skipping the gold hits is the same as removing them.
    """
    found = []
    for each in sets:
        present, absent = [], []
        for question in each.questions:
            hits = search(query(question)).hits
            present.append(hits[0].score)
            absent.append(next(hit.score for hit in hits if not is_gold(hit, question)))
        found.append(Separation(each.name, np.array(present), np.array(absent)))
    return found


def silence_table(separations: Iterable[Separation]) -> str:
    """Format as Markdown the AUC, and for each share of false refusals the threshold and the false answers."""
    titles = [f"score at {share:.0%} refused | unanswerable answered" for share in _REFUSED]
    lines = [f"| questions | n | area under the curve | {' | '.join(titles)} |", "|---|---|---|" + "---|" * 4]
    for each in separations:
        scores = [each.threshold(share) for share in _REFUSED]
        cells = [f"{score:.3f} | {each.let_through(score):.1%}" for score in scores]
        lines.append(f"| {each.questions} | {len(each.present)} | {each.area:.3f} | {' | '.join(cells)} |")
    return "\n".join(lines)
