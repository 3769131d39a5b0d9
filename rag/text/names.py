"""Gazetteer of names in both scripts, to compare a claim in one language with a quote in the other.

Countries, regions and the cities of time zones are from Babel (Unicode CLDR); added are the peoples of countries,
capitals that CLDR lacks and some organisations.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple, Self, TypeVar

from babel import Locale

from rag.text.decode import bad_line, read_lines
from rag.text.name_shapes import english_openers, english_titles, is_common
from rag.text.normalise import ARABIC, Word, forms, has_letters, normal_form, tokens, words
from rag.types import Span

# Names in both scripts that CLDR lacks.
#
# `_MORE`: code, Arabic names, English names; the code is that of a territory or our own. `_PEOPLES`: a territory's code
# and its people in English. `_ARABIC_PEOPLES`: adjectives that cannot be derived from the country's name.

_MORE: Final = """
US|امريكا,اميركا,الولايات المتحدة الامريكية,الولايات المتحدة الاميركية|America,USA,US,U.S.,U.S.A.,\
United States of America
GB|بريطانيا,انجلترا,انكلترا|Britain,Great Britain,UK,U.K.,England
SA|السعودية|Saudi
AE|الامارات|Emirates,UAE
RU|روسيا الاتحادية,الاتحاد الروسي|Russian Federation
PS|فلسطين|Palestine
TR||Turkey
SY|سورية,الجمهورية العربية السورية|Syrian Arab Republic
MM|ميانمار,بورما|Burma,Myanmar
KP|كوريا|Korea
KR|كوريا|Korea
CD|الكونغو|Congo
CG|الكونغو|Congo
BA|البوسنة|Bosnia
HU|المجر|
DK|الدنمارك|
BY|بيلاروسيا,روسيا البيضاء,بلاروسيا|
CI|كوت ديفوار|Ivory Coast
HK|هونغ كونغ|Hong Kong
CZ|جمهورية التشيك|Czech Republic
GR|اليونان|
EU|الاتحاد الاوروبي,الاتحاد الأوربي|EU
UN|الامم المتحدة,منظمة الامم المتحدة|UN,U.N.,United Nations
150|اوربا|
washington|واشنطن|Washington
geneva|جنيف|Geneva
ankara|انقرة|Ankara
beijing|بكين,بيجين|Beijing
shanghai|شنغهاي|Shanghai
delhi|نيودلهي,نيو دلهي,دلهي|New Delhi,Delhi
abudhabi|ابوظبي,ابو ظبي|Abu Dhabi
rabat|الرباط|Rabat
islamabad|اسلام اباد|Islamabad
ottawa|اوتاوا|Ottawa
canberra|كانبيرا|Canberra
berne|برن|Bern
telaviv|تل ابيب|Tel Aviv
sanaa|صنعاء|Sanaa,Sana'a
aleppo|حلب|Aleppo
homs|حمص|Homs
idlib|ادلب|Idlib
mosul|الموصل|Mosul
basra|البصرة|Basra
munich|ميونيخ,ميونخ|Munich
sochi|سوتشي|Sochi
astana|استانا|Astana
hague|لاهاي|Hague
newyork|نيويورك|New York
strasbourg|ستراسبورغ|Strasbourg
stpetersburg|سان بطرسبورغ,سانت بطرسبرغ|St Petersburg,Saint Petersburg
mecca|مكة,مكة المكرمة|Mecca
medina|المدينة المنورة|Medina
jeddah|جدة|Jeddah
alexandria|الاسكندرية|Alexandria
barcelona|برشلونة|Barcelona
milan|ميلانو|Milan
kyiv|كييف|Kyiv,Kiev
nato|الناتو,حلف شمال الاطلسي,حلف الناتو|NATO
kremlin|الكرملين|Kremlin
whitehouse|البيت الابيض|White House
pentagon|البنتاغون|Pentagon
unsc|مجلس الامن,مجلس الامن الدولي|Security Council
isis|داعش,تنظيم الدولة الاسلامية,تنظيم الدولة|ISIS,ISIL,Daesh,Islamic State
nusra|جبهة النصرة,النصرة|Nusra,Nusra Front,Jabhat al-Nusra
hezbollah|حزب الله|Hezbollah,Hizbollah,Hizbullah,Hizballah
houthi|حوثي,حوثيين,حوثيون|Houthi,Houthis,Huthi,Huthis
hamas|حماس|Hamas
qaeda|تنظيم القاعدة|Al-Qaeda,Qaeda,al Qaida
taliban|طالبان|Taliban
arableague|جامعة الدول العربية,الجامعة العربية|Arab League
opec|اوبك|OPEC
imf|صندوق النقد الدولي|International Monetary Fund,IMF
worldbank|البنك الدولي|World Bank
who|منظمة الصحة العالمية|World Health Organization,WHO
unicef|اليونيسف,يونيسيف|UNICEF
middleeast|الشرق الاوسط|Middle East
gulf|الخليج,خليجي,خليجية|Gulf
levant|بلاد الشام,المشرق|Levant
tigris|دجلة|Tigris
arab|عربي,عربية,العرب,عربا|Arab,Arabs,Arabic
shia|شيعي,شيعية,شيعة|Shia,Shiite,Shiites,Shi'ite
alawite|علوي,علوية,علويين|Alawite,Alawites
persian|فارسي,فارسية,الفرس|Persian,Persians,Farsi
hindu|هندوسي,هندوسية,هندوس|Hindu,Hindus
kurd|كردي,كردية,كرد,اكراد|Kurd,Kurds,Kurdish
islam|اسلام,اسلامي,اسلامية,اسلاميين,مسلم,مسلمين,مسلمون|Islamic,Muslim,Muslims,Islam,Islamist,Islamists,Islamism
hijri1|محرم|Muharram
hijri3|ربيع الاول|Rabi al-Awwal
hijri4|ربيع الثاني,ربيع الاخر|Rabi al-Thani
hijri5|جمادي الاولي|Jumada al-Awwal
hijri6|جمادي الاخرة,جمادي الثانية|Jumada al-Thani
hijri7|شهر رجب|Rajab
hijri8|شهر شعبان|Shaban
hijri9|رمضان|Ramadan
hijri10|شوال|Shawwal
hijri11|ذو القعدة,ذي القعدة|Dhu al-Qadah
hijri12|ذو الحجة,ذي الحجة|Dhu al-Hijjah
sicily|صقلية,صقلي|Sicily,Sicilian,Sicilians
venice|البندقية,فينيسيا|Venice,Venetian,Venetians
mediterranean|البحر المتوسط,البحر الابيض المتوسط|Mediterranean
pacific|المحيط الهادئ,الهادئ|Pacific
atlantic|المحيط الاطلسي,الاطلسي,الاطلنطي|Atlantic
jews|يهود,يهودي,يهودية|Jew,Jews,Jewish
christians|مسيحي,مسيحية,مسيحيين,مسيحيون,نصاري|Christian,Christians,Christianity
jesus|يسوع,المسيح,عيسي|Jesus,Christ,Jesus Christ
mongols|المغول,مغولي,مغولية|Mongol,Mongols
franks|الفرنجة,افرنجية,فرنجي|Frank,Franks,Frankish
vatican|الفاتيكان|Vatican,Holy See
gaddafi|القذافي|Gaddafi,Qaddafi,Gadhafi,Kadhafi
reuters|رويترز|Reuters
tass|تاس|TASS
interfax|انترفاكس|Interfax
sputnik|سبوتنيك|Sputnik
england|انجلترا,انكلترا,انجليزي,انكليزي,انجليزية,انجليز,انكليز|England,English
scotland|اسكتلندا,اسكوتلندا,اسكتلندي,اسكتلندية,الاسكتلندي|Scotland,Scottish,Scots
wales|ويلز,ويلزي|Wales,Welsh
ft|فايننشال تايمز,فاينانشال تايمز|Financial Times
"""
_CITIES: Final = frozenset(
    """washington geneva ankara beijing shanghai delhi abudhabi rabat islamabad ottawa canberra berne telaviv sanaa
    aleppo homs idlib mosul basra munich sochi astana hague newyork strasbourg stpetersburg mecca medina jeddah
    alexandria barcelona milan kyiv venice""".split()  # noqa: SIM905
)
"""Codes of `_MORE` that are cities."""
_PEOPLES: Final = """
AF Afghan;AL Albanian;DZ Algerian;AR Argentine Argentinian;AM Armenian;AU Australian;AT Austrian;AZ Azerbaijani Azeri;
BH Bahraini;BD Bangladeshi;BY Belarusian;BE Belgian;BO Bolivian;BA Bosnian;BR Brazilian;
GB British English Briton Englishman Englishmen;BG Bulgarian;CA Canadian;TD Chadian;CL Chilean;CN Chinese;
CO Colombian;HR Croatian Croat;CU Cuban;CY Cypriot;CZ Czech;DK Danish Dane;NL Dutch;EG Egyptian;AE Emirati;
ER Eritrean;EE Estonian;ET Ethiopian;FI Finnish Finn;FR French Frenchman Frenchmen;GE Georgian;DE German;GH Ghanaian;
GR Greek;HU Hungarian;IN Indian;ID Indonesian;IR Iranian;IQ Iraqi;IE Irish;IL Israeli;IT Italian;JP Japanese;
JO Jordanian;KZ Kazakh;KR Korean;KP Korean;KE Kenyan;KW Kuwaiti;LV Latvian;LB Lebanese;LY Libyan;LT Lithuanian;
MY Malaysian;MR Mauritanian;MX Mexican;MD Moldovan;MA Moroccan;NP Nepalese;NZ Zealander;NG Nigerian;NO Norwegian;
OM Omani;PK Pakistani;PS Palestinian;PE Peruvian;PH Filipino Philippine;PL Polish Pole;PT Portuguese;QA Qatari;
RO Romanian;RU Russian;RW Rwandan;SA Saudi;SN Senegalese;RS Serbian Serb;SG Singaporean;SK Slovak;SI Slovenian;
SO Somali;ZA African;ES Spanish Spaniard;SD Sudanese;SE Swedish Swede;CH Swiss;SY Syrian;TH Thai;TN Tunisian;
TR Turkish Turk;UG Ugandan;UA Ukrainian;US American;UZ Uzbek;VE Venezuelan;VN Vietnamese;YE Yemeni;ZW Zimbabwean;
150 European;002 African;142 Asian
"""
_ARABIC_PEOPLES: Final = {
    "AF": "افغاني", "PS": "فلسطيني", "DE": "الماني المان", "TR": "تركي اتراك", "RU": "روسي روس", "US": "امريكي اميركي",
    "SA": "سعودي", "AE": "اماراتي", "GB": "بريطاني انجليزي", "CZ": "تشيكي", "CN": "صيني", "142": "اسيوي", "KR": "كوري",
    "KP": "كوري", "VN": "فيتنامي", "PH": "فلبيني", "HU": "مجري", "BY": "بيلاروسي", "002": "افريقي", "NO": "نرويجي",
    "FR": "فرنسي", "BA": "بوسني", "MM": "بورمي", "NL": "هولندي", "150": "اوروبي اوربي",
}  # fmt: skip
_CAPITALS: Final = """
RU Europe/Moscow kremlin;SY Asia/Damascus;SA Asia/Riyadh;US washington whitehouse pentagon;GB Europe/London;FR
Europe/Paris;
DE Europe/Berlin;IT Europe/Rome;ES Europe/Madrid;EG Africa/Cairo;IQ Asia/Baghdad;IR Asia/Tehran;TR ankara;CN beijing;
JP Asia/Tokyo;KR Asia/Seoul;KP Asia/Pyongyang;IN delhi;PK islamabad;AF Asia/Kabul;JO Asia/Amman;LB Asia/Beirut;
PS Asia/Hebron;QA Asia/Qatar;AE abudhabi Asia/Dubai;KW Asia/Kuwait;BH Asia/Bahrain;OM Asia/Muscat;YE sanaa Asia/Aden;
TN Africa/Tunis;DZ Africa/Algiers;MA rabat Africa/Casablanca;LY Africa/Tripoli;SD Africa/Khartoum;UA kyiv Europe/Kiev;
PL Europe/Warsaw;BE Europe/Brussels;NL Europe/Amsterdam hague;CH geneva berne Europe/Zurich;AT Europe/Vienna;
SE Europe/Stockholm;NO Europe/Oslo;DK Europe/Copenhagen;FI Europe/Helsinki;PT Europe/Lisbon;GR Europe/Athens;
HU Europe/Budapest;CZ Europe/Prague;RS Europe/Belgrade;CA ottawa America/Toronto;AU canberra Australia/Sydney;
KE Africa/Nairobi;KZ astana;IL Asia/Jerusalem telaviv
"""
"""A territory and the cities in it whose names often refer to it."""


_ENDINGS: Final = ("", "ه", "ا", "ين", "ون", "ان", "ات", "تين", "تان")
# Territories and cities whose Arabic name is more often an ordinary word: financial, sleep, leaving, what is it.
_ORDINARY: Final = frozenset(
    "مالي ماليا نوم ترك ماهي جوني ديلي استر سيتا سنتر ترول اشوا واك بلم".split()  # noqa: SIM905
)
_REGIONS: Final = {"002", "003", "005", "013", "142", "150", "419"}
_NO_PLACES: Final = {"XA", "XB", "ZZ", "QO"}
_LONGEST: Final = 6


class Place(NamedTuple):
    """A name known in both scripts: the codes that it may refer to, its span, and its range of words."""

    codes: frozenset[str]
    span: Span
    first: int
    last: int


def places(source: str, found: Sequence[Word]) -> list[Place]:
    """Known names among the words of `source`, longest first, left to right, without overlap."""
    return list(_places(source, found))


def countries_of(code: str) -> frozenset[str]:
    """The territory of a city's code, if known."""
    return _countries().get(code, frozenset())


