"""Is a citation still a slice of its file? Read from the disk again, not from the index."""

from __future__ import annotations

from rag.errors import IsnadError
from rag.extract.originals import original
from rag.roots import Roots
from rag.text.decode import decode
from rag.types import Citation


class Slices:
    """Checks citations against the files of a corpus; each version of a file is read once."""

    def __init__(self, roots: Roots, limit: int) -> None:
        self._roots = roots
        self._limit = limit
        self._texts: dict[tuple[str, str], str | None] = {}

    def valid(self, citation: Citation) -> bool:
        """Whether the file's own words at the span are the quote, in a file of the indexed sha256."""
        version = (citation.source, citation.sha256)
        if version not in self._texts:
            self._texts[version] = self._text(citation)
        text = self._texts[version]
        return text is not None and citation.span.of(text) == citation.quote

    def _text(self, citation: Citation) -> str | None:
        try:
            return decode(original(self._roots, citation.article, self._limit))[0]
        except IsnadError:  # the file is gone, has changed or is no text any more: nothing in it holds
            return None
