"""Export a conversation as one Markdown or HTML file. Pure functions: they read no clock and no disk.

The file contains the answers twice: as text for people, and as JSON for programs (`ConversationDocument`), so that
`isnad verify` can check it against the archive later. `ui.shared.exported` parses it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal
from urllib.parse import quote

from pydantic import Field

from rag.text.normalise import language as language_of
from rag.text.normalise import question_language
from rag.types import Language
from ui.shared.history import Turn
from ui.shared.html import CONTROLS, direction_of, exact, plain
from ui.shared.i18n import WORDS, count, word
from ui.shared.schemas import (
    VERSION,
    AnswerDocument,
    CitationDocument,
    ClaimDocument,
    Document,
    EvidenceDocument,
    ProblemDocument,
    in_citations,
)

# The content of an export as a sequence of blocks, without markup.
#
# Each run of text has its origin, which decides how it is escaped: Isnad's own text, text of a person or a model (bidi
# controls are dropped), a name stated in a file, or a quote from a file (every character is kept).

_Role = Literal[
    "title", "note", "question", "when", "short", "said", "label", "doubt", "heading", "source", "quote", "detail",
    "translation", "item", "removed",
]  # fmt: skip
_Voice = Literal["ours", "said", "name", "quote", "mark", "cite"]


@dataclass(frozen=True, slots=True)
class _Run:
    """Text with its origin; `target` is the anchor that a citation number links to."""

    text: str
    voice: _Voice = "ours"
    target: str = ""


@dataclass(frozen=True, slots=True)
class _Block:
    """One paragraph. `language` is the BCP 47 tag of text that is not Isnad's, if known."""

    role: _Role
    runs: tuple[_Run, ...]
    language: str | None = None
    anchor: str = ""


def _blocks(turns: Sequence[Turn], language: Language, exported_at: str) -> Iterator[_Block]:
    """Yield the blocks of a conversation, its title first."""
    title = _Run(turns[0].question, "said") if turns else _Run(word("export.untitled", language))
    yield _Block("title", (title,))
    yield _Block("note", tuple(_filled("export.note", language, at=moment(exported_at))))
    for number, turn in enumerate(turns, 1):
        yield _Block("question", (_Run(turn.question, "said"),), question_language(turn.question))
        yield _Block("when", tuple(_filled("export.asked", language, at=moment(turn.asked_at))))
        if turn.answer is None:
            yield _Block("label", (_Run(word("export.failed", language)),))
            yield _Block("doubt", (_Run(turn.error or "", "said"),))
        else:
            yield from _answer(turn.answer, language, f"a{number}")


def _answer(answer: AnswerDocument, language: Language, anchor: str) -> Iterator[_Block]:
    for short, citation in in_citations(answer.short, answer.citations):
        number = _Run(f"[{citation.number}]", "cite", f"{anchor}-{citation.number}")
        yield _Block("short", (_Run(short.text, "quote"), _Run(" "), number), language_of(citation.quote))
        if short.rendered:
            yield _Block("label", (_Run(word("rendered", language)),))
            yield _Block("translation", (_Run(short.rendered, "said"),), "en")
    if answer.opening:
        yield _Block("said", (_Run(answer.opening, "said"),), answer.language)
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
            yield from _source(item, "", language, (_Run(item.text, "quote"),))
    yield from _apart(answer, language)
    if answer.independent_sources:
        yield _Block("when", (_Run(count("independent", answer.independent_sources, language)),))
    made = {"generator": answer.generator, "generation": answer.generation}
    yield _Block("when", tuple(_filled("export.made", language, **made)))


def _apart(answer: AnswerDocument, language: Language) -> Iterator[_Block]:
    """Yield removed sentences, rejected citation numbers and notices."""
    if answer.removed:
        yield _heading("removed", language)
        for removed in answer.removed:
            yield _Block("removed", (_Run(removed.text, "said"),), answer.language)
            if removed.problems:
                yield _Block(
                    "doubt", (_Run("; ".join(one.message for one in removed.problems), "said"),), answer.language
                )
    if answer.rejected:
        yield _Block("heading", (_Run(word("export.rejected", language)),))
        for rejected in answer.rejected:
            yield _Block("item", (_Run(f"[{rejected.number}] "), _Run(rejected.reason, "said")), answer.language)
    if answer.notices:
        yield _Block("heading", (_Run(word("export.notices", language)),))
        for notice in answer.notices:
            yield _Block("item", (_Run(notice.message, "said"),), answer.language)


