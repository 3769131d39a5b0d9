"""Generate example questions that a corpus answers. No model writes them.

Candidates are drawn from a sample of the articles, searched, and kept only if the best sentence found is one that the
question can be drawn from and its score is answerable. If none passes, there are no examples.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import zip_longest
from typing import TYPE_CHECKING, Final, NamedTuple

from babel import Locale

from rag.retrieve.question import make_query
from rag.text.names import places
from rag.text.normalise import Word, normalise, words
from rag.text.sentences import sentences
from rag.types import Article, Language, Span

if TYPE_CHECKING:
    from rag.store.catalog import Catalog
    from rag.types import Found, Search


# Word tables for candidate questions, in both languages.
#
# They hold words of news in general, in forms that are correct after « عن », and nothing specific to one archive.

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

_HAPPENINGS: Final = frozenset(
    """وفاة مقتل اغتيال استشهاد اختطاف خطف اعتقال إيقاف القبض محاكمة إحالة سجن هجوم تفجير انفجار اندلاع إطلاق حادث
    حادثة غرق انهيار سقوط تحطم إصابة العثور اكتشاف حجز ضبط تفكيك إحباط القضاء اقتحام تهريب سرقة افتتاح انطلاق
    اختتام تنظيم تكريم اجتماع لقاء زيارة قمة مؤتمر توقيع اتفاق مبادرة تأسيس إنشاء تدشين إطلاق إصدار إلغاء تأجيل
    تعليق غلق إغلاق فتح استئناف عودة وصول مغادرة ترحيل إضراب احتجاجات مظاهرة مسيرة اعتصام استقالة إقالة تعيين
    انتخاب ترشح فوز خسارة هزيمة تتويج انضمام انسحاب ارتفاع انخفاض تراجع زيادة تخفيض تفاقم عجز منح قرض سحب حظر
    منع رفع تمديد انقطاع تعطل إعفاء إخلاء إجلاء إنقاذ قصف تحرير معركة هدنة""".split()  # noqa: SIM905
)
"""Nouns that start a headline that is one noun phrase; spelled the same in every case."""

_SPEECH: Final = frozenset(
    """قال أكد أعلن أوضح صرح أضاف شدد أشار اعتبر ذكر كشف لفت أفاد حذر دعا انتقد رفض""".split()  # noqa: SIM905
)
"""Verbs of saying, third person, masculine; with ت they are feminine."""

_VAGUE: Final = frozenset(
    """كل كلا عدد بعض احد احدي جميع مسؤول مسؤولون مسئول شهود خبراء مراقبون وفق
    نفس ذات ذاته ذاتها نفسه نفسها هذا هذه ذلك تلك المصدر ايضا كذلك هو هي هم الذي التي وقال
    واكد مصدر مصادر المصادر الاخير الاخيره المذكور المذكوره اليه اليها فيه فيها له لها به بها هناك ثم قد لم لا ما كما
    بدوره بدورها سابقا""".split()  # noqa: SIM905
)
"""Words that make the speaker refer to an earlier sentence or be unnamed; in normalised form."""

_HEADLINE_VERBS: Final = _SPEECH | frozenset(
    """أثار أثارت خلف خلفت أسفر أسفرت أودى أودت أدى أدت بات باتت كان كانت سيكون ستكون تتواصل يتواصل تهدد تشعل تثير تخلف
    تكشف""".split()  # noqa: SIM905
)
"""Verbs that make a headline a sentence, besides those recognised by their prefix."""


# Subjects of a sentence that are known in both languages: names of the gazetteer and of `_topics`.
#
# A subject is displayed from a table or Unicode's CLDR, never as a slice: an Arabic slice may carry a prefix or an
# ending.

_Key = tuple[str, ...]
_Shown = dict[Language, str]


class _Subject(NamedTuple):
    """Something that a sentence names: its display form and the range of words that name it.

    `inside`: a ب before it means "in". `adjective`: a country named only by an adjective (« الروسي »). `country`: a
    country or an organisation of countries, not a city or continent.
    """

    shown: str
    first: int
    last: int
    inside: bool = False
    adjective: bool = False
    country: bool = False


def _names(text: str, found: Sequence[Word], language: Language) -> list[_Subject]:
    """Places and organisations that the words `found` of `text` name, in order."""
    subjects: list[_Subject] = []
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
                subjects.append(_Subject(one.shown[language], place.first, place.last, inside, country=country))
                break
        else:
            if len(known) == 1 and (code := next(iter(known))).isupper():
                shown = known[code].shown[language]
                subjects.append(_Subject(shown, place.first, place.last, adjective=True, country=True))
    return subjects


def _topics(found: Sequence[Word], written: str, language: Language) -> list[_Subject]:
    """Topics of a sentence `written` in a language; the longest if several begin at one word."""
    return list(_runs(found, _table(_TOPICS, "en" if written == "en" else "ar"), language))


def _offices(found: Sequence[Word], language: Language) -> list[_Subject]:
    """Offices that an Arabic sentence names."""
    return list(_runs(found, _table(_OFFICES, "ar"), language))


def _placed(topic: _Subject, named: Sequence[_Subject], found: Sequence[Word]) -> str | None:
    """The place of a topic: « الإرهاب في سورية », « الاقتصاد التونسي »."""
    for name in named:
        if topic.last == name.first and (name.inside or (name.adjective and topic.shown not in _PEOPLE)):
            return name.shown
        if topic.last + 1 == name.first and found[topic.last].text in {"في", "in"} and not name.adjective:
            return name.shown
    return None


def _runs(found: Sequence[Word], table: dict[_Key, _Shown], language: Language) -> Iterator[_Subject]:
    position = 0
    while position < len(found):
        step = 1
        for length in (3, 2, 1):
            rest = tuple(word.text for word in found[position + 1 : position + length])
            forms = _without_prefix(found[position].text) if len(rest) == length - 1 else ()
            hit = next(((table[form, *rest], inside) for form, inside in forms if (form, *rest) in table), None)
            if hit:
                yield _Subject(hit[0][language], position, position + length, hit[1])
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


# Speakers of a sentence, in its own words, if these form a subject that is complete.
#
# In doubt there is none: a speaker cut too long or too short makes an unnatural question.

_LONGEST: Final = 7
_WORD: Final = re.compile(r"[\u0621-\u0652]+")
_SAID: Final = re.compile(r"(?<![\w'’-])((?:[A-Z][\w'’-]++ ){2,4})said\b")
_NO_NAME: Final = ("The ", "A ", "An ", "He ", "She ", "It ", "They ", "We ", "But ", "And ", "In ", "On ", "As ")
_THAT: Final = frozenset("ان بان انه انها بانه بانها".split())  # noqa: SIM905
# Words that may separate the speaker and the speech; only after قال, which takes no noun as its object.
_CIRCUMSTANCE: Final = frozenset("في فى خلال اثناء عقب بعد امس اليوم للصحفيين حول عن".split())  # noqa: SIM905
_TOWARDS: Final = frozenset({"الي", "علي", "عن"})


class _Speaker(NamedTuple):
    """A speaker; in Arabic with the verb (« قالت وزارة الصحة »), whose gender is that of the text. `end`: the offset in
    the sentence, in code points, where the speaker's words end."""

    words: str
    end: int


