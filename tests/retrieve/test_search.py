from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path

import numpy as np
import pytest
from builders import article
from fake_vectors import FakeEmbedder, vectors

from rag.extract.chunking import split
from rag.fusion import LegWeights
from rag.index.build import build
from rag.index.reader import Index
from rag.index.verify import verify_folder
from rag.retrieve.filters import FilterColumns
from rag.retrieve.search import ROWS_A_NEIGHBOUR, SPARE, Searcher
from rag.text.names import NONE, OwnNames
from rag.text.normalise import tokens
from rag.types import Article, Filters, Query, Span, Stated

WHEAT = "ارتفع سعر القمح في القاهرة. وقال الوزير إن المخزون يكفي ستة أشهر."
SOCHI = "زار المعلم سوتشي أمس. والتقى لافروف هناك."
FIRE = (
    "أعلنت وزارة الصحة اليوم الثلاثاء وفاة 12 شخصا في حريق نشب بمصنع للنسيج في مدينة صفاقس. "
    "وقال المتحدث باسم الحماية المدنية إن رجال الإطفاء سيطروا على النيران بعد خمس ساعات من العمل المتواصل. "
    "وفتحت النيابة العمومية تحقيقا في أسباب الحادث واستمعت إلى صاحب المصنع وعدد من الشهود."
)
GOLD = "هبط سعر الذهب في لندن. ولم يعلق البنك."


@dataclass(frozen=True)
class Meta:
    id: str
    source: str
    outlet: str | None = None
    published: str | None = None
    language: str = "ar"


@contextmanager
def searching(
    folder: Path, *texts: str, candidates: int = 100, names: OwnNames = NONE, days: Sequence[str | None] = ()
) -> Iterator[Searcher]:
    embedder = FakeEmbedder()
    articles = [
        replace(article(text, source=f"{place}.txt"), published=Stated(day, Span(0, 1)) if day else None)
        for place, (text, day) in enumerate(zip_longest(texts, days))
    ]
    metas = [Meta(one.id, one.source, published=one.published.value if one.published else None) for one in articles]
    every = {one.id: one for text in articles for one in split(text, embedder.count_tokens, 100)}
    build(folder, every.values(), vectors, "fake", verify_folder)
    with Index.open(folder, "fake") as index:
        by_id: dict[str, Article] = {one.id: one for one in articles}
        yield Searcher(
            index=index,
            embedder=embedder,
            passages=lambda ids: [every[name] for name in ids],
            articles=lambda ids: {name: by_id[name] for name in ids},
            columns=FilterColumns("g1", lambda _: metas, index.articles, index.ids, index.holding),
            generation="g1",
            candidates=candidates,
            weights=LegWeights(keyword=0.25, names=0.02, lexicon=0.04, dates=0.02),
            names=names,
        )


def ask(question: str, **changes: object) -> Query:
    return Query(question, question, "ar", **changes)


def test_a_hit_has_every_score_and_their_fusion(tmp_path: Path) -> None:
    with searching(tmp_path / "g", WHEAT, SOCHI, GOLD) as search:
        found = search(ask("من زار سوتشي"))
        (question,) = vectors(["من زار سوتشي"])
        keyword = search.index.keywords.scores(tokens("من زار سوتشي"))
    hit = found.hits[0]
    assert hit.passage.text == SOCHI
    assert hit.best.of(SOCHI) == "زار المعلم سوتشي أمس. "
    assert hit.dense == pytest.approx(float(vectors([SOCHI])[0] @ question), abs=1e-6)
    # Vectors of sentences are stored in half precision.
    assert hit.sentence == pytest.approx(float(vectors(["زار المعلم سوتشي أمس."])[0] @ question), abs=2e-3)
    assert hit.keyword == pytest.approx(keyword[1])
    assert hit.score == pytest.approx(hit.dense / 2 + hit.sentence / 2 + hit.keyword / 4, abs=1e-6)
    assert hit.found_by == "both"
    assert [hit.score for hit in found.hits] == sorted((hit.score for hit in found.hits), reverse=True)
    assert (found.snapshot, found.searched) == ("g1", 3)
    assert {hit.passage.article_id for hit in found.hits} == set(found.articles)


def test_each_leg_proposes_and_every_proposal_gets_every_score(tmp_path: Path) -> None:
    texts = [WHEAT, SOCHI, GOLD, *(f"خبر قصير رقم {n} عن المدينة." for n in range(30))]
    with searching(tmp_path / "g", *texts, candidates=1) as search:
        nearest = int(search.index.nearest(vectors(["لافروف المدينة رقم"])[0], 1)[0])
        best = int(search.index.keywords.scores(tokens("لافروف المدينة رقم")).argmax())
        hits = search(ask("لافروف المدينة رقم")).hits
    assert {hit.passage.id for hit in hits} == {search.index.ids[nearest], search.index.ids[best]}
    assert all(hit.dense and hit.sentence for hit in hits)


