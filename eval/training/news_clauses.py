"""Shallow parser for Arabic news: sentences that begin with a verb, their noun phrases, names, times and places.

Rules over words and word lists (`eval.training.news_words`), without a model. The accuracy is sufficient only for
generating training questions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from eval.training.news_words import (
    ADJECTIVES,
    AUXILIARIES,
    BODIES,
    DOING,
    HEADS,
    NEVER_SUBJECT,
    OFFICES,
    PREPOSITIONS,
    PRESENT,
    SAYING,
    SAYING_TO,
    STOPS,
    THAT,
    THINGS,
    TIME,
    TIME_BEFORE,
    TOWN_OF_TWO,
    TOWNS,
    VAGUE,
    WITH_PREFIX,
)  # fmt: skip
from rag.text.dates import dates
from rag.text.name_shapes import is_given, is_ordinary_arabic, is_particle
from rag.text.names import places
from rag.text.normalise import Word, normal_form, words
from rag.text.numbers import numbers
from rag.types import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_TOKEN: Final = re.compile(r"\d+(?:[.,٫]\d+)*|[^\W\d]+(?:[\u064b-\u0652]+[^\W\d]*)*|[^\w\s]")
_LETTERS: Final = re.compile("[\u0621-\u064a]")
_QUOTATION: Final = 5
"""Maximum number of tokens of a quotation that counts as a name."""
QUOTES: Final = frozenset("\"«»“”'”‘’")
_COMMAS: Final = frozenset("،,")
_NAME_TOKENS: Final = 5
_SON_OF: Final = frozenset({"بن", "بو", "ابن", "عبد", "ال", "ابو"})
_OPENING: Final = frozenset({"و", "كما", "قد", "وقد", "لقد", "هذا", "ولقد"})
_FROM_SIDE: Final = frozenset({"من جهته", "من جهتها", "من جانبه", "من جانبها"})
_INTRANSITIVE: Final = frozenset({"توفي", "وصل", "عاد", "غادر", "ولد", "فاز", "نجا", "استقال", "انسحب"})
_DATE_JOINTS: Final = frozenset({"من", "/"})
_IN: Final = frozenset({"في", "داخل", "قرب", "وسط", "شمال", "جنوب"})


def feminine(verb: str) -> str:
    return verb[:-1] + "ت" if verb[-1] in "اى" else verb + "ت"


class Verb(NamedTuple):
    masculine: str
    feminine: bool
    says: bool


@cache
def verbs() -> dict[str, Verb]:
    """Map normal forms to verbs; a masculine form takes precedence over a feminine one with the same letters."""
    found: dict[str, Verb] = {}
    for says, listed in ((True, f"{SAYING} {' '.join(SAYING_TO)}"), (False, DOING)):
        for verb in listed.split():
            for form, is_feminine in ((verb, False), (feminine(verb), True)):
                found.setdefault(normal_form(form), Verb(verb, is_feminine, says))
    for verb in PRESENT.split():
        for future in ("", "س"):
            found.setdefault(normal_form(future + verb), Verb(future + verb, False, False))
            found.setdefault(normal_form(future + "ت" + verb[1:]), Verb(future + verb, True, False))
    return found


class Token(NamedTuple):
    """A word, number or punctuation mark of an article's text, with its normal form and span in code points."""

    text: str
    normal: str
    start: int
    end: int
    quotation: int = 0
    """An id of the short quotation that contains the token, such as a name in quotes; 0 outside."""

    @property
    def is_word(self) -> bool:
        return self.normal[:1].isalnum()


