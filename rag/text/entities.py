"""Named-entity recognition by rules: the persons, organisations and places that a text names, with their spans.

Precision first. A person begins with a common given name, or follows a title. A place is in CLDR or in the table here.
An organisation is in a table, or follows a word such as وزارة. Where only the use of a word in many articles decides
whether it belongs to a name, the mention is a candidate, and `rag.index.entities` keeps what the archive bears out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Final, Literal, NamedTuple

from babel import Locale

from rag.text.name_shapes import (
    english_openers,
    english_titles,
    is_ordinary_arabic,
    is_ordinary_english,
    is_particle,
    listed_given,
    looks_foreign,
)
from rag.text.names import peoples
from rag.text.normalise import ARABIC, LATIN, Word, normal_form
from rag.types import Span

NameKind = Literal["person", "organisation", "place"]
KINDS: Final[tuple[NameKind, ...]] = ("person", "organisation", "place")
Key = tuple[str, ...]
"""A name as normalised words."""


class Mention(NamedTuple):
    """A name in a text: its span, its normalised words, and its code if a table has it.

    `doubtful` are the indexes of words that may be ordinary ones. `tail` are the words after it that may belong to it
    too, each with the end of its span. An `open` mention has no certain end: only other articles show where it ends,
    after at least two words.
    """

    kind: NameKind
    span: Span
    words: Key
    code: str = ""
    doubtful: tuple[int, ...] = ()
    tail: tuple[tuple[str, int], ...] = ()
    open: bool = False


_KNOWN_NAMES: Final = Path(__file__).with_name("known_names.tsv")
_NOT_NAMES: Final = Path(__file__).with_name("not_names.txt")
"""Words that news use outside of names, made by `docs/not_names.py`."""

# Tables. All Arabic words are normalised when they are read.

_GIVEN: Final = """
ادهم اديب اسكندر اسلام اصيل الازهر الاسعد الامين الباجي البشير التهامي التيجاني الجيلاني الحبيب الحسن الحسين الشاذلي
الصادق الصالح الصحبي الطاهر الطيب العربي العياشي الفاضل المختار المنجي المنذر المنصف المهدي الناصر الهادي الهاشمي
الياس امال امير اميره انيسه اوس اياد اياس ايمان ايناس ايهاب بادي بتول بدري براء برهان بسام بسمه بشري بكر بكري بلحسن
بلقاسم بهيه بيرم تحسين تغريد تقي تميم تيسير ثامر جاد جبران جبريل جرجس جلول جمانه جميل جميله جهاد جهان جوزيف جيهان
حافظ حسناء حسونه حسيب حسيبه حفيظ حفيظه حكيم حليم حليمه حمدان حمدين حمه حنين خالده خلدون خلف خميس دانيه دليله ديانا
دينا رؤي رائد راضيه راغب رامز رانيه رباب رجاء رحمه رزان رستم رشا رشاد رفيقه رقيه رمضان رنا رندا روضه ريهام زاهر زايد
زبير زكي زكيه زهراء زهره ساجد ساره سالمه سامح سحر سعديه سفيان سلمي سلوان سليمه سماح سماهر سمر سهير سهيل سهيله سوسن
سيرين سيف شادي شاكر شاهين شداد شذي شعبان شفيقه شكيب شهاب شهد شهيره شيرين صابر صابرين صباح صخر صدقي صفاء صفوان صفوت
صفيه صهيب ضرار طاهر طلعت طوني عائده عائض عادل عارف عاصم عامر عايده عباده عبده عبدو عدي عرفان عزام عزت عزمي عزه عصمت
عطيه عفيف عقبه عكاشه علي عليا علياء عمران عمير عنان عواد عوض عياض فائز فائزه فاتن فايز فتاح فتحيه فخري فدوي فراس فرج
فرح فرحات فريال فريد فريده فضيله فلاح فهمي فوزيه فيروز فيفيان قاسم قتيبه قصي كارم كاظم كاميليا كريمه كلثوم كنزه لبيب
لزهر لسعد لطفيه لمين ليليا لين لينا ليندا ماجده ماهر مبروك مبروكه مثني محرز محفوظ مختار مديحه مرتضي مروه مسعوده
مشاري مشعل مصعب مطيع معمر مفتاح مفيده مقداد مكرم مليكه ممدوح منال منجي مني منيه مها مهاب موفق مياده ميساء ميلاد
ميلود نائله ناجيه نادر نازك ناهد نايف نبيله نبيه نبيهه نجاح نجاه نجوي نجيبه نرجس نزيه نزيهه نسرين نسيم نسيمه نصير
نعمان نعيمه نوار نورا نوره نوفل نيازي نيرمين هبه هيا هيفاء واثق وجدي وجيه وحيد وحيده وديع وسيم وسيمه وفاء وليم يارا
ياسمين يزيد يسريه يعرب صوفيه مظفر حميده ريما خوسي جابر
"""
"""Given names in addition to those of `rag.text.name_shapes`."""
_FOREIGN_GIVEN: Final = """
ابراهام ادوارد ادواردو ادولف ارثر ارنست اريانا اريك استيفان اسماعيلا اغناسيو البرت الفارو الفونسو الكس الكسندر
الكسيس اليخاندرو اليزابيث اليكس اليكسي اماندا انجلينا انجيلا انجيلينا اندرو اندريا اندرياس اندريه انطوان انطونيو
انغيلا اوسكار اوليفر اوليفييه ايف ايفان ايلون ايما ايمانويل باتريك باراك باول باولو برناردو برونو بريان بنجامين
بنيامين بول بيار بيتر بيل تشارلز توماس توني تيريزا تيم جاستن جاسون جاك جان جايمس جنيفر جورج جوزيه جوش جوليا جوليان
جون جيرار جيرمي جيروم جيفري جيم جيمس جيمي خافيير خوان خوسيه داريو دافيد دانيال دانيلو دميتري دوغلاس دومينيك دونالد
ديفيد ديمتري دينيس راؤول رافائيل رامون رجب روبرت روبرتو روبين روجر رودريغو رونالد ريان ريتشارد ريكس سامانثا ستيف
ستيفان ستيفاني ستيفن سكوت سيباستيان سيرج سيرجي سيرجيو سيرغي سيلفيو سيمون شارل شون شينزو غابرييل غاري غوستافو غونزالو
فرانز فرانسوا فرانسيس فرانسيسكو فرانشيسكو فرانك فرناندو فريدريك فلاديمير فيديل فيكتور فيليب فيليبي كاترين كارل كارلا
كارلو كارلوس كارين كريستوف كريستيان كريستين كريستينا كلود كلوديو كوفي كونستانتين كيفن كيم لورا لوران لوسيانو لوك
لوكا لوكاس لويس ليو ليوناردو ليونيل ماتيو ماثيو مارتن مارسيل مارسيلو مارغريت مارك ماركو ماري ماريا ماريان ماريو
ماسيميليانو ماكس مانويل مايك مايكل مورغان موريس ميت ميخائيل ميريل ميشال ميشيل ميغيل ناتالي نيكول نيكولا نيكولاس
نيكولاي نيلسون هارولد هاري هانز هنري هوغو هيكتور هيلاري هيلموت هيلين والتر واين وليام ويليام ياروسلاف يان يانيس
يواكيم يورغن يوري يوهان خوسي
"""
"""Given names of other languages in Arabic letters."""
_WEAK: Final = """
حسن كريم سعيد خالد جمال نور امل سلام نصر صالح عادل رجب رمضان شعبان مبارك شريف امين جميل هدي وداد فرح اياد ميلاد اصيل
سحر صباح صفاء وفاء نجاح جهاد اسلام ايمان زهره ربيع خميس رجاء حكيم حافظ سيف شاكر صابر طاهر عارف فائز قاسم ماهر مبروك
مختار ناجي نادر هادي سعد سعيده عزيز عطيه عوض فلاح كامل محفوظ معز مفتاح ندي نصير هبه حبيب حليم بدر بشير جاد ليلي يان
كيم تيم بيل جيم راغب رائد رحمه زايد شهد فاضل عمر الصالح العربي الحسن الصادق الطيب الفاضل الطاهر الامين المختار
الحبيب المهدي الهادي الازهر اسماء رشيد رفيق ضياء صلاح غازي كمال لطيفه مالك هلال يزيد سهام رضا شهاب بسمه تقي امير
اميره دنيا ساعد احسان الناصر البشير جلال ناصر منصف سلطان بشر خلف
"""
"""Given names that are ordinary words or surnames too: what follows must look like a name by itself."""
_FAMILY: Final = """
بايدن ترامب اوباما بوش كلينتون كيري بوتين ميدفيديف لافروف شويغو زيلينسكي ماكرون هولاند ساركوزي ميركل شولتس جونسون
كاميرون بلير نتنياهو اردوغان روحاني خامنئي ظريف غوتيريش بيسكوف كينيدي نيكسون ريغان ستالين لينين هتلر تشرشل نابليون
غاندي نهرو لوبان بارزاني باشاغا تبون لابيد بيريز البرزاني ميدفيدف
"""
"""Family names of persons often in the news: no name begins with them."""
_AFTER_GIVEN: Final = """
الاسد السيسي السبسي الصدر المعلم الشرع الجولاني الطالباني الصباح الحكيم النجار الحداد الخطيب العطار البنا الصباغ النقاش
الخياط الدباغ الصايغ الصائغ الشامي المصري الجندي الفقي الجمل الزيات الدوري الحسيني الحسني الهاشمي الشريف
"""
"""Family names with an article that are ordinary words too."""
_FAMILIES_OF_TWO: Final = frozenset({("قائد", "السبسي"), ("قايد", "السبسي")})
"""Family names that begin with a word that is none."""
_NAMED_AFTER: Final = """
مستشفي المستشفي شارع نهج ملعب الملعب معهد المعهد ساحه الساحه ميدان قاعه القاعه مدرسه المدرسه جامعه الجامعه كاس الكاس
مطار المطار جسر مركب المركب دار حي ضاحيه كليه الكليه مسجد جامع الجامع مركز المركز مؤسسه جائزه الجائزه دوره الدوره
كتيبه اكاديميه قصر متحف سد طريق محطه محول مسرح المسرح ميناء حديقه نادي النادي شركه بنك مجمع مكتبه لواء مخيم قريه
بلده مدينه معتمديه جبل وادي سيدي شاطئ فضاء المدعي كوبري
"""
"""Words before the name of a person after whom a place is named."""
_BEFORE_DIN: Final = """
سيف نور عز علاء صلاح تقي بدر محي محيي شمس جمال خير فخر نجم عماد ضياء شهاب زين نصر كمال بهاء حسام جلال شرف برهان سعد
حسن ناصر قطب مجد
"""
_BEFORE_ALLAH: Final = "عبد نصر جاد عطا خير سعد فتح عوض ضيف جار حمد خلف رزق هبه فضل عبيد"
_FATHERS: Final = frozenset({"بن", "ابن", "ابو", "ابي", "ابا", "بنت", "ال", "بو"})
_TITLES: Final = """
الرئيس الرئيسه رئيس رئيسه رئيسا وزير وزيره الوزير الوزيره السيد السيده الشيخ الدكتور الدكتوره الاستاذ الاستاذه
النائب النائبه نائب نائبه الامير الاميره القاضي القاضيه العميد العقيد اللواء الجنرال الفريق المدرب اللاعب المهاجم
الحارس الحكم الفنان الفنانه الممثل الممثله المخرج المخرجه الكاتب الكاتبه الشاعر الشاعره الصحفي الصحفيه الصحافي
الصحافيه المغني المغنيه المطرب المطربه المحامي المحاميه الناطق المتحدث المتحدثه الناطقه القيادي القياديه الامين
الخبير الخبيره الباحث الباحثه الناشط الناشطه الشهيد الشاب المدعو المدعوه المستشار المستشاره السفير السفيره سفير
سفيره الوالي والي المعتمد النجم البطل زعيم زعيمه مرشح المرشح المرشحه مدير مديره المدير المديره محافظ حاكم امين قائد
القائد ملك الملك السيناتور المفكر الروائي المؤرخ البابا البطريرك القس الجندي الملازم النقيب الرقيب المقدم الرائد
المبعوث مبعوث المنسق المفوض مفوض مندوب كاتب الدولي مستشار مستشاره مدرب لاعب مهاجم حارس نظيره نظيرته خليفته سلفه نجله
شقيقه زوجته زوجها ابنه ابنته
"""
_NOT_AFTER: Final = """
الثانيه الثالثه الرابعه الخامسه السادسه السابعه الثامنه التاسعه العاشره افريك متصلا ثمانيه جاء السبت الاحد الاثنين
الاتنين الثلاثاء التلاثاء الاربعاء الخميس الجمعه اليوم امس غدا الان مساء صباح مواليد اولاد قرب عبر منذ قيد حتفه مثل
اصيل طيب الاسبق المقبل الماضي الجاري الحالي القادم المنقضي الفارط الاول الثاني الثالث الرابع الخامس السادس السابع
الثامن التاسع العاشر الذي التي المذكور الراحل الملقب المعروف المكني الكريم المبارك المعظم الدولي المدعو المكلف
المتهم المعني التابع الذين نظيره نظيرها ضيف ضيفه سيدي السيد السيده جونيور سابقا حاليا لاحقا مجددا هاتفيا صلي كانون
تشرين نيسان ايار حزيران تموز اب ايلول شباط اذار جانفي فيفري مارس افريل ماي جوان جويليه اوت سبتمبر اكتوبر نوفمبر
ديسمبر يناير فبراير ابريل مايو يونيو يوليو اغسطس دينار مليون مليار الف زوجه زوجته نجل شقيق وزير رئيس مدرب ارمله ارمل
غمار
"""
_NISBA_END: Final = re.compile(r"^ال\w{2,}(?:ي|يه|يين|يون|ويه)$")
_SHORTEST_AL: Final = 4
_SHORTEST_ABD: Final = 6
_PREPOSITION: Final = "_"
"""Ending of the normalised form of a preposition that is otherwise like a name."""
_FUTURE: Final = re.compile("[وف]?س[يتن]")
_BAD_START: Final = re.compile(r"^(?:[وف]?(?:بال|كال|لل)|وال|فال)")
_VERBAL: Final = re.compile(r"^(?:[وف]?س?[يتن]\w{3,}|\w{2,}(?:وا|تا|ات)|ا[نس]ت\w{2,}|[وف]ا\w{3,}|م[تن]\w{3,}ا?)$")
_PREFIXED: Final = re.compile(r"^(?:و\w+|(?:[لفك]|ب(?![ولناري]))\w{5,})$")
_SUFFIXED: Final = re.compile(r"..(?:ها|هم|هما|نا|ته|تهم|تها|اته|يتها)$")

# Places.

_NO_PLACES: Final = """
بنين مالي سول دارون كاساي دافيز ماوسون بالمير سنتر كونكس فيفاي ليندمان سمراء استر ترك بلم نوم جوني واك ماهي ريجينا
ريزولوت كريستون استانلي كريسماس ناسو كوكوس جامبير ثيل كيروف لومي اندير ابيا ميدواي تشيتا كايين كانتون اورال بويس
سانتياغو سالطا باهيا كناري العيون اروبا صوفيا جوجو نيوي جوبا هند ديلي سيتا ترول اشوا مان فارو ساموا بيولا برثا دكا
لاوس اداك حلب غوام تشاغوس واليس نوميا ماشيو كيابا ماناوس ميريدا الجبل الراس سان ادم قطر عمان المغرب مسقط القدس حماه
صقلي صقليه المتوسط البندقيه المدينه كوريا الكونغو جورجيا الخليج ماكواري بليز غيانا بالاو ماديرا هوفد مباباني فينكس
"""
_CLUB_CITIES: Final = "برشلونه ميلانو ميونيخ ميونخ موناكو روما مدريد باريس موسكو مرسيليا"
_BEFORE_CLUBS: Final = """
رجا وداد شبيبه ترجي ريال اتلتيكو بايرن انتر
سسكا دينامو سبارتاك لوكوموتيف نادي فريق اولمبيك كتيبه جامعه مباراه صحيفه جريده مجله وول قناه
"""
_ONLY_AFTER: Final = "سيول"
"""Places that are more often an ordinary word: floods."""
_AFTER_CLUBS: Final = "سيتي يونايتد روفرز"
_BEFORE_PLACES: Final = """
منتخب المنتخب مدينه المدينه ولايه محافظه العاصمه دوله مملكه جمهوريه كاس بطوله دوري سفاره مطار بلاد شمال جنوب شرق غرب
وسط سواحل حدود داخل خارج قرب مواطني شعب حكومه رئيس ملك سفير
"""
"""Words before a place in an article about sports, where another word makes it the name of a club: شبيبة القيروان."""
_SPORT: Final = re.compile(
    "الدوري|الليغا|مباراه|المباراه|اللاعب|لاعب|هدف|مدرب|الفريق|كاس|البطوله|بطوله|ملعب|منتخب|الشوط|نقطه|تصفيات|كره القدم"
    "|المواجهات|الجوله|الترتيب"
)
# A territory whose name is also another name or word is one only where these words do not stand before or after it.
_BETWEEN_PLACES: Final = {
    "المغرب": ("صلاه اذان بعد قبل عند وقت دول اتحاد بلدان", "العربي الكبير الاسلامي الاوسط والعشاء"),
    "كوبا": ("", "من"),
    "الرياض": ("منطقه حي نهج ضاحيه معتمديه", ""),
    "الحديده": ("السكك السكه", ""),
    "قطر": ("ب", "الدائره طولي عربي"),
    "القدس": ("سرايا فيلق كتائب لواء قوات قوه جيش وكاله قناه صحيفه كتاب", "العربي"),
    "مسقط": ("", "راس راسه راسها راسي"),
}

# Organisations.

_PORTFOLIOS: Final = """
الداخلية|الخارجية|الشؤون الخارجية|الدفاع|الدفاع الوطني|العدل|العدل وحقوق الإنسان
المالية|الصحة|الصحة العامة|الصحة العمومية
التربية|التربية والتعليم|التعليم|التعليم العالي|التعليم العالي والبحث العلمي|الثقافة|الشؤون الثقافية|الشؤون الدينية
الشؤون الاجتماعية|الشؤون المحلية|الشؤون المحلية والبيئة|الفلاحة|الفلاحة والموارد المائية والصيد البحري|الزراعة
الزراعة والري|الصناعة|الصناعة والتجارة|الصناعة والمعادن|التجارة|التجارة والصناعة|النقل|السياحة|السياحة والآثار
السياحة والصناعات التقليدية|البيئة|الطاقة|الطاقة والمناجم|الطاقة والمناجم والطاقات المتجددة|النفط|البترول|الكهرباء
الكهرباء والماء|الكهرباء والطاقة المتجددة|الموارد المائية|الري|الإعلام|الأوقاف|الأوقاف والشؤون الإسلامية|العمل
العمل والشؤون الاجتماعية|التنمية|التنمية والاستثمار والتعاون الدولي|التخطيط|الاقتصاد|الاقتصاد والمالية|الشباب والرياضة
شؤون الشباب والرياضة|شؤون المرأة|المرأة|المرأة والأسرة والطفولة|التجهيز|التجهيز والإسكان والتهيئة الترابية|الاتصالات
تكنولوجيات الاتصال والاقتصاد الرقمي|الإسكان|التموين|الهجرة|الهجرة والمهجرين|الاستثمار|الأمن|الأمن الداخلي|الخزانة
التكوين المهني والتشغيل|التضامن الاجتماعي|الموارد البشرية|الطيران المدني|الإنتاج الحربي|الحج والعمرة|الأشغال العامة
"""
_IDAFA: Final = """
حزب حركه منظمه وكاله جامعه نادي نقابه اتحاد جبهه تنظيم قناه صحيفه اذاعه جريده ائتلاف جماعه
"""
"""Words that an organisation's name follows, even one ordinary word with an article: حزب العمال."""
_LOOSE: Final = """
مجلس هيئه مؤسسه مركز معهد شركه ديوان بنك شبكه رابطه مستشفي جمعيه راديو حلف
"""
"""The same, but with one ordinary word they are no name: مجلس الإدارة."""
_DEFINITE: Final = """
الاتحاد الهيئه المنظمه الجامعه البنك الشركه المجلس الغرفه النقابه الجمعيه الوكاله اللجنه الديوان المعهد المركز
الرابطه الجبهه الحزب الصندوق المرصد المندوبيه الشبكه المفوضيه النادي المؤسسه الكنفدراليه الخطوط
"""
"""Words that begin a name if what it is for, or its country, follows: الهيئة العليا المستقلة للانتخابات."""
_WHOLE: Final = frozenset(
    tuple(pair.split())
    for pair in (
        "مجلس النواب", "مجلس الشيوخ", "مجلس الشعب", "مجلس الشوري", "مجلس العموم", "مجلس اللوردات", "مجلس الوزراء",
        "البنك المركزي", "البنك العالمي", "المجلس التاسيسي", "هيئه الانتخابات", "هيئه الاركان", "الحزب الجمهوري",
        "الحزب الديمقراطي", "الحزب الشيوعي", "الحزب الاشتراكي", "الجبهه الشعبيه", "الجبهه الوطنيه",
    )
)  # fmt: skip
_SCOPES: Final = """
الوطني الوطنيه الدولي الدوليه العالمي العالميه العام العامه العليا الاعلي المركزي المركزيه الاسلامي الاسلاميه العربي
العربيه الافريقي الافريقيه الاوروبي الاوروبيه الحر
"""
_GENERIC: Final = """
الرئيس الحاكم الحاكمه المعارضه المعارض الجديد الجديده المذكور المذكوره المعني المعنيه السياسي السياسيه الاداره
المدينه العائله الحكومه الدوله البلاد المرور القطارات الملاحه الطيران الاحتجاج الاحتجاجات الناقله الخاصه العامه
الخاص العام الاحزاب المدرب الفريق اللاعب السابق السابقه الحالي الحاليه المقبل المقبله الماضي الماضيه المنتخب
المنتخبه المشغله الاسره السير الانتاج التحقيق الوطن الاجانب الحوار النقل الجولان العبور المحلي المحليه الثاني
الثانيه الاول الاولي الاخير الاخيره الذي التي الذين اليوم امس السبت الاحد الاثنين الثلاثاء الاربعاء الخميس الجمعه
الشقيق الشقيقه الام الرسميه الرسمي الانترنت الانترنات الابطال العلاقه الاشراف سير كره الهيئه الاكبر الكبري الكبير
الكبيره المحترفه المحترف الضيف المنافس الفائز المالكه المنظم المنظمه الاساسي الاساسيه المشرفه المختصه المختص الفنيه
الفني القادم القادمه القادمين الاستئنافي الواحد الواحده واي للمصادقه للنظر للمناقشه لمناقشه للحزب لحساب المديره
المدير الجمهوريه
"""
_SHORT: Final = 2
_MOST_PARTS: Final = 5
_LONGEST_OPEN: Final = 5
_TAIL: Final = 2

