from __future__ import annotations

import random
from collections import Counter
from contextlib import ExitStack
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

import numpy as np
import pytest
from builders import article
from fake_vectors import FakeEmbedder, vectors
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.extract.chunking import split
from rag.index import layout
from rag.index.build import build
from rag.index.near_duplicates import HOLDERS, STORY_PAIRS, Runs, StoredRuns, StoriesBuilder, as_pairs, groups
from rag.index.verify import verify_folder
from rag.text.normalise import tokens

FIRE = (
    "أعلنت وزارة الصحة اليوم الثلاثاء وفاة 12 شخصا في حريق نشب بمصنع للنسيج في مدينة صفاقس. "
    "وقال المتحدث باسم الحماية المدنية إن رجال الإطفاء سيطروا على النيران بعد خمس ساعات من العمل المتواصل. "
    "وأضاف أن فرق الإنقاذ تواصل البحث عن ثلاثة عمال كانوا في الطابق الثاني ساعة اندلاع الحريق. "
    "وفتحت النيابة العمومية تحقيقا في أسباب الحادث واستمعت إلى صاحب المصنع وعدد من الشهود."
)
WHEAT = (
    "قررت الحكومة المصرية رفع سعر شراء القمح من المزارعين إلى 420 جنيها للأردب في الموسم المقبل. "
    "وأوضح وزير التموين أن المخزون يكفي حتى نهاية الصيف وأن الوزارة تعاقدت على شحنات جديدة من روسيا ورومانيا. "
    "وطالبت نقابة الفلاحين بصرف مستحقات أعضائها قبل بداية الحصاد في محافظات الوجه البحري."
)
FIRST, *MIDDLE, LAST = FIRE.split(". ")


@pytest.mark.parametrize(
    "copy",
    [
        f"حريق صفاقس: ارتفاع عدد الضحايا إلى 12 قتيلا\n{FIRE}",
        f"تونس (وات) - {FIRE}",
        ". ".join([*MIDDLE, LAST]),
        ". ".join([FIRST, *MIDDLE]),
        f"{FIRE} {WHEAT.split('. ', maxsplit=1)[0]}.",
        f"{FIRE}\nالمصدر: وكالة تونس إفريقيا للأنباء",
        FIRE.replace("أ", "ا").replace("إ", "ا").replace("ى ", "ي ").replace("ة ", "ه "),
        FIRE.replace("12", "١٢"),
        FIRE.replace("قال", "قَالَ").replace("الصحة", "الصِّحَّة"),
        FIRE.replace("12", "15"),
    ],
    ids="headline dateline cut_first cut_last paragraph credit spelling digits vocalised figure".split(),  # noqa: SIM905
)
def test_a_text_as_another_outlet_carries_it_is_the_same_story(copy: str) -> None:
    runs = Runs()
    for text in (WHEAT, FIRE, copy):
        runs.add(tokens(text))
    assert list(runs.pairs(0.6, 20)) == [(1, 2)]


def test_another_report_of_the_event_is_another_story() -> None:
    runs = Runs()
    runs.add(tokens(FIRE))
    runs.add(
        tokens(
            "لقي 12 عاملا حتفهم في حريق كبير أتى على مصنع للنسيج بصفاقس، وفق ما أعلنته وزارة الصحة اليوم الثلاثاء. "
            "وذكر شهود عيان أن ألسنة اللهب شوهدت من مسافة بعيدة وأن سيارات الإسعاف نقلت الجرحى إلى المستشفى الجامعي."
        )
    )
    assert list(runs.pairs(0.6, 20)) == []


def test_a_phrase_that_many_articles_begin_with_makes_no_story() -> None:
    opening = "موعد يومي مع أبرز الأحداث والمستجدات على الساحة الوطنية خلال أربع وعشرين ساعة تؤمنه لكم الإذاعة"
    runs = Runs()
    for title in ("بلجيكا تلغي حظر السفر", "رئاسة الحكومة تنفي الخبر"):
        runs.add(tokens(f"{opening}\n{title}"))
    assert list(runs.pairs(0.6, 20)) == []


