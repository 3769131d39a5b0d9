"""Render answers, checked sentences and the lists beside the conversation as HTML for Gradio's chat.

Pure functions of documents and figures. All text is escaped, and each part is one line: the chat parses HTML inside
Markdown. Strings live in `i18n`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from urllib.parse import quote as quote_url

from rag.citations import MARKER, verbatim
from rag.generate.timeline import Strip, strip_of
from rag.retrieve.filters import Facet
from rag.retrieve.query_syntax import written
from rag.store.catalog import Overview
from rag.text.entities import KINDS
from rag.text.messages import day_in_words, say
from rag.text.normalise import language as language_of
from rag.text.normalise import question_language
from rag.types import Filters, Language, Span
from ui.shared import i18n
from ui.shared.history import Summary
from ui.shared.html import direction_of, exact, isolated, marked, plain, replaced, underlined
from ui.shared.i18n import count, word
from ui.shared.schemas import (
    AnswerDocument,
    ArticleDocument,
    CheckedSentence,
    CitationDocument,
    ClaimDocument,
    CopyDocument,
    EvidenceDocument,
    NoticeDocument,
    ProblemDocument,
    ShortAnswerDocument,
    UnderstoodDocument,
    in_citations,
    source_hash,
)

# Chips, cards and quotes. A chip is a link that carries its span, so that nothing is searched for afterwards:
# ``#source/ARTICLE/VERSION/START-END[/START-END of the marked words]``.

_Changed = frozenset[tuple[str, str]]
"""Versions ``(article_id, version)`` whose file or extracted text has changed since they were cited."""


def _link(article: ArticleDocument, span: Span, mark: Span | None = None) -> str:
    """The target of a chip: the version of the article, the span, and the words in it that answer."""
    return source_link(article.article_id, article.version, span, mark)


def source_link(article_id: str, version: str, span: Span, mark: Span | None = None) -> str:
    """The target of a link that opens a source at a span, with the words to mark in it."""
    return plain(source_hash(article_id, version, span, mark))


def _chip(item: CitationDocument, language: Language, changed: _Changed, mark: Span | None = None) -> str:
    """The number of a citation as a link to its words; no link if the file has changed.

    `mark` is the span to mark in the source instead of the one that the citation has.
    """
    if (item.article_id, item.version) in changed:
        return f'<span class="cite gone" title="{plain(word("file_changed", language))}">{item.number}</span>'
    title = f"{word('source_n', language, n=item.number)}: {_origin(item)}"
    target = _link(item, item.span, mark or (item.marked.span if item.marked else None))
    return f'<a class="cite" href="{target}" title="{plain(title)}">{item.number}</a>'


def named_chip(item: CitationDocument, language: Language, changed: _Changed = frozenset()) -> str:
    """The chip of a quote: its number, outlet and day, and how many other articles have the story. Their names follow
    it unseen, for the popover and the panel of the source."""
    published = isolated(day_in_words(item.published, language)) if item.published else plain(word("undated", language))
    inner = (
        f'<span class="n">{item.number}</span> <span class="out">{isolated(item.outlet or item.name)}</span>'
        f' <span class="day">{published}</span>'
    )
    if item.also:
        told = f'<span class="hidden"> {plain(word("elsewhere", language))}</span>'
        inner += f' <span class="plus">{isolated(f"+{len(item.also)}", "ltr")}{told}</span>'
    if (item.article_id, item.version) in changed:
        return f'<span class="cite by gone" title="{plain(word("file_changed", language))}">{inner}</span>'
    target = _link(item, item.span, item.marked.span if item.marked else None)
    besides = f'<span class="also-in">{_also_lines(item.also, language)}</span>' if item.also else ""
    return f'<a class="cite by" href="{target}">{inner}</a>{besides}'


def _side(text: str) -> str:
    """The direction of a block: that of the language of most of its letters."""
    return direction_of(language_of(text))


def evidence_cards(
    evidence: Sequence[EvidenceDocument],
    language: Language,
    *,
    nearest: bool = False,
    unfolded: bool = False,
    quotes: Sequence[CitationDocument] = (),
    changed: _Changed = frozenset(),
) -> str:
    """Cards of evidence: outlet, date, title and the sentence that matches, each a link to its words.

    Those that `quotes` show already are left out. The others are folded away under how many there are and whose, unless
    they are `nearest` to a question without an answer.
    """
    cited = set() if nearest else {(one.article_id, one.span) for one in quotes}
    evidence = [item for item in evidence if (item.article_id, item.span) not in cited]
    if not evidence:
        return ""
    shown = "".join(_card(item, language, _mark_of(item, quotes), changed) for item in evidence)
    if nearest:
        label = plain(word("nearest", language))
        return f'<div class="cards nearest"><div class="label">{label}</div><div class="row">{shown}</div></div>'
    more = count("more_passages" if quotes else "passages", len(evidence), language)
    label = plain(more if quotes else word("evidence_n", language, passages=more))
    outlets = " · ".join(map(isolated, dict.fromkeys(item.outlet for item in evidence if item.outlet)))
    summary = f'<summary><span class="fold">{label}</span> <span class="outlets">{outlets}</span></summary>'
    opened = " open" if unfolded else ""
    return f'<details class="cards more"{opened}>{summary}<div class="row">{shown}</div></details>'


def _source(item: CitationDocument, document: AnswerDocument, language: Language, said: str, changed: _Changed) -> str:
    """A citation in the list of sources: its origin, its quote unless a claim shows it, its translation."""
    lines = _origin_line(item, language, changed)
    if verbatim(item.quote) not in said:
        lines += f'<blockquote dir="auto">{_quote(item)}</blockquote>'
    for one in document.translations:
        if one.number == item.number:
            label = f'<span class="label">{plain(word("translation", language))}</span>'
            lines += f'<div class="translation">{label}<p dir="auto">{plain(one.text)}</p></div>'
    return f'<div class="source">{lines}{_also_lines(item.also, language)}</div>'


def _also_lines(also: Sequence[CopyDocument], language: Language) -> str:
    """The other articles that have the sentence, each a link to it there, and those that only have the story."""
    lines = ""
    if there := [one for one in also if one.span]:
        links = ", ".join(
            f'<a class="elsewhere" href="{_link(one, one.span)}" title="{plain(_origin(one))}">{_named(one)}</a>'
            for one in there
            if one.span
        )
        copies = count("copies", len(there) + 1, language)
        story = plain(word("one_story", language, copies=copies))
        lines += f'<span class="besides">{plain(word("also_in", language))}: {links} ({story})</span>'
    if others := [one for one in also if not one.span]:
        names = ", ".join(map(_named, others))
        lines += f'<span class="besides">{plain(word("other_words", language))}: {names}</span>'
    return lines


def _origin_line(item: CitationDocument, language: Language, changed: _Changed) -> str:
    """The chip of a citation with title, outlet, day, page and file."""
    origin = [isolated(part) for part in (item.title, item.outlet) if part]
    if item.published:
        origin.append(isolated(item.published, "ltr"))
    if item.page:
        origin.append(_page(item.page, language))
    origin.append(f'<span class="file">{isolated(item.name)}</span>')
    return f'<p class="origin">{_chip(item, language, changed)} {" · ".join(origin)}</p>'


def _pieces(citations: Sequence[CitationDocument]) -> Mapping[str, str]:
    """HTML of the parts of sources that may occur in the text of a claim: names, days, quotes, each isolated."""
    shown: dict[str, str] = {}
    for item in citations:
        for name in (item.outlet, item.title, item.name):
            if name:
                shown[name] = isolated(name)
        if item.published:
            shown[item.published] = isolated(item.published, "ltr")
        if item.marked:
            words = item.marked_words
            shown[verbatim(words)] = isolated(words)
        words = verbatim(item.quote)
        for opened, closed in (("«", "»"), ("“", "”"), ("", "")):  # the marks belong to the block that it stands in
            shown[f"{opened}{words}{closed}"] = f'<bdi class="quote" dir="auto">{opened}{_quote(item)}{closed}</bdi>'
    return shown


def _card(item: EvidenceDocument, language: Language, mark: Span | None, changed: _Changed) -> str:
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
    return f'<a class="card" href="{_link(item, item.span, mark)}" title="{title}">{body}</a>'


def quoted(item: CitationDocument, inside: Span | None) -> str:
    """The quote of a citation as a paragraph; `inside` are the words to mark, in code points of the quote."""
    spoken = language_of(item.quote)
    opened, closed = ("«", "»") if spoken == "ar" else ("“", "”")
    words = marked(item.quote, inside)
    marks = (f'<span class="qm">{one}</span>' for one in (opened, closed))
    return f'<p class="quote" lang="{spoken}" dir="{direction_of(spoken)}">{next(marks)}{words}{next(marks)}</p>'


def _quote(item: CitationDocument) -> str:
    """The quote of a citation with the words that answer marked."""
    return marked(item.quote, item.marked_inside)


def _page(number: int, language: Language) -> str:
    return f"{plain(word('field.page', language))} {isolated(str(number), 'ltr')}"


def _mark_of(item: EvidenceDocument, citations: Sequence[CitationDocument]) -> Span | None:
    found = (one.marked for one in citations if one.article_id == item.article_id and one.span == item.span)
    return next((mark.span for mark in found if mark), None)


def _named(item: ArticleDocument) -> str:
    """The short name of an article: its outlet with the day, else its file."""
    if not item.outlet:
        return isolated(item.name)
    return isolated(item.outlet) + (f" {isolated(item.published, 'ltr')}" if item.published else "")


def _origin(item: ArticleDocument) -> str:
    return " · ".join(part for part in (item.title, item.outlet, item.published, item.name) if part)


def question(text: str) -> str:
    """The question as the user typed it."""
    return f'<div class="asked" dir="auto">{plain(text)}</div>'


def answer(document: AnswerDocument, language: Language, changed: _Changed = frozenset(), turn: str = "") -> list[str]:
    """A whole answer in the interface's language: its parts, in the order in which they also stream.

    `turn` is the id under which it is kept; without one, no word can be said on it.
    """
    return [
        tabs("answer", language, _outlets(document.evidence)) if document.claims else "",
        short(document.short, document.citations, language, changed),
        head(document, language),
        _opening(document),
        *(claim(one, document.citations, language, changed) for one in document.claims),
        cards(document, language, changed),
        tail(document, language, changed),
        report(turn, language) if turn and not document.cut else "",
    ]


_VIEWS = ("answer", "timeline", "compare")


def tabs(current: str, language: Language, outlets: int) -> str:
    """Links to the views of a question; the view by outlet only if its evidence is from several."""
    shown = "".join(
        f'<span class="here">{plain(word(f"view.{one}", language))}</span>'
        if one == current
        else f'<a class="to" href="#view/{one}">{plain(word(f"view.{one}", language))}</a>'
        for one in _VIEWS
        if outlets > 1 or one != "compare"
    )
    save = f'<a class="to save" href="#saved/save">{plain(word("saved.save", language))}</a>'
    return f'<div class="views">{shown}{save}</div>'


def _outlets(evidence: Sequence[EvidenceDocument]) -> int:
    """The number of outlets in the evidence."""
    return len({item.outlet for item in evidence if item.outlet})


def views(evidence: Sequence[EvidenceDocument], language: Language) -> str:
    """The tabs of an answer that is still being made."""
    return tabs("answer", language, _outlets(evidence))


def status(key: str, language: Language, **values: object) -> str:
    """The progress line of an unfinished answer, for the string `key`."""
    return busy(word(key, language, **values))


def busy(told: str) -> str:
    """A progress line with a spinner."""
    return f'<div class="head busy" role="status"><span class="spinner"></span>{plain(told)}</div>'


def head(document: AnswerDocument, language: Language) -> str:
    """The line below the short answer: how sure it is, in words; then its sources and who wrote it."""
    kind, key, said = _certainty(document, language)
    links = f'<span class="ring {kind}"></span>'
    style = {"none": ' class="missing"', "part": ' class="partial"', "differ": ' class="partial"'}.get(kind, "")
    absent = _is_absent(document)
    told = [f"{links}<strong{style}>{plain(key)}</strong>"]
    if absent:  # as large as an answer, then what was searched
        said = document.opening
        told = [f'<strong class="missing nil">{plain(key)}</strong>{links}']
    if document.status == "partial" and kind not in {"part", "none"}:
        told.append(f'<strong class="partial">{plain(word("partial", language))}</strong>')
    if said:
        name = "opening" if absent else "said"
        told.append(f'<span class="{name}" dir="{_side(said)}">{plain(said)}</span>')
    made: list[str] = []
    if kind == "differ" and document.independent_sources:
        made.append(plain(count("independent", document.independent_sources, language)))
    if document.claims and kind != "none":
        cited = {item.passage_id for item in document.evidence if _cites(document, item)}
        passages = count("passages", len(cited) or len(document.citations), language)
        articles = count("articles", len({one.article_id for one in document.citations}), language)
        made.append(plain(word("answered_from", language, passages=passages, articles=articles)))
        made.append(isolated(generator(document.generator, language)))
    under = f'<span class="made">{" · ".join(made)}</span>' if made else ""
    lines = f'<div class="head">{" ".join(told)}{under}</div>'
    return lines + understood(document.understood, language) + searched(document.question, document.searched, language)


_COMPARED = ("agree", "differ", "changes", "variants")
"""Kinds of notices that compare the sources with each other."""


def _opening(document: AnswerDocument) -> str:
    """Isnad's own sentence about a question, such as how much was searched without finding an answer."""
    return (
        f'<div class="opening" dir="{_side(document.opening)}">{plain(document.opening)}</div>'
        if document.opening and not _is_absent(document)
        else ""
    )


