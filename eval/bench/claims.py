"""Do the checks of a claim tell true ones from falsified ones? Reported on the half that nothing was fitted on."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from eval.bench.measures import area_under_curve, threshold
from rag.corpus import similarity_of
from rag.types import Context
from rag.verify.claims import Verdict, check

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rag.models.embedding import Embedder

FOLDER = Path(__file__).parents[2] / "tests" / "data" / "claims"
LOST = 0.1
"""The share of true claims that may be lost where the scores are compared."""


@dataclass(frozen=True, slots=True)
class Row:
    """A claim of the set (see README.md beside it), over one or more quotes of one language."""

    id: str
    true: bool
    kind: str
    language: str
    quote_language: str
    claim: str
    quotes: tuple[str, ...]
    contexts: tuple[Context, ...]

    @property
    def direction(self) -> str:
        return f"{self.language} → {self.quote_language}"


@dataclass(frozen=True, slots=True)
class Judged:
    row: Row
    verdict: Verdict

    @property
    def passes(self) -> bool:
        return self.verdict.support == "supported"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`seconds` are of the checks, `encoding` of the embedding, each per claim, on one busy or idle machine."""

    judged: tuple[Judged, ...]
    seconds: float
    encoding: float


def read(half: str, folder: Path = FOLDER) -> list[Row]:
    """The claims of ``tune`` or ``held``."""
    return [_row(json.loads(line)) for line in (folder / f"{half}.jsonl").read_text(encoding="utf-8").splitlines()]


def run(embedder: Embedder, min_similarity: float, half: str = "held") -> Outcome:
    """Embed and check each claim, as an answer does."""
    rows = read(half)
    similarity = similarity_of(embedder)
    started = time.perf_counter()
    nearest = [max(similarity([row.claim] * len(row.quotes), list(row.quotes))) for row in rows]
    encoding = (time.perf_counter() - started) / len(rows)
    started = time.perf_counter()
    judged = judge(rows, nearest, min_similarity)
    return Outcome(judged, (time.perf_counter() - started) / len(rows), encoding)


def judge(rows: Sequence[Row], nearest: Sequence[float], min_similarity: float) -> tuple[Judged, ...]:
    """The verdict of each claim, whose best cosine with a quote is in `nearest`."""
    return tuple(
        Judged(
            row,
            check(row.claim, row.quotes, similarity=cosine, min_similarity=min_similarity, contexts=row.contexts),
        )
        for row, cosine in zip(rows, nearest, strict=True)
    )


def table(outcome: Outcome) -> str:
    """Markdown: for each language and direction how well the score ranks and what the support decides; then by kind."""
    lines = [
        f"| claim → quote | true | false | area under the curve | true lost | false passed "
        f"| false passed by score at {LOST:.0%} true lost |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, group in _groups(outcome.judged):
        lines.append(f"| {name} | {' | '.join(_cells(group))} |")
    lines += ["", "| kind of falsification | ar | en |", "|---|---|---|"]
    kinds: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for one in outcome.judged:
        if not one.row.true:
            kinds[one.row.kind][one.row.language].append(one.passes)
    for kind, by_language in sorted(kinds.items()):
        cells = (f"{sum(by_language[language])} of {len(by_language[language])}" for language in ("ar", "en"))
        lines.append(f"| {kind}, passed | {' | '.join(cells)} |")
    lines += [
        "",
        f"{outcome.seconds * 1e3:.1f} ms of checks and {outcome.encoding * 1e3:.1f} ms of embedding per claim",
    ]
    return "\n".join(lines)


def _groups(judged: Iterable[Judged]) -> Iterator[tuple[str, list[Judged]]]:
    groups: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        for name in (one.row.language, one.row.direction, "all"):
            groups[name].append(one)
    for name in sorted(groups, key=lambda name: (name == "all", "→" in name, name)):
        yield name, groups[name]


def _cells(judged: Sequence[Judged]) -> Iterator[str]:
    true, false = ([one for one in judged if one.row.true is kind] for kind in (True, False))
    high, low = (np.array([one.verdict.score for one in group]) for group in (true, false))
    yield str(len(true))
    yield str(len(false))
    yield f"{area_under_curve(high, low):.3f}"
    yield f"{np.mean([not one.passes for one in true]):.1%}"
    yield f"{np.mean([one.passes for one in false]):.1%}"
    yield f"{np.mean(low >= threshold(high, LOST)):.1%}"


def _row(one: dict[str, object]) -> Row:
    fields = {name: one[name] for name in ("id", "true", "kind", "language", "quote_language", "claim")}
    quotes, published, before = (list(one[name]) for name in ("quotes", "published", "before"))  # type: ignore[call-overload]
    contexts = tuple(Context(day, text) for day, text in zip(published, before, strict=True))
    return Row(**fields, quotes=tuple(quotes), contexts=contexts)  # type: ignore[arg-type]
