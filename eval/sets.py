"""A question set: what is asked, what would answer it, and where that stands. Reads no file."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, get_args

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, ValidationError

from rag.errors import BadInput
from rag.store.locks import hash_file
from rag.text.normalise import question_language, tokens
from rag.types import Language, Span


class BadSet(BadInput):
    """A question set that cannot be used, as a whole: its file, its line, and the reason."""


@dataclass(frozen=True, slots=True)
class Gold:
    """A place that answers: a file of the corpus and, where it is known, the span of its text (else all of it).

    `grade` is how well it answers, from 1; only sets with graded judgements have others.
    """

    source: str
    span: Span | None = None
    grade: int = 1


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `accepted` are short answers of which any one is right; of `gold` any one place is enough."""

    id: str
    question: str
    language: Language
    answerable: bool = True
    accepted: tuple[str, ...] = ()
    gold: tuple[Gold, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SetText:
    """A text that a set brings with it, as the file `source` of a corpus of its own.

    `name` is what the set itself calls it. Texts of one `family` tell the same and are taken out together.
    """

    source: str
    text: str
    name: str = ""
    family: str = ""


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions, and the texts that they are about where the set brings them. `sha256` is that of its files."""

    name: str
    sha256: str
    questions: tuple[Question, ...]
    texts: tuple[SetText, ...] = ()
    ignored: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        seen: set[str] = set()
        for question in self.questions:
            if question.id in seen:
                raise BadSet(f"the id {question.id!r} is there twice", where=self.name, do="give each question its own")
            seen.add(question.id)
        if not self.questions:
            raise BadSet("it has no questions", where=self.name, do="write one question a line, or name another file")

    @property
    def names(self) -> Mapping[str, str]:
        """What the set calls its texts, by the source of the file that each became."""
        return {text.source: text.name or text.source for text in self.texts}

    def sampled(self, count: int | None) -> QuestionSet:
        """At most `count` of the questions, evenly spread over the set, the same ones each time."""
        if count is None or count >= len(self.questions):
            return self
        total = len(self.questions)
        return replace(self, questions=tuple(self.questions[place * total // count] for place in range(count)))


# The files of question sets as text and JSON, with the place of whatever is wrong in them. Knows no form of a set.


def _read_text(path: Path) -> str:
    """The file's text, a byte order mark excluded. Raises `BadSet` where it is missing or no UTF-8."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise BadSet("there is no such file", where=str(path), do="name a question set") from error
    except (OSError, ValueError) as error:
        raise BadSet(f"it cannot be read: {error}", where=str(path), do="save it as UTF-8") from error


def _objects(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The JSON objects of a file that has one a line, each after its place ``FILE:LINE``; empty lines do not count."""
    for number, line in enumerate(_read_text(path).split("\n"), 1):
        where = f"{path}:{number}"
        if not line.strip():
            continue
        try:
            read = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise BadSet(f"this is no JSON: {error}", where=where, do="write one object a line") from error
        if not isinstance(read, dict):
            raise BadSet("this is no JSON object", where=where, do="write one object a line")
        yield where, read


def places(words: str, text: str) -> Iterator[int]:
    """Where `words` begin in `text`, in code points, overlapping ones too."""
    at = text.find(words)
    while at >= 0:
        yield at
        at = text.find(words, at + 1)


def _hash_files(*paths: Path) -> str:
    """One sha256 for all of these files: the file's own where it is one, else that of all of theirs."""
    each = [hash_file(path) for path in paths]
    return each[0] if len(each) == 1 else hashlib.sha256("\n".join(each).encode()).hexdigest()


# BEIR and TREC: a folder of ``corpus.jsonl``, ``queries.jsonl`` and judgements → a question set with its texts.
#
# The form is that of Thakur et al. 2021: ``_id``, ``title`` and ``text``; judgements are ``qrels/SPLIT.tsv`` with a
# heading (query-id, corpus-id, score), or a TREC file ``qrels`` of four columns (query, iteration, document, grade).

_SPLITS = ("qrels/test.tsv", "qrels/dev.tsv", "qrels/train.tsv", "qrels.tsv", "qrels.txt", "qrels")
"""Where judgements are looked for, in this order; the first that is there counts."""
_PLAIN = re.compile(r"[\w-]{1,80}", re.ASCII)


def read_beir(folder: Path) -> QuestionSet:
    """The queries that are judged, and all documents. A grade of 0 or less is no answer.

    Raises `BadSet` with file, line and reason: a file that is missing, a line that is not of the form, an id twice, a
    judgement of a query or document that is not there.
    """
    texts: dict[str, SetText] = {}
    for where, line in _objects(folder / "corpus.jsonl"):
        name = _field(line, "_id", where)
        if name in texts:
            raise BadSet(f"the id {name!r} is there twice", where=where, do="give each document its own")
        title, text = str(line.get("title") or "").strip(), str(line.get("text") or "").strip()
        if not (title or text):
            raise BadSet("the document is empty", where=where, do="give it a text, or take it out")
        texts[name] = SetText(_source(name), "\n\n".join(part for part in (title, text) if part), name)
    queries: dict[str, str] = {}
    for where, line in _objects(folder / "queries.jsonl"):
        name = _field(line, "_id", where)
        if name in queries:
            raise BadSet(f"the id {name!r} is there twice", where=where, do="give each query its own")
        queries[name] = _field(line, "text", where)
    path = next((folder / name for name in _SPLITS if (folder / name).is_file()), None)
    if path is None:
        raise BadSet("there are no judgements", where=str(folder), do=f"add one of {', '.join(_SPLITS)}")
    gold: dict[str, dict[str, int]] = defaultdict(dict)
    for where, query, document, grade in _judgements(path):
        if query not in queries or document not in texts:
            what = f"query {query!r}" if query not in queries else f"document {document!r}"
            raise BadSet(f"there is no {what}", where=where, do="take the line out, or add what it names")
        if gold[query].get(document, grade) != grade:
            said = f"{document!r} is judged twice for {query!r}, and not alike"
            raise BadSet(said, where=where, do="take one of the two out")
        gold[query][document] = grade
    questions = (
        Question(
            id=name,
            question=" ".join(text.split()),
            language=question_language(text),
            answerable=any(grade > 0 for grade in gold[name].values()),
            gold=tuple(Gold(texts[one].source, None, grade) for one, grade in gold[name].items() if grade > 0),
        )
        for name, text in queries.items()
        if name in gold
    )
    sha256 = _hash_files(folder / "corpus.jsonl", folder / "queries.jsonl", path)
    return QuestionSet(folder.resolve().name, sha256, tuple(questions), tuple(texts.values()))


def _source(name: str) -> str:
    """A file's name for a document: its id where that is a plain one, else the id's hash."""
    plain = name if _PLAIN.fullmatch(name) else hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"set/{plain}.txt"


def _judgements(path: Path) -> Iterator[tuple[str, str, str, int]]:
    for number, line in enumerate(_read_text(path).split("\n"), 1):
        where = f"{path}:{number}"
        parts = line.split("\t") if "\t" in line else line.split()
        if not line.strip() or (number == 1 and parts[-1].strip()[:1].isalpha()):
            continue  # a heading names its columns
        if len(parts) not in {3, 4}:
            raise BadSet("a judgement has three or four columns", where=where, do="mend the line")
        query, document, grade = parts[0].strip(), parts[-2].strip(), parts[-1].strip()
        try:
            yield where, query, document, int(grade)
        except ValueError as error:
            raise BadSet(f"{grade!r} is no grade", where=where, do="write a whole number") from error


def _field(line: Mapping[str, object], name: str, where: str) -> str:
    value = line.get(name)
    if not isinstance(value, str | int) or not str(value).strip():
        raise BadSet(f"there is no {name}", where=where, do="give it one")
    return str(value)


# Our own form of a question set: one JSON object a line, about articles of a corpus that is there already.
#
# ``id``, ``question``; ``language`` (ar or en), ``answerable``, ``accepted`` (short answers), ``evidence`` (``file``
# with ``quote``, or ``start`` and ``end`` in code points, or all three, or none for the whole article), ``tags``.

_Words = Annotated[StrictStr, Field(min_length=1, pattern=r"\S")]


class _Evidence(BaseModel):
    """A place that answers, as a line of the set names it."""

    model_config = ConfigDict(extra="forbid")

    file: _Words
    quote: _Words | None = None
    start: Annotated[StrictInt, Field(ge=0)] | None = None
    end: Annotated[StrictInt, Field(ge=1)] | None = None
    grade: Annotated[StrictInt, Field(ge=1)] = 1


class _Line(BaseModel):
    """One line of a set."""

    model_config = ConfigDict(extra="ignore")

    id: _Words | StrictInt
    question: _Words
    language: Literal["ar", "en"] | None = None
    answerable: StrictBool | None = None
    accepted: list[_Words] = []
    evidence: list[_Evidence] = []
    tags: list[_Words] = []
    draft: StrictBool = False


_KNOWN = frozenset(_Line.model_fields)


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
    for where, line in _objects(path):
        ignored |= _unknown(line, where)
        parsed = _parse(line, where)
        name = str(parsed.id)
        if name in ids:
            raise BadSet(f"the id {name!r} is there twice, first at {ids[name]}", where=where, do="rename one")
        ids[name] = where
        questions.append(_question(name, parsed, articles, where))
    return QuestionSet(path.stem, hash_file(path), tuple(questions), ignored=tuple(sorted(ignored)))


def _question(name: str, line: _Line, articles: Mapping[str, Sequence[str]], where: str) -> Question:
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


def _gold(place: _Evidence, articles: Mapping[str, Sequence[str]], where: str) -> Iterator[Gold]:
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
    unknown = set(line) - _KNOWN
    for name in unknown:
        near = difflib.get_close_matches(name, _KNOWN - set(line), n=1, cutoff=0.8)
        if near:
            raise BadSet(f"there is no field {name!r}", where=where, do=f"did you mean {near[0]}?")
    return unknown


def _parse(line: dict[str, Any], where: str) -> _Line:
    try:
        return _Line.model_validate(line)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise BadSet(f"{field}: {first['msg']}", where=where, do="correct the field") from error


# SQuAD, XQuAD and ARCD files → a question set with its texts: a paragraph each, and where the answers stand.
#
# The form is that of Rajpurkar et al. 2016 and 2018: ``data[].paragraphs[]`` with a ``context`` and ``qas[]`` of
# ``id``, ``question``, ``answers[]`` (``text``, ``answer_start`` in code points) and, in version 2,
# ``is_impossible``.

_NESTED = 0.75
"""Paragraphs of one title that share this many of their words tell the same (in ARCD the second paragraph of a title
mostly begins with the first); others share less than half."""


class _Paragraph(NamedTuple):
    place: str
    title: str
    context: str
    qas: list[dict[str, Any]]


def read_squad(path: Path, texts: Path | None = None) -> QuestionSet:
    """The questions of `path` about its own paragraphs, or about those of `texts`, a parallel file with the same ids.

    With `texts` a question keeps its own answers and gets those of the other file too, and their places. Raises
    `BadSet` with the place inside the file for whatever is not of this form, or for an answer that its context has not.
    """
    data = _read(path)
    asked = list(_paragraphs(data, path))
    about = asked if texts is None else list(_paragraphs(_read(texts), texts))
    sources: dict[str, SetText] = {}
    by_title: dict[str, list[SetText]] = defaultdict(list)
    for paragraph in about:
        if paragraph.context not in sources:
            text = _text(len(sources), paragraph, by_title[paragraph.title])
            sources[paragraph.context] = text
            by_title[paragraph.title].append(text)
    families: dict[str, list[SetText]] = defaultdict(list)
    for text in sources.values():
        families[text.family].append(text)
    there_path = texts or path
    answers = {_id(qa, f"{there_path}: {one.place}"): (one, qa) for one in about for qa in one.qas}
    questions = []
    first: dict[str, str] = {}
    for paragraph in asked:
        for number, qa in enumerate(paragraph.qas):
            place = f"{paragraph.place}.qas[{number}]"
            name = _id(qa, f"{path}: {place}")
            if name in first:
                said = f"the id {name!r} is there twice, first at {first[name]}"
                raise BadSet(said, where=f"{path}: {place}", do="rename one")
            first[name] = place
            if name not in answers:
                raise BadSet(f"{name} is not in {texts}", where=f"{path}: {place}", do="name the parallel file")
            home, there = answers[name]
            own = _answers(qa, paragraph.context, f"{path}: {place}")
            other = own if there is qa else _answers(there, home.context, f"{texts}: {name}")
            text = sources[home.context]
            questions.append(_squad_question(name, qa, own, other, text, families[text.family], f"{path}: {place}"))
    sha256 = _hash_files(path, *([texts] if texts else []))
    name = path.stem if texts is None else f"{path.stem} over {texts.stem}"
    return QuestionSet(name, sha256, tuple(questions), tuple(sources.values()))


def _squad_question(
    name: str,
    qa: dict[str, Any],
    own: list[tuple[str, Span]],
    other: list[tuple[str, Span]],
    home: SetText,
    family: list[SetText],
    where: str,
) -> Question:
    asked = qa.get("question")
    if not isinstance(asked, str) or not asked.strip():
        raise BadSet("the question is missing", where=where, do="write it as a text")
    accepted = tuple(dict.fromkeys(answer for answer, _ in (*own, *other)))
    impossible = qa.get("is_impossible", False)
    if not isinstance(impossible, bool):
        raise BadSet("is_impossible is neither true nor false", where=where, do="write one of them")
    if impossible == bool(accepted):
        said = (
            "it is impossible and has an answer" if impossible else "it has no answer and is not said to be impossible"
        )
        raise BadSet(said, where=where, do="give it answers, or is_impossible: true")
    gold = [Gold(home.source, span) for _, span in other]
    for twin in family:  # where the same is told twice, both places answer
        if twin is not home:
            gold += [Gold(twin.source, Span(at, at + len(one))) for one, _ in other for at in places(one, twin.text)]
    return Question(
        id=name,
        question=asked.strip(),
        language=question_language(asked),
        answerable=not impossible,
        accepted=accepted,
        gold=tuple(dict.fromkeys(gold)),
    )


def _answers(qa: dict[str, Any], context: str, where: str) -> list[tuple[str, Span]]:
    found = []
    answers = qa.get("answers") or []
    if not isinstance(answers, list) or not all(isinstance(answer, dict) for answer in answers):
        do = "write [{text, answer_start}, …]"
        raise BadSet("`answers` is no list of objects", where=where, do=do)
    for answer in answers:
        text, start = answer.get("text"), answer.get("answer_start")
        if not isinstance(text, str) or not isinstance(start, int):
            raise BadSet("an answer has no text or no answer_start", where=where, do="give it both")
        if not text.strip():
            raise BadSet("an answer is empty", where=where, do="leave it away")
        found.append((text, _stands(text, start, context, where)))
    return found


def _stands(text: str, start: int, context: str, where: str) -> Span:
    """Where an answer stands; in its absence there, the nearest place with its words, whatever white space is between.

    Some files count from another version of the text (ARCD has three answers with other spaces than their contexts).
    """
    if start >= 0 and context[start : start + len(text)] == text:
        return Span(start, start + len(text))
    words = r"\s+".join(map(re.escape, text.split()))
    near = min(re.finditer(words, context), key=lambda match: abs(match.start() - start), default=None)
    if near is None:
        raise BadSet(f"the answer {text!r} does not stand in its context", where=where, do="mend the answer")
    return Span(*near.span())


def _text(number: int, paragraph: _Paragraph, before: list[SetText]) -> SetText:
    words = set(tokens(paragraph.context))
    family = next((other.family for other in before if _overlap(words, other.text) > _NESTED), paragraph.context)
    return SetText(f"set/{number:06}.txt", paragraph.context, f"{paragraph.title}-{number}", family)


def _overlap(words: set[str], other: str) -> float:
    """The share of the shorter text's different words that the other has."""
    others = set(tokens(other))
    return len(words & others) / max(1, min(len(words), len(others)))


def _paragraphs(data: Any, path: Path) -> Iterator[_Paragraph]:
    titles = data.get("data") if isinstance(data, dict) else None
    if not isinstance(titles, list):
        raise BadSet("there is no list `data`", where=str(path), do="use SQuAD's form, or name another --format")
    for at, title in enumerate(titles):
        paragraphs = title.get("paragraphs") if isinstance(title, dict) else None
        if not isinstance(paragraphs, list):
            raise BadSet("there is no list `paragraphs`", where=f"{path}: data[{at}]", do="use SQuAD's form")
        for number, paragraph in enumerate(paragraphs):
            place = f"data[{at}].paragraphs[{number}]"
            context = paragraph.get("context") if isinstance(paragraph, dict) else None
            qas = paragraph.get("qas") if isinstance(paragraph, dict) else None
            if not isinstance(context, str) or not isinstance(qas, list) or not all(isinstance(q, dict) for q in qas):
                raise BadSet("there is no `context` or no list `qas`", where=f"{path}: {place}", do="use SQuAD's form")
            yield _Paragraph(place, str(title.get("title", at)), context, qas)


def _id(qa: dict[str, Any], where: str) -> str:
    name = qa.get("id")
    if not isinstance(name, str | int):
        raise BadSet("a question has no id", where=where, do="give it one")
    return str(name)


def _read(path: Path) -> Any:
    try:
        return json.loads(_read_text(path))
    except (ValueError, RecursionError) as error:
        raise BadSet(f"this is no JSON: {error}", where=str(path), do="name a file in SQuAD's form") from error


# Which form a question set has, and who reads it. Knows no form itself.

_Format = Literal["jsonl", "squad", "beir"]
_FORMATS: tuple[str, ...] = get_args(_Format)

_Articles = Callable[[], Mapping[str, Sequence[str]]]
"""The texts of the corpus by file; asked only for a set that is about a corpus that is there already."""


def format_of(path: Path, named: str | None = None) -> _Format:
    """The form that is named, else the one that the path looks like. Raises `BadSet` where neither tells."""
    if named is not None:
        for known in get_args(_Format):
            if named == known:
                return known  # type: ignore[no-any-return]
        raise BadSet(f"there is no format {named!r}", where="--format", do=f"use one of {', '.join(_FORMATS)}")
    if path.is_dir():
        return "beir"
    if path.suffix.lower() in {".jsonl", ".json"}:
        return "jsonl" if path.suffix.lower() == ".jsonl" else "squad"
    if not path.exists():
        raise BadSet("there is no such file", where=str(path), do="name a question set")
    raise BadSet("its name does not tell its form", where=str(path), do=f"say --format {'|'.join(_FORMATS)}")


def read_set(path: Path, format_: _Format, articles: _Articles, texts: Path | None = None) -> QuestionSet:
    """The question set in `path`. Raises `BadSet` with the place and the reason for one that cannot be used."""
    if texts is not None and format_ != "squad":
        raise BadSet("only a set in SQuAD's form has a parallel file", where="--texts", do="leave it away")
    if format_ == "jsonl":
        return read_jsonl(path, articles())
    return read_beir(path) if format_ == "beir" else read_squad(path, texts)


# Takes texts out of a set, so that their questions have no answer any more. Pure, and the same each time.


def without(of: QuestionSet, share: float) -> QuestionSet:
    """The set with about `share` of its families of texts gone; what only they answered is not answerable.

    `share` is in [0, 1]. Which ones go is drawn from their hashes, not from their order. Raises `BadSet` for a set that
    brings no texts: nothing is ever taken out of a user's own corpus.
    """
    if share == 0:
        return of
    if not of.texts:
        raise BadSet("it brings no texts that could be taken out", where=of.name, do="leave --take-out away")
    gone = {text.source for text in of.texts if draw(text.family or text.text) < share}
    kept = tuple(text for text in of.texts if text.source not in gone)
    if not kept:
        raise BadSet("nothing of it would be left", where=of.name, do="take a smaller share out")
    return replace(of, texts=kept, questions=tuple(_asked(one, gone) for one in of.questions))


def _asked(question: Question, gone: set[str]) -> Question:
    gold = tuple(place for place in question.gold if place.source not in gone)
    if gold or not question.gold:
        return replace(question, gold=gold)
    return replace(question, gold=(), accepted=(), answerable=False)


def draw(name: str) -> float:
    """A number in [0, 1) that depends on the name alone."""
    return int.from_bytes(hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()[:6], "big") / 2**48
