"""The command `isnad ask`: answer one question, or one per line of standard input, as text or JSON."""

from __future__ import annotations

import codecs
import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.errors import BadInput
from ui.shared.terminal import (
    BAD_USE,
    NOT_IN_CORPUS,
    OK,
    CorpusOption,
    DataOption,
    FromOption,
    GeneratorOption,
    LanguageOption,
    NameOption,
    OutletOption,
    SetOption,
    SourceOption,
    ToOption,
    asked_language,
    complain,
    settings_of,
)

if TYPE_CHECKING:
    from rag.config import Settings
    from rag.corpus import Corpus
    from rag.types import Answer, Query


def ask(
    question: Annotated[
        str,
        typer.Argument(
            help="The question, with filters such as outlet:NAME after:2015-10; - reads one per line of standard input."
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as one JSON document.")] = False,
    corpus: CorpusOption = None,
    data_dir: DataOption = None,
    generator: GeneratorOption = None,
    language: LanguageOption = None,
    outlet: OutletOption = None,
    names: NameOption = None,
    published_from: FromOption = None,
    published_to: ToOption = None,
    source: SourceOption = None,
    settings: SetOption = None,
) -> None:
    """Answer a question, with the exact words of the sources."""
    from rag.retrieve.question import make_query
    from rag.types import Filters

    options: dict[str, Any] = {
        "language": asked_language(language),
        "filters": Filters(outlet, published_from, published_to, source, names=tuple(names or ())),
    }
    read = settings_of(settings, corpus=corpus, data_dir=data_dir, generator=generator)
    if question == "-":
        raise typer.Exit(_ask_lines(read, as_json, options))
    # Before the models are loaded, so that an invalid question is reported at once.
    query = make_query(question, top_k=read.top_k, typed=True, **options)
    with _open(read) as opened:
        opened.naming(query.filters.names)
        raise typer.Exit(_ask_one(opened, query, as_json))


def _open(settings: Settings) -> Corpus:
    from rag.corpus import open_corpus

    return open_corpus(settings)


def _ask_one(corpus: Corpus, query: Query, as_json: bool) -> int:
    if as_json:
        from ui.shared.schemas import answer_json

        answer = corpus.answerer.answer(query)
        typer.echo(json.dumps(answer_json(answer), ensure_ascii=False))
    else:
        answer = _show(corpus, query)
    return NOT_IN_CORPUS if answer.is_refusal else OK


def _show(corpus: Corpus, query: Query) -> Answer:
    from rag.types import Cited, Done, Notice
    from ui.shared.terminal import (
        consoles,
        show_claim,
        show_notice,
        show_short,
        show_sources,
        show_understood,
        summary,
    )

    def show(event: Cited | Notice) -> None:
        if isinstance(event, Cited):
            show_claim(out, event.claim, query.language)
        else:
            show_notice(out, event)

    out, err = consoles()
    show_understood(err, query)
    waiting: list[Cited | Notice] = []
    for event in corpus.answerer.stream(query):
        if isinstance(event, Cited | Notice):
            # All short answers are on one line above the claims, so from the first one on, events wait for the end.
            if waiting or (isinstance(event, Cited) and event.short):
                waiting.append(event)
            else:
                show(event)
        elif isinstance(event, Done):
            show_short(out, event.answer)
            for one in waiting:
                show(one)
            show_sources(out, event.answer)
            err.print(summary(event.answer), style="dim")
            return event.answer
    raise TypeError("the answer has no final event")


def _ask_lines(settings: Settings, as_json: bool, options: dict[str, Any]) -> int:
    """Answer one question per line of standard input; report an invalid line in place of its answer."""
    code = OK
    with _open(settings) as corpus:
        for question in _lines():
            try:
                _ask_one(corpus, corpus.query(question, typed=True, **options), as_json)
            except BadInput as error:
                code = BAD_USE
                if as_json:
                    problem = {"what": error.what, "where": error.where, "do": error.do}
                    printable = question.encode("utf-8", "replace").decode()
                    document = {"version": 1, "question": printable, "error": problem}
                    typer.echo(json.dumps(document, ensure_ascii=False))
                else:
                    complain(error)
            sys.stdout.flush()
    return code


def _lines() -> Iterator[str]:
    for raw in sys.stdin.buffer:
        yield raw.removeprefix(codecs.BOM_UTF8).decode("utf-8", "surrogateescape").rstrip("\r\n")
