"""Draws one pair of axes as an SVG element for a page: in its colours and typeface, without a reference outside."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK, SOFT, RULE, FIRST, SECOND, THIRD = (f"#{n:02x}{n:02x}{n:02x}" for n in range(1, 7))
"""Stand-ins that no plot has otherwise; each becomes one of `VARIABLES`, so that light and dark pages colour it."""
VARIABLES: Final = {
    INK: "var(--ink)",
    SOFT: "var(--soft)",
    RULE: "var(--rule)",
    FIRST: "var(--first)",
    SECOND: "var(--second)",
    THIRD: "var(--third)",
}
STYLE: Final[dict[Any, Any]] = {
    "axes.axisbelow": True,
    "axes.edgecolor": SOFT,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.labelcolor": SOFT,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.xmargin": 0.02,
    "font.family": ["DejaVu Sans"],
    "font.size": 9,
    "grid.color": RULE,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "lines.markersize": 3.5,
    "svg.fonttype": "none",
    "svg.hashsalt": "isnad",
    "text.color": INK,
    "text.parse_math": False,
    "text.usetex": False,
    "xtick.color": SOFT,
    "xtick.labelcolor": SOFT,
    "ytick.color": SOFT,
    "ytick.labelcolor": SOFT,
}
INCHES: Final = (5.0, 3.1)


def tint(colour: str, alpha: float) -> tuple[float, float, float, float]:
    """A colour that shows what lies behind it; `alpha` from 0, unseen, to 1."""
    red, green, blue = bytes.fromhex(colour[1:])
    return red / 255, green / 255, blue / 255, alpha


def drawn(name: str, title: str, draw: Callable[[Axes], None]) -> str:
    """One pair of axes as an SVG element. The settings of matplotlib are the same afterwards as before."""
    import matplotlib
    from matplotlib.figure import Figure

    file = io.StringIO()
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=INCHES, layout="constrained")
        draw(figure.subplots())
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    return _inlined(file.getvalue(), name, title)


def _inlined(svg: str, name: str, title: str) -> str:
    """The element alone, as wide as what it stands in; its ids are its own on a page with others."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>|<style.*?</style>|<defs>\s*</defs>", "", svg, flags=re.DOTALL)
    used = dict.fromkeys(re.findall(r'(?<=href="#)[^"]+|(?<=url\(#)[^)]+', svg))
    names = {one: f"{name}-{number}" for number, one in enumerate(used)}
    svg = re.sub(r' id="([^"]+)"', lambda one: f' id="{names[one[1]]}"' if one[1] in names else "", svg)
    svg = re.sub(r'(href="#|url\(#)([^")]+)', lambda one: one[1] + names[one[2]], svg)
    svg = re.sub(
        r"font-family: [^;\"]+;? ?|font: ([\d.]+px)[^;\"]*", lambda one: f"font-size: {one[1]}" if one[1] else "", svg
    )
    for colour, variable in VARIABLES.items():
        svg = svg.replace(colour, variable)
    size = re.search(r'viewBox="[^"]+"', svg)
    return re.sub(
        r"<svg[^>]*>", f'<svg {size[0] if size else ""} role="img" aria-label="{title}">', svg, count=1
    ).strip()
