"""A report as one HTML page that asks nothing of any other: no script runs, nothing is fetched. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from eval.records import Record
from eval.report.html_questions import questions
from eval.report.html_style import STYLE
from eval.report.html_tables import cards, grouped, part, retrieval
from eval.report.html_text import bare, name, text
from eval.report.labels import TITLES, headline
from eval.report.plots import Plot, plots

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def report_html(report: Mapping[str, Any], records: Sequence[Record]) -> str:
    """The whole report: the figures, their plots and tables, and every question to be opened, worst first."""
    answers = bool(report["answers"])
    sections = [
        ("figures", "Figures", _figures(report)),
        ("plots", "Plots", _plots(plots(report, records))),
        ("measures", "Measures", _measures(report)),
        *(
            (f"by-{kind}", f"By {kind}", grouped(kind, report["by"][kind]))
            for kind in ("direction", "tag")
            if report["by"][kind]
        ),
        ("questions", "Questions", "\n".join(questions(records, report["questions"], answers=answers))),
        ("run", "How it was run", _run(report["run"])),
    ]
    links = "".join(f'<li><a href="#{anchor}">{title}</a></li>' for anchor, title, _ in sections)
    return f"""<!DOCTYPE html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Evaluation: {bare(report["set"]["name"])}</title>
<style>{STYLE}</style>
</head>
<body>
<a class="skip" href="#questions">Skip to the questions</a>
<header>
<h1>Evaluation: {name(report["set"]["name"])}</h1>
{_pairs(headline(report))}
</header>
<nav aria-label="Contents"><ul>{links}</ul></nav>
<main>
{"".join(_section(*section) for section in sections)}</main>
</body>
</html>
"""


def _section(anchor: str, title: str, inside: str) -> str:
    return f'<section id="{anchor}">\n<h2>{title}</h2>\n{inside}\n</section>\n'


def _figures(report: Mapping[str, Any]) -> str:
    note = "Each mean with its 95 % interval and n, the number of questions behind it; – where it is not defined."
    return f'{cards(report)}\n<p class="note">{note} A missing answer counts as zero.</p>'


def _plots(drawn: Iterable[Plot]) -> str:
    return f'<div class="plots">{"".join(map(_plot, drawn))}</div>'


def _plot(plot: Plot) -> str:
    drawing = f"{plot.svg}\n" if plot.svg else ""
    return f"<figure><h3>{plot.title}</h3>\n{drawing}<figcaption>{text(plot.note)}</figcaption></figure>\n"


def _measures(report: Mapping[str, Any]) -> str:
    parts = [
        f"<div><h3>{TITLES[group]}</h3>\n{part(TITLES[group], group, report[group])}</div>"
        for group in ("answers", "citations", "abstention", "cost")
        if report[group]
    ]
    return (
        f'<h3>{TITLES["retrieval"]}</h3>\n{retrieval(report["retrieval"])}\n<div class="parts">{"".join(parts)}</div>'
    )


def _run(run: Mapping[str, Any]) -> str:
    """All that a figure depends on, so that it can be made again."""
    return _pairs(_conditions(run))


def _conditions(run: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in run.items():
        if isinstance(value, Mapping):
            yield from ((f"{key}: {inner}", _shown(one)) for inner, one in value.items())
        else:
            yield key, _shown(value)


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    return ", ".join(map(str, value)) or "–" if isinstance(value, list | tuple) else str(value)


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    inside = "".join(f"<div><dt>{name(key)}</dt><dd>{name(value)}</dd></div>" for key, value in pairs)
    return f"<dl>{inside}</dl>"
