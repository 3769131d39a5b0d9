"""Judge whether a word is a name by its form and its neighbours: English by its form, Arabic by lists and endings."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from rag.text.concepts import OPPOSITES, SYNONYMS, UNITS, english_stem, senses_of
from rag.text.normalise import Word, forms, same, stems, words

# Ordinary words of news, which a writer may add to a quote without naming anybody.
#
# Words that are also common names, such as خالد, سعيد or أمين, are not included.

_PARTICLES: Final = """
في من إلى على عن مع عند لدى حول خلال بين قبل بعد أثناء ضد نحو منذ حتى دون بدون عبر ضمن تحت فوق أمام خلف وراء داخل خارج
بشأن بخصوص بصدد إزاء تجاه حسب وفق وفقا طبقا بسبب نتيجة رغم بالرغم لأجل أجل سوى غير إلا عدا مثل مثلما كما كان كانت
كانوا يكون تكون ليس ليست أصبح ما ماذا لا لم لن لما قد لقد سوف إن أن أنه أنها أنهم أنهما إنه إنها كأن لكن لكنه لكنها
لعل بأن بأنه بأنها لأن لأنه لأنها هو هي هم هما هن نحن أنا أنت هذا هذه هذان هذين هؤلاء ذلك تلك أولئك ذا ذي الذي التي
الذين اللذين اللذان اللتين اللتان اللواتي ممن مما فيما عما بما إذ إذا إذن لو لولا حيث حيثما حين حينما عندما بينما كيف
متى أين لماذا هل كم أي أية أيا كل كلا كلتا جميع كافة بعض معظم أغلب كثير كثيرا قليل قليلا أكثر أقل أيضا كذلك ثم أو أم
أما إما بل نعم ربما فقط جدا تماما مجددا سابقا لاحقا حاليا مؤخرا أخيرا أولا ثانيا حينئذ هنا هناك هنالك الآن فيه فيها
منه منها عليه عليها إليه إليها له لها لهم لهما به بها بهم معه معها معهم عنه عنها بينهم بينهما بينها نفسه نفسها ذات
ذاته ذاتها الآخر الأخرى آخر آخرين أحدهما أحدهم كلاهما
"""

_ARABIC: Final = """
قال قالت يقول تقول قول أقوال أكد أكدت يؤكد تأكيد مؤكدا أوضح يوضح موضحا توضيح أضاف يضيف مضيفا أعلن أعلنت يعلن إعلان
معلنا صرح تصريح تصريحات أشار يشير مشيرا إشارة لفت لافتا ذكر يذكر ذكرت مذكرا أفاد يفيد إفادة شدد مشددا تشديد رأى يرى
رؤية اعتبر يعتبر معتبرا بين مبينا أعرب معربا عبر تعبير دعا يدعو دعوة داعيا طالب يطالب مطالبة طلب حذر تحذير نفى نفي
أدان إدانة يدين رفض يرفض وافق موافقة يوافق اتفق اتفقا اتفاق اتفاقية اتفاقات متفق أبلغ إبلاغ أخبر خبر أخبار تحدث حديث
متحدثا كشف يكشف نقل نقلا وصف يصف وصفا تابع متابعا ختم ختاما جدد تجديد زعم ادعى ادعاء اتهم اتهام تهمة علق تعليق رد ردا
إجابة أجاب جواب سأل سؤال أسئلة وعد تعهد أقر إقرار توقع متوقعا اقترح اقتراح مقترح عرض اعترض أيد تأييد دعم يدعم داعم
ساند تمسك انتقد انتقاد ندد رحب ترحيب شكر هنأ أثنى أشاد مشيدا ناشد حث نصح نص ينص التقى التقيا يلتقي لقاء لقاءات اجتمع
اجتماع اجتماعات اجتمعا بحث بحثا يبحث مباحثات ناقش نقاش مناقشة ناقشا تناول تناولت محادثات محادثة مفاوضات تفاوض حوار
تشاور مشاورات استقبل استقبال زار يزور زيارة وصل وصول غادر مغادرة سافر سفر عاد عودة توجه ذهب جاء حضر حضور غاب شارك
مشاركة مشاركون عقد يعقد انعقد جرى يجري أجرى إجراء تم يتم تمت قام يقوم قيام وقع يقع توقيع حدث حصل ألقى خطاب كلمة ترأس
رافق برفقة مرافقة وفد وفود مؤتمر مؤتمرات قمة جلسة جولة ندوة اتصال هاتفي هاتفيا رسالة وثيقة بيان تقرير صحفي صحفيون
صحيفة صحافة إعلام إعلامي وكالة وكالات أنباء نبأ قناة تلفزيون إذاعة موقع مصدر مصادر مراسل مقابلة مقال ملف معلومات
بيانات رئيس رؤساء رئاسة رئيسي وزير وزراء وزارة وزاري خارجية داخلية دفاع مالية اقتصاد نائب نواب سفير سفراء سفارة مبعوث
مندوب ممثل متحدث ناطق مسؤول مسؤولين مستشار عضو أعضاء زعيم زعماء قائد قادة قيادة قيادي ملك مملكة أمير شيخ سيد سيدة
دكتور جنرال عقيد لواء مدير حاكم محافظ مرشح نظير نظيره قاض محكمة برلمان مجلس لجنة حكومة حكومي دولة دول دولي دولية بلد
بلدان بلاد جمهورية شعب شعوب وطن وطني مواطن مواطنون منظمة هيئة مؤسسة حزب أحزاب جماعة جماعات تنظيم تنظيمات حركة تحالف
تكتل اتحاد حلف جبهة معارضة معارض معارضون نظام أنظمة سلطة سلطات سياسة سياسي سياسية دبلوماسي دبلوماسية قرار قرارات قانون
قوانين قانوني دستور دستوري انتخاب انتخابات حقوق سيادة شرعي شرعية شخص أشخاص رجل رجال امرأة نساء طفل أطفال شباب طالب
طلاب عامل عمال لاجئ لاجئين نازح مدني مدنيين سكان ضحية ضحايا قتيل قتلى جريح جرحى مصاب قتل مقتل أصيب إصابة جرح مات وفاة
توفي موت سجين أسير معتقل اعتقال خطف حرب حروب معركة قتال نزاع صراع أزمة أزمات هجوم هجمات ضربة ضربات غارة غارات قصف
تفجير انفجار عملية عمليات جيش جيوش جندي جنود قوات قوة قوى عسكري عسكرية أمن أمني شرطة سلاح أسلحة تسليح إرهاب إرهابي
إرهابية متطرف تطرف تهديد خطر مكافحة محاربة حارب مواجهة دفاعي عدوان هدنة وقف إطلاق نار سلام سلمي تسوية حل حلول مصالحة
استقرار انسحاب سيطرة حدود شرق غرب شمال جنوب منطقة مناطق إقليم إقليمي أممي مدينة مدن قرية عاصمة محافظة محلي عالم عالمي
أرض أراض بحر جوي بحري مكان مقر يوم أيام أسبوع أسابيع شهر أشهر شهور سنة سنوات عام أعوام قرن ساعة ساعات دقيقة وقت فترة
مدة مرحلة تاريخ مساء صباح ليل نهار ظهر موعد ماض حال مستقبل قادم مقبل جار حالي سابق لاحق أخير جديد قديم قريب بعيد مرة
مرات مرتين دائم مستمر مؤقت أول ثان ثالث واحد عدد أعداد نسبة رقم نصف قيمة مبلغ سعر أسعار ثمن دولار يورو كلفة حجم كمية
معدل مستوى مجموع إجمالي زيادة زاد ازداد ارتفع ارتفاع انخفض انخفاض تراجع نمو بلغ يبلغ حوالي نحو قرابة تقريبا علاقة
علاقات تعاون شراكة صداقة مصلحة مصالح قضية قضايا مسألة مشكلة مشاكل ملفات موضوع فكرة أفكار موقف مواقف رأي دور جهد جهود
سبيل سبل طريق طريقة طرق شكل نوع أساس أساسي إطار مجال صدد جانب جانبين جانبان طرف أطراف طرفين ثنائي ثنائية مشترك مشتركة
متبادل متبادلة هدف أهداف سبب أسباب شرط شروط نقطة خطوة خطوات خطة خطط مبادرة مشروع مشاريع برنامج اهتمام أهمية مهم أهم
ضرورة ضروري حاجة واجب يجب ينبغي يمكن إمكانية ممكن استعداد مستعد قدرة قادر استطاع رغبة أراد يريد حاول محاولة بدأ بداية
انتهى نهاية استمر استمرار واصل مواصلة أدى يؤدي أسهم ساهم مساهمة ساعد مساعدة منح قدم تقديم أخذ أعطى جعل وضع أوضاع حالة
ظرف ظروف تطور تطورات تطوير تعزيز عزز تحقيق حقق تنفيذ نفذ اتخذ اتخاذ تغيير تغير أثر تأثير نتائج فشل نجح نجاح عمل يعمل
أعمال فعل استخدم استخدام وجود يوجد وجد بقي بقاء ترك منع سمح كبير كبيرة صغير طويل قصير قوي ضعيف عال واسع شامل كامل خاص
خاصة عام عامة رسمي رسمية مختلف متعدد سلبي إيجابي اقتصادي اقتصادية اجتماعي ثقافي إنساني تجاري تجارة شركة شركات بنك سوق
نفط غاز طاقة مال أموال استثمار ميزانية دين ديون صادرات واردات إنتاج بيع شراء صحة صحي مستشفى طبيب مرض وباء تعليم مدرسة
جامعة دراسة علم علمي بحوث فريق مباراة بطولة لاعب فوز فاز خسارة خسر هدفين كأس طائرة مطار سفينة ميناء سيارة قطار طقس مطر
زلزال حريق ماء مياه كهرباء بناء مبنى بيت منزل عائلة أسرة أب أم ابن ابنة زوج زوجة ورد تضمن شمل يشمل ضم يضم تعلق يتعلق
يتمثل يعني يعد يعتبران سعى يسعى يهدف هدفت أرسل تسلم استلم تلقى حمل يحمل أظهر يظهر صدر أصدر إصدار نشر مقالة مهمة تعيين
عين استقال استقالة أقال انتخب فرض عقوبة عقوبات رفع خفض ألغى إلغاء أجل تأجيل افتتح افتتاح أغلق إغلاق أطلق مجتمع موحد
توحيد تفاهم شريك شركاء شيء مجهول سياق عرف أعراف عدم نظر نظرا سير بذل قناعة زميل زملاء كثف مكثف ضمان ضمانات صديق أصدقاء
شر مبدأ مبادئ تشويه قصد أجنبي أجانب وحدة وحدات تعميق استراتيجي استراتيجية مؤامرة تآمر أولوية معيار معايير تناقض تفكيك
كيميائي تهريب سرقة ممارسات متوتر توتر تصعيد حكم يحدد تحديد مصير فهم تبادل تقييم نجاحات انتشار دمار شامل آفاق دائرة
توسيع تشكيل شكل إقامة أقام منصب قنوات تنسيق عدالة صعوبة صعوبات ميزان تزويد معدات أنواع خلاف خلافات دخول خروج إطلاع
اطلع تصدي تعاونا تحدي تحديات طابع سوء ظن باسم لدعم للأمم وسيلة وسائل اعتماد اعتمد تعتمد تعرض يتعرض اتجاه اتجاهات احتاج
يحتاج مشيدة مقرر ملتزم التزام ثقة ارتياح قلق أسف أمل شك يقين بديل نفس مماثل ختام مستهل إضافة مناسبة صورة مع ذلك هدد
تصميم
الجاري الماضي المستقبل مسعى مساع قائلا يشارك تجميد جمد يهدد جيد دفع تفعيل انتصار قائم يتعرض يوجب يسمي شن يشن تنفذ مبرر
إحراز خلق مناسب ملائم وسيط وسطاء نحصل غرض طرح يطرح مطلوب إنهاء استجابة باب أبواب مغلق قضاء عقب يزال ازدياد استند يستند
قاد يقود يتعارض كيفية أحداث تقدم تدريجي أعاد إعادة ذهن واثق مسار وقوع مزيد طبيعي نطاق نمط سواء إدراك حليف حلفاء لازم
موجود أفضى انتظر ينتظر انطلق ينطلق وضوح واضح ابتعد اختيار اختار صيغة طاولة أمر أمور إملاء سمع إيجاد أطر جهة جهات
يتطابق ميثاق استغراب بات خطير حقيقة كامل مكون جاز تمييز لعب أكبر عديد سيما إشراك تركيز تركز قابل استثناء آونة معين نقص
عثر منسوب ينتخب علق درس يدرس صعب صعوبة خاطب مفيد بوسع سع طيب حاول مظهر غاية تطلب بديهي حالات جار جيران معقد مرتبط
انتصر بقي يبقى تواصل تخلى معجزة تمويل مول أهمل إهمال عكس وفاق تهيئة متين استئناف استأنف مستقر حريص راغب لابد تبنى
عدالة يأخذ اعتبار تقليد غني دافع مؤثر تثبيت محور سماح إسقاط منتظم مقاربة استحداث آلية متورط ناسب موظف إداري صفة نزيه
موضوعي تعثر ترد يعلم تلاعب مقبول سر أحبط قسم مفاجئ مباشر تجاهل خط لوم توقف أورد يفعل استمع تقارير مسلح اتحادي جهات
تكلم فرقة صلة هرب كمن أطال أمد تقني ظل شرعية محفل كبار ميزان تسليم أحدث منظومة محمول أيد تأجيج إطالة سمح مئوي مكتب
قاعة منزل شارع رحلة بعثة نداء تعاطف ترشح فترة ولاية تصويت صوت أصوات أغلبية أقلية جلسة افتتح تكلف تكلفة قدر يقدر محطة
غرار جراء سراح رهن هامش كاد يكاد ظل يظل سرعان مسبقا احتمال اندلاع صدارة
مصنع عاصفة فيضان حادث حوادث نجا ناج عالج علاج نقل سائق ركاب راكب
"""

# Common names that look like an ordinary word with clitics and endings: ب + أيد + ن, ك + أمير + ون.
_NAMES: Final = "بشار بايدن كاميرون شكري الصدر بري بلير كيري باول بيكر بولتون كلينتون لامي فاروق كريم لطفي بدر كمال"

_JOINED: Final = ("و", "ف", "ب", "ل", "ك")
_SHORT: Final = 3
_PERSONS: Final = ("ي", "ت", "ن", "ا")

_ENGLISH_OPENERS: Final = """
a about above according accordingly across additionally after again against all also although among an and another any
apart are as asked at back based because been before being besides between both but by can citing could despite did do
does during each earlier either even every everyone few finally first following for former four from further
furthermore given had has have having he hence her here his how however i if in including indeed inside instead is it
its itself just last late later least less like many may meanwhile might more moreover most much must near neither
next nevertheless no none nor not nothing now of off officials on once one only or other others otherwise our out over
part people per perhaps previously rather recently regarding reportedly respectively several shall she should
similarly since so some something sources speaking specifically still such take talks than thanks that the their them
then there thereby therefore these they this those though three through throughout thus to together too toward towards
two under unless until up upon us use using very was we were what when where whereas whether which while who whom
whose why will with within without would yes yet you your second third both sides relations negotiations diplomats
experts critics rebels troops soldiers police authorities leaders ministers fighters militants civilians refugees
reports prices exports imports production oil gas work war peace terrorism opposition
"""
# Capitalised as part of a title or an institution: alone, they are not names.
_ENGLISH_TITLES: Final = """
president minister ministry ministers prime foreign deputy vice king queen prince princess sheikh emir sultan dr mr
mrs ms sir lord ambassador envoy secretary general spokesman spokeswoman spokesperson government parliament republic
state states department council assembly commission committee court supreme chief chairman director senator governor
mayor colonel captain admiral army defence defense interior finance affairs special representative leader head union
federation federal national international conference summit agreement resolution statement communique treaty
declaration office agency news article expatriates expatriate bureau congress house party front movement organization
organisation coalition group bank company corporation university hospital al el bin bint ben ibn abu abd de la le von
van der di da the of and for in on at to crown city province region district north south east west northern southern
eastern western central ayatollah airlines airways airport
"""


@cache
def _particles() -> frozenset[str]:
    return frozenset(word.text for word in words(_PARTICLES))


@cache
def _common_arabic() -> dict[str, tuple[str, ...]]:
    """Each ordinary Arabic word and each of its stems → the listed words that have it."""
    found: dict[str, set[str]] = {}
    for word in words(_PARTICLES + _ARABIC):
        for key in (word.text, *stems(word.text)):
            found.setdefault(key, set()).add(word.text)
    return {key: tuple(sorted(listed)) for key, listed in found.items()}


@cache
def english_openers() -> frozenset[str]:
    """Words that begin an English sentence with a capital and are not names."""
    return frozenset(word.text for word in words(_ENGLISH_OPENERS))


@cache
def english_titles() -> frozenset[str]:
    """Words of titles and institutions, and particles of names."""
    return frozenset(word.text for word in words(_ENGLISH_TITLES))


@cache
def _names() -> frozenset[str]:
    return frozenset(form for word in words(_NAMES) for form in (word.text, "و" + word.text))


def is_particle(word: str) -> bool:
    """Whether a normalised Arabic word is a particle or a pronoun, with or without a prefix such as و."""
    return word in _particles() or (word[:1] in _JOINED and word[1:] in _particles())


def is_common(word: Word) -> bool:
    """Whether an Arabic word is an ordinary word, ignoring clitics and endings."""
    return _is_common(word.text)


@lru_cache(maxsize=65536)
def _is_common(text: str) -> bool:
    listed = _common_arabic()
    if text in _names():
        return False
    if len(text) == 1 or text in _particles():
        return True
    if text[0] in _JOINED and text[1:] in _particles():  # ولم, فيما, بكل: too short for `rag.text.normalise.forms`
        return True
    if text[1:] in listed and (text[0] == "و" or (text[0] in "بل" and len(text) == _SHORT)):  # لحل
        return True
    # The list has verbs in the forms "he does" or "he did"; other persons are derived: تريد, نريد, سيجتمع.
    bare = {form.removeprefix("س") for form in forms(text)}
    if any(person + form[1:] in listed for form in bare if form[0] in _PERSONS for person in ("ي", "ا")):
        return True
    # Only with the article: شعبان and عدنان are names.
    if any(form[:2] == "ال" and form[-2:] == "ان" and form[2:-2] in listed for form in forms(text) if text != form[2:]):
        return True
    return any(same(text, known) for key in (text, *stems(text)) for known in listed.get(key, ()))


# Forms of names: common Arabic given names, endings of foreign names, words that are parts of names.
#
# They do not say who exists, only that a word is more likely a name than not, or that a capitalised English word is an
# ordinary word of a title, whose translation does not sound alike.

_GIVEN: Final = """
محمد أحمد محمود حامد حمد حمدي حميد مصطفى حسن حسين حسان محسن إحسان عمر عمرو عمار عثمان خالد وليد فيصل سلمان سليمان
سليم سالم سلطان سعود سعد سعيد ساعد مسعود أسعد سامي سامر سمير سامية سميرة إبراهيم إسماعيل إسحاق يعقوب يوسف يونس يحيى موسى
عيسى هارون داود زكريا إدريس نوح آدم عبد عبدالله عبدالرحمن عبدالعزيز عبدالفتاح عبدالكريم عبدالرحيم عبدالملك عبداللطيف
بشار بشير رفعت رياض رامي راشد رشيد رضا رضوان رؤوف رفيق رمزي زياد زيد زين زهير صلاح صبحي صدام طارق طه طلال
 ظافر ظريف عاطف عباس عبيد عدنان عصام عزيز عقيل علاء عماد غازي غسان فؤاد فادي فارس فاروق فتحي فهد
