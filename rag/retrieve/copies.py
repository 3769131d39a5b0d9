"""Does a sentence stand in another text too, in the same words or in words that say the same? Pure.

Sentences are compared whole, by spans that are carried; nothing is searched for inside a text. Whether edited words
still say the same is for the checks of a claim to tell: another figure, name or negation is another sentence.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from rag.text.normalise import has_letters, normalise, tokens
from rag.text.sentences import trim
from rag.types import Article, Copy, Evidence, Found, Passage, Span
from rag.verify.claims import check

ALIKE: Final = 0.6
"""The share of the words of two sentences that they have in common, for one to be an edited copy of the other."""
MOST: Final = 20
"""Articles that are listed as having a sentence too."""
_NEVER: Final = frozenset({"figure", "unit", "negation", "opposite", "roles"})
"""What no edited copy of a sentence has, and the sentence has not."""


def words_of(text: str) -> str:
    """The words of a sentence as they are compared: without marks at its ends, in normal form."""
    return " ".join(normalise(text)[0].split()).strip(" .،؛:!?؟…\"'«»“”()[]-–—*")


def sentences_of(passage: Passage) -> Iterator[str]:
    """The sentences of a passage as they stand."""
    for start, end in passage.sentences:
        yield passage.text[start - passage.span.start : end - passage.span.start]


def stands_in(sentence: str, passage: Passage) -> bool:
    """Whether a passage has a sentence too, in its words or edited."""
    there = list(sentences_of(passage))
    words = words_of(sentence)
    return any(words_of(one) == words for one in there) or any(same_statement(sentence, one) for one in there)


def same_statement(one: str, other: str) -> bool:
    """Whether two sentences have the same words, or say the same in words of which an editor changed a few.

    One may leave out what the other has, such as a dateline, but no figure; neither may have other words for it.
    """
    if words_of(one) == words_of(other):
        return True
    if share_of_words(tokens(one), tokens(other)) < ALIKE:
        return False
    lacks = [_problems(one, other), _problems(other, one)]
    return not all(lacks) and all(lacking.isdisjoint(_NEVER) for lacking in lacks)


def _problems(sentence: str, other: str) -> set[str]:
    """The kinds of what a sentence says and another does not."""
    return {problem.kind for problem in check(sentence, [other], similarity=None, min_similarity=0.0).problems}


def share_of_words(one: Collection[str], other: Collection[str]) -> float:
    """The words that both have, over the words that either has; 0 for none."""
    ours, theirs = set(one), set(other)
    return len(ours & theirs) / len(ours | theirs) if ours | theirs else 0.0


class Copies:
    """Where else the sentences of what was found stand."""

    def __init__(self, found: Found) -> None:
        self._found = found
        self._places: dict[str, list[tuple[Article, Span]]] = {}
        self._of_story: dict[str, dict[str, list[Span]]] = {}
        passages = {one.id: one for one in (*(hit.passage for hit in found.hits), *found.others)}
        for passage in passages.values():
            article = found.articles[passage.article_id]
            story = self._of_story.setdefault(found.story(article.id), {}).setdefault(article.id, [])
            for span in passage.sentences:
                trimmed = trim(article.text, span)
                if has_letters(trimmed.of(article.text)):
                    story.append(trimmed)
                    self._places.setdefault(words_of(trimmed.of(article.text)), []).append((article, trimmed))

    def of(self, item: Evidence) -> tuple[frozenset[str], tuple[Copy, ...]]:
        """The stories that have the sentence of a piece of evidence, and the other articles that have it or are of its
        story: the earliest published first, then by source; at most `MOST`."""
        found: dict[str, Copy] = {}
        for article, span in self._places.get(words_of(item.text), []):
            if article.id != item.article.id:
                found.setdefault(article.id, Copy(article, span, same=True))
        own = self._found.story(item.article.id)
        for article_id, spans in self._of_story.get(own, {}).items():
            if article_id != item.article.id and article_id not in found:
                article = self._found.articles[article_id]
                found[article_id] = Copy(article, self._edited_there(item.text, article, spans))
        stories = {own, *(self._found.story(one.article.id) for one in found.values() if one.span)}
        return frozenset(stories), tuple(sorted(found.values(), key=lambda one: earliest(one.article))[:MOST])

    @staticmethod
    def _edited_there(text: str, article: Article, spans: list[Span]) -> Span | None:
        ours = tokens(text)
        near = max(spans, key=lambda span: share_of_words(ours, tokens(span.of(article.text))), default=None)
        return near if near and same_statement(text, near.of(article.text)) else None


def earliest(article: Article) -> tuple[str, str, str]:
    """What articles are ordered by where nothing else tells them apart: those published first, then by source."""
    return (article.published.value if article.published else "9999", article.source, article.member or "")
