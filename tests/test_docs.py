"""The documentation is true: the page of settings, every link and anchor, and the Python examples."""

from __future__ import annotations

import importlib.util
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from rag.config import Settings

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "README.ar.md", *sorted(DOCS.rglob("*.md"))]


def examples(page: Path) -> list[str]:
    """The Python examples of a page that open a corpus."""
    blocks = (token for token in tokens(page) if token.type == "fence" and token.info == "python")
    return [block.content for block in blocks if "open_corpus(" in block.content]


@cache
def tokens(page: Path) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8"))


def inline(page: Path) -> Iterator[Token]:
    return (child for token in tokens(page) for child in token.children or ())


def links(page: Path) -> list[str]:
    """The targets of links and images that are not on another server."""
    targets = [str(token.attrs.get("href") or token.attrs.get("src") or "") for token in inline(page)]
    return [target for target in targets if target and not urlsplit(target).scheme]


@cache
def anchors(page: Path) -> frozenset[str]:
    """The anchors that GitHub gives the headings of a page."""
    seen: Counter[str] = Counter()
    found = set()
    for opened, heading in pairwise(tokens(page)):
        if opened.type != "heading_open":
            continue
        text = "".join(child.content for child in heading.children or () if child.type in {"text", "code_inline"})
        slug = re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")
        found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        seen[slug] += 1
    return frozenset(found)


def broken(page: Path) -> list[str]:
    """The links of a page that lead nowhere."""
    wrong = []
    for target in links(page):
        path, _, anchor = target.partition("#")
        leads_to = (page.parent / unquote(path)).resolve() if path else page
        if not leads_to.exists() or (anchor and unquote(anchor) not in anchors(leads_to)):
            wrong.append(target)
    return wrong


def test_the_page_of_settings_is_what_its_generator_makes() -> None:
    spec = importlib.util.spec_from_file_location("make_settings", DOCS / "make_settings.py")
    assert spec is not None
    assert spec.loader is not None
    make_settings = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make_settings)
    text = (DOCS / "settings.md").read_text(encoding="utf-8")
    assert text == make_settings.page(), "run `make docs`"
    rows = re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)
    assert sorted(rows) == sorted(Settings.model_fields)


def test_every_setting_has_a_description() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    assert broken(page) == []


def test_a_link_to_a_missing_file_or_heading_is_found(tmp_path: Path) -> None:
    (tmp_path / "b.md").write_text("# Über `a_b`: c, d!\n\n## Twice\n\n## Twice\n", encoding="utf-8")
    page = tmp_path / "a.md"
    page.write_text(
        "[1](b.md) [2](b.md#über-a_b-c-d) [3](b.md#twice-1) [4](b.md#twice-2) [5](c.md) ![6](d.png)\n\n"
        "| table |\n|---|\n| [7](#none) [8](https://example.org/none) |\n",
        encoding="utf-8",
    )
    assert broken(page) == ["b.md#twice-2", "c.md", "d.png", "#none"]


@pytest.mark.parametrize("number", range(len(examples(ROOT / "README.md"))))
def test_the_python_example_of_the_readme_does_what_it_says(
    number: int, seeds: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ISNAD_DATA_DIR", str(seeds.data_dir))
    exec(compile(examples(ROOT / "README.md")[number], "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert "001_e29b928bcc9d047d.txt" in printed
    assert "سوتشي" in printed


@pytest.mark.parametrize("number", range(len(examples(DOCS / "python-api.md"))))
def test_the_examples_of_the_python_api_run(
    number: int, seeds: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ISNAD_DATA_DIR", str(seeds.data_dir))
    exec(compile(examples(DOCS / "python-api.md")[number], "python-api.md", "exec"), {})
    assert capsys.readouterr().out.strip()


@pytest.mark.parametrize("name", ["README.md", "docs/python-api.md"])
def test_there_is_an_example_to_run(name: str) -> None:
    assert examples(ROOT / name)
