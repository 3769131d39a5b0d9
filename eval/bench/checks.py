"""What the checks of a writer's answer cost over embedding its claims: six claims on three sentences of `seeds/`."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rag.citations import numbers
from rag.corpus import similarity_of
from rag.extract.article import read_article
from rag.generate.generators import Written
from rag.generate.review import Review
from rag.models.embedding import Embedder, Remembering
from rag.retrieve.abstention import DEFAULT
from rag.retrieve.evidence import select
from rag.text.sentences import sentences
from rag.types import Article, Found, Hit, Passage, Query, Span

ROUNDS, WARMING = 20, 2
CLAIMS, EVIDENCE = 6, 3
WORDS = range(12, 40)
"""Words of a sentence that claims are made of."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds, medians: of all checks of the claims, and of embedding them one by one and in one batch."""

    checks: float
    one_by_one: float
    batch: float
    supported: int


def run(seeds: Path, embedder: Embedder) -> Cost:
    """The measures alternate, so that a busy machine slows all. Each answer begins with nothing remembered."""
    found = _found(next(path for path in sorted(seeds.glob("*.txt")) if len(_long(_article(path))) >= EVIDENCE))
    evidence = select(found, EVIDENCE)
    claims = [claim for item in evidence for claim in _claims(item.text)]
    drafts = [Written(f"{claim} [{at // 2 + 1}]") for at, claim in enumerate(claims)]
    if len(claims) != CLAIMS or [numbers(draft.text)[-1] for draft in drafts] != [1, 1, 2, 2, 3, 3]:
        raise AssertionError("this is not the answer that was to be measured")
    checks, one_by_one, batch, supported = [], [], [], 0

    def review() -> None:
        nonlocal supported
        query = Query("ماذا حدث؟", "ماذا حدث؟", "ar")
        one = Review(query, evidence, similarity_of(Remembering(embedder)), DEFAULT.min_similarity)
        outcomes = [outcome for draft in drafts for outcome in one.written(draft)]
        supported = sum(getattr(outcome, "claim", None) is not None for outcome in outcomes)

    for _ in range(ROUNDS):
        checks.append(_milliseconds(review))
        one_by_one.append(_milliseconds(lambda: [embedder.encode_queries([claim]) for claim in claims]))
        batch.append(_milliseconds(lambda: embedder.encode_queries(claims)))
    medians = [statistics.median(times[WARMING:]) for times in (checks, one_by_one, batch)]
    return Cost(medians[0], medians[1], medians[2], supported)


def table(cost: Cost) -> str:
    """Markdown: what was measured, the figure, and what is asked for."""
    return "\n".join(
        [
            f"| checks of {CLAIMS} claims on {EVIDENCE} sentences ({cost.supported} shown) | figure | asked |",
            "|---|---|---|",
            f"| all checks, over embedding the claims one by one | {cost.checks / cost.one_by_one:.2f} | ≤ 2 |",
            f"| all checks, over embedding them in one batch | {cost.checks / cost.batch:.2f} | |",
            f"| all checks, ms | {cost.checks:.0f} | |",
            f"| embedding the claims one by one, ms | {cost.one_by_one:.0f} | |",
            f"| embedding them in one batch, ms | {cost.batch:.0f} | |",
        ]
    )


def _claims(sentence: str) -> tuple[str, str]:
    """Two claims that a sentence bears out: without its last words, and without its first."""
    words = sentence.split()
    return " ".join(words[:-2]), " ".join(words[2:])


def _article(path: Path) -> Article:
    return read_article(path.read_bytes(), corpus="seeds", source=path.name)


def _long(article: Article) -> list[Span]:
    spans = [span for part in article.body for span in sentences(article.text, part)]
    return [span for span in spans if len(span.of(article.text).split()) in WORDS]


def _found(path: Path) -> Found:
    article = _article(path)
    hits = []
    for at, span in enumerate(_long(article)[:EVIDENCE]):
        name = Passage.make_id(article.id, article.sha256, span)
        passage = Passage(name, article.id, article.sha256, span, (span,), span.of(article.text))
        hits.append(Hit(passage, span, 0.9, 0.9, 0.5, 1 - at / 100, "both", (), (0.9,)))
    return Found(tuple(hits), {article.id: article}, "g1", len(hits))


def _milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000