def test_short_texts_with_the_very_same_words_are_a_pair() -> None:
    runs = Runs()
    for text in ("زار الوزير تونس", "زار", "", "زار الوزير تونس", "", "زار"):
        runs.add(tokens(text))
    assert list(runs.pairs(0.6, 20)) == [(0, 3), (1, 5)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.sampled_from("abcd"), max_size=12), max_size=12), st.sampled_from([0.3, 0.6, 1.0]))
def test_pairs_are_those_that_counting_every_pair_gives(texts: list[list[str]], share: float) -> None:
    runs = Runs()
    for text in texts:
        runs.add(text)
    sets = [{tuple(text[at : at + 3]) for at in range(max(1, len(text) - 2))} if text else set() for text in texts]
    expected = [
        (one, other)
        for (one, ours), (other, theirs) in combinations(enumerate(sets), 2)
        if ours and theirs and len(ours & theirs) >= share * min(len(ours), len(theirs))
        and (len(ours & theirs) >= 2 or ours == theirs)
    ]  # fmt: skip
    assert sorted(runs.pairs(share, 2)) == expected


def in_memory(texts: list[list[str]], share: float, least: int) -> list[tuple[int, int]]:
    """The pairs by the definition: a run knows its first holders, and a pair of which those tell enough is counted."""
    sets = [{tuple(text[at : at + 3]) for at in range(max(1, len(text) - 2))} if text else set() for text in texts]
    holders: dict[tuple[str, ...], list[int]] = {}
    for place, runs in enumerate(sets):
        for run in runs:
            holders.setdefault(run, []).append(place)
    told = Counter(
        (one, other) for of in holders.values() for rank, one in enumerate(of[:HOLDERS]) for other in of[rank + 1 :]
    )
    pairs = []
    for (one, other), times in sorted(told.items()):
        common, small = len(sets[one] & sets[other]), min(len(sets[one]), len(sets[other]))
        if times >= 2 / 3 * share * small and common >= share * small:
            pairs += [(one, other)] * (common >= least or sets[one] == sets[other])
    return pairs


def first_reached(count: int, pairs: list[tuple[int, int]]) -> list[int]:
    """For each text the first one that pairs lead to."""
    first = list(range(count))
    while any(first[one] != first[other] for one, other in pairs):
        for one, other in pairs:
            first[one] = first[other] = min(first[one], first[other])
    return first


@pytest.mark.parametrize("part", [50, 1_000_000])
@pytest.mark.parametrize("seed", range(2))
def test_pairs_and_groups_are_those_of_all_runs_in_memory_however_little_is_sorted_at_a_time(
    seed: int, part: int
) -> None:
    dice = random.Random(seed)
    # Of so few words that many runs have more holders than are remembered, and copies with a word or two exchanged.
    texts = [dice.choices("abc", k=dice.randrange(9)) for _ in range(2 * HOLDERS)]
    for _ in range(2 * HOLDERS):
        copy = [*dice.choice(texts), *dice.choices("abcdefgh", k=dice.randrange(6))]
        texts.append([word if dice.random() < 0.9 else dice.choice("xyz") for word in copy])
    with ExitStack() as files:
        runs = Runs(lambda: files.enter_context(TemporaryFile()), part)
        for text in texts:
            runs.add(text)
        expected = in_memory(texts, 0.6, 4)
        assert len(expected) > 100
        assert list(runs.pairs(0.6, 4)) == expected
        assert groups(len(texts), as_pairs(runs.pairs(0.6, 4))).tolist() == first_reached(len(texts), expected)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.sampled_from("abcd"), max_size=12), max_size=12), st.integers(0, 12))