def tokens_of(text: str, span: Span) -> list[Token]:
    found: list[Token] = []
    opened: int | None = None
    for match in _TOKEN.finditer(text, span.start, span.end):
        if match.group() in QUOTES:
            if opened is not None and 0 < len(found) - opened <= _QUOTATION:
                found[opened:] = [token._replace(quotation=match.start()) for token in found[opened:]]
                opened = None
            else:
                opened = len(found)
        elif normal := normal_form(match.group()):
            found.append(Token(match.group(), normal, *match.span()))
    return found


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause that begins with a verb. `rest`: the tokens after the verb, to the next clause or end of sentence."""

    verb: Verb
    surface: str
    rest: tuple[Token, ...]
    whole: tuple[Token, ...]
    """The tokens after the verb to the end of the sentence."""

    @property
    def masculine(self) -> str:
        return self.verb.masculine

    @property
    def quotes(self) -> bool:
        """Whether reported speech follows the verb."""
        return self.verb.says and any(token.normal in THAT for token in self.whole[:20])

    @property
    def reports(self) -> bool:
        """Whether the clause is, or may be, reported speech."""
        said = self.verb.says and self.key not in {"اعلن", "كشف", "نفي"}
        return said or any(token.normal in THAT for token in self.whole[:20])

    @property
    def least(self) -> int:
        """The minimum number of words after the verb for the clause to be complete."""
        start, end = subject_of(self)
        if self.key in THINGS or self.key in _INTRANSITIVE:
            return max(3, end - start + 1)
        return max(5, end - start + 3 if end > start else 6)

    @property
    def key(self) -> str:
        return normal_form(self.verb.masculine)


def clause_of(found: Sequence[Token]) -> Clause | None:
    """Return the clause that opens a sentence, ignoring particles; None if the sentence does not begin with a verb."""
    at = 0
    while at < len(found) and (not found[at].is_word or found[at].normal in _OPENING):
        at += 1
    if at + 2 < len(found) and f"{found[at].normal} {found[at + 1].normal}".removeprefix("و") in _FROM_SIDE:
        at += 3 if not found[at + 2].is_word else 2
        at += at < len(found) and found[at].normal in {"فقد", "قد"}
    if at >= len(found):
        return None
    token = found[at]
    for skipped in (0, 1):
        verb = verbs().get(token.normal[skipped:])
        if verb and (not skipped or token.normal[0] == "و"):
            whole = tuple(found[at + 1 :])
            return Clause(verb, token.text[skipped:], whole[: clause_end(whole)], whole)
    return None


def clause_end(found: Sequence[Token], stops: frozenset[str] = STOPS) -> int:
    """Return where a clause ends: at punctuation (except an apposition between commas) or at one of `stops`."""
    at = 0
    while at < len(found):
        token = found[at]
        if token.normal in _COMMAS:
            name = name_end(found, at + 1)
            if not name or not at or (name < len(found) and found[name].normal not in _COMMAS):
                return at
            at = name
        elif token.normal == "(":
            close = next((k for k in range(at, min(at + 6, len(found))) if found[k].normal == ")"), None)
            if close is None:
                return at
            at = close
        elif _ends(token, stops, opens=at == 0):
            return at
        at += 1
    return at


def _ends(token: Token, stops: frozenset[str], *, opens: bool) -> bool:
    """Whether a clause ends before a token; `opens`: the token is its first one."""
    if not token.is_word:
        return token.normal not in {"-", "/", "%"}
    joined = token.normal[0] == "و" and token.normal[1:] in verbs() and token.normal not in verbs()
    return not opens and (token.normal in stops or joined)


def is_arabic(token: Token) -> bool:
    return bool(_LETTERS.match(token.normal))


@cache
def _is_ordinary(normal: str) -> bool:
    return bool(normal) and is_ordinary_arabic(Word(normal, Span(0, len(normal))))


def without_article(normal: str) -> str:
    return normal[2:] if normal.startswith("ال") and len(normal) > 4 else normal


def is_namelike(token: Token) -> bool:
    normal = token.normal
    if not is_arabic(token) or len(normal) < 3 or normal in TIME or normal in PREPOSITIONS or is_particle(normal):
        return False
    return is_given(normal) or not _is_ordinary(normal)


def name_end(found: Sequence[Token], start: int) -> int | None:
    """Return where a person's name of two to four words at `start` ends; None if there is no name."""
    if start >= len(found) or found[start].normal.startswith(("ال", "لل", "وال", "بال")) or not _is_name(found[start]):
        return None
    at = start + 1
    while at < len(found) and at - start < _NAME_TOKENS:
        normal, before = found[at].normal, found[at - 1].normal
        if normal == "-" and at + 1 < len(found) and is_namelike(found[at + 1]):
            at += 2
        elif normal in _SON_OF or (normal.startswith("ال") and (before == "عبد" or normal in {"الدين", "الله"})):
            at += 1
        elif normal.startswith("ال"):
            at += len(normal) > 4 and normal not in TIME and (not _is_ordinary(normal) or is_given(before))
            break
        elif _is_name(found[at]):
            at += 1
        else:
            break
    return None if at - start < 2 or found[at - 1].normal in _SON_OF - {"ال"} else at


def _is_name(token: Token) -> bool:
    """Whether a token may be part of a name: not a verb, and not beginning with a particle."""
    normal = token.normal
    return is_namelike(token) and normal not in verbs() and (normal[0] not in "وبل" or is_given(normal))