def is_city(code: str) -> bool:
    """Whether a code is that of a city: a time zone's, or one of ours."""
    return "/" in code or code in _CITIES


def is_territory(code: str) -> bool:
    """Whether a code is that of a country or another territory with an ISO 3166 code."""
    return len(code) == 2 and code.isalpha() and code.isupper() and code not in {"EU", "UN"}


@cache
def _countries() -> dict[str, frozenset[str]]:
    entries = (entry.split() for entry in _CAPITALS.split(";"))
    return {city: frozenset({country}) for country, *cities in entries for city in cities}


def _places(source: str, found: Sequence[Word]) -> Iterator[Place]:
    names, position = _names(), 0
    while position < len(found):
        step = 1
        starts = any(bare(form) in _first_words() for form in forms(found[position].text))
        for length in range(min(_LONGEST, len(found) - position) if starts else 0, 0, -1):
            run = found[position : position + length]
            if codes := _codes(source, run, names):
                span = Span(run[0].span.start, run[-1].span.end)
                yield Place(codes, span, position, position + length)
                step = length
                break
        position += step


def _codes(source: str, run: Sequence[Word], names: dict[tuple[str, ...], frozenset[str]]) -> frozenset[str]:
    first, rest = run[0], tuple(bare(word.text) for word in run[1:])
    if not ARABIC.match(first.text):
        written = first.span.of(source)
        if first.text in {"us", "who", "ft"} and not written.isupper():  # also a pronoun
            return frozenset()
        return names.get((first.text, *rest), frozenset()) if written[:1].isupper() else frozenset()
    found: frozenset[str] = frozenset()
    for form in forms(first.text):
        found |= names.get((bare(form), *rest), frozenset())
    return found


