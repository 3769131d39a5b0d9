"""Training pairs for the verifier: claims beside quotes, borne out or falsified by one controlled edit.

``python -m eval.training.claim_pairs FILE`` writes them, deterministic by seed. True claims are sentences of the source
copied, shortened, reordered or with synonyms, translations (XQuAD's parallel sentences), claims by people, and claims
written for this project. False ones have one edit, in the claim or in the quote, whose words are marked. This module
alone defines what the verifier may see:

* ``written_claims.tsv.xz``: 5,274 claims about sentences of ANT, retold in other words, half of them with one mistake
  of 22 kinds. A large language model wrote them, article by article, three true and three false; those of 160 articles
  are not for training. A line: fold, article, sentence or range of sentences, T or F, kind, claim, wrong words;

* ANT (Apache-2.0), without the first `MEASURED_NEWS` articles and without those that share a sentence with the articles
  behind ``tests/data/claims``;
* SQuAD 1.1 *train* (CC BY-SA 4.0), without its last `HELD_ARTICLES` articles;
* XQuAD (CC BY-SA 4.0): the articles with an odd index that are not behind ``tests/data/claims/held.jsonl``: 11 of 48;
* ANS (Apache-2.0): its training part, without headlines of its development part, which is only for measurement;
* FM2 development set (Apache-2.0): four of five folds by page; the fifth is only for measurement.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import lzma
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final, Literal, NamedTuple

from eval.bench.data import existing, folder_of, read_news
from eval.training.claim_words import (
    ANTONYMS,
    CALENDAR,
    JUSSIVE,
    MODAL,
    NUMBER_WORDS,
    OFFICES,
    PAST,
    QUANTIFIERS,
    TRUE_SYNONYMS,
    UNITS,
)
from eval.training.examples import FOLDS, HELD_ARTICLES, MEASURED_NEWS, load_published
from rag.text.concepts import OPPOSITES, SYNONYMS
from rag.text.entities import find_names
from rag.text.name_shapes import is_given, is_ordinary_arabic, looks_foreign
from rag.text.names import english_names
from rag.text.normalise import ARABIC, normal_form, question_language
from rag.text.normalise import words as word_list
from rag.text.sentences import sentences, trim
from rag.types import Span

CLAIMS: Final = Path(__file__).parents[2] / "tests" / "data" / "claims"
Words = tuple[str, ...]
DEVELOPMENT: Final = 300
"""Number of pairs, the last of a file, that are measured while training and not trained on."""
WORDS: Final = range(7, 42)
"""Number of words of a sentence that claims are made from."""
SIZES: Final = {"ant": 700, "switched": 170, "squad": 350, "xquad": 780}
"""Number of pairs of each source that are made; ANS and FM2 are used whole, and written claims twice."""
WRITTEN: Final = Path(__file__).with_name("written_claims.tsv.xz")


@dataclass(frozen=True, slots=True)
class ClaimPair:
    """A claim beside a quote. `wrong` are spans of the claim that the quote does not bear out, in code points.

    `marked` is whether `wrong` is known: it is empty for a true claim, and unknown for claims falsified by people.
    """

    claim: str
    quote: str
    true: bool
    kind: str
    source: str
    languages: str
    wrong: tuple[Span, ...] = ()
    marked: bool = True


class Change(NamedTuple):
    """Replaces ``words[first:last]`` by `new`."""

    first: int
    last: int
    new: Words


Edit = Callable[["Drawn"], list[Change]]
"""Proposes the changes of one edit; empty if the sentence offers no place for it."""


# Lookups in the word tables.


def _pairs(table: str, *, one_way: bool) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for entry in table.split():
        several = entry.split("/")
        for one in several[:1] if one_way else several:
            key = _key(one)
            others = tuple(other.replace("_", " ") for other in several if other != one)
            found[key] = (*found.get(key, ()), *others)
    return found


_AUXILIARIES: Final = frozenset("is are was were will can could should would has have had may must".split())  # noqa: SIM905
_NOT_VERBS: Final = frozenset(
    (  # noqa: SIM905
        "يوم يوما يومي يومية يناير يوليو يونيو يسار يمين يد يورو يوسف ياسين يونس يحيى يعني "
        "يومين يهود يهودي يهودية ينبوع يابان ياباني يمن يمني يتيم يسير يقين يونان يوناني يونانية يعقوب"
    ).split()
)


def _key(word: str) -> str:
    return normal_form(word.replace("_", " ")) if ARABIC.search(word) else word.lower()


# A sentence, and what is needed to edit it.

_CORE: Final = re.compile(r"^([^\w]*)(.*?)([^\w%]*)$", re.DOTALL)
_DIGITS: Final = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True)
class Drawn:
    """A sentence that is edited: its words, the other sentences of its article and of others, and the dice."""

    words: Words
    language: str
    beside: tuple[Words, ...]
    elsewhere: Words
    pools: Pools
    dice: random.Random

    def core(self, at: int) -> str:
        return _split(self.words[at])[1]

    def put(self, at: int, new: str) -> Change:
        """Replace the core of a word; its punctuation stays."""
        before, _, after = _split(self.words[at])
        return Change(at, at + 1, tuple((before + new + after).split()))

    def by_table(self, table: str) -> list[Change]:
        """One word of a table, replaced by one beside it; the case of its first letter is kept."""
        found = [(at, others) for at in range(len(self.words)) if (others := _table(table).get(_key(self.core(at))))]
        if not found:
            return []
        at, others = self.dice.choice(found)
        new = self.dice.choice(others)
        return [self.put(at, new.capitalize() if self.core(at)[:1].isupper() else new)]


@cache
def _table(table: str) -> dict[str, tuple[str, ...]]:
    return _pairs(table, one_way=table in (TRUE_SYNONYMS, JUSSIVE, PAST))


@cache
def _split(word: str) -> tuple[str, str, str]:
    before, core, after = _CORE.match(word).groups()  # type: ignore[union-attr]
    return before, core, after


class NameSpan(NamedTuple):
    """A name in a sentence: its words, and what of the first and last word is outside the name."""

    kind: str
    first: int
    last: int
    before: str
    after: str
    name: str
    code: str


class Pools:
    """Names and words of the training texts, by language and kind, that edits put in."""

    def __init__(self) -> None:
        self.names: dict[tuple[str, str], list[str]] = defaultdict(list)
        self.shapes: dict[tuple[str, str], list[str]] = defaultdict(list)

    def add(self, words: Words, language: str) -> None:
        for one in named(words):
            self.names[language, one.kind].append(one.name)
        for at, word in enumerate(words):
            core = _split(word)[1]
            if at and _is_namelike(core, language):
                self.names[language, "word"].append(core)
            if shape := _shape(core, language):
                self.shapes[language, shape].append(core)


@cache
def named(words: Words) -> tuple[NameSpan, ...]:
    """The persons, organisations and places of a sentence."""
    text = " ".join(words)
    starts, found = [0], []
    for word in words:
        starts.append(starts[-1] + len(word) + 1)
    for one in find_names(text):
        first = max(at for at in range(len(words)) if starts[at] <= one.span.start)
        last = max(at for at in range(len(words)) if starts[at] < one.span.end)
        end = starts[last] + len(words[last])
        name = one.span.of(text)
        inside = text[starts[first] : one.span.start], text[one.span.end : end]
        found.append(NameSpan(one.kind, first, last + 1, *inside, name, one.code or normal_form(name)))
    return tuple(found)


_SHAPES: Final = ("ing", "ed", "ly", "tion", "tions", "ity", "al", "er", "ers", "s")


def _shape(core: str, language: str) -> str:
    """A rough word class, so that a word that is put in fits; empty for a word that is too short or a number."""
    if len(core) < 5 or not core.isalpha():
        return ""
    if language == "ar":
        if not ARABIC.search(core):
            return ""
        normal = normal_form(core)
        if len(normal) < 4:
            return ""
        start = "ال" if normal.startswith("ال") else ("و" if normal[0] in "وفبلكسيتن" else "-")
        return (
            f"{start}{'ه' if normal.endswith('ه') else 'ات' if normal.endswith('ات') else ''}" if start != "و" else ""
        )
    if not core.islower():
        return ""
    return next((shape for shape in _SHAPES if core.endswith(shape)), "-")


# The edits: what makes a claim false.


def _number(drawn: Drawn) -> list[Change]:
    places = [at for at in range(len(drawn.words)) if _DIGITS.search(drawn.core(at))]
    if not places or drawn.dice.random() < 0.25:
        return drawn.by_table(NUMBER_WORDS)
    at = drawn.dice.choice(places)
    old = drawn.core(at)
    match = drawn.dice.choice(list(_DIGITS.finditer(old)))
    new = _other_number(match.group(), drawn.dice)
    return [drawn.put(at, old[: match.start()] + new + old[match.end() :])]


def _other_number(digits: str, dice: random.Random) -> str:
    if digits.isascii() and digits.isdigit() and len(digits) == 4 and digits[0] in "12":
        return str(int(digits) + dice.choice((-20, -10, -5, -3, -2, -1, 1, 2, 3, 5, 10, 20, 100)))
    for _ in range(20):
        new = list(digits)
        for at in dice.sample(range(len(new)), dice.choice((1, 1, 2)) if len(new) > 1 else 1):
            if new[at].isdigit():
                new[at] = str(dice.randint(1 if at == 0 else 0, 9))
        if "".join(new) != digits:
            return "".join(new)
    return digits + "0"


def _name(kind: str) -> Edit:
    def edit(drawn: Drawn) -> list[Change]:
        found = [one for one in named(drawn.words) if one.kind == kind]
        pool = drawn.pools.names[drawn.language, kind]
        if not found or not pool:
            return []
        one = drawn.dice.choice(found)
        said = normal_form(" ".join(drawn.words))
        for _ in range(8):
            name = drawn.dice.choice(pool)
            if normal_form(name) not in said and name.startswith("ال") == one.name.startswith("ال"):
                return [Change(one.first, one.last, tuple(f"{one.before}{name}{one.after}".split()))]
        return []

    return edit


def _roles(drawn: Drawn) -> list[Change]:
    """Exchange two names of one kind that are no list."""
    found = [one for one in named(drawn.words) if one.kind in ("person", "place", "organisation")]
    pairs = [
        (one, two)
        for one in found
        for two in found
        if one.kind == two.kind and two.first - one.last >= 2 and one.code != two.code
        and not _joins(drawn.words[one.last : two.first], two.before)
    ]  # fmt: skip
    if not pairs:
        return _nouns_exchanged(drawn)
    one, two = drawn.dice.choice(pairs)
    return [
        Change(one.first, one.last, tuple(f"{one.before}{two.name}{one.after}".split())),
        Change(two.first, two.last, tuple(f"{two.before}{one.name}{two.after}".split())),
    ]


def _nouns_exchanged(drawn: Drawn) -> list[Change]:
    """Exchange two ordinary words of one shape."""
    shapes = {at: _shape(drawn.core(at), drawn.language) for at in range(1, len(drawn.words))}
    pairs = [
        (one, two)
        for one, shape in shapes.items()
        for two, other in shapes.items()
        if two - one >= 3 and shape == other and shape not in ("", "-") and drawn.core(one) != drawn.core(two)
        and not {"و", "and", "or", "أو"} & set(drawn.words[one + 1 : two])
    ]  # fmt: skip
    if not pairs:
        return []
    one, two = drawn.dice.choice(pairs)
    return [drawn.put(one, drawn.core(two)), drawn.put(two, drawn.core(one))]


def _capital(drawn: Drawn) -> list[Change]:
    """A capitalised English word inside a sentence, or an Arabic word that no list has as an ordinary one."""
    places = [at for at in range(1, len(drawn.words)) if _is_namelike(drawn.core(at), drawn.language)]
    pool = drawn.pools.names[drawn.language, "word"]
    if not places or not pool:
        return []
    at = drawn.dice.choice(places)
    said = {_key(_split(word)[1]) for word in drawn.words}
    new = drawn.dice.choice(pool)
    return [] if _key(new) in said else [drawn.put(at, new)]


@cache
def _is_namelike(core: str, language: str) -> bool:
    if language == "en":
        return core[:1].isupper() and len(core) > 2 and core.isalpha() and core not in _OPENERS
    if not ARABIC.search(core) or not core.isalpha() or len(core) < 4:
        return False
    word = next(iter(word_list(core)), None)
    return word is not None and (is_given(word.text) or looks_foreign(word.text)) and not is_ordinary_arabic(word)


def _joins(between: Words, before: str) -> bool:
    """Whether the words between two names may list them, so that an exchange changes nothing."""
    return before in ("و", "وال") or any(word in ("and", "و", "or", "أو", "between", "مع", "with") for word in between)


def _negation(drawn: Drawn) -> list[Change]:
    dropped = [change for at in range(len(drawn.words)) for change in _without_negation(drawn, at)]
    added = [change for at in range(len(drawn.words)) for change in _with_negation(drawn, at)]
    chosen = dropped if dropped and (not added or drawn.dice.random() < 0.5) else added
    return [drawn.dice.choice(chosen)] if chosen else []


def _without_negation(drawn: Drawn, at: int) -> Iterator[Change]:
    """The negation at a word, taken out."""
    core, word = drawn.core(at), drawn.words[at]
    after = drawn.core(at + 1) if at + 1 < len(drawn.words) else ""
    verb = after[:1] in ("ي", "ت", "ن")
    if core == "لن" and verb:
        yield Change(at, at + 2, (f"س{drawn.words[at + 1]}",))
    elif (
        (core in ("لا", "لم") and verb and len(after) > 2)
        or (core in ("ليس", "ليست", "غير") and after and not after.startswith("أن"))
        or (_key(core) in ("not", "never") and word == core)
    ):
        yield Change(at, at + 1, ())


def _with_negation(drawn: Drawn, at: int) -> Iterator[Change]:
    """The verb at a word, negated."""
    return _arabic_negation(drawn, at) if ARABIC.search(drawn.core(at)) else _english_negation(drawn, at)


def _arabic_negation(drawn: Drawn, at: int) -> Iterator[Change]:
    core, word = drawn.core(at), drawn.words[at]
    key = _key(core)
    if core[:2] in ("سي", "ست") and len(core) > 4:
        if word == core:
            yield Change(at, at + 1, ("لن", word[1:]))
    elif key in _table(JUSSIVE):
        yield Change(at, at + 1, ("لم", *drawn.put(at, _table(JUSSIVE)[key][0]).new))
    elif (
        core[:1] == "ي"
        and len(core) > 3
        and core not in _NOT_VERBS
        and word == core
        and (at == 0 or drawn.core(at - 1) not in ("لا", "لم", "لن", "قد", "أن"))
    ):
        yield Change(at, at + 1, ("لا", word))


def _english_negation(drawn: Drawn, at: int) -> Iterator[Change]:
    core, word = drawn.core(at), drawn.words[at]
    after = drawn.core(at + 1) if at + 1 < len(drawn.words) else ""
    if not core.islower():
        return
    if core in _AUXILIARIES:
        if word == core and after not in ("not", "to", "never"):
            yield Change(at, at + 1, (word, drawn.dice.choice(("not", "not", "never"))))
    elif core in _table(PAST) and at and drawn.words[at - 1] not in _NOT_BEFORE_PAST:
        yield Change(at, at + 1, ("did", "not", *drawn.put(at, _table(PAST)[core][0]).new))


_NOT_BEFORE_PAST: Final = frozenset("was were is are had has have been be being by the a an of and".split())  # noqa: SIM905


def _modality(drawn: Drawn) -> list[Change]:
    will = [
        at
        for at in range(len(drawn.words))
        if drawn.language == "ar" and drawn.core(at)[:2] in ("سي", "ست") and drawn.core(at) == drawn.words[at]
        and len(drawn.words[at]) > 4
    ]  # fmt: skip
    if will:
        at = drawn.dice.choice(will)
        return [Change(at, at + 1, ("قد", drawn.words[at][1:]))]
    may = [at for at in range(len(drawn.words) - 1) if drawn.words[at] == "قد" and drawn.core(at + 1)[:1] in "يت"]
    if may:
        at = drawn.dice.choice(may)
        return [Change(at, at + 2, ("س" + drawn.words[at + 1],))]
    could = [at for at in range(len(drawn.words)) if drawn.words[at] in ("may", "might", "could")]
    if could:
        return [Change(drawn.dice.choice(could), drawn.dice.choice(could) + 1, ("will",))] if len(could) == 1 else []
    return drawn.by_table(MODAL)


def _bound(drawn: Drawn) -> list[Change]:
    """More than, less than; at least, at most."""
    pairs = (
        ("أكثر", "أقل", "من"),
        ("more", "less", "than"),
        ("at", "at", "least"),
        ("at", "at", "most"),
        ("على", "على", "الأقل"),
    )
    for one, other, then in pairs:
        for at in range(len(drawn.words) - 1):
            if drawn.core(at) == one and drawn.core(at + 1) == then:
                second = {"least": "most", "most": "least", "الأقل": "الأكثر"}.get(then, then)
                return [Change(at, at + 2, (*drawn.put(at, other).new, *drawn.put(at + 1, second).new))]
    return []


def _noun(drawn: Drawn) -> list[Change]:
    """An ordinary word, replaced by another of its shape from elsewhere."""
    taken = {at for one in named(drawn.words) for at in range(one.first, one.last)}
    places = [at for at in range(1, len(drawn.words)) if at not in taken and _shape(drawn.core(at), drawn.language)]
    if not places:
        return []
    at = drawn.dice.choice(places)
    pool = drawn.pools.shapes[drawn.language, _shape(drawn.core(at), drawn.language)]
    said = {_key(_split(word)[1])[:5] for word in drawn.words}
    near = [core for words in drawn.beside for word in words if _shape(core := _split(word)[1], drawn.language)
            == _shape(drawn.core(at), drawn.language)]  # fmt: skip
    for _ in range(8):
        new = drawn.dice.choice(near if near and drawn.dice.random() < 0.5 else pool)
        if _key(new)[:5] not in said and new not in _table(TRUE_SYNONYMS).get(_key(drawn.core(at)), ()):
            return [drawn.put(at, new)]
    return []


def _added(drawn: Drawn) -> list[Change]:
    """A clause of another article, or of another sentence of this one."""
    other = drawn.elsewhere if drawn.dice.random() < 0.5 or not drawn.beside else drawn.dice.choice(drawn.beside)
    length = drawn.dice.randint(4, 9)
    if len(other) < length + 2:
        return []
    clause = list(other[:length])
    if drawn.language == "en" and not clause[0].isupper() and clause[0] not in ("I",):
        clause[0] = clause[0][:1].lower() + clause[0][1:] if clause[0] in _OPENERS else clause[0]
    joint = drawn.dice.choice(("،_كما", "،_فيما", "،_وقد", "،_و")) if drawn.language == "ar" else ",_and"
    end = len(drawn.words)
    last = drawn.words[-1].rstrip(".،,؛;")
    mark, word = joint.split("_")
    new = [last + mark, *([word, *clause] if word != "و" else ["و" + clause[0].removeprefix("و"), *clause[1:]])]
    return [Change(end - 1, end, tuple(new))]


_OPENERS: Final = frozenset(
    "The A An In On At He She It They This These After Before During When While As For By From".split()  # noqa: SIM905
)


def _merged(drawn: Drawn) -> list[Change]:
    """The second half comes from another sentence."""
    if not drawn.beside:
        return []
    other = drawn.dice.choice(drawn.beside)
    if len(other) < 8:
        return []
    half = len(drawn.words) // 2
    return [Change(half, len(drawn.words), other[len(other) // 2 :])]


def _two_changes(drawn: Drawn) -> list[Change]:
    one, two = _noun(drawn), _number(drawn) or _name("place")(drawn)
    if (
        not one
        or not two
        or any(first.first < second.last and second.first < first.last for first in one for second in two)
    ):
        return one or two
    return sorted([*one, *two])


EDITS: Final[dict[str, tuple[float, Edit]]] = {
    "figure": (1.4, _number),
    "date": (1.0, lambda drawn: drawn.by_table(CALENDAR)),
    "unit": (0.5, lambda drawn: drawn.by_table(UNITS)),
    "place": (1.4, _name("place")),
    "name": (1.4, lambda drawn: _name("person")(drawn) or _capital(drawn)),
    "organisation": (0.8, _name("organisation")),
    "office": (0.7, lambda drawn: drawn.by_table(OFFICES)),
    "negation": (1.6, _negation),
    "antonym": (1.8, lambda drawn: drawn.by_table(ANTONYMS)),
    "modality": (0.5, _modality),
    "quantifier": (0.9, lambda drawn: drawn.by_table(QUANTIFIERS)),
    "bound": (0.4, _bound),
    "roles": (1.0, _roles),
    "word": (1.0, _noun),
    "added": (0.5, _added),
    "merged": (0.4, _merged),
    "two": (0.3, _two_changes),
}
"""Weight and function of each kind of edit. A kind that the sentence has no place for gives way to another."""


def edited(drawn: Drawn) -> tuple[str, list[Change]]:
    """One edit of a sentence: its kind and its changes."""
    kinds = list(EDITS)
    weights = [EDITS[kind][0] for kind in kinds]
    while kinds:
        at = drawn.dice.choices(range(len(kinds)), weights)[0]
        changes = [one for one in EDITS[kinds[at]][1](drawn) if drawn.words[one.first : one.last] != one.new]
        if changes:
            return kinds[at], changes
        del kinds[at], weights[at]
    return "", []


def applied(words: Words, changes: Sequence[Change]) -> tuple[Words, frozenset[int]]:
    """The changed words, and the indexes of those that the changes put in (or, if they only removed, of the next)."""
    made: list[str] = []
    wrong: set[int] = set()
    end = 0
    for one in sorted(changes):
        made += words[end : one.first]
        old = words[one.first : one.last]
        same = 0
        while same < min(len(old), len(one.new)) and old[same].rstrip(".،,") == one.new[same].rstrip(".،,"):
            same += 1
        wrong |= set(range(len(made) + same, len(made) + max(len(one.new), same + 1)))
        made += one.new
        end = one.last
    made += words[end:]
    return tuple(made), frozenset(at for at in wrong if at < len(made))


def originals(changes: Sequence[Change], count: int) -> frozenset[int]:
    """The indexes of the words that the changes take away, where the quote and not the claim is edited."""
    return frozenset(
        at for one in changes for at in range(one.first, max(one.last, one.first + 1)) if at < count
    )  # fmt: skip


# What stays true: shorter, in another order, with synonyms.


def kept_words(words: Words, language: str, dice: random.Random) -> list[int]:
    """Indexes of the words that a shorter claim keeps: without brackets, its last clause, light words."""
    kept = list(range(len(words)))
    opened = next((at for at in kept if words[at].startswith("(")), None)
    if opened is not None:
        closed = next((at for at in kept[opened:] if ")" in words[at]), None)
        if closed is not None and closed - opened < 8:
            kept = [at for at in kept if not opened <= at <= closed]
    commas = [at for at in kept if words[at].endswith(("،", ",", "؛", ";")) and at >= 5]
    if commas and dice.random() < 0.75:
        cut = dice.choice(commas)
        if cut + 1 < len(words):
            kept = [at for at in kept if at <= cut]
    elif len(kept) > 14 and language == "ar" and dice.random() < 0.5:
        stops = [
            at for at in kept[8:-2] if words[at] in ("وذلك", "حيث", "وفق", "حسب", "بحسب", "بعد", "خلال", "إثر", "عقب")
        ]
        if stops:
            kept = [at for at in kept if at < stops[0]]
    if language == "ar" and dice.random() < 0.4:
        light = {"اليوم", "أمس", "السيد", "السيدة", "الدكتور", "أيضا", "كذلك", "قد", "وقد", "كما"}
        kept = [at for at in kept if words[at] not in light or words[at - 1] in ("يوم", "مساء", "صباح", "ليلة")]
    return kept if len(kept) >= 4 else list(range(len(words)))


def restated(words: Words, language: str, dice: random.Random) -> Words:
    """The same statement with synonyms, another order, and another opening."""
    drawn = Drawn(words, language, (), (), Pools(), dice)
    for _ in range(dice.choice((0, 1, 1, 2))):
        for change in drawn.by_table(TRUE_SYNONYMS):
            words = applied(words, [change])[0]
            drawn = Drawn(words, language, (), (), Pools(), dice)
    if dice.random() < 0.5:
        words = _reordered(words, language)
    if language == "ar" and words and dice.random() < 0.5 and len(words[0]) > 4 and words[0][:1] == "و":
        # A conjunction at the start of a sentence.
        bare = words[0][1:]
        if normal_form(bare)[:2] in ("ال", "قد", "كا", "اك", "اع", "اض", "اش", "اف", "او", "قا"):
            words = (bare, *words[1:])
    return words


_SAYING: Final = frozenset(
    (  # noqa: SIM905
        "قال قالت أكد أكدت أعلن أعلنت أفاد أفادت أوضح أوضحت ذكر ذكرت صرح صرحت كشف كشفت أضاف أضافت أشار أشارت لفت اعتبر"
    ).split()
)


def _reordered(words: Words, language: str) -> Words:
    if language == "ar" and words[0] in _SAYING:
        that = next((at for at, word in enumerate(words[2:10], 2) if word in ("أن", "إن", "أنّ", "إلى", "عن")), None)
        if that is not None:
            return (*words[1:that], words[0], *words[that:])
    comma = next((at for at, word in enumerate(words[:8]) if word.endswith((",", "،"))), None)
    if (
        language == "en"
        and comma is not None
        and words[0] in ("In", "On", "At", "After", "During", "By", "Since", "Before")
    ):
        rest = words[comma + 1 :]
        if 5 <= len(rest) <= 20 and not any(word.endswith(",") for word in rest):
            moved = (words[0].lower(), *words[1:comma], words[comma].rstrip(","))
            first = rest[0] if rest[0] not in _OPENERS and rest[0].istitle() else rest[0][:1].upper() + rest[0][1:]
            return (first, *rest[1:-1], rest[-1].rstrip("."), *moved)
    last = next((at for at in range(len(words) - 2, 4, -1) if words[at].endswith((",", "،"))), None)
    if last is not None and 2 <= len(words) - last - 1 <= 9:
        tail = words[last + 1 :]
        if tail[0] in (
            "وفق",
            "حسب",
            "بحسب",
            "خلال",
            "بعد",
            "إثر",
            "عقب",
            "according",
            "after",
            "during",
            "in",
            "while",
        ):
            return (*tail[:-1], tail[-1].rstrip(".") + ("،" if language == "ar" else ","), *words[:last],
                    words[last].rstrip(",،"))  # fmt: skip
    return words


# Words of one language put into the other (code-switching: Qin et al. 2020, arXiv 2006.06402): pairs across languages
# in a number that parallel texts do not have.


@cache
def _dictionary(language: str) -> dict[str, tuple[str, ...]]:
    """Words of a language → words of the other, from the tables of senses and the names of places."""
    found: dict[str, list[str]] = defaultdict(list)
    members = [part for line in OPPOSITES.replace("\\\n", "").splitlines() for part in line.lstrip("= ").split("<>")]
    for member in (*members, *SYNONYMS.replace("\\\n", "").splitlines()):
        arabic, _, english = member.partition("|")
        ours, theirs = (arabic.split(), english.split()) if language == "ar" else (english.split(), arabic.split())
        for word in ours:
            if theirs and "_" not in word:
                found[_key(word)] += [one.replace("_", " ") for one in theirs[:2]]
    for _, arabic, english in english_names():
        one, other = (arabic, english) if language == "ar" else (english, arabic)
        if one and other and " " not in one:
            found[_key(one)] = [other]
    return {word: tuple(others) for word, others in found.items()}


def switched(words: Words, language: str, dice: random.Random) -> tuple[Words, list[int]]:
    """Words with some put into the other language; and for each new word, the index of its old one."""
    table = _dictionary(language)
    share = dice.choice((0.5, 0.8, 1.0))
    made: list[str] = []
    origin: list[int] = []
    for at, word in enumerate(words):
        before, core, after = _split(word)
        new = None
        if dice.random() < share:
            keys = [_key(core)]
            if language == "ar":
                normal = keys[0]
                keys += [normal[2:]] if normal.startswith("ال") else []
                keys += [normal[1:]] if normal[:1] in "وبلف" and len(normal) > 4 else []
                keys += [normal[3:]] if normal[1:3] == "ال" and normal[:1] in "وبفك" else []
            else:
                keys += [keys[0].removesuffix("s"), keys[0].removesuffix("ed")]
            options = next((table[key] for key in keys if key in table), None)
            new = dice.choice(options) if options else None
        several = f"{before}{new}{after}".split() if new else [word]
        made += several
        origin += [at] * len(several)
    return tuple(made), origin


# The sources, and the pairs made from them.


class Sentence(NamedTuple):
    words: Words
    article: str
    language: str
    other: Words = ()
    """The parallel sentence in the other language."""


def protected_news() -> tuple[frozenset[str], frozenset[str]]:
    """Names of ANT's files behind the claims of the tests, and their quotes in normal form."""
    files, quotes = set(), set()
    for half in ("tune", "held"):
        for line in (CLAIMS / f"{half}.jsonl").read_text(encoding="utf-8").splitlines():
            one = json.loads(line)
            for source, quote in zip(one["sources"], one["quotes"], strict=True):
                if not source.startswith("xquad:"):
                    files.add(source.rsplit("/", 1)[-1])
                    quotes.add(normal_form(quote))
    return frozenset(files), frozenset(quotes)


