"""The panel of a citation marks the cited words as long as the file is what was cited, and nothing once it is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from small_chat import only_article, small_corpus, span_of
from small_corpus import fill, take_in

from rag.corpus import Corpus
from rag.errors import BadInput
from rag.extract.formats import original
from rag.folders import Roots
from rag.types import Article, Span
from ui.shared import source_view
from ui.shared.i18n import told
from ui.shared.schemas import AnswerDocument
from ui.shared.source_view import CitedSpan, changed_versions, source_panel

NEWS = "زار الوزير سوتشي 👍 أمس. التقى ٣٠٠ مسؤول.\r\nثم غادر.\n"
LATER = NEWS.replace("٣٠٠", "٥٠٠")


@pytest.fixture
def corpus(tmp_path: Path) -> Iterator[Corpus]:
    with small_corpus(tmp_path / "files", tmp_path / "data", {"خبر.txt": NEWS}) as corpus:
        yield corpus


def cited(article: Article, quote: str = "التقى ٣٠٠ مسؤول", words: str | None = "٣٠٠") -> CitedSpan:
    inner = span_of(article, words) if words else None
    return CitedSpan(article.id, article.sha256, span_of(article, quote), inner)


def text_of(shown: dict[str, object], *kinds: str) -> str:
    lines = shown["lines"]
    assert isinstance(lines, list)
    return "".join(text for line in lines for text, kind in line if not kinds or kind in kinds)


def reingest(tmp_path: Path, files: dict[str, str]) -> None:
    take_in(fill(tmp_path / "files", files), tmp_path / "data", allow_deletes=True)


def test_the_cited_words_are_marked_in_the_whole_text(corpus: Corpus) -> None:
    one = only_article(corpus)
    shown = source_panel(corpus, cited(one), "ar")
    assert text_of(shown) == NEWS
    assert text_of(shown, "cited", "words") == shown["quote"] == "التقى ٣٠٠ مسؤول"
    assert text_of(shown, "words") == "٣٠٠"
    assert shown["note"] is None
    assert shown["file"] == f"/articles/{one.id}/file?version={one.sha256}"


def test_a_quote_is_verified_only_where_its_file_was_read_now(corpus: Corpus, tmp_path: Path) -> None:
    one = only_article(corpus)
    quote = cited(one)
    shown = source_panel(corpus, quote, "ar", brief=True)
    assert shown["verified"] is True
    assert shown["lines"] == []
    assert shown["quote"] == "التقى ٣٠٠ مسؤول"
    # 24 code points before it, of 51; «التقى ٣٠٠ مسؤول» has 15.
    assert shown["place"] == (24 / 51, 15 / 51)
    assert shown["direction"] == "rtl"
    assert ["الأحرف", "\u200f\u200e24–39 من 51"] in [list(field) for field in shown["fields"]]
    (tmp_path / "files" / "خبر.txt").unlink()
    shown = source_panel(corpus, quote, "ar")
    assert (shown["verified"], shown["quote"]) == (False, "التقى ٣٠٠ مسؤول")
    (tmp_path / "files" / "خبر.txt").write_bytes(LATER.encode())
    assert source_panel(corpus, quote, "ar")["verified"] is False


def test_a_file_that_changed_on_the_disk_shows_what_was_indexed_and_marks_nothing(
    corpus: Corpus, tmp_path: Path
) -> None:
    one = only_article(corpus)
    (tmp_path / "files" / "خبر.txt").write_bytes(LATER.encode())
    shown = source_panel(corpus, cited(one), "en")
    assert "as it was indexed" in shown["note"]
    assert text_of(shown) == NEWS
    assert text_of(shown, "cited", "words", "also") == ""
    assert (shown["reference"], shown["quote"], shown["file"]) == (None, None, None)


def test_a_file_that_was_indexed_anew_shows_its_text_now_and_marks_nothing(corpus: Corpus, tmp_path: Path) -> None:
    then = cited(only_article(corpus))
    reingest(tmp_path, {"خبر.txt": LATER})
    shown = source_panel(corpus, then, "en")
    assert "Its current text" in shown["note"]
    assert text_of(shown) == LATER
    assert text_of(shown, "cited", "words", "also") == ""
    assert shown["file"].endswith(only_article(corpus).sha256)


def test_an_article_that_left_the_archive_is_shown_as_long_as_it_is_known_and_offers_no_file(
    corpus: Corpus, tmp_path: Path
) -> None:
    then = cited(only_article(corpus))
    reingest(tmp_path, {"آخر.txt": "خبر آخر.\n"})
    shown = source_panel(corpus, then, "en")
    assert shown["note"] == "This article is no longer in the archive."
    assert text_of(shown, "cited", "words") == "التقى ٣٠٠ مسؤول"
    assert shown["file"] is None


def test_a_file_that_is_away_has_not_changed(corpus: Corpus, tmp_path: Path) -> None:
    one = only_article(corpus)
    (tmp_path / "files" / "خبر.txt").unlink()
    shown = source_panel(corpus, cited(one), "ar")
    assert shown["note"] is None
    assert text_of(shown, "cited", "words") == "التقى ٣٠٠ مسؤول"


def test_an_article_that_never_was_is_refused(corpus: Corpus) -> None:
    with pytest.raises(BadInput) as raised:
        source_panel(corpus, CitedSpan("0" * 16, "0" * 64, Span(0, 1)), "ar")
    assert told(raised.value, "ar")[0] == "لم تعد هذه المقالة في الأرشيف."


@pytest.mark.parametrize("span", [Span(0, 10_000), Span(9, 3), Span(4, 4), Span(10**22, 10**23), Span(-3, 2)])
def test_a_span_that_is_not_in_the_text_is_refused(corpus: Corpus, span: Span) -> None:
    one = only_article(corpus)
    good = Span(0, 3)
    for bad in (
        CitedSpan(one.id, one.sha256, span),
        CitedSpan(one.id, one.sha256, good, None, [span]),
        CitedSpan(one.id, one.sha256, good, span),
    ):
        with pytest.raises(BadInput):
            source_panel(corpus, bad, "ar")


def test_words_outside_their_quote_are_refused(corpus: Corpus) -> None:
    one = only_article(corpus)
    with pytest.raises(BadInput, match="outside the quote"):
        source_panel(corpus, CitedSpan(one.id, one.sha256, Span(0, 3), Span(2, 6)), "ar")


def test_other_citations_of_the_article_are_marked_fainter(corpus: Corpus) -> None:
    one = only_article(corpus)
    shown = source_panel(corpus, cited(one)._replace(also=[span_of(one, "ثم غادر")]), "ar")
    assert text_of(shown, "also") == "ثم غادر"


def test_the_versions_of_an_answer_that_changed_are_found(corpus: Corpus, tmp_path: Path) -> None:
    answer = AnswerDocument.of(corpus.ask("من زار سوتشي؟"))
    one = only_article(corpus)
    assert changed_versions(corpus, [answer]) == frozenset()
    (tmp_path / "files" / "خبر.txt").write_bytes(LATER.encode())
    assert changed_versions(corpus, [answer]) == {(one.id, one.sha256 + one.rendition.text_sha256)}
    reingest(tmp_path, {"خبر.txt": LATER})
    assert changed_versions(corpus, [answer]) == {(one.id, one.sha256 + one.rendition.text_sha256)}
    reingest(tmp_path, {"خبر.txt": NEWS})
    assert changed_versions(corpus, [answer]) == frozenset()


def test_a_file_of_many_cited_articles_is_read_once(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    one, read = only_article(corpus), []

    def counted(roots: Roots, article: Article, limit: int) -> bytes:
        read.append(article.id)
        return original(roots, article, limit)

    monkeypatch.setattr(source_view, "original", counted)
    monkeypatch.setattr(source_view, "current_version", lambda _, id_: replace(one, id=id_))  # rows of one file
    answer = AnswerDocument.of(corpus.ask("من زار سوتشي؟"))
    rows = [answer.evidence[0].model_copy(update={"article_id": f"row {n}"}) for n in range(9)]
    several = answer.model_copy(update={"evidence": rows, "citations": []})
    assert changed_versions(corpus, [several]) == frozenset()
    assert len(read) == 1
