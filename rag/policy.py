"""When an answer is good enough: thresholds by language and direction, held against what a search found. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rag.types import Found, Language


@dataclass(frozen=True, slots=True)
class Policy:
    """When an answer is good enough. Scores are `Hit.score`, similarity is a cosine.

    Below `min_score` of the question's language nothing is answered; below `clear_score` what is found is shown as
    the nearest that there is. From `sure_score` up, and for a question that
    asks why or what was said, a reader's ``none`` gives the nearest sentences all the same; from there up a figure
    that it points at in the nearest sentence leads the answer, where a figure was asked for. `calibrated` is the
    `min_score` of a direction, the question's language and that of the best hit's article, as in ``en-ar``; it goes
    before that of the language alone, and what reaches it is clear.
    """

    evidence_sentences: int = 3
    min_score: Mapping[Language, float] = field(default_factory=dict)
    clear_score: Mapping[Language, float] = field(default_factory=dict)
    sure_score: Mapping[Language, float] = field(default_factory=dict)
    min_similarity: float = 0.84
    calibrated: Mapping[str, float] = field(default_factory=dict)

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
        return bool(found.hits) and best_score(found) >= self.least(question, found)

    def clear(self, question: Language, found: Found) -> bool:
        """Whether the best hit is so good that what is found may be called an answer without a reserve."""
        is_fitted = direction(question, found) in self.calibrated
        return self.enough(question, found) and (
            is_fitted or best_score(found) >= self.clear_score.get(question, float("-inf"))
        )

    def sure(self, question: Language, found: Found) -> bool:
        """Whether the best hit is so good that a reader's ``none`` does not refuse the question."""
        least = max(self.sure_score.get(question, float("-inf")), self.least(question, found))
        return bool(found.hits) and best_score(found) >= least


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
