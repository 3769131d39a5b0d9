"""An article → the questions that it looks able to answer: forms of words filled with what stands in it.

Each form reads well whatever fills it: subjects come as they are shown, who speaks and what a headline reports keep
the case that they have in the text. It does not know whether a search finds the answer.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from rag.retrieve.speakers import speakers
from rag.retrieve.subjects import names, placed, topics
from rag.retrieve.topics import HAPPENINGS, HEADLINE_VERBS
from rag.text.names import places
from rag.text.normalise import normalise
from rag.text.sentences import sentences
from rag.text.words import words
from rag.types import Article, Language, Span

_SENTENCES: Final = 40
"""A longer article is read so far."""
_TITLE: Final = 3
"""As many sentences is the title worth when subjects are weighed."""
_FORMS: Final[dict[str, dict[Language, str]]] = {
    "report": {"ar": "ماذا ورد عن {0}؟", "en": "What does the report “{0}” say?"},
    "speaker": {"ar": "ماذا {0} عن {1}؟", "en": "What did {0} say about {1}?"},
    "place": {"ar": "ماذا قيل عن {0} في {1}؟", "en": "What does the archive say about {0} in {1}?"},
    "pair": {"ar": "ماذا قيل عن {0} و{1}؟", "en": "What does the archive say about {0} and {1}?"},
    "one": {"ar": "ماذا قيل عن {0}؟", "en": "What does the archive say about {0}?"},
}
_TITLE_WORDS: Final = range(4, 13)
_LEAD: Final = re.compile(r"^[^:]{1,40}\s*:\s*")
_NOT_A_PHRASE: Final = re.compile(r"[:؟?!.،,؛;…«»\"“”()\[\]|/]|\s[-–—]\s")
# The present tense; but not يوم, nor nouns such as تعذيب, تهمة and تصريحات.
_PRESENT: Final = re.compile(r"س?[يت](?!وم$)(?!\w\wي\w$)\w{2,4}(?<!ه)(?<!ات)")


@dataclass(frozen=True, slots=True)
class Askable:
    """A question that may be asked about an article.

    `kind` is the form of words, `about` what fills it, `span` the sentence that it was drawn from; None when that
    is the title. `weight` tells how much the article is about it, among questions of one kind.
    """

    question: str
    kind: str
    about: tuple[str, ...]
    span: Span | None
    weight: int = 1


def askable(article: Article, language: Language) -> list[Askable]:
    """The questions in `language` about an article: the title's, then those of its sentences, again for each of them.

    What is named in passing is left out: a subject that is neither in the title nor in two sentences.
    """
    found = list(_all(article, language))
    named = Counter({one.about[0]: _TITLE for one in found if one.kind == "one" and one.span is None})
    named.update(one.about[0] for one in found if one.kind == "one" and one.span)
    return [weighed for one in found if (weighed := replace(one, weight=_weight(one, named))).weight > 1]


def _weight(one: Askable, named: Counter[str]) -> int:
    """How many sentences name its subject; a speaker counts for more, the more words say who it is."""
    if one.kind == "speaker":
        times = named[one.about[1]]
        return len(one.about[0].split()) + times if times > 1 else 0
    if one.kind == "report":
        return _TITLE
    return min(named[subject] for subject in (one.about if one.kind == "pair" else one.about[:1]))


def _all(article: Article, language: Language) -> Iterator[Askable]:
    if article.title:
        title = " ".join(article.title.value.split())
        if phrase := _reported(title, article.language, language):
            yield _ask("report", language, (phrase,), None)
        yield from _of_sentence(title, article.language, language, None)
    spans = (span for body in article.body for span in sentences(article.text, body))
    for span, _ in zip(spans, range(_SENTENCES), strict=False):
        yield from _of_sentence(span.of(article.text), article.language, language, span)


def _ask(kind: str, language: Language, about: tuple[str, ...], span: Span | None) -> Askable:
    return Askable(_FORMS[kind][language].format(*about), kind, about, span)


def _reported(title: str, written: str, language: Language) -> str | None:
    """What a headline reports, as the question can say it; None where the headline is no Arabic noun phrase."""
    if written != language:
        return None
    if language == "en":
        return title if len(title.split()) in _TITLE_WORDS and not re.search('[“”"?]', title) else None
    for phrase in (title, _LEAD.sub("", title)):
        parts = normalise(phrase)[0].split()
        whole = len(parts) in _TITLE_WORDS and parts[0] in _happenings() and not _NOT_A_PHRASE.search(phrase)
        if whole and not _may_have_a_verb(phrase):
            return phrase
    return None


def _may_have_a_verb(phrase: str) -> bool:
    """Whether a headline may be a whole sentence: then it cannot stand after « عن »."""
    found = words(phrase)
    named = {index for place in places(phrase, found) for index in range(place.first, place.last)}
    return any(
        word.text in _headline_verbs() or (_PRESENT.fullmatch(word.text) and index not in named)
        for index, word in enumerate(found)
        if index
    )


def _of_sentence(text: str, written: str, language: Language, span: Span | None) -> Iterator[Askable]:
    found = words(text)
    named = names(text, found, language)
    about = topics(found, written, language)
    itself = [name for name in named if not name.adjective]
    where = {topic: place for topic in about if (place := placed(topic, named, found))}
    for topic, place in where.items():
        yield _ask("place", language, (topic.shown, place), span)
    for speaker in speakers(text, written, language):
        for one in (*about, *itself):
            if found[one.first].span.start >= speaker.end and one.shown not in speaker.words:
                yield _ask("speaker", language, (speaker.words, one.shown), span)
    countries = sorted({name.shown for name in itself if name.country})
    if len(countries) == 2:
        yield _ask("pair", language, (countries[0], countries[1]), span)
    for one in (*about, *itself):
        yield _ask("one", language, (one.shown,), span)


@cache
def _happenings() -> frozenset[str]:
    return frozenset(normalise(word)[0] for word in HAPPENINGS)


@cache
def _headline_verbs() -> frozenset[str]:
    return frozenset(normalise(word)[0] for word in HEADLINE_VERBS)
