"""Parse lines of a page by their form: bylines, datelines, credits, labels, addresses and names of sections and sites.

A name alone on a line may be a person, a place or a heading: without a word that marks an author it is not a byline.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from rag.extract.outlets import NOT_OUTLETS, Outlets
from rag.text.entities import class_of, is_people
from rag.text.mentions import says
from rag.text.name_shapes import english_openers, is_common, is_ordinary_arabic, is_ordinary_english
from rag.text.names import places
from rag.text.normalise import Word, has_letters, normalise, words
from rag.types import Span

# Lines of a page: position, normalised form, and whether they look like prose.

_LINE: Final = re.compile(r"[^\r\n\v\f\x85\u2028\u2029]+")
_INVISIBLE: Final = "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\ufeff"
_BLANK: Final = re.compile(f"[\\s{_INVISIBLE}]*")
_FINAL: Final = re.compile("[.!?؟؛…۔][\"”»’')\\]\\s\u200f\u200e]*$")
_TAGS: Final = re.compile(r"<[^<>]*>")
_STOP: Final = re.compile("[^.][.۔][\"”»’')\\]\\s\u200f\u200e]*$")


@dataclass(frozen=True, slots=True)
class PageLine:
    """A line that is not blank. `span` excludes white space at its ends; `normal` is its normalised form.

    `offsets` maps `normal` to code points of the whole text; `gap` is whether a blank line follows.
    """

    span: Span
    text: str
    normal: str
    offsets: tuple[int, ...]
    gap: bool

    @property
    def ends_sentence(self) -> bool:
        return _FINAL.search(self.text) is not None

    @property
    def ends_with_stop(self) -> bool:
        """Whether it ends with exactly one full stop, which titles do not."""
        return _STOP.search(self.text) is not None

    @property
    def is_paragraph(self) -> bool:
        """Whether it looks like prose: long, or a sentence that ends or introduces something; not a long address."""
        closed = (self.ends_sentence and not self.is_cut_short) or self.text.endswith(":")
        long = len(self.text) >= 150 or (len(self.text) >= 60 and closed)
        return long and not ("://" in self.text and self.text.count(" ") < 5)

    @property
    def is_cut_short(self) -> bool:
        """Whether it ends in an ellipsis, as teasers do."""
        return re.search(r"(?:…|\.\.\.|\[…\]|\[\.\.\.\])\s*$", self.text) is not None

    @property
    def words(self) -> int:
        return sum(map(has_letters, self.text.split()))

    @property
    def is_latin(self) -> bool:
        """Whether it contains Latin letters outside tags."""
        return re.search(r"[a-z]", _TAGS.sub("", self.normal)) is not None

    def written(self, start: int, end: int) -> str:
        """The original text of ``normal[start:end]``."""
        span = self.part(start, end)
        return self.text[span.start - self.span.start : span.end - self.span.start]

    def part(self, start: int, end: int) -> Span:
        """The span in the whole text of ``normal[start:end]``, which must not be empty."""
        return Span(self.offsets[start], self.offsets[end] if end < len(self.offsets) else self.span.end)


def line_spans(text: str) -> list[Span]:
    """Spans of the non-blank lines of `text`, in order, without white space at their ends."""
    spans: list[Span] = []
    for match in _LINE.finditer(text):
        lead = _BLANK.match(match.group())
        start = match.start() + (lead.end() if lead else 0)
        if start < match.end():
            spans.append(Span(start, match.start() + len(match.group().rstrip(f" \t\u00a0{_INVISIBLE}"))))
    return spans


def split_lines(text: str) -> list[PageLine]:
    """The non-blank lines of `text`, in order."""
    spans = line_spans(text)
    lines = []
    for span, after in zip(spans, [*(span.start for span in spans[1:]), len(text)], strict=bool(spans)):
        normal, offsets = normalise(span.of(text))
        newlines = text[span.end : after].replace("\r\n", "\n")
        gap = len(re.findall(r"[\r\n\f\x85\u2028\u2029]", newlines)) > 1
        lines.append(PageLine(span, span.of(text), normal, tuple(span.start + offset for offset in offsets), gap))
    return lines


EDGES: Final = " \t\u00a0-–—*•·|:.…<>«»“”\"'#[]()‹›→←+"

# Words that introduce an author; those of the second group also occur in headlines.
_SURE: Final = (
    r"(?:words |reported |written |story )?by|author|from|بقلم|اعداد|اعده|اعدته|اعد التقرير|اعدت التقرير|تقرير|ترجمه"
    r"|الكاتب|المحرر|حرر من طرف|حاوره|حاورته"
    r"|مراسلنا|مراسلتنا|كتب(?:ت|ه|ها)?\s*[:/–-]|تحرير\s*[:/–-]|مراسل(?:ه|نا|تنا)?(?: [\w. ]{2,20})?\s*[:/–-]"
)
_NEVER_NEWS: Final = re.compile(r"بقلم|اعدت?ه|اعدت? التقرير|حرر من طرف|حاورت?ه")
"""Words that no headline begins with. « تقرير », « الكاتب » and "From" begin headlines too."""
_LIKELY: Final = r"كتب(?:ت|ه|ها)?|تحرير|مراسل(?:ه|نا|تنا)?"
STARTS: Final = re.compile(rf"(?:{_SURE}|{_LIKELY})(?!\w)")
_LABEL: Final = re.compile(rf"\W*(?P<label>{_SURE}|{_LIKELY})(?!\w)\s*(?P<mark>[:/–-]?)\s*(?=\w)")
_PRESENT: Final = re.compile(r"[يت]\w{3,}")
"""Form of a verb in the present: « يحذر », « تنوي »."""
_SURNAMES: Final = 2
"""Maximum number of words of a name of which the later ones may be ordinary: « محمد حرب »."""
_NAMED: Final = frozenset({"may", "will"})
"""Names among the words that begin English sentences."""
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
# Two spaces: normalisation removed a tatweel that was used as a dash.
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
    """A place and a reporter. `outlet` is a known name or one in quotation marks."""

    outlet: Span | None
    author: Span | None


def byline(line: PageLine, outlets: Outlets, *, titled: bool = True) -> tuple[bool, Span | None]:
    """Whether `line` is a byline, and the name in it. Before the title (`titled` false), only certain forms count."""
    if line.words > 12 or line.ends_with_stop or len(line.text) > 120:
        return False, None
    label = _LABEL.match(line.normal)
    if label and (titled or re.fullmatch(_SURE, label["label"])):
        end = _NAME_ENDS.search(line.normal, label.end())
        name = (label.end(), end.start() if end else len(line.normal))
        known = outlets.named(line.normal[slice(*trimmed(line.normal, *name))]) is not None
        is_named = known or (_is_name(line, *name) and _is_credible(line, label, name, titled=titled))
        if is_named and len(line.normal[name[1] :].split()) <= 8:
            return True, _name(line, *name)
        return line.words <= 7 and re.match(r"\W*(?:بقلم|اعداد\s*[:/–-])", line.normal) is not None, None
    role = _ROLE.fullmatch(line.normal) or (_HONORIFIC.fullmatch(line.normal) if titled else None)
    if role:
        group = "name" if role["name"] else "person"
        if _is_name(line, *role.span(group)):
            return True, _name(line, *role.span(group))
    person = _with_place(line, outlets) if titled else None
    return person is not None or line.normal.strip(EDGES) in _NOBODY - NOT_OUTLETS, person


def _is_credible(line: PageLine, label: re.Match[str], name: tuple[int, int], *, titled: bool) -> bool:
    """Whether what follows a word for an author is a person, and not the rest of a headline: « تقرير أممي يحذر ».

    In doubt it is a headline, unless a mark is between them (« تقرير: »).
    """
    marked = bool(label["mark"]) or label["label"][-1] in ":/–-"
    said = line.normal[slice(*trimmed(line.normal, *name))].split()
    if said[0].isascii():
        words_only = all(map(is_ordinary_english, said)) and not titled
        from_place = label["label"] == "from" and (is_place(said[0]) or is_place(" ".join(said)))
        author_is = label["label"] == "author" and not marked
        return not (words_only or from_place or author_is or english_openers() & set(said) - _NAMED)
    return _NEVER_NEWS.fullmatch(label["label"]) is not None or _is_arabic_person(said, marked=marked)


def _is_arabic_person(said: Sequence[str], *, marked: bool) -> bool:
    """Whether Arabic words may be a person's name; with `marked`, unless they are sure to be no name."""
    kinds = [class_of(word) for word in said]
    rest = list(zip(said[1:], kinds[1:], strict=True))
    if any(not kind and _PRESENT.match(word) and not is_people(word) for word, kind in rest):
        return False
    if len(said) > _SURNAMES and any(not kind and _is_common(word) and word[:2] != "ال" for word, kind in rest):
        return False
    if marked:
        is_some = any(kinds) or any(word.startswith("ال") for word in said[1:])
        return bool(kinds[0]) or (is_some and not (_is_common(said[0]) or is_people(said[0]) or is_place(said[0])))
    is_word = not kinds[0] and (is_ordinary_arabic(Word(said[0], Span(0, 0))) or is_people(said[0]))
    return not (is_word or is_place(said[0]) or kinds[0] == "al") and any(kind not in ("", "al") for kind in kinds)


