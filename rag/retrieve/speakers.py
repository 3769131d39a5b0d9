"""Who says something in a sentence, in the words of the sentence, where these make a subject that stands alone.

In doubt nobody does: a speaker cut too long or too short makes a question that nobody would ask. It does not know
what was said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final, NamedTuple

from rag.retrieve.subjects import names, offices
from rag.retrieve.topics import SPEECH, VAGUE
from rag.text.normalise import normalise
from rag.text.words import Word, words
from rag.types import Language

_LONGEST: Final = 7
_WORD: Final = re.compile(r"[\u0621-\u0652]+")
_SAID: Final = re.compile(r"(?<![\w'’-])((?:[A-Z][\w'’-]++ ){2,4})said\b")
_NO_NAME: Final = ("The ", "A ", "An ", "He ", "She ", "It ", "They ", "We ", "But ", "And ", "In ", "On ", "As ")
_THAT: Final = frozenset("ان بان انه انها بانه بانها".split())  # noqa: SIM905
# What may stand between the one who says and what he says; only after قال, which takes no noun as its object.
_CIRCUMSTANCE: Final = frozenset("في فى خلال اثناء عقب بعد امس اليوم للصحفيين حول عن".split())  # noqa: SIM905
_TOWARDS: Final = frozenset({"الي", "علي", "عن"})


class Speaker(NamedTuple):
    """Who says it; in Arabic with the verb (« قالت وزارة الصحة »), whose gender is the text's. `end`: in code points
    of the sentence, where the speaker's words end."""

    words: str
    end: int


def speakers(text: str, written: str, language: Language) -> Iterator[Speaker]:
    """The speakers of a sentence `written` in a language, as a question in `language` can name them."""
    if written == "ar" and language == "ar":
        yield from _arabic(text)
    elif written == "en" and language == "en":
        for match in _SAID.finditer(text):
            if not match[1].startswith(_NO_NAME):
                yield Speaker(match[1].strip(), match.end())
    elif written == "ar":
        yield from _officials(text, words(text))


def _arabic(text: str) -> Iterator[Speaker]:
    position = 0
    for verb in _WORD.finditer(text):
        said = _verb(normalise(verb[0])[0])
        if said is None or verb.start() < position:
            continue
        subject: list[str] = []
        end, stop = verb.end(), ""
        for word in _WORD.finditer(text, verb.end()):
            stop = normalise(word[0])[0]
            between = text[end : word.start()]
            if between.strip() or stop in _THAT | _CIRCUMSTANCE | _TOWARDS or len(subject) == _LONGEST:
                stop = stop if not between.strip() else between.strip()[0]
                break
            subject.append(word[0])
            end = word.end()
        position = end
        ends = _is_followed(text[end:], stop, plainly=normalise(verb[0])[0].lstrip("وف").startswith("قال"))
        if ends and 3 <= len(subject) < _LONGEST and not any(normalise(word)[0] in VAGUE for word in subject):
            yield Speaker(f"{said} {' '.join(subject)}", end)


def _is_followed(rest: str, stop: str, *, plainly: bool) -> bool:
    """Whether what was said follows, so that the words before were all of the speaker."""
    if stop in _THAT:
        return True
    if stop in _TOWARDS:
        second = [normalise(word)[0] for word in rest.split()[1:2]]
        return bool(second) and second[0] in _THAT
    return plainly and (stop in _CIRCUMSTANCE or stop in set(':،,“"«'))


def _officials(text: str, found: list[Word]) -> Iterator[Speaker]:
    """Speakers whom their office and country name in English: « أعلن وزير الخارجية الروسي »."""
    named = {name.first: name for name in names(text, found, "en") if name.adjective}
    for office in offices(found, "en"):
        country = named.get(office.last)
        if country and office.first and _verb(found[office.first - 1].text):
            yield Speaker(f"{office.shown} of {country.shown}", found[country.last - 1].span.end)


def _verb(word: str) -> str | None:
    """« قال » or « قالت » for a verb of saying in normal form, و or ف before it or not."""
    for form in (word, word[1:] if word[:1] in {"و", "ف"} else ""):
        if form in _verbs():
            return "قال"
        if form[-1:] == "ت" and form[:-1] in _verbs():
            return "قالت"
    return None


@cache
def _verbs() -> frozenset[str]:
    return frozenset(normalise(word)[0] for word in SPEECH)
