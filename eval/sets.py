"""Question sets: questions, accepted answers and gold places; readers for JSON Lines, SQuAD and BEIR; drafts."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, get_args

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, ValidationError

from rag.errors import BadInput
from rag.retrieve.suggestions import Askable, askable
from rag.store.locks import hash_file
from rag.text.normalise import question_language, tokens
from rag.text.sentences import trim
from rag.types import Article, Language, Span


class BadSet(BadInput):
    """Raised for an invalid question set, with file, line and reason."""


@dataclass(frozen=True, slots=True)
class Gold:
    """A place that answers a question: a file of the corpus and, if known, the span of its text (else the whole file).

    `grade` is the relevance grade, from 1; only sets with graded judgements have higher ones.
    """

    source: str
    span: Span | None = None
    grade: int = 1


@dataclass(frozen=True, slots=True)
class Question:
    """One question. Any one of the `accepted` short answers is right, and any one of the `gold` places is enough."""

    id: str
    question: str
    language: Language
    answerable: bool = True
    accepted: tuple[str, ...] = ()
    gold: tuple[Gold, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SetText:
    """A text that a set includes; it becomes the file `source` of the set's corpus.

    `name` is its name in the set. Texts of one `family` are near-duplicates and are removed together.
    """

    source: str
    text: str
    name: str = ""
    family: str = ""


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions and, if the set includes them, the texts that they are about. `sha256` is the hash of its files."""

    name: str
    sha256: str
    questions: tuple[Question, ...]
    texts: tuple[SetText, ...] = ()
    ignored: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        seen: set[str] = set()
        for question in self.questions:
            if question.id in seen:
                raise BadSet(
                    f"the id {question.id!r} occurs twice", where=self.name, do="give each question its own id"
                )
            seen.add(question.id)
        if not self.questions:
            raise BadSet("it has no questions", where=self.name, do="write one question per line, or use another file")

    @property
    def names(self) -> Mapping[str, str]:
        """The set's names of its texts, by source file."""
        return {text.source: text.name or text.source for text in self.texts}

    def sampled(self, count: int | None) -> QuestionSet:
        """Return the set with at most `count` questions, evenly spread; deterministic."""
        if count is None or count >= len(self.questions):
            return self
        total = len(self.questions)
        return replace(self, questions=tuple(self.questions[place * total // count] for place in range(count)))


# Reading the files of question sets as text and JSON, with the place of each error.


def _read_text(path: Path) -> str:
    """Read a UTF-8 file, without a byte order mark. Raises `BadSet` if it is missing or not UTF-8."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise BadSet("there is no such file", where=str(path), do="give a question set") from error
    except (OSError, ValueError) as error:
        raise BadSet(f"it cannot be read: {error}", where=str(path), do="save it as UTF-8") from error


def _objects(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the objects of a JSON Lines file, each with its place ``FILE:LINE``; skips empty lines."""
    for number, line in enumerate(_read_text(path).split("\n"), 1):
        where = f"{path}:{number}"
        if not line.strip():
            continue
        try:
            read = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise BadSet(f"invalid JSON: {error}", where=where, do="write one object per line") from error
        if not isinstance(read, dict):
            raise BadSet("this is not a JSON object", where=where, do="write one object per line")
        yield where, read


def offsets_of(words: str, text: str) -> Iterator[int]:
    """Yield the offsets of `words` in `text`, in code points, including overlapping occurrences."""
    at = text.find(words)
    while at >= 0:
        yield at
        at = text.find(words, at + 1)


def _hash_files(*paths: Path) -> str:
    """Return one SHA-256 for these files: that of a single file, else the hash of their hashes."""
    each = [hash_file(path) for path in paths]
    return each[0] if len(each) == 1 else hashlib.sha256("\n".join(each).encode()).hexdigest()


# BEIR and TREC: a folder with ``corpus.jsonl``, ``queries.jsonl`` and judgements → a question set with its texts.
#
# The format is that of Thakur et al. 2021: ``_id``, ``title`` and ``text``; judgements are ``qrels/SPLIT.tsv`` with a
# header (query-id, corpus-id, score), or a TREC file ``qrels`` with four columns (query, iteration, document, grade).

_SPLITS = ("qrels/test.tsv", "qrels/dev.tsv", "qrels/train.tsv", "qrels.tsv", "qrels.txt", "qrels")
"""Files with judgements, in order of preference; the first that exists is used."""
_PLAIN = re.compile(r"[\w-]{1,80}", re.ASCII)


def read_beir(folder: Path) -> QuestionSet:
    """Read the judged queries and all documents of a BEIR folder. A grade of 0 or less means not relevant.

    Raises `BadSet` with file, line and reason for a missing file, an invalid line, a duplicate id, or a judgement of an
    unknown query or document.
    """
    texts: dict[str, SetText] = {}
    for where, line in _objects(folder / "corpus.jsonl"):
        name = _field(line, "_id", where)
        if name in texts:
            raise BadSet(f"the id {name!r} occurs twice", where=where, do="give each document its own id")
        title, text = str(line.get("title") or "").strip(), str(line.get("text") or "").strip()
        if not (title or text):
            raise BadSet("the document is empty", where=where, do="add a text, or remove the document")
        texts[name] = SetText(_source(name), "\n\n".join(part for part in (title, text) if part), name)
    queries: dict[str, str] = {}
    for where, line in _objects(folder / "queries.jsonl"):
        name = _field(line, "_id", where)
        if name in queries:
            raise BadSet(f"the id {name!r} occurs twice", where=where, do="give each query its own id")
        queries[name] = _field(line, "text", where)
    path = next((folder / name for name in _SPLITS if (folder / name).is_file()), None)
    if path is None:
        raise BadSet("there are no judgements", where=str(folder), do=f"add one of {', '.join(_SPLITS)}")
    gold: dict[str, dict[str, int]] = defaultdict(dict)
    for where, query, document, grade in _judgements(path):
        if query not in queries or document not in texts:
            what = f"query {query!r}" if query not in queries else f"document {document!r}"
            raise BadSet(f"there is no {what}", where=where, do="remove the line, or add what it names")
        if gold[query].get(document, grade) != grade:
            said = f"{document!r} has two different judgements for {query!r}"
            raise BadSet(said, where=where, do="remove one of the two")
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
    """Return a file name for a document: its id if that is a valid name, else the hash of the id."""
    plain = name if _PLAIN.fullmatch(name) else hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"set/{plain}.txt"


def _judgements(path: Path) -> Iterator[tuple[str, str, str, int]]:
    for number, line in enumerate(_read_text(path).split("\n"), 1):
        where = f"{path}:{number}"
        parts = line.split("\t") if "\t" in line else line.split()
        if not line.strip() or (number == 1 and parts[-1].strip()[:1].isalpha()):
            continue  # the header with the names of the columns
        if len(parts) not in {3, 4}:
            raise BadSet("a judgement must have three or four columns", where=where, do="correct the line")
        query, document, grade = parts[0].strip(), parts[-2].strip(), parts[-1].strip()
        try:
            yield where, query, document, int(grade)
        except ValueError as error:
            raise BadSet(f"{grade!r} is not a grade", where=where, do="write a whole number") from error


def _field(line: Mapping[str, object], name: str, where: str) -> str:
    value = line.get(name)
    if not isinstance(value, str | int) or not str(value).strip():
        raise BadSet(f"there is no {name}", where=where, do=f"add the field {name}")
    return str(value)


# Isnad's own format of a question set: JSON Lines, about the articles of an existing corpus.
#
# ``id``, ``question``; ``language`` (ar or en), ``answerable``, ``accepted`` (short answers), ``evidence`` (``file``
# with ``quote``, or ``start`` and ``end`` in code points, or all three, or none for the whole article), ``tags``.

_Words = Annotated[StrictStr, Field(min_length=1, pattern=r"\S")]


class _Evidence(BaseModel):
    """A place that answers, as a line of the set states it."""

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
    """Read a set in Isnad's own format; `articles` are the texts of the corpus by source file.

    Raises `BadSet` with line and reason for: invalid JSON, a missing or invalid field, an incomplete draft, a duplicate
    id, a file that is not in the corpus, a quote that is not in its file or not at its span, an answerable question
    with neither accepted answers nor evidence, an unanswerable question with either. Unknown fields are listed in
    `ignored`; a field whose name is close to a known one is an error.
    """
    ids: dict[str, str] = {}
    questions: list[Question] = []
    ignored: set[str] = set()
    for where, line in _objects(path):
        ignored |= _unknown(line, where)
        parsed = _parse(line, where)
        name = str(parsed.id)
        if name in ids:
            raise BadSet(f"the id {name!r} occurs twice, first at {ids[name]}", where=where, do="rename one")
        ids[name] = where
        questions.append(_question(name, parsed, articles, where))
    return QuestionSet(path.stem, hash_file(path), tuple(questions), ignored=tuple(sorted(ignored)))


def _question(name: str, line: _Line, articles: Mapping[str, Sequence[str]], where: str) -> Question:
    if line.draft:
        raise BadSet(f"{name} is still a draft", where=where, do="complete it and remove `draft`, or delete the line")
    answerable = line.answerable if line.answerable is not None else bool(line.accepted or line.evidence)
    if line.answerable is None and not answerable:
        what = "it has no answer and is not marked as unanswerable"
        raise BadSet(what, where=where, do="add an answer, or answerable: false")
    if answerable and not (line.accepted or line.evidence):
        raise BadSet("it is answerable but has no answer", where=where, do="add accepted answers, evidence, or both")
    if not answerable and (line.accepted or line.evidence):
        raise BadSet("it is not answerable but has an answer", where=where, do="remove one of the two")
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
            said = f"{place.file} has other words at [{span.start}, {span.end})" if fits else f"no such span: {span}"
            raise BadSet(said, where=where, do="correct quote or span; offsets are code points of the file's text")
        yield Gold(place.file, span, place.grade)
    elif place.quote:
        found = [Span(at, at + len(place.quote)) for text in texts for at in offsets_of(place.quote, text)]
        if not found:
            raise BadSet(f"{place.file} does not contain {place.quote!r}", where=where, do="copy the words exactly")
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


# SQuAD, XQuAD and ARCD files → a question set with its texts (one per paragraph) and the spans of the answers.
#
# The format is that of Rajpurkar et al. 2016 and 2018: ``data[].paragraphs[]`` with a ``context`` and ``qas[]`` of
# ``id``, ``question``, ``answers[]`` (``text``, ``answer_start`` in code points) and, in version 2,
# ``is_impossible``.

_NESTED = 0.75
"""Paragraphs of one title that share at least this part of their words are near-duplicates (in ARCD the second
paragraph of a title mostly begins with the first); other paragraphs share less than half."""


class _Paragraph(NamedTuple):
    place: str
    title: str
    context: str
    qas: list[dict[str, Any]]


def read_squad(path: Path, texts: Path | None = None) -> QuestionSet:
    """Read the questions of `path` about its own paragraphs, or about those of `texts`, a parallel file with equal ids.

    With `texts`, a question keeps its own answers, and also gets the answers of the other file and their spans. Raises
    `BadSet` with the place in the file for an invalid structure, or an answer that is not in its context.
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
                said = f"the id {name!r} occurs twice, first at {first[name]}"
                raise BadSet(said, where=f"{path}: {place}", do="rename one")
            first[name] = place
            if name not in answers:
                raise BadSet(f"{name} is not in {texts}", where=f"{path}: {place}", do="give the parallel file")
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
        raise BadSet("the question is missing", where=where, do="add the question as a string")
    accepted = tuple(dict.fromkeys(answer for answer, _ in (*own, *other)))
    impossible = qa.get("is_impossible", False)
    if not isinstance(impossible, bool):
        raise BadSet("is_impossible is neither true nor false", where=where, do="write true or false")
    if impossible == bool(accepted):
        said = (
            "it is impossible but has an answer" if impossible else "it has no answer and is not marked as impossible"
        )
        raise BadSet(said, where=where, do="give it either answers or is_impossible: true")
    gold = [Gold(home.source, span) for _, span in other]
    for twin in family:  # in near-duplicate texts, the places in both answer
        if twin is not home:
            gold += [
                Gold(twin.source, Span(at, at + len(one))) for one, _ in other for at in offsets_of(one, twin.text)
            ]
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
        raise BadSet("`answers` is not a list of objects", where=where, do=do)
    for answer in answers:
        text, start = answer.get("text"), answer.get("answer_start")
        if not isinstance(text, str) or not isinstance(start, int):
            raise BadSet("an answer has no text or no answer_start", where=where, do="add both")
        if not text.strip():
            raise BadSet("an answer is empty", where=where, do="remove it")
        found.append((text, _stands(text, start, context, where)))
    return found


def _stands(text: str, start: int, context: str, where: str) -> Span:
    """Return the span of an answer; if it is not at `start`, the nearest span with the same words.

    White space may differ, because some files count offsets in another version of the text (in ARCD, three answers have
    other spaces than their contexts).
    """
    if start >= 0 and context[start : start + len(text)] == text:
        return Span(start, start + len(text))
    words = r"\s+".join(map(re.escape, text.split()))
    near = min(re.finditer(words, context), key=lambda match: abs(match.start() - start), default=None)
    if near is None:
        raise BadSet(f"the answer {text!r} is not in its context", where=where, do="correct the answer")
    return Span(*near.span())


def _text(number: int, paragraph: _Paragraph, before: list[SetText]) -> SetText:
    words = set(tokens(paragraph.context))
    family = next((other.family for other in before if _overlap(words, other.text) > _NESTED), paragraph.context)
    return SetText(f"set/{number:06}.txt", paragraph.context, f"{paragraph.title}-{number}", family)


def _overlap(words: set[str], other: str) -> float:
    """Return the share of the distinct words of the shorter text that the other contains."""
    others = set(tokens(other))
    return len(words & others) / max(1, min(len(words), len(others)))


def _paragraphs(data: Any, path: Path) -> Iterator[_Paragraph]:
    titles = data.get("data") if isinstance(data, dict) else None
    if not isinstance(titles, list):
        raise BadSet("there is no list `data`", where=str(path), do="use the SQuAD format, or another --format")
    for at, title in enumerate(titles):
        paragraphs = title.get("paragraphs") if isinstance(title, dict) else None
        if not isinstance(paragraphs, list):
            raise BadSet("there is no list `paragraphs`", where=f"{path}: data[{at}]", do="use the SQuAD format")
        for number, paragraph in enumerate(paragraphs):
            place = f"data[{at}].paragraphs[{number}]"
            context = paragraph.get("context") if isinstance(paragraph, dict) else None
            qas = paragraph.get("qas") if isinstance(paragraph, dict) else None
            if not isinstance(context, str) or not isinstance(qas, list) or not all(isinstance(q, dict) for q in qas):
                what = "there is no `context` or no list `qas`"
                raise BadSet(what, where=f"{path}: {place}", do="use the SQuAD format")
            yield _Paragraph(place, str(title.get("title", at)), context, qas)


def _id(qa: dict[str, Any], where: str) -> str:
    name = qa.get("id")
    if not isinstance(name, str | int):
        raise BadSet("a question has no id", where=where, do="add an id")
    return str(name)


def _read(path: Path) -> Any:
    try:
        return json.loads(_read_text(path))
    except (ValueError, RecursionError) as error:
        raise BadSet(f"invalid JSON: {error}", where=str(path), do="give a file in the SQuAD format") from error


# Detect the format of a question set and read it.

_Format = Literal["jsonl", "squad", "beir"]
_FORMATS: tuple[str, ...] = get_args(_Format)

_Articles = Callable[[], Mapping[str, Sequence[str]]]
"""Returns the texts of the corpus by source file; called only for a set about an existing corpus."""


def set_format(path: Path, named: str | None = None) -> _Format:
    """Return the named format, else the one that the path suggests. Raises `BadSet` if it is not known."""
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
        raise BadSet("there is no such file", where=str(path), do="give a question set")
    raise BadSet("its name does not show its format", where=str(path), do=f"use --format {'|'.join(_FORMATS)}")


def read_set(path: Path, format_: _Format, articles: _Articles, texts: Path | None = None) -> QuestionSet:
    """Read the question set in `path`. Raises `BadSet` with place and reason for an invalid one."""
    if texts is not None and format_ != "squad":
        raise BadSet("only a set in SQuAD format can have a parallel file", where="--texts", do="leave out --texts")
    if format_ == "jsonl":
        return read_jsonl(path, articles())
    return read_beir(path) if format_ == "beir" else read_squad(path, texts)


# Remove texts from a set, so that their questions have no answer; deterministic.


def without(of: QuestionSet, share: float) -> QuestionSet:
    """Return the set without about `share` of its text families; questions that only those answer become unanswerable.

    `share` is in [0, 1]. The selection depends on the hashes of the texts, not on their order. Raises `BadSet` for a
    set that includes no texts: nothing is ever removed from a user's own corpus.
    """
    if share == 0:
        return of
    if not of.texts:
        raise BadSet("it includes no texts that could be removed", where=of.name, do="leave out --take-out")
    gone = {text.source for text in of.texts if draw(text.family or text.text) < share}
    kept = tuple(text for text in of.texts if text.source not in gone)
    if not kept:
        raise BadSet("no texts would be left", where=of.name, do="remove a smaller share")
    return replace(of, texts=kept, questions=tuple(_asked(one, gone) for one in of.questions))


def _asked(question: Question, gone: set[str]) -> Question:
    gold = tuple(place for place in question.gold if place.source not in gone)
    if gold or not question.gold:
        return replace(question, gold=gold)
    return replace(question, gold=(), accepted=(), answerable=False)


def draw(name: str) -> float:
    """Return a pseudo-random number in [0, 1) that depends only on the name."""
    return int.from_bytes(hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()[:6], "big") / 2**48


# Drafts a question set from a corpus: questions that its articles can probably answer, for a person to complete.
#
# No model writes them. Each line is marked as a draft, and the set is rejected until a person has removed the marks.


def draft(articles: Sequence[Article], count: int) -> list[dict[str, Any]]:
    """Draft at most `count` lines of a JSON Lines set, alternating articles and languages, without duplicate questions.

    ``accepted`` is empty and ``draft`` is true: a person adds the short answers, corrects question and evidence, and
    removes ``draft``.
    """
    lines: list[dict[str, Any]] = []
    asked: set[str] = set()
    for article, language, one, span in _in_turn(articles):
        if len(lines) == count:
            break
        if one.question not in asked:
            asked.add(one.question)
            lines.append(_draft_line(len(lines) + 1, article, language, one, span))
    return lines


def as_jsonl(lines: Sequence[dict[str, Any]]) -> str:
    """Format as JSON Lines."""
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def _in_turn(articles: Sequence[Article]) -> Iterator[tuple[Article, Language, Askable, Span]]:
    drawn = [
        [(article, language, one, trim(article.text, one.span)) for one in askable(article, language) if one.span]
        for article in articles
        for language in get_args(Language)
    ]
    for row in zip_longest(*drawn):
        yield from (one for one in row if one is not None)


def _draft_line(number: int, article: Article, language: Language, one: Askable, span: Span) -> dict[str, Any]:
    place = {"file": article.source, "quote": span.of(article.text), "start": span.start, "end": span.end}
    return {
        "id": f"draft-{number:03}",
        "language": language,
        "question": one.question,
        "answerable": True,
        "accepted": [],
        "evidence": [place],
        "tags": [one.kind],
        "draft": True,
    }