def _is_common(word: str) -> bool:
    return is_common(Word(word, Span(0, 0)))


def _with_place(line: PageLine, outlets: Outlets) -> Span | None:
    """The name in « الأحساء - عماد السلمان » and « مريم الصغير (الرياض) »: the part next to a known place."""
    match = _PLACE_AND_NAME.fullmatch(line.normal)
    for person, place in (("a", "b"), ("b", "a"), ("person", "place")) if match else ():
        if not match or not match[person] or outlets.named(match[person].strip(EDGES)):
            continue
        if re.match(r"[«“\"]", match[person]):  # in quotation marks it is a newspaper's
            continue
        if is_place(match[place]) and not is_place(match[person]):
            return _name(line, *match.span(person)) if _is_name(line, *match.span(person)) else None
    return None


def dateline(line: PageLine, outlets: Outlets) -> Dateline | None:
    """The place and reporter if `line` is a dateline (« موسكو – سانا », « الرياض - الوئام - علي القرني: »)."""
    if len(line.normal) > 60 or line.words > 9 or line.ends_sentence:
        return None
    cuts = [0, *(edge for match in _DASH.finditer(line.normal) for edge in match.span()), len(line.normal)]
    parts = [trimmed(line.normal, start, end) for start, end in zip(cuts[::2], cuts[1::2], strict=True)]
    parts = [(start, end) for start, end in parts if start < end]
    if not 2 <= len(parts) <= 4 or any(len(line.normal[start:end].split()) > 4 for start, end in parts):
        return None
    said = [line.normal[start:end] for start, end in parts]
    quoted = re.search(r"(?:(?<=[^\w\s])|(?<=مكتب)|(?<=خاص))\s*[«“\"](.{2,30})[»”\"]\s*$", line.normal)
    if quoted and ":" in line.normal[: quoted.start()] and not is_place(said[0]):
        quoted = None  # what somebody says, in a headline
    named = [part for part, name in zip(parts, said, strict=True) if outlets.named(name)]
    marked = any(name in NOT_OUTLETS or (" " not in name and name.endswith("خاص")) for name in said)
    if named:
        rest = [part for part, name in zip(parts, said, strict=True) if part not in named and name not in NOT_OUTLETS]
        # A headline may name an outlet too (« الجزيرة: قطر ترفض »): the other parts must be short, or known places.
        if len(rest) < len(parts) and all(_is_short(line, part) for part in rest):
            return Dateline(line.part(*named[-1]), _person(line, rest))
    if quoted and (marked or line.words <= 4):
        return Dateline(line.part(*quoted.span(1)), None)
    return Dateline(None, None) if marked else None


