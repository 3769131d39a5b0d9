"""Words that exclude one another, in both languages, as data; `rag.text.concepts` reads them.

A line is a set: its members are parted by ``<>``, and each is its Arabic words, a bar, its English words. Who says one
member of what a quote says another of contradicts it. Arabic verbs stand in the past, with their noun where that
differs; a word of several parts is joined by ``_``. A line that begins with ``=`` is not turned round by a negation:
what is not the first is not thereby the last. No word is here whose opposite is only a matter of degree or of taste.
"""

from __future__ import annotations

from typing import Final

OPPOSITES: Final = """
= ارتفع ارتفاع زاد ازداد زيادة ازدياد تزايد متزايد نمو نما تنامي تنام صعد صعود رفع تضاعف|rise rose risen increase grow \
grew grown growth climb surge soar jump up <> انخفض انخفاض تراجع هبط هبوط قل نقص نقصان تناقص خفض تقليل تخفيض تقلص تدنى \
انحسر انحسار|fall fell fallen decrease decline drop reduce reduction shrink shrank dip plunge down lower cut diminish
= تحسن تحسين|improve improvement better <> تدهور تردي ساء تفاقم|worsen deteriorate deterioration worse
فاز فوز انتصر انتصار ربح كسب اكتسب|gain win won winner victory triumph <> خسر خسارة انهزم هزيمة هزم|lose lost loser \
loss defeat
نجح نجاح ناجح|succeed success successful successfully <> فشل إخفاق أخفق فاشل|fail failure failed unsuccessful \
unsuccessfully
= قبل|before prior <> بعد عقب|after afterwards following
قبول يقبل تقبل يقبلوا اتفق اتفاق وافق موافقة استجاب|accept approve approval agree agreement consent welcome endorse \
<> رفض اعترض امتنع|reject refuse refusal decline deny turn_down rebuff
أيد تأييد دعم ساند مساندة مؤيد|support back backing endorse favour favor <> عارض معارضة عارضت معارض|oppose \
opposition opposed
= رحب ترحيب أشاد أثنى مدح هنأ|welcome praise hail applaud commend <> أدان إدانة ندد تنديد استنكر استنكار شجب انتقد \
انتقاد هاجم|condemn denounce criticise criticize condemnation blast
أكد تأكيد أثبت إثبات صدق|confirm affirm prove verify <> نفى نفي أنكر إنكار دحض|deny refute disprove dispute
فتح افتتح افتتاح مفتوح دشن تدشين|open inaugurate opening <> أغلق إغلاق غلق مغلق أقفل|close closed shut closure closing
= بدأ بدء انطلق انطلاق استهل شرع|begin began begun start launch commence <> انتهى انتهاء أنهى إنهاء \
اختتم|ended finish conclude cease stop terminate
واصل مواصلة استمر استمرار تابع مازال|continue keep persist <> أوقف وقف توقف إيقاف ألغى إلغاء أنهى|stop halt cease \
cancel suspend abandon
= استأنف استئناف|resume resumption restart <> علق تعليق أوقف توقف|suspend suspension halt pause
= وصل وصول قدم جاء|arrive arrival come came reach <> غادر مغادرة رحل رحيل|leave left depart departure quit
= انضم انضمام التحق|join accession <> انسحب انسحاب غادر استقال|withdraw withdrew withdrawn withdrawal leave left quit
= دخل دخول|enter entry entrance <> خرج خروج|exit leave left
= تقدم|advance progress <> تراجع تقهقر|retreat regress
= هاجم هجوم اعتدى|attack assault offensive <> دافع دفاع|defend defence defense
سمح سماح أجاز مسموح|allow permit permitted authorise authorize let <> منع حظر حرم ممنوع محظور|ban forbid forbidden \
forbade prohibit prevent bar outlaw
قانوني شرعي مشروع|legal lawful legitimate legally <> غير_قانوني غير_شرعي|illegal unlawful illegitimate illegally
= أكثر أزيد|more exceed <> أقل|less fewer lower
= على_الأقل|at_least <> على_الأكثر|at_most
= أكبر|biggest largest larger bigger greatest greater <> أصغر|smallest smaller
= كبير|large big huge vast <> صغير|small little tiny
= أعلى|higher highest top <> أدنى أخفض|lower lowest bottom
عال مرتفع|high <> منخفض متدن|low
= أقوى|stronger strongest <> أضعف|weaker weakest
= أسوأ|worst worse <> أفضل أحسن أجود|best better
= أول|first <> آخر أخير|last final
= أقدم|oldest older <> أحدث أجدد|newest latest newer youngest
= قديم|old ancient <> جديد|new
= غني ثري أغنى ثراء|rich wealthy richer wealthier <> فقير أفقر فقر|poor poorer poverty
= أغلى غال|expensive dearest costly <> أرخص رخيص|cheap cheapest inexpensive
= طويل أطول|long longer longest <> قصير أقصر|short shorter shortest
= سريع أسرع|fast faster fastest quick rapid <> بطيء أبطأ|slow slower slowest
= مبكر مبكرا باكر أوائل مطلع|early earlier earliest <> متأخر متأخرا أواخر|late later latest
إيجابي|positive <> سلبي|negative
= عاش نجا نجاة|survive survivor live <> مات توفي هلك قتل لقي_مصرعه|die died kill perish dead
= ولد ولادة|born birth <> مات توفي وفاة|die died death
أفرج إفراج أطلق_سراح|release free freed <> اعتقل اعتقال أوقف إيقاف سجن احتجز احتجاز احتفظ|arrest detain jail \
imprison detention
بريء براءة برأ|innocent acquit <> مذنب أدان إدانة|guilty convict
= شراء اشترى|buy bought purchase <> بيع باع|sell sold sale
= صدر تصدير صادرات|export <> استورد استيراد واردات|import
= أرسل إرسال بعث|send sent dispatch <> تلقى استلم تسلم|receive get got
= بنى بناء شيد تشييد أقام|build built construct erect establish <> هدم تدمير دمر|destroy demolish tear_down
= أسس تأسس تأسيس أنشأ إنشاء|founded founding establish create <> حل إلغاء تفكيك|dissolve abolish disband dismantle
= اكتشف|discover <> أخفى|hide conceal
حب أحب|love like <> كره كراهية|hate dislike
= سلم سلام سلمي|peace peaceful <> حرب حربي|war
= صديق صداقة حليف|friend ally friendly <> عدو عداء|enemy foe hostile
= ذكور رجل رجال|male man men <> أنثى إناث امرأة نساء|female woman women
= أب|father <> أم|mother
= ابن نجل|son <> ابنة|daughter
= أخ شقيق|brother <> أخت شقيقة|sister
= زوج|husband <> زوجة|wife
= ملك|king <> ملكة|queen
= جد|grandfather <> حفيد حفيدة|grandson granddaughter grandchild
= سلف|predecessor ancestor <> خلف خليفة|successor descendant
= خاص خاصة|private <> عام عامة عمومي|public
معتدل|moderate <> متطرف|extremist radical
= محلي|domestic local <> أجنبي|foreign
= ذهب ذهبية|gold golden <> فضة فضية|silver <> برونز برونزية|bronze
= شمال شمالي|north northern <> جنوب جنوبي|south southern <> شرق شرقي|east eastern <> غرب غربي|west western
= صباح صباحا فجر|morning dawn <> مساء ليل ليلا مساءا|evening night
يمين يميني|rightist <> يسار يساري|leftist
= جميع كل كافة|all every entire everyone <> معظم أغلب غالبية أكثرية|most majority mostly <> \
بعض عدة عديد كثير كثيرون|some many several numerous <> لا_أحد لا_شيء|none nobody
= كثير عديد كثيرون|many numerous <> قليل قلة قلائل|few
= معظم أغلب غالبية أكثرية|most majority mostly <> قليل قلة قلائل|few minority
= دائما|always <> أحيانا|sometimes occasionally
= فقط حصرا|only solely exclusively <> أساسا|mainly chiefly largely mostly
= كثير عديد كثيرون|many numerous <> قليل قلة قلائل|few
= معظم أغلب غالبية أكثرية|most majority mostly <> قليل قلة قلائل|few minority
= دائما|always <> أحيانا|sometimes occasionally
= فقط حصرا|only solely exclusively <> أساسا|mainly chiefly largely mostly
= دائما|always <> غالبا كثيرا_ما|often usually frequently <> نادرا|rarely seldom <> \
أبدا|never
وحيد الوحيد|sole exclusively <> أحد_أبرز|among
مؤقت|temporary temporarily interim <> دائم|permanent permanently
مستقر استقرار|stable stability <> توتر متوتر اضطراب فوضى|unstable instability unrest tense chaos
= علماني|secular <> ديني إسلامي|religious theocratic
= مباشر|direct directly <> غير_مباشر|indirect indirectly
رسمي|official officially <> غير_رسمي|unofficial informal
ممكن محتمل|possible likely <> مستحيل|impossible unlikely
كاف كافية تكفي يكفي|sufficient enough adequate <> غير_كاف|insufficient inadequate
مستعد استعداد|ready prepared willing <> غير_مستعد|unwilling unprepared unready
سهل أسهل|easy easier easily <> صعب أصعب صعوبة|hard difficult difficulty harder
آمن أمان|safe safely <> خطر خطير|dangerous unsafe
= كامل كاملا كليا|full fully complete completely entire entirely <> جزئي جزئيا|partial partially partly
اتفق اتفاق توصل|agree agreement <> اختلف اختلاف خلاف|disagree disagreement differ
= وحد توحيد|unify unification unity <> قسم انقسام تقسيم|divide division split
= ساعد مساعدة ساهم|help assist aid <> أعاق عرقل عرقلة|hinder obstruct impede
= شجع تشجيع|encourage <> ثبط أحبط|discourage
= هبوط انحدار|descent relegation relegated <> صعود|ascent promotion promoted
= اقترض قرض مدين|borrow loan debtor <> أقرض دائن|lend creditor
= انتعش انتعاش|recover recovery boom <> ركود كساد انكمش انكماش|recession slump
= تعاقد وقع_مع|sign <> أقال إقالة طرد استغنى|sack dismiss fire
= انتخب|elect <> عزل خلع أطاح|oust depose
"""