def spellings() -> dict[tuple[str, ...], frozenset[str]]:
    """Every name as normalised words, without articles, and the codes that it may refer to."""
    return dict(_names())


def english_names() -> Iterator[tuple[str, str, str]]:
    """Code, Arabic name and English name of each country, region and city of CLDR, and of each city that it lacks.

    Neither is normalised. An Arabic name with several meanings comes once for each: تونس with Tunisia and with Tunis.
    """
    arabic, english = Locale("ar"), Locale("en")
    for code, name in arabic.territories.items():
        if (is_territory(code) or code in _REGIONS) and code not in _NO_PLACES:
            yield code, name, english.territories.get(code, "")
    yield from _zones()
    for line in _MORE.strip().splitlines():
        code, ours, theirs = line.split("|")
        if code in _CITIES:
            yield from ((code, name, theirs.split(",")[0]) for name in ours.split(","))


def demonyms() -> dict[str, tuple[str, str]]:
    """Arabic adjective of a country, normalised, masculine and without article → the country's code, the English one.

    One that several countries have, or that is a country itself (تشيلي), is left out, but for the two Koreas.
    """
    english = {code: names[0] for code, *names in (entry.split() for entry in _PEOPLES.split(";"))}
    found: dict[str, set[str]] = {}
    for code, name in _territories():
        if code in english and ARABIC.search(name):
            adjective = normal_form(name)
            if adjective.endswith("ي") and not adjective.startswith("ال"):
                found.setdefault(adjective, set()).add(code)
    for code, adjectives in _ARABIC_PEOPLES.items():
        for adjective in adjectives.split():
            if code in english and adjective.endswith("ي"):
                found.setdefault(adjective, set()).add(code)
    countries = {normal_form(name) for name in Locale("ar").territories.values()}
    one = {name: sorted(codes) for name, codes in found.items() if len({english[code] for code in codes}) == 1}
    return {name: (codes[0], english[codes[0]]) for name, codes in one.items() if name not in countries}


