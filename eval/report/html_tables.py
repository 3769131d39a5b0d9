"""The figures of a report as HTML: cards for the few that matter first, then a table for each part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from eval.metrics import less_is_better
from eval.ranking import CUTS
from eval.report.html_text import text
from eval.report.labels import LEVELS, RANKED, cell, columns, digits_of, interval, middle

CARDS: Final = (
    ("retrieval.recall@5", "Gold passages in the first 5", "recall@5"),
    ("retrieval.span_recall@5", "Gold sentences in the first 5", "span_recall@5"),
    ("answers.contains", "Answers that say it", "contains"),
    ("answers.f1", "Words shared with an answer", "f1"),
    ("citations.quote_validity", "Quotes that are in their file", "quote_validity"),
    ("citations.gold_recall", "Answers that cite gold", "gold_recall"),
    ("citations.gold_precision", "Citations at gold", "gold_precision"),
    ("abstention.false_answers", "Answered, though nothing answers", "false_answers"),
    ("abstention.clear_false_answers", "… without a reserve", "clear_false_answers"),
    ("abstention.false_refusals", "Refused, though something answers", "false_refusals"),
    ("abstention.auc", "Score tells the two apart", "auc"),
    ("cost.total_ms", "Whole answer, ms", "total_ms"),
    ("cost.search_ms", "Search, ms", "search_ms"),
)
"""A measure, what it is to people, and its name. Those that a run has not got are left out."""
MEANINGS: Final = {
    "answers.language": "what the answer itself says is in the question's language",
    "answers.exact_match": "the short answer is an accepted one",
    "answers.f1": "words in common with the nearest accepted answer",
    "answers.contains": "an accepted answer stands in what was said",
    "citations.quote_validity": "quotes that are a slice of their file; it must be 1",
    "citations.rejected": "rejected citations in an answer",
    "citations.removed": "claims taken out of an answer",
    "citations.unsupported": "claims shown that nothing supports",
    "citations.per_answer": "citations in an answer",
    "citations.gold_precision": "citations that lie at gold",
    "citations.gold_recall": "answers with a citation at gold",
    "citations.recall": "claims that their citations bear out (ALCE)",
    "citations.precision": "citations that a claim needs (ALCE)",
    "abstention.false_refusals": "answerable questions that were refused",
    "abstention.false_answers": "other questions that were answered",
    "abstention.wrong": "questions answered wrongly, or that nothing answers",
    "abstention.clear_false_answers": "other questions that were answered without a reserve",
    "abstention.clear_wrong": "questions answered wrongly without a reserve",
    "abstention.unclear": "answerable questions whose answer was told as no clear one",
    "abstention.auc": "an answerable question scores above another",
    "abstention.risk_coverage_area": "area under the curve of risk and coverage",
    "cost.search_ms": "milliseconds of the search",
    "cost.to_evidence_ms": "milliseconds to the evidence",
    "cost.first_token_ms": "milliseconds to the model's first token",
    "cost.total_ms": "milliseconds to the whole answer",
    "cost.prompt_tokens": "tokens of the prompt",
    "cost.completion_tokens": "tokens of the reply",
}


def cards(report: Mapping[str, Any]) -> str:
    """The figures that tell most, each with its interval, drawn and written, and its count."""
    shown = []
    for name, words, short in CARDS:
        group, _, measure = name.partition(".")
        value = report[group].get(measure)
        if value is None:
            continue
        digits = digits_of(group)
        bad = name == "citations.quote_validity" and value["mean"] is not None and value["mean"] < 1
        bounds = interval(value, digits)
        count = f"{bounds} · n {value['n']}" if bounds else f"n {value['n']}"
        less = " · less is better" if less_is_better(name) else ""
        shown.append(
            f'<div class="card{" alarm" if bad else ""}"><p class="what">{words}</p>'
            f'<p class="value">{middle(value, digits)}</p>{"" if group == "cost" else _bar(value)}'
            f'<p class="small">{count}</p><p class="small">{short}{less}</p></div>'
        )
    return f'<div class="cards">{"".join(shown)}</div>'


def retrieval(values: Mapping[str, Any]) -> str:
    """Level by measure by cut-off; nothing where no question has gold."""
    bodies = []
    for title, prefix in LEVELS:
        rows = {words: [values.get(f"{prefix}{name}@{k}") for k in CUTS] for words, name in RANKED}
        known = [value for row in rows.values() for value in row if value and value["mean"] is not None]
        if not known:
            continue
        lines = "".join(
            f'<tr><th scope="row">{words}</th>{"".join(_value(value) if value else "<td>–</td>" for value in row)}</tr>'
            for words, row in rows.items()
        )
        head = f'<tr class="level"><th scope="rowgroup" colspan="{len(CUTS) + 1}">{title}, n {known[0]["n"]}</th></tr>'
        bodies.append(f"<tbody>{head}{lines}</tbody>")
    if not bodies:
        return '<p class="none">Not defined: no question has gold places in this corpus.</p>'
    head = "".join(f'<th scope="col">@{k}</th>' for k in CUTS)
    return _scrolling("Retrieval", f'<thead><tr><th scope="col">measure</th>{head}</tr></thead>{"".join(bodies)}')


def part(title: str, group: str, values: Mapping[str, Any]) -> str:
    """A measure a row, with what it tells."""
    rows = []
    for name, value in values.items():
        what, _, judge = name.partition("/")
        meaning = MEANINGS.get(f"{group}.{what}", "") + (f", judged by {text(judge)}" if judge else "")
        meaning += "; less is better" if less_is_better(f"{group}.{name}") else ""
        rows.append(
            f'<tr><th scope="row">{text(name)}<span class="meaning">{meaning}</span></th>'
            f"{_value(value, digits_of(group))}<td>{value['n']}</td></tr>"
        )
    head = '<thead><tr><th scope="col">measure</th><th scope="col">value</th><th scope="col">n</th></tr></thead>'
    return _scrolling(title, f"{head}<tbody>{''.join(rows)}</tbody>")


def grouped(kind: str, groups: Mapping[str, Any]) -> str:
    """A group a row, a measure a column."""
    shown = columns(groups)
    names = "".join(f'<th scope="col">{"questions" if name == "n" else name}</th>' for _, name in shown)
    rows = "".join(_row(name, group, shown) for name, group in groups.items())
    return _scrolling(f"By {kind}", f'<thead><tr><th scope="col">{kind}</th>{names}</tr></thead><tbody>{rows}</tbody>')


def _row(name: str, group: Mapping[str, Any], shown: Sequence[tuple[str, str]]) -> str:
    def cells() -> Iterator[str]:
        for part_, measure in shown:
            value = group.get(part_, {}).get(measure)
            bounds = interval(value) if isinstance(value, Mapping) else ""
            n = f'<span class="interval">{bounds}</span>' if bounds else ""
            yield f"<td>{cell(group, part_, measure)}{n}</td>"

    return f'<tr><th scope="row"><bdi>{text(name)}</bdi></th>{"".join(cells())}</tr>'


def _value(value: Mapping[str, Any], digits: int = 3) -> str:
    bounds = interval(value, digits)
    return f"<td>{middle(value, digits)}{f'<span class=interval>{bounds}</span>' if bounds else ''}</td>"


def _bar(value: Mapping[str, Any]) -> str:
    """The interval on a line from 0 to 1, and the mean in it; nothing where there is none."""
    if value["low"] is None:
        return '<div class="bar"></div>'
    low, width, mean = value["low"] * 100, (value["high"] - value["low"]) * 100, value["mean"] * 100
    range_ = f'<i style="left:{low:.1f}%;width:{width:.1f}%"></i>'
    return f'<div class="bar">{range_}<b style="left:{mean:.1f}%"></b></div>'


def _scrolling(title: str, inside: str) -> str:
    """A table that is moved inside itself where the page is narrow; with the keyboard too."""
    return f'<div class="scroll" role="region" aria-label="{title}" tabindex="0"><table>{inside}</table></div>'
