"""Read the filters in a typed question: ``outlet:``, ``after:``, ``name:`` and others, phrases, ``-word``.

What is not surely a filter stays in the question, to the letter: times, links, hyphens, dashes, unpaired quotation
marks. docs/chat.md has the syntax.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from rag.errors import BadInput
from rag.text.lexicon import ASKING, FUNCTION, JOINING
from rag.text.normalise import normal_form, whole_words
from rag.types import Filters, Understood

MOST_PHRASES: Final = 10
"""Maximum number of phrases, and of excluded words, of one question."""


class Typed(NamedTuple):
    """A typed question: its text without the filters, the filters, and these as they are shown."""

    question: str
    filters: Filters
    understood: tuple[Understood, ...]


# Keys in normalised form, and the field of `Filters` that each sets.
_KEYS: Final = {
    **dict.fromkeys(("outlet", "وسيله", "الوسيله"), "outlet"),
    **dict.fromkeys(("after", "بعد"), "published_from"),
    **dict.fromkeys(("before", "قبل"), "published_to"),
    **dict.fromkeys(("file", "ملف", "الملف"), "source"),
    **dict.fromkeys(("lang", "language", "لغه", "اللغه"), "language"),
    **dict.fromkeys(("name", "person", "place", "organisation", "organization"), "names"),
    **dict.fromkeys(("اسم", "الاسم", "شخص", "مكان", "منظمه"), "names"),
}
_SHOWN: Final = {
    "outlet": "outlet",
    "published_from": "from",
    "published_to": "to",
    "source": "file",
    "language": "language",
    "names": "name",
}
_LANGUAGES: Final = {
    **dict.fromkeys(("ar", "arabic", "عربي", "عربيه", "العربيه"), "ar"),
    **dict.fromkeys(("en", "english", "انكليزي", "انكليزيه", "الانكليزيه", "انجليزي", "انجليزيه", "الانجليزيه"), "en"),
}
_PAIRS: Final = {'"': '"', "“": "”", "«": "»", "„": "“"}
_QUOTED: Final = r'"[^"]*"|“[^”]*”|«[^»]*»'
# A key begins a word and its value follows the colon at once: not 10:30, not https://, not a colon in a sentence.
_TERM: Final = rf"(?<!\S)(?P<negated>-?)(?P<key>[^\W\d_]+):(?P<value>{_QUOTED}|[^\s\"“”«»]+)"
# In Arabic a particle may be joined to the opening mark (ب«بيان جنيف»); in 5" the mark is of inches.
_PHRASE: Final = (
    r'(?<![\w"])(?P<not>-?)(?:[وف]?[بلك]?ـ?)(?:"(?P<a>[^\s"](?:[^"]*[^\s"])?)"|“(?P<b>[^“”]+)”|„(?P<c>[^„“]+)“'
    r"|«(?P<d>[^«»]+)»)(?!\w)"
)
_WITHOUT: Final = r"(?<!\S)-(?P<without>[^\W\d_]+(?:['’-]?[^\W_]+)*)(?=[؟?!.,،;؛)]*(?:\s|$))"
_ANY: Final = re.compile(f"{_TERM}|{_PHRASE}|{_WITHOUT}")
_ONLY_PHRASE: Final = re.compile(_PHRASE)
_SPACE_BEFORE: Final = re.compile(r"(?:^|\s)\s*(?=[؟?!،,;؛](?:\s|$))")
_CLOSES: Final = re.compile(r"\w-(?:[\s؟?!.,،]|$)")
_DAY: Final = re.compile(r"(\d{4})(?:[-/](\d{1,2})(?:[-/](\d{1,2}))?)?")
_RELATIVE_ADJECTIVE: Final = re.compile(r"ال\w{2,}(?:ي|يه|يين|يون|يان|يتين|يات)")
_PUNCTUATION: Final = "؟?!،,;؛"
_FUNCTION_WORDS: Final = ASKING | FUNCTION | JOINING


def parse(typed: str, given: Filters = Filters()) -> Typed:  # noqa: B008 (immutable)
    """Read the filters in `typed`. They replace those of `given`; names, phrases and excluded words are added.

    A quoted phrase is a filter and stays in the question; every other filter is taken out of it. Raises `BadInput` for
    a value that cannot be read, and for a filter that is given twice.
    """
    reading = _Reading(given)
    text = _ANY.sub(reading.read, typed)
    if text != typed:
        text = _SPACE_BEFORE.sub("", text).lstrip("،,;؛")
    return Typed(" ".join(text.split()), reading.filters, tuple(reading.understood))


def written(typed: str) -> tuple[tuple[Understood, str], ...]:
    """Each filter that `parse` reads in a question, with its text there, a slice of `typed`. Raises as `parse`."""
    reading = _Reading(Filters())
    _ANY.sub(reading.read, typed)
    return tuple(zip(reading.understood, reading.written, strict=True))


@dataclass(slots=True)
class _Reading:
    """The filters read so far. Each method is the replacement of a match: the text that stays in the question."""

    filters: Filters
    understood: list[Understood] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    """The text of each of `understood`."""

    def read(self, match: re.Match[str]) -> str:
        read = self._term if match["key"] else self._without if match["without"] else self._phrase
        kept = read(match)
        # A term with an unknown key may hold a phrase; whatever else stays of a term follows its value.
        if len(self.understood) > len(self.written):
            self.written.append(match[0] if kept.endswith(match[0]) else match[0].removesuffix(kept))
        return kept

    def _term(self, match: re.Match[str]) -> str:
        negated, typed_key, value = match.group("negated", "key", "value")
        name = _KEYS.get(normal_form(typed_key))
        if name is None or value.startswith("//"):  # file:// is a link
            quoted = _ONLY_PHRASE.sub(self._phrase, value) if value[0] in _PAIRS else value  # قال:«نعم»
            return f"{negated}{typed_key}:{quoted}"
        key = f"{typed_key}:"
        if negated:
            what = f"-{key} is not supported: only words and phrases can be left out"
            do = f"remove the hyphen, or {key}"
            raise BadInput(what, where="question", do=do, kind="filter_negated", key=key)
        kept = ""
        if value[0] in _PAIRS:
            value = value[1:-1].strip()
        else:
            bare = value.rstrip(_PUNCTUATION)
            kept, value = value[len(bare) :], bare
        if not value:
            return match[0]
        shown = _SHOWN[name]
        if name == "names":
            if value not in self.filters.names:
                self.filters = replace(self.filters, names=(*self.filters.names, value))
                self.understood.append(Understood(shown, value))
            return kept
        if any(one.key == shown for one in self.understood):
            what = f"{key} is given twice"
            raise BadInput(what, where="question", do="keep one of them", kind="filter_twice", key=key)
        value = _VALUES.get(name, _as_typed)(key, value)
        change: dict[str, Any] = {name: value}
        self.filters = replace(self.filters, **change)
        self.understood.append(Understood(shown, value))
        return kept

    def _phrase(self, match: re.Match[str]) -> str:
        words = " ".join(next(filter(None, match.group("a", "b", "c", "d"))).split())
        if not whole_words(words) or words.endswith(("?", "؟")):  # a whole question in quotation marks
            return match[0]
        if match["not"]:
            self._leave_out(words)
            return ""
        if words not in self.filters.phrases:
            phrases = _limited((*self.filters.phrases, words))
            self.filters = replace(self.filters, phrases=phrases)
            self.understood.append(Understood("phrase", words))
        return match[0]

    def _without(self, match: re.Match[str]) -> str:
        if normal_form(match["without"]) in _FUNCTION_WORDS or _is_dash(match):
            return match[0]
        self._leave_out(match["without"])
        return ""

    def _leave_out(self, words: str) -> None:
        if words not in self.filters.excluded:
            self.filters = replace(self.filters, excluded=_limited((*self.filters.excluded, words)))
            self.understood.append(Understood("without", words))


def _is_dash(match: re.Match[str]) -> bool:
    """Whether the hyphen is punctuation: it opens -an aside like this-, or joins السورية -الروسية."""
    if _CLOSES.search(match.string, match.end() - 1):
        return True
    before = match.string[: match.start()].split()[-1:]
    pair = [normal_form(word) for word in (*before, match["without"])]
    return len(pair) == 2 and all(map(_RELATIVE_ADJECTIVE.fullmatch, pair))


def _limited(phrases: tuple[str, ...]) -> tuple[str, ...]:
    if len(phrases) > MOST_PHRASES:
        raise BadInput(
            f"there are more than {MOST_PHRASES} phrases or excluded words",
            where="question",
            do="use fewer",
            kind="filter_many",
            most=MOST_PHRASES,
        )
    return phrases


def _as_typed(_key: str, value: str) -> str:
    return value


def _language(key: str, value: str) -> str:
    found = _LANGUAGES.get(normal_form(value))
    if found is None:
        what = f"{key} {value!r} is not a language of the archive"
        raise BadInput(what, where="question", do="use ar or en", kind="filter_language", value=value)
    return found


def _first_day(key: str, value: str) -> str:
    year, month, day = _date(key, value)
    return date(year, month or 1, day or 1).isoformat()


def _last_day_before(key: str, value: str) -> str:
    year, month, day = _date(key, value)
    return (date(year, month or 1, day or 1) - timedelta(days=1)).isoformat()


def _date(key: str, value: str) -> tuple[int, int | None, int | None]:
    """Year, month and day as far as they are given. Raises `BadInput` for what is no day of the calendar."""
    match = _DAY.fullmatch(normal_form(value).rstrip("."))
    year, month, day = (int(part) if part else None for part in match.groups()) if match else (None, None, None)
    valid = year is not None and year >= 1000 and (month is None or 1 <= month <= 12)
    if valid and day is not None:
        valid = 1 <= day <= calendar.monthrange(year or 1, month or 1)[1]
    if not valid or year is None:
        raise BadInput(
            f"{key}{value} is not a date",
            where="question",
            do=f"write {key}2015, {key}2015-10 or {key}2015-10-03; or put a space after the colon to ask for the words",
            kind="filter_date",
            key=key,
            value=value,
        )
    return year, month, day


_VALUES: Final[dict[str, Callable[[str, str], str]]] = {
    "published_from": _first_day,
    "published_to": _last_day_before,
    "language": _language,
}