@cache
def _names() -> dict[tuple[str, ...], frozenset[str]]:
    """Every name as words, without articles → the codes that it may refer to."""
    found: dict[tuple[str, ...], set[str]] = {}
    for code, name in (*_territories(), *_cities(), *_others(), *_peoples()):
        key = tuple(bare(word.text) for word in words(name))
        if key and not (len(key) == 1 and key[0] in _ORDINARY):
            found.setdefault(key, set()).add(code)
    return {key: frozenset(codes) for key, codes in found.items()}


def peoples() -> Iterator[str]:
    """Arabic adjectives of countries, with their endings and without their articles: روسي, روسية."""
    for code, adjective in (*_territories(), *_others()):
        if is_territory(code):
            yield from (adjective for _, adjective in _adjectives(code, adjective))
    for code, adjectives in _ARABIC_PEOPLES.items():
        if is_territory(code):
            yield from (adjective + ending for adjective in adjectives.split() for ending in _ENDINGS)


@cache
def _adjectives_of_countries() -> frozenset[str]:
    """Adjectives of countries in both languages, normalised, the Arabic ones without their articles."""
    english = (name for entry in _PEOPLES.split(";") for name in entry.split()[1:])
    return frozenset(bare(normal_form(name)) for name in (*peoples(), *english))