def test_passages_with_the_same_words_are_one_hit(tmp_path: Path) -> None:
    with searching(tmp_path / "g", SOCHI, WHEAT, SOCHI, SOCHI.replace("زار", "زارَ")) as search:
        found = search(ask("من زار سوتشي"))
        ids = search.index.ids
    assert len(found.hits) == 2
    assert {found.hits[0].passage.id, *found.hits[0].duplicates} == {ids[0], ids[2], ids[3]}
    assert found.hits[1].duplicates == ()


def test_a_filter_limits_the_search_and_the_twins(tmp_path: Path) -> None:
    with searching(tmp_path / "g", SOCHI, WHEAT, SOCHI, GOLD) as search:
        found = search(ask("من زار سوتشي", filters=Filters(source="[12].txt")))
        none = search(ask("من زار سوتشي", filters=Filters(source="nothing")))
    assert [hit.passage.text for hit in found.hits] == [SOCHI, WHEAT]
    assert found.hits[0].duplicates == ()
    assert found.searched == 2
    assert (none.hits, none.articles, none.searched) == ((), {}, 0)


def test_no_more_hits_than_asked_for(tmp_path: Path) -> None:
    with searching(tmp_path / "g", WHEAT, SOCHI, GOLD) as search:
        found = search(ask("سعر القمح", top_k=1))
    assert [hit.passage.text for hit in found.hits] == [WHEAT]
    assert len(found.articles) == 1


def test_a_question_without_a_token_is_still_answered_by_meaning(tmp_path: Path) -> None:
    with searching(tmp_path / "g", WHEAT, SOCHI) as search:
        hits = search(ask("؟!")).hits
    assert {hit.found_by for hit in hits} == {"dense"}
    assert all(hit.keyword == 0 for hit in hits)


def test_an_empty_corpus_has_no_hits(tmp_path: Path) -> None:
    with searching(tmp_path / "g") as search:
        assert search(ask("من زار سوتشي")).hits == ()


def test_names_in_another_script_lift_a_passage(tmp_path: Path) -> None:
    with searching(tmp_path / "g", WHEAT, SOCHI) as search:
        query = Query("Did Lavrov go?", "Did Lavrov go?", "en")
        scores = {hit.passage.text: hit.score - (hit.dense + hit.sentence) / 2 for hit in search(query).hits}
    assert scores == {SOCHI: pytest.approx(0.02, abs=1e-6), WHEAT: pytest.approx(0.0, abs=1e-6)}


def test_a_passage_is_found_first_by_its_own_words(tmp_path: Path) -> None:
    texts = [f"خبر رقم {n} عن المدينة {n * 7}." for n in range(300)]
    with searching(tmp_path / "g", *texts) as search:
        rows = vectors([text.strip() for text in texts])
        for n in (0, 150, 299):
            hits = search(ask(texts[n])).hits
            assert hits[0].passage.text == texts[n]
            assert hits[0].dense == pytest.approx(float(np.max(rows @ rows[n])), abs=1e-6)


def test_a_passage_that_another_outlet_went_over_is_folded_into_the_better_one(tmp_path: Path) -> None:
    edited = f"تونس (وات) - {FIRE.replace('المتواصل', '')}"
    with searching(tmp_path / "g", WHEAT, FIRE, edited, FIRE.replace("12", "١٢")) as search:
        found = search(ask("حريق مصنع النسيج في صفاقس"))
        ids = search.index.ids
    fire = next(hit for hit in found.hits if hit.passage.id in set(ids[1:]))
    assert {fire.passage.id, *fire.duplicates} == set(ids[1:])
    assert len(fire.duplicates) == 2
    assert set(fire.near) == ({ids[1], ids[3]} if fire.passage.id == ids[2] else {ids[2]})
    assert [hit.passage.id for hit in found.hits if hit is not fire] == [ids[0]]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("12", "15"), ("صفاقس", "سوسة"), ("أعلنت", "لم تعلن")],
    ids="figure name negation".split(),  # noqa: SIM905
)
def test_a_variant_that_answers_otherwise_is_a_hit_of_its_own(tmp_path: Path, ours: str, theirs: str) -> None:
    variant = FIRE.replace(ours, theirs)
    with searching(tmp_path / "g", FIRE, variant) as search:
        found = search(ask("كم شخصا أعلنت وزارة الصحة وفاة حريق مدينة صفاقس اليوم الثلاثاء"))
        one, other = (search.index.ids[at].rpartition("@")[0] for at in (0, 1))
    assert {hit.passage.text for hit in found.hits} == {FIRE, variant}
    assert all(hit.duplicates == () for hit in found.hits)
    assert found.story(one) == found.story(other) == one


def test_a_filter_finds_the_member_of_a_story_that_it_lets_through(tmp_path: Path) -> None:
    days = [None, "2017-01-01", "2017-03-01"]
    with searching(tmp_path / "g", WHEAT, FIRE, f"تونس (وات) - {FIRE}", days=days) as search:
        question = "حريق مصنع النسيج في صفاقس"
        late = search(ask(question, filters=Filters(published_from="2017-02-01")))
        early = search(ask(question, filters=Filters(published_to="2017-02-01")))
        ids = search.index.ids
    assert [hit.passage.id for hit in late.hits] == [ids[2]]
    assert [hit.passage.id for hit in early.hits] == [ids[1]]
    assert late.hits[0].duplicates == early.hits[0].duplicates == ()
    assert [one.id for one in late.others] == [ids[1]]  # what else the story is in is told whatever the filter


