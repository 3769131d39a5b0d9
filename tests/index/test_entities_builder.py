"""What the whole archive says about a name: where it ends, and whether a word is part of one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from builders import article

from rag.extract.chunking import split
from rag.index.entities import Entities, EntitiesBuilder


def opened(folder: Path) -> Entities:
    return Entities.open([(folder, np.arange(100))])


def written(folder: Path, texts: Iterable[str], budget: int = 100) -> dict[str, list[int]]:
    """Each spelling of an archive of these articles, with the numbers of the articles that have it."""
    builder = EntitiesBuilder()
    count = lambda texts: [len(text.split()) for text in texts]  # noqa: E731
    for place, text in enumerate(texts):
        for passage in split(article(text, source=f"{place}.txt"), count, budget):
            builder.add(passage)
    folder.mkdir(exist_ok=True)
    builder.save(folder / "entities")
    entities = opened(folder / "entities")
    of, articles = entities.postings()
    return {
        spelling.written: [int(one) for one in articles[of == number]]
        for number, spelling in enumerate(entities.spellings)
    }


def test_an_article_counts_once_however_often_and_in_whichever_passage_it_names_somebody(tmp_path: Path) -> None:
    text = "زار سيرغي لافروف جنيف أمس. وعاد سيرغي لافروف من جنيف اليوم. وقال لافروف إن اللقاء مفيد."
    assert written(tmp_path, [text, "لا أحد هنا.", text], budget=6) == {"سيرغي لافروف": [0, 2], "جنيف": [0, 2]}


def test_a_shorter_form_in_an_article_stands_for_the_longer_name_there(tmp_path: Path) -> None:
    both = "قال محمد زياد العذاري إن الخطة جاهزة. وأضاف زياد العذاري أن العمل بدأ."
    found = written(tmp_path, [both, both, "قال زياد العذاري كلمة."])
    assert found["محمد زياد العذاري"] == [0, 1]
    assert found["زياد العذاري"] == [2]
    entities = opened(tmp_path / "entities")
    names = [spelling.written for spelling in entities.spellings]
    assert [{names[one], names[other]} for one, other in entities.merges] == [{"محمد زياد العذاري", "زياد العذاري"}]


def test_an_organisation_that_begins_with_a_general_word_needs_three_articles(tmp_path: Path) -> None:
    texts = ["اجتمع حزب العمال أمس.", "بيان حزب العمال في العاصمة.", "دعا حزب العمال إلى إضراب."]
    assert written(tmp_path / "a", texts) == {"حزب العمال": [0, 1, 2]}
    assert written(tmp_path / "b", texts[:2]) == {}


def test_a_word_that_the_archive_uses_outside_of_names_is_not_part_of_one(tmp_path: Path) -> None:
    ordinary = ["وصل القطغاف إلى المكان."] * 9 + ["هذا قطغاف جديد وهذه قطغافه."] * 9
    found = written(tmp_path, ["قال محمد القطغاف كلمة.", *ordinary])
    assert found == {}
    assert written(tmp_path / "alone", ["قال محمد القطغاف كلمة."]) == {"محمد القطغاف": [0]}


def test_a_name_that_nearly_always_goes_on_has_the_words_after_it_too(tmp_path: Path) -> None:
    texts = [f"قال طارق الورغي القطغاف كلمة {n}." for n in range(3)]
    assert written(tmp_path, texts) == {"طارق الورغي القطغاف": [0, 1, 2]}
    assert written(tmp_path / "once", texts[:1]) == {"طارق الورغي": [0]}


def test_nothing_is_written_of_an_archive_without_names(tmp_path: Path) -> None:
    assert written(tmp_path, ["لا شيء هنا."]) == {}
    assert written(tmp_path / "empty", []) == {}
