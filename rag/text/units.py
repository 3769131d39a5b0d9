"""Units, currencies and offices that exclude one another, in both languages, as data; `concepts` reads them.

They count only where they belong to something: a unit to its figure, an office to its minister or ministry. The form
is that of `rag.text.opposites`.
"""

from __future__ import annotations

from typing import Final

UNITS: Final = """
دولار دولارات|dollar <> يورو|euro <> دينار دنانير|dinar <> ريال|riyal <> جنيه جنيهات|pound sterling <> درهم|dirham \
<> ين|yen <> يوان|yuan <> روبل|rouble ruble <> ليرة|lira
متر أمتار م|metre meter m <> كيلومتر كيلومترات كم كيلومترا|kilometre kilometer km <> ميل أميال|mile mi <> قدم \
أقدام|foot feet ft <> سنتيمتر سم|centimetre centimeter cm <> ياردة ياردات|yard
كيلوغرام كغ كيلو|kilogram kilo kg <> غرام|gram <> طن أطنان|tonne ton <> رطل أرطال|lb lbs
ثانية ثوان|seconds <> دقيقة دقائق|minute minutes <> ساعة ساعات|hour hours <> يوم أيام|day days <> أسبوع أسابيع|week \
weeks <> شهر أشهر شهور|month months <> سنة سنوات عام أعوام|year years <> عقد عقود|decade decades <> قرن قرون|century \
centuries
شخص أشخاص مواطن مدني مدنيين|civilian civilians <> عسكري عسكريين جندي جنود|soldier soldiers troops
رجل رجال|man men <> امرأة نساء|woman women <> طفل أطفال|child children
قتيل قتلى قتل مقتل|dead killed deaths die <> جريح جرحى أصيب إصابة مصاب|wounded injured injuries
سيارة سيارات|car cars <> طائرة طائرات|aircraft plane planes <> قارب قوارب سفينة سفن|boat boats ship ships
برميل براميل|barrel barrels <> لتر|litre liter litres liters
هدف أهداف|goal goals <> نقطة نقاط|point points
"""

OFFICES: Final = """
خارجية|foreign state <> داخلية|interior <> دفاع|defence defense <> مالية|finance <> عدل|justice <> صحة|health <> \
تعليم تربية|education <> تجارة|trade commerce <> نفط بترول|oil petroleum <> زراعة فلاحة|agriculture <> ثقافة|culture \
<> سياحة|tourism <> نقل|transport <> اقتصاد|economy <> تخطيط|planning <> بيئة|environment <> عمل|labour labor
"""

OFFICE_HOLDERS: Final = frozenset(
    "وزير وزيره وزراء وزيرا وزيري وزاره الوزير minister ministers ministry secretary department".split()  # noqa: SIM905
)
"""What an office belongs to; in normal form."""
