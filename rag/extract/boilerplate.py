"""Classify single lines as boilerplate: buttons, links, prompts, heads of lists of other articles.

Each rule looks at one line alone, for words that are or begin the whole line. In doubt a line is not boilerplate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from rag.extract.bylines import EDGES, PageLine, is_attributed, is_place, is_rights, is_section_name, is_site_name
from rag.extract.page_model import Page

# Heads of lists of other articles: what follows is links, not the article.
_OTHERS: Final = re.compile(
    r"(?:انظر|اقرا|اقراوا|اقرء?وا|شاهد|طالع|تابع|للمزيد اقرا|واقرا|اقرا في)(?: ايضا| المزيد| كذلك| اكثر)"
    r"|(?:ال)?(?:اكثر|الاكثر) (?:قراءه|مشاهده|تداولا|تفاعلا|تعليقا|شعبيه|زياره)"
    r"|(?:الاخبار |المواضيع |المقالات )?الاكثر قراءه"
    r"|(?:اخبار|مواضيع|مقالات|موضوعات|الاخبار|المواضيع|المقالات|روابط|تقارير|مواد|قصص)"
    r" (?:ذات (?:صله|علاقه)|متعلقه|مشابهه|مرتبطه|اخري)(?: للكاتب)?"
    r"|قد (?:يهمك|يعجبك|تهمك)(?: ايضا)?|(?:اخر|احدث) (?:ال)?(?:اخبار|مقالات|مواضيع)|اخترنا (?:لك|لكم)"
    r"|(?:المزيد|مزيد) من (?:ال)?(?:اخبار|مواضيع)|المزيد في .{2,25}"
    r"|see also|read (?:also|more|next)|related(?: (?:articles?|stories|news|topics|content|posts|links"
    r"|internet links))?"
    r"|(?:most|more) (?:read|popular|viewed|stories|news|shared|from .{1,30}|on this story|on this topic|like this)"
    r"|you (?:may|might) (?:also )?(?:like|be interested in)(?: \.\.\.)?"
    r"|recommended(?: for you| stories)?|trending(?: now)?|top stories|latest (?:news|stories)|up next"
    r"|editor'?s'? picks?"
    r"|what to read next|more coverage|other stories|popular (?:posts|stories)"
)
_COMMENTS: Final = re.compile(
    r"(?P<sure>(?:ال)?تعليقات (?:الزوار|القراء)(?: \(?\d+\)?)?|(?:ال)?تعليقات \(?\d+\)?|(?:اترك|اضف|اكتب) (?:تعليقا"
    r"|تعليقك|ردا|تعليق|رد)"
    r"|leave a (?:comment|reply).{0,20}|(?:\d+ )comments?|comments? \(?\d+\)?|post a comment"
    r"|join the (?:conversation|discussion))"
    r"|(?:ال)?تعليقات|comments?"
)
_TEASER: Final = re.compile(
    r"(?:(?:و?اقرا|انظر|شاهد|طالع)(?: ايضا| المزيد| كذلك)|(?:read|see) (?:also|more))\s*[:：»>.…-]+\s*\S"
    r"|(?:related|watch|more)\s*[:：»>]\s*\S"
)
_NETWORKS: Final = (
    r"twitter|facebook|instagram|x|whatsapp|telegram|youtube|linkedin|tiktok|google news"
    r"|فيس ?بوك|تويتر|واتس ?اب|ت[يل]+ي?[غج]رام|انستغرام|انستقرام|يوتيوب|لينكد ?ان|تيك ?توك|اكس"
)
_FURNITURE: Final = re.compile(
    r"logo|no stories found|menu|home|search|skip to (?:main |site )?(?:content|navigation)|advertisement|ads?"
    r"|sponsored|loading|close"
    r"|print(?: (?:this )?(?:article|page))?|email|e-mail|send|embed|permalink|toggle navigation"
    r"|accept(?: all)?(?: cookies)?|reject(?: all)?"
    r"|share(?: (?:on|via) .{1,30}| (?:this|article)(?: (?:article|page|story|post|video|on|via).{0,30})?)?"
    r"|tweet|facebook|twitter|x|whatsapp"
    r"|telegram|instagram|youtube|reddit|rss|google\+|flipboard"
    r"|linkedin|pinterest|messenger|copy link|follow (?:us|me).{0,40}"
    r"|(?:click (?:here )?to )?subscribe|sign (?:up|in)|newsletters?"
    r"|log ?(?:in|out)(?: to comment)?|register|back to top|my account|terms (?:of (?:use|service)|and conditions"
    r"|& conditions)|privacy(?: policy)?"
    r"|cookie (?:policy|settings)|contact(?: us)?|about(?: us)?|advertise(?: with us)?|site ?map|careers|help|faq"
    r"|archives?|terms"
    r"|\d+[ -]min(?:ute)?s?(?: read)?|a a a|click here to print|listen|save|play video|view (?:all|comments)"
    r"|photo gallery|show (?:more|less)"
    r"|next article|previous (?:article|post|story)|next (?:post|story)|prev|previous|load more|reply|report abuse"
    r"|notes? to editors|ends"
    r"|الرئيسيه|الصفحه الرئيسيه|القائمه|بحث|اعلان|اعلانات|طباعه|ارسال|ارسل|حفظ|مشاركه(?: الخبر| المقال)?|موافق|رفض"
    r"|قبول|من نحن|اتصل بنا|اعلن معنا"
    r"|سياسه الخصوصيه|شروط الاستخدام|خريطه الموقع|اتصلوا بنا|عن الموقع|هيئه التحرير|ت \+ ت(?: - الحجم الطبيعي)?"
    r"|حجم الخط.{0,12}|الاسم"
    rf"|شارك(?:ها)?(?: (?:هذا |هذه )?(?:المقال|الخبر|الصفحه)(?: (?:عبر|علي|مع).{{0,30}})?"
    rf"| (?:عبر|علي)(?: (?:{_NETWORKS}))?| مع اصدقا\w{{1,4}})?"
    r"|فيسبوك|فيس بوك|تويتر|واتساب|واتس اب|ت[يل]+ي?[غج]رام|تلغرام|انستغرام|يوتيوب|لينكد ?ان|لينكدين|بينتريست"
    r"|نسخ الرابط|تابعنا|تابعونا.{0,40}|ا?شترك(?:وا)?|شاهد الفيديو|لمشاهده الفيديو"
    r"|النشره البريديه|تم النشر قبل .{3,20}|منذ \d+ \w+"
    r"|البريد الالكتروني|تسجيل (?:الدخول|الخروج)|العوده الي (?:الاعلي|اعلي)|استمع|تحميل|مده القراءه.{0,20}"
    r"|لا (?:توجد|يوجد) (?:تعليقات|تعليق)"
    r"|جاري التحميل|السابق|التالي|الخبر (?:السابق|التالي)|المقال (?:السابق|التالي)"
    r"|لا يوجد (?:اخبار|مقالات)|عدد (?:القراءات|المشاهدات|الزيارات|التعليقات)\W*\d+"
)
# A site's description of itself, possibly a whole sentence or more.
_NOTICE: Final = re.compile(
    r"(?:we|this (?:web)?site|our (?:web)?site)(?: and .{3,30})? uses? cookies|by (?:continuing"
    r"|using) (?:to (?:use|browse) )?(?:(?:this|our|the) (?:web)?site|.{0,30}cookies)(?=.*\b(?:you|your|we|our)\b)"
    r"|(?:this page|your browser) .{0,30}javascript|(?:please )?enable (?:javascript|cookies)"
    r"|get .{0,60}(?:your inbox|newsletter)"
    r"|(?:your )?e-?mail address will not be published|(?:the external sites|bbc) (?:are|is) not responsible"
    r"|(?:the )?(?:views|opinions) expressed (?=.*\b(?:authors?|writers?|columnists?|contributors?|article|column|blog"
    r"|not necessarily)\b)|\(?reporting by .{3,80}(?:editing"
    r"|writing) by"
    r"|(?:.{3,60} )?contributed (?:reporting )?to this (?:report|story|article)(?: (?:from|in) .{2,30})?\W*$"
    r"|this material may not be published"
    r"|for (?:further|more) information,? (?:please )?(?:contact|call|email) .{0,80}(?:\d{3}|@)"
    r"|(?:نستخدم|(?:يستخدم|تستخدم) (?:هذا |هذه |موقعنا|الموقع|موقع)).{0,30}(?:ملفات تعريف الارتباط|الكوكيز)"
    r"|لن يتم نشر (?:عنوان )?(?:ال)?بريد"
    r"|(?:هذه )?(?:ال)?(?:اراء|مقالات|مواد|تعليقات) .{0,40}تعبر (?:فقط )?عن (?:(?:راي|اراء|وجهه? نظر) )?(?:ال)?"
    r"(?:كاتب|كتاب|اصحاب|صاحب|معلق|موقع|صحيفه|جريده|ناشر|محرر|هيئه التحرير)"
    r"|\((?:اعداد|تحرير|تغطيه صحفيه|كتابه) .{3,60}(?:للنشره العربيه|تحرير )"
)
# Requests of a site to its readers, in a line that is not a paragraph.
_REQUEST: Final = re.compile(
    r"subscribe (?:for|to|now|here|today)\b|download (?:our|the) app"
    r"|required fields are|have (?:you got )?a (?:tip|story)"
    r"|contact the (?:writer|author|reporter)|follow us (?:on|at|for)\b"
    r"|follow .{2,40} on (?:twitter|facebook|instagram|x)\b|(?:image|photo|media) caption"
    r"|join us on|click here (?:to|for)|this (?:story|article) (?:has been|was) (?:updated|corrected)"
    r"|تابعونا (?!عن كثب)|تابعوا (?:كل |جميع )?(?:اخر|احدث|المزيد|قنا|صفح|حساب)"
    r"|(?:انضموا|اشتركوا) .{0,30}(?:قنات|نشرت|النشره|مجموعت|القائمه)|حملوا (?:تطبيق|الان$)"
    r"|(?:للاستماع|للمشاهده|لمشاهده|لقراءه|لمتابعه) .{0,60}(?:اضغط|انقر)|(?:اضغط|انقر) هنا"
    r"|رابط (?:الخبر|المقال|مختصر).{0,30}:"
)
# The same in words that begin news as well: « تابع », « اشترك » and « حمل » are also verbs of a third person.
_PROMPT: Final = re.compile(
    r"(?:sign (?:up|in)|register) (?:for|to|now|here|today|with)\b|support (?:our|independent|local) journalism"
    r"|لمتابعه .{0,60}عبر تطبيق|(?:تابعوا|تابعنا) (?!عن كثب)|تابع (?:اخر|احدث|المزيد)"
    r"|(?:انضم|ا?شترك) .{0,30}(?:قنات|القناه|نشرت|النشره|مجموعت|الان|معنا|القائمه البريديه)|(?:حمل|نزل) (?:تطبيق|الان$)"
    r"|للتواصل مع (?:الكاتب|المحرر)|(?:اضغط|انقر) علي|رابط (?:الخبر|المقال|مختصر)"
)
# Words of a line that speaks to its readers, of its own page, or of the site's own channels.
_READERS: Final = re.compile(
    r"(?<!\w)(?:you|your|yours|our|ours|(?:follow|join|contact|email|write to|reach|tell) us|(?:click|tap|up) here"
    r"|newsletters?|inbox|podcasts?|news alerts?|for (?:more )?updates"
    rf"|this (?:article|story|page|(?:web)?site|column|material|newsletter)|(?:on|via) (?:{_NETWORKS})"
    r"|(?:اضغط|انقر|من) هنا|مجانا|معنا|الينا|(?:قنات|نشرت|موقع|تطبيق|صفحت|صفحات|مجموعت|خدمت|حساب|حسابات|قراء|متابعي"
    r"|صحيفت|جريدت|وكالت|شبكت|مجلت|منصات|منصت)نا"
    r"|(?:تجربت|استخدام|تصفح|متصفح|موافقت|خصوصيت|بريد|هاتف|حساب|تعليق|راي|اشتراك|ان|ل|الي|علي)كم?|انتم?|القراء|القاري"
    r"|النشره البريديه|القائمه البريديه|هذا (?:المقال|الخبر|الموقع)|هذه (?:الصفحه|الماده|المقاله)"
    rf"|(?:ال)?(?:رابط|روابط) (?:ال)?(?:تالي\w*|ادناه)|(?:علي|عبر) (?:تطبيق )?(?:{_NETWORKS}))(?!\w)"
    r"|@\w|https?:|www\.|\w\.(?:com|net|org)(?!\w)"
)
_CAPTION: Final = re.compile(
    r".{3,140}[\s(]\(?(?:ارشيف|ارشيفيه|صوره ارشيفيه|صوره تعبيريه|file photo|file|getty(?: images)?|reuters|afp"
    r"|ap photo/?.{0,25}|رويترز|ا ف ب)\)"
)
_TAG: Final = re.compile(r"(?:</?[a-z!?][^<>]*>\s*)+|[-=_*~•.#\s]{3,}|\[\[[^\[\]]*\]\]|(?:[#＃][\w]+\s*)+")
_LONGEST_NOTICE: Final = 250
_LONGEST_TEASER: Final = 150
_BUTTON: Final = 3
"""Maximum number of words of a button that ends in a full stop; more are a sentence."""
_SHORT: Final = 6
"""Maximum number of words of a request that has no word for its readers: a longer one may have a subject."""


def is_head_of_others(line: PageLine) -> bool:
    """Whether the whole line is a head such as « انظر أيضاً », « الأكثر قراءة », "Related stories"."""
    return _OTHERS.fullmatch(_bare(line)) is not None and not _is_sentence(line)


def is_head_of_comments(line: PageLine) -> tuple[bool, bool]:
    """Whether `line` may be the head of readers' comments, and whether it is certain."""
    match = _COMMENTS.fullmatch(_bare(line))
    return match is not None, match is not None and match["sure"] is not None


