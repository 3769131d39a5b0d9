"""Format a report, or the comparison of two runs, as Markdown tables; also labels shared with the HTML report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from eval.compare import Difference, Flip
from eval.metrics import CUTS, GROUPS

# Shared by all formats of a report: titles, number formats, columns.

TITLES = {
    "retrieval": "Retrieval",
    "answers": "Answers",
    "citations": "Citations",
    "abstention": "Abstention",
    "cost": "Cost",
}
_COLUMNS = (
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
"""The columns of the tables by direction and tag."""
LEVELS: Final = (("Passages", ""), ("Articles", "article_"), ("Sentences at the gold span", "span_"))
RANKED: Final = (("recall", "recall"), ("hit rate", "hit_rate"), ("MRR", "mrr"), ("nDCG", "ndcg"))
"""The rows of the retrieval table: levels with the prefix of their measures, and the measures."""


def run_facts(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the description of a run as names and values."""
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
    """Return the abstention thresholds, by language, and by direction if calibrated."""
    return {**run["min_score"], **{f"{name} (calibrated)": score for name, score in run["calibrated"].items()}}


def _number(value: Mapping[str, Any], digits: int = 3) -> str:
    """Format ``mean (low–high)``; – if it is not defined."""
    bounds = interval(value, digits)
    return f"{middle(value, digits)} ({bounds})" if bounds else middle(value, digits)


def middle(value: Mapping[str, Any], digits: int = 3) -> str:
    """Format the mean; – if it is not defined."""
    return "–" if value["mean"] is None else f"{value['mean']:.{digits}f}"


def interval(value: Mapping[str, Any], digits: int = 3) -> str:
    """Format ``low–high``; empty without an interval."""
    return "" if value["low"] is None else f"{value['low']:.{digits}f}–{value['high']:.{digits}f}"


def digits_of(group: str) -> int:
    """Return the number of decimal places: 0 for milliseconds and tokens, 3 for shares."""
    return 0 if group == "cost" else 3


def cell(group: Mapping[str, Any], part: str, name: str) -> str:
    """Format a measure of a group, without its interval; – if the group does not have it."""
    value = group.get(part, {}).get(name)
    if isinstance(value, int):
        return str(value)
    return "–" if value is None else middle(value)


def columns(groups: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return those of `_COLUMNS` that any of the groups has."""
    return [one for one in _COLUMNS if any(cell(group, *one) != "–" for group in groups.values())]


def report_markdown(report: Mapping[str, Any]) -> str:
    """Format the whole report; a measure that is not defined is –."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Mapping[str, Any]) -> Iterator[str]:
    yield f"# Evaluation: {report['set']['name']}"
    yield ""
    yield from (f"- {name}: {value}" for name, value in run_facts(report))
    yield ""
    yield "Each value with its 95 % interval and the number of questions; – if it is not defined."
    for group in GROUPS:
        if not report[group]:
            continue
        yield ""
        yield f"## {TITLES[group]}"
        yield ""
        yield from _matrix(report[group]) if group == "retrieval" else _measures(report[group], digits_of(group))
    for kind, title in (("direction", "direction"), ("tag", "tag")):
        groups = report["by"][kind]
        if groups:
            yield ""
            yield f"## By {title}"
            yield ""
            yield from table(title, groups)


def _measures(values: Mapping[str, Any], digits: int) -> Iterator[str]:
    yield "| measure | value | n |"
    yield "|---|---|---|"
    for name, value in values.items():
        yield f"| {name} | {_number(value, digits)} | {value['n']} |"


def _matrix(values: Mapping[str, Any]) -> Iterator[str]:
    """Yield a table with a row for each level and measure, and a column for each cut-off; intervals only for @1."""
    yield f"| | {' | '.join(f'@{k}' for k in CUTS)} | @1, 95 % | n |"
    yield "|---|" + "---|" * (len(CUTS) + 2)
    for level, prefix in LEVELS:
        for title, name in RANKED:
            row = [values[f"{prefix}{name}@{k}"] for k in CUTS]
            cells = " | ".join(middle(value) for value in row)
            yield f"| {level}: {title} | {cells} | {interval(row[0])} | {row[0]['n']} |"


def table(title: str, groups: Mapping[str, Any]) -> Iterator[str]:
    """Yield a table with a row for each group, and a column for each of `_COLUMNS` that any has; escapes ``|``."""
    shown = columns(groups)
    yield f"| {title} | {' | '.join('questions' if name == 'n' else name for _, name in shown)} |"
    yield "|---|" + "---|" * len(shown)
    for name, group in groups.items():
        escaped = name.replace("|", r"\|")
        yield f"| {escaped} | {' | '.join(cell(group, *one) for one in shown)} |"


def compared(first: Mapping[str, Any], second: Mapping[str, Any]) -> str:
    """State which questions of two runs are compared, and whether the runs are of the same set."""
    of, questions = [one["set"] for one in (first, second)], [one["questions"].keys() for one in (first, second)]
    shared = len(questions[0] & questions[1])
    if of[0]["sha256"] == of[1]["sha256"] and questions[0] == questions[1]:
        return f"{shared} questions of {of[0]['name']}."
    told = ", then ".join(f"{len(ids)} of {one['name']}" for one, ids in zip(of, questions, strict=True))
    return f"The runs have different sets: {told}. The comparison uses the {shared} questions with the same id in both."


def comparison_table(found: Sequence[Difference], flipped: Sequence[Flip], shown: int = 50) -> str:
    """Format the comparison of two runs: the measures, then the questions that changed, worst first."""
    lines = ["| measure | first | second | change | n | |", "|---|---|---|---|---|---|"]
    verdicts = {True: "better", False: "worse", None: ""}
    for one in found:
        digits = digits_of(one.name.partition(".")[0])
        change = _number(one.change.json(), digits)
        lines.append(
            f"| {one.name} | {one.first:.{digits}f} | {one.second:.{digits}f} | {change} | {one.change.n} "
            f"| {verdicts[one.better]} |"
        )
    lines += ["", f"{len(flipped)} questions changed, worst first:" if flipped else "No question changed."]
    lines += [f"- {one.question}: {one.name} {one.first:g} → {one.second:g}" for one in flipped[:shown]]
    if len(flipped) > shown:
        lines.append(f"- and {len(flipped) - shown} more")
    return "\n".join(lines) + "\n"
