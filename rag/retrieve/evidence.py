"""Hits → the numbered sentences that an answer may rest on. Asks nothing and writes nothing."""

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

LONGEST_HEADING: Final = 4
"""Words: a line of no more, that no mark ends, heads others."""
_ENDS: Final = tuple(".!?؟؛…»”\"')]")

WORDS_WEIGHT: Final = 0.04
"""What a sentence that holds all of the question's words gains over one that holds none."""
TYPE_WEIGHT: Final = 0.02
"""What a sentence gains that has a number, a date or a reason where one is asked for."""


def select(found: Found, limit: int, question: str = "") -> tuple[Evidence, ...]:
    """The best sentences of the hits, best first, numbered from 1; at most `limit` of them.

    Where a reader read, they are ordered by the probability that each holds the answer, and before all that was not
    read. Else a sentence's score is its passage's, with its own cosine in the place of the best sentence's, and what
    its words add: the share of the question's that it holds, and a number, date or reason where `question` asks for
    one. The same words in two articles are shown once, and so is a sentence of one story that an editor went over: the
    better one stands for both, and says where else it stands. A heading inside an article is none, unless there is
    nothing else.
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
    """Whether a sentence is a few words that no mark ends, such as a heading inside an article: it states nothing."""
    words = trim(text, span).of(text).split()
    return len(words) <= LONGEST_HEADING and not (words and words[-1].endswith(_ENDS))


def _scored(found: Found, question: str) -> Iterator[tuple[float, float, Hit, Span, float | None]]:
    kind = answer_type(question)
    for hit in found.hits:
        shares = hit.words or (0.0,) * len(hit.sentences)
        read = hit.reading
        bears = [read.share * one for one in read.sentences] if read and read.sentences else [None] * len(shares)
        for span, cosine, share, mine in zip(hit.passage.sentences, hit.sentences, shares, bears, strict=True):
            text = span.of(found.articles[hit.passage.article_id].text)
            gain = WORDS_WEIGHT * share + (TYPE_WEIGHT if kind and offers(text, kind, question) else 0.0)
            yield hit.score + SENTENCE_WEIGHT * (cosine - hit.sentence) + gain, cosine, hit, span, mine
