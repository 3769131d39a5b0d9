"""Layout analysis: order the cells of a page into lines in reading order, one column after the other."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from typing import Final, NamedTuple

# Restores the logical order of a line from its cells in visual order, left to right.
#
# The inverse of the Unicode Bidirectional Algorithm (UAX #9) for one line: words of a right-to-left line are read from
# the right, Latin words and numbers in it from the left; brackets are mirrored if the file stores them by shape. Where
# the algorithm is ambiguous, a Latin word and the number after it are kept together (« GridView 3.1 »).

_MIRROR: Final = str.maketrans("()[]{}<>«»‹›", ")(][}{><»«›‹")
_PAIRS: Final = {"(": ")", "[": "]", "{": "}", "«": "»", "‹": "›"}
_STOPS: Final = frozenset(".,:;!?،؛…")
_NUMBER: Final = re.compile(r"\d(?:[\d,.:/٫٬]*\d)?")
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL"})


class Letters(NamedTuple):
    """Some letters in reading order. `said`: brackets in it are stored by meaning, not by shape."""

    text: str
    said: bool = False


def _is_right_to_left(text: str) -> bool | None:
    """Whether most letters of `text` are right-to-left; None if it has no letter."""
    right = sum(unicodedata.bidirectional(letter) in _RIGHT_TO_LEFT for letter in text)
    left = sum(unicodedata.bidirectional(letter) == "L" for letter in text)
    return None if not right + left else right >= left


def logical(units: Sequence[Letters], *, right_to_left: bool) -> str:
    """The text of a line from its `units`, given from left to right.

    `right_to_left` is the direction of the page; a line without a right-to-left letter is a Latin one.
    """
    kinds = [_kind(unit.text) for unit in units]
    if "R" not in kinds and not (right_to_left and _ends_on_the_left(units, kinds)):
        return "".join(unit.text for unit in units)
    if not right_to_left and kinds.count("L") > kinds.count("R"):
        return _embedded(units, kinds)
    return _right_to_left(units, kinds)


def _ends_on_the_left(units: Sequence[Letters], kinds: Sequence[str]) -> bool:
    """Whether a line without right-to-left letters is in a right-to-left paragraph: its full stop is on the left."""
    return "L" not in kinds or (units[0].text in _STOPS and units[-1].text not in _STOPS)


def _right_to_left(units: Sequence[Letters], kinds: Sequence[str]) -> str:
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


def _embedded(units: Sequence[Letters], kinds: Sequence[str]) -> str:
    """A Latin line with right-to-left words in it: each run of them is reversed in place."""
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


def _left_to_right_runs(units: Sequence[Letters], kinds: Sequence[str]) -> list[tuple[int, int]]:
    """Runs of `units` that are read from the left: from a Latin word or number to the last adjacent one."""
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


def _with_closing(units: Sequence[Letters], start: int, end: int, limit: int) -> int:
    """End of a Latin run including brackets after it that close one inside it: ``f(n)`` (UAX #9, rule N0)."""
    while end < limit and units[end].text in _PAIRS.values():
        inside = [unit.text for unit in units[start:end]]
        opening = next(left for left, right in _PAIRS.items() if right == units[end].text)
        if inside.count(opening) <= inside.count(units[end].text):
            break
        end += 1
    return end


def _numbers(units: Sequence[Letters], start: int, end: int) -> list[tuple[int, int]]:
    """Runs of numbers among right-to-left words: one per number; hyphens and spaces between numbers separate them."""
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
    """Number of brackets that are closed after they are opened."""
    waiting: list[str] = []
    count = 0
    for letter in text:
        if letter in _PAIRS:
            waiting.append(_PAIRS[letter])
        elif waiting and letter == waiting[-1]:
            waiting.pop()
            count += 1
    return count


# Cells: letters of a page with their positions; the interface between the PDF reader and the layout rules.

LOST: Final = "\ufffd"
_FORMS: Final = re.compile("[\ufb00-\ufb06\ufb1d-\ufdcf\ufdf0-\ufdf9\ufe70-\ufefc]")
_UNSEEN: Final = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff\0]")
_NO_LETTER: Final = re.compile("[\ud800-\udfff\ue000-\uf8ff]")
_SPACE: Final = re.compile(r"[\s\x00-\x1f]")


@dataclass(frozen=True, slots=True)
class Cell:
    """The text in one box of a page, in reading order. In points; `base` is the height of its baseline.

    `said`: the text comes from /ActualText, so brackets are stored by meaning, not by shape.
    """

    text: str
    left: float
    right: float
    base: float
    size: float
    said: bool = False


