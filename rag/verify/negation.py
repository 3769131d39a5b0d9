"""Find the negations in a text with their scope, and contradictions between a claim and its quotes.

Phrases that only look negative are excluded (لا يزال, not only). A verb of denying or failing negates what follows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, Literal, NamedTuple

from rag.text.concepts import OFFICE_HOLDERS, Sense, english_stem, sensed_words, turned
from rag.text.name_shapes import is_given, is_ordinary_arabic
from rag.text.normalise import ARABIC, Word, forms, same, words
from rag.types import Span


class Negation(NamedTuple):
    """`at`: index of the negating word; `scope`: indexes of the words that it negates, in order.

    `again`: it continues another negation (neither … nor). `nominal`: it negates a noun or an adjective, which another
    text may express in one word. `refusal`: somebody refuses it or rules it out.
    """

    at: int
    scope: tuple[int, ...]
    again: bool = False
    nominal: bool = False
    refusal: bool = False


_DENYING: Final = """
not never no neither nor without none nobody nothing cannot cant dont doesnt didnt isnt arent wasnt werent wont wouldnt
couldnt shouldnt hasnt havent hadnt failed fails refused refuses declined denied denies denying unable lack lacked lacks
yet ruled
لم لن لا ليس ليست ليسوا لسنا لست غير دون بدون عدم بلا نفي ينفي نفت تنفي انكر ينكر تعذر الا
"""
_NEGATES_ALL: Final = frozenset({"neither", "nor", "none", "nobody", "nothing"})
# If these follow a negating word, it negates nothing: لا يزال is still, لا بد is must.
_STILL: Final = """
only just least doubt later less more fewer sooner
مسبوق مسبوقه يزال تزال يزالون زال زالت سيما بد شك فقط ان انه انها انهم
"""
_LINKS: Final = """
a an the to be been being is are was were have has had do does did of any that this its his her their there by for
yet even
ever in on at with it and or as from should would could may might must will shall
من في علي الي عن ان اي يكن تكن يكون تكون يكونوا يتم تتم هناك هنالك بعد قد له لها لهم به بها فيها فيه كان كانت وجود
اي ايه هذا هذه
"""
_ENDS: Final = """
but although though because whereas while which who whom if when unless however than
لكن ولكن بل الا غير بينما حيث لان بسبب نتيجه اذا عندما رغم فيما الذي التي الذين
"""
_IMPLIED: Final = """
fail reject refuse decline deny ban forbid prevent prohibit prevented lack absence except instead rather illegal
impossible
opposite contrary merely hardly rarely seldom differ exclude free stop avoid unless against false wrong despite yet
رفض يرفض فشل يفشل منع يمنع حظر يحظر غياب انعدام نقص باستثناء بدلا مخالف مستحيل نادرا قلما عكس خلافا امتنع حرم تعذر
اخفق باطل
مجرد استبعد حرمان ممنوع فقط عجز تجنب خال تخلو سوي رغم ضد
"""
_PREFIXED: Final = re.compile(r"^(?:un|in|im|il|ir|non|dis)[a-z]{5,}$")
_BREAK: Final = re.compile(r"[.,;:!?؟؛،()\n\"“”«»–—]")
_NOUNS: Final = frozenset({"غير", "عدم"})
_DENIED: Final = 3
_NEEDING: Final = {**dict.fromkeys(("failed", "fails", "refused", "refuses", "declined", "yet"), "to"), "ruled": "out"}
"""Words that deny only before another."""
_FAILING: Final = {
    **dict.fromkeys("فشل فشلت فشلوا يفشل تفشل اخفق اخفقت اخفقوا يخفق تخفق".split(), "في"),  # noqa: SIM905
    **dict.fromkeys("عجز عجزت عجزوا يعجز تعجز امتنع امتنعت امتنعوا يمتنع تمتنع".split(), "عن"),  # noqa: SIM905
}
"""Verbs → the preposition of what was not done: « فشل الجيش في السيطرة »."""
_REFUSING: Final = frozenset(
    "رفض رفضت رفضوا يرفض ترفض يرفضون رافضا رافضه رافضين استبعد استبعدت استبعدوا يستبعد تستبعد مستبعدا مستبعده".split()  # noqa: SIM905
)
"""Arabic verbs that deny the noun that is their object: « رفضت الحكومة زيادة الأجور »."""
_BOUNDING: Final = frozenset("يقل تقل يقلون يزيد تزيد يزيدون يتجاوز تتجاوز يتعدي تتعدي".split())  # noqa: SIM905
_ONLY: Final = frozenset({"فحسب", "وحسب"})
_SENTENCE: Final = 12
_NOMINAL: Final = frozenset({"غير", "دون", "بدون", "عدم", "بلا", "without", "lack", "lacks", "lacked", "unable"})
_MODALS: Final = frozenset({"can", "could", "may", "might", "must", "should", "would", "will"})
_FAR: Final = 7


def negations(text: str, found: Sequence[Word]) -> list[Negation]:
    """Negations of a text with these words, in order."""
    return list(_negations(text, found))


def denied(found: Sequence[Negation]) -> frozenset[int]:
    """Indexes of the words that an odd number of negations negate."""
    counts: dict[int, int] = {}
    for one in found:
        for place in one.scope:
            if not one.again:
                counts[place] = counts.get(place, 0) + 1
    return frozenset(place for place, count in counts.items() if count % 2)


def implies(word: str) -> bool:
    """Whether a word may replace a negation in another text: to reject is not to accept, illegal is not legal."""
    return word in _list(_IMPLIED) or english_stem(word) in _stems() or _PREFIXED.match(word) is not None


@cache
def _stems() -> frozenset[str]:
    return frozenset(english_stem(word) for word in _IMPLIED.split() if word.isascii())


def reach(text: str, found: Sequence[Word], denials: Sequence[Negation]) -> frozenset[int]:
    """Indexes that a negation may affect: all later words of its clause, because the negated word may come late."""
    reached: set[int] = set()
    for one in denials:
        for index in range(one.at + 1, min(len(found), one.at + _SENTENCE)):
            if _BREAK.search(text[found[index - 1].span.end : found[index].span.start]):
                break
            reached.add(index)
    return frozenset(reached)


def _negations(text: str, found: Sequence[Word]) -> Iterator[Negation]:
    for index, word in enumerate(found):
        if (undone := _undone(text, found, index)) is not None:
            yield Negation(index, tuple(_scope(text, found, undone)))
        yield from _refusals(text, found, index)
        if not _denies(word.text):
            continue
        after = found[index + 1].text if index + 1 < len(found) else ""
        if (
            after in _list(_STILL)
            or _is_bound(found, index)
            or _is_except(text, found, index)
            or (word.text == "no" and text[word.span.end : word.span.end + 1] == ".")
        ):
            continue
        if word.text == "الا" and after[:1] not in "يتن":  # إلا is except, ألا is that not
            continue
        if word.text in _NEEDING and after != _NEEDING[word.text]:
            continue
        if any(later.text in _ONLY for later in found[index + 1 : index + _SENTENCE]):
            continue
        if word.text in {"lack", "lacks", "lacked", "without"} or not _is_whether(found, index):
            yield Negation(
                index,
                (*_scope(text, found, index), *_modal(found, index)),
                word.text == "nor",
                word.text.lstrip("وفب") in _NOMINAL or word.text in _NOMINAL,
            )


def _undone(text: str, found: Sequence[Word], index: int) -> int | None:
    """Index of the preposition before what somebody failed at, after an Arabic verb of that and its subject."""
    word = found[index].text
    particle = _FAILING.get(word) or _FAILING.get(word[1:] if word[:1] in {"و", "ف"} else "")
    if particle is None:
        return None
    for later in range(index + 1, min(len(found) - 1, index + 1 + _FAR)):
        if _BREAK.search(text[found[later - 1].span.end : found[later].span.start]):
            return None
        if found[later].text == particle:
            return later
    return None


def _refusals(text: str, found: Sequence[Word], index: int) -> Iterator[Negation]:
    start = _refused(text, found, index)
    scope = () if start is None else tuple(_scope(text, found, start))
    if scope:
        yield Negation(index, scope, refusal=True)


def _refused(text: str, found: Sequence[Word], index: int) -> int | None:
    """Index before the object of an Arabic verb of refusing: before a noun that the subject cannot be, in the order
    verb, subject, object; the verb itself, if its subject precedes it, as in headlines."""
    word = found[index].text
    if word not in _REFUSING and not (word[:1] in {"و", "ف"} and word[1:] in _REFUSING):
        return None
    if index + 1 < len(found) and found[index + 1].text == "من":  # excluded from
        return None
    follows = index > 0 and not _BREAK.search(text[found[index - 1].span.end : found[index].span.start])
    if follows and word[0] in "يت" and found[index - 1].text not in _list(_ENDS):
        return index
    for later in range(index + 1, min(len(found), index + 1 + _FAR)):
        if _BREAK.search(text[found[later - 1].span.end : found[later].span.start]) or found[later].text in _list(
            _ENDS
        ):
            break
        one = found[later]
        if one.text in _list(_LINKS):
            return later if one.text == "ان" else index + 1
        if not one.text.startswith("ال") and is_ordinary_arabic(one) and not is_given(one.text):
            return later - 1
    return index + 1 if index + 2 < len(found) else index


def _is_bound(found: Sequence[Word], index: int) -> bool:
    """Whether it is part of « لا يقل عن 12 » or « لا يتجاوز 12 », which says at least or at most."""
    after = [word.text for word in found[index + 1 : index + 3]]
    return len(after) == 2 and after[0] in _BOUNDING and (after[1] in {"عن", "علي"} or after[1].isdigit())


def _is_except(text: str, found: Sequence[Word], index: int) -> bool:
    """Whether an exception follows in the clause, which makes it « only »: « لم يفز إلا بمقعد »."""
    if not ARABIC.match(found[index].text) or found[index].text == "الا":
        return False
    for later in range(index + 1, min(len(found) - 1, index + _SENTENCE)):
        if _BREAK.search(text[found[later - 1].span.end : found[later].span.start]):
            return False
        if found[later].text in {"الا", "سوي"}:
            return not found[later + 1].text.startswith(("ان", "اذا", "ي", "ت", "ن"))  # إلا أن: but; ألا: that not
    return False


def _scope(text: str, found: Sequence[Word], start: int) -> Iterator[int]:
    word = found[start].text
    most = _FAR if word in _NEGATES_ALL else 1 if word.lstrip("وفب") in _NOUNS else _DENIED
    count = 0
    for index in range(start + 1, min(len(found), start + 1 + _FAR + most)):
        if _BREAK.search(text[found[index - 1].span.end : found[index].span.start]):
            return
        word = found[index].text
        if word in _list(_ENDS) or (_denies(word) and ARABIC.match(word)):
            return
        if word in _list(_LINKS):
            continue
        yield index
        count += 1
        if count == most:
            return


def _modal(found: Sequence[Word], index: int) -> Iterator[int]:
    """The modal before a negation is negated too: may not, cannot."""
    if found[index].text == "cannot":
        yield index
    elif index and found[index - 1].text in _MODALS:
        yield index - 1


def _denies(word: str) -> bool:
    denying = _list(_DENYING)
    return word in denying or (word[:1] in {"و", "ف", "ب"} and word[1:] in denying and len(word) > 2)


def _is_whether(found: Sequence[Word], index: int) -> bool:
    """Whether it is part of "whether or not", which negates nothing."""
    return index > 1 and found[index - 1].text == "or" and found[index - 2].text == "whether"


@cache
def _list(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Contradictions: where a claim says the opposite of its quotes, by an antonym or by an added or missing negation.
#
# A word and its negated antonym are equal: what did not succeed failed.

_Kind = Literal["opposite", "added", "dropped"]
_BESIDE: Final = 2
"""Maximum distance, in words, of an office from its minister."""
_THAN: Final = frozenset({"than", "من"})
_COMPARED: Final = frozenset({"more", "less", "fewer", "lower", "اكثر", "اقل"})
_WEAK: Final = frozenset({"up", "down", "since"})
"""Senses that support a claim if a quote has them, but do not contradict it."""
_WHOLE: Final = 0.7
"""A claim with at least this share of its quote's words repeats it fully, so a negation in the quote must be in it."""


