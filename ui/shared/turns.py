"""A turn of a conversation: a question with its answer, or with why there is none. Stores and shows nothing."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ui.shared.schemas import AnswerDocument

_SURROGATE = re.compile("[\ud800-\udfff]")


def new_id() -> str:
    """An opaque name that nobody can guess: 128 random bits, safe in a URL."""
    return secrets.token_urlsafe(16)


def whole(text: str) -> str:
    """The text with U+FFFD for each half of a surrogate pair: no file and no database takes those."""
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)


def utc_now() -> str:
    """This moment, ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and what became of it: an answer or, where it failed, an error for people.

    `asked_at` is ISO 8601 in UTC. Raises `ValueError` unless there is exactly one of `answer` and `error`, and
    when the answer is one to another question, or a text is not valid Unicode.
    """

    question: str
    answer: AnswerDocument | None = None
    error: str | None = None
    id: str = field(default_factory=new_id)
    asked_at: str = field(default_factory=utc_now)

    def __post_init__(self) -> None:
        if (self.answer is None) == (self.error is None):
            raise ValueError("a turn has an answer or an error, and not both")
        if self.answer is not None and self.answer.question != self.question:
            raise ValueError("the answer of a turn answers its question")
        if any(map(_SURROGATE.search, (self.question, self.error or ""))):
            raise ValueError("a turn holds text, and half of a surrogate pair is none")

    @classmethod
    def answered(cls, answer: AnswerDocument) -> Turn:
        """The turn of a question that was answered now."""
        return cls(answer.question, answer=answer)

    @classmethod
    def failed(cls, question: str, error: str) -> Turn:
        """The turn of a question that could not be answered, with what its asker was told; any str is taken."""
        return cls(whole(question), error=whole(error))


@dataclass(frozen=True, slots=True)
class Summary:
    """A conversation in a list: `title` is its first question, `updated_at` ISO 8601 in UTC, `turns` at least 1."""

    id: str
    title: str
    updated_at: str
    turns: int
