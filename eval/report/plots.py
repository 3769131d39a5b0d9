"""Plots of a report as SVG: recall, risk–coverage, scores and latency.

If the data does not allow a plot, its SVG is None and its note gives the reason.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from eval.metrics import CUTS
from eval.records import Record
from eval.report.markdown import thresholds

if TYPE_CHECKING:
    from matplotlib.axes import Axes


# Draw one matplotlib plot as an inline SVG element, in the page's colours and fonts, without external references.

_INK, _SOFT, _RULE, _FIRST, _SECOND, _THIRD = (f"#{n:02x}{n:02x}{n:02x}" for n in range(1, 7))
"""Placeholder colours, replaced by CSS variables (`_VARIABLES`), so that plots follow light and dark themes."""
_VARIABLES: Final = {
    _INK: "var(--ink)",
    _SOFT: "var(--soft)",
    _RULE: "var(--rule)",
    _FIRST: "var(--first)",
    _SECOND: "var(--second)",
    _THIRD: "var(--third)",
}
_STYLE: Final[dict[Any, Any]] = {
    "axes.axisbelow": True,
    "axes.edgecolor": _SOFT,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.labelcolor": _SOFT,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.xmargin": 0.02,
    "font.family": ["DejaVu Sans"],
    "font.size": 9,
    "grid.color": _RULE,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "lines.markersize": 3.5,
    "svg.fonttype": "none",
    "svg.hashsalt": "isnad",
    "text.color": _INK,
    "text.parse_math": False,
    "text.usetex": False,
    "xtick.color": _SOFT,
    "xtick.labelcolor": _SOFT,
    "ytick.color": _SOFT,
    "ytick.labelcolor": _SOFT,
}
_INCHES: Final = (5.0, 3.1)


def _tint(colour: str, alpha: float) -> tuple[float, float, float, float]:
    """Return the colour with opacity `alpha`, from 0 (transparent) to 1."""
    red, green, blue = bytes.fromhex(colour[1:])
    return red / 255, green / 255, blue / 255, alpha


def _drawn(name: str, title: str, draw: Callable[[Axes], None]) -> str:
    """Draw one plot as an SVG element. Restores the settings of matplotlib."""
    import matplotlib
    from matplotlib.figure import Figure

    file = io.StringIO()
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=_INCHES, layout="constrained")
        draw(figure.subplots())
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    return _inlined(file.getvalue(), name, title)


def _inlined(svg: str, name: str, title: str) -> str:
    """Reduce matplotlib's output to the SVG element, with the width of its container and ids unique to the page."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>|<style.*?</style>|<defs>\s*</defs>", "", svg, flags=re.DOTALL)
    used = dict.fromkeys(re.findall(r'(?<=href="#)[^"]+|(?<=url\(#)[^)]+', svg))
    names = {one: f"{name}-{number}" for number, one in enumerate(used)}
    svg = re.sub(r' id="([^"]+)"', lambda one: f' id="{names[one[1]]}"' if one[1] in names else "", svg)
    svg = re.sub(r'(href="#|url\(#)([^")]+)', lambda one: one[1] + names[one[2]], svg)
    svg = re.sub(
        r"font-family: [^;\"]+;? ?|font: ([\d.]+px)[^;\"]*", lambda one: f"font-size: {one[1]}" if one[1] else "", svg
    )
    for colour, variable in _VARIABLES.items():
        svg = svg.replace(colour, variable)
    size = re.search(r'viewBox="[^"]+"', svg)
    return re.sub(
        r"<svg[^>]*>", f'<svg {size[0] if size else ""} role="img" aria-label="{title}">', svg, count=1
    ).strip()


_BINS: Final = 15
_LEVELS: Final = (
    ("passages", "", _FIRST, "o", "-"),
    ("articles", "article_", _SECOND, "s", "--"),
    ("sentences", "span_", _THIRD, "^", "-."),
)
"""Each curve: its key in the report, the prefix of its measures, colour, marker and line style."""


class Plot(NamedTuple):
    """A plot: its title, its SVG (None if there is none), and a note on what it shows or why it is missing."""

    title: str
    svg: str | None
    note: str


def plots(report: Mapping[str, Any], records: Sequence[Record]) -> list[Plot]:
    """Draw all plots, in the order of the page."""
    return [recall(report), risk(report), _scores(report), latency(records)]


