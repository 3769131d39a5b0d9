"""Candidate questions about articles and sentences, from templates; `rag.generate.answerable` asks them.

No model writes them. Each template is grammatical whatever fills it: subjects have their display form
(`rag.text.subjects`) or are phrases of the text that fit (`rag.text.mentions`); headlines keep their words. In an
English question about an Arabic article, names, speakers and headlines without a certain English form stay in Arabic.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from rag.text.dates import dates
from rag.text.lexicon import FUNCTION
from rag.text.mentions import (
    FullNames,
    acts,
    days,
    districts,
    full_names,
    offices_held,
    persons,
    says,
    speakers,
    topics_said,
)
from rag.text.name_shapes import is_given, is_ordinary_arabic, looks_foreign
from rag.text.names import places
from rag.text.normalise import ARABIC, Word, normalise, same, words
from rag.text.sentences import sentences
from rag.text.subjects import Subject, names_of_text, offices, placed, topics
from rag.types import Article, Citation, Language, Span

if TYPE_CHECKING:
    from rag.store.catalog import Catalog

_HAPPENINGS: Final = frozenset(
    """وفاة مقتل اغتيال استشهاد اختطاف خطف اعتقال إيقاف القبض محاكمة إحالة سجن هجوم تفجير انفجار اندلاع إطلاق حادث
    حادثة غرق انهيار سقوط تحطم إصابة العثور اكتشاف حجز ضبط تفكيك إحباط القضاء اقتحام تهريب سرقة افتتاح انطلاق
    اختتام تنظيم تكريم اجتماع لقاء زيارة قمة مؤتمر توقيع اتفاق مبادرة تأسيس إنشاء تدشين إطلاق إصدار إلغاء تأجيل
    تعليق غلق إغلاق فتح استئناف عودة وصول مغادرة ترحيل إضراب احتجاجات مظاهرة مسيرة اعتصام استقالة إقالة تعيين
    انتخاب ترشح فوز خسارة هزيمة تتويج انضمام انسحاب ارتفاع انخفاض تراجع زيادة تخفيض تفاقم عجز منح قرض سحب حظر
    منع رفع تمديد انقطاع تعطل إعفاء إخلاء إجلاء إنقاذ قصف تحرير معركة هدنة""".split()  # noqa: SIM905
)
"""Nouns that start a headline that is one noun phrase; spelled the same in every case."""

_HEADLINE_VERBS: Final = frozenset(
    """قال أكد أعلن أوضح صرح أضاف شدد أشار اعتبر ذكر كشف لفت أفاد حذر دعا انتقد رفض
    أثار أثارت خلف خلفت أسفر أسفرت أودى أودت أدى أدت بات باتت كان كانت سيكون ستكون تتواصل يتواصل تهدد تشعل تثير تخلف
    تكشف""".split()  # noqa: SIM905
)
"""Verbs that make a headline a sentence, besides those recognised by their prefix."""


_SENTENCES: Final = 40
"""Maximum number of sentences read per article."""
_LONGEST: Final = 2_000
"""Code points: a longer sentence is a list or a table, and is not read."""
_TITLE: Final = 3
"""Weight of the title, in sentences, when subjects are counted."""
_PASSING: Final = 2
"""Weight of a question that needs no second mention of its subject: who somebody is, what happened on a day."""
_FORMS: Final[dict[str, dict[Language, str]]] = {
    # In double quotation marks the headline would be read as a typed filter (`rag.retrieve.query_syntax`).
    "report": {"ar": "ماذا ورد عن {0}؟", "en": "What does the report with the headline ‘{0}’ say?"},
    "speaker": {"ar": "ماذا {0} عن {1}؟", "en": "What did {0} say about {1}?"},
    "said": {"ar": "ماذا {0}؟", "en": "What did {0} say?"},
    "he": {"ar": "من هو {0}؟", "en": "Who is {0}?"},
    "she": {"ar": "من هي {0}؟", "en": "Who is {0}?"},
    "held": {"ar": "من {0}؟", "en": "Who is {0}?"},
    "act": {"ar": "ماذا {0}؟", "en": ""},
    "post": {"ar": "ما منصب {0}؟", "en": "What is the position of {0}?"},
    "happened": {"ar": "ما الذي وقع في {0}؟", "en": "What happened in {0}?"},
    "day": {"ar": "ما الذي وقع في {0}؟", "en": "What happened on {0}?"},
    "place": {"ar": "ماذا قيل عن {0} في {1}؟", "en": "What does the archive say about {0} in {1}?"},
    "topic": {"ar": "ماذا ورد عن {0}؟", "en": "What does the archive say about {0}?"},
    "pair": {"ar": "ماذا قيل عن {0} و{1}؟", "en": "What does the archive say about {0} and {1}?"},
    "one": {"ar": "ماذا قيل عن {0}؟", "en": "What does the archive say about {0}?"},
}
_ALONE: Final = frozenset({"said", "he", "she", "post", "held", "act", "day", "topic"})
"""Kinds of `_PASSING` weight."""
_TITLE_WORDS: Final = range(4, 13)
_NOT_IN_QUOTES: Final = re.compile('[“”‘’„«»"?؟]')
_LEAD: Final = re.compile(r"^[^:]{1,40}\s*:\s*")
_NOT_A_PHRASE: Final = re.compile(r"[:؟?!.،,؛;…«»\"“”()\[\]|/]|\s[-–—]\s")
# The present tense; excludes يوم and nouns such as تعذيب, تهمة and تصريحات.
_PRESENT: Final = re.compile(r"س?[يت](?!وم$)(?!\w\wي\w$)\w{2,4}(?<!ه)(?<!ات)")


Spelled = Mapping[str, str]
"""The normalised family name of a person, in Arabic → the name in English, for those whose spelling is certain."""


@dataclass(frozen=True, slots=True)
class Askable:
    """A candidate question about an article.

    `kind` is the template, `about` the subjects that fill it, `span` the sentence that it was drawn from, or None for
    the title. `weight` is how much the article is about it, among questions of one kind. `holder` is the normalised
    family name of who holds the office that is asked about.
    """

    question: str
    kind: str
    about: tuple[str, ...]
    span: Span | None
    weight: int = 1
    holder: str = ""

    def is_named_in(
        self, article: Article, span: Span, language: Language, spelled: Spelled = MappingProxyType({})
    ) -> bool:
        """Whether an article names all subjects of this question in `language`, in a sentence and what introduces it.

        A speaker may stand before the sentence, another subject must be in the sentence or the title.
        """
        if self.kind == "report":
            return article.title is not None and self.about[0] in " ".join(article.title.value.split())
        title = f"{article.title.value}\n" if article.title else ""
        text = title + span.of(article.text)
        before = title + article.text[max(0, span.start - _LOOKED_BACK) : span.end]
        speaks = self.kind in {"speaker", "said"}
        return all(
            _names(subject, before if speaks and place == 0 else text, article.language, language, spelled)
            for place, subject in enumerate(self.about)
        )

    def is_answered_by(self, cited: Citation) -> bool:
        """Whether a quote says what some questions ask for: for who somebody is, an office before the name; for who
        holds an office, the holder's name among the words that a reader marks; for what was said, a verb of saying."""
        if self.kind == "said":
            return says(cited.quote)
        if self.kind in {"he", "she", "post"}:
            people = persons(cited.quote, words(cited.quote))
            last = words(self.about[0])[-1].text if ARABIC.match(self.about[0]) else ""
            told = [one for one in people if one.pronoun and (not last or same(words(one.name)[-1].text, last))]
            return bool(told)
        if self.kind == "held":
            marked = (cited.marked or cited.span).of(cited.article.text)
            return any(same(word.text, self.holder) for word in words(marked))
        return True


