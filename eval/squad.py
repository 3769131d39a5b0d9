"""SQuAD, XQuAD and ARCD files → a question set with its texts: a paragraph each, and where the answers stand.

The form is that of Rajpurkar et al. 2016 and 2018: ``data[].paragraphs[]`` with a ``context`` and ``qas[]`` of ``id``,
``question``, ``answers[]`` (``text``, ``answer_start`` in code points) and, in version 2, ``is_impossible``.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from eval.reading import hash_files, places, read_text
from eval.sets import BadSet, Gold, Question, QuestionSet, Text
from rag.text.normalise import question_language, tokens
from rag.types import Span

NESTED = 0.75
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
    sources: dict[str, Text] = {}
    by_title: dict[str, list[Text]] = defaultdict(list)
    for paragraph in about:
        if paragraph.context not in sources:
            text = _text(len(sources), paragraph, by_title[paragraph.title])
            sources[paragraph.context] = text
            by_title[paragraph.title].append(text)
    families: dict[str, list[Text]] = defaultdict(list)
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
    sha256 = hash_files(path, *([texts] if texts else []))
    name = path.stem if texts is None else f"{path.stem} over {texts.stem}"
    return QuestionSet(name, sha256, tuple(questions), tuple(sources.values()))


def _squad_question(
    name: str,
    qa: dict[str, Any],
    own: list[tuple[str, Span]],
    other: list[tuple[str, Span]],
    home: Text,
    family: list[Text],
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


def _text(number: int, paragraph: _Paragraph, before: list[Text]) -> Text:
    words = set(tokens(paragraph.context))
    family = next((other.family for other in before if _overlap(words, other.text) > NESTED), paragraph.context)
    return Text(f"set/{number:06}.txt", paragraph.context, f"{paragraph.title}-{number}", family)


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
        return json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise BadSet(f"this is no JSON: {error}", where=str(path), do="name a file in SQuAD's form") from error
