"""Select the numbered evidence sentences for an answer from the hits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from rag.fusion import SENTENCE_WEIGHT
from rag.retrieve.deduplicate import Copies, same_statement
from rag.retrieve.question import answer_type, offers
from rag.text.normalise import has_letters, normalise
from rag.text.sentences import trim
from rag.types import Evidence, Found, Hit, Span

_LONGEST_HEADING: Final = 4
"""Words: a line with at most this many and no final punctuation is a heading."""
_ENDS: Final = tuple(".!?؟؛…»”\"')]")

WORDS_WEIGHT: Final = 0.04
"""Score bonus of a sentence that holds all of the question's words, compared with one that holds none."""
_TYPE_WEIGHT: Final = 0.02
"""Score bonus of a sentence with a number, date or reason if the question asks for one."""


def select(found: Found, limit: int, question: str = "") -> tuple[Evidence, ...]:
    """Select at most `limit` sentences of the hits, best first, numbered from 1.

    Sentences that a reader has read come first, by the probability that each holds the answer. Other sentences score as
    their passage does, with their own cosine instead of the best sentence's, plus a bonus for the share of the
    question's words and for a number, date or reason that `question` asks for. The same words in two articles, or an
    edited copy within one story, are shown once: the better sentence is kept and lists the other places. Headings
    inside an article are excluded unless nothing else is left.
    """
    copies = Copies(found)
    chosen: list[Evidence] = []
    seen: set[str] = set()
    scored = sorted(_scored(found, question), key=lambda one: (-(one[4] or 0.0), -one[0]))
    statements = [one for one in scored if not _is_heading(found.articles[one[2].passage.article_id].text, one[3])]
    for score, cosine, hit, span, bears in statements or scored:
        article = found.articles[hit.passage.article_id]
        trimmed = trim(article.text, span)
        words, _ = normalise(trimmed.of(article.text))
        if not has_letters(words) or words in seen:
            continue
        seen.add(words)
        item = Evidence(len(chosen) + 1, article, trimmed, hit, cosine, score, bears=bears)
        stories, also = copies.of(item)
        if any(
            not stories.isdisjoint(one.stories) and same_statement(item.text, one.text)
            for one in chosen
            if one.article.id != article.id
        ):
            continue
        chosen.append(replace(item, stories=stories, also=also))
        if len(chosen) == limit:
            break
    return tuple(chosen)


def _is_heading(text: str, span: Span) -> bool:
    """Whether a sentence is a heading inside an article: a few words without final punctuation."""
    words = trim(text, span).of(text).split()
    return len(words) <= _LONGEST_HEADING and not (words and words[-1].endswith(_ENDS))


def _scored(found: Found, question: str) -> Iterator[tuple[float, float, Hit, Span, float | None]]:
    kind = answer_type(question)
    for hit in found.hits:
        shares = hit.words or (0.0,) * len(hit.sentences)
        read = hit.reading
        bears = [read.share * one for one in read.sentences] if read and read.sentences else [None] * len(shares)
        for span, cosine, share, mine in zip(hit.passage.sentences, hit.sentences, shares, bears, strict=True):
            text = span.of(found.articles[hit.passage.article_id].text)
            gain = WORDS_WEIGHT * share + (_TYPE_WEIGHT if kind and offers(text, kind, question) else 0.0)
            yield hit.score + SENTENCE_WEIGHT * (cosine - hit.sentence) + gain, cosine, hit, span, mine