# Latin names.

_LATIN_GIVEN: Final = """
Abbas Abd Abdallah Abdel Abdelaziz Abdelfattah Abdul Abdulaziz Abdullah Abu Adam Adel Adnan Ahmad Ahmed Akram Alaa
Alain Albert Alejandro Aleksandr Alex Alexander Alexei Alfred Ali Alice Amal Amin Amina Amr Ana Anas Anders Andre
Andrea Andreas Andrew Andrey Angela Anna Anne Anthony Antoine Antonio Antony Arthur Asma Ayman Aziz Bakr Barack
Barbara Bashar Bassam Ben Benjamin Bernard Bernie Beji Bill Bob Boris Brian Bruno Carl Carlos Caroline Catherine
Charles Chris Christian Christine Christopher Claude Colin Condoleezza Daniel David Denis Dick Dmitri Dmitry
Dominique Donald Dominic Douglas Ebrahim Edward Ehud Elena Elizabeth Emily Emma Emmanuel Eric Erdogan Ernest Fadi
Fahd Faisal Farid Farouk Fatima Fayez Federica Ferdinand Fernando Francis Francois Frank Franz Fred Frederick
Friedrich Gabriel Gary Geir George Georges Gerald Gerard Gerhard Ghassan Gordon Hadi Hafez Haidar Haider Hala Hamad
Hamdi Hamid Hamza Hani Hans Harold Harry Hasan Hassan Haytham Heinrich Helmut Henri Henry Hillary Hisham Hossam
Hosni Howard Hugh Hugo Hussain Hussein Ian Ibrahim Igor Ismail Ivan Jack Jacob Jacques Jamal James Jan Jane Jason
Javier Jean Jeff Jeffrey Jens Jeremy Jerry Jim Jimmy Joe Johann John Jonathan Jorge Jose Joseph Joshua Juan Jules
Julia Julian Julie Karim Karl Kate Kenneth Kevin Khaled Khalid Khalifa Kofi Lars Laura Laurent Lee Leila Leo Leonid
Linda Louis Lucas Ludwig Luis Lyndon Maher Mahmoud Manuel Marc Marcel Marco Margaret Maria Marie Mario Mark Martin
Marwan Mary Matthew Max Michael Michel Miguel Mikhail Mohamad Mohamed Mohammad Mohammed Moncef Mike Mohsen Moqtada
Mousa Muammar Muhammad Mustafa Nabih Nabil Nadia Nasser Nelson Nicholas Nick Nicolas Nikolai Nouri Oleg Oliver Omar
Oscar Osama Otto Pascal Patricia Patrick Paul Pedro Peter Philip Philippe Pierre Rachid Rafael Rafik Ralph Rami
Raymond Recep Rex Riad Richard Robert Roberto Roger Roland Ronald Ruth Saad Sabah Saddam Saeed Said Salah Salim
Salman Sam Sami Samir Samuel Sarah Scott Sergei Sergey Sheikh Silvio Simon Sophie Staffan Stefan Stephen Steve
Steven Stuart Susan Talal Tamim Tariq Tayyip Theresa Thomas Tim Tom Tony Valentina Victor Viktor Vincent Vitaly
Vladimir Walid Walter William Yasser Youssef Yuri Yusuf Zakaria Zaid Zein
"""
_LATIN_INSIDE: Final = frozenset("al el bin bint ben ibn abu abd de la le von van der di da du dos del".split())  # noqa: SIM905
_LATIN_TITLES: Final = frozenset(
    """president minister mr mrs ms sir dr prince king queen senator general colonel ambassador chancellor sheikh emir
    spokesman spokeswoman governor judge captain professor""".split()  # noqa: SIM905
)