def held_titles() -> frozenset[str]:
    lines = (CLAIMS / "held.jsonl").read_text(encoding="utf-8").splitlines()
    return frozenset(source.removeprefix("xquad:") for line in lines for source in json.loads(line)["sources"])


def _told(text: str) -> list[Words]:
    found = (tuple(one.of(text).split()) for one in sentences(text, Span(0, len(text))))
    return [words for words in found if len(words) in WORDS]


def news(folder: Path) -> Iterator[Sentence]:
    """Sentences of ANT that the verifier may see."""
    files, quotes = protected_news()
    for article in read_news(folder)[MEASURED_NEWS:]:
        if any(article.source.endswith(name) for name in files):
            continue
        told = [words for span in article.body for words in _told(span.of(article.text))]
        whole = normal_form(article.text)
        if not any(quote in whole for quote in quotes if len(quote) > 40):
            yield from (Sentence(words, article.source, "ar") for words in told if ARABIC.search(words[0]))


def squad(folder: Path) -> Iterator[Sentence]:
    for number, title in enumerate(load_published(folder, "squad-train.json.xz")["data"][:-HELD_ARTICLES]):
        for paragraph in title["paragraphs"]:
            yield from (Sentence(words, f"squad-{number}", "en") for words in _told(paragraph["context"]))


