"""Cells of a page → its lines in the order in which they are read, columns one after the other. Knows no words."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Final

from rag.extract.bidi import Unit, is_right_to_left, logical
from rag.extract.cells import Cell
from rag.extract.columns import Row, columns

_SAME_LINE: Final = 0.3
"""Of the size of the letters: what stands higher or lower than this is on another line."""
_PIECE: Final = 1.0
"""A gap of so many sizes may be one between two columns."""
_WORD_GAP: Final = 0.2
"""A gap of so many sizes is one between words, whether or not the file has a space there."""
_CELL_GAP: Final = 2.0
"""A gap of so many sizes is one between two cells of a table."""
_SHADOW: Final = 0.08
"""Of the size of the letters: how far the same letter painted twice stands from itself, at most twice as far."""


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """A line of a page as it is read, in points from the left and from the foot; `column` counts from 0 on its page.

    `is_row`: there are gaps in it that only tables have.
    """

    text: str
    left: float
    right: float
    base: float
    size: float
    right_to_left: bool
    column: int = 0
    is_row: bool = False


def read_lines(cells: Sequence[Cell]) -> list[PrintedLine]:
    """The lines of a page, in reading order: right column first where most of its letters run from right to left."""
    rows = _rows(_with_marks(_without_shadows(cells)))
    right_to_left = bool(is_right_to_left("".join(cell.text for cell in cells)))
    lines: list[PrintedLine] = []
    for number, column in enumerate(columns(rows, right_to_left=right_to_left)):
        lines.extend(_line([cell for piece in row for cell in piece], right_to_left, number) for row in column)
    return [line for line in lines if line.text]


def _without_shadows(cells: Sequence[Cell]) -> list[Cell]:
    """Bold print is at times the same letter painted twice, a hair apart."""
    seen: set[tuple[str, int, int, int]] = set()
    kept = []
    for cell in cells:
        step = max(cell.size * _SHADOW, 0.1)
        x, y = round(cell.left / step), round(cell.base / step)
        around = {(cell.text, round(step * 100), x + dx, y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)}
        if cell.text.isspace() or not around & seen:
            kept.append(cell)
        seen.add((cell.text, round(step * 100), x, y))
    return kept


def _with_marks(cells: Sequence[Cell]) -> list[Cell]:
    """Vowel marks painted by themselves, each after the letter that it stands over."""
    letters = [cell for cell in cells if not _is_mark(cell)]
    marks: dict[int, str] = {}
    if not letters:
        return []
    for number, cell in enumerate(cells):
        if _is_mark(cell):
            middle = (cell.left + cell.right) / 2
            near = [c for c in cells[max(0, number - 3) : number + 4] if not _is_mark(c) and c.text.strip()]
            near = [c for c in near if abs(c.base - cell.base) < c.size] or letters[:1]
            best = min(near, key=lambda c: (max(c.left - middle, middle - c.right, 0), -c.left))
            marks[id(best)] = marks.get(id(best), "") + cell.text
    return [replace(c, text=c.text + marks[id(c)]) if id(c) in marks else c for c in letters]


def _is_mark(cell: Cell) -> bool:
    return all(unicodedata.category(letter) == "Mn" for letter in cell.text)


def _rows(cells: Sequence[Cell]) -> list[Row]:
    """The rows of a page from its head down."""
    lines: list[list[Cell]] = []
    for cell in sorted(cells, key=lambda cell: -cell.base):
        if lines and lines[-1][0].base - cell.base <= _SAME_LINE * max(cell.size, lines[-1][0].size):
            lines[-1].append(cell)
        else:
            lines.append([cell])
    rows: list[Row] = []
    for line in lines:
        pieces: Row = []
        for cell in sorted((cell for cell in line if cell.text.strip()), key=lambda cell: cell.left):
            if pieces and cell.left - max(c.right for c in pieces[-1][-4:]) <= _PIECE * cell.size:
                pieces[-1].append(cell)
            else:
                pieces.append([cell])
        spaces = [cell for cell in line if not cell.text.strip()]
        for piece in pieces:
            left, right = piece[0].left, max(cell.right for cell in piece)
            piece.extend(space for space in spaces if left < (space.left + space.right) / 2 < right)
            piece.sort(key=lambda cell: cell.left)
        if pieces:
            rows.append(pieces)
    return rows


def _line(cells: list[Cell], right_to_left: bool, column: int) -> PrintedLine:
    cells = sorted(cells, key=lambda cell: cell.left)
    printed = [cell for cell in cells if cell.text.strip()]
    size = median(cell.size for cell in printed)
    units: list[Unit] = []
    reach, widest = cells[0].left, 0.0
    ink: float | None = None
    for cell in cells:
        if cell.left - reach > _WORD_GAP * size and units and units[-1].text != " ":
            units.append(Unit(" "))
        if cell.text.strip():
            units.append(Unit(cell.text, cell.said))
            widest = max(widest, cell.left - ink) if ink is not None else widest
            ink = max(ink or cell.right, cell.right)
        elif units and units[-1].text != " ":
            units.append(Unit(" "))
        reach = max(reach, cell.right)
    return PrintedLine(
        text=" ".join(logical(units, right_to_left=right_to_left).split()),
        left=printed[0].left,
        right=max(cell.right for cell in printed),
        base=median(cell.base for cell in printed),
        size=size,
        right_to_left=right_to_left,
        column=column,
        is_row=widest > _CELL_GAP * size,
    )
