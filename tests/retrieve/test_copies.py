from __future__ import annotations

from dataclasses import replace

import pytest
from builders import article, found

from rag.retrieve.deduplicate import MOST, same_statement
from rag.retrieve.evidence import select
from rag.types import Found, Span, Stated, independent

FIRE = "أعلنت وزارة الصحة اليوم الثلاثاء وفاة 12 شخصا في حريق بمدينة صفاقس."
BANK = "رفع البنك المركزي سعر الفائدة إلى خمسة بالمائة."


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ("«أعلنت وزارة الصِّحَّة اليوم الثلاثاء وفاة ١٢ شخصا في حريق بمدينة صفاقس»", True),
        ("أعلنت وزارة الصحة الثلاثاء وفاة 12 شخصا في حريق في صفاقس", True),
        ("تونس (وات) - أعلنت وزارة الصحة اليوم الثلاثاء وفاة 12 شخصا في حريق بمدينة صفاقس.", True),
        ("أعلنت وزارة الصحة اليوم الثلاثاء وفاة 15 شخصا في حريق بمدينة صفاقس.", False),
        ("أعلنت وزارة الصحة اليوم الثلاثاء وفاة 12 شخصا وإصابة 3 في حريق بمدينة صفاقس.", False),
        ("أعلنت وزارة الصحة اليوم الأربعاء وفاة 12 شخصا في حريق بمدينة صفاقس.", False),
        ("أعلنت وزارة الصحة اليوم الثلاثاء وفاة 12 شخصا في حريق بمدينة سوسة.", False),
        ("لم تعلن وزارة الصحة اليوم الثلاثاء وفاة 12 شخصا في حريق بمدينة صفاقس.", False),
        (BANK, False),
    ],
    ids="spelling edited dateline figure more_figures weekday name negation other".split(),  # noqa: SIM905
)
def test_a_copy_says_the_same_and_no_other_figure_day_or_name(other: str, same: bool) -> None:
    assert same_statement(FIRE, other) is same
    assert same_statement(other, FIRE) is same


def test_the_others_of_a_story_are_listed_with_the_same_sentence_there(in_one_story: Found) -> None:
    (item,) = [one for one in select(in_one_story, 9) if one.text == FIRE]
    listed = [(one.article.source, one.quote, one.same) for one in item.also]
    assert listed == [
        ("b.txt", f"تونس (وات) - {FIRE}", False),
        ("d.txt", None, False),
        ("c.txt", FIRE.replace("12", "١٢"), True),
    ]
    assert all(one.span is None or one.span.of(one.article.text) == one.quote for one in item.also)


def test_a_sentence_that_another_story_took_over_joins_the_two_stories() -> None:
    one, other = article(f"{FIRE}\n{BANK}", source="a.txt"), article(FIRE, source="b.txt")
    items = select(found(one, other), 9)
    assert [(item.text, item.stories) for item in items] == [
        (FIRE, frozenset({one.id, other.id})),
        (BANK, frozenset({one.id})),
    ]
    assert independent([item.stories for item in items]) == 1


def test_an_edited_copy_is_shown_once_and_another_figure_stays(in_one_story: Found) -> None:
    texts = [item.text for item in select(in_one_story, 9)]
    assert texts == [FIRE, FIRE.replace("12", "15")]


def test_a_story_of_very_many_lists_the_first_of_them() -> None:
    articles = [article(FIRE, source=f"{place:03}.txt") for place in range(MOST + 5)]
    (item,) = select(found(*articles), 9)
    assert [one.article.source for one in item.also] == [f"{place:03}.txt" for place in range(1, MOST + 1)]


@pytest.mark.parametrize(
    ("stories", "count"),
    [([], 0), ([{"a"}, {"a"}], 1), ([{"a"}, {"b"}], 2), ([{"a"}, {"b"}, {"a", "b"}], 1), ([{"a", "c"}, {"b"}], 2)],
)
def test_sources_that_share_a_story_count_once(stories: list[set[str]], count: int) -> None:
    assert independent(stories) == count


@pytest.fixture
def in_one_story() -> Found:
    """Four articles of one story: the sentence itself, with a dateline, in other digits, and with another figure."""
    texts = {
        "a.txt": FIRE,
        "b.txt": f"تونس (وات) - {FIRE}",
        "c.txt": FIRE.replace("12", "١٢"),
        "d.txt": FIRE.replace("12", "15"),
    }
    days = {"b.txt": "2017-02-01", "d.txt": "2017-02-02"}
    articles = [
        replace(article(text, source=name), published=Stated(days[name], Span(0, 1)) if name in days else None)
        for name, text in texts.items()
    ]
    return replace(found(*articles), stories={one.id: articles[0].id for one in articles[1:]})
