"""Persons, speakers and topics of a sentence in its own words, in forms that a question can use. Rules, no model.

In doubt there is none: a phrase that is cut too long or too short makes an unnatural question.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

from babel import Locale

from rag.text.dates import MONTHS, DateMention, dates
from rag.text.entities import find_names
from rag.text.name_shapes import (
    is_common,
    is_given,
    is_ordinary_arabic,
    is_particle,
)
from rag.text.names import bare, places
from rag.text.normalise import Word, normalise, words
from rag.text.subjects import names_of_text, offices
from rag.types import Language

# Word tables. All are normalised.

_SPEECH: Final = frozenset(
    "قال اكد اعلن اوضح صرح اضاف شدد اشار اعتبر ذكر كشف لفت افاد حذر دعا انتقد رفض".split()  # noqa: SIM905
)
"""Verbs of saying, third person, masculine; with ت they are feminine."""

_VAGUE: Final = frozenset(
    """كل كلا عدد بعض احد احدي جميع مسؤول مسؤولون مسئول شهود خبراء مراقبون وفق
    نفس ذات ذاته ذاتها نفسه نفسها هذا هذه ذلك تلك المصدر ايضا كذلك هو هي هم الذي التي وقال
    واكد مصدر مصادر المصادر الاخير الاخيره المذكور المذكوره اليه اليها فيه فيها له لها به بها هناك ثم قد لم لا ما كما
    بدوره بدورها سابقا""".split()  # noqa: SIM905
)
"""Words that make the speaker refer to an earlier sentence or be unnamed."""

_THAT: Final = frozenset("ان بان انه انها بانه بانها".split())  # noqa: SIM905
_CIRCUMSTANCE: Final = frozenset("في فى خلال اثناء عقب بعد امس اليوم للصحفيين حول عن".split())  # noqa: SIM905
"""Words that may separate the speaker and the speech; only after قال, which takes no noun as its object."""
_TOWARDS: Final = frozenset({"الي", "علي", "عن"})
_ABOUT: Final = frozenset({"حول", "بشان", "بخصوص"})

_ENDING_A_PHRASE: Final = frozenset(
    """الذي التي الذين اللذين اللتين اللاتي اللواتي الان اليوم الليله الامس الامر الشيء الحال الاخر الاخري الاخرين
    الطرف الطرفين الطرفان الجانب الجانبين الجانبان البلدين البلدان الوزيرين الرئيسين المذكور المذكوره المذكورين
    المتحدث المصدر المصادر الاخير الاخيره الاول الاولي الثاني الثانيه الجاري الماضي الماضيه المقبل المقبله القادم
    القادمه السبت الاحد الاثنين الثلاثاء الاربعاء الخميس الجمعه الكثير العديد الكل البعض المئه المائه الله المرء
    المره الوقت الساعه الدقيقه الشهر العام الاسبوع السنه اليه الي اللقاء الحضور الموضوع الشخص الاساسي الاساسيه الرئيسي
    الرئيسيه الاجمالي الاجماليه المعني المعنيه الراهن الراهنه السابق السابقه الحالي الحاليه""".split()  # noqa: SIM905
)
"""Words that are spelled with the article and end a phrase, or make it refer to an earlier sentence."""

_INCOMPLETE: Final = re.compile(
    r"ال(?:م\w+|خاص|صادر|تابع|راغب|قادر|داعم|رامي|واقع|قايم|قائم|ناتج|ناجم|وارد|هادف|لازم)(?:ه|ين|ون)?$"
)
"""Adjectives that a preposition may complete: « القانون المتعلق ب »."""
_PREPOSITION: Final = re.compile(r" (?:[بل]\S|(?:في|من|على|علي|عن|إلى|الى|الي|مع|بين|ضد) )")

_NO_HEAD: Final = frozenset(
    """كل كلا كلتا عدد عددا بعض احد احدي جميع نفس ذات مثل غير سوي هناك هنالك هذا هذه ذلك تلك نحو اكثر اقل معظم اغلب
    كافه عدم مجرد ثمه ليس ليست سوف قد من ما لا لم لن علي في الي عن مع بين حتي منذ بعد قبل خلال كان كانت يوم شهر عام
    سنه صباح مساء حوالي قرابه زهاء اي ايه طريق طريقه سبيل صدد شان شانها اطار حول بشان بخصوص لدي عند ضد دون رغم وفق
    حسب بحسب اذا لو ان بان لان انه انها وجود اول اخر ثاني ثالث هو هي هم عديد مختلف سائر شتي""".split()  # noqa: SIM905
)
"""Words without the article that cannot begin a phrase, or say nothing in it."""

_GENERIC: Final = frozenset(
    """الحزب الفريق الجهه النادي الجمعيه الشركه المنظمه الهيئه البلديه اللجنه المدرسه الحركه النقابه اللواء المجلس
    الاتحاد الجامعه الوفد المؤسسه المستشفي المعهد الكليه المركز المنطقه المدينه القريه الاداره الجماعه الكتله الجلسه
    المحكمه السفاره المجموعه الصحيفه القناه الموقع الوكاله التقرير الدراسه البيان الحديقه الدوره المهرجان""".split()  # noqa: SIM905
)
"""Words with the article that say which one only with another word after them: « رئيس الحزب »."""

_INSIDE_NAMES: Final = frozenset("بن ابن بنت ابو ام عبد ال دي دو دا فان فون لو".split())  # noqa: SIM905

_VERBAL: Final = re.compile(r"[يت](?!\w+(?:ه|ات)$)(?!\w\wي\w$)(?!(?:جاوز|عاون|بادل|راجع|طور|قارير)$)")
"""Beginning of a word that may be a verb in the present: after « أن » it is no noun. Not of تحديد, تسوية."""

_POSTS: Final = frozenset(
    "رئيس وزير مدير سفير متحدث ناطق نائب مبعوث مستشار امين قائد حاكم محافظ والي معتمد مندوب عميد مفوض".split()  # noqa: SIM905
)
_HELD: Final = _POSTS | frozenset(
    """ممثل زعيم قاضي محامي كاتب ملك امير شيخ عضو باحث استاذ خبير مدرب لاعب مهاجم حارس فنان مخرج مغني مطرب مرشح عقيد
    لواء جنرال نقيب نجم بطل طبيب عالم صحفي""".split()  # noqa: SIM905
)
"""What a person may be, masculine, without the article; with ة it is feminine."""

_WORD: Final = re.compile(r"[\u0621-\u0652]+")
_MARKS: Final = "\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652"
_SUFFIX: Final = re.compile(r"(?:ها|هما?|هن|كم|نا|ه)$")

_LONGEST_TOPIC: Final = 4
_MOST_HEADS: Final = 2
"""Maximum number of words before the first with the article: « توسيع دائرة اللاعبين »."""
_LONGEST_SPEAKER: Final = 7
_LONGEST_OFFICE: Final = 6


# Noun phrases that may follow « عن »: definite, complete, and spelled in the genitive as they are in the text.


def topic_at(text: str, found: Sequence[Word], first: int) -> str:
    """The noun phrase that begins at a word of an Arabic text: « مكافحة الإرهاب »; empty if none is certain.

    It ends with one or more words that have the article, after at most two that have none. The caller knows that a
    noun in the accusative or genitive begins there.
    """
    last, articles = first, 0
    while last < len(found) and last - first < _LONGEST_TOPIC:
        if last > first and not _adjacent(text, found, last):
            break
        if _has_article(found[last].text):
            articles += 1
        elif articles or last - first == _MOST_HEADS or not _may_begin(found[last], text):
            break
        last += 1
    shown = text[found[first].span.start : found[last - 1].span.end] if last > first else ""
    if not articles or last - first < 2 or not all(map(_WORD.fullmatch, shown.split(" "))):
        return ""
    # What is joined by « و » may belong to the phrase: « الجانبين الروسي والبحريني ».
    rest = text[found[last - 1].span.end :]
    open_ended = articles > 1 and _INCOMPLETE.match(found[last - 1].text) and _PREPOSITION.match(rest)
    unclear = any(found[at].text in _ENDING_A_PHRASE for at in range(first, min(last + 1, len(found))))
    named = any(first < place.last and place.first < last - articles for place in places(text, found))
    return "" if open_ended or unclear or named or rest.startswith((" و", " ل", "و", "-")) else shown


def _has_article(word: str) -> bool:
    return word.startswith("ال") and len(word) > len("الحل") - 1


def _may_begin(word: Word, text: str) -> bool:
    """Whether a word without the article may come before it in a phrase, as مكافحة in « مكافحة الإرهاب »."""
    raw = word.span.of(text)
    if word.text in _NO_HEAD | _SPEECH or is_particle(word.text) or len(word.text) < 3 or is_given(word.text):
        return False
    if _VERBAL.match(word.text):
        return False
    return not (_hangs(raw) or raw.rstrip(_MARKS).endswith(("ا", "وا")) or raw.endswith("\u064b"))


def _hangs(raw: str) -> bool:
    """Whether an Arabic word may end with a pronoun, which refers to something outside its phrase."""
    return raw != "الله" and len(raw) > 3 and _SUFFIX.search(raw) is not None


def _adjacent(text: str, found: Sequence[Word], at: int) -> bool:
    """Whether one space and nothing else separates a word from the one before it."""
    return text[found[at - 1].span.end : found[at].span.start] == " "


# Persons whom a text names in full.


class Person(NamedTuple):
    """A person named in full: the name and the range of its words.

    `pronoun`: « هو » or « هي » if the words before the name say what the person is; `official`: that is a post.
    """

    name: str
    first: int
    last: int
    pronoun: str
    official: bool


def persons(text: str, found: Sequence[Word]) -> list[Person]:
    """Persons whom an Arabic text names by two words or more (`rag.text.entities`), in order; without a particle such
    as « و » before the name."""
    people: list[Person] = []
    starts = [word.span.start for word in found]
    for mention in find_names(text):
        first = bisect_right(starts, mention.span.start) - 1
        last = bisect_left(starts, mention.span.end)
        name = mention.span.of(text).lstrip(_MARKS)
        if mention.kind == "person" and last - first > 1 and all(map(_WORD.fullmatch, name.split(" "))):
            particle = starts[first] < mention.span.start
            people.append(Person(name, first, last, *(("", False) if particle else _held_before(text, found, first))))
    return people


def _held_before(text: str, found: Sequence[Word], first: int) -> tuple[str, bool]:
    """« هو » or « هي » by the office before a name, « وزيرة الخارجية الليبية نجلاء المنقوش », and whether it is a
    post."""
    for at in range(first - 1, max(first - 1 - _LONGEST_OFFICE, -1), -1):
        if not _adjacent(text, found, at + 1):
            break
        for office in (bare(found[at].text), bare(found[at].text[1:])):
            if office in _HELD:
                return "هو", office in _POSTS
            if office.removesuffix("ه") in _HELD and found[at].span.of(text).endswith("ة"):
                return "هي", office.removesuffix("ه") in _POSTS
    return "", False


_READ: Final = 20_000
FullNames = Mapping[str, str]
"""A normalised family name → the full name that a text gives with it."""


@lru_cache(maxsize=64)  # the passages of one article are found together
def full_names(text: str) -> FullNames:
    """Full names of an Arabic text by their last word, without those that two persons share; of a long text, those of
    its first `_READ` code points."""
    text = text[:_READ]
    known: dict[str, str] = {}
    shared: set[str] = set()
    found = words(text)
    for person in persons(text, found):
        last = found[person.last - 1].text
        if known.setdefault(last, person.name) != person.name:
            shared.add(last)
    return MappingProxyType({last: name for last, name in known.items() if last not in shared})


# Speakers: who says what follows, if the words between the verb and the speech are exactly who.

_SAID: Final = re.compile(r"(?<![\w'’-])((?:[A-Z][\w'’-]++ ){2,4})said\b")
_NO_NAME: Final = ("The ", "A ", "An ", "He ", "She ", "It ", "They ", "We ", "But ", "And ", "In ", "On ", "As ")


class Speaker(NamedTuple):
    """A speaker; in Arabic with the verb (« قالت وزارة الصحة »), whose gender is that of the text.

    `end`: the offset in the sentence, in code points, where the speaker's words end.
    """

    words: str
    end: int


def speakers(text: str, written: str, language: Language, full: FullNames = MappingProxyType({})) -> Iterator[Speaker]:
    """Speakers of a sentence `written` in a language, in the form that a question in `language` uses.

    `full` are the full names of the article: with them « قال لافروف » gives « قال سيرغي لافروف ».
    """
    if written == "ar" and language == "ar":
        yield from _arabic(text, full)
    elif written == "en" and language == "en":
        for match in _SAID.finditer(text):
            if not match[1].startswith(_NO_NAME):
                yield Speaker(match[1].strip(), match.end())
    elif written == "ar":
        yield from _officials(text, words(text))


def _arabic(text: str, full: FullNames) -> Iterator[Speaker]:
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
            if between.strip() or stop in _THAT | _CIRCUMSTANCE | _TOWARDS or len(subject) == _LONGEST_SPEAKER:
                stop = stop if not between.strip() else between.strip()[0]
                break
            subject.append(word[0])
            end = word.end()
        position = end
        ends = _is_followed(text[end:], stop, plainly=normalise(verb[0])[0].lstrip("وف").startswith("قال"))
        if ends and (who := _subject(subject, full)):
            yield Speaker(f"{said} {who}", end)


def _is_followed(rest: str, stop: str, *, plainly: bool) -> bool:
    """Whether the speech follows, so that the words before it are exactly the speaker."""
    if stop in _THAT:
        return True
    if stop in _TOWARDS:
        second = [normalise(word)[0] for word in rest.split()[1:2]]
        return bool(second) and second[0] in _THAT
    return plainly and (stop in _CIRCUMSTANCE or stop in set(':،,“"«'))


def _subject(subject: Sequence[str], full: FullNames) -> str:
    """The words after a verb of saying as a speaker; empty if they are not certainly a complete name or office."""
    forms = [normalise(word)[0] for word in subject]
    if len(subject) == 1:
        return full.get(forms[0], "")
    if not 2 <= len(subject) < _LONGEST_SPEAKER or not _VAGUE.isdisjoint(forms) or any(map(_hangs, subject)):
        return ""
    shown = " ".join(subject)
    found = words(shown)
    people = persons(shown, found)
    named = people[-1].first if people and people[-1].last == len(found) else len(found)
    if people and people[0].first == 0 and people[0].last < len(found):
        return people[0].name  # what the person is stands behind
    if named == 2 == len(found) and (forms[0] in _INSIDE_NAMES or _has_article(forms[0]) or not _has_article(forms[1])):
        return ""  # « الوزير الروسي » of an earlier sentence
    articles = False
    for word in found[:named]:
        # After an article come adjectives that have it, a name, or « باسم »: in « أكد الوزير ضرورة » the last is said.
        if articles and not _has_article(word.text) and is_ordinary_arabic(word):
            if word.text != "باسم":
                return ""
            articles = False
        else:
            articles = articles or _has_article(word.text)
    definite = articles or people or any(not name.adjective for name in names_of_text(shown, found, "ar"))
    return shown if definite and (people or forms[-1] not in _GENERIC) else ""


def _officials(text: str, found: list[Word]) -> Iterator[Speaker]:
    """Speakers named in English by office and country: « أعلن وزير الخارجية الروسي »."""
    named = {name.first: name for name in names_of_text(text, found, "en") if name.adjective}
    for office in offices(found, "en"):
        country = named.get(office.last)
        if country and office.first and _verb(found[office.first - 1].text):
            yield Speaker(f"{office.shown} of {country.shown}", found[country.last - 1].span.end)


def says(text: str) -> bool:
    """Whether a text has a verb of saying, in either language."""
    return any(_verb(word.text) or word.text in _ENGLISH_SPEECH for word in words(text))


_ENGLISH_SPEECH: Final = frozenset("said says told stated added announced stressed explained noted".split())  # noqa: SIM905


def _verb(word: str) -> str | None:
    """« قال » or « قالت » for a normalised verb of saying, with or without a leading و or ف."""
    for form in (word, word[1:] if word[:1] in {"و", "ف"} else ""):
        if form in _SPEECH:
            return "قال"
        if form[-1:] == "ت" and form[:-1] in _SPEECH:
            return "قالت"
    return None


# Topics: the phrase that a speech begins with, or that follows « حول ».


def topics_said(text: str, found: Sequence[Word], after: int) -> list[str]:
    """Topics of an Arabic sentence from the offset `after` on, in code points: what the clause of a verb of saying
    begins with, and what follows « حول »."""
    said: list[str] = []
    for at, word in enumerate(found[:-1]):
        if word.span.start < after or not _adjacent(text, found, at + 1):
            continue
        form = word.text.removeprefix("و")
        speech = form in {"ان", "بان"} and (
            normalise(text[after : word.span.start].strip())[0] in {"", *_TOWARDS} if after else _said(found, at)
        )
        if speech or form in _ABOUT:
            topic = topic_at(text, found, at + 1)
            if topic and topic not in said:
                said.append(topic)
    return said


def _said(found: Sequence[Word], that: int) -> bool:
    """Whether a verb of saying is before « أن »: after others, such as « يمكن أن », a verb follows."""
    before = [word.text for word in found[max(0, that - 2) : that]]
    return any(_verb(word) for word in before[-1:]) or (before[-1:] == ["الي"] and bool(_verb(before[0])))


# Places that a text introduces as such, and days.

_DISTRICTS: Final = frozenset("مدينه ولايه معتمديه بلديه محافظه قريه بلده جزيره".split())  # noqa: SIM905
_TWO_WORDS: Final = frozenset(
    "سيدي بن ابن بني ام بير بئر دار راس عين دير تل كفر بيت قصر حمام منزل خان وادي جبل باب سوق مجاز".split()  # noqa: SIM905
)
"""First words of a place name that has two: سيدي بوزيد."""


def districts(text: str, found: Sequence[Word]) -> list[str]:
    """Towns and districts that an Arabic text introduces as such, without a particle before: « مدينة سوسة »."""
    known = {index for place in places(text, found) for index in range(place.first, place.last)}
    named: list[str] = []
    for at, word in enumerate(found[:-1]):
        kind = word.text if word.text in _DISTRICTS else word.text[1:]
        if kind not in _DISTRICTS or not _adjacent(text, found, at + 1):
            continue
        last = at + 2
        if (
            (found[at + 1].text in _TWO_WORDS or is_given(found[at + 1].text))
            and last < len(found)
            and _adjacent(text, found, last)
        ):
            last += 1
        if last < len(found) and text[found[last - 1].span.end : found[last].span.start].strip() in {"", "-"}:
            following = found[last]
            if not (is_given(following.text) or is_ordinary_arabic(following)) and last not in known:
                continue  # the name may go on
        begin = word.span.start + len(word.text) - len(kind)
        shown = text[begin : found[last - 1].span.end].lstrip(_MARKS)
        name = found[last - 1]
        ordinary = is_common(name) if _has_article(name.text) else is_ordinary_arabic(name)
        if name.text in _ENDING_A_PHRASE or ordinary or not all(map(_WORD.fullmatch, shown.split(" "))):
            continue
        if shown not in named:
            named.append(shown)
    return named


class NamedDay(NamedTuple):
    """A day that a text names, and the day of the month, the month and the year as a question in one language does."""

    mention: DateMention
    shown: str


def days(text: str, language: Language) -> list[NamedDay]:
    """Days that a text names with their month, in order, without those whose month and day may be exchanged."""
    mentions = dates(text)
    named: list[NamedDay] = []
    for one in mentions:
        if one.day is None or one.month is None or sum(other.span == one.span for other in mentions) > 1:
            continue
        month = _month(one, text, language)
        shown = " ".join(str(part) for part in (one.day, month, one.year) if part)
        if shown not in [other.shown for other in named]:
            named.append(NamedDay(one, shown))
    return named


def _month(one: DateMention, text: str, language: Language) -> str:
    """The name of a month: the text's own if it is in the language of the question."""
    if language == "ar":
        stated = one.span.of(text)
        for word in words(stated):
            if MONTHS.get(word.text) == one.month and _WORD.fullmatch(word.span.of(stated)):
                return word.span.of(stated)
    return str(Locale(language).months["format"]["wide"][one.month or 1])


