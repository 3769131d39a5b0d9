"""What a sentence of a model may not be, whatever it cites: in another language, a link, a tag, data, or the prompt.

A file's own words may hold such things, so what stands in a quote is excused. `rag.verify.claims` holds what a sentence
states against its quotes; this room refuses to know figures and names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

from rag.generate.spoken import speaks
from rag.models.writer_prompt import own_words, shown
from rag.text.links import foreign_links, links
from rag.text.messages import say
from rag.text.normalise import has_letters, normalise
from rag.types import Language, Problem, Span

_RUN: Final = 5
"""So many words of the prompt in a row are no accident."""

_TAG: Final = re.compile(
    r"<\s*+[/!?]?\s*+[a-z|｜][^>\n]{0,200}>?|&(?:#\w{1,8}|[a-z]{2,10});|(?-i:\[/?[A-Z_]{3,20}\])|"
    r"\bon(?:error|load|click|mouse\w+|focus|toggle|begin)\s*=|\{\{|\}\}|\$\{|"
    r"^\s*(?:system|user|assistant|human|ai|developer|tool|النظام|المستخدم|المساعد)\s*[:：>]|"
    r"^\s*[\[{]+\s*\"|^\s*\"[^\"\n]{1,40}\"\s*:|\"\s*+[}\]]++\s*+,?\s*+$|^\s*\|.*\|\s*$",
    re.IGNORECASE,
)


def faults(sentence: str, quotes: Sequence[str], evidence: Sequence[str], language: Language) -> Iterator[Problem]:
    """What is wrong with the form of a sentence, without its ``[n]``; spans are in its code points.

    `quotes` are those that it cites, `evidence` all that the prompt showed. Kinds: ``language`` (not the question's),
    ``link`` and ``markup`` (an address, an image, a tag, data that no quote has), ``prompt`` (words of the instruction
    or of an example, which are nobody's news). Where a link or tag is all that there is, no quote excuses it.
    """
    if not speaks(sentence, language):
        yield Problem("language", Span(0, len(sentence)), say("other_language", language))
    yield from _foreign("link", sentence, links(sentence), foreign_links(sentence, _as_shown(quotes)), language)
    tags = [Span(*found.span()) for found in _TAG.finditer(sentence)]
    foreign = [span for span in tags if not any(_excused(span.of(sentence), quote) for quote in quotes)]
    yield from _foreign("markup", sentence, tags, foreign, language)
    yield from _leaks(sentence, evidence, language)


def _foreign(
    kind: str, sentence: str, found: Sequence[Span], foreign: Sequence[Span], language: Language
) -> Iterator[Problem]:
    """A problem for each of the `foreign`, or for all that was `found` where nothing else has letters."""
    ends = [0, *(edge for span in found for edge in span), len(sentence)]
    alone = not any(has_letters(sentence[start:end]) for start, end in zip(ends[::2], ends[1::2], strict=True))
    for span in found if alone else foreign:
        yield Problem(kind, span, say(f"no_{kind}", language, words=span.of(sentence)))


def _as_shown(quotes: Sequence[str]) -> list[str]:
    return [text for quote in quotes for text in (quote, shown(quote))]


def _excused(piece: str, quote: str) -> bool:
    """Whether a quote has it, as the file does or as the prompt showed it."""
    return piece in quote or " ".join(piece.split()) in shown(quote)


def _leaks(sentence: str, evidence: Sequence[str], language: Language) -> Iterator[Problem]:
    said = _words(sentence)
    for start in range(len(said) - _RUN + 1):
        run = tuple(word for word, _ in said[start : start + _RUN])
        if run in _own() and not any(run in _runs(text) for text in evidence):
            span = Span(said[start][1].start, said[start + _RUN - 1][1].end)
            yield Problem("prompt", span, say("own_words", language, words=span.of(sentence)))
            return


@cache
def _own() -> frozenset[tuple[str, ...]]:
    languages: tuple[Language, ...] = ("ar", "en")
    return frozenset(run for one in languages for text in own_words(one) for run in _runs(text))


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    found = [word for word, _ in _words(text)]
    return (tuple(found[start : start + _RUN]) for start in range(len(found) - _RUN + 1))


def _words(text: str) -> list[tuple[str, Span]]:
    return [(normalise(found.group())[0], Span(*found.span())) for found in re.finditer(r"\w[\w\u064b-\u065f]*", text)]
