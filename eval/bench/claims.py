"""Benchmarks of claim verification: accuracy on true and falsified claims, its cost, and near-duplicate stories.

Accuracy is reported on the held-out half of the claims, on which nothing was fitted.
"""

from __future__ import annotations

import json
import random
import re
import resource
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from eval.bench.data import read_news
from eval.metrics import roc_area
from rag.citations import cited_numbers
from rag.corpus import similarity_of
from rag.extract.formats import read_article
from rag.generate.generators import Written
from rag.generate.review import Review
from rag.index.near_duplicates import LEAST, STORY, Runs, StoriesBuilder
from rag.models.embedding import Embedder, Remembering
from rag.retrieve.abstention import DEFAULT
from rag.retrieve.evidence import select
from rag.text.normalise import tokens
from rag.text.sentences import sentences
from rag.types import Article, Context, Found, Hit, Passage, Query, Span, Verified, Verify
from rag.verify.attribution import last_speaker
from rag.verify.claims import ClaimVerdict, check
from rag.verify.figures import Quoted
from rag.verify.names import NameReading
from rag.verify.negation import Sayings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


# Cost of the checks of a writer's answer relative to embedding its claims: six claims on three sentences of `seeds/`.

_ROUNDS, _WARMING = 20, 2
_CLAIMS, _EVIDENCE = 6, 3
_WORDS = range(12, 40)
"""Number of words of a sentence from which claims are made."""


@dataclass(frozen=True, slots=True)
class _CheckCost:
    """Medians in milliseconds: all checks of the claims, embedding them one by one, and in one batch."""

    checks: float
    one_by_one: float
    batch: float
    supported: int


def run_checks(seeds: Path, embedder: Embedder) -> _CheckCost:
    """Measure the cost of the checks. The measures alternate, so that a busy machine slows all of them.

    Each answer starts with an empty embedding cache.
    """
    found = _found(next(path for path in sorted(seeds.glob("*.txt")) if len(_long(_article(path))) >= _EVIDENCE))
    evidence = select(found, _EVIDENCE)
    claims = [claim for item in evidence for claim in _claims(item.text)]
    drafts = [Written(f"{claim} [{at // 2 + 1}]") for at, claim in enumerate(claims)]
    if len(claims) != _CLAIMS or [cited_numbers(draft.text)[-1] for draft in drafts] != [1, 1, 2, 2, 3, 3]:
        raise AssertionError("the answer does not have the expected claims")
    checks, one_by_one, batch, supported = [], [], [], 0

    def review() -> None:
        nonlocal supported
        for analysed in (NameReading.of, Sayings.of, Quoted.of, last_speaker):
            analysed.cache_clear()  # an answer has its own claims and quotes
        query = Query("ماذا حدث؟", "ماذا حدث؟", "ar")
        one = Review(query, evidence, similarity_of(Remembering(embedder)), DEFAULT.min_similarity)
        outcomes = [outcome for draft in drafts for outcome in one.written(draft)]
        supported = sum(getattr(outcome, "claim", None) is not None for outcome in outcomes)

    for _ in range(_ROUNDS):
        checks.append(_milliseconds(review))
        one_by_one.append(_milliseconds(lambda: [embedder.encode_queries([claim]) for claim in claims]))
        batch.append(_milliseconds(lambda: embedder.encode_queries(claims)))
    medians = [statistics.median(times[_WARMING:]) for times in (checks, one_by_one, batch)]
    return _CheckCost(medians[0], medians[1], medians[2], supported)


def checks_table(cost: _CheckCost) -> str:
    """Format as Markdown: measure, figure and target."""
    return "\n".join(
        [
            f"| checks of {_CLAIMS} claims on {_EVIDENCE} sentences ({cost.supported} shown) | figure | target |",
            "|---|---|---|",
            f"| all checks / embedding the claims one by one | {cost.checks / cost.one_by_one:.2f} | ≤ 2 |",
            f"| all checks / embedding them in one batch | {cost.checks / cost.batch:.2f} | |",
            f"| all checks, ms | {cost.checks:.0f} | |",
            f"| embedding the claims one by one, ms | {cost.one_by_one:.0f} | |",
            f"| embedding them in one batch, ms | {cost.batch:.0f} | |",
        ]
    )


def _claims(sentence: str) -> tuple[str, str]:
    """Make two claims that a sentence supports: without its last two words, and without its first two."""
    words = sentence.split()
    return " ".join(words[:-2]), " ".join(words[2:])


def _article(path: Path) -> Article:
    return read_article(path.read_bytes(), corpus="seeds", source=path.name)


def _long(article: Article) -> list[Span]:
    spans = [span for part in article.body for span in sentences(article.text, part)]
    return [span for span in spans if len(span.of(article.text).split()) in _WORDS]


