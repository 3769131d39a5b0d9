"""The lists beside the conversation: what they name is escaped, and what they leave out is counted."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import quote

import pytest

from rag.retrieve.filters import Facet
from rag.store.catalog import Overview
from rag.store.schema import Quarantined
from rag.types import Filters, Language
from ui.shared.history import Summary
from ui.web.render import LISTED, archive, conversations, examples, followups, limits, names, tools

BAD = '"><script>x</script>\n\n# عنوان'


def overview(
    *, outlets: int = 1, quarantined: int = 0, first: str | None = None, last: str | None = None, undated: int = 0
) -> Overview:
    return Overview(
        corpus="archive",
        articles=300,
        passages=900,
        outlets=tuple((f"{BAD}{n}" if n else None, 1) for n in range(outlets)),
        languages=(),
        first=first,
        last=last,
        undated=undated,
        quarantined=tuple(Quarantined(f"{BAD}{n}.txt", BAD, BAD) for n in range(quarantined)),
        generation="g1",
        created_at=None,
        root=None,
    )


def is_one_line_without_markup(shown: str) -> bool:
    return "<script" not in shown and "\n" not in shown


def test_the_archive_is_told_in_figures_each_day_read_from_left_to_right() -> None:
    shown = archive(overview(first="2015-01-02", last="2016-03-04", undated=7), "ar")
    assert "المقالات: 300 · المقاطع: 900" in shown
    assert 'من <bdi dir="ltr">2015-01-02</bdi> إلى <bdi dir="ltr">2016-03-04</bdi>' in shown
    assert "دون تاريخ: 7" in shown
    assert "غير مذكورة" in shown
    assert "لا شيء في الحجر." in shown


def test_days_that_nobody_states_are_not_told() -> None:
    assert "من <bdi" not in archive(overview(), "ar")


def test_of_many_files_in_quarantine_some_are_named_and_all_are_counted() -> None:
    shown = archive(overview(outlets=LISTED + 5, quarantined=LISTED + 3), "en")
    assert f"In quarantine ({LISTED + 3})" in shown
    assert "and 3 more" in shown
    assert "and 5 more" in shown
    assert shown.count('class="pair"') == 2 * LISTED
    assert is_one_line_without_markup(shown)


def test_a_conversation_is_named_by_its_first_question_and_can_be_deleted_after_a_second_word() -> None:
    known = [Summary("abc", BAD, "2016-01-01", 1), Summary("def", "من؟", "2016-01-01", 2)]
    shown = conversations(known, "def", "ar")
    assert is_one_line_without_markup(shown)
    assert shown.count('class="conversation"') == shown.count('class="conversation current"') == 1
    for one in ("abc", "def"):
        assert f'href="#open-{one}"' in shown
        assert f'href="#delete-{one}"' in shown
    assert shown.index("<details") < shown.index('href="#delete-abc"')
    assert 'href="#delete-all"' in shown


def test_a_browser_without_conversations_has_nothing_to_delete() -> None:
    shown = conversations([], "", "en")
    assert "None yet." in shown
    assert "#delete-all" not in shown


def test_only_a_conversation_that_has_begun_can_be_exported() -> None:
    assert "href" not in tools("", "ar")
    assert 'href="/conversations/abc/export.md"' in tools("abc", "ar")
    assert 'href="/conversations/abc/export.html"' in tools("abc", "ar")


def test_examples_are_links_that_ask_and_none_is_no_box() -> None:
    shown = examples({"ar": [BAD, "من زار سوتشي؟"], "en": []})
    assert is_one_line_without_markup(shown)
    assert shown.count('href="#ask"') == 2
    assert examples({}) == examples({"ar": [], "en": []}) == ""


@pytest.mark.parametrize(("language", "order"), [("ar", ["من؟", "متى؟", "Who?"]), ("en", ["Who?", "من؟", "متى؟"])])
def test_examples_stand_in_a_column_of_each_language_the_pages_own_first(language: Language, order: list[str]) -> None:
    shown = examples({"ar": ["من؟", "متى؟"], "en": ["Who?"]}, None, language)
    assert re.findall(">([^<]+)</a>", shown) == order
    assert shown.count("<div>") == 2


def test_examples_in_one_language_fill_both_columns() -> None:
    shown = examples({"ar": ["أ؟", "ب؟", "ج؟"], "en": []}, None, "en")
    assert [column.count("<a ") for column in shown.split("<div>")[1:]] == [2, 1]


def test_examples_stay_in_their_column_while_the_other_language_is_being_sought() -> None:
    shown = examples({"ar": ["أ؟", "ب؟", "ج؟"]}, None, "ar")
    assert [column.count("<a ") for column in shown.split("<div>")[1:]] == [3]


def test_follow_up_questions_are_escaped_links_that_ask_under_a_label() -> None:
    shown = followups([BAD, "من زار سوتشي؟"], "ar")
    assert is_one_line_without_markup(shown)
    assert shown.count('href="#ask"') == 2
    assert "اسأل أيضًا" in shown


def test_the_opening_page_draws_the_days_of_the_archive_one_bar_a_period_and_says_what_states_none() -> None:
    told = replace(overview(undated=297), days=("2015-11-30", "2016-01-02", "2016-01-09"))
    shown = examples({}, told, "en")
    assert re.findall(r'title="([^"]+)"', shown) == ["2015-11: 1", "2015-12: 0", "2016-01: 2"]
    assert re.findall(r"--n:(\d+)\"></span></span>", shown) == ["50", "0", "100"]
    assert "Without a date: 297" in shown
    assert "No article states its day" in examples({}, overview(undated=300), "en")


def test_the_limits_of_the_search_are_chips_and_the_one_that_holds_can_be_lifted() -> None:
    told = overview(outlets=9)
    shown = limits(told, Filters(), "en")
    assert links(shown)[0] == ("limit on", "#limit/outlet/")
    assert len(links(shown)) == 7  # all, four outlets, all days, who and where
    assert is_one_line_without_markup(shown)
    filters = Filters(f"{BAD}8", "2016-01-01", language="ar", names=(f"{BAD}", "حلب"))  # not among the first four
    shown = limits(told, filters, "en")
    assert is_one_line_without_markup(shown)
    chosen = [href for kind, href in links(shown) if kind == "limit on"]
    names = [f"#limit/name/{quote(name)}" for name in filters.names]
    assert chosen == ["#limit/outlet/", "#limit/days", "#limit/language/", *names]
    assert shown.count("×") == 5
    assert limits(None, Filters(), "ar").count("<a ") == 3  # before the archive is open


def test_languages_are_offered_where_the_archive_has_more_than_one() -> None:
    told = replace(overview(), languages=(("ar", 200), ("en", 90), ("und", 10)))
    assert [href for _, href in links(limits(told, Filters(), "ar")) if "language" in href] == [
        "#limit/language/ar",
        "#limit/language/en",
    ]
    assert ">الإنجليزية</bdi>" in limits(told, Filters(), "ar")
    assert "language" not in limits(replace(told, languages=(("ar", 300),)), Filters(), "ar")


def links(shown: str) -> list[tuple[str, str]]:
    return re.findall(r'<a class="(limit \w+)" href="([^"]*)"', shown)


def test_names_are_listed_by_kind_and_each_is_a_link_that_carries_it() -> None:
    shown = names([Facet("place", f"جنيف{BAD}", 3, ("جنيف", BAD)), Facet("person", "سيرغي لافروف", 7)], "ar")
    assert re.findall(r'href="#limit/name/([^"]+)"', shown)[0] == quote("سيرغي لافروف")  # persons come first
    assert shown.index("أشخاص") < shown.index("أماكن")
    assert "منظمات" not in shown
    assert is_one_line_without_markup(shown)
    assert "No names were found" in names([], "en")
    held = names([Facet("place", "جنيف", 3), Facet("person", "سيرغي لافروف", 7)], "ar", ["جنيف"])
    assert held.count("facet on") == 1
    assert held.index("facet on") > held.index("أماكن")
