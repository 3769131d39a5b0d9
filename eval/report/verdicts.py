"""How a question went, in one word, and which went worst. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

from eval.metrics import SHOWN
from eval.ranking import DEPTH
from eval.records import Ranked, Record

Verdict = Literal["false-answer", "wrong", "false-refusal", "right", "refused"]
ANSWERED: Final[dict[Verdict, str]] = {
    "false-answer": "false answer",
    "wrong": "wrong",
    "false-refusal": "false refusal",
    "right": "right",
    "refused": "rightly refused",
}
"""Worst first: nothing is better than a wrong answer, and what nothing answers cannot be answered rightly."""
SEARCHED: Final[dict[Verdict, str]] = {
    "false-answer": "would be answered falsely",
    "wrong": f"gold not in the first {SHOWN}",
    "false-refusal": "would be refused falsely",
    "right": f"gold in the first {SHOWN}",
    "refused": "would be rightly refused",
}
"""The same of a search without answers, by its score and by what it found."""
GOOD: Final[frozenset[Verdict]] = frozenset({"right", "refused"})


def verdict(measured: Mapping[str, float]) -> Verdict:
    """From what a report has of one question, by ``group.measure``."""
    false_answer = measured.get("abstention.false_answers")
    if false_answer is not None:
        return "false-answer" if false_answer else "refused"
    if measured["abstention.false_refusals"]:
        return "false-refusal"
    return "wrong" if measured["abstention.wrong"] else "right"


def rank_of_gold(ranking: Sequence[Ranked]) -> int | None:
    """The first rank, from 1, that covers a gold place; None where none does."""
    return next((rank for rank, one in enumerate(ranking, 1) if one.covers), None)


def broken(record: Record) -> int:
    """How many quotes of the answer are not what their file says. There should be none, ever."""
    return sum(not one.valid for one in record.answer.citations) if record.answer else 0


def unsupported(record: Record) -> int:
    """How many claims are shown that nothing supports."""
    return sum(not claim.supported for claim in record.answer.claims) if record.answer else 0


def worst_first(records: Iterable[Record], verdicts: Mapping[str, Verdict]) -> list[Record]:
    """Broken quotes, then by verdict, then unsupported claims; then what was surest of itself, or found gold last.

    `verdicts` are by the id of a record.
    """
    order = list(ANSWERED)

    def key(record: Record) -> tuple[float, ...]:
        how = verdicts[record.id]
        sure = record.search.score or 0.0
        depth = rank_of_gold(record.search.sentences) or rank_of_gold(record.search.passages) or DEPTH + 1
        return (-broken(record), order.index(how), -unsupported(record), -depth if how == "right" else -sure)

    return sorted(records, key=key)
