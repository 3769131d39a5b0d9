"""Rows of a page → its columns, in the order in which they are read. Knows where words stand and not what they say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rag.extract.cells import Cell

_COLUMN_ROWS: Final = 4
_COLUMN_LETTERS: Final = 20
"""A column has at least so many rows, of at least so many letters on average; else it is a table, read by its rows."""


_MOST_EDGES: Final = 300

Row = list[list[Cell]]
"""The pieces of a row from left to right, each without a wide gap; the cells of a piece from left to right."""


def columns(rows: list[Row], *, right_to_left: bool) -> list[list[Row]]:
    """Runs of `rows`, each read from its head down: what stands above the columns, the columns, what stands below."""
    found = _gutter(rows)
    if not found:
        return [rows] if rows else []
    start, end, x = found
    inside = [[half for piece in row for half in _halves(piece, x)] for row in rows[start:end]]
    sides = []
    for keep_left in (False, True) if right_to_left else (True, False):
        side = [[piece for piece in row if (_middle(piece) < x) == keep_left] for row in inside]
        sides.append([row for row in side if row])
    parts = [rows[:start], *sides, rows[end:]]
    return [column for part in parts for column in columns(part, right_to_left=right_to_left)]


def _gutter(rows: list[Row]) -> tuple[int, int, float] | None:
    """The longest run of `rows` with columns on both sides of an upright line through no word: (start, end, x)."""
    if len(rows) < _COLUMN_ROWS:
        return None
    boxes = [[(piece[0].left, max(cell.right for cell in piece)) for piece in row] for row in rows]
    edges = sorted({round(edge, 1) for row in boxes for box in row for edge in box})
    best: tuple[int, int, float] | None = None
    for x in edges[:: len(edges) // _MOST_EDGES + 1]:
        crossed = [any(left < x < right for left, right in row) for row in boxes]
        if 2 * sum(crossed) > len(rows):
            continue
        cut = [
            over and any(c.left < x - 0.1 and x + 0.1 < c.right for p in row for c in p)
            for over, row in zip(crossed, rows, strict=True)
        ]
        start = 0
        for end in range(len(rows) + 1):
            if end < len(rows) and not cut[end]:
                continue
            first, last = start, end
            while first < last and crossed[first]:
                first += 1
            while first < last and crossed[last - 1]:
                last -= 1
            if last - first > (best[1] - best[0] if best else 0) and _are_columns(rows[first:last], x):
                best = (first, last, x)
            start = end + 1
    return best


def _halves(piece: list[Cell], x: float) -> list[list[Cell]]:
    """A piece that crosses a gutter between two of its words, on both sides of it."""
    halves = [[c for c in piece if (c.left + c.right < 2 * x) == keep_left] for keep_left in (True, False)]
    return [half for half in halves if any(cell.text.strip() for cell in half)]


def _are_columns(rows: list[Row], x: float) -> bool:
    halves = [half for row in rows for piece in row for half in _halves(piece, x)]
    for keep_left in (True, False):
        counts = [len(half) for half in halves if (_middle(half) < x) == keep_left]
        if len(counts) < _COLUMN_ROWS or sum(counts) < _COLUMN_LETTERS * len(counts):
            return False
    return True


def _middle(piece: Sequence[Cell]) -> float:
    return (piece[0].left + max(cell.right for cell in piece)) / 2
