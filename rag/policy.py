"""When an answer is good enough: thresholds by language and direction, held against what a search found. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rag.types import Found, Language


@dataclass(frozen=True, slots=True)
class Policy:
    """When an answer is good enough. Scores are `Hit.score`, similarity is a cosine.

    Below `min_score` of the question's language nothing is answered; below `clear_score` what is found is shown as
    the nearest that there is. `calibrated` is the
    `min_score` of a direction, the question's language and that of the best hit's article, as in ``en-ar``; it goes
    before that of the language alone, and what reaches it is clear.

    Where the hits were read and a probability is told, in [0, 1], it decides in the place of all these scores: below
    `answer_probability` nothing is answered, below `clear_probability` it is told as the nearest that there is. The
    words that a reader points at are a short answer from `short_probability` up.
    """

    evidence_sentences: int = 3
    min_score: Mapping[Language, float] = field(default_factory=dict)
    clear_score: Mapping[Language, float] = field(default_factory=dict)
    min_similarity: float = 0.84
    calibrated: Mapping[str, float] = field(default_factory=dict)
    answer_probability: float = 0.0
    clear_probability: float = 0.0
    short_probability: float = 0.5

    def least(self, question: Language, found: Found) -> float:
        """The score that the best of these hits must reach for an answer in this language."""
        return self.calibrated.get(direction(question, found), self.min_score.get(question, float("-inf")))

    def strictest(self, question: Language) -> float:
        """The score that clearly answers a question in this language, whatever the language of what is found."""
        fitted = (score for name, score in self.calibrated.items() if name.startswith(f"{question}-"))
        by_language = (scores.get(question, float("-inf")) for scores in (self.min_score, self.clear_score))
        return max([*by_language, *fitted])

    def enough(self, question: Language, found: Found) -> bool:
        """Whether the best hit is good enough to be answered from; never where nothing was found."""
        if found.probability is not None:
            return bool(found.hits) and found.probability >= self.answer_probability
        return bool(found.hits) and best_score(found) >= self.least(question, found)

    def clear(self, question: Language, found: Found) -> bool:
        """Whether the best hit is so good that what is found may be called an answer without a reserve."""
        if found.probability is not None:
            return self.enough(question, found) and found.probability >= self.clear_probability
        is_fitted = direction(question, found) in self.calibrated
        return self.enough(question, found) and (
            is_fitted or best_score(found) >= self.clear_score.get(question, float("-inf"))
        )


DEFAULT = Policy()
"""Answers from whatever is found."""


def best_score(found: Found) -> float:
    """The highest score of the hits, of which there must be one."""
    return max(hit.score for hit in found.hits)


def direction(question: Language, found: Found) -> str:
    """The language asked in and that of the best hit's article, as in ``en-ar``; ``und`` where nothing was found."""
    if not found.hits:
        return f"{question}-und"
    best = max(found.hits, key=lambda hit: hit.score)
    return f"{question}-{found.articles[best.passage.article_id].language}"