# Tokens of a text. Faster than `rag.text.normalise.words`: one regular expression, and each spelling normalised once.

_MARKS: Final = "\u0610-\u061a\u064b-\u065f\u0670\u0640\u200c-\u200f"
_TOKEN: Final = re.compile(rf"[^\W\d_][^\W\d_{_MARKS}]*(?:[{_MARKS}]+[^\W\d_]*)*(?:['’][^\W\d_]+)*")
_GAP: Final = re.compile(r"[ \t\u00a0]+|-")
_LATIN_GAP: Final = re.compile(r"[ \t\u00a0]+|-|\. ")
_QUOTES: Final = re.compile(r"[ \t]*[\"«“”»(][ \t]*")


@lru_cache(maxsize=131072)
def word_form(word: str) -> str:
    """The normalised form of one word, without accents and possessive 's."""
    found = normal_form(word)
    if not LATIN.search(found):
        return found
    found = "".join(letter for letter in unicodedata.normalize("NFD", found) if not unicodedata.combining(letter))
    return found.removesuffix("'s").removesuffix("’s")


class _Token(NamedTuple):
    text: str
    start: int
    end: int
    joined: bool
    """Whether only spaces are between it and the token before."""
    raw: str


@cache
def _set(table: str) -> frozenset[str]:
    return frozenset(word_form(word) for word in table.split())


