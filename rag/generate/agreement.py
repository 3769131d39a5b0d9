"""Notices that compare the cited reports: whether they agree on the figure or day that the question asks for.

Conservative: two sentences are compared only if they share enough words of the question and, by the claim checks,
differ in nothing but that one figure or day. Names are not compared.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

from rag.generate.generators import EXCLUSIVE, qualifier_before
from rag.retrieve.deduplicate import share_of_words
from rag.retrieve.question import answer_type
from rag.text.concepts import Sense, senses_of
from rag.text.dates import DateMention, Day, dates, day_of
from rag.text.messages import attribution, count_sources, day_in_words, say
from rag.text.normalise import Word, has_letters, tokens, words
from rag.text.numbers import Number, numbers
from rag.types import Citation, Context, Evidence, Language, Notice, Span, independent
from rag.verify.claims import check, context_of
from rag.verify.figures import harm_of
from rag.verify.names import NameReading

# Notice that several reports fit the question: names the one that the answer begins with and the others.
#
# Uses search results and publication days only.

_NAMED: Final = 3
"""Maximum number of other reports that the notice names; "…" replaces the rest."""
_SHARE: Final = 0.1
"""How much smaller the share of the question's words in another report's sentence may be."""


def several(shown: Sequence[Evidence], question: str, language: Language) -> Notice | None:
    """Notice that other reports fit too, each with its day. None if only one fits or if the question names a day.

    `shown` is the evidence near the best, starting with what the answer begins with. Another report fits if its
    sentence holds as many of the question's words as the first one's, minus at most `_SHARE`, and if it was published
    on another day.
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
        if published is None or published.value in days or _held(item) < _held(first) - _SHARE:
            continue
        days.add(published.value)
        others.append(attribution(item.article, language))
    if not others:
        return None
    named = ("، " if language == "ar" else "; ").join(others[:_NAMED]) + (" …" if others[_NAMED:] else "")
    return Notice("several", say("several", language, first=attribution(first.article, language), others=named))


def _held(item: Evidence) -> float:
    """Share of the question's words that the sentence holds, in [0, 1]."""
    shares = dict(zip(item.hit.passage.sentences, item.hit.words, strict=False))
    return max((share for span, share in shares.items() if span.contains(item.span)), default=0.0)


_ALIKE: Final = 0.3
"""Minimum share of words that two sentences have in common, not counting figures and days."""
_ASKED: Final = 0.75
"""Minimum share that both sentences have of the question's words found in either; `_FEWEST` is the minimum count."""
_FEWEST: Final = 2
_APART_BY: Final = 2
"""Minimum number of words between two figures that count as separate."""
_SHORTEST: Final = 3
"""Minimum length, in letters, of a word that can distinguish two statements."""
_BEHIND: Final = re.compile(
    r"(?:(?:[،,]\s*+|(?<!\s)\s++)?+(?:(?<!\w)(?:بحسب|وفقا?|حسبما|حسب)(?!\w)|\baccording to\b)|"
    r"(?:(?<!\s)\s++)?+,[^,]*\b(?:said|says|announced|reported)\b).*$",
    re.DOTALL,
)
"""An attribution that follows the statement."""
_NEVER: Final = frozenset({"unit", "negation", "opposite", "roles"})
_APART: Final = frozenset({"figure", "date", "speaker", "words", "similarity"})
"""Problem kinds that do not distinguish two statements: figures and days are compared here, and the citation shows the
speaker."""


@dataclass(frozen=True, slots=True)
class _Stated:
    """A sentence with the one figure or day in it that may answer: its value, its words and what it counts."""

    item: Evidence
    value: Fraction | Day
    text: str
    counts: str
    others: frozenset[Fraction]
    days: frozenset[tuple[int | None, int | None]]
    harm: frozenset[Sense] = frozenset()
    """Whether those whom it counts were killed or wounded."""


