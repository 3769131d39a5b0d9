"""What is known of each question of a run, a JSON line each: everything that the measures need, and nothing computed.

They are records of what was said. A quote in them is no citation: whoever shows one as a slice checks it again.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from rag.errors import BadInput
from rag.types import Language, Status


class Part(BaseModel):
    """What all parts share: frozen; fields of later versions are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Unit(Part):
    """Something that answers and can be found: a passage, an article or a gold span. `grade` is from 1.

    `text` are the words of a gold span, for people to read; the others have none.
    """

    source: str
    start: int | None = None
    end: int | None = None
    grade: int = 1
    text: str = ""


class Ranked(Part):
    """What stands at one rank of a ranking, and which units (by index) it covers; of a sentence its `text` too."""

    source: str
    start: int
    end: int
    score: float
    covers: list[int] = []
    text: str = ""


class SearchRecord(Part):
    """What a search found: passages, then their articles, then their sentences, each best first, with their units.

    `score` tells whether they answer (`rag.retrieve.abstention.told`), None where nothing was found; `milliseconds` is
    the time that the search took.
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
    """A citation of an answer. `valid`: the file still has exactly these words there. `gold`: it lies at gold.

    `marked` are the words of the quote that were pointed at, from its code point `marked_at` on.
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
    """A sentence of an answer; `own` is what it says besides its quotes and who said them."""

    text: str
    own: str
    citations: list[int]
    supported: bool
    problems: list[str] = []


class AnswerRecord(Part):
    """An answer. `short` is its first short answer, else the words pointed at, else the quotes.

    `probability` is that of `rag.types.Answer`; `judged` are recall and precision by judge.
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
    """One question of a run. `direction` is the language asked in and that of what answers, as in ``en-ar``.

    `refused` and `unclear` tell what the search alone says (`rag.retrieve.abstention`), whether or not an answer was
    made; `unstated` that it names a figure that no article found states, which refuses it whatever the score; `read`
    that a reader read what was found, so that scores are probabilities.
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
    """The records of a run, a torn last line left out. Raises `BadInput` for what is no file of records."""
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise BadInput(
            f"it cannot be read: {error.strerror}", where=str(path), do="name the folder of a run"
        ) from error
    records = []
    for number, line in enumerate(lines[:-1], 1):  # a line is whole when its end is there
        try:
            records.append(Record.model_validate_json(line))
        except ValidationError as error:
            first = error.errors()[0]
            told = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
            raise BadInput(f"this is no record: {told}", where=f"{path}:{number}", do="run it again") from error
    return records


class RecordWriter:
    """Adds records to a file, one line each, whole or not at all as far as a killed process is concerned."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._size = path.stat().st_size if path.is_file() else 0

    def cut_torn(self) -> None:
        """Take away what a killed run left of its last line."""
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


# A run as TREC's tools read it: ``query Q0 document rank score tag``. Knows no measure.

_RUN, _QRELS = "run.trec", "qrels.trec"
_TAG = "isnad"


def write_trec(folder: Path, records: Iterable[Record], names: Mapping[str, str]) -> None:
    """Write the ranking of articles of each question and their judgements into `folder`.

    `names` are what the set calls its texts; other articles go by their file. White space in a name becomes ``_``.
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
    """Scores that fall: trec_eval sorts by score again and would order equal ones by name."""
    before = math.inf
    for one in ranked:
        before = one.score if one.score < before else math.nextafter(before, -math.inf)
        yield one, before


def _name(source: str, names: Mapping[str, str]) -> str:
    return _word(names.get(source, source))


def _word(name: str) -> str:
    return "_".join(name.split())
