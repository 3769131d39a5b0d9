"""Normalise Arabic (and English) text for searching and matching; never for storing or displaying."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

import Stemmer

from rag.types import Language, Span

# Tashkeel and Quranic marks, tatweel, bidi controls, zero-width characters and the soft hyphen. The spacing forms of
# tashkeel (U+FE70…) are included because NFKC would put a space inside the word.
_REMOVED: Final = (
    "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u08ca-\u08e1\u08e3-\u08ff"
    "\u0640\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\u00ad\ufe70-\ufe7f\ufc5e-\ufc63"
)
# Removed before NFKC: only characters that cannot compose with a letter, because ي + U+0654 must become ئ first.
_REMOVED_BEFORE: Final = re.compile("[\ufe70-\ufe7f\ufc5e-\ufc63]")
_REMOVED_AFTER: Final = re.compile(f"[{_REMOVED}]")
_LETTERS: Final = {**dict.fromkeys(map(ord, "أإآٱ"), "ا"), ord("ى"): "ي", ord("ی"): "ي", ord("ة"): "ه", ord("ک"): "ك"}
_DIGITS: Final = {ord(zero) + n: str(n) for zero in "٠۰" for n in range(10)}
_FOLD: Final = str.maketrans(_LETTERS | _DIGITS)

# A piece that NFKC cannot join to the one before it: it starts with a plain Latin or Arabic character.
_SAFE: Final = "\\x00-\\x7f\u0621-\u063a\u0641-\u064a"
_STRETCH: Final = re.compile(f"[{_SAFE}][^{_SAFE}]*|[^{_SAFE}]+")
_WORD: Final = re.compile(r"\w+")
_LETTER: Final = re.compile(r"[^\W\d_]")

_ARABIC: Final = re.compile("[\u0620-\u064a\u066e-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06ff\u0750-\u077f\ufb50-\ufefc]")
# Letters of Persian, Urdu, Pashto, Kurdish and Uyghur. ک and ی are excluded: they also occur in Arabic text typed on a
# Persian keyboard.
_NOT_ARABIC: Final = re.compile("[پچژگٹڈڑںےہھۓټځڅډړږښڼېۍێۆڕڵەۇۈۋ]")
_LATIN: Final = re.compile("[A-Za-z\u00c0-\u024f]")
_ENGLISH: Final = re.compile(
    r"\b(?:the|of|and|to|that|for|was|with|said|by|from|has|have|had|it|his|her|is|are|were|which|not|will|be|been|as|"
    r"at|this|he|they|their|who|but|would|its)\b",
    re.IGNORECASE,
)
_ARTICLE: Final = re.compile(r"\b[وفبك]?(?:ال|لل)\w{2}")


def normalise(text: str) -> tuple[str, list[int]]:
    """Normalised form of `text`, and for each of its characters the offset in `text` that it comes from.

    NFKC; tashkeel, tatweel and bidi controls removed; أإآٱ→ا, ى→ي, ة→ه; Arabic-Indic and Persian digits → 0-9; case
    folded. Offsets are in code points and never decrease; the source of ``normal[i:j]`` ends before ``offsets[j]`` (or
    at the end of `text`), so that it includes the marks after its last letter.
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
    """Normalised form of `text` without the offsets, a hundred times faster."""
    return _fold(unicodedata.normalize("NFKC", _REMOVED_BEFORE.sub("", text)))


def tokens(text: str) -> list[str]:
    """Tokens of `text` for BM25: words of its normalised form, Arabic ones stemmed, English ones whole."""
    return stemmed(whole_words(text))


def whole_words(text: str) -> list[str]:
    """Words and numbers of the normalised form of `text`, in order, without punctuation."""
    return _WORD.findall(normal_form(text))


def stemmed(whole: list[str]) -> list[str]:
    """The tokens of `whole_words`: Arabic words stemmed, others as they are."""
    return list(Stemmer.Stemmer("arabic").stemWords(whole))


def has_letters(text: str) -> bool:
    """Whether `text` contains a letter of any script."""
    return any(map(str.isalpha, text))  # not [^\\W\\d_], which counts ¼ and ² as letters


def language(text: str) -> str:
    """Language of an article's text as a BCP 47 tag: ``ar``, ``en``, or ``und`` if undetermined."""
    letters = len(_LETTER.findall(text))
    arabic = _ARABIC.findall(text)
    if len(arabic) * 2 > letters:
        # Arabic news about Google or Chirac contains such letters too, but a quarter of its words have the article ال.
        foreign = len(_NOT_ARABIC.findall(text)) > 0.01 * len(arabic)
        return "und" if foreign and len(_ARTICLE.findall(text)) < 0.1 * len(_WORD.findall(text)) else "ar"
    if len(_LATIN.findall(text)) * 2 > letters:
        return "en" if len(_ENGLISH.findall(text)) > 0.12 * len(_WORD.findall(text)) else "und"
    return "und"


def question_language(text: str) -> Language:
    """Language in which to answer a question: Arabic if most of its words are in Arabic letters, else English."""
    words = [word for word in _WORD.findall(text) if has_letters(word)]
    return "ar" if sum(_ARABIC.match(word) is not None for word in words) * 2 > len(words) else "en"