def _is_absent(document: AnswerDocument) -> bool:
    """Whether the archive has no answer; not so if it was stopped before that was known."""
    return document.status == "not_in_corpus" and (bool(document.claims) or not document.cut)


def _certainty(document: AnswerDocument, language: Language) -> tuple[str, str, str]:
    """How sure an answer is: the CSS class of its chain links, the words, and how the sources compare."""
    kinds = {one.kind: one.message for one in document.notices}
    if not document.claims and document.cut:  # stopped before it was known whether there is an answer
        return "part", word("cut", language), ""
    if document.status == "not_in_corpus":
        return "none", word("not_in_corpus", language), ""
    if "unclear" in kinds:
        known = kinds["unclear"] in {say("unclear", one) for one in _LANGUAGES}
        return "none", word("unclear", language), "" if known else kinds["unclear"]
    if document.cut:
        return "part", word("cut", language), ""
    compared = next((kinds[kind] for kind in _COMPARED if kind in kinds), "")
    if any(kind in kinds for kind in _COMPARED[1:]):
        return "differ", word("sure.differ", language), compared
    sources = document.independent_sources or len({one.article_id for one in document.citations})
    if sources <= 1:
        return "one", word("sure.one", language), ""
    links = "two" if sources == 2 else "three"
    if "agree" in kinds:
        return links, word("sure.agree", language, sources=count("independent", sources, language)), compared
    return links, count("independent", sources, language), ""