def speakers(text: str, written: str, language: Language) -> Iterator[_Speaker]:
    """Speakers of a sentence `written` in a language, in the form that a question in `language` uses."""
    if written == "ar" and language == "ar":
        yield from _arabic(text)
    elif written == "en" and language == "en":
        for match in _SAID.finditer(text):
            if not match[1].startswith(_NO_NAME):
                yield _Speaker(match[1].strip(), match.end())
    elif written == "ar":
        yield from _officials(text, words(text))


def _arabic(text: str) -> Iterator[_Speaker]:
    position = 0
    for verb in _WORD.finditer(text):
        said = _verb(normalise(verb[0])[0])
        if said is None or verb.start() < position:
            continue
        subject: list[str] = []
        end, stop = verb.end(), ""
        for word in _WORD.finditer(text, verb.end()):
            stop = normalise(word[0])[0]
            between = text[end : word.start()]
            if between.strip() or stop in _THAT | _CIRCUMSTANCE | _TOWARDS or len(subject) == _LONGEST:
                stop = stop if not between.strip() else between.strip()[0]
                break
            subject.append(word[0])
            end = word.end()
        position = end
        ends = _is_followed(text[end:], stop, plainly=normalise(verb[0])[0].lstrip("وف").startswith("قال"))
        if ends and 3 <= len(subject) < _LONGEST and not any(normalise(word)[0] in _VAGUE for word in subject):
            yield _Speaker(f"{said} {' '.join(subject)}", end)


