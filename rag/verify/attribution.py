"""Check attribution: whether a claim attributes a statement to a speaker that its quotes do not have.

A quote's speaker that is only a pronoun, or missing, is resolved to the last speaker named before it in the article. If
no quote has a speaker, nothing is checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import Final, NamedTuple

from rag.text.name_shapes import english_titles, is_given, is_ordinary_arabic, is_ordinary_english
from rag.text.names import NONE, OwnNames, Place
from rag.text.normalise import ARABIC, Word, words
from rag.text.normalise import ARABIC as ARABIC_LETTER
from rag.types import Context, Span
from rag.verify.names import NameReading, stands

# Word tables: verbs of saying and words that point to a source, in both languages.

_ARABIC_SPEECH: Final = """
قال أكد أعلن أوضح صرح أضاف شدد أشار اعتبر ذكر كشف لفت أفاد حذر دعا انتقد أعرب عبر رأى يرى نفى اتهم توقع طالب جدد زعم
اعترف أقر كتب وصف رحب ندد أدان استنكر استغرب تابع بين نقل أبلغ أخبر تحدث اقترح تعهد وعد ادعى ناشد أبدى تساءل رد علق هدد
يقول تقول يؤكد تؤكد يعتبر تعتبر يضيف يعتقد قائلا مضيفا مؤكدا
"""
"""Third person; with ت they are feminine, with وا plural."""

_ENGLISH_SPEECH: Final = """
said says say told tells stated states announced announces declared declares added adds stressed stresses explained
explains
noted notes reported reports claimed claims confirmed confirms denied denies insisted insists argued argues wrote writes
warned warns accused accuses condemned condemns praised praises welcomed expressed expresses affirmed affirms asserted
acknowledged admitted believes believed held called urged expected expects predicted revealed
"""

_ACCORDING: Final = "وفق وفقا بحسب حسب according"
"""Words before the source of a statement."""

_STOPS: Final = """
ان بان انه انها بانه بانها انهم في فى خلال اثناء عقب بعد قبل امس اليوم للصحفيين حول عن الي علي ل من ضد وان مع لدي وجود
that in on at to during after before about for against as while the_fact
"""
"""Words that end a speaker's name."""

_AFTER_SPEAKER: Final = "who in on at after during to as while when adding"
"""Words that end the name of a speaker after the verb."""
_ENDED: Final = re.compile(r"[,”\"»?!]\s*$")

_PRONOUNS: Final = "he she it they we i who"


# Finds the speakers of a text: each verb of saying with the words of its speaker, in both languages.

_LONGEST: Final = 10
_BREAK: Final = re.compile(r"[:;.!?؟؛،,\n“”\"«»()]")
_CLAUSE: Final = re.compile(r"[:;.!?؟؛\n“”\"«»()]")


class _Speech(NamedTuple):
    """Index of a verb of saying (or of « according to »), and indexes of its speaker's words, possibly none."""

    verb: int
    speaker: tuple[int, ...]


def speeches(text: str, found: Sequence[Word]) -> list[_Speech]:
    """Statements in a text with these words, in order."""
    return list(_speeches(text, found))


def _speeches(text: str, found: Sequence[Word]) -> Iterator[_Speech]:
    for index, word in enumerate(found):
        if word.text in _list(_ACCORDING):
            yield _Speech(index, tuple(_after(text, found, index)))
        elif ARABIC_LETTER.match(word.text):
            if _is_arabic_verb(word.text):
                yield _Speech(index, tuple(_after(text, found, index)))
        elif word.text in _list(_ENGLISH_SPEECH) and not _is_noun(found, index):
            yield _Speech(index, tuple(_behind(text, found, index)) or tuple(_before(text, found, index)))


def _after(text: str, found: Sequence[Word], verb: int) -> Iterator[int]:
    """Indexes of the words after an Arabic verb, up to the statement: « قال وزير الخارجية سيرغي لافروف إن »."""
    for index in range(verb + 1, min(len(found), verb + 1 + _LONGEST)):
        between = text[found[index - 1].span.end : found[index].span.start]
        if _BREAK.search(between) or (found[index].text in _list(_STOPS) and index > verb + 1):
            return
        if found[index].text in _list(_STOPS):
            if found[index].text in {"to", "ل"}:
                continue
            return
        yield index


def _behind(text: str, found: Sequence[Word], verb: int) -> list[int]:
    """Indexes of the speaker's words after an English verb that ends a statement: “…”, said Kerry, who …

    Empty if the statement follows: Lavrov, the minister, said Russia would.
    """
    if verb == 0 or not _ENDED.search(text[found[verb - 1].span.end : found[verb].span.start]):
        return []
    speaker: list[int] = []
    for index in range(verb + 1, min(len(found), verb + 1 + _LONGEST)):
        between = text[found[index - 1].span.end : found[index].span.start]
        if _BREAK.search(between) or found[index].text in _list(_AFTER_SPEAKER):
            return speaker
        written = found[index].span.of(text)
        if not (written[:1].isupper() or found[index].text in english_titles() | {"the", "of"}):
            return []
        speaker.append(index)
    return speaker if not speaker or speaker[-1] == len(found) - 1 else []


