"""Lists on a page that are no news: menus, other articles, what readers wrote; and a lead that a page says twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from rag.extract.boilerplate import is_head_of_comments, is_head_of_others
from rag.extract.lines import Line
from rag.extract.page_model import Page

_MENU: Final = 6
"""Lines: a run of so many that are a few words each, and announced by nothing, is a menu."""
_HEAD: Final = 40
_OPENING: Final = re.compile(r"<(?P<tag>abstract|summary|lead|lede|description|excerpt)>")


def drop_menus(page: Page) -> None:
    """Runs of very short lines before the first paragraph and after the last; a run that a colon announces is news."""
    prose = [number for number, line in enumerate(page.lines) if line.is_paragraph and number not in page.outside]
    if not prose:
        return
    for run in _runs(page, range(prose[0])):
        # The last two lines of a menu may be the section and the title.
        page.outside |= set(run[:-2])
    for run in _runs(page, range(prose[-1] + 1, len(page.lines))):
        if not page.lines[run[0] - 1].normal.endswith((":", "：")):
            page.outside |= set(run)


def _runs(page: Page, numbers: range) -> Iterator[list[int]]:
    """The runs of at least `_MENU` lines that read like links, those that are outside already among them."""
    for linked, run in groupby(numbers, lambda number: number in page.outside or _is_link(page.lines[number])):
        lines = list(run)
        if linked and len(lines) >= _MENU:
            yield lines


def _is_link(line: Line) -> bool:
    return (
        line.words <= 4
        and len(line.text) <= 40
        and not line.ends_sentence
        and line.text[0].isalpha()
        and re.search(r"[\d:،,]", line.normal) is None
    )


def drop_others(page: Page) -> None:
    """A list of other articles: its head, and the teasers under it up to the next paragraph that is none."""
    done = 0
    for number, line in enumerate(page.lines):
        if number < done or not is_head_of_others(line):
            continue
        end = number + 1
        while end < len(page.lines) and (
            end in page.outside or not page.lines[end].is_paragraph or page.lines[end].is_cut_short
        ):
            end += 1
        if end < len(page.lines) and end - number > 2:
            end -= 1  # the news goes on, and the last short line may be its sub-heading
        page.outside |= set(range(number, end))
        done = end


def drop_comments(page: Page) -> None:
    """What readers wrote, up to the end; a link to it above the news is one line."""
    prose = [line.is_paragraph and number not in page.outside for number, line in enumerate(page.lines)]
    before, after = 0, sum(line.is_paragraph for line in page.lines)
    for number, line in enumerate(page.lines):
        is_head, is_sure = is_head_of_comments(line)
        if is_head:
            page.outside.add(number)
            if before and (before >= after or (is_sure and before > 1)):
                page.outside |= set(range(number, len(page.lines)))
                return
        before, after = before + prose[number], after - line.is_paragraph


def drop_repeated_lead(page: Page) -> None:
    """The lines of the first tagged summary that the text says again, word for word; others are news."""
    openings = ((number, _OPENING.fullmatch(line.normal)) for number, line in enumerate(page.lines[:_HEAD]))
    opened, tag = next(((number, match["tag"]) for number, match in openings if match), (0, ""))
    closing = (number for number, line in enumerate(page.lines) if number > opened and line.normal == f"</{tag}>")
    closed = next(closing, None) if tag else None
    if closed is not None:
        rest = " ".join(line.normal for line in page.lines[closed:])
        page.outside |= {number for number in range(opened + 1, closed) if page.lines[number].normal in rest}
