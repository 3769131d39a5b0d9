"""The text of a web page → its elements, without those that nobody sees, and the blocks of text that they make."""

from __future__ import annotations

import re
from typing import Any, Final

from rag.errors import Undecodable

_UNSEEN: Final = frozenset(
    [
        "script",
        "style",
        "template",
        "noscript",
        "iframe",
        "object",
        "embed",
        "svg",
        "math",
        "canvas",
        "select",
        "option",
        "textarea",
        "dialog",
    ]
)
_FEW: Final = 2000
"""Elements: of more they are emptied instead, because each that is removed copies all the text before it."""
_HIDDEN: Final = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_BLOCKS: Final = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "br",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "li",
        "main",
        "nav",
        "ol",
        "option",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "time",
        "title",
        "tr",
        "ul",
    ]
)


def parse(text: str) -> Any:
    """The root element of a page. Nothing outside it is read: no network, no entities but those of HTML.

    Raises `Undecodable` where there is no element in it.
    """
    from lxml import etree
    from lxml.html import HTMLParser, document_fromstring

    declared = re.match(r"\s*<\?xml[^>]*>", text)
    text = text[declared.end() :] if declared else text
    parser = HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        root = document_fromstring(text.replace("\0", "\ufffd").encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise Undecodable("there is no page in the file", do="save it again from its source") from error
    if any("depth" in entry.message for entry in parser.error_log):
        raise Undecodable("the elements of the page are nested too deep", do="save it as text")
    return root


def drop_unseen(root: Any) -> None:
    """Take out of `root` what a reader does not see: programs, styles, templates, hidden elements."""
    unseen = [element for element in root.iter() if isinstance(element.tag, str) and _is_unseen(element)]
    for element in unseen:
        if element.getparent() is None:
            continue
        if len(unseen) <= _FEW:
            element.drop_tree()
        else:
            element.clear(keep_tail=True)
            element.tag = "span"


def _is_unseen(element: Any) -> bool:
    return (
        element.tag in _UNSEEN
        or element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or _HIDDEN.search(element.get("style") or "") is not None
    )


def blocks(root: Any) -> list[str]:
    """What `root` shows, a string for each block of text, in the order of the page."""
    from lxml import etree

    found: list[list[str]] = [[]]
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if element.tag in _BLOCKS:
            found.append([])
        found[-1].append((element.text if event == "start" else element.tail if element is not root else "") or "")
    return [line for line in (" ".join("".join(block).split()) for block in found) if line]