def searched(asked: str, whole: str, language: Language) -> str:
    """The searched form of a follow-up question; empty if it was searched as asked.

    The page's script asks other views of it: with the filters that were typed in the question, which are not shown.
    """
    if whole == asked:
        return ""
    kept = f'<bdi class="whole" dir="auto">{plain(whole)}</bdi>'
    for one, typed in written(asked):
        kept += f'<span class="typed">{plain(typed)}</span>' if one.key != "phrase" else ""
    return f'<div class="searched">{plain(word("searched_for", language))}: {kept}</div>'


def understood(filters: Sequence[UnderstoodDocument], language: Language) -> str:
    """The filters that were read in the question, a chip each; empty if there are none."""
    chips = "".join(
        f'<span class="limit on">{plain(word(f"understood.{one.key}", language))}: {isolated(one.value)}</span>'
        for one in filters
        if f"understood.{one.key}" in i18n.WORDS
    )
    return f'<div class="understood">{chips}</div>' if chips else ""


def generator(name: str, language: Language) -> str:
    """The name of a generator, in words."""
    kind, _, model = name.partition(":")
    return word(f"generator.{kind}", language, model=model)


def cards(document: AnswerDocument, language: Language, changed: _Changed = frozenset()) -> str:
    """The evidence of an answer as cards; the nearest passages, labelled as such, if the archive has no answer."""
    return evidence_cards(
        document.evidence,
        language,
        nearest=document.status == "not_in_corpus" and not document.cut,
        quotes=document.citations,
        changed=changed,
    )


