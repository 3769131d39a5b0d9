"""Chunk articles into passages: whole sentences up to a token budget, as spans.

The passages of a body span tile it: joined, they give it back. None crosses a body span's boundary.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Final

from rag.errors import Undecodable
from rag.extract.base import Refusal
from rag.text.normalise import has_letters
from rag.text.sentences import sentences
from rag.types import Article, Passage, Span

# Chunks the articles of a file, and collects those that are refused, each by its name.

Chunker = Callable[[Article], list[Passage]]
_Member = tuple[Article, list[Passage]] | Refusal


def members(found: Iterable[Article | Refusal], split: Chunker, source: str) -> Iterator[_Member]:
    """Each article of a file with its passages, or the reason why it is refused; one is in memory at a time.

    Raises `Undecodable` at the end if the file has no article: the first reason then represents all refusals.
    """
    names: set[str | None] = set()
    refused: Counter[str] = Counter()
    first: Refusal | None = None
    taken = False
    for one in found:
        article = _with_passages(one, names, split) if isinstance(one, Article) else one
        taken = taken or not isinstance(article, Refusal)
        if isinstance(article, Refusal):
            first = first or article
            refused[article.member] += 1
            again = refused[article.member]
            article = article if again == 1 else replace(article, member=f"{article.member} ({again})")
        yield article
    if not taken:
        raise _nothing(first, refused.total(), source)


def _nothing(first: Refusal | None, refused: int, source: str) -> Undecodable:
    if first is None:
        return Undecodable("it holds no article", where=source, do="delete it, or fill it")
    more = f" (and {refused - 1} more)" if refused > 1 else ""
    return Undecodable(f"it holds no article: {first.member}: {first.reason}{more}", where=source, do=first.do)


def _with_passages(article: Article, names: set[str | None], split: Chunker) -> _Member:
    if article.member in names:
        return Refusal(article.member or "", "another article of the file has the same name", "rename one of them")
    names.add(article.member)
    passages = split(article)
    if passages:
        return article, passages
    nothing = Undecodable("it holds no text to search", where=article.source, do="delete it, or fill it")
    if article.member is None:
        raise nothing
    return Refusal(article.member, nothing.what, nothing.do)


_CLAUSE: Final = re.compile(r"[،,؛;:–—][\"”»’')\]]*\s+|\s[–—-]\s+")
_SPACE: Final = re.compile(r"\s+")


def split(article: Article, count_tokens: Callable[[list[str]], list[int]], budget: int) -> list[Passage]:
    """The passages of `article`, in order, each of at most `budget` tokens.

    `count_tokens` returns the token count of each text; it is called once for all sentences. A sentence over the budget
    is cut at clause punctuation, else at a space, else between characters. A stretch without letters is merged with its
    neighbour, even over the budget; a body span without letters has no passage. The number of passages is minimal, and
    their sizes are as even as sentences allow. Raises `ValueError` for a budget under 1.
    """
    if budget < 1:
        raise ValueError(f"the token budget of a passage must be at least 1, not {budget}")
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
    """Append a piece; merge it with the previous one if either has no letters."""
    if pieces and not (has_letters(piece.of(text)) and has_letters(pieces[-1][0].of(text))):
        last, tokens = pieces.pop()
        piece, count = Span(last.start, piece.end), tokens + count
    pieces.append((piece, count))


def _cut(
    text: str, span: Span, count: int, count_tokens: Callable[[list[str]], list[int]], budget: int
) -> list[tuple[Span, int]]:
    """`span` in pieces within the budget, with their token counts: halved at the best place until each fits."""
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
    """Runs of neighbours within the budget: as few as possible, and among those with the least sum of squared sizes."""
    best: list[tuple[int, int, int]] = [(0, 0, 0)]  # number of groups, sum of squares, start of the last group
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
