"""Render the Arabic words of a short answer in English, by tables and rules, only where that is certain.

Places, dates, figures with units, nationalities, offices, bodies, names of persons, and lists of these. Every word must
be rendered, and all ways of reading the words must give the same English: what has two readings (تونس is Tunisia and
Tunis) or none stays in Arabic. The result is made by code from the words and is no citation.

A person's name is spelled as in the user's own file of names, else as is usual for this person, else as the texts
beside the answer spell it in Latin letters, else from the usual spellings of its parts. The tables are in
`rendering.txt`; places of CLDR and nationalities are from `rag.text.names`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Final, Literal, NamedTuple

from rag.text.concepts import OFFICES
from rag.text.dates import HIJRI_MONTHS, MONTHS, WEEKDAYS
from rag.text.name_shapes import is_ordinary_arabic, is_ordinary_english, looks_foreign
from rag.text.names import NONE, OwnNames, demonyms, english_names, is_territory
from rag.text.normalise import ARABIC, Word, normal_form, words
from rag.text.numbers import Number, numbers
from rag.text.transliteration import skeleton
from rag.types import Span

LONGEST: Final = 20
"""Maximum number of words and signs that are read; a longer answer is a clause."""
_MOST: Final = 300
"""Maximum number of code points of an answer, and of a figure in it a tenth of that."""
_BESIDE: Final = 60_000
"""Maximum number of code points of each text that is searched for a spelling."""

_Keys = tuple[str, ...]
"""Words in a form for the tables, figures, and the signs ، / ( ) %.

Words are without tashkeel and have alef without hamza; ة and ى stay as written: على is not علي, جدة is not جده.
"""


def english(text: str, names: OwnNames = NONE, beside: Sequence[str] = ()) -> str | None:
    """English rendering of the Arabic words of a short answer, or None if it is not certain or not needed.

    `names` are the user's own names; `beside` are texts of the archive that may spell a name in Latin letters, such as
    the articles of the evidence. The result contains no Arabic letter or digit.
    """
    keys = _keys(text) if len(text) <= _MOST else None
    if keys is None:
        return None
    found = _Reading(names, beside).whole(keys)
    return found.pop() if len(found) == 1 else None


# The words of an answer.

_PIECE: Final = re.compile(r"\d+(?:[.,٫٬]\d+)*|[^\W\d_]+|\S")
_SIGNS: Final = {"،": "،", ",": "،", "/": "/", "(": "(", ")": ")", "%": "%", "٪": "%"}
_DROPPED: Final = frozenset("\"'“”‘’«»„ʻʼ")
_FOLD: Final = str.maketrans({**dict.fromkeys("أإآٱ", "ا"), "ی": "ي", "ک": "ك", "٫": ".", "٬": ","})
_BETWEEN: Final = re.compile(r"(?<=[^\W\d_])[-–](?=[^\W\d_])")
_UNUSUAL: Final = re.compile("[^\u0621-\u064a0-9.,]")


def _keys(text: str) -> _Keys | None:
    """The words of an answer as keys; None if it has no Arabic, too many words, or a sign that is not read."""
    plain = _plain(text)
    if not _is_arabic(text) or not plain:
        return None
    found: list[str] = []
    for piece in _PIECE.findall(_BETWEEN.sub(" ", plain.strip(" \t\n.،,:؛؟!"))):
        sign = _SIGNS.get(piece)
        if sign is None and (_UNUSUAL.search(piece) or not (piece[0].isalpha() or piece[0].isdigit())):
            if piece in _DROPPED:
                continue
            return None
        if piece[0].isdigit() and len(piece) > _MOST // 10:
            return None
        found.append(sign or piece)
    return tuple(found) if 0 < len(found) <= LONGEST else None


def _plain(text: str) -> str:
    """NFKC without marks, tatweel and controls, alef without hamza, digits 0-9."""
    kept = (one for one in unicodedata.normalize("NFKC", text) if unicodedata.category(one) not in {"Mn", "Cf"})
    digits = (str(unicodedata.digit(one)) if one.isdecimal() else one for one in kept if one != "ـ")
    return "".join(digits).translate(_FOLD)


def _is_arabic(text: str) -> bool:
    return ARABIC.search(text) is not None or any(one.isdecimal() and not one.isascii() for one in text)


def _normal(keys: Sequence[str]) -> str:
    return normal_form(" ".join(keys))


# Tables.

_FILE: Final = Path(__file__).with_name("rendering.txt")


@cache
def _sections() -> dict[str, list[tuple[tuple[str, ...], list[str]]]]:
    """Section → its lines: the columns but the first, and the Arabic forms of the column that has them."""
    found: dict[str, list[tuple[tuple[str, ...], list[str]]]] = {}
    section = ""
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
            found[section] = []
        elif line and not line.startswith("#"):
            columns = line.split("|")
            place = next(at for at, column in enumerate(columns) if ARABIC.search(column))
            forms = columns.pop(place).split(",")
            found[section].append((tuple(columns), forms))
    return found


@cache
def _table(section: str) -> dict[_Keys, str]:
    """A section with one English column: Arabic words → English."""
    return {tuple(form.split()): columns[0] for columns, forms in _sections()[section] for form in forms}


@cache
def _gendered(section: str) -> dict[_Keys, tuple[str, str]]:
    """A section with a gender: Arabic words → ``m`` or ``f``, and English."""
    return {tuple(form.split()): (one[0], one[1]) for one, forms in _sections()[section] for form in forms}


@cache
def _listed(section: str) -> frozenset[_Keys]:
    return frozenset(tuple(form.split()) for _, forms in _sections()[section] for form in forms)


@cache
def _units() -> dict[_Keys, tuple[str, str]]:
    return {tuple(form.split()): (one[0], one[1]) for one, forms in _sections()["units"] for form in forms}


@cache
def _places() -> dict[_Keys, frozenset[str]]:
    """Arabic words → the English names of the places that they may be; ours take the place of CLDR's."""
    found: dict[_Keys, set[str]] = {}
    for _, keys, name in _gazetteer():
        found.setdefault(keys, set()).add(name)
    ours = _table("countries") | _table("places") | _table("cities")
    return {keys: frozenset(one) for keys, one in (found | {keys: {one} for keys, one in ours.items()}).items()}