def is_furniture(line: PageLine) -> bool:
    """Whether the line is a tag, rule, button, link to another article or rights notice: never part of the body.

    A sentence that only begins like one of these, or reports what somebody says, is news.
    """
    bare = _bare(line)
    if _TAG.fullmatch(line.normal) or is_rights(line):
        return True
    if _FURNITURE.fullmatch(bare) and not _is_sentence(line):
        return True
    if len(bare) <= _LONGEST_TEASER and not line.is_paragraph and _TEASER.match(bare):
        return True
    return _is_notice(line) or _is_prompt(line, bare)


def _is_notice(line: PageLine) -> bool:
    if len(_bare(line)) > _LONGEST_NOTICE or _NOTICE.match(line.normal) is None:
        return False
    return addresses_readers(line.normal) or not is_attributed(line)


def _is_prompt(line: PageLine, bare: str) -> bool:
    """Whether a line asks its readers for something. In doubtful words it must name them, or be short and open."""
    if line.is_paragraph and not line.text.endswith(":"):
        return False
    if not _REQUEST.match(bare):
        is_short = line.words <= _SHORT and not _is_sentence(line)
        if not _PROMPT.match(bare) or not (is_short or addresses_readers(line.normal)):
            return False
    return not is_attributed(line)


def addresses_readers(normal: str) -> bool:
    """Whether a normalised line speaks to its readers, about its own page, or names a channel of its site."""
    return _READERS.search(normal) is not None


