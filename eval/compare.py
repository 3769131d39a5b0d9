"""Two runs of the same questions beside each other: paired differences, and the questions that changed. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eval.interval import Estimate, paired
from eval.metrics import GROUPS, less_is_better
from rag.errors import BadInput


@dataclass(frozen=True, slots=True)
class Difference:
    """A measure in both runs, over the questions that both have it for; `change` is the second less the first."""

    name: str
    first: float
    second: float
    change: Estimate

    @property
    def better(self) -> bool | None:
        """Whether the second run is better beyond the interval; None where it cannot be told from chance."""
        if self.change.low is None or self.change.high is None or self.change.low <= 0 <= self.change.high:
            return None
        return (self.change.high < 0) == less_is_better(self.name)


@dataclass(frozen=True, slots=True)
class Flip:
    """What one question got in both runs, by one measure; `loss` is how much worse the second is, in [-1, 1]."""

    question: str
    name: str
    first: float
    second: float

    @property
    def loss(self) -> float:
        change = self.second - self.first
        return change if less_is_better(self.name) else -change


FLIPPING = (
    "answers.contains",
    "abstention.wrong",
    "retrieval.hit_rate@5",
    "retrieval.hit_rate@1",
    "citations.gold_recall",
)
"""The measures whose change of a question is told, the first that both runs have."""


def differences(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[Difference]:
    """Every measure that both reports have of questions. Raises `BadInput` where they share no question."""
    shared = _shared(first, second)
    found = []
    for name in _names(first):
        pairs = [
            (before[name], after[name])
            for one in shared
            if name in (before := first["questions"][one]) and name in (after := second["questions"][one])
        ]
        if pairs:
            one, other = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
            found.append(Difference(name, sum(one) / len(one), sum(other) / len(other), paired(one, other)))
    return found


def flips(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[Flip]:
    """The questions that changed, worst first, each by the first of `FLIPPING` that changed for it."""
    found = []
    for one in _shared(first, second):
        before, after = first["questions"][one], second["questions"][one]
        changed = (name for name in FLIPPING if name in before and name in after and before[name] != after[name])
        name = next(changed, None)
        if name is not None:
            found.append(Flip(one, name, before[name], after[name]))
    return sorted(found, key=lambda flip: (-flip.loss, flip.question))


def _shared(first: Mapping[str, Any], second: Mapping[str, Any]) -> Sequence[str]:
    shared = [one for one in first["questions"] if one in second["questions"]]
    if not shared:
        raise BadInput("the two runs share no question", where="compare", do="compare two runs of the same set")
    return shared


def _names(report: Mapping[str, Any]) -> list[str]:
    return [f"{group}.{name}" for group in GROUPS for name in report.get(group, {})]
