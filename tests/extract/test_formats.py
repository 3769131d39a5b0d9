"""Every format that is registered, from the file to a quote that anyone can check against the file again."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from builders import found, query
from small_corpus import HashModel, build

from rag.config import Settings
from rag.extract.formats import formats
from rag.folders import Roots
from rag.generate.answer import Answerer
from rag.generate.review import leans_back
from rag.ingest.sync import Extraction, ingest
from rag.store.catalog import Catalog
from rag.types import Article, Span
from ui.api.mcp import answer_text
from ui.shared.export import markdown
from ui.shared.history import Turn
from ui.shared.schemas import AnswerDocument
from ui.shared.source_view import CitedSpan, source_panel
from ui.shared.verify import verify
from ui.web.render import evidence_cards

DATA = Path(__file__).parents[1] / "data" / "formats"
PAGE = (Path(__file__).parents[2] / "docs" / "your-own-articles.md").read_text("utf-8")
KNOWN = formats(limit=1 << 24)
NEWS = "زار وزير الخارجية وليد المعلم مدينة سوتشي يوم الاثنين.\nوحضر اللقاء 12 مسؤولا من البلدين.\n"


def sample(ending: str) -> bytes:
    row = {"title": "زيارة", "text": NEWS}
    if ending in {".html", ".htm", ".xhtml"}:
        return (DATA / "html" / "json-ld.html").read_bytes()
    if ending == ".pdf":
        return (DATA / "pdf" / "pages.pdf").read_bytes()
    if ending == ".docx":
        return (DATA / "docx" / "report.docx").read_bytes()
    if ending in {".csv", ".tsv"}:
        apart = "\t" if ending == ".tsv" else ","
        return f'title{apart}text\nزيارة{apart}"{NEWS}"\n'.encode()
    if ending == ".json":
        return json.dumps([row]).encode()
    if ending in {".jsonl", ".ndjson"}:
        return json.dumps(row).encode()
    if ending == ".zip":
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as opened:
            opened.writestr("inner/خبر.txt", NEWS)
            opened.write(DATA / "pdf" / "pages.pdf", "pages.pdf")
        return data.getvalue()
    return NEWS.encode()


def held(folder: Path, data: Path) -> list[Article]:
    settings = Settings(data_dir=data)
    ingest(folder, settings=settings, corpus="c", embedder=HashModel(), build=build, extraction=Extraction(KNOWN))
    with Catalog.open(settings.corpus_dir("c") / "catalog.sqlite3") as catalog:
        current = catalog.current("c")
        assert current is not None
        articles = catalog.articles(current.id, [meta.id for meta in catalog.articles_meta(current.id)])
        for passage in catalog.iterate_passages(current.id):
            assert passage.text == passage.span.of(articles[passage.article_id].text)
    return list(articles.values())


@pytest.mark.parametrize("ending", sorted(KNOWN))
def test_a_quote_of_any_format_holds_against_its_file(ending: str, tmp_path: Path) -> None:
    (folder := tmp_path / "folder").mkdir()
    (folder / f"a{ending}").write_bytes(sample(ending))
    articles = held(folder, tmp_path / "data")
    assert articles
    for article in articles:
        search = found(article)
        answer = Answerer(lambda _, search=search: search).answer(query("من زار سوتشي؟"))  # type: ignore[misc]
        assert answer.citations
        document = AnswerDocument.model_validate_json(AnswerDocument.of(answer).model_dump_json())
        verdicts = list(verify([document], Roots.of(folder), 1 << 24, KNOWN))
        assert [one.result for one in verdicts] == ["ok"] * len(answer.citations)
        altered = document.model_copy(
            update={"citations": [one.model_copy(update={"quote": one.quote + "!"}) for one in document.citations]}
        )
        assert not any(one.holds for one in verify([altered], Roots.of(folder), 1 << 24, KNOWN))


def test_a_citation_of_a_file_with_pages_names_its_page(tmp_path: Path) -> None:
    (folder := tmp_path / "folder").mkdir()
    (folder / "a.pdf").write_bytes(sample(".pdf"))
    (article,) = held(folder, tmp_path / "data")
    assert len(article.pages) == 3
    assert [article.page_at(at) for at in (0, article.pages[1] - 1, article.pages[1], article.pages[2])] == [1, 1, 2, 3]


def test_a_page_is_told_wherever_a_quote_is_shown(tmp_path: Path) -> None:
    (folder := tmp_path / "folder").mkdir()
    (folder / "a.pdf").write_bytes(sample(".pdf"))
    (article,) = held(folder, tmp_path / "data")
    # As a search that has found only what stands on the third page and does not lean on the second.
    hits = tuple(
        hit
        for hit in found(article).hits
        if hit.passage.span.start >= article.pages[2] and not leans_back(hit.passage.text)
    )
    answer = Answerer(lambda _: replace(found(article), hits=hits)).answer(query("من زار سوتشي؟"))
    document = AnswerDocument.of(answer)
    assert {one.page for one in (*document.citations, *document.evidence)} == {3}
    bdi = '<bdi dir="ltr">3</bdi>'
    settings, quoted = Settings(data_dir=tmp_path / "data"), document.citations[0]
    with Catalog.open(settings.corpus_dir("c") / "catalog.sqlite3") as catalog:
        corpus: Any = SimpleNamespace(catalog=catalog, name="c", settings=settings)
        place = CitedSpan(quoted.article_id, quoted.version, Span(quoted.start, quoted.end))
        assert ("الصفحة", "3") in source_panel(corpus, place, "ar", brief=True)["fields"]
    assert f"Page {bdi}" in evidence_cards(document.evidence, "en")
    assert "page=3" in answer_text(document)
    turn = Turn("من زار سوتشي؟", document)
    assert "Page: 3" in markdown([turn], language="en", exported_at="2026-01-01T00:00:00+00:00")
    for altered in ({"page": 2}, {"locator": "page 2"}):
        cited = [one.model_copy(update=altered) for one in document.citations]
        verdicts = list(verify([document.model_copy(update={"citations": cited})], Roots.of(folder), 1 << 24, KNOWN))
        assert {(one.result, one.why) for one in verdicts} == {("changed", "the words are on another page")}


@pytest.mark.parametrize("ending", sorted(KNOWN))
def test_the_documentation_says_what_a_slice_of_it_is(ending: str) -> None:
    table = PAGE.split("## Formats", 1)[1].split("\n## ", 1)[0]
    assert f"`{ending}`" in table
