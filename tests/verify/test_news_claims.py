"""Claims of ordinary news that differ from their quote in one thing, or say the same in other words."""

from __future__ import annotations

import pytest

from rag.types import Context
from rag.verify.claims import check

PUBLISHED = Context("2015-06-02", "")
"""A Tuesday."""

SAME = [
    ("Prices rose 20% to 30%", "Prices rose 20-30%"),
    ("Prices rose 20-30%", "Prices rose 20% to 30%"),
    ("Prices rose between 20 and 30 percent", "ارتفعت الأسعار ما بين 20 و30 في المئة"),
    ("ارتفعت الأسعار بين 20% و30%", "ارتفعت الأسعار ما بين 20 و30 في المئة"),
    ("5 to 6 million people fled", "Between 5 and 6 million people fled"),
    ("20 people died and 30 percent fled", "20 people died and 30 percent fled"),
    ("The talks will be held on May 4, 2016", "The talks will be held on May 3-4, 2016"),
    ("Two soldiers were killed in Sinai", "مقتل جنديين في سيناء وإصابة عدد من المدنيين"),
    ("Two soldiers were killed in Sinai", "قتل جنديان في سيناء"),
    ("Two hostages were freed in Lebanon", "أفرج عن رهينتين في لبنان"),
    ("Two people were arrested", "اعتقل شخصان"),
    ("30 people were wounded in a blast", "12 people were killed and 30 others wounded in a blast"),
    ("12 people were killed in a blast", "12 people were killed and 30 others wounded in a blast"),
    ("قتل 12 شخصا في تفجير", "12 people were killed and 30 others wounded in a blast"),
    ("A blast killed 12 people", "قتل 12 شخصا في تفجير"),
    ("The company employs no fewer than 3,000 people", "The company employs more than 3,000 people"),
    ("The company employs more than 3,000 people", "The company employs no fewer than 3,000 people"),
    ("قتل 12 شخصا على الأقل", "قتل ما لا يقل عن 12 شخصا"),
    ("قتل ما لا يقل عن 12 شخصا", "قتل 12 شخصا على الأقل"),
    ("At least 12 people were killed in a car bomb", "قتل ما لا يقل عن 12 شخصا في انفجار سيارة مفخخة"),
    ("لم يفز الحزب إلا ب12 مقعدا", "فاز الحزب ب12 مقعدا فقط"),
    ("فشلت المحادثات في التوصل إلى اتفاق", "لم تتوصل المحادثات إلى اتفاق"),
    ("لم تتوصل المحادثات إلى اتفاق", "فشلت المحادثات في التوصل إلى اتفاق"),
    ("فشل الجيش في السيطرة على مدينة تدمر", "فشل الجيش في السيطرة على مدينة تدمر"),
    ("امتنعت تركيا عن المشاركة في القمة", "لم تشارك تركيا في القمة"),
    ("اعتقلت الشرطة مواطنا تونسيا", "اعتقلت الشرطة تونسيا"),
    ("Unemployment rose by three percentage points", "ارتفع معدل البطالة ثلاث نقاط مئوية"),
    ("تنتج ليبيا 500 ألف برميل في اليوم", "Libya produces 500,000 barrels per day"),
    ("تنتج ليبيا 500 ألف برميل في اليوم", "تنتج ليبيا 500 ألف برميل يوميا"),
    ("ستجرى الانتخابات في 7 يونيو", "ستجرى الانتخابات الأحد المقبل"),
    ("استقال وزير الداخلية", "The interior minister resigned"),
    ("The Russian foreign minister met Kerry", "التقى وزير الخارجية الروسي كيري"),
    ("Niger closed its border", "أغلقت النيجر حدودها"),
    ("Kerry said Assad must go", "Assad must go, said Kerry."),
    ("Kerry said the talks would begin", "“The talks will begin,” said Kerry, who met Lavrov in Geneva."),
    ("A third of the residents fled", "فر ثلث السكان"),
    ("Half of the residents fled", "فر نصف السكان"),
    ("Two thirds of the residents fled", "فر ثلثا السكان"),
    ("The minister spoke on the third of May", "تحدث الوزير في الثالث من مايو"),
    ("لم تشارك المعارضة في الحوار", "رفضت المعارضة المشاركة في الحوار"),
    ("لن ينعقد المؤتمر بحسب لافروف", "استبعد لافروف انعقاد المؤتمر"),
    ("تتمسك نقابة الفلاحين بتسعيرة محصول الحبوب", "تتشبث نقابة الفلاحين بتسعيرة صابة الحبوب"),
    ("البورصة ترتفع", "البورصة تقفز إلى أعلى مستوى"),
    ("قرابة خمسين قتيلا في انهيار أرضي", "قتل 48 شخصا في انهيار أرضي"),
    ("أكثر من 125 ألف مترشح للباكالوريا", "يجتاز 125034 مترشحا اختبار الباكالوريا"),
    ("About 51 percent of the voters said yes", "In the end 51.32% of the voters said yes"),
    ("يلتقي الفريقان في الرابعة مساء بملعب رادس", "يلتقي الفريقان بملعب رادس على الساعة 16:00"),
    ("فاز الفريق بثلاثة أهداف", "فاز الفريق بثلاثية نظيفة"),
    ("Two extremists were arrested", "إيقاف عنصرين متطرفين"),
]