def _gazetteer() -> Iterator[tuple[str, _Keys, str]]:
    """Code, Arabic words and English name of the gazetteer's places that can be rendered."""
    for code, arabic, name in english_names():
        keys = _keys(arabic) or ()
        if keys and keys not in _listed("unsure") and name and "," not in name and "(" not in arabic + name:
            yield code, keys, name.replace("&", "and")


@cache
def _countries() -> frozenset[str]:
    """English names of countries."""
    return frozenset(name for code, _, name in _gazetteer() if is_territory(code)) | set(_table("countries").values())


@cache
def _adjectives() -> dict[str, tuple[str, str]]:
    """Masculine adjective without article → the country's code, empty if unknown, and its English."""
    found = dict(demonyms())
    for (keys,), name in _table("demonyms").items():
        found.pop(keys, None)
        if name:
            found[keys] = ("", name)
    return found


@cache
def _ministries() -> dict[_Keys, str]:
    """Ministry with its article → English: ``("الخارجية",)`` → foreign."""
    found: dict[_Keys, str] = {("الشؤون", "الخارجية"): "foreign", ("الشئون", "الخارجية"): "foreign"}
    for member in OFFICES.split("<>"):
        arabic, _, latin = member.strip().partition("|")
        found |= {("ال" + name,): latin.split()[0] for name in arabic.split()}
    return {keys: name.replace("defense", "defence") for keys, name in found.items()}


# Words → English. Each function reads all the words that it is given, or none.

_Kind = Literal["place", "where", "date", "figure", "nation", "body", "office", "person"]
_Thing = tuple[_Kind, str]


class _Member(NamedTuple):
    """A member of a list, and the sign before it: none, ``,`` or ``and``."""

    sign: str
    kind: _Kind
    text: str


@dataclass(slots=True)
class _Reading:
    """Readings of runs of words; each is a kind and its English. The kinds of `thing` decide what may be listed."""

    names: OwnNames
    beside: Sequence[str]
    _latin: Counter[str] | None = None
    """Runs of words with capitals in `beside`, once they are looked for."""
    _known: dict[_Keys, frozenset[_Thing]] = field(default_factory=dict)

    def whole(self, keys: _Keys) -> set[str]:
        """All renderings of an answer: one thing, or a list of things."""
        found = {_joined(members) for members in self._lists(keys)}
        return {_headed(one) for one in found if one and not _is_arabic(one)}

    def _lists(self, keys: _Keys) -> Iterator[tuple[_Member, ...]]:
        """Lists that the words may be; their members need not belong together."""
        yield from ((_Member("", *one),) for one in self.thing(keys))
        for place in range(1, len(keys)):
            for sign, rest in _parted(keys, place):
                if (_is_figure(keys[:place]) or _is_figure(rest)) and not all(map(_is_plain, keys)):
                    continue
                for head in self.thing(keys[:place]):
                    for tail in self._lists(rest):
                        yield (_Member("", *head), tail[0]._replace(sign=sign), *tail[1:])

    def thing(self, keys: _Keys) -> frozenset[_Thing]:
        """Renderings of one thing: a place, a date, a figure, a nationality, a body, an office or a person."""
        if keys not in self._known:
            readings: dict[_Kind, Iterable[str]] = {
                "place": _place(keys),
                "where": _placed(keys),
                "date": _dated(keys),
                "figure": _counted(keys),
                "nation": _nation(keys),
                "body": _body(keys),
                "office": self._office(keys),
                "person": self._somebody(keys),
            }
            self._known[keys] = frozenset((kind, one) for kind, found in readings.items() for one in found if one)
        return self._known[keys]

    def _office(self, keys: _Keys) -> Iterator[str]:
        """An office: الأمين العام للأمم المتحدة, وزير الخارجية الروسي, السفير الروسي في القاهرة."""
        yield from _offices(keys)
        for place in range(1, len(keys) - 1):
            if keys[place] in {"في", "لدى"} and any("ambassador" in one for one in _offices(keys[:place])):
                where = "in" if keys[place] == "في" else "to"
                for office in _offices(keys[:place]):
                    yield from (f"{office} {where} {name}" for name in _place(keys[place + 1 :]))

    def _somebody(self, keys: _Keys) -> Iterator[str]:
        """A person, with or without a title before the name, or with an office before or behind it."""
        yield from self.person(keys)
        for place in range(1, len(keys)):
            head, rest = keys[:place], keys[place:]
            if title := _table("titles").get(head):
                alone = title in _BEFORE_GIVEN and len(_parts(rest)) == 1 and _given().get(_parts(rest)[0])
                yield from (f"{title} {name}" for name in ([alone] if alone else self.person(rest)))
                continue
            after = rest[1:] if rest[0] == "،" else rest
            if not after:
                continue
            if offices := set(self._office(head)):
                yield from (f"{office} {name}" for office in offices for name in self.person(after))
            elif rest[0] == "،":  # without a comma, who receives whom: استقبل بوتين وزير الخارجية
                yield from (f"{name}, {office}" for name in self.person(head) for office in self._office(after))

    def person(self, keys: _Keys) -> list[str]:
        """The spelling of a person's name, from the first source that has it; empty if none does."""
        if not 0 < len(keys) <= 6 or not all(key.isalpha() for key in keys):
            return []
        if own := self._own(keys):
            return own if len(own) == 1 else []
        for source in (_usual, self._spelled, _composed):
            if found := source(keys):
                return [found]
        return []

    def _own(self, keys: _Keys) -> list[str]:
        """The spellings in the user's own file of names, the first in Latin letters of each name."""
        text = " ".join(keys)
        found = self.names.named(text, words(text))
        codes = sorted({code for one in found for code in one.codes})
        spelled = {
            latin
            for entry in (self.names.entries[code] for code in codes)
            for latin in (next((one for one in entry if not _is_arabic(one)), None),)
            for arabic in entry
            if latin and (_keys(arabic) or ()) == keys
        }
        return sorted(spelled)

    def _spelled(self, keys: _Keys) -> str | None:
        """The spelling that the texts beside the answer have most often."""
        if not _may_be_name(keys):
            return None
        pattern = _spelling(keys)
        found: Counter[str] = Counter()
        if self._latin is None:
            self._latin = Counter(run for text in self.beside for run in _CAPITALS.findall(text[:_BESIDE]))
        for run, times in self._latin.items():
            for match in pattern.finditer(_unaccented(run)):
                spelled = " ".join(run[match.start() : match.end()].split())
                if _is_name(spelled, keys) and not _is_another(spelled, keys):
                    found[spelled] += times
        return max(found, key=lambda one: (found[one], one)) if found else None


