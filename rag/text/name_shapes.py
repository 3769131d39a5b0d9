"""How likely a word is a name, by its look and its neighbours: English by its make, Arabic by lists and endings.

It refuses to know the quotes: whether a name stands in them is asked in `rag.verify.names`.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from rag.text.common_words import is_common
from rag.text.concepts import english_stem, senses_of
from rag.text.name_words import BEFORE, ENDINGS, GIVEN, ORDINARY
from rag.text.opposites import OPPOSITES
from rag.text.synonyms import SYNONYMS
from rag.text.units import UNITS
from rag.text.words import Word, forms, stems, words

_LIST: Final = Path(__file__).with_name("ordinary_arabic.txt")
_ENGLISH_LIST: Final = Path(__file__).with_name("ordinary_english.txt")
_SHORTEST: Final = 5
_ORDINARY_ENDING: Final = re.compile(
    r"(?:tion|ment|ist|ism|ing|ity|ness|tory|ence|ance|ous|ive|ical|ial|ional|ship|hood|ology|graphy|tics?|ary|ally)s?$"
)
_AFFIXED: Final = re.compile(r"^(?:است|يست|تست|نست|مست|سي|ست)..|..(?:اتها|اتهم|تها|تهم|تهما|هما|ياتها|ونها|ناها)$")
_VERBAL: Final = re.compile(r"^(?:س?[يتن]\w{2,5}|\w{2,}(?:ت|وا|اتا|ان)|ا\w{3})$")
_BEFORE_VERBS: Final = frozenset("لم لن لا قد ان انه انها الذي التي الذين ما لقد سوف كان كانت وكان".split())  # noqa: SIM905
_VERB: Final = re.compile(r"^[يتن]...")


def is_ordinary_english(word: str) -> bool:
    """Whether an English word in normal form is a word of the language, so that Arabic would translate it."""
    return (
        word in _common_english()
        or english_stem(word) in _english()
        or bool(senses_of(word))
        or _ORDINARY_ENDING.search(word) is not None
    )


def is_ordinary_arabic(word: Word) -> bool:
    """Whether an Arabic word is in a list of ordinary ones, or has an ending that names do not take."""
    return _is_ordinary_arabic(word.text) or is_common(word)


def is_given(word: str) -> bool:
    """Whether an Arabic word in normal form is a usual given name, or a person's whom the news often names."""
    names = _given()
    return word in names or (word[:1] in tuple("وبلف") and word[1:] in names and len(word) >= _SHORTEST)


@lru_cache(maxsize=65536)
def looks_foreign(word: str) -> bool:
    """Whether an Arabic word is spelt as a foreign name: by its ending, or with more long vowels than roots have."""
    bare = min(forms(word), key=len)
    if len(bare) < _SHORTEST or word.startswith(("ال", "وال", "بال", "لل")):
        return False
    if bare.endswith(("يه", "ات", "ها", "يا", "هم", "يات", "ويه")):  # نسبة, plural, adverb
        return False
    if bare.endswith(_endings()):
        return True
    vowels = sum(letter in "اوي" for letter in bare[1:])
    return len(bare) > _SHORTEST and vowels * 2 >= len(bare) - 1 and not _AFFIXED.search(bare)


def may_be_verb(word: str, before: str) -> bool:
    """Whether an Arabic word has the look of a verb, a plural or an adjective, or stands where a verb does."""
    if before in _BEFORE_VERBS or before[1:] in _BEFORE_VERBS:
        return True
    bare = word.removeprefix("و")
    return _VERBAL.match(bare) is not None or (bare.startswith("ال") and bare.endswith("ه"))


def introduces(word: str) -> bool:
    """Whether a name is what follows an Arabic word."""
    return word in _before()


@lru_cache(maxsize=65536)
def _is_ordinary_arabic(word: str) -> bool:
    if is_given(word):
        return False
    listed = _arabic()
    # A stem of what a clitic leaves says too little: بوسطن is not ب + وسط.
    whole = [form for form in forms(word) if form[:1] == word[:1] or word.startswith(("و", "ال", "لل", "بال"))]
    if any(_bare(form) in listed or senses_of(form) for form in forms(word) if form not in whole and len(form) > 2):
        return _exact(word)
    if any(form in listed or _bare(form) in listed for form in forms(word)):
        return True
    if any(senses_of(form) or any(stem in listed for stem in stems(form)) for form in whole):
        return True
    return _AFFIXED.search(word) is not None or (_VERB.match(word) is not None and word[1:] in listed)


def _exact(word: str) -> bool:
    """Whether what clitics leave of a word is itself a word, no ending taken off."""
    listed = _arabic()
    return any(_bare(form) in listed or _bare(form) in _sensed() for form in forms(word))


@cache
def _sensed() -> frozenset[str]:
    tables = (OPPOSITES, SYNONYMS, UNITS)
    return frozenset(word.text for table in tables for word in words(table.replace("_", " ")))


@cache
def _arabic() -> frozenset[str]:
    return frozenset(_LIST.read_text(encoding="utf-8").split())


@cache
def _common_english() -> frozenset[str]:
    return frozenset(_ENGLISH_LIST.read_text(encoding="utf-8").split())


@cache
def _english() -> frozenset[str]:
    return frozenset(english_stem(word) for word in ORDINARY.split())


@cache
def _given() -> frozenset[str]:
    return frozenset(word.text for word in words(GIVEN))


@cache
def _before() -> frozenset[str]:
    return frozenset(word.text for word in words(BEFORE))


@cache
def _endings() -> tuple[str, ...]:
    return tuple(ENDINGS.split())


def _bare(word: str) -> str:
    return word.removeprefix("ال")
