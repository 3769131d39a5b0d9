"""Aggregate records into a report, one JSON document: each measure with interval and count, in total and by group."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from eval import metrics
from eval.metrics import (
    DEPTH,
    GROUPS,
    Estimate,
    Values,
    area_under_curve,
    is_refused,
    is_right,
    mean,
    measures,
    ranking,
)
from eval.records import Record

VERSION = 1
HEADLINES = frozenset(
    {
        *(f"retrieval.{level}{name}" for level in ("", "article_", "span_") for name in ("recall@1", "recall@5")),
        *(
            "retrieval.recall@20",
            "retrieval.hit_rate@1",
            "retrieval.hit_rate@5",
            "retrieval.mrr@10",
            "retrieval.ndcg@10",
        ),
        *("answers.exact_match", "answers.f1", "answers.contains", "answers.language"),
        *("citations.quote_validity", "citations.gold_precision", "citations.gold_recall"),
        *("abstention.false_answers", "abstention.clear_false_answers", "abstention.false_refusals"),
        *("abstention.unclear", "abstention.wrong"),
        *("cost.search_ms", "cost.total_ms"),
    }
)
"""The measures that are also reported for each direction, language and tag."""


def summary(records: Sequence[Record], *, answers: bool) -> dict[str, Any]:
    """Aggregate the measures of a run: ``{group: {measure: {"mean", "low", "high", "n"}}}``, and three more parts.

    ``by[kind][name]`` has the `HEADLINES` for the questions of one direction, language or tag; ``curves`` are for
    plots; ``questions`` has the values of each question, by ``group.measure``.
    """
    values = {record.id: measures(record, answers=answers) for record in records}
    report: dict[str, Any] = _estimates(values.values())
    report["abstention"] |= {
        "auc": _auc(records).json(),
        "risk_coverage_area": _value(metrics.area(_curve(records, answers=answers)), len(records)),
    }
    report["by"] = {
        "direction": _by(records, values, lambda record: [record.direction]),
        "language": _by(records, values, lambda record: [record.language]),
        "tag": _by(records, values, lambda record: record.tags),
    }
    report["curves"] = {
        "recall": {level: _recall(records, level) for level in ("passages", "articles", "sentences")},
        "risk_coverage": [list(point) for point in _curve(records, answers=answers)],
        "scores": {
            "answerable": [record.search.score for record in records if record.answerable],
            "unanswerable": [record.search.score for record in records if not record.answerable],
        },
    }
    report["questions"] = {name: flat(each) for name, each in values.items()}
    return report


def flat(values: Values) -> dict[str, float]:
    """Flatten the values of one question to ``group.measure``, without None."""
    return {f"{group}.{name}": value for group in GROUPS for name, value in values[group].items() if value is not None}


def _estimates(values: Iterable[Values], only: frozenset[str] | None = None) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, list[float]]] = {group: defaultdict(list) for group in GROUPS}
    for each in values:
        for group in GROUPS:
            for name, value in each[group].items():
                if only is None or f"{group}.{name}" in only:
                    found[group][name] += [] if value is None else [value]
    return {group: {name: mean(of).json() for name, of in names.items()} for group, names in found.items()}


def _by(
    records: Sequence[Record], values: Mapping[str, Values], keys: Callable[[Record], Sequence[str]]
) -> dict[str, Any]:
    groups: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        for key in keys(record):
            groups[key].append(record)
    found = {}
    for key in sorted(groups):
        found[key] = _estimates((values[record.id] for record in groups[key]), HEADLINES)
        found[key]["abstention"]["auc"] = _auc(groups[key]).json()
        found[key]["questions"] = {"n": len(groups[key]), "answerable": sum(one.answerable for one in groups[key])}
    return found


def _auc(records: Sequence[Record]) -> Estimate:
    """Compute the AUC of the best score, answerable against unanswerable; a question without hits ranks lowest."""
    scores = [(float("-inf") if one.search.score is None else one.search.score, one.answerable) for one in records]
    return area_under_curve([one for one, right in scores if right], [one for one, right in scores if not right])


def _curve(records: Sequence[Record], *, answers: bool) -> list[metrics.Point]:
    """Compute the risk–coverage curve by the best score, over answered questions (retrieval only: all with hits)."""
    shown = [
        one for one in records if one.search.score is not None and not (answers and is_refused(one, answers=answers))
    ]
    points = metrics.curve(
        [one.search.score for one in shown if one.search.score is not None],
        [not is_right(one, answers=answers) for one in shown],
    )
    share = len(shown) / len(records) if records else 0.0
    return [metrics.Point(point.score, point.coverage * share, point.risk) for point in points]


def _recall(records: Sequence[Record], level: str) -> list[float | None]:
    """Compute the mean recall at each cut-off from 1 to `DEPTH`."""
    units = {"passages": "passage_units", "articles": "article_units", "sentences": "span_units"}[level]
    rankings = [ranking(getattr(one.search, level), getattr(one.search, units)) for one in records if one.answerable]
    means = []
    for k in range(1, DEPTH + 1):
        found = [value for each in rankings if (value := each.recall(k)) is not None]
        means.append(sum(found) / len(found) if found else None)
    return means


def _value(value: float | None, count: int) -> dict[str, Any]:
    return Estimate(value, None, None, count).json()