def opening(line: PageLine, outlets: Outlets) -> Span | None:
    """Span of the agency at the start of a paragraph: « موسكو-سانا بحث وزير » and "MOSCOW (Reuters) - Putin"."""
    match = _OPENING.match(line.normal)
    for group in ("inside", "after", "before") if match else ():
        said = (match[group] or "").split() if match else []
        for count in range(len(said), 0, -1):
            name = " ".join(said[:count])
            if match and outlets.named(name.rstrip(".")) and match[group].startswith(name):
                return line.part(match.start(group), match.start(group) + len(name.rstrip(".")))
    return None


class Credit(NamedTuple):
    """An agency or initials at the end of a line; `alone`: whether the line has nothing else but a place."""

    name: Span
    alone: bool


def credit(line: PageLine, outlets: Outlets) -> Credit | None:
    """The credit at the end of a paragraph: « (أ ف ب) », « المصدر (العربية) », or the author's initials."""
    end = max(0, len(line.normal) - _LONGEST_CREDIT)
    match = _CREDIT.search(line.normal, end)
    if match:
        group = "name" if match["name"] else "source"
        name = match[group].strip()
        if outlets.named(name) or (match["label"] and name not in NOT_OUTLETS):
            before = line.normal[: match.start()].strip(EDGES)
            return Credit(line.part(*trimmed(line.normal, *match.span(group))), not before or is_place(before))
    initials = _INITIALS.search(line.normal, end)
    return Credit(line.part(*initials.span("name")), alone=False) if initials else None


