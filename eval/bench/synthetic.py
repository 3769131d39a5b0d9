"""An archive of any size without a model: articles of shuffled real news, vectors in clusters. For costs only.

A sentence is the first half of one real sentence and the second half of another, so that words are as frequent as in
news while hardly a sentence comes twice. Vectors depend on the text alone.
"""

from __future__ import annotations

import hashlib
import random
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rag.types import Article, Rendition, Span, Stated

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

DIMENSION = 384
CLUSTERS = 1000
NOISE = 0.75
"""The length of what is added to a cluster's centre, which has length 1: neighbours have a cosine of about .64."""
SENTENCES = 12
PASSAGES_AN_ARTICLE = 3.07
"""What `SENTENCES` come to, at 256 tokens a passage."""
OUTLETS = 100
YEARS = range(2005, 2025)


def halves(texts: Sequence[str]) -> list[tuple[str, str]]:
    """The two halves of each sentence of some real texts."""
    from rag.text.sentences import sentences

    found = []
    for text in texts:
        for span in sentences(text, Span(0, len(text))):
            words = span.of(text).split()
            if len(words) >= 4:
                found.append((" ".join(words[: len(words) // 2]), " ".join(words[len(words) // 2 :])))
    return found


def write_articles(folder: Path, passages: int, parts: Sequence[tuple[str, str]]) -> int:
    """Write articles that make about so many passages, the first of them the same for any number; how many."""
    count = max(1, round(passages / PASSAGES_AN_ARTICLE))
    for number, text in zip(range(count), _articles(parts), strict=False):
        path = folder / f"{number // 1000:04}" / f"{number:07}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return count


def sentence(parts: Sequence[tuple[str, str]], chance: random.Random) -> str:
    """One sentence of halves that were never together."""
    return f"{chance.choice(parts)[0]} {chance.choice(parts)[1]}"


def _articles(parts: Sequence[tuple[str, str]]) -> Iterator[str]:
    chance = random.Random(7)  # noqa: S311
    while True:
        day = f"{chance.choice(YEARS)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
        # Few outlets have most of the articles.
        outlet = f"outlet{int(OUTLETS * chance.random() ** 3):03}"
        lines = [sentence(parts, chance).rstrip(".!؟") + "." for _ in range(SENTENCES)]
        yield f"{outlet} {day}\n" + " ".join(lines) + "\n"


def read(data: bytes, *, corpus: str, source: str, **_: object) -> Iterator[Article]:
    """The article as `write_articles` lays it out: its first line states outlet and day."""
    text = data.decode()
    start = text.index("\n") + 1
    outlet, day = text[: start - 1].split(" ")
    yield Article(
        id=hashlib.sha256(f"{corpus}/{source}".encode()).hexdigest()[:24],
        corpus=corpus,
        source=source,
        sha256=hashlib.sha256(data).hexdigest(),
        text=text,
        rendition=Rendition(hashlib.sha256(text.encode()).hexdigest(), encoding="utf-8"),
        body=(Span(start, len(text)),),
        language="ar",
        outlet=Stated(outlet, Span(0, len(outlet))),
        published=Stated(day, Span(len(outlet) + 1, start - 1)),
    )


class Vectors:
    """An embedder in the place of a model: the unit vector of a text is near the centre of one of `CLUSTERS`."""

    name = fingerprint = "synthetic"
    dimension = DIMENSION
    max_tokens = 512

    def __init__(self) -> None:
        chance = np.random.default_rng(7)
        self._centres = _unit(chance.standard_normal((CLUSTERS, DIMENSION)))
        self._noise = _unit(chance.standard_normal((4096, DIMENSION)))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """About what the tokenizer of the bundled model counts in Arabic news."""
        return [int(len(text) / 3.6) + 1 for text in texts]

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n texts) → (n, `DIMENSION`)."""
        raw = [text.encode() for text in texts]
        hashes = np.array([[zlib.crc32(one), zlib.crc32(one, 1), zlib.crc32(one, 2)] for one in raw], np.int64)
        hashes = hashes.reshape(len(texts), 3)
        noise = _unit(self._noise[hashes[:, 1] % 4096] + self._noise[hashes[:, 2] % 4096])
        return _unit(self._centres[hashes[:, 0] % CLUSTERS] + NOISE * noise)

    encode_queries = encode_passages


def _unit(rows: NDArray[np.floating]) -> NDArray[np.float32]:
    unit: NDArray[np.float32] = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit
