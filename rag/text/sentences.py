"""Split Arabic and English text into sentences, as spans that tile the input.

A missing cut makes a quote longer; a wrong cut makes it incomprehensible: in doubt there is no cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from rag.text.normalise import has_letters
from rag.types import Span

_ARABIC: Final = "\u0621-\u064a\u0671-\u06d3"
_NEWLINES: Final = "\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029"
_CLOSERS: Final = "\"”»’'›)\\]}\u200e\u200f\u202c\u2069"
_OPENERS: Final = "\"“«‘'‹([{”»\u200e\u200f\u202a\u202b\u2066-\u2068*•-"

_BREAK: Final = re.compile(
    f'(?P<marks>[.!?؟؛…۔]+)(?:[{_CLOSERS}]*(?:[^\\S{_NEWLINES}]+["”»)](?=\\s|$))?)(?P<space>\\s*)'
    f"|(?P<newline>[{_NEWLINES}]\\s*)"
)
_NEWLINE: Final = re.compile(f"[{_NEWLINES}]")
_ADDRESS: Final = re.compile(  # the bounds avoid quadratic time on a megabyte without spaces
    r"(?:https?://|www\.)\S+|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}\.[\w.]+"
    r"|(?<![\w-])[\w-]{1,63}(?:\.[\w-]{1,63}){0,4}\.[a-z]{2,6}\b",
    re.IGNORECASE,
)
_LAST_WORD: Final = re.compile(r"(?<![\w.'’])[\w.]{1,12}$")
_NUMBER_BEFORE: Final = re.compile(r"\d\s*[\w.]{1,5}$")
_LIST_NUMBER: Final = re.compile(r"\s*+(?:\d{1,3}|\w)")
_WORD: Final = re.compile(r"\w+")

# Abbreviations followed by a name or an explanation: no sentence ends with them.
_TITLES: Final = frozenset(
    """Mr Mrs Ms Dr Prof Gen Col Sgt Lt Cpl Capt Maj Adm Brig Cmdr Hon Rev Fr Rep Sen Gov Amb Pres Supt Insp Mme St Mt
    Ft Messrs Sens Reps Govs Gens Drs Profs Atty Asst Det Pfc Pvt Spc Msgr MR MRS MS DR vs viz cf approx e.g i.e eds
    Ph.D""".split()  # noqa: SIM905
)
# Abbreviations followed by a number.
_COUNTED: Final = frozenset(
    """no nos art sec para fig vol ch pp ed jan feb mar apr jun jul aug sep sept oct nov dec""".split()  # noqa: SIM905
)
# Abbreviations that may end a sentence: they do if a word follows that opens sentences.
_MAYBE: Final = frozenset(["inc", "corp", "ltd", "co", "jr", "sr", "etc", "bros", "a.m", "p.m"])
_OPENING_WORDS: Final = frozenset(
    """the a an he she it they we i you this that these those in on at but and or for as after before when while if
    there its his her their our my what who how why one some many most all no not according meanwhile however""".split()  # noqa: SIM905
)
# Arabic titles and units with more than one letter: ود. and لد. (to Dr), أ.د (Prof Dr).
_ARABIC_TITLES: Final = frozenset(["ود", "لد", "بد", "وأ", "وم", "ذ", "مج", "ط", "تح", "هاتف", "ت"])


def sentences(text: str, span: Span) -> list[Span]:
    """Sentences of ``text[span]``: each starts where the previous one ends, and together they cover `span`.

    White space after a sentence belongs to it; so does a stretch without letters. An empty span has none.
    """
    slice_ = span.of(text)
    found: list[Span] = []
    start = read = 0
    letters = False
    for end in (*_cuts(slice_), len(slice_)):
        # Each stretch is examined once, however many without letters precede the first one with letters.
        letters = letters or has_letters(slice_[read:end])
        read = end
        if start < end and (letters or (end == len(slice_) and not found)):
            found.append(Span(span.start + start, span.start + end))
            start, letters = end, False
        elif start < end and found:
            found[-1] = Span(found[-1].start, span.start + end)
            start = end
    return found


def trim(text: str, span: Span) -> Span:
    """`span` without white space at its ends; empty, at its start, if there is nothing else."""
    slice_ = span.of(text)
    start = span.start + len(slice_) - len(slice_.lstrip())
    return Span(start, start + len(slice_.strip())) if slice_.strip() else Span(span.start, span.start)


def _cuts(text: str) -> Iterator[int]:
    """Offsets at which one sentence ends and the next starts."""
    addresses = {offset for match in _ADDRESS.finditer(text) for offset in range(*match.span())}
    wraps = _wraps(text)
    start = 0
    for match in _BREAK.finditer(text):
        if match.end() == len(text):
            return
        newline = _NEWLINE.search(text, match.start("newline" if match["newline"] else "space"), match.end())
        ends_line = newline is not None and newline.start() not in wraps
        if ends_line or (match["marks"] and _ends(text, start, match, addresses)):
            start = match.end()
            yield start


def _wraps(text: str) -> set[int]:
    """Offsets of the newlines of a text wrapped at a fixed width, which end no sentence; empty if it is not wrapped.

    A text is wrapped if at almost every newline the next word would not have fitted on the line before.
    """
    lines = [match.span() for match in re.finditer(r"[^\r\n]+", text)]
    pairs = [(a, b) for a, b in pairwise(lines) if text[a[1] : b[0]] in ("\n", "\r\n") and text[slice(*b)].strip()]
    if len(pairs) < 4:
        return set()
    width = max(end - start for pair in pairs for start, end in pair)
    full = {a[1] for a, b in pairs if a[1] - a[0] + 1 + len(text[slice(*b)].split()[0]) > width}
    return full if 40 <= width <= 120 and len(full) >= 0.9 * len(pairs) else set()


def _ends(text: str, start: int, match: re.Match[str], addresses: set[int]) -> bool:
    """Whether the punctuation of `match` ends the sentence that starts at `start`; more follows on the same line."""
    marks, at = match["marks"], match.start()
    before = _LAST_WORD.search(text, max(0, at - 14), at)
    word = before.group() if before else ""
    rest = text[match.end() : match.end() + 24].lstrip(_OPENERS)
    if text[at - 1 : at] in ("(", "[") or (len(marks) > 1 and text[match.end("marks")] in ")]"):
        return False  # (...) and (الشمس والرياح...)
    if not match["space"]:
        # «السورية.وقال»: a space is missing. Other cases are 3.5, إي.إس.إي, www.x.com.
        if at in addresses or not re.match(f"[{_ARABIC}]", rest):
            return False
        following = _WORD.match(rest)
        short = len(word.rpartition(".")[2]) <= (2 if following and len(following.group()) > 3 else 3)
        return marks != ".." and not (marks == "." and word and short)
    if rest[:1].islower() and rest[:1].isascii():
        return False
    if marks == "..":  # in Arabic news it marks a pause, like a dash
        return False
    return marks != "." or not _is_abbreviation(text, start, at, word, rest)


def _is_abbreviation(text: str, start: int, at: int, word: str, rest: str) -> bool:
    if _LIST_NUMBER.fullmatch(text, start, at):
        return True
    name = word.lower()
    following = _WORD.match(rest)
    if word in _TITLES or word in _ARABIC_TITLES or (name in _COUNTED and rest[:1].isdigit()):
        return True
    letters = word.replace(".", "")
    initials = letters.isalpha() and (len(letters) == 1 or ("." in word and max(map(len, word.split("."))) == 1))
    if re.fullmatch(f"[{_ARABIC}]+", letters):
        # د. أحمد, ص.ب. 12, أ.ف.ب. but «عام 570 م. وكان»: after a number it is a unit.
        return initials and not _NUMBER_BEFORE.search(text, max(start, at - 12), at)
    if initials or name in _MAYBE:
        return not (
            following and following.group().lower() in _OPENING_WORDS and (len(letters) > 1 or letters.islower())
        )
    return False
