"""Verify a saved answer against the files, without index or model: for anyone who has the folder of articles.

Each citation gets one verdict. Writes nothing, and does not search for a similar quote.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from rag.citations import verbatim
from rag.config import Settings
from rag.corpus import formats_of, own_outlets
from rag.errors import BadInput, Undecodable
from rag.extract.base import Format, Refusal
from rag.extract.formats import TEXT_ONLY, read_articles
from rag.extract.outlets import Outlets
from rag.folders import Roots, Unreadable
from rag.text.messages import attribution, say
from rag.types import Article, Language, Span
from ui.shared.exported import read_back, shows_its_data
from ui.shared.schemas import AnswerDocument, ArticleDocument, CitationDocument, ClaimDocument, CopyDocument
from ui.shared.terminal import one_line

_NO_WORDS = "the file does not have these words"
_ReadArticles = Callable[..., Iterator[Article | Refusal]]
Result = Literal["ok", "moved", "changed", "missing", "extractor"]


@dataclass(frozen=True, slots=True)
class CitationVerdict:
    """The verdict on one citation of one answer, both counted from 1; 0 is the saved file itself.

    `found` is where the quoted words are now, in code points.

    ``moved``: the words are in the file, but not at the cited span. ``changed``: the file, or what the answer states
    about it, has changed. ``missing``: the file does not exist or cannot be read. ``extractor``: the text was made by
    an extractor that this Isnad does not have, and the text extracted here does not contain the words.
    """

    answer: int
    citation: int
    source: str
    result: Result
    why: str = ""
    found: Span | None = None

    @property
    def holds(self) -> bool:
        return self.result == "ok"


def verify(
    answers: Iterable[AnswerDocument],
    roots: Roots,
    limit: int,
    formats: Mapping[str, Format] = TEXT_ONLY,
    outlets: Outlets | None = None,
) -> Iterator[CitationVerdict]:
    """Yield a verdict for each citation of each answer.

    `limit` is the maximum size of a file in bytes. `formats` and `outlets` as for
    `rag.extract.formats.read_articles`.
    """
    read = partial(read_articles, corpus="", formats=formats, outlets=outlets)
    for place, answer in enumerate(answers, start=1):
        if answer.text != "\n".join(part for part in (answer.opening, *(one.text for one in answer.claims)) if part):
            yield CitationVerdict(place, 0, "the answer", "changed", "its text differs from its sentences")
        numbers = {citation.number for citation in answer.citations}
        if not all(one.citations and numbers.issuperset(one.citations) for one in answer.claims if _rests(one)):
            yield CitationVerdict(
                place, 0, "the answer", "changed", "a sentence refers to a citation that does not exist"
            )
        if not numbers.issuperset(one.citation for one in answer.short):
            yield CitationVerdict(
                place, 0, "the answer", "changed", "a short answer refers to a citation that does not exist"
            )
        for citation in answer.citations:
            yield _verdict(place, citation, answer, _article(citation, roots, limit, read))
            for copy in citation.also:
                yield _copy_verdict(place, citation.number, copy, _article(copy, roots, limit, read))


def _article(
    said: CitationDocument | CopyDocument, roots: Roots, limit: int, read: _ReadArticles
) -> Article | tuple[Result, str]:
    """Read the article that an answer names from its file; on failure, return the result and the reason."""
    if any(part in {"", ".", ".."} for part in said.source.split("/")):
        return "missing", "its path leads outside the folder"
    try:
        data, _ = roots.read(said.source, limit)
        found = read(data, source=said.source)
        article = next((one for one in found if isinstance(one, Article) and one.member == said.member), None)
    except (Unreadable, Undecodable) as error:
        return "missing", error.what
    if article is None:
        return "missing", f"the file has no article {said.member}"
    return article


def _by_another(said: CitationDocument | CopyDocument, article: Article) -> str:
    """Return a reason if another extractor gives a different text for the same bytes here; else empty."""
    same_text = article.rendition.text_sha256 == said.text_sha256
    if article.rendition.extractor == said.extractor or same_text or article.sha256 != said.sha256:
        return ""
    return f"made by {said.extractor or 'plain text'}; here it is {article.rendition.extractor or 'plain text'}"


def _verdict(
    place: int, citation: CitationDocument, answer: AnswerDocument, article: Article | tuple[Result, str]
) -> CitationVerdict:
    def result(kind: Result, why: str = "", found: Span | None = None) -> CitationVerdict:
        return CitationVerdict(place, citation.number, citation.source, kind, why, found)

    if isinstance(article, tuple):
        return result(*article)
    if (other := _by_another(citation, article)) and citation.quote:
        # The file is the one that was cited. If its text contains the words, the quote is confirmed; if not, unknown.
        found = place_of(citation.quote, article.text)
        if found is None or next(_alterations(citation, answer, article, at=found.start), None):
            return result("extractor", other)
        return result("ok", other, None if found == citation.span else found)
    if citation.span.of(article.text) != citation.quote or not citation.quote:
        found = place_of(citation.quote, article.text)
        if found is not None:
            return result("moved", "the words are elsewhere in the file", found)
        return result("changed", _NO_WORDS)
    if not article.is_version(citation.sha256, citation.text_sha256) or not citation.text_sha256:
        return result("changed", "it is not the file that was cited, although these words are at the same place")
    altered = next(_alterations(citation, answer, article, at=citation.start), None)
    if altered:
        return result("changed", altered)
    others = "" if article.sha256 == citation.sha256 else "other articles of the file have changed"
    return result("ok", others)


def _copy_verdict(
    place: int, number: int, copy: CopyDocument, article: Article | tuple[Result, str]
) -> CitationVerdict:
    """Return the verdict on another file that, according to the answer, has the sentence or belongs to the story."""

    def result(kind: Result, why: str = "", found: Span | None = None) -> CitationVerdict:
        return CitationVerdict(place, number, copy.source, kind, why, found)

    if isinstance(article, tuple):
        return result(*article)
    if other := _by_another(copy, article):
        known = not copy.quote or place_of(copy.quote, article.text) is not None
        return result("ok" if known and not next(_unstated(copy, article), None) else "extractor", other)
    if copy.span is not None and copy.span.of(article.text) != copy.quote:
        found = place_of(copy.quote or "", article.text)
        if found is not None:
            return result("moved", "the words are elsewhere in the file", found)
        return result("changed", _NO_WORDS)
    if article.sha256 != copy.sha256:
        return result("changed", "it is not the file that the answer names")
    altered = next(_unstated(copy, article), None)
    return result("changed", altered) if altered else result("ok")


def place_of(quote: str, text: str) -> Span | None:
    """Return the span of the first exact occurrence of a quote in a text; None if there is none or it is empty."""
    at = text.find(quote) if quote else -1
    return Span(at, at + len(quote)) if at >= 0 else None


def _alterations(citation: CitationDocument, answer: AnswerDocument, article: Article, *, at: int) -> Iterator[str]:
    """Yield what an answer states wrongly about an unchanged file; `at` is where its quote starts (code points)."""
    yield from _unstated(citation, article)
    if citation.encoding != article.rendition.encoding:
        yield "the file has another encoding"
    if citation.page not in {None, article.page_at(at)} or citation.locator not in {
        None,
        f"page {article.page_at(at)}",
    }:
        yield "the words are on another page"
    marked = citation.marked
    if marked and not (citation.start <= marked.start < marked.end <= citation.end):
        yield "the marked words lie outside the quote"
    for short in answer.short:
        if short.citation == citation.number:
            if not (citation.start <= short.start < short.end <= citation.end):
                yield "a short answer lies outside its quote"
            elif citation.quote[short.start - citation.start : short.end - citation.start] != short.text:
                yield "a short answer differs from the file"
    sentences = {one.text for one in answer.claims if citation.number in one.citations}
    if not sentences:
        yield "no sentence of the answer refers to it"
    elif answer.generator.split(":")[0] != "writer" and sentences - set(_made(citation, answer.language, article)):
        yield "the sentence of the answer is not the one that this version of Isnad builds from these words"


def _unstated(said: ArticleDocument, article: Article) -> Iterator[str]:
    for name, value, stated in (
        ("title", said.title, article.title),
        ("outlet", said.outlet, article.outlet),
        ("date", said.published, article.published),
    ):
        if value != (stated.value if stated else None):
            yield f"the file does not state this {name}"


def _rests(claim: ClaimDocument) -> bool:
    """Whether a sentence claims to have support."""
    return claim.support == "supported" or bool(claim.citations)


def _made(citation: CitationDocument, language: Language, article: Article) -> Iterator[str]:
    """Yield the sentences that Isnad builds from a quote (as `rag.generate.review`): attributed, with its number."""
    who, quote = verbatim(attribution(article, language)), verbatim(citation.quote)
    yield f"{say('reported', language, who=who, quote=quote)} [{citation.number}]"
    if citation.marked:
        words = verbatim(citation.marked_words)
        yield f"{say('pointed', language, words=words, who=who, quote=quote)} [{citation.number}]"


def read_answers(text: str) -> list[AnswerDocument]:
    """Read the answers from an export, from the JSON of an answer, or from JSON Lines.

    Raises `BadInput` if there are none or they are damaged.
    """
    if _is_lines(text):
        return [answer for line in text.split("\n") if line.strip() for answer in read_back(line)]
    return read_back(text)


def _is_lines(text: str) -> bool:
    """Whether the text is JSON Lines with at least two documents."""
    # Not `splitlines`: a string of JSON may have U+2028.
    lines = [line for line in text.split("\n") if line.strip()]
    return len(lines) > 1 and all(line.startswith("{") and line.rstrip().endswith("}") for line in lines)


def verify_file(file: Path, folders: Sequence[Path], settings: Settings, *, as_json: bool) -> tuple[list[str], bool]:
    """Return the lines to print, and whether every quote holds.

    An answer without citations holds, because it states nothing about a file. Raises `BadInput` for an unusable file or
    folder.
    """
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"it cannot be read: {error}", where=str(file), do="give a file in UTF-8") from error
    for folder in folders:
        if not folder.is_dir():
            raise BadInput("there is no such folder", where=str(folder), do="give the folder of the articles")
    verdicts = list(
        verify(
            read_answers(text), Roots.of(*folders), settings.max_file_bytes, formats_of(settings), own_outlets(settings)
        )
    )
    if not _is_lines(text) and not shows_its_data(text):
        why = "its visible text differs from its data"
        verdicts.append(CitationVerdict(0, 0, file.name, "changed", why))
    holds = all(verdict.holds for verdict in verdicts)
    if as_json:
        found = [{**asdict(one), "found": one.found and list(one.found), "holds": one.holds} for one in verdicts]
        return [json.dumps({"holds": holds, "citations": found}, ensure_ascii=False)], holds
    return [*map(_line, verdicts), f"{sum(one.holds for one in verdicts)} of {len(verdicts)} quotes hold"], holds


def _line(verdict: CitationVerdict) -> str:
    place = f" → {verdict.found.start}–{verdict.found.end}" if verdict.found else ""
    why = f": {verdict.why}" if verdict.why else ""
    return one_line(f"{verdict.result:<9} [{verdict.citation}] {verdict.source}{why}{place}")
