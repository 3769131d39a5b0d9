"""The flags that the commands of `isnad eval` share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

RunArgument = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run, or its report.json.")]
SetArgument = Annotated[Path, typer.Argument(metavar="SET", help="A question set: .jsonl, SQuAD .json, a BEIR folder.")]
FormatOption = Annotated[str | None, typer.Option("--format", help="jsonl, squad or beir; else by its name.")]
TextsOption = Annotated[
    Path | None, typer.Option("--texts", help="A parallel SQuAD file whose texts are asked about, in another language.")
]
DistractorsOption = Annotated[
    Path | None, typer.Option("--distractors", help="A folder of articles to hide the texts of the set among.")
]
TakeOutOption = Annotated[
    float,
    typer.Option("--take-out", min=0, max=0.95, help="Take this share of its texts out: they answer nothing then."),
]
SampleOption = Annotated[int | None, typer.Option("--sample", min=1, help="Ask only so many questions, evenly spread.")]
BaselineOption = Annotated[
    Path | None, typer.Option("--baseline", help="A report, or the folder of a run, that this must not be worse than.")
]
FailUnderOption = Annotated[
    list[str] | None,
    typer.Option(
        "--fail-under", metavar="MEASURE[=VALUE]", help="A bound, without a value the baseline's; repeatable."
    ),
]