@dataclass(frozen=True, slots=True)
class _Known:
    """Names of a table: the key of each, without clitics, with its code; their first words."""

    codes: dict[Key, str]
    firsts: frozenset[str]
    longest: int

    @classmethod
    def of(cls, codes: dict[Key, str]) -> _Known:
        return cls(codes, frozenset(key[0] for key in codes), max(map(len, codes)))


def _key(name: str) -> Key:
    return tuple(word_form(match.group()) for match in _TOKEN.finditer(name))


def _listed(kind: str) -> Iterator[tuple[str, list[str]]]:
    """The codes of a kind in the table, each with its spellings in both scripts."""
    for line in _KNOWN_NAMES.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            of, code, ours, theirs = line.split("\t")
            if of == kind:
                yield code, [name for name in (*ours.split("|"), *theirs.split("|")) if name]


@cache
def known_places() -> _Known:
    """Places by their spellings in both scripts."""
    codes: dict[Key, str] = {}
    arabic, english = Locale("ar"), Locale("en")
    skipped = _set(_NO_PLACES)
    listed = {"قطر": "QA", "المغرب": "MA", "القدس": "Asia/Jerusalem", "مسقط": "Asia/Muscat", "حلب": "aleppo"}

    def add(code: str, name: str) -> None:
        key = _key(re.sub(r"\s*\(.*\)", "", name))
        if key and not (len(key) == 1 and key[0] in skipped):
            codes.setdefault(key, code)

    for code, names in _listed("place"):
        for name in names:
            add(code, name)
    for name, code in listed.items():
        codes.setdefault(_key(name), code)
    for code, name in arabic.territories.items():
        if len(code) == 2 and code not in {"EU", "UN", "EZ", "XA", "XB", "ZZ", "QO", "IM", "GE"}:
            add(code, name)
            add(code, english.territories.get(code, ""))
    codes[_key("Georgia")] = ""
    for zone, named in arabic.time_zones.items():
        if (city := named.get("city")) and zone != "Etc/Unknown" and "،" not in city:
            add(zone, city)
            add(zone, english.time_zones.get(zone, {}).get("city") or zone.rsplit("/", 1)[-1].replace("_", " "))
    return _Known.of({key: code for key, code in codes.items() if code})