def test_pairs_within_two_parts_and_between_them_are_those_of_the_whole(texts: list[list[str]], cut: int) -> None:
    whole = Runs()
    parts = [Runs(), Runs()]
    for place, text in enumerate(texts):
        whole.add(text)
        parts[place >= cut].add(text)
    found = [*parts[0].pairs(0.6, 2), *((one + cut, other + cut) for one, other in parts[1].pairs(0.6, 2))]
    with TemporaryDirectory() as folder:
        for name, part in zip("ab", parts, strict=True):
            part.save(Path(folder), name)
        earlier, later = (StoredRuns(Path(folder), name) for name in "ab")
        found += [(one, other + cut) for one, other in earlier.pairs(later, 0.6, 2)]
    assert sorted(found) == sorted(whole.pairs(0.6, 2))


@given(st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=20))
def test_groups_are_what_pairs_lead_to(pairs: list[tuple[int, int]]) -> None:
    assert groups(12, as_pairs(pairs)).tolist() == first_reached(12, pairs)


def test_a_text_that_very_many_outlets_carry_is_one_story() -> None:
    runs = Runs()
    for place in range(3 * HOLDERS):
        runs.add(tokens(f"{FIRE} مراسل {place}"))
    assert set(groups(3 * HOLDERS, as_pairs(runs.pairs(0.6, 20))).tolist()) == {0}


def test_a_generation_tells_the_story_of_each_passage_and_the_same_each_time(tmp_path: Path) -> None:
    texts = [FIRE, WHEAT, f"تونس (وات) - {FIRE}", "زار المعلم سوتشي أمس."]
    articles = [article(text, source=f"{place}.txt") for place, text in enumerate(texts)]
    passages = [one for text in articles for one in split(text, FakeEmbedder().count_tokens, 40)]
    for name in ("one", "two"):
        build(tmp_path / name, passages, vectors, "fake", verify_folder)
    stories = np.load(tmp_path / "one" / layout.STORIES)
    first = {
        one.id: next(at for at, passage in enumerate(passages) if passage.article_id == one.id) for one in articles
    }
    same = {articles[2].id: articles[0].id}
    assert stories.tolist() == [first[same.get(one.article_id, one.article_id)] for one in passages]
    for name in (layout.NEAR, layout.STORIES):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_generation_without_passages_has_no_stories(tmp_path: Path) -> None:
    build(tmp_path / "g", [], vectors, "fake", verify_folder)
    assert np.load(tmp_path / "g" / layout.STORIES).shape == (0,)


MATCH = (
    "تعلم وزارة الداخلية العموم أنه بمناسبة المباراة التي تدور يوم الأحد {day} أكتوبر على الساعة {hour} بالملعب "
    "ستغلق الطرق المؤدية إلى الملعب أمام حركة المرور، وتدعو مستعملي الطريق إلى سلوك الاتجاهات البديلة وإلى وضع "
    "سياراتهم في المأوى رقم {place} الذي يتسع إلى {cars} سيارة، كما تذكر بأن الدخول إلى الملعب ممنوع على القصر."
)


def stories(*texts: str) -> list[int]:
    builder = StoriesBuilder()
    for at, text in enumerate(texts):
        builder.add(f"article{at}", tokens(text))
    with TemporaryDirectory() as folder:
        builder.save(Path(folder))
        found: list[int] = groups(len(texts), np.load(Path(folder) / STORY_PAIRS)).tolist()
    return found


def test_a_form_that_is_filled_in_with_other_figures_is_another_story() -> None:
    first = MATCH.format(day=30, hour=17, place=4, cars=900)
    assert stories(first, MATCH.format(day=23, hour=15, place=2, cars=450)) == [0, 1]
    # One figure of four is another: a later report of the same.
    assert stories(first, MATCH.format(day=30, hour=17, place=4, cars=950)) == [0, 0]
    # The same in other digits, and with a paragraph of other figures below it.
    assert stories(first, MATCH.format(day="٣٠", hour="١٧", place="٤", cars="٩٠٠")) == [0, 0]
    assert stories(first, f"{first} وباعت الهيئة 31000 تذكرة بسعر 12 دينارا و8 دنانير.") == [0, 0]


def test_with_fewer_than_two_figures_the_words_alone_tell() -> None:
    assert stories(FIRE, FIRE.replace("12", "15")) == [0, 0]
