"""What questions may be drawn about, in both languages, as data; `rag.retrieve.suggestions` reads it.

It holds words of news in general, in forms that stay right after « عن »; nothing of any one archive.
"""

from __future__ import annotations

from typing import Final

TOPICS: Final = """
الإرهاب|terrorism
مكافحة الإرهاب|the fight against terrorism
الانتخابات|the elections
الانتخابات الرئاسية|the presidential elections
الانتخابات التشريعية|the parliamentary elections
الانتخابات البلدية|the municipal elections
الاستفتاء|the referendum
الدستور|the constitution
البرلمان|parliament
المعارضة|the opposition
المفاوضات|the negotiations
محادثات السلام|the peace talks
عملية السلام|the peace process
العملية السياسية|the political process
الحل السياسي|the political solution
التسوية السياسية|the political settlement
وقف إطلاق النار|the ceasefire
الهدنة|the truce
المصالحة الوطنية|national reconciliation
الحوار الوطني|the national dialogue
الأزمة السورية|the Syrian crisis
الأزمة اليمنية|the Yemeni crisis
الأزمة الليبية|the Libyan crisis
الأزمة الخليجية|the Gulf crisis
القضية الفلسطينية|the Palestinian cause
الاستيطان|the settlements
الأسرى|the prisoners
اللاجئين|refugees
النازحين|displaced people
الهجرة|migration
الهجرة غير الشرعية|illegal migration
الهجرة السرية|illegal migration
العقوبات|sanctions
البرنامج النووي|the nuclear programme
الاتفاق النووي|the nuclear deal
السلاح النووي|nuclear weapons
الأسلحة الكيميائية|chemical weapons
حقوق الإنسان|human rights
حقوق المرأة|women's rights
حرية الصحافة|press freedom
حرية التعبير|freedom of expression
المساعدات الإنسانية|humanitarian aid
الفساد|corruption
مكافحة الفساد|the fight against corruption
العدالة الانتقالية|transitional justice
عقوبة الإعدام|the death penalty
الاقتصاد|the economy
الأزمة الاقتصادية|the economic crisis
الأزمة المالية|the financial crisis
النمو الاقتصادي|economic growth
الوضع الأمني|the security situation
الوضع الاقتصادي|the economic situation
التضخم|inflation
البطالة|unemployment
الأسعار|prices
أسعار النفط|oil prices
النفط|oil
الغاز الطبيعي|natural gas
الطاقة الشمسية|solar energy
الميزانية|the budget
قانون المالية|the finance law
البنك المركزي|the central bank
البورصة|the stock exchange
الاستثمار|investment
الاستثمارات|investments
التجارة الخارجية|foreign trade
العجز التجاري|the trade deficit
الصادرات|exports
التهريب|smuggling
السياحة|tourism
الزراعة|agriculture
القطاع الخاص|the private sector
التعليم|education
التعليم العالي|higher education
الصحة العامة|public health
التدخين|smoking
المخدرات|drugs
تغير المناخ|climate change
الجفاف|drought
الفيضانات|floods
كرة القدم|football
كرة اليد|handball
كرة السلة|basketball
كأس العالم|the World Cup
كأس الأمم الأفريقية|the Africa Cup of Nations
دوري أبطال أوروبا|the Champions League
الألعاب الأولمبية|the Olympic Games
مهرجان كان|the Cannes festival
السينما|cinema
المسرح|theatre
"""
"""Arabic, definite and in the genitive, and English, after « عن » and "about"."""

NAMES: Final = """
SA|السعودية|Saudi Arabia
AE|الإمارات|the United Arab Emirates
TR|تركيا|Turkey
PS|فلسطين|Palestine
GB|بريطانيا|Britain
SY|سوريا|Syria|سورية
US|الولايات المتحدة|the United States|أمريكا,أميركا,الولايات المتحدة الأمريكية,الولايات المتحدة الأميركية
CZ|التشيك|the Czech Republic
CI|ساحل العاج|Ivory Coast
MM|ميانمار|Myanmar
150|أوروبا|Europe|أوربا
isis|تنظيم الدولة الإسلامية|Islamic State|داعش,تنظيم الدولة
nusra|جبهة النصرة|the Nusra Front
qaeda|تنظيم القاعدة|al-Qaeda
hezbollah|حزب الله|Hezbollah
hamas|حماس|Hamas
taliban|طالبان|the Taliban
opec|أوبك|OPEC
nato|حلف شمال الأطلسي|NATO|الناتو,حلف الناتو
unsc|مجلس الأمن الدولي|the UN Security Council|مجلس الأمن
arableague|جامعة الدول العربية|the Arab League|الجامعة العربية
imf|صندوق النقد الدولي|the International Monetary Fund
worldbank|البنك الدولي|the World Bank
who|منظمة الصحة العالمية|the World Health Organization
unicef|اليونيسف|UNICEF
aleppo|حلب|Aleppo
homs|حمص|Homs
idlib|إدلب|Idlib
mosul|الموصل|Mosul
"""
"""Names that CLDR lacks or writes otherwise than newspapers do: code, Arabic, English, spellings."""

