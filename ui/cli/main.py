"""The command `isnad`: its subcommands, error reporting and exit codes.

Exit codes: 0 answered or partial, 3 not in the corpus, 4 a check failed, 2 wrong usage, 1 any other error.
Heavy modules are imported inside the commands, so that ``isnad --help`` is fast.
"""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from rag.errors import IsnadError
from rag.store.private import private_umask
from ui.cli.ask import ask, compare, names, timeline
from ui.cli.batch import batch
from ui.cli.check import check
from ui.cli.evaluate import evaluation
from ui.cli.ingest import ingest
from ui.cli.maintenance import backup, doctor, quarantine, restore
from ui.cli.saved import saved_commands
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
    epilog="Exit codes: 0 answered or partial, 3 not in the corpus, 4 check failed, 2 wrong usage, 1 any other error.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(ingest)
app.command()(ask)
app.command()(timeline)
app.command()(compare)
app.command()(names)
app.command()(batch)
app.command()(check)
app.command()(doctor)
app.command()(quarantine)
app.command()(backup)
app.command()(restore)
app.add_typer(saved_commands, name="saved")
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
    """Start the chat for a browser; by default at http://127.0.0.1:7860."""
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
    """Serve the chat under /, the API under /v1 and its description at /docs."""
    from ui.server import serve as serve_until_told

    serve_until_told(settings_of(settings, corpus=corpus, data_dir=data_dir, generator=generator), host, port)


@app.command()
def mcp(
    corpus: CorpusOption = None,
    data_dir: DataOption = None,
    generator: GeneratorOption = None,
    settings: SetOption = None,
) -> None:
    """Serve the MCP tools (Model Context Protocol) on the standard streams; `isnad serve` has them at /mcp."""
    from ui.api.mcp import serve_stdio

    serve_stdio(settings_of(settings, corpus=corpus, data_dir=data_dir, generator=generator))


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="A saved answer or conversation: JSON, or an export of the chat.")],
    folders: Annotated[
        list[Path],
        typer.Option("--folder", help="The folder of articles; repeat it for several, as they were ingested."),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    settings: SetOption = None,
) -> None:
    """Compare each quote of a saved answer with its file, without model or index."""
    from ui.shared.verify import verify_file

    lines, holds = verify_file(file, folders, settings_of(settings), as_json=as_json)
    for line in lines:
        typer.echo(line)
    raise typer.Exit(OK if holds else NOT_PASSED)


def main() -> None:
    """Run the command; report an error that the user can fix as one line on standard error, with an exit code."""
    for stream, errors in (
        (sys.stdout, "backslashreplace"),
        (sys.stderr, "backslashreplace"),
        (sys.stdin, "surrogateescape"),
    ):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors=errors)
    try:
        with private_umask():
            app()
    except IsnadError as error:
        complain(error)
        sys.exit(error.exit_code)
    except BrokenPipeError:  # a subclass of OSError, so it comes first
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAILED)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        typer.echo(f"isnad: {place}{error.strerror or error}", err=True)
        sys.exit(FAILED)


if __name__ == "__main__":
    main()
