"""What names look like, as data: usual Arabic given names, endings of foreign names, words of which names are made.

`rag.text.name_shapes` reads it. Nothing here says who exists, only that a word is more likely a name than not, or
that an English word with a capital is an ordinary word of a title, whose translation shares no sound with it.
"""

from __future__ import annotations

from typing import Final

GIVEN: Final = """
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
"""A person's name; one that is also an ordinary word is here where it is a name more often."""

ENDINGS: Final = """
وف وفا يف يفا يتش فيتش نكو سكي سكايا ينغ سون تون لاند لندا برغ بورغ مان شتاين
ستان يان دوتير وس يس ايس اينه ييه يني وني يلي يرو
"""
"""Ends of foreign names in Arabic letters."""

BEFORE: Final = """
السيد السيدة الشيخ الدكتور الأستاذ الأمير الملك القس البابا الجنرال العقيد اللواء المدعو المدعوة الرئيس رئيسها رئيسه
مدينة بلدة قرية ولاية محافظة معتمدية جزيرة نهر جبل بلدية نادي جامعة شركة قناة صحيفة وكالة منطقة بجهة بمنطقة بولاية
بمدينة حي
"""
"""What names follow in Arabic."""

ORDINARY: Final = """
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
"""English words of which names and titles are made; Arabic translates them."""
