"""`rag.extract.formats`: what a page states about itself, and where its news is; values were read off the pages by
hand.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import Undecodable
from rag.extract.formats import article_id, read_article
from rag.extract.outlets import shipped_outlets
from rag.types import Article, Stated

SEEDS = Path(__file__).parents[2] / "seeds"

FIRST = "وقال لافروف خلال مؤتمر صحفي مع نظيره إن موسكو ستواصل دعم سوريا في محاربة الإرهاب بكل الوسائل المتاحة."
SECOND = "وأضاف أن الجانبين اتفقا على مواصلة التشاور بشأن تسوية الأزمة في إطار القرار الدولي 2254 وبيان جنيف."


def read(text: str, encoding: str = "utf-8") -> Article:
    return read_article(text.encode(encoding), corpus="news", source="page.txt")


def body(article: Article) -> list[str]:
    return [span.of(article.text) for span in article.body]


def value(stated: Stated | None, article: Article) -> str | None:
    """What is stated, which must be what its span says unless it is a date, or the outlet of a host."""
    if stated is None:
        return None
    if stated is article.outlet and (known := shipped_outlets().at(stated.span.of(article.text))):
        assert stated.value == known.name
    elif stated is not article.published:
        assert stated.span.of(article.text) == stated.value
    return stated.value


@pytest.mark.parametrize(
    ("name", "title", "outlet", "outlet_start", "first", "last"),
    [
        (
            "000_71bfb0259a7d3286.txt",
            None,
            "سانا",
            len("سوتشي-"),
            "التقى الرئيس الروسي فلاديمير بوتين",
            "لدى دول في الاتحاد الأوروبي”.",
        ),
        (
            "001_e29b928bcc9d047d.txt",
            "المعلم في موسكو: لا لمؤتمر دولي حول سوريا",
            "أخبار بووم",
            len("- "),
            "استقبل الرئيس الروسي فلاديمير بوتين",
            "إلى إدراك مصالح بلدهما وشعبهما”.",
        ),
        (
            "002_4f27e9a80bd9e1eb.txt",
            "لافروف: سنتخذ الخطوات الضرورية لمنع توسع معاقل الإرهاب بالتزامن مع بذل الجهود لتسوية الأزمات",
            "سانا",
            92 + len("\n\nموسكو – "),
            "جدد وزير الخارجية الروسي سيرغى لافروف",
            "مع شركائنا السعوديين بيانا بهذا الشأن”.",
        ),
        (
            "003_a814876c6c4b835e.txt",
            "مساع روسية لجمع دمشق والرياض والأردن وتركيا بتحالف ضد داعش",
            "إرم نيوز",
            None,
            "أعلنت موسكو اليوم الاثنين رغبتها",
            'مكافحة الإرهاب وخاصة تنظيم "داعش".',
        ),
        (
            "004_0de9aa0111919dd0.txt",
            None,
            None,
            None,
            "وأوضح لافروف خلال مؤتمر صحفي",
            "وإطالة عملية مكافحة الإرهاب.",
        ),
    ],
)
def test_the_seeds_state_what_a_reader_finds_in_them(
    name: str, title: str | None, outlet: str | None, outlet_start: int | None, first: str, last: str
) -> None:
    data = (SEEDS / name).read_bytes()
    article = read_article(data, corpus="seeds", source=name)
    assert article.text == data.decode("utf-8")
    assert value(article.title, article) == title
    assert value(article.outlet, article) == outlet
    assert article.published is None
    assert article.language == "ar"
    if article.title:
        assert article.title.span.start == article.text.index(article.title.value)
    if article.outlet:
        assert article.outlet.span.start == (outlet_start or article.text.rindex("إرم نيوز"))
    assert len(article.body) == 1
    assert body(article)[0].startswith(first)
    assert body(article)[0].endswith(last)


def test_subheadings_inside_the_news_stay_in_the_body() -> None:
    article = read_article((SEEDS / "002_4f27e9a80bd9e1eb.txt").read_bytes(), corpus="seeds", source="2")
    assert "\n\nبيسكوف: روسيا تبذل جهودا حثيثة على جميع المستويات" in body(article)[0]


def test_an_english_page_with_byline_date_and_footer() -> None:
    article = read(
        "World\n\nPutin meets Syrian minister in Sochi\n\nBy John Smith, Reuters | 29 June 2015\n\n"
        "MOSCOW (Reuters) - Russian President Vladimir Putin met the Syrian foreign minister on Monday.\n\n"
        "The Kremlin gave no details of the talks, which lasted for more than two hours.\n\n"
        "Related stories\n\nLavrov talks to Kerry\nShare this\n© 2015 Daily News. All rights reserved.\n"
    )
    assert value(article.title, article) == "Putin meets Syrian minister in Sochi"
    assert value(article.outlet, article) == "Daily News"
    assert value(article.published, article) == "2015-06-29"
    assert article.published is not None
    assert article.published.span.of(article.text) == "29 June 2015"
    assert article.language == "en"
    assert len(article.body) == 1
    assert body(article)[0].startswith("MOSCOW (Reuters)")
    assert body(article)[0].endswith("two hours.")


@pytest.mark.parametrize(
    ("line", "published"),
    [
        ("الاثنين 29 حزيران 2015 - 14:30", "2015-06-29"),
        ("الاثنين ٢٩ حزيران/ يونيو ٢٠١٥", "2015-06-29"),
        ("29 جوان 2015", "2015-06-29"),
        ("نشر في: ٢٩/٠٦/٢٠١٥", "2015-06-29"),
        ("12/03/2015", "2015-03-12"),
        ("2015-06-29T10:00:00+01:00", "2015-06-29"),
        ("دمشق - سانا 29 يونيو 2015", "2015-06-29"),
        ("كتب محمد أحمد: الخميس، 12 مارس 2015 10:30 م", "2015-03-12"),
        ("12 رمضان 1436 - 29 يونيو 2015", "2015-06-29"),
        ("Mon June 29, 2015", "2015-06-29"),
        ("Published: 29 June 2015 | Updated: 30 June 2015", "2015-06-29"),
        ("06/29/2015 10:30 GMT", "2015-06-29"),
        ("03/04/2015 10:30 GMT", None),
        ("آخر تحديث: 29 حزيران 2015", None),
        ("31/02/2015", None),
        ("اليوم الاثنين", None),
        ("أحداث 11 سبتمبر 2001", None),
        ("29 حزيران", None),
        ("29 حزيران/ أيلول 2015", None),
        ("1/2/2015 - 3/2/2015", None),
    ],
)
def test_a_date_is_published_only_where_a_line_above_the_news_says_no_more_than_that(
    line: str, published: str | None
) -> None:
    article = read(f"بوتين يلتقي المعلم في سوتشي\n\n{line}\n\n{FIRST}\n{SECOND}\n")
    assert value(article.published, article) == published
    assert value(article.title, article) == "بوتين يلتقي المعلم في سوتشي"


@pytest.mark.parametrize(
    "sentence",
    [
        'وردت في "بيان جنيف" الصادر في 30 حزيران/ يونيو عام 2012، وقبل كل شيء إقامة حوار سياسي.',
        "30 حزيران/ يونيو 2012",
        "وفي 12 مارس 2015",
    ],
)
def test_a_date_inside_the_news_is_not_its_date(sentence: str) -> None:
    article = read(f"{FIRST}\n{sentence}\n{SECOND}\n")
    assert article.published is None
    assert body(article) == [f"{FIRST}\n{sentence}\n{SECOND}"]


def test_a_date_in_the_files_name_is_not_its_date() -> None:
    article = read_article(FIRST.encode(), corpus="news", source="2015-06-29_إرم نيوز.txt")
    assert (article.title, article.outlet, article.published) == (None, None, None)


def test_an_offer_to_read_more_is_dropped_as_a_line_and_kept_in_a_sentence() -> None:
    inside = "ودعت الصحيفة قراءها: اقرأ أيضاً ما كتبه المراسل عن القمة التي عقدت في سوتشي أمس الأول."
    article = read(f"{FIRST}\n{inside}\nاقرأ أيضاً: بوتين يستقبل الأسد\n{SECOND}\n")
    assert body(article) == [f"{FIRST}\n{inside}", SECOND]


def test_the_news_goes_on_after_a_list_of_other_articles() -> None:
    article = read(f"{FIRST}\n\nاقرأ أيضاً\n\nلافروف في القاهرة\n\nعنوان فرعي\n\n{SECOND}\n")
    assert body(article) == [FIRST, f"عنوان فرعي\n\n{SECOND}"]


@pytest.mark.parametrize(
    "head", ["انظر ايضاً", "اقرأ أيضاً:", "الأكثر قراءة", "مواضيع ذات صلة", "شاهد أيضا", "Most read", "See also"]
)
def test_a_list_of_other_articles_at_the_foot_is_outside(head: str) -> None:
    article = read(f"{FIRST}\n{SECOND}\n\n{head}\n\nلافروف في القاهرة\n\nموسكو-سانا بحث وزير الخارجية الروسي …\n")
    assert body(article) == [f"{FIRST}\n{SECOND}"]


def test_one_paragraph_has_no_title() -> None:
    article = read(FIRST)
    assert article.title is None
    assert body(article) == [FIRST]


def test_a_lead_that_announces_a_list_is_news() -> None:
    article = read(f"أسفرت مقابلات الجولة الرابعة عن النتائج التالية:\n\n{FIRST}\n")
    assert article.title is None
    assert body(article) == [f"أسفرت مقابلات الجولة الرابعة عن النتائج التالية:\n\n{FIRST}"]


def test_one_line_without_a_stop_is_news_and_not_a_title() -> None:
    assert body(read("قال بوتين نعم")) == ["قال بوتين نعم"]
    assert read("قال بوتين نعم").title is None


def test_carriage_returns_are_kept_and_end_lines() -> None:
    article = read(f"بوتين يلتقي المعلم\r\n\r\nموسكو – سانا\r\n\r\n{FIRST}\r\n{SECOND}\r\n")
    assert value(article.title, article) == "بوتين يلتقي المعلم"
    assert value(article.outlet, article) == "سانا"
    assert body(article) == [f"{FIRST}\r\n{SECOND}"]


def test_a_heading_of_markdown_is_a_title_without_its_mark() -> None:
    article = read(f"# بوتين يلتقي المعلم\n{FIRST}\n## خلفية\n{SECOND}\n")
    assert value(article.title, article) == "بوتين يلتقي المعلم"
    assert body(article) == [f"{FIRST}\n## خلفية\n{SECOND}"]


def test_labels_above_the_news_state_title_date_and_source() -> None:
    article = read(f"---\ntitle: بوتين يلتقي المعلم\ndate: 2015-06-29\nsource: روسيا اليوم\n---\n{FIRST}\n")
    assert value(article.title, article) == "بوتين يلتقي المعلم"
    assert value(article.outlet, article) == "روسيا اليوم"
    assert value(article.published, article) == "2015-06-29"
    assert body(article) == [FIRST]


def test_a_sites_name_after_a_bar_is_the_outlet_and_no_part_of_the_title() -> None:
    article = read(f"بوتين يلتقي المعلم | صحيفة الأيام\n{FIRST}\nجميع الحقوق محفوظة لموقع الأيام © 2015\n")
    assert value(article.title, article) == "بوتين يلتقي المعلم"
    assert value(article.outlet, article) == "صحيفة الأيام"
    assert body(article) == [FIRST]


@pytest.mark.parametrize(
    "title", ["بوتين: لقاء خاص", "بوتين – الأسد", "سوريا: هل ينجح مؤتمر جنيف؟", "«داعش» – قصة تنظيم"]
)
def test_a_title_with_a_dash_or_a_colon_is_not_a_dateline(title: str) -> None:
    article = read(f"{title}\n\n{FIRST}\n{SECOND}\n")
    assert value(article.title, article) == title
    assert article.outlet is None


def test_a_page_of_nothing_but_boilerplate_keeps_it() -> None:
    assert body(read("اقرأ أيضاً\nشارك")) == ["اقرأ أيضاً\nشارك"]


@pytest.mark.parametrize("data", [b"", "١٢٣ ؟".encode(), b"\x00\x01", FIRST.encode()[:-2]])
def test_bytes_that_hold_no_news_are_refused_by_name(data: bytes) -> None:
    with pytest.raises(Undecodable, match=r"page\.txt"):
        read_article(data, corpus="news", source="page.txt")


def test_an_id_is_stable_and_of_the_place_alone() -> None:
    assert article_id("a", "b") == article_id("a", "b")
    assert len({article_id("a", "b"), article_id("ab", ""), article_id("a", "b", ""), article_id("b", "a")}) == 4
    assert read_article(FIRST.encode(), corpus="a", source="b").id == article_id("a", "b")
    assert len(article_id("a", "b")) >= 16


LINES = [
    FIRST, SECOND, "بوتين يلتقي المعلم", "بوتين يلتقي المعلم", "قالَ الرَّئيسُ مُحَمَّد", "سوتشي-سانا", "اقرأ أيضاً",
    "شارك", "logo", "😀 👩🏽", "\u202bدمشق\u202c\u200f", "29 حزيران 2015", "www.eremnews.com", "إرم نيوز", "", "",
    "   ", "\u00a0", "2015", "***", "#", "…", "© 2015", "المصدر: رويترز", "title: ", ":", "- أ - https://a.com -",
    "<TITLE>نص</TITLE>",
]  # fmt: skip


@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=14), st.sampled_from(["\n", "\r\n", "\r", "\u2028"]))
def test_any_page_has_its_text_whole_and_its_spans_inside_it(lines: list[str], newline: str) -> None:
    text = newline.join(lines)
    try:
        article = read(text)
    except Undecodable:
        assert not any(character.isalpha() for character in text)
        return
    assert article.text == text
    assert article.sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert article.rendition.text_sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert article.body
    for part in body(article):
        assert part == part.strip()
        assert any(character.isalpha() for character in part)
    for paragraph in (FIRST, SECOND):
        assert "\0".join(body(article)).count(paragraph) == text.count(paragraph)
    for stated in (article.title, article.outlet, article.published):
        value(stated, article)


@given(st.text(max_size=80))
def test_any_text_is_an_article_or_is_refused(text: str) -> None:
    try:
        article = read(text)
    except (Undecodable, UnicodeEncodeError):
        return
    assert article.text in (text, text.removeprefix("\ufeff"))
