"""How well a reader reads, on questions that it was not trained on: exact match, F1, and answer against no answer.

Each question is read with its own passage, and with the passage of its set that a keyword search finds likeliest and
that does not hold the answer.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eval.training.network import read
from rag.arabic import normal_form

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokenizers import Tokenizer

    from eval.training.examples import Example, Negatives
    from eval.training.network import ReaderNetwork

_ARTICLES = {"a", "an", "the"}


@dataclass(frozen=True, slots=True)
class Measured:
    """Shares in [0, 1] over `count` questions. `span_area` and `relevance_area` are areas under the ROC curve, of the
    question's own passages against the others.
    """

    count: int
    exact: float
    f1: float
    span_area: float
    relevance_area: float


def measure(
    network: ReaderNetwork, tokenizer: Tokenizer, examples: Sequence[Example], negatives: Negatives
) -> Measured:
    """Measure over examples with an answer. Raises `ValueError` where there is none."""
    answered = [one for one in examples if one.start is not None]
    if not answered:
        raise ValueError("no example has an answer")
    own = read(network, tokenizer, [(one.question, one.text.text) for one in answered])
    pairs = [(one.question, found[0].text) for one in answered if (found := negatives.of(one))]
    other = read(network, tokenizer, pairs)
    said = [
        "" if reading.span is None else reading.span.of(one.text.text)
        for one, reading in zip(answered, own, strict=True)
    ]
    count = len(answered)
    return Measured(
        count,
        sum(words(text) == words(one.answer) for one, text in zip(answered, said, strict=True)) / count,
        sum(f1(text, one.answer) for one, text in zip(answered, said, strict=True)) / count,
        area([one.score for one in own], [one.score for one in other]),
        area([one.relevance for one in own], [one.relevance for one in other]),
    )


def words(text: str) -> list[str]:
    """The words of an answer as they are compared: letters folded, articles (the, ال) and marks dropped.

    As SQuAD's own evaluation does for English; for Arabic with the folding of the keyword search.
    """
    found = re.findall(r"\w+", normal_form(text))
    return [word[2:] if word.startswith("ال") and len(word) > 4 else word for word in found if word not in _ARTICLES]


def f1(said: str, gold: str) -> float:
    """The harmonic mean of precision and recall over words (Rajpurkar et al. 2016, arXiv 1606.05250)."""
    first, second = words(said), words(gold)
    common = sum((Counter(first) & Counter(second)).values())
    return 2 * common / (len(first) + len(second)) if common else 0.0


def area(high: Sequence[float], low: Sequence[float]) -> float:
    """The chance that one of `high` is more than one of `low`; a tie counts half. 0 where either is empty."""
    wins = sum((one > other) + 0.5 * (one == other) for one in high for other in low)
    return wins / max(1, len(high) * len(low))
