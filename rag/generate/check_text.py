"""Check a user's own text: each sentence is compared with the archive and returned with citations and problems.

The checks are the same as for the claims of an answer. No language model is called.
"""

from __future__ import annotations

import re
import string
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, permutations, repeat
from threading import Event as Cancel
from typing import Final, NamedTuple

from rag.citations import MARKER, blanked, without_markers
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
    Verified,
    Verify,
)
from rag.verify.claims import ClaimVerdict, check, context_of

# Splits a text to check into sentences, as spans of the text.
#
# A line break always ends a sentence: a draft has headings and lists, and its lines are rarely wrapped. Spans exclude
# list and heading markers and citation numbers before a sentence.

LONGEST_SENTENCE: Final = 2000
"""Code points; a longer stretch without a sentence end is checked in parts, cut at white space."""

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
    """Raise `BadInput` if `text` is invalid Unicode, has more than `max_chars` code points or has no letter or
    digit."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise BadInput("the text is not valid Unicode", where="text", do="send it as UTF-8 text", kind="not_text")
    if len(text) > max_chars:
        raise BadInput(
            f"the text has {len(text)} characters, the limit is {max_chars}",
            where="text",
            do="shorten it, or check it in parts",
            kind="text_long",
            length=len(text),
            limit=max_chars,
        )
    if not any(map(str.isalnum, text)):
        raise BadInput("the text has no sentence", where="text", do="give at least one sentence", kind="text_empty")


def draft_sentences(text: str) -> list[Span]:
    """Spans of the sentences of a text, in order, without surrounding white space.

    A stretch without a letter or digit outside ``[n]`` is not a sentence. A ``[n]`` after a full stop belongs to the
    sentence before it.
    """
    found: list[Span] = []
    for line in _LINE.finditer(text):
        sign = _LIST_SIGN.match(text, *line.span())
        start = sign.end() if sign else line.start()
        for span in _with_their_markers(text, sentences(text, Span(start, line.end()))):
            found += (part for part in _parts(text, trim(text, span)) if _says_something(part.of(text)))
    return found


def is_question(sentence: str) -> bool:
    """Whether a sentence asks a question. A sentence that ends with a quoted question is a statement."""
    return without_markers(sentence).rstrip(_INVISIBLE + string.whitespace).rstrip("!").endswith(("?", "؟"))


def clause_cuts(sentence: str) -> list[int]:
    """Offsets where a sentence may split into two statements of at least four words each: at commas and at “and”."""
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


# Candidate sentences of the archive that may support a sentence: one alone, else two that are close together.
#
# Compares figures, dates and names by rules. Similarity and the final decision follow in `_Checking`.

_CANDIDATES: Final = 8
"""Number of evidence sentences that a sentence is compared with."""

_KEPT: Final = 3
"""Number of candidates kept: those with the fewest problems, in search order. Also the maximum number of pairs."""

_REACH: Final = 2
"""Maximum distance, in sentences, between two quotes of a pair: distant sentences are often about other subjects."""


class _Quote(NamedTuple):
    """A sentence of an article in the archive."""

    article: Article
    span: Span

    @property
    def text(self) -> str:
        return self.span.of(self.article.text)


class _Option(NamedTuple):
    """A candidate for supporting a sentence: quotes, each with the part of the sentence that it must support."""

    parts: tuple[tuple[_Quote, str], ...]
    problems: int

    @property
    def quotes(self) -> tuple[_Quote, ...]:
        """The quotes in article order."""
        return tuple(sorted((quote for quote, _ in self.parts), key=_place))


def _verdict_on(
    sentence: str,
    quotes: Sequence[_Quote],
    near: float | None,
    min_similarity: float,
    names: OwnNames = NONE,
    verified: Verified | None = None,
) -> ClaimVerdict:
    """Check a sentence as a claim against `quotes`. `near` is their cosine, None if it was not measured.

    `names` are the user's own names; `verified` is what a verifier makes of sentence and quotes.
    """
    return check(
        sentence,
        [quote.text for quote in quotes],
        similarity=near,
        min_similarity=min_similarity,
        language=question_language(sentence),
        contexts=[context_of(quote.article, quote.span) for quote in quotes],
        names=names,
        verified=verified,
    )


class _Bearing:
    """Finds candidate quotes for the sentences of one text; caches the sentence spans of each article."""

    def __init__(self, names: OwnNames = NONE) -> None:
        self._names = names
        self._tiles: dict[tuple[str, str], list[Span]] = {}

    def options(self, sentence: str, found: Found) -> list[_Option]:
        """Single quotes with the fewest problems; if each has problems, also pairs that together have none."""
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
        """Pairs of close quotes: one supports the start of the sentence, the other supports the rest.

        Each part must be supported by its own quote. If figures and names could come from anywhere in both quotes, a
        sentence with one name exchanged would also pass.
        """
        for (one, first), (two, second) in permutations(single, 2):
            # The first quote may lack only what follows the cut, the second only what precedes it.
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
        """Sentences within `_REACH` of a quote in its article, on either side."""
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


def _rank(verdict: ClaimVerdict, near: float) -> tuple[bool, int, float]:
    """Sort key of the candidates of a sentence: those that support it first, by score; then those with the fewest
    problems of the rules, the nearest first."""
    if verdict.support == "supported":
        return False, 0, -verdict.score
    return True, sum(problem.kind != "doubt" for problem in verdict.problems), -near


def _place(quote: _Quote) -> tuple[str, Span]:
    return quote.article.id, quote.span


SearchMany = Callable[[Sequence[Query]], Iterator[Found]]
"""Queries → the search result of each, in order, all from one index generation."""

_BLOCK: Final = 16
"""Number of sentences whose similarities are computed in one batch."""

_NOTHING: Final[dict[Language, str]] = {
    "en": "Nothing was found in the archive for this sentence.",
    "ar": "لم يُعثر في الأرشيف على شيء لهذه الجملة.",
}
_QUESTION: Final[dict[Language, str]] = {
    "en": "This is a question: it states nothing that can be compared with the archive.",
    "ar": "هذا سؤال، ولا يذكر شيئا يمكن التحقق منه في الأرشيف.",
}


@dataclass(frozen=True, slots=True)
class Checked:
    """One checked sentence of a text: ``text[span.start:span.end] == sentence``, in code points.

    `citations` support the sentence or, if it is unsupported, are the nearest quotes; they are numbered by order of
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
        """Whether the sentence is a statement. A question is unsupported, but that is no fault of the text."""
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
    verify: Verify | None = None,
) -> Iterator[Checked]:
    """Yield each sentence of `text`, in order, as soon as its block is checked; stop once `cancel` is set.

    `names` are the user's own names; `verify` reads sentences with their candidates. Raises what the search raises.
    """
    spans = draft_sentences(text)
    queries = [_query(span.of(text), filters, top_k) for span in spans if not is_question(span.of(text))]
    founds = search(queries)
    checking = _Checking(similarity, min_similarity, names, verify)
    rest = iter(spans)
    while block := [(span, span.of(text)) for span in islice(rest, _BLOCK)]:
        if cancel is not None and cancel.is_set():
            return
        yield from checking.block(
            [(span, sentence, None if is_question(sentence) else next(founds)) for span, sentence in block]
        )


