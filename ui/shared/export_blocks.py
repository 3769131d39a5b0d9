"""What an export of a conversation says, in what order, block by block. Knows no markup, so none can be forgotten here.

Each run of words carries whose they are, for that decides how they may be shown: ours, a person's or a model's
(bidi controls dropped), a name that a file states, or a file's own words (to the letter).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rag.text.normalise import language as language_of
from rag.text.normalise import question_language
from rag.types import Language
from ui.shared.i18n import WORDS, count, word
from ui.shared.schemas import (
    AnswerDocument,
    CitationDocument,
    ClaimDocument,
    EvidenceDocument,
    ProblemDocument,
    in_citations,
)
from ui.shared.turns import Turn

Role = Literal[
    "title", "note", "question", "when", "short", "said", "label", "doubt", "heading", "source", "quote", "detail",
    "translation", "item", "removed",
]  # fmt: skip
Voice = Literal["ours", "said", "name", "quote", "mark", "cite"]


@dataclass(frozen=True, slots=True)
class Run:
    """Some words and whose they are; `target` is the anchor that a cited number leads to."""

    text: str
    voice: Voice = "ours"
    target: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph. `language` is the BCP 47 tag of words that are not ours, where it is known."""

    role: Role
    runs: tuple[Run, ...]
    language: str | None = None
    anchor: str = ""


def blocks(turns: Sequence[Turn], language: Language, exported_at: str) -> Iterator[Block]:
    """The blocks of a conversation, its title first."""
    title = Run(turns[0].question, "said") if turns else Run(word("export.untitled", language))
    yield Block("title", (title,))
    yield Block("note", tuple(_filled("export.note", language, at=_moment(exported_at))))
    for number, turn in enumerate(turns, 1):
        yield Block("question", (Run(turn.question, "said"),), question_language(turn.question))
        yield Block("when", tuple(_filled("export.asked", language, at=_moment(turn.asked_at))))
        if turn.answer is None:
            yield Block("label", (Run(word("export.failed", language)),))
            yield Block("doubt", (Run(turn.error or "", "said"),))
        else:
            yield from _answer(turn.answer, language, f"a{number}")


def _answer(answer: AnswerDocument, language: Language, anchor: str) -> Iterator[Block]:
    for short, citation in in_citations(answer.short, answer.citations):
        number = Run(f"[{citation.number}]", "cite", f"{anchor}-{citation.number}")
        yield Block("short", (Run(short.text, "quote"), Run(" "), number), language_of(citation.quote))
    if answer.opening:
        yield Block("said", (Run(answer.opening, "said"),), answer.language)
    for claim in answer.claims:
        yield from _claim(claim, answer, language, anchor)
    if answer.citations:
        yield _heading("sources", language)
        for citation in answer.citations:
            yield from _source(
                citation, f"{anchor}-{citation.number}", language, _mark(citation), f"[{citation.number}] "
            )
            yield from _translations(answer, citation.number, language)
    elif answer.evidence:
        yield _heading("nearest", language)
        for item in answer.evidence:
            yield from _source(item, "", language, (Run(item.text, "quote"),))
    yield from _apart(answer, language)
    if answer.independent_sources:
        yield Block("when", (Run(count("independent", answer.independent_sources, language)),))
    made = {"generator": answer.generator, "generation": answer.generation}
    yield Block("when", tuple(_filled("export.made", language, **made)))


def _apart(answer: AnswerDocument, language: Language) -> Iterator[Block]:
    """What is not part of the answer and its reader must know."""
    if answer.removed:
        yield _heading("removed", language)
        for removed in answer.removed:
            yield Block("removed", (Run(removed.text, "said"),), answer.language)
            if removed.problems:
                yield Block(
                    "doubt", (Run("; ".join(one.message for one in removed.problems), "said"),), answer.language
                )
    if answer.rejected:
        yield Block("heading", (Run(word("export.rejected", language)),))
        for rejected in answer.rejected:
            yield Block("item", (Run(f"[{rejected.number}] "), Run(rejected.reason, "said")), answer.language)
    if answer.notices:
        yield Block("heading", (Run(word("export.notices", language)),))
        for notice in answer.notices:
            yield Block("item", (Run(notice.message, "said"),), answer.language)


