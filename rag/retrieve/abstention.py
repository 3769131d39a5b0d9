"""When an answer is good enough: thresholds by language and direction, held against what a search found. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rag.types import Found, Language


@dataclass(frozen=True, slots=True)
class Policy:
    """When an answer is good enough. Scores are `Hit.score`, similarity is a cosine.

    Below `min_score` of the question's language nothing is answered; below `clear_score` what is found is shown as
    the nearest that there is. `calibrated` is what the best hit of a direction must reach, the question's language and
    that of its article, as in ``en-ar``; it goes before what is set for all, and what reaches it is clear.

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
        """What the best of these hits must reach (see `told`) for an answer in this language."""
        by_default = self.min_score.get(question, float("-inf"))
        if found.probability is not None:
            by_default = self.answer_probability
        return self.calibrated.get(direction(question, found), by_default)

    def enough(self, question: Language, found: Found) -> bool:
        """Whether the best hit is good enough to be answered from; never where nothing was found."""
        return bool(found.hits) and told(found) >= self.least(question, found)

    def clear(self, question: Language, found: Found) -> bool:
        """Whether the best hit is so good that what is found may be called an answer without a reserve."""
        if not self.enough(question, found) or direction(question, found) in self.calibrated:
            return self.enough(question, found)
        least = self.clear_score.get(question, float("-inf"))
        return told(found) >= (least if found.probability is None else self.clear_probability)


DEFAULT = Policy()
"""Answers from whatever is found."""


def told(found: Found) -> float:
    """What tells whether the hits answer: the probability where they were read, else the highest score."""
    return best_score(found) if found.probability is None else found.probability


def best_score(found: Found) -> float:
    """The highest score of the hits, of which there must be one."""
    return max(hit.score for hit in found.hits)


def direction(question: Language, found: Found) -> str:
    """The language asked in and that of the best hit's article, as in ``en-ar``; ``und`` where nothing was found."""
    if not found.hits:
        return f"{question}-und"
    best = max(found.hits, key=lambda hit: hit.score)
    return f"{question}-{found.articles[best.passage.article_id].language}"
