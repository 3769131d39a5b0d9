"""A report in Markdown: its tables, for a terminal, a pull request or a document. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from eval.compare import Difference, Flip
from eval.metrics import GROUPS
from eval.ranking import CUTS
from eval.report.labels import LEVELS, RANKED, TITLES, cell, columns, digits_of, headline, interval, middle, number


def report_markdown(report: Mapping[str, Any]) -> str:
    """The whole report; a measure that is not defined shows as –."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Mapping[str, Any]) -> Iterator[str]:
    yield f"# Evaluation: {report['set']['name']}"
    yield ""
    yield from (f"- {name}: {value}" for name, value in headline(report))
    yield ""
    yield "Each value with its 95 % interval and the number of questions behind it; – where it is not defined."
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
        yield f"| {name} | {number(value, digits)} | {value['n']} |"


def _matrix(values: Mapping[str, Any]) -> Iterator[str]:
    """A row for each level and measure, a column for each cut-off; intervals are in report.json."""
    yield f"| | {' | '.join(f'@{k}' for k in CUTS)} | @1, 95 % | n |"
    yield "|---|" + "---|" * (len(CUTS) + 2)
    for level, prefix in LEVELS:
        for title, name in RANKED:
            row = [values[f"{prefix}{name}@{k}"] for k in CUTS]
            cells = " | ".join(middle(value) for value in row)
            yield f"| {level}: {title} | {cells} | {interval(row[0])} | {row[0]['n']} |"


def table(title: str, groups: Mapping[str, Any]) -> Iterator[str]:
    """A row for each group, a column for each of `COLUMNS` that any of them has; a name may hold what parts columns."""
    shown = columns(groups)
    yield f"| {title} | {' | '.join('questions' if name == 'n' else name for _, name in shown)} |"
    yield "|---|" + "---|" * len(shown)
    for name, group in groups.items():
        escaped = name.replace("|", r"\|")
        yield f"| {escaped} | {' | '.join(cell(group, *one) for one in shown)} |"


def compared(first: Mapping[str, Any], second: Mapping[str, Any]) -> str:
    """Which questions of two runs are compared, and whether that is all of both."""
    of, questions = [one["set"] for one in (first, second)], [one["questions"].keys() for one in (first, second)]
    shared = len(questions[0] & questions[1])
    if of[0]["sha256"] == of[1]["sha256"] and questions[0] == questions[1]:
        return f"{shared} questions of {of[0]['name']}."
    told = ", then ".join(f"{len(ids)} of {one['name']}" for one, ids in zip(of, questions, strict=True))
    return f"The runs are not of the same set: {told}. Compared are {shared} questions that have the same id in both."


def comparison(found: Sequence[Difference], flipped: Sequence[Flip], shown: int = 50) -> str:
    """Two runs beside each other: the measures, then the questions that changed, worst first."""
    lines = ["| measure | first | second | change | n | |", "|---|---|---|---|---|---|"]
    verdicts = {True: "better", False: "worse", None: ""}
    for one in found:
        digits = digits_of(one.name.partition(".")[0])
        change = number(one.change.json(), digits)
        lines.append(
            f"| {one.name} | {one.first:.{digits}f} | {one.second:.{digits}f} | {change} | {one.change.n} "
            f"| {verdicts[one.better]} |"
        )
    lines += ["", f"{len(flipped)} questions changed, worst first:" if flipped else "No question changed."]
    lines += [f"- {one.question}: {one.name} {one.first:g} → {one.second:g}" for one in flipped[:shown]]
    if len(flipped) > shown:
        lines.append(f"- and {len(flipped) - shown} more")
    return "\n".join(lines) + "\n"
