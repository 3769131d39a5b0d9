"""The bytes of a web page → its text. What is surely UTF-8 or Arabic is read as that, else as the page declares."""

from __future__ import annotations

import codecs
import re
from typing import Final

from rag.errors import Undecodable
from rag.text.decode import decode

_LOOKED_AT: Final = 8192
"""Bytes. HTML has the declaration within the first 1,024; browsers look further, and so do we."""
_META: Final = re.compile(rb"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)
_XML: Final = re.compile(rb"""^\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w.:-]{2,40})""", re.IGNORECASE)
_ALIASES: Final = {"iso-8859-1": "cp1252", "latin-1": "cp1252", "us-ascii": "cp1252", "ascii": "cp1252"}
"""What a page calls so is Windows-1252 to every browser (WHATWG Encoding Standard)."""


def page_text(data: bytes) -> str:
    """The text of the page in `data`. Raises `Undecodable` as `rag.text.decode.decode` does."""
    try:
        return decode(data).text
    except Undecodable:
        declared = _declared(data)
        if declared is None:
            raise
        try:
            return data.decode(declared)
        except (UnicodeDecodeError, ValueError) as error:
            raise Undecodable(f"the page says that it is {declared} and is not", do="save it again as UTF-8") from error


def _declared(data: bytes) -> str | None:
    """The encoding that the page declares, if there is one of that name for text and it is not UTF-8 or UTF-16.

    A page of those encodings that `decode` refused is damaged: its own word does not make it whole.
    """
    match = _XML.search(data[:200]) or _META.search(data[:_LOOKED_AT])
    if not match:
        return None
    name = match[1].decode("ascii").lower()
    name = _ALIASES.get(name, name)
    try:
        found = codecs.lookup(name)
    except LookupError:
        return None
    return found.name if found._is_text_encoding and not found.name.startswith("utf") else None
