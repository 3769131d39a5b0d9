"""Hits and scores of questions asked of an index of several segments, compared with those of one whole index."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from eval.bench.data import ingested_in_steps
from eval.bench.retrieval import query

if TYPE_CHECKING:
    from pathlib import Path

    from eval.bench.data import BenchCorpus, BenchQuestion, CachedEmbedder
    from rag.config import Settings
    from rag.types import Article, Hit

_LATER, _CHANGED, _ALTERED = 150, 100, " وهذه جملة أخرى ستحذف."
"""Number of articles added and changed after the first ingest, and what is added to the text of those changed."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Over `questions` questions: how many have the same hits in the same order, and the same scores to the last digit;
    `segments` is the number of segments beside one whole index."""

    questions: int
    segments: int
    same_hits: int
    same_scores: int
    largest: float
    """The largest difference between two scores of one hit."""


def steps(articles: Sequence[Article]) -> Iterator[Mapping[str, str | None]]:
    """An archive that ends with these articles: the first ingest, changes, additions, and a deletion."""
    first, later = articles[:-_LATER], articles[-_LATER:]
    altered = {one.source for one in first[:: max(1, len(first) // _CHANGED)]}
    yield {one.source: one.text + _ALTERED * (one.source in altered) for one in first} | {"gone.txt": first[0].text}
    yield {one.source: one.text for one in first if one.source in altered}
    yield {one.source: one.text for one in later[: _LATER * 2 // 3]}
    yield {one.source: one.text for one in later[_LATER * 2 // 3 :]} | {"gone.txt": None}


def compare(
    articles: Sequence[Article],
    questions: Sequence[BenchQuestion],
    settings: Settings,
    embedder: CachedEmbedder,
    folder: Path,
) -> Compared:
    """Ingest `articles` at once and in steps, and ask both."""
    whole = {one.source: one.text for one in articles}
    with (
        ingested_in_steps([whole], settings, embedder, folder / "whole") as one,
        ingested_in_steps(steps(articles), settings, embedder, folder / "steps") as other,
    ):
        pairs = list(zip(_answers(one, questions), _answers(other, questions), strict=True))
        differences = [
            abs(mine - theirs)
            for ours, others in pairs
            for name in ours.keys() & others.keys()
            for mine, theirs in zip(ours[name], others[name], strict=True)
        ]
        return Compared(
            questions=len(pairs),
            segments=len(other.index.segments),
            same_hits=sum(list(ours) == list(others) for ours, others in pairs),
            same_scores=sum(ours == others for ours, others in pairs),
            largest=max(differences, default=0.0),
        )


def _answers(corpus: BenchCorpus, questions: Sequence[BenchQuestion]) -> Iterator[dict[str, tuple[float, ...]]]:
    with corpus.search() as search:
        for question in questions:
            yield {hit.passage.id: _scores(hit) for hit in search(query(question, corpus.settings.top_k)).hits}


def _scores(hit: Hit) -> tuple[float, ...]:
    return (hit.score, hit.dense, hit.sentence, hit.keyword, *chain(hit.sentences, hit.words))


def table(found: Compared) -> str:
    """Format as Markdown."""
    return "\n".join(
        [
            "| segments beside one whole index | |",
            "|---|---|",
            f"| questions; segments | {found.questions}; {found.segments} |",
            f"| the same hits in the same order | {found.same_hits} |",
            f"| … and every score the same to the last digit | {found.same_scores} |",
            f"| the largest difference of two scores of a hit | {found.largest:.2g} |",
        ]
    )
