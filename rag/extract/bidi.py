"""Cells of a line as they stand on the paper, from left to right → the text of the line as it is read.

The way back of the Unicode Bidirectional Algorithm (UAX #9) for one line: words of a right-to-left line from the right,
Latin words and numbers in it from the left, brackets turned round where the file names them by their shape. What
the algorithm itself makes ambiguous is read as a Latin word with the number after it (« GridView 3.1 »).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final, NamedTuple

_MIRROR: Final = str.maketrans("()[]{}<>«»‹›", ")(][}{><»«›‹")
_PAIRS: Final = {"(": ")", "[": "]", "{": "}", "«": "»", "‹": "›"}
_STOPS: Final = frozenset(".,:;!?،؛…")
_NUMBER: Final = re.compile(r"\d(?:[\d,.:/٫٬]*\d)?")
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL"})


class Unit(NamedTuple):
    """Some letters in the order of reading. `said`: a bracket among them is named by its meaning, not by its shape."""

    text: str
    said: bool = False


def is_right_to_left(text: str) -> bool | None:
    """Which way most of the letters of `text` run; None where it has none."""
    right = sum(unicodedata.bidirectional(letter) in _RIGHT_TO_LEFT for letter in text)
    left = sum(unicodedata.bidirectional(letter) == "L" for letter in text)
    return None if not right + left else right >= left


def logical(units: Sequence[Unit], *, right_to_left: bool) -> str:
    """The text of a line from its `units`, which stand from left to right.

    `right_to_left` is how the page runs; a line with no letter that does is a Latin one.
    """
    kinds = [_kind(unit.text) for unit in units]
    if "R" not in kinds and not (right_to_left and _ends_on_the_left(units, kinds)):
        return "".join(unit.text for unit in units)
    if not right_to_left and kinds.count("L") > kinds.count("R"):
        return _embedded(units, kinds)
    return _right_to_left(units, kinds)


def _ends_on_the_left(units: Sequence[Unit], kinds: Sequence[str]) -> bool:
    """Whether a line without a right-to-left letter is in a right-to-left paragraph: its stop stands on the left."""
    return "L" not in kinds or (units[0].text in _STOPS and units[-1].text not in _STOPS)


def _right_to_left(units: Sequence[Unit], kinds: Sequence[str]) -> str:
    runs = _left_to_right_runs(units, kinds)
    shaped, named = [], []
    place = len(units) - 1
    while place >= 0:
        run = next((run for run in runs if run[1] - 1 == place), None)
        if run:
            piece = "".join(unit.text for unit in units[run[0] : run[1]])
            shaped.append(piece)
            named.append(piece)
            place = run[0] - 1
        else:
            text, said = units[place]
            shaped.append(text if said else text.translate(_MIRROR))
            named.append(text)
            place -= 1
    by_shape, by_name = "".join(shaped), "".join(named)
    return by_name if _matched(by_name) > _matched(by_shape) else by_shape


def _embedded(units: Sequence[Unit], kinds: Sequence[str]) -> str:
    """A Latin line with right-to-left words in it: each run of them is turned round where it stands."""
    pieces: list[str] = []
    start = 0
    while start < len(units):
        end = start
        if kinds[start] == "R":
            last = start
            while end < len(units) and kinds[end] != "L":
                last = end if kinds[end] == "R" else last
                end += 1
            end = last + 1
            pieces.append(_right_to_left(units[start:end], kinds[start:end]))
        else:
            end += 1
            pieces.append(units[start].text)
        start = end
    return "".join(pieces)


def _left_to_right_runs(units: Sequence[Unit], kinds: Sequence[str]) -> list[tuple[int, int]]:
    """The runs of `units` that are read from the left: from a Latin word or number to the last one beside it."""
    runs: list[tuple[int, int]] = []
    place = 0
    while place < len(units):
        if kinds[place] not in "LN":
            place += 1
            continue
        end = last = place
        while end < len(units) and kinds[end] != "R":
            last = end if kinds[end] in "LN" else last
            end += 1
        if "L" in kinds[place : last + 1]:
            runs.append((place, _with_closing(units, place, last + 1, end)))
        else:
            runs.extend(_numbers(units, place, last + 1))
        place = end
    return runs


def _with_closing(units: Sequence[Unit], start: int, end: int, limit: int) -> int:
    """The end of a Latin run with the brackets after it that close one inside it: ``f(n)`` (UAX #9, rule N0)."""
    while end < limit and units[end].text in _PAIRS.values():
        inside = [unit.text for unit in units[start:end]]
        opening = next(left for left, right in _PAIRS.items() if right == units[end].text)
        if inside.count(opening) <= inside.count(units[end].text):
            break
        end += 1
    return end


def _numbers(units: Sequence[Unit], start: int, end: int) -> list[tuple[int, int]]:
    """Among right-to-left words each number is one run; hyphens and spaces between numbers part them."""
    text = "".join(unit.text[0] for unit in units[start:end])
    return [(start + match.start(), start + match.end()) for match in _NUMBER.finditer(text)]


def _kind(unit: str) -> str:
    """L for a Latin letter, R for a right-to-left one, N for a digit, else a space."""
    for letter in unit:
        direction = unicodedata.bidirectional(letter)
        if direction == "L":
            return "L"
        if direction in _RIGHT_TO_LEFT:
            return "R"
        if direction in ("EN", "AN") and letter.isdigit():
            return "N"
    return " "


def _matched(text: str) -> int:
    """How many brackets are closed after they are opened."""
    waiting: list[str] = []
    count = 0
    for letter in text:
        if letter in _PAIRS:
            waiting.append(_PAIRS[letter])
        elif waiting and letter == waiting[-1]:
            waiting.pop()
            count += 1
    return count
