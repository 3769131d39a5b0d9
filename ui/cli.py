"""The command `isnad`: reads flags, calls the rooms below, prints, and gives the exit code.

Exit codes: 0 answered or partial, 3 not in the corpus, 4 a check that failed, 2 bad use, 1 anything else.
What is heavy is imported where it is used, so that ``isnad --help`` answers at once.
"""

from __future__ import annotations

import codecs
import io
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.errors import BadInput, IsnadError

if TYPE_CHECKING:
    from rag.assemble import Corpus
    from rag.config import Settings
    from rag.types import Answer

OK, FAILED, BAD_USE, NOT_IN_CORPUS, NOT_PASSED = 0, 1, 2, 3, 4

app = typer.Typer(
    name="isnad",
    help="Cited answers in Arabic and English over a folder of news articles.",
    epilog="Exit codes: 0 answered or partial, 3 not in the corpus, 4 a check that failed, 2 bad use, 1 anything else.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

CorpusOption = Annotated[str | None, typer.Option("--corpus", help="The corpus to use.")]
DataOption = Annotated[Path | None, typer.Option("--data-dir", help="Where corpora and models are kept.")]
GeneratorOption = Annotated[
    str | None, typer.Option("--generator", help="auto, extractive, reader or writer.", show_default=False)
]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Any other setting; may be repeated.")
]
PortOption = Annotated[int, typer.Option(min=1, max=65535, help="The port to listen at.")]
HostOption = Annotated[
    str, typer.Option(help="The address to listen at; beyond this machine it needs a password or token.")
]


@app.command()
def ingest(
    folder: Annotated[Path, typer.Argument(help="The folder of articles.")],
    corpus: CorpusOption = None,
    data_dir: DataOption = None,
    allow_deletes: Annotated[
        bool, typer.Option("--allow-deletes", help="Go on when more than half of the corpus would be deleted.")
    ] = False,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Build the index anew even if nothing changed.")] = False,
    if_missing: Annotated[bool, typer.Option("--if-missing", help="Do nothing when the corpus has an index.")] = False,
    settings: SetOption = None,
) -> None:
    """Bring a corpus in step with a folder: read, split, embed, index, switch."""
    from rag.assemble import has_index, ingest_folder
    from ui.progress import ingest_progress
    from ui.terminal import consoles, printable, report_lines

    read = _settings(settings, corpus=corpus, data_dir=data_dir)
    if if_missing and has_index(read):
        return
    _, err = consoles()
    with ingest_progress(err) as progress:
        report = ingest_folder(folder, read, progress=progress, allow_deletes=allow_deletes, rebuild=rebuild)
    for line in report_lines(report):
        typer.echo(printable(line))


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="The question; - reads one question a line from standard input.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as one JSON document.")] = False,
    corpus: CorpusOption = None,
    data_dir: DataOption = None,
    generator: GeneratorOption = None,
    language: Annotated[str | None, typer.Option(help="ar or en; when unset, that of the question.")] = None,
    outlet: Annotated[str | None, typer.Option(help="Only articles of this outlet.")] = None,
    published_from: Annotated[str | None, typer.Option("--from", help="Only articles from this day on, ISO.")] = None,
    published_to: Annotated[str | None, typer.Option("--to", help="Only articles up to this day, ISO.")] = None,
    source: Annotated[str | None, typer.Option(help="Only the article of this file.")] = None,
    settings: SetOption = None,
) -> None:
    """Answer a question, with the exact words of the sources."""
    from rag.question import make_query
    from rag.types import Filters

    if language not in {None, "ar", "en"}:
        raise BadInput(f"there is no language {language!r}", where="--language", do="use ar or en")
    options: dict[str, Any] = {
        "language": language,
        "filters": Filters(outlet, published_from, published_to, source),
    }
    read = _settings(settings, corpus=corpus, data_dir=data_dir, generator=generator)
    if question == "-":
        raise typer.Exit(_ask_lines(read, as_json, options))
    # Before the models are loaded: a question that cannot be asked is told at once.
    make_query(question, max_chars=read.max_question_chars, **options)
    with _open(read) as opened:
        raise typer.Exit(_ask_one(opened, question, as_json, options))


@app.command()
def chat(
    port: PortOption = 7860,
    host: HostOption = "127.0.0.1",
    corpus: CorpusOption = None,
    data_dir: DataOption = None,
    generator: GeneratorOption = None,
    settings: SetOption = None,
) -> None:
    """Open the chat in a browser: http://127.0.0.1:7860 unless told otherwise."""
    serve(port, host, corpus, data_dir, generator, settings)


@app.command()
def serve(
    port: PortOption = 7860,
    host: HostOption = "127.0.0.1",
    corpus: CorpusOption = None,
    data_dir: DataOption = None,
    generator: GeneratorOption = None,
    settings: SetOption = None,
) -> None:
    """Serve the API under /v1, its description at /docs, and the chat under /."""
    from ui.server import serve as serve_until_told

    serve_until_told(_settings(settings, corpus=corpus, data_dir=data_dir, generator=generator), host, port)