def short(
    answers: Sequence[ShortAnswerDocument],
    citations: Sequence[CitationDocument],
    language: Language,
    changed: _Changed = frozenset(),
) -> str:
    """The short answers, verbatim, each followed by its chip; empty if there are none.

    Words with a rendering in English stand beside it, and the rendering leads without the look of a slice.
    """
    leads: list[str] = []
    told: list[str] = []
    beside: list[str] = []
    for one, item in in_citations(answers, citations):
        spoken = language_of(item.quote)
        told.append(f'lang="{spoken}" dir="{direction_of(spoken)}"')
        chips = f'<span class="chips"> {_chip(item, language, changed, one.span)}</span>'
        words = f'<bdi class="slice" {told[-1]}>{exact(one.text)}</bdi>{chips}'
        if one.rendered:
            beside.append(words)
            told[-1] = 'lang="en" dir="ltr"'
            words = f'<bdi class="latin" {told[-1]}>{plain(one.rendered)}</bdi>'
        leads.append(words)
    if not leads:
        return ""
    lead = f'<p class="short" {told[0]}>{plain(word("list", language)).join(leads)}</p>'
    if not beside:
        return lead
    how = f'<p class="how">{plain(word("rendered", language))}</p>'
    original = f'<p class="orig" lang="ar" dir="rtl">{plain(word("list", "ar")).join(beside)}</p>'
    return f'<div class="pair"><div>{lead}{how}</div>{original}</div>'


def latin(rendered: str | None) -> str:
    """The English rendering of a short answer, for a cell of a table; empty if there is none."""
    return f'<bdi class="latin" lang="en" dir="ltr">{plain(rendered)}</bdi> ' if rendered else ""


def claim(
    one: ClaimDocument, citations: Sequence[CitationDocument], language: Language, changed: _Changed = frozenset()
) -> str:
    """One sentence of the answer with its chips; an unsupported one looks different and says why."""
    if one.support == "unsupported":
        return (
            f'<div class="claim unsupported"><p dir="auto">{_underlined(one.text, one.problems)}</p>'
            f"{why(word('unsupported', language), one.problems)}</div>"
        )
    own = [item for item in citations if item.number in one.citations]
    label = f'<p class="stands-in">{plain(word("stands_in", language))}</p>' if one.stands_in else ""
    if item := _only_quote(one, citations):
        words = quoted(item, item.marked_inside)
        translate = _translate(item, language) if {language_of(item.quote), language} == {"ar", "en"} else ""
        gone = (item.article_id, item.version) in changed
        copy = "" if gone else f' <a class="say copy" href="#copy">{plain(word("copy", language))}</a>'
        chip = f'<p class="chips">{named_chip(item, language, changed)}{translate}{copy}</p>'
        return f'<div class="claim proof source">{label}{words}{chip}</div>'
    shown = replaced(MARKER.sub("", one.text) if _only_at_end(one.text) else one.text, _pieces(own))
    chips = "".join(_chip(item, language, changed) for item in own)
    # A chip stands on the last line of its quote, in the quote's direction; behind a name, in the claim's.
    ends_quoted = shown.endswith("</bdi>") and shown.rfind('<bdi class="quote"') > shown.rfind("<bdi dir=")
    closing = "</bdi>" if ends_quoted else ""
    shown = shown.removesuffix(closing)
    said = f'{shown}<span class="chips"> {chips}</span>{closing}'
    return f'<div class="claim">{label}<p dir="{_side(one.text)}">{said}</p></div>'