def is_caption(line: PageLine) -> bool:
    """Whether a short line ends in the mark of a picture: « (أرشيف) », "(Getty Images)"."""
    return not line.ends_with_stop and _CAPTION.fullmatch(line.normal) is not None


def _is_sentence(line: PageLine) -> bool:
    """Whether a short line is a closed sentence of some words, which no button or teaser is."""
    return line.ends_with_stop and line.words > _BUTTON


def _bare(line: PageLine) -> str:
    return line.normal.strip(EDGES)


# Removes lists that are not news (menus, other articles, comments) and a repeated lead.

_MENU: Final = 6
"""Lines: a run of this many lines of a few words each, without an introduction, is a menu."""
_SURE_SHARE: Final = 4
"""At least one in this many lines of a menu is a sure link."""
_HEAD: Final = 40
_OPENING: Final = re.compile(r"<(?P<tag>abstract|summary|lead|lede|description|excerpt)>")


def drop_menus(page: Page) -> None:
    """Remove runs of very short lines before the first paragraph, and those after the last that are links of a site.

    After the last paragraph such a run may be news: names of winners, victims or players. It is a menu from its first
    sections and buttons on, if they are many; one introduced by a colon is news.
    """
    prose = [number for number, line in enumerate(page.lines) if line.is_paragraph and number not in page.outside]
    if not prose:
        return
    for run in _runs(page, range(prose[0])):
        # The last two lines of a menu may be the section and the title.
        page.outside |= set(run[:-2])
    for run in _runs(page, range(prose[-1] + 1, len(page.lines))):
        if not page.lines[run[0] - 1].normal.endswith((":", "：")):
            page.outside |= set(_menu(page, run, prose[0]))