def _claim(claim: ClaimDocument, answer: AnswerDocument, language: Language, anchor: str) -> Iterator[_Block]:
    """Yield a claim with its citation numbers as links; below an unsupported claim, the reasons."""
    known = {citation.number for citation in answer.citations} & set(claim.citations)
    pieces = re.split(r"(\[[0-9]{1,9}\])", claim.text)
    runs = [
        _Run(piece, "cite", f"{anchor}-{int(piece[1:-1])}")
        if at % 2 and int(piece[1:-1]) in known
        else _Run(piece, "said")
        for at, piece in enumerate(pieces)
        if piece
    ]
    if claim.stands_in:
        yield _Block("label", (_Run(word("stands_in", language)),))
    yield _Block("said", tuple(runs), answer.language)
    if claim.support == "unsupported":
        yield _Block("label", (_Run(word("unsupported", language)),))
        yield from _reasons(claim.problems, answer)


def _reasons(problems: Sequence[ProblemDocument], answer: AnswerDocument) -> Iterator[_Block]:
    if problems:
        yield _Block("doubt", (_Run("; ".join(problem.message for problem in problems), "said"),), answer.language)


def _source(
    source: CitationDocument | EvidenceDocument,
    anchor: str,
    language: Language,
    words: tuple[_Run, ...],
    number: str = "",
) -> Iterator[_Block]:
    """Yield the title of a source, its quote, and the file, span and hash that are needed to check it."""
    names = [part for part in (source.title, source.outlet, source.published) if part] or [source.name]
    yield _Block("source", (_Run(number), *_joined([_Run(name, "name") for name in names])), anchor=anchor)
    yield _Block("quote", words)
    details: list[tuple[str, str]] = [(word("field.file", language), source.source)]
    details += [("", source.member)] if source.member else []
    details += [(word("field.page", language), str(source.page))] if source.page else []
    details += [(word("field.span", language), f"{source.start}–{source.end}"), ("sha256", source.sha256)]
    for label, value in details:
        if value:
            yield _Block("detail", (*((_Run(f"{label}: "),) if label else ()), _Run(value, "name")))
    if isinstance(source, CitationDocument):
        yield from _also(source, language)


def _also(citation: CitationDocument, language: Language) -> Iterator[_Block]:
    """Yield the copies of the sentence, and other articles of the same story."""
    for one in citation.also:
        key = "also_in" if one.span else "other_words"
        names = [part for part in (one.outlet, one.published, one.name) if part]
        place = [_Run(" · "), _Run(f"{one.start}–{one.end}", "name")] if one.span else []
        yield _Block(
            "detail", (_Run(f"{word(key, language)}: "), *_joined([_Run(name, "name") for name in names]), *place)
        )


def _mark(citation: CitationDocument) -> tuple[_Run, ...]:
    """Split the quote into runs, with the marked part if it lies inside the quote."""
    quote, inside = citation.quote, citation.marked_inside
    if inside is None or not 0 <= inside.start < inside.end <= len(quote):
        return (_Run(quote, "quote"),)
    start, end = inside
    runs = (_Run(quote[:start], "quote"), _Run(quote[start:end], "mark"), _Run(quote[end:], "quote"))
    return tuple(run for run in runs if run.text)


def _translations(answer: AnswerDocument, number: int, language: Language) -> Iterator[_Block]:
    for one in answer.translations:
        if one.number == number:
            label = word("export.translation", language, into=_language_name(one.language, language))
            yield _Block("label", (_Run(label),))
            yield _Block("translation", (_Run(one.text, "said"),), one.language)


def _language_name(tag: str, language: Language) -> str:
    return word(f"export.language.{tag}", language)


def _heading(key: str, language: Language) -> _Block:
    return _Block("heading", (_Run(word(key, language)),))


def _joined(runs: Iterable[_Run]) -> Iterator[_Run]:
    for at, run in enumerate(runs):
        if at:
            yield _Run(" · ")
        yield run


def _filled(key: str, language: Language, **names: str) -> Iterator[_Run]:
    """Split one of the interface's strings at its placeholders, and fill each with a name."""
    for at, piece in enumerate(re.split(r"\{(\w+)\}", WORDS[key][language])):
        if piece:
            yield _Run(names[piece], "name") if at % 2 else _Run(piece)


def moment(iso: str) -> str:
    """Format an ISO 8601 time for display: ``2026-11-22 10:00:00 UTC``."""
    return iso.replace("T", " ").replace("+00:00", " UTC")


# Blocks → one HTML page that runs no script and fetches nothing.

_TAGS: dict[_Role, str] = {"title": "h1", "question": "h2", "heading": "h3"}

# Blocks of Isnad's own text have the page's direction. ``dir="auto"`` would not work, because their names are isolated.
_OURS: frozenset[_Role] = frozenset({"note", "when", "label", "heading", "source", "detail"})

