"""ZIP archives: every file inside as its own format reads it; nothing is unpacked beyond its bounds."""

from __future__ import annotations

import io
import stat
import zipfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import Undecodable
from rag.extract.base import Extracted, Refusal
from rag.extract.formats import formats
from rag.extract.zip import read_archive

LIMIT = 1 << 16
KNOWN = {ending: one for ending, one in formats(limit=LIMIT).items() if ending != ".zip"}


def packed(files: dict[str, bytes | str], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", kind) as opened:
        for name, content in files.items():
            opened.writestr(name, content)
    return data.getvalue()


def read(data: bytes) -> dict[str, str]:
    """Member → its text, or why it has none."""
    found: dict[str, str] = {}
    for one in read_archive(data, KNOWN, LIMIT):
        assert one.member is not None
        found[one.member] = one.text if isinstance(one, Extracted) else one.reason
    return found


def test_each_file_inside_is_read_in_its_own_way() -> None:
    rows = '{"text": "خبر أول", "id": "n1"}\n{"text": "خبر ثان"}\n'
    assert read(packed({"أخبار/b.txt": "زار المعلم سوتشي.", "a.jsonl": rows})) == {
        "a.jsonl/n1": "خبر أول",
        "a.jsonl/line 2": "خبر ثان",
        "أخبار/b.txt": "زار المعلم سوتشي.",
    }


def test_what_is_not_read_is_named_and_the_rest_is_taken() -> None:
    inner = packed({"a.txt": "خبر"})
    found = read(
        packed(
            {"a.txt": "خبر", "pic.jpg": b"x", "in.zip": inner, "bad.txt": b"\xff\xff", "big.txt": b"a" * (LIMIT + 1)}
        )
    )
    assert found == {
        "a.txt": "خبر",
        "bad.txt": found["bad.txt"],
        "big.txt": "it is too large: more than 0.0625 MiB",
        "in.zip": "it is an archive inside an archive, which is not read",
        "pic.jpg": "files of type .jpg are not read",
    }
    assert "encoding" in found["bad.txt"]


def test_hidden_files_and_what_a_system_adds_are_passed_over() -> None:
    assert read(packed({"__MACOSX/._a.txt": "خبر", ".git/a.txt": "خبر", "d/": b"", "a.txt": "خبر"})) == {"a.txt": "خبر"}


@pytest.mark.parametrize("name", ["../../etc/a.txt", "/etc/a.txt", "C:\\a.txt", "a\nb.txt", "\u202egpj.txt"])
def test_a_name_is_a_label_and_never_a_path(name: str) -> None:
    assert list(read(packed({name: "خبر"}))) == [name]


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(Undecodable, match="too much"):
        read(packed({f"{number}.txt": b"\0" * LIMIT for number in range(60)}))


def test_an_archive_that_unpacks_to_far_more_than_news_does_is_refused() -> None:
    data = packed({f"{number}.txt": b"a" * 60_000 for number in range(20)})
    assert 50 * LIMIT > 20 * 60_000
    assert 200 * len(data) < 20 * 60_000
    with pytest.raises(Undecodable, match="too much"):
        read(data)
    letters = "".join(chr(0x621 + number * 7919 % 36) for number in range(30_000))
    assert len(read(packed({f"{number}.txt": f"{number} {letters}" for number in range(20)}))) == 20


def test_a_link_inside_is_no_article() -> None:
    link = zipfile.ZipInfo("link.txt")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as opened:
        opened.writestr(link, "../../secret.txt")
        opened.writestr("a.txt", "خبر")
    assert read(data.getvalue()) == {"a.txt": "خبر", "link.txt": "a symbolic link"}


def test_a_file_without_a_name_costs_only_itself() -> None:
    found = read(packed({"a.txt": "خبر", "b.txt": "آخر"}).replace(b"a.txt", b"\0.txt"))
    assert found == {"(no name)": "files of type (none) are not read", "b.txt": "آخر"}


def test_a_file_that_holds_more_than_it_declares_is_refused() -> None:
    data = bytearray(packed({"a.txt": b"a" * 500}, zipfile.ZIP_STORED))
    at = data.index(b"PK\x01\x02") + 24
    data[at : at + 4] = (5).to_bytes(4, "little")
    found = read(bytes(data))
    assert "a.txt" in found
    assert found["a.txt"] != "a" * 500


def test_a_damaged_file_costs_only_itself() -> None:
    data = bytearray(packed({"a.txt": "خبر " * 50, "b.txt": "سليم"}))
    at = data.index(b"a.txt") + 10
    data[at] ^= 0xFF
    found = read(bytes(data))
    assert "damaged" in found["a.txt"]
    assert found["b.txt"] == "سليم"


def test_every_way_of_packing_is_read_and_its_damage_is_told() -> None:
    for kind in KINDS:
        assert read(packed({"a.txt": "خبر " * 50, "b.txt": "سليم"}, kind))["a.txt"] == "خبر " * 50
    data = bytearray(packed({"a.txt": "خبر " * 50, "b.txt": "سليم"}, zipfile.ZIP_LZMA))
    data[data.index(b"a.txt") + 20] ^= 0xFF
    found = read(bytes(data))
    assert "damaged" in found["a.txt"]
    assert found["b.txt"] == "سليم"


@pytest.mark.parametrize("data", [b"", b"PK", b"no archive at all", packed({"a.txt": "خبر"})[:-5]])
def test_what_is_no_archive_says_so(data: bytes) -> None:
    with pytest.raises(Undecodable, match="not a valid ZIP"):
        read(data)


KINDS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


@given(st.data(), st.sampled_from(KINDS))
def test_a_broken_archive_never_breaks_the_reader(data: Any, kind: int) -> None:
    whole = bytearray(packed({"a.txt": "زار المعلم سوتشي. " * 9, "b.jsonl": '{"text": "خبر"}'}, kind))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = list(read_archive(bytes(whole), KNOWN, LIMIT))
    except Undecodable:
        return
    assert all(isinstance(one, Extracted | Refusal) for one in found)
