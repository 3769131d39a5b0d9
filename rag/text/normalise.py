"""Arabic (and English) text in its normal form, for searching and matching; never for storing or showing.

It refuses to know articles, spans of sentences and meanings: characters in, characters and tokens out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

import Stemmer

from rag.types import Language

# Tashkeel and Quranic marks, tatweel, bidi controls, zero-width characters and the soft hyphen. The spacing forms
# of tashkeel (U+FE70…) are here because NFKC would put a space inside the word.
_REMOVED: Final = (
    "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u08ca-\u08e1\u08e3-\u08ff"
    "\u0640\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\u00ad\ufe70-\ufe7f\ufc5e-\ufc63"
)
# Before NFKC only what cannot compose with a letter: ي + U+0654 must become ئ first.
_REMOVED_BEFORE: Final = re.compile("[\ufe70-\ufe7f\ufc5e-\ufc63]")
_REMOVED_AFTER: Final = re.compile(f"[{_REMOVED}]")
_LETTERS: Final = {**dict.fromkeys(map(ord, "أإآٱ"), "ا"), ord("ى"): "ي", ord("ی"): "ي", ord("ة"): "ه", ord("ک"): "ك"}
_DIGITS: Final = {ord(zero) + n: str(n) for zero in "٠۰" for n in range(10)}
_FOLD: Final = str.maketrans(_LETTERS | _DIGITS)

# A stretch that NFKC cannot join to the one before it: it starts with a plain Latin or Arabic character.
_SAFE: Final = "\\x00-\\x7f\u0621-\u063a\u0641-\u064a"
_STRETCH: Final = re.compile(f"[{_SAFE}][^{_SAFE}]*|[^{_SAFE}]+")
_WORD: Final = re.compile(r"\w+")
_LETTER: Final = re.compile(r"[^\W\d_]")

_ARABIC: Final = re.compile("[\u0620-\u064a\u066e-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06ff\u0750-\u077f\ufb50-\ufefc]")
# Letters of Persian, Urdu, Pashto, Kurdish and Uyghur. ک and ی are not here: Arabic text holds them too, typed on
# a Persian keyboard.
_NOT_ARABIC: Final = re.compile("[پچژگٹڈڑںےہھۓټځڅډړږښڼېۍێۆڕڵەۇۈۋ]")
_LATIN: Final = re.compile("[A-Za-z\u00c0-\u024f]")
_ENGLISH: Final = re.compile(
    r"\b(?:the|of|and|to|that|for|was|with|said|by|from|has|have|had|it|his|her|is|are|were|which|not|will|be|been|as|"
    r"at|this|he|they|their|who|but|would|its)\b",
    re.IGNORECASE,
)
_ARTICLE: Final = re.compile(r"\b[وفبك]?(?:ال|لل)\w{2}")


def normalise(text: str) -> tuple[str, list[int]]:
    """The normal form of `text`, and for each of its characters the offset in `text` that it comes from.

    NFKC; tashkeel, tatweel and bidi controls removed; أإآٱ→ا, ى→ي, ة→ه; Arabic-Indic and Persian digits → 0-9;
    case folded. Offsets are in code points and never decrease; the input of ``normal[i:j]`` ends before
    ``offsets[j]`` (or at the end of `text`), so that the marks after its last letter are in it.
    """
    characters: list[str] = []
    offsets: list[int] = []
    for piece, offset in _composed(text):
        for position, character in enumerate(piece):
            folded = _fold(character)
            characters.append(folded)
            offsets.extend([offset + position if offset >= 0 else ~offset] * len(folded))
    return "".join(characters), offsets


def normal_form(text: str) -> str:
    """The normal form of `text` without the offsets, at a hundredth of their cost."""
    return _fold(unicodedata.normalize("NFKC", _REMOVED_BEFORE.sub("", text)))


def tokens(text: str) -> list[str]:
    """The tokens of `text` for BM25: words of its normal form, Arabic ones stemmed, English ones whole."""
    return list(Stemmer.Stemmer("arabic").stemWords(_WORD.findall(normal_form(text))))


def has_letters(text: str) -> bool:
    """Whether there is a letter of any script in `text`."""
    return any(map(str.isalpha, text))  # not [^\\W\\d_], which takes ¼ and ² for letters


def language(text: str) -> str:
    """The language of an article's text as a BCP 47 tag: ``ar``, ``en``, or ``und`` where these rules cannot tell."""
    letters = len(_LETTER.findall(text))
    arabic = _ARABIC.findall(text)
    if len(arabic) * 2 > letters:
        # Arabic news about Google or Chirac holds such letters too, but a quarter of its words have the article ال.
        foreign = len(_NOT_ARABIC.findall(text)) > 0.01 * len(arabic)
        return "und" if foreign and len(_ARTICLE.findall(text)) < 0.1 * len(_WORD.findall(text)) else "ar"
    if len(_LATIN.findall(text)) * 2 > letters:
        return "en" if len(_ENGLISH.findall(text)) > 0.12 * len(_WORD.findall(text)) else "und"
    return "und"


def question_language(text: str) -> Language:
    """The language to answer a question in: Arabic where most of its words are in Arabic letters, else English."""
    words = [word for word in _WORD.findall(text) if has_letters(word)]
    return "ar" if sum(_ARABIC.match(word) is not None for word in words) * 2 > len(words) else "en"


def _fold(text: str) -> str:
    # casefold and not lower: it does not depend on the neighbours (Greek final sigma), so it can be mapped back.
    return _REMOVED_AFTER.sub("", text).translate(_FOLD).casefold()


def _composed(text: str) -> Iterator[tuple[str, int]]:
    """NFKC in pieces: (piece, its offset) where each character has its own, (piece, ~offset) where all share one."""
    if unicodedata.is_normalized("NFKC", text) and not _REMOVED_BEFORE.search(text):
        yield text, 0
        return
    for stretch in _STRETCH.finditer(text):
        raw, start = stretch.group(), stretch.start()
        kept = _REMOVED_BEFORE.sub("", raw)
        composed = unicodedata.normalize("NFKC", kept)
        if composed == raw:
            yield composed, start
            continue
        starters = [i for i, character in enumerate(raw) if i == 0 or not unicodedata.combining(character)]
        ends = [*starters[1:], len(raw)]
        pieces = [_REMOVED_BEFORE.sub("", raw[i:j]) for i, j in zip(starters, ends, strict=True)]
        pieces = [unicodedata.normalize("NFKC", piece) for piece in pieces]
        if "".join(pieces) == composed:
            yield from ((piece, ~(start + i)) for piece, i in zip(pieces, starters, strict=True))
        else:
            yield composed, ~start


def sound(text: str) -> str:
    """The text with a question mark for each lone surrogate, which no tokenizer takes; its length stays."""
    return text.encode("utf-8", "replace").decode("utf-8")
