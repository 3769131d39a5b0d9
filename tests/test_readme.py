"""The README says what is so: every file of the house, every setting, every command."""

import re
from pathlib import Path

import pytest

from rag.config import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


FILES = sorted(
    path.relative_to(ROOT).as_posix()
    for floor in ("rag", "eval", "ui")
    for path in (ROOT / floor).rglob("*.py")
    if path.name != "__init__.py"
)


@pytest.mark.parametrize("file", FILES)
def test_every_file_of_the_house_has_a_line_in_the_tree(file: str) -> None:
    path = Path(file)
    assert re.search(rf"^\s+{re.escape(path.name)}\s+\S", README, re.MULTILINE), f"{file} is not in the README's tree"


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_has_a_row_with_its_description(name: str) -> None:
    field = Settings.model_fields[name]
    rows = [line for line in README.splitlines() if line.startswith(f"| `{name}` |")]
    assert field.description
    assert any(field.description in row for row in rows)
    if field.default is not None and not field.default_factory:
        assert any(row.startswith(f"| `{name}` | `{field.default}` |") for row in rows)


def test_the_tree_names_no_file_that_is_gone() -> None:
    tree = README.split("```text\nrag/", 1)[1].split("```", 1)[0]
    names = re.findall(r"^\s+(\w+\.py)\s", tree, re.MULTILINE)
    here = {Path(file).name for file in FILES}
    assert len(names) > 20
    assert set(names) <= here


def test_the_python_example_does_what_it_says(
    seeds: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    example = next(block for block in blocks if "open_corpus(" in block)
    monkeypatch.setenv("ISNAD_DATA_DIR", str(seeds.data_dir))
    exec(compile(example, "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert "001_e29b928bcc9d047d.txt" in printed
    assert "سوتشي" in printed
