"""Drafts → claims with citations: what a generator proposed, after its checks. Asks no model but for similarity."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rag.citations import Ledger, numbers, verbatim, without_markers
from rag.claims import Verdict, check, context_of
from rag.generators import Pointed, Written
from rag.phrases import attribution, say
from rag.types import Cited, Claim, Evidence, Problem, Query, Rejected, Removed, Similarity, Span

_MOSTLY = 0.8
"""Words that cover this share of their sentence are not repeated before it."""

Outcome = Cited | Rejected | Removed


class Review:
    """The claims of one answer as they pass. What fails is replaced by the evidence that it cited."""

    def __init__(
        self, query: Query, evidence: Sequence[Evidence], similarity: Similarity, min_similarity: float
    ) -> None:
        self._query = query
        self._evidence = evidence
        self._similarity = similarity
        self._min_similarity = min_similarity
        self._ledger = Ledger(evidence)
        self._shown: set[int] = set()

    def pointed(self, draft: Pointed, *, leading: bool = True) -> Iterator[Outcome]:
        """A sentence of the source, attributed, the words that answer marked in it; shown once.

        When `leading`, those words stand before it too.
        """
        item = draft.evidence
        if item.number in self._shown:
            return
        self._shown.add(item.number)
        citation, new = self._ledger.cite(item, draft.marked)
        who = verbatim(attribution(item.article, self._query.language))
        quote = verbatim(item.text)
        marked = draft.marked
        if leading and marked and (marked.end - marked.start) < _MOSTLY * (item.span.end - item.span.start):
            words = verbatim(marked.of(item.article.text))
            text = say("pointed", self._query.language, words=words, who=who, quote=quote)
        else:
            text = say("reported", self._query.language, who=who, quote=quote)
        score = min(1.0, max(0.0, item.sentence))
        claim = Claim(f"{text} [{citation.number}]", (citation.number,), "supported", score)
        yield Cited(claim, (citation,) if new else ())

    def written(self, draft: Written) -> Iterator[Outcome]:
        """A model's sentence: supported by what it cites, or by the evidence that bears it out, or replaced."""
        cited, rejected = self._ledger.sort(numbers(draft.text))
        yield from rejected
        bare = without_markers(draft.text)
        if not bare:
            return
        if not draft.whole:
            yield Removed(bare, (_problem("cut", bare, self._query),))
            return
        if cited:
            verdict = self._verdict(bare, cited)
            if verdict.support == "supported":
                yield self._claim(bare, self._needed(bare, cited), verdict)
                return
            yield Removed(bare, verdict.problems)
            for item in cited:
                yield from self.pointed(Pointed(item))
            return
        for item in self._by_similarity(bare):
            verdict = self._verdict(bare, [item])
            if verdict.support == "supported":
                yield self._claim(bare, [item], verdict)
                return
        problem = _problem("citation", bare, self._query)
        verdict = self._verdict(bare, self._evidence)
        yield Cited(Claim(bare, (), "unsupported", verdict.score, (problem, *verdict.problems)), ())

    def _claim(self, bare: str, cited: Sequence[Evidence], verdict: Verdict) -> Cited:
        found = [self._ledger.cite(item) for item in cited]
        self._shown.update(item.number for item in cited)
        markers = "".join(f"[{citation.number}]" for citation, _ in found)
        claim = Claim(
            f"{verbatim(bare)} {markers}",
            tuple(citation.number for citation, _ in found),
            "supported",
            verdict.score,
        )
        return Cited(claim, tuple(citation for citation, new in found if new))

    def _needed(self, bare: str, cited: list[Evidence]) -> list[Evidence]:
        """Those of the cited sentences that bear the claim out alone; all of them where none does."""
        alone = [item for item in cited if self._verdict(bare, [item]).support == "supported"] if cited[1:] else cited
        return alone or cited

    def _verdict(self, bare: str, cited: Sequence[Evidence]) -> Verdict:
        quotes = [item.text for item in cited]
        contexts = [context_of(item.article, item.span) for item in cited]
        nearest = max(self._similarity([bare] * len(quotes), quotes), default=None)
        return check(
            bare,
            quotes,
            similarity=nearest,
            min_similarity=self._min_similarity,
            question=self._query.question,
            language=self._query.language,
            contexts=contexts,
        )

    def _by_similarity(self, bare: str) -> list[Evidence]:
        texts = [item.text for item in self._evidence]
        cosines = self._similarity([bare] * len(texts), texts)
        order = sorted(range(len(texts)), key=lambda place: -cosines[place])
        return [self._evidence[place] for place in order]


_SAID: dict[str, Callable[[Query], str]] = {
    "cut": lambda query: "انقطعت الجملة" if query.language == "ar" else "the sentence was cut off",
    "citation": lambda query: "لا تستند إلى دليل" if query.language == "ar" else "no evidence is cited for it",
}


def _problem(kind: str, text: str, query: Query) -> Problem:
    return Problem(kind, Span(0, len(text)), _SAID[kind](query))
