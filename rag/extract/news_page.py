"""Text → what a page states about itself, and where its news is. It knows no files and no articles.

Rules about lines stand in the other files of this room; `rag.extract.head` and `rag.extract.foot` say what they mean
by where a line stands: before the first paragraph, after the last, or between. To lose news is worse than to keep a
line of boilerplate: in doubt a line belongs to the body.
"""

from __future__ import annotations

from rag.extract.boilerplate import is_furniture
from rag.extract.foot import read_foot
from rag.extract.head import read_head
from rag.extract.lines import split_lines
from rag.extract.lists import drop_comments, drop_menus, drop_others, drop_repeated_lead
from rag.extract.outlets import Outlets
from rag.extract.outlets_file import shipped
from rag.extract.page_model import Page
from rag.text.normalise import has_letters


def read_page(text: str, outlets: Outlets | None = None) -> Page:
    """What `text` states about itself, and its body; all of it where the rules would leave no letters.

    `outlets` is the table of names that are known; None means the one that comes with Isnad.
    """
    page = Page(text, split_lines(text), outlets or shipped())
    page.outside = {number for number, line in enumerate(page.lines) if is_furniture(line)}
    drop_menus(page)
    prose = [number for number, line in enumerate(page.lines) if line.is_paragraph and number not in page.outside]
    read_head(page)
    drop_repeated_lead(page)
    drop_others(page)
    drop_comments(page)
    read_foot(page, prose[-1] if prose else len(page.lines))
    if not any(has_letters(span.of(text)) for span in page.body):
        page.outside, page.title = set(), None
    return page