def _claim(claim: ClaimDocument, answer: AnswerDocument, language: Language, anchor: str) -> Iterator[Block]:
    """A claim with its numbers leading to the sources; under one that is not supported, why."""
    known = {citation.number for citation in answer.citations} & set(claim.citations)
    pieces = re.split(r"(\[[0-9]{1,9}\])", claim.text)
    runs = [
        Run(piece, "cite", f"{anchor}-{int(piece[1:-1])}")
        if at % 2 and int(piece[1:-1]) in known
        else Run(piece, "said")
        for at, piece in enumerate(pieces)
        if piece
    ]
    if claim.stands_in:
        yield Block("label", (Run(word("stands_in", language)),))
    yield Block("said", tuple(runs), answer.language)
    if claim.support == "unsupported":
        yield Block("label", (Run(word("unsupported", language)),))
        yield from _reasons(claim.problems, answer)


def _reasons(problems: Sequence[ProblemDocument], answer: AnswerDocument) -> Iterator[Block]:
    if problems:
        yield Block("doubt", (Run("; ".join(problem.message for problem in problems), "said"),), answer.language)


def _source(
    source: CitationDocument | EvidenceDocument,
    anchor: str,
    language: Language,
    words: tuple[Run, ...],
    number: str = "",
) -> Iterator[Block]:
    """Where words stand, the words, and what a stranger needs to find them again."""
    names = [part for part in (source.title, source.outlet, source.published) if part] or [source.name]
    yield Block("source", (Run(number), *_joined([Run(name, "name") for name in names])), anchor=anchor)
    yield Block("quote", words)
    details: list[tuple[str, str]] = [(word("field.file", language), source.source)]
    details += [("", source.member)] if source.member else []
    details += [(word("field.page", language), str(source.page))] if source.page else []
    details += [(word("field.span", language), f"{source.start}–{source.end}"), ("sha256", source.sha256)]
    for label, value in details:
        if value:
            yield Block("detail", (*((Run(f"{label}: "),) if label else ()), Run(value, "name")))
    if isinstance(source, CitationDocument):
        yield from _also(source, language)


def _also(citation: CitationDocument, language: Language) -> Iterator[Block]:
    """Where the sentence stands besides, and what else is of the story."""
    for one in citation.also:
        key = "also_in" if one.span else "other_words"
        names = [part for part in (one.outlet, one.published, one.name) if part]
        place = [Run(" · "), Run(f"{one.start}–{one.end}", "name")] if one.span else []
        yield Block(
            "detail", (Run(f"{word(key, language)}: "), *_joined([Run(name, "name") for name in names]), *place)
        )


def _mark(citation: CitationDocument) -> tuple[Run, ...]:
    """The quote with the part that answers marked, where the mark lies inside it."""
    quote, marked = citation.quote, citation.marked
    if marked is None or not 0 <= marked.start - citation.start < marked.end - citation.start <= len(quote):
        return (Run(quote, "quote"),)
    start, end = marked.start - citation.start, marked.end - citation.start
    runs = (Run(quote[:start], "quote"), Run(quote[start:end], "mark"), Run(quote[end:], "quote"))
    return tuple(run for run in runs if run.text)


def _translations(answer: AnswerDocument, number: int, language: Language) -> Iterator[Block]:
    for one in answer.translations:
        if one.number == number:
            label = word("export.translation", language, into=_language_name(one.language, language))
            yield Block("label", (Run(label),))
            yield Block("translation", (Run(one.text, "said"),), one.language)


def _language_name(tag: str, language: Language) -> str:
    return word(f"export.language.{tag}", language)


def _heading(key: str, language: Language) -> Block:
    return Block("heading", (Run(word(key, language)),))


def _joined(runs: Iterable[Run]) -> Iterator[Run]:
    for at, run in enumerate(runs):
        if at:
            yield Run(" · ")
        yield run


def _filled(key: str, language: Language, **names: str) -> Iterator[Run]:
    """Words of ours around their blanks, each blank as a name."""
    for at, piece in enumerate(re.split(r"\{(\w+)\}", WORDS[key][language])):
        if piece:
            yield Run(names[piece], "name") if at % 2 else Run(piece)


def _moment(iso: str) -> str:
    return iso.replace("T", " ").replace("+00:00", " UTC")
