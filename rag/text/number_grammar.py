"""How lexemes combine into one number: hundreds and scales, tens after و or a hyphen, halves, ordinals.

It refuses to know the text around a number, and what is counted.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final, Literal

from rag.text.lexemes import Piece
from rag.text.number_words import Meaning

Kind = Literal["cardinal", "ordinal", "either", "percent", "plural"]

_GAP: Final = re.compile(r"\s*+[-‐‑]?\s*+")
_BIGGEST: Final = Fraction(10**15)


class Reading:
    """The longest number that begins at a piece: its `values`, its `kind` and the piece after it (`end`)."""

    def __init__(self, text: str, lexemes: list[Piece], start: int) -> None:
        self._text, self._pieces = text, lexemes
        self.end = start + 1
        self._total, self._limit = Fraction(0), _BIGGEST
        self._current: Fraction | None = None
        self._halved = self._in_digits = False
        first = lexemes[start]
        self.kind: Kind = "either" if first.article and first.meaning is None else "cardinal"
        self._others: tuple[Fraction, ...] = ()
        if first.meaning is None:
            self._current, self._others, self._in_digits = first.readings[0], first.readings[1:], True
            self.kind = "ordinal" if first.ordinal else self.kind
        else:
            self._begin(first, first.meaning)
        if self.kind != "ordinal" or first.meaning is not None:
            self._go_on()

    @property
    def values(self) -> tuple[Fraction, ...]:
        return (self._total + (self._current or 0), *self._others)

    def near(self, index: int) -> bool:
        """Whether nothing but space or a hyphen stands before a piece."""
        between = self._text[self._pieces[index - 1].end : self._pieces[index].start]
        return _GAP.fullmatch(between) is not None

    def _begin(self, piece: Piece, meaning: Meaning) -> None:
        if meaning.role == "ordinal":
            self.kind = "ordinal"
        elif meaning.role == "plural":
            self.kind = "plural"
        elif piece.article and meaning.arabic and 20 <= meaning.value < 100:
            self.kind = "either"
        if meaning.value >= 1000:
            self._scale(meaning)
            self._others = (meaning.other,) if meaning.other is not None else ()
        else:
            self._current = meaning.value

    def _scale(self, meaning: Meaning) -> None:
        scale = meaning.value
        times = self._current if self._current is not None else Fraction(2 if meaning.dual else 1)
        self._others = tuple(other * scale for other in self._others)
        self._total, self._limit, self._current = self._total + times * scale, scale, None

    def _go_on(self) -> None:
        while True:
            index, joined = self.end, False
            while index < len(self._pieces) and self._pieces[index].sign in {"and", "a", "of"} and self.near(index):
                joined = joined or self._pieces[index].sign == "and"
                index += 1
            if index >= len(self._pieces) or not self.near(index):
                return
            piece = self._pieces[index]
            of = index > self.end and self._pieces[self.end].sign == "of"
            if piece.meaning is None and not piece.readings and piece.joined:  # the و of و200
                index += 1
                if index >= len(self._pieces) or self._pieces[index].start != piece.end:
                    return
                piece = self._pieces[index]
            if not self._add(piece, joined or piece.joined, of):
                return
            self.end = index + 1

    def _add(self, piece: Piece, joined: bool, of: bool) -> bool:
        """Take a piece into the number, or say that it does not belong to it."""
        meaning = piece.meaning
        if meaning is None:
            return self._add_digits(piece, joined)
        if self.kind == "plural":
            return self._multiply_plural(meaning) if meaning.role == "plural" and not joined else False
        if of or (meaning.role == "plural" and (joined or not meaning.arabic)):
            return False
        if meaning.role == "fraction":
            return self._add_fraction(meaning.value, joined)
        if self._halved and meaning.value == self._limit and piece.article:  # the second مليون of مليون ونصف المليون
            return True
        if meaning.value >= 1000:
            return self._add_scale(meaning, joined)
        if meaning.role == "ordinal":
            return self._add_ordinal(meaning, joined)
        return self._add_small(meaning, joined)

    def _add_digits(self, piece: Piece, joined: bool) -> bool:
        """3 ملايين و200 ألف."""
        if not (piece.readings and joined and self._current is None and self._total > 0):
            return False
        if piece.readings[0] >= self._limit:
            return False
        self._current, self._in_digits = piece.readings[0], True
        return True

    def _multiply_plural(self, meaning: Meaning) -> bool:
        if self._current is None:
            return False
        self._scale(meaning)
        return True

    def _add_fraction(self, part: Fraction, joined: bool) -> bool:
        if joined:
            if self._current is not None:
                self._current += part
            else:
                self._total += self._limit * part
                self._halved = True
            return True
        if self._current is not None and self._current < 10 and part < Fraction(1, 2):  # three quarters, two thirds
            self._current *= part
            return True
        return False

    def _add_scale(self, meaning: Meaning, joined: bool) -> bool:
        if meaning.value >= self._limit or self.kind == "ordinal":
            return False
        if self._current is not None:
            if joined or meaning.dual:
                return False
        elif not joined:
            return False
        self._scale(meaning)
        return True

    def _add_ordinal(self, meaning: Meaning, joined: bool) -> bool:
        if meaning.arabic or joined or self.kind == "ordinal":
            return False
        tens = self._current is not None and self._current % 100 >= 20 and self._current % 10 == 0
        hundreds = self._current is not None and self._current >= 100 and self._current % 100 == 0
        if not ((tens and meaning.value < 10) or (hundreds and meaning.value < 100)):
            return False
        self._current = (self._current or Fraction(0)) + meaning.value
        self.kind = "ordinal"
        return True

    def _add_small(self, meaning: Meaning, joined: bool) -> bool:
        value, arabic = meaning.value, meaning.arabic
        if self._current is None:
            if self._total and value < self._limit and (joined or not arabic):
                self._current, self._in_digits = value, False
                return True
            return False
        ordinal = self.kind == "ordinal"
        low = self._current % 100
        if value == 100 and not joined and not ordinal and 1 <= self._current < (10 if arabic else 100):
            self._current *= 100
            return True
        if self._in_digits:  # "in 2000 five people"
            return False
        if arabic:
            fits = (
                (value == 10 and not joined and 1 <= low <= 9)
                or (20 <= value < 100 and joined and 1 <= low <= 9)
                or (value < 100 and joined and low == 0 and self._current >= 100 and not ordinal)
            )
        else:
            fits = not ordinal and (
                (1 <= value <= 9 and not joined and low >= 20 and low % 10 == 0)
                or (value < 100 and low == 0 and self._current >= 100)
            )
        if fits:
            self._current += value
        return fits
