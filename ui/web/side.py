"""What stands beside the conversation: earlier ones, their export, the archive, example questions. Pure and escaped."""

from __future__ import annotations

from collections.abc import Sequence

from rag.store.overview import Overview
from rag.types import Language
from ui.shared import faults
from ui.shared.html import isolated, plain
from ui.shared.i18n import word
from ui.shared.turns import Summary

LISTED = 12
"""Outlets and files in quarantine that are named; of the others their number is told."""


def conversations(known: Sequence[Summary], current: str, language: Language) -> str:
    """The conversations of a browser, newest first, each with a way to delete it."""
    if not known:
        return f'<div class="list"><p class="none">{plain(word("no_conversations", language))}</p></div>'
    rows = "".join(_conversation(one, current, language) for one in known)
    all_ = _sure("delete_all", "sure_all", "#delete-all", language)
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


def examples(questions: Sequence[str]) -> str:
    """Questions to begin with, each a link that asks it."""
    shown = "".join(f'<a class="example" href="#ask" dir="auto">{plain(one)}</a>' for one in questions)
    return f'<div class="examples">{shown}</div>' if questions else ""


def archive(told: Overview, language: Language) -> str:
    """How much the archive holds, from whom, from when to when, and what is not in it."""
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
        files = [
            (isolated(one.name), isolated(faults.why_apart(one.reason, one.do, language))) for one in apart[:LISTED]
        ]
        parts.append(_table(f"{word('archive_quarantine', language)} ({len(apart)})", files, len(apart), language))
    else:
        parts.append(f'<p class="none">{plain(word("no_quarantine", language))}</p>')
    return f'<div class="archive">{"".join(parts)}</div>'


def _days(sentence: str, first: str, last: str) -> str:
    """A sentence with two days in it, each read from left to right."""
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
    return f'<div class="{kind}">{link}{_sure("delete", "sure_one", f"#delete-{one.id}", language)}</div>'


def _sure(label: str, question: str, target: str, language: Language) -> str:
    """A deletion that asks once more, without a script."""
    sign = "×" if label == "delete" else plain(word(label, language))
    summary = f'<summary title="{plain(word(label, language))}">{sign}</summary>'
    return f'<details class="sure">{summary}<a href="{target}">{plain(word(question, language))}</a></details>'
