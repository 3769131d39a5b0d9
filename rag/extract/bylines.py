"""Who wrote it: bylines, datelines and credits of a line, each by its shape. It knows no page.

A name that stands alone is a person's, a place's or a heading: without a word that says so it is nobody's.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from rag.extract.lines import Line
from rag.extract.outlets import NOT_OUTLETS, Outlets
from rag.text.names import places
from rag.text.words import words
from rag.types import Span

EDGES: Final = " \t\u00a0-–—*•·|:.…<>«»“”\"'#[]()‹›→←+"

# Words that say that an author follows; those of the second group are also words of a headline.
_SURE: Final = (
    r"(?:words |reported |written |story )?by|author|from|بقلم|اعداد|اعده|اعدته|اعد التقرير|اعدت التقرير|تقرير|ترجمه"
    r"|الكاتب|المحرر|حرر من طرف|حاوره|حاورته"
    r"|مراسلنا|مراسلتنا|كتب(?:ت|ه|ها)?\s*[:/–-]|تحرير\s*[:/–-]|مراسل(?:ه|نا|تنا)?(?: [\w. ]{2,20})?\s*[:/–-]"
)
_LIKELY: Final = r"كتب(?:ت|ه|ها)?|تحرير|مراسل(?:ه|نا|تنا)?"
STARTS: Final = re.compile(rf"(?:{_SURE}|{_LIKELY})(?!\w)")
_LABEL: Final = re.compile(rf"\W*(?P<label>{_SURE}|{_LIKELY})(?!\w)\s*[:/–-]?\s*(?=\w)")
_NAME_ENDS: Final = re.compile(
    r"\s*[,،|()–—/:\0]|\s-|-\s|\s(?:في|من|عن|الي|in|from|at|on|for|and|with|writes)\s|\s*\d|\s*$"
)
_ROLE: Final = re.compile(
    r"\W*(?P<name>[^,،|:]{4,40}?)\s*[,،|–—-]\s*(?:the |our )?(?:[\w&'-]+ ){0,3}"
    r"(?:writers?|reporters?|correspondents?|editors?|columnists?|contributors?|journalists?)\W*"
    r"|\W*(?P<person>[^,،|:–—-]{4,40}?)\s*[,،|–—-]\s*(?:مراسل|محرر|صحفي|صحافي|كاتب|اعلامي)(?:ه|نا|تنا)?(?!\w).{0,40}"
)
_HONORIFIC: Final = re.compile(
    r"\W*(?P<name>(?:ا?\.?د|د|م|ا)\s?[./]\s?[^\W\d]{2,}(?: [^\W\d]+){1,4}|(?:dr|prof)\.? .{4,40})\W*"
)
_NOBODY: Final = NOT_OUTLETS | {
    "staff reporter", "staff writer", "our correspondent", "our reporter", "admin", "editor", "مراسلنا", "المحرر",
    "فريق التحرير", "التحرير", "هيئه التحرير", "قسم الاخبار", "غرفه الاخبار", "the editors", "news desk", "newsroom",
}  # fmt: skip
# Two spaces are where the normal form took out a tatweel that stood for a dash.
_DASH: Final = re.compile(r"\s*[-–—/|،,:]\s*|\s+\(|(?<=خاص)\s+|\s{2,}")
_PLACE_AND_NAME: Final = re.compile(
    r"\W*(?P<a>[^-–—/|،,:()]{3,40}?)(?:\s*[-–—]\s*|\s{2,})(?P<b>[^-–—/|،,:()]{3,40}?)\s*:?"
    r"|\W*(?P<person>[^-–—/|،,:()]{3,40}?)\s*\((?P<place>[^()]{3,30})\)\s*:?"
)
_OPENING: Final = re.compile(
    r"[^():،]{2,45}?\s?[:،,]?\s?(?:\(\s?(?P<inside>[^()]{2,25})\)|[–—/-]\s?(?P<after>[\w.]+(?: [\w.]+){0,3}))"
    r"|(?P<before>[\w. ]{2,25}?)\s?[–—-]\s?[\w ]{2,25}:\s"
)
_CREDIT: Final = re.compile(
    r"(?P<label>(?:المصدر|source)\s*:?\s*)?\((?:(?:فيديو|صوره|المصدر|source)\s*:?\s*)?(?P<name>[\w. ]{2,25}?)\)\W*$"
    r"|(?:المصدر|source)\s*:\s*(?P<source>[\w. ]{2,30}?)\W*$"
)
_INITIALS: Final = re.compile(r"[.!؟?»”\")]\s*(?P<name>[ء-ي](?: [ء-ي]){1,2})\s*(?:\((?:صوره|الصوره)[^()]{0,20}\)\s*)?$")
_LONGEST_CREDIT: Final = 120
_SMALL: Final = frozenset(["de", "da", "del", "der", "di", "bin", "ibn", "van", "von", "al", "el", "la", "le", "and"])


class Dateline(NamedTuple):
    """A place and who reports from it. `outlet` is a name in the table or in quotation marks."""

    outlet: Span | None
    author: Span | None


def byline(line: Line, outlets: Outlets, *, titled: bool = True) -> tuple[bool, Span | None]:
    """Whether `line` is a byline, and the name in it. Before the title (`titled` false) it must say so for sure."""
    if line.words > 12 or line.ends_with_stop or len(line.text) > 120:
        return False, None
    label = _LABEL.match(line.normal)
    if label and (titled or re.fullmatch(_SURE, label["label"])):
        end = _NAME_ENDS.search(line.normal, label.end())
        name = (label.end(), end.start() if end else len(line.normal))
        known = outlets.named(line.normal[slice(*trimmed(line.normal, *name))]) is not None
        if (known or _is_name(line, *name)) and len(line.normal[name[1] :].split()) <= 8:
            return True, _name(line, *name)
        return line.words <= 7 and not line.is_latin and bool(re.match(r"\W*(?:بقلم|اعداد)", line.normal)), None
    role = _ROLE.fullmatch(line.normal) or (_HONORIFIC.fullmatch(line.normal) if titled else None)
    if role:
        group = "name" if role["name"] else "person"
        if _is_name(line, *role.span(group)):
            return True, _name(line, *role.span(group))
    person = _with_place(line, outlets) if titled else None
    return person is not None or line.normal.strip(EDGES) in _NOBODY - NOT_OUTLETS, person


def _with_place(line: Line, outlets: Outlets) -> Span | None:
    """The name in « الأحساء - عماد السلمان » and « مريم الصغير (الرياض) »: what stands beside a place that is known."""
    match = _PLACE_AND_NAME.fullmatch(line.normal)
    for person, place in (("a", "b"), ("b", "a"), ("person", "place")) if match else ():
        if not match or not match[person] or outlets.named(match[person].strip(EDGES)):
            continue
        if re.match(r"[«“\"]", match[person]):  # in quotation marks it is a paper's
            continue
        if _is_place(match[place]) and not _is_place(match[person]):
            return _name(line, *match.span(person)) if _is_name(line, *match.span(person)) else None
    return None


def dateline(line: Line, outlets: Outlets) -> Dateline | None:
    """Whether `line` is a place and who reports (« موسكو – سانا », « الرياض - الوئام - علي القرني: »)."""
    if len(line.normal) > 60 or line.words > 9 or line.ends_sentence:
        return None
    cuts = [0, *(edge for match in _DASH.finditer(line.normal) for edge in match.span()), len(line.normal)]
    parts = [trimmed(line.normal, start, end) for start, end in zip(cuts[::2], cuts[1::2], strict=True)]
    parts = [(start, end) for start, end in parts if start < end]
    if not 2 <= len(parts) <= 4 or any(len(line.normal[start:end].split()) > 4 for start, end in parts):
        return None
    said = [line.normal[start:end] for start, end in parts]
    quoted = re.search(r"[«“\"](.{2,30})[»”\"]\s*$", line.normal)
    named = [part for part, name in zip(parts, said, strict=True) if outlets.named(name)]
    marked = any(name in NOT_OUTLETS or (" " not in name and name.endswith("خاص")) for name in said)
    if named:
        rest = [part for part, name in zip(parts, said, strict=True) if part not in named and name not in NOT_OUTLETS]
        # A headline may name an outlet too (« الجزيرة: قطر ترفض »): the other parts are short, or known places.
        if len(rest) < len(parts) and all(_is_short(line, part) for part in rest):
            return Dateline(line.part(*named[-1]), _person(line, rest))
    if quoted and (marked or line.words <= 4):
        return Dateline(line.part(*quoted.span(1)), None)
    return Dateline(None, None) if marked else None


def opening(line: Line, outlets: Outlets) -> Span | None:
    """« موسكو-سانا بحث وزير » and "MOSCOW (Reuters) - Putin": the agency that a paragraph begins with."""
    match = _OPENING.match(line.normal)
    for group in ("inside", "after", "before") if match else ():
        said = (match[group] or "").split() if match else []
        for count in range(len(said), 0, -1):
            name = " ".join(said[:count])
            if match and outlets.named(name.rstrip(".")) and match[group].startswith(name):
                return line.part(match.start(group), match.start(group) + len(name.rstrip(".")))
    return None


def credit(line: Line, outlets: Outlets) -> Span | None:
    """Whom the end of a paragraph credits: « (أ ف ب) », « المصدر (العربية) », or the initials of who wrote it."""
    end = max(0, len(line.normal) - _LONGEST_CREDIT)
    match = _CREDIT.search(line.normal, end)
    if match:
        group = "name" if match["name"] else "source"
        name = match[group].strip()
        if outlets.named(name) or (match["label"] and name not in NOT_OUTLETS):
            return line.part(*trimmed(line.normal, *match.span(group)))
    initials = _INITIALS.search(line.normal, end)
    return line.part(*initials.span("name")) if initials else None


def trimmed(text: str, start: int, end: int, edges: str = EDGES) -> tuple[int, int]:
    """The part of ``text[start:end]`` without `edges` at its ends."""
    part = text[start:end]
    return start + len(part) - len(part.lstrip(edges)), start + len(part.rstrip(edges))


def _is_short(line: Line, part: tuple[int, int]) -> bool:
    name = line.normal[slice(*part)]
    return len(name.split()) <= 3


def _is_place(name: str) -> bool:
    """Whether the whole of a name is that of a place that is known."""
    found = words(name)
    return any(place.first == 0 and place.last == len(found) for place in places(name, found))


def _person(line: Line, rest: list[tuple[int, int]]) -> Span | None:
    """Of a place and a name, the name: the part that is no place that is known, if the other one is."""
    people = [part for part in rest if not _is_place(line.normal[slice(*part)])]
    if len(rest) == 2 and len(people) == 1 and _is_name(line, *people[0]):
        return _name(line, *people[0])
    return None


def _is_name(line: Line, start: int, end: int) -> bool:
    """Whether a part reads like the name of a person: 2 to 5 words without digits, Latin ones with capitals."""
    start, end = trimmed(line.normal, start, end)
    name = line.normal[start:end]
    if not 2 <= len(name.split()) <= 5 or name in _NOBODY or any(map(str.isdigit, name)) or name.startswith("مكتب "):
        return False
    written = line.written(start, end).split()
    return all(word[0].isupper() or not word[0].isascii() or word.lower() in _SMALL for word in written)


def _name(line: Line, start: int, end: int) -> Span:
    return line.part(*trimmed(line.normal, start, end))
