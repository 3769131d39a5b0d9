"""Rewrite a follow-up question into a standalone one for the search; the question shown stays as asked.

Without a model, words of the earlier question are appended as typed. A writer model is asked for a standalone question
in one line; its reply is checked by rules, and an invalid reply falls back to the appended form.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from threading import Event as Cancel
from typing import Final, NamedTuple

from rag.citations import MARKER
from rag.models.llm import one_paragraph, reply
from rag.models.prompts import NONE, followup_prompt
from rag.text.dates import MONTHS
from rag.text.lexicon import (
    ADDING,
    AFTER_OBJECT,
    ASKING,
    BE,
    BEFORE_THAT,
    COPULAR,
    DEMONSTRATIVES,
    ENGLISH_DAYS,
    EXPLETIVE,
    FUNCTION,
    JOINING,
    NO_PRONOUN,
    POINTING,
    POINTING_TIME,
    PRONOUNS,
    RELATIVE,
    THAT_CLAUSE,
    THIN,
    THIS_TIME,
)
from rag.text.links import foreign_links, spaced
from rag.text.name_shapes import (
    english_openers,
    english_titles,
    introduces,
    is_common,
    is_given,
    is_ordinary_arabic,
    is_ordinary_english,
    looks_foreign,
)
from rag.text.names import places
from rag.text.normalise import ARABIC, Normal, Word, has_letters, question_language, same, words
from rag.text.normalise import Word as PlainWord
from rag.types import Generate, Query, Span

# Persons named in an answer, to whom *he* or رافقه of the next question may refer. Rules over words, no model.
#
# Only words that look like names of persons are taken, not places. In doubt fewer are taken.

MOST: Final = 4
"""Maximum number of name words taken."""

_POINTED: Final = re.compile(r"^[«“]([^»”]{1,120})[»”] — ")
_QUOTED: Final = re.compile(r"^[^«“]*+[«“](.+)[»”]", re.DOTALL)
_ANSWER_MARKS: Final = re.compile(r"[.!?؟:;؛\n\"“”«»(،,]")


def people(answer: str) -> list[str]:
    """Words of the persons' names in an answer's first claim, verbatim, at most `MOST`.

    From the words that introduce the claim if there are any, else from its quote; from a whole claim if it quotes
    nothing.
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
        # The family name after a given name, and the name after a title.
        before = (
            found[at - 1] if at and not _ANSWER_MARKS.search(text[found[at - 1].span.end : word.span.start]) else None
        )
        if before is not None and is_given(before.text) and word.text.startswith("ال"):
            return not is_common(word)  # وليد المعلم: a family name is often also an ordinary word
        named = before is not None and (is_given(before.text) or looks_foreign(before.text) or introduces(before.text))
        return named and not is_ordinary_arabic(word)
    return (
        text[word.span.start].isupper()
        and word.text not in english_openers() | english_titles()
        and not is_ordinary_english(word.text)
    )


# Detects pronouns and demonstratives in a question that refer to something outside it.
#
# Rules over the surrounding words, in Arabic and English. A pronoun bound inside its question ("Who accompanied Muallem
# on his trip?") refers to nothing before it.


class _QuestionWord(NamedTuple):
    """A word of a question: its normalised form, its position and its content weight (0, ½ or 1)."""

    text: str
    span: Span
    weight: float
    is_name: bool


def _points(words: Sequence[_QuestionWord], at: int, text: str) -> bool:
    """Whether a word refers to something that this question does not name."""
    word = words[at]
    before = words[at - 1].text if at else ""
    after = words[at + 1] if at + 1 < len(words) else None
    if ARABIC.match(word.text):
        return _points_in_arabic(words, at, before, after) or _hangs(words, at, text)
    return text[word.span.end : word.span.end + 1] != "-" and _points_in_english(words, at, before, after)


def _points_in_arabic(words: Sequence[_QuestionWord], at: int, before: str, after: _QuestionWord | None) -> bool:
    form = _bare(words[at].text)
    if form in POINTING:
        if after is None or not after.weight:
            return True
        # هذا العام refers to the present; in أن هذا المؤتمر the words are those of somebody whom the question names.
        return after.text not in THIS_TIME and not (before in THAT_CLAUSE and after.text.startswith("ال"))
    if form in POINTING_TIME:
        return True
    if form == "هناك":
        return after is None and at > 0
    copular = form in {"هو", "هي", "هم", "هما"} and _is_asking(before) and after is not None
    return form in PRONOUNS and not copular and not _named(words[:at])


