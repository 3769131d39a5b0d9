"""Compare runs of the same questions: gates against bounds or a baseline, paired differences, changed questions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eval.metrics import GROUPS, HEADLINES, Estimate, less_is_better, paired
from rag.errors import BadInput

# Gate: the measures of a run that are worse than their bounds or than a baseline.
#
# A measure fails only beyond its interval: if even the favourable end is on the wrong side of the bound. With a
# baseline of the same questions the differences are paired, which distinguishes small changes from chance.


@dataclass(frozen=True, slots=True)
class _Failure:
    """A measure that is worse than its bound: its name ``group.measure``, its value, and the bound."""

    name: str
    found: Estimate
    bound: float
    against: str

    def __str__(self) -> str:
        low, high = self.found.low, self.found.high
        interval = "" if low is None or high is None else f" ({low:.3f} to {high:.3f})"
        value = "not defined" if self.found.mean is None else f"{self.found.mean:.3f}{interval}"
        least = "at most" if less_is_better(self.name) else "at least"
        return f"{self.name}: {value}, n = {self.found.n}; must be {least} {self.bound:g} ({self.against})"


_ALWAYS = ("citations.quote_validity",)
"""Measures that must be exactly 1, without an interval: every citation must be a slice of the source file."""


def failures(
    report: Mapping[str, Any], bounds: Mapping[str, float | None], baseline: Mapping[str, Any] | None = None
) -> list[_Failure]:
    """Return the measures of a report that are worse than `bounds` (by name) or than a `baseline` report.

    The measures of `_ALWAYS` are always checked. A bound of None means the baseline's value. If no bound is None, every
    measure of the baseline is compared, except costs. Raises `BadInput` for a measure that the report does not have,
    and for a bound of None without a baseline that has the measure.
    """
    found = [_Failure(name, exact, 1.0, "always") for name in _ALWAYS if (exact := _less_than_one(report, name))]
    for name, bound in bounds.items():
        full = _full_name(report, name)
        if bound is not None:
            estimate = _estimate_of(report, full)
            if _worse(full, estimate, bound):
                found.append(_Failure(full, estimate, bound, "bound"))
        elif baseline is None:
            raise BadInput(f"{name} has no bound", where="--fail-under", do="write NAME=VALUE, or pass --baseline")
        elif full not in _measure_names(baseline):
            do = "write NAME=VALUE, or use a baseline that has this measure"
            raise BadInput(f"the baseline has no {full} to compare with", where="--fail-under", do=do)
        else:
            found += _against(full, report, baseline)
    if baseline is not None and None not in bounds.values():
        for name in _measure_names(baseline):
            found += _against(name, report, baseline)
    return found


def baseline_of(report: Mapping[str, Any]) -> dict[str, Any]:
    """Extract a baseline from a report: its `HEADLINES` in total and per question, without costs."""
    kept = {name for name in _measure_names(report) if name in HEADLINES}
    groups: dict[str, Any] = {
        group: {name: value for name, value in report[group].items() if f"{group}.{name}" in kept} for group in GROUPS
    }
    questions = {
        one: {name: value for name, value in values.items() if name in kept}
        for one, values in report["questions"].items()
    }
    return {"version": report["version"], "set": report["set"], **groups, "questions": questions}


def _full_name(report: Mapping[str, Any], name: str) -> str:
    """Return ``group.measure`` for a name with or without its group. Raises `BadInput` unless exactly one matches."""
    known = [*_measure_names(report), *(f"cost.{one}" for one in report.get("cost", {}))]
    if name in known:
        return name
    meant = [one for one in known if one.partition(".")[2] == name]
    if len(meant) == 1:
        return meant[0]
    do = f"use one of {', '.join(meant or known[:12])} …"
    raise BadInput(f"the report has no single measure {name!r}", where="--fail-under", do=do)


def _estimate_of(report: Mapping[str, Any], name: str) -> Estimate:
    """Return a measure of a report by its name ``group.measure``."""
    group, _, measure = name.partition(".")
    value = report[group][measure]
    return Estimate(value["mean"], value["low"], value["high"], value["n"])


def _measure_names(report: Mapping[str, Any]) -> Sequence[str]:
    return [f"{group}.{name}" for group in GROUPS if group != "cost" for name in report.get(group, {})]


def _against(name: str, report: Mapping[str, Any], baseline: Mapping[str, Any]) -> Iterator[_Failure]:
    if name not in _measure_names(report):
        yield _Failure(name, Estimate(None, None, None, 0), 0.0, "baseline has it, this run does not")
        return
    if name not in _measure_names(baseline):
        return
    change = _change(name, report, baseline)
    if change is not None:
        if change.n and _worse(name, change, 0.0):
            yield _Failure(name, change, 0.0, "the change from the baseline")
        return
    bound = _estimate_of(baseline, name).mean
    estimate = _estimate_of(report, name)
    if bound is not None and _worse(name, estimate, bound):
        yield _Failure(name, estimate, bound, "baseline's mean")


def _change(name: str, report: Mapping[str, Any], baseline: Mapping[str, Any]) -> Estimate | None:
    """Return the paired difference if both runs have the same questions; else None."""
    now, before = report.get("questions", {}), baseline.get("questions", {})
    if set(now) != set(before):
        return None
    both = [one for one in before if name in now[one] and name in before[one]]
    if not both:
        return None
    return paired([before[one][name] for one in both], [now[one][name] for one in both])


def _worse(name: str, estimate: Estimate, bound: float) -> bool:
    """Whether the favourable end of the interval (or the value, without one) is on the wrong side of the bound."""
    if estimate.mean is None:
        return True
    if less_is_better(name):
        return (estimate.mean if estimate.low is None else estimate.low) > bound + _TOLERANCE
    return (estimate.mean if estimate.high is None else estimate.high) < bound - _TOLERANCE


def _less_than_one(report: Mapping[str, Any], name: str) -> Estimate | None:
    if name not in _measure_names(report):
        return None
    estimate = _estimate_of(report, name)
    return estimate if estimate.mean is not None and estimate.mean < 1 else None


_TOLERANCE = 1e-6
"""Reports are rounded to six decimal places."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A measure in both runs, over the questions with a value in both; `change` is the second minus the first."""

    name: str
    first: float
    second: float
    change: Estimate

    @property
    def better(self) -> bool | None:
        """Whether the second run is better, beyond the interval; None if the difference may be chance."""
        if self.change.low is None or self.change.high is None or self.change.low <= 0 <= self.change.high:
            return None
        return (self.change.high < 0) == less_is_better(self.name)