def _is_followed(rest: str, stop: str, *, plainly: bool) -> bool:
    """Whether the speech follows, so that the words before it are exactly the speaker."""
    if stop in _THAT:
        return True
    if stop in _TOWARDS:
        second = [normalise(word)[0] for word in rest.split()[1:2]]
        return bool(second) and second[0] in _THAT
    return plainly and (stop in _CIRCUMSTANCE or stop in set(':،,“"«'))


def _officials(text: str, found: list[Word]) -> Iterator[_Speaker]:
    """Speakers named in English by office and country: « أعلن وزير الخارجية الروسي »."""
    named = {name.first: name for name in _names(text, found, "en") if name.adjective}
    for office in _offices(found, "en"):
        country = named.get(office.last)
        if country and office.first and _verb(found[office.first - 1].text):
            yield _Speaker(f"{office.shown} of {country.shown}", found[country.last - 1].span.end)


def _verb(word: str) -> str | None:
    """« قال » or « قالت » for a normalised verb of saying, with or without a leading و or ف."""
    for form in (word, word[1:] if word[:1] in {"و", "ف"} else ""):
        if form in _verbs():
            return "قال"
        if form[-1:] == "ت" and form[:-1] in _verbs():
            return "قالت"
    return None


@cache
def _verbs() -> frozenset[str]:
    return frozenset(normalise(word)[0] for word in _SPEECH)


# Candidate questions of an article: templates filled with its subjects.
#
# Each template is grammatical whatever fills it: subjects use their display form; speakers and headlines keep the case
# that they have in the text.

_SENTENCES: Final = 40
"""Maximum number of sentences read per article."""
_TITLE: Final = 3
"""Weight of the title, in sentences, when subjects are counted."""
_FORMS: Final[dict[str, dict[Language, str]]] = {
    "report": {"ar": "ماذا ورد عن {0}؟", "en": "What does the report “{0}” say?"},
    "speaker": {"ar": "ماذا {0} عن {1}؟", "en": "What did {0} say about {1}?"},
    "place": {"ar": "ماذا قيل عن {0} في {1}؟", "en": "What does the archive say about {0} in {1}?"},
    "pair": {"ar": "ماذا قيل عن {0} و{1}؟", "en": "What does the archive say about {0} and {1}?"},
    "one": {"ar": "ماذا قيل عن {0}؟", "en": "What does the archive say about {0}?"},
}
_TITLE_WORDS: Final = range(4, 13)
_LEAD: Final = re.compile(r"^[^:]{1,40}\s*:\s*")
_NOT_A_PHRASE: Final = re.compile(r"[:؟?!.،,؛;…«»\"“”()\[\]|/]|\s[-–—]\s")
# The present tense; excludes يوم and nouns such as تعذيب, تهمة and تصريحات.
_PRESENT: Final = re.compile(r"س?[يت](?!وم$)(?!\w\wي\w$)\w{2,4}(?<!ه)(?<!ات)")