_LOOKED_BACK: Final = 700
"""Code points before a sentence in which its speaker may be named, as in `rag.verify.attribution`."""


def _names(subject: str, text: str, written: str, language: Language, spelled: Spelled) -> bool:
    """Whether a text `written` in a language names a subject of a question in `language`."""
    found = words(text)
    if any(one.shown == subject for one in (*names_of_text(text, found, language), *topics(found, written, language))):
        return True
    if any(one.states(asked) for asked in dates(subject) for one in dates(text)):
        return True
    if written != language and not ARABIC.search(subject):
        if any(subject in one.about for one in _held(text, found, language, None)):
            return True
        known = [last for last, name in spelled.items() if name == subject]
        speaks = any(speaker.words == subject for speaker in speakers(text, written, language))
        return speaks or any(same(word.text, last) for last in known for word in found)
    told = [word for word in words(subject) if word.text not in FUNCTION | {"قال", "قالت"}]
    if told and _is_name(told[-1]):  # « لافروف » for « وزير الخارجية الروسي سيرغي لافروف »
        told = told[-1:]
    return bool(told) and all(any(same(one.text, word.text) for word in found) for one in told)


def _is_name(word: Word) -> bool:
    if not ARABIC.match(word.text):
        return True
    return is_given(word.text) or looks_foreign(word.text) or not is_ordinary_arabic(word)


