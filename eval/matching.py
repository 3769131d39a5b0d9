"""Is a short answer right? Exact match, token F1 and containment, in Arabic and in English. Pure.

English is normalised as the official SQuAD script does (Rajpurkar et al. 2016: lower case, no punctuation, no articles,
single spaces), which its test holds against that script's text; before, Arabic figures and their punctuation are put in
ASCII, for 300 is the answer to an Arabic question too, whose article says ٣٠٠. Arabic is normalised as it is for
searching (`rag.text.normalise.normalise`), without punctuation and without the definite article at the beginning of a
word, as MLQA does (Lewis et al. 2020), whose own rule takes every ال out, also from within words.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Sequence

from rag.text.normalise import normalise, question_language

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ASCII = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٪٫٬،؛؟«»", '01234567890123456789%.,,;?""')
_NO_WORD = re.compile(r"[^\w\s]")
_DEFINITE = re.compile(r"\bال(?=\w\w)")


def normal_english(text: str) -> str:
    """The official SQuAD normal form, also of figures in Arabic digits."""
    return " ".join(_ARTICLES.sub(" ", text.translate(_ASCII).lower().translate(_PUNCTUATION)).split())


def normal_arabic(text: str) -> str:
    """The normal form of an Arabic answer, its digits 0–9."""
    return " ".join(_DEFINITE.sub("", _NO_WORD.sub(" ", normalise(text)[0])).split())


def normal(text: str, like: str) -> str:
    """`text` in the normal form of the language that `like` is written in."""
    return normal_arabic(text) if question_language(like) == "ar" else normal_english(text)


def exact_match(answer: str, accepted: Sequence[str]) -> float:
    """1 where the answer is one of the accepted ones in normal form, else 0; 0 where there is no answer."""
    return _best(answer, accepted, lambda given, right: float(given == right != ""))


def token_f1(answer: str, accepted: Sequence[str]) -> float:
    """The harmonic mean of precision and recall of tokens, in [0, 1], against the accepted answer that fits best."""
    return _best(answer, accepted, _f1)


def contains(answer: str, accepted: Sequence[str]) -> float:
    """1 where an accepted answer stands in the answer as whole words in normal form, else 0."""
    return _best(answer, accepted, lambda given, right: float(right != "" and f" {right} " in f" {given} "))


def _best(answer: str, accepted: Sequence[str], score: Callable[[str, str], float]) -> float:
    return max((score(normal(answer, one), normal(one, one)) for one in accepted), default=0.0)


def _f1(given: str, right: str) -> float:
    first, second = given.split(), right.split()
    common = sum((Counter(first) & Counter(second)).values())
    if not common:
        return 0.0
    precision, recall = common / len(first), common / len(second)
    return 2 * precision * recall / (precision + recall)
