"""A run as TREC's tools read it: ``query Q0 document rank score tag``. Knows no measure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from eval.records import Ranked, Record

RUN, QRELS = "run.trec", "qrels.trec"
TAG = "isnad"


def write_trec(folder: Path, records: Iterable[Record], names: Mapping[str, str]) -> None:
    """Write the ranking of articles of each question and their judgements into `folder`.

    `names` are what the set calls its texts; other articles go by their file. White space in a name becomes ``_``.
    """
    runs, judgements = [], []
    for record in records:
        runs += [
            f"{_word(record.id)} Q0 {_name(one.source, names)} {rank} {score!r} {TAG}\n"
            for rank, (one, score) in enumerate(_falling(record.search.articles), 1)
        ]
        judgements += [
            f"{_word(record.id)} 0 {_name(unit.source, names)} {unit.grade}\n" for unit in record.search.article_units
        ]
    (folder / RUN).write_text("".join(runs), encoding="utf-8")
    (folder / QRELS).write_text("".join(judgements), encoding="utf-8")


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
