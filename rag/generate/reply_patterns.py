"""Does a model say that its evidence does not answer? In many wordings, Arabic and English.

News says such things too («لا توجد معلومات عن الضحايا»), so what does not speak of the evidence itself, or of the
model, is a refusal only where it is the whole sentence and cites nothing. It refuses to know what was asked.
"""

from __future__ import annotations

import re
from typing import Final

from rag.citations import numbers, without_markers
from rag.models.prompts import NONE
from rag.text.normalise import normalise

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

LONGEST: Final = 400
"""Code points of a sentence that are read."""


def refuses(sentence: str) -> bool:
    """Whether a sentence of a reply, its ``[n]`` included, says that the evidence does not answer."""
    said = " ".join(normalise(without_markers(sentence[:LONGEST]))[0].split()).strip(" .!*_`\"'«»“”…:")
    if "".join(filter(str.isalnum, said)) == NONE:
        return True
    if any(part.search(said) for part in _PARTS):
        return True
    return not numbers(sentence) and (any(part.search(said) for part in _LOOSE) or _ALONE.fullmatch(said) is not None)
