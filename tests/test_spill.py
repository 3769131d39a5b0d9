from __future__ import annotations

from collections import Counter
from pathlib import Path
from tempfile import TemporaryFile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.external_sort import Spill, counted, pack, unpack

LOTS = st.lists(st.lists(st.integers(0, 40) | st.integers(0, 2**64 - 1), max_size=20), max_size=12)


@settings(max_examples=150, deadline=None)
@given(LOTS, st.integers(1, 9), st.integers(1, 4))
def test_the_blocks_are_all_numbers_in_order_and_equal_ones_stay_together(
    lots: list[list[int]], part: int, stride: int
) -> None:
    with TemporaryFile() as file:
        spill = Spill(lambda: file, part, stride)
        for lot in lots:
            spill.add(np.array(lot, np.uint64))
        every = sorted(number for lot in lots for number in lot)
        for _ in range(2):
            blocks = [block.tolist() for block in spill.blocks()]
            assert [number for block in blocks for number in block] == every
            assert all(blocks)
            assert sum(len(set(block)) for block in blocks) == len(set(every))
        spill.close()


@pytest.mark.parametrize("order", ["rising", "falling", "mixed"])
def test_a_block_is_no_longer_than_a_part_and_a_stride_of_each_part(order: str) -> None:
    count, part, stride = 100_000, 1_000, 10
    numbers = np.arange(count, dtype=np.uint64)
    numbers = {"rising": numbers, "falling": numbers[::-1], "mixed": np.random.default_rng(7).permutation(numbers)}[
        order
    ]
    with TemporaryFile() as file:
        spill = Spill(lambda: file, part, stride)
        spill.add(numbers)
        lengths = [len(block) for block in spill.blocks()]
        assert file.seek(0, 2) == 8 * count
    assert sum(lengths) == count
    assert max(lengths) <= part + count // part * stride


def test_what_fits_into_a_part_needs_no_file() -> None:
    def never() -> None:
        raise AssertionError("a file is asked for")

    spill = Spill(never, 4)  # type: ignore[arg-type]
    assert list(spill.blocks()) == []
    spill.add(np.array([3, 1, 2], np.uint64))
    assert [block.tolist() for block in spill.blocks()] == [[1, 2, 3]]


def test_a_full_disk_is_an_error_and_not_numbers_that_are_lost() -> None:
    with Path("/dev/full").open("w+b", 0) as full, pytest.raises(OSError, match="No space left"):
        Spill(lambda: full, 2).add(np.arange(9, dtype=np.uint64))  # type: ignore[arg-type, return-value]


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))))
def test_packed_numbers_are_sorted_as_their_halves_are_and_unpack_gives_them(
    halves: list[tuple[int, int]],
) -> None:
    high, low = (np.array([one[place] for one in halves], np.int64) for place in (0, 1))
    packed = pack(high, low)
    assert [tuple(one) for one in np.transpose(unpack(np.sort(packed))).tolist()] == sorted(halves)
    assert np.array_equal(unpack(packed), (high, low))


@given(st.lists(st.integers(0, 9)))
def test_counted_gives_each_number_once_with_its_count(numbers: list[int]) -> None:
    each, times = counted(np.array(sorted(numbers), np.int64))
    assert dict(zip(each.tolist(), times.tolist(), strict=True)) == Counter(numbers)
    assert each.tolist() == sorted(set(numbers))