@dataclass(frozen=True, slots=True)
class PdfText:
    """The cells of each page, and the title in the file's metadata, if any."""

    pages: tuple[tuple[Cell, ...], ...]
    title: str | None


def letters_of(text: str) -> str:
    """`text` without presentation forms, ligatures and invisible marks; what has no letter becomes U+FFFD.

    Only forms are mapped: full NFKC would turn ² into 2. The tatweel stays.
    """
    text = _FORMS.sub(_plain, _UNSEEN.sub("", text))
    return _SPACE.sub(" ", _NO_LETTER.sub(LOST, text))


def _plain(match: re.Match[str]) -> str:
    form = unicodedata.normalize("NFKC", match[0])
    return form[1:] if form[0] in " ـ" and len(form) > 1 else form  # an isolated mark has a space or stroke before it


# Splits the rows of a page into columns, in reading order, by word positions only.

_COLUMN_ROWS: Final = 4
_COLUMN_LETTERS: Final = 20
"""Minimum average letters per row for a column, which has at least `_COLUMN_ROWS` rows; otherwise it is a table, read
by rows."""


_MOST_EDGES: Final = 300

_Row = list[list[Cell]]
"""Pieces of a row from left to right, each without a wide gap; cells of a piece from left to right."""


def _columns(rows: list[_Row], *, right_to_left: bool) -> list[list[_Row]]:
    """Runs of `rows`, each read from the top: what is above the columns, the columns, what is below."""
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
    return [column for part in parts for column in _columns(part, right_to_left=right_to_left)]


def _gutter(rows: list[_Row]) -> tuple[int, int, float] | None:
    """The longest run of `rows` with columns on both sides of a vertical line that crosses no word: (start, end, x)."""
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
    """Split a piece that crosses a gutter between two of its words."""
    halves = [[c for c in piece if (c.left + c.right < 2 * x) == keep_left] for keep_left in (True, False)]
    return [half for half in halves if any(cell.text.strip() for cell in half)]


def _are_columns(rows: list[_Row], x: float) -> bool:
    halves = [half for row in rows for piece in row for half in _halves(piece, x)]
    for keep_left in (True, False):
        counts = [len(half) for half in halves if (_middle(half) < x) == keep_left]
        if len(counts) < _COLUMN_ROWS or sum(counts) < _COLUMN_LETTERS * len(counts):
            return False
    return True


def _middle(piece: Sequence[Cell]) -> float:
    return (piece[0].left + max(cell.right for cell in piece)) / 2


_SAME_LINE: Final = 0.3
"""Relative to the letter size: a larger vertical offset means another line."""
_PIECE: Final = 1.0
"""A gap of this many letter sizes may separate two columns."""
_WORD_GAP: Final = 0.2
"""A gap of this many letter sizes separates words, with or without a space in the file."""
_CELL_GAP: Final = 2.0
"""A gap of this many letter sizes separates two cells of a table."""
_SHADOW: Final = 0.08
"""Relative to the letter size: distance between two paintings of the same letter in fake bold, at most doubled."""


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """A line of a page in reading order, in points from the left and from the bottom; `column` counts from 0 per page.

    `is_row`: it has gaps that only tables have.
    """

    text: str
    left: float
    right: float
    base: float
    size: float
    right_to_left: bool
    column: int = 0
    is_row: bool = False


def printed_lines(cells: Sequence[Cell]) -> list[PrintedLine]:
    """Lines of a page in reading order: right column first if most of its letters are right-to-left."""
    rows = _rows(_with_marks(_without_shadows(cells)))
    right_to_left = bool(_is_right_to_left("".join(cell.text for cell in cells)))
    lines: list[PrintedLine] = []
    for number, column in enumerate(_columns(rows, right_to_left=right_to_left)):
        lines.extend(_line([cell for piece in row for cell in piece], right_to_left, number) for row in column)
    return [line for line in lines if line.text]


def _without_shadows(cells: Sequence[Cell]) -> list[Cell]:
    """Remove duplicates of fake bold, which paints the same letter twice, slightly offset."""
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
    """Move vowel marks that are painted separately after the letter that they belong to."""
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


