"""Drafts → claims with citations: what a generator proposed, after its checks. Asks no model but for similarity."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.citations import Ledger, numbers, verbatim, without_markers
from rag.generate.context import with_context
from rag.generate.form import faults
from rag.generate.generators import Pointed, Written
from rag.text.messages import attribution, say
from rag.text.normalise import normalise
from rag.text.own_names import NONE, OwnNames
from rag.types import (
    Cited,
    Claim,
    Evidence,
    Problem,
    Query,
    Rejected,
    Removed,
    ShortAnswer,
    Similarity,
    Span,
    independent,
)
from rag.verify.claims import Verdict, check, context_of

Outcome = Cited | Rejected | Removed


class Review:
    """The claims of one answer as they pass. What fails is replaced by the evidence that it cited."""

    def __init__(
        self,
        query: Query,
        evidence: Sequence[Evidence],
        similarity: Similarity,
        min_similarity: float,
        names: OwnNames = NONE,
    ) -> None:
        self._names = names
        self._query = query
        self._evidence = evidence
        self._similarity = similarity
        self._min_similarity = min_similarity
        self._ledger = Ledger(evidence)
        self._shown: set[int] = set()
        self._texts = [item.text for item in evidence]
        self._said: set[str] = set()
        self._nearness: dict[str, dict[int, float]] = {}

    def pointed(self, draft: Pointed, *, stands_in: bool = False) -> Iterator[Outcome]:
        """A sentence of the source, attributed, the words that answer marked in it; shown once.

        The sentences that it cannot be understood without stand before it in the quote, unless they are shown already.
        `stands_in`: for a model's sentence that was taken out.
        """
        item = draft.evidence
        shown = [one.span for one in self._ledger.citations if one.article.id == item.article.id]
        if item.number in self._shown or any(span.contains(item.span) for span in shown):
            return
        self._shown.add(item.number)
        span = with_context(item.article, item.span)
        if any(span.start < other.end and other.start < span.end for other in shown):
            span = item.span
        citation, new = self._ledger.cite(item, draft.marked, span)
        who = verbatim(attribution(item.article, self._query.language))
        quote = verbatim(citation.quote)
        text = say("reported", self._query.language, who=who, quote=quote)
        score = min(1.0, max(0.0, item.sentence))
        claim = Claim(
            f"{text} [{citation.number}]",
            (citation.number,),
            "supported",
            score,
            stands_in=stands_in,
            independent=independent([citation.behind]),
        )
        short = None
        if draft.marked and draft.probability is not None:
            short = ShortAnswer(citation, draft.marked, draft.probability)
        yield Cited(claim, (citation,) if new else (), short)

    def written(self, draft: Written) -> Iterator[Outcome]:
        """A model's sentence: supported by what it cites, or by the evidence that bears it out, or taken out.

        The best of what it cited stands in the place of one that was taken out. What was said before is not repeated.
        """
        cited, rejected = self._ledger.sort(numbers(draft.text))
        yield from rejected
        bare = without_markers(draft.text)
        said = normalise(bare)[0].strip(" .")
        if not bare or said in self._said:
            return
        self._said.add(said)
        if not draft.whole:
            yield Removed(bare, (self._problem("cut", bare),))
            return
        borne_out, problems = self._borne_out(bare, cited)
        if borne_out:
            yield borne_out
            return
        yield Removed(bare, problems)
        if cited:
            yield from self.pointed(Pointed(max(cited, key=lambda item: self._near(bare, item))), stands_in=True)

    def _borne_out(self, bare: str, cited: list[Evidence]) -> tuple[Cited | None, tuple[Problem, ...]]:
        """The claim that a sentence is, or else what is wrong with it."""
        against = cited or self._evidence
        language = self._query.language
        faulty = tuple(faults(bare, [item.text for item in against], self._texts, language))
        if cited:
            verdict = self._verdict(bare, cited)
            if verdict.support == "supported" and not faulty:
                return self._claim(bare, self._needed(bare, cited), verdict), ()
            return None, (*faulty, *verdict.problems)
        for item in sorted(against, key=lambda item: -self._near(bare, item)):
            verdict = self._verdict(bare, [item])
            if verdict.support == "supported" and not any(faults(bare, [item.text], self._texts, language)):
                return self._claim(bare, [item], verdict), ()
        return None, (self._problem("citation", bare), *faulty, *self._verdict(bare, against).problems)

    def _claim(self, bare: str, cited: Sequence[Evidence], verdict: Verdict) -> Cited:
        found = [self._ledger.cite(item) for item in cited]
        self._shown.update(item.number for item in cited)
        markers = "".join(f"[{citation.number}]" for citation, _ in found)
        claim = Claim(
            f"{verbatim(bare)} {markers}",
            tuple(citation.number for citation, _ in found),
            "supported",
            verdict.score,
            independent=independent([citation.behind for citation, _ in found]),
        )
        return Cited(claim, tuple(citation for citation, new in found if new))

    def _needed(self, bare: str, cited: list[Evidence]) -> list[Evidence]:
        """Those of the cited sentences that bear the claim out alone; all of them where none does."""
        alone = [item for item in cited if self._verdict(bare, [item]).support == "supported"] if cited[1:] else cited
        return alone or cited

    def _verdict(self, bare: str, cited: Sequence[Evidence]) -> Verdict:
        return check(
            bare,
            [item.text for item in cited],
            similarity=max((self._near(bare, item) for item in cited), default=None),
            min_similarity=self._min_similarity,
            question=self._query.question,
            language=self._query.language,
            contexts=[context_of(item.article, item.span) for item in cited],
            names=self._names,
        )

    def _near(self, bare: str, item: Evidence) -> float:
        """The cosine of a sentence and a piece of evidence; all of the evidence is asked about at once, and once."""
        if bare not in self._nearness:
            cosines = self._similarity([bare] * len(self._texts), self._texts)
            self._nearness = {bare: {one.number: at for one, at in zip(self._evidence, cosines, strict=True)}}
        return self._nearness[bare][item.number]

    def _problem(self, kind: str, text: str) -> Problem:
        return Problem(kind, Span(0, len(text)), say(f"no_{kind}", self._query.language))
