"""What leads from an answer to its sources: chips, cards, quotes. Pure, and all of it is escaped.

A chip is a link that carries its span: ``#source/ARTICLE/VERSION/START-END[/START-END of the marked words]``. Nothing
is looked for afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rag.citations import verbatim
from rag.types import Language, Span
from ui.shared.html import exact, isolated, marked, plain
from ui.shared.i18n import count, word
from ui.shared.schemas import AnswerDocument, ArticleDocument, CitationDocument, CopyDocument, EvidenceDocument

Changed = frozenset[tuple[str, str]]
"""Versions ``(article_id, version)`` whose file, or what is read in it, has changed since they were cited."""


def link(article: ArticleDocument, span: Span, mark: Span | None = None) -> str:
    """Where a chip leads: the version of the article, the span, and the words in it that answer."""
    target = f"#source/{article.article_id}/{article.version}/{span.start}-{span.end}"
    return plain(f"{target}/{mark.start}-{mark.end}" if mark else target)


def chip(item: CitationDocument, language: Language, changed: Changed, mark: Span | None = None) -> str:
    """The number of a citation, a link to its words; no link where the file has changed.

    `mark` are the words that the link marks, where they are not those that the citation has marked.
    """
    if (item.article_id, item.version) in changed:
        return f'<span class="cite gone" title="{plain(word("file_changed", language))}">{item.number}</span>'
    title = f"{word('source_n', language, n=item.number)}: {_origin(item)}"
    target = link(item, item.span, mark or (item.marked.span if item.marked else None))
    return f'<a class="cite" href="{target}" title="{plain(title)}">{item.number}</a>'


def evidence_cards(
    evidence: Sequence[EvidenceDocument],
    language: Language,
    *,
    nearest: bool = False,
    quotes: Sequence[CitationDocument] = (),
    changed: Changed = frozenset(),
) -> str:
    """Cards of evidence: outlet, date, title and the sentence that matches, each a link to its words."""
    if not evidence:
        return ""
    shown = "".join(_card(item, language, _mark_of(item, quotes), changed) for item in evidence)
    label = plain(word("nearest" if nearest else "evidence", language))
    kind = "cards nearest" if nearest else "cards"
    return f'<div class="{kind}"><div class="label">{label}</div><div class="row">{shown}</div></div>'


def source(item: CitationDocument, document: AnswerDocument, language: Language, said: str, changed: Changed) -> str:
    """A citation under its answer: whence it is, its quote unless a claim has shown it, its translation."""
    lines = origin_line(item, language, changed)
    if verbatim(item.quote) not in said:
        lines += f'<blockquote dir="auto">{quote(item)}</blockquote>'
    for one in document.translations:
        if one.number == item.number:
            label = f'<span class="label">{plain(word("translation", language))}</span>'
            lines += f'<div class="translation">{label}<p dir="auto">{plain(one.text)}</p></div>'
    return f'<div class="source">{lines}{also_lines(item.also, language)}</div>'


def also_lines(also: Sequence[CopyDocument], language: Language) -> str:
    """Where the sentence stands besides, each a link to its words there, and what else is of the story."""
    lines = ""
    if there := [one for one in also if one.span]:
        links = ", ".join(
            f'<a class="elsewhere" href="{link(one, one.span)}" title="{plain(_origin(one))}">{_named(one)}</a>'
            for one in there
            if one.span
        )
        copies = count("copies", len(there) + 1, language)
        story = plain(word("one_story", language, copies=copies))
        lines += f'<p class="besides">{plain(word("also_in", language))}: {links} ({story})</p>'
    if others := [one for one in also if not one.span]:
        names = ", ".join(map(_named, others))
        lines += f'<p class="besides">{plain(word("other_words", language))}: {names}</p>'
    return lines


def origin_line(item: CitationDocument, language: Language, changed: Changed) -> str:
    """Whence a citation is, behind its chip."""
    origin = [isolated(part) for part in (item.title, item.outlet) if part]
    if item.published:
        origin.append(isolated(item.published, "ltr"))
    if item.page:
        origin.append(_page(item.page, language))
    origin.append(f'<span class="file">{isolated(item.name)}</span>')
    return f'<p class="origin">{chip(item, language, changed)} {" · ".join(origin)}</p>'


def pieces(citations: Sequence[CitationDocument]) -> Mapping[str, str]:
    """What a claim may hold of its sources, each shown in its own direction and to the letter."""
    shown: dict[str, str] = {}
    for item in citations:
        for name in (item.outlet, item.title, item.name):
            if name:
                shown[name] = isolated(name)
        if item.published:
            shown[item.published] = isolated(item.published, "ltr")
        if item.marked:
            words = item.quote[item.marked.start - item.start : item.marked.end - item.start]
            shown[verbatim(words)] = isolated(words)
        words = verbatim(item.quote)
        for opened, closed in (("«", "»"), ("“", "”"), ("", "")):  # the marks belong to the block that it stands in
            shown[f"{opened}{words}{closed}"] = f'<bdi class="quote" dir="auto">{opened}{quote(item)}{closed}</bdi>'
    return shown


def _card(item: EvidenceDocument, language: Language, mark: Span | None, changed: Changed) -> str:
    name = f'<span class="title" dir="auto">{exact(item.title)}</span>' if item.title else ""
    origin = " · ".join(
        (
            isolated(item.outlet or item.name),
            isolated(item.published, "ltr") if item.published else plain(word("undated", language)),
            *([_page(item.page, language)] if item.page else []),
        )
    )
    inner = Span(mark.start - item.start, mark.end - item.start) if mark else None
    text = f"<mark>{marked(item.text, inner, 'strong')}</mark>"
    body = f'<span class="origin">{origin}</span>{name}<span class="text" dir="auto">{text}</span>'
    if there := [one for one in item.also if one.span]:
        names = ", ".join(map(_named, there))
        body += f'<span class="besides">{plain(word("also_in", language))}: {names}</span>'
    if (item.article_id, item.version) in changed:
        return f'<span class="card gone">{body}</span>'
    title = plain(word("open_source", language))
    return f'<a class="card" href="{link(item, item.span, mark)}" title="{title}">{body}</a>'


def quote(item: CitationDocument) -> str:
    """The quote of a citation, the words that answer marked in it."""
    inner = Span(item.marked.start - item.start, item.marked.end - item.start) if item.marked else None
    return marked(item.quote, inner)


def _page(number: int, language: Language) -> str:
    return f"{plain(word('field.page', language))} {isolated(str(number), 'ltr')}"


def _mark_of(item: EvidenceDocument, citations: Sequence[CitationDocument]) -> Span | None:
    found = (one.marked for one in citations if one.article_id == item.article_id and one.span == item.span)
    return next((mark.span for mark in found if mark), None)


def _named(item: ArticleDocument) -> str:
    """An article by the name that its reader knows: its outlet with the day, else its file."""
    if not item.outlet:
        return isolated(item.name)
    return isolated(item.outlet) + (f" {isolated(item.published, 'ltr')}" if item.published else "")


def _origin(item: ArticleDocument) -> str:
    return " · ".join(part for part in (item.title, item.outlet, item.published, item.name) if part)
