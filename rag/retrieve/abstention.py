"""Decide whether search results are good enough to answer from: thresholds by language and language direction."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal

from rag.config import Settings
from rag.errors import CatalogError
from rag.fusion import LegWeights
from rag.models.reader import shipped_weights
from rag.retrieve.question import period_of
from rag.store.locks import fsync, hash_file
from rag.store.private import make_private, write_whole
from rag.text.dates import dates
from rag.text.names import NONE, OwnNames
from rag.text.numbers import Number, numbers
from rag.types import Article, Evidence, Found, Language, Query, Span
from rag.verify.figures import Quoted
from rag.verify.names import unnamed

# Calibrations: abstention thresholds fitted on questions and stored beside the index generations of a corpus.
#
# They apply only to scores computed with the same embedding model and weights as those that they were fitted on.

FILE = "calibration.json"
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Fitted:
    """Fitted threshold of one direction (such as ``en-ar``) and its error rates on the questions it was fitted on.

    `false_answers` is the share of unanswerable questions that score at or above the threshold, `false_refusals` the
    share of answerable ones below it; both in [0, 1], with the number of questions of each.
    """

    min_score: float
    false_answers: float
    false_refusals: float
    answerable: int
    unanswerable: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """A threshold, the question set it was fitted on (name and sha256) and the day."""

    fitted: Fitted
    set_name: str
    set_sha256: str
    made: str


def calibration_key(fingerprint: str, settings: Settings) -> str:
    """Key of a calibration: the embedding model's fingerprint and everything else that affects scores.

    This includes the reader and its weights, because another reader gives other probabilities.
    """
    parts = [fingerprint, settings.passage_tokens, *LegWeights()]
    if settings.reader != "off":
        weights_read = hash_file(shipped_weights()) if settings.reader == "bundled" else ""
        parts += [settings.reader, settings.read_passages, weights_read]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def read_calibrations(folder: Path, key: str) -> dict[str, Calibration]:
    """Read the calibrations under `key` in a corpus's data folder, by direction.

    Raises `CatalogError` if the file is not a valid calibration file.
    """
    try:
        return {
            direction: Calibration(**{**kept, "fitted": Fitted(**kept["fitted"])})
            for direction, kept in _read(folder / FILE).get(key, {}).items()
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise _unusable(folder / FILE, f"a field is invalid: {error}") from error


def write_calibrations(folder: Path, key: str, calibrations: Mapping[str, Calibration]) -> None:
    """Store calibrations under `key`; each replaces an earlier one of the same direction, all others are kept.

    Writes atomically. Raises `CatalogError` if the existing file is not a valid calibration file.
    """
    path = folder / FILE
    directions = {**read_calibrations(folder, key), **calibrations}
    kept = {**_read(path), key: {name: asdict(one) for name, one in directions.items()}}
    make_private(folder)
    document = json.dumps({"version": _VERSION, "calibrations": kept}, ensure_ascii=False, indent=1)
    write_whole(path, document.encode())
    fsync(folder)


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise _unusable(path, str(error)) from error
    kept = content.get("calibrations") if isinstance(content, dict) and content.get("version") == _VERSION else None
    if not isinstance(kept, dict):
        raise _unusable(path, "its structure is not that of a calibration file")
    return kept


def _unusable(path: Path, why: str) -> CatalogError:
    return CatalogError(
        f"the calibration file cannot be read: {why}", where=str(path), do="delete the file, or calibrate again"
    )


# Figures and years of a question that no article found by the search states.
#
# A question about resolution 2254 is not answered by articles without that figure, however similar they are. Only
# figures written in digits, from three digits up, count: a smaller figure, or one in words, may be part of a name or be
# written differently in the article (docs/decisions/).

_SMALLEST: Final = 100
LONGEST: Final = 50_000
"""Code points: a longer article is not searched and is assumed to state any figure."""
_YEARS: Final = range(1000, 2101)
_DECADE: Final = re.compile(r"['’]?s\b")


def unstated_figures(question: str, found: Found) -> list[Span]:
    """Spans of the figures in a question, in digits and from `_SMALLEST` up, that no article of the hits states.

    Empty if nothing was found. An article with no publication day that names no year may be of any year.
    """
    asked = [number for number in numbers(question) if _tells(number, question)]
    asked = _lacked(asked, [hit.passage.text for hit in found.hits]) if asked else []
    if not asked:
        return []
    articles = [found.articles[name] for name in dict.fromkeys(hit.passage.article_id for hit in found.hits)]
    if not articles or any(len(article.text) > LONGEST for article in articles):
        return []
    asked = _lacked(asked, map(_with_its_day, articles))
    if any(map(_may_be_year, asked)) and not all(map(_is_dated, articles)):
        asked = [number for number in asked if not _may_be_year(number)]
    return [number.span for number in asked]


def _tells(number: Number, question: str) -> bool:
    """Whether a figure is written in digits, is large enough and is not a decade: the 1970s are written in many
    ways."""
    return number.digits and number.value >= _SMALLEST and not _DECADE.match(question[number.span.end :])


def _lacked(asked: Sequence[Number], texts: Iterable[str]) -> list[Number]:
    for text in texts:
        quoted = Quoted.of(text)
        stated = {value for number in quoted.numbers for value in number.readings}
        stated.update(Fraction(mention.year) for mention in quoted.dates if mention.year is not None)
        asked = [number for number in asked if stated.isdisjoint(number.readings)]
        if not asked:
            break
    return list(asked)


def _with_its_day(article: Article) -> str:
    return f"{article.text}\n{article.published.value}" if article.published else article.text


def _may_be_year(number: Number) -> bool:
    return number.value in _YEARS


def _is_dated(article: Article) -> bool:
    """Whether an article states its publication day or names a year."""
    return article.published is not None or any(map(_may_be_year, numbers(article.text)))


# Detects that a question names a year and no evidence is from that year.
#
# A rate of 2014 does not answer a question about 2016, however similar the text. Only years in digits from 1900 to 2100
# count.

_CALENDAR_YEARS: Final = range(1900, 2101)


def of_another_time(question: str, evidence: Iterable[Evidence]) -> bool:
    """Whether no evidence is from the time that the question names; False if it names no time or several.

    Evidence is from that time if its passage or title names a year of it, or its article was published in one. Evidence
    that names no year and has no publication day may be from any time.
    """
    asked = _asked(question)
    return asked is not None and not any(_may_be_of(item, asked) for item in evidence)


def _asked(question: str) -> range | None:
    """Years of the one period that a question names."""
    if period := period_of(question):
        return range(period.start.year, period.end.year + 1)
    years = {
        int(number.value) for number in numbers(question) if _tells(number, question) and _is_year(number, question)
    }
    return range(min(years), max(years) + 1) if len(years) == 1 else None


def _may_be_of(item: Evidence, asked: range) -> bool:
    article = item.article
    title = article.title.value if article.title else ""
    stated = _years(f"{title}\n{item.hit.passage.text}")
    if article.published:
        stated.add(int(article.published.value[:4]))
    return not stated or any(year in asked for year in stated)


def _years(text: str) -> set[int]:
    named = {int(number.value) for number in numbers(text) if _is_year(number, text)}
    return named | {mention.year for mention in dates(text) if mention.year is not None}


def _is_year(number: Number, text: str) -> bool:
    """Whether the number is four digits without separators: 2,000 is a quantity."""
    return number.value in _CALENDAR_YEARS and re.fullmatch(r"\d{4}", number.span.of(text)) is not None


# Detects that a question names somebody or something that no article of the evidence does.
#
# "When did Macron visit Moscow?" is not answered by another visit, however similar the text.


def unstated_names(question: str, evidence: Iterable[Evidence], names: OwnNames = NONE) -> list[Span]:
    """Spans of the names in a question that no article of the evidence has; `names` are the user's own.

    Empty without evidence, or if one of the articles is longer than `LONGEST`.
    """
    items = list(evidence)
    articles = {item.article.id: item.article for item in items}.values()
    if not items or any(len(article.text) > LONGEST for article in articles):
        return []
    return unnamed(question, chain((item.hit.passage.text for item in items), map(_with_its_outlet, articles)), names)


def _with_its_outlet(article: Article) -> str:
    return f"{article.text}\n{article.outlet.value}" if article.outlet else article.text


@dataclass(frozen=True, slots=True)
class Policy:
    """Thresholds for answering and abstaining. Scores are `Hit.score`; similarity is a cosine.

    Below `min_score` of the question's language the answer is an abstention; below `clear_score` the results are shown
    as nearest only. `calibrated` is the minimum score of the best hit by direction (languages of question and article,
    as in ``en-ar``); it overrides the other thresholds, and a score that reaches it is clear.

    If a reader gives a probability in [0, 1], it replaces all these scores: below `answer_probability` the answer is an
    abstention, below `clear_probability` the results are shown as nearest only. The reader's span is a short answer
    from `short_probability` up.
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
        """Minimum value of `decisive_score` for an answer to a question in this language."""
        by_default = self.min_score.get(question, float("-inf"))
        if found.probability is not None:
            by_default = self.answer_probability
        return self.calibrated.get(direction(question, found), by_default)

    def enough(self, question: Language, found: Found) -> bool:
        """Whether the best hit is good enough to answer from; False if nothing was found."""
        return bool(found.hits) and decisive_score(found) >= self.least(question, found)

    def clear(self, question: Language, found: Found) -> bool:
        """Whether the best hit is good enough to answer without a warning."""
        if not self.enough(question, found) or direction(question, found) in self.calibrated:
            return self.enough(question, found)
        least = self.clear_score.get(question, float("-inf"))
        return decisive_score(found) >= (least if found.probability is None else self.clear_probability)