def phrase_end(found: Sequence[Token], start: int, *, longest: int = 9) -> int:
    """Return where the noun phrase at `start` ends; `start` itself if there is none.

    A head without an article extends to the word that makes it definite; then adjectives with an article follow, then a
    name in apposition.
    """
    if start >= len(found) or not _may_head(found[start]):
        return start
    if name := name_end(found, start):
        return name
    head = found[start].normal
    if head.endswith("ين") or (head.endswith("ي") and head[0] == "م" and len(head) > 5):
        return start  # the object form of a plural
    titled, body = without_article(head) in OFFICES, without_article(head) in BODIES
    has = _Definite(head.startswith("ال"), head.startswith("ال"))
    at = start + 1
    while at < len(found) and at - start < longest and is_arabic(found[at]):
        quotation = found[at].quotation
        if quotation and (quotation == found[at - 1].quotation or not has.definite or titled or body):
            following: _Definite | None = has._replace(definite=True)
        elif titled and _belongs(found[at].normal):
            article = found[at].normal[1:3] == "ال" or found[at].normal.startswith("لل")
            following = _Definite(article, article)
        else:
            following = _with(found[at].normal, has, head, body=body)
        if following is None:
            break
        has = following
        at += 1
    if titled or (has.definite and has.article and not body):
        after = at + (at < len(found) and titled and found[at].normal in _COMMAS)
        if name := name_end(found, after):
            return name
    return at if has.definite or at - start > 1 else start


class _Definite(NamedTuple):
    """Whether a phrase is definite so far, and whether by an `article`, so that its adjectives have one too."""

    definite: bool
    article: bool


def _with(normal: str, has: _Definite, head: str, *, body: bool) -> _Definite | None:
    """Extend a phrase by a word; None if the word is not part of it. The name of a `body` may continue after ل."""
    if is_adjunct(normal) and not normal.startswith("العام"):
        return None
    if normal.startswith("ال") or (has.definite and normal.startswith("وال")):
        goes_on = not has.definite or (has.article and _agrees(normal, head))
        return _Definite(definite=True, article=True) if goes_on else None
    if normal.startswith("لل"):
        return _Definite(definite=True, article=True)
    if has.definite:
        return has._replace(definite=False) if body and normal[0] == "ل" and len(normal) > 3 else None
    if normal in verbs() or _has_prefix(normal):
        return None
    return _Definite(definite=True, article=False) if not _is_ordinary(normal) or is_place(normal) else has


def _may_head(token: Token) -> bool:
    normal = token.normal
    if not is_arabic(token) or is_adjunct(normal) or normal in NEVER_SUBJECT:
        return False
    return normal[0] not in "بل" or normal in WITH_PREFIX or is_given(normal) or not _is_ordinary(normal[1:])


def _belongs(normal: str) -> bool:
    """Whether a word links an office to its institution: باسم, عن, بحزب."""
    body = without_article(normal[1:].removeprefix("ال"))
    return normal in {"باسم", "عن", "لدي"} or (normal[0] in "بل" and body in BODIES)


def is_adjunct(normal: str, *, times_too: bool = True) -> bool:
    """Whether a word begins an adjunct: a preposition, a particle or, with `times_too`, a time."""
    return normal in PREPOSITIONS or is_particle(normal) or (times_too and normal in TIME)


def _has_prefix(normal: str) -> bool:
    """Whether a word begins with a prefixed preposition: بطلق, but not بطولة."""
    return normal[0] in "بل" and normal not in WITH_PREFIX and (normal[1:3] == "ال" or _is_ordinary(normal[1:]))


def _agrees(normal: str, head: str) -> bool:
    """Whether a word with an article may continue a phrase with one: it is more likely an adjective than an object."""
    if head.endswith("ون"):
        return normal.endswith(("ون", "ين"))
    return normal.endswith(("ه", "ي", "ين", "ون", "ات")) or normal in ADJECTIVES or normal.startswith("وال")


@cache
def is_place(normal: str) -> bool:
    return normal in TOWNS or any(place.span == Span(0, len(normal)) for place in places(normal, words(normal)))


def subject_of(clause: Clause) -> tuple[int, int]:
    """Return the token range of a clause's subject, skipping times before it; an empty range without a subject."""
    rest = clause.rest
    at = 0
    while at < len(rest) and (rest[at].normal in TIME or rest[at].normal.isdigit() or is_month(rest[at].normal)):
        if rest[at].normal.isdigit() and not (at + 1 < len(rest) and (is_month(rest[at + 1].normal) or at)):
            break
        at += 1
    return at, phrase_end(rest, at)


def is_vague(subject: Sequence[Token]) -> bool:
    """Whether a subject is a single word for an office, which only earlier sentences identify."""
    return len(subject) == 1 and (without_article(subject[0].normal) in OFFICES or subject[0].normal in VAGUE)


@cache
def is_month(normal: str) -> bool:
    return bool(normal) and any(mention.month for mention in dates(f"3 {normal} 2016"))


