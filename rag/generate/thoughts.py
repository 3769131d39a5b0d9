"""What a model thinks aloud before it answers (``<think> … </think>``) → nothing. A stream in, a stream out."""

from __future__ import annotations

import re
from typing import Final

_NAMES: Final = r"(?:think(?:ing)?|thoughts?|reasoning|reflection|analysis|scratchpad)"
_OPENS: Final = re.compile(rf"<\s*{_NAMES}\s*>", re.IGNORECASE)
_CLOSES: Final = re.compile(rf"<\s*/\s*{_NAMES}\s*>", re.IGNORECASE)
_TAG: Final = re.compile(r"<[\s/A-Za-z]{0,20}$")
"""What may yet become a tag."""


class Thoughts:
    """Pieces of a reply → the same without what stands between the tags; a thought without an end hides all after it.

    Of an end without a beginning, which some servers leave over, only what is still held is taken back.
    """

    def __init__(self) -> None:
        self._held = ""
        self._inside = False

    def feed(self, delta: str) -> str:
        """What may be read of the reply so far, and was not given before."""
        self._held += delta
        read = ""
        while True:
            tag = (_CLOSES if self._inside else _OPENS).search(self._held)
            stray = None if self._inside else _CLOSES.search(self._held)
            if stray and (tag is None or stray.start() < tag.start()):
                read, self._held = "", self._held[stray.end() :]
            elif tag:
                read += "" if self._inside else self._held[: tag.start()]
                self._inside, self._held = not self._inside, self._held[tag.end() :]
            else:
                break
        partial = _TAG.search(self._held)
        ready = partial.start() if partial else len(self._held)
        if not self._inside:
            read += self._held[:ready]
        self._held = self._held[ready:]
        return read

    def rest(self) -> str:
        """What was held because it might have become a tag."""
        held, self._held = self._held, ""
        return "" if self._inside else held
