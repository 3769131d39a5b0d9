"""A text of the user's own → each of its sentences held against the archive, with slices of it and what is wrong.

The checks are those of an answer's claims. Asks no language model, and knows no file that the text came from.
"""

from __future__ import annotations

import re
import string
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, permutations
from threading import Event as Cancel
from typing import Final, NamedTuple

from rag.citations import MARKER, without_markers
from rag.errors import BadInput
from rag.retrieve.evidence import select
from rag.text.names import NONE, OwnNames
from rag.text.normalise import has_letters, question_language
from rag.text.sentences import sentences, trim
from rag.types import (
    MAX_CHECK_CHARS,
    Article,
    Citation,
    Filters,
    Found,
    Language,
    Problem,
    Query,
    Similarity,
    Span,
    Support,
)
from rag.verify.claims import ClaimVerdict, check, context_of

# A text of the user's own → its sentences, as spans of it. Knows no article and checks nothing.
#
# A line break ends a sentence, whatever stands before it: a draft has headings and lists, and its lines are rarely
# wrapped. Signs of a list or a heading, and numbers of citations before a sentence, lie outside.

LONGEST_SENTENCE: Final = 2000
"""Code points; a longer stretch without a sentence's end is checked in parts, cut at white space."""

_LINE: Final = re.compile("[^\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")
_LIST_SIGN: Final = re.compile(r"\s*+(?:(?:[-–—*•·>#]++|\(?\d{1,3}[.)\-](?!\d))\s++)++")
_MARKERS: Final = re.compile(rf"(?:{MARKER.pattern})+")
_INVISIBLE: Final = "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_CLAUSE: Final = re.compile(
    r"[،,؛;:–—][\"”»’')\]]*+\s++(?=\S)|(?<!\s)\s++(?=و\w\w|(?:and|but|while|whereas|فيما|بينما|كما|ثم|لكن)\s)",
    re.IGNORECASE,
)
_CLAUSE_WORDS: Final = 4


