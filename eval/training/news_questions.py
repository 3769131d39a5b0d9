"""Generate cloze questions from Arabic news by rules, and filter them with a reader.

``python -m eval.training.news_questions OUT --reader WEIGHTS`` writes JSON Lines with one question each. A sentence of
the ANT corpus becomes a question by removing its subject, a date, a place, a number, a name or a clause (rule-based
cloze translation: Lewis et al. 2019, arXiv 1906.04980). A question is kept if a first reader finds the same words in
the passage (round-trip consistency: Alberti et al. 2019, arXiv 1906.05416). The file has article ids and spans in code
points, and no text of an article.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from eval.bench.data import read_news
from eval.metrics import token_f1
from eval.training.examples import MEASURED_NEWS, pieces
from eval.training.news_clauses import (
    QUOTES,
    Clause,
    Token,
    clause_end,
    clause_of,
    feminine,
    is_adjunct,
    is_arabic,
    is_month,
    is_number,
    is_place,
    is_vague,
    is_verbal,
    joined_tokens,
    name_end,
    phrase_end,
    place_at,
    span_of,
    subject_of,
    times,
    tokens_of,
    verbs,
    without_article,
    without_times,
)
from eval.training.news_words import (
    ACTIONS,
    AFTER,
    AGAINST,
    AMOUNTS,
    ASKED_AFTER,
    ASKED_OBJECT,
    BARE,
    BODIES,
    CAUSES,
    DAYS,
    ENGLISH_ASKING,
    ENGLISH_VERBS,
    ENGLISH_WORDS,
    FEMALE,
    HONOURS,
    LARGE,
    MEASURED,
    NEEDING,
    NEVER_SUBJECT,
    NUMBERED,
    OFFICES,
    OPEN,
    PEOPLE,
    PREPOSITIONS,
    PRICED,
    SAYING_TO,
    SINGULAR,
    STOPS,
    SWAPS,
    THAT,
    THINGS,
    TIME,
    TIME_BEFORE,
    UNITS,
    WITH_PREFIX,
    WITHIN,
)
from rag.text.name_shapes import is_given, is_particle
from rag.text.normalise import normal_form, tokens
from rag.text.sentences import sentences
from rag.types import Span

if TYPE_CHECKING:
    from rag.types import Article

logger = logging.getLogger("isnad.training")

LEAST_F1: Final = 0.6
"""Minimum token F1 of the reader's answer with the rule's answer to keep a question."""
LONGEST_QUESTION: Final = 26
"""Maximum length in words."""
LONGEST_ANSWER: Final = 20
"""Maximum length in words; about 30 tokens."""
A_PIECE: Final = 4
"""Maximum number of questions per passage."""


@dataclass(frozen=True, slots=True)
class MadeQuestion:
    """A question about an article; `piece` and `answer` are spans in code points of the article's text."""

    article: str
    piece: Span
    question: str
    answer: Span
    kind: str
    query: str = ""
    """The question in Arabic, if `question` is in another language."""

    def json(self) -> dict[str, Any]:
        """Return the JSON object of a line of the file."""
        return {
            "article": self.article,
            "piece": list(self.piece),
            "question": self.question,
            "answer": list(self.answer),
            "kind": self.kind,
        } | ({"query": self.query} if self.query else {})


class Candidate(NamedTuple):
    """A question and the span of its answer in the article.

    `asking` is the question type, a key of `ENGLISH_ASKING`; `body` are the words after the question words.
    """

    kind: str
    question: str
    answer: Span
    asking: str
    body: tuple[str, ...] = ()


# ---------------------------------------------------------------------------------------------- the rules


def candidates(text: str, piece: Span, rng: random.Random) -> Iterator[Candidate]:
    """Yield the questions that the rules generate from a passage, sentence by sentence; `rng` selects their wording.

    Leaves out questions that contain their answer, or are too short to be understood.
    """
    for sentence in sentences(text, piece):
        found = tokens_of(text, sentence)
        clause = clause_of(found)
        made = [*_offices(found, rng)]
        if clause is not None:
            for rule in _RULES:
                made += rule(clause, rng)
        for one in made:
            one = _tidy(one, text)
            if _is_good(one, text):
                yield one


def _tidy(one: Candidate, text: str) -> Candidate:
    """Add the question mark, and extend an answer with one quotation mark to the matching one."""
    start, end = one.answer
    if sum(letter in QUOTES for letter in text[start:end]) % 2 and text[end : end + 1] in QUOTES:
        end += 1
    elif sum(letter in QUOTES for letter in text[start:end]) % 2 and text[start - 1 : start] in QUOTES:
        start -= 1
    return one._replace(question=" ".join(one.question.split()) + "؟", answer=Span(start, end))


