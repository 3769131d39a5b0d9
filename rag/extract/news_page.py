"""Find the facts that a news page states and its body, by rules over its lines.

`rag.extract.bylines` and `rag.extract.boilerplate` classify single lines; this module interprets them by position:
before the first paragraph, after the last, or between. Losing news is worse than keeping a line of boilerplate: in
doubt a line belongs to the body.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from rag.extract.boilerplate import drop_comments, drop_menus, drop_others, drop_repeated_lead, is_caption, is_furniture
from rag.extract.bylines import (
    Label,
    PageLine,
    address,
    byline,
    credit,
    crumbs,
    dateline,
    holder_of_rights,
    is_rights,
    is_section_name,
    is_site_name,
    label,
    opening,
    section_and_site,
    split_lines,
)
from rag.extract.outlets import Outlets, shipped_outlets
from rag.extract.page_model import Byline, OutletEvidence, Page, read_dates
from rag.text.normalise import has_letters, normalise
from rag.types import Span, Stated

# Foot: the lines after the last paragraph: address and name of the site, rights, source, a labelled date.


def _read_foot(page: Page, last: int) -> None:
    """Read the lines after the paragraph `last`, and remove those that are not news from the body."""
    for number in range(len(page.lines) - 1, last, -1):
        if _states(page, number, last):
            page.outside.add(number)
    kept = [number for number in range(len(page.lines)) if number not in page.outside]
    credited = credit(page.lines[kept[-1]], page.known) if kept else None
    if kept and credited:
        page.state_author(Byline.CREDIT, credited.name)
        if page.known.named(normalise(credited.name.of(page.text))[0]):
            page.state_outlet(OutletEvidence.AGENCY, credited.name)
        if kept[-1] > last and credited.alone:
            page.outside.add(kept[-1])


def _states(page: Page, number: int, last: int) -> bool:
    """Whether a line after the news states something about the article or its site, and so is not news."""
    line = page.lines[number]
    site, labelled = address(line), label(line)
    dated = read_dates(line, labelled=True, outlets=page.known)
    holder = holder_of_rights(line) if is_rights(line) else None
    if holder:
        page.state_outlet(OutletEvidence.RIGHTS, holder)
    elif site:
        _read_site(page, number, last, *site)
    elif dated:
        page.dates.append(dated)
    elif labelled and labelled.kind in ("source", "outlet"):
        page.state_outlet(OutletEvidence.SOURCE, labelled.value)
    elif labelled and labelled.kind == "author":
        page.state_author(Byline.LABEL, labelled.value)
    return bool(is_rights(line) or site or dated or labelled)


def _read_site(page: Page, number: int, last: int, name: Span | None, host: Span) -> None:
    """Read an address at the foot; a short line directly above it is the site's name, unless it ends a list."""
    above, before = page.lines[number - 1], page.lines[number - 2]
    is_listed = number - 2 > last and number - 2 not in page.outside and not before.gap and _is_entry(before)
    if name is None and number - 1 > last and not above.gap and _is_entry(above) and not is_listed:
        name = None if is_furniture(above) else above.span
        page.outside.add(number - 1)
    page.state_outlet(OutletEvidence.FOOTER if name else OutletEvidence.HOST, name or host)


def _is_entry(line: PageLine) -> bool:
    """Whether a line may be a name, of a site or in a list."""
    return line.words <= _LONGEST_NAME and not line.ends_sentence and label(line) is None


# Title: which line is the title of a page, and which lines only repeat it.

_LONGEST: Final = 150
_HEADING: Final = re.compile(r"#{1,6}\s+")
_SUFFIX: Final = re.compile(r"\s\|\s")
_TAIL: Final = re.compile(r"\s[-–—|:»]\s(?=[^-–—|:»]{2,40}$)")
_SAID_AGAIN: Final = 3
"""Minimum number of words of a title recognised by repetition; a shorter line may be a menu link."""


class _Title(NamedTuple):
    """A title, and the site's name if it follows after a bar or, for a known name, after a dash."""

    words: Span
    site: Span | None


