"""Words that say the same, in both languages, as data; `rag.text.concepts` reads them.

A line is its Arabic words, a bar, its English words; both may stand for one another. Near enough for telling what a
claim says of its quote, too lenient for a dictionary. `rag.text.opposites` has more, which are not repeated here.
"""

from __future__ import annotations

from typing import Final

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
