"""One question → its record: what was searched and found, what was answered, and where the gold stands in both."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from eval.alce import Judge, Statement, recall_and_precision
from eval.gold import CurrentTexts, Places
from eval.ranking import DEPTH
from eval.records import AnswerRecord, CitationRecord, ClaimRecord, Ranked, Record, Search
from eval.sets import Question
from rag.citations import verbatim, without_markers
from rag.retrieve.abstention import Policy, direction, told
from rag.retrieve.evidence import select
from rag.retrieve.silence import verdict
from rag.retrieve.unstated import unstated_figures
from rag.types import Answer, Citation, Claim, Evidence, Found, Hit, Query
from rag.types import Search as Searches

Validity = Callable[[Citation], bool]


def observe(
    question: Question,
    query: Callable[[int], Query],
    corpus: CurrentTexts,
    search: Searches,
    policy: Policy,
    answer: Callable[[Query], Answer] | None,
    valid: Validity,
    judges: Mapping[str, Judge],
    clock: Callable[[], float] = time.monotonic,
) -> Record:
    """Ask one question. `query` makes its query for so many passages, 0 for as many as the product asks for.

    Without `answer` it is only searched.
    """
    places = corpus.places(question)
    asked = query(0)
    started = clock()
    found = search(query(DEPTH))
    milliseconds = (clock() - started) * 1000
    answered = answer(asked) if answer else None
    product = replace(found, hits=found.hits[: asked.top_k])
    judged = verdict(asked, product, policy)
    return Record(
        id=question.id,
        question=question.question,
        language=question.language,
        direction=_direction(question, corpus, found),
        answerable=question.answerable,
        accepted=list(question.accepted),
        tags=list(question.tags),
        search=_search(found, question.question, places, milliseconds),
        refused=judged == "absent",
        unclear=judged == "unclear",
        unstated=bool(unstated_figures(asked.searched, product)),
        read=found.probability is not None,
        answer=_answer(answered, places, valid, judges) if answered else None,
    )


def _direction(question: Question, corpus: CurrentTexts, found: Found) -> str:
    """By what answers, where that is known; else by the best that was found."""
    known = next((corpus.languages[place.source] for place in question.gold if place.source in corpus.languages), None)
    return f"{question.language}-{known}" if known else direction(question.language, found)


def _search(found: Found, question: str, places: Places, milliseconds: float) -> Search:
    seen: dict[str, Ranked] = {}
    for hit in found.hits:
        seen.setdefault(hit.passage.article_id, _ranked(found, hit, places.of_articles(hit)))
    return Search(
        passages=[_ranked(found, hit, places.of_hit(hit)) for hit in found.hits],
        articles=list(seen.values()),
        sentences=[_sentence(item, places.of_sentence(item)) for item in select(found, DEPTH, question)],
        passage_units=places.passage_units(),
        article_units=places.article_units(),
        span_units=places.span_units(),
        score=told(found) if found.hits else None,
        milliseconds=milliseconds,
    )


def _ranked(found: Found, hit: Hit, covers: list[int]) -> Ranked:
    source, (start, end) = found.articles[hit.passage.article_id].source, hit.passage.span
    return Ranked(source=source, start=start, end=end, score=hit.score, covers=covers)


def _sentence(item: Evidence, covers: list[int]) -> Ranked:
    start, end = item.span
    return Ranked(source=item.article.source, start=start, end=end, score=item.score, covers=covers, text=item.text)


def _answer(answer: Answer, places: Places, valid: Validity, judges: Mapping[str, Judge]) -> AnswerRecord:
    cited = {one.number: one for one in answer.citations}
    statements = [
        Statement(
            without_markers(claim.text), tuple(_premise(cited[number]) for number in claim.citations if number in cited)
        )
        for claim in answer.claims
    ]
    usage, timings = answer.usage, answer.timings
    return AnswerRecord(
        status=answer.status,
        claims=[_claim(claim, answer.citations) for claim in answer.claims],
        citations=[_citation(one, places, valid) for one in answer.citations],
        short=_short(answer),
        probability=answer.probability,
        generator=answer.generator,
        rejected=len(answer.rejected),
        removed=len(answer.removed),
        notices=[notice.kind for notice in answer.notices],
        cut=answer.cut,
        to_evidence=timings.search,
        first_token=timings.first_token,
        total=timings.total,
        prompt_tokens=usage.prompt_tokens if usage else None,
        completion_tokens=usage.completion_tokens if usage else None,
        covered=sorted({at for one in answer.citations for at in places.of_span(one.source, one.span)}),
        judged={name: recall_and_precision(statements, judge) for name, judge in judges.items()},
    )


def _claim(claim: Claim, citations: Sequence[Citation]) -> ClaimRecord:
    own = without_markers(claim.text)
    taken: set[str | None] = set()
    for one in citations:
        quoted = [one.quote] + ([one.marked.of(one.article.text)] if one.marked else [])
        taken |= {*map(verbatim, quoted), one.source, one.title, one.outlet, one.published}
    for words in sorted(filter(None, taken), key=len, reverse=True):  # a quote before the words marked in it
        own = own.replace(words, " ")
    return ClaimRecord(
        text=claim.text,
        own=" ".join(own.split()),
        citations=list(claim.citations),
        supported=claim.support == "supported",
        problems=[problem.kind for problem in claim.problems],
    )


def _citation(citation: Citation, places: Places, valid: Validity) -> CitationRecord:
    return CitationRecord(
        number=citation.number,
        source=citation.source,
        start=citation.span.start,
        end=citation.span.end,
        quote=citation.quote,
        marked=citation.marked.of(citation.article.text) if citation.marked else None,
        marked_at=citation.marked.start - citation.span.start if citation.marked else None,
        valid=valid(citation),
        gold=places.holds(citation.source, citation.span),
    )


def _short(answer: Answer) -> str:
    """The likeliest short answer, else the words that were pointed at, else all that is quoted."""
    if answer.short:
        return answer.short[0].text
    pointed = next((one.marked.of(one.article.text) for one in answer.citations if one.marked), None)
    return pointed if pointed is not None else "\n".join(one.quote for one in answer.citations)


def _premise(citation: Citation) -> str:
    """A quote as a judge reads it, with what its article states about itself, as ALCE gives title and text."""
    told = (citation.title, citation.outlet, citation.published, citation.source, citation.quote)
    return "\n".join(part for part in told if part)
