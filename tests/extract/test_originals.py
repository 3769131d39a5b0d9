"""The original of an article is its file byte for byte, or an error that says what became of it."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from builders import article

from rag.errors import SourceChanged, SourceGone
from rag.extract.formats import original
from rag.folders import Roots, Unreadable
from rag.types import Article

NEWS = "زار الوزير دمشق.\r\nقتل ٣٠٠ شخص.\n"
LIMIT = 1000


def stored(root: Path, source: str = "أخبار/زيارة.txt") -> Article:
    path = root / source
    path.parent.mkdir(parents=True)
    path.write_bytes(NEWS.encode())
    return article(NEWS, source=source)


def test_the_bytes_are_those_of_the_file(tmp_path: Path) -> None:
    one = stored(tmp_path / "root")
    assert original(Roots.of(tmp_path / "root"), one, LIMIT) == NEWS.encode()


def test_a_byte_order_mark_is_part_of_the_file_though_not_of_the_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xff\xfe" + "خبر".encode("utf-16-le"))
    # sha256 by `printf '\xff\xfe\x2e\x06\x28\x06\x31\x06' | sha256sum`
    sha256 = "23adffb46cb058f17fb1555f2c448ce823f6555c892495c1ad982390e6adf30d"
    one = replace(article("خبر"), sha256=sha256)
    assert original(Roots.of(tmp_path), one, LIMIT) == b"\xff\xfe\x2e\x06\x28\x06\x31\x06"


def test_a_file_of_the_same_length_that_says_something_else_is_changed(tmp_path: Path) -> None:
    one = stored(tmp_path)
    (tmp_path / one.source).write_bytes(NEWS.replace("٣٠٠", "٥٠٠").encode())
    with pytest.raises(SourceChanged, match=r"زيارة\.txt: it has changed since it was indexed → ingest"):
        original(Roots.of(tmp_path), one, LIMIT)


def test_a_file_that_was_emptied_or_grew_over_the_limit_is_changed(tmp_path: Path) -> None:
    one = stored(tmp_path)
    (tmp_path / one.source).write_bytes(b"")
    with pytest.raises(SourceChanged, match="cannot be read under the current settings: it is empty"):
        original(Roots.of(tmp_path), one, LIMIT)
    (tmp_path / one.source).write_bytes(b"x" * (LIMIT + 1))
    with pytest.raises(SourceChanged, match="cannot be read under the current settings: it is too large"):
        original(Roots.of(tmp_path), one, LIMIT)


def test_a_deleted_file_is_gone(tmp_path: Path) -> None:
    one = stored(tmp_path)
    (tmp_path / one.source).unlink()
    with pytest.raises(SourceGone, match="the file does not exist any more"):
        original(Roots.of(tmp_path), one, LIMIT)


def test_a_file_whose_folder_became_a_file_is_gone(tmp_path: Path) -> None:
    one = stored(tmp_path)
    (tmp_path / one.source).unlink()
    (tmp_path / "أخبار").rmdir()
    (tmp_path / "أخبار").write_text("خبر")
    with pytest.raises(SourceGone, match="the file does not exist any more"):
        original(Roots.of(tmp_path), one, LIMIT)


def test_when_the_folder_of_the_corpus_moved_the_error_names_it(tmp_path: Path) -> None:
    one = stored(tmp_path / "root")
    (tmp_path / "root").rename(tmp_path / "elsewhere")
    with pytest.raises(SourceGone, match="root: the folder of the corpus test is missing"):
        original(Roots.of(tmp_path / "root"), one, LIMIT)
    assert original(Roots.of(tmp_path / "elsewhere"), one, LIMIT) == NEWS.encode()


def test_a_link_is_not_followed_even_to_the_same_bytes(tmp_path: Path) -> None:
    one = stored(tmp_path / "root")
    path = tmp_path / "root" / one.source
    path.rename(tmp_path / "outside.txt")
    path.symlink_to(tmp_path / "outside.txt")
    with pytest.raises(Unreadable, match="cannot be read"):
        original(Roots.of(tmp_path / "root"), one, LIMIT)


def test_a_folder_that_became_a_link_is_not_followed(tmp_path: Path) -> None:
    one = stored(tmp_path / "root")
    (tmp_path / "root" / "أخبار").rename(tmp_path / "outside")
    (tmp_path / "root" / "أخبار").symlink_to(tmp_path / "outside")
    with pytest.raises((SourceGone, Unreadable)):
        original(Roots.of(tmp_path / "root"), one, LIMIT)


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["a folder", "a pipe"])
def test_what_is_no_regular_file_is_unreadable_and_nobody_waits_for_it(tmp_path: Path, make: object) -> None:
    one = stored(tmp_path)
    (tmp_path / one.source).unlink()
    make(tmp_path / one.source)  # type: ignore[operator]
    with pytest.raises(Unreadable, match="no longer a regular file"):
        original(Roots.of(tmp_path), one, LIMIT)


@pytest.mark.parametrize("source", ["../secret.txt", "a/../../secret.txt", "/etc/hostname", "a//b.txt"])
def test_a_source_outside_the_folder_is_never_opened(tmp_path: Path, source: str) -> None:
    (tmp_path / "root" / "a").mkdir(parents=True)
    (tmp_path / "secret.txt").write_bytes(NEWS.encode())
    with pytest.raises(Unreadable, match="outside the folder"):
        original(Roots.of(tmp_path / "root"), article(NEWS, source=source), LIMIT)