def trimmed(text: str, start: int, end: int, edges: str = EDGES) -> tuple[int, int]:
    """Offsets of ``text[start:end]`` without `edges` at its ends."""
    part = text[start:end]
    return start + len(part) - len(part.lstrip(edges)), start + len(part.rstrip(edges))


def _is_short(line: PageLine, part: tuple[int, int]) -> bool:
    name = line.normal[slice(*part)]
    return len(name.split()) <= 3


def is_place(name: str) -> bool:
    """Whether the whole name is that of a known place."""
    found = words(name)
    return any(place.first == 0 and place.last == len(found) for place in places(name, found))


def _person(line: PageLine, rest: list[tuple[int, int]]) -> Span | None:
    """Of a place and a name, the name: the part that is not a known place, if the other one is."""
    people = [part for part in rest if not is_place(line.normal[slice(*part)])]
    if len(rest) == 2 and len(people) == 1 and _is_name(line, *people[0]):
        return _name(line, *people[0])
    return None


def _is_name(line: PageLine, start: int, end: int) -> bool:
    """Whether a part looks like a person's name: 2 to 5 words without digits, Latin ones capitalised."""
    start, end = trimmed(line.normal, start, end)
    name = line.normal[start:end]
    if not 2 <= len(name.split()) <= 5 or name in _NOBODY or any(map(str.isdigit, name)) or name.startswith("مكتب "):
        return False
    written = line.written(start, end).split()
    return all(word[0].isupper() or not word[0].isascii() or word.lower().split("-")[0] in _SMALL for word in written)


def _name(line: PageLine, start: int, end: int) -> Span:
    return line.part(*trimmed(line.normal, start, end))


# Lines recognised by their form: « label: value », « <label>value</label> », a site's address, a rights notice.
#
# Each rule looks at one line alone.

