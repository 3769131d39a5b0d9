"""Text → what a page states about itself, and where its news is. It knows no files and no articles.

Rules about lines stand in `rag.sources.boilerplate`, `rag.sources.publication` and `rag.sources.titles`; here is what
they mean by where a line stands: before the first paragraph, after the last, or between. To lose news is worse than
to keep a line of boilerplate: in doubt a line belongs to the body.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from rag.arabic import has_letters, normalise
from rag.sources.boilerplate import (
    address,
    dateline,
    holder_of_rights,
    is_byline,
    is_furniture,
    is_head_of_others,
    is_rights,
    label,
)
from rag.sources.lines import Line, split_lines
from rag.sources.outlets import AGENCIES
from rag.sources.publication import date_of
from rag.sources.titles import is_repeated, is_section, is_title, read_title
from rag.types import Span, Stated

_LONGEST_HEAD: Final = 40
"""Lines: a page that has no paragraph within them has no head to speak of."""


class Evidence(IntEnum):
    """How a page states its outlet, the strongest first: its own name before that of an agency that it quotes."""

    LABEL, HEADER, FOOTER, TITLE, RIGHTS, DATELINE, SOURCE, HOST = range(8)


@dataclass(slots=True)
class Page:
    """What is known of a page while its lines are read; `outside` are the numbers of lines that are not news."""

    text: str
    lines: list[Line]
    outside: set[int] = field(default_factory=set)
    title: Stated | None = None
    published: Stated | None = None
    outlets: list[tuple[Evidence, Stated]] = field(default_factory=list)

    @property
    def outlet(self) -> Stated | None:
        return min(self.outlets, key=lambda outlet: outlet[0])[1] if self.outlets else None

    @property
    def body(self) -> tuple[Span, ...]:
        """The runs of lines that are not outside, from the first letter of each to its last."""
        spans: list[Span] = []
        joined = False
        for number, line in enumerate(self.lines):
            if number not in self.outside:
                spans.append(Span(spans.pop().start if joined else line.span.start, line.span.end))
            joined = number not in self.outside
        return tuple(spans)

    def state(self, evidence: Evidence, span: Span) -> None:
        self.outlets.append((evidence, Stated(span.of(self.text), span)))


def read_page(text: str) -> Page:
    """What `text` states about itself, and its body; all of it where the rules would leave no letters."""
    page = Page(text, split_lines(text))
    page.outside = {number for number, line in enumerate(page.lines) if is_furniture(line)}
    prose = [number for number, line in enumerate(page.lines) if line.is_paragraph and number not in page.outside]
    _read_head(page)
    _drop_others(page)
    _read_foot(page, prose[-1] if prose else len(page.lines))
    if not any(has_letters(span.of(text)) for span in page.body):
        page.outside, page.title = set(), None
    return page


def _read_head(page: Page) -> None:
    """The lines before the first paragraph: site, section, title, dateline, date, labels."""
    for number, line in enumerate(page.lines[:_LONGEST_HEAD]):
        if number in page.outside:
            continue
        places = range(number + 1, min(number + _LONGEST_HEAD, len(page.lines)))
        after = [page.lines[place] for place in places if place not in page.outside]
        if line.is_paragraph and (page.title or not is_title(line, after)):
            _read_opening(page, line)
            break
        if _states(page, line) or (page.title is None and is_section(line, after)):
            page.outside.add(number)
        elif page.title is None and is_title(line, after, set_off=bool(after) and _is_statement(after[0])):
            page.outside.add(number)
            words, site = read_title(page.text, line)
            page.title = Stated(words.of(page.text), words)
            if site:
                page.state(Evidence.TITLE, site)
    if page.title:
        title = normalise(page.title.value)[0]
        page.outside |= {number for number, line in enumerate(page.lines) if is_repeated(line.normal, title)}


def _is_statement(line: Line) -> bool:
    return date_of(line)[0] or dateline(line)[0] or is_byline(line)


def _states(page: Page, line: Line) -> bool:
    """Whether a line before the news states something about the article, and so is no news."""
    is_date, published = date_of(line)
    is_dateline, agency = dateline(line)
    labelled, site = label(line), address(line)
    if is_date:
        page.published = page.published or published
        for match in re.finditer(r"[^-–—|،,/]+", line.normal):
            agency = _agency(line, match) or agency
    if agency:
        page.state(Evidence.DATELINE, agency)
    elif site:
        name, host = site
        page.state(Evidence.HEADER if name else Evidence.HOST, name or host)
    elif labelled and labelled.kind == "title" and page.title is None:
        page.title = Stated(labelled.value.of(page.text), labelled.value)
    elif labelled and labelled.kind in ("outlet", "source"):
        page.state(Evidence.LABEL if labelled.kind == "outlet" else Evidence.SOURCE, labelled.value)
    return bool(is_date or is_dateline or labelled or site or is_byline(line))


def _agency(line: Line, match: re.Match[str]) -> Span | None:
    name = match.group().strip()
    start = match.start() + match.group().index(name)
    return line.part(start, start + len(name)) if name in AGENCIES else None


def _read_opening(page: Page, line: Line) -> None:
    """« موسكو-سانا بحث وزير » and "MOSCOW (Reuters) - Putin": the agency is stated, the words stay in the body."""
    opening = re.match(r"[^().:،]{2,40}?\s?[(–—-]\s?(?P<agency>[\w. ]{2,20}?)(?:\)|\s[–—-]|\s)", line.normal)
    if opening and opening["agency"] in AGENCIES:
        page.state(Evidence.DATELINE, line.part(*opening.span("agency")))


def _drop_others(page: Page) -> None:
    """A list of other articles: its head, and the teasers under it up to the next paragraph that is none."""
    for number, line in enumerate(page.lines):
        if not is_head_of_others(line):
            continue
        end = number + 1
        while end < len(page.lines) and (not page.lines[end].is_paragraph or page.lines[end].is_cut_short):
            end += 1
        if end < len(page.lines) and end - number > 2:
            end -= 1  # the news goes on, and the last short line may be its sub-heading
        page.outside |= set(range(number, end))


def _read_foot(page: Page, last: int) -> None:
    """The lines after the last paragraph: address and name of the site, rights, source, a date that is labelled."""
    for number in range(len(page.lines) - 1, last, -1):
        line = page.lines[number]
        site, labelled = address(line), label(line)
        is_date, published = date_of(line, labelled=True)
        if is_rights(line):
            holder = holder_of_rights(line)
            if holder:
                page.state(Evidence.RIGHTS, holder)
        elif site:
            _read_site(page, number, last, *site)
        elif is_date:
            page.published = page.published or published
        elif labelled and labelled.kind in ("source", "outlet"):
            page.state(Evidence.SOURCE, labelled.value)
        elif not labelled:
            continue
        page.outside.add(number)


def _read_site(page: Page, number: int, last: int, name: Span | None, host: Span) -> None:
    """An address at the foot; a short line right above it is the site's name."""
    above = page.lines[number - 1]
    if name is None and number - 1 > last and not above.gap and above.words <= 5 and not above.ends_sentence:
        name = None if is_furniture(above) else above.span
        page.outside.add(number - 1)
    page.state(Evidence.FOOTER if name else Evidence.HOST, name or host)
