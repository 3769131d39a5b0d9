from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.index.layout import Ids, write_ids

NAMES = st.lists(st.text("abمق@:-09", min_size=1, max_size=9), unique=True, max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(NAMES)
def test_ids_are_those_of_a_list_and_its_index(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    folder = tmp_path_factory.mktemp("ids")
    write_ids(folder, names, 18)
    ids = Ids(folder)
    assert (len(ids), list(ids), ids[1:3]) == (len(names), names, names[1:3])
    assert [ids[place] for place in range(len(names))] == names
    assert ids.ordinals(names[::-1]).tolist() == list(range(len(names)))[::-1]
    assert ids.ordinals([]).dtype == np.int64


@pytest.mark.parametrize("names", [[], ["a", "c"]], ids=["no ids", "other ids"])
@pytest.mark.parametrize("wanted", ["b", "d", "", "aa"])
def test_an_id_that_is_not_there_is_named(tmp_path: Path, names: list[str], wanted: str) -> None:
    write_ids(tmp_path, names, 1)
    with pytest.raises(KeyError, match=f"'{wanted}'"):
        Ids(tmp_path).ordinals([*names, wanted])
