"""Parse exports: read the answers in them, and check that the visible text agrees with the JSON data.

This does not use the current templates, so an export of an earlier Isnad stays valid as long as its files do. Version 1
has a title, a note, then for each question a second-level heading with the answer below it. `shows_its_data` parses the
visible paragraphs and checks that each consists of

* strings from the data of its own question (between two quotes: of those two sources), and
* labels of this or an earlier Isnad (`export_history.json`: add new labels to it, never remove any),

and that the question, short answers, claims, quotes and their sources are all present, complete and in order.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from html.parser import HTMLParser
from importlib.resources import files
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from rag.errors import BadInput
from ui.shared.export import KIND, ConversationDocument, TurnDocument, moment
from ui.shared.html import CONTROLS
from ui.shared.schemas import VERSION, AnswerDocument, CitationDocument, ClaimDocument, EvidenceDocument, in_citations

_FENCE = re.compile(r"^ {0,3}(`{3,})json isnad[ \t]*\r?\n(.*?)\r?\n {0,3}\1`*[ \t]*\r?$", re.MULTILINE | re.DOTALL)
_M = TypeVar("_M", bound=BaseModel)


class _Header(BaseModel):
    version: int = VERSION
    kind: str = "answer"


def read_back(text: str) -> list[AnswerDocument]:
    """Read the answers from an export (Markdown or HTML), from its JSON, or from the JSON of one answer, in order.

    They are not checked against their sources. Raises `BadInput` if there are none, if they are damaged, or if a newer
    Isnad wrote them.
    """
    plain = text.lstrip("\ufeff \t\r\n")
    if plain.startswith("{"):
        return _answers(plain)
    found = _data_of(text)
    if not found:
        raise BadInput(
            "this file contains no answers of Isnad",
            where="export",
            do="use a file that Isnad exported (Markdown, HTML) or the JSON of an answer",
        )
    return [answer for part in found for answer in _answers(part)]


def shows_its_data(text: str) -> bool:
    """Whether the visible text of an export agrees with its JSON data; always true for plain JSON.

    Raises as `read_back`.
    """
    read_back(text)
    given = text.lstrip("\ufeff").replace("\r\n", "\n").strip()
    if given.startswith("{"):
        return True
    found = _data_of(given)
    if len(found) != 1:
        return False
    data = _parsed(ConversationDocument, found[0])
    try:
        shown = _of_html(given) if _scripts(given) else _of_markdown(given)
        return data.language is not None and _shows(shown, data)
    except _Foreign:
        return False


def _data_of(text: str) -> list[str]:
    # HTML first: a quote in HTML may look like a fence, but a quote in Markdown cannot look like a script.
    return _scripts(text) or [match[2] for match in _FENCE.finditer(text)]


def _answers(data: str) -> list[AnswerDocument]:
    header = _parsed(_Header, data)
    if header.version != VERSION:
        raise BadInput(
            f"it has version {header.version}; this Isnad reads version {VERSION}", where="export", do="upgrade Isnad"
        )
    if header.kind == KIND:
        return _parsed(ConversationDocument, data).answers
    return [_parsed(AnswerDocument, data)]


def _parsed(model: type[_M], data: str) -> _M:
    try:
        return model.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise BadInput(
            f"the answers in this file are damaged ({first['msg']})",
            where=f"export, {place}" if place else "export",
            do="export the conversation again",
        ) from error


def _scripts(text: str) -> list[str]:
    """Return the content of each ``<script id="isnad">`` of a page."""
    parser = _Scripts()
    parser.feed(text)
    return parser.found


class _Scripts(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script" and ("id", "isnad") in attrs:
            self._inside = True
            self.found.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "script"

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.found[-1] += data


# An export → its visible paragraphs.


class _Foreign(Exception):
    """Raised for content that no export has: another element, an unknown style, markup in a sentence."""


class _Shown(NamedTuple):
    """A visible paragraph: its heading level (0 for none) and its text."""

    level: int
    text: str


_ELEMENTS = frozenset({"html", "head", "meta", "title", "style", "body", "main", "blockquote", "bdi", "mark", "a"})
_PARAGRAPHS = {"h1": 1, "h2": 2, "h3": 3, "p": 0}
_ATTRIBUTES = frozenset({"lang", "dir", "class", "id", "charset", "http-equiv", "content", "name", "href", "type"})


class _Page(HTMLParser):
    """Parser for the visible paragraphs of an exported page. Raises `_Foreign` for content that no export has."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.shown: list[_Shown] = []
        self.title = ""
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        is_data = tag == "script" and given == {"type": "application/json", "id": "isnad"}
        if tag == "bdi" and re.fullmatch(r"U\+[0-9A-F]{4}", given.get("title") or ""):
            del given["title"]  # the title of a bidi control, which is itself invisible
        if not is_data and (tag not in {*_ELEMENTS, *_PARAGRAPHS} or not _ATTRIBUTES.issuperset(given)):
            raise _Foreign
        if not (given.get("href") or "#").startswith("#"):
            raise _Foreign
        if tag == "meta" and given.get("http-equiv") not in {None, "Content-Security-Policy"}:
            raise _Foreign
        if tag in _PARAGRAPHS:
            self.shown.append(_Shown(_PARAGRAPHS[tag], ""))
        if tag != "meta":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            raise _Foreign

    def handle_data(self, data: str) -> None:
        at = next((tag for tag in reversed(self._open) if tag not in {"bdi", "mark", "a"}), "")
        if at == "style":
            if hashlib.sha256(data.strip().encode()).hexdigest() not in _history()["styles"]:
                raise _Foreign
        elif at == "title":
            self.title += data
        elif at in _PARAGRAPHS:
            last = self.shown.pop()
            self.shown.append(last._replace(text=last.text + data))
        elif at != "script" and data.strip():
            raise _Foreign

    def handle_comment(self, data: str) -> None:
        raise _Foreign(data)