def is_adjective_of_country(word: str) -> bool:
    """Whether a normalised word is the adjective of a country, with or without a clitic: روسي, الروسية, Russian."""
    return any(bare(form) in _adjectives_of_countries() for form in forms(word))


@cache
def _first_words() -> frozenset[str]:
    return frozenset(key[0] for key in _names())


def _territories() -> Iterator[tuple[str, str]]:
    arabic, english = Locale("ar"), Locale("en")
    for code, name in arabic.territories.items():
        if (not code.isdigit() or code in _REGIONS) and code not in _NO_PLACES:
            yield code, name
            yield code, english.territories.get(code, "")
            yield from _adjectives(code, name)


def _cities() -> Iterator[tuple[str, str]]:
    for zone, arabic, english in _zones():
        yield zone, arabic
        yield zone, english


def _zones() -> Iterator[tuple[str, str, str]]:
    """Each time zone with its city in Arabic and in English."""
    english = Locale("en").time_zones
    for zone, named in Locale("ar").time_zones.items():
        if city := named.get("city"):
            yield zone, city, english.get(zone, {}).get("city") or zone.rsplit("/", 1)[-1].replace("_", " ")


def _others() -> Iterator[tuple[str, str]]:
    for line in _MORE.strip().splitlines():
        code, arabic, english = line.split("|")
        for name in arabic.split(","):
            yield code, name
            if code in Locale("ar").territories:
                yield from _adjectives(code, name)
        for name in english.split(","):
            yield code, name


