"""The command `isnad ingest`: sync a corpus with its folders once, whenever they change, or as a dry run."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.errors import BadInput, IsnadError
from ui.shared.terminal import CorpusOption, DataOption, SetOption, must_be_local, settings_of

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

    from rag.config import Settings
    from rag.corpus import Corpus
    from rag.ingest.sync import IngestReport
    from rag.models.embedding import Embedder
    from ui.shared.saved import Saved


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
    jobs: Annotated[
        str,
        typer.Option("--jobs", metavar="N", help="Embed in N processes, or on a Ray cluster: ray://HOST:PORT."),
    ] = "1",
    saved_json: Annotated[
        Path | None, typer.Option("--saved-json", help="With --watch: write the saved questions to this file.")
    ] = None,
    saved_atom: Annotated[
        Path | None,
        typer.Option("--saved-atom", help="With --watch: write the feed of saved questions to this file."),
    ] = None,
    settings: SetOption = None,
) -> None:
    """Sync a corpus with its folders: read, split, embed, index, and switch to the new index."""
    from rag.corpus import has_index

    if dry_run and (watching or rebuild):
        what = "a dry run cannot be combined with --watch or --rebuild"
        raise BadInput(what, where="--dry-run", do="leave out --watch and --rebuild")
    if (saved_json or saved_atom) and not watching:
        what = "saved questions are asked after an ingest only with --watch"
        raise BadInput(what, where="--saved-json, --saved-atom", do="add --watch, or run: isnad saved run")
    read = settings_of(settings, corpus=corpus, data_dir=data_dir)
    if if_missing and has_index(read):
        return
    if dry_run:
        must_be_local(read, "a dry run", "a copy of the corpus")
        _foresee(folders, read, allow_deletes=allow_deletes)
    elif watching:
        _watch(
            folders,
            read,
            allow_deletes=allow_deletes,
            rebuild=rebuild,
            jobs=jobs,
            write=partial(_write_saved, saved_json, saved_atom),
        )
    else:
        report = _ingest(folders, read, allow_deletes=allow_deletes, rebuild=rebuild, jobs=jobs)
        _say(report)
        if report.switched:
            _merge(read)


def _ingest(folders: list[Path], settings: Settings, *, allow_deletes: bool, rebuild: bool, jobs: str) -> IngestReport:
    from rag.corpus import ingest_folder
    from ui.shared.terminal import consoles, ingest_progress

    _, err = consoles()
    with ingest_progress(err) as progress:
        options: dict[str, Any] = {"allow_deletes": allow_deletes, "rebuild": rebuild, "jobs": jobs, "merge": False}
        return ingest_folder(folders, settings, progress=progress, **options)


def _merge(settings: Settings) -> None:
    """Merge the segments that are due, which may be interrupted: the archive is in step already."""
    from rag.corpus import merge_index
    from ui.shared.terminal import consoles, ingest_progress

    _, err = consoles()
    with ingest_progress(err) as progress:
        merge_index(settings, progress=progress)


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


def _watch(
    folders: list[Path],
    settings: Settings,
    *,
    allow_deletes: bool,
    rebuild: bool,
    jobs: str,
    write: Callable[[Saved], None],
) -> None:
    from rag.config import DEFAULT_CORPUS
    from rag.corpus import formats_of, ingest_folder, merge_index
    from rag.folders import Roots
    from rag.ingest.merge import merge_aside
    from rag.ingest.sync import watch
    from rag.models.embedding import load
    from ui.shared.terminal import complain

    roots = Roots.of(*folders)
    extensions = frozenset(formats_of(settings))
    roots.scan(extensions)  # report a missing folder before loading a model
    embedder = load(settings)
    named = settings.model_copy(update={"corpus": settings.corpus or DEFAULT_CORPUS})
    first = True
    merging: BaseProcess | None = None

    def act() -> None:
        nonlocal first, merging
        again = rebuild and first
        options: dict[str, Any] = {"allow_deletes": allow_deletes, "rebuild": again, "jobs": jobs, "merge": False}
        report = ingest_folder(folders, settings, embedder=embedder, **options)
        if first or report.switched or report.added or report.changed or report.quarantined:
            _say(report)
        first = False
        if report.switched and (merging is None or not merging.is_alive()):
            merging = merge_aside(named, merge_index)
        asking.ask(report)

    def told(error: IsnadError | OSError) -> None:
        complain(error if isinstance(error, IsnadError) else IsnadError(str(error), do="it keeps watching"))

    def wait(seconds: float) -> bool:
        time.sleep(seconds)
        return False

    with _until_told_to_end(), closing(_SavedQuestions(settings, embedder, write)) as asking:
        typer.echo(f"isnad: watching {roots.named}", err=True)
        watch(lambda: roots.scan(extensions).files, act, told, wait, time.monotonic)


def _write_saved(json_file: Path | None, atom_file: Path | None, saved: Saved) -> None:
    from ui.cli.saved import write_files

    write_files(saved, json_file, atom_file, "")


class _SavedQuestions:
    """Asks the saved questions after each ingest, if there are any. A failure is reported and never ends the watch."""

    def __init__(self, settings: Settings, embedder: Embedder, write: Callable[[Saved], None]) -> None:
        # By its name: where settings name none, the corpus that is read need not be the one that is ingested.
        from rag.config import DEFAULT_CORPUS

        self._settings = settings.model_copy(update={"corpus": settings.corpus or DEFAULT_CORPUS})
        self._embedder = embedder
        self._write = write
        self._corpus: Corpus | None = None

    def ask(self, report: IngestReport) -> None:
        """Ask those that were not asked of the current index yet; the models are loaded for the first."""
        from rag.corpus import open_corpus
        from ui.shared.saved import Saved
        from ui.shared.terminal import complain, without_writer

        try:
            if report.generation is None:
                return
            saved = Saved.of(self._settings)
            if saved.list().questions:
                if self._corpus is None:
                    self._corpus = open_corpus(without_writer(self._settings), embedder=self._embedder)
                done = saved.run(self._corpus)
                for _, error in done.errors:
                    complain(error)
                if done.asked:
                    typer.echo(f"saved questions: {done.asked} asked, {done.new} new")
            self._write(saved)
        except IsnadError as error:
            complain(error)
        except Exception as error:  # noqa: BLE001 (whatever it was, the archive is kept in sync)
            complain(IsnadError(f"the saved questions could not be asked: {error}", do="run: isnad saved run"))

    def close(self) -> None:
        if self._corpus is not None:
            self._corpus.close()


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