فوزي قيس كريم كمال لطفي لؤي ماجد مازن مالك مأمون مجدي مراد مرسي مرزوق مروان معاذ معاوية معتز معز مقتدى
منذر منصف منصور منير مهدي مهند ناجي ناصر نبيل نجيب نزار نصر نضال نعيم نوري هادي هاشم هاني هشام هيثم وائل وسام ياسر ياسين
 أيمن أنس أنور أسامة أشرف أكرم أمين أمجد أنيس أيوب باسل بدر بلال بهاء توفيق تامر جابر جاسم جعفر جلال جمال جواد
حاتم حازم حبيب حسام حسني حمزة حيدر خليل خليفة رجب شكري شوقي شفيق ضياء لطيفة ليلى مريم فاطمة فاطمه عائشة خديجة
زينب هدى هند نجلاء نادية نوال سعاد سلوى رانيا ريم بثينة أمينة أسماء آمنة ألفة حنان
 خولة سهام سميحة سناء شيماء عفاف عبير غادة كوثر لبنى لمياء محرزية مية ندى هالة وداد يسرى أروى
بايدن ترامب أوباما بوش كلينتون كيري بوتين ميدفيديف لافروف شويغو زيلينسكي ماكرون هولاند ساركوزي ميركل شولتس جونسون
كاميرون
بلير نتنياهو أردوغان روحاني خامنئي ظريف غوتيريش بيسكوف كينيدي نيكسون ريغان ستالين لينين هتلر تشرشل نابليون غاندي نهرو
جون جورج جيمس جيفري وليام ويليام تشارلز شارل ديفيد داود روبرت ريتشارد توماس هنري إدوارد مايكل ميشال ميشيل بيتر بول
باول جاك
جان فرانسوا فرانك فلاديمير سيرغي ديمتري دميتري ألكسندر الكسندر نيكولاي ميخائيل إيفان يوري أليكسي ماريا آنا ماري هيلاري
أنطونيو خوسيه لويس كارلوس خوان ميغيل باراك دونالد كوفي توني دافيد مارتن مارك ماركو ستيفن ستيف أنجيلا إيمانويل
"""
"""Given names; one that is also an ordinary word is included if it is more often a name."""

_ENDINGS: Final = """
وف وفا يف يفا يتش فيتش نكو سكي سكايا ينغ سون تون لاند لندا برغ بورغ مان شتاين
ستان يان دوتير وس يس ايس اينه ييه يني وني يلي يرو
"""
"""Endings of foreign names in Arabic letters."""

_BEFORE: Final = """
السيد السيدة الشيخ الدكتور الأستاذ الأمير الملك القس البابا الجنرال العقيد اللواء المدعو المدعوة الرئيس رئيسها رئيسه
مدينة بلدة قرية ولاية محافظة معتمدية جزيرة نهر جبل بلدية نادي جامعة شركة قناة صحيفة وكالة منطقة بجهة بمنطقة بولاية
بمدينة حي
"""
"""Arabic words that names follow."""

_ORDINARY: Final = """
abbey academic academy account achievement act adaptive administration admiral adult advanced advisory affair african
age ages agreement agriculture aid air airport album algorithm alliance amateur ambassador amendment american
amphibious analysis anarchy ancient annual apostle apprentice archaeology archbishop architecture archive arena
aristotelian arm armed armistice army arrow art article artist arts asian assembly asset assimilated association
astronomy athletic atlantic atomic attack attorney audio authority autumn aviation award ball band baptist bar baron
barrier baseball basilica basin basketball battery bay beach bell bible bill biology bird birth bishop black blood
blue board body bomb bone book border boulevard bowl box boxing boy brain branch bread breeding brethren bridge
brigade british broadcast broadcasting brother buddhist building bureau business butcher cabinet calendar camp
campaign campus canal cancer candidate canyon cape capital captain captivity car cardinal care carnival carrier cash
castle cat category cathedral catholic cattle cavalry cave cease cell census center central centre century ceremony
chair chamber champion championship chancellor channel chapel chaplain chapter charity chart charter chemistry chess
chief child choice choir christ christian christmas church circle circuit citizen city civil civilian class classical
clause clear clergy clerk climate clinic clock club coach coal coalition coast code coffee cold collection college
collegiate colony column combat comedy command commander commercial commission commissioner committee commodore common
commons communication communism communist community company comparative competition complex component comprehensive
compromise computer computing concert conference confession confucian congregation congress conservative constitution
constitutional consul consumer contact container contemporary content continental contract control convention corporal
corps correspondent costume cotton council councillor count counter countess country county course court covenant
craft creation creative creed cricket crime criminal crisis crop cross crow crown crusade crystal culture cup currency
current curriculum curse customs dam dance dark data daughter dawn day deacon dead dean death debate debt declaration
decompression deep deer defence defense degree delta democracy democrat democratic department desert design desk
development devil dialogue digital dinner diocese diplomacy diplomatic directive disaster disease disobedience
disqualification distance district divine division dock doctor dog dollar dome domestic double dragon drama dramatic
drive driver drug duchess duke dutch dynasty eagle earl earth east easter ecology economic economy edict edition
editor education elder elect election electric electronic element elementary embassy emergency emission emperor empire
employee employment empress end energy engineering enlightenment enterprise entertainment environment epic episcopal
epistle equality era estate ethics european evangelical evening event evidence evolution excellence exchange executive
exhibition exile expedition experience experimental explorer extension eye faculty fair faith fall fame family farm
fashion father feast feature federal festival fever fiction field film fire first fish fishing flag fleet flight flood
floor flower food foot football force foreign forest formula fort fortress forum foundation four frame free freedom
freeway friday friend friendly front frontier fruit full fund funding fusion future galaxy gallery game garden gas
gate gazette general generation genetic genome geography geology giant girl glass glen global glory god gold golden
golf gospel gothic government governor grain grammar grammy grand grant grass gravity great green greens group guard
guardian guide gulf gun habitat hall hand harbour harvest hat head headquarters health hearing heart heat heaven heavy
hebrew height hell hemisphere herald heritage hero high hill history hockey holiday holocaust holy home homeland honor
honour hope horn horse hospital host hotel hour house household housing human hundred hunter hurricane hydrogen
hyperbaric ice idea identity image immigration immune imperial independence independent index industrial industry
infantry information initiative inner innovation inquiry inspector institute instrument insurance integrated
intelligence interest interim intermediate internal international internet interpreter interstate invention iron
islamic island jazz jesus jet jew jewish jews job joint journal joy judge jungle junior jury justice king kingdom
kitchen knight knowledge lab labor laboratory labour ladder lady lake land language large late laureate law lawyer
leader leadership league learning lecture left legal legend legion legislature lens lesson letter level liaison
liberal liberation liberty library lieutenant life light likewise line lion literature little liturgy living loan
local lodge long loop lord lost lot love lower loyal machine magazine magic magistrate magna mail main major make male
management manifesto manor map marathon march mariavites marine mariner mark market marsh marshal martial martyr mass
master mathematician mathematics matter mayor meadow measure mechanical medal media medical medicine medieval
mediterranean member memorial mental merchant mercy messenger metal meteorology method methodist metro middle midwest
migration military milk mill mine mineral minister ministry minor miracle mirror missile mission mobile model modern
monastery monday monetary money mongols monk monster month monument moon morality morning mosque most mother motion
motor mountain mouth movement movie multi municipal museum music mutual mystery myth narrative narrow nation national
nationality native natural nature naval navigation navy nearby negotiation net network neutral new news night nobel
nobility noble noise noon north northern novel nuclear number nurse oak oath object observatory ocean office officer
official oil old olympic olympics open opera operation opposition optical orchestra order organic organisation
organization origin orthodox outer outreach oval overseas owner oxygen pacific pact painting palace palm panel paper
parade paradise parish park parliament part partition partnership party pass passage pastor patent path patriot patrol
payment peace pearl peer penal peninsula pension people performance period permanent personal petroleum pharmacy
philosopher philosophy phoenix physical physician physics piano picture pier pilgrim pillar pilot pine pioneer pipe
pit plague plain plan planet plant plateau platform play player plaza pledge pocket podium poet point police policy
policymakers polytechnic pond pool poor pope popular population port portrait portuguese position post postal
potential poverty power practice prairie prayer preparatory presbyterian preservation preserve president press priest
primary prime primitive prince princess principal principle priority prison private privy prize pro probe procedure
process producer production professional professor program programme programming progress progressive prohibition
project promise property prophet prosecutor protected protection protein protestant protocol proverb province
provincial psalms psychology public publication publishing pure purple quadrangles quality quantum quarter queen quest
question rabbi race radio rail railway rainforest rally ranch range rapid rare rate rating ray reading real reality
reason rebel rebellion reception record recovery recreation recruit red referendum reflection reform reformation
reformed refuge refugee regiment region regional register registry regular relativity relief religion renaissance
renewed report reptile republic republican research reserve residence resistance resource response restaurant
restoration result retreat revenue revival revolution rhythm rice rifle right rights ring rise rising river road rock
rocket roman romance romantic root rose rotary round roundtable route royal rugby rule runner rural russian sabbath
sacrament sacred safety sail saint salt sample sanctuary sand satellite saturday savings saxon scheme scholar
scholarship school science scientific score scout scripture sculpture sea seal search season seat seawater second
secret secretary sect section secular security seed selection senate senator senior series serpent servant service
session settlement seven shadow shanty share sharp sheep shelf shell shelter sheriff shield ship shipping shop shore
short show shrine side siege signal silence silk silver singer single sister site skill sky slave sleep small smart
smoke snow soccer social socialist society sociology software soil solar soldier solid solution sometime son soul
sound source south southern sovereign space spatial speaker special species spirit spiritual spoken sport sports spray
spread spring square stadium staff stage standard star state statement states statistics statue status steam steel
stem step stock stone store storm story strait strategic strategy stream street strength strike string structure
student studio study style subway sugar suicide suite summer summit sun sunday super superior supply support supreme
surface surgeon surgery survey sustainable swamp sweet swimming symbol symphony synod system table tactical talent
tank target task tax tea teacher teaching team technical technician technology television temple tennis territory
terrorism test testament text textile theater theatre theorem theory therapy thesis thing third thirty thought throne
thunder thursday ticket tide tiger time title tobacco token tomb top torch total touch tour tourism tournament tower
town track trade tradition traffic trail train training transfer transit translation transport transportation travel
treasury treaty tree trench trial tribe tribunal trilogy trinity triumph trophy tropic tropical truck true trust
trustee truth tube tuesday turning twelve twin two type ultimate uncle under undergraduate underground union unit
united universal university unknown upper uprising urban user utility vaccine valley value van vector vehicle venture
verse vessel veteran vice victim victory video view village vineyard violence virgin virus vision visit vocational
voice volcano volume volunteer voter voyage wagon walk wall war ward warden warehouse warm warrior watch water wave
way wealth weapon weather web wednesday week weight welfare west western wheel whistle white widow wife wild wildlife
wind window wine wing winter wireless wisdom witch witness wolf women wonder woods wool word worker world worship
wrestling writer writing yard year yellow young youth zone
"""
"""English words that are parts of names and titles; Arabic translates them."""


_LIST: Final = Path(__file__).with_name("ordinary_arabic.txt")
_ENGLISH_LIST: Final = Path(__file__).with_name("ordinary_english.txt")
_SHORTEST: Final = 5
_ORDINARY_ENDING: Final = re.compile(
    r"(?:tion|ment|ist|ism|ing|ity|ness|tory|ence|ance|ous|ive|ical|ial|ional|ship|hood|ology|graphy|tics?|ary|ally)s?$"
)
_AFFIXED: Final = re.compile(r"^(?:است|يست|تست|نست|مست|سي|ست)..|..(?:اتها|اتهم|تها|تهم|تهما|هما|ياتها|ونها|ناها)$")
_VERBAL: Final = re.compile(r"^(?:س?[يتن]\w{2,5}|\w{2,}(?:ت|وا|اتا|ان)|ا\w{3})$")
_BEFORE_VERBS: Final = frozenset("لم لن لا قد ان انه انها الذي التي الذين ما لقد سوف كان كانت وكان".split())  # noqa: SIM905
_VERB: Final = re.compile(r"^[يتن]...")


def is_ordinary_english(word: str) -> bool:
    """Whether a normalised English word is an ordinary word, which Arabic would translate."""
    return (
        word in _common_english()
        or english_stem(word) in _english()
        or bool(senses_of(word))
        or _ORDINARY_ENDING.search(word) is not None
    )


def is_ordinary_arabic(word: Word) -> bool:
    """Whether an Arabic word is in a list of ordinary words, or has an ending that names do not have."""
    return _is_ordinary_arabic(word.text) or is_common(word)


def is_given(word: str) -> bool:
    """Whether a normalised Arabic word is a common given name, or that of a person often in the news."""
    names = _given()
    return word in names or (word[:1] in tuple("وبلف") and word[1:] in names and len(word) >= _SHORTEST)


@lru_cache(maxsize=65536)
def looks_foreign(word: str) -> bool:
    """Whether an Arabic word is spelled like a foreign name: by its ending, or with more long vowels than roots
    have."""
    bare = min(forms(word), key=len)
    if len(bare) < _SHORTEST or word.startswith(("ال", "وال", "بال", "لل")):
        return False
    if bare.endswith(("يه", "ات", "ها", "يا", "هم", "يات", "ويه")):  # نسبة, plural, adverb
        return False
    if bare.endswith(_endings()):
        return True
    vowels = sum(letter in "اوي" for letter in bare[1:])
    return len(bare) > _SHORTEST and vowels * 2 >= len(bare) - 1 and not _AFFIXED.search(bare)


def may_be_verb(word: str, before: str) -> bool:
    """Whether an Arabic word looks like a verb, plural or adjective, or is in the position of a verb."""
    if before in _BEFORE_VERBS or before[1:] in _BEFORE_VERBS:
        return True
    bare = word.removeprefix("و")
    return _VERBAL.match(bare) is not None or (bare.startswith("ال") and bare.endswith("ه"))


def introduces(word: str) -> bool:
    """Whether a name usually follows an Arabic word."""
    return word in _before()


@lru_cache(maxsize=65536)
def _is_ordinary_arabic(word: str) -> bool:
    if is_given(word):
        return False
    listed = _arabic()
    # A stem after removal of a clitic is weak evidence: بوسطن is not ب + وسط.
    whole = [form for form in forms(word) if form[:1] == word[:1] or word.startswith(("و", "ال", "لل", "بال"))]
    if any(_bare(form) in listed or senses_of(form) for form in forms(word) if form not in whole and len(form) > 2):
        return _exact(word)
    if any(form in listed or _bare(form) in listed for form in forms(word)):
        return True
    if any(senses_of(form) or any(stem in listed for stem in stems(form)) for form in whole):
        return True
    return _AFFIXED.search(word) is not None or (_VERB.match(word) is not None and word[1:] in listed)


def _exact(word: str) -> bool:
    """Whether a word without its clitics is itself a word, without removing an ending."""
    listed = _arabic()
    return any(_bare(form) in listed or _bare(form) in _sensed() for form in forms(word))


@cache
def _sensed() -> frozenset[str]:
    tables = (OPPOSITES, SYNONYMS, UNITS)
    return frozenset(word.text for table in tables for word in words(table.replace("_", " ")))


@cache
def _arabic() -> frozenset[str]:
    lines = _LIST.read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


@cache
def _common_english() -> frozenset[str]:
    return frozenset(_ENGLISH_LIST.read_text(encoding="utf-8").split())


@cache
def _english() -> frozenset[str]:
    return frozenset(english_stem(word) for word in _ORDINARY.split())


def listed_given() -> frozenset[str]:
    """Common given names, and names of persons often in the news, normalised."""
    return _given()


@cache
def _given() -> frozenset[str]:
    return frozenset(word.text for word in words(_GIVEN))


@cache
def _before() -> frozenset[str]:
    return frozenset(word.text for word in words(_BEFORE))


@cache
def _endings() -> tuple[str, ...]:
    return tuple(_ENDINGS.split())


def _bare(word: str) -> str:
    return word.removeprefix("ال")
