"""The command `isnad batch`: answer the questions of a CSV or XLSX sheet; a stopped batch resumes."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from rag.errors import BadInput
from rag.store.private import OF_USER, umask_of_user, write_whole
from ui.shared.terminal import (
    BAD_USE,
    OK,
    CorpusOption,
    DataOption,
    FromOption,
    LanguageOption,
    LinkBaseOption,
    NameOption,
    OutletOption,
    SetOption,
    SourceOption,
    ToOption,
    asked_language,
    consoles,
    settings_of,
    without_writer,
)


def batch(
    file: Annotated[
        Path, typer.Argument(help="A .csv or .xlsx file; asks the column question or سؤال, else the first column.")
    ],
    out: Annotated[Path, typer.Option("--out", help="The .csv or .xlsx to write: the same rows with their answers.")],
    corpus: CorpusOption = None,
    data_dir: DataOption = None,
    language: LanguageOption = None,
    outlet: OutletOption = None,
    names: NameOption = None,
    published_from: FromOption = None,
    published_to: ToOption = None,
    source: SourceOption = None,
    base: LinkBaseOption = "",
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    settings: SetOption = None,
) -> None:
    """Answer a sheet of questions, with quotes, files and offsets; run it again to resume a stopped batch.

    An invalid row gets its error in place of an answer; the exit code is then 2.
    """
    from rag.retrieve.question import valid_filters
    from rag.types import Filters
    from ui.shared.batch import QUESTION_NAMES, Journal, Questions, answered_sheet, ask_rows, key_of, summary
    from ui.shared.sheets import MOST_BYTES, ending, link_base, read_sheet, sheet_bytes

    filters = valid_filters(Filters(outlet, published_from, published_to, source, names=tuple(names or ())))
    wanted = asked_language(language)
    base, suffix, read_as = link_base(base), ending(out), ending(file)
    if out.exists() and not force:
        raise BadInput("the file already exists", where=str(out), do="give another file, or add --force")
    if not out.parent.is_dir():
        raise BadInput("there is no such folder", where=str(out.parent), do="create it, or give another")
    with file.open("rb") as opened_file:
        data = opened_file.read(MOST_BYTES + 1)
    try:
        questions = Questions.of(read_sheet(data, read_as, QUESTION_NAMES))
    except BadInput as error:
        raise BadInput(error.what, where=str(file), do=error.do) from error
    read = settings_of(settings, corpus=corpus, data_dir=data_dir)
    from rag.corpus import open_corpus
    from ui.shared.terminal import ingest_progress

    _, err = consoles()
    if questions.header is None:
        err.print("no column is named question or سؤال: asking the first column, from row 1", style="yellow")
    with open_corpus(without_writer(read)) as opened, ingest_progress(err) as progress:
        opened.naming(filters.names)
        current = opened.catalog.current(opened.name)
        path = out.with_name(f"{out.name}.partial.jsonl")
        journal = Journal(path, key_of(opened, filters, wanted), current.id if current else "")
        kept = journal.read()
        answers = []
        of = len(questions.rows)
        if kept:
            err.print(f"resuming: {len(kept)} of {of} rows are already done", style="dim")
        with umask_of_user():
            asking = ask_rows(opened, questions, filters=filters, language=wanted, kept=kept, done=journal.write)
            try:
                for answer in asking:
                    answers.append(answer)
                    progress("batch", len(answers), of)
            except KeyboardInterrupt:
                err.print(f"stopped after {len(answers)} of {of}: run the same command again to resume")
                raise
            write_whole(out, sheet_bytes({"answers": answered_sheet(questions, answers, base)}, suffix), OF_USER)
    with suppress(OSError):
        journal.remove()
    err.print(summary(answers), style="dim")
    raise typer.Exit(BAD_USE if any(answer.status == "error" for answer in answers) else OK)