def _parted(keys: _Keys, place: int) -> Iterator[tuple[str, _Keys]]:
    """Sign and rest of a list whose second member begins at `place`."""
    key, rest = keys[place], keys[place + 1 :]
    if key == "،" and rest:
        if rest[0] == "و" and rest[1:]:
            yield "and", rest[1:]
        elif rest[0][0] == "و" and len(rest[0]) > 2:
            yield "and", (rest[0][1:], *rest[1:])
        if rest[0] != "و":
            yield ",", rest
    elif key == "و" and rest:
        yield "and", rest
    elif key[0] == "و" and len(key) > 2:
        yield "and", (key[1:], *rest)


_TOGETHER: Final[tuple[frozenset[_Kind], ...]] = (
    frozenset({"place", "body", "office", "person"}),
    frozenset({"where"}),
    frozenset({"date"}),
    frozenset({"figure"}),
    frozenset({"nation"}),
)
"""Kinds of things that make a list."""


def _joined(members: Sequence[_Member]) -> str:
    """A list in English; empty for things that make none, and for one whose comma follows its last *and*."""
    signs = [one.sign for one in members[1:]]
    if not signs:
        return members[0].text
    kinds = {one.kind for one in members}
    if members[0].kind == "where" and {one.kind for one in members[1:]} == {"place"}:
        kinds = {"place"}  # في موسكو ودمشق: the preposition is of both
    if not any(kinds <= together for together in _TOGETHER) or ("and" in signs and signs[-1] != "and"):
        return ""
    if "and" not in signs:
        return ", ".join(one.text for one in members)
    shown = [f"the {one.text}" if one.kind == "office" else one.text for one in members]
    return f"{', '.join(shown[:-1])} and {shown[-1]}"


def _is_figure(keys: _Keys) -> bool:
    """Whether words are a figure alone, which is no member of a list: خمسة وعشرون is no five and no twenty."""
    return _figure(keys) is not None


def _is_plain(key: str) -> bool:
    """Whether a word is of a list of figures in digits alone, which is one: 2011 و2012."""
    return key.isdigit() or key in {"و", "،"}


def _headed(text: str) -> str:
    """An answer without the article before a name: the United Nations → United Nations; the army stays."""
    bare = text.removeprefix("the ")
    return text if bare[:1].islower() else bare


# Places.

_KINDS: Final = {"مدينة": "city", "بلدة": "town", "قرية": "village"}
_PROVINCE: Final = "محافظة"  # ولاية may be a state
_STATES: Final = frozenset({"دولة", "جمهورية", "مملكة"})
_SIDES: Final = {"شمال": "northern", "جنوب": "southern", "شرق": "eastern", "غرب": "western", "وسط": "central"}
_WHERE: Final = {"في": "in", "من": "from", "الى": "to", "قرب": "near"}


def _placed(keys: _Keys) -> Iterator[str]:
    """A place behind a preposition: في القاهرة, بالقاهرة."""
    if len(keys) > 1 and keys[0] in _WHERE:
        yield from (f"{_WHERE[keys[0]]} {one}" for one in _place(keys[1:]))
    if keys[0].startswith("بال"):
        yield from (f"in {one}" for one in _place((keys[0][1:], *keys[1:])))


def _place(keys: _Keys) -> set[str]:
    """A place: سوتشي, مدينة سوتشي الروسية, العاصمة الروسية موسكو, شمال سوريا, مطار القاهرة الدولي."""
    if found := set(_places().get(keys, ())):
        return found
    if len(keys) < 2:
        return set()
    first, rest = keys[0], keys[1:]
    countries, cities = _country(rest), _city(rest)
    if first in _STATES:
        return countries
    if first == _PROVINCE:
        return {f"{one} province" for one in cities}
    if first in _SIDES:
        return {f"{_SIDES[first]} {one}" for one in countries if not one.startswith("the ")}
    if first in _KINDS and (nation := _nationality(rest[-1], "f")):
        return {f"the {nation} {_KINDS[first]} of {one}" for one in _city(rest[:-1])}
    if first == "العاصمة" and (nation := _nationality(rest[0], "f")):
        return {f"the {nation} capital, {one}" for one in _city(rest[1:])}
    if first in _KINDS or first == "العاصمة":
        return cities
    if first == "مطار":
        international = rest[-1] == "الدولي"
        names = _city(rest[:-1]) if international else cities
        return {f"{one} {'International Airport' if international else 'airport'}" for one in names}
    return {f"{one} University" for one in cities} if first == "جامعة" else set()


def _country(keys: _Keys) -> set[str]:
    return {one for one in _places().get(keys, ()) if one in _countries()}


