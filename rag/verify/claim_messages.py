"""What is told of a problem of a claim, by its kind, in both languages. ``{words}`` are the claim's own."""

from __future__ import annotations

from typing import Final

from rag.types import Language

MESSAGES: Final[dict[str, dict[Language, str]]] = {
    "none": {"en": "No quote is cited for this claim.", "ar": "لا اقتباس يسند هذا القول."},
    "empty": {"en": "This claim states nothing.", "ar": "لا يذكر هذا القول شيئا."},
    "figure": {
        "en": "The figure “{words}” is not in the quoted text.",
        "ar": "الرقم «{words}» غير وارد في النص المقتبس.",
    },
    "unit": {
        "en": "The figure “{words}” is of another unit in the quoted text.",
        "ar": "الرقم «{words}» بوحدة أخرى في النص المقتبس.",
    },
    "date": {
        "en": "The date “{words}” is not in the quoted text.",
        "ar": "التاريخ «{words}» غير وارد في النص المقتبس.",
    },
    "name": {
        "en": "“{words}”, which may be a name, is not in the quoted text.",
        "ar": "«{words}»، وقد يكون اسما، غير وارد في النص المقتبس.",
    },
    "negation": {
        "en": "At “{words}” the claim and the quoted text differ in what they deny.",
        "ar": "عند «{words}» يختلف القول والنص المقتبس في النفي.",
    },
    "opposite": {
        "en": "Where the claim has “{words}”, the quoted text says the opposite.",
        "ar": "في موضع «{words}» يقول النص المقتبس عكس ذلك.",
    },
    "roles": {
        "en": "At “{words}” the quoted text has it the other way round: who does what to whom.",
        "ar": "عند «{words}» الأدوار معكوسة في النص المقتبس: من فعل ماذا بمن.",
    },
    "speaker": {
        "en": "The quoted text does not give this statement to “{words}”.",
        "ar": "لا ينسب النص المقتبس هذا الكلام إلى «{words}».",
    },
    "words": {
        "en": "Too little of this claim stands in the quoted text.",
        "ar": "القليل من هذا القول وارد في النص المقتبس.",
    },
    "similarity": {
        "en": "The claim is not close enough in meaning to the quoted text.",
        "ar": "معنى هذا القول غير قريب بما يكفي من النص المقتبس.",
    },
}
