"""`rag.sources`: author, section, day and outlet of a page, each with its place; values were read off by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from rag.extract.news_page import read_page
from rag.extract.outlets import Outlet, Outlets
from rag.extract.page_model import Page
from rag.text.dates import HIJRI_MONTHS, gregorian
from rag.types import Stated

TITLE = "بوتين يلتقي المعلم في مدينة سوتشي الروسية"
NEWS = "وقال لافروف خلال مؤتمر صحفي مع نظيره إن موسكو ستواصل دعم سوريا في محاربة الإرهاب بكل الوسائل المتاحة."
ENGLISH = (
    "The council voted eight to three on Tuesday night to approve a second bridge across the river, officials said."
)
HEADLINE = "Council approves new bridge after long dispute"


def under_title(line: str) -> Page:
    return read_page(f"{TITLE}\n\n{line}\n\n{NEWS}\n")


def value(stated: Stated | None) -> str | None:
    return stated.value if stated else None


@pytest.mark.parametrize(
    ("line", "author"),
    [
        ("كتب: محمد أحمد", "محمد أحمد"),
        ("كتبت ليلى الحداد - بيروت", "ليلى الحداد"),
        ("بقلم/ نادر الشامي", "نادر الشامي"),
        ("إعداد: سامي العياري", "سامي العياري"),
        ("تقرير: ثريا الشهري", "ثريا الشهري"),
        ("تقرير - محمد حرب", "محمد حرب"),
        ("تقرير محمد العلي", "محمد العلي"),
        ("تقرير رويترز", "رويترز"),
        ("ترجمة رانيا مصطفى", "رانيا مصطفى"),
        ("كتب سليم نصار", "سليم نصار"),
        ("بقلم ثريا الشهري", "ثريا الشهري"),
        ("مراسل الجزيرة نت: وليد المصري", "وليد المصري"),
        ("حرر من طرف سامي العياري في 17 جانفي 2020 - 18:22", "سامي العياري"),
        ("د. منى السالمي", "د. منى السالمي"),
        ("الأحساء - عماد السلمان", None),  # a town that no table here knows
        ("القاهرة - عماد السلمان", "عماد السلمان"),
        ("مريم الصغير (الرياض)", "مريم الصغير"),
        ("الرياض - الوئام - علي القرني:", "علي القرني"),
        ("موسكو – سانا", "سانا"),
        ("لندن - (أ ف ب)", "أ ف ب"),
        ("عمان - وكالات", None),
        ("بغداد - دمشق", None),
    ],
)
def test_an_author_is_who_the_line_under_the_title_names(line: str, author: str | None) -> None:
    page = under_title(line)
    assert value(page.title) == TITLE
    assert value(page.author) == author
    if page.author:
        assert page.author.span.of(page.text) == author


@pytest.mark.parametrize(
    ("line", "author"),
    [
        ("By Martha Ellison", "Martha Ellison"),
        ("By Helen Marsh in Cairo", "Helen Marsh"),
        ("Written by Priya Raman", "Priya Raman"),
        ("From Jonas Field, Reuters", "Jonas Field"),
        ("Jonas Field, Staff Writer", "Jonas Field"),
        ("By Reuters", "Reuters"),
        ("By Rose Winter", "Rose Winter"),
        ("By Will Young", "Will Young"),
        ("By Mohammed al-Masri", "Mohammed al-Masri"),
        ("By staff reporter", None),
        ("By the sea", None),
    ],
)
def test_an_english_byline_is_a_name_with_capitals(line: str, author: str | None) -> None:
    assert value(read_page(f"{HEADLINE}\n\n{line}\n\n{ENGLISH}\n").author) == author


@pytest.mark.parametrize(
    "line",
    [
        "كتب ممنوعة في معرض بيروت",
        "تقرير أممي يحذر",
        "تقرير حكومي جديد",
        "تقرير: المانيا تنوي اعتراض اللاجئين",
        "تقرير: نتنياهو يهدد إيران",
        "ترجمة رواية مصرية",
        "إعداد دستور جديد",
        "الكاتب المصري يفوز",
        "المحرر الأسير يروي",
        "تحرير سعر الصرف",
        "مراسلنا يروي التفاصيل",
        "From Beirut To Baghdad",
        "By The Numbers",
        "Author Salman Rushdie Stabbed",
        "سوسة : إيقاف شقيقين إمتهنا البراكاجات",
        'القيروان : عودة "الشنقال"',
        'عصام الدردوري : "الرسالة وصلت"',
    ],
)
def test_a_headline_that_begins_like_a_byline_or_a_dateline_is_the_title(line: str) -> None:
    page = read_page(f"{line}\n\n{NEWS}\n{NEWS}\n")
    assert (value(page.title), page.author) == (line, None)
    page = under_title(line)
    assert page.author is None
    assert [span.of(page.text) for span in page.body] == [f"{line}\n\n{NEWS}"]


@pytest.mark.parametrize(
    ("end", "author"),
    [
        ("(أ ف ب)", "أ ف ب"),
        ("(رويترز)", "رويترز"),
        ("المصدر (سكاي نيوز)", "سكاي نيوز"),
        ("ع ب م", "ع ب م"),
        ("م د (صورة أرشيفية)", "م د"),
        ("(صورة تعبيرية)", None),
        ("(وكالات)", None),
        ("450 م د", None),
    ],
)
def test_the_end_of_the_news_credits_an_agency_or_the_initials_of_who_wrote_it(end: str, author: str | None) -> None:
    page = read_page(f"{TITLE}\n\n{NEWS}\n{NEWS} {end}\n")
    assert value(page.author) == author
    assert page.body[-1].of(page.text).endswith(end)


def test_a_person_goes_before_an_agency_and_a_paper_before_it_as_the_outlet() -> None:
    page = read_page(f"{TITLE}\nبقلم: نادر الشامي\n\nدمشق (رويترز) - {NEWS}\nالمصدر: القدس العربي\n")
    assert (value(page.author), value(page.outlet)) == ("نادر الشامي", "القدس العربي")


@pytest.mark.parametrize(
    ("head", "section"),
    [
        (f"محليات\n{TITLE}", "محليات"),
        (f"الرئيسية > أخبار > اقتصاد\n{TITLE}", "اقتصاد"),
        (f"القسم: منوعات\n{TITLE}", "منوعات"),
        (f"<CAT>sport</CAT>\n<TITLE>{TITLE}</TITLE>", "sport"),
        (f"محليات\nرياضة\nثقافة\n{TITLE}", None),  # a menu
        (f"عاجل جدا\n{TITLE}", None),
    ],
)
def test_a_section_is_one_that_is_known_or_called_so(head: str, section: str | None) -> None:
    page = read_page(f"{head}\n\n{NEWS}\n")
    assert (value(page.title), value(page.section)) == (TITLE, section)
    assert [span.of(page.text) for span in page.body] == [NEWS]


@pytest.mark.parametrize(
    ("line", "published"),
    [
        ("10 رمضان 1438هـ", "2017-06-05"),
        ("١٠ رمضان ١٤٣٨", "2017-06-05"),
        ("5/4/1433هـ", "2012-02-27"),
        ("الاثنين 10 رمضان 1438", "2017-06-05"),
        ("الأحد 10 رمضان 1438", "2017-06-04"),  # where the month began a day earlier
        ("الخميس 10 رمضان 1438", None),
        ("4 صفر 1441 هـ - 3 أكتوبر 2019م", "2019-10-03"),
        ("4 صفر 1441 هـ الموافق 2 أكتوبر 2019", "2019-10-02"),
        ("4 صفر 1441 هـ - 13 أكتوبر 2019", None),
        ("31 رمضان 1438", None),
        ("رمضان 1438", None),
        ("الثلاثاء 3 أيار/مايو 2016", "2016-05-03"),
        ("03/05/2016", "2016-05-03"),
        ("03/05/2016 10:30 GMT", None),
        ("أمس", None),
        ("اليوم الثلاثاء", None),
    ],
)
def test_a_day_of_publication_is_one_day_for_certain(line: str, published: str | None) -> None:
    page = under_title(line)
    assert (value(page.title), value(page.published)) == (TITLE, published)
    if page.published:
        assert page.published.span.of(page.text).strip() in line


@pytest.mark.parametrize(
    ("line", "foot", "published"),
    [
        ("03/05/2016", "", None),
        ("13/05/2016", "", "2016-05-13"),
        ("03/05/2016", "www.theguardian.com", "2016-05-03"),
        ("03/05/2016", "www.washingtonpost.com", "2016-03-05"),
        ("03/05/2016", "www.example.com", None),
    ],
)
def test_a_day_that_may_be_two_is_told_by_the_country_of_the_outlet(
    line: str, foot: str, published: str | None
) -> None:
    assert value(read_page(f"{HEADLINE}\n{line}\n\n{ENGLISH}\n\n{foot}\n").published) == published


def test_hijri_days_are_those_of_umm_al_qura() -> None:
    # 1 Muharram 1400 and 1 Ramadan 1445, from the calendar of the King Abdulaziz City for Science and Technology.
    assert gregorian(1400, 1, 1) == date(1979, 11, 20)
    assert gregorian(1445, 9, 1) == date(2024, 3, 11)
    assert gregorian(1342, 1, 1) is None
    assert gregorian(1438, 10, 30) is None  # that month had 29 days
    assert sorted(set(HIJRI_MONTHS.values())) == list(range(1, 13))


def test_an_outlet_is_named_by_its_host_a_known_tail_of_the_title_or_a_word_for_its_kind() -> None:
    by_host = read_page(f"{TITLE}\n\n{NEWS}\n\nhttps://www.aljazeera.net/news/1\n")
    assert by_host.outlet is not None
    assert by_host.outlet.value == "الجزيرة نت"
    assert by_host.outlet.span.of(by_host.text) == "aljazeera.net"
    tail = read_page(f"{TITLE} - الجزيرة نت\n\n{NEWS}\n")
    assert (value(tail.title), value(tail.outlet)) == (TITLE, "الجزيرة نت")
    assert value(read_page(f"صحيفة البيداء\n{TITLE}\n\n{NEWS}\n").outlet) == "صحيفة البيداء"
    unknown = read_page(f"{TITLE} - قمة موسكو\n\n{NEWS}\n")
    assert (value(unknown.title), unknown.outlet) == (f"{TITLE} - قمة موسكو", None)


def test_a_page_of_another_site_is_not_of_the_site_where_it_is_shared() -> None:
    assert read_page(f"{TITLE}\n\n{NEWS}\n\nhttps://t.me/somebody\n").outlet is None


def test_agencies_in_general_are_nobodys_name() -> None:
    page = read_page(f"{TITLE}\n\n{NEWS}\n\nالمصدر: وكالات\n")
    assert (page.outlet, page.author) == (None, None)
    assert [span.of(page.text) for span in page.body] == [NEWS]


def test_a_table_of_ones_own_goes_before() -> None:
    own = Outlets((Outlet("البيداء", ("baydaa",), ("baydaa.example.org",), is_agency=True),))
    page = read_page(f"{TITLE}\n\nدمشق - البيداء\n\n{NEWS}\n", own)
    assert (value(page.outlet), value(page.author)) == ("البيداء", "البيداء")
    assert read_page(f"{TITLE}\n\nدمشق - البيداء\n\n{NEWS}\n").outlet is None
    assert own.at("ar.baydaa.example.org") is own.outlets[0]
    assert own.at("example.org") is None


@pytest.mark.parametrize(
    "line",
    [
        "يستخدم هذا الموقع ملفات تعريف الارتباط لتحسين تجربتك. بمواصلة التصفح فإنك توافق على سياسة الخصوصية.",
        "We use cookies to improve your experience. By continuing to browse this site you agree to our use of cookies.",
        "المقالات المنشورة تعبر عن رأي كاتبها ولا تعبر بالضرورة عن رأي الصحيفة.",
        "Get the day's top stories delivered to your inbox every morning.",
        "(Reporting by Tom Miles; Editing by Robin Pomeroy)",
        "تابعوا آخر الأخبار عبر تطبيق تيلغرام",
        "للتواصل مع الكاتب ارسل رسالة SMS",
        "رابط الخبر بصحيفة الوئام: بوتين يلتقي المعلم",
        "ت + ت - الحجم الطبيعي",
        "#putin #syria",
    ],
)
def test_what_a_site_says_about_itself_is_outside_between_two_paragraphs(line: str) -> None:
    page = read_page(f"{NEWS}\n{line}\n{NEWS}\n")
    assert [span.of(page.text) for span in page.body] == [NEWS, NEWS]


@pytest.mark.parametrize(
    "line",
    [
        "تابع وزير الصحة عن كثب حالة المصابين واطلع على ما قدم لهم من علاج في المستشفى الجامعي بالعاصمة.",
        "Sign up for health coverage under the law ends on Sunday, and officials expect a last rush of applications.",
        "المصدر نفسه أضاف أن القافلة وصلت إلى المدينة وأن أفرادها بخير وأنهم سيعودون غدا إلى ديارهم.",
        "القائمة النهائية للمترشحين :",
        "اشترك في الهجوم ثلاثة مسلحين وقتل شرطيان.",
        "تابعنا عن كثب تطورات الأوضاع في السودان.",
        "آراء الشارع العراقي تعبر عن غضب متزايد من الفساد.",
        "نزل الآن آلاف المتظاهرين إلى الشوارع",
        "The court ruled that Google did not infringe Oracle's copyright.",
        "By using satellite images of the site, inspectors found that the plant had been rebuilt in 2021.",
        "- النادي الافريقي",
    ],
)
def test_news_that_begins_like_a_prompt_is_news(line: str) -> None:
    page = read_page(f"{NEWS}\n{line}\n{NEWS}\n")
    assert page.body[0].of(page.text) == f"{NEWS}\n{line}\n{NEWS}"


@pytest.mark.parametrize(
    "line",
    [
        "Copyright law must be reformed, the minister said.",
        "His heirs hold the copyright",
        "The views expressed at the meeting do not bind the government, the minister said.",
        "Three experts from Geneva contributed to this report, which the United Nations published on Monday in Vienna.",
        "By using cookies the company tracked two million users, the regulator found.",
        "Subscribers will receive a refund by the end of March",
        "Sign up for the programme closes on 30 June.",
        "Follow the money, the judge told prosecutors on Twitter.",
        "Watch-makers in Geneva reported falling sales.",
        "More from 30 countries are expected.",
        "The attackers fled north (Reuters)",
        "وأكد المحامي أن حقوق النشر محفوظة للمؤلف وحده.",
        "جميع الحقوق محفوظة لورثة الفنان، بحسب المحامي.",
        "تابع آخر مراحل السباق آلاف المتفرجين.",
        "تابعنا الموضوع مع السلطات المعنية، قال الوزير.",
        "اشترك في المسابقة 200 متسابق من عشر دول",
        "شارك عبر الفيديو وزراء خارجية خمس دول",
        "انضم المغرب إلى مجموعته في التصفيات.",
        "حمل تطبيق الهدنة الفصائل مسؤولية كبيرة.",
        "التعليقات التي أدلى بها النائب لا تعبر عن رأي الحزب، بحسب المتحدث الرسمي.",
        "وفر المهاجمون نحو الجبال (رويترز)",
    ],
)
def test_the_last_sentence_is_news_though_it_has_words_of_a_notice(line: str) -> None:
    page = read_page(f"{NEWS}\n{NEWS}\n{line}\n")
    assert page.body[0].of(page.text) == f"{NEWS}\n{NEWS}\n{line}"


@pytest.mark.parametrize(
    "line",
    [
        "Gulf Courier. All rights reserved.",
        "The opinions expressed in this blog are the writer's own and not those of Gulf Courier.",
        "Maya Haddad in Beirut contributed to this report.",
        "Sign up for our free weekly newsletter.",
        "Follow us on Telegram for updates.",
        "Subscribe for more stories like this.",
        "كافة الحقوق محفوظة لموقع الخليج 2021",
        "تابع أحدث الأخبار عبر قناتنا على تيليجرام.",
        "اشترك في قناتنا على يوتيوب",
        "انضم إلى مجموعتنا على واتساب",
        "شارك الخبر مع أصدقائك",
        "دمشق - (سانا)",
    ],
)
def test_a_request_or_a_notice_under_the_news_is_outside(line: str) -> None:
    page = read_page(f"{NEWS}\n{NEWS}\n{line}\n")
    assert [span.of(page.text) for span in page.body] == [f"{NEWS}\n{NEWS}"]


@pytest.mark.parametrize("line", ["Copyright 2020 The Daily.", "© The Daily", "جميع الحقوق محفوظة لصحيفة النهار."])
def test_a_rights_notice_is_no_news(line: str) -> None:
    page = read_page(f"{NEWS}\n{NEWS}\n{line}\n")
    assert line not in "".join(span.of(page.text) for span in page.body)


def test_a_box_of_other_articles_ends_before_the_next_sentence() -> None:
    rest = "“We lost everything,” said Maria, 62.\nHer house burned in minutes."
    page = read_page(f"{NEWS}\nRead more\nGreek fires: what we know\n{rest}\n{NEWS}\n")
    assert [span.of(page.text) for span in page.body] == [NEWS, f"{rest}\n{NEWS}"]


MENU = "محليات\nعربي ودولي\nرياضة\nثقافة\nمن نحن\nاتصل بنا\nالأرشيف\nصور"


def test_a_menu_is_outside_and_a_list_that_is_announced_is_news() -> None:
    page = read_page(f"{MENU}\n{TITLE}\n\n{NEWS}\n\n{MENU}\n")
    assert value(page.title) == TITLE
    assert [span.of(page.text) for span in page.body] == [NEWS]
    teams = "النادي الافريقي\nالترجي الرياضي\nاتحاد بن قردان\nنادي حمام الأنف\nالنجم الساحلي\nالملعب التونسي"
    page = read_page(f"{TITLE}\n\n{NEWS}\nوفي ما يلي الفرق المترشحة:\n{teams}\n")
    assert [span.of(page.text) for span in page.body] == [f"{NEWS}\nوفي ما يلي الفرق المترشحة:\n{teams}"]


@pytest.mark.parametrize(
    ("names", "after"),
    [
        ("Ahmed Hassan|Maria Lopez|John Smith|Fatima Zahra|Wei Chen|Olga Petrova|Samuel Osei", ""),
        ("The winners|Ahmed Hassan|Maria Lopez|John Smith|Wei Chen|Olga Petrova", "Share|Tweet|Print"),
        ("أسماء الضحايا|محمد أحمد العلي|خالد سعيد الحسن|ليلى محمود|يوسف إبراهيم|عمر الشامي", MENU.replace("\n", "|")),
        ("الفرق المتأهلة|مصر|المغرب|السنغال|نيجيريا|الكاميرون|الجزائر|تونس", "جميع الحقوق محفوظة"),
        ("Squad|Neuer|Kimmich|Tah|Raum|Kroos|Musiala", "www.example.com"),
        ("Goalkeepers|Alisson|Ederson|Defenders|Marquinhos|Midfielders|Casemiro|Forwards|Vinicius", ""),
    ],
)
def test_a_list_of_names_at_the_end_is_news_and_the_menu_below_it_is_not(names: str, after: str) -> None:
    news = "\n".join([NEWS, NEWS, *names.split("|")])
    below = "\n".join(after.split("|"))
    page = read_page(f"{TITLE}\n\n{news}\n{below}\n")
    assert [span.of(page.text) for span in page.body] == [news]


def test_what_readers_wrote_is_outside_and_a_link_to_it_above_the_news_is_one_line() -> None:
    page = read_page(f"{TITLE}\nالتعليقات (2)\n\n{NEWS}\n{NEWS}\nالتعليقات (2)\nسعاد\n{ENGLISH}\n")
    assert [span.of(page.text) for span in page.body] == [f"{NEWS}\n{NEWS}"]


def test_a_summary_is_outside_where_the_text_says_it_again_and_news_where_it_does_not() -> None:
    page = read_page(f"<DOC>\n<ABSTRACT>\n{NEWS}\n{ENGLISH}\n</ABSTRACT>\n<TEXT>\n{NEWS}\n</TEXT>\n</DOC>\n")
    assert [span.of(page.text) for span in page.body] == [ENGLISH, NEWS]


def test_every_field_of_a_text_file_reaches_its_article(tmp_path: Path) -> None:
    from rag.extract.formats import read_articles

    text = f"محليات\n{TITLE}\nبقلم: نادر الشامي\n\n{NEWS}\n"
    (article,) = read_articles(text.encode(), corpus="c", source="a.txt", formats={})
    assert (article.section, article.author) == (read_page(text).section, read_page(text).author)
    assert value(article.section) == "محليات"
    assert value(article.author) == "نادر الشامي"
