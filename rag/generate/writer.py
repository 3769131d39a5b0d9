"""A writer model's reply → drafts, a sentence each, as soon as it is complete (DESIGN, decision 4). Checks no claim.

Layout, courtesies and what the model thinks aloud are no drafts. A reply that begins in another language than the
question's is asked for once more, before anything of it was handed on.
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

# A model's Markdown → the words in it: list marks, headings, fences and emphasis are its layout and no claim.
#
# What is left is what is checked and what is shown, so nothing that is taken off here can hide from a check. Where
# the space behind a full stop is missing it is put in, so that two sentences are no host (`rag.text.links`). Links,
# images and tags are left as they are: those are for `rag.generate.review` to refuse.

_KEPT: Final = {"\u200c", "\u200d"}
"""Joiners, which Persian and some names are spelt with."""

# Possessive throughout: what a model sends must not cost the square of its length.
_BEFORE: Final = re.compile(
    r"(?:\s*+(?:#{1,6}(?=\s|$)|>++(?=\s)|[-*+•●▪◦–—·](?=\s)|\d{1,2}[.)\-–](?=\s)|[(（]\d{1,2}[)）](?=\s))\s*+)++"
)
_LINE: Final = re.compile(r"^(?:[^\w\n]++|[^\S\n]*+(?:_{3,}+|`{3,}+\w*+)[^\S\n]*+)$", re.MULTILINE)
"""A rule, a fence, or signs alone."""
_MARKS: Final = re.compile(r"\*++|_++|`++|~{2,}+")
_LOOSE: Final = re.compile(r"(?<!\w)\*{1,3}(?=\w)|(?<=[\w.:!?؟…])\*{2,3}(?!\w)")


def words_of(sentence: str) -> str:
    """A sentence of a reply without its layout: what begins a line of a list, emphasis, and what draws nothing.

    A number that begins it (``1. Putin met …``) is that of a list. Spaces are single.
    """
    text = _LINE.sub(" ", "".join(character for character in sentence if _draws(character)))
    text = _without_emphasis(_BEFORE.sub("", text, count=1) if _BEFORE.match(text) else text)
    return spaced(" ".join(_LOOSE.sub("", text).split()))


def _without_emphasis(text: str) -> str:
    """The text without the marks of Markdown that open and close something, each with its pair. Linear in the text."""
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


# What a model thinks aloud before it answers (``<think> … </think>``) → nothing. A stream in, a stream out.

_NAMES: Final = r"(?:think(?:ing)?|thoughts?|reasoning|reflection|analysis|scratchpad)"
_OPENS: Final = re.compile(rf"<\s*{_NAMES}\s*>", re.IGNORECASE)
_CLOSES: Final = re.compile(rf"<\s*/\s*{_NAMES}\s*>", re.IGNORECASE)
_TAG: Final = re.compile(r"<[\s/A-Za-z]{0,20}$")
"""What may yet become a tag."""


class Thoughts:
    """Pieces of a reply → the same without what stands between the tags; a thought without an end hides all after it.

    Of an end without a beginning, which some servers leave over, only what is still held is taken back.
    """

    def __init__(self) -> None:
        self._held = ""
        self._inside = False

    def feed(self, delta: str) -> str:
        """What may be read of the reply so far, and was not given before."""
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
        """What was held because it might have become a tag."""
        held, self._held = self._held, ""
        return "" if self._inside else held


LONGEST: Final = 8000
"""Code points after which a reply is not listened to any more; what came before is kept, as cut."""


def writer(generate: Generate) -> Drafts:
    """The model writes; each sentence is handed on as soon as it is complete, its numbers with it.

    A refusal in the first sentence ends the reply; a later one is handed on between the others.
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
    """The drafts of one reply, the end among them; `most` is the highest number of evidence."""
    cutter, thoughts, end, heard = Cutter(), Thoughts(), End(None), 0
    for part in generate(prompt, cancel):
        if isinstance(part, End):
            end = part
            continue
        heard += len(part.text)
        for sentence in cutter.feed(thoughts.feed(part.text)):
            yield from _draft(sentence, most)
        if heard > LONGEST:
            end = End("length")
            break
    cutter.hold(thoughts.rest())
    *whole, last = cutter.rest() or [""]
    for sentence in whole:
        yield from _draft(sentence, most)
    yield from _draft(last, most, whole=end.finish_reason == "stop" or _ends(last))
    yield end


def _draft(sentence: str, most: int, *, whole: bool = True) -> Iterator[Draft]:
    """The draft that a sentence of a reply is; none where it states nothing."""
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
    """Pieces of a stream → its sentences, each with the markers behind it, whatever their form, as ``[n]``.

    A sentence is given only once the next has begun: ``4`` may become ``4.5`` and ``.`` may be followed by ``[1]``.
    """

    def __init__(self) -> None:
        self._held = ""
        self._fresh = ""

    def hold(self, delta: str) -> None:
        """Take a piece without looking whether it completes a sentence."""
        self._held = canonical(self._held + self._fresh + delta)
        self._fresh = ""

    def feed(self, delta: str) -> Iterator[str]:
        """The sentences that this piece completes."""
        # Read anew for each token, a sentence without an end would cost the square of its length.
        if len(self._held) > _WINDOWS[-1] and len(self._fresh) + len(delta) < len(self._held) // 4:
            self._fresh += delta
            return
        self.hold(delta)
        while (end := _first_end(self._held)) is not None:
            sentence, self._held = self._held[:end].strip(), self._held[end:]
            if sentence:
                yield sentence

    def rest(self) -> list[str]:
        """The sentences that are left when the stream has ended; the last may be unfinished."""
        left = []
        self.hold("")
        while (end := _first_end(self._held, ended=True)) is not None:
            left.append(self._held[:end].strip())
            self._held = self._held[end:]
        held, self._held = self._held.strip(), ""
        return [piece for piece in (*left, held) if piece]


# Possessive: with white space that two parts may take, a line of twenty markers would take hours.
_ONE: Final = MARKER.pattern.removeprefix(r"\s?")
_NUMBERS: Final = rf"(?:{_ONE}[^\S\n]*+[.،,]?[^\S\n]*+)++"
_LINE_OF_ITS_OWN: Final = re.compile(rf"[^\S\n]?(?:{_NUMBERS}(?:\n\s*+|$))++")
_LEADING: Final = re.compile(rf"(?:(?:{MARKER.pattern}|[(（]\d+(?:[,،]\s?\d+)*[)）])[^\S\n]*+[.،,]?[^\S\n]*+)++")
_UNDECIDED: Final = re.compile(r"[\[【［(（][^\])】）］]{0,40}$")
"""What may yet become a marker."""


_WINDOWS: Final = (200, 800)
"""Code points: the first sentence of what is longer is looked for in so many first, and only then in all of it."""
_MARGIN: Final = 100
"""Code points behind a sentence that may tell whether and where it ends."""


def _first_end(held: str, *, ended: bool = False) -> int | None:
    """Where the first sentence and its markers end, if the one after it has begun."""
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
    # Where numbers stand before their sentences, those behind this one belong to the next.
    before = MARKER.match(held.lstrip())
    # At the beginning of a line a number belongs to what follows on it; (2) is that of a list.
    fresh = "\n" in held[:end][len(held[:end].rstrip()) :]
    behind = None if before else (_LINE_OF_ITS_OWN if fresh else _LEADING).match(held, end)
    end = behind.end() if behind else end
    begun = held[end:].lstrip()
    return end if begun and (before or ended or not _UNDECIDED.match(begun)) else None
