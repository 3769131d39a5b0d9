"""Words across the two languages: what a token of one may be in the other, each with a weight in (0, 1].

The table of frequent words (`lexicon.tsv`, drawn by `docs/lexicon.py`) has words of news by hand, names from
`rag.text.names`, and for the rest what is near to an embedding model, of which a third is wrong: good enough to rank
passages by, not to translate with or to hold a claim against. Tokens are those of `rag.text.normalise.tokens`: Arabic
ones stems, English ones whole.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).with_name("lexicon.tsv")
FURTHEST: Final = -0.03
_SURE: Final = 0.02
_FALL: Final = 0.04
"""Nearness at which a word is nothing of another's, and at which it is certain to have its best; a weight loses a
factor e with each step of the third below the best."""
_LEAST: Final = 0.1
_SHORTEST: Final = 3


def across(tokens: Iterable[str]) -> dict[str, Mapping[str, float]]:
    """Each token that tells something, with what it may be in the other language; nothing where the table has nothing.

    A number is itself. Function words and tokens of one or two letters tell nothing.
    """
    table = _table()
    found: dict[str, Mapping[str, float]] = {}
    for token in tokens:
        known = table.get(token, {})
        if token.isdigit():
            found[token] = {token: 1.0}
        elif len(token) >= _SHORTEST and (known or token not in table):
            found[token] = known
    return found


@cache
def _table() -> dict[str, dict[str, float]]:
    """Both directions of the file; a function word has nothing.

    A line has an English token or a function word, then Arabic stems, each with its nearness in thousandths.
    """
    table: dict[str, dict[str, float]] = defaultdict(dict)
    function: set[str] = set()
    with FILE.open(encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("#"):
                continue
            word, *pairs = line.rstrip("\n").split("\t")
            if not pairs:
                function.add(word)
            for stem, near in (pair.split(" ") for pair in pairs):
                table[word][stem] = table[stem][word] = int(near) / 1000
    return {word: _weights(near) for word, near in table.items()} | {word: {} for word in function}


def _weights(near: Mapping[str, float]) -> dict[str, float]:
    best = max(near.values(), default=FURTHEST)
    certain = min(1.0, (best - FURTHEST) / (_SURE - FURTHEST))
    weights = {word: certain * math.exp((value - best) / _FALL) for word, value in near.items()}
    return {word: weight for word, weight in weights.items() if weight >= _LEAST}