def trained_titles(folder: Path) -> frozenset[str]:
    """Titles of the articles of XQuAD whose sentences the verifier may see."""
    held = held_titles()
    titles = [one["title"] for one in load_published(folder, "xquad.en.json")["data"]]
    return frozenset(title for title in titles[1::2] if title not in held)


def parallel(folder: Path) -> Iterator[Sentence]:
    """Parallel sentences of XQuAD that the verifier may see, in both orders, where both texts have as many."""
    both = {code: load_published(folder, f"xquad.{code}.json")["data"] for code in ("ar", "en")}
    allowed = trained_titles(folder)
    for number, (arabic, english) in enumerate(zip(both["ar"], both["en"], strict=True)):
        if number % 2 == 0 or english["title"] not in allowed:
            continue
        for one, two in zip(arabic["paragraphs"], english["paragraphs"], strict=True):
            ours, theirs = (
                [tuple(span.of(text).split()) for span in sentences(text, Span(0, len(text)))]
                for text in (one["context"], two["context"])
            )
            if len(ours) != len(theirs):
                continue
            for first, second in zip(ours, theirs, strict=True):
                if 5 <= len(first) <= 55 and 0.5 < len(first) / len(second) < 1.6:
                    yield Sentence(first, f"xquad-{number}", "ar", second)
                    yield Sentence(second, f"xquad-{number}", "en", first)


