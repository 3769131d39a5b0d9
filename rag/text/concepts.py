"""Word senses in both languages: synonyms, translations and opposites, from three tables.

A sense is a pair: a set and its member. Two words with one sense are synonyms; two members of one set of opposites
exclude each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import Final, NamedTuple

import Stemmer

from rag.text.normalise import ARABIC, Word, forms, stems, words

# Opposites in both languages.
#
# Each line is a set: its members are separated by ``<>``, and each member is its Arabic words, a bar, its English
# words. A claim with one member contradicts a quote with another. Arabic verbs are in the past tense, with their noun
# if it differs; multiword terms are joined by ``_``. A line that begins with ``=`` is not inverted by a negation: what
# is not the first member is not necessarily the last. Opposites of degree or taste are not included.

OPPOSITES: Final = """
= ارتفع ارتفاع زاد ازداد زيادة ازدياد تزايد متزايد نمو نما تنامي تنام صعد صعود رفع تضاعف قفز قفزة|rise rose risen \
increase grow \
grew grown growth climb surge soar jump up <> انخفض انخفاض تراجع هبط هبوط قل نقص نقصان تناقص خفض تقليل تخفيض تقلص تدنى \
انحسر انحسار انهار انهيار تهاوى|fall fell fallen decrease decline drop reduce reduction shrink shrank dip plunge \
down lower cut diminish
= تحسن تحسين|improve improvement better <> تدهور تردي ساء تفاقم|worsen deteriorate deterioration worse
فاز فوز انتصر انتصار ربح كسب اكتسب مكسب مكاسب|gain win won winner victory triumph <> خسر خسارة خسائر انهزم هزيمة \
هزم|lose lost loser \
loss defeat
نجح نجاح ناجح|succeed success successful successfully <> فشل إخفاق أخفق فاشل|fail failure failed unsuccessful \
unsuccessfully
= قبل|before prior <> بعد عقب|after afterwards following
قبول يقبل تقبل يقبلوا اتفق اتفاق وافق موافقة استجاب صادق مصادقة أقر إقرار|accept approve approval agree agreement \
consent welcome endorse \
<> رفض اعترض امتنع|reject refuse refusal decline deny turn_down rebuff
أيد تأييد دعم ساند مساندة مؤيد|support back backing endorse favour favor <> عارض معارضة عارضت معارض رفض|oppose \
opposed reject
= رحب ترحيب أشاد أثنى مدح هنأ|welcome praise hail applaud commend <> أدان إدانة ندد تنديد استنكر استنكار شجب انتقد \
انتقاد هاجم|condemn denounce criticise criticize condemnation blast
أكد تأكيد أثبت إثبات صدق|confirm affirm prove verify <> نفى نفي أنكر إنكار دحض|deny refute disprove dispute
فتح افتتح افتتاح مفتوح دشن تدشين|open inaugurate opening <> أغلق إغلاق غلق مغلق أقفل|close closed shut closure closing
= بدأ بدء انطلق انطلاق استهل شرع|begin began begun start launch commence <> انتهى انتهاء أنهى إنهاء \
اختتم|ended finish conclude cease stop terminate
واصل مواصلة تواصل استمر استمرار تابع مازال|continue keep persist <> أوقف وقف توقف إيقاف ألغى إلغاء أنهى علق تعليق \
جمد تجميد|stop halt cease \
cancel suspend abandon
= استأنف استئناف|resume resumption restart <> علق تعليق أوقف توقف|suspend suspension halt pause
= وصل وصول قدم جاء|arrive arrival come came reach <> غادر مغادرة رحل رحيل|leave left depart departure quit
= انضم انضمام التحق|join accession <> انسحب انسحاب غادر استقال|withdraw withdrew withdrawn withdrawal leave left quit
= دخل دخول|enter entry entrance <> خرج خروج|exit leave left
= تقدم|advance progress <> تراجع تقهقر|retreat regress
= هاجم هجوم اعتدى|attack assault offensive <> دافع دفاع|defend defence defense
سمح سماح أجاز مسموح أتاح إتاحة|allow permit permitted authorise authorize let <> منع حظر حرم ممنوع محظور|ban forbid \
forbidden \
forbade prohibit prevent bar outlaw
قانوني شرعي مشروع|legal lawful legitimate legally <> غير_قانوني غير_شرعي|illegal unlawful illegitimate illegally
= أكثر أزيد أكثر_من|more exceed more_than <> أقل أقل_من|less fewer lower less_than fewer_than
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
بريء براءة برأ|innocent acquit <> مذنب أدان إدانة مدان|guilty convict
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
= بقاء بقي أبقى إبقاء استمرار استمر|remain stay retain <> أقال إقالة عزل استقال استقالة|dismiss sack resign \
resignation
= عين تعيين|appoint appointment <> أقال إقالة عزل|dismiss dismissal sack
= ضخ|inject injection <> سحب|withdraw withdrew withdrawal
= عفو عفا|pardon amnesty <> أعدم إعدام|execute execution
= براءة تبرئة برأ|acquit acquittal <> إعدام سجن حبس|jail imprison execution
= داخل|inside within <> خارج|outside beyond
= فائض|surplus <> عجز|deficit shortfall
= عزز تعزيز|strengthen boost <> أضعف إضعاف قوض تقويض|weaken undermine
= تفاؤل متفائل|optimism optimistic <> تشاؤم متشائم|pessimism pessimistic
= تصعيد تصاعد صعد|escalate escalation <> تهدئة|calm de-escalation ease
= اعترف اعتراف أقر إقرار|admit confess acknowledge recognise recognize <> أنكر إنكار نفى نفي|deny
حضر حضور|attend attendance <> غاب غياب تغيب|absent absence
= سري سرا|secret secretly <> علني علنا|public publicly
طوعي طواعية|voluntary voluntarily <> إجباري إلزامي قسري|mandatory compulsory forced
= أحبط إحباط|foil thwart <> نفذ تنفيذ ارتكب|perpetrate commit
= حقيقي صحيح|true genuine real <> مزيف مزور كاذب زائف|false fake forged
= انتخب|elect <> عزل خلع أطاح|oust depose
"""


# Synonyms and translations in both languages.
#
# Each line is its Arabic words, a bar, its English words; any two of them match. Precise enough to compare a claim with
# a quote, too lenient for a dictionary. Words of the table of opposites are not repeated here.

SYNONYMS: Final = """
قال قول اعتقد ظن صرح تصريح ذكر أفاد أعلن إعلان أوضح أضاف أشار لفت أكد شدد اعتبر رأى كشف أبلغ أخبر تحدث عبر أعرب وصف \
كتب|say said state tell told announce declare add stress explain note mention report claim believe think describe \
write wrote according statement speak spoke insist assert affirm express argue remark
سأل سؤال طلب طالب مطالبة دعا دعوة ناشد حث|ask request demand call urge appeal question invite
أمر وجه فرض|order impose command instruct
حذر تحذير|warn caution
وعد تعهد|promise pledge vow
هدد تهديد خطر مهدد|threat threaten danger risk menace
اتهم اتهام تهمة|accuse accusation charge blame
أعرب_عن_ارتياحه ارتياح رضا|satisfaction satisfied pleased
استغرب استغراب تفاجأ مفاجأة مفاجئ|surprise astonishment
أمل رجا|hope
توقع متوقع|expect expectation anticipate forecast predict prediction
اقترح اقتراح مقترح عرض|propose proposal suggest offer
خطط خطة مخطط|plan scheme
قرر قرار|decide decision resolve resolution ruling rule
ناقش نقاش مناقشة بحث مباحثات محادثات حوار تشاور تناول|discuss discussion talk dialogue consult debate
فاوض مفاوضات تفاوض|negotiate negotiation
التقى لقاء اجتمع اجتماع استقبل استقبال قابل مقابلة جمع|meet met meeting receive session gather interview
زار زيارة|visit trip
عقد انعقد نظم تنظيم جرى أجرى تم|hold held organise organize conduct
سافر رحلة|travel journey trip voyage
عاد عودة رجع|return back
أعاد|return restore
ذهب توجه سار|go went gone head
رافق برفقة مع|accompany with alongside
وفد بعثة|delegation mission expedition
اتفاق اتفاقية معاهدة صفقة|agreement treaty deal pact accord
وقع توقيع أمضى إمضاء|sign signature
رئيس زعيم قائد|president head leader chief chairman director
ملك عاهل|king monarch
إمبراطور إمبراطورية|emperor empire imperial
رئيس_الوزراء رئيس_الحكومة|prime_minister premier
وزير وزارة وزاري|minister ministry
نائب|deputy vice lawmaker mp parliamentarian
سفير سفارة|ambassador embassy
متحدث ناطق|spokesman spokeswoman spokesperson
مبعوث مندوب ممثل|envoy representative delegate
مستشار|adviser advisor counsellor chancellor
أمين_عام أمين سكرتير|secretary
مدير|director manager
مسؤول|official responsible
مسؤولية|responsibility
حكومة حكومي سلطة سلطات إدارة|government authority authorities administration
دولة بلد بلاد|state country nation land
شعب شعبي|people nation popular
سكان ساكن أهالي|population inhabitant resident people
مواطن|citizen
برلمان مجلس_النواب جمعية مجلس|parliament assembly council house
محكمة قضاء قاض قضائي|court judge judiciary judicial jurisdiction
قضية دعوى|case issue claim lawsuit cause
ادعى ادعاء زعم|claim allege assertion
قانون تشريع|law act legislation legislative statute
دستور دستوري|constitution constitutional
انتخابات انتخاب|election elect electoral
صوت تصويت أصوات|vote voice ballot
حزب|party
جبهة|front
حركة|movement motion
تنظيم منظمة هيئة مؤسسة|organisation organization institution foundation body agency
جماعة مجموعة|group array set collection
تحالف ائتلاف ائتلافي حلف اتحاد|alliance coalition union league
لجنة|committee commission
مؤتمر|conference congress
مؤتمر_صحفي|press_conference news_conference
بيان|statement communique
وثيقة|document paper
تقرير|report
رسالة|letter message
كتاب|book
كلمة خطاب|speech address word
خبر أنباء|news report
صحيفة|newspaper paper daily
إعلام|media
صحفي صحافي مراسل|journalist reporter correspondent
حرب معركة قتال نزاع صراع|war battle fighting conflict fight combat
هجوم اعتداء ضربة غارة قصف|attack strike raid offensive assault bombing airstrike
جوي|air aerial
قتل مقتل اغتيال جريمة|kill murder assassination homicide crime
قتيل ضحية ضحايا|victim casualty dead
جريح مصاب إصابة أصيب جرح|injure wound injury wounded casualty
انفجار تفجير|explosion blast bombing
إرهاب إرهابي|terrorism terrorist terror
متطرف تطرف|extremist extremism radical
جيش|army
قوات قوة|force power troops strength
بحرية بحري|naval navy maritime sea coast
شرطة أمن أمني دورية|police security guard patrol
حرس|guard
سلاح أسلحة|weapon arm
أطلق_النار إطلاق_نار|shoot fire gunfire opened_fire
قارب سفينة مركب|boat ship vessel
سيارة مركبة|car vehicle
طائرة|plane aircraft
قطار سكك_حديدية سكة|train railway rail
محطة|station plant
طريق شارع|road street way route highway
جسر|bridge
نهر|river
بحر محيط|sea ocean
جبل|mountain
جزيرة|island
شاطئ ساحل سواحل|beach coast shore
غابة غابات مطيرة|forest rainforest
شجرة أشجار|tree
حيوان|animal
نبات|plant
ماء مياه|water
نفط بترول|oil petroleum
غاز|gas
فحم|coal
كهرباء كهربائي تيار|electricity power electric electrical current
طاقة|energy power
نووي|nuclear
كيميائي|chemical
أكسجين|oxygen
حرارة|heat temperature
ضغط|pressure
سعر أسعار ثمن|price cost
كلفة تكلفة كلف|cost expense
مال أموال مبلغ|money fund sum amount
دعم_مالي|aid funding
ميزانية|budget
ضريبة|tax
دخل|income revenue
اقتصاد اقتصادي|economy economic economist economics
تجارة تجاري تبادل|trade commercial commerce business
سوق أسواق بورصة|market exchange
بنك مصرف|bank
شركة شركات|company firm corporation business
صناعة صناعي|industry industrial manufacturing
عمل عامل عمال|work worker labour labor job
موظف|employee staff officer
بضاعة بضائع سلع منتوج|goods product merchandise
إنتاج أنتج|production produce output
قرض|loan
استثمار مستثمر|investment investor invest
عقوبة عقوبات|sanction penalty punishment
حظر|embargo ban
حدود|border boundary limit
لاجئ لاجئين|refugee
هجرة مهاجر|migration immigrant migrant immigration
مدينة|city town
قرية|village
عاصمة|capital
منطقة إقليم جهة|region area zone district territory
ولاية محافظة مقاطعة|province state governorate county
حي|neighbourhood neighborhood district quarter
أرض أراض|land territory ground
عالم عالمي|world global worldwide
دولي|international
مشترك|joint common shared mutual
ثنائي|bilateral
علاقة علاقات|relation relationship tie
تعاون|cooperation cooperate collaboration
شراكة شريك|partner partnership
مبادرة|initiative
أزمة مشكلة|crisis problem issue
حل تسوية|solution settlement solve resolution
سياسي سياسة|political policy politics politician
عسكري|military
أمن|security
اجتماعي مجتمع|social society community
ثقافي ثقافة|culture cultural
ديني دين|religion religious faith
إسلامي إسلام مسلم|islamic islam muslim
مسيحي مسيحية|christian christianity
كنيسة|church
مسجد|mosque
تعليم تعليمي دراسي|education educational school academic
مدرسة|school
جامعة جامعي|university college academic
كلية|college faculty
طالب طلاب طلبة|student
معلم مدرس أستاذ|teacher professor
دراسة بحث باحث أبحاث|study research researcher
علم علمي عالم علماء|science scientific scientist scholar
نظرية فرضية|theory hypothesis
اكتشف اكتشاف|discover discovery find found
اخترع اختراع براءة|invent invention patent
طب طبي طبيب مستشفى|medicine medical doctor hospital physician
مرض وباء داء طاعون|disease plague illness epidemic pestilence
صيدلي صيدلية صيدلة|pharmacist pharmacy
علاج عالج|treatment treat cure therapy
صحة صحي|health
خلية خلايا|cell
مورثة جين|gene
لعب لعبة لاعب|play player game
فريق ناد|team club
مباراة مقابلة|match game
بطولة كأس دوري|championship cup league tournament
ملعب|stadium field
جولة دور مرحلة|round stage phase
مدرب|coach
عقد|contract decade
موسم|season
فيلم سينما|film movie cinema
مسرح مسرحية|theatre theater play stage
موسيقى أغنية|music song
متحف|museum
مكتبة|library
جائزة|prize award
شعر قصيدة شاعر|poem poetry poet
لغة|language
اسم سمى تسمية|name call title
سنة عام|year
قرن|century
اليوم|today
أمس|yesterday
صباح|morning
نهاية_العام|year_end
مرة مرات|time occasion
خلال أثناء|during throughout within
منذ|since ago
حتى|until till up_to
بسبب نتيجة|because due owing result
سبب أدى سبب_في|cause reason lead led
من_أجل بهدف لكي|order aim purpose
هدف استهدف|aim target goal objective purpose
ضد|against
حول بشأن بخصوص|about regarding concerning over
بين|between among
نحو حوالي قرابة تقريبا|about approximately around nearly some almost roughly
أكثر_من|more_than over
فقط مجرد فحسب|only just merely solely
أيضا كذلك|also too well
مهم هام أهمية رئيسي أساسي|important importance main major key chief basic fundamental
ضروري ضرورة يجب ينبغي لا_بد لازم|necessary need must should required have_to necessity
يمكن ممكن قدرة قادر|can could possible able ability may might
أراد رغب رغبة|want wish desire would_like
حاول محاولة سعى مسعى|try attempt effort seek sought endeavor endeavour
جهد جهود|effort
استخدم استخدام استعمل|use usage utilise utilize
أعطى منح قدم|give gave grant provide present award
أخذ تلقى حصل نال|take took receive get obtain gain accept
جعل|make made
ضم شمل تضمن يتضمن تألف تكون|include contain comprise consist involve
أصبح صار بات|become became
بقي ظل مازال لا_يزال ما_زال|remain stay still
أظهر عرض|show display demonstrate exhibit
أثر تأثير نفوذ|influence effect impact affect
تغير تغيير غير|change alter
تطور تطوير|development develop evolve evolution
نفذ تنفيذ طبق تطبيق|implement implementation execute apply application
حكم|rule reign govern sentence
سيطر سيطرة تحكم احتل احتلال|control dominate domination occupy occupation
قاد قيادة|lead led leadership command
أرسل|send sent
اشترط|require requirement condition
جاز يجوز يحق|may permit allow lawful right
شارك مشاركة|participate participation take_part join
كفى كاف|enough sufficient suffice
حمل|carry carried hold
وضع|place put situation status condition
حالة ظرف أوضاع|situation state condition circumstance case
مستوى معدل نسبة|level rate percentage ratio
عدد|number
حجم|size volume
مساحة|area space
سرعة|speed
قيمة|value
نوع أنواع صنف|type kind species sort class
جزء قسم|part section portion
شكل صورة|form shape image
جانب طرف|side party
شخص أشخاص فرد أفراد|person individual people
طفل أطفال|child children kid
شاب شباب|young youth
عائلة أسرة عائلي|family familial
منزل بيت|house home
مبنى بناية|building
قصر|palace
حصن قلعة|fort castle fortress
سجن سجين|prison prisoner jail
حرية حر|freedom free liberty
حق حقوق|right rights
مساواة|equality
عدم_المساواة|inequality
عدالة عدل|justice
سيادة استقلال|sovereignty independence
ثورة|revolution uprising
احتجاج تظاهر مظاهرة|protest demonstration
إضراب|strike
طوارئ|emergency
عاصفة إعصار|storm hurricane
زلزال|earthquake quake
حريق|fire
فيضان|flood
طقس مناخ|weather climate
ريح رياح|wind
كوكب كواكب|planet
فضاء|space
نجم|star
تقنية تكنولوجيا|technology technique
حاسوب كمبيوتر|computer
شبكة|network
إنترنت|internet
برنامج|program programme
آلة ماكينة محرك|machine engine motor
نظام منظومة|system regime
قناة تلفزيون|channel television tv
بث|broadcast transmission
إذاعة|radio
هاتف هاتفي اتصال|phone telephone call contact communication
موقع|site location website position
مركز|centre center
وسط|centre center central middle inner
مقعد مقاعد|seat
غارة|raid strike
ضاحية ضواحي|suburb
مستوطنة استيطان مستوطن|settlement settler
مستعمرة استعمار استعماري|colony colonial colonialism
عرق عنصري|race racial ethnic
خوف|fear
غضب|anger
سحب_البساط|pull
قاصر|minor underage
مخدرات مخدرة|drug narcotic
مروج تاجر|dealer trader merchant
سرقة مسروق نهب|theft stolen steal robbery rob
تهريب مهرب خلسة|smuggle smuggling smuggler secretly illegally
قرعة|draw
نسخ نسخة اقتبس اقتباس|copy version quote quotation
خط|line
عرض|offer show
تجميد جمد|freeze
موافقة|consent approval permission
رؤية وجهة_نظر|vision view outlook
موقف|position stance attitude
قناعة اقتناع|conviction belief
معجزة|miracle
حملة|campaign
تشويه شوه|distort distortion smear
دور|role part
تسرع استعجل عجل متسرع|hasty haste rush hurry
يقظة حذر|vigilance caution alert
كفاءة|efficiency competence
حر|free
عضو أعضاء|member
قائمة|list
أعلى_مستوى قياسي|record
قائم|existing standing
أجل تأجيل|adjourn postpone delay
مساعدة|aid help assistance
مراع|pasture grazing
ماشية|cattle livestock
"""


# Units, currencies and offices that exclude each other, in both languages.
#
# They count only next to what they belong to: a unit to its figure, an office to its minister or ministry. The form is
# that of the table of opposites.

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
"""Words that an office belongs to; normalised."""


_LONGEST: Final = 3
_PERSONS: Final = "يتنا"
_TABLES: Final = (("opposite", OPPOSITES), ("unit", UNITS), ("office", OFFICES), ("same", SYNONYMS))
# Words that the stemmer conflates: general and generous, universal and university.
_SHORTEST_ARABIC: Final = 3
# Other words than those of the table: waterfalls, each other, the opposition.
_OTHER: Final = frozenset(
    (  # noqa: SIM905
        "falls fall units بعضها بعضهم بعضنا بعضهما البعض ببعضها وبعضها لبعضها المعارضه والمعارضه للمعارضه بالمعارضه"
    ).split()
)


class Sense(NamedTuple):
    """`table`: opposite, unit, office or same; `group`: the number of the set in it; `member`: from 0."""

    table: str
    group: int
    member: int


class Sensed(NamedTuple):
    """Common senses of the words [first, last) of a text."""

    senses: frozenset[Sense]
    first: int
    last: int


def sensed_words(found: Sequence[Word]) -> list[Sensed]:
    """Senses of the words of a text, the longest run first if several begin at one word; every word is covered.

    A word without a sense has an empty set.
    """
    sensed: list[Sensed] = []
    position = 0
    while position < len(found):
        for length in range(min(_LONGEST, len(found) - position), 0, -1):
            run = found[position : position + length]
            senses = senses_of(run[0].text) if length == 1 else _run(tuple(word.text for word in run))
            if senses or length == 1:
                if _is_superlative(found, position) or run[0].text in _OTHER:
                    senses = frozenset()
                sensed.append(Sensed(senses, position, position + length))
                position += length
                break
    return sensed


def _is_superlative(found: Sequence[Word], index: int) -> bool:
    """Whether the word is part of a superlative (« the most common »), which does not state a quantity."""
    return found[index].text == "most" and index > 0 and found[index - 1].text in {"the", "its", "their", "his", "her"}


@lru_cache(maxsize=65536)
def senses_of(word: str) -> frozenset[Sense]:
    """Senses of one normalised word; its own form takes precedence over its stem, its stem over its verb."""
    single, _ = _index()
    for keys in (_exact(word), _stemmed(word), _verbal(word)):
        found: set[Sense] = set().union(*(single.get(key, ()) for key in keys))
        if found:
            return frozenset(found)
    return frozenset()


@cache
def turned() -> tuple[bool, ...]:
    """Set by set: whether negating one member of a set of opposites states the other."""
    return tuple(line.count("<>") == 1 and not line.startswith("=") for line in OPPOSITES.strip().splitlines())


@cache
def _index() -> tuple[dict[str, set[Sense]], dict[tuple[str, ...], set[Sense]]]:
    single: dict[str, set[Sense]] = {}
    runs: dict[tuple[str, ...], set[Sense]] = {}
    for sense, name in _entries():
        parts = tuple(word.text for word in words(name.replace("_", " ")))
        if len(parts) > 1:
            runs.setdefault(parts, set()).add(sense)
            continue
        for key in {*_exact(parts[0]), *_stemmed(parts[0]), *_cores(parts[0])}:
            single.setdefault(key, set()).add(sense)
    return single, runs


def _entries() -> Iterator[tuple[Sense, str]]:
    for table, text in _TABLES:
        for group, line in enumerate(text.strip().splitlines()):
            for member, part in enumerate(line.removeprefix("= ").split("<>")):
                for name in part.replace("|", " ").split():
                    yield Sense(table, group, member), name


def _run(texts: tuple[str, ...]) -> frozenset[Sense]:
    _, runs = _index()
    if texts[0] not in _first_words() and not any(form in _first_words() for form in forms(texts[0])):
        return frozenset()
    rests = [_bare(text) for text in texts[1:]]
    found: set[Sense] = set()
    for form in forms(texts[0]):
        found |= runs.get((_bare(form), *rests), set()) | runs.get((form, *texts[1:]), set())
    return frozenset(found)


@cache
def _first_words() -> frozenset[str]:
    return frozenset(run[0] for run in _index()[1])


def _bare(word: str) -> str:
    return word[2:] if word.startswith("ال") and len(word) > _SHORTEST_ARABIC + 1 else word


def _exact(word: str) -> Iterator[str]:
    for form in forms(word):
        yield f"={_bare(form)}"


def _stemmed(word: str) -> Iterator[str]:
    if not ARABIC.match(word):
        yield f"~{english_stem(word)}"
        return
    for stem in stems(word):
        yield f"~{_bare(stem)}"
    # Suffixes of she, they and the dual: ارتفعت, ارتفعوا, ارتفعا.
    for form in forms(word):
        for ending in ("ت", "وا", "تا", "ا"):
            if form.endswith(ending) and len(form) - len(ending) >= _SHORTEST_ARABIC:
                yield f"~{form.removesuffix(ending)}"


def _verbal(word: str) -> Iterator[str]:
    """Cores of a verb in the present tense: سيرتفع and ترتفع have رتفع."""
    if not ARABIC.match(word):
        return
    for form in forms(word):
        bare = form.removeprefix("س")
        if bare[:1] in _PERSONS and len(bare) >= _SHORTEST_ARABIC:
            for ending in ("", "ون", "ان", "ا", "وا", "ين", "ه", "ها"):
                core = bare[1:].removesuffix(ending)
                if len(core) >= _SHORTEST_ARABIC - (not ending) and bare.endswith(ending):
                    yield f"^{core}"


def _cores(lemma: str) -> Iterator[str]:
    """The part after the person prefix in the present tense of a verb listed in the past tense: ارتفع → رتفع, زار →
    زور."""
    if not ARABIC.match(lemma) or len(lemma) < _SHORTEST_ARABIC or lemma.startswith("ال"):
        return
    yield f"^{lemma}"
    if lemma[0] == "ا":
        yield f"^{lemma[1:]}"
        yield f"^ؤ{lemma[1:]}"
    if len(lemma) == _SHORTEST_ARABIC and lemma[1] == "ا":
        yield f"^{lemma[0]}و{lemma[2]}"
        yield f"^{lemma[0]}ي{lemma[2]}"
        yield f"^{lemma[0]}{lemma[2]}"


@lru_cache(maxsize=65536)
def english_stem(word: str) -> str:
    """Stem of a normalised English word: increases, increased and increasing have the same one."""
    return str(Stemmer.Stemmer("english").stemWord(word))
