"""When an answer is good enough: thresholds by language and direction, held against what a search found. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal

from rag.config import Settings
from rag.errors import CatalogError
from rag.fusion import LegWeights
from rag.models.reader import shipped
from rag.retrieve.question import period_of
from rag.store.locks import fsync, hash_file
from rag.store.private import make_private_file
from rag.text.dates import dates
from rag.text.numbers import Number, numbers
from rag.types import Article, Evidence, Found, Language, Query, Span
from rag.verify.figures import Quoted

# Thresholds of abstention that were fitted on questions, kept beside the generations of a corpus.
#
# They hold for scores that are made as those were that they were fitted on: by one embedding model and its weights.

FILE = "calibration.json"
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Fitted:
    """The threshold of one direction (as in ``en-ar``) and what it did on the questions that it was fitted on.

    `false_answers` is the share of the unanswerable questions at or above it, `false_refusals` that of the answerable
    below it; both in [0, 1], of so many questions each.
    """

    min_score: float
    false_answers: float
    false_refusals: float
    answerable: int
    unanswerable: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """A threshold, the question set that it was fitted on (its name and sha256), and the day."""

    fitted: Fitted
    set_name: str
    set_sha256: str
    made: str


def key_of(fingerprint: str, settings: Settings) -> str:
    """What a calibration is kept under: the embedding model's fingerprint, and what else scores are made with.

    Of these the reader and its weights: a probability of another is another.
    """
    parts = [fingerprint, settings.passage_tokens, *LegWeights()]
    if settings.reader != "off":
        weights_read = hash_file(shipped()) if settings.reader == "bundled" else ""
        parts += [settings.reader, settings.read_passages, weights_read]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def read_calibrations(folder: Path, key: str) -> dict[str, Calibration]:
    """The calibrations under `key` in a corpus's data folder, by direction.

    Raises `CatalogError` for a file that is none of ours.
    """
    try:
        return {
            direction: Calibration(**{**kept, "fitted": Fitted(**kept["fitted"])})
            for direction, kept in _read(folder / FILE).get(key, {}).items()
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise _unusable(folder / FILE, f"a field is wrong: {error}") from error


def write_calibrations(folder: Path, key: str, calibrations: Mapping[str, Calibration]) -> None:
    """Keep calibrations under `key`, each in the place of an earlier one of its direction; all others stay.

    The file is never half-written. Raises `CatalogError` where there is one that is none of ours.
    """
    path = folder / FILE
    directions = {**read_calibrations(folder, key), **calibrations}
    kept = {**_read(path), key: {name: asdict(one) for name, one in directions.items()}}
    beside = path.with_suffix(".new")
    make_private_file(beside)
    beside.write_text(json.dumps({"version": _VERSION, "calibrations": kept}, ensure_ascii=False, indent=1), "utf-8")
    fsync(beside)
    beside.replace(path)
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
        raise _unusable(path, "it has another form")
    return kept


def _unusable(path: Path, why: str) -> CatalogError:
    return CatalogError(f"the calibration cannot be read: {why}", where=str(path), do="delete it, or calibrate again")


# Which figures and years of a question stand in none of the articles that a search found for it.
#
# What asks about resolution 2254 is not answered by articles that name no such figure, however near they lie. Only what
# is written in digits and has three of them counts: a smaller one, or one in words, may be a part of a name or stand
# there in another form (docs/decisions/).

_SMALLEST: Final = 100
LONGEST: Final = 50_000
"""Code points: a longer article is not read whole, and may state anything."""
_YEARS: Final = range(1000, 2101)
_DECADE: Final = re.compile(r"['’]?s\b")


def unstated_figures(question: str, found: Found) -> list[Span]:
    """The figures of a question, in digits and from `_SMALLEST` up, that no article of the hits states; spans in it.

    Empty where nothing was found. An article without a day of publication that names no year may be of any year.
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
    """Whether a figure is in digits and large enough, and no decade: the 1970s are written in many ways."""
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
    """Whether an article says when it was published, or names a year."""
    return article.published is not None or any(map(_may_be_year, numbers(article.text)))


# Does a question name a year, and is none of the evidence of that year?
#
# A rate of 2014 is no answer to a question about 2016, however near it lies. Only years in digits count, from 1900 to
# 2100.

_CALENDAR_YEARS: Final = range(1900, 2101)


def of_another_time(question: str, evidence: Iterable[Evidence]) -> bool:
    """Whether no piece of evidence is of the time that the question names; False where it names none, or several.

    It is of that time where its passage or its title names a year of it, or its article was published in one. What
    names no year and has no day of publication may be of any time.
    """
    asked = _asked(question)
    return asked is not None and not any(_may_be_of(item, asked) for item in evidence)


def _asked(question: str) -> range | None:
    """The years of the one time that a question names."""
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
    """Whether it is four bare digits: 2,000 is a quantity."""
    return number.value in _CALENDAR_YEARS and re.fullmatch(r"\d{4}", number.span.of(text)) is not None


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
MIN_SCORE: Final[Mapping[Language, float]] = MappingProxyType({"ar": 0.84, "en": 0.77})
CLEAR_SCORE: Final[Mapping[Language, float]] = MappingProxyType({"ar": 0.87, "en": 0.79})
"""The policy's thresholds of the fused score where nothing is read, by the bundled embedding model; chosen on XQuAD and
ANT (docs/decisions/answers.md). `isnad eval calibrate` fits a corpus's own.
"""


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


# Is what was found an answer? The verdict on a search, before anything is drafted. Pure.
#
# By the best score (`rag.retrieve.abstention`), and by the figures that a question names and no article states
# (`rag.retrieve.abstention`).

_Verdict = Literal["absent", "unclear", "clear"]
"""``absent``: not in the archive. ``unclear``: the nearest that there is, and more often than not no answer."""


def verdict(query: Query, found: Found, policy: Policy) -> _Verdict:
    """What a search says of its question; ``absent`` where nothing was found."""
    if not policy.enough(query.language, found) or unstated_figures(query.searched, found):
        return "absent"
    return "clear" if policy.clear(query.language, found) else "unclear"
