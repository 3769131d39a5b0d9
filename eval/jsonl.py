"""Our own form of a question set: one JSON object a line, about articles of a corpus that is there already.

``id``, ``question``; ``language`` (ar or en), ``answerable``, ``accepted`` (short answers), ``evidence`` (``file`` with
``quote``, or ``start`` and ``end`` in code points, or all three, or none for the whole article), ``tags``.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, ValidationError

from eval.reading import objects, places
from eval.sets import BadSet, Gold, Question, QuestionSet
from rag.store.durable import hash_file
from rag.text.normalise import question_language
from rag.types import Span

Words = Annotated[StrictStr, Field(min_length=1, pattern=r"\S")]


class Evidence(BaseModel):
    """A place that answers, as a line of the set names it."""

    model_config = ConfigDict(extra="forbid")

    file: Words
    quote: Words | None = None
    start: Annotated[StrictInt, Field(ge=0)] | None = None
    end: Annotated[StrictInt, Field(ge=1)] | None = None
    grade: Annotated[StrictInt, Field(ge=1)] = 1


class Line(BaseModel):
    """One line of a set."""

    model_config = ConfigDict(extra="ignore")

    id: Words | StrictInt
    question: Words
    language: Literal["ar", "en"] | None = None
    answerable: StrictBool | None = None
    accepted: list[Words] = []
    evidence: list[Evidence] = []
    tags: list[Words] = []
    draft: StrictBool = False


KNOWN = frozenset(Line.model_fields)


def read_jsonl(path: Path, articles: Mapping[str, Sequence[str]]) -> QuestionSet:
    """The set of a file; `articles` are the texts of the corpus by the file that they come from.

    Raises `BadSet` with the line and the reason: no JSON, a field that is missing or cannot be so, a draft that nobody
    finished, an id twice, a file that the corpus does not have, a quote that is not in its file or not at its span, an
    answerable question with nothing to hold an answer against, one that is not with evidence. Fields of other names are
    named in `ignored`; one that is nearly a known name is refused.
    """
    ids: dict[str, str] = {}
    questions: list[Question] = []
    ignored: set[str] = set()
    for where, line in objects(path):
        ignored |= _unknown(line, where)
        parsed = _parse(line, where)
        name = str(parsed.id)
        if name in ids:
            raise BadSet(f"the id {name!r} is there twice, first at {ids[name]}", where=where, do="rename one")
        ids[name] = where
        questions.append(_question(name, parsed, articles, where))
    return QuestionSet(path.stem, hash_file(path), tuple(questions), ignored=tuple(sorted(ignored)))


def _question(name: str, line: Line, articles: Mapping[str, Sequence[str]], where: str) -> Question:
    if line.draft:
        raise BadSet(f"{name} is still a draft", where=where, do="finish it and take `draft` out, or delete the line")
    answerable = line.answerable if line.answerable is not None else bool(line.accepted or line.evidence)
    if line.answerable is None and not answerable:
        raise BadSet("it has no answer and does not say that it has none", where=where, do="write answerable: false")
    if answerable and not (line.accepted or line.evidence):
        raise BadSet("it is answerable, by nothing", where=where, do="give accepted answers, evidence, or both")
    if not answerable and (line.accepted or line.evidence):
        raise BadSet("it is not answerable and has an answer", where=where, do="take the one or the other out")
    return Question(
        id=name,
        question=" ".join(line.question.split()),
        language=line.language or question_language(line.question),
        answerable=answerable,
        accepted=tuple(line.accepted),
        gold=tuple(dict.fromkeys(gold for one in line.evidence for gold in _gold(one, articles, where))),
        tags=tuple(line.tags),
    )


def _gold(place: Evidence, articles: Mapping[str, Sequence[str]], where: str) -> Iterator[Gold]:
    texts = articles.get(place.file)
    if texts is None:
        near = difflib.get_close_matches(place.file, articles, n=1)
        do = f"did you mean {near[0]}?" if near else "ingest its folder, or correct the name"
        raise BadSet(f"the corpus has no file {place.file!r}", where=where, do=do)
    if (place.start is None) != (place.end is None):
        raise BadSet("a span needs start and end", where=where, do="give both or neither")
    if place.start is not None and place.end is not None:
        span = Span(place.start, place.end)
        fits = any(span.start < span.end <= len(text) for text in texts)
        if not fits or (place.quote and not any(span.of(text) == place.quote for text in texts)):
            said = f"{place.file} does not say that at [{span.start}, {span.end})" if fits else f"no such span: {span}"
            raise BadSet(said, where=where, do="correct quote or span; offsets are code points of the file's text")
        yield Gold(place.file, span, place.grade)
    elif place.quote:
        found = [Span(at, at + len(place.quote)) for text in texts for at in places(place.quote, text)]
        if not found:
            raise BadSet(f"{place.file} does not say {place.quote!r}", where=where, do="copy the words as they stand")
        yield from (Gold(place.file, span, place.grade) for span in found)
    else:
        yield Gold(place.file, None, place.grade)


def _unknown(line: dict[str, Any], where: str) -> set[str]:
    unknown = set(line) - KNOWN
    for name in unknown:
        near = difflib.get_close_matches(name, KNOWN - set(line), n=1, cutoff=0.8)
        if near:
            raise BadSet(f"there is no field {name!r}", where=where, do=f"did you mean {near[0]}?")
    return unknown


def _parse(line: dict[str, Any], where: str) -> Line:
    try:
        return Line.model_validate(line)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise BadSet(f"{field}: {first['msg']}", where=where, do="correct the field") from error