class _Contradiction(NamedTuple):
    """`added`: the claim negates what a quote says; `dropped`: it says what a quote negates."""

    kind: _Kind
    span: Span


@dataclass(frozen=True, slots=True)
class Sayings:
    """A text analysed for statements and negations: senses by index of the word, negations, and the indexes that a
    negation negates or may affect."""

    words: tuple[Word, ...]
    senses: tuple[frozenset[Sense], ...]
    negations: tuple[Negation, ...]
    denied: frozenset[int]
    reach: frozenset[int]

    @classmethod
    @lru_cache(512)  # each claim of a text is checked against many quotes, and each quote against many claims
    def of(cls, text: str) -> Sayings:
        found = words(text)
        senses: list[frozenset[Sense]] = []
        for sensed in sensed_words(found):
            senses.extend([sensed.senses] * (sensed.last - sensed.first))
        said = tuple(negations(text, found))
        return cls(tuple(found), tuple(senses), said, denied(said), reach(text, found, said))

    @property
    def denies(self) -> bool:
        """Whether it has a negation, or a word with the same effect."""
        return bool(self.negations) or any(implies(word.text) for word in self.words)

    def members(self, group: int) -> set[int]:
        """Members of a set of opposites that this text states; a negated one counts as the other of two."""
        return {
            self.stated(index, sense)
            for index, senses in enumerate(self.senses)
            for sense in senses
            if sense.table == "opposite" and sense.group == group and not self.is_bound(index)
        }

    def is_bound(self, index: int) -> bool:
        """Whether a comparative is negated and so says neither more nor less: no fewer than, ليس أقل من."""
        at = index - (self.words[index].text in _THAN)
        return self.words[at].text in _COMPARED and at > 0 and _denies(self.words[at - 1].text)

    def stated(self, index: int, sense: Sense) -> int:
        if index not in self.denied:
            return sense.member
        return 1 - sense.member if turned()[sense.group] else sense.member


