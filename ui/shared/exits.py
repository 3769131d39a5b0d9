"""How a command ends: its exit codes, and the one line that says what was wrong."""

from __future__ import annotations

import typer

from rag.errors import IsnadError

OK, FAILED, BAD_USE, NOT_IN_CORPUS, NOT_PASSED = 0, 1, 2, 3, 4


def complain(error: IsnadError) -> None:
    """Say it on standard error, on one line whatever the names in it hold."""
    from ui.shared.terminal import one_line

    typer.echo(f"isnad: {one_line(str(error))}", err=True)
