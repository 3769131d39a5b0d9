"""What the commands of `isnad eval` do with their flags: a set is read, run, told and held against its bounds."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from rag.errors import BadInput
from ui import umask
from ui.shared.exits import NOT_PASSED, OK

if TYPE_CHECKING:
    from eval.run import Options
    from eval.sets import QuestionSet
    from rag.config import Settings


def run_named(
    settings: Settings,
    path: Path,
    format_: str | None,
    texts: Path | None,
    distractors: Path | None,
    take_out: float,
    sample: int | None,
    out: Path,
    options: Options,
) -> tuple[dict[str, Any], str, Path]:
    """Run a set and print its report; gives the report, the name of the corpus asked, and its data folder."""
    from eval.corpora import opened
    from eval.report.write import write
    from eval.run import run as run_set
    from eval.takeout import without
    from ui.shared.progress import ingest_progress
    from ui.shared.terminal import consoles

    _, err = consoles()
    of = without(_read(settings, path, format_, texts), take_out).sampled(sample)
    if of.ignored:
        typer.echo(f"isnad: {path}: fields that mean nothing here: {', '.join(of.ignored)}", err=True)
    with ingest_progress(err) as progress, opened(of, settings, distractors, progress) as corpus:
        with umask.of_user():
            report = run_set(of, corpus, out, options, progress)
        name, folder = corpus.name, corpus.settings.corpus_dir(corpus.name)
    with umask.of_user():
        text = write(out, report)
    typer.echo(text, nl=False)
    typer.echo(f"to read it with its plots and every question: {out / 'report.html'}", err=True)
    return report, name, folder


def _read(settings: Settings, path: Path, format_: str | None, texts: Path | None) -> QuestionSet:
    from eval.formats import format_of, read_set
    from eval.gold import CurrentTexts
    from rag.corpus import open_catalog

    form = format_of(path, format_)
    if form != "jsonl":
        return read_set(path, form, dict, texts)
    name = settings.corpus_to_read()
    with open_catalog(settings, name) as catalog:
        return read_set(path, form, lambda: CurrentTexts.current(catalog, name), texts)


def held_against(
    context: typer.Context, baseline: Path | None, fail_under: list[str] | None
) -> tuple[dict[str, float | None], dict[str, Any] | None]:
    """The bounds and the baseline, given behind the command or before it."""
    from eval.run import read_report

    earlier, bounds = context.obj
    path = baseline or earlier
    return _bounds([*bounds, *(fail_under or [])]), read_report(path) if path else None


def _bounds(pairs: list[str]) -> dict[str, float | None]:
    bounds: dict[str, float | None] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        bounds[name] = _finite(value) if equals else None
    return bounds


def _finite(value: str) -> float:
    """A number to hold a measure against: nothing is ever below NaN, and no error rate above infinity."""
    try:
        bound = float(value)
    except ValueError:
        bound = math.nan
    if not math.isfinite(bound):
        raise BadInput(f"{value!r} is no number", where="--fail-under", do="write it as retrieval.recall@5=0.9")
    return bound


def gated(report: dict[str, Any], bounds: dict[str, float | None], baseline: dict[str, Any] | None) -> int:
    """The exit code of a report under these bounds; what is worse is told on standard error."""
    from eval.gate import failures

    worse = failures(report, bounds, baseline)
    for failure in worse:
        typer.echo(f"isnad: worse: {failure}", err=True)
    return NOT_PASSED if worse else OK
