"""How a report says things, in whatever form: the names of its parts, its numbers, what a table has. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

TITLES = {
    "retrieval": "Retrieval",
    "answers": "Answers",
    "citations": "Citations",
    "abstention": "Abstention",
    "cost": "Cost",
}
COLUMNS = (
    ("questions", "n"),
    ("retrieval", "recall@1"),
    ("retrieval", "recall@5"),
    ("retrieval", "mrr@10"),
    ("answers", "exact_match"),
    ("answers", "f1"),
    ("answers", "contains"),
    ("citations", "gold_precision"),
    ("citations", "gold_recall"),
    ("abstention", "false_answers"),
    ("abstention", "false_refusals"),
    ("abstention", "auc"),
)
"""What the tables by direction and tag show."""
LEVELS: Final = (("Passages", ""), ("Articles", "article_"), ("Sentences at the gold span", "span_"))
RANKED: Final = (("recall", "recall"), ("hit rate", "hit_rate"), ("MRR", "mrr"), ("nDCG", "ndcg"))
"""What the matrix of retrieval shows: its levels with the prefix of their measures, and the measures."""


def headline(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a run was, for people: names and values."""
    of, run = report["set"], report["run"]
    return [
        ("set", f"{of['name']}, {of['questions']} questions, {of['answerable']} of them answerable"),
        ("corpus", f"{run['corpus']}, {run['articles']} articles, {run['passages']} passages"),
        ("answers by", run["generator"]),
        ("thresholds", ", ".join(f"{name} {score:g}" for name, score in thresholds(run).items()) or "none"),
        ("judges", ", ".join(run["judges"]) or "none"),
        ("peak memory", f"{run['peak_memory_bytes'] / 2**20:.0f} MiB"),
        ("set sha256", of["sha256"][:16]),
        ("corpus sha256", run["corpus_sha256"][:16]),
        ("model", run["embedding_fingerprint"][:16]),
        ("versions", ", ".join(f"{name} {number}" for name, number in run["versions"].items())),
    ]


def thresholds(run: Mapping[str, Any]) -> dict[str, float]:
    """The scores below which nothing is answered, by language, and by direction where that was calibrated."""
    return {**run["min_score"], **{f"{name} (calibrated)": score for name, score in run["calibrated"].items()}}


def number(value: Mapping[str, Any], digits: int = 3) -> str:
    """``mean (low–high)``; – where it is not defined."""
    bounds = interval(value, digits)
    return f"{middle(value, digits)} ({bounds})" if bounds else middle(value, digits)


def middle(value: Mapping[str, Any], digits: int = 3) -> str:
    """The mean; – where it is not defined."""
    return "–" if value["mean"] is None else f"{value['mean']:.{digits}f}"


def interval(value: Mapping[str, Any], digits: int = 3) -> str:
    """``low–high``; nothing where there is none."""
    return "" if value["low"] is None else f"{value['low']:.{digits}f}–{value['high']:.{digits}f}"


def digits_of(group: str) -> int:
    """Decimal places: none for milliseconds and tokens, three for shares."""
    return 0 if group == "cost" else 3


def cell(group: Mapping[str, Any], part: str, name: str) -> str:
    """A measure of a group, without its interval; – where the group has not got it."""
    value = group.get(part, {}).get(name)
    if isinstance(value, int):
        return str(value)
    return "–" if value is None else middle(value)


def columns(groups: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Those of `COLUMNS` that any of the groups has."""
    return [one for one in COLUMNS if any(cell(group, *one) != "–" for group in groups.values())]