def agreement(
    evidence: Sequence[Evidence], citations: Sequence[Citation], question: str, language: Language
) -> Notice | None:
    """Notice of what the reports say about the figure or day that the question asks for; None if nothing can be
    compared.

    Kinds: ``agree`` (independent sources give the same value), ``differ`` (independent sources of one day give
    different values), ``changes`` (reports of different days give different values), ``variants`` (files of one story
    give different values). `evidence` is what may be shown, starting with what the answer begins with.
    """
    kind = answer_type(question)
    if kind is None or kind == "reason":
        return None
    read = [one for item in evidence if (one := _read(item, kind, question)) is not None]
    if not read or read[0].item is not evidence[0]:
        return None
    alike = [read[0], *(one for one in read[1:] if _comparable(read[0], one, question))]
    said: dict[Fraction | Day, list[_Stated]] = {}
    for one in alike:
        said.setdefault(one.value, []).append(one)
    count = independent([one.item.stories or {one.item.article.id} for one in alike])
    if len(said) == 1:
        return _notice("agree", list(said.values()), citations, language) if count > 1 else None
    published = {one.item.article.published.value if one.item.article.published else None for one in alike}
    if count == 1:
        return _notice("variants", list(said.values()), citations, language)
    if len(published) == 1:
        return _notice("differ", list(said.values()), citations, language)
    return None if None in published else _notice("changes", list(said.values()), citations, language)


def _notice(
    kind: Literal["agree", "differ", "changes", "variants"],
    groups: Sequence[Sequence[_Stated]],
    citations: Sequence[Citation],
    language: Language,
) -> Notice:
    comma, semicolon = ("، ", "؛ ") if language == "ar" else (", ", "; ")
    parts = []
    for group in groups:
        where = dict.fromkeys(_place(one, citations, language, dated=kind == "changes") for one in group)
        count = independent([one.item.stories or {one.item.article.id} for one in group])
        who = count_sources(count, language) if kind in {"agree", "differ"} else ""
        parts.append(say("said_by", language, who=who, value=group[0].text, where=comma.join(where)).strip())
    return Notice(kind, say(kind, language, said=semicolon.join(parts)))


def _place(one: _Stated, citations: Sequence[Citation], language: Language, *, dated: bool) -> str:
    """Outlet of the statement, or its file if that states none; with the report's day in words if `dated`, and with the
    citation number if the statement is cited."""
    article = one.item.article
    number = next(
        (it.number for it in citations if it.article.id == article.id and it.span.contains(one.item.span)), None
    )
    name = article.outlet.value if article.outlet else say("file", language, source=article.name)
    day = f" {day_in_words(article.published.value, language)}" if dated and article.published else ""
    return f"{name}{day}" + (f" [{number}]" if number else "")


def _read(item: Evidence, kind: Literal["number", "date"], question: str) -> _Stated | None:
    """The one figure or day in a sentence that may be the answer; None if there is none or more than one."""
    text = item.text
    mentions = dates(text)
    figures = [one for one in numbers(text) if one.certain and not _inside(one.span, mentions)]
    asked = {one.value for one in numbers(question)}
    days = frozenset((one.month, one.year) for one in mentions if one.month or one.year)
    if kind == "number":
        new = [one for one in figures if one.value not in asked]
        counted = {unit_or_noun(word.text) for word in words(question)}
        answers = [one for one in new if counted_by(text, one) in counted] or new
        if len(answers) != 1 or any(_joined(text, answers[0].span, one.span) for one in numbers(text)):
            return None
        answer = answers[0]
        if len(set(answer.readings)) > 1:
            return None  # 1.500 may be 1500, مليونا may be one or two
        others = frozenset(one.value for one in figures) - {answer.value}
        bound = qualifier_before(text[: answer.span.start])
        counts = f"{counted_by(text, answer)} {bound if bound in EXCLUSIVE else ''}"
        return _Stated(item, answer.value, answer.span.of(text), counts, others, days, frozenset(harm_of(text, answer)))
    context = context_of(item.article, item.span)
    known = {one.parts for one in dates(question)}
    told = {one.span: day for one in mentions if one.parts not in known and (day := _day(one, context)) is not None}
    if len(told) != 1:
        return None
    ((span, day),) = told.items()
    parts = "".join("x" if part else "-" for part in (day.day, day.month, day.year))
    return _Stated(item, day, span.of(text), parts, frozenset(one.value for one in figures), frozenset())