def test_of_the_same_words_the_first_published_is_shown_then_the_first_by_source(tmp_path: Path) -> None:
    days = [None, "2017-03-01", "2017-01-01", "2017-01-01"]
    with searching(tmp_path / "g", SOCHI, SOCHI, SOCHI, SOCHI, days=days) as search:
        (hit,) = search(ask("من زار سوتشي")).hits
        ids = search.index.ids
    assert hit.passage.id == ids[2]
    assert set(hit.duplicates) == {ids[0], ids[1], ids[3]}
    assert hit.near == ()


@pytest.mark.parametrize("seed", range(4))
def test_folding_loses_no_passage(tmp_path: Path, seed: int) -> None:
    random = np.random.default_rng(seed)
    sentences = [one for text in (FIRE, WHEAT, SOCHI, GOLD) for one in text.split(". ")]
    edits = [("12", "15"), ("12", "١٢"), ("صفاقس", "سوسة"), ("أ", "ا"), ("المتواصل", ""), ("", "")]
    texts = []
    for _ in range(40):
        first = int(random.integers(len(sentences) - 3))
        ours, theirs = edits[int(random.integers(len(edits)))]
        chosen = ". ".join(sentences[first : first + int(random.integers(1, 4))])
        texts.append(f"{chosen.replace(ours, theirs) if ours else chosen}.")
    days = [None if random.random() < 0.5 else f"2017-01-{day:02}" for day in random.integers(1, 28, len(texts))]
    with searching(tmp_path / "g", *texts, days=days) as search:
        every = sorted(search.index.ids)
        for question in ("كم قتيلا في حريق صفاقس", "سعر القمح", "من زار سوتشي", "الذهب في لندن"):
            hits = search(ask(question, top_k=len(every))).hits
            assert sorted(name for hit in hits for name in (hit.passage.id, *hit.duplicates)) == every
            few = search(ask(question, top_k=3)).hits
            assert [hit.passage.id for hit in few] == [hit.passage.id for hit in hits[:3]]
            named = [name for hit in few for name in (hit.passage.id, *hit.duplicates)]
            assert len(named) == len(set(named))


@pytest.mark.parametrize("near", [150, 50, 51, 2], ids=["passes", "does not pass", "nor this", "nor that"])
def test_a_filter_that_lets_many_through_gives_the_nearest_of_those(tmp_path: Path, near: int) -> None:
    texts = [f"خبر رقم {n} عن المدينة {n * 7} والميناء." for n in range(200)]
    passing = [place for place in range(200) if str(place).startswith("1")]
    with searching(tmp_path / "g", *texts, candidates=1) as search:
        fetched = int(SPARE * 200 / len(passing))
        assert len(passing) > ROWS_A_NEIGHBOUR * fetched, "else every passage that passes would be scored"
        found = search(ask(texts[near], filters=Filters(source="1*")))
    rows = vectors(texts)
    nearest = max(passing, key=lambda place: float(rows[place] @ rows[near]))
    assert texts[nearest] in [hit.passage.text for hit in found.hits if hit.found_by != "keyword"]
    assert found.searched == len(passing)


def test_an_article_of_the_time_that_the_question_names_gains_a_little_and_hides_nothing(tmp_path: Path) -> None:
    texts = (SOCHI, SOCHI.replace("أمس", "اليوم"), GOLD)
    with searching(tmp_path / "g", *texts, days=("2015-07-01", "2016-05-03T10:00", None)) as search:
        of_year, without = (search(ask(f"من زار سوتشي{when}؟")).hits for when in (" في 2016", ""))
    gained = {hit.passage.text: hit.score for hit in of_year}
    plain = {hit.passage.text: hit.dense / 2 + hit.sentence / 2 + hit.keyword / 4 for hit in of_year}
    assert {text: round(gained[text] - plain[text], 6) for text in texts} == {texts[0]: 0, texts[1]: 0.02, texts[2]: 0}
    assert len(of_year) == len(without) == 3


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(phrases=("سعر القمح",)), {WHEAT}),
        (Filters(phrases=("المخزون",)), {WHEAT}),
        (Filters(phrases=("سعر",)), {WHEAT, GOLD}),
        (Filters(phrases=("سعر", "لندن")), {GOLD}),
        (Filters(phrases=("القمح سعر",)), set()),
        (Filters(excluded=("القمح",)), {SOCHI, GOLD}),
        (Filters(excluded=("القمح", "سوتشي أمس")), {GOLD}),
        (Filters(phrases=("سعر",), excluded=("الذهب",)), {WHEAT}),
        (Filters(language="en"), set()),
    ],
)
def test_only_articles_with_the_phrases_and_without_the_excluded_words_are_searched(
    tmp_path: Path, filters: Filters, expected: set[str]
) -> None:
    with searching(tmp_path / "g", WHEAT, SOCHI, GOLD) as search:
        found = search(ask("سعر القمح", filters=filters))
    assert {hit.passage.text for hit in found.hits} == expected
    assert found.searched == len(expected)
