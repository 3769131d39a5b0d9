"""Blocks → Markdown in which only our own signs are markup; all else shows as the letters it is. Says nothing itself.

What it escapes is CommonMark's own list and that of its common extensions (tables, strike-through, formulas,
highlights, links without brackets). Control characters show as U+FFFD; the JSON has them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import zip_longest

from ui.shared.export_blocks import Block, Role, Run
from ui.shared.html import CONTROLS

_BEFORE: dict[Role, str] = {
    "title": "# ", "question": "## ", "heading": "### ", "quote": "> ", "detail": "- ", "item": "- ", "removed": "- ",
}  # fmt: skip

_END = Block("note", ())
_UNSHOWABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# By a name and not by a backslash: the oldest Markdown knows no backslash before these three.
_NAMED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_SIGN = re.compile(r"[\\`*_\[\]{}~|$^=#]")
_OPENING = re.compile(r"^([0-9]{1,9}(?=[.)])|(?=[-:+]))")
_BARE_LINK = re.compile(r":(?=//|\w)|(?<=\w)[.@](?=\w)")
"""What renderers make a link of without brackets: a URL, a host (``evil.top``), an e-mail address, ``mailto:``."""
_EDGE = re.compile(r"^\s++|(?<!\s)\s++$")


def markdown_page(blocks: Iterable[Block], heading: str, data: str) -> str:
    """The text; `data` is JSON on one line, which stands at its end under `heading` for programs."""
    longest = max(map(len, re.findall("`+", data)), default=0)
    fence = "`" * max(3, longest + 1)
    shown: list[Block] = list(blocks)
    body = "".join(
        _markdown_block(block) + ("\n" if block.role == after.role == "detail" else "\n\n")
        for block, after in zip_longest(shown, shown[1:], fillvalue=_END)
    )
    return f"{body}---\n\n{escaped(heading)}\n\n{fence}json isnad\n{data}\n{fence}\n"


def escaped(text: str, before: str = "") -> str:
    """Markdown of one paragraph that shows `text` and nothing else, each of its lines after `before`.

    White space where Markdown would drop it is told by number, and so is every newline of a blank line, which would
    end the paragraph.
    """
    lines: list[str] = []
    newlines = 0
    for at, line in enumerate(_UNSHOWABLE.sub("\N{REPLACEMENT CHARACTER}", text).split("\n")):
        newlines += at > 0
        if line:
            # The newline between two lines of Markdown is one of those of the text.
            lines.append("&#10;" * (newlines - bool(lines)) + _line(line))
            newlines = 0
    lines[-1:] = ["".join(lines[-1:]) + "&#10;" * newlines]
    return "\n".join(before + line for line in lines)


def _line(line: str) -> str:
    signs = _SIGN.sub(r"\\\g<0>", line.translate(_NAMED))
    links = _BARE_LINK.sub(r"\\\g<0>", signs)
    opening = _OPENING.sub(r"\1\\", links)
    return _EDGE.sub(lambda match: "".join(f"&#{ord(space)};" for space in match[0]), opening).replace("\r", "&#13;")


def _markdown_block(block: Block) -> str:
    before = _BEFORE.get(block.role, "")
    if block.role == "quote":
        return escaped("".join(run.text for run in block.runs), before)
    if block.role == "short":
        words, *number = block.runs
        bold = f"**{escaped(_one_line([words]))}**" if _one_line([words]) else ""
        return f"{bold} {escaped(_one_line(number))}".lstrip()
    return before + escaped(_one_line(block.runs))


def _one_line(runs: Iterable[Run]) -> str:
    """A heading or an item is one line; nothing in a sentence may turn the words around it."""
    return " ".join(CONTROLS.sub("", "".join(run.text for run in runs)).split())