def _rows(cells: Sequence[Cell]) -> list[_Row]:
    """Rows of a page from the top."""
    lines: list[list[Cell]] = []
    for cell in sorted(cells, key=lambda cell: -cell.base):
        if lines and lines[-1][0].base - cell.base <= _SAME_LINE * max(cell.size, lines[-1][0].size):
            lines[-1].append(cell)
        else:
            lines.append([cell])
    rows: list[_Row] = []
    for line in lines:
        pieces: _Row = []
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
    units: list[Letters] = []
    reach, widest = cells[0].left, 0.0
    ink: float | None = None
    for cell in cells:
        if cell.left - reach > _WORD_GAP * size and units and units[-1].text != " ":
            units.append(Letters(" "))
        if cell.text.strip():
            units.append(Letters(cell.text, cell.said))
            widest = max(widest, cell.left - ink) if ink is not None else widest
            ink = max(ink or cell.right, cell.right)
        elif units and units[-1].text != " ":
            units.append(Letters(" "))
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


# Joins lines of the pages into one text of paragraphs, with the offset of each page.
#
# A paragraph is one line of the text. It continues, even across a column or page break, if the first word of the next
# line would not have fitted on the line before.

_LEADING: Final = 1.35
"""Lines more than this many usual distances apart belong to different paragraphs."""
_SIZE: Final = 0.1
"""Letters whose sizes differ by more than this share belong to different paragraphs."""
_INDENT: Final = 0.8
"""A line indented by more than this many letter sizes starts a paragraph."""
_ENDS: Final = re.compile(r"[.!?؟:؛…][\"'”»’)\]]*$")
_HYPHEN: Final = re.compile(r"[a-z]-$")
_SOFT_HYPHEN: Final = "\u00ad"


@dataclass(frozen=True, slots=True)
class _Measure:
    """Edges of a column, in points, and the usual distance between its lines, in letter sizes."""

    left: float
    right: float
    leading: float


def paragraphs(pages: Sequence[Sequence[PrintedLine]]) -> tuple[str, tuple[int, ...]]:
    """The text, and the offset at which each page begins (that of the next one for an empty page)."""
    words = {word for page in pages for line in page for word in line.text.split()}
    pieces: list[str] = []
    length = 0
    starts: list[int] = []
    before: tuple[PrintedLine, _Measure] | None = None
    for page in pages:
        measures = _measures(page)
        start: int | None = None
        for line in page:
            goes_on = before is not None and _goes_on(*before, line, measures[line.column])
            if before is not None:
                last, between = _between(pieces[-1], line.text, words) if goes_on else (pieces[-1], "\n")
                length += len(last) - len(pieces[-1]) + len(between)
                pieces[-1:] = [last, between]
            start = length if start is None else start
            pieces.append(line.text)
            length += len(line.text)
            before = line, measures[line.column]
        starts.append(length if start is None else start)
    return "".join(pieces), tuple(starts)


def _measures(page: Sequence[PrintedLine]) -> dict[int, _Measure]:
    """The measure of each column of a page."""
    columns: dict[int, list[PrintedLine]] = {}
    for line in page:
        columns.setdefault(line.column, []).append(line)
    measures = {}
    for number, lines in columns.items():
        steps = [(above.base - below.base) / below.size for above, below in pairwise(lines)]
        leading = median([step for step in steps if step > 0] or [0.0])
        measures[number] = _Measure(min(line.left for line in lines), max(line.right for line in lines), leading)
    return measures


def _goes_on(before: PrintedLine, measure: _Measure, line: PrintedLine, own: _Measure) -> bool:
    """Whether `line` continues the paragraph of the line `before` it."""
    if before.is_row or line.is_row:
        return False
    if abs(line.size - before.size) > _SIZE * before.size or line.right_to_left != before.right_to_left:
        return False
    room = before.left - measure.left if before.right_to_left else measure.right - before.right
    letter = (before.right - before.left) / len(before.text)
    ended = _ENDS.search(before.text) is not None
    if room > letter * (len(line.text.split()[0]) + 1) * (1 if ended else 2):
        return False
    indent = own.right - line.right if line.right_to_left else line.left - own.left
    if ended and indent > _INDENT * line.size:
        return False
    step = before.base - line.base
    if line.column == before.column and step > 0:
        return step <= _LEADING * own.leading * line.size
    return not ended


def _between(text: str, line: str, words: set[str]) -> tuple[str, str]:
    """`text` and the separator before a continuing line: a word split by a hyphen is rejoined.

    The hyphen stays if the document contains only the hyphenated word, not the joined one.
    """
    if text.endswith(_SOFT_HYPHEN):
        return text[:-1], ""
    if _HYPHEN.search(text) and line[:1].islower():
        first, rest = text.split()[-1], line.split()[0]
        own = first[:-1] + rest not in words and first + rest in words
        return (text, "") if own else (text[:-1], "")
    if text.endswith(("-", "–", "/")) and text[-2:-1].isdigit() and line[:1].isdigit():
        return text, ""
    return text, " "