def _of_html(text: str) -> list[_Shown]:
    page = _Page()
    page.feed(text)
    page.close()
    if not page.shown or _plain(page.title) != _plain(page.shown[0].text):
        raise _Foreign
    return page.shown


def _of_markdown(text: str) -> list[_Shown]:
    """Parse the paragraphs before the data of a Markdown export as CommonMark."""
    from markdown_it import MarkdownIt

    fence = next(iter(_FENCE.finditer(text)))
    if text[fence.end() :].strip():
        raise _Foreign
    shown: list[_Shown] = []
    level = 0
    for token in MarkdownIt("commonmark").parse(text[: fence.start()]):
        if token.type == "heading_open":
            level = int(token.tag[1:])
        elif token.type == "inline":
            words = ""
            for piece in token.children or ():
                if piece.type in {"softbreak", "hardbreak"}:
                    words += "\n"
                elif piece.type in {"text", "text_special"}:
                    words += piece.content
                elif piece.type not in {"strong_open", "strong_close"}:
                    raise _Foreign
            shown.append(_Shown(level, words))
            level = 0
        elif token.type.partition("_")[0] not in {"heading", "paragraph", "blockquote", "bullet", "list", "hr"}:
            raise _Foreign
    return shown


# Compare the visible text with the data.


def _shows(shown: Sequence[_Shown], data: ConversationDocument) -> bool:
    begins = [at for at, one in enumerate(shown) if one.level == 2]
    if len(begins) != len(data.turns) or not shown:
        return False
    whole = _Vocabulary(_strings([one.question for one in data.turns[:1]], data.exported_at))
    before = shown[: begins[0] if begins else len(shown)]
    if shown[0].level != 1 or not all(whole.makes(one.text) for one in before):
        return False
    ends = [*begins[1:], len(shown)]
    for turn, start, end in zip(data.turns, begins, ends, strict=True):
        if turn.answer is not None and turn.answer >= len(data.answers):
            return False
        answer = None if turn.answer is None else data.answers[turn.answer]
        if not _shows_turn(shown[start:end], turn, answer):
            return False
    return True


