"""Word lists for the rules of `eval.training.news_questions`: verbs, offices, places, times.

Arabic words are compared in normal form (`rag.text.normalise.normalise`): `_forms` normalises a list, and the keys of
tables are already normalised.
"""

from __future__ import annotations

from typing import Final

from rag.text.normalise import normal_form


def _forms(listed: str) -> frozenset[str]:
    return frozenset(normal_form(listed).split())


SAYING: Final = (
    "قال أكد أعلن أفاد أوضح أضاف ذكر صرح بين كشف اعتبر شدد نفى لاحظ رأى زعم اعترف توقع رجح نبه أبرز أقر ادعى"
)
SAYING_TO: Final = {"أشار": "إلى", "لفت": "إلى", "شدد": "على", "حذر": "من"}
DOING: Final = """
تمكن تعرض توفي قرر أصدر نشر كشف قام دعا طالب نفذ فاز ألقى أقدم انتقد وصف عبر أعرب رفض قتل أصيب لقي عثر استقبل أشرف
دخل غادر وصل زار افتتح دشن وقع عقد نظم احتضن أطلق أوقف اعتقل ضبط حجز أحبط فكك داهم حقق أحرز توج تعاقد انتدب تأهل
انهزم تغلب انتصر واجه خاض استعد شارك واصل بدأ أنهى أجرى أجل ألغى منح قدم تسلم تلقى طلب وافق صادق اتفق اتهم أدان استنكر
ندد رحب تعهد وعد هدد هاجم اقتحم قصف فجر فجرت استهدف أرسل نقل حول أحال أذن قضى حكم برأ عين كلف أقال استقال اختار انتخب
ترشح رشح اقترح عرض ناقش بحث التقى اجتمع تحادث تحدث تطرق تناول عاد سافر توجه حضر غاب أعاد استرجع فقد خسر سجل اعتمد
أنجز بنى شيد شهد نجح فشل حاول سعى عمد تسبب نجا انتحر غرق أغلق فتح رفع خفض زاد ارتفع انخفض تراجع بلغ تجاوز ناهز تضمن
شمل ضم تصدر احتل تولى ترأس أثنى أشاد هنأ شكر استدعى استجوب استعاد تبنى أسس تأسس ولد نشأ درس تزوج اشترى باع صنع طور
اكتشف ابتكر نقلت اضطر التحق انضم انسحب انطلق دار جد حدث نشب اندلع أسفر أدى انعقد تواصل تعطل صدر اصطدم انقلب
انفجر سقط توقف انتهى اختتم تقدم ساهم استغل استخدم ارتكب سرق اعتدى طعن اختطف أفرج سلم تبرع خصص وفر وضع وجه رصد كتب
غرد نعى أثار أظهر توصل خلص أجمع رد أجاب تدخل ساعد أنقذ عالج أجلى أمضى مدد جدد أبرم أيد ساند عارض احتج تظاهر أضرب
"""
PRESENT: Final = """
ينفذ يعقد يحتضن يواجه يخوض يشارك ينطلق يدور يجري يبدأ يلتقي يزور ينظم يشهد يستقبل يستعد يعتزم يسعى يواصل يؤدي يتولى
يشرف يفتتح يضم يشمل يتضمن يبلغ يعود ينعقد يحتفل يقدم يصل يغادر يستأنف يتواصل يلعب يحتاج يهدف يدعم يعمل يمثل
يطالب يدعو يرفض
"""
THINGS: Final = _forms(
    "ارتفع انخفض تراجع بلغ تجاوز ناهز تضمن شمل انطلق دار جد حدث نشب اندلع أسفر أدى انعقد تواصل تعطل صدر انفجر سقط "
    "توقف انتهى اختتم تسبب ينطلق يدور يجري يبدأ يضم يشمل يتضمن يبلغ ينعقد يتواصل يؤدي يهدف يمثل تأسس أثار أظهر "
    "سجل زاد"
)
"""Verbs whose subject is more often a thing than a person."""
AMOUNTS: Final = _forms("بلغ تجاوز ناهز يبلغ ارتفع انخفض تراجع زاد وصل")
ASKED_OBJECT: Final = _forms(
    "قرر أصدر نشر رفض طلب حقق أحرز افتتح أطلق وقع وجه نظم عقد استنكر أدان انتقد احتضن دشن أجل ألغى اقترح ناقش بحث "
    "أجرى نفى أعلن أكد كشف واجه خاض استقبل أوقف حجز أحبط فكك هاجم تبنى اكتشف أنجز تسلم تلقى أبرم شهد ينفذ يعقد "
    "ينظم يواجه يعتزم يخوض يحتضن صادق منح اتهم استهدف أثار أظهر التقى"
)
ASKED_AFTER: Final = {
    "من": _forms("تمكن حذر استقال انسحب عاد نجا"),
    "الي": _forms("دعا أدى يؤدي يدعو يهدف يسعى تعرض توصل سعى عمد توجه انضم تطرق وصل خلص أسفر أشار لفت"),
    "عن": _forms("كشف عبر أعرب أعلن تراجع أسفر تحدث أفرج بحث"),
    "علي": _forms("أشرف صادق وافق اتفق أقدم عثر حصل شدد أكد رد احتج فاز تغلب انتصر اعتدى تعرف"),
    "ب": _forms("طالب يطالب اتهم تعهد وعد قام ندد رحب هدد أشاد أذن نجح فاز اعترف توج التحق"),
    "في": _forms("نجح فشل شارك يشارك تسبب ساهم ترشح حقق"),
}
NEEDING: Final = _forms("تمكن تعرض أقدم عثر عبر أعرب أشرف أدى يؤدي قام أذن أسفر طالب دعا تعهد ندد سعى عمد توصل")
"""Verbs that are incomplete without their preposition."""
AFTER: Final = {
    "من": ("من ماذا", "مم"),
    "الي": ("إلى ماذا", "إلام"),
    "عن": ("عن ماذا", "عم"),
    "علي": ("على ماذا", "علام"),
    "ب": ("بماذا", "بم"),
    "في": ("في ماذا", "فيم"),
}
AGAINST: Final = _forms("فاز تغلب انتصر")
CAUSES: Final = {
    "بسبب": 1, "نتيجه": 1, "جراء": 1, "احتجاجا علي": 0, "علي خلفيه": 2, "بهدف": 0, "قصد": 0, "من اجل": 0,
    "نظرا": 0, "بغرض": 0, "بتهمه": 0, "للمطالبه": 0,
}  # fmt: skip
"""Expressions that begin a cause or an aim → the number of their words that are not part of the answer."""
OFFICES: Final = _forms(
    "رئيس رئيسة وزير وزيرة مدير مديرة أمين أمينة كاتب كاتبة ناطق ناطقة متحدث متحدثة نائب نائبة سفير سفيرة والي "
    "معتمد قائد مدرب لاعب عضو محافظ ملك أمير مستشار مستشارة نقيب عميد قاضي زعيم قيادي قيادية مبعوث ممثل ممثلة "
    "منسق محامي محامية خبير خبيرة فنان فنانة مطرب مهاجم حارس مدافع مساعد مفوض مفوضة عالم باحث مؤسس صاحب مراسل "
    "مراسلة مخرج بطل بطلة شيخ إعلامي إعلامية ممثلها رئيسها"
)
FEMALE: Final = _forms(
    "رئيسة وزيرة مديرة أمينة كاتبة ناطقة متحدثة نائبة سفيرة مستشارة قيادية محامية ممثلة خبيرة فنانة بطلة"
)
BODIES: Final = _forms(
    "وزارة شركة نقابة غرفة هيئة منظمة إدارة جمعية وحدات فرقة قوات مصالح محكمة دائرة لجنة نادي منتخب فريق جامعة "
    "رابطة اتحاد حزب حركة حكومة بلدية مجلس برلمان سلطات شرطة جيش حرس ديوان بنك صحيفة وكالة قناة مؤسسة تنظيم جبهة "
    "كتلة سفارة بعثة معهد مركز مستشفى رئاسة ولاية خارجية داخلية دفاع نيابة"
)
HEADS: Final = {
    "مدينه": "مدينة", "ولايه": "ولاية", "معتمديه": "معتمدية", "منطقه": "منطقة", "محافظه": "محافظة", "قريه": "قرية",
    "جهه": "جهة", "حي": "حي", "شارع": "شارع", "جزيره": "جزيرة", "مطار": "مطار", "مستشفي": "مستشفى", "ملعب": "ملعب",
    "قاعه": "قاعة", "ميناء": "ميناء", "معبر": "معبر", "سجن": "سجن", "جبل": "جبل", "ساحه": "ساحة", "قصر": "قصر",
    "معهد": "معهد", "مدرسه": "مدرسة", "جامعه": "جامعة", "كليه": "كلية", "نزل": "نزل", "فندق": "فندق", "بلده": "بلدة",
    "ضاحيه": "ضاحية", "سواحل": "منطقة", "سوق": "سوق", "طريق": "طريق", "دوله": "دولة", "العاصمه": "عاصمة",
}  # fmt: skip
TOWNS: Final = _forms(
    "سوسة صفاقس القيروان المنستير المهدية قفصة قابس مدنين تطاوين توزر قبلي القصرين الكاف سليانة جندوبة باجة بنزرت "
    "نابل زغوان أريانة منوبة الحمامات جرجيس جربة رادس قرطاج المرسى حلق مساكن القلعة الجم قصور بنقردان دوز طبرقة "
    "الرديف الوردانين مرناق سبيطلة تالة فريانة حفوز بوحجلة المحرس جبنيانة قليبية قربة الحامة مارث الذهيبة رمادة "
    "تاجروين سهلول"
)
TOWN_OF_TWO: Final = _forms(
    "بن سيدي حمام قصر منزل برج سوق جبل باب عين رأس دار بئر بير أبو حي بني وادي سان نيو تل عبد قصور حاسي"
)
TIME: Final = _forms(
    "صباح مساء فجر ليلة ليل عشية ظهر ظهرا صباحا مساء يوم اليوم أمس غدا غد شهر سنة عام السنة العام الشهر الأسبوع "
    "أسبوع الجاري الحالي الماضي المنقضي القادم المقبل الفارط الجارية الحالية الماضية القادمة المقبلة الفارطة "
    "الموافق نهاية بداية منتصف أواخر أوائل مطلع موفى ساعة الساعة الليلة البارحة الاثنين الإثنين الثلاثاء الأربعاء "
    "الإربعاء الخميس الجمعة السبت الأحد"
)
TIME_BEFORE: Final = _forms("في منذ خلال ليوم يوم بتاريخ منذ إلى حتى")
OPEN: Final = _forms(
    "صادر صادرة رابطة إضافة تنسيق تعاون اشتراك عدم ممتدة متمثل متمثلة ناتج ناتجة متعلق متعلقة خاص خاصة تابع تابعة "
    "قبض القبض فوز الفوز احتفاظ تعرف عثور العثور حصول تحصل إعلان كشف قضاء القضاء رغبته رغبتها قيام استعداده إطاحة "
    "تغلب حفاظ الاحتفاظ الحصول التعرف الكشف الإعلان الاطاحة الإطاحة التغلب الحفاظ ردا بحث عبارة عدد نوع أكثر أقل "
    "كل بعض أول آخر احد أحد"
)
"""Words that must be followed by a preposition."""
STOPS: Final = _forms(
    "وفق وفقا حسب بحسب وذلك مشيرا مضيفا موضحا مؤكدا مبينا معتبرا مشددا لافتا حيث مما فيما بينما علما إذ مبرزا "
    "داعيا قائلا مطالبا حين عندما غير لكن كما وقد كان كانت مشيرة مضيفة موضحة مؤكدة معتبرة الذي التي الذين وهو وهي "
    "والذي والتي بعد أن"
)
"""Words that begin a new clause."""
WITHIN: Final = _forms("أن الذي التي الذين والذي والتي وهو وهي بعد غير كانت كان")
"""Words of `STOPS` that may occur inside reported speech."""
PREPOSITIONS: Final = _forms(
    "في من إلى الى على عن مع عند لدى حول خلال بين قبل بعد أثناء ضد نحو منذ حتى دون عبر ضمن تحت فوق أمام خلف داخل "
    "خارج بشأن بخصوص إزاء تجاه بسبب نتيجة رغم إثر اثر عقب لأجل جراء ضمن بهدف قصد قرب قبالة بصدد بمناسبة"
)
NEVER_SUBJECT: Final = _forms(
    "المصدر مصدر مصدرنا محدثنا ذات نفس ذلك هذا هذه الأمر له لها لهم به بها فيه فيها منه منها عليه عليها أحد إحدى "
    "كل بعض عدد أكثر عدة جميع نفسه هناك هنا الكثير العديد هؤلاء تلك المتحدث المذكور الطرفان الجانبان قد لم لا لن "
    "ليس"
)
THAT: Final = _forms("أن أنّ ان إن أنه انه إنه أنها انها إنها أنهم إنهم بأن بان بأنه بأنها")
SINGULAR: Final = {
    "اشخاص": "شخصا", "انفار": "نفرا", "ايام": "يوما", "سنوات": "سنة", "اعوام": "عاما", "اشهر": "شهرا",
    "عناصر": "عنصرا", "قتلي": "قتيلا", "جرحي": "جريحا", "ساعات": "ساعة", "دول": "دولة", "اسابيع": "أسبوعا",
    "اطفال": "طفلا", "نساء": "امرأة", "جنود": "جنديا", "تونسيين": "تونسيا", "لاعبين": "لاعبا", "طلاب": "طالبا",
    "نقاط": "نقطة", "اهداف": "هدفا", "مباريات": "مباراة", "سيارات": "سيارة", "ارهابيين": "إرهابيا", "مدن": "مدينة",
    "مرات": "مرة", "ملايين": "مليون", "الاف": "ألف", "اعوان": "عونا", "امنيين": "أمنيا", "مهربين": "مهربا",
    "منازل": "منزلا", "كيلومترات": "كيلومترا", "دنانير": "دينارا", "مواطنين": "مواطنا", "عمال": "عاملا",
    "نواب": "نائبا", "اعضاء": "عضوا", "شبان": "شابا", "تلاميذ": "تلميذا", "طائرات": "طائرة", "ولايات": "ولاية",
    "مسلحين": "مسلحا", "متهمين": "متهما", "قضايا": "قضية", "مؤسسات": "مؤسسة", "شركات": "شركة", "مقاعد": "مقعدا",
    "درجات": "درجة", "دقائق": "دقيقة", "حالات": "حالة", "افراد": "فردا", "اصوات": "صوتا", "مدنيين": "مدنيا",
    "رجال": "رجلا", "جرحا": "جريحا", "ضحايا": "ضحية", "مصابين": "مصابا", "وفيات": "حالة وفاة", "صواريخ": "صاروخا",
}  # fmt: skip
PEOPLE: Final = _forms(
    "شخصا نفرا عنصرا قتيلا جريحا طفلا امرأة جنديا تونسيا لاعبا طالبا إرهابيا عونا أمنيا مهربا مواطنا عاملا نائبا "
    "عضوا شابا تلميذا مسلحا متهما فردا مدنيا رجلا شخص عنصر مهاجرا لاجئا راكبا مترشحا مشجعا ضيفا أجنبيا سائحا"
)
ACTIONS: Final = _forms(
    "إيقاف حجز ضبط إنقاذ قتل اعتقال إصابة تسجيل انتداب بناء إنجاز تسليم تفكيك اقتناء رصد بيع توزيع تخصيص إحداث "
    "توفير إجلاء ترحيل تكوين تشغيل القبض استرجاع سرقة تهريب إطلاق إرسال جمع زراعة إنتاج استقبال كشف إحباط إعدام"
)
UNITS: Final = _forms(
    "دينار دولار أورو يورو جنيه ريال درهم كيلومتر كلم كيلوغرام كغ غرام طن متر مليم بالمائة بالمئة درجة ليرة هكتار "
    "سنة ساعة دينارا دولارا كيلومترا كيلوغراما طنا مترا سنة عاما يوما شهرا دقيقة أيام سنوات أشهر أسابيع ساعات "
    "دقائق أعوام ميغاواط"
)
LARGE: Final = _forms("ألف آلاف مليون ملايين مليار مليارات ألفا مليونا مليارا")
MEASURED: Final = {
    "بقيمه": "بأي قيمة", "بمبلغ": "بأي مبلغ", "بتكلفه": "بأي تكلفة", "بكلفه": "بأي كلفة", "بنسبه": "بأي نسبة",
    "بسعر": "بأي سعر", "لمده": "لأي مدة", "بعمر": "بأي عمر", "بسرعه": "بأي سرعة", "بطول": "بأي طول",
}  # fmt: skip
PRICED: Final = _forms("قدره قدرها قيمته قيمتها ثمنها ثمنه عددهم عددها بعدد")
WITH_PREFIX: Final = _forms(
    "بلدية بنك برلمان بيان بحث برنامج بطولة بعثة بلد بلاد بحر بحري بحرية بري برية بشري بشرية بريطاني بريطانية "
    "بطاقة بطاقات برميل بيت بلدان بواخر باخرة بناء بنود بند لاعب لاعبا لاعبين لجنة لجان لقاء لقاءات لتر لغم لوحة "
    "لاجئ لاجئا لاجئين لغة بكالوريا"
)
"""Words whose first letter looks like a preposition but is not."""
SWAPS: Final = {
    "توفي": ("مات",), "غادر": ("ترك",), "نشر": ("أصدر",), "اعتقل": ("أوقف",), "أوقف": ("اعتقل",),
    "الرئيس": ("رئيس الدولة",), "مباراة": ("لقاء", "مقابلة"), "لقاء": ("مباراة",), "مقابلة": ("مباراة",),
    "حادث": ("حادثة",), "أعوان": ("عناصر",), "إيقاف": ("اعتقال", "القبض على"), "اتفاق": ("اتفاقية",),
    "أسعار": ("أثمان",), "سيارة": ("عربة",), "مقتل": ("قتل",), "إثر": ("بعد", "عقب"), "عقب": ("بعد", "إثر"),
    "بشأن": ("حول", "بخصوص"), "حول": ("بشأن", "بخصوص"), "بخصوص": ("بشأن", "حول"), "المقبل": ("القادم",),
    "القادم": ("المقبل",), "سنة": ("عام",), "عام": ("سنة",), "نادي": ("فريق",),
    "فريق": ("نادي",), "مسؤولين": ("قياديين",), "محادثات": ("مباحثات",),
    "مباحثات": ("محادثات",), "هجوم": ("اعتداء",), "استقبل": ("التقى",), "دار": ("جرى",), "جد": ("وقع", "حدث"),
    "نشب": ("اندلع",),
    "اندلع": ("نشب",), "أطلق": ("بدأ",), "واصل": ("تابع",),
    "حذر": ("نبه",), "خلال": ("أثناء",), "أثناء": ("خلال",), "لفائدة": ("لصالح",), "إنجاز": ("تنفيذ",),
}  # fmt: skip
"""Synonyms of the same grammatical form; `rag.text.concepts` also joins verbs with nouns, which breaks the grammar."""
ADJECTIVES: Final = _forms(
    "العام الأول الجديد السابق الأعلى الكبير الأسبق الراحل المساعد المكلف الأخير المركزي الاول الثالث الثاني "
    "الرابع المحترف"
)
VAGUE: Final = _forms(
    "المسؤول المواطن المحامي المدعي المتهم الفريق المعني المجموعة الشخص الطرف الجهة الشاب الرجل المرأة الطفل"
)
BARE: Final = _forms("في من إلى على عن مع منذ خلال حتى")
DAYS: Final = _forms("الاثنين الإثنين الثلاثاء الأربعاء الإربعاء الخميس الجمعة السبت الأحد")
HONOURS: Final = _forms("الشيخ السيد السيدة الدكتور الدكتورة الأستاذ الأستاذة الأخ")
ENGLISH_ASKING: Final = {
    "who": "who", "what": "what", "who said": "who said that", "what did": "what did", "when did": "when did",
    "where did": "where did", "how much": "how much did", "how many": "how many", "why did": "why did",
    "who is": "who is",
}  # fmt: skip
ENGLISH_VERBS: Final = """
قال say said;أكد confirm confirmed;أعلن announce announced;أفاد report reported;أوضح explain explained
أضاف add added;ذكر mention mentioned;صرح state stated;بين show showed;كشف reveal revealed
اعتبر consider considered;نفى deny denied;حذر warn warned;أشار point pointed;تمكن manage managed
تعرض suffer suffered;توفي die died;قرر decide decided;أصدر issue issued;نشر publish published;قام carry carried
دعا call called;طالب demand demanded;نفذ carry carried;فاز win won;ألقى throw threw;انتقد criticise criticised
وصف describe described;عبر express expressed;أعرب express expressed;رفض reject rejected;قتل kill killed
أصيب injure injured;عثر find found;استقبل receive received;أشرف supervise supervised;دخل enter entered
غادر leave left;وصل arrive arrived;زار visit visited;افتتح open opened;وقع sign signed;عقد hold held
نظم organise organised;أطلق launch launched;أوقف arrest arrested;اعتقل arrest arrested;حجز seize seized
ضبط seize seized;أحبط foil foiled;حقق achieve achieved;أحرز win won;تعاقد contract contracted;واجه face faced
شارك participate participated;واصل continue continued;بدأ start started;ألغى cancel cancelled
أجل postpone postponed;منح grant granted;قدم present presented;تسلم receive received;طلب ask asked
وافق approve approved;صادق approve approved;اتهم accuse accused;أدان condemn condemned;استنكر denounce denounced
رحب welcome welcomed;تعهد pledge pledged;هدد threaten threatened;هاجم attack attacked;استهدف target targeted
عين appoint appointed;أقال dismiss dismissed;استقال resign resigned;اختار choose chose;انتخب elect elected
اقترح propose proposed;ناقش discuss discussed;بحث discuss discussed;التقى meet met;اجتمع meet met
توجه head headed;حضر attend attended;فقد lose lost;خسر lose lost;نجح succeed succeeded;فشل fail failed
ارتفع rise rose;انخفض fall fell;تراجع fall fell;بلغ reach reached;تولى take took;اشترى buy bought;باع sell sold
انطلق start started;اندلع break broke;نشب break broke;أدى lead led;أسفر result resulted;جد occur occurred
تأهل qualify qualified;انهزم lose lost;أنهى end ended
"""
ENGLISH_WORDS: Final = """
في in;من from;الي to;الى to;عن about;علي on;مع with;خلال during;اثناء during;بعد after;قبل before;ضد against
بين between;بسبب because of;اثر after;عقب after;حول about;بشان about;بخصوص about;منذ since;ان that;about about
امام in front of;لدي at;نحو about;حوالي about;داخل inside;دون without;لم not;لا not;لن will not;قد -;تم was
تمت was;سيتم will be;هو is;هي is;كان was;كانت was;هذا this;هذه this;التي which;الذي who;الذين who;كل every
بعض some;عدد number;ما what;له for him;رئيس president;رئيسه president;وزير minister;وزيره minister
وزاره ministry;حكومه government;دوله state;جمهوريه republic;مدير director;مديره director;نائب deputy
نواب deputies;ناطق spokesman;رسمي official;رسميه official;امين secretary;عام general;عامه general;كاتب secretary
سفير ambassador;والي governor;قاضي judge;قائد commander;مدرب coach;لاعب player;مراسل correspondent;ضيف guest
عضو member;ممثل representative;مسؤول official;مصدر source;مصادر sources;مستشار adviser;شرطه police;امن security
امنيه security;جيش army;حرس guard;قوات forces;وحدات units;وحده unit;فرقه squad;اعوان officers;عسكريه military
وطني national;وطنيه national;دولي international;دوليه international;محلي local;محليه local;جهوي regional
جهويه regional;مركزي central;داخليه interior;خارجيه foreign;دفاع defence;عدل justice;ماليه finance;صحه health
تربيه education;تعليم education;فلاحه agriculture;تجاره trade;صناعه industry;نقل transport;سياحه tourism
ثقافه culture;شؤون affairs;اجتماعيه social;سياسي political;سياسيه political;اقتصادي economic;اقتصاد economy
اتحاد union;نقابه union;هيئه authority;لجنه committee;مجلس council;منظمه organisation;جمعيه association
شركه company;بنك bank;مكتب office;حزب party;حركه movement;جبهه front;محكمه court;نيابه prosecution;عموميه public
اداره administration;رابطه league;جامعه federation;نادي club;فريق team;منتخب national team;كره football;القدم -
لكره of football;كاس cup;بطوله championship;جوله round;مباراه match;مقابله match;لقاء match;ملعب stadium
دور round;نهائي final;هدف goal;نتيجه result;رياضي sports;مدينه city;ولايه province;معتمديه district;منطقه area
جهه region;عاصمه capital;طريق road;مطار airport;مستشفي hospital;مدرسه school;معهد institute;ابتدائيه primary
سجن prison;مقر headquarters;منزل house;ميناء port;يوم day;اليوم today;امس yesterday;غدا tomorrow;صباح morning
مساء evening;شهر month;سنه year;عام year;ساعه hour;سنوات years;شخص person;شخصا persons;اشخاص persons
شاب young man;امراه woman;فتاه girl;رجل man;اطفال children;مواطنين citizens;شعب people;عمال workers
حادث accident;مرور traffic;حريق fire;هجوم attack;عمليه operation;حمله campaign;انفجار explosion;قتل killing
ايقاف arrest of;اعتقال arrest of;القبض arrest;القاء -;حجز seizure of;احباط foiling of;مقتل killing of
وفاه death of;اصابه injury;سرقه theft;تهريب smuggling;مخدرات drugs;ارهاب terrorism;ارهابي terrorist
ارهابيه terrorist;عناصر elements;خليه cell;سياره car;شاحنه truck;طائره plane;قارب boat;كميه quantity;بضائع goods
مبلغ amount;مليون million;الف thousand;مليار billion;دينار dinars;دولار dollars;بالمائه percent;نسبه rate
سعر price;اسعار prices;قيمه value;مشروع project;قانون law;قرار decision;اتفاق agreement;اتفاقيه agreement
بيان statement;بلاغ statement;تقرير report;برنامج programme;جلسه session;اجتماع meeting;مؤتمر conference
ندوه conference;زياره visit;انتخابات elections;اضراب strike;اضرابا strike;وقفه protest;احتجاجيه protest
مسيره march;تحقيق investigation;تنظيم organisation of;تعيين appointment of;تنفيذ execution of;فوز win
صحيفه newspaper;وكاله agency;قناه channel;موقع site;وسائل media;جديد new;جديده new;سابق former;اول first
اولي first;ثانيه second;ثاني second;كبير big;كبيره big;عديد many;جميع all;عده several;احد one;وسط middle
تونس Tunisia;تونسي Tunisian;تونسيه Tunisian;تونسيين Tunisians;فرنسي French;فرنسيه French;فرنسا France
امريكي American;امريكيه American;الماني German;المانيه German;روسي Russian;روسيه Russian;روسيا Russia;مصر Egypt
مصري Egyptian;مصريه Egyptian;ليبيا Libya;ليبي Libyan;ليبيه Libyan;جزائر Algeria;جزائري Algerian;جزائريه Algerian
سوريا Syria;سوري Syrian;سوريه Syrian;سعوديه Saudi;بريطانيه British;بريطاني British;تركيا Turkey;تركي Turkish
ايران Iran;ايراني Iranian;قطر Qatar;ايطالي Italian;ايطاليه Italian;ايطاليا Italy;اسباني Spanish;مغربي Moroccan
مغرب Morocco;افريقي African;افريقيه African;اوروبي European;اوروبا Europe;عربي Arab;عربيه Arab;عالم world
باريس Paris;لندن London;سوسه Sousse;صفاقس Sfax;قيروان Kairouan;منستير Monastir;مهديه Mahdia;قفصه Gafsa
قابس Gabes;نابل Nabeul;بنزرت Bizerte;كاف Kef;قصرين Kasserine;تطاوين Tataouine;مدنين Medenine;باجه Beja
جندوبه Jendouba;سليانه Siliana;قردان Guerdane;بن Ben;سيدي Sidi;بوزيد Bouzid;محمد Mohamed;يوسف Youssef
شاهد Chahed;باجي Beji;قايد Caid;سبسي Essebsi;حبيب Habib;احمد Ahmed;ترامب Trump;دونالد Donald;ناجي Neji
جلول Jalloul;غنوشي Ghannouchi;راشد Rached;نهضه Ennahdha;نداء Nidaa;نجم Etoile;ساحلي Sahel;ترجي Esperance
صيد Essid;بوتين Putin;ماكرون Macron;داعش Daesh;جوهره Jawhara;سليم Slim;رياحي Riahi;خالد Khaled;حسين Hussein
صالح Salah
"""
"""English words for Arabic news words (normal form, without article) and names; a dash means no word."""
AUXILIARIES: Final = frozenset({"تم", "قد", "سيتم", "كان", "كانت", "هي", "هو", "ليس", "ليست", "لا", "لم", "لن", "تمت"})
"""Words that begin a predicate but are not in the verb lists."""
NUMBERED: Final = frozenset({"-", "/", "الفصل", "عدد", "رقم", "الساعه", "الدقيقه", "الفصول", "القانون"})
"""Words after which a number is a label, not a count."""
