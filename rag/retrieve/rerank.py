"""Hits that a reader has read: their order, and the probability that they answer.

The fused score proposes and reading decides among the first passages. How the two are weighed was fitted on development
questions for one reader (docs/reader.md), and stands in the file of its weights; for another, the two orders are joined
by reciprocal rank (Cormack et al. 2009, k = 60) and no probability is told until it is calibrated.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Event as Cancel
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rag.types import Found, Hit, Query, Reading

if TYPE_CHECKING:
    from rag.models.reader import Reads

RANK_CONSTANT: Final = 60
WITHIN: Final = 0.1
"""How far below the best fused score a passage is still read: of XQuAD's Arabic questions 98.8 % have the passage that
answers among the 4.7 within it, and 98.9 % among the first 8.
"""


class Logistic(NamedTuple):
    """The log-odds of something about a hit: a bias, and weights of its fused score, relevance and span score."""

    bias: float
    fused: float
    relevance: float
    span: float

    def log_odds(self, hit: Hit) -> float:
        """Of a hit that was read."""
        reading = hit.reading
        if reading is None:
            return -math.inf
        return self.bias + self.fused * hit.score + self.relevance * reading.relevance + self.span * reading.score


@dataclass(frozen=True, slots=True)
class Weighing:
    """How a reader's logits and the fused score are weighed.

    `order` gives what passages are ordered by; `answers` the log-odds that the best passage answers, by direction of
    languages as in ``en-ar``, under ``""`` for any other; `short` those that the best passage's span is right.
    """

    order: Logistic
    answers: Mapping[str, Logistic] = field(default_factory=dict)
    short: Mapping[str, Logistic] = field(default_factory=dict)

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> Weighing:
        """As a file of weights states it. Raises `ValueError`, `KeyError` or `TypeError` for another form."""
        order = Logistic(*map(float, described["order"]))
        answers, short = (
            {name: Logistic(*map(float, one)) for name, one in described[kind].items()} for kind in ("answers", "short")
        )
        return cls(order, answers, short)


def probability(log_odds: float) -> float:
    """The logistic function, in [0, 1]."""
    return 1 / (1 + math.exp(-log_odds)) if log_odds > -700 else 0.0


@dataclass(frozen=True, slots=True)
class Rerank:
    """Reads the first `count` hits of a search. `weighing` is None for a reader that nobody has fitted it for."""

    reader: Reads
    count: int
    weighing: Weighing | None = None

    @property
    def name(self) -> str:
        """The reader's name and version, as answers show it."""
        return f"{self.reader.name} {self.reader.version}".strip()

    def __call__(self, query: Query, found: Found, cancel: Cancel | None = None) -> Found:
        """What was found, with its first passages read (see `to_read`) and in their new order; the others follow.

        The same where nothing was found or the question was cancelled.
        """
        head = to_read(found.hits, self.count)
        rest = found.hits[len(head) :]
        passages = [hit.passage for hit in head]
        readings = self.reader.read(query.searched, passages, cancel) if head else []
        if not head or (cancel is not None and cancel.is_set()):
            return found
        read = [replace(hit, reading=one) for hit, one in zip(head, readings, strict=True)]
        ordered = _ordered(read, self._orders(read))
        return replace(found, hits=(*ordered, *rest), probability=self._told("answers", query, found, ordered[0]))

    def short_probability(self, query: Query, found: Found, hit: Hit) -> float | None:
        """The probability that the span of a hit answers; None where nobody has fitted it."""
        return self._told("short", query, found, hit)

    def _told(self, kind: str, query: Query, found: Found, hit: Hit) -> float | None:
        direction = f"{query.language}-{found.articles[hit.passage.article_id].language}"
        fitted: Mapping[str, Logistic] = getattr(self.weighing, kind, {})
        one = fitted.get(direction, fitted.get(""))
        return None if one is None else probability(one.log_odds(hit))

    def _orders(self, hits: Sequence[Hit]) -> list[float]:
        if self.weighing:
            return [self.weighing.order.log_odds(hit) for hit in hits]
        by_reading = sorted(range(len(hits)), key=lambda place: -_reading(hits[place]).relevance)
        ranks = {place: rank for rank, place in enumerate(by_reading)}
        return [1 / (RANK_CONSTANT + place) + 1 / (RANK_CONSTANT + ranks[place]) for place in range(len(hits))]


def to_read(hits: Sequence[Hit], count: int) -> Sequence[Hit]:
    """The first of the hits, best first: at most `count`, none of them `WITHIN` below the best or further."""
    return [hit for hit in hits[:count] if hit.score >= hits[0].score - WITHIN]


def _reading(hit: Hit) -> Reading:
    if hit.reading is None:
        raise ValueError("the hit was not read")
    return hit.reading


def _ordered(hits: Sequence[Hit], orders: Sequence[float]) -> list[Hit]:
    top = max(orders)
    powers = [math.exp(order - top) for order in orders]
    known = [
        replace(hit, reading=replace(_reading(hit), order=order, share=power / sum(powers)))
        for hit, order, power in zip(hits, orders, powers, strict=True)
    ]
    return sorted(known, key=lambda hit: -_reading(hit).order)
