"""Records of a run, one JSON line per question: the observations that the measures are computed from.

A quote in a record is not a citation: check it against the file again before showing it as a slice.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from rag.errors import BadInput
from rag.types import Language, Status


class Part(BaseModel):
    """Base of all parts: frozen; ignores fields of later versions."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Unit(Part):
    """A relevant item that a search can find: a passage, an article or a gold span. `grade` is from 1.

    `text` is the text of a gold span, for people to read; empty for the others.
    """

    source: str
    start: int | None = None
    end: int | None = None
    grade: int = 1
    text: str = ""


class Ranked(Part):
    """The item at one rank, and the indices of the units that it covers; for a sentence also its `text`."""

    source: str
    start: int
    end: int
    score: float
    covers: list[int] = []
    text: str = ""


class SearchRecord(Part):
    """The rankings of a search by passage, article and sentence, best first, with their relevant units.

    `score` is the score for abstention (`rag.retrieve.abstention.decisive_score`), None if nothing was found;
    `milliseconds` is the time of the search.
    """

    passages: list[Ranked]
    articles: list[Ranked]
    sentences: list[Ranked]
    passage_units: list[Unit]
    article_units: list[Unit]
    span_units: list[Unit]
    score: float | None
    milliseconds: float


class CitationRecord(Part):
    """A citation of an answer. `valid`: the file still has exactly these words there. `gold`: it overlaps a gold place.

    `marked` is the marked part of the quote; `marked_at` is its offset in the quote, in code points.
    """

    number: int
    source: str
    start: int
    end: int
    quote: str
    marked: str | None = None
    marked_at: int | None = None
    valid: bool
    gold: bool


class ClaimRecord(Part):
    """A sentence of an answer; `own` is its text without quotes and attributions."""

    text: str
    own: str
    citations: list[int]
    supported: bool
    problems: list[str] = []


class AnswerRecord(Part):
    """An answer. `short` is its first short answer, else the marked words, else the quotes.

    `probability` is that of `rag.types.Answer`; `judged` has (recall, precision) of the citations for each judge.
    """

    status: Status
    claims: list[ClaimRecord]
    citations: list[CitationRecord]
    short: str
    probability: float | None = None
    generator: str
    rejected: int = 0
    removed: int = 0
    notices: list[str] = []
    cut: bool = False
    to_evidence: float = 0.0
    first_token: float | None = None
    total: float = 0.0
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    covered: list[int] = []
    judged: dict[str, tuple[float, float]] = {}

    @property
    def text(self) -> str:
        return "\n".join(claim.text for claim in self.claims)


class Record(Part):
    """One question of a run. `direction` is the language of the question and of the articles that answer: ``en-ar``.

    `refused` and `unclear` are the verdict on the search alone (`rag.retrieve.abstention`), with or without an answer.
    `unstated`: the question has a figure that none of the articles found states, so it is refused whatever its score.
    `read`: a reader read the passages, so scores are probabilities.
    """

    id: str
    question: str
    language: Language
    direction: str
    answerable: bool
    accepted: list[str] = []
    tags: list[str] = []
    search: SearchRecord
    refused: bool
    unclear: bool = False
    unstated: bool = False
    read: bool = False
    answer: AnswerRecord | None = None


def read_records(path: Path) -> list[Record]:
    """Read the records of a run, without an incomplete last line. Raises `BadInput` for an invalid file."""
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise BadInput(
            f"it cannot be read: {error.strerror}", where=str(path), do="give the folder of a run"
        ) from error
    records = []
    for number, line in enumerate(lines[:-1], 1):  # a line is complete only with its line end
        try:
            records.append(Record.model_validate_json(line))
        except ValidationError as error:
            first = error.errors()[0]
            told = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
            raise BadInput(f"invalid record: {told}", where=f"{path}:{number}", do="run the set again") from error
    return records


class RecordWriter:
    """Appends records to a file, one line each; `cut_torn` removes an incomplete line of a killed process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._size = path.stat().st_size if path.is_file() else 0

    def cut_torn(self) -> None:
        """Remove an incomplete last line that a killed run left."""
        if not self._size:
            return
        data = self._path.read_bytes()
        whole = data.rfind(b"\n") + 1
        if whole != len(data):
            with self._path.open("r+b") as file:
                file.truncate(whole)

    def add(self, record: Record) -> None:
        with self._path.open("ab") as file:
            file.write(record.model_dump_json().encode() + b"\n")


# A run in TREC format: ``query Q0 document rank score tag``.

_RUN, _QRELS = "run.trec", "qrels.trec"
_TAG = "isnad"


def write_trec(folder: Path, records: Iterable[Record], names: Mapping[str, str]) -> None:
    """Write the article ranking and the relevance judgements of each question as TREC files into `folder`.

    `names` maps sources to the set's names of its texts; other articles use their file name. White space in a name
    becomes ``_``.
    """
    runs, judgements = [], []
    for record in records:
        runs += [
            f"{_word(record.id)} Q0 {_name(one.source, names)} {rank} {score!r} {_TAG}\n"
            for rank, (one, score) in enumerate(_falling(record.search.articles), 1)
        ]
        judgements += [
            f"{_word(record.id)} 0 {_name(unit.source, names)} {unit.grade}\n" for unit in record.search.article_units
        ]
    (folder / _RUN).write_text("".join(runs), encoding="utf-8")
    (folder / _QRELS).write_text("".join(judgements), encoding="utf-8")


def _falling(ranked: Iterable[Ranked]) -> Iterator[tuple[Ranked, float]]:
    """Yield strictly decreasing scores: trec_eval sorts by score again, and would order equal scores by name."""
    before = math.inf
    for one in ranked:
        before = one.score if one.score < before else math.nextafter(before, -math.inf)
        yield one, before


def _name(source: str, names: Mapping[str, str]) -> str:
    return _word(names.get(source, source))


def _word(name: str) -> str:
    return "_".join(name.split())
