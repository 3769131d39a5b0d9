"""What a check of a text takes and gives on every wire, as pydantic models."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from pydantic import ConfigDict, Field

from rag.generate.check_text import Checked
from rag.types import Support
from ui.shared.api_documents import Asked, FiltersDocument, Words
from ui.shared.schemas import CitationDocument, Document, ProblemDocument

MAX_CHARS = 2_000_000
"""What the form takes at most; the server's setting `max_check_chars` may be less."""


class CheckRequest(Asked):
    """A text to check."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"text": "التقى بوتين المعلم في سوتشي. Putin met Muallem in Sochi."}]},
    )

    text: Words = Field(
        min_length=1, max_length=MAX_CHARS, description="in Arabic, English or both; the server has its own limit"
    )
    corpus: Words | None = Field(
        default=None, max_length=64, description="name of the corpus; another than the one served is refused"
    )
    filters: FiltersDocument = Field(default=FiltersDocument(), description="which articles may be quoted")


class CheckedSentence(Document):
    """One sentence of the text: what supports it, or what comes nearest and what is wrong."""

    text: str = Field(description="the sentence: the slice of the text from start to end")
    start: int = Field(ge=0, description="first code point, in the text given")
    end: int = Field(ge=0, description="the code point after the last, in the text given")
    support: Support = Field(description="whether the archive bears it out; a question is unsupported")
    score: float = Field(ge=0, le=1, description="its support, 0 to 1")
    citations: list[CitationDocument] = Field(
        description="slices of the archive that support it, two at most; of an unsupported sentence, the nearest. "
        "Numbered by order of appearance in the whole text"
    )
    problems: list[ProblemDocument] = Field(
        description="what keeps it from being supported, else empty. Kinds are those of a claim, and question"
    )

    @classmethod
    def of(cls, checked: Checked) -> Self:
        return cls(
            text=checked.sentence,
            start=checked.span.start,
            end=checked.span.end,
            support=checked.support,
            score=round(checked.score, 4),
            citations=[CitationDocument.cut(citation) for citation in checked.citations],
            problems=[ProblemDocument.about(problem) for problem in checked.problems],
        )


class CheckDocument(Document):
    """A text that was checked."""

    sentences: list[CheckedSentence] = Field(description="its sentences, in their order")

    @classmethod
    def of(cls, checked: Iterable[Checked]) -> Self:
        return cls(sentences=[CheckedSentence.of(one) for one in checked])


def check_json(checked: Iterable[Checked]) -> dict[str, Any]:
    """The JSON form of a check: plain values."""
    return CheckDocument.of(checked).model_dump(mode="json")