def _query(sentence: str, filters: Filters, top_k: int) -> Query:
    words = " ".join(without_markers(sentence).split())
    return Query(words, words, question_language(words), filters, top_k)


class _Checking:
    """Checks of one text, with the citations numbered so far."""

    def __init__(
        self, similarity: Similarity, min_similarity: float, names: OwnNames, verify: Verify | None = None
    ) -> None:
        self._verify = verify
        self._similarity = similarity
        self._min_similarity = min_similarity
        self._names = names
        self._bearing = _Bearing(names)
        self._citations: dict[tuple[str, Span], Citation] = {}

    def block(self, block: Sequence[tuple[Span, str, Found | None]]) -> Iterator[Checked]:
        """Check sentences with their search results; None marks a question, for which there is no search."""
        options = [self._bearing.options(sentence, found) if found else [] for _, sentence, found in block]
        nearness = self._nearness(option for several in options for option in several)
        stated = [sentence for (_, sentence, _), several in zip(block, options, strict=True) for _ in several]
        verified = self._verified(stated, [option for several in options for option in several])
        for (span, sentence, found), several in zip(block, options, strict=True):
            if several:
                measured = [(option, next(nearness), next(verified)) for option in several]
                yield self._best(span, sentence, measured)
            else:
                kind, said = ("question", _QUESTION) if found is None else ("citation", _NOTHING)
                problem = Problem(kind, Span(0, len(sentence)), said[question_language(sentence)])
                yield Checked(sentence, span, "unsupported", 0.0, (), (problem,))

    def _best(self, span: Span, sentence: str, measured: Sequence[tuple[_Option, float, Verified | None]]) -> Checked:
        """Result with the candidate that supports the sentence best, else with the nearest one with the fewest
        problems."""
        verdicts = [
            (_verdict_on(sentence, option.quotes, near, self._min_similarity, self._names, verified), near, option)
            for option, near, verified in measured
        ]
        verdict, _, option = min(verdicts, key=lambda one: _rank(one[0], one[1]))
        citations = tuple(self._cite(quote) for quote in option.quotes)
        return Checked(sentence, span, verdict.support, verdict.score, citations, verdict.problems)

    def _verified(self, stated: Sequence[str], options: Sequence[_Option]) -> Iterator[Verified | None]:
        """What the verifier makes of each sentence beside the quotes of its candidate."""
        if self._verify is None or not options:
            return repeat(None)
        quoted = [" ".join(quote.text for quote in option.quotes) for option in options]
        return iter(self._verify([blanked(one) for one in stated], quoted))

    def _nearness(self, options: Iterable[_Option]) -> Iterator[float]:
        """Cosine of each candidate's quotes and the parts they must support; for a pair, the lower of the two."""
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