def joined_tokens(found: Iterable[Token]) -> str:
    """Join tokens as text of a question: no quotes, and no space before punctuation."""
    text = " ".join(token.text for token in found)
    text = re.sub(r"\s+([،,.:)%])", r"\1", text)
    text = re.sub(r"([(])\s+", r"\1", text)
    text = re.sub(r"(\d) - (\d)", r"\1-\2", text)
    return text.strip(" ،,-.:")


def span_of(found: Sequence[Token]) -> Span:
    return Span(found[0].start, found[-1].end)


def times(found: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Yield the token ranges of dates: مساء أمس الخميس 28 أفريل 2016."""
    at = 0
    while at < len(found):
        end = at
        while end < len(found) and _in_time(found, end, begun=end > at):
            end += 1
        while end > at and found[end - 1].normal in _DATE_JOINTS:
            end -= 1
        if end > at and dates(" ".join(token.text for token in found[at:end])):
            yield at, end
            at = end
        else:
            at += 1


def _in_time(found: Sequence[Token], at: int, *, begun: bool) -> bool:
    """Whether a token is part of a date; `begun`: the token before it is."""
    normal = found[at].normal
    following = found[at + 1].normal if at + 1 < len(found) else ""
    if normal in TIME or is_month(normal):
        return True
    if re.fullmatch(r"\d{1,4}", normal):
        return begun or is_month(following)
    return begun and normal in _DATE_JOINTS and (following in TIME or is_month(following))


def without_times(found: Sequence[Token]) -> list[Token]:
    gone: set[int] = set()
    for start, end in times(found):
        gone.update(range(start, end))
        if start and found[start - 1].normal in TIME_BEFORE:
            gone.add(start - 1)
    return [token for at, token in enumerate(found) if at not in gone]


def is_verbal(normal: str) -> bool:
    """Whether a word may begin a predicate: a listed verb, an auxiliary, or a word with a present-tense prefix."""
    if normal in verbs() or normal in AUXILIARIES:
        return True
    present = len(normal) > 3 and normal.removeprefix("س")[0] in "يت"
    return present and not normal.endswith(("ه", "ات")) and not is_given(normal)


def is_number(token: Token) -> bool:
    if token.normal[:1].isdigit():
        return True
    found = numbers(token.text)
    return (
        bool(found) and found[0].certain and found[0].kind == "cardinal" and found[0].span == Span(0, len(token.text))
    )


def place_at(rest: Sequence[Token], at: int) -> tuple[Span, int, str] | None:
    """Return the place after في or ب at a token: its span, the index after it, and the type that its head names."""
    token = rest[at]
    if token.normal in _IN and at + 1 < len(rest):
        first, normal, start = at + 1, rest[at + 1].normal, rest[at + 1].start
    elif token.normal.startswith("ب") and len(token.normal) > 3:
        first, normal, start = at, token.normal[1:], token.start + 1
    else:
        return None
    if without_article(normal) in HEADS or normal in HEADS:
        end = _headed_end(rest, first, normal)
        if end == first + 1 and normal != "العاصمه":
            return None
        return Span(start, rest[end - 1].end), end, HEADS.get(without_article(normal), HEADS.get(normal, ""))
    for length in (3, 2, 1):
        run = rest[first : first + length]
        name = " ".join([normal, *(one.normal for one in run[1:])])
        if len(run) == length and is_place(name):
            return None if _is_people(name) else (Span(start, run[-1].end), first + length, "")
    if normal in TOWN_OF_TWO and first + 1 < len(rest) and is_namelike(rest[first + 1]):
        return Span(start, rest[first + 1].end), first + 2, "مدينة"
    return None


def _headed_end(rest: Sequence[Token], first: int, head: str) -> int:
    """Return where a place with a head such as مدينة ends; directly after the head if it has no name."""
    end = first + 1
    while end < len(rest) and end - first <= 3 and is_arabic(rest[end]):
        following = rest[end].normal
        if is_adjunct(following) or following in verbs() or without_article(following) in {"شرطه", "حرس", "امن"}:
            break
        if following[0] in "بل" and following not in WITH_PREFIX and not is_namelike(rest[end]):
            break
        article = following.startswith("ال")
        if head.startswith("ال") and not article:
            break
        if not article and end > first + 1 and rest[end - 1].normal not in TOWN_OF_TWO:
            break
        end += 1
        if article and not (end < len(rest) and rest[end].normal.startswith("ال")):
            break
    return end


def _is_people(name: str) -> bool:
    """Whether a name in the gazetteer is a people or an adjective: التونسي, but not سوتشي."""
    return name.endswith(("يين", "يون", "يات")) or (name.startswith("ال") and name.endswith(("ي", "يه", "عرب")))
