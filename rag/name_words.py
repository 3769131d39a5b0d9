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
بشار بشير رفعت رياض رامي راشد رشيد رضا رضوان رؤوف رفيق رمزي زياد زيد زين زهير صالح صلاح صبحي صدام طارق طه طلال
 ظافر ظريف عاطف عباس عبيد عدنان عصام عزيز عقيل علاء عماد غازي غسان فؤاد فادي فارس فاروق فتحي فهد
فوزي قيس كريم كمال لطفي لؤي ماجد مازن مالك مأمون مجدي مراد مرسي مرزوق مروان معاذ معاوية معتز معز مقتدى
منذر منصف منصور منير مهدي مهند ناجي ناصر نبيل نجيب نزار نصر نضال نعيم نوري هادي هاشم هاني هشام هيثم وائل وسام ياسر ياسين
يزيد أيمن أنس أنور أسامة أشرف أكرم أمين أمجد أنيس أيوب باسل باسم بدر بلال بهاء توفيق تامر جابر جاسم جعفر جلال جمال جواد
حاتم حازم حبيب حسام حسني حمزة حيدر خليل خليفة رجب شكري شوقي شفيق ضياء لطيفة ليلى مريم فاطمة فاطمه عائشة خديجة
زينب هدى هند نجلاء نادية نوال سعاد سلوى رانيا ريم دينا بثينة أمينة أسماء آمنة ألفة حنان
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
western white wild wind winter women woods word worker world year young youth zone spaghetti monday tuesday wednesday
thursday friday saturday sunday
"""
"""English words of which names and titles are made; Arabic translates them."""
