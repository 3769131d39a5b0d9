"""The commands that look after a corpus: `isnad doctor`, `quarantine`, `backup` and `restore`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.errors import BadInput
from ui.shared.exits import NOT_PASSED, OK
from ui.shared.options import CorpusOption, DataOption, SetOption, must_be_local, settings_of

if TYPE_CHECKING:
    from rag.ingest.backup import Contents

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace what is there.")]
FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The file of the backup.")]


def doctor(
    corpus: CorpusOption = None,
    data_dir: DataOption = None,
    deep: Annotated[
        bool, typer.Option("--deep", help="Recompute every hash, span and vector, and try the index.")
    ] = False,
    as_json: JsonOption = False,
    settings: SetOption = None,
) -> None:
    """Check Python, torch, the models, the index and the disk; say what to do about what is missing."""
    from ui.cli.doctor import deeper, document, examine
    from ui.shared.terminal import one_line

    read = settings_of(settings, corpus=corpus, data_dir=data_dir)
    checks = examine(read)
    if deep:
        must_be_local(read, "a deep look", "PostgreSQL's own pg_amcheck")
    found = deeper(read) if deep else None
    passed = all(one.passed for one in checks) and not (found and any(one.wrong for one in found.findings))
    if as_json:
        typer.echo(json.dumps({"passed": passed, **document(checks, found)}, ensure_ascii=False))
        raise typer.Exit(OK if passed else NOT_PASSED)
    for one in checks:
        typer.echo(f"{'ok     ' if one.passed else 'MISSING'} {one_line(f'{one.name}: {one.found}')}")
        if not one.passed:
            typer.echo(f"        → {one_line(one.do)}")
    if found:
        for finding in found.findings:
            typer.echo(
                f"{'WRONG  ' if finding.wrong else 'note   '} {one_line(f'{finding.where}: {finding.what}')}\n"
                f"        → {one_line(finding.do)}"
            )
        wrong = sum(one.wrong for one in found.findings)
        counts = ", ".join(f"{count} {what}" for what, count in asdict(found.looked).items())
        typer.echo(f"looked at {counts}: {wrong or 'nothing'} wrong, {found.seconds:.1f} s")
    raise typer.Exit(OK if passed else NOT_PASSED)


def quarantine(
    corpus: CorpusOption = None,
    data_dir: DataOption = None,
    as_json: JsonOption = False,
    retry: Annotated[
        bool, typer.Option("--retry", help="Ingest the folders again, and read these files whatever their times.")
    ] = False,
    settings: SetOption = None,
) -> None:
    """List the files that could not be taken in, each with the reason and what would bring it in."""
    from rag.corpus import ingest_folder, open_catalog
    from rag.errors import IndexUnusable
    from ui.shared.progress import ingest_progress
    from ui.shared.terminal import consoles, one_line

    read = settings_of(settings, corpus=corpus, data_dir=data_dir)
    name = read.corpus_to_read()
    with open_catalog(read, name) as catalog:
        files, roots = catalog.quarantined(name), catalog.roots(name)
    if retry and files:
        if roots is None:
            raise IndexUnusable("nothing was ingested to its end", where=name, do="run `isnad ingest FOLDER`")
        _, err = consoles()
        with ingest_progress(err) as progress:
            folders = [folder for _, folder in roots.folders]
            named = read.model_copy(update={"corpus": name})
            report = ingest_folder(folders, named, progress=progress, retry=True)
        typer.echo(f"{len(files)} were in quarantine, {len(report.quarantined)} are", err=True)
        files = list(report.quarantined)
    if as_json:
        typer.echo(json.dumps([asdict(file) for file in files], ensure_ascii=False))
        return
    for file in files:
        typer.echo(one_line(f"{file.name}: {file.reason} → {file.do}"))
    if not files:
        typer.echo("nothing is in quarantine", err=True)


def backup(
    file: FileArgument,
    corpus: CorpusOption = None,
    data_dir: DataOption = None,
    force: ForceOption = False,
    settings: SetOption = None,
) -> None:
    """Write the catalog of a corpus, texts and vectors, into one file; an ingest may go on meanwhile."""
    from rag.ingest.backup import backup as write

    read = settings_of(settings, corpus=corpus, data_dir=data_dir)
    must_be_local(read, "a backup", "pg_dump")
    name = read.corpus_to_read()
    kept = write(read.corpus_dir(name), name, file, force=force)
    typer.echo(f"{file}: corpus {name}, {kept.articles} articles, {kept.passages} passages, {kept.size / 1e6:.1f} MB")


def restore(
    file: FileArgument,
    corpus: CorpusOption = None,
    data_dir: DataOption = None,
    force: ForceOption = False,
    yes: Annotated[bool, typer.Option("--yes", help="Restore without asking; for scripts.")] = False,
    settings: SetOption = None,
) -> None:
    """Put a backup in the place of the catalog of its corpus, and build the index of its vectors; embeds nothing."""
    from rag.index.build import build_for
    from rag.index.server import ChromaServer
    from rag.ingest.backup import corpus_of
    from rag.ingest.backup import restore as put_back
    from rag.store.private import tighten

    read = settings_of(settings, corpus=corpus, data_dir=data_dir)
    must_be_local(read, "a restore", "pg_restore")
    tighten(read.data_dir)
    name = read.corpus or corpus_of(file)
    build, server = build_for(read, name), ChromaServer.of(read, name)

    def ask(contents: Contents) -> None:
        _approve(contents, file, yes=yes)

    kept = put_back(file, read.corpus_dir(name), name, build, force=force, collections=server, approve=ask)
    typer.echo(f"corpus {name}: {kept.articles} articles, {kept.passages} passages")


def _approve(contents: Contents, file: Path, *, yes: bool) -> None:
    """Show which folders a restored corpus would read, and ask. Raises `BadInput` where the answer is no, or none."""
    from rag.roots import remark
    from ui.shared.terminal import one_line

    typer.echo(f"{one_line(str(file))}: a backup of the corpus {contents.corpus}, with its articles from", err=True)
    for _, folder in contents.roots.folders:
        unusual = remark(folder)
        typer.echo(one_line(f"  {folder}" + (f"  (!) {unusual}" if unusual else "")), err=True)
    typer.echo(
        "Uploads and `isnad quarantine --retry` read these folders, and uploads add files to the first.", err=True
    )
    if yes:
        return
    if not sys.stdin.isatty():
        what = "a restore asks first whether these folders are the right ones, and there is no terminal"
        raise BadInput(what, where=str(file), do="look at the folders above, then pass --yes")
    if not typer.confirm("Restore it?", err=True):
        raise BadInput("nothing was restored", where=str(file), do="to change the folders, ingest others afterwards")