def _day(mention: DateMention, context: Context) -> Day | None:
    """The day that a mention refers to, or only its month or year if it names no day."""
    if mention.day is None and (mention.month or mention.year):
        return Day(None, mention.month, mention.year)
    return day_of(mention, context)


def _comparable(one: _Stated, other: _Stated, question: str) -> bool:
    """Whether two sentences state the same thing, except possibly the value."""
    if one.counts != other.counts or one.days != other.days:
        return False
    if one.harm and other.harm and one.harm != other.harm:
        return False
    if not (one.others <= other.others or other.others <= one.others):
        return False
    asked = set(tokens(question))
    ours, theirs = set(tokens(one.item.text)) & asked, set(tokens(other.item.text)) & asked
    if len(ours & theirs) < _FEWEST or share_of_words(ours, theirs) < _ASKED:
        return False
    if _told_apart(one, other):
        return False
    bare = [set(tokens(it.item.text.replace(it.text, " "))) for it in (one, other)]
    if share_of_words(*bare) < _ALIKE:
        return False
    lacks = [_problems(one, other), _problems(other, one)]
    return all(it.isdisjoint(_NEVER) for it in lacks) and not all(it - _APART for it in lacks)


def _told_apart(one: _Stated, other: _Stated) -> bool:
    """Whether each of two sentences says something that the other does not, ignoring attributions. Examples: the
    ministry of health in one and of education in the other; this year in one and next year in the other."""
    texts = [_BEHIND.sub("", it.item.text.replace(it.text, " ")) for it in (one, other)]
    reads = [NameReading.of(text) for text in texts]
    return all(_own_words(ours, theirs) for ours, theirs in (reads, reads[::-1]))


def _own_words(ours: NameReading, theirs: NameReading) -> list[Word]:
    """Words that only `ours` has, from the first shared word on: an attribution precedes that word."""
    shared = [theirs.has(word) for word in ours.words]
    first = shared.index(True) if True in shared else 0
    return [
        word
        for word, both in zip(ours.words[first:], shared[first:], strict=True)
        if not both and len(word.text) >= _SHORTEST and has_letters(word.text)
    ]


def _problems(one: _Stated, other: _Stated) -> set[str]:
    """Kinds of the problems found when `one` is checked as a claim against `other`."""
    verdict = check(
        one.item.text,
        [other.item.text],
        similarity=None,
        min_similarity=0.0,
        contexts=[context_of(other.item.article, other.item.span)],
    )
    return {problem.kind for problem in verdict.problems}


def counted_by(text: str, number: Number) -> str:
    """What a figure counts: "%" for a percentage, the unit if known, otherwise the stem of the following word."""
    if number.kind == "percent":
        return "%"
    behind = words(text[number.span.end :])[:1]
    if not behind or text[number.span.end : number.span.end + behind[0].span.start].strip():
        return ""
    return unit_or_noun(behind[0].text)


def unit_or_noun(word: str) -> str:
    units = sorted(sense for sense in senses_of(word) if sense.table == "unit")
    return f"{units[0].group}:{units[0].member}" if units else "".join(tokens(word))


def _joined(text: str, one: Span, other: Span) -> bool:
    """Whether two figures may form one, such as "a million and a half" or "16 to 20"."""
    if one == other:
        return False
    between = text[min(one.end, other.end) : max(one.start, other.start)]
    return len(tokens(between)) < _APART_BY


def _inside(span: Span, mentions: Sequence[DateMention]) -> bool:
    return any(span.start < one.span.end and one.span.start < span.end for one in mentions)