def _fold(text: str) -> str:
    # casefold instead of lower: it does not depend on neighbours (Greek final sigma), so offsets can be mapped back.
    return _REMOVED_AFTER.sub("", text).translate(_FOLD).casefold()


def _composed(text: str) -> Iterator[tuple[str, int]]:
    """NFKC in pieces: (piece, its offset) if each character has its own offset, (piece, ~offset) if all share one."""
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
    """The text with a question mark for each lone surrogate, which no tokenizer accepts; its length is unchanged."""
    return text.encode("utf-8", "replace").decode("utf-8")


# Words of a text in normalised form with their spans, and the forms by which two words match.

ARABIC: Final = re.compile("[\u0620-\u064a\u066e-\u06d3]")
LATIN: Final = re.compile("[a-z\u00df-\u024f]")

_WORD_PATTERN: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SHORTEST_STEM: Final = 3
_CLITICS: Final = ("و", "ف", "ب", "ل", "ك")
_ENDINGS: Final = ("اتهما", "اتهم", "اتها", "اته", "ات", "تين", "هما", "ها", "هم", "ته", "ه", "ين", "ون", "ان")


class Word(NamedTuple):
    """A normalised word (`rag.text.normalise.normalise`; Latin accents and possessive 's removed) and its span."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Normal:
    """A text, its normalised form, and the offset in the text of each normalised character."""

    source: str
    text: str
    offsets: tuple[int, ...]

    @classmethod
    def of(cls, source: str) -> Normal:
        return _normal(source)

    def span(self, start: int, end: int) -> Span:
        """Span in code points of `source` that ``text[start:end]`` (not empty) comes from."""
        first = self.offsets[start]
        last = self.offsets[end] if end < len(self.offsets) else len(self.source)
        return Span(first, max(last, self.offsets[end - 1] + 1))


@lru_cache(maxsize=64)  # figures, dates and names each use the words of the same claim and quotes
def _normal(source: str) -> Normal:
    normal, offsets = normalise(source)
    return Normal(source, normal, tuple(offsets))


def words(text: str) -> list[Word]:
    """Words of `text` in order; digits are not words."""
    normal = Normal.of(text)
    return [Word(_plain(match.group()), normal.span(*match.span())) for match in _WORD_PATTERN.finditer(normal.text)]


@lru_cache(maxsize=65536)
def forms(word: str) -> frozenset[str]:
    """A normalised word without each of its possible clitics (و ف ب ل ك ال), and unchanged."""
    if not ARABIC.match(word):
        return frozenset({word})
    found = {word}
    for prefixes, shortest in (("وف", 3), ("بلك", 3)):
        for form in tuple(found):
            # ف and ك begin many words themselves: فيصل is not ف + يصل
            if form[0] in prefixes and len(form) > shortest + (form[0] in "فك"):
                found.add(form[1:])
    for form in tuple(found):
        if form.startswith(("ال", "لل")) and len(form) > _SHORTEST_STEM + 1:
            found.add(form[2:])
            found.add("ال" + form[2:])
    return frozenset(found)


@lru_cache(maxsize=65536)
def stems(word: str) -> frozenset[str]:
    """Stems of the forms of an Arabic word, except stems of fewer than three letters, which are too ambiguous."""
    if not ARABIC.match(word):
        return frozenset({word})
    stemmer = Stemmer.Stemmer("arabic")
    found = {_even(form) for form in forms(word)}
    for form in forms(word):
        stem = stemmer.stemWord(form)
        # `forms` handles clitics: the stemmer would take فورد for ف + ورد and وزير for و + زير.
        if stem[:1] == form[0] or form[0] not in _CLITICS:
            found.add(_even(stem))
        # Endings that the stemmer removes only in part: اتصالات → اتصالا.
        found.update(_even(form.removesuffix(end)) for end in _ENDINGS if len(form) - len(end) > _SHORTEST_STEM)
    return frozenset(stem for stem in found if len(stem) >= _SHORTEST_STEM)


def same(one: str, other: str) -> bool:
    """Whether two Arabic words are the same, ignoring clitics and endings. صالح and صالحي, سليم and سليمان are
    different names."""
    if not forms(one).isdisjoint(forms(other)):
        return True
    if stems(one).isdisjoint(stems(other)):
        return False
    return not any(
        longer == shorter + ending
        for first in forms(one)
        for second in forms(other)
        for longer, shorter in ((first, second), (second, first))
        for ending in ("ي", "يه", "ان")
    )


def _even(stem: str) -> str:
    # The seat of hamza has several spellings: مسؤول and مسئول, شؤون and شئون.
    return stem.replace("ؤ", "ء").replace("ئ", "ء")


def _plain(word: str) -> str:
    if not LATIN.search(word):
        return word
    word = "".join(letter for letter in unicodedata.normalize("NFD", word) if not unicodedata.combining(letter))
    return re.sub("['’]s?$", "", word).replace("'", "").replace("’", "")