def _is_good(one: Candidate, text: str) -> bool:
    length = len(one.question.split())
    answer = one.answer.of(text)
    if not 3 <= length <= LONGEST_QUESTION or not answer.strip() or len(answer.split()) > LONGEST_ANSWER:
        return False
    asked, told = tokens(one.question), tokens(answer)
    held = sum(token in asked for token in told)
    if sum(letter in QUOTES for letter in answer) % 2:
        return False
    if not told or held > 0.5 * len(told) or "\n" in answer:
        return False
    normal = [normal_form(word) for word in one.question.rstrip("؟").split()]
    if "()" in one.question or "( )" in one.question:
        return False
    if any(first in BARE and second in BARE for first, second in pairwise(normal)):
        return False
    return one.question.count("(") == one.question.count(")") and answer.count("(") == answer.count(")")


def _shortened(
    found: Sequence[Token], rng: random.Random, *, verb: str = "", least: int = 4, longest: int = 15
) -> tuple[Token, ...]:
    """Shorten a clause at random: in half of the cases without times, in half of them cut before a preposition.

    Keeps the preposition that `verb` needs, with what follows. Empty if a long clause has no place to cut.
    """
    kept = list(found)
    if rng.random() < 0.5:
        kept = without_times(kept)
    for preposition, needing in ASKED_AFTER.items():
        if verb in needing:
            at = next((at for at, one in enumerate(kept) if _stem_preposition(one.normal) == preposition), 0)
            least = max(least, at + 3 if at else 0)
            if not at and verb in NEEDING:
                return ()
    if len(kept) < least - 1:
        return ()
    if len(kept) > least and (len(kept) > longest or rng.random() < 0.5):
        ends = [
            at
            for at in range(least, min(longest + 1, len(kept)))
            if kept[at].normal in PREPOSITIONS
            and kept[at - 1].normal not in PREPOSITIONS
            and without_article(kept[at - 1].normal.removeprefix("ب")) not in OPEN
            and not is_verbal(kept[at - 1].normal)
        ]
        if ends:
            kept = kept[: rng.choice(ends)]
        elif len(kept) > longest:
            return ()
    while kept and (
        kept[-1].normal in PREPOSITIONS
        or not kept[-1].is_word
        or is_particle(kept[-1].normal)
        or len(kept[-1].normal) == 1
    ):
        kept.pop()
    return tuple(kept)


def _stem_preposition(normal: str) -> str:
    return "ب" if normal[0] == "ب" and normal not in PREPOSITIONS else normal


def _swapped(words_of: Iterable[str], rng: random.Random) -> list[str]:
    return [rng.choice(SWAPS[word]) if word in SWAPS and rng.random() < 0.35 else word for word in words_of]


def _asked(asking: str, found: Sequence[Token], rng: random.Random, verb: str = "") -> str:
    return " ".join([asking, *_swapped([*([verb] if verb else []), *joined_tokens(found).split()], rng)])


def _who(clause: Clause, rng: random.Random) -> Iterator[Candidate]:
    """Ask for the subject: «من استقبل المعلم في سوتشي؟»."""
    start, end = subject_of(clause)
    if clause.quotes or end == start or end >= len(clause.rest) or is_vague(clause.rest[start:end]):
        return
    rest = _shortened((*clause.rest[:start], *clause.rest[end:]), rng, verb=clause.key)
    if len(without_times(rest)) < 3 or rest[0].normal.startswith("بين"):
        return
    # An office after an intransitive verb is in apposition to the subject.
    if without_article(rest[0].normal) in OFFICES and clause.key not in ASKED_OBJECT:
        return
    if clause.verb.says and rest[0].normal == "في":
        return
    key, head = clause.key, clause.rest[start].normal
    yield Candidate(
        "who", _asked(_asking_who(clause, head, rng), rest, rng), span_of(clause.rest[start:end]),
        "what" if key in THINGS else "who", (clause.masculine, *(token.text for token in rest)),
    )  # fmt: skip


def _asking_who(clause: Clause, head: str, rng: random.Random) -> str:
    """Return question words for a predicate, with the verb in the matching form."""
    verb = clause.masculine
    if clause.key in THINGS and without_article(head) not in OFFICES | BODIES:
        return rng.choice((f"ما الذي {verb}", f"ماذا {verb}"))
    if clause.verb.feminine and without_article(head) in BODIES:
        return rng.choice((f"ما هي الجهة التي {clause.surface}", f"أي جهة {clause.surface}", f"من {verb}"))
    if clause.verb.feminine and without_article(head) in FEMALE:
        return rng.choice((f"من {clause.surface}", f"من هي التي {clause.surface}", f"من التي {clause.surface}"))
    return rng.choice((f"من {verb}", f"من {verb}", f"من الذي {verb}", f"من هو الذي {verb}"))


