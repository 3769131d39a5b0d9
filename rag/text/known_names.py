"""Names in both scripts that CLDR does not have, as data; `rag.text.names` reads them.

`MORE`: code, Arabic names, English names; the code is a territory's or our own. `PEOPLES`: a territory's code and its
people in English. `ARABIC_PEOPLES`: adjectives that do not follow from the country's name.
"""

from __future__ import annotations

from typing import Final

MORE: Final = """
US|امريكا,اميركا,الولايات المتحدة الامريكية,الولايات المتحدة الاميركية|America,USA,US,U.S.,U.S.A.,\
United States of America
GB|بريطانيا,انجلترا,انكلترا|Britain,Great Britain,UK,U.K.,England
SA|السعودية|Saudi
AE|الامارات|Emirates,UAE
RU|روسيا الاتحادية,الاتحاد الروسي|Russian Federation
PS|فلسطين|Palestine
TR||Turkey
SY|سورية,الجمهورية العربية السورية|Syrian Arab Republic
MM|ميانمار,بورما|Burma,Myanmar
KP|كوريا|Korea
KR|كوريا|Korea
CD|الكونغو|Congo
CG|الكونغو|Congo
BA|البوسنة|Bosnia
HU|المجر|
DK|الدنمارك|
BY|بيلاروسيا,روسيا البيضاء,بلاروسيا|
CI|كوت ديفوار|Ivory Coast
HK|هونغ كونغ|Hong Kong
CZ|جمهورية التشيك|Czech Republic
GR|اليونان|
EU|الاتحاد الاوروبي,الاتحاد الأوربي|EU
UN|الامم المتحدة,منظمة الامم المتحدة|UN,U.N.,United Nations
150|اوربا|
washington|واشنطن|Washington
geneva|جنيف|Geneva
ankara|انقرة|Ankara
beijing|بكين,بيجين|Beijing
shanghai|شنغهاي|Shanghai
delhi|نيودلهي,نيو دلهي,دلهي|New Delhi,Delhi
abudhabi|ابوظبي,ابو ظبي|Abu Dhabi
rabat|الرباط|Rabat
islamabad|اسلام اباد|Islamabad
ottawa|اوتاوا|Ottawa
canberra|كانبيرا|Canberra
berne|برن|Bern
telaviv|تل ابيب|Tel Aviv
sanaa|صنعاء|Sanaa,Sana'a
aleppo|حلب|Aleppo
homs|حمص|Homs
idlib|ادلب|Idlib
mosul|الموصل|Mosul
basra|البصرة|Basra
munich|ميونيخ,ميونخ|Munich
sochi|سوتشي|Sochi
astana|استانا|Astana
hague|لاهاي|Hague
newyork|نيويورك|New York
strasbourg|ستراسبورغ|Strasbourg
stpetersburg|سان بطرسبورغ,سانت بطرسبرغ|St Petersburg,Saint Petersburg
mecca|مكة,مكة المكرمة|Mecca
medina|المدينة المنورة|Medina
jeddah|جدة|Jeddah
alexandria|الاسكندرية|Alexandria
barcelona|برشلونة|Barcelona
milan|ميلانو|Milan
kyiv|كييف|Kiev,Kyiv
nato|الناتو,حلف شمال الاطلسي,حلف الناتو|NATO
kremlin|الكرملين|Kremlin
whitehouse|البيت الابيض|White House
pentagon|البنتاغون|Pentagon
unsc|مجلس الامن,مجلس الامن الدولي|Security Council
isis|داعش,تنظيم الدولة الاسلامية,تنظيم الدولة|ISIS,ISIL,Daesh,Islamic State
nusra|جبهة النصرة,النصرة|Nusra,Nusra Front,Jabhat al-Nusra
hezbollah|حزب الله|Hezbollah,Hizbollah
hamas|حماس|Hamas
qaeda|تنظيم القاعدة|Al-Qaeda,Qaeda,al Qaida
taliban|طالبان|Taliban
arableague|جامعة الدول العربية,الجامعة العربية|Arab League
opec|اوبك|OPEC
imf|صندوق النقد الدولي|International Monetary Fund,IMF
worldbank|البنك الدولي|World Bank
who|منظمة الصحة العالمية|World Health Organization,WHO
unicef|اليونيسف,يونيسيف|UNICEF
middleeast|الشرق الاوسط|Middle East
gulf|الخليج|Gulf
arab|عربي,عربية,العرب,عربا|Arab,Arabs
kurd|كردي,كردية,كرد,اكراد|Kurd,Kurds,Kurdish
islam|اسلام,اسلامي,اسلامية,اسلاميين,مسلم,مسلمين,مسلمون|Islamic,Muslim,Muslims,Islam,Islamist,Islamists,Islamism
hijri1|محرم|Muharram
hijri3|ربيع الاول|Rabi al-Awwal
hijri4|ربيع الثاني,ربيع الاخر|Rabi al-Thani
hijri5|جمادي الاولي|Jumada al-Awwal
hijri6|جمادي الاخرة,جمادي الثانية|Jumada al-Thani
hijri7|شهر رجب|Rajab
hijri8|شهر شعبان|Shaban
hijri9|رمضان|Ramadan
hijri10|شوال|Shawwal
hijri11|ذو القعدة,ذي القعدة|Dhu al-Qadah
hijri12|ذو الحجة,ذي الحجة|Dhu al-Hijjah
sicily|صقلية,صقلي|Sicily,Sicilian,Sicilians
venice|البندقية,فينيسيا|Venice,Venetian,Venetians
mediterranean|البحر المتوسط,البحر الابيض المتوسط|Mediterranean
pacific|المحيط الهادئ,الهادئ|Pacific
atlantic|المحيط الاطلسي,الاطلسي,الاطلنطي|Atlantic
jews|يهود,يهودي,يهودية|Jew,Jews,Jewish
christians|مسيحي,مسيحية,مسيحيين,مسيحيون,نصاري|Christian,Christians,Christianity
jesus|يسوع,المسيح,عيسي|Jesus,Christ,Jesus Christ
mongols|المغول,مغولي,مغولية|Mongol,Mongols
franks|الفرنجة,افرنجية,فرنجي|Frank,Franks,Frankish
vatican|الفاتيكان|Vatican,Holy See
reuters|رويترز|Reuters
tass|تاس|TASS
interfax|انترفاكس|Interfax
sputnik|سبوتنيك|Sputnik
england|انجلترا,انكلترا,انجليزي,انكليزي,انجليزية,انجليز,انكليز|England,English
scotland|اسكتلندا,اسكوتلندا,اسكتلندي,اسكتلندية,الاسكتلندي|Scotland,Scottish,Scots
wales|ويلز,ويلزي|Wales,Welsh
ft|فايننشال تايمز,فاينانشال تايمز|Financial Times
"""
PEOPLES: Final = """
AF Afghan;AL Albanian;DZ Algerian;AR Argentine Argentinian;AM Armenian;AU Australian;AT Austrian;AZ Azerbaijani Azeri;
BH Bahraini;BD Bangladeshi;BY Belarusian;BE Belgian;BO Bolivian;BA Bosnian;BR Brazilian;
GB British English Briton Englishman Englishmen;BG Bulgarian;CA Canadian;TD Chadian;CL Chilean;CN Chinese;
CO Colombian;HR Croatian Croat;CU Cuban;CY Cypriot;CZ Czech;DK Danish Dane;NL Dutch;EG Egyptian;AE Emirati;
ER Eritrean;EE Estonian;ET Ethiopian;FI Finnish Finn;FR French Frenchman Frenchmen;GE Georgian;DE German;GH Ghanaian;
GR Greek;HU Hungarian;IN Indian;ID Indonesian;IR Iranian;IQ Iraqi;IE Irish;IL Israeli;IT Italian;JP Japanese;
JO Jordanian;KZ Kazakh;KR Korean;KP Korean;KE Kenyan;KW Kuwaiti;LV Latvian;LB Lebanese;LY Libyan;LT Lithuanian;
MY Malaysian;MR Mauritanian;MX Mexican;MD Moldovan;MA Moroccan;NP Nepalese;NZ Zealander;NG Nigerian;NO Norwegian;
OM Omani;PK Pakistani;PS Palestinian;PE Peruvian;PH Filipino Philippine;PL Polish Pole;PT Portuguese;QA Qatari;
RO Romanian;RU Russian;RW Rwandan;SA Saudi;SN Senegalese;RS Serbian Serb;SG Singaporean;SK Slovak;SI Slovenian;
SO Somali;ZA African;ES Spanish Spaniard;SD Sudanese;SE Swedish Swede;CH Swiss;SY Syrian;TH Thai;TN Tunisian;
TR Turkish Turk;UG Ugandan;UA Ukrainian;US American;UZ Uzbek;VE Venezuelan;VN Vietnamese;YE Yemeni;ZW Zimbabwean;
150 European;002 African;142 Asian
"""
ARABIC_PEOPLES: Final = {
    "AF": "افغاني", "PS": "فلسطيني", "DE": "الماني المان", "TR": "تركي اتراك", "RU": "روسي روس", "US": "امريكي اميركي",
    "SA": "سعودي", "AE": "اماراتي", "GB": "بريطاني انجليزي", "CZ": "تشيكي", "CN": "صيني", "142": "اسيوي", "KR": "كوري",
    "KP": "كوري", "VN": "فيتنامي", "PH": "فلبيني", "HU": "مجري", "BY": "بيلاروسي", "002": "افريقي", "NO": "نرويجي",
    "FR": "فرنسي", "BA": "بوسني", "MM": "بورمي", "NL": "هولندي", "150": "اوروبي اوربي",
}  # fmt: skip
CAPITALS: Final = """
RU Europe/Moscow kremlin;SY Asia/Damascus;SA Asia/Riyadh;US washington whitehouse pentagon;GB Europe/London;FR
Europe/Paris;
DE Europe/Berlin;IT Europe/Rome;ES Europe/Madrid;EG Africa/Cairo;IQ Asia/Baghdad;IR Asia/Tehran;TR ankara;CN beijing;
JP Asia/Tokyo;KR Asia/Seoul;KP Asia/Pyongyang;IN delhi;PK islamabad;AF Asia/Kabul;JO Asia/Amman;LB Asia/Beirut;
PS Asia/Hebron;QA Asia/Qatar;AE abudhabi Asia/Dubai;KW Asia/Kuwait;BH Asia/Bahrain;OM Asia/Muscat;YE sanaa Asia/Aden;
TN Africa/Tunis;DZ Africa/Algiers;MA rabat Africa/Casablanca;LY Africa/Tripoli;SD Africa/Khartoum;UA kyiv Europe/Kiev;
PL Europe/Warsaw;BE Europe/Brussels;NL Europe/Amsterdam hague;CH geneva berne Europe/Zurich;AT Europe/Vienna;
SE Europe/Stockholm;NO Europe/Oslo;DK Europe/Copenhagen;FI Europe/Helsinki;PT Europe/Lisbon;GR Europe/Athens;
HU Europe/Budapest;CZ Europe/Prague;RS Europe/Belgrade;CA ottawa America/Toronto;AU canberra Australia/Sydney;
KE Africa/Nairobi;KZ astana;IL Asia/Jerusalem telaviv
"""
"""A territory and the cities that lie in it and often stand for it."""
