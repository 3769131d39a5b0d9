"""Whether a claim gives a statement to somebody whom its quotes do not let speak.

A quote's speaker who is only a pronoun, or nobody, is the last one named in the article before it. It refuses to judge
where no quote lets anybody speak.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from rag.text.common_words import english_titles
from rag.text.name_shapes import is_given, is_ordinary_arabic, is_ordinary_english
from rag.text.names import Place
from rag.text.own_names import NONE, OwnNames
from rag.text.words import ARABIC
from rag.types import Context, Span
from rag.verify.names import stands
from rag.verify.reading import Read
from rag.verify.speech import Speech, is_pronoun, speeches

LOOKED_BACK: Final = 700
"""Code points before a quote in which its speaker is looked for."""


class Speaker(NamedTuple):
    """Who speaks: the places of the words of a name, and of a country that says whose minister it is; maybe neither."""

    names: tuple[int, ...]
    places: tuple[Place, ...]
    words: tuple[int, ...]


def misattributed(claim: Read, quotes: Sequence[Read], contexts: Sequence[Context]) -> list[Span]:
    """The speakers of a claim, as spans in it, who are not those of its quotes."""
    theirs = list(_of_quotes(quotes, contexts))
    texts = [*quotes, *(text for text, _ in theirs)]
    if not theirs:
        return []
    found = []
    for speaker in _speakers(claim):
        if (speaker.names or speaker.places) and not any(_same(claim, speaker, text, one) for text, one in theirs):
            # Somebody whom no text here knows is a missing name, not another speaker.
            known = not speaker.names or any(stands(claim, index, texts) for index in speaker.names)
            if known:
                found.append(_span(claim, speaker.names or speaker.words))
    return found


def last_speaker(context: Context, names: OwnNames = NONE) -> tuple[Read, Speaker] | None:
    """The last one who is named as a speaker before a quote."""
    text = Read.of(context.before[-LOOKED_BACK:], names)
    named = [speaker for speaker in _speakers(text) if speaker.names]
    return (text, named[-1]) if named else None


def lets_nobody_speak(quote: Read) -> bool:
    """Whether a quote has a verb of saying whose speaker it does not name."""
    speakers = list(_speakers(quote))
    return any(not speaker.names for speaker in speakers)


def _of_quotes(quotes: Sequence[Read], contexts: Sequence[Context]) -> Iterator[tuple[Read, Speaker]]:
    for number, quote in enumerate(quotes):
        said = speeches(quote.text, quote.words)
        speakers = [_speaker(quote, one) for one in said]
        named = [speaker for speaker in speakers if speaker.names or speaker.places]
        yield from ((quote, speaker) for speaker in named)
        if (said and len(named) < len(said)) or not named:
            last = last_speaker(contexts[number], quote.names) if number < len(contexts) else None
            if last is not None and said:
                yield last


def _speakers(text: Read) -> Iterator[Speaker]:
    for one in speeches(text.text, text.words):
        yield _speaker(text, one)


def _speaker(text: Read, one: Speech) -> Speaker:
    places = tuple(place for place in text.places if any(place.first <= index < place.last for index in one.speaker))
    inside = {index for place in places for index in range(place.first, place.last)}
    names = tuple(index for index in one.speaker if index not in inside and _may_name(text, index))
    return Speaker(names, places, one.speaker)


def _may_name(text: Read, index: int) -> bool:
    word = text.words[index]
    if ARABIC.match(word.text):
        return is_given(word.text) or not is_ordinary_arabic(word)
    written = word.span.of(text.text)
    if not written[:1].isupper() or is_pronoun(word.text) or word.text in english_titles():
        return False
    return not (index == 0 and is_ordinary_english(word.text)) and len(word.text) > 1


def _same(claim: Read, ours: Speaker, text: Read, theirs: Speaker) -> bool:
    """Whether two speakers may be one: a name in common, or no name on one side and no other country."""
    part = text.part(theirs.words)
    if ours.names and any(stands(claim, index, [part]) for index in ours.names):
        return True
    if ours.names and theirs.names:
        return False
    mine = {code for place in ours.places for code in place.codes}
    other = {code for place in theirs.places for code in place.codes}
    if ours.names:  # the quote has an office only: the Russian minister
        return not mine or not other or not mine.isdisjoint(other)
    return not mine or not other or not mine.isdisjoint(other)


def _span(claim: Read, indexes: Sequence[int]) -> Span:
    return Span(claim.words[indexes[0]].span.start, claim.words[indexes[-1]].span.end)
