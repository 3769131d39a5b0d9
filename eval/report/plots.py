"""The plots of a report: recall, risk against coverage, scores, time. Pure.

Degenerate figures give a plot or none at all: what cannot be drawn is None, and its note says why.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from eval.ranking import CUTS
from eval.records import Record
from eval.report.labels import thresholds
from eval.report.svg import FIRST, INK, SECOND, THIRD, drawn, tint

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BINS: Final = 15
LEVELS: Final = (
    ("passages", "", FIRST, "o", "-"),
    ("articles", "article_", SECOND, "s", "--"),
    ("sentences", "span_", THIRD, "^", "-."),
)
"""The key of a curve, the prefix of its measures, and how it is drawn."""


class Plot(NamedTuple):
    """A title, the drawing, and what it shows or why there is none; title and note are text, the drawing is SVG."""

    title: str
    svg: str | None
    note: str


def plots(report: Mapping[str, Any], records: Sequence[Record]) -> list[Plot]:
    """All of them, in the order of a page."""
    return [recall(report), risk(report), scores(report), latency(records)]


def recall(report: Mapping[str, Any]) -> Plot:
    """Recall at each cut-off, for passages, articles and sentences, with the intervals that the report has."""
    title = "Recall at k"
    known = {
        name: [(k, value) for k, value in enumerate(report["curves"]["recall"][name], 1) if value is not None]
        for name, *_ in LEVELS
    }
    if not any(known.values()):
        return Plot(title, None, "Not defined: no question has gold places in this corpus.")

    def draw(axes: Axes) -> None:
        for shift, (name, prefix, colour, marker, line) in enumerate(LEVELS, -1):
            if not known[name]:
                continue
            ks, values = zip(*known[name], strict=True)
            axes.plot(ks, values, color=colour, linestyle=line, marker=marker, label=name)
            for k in CUTS:
                value = report["retrieval"].get(f"{prefix}recall@{k}")
                if value and value["low"] is not None:
                    at = k + shift * 0.12
                    axes.plot([at, at], [value["low"], value["high"]], color=colour, alpha=0.45, linewidth=1.2)
        axes.set(xlabel="k", ylabel="recall", ylim=(0, 1.04), xticks=CUTS)
        axes.legend(loc="lower right")

    note = (
        "The share of the gold places that the first k passages, articles or sentences reach. "
        "Upright lines are 95 % intervals."
    )
    return Plot(title, drawn("recall", title, draw), note)


def risk(report: Mapping[str, Any]) -> Plot:
    """How often what is answered is wrong, when only the surest questions are answered."""
    title = "Risk and coverage"
    points = report["curves"]["risk_coverage"]
    if not points:
        return Plot(title, None, "Not defined: no question was answered.")
    _, coverage, wrong = zip(*points, strict=True)

    def draw(axes: Axes) -> None:
        axes.plot(coverage, wrong, color=FIRST, drawstyle="steps-post")
        axes.plot(coverage[-1:], wrong[-1:], color=FIRST, marker="o", markersize=6)
        axes.annotate(
            f"{wrong[-1]:.0%} wrong",
            (coverage[-1], wrong[-1]),
            xytext=(0, 9),
            textcoords="offset points",
            ha="right" if coverage[-1] > 0.2 else "left",
        )
        axes.set(xlabel="share of all questions answered, surest first", ylabel="share of these that is wrong")
        axes.set(xlim=(0, 1.02), ylim=(-0.02, 1.04))

    note = (
        f"At the dot, {coverage[-1]:.0%} of the questions are answered and {wrong[-1]:.0%} of these answers are wrong; "
        "to its left, only questions of higher score. A good score keeps the line low on the left."
    )
    return Plot(title, drawn("risk", title, draw), note)


def scores(report: Mapping[str, Any]) -> Plot:
    """The best scores of answerable and of other questions, and the thresholds below which nothing is answered."""
    title = "Best score"
    kinds = report["curves"]["scores"]
    found = {kind: [score for score in kinds[kind] if score is not None] for kind in ("answerable", "unanswerable")}
    every = [score for of in found.values() for score in of]
    if not every:
        return Plot(title, None, "Not defined: nothing was found for any question.")
    low, high = min(every), max(every)
    room = (high - low) * 0.02 or 0.01
    lines = {name: score for name, score in thresholds(report["run"]).items() if math.isfinite(score)}

    def draw(axes: Axes) -> None:
        for kind, colour, line in (("answerable", FIRST, "-"), ("unanswerable", SECOND, "--")):
            if found[kind]:
                axes.hist(
                    found[kind],
                    bins=BINS,
                    range=(low - room, high + room),
                    weights=[1 / len(found[kind])] * len(found[kind]),
                    histtype="stepfilled",
                    edgecolor=colour,
                    linestyle=line,
                    linewidth=1.6,
                    facecolor=tint(colour, 0.18),
                    label=f"{kind} ({len(found[kind])})",
                )
        for name, score in lines.items():
            axes.axvline(score, color=INK, linewidth=1, linestyle=":")
            if re.fullmatch(r"[a-z-]+( \(calibrated\))?", name):
                axes.text(
                    score, 0.98, f"{name} ", rotation=90, ha="right", va="top", transform=axes.get_xaxis_transform()
                )
        axes.set(xlabel="score of the best passage", ylabel="share of the questions")
        axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2)

    missing = sum(len(kinds[kind]) - len(found[kind]) for kind in found)
    none = [kind for kind in found if not kinds[kind]]
    note = "Dotted: the thresholds below which nothing is answered." if lines else "No threshold is set."
    note += (
        f" There are no {none[0]} questions."
        if none
        else " The less the two overlap, the better a threshold can part them."
    )
    note += f" {missing} questions found nothing and are left out." if missing else ""
    return Plot(title, drawn("scores", title, draw), note)


def latency(records: Sequence[Record]) -> Plot:
    """The share of the questions that were done within a time."""
    title = "Time"
    taken = {
        "search": [one.search.milliseconds for one in records],
        "whole answer": [one.answer.total for one in records if one.answer],
    }
    taken = {name: sorted(values) for name, values in taken.items() if values}
    if not taken:
        return Plot(title, None, "Not defined: no question was asked.")
    every = [one for values in taken.values() for one in values]

    def draw(axes: Axes) -> None:
        from matplotlib.ticker import LogLocator

        for name, colour, line in (("search", FIRST, "-"), ("whole answer", SECOND, "--")):
            if name in taken:
                axes.ecdf(taken[name], color=colour, linestyle=line, label=name)
        if min(every) > 0 and max(every) > 20 * min(every):
            axes.set_xscale("log")
            axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
            axes.xaxis.set_minor_formatter(lambda *_: "")
        axes.set(xlabel="milliseconds", ylabel="share of the questions done", ylim=(0, 1.04))
        axes.legend(loc="lower right")

    told = (
        f"{name}: half within {_at(of, 0.5):.0f} ms, 95 % within {_at(of, 0.95):.0f} ms" for name, of in taken.items()
    )
    return Plot(title, drawn("latency", title, draw), "; ".join(told).capitalize() + ".")


def _at(ordered: Sequence[float], share: float) -> float:
    """The smallest of these times within which so large a share was done."""
    return ordered[math.ceil(share * len(ordered)) - 1]
