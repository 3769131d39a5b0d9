"""What was cited is the text of a file: another text of the same bytes is another version, another row is not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from small_chat import small_corpus
from small_corpus import take_in

from rag.corpus import Corpus
from rag.extract.base import Extracted, Format
from rag.extract.formats import formats
from rag.folders import Roots
from rag.types import Article, Rendition
from ui.api.articles import _verdict
from ui.shared.schemas import AnswerDocument, CitationDocument, QuoteRequest
from ui.shared.source_view import CitedSpan, changed_versions, source_panel
from ui.shared.verify import verify

LIMIT = 1 << 20
ROWS = {"n1": "زار المعلم سوتشي.", "n2": "عاد الوزير إلى دمشق."}
NOW = formats(limit=LIMIT)


def read_with_a_heading(data: bytes) -> Iterator[Extracted]:
    """As a newer version of an extractor might: the same words stand elsewhere in its text."""
    for one in NOW[".jsonl"].extract(data):
        assert isinstance(one, Extracted)
        text = f"عنوان\n{one.text}"
        yield Extracted(text, extractor="row/2", member=one.member)


LATER = {**NOW, ".jsonl": Format(read_with_a_heading, "tables/2")}


@pytest.fixture
def corpus(tmp_path: Path) -> Iterator[Corpus]:
    with small_corpus(tmp_path / "files", tmp_path / "data", {"first.txt": "خبر.\n"}) as corpus:
        (tmp_path / "files" / "first.txt").unlink()
        write(tmp_path, ROWS)
        take_in(tmp_path / "files", tmp_path / "data", formats=NOW, allow_deletes=True)
        yield corpus


def write(tmp_path: Path, rows: dict[str, str]) -> None:
    lines = [json.dumps({"id": id_, "text": text}, ensure_ascii=False) for id_, text in rows.items()]
    (tmp_path / "files" / "news.jsonl").write_text("\n".join(lines), encoding="utf-8")


def answered(corpus: Corpus) -> tuple[AnswerDocument, CitationDocument]:
    """An answer whose first citation is of the row n1."""
    document = AnswerDocument.of(corpus.ask("من زار سوتشي؟"))
    first = next(one for one in document.citations if one.member == "n1")
    return document, first


def panel(corpus: Corpus, one: CitationDocument) -> tuple[str, str | None]:
    """What the panel marks, and what it notes."""
    shown: dict[str, Any] = source_panel(corpus, CitedSpan(one.article_id, one.version, one.span), "en")
    return "".join(text for line in shown["lines"] for text, kind in line if kind == "cited"), shown["note"]


def stands(corpus: Corpus, one: CitationDocument, text_sha256: str | None) -> str:
    return _verdict(
        corpus,
        QuoteRequest(
            article_id=one.article_id,
            sha256=one.sha256,
            text_sha256=text_sha256,
            start=one.start,
            end=one.end,
            quote=one.quote,
        ),
    ).result


def test_another_text_of_the_same_bytes_is_another_version(corpus: Corpus, tmp_path: Path) -> None:
    document, first = answered(corpus)
    assert panel(corpus, first) == ("زار المعلم سوتشي.", None)
    take_in(tmp_path / "files", tmp_path / "data", formats=LATER)
    marked, note = panel(corpus, first)
    assert marked == ""
    assert note is not None
    assert (first.article_id, first.version) in changed_versions(corpus, [document])
    assert stands(corpus, first, first.text_sha256) == "changed"
    verdicts = list(verify([document], Roots.of(tmp_path / "files"), LIMIT, LATER))
    assert {one.result for one in verdicts} == {"ok"}  # the same file, and its other text has the words too
    assert "row/1" in verdicts[0].why
    assert "row/2" in verdicts[0].why


def test_a_row_is_what_it_was_though_other_rows_have_changed(corpus: Corpus, tmp_path: Path) -> None:
    document, first = answered(corpus)
    write(tmp_path, {"n0": "خبر سابق.", **ROWS, "n2": "عاد الوزير إلى حلب."})
    take_in(tmp_path / "files", tmp_path / "data", formats=NOW)
    assert panel(corpus, first) == ("زار المعلم سوتشي.", None)
    changed = {member for member, _ in _members(document, changed_versions(corpus, [document]))}
    assert changed == {"n2"}
    assert stands(corpus, first, first.text_sha256) == "ok"
    found = {one.citation: one for one in verify([document], Roots.of(tmp_path / "files"), LIMIT, NOW)}
    assert found[first.number].holds
    assert found[first.number].why == "other articles of the file have changed"
    others = [one.number for one in document.citations if one.member == "n2"]
    assert others
    assert not any(found[number].holds for number in others)


def test_a_version_without_the_hash_of_its_text_is_told_by_its_file(corpus: Corpus, tmp_path: Path) -> None:
    _, first = answered(corpus)
    old = first.model_copy(update={"text_sha256": ""})
    assert panel(corpus, old) == ("زار المعلم سوتشي.", None)
    assert stands(corpus, first, None) == "ok"
    write(tmp_path, {**ROWS, "n3": "خبر لاحق."})
    take_in(tmp_path / "files", tmp_path / "data", formats=NOW)
    assert panel(corpus, old)[0] == ""
    assert stands(corpus, first, None) == "changed"


def test_a_file_that_is_one_article_is_told_by_its_bytes_too() -> None:
    article = _article(None)
    assert article.is_version("a", "t")
    assert not article.is_version("b", "t")
    assert not article.is_version("a", "u")
    assert _article("n1").is_version("b", "t")


def _article(member: str | None) -> Article:
    return Article("i", "c", "s", "a", "نص", Rendition("t"), (), member=member)


def _members(document: AnswerDocument, changed: frozenset[tuple[str, str]]) -> set[tuple[str | None, str]]:
    return {(one.member, one.version) for one in document.citations if (one.article_id, one.version) in changed}
