"""What a run of an evaluation costs over embedding its questions: XQuAD's, in Arabic, searched and recorded."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from eval.bench.data import existing, folder_of
from eval.corpora import opened
from eval.run import Options, run
from eval.sets import read_squad
from rag.config import read_settings


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of a run of `questions`, its report included, and of embedding each of them alone."""

    questions: int
    run: float
    embedding: float


def measure(folder: Path | None) -> Cost:
    """Run the set over its own texts, a search only; then embed its questions one by one in the same process."""
    of = read_squad(existing(folder_of(folder), "xquad.ar.json"))
    settings = read_settings()
    with tempfile.TemporaryDirectory() as place:
        models = Path(place) / settings.models_dir.name
        models.symlink_to(settings.models_dir.resolve())
        aside = settings.model_copy(update={"data_dir": Path(place), "corpus": "xquad", "generator": "extractive"})
        with opened(of, aside) as corpus:
            corpus.embedder.encode_queries([of.questions[0].question])
            started = time.monotonic()
            run(of, corpus, Path(place) / "run", Options(retrieval_only=True))
            seconds = time.monotonic() - started
            started = time.monotonic()
            for question in of.questions:
                corpus.embedder.encode_queries([question.question])
            return Cost(len(of.questions), seconds, time.monotonic() - started)


def table(cost: Cost) -> str:
    """Markdown."""
    return "\n".join(
        [
            "| a run of a set, search only | |",
            "|---|---|",
            f"| questions | {cost.questions} |",
            f"| the run, with its report | {cost.run:.1f} s |",
            f"| embedding the questions one by one | {cost.embedding:.1f} s |",
            f"| ratio | {cost.run / cost.embedding:.2f} x |",
        ]
    )