def recall(report: Mapping[str, Any]) -> Plot:
    """Plot recall at each cut-off for passages, articles and sentences, with intervals where the report has them."""
    title = "Recall at k"
    known = {
        name: [(k, value) for k, value in enumerate(report["curves"]["recall"][name], 1) if value is not None]
        for name, *_ in _LEVELS
    }
    if not any(known.values()):
        return Plot(title, None, "Not defined: no question has gold places in this corpus.")

    def draw(axes: Axes) -> None:
        for shift, (name, prefix, colour, marker, line) in enumerate(_LEVELS, -1):
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
        "The share of the gold places that the first k passages, articles or sentences cover. "
        "Vertical lines are 95 % intervals."
    )
    return Plot(title, _drawn("recall", title, draw), note)


def risk(report: Mapping[str, Any]) -> Plot:
    """Plot the risk–coverage curve: the error rate if only the most certain questions are answered."""
    title = "Risk and coverage"
    points = report["curves"]["risk_coverage"]
    if not points:
        return Plot(title, None, "Not defined: no question was answered.")
    _, coverage, wrong = zip(*points, strict=True)

    def draw(axes: Axes) -> None:
        axes.plot(coverage, wrong, color=_FIRST, drawstyle="steps-post")
        axes.plot(coverage[-1:], wrong[-1:], color=_FIRST, marker="o", markersize=6)
        axes.annotate(
            f"{wrong[-1]:.0%} wrong",
            (coverage[-1], wrong[-1]),
            xytext=(0, 9),
            textcoords="offset points",
            ha="right" if coverage[-1] > 0.2 else "left",
        )
        axes.set(xlabel="share of questions answered, most certain first", ylabel="share of wrong answers")
        axes.set(xlim=(0, 1.02), ylim=(-0.02, 1.04))

    note = (
        f"At the dot, {coverage[-1]:.0%} of the questions are answered and {wrong[-1]:.0%} of these answers are wrong; "
        "to its left, only questions with higher scores. With a good score, the line is low on the left."
    )
    return Plot(title, _drawn("risk", title, draw), note)


def _scores(report: Mapping[str, Any]) -> Plot:
    """Plot the best scores of answerable and unanswerable questions, with the abstention thresholds."""
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
        for kind, colour, line in (("answerable", _FIRST, "-"), ("unanswerable", _SECOND, "--")):
            if found[kind]:
                axes.hist(
                    found[kind],
                    bins=_BINS,
                    range=(low - room, high + room),
                    weights=[1 / len(found[kind])] * len(found[kind]),
                    histtype="stepfilled",
                    edgecolor=colour,
                    linestyle=line,
                    linewidth=1.6,
                    facecolor=_tint(colour, 0.18),
                    label=f"{kind} ({len(found[kind])})",
                )
        for name, score in lines.items():
            axes.axvline(score, color=_INK, linewidth=1, linestyle=":")
            if re.fullmatch(r"[a-z-]+( \(calibrated\))?", name):
                axes.text(
                    score, 0.98, f"{name} ", rotation=90, ha="right", va="top", transform=axes.get_xaxis_transform()
                )
        axes.set(xlabel="score of the best passage", ylabel="share of the questions")
        axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2)

    missing = sum(len(kinds[kind]) - len(found[kind]) for kind in found)
    none = [kind for kind in found if not kinds[kind]]
    note = "Dotted: the thresholds below which Isnad abstains." if lines else "No threshold is set."
    note += (
        f" There are no {none[0]} questions."
        if none
        else " The less the two overlap, the better a threshold can separate them."
    )
    note += f" {missing} questions without results are left out." if missing else ""
    return Plot(title, _drawn("scores", title, draw), note)


def latency(records: Sequence[Record]) -> Plot:
    """Plot the share of the questions that were finished within a time."""
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

        for name, colour, line in (("search", _FIRST, "-"), ("whole answer", _SECOND, "--")):
            if name in taken:
                axes.ecdf(taken[name], color=colour, linestyle=line, label=name)
        if min(every) > 0 and max(every) > 20 * min(every):
            axes.set_xscale("log")
            axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
            axes.xaxis.set_minor_formatter(lambda *_: "")
        axes.set(xlabel="milliseconds", ylabel="share of questions finished", ylim=(0, 1.04))
        axes.legend(loc="lower right")

    told = (
        f"{name}: half within {_at(of, 0.5):.0f} ms, 95 % within {_at(of, 0.95):.0f} ms" for name, of in taken.items()
    )
    return Plot(title, _drawn("latency", title, draw), "; ".join(told).capitalize() + ".")


def _at(ordered: Sequence[float], share: float) -> float:
    """Return the smallest of these times within which at least `share` of the questions finished."""
    return ordered[math.ceil(share * len(ordered)) - 1]
