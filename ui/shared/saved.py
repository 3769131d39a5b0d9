"""Saved questions: asked again whenever the archive changes; what is new since the last look is marked.

A corpus has one list, in a JSON file that only its owner may read. It is written whole under a lock, so that a command,
a watch and a server can use it at the same time. What is found for a question is what its timeline has: each sentence
from which an answer would be given. The same sentence in a new version of its file, or in another file, is not new.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Event as Cancel
from typing import TYPE_CHECKING, Any, Final, Literal, Self
from xml.etree import ElementTree

from pydantic import Field, ValidationError

from rag.errors import BadInput, IsnadError, NotInGeneration
from rag.retrieve.question import NO_FILTERS, make_query, valid_filters
from rag.store.locks import file_locks
from rag.store.private import make_private, write_whole
from rag.store.writes import now
from rag.text.normalise import sound, whole_words
from rag.types import Citation, Filters, Language
from ui.shared.problems import NO_NUL
from ui.shared.schemas import VERSION, Asked, CitationDocument, Document, FiltersDocument, UnderstoodDocument
from ui.shared.sheets import absolute_link

if TYPE_CHECKING:
    from rag.config import Settings
    from rag.corpus import Corpus

FILE: Final = "saved.json"
MOST_SAVED: Final = 100
"""Maximum number of saved questions of a corpus."""
MOST_SEEN: Final = 5_000
"""Sentences of one question that are remembered as seen; then the oldest are forgotten."""
ATOM: Final = "http://www.w3.org/2005/Atom"
ATOM_TYPE: Final = "application/atom+xml"


class SavedUnusable(IsnadError):
    """Raised when the file of saved questions is damaged, was written by a newer Isnad, or cannot be written."""


class NoSavedQuestion(BadInput):
    """Raised when there is no saved question with this id."""


class SaveRequest(Asked):
    """A question to save."""

    question: str = Field(
        pattern=NO_NUL,
        min_length=1,
        max_length=20_000,
        description="in Arabic or English; filters such as `outlet:` and `after:` in it are read",
    )
    name: str = Field(
        default="", pattern=NO_NUL, max_length=200, description="a name for lists; if empty, the question"
    )
    language: Language | None = Field(default=None, description="of the question; if null, it is detected")
    filters: FiltersDocument = Field(default=FiltersDocument(), description="which articles may be quoted")


class FoundDocument(Document):
    """A sentence that was found for a saved question."""

    key: str = Field(description="of the sentence: equal for the same words in another version or file")
    found_at: str = Field(description="when it was first found, ISO 8601 in UTC")
    new: bool = Field(description="whether it was found after the last look")
    citation: CitationDocument = Field(description="the sentence, a slice of the source")


class SavedDocument(Document):
    """A saved question with what was found for it."""

    id: str = Field(description="opaque")
    name: str = Field(description="as given, else the question")
    question: str = Field(description="as it was typed")
    understood: list[UnderstoodDocument] = Field(description="filters that were read in the question")
    language: Language = Field(description="of the question")
    filters: FiltersDocument = Field(description="given besides those in the question")
    created_at: str = Field(description="ISO 8601 in UTC")
    asked_at: str | None = Field(description="when it was last asked, ISO 8601 in UTC; null: not yet")
    looked_at: str | None = Field(description="when what it found was last looked at; null: never")
    generation: str | None = Field(description="the index snapshot that it was last asked of")
    error: str | None = Field(description="why it could not be asked the last time; null: it could")
    new: int = Field(ge=0, description="number of sentences that are new since the last look")
    found: list[FoundDocument] = Field(description="new sentences first, then by date of publication, the latest first")


class SavedList(Document):
    """The saved questions of a corpus."""

    version: Literal[1] = Field(default=VERSION, description="of this schema")
    corpus: str = Field(description="name of the corpus")
    new: int = Field(ge=0, description="number of new sentences of all questions")
    questions: list[SavedDocument] = Field(description="in the order in which they were saved")


class _Found(Document):
    key: str
    found_at: str
    citation: CitationDocument


class _Saved(Document):
    """A saved question as it is stored; `seen` are the keys that were looked at, the oldest first."""

    id: str
    name: str
    question: str
    language: Language | None
    filters: FiltersDocument
    created_at: str
    asked_at: str | None = None
    looked_at: str | None = None
    generation: str | None = None
    error: str | None = None
    found: tuple[_Found, ...] = ()
    seen: tuple[str, ...] = ()


class _File(Document):
    version: Literal[1] = VERSION
    feed: str
    """Random UUID that makes the ids of the feed unique."""
    questions: tuple[_Saved, ...] = ()


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run did: how many questions were asked, how many new sentences they found, and the errors by question."""

    asked: int = 0
    new: int = 0
    errors: tuple[tuple[str, IsnadError], ...] = ()


