from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

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


@given(st.lists(st.lists(st.sampled_from(["لافروف", "بيسكوف", "زاخاروفا", "القمح"]), max_size=6), max_size=9))
def test_the_lists_are_the_same_however_little_is_sorted_at_a_time(texts: list[list[str]]) -> None:
    with TemporaryDirectory() as folder:
        index = index_of([" ".join(words) for words in texts], Path(folder) / "names", part=2)
        for name, latin in {"لافروف": "Lavrov", "بيسكوف": "Peskov", "زاخاروفا": "Zakharova"}.items():
            expected = [row for row, words in enumerate(texts) if name in words]
            assert index.holders(skeleton(latin)).tolist() == expected


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