def _translate(item: CitationDocument, language: Language) -> str:
    """The link that has the browser translate a quote; the style sheet hides it if the browser has no translator."""
    label = plain(word("translation", language))
    target = f"#translate/{language_of(item.quote)}-{language}"
    return f' <a class="say translate" href="{target}" title="{label}">{plain(word("translate", language))}</a>'


def _is_quote(text: str, item: CitationDocument) -> bool:
    """Whether a claim consists of a quote and its source only, as the templates of `rag.text.messages` write it."""
    quote = verbatim(item.quote)
    words = verbatim(item.marked_words)
    said = MARKER.sub("", text).strip()
    for language in _LANGUAGES:
        for key in ("reported", "pointed"):
            before, _, after = say(key, language, words=words, who="\0", quote=quote).partition("\0")
            if len(said) > len(before) + len(after) and said.startswith(before) and said.endswith(after.strip()):
                return True
    return False


_LANGUAGES: tuple[Language, ...] = ("ar", "en")


def notice(one: NoticeDocument) -> str:
    """A notice about the answer."""
    return f'<div class="notice" dir="auto">{plain(one.message)}</div>'


def not_kept(why: str) -> str:
    """The notice that an answer is not saved, and why."""
    return f'<div class="notice unkept" dir="auto">{plain(why)}</div>'


def tail(document: AnswerDocument, language: Language, changed: _Changed = frozenset()) -> str:
    """The parts below the claims: notices, sources, removed sentences and rejected citation numbers."""
    said = "\n".join(one.text for one in document.claims)
    parts = [notice(one) for one in document.notices if one.kind not in {*_COMPARED, "unclear"}]
    if any((one.article_id, one.version) in changed for one in document.citations):
        parts.append(f'<div class="notice changed">{plain(word("file_changed", language))}</div>')
    if document.citations:
        quoted = {item.number for one in document.claims if (item := _only_quote(one, document.citations))}
        translated = {one.number for one in document.translations}
        left = [one for one in document.citations if one.number not in quoted or one.number in translated]
        rows = "".join(_source(one, document, language, said, changed) for one in left)
        label = plain(word("sources", language))
        parts += [f'<div class="sources"><div class="label">{label}</div>{rows}</div>'] if rows else []
    if document.removed:
        parts.append(_ledger(document, language))
    for number in dict.fromkeys(item.number for item in document.rejected):
        parts.append(f'<div class="notice rejected">{plain(word("rejected", language, n=number))}</div>')
    return f'<div class="tail">{"".join(parts)}</div>' if parts else ""


def _only_quote(one: ClaimDocument, citations: Sequence[CitationDocument]) -> CitationDocument | None:
    """The citation whose quote is the whole claim, shown alone and not again in the list of sources; else None."""
    own = [item for item in citations if item.number in one.citations]
    alone = one.support != "unsupported" and len(own) == 1 and _is_quote(one.text, own[0])
    return own[0] if alone else None


def _ledger(document: AnswerDocument, language: Language) -> str:
    """The removed sentences, folded: they are not part of the answer."""
    rows = ""
    for item in document.removed:
        text = f'<p dir="auto"><del>{_underlined(item.text, item.problems)}</del></p>'
        rows += f'<div class="claim removed">{text}{why(word("removed", language), item.problems)}</div>'
    label = f"{word('removed', language)}: {len(document.removed)}"
    return f'<details class="ledger"><summary>{plain(label)}</summary>{rows}</details>'


def report(turn: str, language: Language) -> str:
    """The links that report an answer as right or wrong, folded; the page's script sends the report."""
    links = "".join(
        f'<a class="say" href="#report/{turn}/{one}" title="{plain(word(f"report.{told}", language))}">'
        f"{plain(word(f'report.{one}', language))}</a>"
        for one, told in (("right", "send"), ("unsupported", "send"), ("missing", "send"), ("wrong", "answer"))
    )
    return f'<details class="report"><summary>{plain(word("report", language))}</summary>{links}</details>'


def failure(title: str, what: str, do: str = "") -> str:
    """An error message: what is wrong and what to do."""
    more = f'<div dir="auto">{plain(do)}</div>' if do else ""
    heading = f'<strong dir="auto">{plain(title)}</strong>'
    return f'<div class="failure">{heading}<div dir="auto">{plain(what)}</div>{more}</div>'


