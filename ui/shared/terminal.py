"""Terminal output of the commands: answers, sources and reports; exit codes, and the options that commands share."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.errors import BadInput, BadSetting, IsnadError
from rag.text.normalise import language
from rag.types import Answer, Article, Citation, Claim, Language, Notice, Query

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from rag.config import Settings
    from rag.ingest.dry_run import Foreseen
    from rag.ingest.sync import IngestReport


# Exit codes, and the one line on standard error that reports an error.

OK, FAILED, BAD_USE, NOT_IN_CORPUS, NOT_PASSED = 0, 1, 2, 3, 4


def complain(error: IsnadError) -> None:
    """Print the error to standard error, on one line, with control characters escaped."""

    typer.echo(f"isnad: {one_line(str(error))}", err=True)


# Options that commands share, and the settings that they give.

CorpusOption = Annotated[str | None, typer.Option("--corpus", help="The corpus to use.")]
DataOption = Annotated[Path | None, typer.Option("--data-dir", help="Folder of corpora and models.")]
GeneratorOption = Annotated[
    str | None, typer.Option("--generator", help="auto, extractive, reader or writer.", show_default=False)
]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Any other setting; may be repeated.")
]
LanguageOption = Annotated[str | None, typer.Option(help="ar or en; by default that of the question.")]
OutletOption = Annotated[str | None, typer.Option(help="Only articles of this outlet.")]
NameOption = Annotated[
    list[str] | None,
    typer.Option("--name", help="Only articles that name this person, organisation or place; may be repeated."),
]
FromOption = Annotated[str | None, typer.Option("--from", help="Only articles from this date on (ISO).")]
ToOption = Annotated[str | None, typer.Option("--to", help="Only articles up to this date (ISO).")]
SourceOption = Annotated[str | None, typer.Option(help="Only the article of this file.")]
LinkBaseOption = Annotated[
    str, typer.Option("--link-base", metavar="URL", help="Address of the chat server, for links to sources.")
]
PortOption = Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")]
HostOption = Annotated[
    str, typer.Option(help="The address to listen on; for access from other machines, set a password or token.")
]


def asked_language(given: str | None) -> Language | None:
    """Validate the option --language. Raises `BadInput` for a language other than ar and en."""
    if given is None or given == "ar" or given == "en":
        return given  # type: ignore[return-value]  # one of the two
    raise BadInput(f"the language {given!r} is not supported", where="--language", do="use ar or en")


def without_writer(settings: Settings) -> Settings:
    """The same settings for what uses no language model, so that none needs to be available."""
    return settings.model_copy(update={"generator": "extractive" if settings.reader == "off" else "reader"})


def settings_of(pairs: list[str] | None, **flags: Any) -> Settings:
    """Read the settings, with command-line options and ``--set`` pairs on top.

    Raises `BadInput` for a text that is not NAME=VALUE; `BadSetting` for an unknown setting or an invalid value.
    """
    from rag.config import read_settings

    for pair in pairs or []:
        name, equals, value = pair.partition("=")
        if not equals:
            raise BadInput(f"{pair!r} is not NAME=VALUE", where="--set", do="write it as --set top_k=5")
        flags[name] = value
    return read_settings(**flags)


def must_be_local(settings: Settings, what: str, instead: str) -> None:
    """Raise `BadSetting` if the catalog is on a server; the command `what` supports only a catalog in local files."""
    if settings.catalog_url:
        raise BadSetting(f"{what} supports only a catalog on this machine", where="catalog_url", do=f"use {instead}")


# Progress bar of an ingest, with rate and remaining time.

_Progress = Callable[[str, int, int], None]


@contextmanager
def ingest_progress(console: Console) -> Iterator[_Progress]:
    """Yield a callable ``(phase, done, total)`` that draws one bar per phase; draws nothing without a terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    class Rate(TextColumn):
        def render(self, task):  # type: ignore[no-untyped-def]
            from rich.text import Text

            return Text(f"{task.speed:.1f}/s" if task.speed else "")

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(""), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks: dict[str, object] = {}

        def show(phase: str, done: int, total: int) -> None:
            if phase not in tasks:
                tasks[phase] = bars.add_task(phase, total=total)
            bars.update(tasks[phase], completed=done, total=total)  # type: ignore[arg-type]

        yield show


# Text from files must not control the terminal. Each character is replaced by exactly one, so that spans stay valid.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_NOT_IN_A_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