OFFICES: Final = """
الرئيس|the president
رئيس الوزراء|the prime minister
رئيس الحكومة|the prime minister
وزير الخارجية|the foreign minister
وزيرة الخارجية|the foreign minister
وزير الداخلية|the interior minister
وزير الدفاع|the defence minister
وزير المالية|the finance minister
وزير الاقتصاد|the economy minister
وزير النفط|the oil minister
وزارة الخارجية|the foreign ministry
وزارة الداخلية|the interior ministry
وزارة الدفاع|the defence ministry
وزارة الصحة|the health ministry
"""
"""Offices that an adjective of a country follows: « وزير الخارجية الروسي »."""

PEOPLE: Final = frozenset({"refugees", "displaced people", "the prisoners"})
"""Topics whose adjective says where they come from and not where they are."""

HAPPENINGS: Final = frozenset(
    """وفاة مقتل اغتيال استشهاد اختطاف خطف اعتقال إيقاف القبض محاكمة إحالة سجن هجوم تفجير انفجار اندلاع إطلاق حادث
    حادثة غرق انهيار سقوط تحطم إصابة العثور اكتشاف حجز ضبط تفكيك إحباط القضاء اقتحام تهريب سرقة افتتاح انطلاق
    اختتام تنظيم تكريم اجتماع لقاء زيارة قمة مؤتمر توقيع اتفاق مبادرة تأسيس إنشاء تدشين إطلاق إصدار إلغاء تأجيل
    تعليق غلق إغلاق فتح استئناف عودة وصول مغادرة ترحيل إضراب احتجاجات مظاهرة مسيرة اعتصام استقالة إقالة تعيين
    انتخاب ترشح فوز خسارة هزيمة تتويج انضمام انسحاب ارتفاع انخفاض تراجع زيادة تخفيض تفاقم عجز منح قرض سحب حظر
    منع رفع تمديد انقطاع تعطل إعفاء إخلاء إجلاء إنقاذ قصف تحرير معركة هدنة""".split()  # noqa: SIM905
)
"""Nouns that open a headline which is one noun phrase; they are spelled the same in every case."""

SPEECH: Final = frozenset(
    """قال أكد أعلن أوضح صرح أضاف شدد أشار اعتبر ذكر كشف لفت أفاد حذر دعا انتقد رفض""".split()  # noqa: SIM905
)
"""Verbs of saying, third person, masculine; with a ت they are feminine."""

VAGUE: Final = frozenset(
    """كل كلا عدد بعض احد احدي جميع مسؤول مسؤولون مسئول شهود خبراء مراقبون وفق
    نفس ذات ذاته ذاتها نفسه نفسها هذا هذه ذلك تلك المصدر ايضا كذلك هو هي هم الذي التي وقال
    واكد مصدر مصادر المصادر الاخير الاخيره المذكور المذكوره اليه اليها فيه فيها له لها به بها هناك ثم قد لم لا ما كما
    بدوره بدورها سابقا""".split()  # noqa: SIM905
)
"""Words that make the one who speaks somebody of the sentence before, or no one; in normal form."""

HEADLINE_VERBS: Final = SPEECH | frozenset(
    """أثار أثارت خلف خلفت أسفر أسفرت أودى أودت أدى أدت بات باتت كان كانت سيكون ستكون تتواصل يتواصل تهدد تشعل تثير تخلف
    تكشف""".split()  # noqa: SIM905
)
"""Verbs that make a headline a sentence, beside those that their prefix betrays."""
