"""Rerank search hits with a reader model and estimate the probability that they answer.

The fused score selects the first passages; the reader orders them. The weights of the two were fitted on development
questions for one reader (docs/reader.md) and are stored with its weights. For another reader, the two orders are
combined by reciprocal rank fusion (Cormack et al. 2009, k = 60), and there is no probability until it is calibrated.
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

_RANK_CONSTANT: Final = 60
WITHIN: Final = 0.1
"""Maximum distance below the best fused score at which a passage is still read: for 98.8 % of XQuAD's Arabic questions
the answering passage is among the 4.7 within it, for 98.9 % among the first 8."""


class Logistic(NamedTuple):
    """Log-odds model: a bias and weights for the hit's fused score, relevance and span score."""

    bias: float
    fused: float
    relevance: float
    span: float

    def log_odds(self, hit: Hit) -> float:
        """Log-odds of a hit that was read."""
        reading = hit.reading
        if reading is None:
            return -math.inf
        return self.bias + self.fused * hit.score + self.relevance * reading.relevance + self.span * reading.score


@dataclass(frozen=True, slots=True)
class Weighing:
    """Weights that combine a reader's logits with the fused score.

    `order` gives the sort key of passages; `answers` the log-odds that the best passage answers, by direction of
    languages as in ``en-ar``, with ``""`` for any other; `short` the log-odds that the best passage's span is right.
    """

    order: Logistic
    answers: Mapping[str, Logistic] = field(default_factory=dict)
    short: Mapping[str, Logistic] = field(default_factory=dict)

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> Weighing:
        """Parse the description in a weights file. Raises `ValueError`, `KeyError` or `TypeError` if it is invalid."""
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
    """Reranks the first `count` hits of a search, those no more than `within` below the best score.

    `weighing` is None for a reader without fitted weights.
    """

    reader: Reads
    count: int
    weighing: Weighing | None = None
    within: float = WITHIN

    @property
    def name(self) -> str:
        """The reader's name and version, as shown in answers."""
        return f"{self.reader.name} {self.reader.version}".strip()

    def __call__(self, query: Query, found: Found, cancel: Cancel | None = None) -> Found:
        """The results with the first passages (see `to_read`) read and reordered; the others follow.

        Returns `found` unchanged if it is empty or the question was cancelled.
        """
        head = to_read(found.hits, self.count, self.within)
        rest = found.hits[len(head) :]
        passages = [hit.passage for hit in head]
        readings = self.reader.read(query.searched, passages, cancel) if head else []
        if not head or (cancel is not None and cancel.is_set()):
            return found
        read = [replace(hit, reading=one) for hit, one in zip(head, readings, strict=True)]
        ordered = _ordered(read, self._orders(read))
        return replace(found, hits=(*ordered, *rest), probability=self._weighed("answers", query, found, ordered[0]))

    def answer_probability(self, query: Query, found: Found, hit: Hit) -> float | None:
        """Probability that a hit answers, judged alone, after it was read; None without fitted weights."""
        return self._weighed("answers", query, found, hit)

    def short_probability(self, query: Query, found: Found, hit: Hit) -> float | None:
        """Probability that the span of a hit answers; None without fitted weights."""
        return self._weighed("short", query, found, hit)

    def _weighed(self, kind: str, query: Query, found: Found, hit: Hit) -> float | None:
        direction = f"{query.language}-{found.articles[hit.passage.article_id].language}"
        fitted: Mapping[str, Logistic] = getattr(self.weighing, kind, {})
        one = fitted.get(direction, fitted.get(""))
        return None if one is None else probability(one.log_odds(hit))

    def _orders(self, hits: Sequence[Hit]) -> list[float]:
        if self.weighing:
            return [self.weighing.order.log_odds(hit) for hit in hits]
        by_reading = sorted(range(len(hits)), key=lambda place: -_reading(hits[place]).relevance)
        ranks = {place: rank for rank, place in enumerate(by_reading)}
        return [1 / (_RANK_CONSTANT + place) + 1 / (_RANK_CONSTANT + ranks[place]) for place in range(len(hits))]


def to_read(hits: Sequence[Hit], count: int, within: float = WITHIN) -> Sequence[Hit]:
    """The first hits, best first: at most `count`, none more than `within` below the best."""
    return [hit for hit in hits[:count] if hit.score >= hits[0].score - within]


def _reading(hit: Hit) -> Reading:
    if hit.reading is None:
        raise ValueError("the hit has no reading")
    return hit.reading


def _ordered(hits: Sequence[Hit], orders: Sequence[float]) -> list[Hit]:
    top = max(orders)
    powers = [math.exp(order - top) for order in orders]
    known = [
        replace(hit, reading=replace(_reading(hit), order=order, share=power / sum(powers)))
        for hit, order, power in zip(hits, orders, powers, strict=True)
    ]
    return sorted(known, key=lambda hit: -_reading(hit).order)
