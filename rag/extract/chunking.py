"""Article → passages: whole sentences up to a token budget, as spans. It writes no text and knows no model.

The passages of a body span tile it: joined they give it back. None crosses from one body span to another.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from rag.text.normalise import has_letters
from rag.text.sentences import sentences
from rag.types import Article, Passage, Span

_CLAUSE: Final = re.compile(r"[،,؛;:–—][\"”»’')\]]*\s+|\s[–—-]\s+")
_SPACE: Final = re.compile(r"\s+")


def split(article: Article, count_tokens: Callable[[list[str]], list[int]], budget: int) -> list[Passage]:
    """The passages of `article`, in order, each of at most `budget` tokens.

    `count_tokens` gives the tokens of each text; it is asked for all sentences at once. A sentence over the budget
    is cut at a clause mark, else at a space, else between characters. A stretch without letters joins its
    neighbour, even over the budget; a body span without letters has no passage. In as few passages as the budget
    allows, their sizes are as even as sentences let them be. Raises `ValueError` for a budget under 1.
    """
    if budget < 1:
        raise ValueError(f"a passage cannot have {budget} tokens")
    text = article.text
    bodies = [sentences(text, span) for span in article.body if has_letters(span.of(text))]
    counts = iter(count_tokens([sentence.of(text) for body in bodies for sentence in body]))
    passages = []
    for body in bodies:
        pieces: list[tuple[Span, int]] = []
        for sentence in body:
            for piece, count in _cut(text, sentence, next(counts), count_tokens, budget):
                _add(text, pieces, piece, count)
        for group in _groups([count for _, count in pieces], budget):
            spans = tuple(span for span, _ in pieces[group])
            span = Span(spans[0].start, spans[-1].end)
            made = Passage.make_id(article.id, article.sha256, span)
            passages.append(Passage(made, article.id, article.sha256, span, spans, span.of(text)))
    return passages


def _add(text: str, pieces: list[tuple[Span, int]], piece: Span, count: int) -> None:
    """Append a piece; if it, or the one before it, has no letters, the two become one."""
    if pieces and not (has_letters(piece.of(text)) and has_letters(pieces[-1][0].of(text))):
        last, tokens = pieces.pop()
        piece, count = Span(last.start, piece.end), tokens + count
    pieces.append((piece, count))


def _cut(
    text: str, span: Span, count: int, count_tokens: Callable[[list[str]], list[int]], budget: int
) -> list[tuple[Span, int]]:
    """`span` in pieces within the budget, with their counts: halved at the best place until each fits."""
    if count <= budget or span.end - span.start < 2:
        return [(span, count)]
    middle = _best_cut(text, span)
    halves = [Span(span.start, middle), Span(middle, span.end)]
    counted = zip(halves, count_tokens([half.of(text) for half in halves]), strict=True)
    return [piece for half, tokens in counted for piece in _cut(text, half, tokens, count_tokens, budget)]


def _best_cut(text: str, span: Span) -> int:
    middle, length = (span.start + span.end) // 2, span.end - span.start
    for pattern, reach in ((_CLAUSE, 0.35), (_SPACE, 0.5)):
        ends = [match.end() for match in pattern.finditer(text, span.start, span.end)]
        ends = [end for end in ends if span.start < end < span.end and abs(end - middle) <= reach * length]
        if ends:
            return min(ends, key=lambda end: abs(end - middle))
    while middle > span.start + 1 and (unicodedata.combining(text[middle]) or text[middle] == "\u200d"):
        middle -= 1
    return middle


def _groups(counts: list[int], budget: int) -> list[slice]:
    """Runs of neighbours within the budget: as few as can be, and among those the sizes with the least squares."""
    best: list[tuple[int, int, int]] = [(0, 0, 0)]  # groups, sum of squares, start of the last group
    for end in range(1, len(counts) + 1):
        options = []
        size = 0
        for start in range(end - 1, -1, -1):
            size += counts[start]
            if size > budget and start < end - 1:
                break
            options.append((best[start][0] + 1, best[start][1] + size * size, start))
        best.append(min(options))
    groups: list[slice] = []
    end = len(counts)
    while end:
        groups.append(slice(best[end][2], end))
        end = best[end][2]
    return groups[::-1]