def _said(clause: Clause, rng: random.Random) -> Iterator[Candidate]:
    """Ask who said something, and what somebody said: «من أكد أن…؟», «ماذا قال الوزير عن…؟»."""
    whole = clause.whole
    that = next((at for at, token in enumerate(whole[:22]) if token.normal in THAT), None)
    if not clause.verb.says or not that or any(token.normal in NEVER_SUBJECT for token in whole[:2]):
        return
    end = _speaker(whole[:that])
    said = whole[that + 1 :]
    said = said[: clause_end(said, STOPS - WITHIN)]
    if not end or len(said) < 4 or is_vague(whole[:end]):
        return
    speaker = whole[:end]
    verb, linked = _saying(clause, whole[that].normal, rng)
    predicate = next((at for at, one in enumerate(said) if at and is_verbal(one.normal)), 14)
    told = _shortened(said, rng, least=predicate + 3, longest=16)
    if len(told) >= 4:
        asking = rng.choice((f"من {verb}", f"من {verb}", f"من الذي {verb}"))
        yield Candidate(
            "who said", " ".join([asking, linked, *_swapped(joined_tokens(told).split(), rng)]), span_of(speaker),
            "who said", tuple(token.text for token in told),
        )  # fmt: skip
    if said[0].normal not in {"علي", "رغم", "بعد"}:
        pronoun = whole[that].normal.endswith(("ه", "ها", "هم"))
        yield from _said_what(clause, joined_tokens(speaker), said, rng, pronoun=pronoun)


def _said_what(
    clause: Clause, speaker: str, said: Sequence[Token], rng: random.Random, *, pronoun: bool
) -> Iterator[Candidate]:
    """Ask what a speaker said, and if possible about which topic.

    The topic is the first noun phrase of the clause, unless the clause begins with a `pronoun`.
    """
    answer = said if len(said) <= LONGEST_ANSWER else said[: _cut(said)]
    verb = rng.choice((clause.masculine, "قال", "صرح", "أعلن", "ذكر") if clause.key != "نفي" else ("نفى",))
    asking = "بماذا" if verb == "صرح" else "ماذا"
    question = f"{asking} {feminine(verb) if clause.verb.feminine else verb} {speaker}"
    body: tuple[str, ...] = (clause.masculine, *speaker.split())
    topic = phrase_end(said, 0, longest=5)
    if 2 <= topic < len(answer) - 2 and not pronoun:
        about = rng.choice(("عن", "بشأن", "بخصوص", "حول"))
        question = f"{question} {about} {joined_tokens(said[:topic])}"
        body = (*body, "about", *(token.text for token in said[:topic]))
        answer = answer[topic:] if rng.random() < 0.5 and is_verbal(said[topic].normal) else answer
    while answer and (answer[-1].normal in PREPOSITIONS or is_particle(answer[-1].normal)):
        answer = answer[:-1]
    if len(answer) >= 4:
        yield Candidate("said what", question, span_of(answer), "what did", body)


def _attributed(clause: Clause, rng: random.Random) -> Iterator[Candidate]:
    """Ask who said a sentence that names its source at the end: «وفق ما أكده مدير المستشفى»."""
    whole = clause.whole
    for at in range(4, len(whole) - 3):
        source, following = whole[at].normal, whole[at + 1].normal
        if source != "حسبما" and not (source in {"وفق", "حسب", "بحسب", "وفقا"} and following == "ما"):
            continue
        at += 1 + (whole[at + 1].normal == "ما")
        verb = verbs().get(whole[at].normal.removesuffix("ه")) or verbs().get(whole[at].normal)
        if verb is None or not verb.says:
            return
        at += 1 + (at + 1 < len(whole) and whole[at + 1].normal in {"به", "بها"})
        while at < len(whole) and (whole[at].normal in TIME or not whole[at].is_word):
            at += 1
        end = _speaker(whole[at:])
        told = _shortened(clause.rest, rng, verb=clause.key, least=clause.least)
        if not end or not told or is_vague(whole[at : at + end]) or whole[at].normal in NEVER_SUBJECT:
            return
        asking = rng.choice(("من أكد أنه", "من قال إنه", "من أعلن أنه", "من أفاد بأنه", "من الذي ذكر أنه"))
        yield Candidate(
            "who said", _asked(asking, told, rng, clause.surface), span_of(whole[at : at + end]), "who said",
            (clause.masculine, *(token.text for token in told)),
        )  # fmt: skip
        return


def _saying(clause: Clause, that: str, rng: random.Random) -> tuple[str, str]:
    """Return a verb of saying, and the conjunction after it with the pronoun of `that`."""
    pronoun = next((end for end in ("هم", "ها", "ه") if that.removeprefix("ب").endswith(end)), "")
    own = clause.masculine
    verb = own if rng.random() < 0.45 else rng.choice(("قال", "أكد", "أعلن", "صرح", "ذكر", "أفاد", "أوضح"))
    if verb in SAYING_TO:
        return f"{verb} {SAYING_TO[verb]}", "أن" + pronoun
    if verb in {"صرح", "أفاد"}:
        return verb, "بأن" + pronoun
    return verb, ("إن" if verb == "قال" else "أن") + pronoun


