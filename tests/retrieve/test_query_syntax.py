"""What a typed question means: which filters it holds, and what stays to be asked, to the letter."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import BadInput
from rag.retrieve.query_syntax import parse, written
from rag.retrieve.question import make_query
from rag.text.normalise import whole_words
from rag.types import Filters

READ = [
    # an outlet
    ("من زار سوتشي؟ outlet:سانا", "من زار سوتشي؟", Filters(outlet="سانا")),
    ("outlet:سانا من زار سوتشي؟", "من زار سوتشي؟", Filters(outlet="سانا")),
    ("من زار outlet:سانا سوتشي؟", "من زار سوتشي؟", Filters(outlet="سانا")),
    ("من زار سوتشي outlet:سانا؟", "من زار سوتشي؟", Filters(outlet="سانا")),
    ("outlet:سانا، من زار سوتشي؟", "من زار سوتشي؟", Filters(outlet="سانا")),
    ('من زار سوتشي؟ outlet:"روسيا اليوم"', "من زار سوتشي؟", Filters(outlet="روسيا اليوم")),
    ("من زار سوتشي؟ outlet:«روسيا اليوم»", "من زار سوتشي؟", Filters(outlet="روسيا اليوم")),
    ("Who visited Sochi? OUTLET:“Sky News”", "Who visited Sochi?", Filters(outlet="Sky News")),
    ("Who visited Sochi? outlet:BBC.com", "Who visited Sochi?", Filters(outlet="BBC.com")),
    ("من زار سوتشي؟ وسيلة:سانا", "من زار سوتشي؟", Filters(outlet="سانا")),
    ("الوسيلة:سانا من زار سوتشي؟", "من زار سوتشي؟", Filters(outlet="سانا")),
    # days: from the first of the period, and up to the day before it
    ("سوتشي after:2015", "سوتشي", Filters(published_from="2015-01-01")),
    ("سوتشي after:2015-10", "سوتشي", Filters(published_from="2015-10-01")),
    ("سوتشي after:2015-10-03", "سوتشي", Filters(published_from="2015-10-03")),
    ("سوتشي after:2015/1/3", "سوتشي", Filters(published_from="2015-01-03")),
    ("سوتشي before:2015", "سوتشي", Filters(published_to="2014-12-31")),
    ("سوتشي before:2015-10", "سوتشي", Filters(published_to="2015-09-30")),
    ("سوتشي before:2016-03-01", "سوتشي", Filters(published_to="2016-02-29")),
    ("سوتشي بعد:٢٠١٥-١٠ قبل:٢٠١٦", "سوتشي", Filters(None, "2015-10-01", "2015-12-31")),
    ("قبل:2016 متى زار المعلم سوتشي؟", "متى زار المعلم سوتشي؟", Filters(published_to="2015-12-31")),
    ("who visited Sochi before:2016?", "who visited Sochi?", Filters(published_to="2015-12-31")),
    # a file, and the language of the article
    ("سوتشي file:2015/a.txt", "سوتشي", Filters(source="2015/a.txt")),
    ("سوتشي ملف:2015/*", "سوتشي", Filters(source="2015/*")),
    ('سوتشي file:"my file.txt"', "سوتشي", Filters(source="my file.txt")),
    ("سوتشي lang:ar", "سوتشي", Filters(language="ar")),
    ("Sochi lang:EN", "Sochi", Filters(language="en")),
    ("سوتشي لغة:العربية", "سوتشي", Filters(language="ar")),
    ("سوتشي لغة:إنجليزية", "سوتشي", Filters(language="en")),
    # phrases, which are part of the question too
    ('متى صدر "بيان جنيف"؟', 'متى صدر "بيان جنيف"؟', Filters(phrases=("بيان جنيف",))),
    ("متى صدر «بيان جنيف»؟", "متى صدر «بيان جنيف»؟", Filters(phrases=("بيان جنيف",))),
    ("When was the “Geneva communique” signed?",) * 2 + (Filters(phrases=("Geneva communique",)),),
    ('ماذا قيل عن ب"بيان جنيف" و«داعش»؟',) * 2 + (Filters(phrases=("بيان جنيف", "داعش")),),
    ("ماذا قال لـ«الحياة»؟",) * 2 + (Filters(phrases=("الحياة",)),),
    ("من قال:«لن نستسلم»",) * 2 + (Filters(phrases=("لن نستسلم",)),),
    ("من قال: «لن نستسلم»؟",) * 2 + (Filters(phrases=("لن نستسلم",)),),
    ('"بيان جنيف"',) * 2 + (Filters(phrases=("بيان جنيف",)),),
    ('"after:2015 -word"',) * 2 + (Filters(phrases=("after:2015 -word",)),),
    ("«سوتشي» و«سوتشي»",) * 2 + (Filters(phrases=("سوتشي",)),),
    # what is left out
    ("من زار سوتشي -بوتين", "من زار سوتشي", Filters(excluded=("بوتين",))),
    ("من زار سوتشي -بوتين؟", "من زار سوتشي؟", Filters(excluded=("بوتين",))),
    ("-بوتين من زار سوتشي؟", "من زار سوتشي؟", Filters(excluded=("بوتين",))),
    ("jaguar -car speed", "jaguar speed", Filters(excluded=("car",))),
    ("Sochi -Lavrov -Kerry", "Sochi", Filters(excluded=("Lavrov", "Kerry"))),
    ("سوتشي -الأسد -روسيا", "سوتشي", Filters(excluded=("الأسد", "روسيا"))),
    ("US-Russia talks -Syria", "US-Russia talks", Filters(excluded=("Syria",))),
    ("بيان جنيف -سوتشي-2", "بيان جنيف", Filters(excluded=("سوتشي-2",))),
    ('سوتشي -"بيان جنيف"', "سوتشي", Filters(excluded=("بيان جنيف",))),
    ("سوتشي -«بيان جنيف»", "سوتشي", Filters(excluded=("بيان جنيف",))),
    # several at once
    (
        'متى صدر "بيان جنيف" outlet:سانا after:2012 before:2013 -الأسد lang:ar',
        'متى صدر "بيان جنيف"',
        Filters("سانا", "2012-01-01", "2012-12-31", None, ("بيان جنيف",), ("الأسد",), "ar"),
    ),
]

UNTOUCHED = [
    "من زار سوتشي؟",
    "ماذا حدث في الساعة 10:30؟",
    "What happened at 10:30 on 3/10?",
    "قال المعلم: من زار سوتشي؟",
    "ماذا جرى بعد: زيارة سوتشي",
    "ماذا قال بعد القمة وقبل الزيارة؟",
    "outlet: سانا",
    "What is the outlet: SANA or RT?",
    "متى صدر بيان-جنيف؟",
    "US-Russia relations in mid-2015",
    "العلاقات السورية -الروسية",
    "العلاقات السورية - الروسية",
    "القمة الأميركية -الروسية في جنيف",
    "من هو الوزير -المعلم- الذي زار سوتشي؟",
    "من الوزير -الذي زار سوتشي- ومتى؟",
    "The minister -the one who visited Sochi- said what?",
    "- من زار سوتشي؟",
    "-من زار سوتشي؟",
    "سوتشي – روسيا — سوريا",
    "سوتشي --روسيا",
    "درجة الحرارة -5 والنمو -10%",
    "ما الذي في https://example.org/outlet:x?after:2015 ؟",
    "http://example.org:8080/a-b-c",
    "file:///home/a.txt",
    'شاشة 5" وأخرى 3" في السوق',
    'ما معنى "بيان جنيف',
    "ما معنى بيان جنيف»؟",
    'أين " سوتشي " هذه',
    '""',
    "«…»",
    "subject:Sochi قال:نعم",
    "a@b.org -",
    "it's -'tis so",
    '"من زار سوتشي؟"',
    "C:\\news\\a.txt",
    "12:30-13:30",
    "نسبة 3:1 و 2-1",
    "وسيلة النقل: ما هي؟",
    "ما هي اللغة:",
]

REFUSED = [
    ("سوتشي after:tomorrow", "filter_date", "after:tomorrow is not a date"),
    ("سوتشي بعد:غدا", "filter_date", "بعد:غدا is not a date"),
    ("سوتشي before:2015-13", "filter_date", "before:2015-13 is not a date"),
    ("سوتشي before:2015-02-29", "filter_date", "before:2015-02-29 is not a date"),
    ("سوتشي after:15", "filter_date", "after:15 is not a date"),
    ("سوتشي after:0999", "filter_date", "after:0999 is not a date"),
    ("سوتشي after:10-2015", "filter_date", "after:10-2015 is not a date"),
    ("سوتشي lang:fr", "filter_language", "lang: 'fr' is not a language of the archive"),
    ("سوتشي outlet:a وسيلة:b", "filter_twice", "وسيلة: is given twice"),
    ("سوتشي after:2015 after:2016", "filter_twice", "after: is given twice"),
    ("سوتشي -outlet:سانا", "filter_negated", "-outlet: is not supported: only words and phrases can be left out"),
    (" ".join(f"-كلمة{letter}" for letter in "ابتثجحخدذرز"), "filter_many", "there are more than 10 phrases"),
]


@pytest.mark.parametrize(("typed", "question", "filters"), READ)
def test_the_filters_of_a_typed_question_are_read(typed: str, question: str, filters: Filters) -> None:
    read = parse(typed)
    assert (read.question, read.filters) == (question, filters)


@pytest.mark.parametrize("typed", UNTOUCHED)
def test_what_is_no_filter_stays_to_the_letter(typed: str) -> None:
    assert parse(typed) == (typed, Filters(), ())


@pytest.mark.parametrize(("typed", "kind", "what"), REFUSED)
def test_a_value_that_cannot_be_read_is_an_error(typed: str, kind: str, what: str) -> None:
    with pytest.raises(BadInput) as raised:
        parse(typed)
    assert raised.value.kind == kind
    assert raised.value.what.startswith(what)


def test_what_was_understood_is_listed_as_it_is_applied() -> None:
    read = parse('من زار "سوتشي" وسيلة:"روسيا اليوم" after:2015-10 before:2016 file:a.txt lang:en -بوتين')
    assert read.understood == (
        ("phrase", "سوتشي"),
        ("outlet", "روسيا اليوم"),
        ("from", "2015-10-01"),
        ("to", "2015-12-31"),
        ("file", "a.txt"),
        ("language", "en"),
        ("without", "بوتين"),
    )


def test_each_filter_is_given_with_its_text_in_what_was_typed() -> None:
    typed = 'قال:«نعم» من زار "سوتشي" وسيلة:"روسيا اليوم"، after:٢٠١٥؟ name:Kerry name:Kerry -بوتين عام 10:30'
    assert written(typed) == (
        (("phrase", "نعم"), "قال:«نعم»"),
        (("phrase", "سوتشي"), '"سوتشي"'),
        (("outlet", "روسيا اليوم"), 'وسيلة:"روسيا اليوم"'),
        (("from", "2015-01-01"), "after:٢٠١٥"),
        (("name", "Kerry"), "name:Kerry"),
        (("without", "بوتين"), "-بوتين"),
    )
    assert all(text in typed for _, text in written(typed))
    assert written("من زار سوتشي؟") == ()


def test_what_is_typed_takes_the_place_of_what_was_chosen_and_phrases_are_added() -> None:
    chosen = Filters(outlet="رويترز", published_from="2014-01-01", phrases=("جنيف",))
    read = parse('outlet:سانا "سوتشي" من؟', chosen)
    assert read.filters == Filters(outlet="سانا", published_from="2014-01-01", phrases=("جنيف", "سوتشي"))
    assert read.understood == (("outlet", "سانا"), ("phrase", "سوتشي"))


def test_a_query_keeps_what_was_typed_and_searches_the_rest() -> None:
    query = make_query("  من زار  سوتشي؟ outlet:سانا ", typed=True)
    assert (query.asked, query.question, query.searched) == (
        "من زار سوتشي؟ outlet:سانا",
        "من زار سوتشي؟",
        "من زار سوتشي؟",
    )
    assert query.filters == Filters(outlet="سانا")


def test_a_question_is_taken_to_the_letter_unless_it_was_typed() -> None:
    query = make_query("من زار سوتشي؟ outlet:سانا")
    assert (query.question, query.filters, query.understood) == ("من زار سوتشي؟ outlet:سانا", Filters(), ())
    assert query.asked == query.question


def test_filters_alone_are_no_question() -> None:
    with pytest.raises(BadInput, match="the question is empty"):
        make_query("outlet:سانا after:2015", typed=True)


def test_a_range_that_ends_before_it_begins_is_an_error() -> None:
    with pytest.raises(BadInput, match="the first day, 2016-01-01, is after the last, 2014-12-31"):
        make_query("سوتشي after:2016 before:2015", typed=True)


@pytest.mark.parametrize("filters", [Filters(phrases=("؟!",)), Filters(excluded=("",))])
def test_a_phrase_without_a_word_is_an_error(filters: Filters) -> None:
    with pytest.raises(BadInput, match="has no word"):
        make_query("سوتشي", filters=filters)


PIECES = st.sampled_from(
    [
        *[
            "من",
            "زار",
            "سوتشي",
            "Sochi",
            "outlet:سانا",
            "بعد:2015",
            "lang:en",
            "-بوتين",
            '"بيان جنيف"',
            "«داعش»",
            "-",
            '"',
        ],
        *["10:30", "a-b", "قال:", "و", "؟", "-المعلم-", "file:a.txt", "الروسية", "-الروسية", "“", "”", "»", "http://x"],
    ]
)
TYPED = st.lists(PIECES, max_size=12).map(" ".join) | st.text(st.sampled_from('اب ت-:"«»“”؟2.x '), max_size=24)


@given(TYPED)
def test_no_word_of_a_question_is_lost_unseen(typed: str) -> None:
    """Each word is asked or is in a filter that is shown; of a filter with a key, the key and a day are not."""
    try:
        read = parse(typed)
    except BadInput:
        return
    shown = Counter(word for one in read.understood for word in whole_words(one.value))
    lost = Counter(whole_words(typed)) - Counter(whole_words(read.question)) - shown
    keys = Counter({"outlet": 1, "بعد": 1, "lang": 1, "file": 1, "2015": 1})
    repeated = {word for one in read.understood if one.key == "without" for word in whole_words(one.value)}
    assert not {word for word in lost - keys if word not in repeated}


@given(TYPED)
def test_reading_the_rest_of_a_question_finds_nothing_more_than_its_phrases(typed: str) -> None:
    try:
        first = parse(typed)
    except BadInput:
        return
    again = parse(first.question)
    assert again.filters.phrases == first.filters.phrases


def test_names_are_added_and_each_is_taken_out_of_the_question() -> None:
    read = parse('متى التقى اسم:"سيرغي لافروف" person:Kerry place:جنيف name:Kerry؟')
    assert read.question == "متى التقى؟"
    assert read.filters.names == ("سيرغي لافروف", "Kerry", "جنيف")
    assert [(one.key, one.value) for one in read.understood] == [("name", name) for name in read.filters.names]