def askable(article: Article, language: Language) -> list[Askable]:
    """Candidate questions in `language` about an article: from the title, then from its sentences. A question that
    several sentences allow is listed once for each.

    Subjects mentioned in passing are left out: they are neither in the title nor in two sentences.
    """
    found = [one for one in _all(article, language) if language == "ar" or not ARABIC.search(one.question)]
    named = Counter({one.about[0]: _TITLE for one in found if one.kind == "one" and one.span is None})
    named.update(one.about[0] for one in found if one.kind == "one" and one.span)
    # A district that the text introduces as such is in no table.
    named.update({one.about[0]: _PASSING for one in found if one.kind == "happened" and one.about[0] not in named})
    return [weighed for one in found if (weighed := replace(one, weight=_weight(one, named))).weight > 1]


def _weight(one: Askable, named: Counter[str]) -> int:
    """Number of sentences that name its subject; a speaker counts more, the more words describe it."""
    if one.kind == "speaker":
        times = max(named[one.about[1]], _PASSING if one.about[1] not in named else 0)
        return len(one.about[0].split()) + times if times > 1 else 0
    if one.kind == "report":
        return _TITLE
    if one.kind in _ALONE:
        return _PASSING
    return min(named[subject] for subject in (one.about if one.kind == "pair" else one.about[:1]))


def _all(article: Article, language: Language) -> Iterator[Askable]:
    yield from headline(article, language)
    full = full_names(article.text) if article.language == "ar" else {}
    if article.title:
        yield from _of_sentence(" ".join(article.title.value.split()), article.language, language, None, full)
    spans = (span for body in article.body for span in sentences(article.text, body))
    for span, _ in zip(spans, range(_SENTENCES), strict=False):
        yield from _of_sentence(span.of(article.text), article.language, language, span, full)


def headline(article: Article, language: Language) -> Iterator[Askable]:
    """The question what a report says, for a headline that fits into it."""
    if article.title:
        title = " ".join(article.title.value.split())
        if phrase := _reported(title, article.language, language):
            yield _ask("report", language, (phrase,), None)


def drawn(
    article: Article, spans: Sequence[Span], language: Language, spelled: Spelled = MappingProxyType({})
) -> Iterator[Askable]:
    """Candidate questions in `language` from some sentences of an article, in their order."""
    full = full_names(article.text) if article.language == "ar" else {}
    for span in spans:
        yield from _of_sentence(span.of(article.text), article.language, language, span, full, spelled)


def _ask(kind: str, language: Language, about: tuple[str, ...], span: Span | None) -> Askable:
    return Askable(_FORMS[kind][language].format(*about), kind, about, span)


def _reported(title: str, written: str, language: Language) -> str | None:
    """What a headline reports, in the form that a question uses; None if an Arabic question cannot use it, because it
    is no noun phrase."""
    if language == "en":
        return title if len(title.split()) in _TITLE_WORDS and not _NOT_IN_QUOTES.search(title) else None
    if written != language:
        return None
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


def _of_sentence(
    text: str,
    written: str,
    language: Language,
    span: Span | None,
    full: FullNames,
    spelled: Spelled = MappingProxyType({}),
) -> Iterator[Askable]:
    if len(text) > _LONGEST:
        return
    found = words(text)
    named = names_of_text(text, found, language)
    about = topics(found, written, language)
    itself = [name for name in named if not name.adjective]
    for topic in about:
        if place := placed(topic, named, found):
            yield _ask("place", language, (topic.shown, place), span)
    spoken_of = [*about, *(name for name in itself if not name.city)]
    yield from _said(text, written, language, span, spoken_of, full, spelled)
    if written == "ar":
        yield from _held(text, found, language, span)
        for person in persons(text, found):
            spelling = spelled.get(found[person.last - 1].text) if language == "en" else None
            for name in filter(None, (spelling, person.name)) if person.pronoun else ():
                kind = "post" if person.official else "he" if person.pronoun == "هو" else "she"
                yield _ask(kind, language, (name,), span)
    if written == language == "ar":
        yield from _in_its_words(text, found, span)
    for day in days(text, language):
        yield _ask("day", language, (day.shown,), span)
    yield from _about(about, itself, language, span)


