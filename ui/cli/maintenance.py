"""Maintenance commands of a corpus: `isnad doctor`, `quarantine`, `backup` and `restore`."""

from __future__ import annotations

import importlib.metadata
import json
import shlex
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from rag.errors import BadInput, IsnadError
from rag.store.private import open_to_others
from ui.shared.terminal import NOT_PASSED, OK, CorpusOption, DataOption, SetOption, must_be_local, settings_of

if TYPE_CHECKING:
    from rag.config import Settings
    from rag.ingest.backup import Contents
    from rag.ingest.check import Finding, Looked


# Checks of this machine and the corpus for `isnad doctor`. They only report and repair nothing.

_LEAST_FREE_GIB = 2.0
_OLDEST_PYTHON = (3, 11)


class _Check(NamedTuple):
    """The result of one check: what was found, and what to do if it failed."""

    name: str
    passed: bool
    found: str
    do: str = ""


def _examine(settings: Settings) -> list[_Check]:
    """Run every check, in the order in which to fix them. Raises nothing for a failed check."""
    looks: list[tuple[str, Callable[[Settings], str]]] = [
        ("Python", _python),
        ("torch", _torch),
        ("disk", _disk),
        ("permissions", _permissions),
        ("embedding model", _embedding),
        ("reader", _reader),
        ("verifier", _verifier),
        ("language model", _language_model),
        ("names", _names),
        ("outlets", _outlets),
        ("index", _index),
    ]
    return [_look(name, look, settings) for name, look in looks]


@dataclass(frozen=True, slots=True)
class _Deep:
    """The result of `--deep`: its findings, how much it examined, and the seconds it took."""

    findings: list[Finding]
    looked: Looked
    seconds: float


def deeper(settings: Settings) -> _Deep | None:
    """Recompute and verify everything stored for the corpus; None if nothing was ingested."""
    from rag.corpus import open_catalog
    from rag.index.chroma import ChromaServer
    from rag.index.verify import verify_folder
    from rag.ingest.check import Audit, Finding, Looked, index_differences
    from rag.store.catalog import CATALOG_FILE, GENERATIONS

    started = time.monotonic()
    looked = Looked()
    name = settings.corpus_to_read()
    home = settings.corpus_dir(name)
    if not (home / CATALOG_FILE).is_file():
        return None
    server = ChromaServer.of(settings, name)
    check = partial(index_differences, verify=partial(verify_folder, server=server)) if server else index_differences
    try:
        with open_catalog(settings, name) as catalog:
            audit = Audit(catalog, name, home / GENERATIONS, settings.max_file_bytes, check, looked)
            findings = list(audit.run())
    except IsnadError as error:
        findings = [Finding(error.where, error.what, error.do)]
    return _Deep(findings, looked, time.monotonic() - started)


def _document(checks: list[_Check], found: _Deep | None) -> dict[str, Any]:
    """Return all results as JSON values."""
    document: dict[str, Any] = {"checks": [one._asdict() for one in checks]}
    if found is not None:
        findings = [one._asdict() for one in found.findings]
        document["deep"] = {"findings": findings, "looked": asdict(found.looked), "seconds": round(found.seconds, 3)}
    return document


def _look(name: str, look: Callable[[Settings], str], settings: Settings) -> _Check:
    try:
        return _Check(name, True, look(settings))
    except OSError as error:
        return _Check(name, False, f"{error.filename or ''} {error.strerror or error}".strip(), "check its permissions")
    except IsnadError as error:
        place = f"{error.where}: " if error.where else ""
        return _Check(name, False, place + error.what, error.do)


def _python(settings: Settings) -> str:  # noqa: ARG001
    found = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info < _OLDEST_PYTHON:
        raise IsnadError(f"Python {found} is too old", do="install Python 3.11 or newer")
    return found


def _torch(settings: Settings) -> str:  # noqa: ARG001
    try:
        return importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError as error:
        raise IsnadError("torch is not installed", do="pip install torch==2.13.0") from error


def _disk(settings: Settings) -> str:
    place = next(folder for folder in (settings.data_dir, *settings.data_dir.absolute().parents) if folder.exists())
    free = shutil.disk_usage(place).free / 2**30
    if free < _LEAST_FREE_GIB:
        what = f"only {free:.1f} GiB are free"
        raise IsnadError(what, where=str(place), do="free some disk space, or set ISNAD_DATA_DIR to another disk")
    return f"{free:.0f} GiB free at {settings.data_dir}"


def _permissions(settings: Settings) -> str:
    open_ones = list(open_to_others(settings.data_dir))
    if open_ones:
        more = f" and {len(open_ones) - 1} more" if len(open_ones) > 1 else ""
        what = f"other users of this machine can read it{more}"
        do = f"ingest once, or: chmod -R go= {shlex.quote(str(settings.data_dir))}"
        raise IsnadError(what, where=str(open_ones[0]), do=do)
    return f"other users cannot read {settings.data_dir}"


def _reader(settings: Settings) -> str:
    from rag.corpus import load_reader
    from rag.models.embedding import load

    read = load_reader(settings, load(settings))
    if read is None:
        return "off: evidence is in the order of the search"
    fitted = "" if read.weighing else ", not calibrated: its ranking is fused with that of the search"
    return f"{read.name}, {read.count} passages per question{fitted}"


def _verifier(settings: Settings) -> str:
    from rag.corpus import verify_of
    from rag.models.embedding import load

    verify = verify_of(settings, load(settings))
    if verify is None:
        return "off: claims are checked by rules alone"
    verify(["؟"], ["؟"])
    return "reads each claim with its quote"


