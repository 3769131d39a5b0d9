"""A text of the user's own → each of its sentences held against the archive, with slices of it and what is wrong.

The checks are those of an answer's claims. Asks no language model, and knows no file that the text came from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from threading import Event as Cancel
from typing import Final

from rag.citations import without_markers
from rag.generate.bearing import Bearing, Option, Quote, verdict_on
from rag.generate.draft import draft_sentences, is_question
from rag.text.normalise import question_language
from rag.text.own_names import NONE, OwnNames
from rag.types import Citation, Filters, Found, Language, Problem, Query, Similarity, Span, Support

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
        self._bearing = Bearing(names)
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

    def _best(self, span: Span, sentence: str, measured: Sequence[tuple[Option, float]]) -> Checked:
        """What supports a sentence best; where nothing does, what comes nearest, with the fewest problems."""
        verdicts = [
            (verdict_on(sentence, option.quotes, near, self._min_similarity, self._names), near, option)
            for option, near in measured
        ]
        verdict, _, option = min(verdicts, key=lambda one: (len(one[0].problems), -one[0].score, -one[1]))
        citations = tuple(self._cite(quote) for quote in option.quotes)
        return Checked(sentence, span, verdict.support, verdict.score, citations, verdict.problems)

    def _nearness(self, options: Iterable[Option]) -> Iterator[float]:
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

    def _cite(self, quote: Quote) -> Citation:
        key = (quote.article.id, quote.span)
        if key not in self._citations:
            self._citations[key] = Citation.cut(len(self._citations) + 1, quote.article, quote.span)
        return self._citations[key]
