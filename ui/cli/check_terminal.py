"""A checked sentence as a person reads it in a terminal. Decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rag.text.normalise import question_language
from rag.types import Citation, Language
from ui.shared.terminal import origin, paragraph

if TYPE_CHECKING:
    from rich.console import Console

    from rag.generate.check_text import Checked

_WORDS: Final[dict[str, dict[Language, str]]] = {
    "supported": {"en": "✓ supported", "ar": "✓ مُسنَد"},
    "unsupported": {"en": "✗ not supported", "ar": "✗ غير مُسنَد"},
    "question": {"en": "– not checked", "ar": "– لم يُتحقق منه"},
    "nearest": {"en": "nearest in the archive", "ar": "الأقرب في الأرشيف"},
    "line": {"en": "line {n}", "ar": "السطر {n}"},
}


def show_checked(console: Console, checked: Checked, text: str) -> None:
    """The line of the text, the verdict in a sign and in words, the sentence, what is wrong, and the sources."""
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
    """The line, from 1, in which a code point of a text stands."""
    feeds, returns, both = (text.count(end, 0, offset) for end in ("\n", "\r", "\r\n"))
    return 1 + feeds + returns - both


def _source(console: Console, citation: Citation, language: Language) -> None:
    from rich.text import Text

    line = _WORDS["line"][language].format(n=line_of(citation.article.text, citation.span.start))
    paragraph(console, Text(f"    [{citation.number}] {origin(citation.article)} · {line}", style="cyan"))
    quote = Text(f"        {citation.quote}")
    quote.append(f"  ({citation.span.start}–{citation.span.end})", style="dim")
    paragraph(console, quote)