def _found(path: Path) -> Found:
    article = _article(path)
    hits = []
    for at, span in enumerate(_long(article)[:_EVIDENCE]):
        name = Passage.make_id(article.id, article.sha256, span)
        passage = Passage(name, article.id, article.sha256, span, (span,), span.of(article.text))
        hits.append(Hit(passage, span, 0.9, 0.9, 0.5, 1 - at / 100, "both", (), (0.9,)))
    return Found(tuple(hits), {article.id: article}, "g1", len(hits))


def _milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


# Recall and cost of near-duplicate detection: copies of an agency's text must count as one story.
#
# Copies are derived from ANT's articles as outlets edit agency text: another headline, a dateline, a credit, paragraphs
# removed or added, other spelling, digits and diacritics, words edited. The data: see docs/benchmarks.md.

_BASES = 300
_SEED = 7
_SIZES = (10_000, 100_000)
_SHORTEST = 300
"""Minimum length, in code points, of an article that copies are derived from."""
_PASSAGE = 60
"""Tokens per passage when only the cost is measured."""
_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_LETTER = re.compile("([بتثجحخدذرزسشصضطظعغفقكلمنهي])")

_Derive = Callable[[random.Random, str, str], str]
"""(random generator, text, text of another article) → the text as another outlet would publish it."""


def _parts(text: str) -> list[str]:
    return [span.of(text).strip() for span in sentences(text, Span(0, len(text)))]


def _cut(text: str, first: int, last: int) -> str:
    parts = _parts(text)
    return " ".join(parts[first : len(parts) - last]) if len(parts) > first + last + 1 else text


def _edited(dice: random.Random, text: str, other: str) -> str:
    pool = other.split()
    return " ".join(dice.choice(pool) if dice.random() < 0.07 else word for word in text.split())