_RIGHTS: Final = re.compile(
    r"©|\(c\) ?\d{4}|copyright|all rights reserved|(?:جميع|كافه|كل) الحقوق محفوظه|حقوق (?:النشر"
    r"|الطبع)(?: والنشر)? محفوظه"
)
_RIGHTS_SIGN: Final = re.compile(
    r"©|\(c\)|all rights reserved|حقوق|copyright\W*\d{4}|\d{4}\W*copyright|^\W*copyright\W*$"
)
_COPYRIGHT: Final = re.compile(r"\W*(?i:copyright)\W+(?:by |of )?(?=[^\Wa-z])")
"""The word and a name; before another word it is news of a copyright."""
_RIGHTS_FIRST: Final = re.compile(r"\W*(?:©|\(c\)|copyright|(?:all|جميع|كافه|كل|حقوق) )")
_RIGHTS_WORDS: Final = re.compile(
    r"©|\(c\)|copyright(?:s)?|all rights reserved|(?:جميع|كافه|كل) الحقوق محفوظه|حقوق (?:النشر"
    r"|الطبع)(?: والنشر)? محفوظه?|\d{4}|\bby\b"
    r"|\b(?:لموقع|لصحيفه|لوكاله|لقناه|لشبكه|لدي|ل)\b"
)
_ATTRIBUTED: Final = re.compile(r"(?<!\w)(?:according to|(?:ب?حسب|وفقا?|نقلا عن) )")
_ADDRESS: Final = re.compile(
    r"(?:https?://)?(?P<host>(?:[\w-]+\.)+(?:com|net|org|info|news|tv|fm|edu|gov|int|co|me|io|eu"
    r"|[a-z]{2})(?![\w-]))(?:[:/?#]\S*)?"
)
_SHARED: Final = re.compile(
    r"(?:\w+\.)*(?:t\.me|telegram\.me|facebook\.com|fb\.com|twitter\.com|x\.com|youtube\.com|youtu\.be"
    r"|instagram\.com|bit\.ly|goo\.gl"
    r"|google\.com|apple\.com|whatsapp\.com|wa\.me|linkedin\.com|tiktok\.com|pinterest\.com|wordpress\.com"
    r"|blogspot\.com)"
)
_PRINTED: Final = re.compile(r"(?:article )?printed from\s+|url to article\s*|المصدر\s*|source\s*")
_LABEL_WORDS: Final = re.compile(
    r"(?P<title>title|headline|العنوان|عنوان)"
    r"|(?P<outlet>outlet|publisher|publication|newspaper|site|website|الناشر|الصحيفه|الموقع|الجريده)"
    r"|(?P<source>source|src|المصدر|المصادر)"
    r"|(?P<author>author|byline|by|الكاتب|المحرر|بقلم)"
    r"|(?P<section>section|category|cat|القسم|التصنيف|الباب)"
    r"|(?P<other>tags?|keywords|topics|url|link|language|id|docno|filed under|الرابط|الوسوم|وسوم|سمات|الكلمات المفتاحيه"
    r"|كلمات مفتاحيه|كلمات دلاليه|الكلمات الدلاليه|مواضيع|علامات|عدد (?:القراءات|المشاهدات|الزيارات|التعليقات)"
    r"|رابط الخبر|الرابط المختصر"
    r"|رابط مختصر|تصوير|عدسه|photo|photos|photographer|credit photos?|views)"
)


class Label(NamedTuple):
    """A line of the form « label: value »; `kind` is title, outlet, source, author, section or other."""

    kind: str
    value: Span


def label(line: PageLine) -> Label | None:
    """Parse `line` as « label: value » or « <label>value</label> », if the label is one that articles use."""
    match = re.match(r"\W*([\w ]{2,20}?)\s*[:：]\s*(?=\S)", line.normal)
    tagged = re.fullmatch(r"<(\w+)>(.+)</\1>", line.normal)
    name = match[1] if match else tagged[1] if tagged else ""
    kind = _LABEL_WORDS.fullmatch(name)
    if not kind or (match and len(line.text) > 250):
        return None
    start, end = (match.end(), len(line.normal)) if match else tagged.span(2) if tagged else (0, 0)
    value = _stripped(line, start, end, edges=" \t\u00a0\"'" if match else " \t\u00a0")
    return Label(str(kind.lastgroup), value) if value else None


