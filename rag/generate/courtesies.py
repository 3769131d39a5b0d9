"""What a model says around its answer, which states nothing: preambles, labels, closers. Arabic and English.

Only what cites nothing and has no figure can be a courtesy, so no claim with a source is lost to one.
"""

from __future__ import annotations

import re
from typing import Final

from rag.citations import numbers
from rag.text.normalise import normalise

LONGEST_COURTESY: Final = 160
"""Code points; a longer sentence says something."""

_ASKED: Final = (
    # Sure, here is the answer:
    r"(?:sure(?: thing)?|certainly|of course|absolutely|okay|ok|alright|great|(?:great|good) question|understood|"
    r"got it|hello|hi)\b\W*"
    r"(?:(?:here(?: is|['’]s| are)|i(?:['’]ll| will| can| would)|let me|the answer|based on)\b.*)?",
    r"(?:here(?: is|['’]s| are)|below (?:is|are)|the following is|(?:let me|i will|i['’]ll) (?:answer|summari|explain))"
    r"\b.*(?:\b(?:answer|response|summary|sentences?|evidence|information|question|points?|facts?|based on)\b.*|:)",
    r"(?:the |my |a )?(?:(?:final|short|brief|direct|complete|full) )?(?:answers?|response|summary|reply|sources?|"
    r"references?|citations?|notes?|evidence|conclusion|explanation|key points?|facts)",
    r"(?:based on|according to|from|using|given|to answer)\b.{0,80}:",
    # Let me know
    r"(?:please )?(?:let me know|feel free|i hope|hope this|hope that|if you (?:need|have|want|would|['’]d)|"
    r"do you (?:want|need|have)|would you like|is there anything|anything else|thanks?(?! to\b)|thank you|"
    r"you['’]re welcome|happy to help)\b.*",
    # بالتأكيد، إليك الجواب
    r"(?:بالتاكيد|بالطبع|طبعا|حسنا|اكيد|مرحبا|اهلا(?: وسهلا)?|تفضل|بكل سرور|سؤال (?:جيد|ممتاز|رائع))\b\W*"
    r"(?:(?:اليك|اليكم|فيما يلي|هذا|هذه|ساجيب|يسعدني|الاجابه|الجواب|بناء)\b.*)?",
    r"(?:اليك|اليكم|فيما يلي|في ما يلي|هذا هو|هذه هي|ساجيب|ساقدم)\b.*"
    r"(?:\b[وفبل]*(?:ال)?(?:جواب|اجابه|رد|ملخص|سؤال|سؤالك|جمل|ادله|معلومات)\b.*|:)",
    r"(?:ال)?(?:جواب|اجابه|خلاصه|ملخص|رد|مصادر|مصدر|مراجع|ادله|ملاحظه|ملاحظات|نتيجه)(?: (?:ال)?(?:نهاييه?|نهائيه?|"
    r"مختصره?|قصيره?))?",
    r"(?:بناء علي|استنادا الي|بحسب|حسب|وفقا ل|وفق|من|للاجابه)\b.{0,80}:",
    r"(?:هل (?:تريد|ترغب|تود|لديك|تحتاج)|اتمني|ارجو ان|امل ان|اذا (?:كان لديك|كنت|اردت|احتجت)|لا تتردد|شكرا|"
    r"يسعدني)\b.*",
)
_COURTESY: Final = re.compile("|".join(f"(?:{pattern})" for pattern in _ASKED), re.IGNORECASE | re.DOTALL)

_LABEL: Final = re.compile(
    r"(?:(?:the |my )?(?:(?:final|short|brief|direct) )?(?:answer|response|summary|reply|claim|conclusion)|"
    r"(?:ال)?(?:جواب|[إا]جابة|خلاصة|ملخص|رد)(?: (?:ال)?(?:نهائية?|مختصرة?))?|assistant|المساعد)\s*[:：]\s*",
    re.IGNORECASE,
)
_NUMBER: Final = r"(?:\s*(?:no\.?|number|رقم|#))?\s*[\[(]?\s*(?P<{name}>\d{{1,3}})\s*[\])]?"
_POINTER: Final = re.compile(
    r"(?:(?:according to|based on|as (?:stated|reported|mentioned|noted|said) (?:in|by)|per|from|in) (?:the )?"
    r"(?:(?:provided|given|numbered|quoted|above) )?(?:sentences?|evidence|passages?|excerpts?|context|text)"
    rf"(?:{_NUMBER.format(name='english')})?|"
    r"(?:بحسب|حسب|وفق|وفق[اً]{1,2} ل|بناءً? على|استناد[اً]{1,2} إلى|كما (?:ورد|جاء) في|في) ?(?:ل|ال)"
    r"(?:جمل|جملة|أدلة|دليل|نص|نصوص|مقاطع|مقطع|سياق)(?: (?:المقدمة?|المرقمة|المتاحة?|المعطاة|المذكورة?))?"
    rf"(?:{_NUMBER.format(name='arabic')})?|"
    r"(?:according to|based on|as (?:stated|reported) (?:in|by)|per|in|بحسب|حسب|وفقا? ?ل?|وفقًا ل|في) ?"
    r"\[(?P<bare>\d{1,3})\])\s*[,،:]\s*",
    re.IGNORECASE,
)


def is_courtesy(sentence: str) -> bool:
    """Whether a sentence of a reply states nothing of its own: it is neither a claim nor a refusal."""
    if len(sentence) > LONGEST_COURTESY or numbers(sentence) or any(map(str.isdigit, sentence)):
        return False
    said = " ".join(normalise(sentence)[0].split()).strip(" .!*_`\"'«»“”…؟?")
    return _COURTESY.fullmatch(said.rstrip(" :")) is not None or _COURTESY.fullmatch(said) is not None


def stated(sentence: str) -> str:
    """A sentence without the courtesy or label before it (``Answer:``) and without its talk of the evidence.

    ``According to sentence 2, he left.`` is ``he left. [2]``: the number is a citation and no figure.
    """
    before, colon, rest = sentence.partition(":")
    if not (colon and is_courtesy(f"{before}:") and any(map(str.isalnum, rest))):
        rest = _LABEL.sub("", sentence, count=1) if _LABEL.match(sentence) else sentence
    rest = rest.strip()
    pointer = _POINTER.match(rest)
    if pointer is None or not any(map(str.isalnum, rest[pointer.end() :])):
        return rest
    number = pointer["english"] or pointer["arabic"] or pointer["bare"]
    return rest[pointer.end() :] + (f" [{int(number)}]" if number else "")