_WORDS = {
    "ar": {
        "sources": "المصادر",
        "nearest": "أقرب الجمل في الأرشيف",
        "unsupported": "غير مسند",
        "stands_in": "مكان جملة لا يسندها المصدر",
        "also": "ورد أيضا في",
        "other_words": "الخبر نفسه بكلمات أخرى",
    },
    "en": {
        "sources": "Sources",
        "nearest": "The nearest sentences in the archive",
        "unsupported": "unsupported",
        "stands_in": "replaces a sentence that the source does not support",
        "also": "also in",
        "other_words": "same story in other words",
    },
}


def consoles() -> tuple[Console, Console]:
    """Return the consoles of standard output and standard error; neither interprets markup in text."""
    from rich.console import Console

    return Console(markup=False, highlight=False, emoji=False), Console(
        stderr=True, markup=False, highlight=False, emoji=False
    )


def reorders_text() -> bool:
    """Whether the terminal lays out right-to-left text itself (VTE ≥ 0.58, Konsole, mlterm, Apple Terminal, iTerm)."""
    if not sys.stdout.isatty():
        return False
    version = os.environ.get("VTE_VERSION", "0")
    return (
        (version.isdigit() and int(version) >= 5800)
        or "KONSOLE_VERSION" in os.environ
        or "MLTERM" in os.environ
        or os.environ.get("TERM_PROGRAM") in {"Apple_Terminal", "iTerm.app"}
    )


def show_claim(console: Console, claim: Claim, answer_language: str) -> None:
    """Print one claim; if it is unsupported, also the reasons."""
    from rich.text import Text

    text = Text(claim.text, style="" if claim.support == "supported" else "dim italic")
    paragraph(console, text)
    if claim.stands_in:
        paragraph(console, Text(f"  ({_WORDS[answer_language]['stands_in']})", style="dim"))
    if claim.support == "unsupported":
        reasons = " ".join(problem.message for problem in claim.problems)
        paragraph(console, Text(f"  ({_WORDS[answer_language]['unsupported']}: {reasons})", style="yellow"))


def show_understood(console: Console, query: Query) -> None:
    """Print the filters that were read in the question, on one line; nothing if there are none."""
    from rich.text import Text

    from ui.shared.i18n import word

    if query.understood:
        shown = " · ".join(f"{word(f'understood.{key}', query.language)}: {value}" for key, value in query.understood)
        paragraph(console, Text(one_line(shown), style="dim"))


def show_short(console: Console, answer: Answer) -> None:
    """Print the short answers on one line, each with its citation number; nothing if there are none.

    A rendering in English precedes its words: ``Faisal Mekdad (فيصل المقداد) [1]``.
    """
    from rich.text import Text

    from ui.shared.i18n import word

    text = Text()
    for one in answer.short:
        text.append(word("list", answer.query.language) if text else "")
        text.append(printable(one.rendered or one.text), "bold")
        text.append(f" ({printable(one.text)})" if one.rendered else "")
        text.append(f" [{one.citation.number}]")
    if text:
        paragraph(console, text)


def show_notice(console: Console, notice: Notice) -> None:
    """Print a notice about the answer."""
    from rich.text import Text

    paragraph(console, Text(notice.message, style="yellow"))


def show_sources(console: Console, answer: Answer) -> None:
    """Print the numbered sources of an answer, or the nearest sentences if the archive does not answer.

    Then the removed sentences and rejected citation numbers.
    """
    from rich.text import Text

    words = _WORDS[answer.query.language]
    if answer.opening:
        paragraph(console, Text(answer.opening, style="bold"))
    if answer.citations:
        console.print()
        paragraph(console, Text(words["sources"], style="bold"))
        for citation in answer.citations:
            paragraph(console, Text(f"[{citation.number}] {origin(citation.article)}", style="cyan"))
            paragraph(console, _quote(citation))
            for line in _also(citation, words):
                paragraph(console, Text(f"    {line}", style="dim"))
    elif answer.evidence:
        console.print()
        paragraph(console, Text(words["nearest"], style="bold"))
        for item in answer.evidence:
            paragraph(console, Text(f"– {origin(item.article)}", style="cyan"))
            paragraph(console, Text(f"    {item.text}", style="dim"))
    for removed in answer.removed:
        paragraph(console, Text(f"– {removed.text} ({' '.join(p.message for p in removed.problems)})", style="strike"))
    for rejected in answer.rejected:
        paragraph(console, Text(f"– [{rejected.number}] {rejected.reason}", style="yellow"))


def printable(text: str) -> str:
    """Replace each control character except tab and newline by U+FFFD, one for one."""
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)


def one_line(text: str) -> str:
    """Return the text on one line, with control characters, line breaks and bidi controls shown as escapes.

    For file names, which may contain any character: none can add a line, change a colour or reorder text.
    """
    return _NOT_IN_A_LINE.sub(lambda sign: sign[0].encode("unicode_escape").decode(), text)