class Saved:
    """The saved questions of one corpus. Thread-safe, also between processes; the file is created at the first change.

    All calls raise `SavedUnusable` if the file is damaged, was written by a newer Isnad, or cannot be read or written.
    """

    def __init__(self, path: Path, corpus: str, *, clock: Callable[[], str] = now) -> None:
        """`clock` returns the time, ISO 8601 in UTC."""
        self._path = path
        self._corpus = corpus
        self._clock = clock

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The saved questions of the corpus of these settings."""
        name = settings.corpus_to_read()
        return cls(settings.corpus_dir(name) / FILE, name)

    def list(self) -> SavedList:
        """Return all saved questions, each with what it found and how much of it is new."""
        questions = [_shown(one) for one in self._read().questions]
        return SavedList(corpus=self._corpus, new=sum(one.new for one in questions), questions=questions)

    def get(self, id_: str) -> SavedDocument:
        """Return one saved question. Raises `NoSavedQuestion`."""
        return _shown(_one(self._read(), id_))

    def add(
        self, question: str, *, name: str = "", language: Language | None = None, filters: Filters = NO_FILTERS
    ) -> SavedDocument:
        """Save a question; `run` then asks it. What the first run finds is not new.

        Filters in the question are read, and added to `filters`. Raises `BadInput` for a question, name or filter that
        is not valid, and for more than `MOST_SAVED` questions.
        """
        query = make_query(question, language=language, filters=filters, typed=True)
        try:
            made = _Saved(
                id=secrets.token_hex(6),
                name=sound(" ".join(name.split())),
                question=query.asked,
                language=language,
                filters=FiltersDocument.of(valid_filters(filters)),
                created_at=self._clock(),
            )
        except ValidationError as error:
            what = "a filter is too long, or has characters that cannot be saved"
            raise BadInput(what, where="filters", do="change it") from error
        with self._changing() as file:
            if len(file.value.questions) >= MOST_SAVED:
                what = f"there are already {MOST_SAVED} saved questions"
                raise BadInput(what, where="saved", do="remove one of them", kind="saved_many", most=MOST_SAVED)
            file.value = file.value.model_copy(update={"questions": (*file.value.questions, made)})
        return _shown(made)

    def remove(self, id_: str) -> None:
        """Delete a saved question and what it found. Raises `NoSavedQuestion`."""
        with self._changing() as file:
            gone = _one(file.value, id_)
            kept = tuple(one for one in file.value.questions if one is not gone)
            file.value = file.value.model_copy(update={"questions": kept})

    def look(self, id_: str) -> SavedDocument:
        """Return a saved question, and mark what it has found as seen: the result still says what was new.

        Raises `NoSavedQuestion`.
        """
        with self._changing() as file:
            before = _one(file.value, id_)
            file.replace(before.model_copy(update={"seen": _seen(before), "looked_at": self._clock()}))
        return _shown(before)

    def run(
        self,
        corpus: Corpus,
        only: str | None = None,
        *,
        cancel: Cancel | None = None,
        progress: Callable[[int, int], None] = lambda _done, _of: None,
    ) -> RunReport:
        """Ask each question that was not asked of the current index snapshot yet; with `only`, the one of this id.

        A question that fails keeps what it found, with its error, and the others are still asked. Once `cancel` is set,
        no more are asked, and what was found for the one being asked is dropped. No language model is used.
        """
        current = corpus.catalog.current(corpus.name)
        snapshot = current.id if current else None
        due = [
            one
            for one in self._read().questions
            if only in {None, one.id} and (one.generation != snapshot or one.error is not None)
        ]
        errors: list[tuple[str, IsnadError]] = []
        asked = new = 0
        for done, question in enumerate(due):
            progress(done, len(due))
            if cancel is not None and cancel.is_set():
                break
            try:
                snapshot_asked, citations = _ask(corpus, question, cancel)
            except IsnadError as error:
                errors.append((question.id, error))
                self._update(question.id, partial(_failed, error=error))
                continue
            if cancel is not None and cancel.is_set():
                break
            asked += 1
            new += self._keep(corpus, question.id, snapshot_asked, citations)
        progress(len(due), len(due))
        return RunReport(asked, new, tuple(errors))

    def atom(self, base: str = "", self_url: str = "") -> bytes:
        """The feed of all questions in Atom (RFC 4287): an entry for each sentence, the latest found first.

        `base` is the address of a chat server, for links to the sources; `self_url` is that of the feed.
        """
        return _feed(self._read(), self._corpus, base, self_url)

    def _keep(self, corpus: Corpus, id_: str, snapshot: str, citations: Sequence[CitationDocument]) -> int:
        """Store what a question found; returns the number of sentences that were not found before."""
        count = 0

        def merged(before: _Saved) -> _Saved:
            nonlocal count
            known = {one.key: one.found_at for one in before.found}
            at = self._clock()
            found: dict[str, _Found] = {}
            for citation in citations:
                key = _key(citation.quote)
                found.setdefault(key, _Found(key=key, found_at=known.get(key, at), citation=citation))
            seen = set(before.seen)
            first = before.asked_at is None
            count = 0 if first else sum(key not in known and key not in seen for key in found)
            # What nobody has looked at yet stays, though other sentences are nearer now, while the archive has it.
            left = (one for one in before.found if one.key not in found and one.key not in seen)
            kept = [one for one in left if _is_there(corpus, one.citation)]
            after = before.model_copy(
                update={
                    "asked_at": at,
                    "generation": snapshot,
                    "error": None,
                    "found": (*found.values(), *kept),
                }
            )
            return after.model_copy(update={"seen": _seen(after)}) if first else after

        self._update(id_, merged)
        return count

    def _update(self, id_: str, change: Callable[[_Saved], _Saved]) -> None:
        """Change one question; nothing if it was removed meanwhile."""
        with self._changing() as file:
            for one in file.value.questions:
                if one.id == id_:
                    file.replace(change(one))

    def _read(self) -> _File:
        try:
            raw = self._path.read_bytes()
        except FileNotFoundError:
            return _File(feed=str(uuid.uuid4()))
        except OSError as error:
            raise _unusable(self._path, f"it cannot be read ({error.strerror})") from error
        try:
            return _File.model_validate_json(raw)
        except ValidationError as error:
            what = f"it is damaged, or of a newer Isnad ({error.error_count()} fields cannot be read)"
            raise _unusable(self._path, what, "upgrade Isnad, or move the file away") from error

    @contextmanager
    def _changing(self) -> Iterator[_Changed]:
        """The file, to change under a lock; written whole at the end, and not at all if the block raises."""
        try:
            make_private(self._path.parent)
            with file_locks(self._path):
                file = _Changed(self._read())
                yield file
                write_whole(self._path, file.value.model_dump_json(indent=1).encode())
        except OSError as error:
            raise _unusable(self._path, f"it cannot be written ({error.strerror})") from error


@dataclass(slots=True)
class _Changed:
    value: _File

    def replace(self, question: _Saved) -> None:
        """Put a question in the place of the one with its id."""
        questions = tuple(question if one.id == question.id else one for one in self.value.questions)
        self.value = self.value.model_copy(update={"questions": questions})


def saved_json(saved: SavedList) -> dict[str, Any]:
    """Convert the saved questions to plain JSON values."""
    return saved.model_dump(mode="json")


def _ask(corpus: Corpus, question: _Saved, cancel: Cancel | None) -> tuple[str, list[CitationDocument]]:
    """The index snapshot, and each sentence that bears on the question, in the order of its timeline."""
    from rag.generate.timeline import timeline

    made = timeline(
        corpus,
        question.question,
        language=question.language,
        filters=question.filters.filters(),
        cancel=cancel,
        typed=True,
    )
    found: dict[tuple[str, Any], Citation] = {}
    for entry in (*made.entries, *made.undated):
        found.setdefault((entry.citation.article.id, entry.citation.span), entry.citation)
    return made.snapshot, [CitationDocument.cut(citation) for citation in found.values()]


def _key(quote: str) -> str:
    """Key of a sentence: a hash of its words, whatever their punctuation, tashkeel and letter forms."""
    return hashlib.sha256(" ".join(whole_words(quote)).encode("utf-8", "surrogatepass")).hexdigest()[:20]


def _is_there(corpus: Corpus, citation: CitationDocument) -> bool:
    """Whether the current index snapshot has the quote at its span."""
    current = corpus.catalog.current(corpus.name)
    if current is None:
        return False
    try:
        article = corpus.catalog.articles(current.id, [citation.article_id])[citation.article_id]
    except NotInGeneration:
        return False
    return citation.span.of(article.text) == citation.quote


def _failed(question: _Saved, error: IsnadError) -> _Saved:
    return question.model_copy(update={"error": " → ".join(filter(None, (error.what, error.do)))})


def _seen(question: _Saved) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*question.seen, *(one.key for one in question.found))))[-MOST_SEEN:]


def _one(file: _File, id_: str) -> _Saved:
    for one in file.questions:
        if one.id == id_:
            return one
    raise NoSavedQuestion(
        "there is no such saved question", where="saved", do="list them: isnad saved list", kind="no_saved"
    )


def _shown(one: _Saved) -> SavedDocument:
    query = make_query(one.question, language=one.language, filters=one.filters.filters(), typed=True)
    seen = set(one.seen)
    found = [
        FoundDocument(key=item.key, found_at=item.found_at, new=item.key not in seen, citation=item.citation)
        for item in one.found
    ]
    found.sort(key=lambda item: item.citation.published or "", reverse=True)
    found.sort(key=lambda item: not item.new)
    return SavedDocument(
        id=one.id,
        name=one.name or one.question,
        question=one.question,
        understood=[UnderstoodDocument.of(filter_) for filter_ in query.understood],
        language=query.language,
        filters=one.filters,
        created_at=one.created_at,
        asked_at=one.asked_at,
        looked_at=one.looked_at,
        generation=one.generation,
        error=one.error,
        new=sum(item.new for item in found),
        found=found,
    )


def _unusable(path: Path, what: str, do: str = "check its permissions and the free space of its disk") -> SavedUnusable:
    return SavedUnusable(what, where=str(path), do=do)


# The feed: Atom (RFC 4287), in UTF-8.

_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_GENERATOR: Final = "Isnad"


def _feed(file: _File, corpus: str, base: str, self_url: str) -> bytes:
    namespace = uuid.UUID(file.feed)
    items = [(item, one) for one in file.questions for item in one.found]
    items.sort(key=lambda pair: pair[0].found_at, reverse=True)
    changed = [item.found_at for item, _ in items] + [one.created_at for one in file.questions]
    feed = ElementTree.Element("feed", {"xmlns": ATOM})
    _text(feed, "id", namespace.urn)
    _text(feed, "title", f"Isnad: {corpus}")
    _text(feed, "updated", _moment(max(changed, default="1970-01-01T00:00:00+00:00")))
    _text(feed, "generator", _GENERATOR)
    _text(ElementTree.SubElement(feed, "author"), "name", _GENERATOR)
    if self_url:
        ElementTree.SubElement(feed, "link", {"rel": "self", "type": ATOM_TYPE, "href": _xml(self_url)})
    for item, question in items:
        _entry(feed, namespace, item, question, base)
    made: bytes = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return made


def _entry(feed: ElementTree.Element, namespace: uuid.UUID, item: _Found, question: _Saved, base: str) -> None:
    citation = item.citation
    entry = ElementTree.SubElement(feed, "entry")
    # Of the question and the words: stable while files are ingested again, moved or copied.
    _text(entry, "id", uuid.uuid5(namespace, f"{question.id}/{item.key}").urn)
    _text(entry, "title", citation.title or citation.name)
    _text(entry, "updated", _moment(item.found_at))
    _text(ElementTree.SubElement(entry, "author"), "name", citation.outlet or citation.name)
    ElementTree.SubElement(entry, "category", {"term": question.id, "label": _xml(question.name or question.question)})
    if item.key not in question.seen:
        ElementTree.SubElement(entry, "category", {"term": "new"})
    marked = citation.marked.span if citation.marked else None
    version = citation.version
    if link := absolute_link(base, citation.article_id, version, citation.span, marked):
        ElementTree.SubElement(entry, "link", {"rel": "alternate", "type": "text/html", "href": link})
    if published := _day(citation.published):
        _text(entry, "published", published)
    _text(entry, "summary", question.name or question.question)
    _text(entry, "content", citation.quote, {"type": "text"})


def _text(parent: ElementTree.Element, tag: str, text: str, attributes: dict[str, str] | None = None) -> None:
    ElementTree.SubElement(parent, tag, attributes or {}).text = _xml(text)


def _xml(text: str) -> str:
    """The text with U+FFFD for each character that XML 1.0 cannot hold."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _moment(at: str) -> str:
    """A time in the form of RFC 3339."""
    return datetime.fromisoformat(at).astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _day(published: str | None) -> str | None:
    """The day of publication as a time of RFC 3339, its midnight in UTC; None if it is not a whole day."""
    try:
        return _moment(datetime.fromisoformat((published or "")[:10]).replace(tzinfo=UTC).isoformat())
    except ValueError:
        return None