def _speaker(found: Sequence[Token]) -> int:
    """Return where the speaker ends in the words between a verb of saying and its clause; 0 if there is none."""
    if not found or found[0].normal in PREPOSITIONS or found[0].normal in TIME or not is_arabic(found[0]):
        return 0
    if is_particle(found[0].normal) or found[0].normal in THAT:
        return 0
    at = 0
    while at < len(found):
        normal = found[at].normal
        if normal in {"،", ","}:
            name = name_end(found, at + 1)
            if not name:
                break
            at = name
            break
        if normal in STOPS:
            return 0
        if not found[at].is_word or normal in TIME or (normal in PREPOSITIONS and normal not in {"لدي", "باسم"}):
            break
        if at > 1 and normal[0] == "ل" and normal[:2] != "لل" and name_end(found, at - 2) == at:
            break
        if at and normal.startswith(
            ("لـ", "لمراسل", "لموزاييك", "لجوهره", "لوكاله", "للجوهره", "لاذاعه", "لصحيفه", "بان", "لمبعوث", "لقناه")
        ):
            break
        at += 1
    return at if at <= 14 else 0


def _cut(found: Sequence[Token]) -> int:
    """Return where to cut an answer that is too long: before the last preposition within the limit."""
    ends = [at for at in range(6, LONGEST_ANSWER + 1) if found[at].normal in PREPOSITIONS]
    return ends[-1] if ends else LONGEST_ANSWER


def _when(clause: Clause, rng: random.Random) -> Iterator[Candidate]:
    """Ask for a date: «متى …؟», «في أي سنة …؟»."""
    if clause.reports:
        return
    rest = clause.rest
    for start, end in times(rest):
        chunk = rest[start:end]
        if len(chunk) == 1 and chunk[0].normal in {"اليوم", "امس", "غدا", "يوم"} and rng.random() < 0.5:
            continue
        left = without_times(rest)
        if len(left) < 4:
            return
        told = _shortened(left, rng, verb=clause.key, least=clause.least)
        if len(told) < 3:
            continue
        year = re.fullmatch(r"(1[89]|20)\d\d", chunk[-1].normal) is not None
        day = any(is_month(token.normal) for token in chunk) or any(token.normal in DAYS for token in chunk)
        forms = ["متى", "متى", "متى"]
        if day:
            forms += ["في أي يوم", "في أي تاريخ"]
        if year and not day:
            forms += ["في أي سنة", "في أي عام"]
        while len(chunk) > 1 and chunk[0].normal in {"يوم", "عام", "سنه", "شهر"} and rng.random() < 0.5:
            chunk = chunk[1:]
        yield Candidate(
            "when", _asked(rng.choice(forms), told, rng, clause.surface), span_of(chunk), "when did",
            (clause.masculine, *(token.text for token in told)),
        )  # fmt: skip
        return


def _where(clause: Clause, rng: random.Random) -> Iterator[Candidate]:
    """Ask for a place: «أين …؟», «في أي مدينة …؟»."""
    if clause.reports:
        return
    rest = clause.rest
    for at in range(1, len(rest)):
        found = place_at(rest, at)
        if found is None:
            continue
        answer, end, head = found
        left = _shortened((*rest[:at], *rest[end:]), rng, verb=clause.key, least=clause.least)
        if len(left) < 3:
            continue
        forms = ["أين", "أين", "في أي مكان"]
        if head:
            forms += [f"في أي {head}"] * 2
        yield Candidate(
            "where", _asked(rng.choice(forms), left, rng, clause.surface), answer, "where did",
            (clause.masculine, *(token.text for token in left)),
        )  # fmt: skip
        return


def _how_many(clause: Clause, rng: random.Random) -> Iterator[Candidate]:
    """Ask for a number: «كم شخصا …؟», «كم بلغ …؟», «بأي نسبة …؟»."""
    if clause.reports:
        return
    rest = clause.rest
    in_times = {at for start, end in times(rest) for at in range(start, end)}
    for at, token in enumerate(rest):
        before = rest[at - 1] if at else None
        if at in in_times or not is_number(token) or (before and (is_number(before) or before.normal in NUMBERED)):
            continue
        end = at + 1
        while end < len(rest) and (rest[end].normal in LARGE or rest[end].normal == "%" or is_number(rest[end])):
            end += 1
        if end < len(rest) and rest[end].normal in {"-", "/"}:
            continue
        lead = at - (at > 1 and rest[at - 1].normal in {"نحو", "حوالي", "قرابه", "الي", "ب", "من"})
        if clause.key in AMOUNTS and lead >= 2 and token.normal[:1].isdigit():
            yield from _measured(clause, "كم", rest[:lead], at, end, rng)
            return
        if before and before.normal in MEASURED:
            left = _shortened(rest[: at - 1], rng, verb=clause.key, least=clause.least)
            if len(left) >= 3:
                yield from _measured(clause, MEASURED[before.normal], left, at, end, rng)
            return
        if _is_counted(rest, at, end):
            yield from _counted(clause, at, end, rng)
            return