# Offices with who holds them, and what somebody decided.

_DECIDING: Final = frozenset(
    """قرر اصدر اطلق اقترح نشر الغي اوقف افتتح طلب رفض اعلن قدم حقق اقر اعتمد فرض خصص نظم عرض اكتشف حجز ضبط احبط دشن وفر
    اتخذ""".split()  # noqa: SIM905
)
"""Verbs whose object a question can ask for, past tense, third person, masculine; with ت they are feminine."""
_HEADS_OF_OFFICES: Final = frozenset(
    """وزراء مجلس حزب حركه حكومه اتحاد هيئه نادي جامعه منظمه بلديه فريق منتخب اداره جمعيه نقابه لجنه دوله نواب
    امن""".split()  # noqa: SIM905
)


class Held(NamedTuple):
    """An office and who holds it: « وزير الخارجية الروسي », « سيرغي لافروف »; `last` is the index after the office."""

    office: str
    first: int
    last: int
    person: Person


def offices_held(text: str, found: Sequence[Word]) -> list[Held]:
    """Offices that an Arabic text names before the person who holds them, each a complete definite phrase."""
    held: list[Held] = []
    for person in persons(text, found):
        first = person.first
        while first > 0 and person.first - first < _LONGEST_OFFICE and _adjacent(text, found, first):
            first -= 1
            head = found[first].text
            if head.removesuffix("ه") in _HELD or head in _HELD:
                break
        words_of = found[first : person.first]
        raw = [word.span.of(text) for word in words_of]
        complete = len(words_of) > 1 and (words_of[0].text in _HELD or words_of[0].text.removesuffix("ه") in _HELD)
        fits = complete and all(_has_article(word.text) or word.text in _HEADS_OF_OFFICES for word in words_of[1:])
        if fits and _has_article(words_of[-1].text) and all(map(_WORD.fullmatch, raw)):
            generic = words_of[-1].text in _GENERIC
            if not generic and not any(word.text in _ENDING_A_PHRASE for word in words_of):
                held.append(Held(" ".join(raw), first, person.first, person))
    return held


