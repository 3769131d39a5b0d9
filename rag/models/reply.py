"""One short reply of a model as a whole, or nothing at all. It refuses to know what was asked."""

from __future__ import annotations

import unicodedata
from threading import Event as Cancel

from rag.errors import LLMError, ModelError
from rag.types import Delta, Generate, Prompt

LONGEST = 8000
"""Code points after which a reply is not listened to any more."""


def reply(generate: Generate, prompt: Prompt, cancel: Cancel) -> str | None:
    """What the model says; None where it fails, is cancelled or cut off, or does not come to an end."""
    said, finished = "", False
    try:
        for part in generate(prompt, cancel):
            if cancel.is_set():
                return None
            if isinstance(part, Delta):
                said += part.text
                if len(said) > LONGEST:
                    return None
            else:
                finished = part.finish_reason == "stop"
    except (LLMError, ModelError):
        return None
    return said if finished and not cancel.is_set() else None


def plain(text: str) -> str:
    """A model's text in one paragraph, without the characters that draw nothing (controls, bidi marks, ill-formed)."""
    spaced = " ".join(text.split())
    return "".join(character for character in spaced if unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co"})