def _city(keys: _Keys) -> set[str]:
    return {one for one in _places().get(keys, ()) if one not in _countries()}


# Dates.

_DAY_WORDS: Final = "اول ثاني ثالث رابع خامس سادس سابع ثامن تاسع عاشر".split()  # noqa: SIM905
_AMBIGUOUS_MONTHS: Final = frozenset({"مارس", "اب", "ماي", "جوان", "اوت", "نيسان", "محرم", "صفر", "رجب", "شعبان"})
_MONTH_NAMES: Final = (
    *("", "January", "February", "March", "April", "May", "June", "July", "August", "September", "October"),
    *("November", "December"),
)
_HIJRI_NAMES: Final = (
    *("", "Muharram", "Safar", "Rabi al-Awwal", "Rabi al-Thani", "Jumada al-Awwal", "Jumada al-Thani", "Rajab"),
    *("Shaban", "Ramadan", "Shawwal", "Dhu al-Qadah", "Dhu al-Hijjah"),
)
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_RELATIVE: Final = {
    "امس": "yesterday", "اليوم": "today", "غدا": "tomorrow", "اول امس": "the day before yesterday",
    "امس الاول": "the day before yesterday", "بعد غد": "the day after tomorrow",
    "صباح اليوم": "this morning", "مساء اليوم": "this evening", "مساء امس": "yesterday evening",
    "صباح امس": "yesterday morning", "ليله امس": "last night", "الاسبوع الماضي": "last week",
    "الشهر الماضي": "last month", "العام الماضي": "last year", "السنه الماضيه": "last year",
    "الاسبوع المقبل": "next week", "الاسبوع القادم": "next week", "الشهر المقبل": "next month",
    "الشهر القادم": "next month", "العام المقبل": "next year", "العام القادم": "next year", "هذا العام": "this year",
    "العام الحالي": "this year", "العام الجاري": "this year", "السنه الجاريه": "this year",
}  # fmt: skip
_OF_DAY: Final = {"صباح": "morning", "مساء": "evening"}  # ليلة الجمعة may be the night before Friday
_OF_PERIOD: Final = {
    "نهايه": "the end of", "اواخر": "late", "اوائل": "early", "مطلع": "the beginning of", "بدايه": "the beginning of",
    "منتصف": "the middle of",
}  # fmt: skip
_WHEN: Final = {"خلال": "during", "منذ": "since", "حتى": "until", "قبل": "before", "بعد": "after"}
_CENTURY: Final = re.compile(r"القرن (?:ال )?(.+?)( قبل الميلاد| الميلادي)?")
_YEAR: Final = re.compile(r"(?:ال)?(?:عام|سنه) (\d{1,4})( قبل الميلاد| ق م| م| ميلادي| ميلاديه)?")


def _dated(keys: _Keys) -> Iterator[str]:
    """A date, alone or behind a preposition."""
    text = _normal(keys)
    if found := _date(text):
        yield found[0]
    first, _, rest = text.partition(" ")
    if first == "في" and (found := _date(rest)) and found[1]:
        yield f"{found[1]} {found[0]}"
    if keys[0] in _WHEN and (found := _date(rest)) and (found[1] or keys[0] != "خلال"):
        yield f"{_WHEN[keys[0]]} {found[0]}"


def _date(text: str) -> tuple[str, str] | None:
    """English of a date, and the preposition for it: on, in or none."""
    if text in _RELATIVE:
        return _RELATIVE[text], ""
    return _calendar(text) or _weekday(text) or _year(text) or _period(text)


def _calendar(text: str) -> tuple[str, str] | None:
    match = _calendar_pattern().fullmatch(text)
    if match is None:
        return None
    name, second = match["month"], match["second"] or match["enclosed"]
    day, year = _day_of_month(match["day"]), match["year"]
    hijri = name in HIJRI_MONTHS and name not in MONTHS
    table = HIJRI_MONTHS if hijri else MONTHS
    if (match["day"] and not 1 <= day <= (30 if hijri else 31)) or (match["weekday"] and not match["day"]):
        return None
    if year and not (1300 <= int(year) <= 1500 if hijri else 1000 <= int(year) < 2200):
        return None
    if second and table.get(second) != table[name]:
        return None
    if name in _AMBIGUOUS_MONTHS and not (day or year or second or match["named"]):
        return None
    month = (_HIJRI_NAMES if hijri else _MONTH_NAMES)[table[name]]
    weekday = _DAYS[WEEKDAYS[match["weekday"]]] if match["weekday"] else ""
    shown = " ".join(part for part in (weekday, str(day or ""), month, year or "") if part)
    return shown, "on" if day else "in"


def _day_of_month(written: str | None) -> int:
    if not written:
        return 0
    return int(written) if written.isdigit() else _days_in_words()[written]


@cache
def _days_in_words() -> dict[str, int]:
    """الأول … الحادي والثلاثون → 1 … 31, normalised."""
    found = {f"ال{word}": day for day, word in enumerate(_DAY_WORDS, 1)}
    units = ["حادي", *_DAY_WORDS[1:9]]
    found |= {f"ال{word} عشر": 10 + day for day, word in enumerate(units, 1)}
    for tens, name in ((20, "عشر"), (30, "ثلاث")):
        for ending in ("ين", "ون"):
            found[f"ال{name}{ending}"] = tens
            found |= {f"ال{word} وال{name}{ending}": tens + day for day, word in enumerate(units, 1)}
    return {name: day for name, day in found.items() if day <= 31}