OTHER = [
    ("Prices rose 25-30%", "Prices rose 20% to 30%"),
    ("20 percent died and 30 percent fled", "20 people died and 30 percent fled"),
    ("Two soldiers were killed in Sinai", "مقتل ثلاثة جنود في سيناء وإصابة عدد من المدنيين"),
    ("Two hostages were freed in Lebanon", "أفرج عن خمسة رهائن في لبنان"),
    ("أفرج عن 2 من الرهائن في لبنان", "أفرج عن خمسة رهائن في لبنان"),
    ("قتل الجيش 21 مسلحا في سيناء", "قتل الجيش 5 مسلحين في سيناء يوم 21 يونيو"),
    ("سجلت الوزارة 15 حالة وفاة", "سجلت الوزارة 3 حالات وفاة في 15 مارس 2020"),
    ("قتل 30 شخصا في تفجير", "أصيب 30 شخصا في تفجير"),
    ("قتل 30 شخصا في تفجير", "قتل 12 شخصا وأصيب 30 في تفجير"),
    ("30 people were killed in a blast", "12 people were killed and 30 others wounded in a blast"),
    ("A blast wounded 12 people", "قتل 12 شخصا في تفجير"),
    ("بلغ عدد القتلى أكثر من 300", "بلغ عدد القتلى أقل من 300"),
    ("The company employs more than 3,000 people", "The company employs fewer than 3,000 people"),
    ("The company employs more than 3,000 people", "توظف الشركة أقل من 3000 شخص"),
    ("سيطر الجيش على مدينة تدمر", "فشل الجيش في السيطرة على مدينة تدمر"),
    ("شاركت تركيا في القمة", "امتنعت تركيا عن المشاركة في القمة"),
    ("Parliament approved the law", "Parliament has yet to approve the law"),
    ("Russia will intervene", "Russia ruled out intervening"),
    ("اعتقلت الشرطة مواطنا تونسيا", "اعتقلت الشرطة مواطنا مصريا"),
    ("ارتفع معدل البطالة 3 في المئة", "ارتفع معدل البطالة ثلاث نقاط مئوية"),
    ("وصل الوفد إلى جنيف في 2 يونيو", "وصل الوفد إلى جنيف في اليوم التالي للهجوم"),
    ("ستجرى الانتخابات في 31 مايو", "ستجرى الانتخابات الأحد المقبل"),
    ("The delegation arrives next Monday", "The delegation arrived last Monday"),
    ("استقال وزير الداخلية", "استقال وزير الدفاع"),
    ("The Russian foreign minister met Kerry", "The Russian defence minister met Kerry"),
    ("التقى الرئيس محمود عباس", "التقى الرئيس محمد عباس"),
    ("Niger closed its border", "أغلقت نيجيريا حدودها"),
    ("Lavrov said the talks would begin", "“The talks will begin,” said Kerry, who met Lavrov in Geneva."),
    ("Half of the residents fled", "A third of the residents fled"),
    ("فر نصف السكان", "فر ثلث السكان"),
    ("Prices fell by half", "انخفضت الأسعار بمقدار الربع"),
    ("وافق البرلمان على القانون", "رفض البرلمان الموافقة على القانون"),
    ("شاركت المعارضة في الحوار", "رفضت المعارضة المشاركة في الحوار"),
    ("رفضت المعارضة الحوار", "قبلت المعارضة الحوار"),
    ("ترفض الحكومة زيادة الأجور", "الحكومة تعتزم زيادة الأجور"),
    ("لافروف: سيعقد مؤتمر في جنيف", "استبعد لافروف انعقاد مؤتمر في جنيف"),
    ("البلدية تواصل مشاريعها في الحي", "البلدية تعلق مشاريعها في الحي"),
    ("مكاسب جديدة للدينار", "خسائر جديدة للدينار"),
    ("البنك المركزي يسحب السيولة من المصارف", "ضخ سيولة في المصارف"),
    ("At least 312 people were killed", "At least 321 people were killed"),
    ("قرابة ستين قتيلا في انهيار أرضي", "قتل 48 شخصا في انهيار أرضي"),
    ("أكثر من 130 ألف مترشح للباكالوريا", "يجتاز 125034 مترشحا اختبار الباكالوريا"),
    ("يلتقي الفريقان في الخامسة مساء بملعب رادس", "يلتقي الفريقان بملعب رادس على الساعة 16:00"),
    ("فاز الفريق بأربعة أهداف", "فاز الفريق بثلاثية نظيفة"),
]


def is_supported(claim: str, quote: str) -> bool:
    found = check(claim, [quote], similarity=None, min_similarity=0.84, contexts=[PUBLISHED])
    return found.support == "supported"


@pytest.mark.parametrize(("claim", "quote"), SAME)
def test_other_words_for_the_same_are_supported(claim: str, quote: str) -> None:
    assert is_supported(claim, quote)


@pytest.mark.parametrize(("claim", "quote"), OTHER)
def test_another_bound_harm_day_office_or_name_is_not(claim: str, quote: str) -> None:
    assert not is_supported(claim, quote)
