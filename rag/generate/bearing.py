"""Which sentences of the archive may bear a sentence out: one alone, else two that stand together.

Held against figures, dates and names, in code. It measures no meaning and decides nothing: that is
`rag.generate.check_text`'s.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import islice, permutations
from typing import Final, NamedTuple

from rag.generate.draft import clause_cuts
from rag.retrieve.evidence import select
from rag.text.normalise import has_letters, question_language
from rag.text.own_names import NONE, OwnNames
from rag.text.sentences import sentences, trim
from rag.types import Article, Found, Span
from rag.verify.claims import Verdict, check, context_of

CANDIDATES: Final = 8
"""Evidence sentences that a sentence is held against."""

KEPT: Final = 3
"""Of these, those that are given: the ones with the fewest problems, best found first. As many pairs, at most."""

REACH: Final = 2
"""How many sentences further in its article the second of two quotes may stand: what lies far apart tells of others."""


class Quote(NamedTuple):
    """A sentence of the archive."""

    article: Article
    span: Span

    @property
    def text(self) -> str:
        return self.span.of(self.article.text)


class Option(NamedTuple):
    """What may bear a sentence out: quotes, each with the part of the sentence that it is to bear."""

    parts: tuple[tuple[Quote, str], ...]
    problems: int

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """In the order of their articles."""
        return tuple(sorted((quote for quote, _ in self.parts), key=_place))


def verdict_on(
    sentence: str, quotes: Sequence[Quote], near: float | None, min_similarity: float, names: OwnNames = NONE
) -> Verdict:
    """The one place that asks for the checks of a claim; `near` is the cosine, None where it was not measured.

    `names` are the user's own.
    """
    return check(
        sentence,
        [quote.text for quote in quotes],
        similarity=near,
        min_similarity=min_similarity,
        language=question_language(sentence),
        contexts=[context_of(quote.article, quote.span) for quote in quotes],
        names=names,
    )


class Bearing:
    """The options of the sentences of one text; it remembers where the sentences of an article stand."""

    def __init__(self, names: OwnNames = NONE) -> None:
        self._names = names
        self._tiles: dict[tuple[str, str], list[Span]] = {}

    def options(self, sentence: str, found: Found) -> list[Option]:
        """The single quotes with the fewest problems; behind them, where none is without, pairs that have none."""
        single = [self._alone(sentence, Quote(item.article, item.span)) for item in select(found, CANDIDATES)]
        single.sort(key=lambda one: len(one[1].problems))
        best = [Option(((quote, sentence),), len(verdict.problems)) for quote, verdict in single[:KEPT]]
        cuts = clause_cuts(sentence) if best and best[0].problems else []
        if not cuts:
            return best
        around = {quote for one, _ in single for quote in self._around(one)} - {quote for quote, _ in single}
        more = [self._alone(sentence, quote) for quote in sorted(around, key=_place)]
        return best + list(islice(self._pairs(sentence, cuts, single + more), KEPT))

    def _pairs(self, sentence: str, cuts: Sequence[int], single: Sequence[tuple[Quote, Verdict]]) -> Iterator[Option]:
        """Two quotes that stand together, of which one bears the beginning of the sentence and the other its end.

        A sentence of two statements rests on them so. Figures and names from anywhere in two quotes would also bear
        out a sentence in which one name was exchanged.
        """
        for (one, first), (two, second) in permutations(single, 2):
            # The first may lack only what comes after the cut, the second only what comes before it.
            after = min((problem.span.start for problem in first.problems), default=len(sentence))
            before = max((problem.span.end for problem in second.problems), default=0)
            cut = next((cut for cut in cuts if before <= cut <= after), None)
            if cut is None or two not in self._around(one):
                continue
            option = Option(((one, sentence[:cut]), (two, sentence[cut:])), 0)
            if not verdict_on(sentence, option.quotes, None, 0.0, self._names).problems:
                yield option

    def _alone(self, sentence: str, quote: Quote) -> tuple[Quote, Verdict]:
        return quote, verdict_on(sentence, [quote], None, 0.0, self._names)

    def _around(self, quote: Quote) -> Iterator[Quote]:
        """The sentences that stand by a quote in its article, on either side."""
        article = quote.article
        key = (article.id, article.sha256)
        if key not in self._tiles:
            self._tiles[key] = [one for body in article.body for one in sentences(article.text, body)]
        tiles = self._tiles[key]
        place = bisect_right(tiles, quote.span.start, key=lambda one: one.start) - 1
        for tile in tiles[max(0, place - REACH) : place + REACH + 1]:
            span = trim(article.text, tile)
            if has_letters(span.of(article.text)) and not span.contains(quote.span):
                yield Quote(article, span)


def _place(quote: Quote) -> tuple[str, Span]:
    return quote.article.id, quote.span
