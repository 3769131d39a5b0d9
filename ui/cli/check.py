"""The command `isnad check`: each sentence of a text, what supports it and what is wrong; for people, or as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from ui.shared.exits import NOT_PASSED, OK
from ui.shared.options import CorpusOption, DataOption, SetOption, settings_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from rag.generate.check_text import Checked


def check(
    file: Annotated[str, typer.Argument(help="The text; - reads standard input.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    corpus: CorpusOption = None,
    data_dir: DataOption = None,
    outlet: Annotated[str | None, typer.Option(help="Only articles of this outlet.")] = None,
    published_from: Annotated[str | None, typer.Option("--from", help="Only articles from this day on, ISO.")] = None,
    published_to: Annotated[str | None, typer.Option("--to", help="Only articles up to this day, ISO.")] = None,
    source: Annotated[str | None, typer.Option(help="Only the article of this file.")] = None,
    settings: SetOption = None,
) -> None:
    """Check each sentence of a text of your own against the articles; exit code 4 where one is not supported.

    A line break ends a sentence. A question is shown and not counted, for it states nothing.
    """
    from rag.generate.draft import must_be_checkable
    from rag.retrieve.question import valid_filters
    from rag.types import Filters
    from ui.cli.given_text import read_text

    # No language model is asked.
    read = settings_of(settings, corpus=corpus, data_dir=data_dir, generator="extractive")
    filters = valid_filters(Filters(outlet, published_from, published_to, source))
    text = read_text(file, read.max_check_chars)
    must_be_checkable(text, read.max_check_chars)  # before the models are loaded
    from rag.corpus import open_corpus
    from ui.shared.terminal import consoles

    out, err = consoles()
    with open_corpus(read) as opened, _progress(err, text, shown=as_json) as advance:
        checked = []
        for one in opened.check(text, filters=filters):
            advance(one)
            checked.append(one)
            if not as_json:
                _show(out, one, text)
    if as_json:
        from ui.shared.check_documents import check_json

        typer.echo(json.dumps(check_json(checked), ensure_ascii=False))
    else:
        err.print(_summary(checked), style="dim")
    raise typer.Exit(NOT_PASSED if any(one.fails for one in checked) else OK)


def _show(out: Console, checked: Checked, text: str) -> None:
    from ui.cli.check_terminal import show_checked

    show_checked(out, checked, text)


def _summary(checked: list[Checked]) -> str:
    stating = [one for one in checked if one.states]
    supported = sum(one.support == "supported" for one in stating)
    questions = len(checked) - len(stating)
    asked = f" · {questions} not checked (questions)" if questions else ""
    return f"{supported} of {len(stating)} sentences supported{asked}"


@contextmanager
def _progress(console: Console, text: str, *, shown: bool) -> Iterator[Callable[[Checked], None]]:
    """A bar over the characters of the text; none where nobody watches, or where the sentences themselves are shown."""
    from ui.shared.progress import ingest_progress

    if not shown:
        yield lambda _: None
        return
    with ingest_progress(console) as show:
        show("check", 0, len(text))
        yield lambda one: show("check", one.span.end, len(text))