def _shows_turn(shown: Sequence[_Shown], turn: TurnDocument, answer: AnswerDocument | None) -> bool:
    """Whether the paragraphs of one question consist of its data, complete and in order."""
    if _plain(shown[0].text) != _plain(turn.question):
        return False
    asked = _strings([turn.question, turn.asked_at, turn.error])
    if answer is None:
        words = _Vocabulary(asked)
        return all(words.makes(one.text) for one in shown) and (
            not turn.error or any(_plain(one.text) == _plain(turn.error) for one in shown[1:])
        )
    sources: Sequence[CitationDocument | EvidenceDocument] = answer.citations or answer.evidence
    cited = [one for one in sources if _quote_of(one)]
    apart = {"citations", "evidence", "text", "removed", "rejected", "translations"}
    of_claims = [*asked, *_strings(answer.model_dump(mode="json", exclude=apart))]
    of_answer = [*of_claims, *_strings(answer.model_dump(mode="json", include={"removed", "rejected", "translations"}))]
    for one in sources:
        if not _quote_of(one):  # white space, which no paragraph shows: its source line may be anywhere
            of_answer += [*_strings(one.model_dump(mode="json")), *_spans([one])]
    at = _after_claims(shown, answer)
    if at is None or not all(map(_Vocabulary(of_claims).makes, (one.text for one in shown[:at]))):
        return False
    begin = at
    strings = [_strings(one.model_dump(mode="json")) for one in cited]
    for number, source in enumerate(cited):
        end = _quoted_at(shown, source, at)
        if end is None:
            return False
        near = [*strings[number], *(strings[number - 1] if number else ())]
        words = _Vocabulary([*of_answer, *near, *_spans(cited[max(0, number - 1) : number + 1])])
        if not all(words.makes(one.text) for one in shown[begin:end]):
            return False
        begin, at = end, end + 1
    last = strings[-1] if strings else ()
    words = _Vocabulary([*of_answer, *last, *_spans(cited[-1:])])
    return all(words.makes(one.text) for one in shown[begin:]) and _told(shown, answer)


def _after_claims(shown: Sequence[_Shown], answer: AnswerDocument) -> int | None:
    """Return the index after the last claim; None if a short answer, its rendering below its label, or a claim is
    missing or out of order.

    The paragraph below an unsupported claim must say that it is unsupported.
    """
    at = 1
    for short, _ in in_citations(answer.short, answer.citations):
        want = f"{_plain(short.text)} [{short.citation}]".strip()
        place = next((place for place in range(at, len(shown)) if _plain(shown[place].text) == want), None)
        if place is None:
            return None
        at = place + 1
        if short.rendered:
            below = [_plain(one.text) for one in shown[at : at + 2]]
            if below[:1] == [] or below[0] not in _labels("rendered") or below[1:] != [_plain(short.rendered)]:
                return None
            at += 2
    for claim in (one for one in answer.claims if _plain(one.text)):
        place = next((place for place in range(at, len(shown)) if _is_claim(shown, place, claim)), None)
        if place is None:
            return None
        at = place + 1
    return at


def _is_claim(shown: Sequence[_Shown], place: int, claim: ClaimDocument) -> bool:
    """Return whether this paragraph is the claim, between the labels that say what it is."""
    below = _plain(shown[place + 1].text) if place + 1 < len(shown) else ""
    return (
        _plain(shown[place].text) == _plain(claim.text)
        and (claim.support != "unsupported" or below in _labels("unsupported"))
        and (not claim.stands_in or _plain(shown[place - 1].text) in _labels("stands_in"))
    )


def _quote_of(source: CitationDocument | EvidenceDocument) -> str:
    return _plain(source.quote if isinstance(source, CitationDocument) else source.text)


def _quoted_at(shown: Sequence[_Shown], source: CitationDocument | EvidenceDocument, at: int) -> int | None:
    """Return the index of a quote, below its title, outlet and day; None if there is none from `at` on."""
    quote = _quote_of(source)
    missing = {_plain(name) for name in (source.title, source.outlet, source.published) if name}
    for place in range(at, len(shown)):
        text = _plain(shown[place].text)
        if not missing and text == quote:
            return place
        missing = {name for name in missing if name not in text}
    return None


