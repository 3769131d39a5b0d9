"""A writer model's reply → drafts, a sentence each, as soon as it is complete (DESIGN, decision 4). Checks no claim.

Layout, courtesies and what the model thinks aloud are no drafts. A reply that begins in another language than the
question's is asked for once more, before anything of it was handed on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from threading import Event as Cancel
from typing import Final

from rag.citations import MARKER, bracketed, canonical, without_markers
from rag.generate.courtesies import is_courtesy, stated
from rag.generate.generators import Draft, Drafts, Refused, Written
from rag.generate.markup import words_of
from rag.generate.reply_patterns import refuses
from rag.generate.spoken import speaks
from rag.generate.thoughts import Thoughts
from rag.models.prompts import NONE
from rag.models.writer_prompt import writer_prompt
from rag.text.sentences import sentences
from rag.types import End, Evidence, Generate, Prompt, Query, Span

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
