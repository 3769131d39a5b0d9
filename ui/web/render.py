"""Answers as HTML for the chat, a part at a time. Pure: what it shows was decided before, and all of it is escaped."""

from __future__ import annotations

from collections.abc import Sequence

from rag.citations import MARKER
from rag.text.normalise import language as language_of
from rag.text.normalise import question_language
from rag.types import Language, Span
from ui.shared.html import direction_of, exact, isolated, plain, replaced, underlined
from ui.shared.i18n import count, word
from ui.shared.schemas import (
    AnswerDocument,
    CitationDocument,
    ClaimDocument,
    EvidenceDocument,
    NoticeDocument,
    ProblemDocument,
    ShortAnswerDocument,
    in_citations,
)
from ui.web.links import Changed, chip, evidence_cards, pieces, source


def question(text: str) -> str:
    """What the user asked."""
    return f'<div class="asked" dir="auto">{plain(text)}</div>'


def answer(document: AnswerDocument, language: Language, changed: Changed = frozenset()) -> list[str]:
    """A whole answer in the interface's language: its parts, in the order in which they also stream."""
    return [
        head(document, language),
        cards(document, language, changed),
        short(document.short, document.citations, language, changed),
        *(claim(one, document.citations, language, changed) for one in document.claims),
        tail(document, language, changed),
    ]


def status(key: str, language: Language, **values: object) -> str:
    """The line above an answer that is not finished: what is happening now."""
    return f'<div class="head busy"><span class="spinner"></span>{plain(word(key, language, **values))}</div>'


def head(document: AnswerDocument, language: Language) -> str:
    """The line above an answer: what it rests on, who made it, in how long; and how the question was searched."""
    cited = {item.passage_id for item in document.evidence if _cites(document, item)}
    unclear = any(one.kind == "unclear" for one in document.notices)
    if not document.claims and document.cut:  # stopped before it was known whether there is an answer
        told = [f'<strong class="partial">{plain(word("cut", language))}</strong>']
    elif document.status == "not_in_corpus":
        told = [f'<strong class="missing">{plain(word("not_in_corpus", language))}</strong>']
    elif unclear:
        told = [f'<strong class="missing">{plain(word("unclear", language))}</strong>']
    else:
        passages = count("passages", len(cited) or len(document.citations), language)
        articles = count("articles", len({one.article_id for one in document.citations}), language)
        told = [plain(word("answered_from", language, passages=passages, articles=articles))]
        if document.independent_sources:
            told.append(plain(count("independent", document.independent_sources, language)))
    if document.status == "partial" and (document.cut or not unclear):
        told.append(f'<strong class="partial">{plain(word("cut" if document.cut else "partial", language))}</strong>')
    told.append(isolated(generator(document.generator, language)))
    told.append(plain(word("seconds", language, seconds=f"{document.timings_ms.total / 1000:.1f}")))
    lines = f'<div class="head">{" · ".join(told)}</div>'
    return lines + searched(document.question, document.searched, language)


def searched(asked: str, whole: str, language: Language) -> str:
    """How a question that leaned on those before it was searched; nothing where it was searched as asked."""
    if whole == asked:
        return ""
    return f'<div class="searched">{plain(word("searched_for", language))}: <bdi dir="auto">{plain(whole)}</bdi></div>'


def generator(name: str, language: Language) -> str:
    """Who answered, in words."""
    kind, _, model = name.partition(":")
    return word(f"generator.{kind}", language, model=model)


def cards(document: AnswerDocument, language: Language, changed: Changed = frozenset()) -> str:
    """The evidence of an answer, a card each; of an answer that is none, the nearest passages, marked as such."""
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
    changed: Changed = frozenset(),
) -> str:
    """The words that answer by themselves, to the letter, each before its chip; nothing where there are none."""
    shown: list[str] = []
    told: list[str] = []
    for one, item in in_citations(answers, citations):
        spoken = language_of(item.quote)
        told.append(f'lang="{spoken}" dir="{direction_of(spoken)}"')
        chips = f'<span class="chips"> {chip(item, language, changed, one.span)}</span>'
        shown.append(f"<bdi {told[-1]}>{exact(one.text)}</bdi>{chips}")
    return f'<p class="short" {told[0]}>{plain(word("list", language)).join(shown)}</p>' if shown else ""


