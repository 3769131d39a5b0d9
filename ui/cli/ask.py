"""The commands that ask the archive: `isnad ask`, `timeline`, `compare` and `names`, as text or JSON."""

from __future__ import annotations

import codecs
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from rag.errors import BadInput
from rag.store.private import OF_USER, umask_of_user, write_whole
from rag.types import Language
from ui.shared.terminal import (
    BAD_USE,
    NOT_IN_CORPUS,
    OK,
    CorpusOption,
    DataOption,
    FromOption,
    GeneratorOption,
    LanguageOption,
    LinkBaseOption,
    NameOption,
    OutletOption,
    SetOption,
    SourceOption,
    ToOption,
    answer_summary,
    asked_language,
    complain,
    consoles,
    ingest_progress,
    origin,
    paragraph,
    printable,
    settings_of,
    show_claim,
    show_notice,
    show_short,
    show_sources,
    show_understood,
    without_writer,
)

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from rag.config import Settings
    from rag.corpus import Corpus
    from rag.generate.compare import ComparedCell, Comparison
    from rag.generate.timeline import Timeline, TimelineEntry
    from rag.retrieve.filters import Facet
    from rag.text.entities import NameKind
    from rag.types import Answer, Citation, Query


def ask(
    question: Annotated[
        str,
        typer.Argument(
            help="The question, with filters such as outlet:NAME after:2015-10; - reads one per line of standard input."
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as one JSON document.")] = False,
    corpus: CorpusOption = None,
    data_dir: DataOption = None,
    generator: GeneratorOption = None,
    language: LanguageOption = None,
    outlet: OutletOption = None,
    names: NameOption = None,
    published_from: FromOption = None,
    published_to: ToOption = None,
    source: SourceOption = None,
    settings: SetOption = None,
) -> None:
    """Answer a question, with the exact words of the sources."""
    from rag.retrieve.question import make_query
    from rag.types import Filters

    options: dict[str, Any] = {
        "language": asked_language(language),
        "filters": Filters(outlet, published_from, published_to, source, names=tuple(names or ())),
    }
    read = settings_of(settings, corpus=corpus, data_dir=data_dir, generator=generator)
    if question == "-":
        raise typer.Exit(_ask_lines(read, as_json, options))
    # Before the models are loaded, so that an invalid question is reported at once.
    query = make_query(question, top_k=read.top_k, typed=True, **options)
    with _open(read) as opened:
        opened.naming(query.filters.names)
        raise typer.Exit(_ask_one(opened, query, as_json))


def _open(settings: Settings) -> Corpus:
    from rag.corpus import open_corpus

    return open_corpus(settings)


def _ask_one(corpus: Corpus, query: Query, as_json: bool) -> int:
    if as_json:
        from ui.shared.schemas import answer_json

        answer = corpus.answerer.answer(query)
        typer.echo(json.dumps(answer_json(answer), ensure_ascii=False))
    else:
        answer = _show_answer(corpus, query)
    return NOT_IN_CORPUS if answer.is_refusal else OK


def _show_answer(corpus: Corpus, query: Query) -> Answer:
    from rag.types import Cited, Done, Notice

    def show(event: Cited | Notice) -> None:
        if isinstance(event, Cited):
            show_claim(out, event.claim, query.language)
        else:
            show_notice(out, event)

    out, err = consoles()
    show_understood(err, query)
    waiting: list[Cited | Notice] = []
    for event in corpus.answerer.stream(query):
        if isinstance(event, Cited | Notice):
            # All short answers are on one line above the claims, so from the first one on, events wait for the end.
            if waiting or (isinstance(event, Cited) and event.short):
                waiting.append(event)
            else:
                show(event)
        elif isinstance(event, Done):
            show_short(out, event.answer)
            for one in waiting:
                show(one)
            show_sources(out, event.answer)
            err.print(answer_summary(event.answer), style="dim")
            return event.answer
    raise TypeError("the answer has no final event")


def _ask_lines(settings: Settings, as_json: bool, options: dict[str, Any]) -> int:
    """Answer one question per line of standard input; report an invalid line in place of its answer."""
    code = OK
    with _open(settings) as corpus:
        for question in _lines():
            try:
                _ask_one(corpus, corpus.query(question, typed=True, **options), as_json)
            except BadInput as error:
                code = BAD_USE
                if as_json:
                    problem = {"what": error.what, "where": error.where, "do": error.do}
                    printable = question.encode("utf-8", "replace").decode()
                    document = {"version": 1, "question": printable, "error": problem}
                    typer.echo(json.dumps(document, ensure_ascii=False))
                else:
                    complain(error)
            sys.stdout.flush()
    return code


def _lines() -> Iterator[str]:
    for raw in sys.stdin.buffer:
        yield raw.removeprefix(codecs.BOM_UTF8).decode("utf-8", "surrogateescape").rstrip("\r\n")


# The commands `isnad timeline` and `isnad compare`: the evidence of a question by date, and the answer per outlet.


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
        _show_timeline(out, made)
        counts = f"{len(made.entries)} dated, {len(made.undated)} undated · {made.articles} articles"
        err.print(f"{counts} · {made.found} passages found of {made.searched}", style="dim")
    raise typer.Exit(OK if made.entries or made.undated else NOT_IN_CORPUS)


def _show_timeline(out: Console, made: Timeline) -> None:
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
    from ui.shared.sheets import comparison_bytes, ending, link_base

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

    out, err = consoles()
    with open_corpus(without_writer(read)) as opened, ingest_progress(err) as progress:
        for query in queries:
            opened.naming(query.filters.names)
        made = compare_queries(
            opened, queries, outlets=outlets or (), progress=lambda done, of: progress("compare", done, of)
        )
    if out_file:
        with umask_of_user():
            write_whole(out_file, comparison_bytes(made, suffix, base), OF_USER)
    if as_json:
        from ui.shared.view_schemas import comparison_json

        typer.echo(json.dumps(comparison_json(made), ensure_ascii=False))
    else:
        _show_comparison(out, made)
    found = any(cell.citation for row in made.rows for cell in row.cells)
    raise typer.Exit(OK if found else NOT_IN_CORPUS)


def _show_comparison(out: Console, made: Comparison) -> None:
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


# The command `isnad names`: the persons, organisations and places that articles name.

_SPELLINGS: Final = 3
"""Maximum number of other spellings in a line of the table."""


def names(
    kind: Annotated[str | None, typer.Option(help="Only one kind: person, organisation or place.")] = None,
    like: Annotated[str | None, typer.Option(help="Only names that contain these letters.")] = None,
    limit: Annotated[int, typer.Option(help="Maximum number of names of each kind.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    corpus: CorpusOption = None,
    data_dir: DataOption = None,
    outlet: OutletOption = None,
    wanted: NameOption = None,
    published_from: FromOption = None,
    published_to: ToOption = None,
    source: SourceOption = None,
    settings: SetOption = None,
) -> None:
    """List the persons, organisations and places that the most articles name, with the number of articles."""
    from rag.retrieve.question import valid_filters
    from rag.types import Filters

    of = _kind(kind)
    filters = valid_filters(Filters(outlet, published_from, published_to, source, names=tuple(wanted or ())))
    read = settings_of(settings, corpus=corpus, data_dir=data_dir)
    from rag.corpus import names_of

    found = names_of(read, of, filters=filters, like=like, limit=limit)
    if as_json:
        from ui.shared.schemas import NamesDocument

        typer.echo(NamesDocument.of(found).model_dump_json())
    else:
        _show_names(consoles()[0], found)
    raise typer.Exit(OK if found else NOT_IN_CORPUS)


def _kind(given: str | None) -> NameKind | None:
    from rag.text.entities import KINDS

    for kind in KINDS:
        if given == kind:
            return kind
    if given is None:
        return None
    raise BadInput(f"there is no kind of name {given!r}", where="--kind", do=f"use {', '.join(KINDS)}")


def _show_names(out: Console, found: list[Facet]) -> None:
    from rich.table import Table

    if not found:
        out.print("No names were found.", style="dim")
        return
    table = Table(box=None, pad_edge=False)
    for title, side in (("articles", "right"), ("kind", "left"), ("name", "left"), ("also written", "left")):
        table.add_column(title, justify=side)  # type: ignore[arg-type]
    for facet in found:
        others = [one for one in facet.spellings if one != facet.name]
        more = f" +{len(others) - _SPELLINGS}" if len(others) > _SPELLINGS else ""
        written = ", ".join(map(printable, others[:_SPELLINGS])) + more
        table.add_row(str(facet.articles), facet.kind, printable(facet.name), written)
    out.print(table)
