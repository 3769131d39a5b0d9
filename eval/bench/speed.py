"""What Isnad costs over the bare model: ingest, search and memory, as ratios that hold on any machine."""

from __future__ import annotations

import resource
import statistics
import sys
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from eval.bench.retrieval import query
from rag.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eval.bench.data import Corpus, Question
    from rag.models.embedding import Embedder

TEXTS = 192
WARMING, QUESTIONS = 5, 100
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Speed:
    """`ingest`: our passages per second over the bare model's; `peak`: the most memory of this process, in bytes."""

    passages_per_second: float
    ingest: float
    encode_seconds: float
    search_seconds: float
    peak: int

    @property
    def search(self) -> float:
        """The time of a search over that of bare encoding."""
        return self.search_seconds / self.encode_seconds


def run(corpus: Corpus, embedder: Embedder, texts: Sequence[str], questions: Sequence[Question]) -> Speed:
    """Each measure alternates with its yardstick, so that a busy machine slows both."""
    from rag.models.embedding import LoadedEmbedder

    if not isinstance(embedder, LoadedEmbedder):
        what = "a model elsewhere cannot be held against its bare library"
        raise BadInput(what, where="embedding_url", do="unset it")
    model = embedder.model
    prompted = [embedder.passage_prompt + text for text in texts]
    ours, bare = [], []
    for _ in range(ROUNDS):
        ours.append(_seconds(lambda: embedder.encode_passages(texts)))
        bare.append(_seconds(lambda: model.encode(prompted, show_progress_bar=False)))
    searches, encodes = [], []
    with corpus.search(embedder) as search:
        for question in questions[: WARMING + QUESTIONS]:
            asked = query(question, corpus.settings.top_k)
            text = embedder.query_prompt + question.text
            searches.append(_seconds(partial(search, asked)))
            encodes.append(_seconds(partial(model.encode, text, show_progress_bar=False)))
    return Speed(
        passages_per_second=len(texts) / min(ours),
        ingest=min(bare) / min(ours),
        encode_seconds=statistics.median(encodes[WARMING:]),
        search_seconds=statistics.median(searches[WARMING:]),
        peak=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024),
    )


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def table(speed: Speed) -> str:
    """Markdown: what was measured, the figure, and what is asked for."""
    return "\n".join(
        [
            "| | figure | asked |",
            "|---|---|---|",
            f"| passages embedded per second, over bare `SentenceTransformer.encode` | {speed.ingest:.2f} | ≥ 0.9 |",
            f"| time of a search, over bare encoding of its question (medians) | {speed.search:.2f} | ≤ 2 |",
            f"| passages embedded per second | {speed.passages_per_second:.1f} | |",
            f"| bare encoding of a question, ms | {speed.encode_seconds * 1000:.1f} | |",
            f"| search, ms | {speed.search_seconds * 1000:.1f} | |",
            f"| peak memory, MiB | {speed.peak / 2**20:.0f} | |",
        ]
    )