def contradictions(claim: Sayings, quotes: Sequence[Sayings]) -> list[_Contradiction]:
    """Contradictions of a claim with all of its quotes together, in order, with spans in the claim."""
    return sorted({*_opposites(claim, quotes), *_negated(claim, quotes)}, key=lambda one: one.span)


def other_offices(claim: Sayings, quotes: Sequence[Sayings]) -> list[Span]:
    """Spans in a claim of the offices that its quotes do not have, if they have others: interior and not defence."""
    theirs = {sense for quote in quotes for sense in _offices(quote).values()}
    anywhere = {sense for quote in quotes for senses in quote.senses for sense in senses}
    return [
        claim.words[index].span
        for index, sense in _offices(claim).items()
        if sense not in anywhere and any(other.group == sense.group for other in theirs)
    ]


def _offices(text: Sayings) -> dict[int, Sense]:
    """Offices by index of the word, each next to its minister or ministry: وزير الداخلية, foreign minister."""
    found: dict[int, Sense] = {}
    for index, senses in enumerate(text.senses):
        near = text.words[max(0, index - _BESIDE) : index + _BESIDE + 1]
        if any(not OFFICE_HOLDERS.isdisjoint(forms(word.text)) for word in near):
            found.update((index, sense) for sense in senses if sense.table == "office")
    return found


