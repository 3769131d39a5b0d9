"""What OpenAI's chat completions take and give, as far as Isnad speaks it: every field with its meaning.

Fields that are not here are let pass: existing clients send many, and none of them can change a checked answer. Those
that would change what the caller gets back (several choices, JSON) are refused rather than left without effect.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from rag.retrieve.question import MOST_TURNS
from rag.types import Answer, Filters, Language
from ui.shared.api_documents import FiltersDocument, Text
from ui.shared.problems import Refusal
from ui.shared.schemas import CitationDocument, Document, NoticeDocument, ShortAnswerDocument, rounded

MODEL = "isnad"
SEPARATOR = "\n"
"""Between the sentences of an answer, as in `rag.types.Answer.text`."""


class Asked(BaseModel):
    """What all requests of this protocol share: deaf to what is not known."""

    model_config = ConfigDict(extra="ignore")


class PartDocument(Asked):
    """A part of a message."""

    type: str = Field(max_length=100, description="only `text` can be read in a question or an answer")
    text: Text | None = Field(default=None, description="what it says")


class MessageDocument(Asked):
    """A message of the conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"] = Field(
        description="only those of user and assistant are read: an answer follows the archive, not instructions"
    )
    content: Text | list[PartDocument] | None = Field(default=None, description="a text, or its parts in order")

    def text(self, where: str) -> str:
        """What it says. Raises `Refusal` (422) for what is not text."""
        if isinstance(self.content, list):
            for place, part in enumerate(self.content):
                if part.type not in {"text", "refusal"}:
                    raise Refusal(
                        422, "it is not of type text", where=f"{where}.content.{place}.type", do="send text alone"
                    )
            return "\n".join(part.text or "" for part in self.content)
        return self.content or ""


class StreamOptionsDocument(Asked):
    """What a stream holds besides the answer."""

    include_usage: bool | None = Field(default=None, description="one more chunk, with the tokens")


class FormatDocument(Asked):
    """The form of an answer."""

    type: Literal["text"] = Field(description="an answer is text with its citations beside it")