def _peoples() -> Iterator[tuple[str, str]]:
    for entry in _PEOPLES.split(";"):
        code, *names = entry.split()
        for name in names:
            yield code, name
            yield code, name + "s"
    for code, adjectives in _ARABIC_PEOPLES.items():
        for adjective in adjectives.split():
            for ending in _ENDINGS:
                yield code, adjective + ending


def _adjectives(code: str, name: str) -> Iterator[tuple[str, str]]:
    """Arabic adjective of a country with a one-word name, with its endings: سوريا → سوري, العراق → عراقي."""
    parts = words(name)
    if len(parts) != 1:
        return
    base = bare(parts[0].text)
    base = (
        base.removesuffix("يا") if base.endswith("يا") else base.removesuffix("يه").removesuffix("ا").removesuffix("ه")
    )
    base = base.removesuffix("ي")
    if len(base) > 1:
        for ending in _ENDINGS:
            yield code, f"{base}ي{ending}"


def bare(word: str) -> str:
    """A normalised Arabic word without its article; another word unchanged."""
    return word[2:] if word.startswith("ال") and len(word) > 4 and word not in {"المان", "الماني"} else word


# The user's own names, each with its spellings in either script, which neither consonants nor CLDR can match.

_Key = tuple[str, ...]
_K = TypeVar("_K")

_CLITICS: Final = frozenset("وفبلك")
_ARTICLES: Final = frozenset({"al", "el", "the", "ال"})
_BETWEEN: Final = re.compile(r"[\s.'’\u2010-\u2015-]*")
"""Characters that may separate two words of one name."""


class Named(NamedTuple):
    """A name in a text: its possible entries, and its range of words.

    `whole` is False if only the last word of the name occurs, as in « الشرع ».
    """

    codes: frozenset[int]
    first: int
    last: int
    whole: bool