@cache
def known_organisations() -> _Known:
    """Organisations by their spellings in both scripts."""
    codes: dict[Key, str] = {}
    for code, names in _listed("organisation"):
        for name in names:
            codes.setdefault(_key(name), code)
    return _Known.of(codes)


@cache
def _portfolios() -> dict[Key, str]:
    return {_key(name.strip()): "" for line in _PORTFOLIOS.splitlines() for name in line.split("|") if name.strip()}


@cache
def _given() -> frozenset[str]:
    return _set(_GIVEN) | _set(_FOREIGN_GIVEN) | _set(_WEAK) | (listed_given() - {"انا"})


@cache
def _peoples() -> frozenset[str]:
    return frozenset(word_form(name) for name in peoples())


def is_people(word: str) -> bool:
    """Whether a normalised Arabic word is the adjective of a country, with or without its article."""
    return word.removeprefix("ال") in _peoples() or word in _peoples()


# Classes of Arabic words in names.

_Class = Literal["given", "weak", "foreign", "al", "unknown", ""]


@lru_cache(maxsize=131072)
def class_of(word: str) -> _Class:
    """What part of a person's name a normalised Arabic word may be, whatever is around it."""
    if not ARABIC.match(word) or len(word) <= 1 or word.endswith(_PREPOSITION) or word in _set(_NOT_AFTER):
        return ""
    if word in _set(_FAMILY):
        return "foreign"
    if word in _set(_WEAK):
        return "weak"
    if word in _set(_AFTER_GIVEN) or (word.startswith("ال") and word[2:] in _given() - _set(_WEAK)):
        return "al"
    if word in _given() or (word.startswith("عبدال") and len(word) > _SHORTEST_ABD):
        return "given"
    return "" if _is_no_name(word) else _by_form(word)


def _is_no_name(word: str) -> bool:
    """Whether a word is known to be something else than a name, or has a clitic before a name."""
    if is_particle(word) or word in _set(_TITLES) or word in _not_names():
        return True
    if is_people(word) or (word,) in known_places().codes or is_ordinary_arabic(Word(word, Span(0, 0))):
        return True
    inside = [form for form, cut in _stripped(word) if cut] if word[0] in "وبلك" else []
    return any(class_of(form) or (form,) in known_places().codes for form in inside)


@cache
def _heads() -> frozenset[str]:
    """The first words of organisations that are in no table."""
    return _set(_IDAFA) | _set(_LOOSE) | _set(_DEFINITE) | {"وزاره"}


@cache
def _compounds() -> frozenset[str]:
    """The words with which `_Finder._part` begins a part of several words."""
    return _set(_BEFORE_ALLAH) | _set(_BEFORE_DIN) | _FATHERS | {"زين", "عبد"}


@lru_cache(maxsize=131072)
def _may_begin(word: str) -> bool:
    """Whether a name may begin with a normalised Arabic word, whatever is around it: most words begin none."""
    organisations, places = known_organisations().firsts, known_places().firsts
    heads = _heads()
    if any(form in organisations or form in places or form in heads for form, _ in _stripped(word)):
        return True
    compounds = _compounds()
    return any(form in compounds or class_of(form) not in {"", "al"} for form, _ in _stripped(word, always=False))


def _by_form(word: str) -> _Class:
    if word.startswith("ال"):
        return "al" if len(word) > _SHORTEST_AL else ""
    if _BAD_START.match(word) or _SUFFIXED.search(word):
        return ""
    if looks_foreign(word) and not _FUTURE.match(word):
        return "foreign"
    return "" if _VERBAL.match(word) or len(word) <= _SHORT or _PREFIXED.match(word) else "unknown"


def _is_specific(words: Key) -> bool:
    """Whether the words of an organisation are more than a general expression such as المؤسسة العسكرية."""
    head, rest = words[0], words[1:]
    if words[:2] in _WHOLE:
        return True
    second = class_of(rest[0])
    if head in _set(_DEFINITE):
        purpose = any(
            word.startswith("لل") or (word[0] == "ل" and after)
            for word, after in zip(rest[1:], (*rest[2:], "")[: len(rest) - 1], strict=True)
        )
        peoples_ = any(is_people(word) for word in rest)
        return purpose or peoples_ or (rest[0] in _set(_SCOPES) and len(rest) > 1)
    if head == "تنظيم" and not second:
        return False
    if head == "مركز" and rest[0] in {"الامن", "الحرس", "الشرطه", "الولايه", "المدينه"}:
        return False
    if head in _set(_LOOSE):
        return second != "" or len(rest) > 1
    return True


@cache
def _not_names() -> frozenset[str]:
    return frozenset(_NOT_NAMES.read_text(encoding="utf-8").split())


def _may_name_father(word: str) -> bool:
    """Whether a word after بن may be a name, though it is an ordinary word: بن نجمة."""
    return (
        len(word) > _SHORT
        and not is_particle(word)
        and word not in _set(_NOT_AFTER)
        and (word,) not in known_places().codes
    )


def _is_listed(word: str) -> bool:
    return word in _set(_AFTER_GIVEN) or word in {first for first, _ in _FAMILIES_OF_TWO}


class _Part(NamedTuple):
    end: int
    kind: _Class


def _is_person(kinds: Sequence[_Class], *, titled: bool) -> bool:
    """Whether parts of these classes are sure to be a person's name."""
    if kinds[0] == "unknown":
        return bool({"foreign", "given"} & set(kinds[1:]))
    if kinds[0] == "weak" and not titled:
        return "given" in kinds[1:] or kinds[1] in {"al", "foreign"}
    return True


