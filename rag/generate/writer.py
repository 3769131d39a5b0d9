"""Generator `writer`: turns the streamed reply of a language model into drafts, one per sentence, as each completes.

Drops layout, courtesies and the model's thinking. If the reply starts in a language other than the question's, the
model is asked once more before any draft is yielded.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from threading import Event as Cancel
from typing import Final

from rag.citations import MARKER, bracketed, canonical, without_markers
from rag.generate.generators import Draft, Drafts, Refused, Written
from rag.generate.reply_patterns import is_courtesy, refuses, speaks, stated
from rag.models.prompts import NONE, writer_prompt
from rag.text.links import spaced
from rag.text.sentences import sentences
from rag.types import End, Evidence, Generate, Prompt, Query, Span

# Removes Markdown: list marks, headings, fences and emphasis are layout, not claims.
#
# The remaining text is both checked and shown, so nothing removed here can avoid a check. A missing space after a full
# stop is inserted, so that two sentences do not look like a host name (`rag.text.links`). Links, images and tags stay:
# `rag.generate.review` rejects them.

_KEPT: Final = {"\u200c", "\u200d"}
"""Joiners used in Persian and in some names."""

# Possessive quantifiers throughout, to avoid quadratic time on a model's output.
_BEFORE: Final = re.compile(
    r"(?:\s*+(?:#{1,6}(?=\s|$)|>++(?=\s)|[-*+•●▪◦–—·](?=\s)|\d{1,2}[.)\-–](?=\s)|[(（]\d{1,2}[)）](?=\s))\s*+)++"
)
_LINE: Final = re.compile(r"^(?:[^\w\n]++|[^\S\n]*+(?:_{3,}+|`{3,}+\w*+)[^\S\n]*+)$", re.MULTILINE)
"""A horizontal rule, a fence or a line of symbols only."""
_MARKS: Final = re.compile(r"\*++|_++|`++|~{2,}+")
_LOOSE: Final = re.compile(r"(?<!\w)\*{1,3}(?=\w)|(?<=[\w.:!?؟…])\*{2,3}(?!\w)")


def words_of(sentence: str) -> str:
    """A sentence of a reply without Markdown layout and invisible characters.

    A number that begins it (``1. Putin met …``) is treated as a list number. White space becomes single spaces.
    """
    text = _LINE.sub(" ", "".join(character for character in sentence if _draws(character)))
    text = _without_emphasis(_BEFORE.sub("", text, count=1) if _BEFORE.match(text) else text)
    return spaced(" ".join(_LOOSE.sub("", text).split()))


def _without_emphasis(text: str) -> str:
    """The text without paired Markdown emphasis marks. Linear time."""
    opened: dict[str, list[tuple[int, int]]] = {}
    taken: list[tuple[int, int]] = []
    for found in _MARKS.finditer(text):
        start, end = found.span()
        before, after = text[start - 1 : start], text[end : end + 1]
        waiting = opened.setdefault(text[start], [])
        closes = before.strip() and not _is_word(after)
        while closes and waiting and start < end:
            first, last = waiting.pop()
            length = min(last - first, end - start)
            taken += [(last - length, last), (start, start + length)]
            start += length
            if last - length > first:
                waiting.append((first, last - length))
        if start < end and after.strip() and not _is_word(before):
            waiting.append((start, end))
    kept = [0, *(edge for span in sorted(taken) for edge in span), len(text)]
    return "".join(text[start:end] for start, end in zip(kept[::2], kept[1::2], strict=True))


def _is_word(character: str) -> bool:
    return character == "_" or character.isalnum()


def _draws(character: str) -> bool:
    return character.isspace() or character in _KEPT or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co"}


# Removes a model's thinking (``<think> … </think>``) from a stream.

_NAMES: Final = r"(?:think(?:ing)?|thoughts?|reasoning|reflection|analysis|scratchpad)"
_OPENS: Final = re.compile(rf"<\s*{_NAMES}\s*>", re.IGNORECASE)
_CLOSES: Final = re.compile(rf"<\s*/\s*{_NAMES}\s*>", re.IGNORECASE)
_TAG: Final = re.compile(r"<[\s/A-Za-z]{0,20}$")
"""The beginning of a possible tag."""


class Thoughts:
    """Removes text between thinking tags from a stream of pieces; an unclosed tag hides everything after it.

    For a closing tag without an opening one, which some servers send, only the text still held back is removed.
    """

    def __init__(self) -> None:
        self._held = ""
        self._inside = False

    def feed(self, delta: str) -> str:
        """Add a piece and return the visible text that is now complete."""
        self._held += delta
        read = ""
        while True:
            tag = (_CLOSES if self._inside else _OPENS).search(self._held)
            stray = None if self._inside else _CLOSES.search(self._held)
            if stray and (tag is None or stray.start() < tag.start()):
                read, self._held = "", self._held[stray.end() :]
            elif tag:
                read += "" if self._inside else self._held[: tag.start()]
                self._inside, self._held = not self._inside, self._held[tag.end() :]
            else:
                break
        partial = _TAG.search(self._held)
        ready = partial.start() if partial else len(self._held)
        if not self._inside:
            read += self._held[:ready]
        self._held = self._held[ready:]
        return read

    def rest(self) -> str:
        """Return the text that was held back as a possible tag."""
        held, self._held = self._held, ""
        return "" if self._inside else held


_LONGEST: Final = 8000
"""Code points after which the reply is cut off; the text before that is kept and marked as cut."""


def writer(generate: Generate) -> Drafts:
    """Generator that lets the model write; each sentence is yielded with its citation numbers once complete.

    A refusal in the first sentence ends the reply; a later refusal is yielded in place.
    """

    def write(query: Query, evidence: Sequence[Evidence], cancel: Cancel) -> Iterator[Draft]:
        for again in (False, True):
            prompt = writer_prompt(query.searched, evidence, query.language, again=again)
            first = True
            for draft in _drafts(generate, prompt, cancel, len(evidence)):
                if first and isinstance(draft, Written):
                    if not again and draft.whole and not speaks(without_markers(draft.text), query.language):
                        break
                    first = False
                yield draft
                if isinstance(draft, Refused) and (first or draft.wholly):
                    yield End("stop")
                    return
            else:
                return

    return write


def _drafts(generate: Generate, prompt: Prompt, cancel: Cancel, most: int) -> Iterator[Draft]:
    """Drafts of one reply and its `End`; `most` is the highest evidence number."""
    cutter, thoughts, end, heard = Cutter(), Thoughts(), End(None), 0
    for part in generate(prompt, cancel):
        if isinstance(part, End):
            end = part
            continue
        heard += len(part.text)
        for sentence in cutter.feed(thoughts.feed(part.text)):
            yield from _draft(sentence, most)
        if heard > _LONGEST:
            end = End("length")
            break
    cutter.hold(thoughts.rest())
    *whole, last = cutter.rest() or [""]
    for sentence in whole:
        yield from _draft(sentence, most)
    yield from _draft(last, most, whole=end.finish_reason == "stop" or _ends(last))
    yield end


def _draft(sentence: str, most: int, *, whole: bool = True) -> Iterator[Draft]:
    """The draft for a sentence of a reply; none if it states nothing."""
    written = bracketed(stated(words_of(sentence)), most)
    if not any(map(str.isalnum, without_markers(written))) or (whole and is_courtesy(written)):
        return
    if refuses(written):
        yield Refused(wholly=_is_none(written))
    else:
        yield Written(written, whole)


def _is_none(reply: str) -> bool:
    return "".join(filter(str.isalnum, without_markers(reply))).casefold() == NONE


def _ends(sentence: str) -> bool:
    return MARKER.sub("", sentence).rstrip().endswith((".", "!", "?", "؟", "…"))


class Cutter:
    """Splits a stream into sentences, each with the citation markers after it, normalised to ``[n]``.

    A sentence is yielded only once the next one has begun: ``4`` may become ``4.5``, and ``[1]`` may follow ``.``.
    """

    def __init__(self) -> None:
        self._held = ""
        self._fresh = ""

    def hold(self, delta: str) -> None:
        """Add a piece without looking for complete sentences."""
        self._held = canonical(self._held + self._fresh + delta)
        self._fresh = ""

    def feed(self, delta: str) -> Iterator[str]:
        """Add a piece and yield the sentences that it completes."""
        # Searching the whole text again for each token would take quadratic time for an endless sentence.
        if len(self._held) > _WINDOWS[-1] and len(self._fresh) + len(delta) < len(self._held) // 4:
            self._fresh += delta
            return
        self.hold(delta)
        while (end := _first_end(self._held)) is not None:
            sentence, self._held = self._held[:end].strip(), self._held[end:]
            if sentence:
                yield sentence

    def rest(self) -> list[str]:
        """Sentences left at the end of the stream; the last may be unfinished."""
        left = []
        self.hold("")
        while (end := _first_end(self._held, ended=True)) is not None:
            left.append(self._held[:end].strip())
            self._held = self._held[end:]
        held, self._held = self._held.strip(), ""
        return [piece for piece in (*left, held) if piece]


# Possessive quantifiers: ambiguous white space would take exponential time on a line of twenty markers.
_ONE: Final = MARKER.pattern.removeprefix(r"\s?")
_NUMBERS: Final = rf"(?:{_ONE}[^\S\n]*+[.،,]?[^\S\n]*+)++"
_LINE_OF_ITS_OWN: Final = re.compile(rf"[^\S\n]?(?:{_NUMBERS}(?:\n\s*+|$))++")
_LEADING: Final = re.compile(rf"(?:(?:{MARKER.pattern}|[(（]\d+(?:[,،]\s?\d+)*[)）])[^\S\n]*+[.،,]?[^\S\n]*+)++")
_UNDECIDED: Final = re.compile(r"[\[【［(（][^\])】）］]{0,40}$")
"""The beginning of a possible marker."""


_WINDOWS: Final = (200, 800)
"""Code points: the first sentence end is searched in windows of these sizes before the whole text."""
_MARGIN: Final = 100
"""Code points after a sentence that may determine whether and where it ends."""


def _first_end(held: str, *, ended: bool = False) -> int | None:
    """Offset where the first sentence and its markers end, if the next sentence has begun."""
    for window in _WINDOWS:
        if len(held) > window:
            end = _end_within(held[:window], ended=ended)
            if end is not None and end <= window - _MARGIN:
                return end
    return _end_within(held, ended=ended)


def _end_within(held: str, *, ended: bool) -> int | None:
    spans = sentences(held, Span(0, len(held)))
    if len(spans) < 2:
        return None
    end = spans[0].end
    # If markers precede their sentences, those after this sentence belong to the next one.
    before = MARKER.match(held.lstrip())
    # At the start of a line, a marker belongs to the text after it; (2) is a list number.
    fresh = "\n" in held[:end][len(held[:end].rstrip()) :]
    behind = None if before else (_LINE_OF_ITS_OWN if fresh else _LEADING).match(held, end)
    end = behind.end() if behind else end
    begun = held[end:].lstrip()
    return end if begun and (before or ended or not _UNDECIDED.match(begun)) else None
