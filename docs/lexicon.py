"""Draws `rag/text/lexicon.tsv` anew: `python docs/lexicon.py`, with the package wordfreq installed (minutes).

The most frequent words of both languages (wordfreq 3.1, Speer 2022; its lists are CC BY-SA 4.0, and so is the table)
are embedded by the bundled model, each alone, and an English word goes with the Arabic stems nearest to it by
cross-domain similarity local scaling: 2 cos(x, y) - r(x) - r(y), r the mean cosine with the `NEIGHBOURS` nearest words
of the other language (Conneau et al. 2018, "Word Translation Without Parallel Data").
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import Stemmer
from numpy.typing import NDArray
from wordfreq import iter_wordlist

from rag.config import read_settings
from rag.models.embedding import load
from rag.text.lexicon import FILE, FURTHEST
from rag.text.names import spellings
from rag.text.normalise import normalise, tokens

ENGLISH_WORDS, ARABIC_WORDS = 16_000, 50_000
BY_HAND = Path(__file__).with_name("lexicon_words.txt")
CERTAIN, SURE = 0.06, 0.02
"""Nearness of a pair that is known; of those beside it, what else is kept has the second."""
NEIGHBOURS = 10
MOST_STEMS = 6
FUNCTION = """
all also and any are because been before being between both but can could did does each few for from further had has
have her here his how into its just many more most much nor not now off once one only other our out over own same she
should some such than that the their them then there these they this those through too two under very was were what when
where which while who whom why will with would you your about after again during first him new off once
"""
ARABIC_FUNCTION = """
على إلى عند منذ حتى خلال بعد قبل بين هذا هذه ذلك تلك التي الذي الذين كان كانت يكون تكون ليس وقد لقد كما أيضا ثم لكن
أن إن كل بعض أي أيضا غير حول ضد نحو لدى مع متى أين كيف لماذا ماذا هل كم هو هي هم فيه فيها منه منها عنه عليه
"""
HEADER = """\
# English words and the Arabic stems that each may be, with their nearness in thousandths; function words have none.
# Drawn by docs/lexicon.py from the word lists of wordfreq (Robyn Speer, CC BY-SA 4.0): this file is CC BY-SA 4.0 too.
"""


def main() -> None:
    english = frequent("en", r"[a-z]{3,}", ENGLISH_WORDS)
    arabic = frequent("ar", "[\u0621-\u064a]{3,}", ARABIC_WORDS)
    embedder = load(read_settings())
    x, y = embedder.encode_queries(english), embedder.encode_queries(arabic)
    stems = [tokens(word)[0] for word in arabic]
    far_x, far_y = hubness(x, y), hubness(y, x)
    function, known = FUNCTION.split(), Known()
    lines = [HEADER, *(f"{word}\n" for word in dict.fromkeys([*function, *tokens(ARABIC_FUNCTION)]))]
    pairs = {
        word: nearest(2 * (y @ vector) - far - far_y, stems)
        for word, vector, far in zip(english, x, far_x, strict=True)
    }
    every = sorted({*pairs, *known.names} - {*function})
    found = {word: known.before(word, pairs.get(word, {})) for word in every}
    lines += [
        "\t".join([word, *(f"{stem} {near}" for stem, near in of.items())]) + "\n" for word, of in found.items() if of
    ]
    Path(FILE).write_text("".join(lines), encoding="utf-8")


class Known:
    """What is known of words without a model: names of one word in both languages, and the words of `BY_HAND`."""

    def __init__(self) -> None:
        self._stem = Stemmer.Stemmer("english").stemWord
        self._words: dict[str, list[str]] = defaultdict(list)
        for line in BY_HAND.read_text(encoding="utf-8").splitlines():
            if not line.startswith("#"):
                english, arabic = line.split("=")
                self._words[self._stem(english)] += tokens(arabic)
        by_code: dict[str, list[str]] = defaultdict(list)
        for (name, *more), codes in spellings().items():
            for code in codes if not more else ():
                by_code[code].append(name)
        self.names: dict[str, list[str]] = defaultdict(list)
        for names in by_code.values():
            arabic = [stem for name in names for stem in tokens(name) if not name.isascii()]
            for name in names if arabic else ():
                if re.fullmatch("[a-z]{3,}", name):
                    self.names[name] += arabic

    def before(self, word: str, near: dict[str, int]) -> dict[str, int]:
        """The stems that are known of a word before those near to it; beside known ones only what is surely near."""
        known = self.names.get(word) or self._words.get(self._stem(word), [])
        if not known:
            return near
        sure = {stem: value for stem, value in near.items() if value >= 1000 * SURE}
        return sure | dict.fromkeys(known, round(1000 * CERTAIN))


def frequent(language: str, pattern: str, count: int) -> list[str]:
    """The most frequent words of a language in normal form that are letters only, each once."""
    normal: Callable[[str], str] = lambda word: normalise(word)[0]  # noqa: E731
    words = dict.fromkeys(map(normal, iter_wordlist(language, "large")))
    return list(islice((word for word in words if re.fullmatch(pattern, word)), count))


def hubness(of: NDArray[np.float32], to: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean cosine of each of `of` with the nearest of `to`."""
    rows = [np.partition(part @ to.T, -NEIGHBOURS)[:, -NEIGHBOURS:].mean(1) for part in np.array_split(of, 64)]
    return np.concatenate(rows)


def nearest(scaled: NDArray[np.float32], stems: Sequence[str]) -> dict[str, int]:
    """The stems of the nearest words with their scaled similarity in thousandths, greatest first."""
    best: dict[str, float] = {}
    for place in np.argsort(-scaled)[: 10 * MOST_STEMS].tolist():
        best.setdefault(stems[place], float(scaled[place]))
    return {stem: round(1000 * near) for stem, near in islice(best.items(), MOST_STEMS) if near > FURTHEST}


if __name__ == "__main__":
    main()