def _before(text: str, found: Sequence[Word], verb: int) -> Iterator[int]:
    """Indexes of the words before an English verb, back to the start of its clause."""
    start = verb
    apposed = verb > 0 and "," in text[found[verb - 1].span.end : found[verb].span.start]  # Lavrov, the minister, said
    while start > 0 and verb - start < _LONGEST:
        between = text[found[start - 1].span.end : found[start].span.start]
        ended = "," in between and start < verb and not apposed  # the truce was broken, Kerry said
        if ended or _CLAUSE.search(between) or found[start - 1].text in {"that", "and", "but", "because"}:
            break
        start -= 1
    yield from range(start, verb)


def _is_arabic_verb(word: str) -> bool:
    for form in (word, word[1:] if word[:1] in {"و", "ف"} else ""):
        if form in _verbs() or (form[-1:] == "ت" and form[:-1] in _verbs()) or form.removesuffix("وا") in _verbs():
            return bool(form)
    return False


def _is_noun(found: Sequence[Word], index: int) -> bool:
    """Whether the word is not a verb of saying here: « the claims », « a state », « to be called »."""
    before = found[index - 1].text if index else ""
    return before in {"the", "a", "an", "to", "be", "been", "is", "was", "were", "are", "its", "their", "of", "not"}


def is_pronoun(word: str) -> bool:
    return word in _list(_PRONOUNS)


@cache
def _verbs() -> frozenset[str]:
    return frozenset(word.text for word in words(_ARABIC_SPEECH))


@cache
def _list(text: str) -> frozenset[str]:
    return frozenset(text.split())


LOOKED_BACK: Final = 700
"""Code points before a quote in which its speaker is searched."""


class _Speaker(NamedTuple):
    """A speaker: indexes of the words of a name, and of a country that says whose minister it is; either may be
    empty."""

    names: tuple[int, ...]
    places: tuple[Place, ...]
    words: tuple[int, ...]


def misattributed(claim: NameReading, quotes: Sequence[NameReading], contexts: Sequence[Context]) -> list[Span]:
    """Spans in a claim of the speakers who are not those of its quotes."""
    theirs = list(_of_quotes(quotes, contexts))
    texts = [*quotes, *(text for text, _ in theirs)]
    if not theirs:
        return []
    found = []
    for speaker in _speakers(claim):
        if (speaker.names or speaker.places) and not any(_same(claim, speaker, text, one) for text, one in theirs):
            # A name that no text here has is a missing name, not another speaker.
            known = not speaker.names or any(stands(claim, index, texts) for index in speaker.names)
            if known:
                found.append(_span(claim, speaker.names or speaker.words))
    return found


@lru_cache(512)
def last_speaker(context: Context, names: OwnNames = NONE) -> tuple[NameReading, _Speaker] | None:
    """The last named speaker before a quote."""
    text = NameReading.of(context.before[-LOOKED_BACK:], names)
    named = [speaker for speaker in _speakers(text) if speaker.names]
    return (text, named[-1]) if named else None


def lets_nobody_speak(quote: NameReading) -> bool:
    """Whether a quote has a verb of saying without a named speaker."""
    speakers = list(_speakers(quote))
    return any(not speaker.names for speaker in speakers)


def _of_quotes(quotes: Sequence[NameReading], contexts: Sequence[Context]) -> Iterator[tuple[NameReading, _Speaker]]:
    for number, quote in enumerate(quotes):
        said = speeches(quote.text, quote.words)
        speakers = [_speaker(quote, one) for one in said]
        named = [speaker for speaker in speakers if speaker.names or speaker.places]
        yield from ((quote, speaker) for speaker in named)
        if (said and len(named) < len(said)) or not named:
            last = last_speaker(contexts[number], quote.names) if number < len(contexts) else None
            if last is not None and said:
                yield last


def _speakers(text: NameReading) -> Iterator[_Speaker]:
    for one in speeches(text.text, text.words):
        yield _speaker(text, one)


def _speaker(text: NameReading, one: _Speech) -> _Speaker:
    places = tuple(place for place in text.places if any(place.first <= index < place.last for index in one.speaker))
    inside = {index for place in places for index in range(place.first, place.last)}
    names = tuple(index for index in one.speaker if index not in inside and _may_name(text, index))
    return _Speaker(names, places, one.speaker)


def _may_name(text: NameReading, index: int) -> bool:
    word = text.words[index]
    if ARABIC.match(word.text):
        return is_given(word.text) or not is_ordinary_arabic(word)
    written = word.span.of(text.text)
    if not written[:1].isupper() or is_pronoun(word.text) or word.text in english_titles():
        return False
    return not (index == 0 and is_ordinary_english(word.text)) and len(word.text) > 1


def _same(claim: NameReading, ours: _Speaker, text: NameReading, theirs: _Speaker) -> bool:
    """Whether two speakers may be the same: a common name, or no name on one side and no other country."""
    part = text.part(theirs.words)
    if ours.names and any(stands(claim, index, [part]) for index in ours.names):
        return True
    if ours.names and theirs.names:
        return False
    mine = {code for place in ours.places for code in place.codes}
    other = {code for place in theirs.places for code in place.codes}
    if ours.names:  # the quote has only an office: the Russian minister
        return not mine or not other or not mine.isdisjoint(other)
    return not mine or not other or not mine.isdisjoint(other)


def _span(claim: NameReading, indexes: Sequence[int]) -> Span:
    return Span(claim.words[indexes[0]].span.start, claim.words[indexes[-1]].span.end)