def _underlined(text: str, problems: Sequence[ProblemDocument]) -> str:
    """A model's sentence with wrong words underlined, unless the whole sentence is wrong."""
    return underlined(text, [one.span for one in problems if one.span != Span(0, len(text))])


def why(label: str, problems: Sequence[ProblemDocument]) -> str:
    """Why a sentence is not supported. The direction is that of most letters: a reason may begin with a quoted word."""
    reasons = " ".join(dict.fromkeys(item.message for item in problems))
    direction = "rtl" if question_language(reasons) == "ar" else "ltr"
    return f'<p class="why"><strong>{plain(label)}</strong>: <bdi dir="{direction}">{plain(reasons)}</bdi></p>'


def _only_at_end(text: str) -> bool:
    """Whether all citation numbers of a claim are at its end; chips then replace them."""
    first = MARKER.search(text)
    return first is not None and not MARKER.sub("", text[first.start() :]).strip()


def _cites(document: AnswerDocument, item: EvidenceDocument) -> bool:
    return any(one.article_id == item.article_id and one.span == item.span for one in document.citations)


# Checked sentences.


def checked(sentences: Sequence[CheckedSentence], language: Language) -> str:
    """A finished check: how many sentences are supported, then each sentence with its sources."""
    return f'<div class="head">{plain(_summary(sentences, language))}</div>' + shown(sentences, language)


def stopped(language: Language) -> str:
    """The notice that a check was stopped."""
    return f'<div class="notice">{plain(word("check.stopped", language))}</div>'


def _summary(sentences: Sequence[CheckedSentence], language: Language) -> str:
    """The number of supported sentences, of those that are no questions."""
    kinds = [_kind(one) for one in sentences]
    questions = sum(kind == "question" for kind in kinds)
    supported = sum(kind == "supported" for kind in kinds)
    told = [word("check.summary", language, n=supported, all=len(kinds) - questions)]
    if questions:
        told.append(word("check.questions", language, n=questions))
    return " · ".join(told)


def shown(sentences: Sequence[CheckedSentence], language: Language) -> str:
    """The sentences that are checked so far."""
    return "".join(_sentence(one, language) for one in sentences)


def _sentence(one: CheckedSentence, language: Language) -> str:
    """A sentence with its verdict, its chips, its problems and the quotes of its sources."""
    kind = _kind(one)
    chips = "".join(_chip(item, language, frozenset()) for item in one.citations)
    spans = [problem.span for problem in one.problems if problem.span != Span(0, len(one.text))]
    parts = [
        f'<p class="verdict">{plain(word(f"verdict.{kind}", language))}</p>',
        f'<p class="said" dir="auto">{underlined(one.text, spans)}<span class="chips"> {chips}</span></p>',
    ]
    if one.problems:
        parts.append(why(word("check.why", language), one.problems))
    if one.citations and kind == "unsupported":
        parts.append(f'<p class="label">{plain(word("check.nearest", language))}</p>')
    for item in one.citations:
        words = f'<blockquote dir="auto">{_quote(item)}</blockquote>'
        parts.append(f'<div class="source">{_origin_line(item, language, frozenset())}{words}</div>')
    return f'<div class="claim checked {kind}">{"".join(parts)}</div>'


def _kind(one: CheckedSentence) -> str:
    return "question" if any(problem.kind == "question" for problem in one.problems) else one.support


# The lists beside the conversation: conversations and their exports, example questions, limits, names, the archive.

LISTED = 12
"""Maximum number of outlets, and of files in quarantine, that are named; the others are counted."""


def conversations(known: Sequence[Summary], current: str, language: Language) -> str:
    """The conversations of a browser, newest first, each with a way to delete it."""
    if not known:
        return f'<div class="list"><p class="none">{plain(word("no_conversations", language))}</p></div>'
    rows = "".join(_conversation(one, current, language) for one in known)
    all_ = sure("delete_all", "sure_all", "#delete-all", language)
    return f'<div class="list">{rows}<div class="all">{all_}</div></div>'


def tools(conversation: str, language: Language) -> str:
    """The exports of a conversation that has begun."""
    if not conversation:
        return '<div class="tools"><span class="ready"></span></div>'
    links = "".join(
        f'<a href="/conversations/{conversation}/export.{suffix}" download="">{plain(word(key, language))}</a>'
        for suffix, key in (("md", "export_markdown"), ("html", "export_html"))
    )
    return f'<div class="tools"><span class="ready">{plain(word("export", language))}:</span> {links}</div>'