def claim(
    one: ClaimDocument, citations: Sequence[CitationDocument], language: Language, changed: Changed = frozenset()
) -> str:
    """One sentence of the answer with its chips; one that has no support looks different and says why."""
    if one.support == "unsupported":
        return (
            f'<div class="claim unsupported"><p dir="auto">{_underlined(one.text, one.problems)}</p>'
            f"{why(word('unsupported', language), one.problems)}</div>"
        )
    own = [item for item in citations if item.number in one.citations]
    shown = replaced(MARKER.sub("", one.text) if _only_at_end(one.text) else one.text, pieces(own))
    chips = "".join(chip(item, language, changed) for item in own)
    # A chip stands on the last line of its quote, in the quote's direction; behind a name, in the claim's.
    quoted = shown.endswith("</bdi>") and shown.rfind('<bdi class="quote"') > shown.rfind("<bdi dir=")
    closing = "</bdi>" if quoted else ""
    shown = shown.removesuffix(closing)
    label = f'<p class="stands-in">{plain(word("stands_in", language))}</p>' if one.stands_in else ""
    return f'<div class="claim">{label}<p dir="auto">{shown}<span class="chips"> {chips}</span>{closing}</p></div>'


def notice(one: NoticeDocument) -> str:
    """Something about the answer that its reader must know."""
    return f'<div class="notice" dir="auto">{plain(one.message)}</div>'


def not_kept(why: str) -> str:
    """That an answer will be gone when the page is, and why."""
    return f'<div class="notice unkept" dir="auto">{plain(why)}</div>'


def tail(document: AnswerDocument, language: Language, changed: Changed = frozenset()) -> str:
    """What stands below the claims: what Isnad says itself, notices, sources, and what was taken out or rejected."""
    said = "\n".join(one.text for one in document.claims)
    parts = [f'<div class="opening" dir="auto">{plain(document.opening)}</div>'] if document.opening else []
    parts += [notice(one) for one in document.notices]
    if any((one.article_id, one.version) in changed for one in document.citations):
        parts.append(f'<div class="notice changed">{plain(word("file_changed", language))}</div>')
    if document.citations:
        rows = "".join(source(one, document, language, said, changed) for one in document.citations)
        parts.append(f'<div class="sources"><div class="label">{plain(word("sources", language))}</div>{rows}</div>')
    if document.removed:
        parts.append(_ledger(document, language))
    for number in dict.fromkeys(item.number for item in document.rejected):
        parts.append(f'<div class="notice rejected">{plain(word("rejected", language, n=number))}</div>')
    return f'<div class="tail">{"".join(parts)}</div>' if parts else ""


def _ledger(document: AnswerDocument, language: Language) -> str:
    """What was taken out, one click away: it is no part of the answer and is not printed with it."""
    rows = ""
    for item in document.removed:
        text = f'<p dir="auto"><del>{_underlined(item.text, item.problems)}</del></p>'
        rows += f'<div class="claim removed">{text}{why(word("removed", language), item.problems)}</div>'
    label = f"{word('removed', language)}: {len(document.removed)}"
    return f'<details class="ledger"><summary>{plain(label)}</summary>{rows}</details>'


def failure(title: str, what: str, do: str = "") -> str:
    """An error in our own sentences: what is wrong and what to do."""
    more = f'<div dir="auto">{plain(do)}</div>' if do else ""
    heading = f'<strong dir="auto">{plain(title)}</strong>'
    return f'<div class="failure">{heading}<div dir="auto">{plain(what)}</div>{more}</div>'


def _underlined(text: str, problems: Sequence[ProblemDocument]) -> str:
    """A model's sentence, the words that are wrong underlined; not where the whole of it is."""
    return underlined(text, [one.span for one in problems if one.span != Span(0, len(text))])


def why(label: str, problems: Sequence[ProblemDocument]) -> str:
    """Why something is not supported. The reasons are sentences in one language, whatever words they begin with."""
    reasons = " ".join(dict.fromkeys(item.message for item in problems))
    direction = "rtl" if question_language(reasons) == "ar" else "ltr"
    return f'<p class="why"><strong>{plain(label)}</strong>: <bdi dir="{direction}">{plain(reasons)}</bdi></p>'


def _only_at_end(text: str) -> bool:
    """Whether the numbers of a claim stand behind it, as Isnad writes them: then chips stand in their place."""
    first = MARKER.search(text)
    return first is not None and not MARKER.sub("", text[first.start() :]).strip()


def _cites(document: AnswerDocument, item: EvidenceDocument) -> bool:
    return any(one.article_id == item.article_id and one.span == item.span for one in document.citations)
