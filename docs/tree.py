"""Draws the tree of the README anew from the first line of each file's docstring: `python docs/tree.py`."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent
FLOORS = {
    "rag": "the core: knows nothing of HTTP, Gradio or question sets",
    "eval": "question sets in, a report and a verdict out; benchmarks",
    "ui": "the doors",
}
ROOMS = {
    "rag/checks": "what the checks of a claim are made of",
    "rag/drafts": "a text of the user's own, held against the archive",
    "rag/language": "words, names, numbers and dates of Arabic and English, as rules and as tables",
    "rag/models": "the bundled models, and the wire to a language model",
    "rag/questions": "questions: their language, their filters, what they ask for, what they lean on",
    "rag/replies": "from what a model writes to claims that were checked",
    "rag/sources": "files, and what a page of news is made of",
    "rag/sources/extractors": "one file for each format: bytes → articles",
    "rag/sources/html": "what a web page is made of",
    "rag/sources/pdf": "what a printed page is made of",
    "rag/store": "the tables of the catalog, and how they are read and written",
    "rag/upkeep": "what an ingest does to a corpus",
    "rag/vectors": "one generation of the index: built, verified, laid out",
    "eval/training": "how the reader is trained, and measured",
    "eval/baselines": "What the project's own question sets reach, and the script that holds them against it.",
    "ui/assets": "The page's style and script, and the typefaces with their licences.",
}
REST = """\
seeds/              the corpus that ships: five articles, what they are, and questions about them
tests/              flat, a file for each room
docs/               decisions, benchmarks and evaluation
"""


def line(file: Path, depth: int) -> str:
    """A file of the tree: its name, and the first line of its docstring."""
    docstring = ast.get_docstring(ast.parse(file.read_text("utf-8"))) or ""
    return f"{'  ' * depth}{file.name.ljust(23 - 2 * depth)} {docstring.splitlines()[0]}"


def tree() -> str:
    """The tree as the README shows it: each floor with its files, then its rooms with theirs."""
    lines = []
    for floor, what in FLOORS.items():
        lines.append(f"{floor}/".ljust(20) + what)
        lines.extend(inside(ROOT / floor, 1))
    return "\n".join(lines) + "\n" + REST


def inside(folder: Path, depth: int) -> list[str]:
    """The files of a folder, then its rooms, each with what is in it."""
    lines = [line(file, depth) for file in modules(folder)]
    for room in sorted(path for path in folder.iterdir() if path.is_dir() and path.name[0] != "_"):
        what = ROOMS.get(room.relative_to(ROOT).as_posix(), "")
        lines.append(f"{'  ' * depth}{room.name}/".ljust(24 if what else 0) + what)
        lines.extend(inside(room, depth + 1) if any(room.rglob("*.py")) else [])
    return lines


def modules(folder: Path) -> list[Path]:
    return sorted(file for file in folder.glob("*.py") if file.name != "__init__.py")


if __name__ == "__main__":
    readme = ROOT / "README.md"
    before, rest = readme.read_text("utf-8").split("```text\nrag/", 1)
    after = rest.split("```", 1)[1]
    readme.write_text(f"{before}```text\n{tree()}```{after}", "utf-8")