def _opposites(claim: Sayings, quotes: Sequence[Sayings]) -> Iterator[_Contradiction]:
    for index, senses in enumerate(claim.senses):
        opposite = [sense for sense in senses if sense.table == "opposite"]
        word = claim.words[index].text
        if not opposite or word in _WEAK | _THAN or _is_by(claim.words, index) or claim.is_bound(index):
            continue
        against = False
        for sense in opposite:
            ours = claim.stated(index, sense)
            theirs: set[int] = set().union(*(quote.members(sense.group) for quote in quotes))
            if ours in theirs:
                against = False
                break
            against = against or bool(theirs)
        if against:
            yield _Contradiction("opposite", claim.words[index].span)


def _negated(claim: Sayings, quotes: Sequence[Sayings]) -> Iterator[_Contradiction]:
    loose = any(not _aligned(quote, one, [claim]) for quote in quotes for one in quote.negations)
    for one in claim.negations:
        if one.again or _is_borne_out(claim, one, quotes):
            continue
        firmly = any(_places(claim, index, quote) for index in one.scope[:1] for quote in quotes)
        if one.refusal and (not firmly or any(quote.denies for quote in quotes)):
            continue
        if (firmly and not loose) or not (one.nominal or any(quote.denies for quote in quotes)):
            yield _Contradiction("added", claim.words[one.at].span)
    loose = any(not _aligned(claim, one, quotes) for one in claim.negations)
    for quote in quotes:
        same_script = bool(claim.words and ARABIC.match(claim.words[0].text)) is bool(
            quote.words and ARABIC.match(quote.words[0].text)
        )
        for one in quote.negations:
            here = [place for index in one.scope[: 1 + same_script] for place in _places(quote, index, claim)]
            if not here or one.again or loose or _is_borne_out(quote, one, [claim]):
                continue
            # Another place in the quotes may say it without negation.
            if not any(place not in other.denied for other in quotes for place in _places(claim, here[0], other)):
                yield _Contradiction("dropped", claim.words[here[0]].span)
                return
    says_all = len(quotes) == 1 and len(claim.words) >= _WHOLE * len(quotes[0].words)
    if says_all and not claim.denies and not all(one.nominal or one.refusal for one in quotes[0].negations):
        yield _Contradiction("dropped", Span(claim.words[0].span.start, claim.words[-1].span.end))


