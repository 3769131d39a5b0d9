"""Subjects that a sentence names and that are known in both languages: places, organisations, topics and offices.

A subject is displayed from a table or Unicode's CLDR, never as a slice: an Arabic slice may carry a prefix or an
ending.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple

from babel import Locale

from rag.text.names import is_city, places
from rag.text.normalise import Word, words
from rag.types import Language

# The tables hold words of news in general, in forms that are correct after « عن », and nothing specific to one archive.

_TOPICS: Final = """
الإرهاب|terrorism
مكافحة الإرهاب|the fight against terrorism
الانتخابات|the elections
الانتخابات الرئاسية|the presidential elections
الانتخابات التشريعية|the parliamentary elections
الانتخابات البلدية|the municipal elections
الاستفتاء|the referendum
الدستور|the constitution
البرلمان|parliament
المعارضة|the opposition
المفاوضات|the negotiations
محادثات السلام|the peace talks
عملية السلام|the peace process
العملية السياسية|the political process
الحل السياسي|the political solution
التسوية السياسية|the political settlement
وقف إطلاق النار|the ceasefire
الهدنة|the truce
المصالحة الوطنية|national reconciliation
الحوار الوطني|the national dialogue
الأزمة السورية|the Syrian crisis
الأزمة اليمنية|the Yemeni crisis
الأزمة الليبية|the Libyan crisis
الأزمة الخليجية|the Gulf crisis
القضية الفلسطينية|the Palestinian cause
الاستيطان|the settlements
الأسرى|the prisoners
اللاجئين|refugees
النازحين|displaced people
الهجرة|migration
الهجرة غير الشرعية|illegal migration
الهجرة السرية|illegal migration
العقوبات|sanctions
البرنامج النووي|the nuclear programme
الاتفاق النووي|the nuclear deal
السلاح النووي|nuclear weapons
الأسلحة الكيميائية|chemical weapons
حقوق الإنسان|human rights
حقوق المرأة|women's rights
حرية الصحافة|press freedom
حرية التعبير|freedom of expression
المساعدات الإنسانية|humanitarian aid
الفساد|corruption
مكافحة الفساد|the fight against corruption
العدالة الانتقالية|transitional justice
عقوبة الإعدام|the death penalty
الاقتصاد|the economy
الأزمة الاقتصادية|the economic crisis
الأزمة المالية|the financial crisis
النمو الاقتصادي|economic growth
الوضع الأمني|the security situation
الوضع الاقتصادي|the economic situation
التضخم|inflation
البطالة|unemployment
الأسعار|prices
أسعار النفط|oil prices
النفط|oil
الغاز الطبيعي|natural gas
الطاقة الشمسية|solar energy
الميزانية|the budget
قانون المالية|the finance law
البنك المركزي|the central bank
البورصة|the stock exchange
الاستثمار|investment
الاستثمارات|investments
التجارة الخارجية|foreign trade
العجز التجاري|the trade deficit
الصادرات|exports
التهريب|smuggling
السياحة|tourism
الزراعة|agriculture
القطاع الخاص|the private sector
التعليم|education
التعليم العالي|higher education
الصحة العامة|public health
التدخين|smoking
المخدرات|drugs
تغير المناخ|climate change
الجفاف|drought
الفيضانات|floods
كرة القدم|football
كرة اليد|handball
كرة السلة|basketball
كأس العالم|the World Cup
كأس الأمم الأفريقية|the Africa Cup of Nations
دوري أبطال أوروبا|the Champions League
الألعاب الأولمبية|the Olympic Games
مهرجان كان|the Cannes festival
السينما|cinema
المسرح|theatre
"""
"""Arabic, definite and in the genitive, and English, used after « عن » and "about"."""

_NAMES: Final = """
SA|السعودية|Saudi Arabia
AE|الإمارات|the United Arab Emirates
TR|تركيا|Turkey
PS|فلسطين|Palestine
GB|بريطانيا|Britain
SY|سوريا|Syria|سورية
US|الولايات المتحدة|the United States|أمريكا,أميركا,الولايات المتحدة الأمريكية,الولايات المتحدة الأميركية
CZ|التشيك|the Czech Republic
CI|ساحل العاج|Ivory Coast
MM|ميانمار|Myanmar
150|أوروبا|Europe|أوربا
isis|تنظيم الدولة الإسلامية|Islamic State|داعش,تنظيم الدولة
nusra|جبهة النصرة|the Nusra Front
qaeda|تنظيم القاعدة|al-Qaeda
hezbollah|حزب الله|Hezbollah
hamas|حماس|Hamas
taliban|طالبان|the Taliban
opec|أوبك|OPEC
nato|حلف شمال الأطلسي|NATO|الناتو,حلف الناتو
unsc|مجلس الأمن الدولي|the UN Security Council|مجلس الأمن
arableague|جامعة الدول العربية|the Arab League|الجامعة العربية
imf|صندوق النقد الدولي|the International Monetary Fund
worldbank|البنك الدولي|the World Bank
who|منظمة الصحة العالمية|the World Health Organization
unicef|اليونيسف|UNICEF
aleppo|حلب|Aleppo
homs|حمص|Homs
idlib|إدلب|Idlib
mosul|الموصل|Mosul
basra|البصرة|Basra
washington|واشنطن|Washington
newyork|نيويورك|New York
geneva|جنيف|Geneva
ankara|أنقرة|Ankara
beijing|بكين|Beijing
shanghai|شنغهاي|Shanghai
delhi|نيودلهي|New Delhi
abudhabi|أبوظبي|Abu Dhabi
rabat|الرباط|Rabat
islamabad|إسلام آباد|Islamabad
ottawa|أوتاوا|Ottawa
canberra|كانبيرا|Canberra
berne|برن|Bern
telaviv|تل أبيب|Tel Aviv
sanaa|صنعاء|Sanaa
munich|ميونيخ|Munich
sochi|سوتشي|Sochi
astana|أستانا|Astana
hague|لاهاي|The Hague
strasbourg|ستراسبورغ|Strasbourg
stpetersburg|سان بطرسبورغ|St Petersburg
mecca|مكة|Mecca
medina|المدينة المنورة|Medina
jeddah|جدة|Jeddah
alexandria|الإسكندرية|Alexandria
barcelona|برشلونة|Barcelona
milan|ميلانو|Milan
venice|البندقية|Venice
kyiv|كييف|Kyiv
"""
"""Names that CLDR lacks or writes differently from newspapers: code, Arabic, English, spellings."""

_OFFICES: Final = """
الرئيس|the president
رئيس الوزراء|the prime minister
رئيس الحكومة|the prime minister
وزير الخارجية|the foreign minister
وزيرة الخارجية|the foreign minister
وزير الداخلية|the interior minister
وزير الدفاع|the defence minister
وزير المالية|the finance minister
وزير الاقتصاد|the economy minister
وزير النفط|the oil minister
وزارة الخارجية|the foreign ministry
وزارة الداخلية|the interior ministry
وزارة الدفاع|the defence ministry
وزارة الصحة|the health ministry
"""
"""Offices followed by a country adjective: « وزير الخارجية الروسي »."""

_PEOPLE: Final = frozenset({"refugees", "displaced people", "the prisoners"})
"""Topics whose adjective names an origin, not a location."""


_Key = tuple[str, ...]
_Shown = dict[Language, str]


class Subject(NamedTuple):
    """Something that a sentence names: its display form and the range of words that name it.

    `inside`: a ب before it means "in". `adjective`: a country named only by an adjective (« الروسي »). `country`: a
    country or an organisation of countries, not a city or continent; `city`: a city.
    """

    shown: str
    first: int
    last: int
    inside: bool = False
    adjective: bool = False
    country: bool = False
    city: bool = False


def names_of_text(text: str, found: Sequence[Word], language: Language) -> list[Subject]:
    """Places and organisations that the words `found` of `text` name, in order."""
    subjects: list[Subject] = []
    for place in places(text, found):
        run = tuple(word.text for word in found[place.first : place.last])
        # A country before its capital of the same name: تونس, الجزائر.
        known = {
            code: one for code in sorted(place.codes, key=lambda code: ("/" in code, code)) if (one := _known(code))
        }
        for code, one in known.items():
            inside = next((b for form, b in _without_prefix(run[0]) if (form, *run[1:]) in one.spellings), None)
            if inside is not None:
                country = code.isupper() and "/" not in code
                shown = one.shown[language]
                subjects.append(Subject(shown, place.first, place.last, inside, country=country, city=is_city(code)))
                break
        else:
            if len(known) == 1 and (code := next(iter(known))).isupper():
                shown = known[code].shown[language]
                subjects.append(Subject(shown, place.first, place.last, adjective=True, country=True))
    return subjects


def topics(found: Sequence[Word], written: str, language: Language) -> list[Subject]:
    """Topics of a sentence `written` in a language; the longest if several begin at one word."""
    return list(_runs(found, _table(_TOPICS, "en" if written == "en" else "ar"), language))


def offices(found: Sequence[Word], language: Language) -> list[Subject]:
    """Offices that an Arabic sentence names."""
    return list(_runs(found, _table(_OFFICES, "ar"), language))


def placed(topic: Subject, named: Sequence[Subject], found: Sequence[Word]) -> str | None:
    """The place of a topic: « الإرهاب في سورية », « الاقتصاد التونسي »."""
    for name in named:
        if topic.last == name.first and (name.inside or (name.adjective and topic.shown not in _PEOPLE)):
            return name.shown
        if topic.last + 1 == name.first and found[topic.last].text in {"في", "in"} and not name.adjective:
            return name.shown
    return None


def _runs(found: Sequence[Word], table: dict[_Key, _Shown], language: Language) -> Iterator[Subject]:
    position = 0
    while position < len(found):
        step = 1
        for length in (3, 2, 1):
            rest = tuple(word.text for word in found[position + 1 : position + length])
            forms = _without_prefix(found[position].text) if len(rest) == length - 1 else ()
            hit = next(((table[form, *rest], inside) for form, inside in forms if (form, *rest) in table), None)
            if hit:
                yield Subject(hit[0][language], position, position + length, hit[1])
                step = length
                break
        position += step


def _without_prefix(word: str) -> Iterator[tuple[str, bool]]:
    """A normalised word as it is and without the prefixes و ف and ب ل ك, and whether ب ("in") was removed."""
    for stem in (word, word[1:]) if word[:1] in {"و", "ف"} else (word,):
        yield stem, False
        if stem.startswith("لل"):
            yield "ال" + stem[2:], False
        if stem[:1] in {"ب", "ل", "ك"}:
            yield stem[1:], stem[0] == "ب"


@dataclass(frozen=True, slots=True)
class _Known:
    shown: _Shown
    spellings: frozenset[_Key]


@cache
def _known(code: str) -> _Known | None:
    """Display form of a gazetteer name and how the name itself is written; None if it reads badly."""
    for line in _NAMES.strip().splitlines():
        known, arabic, english, *more = line.split("|")
        if known == code:
            return _as_known(arabic, english, *(more[0].split(",") if more else ()))
    arabic, english = _cldr(code)
    if not arabic or not english or re.search(r"[()]| - ", arabic + english) or len(arabic.split()) > 3:
        return None
    return _as_known(arabic, f"the {english}" if _takes_the(english) else english)


def _cldr(code: str) -> tuple[str, str]:
    arabic, english = Locale("ar"), Locale("en")
    if "/" not in code:
        return arabic.territories.get(code, ""), english.territories.get(code, "")
    city = english.time_zones.get(code, {}).get("city") or code.rsplit("/", 1)[-1].replace("_", " ")
    return arabic.time_zones.get(code, {}).get("city", ""), city


def _as_known(arabic: str, english: str, *more: str) -> _Known:
    spellings = (arabic, english.removeprefix("the "), *more)
    return _Known({"ar": arabic, "en": english}, frozenset(_key(spelling) for spelling in spellings))


def _takes_the(english: str) -> bool:
    return english.startswith("United ") or english.endswith(
        ("Republic", "Union", "Territories", "Islands", "Netherlands", "Philippines", "Maldives", "Bahamas", "Eurozone")
    )


@cache
def _table(lines: str, written: Language) -> dict[_Key, _Shown]:
    table: dict[_Key, _Shown] = {}
    for line in lines.strip().splitlines():
        arabic, english = line.split("|")
        shown: _Shown = {"ar": arabic, "en": english}
        table[_key(shown[written].removeprefix("the "))] = shown
    return table


def _key(name: str) -> _Key:
    return tuple(word.text for word in words(name))
