"""Does a question fit more than one report? Then an answer says which one it begins with, and which others fit.

Pure: it compares what search found and the days on which the articles were published; it reads no article.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rag.text.dates import dates
from rag.text.messages import attribution, say
from rag.types import Evidence, Language, Notice

NAMED: Final = 3
"""Other reports that are named; the rest are behind …"""
SHARE: Final = 0.1
"""How much less of the question's words the sentence of another report may hold."""


def several(shown: Sequence[Evidence], question: str, language: Language) -> Notice | None:
    """The notice that other reports fit too, each with its day; None where only one does, or the question names a day.

    `shown` is the evidence near the best, what the answer begins with first. A report fits whose sentence holds as
    many of the question's words as the first one's, give or take `SHARE`, and that was published on another day.
    """
    if not shown or dates(question):
        return None
    first = shown[0]
    if first.article.published is None:
        return None
    days = {first.article.published.value}
    others: list[str] = []
    for item in shown[1:]:
        published = item.article.published
        if published is None or published.value in days or _held(item) < _held(first) - SHARE:
            continue
        days.add(published.value)
        others.append(attribution(item.article, language))
    if not others:
        return None
    named = ("، " if language == "ar" else "; ").join(others[:NAMED]) + (" …" if others[NAMED:] else "")
    return Notice("several", say("several", language, first=attribution(first.article, language), others=named))


def _held(item: Evidence) -> float:
    """The share of the question's words that the sentence holds, in [0, 1]."""
    shares = dict(zip(item.hit.passage.sentences, item.hit.words, strict=False))
    return max((share for span, share in shares.items() if span.contains(item.span)), default=0.0)