def _names(settings: Settings) -> str:
    from rag.corpus import own_names

    path = settings.names_to_read
    return f"{len(own_names(settings).entries)} custom names in {path}" if path else "no custom names"


def _outlets(settings: Settings) -> str:
    from rag.corpus import own_outlets

    path = settings.outlets_to_read
    known = own_outlets(settings)
    return f"Isnad's table and yours in {path}, {len(known.outlets)} in total" if known else "no custom outlets"


def _embedding(settings: Settings) -> str:
    from rag.models.embedding import load

    embedder = load(settings)
    embedder.encode_queries(["سؤال"])
    return f"{embedder.name}, {embedder.dimension} dimensions"


def _language_model(settings: Settings) -> str:
    from rag.corpus import describe_generator

    return describe_generator(settings)


def _index(settings: Settings) -> str:
    from rag.corpus import describe_index

    return describe_index(settings)


JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace an existing file or corpus.")]
FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The backup file.")]


def doctor(
    corpus: CorpusOption = None,
    data_dir: DataOption = None,
    deep: Annotated[
        bool, typer.Option("--deep", help="Recompute every hash, span and vector, and test the index.")
    ] = False,
    as_json: JsonOption = False,
    settings: SetOption = None,
) -> None:
    """Check Python, torch, the models, the index and the disk, and say how to fix what failed."""
    from ui.shared.terminal import one_line

    read = settings_of(settings, corpus=corpus, data_dir=data_dir)
    checks = _examine(read)
    if deep:
        must_be_local(read, "a deep check", "PostgreSQL's own pg_amcheck")
    found = deeper(read) if deep else None
    passed = all(one.passed for one in checks) and not (found and any(one.wrong for one in found.findings))
    if as_json:
        typer.echo(json.dumps({"passed": passed, **_document(checks, found)}, ensure_ascii=False))
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
        typer.echo(f"checked {counts}: {wrong or 'nothing'} wrong, {found.seconds:.1f} s")
    raise typer.Exit(OK if passed else NOT_PASSED)


def quarantine(
    corpus: CorpusOption = None,
    data_dir: DataOption = None,
    as_json: JsonOption = False,
    retry: Annotated[
        bool, typer.Option("--retry", help="Ingest the folders again, and read these files even if unchanged.")
    ] = False,
    settings: SetOption = None,
) -> None:
    """List the files that could not be ingested, each with the reason and how to fix it."""
    from rag.corpus import ingest_folder, open_catalog
    from rag.errors import IndexUnusable
    from ui.shared.terminal import consoles, ingest_progress, one_line

    read = settings_of(settings, corpus=corpus, data_dir=data_dir)
    name = read.corpus_to_read()
    with open_catalog(read, name) as catalog:
        files, roots = catalog.quarantined(name), catalog.roots(name)
    if retry and files:
        if roots is None:
            raise IndexUnusable("no ingest has completed", where=name, do="run `isnad ingest FOLDER`")
        _, err = consoles()
        with ingest_progress(err) as progress:
            folders = [folder for _, folder in roots.folders]
            named = read.model_copy(update={"corpus": name})
            report = ingest_folder(folders, named, progress=progress, retry=True)
        typer.echo(f"in quarantine: {len(files)} before, {len(report.quarantined)} now", err=True)
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
    """Write the catalog of a corpus, from a file or PostgreSQL, into one file; an ingest may run meanwhile."""
    from rag.ingest.backup import OnServer
    from rag.ingest.backup import backup as write

    read = settings_of(settings, corpus=corpus, data_dir=data_dir)
    name = read.corpus_to_read()
    kept = write(read.corpus_dir(name), name, file, force=force, server=OnServer.of(read, name))
    typer.echo(f"{file}: corpus {name}, {kept.articles} articles, {kept.passages} passages, {kept.size / 1e6:.1f} MB")


def restore(
    file: FileArgument,
    corpus: CorpusOption = None,
    data_dir: DataOption = None,
    force: ForceOption = False,
    yes: Annotated[bool, typer.Option("--yes", help="Restore without asking; for scripts.")] = False,
    settings: SetOption = None,
) -> None:
    """Replace the catalog of a corpus, a file or on PostgreSQL, by a backup, and build its index without embedding."""
    from rag.index.build import build_for
    from rag.index.chroma import ChromaServer
    from rag.ingest.backup import OnServer, corpus_of
    from rag.ingest.backup import restore as put_back
    from rag.store.private import tighten

    read = settings_of(settings, corpus=corpus, data_dir=data_dir)
    tighten(read.data_dir)
    name = read.corpus or corpus_of(file)
    build, chroma = build_for(read, name), ChromaServer.of(read, name)

    def ask(contents: Contents) -> None:
        _approve(contents, file, yes=yes)

    where = OnServer.of(read, name)
    home = read.corpus_dir(name)
    kept = put_back(file, home, name, build, force=force, collections=chroma, approve=ask, server=where)
    typer.echo(f"corpus {name}: {kept.articles} articles, {kept.passages} passages")


def _approve(contents: Contents, file: Path, *, yes: bool) -> None:
    """Show which folders a restored corpus would read, and ask for confirmation. Raises `BadInput` without a yes."""
    from rag.folders import remark
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
        what = "a restore needs confirmation of these folders, but there is no terminal"
        raise BadInput(what, where=str(file), do="check the folders above, then pass --yes")
    if not typer.confirm("Restore it?", err=True):
        raise BadInput(
            "nothing was restored", where=str(file), do="to change the folders, ingest others after a restore"
        )