def is_title(line: PageLine, after: Sequence[PageLine], *, set_off: bool = False) -> bool:
    """Whether `line` is short, does not end like a sentence, and is set off from the lines `after` it.

    Set off: by a blank line, by repetition, by a heading mark, by a much longer paragraph, or as the caller knows
    (`set_off`).
    """
    if len(line.text) > _LONGEST or line.ends_with_stop or line.is_cut_short or line.words == 0 or not after:
        return False
    if line.normal.endswith((":", "،", ",")):  # a lead that introduces a list
        return False
    if (
        set_off
        or line.gap
        or _HEADING.match(line.text)
        or (line.words >= _SAID_AGAIN and any(_is_repeated(other.normal, line.normal) for other in after))
    ):
        return True
    return after[0].is_paragraph and len(after[0].text) >= 1.5 * len(line.text)


def read_title(text: str, line: PageLine, outlets: Outlets) -> _Title:
    """The title in a line, without the heading mark and the site's name."""
    start, end = line.span
    heading = _HEADING.match(text, start, end)
    start = heading.end() if heading else start
    suffix = _SUFFIX.search(text, start, end)
    if suffix and len(text[suffix.end() : end].split()) <= 4:
        return _Title(Span(start, suffix.start()), Span(suffix.end(), end))
    tail = _TAIL.search(line.normal)
    if tail and outlets.named(line.normal[tail.end() :].strip()):
        site = line.part(tail.end(), len(line.normal))
        return _Title(Span(start, line.part(tail.start(), tail.end()).start), site)
    return _Title(Span(start, end), None)