class _Finder:
    """Finds the names of one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(_tokens(text))

    def run(self) -> Iterator[Mention]:
        position, count = 0, len(self.tokens)
        tokens = self.tokens
        while position < count:
            found = self._arabic(position) if ARABIC.match(tokens[position].text) else self._latin(position)
            if found is None:
                position += 1
                continue
            mention, position = found
            yield mention

    def _arabic(self, i: int) -> tuple[Mention, int] | None:
        if not _may_begin(self.tokens[i].text):
            return None
        return self._table(i) or self._organisation(i) or self._person(i)

    # Tables

    def _table(self, i: int) -> tuple[Mention, int] | None:
        for known, kind in ((known_organisations(), "organisation"), (known_places(), "place")):
            for first, cut in _stripped(self.tokens[i].text):
                if first not in known.firsts:
                    continue
                for length in range(known.longest, 0, -1):
                    key = self._words(i, length, first)
                    code = known.codes.get(key) if key else None
                    if code is None or (cut and len(first) < 3):
                        continue
                    if kind == "place" and not self._is_place(i, length, first):
                        return None
                    if kind == "organisation" and not self._is_organisation(code, key, self._next(i + length - 1)):
                        continue
                    return self._mention(kind, i, i + length, key, cut, code=code), i + length
        return None

    def _is_organisation(self, code: str, key: Key, after: str) -> bool:
        # The unions of football; two students.
        return not (code in {"EU", "au"} and self.is_sport) and not (key == ("طالبان",) and after.endswith("ان"))

    def _is_place(self, i: int, length: int, first: str) -> bool:
        before, after = self._word(i - 1) if self.tokens[i].joined else "", self._next(i + length - 1)
        if (
            any(form in _set(_BEFORE_CLUBS) for form, _ in _stripped(before))
            or after in _set(_AFTER_CLUBS)
            or (first == "باريس" and after == "سان")
        ):
            return False
        if self._is_of_another(i, length, first, before, after):
            return False
        if length == 1 and first in _set(_CLUB_CITIES) and before not in {"العاصمه", "مدينه"} and self.is_sport:
            return False
        if length == 1 and first in _BETWEEN_PLACES:
            not_before, not_after = _BETWEEN_PLACES[first]
            if before in not_before.split() or after in not_after.split():
                return False
        if self.is_sport and not self._cut(i, first) and before and not is_particle(before):
            return before in _set(_BEFORE_PLACES) or before.startswith("ال")
        return not (class_of(before) == "given" and length == 1 and not first.startswith("ال"))

    def _is_of_another(self, i: int, length: int, first: str, before: str, after: str) -> bool:
        """Whether a place is a word of another name: رجا أغادير, تشاد هيرلي, روما الإيطالي (the club)."""
        free = self.tokens[i].text[0] in "وبلفك" or not before or is_particle(before) or before in _set(_BEFORE_PLACES)
        if length == 1 and (class_of(after) in {"foreign", "al"} or after.startswith("بو")):
            return True
        if length == 1 and class_of(after) == "unknown" and (not free or not before):
            return True
        if first in _set(_ONLY_AFTER) and before not in {"في", "العاصمه", "مدينه", "من", "الي"}:
            return True
        if after.startswith("ال") and is_people(after) and not after.endswith(("ه", "ين", "ون")):
            return True
        return not free and class_of(before) in {"unknown", "foreign"}

    def _cut(self, i: int, first: str) -> bool:
        return self.tokens[i].text != first

    @cached_property
    def is_sport(self) -> bool:
        """Whether the text is about sports, where the name of a city is often that of a club."""
        found = set(_SPORT.findall(normal_form(self.text)))
        return len(found) > 1 or not found.isdisjoint({"مباراه", "الدوري", "اللاعب", "كره القدم"})

    # Organisations

    def _organisation(self, i: int) -> tuple[Mention, int] | None:
        for first, cut in _stripped(self.tokens[i].text):
            if first == "وزاره":
                for length in range(8, 0, -1):
                    key = self._words(i + 1, length)
                    if key and self.tokens[i + 1].joined and key in _portfolios():
                        end = i + 1 + length
                        if is_people(self._next(end - 1)) and self._next(end - 1).endswith("ه"):
                            end += 1
                        words = (first, *(token.text for token in self.tokens[i + 1 : end]))
                        return self._mention("organisation", i, end, words, cut), end
            if first not in _set(_IDAFA) | _set(_LOOSE) and first not in _set(_DEFINITE):
                continue
            if quoted := self._quoted(i, first, cut):
                return quoted
            end = self._open_end(i, first)
            words = (first, *(token.text for token in self.tokens[i + 1 : end]))
            if end - i >= 2 and _is_specific(words):
                # What follows may be a name by itself: the words after the head are read again.
                return self._mention("organisation", i, end, words, cut, is_open=True), i + 1
        return None

    def _quoted(self, i: int, first: str, cut: int) -> tuple[Mention, int] | None:
        """حركة «النهضة»."""
        tokens = self.tokens
        if first in _set(_DEFINITE) or i + 1 >= len(tokens):
            return None
        if not _QUOTES.fullmatch(self.text, tokens[i].end, tokens[i + 1].start) or tokens[i + 1].text in _set(_GENERIC):
            return None
        if first == "تنظيم" and not class_of(tokens[i + 1].text):  # also: to organise
            return None
        for end in range(i + 2, min(i + 5, len(tokens) + 1)):
            after = tokens[end].start if end < len(tokens) else len(self.text)
            if re.match(r"[ ]?[\"»”]", self.text[tokens[end - 1].end : after]):
                words = (first, *(token.text for token in tokens[i + 1 : end]))
                return self._mention("organisation", i, end, words, cut), end
            if end < len(tokens) and not tokens[end].joined:
                return None
        return None

    def _open_end(self, i: int, first: str) -> int:
        """The end of the words that may belong to an organisation that begins with a general word; `i` if none do."""
        end, definite = i + 1, first in _set(_DEFINITE)
        if not self._may_go_on(end) or not (self._word(end).startswith("ال") or (not definite and self._is_idafa(end))):
            return i
        if class_of(self._word(end)) in {"given", "weak"} or self._word(end) in _FATHERS:
            return self._person_end(i)
        purpose, end = False, end + 1
        while end <= i + _LONGEST_OPEN and self._may_go_on(end):
            word, kind = self._word(end), class_of(self._word(end))
            if kind in {"given", "weak"}:
                break
            # لحقوق الإنسان, لتحرير فلسطين: a noun without its article needs the word after it.
            if word.startswith("ل") and not word.startswith("لل") and self._next(end):
                purpose, end = True, end + 1
                continue
            of_place = purpose and (word,) in known_places().codes
            if not word.startswith(("ال", "وال", "لل")) and kind not in {"foreign", "unknown"} and not of_place:
                break
            purpose, end = False, end + 1
        return i if purpose or self._is_cut(end) else end

    def _may_go_on(self, i: int) -> bool:
        word = self._word(i)
        return (
            bool(word)
            and self.tokens[i].joined
            and not (word in _set(_GENERIC) or is_particle(word) or word in _set(_NOT_AFTER))
        )

    def _person_end(self, i: int) -> int:
        """The end of an organisation that is named after a person: مستشفى ابن الجزار; `i` if only one word is left."""
        end, parts = i + 1, 0
        part = self._part(end, self._word(end))
        while part and end < i + _LONGEST_OPEN:
            end, parts = part.end, parts + 1
            joined = end < len(self.tokens) and self.tokens[end].joined
            part = self._part(end, self.tokens[end].text) if joined else None
        return end if parts > 1 or end > i + 2 else i

    def _is_cut(self, end: int) -> bool:
        """Whether what follows must belong to the name: للدفاع عن حقوق الإنسان, or the rest of a foreign name."""
        if end >= len(self.tokens) or not self.tokens[end].joined:
            return False
        last, after = self.tokens[end - 1].text, self.tokens[end].text
        if last.startswith("لل") or last in {"النهوض", "الوقايه", "الدفاع"}:
            return after in {"عن", "من", "علي" + _PREPOSITION, "ضد"} or after.startswith("بال")
        if class_of(last) in {"foreign", "unknown"}:
            return not (
                is_particle(after) or after[0] in "وبلفسي" or after in _set(_GENERIC) or class_of(after) == "given"
            )
        return False

    def _is_idafa(self, i: int) -> bool:
        word = self.tokens[i].text
        if class_of(word) in {"foreign", "unknown", "given", "weak"} or word in _FATHERS:
            return True
        return self._next(i).startswith("ال") and not word.endswith(("يه", "ي"))

    # Persons

    def _person(self, i: int) -> tuple[Mention, int] | None:
        for first, cut in _stripped(self.tokens[i].text, always=False):
            if cut and class_of(self.tokens[i].text) in {"given", "weak"}:  # كريم is not ك + ريم
                return None
            start = self._part(i, first)
            if start is None or start.kind == "al" or first in _set(_FAMILY):
                continue
            # A letter cut off needs a given name after it: only و is often before a name that is an ordinary word too.
            if cut and start.kind != "given" and not (start.kind == "weak" and self.tokens[i].text[0] == "و"):
                continue
            if self._is_named_after(i) or (self.tokens[i].joined and self._word(i - 1) in _FATHERS):
                return None
            titled = self._is_titled(i)
            if not titled and (start.kind in {"foreign", "unknown"} or (first in _FATHERS and first != "ابو")):
                continue
            if (
                first in {"بن", "ابن", "بنت"} and self._word(i - 1) == "السيد"
            ):  # also a given name: حمزة بن السيد بن حمودة
                continue
            if found := self._parts(i, first, cut, start, titled=titled):
                return found
        return None

    def _parts(self, i: int, first: str, cut: int, start: _Part, *, titled: bool) -> tuple[Mention, int] | None:
        parts = [start]
        while len(parts) < _MOST_PARTS and (part := self._following(parts)):
            parts.append(part)
        kinds = [part.kind for part in parts]
        if len(parts) == 1:
            # عبد الله alone is a given name; الرئيس أبو مازن is a name.
            return self._name(i, start.end, first, cut, []) if first == "ابو" and titled else None
        if not _is_person(kinds, titled=titled):
            return None
        # جميل الصبر is no name; a family name mostly ends in ي.
        if kinds[:2] == ["weak", "al"] and not titled and not self._word(start.end).endswith("ي"):
            return None
        starts = [i, *(part.end for part in parts)]
        doubtful = [
            place - i
            for place, part in zip(starts, parts, strict=False)
            if (part.kind in {"al", "unknown"} and not _is_listed(self._word(place)))
            or (part.kind == "foreign" and _VERBAL.match(self._word(place)))
        ]
        if kinds[0] in {"weak", "foreign"} and not titled:
            doubtful = [0, *doubtful]
        return self._name(i, parts[-1].end, first, cut, doubtful)

    def _following(self, parts: list[_Part]) -> _Part | None:
        """The next part of a name, None if the name ends."""
        place = parts[-1].end
        if place >= len(self.tokens) or not self.tokens[place].joined:
            return None
        word, part = self.tokens[place].text, self._part(place, self.tokens[place].text)
        if part is None or (word == self.tokens[place - 1].text and part.kind == "foreign"):
            return None
        family = any(one.kind in {"al", "unknown", "foreign"} for one in parts[1:])
        father = word in _FATHERS
        lineage = any(self._word(one.end) in _FATHERS for one in parts[:-1])
        if part.kind in {"given", "weak"}:
            # After a family name, another person's begins: زهير العيدودي بدر الدين القمودي.
            return None if (family or lineage) and not father else part
        # الحويج بوهلال: a second family name, as in Tunisia.
        second = (part.kind == "unknown" and word.startswith("بو")) or part.kind == parts[-1].kind == "foreign"
        # سامي عاشور الخذيري; أنطونيو ماتو لاهوز.
        second |= part.kind == "al" and word.endswith("ي")
        second |= part.kind in {"unknown", "foreign"} and self._word(parts[0].end - 1) in _set(_FOREIGN_GIVEN)
        if lineage and part.kind == "al" and not word.endswith("ي"):
            return None
        return None if family and not second else part

    def _name(self, i: int, end: int, first: str, cut: int, doubtful: list[int]) -> tuple[Mention, int]:
        words = (first, *(token.text for token in self.tokens[i + 1 : end]))
        tail = []
        for place in range(end, min(end + _TAIL, len(self.tokens))):
            token = self.tokens[place]
            if not token.joined or class_of(token.text) not in {"al", "unknown", "foreign"}:
                break
            tail.append((token.text, token.end))
        return self._mention("person", i, end, words, cut, doubtful=tuple(doubtful), tail=tuple(tail)), end

    def _part(self, i: int, word: str) -> _Part | None:
        """The part of a person's name that begins at a word: one word, or several as in عبد الله, بن علي."""
        after = self._next(i)
        if after == "الله" and word in _set(_BEFORE_ALLAH):
            return _Part(i + 2, "given")
        if after == "الدين" and word in _set(_BEFORE_DIN):
            return _Part(i + 2, "given")
        if word == "زين" and after == "العابدين":
            return _Part(i + 2, "given")
        if word == "عبد":
            return _Part(i + 2, "given") if after.startswith("ال") or after == "ربه" else None
        if (word, after) in _FAMILIES_OF_TWO:
            return _Part(i + 2, "al")
        if word in _FATHERS:
            inner = self._part(i + 1, after) if after and after not in _FATHERS else None
            if inner is None and word in {"بن", "ابن"} and _may_name_father(after):
                return _Part(i + 2, "given")
            if inner is None or (word in {"ال", "ابا", "ابي"} and inner.kind == "unknown"):
                return None
            return _Part(inner.end, "given")
        kind = class_of(word)
        return _Part(i + 1, kind) if kind else None

    def _is_named_after(self, i: int) -> bool:
        """Whether the name of a place or an institution ends in the person's name: مستشفى فرحات حشاد."""
        for place in range(i - 1, max(i - 4, -1), -1):
            if not self.tokens[place + 1].joined:
                return False
            if any(form in _set(_NAMED_AFTER) for form, _ in _stripped(self.tokens[place].text)):
                return True
            if not self.tokens[place].text.startswith(("ال", "لل")) or self.tokens[place].text in _set(_TITLES):
                return False
        return False

    def _is_titled(self, i: int) -> bool:
        """Whether a title stands before a word, with what may be between: وزير الخارجية الروسي سيرغي."""
        for place in range(i - 1, max(i - 7, -1), -1):
            if not self.tokens[place + 1].joined:
                return False
            word = self.tokens[place].text
            if any(form in _set(_TITLES) for form, _ in _stripped(word)):
                return True
            if not word.startswith(("ال", "وال", "لل")):
                return False
        return False

    # Latin letters

    def _latin(self, i: int) -> tuple[Mention, int] | None:
        if not self._is_capital(i):
            return None
        if found := self._latin_table(i):
            return found
        word = self.tokens[i].text
        titled = i > 0 and self.tokens[i - 1].text in _LATIN_TITLES and self._near(i)
        if word in english_titles() | _LATIN_TITLES or not (
            word in _latin_given() or (titled and word not in english_openers())
        ):
            return None
        end = self._latin_end(i)
        words = tuple(token.text for token in self.tokens[i:end])
        if len(words) == 1 or len(words[-1]) == 1:
            return None
        return self._mention("person", i, end, words, 0), end

    def _latin_end(self, i: int) -> int:
        end = i + 1
        while end < min(i + _MOST_PARTS, len(self.tokens)) and self._near(end):
            word = self.tokens[end].text
            following = end + 1 < len(self.tokens) and self._is_capital(end + 1) and self._near(end + 1)
            if word in _LATIN_INSIDE and following:
                end += 2
            elif self._is_capital(end) and (word in _latin_given() or not _is_english_word(word)):
                end += 1
            else:
                break
        return end

    def _latin_table(self, i: int) -> tuple[Mention, int] | None:
        for known, kind in ((known_organisations(), "organisation"), (known_places(), "place")):
            if self.tokens[i].text not in known.firsts:
                continue
            for length in range(known.longest, 0, -1):
                end = i + length
                if end > len(self.tokens) or not all(self._near(place) for place in range(i + 1, end)):
                    continue
                key = tuple(token.text for token in self.tokens[i:end])
                code = known.codes.get(key)
                if code is None:
                    continue
                written = self.text[self.tokens[i].start : self.tokens[end - 1].end]
                if len(key) == 1 and len(written) < 5 and kind == "organisation" and not written.isupper():
                    return None
                if kind == "place" and length == 1 and self._is_inside_name(i, end):
                    return None
                return self._mention(kind, i, end, key, 0, code=code), end
        return None

    def _is_inside_name(self, i: int, end: int) -> bool:
        """Whether another name may stand beside: Michael Jordan, Paris Hilton."""
        before = i > 0 and self._near(i) and self._is_capital(i - 1) and self.tokens[i - 1].text in _latin_given()
        after = end < len(self.tokens) and self._near(end) and self._is_capital(end)
        return before or (
            after and not is_ordinary_english(self.tokens[end].text) and not is_people(self.tokens[end].text)
        )

    def _is_capital(self, i: int) -> bool:
        return self.text[self.tokens[i].start].isupper()

    def _near(self, i: int) -> bool:
        return _LATIN_GAP.fullmatch(self.text, self.tokens[i - 1].end, self.tokens[i].start) is not None

    # Tokens

    def _word(self, i: int) -> str:
        return self.tokens[i].text if 0 <= i < len(self.tokens) else ""

    def _next(self, i: int) -> str:
        """The word after this one if only spaces are between."""
        return self.tokens[i + 1].text if i + 1 < len(self.tokens) and self.tokens[i + 1].joined else ""

    def _words(self, i: int, length: int, first: str | None = None) -> Key:
        run = self.tokens[i : i + length]
        if len(run) < length or not all(token.joined for token in run[1:]):
            return ()
        return tuple(token.text for token in run) if first is None else (first, *(token.text for token in run[1:]))

    def _mention(
        self, kind: str, i: int, end: int, words: Key, cut: int, *, code: str = "", doubtful: tuple[int, ...] = (),
        tail: tuple[tuple[str, int], ...] = (), is_open: bool = False,
    ) -> Mention:  # fmt: skip
        start = self.tokens[i].start + (self._after_clitics(i, cut) if cut else 0)
        return Mention(kind, Span(start, self.tokens[end - 1].end), words, code, doubtful, tail, is_open)  # type: ignore[arg-type]

    def _after_clitics(self, i: int, cut: int) -> int:
        """Number of characters of the clitics of a word, with their marks."""
        token = self.tokens[i]
        letters = 0
        for offset, character in enumerate(self.text[token.start : token.end]):
            if letters == cut and normal_form(character):
                return offset
            letters += bool(normal_form(character))
        return 0


