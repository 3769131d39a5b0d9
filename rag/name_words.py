"""What names look like, as data: usual Arabic given names, endings of foreign names, words of which names are made.

`rag.name_shapes` reads it. Nothing here says who exists, only that a word is more likely a name than not, or that
an English
word with a capital is an ordinary word of a title, whose translation shares no sound with it.
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
act academy affair aid alliance amendment ancient anarchy army article assembly association authority award bay beach
bill black blue board body book border boulevard box bridge british broadcast broadcasting building bureau business
canal
cape captivity care cathedral center central centre century chair chamber channel charter chief child christian
church city
civil club coast code cold college colony command commission committee common commons community company conference
congress constitution constitutional control convention council country county court crisis cross crown culture
curse cup
customs day death declaration defence defense delta democratic department development diplomatic disobedience
disqualification district division dock doctor duke dynasty earl east economic economy education electric emergency
empire
energy engineering environment equality estate european event exchange exhibition expedition faculty fair family federal
field film first fleet force foreign forest fort foundation four free freedom freeway front fund game garden gate
general
glen gold golden government governor grand great green greens group guard gulf hall harbour health heart high hill
history
holy home hospital hotel house human hundred identity immune independence independent industrial industry information
initiative institute intelligence internal international internet island islamic joint journal justice king kingdom
labor
labour lake land law league left legion legislature liberal liberation liberty library light line literature little
local
long lord lower magna main major management march marine mark market mass master mathematics media medical medicine
memorial mental mercy metro middle military mill minister ministry missile mission model modern monetary money monument
moon morning mosque most mother mountain movement movie museum music mutual narrow nation national nationality native
natural nature navy network new news night nobel nobility noble north northern nuclear observatory ocean office
official oil
old olympic open opera operation opposition order organisation organization overseas oxygen pact palace panel paper park
parliament partnership party pass path peace peer people personal plan planet plague play pledge poet point police
policy
poor pope popular port post power president press prime prince princess private prize program programme progress
progressive project property protection protestant province public queen radio railway rebel red reform reformation
reformed
regiment region religion renaissance report republic republican research reserve resistance restoration revolution right
rights ring rise rising river road rock roman round route royal rule russian sacred saint school science sea season seat
second secretary security senate senior service session seven shanty shell shield ship shipping shore silver sister
social socialist society soldier solution son south southern space special sport sports spring square stadium star state
statement states steam stock storm story strait street strike student studio study summer summit sun super supreme
survey
system table task teacher team technical technology television terrorism test theater theatre theory third thirty
thunder
ticket time title tower town trade transport treasury treaty trial tribunal tropical trust twelve two under union
unit united
university upper valley value victory village virgin vision voice wall war warm watch water wave way wealth week
welfare west
western white wild wind winter women woods word worker world year young youth zone abbey academic account achievement adaptive administration admiral adult advanced advisory agreement agriculture air airport
album algorithm amateur ambassador amphibious analysis annual apostle apprentice archaeology archbishop architecture archive
arena arm armed armistice arrow artist asset assimilated astronomy athletic atlantic atomic attack attorney audio autumn aviation
ball band baptist bar baron barrier baseball basilica basin basketball battery bell bible biology bird birth bishop blood bomb bone
bowl boxing boy brain branch bread breeding brethren bridge brigade brother buddhist butcher cabinet calendar camp campaign
campus cancer candidate canyon capital captain car cardinal carnival carrier cash castle cat category catholic cattle cavalry cave
cease cell census ceremony champion championship chancellor chaplain chapel chapter charity chart chemistry chess choir choice
circle circuit citizen civilian class classical clause clear clergy clerk climate clinic clock coach coal coalition coffee
collection collegiate column combat comedy command commander commercial commissioner commodore communication communism communist
comparative competition complex component comprehensive compromise computer computing concert confession congregation
conservative consul consumer contact container contemporary content continental contract corps corporal correspondent cotton
councillor count counter countess course covenant craft creation creative creed cricket crime criminal crop crow crusade crystal
culture currency current curriculum dam dance dark data daughter dawn deacon dead dean debate debt decompression deep deer degree
democracy democrat desert design desk devil dialogue digital dinner diocese diplomacy directive disaster disease distance divine
dog dollar dome domestic double dragon drama dramatic drive driver drug duchess dutch eagle earth ecology edict edition editor
elder elect election electric electronic element elementary embassy emission employee employment end enlightenment enterprise
entertainment epic episcopal epistle era ethics evangelical evening evidence evolution excellence executive exile experience
experimental explorer extension eye faculty faith fall fame family farm fashion father feast feature festival fever fiction fire
fish fishing flag flight flood floor flower food foot football formula fortress forum frame free friend friendly frontier fruit
full funding fusion future galaxy gallery gas gazette generation genetic genome geography geology giant girl glass global glory god
golf gospel gothic grain grammar grammy grant grass gravity guardian guide gun habitat hand harvest hat headquarters head health
hearing heat heaven heavy hebrew height hell hemisphere herald heritage hero hockey holiday holocaust homeland honor honour hope
horn horse host hour household housing hunter hurricane hydrogen hyperbaric ice idea image immigration imperial index industry
infantry inner innovation inquiry inspector instrument insurance integrated interest interim intermediate interpreter interstate
invention iron jazz jet jewish job journal joy judge jungle junior jury kitchen knight knowledge lab laboratory ladder lady
language large late laureate lawyer leader leadership learning lecture legal legend lens lesson letter level liaison lieutenant life
likewise line lion liturgy living loan local lodge loop lost lot love loyal machine magazine magic magistrate mail make male
manifesto manor map marathon marshal marsh martial martyr mathematician mathematics matter mayor meadow measure mechanical medal
medicine medieval mediterranean member merchant messenger metal meteorology method methodist midwest migration military milk mine
mineral minor miracle mirror mobile modern monastery monk monster month morality motion motor mouth multi municipal mystery myth
narrative naval navigation nearby negotiation net neutral night noon noise novel number nurse oak oath object officer olympics
optical orchestra organic origin orthodox outer outreach oval owner pacific painting palm parade paradise parish park part
partition passage pastor patent patriot patrol payment pearl peninsula penal pension performance period permanent petroleum
pharmacy philosopher philosophy phoenix physical physician physics piano picture pier pilgrim pillar pilot pine pioneer pipe pit
plague plain plant plateau platform player plaza pocket podium police policy policymakers polytechnic pond pool pope population
portrait portuguese position postal potential poverty practice prairie prayer preparatory presbyterian preservation preserve press
priest primary primitive principal principle priority prison privy pro probe procedure process producer production professional
professor programming prohibition promise prophet prosecutor protected protein protocol proverb provincial psalms psychology
publication publishing pure purple quadrangles quality quantum quarter queen quest question rabbi race rail rainforest rally ranch
range rapid rare rate rating ray reading real reality reason rebellion reception record recovery recreation recruit referendum
reflection refuge refugee regional register registry regular relativity relief renaissance renewed reptile residence resource
response restaurant result retreat revenue revival rhythm rice rifle rocket romance romantic root rose rotary roundtable rugby rule
runner rural sabbath sacrament safety sail salt sample sanctuary sand satellite saturday savings saxon scheme scholar scholarship
scientific score scout scripture sculpture seal search seawater secret sect section secular seed selection senator series serpent
servant session settlement shadow share sharp sheep shelf shelter sheriff shop shore short show shrine side siege signal silence
silk singer single site skill sky slave sleep small smart smoke snow soccer society sociology software soil solar solid soul sound
source sovereign spatial speaker special species spirit spiritual spoken spray spread staff stage standard statistics statue status
steel stem step stone store strategic strategy stream strength string structure style subway sugar suicide suite sunday superior
supply support surface surgeon surgery sustainable swamp sweet swimming symbol symphony synod table tactical talent tank target
tax tea teaching technician temple tennis territory testament text textile theorem therapy thesis thing thought throne thunder
tide tiger tobacco token tomb top torch total touch tour tourism tournament track trade tradition traffic trail train training
transfer transit translation transportation travel tree trench tribe trilogy trinity triumph trophy tropic truck true trustee truth
tube turning twin type ultimate uncle undergraduate underground universal unknown uprising urban user utility vaccine van vector
vehicle venture verse vessel veteran vice victim video view vineyard violence virgin virus visit vocational volcano volume
volunteer voter voyage wagon walk war ward warden warehouse warrior watch weapon weather web weight wheel whistle widow wife
wildlife window wine wing wireless wisdom witch witness wolf wonder wool worship wrestling writer writing yard yellow
age ages art arts costume emperor empress sometime mariner african american asian european jews jew jesus christ christmas easter mariavites confucian aristotelian mongols
monday tuesday wednesday
thursday friday saturday sunday
"""
"""English words of which names and titles are made; Arabic translates them."""
