"""Text → the numbers that it states, in digits of three scripts or in words, each with its place.

It refuses to know what is counted, and dates: `rag.text.dates` says which numbers belong to one.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from rag.text.lexemes import Piece, pieces
from rag.text.number_grammar import Kind, Reading
from rag.text.words import Normal
from rag.types import Span


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text. `readings` holds every value that its writing may have (1.234), `value` the likeliest.

    Kinds: ``either`` is a cardinal or an ordinal (العشرين, الـ33); ``plural`` an indefinite magnitude (thousands).
    `certain` is False for a word that may be no number (one, ربع): it can support a claim and demands nothing.
    `digits` says that it is written in digits only.
    """

    value: Fraction
    kind: Kind
    span: Span
    readings: tuple[Fraction, ...]
    certain: bool = True
    digits: bool = False

    def agrees(self, other: Number) -> bool:
        """Whether both may state the same number in the same sense: 30 % is not 30, the third is not three."""
        counts = {"cardinal", "ordinal", "either"}
        same = self.kind == other.kind or ("either" in {self.kind, other.kind} and {self.kind, other.kind} <= counts)
        return same and not set(self.readings).isdisjoint(other.readings)


def numbers(text: str) -> list[Number]:
    """The numbers of `text` in order; spans are in its code points."""
    normal = Normal.of(text)
    lexemes = pieces(normal.text)
    found: list[Number] = []
    position = after = 0
    while position < len(lexemes):
        if not lexemes[position].readings and lexemes[position].meaning is None:
            position += 1
            continue
        position, number = _number(normal, lexemes, position, after)
        found.append(number)
        after = position
    return found


def _number(normal: Normal, lexemes: list[Piece], start: int, after: int) -> tuple[int, Number]:
    """The number that begins at a piece, and the piece after it; pieces before `after` belong to other numbers."""
    first = lexemes[start]
    reading = Reading(normal.text, lexemes, start)
    end = reading.end
    kind: Kind = reading.kind
    span_start, span_end = first.start, lexemes[end - 1].end
    if end < len(lexemes) and lexemes[end].sign == "percent" and reading.near(end):
        kind, span_end, end = "percent", lexemes[end].end, end + 1
    elif start > after and lexemes[start - 1].sign == "percent" and lexemes[start - 1].end == first.start:
        kind, span_start = "percent", lexemes[start - 1].start
    certain = end - start > 1 or first.meaning is None or first.meaning.certain
    digits = first.meaning is None and end - start == 1
    return end, Number(reading.values[0], kind, normal.span(span_start, span_end), reading.values, certain, digits)
