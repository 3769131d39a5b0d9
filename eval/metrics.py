"""A record → the measures of its question, by group. Pure; what cannot be told of a question is None.

An answer that is missing counts as zero wherever there should have been one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, get_args

from eval.matching import contains, exact_match, token_f1
from eval.ranking import Ranking
from eval.records import AnswerRecord, Ranked, Record, Unit
from rag.text.normalise import has_letters, question_language

Group = Literal["retrieval", "answers", "citations", "abstention", "cost"]
GROUPS: Final[tuple[Group, ...]] = get_args(Group)
Values = dict[Group, dict[str, float | None]]

LESS_IS_BETTER: Final = frozenset(
    {
        "citations.rejected",
        "citations.unsupported",
        "citations.removed",
        "abstention.false_answers",
        "abstention.false_refusals",
        "abstention.wrong",
        "abstention.clear_false_answers",
        "abstention.clear_wrong",
        "abstention.unclear",
        "abstention.risk_coverage_area",
    }
)
"""So is everything of the group ``cost``."""

UNCLEAR: Final = "unclear"
"""The kind of the notice that says so."""
SHOWN: Final = 3
"""Without an answer, a question counts as well served where its gold is among so many sentences."""


def less_is_better(name: str) -> bool:
    """Whether a measure, named ``group.measure``, is better when it is smaller."""
    return name in LESS_IS_BETTER or name.startswith("cost.")


def measures(record: Record, *, answers: bool) -> Values:
    """The measures of one question; `answers` says whether the run was to answer, and not to search only."""
    return {
        "retrieval": retrieval(record),
        "answers": _answers(record) if answers else {},
        "citations": _citations(record) if answers else {},
        "abstention": _abstention(record, answers=answers),
        "cost": _cost(record, answers=answers),
    }


def retrieval(record: Record) -> dict[str, float | None]:
    """Recall, reciprocal rank, nDCG and hit rate by passage, by article and by sentence at the gold span."""
    search = record.search
    if not record.answerable:
        return {}
    return {
        **ranking(search.passages, search.passage_units).measures(),
        **ranking(search.articles, search.article_units).measures("article_"),
        **ranking(search.sentences, search.span_units).measures("span_"),
    }


def ranking(ranked: Sequence[Ranked], units: Sequence[Unit]) -> Ranking:
    """What a ranking covers, for `eval.ranking`."""
    return Ranking.of([set(one.covers) for one in ranked], [unit.grade for unit in units])


def _answers(record: Record) -> dict[str, float | None]:
    answer = record.answer
    shown = answer is not None and answer.status != "not_in_corpus"
    found: dict[str, float | None] = {"language": _in_language(record, answer) if answer and shown else None}
    if record.answerable and record.accepted:
        short, text = (answer.short, answer.text) if answer and shown else ("", "")
        found["exact_match"] = exact_match(short, record.accepted)
        found["f1"] = token_f1(short, record.accepted)
        found["contains"] = contains(text, record.accepted)
    return found


def _in_language(record: Record, answer: AnswerRecord) -> float | None:
    """1 where all that the answer itself says is in the question's language; None where it only quotes."""
    own = [claim.own for claim in answer.claims if has_letters(claim.own)]
    return float(all(question_language(words) == record.language for words in own)) if own else None


def _citations(record: Record) -> dict[str, float | None]:
    answer = record.answer
    shown = answer is not None and answer.status != "not_in_corpus"
    cited = answer.citations if answer and shown else []
    found: dict[str, float | None] = {
        "quote_validity": sum(one.valid for one in cited) / len(cited) if cited else None,
        "rejected": float(answer.rejected) if answer and shown else None,
        "removed": float(answer.removed) if answer and shown else None,
        "unsupported": float(sum(not claim.supported for claim in answer.claims)) if answer and shown else None,
        "per_answer": float(len(cited)) if shown else None,
    }
    if record.answerable and record.search.article_units:
        found["gold_precision"] = sum(one.gold for one in cited) / len(cited) if cited else 0.0
        found["gold_recall"] = float(any(one.gold for one in cited))
    if record.answerable or shown:
        for judge, (recall, precision) in (answer.judged if answer else {}).items():
            found[f"recall/{judge}"] = recall if shown else 0.0
            found[f"precision/{judge}"] = precision if shown else 0.0
    return found


def _abstention(record: Record, *, answers: bool) -> dict[str, float | None]:
    refused = is_refused(record, answers=answers)
    wrong = not refused and not is_right(record, answers=answers)
    unclear = is_unclear(record, answers=answers)
    return {
        "false_refusals": float(refused) if record.answerable else None,
        "false_answers": None if record.answerable else float(not refused),
        "wrong": float(wrong),
        "clear_false_answers": None if record.answerable else float(not refused and not unclear),
        "clear_wrong": float(wrong and not unclear),
        "unclear": float(unclear) if record.answerable else None,
    }


def is_refused(record: Record, *, answers: bool) -> bool:
    """Whether the question got no answer; of a search only, whether its score would get none."""
    if not answers:
        return record.refused
    return record.answer is None or record.answer.status == "not_in_corpus"


def is_unclear(record: Record, *, answers: bool) -> bool:
    """Whether what is shown is told as no clear answer; of a search only, whether it would be."""
    if not answers:
        return record.unclear
    return record.answer is not None and UNCLEAR in record.answer.notices


def is_right(record: Record, *, answers: bool) -> bool:
    """Whether what is shown, or would be, answers: an accepted answer in it, else a gold place among it.

    What is shown for a question that cannot be answered is never right. Where a search is told of no place in its
    corpus that answers, it has its accepted answers too.
    """
    if not record.answerable:
        return False
    if answers:
        text = record.answer.text if record.answer else ""
        cited = record.answer.citations if record.answer else []
        return contains(text, record.accepted) > 0 if record.accepted else any(one.gold for one in cited)
    search = record.search
    spans = ranking(search.sentences, search.span_units)
    places = spans if spans.ideal else ranking(search.passages, search.passage_units)
    if not places.ideal:
        return contains("\n".join(one.text for one in search.sentences[:SHOWN]), record.accepted) > 0
    return bool(places.hit_rate(SHOWN))


def _cost(record: Record, *, answers: bool) -> dict[str, float | None]:
    answer = record.answer
    if not answers:
        return {"search_ms": record.search.milliseconds}
    return {
        "to_evidence_ms": answer.to_evidence if answer else None,
        "first_token_ms": answer.first_token if answer else None,
        "total_ms": answer.total if answer else None,
        "prompt_tokens": _or_none(answer.prompt_tokens if answer else None),
        "completion_tokens": _or_none(answer.completion_tokens if answer else None),
    }


def _or_none(count: int | None) -> float | None:
    return None if count is None else float(count)
