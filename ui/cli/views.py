"""The commands `isnad timeline` and `isnad compare`: the evidence of a question by date, and the answer per outlet."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from rag.types import Language
from ui import umask
from ui.shared.terminal import (
    NOT_IN_CORPUS,
    OK,
    CorpusOption,
    DataOption,
    FromOption,
    LanguageOption,
    LinkBaseOption,
    NameOption,
    OutletOption,
    SetOption,
    SourceOption,
    ToOption,
    asked_language,
    consoles,
    origin,
    paragraph,
    settings_of,
    show_understood,
    without_writer,
)

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from rag.generate.compare import ComparedCell, Comparison
    from rag.generate.timeline import Timeline, TimelineEntry
    from rag.types import Citation


def _word(key: str, language: Language, /, **values: object) -> str:
    from ui.shared.i18n import word  # it needs libraries that `isnad --help` must not load

    return word(key, language, **values)


_LEVELS: Final = " ▁▂▃▄▅▆▇█"


def timeline(
    question: Annotated[str, typer.Argument(help="The question.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    corpus: CorpusOption = None,
    data_dir: DataOption = None,
    language: LanguageOption = None,
    outlet: OutletOption = None,
    names: NameOption = None,
    published_from: FromOption = None,
    published_to: ToOption = None,
    source: SourceOption = None,
    settings: SetOption = None,
) -> None:
    """List the evidence of a question by the date that it states, with the exact words of the sources."""
    from rag.retrieve.question import make_query
    from rag.types import Filters

    filters = Filters(outlet, published_from, published_to, source, names=tuple(names or ()))
    wanted = asked_language(language)
    # A timeline uses no language model.
    read = settings_of(settings, corpus=corpus, data_dir=data_dir, generator="extractive")
    # Before the models are loaded, so that an invalid question is reported at once.
    query = make_query(question, language=wanted, filters=filters, typed=True)
    from rag.corpus import open_corpus
    from rag.generate.timeline import TOP_K, timeline_of

    with open_corpus(read) as opened:
        opened.naming(query.filters.names)
        made = timeline_of(opened, replace(query, top_k=TOP_K))
    if as_json:
        from ui.shared.view_schemas import timeline_json

        typer.echo(json.dumps(timeline_json(made), ensure_ascii=False))
    else:
        out, err = consoles()
        show_understood(err, made.query)
        show_timeline(out, made)
        counts = f"{len(made.entries)} dated, {len(made.undated)} undated · {made.articles} articles"
        err.print(f"{counts} · {made.found} passages found of {made.searched}", style="dim")
    raise typer.Exit(OK if made.entries or made.undated else NOT_IN_CORPUS)


def show_timeline(out: Console, made: Timeline) -> None:
    """Print the counts by period on one line, then each entry under its date."""
    from rich.text import Text

    language = made.query.language
    if made.strip:
        out.print(_strip_line(made, language), style="dim")
    day = ""
    for entry in made.entries:
        if entry.date != day:
            out.print()
            day = entry.date or ""
            paragraph(out, Text(day, style="bold"))
        _show_entry(out, entry, language)
    if made.undated:
        out.print()
        paragraph(out, Text(_word("timeline.undated", language), style="bold"))
        for entry in made.undated:
            _show_entry(out, entry, language)
    if not made.entries and not made.undated:
        paragraph(out, Text(_word("timeline.nothing", language, n=made.searched)))


def _strip_line(made: Timeline, language: Language) -> str:
    strip = made.strip
    if strip is None:
        return ""
    most = max(bar.count for bar in strip.bars)
    levels = "".join(_LEVELS[-(-bar.count * (len(_LEVELS) - 1) // most)] for bar in strip.bars)
    coarser = f" · {_word('timeline.coarser', language, n=strip.coarser)}" if strip.coarser else ""
    return f"{strip.bars[0].period} {levels} {strip.bars[-1].period}{coarser}"


def _show_entry(out: Console, entry: TimelineEntry, language: Language) -> None:
    from rich.text import Text

    by = f" · {_word(f'timeline.{entry.by}', language)}" if entry.by else ""
    paragraph(out, _quote(entry.citation, entry.citation.marked))
    paragraph(out, Text(f"      {origin(entry.citation.article)}{by}", style="cyan"))


def _quote(citation: Citation, marked: Any) -> Text:
    from rich.text import Text

    number = f"[{citation.number}]"
    text = Text(f"  {number} {citation.quote}")
    text.append(f"  ({citation.span.start}–{citation.span.end})", style="dim")
    if marked:
        offset = len(number) + 3 - citation.span.start
        text.stylize("bold reverse", marked.start + offset, marked.end + offset)
    return text


def compare(
    questions: Annotated[list[str], typer.Argument(help="One or more questions, one row each.")],
    outlets: Annotated[
        list[str] | None,
        typer.Option("--outlet", metavar="NAME", help="An outlet, as articles state it; may be repeated."),
    ] = None,
    out_file: Annotated[
        Path | None,
        typer.Option("--out", help="Write the table to this .csv or .xlsx file, replacing it."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    corpus: CorpusOption = None,
    data_dir: DataOption = None,
    language: LanguageOption = None,
    names: NameOption = None,
    published_from: FromOption = None,
    published_to: ToOption = None,
    source: SourceOption = None,
    base: LinkBaseOption = "",
    settings: SetOption = None,
) -> None:
    """Ask each outlet the same questions, and mark whether figures, dates and names agree or differ."""
    from rag.retrieve.question import make_query
    from rag.types import Filters
    from ui.shared.sheets import comparison_bytes, ending, link_base, write_whole

    filters = Filters(None, published_from, published_to, source, names=tuple(names or ()))
    wanted = asked_language(language)
    suffix = ending(out_file) if out_file else ""
    base = link_base(base)
    read = settings_of(settings, corpus=corpus, data_dir=data_dir)
    # Before the models are loaded, so that an invalid question is reported at once.
    queries = [
        make_query(question, language=wanted, filters=filters, top_k=read.top_k, typed=True) for question in questions
    ]
    from rag.corpus import open_corpus
    from rag.generate.compare import compare_queries
    from ui.shared.terminal import ingest_progress

    out, err = consoles()
    with open_corpus(without_writer(read)) as opened, ingest_progress(err) as progress:
        for query in queries:
            opened.naming(query.filters.names)
        made = compare_queries(
            opened, queries, outlets=outlets or (), progress=lambda done, of: progress("compare", done, of)
        )
    if out_file:
        with umask.of_user():
            write_whole(out_file, comparison_bytes(made, suffix, base))
    if as_json:
        from ui.shared.view_schemas import comparison_json

        typer.echo(json.dumps(comparison_json(made), ensure_ascii=False))
    else:
        show_comparison(out, made)
    found = any(cell.citation for row in made.rows for cell in row.cells)
    raise typer.Exit(OK if found else NOT_IN_CORPUS)


def show_comparison(out: Console, made: Comparison) -> None:
    """Print each question with its verdict, and below it a line for each outlet with its quote."""
    from rich.text import Text

    language: Language = "en"
    for row in made.rows:
        language = row.query.language
        show_understood(out, row.query)
        title = Text(row.query.question, style="bold")
        if row.agreement:
            style = "green" if row.agreement == "agree" else "yellow"
            title.append(f" · {_word(f'compare.{row.agreement}s', language)}", style=style)
        paragraph(out, title)
        for cell in row.cells:
            _show_cell(out, cell, language)
        out.print()
    if made.left_out:
        names = ("، " if language == "ar" else ", ").join(f"{one.name} ({one.articles})" for one in made.left_out)
        paragraph(out, Text(f"{_word('compare.left_out', language)}: {names}", style="dim"))
    if made.unnamed:
        paragraph(out, Text(_word("compare.unnamed", language, n=made.unnamed), style="dim"))


def _show_cell(out: Console, cell: ComparedCell, language: Language) -> None:
    from rich.text import Text

    line = Text(f"  {cell.outlet}: ", style="cyan")
    # Cells that state the same have the same symbol.
    sign = "" if cell.group is None else f" {'●○◆◇■□▲△'[cell.group % 8]}"
    if cell.citation is None:
        line.append(_word("compare.cell_nothing", language), style="dim")
    elif cell.short:
        line.append(f"{cell.short.shown}{sign}", style="bold")
    elif cell.status == "unclear":
        line.append(_word("compare.unclear", language), style="yellow")
    else:
        line.append(sign.strip(), style="bold")
    paragraph(out, line)
    if cell.citation:
        quote = Text(f"      {cell.citation.quote}")
        quote.append(f"  ({cell.citation.span.start}–{cell.citation.span.end})", style="dim")
        if cell.words:
            offset = 6 - cell.citation.span.start
            quote.stylize("bold reverse", cell.words.start + offset, cell.words.end + offset)
        paragraph(out, quote)
        paragraph(out, Text(f"      {origin(cell.citation.article)}", style="dim"))
