"""Texts of Isnad itself inside an answer, in both languages."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable

from babel.dates import format_date

from rag.errors import IsnadError
from rag.types import Article, Language

_SAID: dict[str, dict[Language, str]] = {
    "not_in_corpus": {
        "ar": "لا يوجد في الأرشيف جواب عن هذا السؤال. بُحث في {searched} من المقاطع؛ أقرب ما وُجد مذكور ضمن الأدلة.",
        "en": "The archive does not answer this question. {searched} passages were searched; the nearest are "
        "listed as evidence.",
    },
    "empty_corpus": {
        "ar": "لا شيء في الأرشيف يطابق هذا السؤال أو مرشحاته. بُحث في {searched} من المقاطع.",
        "en": "Nothing in the archive matches this question or its filters. {searched} passages were searched.",
    },
    "phrase": {
        "ar": "لا مقالة يرد فيها بلفظه ما بين علامات التنصيص: {phrases}. احذف العلامات ليُطرح السؤال من غير هذا الشرط.",
        "en": "No article contains the exact words {phrases}. Remove the quotation marks to ask without this "
        "restriction.",
    },
    "llm_failed": {
        "ar": "تعذّر استعمال النموذج اللغوي ({reason})؛ الجواب من نصوص الأدلة حرفيًا.",
        "en": "The language model could not be used ({reason}); the answer is the evidence itself, verbatim.",
    },
    "nothing": {"ar": "لم يُرسل شيئًا من الأدلة", "en": "its reply contained nothing from the evidence"},
    "cancelled": {"ar": "أُوقف الجواب قبل تمامه.", "en": "The answer was stopped before it was complete."},
    "cut": {
        "ar": "انقطع ردّ النموذج قبل تمامه؛ حُذفت آخر جملة منه.",
        "en": "The model's reply was cut off; its unfinished last sentence was left out.",
    },
    "unclear": {
        "ar": "لا يجيب الأرشيف عن هذا السؤال جوابًا واضحًا؛ هذه أقرب الجمل فيه، حرفيًا.",
        "en": "The archive does not clearly answer this question; these are the nearest sentences in it, verbatim.",
    },
    "unclear_time": {
        "ar": "ليس في هذه الجمل ما يخصّ يقينًا الزمن الذي يسأل عنه السؤال؛ هي أقرب ما في الأرشيف، حرفيًا.",
        "en": "None of these sentences is certainly about the time in the question; they are the nearest, verbatim.",
    },
    "unclear_name": {
        "ar": "لا ترد {names} في المقالات التي أُخذت منها هذه الجمل؛ هي أقرب ما في الأرشيف، حرفيًا.",
        "en": "The articles of these sentences do not name {names}; they are the nearest in the archive, verbatim.",
    },
    "replaced": {
        "ar": "حُذف من ردّ النموذج ما لم تسنده الأدلة وعُرضت الأدلة نفسها مكانه.",
        "en": "What the evidence does not support was removed from the model's reply; the evidence is shown instead.",
    },
    "in_part": {
        "ar": "ذكر النموذج أن الأدلة لا تجيب عن السؤال كله.",
        "en": "The model says that the evidence answers only part of the question.",
    },
    "several": {
        "ar": "يصدق السؤال على أكثر من خبر: يبدأ الجواب بخبر من {first}، ويصدق السؤال أيضا على خبر من {others}.",
        "en": "The question fits more than one report: the answer begins with {first}; it also fits {others}.",
    },
    "agree": {"ar": "تتفق مصادر مستقلة: {said}.", "en": "Independent sources agree: {said}."},
    "differ": {"ar": "تختلف المصادر: {said}.", "en": "The sources differ: {said}."},
    "changes": {
        "ar": "يختلف ما ورد باختلاف يوم الخبر: {said}.",
        "en": "Reports of different days differ: {said}.",
    },
    "variants": {
        "ar": "يرد الخبر نفسه في ملفاته بقيم مختلفة: {said}.",
        "en": "The files of this story differ: {said}.",
    },
    "said_by": {"ar": "{who} «{value}» ({where})", "en": "{who} “{value}” ({where})"},
    "sources_1": {"ar": "مصدر واحد يذكر", "en": "1 source says"},
    "sources_2": {"ar": "مصدران مستقلان يذكران", "en": "2 independent sources say"},
    "sources_few": {"ar": "{n} مصادر مستقلة تذكر", "en": "{n} independent sources say"},
    "sources_many": {"ar": "{n} مصدرا مستقلا تذكر", "en": "{n} independent sources say"},
    "no_cut": {"ar": "انقطعت الجملة", "en": "the sentence was cut off"},
    "no_citation": {"ar": "لا تستند إلى دليل", "en": "no evidence is cited for it"},
    "other_language": {"ar": "ليست بلغة السؤال", "en": "it is not in the language of the question"},
    "no_link": {
        "ar": "الرابط «{words}» غير وارد في النص المقتبس.",
        "en": "The link “{words}” is not in the quoted text.",
    },
    "no_markup": {
        "ar": "«{words}» ليس كلاما، ولا يرد في النص المقتبس.",
        "en": "“{words}” is markup and not in the quoted text.",
    },
    "own_words": {
        "ar": "«{words}» من كلام إسناد إلى النموذج، لا من الأدلة.",
        "en": "“{words}” is from Isnad's instructions to the model, not from the evidence.",
    },
    "reported": {"ar": "بحسب {who}: «{quote}»", "en": "According to {who}: “{quote}”"},
    # Format of quotes in earlier versions, used to verify stored answers.
    "pointed": {"ar": "«{words}» — بحسب {who}: «{quote}»", "en": "“{words}” — according to {who}: “{quote}”"},
    "file": {"ar": "الملف {source}", "en": "the file {source}"},
    "dated": {"ar": "{outlet} ({date})", "en": "{outlet} ({date})"},
}


_WHY: dict[str, str] = {
    "llm_unreachable": "لا يمكن الوصول إليه",
    "llm_late": "لم يردّ في الوقت المحدد",
    "llm_broke": "قطع الاتصال",
    "llm_key": "لا يقبل المفتاح",
    "llm_model": "لا يعرف النموذج المطلوب، أو عنوانه خاطئ",
    "llm_quota": "مشغول، أو استُنفدت الحصة المسموح بها",
    "llm_error": "أبلغ عن خطأ",
    "llm_missing": "غير مثبّت",
}
"""Messages by the kind of the error; in English the error's own text is used."""


