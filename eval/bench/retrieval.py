"""How far up the ranking the right paragraph stands: each leg alone, fused, and with what crosses languages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from eval.bench.measures import DEPTH, interval, recall_at, reciprocal_rank
from rag.text.normalise import tokens
from rag.types import Hit, Query, Search

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from eval.bench.data import Corpus, Question, QuestionSet

    Rank = Callable[[Question], int | None]


@dataclass(frozen=True, slots=True)
class Row:
    """The ranks, from 1, of the right paragraph of each question of one set, by one way of searching."""

    way: str
    questions: str
    ranks: tuple[int | None, ...]


def run(corpus: Corpus, sets: Sequence[QuestionSet]) -> list[Row]:
    """Every way of searching on every set of questions."""
    articles = [name.rpartition("@")[0] for name in corpus.index.ids]
    everything = np.arange(corpus.index.count)
    names, lexicon = corpus.settings.name_weight, corpus.settings.lexicon_weight

    def right(question: Question) -> NDArray[np.bool_]:
        return np.array([article in question.gold for article in articles])

    def dense(question: Question) -> int | None:
        vector = corpus.embedder.encode_queries([question.text])[0]
        return _rank_of_best(corpus.index.dense(vector, everything), right(question))

    def keyword(question: Question) -> int | None:
        return _rank_of_best(
            corpus.index.keywords.scores(tokens(question.text)), np.isin(articles, list(question.gold))
        )

    with (
        corpus.search(name_weight=0.0, lexicon_weight=0.0) as plain,
        corpus.search(lexicon_weight=0.0) as with_names,
        corpus.search() as shipped,
    ):
        ways: list[tuple[str, Rank]] = [
            ("dense passages", dense),
            ("BM25", keyword),
            ("by score, passages and sentences", partial(rank, plain)),
            (f"the same + {names} × names", partial(rank, with_names)),
            (f"the same + {lexicon} × words across languages", partial(rank, shipped)),
        ]
        return [Row(way, each.name, tuple(map(of, each.questions))) for way, of in ways for each in sets]


def query(question: Question, top_k: int = DEPTH) -> Query:
    """The question as the product would search it."""
    return Query(question.text, question.text, question.language, top_k=top_k)


def is_gold(hit: Hit, question: Question) -> bool:
    """Whether the hit, or a passage with the same words, lies in the right paragraph."""
    return any(name.rpartition("@")[0] in question.gold for name in (hit.passage.id, *hit.duplicates))


def rank(search: Search, question: Question) -> int | None:
    """The rank, from 1, of the right paragraph; None when it is not among the first `DEPTH`."""
    hits = search(query(question)).hits
    return next((place for place, hit in enumerate(hits, 1) if is_gold(hit, question)), None)


def _rank_of_best(scores: NDArray[np.float64], gold: NDArray[np.bool_]) -> int | None:
    """The rank of the best gold passage, after all others with an equal score; None below `DEPTH` or at score 0."""
    best = scores[gold].max()
    rank = 1 + int((scores[~gold] >= best).sum())
    return rank if best > 0 and rank <= DEPTH else None


def table(rows: Iterable[Row]) -> str:
    """Markdown: a line per way and set of questions."""
    lines = [
        "| search | questions | n | R@1 (95 %) | R@5 | R@20 | MRR |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        low, high = interval([rank == 1 for rank in row.ranks])
        recalls = [f"{recall_at(row.ranks, k):.3f}" for k in (5, 20)]
        lines.append(
            f"| {row.way} | {row.questions} | {len(row.ranks)} | {recall_at(row.ranks, 1):.3f} ({low:.3f}–{high:.3f}) "
            f"| {recalls[0]} | {recalls[1]} | {reciprocal_rank(row.ranks):.3f} |"
        )
    return "\n".join(lines)
