"""What a line of a page is for, where that is not news: furniture, section heads, addresses, datelines, labels.

Each rule looks at one line alone, by its shape and by words that stand as a whole line; it knows no page and
decides nothing about the body. In doubt a line is nothing of the kind.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from rag.sources.lines import Line
from rag.sources.outlets import AGENCIES, NOT_OUTLETS
from rag.types import Span

_EDGES: Final = " \t\u00a0-–—*•·|:.…<>«»“”\"'#[]()‹›→←+"

# Heads of lists of other articles: from here on a page offers, it does not report.
_OTHERS: Final = re.compile(
    r"(?:انظر|اقرا|اقراوا|اقرء?وا|شاهد|طالع|تابع|للمزيد اقرا|واقرا|اقرا في)(?: ايضا| المزيد| كذلك| اكثر)"
    r"|(?:ال)?(?:اكثر|الاكثر) (?:قراءه|مشاهده|تداولا|تفاعلا|تعليقا|شعبيه)"
    r"|(?:الاخبار |المواضيع |المقالات )?الاكثر قراءه"
    r"|(?:اخبار|مواضيع|مقالات|موضوعات|الاخبار|المواضيع|المقالات|روابط|تقارير|مواد|قصص)"
    r" (?:ذات (?:صله|علاقه)|متعلقه|مشابهه|مرتبطه|اخري)"
    r"|قد (?:يهمك|يعجبك|تهمك)(?: ايضا)?|(?:اخر|احدث) (?:ال)?(?:اخبار|مقالات|مواضيع)|اخترنا لك"
    r"|المزيد من (?:ال)?(?:اخبار|مواضيع)"
    r"|see also|read (?:also|more|next)|related(?: (?:articles?|stories|news|topics|content|posts|links))?"
    r"|(?:most|more) (?:read|popular|viewed|stories|news|from .{1,30}|on this story|on this topic)"
    r"|you may (?:also )?like"
    r"|recommended(?: for you| stories)?|trending(?: now)?|top stories|latest (?:news|stories)|up next"
    r"|(?:ال)?تعليقات(?: \d+)?|(?:\d+ )?comments?(?: \d+)?|(?:اترك|اضف|اكتب) (?:تعليقا|تعليقك|ردا|تعليق)"
    r"|leave a (?:comment|reply)"
)
_TEASER: Final = re.compile(
    r"(?:(?:و?اقرا|انظر|شاهد|طالع)(?: ايضا| المزيد| كذلك)|(?:read|see) (?:also|more)|related)\s*[:：»>.…-]+\s*\S"
)
_FURNITURE: Final = re.compile(
    r"logo|no stories found|menu|home|search|skip to (?:main )?content|advertisement|ads?|sponsored|loading|close"
    r"|print|email|e-mail"
    r"|share(?: (?:this|on|via|article|this article|this page).{0,30})?|tweet|facebook|twitter|x|whatsapp"
    r"|telegram|instagram|youtube"
    r"|linkedin|pinterest|messenger|copy link|follow us.{0,40}|subscribe.{0,60}|sign (?:up|in).{0,60}|newsletter"
    r"|log ?in|back to top"
    r"|\d+ min(?:ute)?s? read|a a a|click here to print|listen|save|play video|view all"
    r"|الرئيسيه|القائمه|بحث|اعلان|اعلانات|طباعه|ارسال|حفظ|مشاركه"
    r"|شارك(?:ها)?(?: (?:هذا |هذه )?(?:المقال|الخبر|الصفحه|عبر|علي|مع).{0,30})?"
    r"|فيسبوك|فيس بوك|تويتر|واتساب|واتس اب|تيليغرام|تلغرام|انستغرام|يوتيوب|نسخ الرابط|تابعنا.{0,40}"
    r"|تابعونا.{0,40}|اشترك.{0,40}"
    r"|البريد الالكتروني|تسجيل الدخول|العوده الي الاعلي|حجم الخط|استمع|تحميل|مده القراءه.{0,20}|لا توجد تعليقات"
    r"|جاري التحميل"
    r"|لا يوجد (?:اخبار|مقالات)|(?:home|الرئيسيه)\s*[>»/|‹›\\].{1,80}"
)
_RIGHTS: Final = re.compile(
    r"©|\(c\) ?\d{4}|copyright|all rights reserved|(?:جميع|كافه|كل) الحقوق محفوظه|حقوق النشر محفوظه"
)
_RIGHTS_WORDS: Final = re.compile(
    r"©|\(c\)|copyright(?:s)?|all rights reserved|(?:جميع|كافه|كل) الحقوق محفوظه|حقوق النشر محفوظه?|\d{4}|\bby\b"
    r"|\b(?:لموقع|لصحيفه|لوكاله|لقناه|لشبكه|لدي|ل)\b"
)
_TAG: Final = re.compile(r"(?:</?[a-z!?][^<>]*>\s*)+|[-=_*~•.#\s]{3,}")
_ADDRESS: Final = re.compile(
    r"(?:https?://)?(?P<host>(?:[\w-]+\.)+(?:com|net|org|info|news|tv|fm|edu|gov|int|co|me|io|eu|[a-z]{2})(?![\w-]))(?:[:/?#]\S*)?"
)
_PRINTED: Final = re.compile(r"(?:article )?printed from\s+|url to article\s*|المصدر\s*|source\s*")
_DASH: Final = re.compile(r"\s*[-–—/|،,:]\s*|\s+\(|(?<=خاص)\s+")
_LABEL: Final = re.compile(
    r"(?P<title>title|headline|العنوان|عنوان)"
    r"|(?P<outlet>outlet|publisher|publication|newspaper|site|website|الناشر|الصحيفه|الموقع|الجريده)"
    r"|(?P<source>source|src|المصدر|المصادر)"
    r"|(?P<other>author|by|byline|category|cat|section|tags?|keywords|url|link|language|id|docno|الكاتب|المحرر|القسم|التصنيف|الرابط|الوسوم"
    r"|الكلمات المفتاحيه|كلمات مفتاحيه|كلمات دلاليه|الكلمات الدلاليه|مواضيع)"
)
_BYLINE: Final = re.compile(r"(?:by|written by|بقلم|كتب|كتبت|كتبه|اعداد|تحرير|ترجمه)\s*[:/-]?\s+(?=\S)")


class Label(NamedTuple):
    """A line of the form « label: value »; `kind` is title, outlet, source or other."""

    kind: str
    value: Span


def is_head_of_others(line: Line) -> bool:
    """A whole line such as « انظر أيضاً », « الأكثر قراءة », "Related stories"."""
    return _OTHERS.fullmatch(line.normal.strip(_EDGES)) is not None


def is_furniture(line: Line) -> bool:
    """A tag, a rule, a button, a link to another article, a notice of rights: outside the body wherever it stands."""
    bare = line.normal.strip(_EDGES)
    return (
        _FURNITURE.fullmatch(bare) is not None
        or _TAG.fullmatch(line.normal) is not None
        or (len(bare) <= 150 and not line.is_paragraph and _TEASER.match(bare) is not None)
        or is_rights(line)
    )


def is_rights(line: Line) -> bool:
    return len(line.text) <= 150 and _RIGHTS.search(line.normal) is not None and line.words <= 16


def holder_of_rights(line: Line) -> Span | None:
    """The name that a notice of rights leaves when its formulas are taken away, if it is one of 1 to 5 words."""
    rests = re.finditer(r"[^\0]+", _RIGHTS_WORDS.sub(lambda m: "\0" * len(m[0]), line.normal))
    named = [match for match in rests if match.group().strip(_EDGES + "،,ـ")]
    if len(named) != 1 or len(named[0].group().split()) > 5 or _ADDRESS.search(named[0].group()):
        return None
    return _stripped(line, *named[0].span())


def address(line: Line) -> tuple[Span | None, Span] | None:
    """For a line that is a site's address, alone or with the site's name set off by a dash: (name, host)."""
    match = _ADDRESS.search(line.normal)
    if not match or line.ends_with_stop:
        return None
    before, after = line.normal[: match.start()], line.normal[match.end() :]
    host_start = match.start("host") + (4 if match["host"].startswith("www.") else 0)
    host = line.part(host_start, match.end("host"))
    printed = _PRINTED.match(before.lstrip(_EDGES))
    name = before[before.index(printed.group()) + printed.end() :] if printed else before
    if not name.strip(_EDGES) and not after.strip(_EDGES):
        return None, host
    set_off = printed or name.rstrip().endswith(("-", "–", "—", "|", ":"))
    if not after.strip(_EDGES) and set_off and len(name.split()) <= 7:
        return _stripped(line, len(before) - len(name), len(before)), host
    return None


def dateline(line: Line) -> tuple[bool, Span | None]:
    """Whether `line` is a place and an agency (« موسكو – سانا »), and the agency if it is a known or quoted name."""
    if len(line.normal) > 50 or line.words > 8 or line.ends_sentence:
        return False, None
    cuts = [0, *(edge for match in _DASH.finditer(line.normal) for edge in match.span()), len(line.normal)]
    parts = [_trimmed(line.normal, start, end) for start, end in zip(cuts[::2], cuts[1::2], strict=True)]
    parts = [(start, end) for start, end in parts if start < end]
    if not 2 <= len(parts) <= 4 or any(len(line.normal[start:end].split()) > 4 for start, end in parts):
        return False, None
    quoted = re.search(r"[«“\"](.{2,30})[»”\"]\s*$", line.normal)
    names = [(start, end) for start, end in parts[1:] if line.normal[start:end] in AGENCIES]
    words = [line.normal[start:end] for start, end in parts]
    marked = any(word in NOT_OUTLETS or (" " not in word and word.endswith("خاص")) for word in words)
    if names:
        return True, line.part(*names[-1])
    if quoted and (marked or line.words <= 4):
        return True, line.part(*quoted.span(1))
    return marked, None


def label(line: Line) -> Label | None:
    """`line` as « label: value » or « <label>value</label> », where the label is one of those that articles carry."""
    match = re.match(r"\W*([\w ]{2,20}?)\s*[:：]\s*(?=\S)", line.normal)
    tagged = re.fullmatch(r"<(\w+)>(.+)</\1>", line.normal)
    name = match[1] if match else tagged[1] if tagged else ""
    kind = _LABEL.fullmatch(name)
    if not kind or len(line.text) > 250:
        return None
    start, end = (match.end(), len(line.normal)) if match else tagged.span(2) if tagged else (0, 0)
    value = _stripped(line, start, end, edges=" \t\u00a0\"'" if match else " \t\u00a0")
    return Label(str(kind.lastgroup), value) if value else None


def is_byline(line: Line) -> bool:
    return line.words <= 7 and not line.ends_with_stop and _BYLINE.match(line.normal) is not None


def _trimmed(text: str, start: int, end: int, edges: str = _EDGES) -> tuple[int, int]:
    part = text[start:end]
    return start + len(part) - len(part.lstrip(edges)), start + len(part.rstrip(edges))


def _stripped(line: Line, start: int, end: int, edges: str = _EDGES + "،,") -> Span | None:
    start, end = _trimmed(line.normal, start, end, edges)
    return line.part(start, end) if start < end else None