@dataclass(frozen=True, slots=True)
class OwnNames:
    """Entries of a user's dictionary, each the spellings of one name; `sha256` is that of its file.

    `apart` are spellings that are never merged with each other, where the names of an archive are listed.
    """

    entries: tuple[tuple[str, ...], ...] = ()
    sha256: str | None = None
    _whole: Mapping[_Key, frozenset[int]] = field(default_factory=dict, repr=False, compare=False)
    _last: Mapping[str, frozenset[int]] = field(default_factory=dict, repr=False, compare=False)
    _longest: int = field(default=0, compare=False)
    apart: tuple[tuple[str, ...], ...] = ()

    def __hash__(self) -> int:
        return hash(self.sha256)  # a file has thousands of entries, and each check of a claim looks a text up by these

    @classmethod
    def of(
        cls,
        entries: Iterable[Sequence[str]],
        sha256: str | None = None,
        apart: Iterable[Sequence[str]] = (),
    ) -> Self:
        """Dictionary of these entries, each with at least two spellings, none of which is an ordinary word
        (`is_ordinary`)."""
        kept = tuple(tuple(spellings) for spellings in entries)
        whole: dict[_Key, set[int]] = {}
        last: dict[str, set[int]] = {}
        for code, spellings in enumerate(kept):
            for spelling in spellings:
                found = _without_articles(words(spelling))
                whole.setdefault(tuple(bare(word.text) for word in found), set()).add(code)
                if found[1:] and not _is_ordinary(found[-1]):
                    last.setdefault(found[-1].text, set()).add(code)
        longest = max(map(len, whole), default=0)
        return cls(kept, sha256, _frozen(whole), _frozen(last), longest, tuple(map(tuple, apart)))

    def __bool__(self) -> bool:
        return bool(self.entries)

    def named(self, text: str, found: Sequence[Word]) -> list[Named]:
        """Names among the words `found` of `text`, longest first, left to right, without overlap."""
        return list(self._named(text, found)) if self.entries else []

    def across(self, question: str) -> dict[str, Mapping[str, float]]:
        """Tokens of the names in a question, each with those of the other spellings, as in `rag.text.lexicon.across`.

        Tokens are those of `rag.text.normalise.tokens`. Matched word by word if two spellings have the same number of
        words, otherwise any word to any other.
        """
        found: dict[str, dict[str, float]] = {}
        asked = words(question)
        for name in self.named(question, asked):
            ours = _tokens(question, asked[name.first : name.last])
            for spelling in (spelling for code in sorted(name.codes) for spelling in self.entries[code]):
                theirs = _tokens(spelling, words(spelling))
                theirs = theirs if name.whole else theirs[-1:]
                for place, token in enumerate(ours):
                    others = theirs[place : place + 1] if len(ours) == len(theirs) else theirs
                    found.setdefault(token, {}).update((other, 1.0) for other in others if other != token)
        return {token: others for token, others in found.items() if others}

    def _named(self, text: str, found: Sequence[Word]) -> Iterator[Named]:
        kept = [index for index, word in enumerate(found) if word.text not in _ARTICLES]
        position = 0
        while position < len(kept):
            step = 1
            for length in range(min(self._longest, len(kept) - position), 0, -1):
                run = kept[position : position + length]
                if name := self._at(text, found, run):
                    yield name
                    step = length
                    break
            position += step

    def _at(self, text: str, found: Sequence[Word], run: Sequence[int]) -> Named | None:
        first, last = run[0], run[-1] + 1
        word = found[first]
        if not ARABIC.match(word.text) and not text[word.span.start].isupper():
            return None
        if not all(_joined(text, one, other) for one, other in pairwise(found[first:last])):
            return None
        rest = tuple(bare(found[index].text) for index in run[1:])
        # The article of Al-Shara precedes its first word.
        start = first - (first > 0 and found[first - 1].text in _ARTICLES and _joined(text, found[first - 1], word))
        if codes := _of(self._whole, [(bare(form), *rest) for form in _forms(word.text, alone=not rest)]):
            return Named(codes, start, last, whole=True)
        codes = frozenset() if rest else _of(self._last, forms(word.text))
        return Named(codes, start, last, whole=False) if codes else None


NONE: Final = OwnNames()
"""No names of the user's own."""


def is_ordinary(spelling: str) -> bool:
    """Whether a spelling is one ordinary word of news, which would also match where it is not a name."""
    found = _without_articles(words(spelling))
    return not found or (len(found) == 1 and _is_ordinary(found[0]))


def _is_ordinary(word: Word) -> bool:
    if ARABIC.match(word.text):
        return is_common(word)
    return len(word.text) == 1 or word.text in english_openers() | english_titles()


def _without_articles(found: Sequence[Word]) -> list[Word]:
    return [word for word in found if word.text not in _ARTICLES]


