"""Quotes in the other language → a writer model's translations of them, as far as code can vouch for them.

The quote stays what it is; a translation stands under it as the machine's. One that states a figure, a date or a place
that the quote has not, or is far from it in meaning, is not shown at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import Event as Cancel
from typing import Final

from rag.citations import verbatim, without_markers
from rag.models.llm import plain, reply
from rag.models.prompts import translation_prompt
from rag.text.links import foreign_links, spaced
from rag.text.names import NONE, OwnNames
from rag.text.normalise import has_letters, question_language
from rag.types import Citation, Generate, Language, Similarity, Translation
from rag.verify.claims import check
from rag.verify.names import NameReading, missing

MOST: Final = 3
"""Quotes of an answer that are translated."""
LONGEST_QUOTE: Final = 2000
"""Code points; a longer one is not translated."""
LONGEST_RATIO: Final = 4
"""How many times as long as its quote a translation may be, beyond its first hundred code points."""


def translations(
    citations: Sequence[Citation],
    language: Language,
    generate: Generate,
    cancel: Cancel,
    *,
    similarity: Similarity,
    min_similarity: float,
    names: OwnNames = NONE,
) -> Iterator[Translation]:
    """The first quotes that are in the other language, translated into `language`, in order.

    The first one that the model fails at, or that is cancelled, is the last that it is asked for: nothing is raised.
    """
    for citation in [one for one in citations if question_language(one.quote) != language][:MOST]:
        if cancel.is_set():
            return
        if len(citation.quote) > LONGEST_QUOTE:
            continue
        said = reply(generate, translation_prompt(citation.quote, language), cancel)
        if said is None:
            return
        text = spaced(plain(without_markers(plain(said))))
        if not foreign_links(text, [citation.quote]) and _is_true(
            text, citation.quote, language, similarity, min_similarity, names
        ):
            yield Translation(citation.number, verbatim(text), language)


def _is_true(
    text: str, quote: str, language: Language, similarity: Similarity, min_similarity: float, names: OwnNames
) -> bool:
    if not has_letters(text) or question_language(text) != language or len(text) > 100 + LONGEST_RATIO * len(quote):
        return False
    verdict = check(
        text, [quote], similarity=similarity([text], [quote])[0], min_similarity=min_similarity, names=names
    )
    # Arabic writes two as an ending: الوزيران, the two ministers.
    stated = [one for one in verdict.problems if one.kind != "name" and one.span.of(text).casefold() != "two"]
    if stated:
        return False
    # A name that may be none, or that is translated and not spelt, keeps no translation back.
    return not any(name.sure for name in missing(NameReading.of(text, names), [NameReading.of(quote, names)]))
