"""How much of a question's words a text holds, in its own language or the other; rare words count more.

Tokens are those of `rag.text.normalise.tokens`. It refuses to know what a share is good for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QueryTerm:
    """A word of a question: the tokens that it may be, with weights in (0, 1], and how much it tells (its idf)."""

    forms: Mapping[str, float]
    value: float


def coverage(words: Sequence[QueryTerm], tokens: Collection[str]) -> float:
    """Σ value · greatest weight of the forms among `tokens` / Σ value, in [0, 1]; 0 where nothing was asked."""
    most = sum(word.value for word in words)
    held = sum(
        word.value * max((weight for form, weight in word.forms.items() if form in tokens), default=0.0)
        for word in words
    )
    return held / most if most > 0 else 0.0
