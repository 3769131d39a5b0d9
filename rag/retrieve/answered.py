"""Who is named in an answer: what *he* or رافقه of the next question may mean. Rules over words; it asks no model.

Only names of persons that look like names are taken; a place is none. In doubt there are fewer.
"""

from __future__ import annotations

import re
from typing import Final

from rag.text.common_words import english_openers, english_titles, is_common
from rag.text.name_shapes import introduces, is_given, is_ordinary_arabic, is_ordinary_english, looks_foreign
from rag.text.names import places
from rag.text.words import ARABIC, Word, words

MOST: Final = 4
"""Words of names that are taken."""

_POINTED: Final = re.compile(r"^[«“]([^»”]{1,120})[»”] — ")
_QUOTED: Final = re.compile(r"^[^«“]*+[«“](.+)[»”]", re.DOTALL)
_ANSWER_MARKS: Final = re.compile(r"[.!?؟:;؛\n\"“”«»(،,]")


def people(answer: str) -> list[str]:
    """The words of the persons' names in an answer's first claim, as they stand there, at most `MOST`.

    Where words lead the claim, only theirs; else those of its quote, and of a claim that quotes nothing all.
    """
    first = answer.strip().split("\n", 1)[0]
    leading, quoted = _POINTED.match(first), _QUOTED.search(first)
    text = leading[1] if leading else quoted[1] if quoted else first
    found = words(text)
    known = {place for one in places(text, found) for place in range(one.first, one.last)}
    taken: list[str] = []
    for at, word in enumerate(found):
        if at not in known and _is_person(found, at, text) and word.span.of(text) not in taken:
            taken.append(word.span.of(text))
    return taken[:MOST]


def _is_person(found: list[Word], at: int, text: str) -> bool:
    word = found[at]
    if ARABIC.match(word.text):
        if is_given(word.text) or looks_foreign(word.text):
            return not is_ordinary_arabic(word)
        # The family name behind a given one, and the name behind a title.
        before = (
            found[at - 1] if at and not _ANSWER_MARKS.search(text[found[at - 1].span.end : word.span.start]) else None
        )
        if before is not None and is_given(before.text) and word.text.startswith("ال"):
            return not is_common(word)  # وليد المعلم: a family name is often a word
        named = before is not None and (is_given(before.text) or looks_foreign(before.text) or introduces(before.text))
        return named and not is_ordinary_arabic(word)
    return (
        text[word.span.start].isupper()
        and word.text not in english_openers() | english_titles()
        and not is_ordinary_english(word.text)
    )