@cache
def _calendar_pattern() -> re.Pattern[str]:
    arabic = {name for name in (*MONTHS, *HIJRI_MONTHS) if ARABIC.match(name)}
    months = "|".join(map(re.escape, sorted(arabic, key=len, reverse=True)))
    days = "|".join(sorted(_days_in_words(), key=len, reverse=True))
    weekdays = "|".join(name for name in WEEKDAYS if ARABIC.match(name))
    return re.compile(
        rf"(?:(?:يوم )?(?P<weekday>{weekdays}) (?:، )?(?:الموافق )?|يوم )?"
        rf"(?:(?P<day>\d{{1,2}}|{days}) (?:من )?)?(?P<named>شهر )?"
        rf"(?P<month>{months})(?: / (?P<second>{months})| \( (?P<enclosed>{months}) \))?"
        r"(?: (?:، )?(?:من )?(?:(?:ال)?(?:عام|سنه) )?(?P<year>\d{4})(?: م| ميلادي| ميلاديه| ه| هجري| هجريه)?)?"
    )


def _weekday(text: str) -> tuple[str, str] | None:
    """الثلاثاء, يوم الثلاثاء الماضي, مساء الثلاثاء, أمس الثلاثاء."""
    parts = [part for part in text.split(" ") if part != "يوم"]
    before, day, after = "", parts[0] if parts else "", ""
    if len(parts) > 1 and parts[0] in {*_OF_DAY, "امس", "اليوم", "غدا"}:
        before, day, parts = parts[0], parts[1], parts[1:]
    if len(parts) == 2 and not before:
        after = parts[1]
    elif len(parts) != 1:
        return None
    if day not in WEEKDAYS or (after and after not in {"الماضي", "المقبل", "القادم"}):
        return None
    name = _DAYS[WEEKDAYS[day]]
    if before in _OF_DAY:
        return f"{name} {_OF_DAY[before]}", "on"
    if before:
        return f"{_RELATIVE[before]}, {name}", ""
    if after:
        return f"{'last' if after == 'الماضي' else 'next'} {name}", ""
    return name, "on"


def _year(text: str) -> tuple[str, str] | None:
    if match := _YEAR.fullmatch(text):
        before = (match[2] or "").strip() in {"قبل الميلاد", "ق م"}
        if not before and not 1000 <= int(match[1]) < 2200:
            return None
        return match[1] + (" BC" if before else ""), "in"
    if match := _CENTURY.fullmatch(text):
        said = match[1]
        at = int(said) if said.isdigit() else _days_in_words().get(said, 0)
        if 1 <= at <= 21:
            return f"the {_ordinal(at)} century{' BC' if 'قبل' in (match[2] or '') else ''}", "in"
    return None


