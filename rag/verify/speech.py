"""Who says something in a text: each verb of saying with the words of its speaker, in both languages.

It refuses to know whether a speaker's words are a name: a caller holds them against another text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final, NamedTuple

from rag.text.words import ARABIC as ARABIC_LETTER
from rag.text.words import Word, words
from rag.verify.speech_words import ACCORDING, ARABIC_SPEECH, ENGLISH_SPEECH, PRONOUNS, STOPS

_LONGEST: Final = 10
_BREAK: Final = re.compile(r"[:;.!?؟؛،,\n“”\"«»()]")
_CLAUSE: Final = re.compile(r"[:;.!?؟؛\n“”\"«»()]")


class Speech(NamedTuple):
    """The place of a verb of saying (or of « according to »), and the places of its speaker's words, maybe none."""

    verb: int
    speaker: tuple[int, ...]


def speeches(text: str, found: Sequence[Word]) -> list[Speech]:
    """What is said in a text of these words, in order."""
    return list(_speeches(text, found))


def _speeches(text: str, found: Sequence[Word]) -> Iterator[Speech]:
    for index, word in enumerate(found):
        if word.text in _list(ACCORDING):
            yield Speech(index, tuple(_after(text, found, index)))
        elif ARABIC_LETTER.match(word.text):
            if _is_arabic_verb(word.text):
                yield Speech(index, tuple(_after(text, found, index)))
        elif word.text in _list(ENGLISH_SPEECH) and not _is_noun(found, index):
            yield Speech(index, tuple(_before(text, found, index)))


def _after(text: str, found: Sequence[Word], verb: int) -> Iterator[int]:
    """The words behind an Arabic verb, up to what it says: « قال وزير الخارجية سيرغي لافروف إن »."""
    for index in range(verb + 1, min(len(found), verb + 1 + _LONGEST)):
        between = text[found[index - 1].span.end : found[index].span.start]
        if _BREAK.search(between) or (found[index].text in _list(STOPS) and index > verb + 1):
            return
        if found[index].text in _list(STOPS):
            if found[index].text in {"to", "ل"}:
                continue
            return
        yield index


def _before(text: str, found: Sequence[Word], verb: int) -> Iterator[int]:
    """The words before an English verb, back to the beginning of its clause."""
    start = verb
    while start > 0 and verb - start < _LONGEST:
        between = text[found[start - 1].span.end : found[start].span.start]
        if _CLAUSE.search(between) or found[start - 1].text in {"that", "and", "but", "because"}:
            break
        start -= 1
    yield from range(start, verb)


def _is_arabic_verb(word: str) -> bool:
    for form in (word, word[1:] if word[:1] in {"و", "ف"} else ""):
        if form in _verbs() or (form[-1:] == "ت" and form[:-1] in _verbs()) or form.removesuffix("وا") in _verbs():
            return bool(form)
    return False


def _is_noun(found: Sequence[Word], index: int) -> bool:
    """« the claims », « a state », « to be called »: no verb of saying."""
    before = found[index - 1].text if index else ""
    return before in {"the", "a", "an", "to", "be", "been", "is", "was", "were", "are", "its", "their", "of", "not"}


def is_pronoun(word: str) -> bool:
    return word in _list(PRONOUNS)


@cache
def _verbs() -> frozenset[str]:
    return frozenset(word.text for word in words(ARABIC_SPEECH))


@cache
def _list(text: str) -> frozenset[str]:
    return frozenset(text.split())