def must_be_checkable(text: str, max_chars: int = MAX_CHECK_CHARS) -> None:
    """Raises `BadInput` for a text without a letter or digit, one of more than `max_chars` code points, or no text."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise BadInput("the text is not valid Unicode", where="text", do="send it as UTF-8 text", kind="not_text")
    if len(text) > max_chars:
        raise BadInput(
            f"the text has {len(text)} characters, the limit is {max_chars}",
            where="text",
            do="check it in parts",
            kind="text_long",
            length=len(text),
            limit=max_chars,
        )
    if not any(map(str.isalnum, text)):
        raise BadInput(
            "there is no sentence in the text", where="text", do="give at least one sentence", kind="text_empty"
        )


def draft_sentences(text: str) -> list[Span]:
    """The sentences of a text, in order, without the white space around them.

    What has neither letter nor digit, but in a ``[n]``, is none. A ``[n]`` behind a full stop is the one before's.
    """
    found: list[Span] = []
    for line in _LINE.finditer(text):
        sign = _LIST_SIGN.match(text, *line.span())
        start = sign.end() if sign else line.start()
        for span in _with_their_markers(text, sentences(text, Span(start, line.end()))):
            found += (part for part in _parts(text, trim(text, span)) if _says_something(part.of(text)))
    return found


def is_question(sentence: str) -> bool:
    """Whether a sentence asks. One that ends with a quoted question tells of it."""
    return without_markers(sentence).rstrip(_INVISIBLE + string.whitespace).rstrip("!").endswith(("?", "؟"))


def clause_cuts(sentence: str) -> list[int]:
    """Where a sentence may fall into two statements, each of four words at least: at commas and at “and”."""
    cuts = [match.end() for match in _CLAUSE.finditer(sentence)]
    return [cut for cut in cuts if min(len(sentence[:cut].split()), len(sentence[cut:].split())) >= _CLAUSE_WORDS]


def _with_their_markers(text: str, spans: list[Span]) -> list[Span]:
    given: list[Span] = []
    for span in spans:
        markers = _MARKERS.match(text, *span) if given else None
        if markers:
            given[-1] = Span(given[-1].start, markers.end())
            span = Span(markers.end(), span.end)
        given.append(span)
    return given


def _parts(text: str, span: Span) -> Iterator[Span]:
    start = span.start
    while span.end - start > LONGEST_SENTENCE:
        space = max(text.rfind(sign, start + 1, start + LONGEST_SENTENCE) for sign in " \t\u00a0")
        end = space if space > start else start + LONGEST_SENTENCE
        yield trim(text, Span(start, end))
        start = trim(text, Span(end, span.end)).start
    yield Span(start, span.end)


def _says_something(sentence: str) -> bool:
    return any(map(str.isalnum, without_markers(sentence)))


# Which sentences of the archive may bear a sentence out: one alone, else two that stand together.
#
# Held against figures, dates and names, in code. It measures no meaning and decides nothing: that is
# `rag.generate.check_text`'s.

_CANDIDATES: Final = 8
"""Evidence sentences that a sentence is held against."""

_KEPT: Final = 3
"""Of these, those that are given: the ones with the fewest problems, best found first. As many pairs, at most."""

_REACH: Final = 2
"""How many sentences further in its article the second of two quotes may stand: what lies far apart tells of others."""


class _Quote(NamedTuple):
    """A sentence of the archive."""

    article: Article
    span: Span

    @property
    def text(self) -> str:
        return self.span.of(self.article.text)


class _Option(NamedTuple):
    """What may bear a sentence out: quotes, each with the part of the sentence that it is to bear."""

    parts: tuple[tuple[_Quote, str], ...]
    problems: int

    @property
    def quotes(self) -> tuple[_Quote, ...]:
        """In the order of their articles."""
        return tuple(sorted((quote for quote, _ in self.parts), key=_place))


def _verdict_on(
    sentence: str, quotes: Sequence[_Quote], near: float | None, min_similarity: float, names: OwnNames = NONE
) -> ClaimVerdict:
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


class _Bearing:
    """The options of the sentences of one text; it remembers where the sentences of an article stand."""

    def __init__(self, names: OwnNames = NONE) -> None:
        self._names = names
        self._tiles: dict[tuple[str, str], list[Span]] = {}

    def options(self, sentence: str, found: Found) -> list[_Option]:
        """The single quotes with the fewest problems; behind them, where none is without, pairs that have none."""
        single = [self._alone(sentence, _Quote(item.article, item.span)) for item in select(found, _CANDIDATES)]
        single.sort(key=lambda one: len(one[1].problems))
        best = [_Option(((quote, sentence),), len(verdict.problems)) for quote, verdict in single[:_KEPT]]
        cuts = clause_cuts(sentence) if best and best[0].problems else []
        if not cuts:
            return best
        around = {quote for one, _ in single for quote in self._around(one)} - {quote for quote, _ in single}
        more = [self._alone(sentence, quote) for quote in sorted(around, key=_place)]
        return best + list(islice(self._pairs(sentence, cuts, single + more), _KEPT))

    def _pairs(
        self, sentence: str, cuts: Sequence[int], single: Sequence[tuple[_Quote, ClaimVerdict]]
    ) -> Iterator[_Option]:
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
            option = _Option(((one, sentence[:cut]), (two, sentence[cut:])), 0)
            if not _verdict_on(sentence, option.quotes, None, 0.0, self._names).problems:
                yield option

    def _alone(self, sentence: str, quote: _Quote) -> tuple[_Quote, ClaimVerdict]:
        return quote, _verdict_on(sentence, [quote], None, 0.0, self._names)

    def _around(self, quote: _Quote) -> Iterator[_Quote]:
        """The sentences that stand by a quote in its article, on either side."""
        article = quote.article
        key = (article.id, article.sha256)
        if key not in self._tiles:
            self._tiles[key] = [one for body in article.body for one in sentences(article.text, body)]
        tiles = self._tiles[key]
        place = bisect_right(tiles, quote.span.start, key=lambda one: one.start) - 1
        for tile in tiles[max(0, place - _REACH) : place + _REACH + 1]:
            span = trim(article.text, tile)
            if has_letters(span.of(article.text)) and not span.contains(quote.span):
                yield _Quote(article, span)


def _place(quote: _Quote) -> tuple[str, Span]:
    return quote.article.id, quote.span


SearchMany = Callable[[Sequence[Query]], Iterator[Found]]
"""Queries → what each finds, in their order, all in one generation."""

BLOCK: Final = 16
"""Sentences whose meanings are measured together."""

_NOTHING: Final[dict[Language, str]] = {
    "en": "Nothing was found in the archive for this sentence.",
    "ar": "لم يُعثر في الأرشيف على شيء لهذه الجملة.",
}
_QUESTION: Final[dict[Language, str]] = {
    "en": "This is a question: it states nothing that could be held against the archive.",
    "ar": "هذا سؤال، ولا يذكر شيئا يمكن التحقق منه في الأرشيف.",
}


@dataclass(frozen=True, slots=True)
class Checked:
    """One sentence of a text after its checks: ``text[span.start:span.end] == sentence``, in code points.

    `citations` are what supports it or, where nothing does, what comes nearest; they are numbered by order of
    appearance in the whole text. Spans of `problems` are in code points of `sentence`; `score` is in [0, 1].
    """

    sentence: str
    span: Span
    support: Support
    score: float
    citations: tuple[Citation, ...]
    problems: tuple[Problem, ...]

    @property
    def states(self) -> bool:
        """Whether it states something. A question does not: it is unsupported, and no fault of the text."""
        return not any(problem.kind == "question" for problem in self.problems)

    @property
    def fails(self) -> bool:
        return self.states and self.support == "unsupported"


def check_text(
    text: str,
    *,
    search: SearchMany,
    similarity: Similarity,
    min_similarity: float,
    filters: Filters,
    top_k: int,
    names: OwnNames = NONE,
    cancel: Cancel | None = None,
) -> Iterator[Checked]:
    """Each sentence of `text`, in order, as soon as its block is checked; no more once `cancel` is set.

    `names` are the user's own. Raises what the search raises.
    """
    spans = draft_sentences(text)
    queries = [_query(span.of(text), filters, top_k) for span in spans if not is_question(span.of(text))]
    founds = search(queries)
    checking = _Checking(similarity, min_similarity, names)
    rest = iter(spans)
    while block := [(span, span.of(text)) for span in islice(rest, BLOCK)]:
        if cancel is not None and cancel.is_set():
            return
        yield from checking.block(
            [(span, sentence, None if is_question(sentence) else next(founds)) for span, sentence in block]
        )


def _query(sentence: str, filters: Filters, top_k: int) -> Query:
    words = " ".join(without_markers(sentence).split())
    return Query(words, words, question_language(words), filters, top_k)


class _Checking:
    """The checks of one text, and its citations so far."""

    def __init__(self, similarity: Similarity, min_similarity: float, names: OwnNames) -> None:
        self._similarity = similarity
        self._min_similarity = min_similarity
        self._names = names
        self._bearing = _Bearing(names)
        self._citations: dict[tuple[str, Span], Citation] = {}

    def block(self, block: Sequence[tuple[Span, str, Found | None]]) -> Iterator[Checked]:
        """Sentences with what was found for each; None stands for a question, for which nothing is searched."""
        options = [self._bearing.options(sentence, found) if found else [] for _, sentence, found in block]
        nearness = self._nearness(option for several in options for option in several)
        for (span, sentence, found), several in zip(block, options, strict=True):
            if several:
                yield self._best(span, sentence, [(option, next(nearness)) for option in several])
            else:
                kind, said = ("question", _QUESTION) if found is None else ("citation", _NOTHING)
                problem = Problem(kind, Span(0, len(sentence)), said[question_language(sentence)])
                yield Checked(sentence, span, "unsupported", 0.0, (), (problem,))

    def _best(self, span: Span, sentence: str, measured: Sequence[tuple[_Option, float]]) -> Checked:
        """What supports a sentence best; where nothing does, what comes nearest, with the fewest problems."""
        verdicts = [
            (_verdict_on(sentence, option.quotes, near, self._min_similarity, self._names), near, option)
            for option, near in measured
        ]
        verdict, _, option = min(verdicts, key=lambda one: (len(one[0].problems), -one[0].score, -one[1]))
        citations = tuple(self._cite(quote) for quote in option.quotes)
        return Checked(sentence, span, verdict.support, verdict.score, citations, verdict.problems)

    def _nearness(self, options: Iterable[_Option]) -> Iterator[float]:
        """How near quotes are in meaning to the parts that they are to bear; of two, the one that is farther."""
        counted: list[int] = []
        stated: list[str] = []
        quoted: list[str] = []
        for option in options:
            counted.append(len(option.parts))
            stated += [without_markers(part) for _, part in option.parts]
            quoted += [quote.text for quote, _ in option.parts]
        cosines = iter(self._similarity(stated, quoted) if stated else [])
        for count in counted:
            yield min(islice(cosines, count))

    def _cite(self, quote: _Quote) -> Citation:
        key = (quote.article.id, quote.span)
        if key not in self._citations:
            self._citations[key] = Citation.cut(len(self._citations) + 1, quote.article, quote.span)
        return self._citations[key]