def _about(
    about: Sequence[Subject], itself: Sequence[Subject], language: Language, span: Span | None
) -> Iterator[Askable]:
    """What happened in a city, and what is said about each topic and place that a sentence names."""
    for one in itself:
        if one.city:
            yield _ask("happened", language, (one.shown,), span)
    countries = sorted({one.shown for one in itself if one.country})
    if len(countries) == 2:
        yield _ask("pair", language, (countries[0], countries[1]), span)
    for one in (*about, *itself):
        yield _ask("one", language, (one.shown,), span)
    for one in about if language == "en" else []:
        yield _ask("topic", language, (one.shown,), span)


def _said(
    text: str,
    written: str,
    language: Language,
    span: Span | None,
    spoken_of: Sequence[Subject],
    full: FullNames,
    spelled: Spelled,
) -> Iterator[Askable]:
    """What somebody said, in all and about each subject that is named after who speaks."""
    found = words(text)
    for who, end in _speaking(text, written, language, full, spelled):
        for topic in topics_said(text, found, end) if written == language == "ar" else []:
            yield _ask("speaker", language, (who, topic), span)
        for one in spoken_of:
            if found[one.first].span.start >= end and one.shown not in who:
                yield _ask("speaker", language, (who, one.shown), span)
        yield _ask("said", language, (who,), span)


def _in_its_words(text: str, found: Sequence[Word], span: Span | None) -> Iterator[Askable]:
    """Arabic questions with the words of an Arabic sentence: what was decided, what happened in a town, a topic."""
    for act in acts(text, found):
        yield _ask("act", "ar", (act,), span)
    for district in districts(text, found):
        yield _ask("happened", "ar", (district,), span)
    for topic in topics_said(text, found, 0):
        yield _ask("topic", "ar", (topic,), span)


def _held(text: str, found: Sequence[Word], language: Language, span: Span | None) -> Iterator[Askable]:
    """Who holds an office that a sentence names before a person."""
    people = persons(text, found)
    if language == "ar":
        for held in offices_held(text, found):
            if held.person.official:  # « لاعبة التنس » are many
                asked = _ask("held", "ar", (f"{held.person.pronoun} {held.office}",), span)
                yield replace(asked, holder=found[held.person.last - 1].text)
        return
    named = {name.first: name for name in names_of_text(text, found, "en") if name.adjective}
    for office in offices(found, "en"):
        country = named.get(office.last)
        for person in people:
            if country and person.first == country.last:
                asked = _ask("held", "en", (f"{office.shown} of {country.shown}",), span)
                yield replace(asked, holder=found[person.last - 1].text)


def _speaking(
    text: str, written: str, language: Language, full: FullNames, spelled: Spelled
) -> Iterator[tuple[str, int]]:
    """Who speaks in a sentence, as a question in `language` says it, and where the words for it end."""
    for speaker in speakers(text, written, language, full):
        yield speaker.words, speaker.end
    if written == "ar" and language == "en":
        for speaker in speakers(text, "ar", "ar", full):
            if name := spelled.get(words(speaker.words)[-1].text):
                yield name, speaker.end
            who = speaker.words.partition(" ")[2]  # without « قال »
            people = persons(who, words(who))
            yield people[-1].name if people else who, speaker.end


@cache
def _happenings() -> frozenset[str]:
    return frozenset(normalise(word)[0] for word in _HAPPENINGS)


@cache
def _headline_verbs() -> frozenset[str]:
    return frozenset(normalise(word)[0] for word in _HEADLINE_VERBS)


SAMPLE: Final = 120


def sample_articles(catalog: Catalog, corpus: str, size: int = SAMPLE) -> list[Article]:
    """At most `size` articles of the current generation, evenly spread; the same selection each time."""
    current = catalog.current(corpus)
    if current is None:
        return []
    # Ids are hashes, so their order is independent of folders and dates and needs no text to be read.
    ids = sorted(member.article_id for member in catalog.members(current.id))
    chosen = [ids[place * len(ids) // size] for place in range(size)] if len(ids) > size else ids
    return list(catalog.articles(current.id, chosen).values())