def report_lines(report: IngestReport) -> list[str]:
    """Summarise an ingest in two or three lines, then one line per quarantined or skipped file with the reason."""
    counts = [
        (report.added, "added"),
        (report.changed, "changed"),
        (report.renamed, "renamed"),
        (report.deleted, "deleted"),
        (report.unchanged, "unchanged"),
        (len(report.quarantined), "in quarantine"),
        (len(report.skipped), "skipped"),
    ]
    lines = [
        "articles: " + (", ".join(f"{count} {what}" for count, what in counts if count) or "none"),
        f"index: {report.passages} passages, {report.embedded} texts embedded, "
        f"{'switched to' if report.switched else 'still'} {report.generation or 'none'}, {report.seconds:.1f} s",
    ]
    if report.repeated:
        lines.append(f"  repeated: {report.repeated} articles begin or end with repeated lines, which are not searched")
    lines += [f"  quarantine: {file.name}: {file.reason} → {file.do}" for file in report.quarantined]
    lines += [f"  skipped: {file.source}: {file.reason}" for file in report.skipped]
    return lines


def foreseen_lines(foreseen: Foreseen) -> list[str]:
    """List what an ingest would do, one line per file that would change."""
    counts = [
        (len(foreseen.added), "added"),
        (len(foreseen.changed), "changed"),
        (len(foreseen.renamed), "renamed"),
        (len(foreseen.deleted), "deleted"),
        (foreseen.unchanged, "unchanged"),
        (len(foreseen.quarantined), "in quarantine"),
        (len(foreseen.skipped), "skipped"),
    ]
    lines = ["would be: " + (", ".join(f"{count} {what}" for count, what in counts if count) or "none")]
    lines += [f"  added: {source}" for source in foreseen.added]
    lines += [f"  changed: {source}" for source in foreseen.changed]
    lines += [f"  renamed: {before} → {after}" for before, after in foreseen.renamed]
    lines += [f"  deleted: {source}" for source in foreseen.deleted]
    lines += [f"  quarantine: {file.name}: {file.reason} → {file.do}" for file in foreseen.quarantined]
    lines += [f"  skipped: {file.source}: {file.reason}" for file in foreseen.skipped]
    return lines


def answer_summary(answer: Answer) -> str:
    """Summarise the answer in one line: status, generator, citations, sources and times."""
    citations = _counted(len(answer.citations), "citation")
    articles = _counted(len({citation.article.id for citation in answer.citations}), "article")
    # Only if the numbers of files and of independent sources differ.
    differ = answer.independent != len({citation.article.id for citation in answer.citations})
    sources = f", {_counted(answer.independent, 'independent source')}" if differ or _copied(answer) else ""
    return (
        f"{answer.status} · {answer.generator} · {citations} of {articles}{sources} · "
        f"search {answer.timings.search:.0f} ms, total {answer.timings.total / 1000:.1f} s"
    )


def _copied(answer: Answer) -> bool:
    return any(citation.also for citation in answer.citations)


def _also(citation: Citation, words: Mapping[str, str]) -> Iterator[str]:
    """Yield a line with the copies of the sentence and their spans, and a line with other articles of the story."""
    there = [f"{origin(one.article)} ({one.span.start}–{one.span.end})" for one in citation.also if one.span]
    if there:
        yield f"{words['also']}: {'; '.join(there)}"
    others = [origin(one.article) for one in citation.also if not one.span]
    if others:
        yield f"{words['other_words']}: {'; '.join(others)}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def origin(article: Article) -> str:
    """Return an article's stated title, outlet and date, and its file name, on one line."""
    parts = [
        article.title.value if article.title else None,
        article.outlet.value if article.outlet else None,
        article.published.value if article.published else None,
        article.name,
    ]
    return " · ".join(one_line(part) for part in parts if part)


def _quote(citation: Citation) -> Text:
    from rich.text import Text

    text = Text(f"    {citation.quote}")
    page = f"page {citation.page}, " if citation.page else ""
    text.append(f"  ({page}{citation.span.start}–{citation.span.end})", style="dim")
    if citation.marked:
        offset = 4 - citation.span.start
        text.stylize("bold reverse", citation.marked.start + offset, citation.marked.end + offset)
    return text


def paragraph(console: Console, text: Text) -> None:
    """Print a paragraph, right-aligned if it is Arabic and the terminal reorders text; else in logical order."""
    text.plain = printable(text.plain)
    if language(text.plain) == "ar" and reorders_text():
        console.print(text, justify="right", soft_wrap=False)
    else:
        console.print(text, soft_wrap=True)
