"""The command `isnad`: reads flags, calls the rooms below, prints, and gives the exit code.

Exit codes: 0 answered or partial, 3 not in the corpus, 4 a check that failed, 2 bad use, 1 anything else.
What is heavy is imported where it is used, so that ``isnad --help`` answers at once.
"""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from rag.errors import IsnadError
from ui import umask
from ui.cli.ask import ask
from ui.cli.batch import batch
from ui.cli.check import check
from ui.cli.evaluate import evaluation
from ui.cli.ingest import ingest
from ui.cli.maintenance import backup, doctor, quarantine, restore
from ui.cli.views import compare, timeline
from ui.shared.terminal import (
    FAILED,
    NOT_PASSED,
    OK,
    CorpusOption,
    DataOption,
    GeneratorOption,
    HostOption,
    PortOption,
    SetOption,
    complain,
    settings_of,
)

app = typer.Typer(
    name="isnad",
    help="Cited answers in Arabic and English over a folder of news articles.",
    epilog="Exit codes: 0 answered or partial, 3 not in the corpus, 4 a check that failed, 2 bad use, 1 anything else.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(ingest)
app.command()(ask)
app.command()(timeline)
app.command()(compare)
app.command()(batch)
app.command()(check)
app.command()(doctor)
app.command()(quarantine)
app.command()(backup)
app.command()(restore)
app.add_typer(evaluation, name="eval")


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

    serve_until_told(settings_of(settings, corpus=corpus, data_dir=data_dir, generator=generator), host, port)


@app.command()
def mcp(
    corpus: CorpusOption = None,
    data_dir: DataOption = None,
    generator: GeneratorOption = None,
    settings: SetOption = None,
) -> None:
    """Serve the tools of the Model Context Protocol on the standard streams; `isnad serve` has them at /mcp."""
    from ui.api.mcp import serve_stdio

    serve_stdio(settings_of(settings, corpus=corpus, data_dir=data_dir, generator=generator))


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="An answer or conversation: JSON, or an export of the chat.")],
    folders: Annotated[
        list[Path], typer.Option("--folder", help="The folder of the articles; of several, each as it was ingested.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    settings: SetOption = None,
) -> None:
    """Check each quote of a kept answer against its file again; no model, no index."""
    from ui.shared.verify import report

    lines, holds = report(file, folders, settings_of(settings), as_json=as_json)
    for line in lines:
        typer.echo(line)
    raise typer.Exit(OK if holds else NOT_PASSED)


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
        with umask.private():
            app()
    except IsnadError as error:
        complain(error)
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
