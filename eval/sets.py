"""A question set: what is asked, what would answer it, and where that stands. Reads no file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from rag.errors import BadInput
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
class Text:
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
    texts: tuple[Text, ...] = ()
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