def _is_english_word(word: str) -> bool:
    return is_ordinary_english(word) or word in english_openers() or word in english_titles()


@cache
def _latin_given() -> frozenset[str]:
    return frozenset(_LATIN_GIVEN.casefold().split())


@lru_cache(maxsize=65536)
def _stripped(word: str, *, always: bool = True) -> tuple[tuple[str, int], ...]:
    """A word, and without its clitics, each with the number of letters cut off; 0 for للـ, where ال is put back."""
    found = [(word, 0)]
    for prefix in ("و", "ف", "ب", "ل", "ك", "وب", "ول", "فب"):
        rest = word[len(prefix) :]
        if word.startswith(prefix) and len(rest) > _SHORT:
            found.append((rest, len(prefix)))
    if always:
        found += [
            ("ال" + word[len(prefix) :], len(prefix) - 1)
            for prefix in ("لل", "ولل")
            if word.startswith(prefix) and len(word) > len(prefix) + _SHORT
        ]
    return tuple(found)


def _tokens(text: str) -> Iterator[_Token]:
    end = 0
    for match in _TOKEN.finditer(text):
        written = match.group()
        if not (form := word_form(written)):  # a tatweel alone, written for a dash: جندوبة ـ حسن
            continue
        joined = end > 0 and _GAP.fullmatch(text, end, match.start()) is not None
        yield _Token(_as_named(form, written), match.start(), match.end(), joined, written)
        end = match.end()


