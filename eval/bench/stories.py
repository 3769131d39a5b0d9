"""Are copies of an agency's text told as one story? Recall, and what it costs.

ANT's articles are derived from as outlets derive from an agency: another headline, a dateline, a credit, paragraphs cut
or added, other spelling, digits and marks, words edited. The data: see docs/benchmarks.md.
"""

from __future__ import annotations

import random
import re
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from eval.bench.data import read_news
from rag.index.near_duplicates import LEAST, STORY, Runs, StoriesBuilder
from rag.text.normalise import tokens
from rag.text.sentences import sentences
from rag.types import Span

BASES = 300
SEED = 7
SIZES = (10_000, 100_000)
SHORTEST = 300
"""Code points of an article that copies are derived from."""
PASSAGE = 60
"""Tokens of a passage where only cost is measured."""
_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_LETTER = re.compile("([بتثجحخدذرزسشصضطظعغفقكلمنهي])")

Derive = Callable[[random.Random, str, str], str]
"""Of a text and another article's → the text as another outlet carries it."""


def _parts(text: str) -> list[str]:
    return [span.of(text).strip() for span in sentences(text, Span(0, len(text)))]


def _cut(text: str, first: int, last: int) -> str:
    parts = _parts(text)
    return " ".join(parts[first : len(parts) - last]) if len(parts) > first + last + 1 else text


def _edited(dice: random.Random, text: str, other: str) -> str:
    pool = other.split()
    return " ".join(dice.choice(pool) if dice.random() < 0.07 else word for word in text.split())


DERIVED: dict[str, Derive] = {
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


def table(folder: Path | None) -> str:
    """Recall on derived copies, and what telling the stories costs, in Markdown. Raises as `eval.bench.data.read`."""
    texts = [article.text for article in read_news(folder)]
    rows = [*_recall(texts), *(_cost(texts, passages) for passages in SIZES)]
    return "\n".join(["| stories | measured |", "|---|---|", *(f"| {what} | {found} |" for what, found in rows)])


def _recall(texts: list[str]) -> Iterator[tuple[str, str]]:
    """For one to three derivations of an article at once, how many are told as its story."""
    dice = random.Random(SEED)  # noqa: S311
    bases = dice.sample([place for place, text in enumerate(texts) if len(text) > SHORTEST], BASES)
    copies: list[tuple[int, int]] = []
    every = list(texts)
    for base in bases:
        for count in (1, 2, 3):
            chosen = dice.sample(list(DERIVED), count)
            text = texts[base]
            for name in (name for name in DERIVED if name in chosen):
                text = DERIVED[name](dice, text, texts[dice.choice(bases)])
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
        yield f"copies by {count} of {len(DERIVED)} derivations told as the article's story", f"{sum(of)} of {len(of)}"
    yield f"pairs among {len(texts)} articles as they are", str(sum(later < len(texts) for _, later in found))
    yield f"{len(every)} articles", f"{seconds:.1f} s"


def _cost(texts: list[str], passages: int) -> tuple[str, str]:
    """What the stories of so many passages cost, ANT's articles repeated with half of their words exchanged."""
    dice = random.Random(SEED)  # noqa: S311
    read = [tokens(text) for text in texts]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    builder, count, article, spent = StoriesBuilder(tempfile.TemporaryFile), 0, 0, 0.0
    while count < passages:
        words = [f"{word}{article // len(read)}" if dice.random() < 0.5 else word for word in read[article % len(read)]]
        started = time.monotonic()
        for start in range(0, len(words), PASSAGE):
            builder.add(str(article), words[start : start + PASSAGE])
            count += 1
        spent += time.monotonic() - started
        article += 1
    with tempfile.TemporaryDirectory() as folder:
        started = time.monotonic()
        builder.save(Path(folder))
        spent += time.monotonic() - started
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return f"{count} passages of {article} articles", f"{spent:.1f} s, {grown:.0f} MiB more at the most"