Fold = Literal["train", "measure"]


def headlines(folder: Path, fold: Fold) -> Iterator[ClaimPair]:
    """ANS: headlines with people's paraphrases and corruptions; either may be the claim in training."""
    rows = {
        part: list(csv.DictReader(existing(folder, f"ans-stance-{part}.csv").read_text(encoding="utf-8").splitlines()))
        for part in ("train", "dev")
    }
    held = {normal_form(row[side]) for row in rows["dev"] for side in ("s1", "s2")}
    for row in rows["train" if fold == "train" else "dev"]:
        if row["stance"] not in ("agree", "disagree"):
            continue
        if fold == "train" and {normal_form(row["s1"]), normal_form(row["s2"])} & held:
            continue
        true = row["stance"] == "agree"
        yield ClaimPair(row["s2"], row["s1"], true, "headline", "ans", "ar-ar", marked=true)


def played(folder: Path, fold: Fold) -> Iterator[ClaimPair]:
    """FM2: players' claims with their evidence."""
    for line in lzma.decompress(existing(folder, "fm2-dev.jsonl.xz").read_bytes()).decode().splitlines():
        one = json.loads(line)
        page = int(hashlib.sha256(one["wikipedia_page"].encode()).hexdigest(), 16) % FOLDS
        if (page == 0) == (fold == "measure") and one["label"] in ("SUPPORTS", "REFUTES"):
            quote = " ".join(part["text"] for part in one["gold_evidence"])
            true = one["label"] == "SUPPORTS"
            yield ClaimPair(one["text"], quote, true, "played", "fm2", "en-en", marked=true)