@dataclass(frozen=True, slots=True)
class Askable:
    """A candidate question about an article.

    `kind` is the template, `about` the subjects that fill it, `span` the sentence that it was drawn from, or None for
    the title. `weight` is how much the article is about it, among questions of one kind.
    """

    question: str
    kind: str
    about: tuple[str, ...]
    span: Span | None
    weight: int = 1


def askable(article: Article, language: Language) -> list[Askable]:
    """Candidate questions in `language` about an article: from the title, then from its sentences. A question that
    several sentences allow is listed once for each.

    Subjects mentioned in passing are left out: they are neither in the title nor in two sentences.
    """
    found = list(_all(article, language))
    named = Counter({one.about[0]: _TITLE for one in found if one.kind == "one" and one.span is None})
    named.update(one.about[0] for one in found if one.kind == "one" and one.span)
    return [weighed for one in found if (weighed := replace(one, weight=_weight(one, named))).weight > 1]


def _weight(one: Askable, named: Counter[str]) -> int:
    """Number of sentences that name its subject; a speaker counts more, the more words describe it."""
    if one.kind == "speaker":
        times = named[one.about[1]]
        return len(one.about[0].split()) + times if times > 1 else 0
    if one.kind == "report":
        return _TITLE
    return min(named[subject] for subject in (one.about if one.kind == "pair" else one.about[:1]))


def _all(article: Article, language: Language) -> Iterator[Askable]:
    if article.title:
        title = " ".join(article.title.value.split())
        if phrase := _reported(title, article.language, language):
            yield _ask("report", language, (phrase,), None)
        yield from _of_sentence(title, article.language, language, None)
    spans = (span for body in article.body for span in sentences(article.text, body))
    for span, _ in zip(spans, range(_SENTENCES), strict=False):
        yield from _of_sentence(span.of(article.text), article.language, language, span)


def _ask(kind: str, language: Language, about: tuple[str, ...], span: Span | None) -> Askable:
    return Askable(_FORMS[kind][language].format(*about), kind, about, span)


def _reported(title: str, written: str, language: Language) -> str | None:
    """What a headline reports, in the form that a question uses; None if it is not an Arabic noun phrase."""
    if written != language:
        return None
    if language == "en":
        return title if len(title.split()) in _TITLE_WORDS and not re.search('[“”"?]', title) else None
    for phrase in (title, _LEAD.sub("", title)):
        parts = normalise(phrase)[0].split()
        whole = len(parts) in _TITLE_WORDS and parts[0] in _happenings() and not _NOT_A_PHRASE.search(phrase)
        if whole and not _may_have_a_verb(phrase):
            return phrase
    return None


def _may_have_a_verb(phrase: str) -> bool:
    """Whether a headline may be a full sentence, which cannot follow « عن »."""
    found = words(phrase)
    named = {index for place in places(phrase, found) for index in range(place.first, place.last)}
    return any(
        word.text in _headline_verbs() or (_PRESENT.fullmatch(word.text) and index not in named)
        for index, word in enumerate(found)
        if index
    )


def _of_sentence(text: str, written: str, language: Language, span: Span | None) -> Iterator[Askable]:
    found = words(text)
    named = _names(text, found, language)
    about = _topics(found, written, language)
    itself = [name for name in named if not name.adjective]
    where = {topic: place for topic in about if (place := _placed(topic, named, found))}
    for topic, place in where.items():
        yield _ask("place", language, (topic.shown, place), span)
    for speaker in speakers(text, written, language):
        for one in (*about, *itself):
            if found[one.first].span.start >= speaker.end and one.shown not in speaker.words:
                yield _ask("speaker", language, (speaker.words, one.shown), span)
    countries = sorted({name.shown for name in itself if name.country})
    if len(countries) == 2:
        yield _ask("pair", language, (countries[0], countries[1]), span)
    for one in (*about, *itself):
        yield _ask("one", language, (one.shown,), span)


@cache
def _happenings() -> frozenset[str]:
    return frozenset(normalise(word)[0] for word in _HAPPENINGS)


