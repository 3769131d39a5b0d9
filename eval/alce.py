"""Citation recall and precision as ALCE defines them. Pure: who judges entailment comes in.

Gao et al. 2023, "Enabling Large Language Models to Generate Text with Citations", section 4.3: recall of a statement is
1 where it has citations and these together entail it. A citation is irrelevant where it alone does not entail the
statement and the others without it do; precision of a citation is 1 where its statement has recall 1 and it is not
irrelevant. An answer's recall is the mean over its statements, its precision that over all its citations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Pair = tuple[str, str]
"""A premise and a hypothesis."""

Judge = Callable[[Sequence[Pair]], list[bool]]
"""Does each premise entail its hypothesis?"""


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of an answer without its numbers, and the texts that it cites."""

    text: str
    cited: tuple[str, ...]


def recall_and_precision(statements: Sequence[Statement], judge: Judge) -> tuple[float, float]:
    """An answer's citation recall and precision, in [0, 1]; both 0 where it says nothing or cites nothing."""
    if not statements:
        return 0.0, 0.0
    whole = judge([(_joined(one.cited), one.text) for one in statements])
    recalls = [bool(one.cited) and entailed for one, entailed in zip(statements, whole, strict=True)]
    relevant = sum(
        _relevant(one, judge) if len(one.cited) > 1 else len(one.cited)
        for one, recalled in zip(statements, recalls, strict=True)
        if recalled
    )
    citations = sum(len(one.cited) for one in statements)
    return sum(recalls) / len(statements), relevant / citations if citations else 0.0


def _relevant(statement: Statement, judge: Judge) -> int:
    """How many citations of an entailed statement are not irrelevant."""
    alone = judge([(one, statement.text) for one in statement.cited])
    others = judge(
        [
            (_joined(statement.cited[:at] + statement.cited[at + 1 :]), statement.text)
            for at in range(len(statement.cited))
        ]
    )
    return sum(itself or not rest for itself, rest in zip(alone, others, strict=True))


def _joined(cited: Sequence[str]) -> str:
    return "\n".join(cited)