@app.command()
def mcp(
    corpus: CorpusOption = None,
    data_dir: DataOption = None,
    generator: GeneratorOption = None,
    settings: SetOption = None,
) -> None:
    """Serve the tools of the Model Context Protocol on the standard streams; `isnad serve` has them at /mcp."""
    from ui.mcp_server import serve_stdio

    serve_stdio(_settings(settings, corpus=corpus, data_dir=data_dir, generator=generator))


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="An answer or conversation: JSON, or an export of the chat.")],
    folder: Annotated[Path, typer.Option("--folder", help="The folder of the articles.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    settings: SetOption = None,
) -> None:
    """Check each quote of a kept answer against its file again; no model, no index."""
    from ui.verify import report

    lines, holds = report(file, folder, _settings(settings).max_file_mb, as_json=as_json)
    for line in lines:
        typer.echo(line)
    raise typer.Exit(OK if holds else NOT_PASSED)


@app.command()
def doctor(
    corpus: CorpusOption = None,
    data_dir: DataOption = None,
    settings: SetOption = None,
) -> None:
    """Check Python, torch, the models, the index and the disk; say what to do about what is missing."""
    from ui.doctor import examine

    checks = examine(_settings(settings, corpus=corpus, data_dir=data_dir))
    for check in checks:
        typer.echo(f"{'ok     ' if check.passed else 'MISSING'} {check.name}: {check.found}")
        if not check.passed:
            typer.echo(f"        → {check.do}")
    raise typer.Exit(OK if all(check.passed for check in checks) else NOT_PASSED)


def _settings(pairs: list[str] | None, **flags: Any) -> Settings:
    from rag.config import read_settings

    for pair in pairs or []:
        name, equals, value = pair.partition("=")
        if not equals:
            raise BadInput(f"{pair!r} is not NAME=VALUE", where="--set", do="write it as --set top_k=5")
        flags[name] = value
    return read_settings(**flags)


def _open(settings: Settings) -> Corpus:
    from rag.assemble import open_corpus

    return open_corpus(settings)


def _ask_one(corpus: Corpus, question: str, as_json: bool, options: dict[str, Any]) -> int:
    if as_json:
        from ui.schemas import answer_json

        answer = corpus.ask(question, **options)
        typer.echo(json.dumps(answer_json(answer), ensure_ascii=False))
    else:
        answer = _show(corpus, question, options)
    return NOT_IN_CORPUS if answer.is_refusal else OK


def _show(corpus: Corpus, question: str, options: dict[str, Any]) -> Answer:
    from rag.types import Cited, Done, Notice, Started
    from ui.terminal import consoles, show_claim, show_notice, show_sources, summary

    out, err = consoles()
    for event in corpus.stream(question, **options):
        if isinstance(event, Started):
            language = event.query.language
        elif isinstance(event, Cited):
            show_claim(out, event.claim, language)
        elif isinstance(event, Notice):
            show_notice(out, event)
        elif isinstance(event, Done):
            show_sources(out, event.answer)
            err.print(summary(event.answer), style="dim")
            return event.answer
    raise TypeError("the answer did not end")


def _ask_lines(settings: Settings, as_json: bool, options: dict[str, Any]) -> int:
    """One question a line, one answer each; a line that cannot be asked gets its error in its place."""
    code = OK
    with _open(settings) as corpus:
        for question in _lines():
            try:
                _ask_one(corpus, question, as_json, options)
            except BadInput as error:
                code = BAD_USE
                if as_json:
                    problem = {"what": error.what, "where": error.where, "do": error.do}
                    printable = question.encode("utf-8", "replace").decode()
                    document = {"version": 1, "question": printable, "error": problem}
                    typer.echo(json.dumps(document, ensure_ascii=False))
                else:
                    _complain(error)
            sys.stdout.flush()
    return code


def _lines() -> Iterator[str]:
    for raw in sys.stdin.buffer:
        yield raw.removeprefix(codecs.BOM_UTF8).decode("utf-8", "surrogateescape").rstrip("\r\n")


def _complain(error: IsnadError) -> None:
    typer.echo(f"isnad: {error}", err=True)


def main() -> None:
    """Run the command; every error that a user can mend is one line on standard error and an exit code."""
    for stream, errors in (
        (sys.stdout, "backslashreplace"),
        (sys.stderr, "backslashreplace"),
        (sys.stdin, "surrogateescape"),
    ):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors=errors)
    try:
        app()
    except IsnadError as error:
        _complain(error)
        sys.exit(error.exit_code)
    except BrokenPipeError:  # before OSError, of which it is one
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAILED)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        typer.echo(f"isnad: {place}{error.strerror or error}", err=True)
        sys.exit(FAILED)


if __name__ == "__main__":
    main()