def _ordinal(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _period(text: str) -> tuple[str, str] | None:
    """نهاية عام 2014, أواخر أكتوبر."""
    first, _, rest = text.partition(" ")
    if first not in _OF_PERIOD:
        return None
    found = _calendar(rest) or _year(rest)
    if found is None or found[1] != "in":
        return None
    part = _OF_PERIOD[first]
    return f"{part} {found[0]}", "at" if part in {"the end of", "the beginning of"} else "in"


# Figures with their units.


def _counted(keys: _Keys) -> Iterator[str]:
    """A figure, with what it counts and what qualifies it."""
    for words_of, english_of in ((), ""), *_table("qualifiers").items():
        length = len(words_of)
        if keys[:length] != words_of or len(keys) == length:
            continue
        yield from (f"{english_of} {one}".strip() for one in _quantity(keys[length:]))
    if keys[0] == "بنسبة" and "%" in _normal(keys[1:]).replace("بالمئه", "%").replace("بالمائه", "%"):
        yield from _quantity(keys[1:])


def _quantity(keys: _Keys) -> Iterator[str]:
    if (figure := _figure(keys)) is not None and _is_safe_alone(keys, figure):
        yield figure[0]
    if name := _table("two").get(keys):
        yield f"2 {name}"
    for place in range(1, len(keys)):
        figure = _figure(keys[:place])
        if figure is None or figure[1].kind == "percent":
            continue
        for one, several in _unit(keys[place:]):
            if "," in figure[0] and one.endswith("dinar") and keys[0][0].isdigit():
                continue  # a dinar has a thousand millimes: 1,250 may be one and a quarter
            yield f"{figure[0]} {one if figure[1].value == 1 else several}"


def _unit(keys: _Keys) -> Iterator[tuple[str, str]]:
    """One and several of what is counted; money may be of a country: دينار تونسي."""
    if keys in _units():
        yield _units()[keys]
    if len(keys) == 2 and _units().get(keys[:1], ("",))[0] in _MONEY:
        nation = next((_adjectives()[form] for form in _masculine(keys[1]) if form in _adjectives()), None)
        if nation and nation[1]:
            name = "US" if nation[0] == "US" else nation[1]
            one, several = _units()[keys[:1]]
            yield f"{name} {one}", f"{name} {several}"


_MONEY: Final = frozenset({"dollar", "dinar", "riyal", "pound", "dirham", "lira", "rouble"})


def _masculine(key: str) -> Iterator[str]:
    """Masculine form of an indefinite adjective: تونسية, تونسيا → تونسي."""
    yield key
    if len(key) > 4 and key[-1] in "ةا":
        yield key[:-1]


_SCALES: Final = {
    **dict.fromkeys(("مليون", "مليونا", "ملايين"), "million"),
    **dict.fromkeys(("مليار", "مليارا", "مليارات", "بليون"), "billion"),
    **dict.fromkeys(("تريليون", "تريليونات"), "trillion"),
}
_PLAIN: Final = re.compile(r"\d+(?:[.,]\d+)*")


def _figure(keys: _Keys) -> tuple[str, Number] | None:
    """A number that is all of some words, as English writes it; None for an ordinal, and for one with two readings.

    A number in digits alone stays as it is written.
    """
    if not keys or not _SIGNS_OF_TEXT.isdisjoint(keys) or _is_joined(keys[0]):
        return None
    text = re.sub(r"(?<!\S)و (?=\d)", "و", " ".join(keys))
    found = numbers(text)
    if len(found) != 1 or found[0].span != (0, len(text)) or found[0].kind not in {"cardinal", "percent"}:
        return None
    number, ending = found[0], " per cent" if found[0].kind == "percent" else ""
    if len(number.readings) > 1 or (not number.certain and len(keys) == 1):
        return None
    digits = [key for key in keys if key[0].isdigit()]
    written = _digits(digits[0]) if digits else None
    # 3,125 is 3125, and of millions or per cent it may be 3.125.
    if digits and (written is None or ("," in written and len(keys) > 1)):
        return None
    if len(digits) == 1 and written and digits[0] == keys[0]:
        scale = _SCALES.get(keys[1]) if len(keys) > 1 else None
        if len(keys) == 1 or (ending and not scale and keys[1] not in _THOUSANDS):
            return written + ending, number
        if scale and (len(keys) == 2 or ending):
            return f"{written} {scale}{ending}", number
    value = _value(number)
    return (value + ending, number) if value else None


def _is_joined(key: str) -> bool:
    """Whether a number word has a proclitic or the article, which the figure would lose: بعشرين, الثلاثة."""
    article = key.startswith("ال") and not key.startswith(("الف", "الاف"))
    return article or (key[0] in "وفبلك" and not key.startswith(("واحد", "بليون")))


_THOUSANDS: Final = frozenset({"الف", "الفا", "الاف"})
_SIGNS_OF_TEXT: Final = frozenset("()/،")


def _digits(written: str) -> str | None:
    """Digits as English writes them; None for a notation with two meanings (1.234, and 3,125 of two signs)."""
    if re.fullmatch(r"\d+|\d+\.\d{1,2}|\d+\.\d{4,}|\d{1,3}(?:,\d{3})+(?:\.\d+)?", written):
        return written
    return written.replace(",", ".") if re.fullmatch(r"\d+,\d{1,2}", written) else None


def _value(number: Number) -> str | None:
    """A number that is written in words: 12, 1.5 million, 15,300; None for a third, and for more than trillions."""
    value = number.value
    if (value * 1000).denominator != 1 or value >= 10**15:
        return None
    for name, scale in (("trillion", 10**12), ("billion", 10**9), ("million", 10**6)):
        if value >= scale and (value / scale * 1000).denominator == 1:
            return f"{float(value / scale):g} {name}"
    return f"{int(value):,}" if value.denominator == 1 else f"{float(value):g}"


_ONLY_NUMBERS: Final = frozenset({"ثلاث", "اربع", "تسع", "ثماني"})


def _is_safe_alone(keys: _Keys, figure: tuple[str, Number]) -> bool:
    """Whether a figure is one without what it counts: ست and سبع are also other words."""
    key = keys[0]
    sure = key[0].isdigit() or key in _ONLY_NUMBERS or key.endswith(("ة", "ون", "ين"))
    return sure or len(keys) > 1 or figure[1].kind == "percent"


# Nations, bodies and offices.


def _nation(keys: _Keys) -> Iterator[str]:
    """A nationality: روسي, روسية, الروسية, السوريين; الروسي may be a surname."""
    if len(keys) != 1:
        return
    key = keys[0]
    if key in _adjectives():
        yield _adjectives()[key][1]
    stripped = key.removeprefix("ال")
    if stripped.endswith("ة") and stripped[:-1] in _adjectives():
        yield _adjectives()[stripped[:-1]][1]
    if stripped.endswith(("ين", "ون")) and stripped[:-2] in _adjectives():
        yield _people(_adjectives()[stripped[:-2]][1])


_PEOPLES: Final = {
    "Spanish": "Spaniards", "Turkish": "Turks", "Polish": "Poles", "Danish": "Danes", "Swedish": "Swedes",
    "Finnish": "Finns", "Croatian": "Croats", "Czech": "Czechs", "Jewish": "Jews", "Kurdish": "Kurds",
    "Scottish": "Scots", "New Zealand": "New Zealanders", "Gulf": "",
}  # fmt: skip


def _people(name: str) -> str:
    """People of a nationality: Russians, the Chinese; empty where there is no word."""
    return _PEOPLES.get(name, f"the {name}" if name.endswith(("ese", "sh", "ch", "ss")) else f"{name}s")


def _nationality(key: str, gender: str) -> str | None:
    """The nationality of an adjective with article, in the gender of its noun: الروسي, f: الروسية."""
    if not key.startswith("ال") or (gender == "f") != key.endswith("ة"):
        return None
    code, name = _adjectives().get(key[2:-1] if gender == "f" else key[2:], ("", ""))
    return "US" if code == "US" else name or None


_CLEAR: Final = frozenset({"الجيش", "الشرطة", "الحكومة", "البرلمان", "المعارضة", "المركزي"})
"""Last words of bodies that are no other thing without a nationality."""


def _body(keys: _Keys) -> Iterator[str]:
    """An organisation: الأمم المتحدة, الجيش السوري, وزارة الخارجية الروسية."""
    if keys in _table("bodies"):
        yield _table("bodies")[keys]
    if keys in _gendered("nouns") and keys[-1] in _CLEAR:
        yield f"the {_gendered('nouns')[keys][1]}"
    if keys[:-1] in _gendered("nouns"):
        gender, name = _gendered("nouns")[keys[:-1]]
        if nation := _nationality(keys[-1], gender):
            yield f"the {nation} {name}"
    yield from _ministry(keys)


def _ministry(keys: _Keys) -> Iterator[str]:
    """وزارة الخارجية, وزارة الخارجية الروسية, الخارجية الروسية."""
    written = keys[0] == "وزارة"
    rest = keys[1:] if written else keys
    if written and rest in _ministries():
        yield f"the {_ministries()[rest]} ministry"
    # الثقافة التونسية is Tunisian culture.
    clear = written or rest[0] in {"الخارجية", "الداخلية", "الدفاع"}
    if clear and rest[:-1] in _ministries() and (nation := _nationality(rest[-1], "f")):
        if nation == "US":
            if _ministries()[rest[:-1]] == "foreign":
                yield "the US State Department"
        else:
            yield f"the {nation} {_ministries()[rest[:-1]]} ministry"


_FORMER: Final = {"السابق": "former ", "الاسبق": "former ", "السابقة": "former ", "الراحل": "late "}
_SPEAKS: Final = frozenset((who, *official, "باسم") for who in ("المتحدث", "الناطق") for official in ((), ("الرسمي",)))


def _offices(keys: _Keys) -> set[str]:
    """Offices without a place: of a nation, of a country, former, deputy, or who speaks for a body."""
    found = {_table("whole offices")[keys]} if keys in _table("whole offices") else set()
    if len(keys) > 1 and keys[-1] in _FORMER:
        found |= {f"{_FORMER[keys[-1]]}{one}" for one in _offices(keys[:-1])}
    if keys[:2] == ("نائب", "وزير"):
        ministers = [one.split() for one in _minister(keys[1:]) if one.endswith(" minister")]
        found |= {" ".join([*one[:-2], "deputy", *one[-2:]]) for one in ministers}
    for length in (2, 3):
        if keys[:length] in _SPEAKS:
            found |= {f"spokesman for {one}" for one in _body(keys[length:])} if keys[length:] else set()
    return found | _minister(keys) | _held(keys) | _of_country(keys)


def _held(keys: _Keys) -> set[str]:
    """الرئيس, الرئيس الروسي, رئيس الحكومة التونسية."""
    if keys[:2] == ("رئيس", "الحكومة"):
        if len(keys) == 2:
            return {"head of government"}
        nation = _nationality(keys[2], "f") if len(keys) == 3 else None
        return {f"head of the {nation} government"} if nation else set()
    heads = _gendered("offices")
    if keys in heads:
        return {heads[keys][1]}
    if keys[:-1] not in heads:
        return set()
    gender, name = heads[keys[:-1]]
    nation = _nationality(keys[-1], gender)
    return {f"{nation} {name}"} if nation else set()


def _minister(keys: _Keys) -> set[str]:
    """وزير الخارجية, وزيرة الخارجية الروسية, وزير خارجية روسيا."""
    if keys[0] not in {"وزير", "وزيرة"}:
        return set()
    gender = "f" if keys[0] == "وزيرة" else "m"
    rest = keys[1:]
    if rest in _ministries():
        return {f"{_ministries()[rest]} minister"}
    name = _ministries().get(rest[:-1])
    if name and (nation := _nationality(rest[-1], gender)):
        return _named_by(nation, name)
    indefinite = _ministries().get((f"ال{rest[0]}",)) if len(rest) > 1 else None
    countries = _country(rest[1:]) - {"the United States", "Britain", "the United Kingdom"} if indefinite else set()
    return {f"{indefinite} minister of {one}" for one in countries}


_MINISTERS: Final = {
    "US": {"foreign": "US secretary of state", "defence": "US defence secretary", "finance": "US treasury secretary"},
    "British": {
        "foreign": "British foreign secretary",
        "defence": "British defence secretary",
        "interior": "British home secretary",
    },
}
"""Nations whose ministers have names of their own; another of theirs is not rendered."""


def _named_by(nation: str, name: str) -> set[str]:
    """The minister of a nation."""
    if nation not in _MINISTERS:
        return {f"{nation} {name} minister"}
    return {_MINISTERS[nation][name]} if name in _MINISTERS[nation] else set()


def _of_country(keys: _Keys) -> set[str]:
    """رئيس روسيا, ملك الأردن, عاصمة فرنسا."""
    found: set[str] = set()
    for words_of, name in _table("offices of").items():
        if keys[: len(words_of)] == words_of:
            found |= {f"{name} of {one}" for one in _country(keys[len(words_of) :])}
    return found


# Names of persons.


def _usual(keys: _Keys) -> str | None:
    """The usual spelling of somebody's whole name, or of a family name that everybody knows."""
    if name := _table("persons").get(keys):
        return name
    return _table("family")[keys] if keys in _listed("known") and keys in _table("family") else None


_LATIN: Final = {
    "ب": "b", "ت": "t", "د": "d", "ر": "r", "ز": "z", "س": "s", "ش": "sh", "ط": "t", "ف": "f", "ق": "q", "ك": "k",
    "ل": "l", "م": "m", "ن": "n", "ص": "s", "ح": "h", "ج": "j",
}  # fmt: skip


def _composed(keys: _Keys) -> str | None:
    """Given names and a family name, each with its usual spelling."""
    parts = _parts(keys)
    if len(parts) < 2 or parts[0] not in _given() or parts[-1] == "بن":
        return None
    spelled: list[str] = []
    for place, part in enumerate(parts):
        one = _given().get(part)
        if part == "بن" and 0 < place < len(parts) - 1:
            one = "bin"
        elif place == len(parts) - 1:
            one = _family(part) or one
        if one is None:
            return None
        spelled.append(one)
    return " ".join(spelled)


def _parts(keys: _Keys) -> list[str]:
    """Parts of a name; عبد is of one part with the word after it."""
    parts: list[str] = []
    for key in keys:
        if parts and parts[-1] == "عبد":
            parts[-1] += key
        else:
            parts.append(key)
    return parts


@cache
def _given() -> dict[str, str]:
    return {keys[0]: name for keys, name in _table("given").items()}


_WITH_ARTICLE: Final = ("El", "Essid", "Laarayedh", "Chahed", "Jebali")
"""Spellings of family names that have the article in them, or go without."""


def _family(part: str) -> str | None:
    """A family name; one with the article has al- before it."""
    table = _table("family")
    article = part.startswith("ال") and len(part) > 4
    stem = part.removeprefix("ال") if article else part
    spelled = table.get((part,)) or (table.get((stem,)) if article else None)
    spelled = spelled or (_given().get(stem) if article else None) or _told(stem, article)
    return f"al-{spelled}" if spelled and article and not spelled.startswith(_WITH_ARTICLE) else spelled


def _told(stem: str, article: bool) -> str | None:
    """A family name of a form whose vowels can be told, الفاعل or فاعلي, of letters that English spells in one way.

    فاعل without article may be a verb: يوسف مارس is Youssef practised.
    """
    letters = "".join(_LATIN)
    match = re.fullmatch(f"([{letters}])ا([{letters}])([{letters}])(ي?)", stem)
    if match is None or not (article or match[4]) or _is_ordinary(stem):
        return None
    first, second, third = (_LATIN[match[place]] for place in (1, 2, 3))
    return f"{first}a{second}i{third}{'i' if match[4] else ''}".capitalize()


def _is_ordinary(key: str) -> bool:
    return is_ordinary_arabic(Word(normal_form(key), Span(0, 0)))


_BEFORE_GIVEN: Final = frozenset({"King", "Queen", "Princess"})
"""Titles that a given name alone may follow."""


# Spellings in the texts beside an answer.

_LETTERS: Final = {
    "ب": "b|p", "ت": "t", "ث": "th|t|s", "ج": "j|g|dj", "ح": "h", "خ": "kh|k|h", "د": "d", "ذ": "dh|th|z|d", "ر": "r",
    "ز": "z|s", "س": "s|c", "ش": "sh|ch|s", "ص": "s", "ض": "d|dh", "ط": "t", "ظ": "z|dh", "ع": "['‘’]?[aeiou]{0,2}",
    "غ": "gh|g", "ف": "f|v|ph", "ق": "q|k|g|c", "ك": "k|c|ch|q", "ل": "l", "م": "m", "ن": "n", "ه": "h|a|e|",
    "ة": "a|ah|e|eh|at", "و": "ou|oo|u|o|w|v|aw|au|ow", "ي": "i|y|ee|ei|ai|ay|ie", "ى": "a|i|y", "ا": "a|aa|e|i|o",
    "ء": "['‘’]?[aeiou]?", "ئ": "['‘’]?[aeiouy]?", "ؤ": "['‘’]?[aeiou]{0,2}",
}  # fmt: skip
_WHOLE: Final = {"الله": "[aeu]ll?ah", "بن": "b[ei]n", "ابن": "ibn"}
_OPENING: Final = {"او": "ou|oo|o|u|au|aw", "اي": "i|ei|ay|ai|e|y"}
_LATIN_ARTICLE: Final = r"(?:[aeu][a-z]{1,2}[\s'’-]?)?"
_CAPITALS: Final = re.compile(
    r"[A-ZÀ-Þ][^\W\d_'’-]*(?:['’-]?[^\W\d_]+)*"
    r"(?:[ \t\n]+(?:(?:al|el|bin|bint|ben|ibn|de|di|la|van|von|der)[ -])*[A-ZÀ-Þ](?:['’-]?[^\W\d_])*)*"
)
"""A run of words with capitals, and the particles of names in it."""


@lru_cache(maxsize=256)
def _spelling(keys: _Keys) -> re.Pattern[str]:
    """Pattern of the Latin spellings of a name, for texts without accents.

    A long vowel must be spelled, and where there is none at most one short vowel is: حسين is Hussein and not Hassan.
    """
    spelled = []
    for key in keys:
        article = key.startswith("ال") and len(key) > 4
        stem = key[2:] if article else key
        opening = _OPENING.get(stem[:2], "")
        letters = ([opening] if opening else []) + [_LETTERS.get(one, "x") for one in stem[2 if opening else 0 :]]
        sounds = _WHOLE.get(key) or "[aeiou]?".join(f"(?:{one}){{1,2}}" for one in letters)
        spelled.append((_LATIN_ARTICLE if article else "") + sounds)
    name = r"[\s-]*".join(spelled)
    return re.compile(rf"(?<![^\W\d_])(?:{name})(?![^\W\d_])", re.IGNORECASE)


def _may_be_name(keys: _Keys) -> bool:
    """Whether words may be a name: a given name first, or foreign words, and none a place or an ordinary word."""
    if keys in _places() or (len(keys) == 1 and len(keys[0]) < 5):
        return False
    ordinary = [_is_ordinary(key) for key in keys]
    if len(keys) == 1:
        return not ordinary[0] and looks_foreign(normal_form(keys[0]))
    named = _parts(keys)[0] in _given()
    return named or not any(ordinary)


def _is_name(spelled: str, keys: _Keys) -> bool:
    """Whether Latin letters that match a name are one: capitals, and enough consonants."""
    parts = [part for part in re.split(r"[\s-]", spelled) if part]
    if not (parts[0][0].isupper() and parts[-1][0].isupper() and len(skeleton(spelled)) >= 3):
        return False
    return len(keys) > 1 or not is_ordinary_english(spelled.casefold())


def _is_another(spelled: str, keys: _Keys) -> bool:
    """Whether the first of several Latin words may as well spell another given name, which has a long vowel more:
    Mahmud is no spelling of محمد, nor Saud of سعد."""
    if len(keys) < 2 or keys[0] not in _given():
        return False
    latin, shorter = re.split(r"[\s-]", _unaccented(spelled), maxsplit=1)[0], keys[0]
    return any(
        len(other) > len(shorter)
        and _LONG.sub("", other) == _LONG.sub("", shorter)
        and _spelling((other,)).fullmatch(latin) is not None
        for other in _given()
    )


_LONG: Final = re.compile("[اويى]")


def _unaccented(text: str) -> str:
    """The text with base letters in place of accented ones; its length is unchanged."""
    return text if text.isascii() else "".join(unicodedata.normalize("NFD", one)[0] for one in text)