def _told(shown: Sequence[_Shown], answer: AnswerDocument) -> bool:
    """Whether the notices, removed sentences and translations are present; translations only below their label."""
    said = [_plain(one.text) for one in shown]
    translated = [one.text for one in answer.translations if any(one.number == of.number for of in answer.citations)]
    labelled = all(
        any(word == _plain(text) and at and said[at - 1] in _translation_labels() for at, word in enumerate(said))
        for text in translated
    )
    heading = next((at for at, word in enumerate(said) if word in _labels("removed")), len(said))
    removed = [one.text for one in answer.removed]
    return (
        labelled
        and all(_plain(one.message) in said for one in answer.notices)
        and all(_plain(text) in said[heading:] for text in removed)
    )


def _spans(sources: Iterable[CitationDocument | EvidenceDocument]) -> Iterator[str]:
    for one in sources:
        yield f"{one.start}–{one.end}"
        for copy in one.also:
            if copy.span:
                yield f"{copy.start}–{copy.end}"


def _strings(*values: Any) -> list[str]:
    """Collect every string and number in JSON data; each time also in its display format."""
    found: list[str] = []
    left = list(values)
    while left:
        value = left.pop()
        if isinstance(value, str):
            found += [value, moment(value)]
        elif isinstance(value, Mapping):
            left += value.values()
        elif isinstance(value, list | tuple):
            left += value
        elif isinstance(value, int) and not isinstance(value, bool):
            found.append(str(value))
    return found


_UNSHOWABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd]")


def _plain(text: str) -> str:
    """Normalise text for comparison: collapse white space; drop bidi controls and unprintable characters."""
    return " ".join(_UNSHOWABLE.sub(" ", CONTROLS.sub("", text)).split())


class _Vocabulary:
    """The strings and labels that a paragraph may consist of."""

    def __init__(self, strings: Iterable[str]) -> None:
        kept = {_plain(one) for one in strings} | _pieces()
        self._by_letter: dict[str, list[str]] = {}
        for one in sorted(filter(None, kept), key=len, reverse=True):
            self._by_letter.setdefault(one[0], []).append(one)

    def makes(self, paragraph: str) -> bool:
        """Whether a paragraph consists of these strings, at word boundaries, and of punctuation between them."""
        text = _plain(paragraph)
        reached = [False] * len(text) + [True]  # whether the rest of the text from here consists of them
        for at in range(len(text) - 1, -1, -1):
            if not text[at].isalnum():
                reached[at] = reached[at + 1]
            if at and text[at - 1].isalnum() and text[at].isalnum():
                continue  # inside a word
            for one in () if reached[at] else self._by_letter.get(text[at], ()):
                end = at + len(one)
                if end <= len(text) and reached[end] and text.startswith(one, at) and not _splits(text, end):
                    reached[at] = True
                    break
        return reached[0]


def _splits(text: str, at: int) -> bool:
    """Whether this position is inside a word."""
    return 0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum()


# Labels and styles of all exports so far. Append only: earlier exports must stay valid.


@cache
def _history() -> Mapping[str, Any]:
    history: Mapping[str, Any] = json.loads(files("ui.shared").joinpath("export_history.json").read_text("utf-8"))
    return history


@cache
def _labels(key: str) -> frozenset[str]:
    """Return all texts that a label has had, in both languages."""
    return frozenset(map(_plain, _history()["labels"][key]))


@cache
def _pieces() -> frozenset[str]:
    """Return the parts of all labels between their placeholders."""
    texts = [text for texts in _history()["labels"].values() for text in texts]
    return frozenset(filter(None, (_plain(piece) for text in texts for piece in re.split(r"\{\w+\}", text))))


@cache
def _translation_labels() -> frozenset[str]:
    languages = [text for key in ("export.language.ar", "export.language.en") for text in _history()["labels"][key]]
    labels = _history()["labels"]["export.translation"]
    return frozenset(_plain(label.replace("{into}", into)) for label in labels for into in languages)