@dataclass(frozen=True, slots=True)
class Flip:
    """A question whose value of one measure changed; `loss` is how much worse the second run is, in [-1, 1]."""

    question: str
    name: str
    first: float
    second: float

    @property
    def loss(self) -> float:
        change = self.second - self.first
        return change if less_is_better(self.name) else -change


_FLIPPING = (
    "answers.contains",
    "abstention.wrong",
    "retrieval.hit_rate@5",
    "retrieval.hit_rate@1",
    "citations.gold_recall",
)
"""The measures by which a question counts as changed; the first that differs is reported."""


def differences(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[Difference]:
    """Compare every measure that both reports have per question. Raises `BadInput` if they share no question."""
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
    """Return the questions that changed, worst first, each by the first of `_FLIPPING` that differs."""
    found = []
    for one in _shared(first, second):
        before, after = first["questions"][one], second["questions"][one]
        changed = (name for name in _FLIPPING if name in before and name in after and before[name] != after[name])
        name = next(changed, None)
        if name is not None:
            found.append(Flip(one, name, before[name], after[name]))
    return sorted(found, key=lambda flip: (-flip.loss, flip.question))


def _shared(first: Mapping[str, Any], second: Mapping[str, Any]) -> Sequence[str]:
    shared = [one for one in first["questions"] if one in second["questions"]]
    if not shared:
        raise BadInput(
            "the two runs have no question in common", where="compare", do="compare two runs of the same set"
        )
    return shared


def _names(report: Mapping[str, Any]) -> list[str]:
    return [f"{group}.{name}" for group in GROUPS for name in report.get(group, {})]
