"""The lines of a page after its last paragraph: address and name of the site, rights, source, a labelled date."""

from __future__ import annotations

from typing import Final

from rag.extract.boilerplate import is_furniture
from rag.extract.bylines import credit
from rag.extract.labels import address, holder_of_rights, is_rights, label
from rag.extract.page_model import Byline, Evidence, Page
from rag.extract.publication import read_dates
from rag.text.normalise import normalise
from rag.types import Span

_ALONE: Final = 5
"""Words of a line that is nothing but a credit."""


def read_foot(page: Page, last: int) -> None:
    """Read the lines after the paragraph `last`, and put those that are no news outside."""
    for number in range(len(page.lines) - 1, last, -1):
        if _states(page, number, last):
            page.outside.add(number)
    kept = [number for number in range(len(page.lines)) if number not in page.outside]
    credited = credit(page.lines[kept[-1]], page.known) if kept else None
    if kept and credited:
        page.state_author(Byline.CREDIT, credited)
        if page.known.named(normalise(credited.of(page.text))[0]):
            page.state_outlet(Evidence.AGENCY, credited)
        if kept[-1] > last and page.lines[kept[-1]].words <= _ALONE:
            page.outside.add(kept[-1])


def _states(page: Page, number: int, last: int) -> bool:
    """Whether a line after the news states something about the article or its site, and so is no news."""
    line = page.lines[number]
    site, labelled = address(line), label(line)
    dated = read_dates(line, labelled=True, outlets=page.known)
    holder = holder_of_rights(line) if is_rights(line) else None
    if holder:
        page.state_outlet(Evidence.RIGHTS, holder)
    elif site:
        _read_site(page, number, last, *site)
    elif dated:
        page.dates.append(dated)
    elif labelled and labelled.kind in ("source", "outlet"):
        page.state_outlet(Evidence.SOURCE, labelled.value)
    elif labelled and labelled.kind == "author":
        page.state_author(Byline.LABEL, labelled.value)
    return bool(is_rights(line) or site or dated or labelled)


def _read_site(page: Page, number: int, last: int, name: Span | None, host: Span) -> None:
    """An address at the foot; a short line right above it is the site's name."""
    above = page.lines[number - 1]
    if name is None and number - 1 > last and not above.gap and above.words <= 5 and not above.ends_sentence:
        name = None if is_furniture(above) else above.span
        page.outside.add(number - 1)
    page.state_outlet(Evidence.FOOTER if name else Evidence.HOST, name or host)