def written(folder: Path, fold: Literal["train", "fit", "measure"], file: Path = WRITTEN) -> Iterator[ClaimPair]:
    """Claims written for this project: to train on, to fit the weights of rules and verifier, and to measure."""
    articles = {article.id: article.text for article in read_news(folder)}
    for line in lzma.decompress(file.read_bytes()).decode().splitlines():
        told, article, numbers, label, kind, claim, wrong = line.split("\t")
        if told != fold:
            continue
        text = articles[article]
        found = sentences(text, Span(0, len(text)))
        first, *last = (int(one) - 1 for one in numbers.split("-"))
        quote = trim(text, Span(found[first].start, found[(last or [first])[0]].end)).of(text)
        at = claim.index(wrong)
        marks = (Span(at, at + len(wrong)),) if wrong else ()
        true = label == "T"
        yield ClaimPair(
            claim, quote, true, kind, "written", f"{question_language(claim)}-ar", marks, true or bool(wrong)
        )


def pairs(folder: Path, seed: int = 1, sizes: dict[str, int] = SIZES, claims: Path = WRITTEN) -> Iterator[ClaimPair]:
    """All training pairs, in an order that depends only on the seed; the last `DEVELOPMENT` are for development."""
    dice = random.Random(seed)  # noqa: S311 - not for security
    sources = {"ant": list(news(folder)), "squad": list(squad(folder)), "xquad": list(parallel(folder))}
    made: list[ClaimPair] = []
    for source, told in sources.items():
        pools = Pools()
        for one in dice.sample(told, min(len(told), 5000)):
            pools.add(one.words, one.language)
        articles: dict[tuple[str, str], list[Words]] = defaultdict(list)
        for one in told:
            articles[one.article, one.language].append(one.words)
        for kind in (source, *(("switched",) if source == "ant" else ())):
            for at in range(sizes[kind]):
                one = dice.choice(told) if source != "xquad" else told[at % len(told)]
                beside = tuple(words for words in articles[one.article, one.language] if words != one.words)
                elsewhere = dice.choice(told)
                while elsewhere.language != one.language or elsewhere.article == one.article:
                    elsewhere = dice.choice(told)
                drawn = Drawn(one.words, one.language, beside, elsewhere.words, pools, dice)
                pair = _across(drawn, one) if source == "xquad" else _within(drawn, source, switch=kind == "switched")
                if pair is not None:
                    made.append(pair)
    made += headlines(folder, "train")
    made += played(folder, "train")
    made += 2 * list(written(folder, "train", claims))
    dice.shuffle(made)
    yield from made
    development = list(written(folder, "fit", claims))
    dice.shuffle(development)
    yield from development[:DEVELOPMENT]


