from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.external_sort import PART
from rag.text.transliteration import NamesBuilder, NamesIndex, arabic_skeletons, names_in, skeleton


@pytest.mark.parametrize(
    ("arabic", "latin"),
    [
        ("سوتشي", "Sochi"),
        ("لافروف", "Lavrov"),
        ("بيسكوف", "Peskov"),
        ("إنترفاكس", "Interfax"),
        ("زاخاروفا", "Zakharova"),
        ("موسكو", "Moscow"),
        ("بانثرز", "Panthers"),
        ("نيوتن", "Newton"),
    ],
)
def test_both_spellings_of_a_name_share_a_skeleton(arabic: str, latin: str) -> None:
    assert skeleton(arabic) == skeleton(latin)


def test_a_particle_before_a_name_does_not_hide_it() -> None:
    assert skeleton("Kremlin") in arabic_skeletons("والكرملين")
    assert skeleton("Tunis") in arabic_skeletons("بتونس")
    assert skeleton("Tunis") not in arabic_skeletons("لافروف")


def test_the_names_of_a_question_are_its_capitalised_words_but_the_first() -> None:
    assert names_in("When did Lavrov's deputy meet Zakharova in Sochi?") == [skeleton("Lavrov"), skeleton("Zakharova")]
    assert names_in("متى زار لافروف سوتشي؟") == []
    assert names_in("") == []


def index_of(texts: list[str], folder: Path, part: int = PART) -> NamesIndex:
    builder = NamesBuilder(part=part)
    for text in texts:
        builder.add(text)
    builder.save(folder)
    return NamesIndex.open(folder)


def test_the_share_weighs_rare_names_more(tmp_path: Path) -> None:
    index = index_of(["قال لافروف وبيسكوف", "قال بيسكوف", "قالت زاخاروفا", "ارتفع القمح"], tmp_path / "names")
    # Of four passages Lavrov is in one and Peskov in two: idf ln(1 + 3.5/1.5) and ln(1 + 2.5/2.5).
    lavrov, peskov = math.log(10 / 3), math.log(2)
    expected = [1.0, peskov / (lavrov + peskov), 0.0, 0.0]
    assert index.scores("What did Lavrov tell Peskov?", np.arange(4)) == pytest.approx(expected)
    assert index.scores("What did Lavrov tell Peskov?", np.array([1, 3])) == pytest.approx([expected[1], 0.0])


def test_a_name_that_no_passage_has_still_counts_as_asked(tmp_path: Path) -> None:
    index = index_of(["قال لافروف", "ارتفع القمح"], tmp_path / "names")
    # Of two passages: idf ln(1 + 1.5/1.5) for Lavrov, ln(1 + 2.5/0.5) for Zakharova.
    expected = math.log(2) / (math.log(2) + math.log(6))
    assert index.scores("Did Lavrov meet Zakharova?", np.arange(2)) == pytest.approx([expected, 0.0])


@given(st.lists(st.lists(st.sampled_from(["لافروف", "بيسكوف", "زاخاروفا", "القمح"]), max_size=6), max_size=9))
def test_the_lists_are_the_same_however_little_is_sorted_at_a_time(texts: list[list[str]]) -> None:
    with TemporaryDirectory() as folder:
        index = index_of([" ".join(words) for words in texts], Path(folder) / "names", part=2)
        every = np.arange(len(texts))
        for name, latin in {"لافروف": "Lavrov", "بيسكوف": "Peskov", "زاخاروفا": "Zakharova"}.items():
            expected = [float(name in words) for words in texts]
            assert index.scores(f"What of {latin}?", every).tolist() == expected


def test_a_question_without_names_and_an_empty_corpus_score_nothing(tmp_path: Path) -> None:
    one, none = index_of(["قال لافروف"], tmp_path / "one"), index_of([], tmp_path / "none")
    assert one.scores("what is the price of wheat?", np.arange(1)).tolist() == [0.0]
    assert none.scores("Did Lavrov go?", np.arange(0)).tolist() == []


def test_the_same_texts_make_the_same_files_in_any_process(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from rag.text.transliteration import NamesBuilder\n"
        "builder = NamesBuilder()\n"
        "builder.add('والتقى المعلم بوتين ولافروف في سوتشي، وبحث الوزيران الأزمة')\n"
        "builder.add('وعاد المعلم من سوتشي إلى دمشق')\n"
        "builder.save(Path(sys.argv[1]))"
    )
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", code, str(tmp_path / seed)], check=True, env=environment)
    for one in (tmp_path / "1").iterdir():
        assert one.read_bytes() == (tmp_path / "2" / one.name).read_bytes()
    assert len(list((tmp_path / "1").iterdir())) == 3
