"""Find links in a model's text: URLs, hosts, e-mail and IP addresses, as browsers and Markdown renderers read them.

There is no list of top-level domains: every ``label.label`` that can be a host counts. Numbers, dates, abbreviations
and ellipses do not. A sentence that ends without a space (``left.Then``, «قال.ثم») also looks like a host: `spaced`
inserts the space, which removes the host without losing a word, so `links` does not report it. Linear time.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address
from itertools import pairwise
from typing import Final

from rag.types import Span

_DOTS: Final = "\u3002\uff0e\uff61\u2024\ufe52"
"""Characters that a browser, or NFKC, treats as the dot of a host."""
_INVISIBLE: Final = frozenset({"Mn", "Me", "Cf"})
"""Unicode categories that are invisible on their own; IDNA drops most of them from a host."""
_TAIL: Final = re.compile(r"(?::\d{1,5}(?!\d))?(?:[/\\]\S*|[?#]\w+=\S*)|:\d{2,5}(?!\d)")
"""A port, path or query after a host."""
_CLOSING: Final = ".,;!?)]}»”’'\"،؛؟…"

_DOTTED: Final = re.compile(r"(?<![\w-])[\w-]++(?:\.[\w-]++)++")
_OTHER: Final = re.compile(
    r"!?\[[^\[\]\n]*+\](?:\([^)\n]*+\)?|\[[^\[\]\n]*+\])|"  # [x](y), ![x](y), [x][y]
    r"\b[a-z][a-z0-9+.-]{0,20}:\s*+/{2}\S*|"
    r"\b(?:https?|ftps?|wss?):[\\/]*+\w\S*|\bhxxps?\b\S*|\b(?:javascript|vbscript)\s*+:\S*|"
    r"\b(?:data|file|blob):\w*+[/;,]\S*|\bmailto\s?:\s?\S*|\b(?:tel|sms|smsto|callto):\+?\d\S*|"
    r"\b(?:xmpp|sips?|skype|facetime|whatsapp|tg|magnet|intent|view-source|bitcoin):\S+|"
    r"(?<![\w:/])/{2}[\w\[]\S*|(?<!\w)\\{2}\w\S*|\bwww\s?\.\s?\w\S*|"
    r"(?<![\w.+-])[\w.+-]++@(?:\[\S+|[\w.-]*[^\W\d_][\w.-]*)|"
    r"(?<![\w.-])[\w.-]++\s?[\[({<‹]\s?(?:[.@]|(?-i:dot|at)|نقطة)\s?[\])}>›]\s?\w[\w.-]*(?:/\S*)?|"  # evil[.]top
    r"(?<![\w.-])[\w.-]++%(?:2e|e3%80%82|ef%bc%8e|ef%bd%a1)\w\S*|"
    r"(?<![\w-])xn--\w[\w-]*|\blocalhost\b(?::\d+)?(?:/\S*)?|"
    # An IPv4 address as one number: alone only in hexadecimal, else with a port, path or query.
    r"(?<![\w.])0x[0-9a-f]{7,8}\b\S*|"
    r"(?<![\w.,])(?:0x[0-9a-f]++|\d{8,12}+)(?:(?::\d{1,5})?(?:/[^\W\d]|\?\w+=)\S*|:\d{2,5}(?!\d))",
    re.IGNORECASE,
)
_IPV6: Final = re.compile(
    r"\[(?P<bracketed>[0-9a-f:]++(?:\.\d++)*+)(?:%\w++)?\]\S*|(?<![\w:.\[])(?P<bare>[0-9a-f:]++(?:\.\d++)*+)(?!\w)",
    re.IGNORECASE,
)

_NO_WORDS: Final = frozenset("com org net info biz xyz io ru cn gov edu uk eu sy ae sa qa iq gg".split())  # noqa: SIM905
"""Top-level domains that begin no sentence, even with a capital (``Evil.Com``)."""
_SPELT: Final = frozenset(
    """اه ايه بي سي دي اي اف جي اتش جيه كيه كي ال ام ان او كيو ار اس تي يو في فى بى تى جى دبليو اكس واي زد
    زي""".split()  # noqa: SIM905
)
"""Latin letters as spelled in Arabic: سي.إن.إن."""
_HAMZAS: Final = str.maketrans("أإآ", "ااا")
_UNITS: Final = frozenset(["sq", "cu", "vs", "etc"])
"""Abbreviations before a lower-case word, after which the space is often missing (sq.km)."""
_QUAD: Final = 4
_OCTET: Final = 255
_FEWEST_GROUPS: Final = 3
"""Minimum number of groups of an IPv6 address without brackets: ``12::30`` is a mistyped time."""


def links(text: str) -> list[Span]:
    """Spans of the links of a text, in order and without overlap, in its code points."""
    seen = _Seen.of(text)
    found = sorted(_found(seen))
    merged: list[Span] = []
    for span in found:
        if merged and span.start < merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(span.end, merged[-1].end))
        else:
            merged.append(span)
    return [seen.original(span) for span in merged]


def foreign_links(text: str, sources: Sequence[str]) -> list[Span]:
    """Links of a text that none of `sources` contains. A host may be repeated without the rest of its URL."""
    if not (found := links(text)):
        return []
    known = [_Seen.of(source).text.casefold() for source in sources]
    return [span for span in found if not any(_has(source, span.of(text)) for source in known)]


def spaced(text: str) -> str:
    """Insert a missing space after a full stop before the next sentence or word.

    That is before a capital (``left.Then``), before an Arabic word, and after initials (``U.S.and``).
    """
    seen = _Seen.of(text)
    gaps = [seen.places[at] for one in _dotted(seen) for _, at in pairwise(one.starts)]
    return "".join(text[start:end] + " " * (end < len(text)) for start, end in pairwise([0, *gaps, len(text)]))


def _has(source: str, link: str) -> bool:
    piece = re.escape(_Seen.of(link).text.casefold())
    return re.search(rf"(?<![\w.-])(?:www\.)?{piece}(?![\w-]|\.\w)", source) is not None


@dataclass(frozen=True, slots=True)
class _Seen:
    """A text as a browser reads hosts: compatibility forms resolved, one kind of dot, no invisible characters.

    ``places[i]`` is the offset in `source` of the i-th character of `text`.
    """

    source: str
    text: str
    places: list[int]

    @classmethod
    def of(cls, text: str) -> _Seen:
        characters: list[str] = []
        places: list[int] = []
        for at, character in enumerate(text):
            if character == "\\" and text[at + 1 : at + 2] in tuple(".:/@"):  # a Markdown escape
                continue
            for one in _resolved(character):
                characters.append(one)
                places.append(at)
        places.append(len(text))
        return cls(text, "".join(characters), places)

    def original(self, span: Span) -> Span:
        return Span(self.places[span.start], self.places[span.end - 1] + 1)


@lru_cache(4096)
def _resolved(character: str) -> str:
    if character in "*`":  # Markdown emphasis and code inside a word
        return ""
    resolved = unicodedata.normalize("NFKC", character)
    kept = "".join(one for one in resolved if unicodedata.category(one) not in _INVISIBLE)
    return "".join("." if one in _DOTS else one for one in kept)


def _found(seen: _Seen) -> Iterator[Span]:
    for one in _OTHER.finditer(seen.text):
        yield _trimmed(one)
    for one in _IPV6.finditer(seen.text):
        if _is_ipv6(one["bracketed"] or one["bare"], bare=one["bracketed"] is None):
            yield _trimmed(one)
    for dotted in _dotted(seen):
        for start, end in pairwise([*dotted.starts, dotted.end]):
            host = seen.text[start:end].rstrip(".")
            last = end == dotted.end
            kept = _host(host.split("."), dotted.tail if last else "")
            if kept == len(host.split(".")):
                tail = len(dotted.tail.rstrip(_CLOSING)) if last else 0
                yield Span(start, start + len(host) + tail)
            elif kept:
                yield Span(start, start + len(".".join(host.split(".")[:kept])))


def _trimmed(found: re.Match[str]) -> Span:
    """Span of a match without trailing sentence punctuation; matching brackets stay."""
    own = found.group().startswith(("[", "!"))
    return Span(found.start(), found.start() + (len(found.group()) if own else len(found.group().rstrip(_CLOSING))))


@dataclass(frozen=True, slots=True)
class _Dotted:
    """Words joined by dots; ``starts`` are the indexes at which each stretch between two sentences begins; and what
    follows."""

    starts: list[int]
    end: int
    tail: str


def _dotted(seen: _Seen) -> Iterator[_Dotted]:
    for found in _DOTTED.finditer(seen.text):
        start, end = found.span()
        labels = found.group().split(".")
        tail = _TAIL.match(seen.text, end)
        whole = (
            tail is not None
            or labels[0].casefold() == "www"
            or seen.text.endswith(("@", "//"), 0, start)
            or _disguised(seen, start, end)
        )
        starts, at, initials = [start], start, 0
        for before, label in pairwise(labels):
            at += len(before) + 1
            initials = initials + 1 if len(before) == 1 and initials >= 0 else -1
            if not whole and _begins(label, before, initials):
                starts.append(at)
                initials = 0
        yield _Dotted(starts, end, tail.group() if tail else "")


def _disguised(seen: _Seen, start: int, end: int) -> bool:
    """Whether a dot is one of the substitute characters, with which no Arabic or English sentence ends."""
    return any(seen.source[seen.places[at]] in _DOTS for at in range(start, end) if seen.text[at] == ".")


def _begins(label: str, before: str, initials: int) -> bool:
    """Whether a label begins a sentence, or a word after an abbreviation.

    `initials` is the number of labels before it in the sentence if all of them are initials, else -1.
    """
    if len(label) == 1 or not label[0].isalpha():
        return False
    if _arabic(label[0]):
        return not (_spelt(label) and _spelt(before))
    if label.casefold() in _NO_WORDS:
        return False
    if _latin(label[0]) and label[0].isupper() and any(map(str.islower, label)):
        return True
    return initials > 1 or before.casefold() in _UNITS


def _host(labels: Sequence[str], tail: str) -> int:
    """Number of labels, from the first, that form a host or an address; 0 if none do.

    The last label of a host has at least two letters and no digit, or is Punycode.
    """
    figures = next((place for place, label in enumerate(labels) if not _is_number(label)), len(labels))
    if figures == len(labels):
        return figures if _is_ipv4(labels) or (tail and re.search(r"[?=&]", tail)) else 0
    if all(map(_spelt, labels)):
        return 0
    for count in range(len(labels), max(figures, 1), -1):
        last = labels[count - 1].strip("_")
        if last.casefold().startswith("xn--") or (len(last) > 1 and last[0] != "-" and last.replace("-", "").isalpha()):
            return count
    return 0


def _is_number(label: str) -> bool:
    return label.isdecimal() or re.fullmatch(r"0x[0-9a-f]*", label, re.IGNORECASE) is not None


def _is_ipv4(labels: Sequence[str]) -> bool:
    """Whether the labels are four octets in any base that a browser reads, or fewer with one in hexadecimal; not
    thousands (1.500.000.000)."""
    if any(label.casefold().startswith("0x") for label in labels):
        return len(labels) <= _QUAD
    return (
        len(labels) == _QUAD and labels[-1] != "000" and all(int(label) <= _OCTET or _octal(label) for label in labels)
    )


def _octal(label: str) -> bool:
    return label.startswith("0") and not set(label) & {"8", "9"} and label.isascii() and int(label, 8) <= _OCTET


def _is_ipv6(address: str, *, bare: bool) -> bool:
    if bare and len([one for one in address.split(":") if one]) < _FEWEST_GROUPS:
        return False
    try:
        IPv6Address(address)
    except AddressValueError:
        return False
    return True


def _spelt(label: str) -> bool:
    letter = label.translate(_HAMZAS)
    return letter in _SPELT or letter[1:] in _SPELT


def _arabic(character: str) -> bool:
    return "\u0600" <= character <= "\u08ff"


def _latin(character: str) -> bool:
    return character <= "\u024f"
