"""The lines of a page before its first paragraph: site, section, title, dateline, byline, date, labels."""

from __future__ import annotations

import re
from typing import Final

from rag.extract.boilerplate import is_caption
from rag.extract.bylines import byline, dateline, opening
from rag.extract.labels import Label, address, label
from rag.extract.lines import Line
from rag.extract.page_model import Byline, Evidence, Page
from rag.extract.publication import read_dates
from rag.extract.sections import crumbs, is_section_name, is_site_name, section_and_site
from rag.extract.titles import is_repeated, is_title, read_title
from rag.text.normalise import normalise
from rag.types import Span, Stated

_LONGEST_FIELD: Final = 40
"""Lines: a page that has no paragraph within them has no head to speak of."""
_LONGEST_NAME: Final = 5


def read_head(page: Page) -> None:
    """Read the lines before the first paragraph, and put those that are no news outside."""
    above: list[int] = []
    inside = [number for number in range(len(page.lines)) if number not in page.outside][:_LONGEST_FIELD]
    for place, number in enumerate(inside):
        line = page.lines[number]
        after = [page.lines[other] for other in inside[place + 1 :]]
        if line.is_paragraph and (page.title or not is_title(line, after)):
            _read_opening(page, line)
            break
        if _states(page, line) or _is_site_or_section(page, number, line, after):
            page.outside.add(number)
        elif page.title is None and _is_title(page, line, after):
            _read_title(page, number, line)
            _drop_above(page, above)
        elif page.title and is_caption(line):
            page.outside.add(number)
        else:
            above.append(number)
    if page.title:
        title = normalise(page.title.value)[0]
        page.outside |= {number for number, line in enumerate(page.lines) if is_repeated(line.normal, title)}


def _drop_above(page: Page, above: list[int]) -> None:
    """What stands above a title is the site's, not the article's, unless it is a sentence."""
    page.outside |= {number for number in above if not page.lines[number].ends_sentence}


def _read_title(page: Page, number: int, line: Line) -> None:
    page.outside.add(number)
    words, site = read_title(page.text, line, page.known)
    page.title = Stated(words.of(page.text), words)
    if site:
        page.state_outlet(Evidence.TITLE, site)


def _is_title(page: Page, line: Line, after: list[Line]) -> bool:
    """Whether `line` is a title: set off, or followed by a statement, or with the name of a known site after it."""
    set_off = bool(after) and (
        _is_statement(page, after[0]) or read_title(page.text, line, page.known).site is not None
    )
    return is_title(line, after, set_off=set_off)


def _is_statement(page: Page, line: Line) -> bool:
    return (
        read_dates(line, outlets=page.known) is not None
        or dateline(line, page.known) is not None
        or byline(line, page.known)[0]
        or (is_site_name(line))
    )


def _is_site_or_section(page: Page, number: int, line: Line, after: list[Line]) -> bool:
    """A section or a site above the title, or beside it: the name of one, or a word or two that a title follows."""
    known_section, known_site = is_section_name(line.normal), is_site_name(line)
    known_site = known_site or (page.known.named(line.normal) is not None and not known_section)
    both = section_and_site(line)
    if both and page.title is None:
        page.section = page.section or Stated(both[0].of(page.text), both[0])
        page.state_outlet(Evidence.HEADER, both[1])
        return True
    if page.title:
        if known_section and not page.section and not _in_menu(page, number):
            page.section = Stated(line.text, line.span)
        elif known_site:
            page.state_outlet(Evidence.HEADER, line.span)
        return known_section or known_site
    follows = bool(after) and not is_repeated(after[0].normal, line.normal) and len(after) > 1
    if not follows or not (known_section or known_site or line.words <= 2):
        return False
    # A word or two that are not known may be the title, with its author's name below: a name is five words at most.
    if not _title_near(page, after, 3 if known_section or known_site else _LONGEST_NAME + 1):
        return False
    if known_site:
        page.state_outlet(Evidence.HEADER, line.span)
    elif known_section and not _in_menu(page, number):
        page.section = Stated(line.text, line.span)
    return True


def _title_near(page: Page, after: list[Line], words: int) -> bool:
    """Whether a title of so many words follows within a few lines, none of them a paragraph, a date or a byline."""
    for place, line in enumerate(after[:4]):
        rest = after[place + 1 :]
        if _is_statement(page, line) and not is_site_name(line):
            return False
        if line.is_paragraph and not is_title(line, rest):
            return False
        if line.words >= words and _is_title(page, line, rest):
            return True
    return False


def _in_menu(page: Page, number: int) -> bool:
    """Whether a name of a section stands among others, as in a menu, and is not said again right above the title."""
    line = page.lines[number]
    beside = [page.lines[other] for other in (number - 1, number + 1) if 0 <= other < len(page.lines)]
    again = any(other.normal == line.normal for other in page.lines[:number])
    return not again and any(is_section_name(other.normal) for other in beside)


def _states(page: Page, line: Line) -> bool:
    """Whether a line before the news states something about the article, and so is no news."""
    dated = read_dates(line, outlets=page.known)
    place = dateline(line, page.known)
    is_byline, author = byline(line, page.known, titled=page.title is not None)
    labelled, site = label(line), address(line)
    is_way, section = crumbs(line)
    if dated:
        page.dates.append(dated)
        _read_beside_date(page, line)
    if place and place.outlet:
        page.state_outlet(Evidence.DATELINE, place.outlet)
        if place.author:
            page.state_author(Byline.NAME, place.author)
    elif site:
        name, host = site
        page.state_outlet(Evidence.HEADER if name else Evidence.HOST, name or host)
    elif labelled:
        _read_label(page, labelled)
    elif section:
        page.section = page.section or Stated(section.of(page.text), section)
    if author:
        page.state_author(Byline.NAME, author)
    return bool(dated or place or labelled or site or is_byline or is_way)


def _read_label(page: Page, labelled: Label) -> None:
    stated = Stated(labelled.value.of(page.text), labelled.value)
    if labelled.kind == "title" and page.title is None:
        page.title = stated
    elif labelled.kind == "section":
        page.section = page.section or stated
    elif labelled.kind == "author":
        page.state_author(Byline.LABEL, labelled.value)
    elif labelled.kind == "outlet":
        page.state_outlet(Evidence.LABEL, labelled.value)
    elif labelled.kind == "source":
        page.state_outlet(Evidence.SOURCE, labelled.value)


def _read_beside_date(page: Page, line: Line) -> None:
    """An agency or outlet on the line of a date (« دمشق - سانا 29 يونيو 2015 »)."""
    for match in re.finditer(r"[^-–—|،,/\d]+", line.normal):
        name = match.group().strip()
        if page.known.named(name):
            start = match.start() + match.group().index(name)
            page.state_outlet(Evidence.DATELINE, line.part(start, start + len(name)))


def _read_opening(page: Page, line: Line) -> None:
    """The agency that the first paragraph begins with is stated; the words stay in the body."""
    span: Span | None = opening(line, page.known)
    if span:
        page.state_outlet(Evidence.DATELINE, span)
