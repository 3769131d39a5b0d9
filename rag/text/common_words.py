"""Ordinary words of news, as data: those that a writer may add to what a quote says without naming anybody.

A word is here only if it is no usual name: خالد, سعيد or أمين are not, although they are ordinary words too. It refuses
to know grammar: `rag.text.words` takes clitics and endings off.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Final

from rag.text.words import Word, forms, same, stems, words

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
مصنع عاصفة فيضان حادث حوادث نجا ناج عالج علاج نقل سائق ركاب راكب
"""

# Usual names that grammar could take for an ordinary word with clitics and endings: ب + أيد + ن, ك + أمير + ون.
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
# Written with a capital as part of a title or an institution: they name nobody by themselves.
_ENGLISH_TITLES: Final = """
president minister ministry ministers prime foreign deputy vice king queen prince princess sheikh emir sultan dr mr
mrs ms sir lord ambassador envoy secretary general spokesman spokeswoman spokesperson government parliament republic
state states department council assembly commission committee court supreme chief chairman director senator governor
mayor colonel captain admiral army defence defense interior finance affairs special representative leader head union
federation federal national international conference summit agreement resolution statement communique treaty
declaration office agency news article expatriates expatriate bureau congress house party front movement organization
organisation coalition group bank company corporation university hospital al el bin bint ben ibn abu abd de la le von
van der di da the of and for in on at to crown city province region district north south east west northern southern
eastern western central
"""


@cache
def _particles() -> frozenset[str]:
    return frozenset(word.text for word in words(_PARTICLES))


@cache
def _common_arabic() -> dict[str, tuple[str, ...]]:
    """Each ordinary Arabic word and each of its stems → the words of the list that have it."""
    found: dict[str, set[str]] = {}
    for word in words(_PARTICLES + _ARABIC):
        for key in (word.text, *stems(word.text)):
            found.setdefault(key, set()).add(word.text)
    return {key: tuple(sorted(listed)) for key, listed in found.items()}


@cache
def english_openers() -> frozenset[str]:
    """Words that begin an English sentence with a capital and are no names."""
    return frozenset(word.text for word in words(_ENGLISH_OPENERS))


@cache
def english_titles() -> frozenset[str]:
    """Words of titles and institutions, and particles of names."""
    return frozenset(word.text for word in words(_ENGLISH_TITLES))


@cache
def _names() -> frozenset[str]:
    return frozenset(form for word in words(_NAMES) for form in (word.text, "و" + word.text))


def is_particle(word: str) -> bool:
    """Whether an Arabic word in normal form is a particle or a pronoun, و or another letter before it or not."""
    return word in _particles() or (word[:1] in _JOINED and word[1:] in _particles())


def is_common(word: Word) -> bool:
    """Whether an Arabic word is an ordinary one, clitics and endings apart."""
    return _is_common(word.text)


@lru_cache(maxsize=65536)
def _is_common(text: str) -> bool:
    listed = _common_arabic()
    if text in _names():
        return False
    if len(text) == 1 or text in _particles():
        return True
    if text[0] in _JOINED and text[1:] in _particles():  # ولم, فيما, بكل: too short for `rag.text.words.forms`
        return True
    if text[1:] in listed and (text[0] == "و" or (text[0] in "بل" and len(text) == _SHORT)):  # لحل
        return True
    # The list has verbs as "he does" or "he did"; she, we and I do the same: تريد, نريد, سيجتمع.
    bare = {form.removeprefix("س") for form in forms(text)}
    if any(person + form[1:] in listed for form in bare if form[0] in _PERSONS for person in ("ي", "ا")):
        return True
    # Only with its article: شعبان and عدنان are names.
    if any(form[:2] == "ال" and form[-2:] == "ان" and form[2:-2] in listed for form in forms(text) if text != form[2:]):
        return True
    return any(same(text, known) for key in (text, *stems(text)) for known in listed.get(key, ()))