@cache
def _headline_verbs() -> frozenset[str]:
    return frozenset(normalise(word)[0] for word in _HEADLINE_VERBS)


_COMMON: Final = 4
SAMPLE: Final = 120
TRIES: Final = 40
"""Maximum number of searches for one set of examples: one second at 25 ms each."""
_ROUNDS: Final = (("speaker", "report", "place"), ("pair",), ("one",))
"""Kinds of question, in turn within a round; a later round fills what the earlier ones left open."""


def sample_articles(catalog: Catalog, corpus: str, size: int = SAMPLE) -> list[Article]:
    """At most `size` articles of the current generation, evenly spread; the same selection each time."""
    current = catalog.current(corpus)
    if current is None:
        return []
    # Ids are hashes, so their order is independent of folders and dates and needs no text to be read.
    ids = sorted(member.article_id for member in catalog.members(current.id))
    chosen = [ids[place * len(ids) // size] for place in range(size)] if len(ids) > size else ids
    return list(catalog.articles(current.id, chosen).values())


def example_questions(
    articles: Sequence[Article],
    search: Search,
    *,
    language: Language,
    is_clear: Callable[[Found], bool],
    count: int = 4,
    tries: int = TRIES,
) -> tuple[str, ...]:
    """At most `count` distinct questions in `language` about `articles` that `search` answers.

    A question is kept if the results are clear (`is_clear`) and the best hit's best sentence is one that the question
    can be drawn from (for a headline: is in its article). No two questions are answered by one article. At most `tries`
    searches are made. Raises what the search raises.
    """
    kept: list[Askable] = []
    articles_kept: set[str] = set()
    for candidate in _in_turn(articles, language):
        if len(kept) == count or tries == 0:
            break
        if not all(_unlike(candidate, one) for one in kept):
            continue
        tries -= 1
        query = make_query(candidate.question, language=language, top_k=1)
        source = _answered_by(candidate, search(query), language, is_clear)
        if source and source not in articles_kept:
            kept.append(candidate)
            articles_kept.add(source)
    return tuple(one.question for one in kept)


def _in_turn(articles: Sequence[Article], language: Language) -> Iterator[Askable]:
    """Candidate questions about the articles: kinds in turn, and within a kind by weight, highest first."""
    drawn: dict[str, dict[str, Askable]] = defaultdict(dict)
    shared: Counter[str] = Counter()
    for article in articles:
        found = askable(article, language)
        shared.update({one.question for one in found})
        for one in found:
            known = drawn[one.kind].setdefault(one.question, one)
            if one.weight > known.weight:
                drawn[one.kind][one.question] = one
    # If every third article names the country, a question about it is not specific.
    common = {question for question, times in shared.items() if times > max(_COMMON, len(articles) / 3)}
    for kinds in _ROUNDS:
        lines = [sorted(drawn[kind].values(), key=lambda one: -one.weight) for kind in kinds]
        for row in zip_longest(*lines):
            yield from (one for one in row if one and one.question not in common)


def _unlike(one: Askable, other: Askable) -> bool:
    """Whether two questions have nothing in common except a place."""
    mine, theirs = set(one.about), set(other.about)
    return one.about[0] not in theirs and other.about[0] not in mine


def _answered_by(candidate: Askable, found: Found, language: Language, is_clear: Callable[[Found], bool]) -> str | None:
    """Id of the article whose sentence answers; None if the answer is not clear or is about something else."""
    if not is_clear(found):
        return None
    hit = found.hits[0]
    told = askable(found.articles[hit.passage.article_id], language)
    there = [one for one in told if one.span and one.span.start < hit.best.end and hit.best.start < one.span.end]
    there += [one for one in told if one.kind == "report"]
    named = {one.about[0] for one in there if one.kind == "one"}
    named_all = candidate.kind in {"place", "pair"} and named.issuperset(candidate.about)
    same = any(one.question == candidate.question for one in there)
    return hit.passage.article_id if named_all or same else None