def _measured(
    clause: Clause, asking: str, left: Sequence[Token], at: int, end: int, rng: random.Random
) -> Iterator[Candidate]:
    """Ask for an amount: the number from `at` to `end` with its unit; `left` is the rest of the clause."""
    told = _shortened(left, rng) if asking == "كم" else tuple(left)
    unit = end < len(clause.rest) and clause.rest[end].normal in UNITS
    if len(told) >= 2:
        yield Candidate(
            "how many", _asked(asking, told, rng, clause.surface), span_of(clause.rest[at : end + unit]), "how much",
            (clause.masculine, *(one.text for one in told)),
        )  # fmt: skip


def _is_counted(rest: Sequence[Token], at: int, end: int) -> bool:
    """Whether the number from `at` to `end` is followed by a noun that can be counted with كم."""
    if end >= len(rest) or not is_arabic(rest[end]):
        return False
    noun, before = rest[end].normal, rest[at - 1].normal if at else ""
    if noun in PREPOSITIONS or noun in TIME or is_particle(noun) or noun.endswith("يا"):
        return False
    if before in {"ب", "ل", "و"} or before in PRICED or (noun[0] in "بل" and noun not in WITH_PREFIX | UNITS):
        return False
    return not (end + 1 < len(rest) and rest[end + 1].normal.endswith(("ين", "ون")))


def _counted(clause: Clause, at: int, end: int, rng: random.Random) -> Iterator[Candidate]:
    """Ask for the number of a noun: the noun moves to the front, and a pronoun replaces it after a noun of action."""
    rest = clause.rest
    noun = rest[end]
    singular = SINGULAR.get(noun.normal)
    if singular is None and (noun.normal.endswith(("ات", "ين", "ون")) or noun.normal.startswith("ال")):
        return
    if singular is None:
        singular = noun.text if noun.text.endswith(("ة", "ا", "ى", "ء", "ه", "ً")) else noun.text + "ا"
    human = normal_form(singular) in PEOPLE
    before = rest[at - 1] if at else None
    rest_after = list(rest[end + 1 :])
    if before is None:
        left, verb = rest_after, clause.masculine
    elif before.normal in ACTIONS:
        stem = before.text[:-1] + "ت" if before.normal.endswith("ه") else before.text
        suffix = "هم" if human else "ها"
        left = [*rest[: at - 1], before._replace(text=stem + suffix), *rest_after]
        verb = clause.surface
    elif before.normal in PREPOSITIONS or is_particle(before.normal):
        return
    else:
        left, verb = [*rest[:at], *rest_after], clause.surface
    acted = before is not None and before.normal in ACTIONS
    told = _shortened(left, rng, verb=clause.key, least=max(4, at) if acted else 4)
    if len(told) < 2:
        return
    asking = f"كم {singular}"
    answer = rest[at:end] if rng.random() < 0.5 else rest[at : end + 1]
    yield Candidate(
        "how many", _asked(asking, told, rng, verb), span_of(answer), "how many",
        (noun.text, clause.masculine, *(one.text for one in told)),
    )  # fmt: skip


def _why(clause: Clause, rng: random.Random) -> Iterator[Candidate]:
    """Ask for a cause or an aim: «لماذا …؟», «ما سبب …؟»."""
    if clause.reports:
        return
    rest = clause.rest
    for at in range(2, len(rest) - 2):
        for length in (2, 1):
            skipped = CAUSES.get(" ".join(token.normal for token in rest[at : at + length]))
            if skipped is None:
                continue
            if rest[at].normal == "بهدف" and rest[at + 1].normal in {"مفاجئ", "وحيد", "مقابل", "دون", "نظيف", "قاتل"}:
                return
            answer = rest[at + skipped :]
            answer = answer[: _cut(answer)] if len(answer) > LONGEST_ANSWER else answer
            left = _shortened(rest[:at], rng, verb=clause.key, least=clause.least)
            if len(left) < 3 or len(answer) < 2:
                return
            forms = ("لماذا", "لماذا", "لم", "بسبب ماذا" if skipped else "لأي غرض", "ما السبب الذي من أجله")
            yield Candidate(
                "why", _asked(rng.choice(forms), left, rng, clause.surface), span_of(answer), "why did",
                (clause.masculine, *(token.text for token in left)),
            )  # fmt: skip
            return


def _what(clause: Clause, rng: random.Random) -> Iterator[Candidate]:
    """Ask for the object: «ماذا قرر المجلس؟», «إلى ماذا دعا الوزير؟»."""
    start, end = subject_of(clause)
    rest = clause.rest
    if end == start or is_vague(rest[start:end]) or clause.quotes:
        return
    at = end
    while at < len(rest) and any(first <= at < last for first, last in times(rest)):
        at += 1
    at = place[1] if at < len(rest) and (place := place_at(rest, at)) else at
    if at + 2 > len(rest):
        return
    told = joined_tokens(rest[start:end])
    asked: tuple[str, Span] | None
    if clause.key in ASKED_OBJECT and is_arabic(rest[at]) and not is_adjunct(rest[at].normal, times_too=False):
        asked = _object(clause, at, told, rng)
    else:
        asked = _after_preposition(clause, at, told, rng)
    if asked is not None:
        body = (clause.masculine, *(one.text for one in rest[start:end]))
        yield Candidate("what", asked[0], asked[1], "what did", body)