def _points_in_english(words: Sequence[_QuestionWord], at: int, before: str, after: _QuestionWord | None) -> bool:
    form, following = words[at].text, after.text if after else ""
    if form in DEMONSTRATIVES:
        return following not in DEMONSTRATIVES[form]
    if form == "that":
        of_little = following in AFTER_OBJECT and sum(word.weight for word in words) <= len(("said", "Moscow"))
        return after is None or before in BEFORE_THAT or of_little
    if form == "there":
        return after is None and at > 0
    if form == "then":
        return after is None or at == 0 or before in {"since", "by", "until", "and"}
    is_object = not following or following in AFTER_OBJECT
    if form == "it":
        return following not in EXPLETIVE and (is_object or not _named(words[:at]))
    if form in {"him", "them", "hers", "theirs"} or (form == "her" and is_object):
        return True
    return form in PRONOUNS and not _named(words[:at])


def _named(before: Sequence[_QuestionWord]) -> bool:
    """Whether something before a pronoun may be its referent: a name, الوزير, "the minister" or a relative clause."""
    for at, word in enumerate(before):
        earlier = before[at - 1].text if at else ""
        if word.is_name or (at and word.text in RELATIVE):
            return True
        if word.weight and (word.text.startswith("ال") or earlier in {"the", "a", "an", "many", "which"}):
            return True
    return False


def _hangs(words: Sequence[_QuestionWord], at: int, text: str) -> bool:
    """Whether an Arabic word carries a suffixed pronoun (رافقه, بلادها) with no possible referent before it."""
    word = words[at]
    raw = word.span.of(text)
    if not word.weight or not ARABIC.match(word.text) or word.text in NO_PRONOUN or word.text.startswith("ال"):
        return False
    after = words[at + 1] if at + 1 < len(words) else None
    ending = next((end for end in ("هما", "ها", "هم", "ه") if raw.endswith(end)), None)
    if ending is None or len(word.text) - len(ending) < len("قال"):
        return False
    # زياره الوزير: ه is often written for ة, and then the noun that completes the phrase follows.
    return (ending != "ه" or after is None or not after.weight) and not _named(words[:at])


def _bare(form: str) -> str:
    """A function word without a leading و or ف."""
    return form[1:] if form[0] in "وف" and form not in FUNCTION | THIN | ASKING else form


def _is_asking(form: str) -> bool:
    return form in ASKING or (form[0] in "وف" and form[1:] in ASKING)


# Decides whether a question depends on the previous turn, by rules over its words in Arabic and English.
#
# Conservative: a standalone question taken for a follow-up is searched with unrelated words.

_WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_ABOUT: Final = re.compile(r"^(?:[وف]?ماذا عن|(?:and |but |so )?(?:what|how) about)\b")

_FEW = 1.5
"""Below this content weight a question depends on the previous turn."""
_OPENED = 3.0
"""The same for a question that begins with *and* or asks who else."""
_OPENED_NAMING = 2.5
"""The same if it also names something: وما عدد سكان القاهرة؟ is complete, ومتى زار القاهرة؟ has no subject."""
_POINTS = 4.0
"""The same, inclusive, for a question with a pronoun that has no referent in it."""


@dataclass(frozen=True, slots=True)
class _Question:
    """A question analysed for its content weight."""

    text: str
    words: tuple[_QuestionWord, ...]
    joins: bool
    points: bool

    @classmethod
    def read(cls, text: str) -> _Question:
        return _read(text)

    @property
    def weight(self) -> float:
        """Content weight: an ordinary word or a name counts 1, a weak word ½."""
        return sum(word.weight for word in self.words)

    @property
    def names(self) -> bool:
        return any(word.is_name for word in self.words)

    def content(self) -> list[_QuestionWord]:
        """Its words without question words, function words and weak words."""
        return [word for word in self.words if word.weight == 1]


