"""Takes texts out of a set, so that their questions have no answer any more. Pure, and the same each time."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from eval.sets import BadSet, Question, QuestionSet


def without(of: QuestionSet, share: float) -> QuestionSet:
    """The set with about `share` of its families of texts gone; what only they answered is not answerable.

    `share` is in [0, 1]. Which ones go is drawn from their hashes, not from their order. Raises `BadSet` for a set that
    brings no texts: nothing is ever taken out of a user's own corpus.
    """
    if share == 0:
        return of
    if not of.texts:
        raise BadSet("it brings no texts that could be taken out", where=of.name, do="leave --take-out away")
    gone = {text.source for text in of.texts if draw(text.family or text.text) < share}
    kept = tuple(text for text in of.texts if text.source not in gone)
    if not kept:
        raise BadSet("nothing of it would be left", where=of.name, do="take a smaller share out")
    return replace(of, texts=kept, questions=tuple(_asked(one, gone) for one in of.questions))


def _asked(question: Question, gone: set[str]) -> Question:
    gold = tuple(place for place in question.gold if place.source not in gone)
    if gold or not question.gold:
        return replace(question, gold=gold)
    return replace(question, gold=(), accepted=(), answerable=False)


def draw(name: str) -> float:
    """A number in [0, 1) that depends on the name alone."""
    return int.from_bytes(hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()[:6], "big") / 2**48
