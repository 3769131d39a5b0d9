"""Measure a reader on held-out questions: exact match, F1, and the separation of answering and other passages.

Each question is read with its own passage, and with the top keyword hit of its set that does not contain the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eval.metrics import Estimate, area_under_curve, exact_match, mean, token_f1
from rag.text.sentences import sentences
from rag.types import Passage, Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eval.training.examples import Example, Negatives
    from rag.models.reader import Reads
    from rag.types import Reading


@dataclass(frozen=True, slots=True)
class Measured:
    """Values in [0, 1], each with its interval and number of questions.

    `span_area` and `relevance_area` are areas under the ROC curve: the questions' own passages against the others.
    """

    exact: Estimate
    f1: Estimate
    span_area: Estimate
    relevance_area: Estimate

    def json(self) -> dict[str, dict[str, float | int | None]]:
        """Return each value as `Estimate.json`, by its name."""
        return {
            "exact": self.exact.json(),
            "f1": self.f1.json(),
            "span_area": self.span_area.json(),
            "relevance_area": self.relevance_area.json(),
        }


def measure(reader: Reads, examples: Sequence[Example], negatives: Negatives) -> Measured:
    """Measure over the examples with an answer. Raises `ValueError` if there are none."""
    answered = [one for one in examples if one.start is not None]
    if not answered:
        raise ValueError("no example has an answer")
    own = [_read(reader, one.question, one.text.text) for one in answered]
    other = [_read(reader, one.question, found[0].text) for one in answered if (found := negatives.of(one))]
    said = [
        ("" if reading.span is None else reading.span.of(one.text.text), [one.answer])
        for one, reading in zip(answered, own, strict=True)
    ]
    return Measured(
        mean([exact_match(*one) for one in said]),
        mean([token_f1(*one) for one in said]),
        area_under_curve([one.score for one in own], [one.score for one in other]),
        area_under_curve([one.relevance for one in own], [one.relevance for one in other]),
    )


def passage_of(text: str) -> Passage:
    """Make a passage of a whole text."""
    whole = Span(0, len(text))
    return Passage("", "", "", whole, tuple(sentences(text, whole)), text)


def _read(reader: Reads, question: str, text: str) -> Reading:
    return reader.read(question, [passage_of(text)])[0]