def _forms(word: str, *, alone: bool) -> frozenset[str]:
    """`rag.text.normalise.forms`; before other words of its name, a clitic is removed from a short word too: لشي جين
    بينغ."""
    short = not alone and word[:1] in _CLITICS and len(word) > 1
    return forms(word) | {word[1:]} if short else forms(word)


def _joined(text: str, one: Word, other: Word) -> bool:
    return _BETWEEN.fullmatch(text, one.span.end, other.span.start) is not None


def _tokens(text: str, found: Sequence[Word]) -> list[str]:
    """One token per word; accents stay, as in the index."""
    return [tokens(word.span.of(text))[0] for word in _without_articles(found)]


def _of(table: Mapping[_K, frozenset[int]], keys: Iterable[_K]) -> frozenset[int]:
    return frozenset().union(*(table.get(key, frozenset()) for key in keys))


def _frozen(table: Mapping[_K, set[int]]) -> dict[_K, frozenset[int]]:
    return {key: frozenset(codes) for key, codes in table.items()}


# Parses the user's file of names into `OwnNames`; an invalid line is an error and never skipped.
#
# UTF-8; one name per line, its spellings separated by tabs or `` = ``; or different names, separated by `` ≠ `` or
# `` != ``; lines that begin with # are comments.

LONGEST: Final = 12
"""Maximum number of words of a spelling."""

_SEPARATOR: Final = re.compile(r"\t| = ")
_APART: Final = re.compile(r"\s(?:≠|!=)(?:\s|$)")
_EXAMPLE: Final = "فاروق الشرع = Farouk al-Shara"


def read_names(path: Path) -> OwnNames:
    """Names in a file. Raises `BadSetting` if it is missing, unreadable, or has an invalid line.

    The error's `where` contains the line number, from 1.
    """
    data, lines = read_lines(path, "names")
    entries, apart = [], []
    for number, line in lines:
        if "\0" in line:
            raise bad_line(path, number, "the line contains a NUL character", "save the file as plain UTF-8 text")
        if line.strip() and not line.lstrip().startswith("#"):
            if _APART.search(line):
                apart.append(_different(path, number, line))
            else:
                entries.append(_spellings(path, number, line))
    return OwnNames.of(entries, hashlib.sha256(data).hexdigest(), apart)


def _different(path: Path, number: int, line: str) -> tuple[str, ...]:
    """Different names of a line such as محمد علي ≠ محمد علي كلاي."""
    names = tuple(name.strip() for name in _APART.split(line))
    if any(_SEPARATOR.search(name) for name in names):
        do = "write the spellings of one name on a line of their own, and one of them on this line"
        raise bad_line(path, number, "a line has both = (or a tab) and ≠", do)
    for name in names:
        if not name:
            raise bad_line(path, number, "a name is empty", "write a name on both sides of ≠")
        if not has_letters(name) or not words(name):
            raise bad_line(path, number, f"{name!r} has no letters", "write the name in letters")
    if len(set(names)) == 1:
        raise bad_line(path, number, "the name is the same on both sides of ≠", "write two different spellings")
    return names


def _spellings(path: Path, number: int, line: str) -> tuple[str, ...]:
    spellings = tuple(spelling.strip() for spelling in _SEPARATOR.split(line))
    for spelling in spellings:
        if not spelling:
            raise bad_line(
                path,
                number,
                "a spelling is empty",
                "remove the tab or = at the start or end of the line, or the second of two",
            )
        if not has_letters(spelling) or not words(spelling):
            raise bad_line(path, number, f"{spelling!r} has no letters", "write the name in letters")
        if len(words(spelling)) > LONGEST:
            raise bad_line(path, number, f"a spelling has more than {LONGEST} words", "write only the name")
        if is_ordinary(spelling):
            raise bad_line(path, number, f"{spelling!r} is an ordinary word", "write more of the name, or remove it")
    if len(set(spellings)) == 1:
        do = f"write another spelling next to it, after a tab or = : {_EXAMPLE}"
        raise bad_line(path, number, "there is only one spelling", do)
    return spellings
