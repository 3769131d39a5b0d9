"""Patterns for a writer model's reply, in Arabic and English: refusals, courtesies and the wrong language.

News itself says things such as «لا توجد معلومات عن الضحايا». So a sentence that mentions neither the evidence nor the
model is a refusal only if the wording is the whole sentence and it cites nothing.
"""

from __future__ import annotations

import re
from typing import Final

from rag.citations import cited_numbers, without_markers
from rag.models.prompts import NONE
from rag.text.normalise import has_letters, normalise
from rag.types import Language

# Courtesies around an answer that state nothing: preambles, labels, closers. Arabic and English.
#
# Only a sentence without citation and without figure can be a courtesy, so no claim with a source is lost.

_LONGEST_COURTESY: Final = 160
"""Code points; a longer sentence is not a courtesy."""

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
    """Whether a sentence of a reply is a courtesy: neither a claim nor a refusal."""
    if len(sentence) > _LONGEST_COURTESY or cited_numbers(sentence) or any(map(str.isdigit, sentence)):
        return False
    said = " ".join(normalise(sentence)[0].split()).strip(" .!*_`\"'«»“”…؟?")
    return _COURTESY.fullmatch(said.rstrip(" :")) is not None or _COURTESY.fullmatch(said) is not None


def stated(sentence: str) -> str:
    """A sentence without a leading courtesy or label (``Answer:``) and without its reference to the evidence.

    ``According to sentence 2, he left.`` becomes ``he left. [2]``: the number is a citation, not a figure.
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


# Language check: is a sentence in the requested language? Script first, then function words of other languages that use
# the same script. If a sentence is too short to decide, the result is True.

_QUOTED: Final = re.compile(r"«[^«»]*»|“[^“”]*”|\"[^\"]*\"|\([^()]*\)")
_WORD: Final = re.compile(r"\w+")
_ARABIC: Final = re.compile("[\u0620-\u06ff\u0750-\u077f\ufb50-\ufefc]")
_LATIN: Final = re.compile("[A-Za-z\u00c0-\u024f]")

# Frequent function words of each of these languages that English and Arabic do not have.
_OTHERS: Final[dict[Language, frozenset[str]]] = {
    "en": frozenset(
        """le les des une dans avec pour qui sur est été aux du el los las una por con que del está fue para der das und
        ist nicht mit von dem ein eine zu il gli della che di è nel não uma foi bir için ile""".split()  # noqa: SIM905
    ),
    # As written: some would become Arabic words in normalised form.
    "ar": frozenset("است که را از این برای های می کرد ہے کے میں کی کا نے سے اور تھا".split()),  # noqa: SIM905
}
_FEW: Final = 2


def speaks(text: str, language: Language) -> bool:
    """Whether at least half of the words are in the script of `language` and no other language of that script is found.

    Text in quotation marks or brackets is ignored, unless there is no other text.
    """
    outside = _QUOTED.sub(" ", text)
    words = [word for word in _WORD.findall(outside if has_letters(outside) else text) if has_letters(word)]
    script = _ARABIC if language == "ar" else _LATIN
    if 2 * sum(script.match(word) is not None for word in words) < len(words):
        return False
    # In lower case only: "Los" in "Los Angeles" is part of a name.
    strange = [word for word in words if word in _OTHERS[language]]
    return len(set(strange)) < _FEW or len(strange) * 6 < len(words)


_SHOWN: Final = (
    r"(?:(?:the|these|those|this|any|all|my|your|of|provided|given|numbered|quoted|above|available|supplied|listed|"
    r"retrieved|following|cited|archive) )*"
)
_OURS: Final = r"(?:sentences?|context|passages?|excerpts?|snippets?|search results?)"
_TEXT: Final = (
    r"(?:evidence|texts?|sources?|articles?|documents?|archives?|information|material|reports?|data|details?|content)"
)
_GIVEN: Final = r"(?:(?:provided|given|numbered|quoted|above|available|supplied|listed|retrieved) )"
_SAY: Final = (
    r"(?:contain|mention|answer|say|state|provide|include|specif|give|address|indicate|reveal|tell|cover|discuss|have|"
    r"show|offer|suffic|support|allow|enough|relate|identify|name|explain|describe|disclose)\w*"
)
_NOT: Final = r"(?:(?:do(?:es)?|did|is|are|was|were|could)(?: not|n['’]t)|can ?not|can['’]t)"
_ABLE: Final = r"(?:answer|find|determine|see|know|have|tell|provide|say|locate|identify|respond|help|confirm|verify)"

_NO: Final = r"(?:لا|لم|لن|ليس|ليست|غير)"
_IN: Final = r"(?:(?:في|من|ضمن|عبر) )?"
_SENTENCES: Final = r"(?:جمل|جمله|سياق|مقاطع|مقتطفات|فقرات)"
_MATERIAL: Final = r"(?:ادله|دليل|نص|نصوص|معلومات|مصادر|مقالات|مواد)"
_OFFERED: Final = r"ال(?:مرقم|مقدم|متاح|معط[اي]|مذكور|مرفق|متوفر|وارد|سابق)ه?"

_ALWAYS: Final = (
    # I cannot answer
    rf"^(?:(?:sorry|unfortunately|however|but|therefore|so|thus)\W+)*(?:i|we) (?:{_NOT}|am (?:not able|unable)|"
    rf"are (?:not able|unable)|(?:was|were) (?:not able|unable)|have no|could find no|found no|see no)\b"
    rf"(?:(?: to)? {_ABLE}\b| information| answer| evidence| mention| data)?",
    r"^(?:i['’]?m |i am |we are )?(?:(?:so|very|really|terribly) )?sorry\b|^(?:my |our )?apologi[esz]+\b|\bas an ai\b",
    # the sentences do not say
    rf"\b{_SHOWN}{_OURS}\b(?: \w+){{0,4}} {_NOT}(?: \w+){{0,3}} {_SAY}",
    rf"\b(?:{_GIVEN}+{_TEXT}|{_TEXT} {_GIVEN.replace(' )', ')')})\b(?: \w+){{0,4}} {_NOT}(?: \w+){{0,3}} {_SAY}",
    rf"\b(?:none|neither|nothing) (?:of|in|from) {_SHOWN}(?:{_OURS}|{_TEXT})\b",
    # not in the sentences
    rf"\b(?:not|n['’]t|nowhere|never)(?: \w+){{0,3}} (?:in|from|by|with|on|using|within) {_SHOWN}{_OURS}\b",
    rf"\b(?:not|n['’]t)(?: \w+){{0,3}} (?:in|from|by|with|on|within) (?:the )?{_GIVEN}+{_TEXT}\b",
    rf"\bno (?:\w+ ){{0,3}}(?:in|from|within) {_SHOWN}{_OURS}\b",
    rf"\bno (?:\w+ ){{0,6}}(?:in|from|within) (?:the )?{_GIVEN}+{_TEXT}\b",
    r"\b(?:insufficient|not enough|no relevant|lacks? (?:the |sufficient |enough )?) ?"
    r"(?:information|evidence|context)\b",
    r"\b(?:the|this|your) question (?:can ?not|can['’]t|could not|is not)(?: be)? answer",
    r"\bthe answer (?:is|was|does|can|could) ?(?:not|n['’]t) ",
    # لا أستطيع الإجابة
    r"^(?:(?:عذرا|اسف|للاسف|نعتذر|اعتذر|معذره|لكن|ولكن|لذلك|لذا)\W+)*(?:لا|لم|لن) "
    r"(?:استطيع|استطع|يمكنني|يمكننا|اتمكن|نتمكن|اعرف|اعلم|اجد|نجد|املك|اعثر|نعثر|نستطيع)\b",
    r"^(?:عذرا|اعتذر|نعتذر|اسف\b|معذره|للاسف|لست قادر|لست متاكد|يتعذر علي|بصفتي نموذج|كنموذج|انا نموذج)",
    # لا تتضمن الجمل
    rf"\b{_NO}(?: \w+){{0,5}} {_IN}(?:ال|بال|لل){_SENTENCES}\b",
    rf"\b[وفب]?ال{_SENTENCES}\b(?: \w+){{0,4}} {_NO} \w+",
    rf"\bال{_MATERIAL} {_OFFERED}(?: \w+){{0,4}} {_NO}\b",
    rf"\b{_NO}(?: \w+){{0,5}} {_IN}(?:ال|بال|لل){_MATERIAL} {_OFFERED}",
    r"\b(?:لا يمكن|لا تمكن|تتعذر|يتعذر|لا تكفي)(?: \w+){0,3} (?:ال|لل)?(?:اجابه|رد|جواب)\b",
    r"\bالاجابه (?:غير|ليست|لم|لا) ",
    r"\b(?:لا توجد|لا يوجد|ليس هناك|ليست هناك) (?:معلومات|ادله|بيانات) (?:كافيه|تكفي)",
)

_UNCITED: Final = (
    rf"\b{_SHOWN}{_TEXT}\b(?: \w+){{0,4}} {_NOT}(?: \w+){{0,3}} {_SAY}",
    rf"\b(?:not|n['’]t|nowhere|never|no)(?: \w+){{0,4}} (?:in|from|by|within) {_SHOWN}{_TEXT}\b",
    rf"\bال{_MATERIAL}\b(?: \w+){{0,4}} {_NO} \w+",
    rf"\b{_NO}(?: \w+){{0,5}} {_IN}(?:ال|بال|لل){_MATERIAL}\b",
)

_WHOLE: Final = (
    rf"{NONE}|(?:it is |this is |that is |it['’]s )?(?:unknown|unclear|unspecified|unanswerable|not (?:available|"
    r"mentioned|stated|specified|found|given|provided|clear|known|answered|answerable|applicable|reported|"
    r"disclosed))|n ?/ ?a|"
    r"no (?:answer|information|evidence|data|mention|idea)(?: (?:is |was )?(?:found|available|given|provided|exists))?|"
    r"there (?:is|was) no (?:answer|information|evidence|data|mention)(?: (?:about|on|of) "
    r"(?:it|this|that|the question))?|"
    r"(?:can ?not|can['’]t|unable to)(?: be)? (?:answer|determine|say|tell)\w*|insufficient|nothing|don['’]t know",
    r"(?:لا (?:يوجد |توجد )?(?:جواب|اجابه|معلومات|معلومه|بيانات|شيء|دليل|ادله))(?: (?:متاحه|متوفره|متاح))?"
    r"(?: (?:عن|علي|بشان|حول) (?:ذلك|هذا|السؤال|هذا السؤال|الموضوع))?|"
    r"(?:ال\w+ )?غير (?:معروف|مذكور|محدد|متوفر|متاح|موجود|وارد|واضح|معلوم)ه?|لا (?:اعرف|اعلم|ادري|ينطبق)|"
    r"لم (?:يذكر|يرد|يحدد)(?: ذلك)?|لا يمكن(?: (?:ال)?(?:تحديد|معرفه|قول))?(?: (?:ذلك|هذا))?|لا شيء|لا احد يعرف",
)

_PARTS: Final = tuple(re.compile(pattern, re.IGNORECASE) for pattern in _ALWAYS)
_LOOSE: Final = tuple(re.compile(pattern, re.IGNORECASE) for pattern in _UNCITED)
_ALONE: Final = re.compile(f"(?:{'|'.join(_WHOLE)})", re.IGNORECASE)

_IN_QUOTES: Final = re.compile(r"“[^”]*”|«[^»]*»|\"[^\"]*\"")
_LONGEST: Final = 400
"""Maximum number of code points of a sentence that are searched."""


def refuses(sentence: str) -> bool:
    """Whether a sentence of a reply, including its ``[n]``, says that the evidence does not answer the question."""
    told = without_markers(sentence[:_LONGEST])
    if cited_numbers(sentence):
        told = _IN_QUOTES.sub(" … ", told)  # what somebody says in a quote
    said = " ".join(normalise(told)[0].split()).strip(" .!*_`\"'«»“”…:")
    if "".join(filter(str.isalnum, said)) == NONE:
        return True
    if any(part.search(said) for part in _PARTS):
        return True
    return not cited_numbers(sentence) and (
        any(part.search(said) for part in _LOOSE) or _ALONE.fullmatch(said) is not None
    )