TRUE: Final = 0.45
"""Share of true claims."""


class _Sides(NamedTuple):
    """A claim and a quote with the claim's wrong words, by index; `marked` is whether these are known."""

    kind: str
    claim: Words
    quote: Words
    wrong: frozenset[int] = frozenset()
    marked: bool = True


def _shorter(words: Words, language: str, dice: random.Random, share: float) -> Words:
    return tuple(words[at] for at in kept_words(words, language, dice)) if dice.random() < share else words


def _within(drawn: Drawn, source: str, *, switch: bool) -> ClaimPair | None:
    """A pair in one language, or with words of one side put into the other."""
    dice, language = drawn.dice, drawn.language
    chance = dice.random()
    true = chance < TRUE
    if true:
        sides = _true_sides(drawn)
    elif chance < TRUE + 0.05 and drawn.beside:
        sides = _Sides("unrelated", dice.choice(drawn.beside), drawn.words, marked=False)
    else:
        # In a third the quote is edited, so that a false claim does not differ from a true one by itself.
        found = _quote_edited(drawn) if dice.random() < 0.35 else _claim_edited(drawn)
        if found is None:
            return None
        sides = found
    languages = f"{language}-{language}"
    if switch:
        languages = f"{language}~"
        if dice.random() < 0.5:
            claim, origin = switched(sides.claim, language, dice)
            wrong = frozenset(place for place, at in enumerate(origin) if at in sides.wrong)
            sides = sides._replace(claim=claim, wrong=wrong)
        else:
            sides = sides._replace(quote=switched(sides.quote, language, dice)[0])
    return _pair(sides, source, languages, true=true)