def is_rights(line: PageLine) -> bool:
    """Whether `line` is a rights notice. A sentence with its words is one only if it begins with them and reports
    nobody's."""
    if len(line.text) > 150 or line.words > 16 or not _RIGHTS.search(line.normal):
        return False
    if not _RIGHTS_SIGN.search(line.normal) and not _COPYRIGHT.match(line.text):
        return False
    begins = re.search(r"©|all rights reserved", line.normal) or _RIGHTS_FIRST.match(line.normal)
    return (begins is not None or not line.ends_with_stop) and not is_attributed(line)


def is_attributed(line: PageLine) -> bool:
    """Whether a line reports what somebody says."""
    return says(line.text) or _ATTRIBUTED.search(line.normal) is not None


def holder_of_rights(line: PageLine) -> Span | None:
    """Span of the rights holder: what remains of a rights notice without its formulas, if it has 1 to 5 words."""
    rests = re.finditer(r"[^\0]+", _RIGHTS_WORDS.sub(lambda m: "\0" * len(m[0]), line.normal))
    named = [match for match in rests if match.group().strip(EDGES + "،,ـ")]
    if len(named) != 1 or len(named[0].group().split()) > 5 or _ADDRESS.search(named[0].group()):
        return None
    return _stripped(line, *named[0].span())


def address(line: PageLine) -> tuple[Span | None, Span] | None:
    """(name, host) of a line that is a site's address, alone or with the site's name separated by a dash."""
    match = _ADDRESS.search(line.normal)
    if not match or line.ends_with_stop:
        return None
    before, after = line.normal[: match.start()], line.normal[match.end() :]
    host_start = match.start("host") + (4 if match["host"].startswith("www.") else 0)
    host = line.part(host_start, match.end("host"))
    printed = _PRINTED.match(before.lstrip(EDGES))
    name = before[before.index(printed.group()) + printed.end() :] if printed else before
    if not name.strip(EDGES) and not after.strip(EDGES):
        return None, host
    set_off = printed or name.rstrip().endswith(("-", "–", "—", "|", ":"))
    if not after.strip(EDGES) and set_off and len(name.split()) <= 7:
        return _stripped(line, len(before) - len(name), len(before)), host
    return None


def is_shared(host: str) -> bool:
    """Whether anyone can publish on the host, so that it does not identify an outlet."""
    return _SHARED.fullmatch(host.lower()) is not None


def _stripped(line: PageLine, start: int, end: int, edges: str = EDGES + "،,") -> Span | None:
    """Span of a part without `edges` at its ends; None if nothing remains."""
    start, end = trimmed(line.normal, start, end, edges)
    return line.part(start, end) if start < end else None


# Names of sections and sites: « رياضة », "Middle East", « صحيفة البيداء ». Unknown words do not count.