_STYLE = """
:root{color-scheme:light dark}
body{font:1rem/1.7 "Noto Naskh Arabic","Segoe UI",Tahoma,system-ui,sans-serif}
body{max-width:46rem;margin:2rem auto;padding:0 1rem}
h2{margin-top:2.5rem;border-top:1px solid #8886;padding-top:1rem}
h1,h2,h3,p{text-align:start;overflow-wrap:anywhere}
blockquote{margin:.5rem 0;padding-inline:1rem;border-inline-start:3px solid #8888}
blockquote p{white-space:pre-wrap;margin:0}
.note,.when,.label,.detail{font-size:.85rem;opacity:.75;margin:.1rem 0}
.source{margin:1rem 0 0;font-weight:600}
.short{font-size:1.5rem;font-weight:700;white-space:pre-wrap}
.doubt,.translation{font-style:italic}
.removed{text-decoration:line-through}
mark{background:#ffe27a;color:#000}
@media print{body{max-width:none;margin:0}h2,h3,.source{break-after:avoid}blockquote{break-inside:avoid}}
"""


def _html_page(blocks: Iterable[_Block], language: Language, data: str) -> str:
    """Render the page. `data` is JSON without ``<``; the page contains it for programs and never runs it."""
    shown = list(blocks)
    title = plain("".join(run.text for run in shown[0].runs)) if shown else ""
    body = "\n".join(_html_block(block) for block in shown)
    direction = "rtl" if language == "ar" else "ltr"
    return f"""<!DOCTYPE html>
<html lang="{language}" dir="{direction}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
{body}
</main>
<script type="application/json" id="isnad">{data}</script>
</body>
</html>
"""


def _html_block(block: _Block) -> str:
    words = "".join(map(_run, block.runs))
    if block.role == "quote":
        spoken = language_of("".join(run.text for run in block.runs))
        return f'<blockquote><p dir="auto" lang="{spoken}">{words}</p></blockquote>'
    tag = _TAGS.get(block.role, "p")
    direction = "" if block.role in _OURS else f' dir="{_direction(block)}"'
    language = f' lang="{plain(block.language)}"' if block.language else ""
    anchor = f' id="{plain(block.anchor)}"' if block.anchor else ""
    return f'<{tag} class="{block.role}"{direction}{language}{anchor}>{words}</{tag}>'


def _direction(block: _Block) -> str:
    """Return the value of ``dir``. A short answer may be a number, without direction, so it takes its article's."""
    return direction_of(block.language) if block.role == "short" and block.language else "auto"


def _run(run: _Run) -> str:
    match run.voice:
        case "name":
            return f"<bdi>{exact(run.text)}</bdi>"
        case "quote":
            return exact(run.text)
        case "mark":
            return f"<mark>{exact(run.text)}</mark>"
        case "cite":
            return f'<a href="#{plain(run.target)}">{plain(run.text)}</a>'
        case _:
            return plain(run.text)


# Blocks → Markdown. Text from files, models and users is escaped, so that it adds no markup.
#
# The escapes cover CommonMark and its common extensions (tables, strike-through, formulas, highlights, bare links).
# Control characters become U+FFFD; the JSON keeps them.

_BEFORE: dict[_Role, str] = {
    "title": "# ", "question": "## ", "heading": "### ", "quote": "> ", "detail": "- ", "item": "- ", "removed": "- ",
}  # fmt: skip

_END = _Block("note", ())
_UNSHOWABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# As entities, not with a backslash: the original Markdown does not support a backslash before these three.
_NAMED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_SIGN = re.compile(r"[\\`*_\[\]{}~|$^=#]")
_OPENING = re.compile(r"^([0-9]{1,9}(?=[.)])|(?=[-:+]))")
_BARE_LINK = re.compile(r":(?=//|\w)|(?<=\w)[.@](?=\w)")
"""Text that renderers turn into a link without brackets: a URL, a host (``evil.top``), an e-mail, ``mailto:``."""
_EDGE = re.compile(r"^\s++|(?<!\s)\s++$")


def _markdown_page(blocks: Iterable[_Block], heading: str, data: str) -> str:
    """Render the Markdown. `data` is JSON on one line; it is at the end, under `heading`, for programs."""
    longest = max(map(len, re.findall("`+", data)), default=0)
    fence = "`" * max(3, longest + 1)
    shown: list[_Block] = list(blocks)
    body = "".join(
        _markdown_block(block) + ("\n" if block.role == after.role == "detail" else "\n\n")
        for block, after in zip_longest(shown, shown[1:], fillvalue=_END)
    )
    return f"{body}---\n\n{escaped(heading)}\n\n{fence}json isnad\n{data}\n{fence}\n"