_WHERE: Final = frozenset({"اين", "وين", "فين"})
_OF_THINGS: Final = _WHERE | {"من", "ما", "ماهو", "ماهي", "مين", "شو"}
"""Question words that a name alone may follow."""


def leans(text: str) -> bool:
    """Whether a question needs the previous turn to be understood."""
    question = _Question.read(text)
    if not question.words:
        return False
    if question.points and question.weight <= _POINTS:
        return True
    if _defines(question.words):
        return False
    least = (_OPENED_NAMING if question.names else _OPENED) if question.joins else _FEW
    many = 0.5 if [word.text for word in question.words[:2]] == ["how", "many"] else 0.0
    return question.weight - many < least and _asks(question)


def _may_lean(text: str) -> bool:
    """Whether a model should be asked to rewrite: the question depends on the previous turn or is not clearly
    standalone."""
    question = _Question.read(text)
    if leans(text) or question.points:
        return True
    little = not question.names and 0 < question.weight < _OPENED_NAMING and _asks(question)
    return not _defines(question.words) and (question.joins or little)


def _asks(question: _Question) -> bool:
    """Whether the text asks something; bare words are a plain search."""
    return question.joins or question.text.rstrip().endswith(("?", "؟")) or _is_asking(question.words[0].text)


def _defines(words: Sequence[_QuestionWord]) -> bool:
    """Whether the question has the form "who, what or where is X", which is complete if X is a name."""
    content = [word for word in words if word.weight]
    plain = {_bare(word.text) for word in words if not word.weight}
    between = plain - ASKING - BE - COPULAR
    if not content or between or not all(word.is_name for word in content) or not _is_asking(words[0].text):
        return False
    return len(content) > 1 or not ARABIC.match(content[0].text) or _is_definable(words[0].text, content[0])


def _is_definable(asking: str, word: _QuestionWord) -> bool:
    """Whether one Arabic word after a question word may be what is asked about, and not a verb: أين سوتشي؟, متى ولد؟"""
    if word.text.startswith("ال"):
        return True
    asking = _bare(asking).lstrip("وف")
    if asking not in _OF_THINGS:
        return False
    known = is_given(word.text) or looks_foreign(word.text) or places("", [PlainWord(word.text, word.span)])
    return bool(known) or asking not in _WHERE


@lru_cache(maxsize=256)
def _read(text: str) -> _Question:
    normal = Normal.of(text)
    matches = list(_WORD.finditer(normal.text))
    spans = [normal.span(*match.span()) for match in matches]
    forms = [re.sub("['’]s?$", "", match.group()) for match in matches]
    words = tuple(_weighed(form, span, text) for form, span in zip(forms, spans, strict=True))
    return _Question(text, words, _joins(normal.text, forms), any(_points(words, at, text) for at in range(len(words))))


def _weighed(form: str, span: Span, text: str) -> _QuestionWord:
    alone = _bare(form)
    if _is_asking(form) or alone in FUNCTION or form in FUNCTION or form in JOINING or alone in ADDING:
        return _QuestionWord(form, span, 0.0, is_name=False)
    if alone in THIN or form in THIN:
        return _QuestionWord(form, span, 0.5, is_name=False)
    if ARABIC.match(form):
        name = len(form) > 1 and not is_common(PlainWord(form, span)) and form not in MONTHS
    else:
        name = span.of(text)[0].isupper() and form not in english_openers() | english_titles() | ENGLISH_DAYS
    return _QuestionWord(form, span, 1.0, name or form[0].isdigit())


def _joins(normal: str, forms: Sequence[str]) -> bool:
    """Whether it opens with *and* or a similar word before what it asks, or asks for more of the same."""
    if not forms:
        return False
    first, second = forms[0], forms[1] if len(forms) > 1 else ""
    after = first[1:] if first[0] in "وف" and first not in FUNCTION | ASKING else None
    joined = after is not None and (after in ASKING or (after in FUNCTION and second in ASKING))
    apart = first == "و" and second in ASKING
    about = _ABOUT.match(normal.lstrip(" «“\"'")) is not None
    return joined or apart or first in JOINING or about or not ADDING.isdisjoint(forms)


