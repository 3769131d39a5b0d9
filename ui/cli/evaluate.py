"""The commands of `isnad eval`: run question sets, compare runs, gate them, and calibrate abstention."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.errors import BadInput
from rag.store.private import umask_of_user
from ui.shared.terminal import NOT_PASSED, OK, CorpusOption, DataOption, GeneratorOption, SetOption, settings_of

if TYPE_CHECKING:
    from eval.records import Record
    from eval.run import Options
    from eval.sets import QuestionSet
    from rag.config import Settings


# Options that the commands of `isnad eval` share.

_RunArgument = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run, or its report.json.")]
_SetArgument = Annotated[
    Path, typer.Argument(metavar="SET", help="A question set: .jsonl, SQuAD .json or a BEIR folder.")
]
_FormatOption = Annotated[
    str | None, typer.Option("--format", help="jsonl, squad or beir; by default from the name of the set.")
]
_TextsOption = Annotated[
    Path | None,
    typer.Option("--texts", help="A parallel SQuAD file in another language; the questions are asked about its texts."),
]
_DistractorsOption = Annotated[
    Path | None,
    typer.Option("--distractors", help="A folder of articles that are added to the texts of the set, as distractors."),
]
_TakeOutOption = Annotated[
    float,
    typer.Option("--take-out", min=0, max=0.95, help="Remove this share of the texts: their questions have no answer."),
]
_SampleOption = Annotated[
    int | None, typer.Option("--sample", min=1, help="Ask only this number of questions, evenly spread.")
]
_BaselineOption = Annotated[
    Path | None, typer.Option("--baseline", help="A report or the folder of a run; this run must not be worse.")
]
_FailUnderOption = Annotated[
    list[str] | None,
    typer.Option(
        "--fail-under",
        metavar="MEASURE[=VALUE]",
        help="A lower bound; without a value that of the baseline; may be repeated.",
    ),
]


# Shared steps of the commands: read a set, run it, print the report, compare it with its bounds.


def _run_named(
    settings: Settings,
    path: Path,
    format_: str | None,
    texts: Path | None,
    distractors: Path | None,
    take_out: float,
    sample: int | None,
    out: Path,
    options: Options,
    *,
    calibrated: bool = True,
) -> tuple[dict[str, Any], str, Path]:
    """Run a set and print its report. Returns the report, the name of the corpus, and its data folder."""
    from eval.corpora import open_with
    from eval.report.html import write_reports
    from eval.run import run as run_set
    from eval.sets import without
    from ui.shared.terminal import consoles, ingest_progress

    _, err = consoles()
    of = without(_read(settings, path, format_, texts), take_out).sampled(sample)
    if of.ignored:
        typer.echo(f"isnad: {path}: ignored fields: {', '.join(of.ignored)}", err=True)
    with (
        ingest_progress(err) as progress,
        open_with(of, settings, distractors, progress, calibrated=calibrated) as corpus,
    ):
        with umask_of_user():
            report = run_set(of, corpus, out, options, progress)
        name, folder = corpus.name, corpus.settings.corpus_dir(corpus.name)
    with umask_of_user():
        text = write_reports(out, report)
    typer.echo(text, nl=False)
    typer.echo(f"with plots and all questions: {out / 'report.html'}", err=True)
    return report, name, folder


def _read(settings: Settings, path: Path, format_: str | None, texts: Path | None) -> QuestionSet:
    from eval.corpora import CurrentTexts
    from eval.sets import read_set, set_format
    from rag.corpus import open_catalog

    form = set_format(path, format_)
    if form != "jsonl":
        return read_set(path, form, dict, texts)
    name = settings.corpus_to_read()
    with open_catalog(settings, name) as catalog:
        return read_set(path, form, lambda: CurrentTexts.current(catalog, name), texts)


def _held_against(
    context: typer.Context, baseline: Path | None, fail_under: list[str] | None
) -> tuple[dict[str, float | None], dict[str, Any] | None]:
    """Return the bounds and the baseline, from options after the command or before it."""
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
    """Parse a bound. Rejects NaN and infinity, which no measure could ever violate."""
    try:
        bound = float(value)
    except ValueError:
        bound = math.nan
    if not math.isfinite(bound):
        raise BadInput(f"{value!r} is not a number", where="--fail-under", do="write it as retrieval.recall@5=0.9")
    return bound


def _gated(report: dict[str, Any], bounds: dict[str, float | None], baseline: dict[str, Any] | None) -> int:
    """Return the exit code of a report under these bounds; prints each failure to standard error."""
    from eval.compare import failures

    worse = failures(report, bounds, baseline)
    for failure in worse:
        typer.echo(f"isnad: worse: {failure}", err=True)
    return NOT_PASSED if worse else OK


evaluation = typer.Typer(
    help="Run question sets, compare runs, calibrate abstention.",
    epilog="Exit codes: 0 passed, 4 worse than a bound or baseline, 2 wrong usage, 1 any other error.",
    no_args_is_help=True,
)


@evaluation.callback()
def common(context: typer.Context, baseline: _BaselineOption = None, fail_under: _FailUnderOption = None) -> None:
    """Run question sets, compare runs, calibrate abstention."""
    context.obj = (baseline, fail_under or [])


@evaluation.command()
def run(
    context: typer.Context,
    set_: _SetArgument,
    out: Annotated[
        Path, typer.Option("--out", help="The folder of the run; a stopped run resumes with the same folder.")
    ],
    format_: _FormatOption = None,
    texts: _TextsOption = None,
    corpus: CorpusOption = None,
    distractors: _DistractorsOption = None,
    take_out: _TakeOutOption = 0.0,
    sample: _SampleOption = None,
    retrieval_only: Annotated[bool, typer.Option("--retrieval-only", help="Search only; no answers.")] = False,
    judge: Annotated[
        list[str] | None,
        typer.Option("--judge", help="lexical, embedding, verifier, nli:MODEL or llm; may be repeated."),
    ] = None,
    baseline: _BaselineOption = None,
    fail_under: _FailUnderOption = None,
    generator: GeneratorOption = None,
    data_dir: DataOption = None,
    settings: SetOption = None,
) -> None:
    """Ask every question of a set; write records.jsonl, report.json, report.html and report.md."""
    from eval.run import Options

    bounds, known = _held_against(context, baseline, fail_under)
    read = settings_of(settings, corpus=corpus, data_dir=data_dir, generator=generator)
    options = Options(retrieval_only, tuple(judge or ["lexical"]))
    report, _, _ = _run_named(read, set_, format_, texts, distractors, take_out, sample, out, options)
    raise typer.Exit(_gated(report, bounds, known))


@evaluation.command()
def gate(
    context: typer.Context,
    run_: _RunArgument,
    baseline: _BaselineOption = None,
    fail_under: _FailUnderOption = None,
) -> None:
    """Exit with 4 if a run is worse than a bound or a baseline, beyond its interval."""
    from eval.run import read_report

    bounds, known = _held_against(context, baseline, fail_under)
    if known is None and not bounds:
        raise BadInput("there is nothing to compare it with", where="gate", do="give --baseline, --fail-under or both")
    raise typer.Exit(_gated(read_report(run_), bounds, known))


@evaluation.command()
def baseline(
    run_: _RunArgument,
    out: Annotated[Path, typer.Option("--out", help="The file to write or replace.")],
) -> None:
    """Save the figures of a run that --baseline compares later runs with."""
    from eval.compare import baseline_of
    from eval.run import read_report, write_json

    with umask_of_user():
        write_json(out, baseline_of(read_report(run_)), indent=None)
    typer.echo(f"{out}: compare runs of the same set with it by --baseline")


@evaluation.command()
def compare(
    first: Annotated[Path, typer.Argument(help="The earlier run.")],
    second: Annotated[Path, typer.Argument(help="The later run, of the same questions.")],
) -> None:
    """Compare two runs: paired differences with intervals, and the questions that changed, worst first."""
    from eval.compare import differences, flips
    from eval.report.markdown import compared, comparison_table
    from eval.run import read_report

    before, after = read_report(first), read_report(second)
    table = comparison_table(differences(before, after), flips(before, after))
    typer.echo(f"{compared(before, after)}\n\n{table}", nl=False)


@evaluation.command()
def calibrate(
    set_: _SetArgument,
    out: Annotated[Path, typer.Option("--out", help="The folder for the runs of the calibration.")],
    check: Annotated[
        Path | None, typer.Option("--check", help="Another set in the same format, to measure the thresholds on.")
    ] = None,
    check_texts: Annotated[Path | None, typer.Option("--check-texts", help="The --texts of the --check set.")] = None,
    into: Annotated[
        str | None, typer.Option("--into", help="The corpus to calibrate; by default the one that is asked.")
    ] = None,
    false_refusals: Annotated[
        float,
        typer.Option("--false-refusals", min=0, max=0.99, help="Largest share of answerable questions to refuse."),
    ] = 0.1,
    hold_out: Annotated[
        float, typer.Option("--hold-out", min=0, max=0.9, help="Share of questions to measure on instead of fitting.")
    ] = 0.3,
    format_: _FormatOption = None,
    texts: _TextsOption = None,
    corpus: CorpusOption = None,
    distractors: _DistractorsOption = None,
    take_out: _TakeOutOption = 0.0,
    sample: _SampleOption = None,
    data_dir: DataOption = None,
    settings: SetOption = None,
) -> None:
    """Fit the threshold below which Isnad abstains, for each direction, and save it beside the index."""
    from eval.calibrate import LEAST, applied, diagram, keep, not_fitted, split_records, table
    from eval.records import read_records
    from eval.run import RECORDS, Options

    read = settings_of(settings, corpus=corpus, data_dir=data_dir)
    search = Options(retrieval_only=True)
    report, name, folder = _run_named(
        read, set_, format_, texts, distractors, take_out, sample, out / "fit", search, calibrated=False
    )
    if into is not None:
        name, folder = into, read.corpus_dir(into)
    fitting, held = split_records(read_records(out / "fit" / RECORDS), hold_out)
    checked: list[Record] = []
    if check:  # before saving anything: an invalid or stopped check run must leave the corpus unchanged
        _run_named(
            read, check, format_, check_texts, distractors, take_out, sample, out / "check", search, calibrated=False
        )
        checked = read_records(out / "check" / RECORDS)
    fitted = keep(read, folder, name, fitting, report, false_refusals)
    rates = {"questions of the fit": fitted, "held-out questions": applied(fitted, held)}
    if check:
        rates[check.stem] = applied(fitted, checked)
    typer.echo(f"\nSaved for the corpus {name}:\n\n{table(rates)}", nl=False)
    if shown := diagram(checked or held or fitting):
        typer.echo(
            f"\nReliability of the probabilities, on questions outside the fit if there are any:\n\n{shown}", nl=False
        )
    for what, without in (("the set", not_fitted(fitted, fitting)), ("the --check set", not_fitted(fitted, checked))):
        if without:
            typer.echo(
                f"no threshold for these directions of {what}, with their numbers of answerable and unanswerable "
                f"questions (a fit needs {LEAST} of each): {without}"
            )


@evaluation.command()
def new(
    out: Annotated[Path, typer.Option("--out", help="The file to write; it must not exist.")],
    count: Annotated[int, typer.Option("--count", min=1, help="Maximum number of questions.")] = 40,
    corpus: CorpusOption = None,
    data_dir: DataOption = None,
    settings: SetOption = None,
) -> None:
    """Draft a question set from a corpus, for a person to complete."""
    from eval.sets import as_jsonl, draft
    from rag.corpus import open_catalog
    from rag.retrieve.suggestions import sample_articles

    read = settings_of(settings, corpus=corpus, data_dir=data_dir)
    name = read.corpus_to_read()
    with open_catalog(read, name) as catalog:
        lines = draft(sample_articles(catalog, name), count)
    if not lines:
        raise BadInput("no questions can be drafted from this corpus", where=name, do="write the questions by hand")
    try:
        with umask_of_user(), out.open("x", encoding="utf-8") as file:
            file.write(as_jsonl(lines))
    except FileExistsError as error:
        raise BadInput("the file already exists", where=str(out), do="give another name, or delete it") from error
    typer.echo(f"{len(lines)} drafts in {out}: add the short answers to `accepted`, correct the question and the")
    typer.echo("evidence, add questions without an answer, and remove `draft` from each line that is complete.")
