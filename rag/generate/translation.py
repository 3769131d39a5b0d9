"""Translate quotes in the other language with the writer model and check each translation.

The quote itself does not change; the translation is shown below it and labelled as machine-made. A translation is
dropped if it states a figure, date or place that the quote does not, or if its meaning is too far from the quote.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import Event as Cancel
from typing import Final

from rag.citations import verbatim, without_markers
from rag.models.llm import one_paragraph, reply
from rag.models.prompts import translation_prompt
from rag.text.links import foreign_links, spaced
from rag.text.names import NONE, OwnNames
from rag.text.normalise import has_letters, question_language
from rag.types import Citation, Generate, Language, Similarity, Translation
from rag.verify.claims import check
from rag.verify.names import NameReading, missing

MOST: Final = 3
"""Maximum number of quotes translated per answer."""
LONGEST_QUOTE: Final = 2000
"""Code points; longer quotes are not translated."""
LONGEST_RATIO: Final = 4
"""Maximum length ratio of translation to quote, beyond the first hundred code points."""


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
    """Translate the first quotes that are in the other language into `language`, in order.

    Stops at the first model failure or cancellation and raises nothing.
    """
    for citation in [one for one in citations if question_language(one.quote) != language][:MOST]:
        if cancel.is_set():
            return
        if len(citation.quote) > LONGEST_QUOTE:
            continue
        said = reply(generate, translation_prompt(citation.quote, language), cancel)
        if said is None:
            return
        text = spaced(one_paragraph(without_markers(one_paragraph(said))))
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
    # Arabic writes "two" as a suffix: الوزيران, the two ministers.
    stated = [one for one in verdict.problems if one.kind != "name" and one.span.of(text).casefold() != "two"]
    if stated:
        return False
    # An uncertain name, or one that is translated rather than transliterated, does not reject a translation.
    return not any(name.sure for name in missing(NameReading.of(text, names), [NameReading.of(quote, names)]))