EarlierTurns = Sequence[tuple[str, str]]

_MOST_WORDS: Final = 24
"""Maximum number of words appended from earlier questions."""
_LONGEST: Final = 300
"""Maximum length of a question that a model wrote, in code points."""

_REFUSAL: Final = re.compile(
    r"\b(?:i (?:can ?not|can['’]t|am unable|don['’]t|do not)|sorry|as an ai|language model)\b|"
    r"(?:لا (?:أستطيع|يمكنني|أعرف)|عذرا|آسف|نموذج لغوي)",
    re.IGNORECASE,
)
_LABEL: Final = re.compile(
    r"^(?:(?:the )?(?:rewritten |whole |full )?question|(?:ال)?سؤال(?: (?:ال)?(?:كامل|تام))?)\s*:\s*", re.IGNORECASE
)
_WHO: Final = frozenset({"من", "ومن", "لمن", "ممن", "who", "whom", "whose"})
_MARKS: Final = "«»“”\"'‘’"


def whole(query: Query, generate: Generate | None = None, cancel: Cancel | None = None) -> Query:
    """The query with a standalone question in `searched` if it depends on the history; otherwise unchanged.

    `generate` is a writer model, called only if the question may depend on the history. A failure, a cancellation or a
    reply that is not a one-line question gives the appended form; nothing is raised.
    """
    if not query.history or query.searched != query.question:
        return query
    leaning = leans(query.question)
    if generate is not None and (leaning or _may_lean(query.question)):
        prompt = followup_prompt(query.question, query.history, query.language)
        written = reply(generate, prompt, cancel or Cancel())
        if written is not None and (question := rewritten(written, query)):
            return replace(query, searched=question)
    return replace(query, searched=completed(query.question, query.history)) if leaning else query


def completed(question: str, history: EarlierTurns) -> str:
    """The question with the words of the last standalone question appended: «ومتى كان ذلك؟ (زار المعلم سوتشي)».

    Earlier follow-ups contribute their words and those of the question before them, oldest first. The words are slices
    of those questions, without question words, conjunctions, pronouns and repeated words. If the last question asked
    who, and this one has a pronoun, the persons named in its answer come first: «ومن رافقه؟».
    """
    said = [word.text for word in _Question.read(question).content()]
    turns: list[list[tuple[_QuestionWord, str]]] = []
    for asked, _ in reversed(history):
        turns.append([(word, word.span.of(asked)) for word in _Question.read(asked).content()])
        if not leans(asked):
            break
    added: list[str] = []
    if history and _Question.read(question).points and _asks_who(history[-1][0]):
        added = [name for name in people(history[-1][1]) if not _said(name, said)]
        said += [Normal.of(name).text for name in added]
    for word, typed in (pair for turn in reversed(turns) for pair in turn):
        if not _said(word.text, said):
            said.append(word.text)
            added.append(typed)
    return f"{question} ({' '.join(added[:_MOST_WORDS])})" if added else question


def _said(word: str, said: Sequence[str]) -> bool:
    form = Normal.of(word).text
    return any(form == other or same(form, other) for other in said)


def _asks_who(question: str) -> bool:
    return not _WHO.isdisjoint(word.text for word in words(question))


def rewritten(written: str, query: Query) -> str | None:
    """A model's reply as a question to search; None unless it is one line with a question that has content.

    Its language must be that of the question or the answer, it must keep a question mark, and it must not contain a
    link that is not in the conversation.
    """
    lines = [line for line in map(one_paragraph, written.strip().splitlines()) if line]
    if len(lines) != 1:
        return None
    question = spaced(_LABEL.sub("", lines[0].strip(_MARKS)).strip(_MARKS + " "))
    refused = question.casefold().strip(".") == NONE or _REFUSAL.search(question) or MARKER.search(question)
    if refused or not has_letters(question) or len(question) > _LONGEST:
        return None
    if foreign_links(question, [query.question, *(text for turn in query.history for text in turn)]):
        return None
    if query.question.rstrip().endswith(("?", "؟")) and not question.endswith(("?", "؟")):
        return None
    if question_language(question) not in {query.language, question_language(query.question)}:
        return None
    return question
