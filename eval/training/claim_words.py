"""Word tables of the edits that make training pairs for the verifier (`eval.training.claim_pairs`).

Each entry is a word and what may stand in its place, between ``/``; words of one expression are joined by ``_``. The
tables are not those of the claims in ``tests/data/claims``, nor of the rules in `rag`.
"""

from __future__ import annotations

from typing import Final

ANTONYMS: Final = """
ارتفع/انخفض ارتفعت/انخفضت ارتفاع/انخفاض ارتفاعا/انخفاضا الارتفاع/الانخفاض زيادة/تخفيض الزيادة/التخفيض زاد/تراجع
زادت/تراجعت فاز/انهزم فازت/انهزمت فوز/هزيمة الفوز/الهزيمة فوزه/هزيمته بفوز/بهزيمة انتصار/هزيمة الانتصار/الهزيمة
نجح/فشل نجحت/فشلت نجاح/فشل النجاح/الفشل بنجاح/دون_نجاح قبول/رفض رفض/قبل رفضت/قبلت يرفض/يقبل وافق/اعترض وافقت/اعترضت
موافقة/رفض الموافقة/الرفض دعم/معارضة يدعم/يعارض تدعم/تعارض أيد/عارض تأييد/معارضة مؤيد/معارض رحب/ندد رحبت/نددت
أشاد/ندد أشادت/نددت إيقاف/إطلاق_سراح إيجابية/سلبية إيجابي/سلبي الإيجابية/السلبية الإيجابي/السلبي افتتح/اختتم
افتتاح/اختتام الافتتاح/الاختتام افتتحت/اختتمت بداية/نهاية البداية/النهاية بدأ/انتهى بدأت/انتهت انطلق/انتهى
انطلقت/انتهت انطلاق/انتهاء فتح/غلق الفتح/الغلق يفتح/يغلق تفتح/تغلق دخل/خرج دخلت/خرجت دخول/خروج الدخول/الخروج وصل/غادر
وصلت/غادرت وصول/مغادرة الوصول/المغادرة قبل/بعد قبول/إقصاء السماح/المنع سمح/منع سمحت/منعت يسمح/يمنع تسمح/تمنع أكثر/أقل
الأكثر/الأقل أكبر/أصغر الأكبر/الأصغر كبير/صغير كبيرة/صغيرة الكبير/الصغير الكبيرة/الصغيرة أعلى/أدنى الأعلى/الأدنى
عالية/منخفضة مرتفعة/منخفضة مرتفع/منخفض أول/آخر الأول/الأخير الأولى/الأخيرة قديم/جديد قديمة/جديدة القديم/الجديد
القديمة/الجديدة شمال/جنوب الشمال/الجنوب الشمالية/الجنوبية الشمالي/الجنوبي شرق/غرب الشرق/الغرب الشرقية/الغربية
الشرقي/الغربي داخل/خارج فوق/تحت صباح/مساء صباحا/مساء الصباح/المساء مؤقت/دائم مؤقتا/نهائيا طويلة/قصيرة طويل/قصير
قوي/ضعيف قوية/ضعيفة سابق/حالي السابق/الحالي السابقة/الحالية المقبل/الماضي المقبلة/الماضية القادم/الماضي
القادمة/الماضية القادمين/الماضيين رجال/نساء رجل/امرأة الذكور/الإناث ابن/ابنة والد/والدة شقيق/شقيقة تصدير/توريد
الصادرات/الواردات صادرات/واردات شراء/بيع الشراء/البيع انضمام/انسحاب انسحاب/مشاركة انسحب/شارك إضافة/حذف تحسن/تدهور
تحسين/إضعاف تراجع/تقدم تراجعت/تقدمت هجوم/دفاع السلم/الحرب سلام/حرب العام/الخاص العمومي/الخاص العمومية/الخاصة
الخاص/العام نفى/أكد نفت/أكدت نفي/تأكيد أكد/نفى أكدت/نفت يؤكد/ينفي تؤكد/تنفي استئناف/تعليق استأنف/علق تعليق/استئناف
استمرار/توقف يستمر/يتوقف تستمر/تتوقف ممكن/مستحيل أفضل/أسوأ الأفضل/الأسوأ سهل/صعب سهلة/صعبة تعيين/إقالة عين/أقال
إلغاء/إقرار ألغى/أقر ألغت/أقرت المصادقة/الاعتراض صادق/اعترض صادقت/اعترضت توقيع/فسخ إحباط/نجاح تأجيل/تقديم خسارة/ربح
الخسارة/الربح خسر/ربح مقتل/نجاة قتل/نجا سلبا/إيجابا ضد/مع مجانا/بمقابل مجانية/مدفوعة استقر/اضطرب استقرار/اضطراب
مستقرة/حرجة مستقر/متدهور مفتوح/مغلق مفتوحة/مغلقة رسميا/بصفة_غير_رسمية مباشرة/لاحقا سريعا/ببطء أغنى/أفقر غني/فقير
rose/fell rise/fall risen/fallen increased/decreased increase/decrease increases/decreases increasing/decreasing
higher/lower highest/lowest high/low more/less most/least larger/smaller largest/smallest large/small greater/lesser
big/little great/minor major/minor won/lost win/lose victory/defeat successful/unsuccessful success/failure
succeeded/failed supported/opposed support/opposition supporters/opponents accepted/rejected accept/reject
approved/rejected agreed/refused allowed/banned allow/forbid permitted/prohibited before/after first/last early/late
earlier/later began/ended begin/end beginning/end started/stopped start/stop opened/closed open/closed entered/left
arrived/departed joined/left old/new older/newer oldest/newest young/old north/south northern/southern east/west
eastern/western inside/outside above/below upper/lower included/excluded include/exclude including/excluding
positive/negative strong/weak stronger/weaker public/private male/female men/women man/woman father/mother
son/daughter brother/sister husband/wife king/queen his/her ally/enemy allies/enemies peace/war temporary/permanent
long/short longer/shorter rich/poor good/bad better/worse best/worst easy/difficult easier/harder bought/sold
buy/sell export/import exports/imports gained/lost built/demolished created/destroyed founded/dissolved
established/abolished discovered/lost found/lost confirmed/denied praised/condemned attack/defense attacked/defended
left/right rural/urban domestic/foreign rarely/frequently common/rare similar/different same/different many/few
often/rarely always/never usually/rarely always/sometimes future/past modern/ancient heavy/light hot/cold
hotter/colder wide/narrow fast/slow faster/slower legal/illegal formal/informal direct/indirect directly/indirectly
possible/impossible likely/unlikely safe/dangerous active/inactive complete/partial full/empty survived/died
alive/dead born/killed guilty/innocent expanded/shrank improved/worsened converted/resisted promoted/demoted
appointed/dismissed elected/ousted strengthened/weakened majority/minority maximum/minimum above/under
"""
NUMBER_WORDS: Final = """
اثنان/ثلاثة/خمسة اثنين/ثلاثة/خمسة ثلاثة/أربعة/سبعة أربعة/خمسة/ثمانية خمسة/ستة/تسعة ستة/سبعة/ثلاثة سبعة/ثمانية/أربعة
ثمانية/تسعة/خمسة تسعة/عشرة/ستة ثلاث/أربع/سبع أربع/خمس/ثماني خمس/ست/تسع ست/سبع/ثلاث سبع/ثماني/أربع عشر/تسع/ست
عشرين/ثلاثين/خمسين ثلاثين/أربعين/سبعين خمسين/ستين/عشرين الأول/الثاني/الثالث الثاني/الثالث/الرابع الثالث/الرابع/الثاني
الرابع/الخامس/الثالث الخامس/السادس/الثالث الأولى/الثانية/الثالثة الثانية/الثالثة/الرابعة الثالثة/الرابعة/الثانية
الرابعة/الخامسة/الثانية السادس/الخامس/السابع السابع/الثامن/السادس الثامن/التاسع/الخامس مليون/مليار مليار/مليون
مليارات/ملايين ملايين/مليارات ألف/مليون آلاف/مئات نصف/ربع/ثلث ربع/نصف ثلث/ربع ضعف/نصف
one/two/three two/three/five three/four/six four/five/seven five/six/eight six/seven/nine seven/eight/four
eight/nine/five nine/ten/six ten/eleven/eight twelve/ten/fifteen twenty/thirty/fifty thirty/forty/seventy
second/third/fourth third/fourth/second fourth/fifth/third fifth/sixth/third half/quarter/third million/billion
billion/million thousand/million hundred/thousand hundreds/thousands thousands/millions dozen/hundred twice/thrice
double/triple 19th/18th/17th 18th/17th/19th 20th/19th/18th 16th/15th/17th 13th/14th/12th 14th/15th/13th
17th/16th/18th
"""
CALENDAR: Final = """
الاثنين/الثلاثاء/الخميس الإثنين/الثلاثاء/الخميس الثلاثاء/الأربعاء/الجمعة الأربعاء/الخميس/السبت الخميس/الجمعة/الأحد
الجمعة/السبت/الاثنين السبت/الأحد/الثلاثاء الأحد/الاثنين/الأربعاء جانفي/مارس/جوان فيفري/أفريل/نوفمبر مارس/ماي/سبتمبر
أفريل/جوان/أكتوبر ماي/جويلية/ديسمبر جوان/أوت/جانفي جويلية/سبتمبر/فيفري أوت/أكتوبر/مارس سبتمبر/نوفمبر/ماي
أكتوبر/ديسمبر/أفريل نوفمبر/جانفي/أوت ديسمبر/فيفري/جويلية يناير/مارس/يونيو فبراير/أبريل/نوفمبر أبريل/يونيو/أكتوبر
مايو/يوليو/ديسمبر يونيو/أغسطس/يناير يوليو/سبتمبر/فبراير أغسطس/أكتوبر/مارس أمس/غدا اليوم/أمس غدا/أمس الصيف/الشتاء
صيف/شتاء
January/March/June February/April/November March/May/September April/June/October June/August/January
July/September/February August/October/March September/November/May October/December/April November/January/August
December/February/July Monday/Wednesday Tuesday/Thursday Wednesday/Friday Thursday/Saturday Friday/Sunday
Saturday/Monday Sunday/Tuesday summer/winter winter/summer spring/autumn morning/evening yesterday/tomorrow
"""
UNITS: Final = """
دينار/دولار/يورو دولار/يورو/دينار يورو/دولار/درهم دينارا/دولارا دولارا/يورو كيلومتر/متر كيلومترا/مترا متر/كيلومتر
مترا/كيلومترا كلم/متر كم/متر طن/كيلوغرام طنا/كيلوغراما كغ/طن كيلوغرام/غرام لتر/متر دقيقة/ساعة/ثانية ساعة/دقيقة/يوم
يوما/شهرا/أسبوعا أيام/أشهر/أسابيع أسبوع/شهر شهر/سنة شهرا/سنة أشهر/سنوات/أيام سنة/شهرا سنوات/أشهر/أيام عاما/شهرا
درجة/نقطة نقطة/هدفا نقاط/أهداف أهداف/نقاط
miles/kilometers kilometers/miles km/miles feet/meters meters/feet m/km inches/feet pounds/tons tons/pounds kg/pounds
acres/hectares dollars/euros seconds/minutes minutes/hours hours/days days/weeks/months weeks/months months/years
years/months/decades decades/centuries centuries/decades percent/points
"""
OFFICES: Final = """
وزير/رئيس/سفير وزيرة/رئيسة/سفيرة رئيس/وزير/نائب_رئيس مدير/نائب_مدير/مستشار مديرة/مستشارة سفير/وزير نائب/وزير
والي/معتمد معتمد/والي مدرب/لاعب/رئيس لاعب/مدرب حارس/مهاجم مهاجم/مدافع/حارس الأمين_العام/الناطق_باسم الناطق/المستشار
المتحدث/المستشار كاتب/وزير عضو/رئيس محامي/قاضي قاضي/محامي الملك/الرئيس الرئيس/الملك/الوزير الوزير/السفير/الرئيس
الشرطة/الجيش الجيش/الشرطة الحرس/الجيش الداخلية/الخارجية/الدفاع الخارجية/الداخلية/المالية الدفاع/العدل/الصحة
العدل/الداخلية/التجارة المالية/التجارة/التربية التربية/الصحة/الثقافة الصحة/الفلاحة/النقل النقل/التجارة/الصحة
الفلاحة/الصناعة/السياحة السياحة/الصناعة/الثقافة الثقافة/السياحة/الرياضة التجارة/الصناعة/المالية
president/governor/ambassador governor/mayor/senator mayor/governor minister/ambassador ambassador/minister
king/emperor emperor/king bishop/priest pope/king general/admiral coach/captain captain/coach quarterback/linebacker
director/producer producer/director professor/student student/professor judge/lawyer lawyer/judge engineer/scientist
scientist/engineer chairman/treasurer secretary/treasurer pope/emperor actor/director writer/editor poet/painter
prince/duke duke/prince army/navy navy/army police/army senate/congress congress/senate teachers/students
students/teachers doctors/lawyers
"""
QUANTIFIERS: Final = """
جميع/بعض/قلة_من كل/بعض كافة/بعض كامل/نصف معظم/قلة_من/جميع أغلب/قلة_من بعض/جميع العديد/القليل عدة/جميع كلا/أحد
فقط/أيضا كثيرا/نادرا دائما/أحيانا غالبا/نادرا
all/some/few most/few/all many/few/no some/all/most every/almost_no each/one_of_the both/neither_of few/many
several/all only/also mostly/rarely entirely/partly mainly/rarely always/sometimes nearly/far_from
"""
MODAL: Final = """
will/may would/might must/may can/cannot is/may_be was/may_have_been are/may_be were/may_have_been has/may_have
had/may_have required/encouraged
يجب/يمكن سيتم/قد_يتم تم/قد_يتم تمت/قد_تتم أكد/رجح أكدت/رجحت يؤكد/يرجح قرر/يعتزم قررت/تعتزم
"""
JUSSIVE: Final = """
كان/يكن كانت/تكن تم/يتم تمت/تتم أعلن/يعلن أعلنت/تعلن أكد/يؤكد أكدت/تؤكد قرر/يقرر قررت/تقرر وصل/يصل وصلت/تصل فاز/يفز
فازت/تفز قتل/يقتل أصيب/يصب التقى/يلتق شارك/يشارك شاركت/تشارك تمكن/يتمكن تمكنت/تتمكن قام/يقم قامت/تقم أدى/يؤد أدت/تؤد
حقق/يحقق حققت/تحقق سجل/يسجل سجلت/تسجل أفاد/يفد انطلق/ينطلق انطلقت/تنطلق بلغ/يبلغ بلغت/تبلغ شهد/يشهد شهدت/تشهد
ألقت/تلق ألقى/يلق أصدر/يصدر أصدرت/تصدر وافق/يوافق وافقت/توافق رفض/يرفض رفضت/ترفض نظم/ينظم نظمت/تنظم عقد/يعقد
عقدت/تعقد زار/يزر استقبل/يستقبل دعا/يدع دعت/تدع طالب/يطالب طالبت/تطالب أضاف/يضف أوضح/يوضح قال/يقل قالت/تقل أشار/يشر
ذكر/يذكر تحصل/يتحصل غادر/يغادر عاد/يعد نجح/ينجح نجحت/تنجح اعتبر/يعتبر كشف/يكشف كشفت/تكشف تعرض/يتعرض توصل/يتوصل
أدان/يدن دخل/يدخل دخلت/تدخل خرج/يخرج أطلق/يطلق أطلقت/تطلق أوقف/يوقف أوقفت/توقف حضر/يحضر حجز/يحجز شدد/يشدد تقدم/يتقدم
انتهى/ينته انتهت/تنته تجاوز/يتجاوز وقع/يقع وقعت/تقع تلقى/يتلق تسبب/يتسبب تسببت/تتسبب اندلع/يندلع تولى/يتول أشرف/يشرف
أصبح/يصبح أصبحت/تصبح استخدم/يستخدم تأسست/تتأسس ولد/يولد
"""
PAST: Final = """
won/win lost/lose became/become began/begin led/lead took/take made/make gave/give wrote/write held/hold
received/receive used/use included/include said/say found/find went/go came/come saw/see built/build moved/move
died/die started/start ended/end joined/join helped/help played/play worked/work called/call stated/state
claimed/claim provided/provide produced/produce developed/develop created/create established/establish
"""
TRUE_SYNONYMS: Final = """
قال/صرح/ذكر أكد/شدد_على أعلن/صرح أفاد/ذكر أضاف/تابع أوضح/بين أشار/لفت كشف/أعلن أكدت/أوضحت أعلنت/كشفت اليوم/هذا_اليوم
التقى/اجتمع_ب تم/جرى تمت/جرت لقي/لاقى توفي/فارق_الحياة أسفر/أدى_إلى مقتل/مصرع قرر/اتخذ_قرارا_ب حوالي/نحو قرابة/حوالي
بالمائة/في_المائة سنة/عام سنوات/أعوام كبير/ضخم كبيرة/ضخمة شركة/مؤسسة بسبب/جراء جراء/نتيجة نتيجة/بسبب إثر/عقب عقب/إثر
لدى/عند خلال/أثناء أثناء/خلال من_أجل/بهدف بهدف/من_أجل قصد/بغية وفق/حسب حسب/وفق بحسب/وفق سيارة/عربة شخصا/فردا
أشخاص/أفراد مواطن/شخص مساعدة/معونة هجوم/اعتداء حادث/حادثة لقاء/اجتماع اجتماع/لقاء مباراة/لقاء المباراة/اللقاء
ارتفع/زاد ارتفاع/صعود انخفض/تراجع انخفاض/هبوط بدأ/انطلق بدأت/انطلقت يبدأ/ينطلق انتهت/اختتمت فاز/انتصر فوز/انتصار
هزيمة/خسارة رفض/لم_يقبل رفضت/لم_تقبل منع/حظر سمح/أتاح غادر/ترك وصل/حل إيقاف/توقيف القبض/اعتقال سجن/حبس مدينة/بلدة
دعا/حث دعت/حثت طالب/دعا يجب/ينبغي يمكن/بالإمكان هام/مهم هامة/مهمة جديد/حديث رئيسي/أساسي رئيسية/أساسية أيضا/كذلك
كذلك/أيضا لكن/غير_أن
said/stated stated/said announced/declared declared/announced about/approximately approximately/about around/about
began/started started/began begins/starts ended/finished large/big big/large received/got obtained/received
created/made built/constructed constructed/built led/headed many/numerous numerous/many because/since however/though
during/in near/close_to called/named named/called used/employed shows/demonstrates showed/demonstrated
helped/assisted killed/slain bought/purchased purchased/bought founded/established established/founded won/gained
died/passed_away lived/resided resided/lived wrote/authored students/pupils film/movie movie/film area/region
region/area important/significant significant/important also/as_well moved/relocated began/commenced required/needed
need/require allowed/permitted permitted/allowed forbidden/banned increased/rose decreased/fell usually/typically
often/frequently primarily/mainly mainly/chiefly company/firm people/persons children/kids buy/purchase fast/quick
almost/nearly nearly/almost million/mn city/town war/conflict
"""
