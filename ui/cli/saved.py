"""The commands `isnad saved`: questions that are asked again when the archive changes, as a list, JSON and Atom."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.store.private import OF_USER, umask_of_user, write_whole
from ui.shared.terminal import (
    FAILED,
    OK,
    CorpusOption,
    DataOption,
    FromOption,
    LanguageOption,
    LinkBaseOption,
    OutletOption,
    SetOption,
    SourceOption,
    ToOption,
    asked_language,
    complain,
    consoles,
    one_line,
    paragraph,
    settings_of,
    without_writer,
)

if TYPE_CHECKING:
    from rag.config import Settings
    from rag.corpus import Corpus
    from ui.shared.saved import RunReport, Saved, SavedDocument, SavedList

saved_commands = typer.Typer(
    name="saved", help="Questions that are asked again when the archive changes.", no_args_is_help=True
)
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="From `isnad saved list`.")]
JsonFileOption = Annotated[
    Path | None, typer.Option("--json", help="Write the questions with what they found to this file.")
]
AtomFileOption = Annotated[Path | None, typer.Option("--atom", help="Write the Atom feed to this file.")]


@saved_commands.command()
def add(
    question: Annotated[str, typer.Argument(help="The question, with filters such as outlet:NAME after:2015-10.")],
    name: Annotated[str, typer.Option("--name", help="A name for lists and the feed.")] = "",
    corpus: CorpusOption = None,
    data_dir: DataOption = None,
    language: LanguageOption = None,
    outlet: OutletOption = None,
    published_from: FromOption = None,
    published_to: ToOption = None,
    source: SourceOption = None,
    settings: SetOption = None,
) -> None:
    """Save a question and ask it once: what is found now is not new."""
    from rag.retrieve.question import make_query
    from rag.types import Filters

    filters, wanted = Filters(outlet, published_from, published_to, source), asked_language(language)
    make_query(question, filters=filters, typed=True)  # before the models are loaded
    read = settings_of(settings, corpus=corpus, data_dir=data_dir)
    saved = _saved(read)
    with _open(read) as opened:
        made = saved.add(question, name=name, language=wanted, filters=filters)
        report = saved.run(opened, made.id)
    _complain(report)
    shown = saved.get(made.id)
    typer.echo(f"{shown.id}: {_counted(len(shown.found))} found now")
    raise typer.Exit(FAILED if report.errors else OK)


@saved_commands.command("list")
def list_all(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    corpus: CorpusOption = None,
    data_dir: DataOption = None,
    settings: SetOption = None,
) -> None:
    """List the saved questions, each with the number of new sentences since the last look."""
    listed = _saved(settings_of(settings, corpus=corpus, data_dir=data_dir)).list()
    if as_json:
        typer.echo(_json(listed))
        return
    _, err = consoles()
    for one in listed.questions:
        _show_line(one)
    if not listed.questions:
        err.print("no saved questions: isnad saved add QUESTION", style="dim")


@saved_commands.command()
def look(id_: IdArgument, corpus: CorpusOption = None, data_dir: DataOption = None, settings: SetOption = None) -> None:
    """Print what a saved question has found, the new first, and mark it as seen."""
    shown = _saved(settings_of(settings, corpus=corpus, data_dir=data_dir)).look(id_)
    _show_line(shown)
    _show_found(shown, only_new=False)


@saved_commands.command()
def remove(
    id_: IdArgument, corpus: CorpusOption = None, data_dir: DataOption = None, settings: SetOption = None
) -> None:
    """Delete a saved question and what it found."""
    _saved(settings_of(settings, corpus=corpus, data_dir=data_dir)).remove(id_)


@saved_commands.command()
def run(
    json_file: JsonFileOption = None,
    atom_file: AtomFileOption = None,
    base: LinkBaseOption = "",
    corpus: CorpusOption = None,
    data_dir: DataOption = None,
    settings: SetOption = None,
) -> None:
    """Ask the saved questions again if the index has changed since, and print what is new since the last look."""
    from ui.shared.sheets import link_base
    from ui.shared.terminal import ingest_progress

    base = link_base(base)
    read = settings_of(settings, corpus=corpus, data_dir=data_dir)
    saved = _saved(read)
    _, err = consoles()
    if saved.list().questions:
        with _open(read) as opened, ingest_progress(err) as progress:
            report = saved.run(opened, progress=lambda done, of: progress("saved", done, of))
        _complain(report)
    else:
        report = None
    write_files(saved, json_file, atom_file, base)
    listed = saved.list()
    for one in listed.questions:
        if one.new:
            _show_line(one)
            _show_found(one, only_new=True)
    err.print(f"{report.asked if report else 0} of {len(listed.questions)} asked, {listed.new} new", style="dim")
    raise typer.Exit(FAILED if report and report.errors else OK)


def write_files(saved: Saved, json_file: Path | None, atom_file: Path | None, base: str) -> None:
    """Write the list and the feed to files that are given, each whole. Raises `OSError`."""
    with umask_of_user():
        if json_file:
            write_whole(json_file, _json(saved.list()).encode(), OF_USER)
        if atom_file:
            write_whole(atom_file, saved.atom(base), OF_USER)


def _saved(settings: Settings) -> Saved:
    from rag.corpus import corpus_with_index
    from ui.shared.saved import Saved

    corpus_with_index(settings)
    return Saved.of(settings)


def _open(settings: Settings) -> Corpus:
    from rag.corpus import open_corpus

    return open_corpus(without_writer(settings))


def _complain(report: RunReport) -> None:
    for _, error in report.errors:
        complain(error)


def _json(listed: SavedList) -> str:
    from ui.shared.saved import saved_json

    return json.dumps(saved_json(listed), ensure_ascii=False)


def _show_line(one: SavedDocument) -> None:
    from rich.text import Text

    out, err = consoles()
    named = "" if one.name == one.question else f"{one.name}: "
    line = Text(one_line(f"{one.id}  {named}{one.question}"))
    line.append(f"  {one.new} new of {len(one.found)}", style="bold" if one.new else "dim")
    paragraph(out, line)
    if one.error:
        err.print(one_line(f"  {one.error}"), style="yellow")


def _show_found(one: SavedDocument, *, only_new: bool) -> None:
    from rich.text import Text

    out, _ = consoles()
    for item in one.found:
        if only_new and not item.new:
            continue
        citation = item.citation
        quote = Text(f"  {'+' if item.new else ' '} {citation.quote}", style="" if item.new else "dim")
        quote.append(f"  ({citation.start}–{citation.end})", style="dim")
        paragraph(out, quote)
        origin = " · ".join(filter(None, (citation.title, citation.outlet, citation.published, citation.name)))
        paragraph(out, Text(f"      {one_line(origin)}", style="cyan"))


def _counted(number: int) -> str:
    return f"{number} sentence" if number == 1 else f"{number} sentences"