def escaped(text: str, before: str = "") -> str:
    """Escape `text` as one Markdown paragraph, with `before` at the start of each line.

    White space that Markdown would drop becomes a character reference, and so does each newline of a blank line, which
    would end the paragraph.
    """
    lines: list[str] = []
    newlines = 0
    for at, line in enumerate(_UNSHOWABLE.sub("\N{REPLACEMENT CHARACTER}", text).split("\n")):
        newlines += at > 0
        if line:
            # The newline between two Markdown lines counts as one newline of the text.
            lines.append("&#10;" * (newlines - bool(lines)) + _line(line))
            newlines = 0
    lines[-1:] = ["".join(lines[-1:]) + "&#10;" * newlines]
    return "\n".join(before + line for line in lines)


def _line(line: str) -> str:
    signs = _SIGN.sub(r"\\\g<0>", line.translate(_NAMED))
    links = _BARE_LINK.sub(r"\\\g<0>", signs)
    opening = _OPENING.sub(r"\1\\", links)
    return _EDGE.sub(lambda match: "".join(f"&#{ord(space)};" for space in match[0]), opening).replace("\r", "&#13;")


def _markdown_block(block: _Block) -> str:
    before = _BEFORE.get(block.role, "")
    if block.role == "quote":
        return escaped("".join(run.text for run in block.runs), before)
    if block.role == "short":
        words, *number = block.runs
        bold = f"**{escaped(_one_line([words]))}**" if _one_line([words]) else ""
        return f"{bold} {escaped(_one_line(number))}".lstrip()
    return before + escaped(_one_line(block.runs))


def _one_line(runs: Iterable[_Run]) -> str:
    """Join runs for a heading or list item: one line, without bidi controls."""
    return " ".join(CONTROLS.sub("", "".join(run.text for run in runs)).split())


KIND: Literal["isnad-conversation"] = "isnad-conversation"

# In JSON these characters occur only inside strings, so each can be written as an escape: characters that could end a
# script, reorder text on a page, or count as a line break in some programs.
_UNSAFE = re.compile("[<>&\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_MAX_NAME_BYTES = 180


class TurnDocument(Document):
    """A question of a conversation; `answer` is the index of its answer in `answers`, from 0."""

    question: str
    asked_at: str = Field(description="ISO 8601 in UTC")
    answer: int | None = Field(default=None, ge=0, description="null if the question failed")
    error: str | None = None


class ConversationDocument(Document):
    """The JSON inside an export, version 1; `answers` are the answers in order, without failed questions.

    With `language` and `turns`, the export can be generated again, word for word.
    """

    version: Literal[1] = VERSION
    kind: Literal["isnad-conversation"] = KIND
    exported_at: str = Field(description="ISO 8601 in UTC")
    answers: list[AnswerDocument]
    language: Language | None = None
    turns: tuple[TurnDocument, ...] = ()


def markdown(turns: Sequence[Turn], *, language: Language, exported_at: str) -> str:
    """Export a conversation as Markdown (CommonMark).

    `language` is the language of Isnad's own text; `exported_at` is ISO 8601 in UTC.
    """
    shown = _blocks(turns, language, exported_at)
    return _markdown_page(shown, word("export.data", language), _data(turns, language, exported_at))


def html(turns: Sequence[Turn], *, language: Language, exported_at: str) -> str:
    """Export a conversation as one HTML page that fetches nothing; parameters as of `markdown`."""
    return _html_page(_blocks(turns, language, exported_at), language, _data(turns, language, exported_at))


def filename(title: str, suffix: str) -> str:
    """Make a file name from a title: no path separators, control or bidi characters; not hidden; at most 180 bytes.

    The 180 bytes do not include `suffix`, which has its dot. Letters of any script are kept.
    """
    kept = "".join(" " if unicodedata.category(one)[0] in "CZ" or one in '/\\:*?"<>|%;' else one for one in title)
    words = " ".join(kept.split()).encode()[:_MAX_NAME_BYTES].decode(errors="ignore").strip(" .~-")
    return f"{words or 'isnad'}{suffix}"


def content_disposition(title: str, suffix: str) -> str:
    """Return the header value for a download (RFC 6266): an ASCII file name, and the name in UTF-8 (RFC 8187)."""
    name = filename(title, suffix)
    old = name if name.isascii() else f"isnad{suffix}"
    return f"attachment; filename=\"{old}\"; filename*=UTF-8''{quote(name, safe='')}"


def _data(turns: Sequence[Turn], language: Language, exported_at: str) -> str:
    answers = [turn.answer for turn in turns if turn.answer is not None]
    places = iter(range(len(answers)))
    kept = [
        TurnDocument(
            question=turn.question,
            asked_at=turn.asked_at,
            answer=None if turn.answer is None else next(places),
            error=turn.error,
        )
        for turn in turns
    ]
    document = ConversationDocument(exported_at=exported_at, answers=answers, language=language, turns=tuple(kept))
    data = document.model_dump_json()
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", data)