def examples(
    questions: Mapping[Language, Sequence[str]], told: Overview | None = None, language: Language = "ar"
) -> str:
    """Example questions, each a link that asks it, in two columns: those in the page's language come first.

    A language that `questions` lacks is still being searched: its column stays empty. Below them what the archive
    holds, where that is `told`.
    """
    columns = [list(questions.get(one, ())) for one in sorted(_LANGUAGES, key=lambda one: one != language)]
    if len(questions) == len(columns) and not all(columns):  # one language only
        every = [one for column in columns for one in column]
        columns = [every[: (len(every) + 1) // 2], every[(len(every) + 1) // 2 :]]
    shown = ""
    for column in filter(None, columns):
        links = (f'<a class="example" href="#ask" dir="{_side(one)}">{plain(one)}</a>' for one in column)
        shown += f"<div>{''.join(links)}</div>"
    asks = f'<div class="examples">{shown}</div>' if shown else ""
    return asks + (_holds(told, language) if told and told.articles else "")


def followups(questions: Sequence[str], language: Language) -> str:
    """Follow-up questions, each a link that asks it."""
    shown = "".join(f'<li><a class="next" href="#ask" dir="{_side(one)}">{plain(one)}</a></li>' for one in questions)
    return f'<div class="then"><div class="label">{plain(word("ask_next", language))}</div><ul>{shown}</ul></div>'


_OFFERED = 4
"""Outlets that the question box offers as limits."""


def limits(told: Overview | None, filters: Filters, language: Language) -> str:
    """The limits of the search as chips, those that hold with a × that lifts them; the style sheet hides the others
    once a question is asked."""
    outlets = {name: n for name, n in (told.outlets if told else ()) if name}
    shown = [_limit("outlet/", word("all_outlets", language), not filters.outlet, told.articles if told else None)]
    if filters.outlet:
        shown.append(_held("outlet/", filters.outlet, language, outlets.get(filters.outlet)))
    others = [name for name in outlets if name != filters.outlet]
    shown += [_limit(f"outlet/{quote_url(name)}", name, False, outlets[name]) for name in others[:_OFFERED]]
    if filters.published_from or filters.published_to:
        days = f"{filters.published_from or '…'} – {filters.published_to or '…'}"
        shown.append(_held("days", days, language, direction="ltr"))
    else:
        shown.append(_limit("days", word("all_days", language), False))
    languages = dict(told.languages if told else ())
    if filters.language:
        name = i18n.language_name(filters.language, language)
        shown.append(_held("language/", name, language, languages.get(filters.language)))
    elif len(languages) > 1:
        known = [one for one in languages if one != "und"]
        shown += [_limit(f"language/{one}", i18n.language_name(one, language), False, languages[one]) for one in known]
    shown += [_held(f"name/{quote_url(name)}", name, language) for name in filters.names]
    if not filters.names:
        shown.append(_limit("names", word("names", language), False))
    return f'<div class="limits">{"".join(shown)}</div>'


def _limit(target: str, name: str, holds: bool, articles: int | None = None) -> str:
    number = "" if articles is None else f' <span class="n">{articles}</span>'
    return f'<a class="limit {"on" if holds else "offer"}" href="#limit/{target}">{isolated(name)}{number}</a>'


def _held(target: str, name: str, language: Language, articles: int | None = None, *, direction: str = "auto") -> str:
    """A limit that holds; a click on its chip lifts it."""
    number = "" if articles is None else f' <span class="n">{articles}</span>'
    title = plain(word("lift", language))
    shown = f'{isolated(name, direction)}{number} <span class="x">×</span>'
    return f'<a class="limit on" href="#limit/{target}" title="{title}">{shown}</a>'


_NAMED = 5
"""Outlets of the opening page; the archive's own list has the others."""


def _holds(told: Overview, language: Language) -> str:
    """The counts of the opening page: articles, outlets, days of publication; unknown ones are counted apart."""
    parts = [
        f'<div><div class="label">{plain(word("holds.articles", language))}</div>'
        f'<div class="count">{told.articles}</div><div class="unit">'
        f"{plain(word('holds.in', language, passages=count('passages', told.passages, language)))}</div></div>"
    ]
    rows = "".join(
        f'<div class="pair"><span>{isolated(name) if name else plain(word("no_outlet", language))}</span>'
        f'<span class="bar{"" if name else " unknown"}" style="--n:{max(4, round(100 * n / told.articles))}"></span>'
        f"<span>{n}</span></div>"
        for name, n in told.outlets[:_NAMED]
    )
    if len(told.outlets) > _NAMED:
        rows += f'<p class="none">{plain(word("more", language, n=len(told.outlets) - _NAMED))}</p>'
    parts.append(f'<div class="outs"><div class="label">{plain(word("archive_outlets", language))}</div>{rows}</div>')
    shown = _histogram(told, language) if told.days else f"<p>{plain(word('holds.undated', language))}</p>"
    parts.append(f'<div><div class="label">{plain(word("holds.days", language))}</div>{shown}</div>')
    return f'<div class="hold">{"".join(parts)}</div>'


def _histogram(told: Overview, language: Language) -> str:
    """The number of articles by day of publication, and of those without one."""
    made = strip_of(told.days)
    if made is None:
        return ""
    ends = (isolated(day_in_words(told.days[0], language)), isolated(day_in_words(told.days[-1], language)))
    undated = f"<p>{plain(word('archive_undated', language, articles=told.undated))}</p>" if told.undated else ""
    return strip(made, ends) + undated


def strip(made: Strip, ends: tuple[str, str], everything: str = "") -> str:
    """A strip of bars, one a period, above an axis with its two `ends`, in HTML.

    With `everything`, the label of a link to all days, each bar is a link to its days: ``#days/20160501-20160531``.
    """
    most = max(bar.count for bar in made.bars)
    bars = ""
    for bar in made.bars:
        tag, link = "span", ""
        if everything:
            tag, link = "a", f' href="#days/{bar.first.replace("-", "")}-{bar.last.replace("-", "")}"'
        column = f'<span class="column" style="--n:{round(100 * bar.count / most)}"></span>'
        bars += f'<{tag} class="bar"{link} title="{plain(bar.period)}: {bar.count}">{column}</{tag}>'
    all_days = f'<a class="all-days" href="#days/all">{plain(everything)}</a>' if everything else ""
    return f'<div class="strip">{bars}</div><div class="axis">{all_days.join(ends)}</div>'


def names(facets: Sequence[Facet], language: Language, held: Collection[str] = ()) -> str:
    """The names of the archive by kind, each a link that limits the search to the articles that have it, or lifts that
    limit if it is among those `held`."""
    parts = []
    for kind in KINDS:
        found = [one for one in facets if one.kind == kind]
        if not found:
            continue
        links = "".join(
            f'<a class="limit facet{" on" if one.name in held else ""}" href="#limit/name/{quote_url(one.name)}" '
            f'title="{plain(" · ".join(one.spellings))}">'
            f'{isolated(one.name)} <span class="n">{one.articles}</span></a>'
            for one in found
        )
        parts.append(f'<div class="label">{plain(word(f"names.{kind}", language))}</div><p class="facets">{links}</p>')
    if not parts:
        return f'<p class="none">{plain(word("names.none", language))}</p>'
    return f'<div class="names">{"".join(parts)}</div>'


def archive(told: Overview, language: Language) -> str:
    """The overview of the archive: sizes, days, outlets, quarantine."""
    size = word("archive_size", language, articles=told.articles, passages=told.passages)
    parts = [f"<p>{plain(size)}</p>"]
    if told.first and told.last:
        days = word("archive_dates", language, first="\x00", last="\x01")
        parts.append(f"<p>{_days(days, told.first, told.last)}</p>")
    if told.undated:
        parts.append(f"<p>{plain(word('archive_undated', language, articles=told.undated))}</p>")
    named = [
        (isolated(name) if name else f"<em>{plain(word('no_outlet', language))}</em>", str(n))
        for name, n in told.outlets[:LISTED]
    ]
    parts.append(_table(word("archive_outlets", language), named, len(told.outlets), language))
    apart = told.quarantined
    if apart:
        files = [(isolated(one.name), isolated(i18n.why_apart(one.reason, one.do, language))) for one in apart[:LISTED]]
        parts.append(_table(f"{word('archive_quarantine', language)} ({len(apart)})", files, len(apart), language))
    else:
        parts.append(f'<p class="none">{plain(word("no_quarantine", language))}</p>')
    return f'<div class="archive">{"".join(parts)}</div>'


def _days(sentence: str, first: str, last: str) -> str:
    """A sentence with two days, each isolated from left to right."""
    shown = sentence.split("\x00")
    before, (middle, after) = shown[0], shown[1].split("\x01")
    return f"{plain(before)}{isolated(first, 'ltr')}{plain(middle)}{isolated(last, 'ltr')}{plain(after)}"


def _table(title: str, rows: Sequence[tuple[str, str]], total: int, language: Language) -> str:
    shown = "".join(f'<div class="pair"><span>{name}</span><span>{value}</span></div>' for name, value in rows)
    if total > len(rows):
        shown += f'<p class="none">{plain(word("more", language, n=total - len(rows)))}</p>'
    return f'<div class="table"><div class="label">{plain(title)}</div>{shown}</div>'


def _conversation(one: Summary, current: str, language: Language) -> str:
    kind = "conversation current" if one.id == current else "conversation"
    link = f'<a class="name" href="#open-{one.id}" dir="auto">{plain(one.title)}</a>'
    return f'<div class="{kind}">{link}{sure("delete", "sure_one", f"#delete-{one.id}", language)}</div>'


def sure(label: str, question: str, target: str, language: Language) -> str:
    """A delete control that asks for confirmation, without a script."""
    sign = "×" if label == "delete" else plain(word(label, language))
    summary = f'<summary title="{plain(word(label, language))}">{sign}</summary>'
    return f'<details class="sure">{summary}<a href="{target}">{plain(word(question, language))}</a></details>'