def _object(clause: Clause, at: int, subject: str, rng: random.Random) -> tuple[str, Span] | None:
    """Return a question for the object at a token, and the object's span; «من الذي» asks for a person."""
    token = clause.rest[at]
    if token.normal[0] in "بل" and token.normal not in WITH_PREFIX and not is_given(token.normal):
        return None
    answer = _bounded(clause.rest[at:], rng)
    asking, verb = rng.choice(("ماذا", "ماذا", "ما الذي")), clause.surface
    if without_article(token.normal) in OFFICES or name_end(clause.rest, at):
        asking, verb = "من الذي", (verb[:-1] + "ا" if verb.endswith("ى") else verb) + "ه"
    return (f"{asking} {verb} {subject}", span_of(answer)) if answer else None


def _after_preposition(clause: Clause, at: int, subject: str, rng: random.Random) -> tuple[str, Span] | None:
    """Return a question for the object of the preposition that the verb needs, and the object's span."""
    rest, token = clause.rest, clause.rest[at]
    for preposition, needing in ASKED_AFTER.items():
        if clause.key not in needing:
            continue
        if preposition == "ب" and token.normal[0] == "ب" and len(token.normal) > 3:
            if token.normal == "باسم":
                return None
            answer, skipped = _bounded(rest[at:], rng), 1
        elif token.normal == preposition:
            answer, skipped = _bounded(rest[at + 1 :], rng), 0
        else:
            continue
        if answer:
            asking = rng.choice(AFTER[preposition])
            asking = "على من" if preposition == "علي" and clause.key in AGAINST else asking
            span = span_of(answer)
            return f"{asking} {clause.surface} {subject}", Span(span.start + skipped, span.end)
    return None


def _bounded(found: Sequence[Token], rng: random.Random) -> tuple[Token, ...]:
    """Return the words of an object, to the end of the clause or to a preposition, without times at the end."""
    kept = list(found[:LONGEST_ANSWER])
    for start, end in times(kept):
        if start >= 1:
            kept = kept[: start - (kept[start - 1].normal in TIME_BEFORE)]
            break
        if end == len(kept):
            return ()
    if len(kept) > 12:
        ends = [at for at in range(3, len(kept)) if kept[at].normal in PREPOSITIONS]
        kept = kept[: rng.choice(ends)] if ends else kept
    while kept and (
        kept[-1].normal in PREPOSITIONS
        or not kept[-1].is_word
        or is_particle(kept[-1].normal)
        or len(kept[-1].normal) == 1
    ):
        kept.pop()
    return tuple(kept)


def _score(clause: Clause, rng: random.Random) -> Iterator[Candidate]:
    """Ask for the result of a match: «بأي نتيجة فاز …؟»."""
    whole = clause.whole
    for at, token in enumerate(whole[:30]):
        if token.normal == "بنتيجه" and 3 <= at <= 18 and at + 3 < len(whole):
            end = at + 1
            while (
                end < len(whole)
                and end - at < 5
                and (
                    whole[end].normal.isdigit()
                    or whole[end].normal
                    in {"-", "/", "مقابل", "لصفر", "هدف", "هدفين", "لهدف", "لواحد", "ثلاثيه", "ثنائيه"}
                )
            ):
                end += 1
            left = _shortened(whole[:at], rng, verb=clause.key, least=clause.least)
            if end > at + 1 and len(left) >= 3:
                asking = rng.choice(("بأي نتيجة", "بكم", "ما هي النتيجة التي بها"))
                yield Candidate(
                    "score", _asked(asking, left, rng, clause.surface), span_of(whole[at + 1 : end]), "how much",
                    (clause.masculine, *(one.text for one in left)),
                )  # fmt: skip
            return