def _true_sides(drawn: Drawn) -> _Sides:
    """A sentence restated, beside itself or with a neighbour; with that, sometimes a claim that joins both."""
    dice, words, language = drawn.dice, drawn.words, drawn.language
    claim = _shorter(words, language, dice, 0.75)
    claim = restated(claim, language, dice) if dice.random() < 0.85 else claim
    if not drawn.beside or dice.random() >= 0.2:
        return _Sides("restated", claim, words)
    other = dice.choice(drawn.beside)
    quote = (*words, *other) if dice.random() < 0.5 else (*other, *words)
    if dice.random() >= 0.4:
        return _Sides("restated", claim, quote)
    comma, joint = ("،", "كما") if language == "ar" else (",", "and")
    return _Sides("merged", (*claim[:-1], claim[-1].rstrip(".،,") + comma, joint, *other), quote)


def _quote_edited(drawn: Drawn) -> _Sides | None:
    dice, words = drawn.dice, drawn.words
    kind, changes = edited(drawn)
    if not kind or kind in ("added", "merged"):
        return None
    wrong = originals(changes, len(words))
    kept = kept_words(words, drawn.language, dice) if dice.random() < 0.6 else list(range(len(words)))
    if not wrong <= set(kept):
        kept = list(range(len(words)))
    wrong = frozenset(place for place, at in enumerate(kept) if at in wrong)
    return _Sides(kind, tuple(words[at] for at in kept), applied(words, changes)[0], wrong)


