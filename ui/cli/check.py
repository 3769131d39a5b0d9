"""The command `isnad check`: check each sentence of a text against the archive; prints text or JSON."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from rag.errors import BadInput, Undecodable
from rag.text.decode import decode
from rag.text.normalise import question_language
from rag.types import MAX_CHECK_CHARS, Citation, Language
from ui.shared.terminal import (
    NOT_PASSED,
    OK,
    CorpusOption,
    DataOption,
    FromOption,
    NameOption,
    OutletOption,
    SetOption,
    SourceOption,
    ToOption,
    origin,
    paragraph,
    settings_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from rag.generate.check_text import Checked


# Terminal output of a checked sentence.

_WORDS: Final[dict[str, dict[Language, str]]] = {
    "supported": {"en": "✓ supported", "ar": "✓ مُسنَد"},
    "unsupported": {"en": "✗ not supported", "ar": "✗ غير مُسنَد"},
    "question": {"en": "– not checked", "ar": "– لم يُتحقق منه"},
    "nearest": {"en": "nearest in the archive", "ar": "الأقرب في الأرشيف"},
    "line": {"en": "line {n}", "ar": "السطر {n}"},
}


def _show_checked(console: Console, checked: Checked, text: str) -> None:
    """Print the verdict and line number, the sentence with its problems underlined, the problems, and the sources."""
    from rich.text import Text

    language = question_language(checked.sentence)
    verdict = checked.support if checked.states else "question"
    style = {"supported": "green", "unsupported": "bold red", "question": "dim"}[verdict]
    place = _WORDS["line"][language].format(n=line_of(text, checked.span.start))
    paragraph(console, Text(f"{_WORDS[verdict][language]} · {place}", style=style))
    sentence = Text(f"  {checked.sentence}")
    for problem in checked.problems:
        if problem.span != (0, len(checked.sentence)):
            sentence.stylize("underline", problem.span.start + 2, problem.span.end + 2)
    paragraph(console, sentence)
    for problem in checked.problems:
        paragraph(console, Text(f"    ! {problem.message}", style="yellow"))
    if checked.citations and verdict == "unsupported":
        paragraph(console, Text(f"    {_WORDS['nearest'][language]}:", style="dim"))
    for citation in checked.citations:
        _source(console, citation, language)
    console.print()


def line_of(text: str, offset: int) -> int:
    """Return the line number, from 1, of a code point offset; ``\\n``, ``\\r`` and ``\\r\\n`` end a line."""
    feeds, returns, both = (text.count(end, 0, offset) for end in ("\n", "\r", "\r\n"))
    return 1 + feeds + returns - both


def _source(console: Console, citation: Citation, language: Language) -> None:
    from rich.text import Text

    line = _WORDS["line"][language].format(n=line_of(citation.article.text, citation.span.start))
    paragraph(console, Text(f"    [{citation.number}] {origin(citation.article)} · {line}", style="cyan"))
    quote = Text(f"        {citation.quote}")
    quote.append(f"  ({citation.span.start}–{citation.span.end})", style="dim")
    paragraph(console, quote)


# The text to check, from a file or standard input. It rejects a file rather than decode any character wrongly.

_STANDARD_INPUT = "-"
_PIPE = "read it from standard input: isnad check - < FILE"
_KINDS = (
    (stat.S_ISDIR, "it is a folder", "give a file"),
    (stat.S_ISFIFO, "it is a pipe, not a file", _PIPE),
    (stat.S_ISCHR, "it is a device, not a file", _PIPE),
)


def read_text(name: str, max_chars: int = MAX_CHECK_CHARS) -> str:
    """Read the text of a file, or of standard input for ``-``; keeps line ends, removes a byte order mark.

    Raises `BadInput` if it is not a regular file, cannot be read, has more bytes than `max_chars` can have, is binary,
    or has an encoding that cannot be detected with confidence. Never blocks on a pipe without a writer.
    """
    most = 4 * max_chars + 4  # in UTF-8 or UTF-32, with a byte order mark
    where = "standard input" if name == _STANDARD_INPUT else name
    data = sys.stdin.buffer.read(most + 1) if name == _STANDARD_INPUT else _bytes_of(Path(name), most + 1)
    if len(data) > most:
        raise BadInput(f"it is longer than {max_chars} characters", where=where, do="check it in parts")
    if not data:
        raise BadInput("it is empty", where=where, do="give a text with at least one sentence")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" not in text:
        return text
    try:
        return decode(data).text
    except Undecodable as error:
        raise BadInput(error.what, where=where, do=error.do) from error


def _bytes_of(path: Path, most: int) -> bytes:
    try:
        # Non-blocking: opening a pipe without a writer would block, and the file type is known only after opening.
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise BadInput("there is no such file", where=str(path), do="give a file, or - for standard input") from error
    except OSError as error:
        raise BadInput(f"it cannot be read: {error.strerror}", where=str(path), do="give a text file") from error
    except ValueError as error:  # a NUL in its name
        raise BadInput("there is no such file", where=repr(str(path)), do="give a file") from error
    mode = os.fstat(file).st_mode
    if not stat.S_ISREG(mode):
        os.close(file)
        what, do = next(
            ((what, do) for is_one, what, do in _KINDS if is_one(mode)), ("it is not a file", "give a file")
        )
        raise BadInput(what, where=str(path), do=do)
    with os.fdopen(file, "rb") as opened:
        return opened.read(most)


def check(
    file: Annotated[str, typer.Argument(help="The text file; - reads standard input.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    corpus: CorpusOption = None,
    data_dir: DataOption = None,
    outlet: OutletOption = None,
    names: NameOption = None,
    published_from: FromOption = None,
    published_to: ToOption = None,
    source: SourceOption = None,
    settings: SetOption = None,
) -> None:
    """Check each sentence of a text against the articles; the exit code is 4 if one is not supported.

    A line break ends a sentence. A question is shown but not counted, because it states nothing.
    """
    from rag.generate.check_text import must_be_checkable
    from rag.retrieve.question import valid_filters
    from rag.types import Filters

    # A check uses no language model.
    read = settings_of(settings, corpus=corpus, data_dir=data_dir, generator="extractive")
    filters = valid_filters(Filters(outlet, published_from, published_to, source, names=tuple(names or ())))
    text = read_text(file)
    must_be_checkable(text)  # before the models are loaded
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
        from ui.shared.schemas import check_json

        typer.echo(json.dumps(check_json(checked), ensure_ascii=False))
    else:
        err.print(_summary(checked), style="dim")
    raise typer.Exit(NOT_PASSED if any(one.fails for one in checked) else OK)


def _show(out: Console, checked: Checked, text: str) -> None:

    _show_checked(out, checked, text)


def _summary(checked: list[Checked]) -> str:
    stating = [one for one in checked if one.states]
    supported = sum(one.support == "supported" for one in stating)
    questions = len(checked) - len(stating)
    asked = f" · {questions} not checked (questions)" if questions else ""
    return f"{supported} of {len(stating)} sentences supported{asked}"


@contextmanager
def _progress(console: Console, text: str, *, shown: bool) -> Iterator[Callable[[Checked], None]]:
    """Show a progress bar over the characters of the text; not without a terminal, or if the sentences are printed."""
    from ui.shared.terminal import ingest_progress

    if not shown:
        yield lambda _: None
        return
    with ingest_progress(console) as show:
        show("check", 0, len(text))
        yield lambda one: show("check", one.span.end, len(text))