def _offices(found: Sequence[Token], rng: random.Random) -> Iterator[Candidate]:
    """Ask for the holder of an office or the office of a person: «من هو الرئيس الروسي؟», «ما منصب وليد المعلم؟»."""
    for at, token in enumerate(found):
        joint = token.normal[0] == "و" and token.normal not in {"وزير", "وزيره", "والي"}
        if without_article(token.normal[joint:]) not in OFFICES or (
            at and found[at - 1].normal in {"و", "نائب", "مستشار"}
        ):
            continue
        end = _office_end(found, at, definite=token.normal[joint:].startswith("ال"))
        if end is None or end == at + 1:
            continue
        after = end + (end < len(found) and found[end].normal in {"،", ","})
        name = name_end(found, after)
        if not name or name - after > 4:
            continue
        end -= found[end - 1].normal in HONOURS
        title, holder = joined_tokens(found[at:end])[joint:], joined_tokens(found[after:name])
        she = without_article(token.normal[joint:]) in FEMALE
        if rng.random() < 0.6:
            forms = [f"من {'هي' if she else 'هو'} {title}"] * 2
            forms += [f"ما اسم {title}", f"من {'تكون' if she else 'يكون'} {title}"]
            if not title.startswith("ال"):
                forms.append(f"من {'تشغل' if she else 'يشغل'} منصب {title}")
            body = tuple(title.split())
            yield Candidate("office", rng.choice(forms), span_of(found[after:name]), "who is", body)
        else:
            forms = [f"من {'هي' if she else 'هو'} {holder}", f"ما منصب {holder}", f"ما هو منصب {holder}"]
            forms += [f"ما صفة {holder}", f"ما المنصب الذي {'تشغله' if she else 'يشغله'} {holder}"]
            answer = Span(token.start + joint, found[end - 1].end)
            yield Candidate("holder", rng.choice(forms), answer, "who is", tuple(holder.split()))


def _office_end(found: Sequence[Token], at: int, *, definite: bool) -> int | None:
    """Return where the office at a token ends; None if its institution is not named."""
    end = at + 1
    while end < len(found) and end - at < 9 and is_arabic(found[end]):
        normal = found[end].normal
        if is_adjunct(normal) or normal in verbs():
            break
        if normal.startswith(("ال", "لل")) or (definite and normal.startswith("وال")):
            definite = True
        elif definite or name_end(found, end):
            break
        elif is_place(normal):
            definite = True
        end += 1
    return end if definite else None


_RULES: Final[tuple[Callable[[Clause, random.Random], Iterator[Candidate]], ...]] = (
    _who, _said, _attributed, _when, _where, _how_many, _why, _what, _score,
)  # fmt: skip


# ---------------------------------------------------------------------------------------------- across languages

LEAST_ENGLISH: Final = 0.6
"""Minimum share of the words of a cross-language question that are in English."""


@cache
def _english_verbs() -> dict[str, tuple[str, str]]:
    entries = (entry.split() for line in ENGLISH_VERBS.split("\n") for entry in line.split(";") if entry)
    return {normal_form(arabic): (base, past) for arabic, base, past in entries}


def in_english(one: Candidate) -> str | None:
    """Translate a question word by word to English, unknown words left in Arabic; None if too few words are known."""
    if not one.body:
        return None
    first, *rest = one.body
    verbs, asking = _english_verbs(), ENGLISH_ASKING[one.asking]
    said: list[str] = []
    known = 0
    if one.asking == "how many":
        said, known = [_word_in_english(first) or first, "did"], 1
        first, *rest = rest
    if one.asking in {"who is", "who said"}:
        rest = [first, *rest]
    elif normal_form(first) not in verbs:
        return None
    else:
        base, past = verbs[normal_form(first)]
        said.append(past if one.asking in {"who", "what"} else base)
        known += 1
    for word in rest:
        english = _word_in_english(word)
        known += english is not None
        said.append(word if english is None else english)
    return f"{asking} {' '.join(' '.join(said).split())}?" if known >= LEAST_ENGLISH * len(said) else None


@cache
def _english_words() -> dict[str, str]:
    entries = (entry.split(" ", 1) for line in ENGLISH_WORDS.split("\n") for entry in line.split(";") if entry)
    return {arabic: "" if english == "-" else english for arabic, english in entries}


@cache
def _word_in_english(word: str) -> str | None:
    """Translate an Arabic word to English, a prefix as a separate word; None if it is not in the tables."""
    normal, table = normal_form(word), _english_words()
    if normal.isdigit() or normal.isascii():
        return normal
    if normal == "علي" and word != "على":
        return "Ali"
    if normal in table or without_article(normal) in table:
        return table.get(normal, table.get(without_article(normal)))
    if normal in verbs() and normal_form(verbs()[normal].masculine) in _english_verbs():
        return _english_verbs()[normal_form(verbs()[normal].masculine)][1]
    for prefix, preposition in (("ب", "in"), ("لل", "of the"), ("ل", "for"), ("و", "and")):
        rest = normal.removeprefix(prefix)
        if rest != normal and len(rest) > 2 and (english := table.get(without_article(rest))):
            return f"{preposition} {english}"
    return None


# ---------------------------------------------------------------------------------------------- the filter

SHARES: Final = {
    "who": 0.21, "said what": 0.15, "who said": 0.15, "what": 0.13, "when": 0.12, "where": 0.10, "office": 0.07,
    "holder": 0.05, "how many": 0.06, "why": 0.05, "score": 0.01,
}  # fmt: skip
"""Share of each kind among the candidates that the reader reads, if there are enough."""
SAME_QUESTION: Final = 3
"""Maximum number of passages with the same question; each of them answers it, perhaps differently."""
BATCH: Final = 64


