"""Parse citation numbers in a model's reply and resolve them to citations; a number without evidence is rejected."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from rag.types import Citation, Evidence, Rejected, Span

MARKER = re.compile(r"\s?[\[【]\s*(\d+(?:\s*[,،;–-]\s*\d+)*)\s*[\]】]")
"""``[2]``, ``[1, 3]``, ``[1-3]``, ``[٢]`` and ``【2】``: `\\d` takes the digits of every script."""

_WORD_JOINER = "\u2060"
_LONGEST_RANGE = 20
"""Maximum length of a range; a longer ``[1-900]`` is read as two numbers."""

_LIST = r"\d+(?:\s*(?:[,،;–-]|and|&|و)\s*\d+)*"
_NAMED = re.compile(  # [^1], [Sentence 1], 【1†source】, ［1］, [1 and 2]
    r"[\[(【［（]\s*+(?:\^|#|(?:evidence|sentences?|sources?|refs?|citations?|(?:ال)?(?:جملة|جمل|دليل|أدلة|مصدر))"
    rf"\s*+(?:no\.?|number|رقم|#)?\s*+:?)\s*+({_LIST})\s*[\])】］）]"
    rf"|[\[【［]\s*+({_LIST})\s*(?:[†‡:][^\]】］]{{0,40}})?[\]】］]",
    re.IGNORECASE,
)
_RAISED = re.compile(
    r"(?:(?<=[^\W\d_][^\W\d_][^\W\d_])(?<!متر)|(?<=[.!?؟…\"”»),،]))(?<!\d[.,])(?<![⁰¹²³⁴-⁹])([⁰¹²³⁴-⁹]++)(?!\w)"
)
_BRACKETED = re.compile(rf"\s?[(（]\s*+({_LIST})\s*[)）]")
_ENDING = re.compile(r"(?:(?:[)）][\d\s,]*+[(（]|[\s.!?؟…\"”»،,])++)?+")
"""Text that may follow the first of the numbers at the end of a sentence; matched on the reversed text."""

_OPENS = dict.fromkeys("\u202a\u202b\u202d\u202e", "\u202c") | dict.fromkeys("\u2066\u2067\u2068", "\u2069")


def cited_numbers(text: str) -> list[int]:
    """Evidence numbers that a sentence cites, in order, without duplicates."""
    found: list[int] = []
    for marker in MARKER.finditer(text):
        for part in re.split(r"[,،;]", marker[1]):
            first, *last = (int(digits) for digits in re.findall(r"\d+", part))
            whole = len(last) == 1 and first < last[0] < first + _LONGEST_RANGE
            found += range(first, last[0] + 1) if whole else [first, *last]
    return list(dict.fromkeys(found))


def canonical(text: str) -> str:
    """The reply with every form of evidence number written as ``[n]``, with a space before each at a sentence end.

    Superscript digits count only after three letters or punctuation: m² is not a citation. ``(1)`` may be a figure: see
    `bracketed`.
    """
    text = _NAMED.sub(lambda found: _marker(found[1] or found[2]), text)
    text = _RAISED.sub(lambda found: f"[{unicodedata.normalize('NFKC', found[1])}]", text)
    return re.sub(r"(?<=[.!?؟…])(?=\[\d)", " ", text)


def bracketed(sentence: str, most: int) -> str:
    """A sentence that ends with ``(1)`` or ``(1, 2)``, rewritten to cite ``[1]`` or ``[1, 2]``.

    Only if it has no other citation and all the numbers are evidence, from 1 to `most`.
    """
    if MARKER.search(sentence):
        return sentence
    ending = _ENDING.match(sentence[::-1])
    start = len(sentence) - (ending.end() if ending else 0)
    found = sentence[:start] + _BRACKETED.sub(lambda one: f" {_marker(one[1])}", sentence[start:])
    return found if found != sentence and all(1 <= number <= most for number in cited_numbers(found)) else sentence


def _marker(numbers_of: str) -> str:
    return f"[{re.sub(r'and|&|و', ',', numbers_of, flags=re.IGNORECASE)}]"


def blanked(text: str) -> str:
    """`text` with spaces in place of its citation numbers ``[n]``, so that offsets are kept."""
    return MARKER.sub(lambda marker: " " * len(marker.group()), text)


def without_markers(text: str) -> str:
    """The sentence without its ``[n]``."""
    while (shorter := MARKER.sub("", text)) != text:
        text = shorter
    return text.strip()


def verbatim(text: str) -> str:
    """A quote as shown in a claim: a ``[3]`` of the source must not look like one of our citations.

    Inserts an invisible word joiner after the bracket and closes open bidi embeddings, so that they do not affect the
    following text. The quote of the citation itself is unchanged.
    """
    left_open: list[str] = []
    for character in text:
        if character in _OPENS:
            left_open.append(_OPENS[character])
        elif left_open and character == left_open[-1]:
            left_open.pop()
    return re.sub(r"([\[【])(?=\s*\d)", rf"\1{_WORD_JOINER}", text) + "".join(reversed(left_open))


class Ledger:
    """Citations of one answer, numbered by order of appearance, and the rejected numbers."""

    def __init__(self, evidence: Sequence[Evidence]) -> None:
        self._evidence = {item.number: item for item in evidence}
        self._citations: dict[tuple[str, Span, Span | None], Citation] = {}
        self.rejected: list[Rejected] = []

    @property
    def citations(self) -> tuple[Citation, ...]:
        return tuple(self._citations.values())

    def sort(self, cited: Iterable[int]) -> tuple[list[Evidence], list[Rejected]]:
        """Evidence for each cited number that exists, and a rejection for each other number."""
        known: list[Evidence] = []
        rejected: list[Rejected] = []
        for number in cited:
            if number in self._evidence:
                known.append(self._evidence[number])
            else:
                rejected.append(
                    Rejected(number, f"there is no evidence [{number}], only [1] to [{len(self._evidence)}]")
                )
        self.rejected += rejected
        return known, rejected

    def cite(self, item: Evidence, marked: Span | None = None, span: Span | None = None) -> tuple[Citation, bool]:
        """Citation of an evidence sentence, or of a wider `span` around it, and whether it is new in the answer."""
        span = span or item.span
        key = (item.article.id, span, marked)
        if key in self._citations:
            return self._citations[key], False
        citation = Citation.cut(len(self._citations) + 1, item.article, span, marked, item)
        self._citations[key] = citation
        return citation, True