def acts(text: str, found: Sequence[Word]) -> list[str]:
    """That somebody decided, published or asked for something, without what: « قررت السلطات الإسبانية ».

    Only at the beginning of an Arabic sentence; there is one or none.
    """
    if len(found) < 4:
        return []
    verb = found[0]
    form = verb.text if _decides(verb.text) else verb.text[1:] if verb.text[0] in "وف" else ""
    if not _decides(form):
        return []
    begin = verb.span.start + len(verb.text) - len(form)
    last = _subject_end(text, found, 1)
    shown = text[begin : found[last - 1].span.end].lstrip(_MARKS)
    vague = any(word.text in _ENDING_A_PHRASE | _GENERIC for word in found[1:last])
    vague = vague or (_has_article(found[1].text) and bare(found[1].text).removesuffix("ه") in _HELD)
    if last - 1 < 2 or vague or not all(map(_WORD.fullmatch, shown.split(" "))):
        return []
    following = found[last] if last < len(found) else None
    # Another word with the article may be what was decided, and one with « ب » tells which of several decides.
    if following is None or not _adjacent(text, found, last):
        return []
    if following.text not in _TIMES and (_has_article(following.text) or following.text[0] in "بو"):
        return []
    return [shown]


def _subject_end(text: str, found: Sequence[Word], first: int) -> int:
    """The index after the subject that begins at a word: « الاتحاد الإماراتي لكرة القدم »; `first` if it is unclear."""
    last, articles = first, 0
    while last < len(found) and _adjacent(text, found, last):
        form = found[last].text
        if _has_article(form):
            known = any(place.first <= last < place.last for place in places(text, found))
            # « رئيس الجمهورية الباجي قايد السبسي »: after an office such a word may be a name.
            if articles and not (known or (_is_adjective(form) and found[first].text not in _HELD)):
                return last if form in _TIMES else first
            articles += 1
        elif articles and form.startswith("ل") and len(form) > _LONGEST_TOPIC:
            articles = int(form.startswith("لل"))
        elif articles or last - first == _MOST_HEADS or not _may_begin(found[last], text):
            break
        last += 1
    return last if articles else first


def _is_adjective(word: str) -> bool:
    """Whether a word with the article is certainly an adjective: الإسبانية, العامة."""
    return word.removesuffix("ه").endswith("ي") or word in _ADJECTIVES


_ADJECTIVES: Final = frozenset(
    """العام العامه المتحده الابيض الاعلي العليا الكبري الكبير الكبيره الموحد الموحده المستقل المستقله الاول
    الاولي""".split()  # noqa: SIM905
)


def _decides(word: str) -> bool:
    return word in _DECIDING or (word[-1:] == "ت" and word[:-1] in _DECIDING)


_TIMES: Final = frozenset("اليوم الان السبت الاحد الاثنين الثلاثاء الاربعاء الخميس الجمعه".split())  # noqa: SIM905