def _menu(page: Page, run: list[int], first: int) -> list[int]:
    """The end of a run that is a menu: from its first sure link on, if many of the lines from there are such links.

    These are buttons, sections that are not countries, sites, and lines that are above the paragraph `first` too.
    """
    above = {line.normal for line in page.lines[:first]}
    sure = [number for number in run if _is_sure_link(page, number) or page.lines[number].normal in above]
    menu = [number for number in run if sure and number >= sure[0]]
    return menu if len(sure) * _SURE_SHARE >= len(menu) else []


def _is_sure_link(page: Page, number: int) -> bool:
    line = page.lines[number]
    is_section = is_section_name(line.normal) and not is_place(line.normal)
    return number in page.outside or is_section or is_site_name(line) or is_head_of_others(line)


def _runs(page: Page, numbers: range) -> Iterator[list[int]]:
    """Runs of at least `_MENU` lines that look like links, including lines already removed."""
    for linked, run in groupby(numbers, lambda number: number in page.outside or _is_link(page.lines[number])):
        lines = list(run)
        if linked and len(lines) >= _MENU:
            yield lines


def _is_link(line: PageLine) -> bool:
    return (
        line.words <= 4
        and len(line.text) <= 40
        and not line.ends_sentence
        and line.text[0].isalpha()
        and re.search(r"[\d:،,]", line.normal) is None
    )