_SECTIONS: Final = frozenset(
    """politics|world|world news|international|national|nation|local|local news|regional|business|economy
    |finance|markets|money|sport|sports|football|soccer|culture|arts|arts & culture|entertainment|lifestyle
    |life & style|health|science|technology|tech|science & environment|environment|opinion|editorial|editorials
    |columnists|education|travel|weather|crime|media|society|features|middle east|africa|asia|europe|americas|uk
    |us|u.s.|us news|uk news|the americas|asia pacific|latin america|books|film|music|breaking news|analysis
    |investigations|obituaries|magazine|real estate|style|food|video|videos|photos|سياسه|السياسه|اخبار|الاخبار
    |اقتصاد|الاقتصاد|اقتصاد واعمال|مال واعمال|اسواق|رياضه|الرياضه|ثقافه|الثقافه|ثقافه وفن|ثقافه وفنون|فنون|فن
    |محليات|اخبار محليه|شوون محليه|محلي|دولي|دوليات|اخبار دوليه|شوون دوليه|عربي|عربيات|اخبار عربيه|عربي ودولي
    |عربي و دولي|العالم|اخبار العالم|الشرق الاوسط|العالم العربي|منوعات|متفرقات|تكنولوجيا|تقنيه|علوم
    |علوم وتكنولوجيا|علوم وتقنيه|صحه|طب وصحه|صحه وجمال|مجتمع|المجتمع|حوادث|حوادث وقضايا|راي|الراي|اراء|مقالات
    |مقالات الراي|كتاب وراي|افتتاحيه|تحقيقات|تقارير|حوارات|تحليلات|سياحه|سياحه وسفر|تعليم|بيئه|وطنيه|جهات|ملفات
    |الاولي|اسره|المراه|ميديا|صحافه|اخبار الصحافه|عاجل|الخليج|خليجيات|مصر|سوريا|سوريه|العراق|لبنان|فلسطين|الاردن
    |تونس|الجزائر|المغرب|ليبيا|السودان|اليمن|الامارات|قطر|الكويت|السعوديه|عمان|البحرين|ايران|تركيا|روسيا|اوروبا
    |اسيا|افريقيا""".replace("\n    ", "").split("|")
)
# A word for a kind of outlet, and one to three more.
_SITE: Final = re.compile(
    r"(?:صحيفه|جريده|مجله|موقع|شبكه|قناه|بوابه|اذاعه|راديو|تلفزيون) (?:\w+ ?){1,2}|وكاله (?:\w+ ){1,2}(?:للانباء"
    r"|الاخباريه)|وكاله انباء \w+"
    r"|the (?:\w+ ){1,2}(?:times|post|herald|star|sun|mail|guardian|independent|observer|standard|telegraph"
    r"|chronicle|journal)"
    r"|(?:the )?(?:\w+ ){1,3}(?:tribune|gazette|courier|ledger|herald|chronicle|telegraph|times|post|observer"
    r"|magazine|daily news|"
    r"news agency|radio|news network|broadcasting)"
)
_CRUMB: Final = re.compile(r"(?:home|front page|الرئيسيه|الصفحه الرئيسيه)\s*(?P<mark>[>»/|‹›\\←])\s*(?P<rest>.{1,100})")
_BAR: Final = re.compile(r"\s[|»›]\s")


def is_section_name(normal: str) -> bool:
    """Whether a normalised line is the name of a newspaper section and nothing else."""
    return normal.strip(" -–—|:•·#>»") in _SECTIONS


def is_site_name(line: PageLine) -> bool:
    """Whether a line is the name of a newspaper, site or station, including the word for it."""
    return _SITE.fullmatch(line.normal.strip(" -–—|:•·")) is not None and _is_written_as_name(line)


def crumbs(line: PageLine) -> tuple[bool, Span | None]:
    """Whether `line` is a breadcrumb path (« الرئيسية > أخبار > اقتصاد »), and its last section."""
    match = _CRUMB.fullmatch(line.normal)
    if not match or line.ends_with_stop:
        return False, None
    last = re.search(rf"[^{re.escape(match['mark'])}]+$", match["rest"].rstrip(f" {match['mark']}"))
    if last is None or len(last.group().split()) > 3:
        return True, None
    start = match.start("rest") + last.start() + len(last.group()) - len(last.group().lstrip())
    return True, line.part(start, match.start("rest") + last.end())


def section_and_site(line: PageLine) -> tuple[Span, Span] | None:
    """Section and site of « World | The Morning Ledger »: a known section, a bar, and a short name."""
    bar = _BAR.search(line.normal)
    if bar is None or line.words > 8 or not is_section_name(line.normal[: bar.start()]):
        return None
    return line.part(0, bar.start()), line.part(bar.end(), len(line.normal))


def _is_written_as_name(line: PageLine) -> bool:
    return not line.is_latin or all(word[0].isupper() or word in ("of", "the", "and") for word in line.text.split())