def gather(articles: Iterable[Article], seed: int, *, english: bool = False) -> list[MadeQuestion]:
    """Collect the candidates of these articles, at most `A_PIECE` per passage, shuffled with `seed`.

    With `english`, only those that `in_english` can translate, in English.
    """
    found: list[MadeQuestion] = []
    same: Counter[str] = Counter()
    for article in articles:
        for piece in pieces(article):
            rng = random.Random(f"{seed}:{article.id}:{piece.start}")  # noqa: S311 - not for security
            made = list(candidates(article.text, piece, rng))
            rng.shuffle(made)
            for one in made[:A_PIECE]:
                same[one.question] += 1
                if same[one.question] > SAME_QUESTION:
                    continue
                if english:
                    if question := in_english(one):
                        found.append(
                            MadeQuestion(article.id, piece, question, one.answer, f"{one.kind}/en", one.question)
                        )
                else:
                    found.append(MadeQuestion(article.id, piece, one.question, one.answer, one.kind))
    random.Random(seed).shuffle(found)  # noqa: S311 - not for security
    return found


def chosen(found: Iterable[MadeQuestion], limit: int) -> list[MadeQuestion]:
    """Select about `limit` candidates with the `SHARES` of the kinds, in their order."""
    left = {kind: round(share * limit) for kind, share in SHARES.items()}
    kept = []
    for one in found:
        kind = one.kind.removesuffix("/en")
        if left.get(kind, 0) > 0:
            left[kind] -= 1
            kept.append(one)
    return kept


ReadPairs = Callable[[Sequence[tuple[str, str]]], Sequence[tuple[Span | None, float]]]
"""Reads (question, passage) pairs; returns the span in the passage and its score, above 0 if the passage answers."""


def consistent(
    found: Iterable[MadeQuestion], texts: dict[str, str], read: ReadPairs, tried: Counter[str] | None = None
) -> Iterator[MadeQuestion]:
    """Yield the candidates for which the reader finds the rule's answer; `tried` counts the candidates by kind."""
    remaining = iter(found)
    while batch := list(islice(remaining, BATCH)):
        passages = [one.piece.of(texts[one.article]) for one in batch]
        read_now = read([(one.question, text.strip()) for one, text in zip(batch, passages, strict=True)])
        for one, text, (span, score) in zip(batch, passages, read_now, strict=True):
            if tried is not None:
                tried[one.kind] += 1
            answer = one.answer.of(texts[one.article])
            if span is not None and score > 0 and token_f1(span.of(text.strip()), [answer]) >= LEAST_F1:
                yield one


def main(arguments: list[str] | None = None) -> int:
    """Generate and filter questions; each line is written at once, so that an incomplete file is usable."""
    parser = argparse.ArgumentParser(prog="python -m eval.training.news_questions", description=main.__doc__)
    parser.add_argument("out", type=Path, help="output file, JSON Lines")
    parser.add_argument("--reader", type=Path, required=True, help="weights of a first reader (safetensors)")
    parser.add_argument("--limit", type=int, default=12_000, help="how many candidates are read")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--english", action="store_true", help="ask in English, word by word, names in Arabic")
    options = parser.parse_args(arguments)
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)

    articles = read_news()[MEASURED_NEWS:]
    every = gather(articles, options.seed, english=options.english)
    logger.info("candidates: %d %s", len(every), dict(Counter(one.kind for one in every)))
    tried: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    texts = {article.id: article.text for article in articles}
    with options.out.open("w", encoding="utf-8", buffering=1) as out:
        for one in consistent(chosen(every, options.limit), texts, _reader(options.reader), tried):
            out.write(json.dumps(one.json(), ensure_ascii=False) + "\n")
            kept[one.kind] += 1
            if sum(kept.values()) % 100 == 0:
                logger.info("kept %d of %d", sum(kept.values()), sum(tried.values()))
    logger.info("kept %d of %d", sum(kept.values()), sum(tried.values()))
    logger.info("by kind: %s", {kind: f"{kept[kind]} of {count}" for kind, count in tried.most_common()})
    return 0


def _reader(weights: Path) -> ReadPairs:
    import torch
    from safetensors.torch import load_file
    from tokenizers import Tokenizer

    from eval.training.measure import passage_of
    from rag.config import read_settings
    from rag.models import bundled
    from rag.models.reader import NetworkReader
    from rag.models.reader_network import load_trained, make

    torch.set_num_threads(1)
    model = bundled.ensure(read_settings().models_dir)
    network = make(model)
    load_trained(network, load_file(weights))
    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    reader = NetworkReader("first", "", tokenizer, network.eval())

    def read(pairs: Sequence[tuple[str, str]]) -> list[tuple[Span | None, float]]:
        readings = [reader.read(question, [passage_of(text)])[0] for question, text in pairs]
        return [(one.span, one.score) for one in readings]

    return read


if __name__ == "__main__":
    sys.exit(main())