def drop_others(page: Page) -> None:
    """Remove a list of other articles: its head, and the teasers below it up to the next paragraph that is not one."""
    done = 0
    for number, line in enumerate(page.lines):
        if number < done or not is_head_of_others(line):
            continue
        end = number + 1
        while end < len(page.lines) and (
            end in page.outside
            or not (page.lines[end].is_paragraph or _is_sentence(page.lines[end]))
            or page.lines[end].is_cut_short
        ):
            end += 1
        if end < len(page.lines) and end - number > 2:
            end -= 1  # the news continues, and the last short line may be its subheading
        page.outside |= set(range(number, end))
        done = end


def drop_comments(page: Page) -> None:
    """Remove readers' comments up to the end; a link to them above the news is one line."""
    prose = [line.is_paragraph and number not in page.outside for number, line in enumerate(page.lines)]
    before, after = 0, sum(line.is_paragraph for line in page.lines)
    for number, line in enumerate(page.lines):
        is_head, is_sure = is_head_of_comments(line)
        if is_head:
            page.outside.add(number)
            if before and (before >= after or (is_sure and before > 1)):
                page.outside |= set(range(number, len(page.lines)))
                return
        before, after = before + prose[number], after - line.is_paragraph


def drop_repeated_lead(page: Page) -> None:
    """Remove the lines of the first tagged summary that the text repeats verbatim; other lines are news."""
    openings = ((number, _OPENING.fullmatch(line.normal)) for number, line in enumerate(page.lines[:_HEAD]))
    opened, tag = next(((number, match["tag"]) for number, match in openings if match), (0, ""))
    closing = (number for number, line in enumerate(page.lines) if number > opened and line.normal == f"</{tag}>")
    closed = next(closing, None) if tag else None
    if closed is not None:
        rest = " ".join(line.normal for line in page.lines[closed:])
        page.outside |= {number for number in range(opened + 1, closed) if page.lines[number].normal in rest}