def _claim_edited(drawn: Drawn) -> _Sides | None:
    dice, words, language = drawn.dice, drawn.words, drawn.language
    claim = _shorter(words, language, dice, 0.6)
    claim = restated(claim, language, dice) if dice.random() < 0.6 else claim
    kind, changes = edited(replace(drawn, words=claim))
    if not kind:
        return None
    claim, wrong = applied(claim, changes)
    longer = drawn.beside and dice.random() < 0.15 and kind not in ("merged", "added")
    return _Sides(kind, claim, (*words, *dice.choice(drawn.beside)) if longer else words, wrong)


def _across(drawn: Drawn, one: Sentence) -> ClaimPair | None:
    """A pair of parallel sentences, one side shortened or edited."""
    dice, words, language = drawn.dice, drawn.words, one.language
    other = "en" if language == "ar" else "ar"
    chance = dice.random()
    true = chance < 0.4
    if true:
        claim = _shorter(words, language, dice, 0.6)
        claim = restated(claim, language, dice) if dice.random() < 0.5 else claim
        sides = _Sides("translation", claim, one.other)
    elif chance < 0.46 and drawn.beside:
        sides = _Sides("unrelated", dice.choice(drawn.beside), one.other, marked=False)
    elif dice.random() < 0.3:
        kind, changes = edited(replace(drawn, words=one.other, language=other, beside=(), elsewhere=()))
        if not kind:
            return None
        sides = _Sides(kind, words, applied(one.other, changes)[0], marked=False)
    else:
        claim = _shorter(words, language, dice, 0.5)
        kind, changes = edited(replace(drawn, words=claim))
        if not kind:
            return None
        claim, wrong = applied(claim, changes)
        sides = _Sides(kind, claim, one.other, wrong)
    return _pair(sides, "xquad", f"{language}-{other}", true=true)


def _pair(sides: _Sides, source: str, languages: str, *, true: bool) -> ClaimPair | None:
    claim, quote = " ".join(sides.claim), " ".join(sides.quote)
    if not claim or (not true and normal_form(claim) == normal_form(quote)):
        return None
    spans, at = [], 0
    for place, word in enumerate(sides.claim):
        if place in sides.wrong:
            spans.append(Span(at, at + len(word)))
        at += len(word) + 1
    return ClaimPair(claim, quote, true, sides.kind, source, languages, tuple(spans), sides.marked)


def read(path: Path) -> list[ClaimPair]:
    """Read the pairs of a file."""
    with path.open(encoding="utf-8") as lines:
        found = (json.loads(line) for line in lines)
        return [ClaimPair(**{**one, "wrong": tuple(Span(*span) for span in one["wrong"])}) for one in found]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.training.claim_pairs", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", type=Path, help="the folder of the public data; by default ISNAD_DATA")
    options = parser.parse_args(arguments)
    counted: Counter[tuple[str, bool]] = Counter()
    with options.file.open("w", encoding="utf-8") as file:
        for pair in pairs(folder_of(options.data), options.seed):
            counted[pair.source, pair.true] += 1
            file.write(json.dumps(asdict(pair), ensure_ascii=False) + "\n")
    sys.stdout.write(f"{dict(counted)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
