"""The command `isnad names`: the persons, organisations and places that articles name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from rag.errors import BadInput
from ui.shared.terminal import (
    NOT_IN_CORPUS,
    OK,
    CorpusOption,
    DataOption,
    FromOption,
    NameOption,
    OutletOption,
    SetOption,
    SourceOption,
    ToOption,
    consoles,
    printable,
    settings_of,
)

if TYPE_CHECKING:
    from rich.console import Console

    from rag.retrieve.facets import Facet
    from rag.text.entities import NameKind

_SPELLINGS: Final = 3
"""Maximum number of other spellings in a line of the table."""


def names(
    kind: Annotated[str | None, typer.Option(help="Only one kind: person, organisation or place.")] = None,
    like: Annotated[str | None, typer.Option(help="Only names that contain these letters.")] = None,
    limit: Annotated[int, typer.Option(help="Maximum number of names of each kind.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    corpus: CorpusOption = None,
    data_dir: DataOption = None,
    outlet: OutletOption = None,
    wanted: NameOption = None,
    published_from: FromOption = None,
    published_to: ToOption = None,
    source: SourceOption = None,
    settings: SetOption = None,
) -> None:
    """List the persons, organisations and places that the most articles name, with the number of articles."""
    from rag.retrieve.question import valid_filters
    from rag.types import Filters

    of = _kind(kind)
    filters = valid_filters(Filters(outlet, published_from, published_to, source, names=tuple(wanted or ())))
    read = settings_of(settings, corpus=corpus, data_dir=data_dir)
    from rag.corpus import names_of

    found = names_of(read, of, filters=filters, like=like, limit=limit)
    if as_json:
        from ui.shared.schemas import NamesDocument

        typer.echo(NamesDocument.of(found).model_dump_json())
    else:
        _show(consoles()[0], found)
    raise typer.Exit(OK if found else NOT_IN_CORPUS)


def _kind(given: str | None) -> NameKind | None:
    from rag.text.entities import KINDS

    for kind in KINDS:
        if given == kind:
            return kind
    if given is None:
        return None
    raise BadInput(f"there is no kind of name {given!r}", where="--kind", do=f"use {', '.join(KINDS)}")


def _show(out: Console, found: list[Facet]) -> None:
    from rich.table import Table

    if not found:
        out.print("No names were found.", style="dim")
        return
    table = Table(box=None, pad_edge=False)
    for title, side in (("articles", "right"), ("kind", "left"), ("name", "left"), ("also written", "left")):
        table.add_column(title, justify=side)  # type: ignore[arg-type]
    for facet in found:
        others = [one for one in facet.spellings if one != facet.name]
        more = f" +{len(others) - _SPELLINGS}" if len(others) > _SPELLINGS else ""
        written = ", ".join(map(printable, others[:_SPELLINGS])) + more
        table.add_row(str(facet.articles), facet.kind, printable(facet.name), written)
    out.print(table)
