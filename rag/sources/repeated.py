"""Lines that stand at the edges of many articles of one outlet or folder: what it says under each, and no news.

A pure function over what was read; nothing in the ingest calls it yet (docs/decisions.md says why and what it gains).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

AT_EDGE: Final = 4
"""Lines of the body, from the first and from the last one, that are its edges."""
LEAST: Final = 5
"""Articles, each with another line beside it, that a line must stand in: copies of one article are one."""
LONGEST: Final = 200
_BUCKETS: Final = 1 << 20


class Edged(NamedTuple):
    """An article by its group, an outlet or a folder, and the lines of its body in normal form, in order."""

    group: str
    lines: Sequence[str]


def repeated_lines(articles: Callable[[], Iterable[Edged]], least: int = LEAST) -> dict[str, frozenset[str]]:
    """The lines, by group, that stand at the edges of at least `least` articles beside different lines.

    `articles` is called twice and streamed. The first pass counts into 2^20 buckets, the second keeps only lines
    whose bucket is full enough (the algorithm of Park, Chen and Yu, SIGMOD 1995), so that memory grows with what is
    repeated and not with what is read. What is found depends on the articles alone, not on their order.
    """
    counts = bytearray(_BUCKETS)
    for article in articles():
        for line, _ in _edges(article.lines):
            bucket = _bucket(article.group, line)
            counts[bucket] = min(counts[bucket] + 1, least)
    beside: defaultdict[tuple[str, str], set[bytes]] = defaultdict(set)
    for article in articles():
        for line, neighbour in _edges(article.lines):
            if counts[_bucket(article.group, line)] >= least and len(beside[article.group, line]) < least:
                beside[article.group, line].add(hashlib.sha256(neighbour.encode()).digest()[:8])
    found: defaultdict[str, set[str]] = defaultdict(set)
    for (group, line), neighbours in beside.items():
        if len(neighbours) >= least:
            found[group].add(line)
    return {group: frozenset(lines) for group, lines in found.items()}


def outside(lines: Sequence[str], repeated: frozenset[str]) -> set[int]:
    """Which of an article's lines are repeated ones at its edges: those from each end on, without a gap of news."""
    places = range(len(lines))
    gone: set[int] = set()
    for order in (places[:AT_EDGE], places[::-1][:AT_EDGE]):
        for place in order:
            if lines[place] not in repeated:
                break
            gone.add(place)
    return gone if len(gone) < len(lines) else set()


def _edges(lines: Sequence[str]) -> set[tuple[str, str]]:
    """The lines at the edges, each with the one beside it towards the middle that is not at the edge with it."""
    last = len(lines) - 1
    first = {(lines[n], lines[min(AT_EDGE, last)]) for n in range(min(AT_EDGE, last + 1))}
    final = {(lines[last - n], lines[max(last - AT_EDGE, 0)]) for n in range(min(AT_EDGE, last + 1))}
    return {(line, beside) for line, beside in first | final if line != beside and 0 < len(line) <= LONGEST}


def _bucket(group: str, line: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{group}\0{line}".encode()).digest()[:4]) % _BUCKETS