def _is_repeated(normal: str, title: str) -> bool:
    """Whether a line is only the title, once or several times, even without spaces between; both normalised."""
    one, many = re.sub(r"\W", "", title), re.sub(r"\W", "", normal)
    return bool(one and many) and many == one * (len(many) // len(one))


# Head: the lines before the first paragraph: site, section, title, dateline, byline, date, labels.

_LONGEST_FIELD: Final = 40
"""Lines: a page without a paragraph within this many has no head."""
_LONGEST_NAME: Final = 5


def _read_head(page: Page) -> None:
    """Read the lines before the first paragraph, and remove those that are not news from the body."""
    above: list[int] = []
    _drop_repeated_title(page)
    inside = [number for number in range(len(page.lines)) if number not in page.outside][:_LONGEST_FIELD]
    for place, number in enumerate(inside):
        line = page.lines[number]
        after = [page.lines[other] for other in inside[place + 1 :]]
        if line.is_paragraph and (page.title or not is_title(line, after)):
            _read_opening(page, line)
            break
        if _head_states(page, line) or _is_site_or_section(page, number, line, after):
            page.outside.add(number)
        elif page.title is None and _is_title(page, line, after):
            _read_title(page, number, line)
            _drop_above(page, above)
        elif page.title and is_caption(line):
            page.outside.add(number)
        else:
            above.append(number)
    _drop_repeated_title(page)


def _drop_repeated_title(page: Page) -> None:
    title = normalise(page.title.value)[0] if page.title else ""
    page.outside |= {number for number, line in enumerate(page.lines) if _is_repeated(line.normal, title)}


def _drop_above(page: Page, above: list[int]) -> None:
    """Remove the lines above a title, which belong to the site, except a sentence."""
    page.outside |= {number for number in above if not page.lines[number].ends_sentence}


def _read_title(page: Page, number: int, line: PageLine) -> None:
    page.outside.add(number)
    words, site = read_title(page.text, line, page.known)
    page.title = Stated(words.of(page.text), words)
    if site:
        page.state_outlet(OutletEvidence.TITLE, site)


def _is_title(page: Page, line: PageLine, after: list[PageLine]) -> bool:
    """Whether `line` is a title: set off, followed by a statement, or followed by the name of a known site."""
    set_off = bool(after) and (
        _is_statement(page, after[0]) or read_title(page.text, line, page.known).site is not None
    )
    return is_title(line, after, set_off=set_off)


def _is_statement(page: Page, line: PageLine) -> bool:
    return (
        read_dates(line, outlets=page.known) is not None
        or dateline(line, page.known) is not None
        or byline(line, page.known)[0]
        or (is_site_name(line))
    )


def _is_site_or_section(page: Page, number: int, line: PageLine, after: list[PageLine]) -> bool:
    """Whether the line is a section or site above or beside the title: a known name, or one or two words before a
    title."""
    known_section, known_site = is_section_name(line.normal), is_site_name(line)
    known_site = known_site or (page.known.named(line.normal) is not None and not known_section)
    both = section_and_site(line)
    if both and page.title is None:
        page.section = page.section or Stated(both[0].of(page.text), both[0])
        page.state_outlet(OutletEvidence.HEADER, both[1])
        return True
    if page.title:
        if known_section and not page.section and not _in_menu(page, number):
            page.section = Stated(line.text, line.span)
        elif known_site:
            page.state_outlet(OutletEvidence.HEADER, line.span)
        return known_section or known_site
    follows = bool(after) and not _is_repeated(after[0].normal, line.normal) and len(after) > 1
    if not follows or not (known_section or known_site or line.words <= 2):
        return False
    # One or two unknown words may be the title, with its author's name below: a name has at most five words.
    if not _title_near(page, after, 3 if known_section or known_site else _LONGEST_NAME + 1):
        return False
    if known_site:
        page.state_outlet(OutletEvidence.HEADER, line.span)
    elif known_section and not _in_menu(page, number):
        page.section = Stated(line.text, line.span)
    return True


def _title_near(page: Page, after: list[PageLine], words: int) -> bool:
    """Whether a title with at least `words` words follows within a few lines, none of them a paragraph, date or
    byline."""
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
    """Whether a section name is among others, as in a menu, and is not repeated directly above the title."""
    line = page.lines[number]
    beside = [page.lines[other] for other in (number - 1, number + 1) if 0 <= other < len(page.lines)]
    again = any(other.normal == line.normal for other in page.lines[:number])
    return not again and any(is_section_name(other.normal) for other in beside)


def _head_states(page: Page, line: PageLine) -> bool:
    """Whether a line before the news states something about the article, and so is not news."""
    dated = read_dates(line, outlets=page.known)
    place = dateline(line, page.known)
    is_byline, author = byline(line, page.known, titled=page.title is not None)
    labelled, site = label(line), address(line)
    is_way, section = crumbs(line)
    if dated:
        page.dates.append(dated)
        _read_beside_date(page, line)
    if place and place.outlet:
        page.state_outlet(OutletEvidence.DATELINE, place.outlet)
        if place.author:
            page.state_author(Byline.NAME, place.author)
    elif site:
        name, host = site
        page.state_outlet(OutletEvidence.HEADER if name else OutletEvidence.HOST, name or host)
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
        page.state_outlet(OutletEvidence.LABEL, labelled.value)
    elif labelled.kind == "source":
        page.state_outlet(OutletEvidence.SOURCE, labelled.value)


def _read_beside_date(page: Page, line: PageLine) -> None:
    """Read an agency or outlet on the line of a date (« دمشق - سانا 29 يونيو 2015 »)."""
    for match in re.finditer(r"[^-–—|،,/\d]+", line.normal):
        name = match.group().strip()
        if page.known.named(name):
            start = match.start() + match.group().index(name)
            page.state_outlet(OutletEvidence.DATELINE, line.part(start, start + len(name)))


def _read_opening(page: Page, line: PageLine) -> None:
    """Read the agency at the start of the first paragraph; the words stay in the body."""
    span: Span | None = opening(line, page.known)
    if span:
        page.state_outlet(OutletEvidence.DATELINE, span)


def read_page(
    text: str,
    outlets: Outlets | None = None,
    *,
    title: Stated | None = None,
    outlet: Stated | None = None,
    start: int = 0,
) -> Page:
    """Facts that `text` states, and its body; the whole text if the rules would leave no letters.

    `outlets` is the table of known names; None means the built-in one. `title` and `outlet` are known already: with a
    `title`, no line is taken for one. Lines before the offset `start`, which hold such facts, are not of the page.
    """
    lines = [line for line in split_lines(text) if line.span.start >= start]
    page = Page(text, lines, outlets or shipped_outlets(), title=title)
    if outlet:
        page.state_outlet(OutletEvidence.LABEL, outlet.span)
    page.outside = {number for number, line in enumerate(page.lines) if is_furniture(line)}
    drop_menus(page)
    prose = [number for number, line in enumerate(page.lines) if line.is_paragraph and number not in page.outside]
    _read_head(page)
    drop_repeated_lead(page)
    drop_others(page)
    drop_comments(page)
    _read_foot(page, prose[-1] if prose else len(page.lines))
    if not any(has_letters(span.of(text)) for span in page.body):
        page.outside, page.title = set(), title
    return page