def reason_for(error: IsnadError, language: Language) -> str:
    """Reason why a language model could not be used; the error's own English text if there is no translation."""
    return _WHY.get(error.kind, error.what) if language == "ar" else error.what


def say(what: str, language: Language, **values: object) -> str:
    """The message `what` in a language, with its placeholders filled."""
    return _SAID[what][language].format(**values)


def in_quotes(phrases: Iterable[str]) -> str:
    """The phrases between quotation marks."""
    return " ".join(f"«{phrase}»" for phrase in phrases)


def count_sources(n: int, language: Language) -> str:
    """Phrase for `n` independent sources that say what follows; `n` is at least 1."""
    return say(f"sources_{n}" if n < 3 else "sources_few" if n < 11 else "sources_many", language, n=n)


def day_in_words(date: str, language: Language) -> str:
    """Write a date in words, at its precision: ``2015-10-23`` → 23 Oct 2015, ``2015-10``, ``2015``; else unchanged."""
    if not re.fullmatch(r"\d{4}-\d\d(-\d\d)?", date):
        return date
    try:
        shown = datetime.date.fromisoformat(f"{date}-01"[:10])
    except ValueError:
        return date
    return str(format_date(shown, "d MMM y" if len(date) == 10 else "MMM y", locale=language))


def attribution(article: Article, language: Language) -> str:
    """Attribution of a quote: the outlet with its date if the file states them, else the file."""
    if article.outlet is None:
        return say("file", language, source=article.name)
    if article.published is None:
        return article.outlet.value
    return say("dated", language, outlet=article.outlet.value, date=article.published.value)