def _as_named(word: str, written: str) -> str:
    """على is a preposition, whose normalised form is that of the name علي."""
    return word + _PREPOSITION if word in {"علي", "وعلي", "فعلي"} and "\u0649" in written else word


def find_names(text: str) -> list[Mention]:
    """Names and candidates in a text, in order. A candidate (`open`) may overlap what follows it."""
    return list(_Finder(text).run())


def names_and_words(text: str) -> tuple[list[Mention], list[str]]:
    """What `find_names` finds, and all words of the text, normalised as in `Mention.words`."""
    finder = _Finder(text)
    return list(finder.run()), [token.text for token in finder.tokens]


_UNMARKED: Final = re.compile(rf"[{_MARKS}]")


def spelled(text: str, mention: Mention) -> tuple[str, ...]:
    """The words of a mention as written, without vowel marks and without what is joined to the first."""
    if not ARABIC.match(mention.words[0]):
        return tuple(mention.span.of(text).split())
    written = [
        _UNMARKED.sub("", match.group()) for match in _TOKEN.finditer(text, mention.span.start, mention.span.end)
    ]
    first = mention.words[0]
    if first.startswith("ال") and not word_form(written[0]).startswith("ال"):  # للولايات
        written[0] = "ال" + written[0].removeprefix("ل")
    return tuple(written)


def name_key(name: str) -> str:
    """The key of a name as written: spellings with one key differ only in hamza, ya, ta marbuta, marks and spaces.

    The article of a Latin name is left out, and عبد is one word with what follows it.
    """
    parts = [word_form(match.group()) for match in _TOKEN.finditer(name)]
    if parts and not ARABIC.match(parts[0]):
        parts = [part for part in parts if part not in _LATIN_ARTICLES] or parts
    joined = " ".join(parts).translate(_SEATS)
    return _LATIN_ABD.sub("abdal", joined.replace("عبد ال", "عبدال"))


_SEATS: Final = str.maketrans("ئؤ", "يو", "ء")
"""قائد is also قايد, فؤاد فواد, الجريء الجري."""
_LATIN_ARTICLES: Final = frozenset({"al", "el", "the"})
_LATIN_ABD: Final = re.compile(r"\babd(?:[eu]l|al)?[ ]?(?:[aeu]l )?(?=[a-z]{2})")


def is_arabic_given(word: str) -> bool:
    """Whether a normalised Arabic word is a given name that is not a foreign one."""
    return class_of(word) in {"given", "weak"} and word not in _set(_FOREIGN_GIVEN)


def is_family_name(word: str) -> bool:
    """Whether a normalised Arabic word, with or without a clitic, is a family name that stands for its person alone."""
    return any(form in _set(_FAMILY) for form, _ in _stripped(word))