def _aligned(text: Sayings, one: Negation, others: Sequence[Sayings]) -> bool:
    """Whether other texts have a word that a negation negates."""
    return any(_places(text, index, other) for index in one.scope for other in others)


def _is_borne_out(text: Sayings, one: Negation, others: Sequence[Sayings]) -> bool:
    """Whether other texts negate what a negation of `text` negates, or state its opposite."""
    for index in one.scope:
        for other in others:
            if any(place in other.denied | other.reach for place in _places(text, index, other)):
                return True
            for sense in text.senses[index]:
                if (
                    sense.table == "opposite"
                    and turned()[sense.group]
                    and 1 - sense.member in other.members(sense.group)
                ):
                    return True
    return False


def _places(text: Sayings, index: int, other: Sayings) -> list[int]:
    """Indexes in `other` of a word of `text`, or of its synonyms if it does not occur."""
    literally = [
        place for place in range(len(other.words)) if _is_same(text.words[index].text, other.words[place].text)
    ]
    if literally:
        return literally
    return [place for place, senses in enumerate(other.senses) if not senses.isdisjoint(text.senses[index])]


def _is_same(one: str, other: str) -> bool:
    arabic = ARABIC.match(one) is not None
    if arabic is not (ARABIC.match(other) is not None):
        return False
    return same(one, other) if arabic else english_stem(one) == english_stem(other)


def _is_by(found: Sequence[Word], index: int) -> bool:
    """Whether it is part of « من قبل », which means by, not before; the قبل of accepting does not apply here."""
    return found[index].text == "قبل" and index > 0 and found[index - 1].text == "من"
