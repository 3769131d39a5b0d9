"""The command `isnad ingest`: sync a corpus with its folders once, whenever they change, or as a dry run."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.errors import BadInput, IsnadError
from ui.shared.terminal import CorpusOption, DataOption, SetOption, must_be_local, settings_of

if TYPE_CHECKING:
    from rag.config import Settings
    from rag.ingest.sync import IngestReport


def ingest(
    folders: Annotated[list[Path], typer.Argument(metavar="FOLDER...", help="One or more folders of articles.")],
    corpus: CorpusOption = None,
    data_dir: DataOption = None,
    allow_deletes: Annotated[
        bool, typer.Option("--allow-deletes", help="Continue if more than half of the corpus would be deleted.")
    ] = False,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Build the index again even if nothing changed.")] = False,
    if_missing: Annotated[bool, typer.Option("--if-missing", help="Do nothing if the corpus has an index.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Report what would be done, and change nothing.")] = False,
    watching: Annotated[
        bool, typer.Option("--watch", help="Keep running, and ingest again whenever the folders change.")
    ] = False,
    settings: SetOption = None,
) -> None:
    """Sync a corpus with its folders: read, split, embed, index, and switch to the new index."""
    from rag.corpus import has_index

    if dry_run and (watching or rebuild):
        what = "a dry run cannot be combined with --watch or --rebuild"
        raise BadInput(what, where="--dry-run", do="leave out --watch and --rebuild")
    read = settings_of(settings, corpus=corpus, data_dir=data_dir)
    if if_missing and has_index(read):
        return
    if dry_run:
        must_be_local(read, "a dry run", "a copy of the corpus")
        _foresee(folders, read, allow_deletes=allow_deletes)
    elif watching:
        _watch(folders, read, allow_deletes=allow_deletes, rebuild=rebuild)
    else:
        _say(_ingest(folders, read, allow_deletes=allow_deletes, rebuild=rebuild))


def _ingest(folders: list[Path], settings: Settings, *, allow_deletes: bool, rebuild: bool) -> IngestReport:
    from rag.corpus import ingest_folder
    from ui.shared.terminal import consoles, ingest_progress

    _, err = consoles()
    with ingest_progress(err) as progress:
        return ingest_folder(folders, settings, progress=progress, allow_deletes=allow_deletes, rebuild=rebuild)


def _say(report: IngestReport) -> None:
    from ui.shared.terminal import one_line, report_lines

    for line in report_lines(report):
        typer.echo(one_line(line))


def _foresee(folders: list[Path], settings: Settings, *, allow_deletes: bool) -> None:
    from rag.config import DEFAULT_CORPUS
    from rag.corpus import formats_of
    from rag.ingest.dry_run import foresee
    from ui.shared.terminal import consoles, foreseen_lines, ingest_progress, one_line

    _, err = consoles()
    with ingest_progress(err) as progress:
        foreseen = foresee(
            folders,
            settings=settings,
            corpus=settings.corpus or DEFAULT_CORPUS,
            allow_deletes=allow_deletes,
            formats=formats_of(settings),
            progress=progress,
        )
    for line in foreseen_lines(foreseen):
        typer.echo(one_line(line))
    if foreseen.refusal:
        raise foreseen.refusal


def _watch(folders: list[Path], settings: Settings, *, allow_deletes: bool, rebuild: bool) -> None:
    from rag.corpus import formats_of, ingest_folder
    from rag.folders import Roots
    from rag.ingest.watch import watch
    from rag.models.embedding import load
    from ui.shared.terminal import complain

    roots = Roots.of(*folders)
    extensions = frozenset(formats_of(settings))
    roots.scan(extensions)  # report a missing folder before loading a model
    embedder = load(settings)
    first = True

    def act() -> None:
        nonlocal first
        again = rebuild and first
        report = ingest_folder(folders, settings, embedder=embedder, allow_deletes=allow_deletes, rebuild=again)
        if first or report.switched or report.added or report.changed or report.quarantined:
            _say(report)
        first = False

    def told(error: IsnadError | OSError) -> None:
        complain(error if isinstance(error, IsnadError) else IsnadError(str(error), do="it keeps watching"))

    def wait(seconds: float) -> bool:
        time.sleep(seconds)
        return False

    with _until_told_to_end():
        typer.echo(f"isnad: watching {roots.named}", err=True)
        watch(lambda: roots.scan(extensions).files, act, told, wait, time.monotonic)


@contextlib.contextmanager
def _until_told_to_end() -> Iterator[None]:
    """Run the block until SIGINT or SIGTERM, which may interrupt an ingest; the next ingest completes it."""
    before = {number: signal.signal(number, signal.default_int_handler) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except KeyboardInterrupt:
        typer.echo("isnad: stopped watching", err=True)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