_DERIVED: dict[str, _Derive] = {
    "headline": lambda _, text, other: " ".join(other.split()[:9]) + "\n" + text,
    "dateline": lambda dice, text, _: dice.choice(["تونس (وات) - ", "القاهرة – أ ف ب: ", "(رويترز) – "]) + text,
    "first paragraph cut": lambda _, text, __: _cut(text, 1, 0),
    "last paragraphs cut": lambda _, text, __: _cut(text, 0, max(1, len(_parts(text)) // 4)),
    "second half cut": lambda _, text, __: _cut(text, 0, len(_parts(text)) // 2),
    "paragraph added": lambda _, text, other: " ".join([text, *_parts(other)[:2]]),
    "credit": lambda _, text, __: f"{text}\nالمصدر: وكالة تونس إفريقيا للأنباء",
    "spelling": lambda _, text, __: re.sub("[أإ]", "ا", text).replace("ى ", "ي ").replace("ة ", "ه "),
    "digits": lambda _, text, __: text.translate(_DIGITS),
    "vocalised": lambda dice, text, _: _LETTER.sub(
        lambda found: found[1] + (dice.choice("\u064e\u064f\u0650") if dice.random() < 0.4 else ""), text
    ),
    "one word in fourteen edited": _edited,
}


def stories_table(folder: Path | None) -> str:
    """Format as Markdown the recall on derived copies and the cost. Raises as `eval.bench.data.read_data`."""
    texts = [article.text for article in read_news(folder)]
    rows = [*_recall(texts), *(_cost(texts, passages) for passages in _SIZES)]
    return "\n".join(["| stories | measured |", "|---|---|", *(f"| {what} | {found} |" for what, found in rows)])


def _recall(texts: list[str]) -> Iterator[tuple[str, str]]:
    """Yield for one to three derivations at once how many copies are detected as the article's story."""
    dice = random.Random(_SEED)  # noqa: S311
    bases = dice.sample([place for place, text in enumerate(texts) if len(text) > _SHORTEST], _BASES)
    copies: list[tuple[int, int]] = []
    every = list(texts)
    for base in bases:
        for count in (1, 2, 3):
            chosen = dice.sample(list(_DERIVED), count)
            text = texts[base]
            for name in (name for name in _DERIVED if name in chosen):
                text = _DERIVED[name](dice, text, texts[dice.choice(bases)])
            copies.append((base, count))
            every.append(text)
    read = [tokens(text) for text in every]
    started = time.monotonic()
    runs = Runs()
    for words in read:
        runs.add(words)
    found = set(runs.pairs(STORY, LEAST))
    seconds = time.monotonic() - started
    told = [(base, len(texts) + place) in found for place, (base, _) in enumerate(copies)]
    for count in (1, 2, 3):
        of = [one for one, (_, derivations) in zip(told, copies, strict=True) if derivations == count]
        yield f"copies with {count} of {len(_DERIVED)} edits detected as the same story", f"{sum(of)} of {len(of)}"
    yield f"pairs among the {len(texts)} original articles", str(sum(later < len(texts) for _, later in found))
    yield f"{len(every)} articles", f"{seconds:.1f} s"


def _cost(texts: list[str], passages: int) -> tuple[str, str]:
    """Measure the cost for a number of passages: ANT's articles, repeated with half of their words replaced."""
    dice = random.Random(_SEED)  # noqa: S311
    read = [tokens(text) for text in texts]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    builder, count, article, spent = StoriesBuilder(tempfile.TemporaryFile), 0, 0, 0.0
    while count < passages:
        words = [f"{word}{article // len(read)}" if dice.random() < 0.5 else word for word in read[article % len(read)]]
        started = time.monotonic()
        for start in range(0, len(words), _PASSAGE):
            builder.add(str(article), words[start : start + _PASSAGE])
            count += 1
        spent += time.monotonic() - started
        article += 1
    with tempfile.TemporaryDirectory() as folder:
        started = time.monotonic()
        builder.save(Path(folder))
        spent += time.monotonic() - started
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return f"{count} passages of {article} articles", f"{spent:.1f} s, at most {grown:.0f} MiB more memory"


FOLDER = Path(__file__).parents[2] / "tests" / "data" / "claims"
LOST = 0.1
"""The share of true claims that may be rejected when scores are compared."""


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A claim of the set (see the README.md beside it), with one or more quotes in one language."""

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
    row: ClaimRow
    verdict: ClaimVerdict

    @property
    def passes(self) -> bool:
        return self.verdict.support == "supported"


@dataclass(frozen=True, slots=True)
class ClaimOutcome:
    """The judged claims; `seconds` of checks and `encoding` seconds of embedding, both per claim."""

    judged: tuple[Judged, ...]
    seconds: float
    encoding: float


MEASURED: Final = ("held", "news")
"""Claims on which nothing was fitted: half of those that the rules were made with, and those of another hand."""


def read(half: str, folder: Path = FOLDER) -> list[ClaimRow]:
    """Read the claims of the half ``tune`` or ``held``, or ``news``."""
    return [_row(json.loads(line)) for line in (folder / f"{half}.jsonl").read_text(encoding="utf-8").splitlines()]


def run(embedder: Embedder, min_similarity: float, half: str = "held", verify: Verify | None = None) -> ClaimOutcome:
    """Embed and check each claim as for an answer; with `verify`, read it with its quotes too."""
    rows = read(half)
    similarity = similarity_of(embedder)
    started = time.perf_counter()
    nearest = [max(similarity([row.claim] * len(row.quotes), list(row.quotes))) for row in rows]
    encoding = (time.perf_counter() - started) / len(rows)
    started = time.perf_counter()
    judged = judge(rows, nearest, min_similarity, verify)
    return ClaimOutcome(judged, (time.perf_counter() - started) / len(rows), encoding)


def judge(
    rows: Sequence[ClaimRow], nearest: Sequence[float], min_similarity: float, verify: Verify | None = None
) -> tuple[Judged, ...]:
    """Check each claim; `nearest` has its highest cosine with a quote."""
    read: Sequence[Verified | None] = [None] * len(rows)
    if verify is not None:
        read = verify([row.claim for row in rows], [" ".join(row.quotes) for row in rows])
    return tuple(
        Judged(
            row,
            check(
                row.claim,
                row.quotes,
                similarity=cosine,
                min_similarity=min_similarity,
                contexts=row.contexts,
                verified=verified,
            ),
        )
        for row, cosine, verified in zip(rows, nearest, read, strict=True)
    )


def tables(embedder: Embedder, min_similarity: float, verify: Verify | None) -> Iterator[str]:
    """Yield the tables of each set of claims, by rules alone and with a verifier, if there is one."""
    for half in MEASURED:
        yield f"Claims of `{half}`, by rules alone:\n\n{table(run(embedder, min_similarity, half))}"
        if verify is not None:
            yield f"Claims of `{half}`, with the verifier:\n\n{table(run(embedder, min_similarity, half, verify))}"


def table(outcome: ClaimOutcome) -> str:
    """Format as Markdown the AUC and error rates by language and direction, then the false claims passed by kind."""
    lines = [
        f"| claim → quote | true | false | area under the curve | true rejected | false passed "
        f"| false passed by score at {LOST:.0%} true rejected |",
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
    yield f"{roc_area(high, low):.3f}"
    yield f"{np.mean([not one.passes for one in true]):.1%}"
    yield f"{np.mean([one.passes for one in false]):.1%}"
    yield f"{np.mean(low >= np.quantile(high, LOST)):.1%}"


def _row(one: dict[str, object]) -> ClaimRow:
    fields = {name: one[name] for name in ("id", "true", "kind", "language", "quote_language", "claim")}
    quotes, published, before = (list(one[name]) for name in ("quotes", "published", "before"))  # type: ignore[call-overload]
    contexts = tuple(Context(day, text) for day, text in zip(published, before, strict=True))
    return ClaimRow(**fields, quotes=tuple(quotes), contexts=contexts)  # type: ignore[arg-type]
