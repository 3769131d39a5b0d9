"""`python -m eval.bench.news FOLDER [--count N]`: ANT's news as plain text files, the same ones each time.

They are distractors for `isnad eval run … --distractors FOLDER`. The data: see docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from eval.bench.data import read_news
from rag.errors import IsnadError
from rag.types import Article

COUNT = 900


def write(articles: Sequence[Article], folder: Path) -> Path:
    """Write articles as files into a folder, which is made where it is missing; one that is there stays."""
    folder.mkdir(parents=True, exist_ok=True)
    for article in articles:
        path = folder / article.source
        if not path.exists():
            path.write_bytes(article.text.encode())
    return folder


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.news", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the files go; it is made where it is missing")
    parser.add_argument("--count", type=int, default=COUNT, help=f"how many articles, {COUNT} when not said")
    parser.add_argument("--data", type=Path, help="the folder of the public data; else ISNAD_DATA")
    given = parser.parse_args()
    try:
        articles = read_news(given.data)[: given.count]
    except IsnadError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    write(articles, given.folder)
    sys.stdout.write(f"{len(articles)} articles in {given.folder}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
