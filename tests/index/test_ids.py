from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.index.layout import SegmentIds, write_ids

NAMES = st.lists(st.text("abمق@:-09", min_size=1, max_size=9), unique=True, max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(NAMES)
def test_ids_are_those_of_a_list_and_its_index(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    folder = tmp_path_factory.mktemp("ids")
    write_ids(folder, names, 18)
    ids = SegmentIds(folder)
    assert (len(ids), list(ids), ids[1:3]) == (len(names), names, names[1:3])
    assert [ids[place] for place in range(len(names))] == names
    assert ids.rows(names[::-1]).tolist() == list(range(len(names)))[::-1]
    assert ids.rows([]).dtype == np.int64


@pytest.mark.parametrize("names", [[], ["a", "c"]], ids=["no ids", "other ids"])
@pytest.mark.parametrize("wanted", ["b", "d", "", "aa"])
def test_an_id_that_is_not_there_has_no_row(tmp_path: Path, names: list[str], wanted: str) -> None:
    write_ids(tmp_path, names, 1)
    assert SegmentIds(tmp_path).rows([*names, wanted]).tolist() == [*range(len(names)), -1]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(NAMES, st.text("abمق@", min_size=1, max_size=2))
def test_an_id_is_found_by_how_it_begins(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], beginning: str
) -> None:
    folder = tmp_path_factory.mktemp("ids")
    write_ids(folder, names, 18)
    (row,) = SegmentIds(folder).starting_with([beginning]).tolist()
    assert names[row].startswith(beginning) if row >= 0 else not any(name.startswith(beginning) for name in names)
