"""Names of sections and sites: « رياضة », "Middle East", « صحيفة البيداء ». A word that is not known names nothing."""

from __future__ import annotations

import re
from typing import Final

from rag.extract.lines import Line
from rag.types import Span

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
    """Whether a line in normal form is the name of a section of a newspaper, and no more."""
    return normal.strip(" -–—|:•·#>»") in _SECTIONS


def is_site_name(line: Line) -> bool:
    """Whether a line is the name of a newspaper, a site or a station, with the word that says so."""
    return _SITE.fullmatch(line.normal.strip(" -–—|:•·")) is not None and _is_written_as_name(line)


def crumbs(line: Line) -> tuple[bool, Span | None]:
    """Whether `line` is the way to a page (« الرئيسية > أخبار > اقتصاد »), and the last section on it."""
    match = _CRUMB.fullmatch(line.normal)
    if not match or line.ends_with_stop:
        return False, None
    last = re.search(rf"[^{re.escape(match['mark'])}]+$", match["rest"].rstrip(f" {match['mark']}"))
    if last is None or len(last.group().split()) > 3:
        return True, None
    start = match.start("rest") + last.start() + len(last.group()) - len(last.group().lstrip())
    return True, line.part(start, match.start("rest") + last.end())


def section_and_site(line: Line) -> tuple[Span, Span] | None:
    """The section and the site of « World | The Morning Ledger »: a section that is known, a bar, and a short name."""
    bar = _BAR.search(line.normal)
    if bar is None or line.words > 8 or not is_section_name(line.normal[: bar.start()]):
        return None
    return line.part(0, bar.start()), line.part(bar.end(), len(line.normal))


def _is_written_as_name(line: Line) -> bool:
    return not line.is_latin or all(word[0].isupper() or word in ("of", "the", "and") for word in line.text.split())
