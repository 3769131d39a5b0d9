"""The flags that commands share, and the settings that they amount to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.errors import BadInput, BadSetting

if TYPE_CHECKING:
    from rag.config import Settings

CorpusOption = Annotated[str | None, typer.Option("--corpus", help="The corpus to use.")]
DataOption = Annotated[Path | None, typer.Option("--data-dir", help="Where corpora and models are kept.")]
GeneratorOption = Annotated[
    str | None, typer.Option("--generator", help="auto, extractive, reader or writer.", show_default=False)
]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Any other setting; may be repeated.")
]
PortOption = Annotated[int, typer.Option(min=1, max=65535, help="The port to listen at.")]
HostOption = Annotated[
    str, typer.Option(help="The address to listen at; beyond this machine it needs a password or token.")
]


def settings_of(pairs: list[str] | None, **flags: Any) -> Settings:
    """The settings of flags and of ``--set`` pairs. Raises `BadInput` for what is no pair, `BadSetting` for a value."""
    from rag.config import read_settings

    for pair in pairs or []:
        name, equals, value = pair.partition("=")
        if not equals:
            raise BadInput(f"{pair!r} is not NAME=VALUE", where="--set", do="write it as --set top_k=5")
        flags[name] = value
    return read_settings(**flags)


def must_be_local(settings: Settings, what: str, instead: str) -> None:
    """Raise `BadSetting` where the catalog is on a server: `what` is for files of this machine only."""
    if settings.catalog_url:
        raise BadSetting(f"{what} is of a catalog on this machine", where="catalog_url", do=f"use {instead}")