DEFAULT = Policy()
"""Answers from any result."""
MIN_SCORE: Final[Mapping[Language, float]] = MappingProxyType({"ar": 0.84, "en": 0.77})
CLEAR_SCORE: Final[Mapping[Language, float]] = MappingProxyType({"ar": 0.87, "en": 0.79})
"""Default thresholds of the fused score without a reader, for the bundled embedding model; chosen on XQuAD and ANT
(docs/decisions/answers.md). `isnad eval calibrate` fits thresholds for one corpus."""


def decisive_score(found: Found) -> float:
    """The value compared with the thresholds: the reader's probability if there is one, else the highest score."""
    return best_score(found) if found.probability is None else found.probability


def best_score(found: Found) -> float:
    """Highest score of the hits. Raises ValueError without hits."""
    return max(hit.score for hit in found.hits)


def direction(question: Language, found: Found) -> str:
    """Languages of the question and of the best hit's article, as in ``en-ar``; ``und`` if nothing was found."""
    if not found.hits:
        return f"{question}-und"
    best = max(found.hits, key=lambda hit: hit.score)
    return f"{question}-{found.articles[best.passage.article_id].language}"


# Decides, before generation, whether the results answer the question: by the best score or probability, and by figures
# of the question that no article states.

Verdict = Literal["absent", "unclear", "clear"]
"""``absent``: not in the archive. ``unclear``: only nearest results, most likely not an answer."""


def verdict(query: Query, found: Found, policy: Policy) -> Verdict:
    """Verdict on the results of a search; ``absent`` if nothing was found."""
    if not policy.enough(query.language, found) or unstated_figures(query.question, found):
        return "absent"
    return "clear" if policy.clear(query.language, found) else "unclear"