class ChatRequest(Asked):
    """A conversation whose last message of the user is the question."""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={
            "examples": [{"model": "isnad", "messages": [{"role": "user", "content": "من زار سوتشي؟"}]}]
        },
    )

    model: str = Field(default=MODEL, max_length=500, description="any name is taken; `isnad` answers")
    messages: list[MessageDocument] = Field(
        min_length=1, max_length=500, description="oldest first; earlier questions and answers make a follow-up whole"
    )
    stream: bool | None = Field(default=None, description="server-sent events: whole sentences, each after its checks")
    stream_options: StreamOptionsDocument | None = Field(default=None, description="what a stream holds besides")
    n: Literal[1] | None = Field(default=None, description="one answer")
    response_format: FormatDocument | None = Field(default=None, description="text is the only one")
    language: Language | None = Field(default=None, description="ours: of the answer; when null, that of the question")
    filters: FiltersDocument | None = Field(default=None, description="ours: what the question is limited to")
    top_k: int | None = Field(default=None, ge=1, le=100, description="ours: passages to find")

    @property
    def limits(self) -> Filters:
        return (self.filters or FiltersDocument()).filters()

    def talk(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """The question, and the earlier (question, answer) pairs, oldest first.

        Raises `Refusal` (422) where no message is the user's, or one of those that are read is not text.
        """
        said = [(place, one) for place, one in enumerate(self.messages) if one.role in {"user", "assistant"}]
        while said and said[-1][1].role == "assistant":  # the beginning of an answer is not taken from a caller
            said.pop()
        if not said:
            raise Refusal(422, "there is no message of the user", where="messages", do="send the question as one")
        place, last = said.pop()
        pairs: list[tuple[str, str]] = []
        for at, one in said:
            text = one.text(f"messages.{at}")
            if one.role == "user":
                pairs.append((text, ""))
            elif pairs:
                question, before = pairs[-1]
                pairs[-1] = (question, SEPARATOR.join(filter(None, (before, text))))
        return last.text(f"messages.{place}"), tuple(pairs[-MOST_TURNS:])


class UrlCitationDocument(Document):
    """Where in the answer a source is named, and which."""

    start_index: int = Field(ge=0, description="first code point of the `[n]`, in the content")
    end_index: int = Field(ge=0, description="the code point after its last")
    title: str = Field(description="of the article; the name of its file where it states none")
    url: str = Field(description="of the original file, relative to this server")


class AnnotationDocument(Document):
    """A citation."""

    type: Literal["url_citation"] = Field(default="url_citation", description="the only kind")
    url_citation: UrlCitationDocument = Field(description="the citation in OpenAI's form")
    citation: CitationDocument = Field(
        description="ours: the exact words and where they stand, to be checked by anyone"
    )


class AboutDocument(Document):
    """Ours: what a reader must know about the answer, and OpenAI's form has no place for."""

    status: str = Field(description="answered, partial or not_in_corpus")
    short: list[ShortAnswerDocument] = Field(
        description="the words that answer by themselves, likeliest first; each lies in the annotation of its citation"
    )
    probability: float | None = Field(
        ge=0, le=1, description="calibrated, that the archive answers, 0 to 1; null: nothing was read"
    )
    generator: str = Field(description="who answered: its kind, and its model where it has one")
    generation: str = Field(description="the state of the index that was searched")
    cut: bool = Field(description="whether the answer ended before its end")
    removed: int = Field(ge=0, description="sentences that a model wrote and that no evidence supports")
    notices: list[NoticeDocument] = Field(description="what a reader must know about this answer")

    @classmethod
    def of(cls, answer: Answer) -> AboutDocument:
        return cls(
            status=answer.status,
            short=[ShortAnswerDocument.cut(one) for one in answer.short],
            probability=rounded(answer.probability),
            generator=answer.generator,
            generation=answer.generation,
            cut=answer.cut,
            removed=len(answer.removed),
            notices=[NoticeDocument(kind=one.kind, message=one.message) for one in answer.notices],
        )


class TokensDocument(Document):
    """Tokens that the model read and wrote; 0 where none was asked."""

    prompt_tokens: int = Field(ge=0, description="read")
    completion_tokens: int = Field(ge=0, description="written")
    total_tokens: int = Field(ge=0, description="both")

    @classmethod
    def of(cls, answer: Answer) -> TokensDocument:
        read = answer.usage.prompt_tokens if answer.usage else 0
        wrote = answer.usage.completion_tokens if answer.usage else 0
        return cls(prompt_tokens=read, completion_tokens=wrote, total_tokens=read + wrote)


class ReplyDocument(Document):
    """The answer as a message."""

    role: Literal["assistant"] = Field(default="assistant", description="whose message it is")
    content: str = Field(description="the checked sentences, a line each, or that the archive does not answer")
    refusal: None = Field(default=None, description="never: what is not answered is said in the content")
    annotations: list[AnnotationDocument] = Field(description="the citations, in the order of their `[n]`")


class ChoiceDocument(Document):
    """The one choice."""

    index: Literal[0] = Field(default=0, description="there is no other")
    message: ReplyDocument = Field(description="the answer")
    logprobs: None = Field(default=None, description="never")
    finish_reason: Literal["stop", "length"] = Field(description="length: the answer was cut")


class CompletionDocument(Document):
    """A whole answer."""

    id: str = Field(description="of this answer alone; it is not kept")
    object: Literal["chat.completion"] = Field(default="chat.completion", description="what this is")
    created: int = Field(ge=0, description="seconds since 1970, UTC")
    model: Literal["isnad"] = Field(default="isnad", description="who answers, whatever was named")
    choices: list[ChoiceDocument] = Field(description="one")
    usage: TokensDocument = Field(description="tokens")
    isnad: AboutDocument = Field(description="ours: about the answer")


class ModelDocument(Document):
    """A model that can be named."""

    id: Literal["isnad"] = Field(default="isnad", description="its name")
    object: Literal["model"] = Field(default="model", description="what this is")
    created: int = Field(default=0, ge=0, description="seconds since 1970, UTC; 0: it has no date")
    owned_by: Literal["isnad"] = Field(default="isnad", description="who serves it")


class ModelsDocument(Document):
    """The models: one."""

    object: Literal["list"] = Field(default="list", description="what this is")
    data: list[ModelDocument] = Field(description="one")


def plain(document: Document) -> dict[str, Any]:
    return document.model_dump(mode="json")
