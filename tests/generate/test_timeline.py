"""Timeline: cited sentences by the day that they or their article state; nothing is worked out or invented."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from threading import Event as Cancel

import pytest
from builders import points
from hypothesis import given
from hypothesis import strategies as st
from views_archive import ROWS, real_views_corpus, views_corpus

from rag.config import Settings
from rag.errors import BadInput
from rag.generate.timeline import MOST_BARS, Timeline, TimelineEntry, stated_dates, strip_of, timeline
from rag.retrieve.abstention import Policy
from rag.types import Filters

FIRE = "ماذا حدث في حريق مصنع صفاقس Sfax؟"


def facts(entry: TimelineEntry) -> tuple[str | None, str | None, str]:
    return entry.date, entry.by, entry.citation.quote


def holds(line: Timeline) -> None:
    """Every entry is a slice with its day: the words that name it stand in its article."""
    texts = {row["text"] for row in ROWS}
    for number, entry in enumerate([*line.entries, *line.undated], start=1):
        article, cited = entry.citation.article, entry.citation
        assert cited.number == number
        assert cited.quote == article.text[cited.span.start : cited.span.end]
        assert any(cited.quote in text for text in texts)
        if entry.by == "text":
            assert entry.named is not None
            assert cited.span.contains(entry.named)
            assert cited.marked == entry.named
        elif entry.by == "published":
            assert entry.named_words == entry.date == cited.published
        else:
            assert (entry.date, entry.named) == (None, None)
    assert [entry.date for entry in line.entries] == sorted(entry.date or "" for entry in line.entries)


EXPECTED = [
    ("1998", "text", "يعود تأسيس مصنع النسيج في صفاقس إلى عام 1998."),
    ("2016-05-03", "text", "اندلع حريق في مصنع للنسيج في صفاقس في 3 أيار 2016."),
    ("2016-05-04", "published", "قتل 14 عاملا في حريق مصنع النسيج في صفاقس."),
    ("2016-05-05", "published", "بلغ عدد قتلى حريق مصنع صفاقس 12 عاملا."),
    ("2016-05-06", "published", "Twelve workers died in the Sfax textile factory fire, the governor said."),
    ("2016-06", "text", "أغلقت المحكمة ملف حريق مصنع صفاقس في حزيران 2016."),
]


def test_the_sentences_that_bear_on_a_question_stand_by_the_day_that_they_or_their_article_state(
    tmp_path: Path,
) -> None:
    with views_corpus(tmp_path, points("صفاقس", "Sfax")) as corpus:
        line = timeline(corpus, FIRE)
    holds(line)
    assert [facts(entry) for entry in line.entries] == EXPECTED
    assert [facts(entry) for entry in line.undated] == [(None, None, "زار الوزير مصنع صفاقس المحترق يوم الاثنين.")]
    assert [entry.named_words for entry in line.entries] == [
        *("1998", "3 أيار 2016", "2016-05-04", "2016-05-05", "2016-05-06", "حزيران 2016")
    ]
    assert [entry.precision for entry in line.entries] == ["year", "day", "day", "day", "day", "month"]
    assert (line.read, line.sentences, line.articles) == (True, 7, 7)
    assert {entry.probability for entry in line.entries} == {line.entries[0].probability}
    assert line.strip is not None
    assert [(bar.period, bar.count) for bar in line.strip.bars] == [
        ("2016-05-03", 1), ("2016-05-04", 1), ("2016-05-05", 1), ("2016-05-06", 1)
    ]  # fmt: skip
    assert (line.strip.unit, line.strip.coarser) == ("day", 2)


def test_a_sentence_that_two_articles_have_stands_once_and_lists_the_other(tmp_path: Path) -> None:
    with views_corpus(tmp_path, points("صفاقس")) as corpus:
        line = timeline(corpus, FIRE)
    [entry] = [entry for entry in line.entries if entry.date == "2016-05-03"]
    assert {
        entry.citation.outlet,
        *(one.article.outlet.value for one in entry.citation.also if one.article.outlet),
    } == {*("سانا", "وكالة الخبر")}


def test_filters_limit_it_and_what_the_archive_does_not_answer_has_no_timeline(tmp_path: Path) -> None:
    with views_corpus(tmp_path, points("صفاقس")) as corpus:
        reuters = timeline(corpus, FIRE, filters=Filters(outlet="رويترز"))
        assert [entry.date for entry in reuters.entries] == ["1998", "2016-05-04"]
        absent = timeline(corpus, "أين سوتشي؟")  # found by its words; the reader finds no answer in it
        assert (absent.entries, absent.undated, absent.strip) == ((), (), None)
        assert absent.found > 0
        nothing = timeline(corpus, "قمح")
        assert (nothing.found, nothing.entries) == (0, ())
        with pytest.raises(BadInput):
            timeline(corpus, " ؟")


def test_without_a_reader_the_thresholds_of_the_score_decide(tmp_path: Path) -> None:
    with views_corpus(tmp_path, policy=Policy(min_score={"ar": 0.905, "en": 0.905})) as corpus:
        line = timeline(corpus, "حريق مصنع صفاقس")
    holds(line)
    assert not line.read
    # Two of the three words at least: .9 + 2/300 is over .905, .9 + 1/300 is not.
    quotes = {entry.citation.quote for entry in (*line.entries, *line.undated)}
    assert quotes == {quote for _, _, quote in EXPECTED if "Sfax" not in quote} | {
        "زار الوزير مصنع صفاقس المحترق يوم الاثنين."
    }


def test_no_more_sentences_than_passages_asked_for_and_a_cancelled_one_ends(tmp_path: Path) -> None:
    with views_corpus(tmp_path, points("صفاقس")) as corpus:
        few = timeline(corpus, FIRE, top_k=2)
        assert few.found == 2
        assert few.sentences <= 2
        cancel = Cancel()
        cancel.set()
        holds(timeline(corpus, FIRE, cancel=cancel))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("صدر البيان في 30 حزيران/ يونيو عام 2012 في جنيف.", [("2012-06-30", "30 حزيران/ يونيو عام 2012")]),
        ("Signed on 30 June 2012.", [("2012-06-30", "30 June 2012")]),
        ("في حزيران 2012", [("2012-06", "حزيران 2012")]),
        ("منذ عام 2012", [("2012", "2012")]),
        ("في 30 حزيران", []),  # of which year?
        ("أمس الاثنين، وفي 11 الشهر الجاري", []),
        ("yesterday, last Monday and in May", []),
        ("في 03/04/2012", [("2012", "03/04/2012")]),  # of March or of April
        ("في 13/04/2012", [("2012-04-13", "13/04/2012")]),
        ("في 31 شباط 2012", []),  # no such day
        ("عام 1437", []),  # of the Islamic calendar
        ("القرار 2254", []),
        ("في عام 2012، وتحديدا في 30 حزيران 2012", [("2012-06-30", "30 حزيران 2012")]),
        (
            "بين 5 أيار 2015 و7 حزيران 2014",
            [("2014-06-07", "7 حزيران 2014"), ("2015-05-05", "5 أيار 2015")],
        ),
    ],
)
def test_only_a_date_that_is_stated_with_its_year_counts(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(day, span.of(text)) for day, span in stated_dates(text)] == expected


@pytest.mark.parametrize(
    ("days", "unit", "bars", "coarser"),
    [
        (["2012-06-30", "2012-07-02", "2012-07-02"], "day", ["1", "0", "2"], 0),
        (["2012-06-30", "2012-08"], "day", ["1"], 1),
        (["2012-01-31", "2012-04-01", "2012-05"], "month", ["1", "0", "0", "1", "1"], 0),
        (["2012", "2012", "2012-05"], "year", ["3"], 0),
        (["2012", "2015"], "year", ["1", "0", "0", "1"], 0),
        (["1919-05-01", "2012-06-30"], "decade", ["1", *"000000000", "1"], 0),
        (["1100", "2012"], "century", ["1", *"00000000", "1"], 0),
    ],
)
def test_a_strip_counts_by_the_finest_period_that_fits(
    days: list[str], unit: str, bars: list[str], coarser: int
) -> None:
    strip = strip_of(days)
    assert strip is not None
    assert (strip.unit, [str(bar.count) for bar in strip.bars], strip.coarser) == (unit, bars, coarser)


def test_the_periods_of_a_strip_have_their_ends() -> None:
    months = strip_of(["2012-02-01", "2012-12-31"])
    assert months is not None
    assert (months.bars[0].period, months.bars[0].first, months.bars[0].last) == ("2012-02", "2012-02-01", "2012-02-29")
    decades = strip_of(["1919", "2012"])
    assert decades is not None
    assert (decades.bars[0].period, decades.bars[0].first) == ("1910/1919", "1910-01-01")
    assert strip_of([]) is None


@given(
    st.lists(
        st.tuples(st.dates(date(1501, 1, 1), date(2199, 12, 31)), st.sampled_from([4, 7, 10])), min_size=1, max_size=60
    )
)
def test_a_strip_loses_no_entry_and_never_has_too_many_bars(stated: list[tuple[date, int]]) -> None:
    days = [str(day)[:length] for day, length in stated]
    strip = strip_of(days)
    assert strip is not None
    assert sum(bar.count for bar in strip.bars) + strip.coarser == len(days)
    assert 1 <= len(strip.bars) <= MOST_BARS
    assert all(one.last < other.first for one, other in zip(strip.bars, strip.bars[1:], strict=False))


def test_the_real_reader_lists_all_of_a_story_and_nothing_else_in_either_language(
    settings: Settings, tmp_path: Path
) -> None:
    second = {  # other sentences of the same articles, which may stand beside
        ("2016-05-03", "text", "واندلع الحريق في 3 مايو 2016 بعد منتصف الليل."),
        ("2016-05-04", "published", "وأدى الحريق إلى مقتل 12 عاملا."),
        ("2016-05-05", "published", "وقال الوالي إن النار أخمدت أمس."),
    }
    undated = (None, None, "زار الوزير مصنع صفاقس المحترق يوم الاثنين.")
    with real_views_corpus(settings, tmp_path) as corpus:
        for question in ("ماذا حدث في مصنع النسيج في صفاقس؟", "What happened at the Sfax textile factory?"):
            line = timeline(corpus, question)
            holds(line)
            assert line.read
            got = [facts(entry) for entry in (*line.entries, *line.undated)]
            assert set(EXPECTED) | {undated} <= set(got)
            assert set(got) <= set(EXPECTED) | {undated} | second
        visit = timeline(corpus, "من زار سوتشي؟")
        assert [facts(entry) for entry in visit.entries] == [
            ("2016-05-02", "published", "زار فيصل المقداد مدينة سوتشي والتقى نظيره الروسي.")
        ]
        assert timeline(corpus, "من فاز بكأس العالم؟").entries == ()
